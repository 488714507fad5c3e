"""What an equation may be written for: a reading of its signs that is tried last."""

from __future__ import annotations

from symrnn.deciding.decide import Open
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.otherwise import other_readings
from symrnn.judging.outcomes import best_of
from symrnn.judging.verdict import Conditional, Proven, Undecided
from symrnn.language.choices import Inadmissible
from symrnn.language.terms import Relation


def in_other_words(hearing: Hearing, relation: Relation, refused: list[Inadmissible]) -> Proven | Conditional | Undecided | None:
    """The verdict under a reading that is tried last, where one makes the equation true or stays open."""
    for other in other_readings(relation, refused, hearing.model, hearing.lexicon):
        admissible = hearing.readings(other.relation, other.forms)[0]
        outcomes = hearing.outcomes.of([reading.also(*other.answers) for reading in admissible])
        best = best_of(outcomes)
        if best is not None:
            return hearing.holding(*best)
        if not other.only_if_true and any(isinstance(outcome, Open) and not outcome.empty for _, outcome in outcomes):
            meant = ", ".join(f"{question}: {answer}" for question, answer in outcomes[0][0].answers)
            return Undecided(f"it may be meant otherwise: {meant}")
    return None
