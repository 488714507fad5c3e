"""Broken variants of right gradient code, each by one named mistake, and rewritings that are no mistakes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from places import SAMPLES

from symrnn.code.loading import CodeText, parsed
from symrnn.code.subject import definition

#: File, function whose statements are broken, function that is checked, and the statement after which the backward pass begins.
SUBJECTS = [
    ("char_rnn.py", "lossFun", "lossFun", "loss -="),
    ("reader_class.py", "Reader.bptt", "Reader.bptt", "o, s ="),
    ("reader_class.py", "Regressor.backward", "Regressor.backward", "p, g ="),
    ("layers.py", "rnn_step_backward", "rnn_step_backward", "x, prev_h"),
    ("layers.py", "rnn_backward", "rnn_backward", "D ="),
    ("layers.py", "temporal_affine_backward", "temporal_affine_backward", "M ="),
    ("layers.py", "temporal_softmax_loss", "temporal_softmax_loss", "loss ="),
    ("layers.py", "lstm_step_backward", "lstm_step_backward", "x, prev_h"),
    ("lstm_gist.py", "forward_backward", "forward_backward", "loss +="),
    ("gru_gist.py", "gru_loss", "gru_loss", "loss /="),
    ("readers.py", "bidirectional_loss", "bidirectional_loss", "loss ="),
    ("readers.py", "attention_loss", "attention_loss", "loss ="),
    ("readers.py", "two_layers", "two_layers", "loss +="),
    ("readers.py", "sentiment", "sentiment", "cost ="),
    ("course_cells.py", "rnn_cell_backward", "rnn_cell_backward", "Wax, Waa"),
    ("course_cells.py", "rnn_backward", "rnn_backward", "(y_hat"),
]

#: Texts that say the same in another way.
REWRITINGS = [
    (
        "char_rnn.py",
        "lossFun",
        "np.exp(scores) / np.sum(np.exp(scores))",
        "np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()",
    ),
    (
        "char_rnn.py",
        "lossFun",
        "np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)",
        "1 - 2 / (1 + np.exp(2 * (Wxh @ xs[t] + Whh @ hs[t - 1] + bh)))",
    ),
    (
        "char_rnn.py",
        "lossFun",
        "loss -= np.log(ps[t][targets[t], 0])",
        "loss += np.log(np.sum(np.exp(scores))) - scores[targets[t], 0]",
    ),
    ("char_rnn.py", "lossFun", "Whh.T @ draw", 'np.einsum("ij,ik->jk", Whh, draw)'),
    ("char_rnn.py", "lossFun", "(1 - hs[t] * hs[t]) * dh", "(1 - hs[t]) * (1 + hs[t]) * dh"),
    ("gru_gist.py", "gru_loss", "return 1 / (1 + np.exp(-x))", "return np.exp(x) / (1 + np.exp(x))"),
    ("gru_gist.py", "gru_loss", "return 1 / (1 + np.exp(-x))", "return 0.5 * (1 + np.tanh(x / 2))"),
    ("reader_class.py", "Reader.bptt", "np.exp(z - np.max(z))", "np.exp(z)"),
    ("readers.py", "attention_loss", 'np.einsum("t,th->h", weights, states)', "np.dot(weights, states)"),
    (
        "readers.py",
        "bidirectional_loss",
        "np.log(np.exp(scores).sum(axis=1))",
        "scores[:, 0] + np.log(np.exp(scores - scores[:, :1]).sum(axis=1))",
    ),
]


@dataclass(frozen=True)
class Mutant:
    file: str
    function: str
    mistake: str
    line: int
    text: str
    path: str

    @property
    def source(self) -> CodeText:
        return parsed(self.text, self.path)


def source_of(file: str) -> CodeText:
    path = SAMPLES / file
    return parsed(path.read_text(encoding="utf-8"), str(path))


def mutants() -> Iterator[Mutant]:
    """All broken variants, in the order of the subjects; the same text only once."""
    for file, holder, checked, last in SUBJECTS:
        source = source_of(file)
        function = definition(source.tree, holder)
        assert function is not None
        seen: set[str] = set()
        for statement in _backward(source, function, last):
            for mistake, text in _mistakes(statement):
                changed = _with(source.text, statement, text)
                if changed not in seen and text != ast.unparse(statement):
                    seen.add(changed)
                    yield Mutant(file, checked, mistake, statement.lineno, changed, source.path)


def _backward(source: CodeText, function: ast.FunctionDef, last: str) -> Iterator[ast.stmt]:
    lines = source.lines
    begin = max(n.lineno for n in ast.walk(function) if isinstance(n, ast.stmt) and lines[n.lineno - 1].strip().startswith(last))
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AugAssign)) and node.lineno > begin and not _is_room(node):
            yield node


def _is_room(node: ast.Assign | ast.AugAssign) -> bool:
    text = ast.unparse(node.value)
    return any(word in text for word in ("zeros", "shape", "range(", "map(np", "len(inputs")) or "_size" in text


def _with(text: str, statement: ast.stmt, new: str) -> str:
    lines = text.splitlines(keepends=True)
    indent = " " * statement.col_offset
    return "".join([*lines[: statement.lineno - 1], f"{indent}{new}\n", *lines[statement.end_lineno or 0 :]])


def _mistakes(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    text = ast.unparse(statement)
    assert isinstance(statement, (ast.Assign, ast.AugAssign))
    target = ast.unparse(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)
    value = ast.unparse(statement.value)
    if isinstance(statement, ast.AugAssign):
        yield "the statement left out", "pass"
        if isinstance(statement.op, ast.Add):
            yield "= for +=", f"{target} = {value}"
            yield "-= for +=", f"{target} -= {value}"
    for pattern, replacement, mistake in _REPLACED:
        if pattern in text:
            yield mistake, text.replace(pattern, replacement, 1)
    for node in ast.walk(statement.value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield "a factor left out", text.replace(ast.unparse(node), ast.unparse(node.left), 1)
            yield "a factor left out", text.replace(ast.unparse(node), ast.unparse(node.right), 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield "a summand left out", text.replace(ast.unparse(node), ast.unparse(node.left), 1)
            yield "wrong sign", text.replace(ast.unparse(node), f"{ast.unparse(node.left)} - {ast.unparse(node.right)}", 1)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield "a transpose left out", text.replace(ast.unparse(node), ast.unparse(node.value), 1)


_REPLACED = [
    ("[t - 1]", "[t]", "index of the step"),
    ("h[t])", "h[t + 1])", "index of the step"),
    ("1 - ", "1 + ", "sign in the slope"),
    ("** 2", "", "square left out"),
    ("dh_next", "dh", "another name"),
    ("dtanh(", "dsigmoid(", "slope of another activation"),
    ("axis=0", "axis=1", "another axis"),
    ("-= 1", "+= 1", "wrong sign"),
    (" / N", "", "mean not divided by"),
    ("* o ", "* i ", "another name"),
]
