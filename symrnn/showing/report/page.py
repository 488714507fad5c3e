"""What a page shows, before it is known whether it becomes LaTeX or HTML.

A report on a document and a derivation both become a `Page`; the typesetters know nothing of verdicts and evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from symrnn.language.printing import clean
from symrnn.language.terms import Relation, Term
from symrnn.notation import latex, latex_relation
from symrnn.notation.said import Spelled, Told, said


@dataclass(frozen=True)
class Math:
    """An inline formula."""

    latex: str


@dataclass(frozen=True)
class Words:
    """Text from a document or about it, in plain Unicode."""

    text: str


@dataclass(frozen=True)
class Link:
    """A reference to another entry of the page."""

    anchor: str
    text: str


Inline = Math | Words | Link
Prose = tuple[Inline, ...]


@dataclass(frozen=True)
class Display:
    """A displayed formula; one that is not `typeset` is shown as its author typed it, letter by letter."""

    latex: str
    typeset: bool = True


@dataclass(frozen=True)
class CodeBlock:
    """Lines that are shown as they are."""

    text: str


Block = Prose | Display | CodeBlock
#: Stands beside a line that is quoted and not judged.
QUOTED_SIGN = "❝"


@dataclass(frozen=True)
class Note:
    """What stands under an equation: its name, and paragraphs. `kind` chooses how it is set off."""

    name: str
    blocks: tuple[Block, ...]
    kind: str = ""


@dataclass(frozen=True)
class Entry:
    """One equation with its verdict. One that `continues` a chain begins with a sign, its left side stands further up."""

    anchor: str
    label: str
    word: str
    equation: Display
    place: str = ""
    before: Prose = ()
    reason: Prose = ()
    notes: tuple[Note, ...] = ()
    continues: bool = False
    is_result: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with its entries."""

    title: str
    entries: tuple[Entry, ...]
    text: tuple[Prose, ...] = ()

    @property
    def anchor(self) -> str:
        """The target of links to this section."""
        return f"section~{slug(self.title)}"


@dataclass(frozen=True)
class MistakeLine:
    """A mistake on the summary: where it is, what it is called, and the equation before and after."""

    anchor: str
    label: str
    word: str
    place: str
    text: Prose
    written: Display
    repaired: Display | None = None


@dataclass(frozen=True)
class TableRow:
    """One line of a table: a name, and what there is to say about it."""

    name: Prose
    cells: tuple[Prose, ...]


@dataclass(frozen=True)
class Table:
    """Rows under a heading."""

    title: str
    rows: tuple[TableRow, ...]
    text: Prose = ()


@dataclass(frozen=True)
class ChainLine:
    """A line of a chain of equalities, and why it holds."""

    equation: Display
    reason: Prose = ()


@dataclass(frozen=True)
class Passage:
    """A part of a proof: what is said first, and a chain of equalities."""

    text: Prose
    steps: tuple[ChainLine, ...]


@dataclass(frozen=True)
class Theorem:
    """A lemma or a claim with its proof; `given` says when it holds."""

    anchor: str
    name: Prose
    statement: Display
    given: Prose
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Treatise:
    """Lemmas, each written once, and what they prove."""

    title: str
    text: tuple[Prose, ...]
    lemmas: tuple[Theorem, ...]
    claims: tuple[Theorem, ...]


@dataclass(frozen=True)
class Node:
    """A quantity at a time in the unrolled network; `x` and `y` are grid positions, `y` upwards."""

    name: str
    latex: str
    x: float
    y: float
    kind: str


@dataclass(frozen=True)
class Edge:
    """An arrow between two nodes with the weights that act along it."""

    source: str
    target: str
    latex: str = ""


@dataclass(frozen=True)
class NetworkPicture:
    """The unrolled network."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Arc:
    """That row `target` rests on row `source` (counted from 0); `kind` is ``chain``, ``use``, ``reason`` or ``blame``."""

    source: int
    target: int
    kind: str


@dataclass(frozen=True)
class Stop:
    """A statement in the picture of what rests on what."""

    anchor: str
    label: str
    word: str
    text: Prose
    first_wrong: bool = False


@dataclass(frozen=True)
class Graph:
    """The statements in order, and which rests on which."""

    stops: tuple[Stop, ...]
    arcs: tuple[Arc, ...]


@dataclass(frozen=True)
class Picture:
    """A drawing: the same one as SVG and as PDF, with a name for its file and what it shows."""

    name: str
    caption: Prose
    svg: bytes
    pdf: bytes


@dataclass(frozen=True)
class Page:
    """Everything on a page. What is empty is left out."""

    title: str
    subtitle: str = ""
    introduction: tuple[Prose, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    findings: tuple[MistakeLine, ...] = ()
    slips: tuple[TableRow, ...] = ()
    conventions: tuple[TableRow, ...] = ()
    model: tuple[Prose, ...] = ()
    network: NetworkPicture | None = None
    graph: Graph | None = None
    sections: tuple[Section, ...] = ()
    pictures: tuple[Picture, ...] = ()
    appendix: tuple[Table, ...] = ()
    treatise: Treatise | None = None
    colophon: tuple[tuple[str, str], ...] = ()
    filters: tuple[str, ...] = field(default=())


_LEGEND = {
    "chain": "Thin arcs: the next line of a chain.",
    "use": "Dashed arcs: a line that was put in.",
    "reason": "An arc leads to a line from each line that its reason names.",
    "blame": "Thick arcs: a mistake that was taken over.",
}


def legend(graph: Graph) -> str:
    """What the arcs of a graph mean, as far as it has them."""
    kinds = {arc.kind for arc in graph.arcs}
    said = [text for kind, text in _LEGEND.items() if kind in kinds]
    box = ["The box is around the first wrong line."] if any(stop.first_wrong for stop in graph.stops) else []
    return " ".join([*said, *box])


def prose(text: str) -> Prose:
    r"""Text of our own, with formulas between dollar signs.

    >>> prose(r"The state $h_t$ is a vector.")
    (Words(text='The state '), Math(latex='h_t'), Words(text=' is a vector.'))
    """
    parts = text.split("$")
    made = (Math(part) if number % 2 else Words(part) for number, part in enumerate(parts))
    return tuple(part for part, written in zip(made, parts, strict=True) if written)


def as_prose(what: Told) -> Prose:
    """What is said, on one line, with its formulas as formulas."""
    return tuple(Words(clean(p)) if isinstance(p, str) else Math(_latex(p)) for p in said(what).parts)


def _latex(part: Term | Relation | Spelled) -> str:
    formula = part.formula if isinstance(part, Spelled) else part
    return latex_relation(formula) if isinstance(formula, Relation) else latex(formula)


def prose_of(parts: Iterable[Prose], between: str) -> Prose:
    """Pieces of prose with text between them."""
    result: list[Inline] = []
    for part in parts:
        if result:
            result.append(Words(between))
        result.extend(part)
    return tuple(result)


def slug(text: str) -> str:
    """A name for links that is made of letters, digits and ``.-_~`` only; different texts have different names.

    >>> slug("2.4"), slug("my label")
    ('2.4', 'my~20~label')
    """
    return re.sub(r"[^\w.-]", lambda found: f"~{ord(found.group()):x}~", text)


def own(name: str) -> str:
    """A name for a part of the page, which is the slug of no label."""
    return f"page~{slug(name)}"
