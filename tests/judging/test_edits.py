"""Every generator of edits by its exact output, and whole repairs of mistakes in small documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from checked import checked
from mutations import mutants, vocabulary

from symrnn.deciding.decide import Decider
from symrnn.judging.check import instance_for, read_model
from symrnn.judging.edits import Change, deeper_edits, explicit_marks
from symrnn.judging.edits.activations import activation_edits, applied_twice, weighed_wholes
from symrnn.judging.edits.bounds import bound_edits, shifts
from symrnn.judging.edits.factors import elementwise_factors, outer_factors
from symrnn.judging.edits.hand import hand_of
from symrnn.judging.edits.mathematics import indices_exchanged
from symrnn.judging.edits.notation import bound_index_edits
from symrnn.judging.edits.setting import Setting
from symrnn.judging.edits.shapes import (
    bracket_edits,
    number_edits,
    other_blocks,
    other_products,
    outer_by_sizes,
    outer_turned,
    transposed_vectors,
)
from symrnn.judging.extent import Reach
from symrnn.judging.judgement import Judgement, Options
from symrnn.judging.repair import Candidate, Mender
from symrnn.judging.verdict import Edit, Repair, Wrong
from symrnn.language.terms import Relation, Term, walk
from symrnn.notation import latex_relation, read_term, unicode
from symrnn.reading.document import read_text

PLAIN = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"z_t = V h_t",
    r"p_t = \mathrm{softmax}(z_t)",
    r"L = -\sum_{t=1}^{T} y_t^\top \log p_t",
)
GRU = (
    r"z_t = \sigma(A h_{t-1} + B x_t)",
    r"r_t = \sigma(R h_{t-1} + S x_t)",
    r"a_t = W (r_t \odot h_{t-1}) + U x_t",
    r"g_t = \tanh(a_t)",
    r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot g_t",
    r"L = \sum_{t=1}^{T} \frac{1}{2} \| h_t - y_t \|^2",
)
Generator = Callable[[Any, Setting], Iterator[tuple[Term, Edit]]]
Row = tuple[str, str, str]


@cache
def setting(definitions: tuple[str, ...]) -> Setting:
    """What edits are drawn from in a small document."""
    document = read_text("\n\n".join(f"$$ {line} $$" for line in definitions), "text.md", "markdown")
    understanding = read_model(document, Options())
    hand = hand_of([s.relation for s in document.statements if s.relation is not None], understanding.lexicon)
    return Setting(understanding.model, understanding.lexicon, hand=hand)


def offered(definitions: tuple[str, ...], generator: Generator, formula: str) -> list[Row]:
    """What a generator makes of a formula: the new one, and the name and the text of the edit."""
    return [(unicode(new), edit.name, str(edit.said)) for new, edit in generator(read_term(formula), setting(definitions))]


def slopes_of_a_product(node: Any, where: Setting) -> Iterator[tuple[Term, Edit]]:
    """The factors of an elementwise product, as the right side of an equation."""
    return elementwise_factors(node, Relation("=", read_term("q"), node), (), where)


def outer_in_a_gradient(node: Term, where: Setting) -> Iterator[tuple[Term, Edit]]:
    """Outer products by the sizes of their factors, in the gradient by the output matrix."""
    return outer_by_sizes(node, Relation("=", read_term(r"\frac{\partial L}{\partial V}"), node), where)


def bound_letters(node: Any, where: Setting) -> Iterator[tuple[Term, Edit]]:
    """The letters of a summand, as the right side of an equation."""
    return ((change.relation.right, change.edit) for change in bound_index_edits(Relation("=", read_term("q"), node), where))


def rows_left_out(node: Any, where: Setting) -> Iterator[tuple[Term, Edit]]:
    """The rows behind a vector that is said to be the derivative by the recurrent weights."""
    relation = Relation("=", read_term(r"\frac{\partial L_t}{\partial W}"), node)
    return outer_factors(node, relation, (), where)


def components_exchanged(node: Any, where: Setting) -> Iterator[tuple[Term, Edit]]:
    """The components of the right side of an equation about an entry of the output matrix."""
    return indices_exchanged(Relation("=", read_term(r"\frac{\partial L_t}{\partial V_{ij}}"), node), where)


def indices_shifted(node: Any, where: Setting) -> Iterator[tuple[Term, Edit]]:
    """The shifts of the indices of a right side."""
    changes = deeper_edits(Relation("=", read_term("q"), node), where)
    return ((change.relation.right, change.edit) for change in changes if change.edit.name == "index shifted")


TABLE: dict[str, tuple[tuple[str, ...], Generator, str, list[Row]]] = {
    "bounds of a sum": (
        PLAIN,
        bound_edits,
        r"\sum_{t=2}^{T} h_t",
        [
            ("Σ_{t=1}^{T} hₜ", "wrong bound (terms lost)", "the sum over t starts at 1"),
            ("Σ_{t=1}^{T} hₜ", "wrong bound", "lower bound 2 → 1"),
            ("Σ_{t=3}^{T} hₜ", "wrong bound", "lower bound 2 → 3"),
            ("Σ_{t=2}^{T−1} hₜ", "wrong bound", "upper bound T → T − 1"),
            ("Σ_{t=2}^{T+1} hₜ", "wrong bound", "upper bound T → T + 1"),
        ],
    ),
    "bounds of a product": (
        PLAIN,
        bound_edits,
        r"\prod_{m=k+2}^{t} \mathrm{diag}(1 - h_m^2) W",
        [
            ("Π_{m=k+1}^{t} diag(1 − hₘ²) W", "wrong bound", "lower bound k + 2 → k + 1"),
            ("Π_{m=k+3}^{t} diag(1 − hₘ²) W", "wrong bound", "lower bound k + 2 → k + 3"),
            ("Π_{m=k+2}^{t−1} diag(1 − hₘ²) W", "wrong bound", "upper bound t → t − 1"),
            ("Π_{m=k+2}^{t+1} diag(1 − hₘ²) W", "wrong bound", "upper bound t → t + 1"),
            ("Π_{m=k+3}^{t−1} diag(1 − hₘ²) W", "wrong bound", "lower bound k + 2 → k + 3, upper bound t → t − 1"),
            ("Π_{m=k+3}^{t+1} diag(1 − hₘ²) W", "wrong bound", "lower bound k + 2 → k + 3, upper bound t → t + 1"),
            ("Π_{m=k+1}^{t−1} diag(1 − hₘ²) W", "wrong bound", "lower bound k + 2 → k + 1, upper bound t → t − 1"),
            ("Π_{m=k+1}^{t+1} diag(1 − hₘ²) W", "wrong bound", "lower bound k + 2 → k + 1, upper bound t → t + 1"),
            ("Π_{m=t}^{k+2} diag(1 − hₘ²) W", "reversed order", "the ordered product runs the other way"),
        ],
    ),
    "a row left out": (
        PLAIN,
        rows_left_out,
        r"p_t - y_t",
        [
            ("(pₜ − yₜ) hₜᵀ", "a missing factor", "the factor hₜᵀ is missing"),
            ("(pₜ − yₜ) hₜ₋₁ᵀ", "a missing factor", "the factor hₜ₋₁ᵀ is missing"),
        ],
    ),
    "the index of a sum that its summand lacks": (
        PLAIN,
        bound_letters,
        r"\sum_{j} e^{(V h_t)_i}",
        [
            ("Σ_{j} e^{(Vhⱼ)ᵢ}", "a wrong index letter", "index t → j"),
            ("Σ_{j} e^{(Vhₜ)ⱼ}", "a wrong index letter", "index i → j"),
        ],
    ),
    "shifted indices": (
        PLAIN,
        shifts,
        r"t+1",
        [
            ("t", "index shifted", "index t + 1 → t"),
            ("t + 2", "index shifted", "index t + 1 → t + 2"),
        ],
    ),
    "a shifted number of a step": (
        PLAIN,
        shifts,
        "3",
        [
            ("2", "index shifted", "index 3 → 2"),
            ("4", "index shifted", "index 3 → 4"),
        ],
    ),
    "a missing square": (
        PLAIN,
        activation_edits,
        r"1 - h_t",
        [
            ("1 − hₜ²", "a missing square", "hₜ → hₜ²"),
        ],
    ),
    "a wrong power": (
        PLAIN,
        activation_edits,
        r"1 - h_t^3",
        [
            ("1 − hₜ²", "a wrong power", "hₜ³ → hₜ²"),
        ],
    ),
    "a square too many": (
        PLAIN,
        activation_edits,
        r"1 - h_t^2",
        [
            ("1 − hₜ", "a square too many", "hₜ² → hₜ"),
        ],
    ),
    "slope of tanh for a gate": (
        GRU,
        activation_edits,
        r"1 - r_t^2",
        [
            ("1 − rₜ", "a square too many", "rₜ² → rₜ"),
            ("rₜ ⊙ (1 − rₜ)", "the derivative of another activation", "1 − rₜ² → rₜ ⊙ (1 − rₜ)"),
        ],
    ),
    "slope of a gate for tanh": (
        GRU,
        activation_edits,
        r"q_t \odot g_t \odot (1 - g_t)",
        [
            ("qₜ ⊙ (1 − gₜ²)", "the derivative of another activation", "gₜ ⊙ (1 − gₜ) → 1 − gₜ²"),
        ],
    ),
    "slope of what is activated": (
        GRU,
        activation_edits,
        r"1 - a_t^2",
        [
            ("1 − aₜ", "a square too many", "aₜ² → aₜ"),
        ],
    ),
    "a gate": (
        GRU,
        activation_edits,
        r"z_t",
        [
            ("1 − zₜ", "a gate for its complement", "zₜ → 1 − zₜ"),
        ],
    ),
    "what a gate leaves": (
        GRU,
        activation_edits,
        r"1 - z_t",
        [
            ("1 − zₜ²", "a missing square", "zₜ → zₜ²"),
            ("zₜ", "a gate for its complement", "1 − zₜ → zₜ"),
        ],
    ),
    "applied twice": (
        GRU,
        applied_twice,
        r"1 - \tanh^2(g_t)",
        [
            ("1 − gₜ²", "a function applied twice", "tanh(gₜ) → gₜ"),
        ],
    ),
    "gates and slopes": (
        GRU,
        slopes_of_a_product,
        r"q_t \odot r_t",
        [
            ("qₜ ⊙ rₜ ⊙ hₜ", "a missing factor", "the factor hₜ is missing"),
            ("qₜ ⊙ rₜ ⊙ rₜ", "a missing gate", "the factor rₜ is missing"),
            ("qₜ ⊙ rₜ ⊙ (1 − rₜ)", "missing activation derivative", "the factor 1 − rₜ is missing"),
            ("qₜ ⊙ rₜ ⊙ zₜ", "a missing gate", "the factor zₜ is missing"),
            ("qₜ ⊙ rₜ ⊙ (1 − zₜ)", "a missing gate", "the factor 1 − zₜ is missing"),
            ("qₜ ⊙ rₜ ⊙ gₜ", "a missing factor", "the factor gₜ is missing"),
            ("qₜ ⊙ rₜ ⊙ rₜ ⊙ (1 − rₜ)", "missing activation derivative", "the factor rₜ ⊙ (1 − rₜ) is missing"),
            ("qₜ ⊙ rₜ ⊙ zₜ ⊙ (1 − zₜ)", "missing activation derivative", "the factor zₜ ⊙ (1 − zₜ) is missing"),
            ("qₜ ⊙ rₜ ⊙ (1 − gₜ²)", "missing activation derivative", "the factor 1 − gₜ² is missing"),
        ],
    ),
    "a row": (
        PLAIN,
        transposed_vectors,
        r"(p_t - y_t) h_t",
        [
            ("(pₜ − yₜ) hₜᵀ", "missing transpose", "hₜ → hₜᵀ"),
        ],
    ),
    "another block": (
        PLAIN,
        other_blocks,
        r"W[:, n:]",
        [
            ("W[n:, :]", "rows for columns", "W[:, n:] → W[n:, :]"),
            ("W[:, :n]", "the other block", "W[:, n:] → W[:, :n]"),
        ],
    ),
    "another block of rows": (
        PLAIN,
        other_blocks,
        r"W[n:]",
        [
            ("W[:, n:]", "rows for columns", "W[n:] → W[:, n:]"),
            ("W[:n]", "the other block", "W[n:] → W[:n]"),
        ],
    ),
    "an outer product turned": (
        PLAIN,
        outer_turned,
        r"W h_t p_t^\top",
        [
            ("pₜ (W hₜ)ᵀ", "reversed order", "W hₜ pₜᵀ → pₜ (W hₜ)ᵀ"),
        ],
    ),
    "an outer product by sizes": (
        PLAIN,
        outer_in_a_gradient,
        r"h_t p_t y_t",
        [
            ("(pₜ ⊙ yₜ) hₜᵀ", "the product is an outer one", "hₜ pₜ yₜ → (pₜ ⊙ yₜ) hₜᵀ"),
        ],
    ),
    "no outer product of one size": (PLAIN, outer_in_a_gradient, r"p_t y_t", []),
    "kinds of products": (
        PLAIN,
        other_products,
        r"(1 - h_t^2) W",
        [
            ("(1 − hₜ²) ⊙ W", "the product is elementwise", "(1 − hₜ²) W → (1 − hₜ²) ⊙ W"),
            ("diag(1 − hₜ²) W", "a diagonal matrix is meant", "1 − hₜ² → diag(1 − hₜ²)"),
        ],
    ),
    "a product too many": (
        PLAIN,
        other_products,
        r"V^\top \odot p_t",
        [
            ("Vᵀ pₜ", "the product is a plain one", "Vᵀ ⊙ pₜ → Vᵀ pₜ"),
        ],
    ),
    "brackets around a difference": (
        PLAIN,
        bracket_edits,
        r"1 - h_t^2 W",
        [
            ("(1 − hₜ²) W", "brackets", "1 − hₜ² W → (1 − hₜ²) W"),
        ],
    ),
    "brackets around the end of a sum": (
        PLAIN,
        bracket_edits,
        r"q_t W h_t + x_t",
        [
            ("qₜ (W hₜ + xₜ)", "brackets", "qₜ W hₜ + xₜ → qₜ (W hₜ + xₜ)"),
            ("qₜ W (hₜ + xₜ)", "brackets", "qₜ W hₜ + xₜ → qₜ W (hₜ + xₜ)"),
        ],
    ),
    "a state that a gate lets through": (
        (*GRU[:2], r"m_t = r_t \odot h_{t-1}", r"g_t = \tanh(W m_t + U x_t)", *GRU[4:]),
        weighed_wholes,
        r"h_t",
        [
            ("mₜ₊₁", "a missing gate", "hₜ → mₜ₊₁"),
        ],
    ),
    "components the other way round": (
        PLAIN,
        components_exchanged,
        r"(p_{t,j} - y_{t,j}) h_{t,i}",
        [
            ("(p_{t,i} − y_{t,i}) h_{t,j}", "missing transpose", "i and j change places"),
        ],
    ),
    "an index above": (
        tuple(line.replace("_{t-1}", "^{t-1}").replace("_t", "^t") for line in PLAIN),
        indices_shifted,
        r"V^\top h^{t-1}",
        [
            ("Vᵀ hᵗ⁻²", "index shifted", "index t − 1 → t − 2"),
            ("Vᵀ hᵗ", "index shifted", "index t − 1 → t"),
        ],
    ),
    "brackets too many": (
        PLAIN,
        bracket_edits,
        r"(p_t - y_t) h_t",
        [
            ("pₜ − yₜ hₜ", "brackets", "(pₜ − yₜ) hₜ → pₜ − yₜ hₜ"),
        ],
    ),
    "brackets in a product": (
        PLAIN,
        bracket_edits,
        r"W^\top q_t \odot (1 - h_t^2)",
        [
            ("Wᵀ (qₜ ⊙ (1 − hₜ²))", "brackets", "Wᵀ qₜ ⊙ (1 − hₜ²) → Wᵀ (qₜ ⊙ (1 − hₜ²))"),
        ],
    ),
    "numbers": (
        PLAIN,
        number_edits,
        r"p_t - y_t",
        [
            ("2 (pₜ − yₜ)", "a missing number", "the factor 2 is missing"),
            ("(1/2) (pₜ − yₜ)", "a missing number", "the factor 1/2 is missing"),
        ],
    ),
}


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_a_generator_offers_exactly_this(case: str) -> None:
    definitions, generator, formula, expected = TABLE[case]
    assert offered(definitions, generator, formula) == expected


# ------------------------------------------------------------------------------------------------------ whole repairs


@cache
def judged(definitions: tuple[str, ...], claim: str) -> Judgement:
    """The judgement on a claim behind the definitions of a network."""
    text = "\n\n".join(f"$$ {line} $$" for line in (*definitions, claim))
    return checked(read_text(text, "text.md", "markdown")).judgements[-1]


def repair(definitions: tuple[str, ...], claim: str) -> Repair:
    """The repair of a wrong claim."""
    verdict = judged(definitions, claim).verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None, verdict
    return verdict.repair


SQUARES = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"\hat y_t = V h_t",
    r"L = \frac{1}{2} \sum_{t=1}^{T} \|\hat y_t - y_t\|^2",
)
ENTRIES = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"h_{t,i} = \tanh\left( \sum_{k=1}^{n} W_{ik} h_{t-1,k} + \sum_{k=1}^{m} U_{ik} x_{t,k} \right)",
)
LSTM = (
    r"f_t = \sigma(F h_{t-1} + G x_t)",
    r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot \tanh(P h_{t-1} + Q x_t)",
    r"h_t = o \odot \tanh(c_t)",
    r"L = \frac{1}{2} \sum_{t=1}^{T} \| h_t - y_t \|^2",
)
SCALAR = (r"a_t = w s_{t-1} + v x_t", r"s_t = \sigma(a_t)")
LINEAR = (r"h_t = w h_{t-1} + u x_t", r"y = h_T", r"C = \frac{1}{2} (y - d)^2")
MISTAKES = [
    (PLAIN, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t) W", "a missing square"),
    (PLAIN, r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} \frac{\partial L}{\partial z_t} h_t", "missing transpose"),
    (
        PLAIN,
        r"\frac{\partial L}{\partial h_t} = V^\top (p_t - y_t) + W^\top \frac{\partial L}{\partial h_{t+1}}",
        "missing activation derivative",
    ),
    (GRU, r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L}{\partial a_t} h_{t-1}^\top", "a missing gate"),
    (
        GRU,
        r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial h_t} \odot z_t \odot (1 - g_t^2)",
        "a gate for its complement",
    ),
    (
        GRU,
        r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial h_t} \odot (1 - z_t) \odot (1 - \tanh^2(g_t))",
        "a function applied twice",
    ),
    (SQUARES, r"\frac{\partial L}{\partial \hat y_t} = y_t - \hat y_t", "a sign"),
    (SQUARES, r"\frac{\partial L}{\partial \hat y_t} = 2 (\hat y_t - y_t)", "a factor too many"),
    (PLAIN, r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t^2)", "reversed order"),
    (
        LINEAR,
        r"\frac{\partial h_t}{\partial w} = w \frac{\partial h_{t-1}}{\partial w} + h_t",
        "index shifted",
    ),
    (SCALAR, r"\frac{\partial s_t}{\partial v} = \sigma'(a_t) w \frac{\partial s_{t-1}}{\partial v} + x_t", "brackets"),
    (PLAIN, r"\frac{\partial L}{\partial V_{ij}} = \sum_{t=1}^{T} (p_{t,j} - y_{t,j}) h_{t,i}", "missing transpose"),
    (ENTRIES, r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = 1 - h_{t,i}^2 W_{ij}", "brackets"),
    (PLAIN, r"\frac{\partial L}{\partial z_t} = y_t - p_t", "a sign"),
    (
        LSTM,
        r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \odot o \odot (1 - \tanh^2(c_t))",
        "only the immediate derivative",
    ),
    (LSTM, r"\frac{\partial L}{\partial o} = \sum_{t=1}^{T} \frac{\partial L}{\partial h_t} \odot c_t", "a missing activation"),
    (LINEAR, r"\frac{\partial C}{\partial u} = (y - d) \sum_{t=1}^{T} x_t", "missing powers of a weight"),
    (
        GRU,
        r"\frac{\partial L}{\partial R} = \sum_{t=1}^{T} (\frac{\partial L}{\partial r_t} \odot z_t \odot (1 - z_t)) h_{t-1}^\top",
        "swapped quantity",
    ),
    (
        GRU,
        r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial z_t} \odot (1 - g_t^2)",
        "swapped quantity",
    ),
    (
        GRU,
        r"\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \odot (r_t - g_t)",
        "swapped quantity",
    ),
    (GRU, r"\frac{\partial g_t}{\partial a_t} = \mathrm{diag}(\tanh(a_t))", "missing activation derivative"),
    (PLAIN, r"\frac{\partial h_t}{\partial h_0} = \prod_{j=1}^{t+1} \mathrm{diag}(1 - h_j^2) W", "wrong bound"),
    (
        (*PLAIN[:3], r"L_t = -y_t^\top \log p_t"),
        r"\frac{\partial L_3}{\partial W} = \frac{\partial L_3}{\partial h_2} \frac{\partial h_3}{\partial W}",
        "index shifted",
    ),
    (
        (r"n_t = W h_{t-1} + U x_t", r"h_t = f(n_t)"),
        r"\frac{\partial h_{t-1}}{\partial n_{t-1}} = \mathrm{diag}(f'(n_t))",
        "index shifted",
    ),
    (GRU, r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tanh(W (z_t \odot h_{t-1}) + U x_t)", "swapped quantity"),
    (GRU, r"g_t = \tanh(W (r_t \odot h_{t-1}) - U x_t)", "a sign"),
    (
        PLAIN,
        r"\frac{\partial h_t}{\partial W} = (1 - h_t^2) \odot (h_{t-1} + \frac{\partial h_{t-1}}{\partial W})",
        "missing weight matrix",
    ),
]


@pytest.mark.parametrize(("definitions", "claim", "name"), MISTAKES)
def test_a_mistake_is_mended_by_one_edit_of_its_name(definitions: tuple[str, ...], claim: str, name: str) -> None:
    assert [edit.name for edit in repair(definitions, claim).edits] == [name]


#: Mistakes that take more than one edit.
OPEN = (r"h_t = g(U x_t + W h_{t-1})",)
OF_TWO_EDITS = {
    "the mark of a term and the bound of its product": (
        r"\frac{\partial h_t}{\partial W} = \sum_{k=1}^{t} \left(\prod_{j=k}^{t} \frac{\partial h_j}{\partial h_{j-1}}\right)"
        r"\frac{\partial h_k}{\partial W}",
        ["the mark of the explicit derivative", "wrong bound"],
    ),
    "the mark of a term and the sum over all of them": (
        r"\frac{\partial h_t}{\partial W} = \frac{\partial h_t}{\partial h_k} \frac{\partial h_k}{\partial W}",
        ["the mark of the explicit derivative", "a missing sum"],
    ),
}


@pytest.mark.parametrize("case", OF_TWO_EDITS)
def test_a_mistake_beside_another_one_is_mended(case: str) -> None:
    claim, names = OF_TWO_EDITS[case]
    assert sorted(edit.name for edit in repair(OPEN, claim).edits) == sorted(names)


def test_a_sum_whose_index_its_summand_does_not_have_is_mended_with_it_there() -> None:
    found = repair((*LSTM[:2], r"h_t = \tanh(c_t + b)"), r"\frac{\partial L}{\partial b} = \sum_k \frac{\partial L}{\partial h_t}")
    assert sorted(edit.name for edit in found.edits) == ["a wrong index letter", "missing activation derivative"]


def test_of_two_repairs_the_one_that_is_written_as_the_answer_is_comes_first() -> None:
    found = repair(GRU, r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial g_t}")
    assert unicode(found.relation.right) == "∂L/∂gₜ ⊙ (1 − gₜ²)"


def test_an_index_that_is_a_part_of_a_name_makes_no_other_letter() -> None:
    named = (PLAIN[0], r"z_y = V h_t + b_y", r"p_t = \mathrm{softmax}(z_y)", r"L = \sum_{t=1}^{T} L_t")
    verdict = judged(
        named, r"\frac{\partial L_t}{\partial h_t} = \frac{\partial L_t}{\partial p_t} \frac{\partial p_t}{\partial z_y}"
    ).verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert unicode(verdict.repair.relation.left) == "∂Lₜ/∂hₜ"


def test_no_repair_divides_a_quantity_by_itself() -> None:
    entries = (*PLAIN[:3], r"L_t = -\sum_{k=1}^{K} y_{t,k} \log p_{t,k}")
    claim = r"\frac{\partial L_t}{\partial z_{t,i}} = \sum_{k=1}^K \frac{y_{t,k}}{p_{t,k}} p_{t,k} (\mathbf{1}(k=i) - p_{t,i})"
    assert [edit.name for edit in repair(entries, claim).edits] == ["a sign"]


def test_no_repair_differentiates_what_is_not_made_of_it() -> None:
    """∂λ/∂h_t vanishes, and with it all that it is a factor of: what such a formula has right says nothing."""
    mends, relation = mender((*PLAIN, r"\lambda = \|W\|^2"), r"\frac{\partial \lambda}{\partial h_t} = 0 h_t")
    assert mends.survives(relation, mends.decider) is None


def test_the_error_of_one_quantity_stands_for_that_of_another() -> None:
    """δo for δf, which other equations show to be gradients of the loss."""
    network = (
        r"f_t = \sigma(W x_t)",
        r"o_t = \sigma(V x_t)",
        r"c_t = f_t \odot c_{t-1} + o_t",
        r"L = \sum_{t=1}^{T} \frac{1}{2} \|c_t - y_t\|^2",
        r"\delta f_t = \delta c_t \odot c_{t-1} \qquad \delta o_t = \delta c_t",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\delta o_t \odot o_t \odot (1 - o_t)) x_t^\top",
    )
    claim = r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} (\delta o_t \odot f_t \odot (1 - f_t)) x_t^\top"
    assert [(edit.name, str(edit.said)) for edit in repair(network, claim).edits] == [("swapped quantity", "δoₜ → δfₜ")]


def test_all_terms_of_a_sum_are_marked_at_once() -> None:
    claim = r"\frac{\partial h_t}{\partial W} = \frac{\partial h_t}{\partial W} + \frac{\partial h_t}{\partial h_{t-1}} (" + (
        r"\frac{\partial h_{t-1}}{\partial W} + \frac{\partial h_{t-1}}{\partial h_{t-2}} (\frac{\partial h_{t-2}}{\partial W}"
        r" + \frac{\partial h_{t-2}}{\partial h_{t-3}} (\frac{\partial h_{t-3}}{\partial W}"
        r" + \frac{\partial h_{t-3}}{\partial h_{t-4}} \frac{d h_{t-4}}{d W})))"
    )
    relation = Relation("=", read_term("q"), read_term(claim.partition(" = ")[2]))
    changes = list(explicit_marks(relation, setting(PLAIN)))
    assert [str(change.edit.said) for change in changes] == [
        "the derivatives by W on the right → explicit derivatives, which hold other steps fixed"
    ]


def test_a_loss_of_the_whole_has_no_other_steps_to_hold_fixed() -> None:
    below = r"\frac{\partial L}{\partial W}", r"\frac{\partial h_t}{\partial W}"
    found = [list(explicit_marks(Relation("=", read_term("q"), read_term(term)), setting(PLAIN))) for term in below]
    assert [len(changes) for changes in found] == [0, 1]


def mender(definitions: tuple[str, ...], claim: str) -> tuple[Mender, Relation]:
    """What mends the claims of a small document that holds a claim, and the claim."""
    text = "\n\n".join(f"$$ {line} $$" for line in (*definitions, claim))
    document, options = read_text(text, "text.md", "markdown"), Options(every_length=False)
    understanding = read_model(document, options)
    decider = Decider(understanding.model, instance_for(understanding.model, options))
    relations = [s.relation for s in document.statements if s.relation is not None]
    hand = hand_of(relations, understanding.lexicon)
    where = Setting(understanding.model, understanding.lexicon, hand=hand)
    reach = Reach(understanding.model, decider.scope(), every_length=False)
    return Mender(decider, (decider,), where, reach), relations[-1]


#: Kinds of mutations that one edit of the mender undoes, and how many mutants of a claim are mended.
UNDONE = ("index or bound by one", "sign flipped", "power removed", "sum dropped", "transpose removed", "doubled")
TRUE = (
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \left( (1 - h_t^2) \odot \frac{\partial L}{\partial h_t} \right) h_{t-1}^\top",
    r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W",
)


@pytest.mark.parametrize("claim", TRUE)
def test_the_repair_of_a_mutant_costs_no_more_than_the_mutation(claim: str) -> None:
    mends, relation = mender(PLAIN, claim)
    broken = [m for m in mutants(relation, vocabulary(mends.setting.model)) if m.kind in UNDONE]
    assert len(broken) >= 4
    for mutant in broken:
        if mends.survives(mutant.relation, mends.decider) is None:
            found, _ = mends.mend(mutant.relation, mends.setting, "mutant")
            mends.earlier.clear()
            lost = quantities(relation.right, mends.setting) - quantities(mutant.relation.right, mends.setting)
            assert found and len(found[0].edits) <= max(1, lost), (mutant.kind, latex_relation(mutant.relation))


def test_no_more_edits_are_drawn_than_are_tried() -> None:
    mends, relation = mender(PLAIN, TRUE[0])
    drawn: list[Change] = []

    def source(relation: Relation, setting: Setting) -> Iterator[Change]:
        for change in deeper_edits(relation, setting):
            drawn.append(change)
            yield change

    layer = [Candidate(relation)] * 2
    tried = list(mends._next_layer(layer, {relation}, mends.setting, source, most=5))
    assert len(tried) == 5 and drawn[-1].relation == tried[-1].relation


def quantities(term: Term, where: Setting) -> int:
    """How often a formula names a quantity."""
    return sum(where.quantity(node) is not None for _, node in walk(term))


def test_a_repair_does_not_depend_on_what_else_is_defined() -> None:
    """The missing square is found beside the state alone, and beside an output layer and a loss."""
    claim = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t) W"
    written = {latex_relation(repair(PLAIN[:count], claim).relation) for count in range(1, len(PLAIN) + 1)}
    assert len(written) == 1


@pytest.mark.parametrize("sign", ["", r" \cdot", r" \times"])
def test_a_slope_beside_a_weight_is_mended_by_its_diagonal_whatever_the_sign(sign: str) -> None:
    text = rf"""
$$ h_t = \tanh(W h_{{t-1}} + U x_t), \qquad p_t = \mathrm{{softmax}}(V h_t) $$

$$ \frac{{\partial h_t}}{{\partial h_{{t-1}}}} = (1 - h_t^2){sign} W $$
"""
    verdict = checked(read_text(text, "notes.md", "markdown")).judgements[-1].verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert [edit.mistake.code for edit in verdict.repair.edits] == ["missing-diag"]


def test_no_error_is_meant_by_an_unknown_letter_of_the_network() -> None:
    text = r"""
$$ z_t = A_t a_{t-1} + b_t, \qquad a_t = f(z_t), \qquad \delta = \frac{\partial L}{\partial a_0} $$

$$ z_1 = A_1 x + b_1 $$
"""
    assert checked(read_text(text, "notes.md", "markdown")).judgements[-1].verdict.word == "undecided"


def test_the_number_in_an_index_is_shifted_with_the_whole_of_it() -> None:
    """A step earlier or later of ``t - 1`` is ``t`` or ``t - 2``: nobody writes ``t - 0``."""
    cell = r"$$z_t = W a_{t-1} + U x_t, \qquad a_t = \tanh(z_t), \qquad E_t = \frac12 (a_t - y_t)^\top (a_t - y_t)$$" + "\n\n"
    before = r"\frac{\partial a_t}{\partial a_{t-1}} \frac{\partial a_{t-1}}{\partial W}"
    text = cell + r"$$\frac{\partial E_t}{\partial W} = \frac{\partial E_t}{\partial a_t} " + before + "$$\n"
    verdict = checked(read_text(text, "n.md", "markdown")).judgements[-1].verdict
    assert isinstance(verdict, Wrong)
    assert verdict.repair is None or "- 0" not in latex_relation(verdict.repair.relation)
