"""What holds or fails only because nothing is said: derivatives that vanish since no equation makes a quantity depend on another."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.deciding.decide import Holds, dependencies
from symrnn.judging.guards.gate import without_effect
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.networks import are_held, by_text
from symrnn.judging.verdict import Undecided, Verdict, under_hypothesis
from symrnn.language.claims import Claim, Reading, extended
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Jac, Ref
from symrnn.language.terms import Relation
from symrnn.notation.said import Told, said
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.mentions import names_in
from symrnn.reading.elaborate import readings


def not_vacuous(hearing: Hearing, reading: Reading, outcome: Holds) -> Verdict:
    """The verdict on a claim that holds, unless only what no equation says makes it hold."""
    free = free_numerator(hearing, reading.claim)
    if free is not None:
        return Undecided(said("no equation says what ", free.bare, " depends on"))
    empty = no_effect(hearing, [reading]) if reading.claim.literal_zero else None
    if empty is not None:
        return Undecided(empty)
    held, found = said_to_depend(hearing, [reading]), hearing.holding(reading, outcome)
    return under_hypothesis(found, are_held(held, ", though the text lets them depend on the state")) if held else found


def may_be_about(relation: Relation, own: Hearing, other: Hearing) -> bool:
    """Whether an equation may be about another network than its own.

    That gives whatever the equation names and its own network gives, and what the equation differentiates depends there on what it is
    differentiated by. Where ``C_t`` feeds nothing, ``\\partial E / \\partial C_T = 0`` shows nothing.
    """
    if not _given(relation, own) <= _given(relation, other):
        return False
    admissible = readings(relation, other.model, other.lexicon)[0]
    return not admissible or any(_depends(reading.claim, other.model) for reading in admissible)


def _given(relation: Relation, hearing: Hearing) -> set[Name]:
    """The quantities in an equation that a network has an equation for."""
    quantities = ((name, q) for name in names_in(relation, hearing.lexicon) for q in hearing.model.named(name).values())
    return {name for name, quantity in quantities if quantity.definition is not None}


def _depends(claim: Claim, model: Model) -> bool:
    """Whether all that a claim differentiates depends on what it is differentiated by."""
    model = extended(model, claim)
    return all(n.wrt.quantity in dependencies((n.numerator,), model) for n in claim.nodes() if isinstance(n, Jac))


def said_to_depend(hearing: Hearing, admissible: Sequence[Reading]) -> list[Name]:
    """What has no equation, enters what is differentiated by a state, and depends on the state as the text says."""
    model = hearing.model
    if not hearing.surroundings.dependent:
        return []
    of = {
        key
        for n in (n for reading in admissible for n in reading.claim.nodes() if isinstance(n, Jac))
        if n.wrt.time is not None and not n.explicit and model.quantities[n.wrt.quantity].definition is not None
        for key in dependencies((n.numerator,), model)
    }
    free = [q for key, q in model.quantities.items() if key in of and q.timed and q.definition is None and not q.slope]
    return by_text(q.name for q in free if q.name.letter in hearing.surroundings.dependent)


def free_numerator(hearing: Hearing, claim: Claim) -> Name | None:
    """A letter that no equation gives, a loss or differentiated by itself at another step: what vanishes with it shows nothing."""
    model = extended(hearing.model, claim)
    for jac in (n for n in claim.nodes() if isinstance(n, Jac)):
        if isinstance(jac.numerator, Ref) and jac.numerator != jac.wrt:
            above = model.quantities[jac.numerator.quantity]
            is_open = above.definition is None and not above.special and not above.slope
            if is_open and (above.key == jac.wrt.quantity or above.name.letter in LOSSES):
                return above.name
    return None


def no_effect(hearing: Hearing, admissible: Sequence[Reading]) -> Told | None:
    """Why gradients that vanish show nothing: by no equation does the loss depend on what it is differentiated by."""
    name = next(filter(None, (without_effect(reading.claim, hearing.model) for reading in admissible)), None)
    return None if name is None else said("no equation makes the loss depend on ", name.bare, "; write how")
