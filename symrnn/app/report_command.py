"""The command that writes a report to a file."""

from __future__ import annotations

from pathlib import Path

import click

from symrnn.app.config import config_for
from symrnn.app.outcome import STATUS, status_of
from symrnn.judging.check import check
from symrnn.judging.findings import findings, statuses
from symrnn.judging.judgement import LARGEST_SIZE, MOST_STEPS, Options, distinct_sizes
from symrnn.reading.document import read_document
from symrnn.reading.notes import builtin_notes
from symrnn.showing.report.output import check_output, write_report
from symrnn.showing.report.wording import coverage

_size = click.IntRange(1, LARGEST_SIZE)


@click.command("report", epilog=STATUS)
@click.argument("file", required=False, metavar="[FILE]")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT.tex|.pdf|.html|.md",
    type=click.Path(path_type=Path),
    help="What to write.",
)
@click.option(
    "--steps", metavar="N", type=click.IntRange(1, MOST_STEPS), default=Options.steps, show_default=True, help="Time steps."
)
@click.option("--hidden", metavar="N", type=_size, help="Size of the state.")
@click.option("--classes", metavar="N", type=_size, help="Number of classes.")
@click.option("--input", "input_", metavar="N", type=_size, help="Size of the input.")
@click.option("--short", is_flag=True, help="Leave out the proofs and certificates at the end.")
@click.option("--model", metavar="NAME", help="Stands in for definitions that the document lacks.")
def report_command(
    file: str | None,
    output: Path,
    short: bool,
    steps: int,
    hidden: int | None,
    classes: int | None,
    input_: int | None,
    model: str | None,
) -> int:
    """Write a report on a file, or on the built-in notes, as LaTeX, PDF, one HTML page, or a list of errata in Markdown."""
    options = Options(steps, distinct_sizes(hidden=hidden, classes=classes, input=input_), model)
    check_output(output, *(() if file is None else (file,)))
    document = builtin_notes() if file is None else read_document(file, config_for(Path.cwd()).declared(file))
    report = check(document, options)
    click.echo(write_report(report, output, short))
    click.echo(coverage(report))
    return status_of(statuses(findings(report)))
