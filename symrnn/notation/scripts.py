"""What stands below and above a letter."""

from __future__ import annotations

import re

from symrnn.language.terms import Sym
from symrnn.notation.arguments import Jump, Translation
from symrnn.notation.vocabulary import LOSSES, TIMES


def below(t: Translation, at: int) -> int:
    """What stands below; ``v_{[i]}`` is the component v_i, ``s_{b[i]}`` that of s_b."""
    t.emit("SUB", None, at)
    start, stop, end = t.unit(at + 1)
    start, stop = t.inner(start, stop)
    if (name := _name_with_sign(t, at, start, stop)) is not None:
        return _as_name(t, name, start, end)
    start = _named_step(t, start, stop) or start
    if is_square(t, start) and t.pieces[start].mate == stop - 1:
        start, stop = start + 1, stop - 1
    behind = t.letter_end(start) if start < stop else None
    component = behind is not None and is_square(t, behind) and not t.is_call(start, behind)  # y[t] is at a step
    if behind is not None and component and t.pieces[behind].mate == stop - 1:
        t.roles |= {behind: "COMMA", stop - 1: "SKIP"} | dict.fromkeys(half_open(t, behind + 1, stop - 1), "EVERY")
    t.roles |= dict.fromkeys(half_open(t, start, stop), "EVERY")
    return t.take_ranges([(start, stop)], end)


def half_open(t: Translation, start: int, stop: int, fewest: int = 2) -> list[int]:
    """The colons at an end of a place, ``:`` and ``n:``, where there are several places, told apart by commas, or as few as said."""
    own = t.own_level(start, stop)
    kinds = ["COMMA", *(t.pieces[at].kind for at in own), "COMMA"]
    ends = [at for n, at in enumerate(own) if kinds[n + 1] == "COLON" and "COMMA" in (kinds[n], kinds[n + 2])]
    return ends if kinds.count("COMMA") > fewest and len(own) > 1 else []


def is_square(t: Translation, at: int) -> bool:
    return t.kind(at) == "OPEN" and t.pieces[at].value == "["


def primes(t: Translation, at: int) -> int:
    end = at
    while t.kind(end) == "PRIME":
        end += 1
    t.emit("MARK", "'" * (end - at), at)
    return end


def above(t: Translation, at: int) -> int:
    start, stop, end = t.unit(at + 1)
    start, stop = t.inner(start, stop)
    step = _named_step(t, start, stop)
    if step is not None:
        t.emit("SUPIDX", None, at)
        return t.take_ranges([(step, stop)], end)
    if (name := _name_with_sign(t, at, start, stop)) is not None:
        t.emit("POW", None, at)
        return _as_name(t, name, start, end)
    primes = start
    while t.kind(primes) == "PRIME" and primes < stop:
        primes += 1
    if start < primes < stop and _index_end(t, primes, stop) == stop:  # V^{\prime(i)}
        t.roles[primes] = "BRACKETED"
        t.jumps.append(Jump(stop, (), end))
        return start
    if start < primes < stop and t.kind(start) == "PRIME" and not _only_marks(t, primes, stop):  # f^{\prime l}
        t.emit("MARK", "'" * (primes - start), at)
        t.emit("POW", None, at)
        return t.take_ranges([(primes, stop)], end)
    if _lists_names(t, start, stop):
        t.emit("SUPIDX", None, at)
        return t.take_ranges([(start, stop)], end)
    index_end = _index_end(t, start, stop)
    if start == stop or not _only_marks(t, index_end, stop):
        t.emit("POW", None, at)
        return t.take(at + 1, 1)
    t.jumps.append(Jump(stop, (), end))
    if index_end == start:
        return start
    t.emit("SUPIDX", None, at)
    return t.take_ranges([(start + 1, index_end - 1)], index_end)


def _lists_names(t: Translation, start: int, stop: int) -> bool:
    r"""Whether a superscript has several parts, as in ``\delta^{h,\text{next}}``; a T behind the comma may turn a matrix."""
    commas = [at for at in t.own_level(start, stop) if t.kind(at) == "COMMA"]
    turned = bool(commas) and commas[-1] == stop - 2 and t.pieces[stop - 1].value == Sym("T")
    return bool(commas) and not turned


def _named_step(t: Translation, start: int, stop: int) -> int | None:
    """Where the value begins in ``h^{t=2}``, the state at step 2; None for another script."""
    if stop - start > 2 and t.pieces[start].value in TIMES and t.kind(start + 1) == "REL":
        return start + 2 if t.pieces[start + 1].value == "=" else None
    return None


def _name_with_sign(t: Translation, at: int, start: int, stop: int) -> Sym | None:
    """The name that a script with a relation sign in it is: ``y_{<t}``, of what is before t, ``d^{from t=2}``; a loss is told by more."""
    kinds = [t.kind(n) for n in range(start, stop)]
    first = t.pieces[at - 1].value
    before = kinds[:1] == ["REL"] and kinds.count("REL") == 1 and not (isinstance(first, Sym) and first.name in LOSSES)
    a_word = kinds[:2] == ["SYM", "SYM"] and t.pieces[start].end == t.pieces[start + 1].start and "REL" in kinds
    text = t.source[t.pieces[start].start : t.pieces[stop - 1].end] if before or a_word else ""
    return Sym(re.sub(r"\\[,;: ]|\s+", " ", text), "", "text") if text else None


def _as_name(t: Translation, name: Sym, at: int, end: int) -> int:
    for type_, value in (("LB", None), ("SYM", name), ("RB", None)):
        t.emit_at(type_, value, at)
    return end


def _index_end(t: Translation, start: int, stop: int) -> int:
    """Where an index in brackets ends that a superscript begins with; `start` if there is none."""
    piece = t.pieces[start] if start < stop else None
    if piece is not None and piece.kind == "OPEN" and piece.value in "([<":
        return piece.mate + 1
    if piece is not None and piece.kind == "REL" and piece.value == "<":
        signs = (n for n in range(start + 1, stop) if t.kind(n) == "REL" and t.pieces[n].value == ">")
        return next(signs, start - 1) + 1
    return start


def _only_marks(t: Translation, start: int, stop: int) -> bool:
    """Whether these pieces are marks (the last perhaps a transpose); if so, their roles are noted."""
    roles = {}
    for at in range(start, stop):
        piece = t.pieces[at]
        if at == stop - 1 and (piece.kind == "TOP" or piece.value == Sym("T")):
            roles[at] = "TRANSPOSE"
        elif piece.kind == "SUP" and at == stop - 2 and _holds_time(t, start):  # h^{(t)^\top}
            roles[at] = "SKIP"
        elif piece.kind in ("PLUS", "STAR") or piece.value == "*":
            roles[at] = "MARK"
        elif piece.kind != "PRIME":
            return False
    t.roles |= roles
    return True


def _holds_time(t: Translation, end: int) -> bool:
    """Whether the brackets that end here hold a letter that counts time."""
    opening = t.pieces[end - 1].mate if end else None
    return opening is not None and any(piece.value in TIMES for piece in t.pieces[opening:end])
