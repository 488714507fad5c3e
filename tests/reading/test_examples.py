"""What claims nothing of the network: numbers of a worked example, and of what a letter depends on."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.check import check
from symrnn.judging.judgement import Options
from symrnn.language.terms import Relation, Term
from symrnn.notation import read_row, read_term
from symrnn.reading.definitions.examples import has_value_of_an_example, is_dependence, is_value_of_an_example
from symrnn.reading.document import read_text

NETWORK = r"$$ h_t = \tanh(w h_{t-1} + u x_t), \quad L = \frac12 (h_T - y)^2 $$"


def relation(latex: str) -> Relation:
    left, right = read_row(latex)[0].sides
    assert isinstance(left, Term) and isinstance(right, Term)
    return Relation("=", left, right)


@pytest.mark.parametrize(
    "latex", ["1 - (0.537)^2", "0.712", "0 + 0.01016 - 0.00071", r"\tanh(0.3)", r"0.3 \times 10^{-2}", r"\frac{e^1}{e^1 + e^2}"]
)
def test_arithmetic_on_decimals_is_a_value_of_an_example(latex: str) -> None:
    assert is_value_of_an_example(read_term(latex))


@pytest.mark.parametrize("latex", ["0", "1", r"\frac{1}{2}", "0.5 h_t", "T"])
def test_whole_numbers_and_letters_are_none(latex: str) -> None:
    assert not is_value_of_an_example(read_term(latex))


def test_a_decimal_may_be_the_value_of_a_letter_but_a_half_is_a_factor() -> None:
    assert has_value_of_an_example(read_term("y_1 - 0.5"))
    assert has_value_of_an_example(read_term(r"W \cdot (-0.322) + U \cdot 0"))
    assert not has_value_of_an_example(read_term("0.5 (y_1 - q)"))


def test_a_matrix_of_numbers_is_a_value_and_defines_nothing() -> None:
    text = r"$$W = \begin{bmatrix} 0.3 & 0.1 \\ 0.2 & 0.4 \end{bmatrix}$$" + "\n\n" + r"$$h_t = \tanh(W h_{t-1} + U x_t)$$" + "\n\n"
    claim = r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$"
    report = checked(read_text(text + claim, "notes.md", "markdown"))
    assert [j.verdict.word for j in report.judgements] == ["assumption", "definition", "proven"]


def test_powers_of_e_are_numbers_of_an_example() -> None:
    report = checked(read_text(NETWORK + "\n\n" + r"$$ h_1 = \frac{e^1}{e^1 + e^2} $$", "notes.md", "markdown"))
    assert report.judgements[-1].verdict.word == "assumption"


def test_steps_with_numbers_end_where_the_text_says_that_they_do() -> None:
    text = r"$$h_t = \tanh(W h_{t-1} + U x_t), \quad y = V h_T, \quad T = 3$$" + "\n\n" + r"$$\frac{\partial y}{\partial h_3} = V$$"
    report = checked(read_text(text, "notes.md", "markdown"))
    assert report.judgements[-1].verdict.word == "proven"


@pytest.mark.parametrize(("latex", "due"), [("x = x(r)", True), ("y = y(r, s)", True), ("x = r x", False), ("x = x r s", False)])
def test_a_letter_with_an_argument_says_what_it_depends_on(latex: str, due: bool) -> None:
    assert is_dependence(relation(latex)) is due


@pytest.mark.parametrize("latex", ["1 - h_1^2 = 0.712", r"\frac{\partial L}{\partial w} = 0 + 0.01016 - 0.00071", "u = u(s)"])
def test_they_are_assumptions_of_the_document(latex: str) -> None:
    report = check(read_text(f"{NETWORK}\n\n$$ {latex} $$", "notes.md", "markdown"), Options(steps=2, every_length=False))
    assert report.judgements[-1].verdict.word == "assumption"
