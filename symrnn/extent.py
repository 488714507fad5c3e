"""How far a proof reaches: the instance it was made at, or every length and every size."""

from __future__ import annotations

from symrnn.claims import Claim
from symrnn.hypotheses import Hypothesis
from symrnn.induction import Opinion, Proof, Prover
from symrnn.model import Model
from symrnn.verdict import Extent, Scope

_SEED = 7


class Disagreement(AssertionError):
    """A proof for every length and size, and a length and size at which the claim fails: symrnn itself is wrong."""


class Reach:
    """Looks for a proof by induction of what was proven at an instance, and keeps those found.

    With `every_length` false it does not look: the instance is all that is claimed.
    """

    def __init__(self, model: Model, scope: Scope, every_length: bool = True) -> None:
        self.scope = scope
        self.every_length = every_length
        self.proofs: dict[Claim, Proof] = {}
        self._prover = Prover(model)
        self._opinion = Opinion(model, _SEED)

    def of(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Extent:
        """``all`` with a checked proof by induction and no objection at random lengths and sizes, else the instance.

        Raises Disagreement when the two engines contradict each other.
        """
        proof = self._prover.prove(claim, hypotheses) if self.every_length else None
        if proof is None:
            return self.scope
        objection = self._opinion.on(claim, hypotheses)
        if objection is not None:
            raise Disagreement(f"an error in symrnn, please report it: proven for every length and size, but {objection}")
        self.proofs[claim] = proof
        return "all"
