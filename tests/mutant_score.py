"""The mutants of the built-in notes, each judged as the statement was that it is made from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from checked import notes_report
from mutations import Mutant, mutants, vocabulary

from symrnn.deciding.decide import Decider, Fails, Holds, Open, Outcome
from symrnn.judging.check import instance_for, read_model
from symrnn.judging.edits import Setting
from symrnn.judging.extent import Reach
from symrnn.judging.hearing import Hearing
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.repair import Mender
from symrnn.judging.together.ledger import answer_to
from symrnn.judging.update import update_claim
from symrnn.judging.verdict import Answers, Conditional, Proven, Slip, Wrong
from symrnn.language import questions
from symrnn.language.claims import Claim, Reading
from symrnn.language.terms import Relation
from symrnn.notation.said import Said
from symrnn.reading.definitions import Understanding
from symrnn.reading.elaborate import readings
from symrnn.reading.elaborate.operands import GRADIENT_LAYOUTS

#: What can become of a mutant. The first four are caught: shapes that cannot meet or a letter without a meaning,
#: another convention than the one it is read under, nothing that exists in any instance, a point at which it fails.
SHAPES, CONVENTION, NOTHING, POINT = "no meaning", "another convention", "nothing to test", "refuted at a point"
CONDITIONAL, EQUIVALENT, SURVIVED = "conditional", "equivalent", "survived"
CAUGHT = (SHAPES, CONVENTION, NOTHING, POINT)
OUTCOMES = (*CAUGHT, CONDITIONAL, EQUIVALENT, SURVIVED)


@dataclass(frozen=True)
class Original:
    """A true statement: as written or as repaired, with the reading under which it holds and what it needs."""

    label: str
    relation: Relation
    answers: dict[questions.Question, str]
    hypotheses: frozenset[Said]


@dataclass(frozen=True)
class Judged:
    """A mutant with what became of it; `evidence` is the reason, the two values at a point, or the hypotheses."""

    original: Original
    mutant: Mutant
    outcome: str
    evidence: str
    claim: Claim | None = None


@dataclass(frozen=True)
class Bench:
    """The built-in notes, checked, with the deciders that their mutants share."""

    report: Report
    understanding: Understanding
    decider: Decider
    judge: Judge
    gradient: str


#: How many of the mutants are judged; 1 judges all of them, which takes a minute.
EVERY = 3


@cache
def bench() -> Bench:
    """The check of the built-in notes."""
    report, options = notes_report(), Options(every_length=False)
    understanding = read_model(report.document, options)
    decider = Decider(understanding.model, instance_for(understanding.model, options))
    setting = Setting(understanding.model, understanding.lexicon)
    reach = Reach(understanding.model, decider.scope(), every_length=False)
    judge = Judge(Hearing(understanding, decider, reach), Mender(decider, (decider,), setting, reach))
    layouts = [answer_to(questions.GRADIENT, j.verdict) for j in report.judgements]
    return Bench(report, understanding, decider, judge, max(GRADIENT_LAYOUTS, key=layouts.count))


def true_forms(judgement: Judgement) -> list[tuple[Relation, Answers]]:
    """A statement as it is true: as written, or with its repairs."""
    verdict, relation = judgement.verdict, judgement.statement.relation
    if isinstance(verdict, (Proven, Conditional)):
        assert relation is not None
        return [(relation, verdict.answers)]
    if isinstance(verdict, Slip):
        return [(verdict.repair.relation, verdict.repair.answers)]
    if isinstance(verdict, Wrong):
        repairs = (verdict.repair, *verdict.others)
        return [(r.relation, r.answers) for r in repairs if r is not None]
    return []


@cache
def originals() -> tuple[Original, ...]:
    """Every true statement of the notes, with the repaired ones."""
    found = [
        _original(judgement.statement.label, relation, answers)
        for judgement in bench().report.judgements
        for relation, answers in true_forms(judgement)
    ]
    return tuple(found)


def _original(label: str, relation: Relation, answers: Answers) -> Original:
    claimed = update_claim(relation, bench().judge.understanding.model, bench().judge.understanding.lexicon) or relation
    pinned = {questions.GRADIENT: bench().gradient, **dict(answers)}
    holding = [(r, o) for r, o in decided(claimed, pinned) if isinstance(o, Holds)]
    reading, outcome = min(holding, key=lambda pair: len(pair[1].hypotheses))
    hypotheses = frozenset(h.said for h in outcome.hypotheses)
    return Original(label, claimed, pinned | dict(reading.answers), hypotheses)


def decided(relation: Relation, pinned: dict[str, str]) -> list[tuple[Reading, Outcome]]:
    """What is decided about every reading of a relation that keeps the given answers."""
    admissible, _ = _readings(relation, pinned)
    return [(reading, bench().decider.decide(reading.claim)) for reading in admissible]


def _readings(relation: Relation, pinned: dict[str, str]) -> tuple[list[Reading], str]:
    """The readings that keep the given answers; where there are none, why."""
    known = bench().understanding
    found, refused = readings(relation, known.model, known.lexicon, pinned)
    kept = [r for r in found if all(pinned.get(question, answer) == answer for question, answer in r.answers)]
    if found and not kept:
        return [], CONVENTION
    return kept, refused[0].reason if refused else ""


def judged(original: Original, mutant: Mutant) -> Judged:
    """What becomes of one mutant; a crash is no way to die."""
    try:
        admissible, reason = _readings(mutant.relation, original.answers)
    except RuntimeError as crash:
        return Judged(original, mutant, SURVIVED, f"crash: {crash}")
    if not admissible:
        return Judged(original, mutant, CONVENTION if reason == CONVENTION else SHAPES, reason)
    outcomes = []
    for reading in admissible:
        outcome = bench().decider.decide(reading.claim)
        if isinstance(outcome, Holds) and {h.said for h in outcome.hypotheses} <= original.hypotheses:
            return Judged(original, mutant, EQUIVALENT, outcome.identity, reading.claim)
        outcomes.append(outcome)
    return Judged(original, mutant, *_summary(outcomes))


def _summary(outcomes: list[Outcome]) -> tuple[str, str]:
    for outcome in outcomes:
        if isinstance(outcome, Open) and not outcome.empty:
            return SURVIVED, str(outcome.reason)
    for outcome in outcomes:
        if isinstance(outcome, Holds):
            return CONDITIONAL, ", ".join(str(h.said) for h in outcome.hypotheses)
    for outcome in outcomes:
        if isinstance(outcome, Fails):
            return POINT, f"{_decimal(outcome.point.left)} against {_decimal(outcome.point.right)}"
    return NOTHING, "it asks for time steps or components that do not exist"


def _decimal(enclosure: str) -> str:
    """The middle of a decimal enclosure, to four digits."""
    middle = enclosure.strip("[]").split("+/-")[0].strip()
    return f"{float(middle):.4g}" if middle else "0"


@cache
def score() -> tuple[Judged, ...]:
    """Every third mutant of every true statement, beginning at another one each time: two thousand say what six do."""
    words = vocabulary(bench().understanding.model)
    return tuple(
        judged(original, mutant)
        for number, original in enumerate(originals())
        for mutant in mutants(original.relation, words)[number % EVERY :: EVERY]
    )


def table(results: tuple[Judged, ...]) -> list[tuple[str, Counter[str]]]:
    """For every kind of change, how many mutants had each outcome."""
    kinds: dict[str, Counter[str]] = {}
    for result in results:
        kinds.setdefault(result.mutant.kind, Counter())[result.outcome] += 1
    return sorted(kinds.items(), key=lambda item: -item[1].total())
