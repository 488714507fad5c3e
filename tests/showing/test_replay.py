"""Certificates as programs: run without symrnn, they must find the certified numbers, and nothing at true equations."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from mpmath import mp, mpf

from symrnn.deciding.decide import Decider, Fails, Holds
from symrnn.deciding.evaluate import Instance
from symrnn.deciding.evidence import Point
from symrnn.judging.check import check, instance_for, read_model
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.verdict import Conditional, Slip, Undecided, Wrong
from symrnn.language.choices import Inadmissible, ShapeClash
from symrnn.language.claims import Claim
from symrnn.language.errors import InputError
from symrnn.language.model import Model
from symrnn.language.remarks import CODING
from symrnn.language.tensors import (
    Affine,
    Build,
    Choose,
    Condition,
    Const,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Integer,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Product,
    Ref,
    Sum,
    Tensor,
    Truth,
    size_of,
)
from symrnn.language.terms import Relation
from symrnn.notation import unicode_relation
from symrnn.reading.document import Document, Statement
from symrnn.reading.document.reader import read_text
from symrnn.reading.elaborate import readings
from symrnn.reading.notes import builtin_notes
from symrnn.showing.replay import for_judgement, program, shape_program
from symrnn.showing.replay.formula import IndicesInSight, ReplayWriter

MOST_READINGS = 4

#: Biases, the logistic function, a mean over time, a state called s and targets called t.
LOGISTIC = r"""
$$s_t = \sigma(A x_t + B s_{t-1} + b)$$
$$o_t = C s_t + c$$
$$p_t = \mathrm{softmax}(o_t)$$
$$L_t = -\sum_{k=1}^{K} t_{t,k} \log p_{t,k}$$
$$L = \frac{1}{T} \sum_{t=1}^{T} L_t$$
$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(s_t) B$$
$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(\sigma'(A x_t)) B^2$$
$$\frac{\partial L}{\partial o_t} = p_t - t_t$$
$$\frac{\partial L_t}{\partial o_t} = p_t - t_t$$
$$\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \frac{\partial L_t}{\partial s_t}$$
$$\frac{\partial L}{\partial C} = \sum_{t=2}^{T} (p_t - t_t) \otimes s_t$$
$$\frac{\partial^+ s_t}{\partial B} = s_{t-1}$$
$$\frac{\partial s_t}{\partial s_{t-2}} = B^2$$
"""

#: A function that nothing defines, components, a matrix power, ordered products, an error signal that runs backwards.
COMPONENTS = r"""
$$a_t = U x_t + W h_{t-1}$$
$$h_t = f(a_t)$$
$$o_t = V h_t$$
$$p_t = \mathrm{softmax}(o_t)$$
$$E_t = -\sum_{k=1}^{K} y_{t,k} \log p_{t,k}$$
$$E = \sum_{t=0}^{T} E_t$$
$$g_t = V^T (p_t - y_t) + W^T (f'(a_{t+1}) \odot g_{t+1})$$
$$\frac{\partial E}{\partial h_t} = g_t$$
$$\frac{\partial E}{\partial h_t} = V^T (p_t - y_t) + W^T g_{t+1}$$
$$\frac{\partial h_t}{\partial a_t} = \mathrm{diag}(f(a_t))$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(f''(a_{t})) W$$
$$\frac{\partial E_t}{\partial o_{t,k}} = p_{t,k} - y_{t,k}$$
$$\frac{\partial p_{t,i}}{\partial o_{t,k}} = p_{t,i} (1 - p_{t,k})$$
$$\frac{\partial E}{\partial W_{ij}} = \sum_{t=0}^{T} \frac{\partial E_t}{\partial h_{t,i}} h_{t-1,j}$$
$$\frac{\partial h_t}{\partial h_{0}} = \prod_{k=1}^{t} \mathrm{diag}(f'(a_k)) W$$
$$\frac{\partial h_t}{\partial h_{0}} = W^{t}$$
$$\frac{\partial}{\partial W}(U x_t + W h_{t-1})^+ = h_{t-1}$$
$$h_t = q_t$$
"""

#: Runs programs that it reads from standard input, each in a fresh namespace, and says what came of them.
RUNNER = """
import contextlib, io, json, sys
results = []
for source in json.load(sys.stdin):
    printed, error = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, "replay", "exec"), {"__name__": "__main__"})
        except BaseException as problem:
            error = type(problem).__name__
    results.append((error, printed.getvalue().split("\\n")))
assert not {"symrnn", "numpy", "flint"} & sys.modules.keys()
json.dump(results, sys.stdout)
"""


@dataclass(frozen=True)
class Case:
    """A certificate with the claim that it is about."""

    label: str
    model: Model
    claim: Claim
    point: Point
    text: str

    @property
    def source(self) -> str:
        return program(self.model, self.claim, self.point, self.text)


def document(latex: str) -> Document:
    return read_text(latex, "test.md", "markdown")


def run(sources: list[str]) -> list[tuple[str, list[str]]]:
    """The error that ended each program ("" for none) and the lines it printed."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER], input=json.dumps(sources), capture_output=True, text=True, check=True
    )
    return [(error, lines) for error, lines in json.loads(done.stdout)]


def claimed(statements: tuple[Statement, ...]) -> Iterator[tuple[str, Relation]]:
    for statement in statements:
        if statement.relation is not None and statement.relation.op == "=":
            yield statement.label, statement.relation


def cases(source: Document) -> Iterator[Case]:
    """All points at which a reading of a statement fails, and those that show that a hypothesis is needed."""
    understanding = read_model(source, Options())
    model = understanding.model
    decider = Decider(model, instance_for(model, Options()))
    for label, relation in claimed(source.statements):
        for reading in readings(relation, model, understanding.lexicon)[0][:MOST_READINGS]:
            for point in points(decider, reading.claim):
                yield Case(label, model, reading.claim, point, unicode_relation(relation))


def points(decider: Decider, claim: Claim) -> Iterator[Point]:
    outcome = decider.decide(claim)
    if isinstance(outcome, Fails):
        yield outcome.point
    if isinstance(outcome, Holds):
        for left_out in outcome.hypotheses:
            point = decider.refute(claim, tuple(h for h in outcome.hypotheses if h is not left_out))
            assert point is not None
            yield point


def middle(ball: str) -> mpf:
    return mpf(ball.strip("[]").split("+/-")[0])


DOCUMENTS = {"notes": builtin_notes(), "logistic": document(LOGISTIC), "components": document(COMPONENTS)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_programs_find_the_certified_numbers(name: str) -> None:
    found = list(cases(DOCUMENTS[name]))
    assert len(found) >= 10
    for case, (error, lines) in zip(found, run([case.source for case in found]), strict=True):
        assert error == "", f"{case.label}: {error}\n{case.source}"
        left, right, difference = map(mpf, lines[:3])
        point = case.point
        for printed, certified in ((left, point.left), (right, point.right), (abs(difference), point.gap)):
            assert abs(printed - middle(certified)) <= mpf("1e-10") * max(1, abs(printed)), case.source


def true_statement(source: Document, label: str) -> Case:
    """A proven statement with a forged certificate."""
    understanding = read_model(source, Options())
    decider = Decider(understanding.model, instance_for(understanding.model, Options()))
    relation = next(r for at, r in claimed(source.statements) if at == label)
    for reading in readings(relation, understanding.model, understanding.lexicon)[0]:
        outcome = decider.decide(reading.claim)
        if isinstance(outcome, Holds) and all(h.kind in ("sum", "zero", "zero end") for h in outcome.hypotheses):
            # Time steps that exist wherever they stand in these statements; components from 1.
            indices = tuple((name, 2) for name, _, _ in reading.claim.variables)
            entry = (2,) * len(reading.claim.left.shape)
            texts = tuple(h.said for h in outcome.hypotheses)
            gap = "[0.000100000000 +/- 3e-16]"
            forged = Point(reading.claim, decider.scope(), 1, indices, entry, "1", "0", gap, texts)
            return Case(label, understanding.model, reading.claim, forged, "")
    raise AssertionError(f"{label} is not proven")


TRUE = [
    *(("notes", label) for label in ("softmax", "tanh", "V-sum", "V-two-factors", "loss-by-output-a")),
    *(("notes", label) for label in ("logits-sum-b", "logits-result", "logits-by-V-b", "V-result", "2.2", "2.3")),
    *(("notes", label) for label in ("state-2-by-W", "W-step-2-b", "state-chain", "W-product", "state-jacobian")),
    ("logistic", "L10"),
    ("components", "L9"),
    ("components", "L13"),
    ("components", "L16"),
]


def test_programs_for_true_equations_fail() -> None:
    forged = [true_statement(DOCUMENTS[name], label) for name, label in TRUE]
    with mp.workdps(60):
        for case, (error, lines) in zip(forged, run([case.source for case in forged]), strict=True):
            assert error == "AssertionError", f"{case.label}: {error}\n{case.source}"
            assert abs(mpf(lines[2])) < mpf("1e-40"), f"{case.label}\n{case.source}"


def test_program_is_small_and_imports_mpmath_alone() -> None:
    case = next(c for c in cases(DOCUMENTS["notes"]) if c.label == "explicit-W")
    assert len(case.source.splitlines()) <= 60
    tree = ast.parse(case.source)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules == {"functools", "mpmath"}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))


def test_text_of_a_document_stays_a_comment() -> None:
    case = replace(next(cases(DOCUMENTS["logistic"])), text="a = b\nimport os\rraise\x0c1\u2028x\u2202\x00y")
    comments = [line for line in case.source.split("\n") if line.startswith("#")]
    assert comments == [CODING, "# a = b", "# import os", "# raise", "# 1", "# x\\u2202 y"]
    assert run([case.source])[0][0] == ""


def test_letters_that_python_reserves_are_renamed() -> None:
    latex = r"""
$$\lambda_t = \tanh(A x_t + B \lambda_{t-1})$$
$$e_t = \mathrm{softmax}(C \lambda_t)$$
$$L_t = -\sum_{k=1}^{K} t_{t,k} \log e_{t,k}$$
$$\frac{\partial L_t}{\partial \lambda_t} = C^T (e_t + t_t)$$
"""
    found = list(cases(document(latex)))
    assert found
    assert all(error == "" for error, _ in run([case.source for case in found]))


def test_values_at_one_time_only() -> None:
    latex = COMPONENTS.replace("$$g_t =", "$$h_{-1} = 0$$\n$$g_T = V^T (p_T - y_T)$$\n$$g_t =")
    found = [case for case in cases(document(latex)) if "g_" in case.source or "g(" in case.source]
    assert any("if t == 3 else" in case.source for case in found)
    assert all(error == "" for error, _ in run([case.source for case in found]))


def test_large_inputs_stay_readable() -> None:
    understanding = read_model(document(LOGISTIC), Options())
    decider = Decider(understanding.model, Instance(3, (("hidden", 9), ("input", 11), ("classes", 10))))
    relation = dict(claimed(DOCUMENTS["logistic"].statements))["L7"]
    reading = readings(relation, understanding.model, understanding.lexicon)[0][0]
    (point,) = points(decider, reading.claim)
    source = program(understanding.model, reading.claim, point, "")
    assert max(map(len, source.splitlines())) <= 120
    assert run([source])[0][0] == ""


# ------------------------------------------------------------------------------------------------------------- shapes


def clashes(source: Document) -> Iterator[tuple[str, ShapeClash]]:
    understanding = read_model(source, Options())
    for _, relation in claimed(source.statements):
        refused: list[Inadmissible] = readings(relation, understanding.model, understanding.lexicon)[1]
        for reason in refused:
            if reason.clash is not None:
                yield unicode_relation(relation), reason.clash


def test_shape_programs_show_the_clash() -> None:
    sizes = {"hidden": 2, "classes": 3, "input": 4}
    found = sorted({item for name in DOCUMENTS for item in clashes(DOCUMENTS[name])}, key=str)
    assert len(found) >= 10
    sources = [shape_program(clash, sizes, text) for text, clash in found]
    for source, (error, lines) in zip(sources, run(sources), strict=True):
        assert error == "", source
        assert " against " in lines[0]


@pytest.mark.parametrize(
    ("joint", "left", "right"),
    [
        ("the two sides", ("hidden",), ("classes",)),
        ("factors do not fit", ("hidden", "input"), ("hidden",)),
        ("a column left of a matrix", ("hidden",), ("hidden", "classes")),
        ("a row right of a matrix", ("classes", "hidden"), ("hidden",)),
        ("terms of a sum", (), ("hidden", "hidden")),
        ("the two sides", ("hidden", "hidden", "input"), ("classes",)),
        ("the two sides", ("?1", "hidden"), ("?1",)),
    ],
)
def test_shapes_of_every_kind(joint: str, left: tuple[str, ...], right: tuple[str, ...]) -> None:
    # Equal sizes would hide the clash, so that the program must not take them.
    source = shape_program(ShapeClash(joint, left, right), {"hidden": 3, "classes": 3, "input": 1}, "text")
    assert run([source])[0][0] == ""


def test_shapes_that_meet_fail() -> None:
    same = shape_program(ShapeClash("the two sides", ("hidden",), ("hidden",)), {}, "text")
    product = shape_program(ShapeClash("factors do not fit", ("hidden",), ("hidden", "input")), {}, "text")
    large = shape_program(ShapeClash("the two sides", ("a", "b", "c"), ("a", "b", "c")), {}, "text")
    assert [error for error, _ in run([same, product, large])] == ["SystemExit", "SystemExit", "AssertionError"]


# ------------------------------------------------------------------------------------------------------------ reports


REPORT = r"""
$$h_t = \tanh(U x_t + W h_{t-1})$$
$$p_t = \mathrm{softmax}(V h_t)$$
$$L_t = -\sum_{k=1}^{K} y_{t,k} \log p_{t,k}$$
$$\frac{\partial L_t}{\partial V} = (p_t - y_t) \otimes h_t \tag{conditional}$$
$$W = W + \alpha \frac{\partial L_t}{\partial W} \tag{update}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) \tag{wrong}$$
$$h_t = V \tag{shapes}$$
$$h_m = \tanh(U x_m + W h_{m-1}) \tag{proven}$$
"""


@pytest.fixture(scope="module")
def report() -> Report:
    return check(document(REPORT))


def judgement(report: Report, label: str) -> Judgement:
    return next(j for j in report.judgements if j.statement.label == label)


def test_every_certificate_of_a_report_replays(report: Report) -> None:
    certified = [j for j in report.judgements if isinstance(j.verdict, (Wrong, Slip, Conditional))]
    assert {j.statement.label for j in certified} == {"conditional", "update", "wrong", "shapes"}
    sources = [for_judgement(report, j) for j in certified]
    assert [error for error, _ in run(sources)] == [""] * len(certified)
    for j, source in zip(certified, sources, strict=True):
        assert source.startswith(f"{CODING}\n# test.md, {j.statement.label}")


def test_the_hypothesis_that_is_left_out_is_named(report: Report) -> None:
    source = for_judgement(report, judgement(report, "conditional"))
    assert "# test.md, conditional, without the hypothesis \\u03a3_k y_k = 1" in source


def test_true_statements_have_no_program(report: Report) -> None:
    with pytest.raises(InputError, match="proven; only a statement with a certificate of falsity"):
        for_judgement(report, judgement(report, "proven"))
    with pytest.raises(InputError, match="undecided"):
        for_judgement(report, replace(judgement(report, "wrong"), verdict=Undecided("no reason")))


def test_a_certificate_with_too_large_a_gap_fails(report: Report) -> None:
    wrong = judgement(report, "wrong")
    assert isinstance(wrong.verdict, Wrong)
    assert isinstance(wrong.verdict.certificate, Point)
    forged = replace(wrong.verdict, certificate=replace(wrong.verdict.certificate, gap="[1000.00000000 +/- 1e-13]"))
    assert run([for_judgement(report, replace(wrong, verdict=forged))])[0][0] == "AssertionError"


# ------------------------------------------------------------------------------------------------------ single rules


RENAMED = "sum(h(1, t=i) for j in range(k + 1, T + 1))"
SUMMED = "sum(h(m, t=i) for m in hidden)"
PRODUCT = "fprod(m for m in range(0, k + 1))"
SCOPE = IndicesInSight({"i": "i", "k": "k"})
VECTOR = Ref("h[t]", Affine.of("i"), ("hidden",))
MATRIX = Ref("W", None, ("hidden", "hidden"))


@pytest.mark.parametrize(
    ("node", "at", "expected"),
    [
        (Const(Fraction(-1, 3)), (), "-mpf(1) / 3"),
        (Over(Const(Fraction(1)), Integer(Affine.of("k", 1))), (), "mpf(1) / (k + 1)"),
        (Power(Integer(Affine.of("k")), -2), (), "mpf(k)**-2"),
        (Over(Dot(MATRIX, VECTOR, 1), VECTOR), ("1",), "sum(W(1, j) * h(j, t=i) for j in hidden) / h(1, t=i)"),
        (Dot(Const(Fraction(-1)), Plus((VECTOR, VECTOR)), 0), ("1",), "-(h(1, t=i) + h(1, t=i))"),
        (Plus((Dot(Const(Fraction(-1)), VECTOR, 0), VECTOR)), ("2",), "h(2, t=i) - h(2, t=i)"),
        (Dot(Diag(VECTOR), MATRIX, 1), ("1", "2"), "h(1, t=i) * W(1, 2)"),
        (Dot(MATRIX, Diag(VECTOR), 1), ("1", "2"), "W(1, 2) * h(2, t=i)"),
        (Dot(Eye("hidden"), VECTOR, 0), ("1", "2", "1"), "0"),
        (DiagPart(Permute(MATRIX, (1, 0))), ("j",), "W(j, j)"),
        (Permute(Dot(MATRIX, VECTOR, 0), (2, 0, 1)), ("1", "2", "3"), "W(2, 3) * h(1, t=i)"),
        (Build("row#", "hidden", Pick(VECTOR, (Affine.of("row#", 1),))), ("k",), "h(k + 1, t=i)"),
        (Truth(Condition("!=", Affine.of("i"), Affine.of("k", -1))), (), "int(i != k - 1)"),
        (Sum("m#1", Affine((), 1), size_of("hidden"), (), Pick(VECTOR, (Affine.of("m#1"),))), (), SUMMED),
        (Sum("i#1", Affine.of("k", 1), Affine.of("T"), (), VECTOR), ("1",), RENAMED),
        (Product("m#1", Affine((), 0), Affine.of("k"), False, Integer(Affine.of("m#1"))), (), PRODUCT),
        (Map("tanh", 1, Const(Fraction(2))), (), "tanh_prime(2)"),
    ],
)
def test_rule(node: Tensor, at: tuple[str, ...], expected: str) -> None:
    model = read_model(document(REPORT), Options()).model
    assert str(ReplayWriter(model, model.labels).component(node, at, SCOPE)) == expected


def test_branches_are_tried_in_order() -> None:
    equal, smaller = (Condition(op, Affine.of("i"), Affine.of("k")) for op in ("=", "<"))
    node = Choose(((Const(Fraction(1)), (equal,)), (Const(Fraction(2)), (smaller,)), (Const(Fraction(3)), ())))
    model = read_model(document(REPORT), Options()).model
    assert str(ReplayWriter(model, model.labels).component(node, (), SCOPE)) == "1 if i == k else 2 if i < k else 3"
