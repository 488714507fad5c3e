r"""Letters with a prefix: ``\delta f_t`` and ``df_t`` as the gradient of the loss by f_t, ``dh_t`` as the differential of h_t."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symrnn.language.choices import Inadmissible
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
    Jac,
    Map,
    Plus,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    rebuilt,
    refs_in,
    substitute,
    walk,
)
from symrnn.language.terms import PREFIXES
from symrnn.notation.said import name_typed, said
from symrnn.notation.vocabulary import LOSSES

GRADIENT, DIFFERENTIAL = "the gradient of the loss by it", "its differential"
PART = "the part of the gradient that comes from"
WHOLE = "all of the gradient, of which nothing comes from its own step"
#: The key of the loss of a document that names none.
UNNAMED = "unknown loss"
_WEIGHT = "loss weight"
INSIDE = "the gradient by what the function is of that gives it"


def meanings(prefix: str) -> tuple[str, ...]:
    """What a prefix may make of a letter; ``dp``, before what a function gives, is a gradient before that function."""
    return (GRADIENT, DIFFERENTIAL) if prefix == "d" else (GRADIENT,)


def part_of_gradient(model: Model, loss: Tensor, totals: tuple[Quantity, ...], ref: Ref, later: bool) -> Tensor:
    """The part of the gradient of the loss by a quantity that comes from later steps, or the rest of it.

    Where one quantity of later steps uses it, that is the part through this one; else the gradient of what later steps add to the
    loss, unless something else of its own step acts later as well. Raises Inadmissible.
    """
    if ref.time is None:
        raise Inadmissible("a part from later steps of what has no step")
    users = set(_later_users(model, ref.quantity))
    if len(users) == 1:
        ((key, ahead),) = users
        user = model.quantities[key]
        through = Ref(key, ref.time + ahead, user.shape)
        part: Tensor = Dot(Jac(loss, through, False), Jac(through, ref, True), len(user.shape))
    elif any(_later_users(model, key) for key in _same_step(model, ref.quantity)):
        raise Inadmissible("what depends on it at its own step acts on later steps as well")
    else:
        part = Jac(_from_later(model, loss, totals, ref.time), ref, False)
    return part if later else Plus((Jac(loss, ref, False), Dot(Const(Fraction(-1)), part, 0)))


def terms_of_gradient(model: Model, loss: Tensor, ref: Ref) -> Iterator[Tensor]:
    """The terms of the gradient of a loss by a quantity at a step: what comes through each of the quantities that use it."""
    for key, ahead in dict.fromkeys(_users(model, ref.quantity)):
        through = Ref(key, None if ref.time is None else ref.time + ahead, model.quantities[key].shape)
        yield Dot(Jac(loss, through, False), Jac(through, ref, True), len(through.shape))


def _users(model: Model, key: str) -> Iterator[tuple[str, int]]:
    """The quantities of a step that use one of the same or of an earlier step, and how many steps later."""
    step = Affine.of("t")
    uses = ((q, ref) for q in _defined(model) if q.timed and q.definition is not None for ref in refs_in(q.definition))
    found = ((user.key, ref.time - step) for user, ref in uses if ref.quantity == key and ref.time is not None)
    return ((user, -shift.constant) for user, shift in found if not shift.terms and shift.constant <= 0)


def _later_users(model: Model, key: str) -> list[tuple[str, int]]:
    """The quantities that use one of an earlier step, and how many steps later."""
    return [(user, ahead) for user, ahead in _users(model, key) if ahead]


def _same_step(model: Model, key: str) -> set[str]:
    """What depends on a quantity within its step."""
    found, grown = {key}, True
    while grown:
        more = {q.key for q in _defined(model) if q.timed and any(_uses_now(q, other) for other in found)} - found
        grown, found = bool(more), found | more
    return found - {key}


def _uses_now(user: Quantity, key: str) -> bool:
    now = Affine.of("t")
    return user.definition is not None and any(r.quantity == key and r.time == now for r in refs_in(user.definition))


def _from_later(model: Model, loss: Tensor, totals: tuple[Quantity, ...], time: Affine) -> Tensor:
    """What the steps after one add to a loss that is a sum over steps. Raises Inadmissible for another one."""
    own = {q.key: q for q in totals}
    quantity = model.quantities.get(loss.quantity) or own.get(loss.quantity) if isinstance(loss, Ref) else None
    definition = None if quantity is None else quantity.definition
    sums = [n for n in walk(definition) if isinstance(n, Sum)] if definition is not None else []
    over_steps = [n for n in sums if n.upper == model.last]
    if definition is None or len(over_steps) != 1:
        raise Inadmissible("the loss is no sum over the steps")

    def cut(node: Tensor) -> Tensor:
        if isinstance(node, Sum) and node == over_steps[0]:
            return Sum(node.variable, time + 1, node.upper, node.conditions, node.body)
        return rebuilt(node, cut)

    return cut(definition)


def loss_of(model: Model) -> tuple[Tensor, tuple[Quantity, ...]]:
    """The loss as an expression, and the free quantities that are in it where the document names no loss.

    A loss that is not written out is a sum over all steps of free weights times what no other quantity of the step is made of: its
    gradients are those of any loss of these outputs. Raises Inadmissible where there are none.
    """
    totals = [q for q in _scalars(model) if not q.timed]
    if totals:
        return Ref(totals[0].key, None, ()), ()
    now = Affine.of("t")
    used = {ref.quantity for q in _defined(model) if q.definition is not None for ref in refs_in(q.definition) if ref.time == now}
    outputs = [q for q in _defined(model) if q.timed and q.key not in used]
    steps = [q for q in outputs if not q.shape and q.name.letter in LOSSES]
    weights = tuple(_weight(q) for q in outputs) if not steps else ()
    if not outputs:
        raise Inadmissible("no loss and no output that a loss could be of")
    refs = [Ref(q.key, Affine.of("loss#"), q.shape) for q in steps or outputs]
    terms = (
        [Dot(Ref(w.key, Affine.of("loss#"), w.shape), r, len(r.shape)) for w, r in zip(weights, refs, strict=True)]
        if weights
        else refs
    )
    first, last = Affine((), model.first), model.last
    total = Sum("loss#", first, last, (), terms[0] if len(terms) == 1 else Plus(tuple(terms)))
    loss = Quantity(UNNAMED, Name("loss"), False, (), definition=total)
    return Ref(loss.key, None, ()), (loss, *weights)


def is_of_unnamed_loss(quantity: Quantity) -> bool:
    """Whether a quantity is the loss of a document that names none, or one of its weights."""
    return quantity.key == UNNAMED or quantity.name.letter == _WEIGHT


def by_its_inside(model: Model, of: Ref, gradient: Tensor) -> Tensor:
    """The gradient by what a gate ``o_t = σ(a)`` or a softmax is of, from that by its value. Raises Inadmissible for anything else."""
    definition = model.quantities[of.quantity].definition
    rows, inside = (definition.left, definition.right) if isinstance(definition, Dot) else (None, definition)
    if isinstance(inside, Softmax) and rows is None and len(of.shape) == 1:
        mean = Dot(Const(Fraction(-1)), Dot(of, gradient, 1), 0)
        return Plus((Times(of, gradient), Dot(mean, of, 0)))
    if not isinstance(inside, Map) or inside.order or of.time is None:
        raise Inadmissible(said(name_typed(model.quantities[of.quantity].name), " is no function of a number, entry by entry"))
    slope: Tensor = Map(inside.function, 1, inside.argument)
    return Times(gradient, substitute(slope if rows is None else Dot(rows, slope, 1), {"t": of.time}))


def _defined(model: Model) -> Iterator[Quantity]:
    return (q for q in model.quantities.values() if q.definition is not None and q.name.style not in PREFIXES)


def _scalars(model: Model) -> Iterator[Quantity]:
    return (q for q in _defined(model) if not q.shape and q.name.letter in LOSSES)


def _weight(output: Quantity) -> Quantity:
    name = Name(_WEIGHT, suffix=str(output.name))
    return Quantity(f"unknown {name}", name, True, output.shape)


def differential(model: Model, of: Ref, directions: Sequence[tuple[Quantity, Quantity]]) -> Tensor:
    """The differential of a quantity along changes of free ones, given as pairs of quantity and change; states begin with one.

    Raises Inadmissible where it does not depend on any of them.
    """
    first, last = Affine((), model.first), model.last
    terms: list[Tensor] = []
    for quantity, change in directions:
        rank = len(quantity.shape)
        if quantity.definition is not None:  # a state, by its initial value
            start = first - 1
            ends = Ref(quantity.key, start, quantity.shape), Ref(change.key, start, quantity.shape)
            terms.append(Dot(Jac(of, ends[0], False), ends[1], rank))
        elif not quantity.timed:
            terms.append(Dot(Jac(of, Ref(quantity.key, None, quantity.shape), False), Ref(change.key, None, quantity.shape), rank))
        else:
            at = Affine.of("change#")
            changed = Dot(Jac(of, Ref(quantity.key, at, quantity.shape), False), Ref(change.key, at, quantity.shape), rank)
            terms.append(Sum("change#", first, last, (), changed))
    if not terms:
        raise Inadmissible("a differential of something that nothing here changes")
    return terms[0] if len(terms) == 1 else Plus(tuple(terms))


def change_of(quantity: Quantity, prefix: str) -> Quantity:
    """The free quantity that the change of a free one is."""
    name = replace(quantity.name, style=prefix)
    return replace(
        quantity, key=f"unknown {quantity_key(name, quantity.timed)}", name=name, definition=None, special=(), recurrence=0
    )
