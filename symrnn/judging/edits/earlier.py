"""The repair of an earlier statement, put in where its false right side was used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from symrnn.judging.edits.setting import Change, Setting, change_at
from symrnn.judging.verdict import Edit, Path
from symrnn.language.terms import Mul, Outer, Relation, Term, step_into, walk
from symrnn.notation.said import one_by_one


@dataclass(frozen=True)
class EarlierRepair:
    """The source of edits that put the repaired right side of an earlier statement where its false one was used."""

    label: str
    written: Term
    repaired: Term
    edits: tuple[Edit, ...]

    def __call__(self, relation: Relation, setting: Setting) -> Iterator[Change]:
        for path, node in walk(relation.right):
            if node == self.written and path:
                edit = Edit(self.edits[0].mistake, one_by_one(", ", (e.said for e in self.edits)), self.label)
                for place, new in _inserted(relation.right, path, self.repaired):
                    yield Change(change_at(relation, ("right", place), new), edit)


def _inserted(root: Term, path: Path, repaired: Term) -> Iterator[tuple[Path, Term]]:
    """The repaired piece in its surroundings: D (x) r after a factor v (x) makes (v D) (x) r."""
    parent: Any = root
    for step in path[:-2]:
        parent = step_into(parent, step)
    if isinstance(parent, Outer) and isinstance(repaired, Outer) and path[-1] == 1 and len(parent.factors) == 2:
        before = parent.factors[0]
        factors = (*before.factors, repaired.factors[0]) if isinstance(before, Mul) else (before, repaired.factors[0])
        yield path[:-2], Outer((Mul(factors), repaired.factors[1]))
    elif isinstance(parent, Mul) and isinstance(repaired, Mul):
        position = path[-1]
        assert isinstance(position, int)
        factors = (*parent.factors[:position], *repaired.factors, *parent.factors[position + 1 :])
        yield path[:-2], replace(parent, factors=factors)
    else:
        yield path, repaired
