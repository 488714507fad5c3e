"""Where a claim has a meaning: the conditions on its indices that the range of each index does not settle, for the reader."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model
from symrnn.language.tensors import sized_axis
from symrnn.proving.kernel.indices import Affine, follows
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.sums import inside
from symrnn.proving.kernel.terms import Build, Choose, Product, Ref, Sum, Tensor, size_of, subtensors
from symrnn.proving.translation import kernel_condition, kernel_node, network_of

Bounds = dict[str, tuple[Affine, Affine]]


def domain(model: Model, claim: Claim) -> tuple[Affine, ...]:
    """Conditions ``c ≥ 0`` on the free indices without which a claim has no meaning, but those that their ranges settle; and on the
    number of steps, where the claim has them.

    Of the terms of a sum the one that asks for most is taken.
    """
    try:
        network = network_of(extended(model, claim))
        sides = kernel_node(claim.left), kernel_node(claim.right)
    except Refused:
        return ()
    known = set(network.always)
    for name, role, label in claim.variables:
        index = Affine.of(name)
        known.update((index - model.first, network.last - index) if role == "time" else inside((index,), (label,)) if label else ())
    found = {c.left - c.right: None for c in map(kernel_condition, claim.within) if c.op == ">=" and c.names() == {model.horizon}}
    known.update(found)
    for side in sides:
        for condition in _asked(side, network, {}):
            if condition.terms and not follows(condition, frozenset(known)):
                found[condition] = None
    return tuple(c for c in found if not any(follows(c, frozenset({*known, other})) for other in found if other != c))


def _asked(node: Tensor, network: Network, bounds: Bounds) -> Iterator[Affine]:
    if isinstance(node, Ref) and node.time is not None and network.quantity(node).recurrence:
        forwards = network.quantity(node).recurrence < 0
        end = network.end(network.quantity(node))
        yield _least(node.time - end if forwards else end - node.time, bounds)
    if isinstance(node, (Sum, Product)):
        yield _least(node.upper - node.lower + 1, bounds)
        bounds = {**bounds, node.variable: (node.lower, node.upper)}
    elif isinstance(node, Build):
        bounds = {**bounds, node.variable: (Affine((), 1), size_of(node.label))}
    if not isinstance(node, Choose):
        for part in subtensors(node):
            yield from _asked(part, network, bounds)


def _least(index: Affine, bounds: Bounds) -> Affine:
    """The least value of an index over the bound ones, the innermost first."""
    for name in reversed(bounds):
        factor = dict(index.terms).get(name, 0)
        if factor:
            index = index.substitute({name: bounds[name][0 if factor > 0 else 1]})
    return index


def in_words(condition: Affine) -> str:
    """A condition ``c ≥ 0`` as one writes it: ``t ≥ 3``, ``k ≤ t + 1``."""
    more, less = (Affine(tuple((n, k * s) for n, k in condition.terms if k * s > 0)) for s in (1, -1))
    constant = condition.constant
    if more.terms and less.terms:
        return f"{_sum(less, max(-constant, 0))} ≤ {_sum(more, max(constant, 0))}"
    return f"{_sum(more, 0)} ≥ {-constant}" if more.terms else f"{_sum(less, 0)} ≤ {constant}"


def _sum(index: Affine, constant: int) -> str:
    parts = [f"{'' if k == 1 else k}{sized_axis(name) or name}" for name, k in index.terms]
    return " + ".join([*parts, *([str(constant)] if constant else [])])
