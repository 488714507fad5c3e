"""What is said about a statement and its verdict, in words; every output takes its words from here."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import assert_never

from symrnn.deciding.evidence import Certificate, Extent, Point, Scope, Witness
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import (
    VERDICTS,
    Assumption,
    Conditional,
    Definition,
    Edit,
    Proven,
    Repair,
    Size,
    Slip,
    StatedHypothesis,
    Undecided,
    Unread,
    Verdict,
    Wrong,
)
from symrnn.language import questions
from symrnn.language.choices import ShapeClash, shape_text
from symrnn.language.model import Name
from symrnn.language.printing import clean as clean
from symrnn.language.questions import Answers, Question
from symrnn.language.tensors import Const, Full, Map
from symrnn.language.terms import Relation, Sym, Term, walk
from symrnn.notation import latex_relation, unicode, unicode_relation
from symrnn.notation.from_tensors import number
from symrnn.notation.said import Said, Spelled, Told, all_of, by_name, one_by_one, said
from symrnn.notation.vocabulary import GREEK
from symrnn.proving.explain import explain
from symrnn.reading.document import Place, Statement
from symrnn.reading.notes import NAME
from symrnn.showing.report.entries import entry_lines, shape_lines

#: The axes that a network of this kind has, in the order in which they are told.
AXES = ("hidden", "classes", "input")
#: What is said where a document has so many wrong equations that the search for a repair of one ends early.
UNSEARCHED = "no repair was found among the formulas that are tried so late in a document; mend what stands before, and check again"


@dataclass(frozen=True)
class Detail:
    """One thing to say about a statement: what it is about, and lines that stand on their own."""

    name: str
    lines: tuple[str, ...]


# --------------------------------------------------------------------------------------------------------- short forms


def equation(statement: Statement) -> Said:
    """The statement on one line, or as its author wrote it where it was not read, or lists values: ``t = 1, \\dots, T``."""
    relation = statement.relation
    listed = relation is not None and relation.op == "in" and "=" in statement.latex
    return said(statement.latex if relation is None or listed else relation)


def asked(question: Question) -> Said:
    """A question with the letters that it is about."""
    parts = re.split(r"\{(letter|of)\}", question.words)
    letters = {"letter": question.letter, "of": question.of}
    return said(*(_as_letter(letters[part]) if number % 2 else part for number, part in enumerate(parts)))


def _as_letter(text: str) -> str | Spelled:
    is_letter = text in GREEK or (len(text) == 1 and text.isascii() and text.isalpha())
    return by_name(text) if is_letter else text


def extent_text(extent: Extent) -> str:
    """The scope of a verdict: ``4 time steps, hidden 2, classes 3, input 4``, without axes that have no name."""
    if not isinstance(extent, Scope):
        return "every length and every size"
    named = {label: size for label, size in extent.sizes if not label.startswith("?")}
    sizes = {**{axis: named[axis] for axis in AXES if axis in named}, **named}
    return ", ".join([counted(extent.steps, "time step"), *(f"{label} {size}" for label, size in sizes.items())])


def answers_of(verdict: Verdict) -> Answers:
    """The reading under which a verdict holds."""
    if isinstance(verdict, Slip):
        return verdict.repair.answers
    return verdict.answers if isinstance(verdict, (Proven, Conditional, Wrong)) else ()


def given_text(given: tuple[StatedHypothesis, ...]) -> Said:
    """What the document has stated before, with the lines: ``given Σ_k y_k = 1 (line 12)``."""
    return if_all((said(g.hypothesis, f" ({g.where})") for g in given), "given ")


def if_all(hypotheses: Iterable[Said], before: str = "if ") -> Said:
    """Under which hypotheses, behind some words; nothing where there are none."""
    needed = all_of(hypotheses)
    return said(before, needed) if needed else needed


def given_of(verdict: Verdict) -> tuple[StatedHypothesis, ...]:
    """The stated hypotheses that a statement needs."""
    return verdict.given if isinstance(verdict, (Proven, Conditional)) else ()


def hypotheses_of(verdict: Verdict) -> tuple[Said, ...]:
    """What a statement needs to be true as written."""
    return verdict.hypotheses if isinstance(verdict, Conditional) else ()


def repair_of(verdict: Verdict) -> Repair | None:
    """The formula that is proven instead."""
    return verdict.repair if isinstance(verdict, (Slip, Wrong)) else None


def certificate_of(verdict: Verdict) -> Certificate | None:
    """The certificate of falsity of the statement as written."""
    return verdict.certificate if isinstance(verdict, (Slip, Wrong)) else None


def why(judgement: Judgement) -> Said:
    """The reason for a verdict in a few words; empty where the verdict says it all."""
    return one_by_one("; ", (part for part in (*reasons_of(judgement.verdict), judgement.given) if part))


def reasons_of(verdict: Verdict) -> tuple[Told, ...]:
    """What makes a verdict what it is, in a few words; what is empty says nothing."""
    match verdict:
        case Definition(what, shape):
            return (said(what, f" {shape}" if shape else ""),)
        case Assumption(what, given):
            return what, if_all(given, "given from here: ")
        case Proven(_, answers, _, given):
            return given_text(given), _reading(answers)
        case Conditional(_, answers, hypotheses, given=given):
            return if_all(hypotheses), given_text(given), _reading(answers)
        case Slip(repair):
            return _edits(repair.edits), if_all(repair.hypotheses, "then if ")
        case Wrong(_, _, Repair() as repair):
            return _edits(repair.edits), if_all(repair.hypotheses, "then if ")
        case Wrong(certificate, unsearched=unsearched):
            return refuted(certificate), UNSEARCHED if unsearched else ""
        case Undecided(reason):
            return (reason,)
        case Unread(reason, piece):
            return f"{reason}: {piece}" if piece else reason, ""
        case _:
            assert_never(verdict)


def _reading(answers: Answers) -> str:
    """The reading in short: what each index letter counts, once, and the answers to other questions."""
    return ", ".join(dict.fromkeys(filter(None, (_short_answer(*answer) for answer in answers))))


def _short_answer(question: Question, answer: str) -> str:
    if question.is_kind_of(questions.RANK):
        return ""
    if question.is_kind_of(questions.SUBSCRIPT):
        return f"{question.letter}: {answer}" if len(question.letter) == 1 and question.letter.isalpha() else ""
    return f"{question}: {answer}"


def _edits(edits: Iterable[Edit]) -> Said:
    return one_by_one(", ", (said(f"{edit.name}: ", edit.told) for edit in edits))


def refuted(certificate: Certificate) -> Said:
    """Why a statement is false, in a few words."""
    match certificate:
        case ShapeClash():
            return said(str(certificate))
        case Point():
            return said("at ", differ(certificate))
        case _:
            assert_never(certificate)


def differ(point: Point) -> Said:
    """Where two sides differ, and what they are there; of a comparison that is no equation, that it is not so."""
    if isinstance(point.claim.left, Map) and point.claim.left.function == "step" and isinstance(point.claim.right, (Const, Full)):
        return said(entry_text(point), ": the smaller side is not below the other one")
    return said(entry_text(point), f": the left side is {short_ball(point.left)}, the right side {short_ball(point.right)}")


def entry_text(point: Point) -> Said:
    """The indices and the component at which the sides were compared."""
    entry = point.entry[0] if len(point.entry) == 1 else point.entry
    where = one_by_one(", ", (*starmap(_taken, point.indices), *([f"entry {entry}"] if point.entry else [])))
    return where or said("the one entry there is")


def _taken(index: str, value: int) -> Spelled:
    """The value of an index."""
    return Spelled(Relation("=", Name(index).term, number(value)), f"{index} = {value}")


def short_ball(enclosure: str) -> str:
    """The middle of an enclosure with as many digits as a person reads.

    >>> short_ball("[0.837211904382 +/- 4.51e-14]"), short_ball("0")
    ('0.837212', '0')
    """
    middle = enclosure.removeprefix("[").partition(" ")[0]
    try:
        return f"{float(middle):.6g}".replace("-", "−")
    except ValueError:
        return enclosure


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 row``, ``2 rows``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def place_in(report: Report, place: Place) -> str:
    """A place, for one who reads a report: ``line 12``, or ``parts/cell.tex:12`` in a file that the document reads in."""
    return place.within if place.file == report.document.name else str(place)


def places_in(report: Report, places: Iterable[Place], most: int = 1_000) -> str:
    """Several places, of which some at the end may be left out: ``lines 3, 5``."""
    found = list(dict.fromkeys(place_in(report, place) for place in places))
    if all(place.startswith("line ") for place in found):
        found = [place.removeprefix("line ") for place in found]
        found[0] = f"{'line' if len(found) == 1 else 'lines'} {found[0]}"
    more = f", … ({len(found) - most} more)" if len(found) > most else ""
    return f"{', '.join(found[:most])}{more}"


def coverage(report: Report) -> str:
    """How many statements there are and what became of them, on one line."""
    return total([report])


def lent(report: Report, most: int = 3) -> str:
    """Which files have lent the network of this one; empty where it has its own."""
    names = report.document.lenders
    if not names:
        return ""
    return f"With what is defined in {', '.join(names[:most])}{f' and {len(names) - most} more' if len(names) > most else ''}."


def total(reports: Sequence[Report]) -> str:
    """The same of all reports together."""
    shown, there_are = (
        sum(map(len, found)) for found in ([r.judgements for r in reports], [r.document.statements for r in reports])
    )
    counts = {word: sum(report.counts[word] for report in reports) for word in VERDICTS}
    decided = shown - counts["undecided"] - counts["unread"]
    head = counted(there_are, "statement") if shown == there_are else f"{shown} of {counted(there_are, 'statement')}"
    return f"{head}: {', '.join(f'{count} {word}' for word, count in counts.items() if count)}; {decided} of {shown} decided"


# ------------------------------------------------------------------------------------------------------------- in full


def details(report: Report, judgement: Judgement) -> tuple[Detail, ...]:
    """Everything there is to say about one statement, in the order in which a person would say it."""
    statement = judgement.statement
    written = (str(equation(statement)), statement.latex) if statement.relation else (statement.latex,)
    return tuple(
        Detail(detail.name, tuple(clean(line) for line in detail.lines if line))
        for detail in (
            Detail("as written", written),
            *_evidence(judgement.verdict),
            *_should_be(judgement),
            Detail("shapes", shape_lines(judgement)),
            Detail("entry by entry", entry_lines(judgement)),
            *_witness(judgement),
            *_context(report, judgement),
            *_replay(report, judgement),
        )
        if any(detail.lines)
    )


def _evidence(verdict: Verdict) -> Iterator[Detail]:
    match verdict:
        case Definition(what, shape):
            yield Detail("introduces", (str(what),))
            yield Detail("shape", (shape,))
        case Assumption(what, given):
            yield Detail("restricts", (str(what),))
            yield Detail("given", tuple(map(str, given)))
        case Proven(ground, answers, identity, given):
            yield from _proof(ground.extent, answers, identity, given)
        case Conditional(ground, answers, hypotheses, identity, without, given):
            yield Detail("needs", tuple(map(str, hypotheses)))
            yield from _proof(ground.extent, answers, identity, given)
            for hypothesis, point in without:
                yield _without(hypothesis, point)
        case Slip(repair, certificate):
            if certificate:
                yield from _falsity(certificate)
            yield from _repaired(repair)
        case Wrong():
            yield from _wrong(verdict)
        case Undecided(reason):
            yield Detail("because", (str(reason),))
        case Unread(reason, piece, line, column):
            yield Detail("because", (reason,))
            yield Detail("stopped at", (f"{piece or 'the end'}  (line {line}, column {column})",))
        case _:
            assert_never(verdict)


def _proof(extent: Extent, answers: Answers, identity: str, given: tuple[StatedHypothesis, ...]) -> Iterator[Detail]:
    yield Detail("given", tuple(f"{g.hypothesis} ({g.where})" for g in given))
    yield Detail("proven for", (extent_text(extent),))
    yield Detail("identity", (identity,))
    yield Detail("reading", _answer_lines(answers))


def _answer_lines(answers: Answers) -> tuple[str, ...]:
    return tuple(f"{question}: {answer}" for question, answer in answers)


def _without(hypothesis: Said, point: Point | None) -> Detail:
    lines = _point_lines(point) if point else ("no point was found where it fails without it",)
    return Detail(f"without {hypothesis}", lines)


def _wrong(verdict: Wrong) -> Iterator[Detail]:
    yield from _falsity(verdict.certificate)
    yield Detail("reading", _answer_lines(verdict.answers))
    if verdict.smallest:
        yield Detail("fails from", (smallest_text(verdict.smallest),))
    if verdict.repair:
        yield from _repaired(verdict.repair)
    else:
        yield Detail("repaired", (unrepaired(verdict),))
    for other in verdict.others:
        yield Detail("or else", (*_formula(other), *_edit_lines(other.edits), *_terms_of(other)))


def unrepaired(verdict: Wrong) -> str:
    """Why a wrong equation has no repair."""
    return UNSEARCHED if verdict.unsearched else "no repair was found that can be proven"


def answer_of(judgement: Judgement) -> Repair | None:
    """The right answer to a wrong equation, unless its repair says it already."""
    verdict, answer = judgement.verdict, judgement.answer
    if answer is None or not isinstance(verdict, Wrong):
        return None
    told = (_pieces(r.relation.right) for r in (verdict.repair, *verdict.others) if r is not None)
    return None if _pieces(answer.relation.right) in told else answer


def _pieces(term: Term) -> Counter[str]:
    """The letters and signs of a formula; two that are both proven and have the same ones differ in their order alone."""
    return Counter(node.name if isinstance(node, Sym) else type(node).__name__ for _, node in walk(term))


def _should_be(judgement: Judgement) -> Iterator[Detail]:
    answer = answer_of(judgement)
    if answer is not None:
        yield Detail("should be", (*_formula(answer), *_terms_of(answer), f"proven for {extent_text(answer.ground.extent)}"))


def _falsity(certificate: Certificate) -> Iterator[Detail]:
    match certificate:
        case ShapeClash(_, left, right):
            yield Detail("why false", (f"the shapes {shape_text(left)} and {shape_text(right)} do not meet", str(certificate)))
        case Point():
            yield Detail("why false", _point_lines(certificate))
        case _:
            assert_never(certificate)


def _point_lines(point: Point) -> tuple[str, ...]:
    given = if_all(point.hypotheses, ", where ")
    return (
        f"{entry_text(point)}, at {extent_text(point.scope)}, rational point {point.seed}{given}",
        f"left           {point.left}",
        f"right          {point.right}",
        f"|left − right| {point.gap}",
    )


def smallest_text(size: Size) -> str:
    """The smallest number of steps and hidden size at which a wrong statement fails; a network of numbers has no size."""
    hidden = f" with hidden size {size.hidden}" if size.hidden else ""
    below = "; everything smaller is proven" if size.true_below else ""
    return f"{counted(size.steps, 'time step')}{hidden}{below}"


def _repaired(repair: Repair) -> Iterator[Detail]:
    yield Detail("repaired", _formula(repair))
    yield Detail("edits", _edit_lines(repair.edits))
    yield Detail("proven for", (extent_text(repair.ground.extent),))
    yield Detail("needs", tuple(map(str, repair.hypotheses)))
    yield Detail("reading", _answer_lines(repair.answers))


def _formula(repair: Repair) -> tuple[str, ...]:
    return unicode_relation(repair.relation), latex_relation(repair.relation)


def _edit_lines(edits: Iterable[Edit]) -> tuple[str, ...]:
    return tuple(f"{edit.name} ({edit.kind}): {edit.told}" for edit in edits)


def witness_text(witness: Witness) -> str:
    """What was seen at a large instance, and what that is worth."""
    at = extent_text(witness.scope)
    if witness.outcome == "untried":
        return f"not tried at {at}: {witness.where}"
    where = f" where {witness.where}" if witness.where else ""
    points = f"{counted(witness.points, 'random point')} modulo 2^31 − 1"
    if witness.outcome == "differs":
        return f"the sides differ at {points}, at {at}{where} (no refutation)"
    times = f", {witness.assignments} values of its indices" if witness.assignments > witness.points else ""
    return f"the sides agree at {points}{times}, at {at} (no proof)"


def witnessed(report: Report) -> str:
    """What was seen at the large instance in all; empty where none was asked for."""
    if report.witnessed is None:
        return ""
    counts = Counter[str](judgement.witness.outcome for judgement in report.judgements if judgement.witness)
    seen = ", ".join(f"{counts[outcome]} {word}" for outcome, word in _OUTCOMES.items() if counts[outcome] or outcome == "agrees")
    return f"At {extent_text(report.witnessed)}, modulo a prime: {seen}. That is a witness, no proof."


_OUTCOMES = {"agrees": "agree", "differs": "differ", "untried": "not tried"}


def _terms_of(repair: Repair) -> tuple[str, ...]:
    return (str(if_all(repair.hypotheses, "needs ")),)


def _witness(judgement: Judgement) -> Iterator[Detail]:
    if judgement.witness is not None:
        yield Detail("witness", (witness_text(judgement.witness),))


def _context(report: Report, judgement: Judgement) -> Iterator[Detail]:
    label = judgement.statement.label
    yield Detail("in its chain", (judgement.given,))
    yield Detail("letters", tuple(_letter_lines(judgement)))
    yield Detail("rests on", (", ".join(judgement.rests_on),))
    entries = [entry for entry in report.ledger if label in entry.labels or label in entry.switches]
    yield Detail(
        "conventions",
        tuple(f"{e.question}: {e.answer}{' (switches here)' if label in e.switches else ''}" for e in entries),
    )


#: The roles of a letter that change how a formula is read, and the words for them.
_ROLES = {
    "last step": "the last step",
    "time": "counts time",
    "component": "counts components",
    "size": "a size",
    "index": "an index",
    "class": "one class",
    "part of a name": "part of a name",
    "numbered": "numbers below it name it",
}
#: Those that are indices anyhow.
_COUNTING = {"last step", "time", "component", "size"}


def _letter_lines(judgement: Judgement) -> Iterator[str]:
    """What each letter of a statement is taken for, and why; what counts time, components or to the end is an index anyhow."""
    found: dict[str, dict[str, list[str]]] = {}
    for evidence in judgement.letters:
        found.setdefault(evidence.letter, {}).setdefault(evidence.role, []).append(evidence.why)
    for letter, roles in sorted(found.items()):
        told = {
            role: reasons for role, reasons in roles.items() if role in _ROLES and (role != "index" or not roles.keys() & _COUNTING)
        }
        if told:
            said = "; ".join(f"{_ROLES[role]} ({', and '.join(reasons)})" for role, reasons in told.items())
            yield f"{unicode(Sym(letter))}: {said}"


def proof_lines(judgement: Judgement) -> tuple[str, ...]:
    """The proof for every length and size as a person would write it; empty where there is none."""
    return () if judgement.proof is None else tuple(explain(judgement.proof))


def replayable(verdict: Verdict) -> bool:
    """Whether there is a certificate of falsity, of the statement or of it without one of its hypotheses."""
    without = verdict.without if isinstance(verdict, Conditional) else ()
    return bool(certificate_of(verdict)) or any(point is not None for _, point in without)


def _replay(report: Report, judgement: Judgement) -> Iterator[Detail]:
    if replayable(judgement.verdict):
        name = report.document.name
        file = "" if name == NAME else f"{shlex.quote(name)} "
        label = shlex.quote(judgement.statement.label)
        yield Detail("replay", (f"symrnn check {file}--replay {label}",))
