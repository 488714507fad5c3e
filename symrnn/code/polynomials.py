"""Laurent polynomials over the rationals in numbered atoms, with rational exponents.

A monomial is a tuple of (atom, exponent) pairs with rising atoms; a polynomial maps monomials to their coefficients (int or fmpq).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from flint import fmpq

Monomial = tuple[tuple[int, Any], ...]
Polynomial = dict[Monomial, Any]

ONE: Monomial = ()


def coefficient(value: Fraction) -> Any:
    return value.numerator if value.denominator == 1 else fmpq(value.numerator, value.denominator)


def as_fraction(value: Any) -> Fraction:
    return Fraction(value) if isinstance(value, int) else Fraction(int(value.p), int(value.q))


def variable(atom: int, exponent: Any = 1) -> Polynomial:
    return {((atom, exponent),): 1}


def add(a: Polynomial, b: Polynomial, factor: Any = 1) -> Polynomial:
    """a + factor b."""
    result = dict(a)
    for monomial, c in b.items():
        total = result.get(monomial, 0) + factor * c
        if total:
            result[monomial] = total
        else:
            result.pop(monomial, None)
    return result


def monomial_product(a: Monomial, b: Monomial) -> Monomial:
    """Of two monomials: exponents add up."""
    if not a or not b:
        return a or b
    exponents = dict(a)
    for atom, exponent in b:
        total = exponents.get(atom, 0) + exponent
        if total:
            exponents[atom] = _whole(total)
        else:
            del exponents[atom]
    return tuple(sorted(exponents.items()))


def multiply(a: Polynomial, b: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for m, c in a.items():
        for n, d in b.items():
            monomial = monomial_product(m, n)
            total = result.get(monomial, 0) + c * d
            if total:
                result[monomial] = total
            else:
                del result[monomial]
    return result


def monomial_power(a: Polynomial, exponent: int) -> Polynomial:
    result: Polynomial = {ONE: 1}
    for _ in range(exponent):
        result = multiply(result, a)
    return result


def to_power(monomial: Monomial, exponent: Any) -> Monomial:
    return tuple((atom, _whole(e * exponent)) for atom, e in monomial)


def _whole(x: Any) -> Any:
    return x.numerator if isinstance(x, Fraction) and x.denominator == 1 else x


def leading(a: Polynomial) -> Monomial:
    """The greatest monomial, in an order that multiplication by a monomial respects."""
    best: Monomial | None = None
    for monomial in a:
        if best is None or _greater(monomial, best):
            best = monomial
    assert best is not None
    return best


def _greater(a: Monomial, b: Monomial) -> bool:
    quotient = monomial_product(a, to_power(b, -1))
    return bool(quotient) and quotient[0][1] > 0


def atoms(a: Polynomial) -> Iterable[int]:
    return {atom for monomial in a for atom, _ in monomial}


def frozen(a: Polynomial) -> frozenset[tuple[Monomial, Any]]:
    return frozenset((monomial, as_fraction(c)) for monomial, c in a.items())
