"""The smallest change to a formula that can be proven.

Notation first: up to three edits that no one would call mathematics, those that the document needed before ahead of all
others. Then convention and mathematics, at the right side: first the repairs of earlier statements with the orders,
transposes and bounds that go with them, then every small edit, in a beam search that is guided by how many time steps a
changed formula survives. Every candidate passes the sieve modulo a prime; what is reported was proven exactly.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from symrnn.deciding.algebras.base import TooLarge, Undefined
from symrnn.deciding.decide import Decider, Holds, dependencies
from symrnn.deciding.evaluate import Unsupported
from symrnn.deciding.hypotheses import Hypothesis, among_the_steps
from symrnn.judging.answers import derived
from symrnn.judging.edits import (
    Change,
    EarlierRepair,
    Setting,
    answered_edits,
    bound_index_edits,
    deeper_edits,
    explicit_marks,
    letter_edits,
    likely_edits,
    notation_edits,
)
from symrnn.judging.edits.changes import changed_paths
from symrnn.judging.extent import Reach
from symrnn.judging.mistakes import NOTATION, ORDER
from symrnn.judging.update import UPDATE
from symrnn.judging.verdict import Changed, Edit, Exchange, Repair, cost_of
from symrnn.language import questions
from symrnn.language.budget import limited
from symrnn.language.claims import Reading, extended
from symrnn.language.model import Model
from symrnn.language.parts import terms_of
from symrnn.language.questions import Answers, Question
from symrnn.language.tensors import Affine, Jac, Ref, refs_in
from symrnn.language.terms import Add, Big, Deriv, Frac, Mark, Relation, Term, walk
from symrnn.notation import latex
from symrnn.reading.elaborate import readings
from symrnn.reading.elaborate.immediate import IMMEDIATE, with_immediate
from symrnn.reading.elaborate.prefixed import is_of_unnamed_loss
from symrnn.reading.lexicon import Lexicon

_MOST_EDITS = 4
#: How many edits of notation that are familiar a repair may begin with.
_MOST_FAMILIAR = 2
#: The operations that the search for a repair may take.
_BUDGET = 30_000_000
#: How many changed formulas are tried: single edits, and each further layer of edits.
_MOST_SINGLE = 2000
_MOST_TRIED = 400
_MOST_KEPT = 3
_BEAM, _WIDE = 10, 200
#: How many formulas the first search of a document may try in all, and how often that is halved for later ones.
_SHARE, _MOST_HALVED = 4096, 6

#: A relation, and the conventions that are settled where it is read.
Pinned = tuple[Relation, Answers]
Source = Callable[[Relation, Setting], Iterator[Change]]
Survivor = tuple["Candidate", Reading, tuple[Hypothesis, ...]]


@dataclass(frozen=True)
class Candidate:
    """A changed relation with the edits that led to it."""

    relation: Relation
    edits: tuple[Edit, ...] = ()

    @property
    def cost(self) -> int:
        return cost_of(self.edits)

    def grown(self, change: Change) -> Candidate:
        return Candidate(change.relation, (*self.edits, change.edit))


@dataclass
class Tries:
    """How many formulas the searches of one document have tried: the more, the fewer the next one may try, but never none.

    They are counted, so that a document of any length is checked in bounded time, and in the same way on every machine.
    """

    made: int = 0

    @property
    def share(self) -> int:
        """How many formulas the next search may try: half as many each time that half of the first share was used."""
        return _SHARE >> min(2 * self.made // _SHARE, _MOST_HALVED)


@dataclass
class Mender:
    """Searches repairs of the statements of one document.

    `stages` are deciders at growing numbers of time steps, the last one at the full instance; a candidate is only asked
    the next one when it survived the one before. `familiar` holds the edits of notation that earlier statements needed,
    `earlier` the repairs of wrong ones.
    """

    decider: Decider
    stages: tuple[Decider, ...]
    setting: Setting
    reach: Reach
    familiar: set[Changed] = field(default_factory=set)
    earlier: list[EarlierRepair] = field(default_factory=list)
    pinned: dict[Question, str] = field(default_factory=dict)
    tries: Tries = field(default_factory=Tries)
    _left: int = field(default=0, init=False, repr=False)
    _answers: dict[Relation, Repair | None] = field(default_factory=dict, init=False, repr=False)
    _read: dict[Pinned, list[Reading]] = field(default_factory=dict, init=False, repr=False)
    _answered: set[Pinned] = field(default_factory=set, init=False, repr=False)
    _heights: dict[Pinned, int] = field(default_factory=dict, init=False, repr=False)

    # ---------------------------------------------------------------------------------------------------- notation

    def slip(self, relation: Relation, setting: Setting) -> Repair | None:
        """The cheapest edits of notation that make a relation provable."""
        self._begin()

        def again(r: Relation, s: Setting) -> Iterator[Change]:
            return (c for c in notation_edits(r, s) if c.edit.change in self.familiar)

        repair = self._layered(relation, setting, ((again, 3),)) or self._layered(
            relation, setting, ((letter_edits, 3), (notation_edits, 2))
        )
        if repair is None or (setting.update and not self._is_step(repair.relation)):
            return None
        self.familiar.update(e.change for e in repair.edits)
        return repair

    def _begin(self) -> None:
        """Begins with another statement, which shares no changed formula with those before; only answers are read as they were."""
        self._heights.clear()
        self._read = {key: found for key, found in self._read.items() if key in self._answered}

    def _is_step(self, relation: Relation) -> bool:
        """Whether it is a parameter that an update changes: a state minus a derivative that is zero is still that state."""
        changed = relation.left.terms[0] if isinstance(relation.left, Add) else relation.left  # W, or the W of W - α ∂L/∂W
        found = self.setting.lexicon.occurrence(changed)
        quantities = () if found is None else self.setting.model.named(found.name).values()
        return any(q.is_parameter for q in quantities)

    def _layered(self, relation: Relation, setting: Setting, sources: Sequence[tuple[Source, int]]) -> Repair | None:
        """Breadth first: one edit from each source, then two, each source up to its depth."""
        searches = [({relation}, [Candidate(relation)]) for _ in sources]
        for depth in range(1, max(most for _, most in sources) + 1):
            for number, (source, most) in enumerate(sources):
                seen, layer = searches[number]
                if depth > most or len(seen) > _MOST_TRIED:
                    continue
                layer = list(self._next_layer(layer, seen, setting, source))
                searches[number] = seen, layer
                repair = self._first_proven(relation, [s for c in layer if (s := self._survivor(c)) is not None])
                if repair is not None:
                    return repair
        return None

    def _next_layer(
        self, layer: list[Candidate], seen: set[Relation], setting: Setting, source: Source, most: int = _MOST_TRIED
    ) -> Iterator[Candidate]:
        for candidate in layer if len(seen) <= most else ():
            for change in source(candidate.relation, setting):
                if change.relation in seen or any(undoes(change.edit, e) for e in candidate.edits):
                    continue
                if not setting.update and _says_nothing(change.relation, candidate.relation):
                    continue
                seen.add(change.relation)
                yield candidate.grown(change)
                if len(seen) > most:
                    return

    def _survivor(self, candidate: Candidate) -> Survivor | None:
        found = self.survives(candidate.relation, self.decider)
        return None if found is None else (candidate, *found)

    def _first_proven(self, original: Relation, survivors: list[Survivor]) -> Repair | None:
        for candidate, reading, hypotheses in sorted(survivors, key=self._preference):
            repair = self.proven(original, candidate, reading, hypotheses)
            if repair is not None:
                return repair
        return None

    def _preference(self, survivor: Survivor, answer: Counter[Term] | None = None) -> tuple[int, int, bool, bool, int, int]:
        """Fewer hypotheses, cheaper edits, nothing read in an unusual order or as a short form, in rows no matrix left of one, the shorter
        formula, the nearest to the answer of which the pieces are given."""
        candidate, reading, hypotheses = survivor
        unusual = {questions.READ_AS_ROW, questions.TAKEN_FIRST, questions.SIDE_BY_SIDE, questions.IMMEDIATE}
        turned = not unusual.isdisjoint(dict(reading.answers))
        moved = self.setting.model.row_vectors and any(edit.mistake == ORDER for edit in candidate.edits)
        length = len(latex(candidate.relation.left)) + len(latex(candidate.relation.right))
        return len(hypotheses), candidate.cost, turned, moved, length, _distance(candidate, answer)

    # -------------------------------------------------------------------------------------------------------- sieve

    def survives(self, relation: Relation, decider: Decider) -> tuple[Reading, tuple[Hypothesis, ...]] | None:
        """The first reading under which the sieve finds no difference, with the hypotheses it needs."""
        best: tuple[Reading, tuple[Hypothesis, ...]] | None = None
        for reading in self._readings(relation):
            try:
                hypotheses = decider.sieve(reading.claim, one_hot=False)
            except (Undefined, Unsupported, TooLarge):
                continue
            if hypotheses is None or not self._acceptable(relation, reading, hypotheses):
                continue
            if best is None or len(hypotheses) < len(best[1]):
                best = reading, hypotheses
            if best is not None and not best[1]:
                break
        return best

    def _acceptable(self, relation: Relation, reading: Reading, hypotheses: tuple[Hypothesis, ...]) -> bool:
        """A repair may need a case of classes, as in a softmax, but not that two other indices happen to be equal; and it says
        something: its sides are not the same formula, and its right side does not add to its left side, but for an update rule, and
        nothing in it is differentiated by what it is not made of. Nor does it need that a number of steps is small.

        (Nor is it looked for under one-hot targets: with their zeros too much is true that no author meant.)
        """
        is_itself = reading.claim.left is reading.claim.right or relation.left in terms_of(relation.right)
        if is_itself and relation.op != UPDATE:
            return False
        model = extended(self.setting.model, reading.claim)
        if any(isinstance(node, Jac) and _vanishes(node, model) for node in reading.claim.nodes()):
            return False
        ordered = [h.condition for h in hypotheses if h.kind == "in order" and h.condition is not None]
        if any(all(c < 0 for _, c in (condition.right - condition.left).terms) for condition in ordered):
            return False
        labels = {name: label for name, _, label in reading.claim.variables}
        pairs = [h.condition.names() for h in hypotheses if h.kind in ("equal", "different") and h.condition is not None]
        return all(labels[name] == "classes" for pair in pairs for name in pair)

    def _readings(self, relation: Relation) -> list[Reading]:
        """The readings of a changed relation; one that rests on letters without a meaning is no repair."""
        return self._read_with(relation, self.setting.lexicon)

    def _read_with(self, relation: Relation, lexicon: Lexicon) -> list[Reading]:
        key = self._key(relation)
        if key not in self._read:
            immediate = with_immediate(relation, self.setting.model, lexicon) if self._unfolds(relation) else None
            try:
                admissible = readings(relation, self.setting.model, lexicon, self.pinned)[0]
                if immediate is not None:
                    found = readings(immediate, self.setting.model, lexicon, self.pinned)[0]
                    admissible += [reading.also(IMMEDIATE) for reading in found]
            except TooLarge:
                return []
            self._read[key] = [r for r in admissible if all(not q.shape or is_of_unnamed_loss(q) for q in r.claim.unknown)]
        return self._read[key]

    def _key(self, relation: Relation) -> Pinned:
        """A relation with the conventions that are settled now."""
        return relation, tuple(self.pinned.items())

    def _unfolds(self, relation: Relation) -> bool:
        """Whether an equation for a derivative by a matrix has other derivatives by it, beside which vectors stand for such, or none
        because it is for the explicit one, or is the sum over the steps of that of a vector."""
        left = relation.left
        if not isinstance(left, Deriv):
            return False
        nodes = [node for _, node in walk(relation.right)]
        found = self.setting.lexicon.occurrence(left.numerator)
        known = self.setting.model.named(found.name).values() if found is not None else ()
        return (
            isinstance(left.numerator, Mark)
            or any(isinstance(node, Deriv) and node.denominator == left.denominator for node in nodes)
            or (any(q.shape for q in known) and any(isinstance(node, Big) for node in nodes))
        )

    def proven(
        self, original: Relation, candidate: Candidate, reading: Reading, hypotheses: tuple[Hypothesis, ...]
    ) -> Repair | None:
        """The candidate as a repair, if the exact engine proves it."""
        if self._is_another_formula(candidate):
            return None
        outcome = self._prove(reading, hypotheses)
        if (
            outcome is not None and self.reach.objection(reading.claim, hypotheses) is not None
        ):  # where a step that it names is none
            reading = replace(reading, claim=among_the_steps(reading.claim, self.decider.model))
            outcome = self._prove(reading, hypotheses)
        if outcome is None or self.reach.objection(reading.claim, hypotheses) is not None:
            return None
        return Repair(
            candidate.relation,
            candidate.edits,
            self.reach.of(reading.claim, hypotheses),
            tuple(h.said for h in hypotheses),
            reading.answers,
            changed_paths(original.left, candidate.relation.left),
            changed_paths(original.right, candidate.relation.right),
        )

    def _is_another_formula(self, candidate: Candidate) -> bool:
        """Whether more was changed than the formula has quantities: nothing is left of what was written."""
        changes = sum(edit.kind != NOTATION for edit in candidate.edits)
        quantities = sum(self.setting.quantity(node) is not None for _, node in walk(candidate.relation.right))
        return changes > max(1, quantities)

    def _prove(self, reading: Reading, hypotheses: tuple[Hypothesis, ...]) -> Holds | None:
        try:
            outcome = self.decider.prove(reading.claim, hypotheses)
        except (Undefined, Unsupported, TooLarge):
            return None
        return outcome if isinstance(outcome, Holds) else None

    # ------------------------------------------------------------------------------------------------------- answer

    def forget(self) -> None:
        """Forgets the answers: more is known of the letters that they are written in."""
        self._answers.clear()

    def answer(self, relation: Relation) -> Repair | None:
        """The equation with the right side that it should have, derived and proven; None where that is beyond the rules or the proof."""
        if relation not in self._answers:
            self._answers[relation] = self._answer(relation)
        return self._answers[relation]

    def _answer(self, relation: Relation) -> Repair | None:
        lexicon = self.setting.lexicon
        for right, letters in derived(relation, self.setting):
            candidate = Candidate(Relation("=", relation.left, right, relation.conditions))
            self._answered.add(self._key(candidate.relation))
            self._read_with(candidate.relation, replace(lexicon, indices=lexicon.indices | letters))
            found = self.survives(candidate.relation, self.decider)
            repair = None if found is None else self.proven(relation, candidate, *found)
            if repair is not None:
                return repair
        return None

    # --------------------------------------------------------------------------------------- convention, mathematics

    def mend(self, relation: Relation, setting: Setting, label: str) -> tuple[list[Repair], bool]:
        """The cheapest changes of convention and mathematics that were proven, best first (those of equal cost together).

        Single edits come first, unless a formula holds what an earlier repair has changed. The search has a budget of its own: long
        formulas use up that of their statement before. Whether it has tried all that it would is told.
        """
        self._left = share = self.tries.share
        with limited(_BUDGET):
            repairs = self._mended(relation, setting, label)
        self.tries.made += share - max(self._left, 0)
        return repairs, self._left >= 0

    def _starts(self, relation: Relation, setting: Setting) -> list[Candidate]:
        """What repairs begin with: the formula as it is, with its marks, and with the edits of notation that others needed before.

        So it is with the index of a sum that its summand does not have.
        """
        known = Candidate(relation)
        for _ in range(_MOST_FAMILIAR):
            changes = notation_edits(known.relation, setting)
            change = next((c for c in changes if c.edit.change in self.familiar and c.relation != relation), None)
            known = known if change is None else known.grown(change)
        notations = (*explicit_marks(relation, setting), *bound_index_edits(relation, setting))
        marks = (Candidate(relation).grown(change) for change in notations)
        return list({c.relation: c for c in (Candidate(relation), known, *marks)}.values())

    def _mended(self, relation: Relation, setting: Setting, label: str) -> list[Repair]:
        known = self.answer(relation)
        setting = replace(setting, answer=None if known is None else known.relation.right)
        rests = any(True for source in self.earlier for _ in source(relation, setting))
        repairs = (
            (rests and self._search(relation, setting, self._likely, _WIDE))
            or self._search(relation, setting, self._single, 0, 1)
            or self._search(relation, setting, self._likely, _WIDE)
            or self._search(relation, setting, self._any, _BEAM, 3)
        )
        if repairs:
            for repair in repairs[:_MOST_KEPT]:
                self.earlier.append(EarlierRepair(label, relation.right, repair.relation.right, repair.edits))
        return repairs

    def _likely(self, relation: Relation, setting: Setting) -> Iterator[Change]:
        for source in self.earlier:
            yield from source(relation, setting)
        yield from likely_edits(relation, setting)

    def _single(self, relation: Relation, setting: Setting) -> Iterator[Change]:
        yield from self._any(relation, setting)
        yield from answered_edits(relation, setting)

    def _any(self, relation: Relation, setting: Setting) -> Iterator[Change]:
        for source in self.earlier:
            yield from source(relation, setting)
        yield from deeper_edits(relation, setting)

    def _search(self, relation: Relation, setting: Setting, source: Source, width: int, depth: int = _MOST_EDITS) -> list[Repair]:
        """A beam search: candidates that survive more time steps go first, then those nearer to the answer, then cheaper ones.

        Of single edits none is left out, so that what else a document defines does not decide which ones are tried.
        """
        beam = [(-1, start) for start in self._starts(relation, setting)]
        seen = {start.relation for _, start in beam}
        answer = None if setting.answer is None else _pieces(setting.answer)
        for edits in range(depth):
            grown, most = [], len(seen) + _MOST_TRIED if edits else _MOST_SINGLE * len(beam)
            for height, candidate in beam:
                for new in self._within_share(self._next_layer([candidate], seen, setting, source, most)):
                    reached = self.height(new.relation)
                    if reached >= height:
                        grown.append((reached, new))
            repairs = self._all_proven(relation, [c for height, c in grown if height == len(self.stages)], answer)
            if repairs:
                return repairs
            beam = heapq.nsmallest(width, grown, key=lambda pair: (-pair[0], _distance(pair[1], answer), pair[1].cost))
        return []

    def _within_share(self, candidates: Iterator[Candidate]) -> Iterator[Candidate]:
        """The candidates, as far as the share of this search goes."""
        for candidate in candidates:
            self._left -= 1
            if self._left < 0:
                return
            yield candidate

    def height(self, relation: Relation) -> int:
        """How many stages a relation survives; -1 when it has no meaning at all. One search begins with what another has tried."""
        key = self._key(relation)
        if key not in self._heights:
            self._heights[key] = max((self._height(reading) for reading in self._readings(relation)), default=-1)
        return self._heights[key]

    def _height(self, reading: Reading) -> int:
        for number, stage in enumerate(self.stages):
            try:  # a stage that has none of the steps says nothing: at one step there is no step before
                if stage.sieve(reading.claim, one_hot=False) is None and stage.differs(reading.claim):
                    return number
            except (Undefined, Unsupported, TooLarge):
                return number
        return len(self.stages)

    def _all_proven(self, original: Relation, candidates: list[Candidate], answer: Counter[Term] | None) -> list[Repair]:
        """The proven ones among candidates, best first, one for each set of edits."""
        survivors = [s for c in candidates if (s := self._survivor(c)) is not None]
        result: dict[frozenset[Changed], Repair] = {}
        for candidate, reading, hypotheses in sorted(survivors, key=lambda survivor: self._preference(survivor, answer)):
            if len(result) == _MOST_KEPT:
                break
            key = frozenset(e.change for e in candidate.edits)
            if key not in result:
                repair = self.proven(original, candidate, reading, hypotheses)
                if repair is not None:
                    result[key] = repair
        return list(result.values())


def _vanishes(node: Jac, model: Model) -> bool:
    """Whether a derivative is by what its numerator is not made of, or not at that step: ``∂a_t/∂h_t`` where a_t is made of h_{t-1}."""
    if node.wrt.quantity not in dependencies((node.numerator,), model):
        return True
    if not isinstance(node.numerator, Ref) or node.numerator.time is None or node.wrt.time is None:
        return False
    back = node.numerator.time - node.wrt.time
    return not back.names() and back.constant < _steps_back(node.numerator.quantity, node.wrt.quantity, model)


def _steps_back(key: str, other: str, model: Model) -> int:
    """How many steps before its own a quantity is made of another one, at least; less than that where it is made of later ones."""
    least, changed = {key: 0}, [key]
    while changed:
        own = changed.pop()
        definition = model.quantities[own].definition if own in model.quantities else None
        for ref in refs_in(definition) if definition is not None else ():
            shift = None if ref.time is None else ref.time - _OWN_STEP
            back = _LATER if shift is None or shift.names() else max(least[own] - shift.constant, _LATER)
            if back < least.get(ref.quantity, back + 1):
                least[ref.quantity] = back
                changed.append(ref.quantity)
    return least.get(other, _LATER)


#: The step of a definition; and further back than any derivative is, for what is made of later steps, or of all of them.
_OWN_STEP, _LATER = Affine.of("t"), -100


def _distance(candidate: Candidate, answer: Counter[Term] | None) -> int:
    """How many pieces a formula and the answer, of which the pieces are given, do not share."""
    if answer is None:
        return 0
    own = _pieces(candidate.relation.right)
    return (own - answer).total() + (answer - own).total()


def _pieces(term: Term) -> Counter[Term]:
    return Counter(node for _, node in walk(term))


def _says_nothing(relation: Relation, written: Relation) -> bool:
    """Whether a formula says that a thing is itself, or a change of it has brought in the derivative or a quotient of one by itself."""
    changed = ((a, b) for a, b in ((relation.left, written.left), (relation.right, written.right)) if a is not b)
    return relation.left == relation.right or sum(_by_themselves(a) - _by_themselves(b) for a, b in changed) > 0


@lru_cache(maxsize=1 << 10)
def _by_themselves(side: Term) -> int:
    return sum(isinstance(node, (Deriv, Frac)) and _unmarked(node.numerator) == node.denominator for _, node in walk(side))


def _unmarked(term: Term) -> Term:
    return term.base if isinstance(term, Mark) else term


def undoes(edit: Edit, other: Edit) -> bool:
    """Whether two edits exchange two letters: that is no slip of the pen, but a sign or an order."""
    exchanged = isinstance(edit.change, Exchange) and isinstance(other.change, Exchange) and edit.change.undoes(other.change)
    return edit.kind == NOTATION and exchanged
