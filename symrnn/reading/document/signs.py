r"""Where the relation signs of a formula stand, without reading it.

This is a second opinion beside the grammar: it sees that no relation is lost where the grammar fails. Signs in
subscripts and superscripts, in ``\text``, in conditions of ``cases`` and in parentheses belong to a term and are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from symrnn.notation.vocabulary import ADDING
from symrnn.reading.document.source import environment_end, group_end

_SIGN = (
    rf"{ADDING}|"
    r"\\not\s*=|:=|=:|\\(?:eqqcolon|neq?|l(?:eq?|eqslant)|g(?:eq?|eqslant)|approx|sim(?:eq)?|equiv|propto|in|notin"
    r"|(?:long)?leftarrow|gets|lt|gt|coloneqq?|triangleq|doteq|subset(?:eq)?|ll|gg)(?![A-Za-z])|[=<>≠≈≤≥∈←≡∝≜≔]"
)
#: White space of TeX, and the empty group that keeps a sign apart.
SPACING = r"(?:\s|\{\}|~|\\[,;:!> ]|\\q?quad(?![A-Za-z]))*+"
_TOKEN = re.compile(
    rf"""(?P<sized>\\(?:left|right|[bB]igg?[lrm]?)\s*(?:[<>|./]|\\\|)(?!=))
    |(?P<words>\\(?:text\w*|mbox|hbox|mathrm|operatorname\*?|tag\*?|label|eqref|ref|color)\s*(?=\{{))
    |(?P<over>\\(?:underset|overset|stackrel|textcolor)\s*(?=\{{))
    |(?P<script>[_^]\s*)
    |(?P<environment>\\begin\{{(?P<name>[^{{}}]*)\}})
    |(?P<sign>{_SIGN})
    |(?P<open>\\\{{|\\lbrace(?![A-Za-z])|[(\[])
    |(?P<close>\\\}}|\\rbrace(?![A-Za-z])|[)\]])
    |(?P<comma>[,;]|\\q?quad(?![A-Za-z])|\\(?:[Rr]ightarrow|longrightarrow|to|implies|iff|Leftrightarrow)(?![A-Za-z]))
    |(?P<command>\\(?:[A-Za-z]+|[\s\S]))""",
    re.VERBOSE,
)
_SCRIPT_TOKEN = re.compile(r"\\[A-Za-z]+|[^{}]")


#: A sign with words or a number above or below it: ``\\stackrel{\\text{def}}{=}``.
_MARKED = r"(?:\\(?:underset|overset|stackrel)\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{?\s*)?"


@dataclass(frozen=True)
class Sign:
    """A relation sign, or (with `comma` set) something that separates two relations."""

    start: int
    end: int
    comma: bool = False
    remark: bool = False


def signs(latex: str) -> list[Sign]:
    r"""The relation signs at the top level of `latex`, and those inside ``(\because ...)``."""
    return [sign for sign in separators(latex) if not sign.comma]


def separators(latex: str) -> list[Sign]:
    """The relation signs at the top level of `latex`, and the commas between relations."""
    # A half-open interval or a lost parenthesis must hide nothing.
    return list(_separators(latex, brackets=_brackets_match(latex)))


def all_signs(latex: str) -> list[Sign]:
    """The relation signs of `latex`, also those in brackets."""
    return [sign for sign in _separators(latex, brackets=False) if not sign.comma]


@dataclass(frozen=True)
class Outline:
    """A chain of relations in a formula: a span for each side, the first one empty where an earlier chain goes on."""

    sides: tuple[tuple[int, int], ...]
    signs: tuple[tuple[int, int], ...]
    remark: bool = False


def outlines(latex: str) -> list[Outline]:
    """The chains of relations in `latex`; a comma separates two chains when both have a sign."""
    found = separators(latex)
    chains: list[Outline] = []
    chain: list[Sign] = []
    comma: Sign | None = None
    start = 0
    for sign in found:
        if sign.remark:
            continue
        if sign.comma:
            comma = sign if chain else None
            continue
        if comma:
            chains.append(_outline(chain, start, comma.start))
            chain, start, comma = [], comma.end, None
        chain.append(sign)
    if chain:
        chains.append(_outline(chain, start, len(latex)))
    return chains + [_remark(latex, sign) for sign in found if sign.remark and not sign.comma]


def _outline(chain: list[Sign], start: int, end: int) -> Outline:
    edges = [start, *(edge for sign in chain for edge in (sign.start, sign.end)), end]
    sides = tuple(zip(edges[::2], edges[1::2], strict=True))
    return Outline(sides, tuple((sign.start, sign.end) for sign in chain))


def _remark(latex: str, sign: Sign) -> Outline:
    start = latex.rfind(r"\because", 0, sign.start) + len(r"\because")
    close = re.compile(r"\\right|[)\]]|$").search(latex, sign.end)
    return Outline(
        ((start, sign.start), (sign.end, close.start() if close else len(latex))),
        ((sign.start, sign.end),),
        remark=True,
    )


def begins_with_sign(latex: str) -> bool:
    """Whether `latex` continues a chain."""
    return re.match(rf"{SPACING}{_MARKED}(?:{_SIGN})", latex) is not None


def ends_with_sign(latex: str) -> bool:
    """Whether the right side of a relation is still to come."""
    return re.search(rf"(?:{_SIGN})\s*\}}?\s*$", latex) is not None


def _separators(latex: str, *, brackets: bool) -> Iterator[Sign]:
    position = depth = 0
    because = 0  # the depth at which a remark opened
    while token := _TOKEN.search(latex, position):
        position = token.end()
        kind = token.lastgroup
        if kind in ("words", "over"):
            position = group_end(latex, position) or position
        elif kind == "script":
            position = _script_end(latex, position)
        elif kind == "environment":
            position = environment_end(latex, token["name"], position) or position
        elif kind == "open":
            depth += brackets
        elif kind == "close":
            depth = max(0, depth - brackets)
            because = because if depth >= because else 0
        elif kind == "command" and token[0] == r"\because":
            because = depth or 1
        elif kind in ("sign", "comma") and (depth == 0 or depth == because):
            yield Sign(token.start(), token.end(), comma=kind == "comma", remark=because > 0)


def _brackets_match(latex: str) -> bool:
    depth = 0
    for token in _TOKEN.finditer(latex):
        depth += {"open": 1, "close": -1}.get(token.lastgroup or "", 0)
    return depth == 0


def _script_end(latex: str, position: int) -> int:
    end = group_end(latex, position)
    if end is None:
        token = _SCRIPT_TOKEN.match(latex, position)
        end = token.end() if token else position
    return end
