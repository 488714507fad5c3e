"""Residues modulo a large prime at a random point: the fast sieve, and the witness at large sizes.

Two expressions that are equal agree at every point; two different polynomials of degree d agree at a random one with
probability at most d/p (Schwartz 1980, Zippel 1979). Elementwise functions are random functions of their argument: that
respects substitution but not identities between functions (such as tanh in terms of exp), so a disagreement here
refutes nothing.
"""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.algebras.base import AUTONOMOUS, Algebra, Array, Undefined, derivative_polynomial

PRIME = 2**31 - 1
_MANY = 1 << 22


class Modular(Algebra):
    """Arrays of residues (int64) at the point drawn from `seed`."""

    dtype = np.int64

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._functions: dict[tuple[str, int, int], int] = {}

    def number(self, value: Fraction) -> int:
        return value.numerator * self.reciprocal(value.denominator) % PRIME

    def reciprocal(self, x: Any) -> int:
        if int(x) % PRIME == 0:
            raise Undefined("division by zero at this point")
        return pow(int(x), -1, PRIME)

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        generator = np.random.default_rng([self._seed, *name.encode()])
        return np.asarray(generator.integers(2, PRIME, size=shape, dtype=np.int64))

    def add(self, a: Array, b: Array) -> Array:
        return np.asarray((a + b) % PRIME)

    def multiply(self, a: Array, b: Array) -> Array:
        return np.asarray(a * b % PRIME)

    def contract(self, a: Array, b: Array, axes: int) -> Array:
        kept, rest = a.shape[: a.ndim - axes], b.shape[axes:]
        if axes == 0:
            return np.asarray(np.multiply.outer(a, b) % PRIME)
        inner = int(np.prod(b.shape[:axes], dtype=int))
        product = _matrix_product(a.reshape(-1, inner), b.reshape(inner, -1))
        return product.reshape((*kept, *rest))

    def map(self, function: str, order: int, argument: Array) -> Array:
        return self.each(lambda x: self._apply(function, order, int(x)), argument)

    def _apply(self, function: str, order: int, x: int) -> int:
        if function in AUTONOMOUS and order:
            y = self._apply(function, 0, x)
            coefficients = derivative_polynomial(AUTONOMOUS[function], order)
            return sum(c * pow(y, n, PRIME) for n, c in enumerate(coefficients)) % PRIME
        if function == "exp":
            order = 0
        if function == "log" and order:
            sign = -1 if order % 2 == 0 else 1
            factorial = int(np.prod(range(1, order), dtype=object)) if order > 1 else 1
            return sign * factorial * pow(self.reciprocal(x), order, PRIME) % PRIME
        if x == 0 and function in ("tanh", "exp"):
            return 0 if function == "tanh" else 1
        key = (function, order, x)
        if key not in self._functions:
            self._functions[key] = random.Random(f"{self._seed} {key}").randrange(2, PRIME)
        return self._functions[key]


def _matrix_product(a: Array, b: Array) -> Array:
    """a @ b modulo the prime. Products of two residues fit int64, sums of them do not, hence the inner reduction."""
    if a.shape[0] * a.shape[1] * b.shape[1] <= _MANY:
        return np.asarray((a[:, :, np.newaxis] * b[np.newaxis] % PRIME).sum(axis=1) % PRIME)
    # Split one operand into 16-bit halves: every partial sum then stays exact in a double (2^16 * 2^15 * 2^22).
    low, high = a & 0xFFFF, a >> 16
    total = np.zeros((a.shape[0], b.shape[1]), dtype=np.int64)
    for half, shift in ((low, 0), (high, 16)):
        for part, lift in ((b & 0xFFFF, 0), (b >> 16, 16)):
            exact = (half.astype(np.float64) @ part.astype(np.float64)).astype(np.int64) % PRIME
            total = (total + exact * pow(2, shift + lift, PRIME)) % PRIME
    return total
