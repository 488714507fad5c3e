"""Indices, and whether affine conditions on integers contradict each other.

Fourier's elimination: from a ≥ 0 with a positive multiple of x and b ≥ 0 with a negative one follows a combination without x.
A negative constant at the end is a contradiction. Dividing by the common divisor of the coefficients and rounding
the constant down uses that the variables are integers. The answer *yes* is a proof; *no* only means that none was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import NamedTuple

_MOST = 400


class Affine(NamedTuple):
    """An integer index such as ``k + 1`` or ``T - 1``: a constant plus whole multiples of named integers, by name.

    Names are index variables, the horizon letter of the document, and ``|label|`` for the size of an axis. It is a tuple, since nothing
    is hashed and compared as often.
    """

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(name: str, shift: int = 0) -> Affine:
        """A name alone, or with a number added."""
        return Affine(((name, 1),), shift)

    def __add__(self, other: Affine | int) -> Affine:  # type: ignore[override]
        if isinstance(other, int):
            return Affine(self.terms, self.constant + other)
        terms = collected((*self.terms, *other.terms)) if self.terms and other.terms else self.terms or other.terms
        return Affine(terms, self.constant + other.constant)

    def __sub__(self, other: Affine | int) -> Affine:
        return self + (-other if isinstance(other, int) else other.scaled(-1))

    def scaled(self, factor: int) -> Affine:
        """This index times a whole number."""
        return Affine(tuple([(name, factor * c) for name, c in self.terms if factor * c]), factor * self.constant)

    def names(self) -> frozenset[str]:
        """The names that stand in it."""
        return frozenset([name for name, _ in self.terms])

    def substitute(self, values: Mapping[str, Affine]) -> Affine:
        """This index with variables replaced by indices."""
        if not any(name in values for name, _ in self.terms):
            return self
        constant, terms = self.constant, []
        for name, c in self.terms:
            value = values.get(name)
            constant += 0 if value is None else c * value.constant
            terms += [(name, c)] if value is None else [(n, c * k) for n, k in value.terms]
        return Affine(collected(terms), constant)


def collected(terms: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The multiples of each name together, in order."""
    totals: dict[str, int] = {}
    for name, c in terms:
        totals[name] = totals.get(name, 0) + c
    return tuple(sorted((name, c) for name, c in totals.items() if c))


Facts = frozenset[Affine]


@dataclass(frozen=True)
class Condition:
    """A relation between two indices; `op` is one of = != < <= > >=."""

    op: str
    left: Affine
    right: Affine

    def names(self) -> frozenset[str]:
        """The names that stand in it."""
        return self.left.names() | self.right.names()

    def substitute(self, values: Mapping[str, Affine]) -> Condition:
        """The condition with variables replaced by indices."""
        return Condition(self.op, self.left.substitute(values), self.right.substitute(values))

    def ways(self) -> tuple[tuple[Affine, ...], ...]:
        """What is at least zero where it holds: one set of indices for each way in which it can."""
        rise = self.right - self.left
        fall = rise.scaled(-1)
        return {
            "=": ((rise, fall),),
            "!=": ((rise - 1,), (fall - 1,)),
            "<": ((rise - 1,),),
            "<=": ((rise,),),
            ">": ((fall - 1,),),
            ">=": ((fall,),),
        }[self.op]


OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


def equal(a: Affine, b: Affine) -> tuple[Affine, Affine]:
    """The two conditions that say a = b."""
    return a - b, b - a


@lru_cache(maxsize=1 << 13)
def contradictory(conditions: Facts) -> bool:
    """Whether no integers satisfy ``c ≥ 0`` for every c."""
    rows = {_tight(c.terms, c.constant) for c in conditions}
    while True:
        if any(not terms and constant < 0 for terms, constant in rows):
            return True
        rows = {row for row in rows if row[0]}
        if not rows or len(rows) > _MOST:
            return False
        rows = _fewer(rows)


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
    """The condition that ``condition ≥ 0`` fails: -condition - 1 ≥ 0, among integers."""
    return opposite(condition) - 1


@lru_cache(maxsize=1 << 14)
def _connected(condition: Affine, known: Facts) -> Facts:
    """Those conditions that share variables with the one in question, directly or through others."""
    names, rest = set(condition.names()), set(known)
    chosen: set[Affine] = set()
    while True:
        near = {c for c in rest if not c.terms or not names.isdisjoint(dict(c.terms))}
        if not near:
            return frozenset(chosen)
        chosen |= near
        rest -= near
        names.update(n for c in near for n, _ in c.terms)


#: A condition on its way to a contradiction: the parts of an index.
Row = tuple[tuple[tuple[str, int], ...], int]


def _tight(terms: tuple[tuple[str, int], ...], constant: int) -> Row:
    divisor = gcd(*[k for _, k in terms])
    if divisor <= 1:
        return terms, constant
    return tuple([(name, k // divisor) for name, k in terms]), constant // divisor


def _fewer(rows: set[Row]) -> set[Row]:
    """Conditions without those on what is bounded on one side only, where there are any; else without the variable that leaves fewest."""
    bounds: dict[str, tuple[list[tuple[Row, int]], list[tuple[Row, int]]]] = {}
    for row in rows:
        for name, k in row[0]:
            bounds.setdefault(name, ([], []))[k > 0].append((row, abs(k)))
    met = {row for above, below in bounds.values() if not (above and below) for row, _ in (*above, *below)}
    if met:
        return rows - met
    above, below = bounds[min(sorted(bounds), key=lambda name: len(bounds[name][0]) * len(bounds[name][1]))]
    made = {_together(a, n, b, m) for a, m in below for b, n in above}
    return made.union(rows.difference(row for row, _ in (*above, *below)))


def _together(a: Row, n: int, b: Row, m: int) -> Row:
    """n a + m b."""
    scaled = [(name, n * k) for name, k in a[0]] + [(name, m * k) for name, k in b[0]]
    return _tight(collected(scaled), n * a[1] + m * b[1])
