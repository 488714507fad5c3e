"""Proofs for every length and every size: what is covered, what is not proven, and that the checker refuses what is no proof."""

# The claims are long lines of LaTeX.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symrnn.deciding.decide import Decider
from symrnn.deciding.evaluate import Instance, World
from symrnn.deciding.hypotheses import Hypothesis, about_indices, about_values
from symrnn.deciding.network import modular_network
from symrnn.language.claims import Claim
from symrnn.language.tensors import Full
from symrnn.language.tensors import Ref as PageRef
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.proving.account import account
from symrnn.proving.explain import explain
from symrnn.proving.kernel.indices import Affine, contradictory, follows
from symrnn.proving.kernel.network import HELD
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.sums import Sum, Term
from symrnn.proving.kernel.terms import Ref, walk
from symrnn.proving.opinion import Opinion, second_opinion
from symrnn.proving.prove import Proof, Prover, read_by_kernel
from symrnn.proving.translation import page_node
from symrnn.reading.definitions import Understanding, understand
from symrnn.reading.elaborate import readings

# ------------------------------------------------------------------------------------------------------ documents


def relation(latex: str) -> Relation:
    chain = read_row(latex)[0]
    return Relation(chain.operators[0], chain.sides[0], chain.sides[-1])


NOTES = (
    r"h_t = \tanh(U x_t + W h_{t-1})",
    r"y_t = \textrm{softmax}(V h_t)",
    r"L_t = -y_t\log\hat{y_t}",
    r"z_t = V h_t",
    r"L = \sum_{t=0}^{T} L_t",
)
WORKED = (
    r"s_t = \tanh(A x_t + B s_{t-1})",
    r"o_t = C s_t",
    r"p_t = \mathrm{softmax}(o_t)",
    r"L_t = -q_t^T \log p_t",
    r"L = \sum_{t=0}^{T} L_t",
    r"e_t = p_t - q_t",
    r"\delta_t = \mathrm{diag}(1 - s_t^2)(C^T e_t + B^T \delta_{t+1})",
)
ENDED = (*WORKED, r"\delta_{T+1} = 0")
SPECIAL = (
    r"h_t = \tanh(U x_t + W h_{t-1} + b)",
    r"z_t = V h_t + c",
    r"p_t = \mathrm{softmax}(z_t)",
    r"L_t = -\sum_{k=1}^K y_{t,k} \log p_{t,k}",
    r"L = \sum_{t=1}^{T} L_t",
    r"\delta_T = (1-h_T^2)\odot(V^T(p_T-y_T))",
    r"\delta_t = (1-h_t^2)\odot(V^T(p_t-y_t) + W^T\delta_{t+1})",
)
LEAKY = (
    r"h_t = (1-\alpha) h_{t-1} + \alpha \tanh(W h_{t-1} + U x_t + b)",
    r"\hat y_t = \sigma(V h_t + c)",
    r"L_t = \frac{1}{2}\|\hat y_t - y_t\|^2",
    r"L = \frac1T \sum_{t=1}^T L_t",
)
BEFORE = (
    r"a_t = W h_{t-1} + U x_t + b",
    r"h_t = \sigma(a_t)",
    r"o_t = V h_t + c",
    r"\hat y_t = \mathrm{softmax}(o_t)",
    r"L_t = -\sum_k y_{t,k}\log \hat y_{t,k}",
    r"L = \sum_{t=1}^T L_t",
)
ROWS = (
    r"h_t = \tanh(x_t U + h_{t-1} W)",
    r"z_t = h_t V",
    r"p_t = \mathrm{softmax}(z_t)",
    r"L_t = -\sum_{k=1}^K y_{t,k} \log p_{t,k}",
    r"L = \sum_{t=1}^{T} L_t",
)
LAYERS = (
    r"g_t = \tanh(A x_t + B g_{t-1})",
    r"h_t = \tanh(U g_t + W h_{t-1})",
    r"z_t = V h_t",
    r"p_t = \mathrm{softmax}(z_t)",
    r"L_t = -y_t^T \log p_t",
    r"L = \sum_{t=0}^{T} L_t",
)
SCALAR = (r"h_t = \tanh(u x_t + w h_{t-1})", r"L_t = \frac12 (h_t - y_t)^2", r"L = \sum_{t=1}^T L_t")
OTHER = (r"h_t = \phi(U x_t + W h_{t-1})", r"L_t = v^T h_t", r"L = \sum_{t=1}^T L_t")

#: What is true for every length and size, under all hypotheses on values that the catalogue has for the document.
TRUE = (
    (NOTES, r"\frac{\partial L}{\partial V} = \sum_{i=0}^{T}(\hat{y_i} - {y_i}) \otimes {h_i}"),
    (NOTES, r"\frac{\partial L}{\partial V} = \frac{\partial {L_0}}{\partial V} + \frac{\partial {L_1}}{\partial V} + ... + \frac{\partial {L_T}}{\partial V}"),
    (NOTES, r"\frac{\partial L}{\partial V} = \sum_{i=0}^{T} \frac{\partial L_i}{\partial \hat y_i}\frac{\partial \hat y_i}{\partial z_i}\frac{\partial z_i}{\partial V}"),
    (NOTES, r"\frac{\partial L_i}{\partial \hat y_i} = -\frac{y_i}{\hat y_i}"),
    (NOTES, r"\frac{\partial {z_i}}{\partial {V}} = {h_i}"),
    (NOTES, r"\frac{\partial h_m}{\partial h_{m-1}} = W^T \mathrm{diag}(1-\tanh^2(Ux_m + Wh_{m-1}))"),
    (NOTES, r"\frac{\partial {L_i}}{\partial \hat{y_i}}\frac{\partial \hat{y_i}}{\partial {h_i}} = V^T(\hat{y_i} - {y_i})"),
    (NOTES, r"\frac{\partial {h_k^+}}{\partial W} = \mathrm{diag}(1-h_k^2) \otimes h_{k-1}"),
    (NOTES, r"\frac{\partial {h_2}}{\partial W} = \frac{\partial {h_2^+}}{\partial W} + \frac{\partial {h_2}}{\partial {h_1}}\frac{\partial {h_1}}{\partial W}"),
    (NOTES, r"\frac{\partial h_3}{\partial h_1} = \frac{\partial h_3}{\partial h_2}\frac{\partial h_2}{\partial h_1}"),
    (NOTES, r"\frac{\partial {L_i}}{\partial W} = \sum_{k=1}^{i}\frac{\partial {L_i}}{\partial \hat{y_i}}\frac{\partial \hat{y_i}}{\partial {h_i}}\frac{\partial {h_i}}{\partial {h_k}}\frac{\partial {h_k^+}}{\partial W}"),
    (NOTES, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i}\frac{\partial {L_i}}{\partial \hat{y_i}}\frac{\partial \hat{y_i}}{\partial {h_i}}\left(\prod_{m=k+1}^{i} \frac{\partial {h_m}}{\partial {h_{m-1}}}\right)\frac{\partial {h_k^+}}{\partial W}"),
    (NOTES, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i}\mathrm{diag}(1-h_k^2)\left(\prod_{m=k+1}^{i} W^T \mathrm{diag}(1-\tanh^2(Ux_m + Wh_{m-1}))\right) V^T (\hat{y_i} - {y_i})\otimes {h_{k-1}}"),
    (NOTES, r"\frac{\partial L}{\partial U} = \sum_{i=0}^{T}\sum_{k=0}^{i}\mathrm{diag}(1-h_k^2)\left(\prod_{m=k+1}^{i} W^T \mathrm{diag}(1-\tanh^2(Ux_m + Wh_{m-1}))\right) V^T (\hat{y_i} - {y_i})\otimes {x_k}"),
    (NOTES, r"\frac{\partial L_i}{\partial z_k} = -y_k + y_k\hat y_k + \sum_{i \neq k} y_i \hat y_k"),
    (NOTES, r"\frac{\partial L_i}{\partial z_k} = -y_k + \hat y_k"),
    (WORKED, r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1-s_t^2) B"),
    (WORKED, r"\frac{\partial s_t}{\partial s_{t-1}} = B^T \mathrm{diag}(1-s_t^2)"),
    (WORKED, r"\frac{\partial L_t}{\partial o_t} = p_t - q_t"),
    (WORKED, r"\frac{\partial L}{\partial B} = \sum_{t=0}^T \delta_t \otimes s_{t-1}"),
    (WORKED, r"\frac{\partial L}{\partial B} = \sum_{t=1}^T \delta_t \otimes s_{t-1}"),
    (WORKED, r"\frac{\partial L}{\partial A} = \sum_{t=0}^T \delta_t \otimes x_t"),
    (WORKED, r"\sum_{t=0}^T \delta_t \otimes x_t = \sum_{i=0}^{T}\sum_{k=0}^{i}\mathrm{diag}(1-s_k^2)\left(\prod_{m=k+1}^{i} B^T \mathrm{diag}(1-s_m^2)\right) C^T e_i \otimes x_k"),
    (WORKED, r"\sum_{t=0}^T \delta_t \otimes x_t = \sum_{k=0}^{T}\sum_{i=k}^{T}\mathrm{diag}(1-s_k^2)\left(\prod_{m=k+1}^{i} B^T \mathrm{diag}(1-s_m^2)\right) C^T e_i \otimes x_k"),
    (WORKED, r"\frac{\partial L}{\partial A} = \sum_{i=0}^{T}\sum_{k=0}^{i}\left(\prod_{m=k}^{i-1} \mathrm{diag}(1-s_m^2) B^T \right)\mathrm{diag}(1-s_i^2) C^T e_i\otimes x_k"),
    (WORKED, r"\frac{\partial L}{\partial A} = \sum_{i=0}^{T}\sum_{k=0}^{i} (e_i^T C \left(\prod_{m=i}^{k+1} \mathrm{diag}(1-s_m^2) B\right) \mathrm{diag}(1-s_k^2))^T\otimes x_k"),
    (WORKED, r"\frac{\partial L}{\partial s_{-1}} = B^T \delta_0"),
    (WORKED, r"\frac{\partial L}{\partial s_t} = C^T e_t + B^T \delta_{t+1}"),
    (WORKED, r"\delta_t = \mathrm{diag}(1-s_t^2)\frac{\partial L}{\partial s_t}"),
    (WORKED, r"\frac{\partial L}{\partial s_t} = \frac{\partial L_t}{\partial s_t} + \frac{\partial L}{\partial s_{t+1}}\frac{\partial s_{t+1}}{\partial s_t}"),
    (WORKED, r"\frac{\partial L}{\partial s_k} = \sum_{i=k}^T \frac{\partial L_i}{\partial s_i}\prod_{m=k+1}^i \frac{\partial s_m}{\partial s_{m-1}}"),
    (WORKED, r"\frac{\partial s_t}{\partial B} = \sum_{k=0}^t \frac{\partial s_t}{\partial s_k}\frac{\partial^+ s_k}{\partial B}"),
    # Truncation after n steps: what is left out is exactly this, and nothing when n reaches back to the start.
    (WORKED, r"\frac{\partial s_t}{\partial B} = \sum_{k=t-n+1}^{t} \frac{\partial s_t}{\partial s_k}\frac{\partial^+ s_k}{\partial B} + \frac{\partial s_t}{\partial s_{t-n}}\frac{\partial s_{t-n}}{\partial B}"),
    (WORKED, r"\frac{\partial s_{n-1}}{\partial B} = \sum_{k=n-1-n+1}^{n-1} \frac{\partial s_{n-1}}{\partial s_k}\frac{\partial^+ s_k}{\partial B}"),
    (SPECIAL, r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T"),
    (SPECIAL, r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \delta_t"),
    (SPECIAL, r"\frac{\partial L}{\partial c} = \sum_{t=1}^T (p_t - y_t)"),
    (LEAKY, r"\frac{\partial L}{\partial W} = \frac1T\sum_{t=1}^T \sum_{k=1}^t \frac{\partial L_t}{\partial \hat y_t}\frac{\partial \hat y_t}{\partial h_t}\frac{\partial h_t}{\partial h_k}\frac{\partial^+ h_k}{\partial W}"),
    (LEAKY, r"\frac{\partial L}{\partial c} = \frac1T\sum_{t=1}^T (\hat y_t - y_t)\odot \hat y_t \odot (1-\hat y_t)"),
    (LEAKY, r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^t ((1-\alpha) I + \alpha \mathrm{diag}(1 - \tanh^2(W h_{j-1} + U x_j + b)) W)"),
    (BEFORE, r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \frac{\partial L}{\partial a_t}"),
    (BEFORE, r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} h_{t-1}^T"),
    (BEFORE, r"\frac{\partial L}{\partial a_t} = \sigma'(a_t) \odot (V^T(\hat y_t - y_t) + W^T \frac{\partial L}{\partial a_{t+1}})"),
    (BEFORE, r"\frac{\partial L}{\partial x_t} = U^T \frac{\partial L}{\partial a_t}"),
    (ROWS, r"\frac{\partial L}{\partial V} = \sum_{t=1}^T h_t^T (p_t-y_t)"),
    (ROWS, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i} h_{k-1}^T (p_i-y_i) V^T \left(\prod_{m=i}^{k+1} \mathrm{diag}(1-h_m^2) W^T\right)\mathrm{diag}(1-h_k^2)"),
    (LAYERS, r"\frac{\partial L}{\partial U} = \sum_{t=0}^T \sum_{k=0}^t \frac{\partial L_t}{\partial h_t}\frac{\partial h_t}{\partial h_k}\frac{\partial^+ h_k}{\partial U}"),
    (LAYERS, r"\frac{\partial L}{\partial g_t} = U^T \mathrm{diag}(1-h_t^2)\frac{\partial L}{\partial h_t} + B^T \mathrm{diag}(1-g_{t+1}^2)\frac{\partial L}{\partial g_{t+1}}"),
    (SCALAR, r"\frac{\partial L}{\partial w} = \sum_{t=1}^T \sum_{k=1}^t (h_t - y_t) \left(\prod_{m=k+1}^t w (1-h_m^2)\right)(1-h_k^2) h_{k-1}"),
    (OTHER, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\phi'(U x_t + W h_{t-1})) W"),
    (OTHER, r"\frac{\partial L}{\partial W} = \sum_{t=1}^T\sum_{k=1}^t \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k}\frac{\partial^+ h_k}{\partial W}"),
)  # fmt: skip

#: What must not be proven: false at some length, or in need of a hypothesis that the catalogue does not have.
FALSE = (
    # With h_{-1} = 0 the product in reversed order is right for up to three steps.
    (NOTES, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i}\mathrm{diag}(1-h_k^2)\left(\prod_{m=i}^{k+1} W^T \mathrm{diag}(1-h_m^2)\right) V^T (\hat y_i-y_i)\otimes h_{k-1}"),
    # Truncation to one step back first shows at four steps.
    (NOTES, r"\frac{\partial L_i}{\partial W} = \sum_{k=i-1}^{i}\frac{\partial L_i}{\partial h_i}\frac{\partial h_i}{\partial h_k}\frac{\partial h_k^+}{\partial W}"),
    (NOTES, r"\frac{\partial L}{\partial V} = \sum_{i=1}^{T}(\hat{y_i} - {y_i}) \otimes {h_i}"),
    (NOTES, r"\frac{\partial L}{\partial V} = \sum_{i=0}^{T}(y_i - \hat y_i) \otimes {h_i}"),
    (NOTES, r"\frac{\partial L}{\partial U} = \sum_{i=1}^{T}\sum_{k=1}^{i}\mathrm{diag}(1-h_k^2)\left(\prod_{m=k+1}^{i} W^T \mathrm{diag}(1-h_m^2)\right) V^T (\hat y_i - y_i)\otimes {x_k}"),
    (NOTES, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i}\left(\prod_{m=k+1}^{i} W^T \mathrm{diag}(1-h_m^2)\right) V^T (\hat y_i - y_i)\otimes {h_{k-1}}"),
    (NOTES, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i}\mathrm{diag}(1-h_k^2)\left(\prod_{m=k}^{i} W^T \mathrm{diag}(1-h_m^2)\right) V^T (\hat y_i - y_i)\otimes {h_{k-1}}"),
    (NOTES, r"\frac{\partial L}{\partial W} = \sum_{i=1}^{T}\sum_{k=1}^{i}\mathrm{diag}(1-h_k^2)\left(\prod_{m=k+1}^{i} W^T \mathrm{diag}(1-h_{m-1}^2)\right) V^T (\hat y_i - y_i)\otimes {h_{k-1}}"),
    (NOTES, r"\frac{\partial h_m}{\partial h_{m-1}} = W \mathrm{diag}(1-h_m^2)"),
    (NOTES, r"\frac{\partial {h_k^+}}{\partial W} = h_{k-1}"),
    (NOTES, r"\frac{\partial \hat y_i}{\partial z_k} = \hat y_i (1 - \hat y_i)"),
    (NOTES, r"\frac{\partial h_i}{\partial h_k} = W"),
    (WORKED, r"\frac{\partial L}{\partial B} = \sum_{t=0}^{T} \delta_t \otimes s_t"),
    (WORKED, r"\frac{\partial L}{\partial B} = \sum_{t=2}^{T} \delta_t \otimes s_{t-1}"),
    (WORKED, r"\frac{\partial L}{\partial s_t} = \delta_t"),
    (WORKED, r"\frac{\partial L}{\partial s_{-1}} = \delta_0"),
    (WORKED, r"\delta_t = \mathrm{diag}(1-s_t^2)(C^T e_t + B \delta_{t+1})"),
    (WORKED, r"\frac{\partial s_t}{\partial B} = \sum_{k=t-n+1}^{t} \frac{\partial s_t}{\partial s_k}\frac{\partial^+ s_k}{\partial B}"),
    (LEAKY, r"\frac{\partial h_t}{\partial h_{t-1}} = \alpha \mathrm{diag}(1 - \tanh^2(W h_{t-1} + U x_t + b)) W"),
    (BEFORE, r"\frac{\partial L}{\partial a_t} = V^T(\hat y_t - y_t) + W^T \frac{\partial L}{\partial a_{t+1}}"),
    (SPECIAL, r"\frac{\partial L}{\partial b} = \sum_{t=2}^T \delta_t"),
)  # fmt: skip

Document = tuple[str, ...]


@cache
def understood(document: Document) -> Understanding:
    """The model of a document that also says everything that is claimed of it below (claims tell what letters count)."""
    said = [latex for other, latex in (*TRUE, *FALSE) if other == document[: len(other)]]
    return understand([relation(line) for line in (*document, *said)])


@cache
def prover(document: Document) -> Prover:
    return Prover(understood(document).model)


@cache
def opinion(document: Document) -> Opinion:
    return Opinion(understood(document).model, seed=1)


def claims(document: Document, latex: str) -> list[Claim]:
    known = understood(document)
    found = [reading.claim for reading in readings(relation(latex), known.model, known.lexicon)[0]]
    assert found, latex
    return found


def hypotheses(document: Document) -> tuple[Hypothesis, ...]:
    return tuple(h for h in about_values(understood(document).model) if h.kind in ("sum", "zero", "zero end"))


def proofs(document: Document, latex: str, assumed: tuple[Hypothesis, ...] | None = None) -> list[Proof]:
    """Of every reading that has one, under all hypotheses of the document or under those that are given."""
    under = hypotheses(document) if assumed is None else assumed
    found = (prover(document).prove(claim, under) for claim in claims(document, latex))
    return [proof for proof in found if proof is not None]


# ---------------------------------------------------------------------------------------------------- what is proven


@pytest.mark.parametrize(("document", "latex"), TRUE)
def test_true_for_every_length_and_size(document: Document, latex: str) -> None:
    found = proofs(document, latex)
    assert found
    for proof in found:
        read_by_kernel(proof)
        seen = proof.claim, proof.hypotheses
        assert opinion(document).on(*seen) is None and not opinion(document).met_nowhere(*seen)


@pytest.mark.parametrize(("document", "latex"), FALSE)
def test_what_is_false_is_not_proven(document: Document, latex: str) -> None:
    assert proofs(document, latex) == []


@pytest.mark.parametrize(("document", "latex"), TRUE[:16])
def test_a_claim_is_not_proven_where_the_sieve_sees_it_fail(document: Document, latex: str) -> None:
    """With fewer hypotheses than it needs, a claim has no proof."""
    model = understood(document).model
    decider = Decider(model, Instance(4, tuple(zip(model.labels, (2, 4, 3, 5), strict=False))))
    for claim in claims(document, latex):
        for assumed in ((), *((h,) for h in hypotheses(document))):
            if not decider.agrees(claim, assumed):
                assert prover(document).prove(claim, assumed) is None


#: What is true only where the recursion from the step after begins with zero (sentence 4.3 of what an equation claims).
ENDING = tuple(latex for document, latex in TRUE if document is WORKED and r"\delta" in latex)


@pytest.mark.parametrize("latex", ENDING)
def test_a_free_end_must_be_assumed_to_be_zero(latex: str) -> None:
    """Without δ_{T+1} = 0 there is no proof, and at an instance the two sides differ; with it, both are otherwise."""
    (end,) = (h for h in hypotheses(WORKED) if h.kind == "zero end")
    others = tuple(h for h in hypotheses(WORKED) if h != end)
    assert str(end.said) == "delta_{T+1} = 0"
    proven = proofs(WORKED, latex)
    assert proven and proofs(WORKED, latex, others) == []
    model = understood(WORKED).model
    decider = Decider(model, Instance(4, tuple(zip(model.labels, (2, 4, 3, 5), strict=False))))
    for proof in proven:
        assert decider.agrees(proof.claim, (*others, end)) and not decider.agrees(proof.claim, others)
        with pytest.raises(Refused):
            read_by_kernel(replace(proof, hypotheses=others))


def test_eight_claims_need_the_end() -> None:
    assert len(ENDING) == 8


@pytest.mark.parametrize("latex", ENDING)
def test_an_end_that_the_document_says_needs_no_hypothesis(latex: str) -> None:
    """δ_{T+1} = 0 as a line of the document: the same claims, for every length."""
    (proof, *_) = proofs(ENDED, latex)
    assert "zero end" not in {h.kind for h in proof.hypotheses}
    assert read_by_kernel(proof)


def test_another_end_is_another_claim() -> None:
    """With δ_{T+1} = (1, 1, …) it is false that ∂L/∂B is the sum of the errors."""
    latex, model = r"\frac{\partial L}{\partial B} = \sum_{t=0}^T \delta_t \otimes s_{t-1}", understood(ENDED).model
    key = next(k for k, q in model.quantities.items() if q.recurrence > 0)
    ((time, zero),) = model.quantities[key].special
    for value, proven in ((zero, True), (Full(Fraction(1), zero.shape), False)):
        ended = replace(model, quantities={**model.quantities, key: replace(model.quantities[key], special=((time, value),))})
        found = [Prover(ended).prove(claim, hypotheses(ENDED)) for claim in claims(ENDED, latex)]
        assert any(proof is not None for proof in found) == proven


@pytest.mark.parametrize("document", [SPECIAL, ENDED])
def test_an_end_that_is_defined_is_not_assumed(document: Document) -> None:
    """Where a document says what δ_T or δ_{T+1} is, no hypothesis does."""
    assert "zero end" not in {h.kind for h in hypotheses(document)}


def test_cases_of_softmax_need_equal_and_different_indices() -> None:
    for latex, kind in ((r"\hat y_i (1 - \hat y_i)", "equal"), (r"-\hat y_i \hat y_k", "different")):
        proven = set()
        for claim in claims(NOTES, rf"\frac{{\partial \hat y_i}}{{\partial z_k}} = {latex}"):
            for hypothesis in about_indices(claim.variables):
                if prover(NOTES).prove(claim, (hypothesis,)) is not None:
                    proven.add(hypothesis.kind)
        assert proven == {kind}


def test_zero_on_both_sides_is_no_proof() -> None:
    latex = r"\frac{\partial s_t}{\partial C} = 2 \frac{\partial s_t}{\partial C}"
    assert claims(WORKED, latex)
    assert proofs(WORKED, latex) == []


def test_a_derivative_by_what_comes_later_is_zero() -> None:
    found = proofs(WORKED, r"\frac{\partial s_{t-1}}{\partial s_t} = 0")
    assert found and found[0].claim.literal_zero


def test_the_function_and_the_prover_agree() -> None:
    document, latex = TRUE[0]
    (claim,) = claims(document, latex)
    assert Prover(understood(document).model).prove(claim, hypotheses(document)) is not None
    assert Prover(understood(document).model).prove(claim, ()) is None


def test_a_proof_reads_as_one() -> None:
    (proof,) = proofs(WORKED, r"\frac{\partial L}{\partial A} = \sum_{t=0}^T \delta_t \otimes x_t")
    lines = explain(proof)
    text = "\n".join(lines)
    # The document has a state s, so the index is called something else.
    assert "By induction on i." in text and "By induction on i, downwards." in text
    assert "Base: i = −1." in text and "by the induction hypothesis" in text and lines[-1] == "∎"
    assert "under Σ_k q_k = 1" in text and "delta_{T+1} = 0" in text


def test_a_second_opinion_sees_a_difference() -> None:
    document, latex = FALSE[0]
    found = [second_opinion(understood(document).model, c, hypotheses(document), seed=1) for c in claims(document, latex)]
    assert all(opinion is not None and "differ" in opinion for opinion in found)


# ------------------------------------------------------------------------------------------------ the checker alone


def sampled_states(proof: Proof, every: int) -> Iterator[tuple[Sum, Sum]]:
    """The sum that a chain begins with and some of those on the way."""
    for equation, chain in proof.parts:
        for terms, steps in ((equation.left, chain.left), (equation.right, chain.right)):
            state = list(terms)
            for number, step in enumerate(steps):
                if step.rule == "collect":
                    del state[step.data[0]]
                state[step.at : step.at + 1] = step.result
                if number % every == 0 or number == len(steps) - 1:
                    yield terms, tuple(state)


def at(index: Affine, env: Mapping[str, int]) -> int:
    """The integer that an index is."""
    return index.constant + sum(count * env[name] for name, count in index.terms)


def value(terms: Sum, world: World, env: dict[str, int]) -> int:
    return sum(term_value(t, world, env) for t in terms) % (2**31 - 1)


def term_value(t: Term, world: World, env: dict[str, int]) -> int:
    names = sorted(t.bound)
    axes = {n for c in t.where if any(x.startswith("|") for x in c.names()) for n in c.names()}
    ranges = [range(1, max(world.sizes.values()) + 1) if n in axes else range(world.first - 1, world.last + 2) for n in names]
    total = 0
    for values in product(*ranges):
        inner = {**env, **dict(zip(names, values, strict=True))}
        if all(at(c, inner) >= 0 for c in t.where):
            total += factors_value(t, world, inner)
    return total * int(world.algebra.number(t.coefficient))


def factors_value(t: Term, world: World, env: dict[str, int]) -> int:
    result = 1
    for entry, power in t.factors:
        whole = world.value(page_node(entry.node), dict(env.items()))
        x = int(whole[tuple(at(i, env) - 1 for i in entry.at)])
        result = result * pow(x, power, 2**31 - 1) % (2**31 - 1)
    return result


def holds_something(terms: Sum) -> bool:
    return any(isinstance(n, Ref) and n.quantity.startswith(HELD) for t in terms for e, _ in t.factors for n in walk(e.node))


@pytest.mark.parametrize("number", [0, 2, 6, 7, 10, 12, 14, 19, 22, 24, 29, 32, 36])
def test_every_sum_on_the_way_has_the_same_value(number: int) -> None:
    """The rules again, by evaluation: modulo a prime, at a small instance, with random components."""
    document, latex = TRUE[number]
    proof = proofs(document, latex)[0]
    labels = proof.model.labels
    world = modular_network(proof.model, Instance(3, tuple(zip(labels, (2, 3, 2, 2), strict=False))), 7, proof.hypotheses)
    env = dict(world.base_env)
    letters = {n for q, _ in proof.parts for t in (*q.left, *q.right) for n in t.names if n.startswith("~")}
    env |= {n: 1 + (n == "~2") if n[1:].isdecimal() else world.first + 1 for n in letters}
    tested = 0
    for begin, state in sampled_states(proof, every=9):
        if not holds_something(state):
            assert value(begin, world, env) == value(state, world, env)
            tested += 1
    assert tested > 1


# --------------------------------------------------------------------------------------------------- linear conditions


def conditions() -> st.SearchStrategy[Affine]:
    names = st.dictionaries(st.sampled_from("abc"), st.integers(-2, 2).filter(bool), max_size=3)
    return st.builds(lambda terms, c: Affine(tuple(sorted(terms.items())), c), names, st.integers(-4, 4))


@settings(max_examples=300, deadline=None)
@given(st.lists(conditions(), max_size=5))
def test_a_contradiction_has_no_solution(found: list[Affine]) -> None:
    if contradictory(frozenset(found)):
        for values in product(range(-6, 7), repeat=3):
            env = dict(zip("abc", values, strict=True))
            assert not all(at(c, env) >= 0 for c in found)


@settings(max_examples=300, deadline=None)
@given(st.lists(conditions(), max_size=5), st.lists(st.sampled_from("abc"), max_size=3))
def test_what_is_bounded_on_one_side_only_contradicts_nothing(found: list[Affine], above: list[str]) -> None:
    free = {Affine.of("x") - Affine.of(name) for name in above}
    assert contradictory(frozenset(found) | free) == contradictory(frozenset(found))


@settings(max_examples=300, deadline=None)
@given(conditions(), st.lists(conditions(), max_size=4))
def test_what_follows_holds(condition: Affine, known: list[Affine]) -> None:
    if follows(condition, frozenset(known)):
        for values in product(range(-5, 6), repeat=3):
            env = dict(zip("abc", values, strict=True))
            assert at(condition, env) >= 0 or not all(at(c, env) >= 0 for c in known)


def test_chains_of_inequalities_are_decided() -> None:
    i, k, last = (Affine.of(n) for n in ("i", "k", "T"))
    known = frozenset({k - 1, i - k, last - i})
    assert follows(last - 1, known) and follows(i - 1, known)
    assert not follows(i - k - 1, known) and not contradictory(known)
    assert contradictory(known | {k - i - 1})
    assert contradictory(frozenset({i.scaled(2) - 1, i.scaled(-2) + 1})), "no integer is a half"


def test_values_stay_residues() -> None:
    """The evaluation that the tests above rely on."""
    world = modular_network(understood(SCALAR).model, Instance(2, ()), 3)
    assert np.asarray(world.value(PageRef("w", None, ()), {})).shape == ()


def test_a_proof_says_nothing_twice() -> None:
    (proof,) = proofs(WORKED, r"\frac{\partial L}{\partial A} = \sum_{t=0}^T \frac{\partial L_t}{\partial A}")
    for stated in (*account(proof).lemmas, *account(proof).claims):
        for part in stated.parts:
            chain = [part.first, *(line.formula for line in part.lines)]
            assert len(chain) == len(set(chain))
