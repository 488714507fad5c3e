"""What holds or fails only because nothing is said: derivatives that vanish since no equation makes a quantity depend on another."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.deciding.decide import Holds, dependencies
from symrnn.judging.guards.gate import without_effect
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.networks import are_held, by_text
from symrnn.judging.verdict import Undecided, Verdict, under_hypothesis
from symrnn.language.claims import Claim, Reading, extended
from symrnn.language.model import Name
from symrnn.language.tensors import Jac, Ref
from symrnn.notation.said import Told, said


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


def said_to_depend(hearing: Hearing, admissible: Sequence[Reading]) -> list[Name]:
    """What has no equation, enters what is differentiated by a state, and depends on the state as the text says."""
    model = hearing.model
    if not hearing.dependent:
        return []
    of = {
        key
        for n in (n for reading in admissible for n in reading.claim.nodes() if isinstance(n, Jac))
        if n.wrt.time is not None and not n.explicit and model.quantities[n.wrt.quantity].definition is not None
        for key in dependencies((n.numerator,), model)
    }
    free = [q for key, q in model.quantities.items() if key in of and q.timed and q.definition is None and not q.slope]
    return by_text(q.name for q in free if q.name.letter in hearing.dependent)


def free_numerator(hearing: Hearing, claim: Claim) -> Name | None:
    """A letter that no equation gives, differentiated by itself at another step: what vanishes with it shows nothing."""
    model = extended(hearing.model, claim)
    for jac in (n for n in claim.nodes() if isinstance(n, Jac)):
        if isinstance(jac.numerator, Ref) and jac.numerator != jac.wrt and jac.numerator.quantity == jac.wrt.quantity:
            above = model.quantities[jac.numerator.quantity]
            if above.definition is None and not above.special and not above.slope:
                return above.name
    return None


def no_effect(hearing: Hearing, admissible: Sequence[Reading]) -> Told | None:
    """Why gradients that vanish show nothing: by no equation does the loss depend on what it is differentiated by."""
    name = next(filter(None, (without_effect(reading.claim, hearing.model) for reading in admissible)), None)
    return None if name is None else said("no equation makes the loss depend on ", name.bare, "; write how")
