"""The loss or the gradient that an equation may be about: one of the last step, of one step alone, or a part of a whole."""

from __future__ import annotations

from dataclasses import replace

from symrnn.judging.edits.hand import Hand
from symrnn.judging.guards.losses import open_losses
from symrnn.judging.hearing import Hearing
from symrnn.judging.losses import AT_THE_END, held_at_its_step, held_at_the_end
from symrnn.judging.meant.steps import of_last_step, of_one_step
from symrnn.judging.outcomes import best_of
from symrnn.judging.verdict import Conditional, Ground, under_hypothesis
from symrnn.language import questions
from symrnn.language.claims import Reading, extended
from symrnn.language.tensors import Jac, Ref
from symrnn.language.terms import Deriv, Relation, Sym, Term, walk
from symrnn.notation.said import said
from symrnn.reading.definitions.mentions import names_in
from symrnn.reading.definitions.steps import ahead_of
from symrnn.reading.elaborate.prefixed import terms_of_gradient
from symrnn.reading.lexicon import part_of, unprefixed
from symrnn.reading.spelling.later import as_handed_on


def with_a_loss_at_the_end(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true of a loss that the document leaves open where that is one of the last step.

    What another equation has beside other terms is a part, and no gradient of such a loss.
    """
    if relation.sides in hearing.surroundings.parts:
        return None
    for reading in admissible:
        found = held_at_the_end(reading.claim, open_losses(reading.claim, hearing.understanding), hearing.decider)
        if found is not None:
            outcome, decider = found
            return under_hypothesis(hearing.holding(reading, outcome, Ground(reading.claim, decider.scope())), said(AT_THE_END))
    return None


def at_its_step(hearing: Hearing, relation: Relation, admissible: list[Reading], hand: Hand) -> Conditional | None:
    """The verdict on what is true of an open loss where that is the loss of the one step that the equation names."""
    if relation.sides in hearing.surroundings.parts or relation.left in hand.totals or is_of_all_steps(hearing, relation, hand):
        return None
    for reading in admissible:
        found = held_at_its_step(reading.claim, open_losses(reading.claim, hearing.understanding), hearing.decider)
        if found is not None:
            step, outcome, decider = found
            held = hearing.holding(reading, outcome, Ground(reading.claim, decider.scope()))
            return under_hypothesis(held, said("the loss is that of step ", Sym(step), " alone"))
    return None


def is_of_all_steps(hearing: Hearing, relation: Relation, hand: Hand) -> bool:
    """Whether the loss that an equation is about is no loss of one step: another equation for the same gradient adds what comes from
    later steps, or it is made with that itself, or sums over that step add up its gradients."""
    handed_on = any(part is not None and part[1] for part in map(part_of, names_in(relation, hearing.lexicon)))
    of_later = any(left == relation.left and _names_the_next(part) for left, part in hearing.surroundings.parts)
    return handed_on or of_later or hand.sums_over(relation.left)


def _names_the_next(term: Term) -> bool:
    """Whether a formula speaks of a step t + 1."""
    return any((ahead := ahead_of(node)) is not None and ahead[1] == 1 for _, node in walk(term))


def with_the_last_step(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true of an open loss where a sum to a step that the left side does not have goes to the last one."""
    meant = of_last_step(relation, admissible, hearing.understanding)
    best = None if meant is None else hearing.best(meant[0])
    return None if meant is None or best is None else under_hypothesis(hearing.holding(*best), said(meant[1], " is the last step"))


def added_by_one_step(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true of a parameter where that is the one of one step, whose gradients are still to be added up."""
    alone = of_one_step(relation, admissible, hearing.understanding)
    best = None if alone is None else hearing.best(alone)
    if alone is None or best is None:
        return None
    below = alone.left.denominator if isinstance(alone.left, Deriv) else unprefixed(alone.left)
    return under_hypothesis(hearing.holding(*best), said(below, " is meant, the parameter as its step alone uses it"))


def one_of_its_terms(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is added to a gradient where that is what comes through one of the quantities that use what it is by."""
    held = []
    for reading in hearing.readings(replace(relation, op="="))[0]:
        left = reading.claim.left
        if isinstance(left, Jac) and not left.explicit and isinstance(left.wrt, Ref) and left.wrt.time is not None:
            terms = terms_of_gradient(extended(hearing.model, reading.claim), left.numerator, left.wrt)
            held += [replace(reading, claim=replace(reading.claim, left=term)) for term in terms]
    best = best_of(hearing.outcomes.of(held))
    return (
        None
        if best is None
        else under_hypothesis(hearing.holding(*best), said("what else makes ", relation.left, " is added as well"))
    )


def as_handed_on_part(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true of an error of the step before where that is the part of the gradient which this step hands on."""
    part = as_handed_on(relation.left)
    is_open = not isinstance(relation.left, Deriv) or any(open_losses(r.claim, hearing.understanding) for r in admissible)
    best = hearing.best(replace(relation, left=part)) if part is not None and is_open else None
    if best is None:
        return None
    answers = tuple((q, answer) for q, answer in best[0].answers if not q.is_kind_of(questions.PART_OF_GRADIENT))
    found = hearing.holding(replace(best[0], answers=answers), best[1])
    return under_hypothesis(found, said(relation.left, " is the part that comes from later steps"))
