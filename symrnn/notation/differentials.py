"""Fractions, and those that are derivatives."""

from __future__ import annotations

from symrnn.language.terms import Elided, Sym
from symrnn.notation.arguments import STARTS_FACTOR, Jump, Translation
from symrnn.notation.brackets import ENDS
from symrnn.notation.unreadable import Unreadable


def fraction(t: Translation, at: int) -> int:
    start, stop, middle = t.unit(at + 1)
    start_below, stop_below, end = t.unit(middle)
    above, below = t.inner(start, stop), t.inner(start_below, stop_below)
    sign = _derivative_sign(t, above, below)
    if not sign and t.kind(above[0]) == "PARTIAL" and above[0] + 1 < above[1]:
        return _scaled(t, at, above, below, end)
    if not sign and t.kind(below[0]) == "PARTIAL":
        return _halved(t, at, "below", (above[0], above[1]), (below[0] + 1, below[1]), end)
    if not sign:
        t.emit("FRAC", None, at)
        return t.take_ranges([(start, stop), (start_below, stop_below)], end)
    return _derivative(t, at, sign, above, below, end)


def _scaled(t: Translation, at: int, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
    r"""``\frac{\partial l}{T \cdot \partial o}`` is a derivative over T."""
    marks = [n for n in t.own_level(*below) if t.kind(n) == "PARTIAL"]
    if len(marks) != 1:
        return _halved(t, at, "above", (above[0] + 1, above[1]), below, end)
    factor = below[0], marks[0] - 1 if t.kind(marks[0] - 1) == "DOT" else marks[0]
    sign = "partial+" if _explicit_end(t, above[0]) > above[0] + 1 else "partial"
    t.emit("FRAC", None, at)
    t.emit_at("LB", None, at)
    t.emit("DERIV", sign, at)
    t.jumps.append(Jump(factor[1], ("RB",), end))
    t.jumps.append(Jump(below[1], ("RB", "RB", "LB"), factor[0]))
    t.jumps.append(Jump(above[1], ("RB", "LB"), marks[0] + 1))
    t.emit_at("LB", None, _explicit_end(t, above[0]))
    return _explicit_end(t, above[0])


def _halved(t: Translation, at: int, sign: str, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
    r"""``\frac{\partial l}{o}``: a derivative that lacks one of its ∂."""
    if t.quantity_end(below[0]) != below[1]:
        raise Unreadable("a derivative with one ∂ only; write ∂ above and below", t.pieces[at].start, t.text_of(at))
    t.emit("DERIV", sign, at)
    return t.take_ranges([above, below], end)


def _derivative_sign(t: Translation, above: tuple[int, int], below: tuple[int, int]) -> str:
    if above[0] == above[1] or below[0] == below[1]:
        return ""
    if t.kind(above[0]) == t.kind(below[0]) == "PARTIAL":
        return "partial+" if _explicit_end(t, above[0]) > above[0] + 1 else "partial"
    return "d" if _is_d(t, above, alone=True) and _is_d(t, below, alone=False) else ""


def _is_d(t: Translation, content: tuple[int, int], alone: bool) -> bool:
    """Whether a content begins with the d of a differential; `alone` if it may be all of it."""
    start, stop = content
    if t.pieces[start].value != Sym("d"):
        return False
    return alone if start + 1 == stop else t.kind(start + 1) in STARTS_FACTOR


def _derivative(t: Translation, at: int, sign: str, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
    numerator = _explicit_end(t, above[0]), above[1]
    denominator = below[0] + 1, below[1]
    if t.kind(numerator[0]) == "SUP" and numerator[0] < numerator[1]:
        raise Unreadable("a derivative of higher order", t.pieces[at].start, t.text_of(at))
    t.emit("DERIV" if numerator[0] < numerator[1] else "DOP", sign, at)
    ranges = [numerator, denominator] if numerator[0] < numerator[1] else [denominator]
    return t.take_ranges(ranges, end)


def _explicit_end(t: Translation, at: int) -> int:
    r"""Where ``\partial^+`` ends that begins at `at`; ``at + 1`` without the plus."""
    if t.kind(at) == "PARTIAL" and t.kind(at + 1) == "SUP":
        start, stop, end = t.unit(at + 2)
        if stop == start + 1 and t.kind(start) == "PLUS":
            return end
    return at + 1


def partial_sign(t: Translation, at: int) -> int:
    end = _explicit_end(t, at)
    if t.kind(end) == "SUB":
        return nabla(t, end - 1)
    t.emit("PARTIAL", "partial+" if end > at + 1 else "partial", at)
    return end


def slash_of_differential(t: Translation, at: int) -> int | None:
    """The slash of ``dL/dW`` or ``d/dW`` whose first d stands at `at`."""
    slash = at + 1
    if t.kind(slash) in STARTS_FACTOR:
        slash = t.factor_end(slash)
    found = t.kind(slash) == "SLASH" and t.kind(slash + 1) == "SYM"
    if not found or t.pieces[slash + 1].value != Sym("d"):
        return None
    return slash if t.kind(slash + 2) in STARTS_FACTOR else None


def differential_of(t: Translation, at: int) -> int:
    slash = slash_of_differential(t, at)
    assert slash is not None
    t.roles[slash + 1] = "PARTIAL"
    return t.emit("PARTIAL", "d", at)


def nabla(t: Translation, at: int) -> int:
    if t.kind(at + 1) in ("", *ENDS):  # of nothing: the gradient, as a letter
        return t.emit("SYM", Sym("nabla", "", "text"), at)
    if t.kind(at + 1) != "SUB":
        for type_, value in (("NABLA", None), ("LB", None), ("SYM", Elided()), ("RB", None)):
            t.emit(type_, value, at)
        return at + 1
    t.emit("NABLA", None, at)
    return t.take(at + 2, 1)
