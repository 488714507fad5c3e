r"""TeX files: comments and macros are settled first, for the whole file; then headings and formulas are looked for.

pylatexenc would give a tree of the file, but it takes four seconds for a megabyte and expands no macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symrnn.language.errors import InputError
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

_UNREAD = re.compile(
    r"\\begin\{(?P<name>(?:[vV]erbatim|lstlisting|minted|comment)\*?)\}(?:[^\\]|\\(?!end\{(?P=name)\}))*+\\end\{(?P=name)\}"
    r"|\\(?:verb|lstinline)\*?([^\sA-Za-z])[^\n]*?\2|\\[\s\S]|%[^\n]*"
)
_TOKEN = re.compile(
    rf"(?P<display>\$\$|\\\[|\\begin\{{{ENVIRONMENTS}\}})"
    r"|(?P<inline>\$|\\\()"
    r"|\\(?P<heading>(?:sub)*section|chapter|part|(?:sub)?paragraph)\*?(?:\[[^\[\]]*\])?(?=\{)"
    r"|\\(?P<begin>begin)\{(?P<opened>[^{}\n]+)\}|\\(?P<close>end)\{(?P<closed>[^{}\n]+)\}"
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


def pieces(source: Source) -> Iterator[Piece]:
    r"""The headings, prose and formulas of a TeX file, in order; of a preamble only the macros are read.

    Raises:
        InputError: a formula or an environment is never closed, or a macro expands without end.
    """
    macros = Macros(source)
    text = macros.expand(macros.take(Mapped.of(source.text).sub(_UNREAD, _drop)))
    start = text.text.find(r"\begin{document}")
    end = text.text.find(r"\end{document}", max(start, 0))
    if start >= 0 and end < 0:
        raise source.error(text.offsets[start], r"the \begin{document} here is never closed; add \end{document}")
    yield from _body(source, text.cut(start + len(r"\begin{document}"), end) if start >= 0 else text)


_FOOTNOTE = re.compile(r"\\footnote(?:text)?\s*(?:\[[^\[\]]*\]\s*)?(?=\{)")


def _drop(match: re.Match[str]) -> str | None:
    return "" if match[0].startswith("%") or len(match[0]) > 2 else None


def _body(source: Source, text: Mapped) -> Iterator[Piece]:
    open_environments: list[tuple[str, int]] = []
    footnotes = [(m.start(), group_end(text.text, m.end()) or m.end()) for m in _FOOTNOTE.finditer(text.text)]
    begin = position = 0
    while token := _TOKEN.search(text.text, position):
        kind = token.lastgroup
        position = token.end()
        piece: Piece | None = None
        if kind in ("display", "inline"):
            span = _span(source, text, token)
            aside = any(start < token.start() < end for start, end in footnotes)
            piece, position = Formula(text.cut(span.start, span.end), kind == "display", aside), span.after
        elif kind == "heading":
            position = group_end(text.text, token.end()) or token.end()
            piece = Heading(_plain(text.text[token.end() : position]))
        else:
            _check(source, text, token, open_environments)
        if piece:
            yield from _prose(text.cut(begin, token.start()))
            yield piece
            begin = position
    yield from _prose(text.cut(begin))
    if open_environments:
        name, offset = open_environments[-1]
        raise _never_closed(source, offset, name)


def _prose(raw: Mapped) -> Iterator[Prose]:
    if raw.text:
        yield Prose(raw, _plain(raw.text[-LONGEST_PROSE:]))


def _span(source: Source, text: Mapped, token: re.Match[str]) -> Span:
    if token.lastgroup == "display":
        return display_span(source, text, token[0], token.end())
    span = inline_span(text.text, token[0], token.end())
    if span is None:
        closing = "$" if token[0] == "$" else r"\)"
        raise source.error(text.offsets[token.start()], f"the {token[0]} here is never closed in its paragraph; add {closing}")
    return span


def _check(source: Source, text: Mapped, token: re.Match[str], open_environments: list[tuple[str, int]]) -> None:
    r"""Keep track of ``\begin`` and ``\end`` of what is not mathematics."""
    offset = text.offsets[token.start()]
    if token["begin"]:
        open_environments.append((token["opened"], offset))
    elif token["close"]:
        name, opened = open_environments.pop() if open_environments else ("", offset)
        if not name:
            raise source.error(offset, rf"\end{{{token['closed']}}} has no \begin; remove it or add \begin{{{token['closed']}}}")
        if name != token["closed"]:
            raise _never_closed(source, opened, name)


def _never_closed(source: Source, offset: int, name: str) -> InputError:
    return source.error(offset, rf"the \begin{{{name}}} here is never closed; add \end{{{name}}}")


_REFERENCE = re.compile(r"\\(?:label|eqref|ref|cite\w*|includegraphics|vspace|hspace)\*?(?:\[[^\[\]]*\])?\{[^{}]*\}")
_COMMAND = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[A-Za-z]+\*?|\\(?=.)|[{}~]")


def _plain(text: str) -> str:
    """Text without commands, on one line."""
    return " ".join(_COMMAND.sub(" ", _REFERENCE.sub(" ", text)).split())
