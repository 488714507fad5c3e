"""The quantities that a formula mentions."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.lexicon import Lexicon, Occurrence
from symrnn.terms import (
    Apply,
    Big,
    Neg,
    Sub,
    Sup,
    Term,
)


def positive(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else term


def outermost(term: Term, lexicon: Lexicon) -> Iterator[Occurrence]:
    """Every quantity that a term mentions, once for each place, without the letters of its subscripts."""
    if isinstance(term, Apply):
        yield from outermost(term.argument, lexicon)
        return
    if isinstance(term, Big):
        yield from outermost(term.body, lexicon)
        return
    occurrence = lexicon.occurrence(term)
    if occurrence is not None:
        yield occurrence
        return
    if isinstance(term, (Sub, Sup)):
        yield from outermost(term.base, lexicon)
        return
    for field in type(term).__dataclass_fields__:
        yield from _outermost_in(getattr(term, field), lexicon)


def _outermost_in(value: object, lexicon: Lexicon) -> Iterator[Occurrence]:
    if isinstance(value, Term):
        yield from outermost(value, lexicon)
    elif isinstance(value, tuple):
        for item in value:
            yield from _outermost_in(item, lexicon)
