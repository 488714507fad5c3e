"""Tensor expressions to numbers: one rule per node, whatever the algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.deciding.algebras.base import Algebra, Array
from symrnn.language.budget import spend
from symrnn.language.tensors import (
    Affine,
    Build,
    Choose,
    Const,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Product,
    Ref,
    Sizes,
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
)

Env = Mapping[str, int]
Key = tuple[str, int | None]

_TOO_MANY_TERMS = 10_000
_VALUE_COST = 50


class OutOfRange(Exception):
    """A quantity was asked for at a time, or a component at a position, where there is none."""


class BadRange(Exception):
    """A sum or product runs from a bound to a lower one by more than the empty range: nothing is meant there."""


class Unsupported(Exception):
    """The expression is understood, but this engine has no rule for it (such as a second derivative)."""


@dataclass(frozen=True)
class Instance:
    """The sizes of a network: number of time steps and size of every axis label."""

    steps: int
    sizes: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(Sizes(dict(self.sizes)).items()))

    def size(self, label: str) -> int:
        return dict(self.sizes)[label]

    def with_size(self, label: str, size: int) -> Instance:
        """The same instance with one axis resized."""
        return Instance(self.steps, tuple((n, size if n == label else s) for n, s in self.sizes))

    def wider(self, steps: int) -> Instance:
        """The instance with so many steps in which each axis is larger by one."""
        return Instance(steps, tuple((label, size + 1) for label, size in self.sizes))


class Evaluator:
    """Values of tensor expressions, given those of the quantities they refer to."""

    def __init__(self, algebra: Algebra, sizes: Mapping[str, int]) -> None:
        self.algebra = algebra
        self.sizes = Sizes(sizes)
        self._values: dict[tuple[object, ...], Array] = {}

    def quantity(self, key: Key) -> Array:
        """The value of a quantity at a time."""
        raise NotImplementedError

    def shape(self, node: Tensor) -> tuple[int, ...]:
        """The sizes of the axes of a node."""
        return tuple(self.sizes[label] for label in node.shape)

    def value(self, node: Tensor, env: Env) -> Array:
        """The value of an expression, with `env` giving its free index variables.

        Raises OutOfRange, BadRange, Unsupported, and what the algebra raises.
        """
        key = (node, *map(env.__getitem__, node.indices_in_order))
        known = self._values.get(key)
        if known is None:
            spend(_VALUE_COST)
            known = _VALUE[type(node)](self, node, env)
            if self.keeps(known):
                self._values[key] = known
        return known

    def keeps(self, value: Array) -> bool:
        """Whether a value is remembered for the next time it is asked for."""
        return True

    def zero(self, shape: tuple[int, ...]) -> Array:
        return self.algebra.full(Fraction(0), shape)

    def derivative(self, node: Jac, env: Env) -> Array:
        raise Unsupported("a derivative inside a defining equation")

    def range(self, node: Sum | Product, env: Env) -> range:
        """The values of the bound variable. Raises BadRange."""
        low, high = node.lower.value(env), node.upper.value(env)
        if high < low - 1:
            raise BadRange(f"{node.variable} runs from {low} to {high}")
        if high - low >= _TOO_MANY_TERMS:
            raise Unsupported(f"a sum or product of {high - low + 1} terms")
        return range(low, high + 1)

    def part_of_product(self, node: Product, env: Env, values: Iterable[int]) -> Array:
        """The factors of an ordered product for some values of its variable, multiplied in its order."""
        total: Array | None = None
        for i in values:
            factor = self.value(node.body, {**env, node.variable: i})
            total = factor if total is None else _next_factor(self, node, total, factor)
        if total is not None:
            return total
        return self.algebra.eye(self.sizes[node.shape[0]]) if node.shape else self.algebra.full(Fraction(1), ())

    def terms(self, node: Sum, env: Env) -> Iterator[dict[str, int]]:
        """The environments of the terms of a sum."""
        for i in self.range(node, env):
            inner = {**env, node.variable: i}
            if all(c.holds(inner) for c in node.conditions):
                yield inner


def key_of(ref: Ref, env: Env) -> Key:
    """The quantity and the time that a reference stands for."""
    return ref.quantity, None if ref.time is None else ref.time.value(env)


def entry_name(key: Key) -> str:
    """The name of a free quantity at a time, for the algebras."""
    return key[0] if key[1] is None else f"{key[0]}@{key[1]}"


def references(node: Tensor, env: Env, evaluator: Evaluator) -> Iterator[Key]:
    """Every quantity that an expression mentions, with its time, over all terms of its sums."""
    if isinstance(node, Ref):
        yield key_of(node, env)
    elif isinstance(node, Jac):
        raise Unsupported("a second derivative")
    elif isinstance(node, Sum):
        for inner in evaluator.terms(node, env):
            yield from references(node.body, inner, evaluator)
    elif isinstance(node, Product):
        for i in evaluator.range(node, env):
            yield from references(node.body, {**env, node.variable: i}, evaluator)
    elif isinstance(node, Build):
        for i in range(1, evaluator.sizes[node.label] + 1):
            yield from references(node.body, {**env, node.variable: i}, evaluator)
    elif isinstance(node, Choose):
        yield from references(branch(node, env), env, evaluator)
    else:
        for child in node.parts:
            yield from references(child, env, evaluator)


def branch(node: Choose, env: Env) -> Tensor:
    """The case that applies. Raises OutOfRange when none does."""
    for value, conditions in node.branches:
        if all(c.holds(env) for c in conditions):
            return value
    raise OutOfRange("no case applies")


def position(indices: tuple[Affine, ...], shape: tuple[int, ...], env: Env) -> tuple[int, ...]:
    """Components as positions in an array. Raises OutOfRange."""
    counted = tuple(i.value(env) for i in indices)
    if any(not 1 <= p <= n for p, n in zip(counted, shape, strict=False)):
        raise OutOfRange(f"component {', '.join(map(str, counted))}")
    return tuple(p - 1 for p in counted)


def _scalar(a: Any, algebra: Algebra) -> Array:
    return np.asarray(a, dtype=algebra.dtype)


# ---------------------------------------------------------------------------------------------------- values


def _plus(e: Evaluator, node: Plus, env: Env) -> Array:
    total = e.value(node.terms[0], env)
    for term in node.terms[1:]:
        total = e.algebra.add(total, e.value(term, env))
    return total


def _sum(e: Evaluator, node: Sum, env: Env) -> Array:
    total: Array | None = None
    for inner in e.terms(node, env):
        term = e.value(node.body, inner)
        total = term if total is None else e.algebra.add(total, term)
    return e.zero(e.shape(node)) if total is None else total


def _product(e: Evaluator, node: Product, env: Env) -> Array:
    return e.part_of_product(node, env, e.range(node, env))


def _next_factor(e: Evaluator, node: Product, total: Array, factor: Array) -> Array:
    if not node.shape:
        return e.algebra.multiply(total, factor)
    return e.algebra.contract(factor, total, 1) if node.falling else e.algebra.contract(total, factor, 1)


def _build(e: Evaluator, node: Build, env: Env) -> Array:
    rows = [e.value(node.body, {**env, node.variable: i}) for i in range(1, e.sizes[node.label] + 1)]
    result = np.empty(e.shape(node), dtype=e.algebra.dtype)
    for position, row in enumerate(rows):
        result[position] = row[()]
    return result


def _diag(e: Evaluator, node: Diag, env: Env) -> Array:
    vector = e.value(node.argument, env)
    result = e.zero((len(vector), len(vector)))
    for i, x in enumerate(vector):
        result[i, i] = x
    return result


def _pick(e: Evaluator, node: Pick, env: Env) -> Array:
    whole = e.value(node.argument, env)
    return _scalar(whole[position(node.indices, whole.shape, env)], e.algebra)


def _truth(e: Evaluator, node: Truth, env: Env) -> Array:
    return e.algebra.full(Fraction(int(node.condition.holds(env))), ())


_VALUE: dict[type, Callable[[Evaluator, Any, Env], Array]] = {
    Const: lambda e, n, env: e.algebra.full(n.value, ()),
    Integer: lambda e, n, env: e.algebra.full(Fraction(n.index.value(env)), ()),
    Full: lambda e, n, env: e.algebra.full(n.value, e.shape(n)),
    Eye: lambda e, n, env: e.algebra.eye(e.sizes[n.label]),
    Ref: lambda e, n, env: e.quantity(key_of(n, env)),
    Jac: lambda e, n, env: e.derivative(n, env),
    Dot: lambda e, n, env: e.algebra.contract(e.value(n.left, env), e.value(n.right, env), n.axes),
    Permute: lambda e, n, env: e.value(n.argument, env).transpose(n.order),
    Times: lambda e, n, env: e.algebra.multiply(e.value(n.left, env), e.value(n.right, env)),
    Over: lambda e, n, env: e.algebra.divide(e.value(n.left, env), e.value(n.right, env)),
    Plus: _plus,
    Power: lambda e, n, env: e.algebra.power(e.value(n.base, env), n.exponent),
    Map: lambda e, n, env: e.algebra.function(n.function, n.order, e.value(n.argument, env)),
    Softmax: lambda e, n, env: e.algebra.softmax(e.value(n.argument, env)),
    Diag: _diag,
    DiagPart: lambda e, n, env: _scalar(np.diagonal(e.value(n.argument, env)).copy(), e.algebra),
    Pick: _pick,
    Build: _build,
    Sum: _sum,
    Product: _product,
    Choose: lambda e, n, env: e.value(branch(n, env), env),
    Truth: _truth,
}
