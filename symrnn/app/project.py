"""The files of one work: which belong together, and what the ones lend to the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click

from symrnn.app.config import Config, config_for, from_here
from symrnn.judging.declared import may_fit
from symrnn.judging.findings import Selection
from symrnn.judging.judgement import Report
from symrnn.judging.shared import waits, with_earlier
from symrnn.language.errors import InputError
from symrnn.reading.document import SUFFIXES, Document, main_of, read_document, refused

#: Folders of tools, in which nobody keeps a text of their own.
_TOOLS = frozenset(["node_modules", "__pycache__", "site-packages", "_build", "_site", "build", "dist", "public", "venv"])

project_option = click.option(
    "--project",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Files that lack a network have that of the files before them in this folder, or in that of their configuration.",
)


@dataclass
class Project:
    """The work that files belong to: its folder, where it is known, and its configuration. `texts` are what files are taken to hold."""

    config: Config = field(default_factory=Config)
    folder: Path | None = None
    texts: Mapping[Path, bytes] = field(default_factory=dict)

    @staticmethod
    def of(start: Path, folder: Path | None = None, texts: Mapping[Path, bytes] | None = None) -> Project:
        """The project of what is at `start`: in the folder of the nearest configuration, or in `folder` where that is inside it."""
        config = config_for(start)
        own = None if config.path is None else config.path.parent
        inside = own is not None and (folder is None or own.resolve().is_relative_to(folder.resolve()))
        return Project(config, own if inside else folder, texts or {})

    @property
    def selection(self) -> Selection:
        """Which rules count here; what the configuration ignores, documents are read with."""
        return Selection.of(self.config.select)

    def stamp(self, leaving_out: Collection[Path]) -> object:
        """Another value where the configuration or a file has changed, except for some files."""
        paths = [path.resolve() for path in documents_below(self.folder)] if self.folder is not None else []
        return self.config, [(p, self.texts.get(p) or _changed_at(p)) for p in paths if p not in leaving_out]

    def read(self, path: Path | str, *, typed: bool = True) -> Document:
        """A document with what is declared for it; its plain text is looked through for equations if `typed`. Raises InputError."""
        return read_document(path, self.config.declared(path), self.texts, typed=typed)

    def main_of(self, path: Path) -> Path | None:
        """The document that reads a file in, as a path of the same kind; None where it stands for itself."""
        main = main_of(path, self.texts)
        return main if main is None or path.is_absolute() else Path(os.path.relpath(main))

    def judged(self, document: Document, named: Sequence[Document], court: Callable[[Document], Report]) -> Report:
        """The report on a document, with what those named before it define where it needs that, else those before it in the project."""
        report = with_earlier(document, court(document), named, court)
        return with_earlier(document, report, self.before(document), court) if waits(report) else report

    def hint(self, report: Report) -> str:
        """What to do where a document lacks what files before it may define, which nobody said are of one project."""
        path = Path(report.document.name)
        if self.folder is not None or not waits(report) or not path.is_file():
            return ""
        others = [other for other in path.resolve().parent.iterdir() if other.suffix in SUFFIXES and other < path.resolve()]
        told = f"{path}: what it lacks may stand in the files before it; --project {path.parent}, or a symrnn.toml there, reads them too"
        return told if others else ""

    def before(self, document: Document) -> list[Document]:
        """The documents of the project that stand before one of them in the order of their names."""
        own = Path(document.name).resolve()
        if self.folder is None or not own.is_relative_to(self.folder.resolve()):
            return []
        return [other for path, other in self.documents.items() if path < own]

    @cached_property
    def documents(self) -> dict[Path, Document]:
        """All documents of the project that can be read, in the order of their names."""
        found: dict[Path, Document] = {}
        for path in documents_below(self.folder) if self.folder is not None else ():
            with suppress(InputError):
                found[path.resolve()] = self.read(from_here(path))
        included = {path for document in found.values() for path in document.included}
        return {path: document for path, document in found.items() if path not in included}

    def unfit(self, reports: Sequence[Report]) -> list[str]:
        """What is declared for files of the project and fits none of them, each in a line."""
        judged = [report.document for report in reports]
        names = {Path(document.name).resolve() for document in judged}
        fitting = {(d.place, d.text) for document in judged for d in document.directives}
        lost = {(d.place, d.text): d for document in judged for d in document.misfits}
        return [
            str(refused(directive, "it fits no file of the project; see how its letters are written"))
            for key, directive in lost.items()
            if key not in fitting
            and not any(may_fit(directive, other) for path, other in self.documents.items() if path not in names)
        ]


@dataclass
class Projects:
    """The projects of files, each by its configuration."""

    folder: Path | None = None
    _known: dict[Path | None, Project] = field(default_factory=dict)
    _of_folders: dict[Path, Project] = field(default_factory=dict)

    def of(self, path: Path | str) -> Project:
        """The project of a file, or of a folder."""
        start = Path(path)
        start = start if start.is_dir() else start.parent
        if start not in self._of_folders:
            found = Project.of(start, self.folder)
            self._of_folders[start] = self._known.setdefault(found.config.path, found)
        return self._of_folders[start]


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def documents_below(folder: Path) -> Iterator[Path]:
    """The documents below a folder, in the order of their names; none of a folder that may not be read."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.name.startswith(".") or path.name in _TOOLS or path.is_symlink():
            continue
        if path.is_dir():
            yield from documents_below(path)
        elif path.suffix.lower() in SUFFIXES and path.is_file():  # a pipe would be waited for
            yield path
