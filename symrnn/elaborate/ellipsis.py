"""Dots: the sum or the product that the terms around them are the beginning and the end of."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from symrnn.choices import Inadmissible
from symrnn.terms import (
    Add,
    Big,
    Ellipsis,
    Neg,
    Num,
    Sub,
    Sup,
    Sym,
    Term,
)


def unsigned(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else term


def whole_sum(term: Add) -> Big:
    """``L_0 + L_1 + ... + L_T``: the sum over the one place in which the terms differ."""
    position = next((n for n, t in enumerate(term.terms) if isinstance(t, Ellipsis)), None)
    if position is None:
        raise Inadmissible("an ellipsis that is subtracted")
    before, after = term.terms[:position], term.terms[position + 1 :]
    if len(after) != 1 or not before:
        raise Inadmissible("an ellipsis without a first and a last term")
    index = Sym("ellipsis", style="index")
    first, last = _differing(before[0], after[0])
    body = _generalised(before[0], after[0], index)
    for step, shown in enumerate(before[1:], start=1):
        if _differing(before[0], shown) != (first, _shifted(first, step)):
            raise Inadmissible("the terms around the ellipsis do not follow a pattern")
    return Big("sum", index, first, last, (), body)


def _shifted(index: Term, by: int) -> Term:
    if isinstance(index, Num):
        return Num(index.value + by)
    return Add((index, Num(Fraction(by))))


def _differing(a: Term, b: Term) -> tuple[Term, Term]:
    """The two subterms in which two terms differ. Raises Inadmissible if they differ in more than one way."""
    pairs = set(_differences(a, b))
    if len(pairs) != 1:
        raise Inadmissible("the terms around the ellipsis do not follow a pattern")
    return pairs.pop()


def _differences(a: Any, b: Any) -> Iterator[tuple[Term, Term]]:
    if a == b:
        return
    if (type(a) is type(b) and isinstance(a, Sub) and a.base == b.base and len(a.indices) == len(b.indices)) or (
        type(a) is type(b) and isinstance(a, Sup) and a.base == b.base and len(a.indices) == len(b.indices)
    ):
        yield from ((x, y) for x, y in zip(a.indices, b.indices, strict=True) if x != y)
    elif type(a) is type(b) and isinstance(a, Term):
        for field in type(a).__dataclass_fields__:
            yield from _differences(getattr(a, field), getattr(b, field))
    elif isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        for x, y in zip(a, b, strict=True):
            yield from _differences(x, y)
    else:
        raise Inadmissible("the terms around the ellipsis do not follow a pattern")


def _generalised(a: Any, b: Any, index: Term) -> Any:
    """`a` with `index` where it differs from `b`."""
    if a == b:
        return a
    if isinstance(a, (Sub, Sup)) and a.base == b.base:
        return type(a)(a.base, tuple(x if x == y else index for x, y in zip(a.indices, b.indices, strict=True)))
    if isinstance(a, Term):
        return type(a)(*(_generalised(getattr(a, f), getattr(b, f), index) for f in type(a).__dataclass_fields__))
    return tuple(_generalised(x, y, index) for x, y in zip(a, b, strict=True))
