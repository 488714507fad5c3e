"""The interface that every algebra has, and the parts that are the same for arrays of Python objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.language.budget import TooLarge as TooLarge
from symrnn.language.formulas import formula, has_formula
from symrnn.language.functions import BY_NAME

Array = npt.NDArray[Any]


class Undefined(ArithmeticError):
    """A division by zero, or a function outside its domain, at this point: nothing can be concluded from it."""


class Algebra(ABC):
    """Numbers of one kind, in NumPy arrays.

    `dtype` is that of the arrays; the operators ``+``, ``-`` and ``*`` of the arrays must be those of the algebra unless `add` and
    `multiply` say otherwise.
    """

    dtype: Any = object
    #: Whether free quantities are variables (rather than numbers at one point).
    symbolic = False

    @abstractmethod
    def number(self, value: Fraction) -> Any:
        """The number of this algebra that stands for a rational. Raises Undefined when there is none."""

    @abstractmethod
    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        """The entries of a quantity that nothing defines, always the same for the same name."""

    @abstractmethod
    def map(self, function: str, order: int, argument: Array) -> Array:
        """A function that no formula says, entry by entry, or its derivative of the given order.

        Raises Undefined outside its domain, and for one of which nothing is known.
        """

    def function(self, name: str, order: int, argument: Array) -> Array:
        """A function entry by entry, or its derivative of the given order: by its formula where it has one. Raises Undefined."""
        if has_formula(name, order):
            value = formula(name, order, argument, _Arrays(self))
            return value if value.shape == argument.shape else np.broadcast_to(value, argument.shape).copy()  # a constant
        return self.map(name, order, argument)

    @abstractmethod
    def reciprocal(self, x: Any) -> Any:
        """1/x for one number. Raises Undefined when x is (or may be) zero."""

    def full(self, value: Fraction, shape: tuple[int, ...]) -> Array:
        """The constant array."""
        result = np.empty(shape, dtype=self.dtype)
        result[...] = self.number(value)
        return result

    def eye(self, size: int) -> Array:
        """The identity matrix."""
        result = self.full(Fraction(0), (size, size))
        for i in range(size):
            result[i, i] = self.number(Fraction(1))
        return result

    def add(self, a: Array, b: Array) -> Array:
        return np.asarray(a + b, dtype=self.dtype)

    def multiply(self, a: Array, b: Array) -> Array:
        """Elementwise, with NumPy's broadcasting."""
        return np.asarray(a * b, dtype=self.dtype)

    def contract(self, a: Array, b: Array, axes: int) -> Array:
        """The last `axes` axes of `a` against the first ones of `b`."""
        kept, rest, inner = a.shape[: a.ndim - axes], b.shape[axes:], prod(b.shape[:axes])
        product = a.reshape(prod(kept), inner).dot(b.reshape(inner, prod(rest)))
        return np.asarray(product, dtype=self.dtype).reshape((*kept, *rest))

    def divide(self, a: Array, b: Array) -> Array:
        """Elementwise, with NumPy's broadcasting. Raises Undefined on a zero divisor."""
        return self.multiply(a, self.each(self.reciprocal, b))

    def power(self, a: Array, exponent: int) -> Array:
        """Elementwise whole power."""
        if exponent < 0:
            return self.power(self.each(self.reciprocal, a), -exponent)
        result = self.full(Fraction(1), a.shape)
        for _ in range(exponent):
            result = self.multiply(result, a)
        return result

    def softmax(self, z: Array) -> Array:
        """softmax of a vector."""
        e = self.function("exp", 0, z)
        total = e[0]
        for x in e[1:]:
            total = self.add(np.asarray(total, dtype=self.dtype), np.asarray(x, dtype=self.dtype))
        return self.divide(e, np.asarray(total, dtype=self.dtype))

    def each(self, function: Any, a: Array) -> Array:
        """A Python function applied to every entry."""
        result = np.empty(a.size, dtype=self.dtype)
        for n, x in enumerate(a.flat):
            result[n] = function(x)
        return result.reshape(a.shape)


class _Arrays:
    """The arithmetic of formulas in an algebra."""

    def __init__(self, algebra: Algebra) -> None:
        self.number = lambda value: algebra.full(value, ())
        self.sum, self.product, self.quotient, self.power = algebra.add, algebra.multiply, algebra.divide, algebra.power
        self.call = algebra.function


def is_open(function: str) -> bool:
    """Whether a function is a letter, which stands for any differentiable function. Raises Undefined for a name without a rule."""
    if function not in BY_NAME:
        return True
    if not BY_NAME[function].is_known:
        raise Undefined(f"nothing here knows {function}")
    return False
