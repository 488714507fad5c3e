"""A report for a person at a terminal, or in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from symrnn.judging.findings import Finding, Selection, findings, kept_silent
from symrnn.judging.judgement import Judgement, LedgerEntry, Report
from symrnn.judging.mistakes import WARNING
from symrnn.judging.verdict import VERDICTS
from symrnn.showing.report import concise
from symrnn.showing.report.wording import (
    Detail,
    clean,
    coverage,
    details,
    equation,
    extent_text,
    lent,
    place_in,
    proof_lines,
    why,
    witnessed,
)

#: From this width on the reason has a column of its own; below, it stands under its equation.
WIDE = 110
#: Narrower output would be one letter a line.
NARROWEST = 60
_LONGEST_LABEL = 20
_LONGEST_NAME = 24
#: Wider than any line.
_UNBROKEN = 100_000


def render(reports: Sequence[Report], selection: Selection, *, width: int, colour: bool) -> str:
    """All reports with a table, counts, conventions, the model, and each mistake in full."""
    return _printed((part for report in reports for part in _report(report, selection, width)), width, colour=colour)


def render_concise(reports: Sequence[Report], selection: Selection, *, quiet: bool = False, colour: bool = False) -> str:
    """All reports in a line for each finding, which a program can take apart: none is broken at the width of the terminal."""
    return _printed(concise.lines(reports, selection, quiet=quiet), _UNBROKEN, colour=colour)


def render_explanation(pairs: Iterable[tuple[Report, Judgement]], *, width: int, colour: bool) -> str:
    """Everything about single statements."""
    return _printed((part for report, judgement in pairs for part in _explanation(report, judgement)), width, colour=colour)


def _printed(parts: Iterable[RenderableType], width: int, *, colour: bool) -> str:
    stream = StringIO()
    console = Console(
        file=stream,
        width=max(width, NARROWEST),
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


# ---------------------------------------------------------------------------------------------------------- the report


def _report(report: Report, selection: Selection, width: int) -> Iterator[RenderableType]:
    yield _title(report)
    yield _table(report, wide=width >= WIDE)
    yield Text(coverage(report), style="bold")
    found = findings(report, selection)
    yield from map(concise.line, concise.common_causes(found))
    yield Text(f"Checked at {extent_text(report.scope)}.")
    if report.document.lenders:
        yield Text(clean(lent(report)))
    if report.witnessed is not None:
        yield Text(witnessed(report))
    if report.ledger:
        yield _heading("Conventions")
        yield _grid((question, [_convention(entry) for entry in entries]) for question, entries in _asked(report.ledger))
    if report.model:
        yield _heading("The model as read")
        yield from (Padding(Text(clean(str(line)), overflow="fold"), (0, 0, 0, 2)) for line in report.model)
    yield from _mistakes(report)
    yield from _lines("Warnings", [f for f in found if f.level == WARNING and f.cause is None])
    yield from _lines("Ignored", kept_silent(report, selection))
    yield Text()


def _title(report: Report) -> Text:
    name, title = clean(report.document.name), clean(report.document.title)
    return Text(name if title in ("", name) else f"{name}: {title}", style="bold", overflow="fold")


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _table(report: Report, *, wide: bool) -> Table:
    """One row a statement; its reason stands in a column of its own, or under the equation where that is too narrow."""
    judgements = report.judgements
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("label", overflow="fold", width=_label_width(judgements))
    table.add_column("line", justify="right", no_wrap=True)
    if wide:
        table.add_column("equation", overflow="fold", ratio=3)
    table.add_column("verdict", no_wrap=True)
    table.add_column("why" if wide else "equation", overflow="fold", ratio=2)
    section = None
    for judgement in judgements:
        if _section(report, judgement) != section:
            section = _section(report, judgement)
            heading = Text(clean(section), style="bold")
            table.add_row("", "", *((heading, "", "") if wide else ("", heading)))
        table.add_row(*_cells(judgement, wide=wide))
    return table


def _section(report: Report, judgement: Judgement) -> str:
    """The heading above a row, with its file where that is another one than the document's."""
    statement = judgement.statement
    if statement.place.file == report.document.name:
        return statement.section
    return f"{statement.place.file}: {statement.section}" if statement.section else statement.place.file


def _label_width(judgements: Sequence[Judgement]) -> int:
    longest = max((len(judgement.statement.label) for judgement in judgements), default=0)
    return min(max(longest, len("label")), _LONGEST_LABEL)


def _cells(judgement: Judgement, *, wide: bool) -> Iterator[Text]:
    statement, word = judgement.statement, judgement.verdict.word
    formula, reason = Text(clean(str(equation(statement)))), Text(clean(str(why(judgement))), style="dim")
    verdict = Text(f"{VERDICTS[word].sign} {word}", style=VERDICTS[word].colour)
    yield Text(clean(statement.label))
    yield Text(statement.place.within.removeprefix("line "))
    if wide:
        yield from (formula, verdict, reason)
    else:
        yield from (verdict, Text("\n").join([formula, reason]) if reason else formula)


def _asked(ledger: Sequence[LedgerEntry]) -> Iterator[tuple[str, list[LedgerEntry]]]:
    """The questions of the ledger, each with all of its answers."""
    for question in dict.fromkeys(entry.question for entry in ledger):
        yield clean(str(question)), [entry for entry in ledger if entry.question == question]


def _convention(entry: LedgerEntry) -> Text:
    where = f" ({', '.join(entry.labels)})" if entry.labels else ""
    switches = f"; switches at {', '.join(entry.switches)}" if entry.switches else ""
    return Text(clean(f"{entry.answer}{where}{switches}"))


def _lines(title: str, found: Sequence[Finding]) -> Iterator[RenderableType]:
    if found:
        yield _heading(title)
        yield from (Padding(concise.line(finding), (0, 0, 0, 2)) for finding in found)


def _mistakes(report: Report) -> Iterator[RenderableType]:
    mistakes = [judgement for judgement in report.judgements if VERDICTS[judgement.verdict.word].status == "mistake"]
    if mistakes:
        yield _heading("What is wrong, in full")
    for judgement in mistakes:
        yield _opening(report, judgement)
        yield _detail_grid(details(report, judgement))


# ------------------------------------------------------------------------------------------------------- one statement


def _explanation(report: Report, judgement: Judgement) -> Iterator[RenderableType]:
    statement, word = judgement.statement, judgement.verdict.word
    section = f", in “{statement.section}”" if statement.section else ""
    where = Detail("where", (clean(f"{statement.place}, column {statement.place.column}{section}"),))
    yield _opening(report, judgement)
    yield _detail_grid((where, Detail("verdict", (VERDICTS[word].meaning,)), *details(report, judgement)))
    lines = proof_lines(judgement)
    if lines:
        yield Text("\nThe proof for every length and every size\n", style="bold")
        yield from (Text(line, overflow="fold") for line in lines)


def _opening(report: Report, judgement: Judgement) -> Text:
    statement, word = judgement.statement, judgement.verdict.word
    return Text.assemble(
        "\n",
        (f"{VERDICTS[word].sign} {word}", VERDICTS[word].colour),
        (f"  {clean(statement.label)}", "bold"),
        f"  {place_in(report, statement.place)}",
    )


def _detail_grid(found: Iterable[Detail]) -> Table:
    return _grid((detail.name, [Text(line) for line in detail.lines]) for detail in found)


def _grid(rows: Iterable[tuple[str, Sequence[Text]]]) -> Table:
    """Names on the left, lines on the right; everything that is too long goes on in the next line."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    entries = [(name, lines) for name, lines in rows]
    grid.add_column(width=1)
    grid.add_column(width=min(max((len(name) for name, _ in entries), default=1), _LONGEST_NAME), style="dim", overflow="fold")
    grid.add_column(overflow="fold")
    for name, lines in entries:
        grid.add_row("", name, Text("\n").join(lines))
    return grid
