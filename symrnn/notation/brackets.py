"""Pieces in matched brackets, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate

from symrnn.notation.pieces import Piece, scanned
from symrnn.notation.unreadable import MAX_DEPTH, Unreadable
from symrnn.notation.vocabulary import listed

_CLOSING = {"LB": "RB", "OPEN": "CLOSE", "NORM": "ENDNORM", "BEGIN": "END"}
ENDS = frozenset(_CLOSING.values())
_SEPARATORS = frozenset(listed("COMMA SEMICOLON COLON STOP AMP QUAD ROW TEXT ARROW REASON"))
#: What quantities with scripts are made of, with wide spaces between them, and what such a space is in the source.
_IN_LISTS = frozenset(listed("SYM NUM TEXT PRIME ACCENT SUB SUP LB RB PLUS MINUS QUAD"))
_WIDE = re.compile(r"\\q?quad(?![A-Za-z])|(?:(?:\\[;: ]|~)\s*){2}")
_SINGLES = frozenset(listed("SYM NUM FUNC TEXT REL PLUS MINUS DOT STAR ELEM PRIME TOP"))


def matched(source: str) -> list[Piece]:
    r"""The pieces with their mates, without the alignment marks and the wide spaces that separate nothing."""
    kept: list[Piece] = []
    stack: list[int] = []
    pieces = _with_lists(_with_fractions(scanned(source)), source)
    for piece in pieces:
        _resolve_bar(piece, kept, stack)
        if piece is pieces[-1] and not stack and (piece.kind, piece.value) == ("CLOSE", "("):
            continue  # one too many at the end: it may go, or have its mate where the side begins, which says the same
        if piece.kind in ENDS:
            opening = _pop_mate(source, piece, kept, stack)
            if _is_single(kept, opening, piece):
                kept[opening:] = [replace(kept[-1], start=kept[opening].start, end=piece.end)]
                continue
            piece.mate, kept[opening].mate = opening, len(kept)
        elif piece.kind in _CLOSING:
            if len(stack) >= MAX_DEPTH:
                raise Unreadable(f"nested deeper than {MAX_DEPTH}", piece.start, source[piece.start : piece.end])
            stack.append(len(kept))
        elif _is_idle(piece, kept, stack):
            continue
        kept.append(piece)
    if len(stack) == 1 and _ends_at_the_end(kept, stack[0]):
        kept[stack[0]].mate = len(kept)
        kept.append(Piece("CLOSE", "(", len(source), len(source), stack.pop()))
    if stack:
        unclosed = kept[stack[-1]]
        raise Unreadable("this bracket is never closed", unclosed.start, source[unclosed.start : unclosed.end])
    return _without_braces_of_relations(kept)


def _ends_at_the_end(kept: list[Piece], at: int) -> bool:
    r"""Whether a bracket that is never closed can be so in one place alone: ``diag(f'(x)``, around one function and what it takes."""
    last = kept[-1]
    head = kept[at + 1 : last.mate]
    around = kept[at].kind == "OPEN" and kept[at].value == "(" and last.kind == "CLOSE" and last.mate > at + 1
    return around and head[0].kind in ("SYM", "FUNC") and all(piece.kind == "PRIME" for piece in head[1:])


def _with_lists(pieces: list[Piece], source: str) -> list[Piece]:
    r"""``[a_t \quad b_t]`` as ``[a_t, b_t]``: what wide spaces keep apart in square brackets is no product."""
    result: list[Piece] = []
    inside = depth = 0
    for at, piece in enumerate(pieces):
        if (piece.kind, piece.value) == ("OPEN", "["):
            end = next((n for n in range(at + 1, len(pieces)) if pieces[n].kind not in _IN_LISTS), at)
            inside, depth = (end, 0) if (pieces[end].kind, pieces[end].value) == ("CLOSE", "[") else (0, 0)
        elif at < inside and not depth and result[-1].kind != "OPEN" and piece.kind != "QUAD":
            gap = source[result[-1].end : piece.start]
            result += [Piece("COMMA", ",", piece.start, piece.start)] if _WIDE.search(gap) else []
        depth += (piece.kind == "LB") - (piece.kind == "RB")
        if piece.kind != "QUAD" or at >= inside:
            result.append(piece)
    return result


def _with_fractions(pieces: list[Piece]) -> list[Piece]:
    r"""``{a \over b}`` as ``{\frac{a}{b}}``; outside of braces, and of brackets with a size, all of the formula would be a fraction."""
    at = next((n for n, piece in enumerate(pieces) if piece.kind == "OVER"), None)
    if at is None:
        return pieces
    start, stop = _end_of_group(pieces, at, -1), _end_of_group(pieces, at, 1)
    if not (start > -1 and stop < len(pieces)):
        raise Unreadable(r"\over needs braces around the fraction", pieces[at].start, r"\over")
    above, below = pieces[start + 1 : at], pieces[at + 1 : stop]
    braces = [
        Piece(kind, "{", piece.start, piece.end) for piece in (pieces[start], pieces[at], pieces[stop - 1]) for kind in ("LB", "RB")
    ]
    fraction = [
        Piece("FRAC", None, pieces[start].start, pieces[start].end),
        braces[0],
        *above,
        braces[3],
        braces[2],
        *below,
        braces[5],
    ]
    return _with_fractions([*pieces[: start + 1], *fraction, *pieces[stop:]])


def _end_of_group(pieces: list[Piece], at: int, step: int) -> int:
    """Where the group around `at` begins (`step` -1) or ends (1); outside of all pieces where there is none."""
    depth = 0
    while 0 <= at + step < len(pieces) and depth >= 0:
        at += step
        kind = pieces[at].kind
        depth += step * ((kind in _CLOSING) - (kind in ENDS))
    return at if depth < 0 else -1 if step < 0 else len(pieces)


def _without_braces_of_relations(pieces: list[Piece]) -> list[Piece]:
    r"""``\textcolor{red}{i = k}`` leaves braces around a relation between separators, which mean nothing."""
    related = _braces_of_relations(pieces)
    dropped = {at for at in related if _stands_free(pieces, at)}
    if not dropped:
        return pieces
    dropped |= {pieces[at].mate for at in dropped}
    places = list(accumulate((at not in dropped for at in range(len(pieces))), initial=0))
    for piece in pieces:
        piece.mate = places[piece.mate] if piece.mate >= 0 else -1
    return [piece for at, piece in enumerate(pieces) if at not in dropped]


def _braces_of_relations(pieces: list[Piece]) -> set[int]:
    """The opening braces with a relation sign in them that is in no brackets further in."""
    found = set()
    stack: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.kind in _CLOSING:
            stack.append(at)
        elif piece.kind in ENDS:
            closed = stack.pop()
            if closed in found and stack and pieces[stack[-1]].kind == "LB":
                found.add(stack[-1])
        elif piece.kind == "REL" and stack and pieces[stack[-1]].kind == "LB":
            found.add(stack[-1])
    return found


def _stands_free(pieces: list[Piece], at: int) -> bool:
    """Whether nothing but separators, or brackets around all of it, stands beside the group at `at`."""
    behind = pieces[at].mate + 1
    before = at == 0 or pieces[at - 1].kind in _SEPARATORS | _CLOSING.keys()
    after = behind == len(pieces) or pieces[behind].kind in _SEPARATORS | ENDS
    return before and after and not is_remark(pieces, at)


def _is_single(kept: list[Piece], opening: int, closing: Piece) -> bool:
    """Whether braces hold one piece only, which then means the same without them."""
    return closing.kind == "RB" and opening == len(kept) - 2 and kept[-1].kind in _SINGLES


def _resolve_bar(piece: Piece, kept: list[Piece], stack: list[int]) -> None:
    if piece.kind == "BAR":
        piece.kind = "ENDNORM" if stack and kept[stack[-1]].kind == "NORM" else "NORM"


def _pop_mate(source: str, piece: Piece, kept: list[Piece], stack: list[int]) -> int:
    opening = kept[stack[-1]] if stack else None
    if opening is not None and _is_interval(kept, stack[-1], piece):
        piece.value = opening.value = "["
    if opening is None or _CLOSING[opening.kind] != piece.kind or opening.value != piece.value:
        raise Unreadable("this bracket closes none that is open", piece.start, source[piece.start : piece.end])
    return stack.pop()


def _is_interval(kept: list[Piece], at: int, closing: Piece) -> bool:
    r"""Whether the bracket at `at` and the one that closes it are those of an interval: ``\in (0, 1]``."""
    if kept[at].kind != "OPEN" or closing.kind != "CLOSE" or not at or kept[at - 1].value != "in":
        return False
    if {kept[at].value, closing.value} - {"(", "["}:
        return False
    return kept[at].value != closing.value or all(piece.kind in ("NUM", "MINUS", "COMMA") for piece in kept[at + 1 :])


def _is_idle(piece: Piece, kept: list[Piece], stack: list[int]) -> bool:
    if piece.kind == "DROPPED":
        return True
    if piece.kind == "AMP":
        return not stack or kept[stack[-1]].kind != "BEGIN"
    broken = piece.kind == "ROW" and bool(stack) and kept[stack[-1]].value == "("  # a line break in round brackets
    return broken or (piece.kind == "QUAD" and bool(stack))


def is_remark(pieces: list[Piece], at: int) -> bool:
    """Whether the bracket at `at` opens a remark, ``(\\because ...)``."""
    return pieces[at].kind in ("OPEN", "LB") and pieces[at + 1].kind == "REASON"


def trimmed(pieces: list[Piece], start: int, stop: int) -> tuple[int, int]:
    """The range without punctuation and remarks at its end, and without line ends at either end."""
    while start < stop and pieces[start].kind in ("ROW", "QUAD"):
        start += 1
    while start < stop:
        last = stop - 1
        if pieces[last].kind in ("STOP", "COMMA", "SEMICOLON", "ROW", "QUAD"):
            stop = last
        elif start <= pieces[last].mate < last and is_remark(pieces, pieces[last].mate):
            stop = pieces[last].mate
        else:
            break
    return start, stop
