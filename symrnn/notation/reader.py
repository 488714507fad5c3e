r"""LaTeX -> terms, exactly as the author wrote them.

A row of mathematics is read in five steps, each in a module of its own: `pieces` cuts the source into pieces and drops
what has no meaning; `brackets` pairs the brackets; `rows` cuts at relation signs and separators; `tokens` turns the
pieces of one expression into the tokens of ``grammar.lark``, with `arguments` for where arguments end, and takes the
decisions that need context (is ``^T`` a transpose, is ``\frac`` a derivative, is ``f`` followed by a bracket); `build`
makes terms while the LALR parser of `parsing` runs, so there is never a parse tree.
"""

from __future__ import annotations

from functools import lru_cache

from symrnn.language.terms import Term
from symrnn.notation.brackets import matched, trimmed
from symrnn.notation.parsing import read_range
from symrnn.notation.rows import Chain, CutRow


@lru_cache(maxsize=1 << 12)
def read_row(source: str) -> tuple[Chain, ...]:
    r"""The chains of one row of mathematics, a remark right behind the chain it stands in.

    Between two edits of a document, most rows are what they were; they are kept.

    Raises:
        Unreadable: the row holds something that is not read.
    """
    pieces = matched(source)
    return tuple(CutRow(source, pieces).chains(0, len(pieces), remark=False))


def read_term(source: str) -> Term:
    r"""The one expression that `source` is.

    Raises:
        Unreadable: it is not a single expression, or holds something that is not read.
    """
    pieces = matched(source)
    start, stop = trimmed(pieces, 0, len(pieces))
    return read_range(source, pieces, start, stop)
