"""Losses that a document may mean where it names one or none: a sum over the steps is read, and three others are tried besides.

A claim that is false for all of them is false whatever the loss depends on: that of one step alone, and of the last of several, are among
them, and so is the mean over the steps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from symrnn.deciding.decide import Decider, Fails, Holds, Open
from symrnn.language.claims import Claim
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Affine, Condition, Const, Dot, Jac, Ref, Sum


def false_of_every_loss(claims: Sequence[Claim], examples: Collection[str], decider: Decider, of_all_steps: bool = False) -> bool:
    """Whether claims that are refuted for a loss of all steps are so too for the last one, and for one alone unless they name the next.

    It is not that of one step alone where the document has it `of_all_steps`.
    """
    alone = Decider(decider.model, replace(decider.instance, steps=1), decider.manner)
    last = Decider(_at_the_end(decider.model, examples), decider.instance, decider.manner)
    mean = Decider(_as_means(decider.model, examples, decider.instance.steps), decider.instance, decider.manner)
    return all(_fails(claim, mean) for claim in claims) and all(
        _fails(_of_the_end(claim, decider.model, examples), last)
        and (of_all_steps or _names_the_next(claim) or _fails(claim, alone))
        for claim in claims
    )


#: A hypothesis about a loss that a document leaves open.
AT_THE_END = "the loss depends on the outputs of the last step alone"


def held_at_its_step(claim: Claim, examples: Collection[str], decider: Decider) -> tuple[str, Holds, Decider] | None:
    """What a claim about an open loss comes to where that is the loss of the one step that it names, with this step; else None.

    The loss of a step is that of the last one of the steps up to there: what comes later it does not know, nor where the last step is.
    """
    steps = [name for name, role, _ in claim.variables if role == "time"]
    if len(steps) != 1 or _names_the_next(claim) or decider.model.horizon in claim.left.free | claim.right.free:
        return None
    last = Condition("=", Affine.of(steps[0]), decider.model.last)
    found = held_at_the_end(replace(claim, within=(*claim.within, last)), examples, decider)
    return None if found is None else (steps[0], *found)


def held_at_the_end(claim: Claim, examples: Collection[str], decider: Decider) -> tuple[Holds, Decider] | None:
    """What a claim about an open loss comes to where that is of the last step only; at two lengths and sets of sizes, else None.

    There is no such loss where a document speaks of those of the steps.
    """
    known = decider.model.quantities
    totals = [known[key].name for key in examples if key in known] + [q.name for q in claim.unknown if q.key in examples]
    if not totals or any(q.timed and q.name in totals for q in known.values()):
        return None
    claim, instance, model = _of_the_end(claim, decider.model, examples), decider.instance, _at_the_end(decider.model, examples)
    first, second = (Decider(model, at, decider.manner) for at in (instance, instance.wider(instance.steps - 1)))
    outcome = first.decide(claim)
    return (outcome, first) if isinstance(outcome, Holds) and isinstance(second.decide(claim), Holds) else None


def _names_the_next(claim: Claim) -> bool:
    """Whether a claim speaks of a step t + 1: it is no claim about one step alone."""
    nodes = list(claim.nodes())
    refs = [n.wrt if isinstance(n, Jac) else n for n in nodes if isinstance(n, (Jac, Ref))]
    return any(ref.time is not None and ref.time.terms and ref.time.constant > 0 for ref in refs)


def _fails(claim: Claim, decider: Decider) -> bool:
    """Whether a claim is refuted; the state before a step is not zero only because that step is taken alone."""
    outcome = decider.decide(claim)
    if isinstance(outcome, Fails) or (isinstance(outcome, Open) and outcome.empty):
        return True
    if decider.instance.steps > 1 or (isinstance(outcome, Open) and outcome.unfinished):
        return False
    return decider.refute(claim, tuple(h for h in decider.usual(claim) if h.kind != "zero")) is not None


def _at_the_end(model: Model, examples: Collection[str]) -> Model:
    """A model with losses of the last step only."""
    changed = {key: _last_term(model.quantities[key], model) for key in examples if key in model.quantities}
    return replace(model, quantities={**model.quantities, **changed})


def _as_means(model: Model, examples: Collection[str], steps: int) -> Model:
    """A model with the means over its steps as losses."""
    share = Const(Fraction(1, steps))
    known = {key: model.quantities[key] for key in examples if key in model.quantities}
    changed = {key: replace(q, definition=Dot(share, q.definition, 0)) for key, q in known.items() if q.definition is not None}
    return replace(model, quantities={**model.quantities, **changed})


def _of_the_end(claim: Claim, model: Model, examples: Collection[str]) -> Claim:
    """A claim whose own loss, which the document does not name, is of the last step only."""
    return replace(claim, unknown=tuple(_last_term(q, model) if q.key in examples else q for q in claim.unknown))


def _last_term(loss: Quantity, model: Model) -> Quantity:
    total, last = loss.definition, model.last
    return (
        replace(loss, definition=Sum(total.variable, last, last, total.conditions, total.body)) if isinstance(total, Sum) else loss
    )
