"""Pieces of a document -> its statements."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Literal

from symrnn.language.errors import InputError, NoEquation
from symrnn.reading.document import markdown, notebook, tex
from symrnn.reading.document.directives import Declaration, directives, layout_said, measure_said, with_declared, written
from symrnn.reading.document.files import decoded, normalized, read_bytes
from symrnn.reading.document.glued import with_equations_apart
from symrnn.reading.document.includes import Includes
from symrnn.reading.document.joints import with_written_signs
from symrnn.reading.document.meant import as_meant
from symrnn.reading.document.plain_text import with_equations
from symrnn.reading.document.records import Directive, Document, Statement
from symrnn.reading.document.source import Source
from symrnn.reading.document.statements import Collector

Format = Literal["markdown", "tex", "notebook"]
#: How the text of a file is read, by its ending.
FORMATS: dict[str, Format] = {
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".mkd": "markdown", ".mdx": "markdown",
    ".qmd": "markdown", ".rmd": "markdown", ".tex": "tex", ".ltx": "tex", ".ipynb": "notebook",
}  # fmt: skip
_BY_CONTENT = ("", ".txt")
#: The files of a directory that are read.
SUFFIXES = frozenset(FORMATS)
_LANGUAGES: dict[Format, ModuleType] = {"markdown": markdown, "tex": tex, "notebook": notebook}


def read_document(
    path: Path | str, declared: Sequence[Declaration] = (), texts: Mapping[Path, bytes] | None = None, *, typed: bool = True
) -> Document:
    r"""The statements of a Markdown file, a notebook or a TeX file, and of the TeX files that this one reads in.

    A ``.txt`` file is TeX when it has ``\documentclass`` or ``\begin{document}``. `declared` is declared beside the file.
    Without a formula in LaTeX it is read for equations in plain text, unless not `typed`.
    `texts` has what files, by their resolved paths, are taken to hold.

    Raises:
        InputError: the file is missing, no text, too large or of another kind, or see `read_text`.
    """
    path = Path(path)
    texts = texts or {}
    data = texts.get(path.resolve()) if texts else None
    return _read_bytes(read_bytes(path) if data is None else data, path, str(path), declared, texts, typed=typed)


def files_read_in(path: Path, texts: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """The files that a TeX file reads in, however deep. Raises InputError, as `read_document` does."""
    data = texts.get(path.resolve())
    source = Source(str(path), decoded(read_bytes(path) if data is None else data, str(path)))
    includes = Includes(source, path, texts=texts)
    tex.with_its_files(source, includes)
    return tuple(includes.read)


def read_file(path: Path | str) -> str:
    """The text of a file as places in it are counted. Raises InputError, as `read_document` does."""
    return decoded(read_bytes(Path(path)), str(path))


def read_stream(data: bytes, name: str, declared: Sequence[Declaration] = ()) -> Document:
    """The statements of a text that comes without a file, as that of a file of this name would be read, beside the files there.

    Raises:
        InputError: as for `read_document`.
    """
    return _read_bytes(data, Path(name), name, declared, {})


def _read_bytes(
    data: bytes, path: Path, name: str, declared: Sequence[Declaration], texts: Mapping[Path, bytes], *, typed: bool = True
) -> Document:
    text = decoded(data, name)
    return _read(Source(name, text), _format(path, text), path, data, declared, texts, typed=typed)


def _format(path: Path, text: str) -> Format:
    suffix = path.suffix.lower()
    if suffix in _BY_CONTENT:
        return "tex" if "\\documentclass" in text or "\\begin{document}" in text else "markdown"
    if suffix not in FORMATS:
        raise InputError(f"{path}: files {suffix} are not supported; give .md, .qmd, .tex, .ipynb or .txt")
    return FORMATS[suffix]


def read_text(text: str, name: str, format: Format) -> Document:
    """The statements of `text`; `name` is used in places and messages. No other file is read.

    Raises:
        InputError: there is no equation, or more of them than are read.
    """
    return _read(Source(name, normalized(text)), format, None, text.encode(errors="surrogatepass"))


def _read(
    source: Source,
    format: Format,
    path: Path | None,
    data: bytes,
    declared: Sequence[Declaration] = (),
    texts: Mapping[Path, bytes] | None = None,
    *,
    typed: bool = True,
) -> Document:
    includes = Includes(source, path, texts=texts or {})
    collector = Collector(source)
    language = _LANGUAGES[format]
    pieces = tex.pieces(source, includes) if format == "tex" else language.pieces(source)
    for piece in with_written_signs(pieces):
        collector.add(piece)
    if not collector.statements and format != "tex" and typed:
        source = Source(source.name, source.text)
        collector = Collector(source)
        for piece in with_equations(language.pieces(source)):
            collector.add(piece)
    if not collector.statements:
        how = (
            r"mathematics is written $...$, $$...$$, \(...\), \[...\], as an environment such as align, or typed: dL/dW = a_t h_t^T"
        )
        how += f"; symrnn code {source.name} judges its code" if collector.has_backward_code else ""
        raise NoEquation(f"no equation found in {source.name}; {how}")
    said = [
        *written(source.comments, source),
        *collector.said,
        *layout_said(collector.prose, source),
        *measure_said(collector.prose, source),
    ]
    found = [*_everywhere(declared), *directives(said, collector.statements)]
    statements, found = with_declared(collector.statements, found)
    document = Document(
        name=source.name,
        digest=hashlib.sha256(b"".join([data, *includes.data])).hexdigest(),
        title=language.title(source.text) or source.name,
        statements=tuple(_labelled(with_equations_apart(statements))),
        expressions=tuple(collector.expressions),
        sections=tuple(collector.sections),
        included=tuple(includes.read),
        remarks=tuple(includes.missing),
        directives=tuple(found),
        dependent=frozenset(collector.dependences.letters),
        has_backward_code=collector.has_backward_code,
    )
    return as_meant(document, " ".join(text for _, text in collector.prose), collector.opens_sigma)


def _everywhere(declared: Sequence[Declaration]) -> list[Directive]:
    """What is declared beside a document, as its first directives."""
    return [replace(directive, everywhere=True) for directive in directives(declared, ())]


def _labelled(statements: Sequence[Statement]) -> list[Statement]:
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
