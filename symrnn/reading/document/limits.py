"""Bounds on what an equation may ask for."""

from __future__ import annotations

import math

from symrnn.language.terms import Add, Big, Mul, Neg, Num, Pow, Term, walk

#: The most terms of a sum, or factors of a product, whose bounds are both written as numbers.
LONGEST_RANGE = 10_000

#: The most rows of formulas, and the most relations, in one document.
MOST_ROWS = 10_000
#: The most characters of one row.
LONGEST_ROW = 20_000


def longest_range(term: Term) -> float:
    """The number of terms of the longest sum or product in `term` whose bounds are both numbers; 0 without one."""
    return max((_length(part) for _, part in walk(term) if isinstance(part, Big)), default=0)


def _length(big: Big) -> float:
    if big.lower is None or big.upper is None:
        return 0
    length = _number(big.upper) - _number(big.lower) + 1
    return 0 if math.isnan(length) else length


def _number(term: Term) -> float:
    """The size of a number as written, roughly; nan for anything else, infinity when it is beyond floating point."""
    match term:
        case Num(value):
            return float(value) if value < 10**300 else math.inf
        case Neg(inner):
            return -_number(inner)
        case Add(terms):
            return sum(map(_number, terms))
        case Mul(factors):
            return math.prod(map(_number, factors))
        case Pow(base, exponent):
            return _power(_number(base), _number(exponent))
    return math.nan


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan
