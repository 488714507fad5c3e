"""Where the arguments of a command begin and end, and their tokens."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

from lark import Token

from symrnn.language.terms import Sym
from symrnn.notation.brackets import ENDS, is_remark
from symrnn.notation.pieces import Piece
from symrnn.notation.unreadable import MAX_DEPTH, Unreadable
from symrnn.notation.vocabulary import APPLIED_LETTERS, COUNTERS, LOSSES, TIMES, listed

#: Tokens that the grammar needs and the actions do not see; their names begin with an underscore in the grammar.
_SILENT = frozenset(listed("LB RB OPEN ARGS CLOSE COMMA SLASH NORM ENDNORM NABLA FRAC CASES ENDCASES BRANCH ENDSTACK"))

#: The pieces that a factor begins with.
STARTS_FACTOR = frozenset(listed("SYM NUM LB OPEN FUNC FRAC ACCENT BIG TEXT PARTIAL NABLA BEGIN NORM ELLIPSIS BRACE UNKNOWN"))

#: Letters of gates that are letters of functions elsewhere.
_GATES = frozenset({Sym("f"), Sym("g")})
_STEP_IN_BRACKETS = re.compile(r"(?<![A-Za-z\\])[a-eh-zA-Z](?:_(?:\w|\{\w+\}))?\s*\(\s*(?:t|\\tau)\s*(?:[-+]\s*\d+\s*)?\)")


class Jump(NamedTuple):
    """At piece `at` emit `types` and go on at piece `target`."""

    at: int
    types: tuple[str, ...]
    target: int


class Translation:
    """An expression on its way: pieces with a place to go on at and the tokens made of them so far; finds arguments and emits them.

    Arguments always get braces, so that the grammar needs one form only. Work that waits for the end of an argument
    lies on a stack of jumps; nothing here calls itself once for each level of brackets.
    """

    def __init__(self, source: str, pieces: list[Piece], start: int, stop: int) -> None:
        self.source = source
        self.pieces = pieces
        self.start = start
        self.stop = stop
        self.out: list[Token] = []
        self.jumps: list[Jump] = []
        self.roles: dict[int, str] = {}

    def land(self, jump: Jump) -> int:
        for type_ in jump.types:
            self.emit_at(type_, None, min(jump.at, len(self.pieces) - 1))
        return jump.target

    def emit_at(self, type_: str, value: Any, at: int) -> None:
        piece = self.pieces[at]
        type_ = f"_{type_}" if type_ in _SILENT else type_
        token = Token(type_, self.source[piece.start : piece.end], piece.start, end_pos=piece.end)
        token.value = value
        self.out.append(token)

    def emit(self, type_: str, value: Any, at: int) -> int:
        self.emit_at(type_, value, at)
        return at + 1

    def kind(self, at: int) -> str:
        """The kind of the piece at `at`; empty where the expression, or the argument being emitted, has ended."""
        limit = self.jumps[-1].at if self.jumps else self.stop
        return self.pieces[at].kind if self.start <= at < limit else ""

    def unit_end(self, at: int, depth: int = 0) -> int:
        """The end of the argument that TeX would take at `at`: a braced group or one symbol."""
        kind = self.kind(at)
        if kind in ("LB", "BEGIN"):
            return self.pieces[at].mate + 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", self.pieces[at].start, self.text_of(at))
        if kind == "FRAC":
            return self.unit_end(self.unit_end(at + 1, depth + 1), depth + 1)
        if kind in ("ACCENT", "BRACE"):
            return self.unit_end(at + 1, depth + 1)
        if kind in ("OPEN", "NORM"):
            raise Unreadable("an argument that begins with a bracket needs braces", self.pieces[at].start, self.text_of(at))
        if not kind or kind in ENDS:
            before = self.pieces[at - 1]
            raise Unreadable("an argument is missing here", before.end, self.text_of(at - 1))
        return at + 1

    def text_of(self, at: int) -> str:
        return self.source[self.pieces[at].start : self.pieces[at].end]

    def unit(self, at: int) -> tuple[int, int, int]:
        """Start and stop of the content of the argument at `at`, and where the source goes on."""
        end = self.unit_end(at)
        return (at + 1, end - 1, end) if self.kind(at) == "LB" else (at, end, end)

    def inner(self, start: int, stop: int, brackets: tuple[str, ...] = ("LB",)) -> tuple[int, int]:
        """A content without braces (or other brackets) around all of it."""
        while start < stop and self.kind(start) in brackets and self.pieces[start].mate == stop - 1:
            start, stop = start + 1, stop - 1
        return start, stop

    def take(self, at: int, count: int) -> int:
        """Emit the next `count` arguments, each in braces; returns where to go on."""
        ranges = []
        for _ in range(count):
            start, stop, at = self.unit(at)
            ranges.append(self.inner(start, stop))
        return self.take_ranges(ranges, at)

    def take_ranges(self, ranges: list[tuple[int, int]], target: int) -> int:
        self.jumps.append(Jump(ranges[-1][1], ("RB",), target))
        for (_, stop), (start, _) in reversed(list(pairwise(ranges))):
            self.jumps.append(Jump(stop, ("RB", "LB"), start))
        self.emit_at("LB", None, ranges[0][0])
        return ranges[0][0]

    def skip_scripts(self, at: int) -> int:
        while self.kind(at) in ("SUB", "SUP", "PRIME"):
            at = at + 1 if self.kind(at) == "PRIME" else self.unit_end(at + 1)
        return at

    def factor_end(self, at: int) -> int:
        if self.kind(at) in ("OPEN", "NORM"):
            return self.skip_scripts(self.pieces[at].mate + 1)
        end = self.skip_scripts(self.unit_end(at))
        dependent = self.letter_end(at) == end and self.list_separators(end)
        return self.skip_scripts(self.pieces[end].mate + 1) if dependent else end

    def own_level(self, start: int, stop: int) -> list[int]:
        own, at = [], start
        while at < stop:
            own.append(at)
            at = max(at, self.pieces[at].mate) + 1
        return own

    def letter_end(self, at: int) -> int | None:
        """The end of the letter at `at` with its scripts; None if no single letter stands there."""
        if self.kind(at) == "LB":
            start, stop = self.inner(at, self.pieces[at].mate + 1)
            inside = start < stop and self.kind(start) in ("SYM", "ACCENT", "LB") and self.letter_end(start) == stop
            return self.skip_scripts(self.pieces[at].mate + 1) if inside else None
        if self.kind(at) == "TEXT":
            end = self.skip_scripts(at + 1)
            return end if self.kind(end) == "OPEN" and self.pieces[at].value.isalpha() else None
        if self.kind(at) == "SYM":
            return None if is_indicator(self.pieces[at].value) else self.skip_scripts(at + 1)
        return self.skip_scripts(self.unit_end(at)) if self.kind(at) == "ACCENT" else None

    def _has_steps_in_brackets(self) -> bool:
        """Whether a letter of no function has its step in brackets behind it: then ``f(t)`` beside ``s(t)`` is a gate at that step."""
        return _STEP_IN_BRACKETS.search(self.source) is not None

    def is_call(self, at: int, opening: int) -> bool:
        r"""Whether brackets behind a letter hold one thing that it depends on: a step, as in ``s(t - 1)``, or what a loss is of.

        Any other letter before brackets is a factor.
        """
        if self.kind(opening) != "OPEN" or self.pieces[opening].value not in "([" or is_remark(self.pieces, opening):
            return False
        own = self.own_level(opening + 1, self.pieces[opening].mate)
        kinds = [self.kind(n) for n in own]
        values = [self.pieces[n].value for n in own]
        square = self.pieces[opening].value == "["  # h[t] and f[t - 1] are at a step; what else stands so is a factor
        letter = self.letter_of(at)
        letter = None if self.kind(at) == "TEXT" and not square else letter
        applied = letter in APPLIED_LETTERS and not square and not (letter in _GATES and self._has_steps_in_brackets())
        if letter is None or applied or not own or (square and values[0] not in TIMES):
            return False
        shifted = kinds == ["SYM"] or (kinds[1:] == ["PLUS", "NUM"] or kinds[1:] == ["MINUS", "NUM"])
        if values[0] in TIMES and letter not in TIMES:
            return shifted
        mate = self.pieces[opening].mate
        adjacent = self.pieces[opening].start == self.pieces[opening - 1].end
        if adjacent and letter not in COUNTERS | TIMES and (kinds == ["NUM"] or (values[0] in COUNTERS and shifted)):
            return True
        # In \nabla_V L (h_t)^T the brackets hold a factor of the gradient.
        close = adjacent and self.skip_scripts(mate + 1) == mate + 1
        return letter.name in LOSSES and close and self.quantity_end(own[0]) == mate

    def quantity_end(self, at: int) -> int | None:
        """The end of the letter at `at` with its scripts and its step in brackets, ``h(t)``."""
        end = self.letter_end(at)
        if end is None or self.kind(end) != "OPEN" or not self.is_call(at, end):
            return end
        return self.skip_scripts(self.pieces[end].mate + 1)

    def letter_of(self, at: int) -> Sym | None:
        r"""The letter at `at`, in braces or under an accent, or the word, ``\text{target}``."""
        while self.kind(at) in ("LB", "ACCENT"):
            at += 1
        value = self.pieces[at].value
        if self.kind(at) == "TEXT":
            return Sym(value, "", "text") if value.isalpha() else None
        return value if self.kind(at) == "SYM" and isinstance(value, Sym) else None

    def list_separators(self, opening: int) -> list[int]:
        """The commas and semicolons in the round brackets at `opening` that are in no brackets further in."""
        if self.kind(opening) != "OPEN" or self.pieces[opening].value != "(" or is_remark(self.pieces, opening):
            return []
        own = self.own_level(opening + 1, self.pieces[opening].mate)
        return [at for at in own if self.kind(at) in ("COMMA", "SEMICOLON")]


def is_indicator(value: Any) -> bool:
    r"""Whether a letter is ``\mathbb{1}``."""
    return isinstance(value, Sym) and value.style == "bb" and value.name in ("1", "I")
