"""Markdown: which of its text is prose, which is mathematics, and what its escapes hide.

markdown-it finds the blocks (headings, code, quotes, front matter). It keeps no positions within a block and would undo
escapes before anyone can ask whether they were meant, so formulas are looked for in the text itself, across the blocks.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.html_re import close_tag, open_tag
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from symrnn.reading.document.macros import Macros, drop_comments
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
from symrnn.reading.document.source import Mapped, Source

# The longer opening comes first; an escape is tried after the openings that begin with a backslash.
_TOKEN = re.compile(
    rf"""(?P<comment><!--)
    |(?P<raw><(?P<element>(?i:script|style|pre|code|textarea))\b)
    |(?P<tag>{open_tag}|{close_tag})
    |(?P<shortcode>\{{\{{)
    |(?P<display>\$\$|\\\\?\[|\\begin\{{{ENVIRONMENTS}\}})
    |(?P<inline>\$`?|\\\\?\()
    |(?P<code>`+)
    |(?P<escape>\\[\s\S])""",
    re.VERBOSE,
)


_NOWHERE = Span(0, 0, 0)


@dataclass(frozen=True)
class _Block:
    """A part of the text that is no running prose: a heading, code, or a fence of mathematics."""

    kind: str
    start: int
    end: int
    text: str = ""
    body: Span = _NOWHERE


def title(text: str) -> str:
    """The title in the front matter, else the first heading, else nothing."""
    tokens = _parse(text)
    if tokens and tokens[0].type == "front_matter":
        found = re.search(r"^title:[ \t]*(.+)$", tokens[0].content, re.MULTILINE)
        if found:
            return found[1].strip().strip("\"'")
    headings = (after.content for token, after in pairwise(tokens) if token.type == "heading_open")
    return _plain(next(headings, ""))


def pieces(source: Source) -> Iterator[Piece]:
    """The headings, prose and formulas of a Markdown text, in order.

    Raises:
        InputError: a formula or a comment is never closed.
    """
    yield from _Reader(source).pieces()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.whole = Mapped.of(source.text)
        self.macros = Macros(source)
        self.position = 0
        lines = [*source.lines(), (len(self.text), len(self.text))]
        tokens = _parse(self.text)
        self.blocks = list(_blocks(tokens, self.text, [start for start, _ in lines]))
        self.quotes = _quotes(tokens, [start for start, _ in lines])
        self.code_runs = _code_runs(self.text)
        self.unclosed: set[str] = set()
        self.last_shortcode = self.text.rfind("}}")

    def pieces(self) -> Iterator[Piece]:
        for block in self.blocks:
            yield from self._prose(block.start)
            if self.position > block.start:  # a formula that began before reaches into it: it is no block
                continue
            if block.kind == "heading":
                yield Heading(block.text)
                yield from (piece for piece in self._prose(block.end) if isinstance(piece, Formula))
            elif block.kind == "math":
                yield self._formula(block.body, display=True)
            self.position = max(self.position, block.end)
        yield from self._prose(len(self.text))

    def _prose(self, end: int) -> Iterator[Piece]:
        """Prose and formulas up to `end`; a formula may reach beyond it."""
        begin = self.position
        while self.position < end:
            token = _TOKEN.search(self.text, self.position, end)
            if token is None:
                self.position = end
                break
            span = self._span(token)
            if span is not None:
                yield from self._plain_prose(begin, token.start())
                yield self._formula(span, display=token.lastgroup == "display")
                begin = self.position = span.after
            elif token.lastgroup in ("comment", "raw", "shortcode"):
                yield from self._plain_prose(begin, token.start())
                begin = self.position = self._skip(token)
            else:
                self.position = self._skip(token)
        yield from self._plain_prose(begin, self.position)

    def _plain_prose(self, start: int, end: int) -> Iterator[Prose]:
        if start < end:
            raw = self.whole.cut(start, end)
            yield Prose(raw, _plain(raw.text[-LONGEST_PROSE:]))

    def _span(self, token: re.Match[str]) -> Span | None:
        if token.lastgroup == "inline":
            span = inline_span(self.text, token[0], token.end())
            return None if span and token[0] == "$" and _is_money(self.text, span) else span
        if token.lastgroup == "display":
            return display_span(self.source, self.whole, token[0], token.end())
        return None

    def _skip(self, token: re.Match[str]) -> int:
        """Where to go on after something that is no formula."""
        if token["comment"]:
            end = self.text.find("-->", token.end())
            if end < 0:
                raise self.source.error(token.start(), "the comment <!-- here is never closed; add -->")
            return end + 3
        if token["raw"]:
            return self._element_end(token["element"].lower(), token.end())
        if token["shortcode"] and token.end() <= self.last_shortcode:
            return self.text.index("}}", token.end()) + 2
        if token["code"]:
            runs = self.code_runs.get(len(token[0]), [])
            after = bisect_left(runs, token.end())
            return runs[after] + len(token[0]) if after < len(runs) else token.end()
        return token.end()

    def _element_end(self, name: str, start: int) -> int:
        """Where the content of an element that is no text ends; `start` when the element is not closed."""
        if name in self.unclosed:
            return start
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(self.text, start)
        if closing is None:
            self.unclosed.add(name)
        return closing.end() if closing else start

    def _formula(self, span: Span, *, display: bool) -> Formula:
        body = self.whole.cut(span.start, span.end)
        depth = self.quotes.get(self.source.place(span.start).line, 0)
        if depth:
            body = body.sub(re.compile(rf"(?<=\n)(?:[ ]{{0,3}}>[ ]?){{1,{depth}}}"), lambda _: "")
        return Formula(self.macros.expand(self.macros.take(unescape(body))), display)


def _is_money(text: str, span: Span) -> bool:
    """``$5 and $6``: dollars of a formula stand close to it on both sides, or off it on both, and no digit follows."""
    if span.start == span.end or text[span.after : span.after + 1].isdigit():
        return True
    return text[span.start].isspace() != text[span.end - 1].isspace()


def _parse(text: str) -> list[Token]:
    markdown = MarkdownIt("commonmark").use(front_matter_plugin)
    markdown.core.ruler.enableOnly(["normalize", "block"])
    markdown.block.ruler.disable("reference")
    return markdown.parse(text)


def _blocks(tokens: list[Token], text: str, starts: list[int]) -> Iterator[_Block]:
    for position, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = starts[token.map[0]], starts[token.map[1]]
        if token.type == "heading_open":
            content = tokens[position + 1].content
            # An equals sign alone on a line within a formula underlines no heading.
            if token.markup not in "=-" or not re.search(r"\$\$|\\\[|\\begin", content):
                yield _Block("heading", start, end, _plain(content))
        elif token.type == "fence" and token.info.split()[:1] == ["math"]:
            first = starts[token.map[0] + 1]
            last = starts[token.map[1] - 1]
            closed = last >= first and text[last:end].strip(" >\t\n").startswith(token.markup)
            yield _Block("math", start, end, body=Span(first, last if closed else end, end))
        elif token.type in ("fence", "code_block", "front_matter"):
            yield _Block("code", start, end)


def _quotes(tokens: list[Token], starts: list[int]) -> dict[int, int]:
    """How many block quotes each quoted line (counted from 1) stands in."""
    depth: dict[int, int] = {}
    for token in tokens:
        if token.type == "blockquote_open" and token.map is not None:
            for line in range(token.map[0] + 1, token.map[1] + 1):
                depth[line] = depth.get(line, 0) + 1
    return depth


def _code_runs(text: str) -> dict[int, list[int]]:
    """Where runs of back-ticks start, by their length."""
    runs: dict[int, list[int]] = {}
    for run in re.finditer("`+", text):
        runs.setdefault(len(run[0]), []).append(run.start())
    return runs


# --- escapes ---

_ROW_END = re.compile(r"\\\\\\(?=[ \t]*(?:\n|$))")
_ENTITY = re.compile(r"&(?:lt|gt|amp|nbsp|ne|le|ge);")
_ESCAPE = re.compile(r"(?P<double>\\\\\\\\)|\\(?P<sign>[!-/:-@\[-`{-~])")
_PLAIN_ESCAPE = re.compile(r"(?P<words>\\(?:text\w*|mbox|mathrm|operatorname\*?)\{[^{}]*\})|\\\\|\\([_*])")
_DOUBLED = re.compile(r"\\\\[A-Za-z]{2}")
_SINGLE = re.compile(r"(?<!\\)(?:\\\\)*+\\[A-Za-z]")


def unescape(body: Mapped) -> Mapped:
    r"""The LaTeX that `body` means, once the escapes that protect it from Markdown are undone.

    Whether ``\{`` is a brace of LaTeX or an escaped one cannot be seen from it alone: `body` is taken as it is when its
    braces balance, and otherwise after all escapes are undone. ``\_`` and ``\*`` have no use in a formula, so they are
    always undone, and ``\\\`` at the end of a line always ends a row.
    """
    body = drop_comments(body.sub(_ENTITY, lambda entity: html.unescape(entity[0]).replace("\xa0", " ")))
    body = body.sub(_ROW_END, lambda _: r"\\")
    undone = body.sub(_ESCAPE, _undo)
    if _DOUBLED.search(body.text) and not _SINGLE.search(body.text):
        return undone
    if not _balances(body.text) and _balances(undone.text):
        return undone
    return body.sub(_PLAIN_ESCAPE, lambda escape: escape[2])


def _undo(escape: re.Match[str]) -> str | None:
    r"""``\{`` is a brace; but a ``\\`` before white space was meant as the end of a row."""
    if escape["double"]:
        return r"\\"
    following = escape.string[escape.end() : escape.end() + 1]
    if escape["sign"] == "\\" and (not following or following.isspace() or following == "&"):
        return None
    return escape["sign"]


def _balances(latex: str) -> bool:
    depth = 0
    for brace in re.finditer(r"\\[\s\S]|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth < 0:
            return False
    return depth == 0


# --- prose ---

_UNSEEN = re.compile(r"</?[A-Za-z][^<>]*>|!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_MARKS = re.compile(r"^[ \t]*(?:>[ \t]?|#{1,6} |[-+*] )+|[*`]+|(?<!\w)_+|_+(?!\w)|\\(?=[!-/:-@\[-`{-~])", re.MULTILINE)


def _plain(text: str) -> str:
    """Text without tags, emphasis and other marks, on one line."""
    text = _LINK.sub(r"\1", _UNSEEN.sub(" ", text))
    return " ".join(html.unescape(_MARKS.sub("", text)).split())
