"""What a command prints and its exit status, and how both reach the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

import click

from symrnn.language.errors import InputError
from symrnn.language.printing import clean

NOTHING_WRONG, SOMETHING_WRONG, UNUSABLE, SOMETHING_OPEN = 0, 1, 2, 3
INTERRUPTED = 130


@dataclass(frozen=True)
class Output:
    """What a command prints, and its exit status."""

    text: str
    status: int


def finished(command: click.Command, arguments: Sequence[str], name: str) -> int:
    """Run a command with `arguments`, print, and return the exit status."""
    try:
        result = command.main(list(arguments), prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error.format_message())
    except InputError as error:
        return _refuse(str(error))
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    if not isinstance(result, Output):  # --help and --version have printed already
        return int(result or NOTHING_WRONG)
    show(result.text)
    return result.status


def _refuse(message: str) -> int:
    print(f"symrnn: {clean(message)}", file=sys.stderr)
    return UNUSABLE


def show(text: str) -> None:
    _use_utf8(sys.stdout)
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Whoever read this has seen enough; without this the interpreter would complain when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _use_utf8(stream: TextIO) -> None:
    """Formulas are Unicode and JSON is UTF-8, whatever the locale says."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="replace")
