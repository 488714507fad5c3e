"""A document's text, and pieces of it that remember where each character came from."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from symrnn.language.errors import InputError
from symrnn.reading.document.records import Origin, Place


@dataclass(frozen=True, eq=False)
class Mapped:
    """Text made from a source, with the offset in that source of each character and of the end.

    Undoing escapes, dropping comments and expanding macros move characters about; a message about the result must still
    name the place that the author sees.
    """

    text: str
    offsets: array[int]

    @classmethod
    def of(cls, text: str, start: int = 0) -> Mapped:
        """A text that begins at the offset `start`."""
        return cls(text, array("q", range(start, start + len(text) + 1)))

    @cached_property
    def group_ends(self) -> dict[int, int]:
        """The end of each group ``{...}``, after its brace, by where it opens."""
        return _group_ends(self.text)

    @cached_property
    def environment_ends(self) -> dict[int, int]:
        r"""The end of each environment, after its ``\end{name}``, by the end of its ``\begin{name}``."""
        return _environment_ends(self.text)

    @classmethod
    def at(cls, text: str, offset: int) -> Mapped:
        """Text that stands for something at `offset`, such as the body of a macro used there."""
        return cls(text, array("q", [offset]) * (len(text) + 1))

    @classmethod
    def join(cls, parts: Iterable[Mapped]) -> Mapped:
        """All `parts` in a row."""
        text: list[str] = []
        offsets = array("q")
        end = 0
        for part in parts:
            text.append(part.text)
            offsets.extend(part.offsets[:-1])
            end = part.offsets[-1]
        offsets.append(end)
        return cls("".join(text), offsets)

    def cut(self, start: int, end: int | None = None) -> Mapped:
        """The characters from `start` to `end`."""
        end = len(self.text) if end is None else end
        return Mapped(self.text[start:end], self.offsets[start : end + 1])

    def strip(self) -> Mapped:
        """Without white space at both ends."""
        start = len(self.text) - len(self.text.lstrip())
        return self.cut(start, max(start, len(self.text.rstrip())))

    def sub(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str | Mapped | None]) -> Mapped:
        """With each match replaced by `new` of it; None leaves the match alone."""
        parts: list[Mapped] = []
        done = 0
        for match in pattern.finditer(self.text):
            replacement = new(match)
            if replacement is None:
                continue
            if isinstance(replacement, str):
                replacement = Mapped.at(replacement, self.offsets[match.start()])
            parts += [self.cut(done, match.start()), replacement]
            done = match.end()
        return Mapped.join([*parts, self.cut(done)]) if parts else self


class _File(NamedTuple):
    """A text that the document consists of: where it begins, and where each of its lines does."""

    name: str
    start: int
    lines: list[int]
    text: str
    cell: int


class Source:
    """The text of a document with its name, and those of the files that it reads in; offsets count through all of them."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._files: list[_File] = []
        #: The comments that are meant for symrnn, by their offsets.
        self.comments: list[tuple[int, str]] = []
        self._end = 0
        self.add(name, text)

    def add(self, name: str, text: str, cell: int = 0) -> Mapped:
        """`text` as a further part of the document: another file, or a cell of a notebook."""
        start = self._end
        self._files.append(_File(name, start, [start, *(start + match.end() for match in re.finditer("\n", text))], text, cell))
        self._end += len(text) + 1
        return Mapped.of(text, start)

    def origin(self, text: Mapped) -> Origin:
        """Where a piece of the text comes from, by its offsets in the file that it begins in."""
        file = self._files[bisect_right(self._files, text.offsets[0], key=lambda file: file.start) - 1]
        return Origin(file.name, text.text, tuple(offset - file.start for offset in text.offsets))

    def place(self, offset: int) -> Place:
        """Where `offset` stands."""
        file = self._files[bisect_right(self._files, offset, key=lambda file: file.start) - 1]
        line = bisect_right(file.lines, offset)
        return Place(file.name, line, offset - file.lines[line - 1] + 1, file.cell)

    def line_before(self, offset: int) -> str:
        """What stands before `offset` on its line."""
        file = self._files[bisect_right(self._files, offset, key=lambda file: file.start) - 1]
        start = file.lines[bisect_right(file.lines, offset) - 1]
        return file.text[start - file.start : offset - file.start]

    def error(self, offset: int, message: str) -> InputError:
        """An error at `offset`."""
        return InputError(f"{self.place(offset)}: {message}")


def group_end(text: str, start: int) -> int | None:
    """The end of the group ``{...}`` that opens at `start`, after its brace; None when there is none near enough."""
    if not text.startswith("{", start):
        return None
    depth = 0
    for brace in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
        if depth > _DEEPEST_GROUP:
            return None
    return None


def environment_end(text: str, name: str, start: int) -> int | None:
    r"""The end of ``\end{name}`` for a ``\begin{name}`` that ends at `start`; None when there is none."""
    depth = 1
    for edge in re.compile(rf"\\(begin|end)\{{{re.escape(name)}\}}").finditer(text, start):
        depth += 1 if edge[1] == "begin" else -1
        if depth == 0:
            return edge.end()
    return None


def _group_ends(text: str) -> dict[int, int]:
    """Where each group that opens in `text` ends, in one walk over it."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            ends[opened.pop()] = brace.end()
    return ends


def _environment_ends(text: str) -> dict[int, int]:
    r"""Where each environment ends, by the end of its ``\begin{name}``; one that is never closed takes none of another's."""
    ends: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for edge in _EDGE.finditer(text):
        if edge[1] == "begin":
            opened.setdefault(edge[2], []).append(edge.end())
        elif opened.get(edge[2]):
            ends[opened[edge[2]].pop()] = edge.end()
    return ends


# Deeper than any formula that is read; with it, a thousand open braces do not cost a search to the end each.
_DEEPEST_GROUP = 300
_BRACE = re.compile(r"\\[\s\S]|[{}]")
_EDGE = re.compile(r"\\(begin|end)\{([^{}\n]+)\}")
