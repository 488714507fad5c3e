"""Arrays with a label on every axis: products in which equal labels run together, as in Einstein's notation."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from symrnn.deciding.algebras.base import Algebra, Array

Labels = tuple[int, ...]


@dataclass(frozen=True)
class Labelled:
    """An array, and the label of each of its axes; no label stands twice."""

    array: Array
    labels: Labels

    def ordered(self, labels: Labels) -> Array:
        """The array with its axes in the order of `labels`."""
        return self.array.transpose([self.labels.index(label) for label in labels])


def scalar(algebra: Algebra, value: Fraction = Fraction(1)) -> Labelled:
    """A number as an array without axes."""
    return Labelled(algebra.full(value, ()), ())


def contracted(algebra: Algebra, factors: Iterable[Labelled], keep: Collection[int]) -> Labelled:
    """The product of all factors, summed over every label that is not kept; pairs with the smallest results go first."""
    left = list(factors) or [scalar(algebra)]
    while len(left) > 1:
        a, b = min(_pairs(left), key=lambda pair: _size(left, pair[0], pair[1], keep))
        product = _product(algebra, left[a], left[b], _needed(left, a, b, keep))
        left = [f for n, f in enumerate(left) if n not in (a, b)] + [product]
    return _summed(algebra, left[0], set(left[0].labels) - set(keep))


def _pairs(factors: list[Labelled]) -> Iterable[tuple[int, int]]:
    every = [(a, b) for a in range(len(factors)) for b in range(a + 1, len(factors))]
    return [(a, b) for a, b in every if not set(factors[a].labels).isdisjoint(factors[b].labels)] or every[:1]


def _needed(factors: list[Labelled], a: int, b: int, keep: Collection[int]) -> set[int]:
    """The labels of a product of two factors that something else still needs."""
    return set(keep).union(*(f.labels for n, f in enumerate(factors) if n not in (a, b)))


def _size(factors: list[Labelled], a: int, b: int, keep: Collection[int]) -> int:
    needed = _needed(factors, a, b, keep)
    sizes = {label: n for f in (factors[a], factors[b]) for label, n in zip(f.labels, f.array.shape, strict=True)}
    return prod(n for label, n in sizes.items() if label in needed)


def _product(algebra: Algebra, a: Labelled, b: Labelled, needed: set[int]) -> Labelled:
    common = set(a.labels) & set(b.labels)
    a = _summed(algebra, a, set(a.labels) - needed - common)
    b = _summed(algebra, b, set(b.labels) - needed - common)
    if common & needed:
        return _elementwise(algebra, a, b, common - needed)
    shared = tuple(sorted(common))
    own_a, own_b = (tuple(label for label in f.labels if label not in common) for f in (a, b))
    array = algebra.contract(a.ordered((*own_a, *shared)), b.ordered((*shared, *own_b)), len(shared))
    return Labelled(array, (*own_a, *own_b))


def _elementwise(algebra: Algebra, a: Labelled, b: Labelled, gone: set[int]) -> Labelled:
    """A product in which a common label stays."""
    labels = (*a.labels, *(label for label in b.labels if label not in a.labels))
    spread = [f.ordered(tuple(n for n in labels if n in f.labels)) for f in (a, b)]
    wide = [
        x[tuple(slice(None) if label in f.labels else np.newaxis for label in labels)] for x, f in zip(spread, (a, b), strict=True)
    ]
    return _summed(algebra, Labelled(algebra.multiply(*wide), labels), gone)


def _summed(algebra: Algebra, a: Labelled, gone: set[int]) -> Labelled:
    if not gone:
        return a
    kept = tuple(label for label in a.labels if label not in gone)
    array = a.ordered((*kept, *(label for label in a.labels if label in gone)))
    ones = algebra.full(Fraction(1), array.shape[len(kept) :])
    return Labelled(algebra.contract(array, ones, len(gone)), kept)
