r"""A formula -> its rows: one row for each chain of relations, without ``&``, ``\tag`` and the rest of the alignment.

Rows end at ``\\`` at the top level only, not inside ``cases`` or a matrix. A row that is the wrapped rest of the row
before is joined to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from symrnn.reading.document.signs import SPACING, begins_with_sign, ends_with_sign, signs
from symrnn.reading.document.source import Mapped, group_end

_ALIGNMENTS = {"align", "aligned", "alignat", "alignedat", "flalign", "xalignat", "xxalignat", "split"}
_WRAPPING = {"multline", "multlined", "split"}
_ROWS = _ALIGNMENTS | _WRAPPING
_ROWS |= {"equation", "gather", "gathered", "eqnarray", "math", "displaymath", "dmath", "IEEEeqnarray"}
#: These hold equations when they are the whole formula, and values or entries otherwise.
_SYSTEMS = {"cases", "dcases", "rcases", "array"}

_TOKEN = re.compile(
    r"\\begin\{(?P<begin>[^{}]*)\}|\\end\{(?P<end>[^{}]*)\}"
    r"|(?P<row>\\\\\*?(?:[ \t]*\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?)"
    r"|\\(?P<named>tag\*?|label|intertext|shortintertext)\s*(?=\{)"
    r"|(?P<dropped>\\(?:nonumber|notag|allowdisplaybreaks|hline)(?![A-Za-z]))"
    r"|(?P<escape>\\(?:[A-Za-z]+|[\s\S]))|(?P<edge>[{}])|(?P<cell>&)"
)
#: The end of a row in plain TeX, also doubled as Markdown needs it.
_PLAIN_ROW_END = re.compile(r"\\\\cr(?=[ \t]*(?:\n|$|\\end))|(?<!\\)\\cr(?:cr)?(?![A-Za-z])")
_BRACE_BEFORE = re.compile(r"\\left\s*(?:\\[{|]|[.(\[|])\s*$")
_SYSTEM = re.compile(
    r"\s*(?:\\left\s*(?:\\\{|\.)\s*)?(?P<inside>\\begin\{(?P<name>[A-Za-z]+)\*?\}[\s\S]*\\end\{(?P=name)\*?\})"
    r"\s*(?:\\right\s*(?:\\\}|\.))?\s*[.,;]?\s*"
)
_SINGLE = re.compile(r"\s*\\begin\{(?P<name>equation|displaymath|math)\*?\}(?P<inside>[\s\S]*)\\end\{(?P=name)\*?\}\s*")
_OPERATOR = re.compile(r"[+]|\\(?:times|cdot|odot|otimes|circ|pm|mp)(?![A-Za-z])")
_MINUS = re.compile(r"[-\u2212]")
_MOST_BOXES = 10
_LEADING_SPACE = re.compile(SPACING)
_BOX = re.compile(
    r"\s*(?:\\(?:boxed|fbox|bbox|ensuremath|underline|mathbin|mathrel|small|normalsize|large|Large|LARGE|huge|Huge)\s*)?"
    r"(?:\[[^\[\]]*\]\s*)?(?=\{)"
)
_OPERATOR_AT_END = re.compile(r"(?:[-+\u2212]|\\(?:times|cdot|odot|otimes|circ))\s*$")
#: The number of an equation, written by hand: in a cell of its own, behind wide space or behind dots.
_NUMBER = r"\(\s*(?P<number>\d[\d.]*[a-z]?)\s*\)\s*[.,;]?\s*"
_NUMBER_ALONE = re.compile(rf"\s*(?:\\q?quad\s*)*{_NUMBER}")
_NUMBER_APART = re.compile(rf"(?:\\hspace\*?\s*\{{[^{{}}]*\}}|(?:~|\\ ){{2,}}|\\[cl]?dots(?![A-Za-z])|\.{{3,}})\s*{_NUMBER}\Z")
_ONLY_WORDS = re.compile(r"\s*(?:\\q?quad\s*)*\(?\\(?:text\w*|mbox|hbox)\s*(?=\{)")


class Broken(Exception):
    """A formula has no rows: why, and the offset of what is wrong."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset, self.message = offset, message


@dataclass(frozen=True)
class SourceRow:
    r"""One row: `text` to be read, its `tag` and `label`, and the words of an ``\intertext`` before it.

    `aligned` is true when nothing stands before the first ``&``; `wraps` in environments that only break long lines.
    """

    text: Mapped
    tag: str = ""
    label: str = ""
    words: str = ""
    aligned: bool = False
    wraps: bool = False


def rows_of(body: Mapped) -> list[SourceRow]:
    r"""The rows of a formula.

    Raises:
        Broken: a ``\begin`` without its ``\end``, or the other way round.
    """
    body = _unboxed(body.sub(_PLAIN_ROW_END, lambda _: r"\\"))
    inner = _without_environment(body)
    system = _SYSTEM.fullmatch(inner.text)
    if system and system["name"] in _SYSTEMS:
        rows = list(_Splitter(inner.cut(*system.span("inside")), _ROWS | {system["name"]}).rows())
        if rows and all(signs(row.text.text) for row in rows):
            return list(_joined(rows))
    elif system and system["name"] in _ROWS:
        body = inner.cut(*system.span("inside"))
    return list(_joined(_Splitter(body, _ROWS).rows()))


def _without_environment(body: Mapped) -> Mapped:
    """What stands in an environment of one equation that holds nothing but a system of equations."""
    outer = _SINGLE.fullmatch(body.text)
    inner = body.cut(*outer.span("inside")).strip() if outer else body
    system = _SYSTEM.fullmatch(inner.text)
    return inner if system and system["name"] in _SYSTEMS else body


def _unboxed(text: Mapped) -> Mapped:
    """Without the boxes or braces around a whole equation."""
    for _ in range(_MOST_BOXES):
        box = _BOX.match(text.text)
        end = group_end(text.text, box.end()) if box else None
        if box is None or end is None or text.text[end:].strip(" .,;\n\t"):
            break
        if not signs(text.text) and r"\begin" not in text.text:
            break
        text = text.cut(box.end() + 1, end - 1)
    return text


@dataclass
class _Draft:
    """A row while it is collected: cells, each with its parts."""

    cells: list[list[Mapped]] = field(default_factory=lambda: [[]])
    notes: dict[str, str] = field(default_factory=dict)


class _Splitter:
    def __init__(self, body: Mapped, row_environments: set[str]) -> None:
        self.body = body
        self.row_environments = row_environments
        self.open: list[tuple[str, int, bool]] = []  # name, offset, and whether its rows are rows of the formula
        self.braces = 0
        self.draft = _Draft()
        self.done = 0
        self.columns = 0  # how many cells an equation has at most, where equations stand side by side
        self.wraps = False

    def rows(self) -> Iterator[SourceRow]:
        text = self.body.text
        handlers: dict[str, Callable[[re.Match[str]], None]] = {
            "begin": self._begin,
            "end": self._end,
            "named": self._named,
            "dropped": self._drop,
            "edge": self._edge,
            "cell": self._cell,
        }
        position = 0
        while token := _TOKEN.search(text, position):
            kind = token.lastgroup or ""
            if kind == "row" and self._at_top():
                self._drop(token)
                yield from self._finished()
            elif kind in handlers:
                handlers[kind](token)
            position = max(token.end(), self.done)
        if self.open:
            name, offset, _ = self.open[-1]
            raise Broken(offset, rf"the \begin{{{name}}} here is never closed; add \end{{{name}}}")
        self._keep(len(text))
        yield from self._finished()

    def _at_top(self) -> bool:
        return self.braces == 0 and all(is_row for _, _, is_row in self.open)

    def _keep(self, end: int) -> None:
        """Put what was passed since the last cut into the cell."""
        if end > self.done:
            self.draft.cells[-1].append(self.body.cut(self.done, end))
            self.done = end

    def _drop(self, token: re.Match[str]) -> None:
        self._keep(token.start())
        self.done = token.end()

    def _begin(self, token: re.Match[str]) -> None:
        name = token["begin"].rstrip("*")
        # After \left\{ the rows are the branches of a value, not equations.
        is_row = name in self.row_environments and self._at_top() and not _BRACE_BEFORE.search(self.body.text, 0, token.start())
        self.open.append((token["begin"], self.body.offsets[token.start()], is_row))
        if is_row:
            self.columns = 2 if name in _ALIGNMENTS else 1 if name.endswith("cases") else self.columns
            self.wraps |= name in _WRAPPING
            self._drop(token)
            self.done = self._arguments_end(name, token.end())

    def _arguments_end(self, name: str, position: int) -> int:
        optional = re.compile(r"(?:\s*\[[a-z]\])?").match(self.body.text, position)
        position = optional.end() if optional else position
        if name in ("alignat", "alignedat", "xalignat", "xxalignat", "array", "IEEEeqnarray"):
            position = group_end(self.body.text, position) or position
        return position

    def _end(self, token: re.Match[str]) -> None:
        offset = self.body.offsets[token.start()]
        if not self.open:
            raise Broken(offset, rf"\end{{{token['end']}}} has no \begin; add \begin{{{token['end']}}} or remove it")
        name, opened, is_row = self.open.pop()
        if name != token["end"]:
            message = rf"the \begin{{{name}}} here is closed by \end{{{token['end']}}}; give both the same name"
            raise Broken(opened, message)
        if is_row:
            self._drop(token)

    def _named(self, token: re.Match[str]) -> None:
        end = group_end(self.body.text, token.end())
        if end is None:
            message = rf"the brace after \{token['named']} is never closed; add }}"
            raise Broken(self.body.offsets[token.start()], message)
        self._drop(token)
        name = token["named"].rstrip("*")
        self.draft.notes[name.removeprefix("short")] = self.body.text[token.end() + 1 : end - 1].strip()
        self.done = end

    def _edge(self, token: re.Match[str]) -> None:
        self.braces = max(0, self.braces + (1 if token[0] == "{" else -1))

    def _cell(self, token: re.Match[str]) -> None:
        if self._at_top():
            self._drop(token)
            self.draft.cells.append([])

    def _finished(self) -> Iterator[SourceRow]:
        """The row collected so far, as one row or as several where an alignment holds equations side by side."""
        draft, self.draft, self.braces = self.draft, _Draft(), 0
        cells = [Mapped.join(cell) if cell else None for cell in draft.cells]
        number = _NUMBER_ALONE.fullmatch(cells[-1].text) if len(cells) > 1 and cells[-1] else None
        if number:
            cells.pop()
            draft.notes.setdefault("tag", number["number"])
        aligned = len(cells) > 1 and (cells[0] is None or not cells[0].text.strip())
        for text in _equations(cells, self.columns):
            notes = draft.notes
            apart = _NUMBER_APART.search(text.text)
            if apart:
                text = text.cut(0, apart.start()).strip()
                notes.setdefault("tag", apart["number"])
            words = notes.get("intertext", "")
            yield SourceRow(text, notes.get("tag", ""), notes.get("label", ""), words, aligned, self.wraps)
            aligned = False


def _equations(cells: list[Mapped | None], columns: int) -> Iterator[Mapped]:
    """The cells of a row put together: an equation by itself starts a new row, a comment in words is left out."""
    together: list[Mapped] = []
    for start in range(0, len(cells), columns or len(cells)):
        group = [cell for cell in cells[start : start + (columns or len(cells))] if cell]
        group = [cell for number, cell in enumerate(group) if not (start or number) or not _is_comment(cell.text)]
        latex = " ".join(cell.text for cell in group)
        if signs(latex) and not begins_with_sign(latex) and any(signs(part.text) for part in together):
            yield from _spaced(together)
            together = []
        together += group
    yield from _spaced(together)


def _spaced(parts: list[Mapped]) -> Iterator[Mapped]:
    spaced = [piece for part in parts for piece in (part, Mapped.at(" ", part.offsets[-1]))]
    text = Mapped.join(spaced) if spaced else Mapped.at("", 0)
    lead = _LEADING_SPACE.match(text.text)
    text = _unboxed(text.cut(lead.end() if lead else 0).strip()).strip()
    if text.text.strip(" .,;"):
        yield text


def _is_comment(cell: str) -> bool:
    words = _ONLY_WORDS.match(cell)
    end = group_end(cell, words.end()) if words else None
    return end is not None and not cell[end:].strip(" ).,;")


def _joined(rows: Iterator[SourceRow] | list[SourceRow]) -> Iterator[SourceRow]:
    before: SourceRow | None = None
    for row in rows:
        if before and _wraps(before, row):
            text = Mapped.join([before.text, Mapped.at(" ", before.text.offsets[-1]), row.text])
            before = replace(before, text=text, tag=before.tag or row.tag, label=before.label or row.label)
            continue
        if before:
            yield before
        before = row
    if before:
        yield before


def _wraps(before: SourceRow, row: SourceRow) -> bool:
    """Whether `row` is the rest of the row before."""
    first, second = before.text.text, row.text.text
    if row.words or begins_with_sign(second):
        return False
    if any(_surplus(first, *pair) > 0 > _surplus(second, *pair) for pair in ("()", "[]")):
        return True
    if ends_with_sign(first) or _OPERATOR_AT_END.search(first) or _OPERATOR.match(second):
        return True
    relation = bool(signs(second))
    if _MINUS.match(second):
        return row.aligned or not relation
    return not relation and bool(signs(first)) and (row.aligned or row.wraps)


def _surplus(text: str, opening: str, closing: str) -> int:
    """How many brackets of a kind are opened in a row and closed in none before its end, less those the other way round."""
    return text.count(opening) - text.count(closing)
