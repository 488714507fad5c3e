"""The language server: verdicts while one writes, over standard input and output.

A document is read and judged in a thread of its own; an edit stops what is still being judged. What does not hold as written is told
first, then the verdicts with their repairs.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from symrnn import __version__
from symrnn.app.project import Project
from symrnn.judging.declared import Silence
from symrnn.judging.findings import Finding, findings
from symrnn.judging.fixes import fixed
from symrnn.judging.judgement import FirstLook, Judgement, Options, Report
from symrnn.judging.kept.live import Live, Tell
from symrnn.judging.mistakes import UNDEFINED, WARNING
from symrnn.judging.shared import waits, with_earlier
from symrnn.judging.verdict import VERDICTS, Repair, Slip, Undecided, Wrong
from symrnn.language.budget import Stopped
from symrnn.language.errors import InputError, NoEquation
from symrnn.notation import unicode_relation
from symrnn.reading.document import Document, Place, main_of, read_file, read_stream
from symrnn.showing.report.concise import edit_text, message
from symrnn.showing.report.wording import details

SOURCE = "symrnn"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "notice": types.DiagnosticSeverity.Information,
}
_PLACE = re.compile(r"(?P<file>.*?):(?P<line>\d+): (?P<message>.*)", re.DOTALL)


@dataclass(frozen=True)
class Buffer:
    """A file that is open in an editor: what it holds there, whatever the disk says."""

    uri: str
    text: str
    version: int | None

    @property
    def name(self) -> str:
        return to_fs_path(self.uri) or "untitled.md"


Shown = dict[str, list[types.Diagnostic]]


@dataclass
class Work:
    """A document that is written, of one file or of several: its verdicts, and what stops the check that is under way.

    `shared` are its verdicts in the network of the files before it, where it lacks one. `shown` is what was told of each file, by its path.
    """

    name: str
    texts: dict[Path, str] = field(default_factory=dict)
    live: Live = field(default_factory=lambda: Live(Options()))
    shared: Live = field(default_factory=lambda: Live(Options()))
    stop: Event = field(default_factory=Event)
    project: Project = field(default_factory=Project)
    borrows: bool = False
    report: Report | None = None
    found: tuple[Finding, ...] = ()
    shown: Shown = field(default_factory=dict)

    def read(self, changes: Mapping[str, str] | None = None) -> Document:
        """The document as it is written, with some files changed. Raises InputError."""
        path = Path(self.name)
        texts = {**self.texts, **{Path(name).resolve(): text for name, text in (changes or {}).items()}}
        if path.is_file():
            return replace(self.project, texts={path: text.encode() for path, text in texts.items()}).read(path)
        return read_stream(texts[path.resolve()].encode(), self.name, self.project.config.declared(path))

    def text(self, file: str) -> str:
        """What a file of the document holds, with plain ends of lines."""
        path = Path(file).resolve()
        if path not in self.texts:
            with suppress(InputError):
                self.texts[path] = read_file(path)
        return self.texts.get(path, "").replace("\r\n", "\n")


class Server(LanguageServer):
    """The files that are open, the documents that they belong to, and one thread that judges these."""

    def __init__(self) -> None:
        super().__init__("symrnn", __version__)
        self.opened: dict[str, Buffer] = {}
        self.works: dict[str, Work] = {}
        #: The documents that read files in, as they were found after the last change of another file.
        self.mains: dict[str, Path | None] = {}
        self.pool = ThreadPoolExecutor(1)

    async def changed(self, uri: str) -> None:
        """Judges the document of a file as it stands now, and those that may have the network of this one."""
        document = self.workspace.get_text_document(uri)
        self.opened[uri] = Buffer(uri, document.source, document.version)
        self.mains = {uri: self.mains[uri]} if uri in self.mains else {}
        work = self.work_of(self.opened[uri])
        await self.judge(work, uri)
        for other in list(self.opened.values()):
            if self.work_of(other) is not work and self.work_of(other).borrows:
                await self.judge(self.work_of(other), other.uri)

    async def judge(self, work: Work, uri: str) -> None:
        """Judges a document of which a file is open; what is under way for it is stopped."""
        work.stop.set()
        work.stop = stop = Event()
        buffers, loop = dict(self.opened), asyncio.get_running_loop()

        def publish(file: str, diagnostics: list[types.Diagnostic]) -> None:
            buffer = next((b for b in buffers.values() if Path(b.name).resolve() == Path(file).resolve()), None)
            where, version = (Path(file).resolve().as_uri(), None) if buffer is None else (buffer.uri, buffer.version)

            def send() -> None:
                if not stop.is_set():
                    work.shown[file] = diagnostics
                    self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(where, diagnostics, version))

            loop.call_soon_threadsafe(send)

        texts = {Path(b.name).resolve(): b.text for b in buffers.values()}
        await loop.run_in_executor(self.pool, lambda: judge_and_publish(work, texts, buffers[uri].name, stop, publish))

    def work_of(self, buffer: Buffer) -> Work:
        """The document that a file belongs to: that of the TeX file that reads it in, else its own."""
        path = Path(buffer.name)
        if buffer.uri not in self.mains:
            self.mains[buffer.uri] = main_of(path, {Path(b.name).resolve(): b.text.encode() for b in self.opened.values()})
        name = str(self.mains[buffer.uri] or path)
        return self.works.setdefault(name, Work(name))

    def closed(self, uri: str) -> None:
        """Forgets a file; a document none of whose files is open has no diagnostics."""
        gone = self.opened.pop(uri, None)
        self.mains.clear()
        if gone is None:
            return
        left = {self.work_of(buffer).name for buffer in self.opened.values()}
        for name in [name for name in self.works if name not in left]:
            work = self.works.pop(name)
            work.stop.set()
            for file in dict.fromkeys([gone.name, *work.shown]):
                where = uri if file == gone.name else Path(file).resolve().as_uri()
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(where, []))


Publish = Callable[[str, list[types.Diagnostic]], None]


def judge_and_publish(work: Work, texts: Mapping[Path, str], edited: str, stop: Event, publish: Publish) -> None:
    """Judges a document and publishes what is found: first what does not hold as written, at once, then everything.

    `edited` is the file that has changed, of which something is told in any case.
    """

    told = dict(work.shown)  # what a check that was stopped has found has not been told

    def show(found: Shown, *, last: bool = False) -> None:
        for file in dict.fromkeys([edited, *told, *found]):
            new = found.get(file, [])
            if new != told.get(file, []) or (last and file == edited):
                publish(file, new)
                told[file] = new

    def tell(report: Report, looks: Sequence[FirstLook]) -> None:
        work.report, work.found = report, findings(report, work.project.selection)
        silence, counts = Silence(report.document), work.project.selection.counts
        show(_all_of(work, [x for x in looks if not silence.is_about(x.statement) and counts({x.rule.code, x.rule.kind, "wrong"})]))

    if stop.is_set():
        return
    work.texts = dict(texts)
    try:
        work.project = _project_of(work)
        report = _judged(work, work.read(), stop, tell)
    except Stopped:
        return
    except NoEquation:
        work.report, work.found = None, ()
        show({}, last=True)
    except InputError as error:
        show(_refused(work, edited, str(error)), last=True)
    else:
        work.report, work.found = report, findings(report, work.project.selection)
        show(_all_of(work, ()), last=True)


def _project_of(work: Work) -> Project:
    """The project of a document as it is by now: the one that is known, where nothing of its other files has changed."""
    texts = {path: text.encode() for path, text in work.texts.items()}
    fresh = Project.of(Path(work.name).parent, texts=texts)
    own = {Path(work.name).resolve()}
    return work.project if fresh.stamp(own) == work.project.stamp(own) else fresh


def _judged(work: Work, document: Document, stop: Event, tell: Tell) -> Report:
    """The report on a document, with what the files before it in its project define where it needs that."""

    def tell_known(report: Report, looks: Sequence[FirstLook]) -> None:
        known = [j for j in report.judgements if not (isinstance(j.verdict, Undecided) and j.verdict.waits_for is not None)]
        tell(replace(report, judgements=tuple(known)), looks)

    def tell_own(report: Report, looks: Sequence[FirstLook]) -> None:
        own = {statement.id for statement in document.statements}
        judgements = tuple(j for j in report.judgements if j.statement.id in own)
        tell_known(replace(report, document=document, judgements=judgements), [x for x in looks if x.statement.id in own])

    report = work.live.check(document, stop.is_set, tell_known)
    work.borrows = waits(report) > 0
    if not work.borrows:
        return report
    return with_earlier(
        document, report, work.project.before(document), lambda whole: work.shared.check(whole, stop.is_set, tell_own)
    )


# --------------------------------------------------------------------------------------------------------- diagnostics


def _all_of(work: Work, looks: Sequence[FirstLook]) -> Shown:
    """What is to be told of each file."""
    found: Shown = {}
    for finding in work.found:
        if not finding.place.cell:  # the lines of a cell are none of its file
            found.setdefault(_path(finding.place), []).append(_of_finding(work, finding))
    for look in looks:
        if not look.statement.place.cell:
            found.setdefault(_path(look.statement.place), []).append(_at_first(work, look))
    for remark in work.report.document.remarks if work.report is not None else ():
        match = _PLACE.match(remark)
        if match is not None:
            place = Place(match["file"], int(match["line"]), 1)
            notice = types.DiagnosticSeverity.Information
            said = _diagnostic(work.text(place.file), place, None, notice, ["input"], match["message"])
            found.setdefault(_path(place), []).append(said)
    return found


def _path(place: Place) -> str:
    return str(Path(place.file))


def _at_first(work: Work, look: FirstLook) -> types.Diagnostic:
    statement, text = look.statement, work.text(look.statement.place.file)
    return _diagnostic(text, statement.place, statement.end, types.DiagnosticSeverity.Warning, [look.rule.code], look.seen)


def _of_finding(work: Work, finding: Finding) -> types.Diagnostic:
    kind = VERDICTS[finding.level].annotation if finding.level != WARNING else "warning"
    waits_only = finding.rules == (UNDEFINED,)
    severity = _SEVERITIES["notice" if waits_only else kind or "notice"]
    text = work.text(finding.place.file)
    return _diagnostic(text, finding.place, finding.end, severity, list(finding.codes), f"{finding.level}: {message(finding)}")


def _diagnostic(
    text: str, start: Place, end: Place | None, severity: types.DiagnosticSeverity, codes: list[str], said: str
) -> types.Diagnostic:
    return types.Diagnostic(_range(text, start, end), said, severity=severity, code=",".join(codes), source=SOURCE)


def _refused(work: Work, edited: str, said: str) -> Shown:
    """A diagnostic for a document that cannot be read, at its file and line where these are told."""
    match = _PLACE.match(said)
    inside = match is not None and Path(match["file"]).resolve() in {Path(edited).resolve(), *work.texts}
    file = match["file"] if match and inside else edited
    place = Place("", int(match["line"]) if match and inside else 1, 1)
    error = types.DiagnosticSeverity.Error
    return {file: [_diagnostic(work.text(file), place, None, error, ["input"], match["message"] if match and inside else said)]}


def _range(text: str, start: Place, end: Place | None) -> types.Range:
    """The range from a place to another, else to the end of the line, in units of UTF-16, as editors count."""
    lines = text.replace("\r\n", "\n").split("\n")
    if end is None or end.file != start.file:
        end = Place(start.file, start.line, len(lines[min(start.line, len(lines)) - 1]) + 1)
    return types.Range(_position(lines, start), _position(lines, end))


def _position(lines: list[str], place: Place) -> types.Position:
    line = min(place.line, len(lines)) - 1
    return types.Position(line, len(lines[line][: place.column - 1].encode("utf-16-le")) // 2)


# ------------------------------------------------------------------------------------------------------ hover, actions


def _judgements_at(work: Work, file: str, where: types.Range) -> Iterator[Judgement]:
    """The judgements on the statements of a file that a range touches."""
    for judgement in work.report.judgements if work.report is not None else ():
        statement = judgement.statement
        if Path(statement.place.file) == Path(file) and not statement.place.cell:
            own = _range(work.text(file), statement.place, statement.end)
            if _key(own.start) <= _key(where.end) and _key(where.start) <= _key(own.end):
                yield judgement


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def hover_text(work: Work, file: str, position: types.Position) -> str:
    """What is said of the statement at a position: its verdict, why, and under which reading; empty where there is none."""
    judgement = next(_judgements_at(work, file, types.Range(position, position)), None)
    if judgement is None or work.report is None:
        return ""
    word = judgement.verdict.word
    lines = [f"**{VERDICTS[word].sign} {word}**: {VERDICTS[word].meaning}"]
    for detail in details(work.report, judgement):
        lines.append(f"*{detail.name}*: " + "  \n".join(f"`{line}`" if "\\" in line else line for line in detail.lines))
    return "\n\n".join(lines)


def actions(work: Work, buffer: Buffer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The repairs of what a range touches, and the comments that silence it."""
    here = list(_judgements_at(work, buffer.name, params.range))
    found = [action for judgement in here for action in _repairs(work, buffer, judgement)]
    for finding in work.found:
        if any(finding.judgement is judgement for judgement in here):
            silenced = _silenced(work, buffer.name, finding)
            if silenced is not None:
                found.append(_action(work, buffer, f"ignore {', '.join(finding.codes)} here", silenced))
    return found


def _repairs(work: Work, buffer: Buffer, judgement: Judgement) -> Iterator[types.CodeAction]:
    verdict = judgement.verdict
    if not isinstance(verdict, (Slip, Wrong)):
        return
    others = verdict.others if isinstance(verdict, Wrong) else ()
    for repair in (verdict.repair, *others):
        text = None if repair is None else _repaired(work, judgement, repair)
        if repair is not None and text is not None:
            said = ", ".join(edit_text(edit) for edit in repair.edits)
            title = f"{said}: {unicode_relation(repair.relation)}"
            yield _action(work, buffer, title, text, preferred=repair is verdict.repair)


def _repaired(work: Work, judgement: Judgement, repair: Repair) -> str | None:
    """The text of a statement's file with a repair; None where it cannot be put in."""
    document = work.read()
    position = next(n for n, s in enumerate(document.statements) if s.id == judgement.statement.id)
    file = judgement.statement.place.file
    new, done = fixed(document, [(position, repair)], {file: work.text(file)}, work.read)
    return new[file] if done else None


def _silenced(work: Work, file: str, finding: Finding) -> str | None:
    """The text with a comment that silences a finding, where a comment may stand, tried by reading it."""
    before = work.read()
    lines = work.text(file).split("\n")
    said = f"symrnn: ignore[{','.join(finding.codes)}]"
    at = finding.place.line - 1
    comments = [f"% {said}"] if Path(file).suffix in (".tex", ".ltx") else [f"<!-- {said} -->", f"% {said}"]
    for comment in comments:
        new = "\n".join([*lines[:at], f"{lines[at]} {comment}", *lines[at + 1 :]])
        try:
            again = work.read({file: new})
        except InputError:
            continue
        same = [s.relation for s in again.statements] == [s.relation for s in before.statements]
        if same and len(again.directives) > len(before.directives):
            return new
    return None


def _action(work: Work, buffer: Buffer, title: str, new: str, *, preferred: bool = False) -> types.CodeAction:
    """A quick fix that makes a text another: one edit, of all that differs."""
    old = work.text(buffer.name)
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - start
    back = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    where = types.Range(_at(old, start), _at(old, len(old) - back))
    edit = types.WorkspaceEdit(changes={buffer.uri: [types.TextEdit(where, new[start : len(new) - back])]})
    return types.CodeAction(title, kind=types.CodeActionKind.QuickFix, edit=edit, is_preferred=preferred or None)


def _at(text: str, offset: int) -> types.Position:
    line = text.count("\n", 0, offset)
    start = text.rfind("\n", 0, offset) + 1
    return types.Position(line, len(text[start:offset].encode("utf-16-le")) // 2)


# ------------------------------------------------------------------------------------------------------------- serving


def server() -> Server:
    """The server with all that it answers to."""
    made = Server()

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        await made.changed(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        await made.changed(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        made.closed(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        buffer = made.opened.get(params.text_document.uri)
        text = "" if buffer is None else hover_text(made.work_of(buffer), buffer.name, params.position)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        buffer = made.opened.get(params.text_document.uri)
        return [] if buffer is None else actions(made.work_of(buffer), buffer, params)

    return made
