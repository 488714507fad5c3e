"""Programs in documents: the listings of a Markdown text and the code cells of a notebook, as one Python text.

In Markdown each line keeps its number; a notebook's lines are counted through its code cells. What is no Python, in whatever language a
listing says that it is, is left out, and costs no other listing anything.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from pathlib import Path

from symrnn.language.errors import InputError
from symrnn.reading.document import markdown, notebook
from symrnn.reading.document.pieces import Code
from symrnn.reading.document.reader import FORMATS
from symrnn.reading.document.source import Source

#: What documents that may hold programs are called, by how they are read.
_KINDS: dict[str | None, str] = {"notebook": "notebook", "markdown": "Markdown text"}
_PYTHON = re.compile(r"\{?\.?(?:i?python|py)\d*\b.*|", re.IGNORECASE)
#: A line that is meant for the notebook itself: ``%matplotlib inline``, ``!pip install``.
_FOR_NOTEBOOK = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)


def program_in(text: str, path: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The program of a document, and where the cells of a notebook begin in it: their numbers, each with its first line.

    The text of a file that is no document is its program.

    Raises:
        InputError: a document holds none.
    """
    kind = _KINDS.get(FORMATS.get(Path(path).suffix.lower()))
    if kind is None:
        return text, ()
    program, cells = _of_cells(text, path) if kind == "notebook" else (_of_listings(text, path), ())
    if not program.strip():
        raise InputError(f"{path}: this {kind} holds no Python; name a file that does")
    return program, cells


def _of_listings(text: str, path: str) -> str:
    source = Source(path, text)
    lines = [""] * (text.count("\n") + 1)
    for piece in markdown.pieces(source):
        if isinstance(piece, Code) and _PYTHON.fullmatch(piece.language):
            first = source.place(piece.raw.offsets[0]).line - 1
            listing = _python(piece.raw.text).splitlines()
            lines[first : first + len(listing)] = listing
    return "\n".join(lines) + "\n"


def _of_cells(text: str, path: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    lines: list[str] = []
    starts = []
    for number, kind, cell in notebook.cells(text, path):
        program = _python(cell).rstrip().splitlines() if kind == "code" else []
        if program:
            starts.append((number, len(lines) + 1))
            lines += program
    return "\n".join(lines) + "\n", tuple(starts)


def _python(listing: str) -> str:
    """A listing as Python reads it, in as many lines; nothing where it is none."""
    program = _FOR_NOTEBOOK.sub(r"\1pass", textwrap.dedent(listing))
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(program)
    except (SyntaxError, ValueError):
        return ""
    return program
