"""A report in few lines: what rows wait for, one line for each finding, what is alike together, counts last.

Where few claims hold each has its line as well: who asks whether an equation is right reads that it is, and under which reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from symrnn.judging.findings import Cause, Finding, OneCause, Selection, causes, findings, kept_silent
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.mistakes import VEC, WARNING
from symrnn.judging.verdict import VERDICTS, Conditional, Edit, Proven, Repair, Slip, Undecided, Unread, Wrong
from symrnn.notation import unicode, unicode_relation
from symrnn.notation.said import Said, all_of, one_by_one
from symrnn.reading.document import Place, Statement
from symrnn.showing.report.wording import (
    answer_of,
    clean,
    counted,
    coverage,
    equation,
    lent,
    places_in,
    reasons_of,
    repair_of,
    total,
    why,
    witnessed,
)

_MOST_PLACES = 12
#: So many claims that hold are told one by one.
_FEW = 12


def lines(reports: Sequence[Report], selection: Selection, *, quiet: bool = False) -> Iterator[Text]:
    """What to say about all reports; with `quiet`, the findings alone."""
    for number, report in enumerate(reports):
        if number and not quiet:
            yield Text()
        yield from _report(report, selection, quiet, f"{report.document.name}: " if len(reports) > 1 else "")
    if len(reports) > 1 and not quiet:
        yield Text()
        yield Text(f"{counted(len(reports), 'document')}, {total(reports)}", style="bold")
    if not quiet and any(finding.level in ("wrong", "slip") for report in reports for finding in findings(report, selection)):
        yield Text("--explain LABEL says everything about one, --verbose shows every row", style="dim")
    for report in reports if not quiet else ():
        if _only_defines(report):
            text = f"no equation claims anything; symrnn derive {report.document.name} gives every gradient of its network, line by line"
            yield Text(clean(text), style="dim")


def _only_defines(report: Report) -> bool:
    """Whether a document has a recurrent network, and no claim about it."""
    introducing = report.counts["definition"] + report.counts["assumption"]
    recurrent = any(q.recurrence for q in report.network.quantities.values())
    return recurrent and introducing == len(report.judgements)


def _report(report: Report, selection: Selection, quiet: bool, name: str) -> Iterator[Text]:
    found = findings(report, selection)
    yield from map(line, common_causes(found))
    waiting = _waiting(report, found)
    for cause in waiting:
        yield _cause_line(report, cause)
    told = {id(judgement) for cause in waiting for judgement in cause.waiting}
    for finding in found:
        if (
            finding.level != "conditional"
            and finding.cause is None
            and (finding.judgement is None or id(finding.judgement) not in told)
        ):
            yield line(finding)
    if quiet:
        return
    held = _held(report, selection)
    for judgement in held:
        yield _held_line(judgement)
    yield from _groups(report, found, conditions=not held)
    yield from _silent(report, selection)
    yield Text(clean(f"{name}{coverage(report)}"), style="bold")
    if report.document.lenders:
        yield Text(clean(lent(report)), style="dim")
    if report.witnessed is not None:
        yield Text(witnessed(report))


# ---------------------------------------------------------------------------------------------------------- findings


def _silent(report: Report, selection: Selection) -> Iterator[Text]:
    silent = kept_silent(report, selection)
    if silent:
        verb = "is" if len(silent) == 1 else "are"
        where = places_in(report, (finding.place for finding in silent), _MOST_PLACES)
        yield Text(clean(f"{counted(len(silent), 'finding')} {verb} ignored: {where}; --verbose tells them"), style="dim")


def line(finding: Finding) -> Text:
    """``file:line:col: wrong[missing-transpose] label: message``."""
    return Text.assemble(
        f"{clean(_spot(finding.place))}: ",
        (f"{finding.level}[{','.join(finding.codes)}]", _colour(finding.level)),
        f" {clean(finding.label)}: " if finding.label else " ",
        message(finding),
    )


def _spot(place: Place) -> str:
    return str(place) if place.cell else f"{place}:{place.column}"


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
    yield str(equation(judgement.statement))
    yield from _reasons(finding)
    repair = repair_of(judgement.verdict)
    answer = answer_of(judgement)
    if finding.other is None and repair is not None:
        yield f"should read {_repaired(judgement, repair)}"
    elif finding.other is None and answer is not None:
        yield f"should be {unicode(answer.relation.right)}"
    elif finding.other is None and isinstance(judgement.verdict, Undecided) and judgement.answer is not None:
        needs = " and ".join(map(str, judgement.answer.hypotheses))
        yield f"by the equations as read it is {unicode(judgement.answer.relation.right)}{f' if {needs}' if needs else ''}"


def _reasons(finding: Finding) -> Iterator[str]:
    verdict = None if finding.judgement is None else finding.judgement.verdict
    if finding.cause is not None:
        yield one_cause(finding.cause)
        return
    if finding.other is not None:
        other = finding.other.statement
        where = other.place.within if other.place.file == finding.place.file else str(other.place)
        if finding.rules == (VEC,):
            yield f"vec takes the entries of a matrix in another order at {where}"
        else:
            yield f"the same Jacobian is {_right(other)} at {where}: one is numerator layout, the other denominator layout"
        return
    match verdict:
        case Slip(repair) | Wrong(repair=repair) if repair is not None:
            yield ", ".join(edit_text(edit) for edit in repair.edits)
        case Unread(reason, piece):
            written = "" if finding.judgement is None else finding.judgement.statement.latex
            yield f"{reason}: {piece}" if piece and not written.startswith(piece) else reason
        case None | Conditional():
            return
        case _:
            yield from map(str, filter(None, reasons_of(verdict)))


def edit_text(edit: Edit) -> str:
    """What an edit changes, without the reasons behind a colon; that of an earlier repair by its place."""
    return str(edit.told if edit.source else edit.said)


def _repaired(judgement: Judgement, repair: Repair) -> str:
    written = judgement.statement.relation
    same = written is not None and written.left == repair.relation.left
    return unicode(repair.relation.right) if same else unicode_relation(repair.relation)


def _right(statement: Statement) -> str:
    return "" if statement.relation is None else unicode(statement.relation.right)


def _held(report: Report, selection: Selection) -> list[Judgement]:
    """The claims that hold, where they are few and no rules are selected."""
    held = [] if selection.selected else [j for j in report.judgements if isinstance(j.verdict, (Proven, Conditional))]
    return held if len(held) <= _FEW else []


def _held_line(judgement: Judgement) -> Text:
    """``file:line:col: proven label: equation; how it was read``."""
    statement, word = judgement.statement, judgement.verdict.word
    label = f" {clean(statement.label)}: " if statement.label else " "
    told = one_by_one("; ", filter(None, (equation(statement), why(judgement))))
    return Text.assemble(f"{clean(_spot(statement.place))}: ", (word, VERDICTS[word].colour), label, clean(str(told)))


# ------------------------------------------------------------------------------------------------------------ causes


def common_causes(found: Iterable[Finding]) -> list[Finding]:
    """The findings that are the cause of others."""
    return [finding for finding in found if finding.cause is not None]


def one_cause(cause: OneCause) -> str:
    """``with L = -…, 6 of 6 wrong equations would hold (L9, …)``."""
    labels = ", ".join(row.statement.label for row in cause.mended)
    count = f"{len(cause.mended)} of {counted(cause.wrong, 'wrong equation')}"
    return f"with {unicode_relation(cause.instead)}, {count} would hold ({labels})"


def _waiting(report: Report, found: Iterable[Finding]) -> list[Cause]:
    """The causes of which several rows wait, or one that has a place of its own, as far as these rows are to be told."""
    shown = {id(finding.judgement) for finding in found}
    known = (cause for cause in causes(report) if all(id(j) in shown for j in cause.waiting))
    return [cause for cause in known if len(cause.waiting) > 1 or cause.statement is not None]


def _cause_line(report: Report, cause: Cause) -> Text:
    head = f"{counted(len(cause.waiting), 'row')} {'waits' if len(cause.waiting) == 1 else 'wait'} for"
    rows = f" ({places_in(report, (j.statement.place for j in cause.waiting))})"
    if cause.tried is not None:
        loss = unicode_relation(cause.tried)
        told = f"how {cause.name.text} depends on the outputs of the steps; write it: with {loss} they do not hold"
        return Text(clean(f"{report.document.name}: {head} {told}{rows}"))
    if cause.statement is None:
        return Text(clean(f"{report.document.name}: {head} {cause.name.text}, which nothing defines; add its equation{rows}"))
    return Text(clean(f"{_spot(cause.statement.place)}: {head} {cause.name.text}: {cause.reason}{rows}"))


# ------------------------------------------------------------------------------------------------------------ groups


def _groups(report: Report, found: Sequence[Finding], *, conditions: bool) -> Iterator[Text]:
    """What is alike, together: rules that are broken several times, and with `conditions` the hypotheses that equations need."""
    mistakes = [f for f in found if f.level in ("wrong", "slip")]
    for rule in dict.fromkeys(rule for finding in mistakes for rule in finding.rules):
        alike = [f for f in mistakes if rule in f.rules]
        if len(alike) > 1:
            yield _group(report, f"{rule.name} ({rule.code})", alike)
    needing: dict[tuple[Said, ...], list[Finding]] = {}
    for finding in found if conditions else ():
        if finding.level == "conditional":
            needing.setdefault(_needed(finding), []).append(finding)
    for hypotheses, alike in needing.items():
        yield _group(report, f"true if {all_of(hypotheses)}", alike)


def _needed(finding: Finding) -> tuple[Said, ...]:
    verdict = None if finding.judgement is None else finding.judgement.verdict
    return verdict.hypotheses if isinstance(verdict, Conditional) else ()


def _group(report: Report, head: str, alike: Sequence[Finding]) -> Text:
    order = {id(judgement): number for number, judgement in enumerate(report.judgements)}
    in_order = sorted(alike, key=lambda finding: order[id(finding.judgement)])
    times = "once" if len(alike) == 1 else f"{len(alike)} times"
    where = places_in(report, (finding.place for finding in in_order), _MOST_PLACES)
    return Text(clean(f"{head}, {times}: {where}"), style="dim")
