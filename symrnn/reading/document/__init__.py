"""A Markdown or TeX file -> its statements, with their places."""

from symrnn.reading.document.directives import ONE_HOT, Declaration, makes_a_row, quantity_named, refused, without
from symrnn.reading.document.files import LARGEST_FILE
from symrnn.reading.document.mains import main_of
from symrnn.reading.document.reader import SUFFIXES, Format, read_document, read_file, read_stream, read_text
from symrnn.reading.document.records import Directive, Document, Expression, Origin, Place, Problem, Statement

__all__ = [
    "LARGEST_FILE",
    "ONE_HOT",
    "SUFFIXES",
    "Declaration",
    "Directive",
    "Document",
    "Expression",
    "Format",
    "Origin",
    "Place",
    "Problem",
    "Statement",
    "main_of",
    "makes_a_row",
    "quantity_named",
    "read_document",
    "read_file",
    "read_stream",
    "read_text",
    "refused",
    "without",
]  # fmt: skip
