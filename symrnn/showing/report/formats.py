"""What a check prints: one table of formats, each by its name, with one signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from symrnn.judging.findings import Selection
from symrnn.judging.judgement import Report
from symrnn.showing.report import as_json, errata, github, terminal


@dataclass(frozen=True)
class Style:
    """How to print: which findings count, how much is said, and on what it is shown."""

    selection: Selection = field(default_factory=Selection)
    verbose: bool = False
    quiet: bool = False
    width: int = 80
    colour: bool = False


def _terminal(reports: Sequence[Report], style: Style) -> str:
    if style.verbose:
        return terminal.render(reports, style.selection, width=style.width, colour=style.colour)
    return terminal.render_concise(reports, style.selection, quiet=style.quiet, colour=style.colour)


def _json(reports: Sequence[Report], style: Style) -> str:
    return as_json.render(reports, style.selection)


def _github(reports: Sequence[Report], style: Style) -> str:
    return github.render(reports, style.selection)


def _errata(reports: Sequence[Report], style: Style) -> str:
    return errata.render(reports, style.selection)


Format = Callable[[Sequence[Report], Style], str]
FORMATS: Mapping[str, Format] = {"terminal": _terminal, "json": _json, "github": _github, "errata": _errata}
