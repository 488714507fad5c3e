"""LaTeX to terms, and terms to LaTeX or to one line of Unicode."""

from symrnn.latex.plain import unicode, unicode_relation
from symrnn.latex.printer import latex, latex_relation
from symrnn.latex.reader import Chain, Unreadable, read_row, read_term

__all__ = ["Chain", "Unreadable", "latex", "latex_relation", "read_row", "read_term", "unicode", "unicode_relation"]
