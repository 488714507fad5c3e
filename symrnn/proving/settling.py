"""Two sums in normal form that are equal: brackets are cut until every piece of one side is a piece of the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from symrnn.proving.canonical import factors_key
from symrnn.proving.kernel.indices import Affine, contradictory, follows
from symrnn.proving.kernel.sums import Term
from symrnn.proving.kernel.terms import Product
from symrnn.proving.normal import Normaliser
from symrnn.proving.rewriting import Rewriting, Stuck

_MOST_ROUNDS = 60
_MOST_SPLIT_OFF = 4

Side = tuple[Rewriting, Normaliser]
Piece = tuple[Rewriting, Term]


def settle(left: Side, right: Side) -> None:
    """Brings both sides to the same terms. Raises Stuck."""
    for _ in range(_MOST_ROUNDS):
        for rewriting, normaliser in (left, right):
            normaliser.run()
            rewriting.tidy()
        rest = _leftovers(left[0], right[0])
        if not rest:
            return
        if not _cut(rest):
            break
    raise Stuck("the normal forms of the two sides differ")


def _leftovers(left: Rewriting, right: Rewriting) -> list[Piece]:
    """The terms of each side that the other does not have."""
    a, b = Counter(left.state), Counter(right.state)
    return [*((left, t) for t in (a - b).elements()), *((right, t) for t in (b - a).elements())]


def _cut(rest: list[Piece]) -> bool:
    """One cut that makes leftovers more alike; False when there is none."""
    return any(_part(one, other) for one, other in _comparable(rest)) or any(_split_off(piece) for piece in rest)


def _comparable(rest: list[Piece]) -> Iterator[tuple[Piece, Piece]]:
    groups: dict[str, list[Piece]] = {}
    for piece in rest:
        groups.setdefault(factors_key(piece[1]), []).append(piece)
    for group in groups.values():
        yield from combinations(group, 2)


def _part(one: Piece, other: Piece) -> bool:
    """Cuts one of two overlapping brackets by a condition of the other one."""
    (first, a), (second, b) = one, other
    if contradictory(a.where | b.where | first.facts):
        return False
    for rewriting, t, conditions in ((second, b, a.where), (first, a, b.where)):
        for c in sorted(conditions, key=repr):
            if not follows(c, t.where | rewriting.facts):
                _split(rewriting, t, c)
                return True
    if a.where == b.where:
        return False
    second.do(second.state.index(b), "narrow", data=(a.where,))
    return True


def _split(rewriting: Rewriting, t: Term, condition: Affine) -> None:
    """Splits a term, and writes equalities that follow in one of its parts as such."""
    at = rewriting.state.index(t)
    rewriting.do(at, "split", data=(condition,))
    for position in (at, at + 1):
        part = rewriting.state[position]
        known = part.where | rewriting.facts
        implied = {c.scaled(-1) for c in part.where if c.scaled(-1) not in part.where and follows(c.scaled(-1), known)}
        if implied and not contradictory(known):
            rewriting.do(position, "narrow", data=(part.where | implied,))


def _split_off(piece: Piece) -> bool:
    """Tells an ordered product of the least possible number of factors from longer ones."""
    rewriting, t = piece
    for entry, _ in t.factors:
        if isinstance(entry.node, Product):
            count = entry.node.upper - entry.node.lower + 1
            known = t.where | rewriting.facts
            for least in range(_MOST_SPLIT_OFF):
                if not follows(count - least - 1, known):
                    if not follows(count - least, known) or follows((count - least).scaled(-1), known):
                        break
                    _split(rewriting, t, count - least - 1)
                    return True
    return False
