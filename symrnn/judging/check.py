"""The check of a whole document: model, verdicts, ledger."""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from symrnn.deciding.decide import Decider, Holds
from symrnn.deciding.evaluate import Instance
from symrnn.deciding.evidence import Scope
from symrnn.deciding.witness import Witnesses
from symrnn.judging.declared import apply, check_codes, misfits
from symrnn.judging.edits import Setting
from symrnn.judging.edits.hand import Hand, hand_of, parts_of_sums
from symrnn.judging.extent import Reach
from symrnn.judging.hearing import Hearing, Others, Surroundings
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.kept.memory import Memory, digest
from symrnn.judging.meant.ends import last_step_named
from symrnn.judging.meant.held import without_definitions
from symrnn.judging.networks import NAMED_MODELS, Changes, Stretch, beyond_exact, instance_for, networks, read_model
from symrnn.judging.repair import Mender, Tries
from symrnn.judging.together.about import in_networks_meant
from symrnn.judging.together.adjoints import prefixed, settled
from symrnn.judging.together.borne_out import with_guesses_borne_out
from symrnn.judging.together.causes import with_causes
from symrnn.judging.together.ledger import answer_to, ledger
from symrnn.judging.together.letters import with_letters_borne_out
from symrnn.judging.together.misdefined import with_errors_claimed
from symrnn.judging.verdict import Repair, Slip, Undecided, Verdict, Wrong
from symrnn.language import questions
from symrnn.language.budget import TooLarge, limited
from symrnn.language.errors import InputError, incident
from symrnn.language.model import Model
from symrnn.language.terms import Relation, Sym
from symrnn.notation.said import Said, Spelled, said
from symrnn.reading.definitions import Understanding
from symrnn.reading.definitions.unknowns import OF_ITS_STEP
from symrnn.reading.document import Document, Statement, without
from symrnn.reading.elaborate import readings
from symrnn.reading.elaborate.operands import GRADIENT_LAYOUTS
from symrnn.reading.lexicon import part_of

__all__ = ["NAMED_MODELS", "check", "instance_for", "read_model"]

Progress = Callable[[int, int, str], None]

_STAGES = (1, 2)
#: The operations that one statement may cost: a few seconds.
_STATEMENT_BUDGET = 14_000_000


@contextmanager
def keeping_everything() -> Iterator[None]:
    """No search for garbage: a check makes many small objects that live to its end, and looking through them costs a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()  # else the first search would look through all of it; what is dropped without a cycle is freed nevertheless
            gc.enable()
            gc.unfreeze()


@keeping_everything()
def check(
    document: Document, options: Options | None = None, progress: Progress | None = None, memory: Memory | None = None
) -> Report:
    """A verdict for every statement of a document, also of one that defines no network; a `memory` only makes it faster."""
    options = options or Options()
    stretches = networks(document, options)
    _check_sizes(options, [stretch.understanding.model for stretch in stretches])
    relations = list(document.relations)
    starts = [stretch.start for stretch in stretches]
    judges = counted_together([judge_of(stretch, options, relations, memory) for stretch in stretches])
    courts = [judges[bisect_right(starts, position) - 1] for position in range(len(document.statements))]
    check_codes(document)
    lost = misfits(document, courts)
    if lost:
        return check(without(document, lost), options, progress, memory)
    waiting = list(document.directives)
    judgements = []
    for position, statement in enumerate(document.statements):
        if progress is not None:
            progress(position, len(document.statements), statement.label)
        while waiting and waiting[0].position <= position:
            directive = waiting.pop(0)
            for judge in judges if directive.everywhere else judges[judges.index(courts[position]) :]:
                apply(directive, judge)
        judgements.append(judged(courts[position], position, statement))
    judgements = at_the_end(courts, judgements)
    if progress is not None:
        progress(len(document.statements), len(document.statements), "")
    return reported(document, options, stretches, judges[-1], judgements)


def at_the_end(courts: Sequence[Judge], judgements: list[Judgement]) -> list[Judgement]:
    """Judgements with what only all of them together show."""
    judgements = with_known_errors(courts, with_one_gradient_layout(courts, judgements))
    judgements = in_networks_meant(courts, with_guesses_borne_out(courts, judgements, judged), judged)
    judgements = with_causes(courts, with_letters_borne_out(judgements))
    return with_errors_claimed(courts, judgements, judged, judge_of_changed)


def reported(
    document: Document, options: Options, stretches: Sequence[Stretch], last: Judge, judgements: Sequence[Judgement]
) -> Report:
    """The report that judgements on all statements of a document make; `last` is the judge of its last network."""
    model, scope = stretches[-1].understanding.model, last.decider.scope()
    large = beyond_exact(model, options)
    witnessed = None if large is None else Scope(large.steps, large.sizes)
    described = tuple(dict.fromkeys(line for s in stretches for line in _described(document, s.understanding)))
    return Report(document, tuple(judgements), ledger(judgements), described, scope, model, witnessed)


def _check_sizes(options: Options, models: Sequence[Model]) -> None:
    """Raises InputError for the size of an axis that no network of the document has."""
    labels = dict.fromkeys(label for model in models for label in model.labels)
    for label in options.sizes:
        if label not in labels:
            raise InputError(f"the model has no axis {label!r}; its axes are {', '.join(labels)}")


def with_one_gradient_layout(courts: Sequence[Judge], judgements: list[Judgement]) -> list[Judgement]:
    """Judges again what is true only if the gradient by a matrix has another shape than in the rest of the document.

    Jacobians may change their layout from line to line; a gradient that is subtracted from its parameter may not.
    """
    layouts = [answer_to(questions.GRADIENT, j.verdict) for j in judgements]
    usual = max(GRADIENT_LAYOUTS, key=layouts.count)
    if not any(layout not in ("", usual) for layout in layouts):
        return judgements
    for judge in courts:
        judge.pin(questions.GRADIENT, usual)
    return [
        j if layout in ("", usual) else judged(judge, position, j.statement)
        for position, (judge, j, layout) in enumerate(zip(courts, judgements, layouts, strict=True))
    ]


def with_known_errors(courts: Sequence[Judge], judgements: list[Judgement]) -> list[Judgement]:
    """Judges again what was left open for a letter such as δf_t, where others of its network show what it is."""
    for judge in {id(judge): judge for judge in courts}.values():
        own = (j for other, j in zip(courts, judgements, strict=True) if other is judge)
        found = settled(own, judge.understanding.lexicon)
        judge.know_errors(found.known, found.part)
    return [
        judged(judge, position, j.statement) if _waits_for_errors(j, judge) else j
        for position, (judge, j) in enumerate(zip(courts, judgements, strict=True))
    ]


def _waits_for_errors(judgement: Judgement, judge: Judge) -> bool:
    """Whether a statement was left open for a letter, and has one that is known to be an error by now."""
    relation, verdict = judgement.statement.relation, judgement.verdict
    if relation is None or not isinstance(verdict, Undecided):
        return False
    known = prefixed(relation, judge.understanding.lexicon) & judge.hearing.errors
    return bool(known) and (verdict.waits_for is not None or any(part_of(name) is not None for name in known))


def judge_of(stretch: Stretch, options: Options, relations: Sequence[Relation], memory: Memory | None = None) -> Judge:
    """The judge of what stands in a stretch of a document."""
    judge = judge_in(stretch.understanding, options, relations, memory, stretch.in_numbers, stretch.otherwise)
    judge.hearing.others.changed = hearings_of_changed(stretch, options)
    judge.hearing.surroundings = surroundings_of(stretch, relations)
    return judge


def surroundings_of(stretch: Stretch, relations: Sequence[Relation]) -> Surroundings:
    """What the text and the equations of a document say that bears on each in a stretch of it."""
    return Surroundings(stretch.dependent, parts_of_sums(relations), last_step_named(relations, stretch.understanding))


def judge_of_changed(judge: Judge, changes: Changes) -> Judge | None:
    """The judge of the same network with other relations at some positions; None where no equations give it."""
    hearing = judge.hearing.others.with_changes(changes)
    if hearing is None:
        return None
    hearing.surroundings = judge.hearing.surroundings
    found = Judge(hearing, _mender(hearing, judge.mender.setting.hand))
    found.count(judge.mender.tries)
    if judge.memory is not None:
        judge.memory.know(hearing.model)
        found.network, found.memory = digest(judge.network, tuple(changes.items())), judge.memory
    return found


def counted_together(judges: Iterable[Judge]) -> list[Judge]:
    """The judges of one document, whose searches count the formulas that they try together."""
    judges, tries = list(judges), Tries()
    for judge in judges:
        judge.count(tries)
    return judges


def hearings_of_changed(stretch: Stretch, options: Options) -> Callable[[Changes], Hearing] | None:
    """What makes the same network with other relations at some positions of the document, or none."""
    changed = stretch.changed
    return None if changed is None else lambda changes: hearing_in(changed(changes), options)


def hearing_in(understanding: Understanding, options: Options) -> Hearing:
    """What claims about a network are heard with."""
    model, instance = understanding.model, instance_for(understanding.model, options)
    decider, large = Decider(model, instance), beyond_exact(model, options)
    witnesses = None if large is None else Witnesses(model, large, instance)
    reach = Reach(model, decider.scope(), options.every_length, witnesses)
    return Hearing(understanding, decider, reach, (*_smaller(model, instance), decider))


def judge_in(
    understanding: Understanding,
    options: Options,
    relations: Sequence[Relation],
    memory: Memory | None = None,
    in_numbers: Callable[[], Understanding | None] | None = None,
    otherwise: Understanding | None = None,
) -> Judge:
    """The judge of what stands in one network of a document.

    `in_numbers` gives the same network with every quantity a number, `otherwise` is another one that may be meant.
    """
    hearing, u = hearing_in(understanding, options), understanding

    def of_numbers() -> Hearing | None:
        found = None if in_numbers is None else in_numbers()
        return None if found is None else hearing_in(found, options)

    def held(keys: frozenset[str]) -> Hearing:
        return hearing_in(replace(u, model=without_definitions(u.model, keys)), options)

    hearing.others = Others(of_numbers, held)
    judge = Judge(hearing, _mender(hearing, hand_of(relations, hearing.lexicon)))
    if otherwise is not None:
        judge.otherwise = judge_in(otherwise, options, relations)
    if memory is not None:
        memory.know(u.model)
        told = (u.model, u.lexicon, u.given_up, u.doubts, u.examples, u.abstract, options, in_numbers is None, _told(otherwise))
        judge.network, judge.memory = digest(*told), memory
    return judge


def _mender(hearing: Hearing, hand: Hand) -> Mender:
    """What looks for repairs of claims about a network, in the hand of a document."""
    decider, sizes = hearing.decider, hearing.decider.instance.sizes
    stages = (d for d in hearing.smaller if d is decider or (d.instance.steps in _STAGES and d.instance.sizes == sizes))
    setting = Setting(hearing.model, hearing.lexicon, hand=hand)
    return Mender(decider, tuple(stages), setting, hearing.reach, pinned=hearing.pinned)


def _told(understanding: Understanding | None) -> object:
    """What tells another network of which it may be a matter."""
    return None if understanding is None else (understanding.model, understanding.lexicon)


def _smaller(model: Model, instance: Instance) -> tuple[Decider, ...]:
    """Deciders at all smaller numbers of steps and hidden sizes, the smallest first (without the instance itself)."""
    hidden = dict(instance.sizes).get("hidden", 1)
    instances = [
        Instance(steps, instance.sizes).with_size("hidden", size)
        for steps in range(1, instance.steps + 1)
        for size in range(1, hidden + 1)
    ]
    return tuple(Decider(model, i) for i in instances if i != instance)


def judged(judge: Judge, position: int, statement: Statement) -> Judgement:
    """The judgement on one statement; `position` is its place in the document."""
    verdict = _verdict(judge, position, statement)
    given = _given(judge, statement, verdict)
    answer = _answer(judge, statement, verdict)
    letters = judge.understanding.lexicon.evidence_of(_letters(statement))
    return Judgement(statement, verdict, given, _sources(verdict), answer, judge.understanding.model, letters)


def _letters(statement: Statement) -> frozenset[str]:
    relation = statement.relation
    return frozenset() if relation is None else relation.letters


def _answer(judge: Judge, statement: Statement, verdict: Verdict) -> Repair | None:
    """What an equation that is not true should say, unless it is its left side that is a slip."""
    relation = statement.relation
    if relation is None or not isinstance(verdict, (Slip, Wrong, Undecided)):
        return None
    if isinstance(verdict, Slip) and verdict.repair.relation.left != relation.left:
        return None
    with limited(_STATEMENT_BUDGET), suppress(TooLarge):
        rests_on = ("answer", judge.mender.setting.hand, judge.hearing.pinned, judge.hearing.errors, relation)
        return judge.once(rests_on, lambda: judge.mender.answer(relation), judge.confirmer.confirms_repair)
    return None


def _verdict(judge: Judge, position: int, statement: Statement) -> Verdict:
    """The verdict on one statement; whatever goes wrong in it, or costs too much, costs no other statement its row."""
    with limited(_STATEMENT_BUDGET):
        try:
            return judge.verdict(position, statement)
        except TooLarge as reason:
            return Undecided(str(reason))
        except Exception as error:
            return Undecided(incident(error))


def _given(judge: Judge, statement: Statement, verdict: Verdict) -> str:
    """How a false statement follows from what stands before it."""
    if _sources(verdict):
        return f"rests on {' and '.join(f'({label})' for label in _sources(verdict))}, wrong as well"
    if statement.previous is None or statement.relation is None or not isinstance(verdict, (Slip, Wrong)):
        return ""
    step = Relation("=", statement.previous, statement.relation.right, statement.relation.conditions)
    # That it does not follow claims nothing, and so needs no confirmation.
    follows = judge.once(("follows", step), lambda: _follows(judge, step), lambda kept: not kept)
    return "follows from the line before" if follows else ""


def _follows(judge: Judge, step: Relation) -> bool:
    """Whether a step from one line to the next is right without any hypothesis, as far as the budget goes."""
    understanding = judge.understanding
    with limited(_STATEMENT_BUDGET), suppress(TooLarge):
        admissible, _ = readings(step, understanding.model, understanding.lexicon)
        outcomes = (judge.decider.decide(reading.claim) for reading in admissible)
        return any(isinstance(outcome, Holds) and not outcome.hypotheses for outcome in outcomes)
    return False


def _sources(verdict: Verdict) -> tuple[str, ...]:
    """The labels of the earlier statements whose repairs a wrong one needs."""
    repair = verdict.repair if isinstance(verdict, Wrong) else None
    return () if repair is None else tuple(dict.fromkeys(e.source for e in repair.edits if e.source))


def _described_without_statement(understanding: Understanding, key: str) -> Said:
    """What a quantity is of which no equation of the document says it: a loss that is only named, a state, or the sum over the steps."""
    model = understanding.model
    quantity = model.quantities[key]
    if any(model.quantities[used].slope for used in quantity.uses):
        whole = quantity.name.at(*((Sym("t"),) if quantity.timed else ()))
        known = f"any differentiable function of the outputs{' of its step' if quantity.timed else ''}"
        return said(whole, ": ", OF_ITS_STEP if quantity.name in understanding.abstract else known)
    return said(Spelled(quantity.name.term, key), ": the sum over all time steps")


def _described(document: Document, understanding: Understanding) -> tuple[Said, ...]:
    """The defining equations, one line each."""
    by_position: Mapping[int, Statement] = dict(enumerate(document.statements))
    lines = []
    for position, key in understanding.defines.items():
        statement = by_position.get(position)
        if statement is None or statement.relation is None:
            lines.append(_described_without_statement(understanding, key))
        else:
            lines.append(said(statement.relation))
    return tuple(lines)
