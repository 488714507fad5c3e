"""How far a proof reaches: the instance it was made at, or every length and every size; and what is seen elsewhere."""

from __future__ import annotations

from symrnn.deciding.evaluate import Instance
from symrnn.deciding.evidence import Scope, Witness
from symrnn.deciding.hypotheses import Hypothesis, given
from symrnn.deciding.witness import Witnesses
from symrnn.judging.verdict import Ground
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.proving.opinion import Objection, Opinion
from symrnn.proving.prove import Prover

_SEED = 7

Hypotheses = tuple[Hypothesis, ...]


class Disagreement(AssertionError):
    """A proof for every length and size, and a length and size at which the claim fails: symrnn itself is wrong."""


class Reach:
    """Looks for a proof by induction of what was proven at an instance.

    With `every_length` false it does not look: the instance is all that is claimed. Whatever was proven, also at the instance alone,
    gets a second opinion at random lengths and sizes; `witnesses`, where there are any, are asked at their large instance as well.
    """

    def __init__(self, model: Model, scope: Scope, every_length: bool = True, witnesses: Witnesses | None = None) -> None:
        self.scope = scope
        self.every_length = every_length
        self.seen: dict[Claim, Witness] = {}
        #: Where a claim was proven that is too large at the instance.
        self.met_at: dict[Claim, Scope] = {}
        self._witnesses = witnesses
        self._prover = Prover(model)
        self._opinion = Opinion(model, _SEED)
        self._objections: dict[tuple[Claim, Hypotheses], Objection | None] = {}
        self._given = given(model)

    def of(self, claim: Claim, hypotheses: Hypotheses) -> Ground:
        """Every length and size with a checked proof by induction and no objection at random ones, else the instance.

        Raises Disagreement when two engines contradict each other.
        """
        scope = self.met_at.get(claim, self.scope)
        proof = self._prover.prove(claim, (*self._given, *hypotheses)) if self.every_length else None
        if proof is None:
            return Ground(claim, scope, None, self.seen.get(claim))
        objection = self.objection(claim, hypotheses)
        if objection is not None:
            raise Disagreement(f"an error in symrnn, please report it: proven for every length and size, but {objection.text}")
        if self._opinion.met_nowhere(claim, (*self._given, *hypotheses)):
            return Ground(claim, scope, None, self.seen.get(claim))
        return Ground(claim, "all", proof, self.seen.get(claim))

    def objection(self, claim: Claim, hypotheses: Hypotheses) -> Objection | None:
        """Where a claim that was proven at the instance fails, modulo a prime: at the large instance, or at a random one."""
        hypotheses = (*self._given, *hypotheses)
        key = claim, hypotheses
        if key not in self._objections:
            home = Instance(self.scope.steps, self.scope.sizes)
            self._objections[key] = self._denied(claim, hypotheses) or self._opinion.on(claim, hypotheses, home)
        return self._objections[key]

    def _denied(self, claim: Claim, hypotheses: Hypotheses) -> Objection | None:
        if self._witnesses is None:
            return None
        if claim not in self.seen:
            self.seen[claim] = self._witnesses.of(claim, hypotheses)
        seen = self.seen[claim]
        if seen.outcome != "differs":
            return None
        large = Instance(seen.scope.steps, seen.scope.sizes)
        return Objection(large, f"the sides differ modulo a prime at {seen.scope}, where {seen.where}")
