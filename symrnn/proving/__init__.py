"""Proofs for every number of time steps and all sizes.

`prove_for_all` looks for a proof that a claim holds whatever the length of the sequence and the sizes of the axes; `check` tells
whether a proof is one, `explain` writes it out, `second_opinion` tries random lengths and sizes.
"""

from __future__ import annotations

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.proving.explain import explain
from symrnn.proving.meaning import Refused
from symrnn.proving.opinion import Objection, Opinion, second_opinion
from symrnn.proving.prove import Proof, Prover, check

__all__ = ["Objection", "Opinion", "Proof", "Prover", "Refused", "check", "explain", "prove_for_all", "second_opinion"]


def prove_for_all(model: Model, claim: Claim, hypotheses: tuple[Hypothesis, ...] = ()) -> Proof | None:
    """A proof that a claim holds for every length and every size under hypotheses; None when none was found.

    Whoever has several claims about one model keeps a `Prover`, which proves each lemma once.
    """
    return Prover(model).prove(claim, hypotheses)
