"""Sums and products of tensors as a person would leave them: numbers in front, nothing times one, no sign before a bracket."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeGuard

from symrnn.language.tensors import Affine, Const, Diag, Dot, Eye, Full, Over, Permute, Plus, Power, Product, Sum, Tensor, Times

ONE = Const(Fraction(1))


def constant_value(node: Tensor) -> Fraction | None:
    """The value of a constant scalar; None for anything else."""
    if isinstance(node, Const):
        return node.value
    parts = (node.left, node.right) if isinstance(node, (Over, Dot)) and not node.shape else ()
    values = [constant_value(part) for part in parts]
    if len(values) != 2 or values[0] is None or values[1] is None or (isinstance(node, Dot) and node.axes):
        return None
    return values[0] * values[1] if isinstance(node, Dot) else values[0] / values[1] if values[1] else None


def split(node: Tensor) -> tuple[Fraction, Tensor]:
    """A tensor as a number times the rest of it."""
    value = constant_value(node)
    if value is not None:
        return value, ONE
    if isinstance(node, Dot) and not node.axes and not node.left.shape:
        factor, rest = split(node.left)
        other, core = split(node.right)
        return factor * other, core if rest is ONE else rest if core is ONE else Dot(rest, core, 0)
    return Fraction(1), node


def scaled(factor: Fraction | int, node: Tensor) -> Tensor:
    """A number times a tensor; the sign goes into a difference, so that ``-(y - p)`` is ``p - y``."""
    own, core = split(node)
    factor = factor * own
    if core is ONE:
        return Const(Fraction(factor))
    if factor < 0 and isinstance(core, Plus) and _is_difference(core):
        core, factor = Plus(tuple(_positive_first([scaled(-1, term) for term in core.terms]))), -factor
    return core if factor == 1 else Dot(Const(Fraction(factor)), core, 0)


def _is_difference(node: Plus) -> bool:
    """Whether a sum has a negative term, and is not what is left of one: ``1 - y`` stays as it is."""
    parts = [split(term) for term in node.terms]
    whole = any(core is ONE or isinstance(core, Full) for factor, core in parts if factor > 0)
    return not whole and any(factor < 0 for factor, _ in parts)


def _positive_first(terms: list[Tensor]) -> list[Tensor]:
    return sorted(terms, key=lambda term: split(term)[0] < 0)


def plus(terms: Iterable[Tensor]) -> Tensor | None:
    """A sum with equal terms taken together; None for nothing."""
    found: dict[Tensor, Fraction] = {}
    for term in terms:
        for part in term.terms if isinstance(term, Plus) else (term,):
            factor, core = split(part)
            found[core] = found.get(core, Fraction(0)) + factor
    kept = _positive_first([scaled(factor, core) for core, factor in found.items() if factor])
    return None if not kept else kept[0] if len(kept) == 1 else _common_factor(kept)


def _common_factor(terms: list[Tensor]) -> Tensor:
    """A sum of elementwise products with one first factor, as that factor times a sum: g ⊙ a - g ⊙ b is g ⊙ (a - b)."""
    parts = [split(term) for term in terms]
    first = parts[0][1]
    if isinstance(first, Times) and all(isinstance(core, Times) and core.left is first.left for _, core in parts):
        return Times(first.left, Plus(tuple(scaled(factor, core.right) for factor, core in parts if isinstance(core, Times))))
    return Plus(tuple(terms))


def times(left: Tensor, right: Tensor) -> Tensor:
    """The elementwise product; of numbers the product. A diagonal matrix times a matrix is `weighted`."""
    (a, left), (b, right) = split(left), split(right)
    if left is ONE or (isinstance(left, Full) and left.value == 1):
        return scaled(a * b, right)
    if right is ONE or (isinstance(right, Full) and right.value == 1):
        return scaled(a * b, left)
    if not left.shape or not right.shape:
        first, second = (left, right) if not left.shape else (right, left)
        return scaled(a * b, Dot(first, second, 0))
    for first, second, leads in ((left, right, True), (right, left, False)):
        if _has_scalar(first):
            return scaled(a * b, dot(first.left, times(first.right, second) if leads else times(second, first.right), 0))
    return scaled(a * b, Times(left, right))


def _has_scalar(node: Tensor) -> TypeGuard[Dot]:
    """Whether a scalar stands in front of a tensor."""
    return isinstance(node, Dot) and not node.axes and not node.left.shape and bool(node.shape)


def dot(left: Tensor, right: Tensor, axes: int) -> Tensor:
    """A contraction; with no axes the outer product or a scalar multiple."""
    (a, left), (b, right) = split(left), split(right)
    if axes == 0 and (not left.shape or not right.shape):
        return scaled(a * b, times(left, right))
    for first, second, number_left in ((left, right, True), (right, left, False)):
        if _has_scalar(first):
            rest = dot(first.right, second, axes) if number_left else dot(second, first.right, axes)
            return scaled(a * b, times(first.left, rest))
    if axes == 1 and isinstance(left, Eye):
        return scaled(a * b, right)
    if axes == 1 and isinstance(right, Eye):
        return scaled(a * b, left)
    return scaled(a * b, Dot(left, right, axes))


def step_sum(variable: str, lower: Affine, upper: Affine, body: Tensor) -> Tensor:
    """A sum over steps, with what does not depend on the step in front."""
    factor, core = split(body)
    if _has_scalar(core) and variable not in core.left.free:
        return scaled(factor, dot(core.left, step_sum(variable, lower, upper, core.right), 0))
    return scaled(factor, Sum(variable, lower, upper, (), core))


def inner_product(left: Tensor, right: Tensor) -> Tensor:
    """The sum of the products of all components of two tensors of one shape, scalars or vectors."""
    return dot(left, right, 1) if left.shape else times(left, right)


def transposed(node: Tensor) -> Tensor:
    """The transpose of a matrix, taken into products and sums."""
    if len(node.shape) != 2:
        return node
    factor, core = split(node)
    if isinstance(core, Permute):
        return scaled(factor, core.argument)
    if isinstance(core, (Eye, Diag)):
        return node
    if isinstance(core, Plus):
        return scaled(factor, Plus(tuple(transposed(term) for term in core.terms)))
    if isinstance(core, Dot):
        if not core.axes and not core.left.shape:
            return scaled(factor, dot(core.left, transposed(core.right), 0))
        return scaled(factor, dot(transposed(core.right), transposed(core.left), core.axes))
    if isinstance(core, Product):
        body = transposed(core.body)
        return scaled(factor, Product(core.variable, core.lower, core.upper, not core.falling, body))
    return scaled(factor, Permute(core, (1, 0)))


def weighted(weights: Tensor, matrix: Tensor) -> Tensor:
    """diag(weights) times a matrix or a vector; for numbers the product."""
    factor, core = split(matrix)
    if not weights.shape:
        return scaled(factor, times(weights, core))
    if len(core.shape) == 1:
        return scaled(factor, times(weights, core))
    if isinstance(core, Eye):
        return scaled(factor, diagonal(weights))
    if isinstance(core, Diag):
        return scaled(factor, diagonal(times(weights, core.argument)))
    if isinstance(core, Dot) and core.axes == 1 and isinstance(core.left, Diag):
        return scaled(factor, dot(diagonal(times(weights, core.left.argument)), core.right, 1))
    return scaled(factor, dot(diagonal(weights), core, 1))


def diagonal(weights: Tensor) -> Tensor:
    """diag of a vector, its number in front."""
    factor, core = split(weights)
    return scaled(factor, Diag(core))


def whole_power(base: Tensor, exponent: int) -> Tensor:
    """A whole power; the first one is the base."""
    return base if exponent == 1 else Power(base, exponent)


def over(above: Tensor, below: Tensor) -> Tensor:
    """A quotient, its number in front."""
    (a, above), (b, below) = split(above), split(below)
    if below is ONE:
        return scaled(a / b, above)
    if _has_scalar(above):
        return scaled(a / b, dot(above.left, over(above.right, below), 0))
    return scaled(a / b, Over(above, below))
