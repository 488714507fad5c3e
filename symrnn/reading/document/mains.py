r"""The TeX file that reads a part in: a chapter of a thesis is read where it stands, between its macros and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from symrnn.language.errors import InputError
from symrnn.reading.document.files import LARGEST_FILE
from symrnn.reading.document.reader import files_read_in

#: How far above a part, and among how many files of a folder, the one that reads it in is looked for.
_FOLDERS_ABOVE, _MOST_FILES = 3, 200
_TEX = (".tex", ".ltx")
#: What a document may read in that has no equations of its own.
_MACROS = (".sty", ".cls")
_IS_WHOLE = re.compile(rb"\\documentclass|\\begin\s*\{document\}")
#: What a part says of its main file, for editors and for the package subfiles.
_NAMED = re.compile(rb"%\s*!\s*T[eE]X\s+root\s*=\s*([^\n]+)|\\documentclass\s*\[([^\[\]]+)\]\s*\{subfiles\}")
#: What a folder has that is the top of somebody's work.
_TOPS = (".git", "symrnn.toml", "pyproject.toml")


def main_of(part: Path, texts: Mapping[Path, bytes] | None = None) -> Path | None:
    """The TeX file that reads in `part`, None where it stands for itself. `texts` has what files are taken to hold."""
    texts = texts or {}
    if part.is_symlink() and not part.exists():  # it leads nowhere, or to itself
        return None
    path = part.resolve()
    data = _data(path, texts) if path.suffix.lower() in (*_TEX, *_MACROS) else None
    if data is None:
        return None
    named = _NAMED.search(data)
    if named is None and _IS_WHOLE.search(data):
        return None
    for candidate in dict.fromkeys([*_named(path, named), *_around(path)]):
        if candidate != path and _is_whole(candidate, texts) and path in _read_in(candidate, texts):
            return candidate
    return None


def _named(part: Path, named: re.Match[bytes] | None) -> Iterator[Path]:
    if named is not None:
        name = (named[1] or named[2]).decode(errors="replace").strip()
        yield (part.parent / (name if Path(name).suffix in _TEX else f"{name}.tex")).resolve()


def _around(part: Path) -> Iterator[Path]:
    """The TeX files beside a part and in the folders above it, the nearest first, up to the top of the work."""
    for folder in islice(part.parents, _FOLDERS_ABOVE):
        try:
            yield from islice(sorted(path for path in folder.iterdir() if path.suffix.lower() in _TEX), _MOST_FILES)
        except OSError:
            return
        if any((folder / top).exists() for top in _TOPS):
            return


def _is_whole(path: Path, texts: Mapping[Path, bytes]) -> bool:
    data = _data(path, texts)
    return data is not None and _IS_WHOLE.search(data) is not None


def _read_in(path: Path, texts: Mapping[Path, bytes]) -> tuple[Path, ...]:
    try:
        return files_read_in(path, texts)
    except InputError:
        return ()


def _data(path: Path, texts: Mapping[Path, bytes]) -> bytes | None:
    try:
        if path in texts:
            return texts[path]
        return path.read_bytes() if path.stat().st_size <= LARGEST_FILE else None
    except OSError:
        return None
