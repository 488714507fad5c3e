"""A document's text, and pieces of it that remember where each character came from."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from symrnn.language.errors import InputError
from symrnn.reading.document.records import Place


@dataclass(frozen=True, eq=False)
class Mapped:
    """Text made from a source, with the offset in that source of each character and of the end.

    Undoing escapes, dropping comments and expanding macros move characters about; a message about the result must still
    name the place that the author sees.
    """

    text: str
    offsets: array[int]

    @classmethod
    def of(cls, source: str, start: int = 0, end: int | None = None) -> Mapped:
        """The piece of `source` from `start` to `end`."""
        end = len(source) if end is None else end
        return cls(source[start:end], array("q", range(start, end + 1)))

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


@dataclass(frozen=True)
class Source:
    """A whole text with its name, which turns offsets into places."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> Place:
        """Where `offset` stands."""
        line = bisect_right(self._starts, offset)
        return Place(self.name, line, offset - self._starts[line - 1] + 1)

    def lines(self) -> Iterator[tuple[int, int]]:
        """Start and end of each line, the end after its newline."""
        yield from pairwise([*self._starts, len(self.text)])

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


# Deeper than any formula that is read; with it, a thousand open braces do not cost a search to the end each.
_DEEPEST_GROUP = 300
_BRACE = re.compile(r"\\[\s\S]|[{}]")
