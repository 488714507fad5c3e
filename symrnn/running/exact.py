"""The exact SymPy expressions of a small network as NumPy functions, through `sympy.lambdify`.

The network is unrolled over its steps; each entry of each quantity is a symbol with a SymPy expression in those before it. SymPy
differentiates these expressions, the chain rule joins them backwards: nothing that was derived for the compiled program. Each
proven statement becomes two functions, one for each side, so that they are an independent check of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy

from symrnn.deciding.algebras.trees import SympyTrees, symbol_name
from symrnn.deciding.derivatives import jacobian
from symrnn.deciding.evaluate import Env, Instance, Key, World, entry_name, references
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Affine, Jac, Ref, Tensor
from symrnn.running.checks import Checker
from symrnn.running.compiler import Given, plan
from symrnn.running.errors import BadArray
from symrnn.running.plan import Plan
from symrnn.running.proof import ProvenEquation

Array = npt.NDArray[Any]
Evaluated = Callable[..., Array]

_NOW = Affine.of("t")
_STEPS = 3
_SIZES = {"hidden": 2, "classes": 3, "input": 2}


class _Trees(World):
    """The unrolled network as SymPy expressions: each entry of a quantity or of an adjoint a symbol, with what it stands for.

    Nested into each other they would grow with every step.
    """

    def __init__(self, model: Model, instance: Instance) -> None:
        super().__init__(model, instance, SympyTrees())
        #: The symbols in the order in which they can be computed.
        self.program: dict[sympy.Symbol, sympy.Expr] = {}

    def _quantity(self, key: Key) -> Array:
        value = super()._quantity(key)
        return value if self.definition(key) is None else self._named(value)

    def settled(self, source: Key, key: Key, adjoint: Array) -> Array:
        return self._named(adjoint)

    def _named(self, value: Array) -> Array:
        return self.algebra.each(self._symbol, value)

    def _symbol(self, expression: sympy.Expr) -> sympy.Expr:
        if expression.is_Atom:
            return expression
        symbol = sympy.Symbol(f"cut{len(self.program)}")
        self.program[symbol] = expression
        return symbol

    def _local(self, definition: Tensor, env: Env) -> dict[Key, Array]:
        """SymPy's derivatives of the entries of one equation by all that stands in it."""
        value = self.value(definition, env)
        children = dict.fromkeys(references(definition, env, self))
        return {child: jacobian(value, self.quantity(child)) for child in children}

    def needed(self, expressions: Sequence[sympy.Expr]) -> list[tuple[sympy.Symbol, sympy.Expr]]:
        """The part of the program that some expressions rest on."""
        used = set().union(*(e.free_symbols for e in expressions))
        kept = []
        for symbol, expression in reversed(self.program.items()):
            if symbol in used:
                used |= expression.free_symbols
                kept.append((symbol, expression))
        return kept[::-1]


@dataclass(frozen=True)
class Sides:
    """A proven statement as two functions of (params, x, y, h0).

    They return arrays, with time as their first axis where the statement has a free time.
    """

    statement: ProvenEquation
    left: Evaluated
    right: Evaluated


class Lambdified:
    """A network at one instance: `forward`, `loss` and `gradients` as a compiled program has them, without batches.

    `statements` are the proven ones, both sides as functions. Expressions are built when they are first asked for.
    Every method raises BadArray for arrays that are not those of the instance.
    """

    def __init__(self, planned: Plan, instance: Instance) -> None:
        self.instance = instance
        self._plan = planned
        self._world = _Trees(planned.network.model, instance)
        self._checker = Checker(planned.signature)
        self._built: dict[Any, Callable[..., Any]] = {}
        self.statements = tuple(self._sides(s) for s in (*planned.through, *planned.gradients))

    def forward(self, params: Mapping[str, Array], x: Array, h0: Any = None) -> dict[str, Array]:
        """Every quantity of the network by name, each (T, size)."""
        quantities = self._plan.network.series()
        return {q.text: self._value(Ref(q.key, _NOW, q.shape), params, x, None, h0) for q in quantities}

    def loss(self, params: Mapping[str, Array], x: Array, y: Array, h0: Any = None) -> float:
        """The total loss."""
        return float(self._value(self._plan.network.loss, params, x, y, h0))

    def gradients(self, params: Mapping[str, Array], x: Array, y: Array, h0: Any = None) -> tuple[float, dict[str, Array]]:
        """The total loss and its derivative by every parameter."""
        loss = self._plan.network.loss
        found = {
            q.text: self._value(Jac(loss, Ref(q.key, None, q.shape), False), params, x, y, h0)
            for q in self._plan.network.parameters()
        }
        return self.loss(params, x, y, h0), found

    def _sides(self, statement: ProvenEquation) -> Sides:
        return Sides(
            statement,
            lambda params, x, y, h0=None: self._value(statement.left, params, x, y, h0),
            lambda params, x, y, h0=None: self._value(statement.right, params, x, y, h0),
        )

    def _value(self, node: Tensor, params: Mapping[str, Array], x: Array, y: Array | None, h0: Any) -> Array:
        if node not in self._built:
            self._built[node] = self._function(node)
        return np.asarray(self._built[node](self._entries(params, x, y, h0)), dtype=np.float64)

    def _function(self, node: Tensor) -> Callable[[Mapping[str, float]], Array]:
        """The value of a tensor as a function of the entries of everything free, by name."""
        times = range(self._world.first, self._world.last + 1)
        free = "t" in node.free
        values = [self._world.value(node, {**self._world.base_env, "t": t}) for t in times] if free else []
        array = np.stack(values) if free else self._world.value(node, self._world.base_env)
        outputs = list(array.flat)
        steps = self._world.needed(outputs)
        inner = {symbol for symbol, _ in steps}
        symbols = sorted(set().union(*(e.free_symbols for e in (*outputs, *dict(steps).values()))) - inner, key=str)
        function = sympy.lambdify(symbols, outputs, "numpy", cse=lambda _: (steps, outputs))

        def evaluated(entries: Mapping[str, float]) -> Array:
            return np.asarray(function(*(entries[str(symbol)] for symbol in symbols))).reshape(array.shape)

        return evaluated

    def _entries(self, params: Mapping[str, Array], x: Array, y: Array | None, h0: Any) -> dict[str, float]:
        """Every free entry of the network by the name of its symbol."""
        self._check(params, x, y, h0)
        model, first = self._plan.network.model, self._world.first
        entries: dict[str, float] = {}
        for quantity in self._plan.network.parameters():
            _enter(entries, (quantity.key, None), params[quantity.text])
        roles, given = self._plan.roles, self._checker
        data = [] if y is None else given.several("y", y, given.signature.data)
        for key, array in (
            *zip(roles.inputs, given.several("x", x, given.signature.inputs), strict=True),
            *zip(roles.data, data, strict=False),
        ):
            if model.quantities[key].timed:
                for t, row in enumerate(array):
                    _enter(entries, (key, first + t), np.asarray(row))
            else:
                _enter(entries, (key, None), np.asarray(array))
        for key in self._plan.roles.states:
            _enter(entries, (key, first - 1), _initial(model.quantities[key], h0, self._world))
        return entries

    def _check(self, params: Mapping[str, Array], x: Array, y: Array | None, h0: Any) -> None:
        self._checker.arguments(params, x, y, h0)
        signature = self._checker.signature
        labels = dict(signature.parameters)
        inputs = zip(signature.inputs, self._checker.several("x", x, signature.inputs), strict=True)
        sizes = {"T": self.instance.steps, **dict(self.instance.sizes)}
        shapes = [(name, array, labels[name]) for name, array in params.items()]
        shapes += [("x", array, ("T", *([given.label] if given.label else []))) for given, array in inputs]
        for name, array, axes in shapes:
            wanted = tuple(sizes[label] for label in axes)
            if array.shape != wanted:
                raise BadArray(f"{name} has shape {array.shape}; these expressions are for {wanted}")


def _enter(entries: dict[str, float], key: Key, values: Array) -> None:
    for index in np.ndindex(values.shape):
        entries[symbol_name(entry_name(key), index)] = float(values[index])


def _initial(quantity: Quantity, h0: Any, world: World) -> Array:
    given = h0.get(quantity.text) if isinstance(h0, Mapping) else h0
    return np.zeros([world.sizes[label] for label in quantity.shape]) if given is None else given


def lambdified(model: Given = "notes", instance: Instance | None = None) -> Lambdified:
    """A network at a small instance as functions made by `sympy.lambdify`: forward pass, loss, gradients, statements.

    Without an instance: 3 steps, hidden 2, classes 3, input 2. Raises CannotCompile as
    `compile` does.
    """
    planned = plan(model)
    labels = planned.network.model.labels
    usual = Instance(_STEPS, tuple((label, _SIZES.get(label, 2)) for label in labels))
    return Lambdified(planned, instance or usual)
