"""Equations whose sign stands in the text between two inline formulas: ``$a$ = $b$``; in a table the border of its cells is one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from symrnn.reading.document.pieces import Formula, Piece, Prose
from symrnn.reading.document.signs import begins_with_sign, ends_with_sign, signs
from symrnn.reading.document.source import Mapped

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(?:nbsp|ensp|emsp|thinsp);")
_ENTITY = re.compile(r"&(?:lt|gt|le|ge|ne|equals|asymp|isin|larr);")
_BORDER = re.compile(r"\s*\|\s*")
#: A letter alone, perhaps with one below it, and a function of a sum.
_LETTER = re.compile(r"\s*(?:[A-Za-z]|\\[A-Za-z]+(?:\s*\{?\s*[A-Za-z]\s*\}?)?)\s*(?:_\s*\{?\s*[A-Za-z]\s*\}?)?\s*")
_OF_A_SUM = re.compile(r"\s*\\?[A-Za-z]+\s*(?:\\left|\\[bB]ig+l?)?\s*\([^|]*\+[^|]*\)\s*")
_LONGEST_JOINT = 300
_LONGEST_FORMULA = 5_000


def with_written_signs(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """`pieces`, with two inline formulas made one where the text between them is only a relation sign."""
    held: list[Piece] = []  # a formula, and the prose after it
    for piece in pieces:
        if len(held) == 2 and isinstance(piece, Formula) and not piece.display:
            left, between = held
            if isinstance(left, Formula) and isinstance(between, Prose) and (sign := _joint(left, between, piece)):
                held = [Formula(Mapped.join([left.body, sign, piece.body]), display=False)]
                continue
        if len(held) == 1 and isinstance(piece, Prose):
            held.append(piece)
            continue
        yield from held
        held = [piece] if isinstance(piece, Formula) and not piece.display else []
        if not held:
            yield piece
    yield from held


def _joint(left: Formula, between: Prose, right: Formula) -> Mapped | None:
    """What joins two formulas: the sign in the text between them, or white space when one has the sign at its edge.

    Behind the letter of a gate, the border of a table's cells is the sign of what the next cell gives it by.
    """
    if len(between.raw.text) > _LONGEST_JOINT or len(left.body.text) > _LONGEST_FORMULA:
        return None
    if re.search(r"\n[ \t]*\n", between.raw.text):
        return None
    if _BORDER.fullmatch(between.raw.text) and _LETTER.fullmatch(left.body.text) and _OF_A_SUM.fullmatch(right.body.text):
        return between.raw.sub(re.compile(r"\|"), lambda _: "=")
    text = between.raw.sub(_TAG, lambda _: " ").sub(_ENTITY, lambda entity: html.unescape(entity[0])).strip()
    if not text.text:
        edge = ends_with_sign(left.body.text) or begins_with_sign(right.body.text)
        return between.raw.cut(0, 0).sub(re.compile("^"), lambda _: " ") if edge else None
    sign = signs(text.text)
    only_sign = len(sign) == 1 and (sign[0].start, sign[0].end) == (0, len(text.text))
    return text.sub(re.compile(r"^|$"), lambda _: " ") if only_sign else None
