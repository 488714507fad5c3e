"""Markdown: which of its text is prose, which is mathematics, and what its escapes hide.

markdown-it finds the blocks (headings, code, quotes, front matter). It keeps no positions within a block and would undo
escapes before anyone can ask whether they were meant, so formulas are looked for in the text itself, across the blocks.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.html_re import close_tag, open_tag
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from symrnn.reading.document import pictured
from symrnn.reading.document.directives import MARK
from symrnn.reading.document.macros import Macros, drop_comments
from symrnn.reading.document.pieces import (
    ENVIRONMENTS,
    LONGEST_PROSE,
    Code,
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
    |(?P<script><script\b[^<>]*\btype\s*=\s*["']?math/tex\b(?P<mode>[^<>]*)>)
    |(?P<picture>{pictured.OPENING})
    |(?P<raw><(?P<element>(?i:script|style|pre|code|textarea))\b)
    |(?P<address>(?:https?|ftp)://[^\s<>)\]]*|\]\((?:[^\s()\\]|\\.|\([^\s()]*\))*(?:[ ]+"[^"\n]*")?\)
        |^[ ]{{0,3}}\[(?!\^)[^\]\n]+\]:[ ]*\S+[ ]*(?:["'(][^\n]*)?$)
    |(?P<tag>{open_tag}|{close_tag})
    |(?P<shortcode>\{{\{{[<%]?[ ]*(?P<code_name>/?\w*)[^{{}}]{{0,400}}\}}\}})
    |(?P<liquid>\{{%-?[ ]*(?P<liquid_name>\w+)[^%\n]*%\}})
    |(?P<display>\$\$|\\\\?\[|\\begin\{{{ENVIRONMENTS}\}})
    |(?P<directive>^:{{3,}}[ ]*\{{math\}}[^\n]*\n)
    |(?P<role>\{{math\}}`|:math:`)
    |(?P<inline>\$`?|\\\\?\()
    |(?P<oneline>```math[ ]+(?=[^`\n]+`{{2,3}}))
    |(?P<code>`+)
    |(?P<macro>\\(?:(?:re)?newcommand|DeclareMathOperator|[gex]?def|let)(?![A-Za-z]))
    |(?P<escape>\\[\s\S])""",
    re.VERBOSE | re.MULTILINE,
)
#: Languages of a fence, and shortcodes and tags of site generators, whose content is mathematics.
_MATHEMATICS = frozenset(["math", "katex", "latex", "tex", "mathjax", "{math}", "{latex}"])
#: Tags of Jekyll around what is shown as it is, and is no text.
_CODE_TAGS = frozenset(["highlight", "comment", "codeblock"])
#: A line of dashes begins front matter where a key follows; any other is a line across the page.
_FRONT_MATTER = re.compile(r"---+[ \t]*\n(?:(?:#[^\n]*\n)+|\s*)[ \t]*[\"']?[\w-]+[\"']?[ \t]*:")
# Whether a fence of LaTeX shows a program rather than a formula, or formulas with delimiters of their own.
_PROGRAM = re.compile(r"\\(?:documentclass|usepackage|begin\{(?:document|tikzpicture|figure|algorithm\w*)\})")
_DELIMITED = re.compile(r"\$|\\\[|\\\(")
#: A label behind a displayed formula: of MyST ``(eq-loss)``, of Quarto ``{#eq-loss}``.
_LABEL_BEHIND = re.compile(r"[ \t]*(?:\(([\w:.-]+)\)[ \t]*(?=\n|$)|\{#([\w:.-]+)[^{}\n]*\})")
#: The options of a directive of MyST: ``:label: eq-loss``.
_OPTION = re.compile(r"\s*:(\w+):[ \t]*([^\n]*)(?:\n|$)")


#: An indented block that is set as a formula, whatever Markdown makes of its indentation.
_IS_FORMULA = re.compile(rf"\s*(?:\$\$|\\\[|\\begin\{{{ENVIRONMENTS}\}})")
_OF_MATHEMATICS = re.compile(r"[\\^_=]")
#: What is neither text nor mathematics.
_UNSEEN_TOKENS = frozenset(["comment", "raw", "shortcode", "liquid", "macro"])
#: A comment of TeX in a formula that is meant for symrnn.
_COMMENT = re.compile(r"(?<!\\)%[ \t]*symrnn:(?P<said>[^\n]*)")
#: Tags that keep a site generator off a formula, in it.
_RAW_TAG = re.compile(r"\{%-?[ ]*(?:end)?raw[ ]*-?%\}")
_NOWHERE = Span(0, 0, 0)
#: What stands around a formula that is a paragraph or an item of a list by itself, and how much of it is looked at.
_ENDS_BEFORE = re.compile(r"\n[ \t]*\n[ \t>]*$|\n[ \t>]*(?:[-*+]|\d+[.)])[ \t]+$")
_BEGINS_AFTER = re.compile(r"[ \t.,;:]*(?:\n[ \t]*(?:\n|[-*+][ \t]|\d+[.)][ \t]|\Z)|\Z)")
_EDGE = 40


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
    """The headings, prose and formulas of a Markdown text, in order."""
    yield from cell(source, Mapped.of(source.text), Macros())


def cell(source: Source, text: Mapped, macros: Macros) -> Iterator[Piece]:
    """The pieces of a text that is a part of the source, with the macros of the parts before."""
    yield from _Reader(source, text, macros).pieces()


class _Reader:
    """Reads one text of the source: all of it, or a cell."""

    def __init__(self, source: Source, whole: Mapped, macros: Macros) -> None:
        self.source = source
        self.whole = whole
        self.text = whole.text
        self.macros = macros
        self.position = 0
        tokens = _parse(self.text)
        starts = [0, *(match.end() for match in re.finditer("\n", self.text)), len(self.text)]
        self.blocks = list(_blocks(tokens, self.text, starts))
        self.quotes = _quotes(tokens)
        self.code_runs = _code_runs(self.text)
        self.unclosed: set[str] = set()

    def pieces(self) -> Iterator[Piece]:
        for block in self.blocks:
            yield from self._prose(block.start)
            if self.position > block.start:  # a formula that began before reaches into it: it is no block
                continue
            if block.kind == "heading":
                yield Heading(block.text)
                yield from (piece for piece in self._prose(block.end) if isinstance(piece, Formula))
            elif block.kind == "code":
                yield Code(self.whole.cut(block.body.start, block.body.end), block.text)
            elif block.kind == "math":
                yield self._formula(block.body, display=True)
            elif block.kind == "text":
                self.position = block.body.start
                yield from self._prose(block.body.end)
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
            found = self._found(token)
            if found is not None:
                formula, after = found
                yield from self._plain_prose(begin, token.start())
                yield replace(formula, alone=self._is_alone(token.start(), after))
                begin = self.position = after
            elif token.lastgroup in _UNSEEN_TOKENS:
                yield from self._plain_prose(begin, token.start())
                begin = self.position = self._skip(token)
            else:
                self.position = self._skip(token)
        yield from self._plain_prose(begin, self.position)

    def _plain_prose(self, start: int, end: int) -> Iterator[Prose]:
        if start < end:
            raw = self.whole.cut(start, end)
            yield Prose(raw, _plain(raw.text[-LONGEST_PROSE:]))

    # --- where formulas stand

    def _found(self, token: re.Match[str]) -> tuple[Formula, int] | None:
        """The formula that begins with a token, and where to go on after it; None for another token."""
        if token["picture"]:
            drawn = pictured.pictured(self.whole, token[0], token.end())
            return None if drawn is None else (self._settled(drawn[0], _NOWHERE, display=False), drawn[1])
        found = self._span(token)
        return None if found is None else (self._formula(found[0], display=found[1]), found[0].after)

    def _is_alone(self, start: int, after: int) -> bool:
        """Whether what stands between two positions is a paragraph or an item of a list by itself."""
        return bool(_ENDS_BEFORE.search(self.text[:start][-_EDGE:].rjust(_EDGE, "\n")) and _BEGINS_AFTER.match(self.text, after))

    def _span(self, token: re.Match[str]) -> tuple[Span, bool] | None:
        """The formula that begins with a token, and whether it is displayed; None for another token."""
        kind, start = token.lastgroup, token.end()
        if kind == "inline":
            span = inline_span(self.text, token[0], start)
            return None if span is None or (token[0] == "$" and _is_money(self.text, span)) else (span, False)
        if kind == "display":
            return self._with_label(display_span(self.whole, token[0], start)), True
        if kind == "oneline":
            return self._closed_by("``", start, 2, display=True)
        if kind == "role":
            return self._closed_by("`", start, 1, display=False)
        if kind == "directive":
            return self._closed_by("\n:::", start, 4, display=True)
        if kind == "script":
            return self._closed_by("</script", start, len("</script>"), display="display" in token["mode"])
        if kind == "shortcode" and token["code_name"] in _MATHEMATICS:
            return self._between_tags(rf"\{{\{{[<%][ ]*/[ ]*{token['code_name']}[ ]*[%>]\}}\}}", start)
        if kind == "liquid" and token["liquid_name"] in _MATHEMATICS:
            return self._between_tags(rf"\{{%-?[ ]*end{token['liquid_name']}[ ]*-?%\}}", start)
        return None

    def _with_label(self, span: Span) -> Span:
        label = _LABEL_BEHIND.match(self.text, span.after) if self.text.startswith("$$", span.end) else None
        return span if label is None else replace(span, after=label.end(), label=label[1] or label[2])

    def _closed_by(self, closing: str, start: int, length: int, *, display: bool) -> tuple[Span, bool] | None:
        if closing in self.unclosed:
            return None
        end = self.text.find(closing, start)
        if end < 0:
            self.unclosed.add(closing)
            return None
        return Span(start, end, end + length), display

    def _between_tags(self, closing: str, start: int) -> tuple[Span, bool] | None:
        """What a pair of tags encloses; None where it has delimiters of its own."""
        end = None if closing in self.unclosed else re.compile(closing).search(self.text, start)
        if end is None:
            self.unclosed.add(closing)
            return None
        delimited = _DELIMITED.search(self.text, start, end.start())
        return None if delimited else (Span(start, end.start(), end.end()), True)

    # --- what is passed over

    def _skip(self, token: re.Match[str]) -> int:
        """Where to go on after something that is no formula."""
        if token["comment"]:
            end = self.text.find("-->", token.end())
            mark = MARK.match(self.text, token.end(), max(end, token.end()))
            if mark is not None:
                self.source.comments.append((self.whole.offsets[token.start()], mark["said"]))
            return end + 3 if end >= 0 else token.end()
        if token["raw"]:
            return self._element_end(token["element"].lower(), token.end())
        if token["liquid"] and token["liquid_name"] in _CODE_TAGS:
            end = self.text.find("%}", self.text.find(f"end{token['liquid_name']}", token.end()))
            return end + 2 if end >= token.end() else token.end()
        if token["code"]:
            runs = self.code_runs.get(len(token[0]), [])
            after = bisect_left(runs, token.end())
            return runs[after] + len(token[0]) if after < len(runs) else token.end()
        if token["macro"]:
            return self.macros.define(self.whole, token.start()) or token.end()
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
        depth = self.quotes.get(self.source.place(body.offsets[0]).line, 0)
        if depth:
            body = body.sub(re.compile(rf"(?<=\n)(?:[ ]{{0,3}}>[ ]?){{1,{depth}}}"), lambda _: "")
        for comment in _COMMENT.finditer(body.text):
            self.source.comments.append((body.offsets[comment.start()], comment["said"]))
        return self._settled(body, span, display=display)

    def _settled(self, body: Mapped, span: Span, *, display: bool) -> Formula:
        """The formula whose text is `body`, without the escapes and the macros in it."""
        body = self.macros.settle(unescape(body.sub(_RAW_TAG, lambda _: "")))
        return Formula(body, display, label=span.label, problem=span.problem or self.macros.problem(body.text))


def _is_money(text: str, span: Span) -> bool:
    """``$5 and $6``: dollars of a formula stand close to it on both sides, or off it on both, and no digit follows."""
    if span.start == span.end or text[span.after : span.after + 1].isdigit():
        return True
    uneven = text[span.start].isspace() != text[span.end - 1].isspace()
    return uneven and _OF_MATHEMATICS.search(text, span.start, span.end) is None


def _parse(text: str) -> list[Token]:
    markdown = MarkdownIt("commonmark")
    if _FRONT_MATTER.match(text):
        markdown.use(front_matter_plugin)
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
        elif token.type == "fence" and (token.info.split() or [""])[0].lower() in _MATHEMATICS:
            first = starts[token.map[0] + 1]
            last = starts[token.map[1] - 1]
            closed = last >= first and text[last:end].strip(" >\t\n").startswith(token.markup)
            yield _fence(text, start, first, last if closed else end, end)
        elif token.type == "fence":
            language = (token.info.split() or [""])[0].lower()
            yield _Block(
                "code",
                start,
                end,
                language,
                Span(starts[token.map[0] + 1], max(starts[token.map[1] - 1], starts[token.map[0] + 1]), end),
            )
        elif token.type == "code_block" and not _IS_FORMULA.match(token.content):
            yield _Block("code", start, end, body=Span(start, end, end))
        elif token.type == "front_matter":
            yield _Block("front matter", start, end)


def _fence(text: str, start: int, first: int, last: int, end: int) -> _Block:
    """A fence of mathematics: a formula, or formulas with delimiters of their own."""
    if _PROGRAM.search(text, first, last):
        return _Block("code", start, end)
    label = ""
    while option := _OPTION.match(text, first, last):
        label, first = option[2].strip() if option[1] == "label" else label, option.end()
    kind = "text" if _DELIMITED.search(text, first, last) else "math"
    return _Block(kind, start, end, body=Span(first, last, end, label=label))


def _quotes(tokens: list[Token]) -> dict[int, int]:
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
#: ``\\left\\(``, which Markdown shows as ``\\left(``.
_SIZED_BRACKET = re.compile(r"(\\(?:left|right))\\(?=[()\[\]])")
_DOUBLED = re.compile(r"\\\\[A-Za-z]{2}")
_SINGLE = re.compile(r"(?<!\\)(?:\\\\)*+\\[A-Za-z]")


def unescape(body: Mapped) -> Mapped:
    r"""The LaTeX that `body` means, once the escapes that protect it from Markdown are undone.

    Whether ``\{`` is a brace of LaTeX or an escaped one cannot be seen from it alone: `body` is taken as it is when its
    braces balance, and otherwise after all escapes are undone. ``\_`` and ``\*`` have no use in a formula, so they are
    always undone, and ``\\\`` at the end of a line always ends a row.
    """
    body = drop_comments(body.sub(_ENTITY, lambda entity: html.unescape(entity[0]).replace("\xa0", " ")))
    body = body.sub(_ROW_END, lambda _: r"\\").sub(_SIZED_BRACKET, lambda bracket: bracket[1])
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
