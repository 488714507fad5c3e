"""Mutants of textbook LSTMs and GRUs: are all caught, and how many are mended?

Two hundred of them, by name, which takes some minutes: ``python tests/gate_mutants.py [how many]``. The suite judges a few.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from mutations import Mutant, mutants, vocabulary
from places import DOCUMENTS

from symrnn.deciding.decide import Open
from symrnn.judging.check import check, judge_in, read_model
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import Options, Report
from symrnn.judging.together.adjoints import settled
from symrnn.judging.together.ledger import answer_to
from symrnn.judging.verdict import Conditional, Proven, Slip, Undecided, Verdict, Wrong
from symrnn.language import questions
from symrnn.language.budget import TooLarge, limited
from symrnn.language.model import Name
from symrnn.language.terms import walk
from symrnn.notation import unicode_relation
from symrnn.reading.document import Document, Statement, read_document
from symrnn.reading.elaborate import readings
from symrnn.reading.elaborate.operands import GRADIENT_LAYOUTS

GATED = ("lstm_columns.md", "lstm_rows.md", "peephole.md", "gru_keep.md", "gru_update.md")
_OPTIONS = Options(every_length=False)
_BUDGET = 14_000_000

#: What becomes of a mutant. The first five are caught; an equivalent one is true as the original is, under the same hypotheses.
MENDED, CONDITIONAL, WRONG = "mended", "needs a hypothesis", "wrong, no repair"
NAMELESS, NOTHING, EQUIVALENT, SURVIVED = "a letter of no meaning", "asks for no step", "equivalent", "survived"
CAUGHT = (MENDED, CONDITIONAL, WRONG, NAMELESS, NOTHING)
OUTCOMES = (*CAUGHT, EQUIVALENT, SURVIVED)


@dataclass(frozen=True)
class Broken:
    """A mutant of the equation at a position of a document, and the hypotheses that the equation itself needs."""

    document: str
    position: int
    statement: Statement
    hypotheses: frozenset[str]
    mutant: Mutant

    @property
    def text(self) -> str:
        return f"{self.document} ({self.statement.label}) {self.mutant.kind}: {unicode_relation(self.mutant.relation)}"


@cache
def document(name: str) -> Document:
    return read_document(DOCUMENTS / name)


@cache
def report(name: str) -> Report:
    return check(document(name), _OPTIONS)


@cache
def judge_of(name: str) -> Judge:
    """A judge of a document that knows its usual layout of gradients."""
    relations = [s.relation for s in document(name).statements if s.relation is not None]
    judge = judge_in(read_model(document(name), _OPTIONS), _OPTIONS, relations)
    layouts = [answer_to(questions.GRADIENT, j.verdict) for j in report(name).judgements]
    judge.pin(questions.GRADIENT, max(GRADIENT_LAYOUTS, key=layouts.count))
    return judge


def known_errors(case: Broken) -> frozenset[Name]:
    """The letters δf_t that the rest of the document, without an equation, shows to be gradients."""
    judgements = report(case.document).judgements
    rest = (j for position, j in enumerate(judgements) if position != case.position)
    return settled(rest, judge_of(case.document).understanding.lexicon).known


def broken(name: str) -> Iterator[Broken]:
    """Every mutant of every true equation of a document."""
    words = vocabulary(judge_of(name).understanding.model)
    for position, judgement in enumerate(report(name).judgements):
        verdict, relation = judgement.verdict, judgement.statement.relation
        if isinstance(verdict, (Proven, Conditional)) and relation is not None:
            needed = frozenset(map(str, verdict.hypotheses if isinstance(verdict, Conditional) else ()))
            for mutant in mutants(relation, words):
                yield Broken(name, position, judgement.statement, needed, mutant)


def chosen(count: int, seed: int = 1) -> list[Broken]:
    """As many mutants, drawn from all documents alike."""
    draw = random.Random(seed)
    each = [draw.sample(list(broken(name)), -(-count // len(GATED))) for name in GATED]
    return [mutant for together in zip(*each, strict=True) for mutant in together][:count]


def verdict_on(case: Broken) -> Verdict | None:
    """The verdict on a mutant alone; None where it costs too much."""
    judge = judge_of(case.document)
    judge.mender.earlier.clear()
    judge.mender.familiar.clear()
    judge.recent.clear()
    judge.know_errors(known_errors(case))
    try:
        with limited(_BUDGET):
            return judge.verdict(case.position, replace(case.statement, relation=case.mutant.relation))
    except TooLarge:
        return None


def outcome(case: Broken) -> tuple[str, str]:
    """What becomes of a mutant, and the repair or the reason."""
    verdict = verdict_on(case)
    if isinstance(verdict, (Slip, Wrong)):
        repair = verdict.repair
        return (WRONG, "") if repair is None else (MENDED, unicode_relation(repair.relation))
    if isinstance(verdict, Conditional) and not set(map(str, verdict.hypotheses)) <= case.hypotheses:
        return CONDITIONAL, ", ".join(map(str, verdict.hypotheses))
    if isinstance(verdict, (Proven, Conditional)):
        return EQUIVALENT, ""
    waits_for = verdict.waits_for if isinstance(verdict, Undecided) else None
    if waits_for is not None and waits_for not in letters_of(case):
        return NAMELESS, waits_for.text
    if _asks_for_nothing(case):
        return NOTHING, ""
    return SURVIVED, str(verdict)


def _asks_for_nothing(case: Broken) -> bool:
    """Whether a mutant speaks of steps or components that do not exist, under every reading."""
    judge = judge_of(case.document)
    known = judge.understanding
    found = [
        judge.decider.decide(r.claim) for r in readings(case.mutant.relation, known.model, known.lexicon, judge.hearing.pinned)[0]
    ]
    return bool(found) and all(isinstance(o, Open) and o.empty for o in found)


def letters_of(case: Broken) -> set[Name]:
    """What an equation names before it is broken."""
    lexicon, relation = judge_of(case.document).understanding.lexicon, case.statement.relation
    assert relation is not None
    found = (lexicon.occurrence(node) for side in (relation.left, relation.right) for _, node in walk(side))
    return {o.name for o in found if o is not None}


def print_score(count: int) -> None:
    """How many of the mutants of each kind of change had each outcome, and those that were not mended."""
    found: dict[str, Counter[str]] = {}
    for case in chosen(count):
        word, why = outcome(case)
        found.setdefault(case.mutant.kind, Counter())[word] += 1
        if word not in (MENDED, EQUIVALENT):
            print(f"{word}: {case.text} {why}", flush=True)
    total = sum(found.values(), Counter())
    print("\n" + f"{'change':32}" + "".join(f"{word:>20}" for word in OUTCOMES))
    for kind, counts in [*sorted(found.items()), ("all", total)]:
        print(f"{kind:32}" + "".join(f"{counts[word] or '':>20}" for word in OUTCOMES))
    caught = sum(total[word] for word in CAUGHT)
    print(f"\n{caught} of {caught + total[SURVIVED]} false ones caught, {total[MENDED]} mended")


if __name__ == "__main__":
    print_score(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
