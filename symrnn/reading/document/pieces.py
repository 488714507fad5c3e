"""The pieces a document is cut into, and how its formulas are delimited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symrnn.reading.document.source import Mapped, Source, environment_end

#: Environments that are mathematics wherever they stand.
ENVIRONMENTS = (
    r"(?:align(?:ed|at|edat)?|flalign|x?xalignat|equation|gather(?:ed)?|multline(?:d)?|split|eqnarray|[dr]?cases"
    r"|math|displaymath|dmath|subequations|IEEEeqnarray)\*?"
)


#: How much of a prose is made plain: its end, of which a statement keeps a part as context.
LONGEST_PROSE = 2_000


@dataclass(frozen=True)
class Heading:
    """The heading of a section."""

    text: str


@dataclass(frozen=True)
class Prose:
    """Text between formulas; `plain` is the end of it without markup."""

    raw: Mapped
    plain: str


@dataclass(frozen=True)
class Formula:
    """The LaTeX inside a pair of delimiters, ready to be split into rows; `aside` in a footnote."""

    body: Mapped
    display: bool
    aside: bool = False


Piece = Heading | Prose | Formula


@dataclass(frozen=True)
class Span:
    """Where a formula stands in a text: the body from `start` to `end`, its closing delimiter up to `after`."""

    start: int
    end: int
    after: int


# Words set inside a formula may hold formulas of their own: \text{if $i=k$}.
_WORDS = r"\\(?:text\w*|mbox|hbox|mathrm)\s*\{(?:[^{}$\\]|\\[\s\S]|\$[^${}]*\$)*+\}"
_NO_BLANK_LINE = r"\n(?![ \t]*\n)"
# Each pattern stops at the first thing that cannot be inside, so that an opening without an end costs no long search.
_INLINE = {
    "$": re.compile(rf"(?:{_WORDS}|\\[\s\S]|[^$\\\n`]|{_NO_BLANK_LINE})*+\$"),
    r"\(": re.compile(rf"(?:{_WORDS}|\\[^()]|[^\\\n]|{_NO_BLANK_LINE})*+\\\)"),
    r"\\(": re.compile(rf"(?:\\\\(?![()])|\\[^\\]|[^\\\n]|{_NO_BLANK_LINE})*+\\\\\)"),
    "$`": re.compile(r"[^`\n]*+`\$"),
}
_DISPLAY = {
    "$$": re.compile(r"(?:[^\\$]|\\[\s\S]|\$(?!\$))*+\$\$"),
    r"\[": re.compile(r"(?:[^\\]|\\[^\[\]])*+\\\]"),
    r"\\[": re.compile(r"(?:[^\\]|\\[^\\]|\\\\(?!\]))*+\\\\\]"),
}
_CLOSING = {"$": "$", r"\(": r"\)", r"\\(": r"\\)", "$`": "`$", "$$": "$$", r"\[": r"\]", r"\\[": r"\\]"}
# A blank line and then a heading or two words: no formula goes on like that, its end is missing.
_PROSE_AGAIN = re.compile(r"\n[ \t]*\n[ \t]*(?:#{1,6} |[A-Za-z]{2,}[,:]? [a-z]{2,}\b)")


def inline_span(text: str, opening: str, start: int) -> Span | None:
    """The inline formula whose `opening` ends at `start`, or None when its paragraph has no end of one."""
    match = _INLINE[opening].match(text, start)
    return Span(start, match.end() - len(_CLOSING[opening]), match.end()) if match else None


def display_span(source: Source, text: Mapped, opening: str, start: int) -> Span:
    """The displayed formula whose `opening` ends at `start`; an environment belongs to its body.

    Raises:
        InputError: there is no end.
    """
    environment = opening.removeprefix(r"\begin{").removesuffix("}") if opening.startswith(r"\begin") else None
    closing = rf"\end{{{environment}}}" if environment else _CLOSING[opening]
    if environment:
        after = environment_end(text.text, environment, start)
    else:
        match = _DISPLAY[opening].match(text.text, start)
        after = match.end() if match else None
    if after is None or _PROSE_AGAIN.search(text.text, start, after):
        message = f"the {opening} here is never closed; add {closing} after its formula"
        raise source.error(text.offsets[start - len(opening)], message)
    return Span(start - len(opening), after, after) if environment else Span(start, after - len(closing), after)
