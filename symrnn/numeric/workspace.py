"""Arrays that are written anew in every call, kept from one call to the next.

A call asks for the same arrays in the same order as the one before. Fresh memory costs more than the arithmetic that fills it:
the system hands it out page by page, cleared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: What one program keeps between calls is at most this large.
_MOST_BYTES = 2**28


class Workspace:
    """The arrays of one running call."""

    def __init__(self) -> None:
        self._arrays: list[npt.NDArray[Any]] = []
        self._next = 0

    def start(self) -> None:
        """Every array may be given out again."""
        self._next = 0

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
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

    def is_small(self) -> bool:
        return sum(array.nbytes for array in self._arrays) <= _MOST_BYTES


class Workspaces:
    """As many workspaces as calls run at once; lists append and pop atomically, so threads do not disturb each other."""

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
