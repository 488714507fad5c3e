"""What a document consists of, as the rest of symrnn sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from symrnn.language.terms import Relation, Sym, Term


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, or in a `cell` of a notebook; cells, lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int
    cell: int = 0

    def __str__(self) -> str:
        return f"{self.file}: {self.within}" if self.cell else f"{self.file}:{self.line}"

    @property
    def part(self) -> tuple[str, int]:
        """The text whose lines are counted: a file, or a cell of it."""
        return self.file, self.cell

    @property
    def within(self) -> str:
        """``line 12``, or ``cell 3 line 2``, for one who knows the file."""
        return f"cell {self.cell} line {self.line}" if self.cell else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a side of a statement comes from: its text, with macros expanded, and the offset in `file` of each character and of the end."""

    file: str
    text: str
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a statement was not read: the piece that stopped the reader, where it stands, and what to say about it.

    `remark` is true of what claims nothing of a network, and `example` the letter of a function that it says what it is in an example:
    `chosen`, where that has a name.
    """

    line: int
    column: int
    piece: str
    message: str
    remark: bool = False
    example: str = ""
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    r"""One relation at one place of a document.

    A chain ``A = B = C`` gives the statements ``A = B`` and ``A = C``: the left side is always the head of the chain,
    and `previous` is the piece just before the sign (``B`` for the second one, None for the first). `chain` numbers the
    chains of a document. `label` is unique: the text of ``\tag``, else of ``\label``, else ``L`` and the line. `latex`
    is the statement as written, with the head of its chain in front and macros expanded. `context` is the plain text
    right before it. `remark` is true inside ``(\because ...)`` and in footnotes. A statement that could not be read has no `relation`
    but a `problem`. `beside` is true of a condition in the row of what it belongs to (``..., \text{if } x_t = 0``), whose `only_if`
    holds it as written.
    """

    id: str
    place: Place
    label: str
    section: str
    latex: str
    relation: Relation | None
    previous: Term | None
    chain: int
    remark: bool
    context: str
    problem: Problem | None
    beside: bool = False
    only_if: tuple[str, ...] = ()
    #: Whether it stands in a sentence of the text.
    inline: bool = False
    #: The text right after it, as far as it matters.
    after: str = ""
    #: Where it ends, and where its sides come from.
    end: Place | None = field(default=None, compare=False)
    left_origin: Origin | None = field(default=None, compare=False, repr=False)
    right_origin: Origin | None = field(default=None, compare=False, repr=False)
    #: What it says of each kind of units that its letters may count, with the letters and their kinds, where that is several.
    kinds: tuple[tuple[Mapping[str, str], Relation], ...] = ()
    #: The kind of directive that the statement was made from; empty for what stands in the text.
    declared: str = ""
    #: The letters in it that are read as other forms of those of the network, each with the other one.
    letters: tuple[tuple[Term, Sym], ...] = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """Something that is declared to symrnn: its kind, its text, its place, and the position of the first statement after it.

    `alone` says that it is on a line of its own; `everywhere` that it is for the whole document; `prose` that a sentence of the text
    says it, which may mean something else: where it fits nothing it is no mistake.
    """

    kind: str
    text: str
    place: Place
    position: int
    alone: bool = False
    everywhere: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Expression:
    r"""A formula without a relation, such as an inline ``\sum_{t=0}^{T}{L_t}``."""

    place: Place
    section: str
    latex: str
    term: Term


@dataclass(frozen=True, slots=True)
class Document:
    """The statements of one file and of those that it reads in, in order; `sections` are its headings.

    `digest` is the SHA-256 of the bytes of all of them; `included` are the paths of the others. `remarks` say, one line each, what
    was passed over. `misfits` was declared for a whole project, and is about nothing in this document. `bound` are the names of several
    documents that are shown as one, `lenders` those of files whose network this one has. `dependent` are the letters of which the text says
    that they depend on the state before. `has_backward_code` tells whether a listing of it computes gradients.
    """

    name: str
    digest: str
    title: str
    statements: tuple[Statement, ...]
    expressions: tuple[Expression, ...]
    sections: tuple[str, ...]
    included: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()
    directives: tuple[Directive, ...] = ()
    misfits: tuple[Directive, ...] = ()
    bound: tuple[str, ...] = ()
    lenders: tuple[str, ...] = ()
    dependent: frozenset[str] = frozenset()
    has_backward_code: bool = False

    @property
    def relations(self) -> Iterator[Relation]:
        """What its statements say, as far as they were read."""
        return (statement.relation for statement in self.statements if statement.relation is not None)
