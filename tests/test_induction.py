"""Proofs for every length and every size: what is covered, what is not proven, and that the checker refuses what is no proof."""

# The claims are long lines of LaTeX.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symrnn.proving.checker as checker_module
from symrnn.deciding.decide import Decider
from symrnn.deciding.evaluate import Instance, World
from symrnn.deciding.hypotheses import Hypothesis, about_indices, about_values
from symrnn.deciding.network import modular_network
from symrnn.language.claims import Claim
from symrnn.language.tensors import Affine, DiagPart, Full, Jac, Pick, Plus, Ref, Softmax, walk
from symrnn.language.tensors import Sum as SumOver
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.proving import Proof, Prover, Refused, check, explain, prove_for_all, second_opinion
from symrnn.proving.account import account
from symrnn.proving.checker import Checker
from symrnn.proving.linear import contradictory, follows
from symrnn.proving.meaning import HELD, opened
from symrnn.proving.proofs import Assumed, Chain, Equation, Induction, Lemma, Step
from symrnn.proving.prove import equations
from symrnn.proving.sums import Entry, Sum, Term, entry_term, equal, inside, term, well_formed
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
    said = [latex for other, latex in (*TRUE, *FALSE) if other is document]
    return understand([relation(line) for line in (*document, *said)])


@cache
def prover(document: Document) -> Prover:
    return Prover(understood(document).model)


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
        check(proof)
        assert second_opinion(proof.model, proof.claim, proof.hypotheses, seed=1) is None


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
    assert end.text == "delta_{T+1} = 0"
    proven = proofs(WORKED, latex)
    assert proven and proofs(WORKED, latex, others) == []
    model = understood(WORKED).model
    decider = Decider(model, Instance(4, tuple(zip(model.labels, (2, 4, 3, 5), strict=False))))
    for proof in proven:
        assert decider.agrees(proof.claim, (*others, end)) and not decider.agrees(proof.claim, others)
        with pytest.raises(Refused):
            check(replace(proof, hypotheses=others))


def test_eight_claims_need_the_end() -> None:
    assert len(ENDING) == 8


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
    assert prove_for_all(understood(document).model, claim, hypotheses(document)) is not None
    assert prove_for_all(understood(document).model, claim, ()) is None


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


def test_the_checker_is_short_and_knows_nothing_of_the_search() -> None:
    text = Path(checker_module.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 400
    inner = {line.split()[1] for line in text.splitlines() if line.startswith("from symrnn.proving")}
    assert inner == {f"symrnn.proving.{name}" for name in ("linear", "meaning", "proofs", "sums")}


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


def value(terms: Sum, world: World, env: dict[str, int]) -> int:
    return sum(term_value(t, world, env) for t in terms) % (2**31 - 1)


def term_value(t: Term, world: World, env: dict[str, int]) -> int:
    names = sorted(t.bound)
    axes = {n for c in t.where if any(x.startswith("|") for x in c.names()) for n in c.names()}
    ranges = [range(1, max(world.sizes.values()) + 1) if n in axes else range(world.first - 1, world.last + 2) for n in names]
    total = 0
    for values in product(*ranges):
        inner = {**env, **dict(zip(names, values, strict=True))}
        if all(c.value(inner) >= 0 for c in t.where):
            total += factors_value(t, world, inner)
    return total * int(world.algebra.number(t.coefficient))


def factors_value(t: Term, world: World, env: dict[str, int]) -> int:
    result = 1
    for entry, power in t.factors:
        whole = world.value(entry.node, dict(env.items()))
        x = int(whole[tuple(i.value(env) - 1 for i in entry.at)])
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


# ---------------------------------------------------------------------------------------------------------- tampering


Put = Callable[[tuple[Step, ...]], Proof]


@dataclass(frozen=True)
class Tampered:
    """A proof with one thing changed, and what that is."""

    what: str
    proof: Proof


def step_lists(proof: Proof) -> Iterator[tuple[str, tuple[Step, ...], Put]]:
    """Every list of steps in a proof, with a function that puts another one in its place."""
    for n, (equation, chain) in enumerate(proof.parts):
        for side in ("left", "right"):

            def part(
                steps: tuple[Step, ...], n: int = n, side: str = side, chain: Chain = chain, equation: object = equation
            ) -> Proof:
                parts = list(proof.parts)
                parts[n] = equation, replace(chain, **{side: steps})  # type: ignore[assignment]
                return replace(proof, parts=tuple(parts))

            yield f"part {n} {side}", getattr(chain, side), part
    for n, lemma in enumerate(proof.lemmas):
        fields = ("base", "step") if isinstance(lemma.proof, Induction) else ("",)
        for field, side in product(fields, ("left", "right")):
            chain = getattr(lemma.proof, field) if field else lemma.proof

            def inside(
                steps: tuple[Step, ...],
                n: int = n,
                side: str = side,
                field: str = field,
                chain: Chain = chain,
                lemma: Lemma = lemma,
            ) -> Proof:
                changed = replace(chain, **{side: steps})
                new = replace(lemma.proof, **{field: changed}) if field else changed
                return with_lemma(proof, n, replace(lemma, proof=new))

            yield f"{lemma.name} {field} {side}", getattr(chain, side), inside


def with_lemma(proof: Proof, n: int, lemma: Lemma) -> Proof:
    return replace(proof, lemmas=(*proof.lemmas[:n], lemma, *proof.lemmas[n + 1 :]))


def shifted(t: Term) -> Term | None:
    """A term with one index off by one."""
    for entry, power in t.factors:
        if entry.at:
            moved = Entry(entry.node, (entry.at[0] + 1, *entry.at[1:]))
            return replace(t, factors=tuple((moved, power) if e == entry else (e, n) for e, n in t.factors))
    return None


def swapped(t: Term) -> Term | None:
    """A term with the two indices of a matrix exchanged."""
    for entry, power in t.factors:
        if len(entry.at) == 2 and entry.at[0] != entry.at[1]:
            moved = Entry(entry.node, entry.at[::-1])
            return replace(t, factors=tuple((moved, power) if e == entry else (e, n) for e, n in t.factors))
    return None


def widened(t: Term) -> Term | None:
    """A term whose bracket lacks a condition."""
    return replace(t, where=t.where - {min(t.where, key=repr)}) if t.where else None


def tampered_steps(steps: Sequence[Step]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Lists of steps with one step removed, or changed, or done twice."""
    chosen = sorted({0, len(steps) // 3, 2 * len(steps) // 3, len(steps) - 1})
    for n in chosen if steps else ():
        step, before, after = steps[n], tuple(steps[:n]), tuple(steps[n + 1 :])
        if not (after and after[0].at == step.at and after[0].result == ()):
            # A step on a term that the next one shows to be zero could be spared.
            yield "step removed", (*before, *after)
        for what, change in (("index off by one", shifted), ("factor swapped", swapped), ("condition dropped", widened)):
            new = change(step.result[0]) if step.result else None
            if new is not None and new != step.result[0]:
                yield what, (*before, replace(step, result=(new, *step.result[1:])), *after)
        if step.result:
            doubled = step.result[0].scaled(Fraction(2))
            yield "coefficient changed", (*before, replace(step, result=(doubled, *step.result[1:])), *after)
        others = {"open": "unfold", "unfold": "open", "use": "unfold", "split": "vacuous", "product": "zero"}
        yield "another rule", (*before, replace(step, rule=others.get(step.rule, "total")), *after)
        yield (
            "term dropped",
            (
                *before,
                replace(step, result=step.result[1:] if step.result else (Term(Fraction(1), (), frozenset(), frozenset()),)),
                *after,
            ),
        )
        yield "another direction", (*before, replace(step, backward=not step.backward), *after)


def tampered_lemmas(proof: Proof) -> Iterator[Tampered]:
    for n, lemma in enumerate(proof.lemmas):
        without = replace(proof, lemmas=(*proof.lemmas[:n], *proof.lemmas[n + 1 :]))
        yield Tampered("lemma removed", without)
        doubled = tuple(t.scaled(Fraction(2)) for t in lemma.equation.right)
        if doubled:
            yield Tampered("lemma changed", with_lemma(proof, n, replace(lemma, equation=replace(lemma.equation, right=doubled))))
        new = swapped(lemma.equation.right[0]) if lemma.equation.right else None
        if new is not None:
            right = (new, *lemma.equation.right[1:])
            yield Tampered(
                "lemma with a swapped factor", with_lemma(proof, n, replace(lemma, equation=replace(lemma.equation, right=right)))
            )
        if isinstance(lemma.proof, Induction):
            yield from tampered_induction(proof, n, lemma, lemma.proof)


def tampered_induction(proof: Proof, n: int, lemma: Lemma, induction: Induction) -> Iterator[Tampered]:
    empty = Chain((), ())
    changes = {
        "base case dropped": replace(induction, base=empty),
        "induction step dropped": replace(induction, step=empty),
        "base case in place of the step": replace(induction, step=induction.base),
        "step in place of the base case": replace(induction, base=induction.step),
        "start one later": replace(induction, start=induction.start + 1),
        "start one earlier": replace(induction, start=induction.start - 1),
        "induction the other way": replace(induction, direction=-induction.direction),
        "induction on something else": replace(induction, variable="~zz"),
    }
    for what, changed in changes.items():
        yield Tampered(what, with_lemma(proof, n, replace(lemma, proof=changed)))
    yield Tampered("no induction", with_lemma(proof, n, replace(lemma, proof=induction.step)))
    for side in ("left", "right"):
        steps = getattr(induction.step, side)
        for position, step in enumerate(steps):
            if step.rule == "use" and step.data[0] == "earlier":
                name, values, fresh = step.data
                here = tuple((v, Affine.of(v) if v == induction.variable else x) for v, x in values)
                moved = replace(step, data=(name, here, fresh))
                changed = replace(induction.step, **{side: (*steps[:position], moved, *steps[position + 1 :])})
                yield Tampered(
                    "the hypothesis at the same value", with_lemma(proof, n, replace(lemma, proof=replace(induction, step=changed)))
                )


#: The rule by which a proof uses a hypothesis.
RULES = {"zero": "zero", "zero end": "zero", "sum": "total"}


def tampered(proof: Proof, other: Proof) -> Iterator[Tampered]:
    for where, steps, put in step_lists(proof):
        for what, new in tampered_steps(steps):
            yield Tampered(f"{where}: {what}", put(new))
    yield from tampered_lemmas(proof)
    used = {
        (s.rule, s.entry.node.quantity)
        for _, steps, _ in step_lists(proof)
        for s in steps
        if s.entry and isinstance(s.entry.node, Ref)
    }
    for hypothesis in proof.hypotheses:
        if (RULES[hypothesis.kind], hypothesis.about) in used:
            without = tuple(h for h in proof.hypotheses if h != hypothesis)
            yield Tampered(f"no hypothesis {hypothesis.text}", replace(proof, hypotheses=without))
    yield Tampered("another claim", replace(proof, claim=other.claim))
    yield Tampered("sides exchanged", replace(proof, claim=replace(proof.claim, left=proof.claim.right, right=proof.claim.left)))
    yield Tampered("nothing shown", replace(proof, parts=()))


TAMPERED_WITH = (12, 21, 38)


@pytest.mark.parametrize("number", TAMPERED_WITH)
def test_tampered_proofs_are_refused(number: int) -> None:
    proof, other = proofs(*TRUE[number])[0], proofs(*TRUE[0])[0]
    check(proof)
    count, accepted = 0, []
    for case in tampered(proof, other):
        count += 1
        try:
            check(case.proof)
        except Refused:
            continue
        accepted.append(case.what)
    assert count >= 100
    assert accepted == []


def test_a_lemma_does_not_divide() -> None:
    """Or it could bring in a division by zero where the claim has none."""
    proof = proofs(*TRUE[12])[0]
    lemma = proof.lemmas[0]
    entry = lemma.equation.left[0].factors[0][0]
    inverse = Term(Fraction(1), ((entry, -1),), frozenset(), frozenset())
    equation = replace(lemma.equation, left=(inverse,), right=(inverse,))
    bad = Lemma("divides", equation, Chain((), ()))
    with pytest.raises(Refused, match="divides"):
        check(replace(proof, lemmas=(bad, *proof.lemmas)))


def parameter(key: str) -> Ref:
    return Ref(key, None, understood(WORKED).model.quantities[key].shape)


def variables(*names: str) -> tuple[Affine, ...]:
    return tuple(map(Affine.of, names))


def a_chain(steps: Sequence[Step], start: Term, end: Sum, given: frozenset[Affine] = frozenset()) -> Sum:
    """What a new checker says of ``start = end``, for steps on the left. Raises Refused."""
    return Checker(understood(WORKED).model).conclude(Equation((start,), end, given), Chain(tuple(steps), ()), Assumed())


def test_a_step_backwards_does_not_divide() -> None:
    """1 = x / x, where another lemma says that x is zero."""
    key, (t, i), free = "delta[t]", variables("~t", "~i"), understood(WORKED).model
    after, shape = Checker(free).network.last + 1, free.quantities[key].shape
    ended = replace(free.quantities[key], special=((after, Full(Fraction(0), shape)),))
    checker = Checker(replace(free, quantities={**free.quantities, key: ended}))
    entry, beyond = Entry(Ref(key, t, shape), (i,)), Entry(Ref(key, after, shape), (i,))
    nothing = Entry(Full(Fraction(0), shape), (i,))
    steps = Step("unfold", 0, (entry_term(nothing),), entry), Step("open", 0, (), nothing)
    vanishes = Lemma("vanishes", Equation((entry_term(entry),), (), frozenset(equal(t, after))), Chain(steps, ()))
    with pytest.raises(Refused, match="NoneType"):  # where the document does not say what the end is
        Checker(free).accept(vanishes)
    checker.accept(vanishes)
    use = Step("use", 0, (), beyond, data=("vanishes", (("~t", after),), ()))
    checker.conclude(Equation((entry_term(beyond),), (), frozenset()), Chain((use,), ()), Assumed())
    divided = Step("unfold", 0, (term(1, [(beyond, 1), (nothing, -1)]),), beyond, backward=True)
    with pytest.raises(Refused, match="backwards"):
        checker.conclude(Equation((term(1),), (), frozenset()), Chain((divided, use), ()), Assumed())


def test_a_sum_without_end_is_refused() -> None:
    """Σ 1 over all j ≥ 0 and k = j + 1: each is bounded by the other, and a shift of such a sum gains a term."""
    j, k, last = variables("~j", "~k", "T")
    endless = term(1, (), (k - j - 1, j + 1 - k, k), ("~j", "~k"))
    with pytest.raises(Refused, match="well formed"):
        a_chain((), endless, (endless,))
    ended = endless.within([last - j])
    assert a_chain((), ended, (ended,)) == (ended,)


def test_softmax_needs_all_components() -> None:
    """Of B, its row i and its diagonal agree at component i, whatever i is; a row and the diagonal differ for all that."""
    matrix, (q, j, one) = parameter("B"), (*variables("~q", "~j"), Affine((), 1))
    diagonal = DiagPart(matrix)
    for index in (q, one):
        for first, second in ((diagonal, Pick(matrix, (index,))), (Pick(matrix, (index,)), diagonal)):
            checker = Checker(understood(WORKED).model)
            same = entry_term(Entry(matrix, (index, index)))
            sides = [Entry(node, (index,)) for node in (first, second)]
            chains = [(Step("open", 0, (same,), side),) for side in sides]
            given = frozenset(c for c in inside((index,), ("hidden",)) if c.terms)
            checker.accept(Lemma("at one", Equation((entry_term(sides[0]),), (entry_term(sides[1]),), given), Chain(*chains)))
            start, end = (Entry(Softmax(node), (j,)) for node in (first, second))
            step = Step("argument", 0, (entry_term(end),), start, data=("at one", ()))
            equation = Equation((entry_term(start),), (entry_term(end),), frozenset(inside((j,), ("hidden",))))
            with pytest.raises(Refused, match="all components"):
                checker.conclude(equation, Chain((step,), ()), Assumed())


def test_softmax_of_equal_vectors_is_equal_at_components_only() -> None:
    (q, j), row = variables("~q", "~j"), Pick(parameter("B"), (Affine((), 1),))
    again = Plus((row,))
    checker = Checker(understood(WORKED).model)
    one, other = (entry_term(Entry(node, (q,))) for node in (row, again))
    chain = Chain((), (Step("open", 0, (one,), Entry(again, (q,))),))
    checker.accept(Lemma("same", Equation((one,), (other,), frozenset(inside((q,), ("hidden",)))), chain))

    def conclude(index: Affine, given: frozenset[Affine]) -> Sum:
        start, end = (Entry(Softmax(node), (index,)) for node in (row, again))
        step = Step("argument", 0, (entry_term(end),), start, data=("same", ()))
        return checker.conclude(Equation((entry_term(start),), (entry_term(end),), given), Chain((step,), ()), Assumed())

    assert conclude(j, frozenset(inside((j,), ("hidden",))))
    for index in (j, Affine()):
        with pytest.raises(Refused, match="does not follow"):
            conclude(index, frozenset())


def test_an_index_is_whole() -> None:
    """[x ≥ -1] is not [x ≥ -1/2], which is [x ≥ 0]."""
    (x,) = variables("~x")
    half = Affine(x.terms, Fraction(1, 2))  # type: ignore[arg-type]
    entry = entry_term(Entry(parameter("C"), (x, x)))
    steps = [Step("narrow", 0, (entry.within([c]),), data=(frozenset({c}),)) for c in (half, x)]
    with pytest.raises(Refused, match="malformed"):
        a_chain(steps, entry.within([x + 1]), (entry.within([x]),))


def test_a_derivative_in_a_definition_is_not_held() -> None:
    """∂h_t/∂h_{t-1} with h_{t-1} held fixed would be zero."""
    network, (t,) = Checker(understood(WORKED).model).network, variables("~t")
    state = [Ref("s[t]", time, ("hidden",)) for time in (t, t - 1)]
    with pytest.raises(Refused, match="derivative of a derivative"):
        network.held(Jac(*state, False), t)


def test_both_sides_of_a_claim_have_the_same_axes() -> None:
    network = Checker(understood(WORKED).model).network
    with pytest.raises(Refused, match="axes"):
        network.statement(parameter("A"), parameter("B"), ())


def test_an_empty_sum_on_both_sides_shows_nothing() -> None:
    one, none = Affine((), 1), Affine()
    empty = SumOver("k", one, none, (), parameter("B"))
    claim = Claim(empty, empty, ())
    ((equation, _),) = ((q, ()) for q in equations(Checker(understood(WORKED).model), claim, ()))
    (opened_sum,) = opened(empty, equation.left[0].factors[0][0].at, ("~v",))
    steps = (Step("open", 0, (opened_sum,), equation.left[0].factors[0][0], ("~v",)),)
    with pytest.raises(Refused, match="nothing is shown"):
        check(Proof(understood(WORKED).model, claim, (), (), ((equation, Chain(steps, steps)),)))


def test_terms_out_of_order_are_refused() -> None:
    entry = proofs(*TRUE[0])[0].parts[0][0].left[0].factors[0][0]
    assert well_formed(Term(Fraction(1), ((entry, 1),), frozenset(), frozenset()))
    assert not well_formed(Term(Fraction(1), ((entry, 1), (entry, 1)), frozenset(), frozenset()))
    assert not well_formed(Term(Fraction(1), ((Entry(entry.node, ()), 1),), frozenset(), frozenset()))
    assert not well_formed(Term(Fraction(1), (), frozenset(), frozenset({"~k"})))


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
            assert not all(c.value(env) >= 0 for c in found)


@settings(max_examples=300, deadline=None)
@given(conditions(), st.lists(conditions(), max_size=4))
def test_what_follows_holds(condition: Affine, known: list[Affine]) -> None:
    if follows(condition, frozenset(known)):
        for values in product(range(-5, 6), repeat=3):
            env = dict(zip("abc", values, strict=True))
            assert condition.value(env) >= 0 or not all(c.value(env) >= 0 for c in known)


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
    assert np.asarray(world.value(Ref("w", None, ()), {})).shape == ()


def test_a_proof_says_nothing_twice() -> None:
    (proof,) = proofs(WORKED, r"\frac{\partial L}{\partial A} = \sum_{t=0}^T \frac{\partial L_t}{\partial A}")
    for stated in (*account(proof).lemmas, *account(proof).claims):
        for part in stated.parts:
            chain = [part.first, *(line.formula for line in part.lines)]
            assert len(chain) == len(set(chain))
