"""What a formula is made of: its letters, terms and factors, the cells of a stack; and a formula made of such parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symrnn.language.terms import Add, Mul, Neg, Stack, Sym, Term, walk


def cells_of(term: Term) -> tuple[Term, ...]:
    """The cells of a row or a column; none of any other formula."""
    rows = term.rows if isinstance(term, Stack) else ()
    return rows[0] if len(rows) == 1 else tuple(row[0] for row in rows if len(row) == 1)


def column_of(cells: Iterable[Term]) -> Stack:
    """Quantities below each other, as one."""
    return Stack(tuple((cell,) for cell in cells))


def contains(term: Term, kind: Any) -> bool:
    """Whether something of a kind stands in a term, or is it."""
    return any(isinstance(node, kind) for _, node in walk(term))


def factors_of(term: Term) -> tuple[Term, ...]:
    """The factors of a product; a formula that is none alone."""
    return term.factors if isinstance(term, Mul) else (term,)


def letters_in(term: Term | None) -> frozenset[str]:
    """The letters anywhere in a term."""
    return frozenset() if term is None else frozenset(node.name for _, node in walk(term) if isinstance(node, Sym))


def product_of(factors: Sequence[Term]) -> Term:
    """The product of some factors; one alone is none."""
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def terms_of(term: Term) -> tuple[Term, ...]:
    """The terms of a sum; a formula that is none alone."""
    return term.terms if isinstance(term, Add) else (term,)


def unsigned(term: Term) -> Term:
    """A formula without its minus sign."""
    return term.term if isinstance(term, Neg) else term
