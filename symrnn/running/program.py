"""A compiled network: what a caller sees."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.running.checks import Checker, GivenArrays, Signature
from symrnn.running.emit import called
from symrnn.running.errors import BadArray, CannotCompile, NotFinite
from symrnn.running.proof import ProvenEquation
from symrnn.running.source import ProgramText
from symrnn.running.workspace import Fresh, Workspace, Workspaces

Array = npt.NDArray[Any]
Gradients = dict[str, Array]


#: Functions that a program leaves open, by name: each with its derivative.
Functions = Mapping[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]]


class Compiled:
    """The forward pass, the loss and the gradients of a model whose backward pass was proven.

    Shapes, with T time steps, N examples and the letters of `parameters`: x is (T, D) or (N, T, D), y is (T, K) or
    (N, T, K), h0 is (H,) or (N, H) and zero if left out. What is a number at each step is (T,) or (N, T), a target of the whole sequence
    (K,) or (N, K), and where the document has a class as index, y (or x) may hold the numbers of the classes, from 0. Where a
    model has several inputs, several of what the loss compares with or weighs by, or several states, x, y or h0 is a dict by name. All
    arrays are float64 or all float32. The loss of a batch is the sum over its examples; what depends on parameters alone counts once.
    Every method raises BadArray for an array that does not fit or is not finite.
    """

    def __init__(
        self,
        signature: Signature,
        source: ProgramText,
        names: Mapping[str, str],
        statements: tuple[ProvenEquation, ...],
        functions: Functions | None = None,
    ) -> None:
        self.signature = signature
        self.statements = statements
        self._source = source
        self._names = names
        self._passed = functions or {}
        self._checker = Checker(signature)
        self._spaces = Workspaces()
        self._order = [name for name, _ in signature.parameters]
        self._functions = _run(source.code, self._passed)
        self._forward = self._functions["forward"]
        self._loss = self._functions["loss"]
        self._gradients = self._functions["gradients"]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and other processes make the program again from what it was made of."""
        return type(self), (self.signature, self._source, self._names, self.statements, self._passed)

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
        return self._names[self._source.output]

    def forward(self, params: Mapping[str, Array], x: Any, h0: Any = None) -> dict[str, Array]:
        """Every quantity of the network by name, each (T, size) or (N, T, size): states, logits, output."""
        a = self._checker.arguments(params, x, None, h0)
        space = Workspace()
        self._lay_out(a, space)
        with np.errstate(all="ignore"):
            space.forward = self._functions["forward_memory"](Fresh(), *_sizes(a), *a.inputs, *a.parameters)
            arrays = self._forward(space, *_head(a), *a.parameters)
            rows = a.batch[0] if a.batch else 1
            values = self._functions["output"](rows, *arrays)
        result = {}
        for key, array, edges in zip(self._source.series, arrays, self._source.extended, strict=True):
            result[self._names[key]] = self._by_example(key, _without_edges(array, edges, rows), a)
        for key, array in zip(self._source.outputs, values, strict=True):
            result[self._names[key]] = self._by_example(key, array, a)
        return result

    def loss(self, params: Mapping[str, Array], x: Any, y: Any, h0: Any = None) -> float:
        """The total loss."""
        a = self._checker.arguments(params, x, _required(y, self.signature), h0)
        space = self._space(a)
        with np.errstate(all="ignore"):
            loss = float(self._loss(space, *_head(a), *a.data, *a.parameters))
        self._spaces.give_back(a.shapes, space)
        return _finite(loss, a)

    def gradients(
        self, params: Mapping[str, Array], x: Any, y: Any, h0: Any = None, *, outside: bool = False
    ) -> tuple[float, Gradients]:
        """The total loss and its derivative by every parameter, each of the parameter's shape.

        With `outside` also by what comes from outside, under its letters: by each input, and by each state
        before the first step.
        """
        a = self._checker.arguments(params, x, _required(y, self.signature), h0)
        space = self._space(a)
        loss, gradients, _ = self._run(space, a)
        if outside:
            gradients |= self._outside(space, a)
        self._spaces.give_back(a.shapes, space)
        return _finite(loss, a), gradients

    def gradients_and_state(
        self, params: Mapping[str, Array], x: Any, y: Any, h0: Any = None
    ) -> tuple[float, Gradients, dict[str, Array]]:
        """As `gradients`, and the states after the last step by name, each (H,) or (N, H), to go on from as `h0`."""
        a = self._checker.arguments(params, x, _required(y, self.signature), h0)
        space = self._space(a)
        loss, gradients, series = self._run(space, a)
        last = self._last(series, a)
        self._spaces.give_back(a.shapes, space)
        return _finite(loss, a), gradients, last

    def _space(self, a: GivenArrays) -> Workspace:
        """Memory for arrays of these shapes. A target is part of them, so `loss` and `gradients` share it."""
        space = self._spaces.take(a.shapes)
        self._lay_out(a, space)
        if not space.backward:
            space.forward = self._functions["forward_memory"](space, *_sizes(a), *a.inputs, *a.parameters)
            space.backward = self._functions["backward_memory"](space, *_sizes(a), *a.inputs, *a.parameters)
        return space

    def _lay_out(self, a: GivenArrays, space: Workspace) -> None:
        """Puts what is given into rows by time step and example, in memory that is kept; classes of targets become vectors."""
        signature = self.signature
        for number, given in enumerate(signature.inputs):
            a.inputs[number] = space.rows(f"x{number}", a.inputs[number], a.batch, given.label, given.timed)
        for number, (given, array) in enumerate(zip(signature.data, a.data, strict=False)):
            if given.classes and array.dtype.kind in "iu":
                size = self._checker.size(a.shapes, given.label, array)
                array = np.eye(size, dtype=a.dtype)[array]
            a.data[number] = space.rows(f"y{number}", array, a.batch, given.label, given.timed)

    def _run(self, space: Workspace, a: GivenArrays) -> tuple[float, Gradients, tuple[Array, ...]]:
        """The loss, the gradients by name, and the series of the forward pass, which live in the workspace."""
        with np.errstate(all="ignore"):
            loss, arrays, series = self._gradients(space, *_head(a), *a.data, *a.parameters)
        return float(loss), dict(zip(self._order, arrays, strict=True)), series

    def _outside(self, space: Workspace, a: GivenArrays) -> Gradients:
        """The derivatives by inputs and initial states, by name."""
        with np.errstate(all="ignore"):
            arrays = self._functions["outside"](space, *_head(a), *a.parameters)
        found = zip(self._source.outside, arrays, strict=True)
        return {
            self._names[key]: np.array(
                self._shaped(key, array, a.batch) if key in self._source.states else self._by_example(key, array, a)
            )
            for key, array in found
        }

    def _shaped(self, key: str, array: Array, lead: tuple[int, ...]) -> Array:
        """Rows with other axes in front; a number at each step has no axis of its own."""
        return array.reshape(*lead, -1) if key in self._source.vectors else array.reshape(lead)

    def _by_example(self, key: str, array: Array, a: GivenArrays) -> Array:
        """Rows back to (T, size) or (N, T, size), of a number at each step (T,) or (N, T), as a view."""
        split = self._shaped(key, array, (a.steps, *a.batch))
        return split.swapaxes(0, 1) if a.batch else split

    def _last(self, series: tuple[Array, ...], a: GivenArrays) -> dict[str, Array]:
        """The states after the last step, by name."""
        rows = a.batch[0] if a.batch else 1
        return {
            self._names[key]: self._shaped(key, _without_edges(array, edges, rows)[-rows:], a.batch).copy()
            for key, array, edges in zip(self._source.series, series, self._source.extended, strict=True)
            if key in self._source.states and edges[0]
        }


_NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.For, ast.Expr,
    ast.Import, ast.ImportFrom, ast.alias, ast.Call, ast.Attribute, ast.Subscript, ast.Slice, ast.Name, ast.Tuple,
    ast.Starred, ast.Constant, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.operator, ast.unaryop, ast.expr_context,
)  # fmt: skip
_ATTRIBUTES = frozenset(
    (
        *(
            "T",
            "add",
            "copy",
            "copyto",
            "divide",
            "dot",
            "backward",
            "empty",
            "empty_like",
            "forward",
            "multiply",
            "reduce",
            "reshape",
        ),
        *("result", "shape", "steps", "vdot"),
    )
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
            and not (isinstance(node, ast.Constant) and node.value is not None and not isinstance(node.value, (int, float)))
            and not (isinstance(node, ast.Attribute) and node.attr not in _ATTRIBUTES)
            and not any("__" in str(name) for name in names)
            and set(imported) <= _MODULES
        )
        if not harmless:
            raise CannotCompile(
                f"the generated program has a {type(node).__name__} that it must not have, at line {getattr(node, 'lineno', 0)}"
            )
    return tree


def _run(code: str, functions: Functions) -> dict[str, Callable[..., Any]]:
    """The functions of a generated program; those that are passed in are made to write into an array, as its kernels do."""
    namespace: dict[str, Any] = {}
    for name, (value, slope) in functions.items():
        namespace[called(name)] = _writing(value)
        namespace[f"{called(name)}_slope"] = _writing_slope(slope)
    return executed(vetted(code), namespace)


def executed(tree: ast.Module, namespace: dict[str, Any]) -> dict[str, Any]:
    """A namespace with what a vetted program defines."""
    exec(compile(tree, "<symrnn.running>", "exec"), namespace)
    return namespace


def _writing(function: Callable[[Array], Array]) -> Callable[[Array, Array], None]:
    return lambda argument, out: np.copyto(out, function(argument))


def _writing_slope(slope: Callable[[Array], Array]) -> Callable[[Array, Array, Array], None]:
    return lambda value, argument, out: np.copyto(out, slope(argument))


def _sizes(a: GivenArrays) -> tuple[Any, ...]:
    return a.steps, a.batch[0] if a.batch else 1, a.batch, a.dtype


def _head(a: GivenArrays) -> tuple[Any, ...]:
    return *_sizes(a), *a.inputs, *a.first


def _required(y: Any, signature: Signature) -> Any:
    if y is None and signature.data:
        shapes = " or ".join(
            f"({lead}T{', ' + signature.letter(signature.target) if signature.target else ''})" for lead in ("", "N, ")
        )
        raise BadArray(f"y is None; give the targets, {shapes}")
    return {} if y is None else y


def _without_edges(array: Array, edges: tuple[bool, bool], rows: int) -> Array:
    before, after = edges
    return array[rows if before else 0 : len(array) - (rows if after else 0)]


def _finite(loss: float, a: GivenArrays) -> float:
    if math.isfinite(loss):
        return loss
    raise NotFinite(f"the loss is {loss}: the numbers in between are too large for {a.dtype}; scale the parameters down")
