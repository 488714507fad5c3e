"""Ball arithmetic at a rational point: every result is an interval that contains the true value (python-flint's arb)."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from symrnn.deciding.algebras.base import Algebra, Array, Undefined, is_open
from symrnn.language.functions import BY_NAME, derivative_polynomial

_BITS = 192
_NUMERATORS = tuple(n for n in range(-7, 8) if n)


class Ball(Algebra):
    """Arrays of arb at the rational point drawn from `seed`; every third seed gives small positive numbers
    only, so that their logarithms exist (also that of the last one when they add up to 1), the seed 0 nothing but zeros, and a
    negative one zeros for all but matrices: what a network adds up is then zero at every step.

    A function that is only a letter has no value of its own; it is taken as the polynomial x + x^2/3 + x^3/5, which is a
    legitimate example wherever a claim is made for every function.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        ctx.prec = _BITS

    def number(self, value: Fraction) -> Any:
        return arb(fmpq(value.numerator, value.denominator))

    def reciprocal(self, x: Any) -> Any:
        if x.contains(0):
            raise Undefined("division by a number that may be zero")
        return 1 / x

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        return self.each(self.number, self.rationals(name, shape))

    def rationals(self, name: str, shape: tuple[int, ...]) -> Array:
        """The entries of a free quantity as Fractions."""
        generator = random.Random(f"{self._seed} {name}")
        result = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            value = Fraction(generator.choice(_NUMERATORS), generator.randrange(3, 9))
            result[index] = abs(value) / 4 if self._seed % 3 == 2 else value
        if self._seed == 0 or (self._seed < 0 and len(shape) < 2):
            result.fill(Fraction(0))
        return result

    def map(self, function: str, order: int, argument: Array) -> Array:
        return self.each(lambda x: _apply(function, order, x), argument)


def _apply(function: str, order: int, x: Any) -> Any:
    polynomial = derivative_polynomial(function, order)
    if polynomial is not None:
        y = _value(function, x)
        result = arb(0)
        for n, c in enumerate(polynomial):
            result += c * y**n
        return result
    return _example(order, x) if is_open(function) else _value(function, x)


def _value(function: str, x: Any) -> Any:
    method = BY_NAME[function].ball
    value = getattr(x, method)() if method else _VALUES[function](x)
    if value.is_finite():
        return value
    raise Undefined(f"{function} of a number that may be outside its domain")


def _step(x: Any) -> Any:
    if x > 0:
        return arb(1)
    if x <= 0:
        return arb(0)
    raise Undefined("a jump at a number that may be zero")


#: Functions that python-flint has under no name.
_VALUES: dict[str, Callable[[Any], Any]] = {
    "sigma": lambda x: 1 / (1 + (-x).exp()),
    "step": _step,
    "ncdf": lambda x: (1 + (x / arb(2).sqrt()).erf()) / 2,
    "npdf": lambda x: (-x * x / 2).exp() / (2 * arb.pi()).sqrt(),
}


def _example(order: int, x: Any) -> Any:
    coefficients = [arb(0), arb(1), arb(1) / 3, arb(1) / 5]
    for _ in range(order):
        coefficients = [n * c for n, c in enumerate(coefficients)][1:]
    result = arb(0)
    for n, c in enumerate(coefficients):
        result += c * x**n
    return result
