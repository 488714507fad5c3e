"""Names for what a program defines: the document's own letters where Python allows them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from symrnn.language.functions import RECORDS
from symrnn.language.model import Quantity

#: What the fixed parts of a program define or import, and the names of its arguments.
_FIXED = frozenset(
    {record.mpmath for record in RECORDS}
    | {"mp", "mpf", "fprod", "cache", "memory", "nudge", "still", "quantity", "given", "diff"}
    | {"explicit_diff", "own", "ordered", "left", "right", "t", "wrt"}
)
_RESERVED = _FIXED | frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)
_LOCAL = "ijklmnabcdepqruvwxyz"


class Identifiers:
    """Hands out identifiers, each of them once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._indices: set[str] = set()

    def index(self, wanted: str) -> str:
        """An identifier for a free index of the claim; functions of the program do not use it, and may hide it."""
        name = self.local(self._indices, wanted)
        self._indices.add(name)
        return name

    def take(self, wanted: str, *others: str) -> str:
        """An identifier as near to `wanted` as possible; `others` are tried before it is numbered."""
        for name in map(_identifier, (wanted, *others)):
            if self._is_free(name):
                break
        else:
            stem, count = _identifier(wanted), 2
            while not self._is_free(f"{stem}_{count}"):
                count += 1
            name = f"{stem}_{count}"
        self._taken.add(name)
        return name

    def _is_free(self, name: str) -> bool:
        return name not in self._taken and name not in _RESERVED and name not in self._indices

    def local(self, used: Iterable[str], wanted: str = "") -> str:
        """A name for a bound variable that hides nothing in `used` and nothing of the program's own."""
        hidden = set(used)
        stem = _identifier(wanted) if wanted else "i"
        candidates: tuple[str, ...] = (stem, *_LOCAL) if wanted else tuple(_LOCAL)
        for name in candidates:
            if name not in hidden and name not in self._taken and name not in _RESERVED:
                return name
        count = 2
        while f"{stem}_{count}" in hidden or f"{stem}_{count}" in self._taken:
            count += 1
        return f"{stem}_{count}"


def quantity_name(quantity: Quantity) -> str:
    """What a quantity is called: its letter, accent and suffix."""
    name = quantity.name
    parts: tuple[str, ...] = (name.letter, name.accent, name.suffix)
    return "_".join(part for part in parts if part)


def _identifier(text: str) -> str:
    """Letters, digits and underscores of a name; the text of a document never reaches a program otherwise."""
    clean = re.sub(r"[^A-Za-z0-9]+", "_", text.replace("τ", "tau").replace("′", "_prime").replace("'", "_prime"))
    clean = clean.strip("_")
    return clean if clean[:1].isalpha() else f"q{clean}"
