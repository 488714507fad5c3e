"""Arrays that are written anew in every call, kept from one call to the next.

A call asks for the same arrays in the same order as the one before. Fresh memory costs more than the arithmetic that
fills it, since the system hands it out page by page, cleared; and the views of single time steps, which a loop over
time needs, cost as much as a product with a small matrix. Kept memory is also laid out well: in one piece, on large
pages where the system has them, and each array at the start of a cache line, which makes the product of a matrix and
a vector up to a quarter faster.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Rows = list[tuple[Array, ...]]

#: What one program keeps between calls is at most this large.
_MOST_BYTES = 2**28
#: NumPy asks the system for large pages (of this size) in arrays of at least twice this size.
_PAGE = 2**21
_CACHE_LINE = 64
#: Small programs get by with this much and need no large pages.
_SMALL_BLOCK = 2**16
#: Results with fewer entries are had quickly; larger ones take the place of earlier ones that nobody holds any more.
_LARGE_RESULT = 2**13


class Fresh:
    """Arrays that belong to whoever gets them: for results that a caller may keep."""

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array to write into, with any content."""
        return np.empty(shape, dtype)

    def steps(self, arrays: tuple[Array, ...], steps: int, batch: tuple[int, ...], order: int) -> Rows:
        """The rows of each time step, (size,) or (n, size), of all arrays together, as views; the last step comes
        first where `order` is -1.
        """
        views = (array.reshape(steps, *batch, -1)[::order] for array in arrays)
        return list(zip(*views, strict=True))


class Workspace(Fresh):
    """The memory of running calls, one after the other, that all have arrays of the same shapes.

    `forward` and `backward` are what the program made in it, empty before the first call.
    """

    def __init__(self) -> None:
        self.forward: tuple[Any, ...] = ()
        self.backward: tuple[Any, ...] = ()
        self._blocks: list[_Block] = []
        self._end = 0
        self._idle: list[Array] = []
        self._rows: dict[str, Array] = {}

    def rows(self, name: str, array: Array, batch: tuple[int, ...], label: str, timed: bool = True) -> Array:
        """One row per time step and example (or per example), without a copy where the array lies so already.

        What is a number there, with an empty `label`, becomes a row with one entry; numbers of classes stay numbers.
        """
        if batch and timed:
            array = array.swapaxes(0, 1)
        if not array.flags.c_contiguous:
            if name not in self._rows:
                self._rows[name] = self.empty(array.shape, array.dtype)
            np.copyto(self._rows[name], array)
            array = self._rows[name]
        if array.dtype.kind in "iu":
            return array.reshape(-1)
        return array.reshape(-1, array.shape[-1] if label else 1)

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        size = -(-prod(shape) * dtype.itemsize // _CACHE_LINE) * _CACHE_LINE
        if not self._blocks or self._end + size > self._blocks[-1].nbytes:
            self._blocks.append(_block(size, large=bool(self._blocks)))
            self._end = self._blocks[-1].first
        start = self._end
        self._end += size
        return np.ndarray(shape, dtype, self._blocks[-1], start)

    def result(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array that leaves the program: with memory that nobody holds any more, where there is such."""
        if prod(shape) < _LARGE_RESULT:
            return np.empty(shape, dtype)
        for place, memory in enumerate(self._idle):
            if memory.shape == shape and memory.dtype == dtype:
                return _lent(self._idle.pop(place), self._idle)
        return _lent(_Block(shape, dtype), self._idle)

    @property
    def nbytes(self) -> int:
        return sum(block.nbytes for block in self._blocks) + sum(memory.nbytes for memory in self._idle)


class _Block(np.ndarray[Any, Any]):
    """Memory of this module, usable from `first` on.

    A type of its own, since NumPy looks through plain arrays for what a view stands on.
    """

    first: int


class _Lent(np.ndarray[Any, Any]):
    """What a result stands on. When the last view of it is gone, its memory serves the next result."""

    idle: list[Array] | None = None

    def __del__(self) -> None:
        if self.idle is not None and len(self.idle) < 8:
            self.idle.append(self.base)  # type: ignore[arg-type]


def _lent(memory: Array, idle: list[Array]) -> Array:
    """A result in this memory, which comes back to `idle`."""
    lent = memory.view(_Lent)
    lent.idle = idle
    return lent.view(np.ndarray)


def _block(size: int, *, large: bool) -> _Block:
    """Memory with room for `size` bytes: a little, or from the start of a large page on."""
    start = _PAGE if large else _CACHE_LINE
    block = _Block((size // _PAGE + 2) * _PAGE if large else size + _SMALL_BLOCK, np.uint8)
    block.first = -block.ctypes.data % start
    return block


class Workspaces:
    """As many workspaces as calls run at once, by a number for the shapes of their arrays.

    Lists append and pop atomically, so threads do not meet in one.
    """

    def __init__(self) -> None:
        self._idle: dict[int, list[Workspace]] = {}

    def take(self, shapes: int) -> Workspace:
        try:
            return self._idle[shapes].pop()
        except (KeyError, IndexError):
            return Workspace()

    def give_back(self, shapes: int, workspace: Workspace) -> None:
        waiting = self._idle.get(shapes)
        if waiting is None:
            waiting = self._made_room(shapes, workspace.nbytes)
        if waiting is not None:
            waiting.append(workspace)

    def _made_room(self, shapes: int, size: int) -> list[Workspace] | None:
        """A place for workspaces of new shapes, unless they are too large; for it, all others go when they would be."""
        if size > _MOST_BYTES:
            return None
        if size + sum(space.nbytes for spaces in list(self._idle.values()) for space in spaces) > _MOST_BYTES:
            self._idle.clear()
        return self._idle.setdefault(shapes, [])
