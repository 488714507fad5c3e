"""The shapes that a file itself speaks of: in docstrings, assertions, and where arrays are made at its top."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symrnn.code.names import last_part, name_of

#: Steps, and sizes of other axes: pairwise different, so that no misplaced transpose can hide, and four steps at least.
STEPS = 5
_SIZES = (3, 4, 2, 6, 7, 8, 9, 10, 11)


class NamedSizes:
    """Sizes by the names that the file has for them: each gets its own number."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.of: dict[str, int] = {name: value for name, value in known.items() if isinstance(value, int)}

    def __call__(self, name: str) -> int:
        if name not in self.of:
            liked = [size for pattern, size in _LIKED if re.search(pattern, name)] + ([STEPS] if TIME.match(name) else [])
            taken = set(self.of.values()) | ({STEPS} if STEPS not in liked else set())
            self.of[name] = next(size for size in (*liked, *_SIZES, *range(12, 99)) if size not in taken)
        return self.of[name]

    def expression(self, node: ast.expr) -> int | None:
        """A size that is written with names, whole numbers and arithmetic; None for anything else."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        if isinstance(node, ast.Name):
            return self(node.id)
        if isinstance(node, ast.Attribute) and node.attr != "shape":
            return self(node.attr)
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            left, right = self.expression(node.left), self.expression(node.right)
            return None if left is None or right is None else _ARITHMETIC[type(node.op)](left, right)
        return None


#: The sizes that axes get by preference: small ones where there are many of them.
_LIKED = (
    (r"^(N|B|m|batch\w*|n_?batch)$", 2),
    (r"^(H|n_?a|n_?h|\w*hidden\w*|units)$", 3),
    (r"^(V|K|C|n_?y|\w*vocab\w*|\w*class\w*|words)$", 4),
)
TIME = re.compile(
    r"^(T|T_?[xy]|t_?max|tau|seq\w*|sequence\w*|[nt]?_?steps|time\w*|num_steps|length|len|bptt\w*|seq_?len\w*)$", re.IGNORECASE
)
_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_MAKERS = {
    "randn",
    "rand",
    "zeros",
    "ones",
    "empty",
    "full",
    "uniform",
    "normal",
    "standard_normal",
    "random",
    "random_sample",
    "eye",
}
_ENTRY = r"(?:^|\n)\s*[-*]?\s*`{{0,2}}{name}`{{0,2}}\s*(?::|--|-|=|\()"
_NEXT_ENTRY = re.compile(r"\n\s*[-*]?\s*`{0,2}\w+`{0,2}\s*(?::|--)|\n\s*(?:Returns?|Outputs?)\b|\n\s*\n")
_DIMENSIONS = re.compile(r"\s*[\w.]+(\s*[*+-]\s*\w+)*\s*(,\s*[\w.]+(\s*[*+-]\s*\w+)*\s*)*,?\s*")
_TUPLE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")


def documented(function: ast.FunctionDef, name: str, sizes: NamedSizes) -> tuple[int, ...] | None:
    """The shape that a docstring gives for an argument: `x: input data, of shape (N, T, D)`."""
    text = ast.get_docstring(function) or ""
    entry = re.search(_ENTRY.format(name=re.escape(name)), text)
    if entry is None:
        return None
    rest = text[entry.end() - 1 :]
    end = _NEXT_ENTRY.search(rest, 1)
    for found in _TUPLE.finditer(rest[: end.start()] if end else rest):
        shape = _tuple(found.group(1) or found.group(2) or "", sizes)
        if shape:
            return shape
    return None


def _tuple(text: str, sizes: NamedSizes) -> tuple[int, ...] | None:
    if not _DIMENSIONS.fullmatch(text) or (" " in text.strip() and "," not in text):
        return None
    try:
        node = ast.parse(f"({text.strip().rstrip(',')},)", mode="eval").body
    except SyntaxError:
        return None
    shape = [sizes.expression(part) for part in node.elts] if isinstance(node, ast.Tuple) else []
    return tuple(n for n in shape if n is not None) if all(n is not None and n > 0 for n in shape) else None


def asserted(tree: ast.Module, sizes: NamedSizes) -> dict[str, tuple[int, ...]]:
    """The shapes that a file insists on: `assert h.shape == (hidden_size, 1)`."""
    result: dict[str, tuple[int, ...]] = {}
    for node in ast.walk(tree):
        test = node.test if isinstance(node, ast.Assert) else None
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq) and isinstance(test.left, ast.Attribute):
            name, shape = test.left.value, _tuple(ast.unparse(test.comparators[0]).strip("()"), sizes)
            if test.left.attr == "shape" and isinstance(name, ast.Name) and shape:
                result.setdefault(name.id, shape)
    return result


def constructed(tree: ast.Module, sizes: NamedSizes) -> dict[str, tuple[int, ...]]:
    """The shapes of arrays that the file makes at its own top level, which is read and not run."""
    result: dict[str, tuple[int, ...]] = {}
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Assign):
            for target, value in assignments(node):
                shape = _like(value, result) or _made(value, sizes)
                if shape is not None and target not in result:
                    result[target] = shape
        todo.extend(ast.iter_child_nodes(node))
    return result


def made_from_arguments(function: ast.FunctionDef, name: str, sizes: NamedSizes) -> tuple[int, ...] | None:
    """The shape of an array that a function makes with sizes that it is given: `W = np.random.randn(n + h, h)`."""
    given = {argument.arg for argument in function.args.args}
    for node in ast.walk(function):
        for target, value in assignments(node) if isinstance(node, ast.Assign) else ():
            if last_part(target) != name:
                continue
            for call in _makers(value):
                used = {part.id for axis in _axes(call) for part in ast.walk(axis) if isinstance(part, ast.Name)}
                if used and used <= given:
                    return _made(value, sizes)
    return None


def assignments(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(target.elts) == len(node.value.elts):
            yield from ((t.id, v) for t, v in zip(target.elts, node.value.elts, strict=True) if isinstance(t, ast.Name))
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and isinstance(target.slice, ast.Constant):
            yield f"{target.value.id}.{target.slice.value!s}", node.value


def _like(value: ast.expr, known: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of `np.zeros_like(W)`, where that of W is known."""
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("_like") and value.args:
        return known.get(ast.unparse(value.args[0]))
    return None


def _made(value: ast.expr, sizes: NamedSizes) -> tuple[int, ...] | None:
    """The shape of an array that a maker of NumPy makes somewhere in an expression."""
    for call in _makers(value):
        shape = [sizes.expression(part) for part in _axes(call)]
        if shape and all(n is not None and n > 0 for n in shape):
            return tuple(n for n in shape if n is not None)
    return None


def _makers(value: ast.expr) -> Iterator[ast.Call]:
    for call in ast.walk(value):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _MAKERS:
            yield call


def _axes(call: ast.Call) -> Sequence[ast.expr]:
    """What a maker is told of the sizes of its axes; nothing for a distribution of one number."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    tuples = [part for part in (*call.args, named.get("size"), named.get("shape")) if isinstance(part, (ast.Tuple, ast.List))]
    if tuples:
        return tuples[0].elts
    if "size" in named:
        return [named["size"]]
    return [] if isinstance(call.func, ast.Attribute) and call.func.attr in ("uniform", "normal") else call.args


def _factor(bound: ast.expr | None) -> int:
    """2 in `2 * H`, as the bound of a slice."""
    found = re.search(r"\b([2-4]) \* \w|\w \* ([2-4])\b", ast.unparse(bound)) if bound is not None else None
    return int(found[1] or found[2]) if found else 0


@dataclass
class Described:
    """What a file says of the shape of a name: in an assertion, in the docstring of a function, or where a function makes it."""

    functions: list[ast.FunctionDef]
    others: list[ast.FunctionDef]
    asserted: Mapping[str, tuple[int, ...]]
    sizes: NamedSizes

    @property
    def has_steps(self) -> bool:
        """Whether a loop goes over anything; without one, a function is one step."""
        loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
        return any(isinstance(node, loops) for function in self.functions for node in ast.walk(function))

    @property
    def in_rows(self) -> bool:
        """Whether examples are rows, `x @ W`: most products have a weight on the right."""
        right = left = 0
        for node in (part for function in self.functions for part in ast.walk(function)):
            factors: Sequence[ast.expr] = ()
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
                factors = (node.left, node.right)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.dot", "np.matmul") and len(node.args) == 2:
                factors = node.args
            weights = [last_part(name_of(factor) or "")[:1].isupper() for factor in factors]
            left, right = left + (weights == [True, False]), right + (weights == [False, True])
        return right > left

    @property
    def gates(self) -> int:
        """How many gates are computed in one product and cut apart, `a[:, 2 * H : 3 * H]`; 0 for none."""
        slices = [node for function in self.functions for node in ast.walk(function) if isinstance(node, ast.Slice)]
        most = max((max(_factor(part.upper), _factor(part.lower) + 1) for part in slices), default=0)
        return most if most > 1 else 0

    def multiplies(self, name: str) -> bool:
        """Whether what an input has at one step stands in products, or is transposed: then it is no whole number."""
        step = rf"(self\.)?{re.escape(name)}\[[^\[\]]+\]"
        product = re.compile(rf"(np\.(dot|matmul|outer)\(|@ ){step}(?!\[)|(?<![\w\[]){step}(\.T\b|\.dot\(| @)")
        return any(product.search(ast.unparse(function)) for function in self.functions)

    def shape(self, name: str) -> tuple[int, ...] | None:
        if name in self.asserted:
            return self.asserted[name]
        everywhere = (*self.functions, *self.others)
        written = next(filter(None, (documented(function, name, self.sizes) for function in everywhere)), None)
        if written:
            return written
        made = {shape for shape in (made_from_arguments(function, name, self.sizes) for function in self.others) if shape}
        return made.pop() if len(made) == 1 else None
