"""The command that writes a report to a file."""

from __future__ import annotations

from pathlib import Path

import click

from symrnn.app.documents import Found, find, judged_all, say_what_lacks
from symrnn.app.outcome import STATUS, UNUSABLE, say, status_of
from symrnn.app.project import Projects, project_option
from symrnn.judging.check import check
from symrnn.judging.findings import findings, statuses
from symrnn.judging.judgement import Options, distinct_sizes
from symrnn.judging.shared import labelled_apart
from symrnn.reading.notes import builtin_notes
from symrnn.showing.report.output import ERRATA, check_output, write_report
from symrnn.showing.report.wording import total
from symrnn.showing.sizes import with_sizes


@click.command("report", epilog=STATUS)
@click.argument("files", nargs=-1, metavar="[FILE ...]")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT.tex|.pdf|.html|.md",
    type=click.Path(path_type=Path),
    help="What to write.",
)
@with_sizes
@click.option("--short", is_flag=True, help="Leave out the proofs and certificates at the end.")
@project_option
@click.option("--strict", is_flag=True, help="Exit with 3 when something is undecided or unread.")
@click.option("--model", metavar="NAME", help="Stands in for definitions that the document lacks.")
def report_command(
    files: tuple[str, ...],
    output: Path,
    short: bool,
    folder: Path | None,
    strict: bool,
    steps: int,
    hidden: int | None,
    classes: int | None,
    input_: int | None,
    model: str | None,
) -> int:
    """Write a report on files, or on the built-in notes, as LaTeX, PDF, one HTML page, or a list of errata in Markdown.

    Several files, or those of a directory, make one report.
    """
    options = Options(steps, distinct_sizes(hidden=hidden, classes=classes, input=input_), model)
    check_output(output, *files)
    selection = Projects().of(files[0] if files else Path.cwd()).selection
    found = find(files, "", Projects(folder)) if files else Found([builtin_notes()])
    if output.suffix.lower() != ERRATA:
        found.documents = labelled_apart(found.documents)
    for line in (*found.passed_over, *found.unusable):
        say(line)
    reports = judged_all(found, lambda document: check(document, options))
    say_what_lacks(found, reports)
    reports = [found.shown(report) for report in reports]
    click.echo(write_report(reports, output, short))
    click.echo(total(reports))
    status = status_of({s for report in reports for s in statuses(findings(report, selection))}, strict=strict)
    return UNUSABLE if found.unusable else status
