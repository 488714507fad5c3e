"""The check of a whole document: model, verdicts, ledger."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from symrnn.deciding.decide import Decider, Holds
from symrnn.deciding.evaluate import Instance
from symrnn.deciding.evidence import Scope
from symrnn.deciding.network import number_of_entries
from symrnn.deciding.witness import Witnesses
from symrnn.judging.edits import Setting
from symrnn.judging.extent import Reach
from symrnn.judging.hand import hand_of
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.ledger import answer_to, ledger
from symrnn.judging.repair import Mender
from symrnn.judging.verdict import Repair, Slip, Undecided, Verdict, Wrong
from symrnn.language.errors import InputError
from symrnn.language.model import Model
from symrnn.language.terms import Relation
from symrnn.notation import unicode, unicode_relation
from symrnn.reading.definitions import Understanding, understand
from symrnn.reading.document import Document, Statement
from symrnn.reading.elaborate import readings
from symrnn.reading.notes import builtin_notes
from symrnn.reading.operands import GRADIENT_LAYOUTS

Progress = Callable[[int, int, str], None]

#: Sizes that differ from each other, so that a misplaced transpose cannot hide; hidden is at least 2.
_USUAL_SIZES = {"hidden": 2, "classes": 3, "input": 4}
_STAGES = (1, 2)
#: How many entries the quantities of an unrolled network may have for exact algebra: about 6 steps of the usual sizes.
_MOST_EXACT_ENTRIES = 140
NAMED_MODELS = ("notes",)


@contextmanager
def _keeping_everything() -> Iterator[None]:
    """No search for garbage: a check makes many small objects that live to its end, and looking through them costs a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_keeping_everything()
def check(document: Document, options: Options | None = None, progress: Progress | None = None) -> Report:
    """A verdict for every statement of a document.

    Raises InputError when the document defines no network and no model is named.
    """
    options = options or Options()
    understanding = read_model(document, options)
    decider = Decider(understanding.model, instance_for(understanding.model, options))
    judge = _judge(understanding, decider, options, [s.relation for s in document.statements if s.relation is not None])
    judgements = []
    for position, statement in enumerate(document.statements):
        if progress is not None:
            progress(position, len(document.statements), statement.label)
        judgements.append(_judged(judge, position, statement))
    judgements = _with_one_gradient_layout(judge, judgements)
    if progress is not None:
        progress(len(document.statements), len(document.statements), "")
    described = _described(document, understanding)
    large = _beyond_exact(understanding.model, options)
    witnessed = None if large is None else Scope(large.steps, large.sizes)
    return Report(document, tuple(judgements), ledger(judgements), described, decider.scope(), understanding.model, witnessed)


def _with_one_gradient_layout(judge: Judge, judgements: list[Judgement]) -> list[Judgement]:
    """Judges again what is true only if the gradient by a matrix has another shape than in the rest of the document.

    Jacobians may change their layout from line to line; a gradient that is subtracted from its parameter may not.
    """
    layouts = [answer_to("gradient", j.verdict) for j in judgements]
    usual = max(GRADIENT_LAYOUTS, key=layouts.count)
    if not any(layout not in ("", usual) for layout in layouts):
        return judgements
    judge.pin("gradient", usual)
    return [
        j if layout in ("", usual) else _judged(judge, position, j.statement)
        for position, (j, layout) in enumerate(zip(judgements, layouts, strict=True))
    ]


def read_model(document: Document, options: Options) -> Understanding:
    """The model of a document, completed by the one that the options name."""
    relations = [s.relation for s in document.statements]
    expressions = [e.term for e in document.expressions]
    asides = frozenset(n for n, s in enumerate(document.statements) if s.remark)
    understanding = understand(relations, expressions, _named_model(options.model), asides)
    if not any(q.definition is not None for q in understanding.model.quantities.values()):
        raise InputError(
            f"{document.name}: no equation defines a network (such as h_t = tanh(U x_t + W h_{{t-1}})); "
            "add its equations or name a model, as in --model notes"
        )
    return understanding


def _named_model(name: str | None) -> Understanding | None:
    if name is None:
        return None
    if name not in NAMED_MODELS:
        raise InputError(f"there is no model {name!r}; the models are: {', '.join(NAMED_MODELS)}")
    notes = builtin_notes()
    return understand([s.relation for s in notes.statements], [e.term for e in notes.expressions])


def instance_for(model: Model, options: Options) -> Instance:
    """The sizes of the exact check: what the options say, else small numbers, all different.

    What the options say is left out where exact algebra would not get through. Raises InputError for the size of an axis that the
    model does not have.
    """
    asked = _asked_for(model, options)
    return _asked_for(model, Options()) if _is_large(model, asked) else asked


def _beyond_exact(model: Model, options: Options) -> Instance | None:
    """The instance that the options ask for, if exact algebra would not get through there."""
    asked = _asked_for(model, options)
    return asked if _is_large(model, asked) else None


def _is_large(model: Model, instance: Instance) -> bool:
    usual = number_of_entries(model, _asked_for(model, Options()))
    return number_of_entries(model, instance) > max(usual, _MOST_EXACT_ENTRIES)


def _asked_for(model: Model, options: Options) -> Instance:
    """The sizes that the options ask for, the others different from these, from each other, and from the last step, the step after
    it and the number of steps: else 1/K would pass for 1/T. Raises InputError."""
    for label in options.sizes:
        if label not in model.labels:
            raise InputError(f"the model has no axis {label!r}; its axes are {', '.join(model.labels)}")
    last = model.first + options.steps - 1 - model.horizon_offset
    taken = {*options.sizes.values(), options.steps, last, last + 1}
    sizes: dict[str, int] = {}
    for label in model.labels:
        size = options.sizes.get(label) or _USUAL_SIZES.get(label, 5)
        while size in taken and label not in options.sizes:
            size += 1
        taken.add(size)
        sizes[label] = size
    return Instance(options.steps, tuple(sizes.items()))


def _judge(understanding: Understanding, decider: Decider, options: Options, relations: Sequence[Relation]) -> Judge:
    instance = decider.instance
    smaller = _smaller(understanding.model, instance)
    stages = tuple(d for d in smaller if d.instance.steps in _STAGES and d.instance.sizes == instance.sizes)
    setting = Setting(understanding.model, understanding.lexicon, unicode, hand=hand_of(relations, understanding.lexicon))
    large = _beyond_exact(understanding.model, options)
    witnesses = None if large is None else Witnesses(understanding.model, large, instance)
    reach = Reach(understanding.model, decider.scope(), options.every_length, witnesses)
    mender = Mender(decider, (*stages, decider), setting, reach)
    return Judge(understanding, decider, mender, reach, (*smaller, decider))


def _smaller(model: Model, instance: Instance) -> tuple[Decider, ...]:
    """Deciders at all smaller numbers of steps and hidden sizes, the smallest first (without the instance itself)."""
    hidden = dict(instance.sizes).get("hidden", 1)
    instances = [
        Instance(steps, instance.sizes).with_size("hidden", size)
        for steps in range(1, instance.steps + 1)
        for size in range(1, hidden + 1)
    ]
    return tuple(Decider(model, i) for i in instances if i != instance)


def _judged(judge: Judge, position: int, statement: Statement) -> Judgement:
    verdict = judge.verdict(position, statement)
    given = _given(judge, statement, verdict)
    return Judgement(statement, verdict, given, _sources(verdict), _answer(judge, statement, verdict))


def _answer(judge: Judge, statement: Statement, verdict: Verdict) -> Repair | None:
    """What an equation that is not true should say, unless it is its left side that is a slip."""
    relation = statement.relation
    if relation is None or not isinstance(verdict, (Slip, Wrong, Undecided)):
        return None
    if isinstance(verdict, Slip) and verdict.repair.relation.left != relation.left:
        return None
    return judge.mender.answer(relation)


def _given(judge: Judge, statement: Statement, verdict: Verdict) -> str:
    """How a false statement follows from what stands before it."""
    if _sources(verdict):
        return f"rests on {' and '.join(f'({label})' for label in _sources(verdict))}, wrong as well"
    if statement.previous is None or statement.relation is None or not isinstance(verdict, (Slip, Wrong)):
        return ""
    step = Relation("=", statement.previous, statement.relation.right, statement.relation.conditions)
    understanding = judge.understanding
    for reading in readings(step, understanding.model, understanding.lexicon)[0]:
        outcome = judge.decider.decide(reading.claim)
        if isinstance(outcome, Holds) and not outcome.hypotheses:
            return "follows from the line before"
    return ""


def _sources(verdict: Verdict) -> tuple[str, ...]:
    """The labels of the earlier statements whose repairs a wrong one needs."""
    repair = verdict.repair if isinstance(verdict, Wrong) else None
    return () if repair is None else tuple(dict.fromkeys(e.source for e in repair.edits if e.source))


def _described(document: Document, understanding: Understanding) -> tuple[str, ...]:
    """The defining equations, one line each."""
    by_position: Mapping[int, Statement] = dict(enumerate(document.statements))
    lines = []
    for position, key in understanding.defines.items():
        statement = by_position.get(position)
        if statement is None or statement.relation is None:
            lines.append(f"{key}: the sum over all time steps")
        else:
            lines.append(unicode_relation(statement.relation))
    return tuple(lines)
