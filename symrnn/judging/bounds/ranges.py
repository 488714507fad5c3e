"""Between which numbers the entries of a tensor lie, by the ranges of functions and by exact arithmetic on intervals.

>>> str(Interval.read("(0, 1/4]"))
'(0, 1/4]'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from symrnn.language.functions import BY_NAME, derivative_polynomial
from symrnn.language.model import Model
from symrnn.language.tensors import (
    Const,
    Diag,
    Dot,
    Eye,
    Full,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Ref,
    Softmax,
    Tensor,
    Times,
    Truth,
)

_0, _1 = Fraction(0), Fraction(1)
#: So deep are definitions followed.
_DEEPEST = 8


@dataclass(frozen=True)
class End:
    """One end of an interval: None is infinite. `open` says that nothing in the interval is equal to it."""

    value: Fraction | None
    open: bool = True


@dataclass(frozen=True)
class Interval:
    """All numbers from one end to another. What lies in it need not meet an end that is not open."""

    low: End = End(None)
    high: End = End(None)

    @staticmethod
    def read(text: str) -> Interval:
        """``(-1, 1]``, with ``inf``."""
        low, high = (None if "inf" in part else Fraction(part.strip()) for part in text[1:-1].split(","))
        return Interval(End(low, text[0] == "("), End(high, text[-1] == ")"))

    @staticmethod
    def point(value: Fraction) -> Interval:
        return Interval(End(value, False), End(value, False))

    def __str__(self) -> str:
        low = "-∞" if self.low.value is None else self.low.value
        high = "∞" if self.high.value is None else self.high.value
        return f"{'(' if self.low.open else '['}{low}, {high}{')' if self.high.open else ']'}"

    def sum(self, other: Interval) -> Interval:
        return Interval(_added(self.low, other.low), _added(self.high, other.high))

    def product(self, other: Interval) -> Interval:
        ends = [_multiplied(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        known = [end for end in ends if end is not None and end.value is not None]
        if len(known) < len(ends):  # an infinite end: only signs are known
            signs = self.low.value is not None and self.low.value >= 0 and other.low.value is not None and other.low.value >= 0
            return Interval(End(_0, self.low.open and other.low.open)) if signs else Interval()
        return Interval(_least(known), _greatest(known))

    def power(self, exponent: int) -> Interval:
        """A whole power; an even one is no less than zero."""
        made = reduce(Interval.product, [self] * exponent, Interval.point(_1))
        size = self.size.value
        if exponent % 2 or not exponent:
            return made
        high = End(None if size is None else size**exponent, self.size.open)
        return Interval(made.low if made.low.value is not None and made.low.value >= 0 else End(_0, False), high)

    @property
    def size(self) -> End:
        """The end of what is largest, whatever its sign."""
        if self.low.value is None or self.high.value is None:
            return End(None)
        return _greatest([End(-self.low.value, self.low.open), self.high])

    @property
    def absolute(self) -> Interval:
        """What the sizes of its numbers lie in."""
        low = self.low if self.low.value is not None and self.low.value >= 0 else End(_0, False)
        high = self.size if self.low.value is not None and self.high.value is not None else End(None)
        return Interval(low, high)

    def united(self, value: Fraction) -> Interval:
        """The interval that holds a number as well."""
        low, high = self.low, self.high
        if low.value is not None and (value < low.value or value == low.value):
            low = End(value, False)
        if high.value is not None and (value > high.value or value == high.value):
            high = End(value, False)
        return Interval(low, high)

    def holds(self, op: str, other: Interval) -> bool:
        """Whether each number here is so to each number there: below, at most, above, at least."""
        if op in (">", ">="):
            return other.holds("<" if op == ">" else "<=", self)
        a, b = self.high, other.low
        if a.value is None or b.value is None:
            return False
        return a.value < b.value or (a.value == b.value and (op == "<=" or a.open or b.open))


def _added(a: End, b: End) -> End:
    return End(None) if a.value is None or b.value is None else End(a.value + b.value, a.open or b.open)


def _multiplied(a: End, b: End) -> End | None:
    if a.value is None or b.value is None:
        return None
    # A zero that is met makes the product zero, whatever the other one is.
    met = (not a.open and not b.open) or (a.value == 0 and not a.open) or (b.value == 0 and not b.open)
    return End(a.value * b.value, not met)


def _greatest(ends: Iterable[End]) -> End:
    return max(ends, key=lambda end: (end.value, not end.open))


def _least(ends: Iterable[End]) -> End:
    return min(ends, key=lambda end: (end.value, end.open))


class Intervals:
    """The intervals of what stands in one network."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def of(self, node: Tensor, depth: int = 0) -> Interval:
        """What the entries of a tensor lie in, at every step of the network and for all values of what is free in it."""
        found = self._polynomial(node)
        if found is not None and len(found[1]) == 3 and found[1][2]:
            return _quadratic(found[1], self.of(found[0], depth))
        return self._of(node, depth)

    def _of(self, node: Tensor, depth: int) -> Interval:
        match node:
            case Const(value) | Full(value, _):
                return Interval.point(value)
            case Eye() | Truth():
                return Interval.point(_0).united(_1)
            case Diag(argument):
                return self.of(argument, depth).united(_0)
            case Permute(argument, _) | Pick(argument, _):
                return self.of(argument, depth)
            case Plus(terms):
                return reduce(Interval.sum, (self.of(term, depth) for term in terms))
            case Times(left, right) | Dot(left, right, 0):
                return self.of(left, depth).product(self.of(right, depth))
            case Over(left, Const(value)) if value:
                return self.of(left, depth).product(Interval.point(1 / value))
            case Power(base, exponent) if exponent >= 0:
                return self.of(base, depth).power(exponent)
            case Softmax():
                return Interval(End(_0), End(_1, False))
            case Map("abs", 0, argument):
                return self.of(argument, depth).absolute
            case Map(function, order, _):
                return of_function(function, order)
            case Ref():
                return self._of_quantity(node, depth)
        return Interval()

    def _of_quantity(self, node: Ref, depth: int) -> Interval:
        """That of the definition; a step before may be before the first one, where a state is free."""
        quantity = self.model.quantities.get(node.quantity)
        if quantity is None or quantity.definition is None or quantity.special or depth > _DEEPEST:
            return Interval()
        if node.time is not None and (node.time.constant < 0 or [count for _, count in node.time.terms] != [1]):
            return Interval()
        return self.of(quantity.definition, depth + 1)

    def _polynomial(self, node: Tensor) -> tuple[Tensor, tuple[Fraction, ...]] | None:
        """A polynomial, entry by entry, in one tensor, with its coefficients from the constant upwards; None for a number."""
        match node:
            case Const(value) | Full(value, _):
                return node, (value,)
            case Plus(terms):
                return _combined([self._polynomial(term) for term in terms], _plus)
            case Times(left, right) | Dot(left, right, 0):
                return _combined([self._polynomial(left), self._polynomial(right)], _by)
            case Power(base, exponent) if 0 < exponent <= 4:
                return _combined([self._polynomial(base)] * exponent, _by)
        return node, (_0, _1)


Coefficients = tuple[Fraction, ...]
Polynomial = tuple[Tensor, Coefficients]


def _combined(parts: list[Polynomial | None], join: Callable[[Coefficients, Coefficients], Coefficients]) -> Polynomial | None:
    """Polynomials in one tensor as one; None where they are in several."""
    known = [part for part in parts if part is not None]
    cores = dict.fromkeys(core for core, coefficients in known if len(coefficients) > 1)
    if len(known) < len(parts) or len(cores) > 1:
        return None
    core = next(iter(cores), known[0][0])
    return core, reduce(join, (coefficients for _, coefficients in known))


def _plus(a: Coefficients, b: Coefficients) -> Coefficients:
    longest = max(len(a), len(b))
    return tuple(x + y for x, y in zip((*a, *[_0] * (longest - len(a))), (*b, *[_0] * (longest - len(b))), strict=True))


def _by(a: Coefficients, b: Coefficients) -> Coefficients:
    made = [_0] * (len(a) + len(b) - 1)
    for m, x in enumerate(a):
        for n, y in enumerate(b):
            made[m + n] += x * y
    return tuple(made)


def _quadratic(coefficients: Coefficients, core: Interval) -> Interval:
    """What c0 + c1 y + c2 y² lies in, exactly."""
    c0, c1, c2 = coefficients

    def at(y: Fraction, is_open: bool) -> End:
        return End(c0 + c1 * y + c2 * y * y, is_open)

    ends = [at(end.value, end.open) for end in (core.low, core.high) if end.value is not None]
    top = -c1 / (2 * c2)
    inside = (core.low.value is None or core.low.value < top) and (core.high.value is None or top < core.high.value)
    turning = [at(top, False)] if inside else []
    if len(ends) == 2:
        return Interval(_least(ends + turning), _greatest(ends + turning))
    if not inside:
        return Interval()
    return Interval(End(None), turning[0]) if c2 < 0 else Interval(turning[0], End(None))


def of_function(function: str, order: int) -> Interval:
    """The values of a function, or of its derivative of some order."""
    record = BY_NAME.get(function)
    if record is None:
        return Interval()
    if order == 1 and len(record.polynomial) == 3:
        slope = derivative_polynomial(function, 1)
        assert slope is not None
        return _quadratic(tuple(map(Fraction, slope)), Interval.read(record.values))
    text = (record.values, record.slopes)[order] if order < 2 else ""
    return Interval.read(text) if text else Interval()
