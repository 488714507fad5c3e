"""Equations between stacks: ``[i; f; o; g] = [σ; σ; σ; tanh] W [x; h]`` defines four gates at once, each by one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symrnn.language.functions import WORDS
from symrnn.language.parts import cells_of
from symrnn.language.terms import (
    DEFINING,
    Apply,
    Ellipsis,
    Given,
    Mul,
    Pow,
    Relation,
    Row,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    replaced,
    walk,
)
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


def with_rows_named(relations: Sequence[Relation]) -> dict[Relation, Relation]:
    """``i_t = σ((W x_t)_i)`` beside ``f_t = σ((W x_t)_f)``: two rows of one vector, by the names of what they give; by the equation.

    The rows stand as the document stacks what is named after them, as the errors of the gates; else as their equations do.
    """
    named = {
        r: r.left.base for r in relations if r.op in DEFINING and isinstance(r.left, Sub) and _parts_called(r.left.base, r.right)
    }
    letters = tuple(dict.fromkeys(named.values()))
    orders = {order for r in relations for side in r.sides for _, node in walk(side) if (order := _in_order(node, letters))}
    if len(letters) < 2 or len(orders) > 1:
        return {}
    order = next(iter(orders), letters)
    rows: dict[Relation, dict[Term, Term]] = {
        r: {part: Row(part.base, order.index(letter), len(order)) for part in _parts_called(letter, r.right)}
        for r, letter in named.items()
    }
    return {r: replace(r, right=replaced(r.right, found)) for r, found in rows.items()}


def _in_order(stack: Term, letters: Sequence[Term]) -> tuple[Term, ...]:
    """Some letters as they, or errors that are named after them, stand in a stack of nothing else; none where they do not."""
    inside = [[replace(node, style="") for _, node in walk(cell) if isinstance(node, Sym)] for cell in cells_of(stack)]
    found = [[letter for letter in cell if letter in letters] for cell in inside]
    order = tuple(cell[0] for cell in found if cell)
    return order if len(found) == len(letters) and {*order} == {*letters} else ()


def _parts_called(letter: Term, value: Term) -> list[Sub]:
    """The parts of formulas in a value that one letter below their brackets names."""
    nodes = (node for _, node in walk(value) if isinstance(node, Sub))
    return [node for node in nodes if node.indices == (letter,) and not isinstance(node.base, (Sym, Sub, Sup))]


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
