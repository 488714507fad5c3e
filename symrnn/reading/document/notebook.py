"""Jupyter notebooks: the cells in order, each with lines of its own.

A notebook is read as the JSON that it is: nbformat would refuse what it finds slightly wrong elsewhere, in outputs that are not
looked at, and takes longer to import than a document to read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from symrnn.language.errors import InputError
from symrnn.reading.document import markdown
from symrnn.reading.document.macros import Macros
from symrnn.reading.document.pieces import Code, Piece
from symrnn.reading.document.source import Source


def title(text: str) -> str:
    """The first heading, else nothing."""
    return next((heading for _, kind, cell in cells(text) if kind == "markdown" and (heading := markdown.title(cell))), "")


def pieces(source: Source) -> Iterator[Piece]:
    """The headings, prose and formulas of the Markdown cells, and the code cells; the place of each has the number of its cell.

    Raises:
        InputError: it is no notebook.
    """
    macros = Macros()
    for number, kind, text in cells(source.text, source.name):
        cell = source.add(source.name, text, number)
        if kind == "markdown":
            yield from markdown.cell(source, cell, macros)
        elif kind == "code":
            yield Code(cell, "python")


def cells(text: str, name: str = "") -> Iterator[tuple[int, str, str]]:
    """Each cell: its number, counted from 1, its kind, such as ``markdown`` or ``code``, and its text.

    Raises:
        InputError: it is no notebook.
    """
    try:
        notebook: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{name}: is no notebook, which would be JSON; save it again") from None
    sheets = notebook.get("worksheets") or [notebook] if isinstance(notebook, dict) else []
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    found = [cell for held in lists if isinstance(held, list) for cell in held]
    for number, cell in enumerate(found, 1):
        if not isinstance(cell, dict):
            continue
        lines = cell.get("source")
        written = "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
        yield number, str(cell.get("cell_type")), written.replace("\r\n", "\n").replace("\r", "\n")
