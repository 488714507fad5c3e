"""The language server: verdicts while one writes, over standard input and output.

A document is read and judged in a thread of its own; an edit stops what is still being judged. What does not hold as written is told
first, then the verdicts with their repairs.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from symrnn import __version__
from symrnn.app.config import config_for
from symrnn.judging.findings import Finding, findings
from symrnn.judging.fixes import fixed
from symrnn.judging.judgement import FirstLook, Judgement, Options, Report
from symrnn.judging.live import Live
from symrnn.judging.mistakes import WARNING
from symrnn.judging.verdict import VERDICTS, Repair, Slip, Wrong
from symrnn.language.budget import Stopped
from symrnn.language.errors import InputError, NoEquation
from symrnn.notation import unicode_relation
from symrnn.reading.document import Document, Place, read_document, read_stream
from symrnn.showing.report.concise import edit_text, message
from symrnn.showing.report.wording import details

SOURCE = "symrnn"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "notice": types.DiagnosticSeverity.Information,
}
_PLACE = re.compile(r"(?P<file>.*?):(?P<line>\d+): (?P<message>.*)", re.DOTALL)


@dataclass
class Opened:
    """A document that is open in an editor: its text, its verdicts, and what stops the check that is under way."""

    uri: str
    text: str = ""
    version: int | None = None
    live: Live = field(default_factory=lambda: Live(Options()))
    stop: Event = field(default_factory=Event)
    report: Report | None = None
    found: tuple[Finding, ...] = ()
    shown: list[types.Diagnostic] = field(default_factory=list)

    @property
    def name(self) -> str:
        return to_fs_path(self.uri) or "untitled.md"

    def read(self, text: str) -> Document:
        """The document with this text, whatever the disk holds. Raises InputError."""
        path = Path(self.name)
        declared = config_for(path.parent).declared(path)
        if path.is_file():
            return read_document(path, declared, {path.resolve(): text.encode()})
        return read_stream(text.encode(), self.name, declared)


class Server(LanguageServer):
    """The documents that are open, and one thread that judges them."""

    def __init__(self) -> None:
        super().__init__("symrnn", __version__)
        self.opened: dict[str, Opened] = {}
        self.pool = ThreadPoolExecutor(1)

    async def changed(self, uri: str) -> None:
        """Judges a document as it stands now; what is under way for it is stopped."""
        document = self.workspace.get_text_document(uri)
        opened = self.opened.setdefault(uri, Opened(uri))
        opened.stop.set()
        opened.text, opened.version, opened.stop = document.source, document.version, Event()
        loop, stop, text, version = asyncio.get_running_loop(), opened.stop, opened.text, opened.version

        def publish(diagnostics: list[types.Diagnostic]) -> None:
            def send() -> None:
                if not stop.is_set():
                    params = types.PublishDiagnosticsParams(uri, diagnostics, version)
                    self.text_document_publish_diagnostics(params)

            loop.call_soon_threadsafe(send)

        await loop.run_in_executor(self.pool, lambda: judge_and_publish(opened, text, stop, publish))


def judge_and_publish(opened: Opened, text: str, stop: Event, publish: Callable[[list[types.Diagnostic]], None]) -> None:
    """Judges a text and publishes what is found: first what does not hold as written, at once, then everything."""

    def show(found: list[types.Diagnostic]) -> None:
        opened.shown = found
        publish(found)

    def tell(report: Report, looks: Sequence[FirstLook]) -> None:
        opened.report, opened.found = report, findings(report)
        own = [look for look in looks if Path(look.statement.place.file) == Path(opened.name)]
        found = _told(opened, text, opened.found) + [_at_first(text, look) for look in own]
        if found != opened.shown:
            show(found)

    if stop.is_set():
        return
    try:
        document = opened.read(text)
        report = opened.live.check(document, stop.is_set, tell)
    except Stopped:
        return
    except NoEquation:
        opened.report, opened.found = None, ()
        show([])
    except InputError as error:
        show([_refused(text, str(error))])
    else:
        opened.report, opened.found = report, findings(report)
        show(_told(opened, text, opened.found))


# --------------------------------------------------------------------------------------------------------- diagnostics


def _told(opened: Opened, text: str, found: Sequence[Finding]) -> list[types.Diagnostic]:
    return [diagnostic for finding in found if (diagnostic := _of_finding(opened, text, finding)) is not None]


def _at_first(text: str, look: FirstLook) -> types.Diagnostic:
    statement = look.statement
    return _diagnostic(text, statement.place, statement.end, types.DiagnosticSeverity.Warning, [look.rule.code], look.seen)


def _of_finding(opened: Opened, text: str, finding: Finding) -> types.Diagnostic | None:
    if Path(finding.place.file) != Path(opened.name):
        return None  # of a file that this one reads in
    kind = VERDICTS[finding.level].annotation if finding.level != WARNING else "warning"
    severity = _SEVERITIES[kind or "notice"]
    return _diagnostic(text, finding.place, finding.end, severity, list(finding.codes), f"{finding.level}: {message(finding)}")


def _diagnostic(
    text: str, start: Place, end: Place | None, severity: types.DiagnosticSeverity, codes: list[str], said: str
) -> types.Diagnostic:
    return types.Diagnostic(_range(text, start, end), said, severity=severity, code=",".join(codes), source=SOURCE)


def _refused(text: str, said: str) -> types.Diagnostic:
    """A diagnostic for a text that cannot be read, at its line where it has one."""
    match = _PLACE.match(said)
    place = Place("", int(match["line"]) if match else 1, 1)
    return _diagnostic(text, place, None, types.DiagnosticSeverity.Error, ["input"], match["message"] if match else said)


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


def _judgements_at(opened: Opened, where: types.Range) -> Iterator[Judgement]:
    """The judgements on the statements that a range touches."""
    for judgement in opened.report.judgements if opened.report is not None else ():
        statement = judgement.statement
        if Path(statement.place.file) == Path(opened.name):
            own = _range(opened.text, statement.place, statement.end)
            if _key(own.start) <= _key(where.end) and _key(where.start) <= _key(own.end):
                yield judgement


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def hover_text(opened: Opened, position: types.Position) -> str:
    """What is said of the statement at a position: its verdict, why, and under which reading; empty where there is none."""
    judgement = next(_judgements_at(opened, types.Range(position, position)), None)
    if judgement is None or opened.report is None:
        return ""
    word = judgement.verdict.word
    lines = [f"**{VERDICTS[word].sign} {word}**: {VERDICTS[word].meaning}"]
    for detail in details(opened.report, judgement):
        lines.append(f"*{detail.name}*: " + "  \n".join(f"`{line}`" if "\\" in line else line for line in detail.lines))
    return "\n\n".join(lines)


def actions(opened: Opened, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The repairs of what a range touches, and the comments that silence it."""
    found = [action for judgement in _judgements_at(opened, params.range) for action in _repairs(opened, judgement)]
    for finding in opened.found:
        judgement = finding.judgement
        if judgement is not None and any(judgement is j for j in _judgements_at(opened, params.range)):
            silenced = _silenced(opened, finding)
            if silenced is not None:
                found.append(_action(opened, f"ignore {', '.join(finding.codes)} here", silenced))
    return found


def _repairs(opened: Opened, judgement: Judgement) -> Iterator[types.CodeAction]:
    verdict = judgement.verdict
    if opened.report is None or not isinstance(verdict, (Slip, Wrong)):
        return
    others = verdict.others if isinstance(verdict, Wrong) else ()
    for repair in (verdict.repair, *others):
        text = None if repair is None else _repaired(opened, opened.report.document, judgement, repair)
        if repair is not None and text is not None:
            said = ", ".join(edit_text(edit) for edit in repair.edits)
            yield _action(opened, f"{said}: {unicode_relation(repair.relation)}", text, preferred=repair is verdict.repair)


def _repaired(opened: Opened, document: Document, judgement: Judgement, repair: Repair) -> str | None:
    """The text with a repair; None where it cannot be put in."""
    position = next(n for n, s in enumerate(document.statements) if s.id == judgement.statement.id)
    plain = opened.text.replace("\r\n", "\n")
    file = judgement.statement.place.file

    def reread(texts: Mapping[str, str]) -> Document:
        return opened.read(texts[file])

    new, done = fixed(document, [(position, repair)], {file: plain}, reread)
    return new[file] if done else None


def _silenced(opened: Opened, finding: Finding) -> str | None:
    """The text with a comment that silences a finding, where a comment may stand, tried by reading it."""
    assert opened.report is not None
    lines = opened.text.replace("\r\n", "\n").split("\n")
    said = f"symrnn: ignore[{','.join(finding.codes)}]"
    at = finding.place.line - 1
    comments = [f"% {said}"] if Path(opened.name).suffix in (".tex", ".ltx") else [f"<!-- {said} -->", f"% {said}"]
    for comment in comments:
        new = "\n".join([*lines[:at], f"{lines[at]} {comment}", *lines[at + 1 :]])
        try:
            again = opened.read(new)
        except InputError:
            continue
        same = [s.relation for s in again.statements] == [s.relation for s in opened.report.document.statements]
        if same and len(again.directives) > len(opened.report.document.directives):
            return new
    return None


def _action(opened: Opened, title: str, new: str, *, preferred: bool = False) -> types.CodeAction:
    """A quick fix that makes a text another: one edit, of all that differs."""
    old = opened.text.replace("\r\n", "\n")
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - start
    back = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    where = types.Range(_at(old, start), _at(old, len(old) - back))
    edit = types.WorkspaceEdit(changes={opened.uri: [types.TextEdit(where, new[start : len(new) - back])]})
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
        gone = made.opened.pop(params.text_document.uri, None)
        if gone is not None:
            gone.stop.set()
        made.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        known = made.opened.get(params.text_document.uri)
        text = "" if known is None else hover_text(known, params.position)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        known = made.opened.get(params.text_document.uri)
        return [] if known is None else actions(known, params)

    return made
