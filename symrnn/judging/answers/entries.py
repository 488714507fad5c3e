"""Components and wholes: one component of a tensor as a number, and the tensor of which a formula in components speaks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symrnn.judging.answers.arithmetic import over, plus, times, whole_power
from symrnn.judging.answers.rules import NoAnswer
from symrnn.language.tensors import (
    Affine,
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
