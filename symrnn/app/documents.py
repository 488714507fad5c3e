"""The documents that a command is to read: files, directories, standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from symrnn.app.config import Config
from symrnn.language.errors import InputError, NoEquation
from symrnn.reading.document import SUFFIXES, Document, read_document, read_stream

#: Folders of tools, in which nobody keeps a text of their own.
_TOOLS = frozenset(["node_modules", "__pycache__", "site-packages", "_build", "_site", "build", "dist", "public", "venv"])
STANDARD_INPUT = "-"


@dataclass
class Found:
    """The documents in reading order; what was passed over, and what cannot be used, each in a line."""

    documents: list[Document] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


def find(names: Sequence[str], stdin_name: str, config: Config) -> Found:
    """Reads what is named, each file once; every document below a directory, in the order of names.

    One file named alone must be usable. Raises InputError.
    """
    if len(names) == 1 and not Path(names[0]).is_dir():
        document = _read(names[0], stdin_name, config)
        return Found([document], list(document.remarks))
    found = Found()
    for name in names:
        for path in _below(Path(name)) if name != STANDARD_INPUT and _is_dir(name) else [name]:
            try:
                document = _read(path, stdin_name, config)
            except NoEquation as nothing:
                found.passed_over.append(f"passed over: {nothing}")
            except InputError as error:
                found.unusable.append(str(error))
            else:
                found.documents.append(document)
                found.passed_over += document.remarks
    included = {path for document in found.documents for path in document.included}
    found.documents = [document for document in found.documents if Path(document.name).resolve() not in included]
    return found


def _read(path: Path | str, stdin_name: str, config: Config) -> Document:
    if path == STANDARD_INPUT:
        return read_stream(sys.stdin.buffer.read(), stdin_name, config.declared(stdin_name))
    return read_document(path, config.declared(path))


def _is_dir(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _below(folder: Path) -> Iterator[Path]:
    """The documents below a folder, in the order of their names."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _TOOLS or path.is_symlink():
            continue
        if path.is_dir():
            yield from _below(path)
        elif path.suffix.lower() in SUFFIXES:
            yield path
