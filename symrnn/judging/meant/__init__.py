"""Equations that are true where something is meant that they do not say, each module with one kind of what that may be."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.judging.edits import Setting
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.ends import to_the_end_of_the_loss, to_the_stated_end
from symrnn.judging.meant.letters import (
    of_any_parameter,
    of_named_measure,
    of_unsaid_error,
    of_unsaid_function,
    of_unsaid_target,
    of_usual_recurrence,
)
from symrnn.judging.meant.losses import (
    added_by_one_step,
    as_handed_on_part,
    at_its_step,
    with_a_loss_at_the_end,
    with_the_last_step,
)
from symrnn.judging.meant.networks import (
    by_the_equation,
    in_numbers,
    in_one_unit,
    of_explicit,
    of_held,
    of_the_other_equation,
    with_supposed_function,
)
from symrnn.judging.meant.written import in_other_words
from symrnn.judging.verdict import Verdict
from symrnn.language.choices import Inadmissible
from symrnn.language.claims import Reading
from symrnn.language.terms import Relation
from symrnn.reading.document import Statement


def of_what_is_unsaid(hearing: Hearing, relation: Relation) -> Iterator[Verdict | None]:
    """The verdicts on an equation with a letter or a function of which nothing says what it is, the likeliest first."""
    yield of_any_parameter(hearing, relation)
    yield of_unsaid_error(hearing, relation)
    yield of_unsaid_target(hearing, relation)
    yield of_unsaid_function(hearing, relation)


def meant_otherwise(
    hearing: Hearing,
    relation: Relation,
    statement: Statement,
    read: tuple[list[Reading], list[Inadmissible]],
    setting: Setting,
) -> Iterator[Verdict | None]:
    """The verdicts on an equation that is not true as it is `read`, each with what is meant there, the likeliest first."""
    admissible, refused = read
    yield in_other_words(hearing, relation, refused)
    yield to_the_end_of_the_loss(hearing, admissible)
    yield in_numbers(hearing, relation)
    yield with_supposed_function(hearing, statement, admissible)
    yield in_one_unit(hearing, statement, admissible)
    yield of_explicit(hearing, relation, setting)
    yield to_the_stated_end(hearing, relation, statement, setting)
    yield of_held(hearing, relation, refused, setting.hand)
    yield by_the_equation(hearing, admissible)
    yield with_a_loss_at_the_end(hearing, relation, admissible)
    yield with_the_last_step(hearing, relation, admissible)
    yield added_by_one_step(hearing, relation, admissible)
    yield as_handed_on_part(hearing, relation, admissible)
    yield at_its_step(hearing, relation, admissible, setting.hand)
    yield of_named_measure(hearing, relation)
    yield of_usual_recurrence(hearing, relation)
    yield of_the_other_equation(hearing, relation, admissible)
