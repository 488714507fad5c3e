"""Files of one work: what an earlier one defines holds in a later one that lacks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import Undecided
from symrnn.reading.document import Document, Statement

Judge = Callable[[Document], Report]


def with_earlier(report: Report, earlier: Sequence[Document], judge: Judge) -> Report:
    """The report on a document, with what earlier files define where its own equations wait for that; else as it is.

    Nothing is taken from another file by a document that needs nothing.
    """
    waiting = _waiting(report.judgements)
    if not waiting or not earlier:
        return report
    whole = joined(earlier, report.document)
    found = judge(whole)
    own = tuple(
        replace(judgement, statement=statement)
        for judgement, statement in zip(found.judgements[-len(report.judgements) :], report.document.statements, strict=True)
    )
    return replace(found, document=report.document, judgements=own) if _waiting(own) < waiting else report


def joined(earlier: Sequence[Document], document: Document) -> Document:
    """A document with earlier ones before it, in which the names of statements and sections stay apart."""
    statements: list[Statement] = []
    directives = []
    for number, one in enumerate((*earlier, document)):
        name = Path(one.name).name
        is_earlier = one is not document
        directives += [
            replace(d, position=d.position + len(statements))
            for d in one.directives
            if not is_earlier or d.kind not in ("ignore", "off", "on")
        ]
        statements += [_renamed(s, f"{name}#{number}") if is_earlier else s for s in one.statements]
    expressions = tuple(e for one in (*earlier, document) for e in one.expressions)
    sections = tuple(s for one in (*earlier, document) for s in one.sections)
    return replace(document, statements=tuple(statements), directives=tuple(directives), expressions=expressions, sections=sections)


def _renamed(statement: Statement, name: str) -> Statement:
    """A statement of an earlier file: its id and its label are its file's, and it continues no chain of a later one."""
    return replace(statement, id=f"{name} {statement.id}", label=f"{name} {statement.label}", chain=-statement.chain)


def _waiting(judgements: Sequence[Judgement]) -> int:
    """How many statements rest on what nothing defines."""
    return sum(isinstance(j.verdict, Undecided) and j.verdict.waits_for is not None for j in judgements)
