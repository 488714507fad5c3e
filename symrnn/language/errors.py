"""What is said to a user whose input cannot be used."""

from __future__ import annotations

import hashlib
import traceback


class InputError(Exception):
    """The input cannot be used. The message is one line: what is wrong, where (``file:line``), and what to do next.

    The command line prints it and exits with status 2.
    """


class NoEquation(InputError):
    """There is nothing to judge in a document: no equation, or none that defines a network."""


def incident(error: Exception) -> str:
    """One line about an error of symrnn itself; the identifier depends on the kind of error and the function it comes from only."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "symrnn" in f.filename]
    where = f"{frames[-1].filename.rsplit('symrnn', 1)[-1].strip('/')}:{frames[-1].name}" if frames else ""
    number = hashlib.sha256(f"{type(error).__name__} {where}".encode()).hexdigest()[:6]
    return f"an error in symrnn, please report it as E-{number} ({type(error).__name__} in {where})"
