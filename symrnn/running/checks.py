"""What arrays a program takes, and what is said about one that does not fit.

The checks of a call that is right cost a few microseconds: a sum of squares is finite only if every entry is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import vdot

from symrnn.language.tensors import SINGLE, parts_of
from symrnn.running.errors import BadArray, NotFinite

Array = npt.NDArray[Any]
Labels = tuple[str, ...]

_LETTERS = {"hidden": "H", "classes": "K", "input": "D"}


@dataclass(frozen=True)
class DataArray:
    """What a caller gives beside parameters: its name, its axis (empty for a number at each step), whether it has a value at every step,
    and whether it may be the number of a class instead of a vector.
    """

    name: str
    label: str
    timed: bool = True
    classes: bool = False


@dataclass(frozen=True)
class Signature:
    """What a program is called with: parameters with their axes, inputs, what the loss compares with or weighs by, and the axis of each
    free initial state.
    """

    parameters: tuple[tuple[str, Labels], ...]
    inputs: tuple[DataArray, ...]
    data: tuple[DataArray, ...]
    states: tuple[tuple[str, str], ...]

    @property
    def input(self) -> str:
        """The axis of the first input."""
        return self.inputs[0].label if self.inputs else ""

    @property
    def target(self) -> str:
        """The axis of the first target."""
        return self.data[0].label if self.data else ""

    def letter(self, label: str) -> str:
        return "1" if label == SINGLE else " + ".join(_LETTERS.get(part, part) for part in parts_of(label))

    def shape(self, labels: Sequence[str]) -> str:
        inside = ", ".join(self.letter(label) for label in labels)
        return f"({inside},)" if len(labels) == 1 else f"({inside})"


@dataclass(slots=True)
class GivenArrays:
    """Arrays that fit together; `batch` is () or the number of examples, `shapes` a number for the shapes and types of all.

    `inputs` and `data` are as they were given until a program lays them out in rows by time step and example.
    """

    shapes: int
    steps: int
    batch: tuple[int, ...]
    dtype: np.dtype[Any]
    parameters: list[Array]
    inputs: list[Array]
    data: list[Array]
    first: list[Any]


class Checker:
    """Turns the arrays of one call into `Arguments`.

    Shapes and types that were found right once need no second look; that entries are finite is looked at in every call.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self._names = [name for name, _ in signature.parameters]
        self._right: dict[tuple[Any, ...], int] = {}
        self._sizes: dict[int, dict[str, int]] = {}
        once = (given.label for given in signature.data if not given.timed)
        self._has_numbers = not all(
            (*(labels for _, labels in signature.parameters), *once, *(label for _, label in signature.states))
        )
        self._may_have_classes = any(given.classes for given in (*signature.inputs, *signature.data))
        self._numbers = count()

    def arguments(self, params: Mapping[str, Array], x: Any, y: Any, first: Any) -> GivenArrays:
        """The arrays, checked; without `y`, what the loss compares with is left out. Raises BadArray."""
        signature = self.signature
        parameters = self._parameters(params)
        inputs = self.several("x", x, signature.inputs)
        data = [] if y is None else self.several("y", y, signature.data)
        states = () if first is None else self._states(first)
        if self._has_numbers:
            dtype = parameters[0].dtype
            inputs, data, states = ([_as_array(a, dtype) for a in given] for given in (inputs, data, states))
        arrays = [*parameters, *inputs, *data, *(state for state in states if state is not None)]
        try:
            key = (*[(a.shape, a.dtype, type(a)) for a in arrays], y is None, *[s is None for s in states])
            shapes = self._right.get(key)
        except AttributeError:  # no array: said by the check
            key, shapes = (), None
        if shapes is None:
            sizes = self._check_all(parameters, inputs, data, states)
            shapes = self._right.setdefault(key, next(self._numbers))
            self._sizes[shapes] = sizes
        if self._may_have_classes:
            for what, given, array in self._named(inputs, data):
                if given.classes and array.dtype.kind in "iu":
                    self._check_classes(what, array, self._sizes[shapes].get(given.label))
        for array in arrays:
            if not isfinite(vdot(array, array)):
                self._check_finite(parameters, inputs, data, states)
        steps, batch = self._lead(inputs, data)
        rows = [
            0.0 if state is None else state.reshape(-1, state.shape[-1] if label else 1)
            for state, (_, label) in zip(states, signature.states, strict=False)
        ]
        return GivenArrays(
            shapes,
            steps,
            batch,
            parameters[0].dtype if parameters else inputs[0].dtype,
            [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in parameters],
            inputs,
            data,
            rows or [0.0] * len(signature.states),
        )

    def size(self, shapes: int, label: str, classes: Array) -> int:
        """The size of an axis in arrays of these shapes; of one that no array has, what the classes need."""
        return self._sizes[shapes].get(label, int(classes.max()) + 1)

    def _lead(self, inputs: Sequence[Array], data: Sequence[Array]) -> tuple[int, tuple[int, ...]]:
        """The number of steps, and of examples, by the first array that has a value at every step."""
        for given, array in (*zip(self.signature.inputs, inputs, strict=True), *zip(self.signature.data, data, strict=False)):
            if given.timed:
                shape = array.shape[: array.ndim - self._axes(given, array)]
                return shape[-1], shape[:-1]
        raise BadArray("the model has nothing that is given at every step, so that the number of steps is not known")

    @staticmethod
    def _axes(given: DataArray, array: Array) -> int:
        """How many axes an array has at one step."""
        return 0 if not given.label or (given.classes and array.dtype.kind in "iu") else 1

    def several(self, what: str, value: Any, wanted: Sequence[DataArray]) -> list[Any]:
        """The arrays in order: of one that is wanted the array itself, of several a dict by name."""
        if len(wanted) == 1 and not isinstance(value, Mapping):
            return [value]
        names = [given.name for given in wanted]
        if not isinstance(value, Mapping):
            if not names:
                return []
            raise BadArray(
                f"{what} is of type {type(value).__name__}; the model has several there: give a dict of {', '.join(names)}"
            )
        lacking, extra = [n for n in names if n not in value], [repr(n) for n in value if n not in names]
        if lacking or extra:
            raise BadArray(f"{what} has {', '.join(extra) or 'too little'}; it must have {', '.join(names)}")
        return [value[name] for name in names]

    def _parameters(self, params: Mapping[str, Array]) -> list[Array]:
        try:
            parameters = [params[name] for name in self._names]
            if self._has_numbers:
                dtype = next((p.dtype for p in parameters if isinstance(p, np.ndarray)), np.dtype(np.float64))
                parameters = [_as_array(p, dtype) for p in parameters]
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

    def _check_all(
        self, parameters: Sequence[Array], inputs: Sequence[Any], data: Sequence[Any], states: Sequence[Any]
    ) -> dict[str, int]:
        """The sizes of the axes. Raises BadArray."""
        sizes: dict[str, int] = {}
        dtype = None
        for (name, labels), array in zip(self.signature.parameters, parameters, strict=True):
            self._check(f'params["{name}"]', array, dtype, labels, sizes)
            dtype = array.dtype
        lead: tuple[str, Array, tuple[int, ...]] | None = None
        for what, given, array in self._named(inputs, data):
            if not given.timed:
                continue
            found = self._check_sequence(what, array, dtype, given, sizes)
            lead = lead or (what, array, found)
            if found != lead[2]:
                raise BadArray(
                    f"{what} has shape {array.shape} and {lead[0]} {lead[1].shape}; they need the same number of steps (and of examples)"
                )
        assert lead is not None
        batch, because = lead[2][:-1], f"{lead[0]} has shape {lead[1].shape}"
        for what, given, array in self._named(inputs, data):
            if not given.timed:
                self._check_once(what, array, dtype, given, batch, because, sizes)
        for (name, label), state in zip(self.signature.states, states, strict=False):
            if state is not None:
                self._check_once(self._initial(name), state, dtype, DataArray(name, label, timed=False), batch, because, sizes)
        return sizes

    def _named(self, inputs: Sequence[Any], data: Sequence[Any]) -> Iterator[tuple[str, DataArray, Any]]:
        """What is given beside parameters, with what it is called in messages."""
        for what, wanted, arrays in (("x", self.signature.inputs, inputs), ("y", self.signature.data, data)):
            for given, array in zip(wanted, arrays, strict=False):
                yield (what if len(wanted) == 1 else f'{what}["{given.name}"]'), given, array

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
        if name[0] in "xy" and array.dtype.kind in "iu" and labels:
            example = r"-\log p_{t,y_t}" if name[0] == "y" else "E_{x_t}"
            raise BadArray(
                f"{name} has dtype {array.dtype}; if it holds classes, make them one-hot: "
                f"numpy.eye({self.signature.letter(labels[0])})[{name}], or write the document with a class as index, such as {example}"
            )
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
        for label, size in zip(labels, array.shape[array.ndim - len(labels) :], strict=True):
            if sizes.setdefault(label, size) != size:
                letter = self.signature.letter(label)
                raise BadArray(
                    f"{name} has shape {array.shape}; it must be {shape}, with {letter} = {sizes[label]} as in the arrays before it"
                )
        if not array.size:
            raise BadArray(f"{name} has shape {array.shape}, without an entry; every size must be at least 1")

    def _check_sequence(
        self, name: str, array: Any, dtype: np.dtype[Any] | None, given: DataArray, sizes: dict[str, int]
    ) -> tuple[int, ...]:
        """What is given at every step; the number of examples, if any, and of steps."""
        axes = self._axes(given, array) if isinstance(array, np.ndarray) else 1
        labels = (given.label,) if axes else ()
        wanted = " or ".join(
            f"({lead}T{', ' + self.signature.letter(given.label) if axes else ','})" for lead in ("", "N, ")
        ).replace("N, T,)", "N, T)")
        if axes or not given.label:
            self._check(name, array, dtype, labels, sizes, wanted)
        if array.ndim - axes not in (1, 2):
            raise BadArray(f"{name} has shape {array.shape}; it must be {wanted}")
        lead: tuple[int, ...] = array.shape[: array.ndim - axes]
        return lead

    def _check_classes(self, name: str, array: Array, size: int | None) -> None:
        if not array.size:
            raise BadArray(f"{name} has shape {array.shape}, without an entry; every size must be at least 1")
        if array.min() < 0 or (size is not None and array.max() >= size):
            last = "the last one" if size is None else size - 1
            raise BadArray(f"{name} has classes from {array.min()} to {array.max()}; they count from 0 to {last}")

    def _check_once(
        self,
        name: str,
        array: Any,
        dtype: np.dtype[Any] | None,
        given: DataArray,
        batch: tuple[int, ...],
        because: str,
        sizes: dict[str, int],
    ) -> None:
        """What is given once for each example."""
        if given.classes and isinstance(array, np.ndarray) and array.dtype.kind in "iu":
            labels: Labels = ()
        else:
            labels = (given.label,) if given.label else ()
        inside = self.signature.letter(given.label) if labels else ""
        wanted = f"(N, {inside}) with N = {batch[0]}" if batch else f"({inside},)" if inside else "()"
        if labels or not given.label:
            self._check(name, array, dtype, labels, sizes, wanted)
        if array.shape[: array.ndim - len(labels)] != batch:
            raise BadArray(f"{name} has shape {array.shape}; it must be {wanted}, since {because}")

    def _initial(self, name: str) -> str:
        """What the initial state of a quantity is called in messages."""
        return "h0" if len(self.signature.states) == 1 else f'h0["{name}"]'

    # ------------------------------------------------------------------------------------------------------- entries

    def _check_finite(
        self, parameters: Sequence[Array], inputs: Sequence[Array], data: Sequence[Array], states: Sequence[Any]
    ) -> None:
        """Names the first entry that is not finite; a sum of squares may also be too large for finite entries."""
        named = [(f'params["{name}"]', array) for name, array in zip(self._names, parameters, strict=True)]
        named += [(what, array) for what, _, array in self._named(inputs, data)]
        named += [(self._initial(name), state) for (name, _), state in zip(self.signature.states, states, strict=False)]
        for name, array in named:
            if array is not None and not np.isfinite(array).all():
                position = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(array)))
                raise NotFinite(f"{name} is {array[position]} at {position}; every entry must be finite")


def _as_array(value: Any, dtype: np.dtype[Any]) -> Any:
    """A single number as an array; anything else as it is."""
    return np.asarray(value, dtype) if isinstance(value, (float, np.floating)) else value
