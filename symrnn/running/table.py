"""The functions of the table that have no kernel of their own, as NumPy by their formulas."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.language.formulas import formula, has_formula
from symrnn.language.functions import BY_NAME, KERNELS, derivative_polynomial

Array = npt.NDArray[Any]


class _Arrays:
    """The arithmetic of arrays of floating-point numbers."""

    def number(self, value: Fraction) -> Any:
        return float(value)

    def sum(self, a: Any, b: Any) -> Any:
        return a + b

    def product(self, a: Any, b: Any) -> Any:
        return a * b

    def quotient(self, a: Any, b: Any) -> Any:
        return a / b

    def power(self, a: Any, exponent: int) -> Any:
        return a**exponent

    def call(self, function: str, order: int, a: Any) -> Any:
        return value(function, order, a)


def value(name: str, order: int, x: Array) -> Array:
    """A function of the table, or its derivative of some order, of an array. Raises KeyError where nothing says what it is."""
    polynomial = derivative_polynomial(name, order)
    if order and polynomial is not None:
        return np.asarray(np.polynomial.polynomial.polyval(value(name, 0, x), polynomial))
    if name == "step" and not order:
        return np.asarray(np.greater(x, 0), x.dtype)
    ufunc = BY_NAME[name].ufunc
    if ufunc and not order:
        return np.asarray(getattr(np, ufunc)(x))
    return np.asarray(formula(name, order, x, _Arrays()) * np.ones_like(x))


def known(name: str) -> tuple[Any, Any] | None:
    """A function of the table without a kernel, and its derivative; None for any other."""
    if name not in BY_NAME or name in KERNELS or BY_NAME[name].takes != "entries":
        return None
    if not (BY_NAME[name].ufunc or has_formula(name, 0) or name == "step"):
        return None
    try:
        value(name, 1, np.ones(1))
    except KeyError:
        return None
    return partial(value, name, 0), partial(value, name, 1)
