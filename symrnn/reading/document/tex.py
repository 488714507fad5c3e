r"""TeX files: comments, files read in and macros are settled first, for the whole document; then formulas are looked for.

pylatexenc would give a tree of the file, but it takes four seconds for a megabyte and expands no macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from symrnn.reading.document.directives import MARK
from symrnn.reading.document.includes import INCLUSION, Includes
from symrnn.reading.document.macros import Macros
from symrnn.reading.document.pieces import (
    ENVIRONMENTS,
    LONGEST_PROSE,
    Formula,
    Heading,
    Piece,
    Prose,
    Span,
    display_span,
    inline_span,
)
from symrnn.reading.document.source import Mapped, Source, group_end

_TOKEN = re.compile(
    rf"(?P<display>\$\$|\\\[|\\begin\{{{ENVIRONMENTS}\}})"
    r"|(?P<inline>\$|\\\()"
    r"|\\(?P<heading>(?:(?:sub)*section|chapter|part|(?:sub)?paragraph)\*?|(?:frametitle|begin\{frame\})(?:<[^<>]*>)?)"
    r"(?:\[[^\[\]]*\])?(?=\{)"
    rf"|(?P<stray>\\end\{{{ENVIRONMENTS}\}})"
    r"|(?P<escape>\\[\s\S])"
)


def title(text: str) -> str:
    r"""The argument of ``\title``, else of the first heading, else nothing."""
    for command in (r"\\title\s*(?=\{)", r"\\(?:section|chapter)\*?(?=\{)"):
        match = re.search(command, text)
        end = group_end(text, match.end()) if match else None
        if match and end:
            return _plain(text[match.end() + 1 : end - 1])
    return ""


def pieces(source: Source, includes: Includes) -> Iterator[Piece]:
    """The headings, prose and formulas of a TeX file and of those that it reads in, in order; of a preamble only the macros."""
    macros = Macros()
    text = macros.settle(with_its_files(source, includes))
    yield from _body(_of_document(text), macros)


# --- what is read, and in what order


def with_its_files(source: Source, includes: Includes) -> Mapped:
    """A TeX file with those that it reads in."""
    return _with_inclusions(Mapped.of(source.text), includes, includes.around)


_BEGIN, _END = r"\begin{document}", r"\end{document}"


def _of_document(text: Mapped) -> Mapped:
    start = text.text.find(_BEGIN)
    end = text.text.find(_END, max(start, 0))
    return text.cut(start + len(_BEGIN) if start >= 0 else 0, end if end >= 0 else None)


def _with_inclusions(text: Mapped, includes: Includes, near: tuple[Path, ...]) -> Mapped:
    """A file without what TeX passes over, and with the files in it that it reads in."""
    text = without_unread(text, includes.source)

    def included(inclusion: re.Match[str]) -> Mapped | None:
        found = includes.of(inclusion, text, near)
        texts = [_with_inclusions(new, includes, (*near, path)) for path, new in found]
        if inclusion["package"] or not texts:
            return Mapped.join([text.cut(*inclusion.span()), *texts]) if texts else None
        # Its own preamble serves to set it alone.
        return Mapped.join([Mapped.at("\n", texts[0].offsets[0]), _of_document(texts[0]), Mapped.at("\n", texts[0].offsets[-1])])

    return text.sub(INCLUSION, included)


_UNREAD = re.compile(
    r"\\begin\{(?P<verbatim>(?:[vV]erbatim|lstlisting|minted|comment|filecontents)\*?)\}"
    r"|\\(?P<verb>verb|lstinline|mintinline(?:\{\w*\})?)\*?(?P<edge>[^\sA-Za-z*])"
    r"|(?P<last>\\endinput(?![A-Za-z]))|\\[\s\S]|(?P<comment>%[^\n]*(?:\n[ \t]*(?=\S))?)"
)
_LONGEST_VERB = 500


def without_unread(text: Mapped, source: Source) -> Mapped:
    r"""A text without comments, verbatim text, and what stands between ``\iffalse`` and its ``\fi``."""
    dropped: list[tuple[int, int]] = []
    unclosed: set[str] = set()
    position = 0
    while token := _UNREAD.search(text.text, position):
        position = token.end()
        end = None
        if token["last"]:
            end = len(text.text)
        elif token["comment"]:
            end = token.end()
            mark = MARK.match(token["comment"].split("\n")[0][1:])
            if mark is not None:
                source.comments.append((text.offsets[token.start()], mark["said"]))
        elif token["verbatim"]:
            end = _verbatim_end(text.text, token, unclosed)
        elif token["verb"]:
            end = _verb_end(text.text, token)
        if end is not None:
            dropped.append((token.start(), end))
            position = end
    text = _without(text, dropped)
    return _without(text, sorted(_false_branches(text.text)))


def _verbatim_end(text: str, token: re.Match[str], unclosed: set[str]) -> int | None:
    name = token["verbatim"]
    end = -1 if name in unclosed else text.find(rf"\end{{{name}}}", token.end())
    if end < 0:
        unclosed.add(name)
        return None
    return end + len(rf"\end{{{name}}}")


def _verb_end(text: str, token: re.Match[str]) -> int | None:
    end = text.find(token["edge"].replace("{", "}"), token.end(), token.end() + _LONGEST_VERB)
    return end + 1 if end >= 0 and "\n" not in text[token.end() : end] else None


_CONDITION = re.compile(
    r"\\newif\s*\\(?P<new>if[A-Za-z]+)|\\let\s*\\(?P<same>if[A-Za-z]+)\s*=?\s*\\if(?P<as>true|false)"
    r"|\\(?P<if>if(?!f(?![A-Za-z])|thenelse)[A-Za-z]*)|\\(?P<else>else)(?![A-Za-z])|\\(?P<fi>fi)(?![A-Za-z])"
    r"|\\(?P<set>[A-Za-z]+?)(?P<to>true|false)(?![A-Za-z])|\\[\s\S]"
)


def _false_branches(text: str) -> Iterator[tuple[int, int]]:
    r"""The spans of what TeX passes over for certain: of ``\iffalse`` and of switches of the author's, with the commands themselves."""
    switches: dict[str, bool] = {"iffalse": False, "iftrue": True}
    opened: list[tuple[bool | None, int]] = []
    for token in _CONDITION.finditer(text):
        if token["new"] or token["same"]:
            switches[token["new"] or token["same"]] = token["as"] == "true"
        elif token["set"] and f"if{token['set']}" in switches:
            switches[f"if{token['set']}"] = token["to"] == "true"
        elif token["if"]:
            value = switches.get(token["if"])
            opened.append((value, token.start()))
            if value:
                yield token.span()
        elif opened and (token["else"] or token["fi"]):
            value, start = opened.pop()
            if value is not None:
                yield (token.start() if value else start), token.end()
            if token["else"]:
                opened.append((None if value is None else not value, token.start()))


def _without(text: Mapped, spans: list[tuple[int, int]]) -> Mapped:
    """A text without spans in order, of which one may lie in another."""
    parts: list[Mapped] = []
    done = 0
    for start, end in spans:
        if start >= done:
            parts.append(text.cut(done, start))
        done = max(done, end)
    return Mapped.join([*parts, text.cut(done)]) if parts else text


# --- headings, prose and formulas

_FOOTNOTE = re.compile(r"\\footnote(?:text)?\s*(?:\[[^\[\]]*\]\s*)?(?=\{)")


def _body(text: Mapped, macros: Macros) -> Iterator[Piece]:
    footnotes = _Footnotes(text)
    begin = position = 0
    while token := _TOKEN.search(text.text, position):
        kind = token.lastgroup
        position = token.end()
        piece: Piece | None = None
        if kind in ("display", "inline", "stray"):
            span = _span(text, token)
            body = text.cut(span.start, span.end)
            problem = span.problem or macros.problem(body.text)
            piece = Formula(body, kind == "display", footnotes.around(token.start()), problem=problem)
            position = span.after
        elif kind == "heading":
            position = text.group_ends.get(token.end(), token.end())
            piece = Heading(_plain(text.text[token.end() : position]))
        if piece:
            yield from _prose(text.cut(begin, token.start()))
            yield piece
            begin = position
    yield from _prose(text.cut(begin))


class _Footnotes:
    """Tells for places in rising order whether a footnote is around them."""

    def __init__(self, text: Mapped) -> None:
        self._starts = ((m.start(), text.group_ends.get(m.end(), m.end())) for m in _FOOTNOTE.finditer(text.text))
        self._next = next(self._starts, None)
        self._end = 0

    def around(self, position: int) -> bool:
        while self._next is not None and self._next[0] < position:
            self._end = max(self._end, self._next[1])
            self._next = next(self._starts, None)
        return position < self._end


def _prose(raw: Mapped) -> Iterator[Prose]:
    if raw.text:
        yield Prose(raw, _plain(raw.text[-LONGEST_PROSE:]))


def _span(text: Mapped, token: re.Match[str]) -> Span:
    if token.lastgroup == "display":
        return display_span(text, token[0], token.end())
    if token.lastgroup == "stray":
        return Span(token.start(), token.end(), token.end(), rf"{token[0]} has no \begin; remove it or add its \begin")
    span = inline_span(text.text, token[0], token.end())
    if span is None:
        closing = "$" if token[0] == "$" else r"\)"
        line = text.text.find("\n", token.end())
        end = line if line >= 0 else len(text.text)
        problem = f"the {token[0]} here is never closed in its paragraph; add {closing}"
        return Span(token.start(), end, token.end(), problem)
    return span


_REFERENCE = re.compile(r"\\(?:label|eqref|ref|cite\w*|includegraphics|vspace|hspace)\*?(?:\[[^\[\]]*\])?\{[^{}]*\}")
_COMMAND = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[A-Za-z]+\*?|\\(?=.)|[{}~]")


def _plain(text: str) -> str:
    """Text without commands, on one line."""
    return " ".join(_COMMAND.sub(" ", _REFERENCE.sub(" ", text)).split())
