"""The derivative of one expression: what comes back through it to each quantity in it, and how it moves with one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.judging.answers.arithmetic import (
    ONE,
    constant_value,
    diagonal,
    dot,
    inner_product,
    over,
    plus,
    scaled,
    split,
    times,
    transposed,
    weighted,
    whole_power,
)
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
    Eye,
    Full,
    Integer,
    Map,
    Over,
    Permute,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
    mentioned,
)


class NoAnswer(Exception):
    """The derivative is beyond these rules."""


@dataclass(frozen=True)
class Use:
    """What comes back to one place where a quantity stands; `sums` are the sums over steps around that place."""

    ref: Ref
    value: Tensor
    sums: tuple[tuple[str, Affine, Affine], ...] = ()


#: The derivative of a matrix by itself, which has four axes and is never written.
UNIT = Eye("unit")
_STILL = (Const, Full, Integer, Eye, Truth)


def uses(node: Tensor, adjoint: Tensor, value: Tensor | None = None) -> Iterator[Use]:
    """The adjoint of every quantity in an expression, given that of the expression; `value` is a letter for the expression.

    Raises NoAnswer.
    """
    if isinstance(node, Ref):
        yield Use(node, adjoint)
    elif isinstance(node, Plus):
        for term in node.terms:
            yield from uses(term, adjoint)
    elif isinstance(node, Sum):
        for use in uses(node.body, adjoint):
            if node.conditions:
                raise NoAnswer
            yield replace(use, sums=((node.variable, node.lower, node.upper), *use.sums))
    elif isinstance(node, Permute) and node.order == (1, 0):
        yield from uses(node.argument, transposed(adjoint))
    elif isinstance(node, Times):
        yield from uses(node.left, times(adjoint, node.right))
        yield from uses(node.right, times(adjoint, node.left))
    elif isinstance(node, Over):
        yield from uses(node.left, over(adjoint, node.right))
        if mentioned(node.right):
            yield from uses(node.right, scaled(-1, over(times(adjoint, node.left), whole_power(node.right, 2))))
    elif isinstance(node, Power):
        slope = scaled(node.exponent, whole_power(node.base, node.exponent - 1)) if node.exponent else Const(Fraction(0))
        yield from uses(node.base, times(adjoint, slope))
    elif isinstance(node, Map):
        yield from uses(node.argument, _through(node, adjoint, value))
    elif isinstance(node, Softmax):
        yield from uses(node.argument, _through_softmax(adjoint, node if value is None else value))
    elif isinstance(node, Dot):
        yield from _uses_of_product(node, adjoint)
    elif mentioned(node):
        raise NoAnswer(f"{node}")


def _uses_of_product(node: Dot, adjoint: Tensor) -> Iterator[Use]:
    left, right = node.left, node.right
    if node.axes and not node.shape:
        yield from uses(left, dot(adjoint, right, 0))
        yield from uses(right, dot(adjoint, left, 0))
    elif node.axes == 0 and not left.shape:
        if mentioned(left):
            yield from uses(left, _full_inner(adjoint, right))
        yield from uses(right, dot(left, adjoint, 0))
    elif node.axes == 0 and len(left.shape) == len(right.shape) == 1:
        yield from uses(left, dot(adjoint, right, 1))
        yield from uses(right, dot(transposed(adjoint), left, 1))
    elif node.axes == 1:
        yield from uses(left, _back_left(node, adjoint))
        yield from uses(right, _back_right(node, adjoint))
    else:
        raise NoAnswer


def _full_inner(a: Tensor, b: Tensor) -> Tensor:
    if len(a.shape) > 1:
        raise NoAnswer
    return inner_product(a, b)


def _back_left(node: Dot, adjoint: Tensor) -> Tensor:
    left, right = node.left, node.right
    if len(right.shape) == 2:
        return dot(adjoint, transposed(right), 1)
    if len(left.shape) == 2:
        return dot(adjoint, right, 0)
    raise NoAnswer


def _back_right(node: Dot, adjoint: Tensor) -> Tensor:
    left, right = node.left, node.right
    if len(left.shape) == 2:
        return dot(transposed(left), adjoint, 1)
    if len(right.shape) == 2:
        return dot(left, adjoint, 0)
    raise NoAnswer


def slope(node: Map, value: Tensor | None) -> Tensor:
    """The derivative of an elementwise function, in its value where that is simpler."""
    given = value if value is not None else Map(node.function, node.order, node.argument)
    one: Tensor = Full(Fraction(1), node.shape) if node.shape else ONE
    if node.order:
        return Map(node.function, node.order + 1, node.argument)
    if node.function == "tanh":
        return Plus((one, scaled(-1, Power(given, 2))))
    if node.function == "sigma":
        return times(given, Plus((one, scaled(-1, given))))
    if node.function == "exp":
        return given
    if node.function == "log":
        return over(one, node.argument)
    return Map(node.function, 1, node.argument)


def _through(node: Map, adjoint: Tensor, value: Tensor | None) -> Tensor:
    if node.function == "log" and not node.order:
        return over(adjoint, node.argument)
    logistic = _logistic_loss(adjoint, value) if node.function == "sigma" and value is not None else None
    return times(adjoint, slope(node, value)) if logistic is None else logistic


def _logistic_loss(adjoint: Tensor, p: Tensor) -> Tensor | None:
    """p - y where -y/p + (1 - y)/(1 - p) comes back to p = σ(a)."""
    parts = [split(term) for term in adjoint.terms] if isinstance(adjoint, Plus) else []
    for factor, part in parts:
        if isinstance(part, Over) and part.right is p and isinstance(part.left, Ref) and len(parts) == 2:
            return scaled(-factor, Plus((p, scaled(-1, part.left))))
    return None


def _through_softmax(adjoint: Tensor, p: Tensor) -> Tensor:
    """p ⊙ G - (p·G) p; for the cross-entropy, whose G is -y/p, what is left where the components of y add up to one."""
    factor, core = split(adjoint)
    if isinstance(core, Dot) and not core.axes and not core.left.shape:
        return dot(core.left, _through_softmax(scaled(factor, core.right), p), 0)
    if isinstance(core, Over) and core.right is p:
        return scaled(factor, Plus((core.left, scaled(-1, p))))
    found = plus((times(p, adjoint), scaled(-1, dot(dot(p, adjoint, 1), p, 0))))
    assert found is not None
    return found


# ------------------------------------------------------------------------------------------------------------ forwards


def moved(node: Tensor, of_ref: Callable[[Ref], Tensor | None], value: Tensor | None = None) -> Tensor | None:
    """The derivative of an expression, its own axes first, given that of the quantities in it; None where it is zero.

    Raises NoAnswer.
    """
    if isinstance(node, Ref):
        return of_ref(node)
    if isinstance(node, _STILL):
        return None
    if isinstance(node, Plus):
        return _added(*(moved(term, of_ref) for term in node.terms))
    if isinstance(node, Times):
        return _added(_weighted(node.right, moved(node.left, of_ref)), _weighted(node.left, moved(node.right, of_ref)))
    if isinstance(node, Map):
        return _weighted(slope(node, value), moved(node.argument, of_ref))
    if isinstance(node, Power):
        return _weighted(scaled(node.exponent, whole_power(node.base, node.exponent - 1)), moved(node.base, of_ref))
    if isinstance(node, Softmax):
        inside, p = moved(node.argument, of_ref), node if value is None else value
        jacobian = Plus((diagonal(p), scaled(-1, dot(p, p, 0))))
        return None if inside is None else dot(jacobian, inside, 1)
    if isinstance(node, Over) and constant_value(node.right) is not None:
        return _weighted(over(ONE, node.right), moved(node.left, of_ref))
    if isinstance(node, Dot):
        return _moved_product(node, moved(node.left, of_ref), moved(node.right, of_ref))
    raise NoAnswer(f"{node}")


def _added(*terms: Tensor | None) -> Tensor | None:
    return plus(term for term in terms if term is not None)


def _weighted(weights: Tensor, inside: Tensor | None) -> Tensor | None:
    return None if inside is None else weighted(weights, inside)


def _moved_product(node: Dot, left: Tensor | None, right: Tensor | None) -> Tensor | None:
    if left is None and right is None:
        return None
    a, b = node.left, node.right
    if not a.shape and not b.shape:
        return _added(_weighted(b, left), _weighted(a, right))
    if node.axes == 0 and not a.shape and left is None:
        return _weighted(a, right)
    if node.axes == 1 and left is None and right is not None and len(a.shape) == 2 and len(b.shape) == 1:
        return dot(a, right, 1)
    if node.axes == 1 and right is None and left is not None and len(b.shape) == 2 and len(a.shape) == 1:
        return dot(transposed(b), left, 1)
    if node.axes == 1 and left is UNIT and right is None and len(b.shape) == 1:
        return Dot(Eye(a.shape[0]), b, 0)
    if node.axes == 1 and right is UNIT and left is None and len(a.shape) == 1:
        return Permute(Dot(Eye(b.shape[1]), a, 0), (0, 2, 1))
    if node.axes == 1 and len(a.shape) == len(b.shape) == 1:
        terms = [dot(other, inside, 1) for other, inside in ((b, left), (a, right)) if inside is not None]
        return plus(terms)
    raise NoAnswer(f"{node} {left} {right}")
