"""What a function is in terms of others, and its derivatives of every order, in any arithmetic.

The formulas of the records (`symrnn.language.functions`) are folded over whatever knows how to add and multiply: tensors, arrays of an
algebra, the source of a program. Derivatives come by forward differentiation: every value carries its slope.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Generic, Protocol, TypeVar

from symrnn.language.functions import BY_NAME

Value = TypeVar("Value")


class Arithmetic(Protocol[Value]):
    """What a formula is computed in."""

    def number(self, value: Fraction) -> Value: ...

    def sum(self, a: Value, b: Value) -> Value: ...

    def product(self, a: Value, b: Value) -> Value: ...

    def quotient(self, a: Value, b: Value) -> Value: ...

    def power(self, a: Value, exponent: int) -> Value: ...

    def call(self, function: str, order: int, a: Value) -> Value:
        """A function, or a derivative of it."""


def has_formula(name: str, order: int) -> bool:
    """Whether a function (or its derivative of some order) is a formula in other functions, for every engine."""
    record = BY_NAME.get(name)
    if record is None or record.polynomial:
        return False
    return bool(record.formula) if not order else bool(record.slope or record.formula)


@cache
def relatives(name: str) -> frozenset[str]:
    """The function itself and those that stand in the formulas of its derivatives, of theirs, and so on."""
    found, fresh = {name}, [name]
    while fresh:
        record = BY_NAME.get(fresh.pop())
        for text in (record.slope or record.formula,) if record is not None and not record.polynomial else ():
            called = {n.id for n in ast.walk(_parsed(text)) if isinstance(n, ast.Name)} & BY_NAME.keys() if text else set()
            fresh += called - found
            found |= called
    return frozenset(found)


def formula(name: str, order: int, x: Value, using: Arithmetic[Value]) -> Value:
    """A function (or its derivative of some order) at x by its formula. Raises KeyError where it has none."""
    record = BY_NAME[name]
    if order and record.slope:
        return _derivative(record.slope, order - 1, x, using)
    if not record.formula:
        raise KeyError(f"no formula says what {name} is")
    return _derivative(record.formula, order, x, using)


def _derivative(text: str, order: int, x: Value, using: Arithmetic[Value]) -> Value:
    if not order:
        return _folded(_parsed(text), x, using)
    dual = Duals(using)
    value: Dual[Value] = _derivative(text, order - 1, Dual(x, using.number(Fraction(1))), dual)
    return using.number(Fraction(0)) if value.slope is None else value.slope


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _folded(node: ast.expr, x: Value, using: Arithmetic[Value]) -> Value:
    if isinstance(node, ast.Name):
        return x
    if isinstance(node, ast.Constant):
        return using.number(Fraction(node.value))  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        return using.product(using.number(Fraction(-1)), _folded(node.operand, x, using))
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return using.call(node.func.id, 0, _folded(node.args[0], x, using))
    assert isinstance(node, ast.BinOp)
    left = _folded(node.left, x, using)
    if isinstance(node.op, ast.Pow):
        assert isinstance(node.right, ast.Constant)
        return using.power(left, int(node.right.value))  # type: ignore[arg-type]
    right = _folded(node.right, x, using)
    if isinstance(node.op, ast.Sub):
        return using.sum(left, using.product(using.number(Fraction(-1)), right))
    return {ast.Add: using.sum, ast.Mult: using.product, ast.Div: using.quotient}[type(node.op)](left, right)


# ------------------------------------------------------------------------------------------------------- derivatives


@dataclass(frozen=True)
class Dual(Generic[Value]):
    """A value and its slope; None for a slope that is zero."""

    value: Value
    slope: Value | None


@dataclass(frozen=True)
class Duals(Generic[Value]):
    """Values with their slopes, in another arithmetic."""

    of: Arithmetic[Value]

    def number(self, value: Fraction) -> Dual[Value]:
        return Dual(self.of.number(value), None)

    def sum(self, a: Dual[Value], b: Dual[Value]) -> Dual[Value]:
        return Dual(self.of.sum(a.value, b.value), self._added(a.slope, b.slope))

    def product(self, a: Dual[Value], b: Dual[Value]) -> Dual[Value]:
        return Dual(self.of.product(a.value, b.value), self._added(self._times(b.value, a.slope), self._times(a.value, b.slope)))

    def quotient(self, a: Dual[Value], b: Dual[Value]) -> Dual[Value]:
        """(a / b)' = (a' - (a / b) b') / b."""
        value = self.of.quotient(a.value, b.value)
        minus = self._times(self.of.product(self.of.number(Fraction(-1)), value), b.slope)
        above = self._added(a.slope, minus)
        return Dual(value, None if above is None else self.of.quotient(above, b.value))

    def power(self, a: Dual[Value], exponent: int) -> Dual[Value]:
        less = self.of.number(Fraction(1)) if exponent == 1 else self.of.power(a.value, exponent - 1)
        steep = self.of.product(self.of.number(Fraction(exponent)), less)
        return Dual(self.of.power(a.value, exponent), self._times(steep, a.slope))

    def call(self, function: str, order: int, a: Dual[Value]) -> Dual[Value]:
        value = self.of.call(function, order, a.value)
        return Dual(value, None if a.slope is None else self._times(self.of.call(function, order + 1, a.value), a.slope))

    def _added(self, a: Value | None, b: Value | None) -> Value | None:
        return b if a is None else a if b is None else self.of.sum(a, b)

    def _times(self, a: Value, slope: Value | None) -> Value | None:
        return None if slope is None else self.of.product(a, slope)
