"""What is known of functions of one number: slopes, by formulas as Python writes them, and squares.

Of any other function nothing is known but that it can be differentiated. Where a slope jumps, a proof holds away from the jump.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.terms import Const, Dot, Full, Map, Plus, Power, Tensor, Times

SLOPES = {
    "exp": "exp(x)",
    "log": "1 / x",
    "tanh": "1 - tanh(x)**2",
    "sigma": "sigma(x) - sigma(x)**2",
    "sin": "cos(x)",
    "cos": "-sin(x)",
    "tan": "1 + tan(x)**2",
    "arctan": "1 / (1 + x**2)",
    "sqrt": "1 / (2 * sqrt(x))",
    "step": "0",
    "npdf": "-x * npdf(x)",
    "ncdf": "npdf(x)",
    "sinh": "cosh(x)",
    "cosh": "sinh(x)",
    "sech": "-sinh(x) / cosh(x)**2",
    "arctanh": "1 / (1 - x**2)",
    "softplus": "sigma(x)",
    "logsigmoid": "sigma(-x)",
    "sign": "0",
    "abs": "sign(x)",
    "relu": "step(x)",
    "elu": "step(x) + exp(x) * (1 - step(x))",
    "silu": "sigma(x) + x * sigma(x) * (1 - sigma(x))",
    "gelu": "ncdf(x) + x * npdf(x)",
    "hardtanh": "step(x + 1) - step(x - 1)",
}

#: The square of a function as a y' + b y + c: (a, b, c).
SQUARES = {"tanh": (-1, 0, 1), "sigma": (-1, 1, 0), "step": (0, 1, 0)}

# A formula in x: a number, "x", or an operation and its operands: + * ** (with a whole number), or a function with an order.
Formula = Any


def slope(function: str, order: int, x: Tensor) -> Tensor:
    """The derivative of some order of a function at x, by the formula of its slope. Raises Refused where there is none."""
    if function not in SLOPES or order < 1:
        raise Refused("no formula says what the derivative is")
    return _tensor(_derivative_of(function, order), x)


@cache
def _derivative_of(function: str, order: int) -> Formula:
    return _read(ast.parse(SLOPES[function], mode="eval").body) if order == 1 else _changed(_derivative_of(function, order - 1))


def _read(node: ast.expr) -> Formula:
    match node:
        case ast.Name():
            return "x"
        case ast.Constant(value=int(value)):
            return Fraction(value)
        case ast.UnaryOp(operand=operand):
            return "*", Fraction(-1), _read(operand)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return "call", name, 0, _read(argument)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))):
            return "**", _read(left), power
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return "+", _read(left), ("*", Fraction(-1), _read(right))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return "*", _read(left), ("**", _read(right), -1)
        case ast.BinOp(left=left, op=op, right=right):
            return "+" if isinstance(op, ast.Add) else "*", _read(left), _read(right)
    raise TypeError(node)


def _changed(f: Formula) -> Formula:
    """The derivative of a formula."""
    match f:
        case "x":
            return Fraction(1)
        case ("+", a, b):
            return "+", _changed(a), _changed(b)
        case ("*", a, b):
            return "+", ("*", _changed(a), b), ("*", a, _changed(b))
        case ("**", a, n):
            return "*", ("*", Fraction(n), ("**", a, n - 1)), _changed(a)
        case ("call", name, order, a):
            return "*", ("call", name, order + 1, a), _changed(a)
    return Fraction(0)


@lru_cache(maxsize=1 << 14)
def _tensor(f: Formula, x: Tensor) -> Tensor:
    match f:
        case "x":
            return x
        case ("+", a, b):
            return Plus((_tensor(a, x), _tensor(b, x)))
        case ("*", Fraction() as number, b):
            return Dot(Const(number), _tensor(b, x), 0)
        case ("*", a, b):
            return Times(_tensor(a, x), _tensor(b, x))
        case ("**", a, n):
            return Power(_tensor(a, x), n)
        case ("call", name, order, a):
            return Map(name, order, _tensor(a, x))
    return Full(f, x.shape)
