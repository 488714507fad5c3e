"""The smallest change to a formula that can be proven.

Notation first: up to three edits that no one would call mathematics. Then convention and mathematics, at the right side,
by a beam search that is guided by how many time steps a changed formula survives. Every candidate passes the sieve
modulo a prime; what is reported was proven exactly.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from symrnn.algebras.base import TooLarge, Undefined
from symrnn.decide import Decider, Holds
from symrnn.edits import (
    CONVENTION,
    MATHEMATICS,
    NOTATION,
    Change,
    Setting,
    changed_paths,
    deeper_edits,
    notation_edits,
)
from symrnn.elaborate import Reading, readings
from symrnn.evaluate import Unsupported
from symrnn.hypotheses import Hypothesis
from symrnn.terms import Relation
from symrnn.verdict import Edit, Repair

_COST = {NOTATION: 1, CONVENTION: 10, MATHEMATICS: 11}
_MOST_NOTATION_EDITS = 3
_MOST_DEEP_EDITS = 4
_MOST_TRIED = 1500
_BEAM = 12


@dataclass(frozen=True)
class Candidate:
    """A changed relation with the edits that led to it."""

    relation: Relation
    edits: tuple[Edit, ...] = ()

    @property
    def cost(self) -> int:
        return sum(_COST[e.kind] for e in self.edits)


@dataclass
class Mender:
    """Searches repairs of the statements of one document.

    `stages` are deciders at growing numbers of time steps, the last one at the full instance; a candidate is only asked
    the next one when it survived the one before.
    """

    decider: Decider
    stages: tuple[Decider, ...]
    setting: Setting
    known: list[Callable[[Relation, Setting], Iterator[Change]]] = field(default_factory=list)

    # ---------------------------------------------------------------------------------------------------- notation

    def slip(self, relation: Relation, setting: Setting, head: tuple[Edit, ...] = ()) -> Repair | None:
        """The cheapest edit of notation that makes a relation provable."""
        seen = {relation}
        layer = [Candidate(relation)]
        tried = 0
        for _ in range(_MOST_NOTATION_EDITS):
            following: list[Candidate] = []
            found: list[tuple[Candidate, Reading, tuple[Hypothesis, ...]]] = []
            for candidate in layer:
                for change in notation_edits(candidate.relation, setting):
                    if change.relation in seen or tried > _MOST_TRIED:
                        continue
                    seen.add(change.relation)
                    tried += 1
                    grown = Candidate(change.relation, (*candidate.edits, change.edit))
                    following.append(grown)
                    survivor = self.survives(grown.relation, self.decider)
                    if survivor is not None:
                        found.append((grown, *survivor))
            found.sort(key=lambda f: (len(f[2]), _head_first(f[0], head)))
            for candidate, reading, hypotheses in found:
                repair = self.proven(relation, candidate, reading, hypotheses)
                if repair is not None:
                    return repair
            layer = following
        return None

    # -------------------------------------------------------------------------------------------------------- sieve

    def survives(self, relation: Relation, decider: Decider) -> tuple[Reading, tuple[Hypothesis, ...]] | None:
        """The first reading under which the sieve finds no difference, with the hypotheses it needs."""
        best: tuple[Reading, tuple[Hypothesis, ...]] | None = None
        for reading in readings(relation, self.setting.model, self.setting.lexicon)[0]:
            if reading.claim.unknown:
                continue
            try:
                hypotheses = decider.sieve(reading.claim)
            except (Undefined, Unsupported, TooLarge):
                continue
            if hypotheses is not None and (best is None or len(hypotheses) < len(best[1])):
                best = reading, hypotheses
        return best

    def proven(
        self, original: Relation, candidate: Candidate, reading: Reading, hypotheses: tuple[Hypothesis, ...]
    ) -> Repair | None:
        """The candidate as a repair, if the exact engine proves it."""
        outcome = self.decider.prove(reading.claim, hypotheses)
        if not isinstance(outcome, Holds):
            return None
        return Repair(
            candidate.relation,
            candidate.edits,
            self.decider.scope(),
            tuple(h.text for h in hypotheses),
            reading.answers,
            tuple(changed_paths(original.left, candidate.relation.left)),
            tuple(changed_paths(original.right, candidate.relation.right)),
        )

    # --------------------------------------------------------------------------------------- convention, mathematics

    def mend(self, relation: Relation, setting: Setting) -> list[Repair]:
        """The cheapest changes of convention and mathematics that were proven, best first (those of equal cost together)."""
        start = Candidate(relation)
        beam = [(self.height(relation), start)]
        seen = {relation}
        for _ in range(_MOST_DEEP_EDITS):
            grown = self._grown(beam, seen, setting)
            complete = [c for height, c in grown if height == len(self.stages)]
            repairs = self._all_proven(relation, complete)
            if repairs:
                return repairs
            beam = heapq.nsmallest(_BEAM, grown, key=lambda pair: (-pair[0], pair[1].cost))
            if not beam:
                break
        return []

    def _grown(
        self, beam: list[tuple[int, Candidate]], seen: set[Relation], setting: Setting
    ) -> list[tuple[int, Candidate]]:
        result = []
        for height, candidate in beam:
            for change in self._changes(candidate.relation, setting):
                if change.relation in seen:
                    continue
                seen.add(change.relation)
                grown = Candidate(change.relation, (*candidate.edits, change.edit))
                reached = self.height(change.relation)
                if reached >= height:
                    result.append((reached, grown))
        return result

    def _changes(self, relation: Relation, setting: Setting) -> Iterator[Change]:
        for source in self.known:
            yield from source(relation, setting)
        yield from deeper_edits(relation, setting)

    def height(self, relation: Relation) -> int:
        """How many stages a relation survives; -1 when it has no meaning at all."""
        admissible = [r for r in readings(relation, self.setting.model, self.setting.lexicon)[0] if not r.claim.unknown]
        best = -1
        for reading in admissible:
            best = max(best, self._height(reading))
        return best

    def _height(self, reading: Reading) -> int:
        for number, stage in enumerate(self.stages):
            try:
                if stage.sieve(reading.claim) is None:
                    return number
            except (Undefined, Unsupported, TooLarge):
                return number
        return len(self.stages)

    def _all_proven(self, original: Relation, candidates: list[Candidate]) -> list[Repair]:
        result: list[tuple[int, int, Repair]] = []
        for candidate in sorted(candidates, key=lambda c: c.cost):
            survivor = self.survives(candidate.relation, self.decider)
            if survivor is None:
                continue
            repair = self.proven(original, candidate, *survivor)
            if repair is not None:
                result.append((len(repair.hypotheses), candidate.cost, repair))
        result.sort(key=lambda entry: entry[:2])
        return [repair for _, _, repair in result]


def _head_first(candidate: Candidate, head: tuple[Edit, ...]) -> tuple[int, int]:
    """Prefers the edit that the line before in the same chain needed."""
    return 0 if set(head) & set(candidate.edits) else 1, len(candidate.edits)
