"""Arrays of SymPy expressions, and what these are as exact polynomials.

Nothing else of this folder imports SymPy: it takes a third of a second to load, and a check whose proofs are known needs none of it.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy

from symrnn.deciding.algebras.base import Algebra, Array
from symrnn.deciding.algebras.exact import Exact, Quotient, alone
from symrnn.language.formulas import has_formula
from symrnn.language.functions import RECORDS

SYMPY_FUNCTIONS = {record.name: getattr(sympy, record.sympy) for record in RECORDS if record.sympy}


@cache
def opaque_function(name: str, order: int) -> Any:
    """The SymPy function that stands for the derivative of the given order of a function known by name only."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        if has_formula(name, order + 1):
            return SympyTrees().function(name, order + 1, alone(self.args[0]))[()]
        return opaque_function(name, order + 1)(self.args[0])

    return type(f"{name}_{order}", (sympy.Function,), {"fdiff": fdiff, "symrnn_name": name, "symrnn_order": order})


def symbol_name(name: str, index: tuple[int, ...]) -> str:
    """What the symbol of one entry is called: ``W_1_2``."""
    return "_".join([name, *(str(i + 1) for i in index)])


class SympyTrees(Algebra):
    """Arrays of SymPy expressions: the network as SymPy sees it, one symbol for each entry of each quantity."""

    def number(self, value: Fraction) -> sympy.Expr:
        return sympy.Rational(value.numerator, value.denominator)

    def reciprocal(self, x: Any) -> sympy.Expr:
        return sympy.Integer(1) / x

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        entries = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            entries[index] = sympy.Symbol(symbol_name(name, index))
        return entries

    def map(self, function: str, order: int, argument: Array) -> Array:
        return self.each(lambda x: _sympy_function(function, order, x), argument)


def _sympy_function(function: str, order: int, x: sympy.Expr) -> sympy.Expr:
    if function == "sigma" and order == 0:
        return 1 / (1 + sympy.exp(-x))
    if function in SYMPY_FUNCTIONS:
        point = sympy.Dummy()
        return SYMPY_FUNCTIONS[function](point).diff(point, order).subs(point, x)
    return opaque_function(function, order)(x)


def from_sympy(algebra: Exact, expression: sympy.Expr, known: dict[sympy.Expr, Quotient]) -> Quotient:
    """A SymPy expression, with the exact values of its symbols put in: those that are `known`, to which it is added.

    Raises TypeError for a node that the defining equations of a network never contain.
    """
    value = known.get(expression)
    if value is None:
        value = known[expression] = _from_sympy(algebra, expression, known)
    return value


def _from_sympy(algebra: Exact, expression: sympy.Expr, known: dict[sympy.Expr, Quotient]) -> Quotient:
    if expression.is_Rational:
        return algebra.number(Fraction(int(expression.p), int(expression.q)))
    if expression.is_Add:
        total = algebra.number(Fraction(0))
        for term in expression.args:
            total = total + from_sympy(algebra, term, known)
        return total
    if expression.is_Mul:
        product = algebra.number(Fraction(1))
        for factor in expression.args:
            product = product * from_sympy(algebra, factor, known)
        return product
    if expression.is_Pow and expression.exp.is_Integer:
        return algebra.whole_power(from_sympy(algebra, expression.base, known), int(expression.exp))
    return _function_from_sympy(algebra, expression, known)


def _function_from_sympy(algebra: Exact, expression: sympy.Expr, known: dict[sympy.Expr, Quotient]) -> Quotient:
    for name, function in SYMPY_FUNCTIONS.items():
        if isinstance(expression, function):
            return algebra.apply(name, 0, from_sympy(algebra, expression.args[0], known))
    opaque = getattr(expression, "symrnn_name", None)
    if opaque is None:
        raise TypeError(f"no exact rule for {expression.func}")
    return algebra.apply(opaque, expression.symrnn_order, from_sympy(algebra, expression.args[0], known))
