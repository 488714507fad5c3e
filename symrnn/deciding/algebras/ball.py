"""Ball arithmetic at a rational point: every result is an interval that contains the true value (python-flint's arb)."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from symrnn.deciding.algebras.base import AUTONOMOUS, Algebra, Array, Undefined, derivative_polynomial

_BITS = 192
_NUMERATORS = tuple(n for n in range(-7, 8) if n)


class Ball(Algebra):
    """Arrays of arb at the rational point drawn from `seed`; every third seed gives small positive numbers
    only, so that their logarithms exist (also that of the last one when they add up to 1).

    An unnamed elementwise function has no value of its own; it is taken as the polynomial x + x^2/3 + x^3/5, which
    is a legitimate example wherever a claim is made for every function.
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
        return result

    def map(self, function: str, order: int, argument: Array) -> Array:
        return self.each(lambda x: _apply(function, order, x), argument)


def _apply(function: str, order: int, x: Any) -> Any:
    if function in AUTONOMOUS:
        y = x.tanh() if function == "tanh" else 1 / (1 + (-x).exp())
        result = arb(0)
        for n, c in enumerate(derivative_polynomial(AUTONOMOUS[function], order)):
            result += c * y**n
        return result
    if function == "exp":
        return x.exp()
    if function == "log":
        return _log(order, x)
    return _example(order, x)


def _log(order: int, x: Any) -> Any:
    if not x > 0:
        raise Undefined("logarithm of a number that may not be positive")
    if order == 0:
        return x.log()
    result = 1 / x
    for n in range(1, order):
        result = -n * result / x
    return result


def _example(order: int, x: Any) -> Any:
    coefficients = [arb(0), arb(1), arb(1) / 3, arb(1) / 5]
    for _ in range(order):
        coefficients = [n * c for n, c in enumerate(coefficients)][1:]
    result = arb(0)
    for n, c in enumerate(coefficients):
        result += c * x**n
    return result
