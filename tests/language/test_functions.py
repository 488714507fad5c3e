"""The table of functions, walked through every engine: each has a rule there, or no verdict can rest on a value of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import redirect_stdout
from fractions import Fraction
from io import StringIO
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from symrnn.deciding.algebras.ball import Ball
from symrnn.deciding.algebras.base import Algebra, Undefined
from symrnn.deciding.algebras.exact import Exact
from symrnn.deciding.algebras.modular import Modular
from symrnn.deciding.algebras.trees import SympyTrees, from_sympy
from symrnn.deciding.evidence import Point
from symrnn.judging.check import check
from symrnn.judging.judgement import Report
from symrnn.judging.verdict import Proven, Wrong
from symrnn.language import questions
from symrnn.language.formulas import formula, has_formula, relatives
from symrnn.language.functions import COMMANDS, RECORDS, WORDS, Function
from symrnn.language.model import Model
from symrnn.language.terms import Apply, Sym
from symrnn.notation import latex, read_term
from symrnn.reading.document import read_text
from symrnn.showing.replay import for_judgement
from symrnn.showing.replay.formula import ReplayWriter

ENTRIES = tuple(record for record in RECORDS if record.takes == "entries" and record.is_known)
OPAQUE = tuple(record for record in RECORDS if not record.is_known)
by_name = pytest.mark.parametrize("record", ENTRIES, ids=lambda record: record.name)


def body(text: str) -> Report:
    """What a check says of lines below a small network."""
    head = (
        "$h_t = \\tanh(U x_t + W h_{t-1})$\n\n$a_t = V h_t$\n\n$p_t = \\mathrm{softmax}(a_t)$\n\n$L_t = -y_t^T \\log p_t$\n\n"
        "$L = \\sum_t L_t$\n\n"
    )
    return check(read_text(head + "\n\n".join(f"$${line}$$" for line in text.strip().splitlines()), "text", "markdown"))


def words(text: str) -> list[str]:
    return [j.verdict.word for j in body(text).judgements[5:]]


# ---------------------------------------------------------------------------------------------------- what is known


def digits(name: str, order: int, x: Any) -> Any:
    """A function, or a derivative of it, by mpmath alone."""
    plain: dict[str, Callable[[Any], Any]] = {
        "sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
        "step": lambda x: mpmath.mpf(x > 0),
        "arctan": mpmath.atan,
        "arctanh": mpmath.atanh,
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        "logsigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
        "abs": abs,
        "relu": lambda x: max(x, mpmath.mpf(0)),
        "elu": lambda x: x if x > 0 else mpmath.expm1(x),
        "silu": lambda x: x / (1 + mpmath.exp(-x)),
        "gelu": lambda x: x * mpmath.ncdf(x),
        "hardtanh": lambda x: min(max(x, -1), 1),
    }
    function = plain.get(name) or getattr(mpmath, name)
    return mpmath.diff(function, x, order) if order else function(x)


@by_name
@pytest.mark.parametrize("order", (0, 1, 2))
def test_balls_hold_the_true_value(record: Function, order: int) -> None:
    choice = random.Random(record.name)
    with mpmath.workdps(60):
        for _ in range(6):
            point = Fraction(choice.randrange(1, 90), 97) * (1 if record.name in ("log", "sqrt") else choice.choice((-1, 1)))
            algebra = Ball(1)
            value = algebra.function(record.name, order, algebra.full(point, ()))[()]
            wanted = digits(record.name, order, mpmath.mpf(point.numerator) / point.denominator)
            assert abs(float(value.mid()) - float(wanted)) < 1e-12, (record.name, point)


@by_name
def test_the_exact_derivative_is_the_polynomial_or_formula_that_balls_use(record: Function) -> None:
    """SymPy differentiates what it builds; the outcome is what the exact algebra says of the slope."""
    exact, trees = Exact(60), SympyTrees()
    x = exact.free("x", ())
    symbol = sympy.Symbol("x")
    tree = trees.function(record.name, 0, np.asarray(symbol, dtype=object)).item()
    derivative = from_sympy(exact, sympy.diff(tree, symbol), {symbol: x.item()})
    assert exact.vanishes(derivative - exact.function(record.name, 1, x).item())


@by_name
def test_residues_obey_the_formulas(record: Function) -> None:
    """The second opinion on proofs computes modulo a prime: what the checker may rewrite has to hold there."""
    algebra = Modular(4)
    assert has_formula(record.name, 1) == (not record.polynomial)
    x = algebra.multiply(y := algebra.free("x", (3,)), y)
    value = algebra.function(record.name, 0, x)
    if record.idempotent:
        assert np.array_equal(algebra.multiply(value, value), value)
    if record.at_zero is not None:
        assert algebra.function(record.name, 0, algebra.full(Fraction(0), (3,))).tolist() == [algebra.number(record.at_zero)] * 3


def test_signs_and_roots_modulo_a_prime_are_like_those_of_numbers() -> None:
    algebra = Modular(2)
    x, y = algebra.free("x", (40,)), algebra.free("y", (40,))
    sign = [algebra.function("sign", 0, a) for a in (x, y, algebra.multiply(x, y), -x)]
    assert np.array_equal(algebra.multiply(sign[0], sign[1]), sign[2])
    assert np.array_equal(algebra.add(sign[0], sign[3]), np.zeros(40))
    assert np.array_equal(algebra.function("sqrt", 0, algebra.multiply(x, x)), algebra.function("abs", 0, x))
    with pytest.raises(Undefined):
        algebra.function("sqrt", 0, np.concatenate([x, -x]))
    c, s = algebra.function("cos", 0, x), algebra.function("sin", 0, x)
    assert set(algebra.add(algebra.multiply(c, c), algebra.multiply(s, s)).tolist()) == {1}
    assert np.array_equal(algebra.function("sin", 0, -x), algebra.multiply(s, algebra.full(Fraction(-1), ())))


@by_name
@pytest.mark.parametrize("order", (0, 1, 2))
def test_a_certificate_computes_the_function_with_mpmath_alone(record: Function, order: int) -> None:
    writer = ReplayWriter(Model({}), ())
    name = writer.function(record.name, order)
    scope: dict[str, Any] = {key: getattr(mpmath, key) for key in (*writer.imports, "mpf")}
    for own, text in writer.bodies.items():
        exec(f"def {own}(x): return {text}", scope)
    with mpmath.workdps(40):
        for x in (mpmath.mpf(3) / 7, mpmath.mpf(5) / 9, -mpmath.mpf(3) / 7)[: 2 if record.name in ("log", "sqrt") else 3]:
            assert abs(scope[name](x) - digits(record.name, order, x)) < 1e-12


@pytest.mark.parametrize("algebra", (Ball(1), Modular(1), Exact(9)), ids=("ball", "residues", "exact"))
@pytest.mark.parametrize("record", [r for r in OPAQUE if r.takes == "entries"], ids=lambda record: record.name)
def test_no_engine_has_a_value_for_a_function_without_a_rule(record: Function, algebra: Algebra) -> None:
    with pytest.raises(Undefined, match=f"nothing here knows {record.name}"):
        algebra.function(record.name, 0, algebra.free("x", (2,)))
    with pytest.raises(KeyError):
        formula(record.name, 0, 0, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [record.spellings[0] for record in OPAQUE])
def test_what_has_no_rule_is_opaque(name: str) -> None:
    """Neither proven nor wrong, whatever is said of it, and no slip of notation either."""
    report = body(
        rf"""\mathrm{{{name}}}(W^T) = \mathrm{{{name}}}(W)
        \mathrm{{{name}}}(a_t) = 2 \mathrm{{{name}}}(a_t)
        \frac{{\partial \mathrm{{{name}}}(a_t)}}{{\partial h_t}} = 0"""
    )
    assert [j.verdict.word for j in report.judgements[5:]] == ["undecided"] * 3
    assert {str(j.verdict.reason) for j in report.judgements[5:]} == {f"nothing here knows {name}"}


def test_a_word_that_no_one_knows_is_opaque_and_a_letter_is_any_function() -> None:
    assert words(r"\mathrm{swoosh}(a_t) = 2 \mathrm{swoosh}(a_t)") == ["undecided"]
    # Of some functions this is true, and the document leaves open which one is meant.
    assert words(r"\phi(a_t) = 2 \phi(a_t)") == ["undecided"]
    assert words(r"\frac{\partial \phi(a_t)}{\partial a_t} = \mathrm{diag}(\phi'(a_t))") == ["proven"]


# -------------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_read_and_printed_as_that_function(word: str) -> None:
    term = read_term(rf"\mathrm{{{word}}}(x)")
    assert isinstance(term, Apply) and isinstance(term.function, Sym) and term.function.name == WORDS[word]
    assert read_term(latex(term)) == term == read_term(rf"{word}(x)")
    assert "text" not in latex(term) or word not in COMMANDS


IDENTITIES = r"""
\frac{\partial \sin(a_t)}{\partial a_t} = \mathrm{diag}(\cos(a_t))
\cosh^2(a_t) - \sinh^2(a_t) = 1
\mathrm{softplus}'(a_t) = \sigma(a_t)
\mathrm{softplus}(a_t) = \log(1 + e^{a_t})
\log p_t = \mathrm{logsoftmax}(a_t)
\log p_t = a_t - \mathrm{logsumexp}(a_t) \mathbb{1}
\tanh(a_t) = \frac{\sinh(a_t)}{\cosh(a_t)}
\mathrm{relu}(a_t) \odot \mathrm{relu}(a_t) = a_t \odot \mathrm{relu}(a_t)
\sigma(a_t) = \frac{1 + \tanh(a_t / 2)}{2}
\tanh(a_t) = 2 \sigma(2 a_t) - 1
1 - \sigma(a_t) = \sigma(-a_t)
\frac{d\sigma}{da_t} = \sigma(a_t) (1 - \sigma(a_t))
\cos'(a_t) = -\sin(a_t)
\tan'(a_t) = 1 + \tan^2(a_t)
\mathrm{silu}(a_t) = a_t \odot \sigma(a_t)
\mathrm{relu}(a_t) - \mathrm{relu}(-a_t) = a_t
\mathrm{abs}(a_t) \odot \mathrm{abs}(a_t) = a_t \odot a_t
"""
FALSE = r"""
\frac{\partial \sin(a_t)}{\partial a_t} = \mathrm{diag}(\sin(a_t))
\cosh^2(a_t) + \sinh^2(a_t) = 1
\mathrm{softplus}'(a_t) = \tanh(a_t)
\mathrm{relu}'(a_t) = \mathrm{relu}(a_t)
\mathrm{gelu}'(a_t) = \sigma(a_t)
\log p_t = \mathrm{logsoftmax}(a_t) + a_t
\mathrm{abs}'(a_t) = \mathrm{relu}'(a_t)
1 - \sigma(a_t) = \sigma(a_t)
"""


def test_identities_between_functions_are_proven() -> None:
    judged = body(IDENTITIES).judgements[5:]
    assert [(j.statement.latex, j.verdict.word) for j in judged if j.verdict.word != "proven"] == []


def test_false_identities_are_wrong_with_a_certificate() -> None:
    judged = body(FALSE).judgements[5:]
    assert [(j.statement.latex, j.verdict.word) for j in judged if not isinstance(j.verdict, Wrong)] == []
    assert all(isinstance(j.verdict.certificate, Point) for j in judged if isinstance(j.verdict, Wrong))


def test_the_functions_in_the_derivatives_of_a_function() -> None:
    assert relatives("sin") == {"sin", "cos"}
    assert relatives("softplus") == {"softplus", "sigma"}
    assert relatives("phi") == {"phi"}


NETWORK = r"""
$a_t = U x_t + W h_{t-1} + b$

$h_t = \mathrm{FUNCTION}(a_t)$

$z_t = V h_t$

$p_t = \mathrm{softmax}(z_t)$

$L_t = -y_t^T \log p_t, \quad L = \sum_{t=0}^T L_t$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathrm{FUNCTION}'(a_t)) W \tag{jacobian}$$
$$\frac{\partial L}{\partial h_t} = V^T \frac{\partial L}{\partial z_t} + W^T (\mathrm{FUNCTION}'(a_{t+1}) \odot \frac{\partial L}{\partial h_{t+1}}) \tag{adjoint}$$
$$\frac{\partial L}{\partial W} = \sum_{t=0}^T (\mathrm{FUNCTION}'(a_t) \odot \frac{\partial L}{\partial h_t}) h_{t-1}^T \tag{gradient}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathrm{FUNCTION}'(a_{t-1})) W \tag{shifted}$$
$$\frac{\partial L}{\partial h_t} = V^T \frac{\partial L}{\partial z_t} + W (\mathrm{FUNCTION}'(a_{t+1}) \odot \frac{\partial L}{\partial h_{t+1}}) \tag{untransposed}$$
"""  # noqa: E501


@pytest.mark.parametrize("function", ("relu", "softplus", "sin", "silu", "elu"))
def test_networks_with_other_activations_are_proven_for_every_length(function: str) -> None:
    report = check(read_text(NETWORK.replace("FUNCTION", function), "text", "markdown"))
    verdicts = {j.statement.label: j.verdict for j in report.judgements}
    for label in ("jacobian", "adjoint", "gradient"):
        verdict = verdicts[label]
        assert isinstance(verdict, Proven) and verdict.ground.extent == "all", label
    for label in ("shifted", "untransposed"):
        verdict = verdicts[label]
        assert isinstance(verdict, Wrong) and isinstance(verdict.certificate, Point) and verdict.repair is not None, label
        said = StringIO()
        with redirect_stdout(said):
            exec(
                compile(for_judgement(report, next(j for j in report.judgements if j.verdict is verdict)), "certificate", "exec"),
                {},
            )
        gap = verdict.certificate.gap.lstrip("[").split()[0]
        assert abs(float(said.getvalue().split()[-1])) == pytest.approx(float(gap))


JUMPS = r"""
$a_t = U x_t + W h_{t-1} + b$

$h_t = \max(0, a_t)$

$p_t = \mathrm{softmax}(V h_t)$

$L = -\sum_{t=0}^T y_t^T \log p_t$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathbb{1}[a_t > 0]) W \tag{true 1}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathbb{1}[h_t > 0]) W \tag{true 2}$$
$$\frac{\partial L}{\partial W} = \sum_{t=0}^T (\mathbb{1}[a_t > 0] \odot \frac{\partial L}{\partial h_t}) h_{t-1}^T \tag{true 3}$$
$$\frac{\partial h_{t,i}}{\partial a_{t,i}} = \begin{cases} 1 & a_{t,i} > 0 \\ 0 & \text{otherwise} \end{cases} \tag{true 4}$$
$$\mathbb{1}[a_t > 0] + \mathbb{1}[a_t < 0] = 1 \tag{true 5}$$
$$\min(a_t, 0) + \max(a_t, 0) = a_t \tag{true 6}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathbb{1}[a_t < 0]) W \tag{false 1}$$
$$\mathbb{1}[-h_t > 0] = 1 - \mathbb{1}[h_t > 0] \tag{false 2}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = W \tag{false 3}$$
"""


def test_values_that_jump() -> None:
    report = check(read_text(JUMPS, "text", "markdown"))
    words = {j.statement.label: j.verdict.word for j in report.judgements}
    assert {label: word for label, word in words.items() if label.startswith("true")} == {
        f"true {n}": "proven" for n in range(1, 7)
    }
    assert {label: word for label, word in words.items() if label.startswith("false")} == {
        f"false {n}": "wrong" for n in range(1, 4)
    }
    jacobian = next(j.verdict for j in report.judgements if j.statement.label == "true 1")
    assert isinstance(jacobian, Proven) and (questions.KINK.about("relu"), "no argument is at it") in jacobian.answers


def test_a_function_of_the_document_in_cases() -> None:
    document = r"""
$f(x) = \begin{cases} x & \text{if } x > 0 \\ \alpha x & \text{otherwise} \end{cases}$

$h_t = f(U x_t + W h_{t-1})$

$p_t = \mathrm{softmax}(V h_t)$

$L = -\sum_{t=0}^T y_t^T \log p_t$

$$f'(x) = \begin{cases} 1 & \text{if } x > 0 \\ \alpha & \text{otherwise} \end{cases} \tag{true 1}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(f'(U x_t + W h_{t-1})) W \tag{true 2}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(f'(U x_t + W h_{t-1})) \tag{false 1}$$
$$f'(x) = \begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases} \tag{false 2}$$
"""
    judged = check(read_text(document, "text", "markdown")).judgements[4:]
    assert [j.verdict.word for j in judged] == ["proven", "proven", "wrong", "wrong"]
