"""Indexed sums of products of entries: the language in which statements about every length and every size are proven.

A *term* is ``c · Σ_v [W] · Π e^n``: a rational number, integer variables that are summed over all integers, a bracket that is
1 where every condition of W holds and 0 elsewhere, and powers of *entries* (components of tensor expressions at symbolic
indices). Time steps and components are integers alike: ``Σ_{k=1}^{i} W_{ab} h_{k-1,b}`` has the variables k and b and the
conditions 1 ≤ k, k ≤ i, 1 ≤ b, b ≤ |hidden|. A *sum* is a tuple of terms. Brackets make an exchange of summations, a
split-off term, a Kronecker delta and a case distinction the same few operations.

Variables start with ``~``. No binder inside a tensor does, so that substitution never captures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from symrnn.proving.kernel.indices import Affine, Facts, contradictory
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.terms import Interned, Shape, Tensor, instantiate, size_of

VARIABLE = "~"

Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Entry(metaclass=Interned):
    """One component of a tensor: `at` has an index for every axis of `node`. Raises Refused where it has not."""

    node: Tensor
    at: tuple[Affine, ...]

    def __post_init__(self) -> None:
        if len(self.at) != len(self.node.shape):
            raise Refused("ill-typed: an entry needs one index for each axis")

    def __reduce__(self) -> tuple[Any, ...]:
        return Entry, (self.node, self.at)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that stands in it, those of the horizon and of sizes included."""
        return self.node.free.union(n for i in self.at for n, _ in i.terms)

    def substitute(self, values: Mapping[str, Affine]) -> Entry:
        """The entry with variables replaced."""
        if self.names.isdisjoint(values):
            return self
        return Entry(instantiate(self.node, values), tuple(_at(i, values) for i in self.at))

    @cached_property
    def order(self) -> tuple[Any, ...]:
        """A key for sorting the factors of a term, the same in every run."""
        return (written_out(self.node), *((i.terms, i.constant) for i in self.at))


@lru_cache(maxsize=1 << 13)
def written_out(node: Tensor) -> str:
    """A text that tells a tensor from every other one."""
    return repr(node)


@dataclass(frozen=True)
class Term:
    """``coefficient · Σ_bound [every condition ≥ 0] · Π entry^power``; made by `term`, which keeps it in order."""

    coefficient: Fraction
    factors: tuple[tuple[Entry, int], ...]
    where: Facts
    bound: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Every name that stands in it."""
        return self.bound.union(*(e.names for e, _ in self.factors), (n for c in self.where for n, _ in c.terms))

    @property
    def divisors(self) -> frozenset[Entry]:
        """What it divides by."""
        return frozenset(e for e, n in self.factors if n < 0)

    @cached_property
    def _hash(self) -> int:
        return hash((self.coefficient, self.factors, self.where, self.bound))

    def __hash__(self) -> int:
        return self._hash

    def substitute(self, values: Mapping[str, Affine]) -> Term:
        """The term with variables replaced; a bound one that is replaced is no longer bound."""
        factors = ((e.substitute(values), n) for e, n in self.factors)
        where = (_at(c, values) for c in self.where)
        return term(self.coefficient, factors, where, self.bound - values.keys())

    def times(self, other: Term) -> Term:
        """The product; the bound variables of the two must differ."""
        where, bound = _united(self.where, other.where), _united(self.bound, other.bound)
        return term(self.coefficient * other.coefficient, self.factors + other.factors, where, bound)

    def scaled(self, factor: Fraction | int) -> Term:
        """A multiple of the term."""
        return Term(self.coefficient * factor, self.factors, self.where, self.bound)

    def is_like(self, other: Term) -> bool:
        """Whether it differs from another term in its coefficient at most."""
        return (self.factors, self.where, self.bound) == (other.factors, other.where, other.bound)

    def within(self, conditions: Iterable[Affine]) -> Term:
        """The term restricted to where further conditions hold."""
        return term(self.coefficient, self.factors, self.where.union(conditions), self.bound)


Sum = tuple[Term, ...]


def term(
    coefficient: Fraction | int,
    factors: Iterable[tuple[Entry, int]] = (),
    where: Iterable[Affine] = (),
    bound: Iterable[str] = (),
) -> Term:
    """A term with equal factors collected and sorted, and conditions such as 3 ≥ 0 left out."""
    powers: dict[Entry, int] = {}
    for entry, power in factors:
        powers[entry] = powers.get(entry, 0) + power
    kept = [pair for pair in powers.items() if pair[1]]
    if len(kept) > 1:
        kept.sort(key=lambda pair: pair[0].order)
    where = where if isinstance(where, frozenset) else frozenset(where)
    if any(not c.terms and c.constant >= 0 for c in where):
        where = frozenset([c for c in where if c.terms or c.constant < 0])
    coefficient = coefficient if isinstance(coefficient, Fraction) else Fraction(coefficient)
    return Term(coefficient, tuple(kept), where, frozenset(bound))


def _united(own: frozenset[Item], other: frozenset[Item]) -> frozenset[Item]:
    """All that is in either set; one of them as it is, where the other one adds nothing: the terms of a proof share what they have."""
    return own if other <= own else other if not own else own | other


def entry_term(entry: Entry) -> Term:
    """The term that is one entry."""
    return Term(Fraction(1), ((entry, 1),), frozenset(), frozenset())


def inside(indices: Iterable[Affine], shape: Shape) -> Iterator[Affine]:
    """The conditions that indices lie within the axes of a shape."""
    for index, label in zip(indices, shape, strict=True):
        yield index - 1
        yield size_of(label) - index


def is_finite(t: Term) -> bool:
    """Whether the bound variables can go no way without end: the homogeneous conditions on them have no solution but zero."""
    ways = frozenset(Affine(tuple((n, k) for n, k in c.terms if n in t.bound)) for c in t.where)
    return all(contradictory(ways | {Affine.of(n).scaled(sign) - 1}) for n in t.bound for sign in (1, -1))


def renamed(t: Term, names: Mapping[str, str]) -> Term:
    """A term with other names for bound variables. Raises Refused where one is in use."""
    new = frozenset(names.values())
    if not names.keys() <= t.bound or len(new) < len(names) or new & (t.names - names.keys()):
        raise Refused("a new name is in use")
    if any(not n.startswith(VARIABLE) for n in new):
        raise Refused("a variable begins with ~")
    changed = t.substitute({old: Affine.of(name) for old, name in names.items()})
    return Term(changed.coefficient, changed.factors, changed.where, changed.bound | new)


def _at(index: Affine, values: Mapping[str, Affine]) -> Affine:
    return index.substitute(values) if any(name in values for name, _ in index.terms) else index
