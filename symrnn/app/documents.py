"""The documents that a command is to read: files, directories, standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from symrnn.app.outcome import say
from symrnn.app.project import Project, Projects, documents_below
from symrnn.judging.backprop import differentiated_loss
from symrnn.judging.judgement import Report
from symrnn.judging.shared import limited_to
from symrnn.language.errors import InputError, NoEquation
from symrnn.reading.document import Document

STANDARD_INPUT = "-"


@dataclass
class Found:
    """The documents in reading order; what was passed over, and what cannot be used, each in a line.

    `parts` has the files that are asked about, where a document is read only for some that it reads in; `projects`
    are those of the documents.
    """

    documents: list[Document] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    parts: dict[str, set[Path]] = field(default_factory=dict)
    projects: Projects = field(default_factory=Projects)

    def project_of(self, document: Document) -> Project:
        """The project of a document that is known by its file."""
        return self.projects.of(document.name)

    def shown(self, report: Report) -> Report:
        """The report on what is asked about, of a document; on all of it, where a file of macros alone is."""
        parts = self.parts.get(report.document.name)
        shown = limited_to(report, parts) if parts else report
        return shown if shown.judgements else report


def find(names: Sequence[str], stdin_name: str, projects: Projects) -> Found:
    """Reads what is named, each file once; every document below a directory, in the order of names.

    A part of a TeX document is read where that reads it in. One file named alone must be usable. Equations in plain text are looked
    for in what is named itself: below a directory, texts without a formula are no derivations. Raises InputError.
    """
    alone = len(names) == 1 and not _is_dir(names[0])
    found = Found(projects=projects)
    for name in names:
        below = name != STANDARD_INPUT and _is_dir(name)
        for path in documents_below(Path(name)) if below else [name]:
            _add(found, path, stdin_name, alone=alone, typed=not below)
    included = {path for document in found.documents for path in document.included}
    found.documents = [document for document in found.documents if Path(document.name).resolve() not in included]
    return found


def _add(found: Found, path: Path | str, stdin_name: str, *, alone: bool, typed: bool) -> None:
    """Adds the document that is at a path, or that reads in what is there."""
    if path == STANDARD_INPUT:
        path = stdin_name
        found.projects.of(path).texts = {Path(path).resolve(): sys.stdin.buffer.read()}
    if any(Path(path).resolve() in document.included for document in found.documents if document.name not in found.parts):
        return
    project = found.projects.of(path)
    main = project.main_of(Path(path))
    known = next((d.name for d in found.documents if main is not None and Path(d.name).resolve() == main.resolve()), None)
    if main is not None and known is not None:
        if known in found.parts:
            found.parts[known].add(Path(path).resolve())
        return
    try:
        document = project.read(path if main is None else main, typed=typed)
    except NoEquation as nothing:
        if alone:
            raise
        found.passed_over.append(f"passed over: {nothing}")
    except InputError as error:
        if alone:
            raise
        found.unusable.append(str(error))
    else:
        if main is not None:
            found.parts[document.name] = {Path(path).resolve()}
        elif document.name in found.parts:
            del found.parts[document.name]
            return
        found.documents.append(document)
        found.passed_over += document.remarks


def _is_dir(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def judged_all(found: Found, court: Callable[[Document], Report]) -> list[Report]:
    """The report on each document, with what those before it define; one of several that cannot be judged is named and hides no other."""
    reports: list[Report] = []
    for number, document in enumerate(found.documents):
        try:
            project = found.project_of(document)
            named = [one for one in found.documents[:number] if found.project_of(one) is project]
            reports.append(project.judged(document, named, court))
        except InputError as error:
            if len(found.documents) == 1:
                raise
            say(str(error))
            found.unusable.append(str(error))
    if not reports:
        raise InputError("there is no document to judge")
    return reports


def say_what_lacks(found: Found, reports: Sequence[Report]) -> None:
    """Says where a file may have what it lacks from, and what is declared for files of a project and fits none of them."""
    by_project: dict[int, list[Report]] = {}
    for report in reports:
        project = found.project_of(report.document)
        by_project.setdefault(id(project), []).append(report)
        asked = _what_may_be_asked(report) if project.folder is None and len(reports) == 1 else ""
        for hint in filter(None, [project.hint(report), asked, _what_else_is_judged(report.document)]):
            say(hint)
    for group in by_project.values():
        for line in found.project_of(group[0].document).unfit(group):
            say(line)
            found.unusable.append(line)


def _what_else_is_judged(document: Document) -> str:
    """How to have the listings of a document judged as well."""
    name = document.name
    return f"{name}: it holds code that computes gradients; symrnn code {name} judges that" if document.has_backward_code else ""


def _what_may_be_asked(report: Report) -> str:
    """What to do with a document that defines a network and its loss, and claims nothing of them."""
    if sum(report.counts[word] for word in ("definition", "assumption")) < len(report.judgements):
        return ""
    name = report.document.name
    told = f"{name}: it claims nothing of its network; symrnn derive {name} derives every gradient"
    return told if differentiated_loss(report.network) else ""
