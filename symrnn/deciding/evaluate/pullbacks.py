"""Reverse mode: an adjoint of an expression passed on to the quantities it mentions, one rule per node.

An adjoint of a node has the axes of some source first and those of the node last: it is the derivative of the source by the
node. `pull` hands the derivative of the source by every mentioned quantity to `sink`, a contribution for each place at
which the quantity stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.evaluate.evaluator import Env, Evaluator, Key, Unsupported, branch, key_of, position
from symrnn.language.tensors import (
    Build,
    Choose,
    Diag,
    DiagPart,
    Dot,
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
    mentioned,
)

Sink = Callable[[Key, Array], None]


@dataclass(frozen=True)
class Pull:
    """One way back: the evaluator, where contributions go, and the quantities of interest (None: all)."""

    evaluator: Evaluator
    sink: Sink
    among: frozenset[str] | None = None

    def __call__(self, node: Tensor, env: Env, adjoint: Array) -> None:
        """Passes an adjoint of `node` on. Raises Unsupported, and what evaluation raises."""
        if self.wants(node):
            _PULL[type(node)](self, node, env, adjoint)

    def wants(self, node: Tensor) -> bool:
        """Whether a quantity of interest stands in an expression."""
        found = mentioned(node)
        return bool(found) and (self.among is None or not found.isdisjoint(self.among))


def pulled(e: Evaluator, node: Tensor, env: Env, adjoint: Array, among: frozenset[str] | None = None) -> dict[Key, Array]:
    """What an adjoint of `node` gives for each quantity it mentions, contributions added up."""
    totals: dict[Key, Array] = {}

    def sink(key: Key, part: Array) -> None:
        totals[key] = e.algebra.add(totals[key], part) if key in totals else part

    Pull(e, sink, among)(node, env, adjoint)
    return totals


def _last(a: Array, count: int) -> Array:
    """The axes of `a` rotated so that its first axes come after the last `count` ones."""
    front = a.ndim - count
    return a.transpose((*range(front, a.ndim), *range(front)))


def _ref(pull: Pull, n: Ref, env: Env, adjoint: Array) -> None:
    pull.sink(key_of(n, env), adjoint)


def _dot(pull: Pull, n: Dot, env: Env, adjoint: Array) -> None:
    e, left, right = pull.evaluator, len(n.left.shape) - n.axes, len(n.right.shape) - n.axes
    source = adjoint.ndim - left - right
    if pull.wants(n.left):
        turned = _last(e.value(n.right, env), right) if n.axes else e.value(n.right, env)
        pull(n.left, env, e.algebra.contract(adjoint, turned, right))
    if pull.wants(n.right):
        order = (*range(source), *range(source + left, adjoint.ndim), *range(source, source + left))
        part = e.algebra.contract(adjoint.transpose(order), e.value(n.left, env), left)
        back = (*range(source), *range(source + right, part.ndim), *range(source, source + right))
        pull(n.right, env, part.transpose(back))


def _permute(pull: Pull, n: Permute, env: Env, adjoint: Array) -> None:
    source = adjoint.ndim - len(n.order)
    inverse = sorted(range(len(n.order)), key=n.order.__getitem__)
    pull(n.argument, env, adjoint.transpose((*range(source), *(source + j for j in inverse))))


def _times(pull: Pull, n: Times, env: Env, adjoint: Array) -> None:
    for moving, fixed in ((n.left, n.right), (n.right, n.left)):
        if pull.wants(moving):
            pull(moving, env, pull.evaluator.algebra.multiply(adjoint, pull.evaluator.value(fixed, env)))


def _over(pull: Pull, n: Over, env: Env, adjoint: Array) -> None:
    e = pull.evaluator
    share = e.algebra.divide(adjoint, e.value(n.right, env))
    pull(n.left, env, share)
    if pull.wants(n.right):
        minus = e.algebra.multiply(e.algebra.full(Fraction(-1), ()), e.value(n, env))
        pull(n.right, env, e.algebra.multiply(share, minus))


def _plus(pull: Pull, n: Plus, env: Env, adjoint: Array) -> None:
    for part in n.terms:
        pull(part, env, adjoint)


def _power(pull: Pull, n: Power, env: Env, adjoint: Array) -> None:
    if n.exponent:
        algebra = pull.evaluator.algebra
        less = algebra.power(pull.evaluator.value(n.base, env), n.exponent - 1)
        slope = algebra.multiply(algebra.full(Fraction(n.exponent), ()), less)
        pull(n.base, env, algebra.multiply(adjoint, slope))


def _map(pull: Pull, n: Map, env: Env, adjoint: Array) -> None:
    slope = pull.evaluator.value(Map(n.function, n.order + 1, n.argument), env)
    pull(n.argument, env, pull.evaluator.algebra.multiply(adjoint, slope))


def _softmax(pull: Pull, n: Softmax, env: Env, adjoint: Array) -> None:
    algebra, p = pull.evaluator.algebra, pull.evaluator.value(n, env)
    minus_mean = algebra.multiply(algebra.full(Fraction(-1), ()), algebra.contract(adjoint, p, 1))
    pull(n.argument, env, algebra.multiply(algebra.add(adjoint, minus_mean[..., np.newaxis]), p))


def _diag(pull: Pull, n: Diag, env: Env, adjoint: Array) -> None:
    pull(n.argument, env, np.diagonal(adjoint, axis1=-2, axis2=-1).copy())


def _diag_part(pull: Pull, n: DiagPart, env: Env, adjoint: Array) -> None:
    size = adjoint.shape[-1]
    whole = pull.evaluator.zero((*adjoint.shape, size))
    for i in range(size):
        whole[..., i, i] = adjoint[..., i]
    pull(n.argument, env, whole)


def _pick(pull: Pull, n: Pick, env: Env, adjoint: Array) -> None:
    shape = pull.evaluator.shape(n.argument)
    place: tuple[Any, ...] = (Ellipsis, *position(n.indices, shape, env), *([slice(None)] * len(n.shape)))
    whole = pull.evaluator.zero((*adjoint.shape[: adjoint.ndim - len(n.shape)], *shape))
    whole[place] = adjoint
    pull(n.argument, env, whole)


def _build(pull: Pull, n: Build, env: Env, adjoint: Array) -> None:
    rows = np.moveaxis(adjoint, adjoint.ndim - len(n.shape), 0)
    for i in range(len(rows)):
        pull(n.body, {**env, n.variable: i + 1}, np.asarray(rows[i], dtype=adjoint.dtype))


def _sum(pull: Pull, n: Sum, env: Env, adjoint: Array) -> None:
    for inner in pull.evaluator.terms(n, env):
        pull(n.body, inner, adjoint)


def _product(pull: Pull, n: Product, env: Env, adjoint: Array) -> None:
    """d(A B C) = dA B C + A dB C + A B dC."""
    e = pull.evaluator
    for i in e.range(n, env) if pull.wants(n.body) else ():
        before = e.part_of_product(n, env, range(n.lower.value(env), i))
        after = e.part_of_product(n, env, range(i + 1, n.upper.value(env) + 1))
        if not n.shape:
            share = e.algebra.multiply(adjoint, e.algebra.multiply(before, after))
        else:
            left, right = (after, before) if n.falling else (before, after)
            turned = e.algebra.contract(adjoint, right.T, 1).swapaxes(-1, -2)
            share = e.algebra.contract(turned, left, 1).swapaxes(-1, -2)
        pull(n.body, {**env, n.variable: i}, share)


def _choose(pull: Pull, n: Choose, env: Env, adjoint: Array) -> None:
    pull(branch(n, env), env, adjoint)


def _second(pull: Pull, n: Jac, env: Env, adjoint: Array) -> None:
    raise Unsupported("a second derivative")


_PULL: dict[type, Callable[[Pull, Any, Env, Array], None]] = {
    Ref: _ref,
    Jac: _second,
    Dot: _dot,
    Permute: _permute,
    Times: _times,
    Over: _over,
    Plus: _plus,
    Power: _power,
    Map: _map,
    Softmax: _softmax,
    Diag: _diag,
    DiagPart: _diag_part,
    Pick: _pick,
    Build: _build,
    Sum: _sum,
    Product: _product,
    Choose: _choose,
}
