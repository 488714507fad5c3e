"""The unrolled network as a picture: three time steps, what feeds what, and the weights on the way.

Everything comes from the model, so that other letters, further layers and recurrences that run backwards are drawn alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symrnn.language.model import Model, Name, Quantity
from symrnn.language.tensors import Const, Dot, Over, Plus, Ref, Tensor, arguments
from symrnn.language.terms import Sub, Sym, Term
from symrnn.notation import latex
from symrnn.showing.report.page import Edge, NetworkPicture, Node

_OFFSETS = (-1, 0, 1)
_COLUMN, _GAP, _BESIDE, _ROW = 3.4, 2.15, 1.6, 1.6
_MOST_QUANTITIES = 14


@dataclass(frozen=True)
class _Use:
    """One product in a definition: the weights in it, and a quantity at a time relative to the one defined."""

    weights: tuple[str, ...]
    quantity: str
    offset: int


def drawn_network(model: Model) -> NetworkPicture | None:
    """The network of a model; None for one too large for a picture or without quantities in time."""
    timed = {key: q for key, q in model.quantities.items() if q.timed and not q.slope and "#" not in key}
    uses = {key: tuple(_uses(q, model)) for key, q in timed.items()}
    if not timed or len(timed) > _MOST_QUANTITIES or not any(uses.values()):
        return None
    used = {use.quantity for found in uses.values() for use in found} | {key for key, found in uses.items() if found}
    states = {key for key, quantity in timed.items() if quantity.recurrence}
    places = _places({key: uses[key] for key in timed if key in used}, states)
    column = max(_COLUMN, max(x for x, _ in places.values()) + _GAP)
    nodes = tuple(_nodes(timed, places, uses, column))
    edges = tuple(_edges(uses, places, model))
    return _with_total(model, NetworkPicture(nodes, edges), uses)


# ------------------------------------------------------------------------------------------------------- what feeds what


def _uses(quantity: Quantity, model: Model) -> Iterator[_Use]:
    if quantity.definition is None:
        return
    seen = set()
    for weights, refs in _products(quantity.definition, model):
        for ref in refs:
            if ref.time is None or ref.time.names() != {"t"} or (ref.quantity, ref.time.constant) in seen:
                continue
            seen.add((ref.quantity, ref.time.constant))
            yield _Use(weights, ref.quantity, ref.time.constant)


_Products = list[tuple[tuple[str, ...], tuple[Ref, ...]]]


def _products(tensor: Tensor, model: Model) -> _Products:
    """The products in a definition, each with its weights and what it uses in time."""
    if isinstance(tensor, Ref):
        quantity = model.quantities.get(tensor.quantity)
        is_weight = quantity is not None and quantity.is_parameter and len(quantity.shape) > 1
        return [((tensor.quantity,), ())] if is_weight else [((), (tensor,))]
    parts = [_products(part, model) for part in _tensors(tensor)]
    if isinstance(tensor, Plus):
        return [product for part in parts for product in part]
    if not isinstance(tensor, (Dot, Over)):
        return [product for part in parts for product in part] or [((), ())]
    result: _Products = [((), ())]
    for part in parts:
        result = [(a + c, b + d) for a, b in result for c, d in part][:64]
    return result


def _tensors(tensor: Tensor) -> Iterator[Tensor]:
    if isinstance(tensor, Const):
        return
    for value in arguments(tensor):
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Tensor):
                yield part


# --------------------------------------------------------------------------------------------------------------- layout


def _places(uses: Mapping[str, tuple[_Use, ...]], states: set[str]) -> dict[str, tuple[float, float]]:
    """Where a quantity stands in its time step: sideways from the middle, and how high."""
    heights: dict[str, int] = {}
    for key in uses:
        _height(key, uses, heights, ())
    for key, found in uses.items():
        if not found:  # what nothing defines stands just below what uses it first
            above = [heights[other] for other, of_other in uses.items() for use in of_other if use.quantity == key]
            heights[key] = min(above, default=1) - 1
    places: dict[str, tuple[float, float]] = {}
    for height in sorted(set(heights.values())):
        row = [key for key in uses if heights[key] == height]
        row.sort(key=lambda key: (key not in states, not uses[key]))
        # Beside a state things stand a little higher, so that its arrow to the next step passes below them.
        lift = 0.5 if row[0] in states else 0.0
        for number, key in enumerate(row):
            places[key] = (number * _BESIDE, height + (0.0 if key in states else lift))
    return places


def _height(key: str, uses: Mapping[str, tuple[_Use, ...]], heights: dict[str, int], on_the_way: tuple[str, ...]) -> int:
    """One more than the highest thing it uses at the same step."""
    if key not in heights:
        below = [
            _height(use.quantity, uses, heights, (*on_the_way, key))
            for use in uses[key]
            if use.offset == 0 and use.quantity in uses and use.quantity not in (*on_the_way, key)
        ]
        heights[key] = 1 + max(below, default=0) if uses[key] else 0
    return heights[key]


def _nodes(
    timed: Mapping[str, Quantity],
    places: Mapping[str, tuple[float, float]],
    uses: Mapping[str, tuple[_Use, ...]],
    column: float,
) -> Iterator[Node]:
    for offset in _OFFSETS:
        for key, (x, height) in places.items():
            quantity = timed[key]
            kind = "state" if quantity.recurrence else "given" if not uses[key] else "made"
            yield Node(_node(key, offset), _timed_latex(quantity.name, offset), offset * column + x, height * _ROW, kind)


def _edges(
    uses: Mapping[str, tuple[_Use, ...]],
    places: Mapping[str, tuple[float, float]],
    model: Model,
) -> Iterator[Edge]:
    for offset in _OFFSETS:
        for key in places:
            for use in uses[key]:
                source = offset + use.offset
                if use.quantity in places and source in _OFFSETS:
                    yield Edge(_node(use.quantity, source), _node(key, offset), _weights(use, model))


def _weights(use: _Use, model: Model) -> str:
    return " ".join(_latex(model.quantities[key].name) for key in use.weights)


def _with_total(model: Model, network: NetworkPicture, uses: Mapping[str, tuple[_Use, ...]]) -> NetworkPicture:
    """The network with the sum over its steps above it, if the model has one."""
    for key, quantity in model.quantities.items():
        if quantity.timed or quantity.definition is None:
            continue
        summed = {ref.quantity for _, refs in _products(quantity.definition, model) for ref in refs} & set(uses)
        below = [node for node in network.nodes if any(node.name == _node(k, o) for k in summed for o in _OFFSETS)]
        if below:
            top = max(node.y for node in network.nodes) + _ROW
            middle = sum(node.x for node in below) / len(below)
            total = Node(key, _latex(quantity.name), middle, top, "made")
            edges = tuple(Edge(node.name, key) for node in below)
            return NetworkPicture((*network.nodes, total), (*network.edges, *edges))
    return network


# --------------------------------------------------------------------------------------------------------------- letters


def _node(key: str, offset: int) -> str:
    return f"{key}@{offset}"


def _term(name: Name) -> Term:
    symbol = name.bare
    return Sub(symbol, (Sym(name.suffix),)) if name.suffix else symbol


def _latex(name: Name) -> str:
    return latex(_term(name))


def _timed_latex(name: Name, offset: int) -> str:
    time = "t" if not offset else f"t{offset:+d}"
    return f"{latex(name.bare)}_{{{name.suffix + ',' if name.suffix else ''}{time}}}"
