"""The gate before *wrong*: the word is said only where no guess stands behind it.

Each guard looks at one way in which a refuted claim may yet be true, and gives the reason why it may. Whoever says *wrong* asks
`objection` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from symrnn.deciding.decide import Decider, Fails, Holds, dependencies
from symrnn.deciding.evaluate.world import AT_ONE_STEP, BY_THE_EQUATION
from symrnn.judging.guards.equations import (
    constraint,
    doubtful_definition,
    equation_of_a_step,
    failed_definition,
    layers,
    letter_of_a_rule,
    members_of_a_set,
    new_value,
    of_one_kind,
    one_unit,
    other_rule,
    other_units,
    part_of_an_axis,
    recursion,
    restated_aside,
    said_to_be_near,
    supposition,
    unclear_condition,
    values_of_an_example,
    written_otherwise,
)
from symrnn.judging.guards.functions import (
    by_a_function,
    function_of_a_letter,
    open_function,
    other_function,
    slope_by_its_value,
    slope_of_an_example,
    unknown_function,
    value_of_a_function,
)
from symrnn.judging.guards.letters import (
    another_name,
    counted_back_by_the_last_step,
    decimal,
    derivative_of_a_free_letter,
    guessed_rank,
    last_step_above,
    letter_and_number,
    number_of_an_example,
    of_any_index,
    one_index_of_two,
    other_side,
    part_at_a_bar,
    part_of_an_error,
    slope_at_a_free_letter,
    step_in_a_word,
    step_of_an_example,
)
from symrnn.judging.guards.losses import (
    example_of_a_loss,
    examples_of_a_letter,
    other_loss,
    steps_of_the_loss,
    summed_examples,
    summed_step,
    unlinked_loss,
)
from symrnn.judging.guards.refuted import Refuted, definitions_behind
from symrnn.language.choices import Untried
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Jac, Ref, Tensor, walk
from symrnn.language.terms import Add
from symrnn.notation.said import Told, name_typed, said


def objection(refuted: Refuted) -> Told | None:
    """Why a refuted claim is not to be called wrong; None where nothing speaks against it."""
    return next((reason for guard in GUARDS if (reason := guard(refuted)) is not None), None)


def untried_reading(refuted: Refuted) -> Told | None:
    """A formula may have more readings than were tried."""
    return next((str(r.reason) for r in refuted.refused if isinstance(r, Untried)), None)


def left_on_the_right(refuted: Refuted) -> Told | None:
    """``dL/dh_t = a + dL/dh_t``: what is added to itself may be what comes from elsewhere."""
    left, right = refuted.relation.left, refuted.relation.right
    if not isinstance(right, Add) or left not in right.terms:
        return None
    return said(left, " stands on both sides, and may be what comes to it from elsewhere on the right; give that another letter")


def unused_quantity(refuted: Refuted) -> Told | None:
    """The derivative of a loss by a quantity that nothing is made of is no error of the network: its letter may be that of another one."""
    model = refuted.understanding.model
    named = [q.definition for q in model.quantities.values() if q.name in refuted.names and q.definition is not None]
    found = (without_effect(reading.claim, model) for reading in refuted.admissible)
    name = next(filter(None, found), None) or _by_what_has_no_effect(named, model)
    return None if name is None else said("nothing of the network is made of ", name_typed(name), ", by which is differentiated")


def without_effect(claim: Claim, model: Model) -> Name | None:
    """A quantity that a loss does not depend on and is differentiated by, in a claim or in a definition behind it."""
    model, sides = extended(model, claim), (claim.left, claim.right)
    return _by_what_has_no_effect([part for side in sides for part in (side, *definitions_behind(side, model))], model)


def _by_what_has_no_effect(parts: Iterable[Tensor], model: Model) -> Name | None:
    """What a number in some formulas is differentiated by that it does not depend on."""
    for jac in (n for part in parts for n in walk(part) if isinstance(n, Jac)):
        quantity = model.quantities.get(jac.wrt.quantity)
        if quantity is not None and not jac.numerator.shape and quantity.key not in dependencies((jac.numerator,), model):
            return quantity.name
    return None


def without_a_path(refuted: Refuted) -> Told | None:
    """``\\partial h_t / \\partial h_{t-1}`` is not meant as zero where no equation makes h of h, as where the gates have ``H_{t-1}``."""
    for reading in refuted.admissible:
        model = extended(refuted.understanding.model, reading.claim)
        for jac in (n for n in reading.claim.nodes() if isinstance(n, Jac)):
            above = model.quantities.get(jac.numerator.quantity) if isinstance(jac.numerator, Ref) else None
            if above is None or above.definition is None or jac.numerator == jac.wrt or reading.claim.literal_zero:
                continue
            below = model.quantities[jac.wrt.quantity]
            given = below.definition is not None or bool(below.special)
            if below.timed and given and below.key not in dependencies((above.definition,), model):
                return said(
                    "no equation makes ", name_typed(above.name), " of ", name_typed(below.name), ", by which it is differentiated"
                )
    return None


def other_explicit_derivative(refuted: Refuted) -> Told | None:
    """An explicit derivative may hold the other quantities of its step fixed as well, or that of a total all other steps."""
    for reading in refuted.admissible:
        if any(isinstance(n, Jac) and n.explicit for n in reading.claim.nodes()):
            for manner, meaning in _EXPLICIT.items():
                if _may_hold(reading.claim, refuted.decider, manner):
                    return f"it may be true where ∂⁺ {meaning}"
    return None


def _may_hold(claim: Claim, decider: Decider, manner: str) -> bool:
    """Whether a claim is not refuted in another manner of explicit derivatives, at the instance or at a longer one."""
    outcome = Decider(decider.model, decider.instance, manner).decide(claim)
    if not isinstance(outcome, Holds):
        return not isinstance(outcome, Fails)
    longer = replace(decider.instance, steps=decider.instance.steps + _MORE_STEPS)
    return Decider(decider.model, longer, manner).refute(claim, outcome.hypotheses) is None


_MORE_STEPS = 4


_EXPLICIT = {
    BY_THE_EQUATION: "is by what stands in the equation itself, and holds the other quantities of the step fixed",
    AT_ONE_STEP: "of a sum over all steps holds fixed what stands at other steps",
}


Guard = Callable[[Refuted], Told | None]


GUARDS: tuple[Guard, ...] = (
    untried_reading,
    failed_definition,
    values_of_an_example,
    equation_of_a_step,
    recursion,
    other_rule,
    members_of_a_set,
    of_one_kind,
    part_of_an_axis,
    letter_of_a_rule,
    said_to_be_near,
    doubtful_definition,
    step_in_a_word,
    open_function,
    slope_by_its_value,
    value_of_a_function,
    slope_of_an_example,
    unknown_function,
    example_of_a_loss,
    unlinked_loss,
    steps_of_the_loss,
    part_of_an_error,
    one_index_of_two,
    slope_at_a_free_letter,
    part_at_a_bar,
    last_step_above,
    counted_back_by_the_last_step,
    supposition,
    one_unit,
    new_value,
    unclear_condition,
    constraint,
    another_name,
    other_side,
    step_of_an_example,
    guessed_rank,
    derivative_of_a_free_letter,
    left_on_the_right,
    unused_quantity,
    without_a_path,
    summed_step,
    restated_aside,
    written_otherwise,
    other_explicit_derivative,
    of_any_index,
    by_a_function,
    letter_and_number,
    function_of_a_letter,
    decimal,
    number_of_an_example,
    other_function,
    layers,
    other_loss,
    other_units,
    summed_examples,
    examples_of_a_letter,
)
