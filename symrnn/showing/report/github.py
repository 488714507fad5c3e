"""A report as GitHub annotations: one workflow command for each statement that somebody should look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.judging.findings import Finding, Selection, findings
from symrnn.judging.judgement import Report
from symrnn.judging.mistakes import WARNING
from symrnn.judging.verdict import VERDICTS
from symrnn.language.printing import workflow_command
from symrnn.notation import unicode_relation
from symrnn.showing.report.concise import message
from symrnn.showing.report.wording import answer_of, clean, coverage, equation, repair_of, why


def render(reports: Sequence[Report], selection: Selection | None = None) -> str:
    """The annotations of all reports, the worst first, each followed by its counts as plain text."""
    return "\n".join(line for report in reports for line in _lines(report, selection))


def _lines(report: Report, selection: Selection | None) -> Iterator[str]:
    for finding in findings(report, selection):
        command = VERDICTS[finding.level].annotation if finding.level in VERDICTS else "warning"
        if command:
            yield annotation(command, finding)
    yield f"symrnn: {clean(report.document.name)}: {coverage(report)}"


def annotation(command: str, finding: Finding) -> str:
    """One annotation at the place of a statement."""
    where = finding.place
    properties = {
        "file": where.file,
        **_range(finding),
        "title": f"{finding.level}[{','.join(finding.codes)}]: {finding.label}".rstrip(": "),
    }
    return workflow_command(command, properties, _message(finding))


def _range(finding: Finding) -> dict[str, str]:
    """The lines and columns; those of a cell are none of its file."""
    where, end = finding.place, finding.end
    if where.cell:
        return {}
    last = {} if end is None else {"endLine": str(end.line), "endColumn": str(end.column)}
    return {"line": str(where.line), "col": str(where.column), **last}


def _message(finding: Finding) -> str:
    judgement = finding.judgement
    if judgement is None or finding.level == WARNING:
        return message(finding)
    where = finding.place.within if finding.place.cell else ""
    lines = [where, str(equation(judgement.statement)), str(why(judgement))]
    repair = repair_of(judgement.verdict)
    if repair:
        lines.append(f"repaired: {unicode_relation(repair.relation)}")
    answer = answer_of(judgement)
    if answer:
        lines.append(f"should be: {unicode_relation(answer.relation)}")
    return "\n".join(clean(line) for line in lines if line)
