"""Residues modulo a large prime at a random point: the fast sieve, and the witness at large sizes.

Two expressions that are equal agree at every point; two different polynomials of degree d agree at a random one with
probability at most d/p (Schwartz 1980, Zippel 1979). Elementwise functions are random functions of their argument: that
respects substitution but not identities between functions (such as tanh in terms of exp), so a disagreement here
refutes nothing. Positive is what is a square: products of signs are then signs of products, and roots of squares are absolute
values, as for real numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from hashlib import blake2b
from math import prod
from typing import Any

import numpy as np

from symrnn.deciding.algebras.base import Algebra, Array, Undefined, is_open
from symrnn.language.functions import BY_NAME, derivative_polynomial

PRIME = 2**31 - 1
_MANY = 1 << 13


class Modular(Algebra):
    """Arrays of residues (int64) at the point drawn from `seed`."""

    dtype = np.int64

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, value: Fraction) -> int:
        if value.denominator == 1:
            return value.numerator % PRIME
        return value.numerator * self.reciprocal(value.denominator) % PRIME

    def reciprocal(self, x: Any) -> int:
        if int(x) % PRIME == 0:
            raise Undefined("division by zero at this point")
        return pow(int(x), -1, PRIME)

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        return self._drawn(f"free {name}", np.arange(prod(shape)).reshape(shape))

    def add(self, a: Array, b: Array) -> Array:
        return np.asarray((a + b) % PRIME)

    def multiply(self, a: Array, b: Array) -> Array:
        return np.asarray(a * b % PRIME)

    def contract(self, a: Array, b: Array, axes: int) -> Array:
        if axes == 0:
            return np.asarray(np.multiply.outer(a, b) % PRIME)
        kept, rest, inner = a.shape[: a.ndim - axes], b.shape[axes:], prod(b.shape[:axes])
        product = _matrix_product(a.reshape(-1, inner), b.reshape(inner, -1))
        return product.reshape((*kept, *rest))

    def map(self, function: str, order: int, argument: Array) -> Array:
        polynomial = derivative_polynomial(function, order)
        if polynomial is not None and order:
            return self._polynomial(polynomial, self.map(function, 0, argument))
        if is_open(function):
            return self._drawn(f"{function} {order}", argument)
        values = _VALUES[function](self, argument) if function in _VALUES else self._drawn(f"{function} 0", argument)
        at_zero = BY_NAME[function].at_zero
        return values if at_zero is None else np.asarray(np.where(argument == 0, self.number(at_zero), values))

    def angle(self, argument: Array) -> tuple[Array, Array]:
        """A point of the circle c² + s² = 1 for each argument, the mirrored one for its negative: (c, s)."""
        sign = _character(argument)
        tangent = self.multiply(sign, self._drawn("angle", self.multiply(sign, argument)))
        square = self.multiply(tangent, tangent)
        scale = self.each(self.reciprocal, self.add(square, np.asarray(1)))
        return self.multiply(self.add(np.asarray(1), -square), scale), self.multiply(2 * tangent % PRIME, scale)

    def _polynomial(self, coefficients: tuple[int, ...], y: Array) -> Array:
        total = self.full(Fraction(0), y.shape)
        for c in reversed(coefficients):
            total = (total * y + c) % PRIME
        return np.asarray(total)

    def _drawn(self, name: str, argument: Array) -> Array:
        """Random residues, always the same for the same function and argument (the mixing function of SplitMix64, Steele 2014)."""
        start = int.from_bytes(blake2b(f"{self._seed} {name}".encode(), digest_size=8).digest(), "little")
        x = np.atleast_1d(argument).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
        return (x % np.uint64(PRIME - 2)).astype(np.int64).reshape(argument.shape) + 2


def _power(x: Array, exponent: int) -> Array:
    """x^exponent modulo the prime, entry by entry."""
    result, square = np.ones_like(x), x % PRIME
    while exponent:
        if exponent & 1:
            result = result * square % PRIME
        square, exponent = square * square % PRIME, exponent >> 1
    return np.asarray(result)


def _character(x: Array) -> Array:
    """1 where x is a square modulo the prime, -1 where it is none (Legendre's symbol), 0 for zero: multiplicative as a sign is.

    Since the prime is 3 modulo 4, -1 is no square, so that x and -x have different signs.
    """
    return np.where(x % PRIME == 0, 0, np.where(_power(x, (PRIME - 1) // 2) == 1, 1, PRIME - 1))


def _root(x: Array) -> Array:
    """The square root that is a square itself. Raises Undefined where there is none."""
    if (_character(x) == PRIME - 1).any():
        raise Undefined("a square root of a number that has none at this point")
    return _power(x, (PRIME + 1) // 4)


#: Functions of which some identities are kept; every other one is a random function of its argument.
_VALUES: dict[str, Callable[[Modular, Array], Array]] = {
    "step": lambda m, x: np.asarray((_character(x) == 1).astype(np.int64)),
    "sqrt": lambda m, x: _root(x),
    "cos": lambda m, x: m.angle(x)[0],
    "sin": lambda m, x: m.angle(x)[1],
}


def _matrix_product(a: Array, b: Array) -> Array:
    """a @ b modulo the prime. Products of two residues fit int64, sums of them do not, hence the inner reduction."""
    if a.shape[0] * a.shape[1] * b.shape[1] <= _MANY:
        return np.asarray(np.add.reduce(a[:, :, np.newaxis] * b % PRIME, axis=1) % PRIME)
    # Split one operand into 16-bit halves: every partial sum then stays exact in a double (2^16 * 2^16 * 2^21).
    low, high = a & 0xFFFF, a >> 16
    total = np.zeros((a.shape[0], b.shape[1]), dtype=np.int64)
    for half, shift in ((low, 0), (high, 16)):
        for part, lift in ((b & 0xFFFF, 0), (b >> 16, 16)):
            exact = (half.astype(np.float64) @ part.astype(np.float64)).astype(np.int64) % PRIME
            total = (total + exact * pow(2, shift + lift, PRIME)) % PRIME
    return total
