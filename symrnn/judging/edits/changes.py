"""What a repair has changed: the least that must be coloured so that the rest of the new formula stands in the old one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from symrnn.judging.verdict import Path
from symrnn.language.terms import Big, Mark, Neg, Term, Transpose, children
from symrnn.notation.printer import OWN

#: Where more than this share is new, in several places, the rest says nothing and is coloured as well.
_MOST_OF_IT = 0.75
_WRAPPERS = (Transpose, Mark, Neg, Big)


@dataclass(frozen=True)
class _Difference:
    """Paths to colour (from where the comparison began), and how many letters and signs that is."""

    cost: int = 0
    paths: tuple[Path, ...] = ()

    def below(self, *steps: str | int) -> _Difference:
        return _Difference(self.cost, tuple((*steps, *path) for path in self.paths))

    def __add__(self, other: _Difference) -> _Difference:
        return _Difference(self.cost + other.cost, self.paths + other.paths)


_SAME = _Difference()


def changed_paths(old: Term, new: Term) -> tuple[Path, ...]:
    """The subterms of `new` that are not in `old` at their place; a path that ends with `OWN` is a node without its operand."""
    return _Comparison().terms(old, new).paths


class _Comparison:
    """Compares subterms, each pair once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Term, Term], _Difference] = {}

    def terms(self, old: Term, new: Term) -> _Difference:
        """The cheapest way to tell two terms apart; of equal ones that with the fewest pieces."""
        if old == new:
            return _SAME
        if (old, new) not in self._known:
            ways = [_all_of(new), *self._ways(old, new)]
            best = min(ways, key=lambda way: (way.cost, len(way.paths)))
            scattered = len(best.paths) > 1 and best.cost >= _MOST_OF_IT * ways[0].cost
            self._known[old, new] = ways[0] if scattered else best
        return self._known[old, new]

    def _ways(self, old: Term, new: Term) -> list[_Difference]:
        ways = [self._wrapped(old, new, step, child) for step, child in children(new)]
        if type(old) is type(new) and _scalars(old) == _scalars(new):
            parts = (self._values(getattr(old, f.name), getattr(new, f.name)).below(f.name) for f in fields(new))
            ways.append(sum(parts, _SAME))
        return ways

    def _wrapped(self, old: Term, new: Term, step: Path, child: Term) -> _Difference:
        """The new term as something around the old one."""
        inner = self.terms(old, child).below(*step)
        others = sum((_all_of(c).below(*s) for s, c in children(new) if s != step), _SAME)
        if isinstance(new, _WRAPPERS):
            return inner + _Difference(1 + others.cost, ((OWN,),))
        return inner + others

    def _values(self, old: Any, new: Any) -> _Difference:
        """Two values of a field: terms, tuples of them, or what is no term."""
        if isinstance(old, Term) and isinstance(new, Term):
            return self.terms(old, new)
        if isinstance(old, tuple) and isinstance(new, tuple):
            return self._sequences(old, new)
        return _SAME if old == new else _everything(new)

    def _sequences(self, old: Sequence[Any], new: Sequence[Any]) -> _Difference:
        """Two sequences, aligned so that as little as possible of the new one is coloured; nothing shows what was left out."""
        best = [_SAME] * (len(old) + 1)
        for position, item in enumerate(new):
            inserted = _everything(item).below(position)
            row = [best[0] + inserted]
            for number, other in enumerate(old, start=1):
                ways = (row[-1], best[number] + inserted, best[number - 1] + self._values(other, item).below(position))
                row.append(min(ways, key=lambda way: (way.cost, len(way.paths))))
            best = row
        return best[-1]


def _all_of(term: Term) -> _Difference:
    return _Difference(_size(term), ((),))


def _everything(value: Any) -> _Difference:
    """A value that was not there before."""
    if isinstance(value, Term):
        return _all_of(value)
    if isinstance(value, tuple):
        return sum((_everything(item).below(position) for position, item in enumerate(value)), _SAME)
    return _SAME


@lru_cache(maxsize=1 << 12)
def _size(term: Term) -> int:
    """The letters, numbers and signs of a term."""
    below = children(term)
    return isinstance(term, _WRAPPERS) + sum([_size(child) for _, child in below]) if below else 1


def _scalars(term: Term) -> list[object]:
    values = [getattr(term, f.name) for f in fields(term)]
    return [v for v in values if v is not None and not isinstance(v, (Term, tuple))]
