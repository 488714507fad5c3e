"""The program for a statement of a report."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.algebras.base import Undefined
from symrnn.check import read_model
from symrnn.decide import Decider
from symrnn.definitions import Understanding
from symrnn.edits import Setting
from symrnn.elaborate import Reading, readings
from symrnn.errors import InputError
from symrnn.evaluate import BadRange, Instance, OutOfRange, Unsupported
from symrnn.judge import Judge
from symrnn.judgement import Judgement, Options, Report
from symrnn.latex import unicode, unicode_relation
from symrnn.model import Model
from symrnn.repair import Mender
from symrnn.replay.inputs import inputs
from symrnn.replay.program import Unplayable, program
from symrnn.replay.shapes import shape_program
from symrnn.terms import Relation
from symrnn.verdict import Certificate, Conditional, Point, ShapeClash, Slip, Verdict, Wrong

_DIGITS = 12


def for_judgement(report: Report, judgement: Judgement, model: str | None = None) -> str:
    """The program that replays the certificates of a statement; `model` is the model that its check was given by name.

    Raises InputError when the statement has no certificate, or none that can be replayed.
    """
    label, relation = judgement.statement.label, judgement.statement.relation
    found = list(_certificates(judgement.verdict))
    if relation is None or not found:
        raise InputError(
            f"{label!r} is {judgement.verdict.word}; only a statement with a certificate of falsity can be replayed"
        )
    understanding = read_model(report.document, Options(model=model))
    place = f"{report.document.name}, {label}"
    return "\n".join(_program(understanding, relation, certificate, place + why) for why, certificate in found)


def _certificates(verdict: Verdict) -> Iterator[tuple[str, Certificate]]:
    """The certificates of a verdict, each with what it shows where the verdict does not say it."""
    if isinstance(verdict, (Slip, Wrong)) and verdict.certificate is not None:
        yield "", verdict.certificate
    if isinstance(verdict, Conditional):
        for hypothesis, point in verdict.without:
            if point is not None:
                yield f", without the hypothesis {hypothesis}", point


def _program(understanding: Understanding, relation: Relation, certificate: Certificate, place: str) -> str:
    text = f"{place}\n{unicode_relation(relation)}"
    if isinstance(certificate, ShapeClash):
        return shape_program(certificate, {}, text)
    reading = reading_of(understanding, relation, certificate)
    if reading is None:
        raise InputError(f"{place}: no reading of the equation gives the numbers of its certificate")
    answers = "; ".join(f"{question}: {answer}" for question, answer in reading.answers)
    try:
        return program(understanding.model, reading.claim, certificate, f"{text}\n{answers}")
    except Unplayable as reason:
        raise InputError(f"{place}: the certificate cannot be replayed, {reason}") from reason


def reading_of(understanding: Understanding, relation: Relation, point: Point) -> Reading | None:
    """The reading of an equation that a certificate is about: the one that gives its numbers at its inputs."""
    model = understanding.model
    for meant in _meanings(understanding, relation, point):
        for reading in readings(meant, model, understanding.lexicon)[0]:
            if _gives(model, reading, point):
                return reading
    return None


def _meanings(understanding: Understanding, relation: Relation, point: Point) -> Iterator[Relation]:
    """What the judge may have taken an equation for: itself, or the claim of an update rule."""
    decider = Decider(understanding.model, Instance(point.scope.steps, point.scope.sizes))
    mender = Mender(decider, (), Setting(understanding.model, understanding.lexicon, unicode))
    update = Judge(understanding, decider, mender).as_update(relation)
    yield relation if update is None else update


def _gives(model: Model, reading: Reading, point: Point) -> bool:
    if [name for name, _, _ in reading.claim.variables] != [name for name, _ in point.indices]:
        return False
    try:
        found = inputs(model, reading.claim, point)
    except (OutOfRange, BadRange, Unsupported, Undefined, IndexError, KeyError):
        return False
    return (found.left.str(_DIGITS), found.right.str(_DIGITS)) == (point.left, point.right)
