"""The command that derives: one of the derivations that come with symrnn, or every gradient of a network of one's own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from symrnn.app.outcome import NOTHING_WRONG, SOMETHING_OPEN, say
from symrnn.judging.backprop import backpropagations
from symrnn.judging.judgement import Options, distinct_sizes
from symrnn.language.errors import InputError
from symrnn.reading.document import read_document
from symrnn.showing.derivation import (
    JudgedDerivation,
    conclusion,
    derivation_page,
    derivation_scripts,
    in_terminal,
    run_script,
    with_output,
)
from symrnn.showing.own import left_open, own_derivation
from symrnn.showing.report.output import check_output, write_page
from symrnn.showing.sizes import with_sizes

_WIDEST = 100
_HELP = """usage: symrnn derive FILE [--network N] [--steps N] [--hidden N] [--classes N] [--input N] [-o OUT.md|.tex|.pdf|.html]
       symrnn derive NAME [--steps N] [--hidden N] [--classes N] [--input N] [-o OUT.md|.tex|.pdf|.html]

FILE: every gradient of the network that a document defines, derived in its letters and proven line by line.
NAME: one of the derivations that come with symrnn: """


@click.command("derive", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("name", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def derive_command(name: str | None, arguments: tuple[str, ...]) -> int:
    """Derive every gradient of the network in a file, or show a derivation by its name; proven line by line."""
    known = derivation_scripts()
    if name in (None, "-h", "--help"):
        click.echo(_HELP + ", ".join(known))
        return NOTHING_WRONG
    if name in known:
        return run_script(known[str(name)], arguments)
    if not Path(str(name)).exists():
        raise InputError(f"there is no file and no derivation {name!r}; the derivations are {', '.join(known)}")
    return int(_of_file.main([str(name), *arguments], standalone_mode=False) or NOTHING_WRONG)


@click.command()
@click.argument("file")
@click.option("--network", "number", metavar="N", type=click.IntRange(1), help="Which network, where a file has several.")
@with_sizes
@with_output
def _of_file(
    file: str, number: int | None, steps: int, hidden: int | None, classes: int | None, input_: int | None, output: Path | None
) -> int:
    """The gradients of the networks of a file."""
    if output is not None:
        check_output(output, file)
    document = read_document(file)
    found = backpropagations(document, Options(steps, distinct_sizes(hidden=hidden, classes=classes, input=input_)))
    if number is not None and number > len(found):
        raise InputError(f"{file}: there is no network {number}; it has {len(found)} with a loss")
    proofs = [own_derivation(document, one, n, len(found)) for n, one in enumerate(found, 1)]
    chosen = list(range(len(found))) if number is None else [number - 1]
    if output is not None and len(chosen) > 1:
        raise InputError(
            f"{file}: there are {len(found)} networks with a loss; choose one for {output} with --network 1 to {len(found)}"
        )
    _show([proofs[n] for n in chosen], output)
    missing = [line for n in chosen if (line := left_open(found[n]))]
    for line in missing:
        say(line)
    return SOMETHING_OPEN if missing else NOTHING_WRONG


def _show(proofs: Sequence[JudgedDerivation], output: Path | None) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for proof in proofs:
        click.echo("\n".join(in_terminal(proof, width)))
        click.echo(f"\n{conclusion(proof)}\n")
        if output is not None:
            click.echo(write_page(derivation_page(proof), output))
