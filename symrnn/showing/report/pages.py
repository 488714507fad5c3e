"""A report on a document -> a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from symrnn.deciding.evidence import Extent, Scope
from symrnn.judging.findings import Finding, findings
from symrnn.judging.judgement import Judgement, LedgerEntry, Report
from symrnn.judging.together.ledger import TOLD_AS
from symrnn.judging.verdict import Assumption, Conditional, Definition, Edit, Proven, Repair, Slip, Wrong, ground_of
from symrnn.language import questions
from symrnn.language.questions import Answers
from symrnn.notation.said import Said, all_of, one_by_one, said
from symrnn.showing.report.appendix import certificates, colophon, proof_table, why_false
from symrnn.showing.report.concise import common_causes
from symrnn.showing.report.formulas import author_formula, changed
from symrnn.showing.report.graph import graph_of
from symrnn.showing.report.inductions import proof_anchors, treatise_of
from symrnn.showing.report.page import (
    Block,
    Entry,
    Link,
    MistakeLine,
    NetworkPicture,
    Note,
    Page,
    Prose,
    Section,
    TableRow,
    Words,
    as_prose,
    prose_of,
    slug,
)
from symrnn.showing.report.unrolled import drawn_network
from symrnn.showing.report.wording import (
    answer_of,
    asked,
    clean,
    counted,
    differ,
    extent_text,
    given_of,
    given_text,
    if_all,
    place_in,
    repair_of,
    smallest_text,
    unrepaired,
    why,
    witness_text,
    witnessed,
)

_MOST_LABELS = 3
FILTERS = ("wrong", "slip", "conditional")
#: A proof for every length and size, which the head of the page counts: only what has none is worth a word.
BY_INDUCTION = "by induction"


def page_of(report: Report, short: bool = False) -> Page:
    """The whole report, or, in short, without the proofs and certificates at its end."""
    treatise = None if short else treatise_of(report)
    proofs = proof_anchors(treatise)
    name, title = clean(report.document.name), clean(report.document.title)
    return Page(
        title=Path(name).name if title in ("", name) else title,
        subtitle=name if title not in ("", Path(name).name) or "/" in name else "",
        introduction=_introduction(report),
        counts=tuple((word, count) for word, count in report.counts.items()),
        findings=tuple(_findings(report)),
        slips=tuple(_slips(report)),
        conventions=tuple(_conventions(report)),
        model=model_lines(report),
        network=picture_of_network(report),
        graph=graph_of(report),
        sections=tuple(_sections(report, proofs)),
        appendix=() if short else (*proof_table(report, proofs), *certificates(report)),
        treatise=treatise,
        colophon=colophon(report),
        filters=tuple(word for word in FILTERS if report.counts[word]),
    )


def _introduction(report: Report) -> tuple[Prose, ...]:
    open_ones = report.counts["undecided"] + report.counts["unread"]
    shown = len(report.judgements)
    decided = f"{shown} statements, all of them decided." if not open_ones else f"{shown} statements, {open_ones} not decided."
    extents = [ground.extent for j in report.judgements if (ground := ground_of(j.verdict)) is not None]
    first = as_prose(" ".join(filter(None, (decided, reach_of(extents, report.scope), witnessed(report)))))
    return (first, *(_one_cause(report, finding) for finding in common_causes(findings(report))))


def _one_cause(report: Report, finding: Finding) -> Prose:
    """Where the cause of several mistakes is, and how many would be none without it."""
    assert finding.cause is not None
    what = f", {len(finding.cause.mended)} of {counted(finding.cause.wrong, 'wrong equation')} would hold: "
    at = (Link(anchor(finding.label), finding.label), Words(f" ({place_in(report, finding.place)})"))
    labels = [judgement.statement.label for judgement in finding.cause.mended]
    return (Words("With "), *as_prose(said(finding.cause.instead)), Words(" in "), *at, Words(what), *_links(labels))


def reach_of(extents: Sequence[Extent], scope: Scope) -> str:
    """How far proofs reach, in a sentence.

    >>> reach_of(["all", "all"], Scope(4, ()))
    'What was proven holds for every length and every size.'
    """
    every = sum(extent == "all" for extent in extents)
    if not extents:
        return ""
    if every == len(extents):
        return f"What was proven holds for {extent_text('all')}."
    if not every:
        return f"What was proven holds for {extent_text(scope)}."
    return f"Of {len(extents)} proofs {every} hold for {extent_text('all')}, the others for {extent_text(scope)}."


def anchor(label: str) -> str:
    """The link target of the statement with that label."""
    return slug(label)


# --------------------------------------------------------------------------------------------------------------- summary


def _findings(report: Report) -> Iterator[MistakeLine]:
    for judgement in report.judgements:
        if isinstance(judgement.verdict, Wrong):
            yield _finding(report, judgement)


def _finding(report: Report, judgement: Judgement) -> MistakeLine:
    statement, repair = judgement.statement, repair_of(judgement.verdict)
    return MistakeLine(
        anchor=anchor(statement.label),
        label=clean(statement.label),
        word=judgement.verdict.word,
        place=place_in(report, statement.place),
        text=_blame(judgement) if repair else as_prose(why(judgement)),
        written=author_formula(statement),
        repaired=changed(repair.relation, repair.left_marks, repair.right_marks) if repair else None,
    )


def _blame(judgement: Judgement) -> Prose:
    """The names of its mistakes; those that it took from earlier lines with a link to them."""
    repair = repair_of(judgement.verdict)
    assert repair is not None
    parts = [_edit(edit) for edit in repair.edits]
    if repair.hypotheses:
        parts.append(as_prose(if_all(repair.hypotheses, "then true if ")))
    return prose_of(parts, "; ")


def _edit(edit: Edit) -> Prose:
    """What a mistake is called and what mends it; one taken over from an earlier line says from which."""
    reason = (": ", edit.why) if edit.why else ()
    name = () if edit.name in str(edit.said) else (f"{edit.name}: ",)
    what = as_prose(said(*name, edit.said, *reason))
    return (*what, Words(", as in "), Link(anchor(edit.source), clean(edit.source))) if edit.source else what


def _slips(report: Report) -> Iterator[TableRow]:
    """The slips, those of one kind together."""
    found: dict[Said, list[str]] = {}
    for judgement in report.judgements:
        if isinstance(judgement.verdict, Slip):
            for edit in judgement.verdict.repair.edits:
                found.setdefault(said(f"{edit.name}: ", edit.said), []).append(judgement.statement.label)
    for name, labels in found.items():
        yield TableRow(as_prose(name), (_links(labels),))


def _links(labels: Iterable[str]) -> Prose:
    return prose_of(((Link(anchor(label), clean(label)),) for label in labels), ", ")


def _conventions(report: Report) -> Iterator[TableRow]:
    """The questions to which a document has several answers, with where it changes its mind; then what holds throughout."""
    throughout = []
    for question in dict.fromkeys(entry.question for entry in report.ledger):
        entries = [entry for entry in report.ledger if entry.question == question]
        if len(entries) > 1:
            yield TableRow(as_prose(asked(question)), (prose_of(map(_answer, entries), "; "),))
        else:
            colon = "" if question.is_kind_of(questions.COUNTS) else ":"
            throughout.append(said(asked(question), f"{colon} {entries[0].answer}"))
    if throughout:
        yield TableRow(as_prose("throughout"), (as_prose(one_by_one("; ", throughout)),))


def _answer(entry: LedgerEntry) -> Prose:
    where = _short(entry.labels)
    switch = (Words(", switches at "), *_short(entry.switches)) if entry.switches else ()
    return (Words(f"{clean(entry.answer)} ("), *where, *switch, Words(")"))


def _short(labels: Sequence[str]) -> Prose:
    """All of a few labels, the first of many."""
    if len(labels) <= _MOST_LABELS:
        return _links(labels)
    return (*_links(labels[:1]), Words(f" and {len(labels) - 1} more"))


# ----------------------------------------------------------------------------------------------------------------- model


def model_lines(report: Report) -> tuple[Prose, ...]:
    """The defining equations, as they were read."""
    return tuple(as_prose(line) for line in report.model)


def picture_of_network(report: Report) -> NetworkPicture | None:
    """The picture of the network; None where there is none to draw."""
    return drawn_network(report.network)


# -------------------------------------------------------------------------------------------------------------- sections


def _sections(report: Report, proofs: Mapping[str, str]) -> Iterator[Section]:
    titles = dict.fromkeys(j.statement.section for j in report.judgements)
    for title in titles:
        of_section = [j for j in report.judgements if j.statement.section == title]
        yield Section(clean(title) or "Before the first heading", tuple(_entries(report, of_section, proofs)))


def _entries(report: Report, judgements: Sequence[Judgement], proofs: Mapping[str, str]) -> Iterator[Entry]:
    last = 0
    for judgement in judgements:
        statement = judgement.statement
        continues = statement.chain == last and statement.relation is not None
        last = statement.chain
        yield Entry(
            anchor=anchor(statement.label),
            label=clean(statement.label),
            word=judgement.verdict.word,
            equation=author_formula(statement, continues=continues),
            place=place_in(report, statement.place),
            notes=tuple(_notes(report, judgement, proofs.get(anchor(statement.label)))),
            continues=continues,
        )


def _notes(report: Report, judgement: Judgement, proof: str | None) -> Iterator[Note]:
    """What a page tells beside an equation."""
    verdict = judgement.verdict
    yield from _notes_of_verdict(report, judgement, proof)
    if given_of(verdict):
        yield Note("needs", (as_prose(given_text(given_of(verdict))),))
    answer = answer_of(judgement)
    if answer is not None:
        needs = [as_prose(if_all(answer.hypotheses))] if answer.hypotheses else []
        yield Note("should be", (changed(answer.relation, (), ()), *needs), "repair")
    if proof is not None and repair_of(verdict) is None:
        yield proof_note(proof)
    if judgement.witness is not None and judgement.witness.outcome != "agrees":
        yield Note("witness", (as_prose(witness_text(judgement.witness)),))
    if judgement.given and not judgement.rests_on:
        yield Note("in its chain", (as_prose(judgement.given),))


def _notes_of_verdict(report: Report, judgement: Judgement, proof: str | None) -> Iterator[Note]:
    verdict, scope = judgement.verdict, report.scope
    match verdict:
        case Definition(what, shape):
            if shape:
                yield Note("shape", (as_prose(said(what, f": {shape}")),))
        case Assumption(what, given):
            yield Note("restricts", (as_prose(what),))
            if given:
                yield Note("given", (as_prose(all_of(given)),))
        case Proven(_, answers):
            short = _worth_telling(report, answers)
            if short:
                yield Note("reading", (as_prose(one_by_one(", ", short)),))
        case Conditional(_, _, hypotheses, _, without):
            yield Note("true only if", (as_prose(all_of(hypotheses)),), "given")
            points = [point for _, point in without if point]
            if points:
                yield Note("without it", (as_prose(differ(points[0])),))
        case Slip(repair):
            yield from _repaired(repair, "meant", scope, proof)
        case Wrong():
            yield from _notes_of_wrong(verdict, scope, proof)
        case _:
            yield Note("because", (as_prose(why(judgement)),))


def _notes_of_wrong(verdict: Wrong, scope: Scope, proof: str | None) -> Iterator[Note]:
    yield Note("why false", (why_false(verdict.certificate),), "false")
    if verdict.smallest:
        yield Note("fails from", (as_prose(smallest_text(verdict.smallest)),))
    if verdict.repair:
        yield from _repaired(verdict.repair, "repaired", scope, proof)
    else:
        yield Note("repaired", (as_prose(unrepaired(verdict)),))
    for other in verdict.others:
        yield Note("or else", (changed(other.relation, other.left_marks, other.right_marks),))


def proof_note(proof: str) -> Note:
    """That there is a proof for every length and size, with a link to it."""
    return Note("proof", ((Link(proof, BY_INDUCTION),),))


def _worth_telling(report: Report, answers: Answers) -> list[Said]:
    """The answers of one line to questions that the document answers in more than one way, and its shorthands."""
    times = Counter(entry.question for entry in report.ledger)
    told = ((TOLD_AS.get(question, question), answer) for question, answer in answers)
    return list(dict.fromkeys(said(asked(q), f": {a}") for q, a in told if times[q] > 1 or q == questions.SHORTHAND))


def _repaired(repair: Repair, name: str, scope: Scope, proof: str | None) -> Iterator[Note]:
    formula = changed(repair.relation, repair.left_marks, repair.right_marks)
    blocks: list[Block] = [formula, *(_edit(edit) for edit in repair.edits)]
    yield Note(name, tuple(blocks), "repair")
    needs = [as_prose(if_all(repair.hypotheses))] if repair.hypotheses else []
    reach = f"for {extent_text(repair.ground.extent)}"
    extent = [(Link(proof, BY_INDUCTION),) if proof else as_prose(reach)] if repair.ground.extent != scope else []
    if needs or extent:
        yield Note("proof", (prose_of([*extent, *needs], ", "),))
