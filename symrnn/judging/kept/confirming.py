"""What was kept of a verdict, confirmed before it is believed again: proofs by the kernel, points by computing both sides anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain

from symrnn.deciding.decide import Decider
from symrnn.deciding.evaluate import Instance
from symrnn.deciding.evidence import Point
from symrnn.deciding.network import enlarged
from symrnn.judging.update import NoUpdate, update_claim, written_out
from symrnn.judging.verdict import Conditional, Proven, Repair, Slip, Verdict, Wrong
from symrnn.language.choices import ShapeClash
from symrnn.language.claims import Claim, extended
from symrnn.language.tensors import Plus, Tensor, rebuilt
from symrnn.language.terms import Relation
from symrnn.notation.said import Said
from symrnn.proving.certificates import Certificate
from symrnn.proving.kernel.outcomes import Declined, Refused
from symrnn.proving.prove import Proof
from symrnn.proving.translation import network_of
from symrnn.reading.elaborate import tried
from symrnn.reading.lexicon import Lexicon


@dataclass
class Confirmer:
    """Confirms verdicts in one network, whose `deciders` are at its instances; the kernel keeps what it has accepted."""

    deciders: tuple[Decider, ...]
    lexicon: Lexicon
    _accepted: dict[tuple[object, ...], list[Certificate]] = field(default_factory=dict, init=False, repr=False)

    def confirms(self, relation: Relation, verdict: Verdict) -> bool:
        """Whether what a verdict rests on is confirmed; what was proven at an instance alone never is."""
        if isinstance(verdict, (Proven, Conditional)):
            needs = verdict.hypotheses if isinstance(verdict, Conditional) else ()
            given = [g.hypothesis for g in verdict.given]
            points = (point for _, point in verdict.without if point) if isinstance(verdict, Conditional) else ()
            return self._proves(relation, verdict.ground.claim, verdict.ground.proof, (*needs, *given)) and all(
                map(self._fails, points)
            )
        if isinstance(verdict, Slip):
            found = verdict.certificate is None or self._fails_as_written(relation, verdict.certificate)
            return found and self.confirms_repair(verdict.repair)
        if isinstance(verdict, Wrong):
            repairs = (verdict.repair, *verdict.others)
            return self._fails_as_written(relation, verdict.certificate) and all(map(self.confirms_repair, repairs))
        return True

    def confirms_repair(self, repair: Repair | None) -> bool:
        """Whether a repair is proven for every length and size; that there is none claims nothing."""
        return repair is None or self._proves(repair.relation, repair.ground.claim, repair.ground.proof, repair.hypotheses)

    def _proves(self, relation: Relation, claim: Claim, proof: Proof | None, needs: Iterable[Said]) -> bool:
        decider = self.deciders[-1]
        if proof is None or proof.claim != claim or proof.model != decider.model or not self._may_say(relation, claim):
            return False
        if not {h.said for h in proof.hypotheses} <= {*needs, *(h.said for h in decider.given)}:
            return False
        try:
            proof.added_to(self._certificate(proof), "a claim")
        except (Refused, Declined):
            return False
        return True

    def _certificate(self, proof: Proof) -> Certificate:
        """What the kernel has accepted about the network, without another lemma of the name of one of these."""
        known = self._accepted.setdefault(proof.claim.unknown, [])
        fitting = next((certificate for certificate in known if certificate.knows(proof.lemmas)), None)
        if fitting is None:
            fitting = Certificate(network_of(extended(self.deciders[-1].model, proof.claim)))
            known.append(fitting)
        return fitting

    def _fails_as_written(self, relation: Relation, certificate: Point | ShapeClash) -> bool:
        if isinstance(certificate, ShapeClash):
            return not any(True for _ in self._claims(relation))
        return self._may_say(relation, certificate.claim) and self._fails(certificate)

    def _fails(self, point: Point) -> bool:
        at, unknown = Instance(point.scope.steps, point.scope.sizes), point.claim.unknown
        return any(decider.fails_at(point) for decider in self.deciders if enlarged(decider.instance, unknown) == at)

    def _may_say(self, relation: Relation, claim: Claim) -> bool:
        return any(other == claim or _in_order(other) == _in_order(claim) for other in self._claims(relation))

    def _claims(self, relation: Relation) -> Iterator[Claim]:
        """What an equation may say, an update rule among them."""
        model = self.deciders[-1].model
        for said in chain([relation], self._of_update(relation)):
            yield from (claim for claim, _ in tried(said, model, self.lexicon) if isinstance(claim, Claim))

    def _of_update(self, relation: Relation) -> Iterator[Relation]:
        for rule in (update_claim, written_out):
            try:
                said = rule(relation, self.deciders[-1].model, self.lexicon)
            except NoUpdate:
                continue
            if said is not None:
                yield said


@lru_cache(maxsize=256)
def _in_order(claim: Claim) -> Claim:
    """A claim with the terms of its sums in an order that does not depend on what else a process has read before."""
    return replace(claim, left=_sorted(claim.left), right=_sorted(claim.right))


def _sorted(node: Tensor) -> Tensor:
    node = rebuilt(node, _sorted)
    return Plus(tuple(sorted(node.terms, key=repr))) if isinstance(node, Plus) else node
