"""A report as a list of errata in Markdown: where, what is written, what it should read, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.judging.findings import Finding, Selection, findings
from symrnn.judging.judgement import Report
from symrnn.notation import latex_relation
from symrnn.showing.report.concise import common_causes, message, reason
from symrnn.showing.report.wording import answer_of, clean, coverage, repair_of


def render(reports: Sequence[Report], selection: Selection | None = None) -> str:
    """The wrong equations and the slips of all reports, in the order of the documents."""
    return "\n".join(line for report in reports for line in _lines(report, selection))


def _lines(report: Report, selection: Selection | None) -> Iterator[str]:
    yield f"# Errata: {clean(report.document.title)}"
    yield ""
    told = findings(report, selection)
    for cause in common_causes(told):
        yield f"{cause.place}: {_cell(message(cause))}."
        yield ""
    found = [f for f in told if f.level in ("wrong", "slip")]
    order = {id(judgement): number for number, judgement in enumerate(report.judgements)}
    found.sort(key=lambda finding: order[id(finding.judgement)])
    if found:
        yield "| place | as written | should read | why |"
        yield "|---|---|---|---|"
        yield from map(_row, found)
        yield ""
    yield f"{clean(coverage(report))}."
    yield ""


def _row(finding: Finding) -> str:
    judgement = finding.judgement
    assert judgement is not None
    statement = judgement.statement
    where = f"{statement.place} ({statement.label})"
    mended = repair_of(judgement.verdict) or answer_of(judgement)
    should = f"${latex_relation(mended.relation)}$" if mended is not None else ""
    why = f"{finding.level}: {', '.join(rule.name for rule in finding.rules)}; {reason(finding)}"
    return f"| {' | '.join(map(_cell, (where, f'${statement.latex}$', should, why)))} |"


def _cell(text: str) -> str:
    return clean(" ".join(text.split())).replace("|", r"\|")
