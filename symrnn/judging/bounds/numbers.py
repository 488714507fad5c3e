"""Comparisons of plain numbers: ``0.9^{100} \\approx 2.66 \\cdot 10^{-5}`` is right to the digits that are shown."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import prod
from operator import eq, ge, gt, le, lt, ne

from symrnn.language.terms import Add, Frac, Mul, Neg, Num, Pow, Relation, Term

_TEN = Num(Fraction(10))
_COMPARED = {"<": lt, "<=": le, ">": gt, ">=": ge, "!=": ne, "=": eq}
#: Powers beyond this are not computed, nor those with more binary digits.
_LARGEST_EXPONENT, _MOST_DIGITS = 1000, 20_000
#: Smaller numbers are shown with a power of ten.
_PLAIN_FROM = Decimal("0.0001")


def is_so(relation: Relation) -> bool | None:
    """Whether a relation between plain numbers is true; None for any other relation, and where no digits tell how near is meant."""
    left, right, compared = exact(relation.left), exact(relation.right), _COMPARED.get(relation.op)
    if left is None or right is None:
        return None
    if relation.op == "~":
        return rounded_to(left, relation.right)
    return None if compared is None else bool(compared(left, right))


def shown(value: Fraction) -> str:
    """A number to three digits, however large or small it is."""
    digits = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{digits:.3g}" if not digits or abs(digits) >= _PLAIN_FROM else f"{digits:.2e}"


def exact(term: Term) -> Fraction | None:
    """The value of arithmetic on plain numbers; None for anything else."""
    match term:
        case Num(value):
            return value
        case Neg(inner):
            found = exact(inner)
            return None if found is None else -found
        case Add(parts) | Mul(parts):
            values = [one for part in parts if (one := exact(part)) is not None]
            made = sum(values, Fraction()) if isinstance(term, Add) else prod(values, start=Fraction(1))
            return made if len(values) == len(parts) else None
        case Frac(above, below):
            numerator, denominator = exact(above), exact(below)
            return numerator / denominator if numerator is not None and denominator else None
        case Pow(base, exponent):
            found, power = exact(base), whole_number(exponent)
            return found**power if found and power is not None and _digits(found) * abs(power) <= _MOST_DIGITS else None
    return None


def _digits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def rounded_to(value: Fraction, shown: Term) -> bool | None:
    """Whether a number is another one rounded, or cut off, to the digits that are shown; None where none are shown.

    A bare power of ten shows the order of magnitude: the nearest one.
    """
    unit = _last_place(shown)
    if unit is None:
        return None
    number, last = unit
    if last:
        return abs(value - number) <= last
    return value > 0 and number / 10 <= value**2 / number <= 10 * number


def _last_place(shown: Term) -> tuple[Fraction, Fraction] | None:
    """The number that is shown and one unit of its last digit, 0 for a bare power of ten; None for anything else."""
    match shown:
        case Num(value):
            return (value, _unit(value)) if value else None
        case Neg(term):
            found = _last_place(term)
            return None if found is None else (-found[0], found[1])
        case Pow(base, exponent) if base == _TEN:
            power = whole_number(exponent)
            return None if power is None else (Fraction(10) ** power, Fraction(0))
        case Mul((first, second)):
            digits, power_of_ten = _last_place(first), _last_place(second)
            if digits is None or power_of_ten is None or not digits[1] or power_of_ten[1]:
                return None
            return digits[0] * power_of_ten[0], digits[1] * power_of_ten[0]
    return None


def _unit(value: Fraction) -> Fraction:
    """One unit of the last digit that is no zero; that of the tenths for what no decimal is."""
    unit = Fraction(1)
    while (value / unit).denominator > 1 and unit > Fraction(1, 10**30):
        unit /= 10
    while (value / unit / 10).denominator == 1:
        unit *= 10
    return unit


def whole_number(term: Term) -> int | None:
    """The whole number that an exponent is, where it is not too large."""
    value = exact(term)
    return int(value) if value is not None and value.denominator == 1 and abs(value) <= _LARGEST_EXPONENT else None
