"""A report as JSON, with names that stay.

One object a document: ``{"document", "ledger", "counts", "findings", "statements"}``. A statement's `scope` is the one of its
verdict, else the one at which the document was checked; `reason` says in words what its verdict rests on. A finding is what somebody
should look at: its level, the codes of its rules, and the statement by its id; with a cause, the statements that another form of it mends.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, assert_never

from symrnn.deciding.algebras.modular import PRIME
from symrnn.deciding.evidence import Certificate, Extent, Point, Scope, Witness
from symrnn.judging.findings import Finding, OneCause, Selection, findings
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import Conditional, Edit, Repair, Slip, Verdict, Wrong, ground_of
from symrnn.language.choices import ShapeClash, shape_text
from symrnn.notation import latex_relation
from symrnn.showing.report.concise import message
from symrnn.showing.report.wording import AXES, answers_of, given_of, hypotheses_of, repair_of, why

Json = dict[str, Any]


def render(reports: Sequence[Report], selection: Selection | None = None) -> str:
    """The object of the only report, or an array with one object each."""
    objects = [report_object(report, selection) for report in reports]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2, ensure_ascii=False)


def report_object(report: Report, selection: Selection | None = None) -> Json:
    """A whole report."""
    return {
        "document": report.document.name,
        "ledger": [asdict(entry) for entry in report.ledger],
        "counts": report.counts,
        "findings": [_finding(finding) for finding in findings(report, selection)],
        "statements": [_statement(report, judgement) for judgement in report.judgements],
    }


def _finding(finding: Finding) -> Json:
    where = finding.place
    return {
        "level": finding.level,
        "codes": list(finding.codes),
        "file": where.file,
        "cell": where.cell or None,
        "line": where.line,
        "column": where.column,
        "end_line": None if finding.end is None else finding.end.line,
        "end_column": None if finding.end is None else finding.end.column,
        "id": None if finding.judgement is None else finding.judgement.statement.id,
        "label": finding.label,
        "message": message(finding),
        "cause": None if finding.cause is None else _cause(finding.cause),
    }


def _cause(cause: OneCause) -> Json:
    """What a definition would have to say, and the wrong statements that would hold by it."""
    return {"latex": latex_relation(cause.instead), "mends": [judgement.statement.id for judgement in cause.mended]}


def _statement(report: Report, judgement: Judgement) -> Json:
    statement, verdict = judgement.statement, judgement.verdict
    repair = repair_of(verdict)
    return {
        "id": statement.id,
        "file": statement.place.file,
        "cell": statement.place.cell or None,
        "line": statement.place.line,
        "column": statement.place.column,
        "label": statement.label,
        "section": statement.section,
        "latex": statement.latex,
        "verdict": verdict.word,
        "reading": {str(question): answer for question, answer in answers_of(verdict)},
        "scope": _scope(_extent(verdict, report.scope)),
        "hypotheses": list(map(str, hypotheses_of(verdict))),
        "given": [{**asdict(given), "hypothesis": str(given.hypothesis)} for given in given_of(verdict)],
        "repair": _repair(repair) if repair else None,
        "answer": _answer(judgement.answer) if judgement.answer else None,
        "counterexample": _counterexample(verdict),
        "witness": _witness(judgement.witness) if judgement.witness else None,
        "reason": str(why(judgement)) or None,
    }


def _witness(witness: Witness) -> Json:
    return {
        "scope": _scope(witness.scope),
        "modulus": PRIME,
        "points": witness.points,
        "assignments": witness.assignments,
        "outcome": witness.outcome,
        "where": witness.where or None,
    }


def _extent(verdict: Verdict, checked: Scope) -> Extent:
    if isinstance(verdict, Wrong):
        return verdict.certificate.scope if isinstance(verdict.certificate, Point) else checked
    ground = ground_of(verdict)
    return checked if ground is None else ground.extent


def _scope(extent: Extent) -> Json | str:
    """The sizes by name; an axis that the model does not have is null."""
    if not isinstance(extent, Scope):
        return extent
    return {"steps": extent.steps, **dict.fromkeys(AXES), **dict(extent.sizes)}


def _repair(repair: Repair) -> Json:
    return {
        "latex": latex_relation(repair.relation),
        "edits": [_edit(edit) for edit in repair.edits],
        "scope": _scope(repair.ground.extent),
        "hypotheses": list(map(str, repair.hypotheses)),
    }


def _edit(edit: Edit) -> Json:
    return {"code": edit.mistake.code, "kind": edit.kind, "name": edit.name, "text": str(edit.told), "source": edit.source}


def _answer(answer: Repair) -> Json:
    return {
        "latex": latex_relation(answer.relation),
        "scope": _scope(answer.ground.extent),
        "hypotheses": list(map(str, answer.hypotheses)),
    }


def _counterexample(verdict: Verdict) -> Json | None:
    match verdict:
        case Wrong(certificate, smallest=smallest):
            return {**_certificate(certificate), "smallest": asdict(smallest) if smallest else None}
        case Slip(_, certificate) if certificate:
            return _certificate(certificate)
        case Conditional():
            without = [
                {"hypothesis": str(needed), "point": _certificate(point) if point else None} for needed, point in verdict.without
            ]
            return {"kind": "without", "without": without} if without else None
    return None


def _certificate(certificate: Certificate) -> Json:
    match certificate:
        case ShapeClash(_, left, right):
            return {"kind": "shapes", "left": shape_text(left), "right": shape_text(right), "reason": str(certificate)}
        case Point():
            return {
                "kind": "point",
                "scope": _scope(certificate.scope),
                "seed": certificate.seed,
                "indices": dict(certificate.indices),
                "entry": list(certificate.entry),
                "left": certificate.left,
                "right": certificate.right,
                "gap": certificate.gap,
                "hypotheses": list(map(str, certificate.hypotheses)),
            }
        case _:
            assert_never(certificate)
