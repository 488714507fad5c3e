"""Whether affine conditions on integers contradict each other.

Fourier's elimination: from a ≥ 0 with a positive multiple of x and b ≥ 0 with a negative one follows a combination without x.
A negative constant at the end is a contradiction. Dividing by the common divisor of the coefficients and rounding
the constant down uses that the variables are integers. The answer *yes* is a proof; *no* only means that none was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd
from operator import index

from symrnn.language.tensors import Affine

_MOST = 400


@lru_cache(maxsize=200_000)
def contradictory(conditions: frozenset[Affine]) -> bool:
    """Whether no integers satisfy ``c ≥ 0`` for every c."""
    rows = {_tight(c + Affine()) for c in conditions}  # collected, so that each variable stands once
    while True:
        if any(not c.terms and c.constant < 0 for c in rows):
            return True
        rows = {c for c in rows if c.terms}
        if not rows or len(rows) > _MOST:
            return False
        rows = _without(_cheapest(rows), rows)


def follows(condition: Affine, known: Iterable[Affine]) -> bool:
    """Whether ``condition ≥ 0`` wherever all of `known` hold."""
    if not condition.terms:
        return condition.constant >= 0
    if condition in known:
        return True
    return contradictory(_connected(condition, frozenset(known)) | {negated(condition)})


@lru_cache(maxsize=20_000)
def opposite(condition: Affine) -> Affine:
    """Minus an index: together with the condition itself, ``opposite ≥ 0`` says that it is zero."""
    return condition.scaled(-1)


def negated(condition: Affine) -> Affine:
    """The condition that ``condition ≥ 0`` fails: -condition - 1 ≥ 0, among integers. Raises TypeError where a number is none."""
    for number in (condition.constant, *(k for _, k in condition.terms)):
        index(number)
    return opposite(condition) - 1


@lru_cache(maxsize=50_000)
def _connected(condition: Affine, known: frozenset[Affine]) -> frozenset[Affine]:
    """Those conditions that share variables with the one in question, directly or through others."""
    names, rest = set(condition.names()), set(known)
    chosen: set[Affine] = set()
    while True:
        near = {c for c in rest if not c.terms or any(n in names for n, _ in c.terms)}
        if not near:
            return frozenset(chosen)
        chosen |= near
        rest -= near
        names.update(n for c in near for n, _ in c.terms)


def _tight(c: Affine) -> Affine:
    divisor = gcd(*(k for _, k in c.terms))
    if divisor <= 1:
        return c
    return Affine(tuple((name, k // divisor) for name, k in c.terms), c.constant // divisor)


def _cheapest(rows: set[Affine]) -> str:
    """The variable whose elimination leaves the fewest conditions."""
    signs: dict[str, list[int]] = {}
    for row in rows:
        for name, k in row.terms:
            signs.setdefault(name, [0, 0])[k > 0] += 1
    return min(sorted(signs), key=lambda name: signs[name][0] * signs[name][1])


def _without(name: str, rows: set[Affine]) -> set[Affine]:
    positive, negative, result = [], [], set()
    for row in rows:
        k = dict(row.terms).get(name, 0)
        if k > 0:
            positive.append((row, k))
        elif k < 0:
            negative.append((row, -k))
        else:
            result.add(row)
    result.update(_tight(a.scaled(n) + b.scaled(m)) for a, m in positive for b, n in negative)
    return result
