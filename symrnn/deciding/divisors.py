"""What a claim divides by and takes as not zero, where nothing in the formula keeps it away from zero."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.language.tensors import (
    Build,
    Const,
    Dot,
    Full,
    Integer,
    Map,
    Over,
    Pick,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    walk,
)

#: Functions whose values are positive.
_POSITIVE = frozenset({"exp", "sigma", "softplus", "cosh"})
_DEEPEST = 20


def divisors(claim: Claim, model: Model) -> tuple[Tensor, ...]:
    """The divisors of both sides that may vanish; what only counts is left out, it is a hypothesis of its own."""
    found = (d for node in claim.nodes() for d in _divisor(node))
    return tuple(dict.fromkeys(d for d in found if not is_positive(d, model) and not _only_counts(d)))


def _divisor(node: Tensor) -> Iterator[Tensor]:
    if isinstance(node, Over):
        yield node.right
    elif isinstance(node, Power) and node.exponent < 0:
        yield node.base


def _only_counts(node: Tensor) -> bool:
    return not any(isinstance(part, Ref) for part in walk(node))


def is_positive(node: Tensor, model: Model, depth: int = 0) -> bool:
    """Whether a formula is made in such a way that each of its entries is positive."""

    def positive(part: Tensor) -> bool:
        return is_positive(part, model, depth + 1)

    if depth > _DEEPEST:
        return False
    match node:
        case Const() | Full():
            return node.value > Fraction(0)
        case Map():
            return node.function in _POSITIVE and not node.order
        case Softmax():
            return True
        case Plus():
            return all(map(positive, node.terms)) or _is_rest_to_one(node, model)
        case Dot() | Times() | Over():
            return positive(node.left) and positive(node.right)
        case Power():
            return positive(node.base)
        case Pick():
            return positive(node.argument)
        case Sum() | Build():
            return positive(node.body)
        case Ref():
            definition = model.quantities[node.quantity].definition if node.quantity in model.quantities else None
            return definition is not None and positive(definition)
        case Integer():
            return False
    return False


def _is_rest_to_one(node: Plus, model: Model) -> bool:
    """``1 - p`` of what lies between 0 and 1."""
    constants = [t for t in node.terms if isinstance(t, (Const, Full)) and t.value == 1]
    taken = [t.right for t in node.terms if isinstance(t, Dot) and isinstance(t.left, Const) and t.left.value == -1]
    return len(node.terms) == len(constants) + len(taken) == 2 and len(taken) == 1 and _is_below_one(taken[0], model)


def _is_below_one(node: Tensor, model: Model) -> bool:
    if isinstance(node, Pick):
        return _is_below_one(node.argument, model)
    if isinstance(node, Ref):
        definition = model.quantities[node.quantity].definition if node.quantity in model.quantities else None
        return definition is not None and not isinstance(definition, Ref) and _is_below_one(definition, model)
    return isinstance(node, Softmax) or (isinstance(node, Map) and node.function == "sigma" and not node.order)
