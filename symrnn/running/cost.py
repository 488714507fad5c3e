"""The loss of a named model, as one of the shapes that have a stable program.

Two are known: the cross-entropy ``-c Σ_t Σ_k y_{t,k} log p_{t,k}`` of a softmax, and the squared error ``c Σ_t Σ_k
(p_{t,k} - y_{t,k})^2``, with a factor c that may depend on the number of steps (a mean over time).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symrnn.language.model import Model
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
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
    size_of,
    substitute,
)
from symrnn.running.errors import CannotCompile
from symrnn.running.named import NOW, Named

CROSS_ENTROPY, SQUARED_ERROR = "cross-entropy", "squared error"
_ONE = Affine((), 1)


@dataclass(frozen=True)
class Factor:
    """A number times the reciprocals of some counts (such as the number of steps)."""

    number: Fraction = Fraction(1)
    divisors: tuple[Affine, ...] = ()

    def __mul__(self, other: Factor) -> Factor:
        return Factor(self.number * other.number, (*self.divisors, *other.divisors))

    def times(self, node: Tensor) -> Tensor:
        """This factor times a tensor."""
        for divisor in self.divisors:
            node = Dot(Over(Const(Fraction(1)), Integer(divisor)), node, 0)
        return node if self.number == 1 else Dot(Const(self.number), node, 0)


@dataclass(frozen=True)
class Cost:
    """The loss: `factor` times the sum over all steps of the cross-entropy or the squared error of `output` against
    `target`.

    `through` is the quantity whose derivative of the loss is `error` at time t: the logits of a cross-entropy, the
    output itself of a squared error.
    """

    kind: str
    factor: Factor
    target: Ref
    output: Ref
    through: Ref
    error: Tensor


def cost(named: Named) -> Cost:
    """The shape of the loss. Raises CannotCompile."""
    loss = named.model.quantities[named.loss.quantity].definition
    assert loss is not None
    factor, body = _per_step(loss, Factor(), named.model)
    known = _cross_entropy(factor, body, named.model) or _squared_error(factor, body)
    if known is None:
        raise CannotCompile(
            f"the loss {named.loss.quantity} has no rule; the cross-entropy of a softmax and the squared error have one"
        )
    if named.model.quantities[known.target.quantity].definition is not None:
        raise CannotCompile(f"the loss compares with {known.target.quantity}, which is computed and no target")
    return known


def _per_step(node: Tensor, factor: Factor, model: Model, summed: bool = False) -> tuple[Factor, Tensor]:
    """The loss without its constant factors, its sum over time and its names: one step's, at the time t."""
    if isinstance(node, Ref) and not node.shape and model.quantities[node.quantity].definition is not None:
        definition = model.quantities[node.quantity].definition
        assert definition is not None
        if node.time not in (None, NOW):
            raise CannotCompile(f"the loss uses {node.quantity} of another step")
        return _per_step(definition, factor, model, summed)
    if isinstance(node, Dot) and node.axes == 0 and not node.shape:
        for constant, rest in ((node.left, node.right), (node.right, node.left)):
            number = _constant(constant)
            if number is not None:
                return _per_step(rest, factor * number, model, summed)
    if isinstance(node, Over) and not node.shape:
        number = _constant(Over(Const(Fraction(1)), node.right))
        if number is not None:
            return _per_step(node.left, factor * number, model, summed)
    if isinstance(node, Sum) and not _over_components(node):
        return _per_step(_at_now(node, model, summed), factor, model, summed=True)
    if not summed:
        raise CannotCompile("the loss is no sum over all time steps")
    return factor, node


def _at_now(node: Sum, model: Model, summed: bool) -> Tensor:
    """The body of a sum over time, at the time t."""
    last = Affine.of(model.horizon, model.horizon_offset)
    if summed or node.conditions or (node.lower, node.upper) != (Affine((), model.first), last):
        raise CannotCompile("the loss does not count every time step once; sum it from the first step to the last")
    return substitute(node.body, {node.variable: NOW})


def _over_components(node: Sum) -> bool:
    return node.lower == _ONE and any(name.startswith("|") for name in node.upper.names())


def _constant(node: Tensor) -> Factor | None:
    """A number without quantities in it."""
    if isinstance(node, Const):
        return Factor(node.value)
    if isinstance(node, Over):
        top, bottom = _constant(node.left), node.right
        if top is not None and isinstance(bottom, Integer):
            return top * Factor(divisors=(bottom.index,))
        if top is not None and isinstance(bottom, Const) and bottom.value:
            return top * Factor(1 / bottom.value)
    if isinstance(node, Dot) and node.axes == 0:
        left, right = _constant(node.left), _constant(node.right)
        return None if left is None or right is None else left * right
    return None


def _pair(node: Tensor) -> tuple[Tensor, Tensor] | None:
    """The two vectors of a dot product, also of one that is written as a sum over components."""
    if isinstance(node, Dot) and node.axes == 1 and not node.shape and len(node.left.shape) == 1:
        return node.left, node.right
    if isinstance(node, Sum) and node.upper == size_of(_axis(node)) and isinstance(node.body, (Dot, Power)):
        body = node.body
        if isinstance(body, Power):
            whole = _whole(body.base, node.variable)
            return None if whole is None or body.exponent != 2 else (whole, whole)
        left, right = _whole(body.left, node.variable), _whole(body.right, node.variable)
        return None if left is None or right is None else (left, right)
    return None


def _axis(node: Sum) -> str:
    (name,) = node.upper.names()
    return name[1:-1]


def _whole(node: Tensor, variable: str) -> Tensor | None:
    """The vector whose component number `variable` is `node`."""
    if isinstance(node, Pick) and node.indices == (Affine.of(variable),) and variable not in node.argument.free:
        return node.argument
    if isinstance(node, Map):
        inner = _whole(node.argument, variable)
        return None if inner is None else Map(node.function, node.order, inner)
    if isinstance(node, Dot) and isinstance(node.left, Const):
        inner = _whole(node.right, variable)
        return None if inner is None else Dot(node.left, inner, 0)
    if isinstance(node, Plus):
        terms = [_whole(term, variable) for term in node.terms]
        known = [term for term in terms if term is not None]
        return Plus(tuple(known)) if len(known) == len(terms) else None
    return None


def _cross_entropy(factor: Factor, body: Tensor, model: Model) -> Cost | None:
    pair = _pair(body)
    if pair is None:
        return None
    for target, logarithm in (pair, pair[::-1]):
        if not isinstance(logarithm, Map) or (logarithm.function, logarithm.order) != ("log", 0):
            continue
        output = logarithm.argument
        if isinstance(target, Ref) and isinstance(output, Ref) and target.time == output.time == NOW:
            return _of_softmax(factor * Factor(Fraction(-1)), target, output, model)
    return None


def _of_softmax(factor: Factor, target: Ref, output: Ref, model: Model) -> Cost:
    definition = model.quantities[output.quantity].definition
    if not isinstance(definition, Softmax) or not isinstance(definition.argument, Ref):
        raise CannotCompile(f"the loss takes the logarithm of {output.quantity}, which is no softmax")
    index = Affine.of("k#t")
    mass = Sum("k#t", _ONE, size_of(target.shape[0]), (), Pick(target, (index,)))
    minus = Dot(Const(Fraction(-1)), target, 0)
    error = factor.times(Plus((Dot(mass, output, 0), minus)))
    return Cost(CROSS_ENTROPY, factor, target, output, definition.argument, error)


def _squared_error(factor: Factor, body: Tensor) -> Cost | None:
    pair = (body.base, body.base) if isinstance(body, Power) and body.exponent == 2 else _pair(body)
    if pair is None or pair[0] is not pair[1] or not isinstance(pair[0], Plus) or len(pair[0].terms) != 2:
        return None
    found = {_sign(term) for term in pair[0].terms}
    signs = {sign: ref for sign, ref in found if isinstance(ref, Ref) and ref.time == NOW and len(ref.shape) == 1}
    if set(signs) != {1, -1}:
        return None
    output, target = signs[1], signs[-1]
    error = (factor * Factor(Fraction(2))).times(Plus((output, Dot(Const(Fraction(-1)), target, 0))))
    return Cost(SQUARED_ERROR, factor, target, output, output, error)


def _sign(node: Tensor) -> tuple[int, Tensor]:
    if isinstance(node, Dot) and isinstance(node.left, Const) and node.left.value == -1 and node.axes == 0:
        return -1, node.right
    return 1, node
