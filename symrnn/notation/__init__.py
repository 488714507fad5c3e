"""LaTeX to terms, and terms to LaTeX or to one line of Unicode."""

from symrnn.notation.plain import unicode, unicode_relation
from symrnn.notation.printer import latex, latex_relation
from symrnn.notation.reader import read_row, read_term
from symrnn.notation.rows import Chain
from symrnn.notation.unreadable import Unreadable

__all__ = ["Chain", "Unreadable", "latex", "latex_relation", "read_row", "read_term", "unicode", "unicode_relation"]
