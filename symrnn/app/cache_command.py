"""The command about what is kept on disk."""

from __future__ import annotations

import click

from symrnn.app.cache import clear, place


@click.group("cache")
def cache_command() -> None:
    """What was found before is kept on disk, and confirmed before it is believed again."""


@cache_command.command("clear")
def clear_command() -> None:
    """Forget all of it."""
    click.echo(f"{clear():,} bytes were kept in {place()}; nothing is now")


@cache_command.command("where")
def where_command() -> None:
    """Print the folder."""
    click.echo(place())
