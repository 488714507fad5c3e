"""Tensor expressions to numbers: one rule per node, whatever the algebra.

`Evaluator` knows values and tangents; `World` adds the network: the quantities of a model, unrolled over the time steps of
an instance, with their Jacobians by the chain rule. What an algebra does not override is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.algebras.base import Algebra, Array
from symrnn.model import Model, Quantity
from symrnn.tensors import (
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
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
    subtensors,
)

Env = Mapping[str, int]
Key = tuple[str, int | None]
Leaf = Callable[[Key], Array | None]

_TOO_MANY_TERMS = 10_000


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

    def size(self, label: str) -> int:
        return dict(self.sizes)[label]

    def with_size(self, label: str, size: int) -> Instance:
        """The same instance with one axis resized."""
        return Instance(self.steps, tuple((n, size if n == label else s) for n, s in self.sizes))


class Evaluator:
    """Values and tangents of tensor expressions, given the values of the quantities they refer to."""

    def __init__(self, algebra: Algebra, sizes: Mapping[str, int], leaf: Callable[[Key], Array]) -> None:
        self.algebra = algebra
        self.sizes = dict(sizes)
        self.leaf = leaf
        self._values: dict[tuple[object, ...], Array] = {}

    def shape(self, node: Tensor) -> tuple[int, ...]:
        """The sizes of the axes of a node."""
        return tuple(self.sizes[label] for label in node.shape)

    def value(self, node: Tensor, env: Env) -> Array:
        """The value of an expression, with `env` giving its free index variables.

        Raises OutOfRange, BadRange, Unsupported, and what the algebra raises.
        """
        key = (node, *(env[name] for name in sorted(node.free)))
        known = self._values.get(key)
        if known is None:
            known = _VALUE[type(node)](self, node, env)
            self._values[key] = known
        return known

    def tangent(self, node: Tensor, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
        """The derivative of `node` along a seed of shape `seed` (trailing axes), None when it is zero.

        `leaf` gives the derivative of a quantity, with the seed's axes last, or None for zero.
        """
        return _TANGENT[type(node)](self, node, env, seed, leaf)

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

    def terms(self, node: Sum, env: Env) -> Iterator[dict[str, int]]:
        """The environments of the terms of a sum."""
        for i in self.range(node, env):
            inner = {**env, node.variable: i}
            if all(c.holds(inner) for c in node.conditions):
                yield inner


class World(Evaluator):
    """A network unrolled over the time steps of an instance, in one algebra."""

    def __init__(self, model: Model, instance: Instance, algebra: Algebra) -> None:
        super().__init__(algebra, dict(instance.sizes), self.quantity)
        self.model = model
        self.instance = instance
        self.first = model.first
        self.last = model.first + instance.steps - 1
        self.base_env: dict[str, int] = {f"|{label}|": size for label, size in instance.sizes}
        if model.horizon:
            self.base_env[model.horizon] = self.last - model.horizon_offset
        self._quantities: dict[Key, Array] = {}
        self._locals: dict[Key, dict[Key, Array]] = {}
        self._sweeps: dict[tuple[Key, bool], dict[Key, Array | None]] = {}
        self._orders: dict[tuple[Key, bool], list[Key]] = {}

    def quantity(self, key: Key) -> Array:
        """The value of a quantity at a time. Raises OutOfRange."""
        known = self._quantities.get(key)
        if known is None:
            self._earlier(key)
            known = self._quantity(key)
            self._quantities[key] = known
        return known

    def _earlier(self, key: Key) -> None:
        """Computes a state's history first, so that a long sequence is a loop and no recursion."""
        recurrence, time = self.model.quantities[key[0]].recurrence, key[1]
        if time is None or not recurrence:
            return
        steps = range(self.first, time) if recurrence < 0 else range(self.last, time, -1)
        for step in steps:
            if (key[0], step) not in self._quantities:
                self._quantities[key[0], step] = self._quantity((key[0], step))

    def _quantity(self, key: Key) -> Array:
        quantity = self.model.quantities[key[0]]
        definition = self.definition(key)
        if definition is not None:
            return self.value(definition, self.env_at(key[1]))
        shape = tuple(self.sizes[label] for label in quantity.shape)
        if self._vanishes(quantity, key[1]):
            return self.zero(shape)
        return self.free(key, shape)

    def free(self, key: Key, shape: tuple[int, ...]) -> Array:
        """The value of a quantity that nothing defines."""
        return self.algebra.free(entry_name(key), shape)

    def _vanishes(self, quantity: Quantity, time: int | None) -> bool:
        return quantity.recurrence > 0 and time is not None and time > self.last

    def definition(self, key: Key) -> Tensor | None:
        """The expression that defines a quantity at a time; None where it is free. Raises OutOfRange."""
        quantity, time = self.model.quantities[key[0]], key[1]
        if time is not None:
            for at, expression in quantity.special:
                if at.value(self.base_env) == time:
                    return expression
        if quantity.definition is None:
            return None
        if time is not None and quantity.recurrence < 0 and time < self.first:
            if time < self.first + quantity.recurrence:
                raise OutOfRange(f"{quantity.text} at time {time}, before the initial state")
            return None
        if time is not None and quantity.recurrence > 0 and time > self.last:
            return None
        return quantity.definition

    def env_at(self, time: int | None) -> dict[str, int]:
        """The environment in which a definition is evaluated."""
        return self.base_env if time is None else {**self.base_env, "t": time}

    def derivative(self, node: Jac, env: Env) -> Array:
        """A total or explicit derivative, by the chain rule over the quantities of the network."""
        wrt = key_of(node.wrt, env)
        seed = self.shape(node.wrt)
        self.quantity(wrt)

        def leaf(key: Key) -> Array | None:
            return self.jacobian(key, wrt, node.explicit)

        result = self.tangent(node.numerator, env, seed, leaf)
        return self.zero((*self.shape(node.numerator), *seed)) if result is None else result

    def jacobian(self, source: Key, target: Key, explicit: bool) -> Array | None:
        """The derivative of one quantity by another, axes of the source first; None when it does not depend on it.

        With `explicit`, only through quantities at the source's time. Works backwards from the source, over the quantities
        between the two only, and keeps what it finds.
        """
        adjoints = self._sweeps.setdefault((source, explicit), {source: self._identity(source)})
        if target not in adjoints:
            adjoints[target] = None
            self._extend(adjoints, source, target, explicit)
        return adjoints[target]

    def _extend(self, adjoints: dict[Key, Array | None], source: Key, target: Key, explicit: bool) -> None:
        order = self._ordered(source, explicit)
        if target not in order:
            return
        between = {target}
        for key in reversed(order):
            if any(child in between for child, _ in self._edges(key, source, explicit)):
                between.add(key)
        rank = len(self.model.quantities[source[0]].shape)
        sums: dict[Key, Array] = {}
        for key in order:
            if key not in between:
                continue
            if key in sums:
                adjoints[key] = self.settled(source, key, sums.pop(key))
            adjoint = adjoints.get(key)
            if adjoint is None:
                continue
            for child, local in self._edges(key, source, explicit):
                if child in between and adjoints.get(child) is None:
                    term = self.algebra.contract(adjoint, local, adjoint.ndim - rank)
                    sums[child] = self.algebra.add(sums[child], term) if child in sums else term

    def settled(self, source: Key, key: Key, adjoint: Array) -> Array:
        """What to keep of an adjoint once it is complete."""
        return adjoint

    def _edges(self, key: Key, source: Key, explicit: bool) -> Iterator[tuple[Key, Array]]:
        for child, local in self.local(key).items():
            if not explicit or child[1] is None or source[1] is None or child[1] == source[1]:
                yield child, local

    def _ordered(self, source: Key, explicit: bool) -> list[Key]:
        """Every quantity that `source` depends on, each before those that it depends on itself (no recursion: T may be large)."""
        known = self._orders.get((source, explicit))
        if known is not None:
            return known
        done: list[Key] = []
        seen: set[Key] = {source}
        stack: list[tuple[Key, Iterator[tuple[Key, Array]]]] = [(source, self._edges(source, source, explicit))]
        while stack:
            key, edges = stack[-1]
            for child, _ in edges:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, self._edges(child, source, explicit)))
                    break
            else:
                stack.pop()
                done.append(key)
        self._orders[source, explicit] = done[::-1]
        return self._orders[source, explicit]

    def _identity(self, key: Key) -> Array:
        shape = self.quantity(key).shape
        size = int(np.prod(shape, dtype=int))
        return self.algebra.eye(size).reshape((*shape, *shape))

    def local(self, key: Key) -> dict[Key, Array]:
        """The partial derivatives of the defining equation of a quantity by the quantities that stand in it."""
        known = self._locals.get(key)
        if known is None:
            definition = self.definition(key)
            known = {} if definition is None else self._local(definition, self.env_at(key[1]))
            self._locals[key] = known
        return known

    def _local(self, definition: Tensor, env: Env) -> dict[Key, Array]:
        result = {}
        for child in dict.fromkeys(references(definition, env, self)):
            seed = self.quantity(child).shape
            local = self.tangent(definition, env, seed, {child: self._identity(child)}.get)
            if local is not None:
                result[child] = local
        return result


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
        yield from references(_branch(node, env), env, evaluator)
    else:
        for child in subtensors(node):
            yield from references(child, env, evaluator)


def _branch(node: Choose, env: Env) -> Tensor:
    for value, conditions in node.branches:
        if all(c.holds(env) for c in conditions):
            return value
    raise OutOfRange("no case applies")


def _position(indices: tuple[Affine, ...], shape: tuple[int, ...], env: Env) -> tuple[int, ...]:
    position = tuple(i.value(env) for i in indices)
    if any(not 1 <= p <= n for p, n in zip(position, shape, strict=False)):
        raise OutOfRange(f"component {', '.join(map(str, position))}")
    return tuple(p - 1 for p in position)


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
    total: Array | None = None
    for i in e.range(node, env):
        factor = e.value(node.body, {**env, node.variable: i})
        total = factor if total is None else _next_factor(e, node, total, factor)
    if total is not None:
        return total
    return e.algebra.eye(e.sizes[node.shape[0]]) if node.shape else e.algebra.full(Fraction(1), ())


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
    return _scalar(whole[_position(node.indices, whole.shape, env)], e.algebra)


def _truth(e: Evaluator, node: Truth, env: Env) -> Array:
    return e.algebra.full(Fraction(int(node.condition.holds(env))), ())


_VALUE: dict[type, Callable[[Evaluator, Any, Env], Array]] = {
    Const: lambda e, n, env: e.algebra.full(n.value, ()),
    Integer: lambda e, n, env: e.algebra.full(Fraction(n.index.value(env)), ()),
    Full: lambda e, n, env: e.algebra.full(n.value, e.shape(n)),
    Eye: lambda e, n, env: e.algebra.eye(e.sizes[n.label]),
    Ref: lambda e, n, env: e.leaf(key_of(n, env)),
    Jac: lambda e, n, env: e.derivative(n, env),
    Dot: lambda e, n, env: e.algebra.contract(e.value(n.left, env), e.value(n.right, env), n.axes),
    Permute: lambda e, n, env: e.value(n.argument, env).transpose(n.order),
    Times: lambda e, n, env: e.algebra.multiply(e.value(n.left, env), e.value(n.right, env)),
    Over: lambda e, n, env: e.algebra.divide(e.value(n.left, env), e.value(n.right, env)),
    Plus: _plus,
    Power: lambda e, n, env: e.algebra.power(e.value(n.base, env), n.exponent),
    Map: lambda e, n, env: e.algebra.map(n.function, n.order, e.value(n.argument, env)),
    Softmax: lambda e, n, env: e.algebra.softmax(e.value(n.argument, env)),
    Diag: _diag,
    DiagPart: lambda e, n, env: _scalar(np.diagonal(e.value(n.argument, env)).copy(), e.algebra),
    Pick: _pick,
    Build: _build,
    Sum: _sum,
    Product: _product,
    Choose: lambda e, n, env: e.value(_branch(n, env), env),
    Truth: _truth,
}


# -------------------------------------------------------------------------------------------------- tangents


def _sum_of(e: Evaluator, parts: list[Array | None]) -> Array | None:
    total: Array | None = None
    for part in parts:
        if part is not None:
            total = part if total is None else e.algebra.add(total, part)
    return total


def _trailing(e: Evaluator, a: Array, axes: int) -> Array:
    """`a` with `axes` axes of size one at its end, to multiply a tangent elementwise."""
    return a.reshape((*a.shape, *([1] * axes)))


def _dot_tangent(e: Evaluator, n: Dot, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    left, right = e.tangent(n.left, env, seed, leaf), e.tangent(n.right, env, seed, leaf)
    parts: list[Array | None] = []
    if right is not None:
        parts.append(e.algebra.contract(e.value(n.left, env), right, n.axes))
    if left is not None:
        # The seed's axes are last in the tangent: bring the contracted ones behind them, then the seed's to the end.
        kept, s = len(n.left.shape) - n.axes, len(seed)
        order = (*range(kept), *range(left.ndim - s, left.ndim), *range(kept, kept + n.axes))
        part = e.algebra.contract(left.transpose(order), e.value(n.right, env), n.axes)
        rest = part.ndim - kept - s
        parts.append(part.transpose((*range(kept), *range(kept + s, kept + s + rest), *range(kept, kept + s))))
    return _sum_of(e, parts)


def _times_tangent(e: Evaluator, n: Times, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    parts: list[Array | None] = []
    for moving, fixed in ((n.left, n.right), (n.right, n.left)):
        change = e.tangent(moving, env, seed, leaf)
        if change is not None:
            parts.append(e.algebra.multiply(_trailing(e, e.value(fixed, env), len(seed)), change))
    return _sum_of(e, parts)


def _over_tangent(e: Evaluator, n: Over, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    top, bottom = e.tangent(n.left, env, seed, leaf), e.tangent(n.right, env, seed, leaf)
    divisor = _trailing(e, e.value(n.right, env), len(seed))
    parts: list[Array | None] = []
    if top is not None:
        parts.append(e.algebra.divide(top, divisor))
    if bottom is not None:
        quotient = _trailing(e, e.value(n, env), len(seed))
        minus = e.algebra.full(Fraction(-1), ())
        parts.append(e.algebra.divide(e.algebra.multiply(minus, e.algebra.multiply(quotient, bottom)), divisor))
    return _sum_of(e, parts)


def _power_tangent(e: Evaluator, n: Power, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    change = e.tangent(n.base, env, seed, leaf)
    if change is None or n.exponent == 0:
        return None
    slope = e.algebra.multiply(e.algebra.full(Fraction(n.exponent), ()), e.algebra.power(e.value(n.base, env), n.exponent - 1))
    return e.algebra.multiply(_trailing(e, slope, len(seed)), change)


def _map_tangent(e: Evaluator, n: Map, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    change = e.tangent(n.argument, env, seed, leaf)
    if change is None:
        return None
    slope = e.algebra.map(n.function, n.order + 1, e.value(n.argument, env))
    return e.algebra.multiply(_trailing(e, slope, len(seed)), change)


def _softmax_tangent(e: Evaluator, n: Softmax, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    change = e.tangent(n.argument, env, seed, leaf)
    if change is None:
        return None
    p = e.value(n, env)
    minus_mean = e.algebra.multiply(e.algebra.full(Fraction(-1), ()), e.algebra.contract(p, change, 1))
    return e.algebra.multiply(_trailing(e, p, len(seed)), e.algebra.add(change, minus_mean[np.newaxis]))


def _diag_tangent(e: Evaluator, n: Diag, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    change = e.tangent(n.argument, env, seed, leaf)
    if change is None:
        return None
    result = e.zero((len(change), *change.shape))
    for i in range(len(change)):
        result[i, i] = change[i]
    return result


def _diag_part_tangent(e: Evaluator, n: DiagPart, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    change = e.tangent(n.argument, env, seed, leaf)
    return None if change is None else np.stack([change[i, i] for i in range(len(change))])


def _pick_tangent(e: Evaluator, n: Pick, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    position = _position(n.indices, e.shape(n.argument), env)
    change = e.tangent(n.argument, env, seed, leaf)
    return None if change is None else _scalar(change[position], e.algebra)


def _build_tangent(e: Evaluator, n: Build, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    rows = [e.tangent(n.body, {**env, n.variable: i}, seed, leaf) for i in range(1, e.sizes[n.label] + 1)]
    if all(row is None for row in rows):
        return None
    result = e.zero((*e.shape(n), *seed))
    for position, row in enumerate(rows):
        if row is not None:
            result[position] = row[()]
    return result


def _permute_tangent(e: Evaluator, n: Permute, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    change = e.tangent(n.argument, env, seed, leaf)
    return None if change is None else change.transpose((*n.order, *range(len(n.order), change.ndim)))


def _sum_tangent(e: Evaluator, n: Sum, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    return _sum_of(e, [e.tangent(n.body, inner, seed, leaf) for inner in e.terms(n, env)])


def _product_tangent(e: Evaluator, n: Product, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    if any(e.tangent(n.body, {**env, n.variable: i}, seed, leaf) is not None for i in e.range(n, env)):
        raise Unsupported("the derivative of an ordered product")
    return None


def _nothing(e: Evaluator, n: Tensor, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    return None


def _second(e: Evaluator, n: Jac, env: Env, seed: tuple[int, ...], leaf: Leaf) -> Array | None:
    raise Unsupported("a second derivative")


_TANGENT: dict[type, Callable[[Evaluator, Any, Env, tuple[int, ...], Leaf], Array | None]] = {
    Const: _nothing,
    Integer: _nothing,
    Full: _nothing,
    Eye: _nothing,
    Truth: _nothing,
    Ref: lambda e, n, env, seed, leaf: leaf(key_of(n, env)),
    Jac: _second,
    Dot: _dot_tangent,
    Permute: _permute_tangent,
    Times: _times_tangent,
    Over: _over_tangent,
    Plus: lambda e, n, env, seed, leaf: _sum_of(e, [e.tangent(t, env, seed, leaf) for t in n.terms]),
    Power: _power_tangent,
    Map: _map_tangent,
    Softmax: _softmax_tangent,
    Diag: _diag_tangent,
    DiagPart: _diag_part_tangent,
    Pick: _pick_tangent,
    Build: _build_tangent,
    Sum: _sum_tangent,
    Product: _product_tangent,
    Choose: lambda e, n, env, seed, leaf: e.tangent(_branch(n, env), env, seed, leaf),
}
