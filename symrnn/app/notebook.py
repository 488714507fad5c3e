"""symrnn in a notebook: ``%load_ext symrnn``, and cells that begin with ``%%symrnn``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symrnn.app.config import config_for
from symrnn.judging.check import check
from symrnn.judging.judgement import Options, Report
from symrnn.language.errors import InputError
from symrnn.reading.document import read_stream
from symrnn.showing.report.notebook import load_ipython_extension

NAME = "cell.md"


def load(ipython: Any) -> None:
    """Registers how reports show themselves, and the magic of cells."""
    load_ipython_extension(ipython)
    ipython.register_magic_function(lambda line, cell: checked(line, cell), "cell", "symrnn")


def checked(line: str, cell: str) -> Report | None:
    """The report on the text of a cell, in Markdown; what cannot be used is said in one line. `line` may name a model."""
    try:
        options = Options(model=line.strip() or None)
        return check(read_stream(cell.encode(), NAME, config_for(Path.cwd()).declared(NAME)), options)
    except InputError as error:
        print(f"symrnn: {error}")
        return None
