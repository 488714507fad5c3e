"""A compiled network: what a caller sees."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.running.checks import Arguments, Checker, Signature
from symrnn.running.errors import BadArray, CannotCompile, NotFinite
from symrnn.running.proof import Statement
from symrnn.running.source import Source
from symrnn.running.workspace import Fresh, Workspace, Workspaces

Array = npt.NDArray[Any]
Gradients = dict[str, Array]


class Compiled:
    """The forward pass, the loss and the gradients of a model whose backward pass was proven.

    Shapes, with T time steps, N examples and the letters of `parameters`: x is (T, D) or (N, T, D), y is (T, K) or
    (N, T, K), h0 is (H,) or (N, H) and zero if left out (a dict of such arrays for a model with several states). All
    arrays are float64 or all float32. The loss of a batch is the sum over its examples. Every method raises BadArray
    for an array that does not fit or is not finite.
    """

    def __init__(self, signature: Signature, source: Source, names: Mapping[str, str], statements: tuple[Statement, ...]) -> None:
        self.signature = signature
        self.statements = statements
        self._source = source
        self._names = names
        self._checker = Checker(signature)
        self._spaces = Workspaces()
        self._order = [name for name, _ in signature.parameters]
        self._functions = _run(source.code)
        self._forward = self._functions["forward"]
        self._loss = self._functions["loss"]
        self._gradients = self._functions["gradients"]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and other processes make the program again from what it was made of."""
        return type(self), (self.signature, self._source, self._names, self.statements)

    @property
    def source(self) -> str:
        """The generated NumPy; above each block, in LaTeX, what it computes and for which sizes that is proven."""
        return self._source.text

    @property
    def parameters(self) -> dict[str, tuple[str, ...]]:
        """The parameters by name, each with the names of its axes."""
        return dict(self.signature.parameters)

    @property
    def output(self) -> str:
        """The name of the network's output, as `forward` returns it."""
        return self._names[self.signature.output]

    def forward(self, params: Mapping[str, Array], x: Array, h0: Any = None) -> dict[str, Array]:
        """Every quantity of the network by name, each (T, size) or (N, T, size): states, logits, output."""
        a = self._checker.arguments(params, x, None, h0)
        space = Workspace()
        _lay_out(a, space)
        with np.errstate(all="ignore"):
            space.forward = self._functions["forward_memory"](Fresh(), *_sizes(a), a.x, *a.parameters)
            arrays = self._forward(space, *_head(a), *a.parameters)
            values = self._functions["output"](arrays[self._source.through])
        rows = len(a.x) // a.steps
        result = {}
        for key, array, side in zip(self._source.series, arrays, self._source.extended, strict=True):
            result[self._names[key]] = _by_example(_without_edge(array, side, rows), a)
        result[self.output] = _by_example(values, a)
        return result

    def loss(self, params: Mapping[str, Array], x: Array, y: Array, h0: Any = None) -> float:
        """The total loss."""
        a = self._checker.arguments(params, x, _required(y), h0)
        space = self._space(a)
        with np.errstate(all="ignore"):
            loss = float(self._loss(space, *_head(a), a.y, *a.parameters))
        self._spaces.give_back(a.shapes, space)
        return _finite(loss, a)

    def gradients(self, params: Mapping[str, Array], x: Array, y: Array, h0: Any = None) -> tuple[float, Gradients]:
        """The total loss and its derivative by every parameter, each of the parameter's shape."""
        a = self._checker.arguments(params, x, _required(y), h0)
        space = self._space(a)
        loss, gradients, _ = self._run(space, a)
        self._spaces.give_back(a.shapes, space)
        return _finite(loss, a), gradients

    def gradients_and_state(
        self, params: Mapping[str, Array], x: Array, y: Array, h0: Any = None
    ) -> tuple[float, Gradients, dict[str, Array]]:
        """As `gradients`, and the states after the last step by name, each (H,) or (N, H), to go on from as `h0`."""
        a = self._checker.arguments(params, x, _required(y), h0)
        space = self._space(a)
        loss, gradients, series = self._run(space, a)
        last = self._last(series, a)
        self._spaces.give_back(a.shapes, space)
        return _finite(loss, a), gradients, last

    def _space(self, a: Arguments) -> Workspace:
        """Memory for arrays of these shapes. A target is part of them, so `loss` and `gradients` share it."""
        space = self._spaces.take(a.shapes)
        _lay_out(a, space)
        if not space.backward:
            space.forward = self._functions["forward_memory"](space, *_sizes(a), a.x, *a.parameters)
            space.backward = self._functions["backward_memory"](space, *_sizes(a), a.x, *a.parameters)
        return space

    def _run(self, space: Workspace, a: Arguments) -> tuple[float, Gradients, tuple[Array, ...]]:
        """The loss, the gradients by name, and the series of the forward pass, which live in the workspace."""
        with np.errstate(all="ignore"):
            loss, arrays, series = self._gradients(space, *_head(a), a.y, *a.parameters)
        return float(loss), dict(zip(self._order, arrays, strict=True)), series

    def _last(self, series: tuple[Array, ...], a: Arguments) -> dict[str, Array]:
        rows = len(a.x) // a.steps
        return {
            self._names[key]: array[-rows:].reshape(*a.batch, -1).copy()
            for key, array, side in zip(self._source.series, series, self._source.extended, strict=True)
            if side < 0
        }


_NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.For, ast.Expr,
    ast.Import, ast.ImportFrom, ast.alias, ast.Call, ast.Attribute, ast.Subscript, ast.Slice, ast.Name, ast.Tuple,
    ast.Starred, ast.Constant, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.operator, ast.unaryop, ast.expr_context,
)  # fmt: skip
_ATTRIBUTES = frozenset(
    ("T", "add", "copy", "copyto", "dot", "backward", "empty", "forward", "multiply", "reduce", "result", "shape", "steps", "tanh")
)
_MODULES = frozenset({"numpy", "symrnn.running.jit", "symrnn.running.kernels"})


def vetted(code: str) -> ast.Module:
    """The tree of a generated program, with nothing in it but arithmetic on arrays.

    Names in it come from the letters of a document, so what is run is looked at once more: no text, no attribute and no
    import beyond those of the generator, and no name with two underscores. Raises CannotCompile.
    """
    tree = ast.parse(code)
    for node in ast.walk(tree):
        names = [getattr(node, field, "") for field in ("id", "name", "arg")]
        imported = [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "numpy")]
        harmless = (
            isinstance(node, _NODES)
            and not (isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)))
            and not (isinstance(node, ast.Attribute) and node.attr not in _ATTRIBUTES)
            and not any("__" in str(name) for name in names)
            and set(imported) <= _MODULES
        )
        if not harmless:
            raise CannotCompile(
                f"the generated program has a {type(node).__name__} that it must not have, at line {getattr(node, 'lineno', 0)}"
            )
    return tree


def _run(code: str) -> dict[str, Callable[..., Any]]:
    """The functions of a generated program."""
    namespace: dict[str, Any] = {}
    exec(compile(vetted(code), "<symrnn.running>", "exec"), namespace)
    return namespace


def _sizes(a: Arguments) -> tuple[Any, ...]:
    return a.steps, a.batch[0] if a.batch else 1, a.batch, a.dtype


def _lay_out(a: Arguments, space: Workspace) -> None:
    """Puts x and y into rows by time step and example, in memory that is kept."""
    a.x = space.rows("x", a.x, a.batch)
    if a.y is not None:
        a.y = space.rows("y", a.y, a.batch)


def _head(a: Arguments) -> tuple[Any, ...]:
    return *_sizes(a), a.x, *a.first


def _required(y: Array | None) -> Array:
    if y is None:
        raise BadArray("y is None; give the targets, (T, K) or (N, T, K)")
    return y


def _without_edge(array: Array, side: int, rows: int) -> Array:
    return array if not side else array[rows:] if side < 0 else array[:-rows]


def _by_example(array: Array, a: Arguments) -> Array:
    """Rows back to (T, size) or (N, T, size), as a view."""
    split = array.reshape(a.steps, *a.batch, -1)
    return split.swapaxes(0, 1) if a.batch else split


def _finite(loss: float, a: Arguments) -> float:
    if math.isfinite(loss):
        return loss
    raise NotFinite(f"the loss is {loss}: the numbers in between are too large for {a.dtype}; scale the parameters down")
