"""The program for a statement of a report."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.deciding.evidence import Certificate
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import Conditional, Slip, Verdict, Wrong
from symrnn.language.choices import ShapeClash
from symrnn.language.errors import InputError
from symrnn.language.model import Model
from symrnn.notation import latex_relation
from symrnn.showing.replay.program import Unplayable, program
from symrnn.showing.replay.shapes import shape_program


def for_judgement(report: Report, judgement: Judgement) -> str:
    """The program that replays the certificates of a statement, one after the other.

    Raises InputError when the statement has no certificate, or one that cannot be replayed.
    """
    statement = judgement.statement
    found = list(_certificates(judgement.verdict))
    if not found or statement.relation is None:
        raise InputError(
            f"{statement.label!r} is {judgement.verdict.word}; only a statement with a certificate of falsity can be replayed"
        )
    place = f"{report.document.name}, {statement.label}"
    equation = latex_relation(statement.relation)
    network = judgement.network or report.network
    return "\n".join(_program(report, network, certificate, f"{place}{what}\n{equation}") for what, certificate in found)


def _certificates(verdict: Verdict) -> Iterator[tuple[str, Certificate]]:
    """The certificates of a verdict, each with what it shows where the verdict does not say it."""
    if isinstance(verdict, (Slip, Wrong)) and verdict.certificate is not None:
        yield "", verdict.certificate
    if isinstance(verdict, Conditional):
        for hypothesis, point in verdict.without:
            if point is not None:
                yield f", without the hypothesis {hypothesis}", point


def _program(report: Report, network: Model, certificate: Certificate, text: str) -> str:
    if isinstance(certificate, ShapeClash):
        return shape_program(certificate, dict(report.scope.sizes), text)
    try:
        return program(network, certificate.claim, certificate, text)
    except Unplayable as reason:
        raise InputError(f"{text.splitlines()[0]}: the certificate cannot be replayed, {reason}") from reason
