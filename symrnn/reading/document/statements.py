"""Formulas in order -> statements: chains, what continues them, and what stands around them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from symrnn.language.terms import Ellipsis, Num, Relation, Sym, Term
from symrnn.notation import Unreadable, read_row, unicode_relation
from symrnn.reading.document.activations import is_said_open
from symrnn.reading.document.characters import spelt_in_latex
from symrnn.reading.document.conditions import (
    Conditions,
    Sides,
    besides,
    conditions_beside,
    conditions_in_title,
    conditions_of,
    is_about_indices,
    is_said_to_restrict,
    those_about,
)
from symrnn.reading.document.dependences import Dependences
from symrnn.reading.document.directives import ONE_HOT, Declaration, one_hot_said
from symrnn.reading.document.limits import LONGEST_RANGE, LONGEST_ROW, MOST_ROWS, longest_range
from symrnn.reading.document.pieces import Code, Formula, Heading, Piece, Prose
from symrnn.reading.document.records import Expression, Origin, Place, Problem, Statement
from symrnn.reading.document.rows import Broken, SourceRow, rows_of
from symrnn.reading.document.signs import Outline, all_signs, outlines, signs
from symrnn.reading.document.source import Mapped, Source

#: How many characters of the text before a statement are kept.
CONTEXT = 200
#: And of the text after it.
_LONGEST_AFTER = 160
#: A chain goes on from its head through these only: ``A \\le B = C`` says that A is at most B, and that B is C.
#: A sign that may say of its two sides that they are always the same, and of neither what it is.
_MAY_CLAIM = re.compile(r"\\equiv|≡|\\(?:stackrel|overset|underset)")
_EQUALITIES = {"=", ":=", "=:", "<-", r"\equiv", r"\triangleq", r"\coloneqq", r"\coloneq", r"\doteq", "≡", "≔", "≜"}
_BACKWARD = re.compile(r"^[ \t]*def \w*(?:backward|backprop|bptt|loss|grad)\w*[ \t]*\(", re.MULTILINE | re.IGNORECASE)
#: What ends a sentence; a point in a number or a name ends none.
_SENTENCE_ENDS = re.compile(r"[.;!?](?:\s|$)|[。；！？]")
#: What ends the words before a condition of the equation in front of it.
_IF = re.compile(
    r"\\(?:text\w*|mbox|hbox)\s*\{[^{}]*"
    r"(?:\b(?:if|when|whenever|provided|given|assuming|for|wenn|falls|si|pour|für|se|nếu|если)\b|[若当當]|如果)[^{}]*\}[\s~]*$"
)
#: How much is shown of what is not taken apart, and of the piece that stopped the reader.
_LONGEST_UNREAD, _LONGEST_PIECE = 300, 40
#: After a comma these state where an equation holds: no next row goes on with them.
_CONDITIONS = {"in", r"\in", "!=", r"\neq", "<", "<=", ">", ">="}


@dataclass(frozen=True)
class _Head:
    """A chain that may go on in the next row: its head, its last piece, and its number (0 while it has no relation)."""

    place: Place
    latex: str
    term: Term | None
    last: Term | None
    chain: int = 0
    origin: Origin | None = None


@dataclass
class Collector:
    """Takes the pieces of a document in order and keeps what the next depend on: section, context, the open chain."""

    source: Source
    statements: list[Statement] = field(default_factory=list)
    expressions: list[Expression] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    section: str = ""
    context: str = ""
    prose: list[tuple[int, str]] = field(default_factory=list)
    said: list[Declaration] = field(default_factory=list)
    chains: int = 0
    aside: bool = False
    inline: bool = False
    #: Whether a listing has a function that is called a backward pass, or a loss with its gradients.
    has_backward_code: bool = False
    #: Whether the text says that σ is another function than the logistic one.
    opens_sigma: bool = False
    #: The letters of which it says that they depend on the state before.
    dependences: Dependences = field(default_factory=Dependences)
    #: Where the sentence that is being read holds, as it says in its words: "and for $k < t$ we have".
    given: Conditions = ()
    #: And where its section does, as the title says: "the case of $t = T$".
    titled: Conditions = ()
    _rows: int = 0
    _fresh: int = 0
    _last_formula: tuple[str, Mapped] | None = None
    _last_text: str = ""
    _inline_head: _Head | None = None
    _display_head: _Head | None = None

    def add(self, piece: Piece) -> None:
        """The next piece.

        Raises:
            InputError: there are more rows than are read.
        """
        match piece:
            case Heading(text):
                self.section, self.titled = text, conditions_in_title(text)
                self.sections.append(text)
                self.context, self._inline_head, self._display_head, self.given = "", None, None, ()
            case Prose(raw, plain):
                self._notice(raw.text[:_LONGEST_AFTER])
                if re.search(r"\w", plain):  # in "examples $= n$" the words are the left side
                    self._inline_head = None
                if _SENTENCE_ENDS.search(plain):
                    self.given = ()
                self.prose.append((raw.offsets[0], plain))
                self._add_context(plain)
            case Formula():
                self._add_formula(piece)
            case Code(raw):
                self.has_backward_code |= bool(_BACKWARD.search(raw.text))

    def _notice(self, after: str) -> None:
        """Keeps what a text says of the formula before it."""
        for position in range(self._fresh, len(self.statements)):
            self.statements[position] = replace(self.statements[position], after=after)
        self._fresh = len(self.statements)
        self.opens_sigma |= is_said_open(self._last_text, after)
        self.dependences.text(after)
        self._last_text = ""
        if self._last_formula is not None:
            before, body = self._last_formula
            if name := one_hot_said(before, body.text, after):
                self.said.append(Declaration(self.source.place(body.offsets[0]), f"given {name} {ONE_HOT}", prose=True))
        self._last_formula = None

    def _add_context(self, text: str) -> None:
        self.context = f"{self.context} {text}".strip()[-CONTEXT:]

    def _add_formula(self, formula: Formula) -> None:
        formula = replace(formula, body=spelt_in_latex(formula.body))
        self._fresh = len(self.statements)
        self._last_text = formula.body.text
        self.dependences.formula(formula.body.text)
        self.aside, self.inline = formula.aside, not (formula.display or formula.alone)
        try:
            head = self._read_rows(formula)
        except Broken as broken:
            self.add_unread(formula.body, broken.offset, broken.message)
            head = None
        self._inline_head = head
        if formula.display:
            self._display_head = head
            self.context, self.given = "", ()
        else:
            self._last_formula = self.context, formula.body
            self._add_context(" ".join(formula.body.text.split()))

    def _read_rows(self, formula: Formula) -> _Head | None:
        if formula.problem:
            raise Broken(formula.body.offsets[0], formula.problem)
        # A display goes on with the display before it, whatever formulas the text between them has.
        head = self._display_head if formula.display else self._inline_head
        rows = rows_of(formula.body)
        for row in rows:
            if row.words:
                self.context = row.words[-CONTEXT:]
            self._count(row.text)
            if len(row.text.text) > LONGEST_ROW:
                self.add_unread(row.text, row.text.offsets[0], f"longer than {LONGEST_ROW:,} characters; split it", row.tag)
                continue
            label = row.tag or row.label or (formula.label if len(rows) == 1 else "")
            head = _RowReader(self, replace(row, label=label)).read(head)
        return head

    def _count(self, text: Mapped) -> None:
        self._rows += 1
        if max(self._rows, len(self.statements)) > MOST_ROWS:
            message = f"more than {MOST_ROWS:,} rows or relations; split the file into smaller ones"
            raise self.source.error(text.offsets[0], message)

    def add_unread(self, text: Mapped, offset: int, message: str, label: str = "") -> None:
        """One statement for a formula or a row that is not taken apart."""
        written = " ".join(text.text.split())
        if not written.strip("$\\[]() "):
            return
        self._count(text)
        place = self.source.place(offset)
        self.chains += 1
        short = written if len(written) <= _LONGEST_UNREAD else written[:_LONGEST_UNREAD] + "…"
        problem = Problem(place.line, place.column, short[:_LONGEST_PIECE], message)
        statement = Statement("", place, label, self.section, short, None, None, self.chains, self.aside, self.context, problem)
        self.statements.append(statement)


@dataclass(frozen=True)
class _Link:
    """A sign of a chain and the side after it; positions in the row."""

    operator: str
    sign: tuple[int, int]
    side: tuple[int, int]
    term: Term | None


@dataclass(frozen=True)
class _Written:
    """A chain as it stands in a row: its head (None where it continues an earlier chain), and the links after it."""

    head: tuple[int, int] | None
    term: Term | None
    links: tuple[_Link, ...]
    remark: bool
    values: tuple[Term, ...] = ()
    problem: Problem | None = None
    passed_over: bool = False
    beside: bool = False
    only_if: tuple[str, ...] = ()

    @property
    def sides(self) -> Sides:
        """What it says, as far as it was read."""
        if self.remark:
            return (), (), ()
        return (self.term, *(link.term for link in self.links)), [link.operator for link in self.links], self.values


@dataclass(frozen=True)
class _RowReader:
    """One row -> statements of the collector."""

    collector: Collector
    row: SourceRow

    @property
    def _text(self) -> str:
        return self.row.text.text

    def _place(self, position: int) -> Place:
        return self.collector.source.place(self.row.text.offsets[min(max(position, 0), len(self._text))])

    def _origin(self, span: tuple[int, int]) -> Origin:
        return self.collector.source.origin(self.row.text.cut(*span))

    def _latex(self, span: tuple[int, int]) -> str:
        return re.sub(r"(?<![.\\])(?<!\\right)(?<!\\right )[.,;]$", "", " ".join(self._text[slice(*span)].split())).strip()

    def read(self, head: _Head | None) -> _Head | None:
        """Add the statements of the row; `head` is the chain that it may continue, the answer that of the next row."""
        whole = (0, len(self._text))
        try:
            chains = _with_shared_spaces(list(self._read(whole)))
        except Unreadable as error:
            problem = self._problem(error)
            chains = list(self._read_apart(problem))
            if not chains:  # an expression, which the next row may go on with
                return _Head(self._place(0), self._latex(whole), None, None)
        sides = [chain.sides for chain in chains]
        stated = conditions_beside(sides)
        if self.collector.inline and is_said_to_restrict(self.collector.context):
            self.collector.given += conditions_of(sides)
        beside = [number for number in range(len(chains)) if self._is_beside(chains[number])]
        for number, chain in enumerate(chains):
            first = next((n for n in beside if n > number), len(chains))
            last = next((n for n in range(first, len(chains)) if n not in beside), len(chains))
            only_if = () if number in beside else tuple(self._whole(chains[n]) for n in range(first, last))
            continued = self._add_chain(replace(chain, beside=number in beside, only_if=only_if), head, stated[number])
            condition = number > 0 and all(link.operator in _CONDITIONS for link in chain.links)
            head = head if chain.remark or chain.passed_over or condition else continued
        return head

    def _is_beside(self, chain: _Written) -> bool:
        """Whether a chain stands behind "if": it is a condition of what the row says before it, or else behind it."""
        if chain.head is None or not chain.links or is_about_indices(chain.sides):
            return False
        return bool(_IF.search(self._text, 0, chain.head[0]))

    def _whole(self, chain: _Written) -> str:
        return self._latex((chain.head or chain.links[0].sign)[:1] + chain.links[-1].side[1:])

    # --- what the row says

    def _read(self, part: tuple[int, int]) -> Iterator[_Written]:
        """The chains that the grammar reads in a part of the row, and then what it passed over."""
        start = part[0]
        latex = self._text[slice(*part)]
        signs = _Signs(latex)
        for chain in read_row(latex):
            spans = [(start + begin, start + end) for begin, end in chain.spans]
            for side, (begin, end) in zip(chain.sides, chain.spans, strict=True):
                _check_ranges(side, begin, latex[begin:end])
            links = tuple(
                _Link(
                    "in" if chain.kind in ("range", "collection") else operator,
                    _shifted(signs.take(span[0] - start), start),
                    span,
                    side,
                )
                for operator, span, side in zip(chain.operators, spans[1:], chain.sides[1:], strict=True)
            )
            head = None if chain.sides[0] is None else spans[0]
            yield _Written(head, chain.sides[0], links, chain.kind == "remark", chain.values)
        if signs.left:
            yield from self._lost({start + sign for sign in signs.left})

    def _read_apart(self, problem: Problem) -> Iterator[_Written]:
        """The chains of a row that the grammar does not read as a whole, each read by itself where that is possible."""
        found = outlines(self._text)
        for outline in found:
            part = (outline.sides[0][0], outline.sides[-1][1])
            try:
                if len(found) > 1:
                    yield from [replace(chain, remark=chain.remark or outline.remark) for chain in self._read(part)]
                    continue
            except Unreadable as error:
                problem = self._problem(error, part[0])
            yield self._unread(outline, problem)

    def _unread(self, outline: Outline, problem: Problem) -> _Written:
        """A chain that the grammar does not read; its head is read for the rows that may continue it."""
        first, *sides = outline.sides
        links = tuple(_Link(self._latex(sign), sign, side, None) for sign, side in zip(outline.signs, sides, strict=True))
        head = first if self._latex(first) else None
        return _Written(head, self._term(first) if head else None, links, outline.remark, problem=problem)

    def _lost(self, signs: Collection[int]) -> Iterator[_Written]:
        """Relations that the grammar passed over, each as a chain of its own."""
        for outline in outlines(self._text):
            head = outline.sides[0] if self._latex(outline.sides[0]) else None
            for sign, side in zip(outline.signs, outline.sides[1:], strict=True):
                if sign[0] in signs:
                    link = _Link(self._latex(sign), sign, side, None)
                    place = self._place(sign[0])
                    problem = Problem(place.line, place.column, link.operator, "this relation sign was passed over")
                    yield _Written(head, None, (link,), outline.remark, problem=problem, passed_over=True)

    def _term(self, span: tuple[int, int]) -> Term | None:
        latex = self._text[slice(*span)]
        try:
            chains = read_row(latex)
            if len(chains) != 1 or chains[0].operators:
                return None
            _check_ranges(chains[0].sides[0], 0, latex)
        except Unreadable:
            return None
        return chains[0].sides[0]

    def _problem(self, error: Unreadable, start: int = 0) -> Problem:
        place = self._place(start + error.position)
        return Problem(place.line, place.column, error.piece, error.message, error.remark)

    # --- what is kept of it

    def _add_chain(self, chain: _Written, head: _Head | None, conditions: Conditions) -> _Head | None:
        previous = head.last if head and chain.head is None else None
        if chain.head is not None:
            origin = self._origin(chain.head)
            head = _Head(self._place(chain.head[0]), self._latex(chain.head), chain.term, chain.term, origin=origin)
        if not chain.links:
            self._add_expression(head)
            return head
        if head is None:
            head = _Head(self._place(0), "", None, None)
        if not head.chain:
            self.collector.chains += 1
            head = replace(head, chain=self.collector.chains)
        for number, link in enumerate(chain.links):
            start = link.side[0] if number else chain.head[0] if chain.head else link.sign[0]
            if number and link.operator == ":=" and not _MAY_CLAIM.search(self._latex(link.sign)):  # h = F(x) := … says what F is
                head, previous = self._headed_by(chain.links[number - 1], head.chain), None
            self._add_statement(chain, link, head, previous, start, conditions)
            previous = link.term
            if link.operator not in _EQUALITIES:
                head, previous = self._headed_by(link, head.chain), None
        return replace(head, last=previous)

    def _headed_by(self, link: _Link, chain: int) -> _Head:
        """The head of what follows in a chain where that is about the side of a link, and not about its first side."""
        return _Head(self._place(link.side[0]), self._latex(link.side), link.term, link.term, chain, self._origin(link.side))

    def _add_expression(self, head: _Head | None) -> None:
        if head and head.term is not None:
            self.collector.expressions.append(Expression(head.place, self.collector.section, head.latex, head.term))

    def _add_statement(
        self, chain: _Written, link: _Link, head: _Head, previous: Term | None, start: int, stated: Conditions
    ) -> None:
        place = self._place(start)
        relation = None
        if chain.problem is None and head.term is not None and link.term is not None:
            relation = _named_last(Relation(link.operator, head.term, link.term, stated))
            if not self.collector.inline:
                nearer = stated + those_about(relation, self.collector.given)
                titled = those_about(relation, besides(self.collector.titled, nearer))
                relation = replace(relation, conditions=nearer + titled)
        origins = (head.origin, self._origin(link.side))[:: -1 if link.operator == "=:" else 1]
        statement = Statement(
            id="",
            place=place,
            label=self.row.tag or self.row.label,
            section=self.collector.section,
            latex=f"{head.latex} {self._latex(link.sign)} {self._latex(link.side)}".strip(),
            relation=relation,
            previous=previous if link.operator != "=:" else None,
            chain=head.chain,
            remark=chain.remark or self.collector.aside,
            context=self.collector.context,
            problem=None if relation else chain.problem or self._no_head(head, link),
            beside=chain.beside,
            only_if=chain.only_if + self._case_of_sentence(relation),
            inline=self.collector.inline,
            end=self._place(link.side[1]),
            left_origin=origins[0],
            right_origin=origins[1],
        )
        self.collector.statements.append(statement)

    def _case_of_sentence(self, relation: Relation | None) -> tuple[str, ...]:
        """The case that the sentence around a formula puts it under: "for $k = 1$ we have $o^{(k-1)} = x$"."""
        if relation is None or not self.collector.inline:
            return ()
        return tuple(unicode_relation(Relation(c.op, *c.sides)) for c in those_about(relation, self.collector.given) if c.op == "=")

    def _no_head(self, head: _Head, link: _Link) -> Problem:
        place = self._place(link.sign[0])
        piece = self._latex(link.sign)
        if not head.latex and self.collector.inline:
            return Problem(place.line, place.column, piece, "its left side stands in the words before it", remark=True)
        if not head.latex:
            return Problem(place.line, place.column, piece, "there is no left side, here or in a row before")
        message = f"the left side of this chain, {head.latex} at line {head.place.line}, was not read"
        return Problem(place.line, place.column, piece, message)


def _named_last(relation: Relation) -> Relation:
    """``a + b =: c`` defines c."""
    return relation if relation.op != "=:" else Relation(":=", relation.right, relation.left, relation.conditions)


def _with_shared_spaces(chains: list[_Written]) -> list[_Written]:
    """``a, b \\in S`` says of each of them that it is in S; ``x_t, t = 1, \\dots, T`` says nothing of x_t."""
    result: list[_Written] = []
    for chain in reversed(chains):
        after = result[-1].links if result else ()
        listed = not chain.links and chain.head is not None and after and all(link.operator == "in" for link in after)
        counted = isinstance(chain.term, Sym) or not (result and result[-1].values)
        result.append(replace(chain, links=after) if listed and counted and not isinstance(chain.term, (Ellipsis, Num)) else chain)
    return result[::-1]


def _check_ranges(side: Term | None, start: int, latex: str) -> None:
    if side is not None and longest_range(side) > LONGEST_RANGE:
        message = f"a sum or product here has more than {LONGEST_RANGE:,} terms; write its bound as a letter"
        raise Unreadable(message, start, latex[:_LONGEST_PIECE])


def _shifted(span: tuple[int, int], offset: int) -> tuple[int, int]:
    return span[0] + offset, span[1] + offset


class _Signs:
    """The relation signs of a row; those left after all sides took theirs were passed over."""

    def __init__(self, latex: str) -> None:
        self._found = [(sign.start, sign.end) for sign in all_signs(latex)]
        self._ends = [end for _, end in self._found]
        self.left = {sign.start for sign in signs(latex)}

    def take(self, before: int) -> tuple[int, int]:
        """The last sign that ends before a side."""
        position = bisect_right(self._ends, before) - 1
        if position < 0:
            return before, before
        self.left.discard(self._found[position][0])
        return self._found[position]
