"""Python source of expressions, with as few parentheses as their meaning allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction


class Precedence(IntEnum):
    """How tightly the outermost operator of an expression binds."""

    CHOICE = 0
    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


@dataclass(frozen=True)
class Snippet:
    """An expression: its source without a leading minus, and whether it has one."""

    text: str
    level: Precedence = Precedence.ATOM
    minus: bool = False

    def at(self, level: Precedence) -> str:
        """The source, in parentheses where an operand of that level needs them."""
        text = f"-{_wrapped(self.text, self.level, Precedence.PRODUCT)}" if self.minus else self.text
        return _wrapped(text, min(self.level, Precedence.SUM) if self.minus else self.level, level)

    def __str__(self) -> str:
        return self.at(Precedence.CHOICE)


ONE, ZERO = Snippet("1"), Snippet("0")


def _wrapped(text: str, own: Precedence, needed: Precedence) -> str:
    return text if own >= needed else f"({text})"


def negative(a: Snippet) -> Snippet:
    return replace(a, minus=not a.minus)


def sum_source(terms: Iterable[Snippet]) -> Snippet:
    """The sum of terms; those that are the number zero are left out."""
    kept = [t for t in terms if t.text != ZERO.text]
    if len(kept) < 2:
        return kept[0] if kept else ZERO
    first = next((t for t in kept if not t.minus), kept[0])
    kept.remove(first)
    text = first.at(Precedence.SUM)
    for term in kept:
        bare = replace(term, minus=False)
        text += f" - {bare.at(Precedence.PRODUCT)}" if term.minus else f" + {bare.at(Precedence.SUM)}"
    return Snippet(text, Precedence.SUM)


def product_source(a: Snippet, b: Snippet) -> Snippet:
    """The product of two factors; a factor that is the number one is left out."""
    minus = a.minus != b.minus
    a, b = replace(a, minus=False), replace(b, minus=False)
    if ZERO in (a, b):
        return ZERO
    if ONE in (a, b):
        return replace(b if a == ONE else a, minus=minus)
    return Snippet(f"{a.at(Precedence.PRODUCT)} * {b.at(Precedence.PRODUCT)}", Precedence.PRODUCT, minus)


def quotient(a: Snippet, b: Snippet) -> Snippet:
    minus = a.minus != b.minus
    a, b = replace(a, minus=False), replace(b, minus=False)
    return Snippet(f"{a.at(Precedence.PRODUCT)} / {b.at(Precedence.POWER)}", Precedence.PRODUCT, minus)


def power_source(base: Snippet, exponent: int) -> Snippet:
    """A whole power."""
    if exponent == 0:
        return ONE
    if exponent == 1:
        return base
    return Snippet(f"{base.at(Precedence.ATOM)}**{exponent}", Precedence.POWER)


def call(function: str, *arguments: object) -> Snippet:
    return Snippet(f"{function}({', '.join(map(str, arguments))})")


def choice(branches: list[tuple[Snippet, str]], otherwise: Snippet) -> Snippet:
    """The first branch whose condition holds."""
    result = otherwise
    for value, condition in reversed(branches):
        result = Snippet(f"{value.at(Precedence.SUM)} if {condition} else {result}", Precedence.CHOICE)
    return result


def loop_source(body: Snippet, *clauses: str) -> Snippet:
    """``sum(body for ... for ...)``."""
    return Snippet(f"sum({body} {' '.join(clauses)})")


def number_source(value: Fraction) -> Snippet:
    """A rational number that loses no digit: a quotient is one of mpmath, never of Python's floats."""
    minus, size = value < 0, abs(value)
    if size.denominator == 1:
        return Snippet(str(size.numerator), minus=minus)
    return Snippet(f"mpf({size.numerator}) / {size.denominator}", Precedence.PRODUCT, minus)


def polynomial(coefficients: Iterable[Fraction], x: Snippet) -> Snippet:
    """A polynomial, its coefficients from the constant upwards."""
    return sum_source(product_source(number_source(c), power_source(x, n)) for n, c in enumerate(coefficients))
