"""The backward pass of a named model, as equations about tensors that can be proven.

For every quantity that is no mere function value, one equation says what ∂L/∂q_t is in terms of the derivatives by
the quantities that use q; for every parameter, one says how its gradient adds up over time. Reverse differentiation
walks each defining equation once. Whether the outcome is right is not for this module to say: each equation is proven
before it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from symrnn.language.functions import BY_NAME, KERNELS, derivative_polynomial
from symrnn.language.model import Quantity
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
    Full,
    Jac,
    Map,
    Permute,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    substitute,
)
from symrnn.running.cost import CROSS_ENTROPY, Cost
from symrnn.running.errors import CannotCompile
from symrnn.running.named import NOW, Named


@dataclass(frozen=True)
class Equation:
    """An equation of tensors, for every time t where it has a free time.

    `components` are its other free indices: name, role and axis.
    """

    left: Tensor
    right: Tensor
    components: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Adjoints:
    """The equations of a backward pass: through the quantities in time, then the gradients of the parameters.

    `slopes` maps the derivative of an elementwise function, written with the function's value, to the function, the
    value and the argument.
    """

    through: tuple[Equation, ...]
    gradients: tuple[Equation, ...]
    slopes: dict[Tensor, tuple[str, Ref, Ref]]


def adjoints(named: Named, cost: Cost) -> Adjoints:
    """The equations of the backward pass. Raises CannotCompile for an expression without a rule."""
    return _Backward(named, cost).equations()


def slope(function: str, value: Tensor, argument: Tensor) -> Tensor:
    """The derivative of an elementwise function, in terms of its value where it is a polynomial in that. Raises CannotCompile."""
    if function not in BY_NAME or not BY_NAME[function].kernel:
        raise CannotCompile(f"no program has the function {function}; those that have a kernel are {', '.join(sorted(KERNELS))}")
    coefficients = derivative_polynomial(function, 1)
    return Map(function, 1, argument) if coefficients is None else _polynomial(coefficients, value)


def _polynomial(coefficients: tuple[int, ...], value: Tensor) -> Tensor:
    """A polynomial in a value, a power of the value that divides it in front: 1 - h², h ⊙ (1 - h)."""
    if not coefficients[0]:
        return Times(value, _polynomial(coefficients[1:], value))
    powers = (Full(Fraction(1), value.shape), value, *(Power(value, n) for n in range(2, len(coefficients))))
    terms = [_multiple(c, power) for c, power in zip(coefficients, powers, strict=True) if c]
    return _total(terms)


def _multiple(factor: int, node: Tensor) -> Tensor:
    return node if factor == 1 else Dot(Const(Fraction(factor)), node, 0)


def _negative(node: Tensor) -> Tensor:
    return Dot(Const(Fraction(-1)), node, 0)


def _transposed(matrix: Tensor) -> Tensor:
    return matrix.argument if isinstance(matrix, Permute) else Permute(matrix, (1, 0))


def _total(terms: list[Tensor]) -> Tensor:
    return terms[0] if len(terms) == 1 else Plus(tuple(terms))


class _Backward:
    def __init__(self, named: Named, cost: Cost) -> None:
        self.named = named
        self.cost = cost
        self.slopes: dict[Tensor, tuple[str, Ref, Ref]] = {}
        #: What each quantity's uses add to the derivative by it: at the time t, or summed over time for a parameter.
        self.added: dict[str, list[Tensor]] = {cost.through.quantity: [cost.error]}

    def equations(self) -> Adjoints:
        vectors = list(self.named.vectors())
        values = [q for q in vectors if isinstance(q.definition, Map)]
        for quantity in vectors:
            if quantity not in values:
                self._spread(quantity, self._derivative(Ref(quantity.key, NOW, quantity.shape)))
        for quantity in reversed(values):
            self._through_function(quantity)
        through = [q for q in reversed(vectors) if q not in values and not isinstance(q.definition, Softmax)]
        return Adjoints(
            tuple(self._at_time(q) for q in through),
            tuple(self._gradient(q) for q in self.named.parameters()),
            self.slopes,
        )

    def _derivative(self, ref: Ref) -> Jac:
        return Jac(self.named.loss, ref, False)

    def _at_time(self, quantity: Quantity) -> Equation:
        return Equation(self._derivative(Ref(quantity.key, NOW, quantity.shape)), _total(self.added[quantity.key]))

    def _gradient(self, parameter: Quantity) -> Equation:
        model = self.named.model
        first, last = Affine((), model.first), Affine.of(model.horizon, model.horizon_offset)
        over_time: list[Tensor] = [
            Sum("t#1", first, last, (), substitute(term, {"t": Affine.of("t#1")})) for term in self.added[parameter.key]
        ]
        return Equation(self._derivative(Ref(parameter.key, None, parameter.shape)), _total(over_time))

    # ------------------------------------------------------------------------------------------------- definitions

    def _spread(self, quantity: Quantity, derivative: Tensor) -> None:
        """Adds what the derivative by a quantity means for everything that stands in its definition."""
        definition = quantity.definition
        assert definition is not None
        if isinstance(definition, Softmax):
            if self.cost.kind != CROSS_ENTROPY or quantity.key != self.cost.output.quantity:
                raise CannotCompile(f"{quantity.text} is a softmax inside the network; only the output may be one")
            return
        for ref, term in self._uses(quantity, definition, derivative):
            self._add(ref, term, quantity)

    def _through_function(self, quantity: Quantity) -> None:
        definition = quantity.definition
        assert isinstance(definition, Map) and isinstance(definition.argument, Ref)
        value = Ref(quantity.key, NOW, quantity.shape)
        steepness = slope(definition.function, value, definition.argument)
        self.slopes[steepness] = (definition.function, value, definition.argument)
        self._add(definition.argument, Times(steepness, _total(self.added[quantity.key])), quantity)

    def _add(self, ref: Ref, term: Tensor, user: Quantity) -> None:
        used = self.named.model.quantities[ref.quantity]
        if used.key == self.cost.target.quantity:
            raise CannotCompile(f"the definition of {user.text} uses the target {used.text}")
        if self.cost.kind == CROSS_ENTROPY and used.key == self.cost.output.quantity:
            raise CannotCompile(f"the definition of {user.text} uses the output {used.text}; a softmax may only end in the loss")
        if ref.time is not None:
            term = substitute(term, {"t": NOW + NOW - ref.time})
        self.added.setdefault(ref.quantity, []).append(term)

    def _uses(self, quantity: Quantity, node: Tensor, derivative: Tensor) -> Iterator[tuple[Ref, Tensor]]:
        """Every quantity inside an expression, with what it gets of the derivative by the expression."""
        if isinstance(node, Ref):
            yield node, derivative
        elif isinstance(node, Plus):
            for term in node.terms:
                yield from self._uses(quantity, term, derivative)
        elif isinstance(node, Dot) and isinstance(node.left, Const) and node.axes == 0:
            yield from self._uses(quantity, node.right, Dot(node.left, derivative, 0))
        elif isinstance(node, Dot) and node.axes == 1 and is_matrix(node.left) and len(node.right.shape) == 1:
            yield from self._uses(quantity, node.right, Dot(_transposed(node.left), derivative, 1))
            yield _parameter(node.left), _outer(derivative, node.right, node.left)
        elif isinstance(node, Dot) and node.axes == 1 and is_matrix(node.right) and len(node.left.shape) == 1:
            yield from self._uses(quantity, node.left, Dot(derivative, _transposed(node.right), 1))
            yield _parameter(node.right), _outer(node.left, derivative, node.right)
        elif isinstance(node, Times):
            raise CannotCompile(f"the definition of {quantity.text} multiplies two quantities entry by entry, which has no rule")
        elif not isinstance(node, Full):
            raise CannotCompile(f"the definition of {quantity.text} has a part without a rule ({type(node).__name__})")


def is_matrix(node: Tensor) -> bool:
    """A parameter with two axes, or its transpose."""
    inner = node.argument if isinstance(node, Permute) else node
    return isinstance(inner, Ref) and inner.time is None and len(inner.shape) == 2


def _parameter(matrix: Tensor) -> Ref:
    inner = matrix.argument if isinstance(matrix, Permute) else matrix
    assert isinstance(inner, Ref)
    return inner


def _outer(rows: Tensor, columns: Tensor, matrix: Tensor) -> Tensor:
    return Dot(columns, rows, 0) if isinstance(matrix, Permute) else Dot(rows, columns, 0)
