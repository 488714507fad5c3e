"""Classes that the data choose: a component such as ``p_{t,y_t}`` as a sum over all classes, weighted by a one-hot vector.

Whatever depends on a chosen class is linear in the one-hot vector, so that every function can be taken class by class.
"""

from __future__ import annotations

from collections.abc import Callable

from symrnn.language.tensors import Affine, Build, Dot, Pick, Ref, Tensor, replaced, substitute, walk


def chosen(weights: Tensor, variable: str, body: Tensor) -> Tensor:
    """The value of `body` where `variable` is the class that `weights` choose."""
    index = (Affine.of(variable),)
    if isinstance(body, Pick) and body.indices == index and variable not in body.argument.free:
        return Dot(weights, body.argument, 1)
    return Dot(weights, Build(variable, weights.shape[0], body), 1)


def class_by_class(argument: Tensor, variable: str, function: Callable[[Tensor], Tensor], weights: frozenset[str]) -> Tensor:
    """A function of a scalar: of one that depends on a chosen class, the value that belongs to the chosen class.

    `weights` are the keys of the one-hot quantities.
    """
    found = next((n for n in walk(argument) if _is_choice(n, weights) and n.free <= argument.free), None)
    if not isinstance(found, Dot):
        return function(argument)
    if found is argument and found.right.shape == found.left.shape:
        return Dot(found.left, function(found.right), 1)
    inside = replaced(argument, found, _at(found.right, variable))
    return chosen(found.left, variable, class_by_class(inside, variable + "'", function, weights))


def _is_choice(node: Tensor, weights: frozenset[str]) -> bool:
    return (
        isinstance(node, Dot) and node.axes == 1 and not node.shape and isinstance(node.left, Ref) and node.left.quantity in weights
    )


def _at(vector: Tensor, variable: str) -> Tensor:
    index = Affine.of(variable)
    return substitute(vector.body, {vector.variable: index}) if isinstance(vector, Build) else Pick(vector, (index,))
