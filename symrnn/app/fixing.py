"""Repairs written into the files that they are for, whole or not at all, or shown as a difference."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from symrnn.app.project import Project
from symrnn.judging.findings import Selection, findings
from symrnn.judging.fixes import certain_repair, cheapest, fixed
from symrnn.judging.judgement import Judgement, Report
from symrnn.language.errors import InputError
from symrnn.language.printing import clean
from symrnn.language.saving import save
from symrnn.notation import latex_relation
from symrnn.reading.document import Document, read_file, without
from symrnn.showing.report.concise import edit_text
from symrnn.showing.report.wording import answer_of, repair_of

_NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Fixed:
    """The old and the new texts of the files of a report, how many of its findings are mended, and why the others are left, in lines."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    done: int
    left: tuple[str, ...]

    def diff(self) -> str:
        """What changes, as ``diff -u`` shows it."""
        lines = []
        for name, old in self.old.items():
            pair = (old.splitlines(keepends=True), self.new[name].splitlines(keepends=True))
            lines += [line.rstrip("\n") for line in unified_diff(*pair, fromfile=name, tofile=name)]
        return "\n".join(clean(line) for line in lines)

    def write(self) -> list[str]:
        """Writes what has changed, each file with the ends of lines that it had. The names of these files."""
        changed = [name for name in self.old if self.old[name] != self.new[name]]
        for name in changed:
            save(name, _encoded(self.new[name], Path(name).read_bytes()))
        return changed


def fix(report: Report, shown: Report, selection: Selection, project: Project) -> Fixed:
    """The repairs of what is shown of a report that are certain, put into the author's text.

    Raises InputError for what is no file of text.
    """
    document = report.document
    if Path(document.name).suffix == _NOTEBOOK or not Path(document.name).is_file():
        raise InputError(f"{document.name}: only files of Markdown and TeX are edited; copy the repairs by hand")
    wanted = [f.judgement for f in findings(shown, selection) if f.level in ("wrong", "slip") and f.judgement is not None]
    positions = {statement.id: n for n, statement in enumerate(document.statements)}
    in_order = sorted(wanted, key=lambda judgement: positions[judgement.statement.id])
    repairs = [(positions[j.statement.id], repair) for j in in_order if (repair := certain_repair(j)) is not None]
    names = dict.fromkeys([document.name, *(s.place.file for s in document.statements if not s.declared)])
    texts = {name: read_file(name) for name in names}

    def reread(new: Mapping[str, str]) -> Document:
        texts = {Path(name).resolve(): text.encode() for name, text in new.items()}
        return without(replace(project, texts=texts).read(document.name), document.misfits)

    new, done = fixed(document, repairs, texts, reread)
    left = [judgement for judgement in in_order if positions[judgement.statement.id] not in done]
    return Fixed(texts, new, len(done), tuple(map(_left, left)))


def _left(judgement: Judgement) -> str:
    """The line on a finding that is left to its author, and why."""
    place = judgement.statement.place
    return clean(f"{place}:{place.column}: left {judgement.statement.label}: {_why_left(judgement)}")


def _why_left(judgement: Judgement) -> str:
    repair, certain = repair_of(judgement.verdict), certain_repair(judgement)
    if repair is None:
        answer = answer_of(judgement)
        return "no repair of it is proven" + ("" if answer is None else f"; it should be {latex_relation(answer.relation)}")
    if certain is None:
        options = " or ".join(", ".join(edit_text(edit) for edit in one.edits) for one in cheapest(judgement))
        return f"several repairs cost the same, choose one: {options}"
    return f"its repair does not fit into the text as it is written, write it by hand: {latex_relation(certain.relation)}"


def summary(found: Sequence[Fixed], *, written: bool) -> str:
    """Which findings are left, and how many are mended."""
    left = [line for fixed in found for line in fixed.left]
    done = sum(f.done for f in found)
    if not done and not left:
        return "there is nothing to mend"
    verb = "mended" if written else "can be mended"
    return "\n".join([*left, f"{done} of {done + len(left)} {verb}"])


def _encoded(text: str, before: bytes) -> bytes:
    """A text with the ends of lines and the mark at its begin that a file had."""
    data = text.replace("\n", "\r\n").encode() if b"\r\n" in before else text.encode()
    return codecs.BOM_UTF8 + data if before.startswith(codecs.BOM_UTF8) else data
