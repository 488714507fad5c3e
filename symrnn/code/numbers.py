"""Numbers that remember how they were computed.

A `Real` is a node of a tape: an operation, the nodes it was applied to, and a ball that contains its value at a rational point. The
person's code computes with them as with floats. Balls decide comparisons and certify that two numbers differ; equal balls only
suggest that two nodes are the same, which `symrnn.code.prover` proves or not.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Rational
from typing import Any, ClassVar, SupportsInt

import numpy as np
from flint import arb, ctx, fmpq

from symrnn.code.errors import Refused

PRECISION = 320
#: Bits of a value that make its key: far fewer than are computed, so that one value computed in two ways has one key.
_KEY_BITS = 128
#: Floats such as 0.3333333333333333 are the quotient they were computed from.
_DENOMINATORS = 10**6

Key = tuple[int, int]


@dataclass
class Tape:
    """All operations of one run, in order.

    `branches` counts by line the comparisons that were decided at the point, `clipped` the entries that np.clip would have
    changed. `files` are the person's files: the frames that lines are read from. `texts` are those that numbers were printed as.
    """

    files: frozenset[str] = frozenset()
    operations: list[str] = field(default_factory=list)
    parents: list[tuple[int, ...]] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    details: list[Any] = field(default_factory=list)
    branches: Counter[int] = field(default_factory=Counter)
    clipped: dict[tuple[int, str], int] = field(default_factory=dict)
    extremes: dict[tuple[Any, ...], Real] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    most: int = 600_000
    _constants: dict[Fraction, Real] = field(default_factory=dict)
    _keys: dict[int, Key] = field(default_factory=dict)

    #: The tape that is being written; set by `recording`.
    current: ClassVar[Tape]

    def __enter__(self) -> Tape:
        ctx.prec = PRECISION
        Tape.current = self
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __len__(self) -> int:
        return len(self.operations)

    def record(self, operation: str, parents: tuple[int, ...], value: Any, detail: Any = None) -> Real:
        """A new node."""
        if len(self.operations) >= self.most:
            raise Refused(f"more than {self.most} operations; take fewer steps or smaller sizes")
        self.operations.append(operation)
        self.parents.append(parents)
        self.values.append(value)
        self.details.append(detail)
        return Real(len(self.operations) - 1)

    def constant(self, value: Fraction) -> Real:
        if value not in self._constants:
            ball = arb(fmpq(value.numerator, value.denominator))
            self._constants[value] = self.record("constant", (), ball, value)
        return self._constants[value]

    def free(self, name: str, value: Fraction) -> Real:
        """A variable, at the point `value`."""
        return self.record("free", (), arb(fmpq(value.numerator, value.denominator)), (name, value))

    def is_constant(self, node: int) -> bool:
        return self.operations[node] == "constant"

    def key(self, node: int) -> Key:
        """What nodes of the same value have in common (and, but for a coincidence of 2^-100, no others)."""
        if node not in self._keys:
            self._keys[node] = _key(self.values[node])
        return self._keys[node]

    def line(self) -> int:
        """The line of the person's code that is being executed; 0 for none."""
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename not in self.files:
            frame = frame.f_back
        return 0 if frame is None else int(frame.f_lineno)


def _key(ball: Any) -> Key:
    if ball.contains(0):
        return (0, 0)
    mantissa, exponent = ball.mid().man_exp()
    mantissa, exponent = int(mantissa), int(exponent)
    excess = mantissa.bit_length() - _KEY_BITS
    if excess > 0:
        mantissa, exponent = (mantissa + (1 << (excess - 1))) >> excess, exponent + excess
    while mantissa and mantissa & 1 == 0:
        mantissa, exponent = mantissa >> 1, exponent + 1
    return (mantissa, exponent)


_RESULTS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "negative": lambda x: -x,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
}


def nearby(tape: Tape, seed: int) -> list[Key]:
    """The keys of all nodes at another point, so near that nothing leaves its domain.

    Maxima move on their own there: they are equal to one of their arguments at every point, and not the same function.
    """
    generator = random.Random(seed)
    values: list[Any] = []
    for node, operation in enumerate(tape.operations):
        old = tape.values[node]
        if operation in ("free", "maximum", "minimum"):
            values.append(old + arb(generator.randrange(1, 1 << 60)) / (1 << 80))
        elif operation in ("constant", "symbol"):
            values.append(old)
        else:
            rule = _RESULTS.get(operation) or FUNCTIONS[operation].ball
            values.append(rule(*(values[parent] for parent in tape.parents[node])))
    return [_key(value) for value in values]


def exact_number(x: float) -> Fraction:
    """The number that a float in the code stands for: 0.1 is 1/10, and 1/3 computed in floats is 1/3."""
    near = Fraction(x).limit_denominator(_DENOMINATORS)
    return near if float(near) == x else Fraction(x)


def lifted(x: object) -> Real | None:
    """A Real for a number of Python or NumPy, None for anything else. Raises Refused for inf, NaN and complex numbers."""
    if isinstance(x, Real):
        return x
    if isinstance(x, (bool, np.bool_, int, np.integer)):
        return Tape.current.constant(Fraction(int(x)))
    if isinstance(x, (float, np.floating)):
        if not np.isfinite(x):
            raise Refused(f"{x} is no number to differentiate with")
        return Tape.current.constant(exact_number(float(x)))
    if isinstance(x, Rational):
        return Tape.current.constant(Fraction(int(x.numerator), int(x.denominator)))
    if isinstance(x, (complex, np.complexfloating)):
        raise Refused("complex numbers have no rule here")
    return None


Operands = Callable[["Real", "Real"], "Real"]


def _both_ways(operation: Operands) -> tuple[Callable[[Real, object], Any], Callable[[Real, object], Any]]:
    """The methods of a binary operator, for a Real on the left and on the right."""

    def left(self: Real, other: object) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        number = lifted(other)
        return NotImplemented if number is None else operation(self, number)

    def right(self: Real, other: object) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        number = lifted(other)
        return NotImplemented if number is None else operation(number, self)

    return left, right


def _sum(a: Real, b: Real) -> Real:
    tape, x, y = Tape.current, a.rational, b.rational
    if x is not None and y is not None:
        return tape.constant(x + y)
    if x == 0 or y == 0:
        return b if x == 0 else a
    return tape.record("add", (a.node, b.node), a.ball + b.ball)


def _difference(a: Real, b: Real) -> Real:
    tape, x, y = Tape.current, a.rational, b.rational
    if x is not None and y is not None:
        return tape.constant(x - y)
    if y == 0:
        return a
    return -b if x == 0 else tape.record("subtract", (a.node, b.node), a.ball - b.ball)


def _product(a: Real, b: Real) -> Real:
    tape, x, y = Tape.current, a.rational, b.rational
    if x is not None and y is not None:
        return tape.constant(x * y)
    if x == 0 or y == 0:
        return tape.constant(Fraction(0))
    if x == 1 or y == 1:
        return b if x == 1 else a
    return tape.record("multiply", (a.node, b.node), a.ball * b.ball)


def _quotient(a: Real, b: Real) -> Real:
    tape, x, y = Tape.current, a.rational, b.rational
    if y == 0 or b.ball.contains(0):
        raise Refused("division by zero")
    if x is not None and y is not None:
        return tape.constant(x / y)
    if x == 0:
        return tape.constant(Fraction(0))
    return a if y == 1 else tape.record("divide", (a.node, b.node), a.ball / b.ball)


def _remainder(a: Real, b: Real) -> Real:
    if a.rational is None or not b.rational:
        raise Refused("% of numbers that depend on the inputs has no derivative")
    return Tape.current.constant(a.rational % b.rational)


def _power(a: Real, b: Real) -> Real:
    exponent = b.rational
    if exponent is None:
        return _product(b, a.log()).exp()
    if exponent.denominator == 2:
        root = a.sqrt()
        return power_of_number(root, exponent.numerator)
    if exponent.denominator != 1:
        return _product(a.log(), b).exp()
    return power_of_number(a, exponent.numerator)


def power_of_number(a: Real, exponent: int) -> Real:
    """A product of `exponent` factors, or its reciprocal."""
    if exponent < 0:
        return _quotient(Tape.current.constant(Fraction(1)), power_of_number(a, -exponent))
    if exponent > 64:
        raise Refused(f"the power {exponent} is too high")
    result = Tape.current.constant(Fraction(1))
    for _ in range(exponent):
        result = _product(result, a)
    return result


class Real:
    """A node of the current tape, with the operators and methods that NumPy asks of a number."""

    __slots__ = ("node",)

    def __init__(self, node: int) -> None:
        self.node = node

    @property
    def ball(self) -> Any:
        return Tape.current.values[self.node]

    @property
    def rational(self) -> Fraction | None:
        """The value of a constant."""
        tape = Tape.current
        return tape.details[self.node] if tape.operations[self.node] == "constant" else None

    __add__, __radd__ = _both_ways(_sum)
    __sub__, __rsub__ = _both_ways(_difference)
    __mul__, __rmul__ = _both_ways(_product)
    __truediv__, __rtruediv__ = _both_ways(_quotient)
    __pow__, __rpow__ = _both_ways(_power)
    __mod__, __rmod__ = _both_ways(_remainder)

    def __floordiv__(self, other: object) -> Any:
        raise Refused("// has a derivative that is zero or undefined")

    __rfloordiv__ = __floordiv__

    def __neg__(self) -> Real:
        if self.rational is not None:
            return Tape.current.constant(-self.rational)
        return Tape.current.record("negative", (self.node,), -self.ball)

    def __pos__(self) -> Real:
        return self

    def __abs__(self) -> Real:
        return -self if self < 0 else self

    # ------------------------------------------------------------------------------------------------- functions

    def _apply(self, name: str) -> Real:
        return apply_to_number(name, self)

    def tanh(self) -> Real:
        return apply_to_number("tanh", self)

    def exp(self) -> Real:
        return apply_to_number("exp", self)

    def log(self) -> Real:
        return apply_to_number("log", self)

    def sqrt(self) -> Real:
        return apply_to_number("sqrt", self)

    def sin(self) -> Real:
        return apply_to_number("sin", self)

    def cos(self) -> Real:
        return apply_to_number("cos", self)

    # ----------------------------------------------------------------------------------------------- comparisons

    def _compared(self, other: object) -> int | None:
        """The sign of self - other at the point, and a note that the run depends on it. None for no number."""
        number = lifted(other)
        if number is None:
            return None
        tape = Tape.current
        if self.rational is None or number.rational is None:
            tape.branches[tape.line()] += 1
        difference = self.ball - number.ball
        return 0 if difference.contains(0) else 1 if difference > 0 else -1

    def __lt__(self, other: object) -> Any:
        sign = self._compared(other)
        return NotImplemented if sign is None else sign < 0

    def __le__(self, other: object) -> Any:
        sign = self._compared(other)
        return NotImplemented if sign is None else sign <= 0

    def __gt__(self, other: object) -> Any:
        sign = self._compared(other)
        return NotImplemented if sign is None else sign > 0

    def __ge__(self, other: object) -> Any:
        sign = self._compared(other)
        return NotImplemented if sign is None else sign >= 0

    def __eq__(self, other: object) -> Any:
        sign = self._compared(other)
        return NotImplemented if sign is None else sign == 0

    def __ne__(self, other: object) -> Any:
        sign = self._compared(other)
        return NotImplemented if sign is None else sign != 0

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return self._compared(0) != 0

    # --------------------------------------------------------------------------- what would lose the derivative

    def _plain(self, what: str) -> Fraction:
        if self.rational is None:
            raise Refused(f"{what} would lose the derivative of a number that depends on the inputs")
        return self.rational

    def __float__(self) -> float:
        return float(self._plain("a conversion to a float of Python"))

    def __int__(self) -> int:
        return int(self._plain("int()"))

    def __index__(self) -> int:
        value = self._plain("an index")
        if value.denominator != 1:
            raise TypeError("an index must be a whole number")
        return int(value)

    def __round__(self, digits: SupportsInt | None = None) -> Any:
        self._plain("round()")
        return self

    # ------------------------------------------------------------------- display, and what scalars of NumPy have

    def shown(self) -> float:
        """A float near the value, to be printed."""
        return float(self.ball.mid())

    def __format__(self, form: str) -> str:
        return printed(format(self.shown(), form))

    def __repr__(self) -> str:
        return printed(repr(self.shown()))

    def __copy__(self) -> Real:
        return self

    def __deepcopy__(self, memo: object) -> Real:
        return self

    shape: ClassVar[tuple[int, ...]] = ()
    ndim: ClassVar[int] = 0
    size: ClassVar[int] = 1

    @property
    def T(self) -> Real:
        return self

    @property
    def real(self) -> Real:
        return self

    def item(self) -> Real:
        return self

    conjugate = copy = item

    def sum(self, *_: object, **__: object) -> Real:
        return self

    mean = max = min = squeeze = sum

    def astype(self, dtype: Any, *_: object, **__: object) -> Real:
        if np.dtype(dtype).kind not in "fO":
            self._plain(f"astype({np.dtype(dtype)})")
        return self


def printed(text: str) -> str:
    """A text that shows a number: it may be printed, but not read as a number again."""
    Tape.current.texts.add(text.strip())
    return text


@dataclass(frozen=True)
class NumberFunction:
    """A function of one number: its ball, its derivative at x where its value is y, and where it is defined."""

    ball: Callable[[Any], Any]
    slope: Callable[[Real, Real], Real]
    defined: Callable[[Any], bool] = lambda x: True


def _one() -> Real:
    return Tape.current.constant(Fraction(1))


FUNCTIONS: dict[str, NumberFunction] = {
    "tanh": NumberFunction(lambda x: x.tanh(), lambda x, y: _one() - y * y),
    "exp": NumberFunction(lambda x: x.exp(), lambda x, y: y),
    "log": NumberFunction(lambda x: x.log(), lambda x, y: _one() / x, lambda x: x > 0),
    "sqrt": NumberFunction(lambda x: x.sqrt(), lambda x, y: _one() / (y + y), lambda x: x > 0),
    "sin": NumberFunction(lambda x: x.sin(), lambda x, y: x.cos()),
    "cos": NumberFunction(lambda x: x.cos(), lambda x, y: -x.sin()),
    "arctan": NumberFunction(lambda x: x.atan(), lambda x, y: _one() / (_one() + x * x)),
    "erf": NumberFunction(lambda x: x.erf(), lambda x, y: _two_over_root_pi() * (-(x * x)).exp()),
}
#: Values that need no node.
_AT: dict[tuple[str, Fraction | int | None], int] = {
    ("tanh", 0): 0,
    ("exp", 0): 1,
    ("log", 1): 0,
    ("sqrt", 0): 0,
    ("sqrt", 1): 1,
    ("sin", 0): 0,
    ("cos", 0): 1,
    ("erf", 0): 0,
}


def _two_over_root_pi() -> Real:
    return Tape.current.record("symbol", (), 2 / arb.pi().sqrt(), "2/√π")


def apply_to_number(name: str, x: Real) -> Real:
    """A function of FUNCTIONS at a number. Raises Refused outside its domain."""
    at = _AT.get((name, x.rational))
    if at is not None:
        return Tape.current.constant(Fraction(at))
    function = FUNCTIONS[name]
    if not function.defined(x.ball):
        raise Refused(f"{name} of {x.shown():.3g}, where it is not defined or has no derivative")
    return Tape.current.record(name, (x.node,), function.ball(x.ball))


def largest(numbers: Sequence[Real]) -> Real:
    """The maximum, as a node of its own: where a loss does not depend on it, which number it is does not matter."""
    return _extreme("maximum", numbers, lambda a, b: a > b)


def smallest(numbers: Sequence[Real]) -> Real:
    return _extreme("minimum", numbers, lambda a, b: a < b)


def _extreme(name: str, numbers: Sequence[Real], beats: Callable[[Any, Any], bool]) -> Real:
    best = numbers[0]
    for number in numbers[1:]:
        if beats(number.ball, best.ball):
            best = number
    if all(number.rational is not None for number in numbers):
        return best
    tape = Tape.current
    others = tuple(sorted({number.node for number in numbers} - {best.node}))
    known = (name, best.node, *others)
    if known not in tape.extremes:
        tape.extremes[known] = tape.record(name, (best.node, *others), best.ball, tape.line())
    return tape.extremes[known]


def sum_of(numbers: Iterable[Real]) -> Real:
    result = Tape.current.constant(Fraction(0))
    for number in numbers:
        result = _sum(result, number)
    return result
