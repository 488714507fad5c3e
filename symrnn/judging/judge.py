"""From a statement to its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from symrnn.deciding.decide import Decider, Fails, Holds, Open
from symrnn.judging import mistakes
from symrnn.judging.bounds import Bounds
from symrnn.judging.edits import EarlierRepair
from symrnn.judging.extent import Disagreement
from symrnn.judging.guards.equations import goes_through_failed, rests_on_failed
from symrnn.judging.guards.rivals import defined_elsewhere
from symrnn.judging.guards.vacuous import may_be_about, not_vacuous
from symrnn.judging.hearing import Hearing, Rival, Surroundings
from symrnn.judging.introduced import given_up, introduction, names_what_it_depends_on
from symrnn.judging.judgement import FirstLook, Judgement
from symrnn.judging.kept.confirming import Confirmer
from symrnn.judging.kept.memory import Memory, Value, digest
from symrnn.judging.meant import meant_otherwise, of_what_is_unsaid
from symrnn.judging.meant.letters import of_each_kind
from symrnn.judging.meant.written import in_other_words
from symrnn.judging.networks import Changes
from symrnn.judging.outcomes import best_of, of_greatest_ranks
from symrnn.judging.refuting import Untrue, undefined_in, verdict_against
from symrnn.judging.repair import Mender, Tries
from symrnn.judging.together.letters import with_letters
from symrnn.judging.unsaid import Meaning
from symrnn.judging.update import NoUpdate, is_update, update_claim, without_the_parameter, written_out
from symrnn.judging.verdict import (
    Assumption,
    Changed,
    Conditional,
    Edit,
    Exchange,
    Proven,
    Repair,
    Undecided,
    Unread,
    Verdict,
    Wrong,
)
from symrnn.language import questions
from symrnn.language.budget import TooLarge, limited
from symrnn.language.choices import Opaque
from symrnn.language.claims import Reading
from symrnn.language.model import Name
from symrnn.language.questions import Question
from symrnn.language.terms import EQUALITIES, Relation, Term
from symrnn.notation.said import said
from symrnn.reading.definitions import Understanding
from symrnn.reading.definitions.measures import Measure
from symrnn.reading.document import Statement
from symrnn.reading.elaborate.left_out import with_arguments

_EITHER = "it may be about the network before, not the one that a sentence speaks of; give that one equations of their own lines"
_RECENT = 4
#: The operations that a first look at a statement may cost.
_FIRST_LOOK = 500_000


@dataclass(frozen=True)
class _Kept:
    """A verdict, and what was learnt: edits that are familiar from now on, formulas that were wrong, what an error was taken as.

    `tried` is how many changed formulas were tried for it.
    """

    verdict: Verdict
    familiar: frozenset[Changed]
    earlier: tuple[EarlierRepair, ...]
    meant: Mapping[Name, Meaning]
    measured: Mapping[int, Measure]
    tried: int


@dataclass
class Judge:
    """Judges the statements of one document, in order: a later one may use the repairs of earlier ones."""

    hearing: Hearing
    mender: Mender
    #: The judge of the network before, where only a sentence speaks of another one and what follows may be about either.
    otherwise: Judge | None = None
    #: What stands for the network and the options in keys of `memory`; without one nothing is kept.
    network: str = ""
    memory: Memory | None = None
    recent: list[Term] = field(default_factory=list)

    @property
    def understanding(self) -> Understanding:
        """The network as its document gives it."""
        return self.hearing.understanding

    @property
    def decider(self) -> Decider:
        """What decides claims at the instance."""
        return self.hearing.decider

    @cached_property
    def bounds(self) -> Bounds:
        """Judges what is no equation in this network."""
        return Bounds(self.hearing)

    @cached_property
    def confirmer(self) -> Confirmer:
        """Confirms what is kept of verdicts in this network."""
        return Confirmer((*self.hearing.smaller, self.decider), self.hearing.lexicon)

    # ------------------------------------------------------------------------------------------------------------- known

    def begin(
        self,
        understanding: Understanding,
        changed: Callable[[Changes], Hearing] | None,
        surroundings: Surroundings,
    ) -> None:
        """Begins a document anew, in the same network, whose equations may stand at other positions."""
        self.hearing.begin(understanding, surroundings)
        self.hearing.others.begin(changed)
        for state in (self.recent, self.mender.earlier, self.mender.familiar):
            state.clear()
        self.bounds.begin()
        self.know_errors(frozenset())

    def count(self, tries: Tries) -> None:
        """Counts the formulas that are tried with those of all networks of the document."""
        self.mender.tries = tries
        if self.otherwise is not None:
            self.otherwise.count(tries)

    def pin(self, question: Question, answer: str) -> None:
        """Fixes the answer to a question about readings from here on."""
        self.hearing.pinned[question] = answer

    def know_errors(self, errors: frozenset[Name], part: frozenset[Name] = frozenset()) -> None:
        """Takes letters with a prefix as gradients of the loss from here on; an equation for one in `part` may say a part of it."""
        self.hearing.errors, self.hearing.part = errors, part
        self.mender.setting = replace(self.mender.setting, errors=errors)
        self.mender.forget()

    # -------------------------------------------------------------------------------------------------------- first look

    def first_look(self, position: int, statement: Statement) -> FirstLook | None:
        """What does not hold as written, before repairs are looked for: shapes that never meet, or a claim that fails in each reading.

        It says less than *wrong*: the gate has not been asked, and another reading that is tried last may still save the claim.
        """
        self.hearing.at(position, statement)
        with limited(_FIRST_LOOK), suppress(TooLarge, NoUpdate, Disagreement), self._as_before():
            relation = statement.relation
            if relation is None or relation.op not in EQUALITIES or self._undefined(relation) is not None:
                return None
            if introduction(self.hearing, self.bounds, relation, statement) is None:
                return self._fails_as_written(statement, relation)
        return None

    def _undefined(self, relation: Relation) -> Name | None:
        return undefined_in(relation, self.hearing, self.mender.setting)

    def _fails_as_written(self, statement: Statement, relation: Relation) -> FirstLook | None:
        model, lexicon = self.hearing.model, self.hearing.lexicon
        claimed = update_claim(relation, model, lexicon)
        if claimed is None and is_update(relation, model, lexicon):
            return None
        admissible, refused = self.hearing.readings(claimed or relation)
        clash = next((reason.clash for reason in refused if reason.clash is not None), None)
        if not admissible and clash is not None:
            return FirstLook(statement, mistakes.SHAPES, f"looks false, and is still judged: {clash}")
        outcomes = [self.decider.decide(reading.claim) for reading in of_greatest_ranks(admissible)]
        if not outcomes or not all(isinstance(outcome, Fails) for outcome in outcomes):
            return None
        return FirstLook(statement, mistakes.FALSE, "looks false, and is still judged: the sides differ")

    @contextmanager
    def _as_before(self) -> Iterator[None]:
        """What is stated and supposed inside is forgotten after."""
        stated, supposed = list(self.hearing.stated), list(self.hearing.suppositions)
        try:
            yield
        finally:
            self.hearing.stated[:], self.hearing.suppositions[:] = stated, supposed

    # ----------------------------------------------------------------------------------------------------------- verdict

    def verdict(self, position: int, statement: Statement) -> Verdict:
        """The verdict on one statement; `position` is its place among the relations of the document."""
        hearing, relation = self.hearing, statement.relation
        hearing.at(position, statement)
        if relation is None:
            hearing.suppose(statement)
            return _unread(statement)
        is_value = self.bounds.take_value(relation, statement)
        verdict = introduction(hearing, self.bounds, relation, statement) or self._of_claims(relation, statement)
        if isinstance(verdict, (Proven, Conditional)):
            verdict = self._unless_through_failed(verdict, relation)
        if isinstance(verdict, Undecided) and verdict.waits_for is None and verdict.fails is None:
            verdict = replace(verdict, waits_for=given_up(hearing.understanding, relation))
        if is_value and isinstance(verdict, Undecided):
            verdict = Assumption("given from here on")
        if isinstance(verdict, Undecided) and names_what_it_depends_on(hearing, relation):
            verdict = Assumption(said("what ", relation.left, " depends on"))
        self.recent.append(relation.right)
        is_open = isinstance(verdict, Undecided)
        key = defined_elsewhere(hearing, relation, is_open) if isinstance(verdict, (Undecided, Wrong)) else ""
        if key:
            hearing.rivals.append(Rival(key, position, statement.place.line, relation, is_open))
        return with_letters(verdict, statement.letters)

    def _unless_through_failed(self, verdict: Proven | Conditional, relation: Relation) -> Verdict:
        """A verdict that a claim is true, unless it takes as an input what an equation without a meaning says more of."""
        failed = goes_through_failed(verdict.ground.claim, relation, self.hearing.understanding)
        return verdict if failed is None else Undecided(rests_on_failed(failed))

    def _of_claims(self, relation: Relation, statement: Statement) -> Verdict:
        """The verdict on what a statement claims, of each kind of units that its letters may count."""
        if not statement.kinds:
            return self._remembered(relation, statement)
        return of_each_kind([(counts, self._remembered(r, statement)) for counts, r in statement.kinds], statement.context)

    def _claimed(self, relation: Relation, statement: Statement) -> Verdict:
        """The verdict on a claim, an update rule among them."""
        model, lexicon = self.hearing.model, self.hearing.lexicon
        try:
            claimed = update_claim(relation, model, lexicon)
            if claimed is None and is_update(relation, model, lexicon):
                return self._written_out(relation, "an update rule whose step is not seen to be a multiple of the gradient")
            moved = without_the_parameter(relation, model, lexicon)
            if moved is not None:
                return self._without_the_parameter(relation, moved, statement)
            return self.claim_verdict(claimed or relation, statement, shown=relation)
        except NoUpdate as reason:
            return self._written_out(relation, str(reason))
        except Disagreement as reason:
            return Undecided(str(reason))

    def _without_the_parameter(self, relation: Relation, moved: Relation, statement: Statement) -> Verdict:
        """The verdict on an update that leaves out what moves: wrong only where its step is the gradient."""
        model, lexicon = self.hearing.model, self.hearing.lexicon
        claimed = update_claim(moved, model, lexicon) or written_out(moved, model, lexicon)
        best = None if claimed is None else self.hearing.best(claimed)
        proof = None if best is None else self.hearing.holding(*best)
        if claimed is None or not isinstance(proof, Proven):
            return Undecided(said("an update lacks what moves: write ", relation.left, " on its right as well"))
        verdict = self.claim_verdict(replace(claimed, right=relation.right), statement, shown=relation)
        edit = Edit(mistakes.TERM, Exchange(relation.right, moved.right))
        repair = Repair(moved, (edit,), proof.ground, (), proof.answers)
        return replace(verdict, repair=repair, unsearched=False) if isinstance(verdict, Wrong) else verdict

    def _written_out(self, relation: Relation, otherwise: str) -> Verdict:
        """The verdict on an update rule with its gradient written out, where that is the gradient; else it may be of another kind."""
        try:
            claimed = written_out(relation, self.hearing.model, self.hearing.lexicon)
        except NoUpdate:
            claimed = None
        best = None if claimed is None else self.hearing.best(claimed)
        return Undecided(otherwise) if best is None else self.hearing.holding(*best)

    def claim_verdict(self, relation: Relation, statement: Statement, shown: Relation) -> Verdict:
        """The verdict on an equation that claims something."""
        hearing = self.hearing
        admissible, refused = hearing.readings(relation)
        opaque = next((reason for reason in refused if isinstance(reason, Opaque)), None)
        if opaque is not None:
            return in_other_words(hearing, relation, refused) or self.bounds.equal(relation) or Undecided(opaque.reason)
        outcomes = hearing.outcomes.of(admissible)
        found = self._true(relation, best_of(outcomes)) or _first(of_what_is_unsaid(hearing, relation))
        if found is not None:
            return found
        unfinished = next((o.reason for _, o in outcomes if isinstance(o, Open) and o.unfinished), None)
        if unfinished is not None:
            return Undecided(unfinished)
        meant = _first(meant_otherwise(hearing, relation, statement, (admissible, refused), self.mender.setting))
        complete = with_arguments(relation, hearing.model, hearing.lexicon) if meant is None and not admissible else None
        if complete is not None:  # without the argument that is left out it means nothing
            return self.claim_verdict(complete, statement, shown)
        return meant or self._untrue(Untrue(relation, shown, statement, admissible, refused, outcomes, self._before(statement)))

    def _true(self, relation: Relation, best: tuple[Reading, Holds] | None) -> Verdict | None:
        """The verdict on an equation whose best reading holds, here or in the network before; None where neither does."""
        other = self._network_before(relation)
        if other is not None and (best is None or best[1].hypotheses):
            found = other.hearing.freely(relation)
            if best is not None and found is None:
                return Undecided(_EITHER)
            before = None if found is None else not_vacuous(other.hearing, *found)
            if isinstance(before, Proven) or (isinstance(before, Conditional) and best is None):
                answer = (questions.NETWORK, "the one before, not that of a sentence")
                return replace(before, answers=(*before.answers, answer))
        return None if best is None else not_vacuous(self.hearing, *best)

    def _network_before(self, relation: Relation) -> Judge | None:
        """The judge of the network before, where an equation may be about that one."""
        other = self.otherwise
        return other if other is not None and may_be_about(relation, self.hearing, other.hearing) else None

    def _untrue(self, untrue: Untrue) -> Verdict:
        before = self._network_before(untrue.relation)
        elsewhere = None if before is None else lambda: before.claim_verdict(untrue.relation, untrue.statement, untrue.shown)
        return verdict_against(self.hearing, self.mender, untrue, elsewhere)

    def _before(self, statement: Statement) -> tuple[Term, ...]:
        """The formulas just before a statement, the nearest one last."""
        own = () if statement.previous is None else (statement.previous,)
        return (*self.recent[-_RECENT:], *own)

    # ------------------------------------------------------------------------------------------------------------ memory

    def once(self, rests_on: tuple[object, ...], make: Callable[[], Value], confirmed: Callable[[Any], bool]) -> Value:
        """What `make` gives in this network, from memory where nothing has changed that it rests on."""
        return make() if self.memory is None else self.memory.once(digest(self.network, rests_on), make, confirmed)

    def key(self, relation: Relation, statement: Statement) -> str:
        """What a verdict that a claim is true depends on: nothing that was judged before, and no repair."""
        h, u, s = self.hearing, self.hearing.understanding, statement
        role = [known.get(h.position) for known in (u.supposed, u.renamed, u.failed, u.defines, u.contradicted)]
        said = (s.section, s.remark, s.context, s.previous, s.only_if, s.beside, s.declared)
        given = [(hypothesis, line) for hypothesis, start, line in h.stated if start <= h.position]
        around, hand = h.surroundings, self.mender.setting.hand
        known = (around.dependent, around.last, relation.sides in around.parts, hand.sums_over(relation.left))
        among = (h.part, h.meant, h.measured, [rival.relation for rival in h.rivals if rival.is_open], known)
        return digest(self.network, relation, role, said, given, h.suppositions, h.pinned, h.errors, among)

    def _remembered(self, relation: Relation, statement: Statement) -> Verdict:
        """The verdict on a claim, from memory where nothing has changed that it depends on; with what later repairs learn from it."""
        if self.memory is None:
            return self._claimed(relation, statement)
        mender, key = self.mender, self.key(relation, statement)
        hand, share = mender.setting.hand, mender.tries.share
        before = (self.recent[-_RECENT:], mender.familiar, mender.earlier, hand, share, self.hearing.rivals)
        whole = digest(key, statement.label, before)
        kept = self.memory.recall(key, self._confirms(relation)) or self.memory.recall(whole, self._confirms(relation))
        if isinstance(kept, _Kept):
            self._learn(kept)
            return kept.verdict
        familiar, earlier, tried = frozenset(mender.familiar), len(mender.earlier), mender.tries.made
        verdict = self._claimed(relation, statement)
        edits, repairs = frozenset(mender.familiar - familiar), tuple(mender.earlier[earlier:])
        tried = mender.tries.made - tried
        kept = _Kept(verdict, edits, repairs, dict(self.hearing.meant), dict(self.hearing.measured), tried)
        self.memory.put(key if isinstance(verdict, (Proven, Conditional)) else whole, kept)
        return verdict

    def _learn(self, kept: _Kept) -> None:
        """What judging a claim anew would have taught."""
        self.mender.familiar.update(kept.familiar)
        self.mender.earlier.extend(kept.earlier)
        self.mender.tries.made += kept.tried
        self.hearing.meant.update(kept.meant)
        self.hearing.measured.update(kept.measured)

    def _confirms(self, relation: Relation) -> Callable[[object], bool]:
        return lambda kept: isinstance(kept, _Kept) and self.confirmer.confirms(relation, kept.verdict)


#: Judges a statement at its position in a network.
Judging = Callable[[Judge, int, Statement], Judgement]


def _first(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    return next((verdict for verdict in verdicts if verdict is not None), None)


def _unread(statement: Statement) -> Unread | Assumption:
    problem = statement.problem
    assert problem is not None
    if problem.remark:
        return Assumption(problem.message)
    return Unread(problem.message, problem.piece, problem.line, problem.column)
