"""The command that prints a program."""

from __future__ import annotations

import click

from symrnn.running.compiler import compile as compiled
from symrnn.running.compiler import plain_program
from symrnn.showing.report.wording import clean


@click.command("compile")
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--plain", "is_plain", is_flag=True, help="One readable function for the arrays of any library, without symrnn.")
def compile_command(file: str | None, is_plain: bool) -> None:
    """Print the loss and the gradients of the network that a file defines, or the built-in notes, as NumPy.

    Above each block stands the proven equation that it computes. Where something is not proven for every length and size, or
    has no rule, the reason is said instead (exit status 2). `symrnn.running.compile(FILE)` gives the program to call.
    """
    given = "notes" if file is None else file
    source = plain_program(given) if is_plain else compiled(given).source
    click.echo("\n".join(clean(line) for line in source.splitlines()))
