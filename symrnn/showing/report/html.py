"""A page -> one HTML file that needs no scripts and no other file."""

from __future__ import annotations

from base64 import b64encode
from math import dist

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from symrnn.judging.verdict import VERDICTS
from symrnn.showing.report.mathml import mathml
from symrnn.showing.report.page import (
    QUOTED_SIGN,
    Block,
    CodeBlock,
    Display,
    Edge,
    Graph,
    Inline,
    Link,
    Math,
    NetworkPicture,
    Node,
    Page,
    Picture,
    Prose,
    Section,
    legend,
    own,
)
from symrnn.showing.report.routes import Point, Route, label_width, loose_ends, routes

# Pixels of a grid unit of the network, and of the graph of statements.
_UNIT, _RADIUS = 42, 21
_LINE, _ARCS, _LABEL, _FORMULA = 26, 120, 150, 680
_BEND, _FARTHEST = 7, 112
_ARC_STYLES = {
    "chain": "stroke:var(--soft)",
    "reason": "stroke:var(--soft)",
    "use": "stroke:var(--definition);stroke-dasharray:4 3",
    "blame": "stroke:var(--wrong);stroke-width:2.5",
}
#: A formula of more characters may be wider than a phone.
_SHORT = 60
_SIGNS = {**{word: kind.sign for word, kind in VERDICTS.items()}, "quoted": QUOTED_SIGN}


def render(page: Page) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("symrnn.showing.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        inline=_inline,
        block=block,
        network=_network,
        graph=_graph,
        words_in=_words_in,
        own=own,
        legend=legend,
        data=_data,
        plain=_plain,
    )
    return environment.get_template("page.html.j2").render(page=page, signs=_SIGNS, kinds=VERDICTS.values())


def _words_in(section: Section) -> list[str]:
    """The verdicts that somebody may look for, as they occur in a section."""
    found = {entry.word for entry in section.entries}
    return [word for word in VERDICTS if word in found and word not in ("proven", "definition", "assumption")]


# -------------------------------------------------------------------------------------------------------------- formulas


def _inline(part: Inline) -> Markup:
    if isinstance(part, Math):
        return _scrolled(part.latex)
    if isinstance(part, Link):
        return Markup('<a href="#{}">{}</a>').format(part.anchor, part.text)
    return escape(part.text)


def _scrolled(latex: str) -> Markup:
    """A formula in a line of text; one that is long can be scrolled."""
    shown = _math(latex, display=False)
    return Markup('<span class="wide inline">{}</span>').format(shown) if len(latex) > _SHORT else shown


def _math(latex: str, *, display: bool) -> Markup:
    """MathML of our own making (the converter escapes what it takes over), else the LaTeX as text."""
    made = mathml(latex, display=display)
    return Markup("<code>{}</code>").format(latex) if made is None else Markup(made)


def block(of: Block) -> Markup:
    """A paragraph, a displayed formula or lines of code."""
    if isinstance(of, Display):
        return _equation(of)
    if isinstance(of, CodeBlock):
        return Markup('<pre class="wide">{}</pre>').format(of.text)
    return Markup("").join(map(_inline, of))


def _equation(equation: Display) -> Markup:
    shown = _math(equation.latex, display=True) if equation.typeset else Markup("<code>{}</code>").format(equation.latex)
    return Markup('<div class="wide" tabindex="0">{}</div>').format(shown)


def _plain(prose: Prose) -> str:
    """Prose as text alone, for those who do not see a picture."""
    return "".join(part.latex if isinstance(part, Math) else part.text for part in prose)


def _data(picture: Picture) -> str:
    """A picture as an address that holds all of it."""
    return "data:image/svg+xml;base64," + b64encode(picture.svg).decode()


# --------------------------------------------------------------------------------------------------------------- network


def _network(network: NetworkPicture) -> Markup:
    left = min(node.x for node in network.nodes) - 1.6
    top = max(node.y for node in network.nodes) + 0.7
    width = (max(node.x for node in network.nodes) + 1.6 - left) * _UNIT
    height = (top - min(node.y for node in network.nodes) + 0.7) * _UNIT

    def place(point: Point) -> Point:
        return (point[0] - left) * _UNIT, (top - point[1]) * _UNIT

    places = {node.name: place((node.x, node.y)) for node in network.nodes}
    found = routes(network)
    parts = [_svg_open(width, height, "The unrolled network", "network")]
    parts += [_arrow(route, *map(place, (route.start, route.control, route.end))) for route in found]
    parts += [_loose_end(*places[node.name], 1 if leaves else -1) for node, leaves in loose_ends(network)]
    parts += [_weight(route.edge, *place(route.label)) for route in found if route.label is not None]
    parts += [_node(node, places[node.name]) for node in network.nodes]
    return Markup("\n").join([*parts, Markup("</svg>")])


def _svg_open(width: float, height: float, name: str, key: str) -> Markup:
    """The start of a picture, with the tip of its arrows."""
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{name}" {size}>'
    return Markup(opening + _ARROW.format(key))


_ARROW = (
    '<defs><marker id="tip~{}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0.8 L7.5 4 L0 7.2 Z" fill="context-stroke"/></marker></defs>'
)


def _arrow(route: Route, start: Point, control: Point, end: Point) -> Markup:
    (x1, y1), (x2, y2) = _towards(start, control), _towards(end, control)
    if route.is_straight:
        return _line(x1, y1, x2, y2)
    path = f"M{x1:.1f} {y1:.1f} Q{control[0]:.1f} {control[1]:.1f} {x2:.1f} {y2:.1f}"
    return Markup(f'<path d="{path}" fill="none" stroke="currentColor" marker-end="url(#tip~network)"/>')


def _towards(node: Point, other: Point) -> Point:
    """Where an arrow meets the rim of a node."""
    length = max(dist(node, other), 1)
    part = (_RADIUS + 2) / length
    return node[0] + (other[0] - node[0]) * part, node[1] + (other[1] - node[1]) * part


def _line(x1: float, y1: float, x2: float, y2: float, style: str = "") -> Markup:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return Markup(f'<line {ends} stroke="currentColor" {style} marker-end="url(#tip~network)"/>')


def _loose_end(x: float, y: float, side: int) -> Markup:
    """An arrow to the left of a node (`side` -1), which comes to it, or to its right."""
    near, far = x + side * (_RADIUS + 2), x + side * 58
    return _line(*((near, y, far) if side > 0 else (far, y, near)), y, 'stroke-dasharray="4 3"')


def _node(node: Node, place: tuple[float, float]) -> Markup:
    x, y = place
    look = 'fill="var(--paper)" stroke="currentColor"'
    if node.kind == "given":
        shape = f'<rect x="{x - 18:.1f}" y="{y - 18:.1f}" width="36" height="36" {look}/>'
    else:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" {look}/>'
    if node.kind == "state":
        shape += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS - 3}" fill="none" stroke="currentColor"/>'
    return Markup(shape) + _foreign(node.latex, x, y, 42, 30, "")


def _weight(edge: Edge, x: float, y: float) -> Markup:
    return _foreign(edge.latex, x, y, label_width(edge) * _UNIT, 18, "weight")


def _foreign(latex: str, x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """A formula inside a picture."""
    place = f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.0f}" height="{height:.0f}"'
    opening = Markup(f'<foreignObject class="{kind}" {place}><div xmlns="http://www.w3.org/1999/xhtml">')
    return opening + _math(latex, display=False) + Markup("</div></foreignObject>")


# ----------------------------------------------------------------------------------------------------------------- graph


def _graph(graph: Graph) -> Markup:
    """The statements as a list with arcs at their left."""
    width, height = _ARCS + 24 + _LABEL + _FORMULA, _LINE * len(graph.stops) + 8
    parts = [_svg_open(width, height, "Which statement rests on which", "graph")]
    for arc in graph.arcs:
        bend = min(_FARTHEST, 14 + _BEND * (arc.target - arc.source))
        y1, y2 = _height(arc.source), _height(arc.target)
        path = f"M{_ARCS} {y1} C{_ARCS - bend} {y1} {_ARCS - bend} {y2} {_ARCS - 2} {y2}"
        parts.append(Markup(f'<path d="{path}" fill="none" style="{_ARC_STYLES[arc.kind]}" marker-end="url(#tip~graph)"/>'))
    for number, stop in enumerate(graph.stops):
        y = _height(number)
        if stop.first_wrong:
            box = f'x="{_ARCS + 2}" y="{y - 10}" width="{24 + _LABEL - 8}" height="20" rx="3" fill="none" stroke="var(--wrong)"'
            parts.append(Markup(f"<rect {box}/>"))
        sign = Markup('<text x="{}" y="{}" text-anchor="middle" style="fill:var(--{})">{}</text>')
        parts.append(sign.format(_ARCS + 13, y + 4, stop.word, _SIGNS[stop.word]))
        label = Markup('<a href="#{}"><text x="{}" y="{}">{}</text></a>')
        parts.append(label.format(stop.anchor, _ARCS + 24, y + 4, _cut(stop.label, 20)))
        parts.append(_beside(stop.text, _ARCS + 24 + _LABEL, y))
    return Markup("\n").join([*parts, Markup("</svg>")])


def _height(number: int) -> int:
    return _LINE * number + _LINE // 2 + 2


def _beside(text: Prose, x: float, y: float) -> Markup:
    """A formula to the right of its label, on one line."""
    place = f'x="{x}" y="{y - _LINE // 2}" width="{_FORMULA}" height="{_LINE}"'
    opening = Markup(f'<foreignObject class="beside" {place}><div xmlns="http://www.w3.org/1999/xhtml">')
    return opening + block(text) + Markup("</div></foreignObject>")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
