"""What a formula is made of: its letters, terms and factors, the cells of a stack; and a formula made of such parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symrnn.language.terms import Add, Hadamard, Mul, Neg, Num, Pow, Stack, Sym, Term, walk

ONE, TWO = Num(Fraction(1)), Num(Fraction(2))


def cells_of(term: Term) -> tuple[Term, ...]:
    """The cells of a row or a column; none of any other formula."""
    rows = term.rows if isinstance(term, Stack) else ()
    return rows[0] if len(rows) == 1 else tuple(row[0] for row in rows if len(row) == 1)


def column_of(cells: Iterable[Term]) -> Stack:
    """Quantities below each other, as one."""
    return Stack(tuple((cell,) for cell in cells))


def complement(term: Term) -> Term:
    """``1 - z`` of z, and z of ``1 - z``."""
    return taken_from_one(term) or Add((ONE, Neg(term)))


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


def slopes_in(node: Term) -> Iterator[tuple[Term, Term, str]]:
    """What a term is, or has among its factors, as a derivative in the value of its function: ``1 - h^2``, ``h (1 - h)``.

    With the value, and the name of the function.
    """
    power = taken_from_one(node)
    if isinstance(power, Pow) and power.exponent == TWO:
        yield node, power.base, "tanh"
    if not isinstance(node, (Hadamard, Mul)):
        return
    for value in node.factors:
        rest = Add((ONE, Neg(value)))
        if rest in node.factors:
            yield replace(node, factors=(value, rest)), value, "sigma"


def taken_from_one(term: Term) -> Term | None:
    """The z of ``1 - z``; None of any other formula."""
    one, rest = term.terms if isinstance(term, Add) and len(term.terms) == 2 else (term, term)
    return rest.term if one == ONE and isinstance(rest, Neg) else None


def terms_of(term: Term) -> tuple[Term, ...]:
    """The terms of a sum; a formula that is none alone."""
    return term.terms if isinstance(term, Add) else (term,)


def unsigned(term: Term) -> Term:
    """A formula without its minus sign."""
    return term.term if isinstance(term, Neg) else term
