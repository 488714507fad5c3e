"""What arrays a program takes, and what is said about one that does not fit.

The checks of a call that is right cost a few microseconds: a sum of squares is finite only if every entry is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import vdot

from symrnn.running.errors import BadArray, NotFinite

Array = npt.NDArray[Any]
Labels = tuple[str, ...]

_LETTERS = {"hidden": "H", "classes": "K", "input": "D"}


@dataclass(frozen=True)
class Signature:
    """What a program is called with: parameters with their axes, the axis of the input, of the target, and of each
    free initial state.

    `output` is the key of the network's output.
    """

    parameters: tuple[tuple[str, Labels], ...]
    input: str
    target: str
    states: tuple[tuple[str, str], ...]
    output: str = ""

    def letter(self, label: str) -> str:
        return _LETTERS.get(label, label)

    def shape(self, labels: Sequence[str]) -> str:
        inside = ", ".join(self.letter(label) for label in labels)
        return f"({inside},)" if len(labels) == 1 else f"({inside})"


@dataclass(slots=True)
class Arguments:
    """Arrays that fit together; `batch` is () or the number of examples, `shapes` a number for the shapes and types of all.

    `x` and `y` are as they were given until a program lays them out in rows by time step and example.
    """

    shapes: int
    steps: int
    batch: tuple[int, ...]
    dtype: np.dtype[Any]
    parameters: list[Array]
    x: Array
    y: Array | None
    first: list[Any]


class Checker:
    """Turns the arrays of one call into `Arguments`.

    Shapes and types that were found right once need no second look; that entries are finite is looked at in every call.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self._names = [name for name, _ in signature.parameters]
        self._right: dict[tuple[Any, ...], int] = {}
        self._numbers = count()

    def arguments(self, params: Mapping[str, Array], x: Array, y: Array | None, first: Any) -> Arguments:
        """The arrays, checked. Raises BadArray."""
        parameters = self._parameters(params)
        states = () if first is None else self._states(first)
        arrays = [*parameters, x, *([] if y is None else [y]), *(state for state in states if state is not None)]
        try:
            key = (*[(a.shape, a.dtype, type(a)) for a in arrays], y is None, *[s is None for s in states])
            shapes = self._right.get(key)
        except AttributeError:  # no array: said by the check
            key, shapes = (), None
        if shapes is None:
            self._check_all(parameters, x, y, states)
            shapes = self._right.setdefault(key, next(self._numbers))
        for array in arrays:
            if not isfinite(vdot(array, array)):
                self._check_finite(parameters, x, y, states)
        batch = x.shape[:-2]
        rows = [0.0 if state is None else state.reshape(-1, state.shape[-1]) for state in states]
        return Arguments(
            shapes,
            x.shape[-2],
            batch,
            x.dtype,
            [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in parameters],
            x,
            y,
            rows or [0.0] * len(self.signature.states),
        )

    def _parameters(self, params: Mapping[str, Array]) -> list[Array]:
        try:
            parameters = [params[name] for name in self._names]
        except (KeyError, TypeError, IndexError):
            raise self._missing(params) from None
        if len(params) != len(parameters):
            extra = ", ".join(repr(name) for name in params if name not in self._names)
            raise BadArray(f"params has {extra}, which the model does not have; leave it out")
        return parameters

    def _missing(self, params: object) -> BadArray:
        if not isinstance(params, Mapping):
            return BadArray(f"params is of type {type(params).__name__}; give a dict of arrays by name")
        wanted = ", ".join(f"{name} {self.signature.shape(labels)}" for name, labels in self.signature.parameters)
        lacking = ", ".join(repr(name) for name in self._names if name not in params)
        return BadArray(f"params lacks {lacking}; it needs {wanted}")

    def _states(self, first: Any) -> Sequence[Any]:
        """The initial states in order, None for one that is left out."""
        names = [name for name, _ in self.signature.states]
        if not names:
            raise BadArray("h0 was given, but the model has no state that starts with one; leave it out")
        if not isinstance(first, Mapping):
            if len(names) > 1:
                raise BadArray(f"h0 must be a dict with the initial states {', '.join(names)}; the model has several")
            return [first]
        unknown = [repr(name) for name in first if name not in names]
        if unknown:
            raise BadArray(f"h0 has {', '.join(unknown)}; the states of the model are {', '.join(names)}")
        return [first.get(name) for name in names]

    # --------------------------------------------------------------------------------------------- shapes and types

    def _check_all(self, parameters: Sequence[Array], x: Array, y: Array | None, states: Sequence[Any]) -> None:
        sizes: dict[str, int] = {}
        dtype = None
        for (name, labels), array in zip(self.signature.parameters, parameters, strict=True):
            self._check(f'params["{name}"]', array, dtype, labels, sizes)
            dtype = array.dtype
        self._check_sequence("x", x, dtype, self.signature.input, sizes)
        if y is not None:
            self._check_sequence("y", y, dtype, self.signature.target, sizes)
            if y.shape[:-1] != x.shape[:-1]:
                raise BadArray(f"y has shape {y.shape} and x {x.shape}; they need the same number of steps (and of examples)")
        for (name, label), state in zip(self.signature.states, states, strict=False):
            if state is not None:
                self._check_state(name, state, dtype, label, x, sizes)

    def _check(
        self,
        name: str,
        array: Array,
        dtype: np.dtype[Any] | None,
        labels: Labels,
        sizes: dict[str, int],
        wanted: str = "",
    ) -> None:
        """One array: its type, its number of axes, and the sizes that it shares with others.

        `wanted` allows more axes in front.
        """
        if not isinstance(array, np.ndarray) or isinstance(array, (np.matrix, np.ma.MaskedArray)):
            raise BadArray(f"{name} is of type {type(array).__name__}; make it a plain NumPy array with numpy.asarray")
        if name == "y" and array.dtype.kind in "iu":
            letter = self.signature.letter(self.signature.target)
            raise BadArray(f"y has dtype {array.dtype}; if it holds classes, make them one-hot: numpy.eye({letter})[y]")
        if array.dtype != array.dtype.newbyteorder("="):
            raise BadArray(
                f"{name} has dtype {array.dtype}, which is not in the byte order of this machine; convert it with .astype"
            )
        if array.dtype not in (np.float64, np.float32):
            raise BadArray(f"{name} has dtype {array.dtype}; it must be float64 or float32, as after .astype(numpy.float64)")
        if dtype is not None and array.dtype != dtype:
            raise BadArray(f"{name} has dtype {array.dtype}, the first parameter {dtype}; convert one of them with .astype")
        shape = wanted or self.signature.shape(labels)
        if array.ndim < len(labels) or (not wanted and array.ndim != len(labels)):
            raise BadArray(f"{name} has shape {array.shape}; it must be {shape}")
        for label, size in zip(labels, array.shape[-len(labels) :], strict=True):
            if sizes.setdefault(label, size) != size:
                letter = self.signature.letter(label)
                raise BadArray(
                    f"{name} has shape {array.shape}; it must be {shape}, with {letter} = {sizes[label]} as in the arrays before it"
                )
        if not array.size:
            raise BadArray(f"{name} has shape {array.shape}, without an entry; every size must be at least 1")

    def _check_sequence(self, name: str, array: Array, dtype: np.dtype[Any] | None, label: str, sizes: dict[str, int]) -> None:
        letter = self.signature.letter(label)
        wanted = f"(T, {letter}) or (N, T, {letter})"
        self._check(name, array, dtype, (label,), sizes, wanted)
        if array.ndim not in (2, 3):
            raise BadArray(f"{name} has shape {array.shape}; it must be {wanted}")

    def _check_state(
        self, name: str, array: Array, dtype: np.dtype[Any] | None, label: str, x: Array, sizes: dict[str, int]
    ) -> None:
        letter, batch = self.signature.letter(label), x.shape[:-2]
        text = self._initial(name)
        wanted = f"(N, {letter}) with N = {batch[0]}" if batch else f"({letter},)"
        self._check(text, array, dtype, (label,), sizes, wanted)
        if array.shape[:-1] != batch:
            raise BadArray(f"{text} has shape {array.shape}; it must be {wanted}, since x has shape {x.shape}")

    def _initial(self, name: str) -> str:
        """What the initial state of a quantity is called in messages."""
        return "h0" if len(self.signature.states) == 1 else f'h0["{name}"]'

    # ------------------------------------------------------------------------------------------------------- entries

    def _check_finite(self, parameters: Sequence[Array], x: Array, y: Array | None, states: Sequence[Any]) -> None:
        """Names the first entry that is not finite; a sum of squares may also be too large for finite entries."""
        named = [(f'params["{name}"]', array) for name, array in zip(self._names, parameters, strict=True)]
        named += [("x", x), ("y", y)]  # type: ignore[list-item]
        named += [(self._initial(name), state) for (name, _), state in zip(self.signature.states, states, strict=False)]
        for name, array in named:
            if array is not None and not np.isfinite(array).all():
                position = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(array)))
                raise NotFinite(f"{name} is {array[position]} at {position}; every entry must be finite")
