"""From a document to a program, as a caller and on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symrnn.app import entry
from symrnn.judging.check import instance_for, read_model
from symrnn.judging.judgement import Options
from symrnn.language.errors import InputError
from symrnn.reading.document import read_document, read_text
from symrnn.running import CannotCompile, compile
from symrnn.running.adjoint import TensorEquation
from symrnn.running.compiler import plan
from symrnn.running.proof import EquationProver

NETWORK = r"""
# My notes

$$ s_t = \tanh(A x_t + B s_{t-1} + b), \qquad o_t = C s_t + c $$

$$ p_t = \mathrm{softmax}(o_t), \qquad L = -\frac{1}{T} \sum_{t=1}^{T} q_t^\top \log p_t $$
"""
RIGHT = r"""
$$ \frac{\partial L}{\partial C} = \frac{1}{T} \sum_{t=1}^{T} (p_t - q_t) \otimes s_t \tag{1} $$
"""
MENDED = RIGHT.replace("(p_t - q_t)", "(q_t - p_t)")
BEYOND_REPAIR = r"""
$$ \frac{\partial L}{\partial A} = 5 A A^T A A^T A + 3 A + 2 b x_1^T + 7 A x_1 x_2^T \tag{2} $$
"""
RESIDUAL = r"""
$$ h_t = h_{t-1} + \tanh(U x_t + W h_{t-1}) $$

$$ p_t = \mathrm{softmax}(V h_t), \qquad L_t = -y_t \log p_t $$
"""


def written(path: Path, text: str) -> str:
    file = path / "mine.md"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_is_compiled_with_its_own_letters_biases_and_loss(tmp_path: Path) -> None:
    file = written(tmp_path, NETWORK + RIGHT)
    rng = np.random.default_rng(0)
    shapes = {"A": (5, 4), "B": (5, 5), "b": (5,), "C": (3, 5), "c": (3,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, q = rng.normal(size=(2, 6, 4)), rng.normal(size=(2, 6, 3))
    results = []
    for given in (Path(file), read_model(read_document(file), Options()).model):
        program = compile(given)
        assert set(program.parameters) == set(shapes)
        results.append(program.gradients(params, x, q))
    s = program.forward(params, x)["s"]
    p = program.forward(params, x)["p"]
    for loss, gradients in results:
        assert loss == pytest.approx(-(q * np.log(p)).sum() / 6, rel=1e-12)
        error = q.sum(2, keepdims=True) * p - q
        np.testing.assert_allclose(gradients["C"], np.einsum("ntk,nth->kh", error, s) / 6, rtol=1e-10)
        np.testing.assert_allclose(gradients["c"], error.sum((0, 1)) / 6, rtol=1e-10)


def test_a_wrong_gradient_is_repaired(tmp_path: Path) -> None:
    file = written(tmp_path, NETWORK + MENDED)
    assert f"# The gradient at {file}:8, 1 is wrong as written, and was repaired.\n" in compile(file).source


def test_what_has_no_induction_is_proven_at_an_instance_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(read_model(read_document(written(tmp_path, RESIDUAL)), Options()).model)
    equation = TensorEquation(planned.through[0].left, planned.through[0].right)
    model = planned.network.model
    prover = EquationProver(model, instance_for(model, Options()))
    assert prover.prove(equation).evidence == "proven for every length and every size"
    monkeypatch.setattr("symrnn.proving.prove.Prover.prove", lambda *_: None)
    said = prover.prove(equation).evidence
    assert said.startswith("proven for 4 steps, hidden 2, ") and said.endswith("at others seen modulo a prime")
    monkeypatch.setattr("symrnn.running.proof.second_opinion", lambda *_, **__: "the sides differ modulo a prime")
    with pytest.raises(CannotCompile, match="is not proven: the sides differ modulo a prime"):
        prover.prove(equation)


@pytest.mark.parametrize("line", [r"s_t = \det(A) s_{t-1}", r"s_t = \mathrm{clip}(a, s_{t-1}]"])
def test_no_program_is_made_past_a_line_of_the_network_that_is_not_decided(tmp_path: Path, line: str) -> None:
    document = NETWORK.replace(r"s_t = \tanh(A x_t + B s_{t-1} + b)", line)
    with pytest.raises(CannotCompile, match=r"mine\.md:4: this line has the letter s of the network and is (undecided|unread)"):
        compile(written(tmp_path, document))


def test_a_recurrence_with_max_keeps_its_state(tmp_path: Path) -> None:
    document = NETWORK.replace(r"\tanh(A x_t + B s_{t-1} + b)", r"\max(0, A x_t + B s_{t-1} + b)")
    program = compile(written(tmp_path, document))
    assert set(program.parameters) == {"A", "B", "b", "C", "c"}
    assert "relu(" in program.source and "s_before" in program.source


@pytest.mark.parametrize(
    ("given", "error", "reason"),
    [
        ("lstm", CannotCompile, "there is no model 'lstm' and no such file"),
        ("lstm.md", InputError, r"lstm\.md: no such file"),
        (".", InputError, "is a directory"),
        (read_text("$$ 1 = 1 $$", "empty.md", "markdown"), CannotCompile, "no equation defines a network"),
    ],
)
def test_what_cannot_be_read_is_said(given: object, error: type, reason: str) -> None:
    with pytest.raises(error, match=reason):
        compile(given)  # type: ignore[arg-type]


def test_what_has_no_rule_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CannotCompile, match=r"mine\.md:6: the loss has a part with p that has no rule; what has one: "):
        compile(
            written(tmp_path, NETWORK.replace(r"-\frac{1}{T} \sum_{t=1}^{T} q_t^\top \log p_t", r"\sum_{t=1}^{T} p_t^\top p_t"))
        )


def test_the_command_prints_the_program_or_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["compile"]) == 0
    assert capsys.readouterr().out == compile("notes").source
    assert entry.run(["compile", "--plain"]) == 0
    assert "    h[t] = xp.tanh(a[t])  # hₜ = tanh(aₜ)\n" in capsys.readouterr().out
    assert entry.run(["compile", written(tmp_path, NETWORK + BEYOND_REPAIR)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "mine.md:8, 2 is wrong, and no repair was proven; correct it and check again" in output.err
