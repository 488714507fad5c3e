"""What is said to a user whose input cannot be used."""

from __future__ import annotations


class InputError(Exception):
    """The input cannot be used. The message is one line: what is wrong, where (``file:line``), and what to do next.

    The command line prints it and exits with status 2.
    """


class NoEquation(InputError):
    """There is nothing to judge in a document: no equation, or none that defines a network."""
