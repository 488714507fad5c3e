"""A function that a document defines by an equation for one entry is that function of vectors."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.language.terms import Relation
from symrnn.notation import latex, read_row
from symrnn.reading.definitions.functions import defined_function
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

SOFTMAX = [
    r"g(z_i) = \frac{e^{z_i}}{\sum_k e^{z_k}}",
    r"g(z)_i = \frac{\exp(z_i)}{\sum_{j=1}^n \exp(z_j)}",
    r"g_2(\mathbf{z}_j) = \frac{\exp(\mathbf{z}_j)}{\sum_m \exp(\mathbf{z}_m)}",
]
NETWORK = r"$$ h_t = \tanh(U x_t + W h_{t-1}), \quad o_t = V h_t, \quad p_t = g(o_t), \quad L_t = -\sum_k y_{t,k} \log p_{t,k} $$"


def relation(formula: str) -> Relation:
    left, right = read_row(formula)[0].sides
    assert left is not None and right is not None
    return Relation("=", left, right)


@pytest.mark.parametrize("formula", SOFTMAX)
def test_one_entry_of_a_softmax(formula: str) -> None:
    found = defined_function(relation(formula))
    assert found is not None and latex(found[2]) in (r"\text{softmax}(z)", r"\text{softmax}(\mathbf{z})")


def test_what_takes_no_other_entry_is_elementwise() -> None:
    found = defined_function(relation("g(z_i) = 1 + z_i^2"))
    assert found is not None and latex(found[2]) == "1 + z^{2}"


@pytest.mark.parametrize("formula", ["g(z_i) = z_i + z_1", r"g(z_i) = \frac{z_i}{\sum_k z_k}", "g(z_t) = z_t", r"\tanh(z_i) = z_i"])
def test_what_is_not_said_of_all_entries_defines_nothing(formula: str) -> None:
    assert defined_function(relation(formula)) is None


@pytest.mark.parametrize(("claim", "word"), [("p_t - y_t", "conditional"), ("y_t - p_t", "wrong")])
def test_claims_about_the_output_are_decided(claim: str, word: str) -> None:
    text = f"$$ {SOFTMAX[0]} $$\n\n{NETWORK}\n\n$$ \\frac{{\\partial L_t}}{{\\partial o_t}} = {claim} $$"
    report = checked(read_text(text, "notes.md", "markdown"))
    assert [report.judgements[0].verdict.word, report.judgements[-1].verdict.word] == ["definition", word]


def test_its_mark_of_a_derivative_is_not_taken_entry_by_entry() -> None:
    text = f"$$ {SOFTMAX[0]} $$\n\n{NETWORK}\n\n" + r"$$ \frac{\partial p_t}{\partial o_t} = \operatorname{diag}(g'(o_t)) $$"
    report = checked(read_text(text, "notes.md", "markdown"))
    assert report.judgements[-1].verdict.word == "undecided"
