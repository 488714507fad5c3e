"""Gradient code: right functions are proven, broken ones refuted, and what cannot be run is refused with its line."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from code_mutants import REWRITINGS, Mutant, mutants, source_of
from places import ROOT, SAMPLES

from symrnn.app import entry
from symrnn.code import assert_gradient, assert_pullback
from symrnn.code.examine import examine, examine_file, judged_at, sizes_said
from symrnn.code.loading import parsed, read
from symrnn.code.replay import replay
from symrnn.code.setting import FittedInputs, SaidOfInputs
from symrnn.code.shapes import NamedSizes, made_from_arguments
from symrnn.code.subject import Free, Subject
from symrnn.language.errors import InputError

#: Right functions, by file; a class's loss and a layer's forward function are found by their names.
RIGHT = [
    ("reader_class.py", "Reader.bptt"),
    ("reader_class.py", "Regressor.backward"),
    ("layers.py", "rnn_step_backward"),
    ("layers.py", "rnn_backward"),
    ("layers.py", "word_embedding_backward"),
    ("layers.py", "temporal_affine_backward"),
    ("layers.py", "temporal_softmax_loss"),
    ("layers.py", "lstm_step_backward"),
    ("lstm_gist.py", "forward_backward"),
    ("gru_gist.py", "gru_loss"),
    ("readers.py", "bidirectional_loss"),
    ("readers.py", "attention_loss"),
    ("readers.py", "two_layers"),
    ("readers.py", "sentiment"),
    ("course_cells.py", "rnn_cell_backward"),
    ("course_cells.py", "rnn_backward"),
    ("weight_objects.py", "forward_backward"),
    ("node_objects.py", "Unit.backward"),
    ("node_objects.py", "Layer.backward"),
    ("last_output.py", "Judge.backward"),
    ("bias_row.py", "unroll_backward"),
    ("bias_row.py", "plain_backward"),
]


@pytest.mark.parametrize(("file", "function"), RIGHT)
def test_right_functions_are_proven(file: str, function: str) -> None:
    examined = examine_file(str(SAMPLES / file), function, SaidOfInputs())
    assert examined.verdicts
    assert {verdict.word for verdict in examined.verdicts} == {"proven"}


@pytest.mark.parametrize("function", ["unroll_backward", "plain_backward"])
def test_no_size_is_one_where_the_bias_is_a_row_of_the_weights(function: str) -> None:
    """With one unit, broadcasting would hide what is what."""
    inputs = examine_file(str(SAMPLES / "bias_row.py"), function, SaidOfInputs()).setting.inputs
    assert all(isinstance(spec, Free) and 1 not in spec.shape for spec in inputs.values())


def test_shapes_are_those_that_another_function_makes() -> None:
    text = "def start(inputs, units):\n    W = np.random.randn(1 + inputs + units, units) / 9\n    h = np.zeros(x.shape)\n    return W, h\n"
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    sizes = NamedSizes({"inputs": 2, "units": 5})
    assert made_from_arguments(function, "W", sizes) == (8, 5)
    assert made_from_arguments(function, "h", sizes) is None


CELL = (
    "import numpy as np\n\n\ndef step(x, y, W, bh, rate):\n    h = np.tanh(W @ x + bh)\n    loss = 0.5 * np.sum((h - y) ** 2)\n"
    "    temp = (h - y) * (1 - h**2)\n    d_w = temp @ x.T\n    {name} = {value}\n    {end}\n"
)


@pytest.mark.parametrize(
    ("name", "value", "end", "words"),
    [
        ("d_b", "temp", "return loss, d_w, d_b", ["proven", "proven"]),
        ("d_b", "2 * temp", "return loss, d_w, d_b", ["proven"]),  # a part of a name is no reason to call it wrong
        ("d_first", "temp", "return loss, d_w, d_first", ["proven"]),
        ("d_first", "2 * temp", "W -= rate * d_w; bh = bh - rate * d_first; return loss", ["proven", "wrong"]),
    ],
)
def test_gradients_are_paired_by_updates_and_by_parts_of_names(
    name: str, value: str, end: str, words: list[str], tmp_path: Path
) -> None:
    source = parsed(CELL.format(name=name, value=value, end=end), str(tmp_path / "cell.py"))
    told = SaidOfInputs({"x": (2, 1), "y": (3, 1), "W": (3, 2), "bh": (3, 1)}, {"rate": 0.5})
    verdicts = examine(source, "step", told).verdicts
    pairs = [("d_w", "W"), (name, "bh")][: len(words)]
    assert [(v.gradient, v.parameter, v.word) for v in verdicts] == [(*p, w) for p, w in zip(pairs, words, strict=True)]


def test_rectified_units_are_conditional_on_the_branch() -> None:
    examined = examine_file(str(SAMPLES / "readers.py"), "relu_reader", SaidOfInputs())
    assert {verdict.word for verdict in examined.verdicts} == {"conditional"}
    assert all("branch" in condition for verdict in examined.verdicts for condition in verdict.conditions)


def broken(tmp_path: Path, old: str, new: str, file: str = "char_rnn.py") -> str:
    """A copy of a file with one mistake in it."""
    text = (SAMPLES / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / file
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def test_the_command_finds_shapes_and_says_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["code", f"{SAMPLES / 'char_rnn.py'}:lossFun"]) == 0
    out = capsys.readouterr().out
    assert "whose code was run" in out
    assert "Whh 3 × 3, Why 4 × 3" in out
    assert "np.clip changes nothing, that is -5 ≤ x ≤ 5" in out
    assert "5 gradients: 0 proven, 5 conditional, 0 wrong, 0 undecided" in out


def test_a_wrong_gradient_has_a_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = broken(tmp_path, "draw @ hs[t - 1].T", "draw @ hs[t].T")
    assert entry.run(["code", f"{path}:lossFun", "--format", "json"]) == 1
    rows = {row["gradient"]: row for row in json.loads(capsys.readouterr().out)["gradients"]}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "dWxh": "conditional",
        "dWhh": "wrong",
        "dWhy": "conditional",
        "dbh": "conditional",
        "dby": "conditional",
    }
    found = rows["dWhh"]["counterexample"]
    assert found["returned"] != found["exact"]


def test_targets_that_are_one_hot_are_a_condition(tmp_path: Path) -> None:
    path = tmp_path / "output.py"
    path.write_text(
        "import numpy as np\n\n\ndef loss_and_gradient(h, y, V):\n"
        "    scores = h @ V\n    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)\n"
        "    loss = -np.sum(y * np.log(p))\n    dV = h.T @ (p - y)\n    return loss, dV\n",
        encoding="utf-8",
    )
    told = SaidOfInputs({"h": (5, 3), "y": (5, 4), "V": (3, 4)})
    (verdict,) = examine_file(str(path), "loss_and_gradient", told).verdicts
    assert verdict.word == "conditional"
    assert verdict.conditions == ("y adds up to 1 along axis 1, as a one-hot vector does",)


def test_a_first_state_that_is_taken_as_zero_is_a_condition() -> None:
    examined = examine_file(str(SAMPLES / "last_output.py"), "distance", SaidOfInputs())
    assert {v.gradient: (v.word, v.conditions) for v in examined.verdicts} == {
        "dW": ("conditional", ("h is zero, as a first state is",)),
        "dU": ("proven", ()),
    }
    assert isinstance(examined.setting.inputs["inputs"], Free)  # what stands in products is no number


def test_gradients_are_told_beside_what_is_returned() -> None:
    source = source_of("last_output.py")
    step = "            weight -= rate * dweight\n"
    told = parsed(source.text.replace(step, f"{step}        return rate, dy.shape\n"), source.path)
    verdicts = examine(told, "Judge.backward", SaidOfInputs()).verdicts
    assert {(v.gradient, v.word) for v in verdicts} == {("dV", "proven"), ("dW", "proven"), ("dU", "proven")}


def test_what_holds_for_no_first_state_stays_wrong() -> None:
    source = source_of("last_output.py")
    broken = parsed(source.text.replace("dW += np.dot(hs[t - 1].T", "dW += np.dot(hs[t].T"), source.path)
    assert [v.word for v in examine(broken, "distance", SaidOfInputs()).verdicts] == ["wrong", "proven"]


def test_zero_for_what_the_loss_does_not_depend_on_is_not_proven(tmp_path: Path) -> None:
    path = tmp_path / "nothing.py"
    path.write_text("import numpy as np\ndef f(w, v):\n    return np.sum(w * w), 2 * w, 0 * v\n", encoding="utf-8")
    told = SaidOfInputs({"w": (3,), "v": (2,)}, {}, {"dw": "w"})
    with pytest.raises(InputError, match="name pairs with --grad"):
        examine_file(str(path), "f", told)
    path.write_text(
        "import numpy as np\ndef f(w, v):\n    dv = 0 * v\n    dw = 2 * w\n    return np.sum(w * w), dw, dv\n", encoding="utf-8"
    )
    words = {verdict.gradient: verdict.word for verdict in examine_file(str(path), "f", told).verdicts}
    assert words == {"dw": "proven", "dv": "undecided"}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("s = int(w[0])", "would lose the derivative"),
        ("s = w.astype(int)[0]", "would lose the derivative"),
        ("s = np.fft.fft(w)[0]", "no exact rule"),
        ("s = np.linalg.inv(w)", "no exact rule"),
        ("s = torch.tanh(w)", "is not NumPy and has no exact rule"),
        ("s = np.log(-w[0] * w[0])", "not defined"),
        ("s = np.float64(w[0])", "would lose the derivative"),
        ("s = np.float32(w[0])", "would lose the derivative"),
        ("s = list(map(float, w))[0]", "would lose the derivative"),
        ("s = cmath.exp(w[0]).real", "would lose the derivative"),
        ("s = np.fromiter(w, float)[0]", "would lose the derivative"),
        ("s = np.round(w, 2)[0]", "would lose the derivative"),
        ("s = float('%.3f' % w[0])", "would lose the derivative"),
        ("s = float(str(w[0]))", "would lose the derivative"),
        ("s = np.frombuffer(w.tobytes())[0]", "would lose the derivative"),
        ("s = np.vectorize(math.exp)(w)[0]", "no exact rule"),
        ("s = w[0] // 1", "derivative that is zero or undefined"),
    ],
)
def test_what_has_no_exact_rule_stops_with_its_line(statement: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "stopped.py"
    path.write_text(
        f"import numpy as np\nimport torch, cmath, math\n\n\ndef f(w):\n    {statement}\n"
        "    loss = np.sum(w * w) + s\n    dw = 2 * w\n    return loss, dw\n",
        encoding="utf-8",
    )
    target = Subject(read(str(path)), "f")
    examined = judged_at(FittedInputs(target, {"w": Free((3,))}, {}))
    assert examined.verdicts == ()
    assert examined.line == 6
    assert reason in examined.stopped


#: One number each that depends on w; what is said of it keeps its derivative.
KEPT = """
float(w[0])|math.exp(w[0])|w.astype('float32')[0]|np.asarray(w, dtype=np.float32)[0]|np.array([float(x) for x in w])[0]|w.tolist()[0]
sum(w)|max(w)|sorted(w)[0]|functools.reduce(operator.add, w)|np.median(w)|np.std(w)|np.var(w)|np.linalg.norm(w)|np.cumsum(w)[1]|np.prod(w)
np.einsum('i,i->', w, w)|np.logaddexp(w[0], w[1])|np.log1p(w[0] * w[0])|special.expit(w)[0]|special.softmax(w)[0]|special.logsumexp(w)
np.hypot(w[0], w[1])|np.where(w > 0, w, 2 * w)[0]|np.maximum(w, 2 * w)[0]|np.take(w, [0])[0]|np.pad(w, 1)[1]|np.diff(w)[0]
np.append(w, 0)[0]|np.tril(np.outer(w, w))[1, 0]|np.diag(w)[0, 0]|np.roll(w, 1)[0]
np.apply_along_axis(np.sum, 0, w)|np.convolve(w, w)[0]|np.power(w, 3)[0]
np.multiply.outer(w, w)[0, 1]|np.stack([w, w])[0, 1]|np.split(w, 3)[0][0]|np.random.permutation(w)[0]|np.tensordot(w, w, 1)|np.dot(w, w)
np.concatenate([w, w])[4]|np.vstack((w, w))[1, 0]|np.abs(w)[0]|w.std()|w.argmax() * w[0]|copy.deepcopy(w)[0]
"""


@pytest.mark.parametrize("line", KEPT.split("\n")[1:-1])
def test_what_keeps_the_derivative_runs(line: str, tmp_path: Path) -> None:
    """The derivative of s * s is missing in dw: that this is seen shows that it was kept."""
    for expression in line.split("|"):
        path = tmp_path / "kept.py"
        path.write_text(
            "import copy, functools, math, operator\nimport numpy as np\nfrom scipy import special\n\n\n"
            f"def f(w):\n    s = {expression}\n    f'{{s:.3f}}'; '%f' % s\n"
            "    loss = np.sum(w * w) + s * s\n    dw = 2 * w\n    return loss, dw\n",
            encoding="utf-8",
        )
        examined = judged_at(FittedInputs(Subject(read(str(path)), "f"), {"w": Free((3,))}, {}))
        assert [verdict.word for verdict in examined.verdicts] == ["wrong"], (expression, examined.stopped)


def test_nothing_else_of_the_file_is_run(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "import numpy as np\nopen('made', 'w')\nwhile True:\n    pass\n\n\ndef f(w):\n    dw = 2 * w\n    return np.sum(w * w), dw\n",
        encoding="utf-8",
    )
    (verdict,) = examine_file(str(path), "f", SaidOfInputs({"w": (3,)})).verdicts
    assert verdict.word == "proven"
    assert not (tmp_path / "made").exists()


def test_a_function_that_does_not_end_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "endless.py"
    path.write_text("def f(w):\n    while True:\n        pass\n", encoding="utf-8")
    assert entry.run(["code", f"{path}:f", "--shape", "w=3", "--seconds", "1"]) == 2
    assert "--seconds" in capsys.readouterr().err


def test_no_object_is_made_that_no_function_uses(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    endless = "class Loop:\n    def __init__(self):\n        while True:\n            pass\n\n\nloop = Loop()\n\n\n"
    path.write_text(endless + "def f(w):\n    dw = w.copy()\n    return 0.5 * w @ w, dw\n", encoding="utf-8")
    (verdict,) = examine_file(str(path), "f", SaidOfInputs({"w": (3,)})).verdicts
    assert verdict.word == "proven"


def test_the_only_repair_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = broken(tmp_path, "draw @ hs[t - 1].T", "draw @ hs[t].T")
    assert entry.run(["code", f"{path}:lossFun", "--fix"]) == 1
    out = capsys.readouterr().out
    assert "line 37, t = 4: dWhh += draw @ hs[t].T" in out
    assert "draw @ hs[t].T is not ∂L/∂Whh through line 21" in out
    assert "+        dWhh += draw @ hs[t - 1].T" in out
    assert Path(path).read_text(encoding="utf-8") == (SAMPLES / "char_rnn.py").read_text(encoding="utf-8")


def test_of_two_mistakes_one_is_repaired_and_the_other_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cell.py"
    path.write_text(
        CELL.format(name="d_b", value="2 * temp", end="return loss, d_w, d_b").replace("temp @", "-temp @"), encoding="utf-8"
    )
    shapes = [word for shape in ("x=2,1", "y=3,1", "W=3,2", "bh=3,1") for word in ("--shape", shape)]
    assert entry.run(["code", f"{path}:step", "--fix", *shapes, "--grad", "d_b=bh", "--set", "rate=1"]) == 1
    out = capsys.readouterr().out
    assert "stay wrong:" in out
    assert "written to" not in out


def test_finite_differences_pass_the_example_of_the_readme() -> None:
    """Central differences with the step and the tolerances of torch's gradcheck, at weights of 0.01: the wrong bias passes."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"<!-- file: rnn.py -->\n```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    space: dict[str, Any] = {}
    exec(text, space)
    rng = np.random.default_rng(0)
    H, V = 8, 6
    x, y = rng.integers(0, V, 5), rng.integers(0, V, 5)
    weights = [rng.normal(size=shape) * 0.01 for shape in ((H, V), (H, H), (H,), (V, H))]
    _, *gradients = space["loss_and_gradients"](x, y, *weights)
    for weight, gradient in zip(weights, gradients, strict=True):
        for index in np.ndindex(weight.shape):
            kept, losses = weight[index], []
            for step in (1e-6, -1e-6):
                weight[index] = kept + step
                losses.append(space["loss_and_gradients"](x, y, *weights)[0])
            weight[index] = kept
            difference = (losses[0] - losses[1]) / 2e-6
            assert abs(difference - gradient[index]) <= 1e-5 + 1e-3 * abs(difference)


#: The first and the last broken variant of each kind; tests/benchmarks/bench_gradient_code.py runs all.
ALL = list(mutants())
BROKEN = dict.fromkeys(mutant for order in (ALL[::-1], ALL) for mutant in {m.mistake: m for m in order}.values())


@pytest.mark.parametrize("mutant", BROKEN, ids=lambda m: f"{m.file}:{m.line} {m.mistake}")
def test_broken_variants_are_caught_and_certified(mutant: Mutant) -> None:
    try:
        examined = examine(mutant.source, mutant.function, SaidOfInputs())
    except InputError as error:
        # NumPy itself refuses the mistake: there are no shapes for which the code runs.
        assert "no shapes were found that fit" in str(error)
        return
    wrong = [verdict for verdict in examined.verdicts if verdict.word == "wrong"]
    assert wrong
    assert all(verdict.counterexample is not None or "shape" in verdict.how for verdict in wrong)


@pytest.mark.parametrize(("file", "function", "old", "new"), REWRITINGS)
def test_rewritings_are_proven(file: str, function: str, old: str, new: str) -> None:
    source = source_of(file)
    assert source.text.count(old) == 1
    examined = examine(parsed(source.text.replace(old, new), source.path), function, SaidOfInputs())
    assert {verdict.word for verdict in examined.verdicts} <= {"proven", "conditional"}


def test_in_tests_a_failure_says_what_the_command_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SAMPLES)
    layers = importlib.import_module("layers")
    assert_pullback(layers.rnn_step_forward, layers.rnn_step_backward)
    assert_gradient(layers.temporal_softmax_loss)
    path = broken(tmp_path, "    dprev_h = da.dot(Wh.T)\n", "    dprev_h = da.dot(Wh)\n", "layers.py")
    specification = importlib.util.spec_from_file_location("broken_layers", path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with pytest.raises(AssertionError, match=r"dprev_h = da.dot\(Wh.T\)"):
        assert_pullback(module.rnn_step_forward, module.rnn_step_backward)


def test_the_one_function_that_returns_gradients_need_not_be_named() -> None:
    assert examine_file(f"{SAMPLES / 'gru_gist.py'}", "", SaidOfInputs()).setting.target.function == "gru_loss"


def test_a_file_without_gradients_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("def step(x):\n    return x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no function returns what is called a gradient; name one as in .*code\.py:step"):
        examine_file(f"{tmp_path / 'code.py'}", "", SaidOfInputs())


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nothing.py:f", "cannot be read"),
        ("char_rnn", "cannot be read (No such file or directory); check the name"),
        ("layers.py", "layers.py:rnn_step_backward; there are rnn_step_backward, "),
        ("char_rnn.py:gradients", "has no function gradients; it has lossFun"),
    ],
)
def test_what_cannot_be_used_is_refused(place: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["code", f"{SAMPLES / place}"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "function", "old", "new", "gradient"),
    [
        ("char_rnn.py", "lossFun", "draw @ hs[t - 1].T", "draw @ hs[t].T", "dWhh"),
        ("readers.py", "sentiment", "da = dh * (1 - h[t + 1] ** 2)", "da = dh * (1 + h[t + 1] ** 2)", "grads.db"),
    ],
)
def test_a_wrong_gradient_is_replayed_with_mpmath_alone(
    file: str, function: str, old: str, new: str, gradient: str, tmp_path: Path
) -> None:
    source = source_of(file)
    program = replay(examine(parsed(source.text.replace(old, new), source.path), function, SaidOfInputs()), gradient)
    (tmp_path / "replay.py").write_text(program, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", tmp_path / "replay.py"], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("they differ\n"), done.stderr
    assert "import symrnn" not in program


def test_what_is_not_wrong_has_no_replay(capsys: pytest.CaptureFixture[str]) -> None:
    for gradient, message in (("dby", "is conditional; only what is wrong"), ("dx", "no gradient is called 'dx'; there are dWxh")):
        assert entry.run(["code", f"{SAMPLES / 'char_rnn.py'}:lossFun", "--replay", gradient]) == 2
        assert message in capsys.readouterr().err


def test_the_project_says_shapes_and_values(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.symrnn.code]\nshape = { w = [3], "p.v" = [2] }\nset = { k = 4, order = [1, 0] }\ngrad = { slope = "w" }\n'
    )
    path = tmp_path / "project.py"
    path.write_text(
        "import numpy as np\n\n\ndef f(w, p, k, order):\n    v = p['v'][order]\n"
        "    loss = k * np.sum(w * w) + v[0] ** 2\n    slope = 2 * k * w\n    return loss, slope\n"
    )
    examined = examine_file(str(path), "f", SaidOfInputs())
    assert [(verdict.gradient, verdict.parameter, verdict.word) for verdict in examined.verdicts] == [("slope", "w", "proven")]
    assert sizes_said(examined.setting) == "w 3, p.v 2, k = 4, order = [1,0]"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("shape = 3", "shape must be a table"),
        ("shape = { w = 3 }", "shape.w must be a list of sizes"),
        ("shape = { w = [0] }", "shape.w must be a list of sizes"),
        ("shape = { w = [true] }", "shape.w must be a list of sizes"),
        ("loss = 3", "loss must be a name"),
        ("grad = { dw = 3 }", "grad.dw must be a name"),
        ("sizes = { w = 3 }", "has no sizes; it has shape, set, grad, loss, forward"),
        ("shape = {", "cannot be read"),
    ],
)
def test_a_project_that_says_nonsense_is_refused(table: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.symrnn.code]\n{table}\n")
    path = tmp_path / "project.py"
    path.write_text("def f(w):\n    dw = 2 * w\n    return w @ w, dw\n")
    with pytest.raises(InputError, match=re.escape(message)):
        examine_file(str(path), "f", SaidOfInputs())


def test_a_loss_in_the_backward_function_gets_what_the_forward_function_gives(tmp_path: Path) -> None:
    path = tmp_path / "last.py"
    path.write_text(
        "import numpy as np\n\n\nclass Last:\n    def __init__(self, unused, size, classes):\n"
        "        self.W = np.random.randn(size, size)\n        self.V = np.random.randn(classes, size)\n\n"
        "    def forward(self, x, h_prev):\n        hs = {-1: h_prev}\n        for t in range(len(x)):\n"
        "            hs[t] = np.tanh(self.W @ hs[t - 1] + x[t].reshape(-1, 1))\n"
        "        p = np.exp(self.V @ hs[len(x) - 1])\n        return hs, p / p.sum()\n\n"
        "    def backward(self, x, y_target, hs, p):\n        loss = -np.log(p[y_target, 0])\n        dy = p.copy()\n"
        "        dy[y_target] -= 1\n        dV = dy @ hs[len(x) - 1].T\n        dW = np.zeros_like(self.W)\n        dh = self.V.T @ dy\n"
        "        for t in reversed(range(len(x))):\n            da = (1 - hs[t] ** 2) * dh\n"
        "            dW += da @ hs[t - 1].T\n            dh = self.W.T @ da\n        return loss, dW, dV\n",
        encoding="utf-8",
    )
    told = SaidOfInputs({"x": (5, 3), "h_prev": (3, 1)}, {"size": 3, "classes": 4, "y_target": 1})
    examined = examine_file(str(path), "Last.backward", told)
    assert [(verdict.gradient, verdict.word) for verdict in examined.verdicts] == [("dW", "proven"), ("dV", "proven")]


#: What no shapes will mend, and the way out that is told.
BEYOND_SHAPES = [
    ("    loss = np.sum(np.sigmoid(w))\n    return loss, dw", "has no attribute 'sigmoid'; correct that line"),
    ("    loss = np.sum(squashed(w))\n    return loss, dw", "name 'squashed' is not defined; put the file that defines it beside"),
    ("    loss = np.sum(w * np.zeros(w.size / 1))\n    return loss, dw", "write // there"),
]


@pytest.mark.parametrize(("body", "message"), BEYOND_SHAPES)
def test_an_error_of_every_shape_is_told_at_once(tmp_path: Path, body: str, message: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(f"import numpy as np\n\n\ndef f(w):\n    dw = 2 * w\n{body}\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        examine_file(str(path), "f", SaidOfInputs())
    assert "broken.py:6: " in str(raised.value)


def test_a_function_that_gives_no_gradient_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "silent.py"
    text = (
        "import numpy as np\n\n\ndef h_forward(w):\n    h = np.tanh(w)\n    return h\n\n\ndef h_backward(dh, w):\n    dw = dh * w\n"
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"silent.py:9: h_backward returns nothing and keeps no gradient"):
        examine_file(str(path), "h_backward", SaidOfInputs({"w": (3,)}))


def test_prints_of_python_2_are_left_out() -> None:
    text = "def f(x):\n    print 'a %s' % \\\n        x  # so\n    if x: print x\n    print(x)\n    return x\n"
    source = parsed(text, "old.py")
    assert [type(node).__name__ for node in source.tree.body[0].body] == ["Pass", "If", "Expr", "Return"]  # type: ignore[attr-defined]
    assert source.tree.body[0].body[-1].lineno == 6  # type: ignore[attr-defined]
