"""Arrays that are written anew in every call, kept from one call to the next.

A call asks for the same arrays in the same order as the one before. Fresh memory costs more than the arithmetic that
fills it, since the system hands it out page by page, cleared; and the views of single time steps, which a loop over
time needs, cost as much as a product with a small matrix.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: What one program keeps between calls is at most this large.
_MOST_BYTES = 2**28


class Workspace:
    """The arrays of one running call, in the order in which it asks for them."""

    def __init__(self) -> None:
        self._arrays: list[Array] = []
        self._steps: list[tuple[Array | None, tuple[int, ...], list[Array]]] = []
        self._next = 0
        self._next_steps = 0

    def start(self) -> None:
        """Every array may be given out again."""
        self._next = self._next_steps = 0

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array to write into, with any content."""
        position = self._next
        self._next = position + 1
        if position < len(self._arrays):
            array = self._arrays[position]
            if array.shape == shape and array.dtype == dtype:
                return array
            del self._arrays[position:]
        array = np.empty(shape, dtype)
        self._arrays.append(array)
        return array

    def steps(self, array: Array, steps: int, batch: tuple[int, ...]) -> list[Array]:
        """The rows of each time step, (size,) or (n, size), as a list of views.

        A list is kept for arrays of this workspace: the same place of the program asks for the same rows of the same
        memory.
        """
        position = self._next_steps
        self._next_steps = position + 1
        memory = array if array.base is None else array.base
        if position < len(self._steps):
            known, shape, views = self._steps[position]
            if known is memory and shape == (steps, *batch):
                return views
            del self._steps[position:]
        views = list(array.reshape(steps, *batch, -1))
        owned = any(memory is own for own in self._arrays)
        self._steps.append((memory if owned else None, (steps, *batch), views if owned else []))
        return views

    def is_small(self) -> bool:
        return sum(array.nbytes for array in self._arrays) <= _MOST_BYTES


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
