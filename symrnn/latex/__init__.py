"""LaTeX to terms, and terms to LaTeX or to one line of Unicode."""

from symrnn.latex.plain import unicode, unicode_relation
from symrnn.latex.printer import latex, latex_relation
from symrnn.latex.reader import read_row, read_term
from symrnn.latex.rows import Chain
from symrnn.latex.unreadable import Unreadable

__all__ = ["Chain", "Unreadable", "latex", "latex_relation", "read_row", "read_term", "unicode", "unicode_relation"]
