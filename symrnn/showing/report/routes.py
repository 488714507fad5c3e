"""Where the arrows of the unrolled network run, and where the weights along them stand: around nodes, and apart from each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import dist, hypot

from symrnn.showing.report.page import Edge, NetworkPicture, Node

Point = tuple[float, float]
#: Of a node, and of the room that a label takes, in units of the grid.
RADIUS, _LABEL_HEIGHT, _LABEL_WIDTH = 0.5, 0.4, 0.36
#: How far apart lines and nodes are that do not touch.
_APART = 0.07
#: How far an arrow is drawn aside that would run through a node, the least first.
_BENDS = (0.9, -0.9, 1.5, -1.5, 2.2, -2.2, 3.0, -3.0)
#: Where on its arrow a label may stand, the best first, and how far beside it.
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)


@dataclass(frozen=True)
class Route:
    """An arrow with the point that it bends towards, and the middle of its label."""

    edge: Edge
    start: Point
    end: Point
    control: Point
    label: Point | None = None

    @property
    def is_straight(self) -> bool:
        return self.control == _middle(self.start, self.end)

    def at(self, along: float) -> Point:
        """The point at a part of the way, from 0 to 1."""
        a, b, c = (1 - along) ** 2, 2 * along * (1 - along), along**2
        x, y = (a * p + b * q + c * r for p, q, r in zip(self.start, self.control, self.end, strict=True))
        return x, y

    @property
    def points(self) -> list[Point]:
        return [self.at(n / 12) for n in range(13)]


def routes(network: NetworkPicture) -> list[Route]:
    """The arrows of a picture, in the order of its edges."""
    places = {node.name: (node.x, node.y) for node in network.nodes}
    found = [_routed(edge, places) for edge in network.edges]
    taken: list[tuple[Point, float]] = []
    result = []
    for route in found:
        if route.edge.latex:
            lines = [other.points for other in found if other is not route]
            route = _labelled(route, list(places.values()), taken, lines)
            assert route.label is not None
            taken.append((route.label, label_width(route.edge)))
        result.append(route)
    return result


def loose_ends(network: NetworkPicture) -> Iterator[tuple[Node, bool]]:
    """The states to which an arrow comes from before the first step that is drawn, and (with true) those that one leaves after the last."""
    states = {node.name for node in network.nodes if node.kind == "state"}
    passed = [edge for edge in network.edges if edge.source in states and edge.target in states]
    reached, left = {edge.target for edge in passed}, {edge.source for edge in passed}
    for node in network.nodes:
        if node.name in states - reached:
            yield node, False
        if node.name in states - left:
            yield node, True


def label_width(edge: Edge) -> float:
    """The room that a label takes from left to right."""
    return _LABEL_WIDTH + 0.16 * edge.latex.count(" ")


def _routed(edge: Edge, places: dict[str, Point]) -> Route:
    """The straight way where that is free, else the least bend that is."""
    start, end = places[edge.source], places[edge.target]
    others = [place for name, place in places.items() if name not in (edge.source, edge.target)]
    straight = Route(edge, start, end, _middle(start, end))
    options = [straight, *(Route(edge, start, end, _aside(start, end, bend)) for bend in _BENDS)]
    return next((route for route in options if _is_free(route, others)), straight)


def _is_free(route: Route, nodes: Sequence[Point]) -> bool:
    return all(dist(point, node) > RADIUS + _APART for point in route.points for node in nodes)


def _labelled(route: Route, nodes: Sequence[Point], taken: Sequence[tuple[Point, float]], lines: Sequence[list[Point]]) -> Route:
    """The arrow with its label at the first place that is free, else where most room is."""
    own = label_width(route.edge)

    def room(spot: Point) -> float:
        apart = [dist(spot, node) - RADIUS - own / 2 for node in nodes]
        apart += [_gap(spot, other, (own + width) / 2) for other, width in taken]
        apart += [dist(spot, point) - own / 2 for line in lines for point in line]
        return min(apart, default=1.0)

    spots = list(_spots(route, own))
    best = next((spot for spot in spots if room(spot) > 0), None) or max(spots, key=room)
    return Route(route.edge, route.start, route.end, route.control, best)


def _spots(route: Route, width: float) -> Iterator[Point]:
    """Upon an arrow that has room to both sides, beside one that goes straight up."""
    upright = abs(route.end[0] - route.start[0]) < abs(route.end[1] - route.start[1]) / 4
    aside = width / 2 + 0.06
    for shift in (aside, -aside) if upright else (0.0, aside, -aside):
        for along in _ALONG:
            x, y = route.at(along)
            yield x + shift, y


def _gap(one: Point, other: Point, width: float) -> float:
    """How far apart two labels are; negative where they overlap."""
    return max(abs(one[0] - other[0]) - width, abs(one[1] - other[1]) - _LABEL_HEIGHT)


def _middle(start: Point, end: Point) -> Point:
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def _aside(start: Point, end: Point, bend: float) -> Point:
    """A point beside the middle of the way, to its right where `bend` is positive."""
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    x, y = _middle(start, end)
    return x + (end[1] - start[1]) / length * bend, y - (end[0] - start[0]) / length * bend
