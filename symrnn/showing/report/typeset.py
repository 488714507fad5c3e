"""A page -> LaTeX. Every value goes through a filter here; the template holds nothing but the form."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from symrnn.judging.verdict import VERDICTS
from symrnn.showing.report.formulas import broken
from symrnn.showing.report.page import (
    Block,
    ChainLine,
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
    Theorem,
    legend,
)
from symrnn.showing.report.routes import Route, loose_ends, routes
from symrnn.showing.report.tex_text import breakable, code, tex_text

_LINE = 0.5
_BEND = 0.09
#: A picture of more rows than this is made smaller, so that it stays on its page.
_MOST_ROWS = 44
_ARC_STYLES = {
    "chain": "draw=soft",
    "reason": "draw=soft",
    "use": "draw=definition,dashed",
    "blame": "draw=wrong,line width=1.3pt",
}
_NODE_STYLES = {
    "state": "circle,double,double distance=1pt,draw",
    "given": "rectangle,draw",
    "made": "circle,draw",
}


def render(page: Page) -> str:
    """The page as a LaTeX document that needs no further file."""
    return _environment().get_template("page.tex.j2").render(page=page, kinds=VERDICTS.values())


def picture_file(picture: Picture) -> str:
    """The name of a picture's file, beside the document."""
    return f"{picture.name}.pdf"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("symrnn.showing.report", "templates"),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        # Not HTML: the filters below escape, and what no filter touched is a number or a word of our own.
        autoescape=False,
    )
    environment.filters.update(
        tex=tex_text,
        bookmark=_bookmark,
        prose=_prose,
        equation=_equation,
        indented=lambda e: _in_room(e, "2.2em"),
        block=_block,
        label=_label,
        code=code,
        key=_key,
        theorem=_theorem,
        network=_network,
        graph=_graph,
        legend=lambda graph: tex_text(legend(graph)),
        file=picture_file,
    )
    return environment


# ----------------------------------------------------------------------------------------------------------------- prose


def _prose(parts: Prose) -> str:
    return "".join(map(_inline, parts))


def _inline(part: Inline) -> str:
    if isinstance(part, Math):
        return f"${part.latex}$"
    if isinstance(part, Link):
        return rf"\hyperref[{_key(part.anchor)}]{{{breakable(part.text)}}}"
    return tex_text(part.text)


def _in_formula(parts: Prose) -> str:
    """Formulas as one, with the words between them."""
    return "".join(part.latex if isinstance(part, Math) else rf"\text{{{_inline(part)}}}" for part in parts)


def _bookmark(title: str) -> str:
    """A title for the reader's list of sections, where nothing is typeset."""
    return "".join(c if c.isascii() and (c.isalnum() or c in " .,:;-()'") else " " for c in title).strip()


def _key(anchor: str) -> str:
    """An anchor as TeX takes it for a name: letters, digits and ``.-`` only."""
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else f"u{ord(c):x}" for c in anchor)


def _label(label: str) -> str:
    return f"({breakable(label)})"


# -------------------------------------------------------------------------------------------------------------- formulas


def _block(block: Block) -> str:
    if isinstance(block, Display):
        return _equation(block)
    if isinstance(block, CodeBlock):
        return r"\newline ".join(map(code, block.text.splitlines()))
    return _prose(block)


def _equation(equation: Display) -> str:
    if not equation.typeset:
        return rf"{{\raggedright\footnotesize {code(equation.latex)}\par}}"
    return rf"\formula{{{equation.latex}}}{{{_pieces(equation.latex)}}}"


def _pieces(latex: str) -> str:
    """A formula in pieces between which a line may end."""
    return "".join(rf"\piece{{{piece}}}" for piece in broken(latex))


def _in_room(equation: Display, less: str) -> str:
    """An equation that has something to its left."""
    return rf"\begin{{minipage}}[t]{{\dimexpr\linewidth-{less}\relax}}{_equation(equation)}\end{{minipage}}"


# ---------------------------------------------------------------------------------------------------------------- proofs


def _theorem(theorem: Theorem, before: str) -> str:
    """A lemma or a claim, and its proof, one line of a chain below the other."""
    given = rf"\hfill{{\small {_prose(theorem.given)}}}" if theorem.given else ""
    head = rf"\phantomsection\label{{{_key(theorem.anchor)}}}\lemma{{\textbf{{{before}{_prose(theorem.name)}}}{given}}}"
    lines = [head, rf"\noindent\hspace*{{1.5em}}{_in_room(theorem.statement, '1.5em')}\par\nopagebreak"]
    for passage in theorem.passages:
        lines.append(rf"{{\small {_prose(passage.text)}\par\nopagebreak}}" if passage.text else "")
        lines += map(_step, passage.steps)
    return "\n".join([*lines, r"\par", ""])


def _step(step: ChainLine) -> str:
    latex = step.equation.latex
    return rf"\proofstep{{{latex}}}{{{_pieces(latex)}}}{{{_prose(step.reason)}}}"


# -------------------------------------------------------------------------------------------------------------- pictures


def _network(network: NetworkPicture) -> str:
    names = {node.name: f"n{number}" for number, node in enumerate(network.nodes)}
    lines = [r"\begin{tikzpicture}[>=stealth,every node/.style={inner sep=1.5pt},quantity/.style={minimum size=9mm}]"]
    lines += [_node(node, names[node.name]) for node in network.nodes]
    found = routes(network)
    lines += [rf"\draw[->] ({names[r.edge.source]}) {_way(r)} ({names[r.edge.target]});" for r in found]
    lines += [_loose_end(names[node.name], leaves) for node, leaves in loose_ends(network)]
    lines += [_weight(route.edge, *route.label) for route in found if route.label is not None]
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _way(route: Route) -> str:
    """How TikZ draws an arrow: straight, or towards its control point."""
    if route.is_straight:
        return "--"
    ends = ((x + 2 * c for x, c in zip(end, route.control, strict=True)) for end in (route.start, route.end))
    return ".. controls " + " and ".join("(" + ",".join(f"{x / 3:.2f}" for x in end) + ")" for end in ends) + " .."


def _weight(edge: Edge, x: float, y: float) -> str:
    return rf"\node[fill=white,inner sep=1pt,text=definition] at ({x:.2f},{y:.2f}) {{\small ${edge.latex}$}};"


def _node(node: Node, name: str) -> str:
    return rf"\node[quantity,{_NODE_STYLES[node.kind]}] ({name}) at ({node.x:.2f},{node.y:.2f}) {{${node.latex}$}};"


def _loose_end(name: str, leaves: bool) -> str:
    ends = f"({name}) -- ([xshift=14mm]{name}.east)" if leaves else f"([xshift=-14mm]{name}.west) -- ({name})"
    return rf"\draw[->,dashed] {ends};"


def _graph(graph: Graph) -> str:
    """The statements as a list with arcs at their left."""
    line = min(_LINE, _LINE * _MOST_ROWS / len(graph.stops))
    size = r"\footnotesize" if line > 0.4 else r"\tiny"
    lines = [rf"\begin{{tikzpicture}}[>=stealth,font={size}]"]
    for arc in graph.arcs:
        width = min(2.6, 0.25 + _BEND * (arc.target - arc.source))
        start, end = -arc.source * line, -arc.target * line
        style = _ARC_STYLES[arc.kind]
        lines.append(
            rf"\draw[->,{style}] (0,{start:.2f}) .. controls (-{width:.2f},{start:.2f}) and (-{width:.2f},{end:.2f})"
            rf" .. (0,{end:.2f});"
        )
    for number, stop in enumerate(graph.stops):
        box = ",draw=wrong,rounded corners=1pt" if stop.first_wrong else ""
        shown = rf"\sign{{{stop.word}}}~\hyperref[{_key(stop.anchor)}]{{{breakable(stop.label)}}}"
        here = f"{-number * line:.2f}"
        lines.append(rf"\node[anchor=west,inner sep=1.5pt{box}] at (.08,{here}) {{{shown}}};")
        said = rf"\begin{{minipage}}{{\formularoom}}\textcolor{{soft}}{{\inlineshrunk{{{_in_formula(stop.text)}}}}}\end{{minipage}}"
        lines.append(rf"\node[anchor=west,inner sep=0pt,scale=.8] at (3.6,{here}) {{{said}}};")
    return "\n".join([*lines, r"\end{tikzpicture}"])
