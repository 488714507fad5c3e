"""Arrays that are written anew in every call, kept from one call to the next.

A call asks for the same arrays in the same order as the one before. Fresh memory costs more than the arithmetic that
fills it, since the system hands it out page by page, cleared; and the views of single time steps, which a loop over
time needs, cost as much as a product with a small matrix. Kept memory is also laid out well: in one piece, on large
pages where the system has them, and each array at the start of a cache line, which makes the product of a matrix and
a vector up to a quarter faster.
"""

from __future__ import annotations

from math import prod
from operator import is_
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
#: Results with fewer entries are had quickly; larger ones take the place of earlier ones that nobody holds any more.
_LARGE_RESULT = 2**13


class Fresh:
    """Arrays that belong to whoever gets them: for results that a caller may keep."""

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array to write into, with any content."""
        return np.empty(shape, dtype)

    def result(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array that leaves the program."""
        return np.empty(shape, dtype)

    def near(self, matrix: Array) -> Array:
        """A matrix that a loop reads in every step, where it can be read quickly."""
        return np.ascontiguousarray(matrix)

    def steps(self, arrays: tuple[Array, ...], steps: int, batch: tuple[int, ...], order: int) -> Rows:
        """The rows of each time step, (size,) or (n, size), of all arrays together, as views; the last step comes
        first where `order` is -1.
        """
        views = (array.reshape(steps, *batch, -1)[::order] for array in arrays)
        return list(zip(*views, strict=True))


class Workspace(Fresh):
    """The arrays of one running call, in the order in which it asks for them."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._arrays: list[Array] = []
        self._ends: list[tuple[int, int]] = []
        self._copies: list[tuple[Array, Array]] = []
        self._steps: list[tuple[list[Array], tuple[Any, ...], Rows]] = []
        self._idle: list[Array] = []
        self._next = 0
        self._next_steps = 0

    def start(self) -> None:
        """Every array may be given out again."""
        self._next = self._next_steps = 0
        self._copies.clear()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        position = self._next
        self._next = position + 1
        if position < len(self._arrays):
            array = self._arrays[position]
            if array.shape == shape and array.dtype == dtype:
                return array
            del self._arrays[position:], self._ends[position:]
        array = self._carved(shape, dtype)
        self._arrays.append(array)
        return array

    def _carved(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """The memory after the last array, in the block that has room for it."""
        size = -(-prod(shape) * dtype.itemsize // _CACHE_LINE) * _CACHE_LINE
        number, start = self._ends[-1] if self._ends else (0, 0)
        while number < len(self._blocks) and start + size > self._blocks[number].room:
            number, start = number + 1, 0
        if number == len(self._blocks):
            self._blocks.append(_block(size))
        self._ends.append((number, start + size))
        block = self._blocks[number]
        return np.ndarray(shape, dtype, block, block.first + start)

    def result(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        if prod(shape) < _LARGE_RESULT:
            return np.empty(shape, dtype)
        for place, memory in enumerate(self._idle):
            if memory.shape == shape and memory.dtype == dtype:
                return np.asarray(_Lent(self._idle.pop(place), self._idle))
        return np.asarray(_Lent(np.empty(shape, dtype), self._idle))

    def near(self, matrix: Array) -> Array:
        for known, copy in self._copies:
            if known is matrix:
                return copy
        copy = self.empty(matrix.shape, matrix.dtype)
        np.copyto(copy, matrix)
        self._copies.append((matrix, copy))
        return copy

    def steps(self, arrays: tuple[Array, ...], steps: int, batch: tuple[int, ...], order: int) -> Rows:
        """As of `Fresh`; kept where all arrays are of this workspace.

        The same place of the program asks for the same rows of the same memory.
        """
        position = self._next_steps
        self._next_steps = position + 1
        memory = [array.base if type(array.base) is np.ndarray else array for array in arrays]
        if position < len(self._steps):
            known, shape, views = self._steps[position]
            if shape == (steps, batch) and all(map(is_, known, memory)):
                return views
            del self._steps[position:]
        views = super().steps(arrays, steps, batch, order)
        if all(any(own is one for own in self._arrays) for one in memory):
            self._steps.append((memory, (steps, batch), views))
        else:
            self._steps.append(([], (), []))
        return views

    def is_small(self) -> bool:
        return sum(block.nbytes for block in self._blocks) + sum(memory.nbytes for memory in self._idle) <= _MOST_BYTES


class _Lent:
    """What a result stands on. When the last view of it is gone, its memory serves the next result."""

    _most = 8

    def __init__(self, memory: Array, idle: list[Array]) -> None:
        self.__array_interface__ = memory.__array_interface__
        self._memory, self._idle = memory, idle

    def __del__(self) -> None:
        if len(self._idle) < self._most:
            self._idle.append(self._memory)


class _Block(np.ndarray[Any, np.dtype[np.uint8]]):
    """Memory that arrays are carved from, usable from `first` on.

    A type of its own, since NumPy looks through a plain array: the base of a view is then the array that was carved.
    """

    @property
    def first(self) -> int:
        """Where the first large page begins."""
        return -self.ctypes.data % _PAGE

    @property
    def room(self) -> int:
        return len(self) - self.first


def _block(size: int) -> _Block:
    """Memory with room for `size` bytes."""
    return _Block((size // _PAGE + 2) * _PAGE, np.uint8)


class Workspaces:
    """As many workspaces as calls run at once. Lists append and pop atomically, so threads do not meet in one."""

    def __init__(self) -> None:
        self._idle: list[Workspace] = []

    def take(self) -> Workspace:
        try:
            workspace = self._idle.pop()
        except IndexError:
            return Workspace()
        workspace.start()
        return workspace

    def give_back(self, workspace: Workspace) -> None:
        if workspace.is_small():
            self._idle.append(workspace)
