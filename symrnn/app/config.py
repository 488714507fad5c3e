"""The configuration of a project: ``symrnn.toml``, or the table ``[tool.symrnn]`` of ``pyproject.toml``.

declare = ["shape W (n, n)", "layout numerator"]
ignore = ["layout-switch"]

[per-file."chapters/*.md"]
ignore = ["slip"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from symrnn.judging.mistakes import known_rule
from symrnn.language.errors import InputError
from symrnn.reading.document import Declaration, Place

_OWN, _SHARED = "symrnn.toml", "pyproject.toml"
_LISTS = ("declare", "select", "ignore")
_PER_FILE = "per-file"
#: Tables of other commands.
_OTHERS = ("code",)


@dataclass(frozen=True)
class Config:
    """What a project says: declarations and rules for all documents, and for those whose path fits a pattern."""

    path: Path | None = None
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def select(self) -> Sequence[str]:
        return list(self.table.get("select", []))

    def declared(self, document: Path | str) -> tuple[Declaration, ...]:
        """What is declared for a document, each with its place in the configuration."""
        return tuple(self._said(document))

    def _said(self, document: Path | str) -> Iterator[Declaration]:
        if self.path is None:
            return
        tables = [self.table, *(t for pattern, t in self.table.get(_PER_FILE, {}).items() if self._fits(document, pattern))]
        for table in tables:
            yield from (Declaration(self._place(text), text) for text in table.get("declare", []))
            if table.get("ignore"):
                yield Declaration(self._place(table["ignore"][0]), f"ignore[{','.join(table['ignore'])}]")

    def _fits(self, document: Path | str, pattern: str) -> bool:
        assert self.path is not None
        path = Path(document).resolve()
        base = self.path.parent.resolve()
        return path.is_relative_to(base) and fnmatch(path.relative_to(base).as_posix(), pattern)

    def _place(self, text: str) -> Place:
        """The line of the configuration that says something."""
        assert self.path is not None
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return Place(str(from_here(self.path)), next((n for n, line in enumerate(lines, 1) if text in line), 1), 1)


def from_here(path: Path) -> Path:
    """A path as one would write it here: relative, where it is below."""
    path, here = path.resolve(), Path.cwd().resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path


def config_for(start: Path) -> Config:
    """The nearest configuration in a folder or above it. Raises InputError for one that cannot be used."""
    for folder in (start.resolve(), *start.resolve().parents):
        for path in (folder / _OWN, folder / _SHARED):
            if path.is_file():
                table = _loaded(path)
                table = table if path.name == _OWN else table.get("tool", {}).get("symrnn")
                if table is not None:
                    return Config(path, _checked(path, table))
    return Config()


def _loaded(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None


def _check_rule(path: Path, key: str, name: str) -> None:
    try:
        known_rule(name)
    except InputError as error:
        raise InputError(f"{path}: {key}: {error}") from None


def _checked(path: Path, table: object, *, inner: bool = False) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise InputError(f"{path}: symrnn is to be a table")
    known = ("declare", "ignore") if inner else (*_LISTS, _PER_FILE, *_OTHERS)
    for key, value in table.items():
        if key not in known:
            raise InputError(f"{path}: there is no setting {key!r}; there are {', '.join(known)}")
        if key in _LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise InputError(f"{path}: {key} is to be a list of texts")
        if key in ("select", "ignore"):
            for name in value:
                _check_rule(path, key, name)
        if key == _PER_FILE:
            if not isinstance(value, dict) or not all(isinstance(entry, dict) for entry in value.values()):
                raise InputError(f"{path}: {key} is to be a table of patterns, as in: [{key}.'*.md']")
            for entry in value.values():
                _checked(path, entry, inner=True)
    return table
