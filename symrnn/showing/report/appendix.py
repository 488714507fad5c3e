"""The end of a page: what was proven, what shows that a line is false, and what is needed to repeat the run."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from symrnn import __version__
from symrnn.deciding.evidence import Point, Scope
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import Conditional, Proven, Repair, Slip, Wrong
from symrnn.language.choices import ShapeClash
from symrnn.notation.said import said
from symrnn.proving.trusted import trusted_base
from symrnn.reading.notes import NAME
from symrnn.showing.report.page import Link, Prose, Table, TableRow, as_prose, slug
from symrnn.showing.report.wording import AXES, certificate_of, clean, differ, entry_text, extent_text, hypotheses_of, if_all

#: What a proof depends on; named with their versions, so that a run can be repeated.
_PACKAGES = ("sympy", "python-flint", "numpy", "mpmath", "lark")


def why_false(certificate: Point | ShapeClash) -> Prose:
    """Why a statement is false: shapes that do not meet, or a point at which its sides differ."""
    if isinstance(certificate, ShapeClash):
        return as_prose(f"shapes that cannot meet; {certificate}")
    return as_prose(said(differ(certificate), f", at {extent_text(certificate.scope)}, rational point {certificate.seed}"))


def proof_table(report: Report, proofs: Mapping[str, str]) -> tuple[Table, ...]:
    """What was proven of each line, in the order of the document, with links to the `proofs` for every length."""
    rows = tuple(row for j in report.judgements for row in _proof_row(j, report.scope, proofs))
    scope = f"Where nothing else is said, the scope is {extent_text(report.scope)}."
    about = f"Both sides of each line were rewritten as polynomials with rational coefficients. {scope}"
    return (Table("Proofs", rows, as_prose(about)),) if rows else ()


def _proof_row(judgement: Judgement, scope: Scope, proofs: Mapping[str, str]) -> Iterator[TableRow]:
    label, verdict = judgement.statement.label, judgement.verdict
    match verdict:
        case Proven(ground, _, what) | Conditional(ground, _, _, what):
            extent, hypotheses = ground.extent, hypotheses_of(verdict)
        case Slip(Repair() as repair) | Wrong(_, _, Repair() as repair):
            extent, what, hypotheses = repair.ground.extent, "as repaired", repair.hypotheses
        case _:
            return
    row = as_prose(said(what, if_all(hypotheses, ", if "), "; " if extent != scope else ""))
    reach = extent_text(extent) if extent != scope else ""
    proof = proofs.get(slug(label))
    yield TableRow(
        (Link(slug(label), clean(label)),), ((*row, Link(proof, reach)) if reach and proof else (*row, *as_prose(reach)),)
    )


def certificates(report: Report) -> Iterator[Table]:
    rows = tuple(row for j in report.judgements for row in _certificate_row(report, j))
    about = (
        f"Each line is false as written. {_check_command(report)} --replay LABEL prints a program that shows it, with mpmath alone."
    )
    if rows:
        yield Table("Certificates of falsity", rows, as_prose(about))


def _certificate_row(report: Report, judgement: Judgement) -> Iterator[TableRow]:
    certificate = certificate_of(judgement.verdict)
    name: Prose = (Link(slug(judgement.statement.label), clean(judgement.statement.label)),)
    if isinstance(certificate, ShapeClash):
        yield TableRow(name, (why_false(certificate),))
    elif certificate is not None:
        scope = "" if certificate.scope == report.scope else f", at {extent_text(certificate.scope)}"
        given = if_all(certificate.hypotheses, ", where ")
        where = said(entry_text(certificate), f"{scope}, rational point {certificate.seed}", given)
        sides = f"{certificate.left} against {certificate.right}; difference {certificate.gap}"
        yield TableRow(name, (as_prose(where), as_prose(sides)))


def _check_command(report: Report) -> str:
    document = report.document
    return "symrnn check" if document.name == NAME else f"symrnn check {shlex.join(document.bound or [document.name])}"


def colophon(report: Report, command: str = "") -> tuple[tuple[str, str], ...]:
    """What is needed to repeat the run; `command` is the one that made the page if it was not a check."""
    command = command or _check_command(report)
    asked = report.witnessed or report.scope
    sizes = [f"--{label} {size}" for label, size in asked.sizes if label in AXES]
    witnessed = [("witnessed at", extent_text(report.witnessed))] if report.witnessed else []
    return (
        ("symrnn", __version__),
        ("Python", platform.python_version()),
        *((package, _version(package)) for package in _PACKAGES),
        ("trusted for every length", trusted_base()),
        ("SHA-256 of the input", report.document.digest),
        ("checked at", extent_text(report.scope)),
        *witnessed,
        ("to repeat", " ".join([command, f"--steps {asked.steps}", *sizes])),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not known"
