"""Pieces of a document -> its statements."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

from symrnn.language.errors import InputError
from symrnn.language.terms import Term
from symrnn.reading.document import markdown, tex
from symrnn.reading.document.joints import with_written_signs
from symrnn.reading.document.records import Document, Statement
from symrnn.reading.document.source import Source
from symrnn.reading.document.statements import Collector
from symrnn.reading.letters import habits_of, respelled
from symrnn.reading.repeated import uses_convention, with_sums

#: The largest file that is read, in bytes.
LARGEST_FILE = 5_000_000

Format = Literal["markdown", "tex"]
_FORMATS: dict[str, Format] = {".md": "markdown", ".markdown": "markdown", ".tex": "tex"}
_BY_CONTENT = ("", ".txt")


def read_document(path: Path | str) -> Document:
    r"""The statements of a Markdown or TeX file.

    A ``.txt`` file is TeX when it has ``\documentclass`` or ``\begin{document}``.

    Raises:
        InputError: the file is missing, no text, too large or of another kind, or see `read_text`.
    """
    path = Path(path)
    data = _bytes(path)
    text = _decoded(data, str(path))
    return replace(read_text(text, str(path), _format(path, text)), digest=hashlib.sha256(data).hexdigest())


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: is a directory; name a Markdown or TeX file in it")
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(f"{path}: has {size:,} bytes, the limit is {LARGEST_FILE:,}; split it into smaller files")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); check the path and its permissions") from None


def _decoded(data: bytes, name: str) -> str:
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(f"{name}: is a binary file (a zero byte at offset {zero:,}); give Markdown or TeX text")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"byte 0x{data[error.start]:02x} at offset {error.start:,}"
        raise InputError(f"{name}:{line}: is not UTF-8 ({where}); save the file as UTF-8") from None


def _format(path: Path, text: str) -> Format:
    suffix = path.suffix.lower()
    if suffix in _BY_CONTENT:
        return "tex" if "\\documentclass" in text or "\\begin{document}" in text else "markdown"
    if suffix not in _FORMATS:
        raise InputError(f"{path}: files {suffix} are not supported; give .md, .markdown, .tex or .txt")
    return _FORMATS[suffix]


def read_text(text: str, name: str, format: Format) -> Document:
    """The statements of `text`; `name` is used in places and messages.

    Raises:
        InputError: a formula is never closed, nests too deep or has a sum of too many terms, or there is no equation.
    """
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = Source(name, text)
    language = tex if format == "tex" else markdown
    collector = Collector(source)
    for piece in with_written_signs(language.pieces(source)):
        collector.add(piece)
    if not collector.statements:
        how = r"mathematics is written $...$, $$...$$, \(...\), \[...\] or as an environment such as align"
        raise InputError(f"no equation found in {name}; {how}")
    document = Document(
        name=name,
        digest=digest,
        title=language.title(text) or name,
        statements=tuple(_labelled(collector.statements)),
        expressions=tuple(collector.expressions),
        sections=tuple(collector.sections),
    )
    return _respelled(document, " ".join(collector.prose))


def _respelled(document: Document, prose: str) -> Document:
    """The document with the letters, and the sums over repeated indices, that its habits of writing make."""
    relations = [s.relation for s in document.statements if s.relation is not None]
    habits = habits_of(relations, [e.term for e in document.expressions])
    sums = uses_convention(relations, prose)

    def of(term: Term) -> Term:
        return respelled(term, habits)

    def statement(old: Statement) -> Statement:
        found, before = old.relation, old.previous
        relation = None if found is None else replace(found, left=of(found.left), right=of(found.right))
        relation = with_sums(relation) if sums and relation is not None else relation
        return replace(old, relation=relation, previous=None if before is None else of(before))

    expressions = tuple(replace(e, term=of(e.term)) for e in document.expressions)
    return replace(document, statements=tuple(map(statement, document.statements)), expressions=expressions)


def _labelled(statements: list[Statement]) -> list[Statement]:
    """`statements` with their ids, and with labels that are unique.

    The first statement of a row keeps the row's tag; a further one gets a suffix that no tag of the document has.
    """
    given = {statement.label for statement in statements}
    uses: Counter[str] = Counter()
    labelled = []
    for number, statement in enumerate(statements, 1):
        base = statement.label or f"L{statement.place.line}"
        uses[base] += 1
        label = base if uses[base] == 1 else f"{base}.{uses[base]}"
        while label != base and (label in given or uses[label]):
            uses[base] += 1
            label = f"{base}.{uses[base]}"
        uses[label] += label != base
        labelled.append(replace(statement, id=f"s{number}", label=label))
    return labelled
