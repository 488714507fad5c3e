"""Equations between stacks: ``[i; f; o; g] = [σ; σ; σ; tanh] W [x; h]`` defines four gates at once, each by one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symrnn.language.functions import WORDS
from symrnn.language.parts import cells_of
from symrnn.language.terms import DEFINING, Apply, Ellipsis, Given, Mul, Pow, Relation, Row, Stack, Sub, Sup, Sym, Term
from symrnn.notation.vocabulary import APPLIED_LETTERS
from symrnn.reading.definitions.steps import at_own_step

_SPLITTING = (Sym("split", style="text"), Sym("chunk", style="text"))


def rows_of_stack(relation: Relation) -> tuple[Relation, ...]:
    """One relation for each row of an equation whose left side is a stack; any other relation alone, at its own step."""
    left = cells_of(relation.left)
    if len(left) < 2 or any(isinstance(cell, Ellipsis) for cell in left):
        return (at_own_step(relation),)
    functions, whole = _functions(relation.right, len(left))
    right = cells_of(whole)
    rows = right if len(right) == len(left) else tuple(Row(whole, number, len(left)) for number in range(len(left)))
    values = (row if function is None else Apply(function, row) for function, row in zip(functions, rows, strict=True))
    return tuple(replace(relation, left=cell, right=value) for cell, value in zip(left, values, strict=True))


def with_parts_named(relations: Sequence[Relation]) -> dict[Relation, Relation]:
    """``z_t = [a_t, b_t]`` as ``[a_t, b_t] = z_t`` where other equations say what z_t is, and none what its parts are; by the equation."""
    given = [cell for r in relations if r.op in DEFINING for cell in cells_of(r.left) or (r.left,)]
    found = {}
    for relation in (r for r in relations if r.op in DEFINING):
        cells = cells_of(relation.right)
        parts = len(cells) > 1 and all(isinstance(cell, (Sub, Sup, Pow)) and cell not in given for cell in cells)
        if parts and not isinstance(relation.left, Stack) and given.count(relation.left) > 1:
            found[relation] = replace(relation, left=relation.right, right=relation.left)
    return found


def _functions(right: Term, count: int) -> tuple[tuple[Term | None, ...], Term]:
    """The functions that a stack in front applies row by row, and what they are applied to, which may be said to be split."""
    if isinstance(right, Given) and right.base in _SPLITTING:
        return (None,) * count, right.arguments[0]
    if isinstance(right, Mul) and right.factors[0] in _SPLITTING:
        return (None,) * count, right.factors[1]
    if isinstance(right, Mul) and len(right.factors) > 1:
        first, *rest = right.factors
        cells = cells_of(first)
        if len(cells) == count and all(map(_is_function, cells)):
            return cells, rest[0] if len(rest) == 1 else replace(right, factors=tuple(rest))
    return (None,) * count, right


def _is_function(term: Term) -> bool:
    return isinstance(term, Sym) and (term.name in WORDS or term in APPLIED_LETTERS)
