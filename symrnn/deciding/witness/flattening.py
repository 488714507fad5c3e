"""A tensor expression as a sum of products of factors with labelled axes, under sums over indices.

Whatever holds no derivative and no ordered product stays one factor: it costs one evaluation. The others become factors
of their own, so that a chain of Jacobians is never multiplied out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import count
from typing import Any

from symrnn.deciding.witness.labelled import Labels
from symrnn.language.tensors import (
    Affine,
    Build,
    Condition,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Jac,
    Over,
    Permute,
    Pick,
    Plus,
    Product,
    Sum,
    Tensor,
    Times,
    Truth,
    size_of,
    substitute,
)

_UNIT = "e*"
_ONE = Fraction(1)


@dataclass(frozen=True)
class Factor:
    """A tensor expression with a label for each of its axes."""

    node: Tensor
    labels: Labels


@dataclass(frozen=True)
class Range:
    """An index that is summed over."""

    variable: str
    lower: Affine
    upper: Affine
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Summand:
    """A product of factors under sums over indices, the outermost first."""

    factors: tuple[Factor, ...]
    ranges: tuple[Range, ...] = ()


@lru_cache(maxsize=1 << 14)
def heavy(node: Tensor) -> bool:
    """Whether a derivative or an ordered product stands in an expression."""
    return isinstance(node, (Jac, Product)) or any(map(heavy, node.parts))


class Flattening:
    """Turns expressions into summands; the labels it gives out are all different, and so are the indices that are summed over."""

    def __init__(self) -> None:
        self._labels = count()
        self._indices: set[str] = set()

    def fresh(self, number: int) -> Labels:
        """New labels."""
        return tuple(next(self._labels) for _ in range(number))

    def of(self, node: Tensor, labels: Labels) -> tuple[Summand, ...]:
        """The summands of an expression whose axes have the given labels."""
        rule = _RULES.get(type(node)) if heavy(node) else None
        return rule(self, node, labels) if rule is not None else (Summand((Factor(node, labels),)),)

    def product(self, *parts: tuple[Tensor, Labels]) -> tuple[Summand, ...]:
        """The summands of a product of expressions, multiplied out."""
        result = [Summand(())]
        for node, labels in parts:
            more = self.of(node, labels)
            result = [_joined(a, b) for a in result for b in more]
        return tuple(result)

    def summed(self, new: Range, body: Tensor) -> tuple[Range, Tensor]:
        """A sum over an index of its own: in ‖v‖² = v · v the indices of v are there twice."""
        name = new.variable
        while name in self._indices:
            name += "'"
        self._indices.add(name)
        own = {new.variable: Affine.of(name)}
        conditions = tuple(c.substitute(own) for c in new.conditions)
        return replace(new, variable=name, conditions=conditions), body if name == new.variable else substitute(body, own)


def _joined(a: Summand, b: Summand) -> Summand:
    return Summand((*a.factors, *b.factors), (*a.ranges, *b.ranges))


def _under(new: Range, parts: tuple[Summand, ...]) -> tuple[Summand, ...]:
    return tuple(Summand(part.factors, (new, *part.ranges)) for part in parts)


def _unit(index: Affine, label: str) -> Tensor:
    """The vector that is 1 at a component and 0 elsewhere."""
    return Build(_UNIT, label, Truth(Condition("=", Affine.of(_UNIT), index)))


def _dot(f: Flattening, n: Dot, labels: Labels) -> tuple[Summand, ...]:
    left = len(n.left.shape) - n.axes
    inner = f.fresh(n.axes)
    return f.product((n.left, (*labels[:left], *inner)), (n.right, (*inner, *labels[left:])))


def _permute(f: Flattening, n: Permute, labels: Labels) -> tuple[Summand, ...]:
    return f.of(n.argument, tuple(labels[n.order.index(j)] for j in range(len(labels))))


def _times(f: Flattening, n: Times, labels: Labels) -> tuple[Summand, ...]:
    return f.product((n.left, labels), (n.right, labels))


def _over(f: Flattening, n: Over, labels: Labels) -> tuple[Summand, ...]:
    if heavy(n.right):
        return (Summand((Factor(n, labels),)),)
    return f.product((n.left, labels), (Over(Full(_ONE, n.right.shape), n.right), labels))


def _plus(f: Flattening, n: Plus, labels: Labels) -> tuple[Summand, ...]:
    return tuple(part for term in n.terms for part in f.of(term, labels))


def _diag(f: Flattening, n: Diag, labels: Labels) -> tuple[Summand, ...]:
    return f.product((n.argument, labels[:1]), (Eye(n.shape[0]), labels))


def _diag_part(f: Flattening, n: DiagPart, labels: Labels) -> tuple[Summand, ...]:
    pair = (*labels, *f.fresh(1))
    return f.product((n.argument, pair), (Eye(n.shape[0]), pair))


def _pick(f: Flattening, n: Pick, labels: Labels) -> tuple[Summand, ...]:
    inner = f.fresh(len(n.indices))
    units = [(_unit(i, axis), (label,)) for i, axis, label in zip(n.indices, n.argument.shape, inner, strict=False)]
    return f.product((n.argument, (*inner, *labels)), *units)


def _build(f: Flattening, n: Build, labels: Labels) -> tuple[Summand, ...]:
    new, body = f.summed(Range(n.variable, Affine((), 1), size_of(n.label)), n.body)
    return _under(new, f.product((body, labels[1:]), (_unit(Affine.of(new.variable), n.label), labels[:1])))


def _sum(f: Flattening, n: Sum, labels: Labels) -> tuple[Summand, ...]:
    new, body = f.summed(Range(n.variable, n.lower, n.upper, n.conditions), n.body)
    return _under(new, f.of(body, labels))


_RULES: dict[type, Callable[[Flattening, Any, Labels], tuple[Summand, ...]]] = {
    Dot: _dot,
    Permute: _permute,
    Times: _times,
    Over: _over,
    Plus: _plus,
    Diag: _diag,
    DiagPart: _diag_part,
    Pick: _pick,
    Build: _build,
    Sum: _sum,
}
