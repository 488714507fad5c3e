"""Letters, indices and cells as people write them: every verdict as pencil and paper give it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from symrnn.judging.check import check
from symrnn.judging.judgement import Report
from symrnn.judging.verdict import Conditional
from symrnn.reading.document import read_document

DOCUMENTS = Path(__file__).parent / "documents"

EXPECTED = {
    "letters.md": {"b1": "definition", "b2.2": "definition", "b3": "proven", "b4": "proven", "b5": "wrong"},
    "steps_above.md": {"s1": "conditional", "s2": "wrong", "s3": "proven", "s4": "proven", "s5": "proven"},
    "concatenation.md": {
        "L3": "definition", "c1": "proven", "c2": "proven", "c3": "proven", "c4": "wrong", "c5": "wrong", "c6": "wrong",
        "c7": "conditional", "c8": "wrong",
    },
    "blocks.md": {"m1": "proven", "m2": "wrong", "m3": "proven", "m4": "proven", "m5": "wrong", "m6": "definition"},
    "stacked_gates.md": {"p0": "definition", "p1": "proven", "p2": "wrong", "p3": "proven", "p4": "proven"},
    "names_above.md": {"L3": "definition", "n1": "proven", "n2": "proven", "n3": "proven", "n4": "wrong"},
}  # fmt: skip


@cache
def report(name: str) -> Report:
    return check(read_document(DOCUMENTS / name))


@pytest.mark.parametrize(
    ("name", "label", "word"), [(n, label, word) for n, rows in EXPECTED.items() for label, word in rows.items()]
)
def test_verdict(name: str, label: str, word: str) -> None:
    assert next(j for j in report(name).judgements if j.statement.label == label).verdict.word == word


def test_a_step_that_is_no_initial_state_is_the_first() -> None:
    verdict = next(j for j in report("steps_above.md").judgements if j.statement.label == "s1").verdict
    assert isinstance(verdict, Conditional) and verdict.hypotheses == ("h_{-1} = 0",)
