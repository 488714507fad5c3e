"""What arrays a program takes, and what is said about one that does not fit.

The checks of a call that is right cost a few microseconds: a sum of squares is finite only if every entry is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.numeric.errors import BadArray

Array = npt.NDArray[Any]
Labels = tuple[str, ...]

_LETTERS = {"hidden": "H", "classes": "K", "input": "D"}


@dataclass(frozen=True)
class Signature:
    """What a program is called with: parameters with their axes, the axis of the input, of the target, and of each free initial state.

    `fixed` says which states the document itself starts; `output` is the key of the network's output.
    """

    parameters: tuple[tuple[str, Labels], ...]
    input: str
    target: str
    states: tuple[tuple[str, str], ...]
    fixed: tuple[str, ...] = ()
    output: str = ""

    def letter(self, label: str) -> str:
        return _LETTERS.get(label, label)

    def shape(self, labels: Sequence[str]) -> str:
        inside = ", ".join(self.letter(label) for label in labels)
        return f"({inside},)" if len(labels) == 1 else f"({inside})"


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arrays that fit together: rows by time step and example, `batch` being () or the number of examples."""

    steps: int
    batch: tuple[int, ...]
    dtype: np.dtype[Any]
    parameters: list[Array]
    x: Array
    y: Array | None
    first: list[Any]


class Checker:
    """Turns the arrays of one call into `Arguments`."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature

    def arguments(self, params: Mapping[str, Array], x: Array, y: Array | None, first: Any) -> Arguments:
        """The arrays, checked. Raises BadArray."""
        sizes: dict[str, int] = {}
        parameters = self._parameters(params, sizes)
        dtype = parameters[0].dtype
        batch = self._batch("x", x, dtype, self.signature.input, sizes)
        rows = _rows("x", x, batch)
        targets = None
        if y is not None:
            if self._batch("y", y, dtype, self.signature.target, sizes) != batch or y.shape[-2] != x.shape[-2]:
                raise BadArray(f"y has shape {y.shape} and x {x.shape}; they need the same number of steps (and of examples)")
            targets = _rows("y", y, batch)
        return Arguments(x.shape[-2], batch, dtype, parameters, rows, targets, self._first(first, dtype, batch, sizes))

    def _parameters(self, params: Mapping[str, Array], sizes: dict[str, int]) -> list[Array]:
        result: list[Array] = []
        for name, labels in self.signature.parameters:
            try:
                array = params[name]
            except (KeyError, TypeError, IndexError):
                raise self._missing(params, name) from None
            self._check(f'params["{name}"]', array, result[0].dtype if result else None, labels, sizes)
            result.append(array if array.flags.c_contiguous else np.ascontiguousarray(array))
        if len(params) != len(result):
            known = {name for name, _ in self.signature.parameters}
            extra = ", ".join(repr(name) for name in params if name not in known)
            raise BadArray(f"params has {extra}, which the model does not have; leave it out")
        return result

    def _missing(self, params: object, name: str) -> BadArray:
        if not isinstance(params, Mapping):
            return BadArray(f"params is of type {type(params).__name__}; give a dict of arrays by name")
        wanted = ", ".join(f"{name} {self.signature.shape(labels)}" for name, labels in self.signature.parameters)
        return BadArray(f"params lacks {name!r}; it needs {wanted}")

    def _check(
        self, name: str, array: Array, dtype: np.dtype[Any] | None, labels: Labels, sizes: dict[str, int], leading: str = ""
    ) -> None:
        """One array: its type, its number of axes, the sizes that it shares with others, and that its entries are finite."""
        if type(array) is not np.ndarray and not isinstance(array, np.ndarray):
            raise BadArray(f"{name} is of type {type(array).__name__}; make it a NumPy array with numpy.asarray")
        if array.dtype.char not in "fd":
            raise BadArray(f"{name} has dtype {array.dtype}; use float64 or float32, as in {name}.astype(numpy.float64)")
        if dtype is not None and array.dtype != dtype:
            raise BadArray(f"{name} has dtype {array.dtype} and the parameters {dtype}; convert it with .astype(numpy.{dtype})")
        if array.ndim < len(labels) or not leading and array.ndim != len(labels):
            raise BadArray(f"{name} has shape {array.shape}; it must be {leading or self.signature.shape(labels)}")
        for label, size in zip(labels, array.shape[-len(labels) :], strict=True):
            if sizes.setdefault(label, size) != size:
                raise BadArray(
                    f"{name} has shape {array.shape}; it must be {leading or self.signature.shape(labels)}, "
                    f"with {self.signature.letter(label)} = {sizes[label]} as in the arrays before it"
                )
        if not array.size:
            raise BadArray(f"{name} has shape {array.shape}, without an entry; every size must be at least 1")
        _check_finite(name, array)

    def _batch(self, name: str, array: Array, dtype: np.dtype[Any], label: str, sizes: dict[str, int]) -> tuple[int, ...]:
        letter = self.signature.letter(label)
        wanted = f"(T, {letter}) or (N, T, {letter})"
        self._check(name, array, dtype, (label,), sizes, wanted)
        if array.ndim not in (2, 3):
            raise BadArray(f"{name} has shape {array.shape}; it must be {wanted}")
        return array.shape[:-2]

    def _first(self, first: Any, dtype: np.dtype[Any], batch: tuple[int, ...], sizes: dict[str, int]) -> list[Any]:
        """The initial states in order; 0.0 stands for zeros."""
        states = self.signature.states
        if first is None:
            return [0.0] * len(states)
        if not states:
            fixed = ", ".join(self.signature.fixed) or "no state"
            raise BadArray(f"h0 was given, but the model leaves no initial state free ({fixed}); leave it out")
        if not isinstance(first, Mapping):
            if len(states) > 1:
                names = ", ".join(name for name, _ in states)
                raise BadArray(f"h0 must be a dict with the initial states {names}; the model has several")
            first = {states[0][0]: first}
        return [self._state(first, name, label, dtype, batch, sizes) for name, label in states]

    def _state(
        self, first: Mapping[str, Any], name: str, label: str, dtype: np.dtype[Any], batch: tuple[int, ...], sizes: dict[str, int]
    ) -> Any:
        array = first.get(name)
        if array is None:
            return 0.0
        letter = self.signature.letter(label)
        text = "h0" if len(self.signature.states) == 1 else f'h0["{name}"]'
        wanted = f"(N, {letter}) with N = {batch[0]}" if batch else f"({letter},)"
        self._check(text, array, dtype, (label,), sizes, wanted)
        if array.shape[:-1] != batch:
            raise BadArray(f"{text} has shape {array.shape}; it must be {wanted}, as x has shape {(*batch, 'T', 'D')}")
        return array.reshape(-1, array.shape[-1])


def _check_finite(name: str, array: Array) -> None:
    flat = array.reshape(-1)
    if math.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all():
        return
    position = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(array)))
    raise BadArray(f"{name} is {array[position]} at {position}; every entry must be finite")


def _rows(name: str, array: Array, batch: tuple[int, ...]) -> Array:
    """One row per time step and example, without a copy where the array lies so already."""
    if batch:
        array = array.swapaxes(0, 1)
    return np.ascontiguousarray(array).reshape(-1, array.shape[-1])
