"""A Markdown or TeX file -> its statements, with their places."""

from symrnn.reading.document.directives import ONE_HOT, Said, quantity_named, refused
from symrnn.reading.document.files import LARGEST_FILE
from symrnn.reading.document.reader import SUFFIXES, Format, read_document, read_file, read_stream, read_text
from symrnn.reading.document.records import Directive, Document, Expression, Origin, Place, Problem, Statement

__all__ = [
    "LARGEST_FILE",
    "ONE_HOT",
    "SUFFIXES",
    "Directive",
    "Document",
    "Expression",
    "Format",
    "Origin",
    "Place",
    "Problem",
    "Said",
    "Statement",
    "quantity_named",
    "read_document",
    "read_file",
    "read_stream",
    "read_text",
    "refused",
]  # fmt: skip
