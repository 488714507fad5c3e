"""A row of mathematics, cut at its relation signs and separators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, takewhile
from typing import NamedTuple

from symrnn.language.terms import Ellipsis, Num, Sym, Term
from symrnn.notation.brackets import is_remark, trimmed
from symrnn.notation.parsing import read_range
from symrnn.notation.pieces import Piece
from symrnn.notation.unreadable import Unreadable
from symrnn.notation.vocabulary import listed


@dataclass(frozen=True)
class Chain:
    """Sides joined by relation signs, as ``a = b = c``.

    The first side is None when the row starts with a relation sign. `spans` are the offsets of the sides in the source.
    `kind` is ``relation``, ``expression`` (no relation sign), ``remark`` (written in brackets behind ``\\because``), ``collection``
    (``\\theta = \\{U, W\\}`` names what belongs together; the second side is an ellipsis) or
    ``range``: ``t = 1, \\dots, T`` says what `t` runs over, and no more. The sides of a range are the letter and its
    first value; the span of the second side reaches to the last value; `values` are all of them as written.
    """

    sides: tuple[Term | None, ...]
    operators: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    kind: str
    values: tuple[Term, ...] = ()


_SEPARATORS = frozenset({"COMMA", "SEMICOLON", "COLON", "QUAD", "ARROW", "REASON"})
#: The signs behind which a list is what a name stands for.
_NAMES_A_LIST = frozenset({"=", ":="})
#: What a letter that counts may carry: ``k^{\\star}``, ``i'``.
_MARKS = frozenset({"SUP", "PRIME"})
_OPERATORS = frozenset({"PLUS", "MINUS", "DOT", "ELEM", "STAR", "SLASH"})
#: Words that take back what stands before them.
_DENIES = re.compile(r"(?i)\b(?:false|wrong|incorrect|untrue|invalid|not true|not hold|falsch|faux|faus+e|falso|falsa)\b")
_IN_CONDITIONS = frozenset({"SYM", "NUM", "REL", "PLUS", "MINUS", "COMMA", "ELLIPSIS", "TEXT"})
#: A space that is made wider than it would be.
_WIDE = re.compile(r"\\[,;:! ]|\\q?quad|~|&")
#: What brackets with a relation in them belong to.
_INDICATORS = (Sym("1", "", "bb"), Sym("I", "", "bb"), Num(Fraction(1)), Sym("delta"), Sym("P"), Sym("p"), Sym("I"))
_LINKING_WORDS = frozenset(
    listed(
        "and where with for if when while as or so then thus hence since because therefore i.e. ie e.g. such that "
        "subject to also otherwise else but given let is"
    )
)


class _Stretch(NamedTuple):
    """The pieces between two separators, with the positions of the relation signs and the remarks among them."""

    begin: int
    end: int
    signs: list[int]
    remarks: list[int]


class CutRow:
    """One row, cut at its relation signs and separators."""

    def __init__(self, source: str, pieces: list[Piece]) -> None:
        self.source = source
        self.pieces = pieces

    def chains(self, start: int, stop: int, remark: bool) -> Iterator[Chain]:
        """The chains of ``pieces[start:stop]``, each followed by the remarks written in it."""
        stretches = list(self._stretches(start, stop))
        at = 0
        while at < len(stretches):
            values = self._values(stretches, at)
            if values:
                yield self._range(stretches[at], values)
                while at < len(stretches) and stretches[at].begin <= values[-1][0]:
                    at += 1
                continue
            begin, end, signs, remarks = stretches[at]
            chain = self._membership(stretches[at]) or self._collection(stretches[at]) or self._chain(begin, end, signs, remark)
            if chain is not None:
                yield chain
            for opening in remarks:
                yield from self.chains(opening + 2, self.pieces[opening].mate, remark=True)
            at += 1

    def _stretches(self, start: int, stop: int) -> Iterator[_Stretch]:
        begin, at = start, start
        signs: list[int] = []
        remarks: list[int] = []
        while at < stop:
            piece = self.pieces[at]
            if piece.kind == "REL":
                signs.append(at)
            elif self._separates(piece) and not (at == begin and self._is_left_side(at, stop)):
                if piece.kind == "COLON" and signs:
                    self._refuse_product(at, stop)
                yield _Stretch(begin, at, signs, remarks)
                begin, signs, remarks = at + 1, [], []
            elif is_remark(self.pieces, at):
                remarks.append(at)
            elif self._is_condition(at, stop):
                yield _Stretch(begin, at, signs, remarks)
                yield from self._stretches(at + 1, piece.mate)
                begin, signs, remarks = piece.mate + 1, [], []
            at = piece.mate + 1 if piece.mate > at else at + 1
        yield _Stretch(begin, stop, signs, remarks)

    def _refuse_product(self, at: int, stop: int) -> None:
        r"""Raises Unreadable where a colon multiplies two matrices: ``dL = A : dW``, ``L = A : B``.

        It does in front of a differential, and where neither a relation nor words nor a size, ``n \times h``, come behind it.
        """
        behind = self.pieces[at + 1 : stop]
        ends = [n for n, piece in enumerate(behind) if piece.kind in _SEPARATORS]
        operand = behind[: ends[0]] if ends else behind
        differential = [piece.value for piece in behind[:1]] == [Sym("d")] and behind[1:2] and behind[1].kind in ("SYM", "ACCENT")
        plain = operand and not any(p.kind in ("REL", "TEXT") or p.value == "times" for p in operand)
        if differential or plain:
            message = "the product A : B is not read; write the trace of A^T B"
            raise Unreadable(message, self.pieces[at].start, self.source[self.pieces[at].start : self.pieces[at].end])

    def _is_condition(self, at: int, stop: int) -> bool:
        r"""Whether brackets at the end say where an equation holds: ``(t = 1, ..., T)``, and not an indicator or a factor.

        What begins with a relation sign, ``(\in \mathbb{R}^n)``, goes on with the left side of what stands before it.
        """
        piece = self.pieces[at]
        inside = self.pieces[at + 1 : piece.mate]
        behind = trimmed(self.pieces, piece.mate + 1, stop)
        if piece.kind != "OPEN" or behind[0] < behind[1]:
            return False
        if inside and inside[0].kind == "REL":
            return True
        before = self.pieces[at - 1] if at else None
        if before is None or "REL" not in {p.kind for p in inside} or before.value in _INDICATORS:
            return False
        if before.kind in _SEPARATORS | {"TEXT"} or _WIDE.search(self.source, before.end, piece.start):
            return True
        return {p.kind for p in inside} <= _IN_CONDITIONS and before.end < piece.start

    def _is_left_side(self, at: int, stop: int) -> bool:
        r"""Whether words right before a sign are what it is about: ``\text{number of weights} = 3 n``."""
        piece = self.pieces[at]
        words = piece.value.lower().strip(" .,;:").split() if piece.kind == "TEXT" else []
        return bool(words) and words[0] not in _LINKING_WORDS and at + 1 < stop and self.pieces[at + 1].kind == "REL"

    def _separates(self, piece: Piece) -> bool:
        if piece.kind != "TEXT":
            return piece.kind in _SEPARATORS
        if _DENIES.search(piece.value):
            raise Unreadable("the words here say that it does not hold", piece.start, piece.value.strip())
        words = piece.value.lower().strip(" .,;:").split()
        spaced = piece.value[:1].isspace() and piece.value[-1:].isspace()
        bracketed = piece.value.strip()[:1] in tuple("([（【")  # a remark, in a language without spaces as well
        return spaced or bracketed or len(words) != 1 or words[0] in _LINKING_WORDS

    def _chain(self, begin: int, end: int, signs: list[int], remark: bool) -> Chain | None:
        if remark and not signs:
            return None
        if signs and signs[-1] == end - 1 and end < len(self.pieces) and self.pieces[end].kind == "TEXT":
            end = signs[-1]  # what stands behind the last sign are words
            signs = signs[:-1]
        edges = [begin - 1, *signs, end]
        ranges = [trimmed(self.pieces, a + 1, b) for a, b in pairwise(edges)]
        if not signs and ranges[0][0] >= ranges[0][1]:
            return None
        sides = [self._side(n, a, b, signs) for n, (a, b) in enumerate(ranges)]
        return Chain(
            tuple(sides),
            tuple(self.pieces[sign].value for sign in signs),
            tuple(self._span(a, b, signs) for a, b in ranges),
            "remark" if remark else "relation" if signs else "expression",
        )

    # -- ranges of an index

    def _range(self, first: _Stretch, values: list[tuple[int, int]]) -> Chain:
        letter = trimmed(self.pieces, first.begin, first.signs[0])
        read = [read_range(self.source, self.pieces, *value) for value in (letter, *values)]
        last = self.pieces[values[-1][1] - 1].end
        spans = (self._span(*letter, first.signs), (self.pieces[values[0][0]].start, last))
        return Chain((read[0], read[1]), ("=",), spans, "range", tuple(read[1:]))

    def _membership(self, stretch: _Stretch) -> Chain | None:
        r"""``j \in \{1, \dots, n\}``, ``p \in (0, 1)``: the values that a letter has; None for anything else."""
        if [self.pieces[sign].value for sign in stretch.signs] != ["in"]:
            return None
        letter = trimmed(self.pieces, stretch.begin, stretch.signs[0])
        right = trimmed(self.pieces, stretch.signs[0] + 1, stretch.end)
        opening = self.pieces[right[0]] if right[0] < right[1] and letter[0] < letter[1] else None
        if opening is None or opening.kind != "OPEN" or opening.mate != right[1] - 1:
            return None
        commas = [n for n in range(right[0] + 1, opening.mate) if self.pieces[n].kind in ("COMMA", "SEMICOLON")]
        edges = [right[0], *(n for n in commas if self._is_inside(n, right[0])), opening.mate]
        parts = [part for a, b in pairwise(edges) for part in self._parts(a + 1, b)]
        if len(parts) < 2:
            return None
        read = [read_range(self.source, self.pieces, *part) for part in (letter, *parts)]
        values = (read[1], Ellipsis(), read[2]) if len(parts) == 2 and opening.value != r"\{" else tuple(read[1:])
        spans = (self._span(*letter, stretch.signs), self._span(*right, stretch.signs))
        return Chain((read[0], read[1]), ("in",), spans, "range", values)

    def _collection(self, stretch: _Stretch) -> Chain | None:
        r"""``\theta = \{U, W\}``, ``x = (x_1, \dots, x_T)``: a name for things together, and no value; None for anything else."""
        if len(stretch.signs) != 1 or self.pieces[stretch.signs[0]].value not in _NAMES_A_LIST:
            return None
        name = trimmed(self.pieces, stretch.begin, stretch.signs[0])
        right = trimmed(self.pieces, stretch.signs[0] + 1, stretch.end)
        if not (name[0] < name[1] and right[0] < right[1] and self.pieces[right[0]].mate == right[1] - 1):
            return None
        opening, inside = self.pieces[right[0]], range(right[0] + 1, right[1] - 1)
        commas = [n for n in inside if self.pieces[n].kind == "COMMA" and self._is_inside(n, right[0])]
        elided = any(self._is_a((n, n + 1), "ELLIPSIS") for n in inside)
        if opening.kind != "OPEN" or not commas or not (opening.value == r"\{" or elided):
            return None
        term = read_range(self.source, self.pieces, *name)
        spans = (self._span(*name, stretch.signs), self._span(*right, stretch.signs))
        return Chain((term, Ellipsis()), ("in",), spans, "collection")

    def _is_inside(self, at: int, opening: int) -> bool:
        """Whether a piece stands in these brackets, and in none further in."""
        return not any(opening < n < at < piece.mate for n, piece in enumerate(self.pieces[:at]))

    def _values(self, stretches: list[_Stretch], at: int) -> list[tuple[int, int]]:
        r"""The values of the range that begins at `at`, ``1, \dots, T`` or ``0, 1``; empty if it is none."""
        first = stretches[at]
        start, stop = trimmed(self.pieces, first.begin, first.signs[0] if first.signs else first.begin)
        signs = [self.pieces[sign].value for sign in first.signs]
        if not self._is_index(start, stop) or signs != ["="] or first.remarks:
            return []
        values = self._parts(first.signs[0] + 1, first.end)
        alone = len(values)
        for number in range(at + 1, len(stretches)):
            before, stretch = stretches[number - 1], stretches[number]
            more = self._parts(stretch.begin, stretch.end)
            ended = len(values) > 1 and self._is_a(values[-2], "ELLIPSIS")
            if ended or stretch.signs or stretch.remarks or not more or self.pieces[before.end].kind != "COMMA":
                break
            values += more
        elided = [n for n, value in enumerate(values) if self._is_a(value, "ELLIPSIS")]
        if not elided:
            numbers = list(takewhile(lambda value: self._is_a(value, "NUM"), values))
            return numbers if len(numbers) > 1 else []
        return values if self._is_elided_range(values, elided, alone == len(values)) else []

    def _is_index(self, start: int, stop: int) -> bool:
        """Whether this is one letter, perhaps with marks."""
        marks = self.pieces[start + 1 : stop]
        return start < stop and self.pieces[start].kind == "SYM" and all(p.kind in _MARKS or p.value == "*" for p in marks)

    def _is_elided_range(self, values: list[tuple[int, int]], elided: list[int], unseparated: bool) -> bool:
        if len(elided) > 1 or elided[0] == 0 or elided[0] < len(values) - 2:
            return False
        if any(self.pieces[edge].kind in _OPERATORS for start, stop in values for edge in (start, stop - 1)):
            return False
        # Without commas it may be a product, unless it begins or ends with a number: 1 ... T.
        return not unseparated or self._is_a(values[0], "NUM") or self._is_a(values[-1], "NUM")

    def _is_a(self, part: tuple[int, int], kind: str) -> bool:
        return part[1] == part[0] + 1 and self.pieces[part[0]].kind == kind

    def _parts(self, start: int, stop: int) -> list[tuple[int, int]]:
        """What stands before, at and behind each ellipsis."""
        start, stop = trimmed(self.pieces, start, stop)
        parts: list[tuple[int, int]] = []
        begin = at = start
        while at < stop:
            piece = self.pieces[at]
            if piece.kind == "ELLIPSIS":
                parts += [(begin, at), (at, at + 1)]
                begin = at + 1
            at = max(at, piece.mate) + 1
        return [part for part in [*parts, (begin, stop)] if part[0] < part[1]]

    # -- sides

    def _side(self, number: int, start: int, stop: int, signs: list[int]) -> Term | None:
        if start < stop and number and self.pieces[signs[number - 1]].value == "in" and self._is_power_of_numbers(start, stop):
            return self._space(self.pieces[start].mate, stop)
        if start < stop:
            self._refuse_words(start, stop)
            if self._is_list(start, stop):
                self.pieces[start].value = self.pieces[stop - 1].value = "["
            return read_range(self.source, self.pieces, start, stop)
        if number == 0:
            return None
        sign = self.pieces[signs[number - 1]]
        raise Unreadable("nothing stands behind this sign", sign.start, self.source[sign.start : sign.end])

    def _is_list(self, start: int, stop: int) -> bool:
        """Whether a side is a list in round brackets, ``(a, b)``, which is no argument there."""
        commas = (n for n in range(start, stop) if self.pieces[n].kind == "COMMA" and self._is_inside(n, start))
        return self.pieces[start].value == "(" and self.pieces[start].mate == stop - 1 and any(True for _ in commas)

    def _refuse_words(self, start: int, stop: int) -> None:
        r"""Raises Unreadable where the last term of a sum is words: ``f_t + \text{further terms}``."""
        last = self.pieces[stop - 1]
        behind = self.pieces[stop] if stop < len(self.pieces) else last
        if last.kind in ("PLUS", "MINUS") and behind.kind == "TEXT":
            raise Unreadable("words say the rest of it", behind.start, behind.value.strip(), remark=True)

    def _is_power_of_numbers(self, start: int, stop: int) -> bool:
        r"""``(0, 1)^{n \times h}``, ``\{0, 1\}^n``: numbers between two, or some of them, as many as stands above."""
        mate = self.pieces[start].mate
        inside = {self.pieces[at].kind for at in range(start + 1, mate)} - {"MINUS", "PLUS"}
        numbers = inside <= {"NUM", "SYM", "COMMA", "SEMICOLON"} and "COMMA" in inside
        return self.pieces[start].kind == "OPEN" and numbers and mate + 1 < stop and self.pieces[mate + 1].kind == "SUP"

    def _space(self, closing: int, stop: int) -> Term:
        """The space of as many real numbers: what they lie between is no matter of shape."""
        base = self.pieces[closing]
        rest = [replace(piece, mate=max(piece.mate - closing, -1)) for piece in self.pieces[closing + 1 : stop]]
        pieces = [Piece("SYM", Sym("R", "", "bb"), base.start, base.end), *rest]
        return read_range(self.source, pieces, 0, len(pieces))

    def _span(self, start: int, stop: int, signs: list[int]) -> tuple[int, int]:
        if start < stop:
            return self.pieces[start].start, self.pieces[stop - 1].end
        return self.pieces[signs[0]].start, self.pieces[signs[0]].start
