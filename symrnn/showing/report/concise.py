"""A report in few lines: what rows wait for, one line for each finding, what is alike together, counts last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from symrnn.judging.findings import Cause, Finding, Selection, causes, findings
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.mistakes import VEC, WARNING
from symrnn.judging.verdict import VERDICTS, Conditional, Edit, Repair, Slip, Undecided, Unread, Wrong
from symrnn.notation import unicode, unicode_relation
from symrnn.reading.document import Statement
from symrnn.showing.report.wording import answer_of, clean, counted, coverage, equation, refuted, repair_of, witnessed

_MOST_PLACES = 12


def lines(reports: Sequence[Report], selection: Selection, *, quiet: bool = False) -> Iterator[Text]:
    """What to say about all reports; with `quiet`, the findings alone."""
    for number, report in enumerate(reports):
        if number and not quiet:
            yield Text()
        yield from _report(report, findings(report, selection), quiet)


def _report(report: Report, found: Sequence[Finding], quiet: bool) -> Iterator[Text]:
    waiting = _waiting(report, found)
    for cause in waiting:
        yield _cause_line(report, cause)
    told = {id(judgement) for cause in waiting for judgement in cause.waiting}
    for finding in found:
        if finding.level != "conditional" and (finding.judgement is None or id(finding.judgement) not in told):
            yield line(finding)
    if quiet:
        return
    yield from _groups(found)
    yield Text(coverage(report), style="bold")
    if report.witnessed is not None:
        yield Text(witnessed(report))
    if any(finding.level in ("wrong", "slip") for finding in found):
        yield Text("--explain LABEL says everything about one, --verbose shows every row", style="dim")


# ---------------------------------------------------------------------------------------------------------- findings


def line(finding: Finding) -> Text:
    """``file:line:col: wrong[missing-transpose] label: message``."""
    where = finding.place
    return Text.assemble(
        f"{clean(where.file)}:{where.line}:{where.column}: ",
        (f"{finding.level}[{','.join(finding.codes)}]", _colour(finding.level)),
        f" {clean(finding.label)}: " if finding.label else " ",
        message(finding),
    )


def _colour(level: str) -> str:
    return "yellow" if level == WARNING else VERDICTS[level].colour


def message(finding: Finding) -> str:
    """What is to be said about a finding, on one line."""
    return clean("; ".join(part for part in _parts(finding) if part))


def reason(finding: Finding) -> str:
    """Why, without the equation itself and without what it should read."""
    return clean("; ".join(part for part in _reasons(finding) if part))


def _parts(finding: Finding) -> Iterator[str]:
    judgement = finding.judgement
    if judgement is None:
        yield from (rule.meaning for rule in finding.rules)
        return
    yield equation(judgement.statement)
    yield from _reasons(finding)
    repair = repair_of(judgement.verdict)
    answer = answer_of(judgement)
    if finding.other is None and repair is not None:
        yield f"should read {_repaired(judgement, repair)}"
    elif finding.other is None and answer is not None:
        yield f"should be {unicode(answer.relation.right)}"


def _reasons(finding: Finding) -> Iterator[str]:
    verdict = None if finding.judgement is None else finding.judgement.verdict
    if finding.other is not None:
        other = finding.other.statement
        if finding.rules == (VEC,):
            yield f"vec takes the entries of a matrix in another order at line {other.place.line}"
        else:
            yield f"the same Jacobian is {_right(other)} at line {other.place.line}: one is numerator layout, the other denominator layout"
        return
    match verdict:
        case Slip(repair) | Wrong(repair=repair) if repair is not None:
            yield ", ".join(edit_text(edit) for edit in repair.edits)
        case Wrong(certificate):
            yield refuted(certificate)
        case Undecided(reason):
            yield reason
        case Unread(reason, piece):
            yield f"{reason}: {piece}" if piece else reason


def edit_text(edit: Edit) -> str:
    """What an edit changes, without the reasons behind a colon; that of an earlier repair by its place."""
    return edit.text if edit.source else edit.text.partition(": ")[0] or edit.name


def _repaired(judgement: Judgement, repair: Repair) -> str:
    written = judgement.statement.relation
    same = written is not None and written.left == repair.relation.left
    return unicode(repair.relation.right) if same else unicode_relation(repair.relation)


def _right(statement: Statement) -> str:
    return "" if statement.relation is None else unicode(statement.relation.right)


# ------------------------------------------------------------------------------------------------------------ causes


def _waiting(report: Report, found: Iterable[Finding]) -> list[Cause]:
    """The causes of which several rows wait, or one that has a place of its own, as far as these rows are to be told."""
    shown = {id(finding.judgement) for finding in found}
    known = (cause for cause in causes(report) if all(id(j) in shown for j in cause.waiting))
    return [cause for cause in known if len(cause.waiting) > 1 or cause.statement is not None]


def _cause_line(report: Report, cause: Cause) -> Text:
    head = f"{counted(len(cause.waiting), 'row')} {'waits' if len(cause.waiting) == 1 else 'wait'} for"
    where = ", ".join(dict.fromkeys(str(j.statement.place.line) for j in cause.waiting))
    rows = f" (line {where})" if len(cause.waiting) == 1 else f" (lines {where})"
    if cause.statement is None:
        return Text(clean(f"{report.document.name}: {head} {cause.name.text}, which nothing defines; add its equation{rows}"))
    place = cause.statement.place
    return Text(clean(f"{place.file}:{place.line}:{place.column}: {head} {cause.name.text}: {cause.reason}{rows}"))


# ------------------------------------------------------------------------------------------------------------ groups


def _groups(found: Sequence[Finding]) -> Iterator[Text]:
    """What is alike, together: rules that are broken several times, and the hypotheses that equations need."""
    mistakes = [f for f in found if f.level in ("wrong", "slip")]
    for rule in dict.fromkeys(rule for finding in mistakes for rule in finding.rules):
        alike = [f for f in mistakes if rule in f.rules]
        if len(alike) > 1:
            yield _group(f"{rule.name} ({rule.code})", alike)
    needing: dict[tuple[str, ...], list[Finding]] = {}
    for finding in found:
        if finding.level == "conditional":
            needing.setdefault(_needed(finding), []).append(finding)
    for hypotheses, alike in needing.items():
        yield _group(f"true if {' and '.join(map(clean, hypotheses))}", alike)


def _needed(finding: Finding) -> tuple[str, ...]:
    verdict = None if finding.judgement is None else finding.judgement.verdict
    return verdict.hypotheses if isinstance(verdict, Conditional) else ()


def _group(head: str, alike: Sequence[Finding]) -> Text:
    places = list(dict.fromkeys(str(f.place.line) for f in sorted(alike, key=lambda f: (f.place.file, f.place.line))))
    more = f", … ({len(places) - _MOST_PLACES} more)" if len(places) > _MOST_PLACES else ""
    times = "once" if len(alike) == 1 else f"{len(alike)} times"
    return Text(f"{head}, {times}: line{'s' if len(places) > 1 else ''} {', '.join(places[:_MOST_PLACES])}{more}", style="dim")
