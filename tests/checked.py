"""The check of the built-in notes, made once for all tests of a process that ask what it says: it takes seconds."""

from __future__ import annotations

from functools import cache

from symrnn.judging.check import check
from symrnn.judging.judgement import Report
from symrnn.reading.notes import builtin_notes


@cache
def notes_report() -> Report:
    """What a check with the usual options says of the notes."""
    return check(builtin_notes())
