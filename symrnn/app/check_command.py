"""The command that checks documents.

Everything is read and checked before anything is printed, and what is wrong with the input is said in one line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from symrnn.app.cache import Cache
from symrnn.app.documents import STANDARD_INPUT, Found, find, judged_all, say_what_lacks
from symrnn.app.fixing import fix as mend
from symrnn.app.fixing import summary
from symrnn.app.outcome import NOTHING_WRONG, STATUS, UNUSABLE, Output, say, status_of
from symrnn.app.project import Projects, project_option
from symrnn.app.watching import watched
from symrnn.judging.check import check
from symrnn.judging.findings import Selection, findings, statuses
from symrnn.judging.judgement import Judgement, Options, Report, distinct_sizes
from symrnn.judging.kept.memory import Memory
from symrnn.language.errors import InputError
from symrnn.language.saving import check_target, save
from symrnn.proving.kernel.development import judge
from symrnn.proving.kernel.printing import ACCEPTED
from symrnn.proving.prove import proof_file
from symrnn.reading.document import Document
from symrnn.reading.notes import builtin_notes
from symrnn.showing.replay import for_judgement
from symrnn.showing.report import terminal
from symrnn.showing.report.formats import FORMATS, Style
from symrnn.showing.report.wording import clean
from symrnn.showing.sizes import with_sizes

Pairs = list[tuple[Report, Judgement]]
OnProgress = Callable[[int, int, str], None]


@click.command("check", epilog=STATUS)
@click.argument("files", nargs=-1, metavar="[FILE ...]")
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="terminal",
    show_default=True,
    help="What to print.",
)
@click.option("-v", "--verbose", is_flag=True, help="A table of all rows, conventions, the model, and each mistake in full.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing but the findings.")
@click.option("--select", metavar="RULE,...", multiple=True, help="Tell only what breaks these rules, kinds of rules or verdicts.")
@click.option("--ignore", metavar="RULE,...", multiple=True, help="Do not tell what breaks these.")
@click.option("--fix", is_flag=True, help="Write repairs into the files: of slips, and those that are the only ones of their cost.")
@click.option("--diff", is_flag=True, help="Show what --fix would write.")
@click.option("--only", metavar="LABEL", multiple=True, help="Show only this statement; may be given again.")
@click.option("--explain", metavar="LABEL", help="Say everything about one statement.")
@click.option("--replay", metavar="LABEL", help="Print a program that shows with mpmath alone that a statement is false.")
@partial(
    with_sizes,
    steps="Time steps. What is too large for exact algebra is proven at small sizes, and witnessed modulo a prime at these.",
)
@project_option
@click.option("--model", metavar="NAME", help="Stands in for definitions that the document lacks.")
@click.option(
    "--proofs",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the proofs for every length and size to this file, which python -m symrnn.proving.kernel judges by itself.",
)
@click.option("--no-induction", is_flag=True, help="Prove at the sizes given only, not for every length and size.")
@click.option(
    "--stdin-filename", metavar="NAME", default="stdin.md", show_default=True, help="What the text of - is called, and read as."
)
@click.option("--strict", is_flag=True, help="Exit with 3 when something is undecided or unread.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes; what did not change is not judged again.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="So many documents are checked at a time."
)
@click.option("--no-cache", is_flag=True, help="Neither read nor keep what was found before.")
@click.option("--no-progress", is_flag=True, help="No progress bar.")
def check_command(
    files: tuple[str, ...],
    style: str,
    verbose: bool,
    quiet: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    diff: bool,
    only: tuple[str, ...],
    explain: str | None,
    replay: str | None,
    steps: int,
    hidden: int | None,
    classes: int | None,
    input_: int | None,
    folder: Path | None,
    model: str | None,
    proofs: Path | None,
    no_induction: bool,
    stdin_filename: str,
    strict: bool,
    watch: bool,
    jobs: int,
    no_cache: bool,
    no_progress: bool,
) -> Output:
    """Give every equation of the files a verdict; without a file, of the built-in notes.

    A directory stands for every document below it, - for standard input.
    """
    _check_together(style, only, explain, replay)
    if verbose and quiet:
        raise InputError("--verbose and --quiet do not go together; give one of them")
    if style != "terminal" and (verbose or quiet):
        raise InputError(f"--verbose and --quiet are about the terminal; leave out --format {style}")
    if (fix or diff) and (not files or STANDARD_INPUT in files):
        raise InputError("--fix and --diff are about files, and neither - nor the built-in notes are one; name the file")
    if proofs is not None:
        check_target(proofs, *(file for file in files if file != "-"))
    start = Path.cwd() if not files else stdin_filename if files[0] == STANDARD_INPUT else files[0]
    selection = Selection.of(_listed(select) or Projects().of(start).config.select, _listed(ignore))
    options = Options(steps, distinct_sizes(hidden=hidden, classes=classes, input=input_), model, not no_induction)
    # What is explained, or written as a proof, is made anew: its lemmas are numbered as if nothing had been proven before.
    cached = not no_cache and proofs is None and explain is None
    court = partial(_checked, options=options, silent=no_progress, memory=Cache() if cached else None)

    def once(court: Callable[[Document], Report] = court) -> Output:
        found = find(files, stdin_filename, Projects(folder)) if files else Found([builtin_notes()])
        for line in (*found.passed_over, *found.unusable):
            say(line)
        documents = found.documents
        labels = _known(documents, (*only, *(label for label in (explain, replay) if label is not None)))
        judged = court
        if jobs > 1 and len(documents) > 1 and not watch:
            judged = resolve_name("symrnn.app.parallel:court")(documents, options, jobs, cached)
        reports = [_only(report, labels) for report in judged_all(found, judged)]
        say_what_lacks(found, reports)
        if cached:
            Cache().trim()
        if proofs is not None:
            say(_written(reports, proofs))
        if fix or diff:
            return _mended(found, reports, selection, write=not diff)
        reports = [found.shown(report) for report in reports]
        if replay is not None:
            return Output(_program(reports), NOTHING_WRONG)
        console = Console()
        shown = Style(selection, verbose, quiet, console.width, _in_colour(console))
        text = _explained(reports, shown) if explain is not None else FORMATS[style](reports, shown)
        status = status_of({s for report in reports for s in statuses(findings(report, selection))}, strict=strict)
        return Output(text, UNUSABLE if found.unusable else status)

    return watched(files, options, once) if watch else once()


# ----------------------------------------------------------------------------------------------------------- arguments


def _mended(documents: Found, reports: Sequence[Report], selection: Selection, *, write: bool) -> Output:
    """The files with their repairs, or the difference; the status is that of what is left."""
    found = [mend(report, documents.shown(report), selection, documents.project_of(report.document)) for report in reports]
    shown = [fixed.diff() for fixed in found]
    if write:
        shown += [f"wrote {name}" for fixed in found for name in fixed.write()]
    text = "\n".join(line for line in [*shown, summary(found, written=write)] if line)
    left = any(fixed.left or (fixed.done and not write) for fixed in found)
    return Output(text, status_of({"mistake"} if left else set()))


def _listed(names: Sequence[str]) -> list[str]:
    """What several options list, separated by commas."""
    return [name.strip() for option in names for name in option.split(",") if name.strip()]


def _check_together(style: str, only: tuple[str, ...], explain: str | None, replay: str | None) -> None:
    """Refuse options of which one would be ignored."""
    given = {"--only": bool(only), "--explain": explain is not None, "--replay": replay is not None}
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise InputError(f"{' and '.join(names)} do not go together; give one of them")
    if style != "terminal" and names and names[0] != "--only":
        raise InputError(f"{names[0]} prints text; leave out --format {style}")


def _known(documents: Sequence[Document], labels: Sequence[str]) -> frozenset[str]:
    known = dict.fromkeys(statement.label for document in documents for statement in document.statements)
    for label in labels:
        if label not in known:
            raise InputError(f"no statement is labelled {label!r}; there are {', '.join(known)}")
    return frozenset(labels)


# ------------------------------------------------------------------------------------------------------------ checking


def _written(reports: Sequence[Report], path: Path) -> str:
    """Writes the proofs of all verdicts that hold for every length and size; what the kernel says of the file."""
    pairs = [(j.statement.label, j.proof) for report in reports for j in report.judgements]
    text = proof_file((label, proof) for label, proof in pairs if proof is not None)
    if text is None:
        raise InputError(f"nothing is proven for every length and size, so that {path} would be empty; leave out --proofs")
    save(path, text.encode())
    count = sum(line.startswith(ACCEPTED) for line in judge(text))
    return f"wrote {path}: the kernel accepts {count} claims; python -m symrnn.proving.kernel {path} prints each in full"


def _checked(document: Document, options: Options, *, silent: bool, memory: Memory | None) -> Report:
    if silent or not sys.stderr.isatty():
        return check(document, options, memory=memory)
    with _progress_bar(clean(document.name)) as on_progress:
        return check(document, options, on_progress, memory)


@contextmanager
def _progress_bar(name: str) -> Iterator[OnProgress]:
    """A bar on standard error that is gone when the work is done."""
    columns = (
        TextColumn("{task.fields[name]}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None, name=name)
        yield lambda done, total, label: progress.update(task, completed=done, total=total, description=clean(label))


def _only(report: Report, labels: frozenset[str]) -> Report:
    """The report on the statements with these labels, on all of them where there are none."""
    if not labels:
        return report
    return replace(report, judgements=tuple(j for j in report.judgements if j.statement.label in labels))


# ------------------------------------------------------------------------------------------------------------ printing


def _explained(reports: Sequence[Report], style: Style) -> str:
    return terminal.render_explanation(_pairs(reports), width=style.width, colour=style.colour)


def _in_colour(console: Console) -> bool:
    return console.is_terminal and not console.no_color


def _pairs(reports: Sequence[Report]) -> Pairs:
    return [(report, judgement) for report in reports for judgement in report.judgements]


def _program(reports: Sequence[Report]) -> str:
    """The program that replays the certificate of the one statement that is left in `reports`."""
    pairs = _pairs(reports)
    (report, judgement), *others = pairs
    label = judgement.statement.label
    if others:
        raise InputError(f"{label!r} is in {' and in '.join(r.document.name for r, _ in pairs)}; give only one of these files")
    return for_judgement(report, judgement)
