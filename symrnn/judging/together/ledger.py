"""The convention ledger: which conventions a document uses where, and where it switches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.judging.judgement import Judgement, LedgerEntry
from symrnn.judging.verdict import Conditional, Proven, Slip, Verdict
from symrnn.language import questions
from symrnn.language.questions import Answers, Question

#: Questions that are told as one.
TOLD_AS = {questions.LAYOUT: questions.JACOBIANS, questions.CHAIN_ORDER: questions.JACOBIANS}
#: Questions whose answers are no conventions: they hold for one statement.
_OWN = (questions.RANK, questions.TIME_LEFT_OUT, questions.RANGE, questions.NONZERO, questions.STATED)


def ledger(judgements: Sequence[Judgement]) -> tuple[LedgerEntry, ...]:
    """Every convention that a true (or mended) statement needed, in order of appearance."""
    uses: dict[Question, list[tuple[str, str]]] = {}
    for judgement in judgements:
        for question, answer in _conventions(answers(judgement.verdict)):
            uses.setdefault(question, []).append((answer, judgement.statement.label))
    return tuple(entry for question, found in uses.items() for entry in _entries(question, found))


def answer_to(question: Question, verdict: Verdict) -> str:
    """The answer to one question under which a statement is true, empty if it was not asked."""
    return dict(answers(verdict)).get(question, "")


def answers(verdict: Verdict) -> Answers:
    """The reading under which a statement (or its mended form) is true."""
    if isinstance(verdict, (Proven, Conditional)):
        return verdict.answers
    return verdict.repair.answers if isinstance(verdict, Slip) else ()


def _conventions(answers: Answers) -> Iterator[tuple[Question, str]]:
    seen = set()
    for question, answer in answers:
        if question.is_kind_of(questions.SUBSCRIPT):
            if answer in ("time", "component") and question.letter.isalpha() and question.letter != "ellipsis":
                seen.add((questions.COUNTS.about(question.letter), "time steps" if answer == "time" else "components"))
        elif not any(map(question.is_kind_of, _OWN)):
            seen.add((TOLD_AS.get(question, question), answer.split(" (")[0] if question == questions.LAYOUT else answer))
    yield from sorted(seen, key=lambda convention: (str(convention[0]), convention[1]))


def _entries(question: Question, uses: list[tuple[str, str]]) -> Iterator[LedgerEntry]:
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
