"""A Markdown or TeX file -> its statements, with their places."""

from symrnn.reading.document.files import LARGEST_FILE
from symrnn.reading.document.reader import SUFFIXES, Format, read_document, read_stream, read_text
from symrnn.reading.document.records import Document, Expression, Place, Problem, Statement

__all__ = [
    "LARGEST_FILE", "SUFFIXES", "Document", "Expression", "Format", "Place", "Problem", "Statement", "read_document",
    "read_stream", "read_text",
]  # fmt: skip
