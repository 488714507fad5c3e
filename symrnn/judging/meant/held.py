r"""Jacobians that hold fixed what the step makes on the way: ``\partial \tilde h_t / \partial h_{t-1}`` with the gate r_t as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.deciding.decide import dependencies
from symrnn.language.functions import meaning
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Affine, Map, Ref, walk
from symrnn.language.terms import Deriv, Mark, Num, Relation
from symrnn.language.terms import walk as walk_term
from symrnn.reading.lexicon import Lexicon

_GATE = meaning("sigmoid")


def held_fixed(relation: Relation, model: Model, lexicon: Lexicon) -> Iterator[frozenset[str]]:
    """What may be held fixed in a Jacobian by an input or by what stands at another step: the gates of its step, or all it makes there."""
    left = relation.left
    if not isinstance(left, Deriv) or left.sign != "partial" or isinstance(left.numerator, Mark):
        return
    if isinstance(relation.right, Num):  # that what is held fixed has no slope says nothing
        return
    found = [lexicon.occurrence(side) for side in (left.numerator, left.denominator)]
    if any(o is None or len(o.indices) != 1 for o in found):
        return
    of, by = (model.named(o.name).get(True) for o in found if o is not None)
    same = len({o.indices for o in found if o is not None}) == 1
    if of is None or by is None or not of.shape or same != (by.definition is None):
        return
    made = {q.key: q for q in _made_now(of, model) if by.key in dependencies((Ref(q.key, Affine.of("t"), q.shape),), model)}
    gates = frozenset(key for key, q in made.items() if isinstance(q.definition, Map) and q.definition.function == _GATE)
    slopes = [lexicon.occurrence(n.numerator) for _, n in walk_term(relation.right) if isinstance(n, Deriv)]
    unfolded = {key for key, q in made.items() if q.name in {o.name for o in slopes if o is not None}}
    yield from dict.fromkeys(held for held in (gates, frozenset(made)) if held and not held & unfolded)


def without_definitions(model: Model, held: frozenset[str]) -> Model:
    """The network in which some quantities depend on nothing."""
    free = {key: replace(model.quantities[key], definition=None, special=(), recurrence=0) for key in held}
    return replace(model, quantities={**model.quantities, **free})


def _made_now(quantity: Quantity, model: Model) -> list[Quantity]:
    """The computed quantities of its step of which a quantity is made."""
    found: dict[str, Quantity] = {}
    open_ = [quantity]
    while open_:
        definition = open_.pop().definition
        for node in walk(definition) if definition is not None else ():
            known = model.quantities.get(node.quantity) if isinstance(node, Ref) and node.time == Affine.of("t") else None
            if known is not None and known.definition is not None and known.key not in {*found, quantity.key}:
                found[known.key] = known
                open_.append(known)
    return list(found.values())
