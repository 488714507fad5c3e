"""The convention ledger: which conventions a document uses where, and where it switches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.judging.judgement import Judgement, LedgerEntry
from symrnn.judging.verdict import NONZERO, RANGE, Answers, Conditional, Proven, Slip, Verdict
from symrnn.language.claims import RANK, STATED

_LAYOUT = "layout of Jacobians"
_QUESTIONS = {"layout": _LAYOUT, "chain order": _LAYOUT}


def ledger(judgements: Sequence[Judgement]) -> tuple[LedgerEntry, ...]:
    """Every convention that a true (or mended) statement needed, in order of appearance."""
    uses: dict[str, list[tuple[str, str]]] = {}
    for judgement in judgements:
        for question, answer in _conventions(answers(judgement.verdict)):
            uses.setdefault(question, []).append((answer, judgement.statement.label))
    return tuple(entry for question, found in uses.items() for entry in _entries(question, found))


def answer_to(question: str, verdict: Verdict) -> str:
    """The answer to one question under which a statement is true, empty if it was not asked."""
    return dict(answers(verdict)).get(question, "")


def answers(verdict: Verdict) -> Answers:
    """The reading under which a statement (or its mended form) is true."""
    if isinstance(verdict, (Proven, Conditional)):
        return verdict.answers
    return verdict.repair.answers if isinstance(verdict, Slip) else ()


def _conventions(answers: Answers) -> Iterator[tuple[str, str]]:
    seen = set()
    for question, answer in answers:
        if question.startswith("subscript ") and answer in ("time", "component"):
            letter = question.removeprefix("subscript ").split(" of ")[0]
            if letter.isalpha() and letter != "ellipsis":
                seen.add((f"the subscript {letter} counts", "time steps" if answer == "time" else "components"))
        elif question.startswith(RANK) or question in ("time left out", RANGE, NONZERO, STATED):
            continue
        elif not question.startswith("subscript "):
            seen.add((_QUESTIONS.get(question, question), answer.split(" (")[0] if question == "layout" else answer))
    yield from sorted(seen)


def _entries(question: str, uses: list[tuple[str, str]]) -> Iterator[LedgerEntry]:
    by_answer: dict[str, list[str]] = {}
    switches: dict[str, list[str]] = {}
    before = ""
    for answer, label in uses:
        by_answer.setdefault(answer, []).append(label)
        if before and answer != before:
            switches.setdefault(answer, []).append(label)
        before = answer
    for answer, labels in by_answer.items():
        yield LedgerEntry(question, answer, tuple(labels), tuple(switches.get(answer, ())))
