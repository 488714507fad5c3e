"""A page -> Markdown for the author's own notes: formulas between dollar signs, as GitHub, Obsidian and Pandoc typeset them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symrnn.judging.verdict import VERDICTS
from symrnn.showing.report.page import QUOTED_SIGN, Block, CodeBlock, Display, Entry, Inline, Link, Math, Page, Prose, Section

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_SIGNS = {word: kind.sign for word, kind in VERDICTS.items()} | {"quoted": QUOTED_SIGN}


def render(page: Page) -> str:
    """The page as Markdown; pictures, tables and proofs for every length are in the other formats only."""
    parts = [f"# {escaped(page.title)}", escaped(page.subtitle), *map(_prose, page.introduction)]
    for section in page.sections:
        parts += _section(section)
    parts += [f"{escaped(name)}: `{value}`" for name, value in page.colophon[-1:]]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Text that no Markdown can take for markup."""
    return " ".join(_MARKUP.sub(r"\\\1", text).split())


def _section(section: Section) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    yield from map(_prose, section.text)
    for entry in section.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    yield _prose(entry.before)
    yield _equation(entry.equation, entry.label)
    verdict = f"{_SIGNS[entry.word]} {entry.word}"
    under = [f"{note.name} {_block(block)}".strip() for note in entry.notes for block in note.blocks if note.kind == "given"]
    yield ", ".join([verdict, *under])
    yield _prose(entry.reason)


def _equation(equation: Display, label: str = "") -> str:
    if not equation.typeset:
        return f"```\n{equation.latex}\n```"
    number = f" \\tag{{{label}}}" if label else ""
    return f"$$\n{equation.latex}{number}\n$$"


def _block(block: Block) -> str:
    if isinstance(block, Display):
        return _equation(block)
    if isinstance(block, CodeBlock):
        return f"`{block.text}`"
    return _prose(block)


def _prose(parts: Prose) -> str:
    return "".join(map(_inline, parts))


def _inline(part: Inline) -> str:
    if isinstance(part, Math):
        return f"${part.latex}$"
    text = _MARKUP.sub(r"\\\1", part.text)
    return f"({text})" if isinstance(part, Link) else text
