"""symrnn in a notebook: ``%load_ext symrnn``, and cells that begin with ``%%symrnn``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from symrnn.app.config import config_for
from symrnn.judging.check import check
from symrnn.judging.judgement import Options, Report
from symrnn.judging.shared import waits, with_earlier
from symrnn.language.errors import InputError
from symrnn.reading.document import Document, read_stream
from symrnn.showing.report.notebook import load_ipython_extension

NAME = "cell.md"
#: How many cells before one are looked at for what it lacks.
_MOST_CELLS = 10


def load(ipython: Any) -> None:
    """Registers how reports show themselves, and the magic of cells."""
    load_ipython_extension(ipython)
    ipython.register_magic_function(Cells().checked, "cell", "symrnn")


@dataclass
class Cells:
    """The cells that were checked in a session, in this order: a later one has what it lacks from them."""

    checked_before: list[Document] = field(default_factory=list)

    def checked(self, line: str, cell: str) -> Report | None:
        """The report on the text of a cell, in Markdown; what cannot be used is said in one line. `line` may name a model."""
        court = partial(check, options=Options(model=line.strip() or None))
        try:
            document = read_stream(cell.encode(), NAME, config_for(Path.cwd()).declared(NAME))
            report = court(document)
            for number in range(1, 1 + min(len(self.checked_before), _MOST_CELLS)):
                if waits(report):
                    report = with_earlier(document, report, self.checked_before[-number:], court)
        except InputError as error:
            print(f"symrnn: {error}")
            return None
        self.checked_before.append(document)
        return report
