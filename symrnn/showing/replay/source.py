"""Python source of expressions, with as few parentheses as their meaning allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction


class Level(IntEnum):
    """How tightly the outermost operator of an expression binds."""

    CHOICE = 0
    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


@dataclass(frozen=True)
class Code:
    """An expression: its source without a leading minus, and whether it has one."""

    text: str
    level: Level = Level.ATOM
    minus: bool = False

    def at(self, level: Level) -> str:
        """The source, in parentheses where an operand of that level needs them."""
        text = f"-{_wrapped(self.text, self.level, Level.PRODUCT)}" if self.minus else self.text
        return _wrapped(text, min(self.level, Level.SUM) if self.minus else self.level, level)

    def __str__(self) -> str:
        return self.at(Level.CHOICE)


ONE, ZERO = Code("1"), Code("0")


def _wrapped(text: str, own: Level, needed: Level) -> str:
    return text if own >= needed else f"({text})"


def negative(a: Code) -> Code:
    return replace(a, minus=not a.minus)


def total(terms: Iterable[Code]) -> Code:
    """The sum of terms; those that are the number zero are left out."""
    kept = [t for t in terms if t.text != ZERO.text]
    if len(kept) < 2:
        return kept[0] if kept else ZERO
    first = next((t for t in kept if not t.minus), kept[0])
    kept.remove(first)
    text = first.at(Level.SUM)
    for term in kept:
        bare = replace(term, minus=False)
        text += f" - {bare.at(Level.PRODUCT)}" if term.minus else f" + {bare.at(Level.SUM)}"
    return Code(text, Level.SUM)


def product(a: Code, b: Code) -> Code:
    """The product of two factors; a factor that is the number one is left out."""
    minus = a.minus != b.minus
    a, b = replace(a, minus=False), replace(b, minus=False)
    if ZERO in (a, b):
        return ZERO
    if ONE in (a, b):
        return replace(b if a == ONE else a, minus=minus)
    return Code(f"{a.at(Level.PRODUCT)} * {b.at(Level.PRODUCT)}", Level.PRODUCT, minus)


def quotient(a: Code, b: Code) -> Code:
    minus = a.minus != b.minus
    a, b = replace(a, minus=False), replace(b, minus=False)
    return Code(f"{a.at(Level.PRODUCT)} / {b.at(Level.POWER)}", Level.PRODUCT, minus)


def power(base: Code, exponent: int) -> Code:
    """A whole power."""
    if exponent == 0:
        return ONE
    if exponent == 1:
        return base
    return Code(f"{base.at(Level.ATOM)}**{exponent}", Level.POWER)


def call(function: str, *arguments: object) -> Code:
    return Code(f"{function}({', '.join(map(str, arguments))})")


def choice(branches: list[tuple[Code, str]], otherwise: Code) -> Code:
    """The first branch whose condition holds."""
    result = otherwise
    for value, condition in reversed(branches):
        result = Code(f"{value.at(Level.SUM)} if {condition} else {result}", Level.CHOICE)
    return result


def summed(body: Code, *clauses: str) -> Code:
    """``sum(body for ... for ...)``."""
    return Code(f"sum({body} {' '.join(clauses)})")


def number(value: Fraction) -> Code:
    """A rational number that loses no digit: a quotient is one of mpmath, never of Python's floats."""
    minus, size = value < 0, abs(value)
    if size.denominator == 1:
        return Code(str(size.numerator), minus=minus)
    return Code(f"mpf({size.numerator}) / {size.denominator}", Level.PRODUCT, minus)


def polynomial(coefficients: Iterable[Fraction], x: Code) -> Code:
    """A polynomial, its coefficients from the constant upwards."""
    return total(product(number(c), power(x, n)) for n, c in enumerate(coefficients))
