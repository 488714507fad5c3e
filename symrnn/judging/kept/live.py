"""A document while it is written: what an edit does not touch is not judged again.

The verdict on a statement is a function of the statement, of the network of its place, and of what was judged before it as far as that
counts: what is stated, supposed and pinned for every verdict, and for repairs also the formulas and the repairs just before. Verdicts are
kept under exactly that, so that what comes out is what a check from the start would say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.judging.bounds import COMPARISONS
from symrnn.judging.check import (
    at_the_end,
    counted_together,
    hearings_of_changed,
    judge_of,
    judged,
    keeping_everything,
    reported,
    surroundings_of,
)
from symrnn.judging.declared import apply, check_codes, misfits
from symrnn.judging.edits.hand import hand_of
from symrnn.judging.hearing import Rival
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import FirstLook, Judgement, Options, Report
from symrnn.judging.networks import Stretch, networks
from symrnn.judging.verdict import Assumption, Changed, Conditional, Definition, Proven
from symrnn.language.budget import stoppable
from symrnn.language.model import Name
from symrnn.reading.document import Document, Statement, without

Key = tuple[Any, ...]
#: Hears what is known so far: a report on some statements, and what was only looked at.
Tell = Callable[[Report, Sequence[FirstLook]], None]
#: Verdicts for which no repair is looked for.
_GOOD = (Definition, Assumption, Proven, Conditional)
_RECENT = 4
#: How many judgements are kept, so that what is taken back is not judged again.
_MOST_KEPT = 5_000


@dataclass(frozen=True)
class _Kept:
    """A judgement, and what judging it added to the state of its judge.

    `after` are the repairs before it: its key names them by identity, which is theirs alone while they are held.
    """

    judgement: Judgement
    stated: tuple[Hypothesis, ...]
    supposed: tuple[Name, ...]
    familiar: frozenset[Changed]
    earlier: tuple[Any, ...]
    tried: int
    rivals: tuple[tuple[str, bool], ...]
    after: tuple[Any, ...]


@dataclass
class Live:
    """The verdicts on one document through its edits. `judged_anew` are the labels of what the last check judged."""

    options: Options = field(default_factory=Options)
    judged_anew: list[str] = field(default_factory=list)
    _judges: dict[str, Judge] = field(default_factory=dict)
    _kept: dict[Key, _Kept] = field(default_factory=dict)

    def check(
        self,
        document: Document,
        stop: Callable[[], bool] = lambda: False,
        tell: Tell | None = None,
    ) -> Report:
        """The report on the document as it stands. `tell` hears at once what is known, and again after each statement that is looked at.

        Raises Stopped as soon as `stop` says so, and InputError for a wrong declaration.
        """
        with stoppable(stop), keeping_everything():
            return self._check(document, tell)

    def _check(self, document: Document, tell: Tell | None) -> Report:
        stretches = networks(document, self.options)
        relations = list(document.relations)
        names = [f"{n} {self._fingerprint(stretch, relations)}" for n, stretch in enumerate(stretches)]
        self._judges = {
            name: self._judges.get(name) or judge_of(stretch, self.options, relations)
            for name, stretch in zip(names, stretches, strict=True)
        }
        counted_together(self._judges.values())
        starts = [stretch.start for stretch in stretches]
        place = [bisect_right(starts, position) - 1 for position in range(len(document.statements))]
        courts = [self._judges[names[n]] for n in place]
        for name, stretch in zip(names, stretches, strict=True):
            changed = hearings_of_changed(stretch, self.options)
            self._judges[name].begin(stretch.understanding, changed, surroundings_of(stretch, relations))
        check_codes(document)
        lost = misfits(document, courts)
        if lost:
            return self._check(without(document, lost), tell)
        last = courts[-1] if courts else self._judges[names[-1]]
        pass_ = _Pass(self._kept, courts, [names[n] for n in place])
        rows = tell and _Rows(tell, lambda known: reported(document, self.options, stretches, last, known))
        if rows is not None:
            rows.look(document.statements, courts, self._before(document, pass_.names))
        waiting = list(document.directives)
        judgements = []
        for position, statement in enumerate(document.statements):
            while waiting and waiting[0].position <= position:
                directive = waiting.pop(0)
                later = list(dict.fromkeys(names if directive.everywhere else names[place[position] :]))
                for name in later:
                    apply(directive, self._judges[name])
            judgements.append(pass_.judged(position, statement))
            if rows is not None:
                rows.put(position, judgements[-1])
        judgements = at_the_end(courts, judgements)
        older = self._kept if len(self._kept) + len(pass_.now) <= _MOST_KEPT else {}
        self._kept, self.judged_anew = {**older, **pass_.now}, pass_.anew
        return reported(document, self.options, stretches, last, judgements)

    def _before(self, document: Document, names: Sequence[str]) -> list[Judgement | None]:
        """What was last said of each statement in its network, whatever stood before it then."""
        known = {key[:2]: kept.judgement for key, kept in self._kept.items()}
        found = (known.get((name, s.relation)) for name, s in zip(names, document.statements, strict=True))
        return [j and replace(j, statement=s) for j, s in zip(found, document.statements, strict=True)]

    def _fingerprint(self, stretch: Stretch, relations: Sequence[Any]) -> str:
        """What a network is, and the letters of its document, as one text."""
        understanding = stretch.understanding
        hand = hand_of(relations, understanding.lexicon)
        return repr(
            (
                understanding.model,
                understanding.lexicon,
                understanding.given_up,
                understanding.doubts,
                sorted(understanding.examples),
                hand,
                stretch.in_numbers is None,
                stretch.otherwise and (stretch.otherwise.model, stretch.otherwise.lexicon),
            )
        )


@dataclass
class _Rows:
    """What is known of each statement while a document is judged, told whenever something is added that may be news."""

    tell: Tell
    report: Callable[[Sequence[Judgement]], Report]
    rows: list[Judgement | FirstLook | None] = field(default_factory=list)

    def look(self, statements: Sequence[Statement], courts: Sequence[Judge], before: Sequence[Judgement | None]) -> None:
        """Takes what was said before, and a first look at each statement that is new."""
        self.rows[:] = before
        if any(before):
            self._tell()
        for position, statement in enumerate(statements):
            if self.rows[position] is None and (look := courts[position].first_look(position, statement)) is not None:
                self.rows[position] = look
                self._tell()

    def put(self, position: int, judgement: Judgement) -> None:
        """Takes the judgement on a statement, which is news where another or none was known."""
        known, self.rows[position] = self.rows[position], judgement
        if not isinstance(known, Judgement) or known.verdict != judgement.verdict:
            self._tell()

    def _tell(self) -> None:
        known = [row for row in self.rows if isinstance(row, Judgement)]
        self.tell(self.report(known), tuple(row for row in self.rows if isinstance(row, FirstLook)))


@dataclass
class _Pass:
    """One walk over a document, which takes from `before` what is known."""

    before: dict[Key, _Kept]
    courts: Sequence[Judge]
    names: Sequence[str]
    now: dict[Key, _Kept] = field(default_factory=dict)
    anew: list[str] = field(default_factory=list)

    def judged(self, position: int, statement: Statement) -> Judgement:
        judge = self.courts[position]
        judge.hearing.at(position, statement)
        short = self._key(judge, position, statement)
        whole = (*short, *self._for_repairs(judge))
        kept = self.before.get(short) or self.before.get(whole) or self.now.get(short) or self.now.get(whole)
        if (
            statement.relation is not None and statement.relation.op in COMPARISONS
        ):  # what bounds a letter changes what comes after it
            kept = None
        judgement = None if kept is None else self._again(judge, kept, statement)
        if kept is None or judgement is None:
            kept = self._anew(judge, position, statement)
            judgement = kept.judgement
        else:
            self._replay(judge, kept, position, statement)
        self.now[short if isinstance(judgement.verdict, _GOOD) else whole] = replace(kept, judgement=judgement)
        return judgement

    def _key(self, judge: Judge, position: int, statement: Statement) -> Key:
        u = judge.understanding
        role = (
            u.supposed.get(position), u.renamed.get(position), u.failed.get(position), u.defines.get(position),
            u.contradicted.get(position),
        )  # fmt: skip
        own = (
            statement.previous, statement.only_if, statement.beside, statement.remark, statement.context, statement.after,
            statement.section, statement.declared, statement.problem,
        )  # fmt: skip
        supposed = tuple((name, s.latex, s.section) for name, s in judge.hearing.suppositions)
        stated = tuple(h for h, start, _ in judge.hearing.stated if start <= position)
        pinned, rivals = tuple(sorted(judge.hearing.pinned.items())), tuple(rival.relation for rival in judge.hearing.rivals)
        return (self.names[position], statement.relation, own, role, supposed, stated, pinned, rivals)

    def _for_repairs(self, judge: Judge) -> Key:
        mender, rivals = judge.mender, tuple(rival.key for rival in judge.hearing.rivals)
        earlier = tuple(map(id, mender.earlier))
        return (tuple(judge.recent[-_RECENT:]), frozenset(mender.familiar), earlier, mender.tries.share, rivals)

    def _anew(self, judge: Judge, position: int, statement: Statement) -> _Kept:
        self.anew.append(statement.label)
        stated, supposed, earlier = len(judge.hearing.stated), len(judge.hearing.suppositions), len(judge.mender.earlier)
        rivals = len(judge.hearing.rivals)
        familiar, tried = set(judge.mender.familiar), judge.mender.tries.made
        judgement = judged(judge, position, statement)
        return _Kept(
            judgement,
            tuple(h for h, _, _ in judge.hearing.stated[stated:]),
            tuple(name for name, _ in judge.hearing.suppositions[supposed:]),
            frozenset(judge.mender.familiar - familiar),
            tuple(judge.mender.earlier[earlier:]),
            judge.mender.tries.made - tried,
            tuple((rival.key, rival.is_open) for rival in judge.hearing.rivals[rivals:]),
            tuple(judge.mender.earlier[:earlier]),
        )

    def _again(self, judge: Judge, kept: _Kept, statement: Statement) -> Judgement | None:
        """A judgement on the statement where it stands now; None where its words name a place that is another now."""
        old = kept.judgement
        verdict = old.verdict
        if old.statement.label != statement.label and kept.earlier:
            return None
        if isinstance(verdict, (Proven, Conditional)) and verdict.given:
            verdict = replace(verdict, given=tuple(judge.hearing.given_at(g.hypothesis) or g for g in verdict.given))
        if statement.problem != old.statement.problem:
            return None
        return replace(old, statement=statement, verdict=verdict)

    def _replay(self, judge: Judge, kept: _Kept, position: int, statement: Statement) -> None:
        """What judging the statement would have added to the state of its judge."""
        for hypothesis in kept.stated:
            judge.hearing.give(hypothesis, position + 1, statement.place)
        judge.hearing.suppositions += [(name, statement) for name in kept.supposed]
        judge.mender.familiar |= kept.familiar
        judge.mender.earlier += kept.earlier
        judge.mender.tries.made += kept.tried
        if statement.relation is not None:
            place, relation = statement.place, statement.relation
            judge.hearing.rivals += [Rival(key, position, place.line, relation, is_open) for key, is_open in kept.rivals]
            if statement.relation.op not in COMPARISONS:
                judge.bounds.take_value(statement.relation, statement)
            judge.recent.append(statement.relation.right)
