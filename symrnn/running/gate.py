"""The text of a program, run in residues instead of floating-point numbers, and compared with the network that it was made for.

Each equation of a plan has its own proof. Whatever is done with them afterwards, how the loss is taken apart, in which order they are
computed, which products are joined and where results are written: the lines that will run are run here, on whole numbers modulo a
prime, with a network of small sizes, and give its loss and its derivatives. A function is a random function of its argument there, as it
is for the network.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.deciding.algebras.base import Undefined
from symrnn.deciding.algebras.modular import PRIME, Modular
from symrnn.deciding.evaluate import Instance, World
from symrnn.language.functions import KERNELS
from symrnn.language.tensors import JOIN, SINGLE, Jac
from symrnn.running import kernels
from symrnn.running.emit import called
from symrnn.running.errors import CannotCompile
from symrnn.running.plan import Plan
from symrnn.running.program import executed, vetted
from symrnn.running.source import ProgramText
from symrnn.running.workspace import Fresh

Array = npt.NDArray[Any]

_STEPS, _POINTS = (4, 5), 6


class _Memory(Fresh):
    """Memory for whole numbers of any size."""

    forward: Any = ()
    backward: Any = ()

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Array:
        return np.zeros(shape, object)

    result = empty


class _Exact(ast.NodeTransformer):
    """Numbers and quotients of a program as residues."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        value = Fraction(node.value).limit_denominator(10**6)
        return ast.Constant(value.numerator * pow(value.denominator, -1, PRIME) % PRIME)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.Call(ast.Name("quotient", ast.Load()), [node.left, node.right], [])


def agree(plan: Plan, source: ProgramText) -> None:
    """Raises CannotCompile where the lines of a program give another loss or another derivative than the network has."""
    sizes = tuple((label, 2 + n) for n, label in enumerate(x for x in plan.network.model.labels if JOIN not in x and x != SINGLE))
    for steps in _STEPS:
        for seed in range(_POINTS):
            algebra = Modular(seed)
            world = World(plan.network.before, Instance(steps, sizes), algebra)
            try:
                wrong = _difference(plan, _functions(plan, source, algebra), world)
            except Undefined:
                continue
            if wrong:
                raise CannotCompile(
                    f"the program computes another {wrong} than the network, modulo a prime; please report the document"
                )
            break
        else:
            raise CannotCompile("at no random point could the program be run; please report the document")


def _difference(plan: Plan, functions: Mapping[str, Callable[..., Any]], world: World) -> str:
    """What the lines compute otherwise than the network; empty for nothing."""
    network, quantities = plan.network, plan.network.model.quantities
    times = range(world.first, world.last + 1)

    def rows(key: str, timed: bool) -> Array:
        values = [world.quantity((key, t)) for t in times] if timed else [world.quantity((key, None))]
        return np.array([np.atleast_1d(np.asarray(value)).astype(object) for value in values], object)

    parameters = [np.asarray(world.quantity((q.key, None))).astype(object) for q in network.parameters()]
    inputs = [rows(key, True) for key in plan.roles.inputs]
    timed = {ref.quantity: ref.time is not None for ref in network.cost.data}
    data = [rows(key, timed[key]) for key in plan.roles.data]
    first = []
    for key in plan.roles.states:
        edge = world.first - 1 if quantities[key].recurrence < 0 else world.last + 1
        first.append(np.atleast_1d(world.quantity((key, edge))).astype(object).reshape(1, -1))
    memory, sizes = _Memory(), (len(times), 1, (), object)
    memory.forward = functions["forward_memory"](memory, *sizes, *inputs, *parameters)
    memory.backward = functions["backward_memory"](memory, *sizes, *inputs, *parameters)
    loss, gradients, _ = functions["gradients"](memory, *sizes, *inputs, *first, *data, *parameters)
    outside = functions["outside"](memory, *sizes, *inputs, *first, *parameters)
    again = functions["loss"](memory, *sizes, *inputs, *first, *data, *parameters)
    total = (network.loss.quantity, None)
    if not _equal(loss, world.quantity(total)) or not _equal(again, world.quantity(total)):
        return "loss"
    for quantity, found in zip(network.parameters(), gradients, strict=True):
        if not _equal(found, world.jacobian(total, (quantity.key, None), False)):
            return f"derivative by {quantity.text}"
    for statement, found in zip(plan.outside, outside, strict=True):
        assert isinstance(statement.left, Jac)
        name = statement.left.wrt.quantity
        edge = world.first - 1 if quantities[name].recurrence < 0 else world.last + 1
        at = [edge] if name in plan.roles.states else list(times)
        exact = [world.jacobian(total, (name, t), False) for t in at]
        if not all(_equal(row, value) for row, value in zip(found, exact, strict=True)):
            return f"derivative by {quantities[name].text}"
    return ""


def _equal(found: Any, exact: Any) -> bool:
    wanted = np.asarray(0 if exact is None else exact).astype(object)
    return bool(np.all((np.asarray(found, object).reshape(-1) - wanted.reshape(-1)) % PRIME == 0))


def _functions(plan: Plan, source: ProgramText, algebra: Modular) -> dict[str, Callable[..., Any]]:
    """The functions of a program, on residues."""
    tree = vetted(source.code)
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    open_ones = {called(name): _value(algebra, name) for name in plan.functions}
    slopes = {f"{called(name)}_slope": _slope(algebra, name) for name in plan.functions}
    return executed(ast.fix_missing_locations(_Exact().visit(tree)), {**_namespace(algebra), **open_ones, **slopes})


# ------------------------------------------------------------------------------------------------------ the words of a program


def _namespace(algebra: Modular) -> dict[str, Any]:
    """What the lines of a program call, in residues."""
    costs = {name: partial(cost, algebra) for name, cost in _COSTS.items()}
    return {
        "np": _numpy(algebra),
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": partial(_divide, algebra),
        "quotient": partial(_divide, algebra),
        "log": partial(_map, algebra, "log", 0),
        **{name: _value(algebra, name) for name in KERNELS},
        **{f"{name}_slope": _slope(algebra, name) for name in KERNELS},
        **{f"scalar_{name}": partial(_map, algebra, name, 0) for name in KERNELS},
        **costs,
        **{f"{name}_and_derivative": partial(derivative, algebra) for name, derivative in _DERIVATIVES.items()},
        "softmax": partial(_softmax, algebra),
        "softmax_step": lambda z, out: np.copyto(out, _softmax(algebra, np.atleast_2d(z)).reshape(out.shape)),
        "inner": _inner,
        "column": kernels.column,
        "over_steps": kernels.over_steps,
        "times_matrix": lambda rows, matrix, out=None: np.dot(rows, matrix, out),
        "sum_outer": lambda left, right, out: np.dot(left.T, right, out),
        "sum_products": lambda left, right, out: np.copyto(out, np.add.reduce(left * right, 0)),
        "machine_code": lambda function: function,
        "product": lambda rows, matrix, out: np.dot(rows, matrix, out),
    }


def _numpy(algebra: Modular) -> SimpleNamespace:
    """The functions of NumPy that a program calls by name."""
    whole = {name: getattr(np, name) for name in ("add", "multiply", "dot", "copyto", "vdot", "empty_like")}
    return SimpleNamespace(divide=partial(_divide, algebra), **whole)


def _small(x: Any) -> Array:
    """Residues as the algebra has them."""
    return np.asarray(np.asarray(x, object) % PRIME, np.int64)


def _map(algebra: Modular, name: str, order: int, x: Any) -> Array:
    return algebra.function(name, order, _small(x)).astype(object)


def _value(algebra: Modular, name: str) -> Callable[..., Array]:
    return lambda argument, out=None: _into(_map(algebra, name, 0, argument), out)


def _slope(algebra: Modular, name: str) -> Callable[..., Array]:
    return lambda value, argument, out: _into(_map(algebra, name, 1, argument), out)


def _into(value: Array, out: Array | None) -> Array:
    if out is None:
        return value
    np.copyto(out, value)
    return out


def _divide(algebra: Modular, a: Any, b: Any, out: Array | None = None) -> Array:
    below = algebra.each(algebra.reciprocal, np.broadcast_to(_small(b), np.broadcast_shapes(np.shape(a), np.shape(b))))
    return _into(np.asarray(a, object) * below.astype(object), out)


def _softmax(algebra: Modular, z: Array) -> Array:
    return np.array([algebra.softmax(_small(row)).astype(object) for row in z], object)


def _inner(left: Array, right: Array, out: Array | None = None) -> Array:
    return _into(np.add.reduce(left * right, -1, keepdims=True), out)


def _weighted(values: Array, weights: Array | None) -> Array:
    return values if weights is None else values * weights


def _cross_entropy(algebra: Modular, z: Array, y: Array, weights: Array | None = None) -> Any:
    return -np.sum(_weighted(y, weights) * _map(algebra, "log", 0, _softmax(algebra, z)))


def _cross_entropy_slope(algebra: Modular, z: Array, y: Array, spare: Array, weights: Array | None = None) -> tuple[Any, Array]:
    loss = _cross_entropy(algebra, z, y, weights)
    error = np.add.reduce(y, 1, keepdims=True) * _softmax(algebra, z) - y
    return loss, _into(_weighted(error, weights), z)


def _logistic(algebra: Modular, a: Array, y: Array, weights: Array | None = None) -> Any:
    p = _map(algebra, "sigma", 0, a)
    return -np.sum(_weighted(y * _map(algebra, "log", 0, p) + (1 - y) * _map(algebra, "log", 0, 1 - p), weights))


def _logistic_slope(algebra: Modular, a: Array, y: Array, spare: Array, weights: Array | None = None) -> tuple[Any, Array]:
    loss = _logistic(algebra, a, y, weights)
    return loss, _into(_weighted(_map(algebra, "sigma", 0, a) - y, weights), a)


def _squared(algebra: Modular, p: Array, y: Array, weights: Array | None = None) -> Any:
    return np.sum(_weighted((p - y) ** 2, weights))


def _squared_slope(algebra: Modular, p: Array, y: Array, spare: Array, weights: Array | None = None) -> tuple[Any, Array]:
    return _squared(algebra, p, y, weights), _into(_weighted(2 * (p - y), weights), p)


_COSTS: Mapping[str, Callable[..., Any]] = {"cross_entropy": _cross_entropy, "logistic": _logistic, "squared_error": _squared}
_DERIVATIVES: Mapping[str, Callable[..., Any]] = {
    "cross_entropy": _cross_entropy_slope,
    "logistic": _logistic_slope,
    "squared_error": _squared_slope,
}
