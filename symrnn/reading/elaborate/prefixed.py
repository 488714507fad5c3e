r"""Letters with a prefix: ``\delta f_t`` and ``df_t`` as the gradient of the loss by f_t, ``dh_t`` as the differential of h_t."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symrnn.language.choices import Inadmissible
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.tensors import Affine, Dot, Jac, Map, Plus, Ref, Sum, Tensor, substitute, walk
from symrnn.language.terms import PREFIXES
from symrnn.notation.vocabulary import LOSSES

GRADIENT, DIFFERENTIAL = "the gradient of the loss by it", "its differential"
INSIDE = "the gradient by what the function is of that gives it"


def meanings(prefix: str) -> tuple[str, ...]:
    """What a prefix may make of a letter."""
    return (GRADIENT, DIFFERENTIAL) if prefix == "d" else (GRADIENT,)


def without_prefix(name: Name) -> Name | None:
    """The quantity that a letter with a prefix is about; None for any other letter."""
    return replace(name, style="") if name.style in PREFIXES else None


def loss_of(model: Model) -> tuple[Tensor, tuple[Quantity, ...]]:
    """The loss as an expression, and the free quantities that are in it where the document names no loss.

    A loss that is not written out is a sum over all steps of free weights times what no other quantity of the step is made of: its
    gradients are those of any loss of these outputs. Raises Inadmissible where there are none.
    """
    totals = [q for q in _scalars(model) if not q.timed]
    if totals:
        return Ref(totals[0].key, None, ()), ()
    nodes = (node for q in _defined(model) if q.definition is not None for node in walk(q.definition))
    used = {node.quantity for node in nodes if isinstance(node, Ref) and node.time == Affine.of("t")}
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
    first, last = Affine((), model.first), Affine.of(model.horizon, model.horizon_offset)
    total = Sum("loss#", first, last, (), terms[0] if len(terms) == 1 else Plus(tuple(terms)))
    loss = Quantity("unknown loss", Name("loss"), False, (), definition=total)
    return Ref(loss.key, None, ()), (loss, *weights)


def inner_slope(model: Model, of: Ref) -> Tensor:
    """The derivative of a gate ``o_t = σ(a)`` by its a, entry by entry. Raises Inadmissible for what no such function gives."""
    definition = model.quantities[of.quantity].definition
    rows, inside = (definition.left, definition.right) if isinstance(definition, Dot) else (None, definition)
    if not isinstance(inside, Map) or inside.order or of.time is None:
        raise Inadmissible(f"{model.quantities[of.quantity].text} is no function of a number, entry by entry")
    slope: Tensor = Map(inside.function, 1, inside.argument)
    return substitute(slope if rows is None else Dot(rows, slope, 1), {"t": of.time})


def _defined(model: Model) -> Iterator[Quantity]:
    return (q for q in model.quantities.values() if q.definition is not None and q.name.style not in PREFIXES)


def _scalars(model: Model) -> Iterator[Quantity]:
    return (q for q in _defined(model) if not q.shape and q.name.letter in LOSSES)


def _weight(output: Quantity) -> Quantity:
    name = Name("loss weight", suffix=str(output.name))
    return Quantity(f"unknown {name}", name, True, output.shape)


def differential(model: Model, of: Ref, directions: Sequence[tuple[Quantity, Quantity]]) -> Tensor:
    """The differential of a quantity along changes of free ones, given as pairs of quantity and change; states begin with one.

    Raises Inadmissible where it does not depend on any of them.
    """
    first, last = Affine((), model.first), Affine.of(model.horizon, model.horizon_offset)
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
