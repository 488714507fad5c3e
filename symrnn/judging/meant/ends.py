"""Where a sequence ends that an equation is about: at the last term of a loss, or at the number that a section states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from symrnn.deciding.decide import Decider, Fails
from symrnn.judging.edits import Setting, explicit_marks
from symrnn.judging.guards.losses import ended_sequences
from symrnn.judging.hearing import Hearing
from symrnn.judging.outcomes import LONGEST_STATED, best_at_both
from symrnn.judging.verdict import Conditional, Ground, Proven, Repair, Slip
from symrnn.language import questions
from symrnn.language.claims import Reading
from symrnn.language.model import Name
from symrnn.language.terms import Num, Relation
from symrnn.reading.definitions import Understanding
from symrnn.reading.document import Statement


def to_the_end_of_the_loss(hearing: Hearing, admissible: list[Reading]) -> Proven | Conditional | None:
    """The verdict on what is true where a loss that ends at a number, ``L_1 + L_2 + L_3``, has the last step; at two sets of sizes."""
    claims = [reading.claim for reading in admissible]
    for loss, last, ended in ended_sequences(claims, hearing.decider, hearing.understanding.examples, hearing.surroundings.last):
        best = best_at_both(admissible, ended, Decider(ended.model, ended.instance.wider(ended.instance.steps)))
        if best is not None:
            named = loss.key in hearing.understanding.examples
            reading = best[0].also((questions.LAST_STEP, str(last) if named else f"where {loss.text} ends"))
            return hearing.holding(reading, best[1], Ground(reading.claim, ended.scope()))
    return None


def last_step_named(relations: Iterable[Relation], understanding: Understanding) -> int:
    """The last step at which relations have a quantity of every step by its number; 0 where there is none."""
    found = (understanding.lexicon.occurrence(node) for relation in relations for node in relation.nodes())
    timed = (o for o in found if o is not None and True in understanding.model.named(o.name))
    return max((int(index.value) for o in timed for index in o.indices if isinstance(index, Num)), default=0)


@dataclass(frozen=True)
class _End:
    """Deciders of a sequence that ends as its section states, ``T = 4``, at two sets of sizes, and where that is said."""

    first: Decider
    second: Decider
    where: str


def _stated_end(hearing: Hearing, statement: Statement) -> _End | None:
    """Where the sequence of a statement ends as its section states."""
    model, instance = hearing.model, hearing.decider.instance
    stated = next((s for name, s in reversed(hearing.suppositions) if name == Name(model.horizon)), None)
    last = stated.relation.right if stated is not None and stated.relation is not None else None
    if stated is None or not isinstance(last, Num) or stated.section != statement.section:
        return None
    steps = int(last.value) - model.first + 1 + model.horizon_offset
    if not 1 < steps <= LONGEST_STATED:
        return None
    ends = [Decider(model, at) for at in (replace(instance, steps=steps), instance.wider(steps))]
    return _End(ends[0], ends[1], f"where {stated.latex} (line {stated.place.line})")


def to_the_stated_end(
    hearing: Hearing, relation: Relation, statement: Statement, setting: Setting
) -> Proven | Conditional | Slip | None:
    """The verdict on what is true of the last step by its number where the section states that, ``T = 4``.

    An inner derivative may lack the mark of the explicit one there as elsewhere.
    """
    end = _stated_end(hearing, statement)
    if end is None or not _has_numbered_step(hearing, relation):
        return None
    for meant, edit in ((relation, None), *((c.relation, c.edit) for c in explicit_marks(relation, setting))):
        best = best_at_both(hearing.readings(meant)[0], end.first, end.second)
        if best is not None:
            reading, outcome = best[0].also((questions.LAST_STEP, end.where)), best[1]
            ground = Ground(reading.claim, end.first.scope())
            if edit is None:
                return hearing.holding(reading, outcome, ground)
            if not outcome.hypotheses:
                return Slip(Repair(meant, (edit,), ground, (), reading.answers), None)
    return None


def _has_numbered_step(hearing: Hearing, relation: Relation) -> bool:
    found = map(hearing.lexicon.occurrence, relation.nodes())
    return any(isinstance(index, Num) for o in found if o is not None for index in o.indices)


def fails_at_the_stated_end(hearing: Hearing, admissible: list[Reading], statement: Statement) -> bool:
    """Whether a claim is refuted for a sequence that ends where its section states."""
    end = _stated_end(hearing, statement)
    return end is not None and bool(admissible) and all(isinstance(end.first.decide(r.claim), Fails) for r in admissible)
