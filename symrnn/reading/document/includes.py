r"""The files that a TeX file reads in: ``\input``, ``\include``, ``\subfile``, ``\import``, and local packages and classes.

Only files of TeX are read, and only those named relative to the document; what is elsewhere is the installation's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from symrnn.language.errors import InputError
from symrnn.reading.document.files import decoded, read_bytes
from symrnn.reading.document.source import Mapped, Source

#: How deep files may read in each other.
DEEPEST_INCLUSION = 20
#: The largest project that is read, in bytes.
LARGEST_PROJECT = 20_000_000

INCLUSION = re.compile(
    r"\\(?P<input>input|include|subfile|subfileinclude)(?![A-Za-z])\s*(?:\{(?P<braced>[^{}\n]+)\}|(?P<bare>[^\s{}\\]+))"
    r"|\\(?P<import>(?:sub)?(?:import|includefrom|inputfrom))\*?\s*\{(?P<folder>[^{}\n]*)\}\s*\{(?P<file>[^{}\n]+)\}"
    r"|\\(?P<package>usepackage|RequirePackage|documentclass|LoadClass)\s*(?:\[[^\[\]]*\])?\s*\{(?P<names>[^{}]+)\}"
)


@dataclass
class Includes:
    """Reads what a document names, once it is asked for; `path` is None where a text is no file."""

    source: Source
    path: Path | None
    read: list[Path] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    #: What files are taken to hold, whatever is on the disk.
    texts: Mapping[Path, bytes] = field(default_factory=dict)

    @property
    def folder(self) -> Path | None:
        return None if self.path is None else self.path.parent

    @property
    def around(self) -> tuple[Path, ...]:
        """The files that the document's own text is in: itself."""
        return () if self.path is None else (self.path.resolve(),)

    def of(self, inclusion: re.Match[str], text: Mapped, near: tuple[Path, ...]) -> list[tuple[Path, Mapped]]:
        """The texts that an inclusion in `text` stands for; `near` are the files that it is in, the innermost last."""
        place = self.source.place(text.offsets[inclusion.start()])
        if inclusion["package"]:
            suffix = ".cls" if "lass" in inclusion["package"] else ".sty"
            found = [self._found(name.strip(), suffix, near) for name in inclusion["names"].split(",")]
            return [self._text(path) for path in found if path is not None and path not in near]
        name = (inclusion["braced"] or inclusion["bare"] or f"{inclusion['folder']}/{inclusion['file']}").strip(' "')
        path = self._found(name, ".tex", near)
        if path is None:
            self.missing.append(f"{place}: {inclusion[0].strip()} is not read: there is no such file beside the document")
        elif path in near or len(near) > DEEPEST_INCLUSION:
            self.missing.append(f"{place}: {inclusion[0].strip()} is not read: the files read in each other")
        else:
            return [self._text(path)]
        return []

    def _found(self, name: str, suffix: str, near: tuple[Path, ...]) -> Path | None:
        """The file of that name, beside the document or beside the file that names it."""
        if self.folder is None or name.startswith(("/", "~", "|")) or "\0" in name or "\\" in name:
            return None
        names = [name] if Path(name).suffix in _TEX_FILES else [name + suffix]
        for folder in (self.folder, *(file.parent for file in reversed(near))):
            for candidate in names:
                path = folder / candidate
                if _is_file(path):
                    return path.resolve()
        return None

    def _text(self, path: Path) -> tuple[Path, Mapped]:
        shown = _shown(path, self.folder)
        data = self.texts[path] if path in self.texts else read_bytes(path)
        if sum(map(len, self.data)) + len(data) > LARGEST_PROJECT:
            raise InputError(f"{self.source.name}: reads in more than {LARGEST_PROJECT:,} bytes; check its parts one by one")
        self.data.append(data)
        self.read.append(path)
        return path, self.source.add(shown, decoded(data, shown))


_TEX_FILES = frozenset({".tex", ".sty", ".cls", ".ltx", ".def", ".clo"})


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _shown(path: Path, folder: Path | None) -> str:
    """A path as the document's own is given: relative where that one is."""
    assert folder is not None
    try:
        return str(folder / path.relative_to(folder.resolve()))
    except ValueError:
        return str(path)
