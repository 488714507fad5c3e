"""The backward pass of a named model, as equations about tensors that can be proven.

For every quantity that is no mere function value, one equation says what ∂L/∂q_t is in terms of the derivatives by
the quantities that use q; for every parameter, one says how its gradient adds up over time. Reverse differentiation
walks each defining equation once. Whether the outcome is right is not for this module to say: each equation is proven
before it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symrnn.judging.answers.arithmetic import scaled, split, times
from symrnn.judging.answers.rules import NoAnswer, uses
from symrnn.language.functions import derivative_polynomial
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
    walk,
)
from symrnn.running.cost import CROSS_ENTROPY, LOGISTIC, NOW, NUMBER, SQUARED_ERROR, CostPart, mass
from symrnn.running.errors import CannotCompile
from symrnn.running.named import Named


@dataclass(frozen=True)
class TensorEquation:
    """An equation of tensors, for every time t where it has a free time.

    `components` are its other free indices: name, role and axis. With `part`, it holds at the steps that count in that part of the loss.
    """

    left: Tensor
    right: Tensor
    components: tuple[tuple[str, str, str], ...] = ()
    part: CostPart | None = None


@dataclass(frozen=True)
class Adjoints:
    """The equations of a backward pass: through the quantities in time, then the gradients by parameters, inputs and initial states.

    `slopes` maps the derivative of an elementwise function, written with the function's value, to the function, the
    value and the argument; `errors` maps what a part of the loss sends back to that part and the quantity that gets it.
    """

    through: tuple[TensorEquation, ...]
    gradients: tuple[TensorEquation, ...]
    outside: tuple[TensorEquation, ...]
    slopes: Mapping[Tensor, tuple[str, Ref, Ref]]
    errors: Mapping[Tensor, tuple[CostPart, Ref]]


def adjoints(named: Named) -> Adjoints:
    """The equations of the backward pass. Raises CannotCompile for an expression without a rule."""
    return _Backward(named).equations()


def slope(function: str, value: Tensor, argument: Tensor) -> Tensor:
    """The derivative of an elementwise function, in terms of its value where it is a polynomial in that."""
    coefficients = derivative_polynomial(function, 1)
    return Map(function, 1, argument) if coefficients is None else _polynomial(coefficients, value)


def _polynomial(coefficients: tuple[int, ...], value: Tensor) -> Tensor:
    """A polynomial in a value, a power of the value that divides it in front: 1 - h², h ⊙ (1 - h)."""
    if not coefficients[0]:
        return Times(value, _polynomial(coefficients[1:], value))
    one: Tensor = Full(Fraction(1), value.shape) if value.shape else Const(Fraction(1))
    powers = (one, value, *(Power(value, n) for n in range(2, len(coefficients))))
    terms = [
        scaled(c, power) if power is not one else _number(c, value) for c, power in zip(coefficients, powers, strict=True) if c
    ]
    return _total(terms)


def _number(value: int, like: Tensor) -> Tensor:
    return Full(Fraction(value), like.shape) if like.shape else Const(Fraction(value))


def _total(terms: list[Tensor]) -> Tensor:
    """A sum; of products entry by entry with one first factor that factor times a sum: d ⊙ a - d ⊙ b is d ⊙ (a - b)."""
    if len(terms) == 1:
        return terms[0]
    parts = [split(term) for term in terms]
    first = parts[0][1]
    if isinstance(first, Times) and all(isinstance(core, Times) and core.left is first.left for _, core in parts):
        return Times(first.left, Plus(tuple(scaled(factor, core.right) for factor, core in parts if isinstance(core, Times))))
    return Plus(tuple(terms))


@dataclass
class _Backward:
    named: Named
    slopes: dict[Tensor, tuple[str, Ref, Ref]] = field(default_factory=dict)
    errors: dict[Tensor, tuple[CostPart, Ref]] = field(default_factory=dict)
    #: What each quantity's uses add to the derivative by it, at the time t, with the shift in time of the use.
    added: dict[str, list[tuple[int, Tensor]]] = field(default_factory=dict)

    def equations(self) -> Adjoints:
        series, model = list(self.named.series()), self.named.model
        for part in self.named.cost.parts:
            self._start(part)
        values = [q for q in series if isinstance(q.definition, (Map, Softmax))]
        for quantity in series:
            if quantity not in values:
                self._spread(quantity)
        for quantity in reversed(values):
            self._through_function(quantity)
        for block in self.named.blocks():
            self._join(block)
        for data in self.named.cost.data:
            if data.quantity in self.added:
                raise CannotCompile(
                    f"the network uses the target {model.quantities[data.quantity].text}; give it a letter of its own"
                )
        through = [q for q in reversed(series) if q not in values and q.key in self.added]
        inputs = [q for q in model.quantities.values() if q.definition is None and q.timed and q.key in self.added]
        states = [q for q in series if q.recurrence and q.key in self.added]
        return Adjoints(
            tuple(self._at_time(q) for q in through),
            tuple(self._gradient(q) for q in (*self.named.blocks(), *self.named.parameters())),
            (*(self._at_time(q) for q in inputs), *(self._at_edge(q) for q in states)),
            self.slopes,
            self.errors,
        )

    def _derivative(self, quantity: Quantity, time: Affine | None = NOW) -> Jac:
        return Jac(self.named.loss, Ref(quantity.key, time if quantity.timed else None, quantity.shape), False)

    # ------------------------------------------------------------------------------------------------------- equations

    def _at_time(self, quantity: Quantity) -> TensorEquation:
        terms = [term for _, term in self.added[quantity.key]]
        part = next((self.errors[term][0] for term in terms if term in self.errors), None)
        return TensorEquation(self._derivative(quantity), _total(terms), part=None if part is None or part.is_whole else part)

    def _at_edge(self, quantity: Quantity) -> TensorEquation:
        """The derivative by an initial state, which acts through the equations of the first step alone."""
        model = self.named.model
        edge = Affine((), model.first - 1) if quantity.recurrence < 0 else Affine.of(model.horizon, model.horizon_offset + 1)
        terms = [substitute(term, {"t": edge}) for shift, term in self.added[quantity.key] if shift]
        return TensorEquation(self._derivative(quantity, edge), _total(terms))

    def _gradient(self, parameter: Quantity) -> TensorEquation:
        model = self.named.model
        first, last = Affine((), model.first), model.last
        terms = [term for _, term in self.added.get(parameter.key, [])]
        over_time: list[Tensor] = [
            Sum("t#1", first, last, (), substitute(term, {"t": Affine.of("t#1")})) if "t" in term.free else term for term in terms
        ]
        return TensorEquation(self._derivative(parameter), _total(over_time))

    # --------------------------------------------------------------------------------------------------- contributions

    def _start(self, part: CostPart) -> None:
        """What a part of the loss sends back."""
        if part.kind == NUMBER:
            assert part.value is not None
            for ref, term in self._uses(part.value, Const(Fraction(1)), self.named.model.quantities[self.named.loss.quantity]):
                self._add(ref, term)
            return
        assert part.output is not None and part.target is not None
        output, target = part.output, part.target
        through = output
        if part.kind in (CROSS_ENTROPY, LOGISTIC):
            definition = self.named.model.quantities[output.quantity].definition
            assert isinstance(definition, (Softmax, Map)) and isinstance(definition.argument, Ref)
            through = definition.argument
        expected = Dot(mass(target), output, 0) if part.kind == CROSS_ENTROPY else output
        error: Tensor = Plus((expected, scaled(-1, target)))
        error = scaled(2, error) if part.kind == SQUARED_ERROR else error
        if part.weight is not None:
            error = Dot(part.weight, error, 0)
        error = times(part.factor, error) if isinstance(part.factor, Const) else Dot(part.factor, error, 0)
        self.errors[error] = part, through
        self._add(through, error)

    def _spread(self, quantity: Quantity) -> None:
        """Adds what the derivative by a quantity means for everything that stands in its definition."""
        assert quantity.definition is not None
        for ref, term in self._uses(quantity.definition, self._derivative(quantity), quantity):
            self._add(ref, term)

    def _join(self, block: Quantity) -> None:
        """Adds what the derivative by a part of a parameter means for the parameter."""
        definition, derivative = block.definition, self._derivative(block)
        assert isinstance(definition, Dot)
        if isinstance(definition.left, Ref):
            self._add(definition.left, Dot(derivative, Permute(definition.right, (1, 0)), 1))
        else:
            assert isinstance(definition.left, Permute) and isinstance(definition.right, Ref)
            self._add(definition.right, Dot(definition.left.argument, derivative, 1))

    def _uses(self, node: Tensor, derivative: Tensor, where: Quantity) -> Iterator[tuple[Ref, Tensor]]:
        try:
            yield from ((use.ref, use.value) for use in uses(node, derivative))
        except NoAnswer:
            raise CannotCompile(
                f"the equation of {where.text} has a part without a rule; write it with products, sums and functions", where.key
            ) from None

    def _through_function(self, quantity: Quantity) -> None:
        definition = quantity.definition
        terms = [term for _, term in self.added.get(quantity.key, [])]
        if not terms:
            return
        assert isinstance(definition, (Map, Softmax)) and isinstance(definition.argument, Ref)
        value, total = Ref(quantity.key, NOW, quantity.shape), _total(terms)
        if isinstance(definition, Softmax):
            mean = scaled(-1, Dot(Dot(value, total, 1), value, 0))
            self._add(definition.argument, Plus((Times(value, total), mean)))
            return
        steepness = slope(definition.function, value, definition.argument)
        self.slopes[steepness] = (definition.function, value, definition.argument)
        self._add(definition.argument, Times(steepness, total))

    def _add(self, ref: Ref, term: Tensor) -> None:
        """Adds a term to the derivative by a quantity, at the time at which that is used."""
        shift = 0
        if ref.time is not None:
            ahead = ref.time - NOW
            if ahead.terms:
                text = self.named.model.quantities[ref.quantity].text
                raise CannotCompile(
                    f"the network uses {text} at a fixed step, which has no rule; give that value a letter of its own"
                )
            shift = ahead.constant
            term = substitute(term, {"t": NOW - shift})
        self.added.setdefault(ref.quantity, []).append((shift, term))


def is_matrix(node: Tensor) -> bool:
    """A parameter with two axes, or its transpose."""
    inner = node.argument if isinstance(node, Permute) else node
    return isinstance(inner, Ref) and inner.time is None and len(inner.shape) == 2


def joins(equation: TensorEquation) -> bool:
    """Whether an equation puts the derivatives by parts of a parameter together."""
    return any(isinstance(n, Jac) and n.wrt.time is None for n in walk(equation.right))
