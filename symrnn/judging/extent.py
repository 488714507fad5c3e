"""How far a proof reaches: the instance it was made at, or every length and every size; and what is seen at a large one."""

from __future__ import annotations

from symrnn.deciding.evidence import Extent, Scope, Witness
from symrnn.deciding.hypotheses import Hypothesis, given
from symrnn.deciding.witness import Witnesses
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.proving import Opinion, Proof, Prover

_SEED = 7


class Disagreement(AssertionError):
    """A proof for every length and size, and a length and size at which the claim fails: symrnn itself is wrong."""


class Reach:
    """Looks for a proof by induction of what was proven at an instance, and keeps those found.

    With `every_length` false it does not look: the instance is all that is claimed. `witnesses`, where there are any, are asked
    at their large instance as well.
    """

    def __init__(self, model: Model, scope: Scope, every_length: bool = True, witnesses: Witnesses | None = None) -> None:
        self.scope = scope
        self.every_length = every_length
        self.proofs: dict[Claim, Proof] = {}
        self.seen: dict[Claim, Witness] = {}
        self._witnesses = witnesses
        self._prover = Prover(model)
        self._opinion = Opinion(model, _SEED)
        self._given = given(model)

    def of(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Extent:
        """``all`` with a checked proof by induction and no objection at random lengths and sizes, else the instance.

        Raises Disagreement when two engines contradict each other.
        """
        hypotheses = (*self._given, *hypotheses)
        proof = self._prover.prove(claim, hypotheses) if self.every_length else None
        if proof is None:
            return self.scope
        objection = self._opinion.on(claim, hypotheses)
        if self.denied(claim, hypotheses):
            objection = f"the sides differ modulo a prime at {self.seen[claim].scope}"
        if objection is not None:
            raise Disagreement(f"an error in symrnn, please report it: proven for every length and size, but {objection}")
        self.proofs[claim] = proof
        return "all"

    def denied(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> bool:
        """Whether a claim that was proven at the instance fails at the large one."""
        if self._witnesses is None:
            return False
        if claim not in self.seen:
            self.seen[claim] = self._witnesses.of(claim, hypotheses)
        return self.seen[claim].outcome == "differs"
