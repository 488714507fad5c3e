"""Checks as tests ask for them: that of the built-in notes, made once for all tests of a process, and those at the instance alone."""

from __future__ import annotations

from functools import cache

from symrnn.judging.check import check
from symrnn.judging.judgement import Options, Report
from symrnn.reading.document import Document
from symrnn.reading.notes import builtin_notes


@cache
def notes_report() -> Report:
    """What a check with the usual options says of the notes."""
    return check(builtin_notes())


def checked(document: Document) -> Report:
    """What a check says of a document at its instance: how far its proofs reach is looked for only where a test asks for that."""
    return check(document, Options(every_length=False))
