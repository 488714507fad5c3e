"""The notes that symrnn ships: what is checked when no file is named."""

from __future__ import annotations

from importlib.resources import files

from symrnn.reading.document import Document, read_text

#: What the built-in notes are called in places and messages.
NAME = "built-in notes"


def builtin_notes() -> Document:
    """The equations of the project's own set of notes, with their mistakes.

    >>> builtin_notes().name
    'built-in notes'
    """
    return read_text(files(__name__).joinpath("rnn.md").read_text(encoding="utf-8"), NAME, "markdown")
