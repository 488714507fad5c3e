"""The arrays that objects of a person's classes hold: attributes, entries of dictionaries and lists, and those of objects below."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symrnn.code import names

_DEPTH = 4


@dataclass(frozen=True, eq=False)
class Held:
    """One array with all its names: an array that is an attribute and part of a list is one array, before and after it is exchanged."""

    array: np.ndarray[Any, Any]
    places: list[tuple[str, Any, Any]]

    @property
    def path(self) -> str:
        return self.places[0][0]

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.places]

    def put(self, array: Any) -> None:
        for _, holder, key in self.places:
            if isinstance(holder, (dict, list)):
                holder[key] = array
            else:
                setattr(holder, key, array)


def held(path: str, owner: Any) -> list[Held]:
    """All real arrays that an object holds, each once, by paths such as `self.W`, `self.params.0` and `parameters.W.v`."""
    result: dict[int, Held] = {}
    for place, holder, key, array in _arrays(path, owner, _DEPTH, set()):
        result.setdefault(id(array), Held(array, [])).places.append((place, holder, key))
    return list(result.values())


def free_and_rooms(arrays: list[Held]) -> tuple[list[Held], list[Held]]:
    """Those that are parameters or states, and those that are room for the gradients of the others."""
    paths = [path for part in arrays for path in part.paths]
    rooms = [part for part in arrays if any(names.parameter_of(p, [q for q in paths if q not in part.paths]) for p in part.paths)]
    return [part for part in arrays if part not in rooms], rooms


def exchange(arrays: list[Held], value: Callable[[str, np.ndarray[Any, Any]], Any]) -> None:
    """Other arrays in the places of these."""
    for part in arrays:
        part.put(value(part.path, part.array))


def is_of_the_code(value: Any) -> bool:
    """Whether an object is of a class that the person's file defines: no module of Python's has that class."""
    kind = type(value)
    if kind.__module__ == "builtins" or not hasattr(value, "__dict__"):
        return False
    return getattr(sys.modules.get(kind.__module__), kind.__name__, None) is not kind


def _arrays(path: str, owner: Any, depth: int, seen: set[int]) -> Iterator[tuple[str, Any, Any, Any]]:
    if id(owner) in seen or not depth or not (isinstance(owner, (dict, list)) or is_of_the_code(owner)):
        return
    seen.add(id(owner))
    pairs = enumerate(owner) if isinstance(owner, list) else list((owner if isinstance(owner, dict) else vars(owner)).items())
    for key, value in pairs:
        if is_real_array(value):
            yield f"{path}.{key}", owner, key, value
        elif isinstance(value, (dict, list)) or is_of_the_code(value):
            yield from _arrays(f"{path}.{key}", value, depth - 1, seen)


def is_real_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fO" and value.ndim > 0
