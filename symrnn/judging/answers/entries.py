"""Components and wholes: one component of a tensor as a number, and the tensor of which a formula in components speaks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symrnn.deciding.witness.vectorising import vectorised
from symrnn.judging.answers.arithmetic import over, plus, times, transposed, whole_power
from symrnn.judging.answers.rules import NoAnswer
from symrnn.language.tensors import (
    Affine,
    Build,
    Condition,
    Const,
    Diag,
    Dot,
    Eye,
    Full,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Ref,
    Sum,
    Tensor,
    Times,
    Truth,
    size_of,
)

At = tuple[Affine, ...]


class Entries:
    """Writes components; `letters` gives a letter that nothing uses yet for each new sum over components."""

    def __init__(self, letters: Callable[[str], str]) -> None:
        self._letter = letters

    def of(self, node: Tensor, at: At) -> Tensor:
        """The component of a tensor at its indices, a scalar. Raises NoAnswer."""
        if not node.shape:
            return node
        if isinstance(node, (Ref, Jac)):
            return Pick(node, at)
        if isinstance(node, Full):
            return Const(node.value)
        if isinstance(node, Eye):
            return Truth(Condition("=", at[0], at[1]))
        if isinstance(node, Diag):
            return times(self.of(node.argument, at[:1]), Truth(Condition("=", at[0], at[1])))
        if isinstance(node, Plus):
            found = plus(self.of(term, at) for term in node.terms)
            return Const(Fraction(0)) if found is None else found
        if isinstance(node, Times):
            return times(self.of(node.left, at), self.of(node.right, at))
        if isinstance(node, Over):
            return over(self.of(node.left, at), self.of(node.right, at))
        if isinstance(node, Power):
            return whole_power(self.of(node.base, at), node.exponent)
        if isinstance(node, Map):
            return Map(node.function, node.order, self.of(node.argument, at))
        if isinstance(node, Permute):
            places = [at[node.order.index(axis)] for axis in range(len(at))]
            return self.of(node.argument, tuple(places))
        if isinstance(node, Sum):
            return Sum(node.variable, node.lower, node.upper, node.conditions, self.of(node.body, at))
        if isinstance(node, Dot):
            return self._product(node, at)
        raise NoAnswer

    def _product(self, node: Dot, at: At) -> Tensor:
        left, right = node.left, node.right
        cut = len(left.shape) - node.axes
        before, after = at[:cut], at[cut:]
        if node.axes == 0:
            return times(self.of(left, before), self.of(right, after))
        if node.axes != 1:
            raise NoAnswer
        if isinstance(left, Diag):
            return times(self.of(left.argument, before), self.of(right, (*before, *after)))
        if isinstance(right, Diag):
            return times(self.of(left, (*before, *after)), self.of(right.argument, after))
        name = self._letter(left.shape[-1])
        here = (Affine.of(name),)
        body = times(self.of(left, (*before, *here)), self.of(right, (*here, *after)))
        return Sum(name, Affine((), 1), size_of(left.shape[-1]), (), body)


def whole(node: Tensor) -> Tensor:
    """An equation in components as one between vectors and matrices: ``Σ_j W_ij h_j`` for every i is ``W h``."""
    if not isinstance(node, Build) or node.body.shape:
        return vectorised(node)
    try:
        return _vector(node.body, node.variable, node.label)
    except NoAnswer:
        return vectorised(node)


def _vector(node: Tensor, i: str, label: str) -> Tensor:
    """The vector over i of a scalar."""
    if isinstance(node, Pick) and node.indices == (Affine.of(i),) and i not in node.argument.free:
        return node.argument
    if isinstance(node, Map):
        return Map(node.function, node.order, _vector(node.argument, i, label))
    if isinstance(node, Plus):
        return Plus(tuple(_vector(term, i, label) for term in node.terms))
    if isinstance(node, Power):
        return Power(_vector(node.base, i, label), node.exponent)
    if isinstance(node, Const):
        return Full(node.value, (label,))
    if isinstance(node, Sum) and isinstance(node.body, Dot) and not node.conditions:
        return _matrix_times_vector(node.body, i, node)
    if isinstance(node, Dot) and not node.axes:
        inside = [i in part.free for part in (node.left, node.right)]
        if all(inside):
            return Times(_vector(node.left, i, label), _vector(node.right, i, label))
        if any(inside):
            moving, still = (node.left, node.right) if inside[0] else (node.right, node.left)
            return Dot(still, _vector(moving, i, label), 0)
    raise NoAnswer


def _matrix_times_vector(product: Dot, i: str, node: Sum) -> Tensor:
    j = node.variable
    for matrix, vector in ((product.left, product.right), (product.right, product.left)):
        if not isinstance(matrix, Pick) or len(matrix.indices) != 2 or matrix.argument.free & {i, j}:
            continue
        names = [index.names() for index in matrix.indices]
        if names in ([{i}, {j}], [{j}, {i}]) and i not in vector.free:
            label = matrix.argument.shape[names.index(frozenset({j}))]
            if (node.lower, node.upper) == (Affine((), 1), size_of(label)):
                turned = matrix.argument if names[0] == {i} else transposed(matrix.argument)
                return Dot(turned, _vector(vector, j, label), 1)
    raise NoAnswer
