"""The kernel: it stands alone, and what the search finds is a file that it accepts."""

from __future__ import annotations

import ast
import json
import operator
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mpmath
import pytest
from places import ROOT

from symrnn.app.entry import run as symrnn
from symrnn.language.formulas import formula
from symrnn.language.functions import BY_NAME, RECORDS, square
from symrnn.language.tensors import Const, Dot, Full, Map, Over, Plus, Power, Times
from symrnn.language.tensors import Ref as PageRef
from symrnn.language.tensors import Tensor as PageTensor
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.proving.certificates import Certificate, document
from symrnn.proving.kernel import reading
from symrnn.proving.kernel.__main__ import ACCEPTED, DECLINED, REFUSED, main
from symrnn.proving.kernel.development import judge
from symrnn.proving.kernel.functions import SLOPES, SQUARES, slope
from symrnn.proving.kernel.outcomes import Declined, Refused
from symrnn.proving.kernel.terms import Ref
from symrnn.proving.prove import Prover
from symrnn.proving.translation import network_of, page_node
from symrnn.proving.trusted import trusted_base, trusted_lines
from symrnn.reading.definitions import understand
from symrnn.reading.elaborate import readings

KERNEL = ROOT / "symrnn" / "proving" / "kernel"
NETWORK = (r"h_t = \tanh(U x_t + W h_{t-1})", r"L = \sum_{t=0}^T v^T h_t")
CLAIM = r"\frac{\partial L}{\partial W} = \sum_{t=0}^T \sum_{k=0}^t \frac{\partial L}{\partial h_t}"


def relation(latex: str) -> Relation:
    chain = read_row(latex)[0]
    return Relation(chain.operators[0], chain.sides[0], chain.sides[-1])


def certificate(*claims: str) -> str:
    """The file of the first proof of each claim about a small network."""
    known = understand([relation(line) for line in (*NETWORK, *claims)])
    prover, made = Prover(known.model), Certificate(network_of(known.model))
    for latex in claims:
        found = (prover.prove(reading.claim) for reading in readings(relation(latex), known.model, known.lexicon)[0])
        next(proof for proof in found if proof is not None).added_to(made, latex)
    return json.dumps(document([made]))


@pytest.mark.parametrize("path", sorted(KERNEL.glob("*.py")), ids=lambda path: path.name)
def test_the_kernel_imports_the_standard_library_and_itself(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in imported:
            assert name.split(".")[0] in sys.stdlib_module_names or name.startswith("symrnn.proving.kernel")


def test_the_kernel_runs_without_what_else_is_installed(tmp_path: Path) -> None:
    """With no site packages at all; and what it prints is the claim in full."""
    file = tmp_path / "proofs.json"
    file.write_text(certificate(r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W"), encoding="utf-8")
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(KERNEL.parent.parent.parent)!r}); import runpy;"
               f" sys.argv = ['kernel', {str(file)!r}]; runpy.run_module('symrnn.proving.kernel', run_name='__main__')"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (ACCEPTED, "")
    # The terms of a sum stand in the order in which the document brought them first.
    slopes = ("((-1) · h[t]^2) + (1 · 1(hidden))", "(1 · 1(hidden)) + ((-1) · h[t]^2)")
    assert any(f"  ∂h[t]/∂h[t - 1] = (diag(({slope})) · W)" in done.stdout for slope in slopes)
    assert "  h[t] ∈ ℝ^(hidden) = tanh(((U · x[t]) + (W · h[t - 1]))), free before the first step" in done.stdout


def test_a_file_that_is_no_proof_has_another_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = certificate(r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W")
    for text, status in ((good, ACCEPTED), (good.replace('"tanh", 1', '"tanh", 2'), REFUSED), ("{}", DECLINED)):
        file = tmp_path / "proofs.json"
        file.write_text(text, encoding="utf-8")
        assert main([str(file)]) == status
    assert main([str(tmp_path / "none.json")]) == DECLINED and main([]) == DECLINED
    assert "refused: development 1: the" in capsys.readouterr().err


# ----------------------------------------------------------------------------------------------------------- functions


def test_the_kernel_and_the_records_know_the_same_slopes() -> None:
    """The kernel has its own table, since it imports nothing; the two are compared here."""
    for record in RECORDS:
        if record.slope:
            assert SLOPES[record.name] == record.slope
        assert SQUARES.get(record.name) == square(record.name)


KNOWN = {"sigma": lambda x: 1 / (1 + mpmath.exp(-x)), "step": lambda x: mpmath.mpf(x > 0)}


NUMBERS: Any = SimpleNamespace(
    number=lambda q: mpmath.mpf(q.numerator) / q.denominator,
    sum=operator.add,
    product=operator.mul,
    quotient=operator.truediv,
    power=operator.pow,
    call=lambda name, order, a: value(Map(name, order, PageRef("x", None, ())), a),
)


def value(node: PageTensor, x: mpmath.mpf) -> mpmath.mpf:
    """A formula at a number, by mpmath alone."""
    match node:
        case PageRef():
            return x
        case Const(number) | Full(number, _):
            return mpmath.mpf(number.numerator) / number.denominator
        case Plus(terms):
            return mpmath.fsum(value(t, x) for t in terms)
        case Dot(left, right, _) | Times(left, right):
            return value(left, x) * value(right, x)
        case Over(left, right):
            return value(left, x) / value(right, x)
        case Power(base, n):
            return value(base, x) ** n
        case Map(name, 0, argument):
            known = KNOWN.get(name) or getattr(mpmath, BY_NAME[name].mpmath or "", None)
            return known(value(argument, x)) if known else formula(name, 0, value(argument, x), NUMBERS)
        case Map(name, order, argument):
            return mpmath.diff(lambda y: value(Map(name, 0, PageRef("x", None, ())), y), value(argument, x), order)
    raise TypeError(node)


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_is_the_derivative(name: str) -> None:
    """Of the first and of the second order, by differences of many digits."""
    x, plain = Ref("x", None, ()), PageRef("x", None, ())
    with mpmath.workdps(30):
        for order, at in ((1, mpmath.mpf("0.3")), (1, mpmath.mpf("-0.7")), (2, mpmath.mpf("0.4"))):
            if at > 0 or name not in ("log", "sqrt"):
                found = value(page_node(slope(name, order, x)), at)
                assert abs(found - mpmath.diff(lambda y: value(Map(name, 0, plain), y), at, order)) < mpmath.mpf("1e-8")


def test_of_other_functions_nothing_is_known() -> None:
    with pytest.raises(Refused):
        slope("f", 1, Ref("x", None, ()))
    with pytest.raises(Refused):
        slope("tanh", 0, Ref("x", None, ()))


# ------------------------------------------------------------------------------------------------------ the command line

DOCUMENT = r"""
$$h_t = \tanh(U x_t + W h_{t-1})$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W \tag{J}$$
"""


def test_the_proofs_of_a_check_are_a_file_that_the_kernel_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.md").write_text(DOCUMENT, encoding="utf-8")
    arguments = ["check", str(tmp_path / "notes.md"), "--no-progress", "--proofs", str(tmp_path / "proofs.json")]
    assert symrnn(arguments) == 0
    assert "the kernel accepts 1 claims" in capsys.readouterr().err
    assert main([str(tmp_path / "proofs.json")]) == ACCEPTED
    assert "accepted: J\n  ∂h[t]/∂h[t - 1] = " in capsys.readouterr().out


@pytest.mark.parametrize(("name", "option", "message"), [
    ("proofs.json", "--no-induction", "nothing is proven for every length and size"),
    ("notes.md", "--no-progress", "is the input"),
])  # fmt: skip
def test_where_there_are_no_proofs_to_write_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, option: str, message: str
) -> None:
    (tmp_path / "notes.md").write_text(DOCUMENT, encoding="utf-8")
    assert symrnn(["check", str(tmp_path / "notes.md"), "--no-progress", option, "--proofs", str(tmp_path / name)]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "proofs.json").exists() and (tmp_path / "notes.md").read_text(encoding="utf-8") == DOCUMENT


def test_the_readme_states_the_trusted_base() -> None:
    """Within a thousand lines of what is counted."""
    kernel, reading_lines = trusted_lines()
    text = (KERNEL.parent.parent.parent / "README.md").read_text(encoding="utf-8")
    said = text.split("<!-- trusted -->")[1].split("<!-- end of trusted -->")[0]
    whole, part = (int(word.replace(",", "")) for word in said.split() if word[0].isdigit())
    assert abs(whole - kernel - reading_lines) < 1000 and abs(part - kernel) < 1000
    assert f"{kernel:,}" in trusted_base() and f"{reading_lines:,}" in trusted_base()


# ------------------------------------------------------------------------------------------------------------- its bounds


def large(nodes: int, steps: int) -> str:
    """A file about one vector, b = b, with so many expressions and steps that do nothing."""
    network = {"first": 0, "last": [0, ["T", 1]], "quantities": [
        {"key": "b", "symbol": "b", "timed": False, "shape": ["n"], "definition": None, "special": [], "recurrence": 0}]}  # fmt: skip
    chain = {"left": [["narrow", 0, []]] * steps, "right": []}
    claim = {"name": "b", "left": 0, "right": 0, "indices": [], "within": [], "zero": [], "one": [], "proofs": [chain]}
    every = [["quantity", "b", None, ["n"]], *[["number", 1]] * (nodes - 1)]
    return json.dumps(
        {"format": "symrnn proofs 1", "developments": [{"nodes": every, "network": network, "lemmas": [], "claims": [claim]}]}
    )


@pytest.mark.parametrize(("bound", "nodes", "steps"), [("MOST_NODES", 20, 1), ("MOST_STEPS", 1, 20)])
def test_a_larger_file_is_declined(monkeypatch: pytest.MonkeyPatch, bound: str, nodes: int, steps: int) -> None:
    monkeypatch.setattr(reading, bound, 20)
    assert judge(large(nodes, steps))
    with pytest.raises(Declined):
        judge(large(nodes + (nodes > 1), steps + (steps > 1)))
