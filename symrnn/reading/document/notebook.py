"""Jupyter notebooks: the Markdown cells in order, each with lines of its own.

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
from symrnn.reading.document.pieces import Piece
from symrnn.reading.document.source import Source


def title(text: str) -> str:
    """The first heading, else nothing."""
    return next((heading for _, cell in _cells(text) if (heading := markdown.title(cell))), "")


def pieces(source: Source) -> Iterator[Piece]:
    """The headings, prose and formulas of the Markdown cells; the place of each has the number of its cell.

    Raises:
        InputError: it is no notebook.
    """
    macros = Macros()
    for number, text in _cells(source.text, source.name):
        yield from markdown.cell(source, source.add(source.name, text, number), macros)


def _cells(text: str, name: str = "") -> Iterator[tuple[int, str]]:
    """The number, counted from 1, and the text of each Markdown cell."""
    try:
        notebook: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{name}: is no notebook, which would be JSON; save it again") from None
    sheets = notebook.get("worksheets") or [notebook] if isinstance(notebook, dict) else []
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    cells = [cell for found in lists if isinstance(found, list) for cell in found]
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            continue
        lines = cell.get("source")
        written = "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
        if cell.get("cell_type") == "markdown":
            yield number, written.replace("\r\n", "\n").replace("\r", "\n")
