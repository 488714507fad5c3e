"""States that need each other, or run both ways: their derivatives go step by step, by one induction, and nothing false is proven."""

# The claims are long lines of LaTeX.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from symrnn.deciding.hypotheses import about_values
from symrnn.language.claims import Claim
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.proving.explain import explain
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.proofs import Chain, Induction, Lemma, Step, groups
from symrnn.proving.prove import Proof, Prover, read_by_kernel
from symrnn.reading.definitions import Understanding, understand
from symrnn.reading.elaborate import readings

PAIR = (
    r"a_t = \tanh(A b_{t-1} + U x_t)",
    r"b_t = \sigma(B a_{t-1} + D b_{t-1})",
    r"L = \sum_{t=1}^T v^T b_t",
)
LSTM = (
    r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
    r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)",
    r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
    r"g_t = \tanh(W_g x_t + U_g h_{t-1} + b_g)",
    r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
    r"h_t = o_t \odot \tanh(c_t)",
    r"L_t = \frac12 \|h_t - y_t\|^2",
    r"L = \sum_{t=1}^T L_t",
)
GRU = (
    r"z_t = \sigma(W_z x_t + U_z h_{t-1})",
    r"r_t = \sigma(W_r x_t + U_r h_{t-1})",
    r"n_t = \tanh(W_n x_t + U_n (r_t \odot h_{t-1}))",
    r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t",
    r"L = \frac1T \sum_{t=1}^T \frac12 \|h_t - y_t\|^2",
)
#: A state that runs forwards and one that runs backwards, twice: the second pair reads both of the first.
BOTH = (
    r"a_t = \tanh(A a_{t-1} + U x_t)",
    r"b_t = \tanh(B b_{t+1} + D x_t)",
    r"L = \sum_{t=1}^T (v^T a_t + w^T (b_t \odot b_t))",
)
SQUARED = (*BOTH[:2], r"q_t = P a_t + Q b_t", r"L = \frac12 \sum_{t=1}^T \|q_t - y_t\|^2")
DEEP = (
    *BOTH[:2],
    r"p_t = \tanh(P a_t + Q b_t + R p_{t-1})",
    r"q_t = \tanh(M a_t + N b_t + S q_{t+1})",
    r"L = \sum_{t=1}^T (v^T p_t + w^T q_t)",
)

TRUE = (
    (PAIR, r"\frac{\partial L}{\partial a_t} = B^T \mathrm{diag}(b_{t+1} \odot (1 - b_{t+1})) \frac{\partial L}{\partial b_{t+1}}"),
    (PAIR, r"\frac{\partial L}{\partial b_t} = v + A^T \mathrm{diag}(1 - a_{t+1}^2) \frac{\partial L}{\partial a_{t+1}} + D^T \mathrm{diag}(b_{t+1} \odot (1 - b_{t+1})) \frac{\partial L}{\partial b_{t+1}}"),
    (PAIR, r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \left(\frac{\partial L}{\partial a_t} \odot (1 - a_t^2)\right) b_{t-1}^T"),
    (PAIR, r"\frac{\partial a_t}{\partial a_{t-1}} = 0"),
    (PAIR, r"\frac{\partial a_t}{\partial b_t} = 0"),
    (LSTM, r"\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(o_t \odot (1 - \tanh^2(c_t)))"),
    (LSTM, r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \odot o_t \odot (1 - \tanh^2(c_t)) + \frac{\partial L}{\partial c_{t+1}} \odot f_{t+1}"),
    (LSTM, r"\frac{\partial L}{\partial W_f} = \sum_{t=1}^T \left(\frac{\partial L}{\partial c_t} \odot c_{t-1} \odot f_t \odot (1 - f_t)\right) x_t^T"),
    (LSTM, r"\frac{\partial^+ c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)"),
    (BOTH, r"\frac{\partial L}{\partial a_t} = v + A^T ((1 - a_{t+1}^2) \odot \frac{\partial L}{\partial a_{t+1}})"),
    (BOTH, r"\frac{\partial L}{\partial b_t} = 2 w \odot b_t + B^T ((1 - b_{t-1}^2) \odot \frac{\partial L}{\partial b_{t-1}})"),
    (BOTH, r"\frac{\partial L}{\partial B} = \sum_{t=1}^T ((1 - b_t^2) \odot \frac{\partial L}{\partial b_t}) b_{t+1}^T"),
    (BOTH, r"\frac{\partial b_t}{\partial a_t} = 0"),
    (SQUARED, r"\frac{\partial L}{\partial a_t} = P^T (q_t - y_t) + A^T ((1 - a_{t+1}^2) \odot \frac{\partial L}{\partial a_{t+1}})"),
    (SQUARED, r"\frac{\partial L}{\partial D} = \sum_{t=1}^T ((1 - b_t^2) \odot \frac{\partial L}{\partial b_t}) x_t^T"),
    (DEEP, r"\frac{\partial L}{\partial q_t} = w + S^T ((1 - q_{t-1}^2) \odot \frac{\partial L}{\partial q_{t-1}})"),
    (DEEP, r"\frac{\partial L}{\partial R} = \sum_{t=1}^T ((1 - p_t^2) \odot \frac{\partial L}{\partial p_t}) p_{t-1}^T"),
    (GRU, r"\frac{\partial L}{\partial U_n} = \sum_{t=1}^T \left(\frac{\partial L}{\partial n_t} \odot (1 - n_t^2)\right) (r_t \odot h_{t-1})^T"),
)  # fmt: skip
FALSE = (
    (PAIR, r"\frac{\partial L}{\partial a_t} = B^T \mathrm{diag}(b_t \odot (1 - b_t)) \frac{\partial L}{\partial b_{t+1}}"),
    (PAIR, r"\frac{\partial b_t}{\partial a_t} = B"),
    (PAIR, r"\frac{\partial b_{t+1}}{\partial a_t} = 0"),
    (BOTH, r"\frac{\partial L}{\partial b_t} = 2 w \odot b_t + B^T ((1 - b_{t+1}^2) \odot \frac{\partial L}{\partial b_{t+1}})"),
    (BOTH, r"\frac{\partial L}{\partial B} = \sum_{t=1}^T ((1 - b_t^2) \odot \frac{\partial L}{\partial b_t}) b_{t-1}^T"),
    (BOTH, r"\frac{\partial b_t}{\partial b_{t+1}} = 0"),
    (DEEP, r"\frac{\partial q_t}{\partial a_t} = 0"),
    (LSTM, r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)"),
    (LSTM, r"\frac{\partial L}{\partial W_f} = \sum_{t=2}^T \left(\frac{\partial L}{\partial f_t} \odot f_t\right) x_t^T"),
)  # fmt: skip

Document = tuple[str, ...]


def relation(latex: str) -> Relation:
    chain = read_row(latex)[0]
    return Relation(chain.operators[0], chain.sides[0], chain.sides[-1])


@cache
def understood(document: Document) -> Understanding:
    """The model of a document that also says everything that is claimed of it (claims tell what letters count)."""
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


def proven(document: Document, latex: str) -> Proof | None:
    values = about_values(understood(document).model)
    found = (prover(document).prove(claim, values) for claim in claims(document, latex))
    return next((proof for proof in found if proof is not None), None)


@pytest.mark.parametrize(("document", "latex"), TRUE)
def test_true_for_every_length_and_size(document: Document, latex: str) -> None:
    proof = proven(document, latex)
    assert proof is not None
    read_by_kernel(proof)


@pytest.mark.parametrize(("document", "latex"), FALSE)
def test_what_is_false_is_not_proven(document: Document, latex: str) -> None:
    assert proven(document, latex) is None


# ------------------------------------------------------------------------------------- one induction for several lemmas


@cache
def together() -> tuple[Proof, tuple[Lemma, ...]]:
    """A proof that uses lemmas which one induction proves, and these lemmas."""
    proof = proven(*TRUE[0])
    assert proof is not None
    group = next(members for members in groups(proof.lemmas) if len(members) > 1 and members[0].equation.right)
    return proof, group


def refusal(*changed: Lemma) -> str:
    """Why the kernel refuses a proof whose group of lemmas is another one; nothing where it accepts it."""
    proof, group = together()
    at = proof.lemmas.index(group[0])
    try:
        read_by_kernel(replace(proof, lemmas=(*proof.lemmas[:at], *changed, *proof.lemmas[at + len(group) :])))
    except Refused as reason:
        return str(reason)
    return ""


def test_lemmas_of_one_induction_are_accepted_together_only() -> None:
    first, second = together()[1]
    assert not refusal(first, second) and not refusal(second, first)
    alone = "no lemma before is called earlier"
    assert alone in refusal(first) and alone in refusal(second)
    assert alone in refusal(replace(first, group="one"), replace(second, group="other"))
    assert alone in refusal(replace(first, group=""), replace(second, group=""))


def test_lemmas_of_one_induction_have_names_of_their_own() -> None:
    first, second = together()[1]
    for other in (first.name, "earlier", f"earlier {first.name}"):
        assert "two lemmas of that name" in refusal(first, replace(second, name=other))


def test_lemmas_of_one_induction_are_all_proven_by_it() -> None:
    first, second = together()[1]
    assert isinstance(second.proof, Induction)
    assert "need one induction" in refusal(first, replace(second, proof=second.proof.step))
    assert "need one induction" in refusal(replace(first, proof=Chain((), ())), replace(second, proof=Chain((), ())))
    assert "end in the same sum" in refusal(first, replace(second, proof=replace(second.proof, base=Chain((), ()))))


@pytest.mark.parametrize("change", [{"start": Affine((), 1)}, {"direction": -1}, {"variable": "~u"}])
def test_lemmas_of_one_induction_share_its_course(change: dict[str, Any]) -> None:
    first, second = together()[1]
    assert isinstance(second.proof, Induction)
    assert "need one induction" in refusal(first, replace(second, proof=replace(second.proof, **change)))


def test_what_is_proven_at_once_may_only_be_used_one_value_earlier() -> None:
    """Each lemma from the other one at the same value: that would prove anything."""
    first, second = together()[1]
    assert isinstance(first.proof, Induction)
    left = tuple(
        later(step) if step.rule == "use" and step.data[0].startswith("earlier") else step for step in first.proof.step.left
    )
    assert left != first.proof.step.left
    changed = replace(first, proof=replace(first.proof, step=replace(first.proof.step, left=left)))
    assert "about one value earlier" in refusal(changed, second)


def later(step: Step) -> Step:
    """A use of a hypothesis, one value later than it was."""
    name, values = step.data
    return replace(step, data=(name, tuple((n, x + 1) if n == "~s" else (n, x) for n, x in values)))


def test_the_account_says_that_several_lemmas_have_one_induction() -> None:
    text = "\n".join(explain(together()[0]))
    assert "By induction on" in text and "for 2 neighbouring lemmas at once." in text
