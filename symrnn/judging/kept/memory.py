"""What was decided before, kept by content: by everything that it depends on.

A key is made of values, not of places: the same equation in the same network has the same key wherever it stands, in this version of a
document and the next one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Set
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

from symrnn.language.model import Model

Value = TypeVar("Value")
#: So many values are kept; a document of 500 rows needs about 1,500.
MOST_KEPT = 6000


def digest(*values: object) -> str:
    """A key that equal values share, also in another process, and others do not."""
    return sha256(_written(values).encode()).hexdigest()


def _written(value: object) -> str:
    """A value as a text that says its type and everything that counts when it is compared."""
    kind: Any = type(value)
    names = _compared(kind)
    if names is not None:
        return f"{kind.__name__}({','.join([_written(getattr(value, name)) for name in names])})"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_written(k)}:{_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Set):
        return "<" + ",".join(sorted(map(_written, value))) + ">"
    if isinstance(value, (tuple, list)):
        return "[" + ",".join(map(_written, value)) + "]"
    return repr(value)


@cache
def _compared(kind: Any) -> tuple[str, ...] | None:
    """The fields of a record that count when two are compared; None for what is no record."""
    named: tuple[str, ...] | None = getattr(kind, "_fields", None)  # of a record that is a tuple
    return tuple(f.name for f in fields(kind) if f.init and f.compare) if is_dataclass(kind) else named


class Memory:
    """What was decided in this process, the latest `most` values; `found` and `made` count."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most
        self.found, self.made = 0, 0
        self._kept: OrderedDict[str, object] = OrderedDict()

    def get(self, key: str) -> object:
        """What is kept under a key, None where nothing is."""
        value = self._kept.get(key)
        if value is not None:
            self.found += 1
            self._kept.move_to_end(key)
        return value

    def put(self, key: str, value: object) -> None:
        """Keeps a value, which is not None, under a key."""
        self.made += 1
        self._kept[key] = value
        if len(self._kept) > self.most:
            self._kept.popitem(last=False)

    def know(self, model: Model) -> None:
        """A model of which values may speak."""

    def recall(self, key: str, confirmed: Callable[[Any], bool]) -> object:
        """What is kept under a key; what another process has kept must be `confirmed` first."""
        return self.get(key)

    def once(self, key: str, make: Callable[[], Value], confirmed: Callable[[Any], bool] = lambda value: True) -> Value:
        """What `make` gives, or gave when it was asked for under the same key before."""
        known = self.recall(key, lambda kept: isinstance(kept, tuple) and confirmed(kept[0]))
        if isinstance(known, tuple):
            value: Value = known[0]
            return value
        made = make()
        self.put(key, (made,))
        return made
