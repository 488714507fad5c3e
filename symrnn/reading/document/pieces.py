"""The pieces a document is cut into, and how its formulas are delimited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symrnn.reading.document.source import Mapped

#: Environments that are mathematics wherever they stand.
ENVIRONMENTS = (
    r"(?:align(?:ed|at|edat)?|flalign|x?xalignat|equation|gather(?:ed)?|multline(?:d)?|split|eqnarray|[dr]?cases"
    r"|math|displaymath|dmath|IEEEeqnarray)\*?"
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
    """The LaTeX inside a pair of delimiters, ready to be split into rows; `aside` in a footnote, `label` from behind it.

    One that is `alone` is a paragraph or an item of a list by itself, and belongs to no sentence.

    With a `problem` it is what follows an opening that is never closed, up to the end of the paragraph.
    """

    body: Mapped
    display: bool
    aside: bool = False
    label: str = ""
    problem: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Code:
    """A listing, with the language that it is said to be in."""

    raw: Mapped
    language: str = ""


Piece = Heading | Prose | Formula | Code


@dataclass(frozen=True)
class Span:
    """Where a formula stands in a text: the body from `start` to `end`, its closing delimiter up to `after`.

    With a `problem` there is no closing delimiter, and it ends with its paragraph.
    """

    start: int
    end: int
    after: int
    problem: str = ""
    label: str = ""


# Words set inside a formula may hold formulas of their own: \text{if $i=k$}.
_IN_WORDS = r"[^{}$\\]|\\[\s\S]|\$[^${}]*\$"
_WORDS = rf"\\(?:text\w*|mbox|hbox|mathrm)\s*\{{(?:{_IN_WORDS}|\{{(?:{_IN_WORDS})*+\}})*+\}}"
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
# A blank line and then a heading or two words (of a script without spaces, two letters): no formula goes on like that.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff"
_PROSE_AGAIN = re.compile(rf"\n[ \t]*\n[ \t]*(?:#{{1,6}} |[^\W\d_]{{2,}}[,:]? [^\W\d_]{{2,}}(?!\w)|[{_IDEOGRAPHS}]{{2}})")
# After a blank line, with a formula behind it, dollars open one.
_OPENS_ANOTHER = re.compile(r"\n[ \t]*\n[ \t]*\$\$[ \t]*[A-Za-z\\]")
_BLANK_LINE = re.compile(r"\n[ \t]*\n|\Z")


def inline_span(text: str, opening: str, start: int) -> Span | None:
    """The inline formula whose `opening` ends at `start`, or None when its paragraph has no end of one."""
    match = _INLINE[opening].match(text, start)
    return Span(start, match.end() - len(_CLOSING[opening]), match.end()) if match else None


def display_span(text: Mapped, opening: str, start: int) -> Span:
    """The displayed formula whose `opening` ends at `start`; an environment belongs to its body."""
    begin = start - len(opening)
    environment = opening.removeprefix(r"\begin{").removesuffix("}") if opening.startswith(r"\begin") else None
    closing = rf"\end{{{environment}}}" if environment else _CLOSING[opening]
    if environment:
        after = text.environment_ends.get(start)
    else:
        match = _DISPLAY[opening].match(text.text, start)
        after = match.end() if match else None
    opens = opening == "$$" and after is not None and _OPENS_ANOTHER.match(text.text, _blank_before(text.text, after - 2))
    if after is None or opens or _PROSE_AGAIN.search(text.text, start, after):
        return unclosed(text.text, begin, start, f"the {opening} here is never closed; add {closing} after its formula")
    return Span(begin, after, after) if environment else Span(start, after - len(closing), after)


def _blank_before(text: str, position: int) -> int:
    """Where the white space before `position` begins."""
    while position > 0 and text[position - 1].isspace():
        position -= 1
    return position


def unclosed(text: str, begin: int, start: int, problem: str) -> Span:
    """What an opening from `begin` to `start` costs that is never closed: the rest of its paragraph."""
    blank = _BLANK_LINE.search(text, start)
    end = blank.start() if blank else len(text)
    return Span(begin, end, end, problem)
