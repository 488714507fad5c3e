"""What a command prints and its exit status, and how both reach the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TextIO

import click

from symrnn.language.errors import InputError
from symrnn.language.printing import clean

NOTHING_WRONG, SOMETHING_WRONG, UNUSABLE, SOMETHING_OPEN = 0, 1, 2, 3
INTERRUPTED = 130
#: What every command that judges says of its exit status.
STATUS = """Exit status: 0 nothing wrong, 1 something wrong or a slip, 2 unusable arguments or input, 3 with --strict when something is
undecided or unread."""
#: The variable of the environment that lets an error of symrnn itself through, for whoever mends it.
TRACEBACK = "SYMRNN_TRACEBACK"


@dataclass(frozen=True)
class Output:
    """What a command prints, and its exit status."""

    text: str
    status: int


def status_of(found: Set[str], *, strict: bool = False) -> int:
    """The exit status by what was found: a ``mistake``, something ``open``, or only what is ``fine``."""
    if "mistake" in found:
        return SOMETHING_WRONG
    return SOMETHING_OPEN if strict and "open" in found else NOTHING_WRONG


def finished(command: click.Command, arguments: Sequence[str], name: str) -> int:
    """Run a command with `arguments`, print, and return the exit status."""
    try:
        result = command.main(list(arguments), prog_name=name, standalone_mode=False)
        if not isinstance(result, Output):  # what prints by itself, as --help, may have left something behind
            if not sys.stdout.closed:  # a server closes it
                sys.stdout.flush()
            return int(result or NOTHING_WRONG)
        print_whole(result.text)
        return result.status
    except click.ClickException as error:
        return _refuse(error.format_message())
    except InputError as error:
        return _refuse(str(error))
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _to_nowhere(NOTHING_WRONG)
    except OSError as error:
        return _to_nowhere(_refuse(f"the output cannot be written: {error.strerror or error}"))
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        return _refuse(f"an error in symrnn, please report it ({TRACEBACK}=1 shows where): {type(error).__name__}: {error}")


def _refuse(message: str) -> int:
    say(message)
    return UNUSABLE


def say(message: str) -> None:
    """A line beside what is printed, on standard error."""
    print(f"symrnn: {clean(message)}", file=sys.stderr)


def print_whole(text: str) -> None:
    """Print, in UTF-8; whoever closes the pipe has seen enough. Raises OSError where the output is full."""
    _use_utf8(sys.stdout)
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _to_nowhere(NOTHING_WRONG)


def _to_nowhere(status: int) -> int:
    """Without this the interpreter would complain when it closes a stream that cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _use_utf8(stream: TextIO) -> None:
    """Formulas are Unicode and JSON is UTF-8, whatever the locale says."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="replace")
