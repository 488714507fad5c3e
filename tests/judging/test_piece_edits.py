"""Edits of single pieces by their exact output, and mistakes that they mend."""

# The formulas are long lines of LaTeX.
# ruff: noqa: E501

from __future__ import annotations

from functools import cache

import pytest
from checked import checked

from symrnn.judging.check import read_model
from symrnn.judging.edits.hand import hand_of
from symrnn.judging.edits.pieces import lost_vectors, other_functions, other_numbers
from symrnn.judging.edits.setting import Setting
from symrnn.judging.judgement import Options
from symrnn.judging.verdict import Wrong
from symrnn.language.terms import Relation
from symrnn.notation import read_term, unicode, unicode_relation
from symrnn.reading.document import read_text

CELL = (
    r"f_t = \sigma(W x_t + U h_{t-1})",
    r"h_t = f_t \odot h_{t-1} + (1 - f_t) \odot \tanh(V x_t)",
    r"L = \frac12 \sum_{t=1}^T \| h_t - y_t \|^2",
)


@cache
def setting() -> Setting:
    """What edits are drawn from in the cell."""
    document = read_text("\n\n".join(f"$$ {line} $$" for line in CELL), "text.md", "markdown")
    understanding = read_model(document, Options())
    hand = hand_of([s.relation for s in document.statements if s.relation is not None], understanding.lexicon)
    return Setting(understanding.model, understanding.lexicon, hand=hand)


def test_a_number_may_be_one_too_great_or_too_small() -> None:
    found = [(unicode(new), edit.name, str(edit.said)) for new, edit in other_numbers(read_term("2"), setting())]
    assert found == [("1", "another number", "2 → 1"), ("3", "another number", "2 → 3")]
    assert [unicode(new) for new, _ in other_numbers(read_term("1"), setting())] == ["2"]
    assert not list(other_numbers(read_term("f_t"), setting()))


def test_a_function_may_be_another_one_of_the_network_or_none() -> None:
    def offered(formula: str) -> list[tuple[str, str]]:
        return [(unicode(new), edit.name) for new, edit in other_functions(read_term(formula), setting())]

    assert offered(r"\exp(h_t)") == [("σ(hₜ)", "another function"), ("tanh(hₜ)", "another function"), ("hₜ", "a function too many")]
    assert offered(r"\tanh(h_t)") == [
        ("tanh′(hₜ)", "missing activation derivative"),
        ("σ(hₜ)", "another function"),
        ("hₜ", "a function too many"),
    ]
    assert offered(r"\mathrm{diag}(h_t)") == [("hₜ", "a diagonal matrix too many")]
    assert offered("h_t") == []


def test_a_gradient_by_a_matrix_may_lack_a_vector() -> None:
    def offered(left: str) -> list[str]:
        right = read_term(r"\sum_{t=1}^T f_t")
        relation = Relation("=", read_term(left), right)
        return [unicode(new) for new, _ in lost_vectors(right, relation, (), setting())]

    by_matrix = offered(r"\frac{\partial L}{\partial W}")
    assert "Σ_{t=1}^{T} fₜ xₜᵀ" in by_matrix and "Σ_{t=1}^{T} fₜ hₜ₋₁ᵀ" in by_matrix
    assert offered(r"\frac{\partial L}{\partial x_t}") == []


@pytest.mark.parametrize(
    ("said", "mended", "mistake"),
    [
        (r"\partial h_t}{\partial f_t} = h_{t-1} - \sigma(V x_t)", "∂hₜ/∂fₜ = hₜ₋₁ − tanh(V xₜ)", "another function"),
        (r"\partial h_t}{\partial f_t} = h_{t-1} - (1 - \tanh^2(V x_t))", "∂hₜ/∂fₜ = hₜ₋₁ − tanh(V xₜ)", "another function"),
        (
            r"\partial L}{\partial V} = \sum_{t=1}^T \left(\frac{\partial L}{\partial h_t} \odot (2 - f_t) \odot (1 - \tanh^2(V x_t))\right) x_t^\top",
            "∂L/∂V = Σ_{t=1}^{T} (∂L/∂hₜ ⊙ (1 − fₜ) ⊙ (1 − tanh²(V xₜ))) xₜᵀ",
            "another number",
        ),
        (
            r"\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L}{\partial h_t} \odot (1 - f_t) \odot (1 - \tanh^2(V x_t))",
            "∂L/∂V = Σ_{t=1}^{T} (∂L/∂hₜ ⊙ (1 − fₜ) ⊙ (1 − tanh²(V xₜ))) xₜᵀ",
            "a missing factor",
        ),
    ],
)
def test_a_mistake_is_mended(said: str, mended: str, mistake: str) -> None:
    text = "\n\n".join(f"$$ {line} $$" for line in (*CELL, rf"\frac{{{said} \tag{{x}}"))
    judgement = next(j for j in checked(read_text(text, "t.md", "markdown")).judgements if j.statement.label == "x")
    assert isinstance(judgement.verdict, Wrong) and judgement.verdict.repair is not None
    assert unicode_relation(judgement.verdict.repair.relation) == mended
    assert [edit.name for edit in judgement.verdict.repair.edits] == [mistake]


UNITS = r"$$ a_t = B s_{t-1} + A x_t, \quad s_t = \tanh(a_t) $$ $$ \frac{\partial s_{t,i}}{\partial s_{t-1,j}} = \tanh'(a_{t,i}) B_{ij} $$"


@pytest.mark.parametrize(
    ("said", "mended"),
    [
        (
            r"\frac{\partial a_{t,i}}{\partial A_{kl}} = \delta_{ik} x_{t,l} + \sum_j B_{ij} \frac{\partial a_{t-1,j}}{\partial A_{kl}}",
            "∂a_{t,i}/∂Aₖₗ = δᵢₖ x_{t,l} + Σ_{j} tanh′(a_{t−1,j}) Bᵢⱼ ∂a_{t−1,j}/∂Aₖₗ",
        ),
        (r"\frac{\partial s_t}{\partial s_{t-1}} = B", "∂sₜ/∂sₜ₋₁ = diag(1 − sₜ²) B"),
    ],
)
def test_a_lost_slope_is_written_as_the_document_writes_it_also_by_entries(said: str, mended: str) -> None:
    judgement = checked(read_text(f"{UNITS}\n\n$$ {said} $$", "t.md", "markdown")).judgements[-1]
    assert isinstance(judgement.verdict, Wrong) and judgement.verdict.repair is not None
    assert unicode_relation(judgement.verdict.repair.relation) == mended
