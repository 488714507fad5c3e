"""Vectors and matrices written out entry by entry, with dots for the rest: ``[w_{11}, w_{12}, \\dots; \\vdots]``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction

from symrnn.language.choices import Inadmissible
from symrnn.language.terms import (
    COLUMN,
    ROW,
    Deriv,
    Ellipsis,
    Given,
    Mul,
    Num,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    WrittenOut,
    children,
    rebuilt,
)
from symrnn.reading.elaborate.ellipsis import differences

#: The letters that count components.
_COUNTING = frozenset(map(Sym, "ijklmnpqrs"))
_NO_PATTERN = "the entries around the dots do not follow a pattern"


def with_entries(term: Term) -> Term:
    """A formula with the pattern of each stack with dots in its place; one that follows none stays as it is."""
    term = rebuilt(term, with_entries)
    if isinstance(term, Stack) and _has_dots(term):
        with suppress(Inadmissible):
            return pattern_of(term)
    return term


def bracketed_entries(relations: Iterable[Relation], expressions: Iterable[Term]) -> dict[Term, Term]:
    """``W(i,j)``, with two letters that count, of a matrix that stands without them elsewhere, each with W_{ij}."""
    nodes = [node for term in (*(s for r in relations for s in r.sides), *expressions) for node in _standing(term)]
    losses = {node.numerator for node in nodes if isinstance(node, Deriv)}
    matrices = {node for node in nodes if not isinstance(node, Given)} - losses
    found = {node: node.base for node in nodes if isinstance(node, Given) and _is_entry(node)}
    return {node: Sub(base, node.arguments) for node, base in found.items() if base in matrices}


def _standing(term: Term) -> Iterator[Term]:
    """The parts of a formula; what brackets behind it belong to does not stand by itself."""
    yield term
    for part in term.arguments if isinstance(term, Given) else [child for _, child in children(term)]:
        yield from _standing(part)


def _is_entry(term: Given) -> bool:
    """Whether two different letters that count components stand behind a letter: no values at a step."""
    return len(set(term.arguments)) == len(term.arguments) == 2 and set(term.arguments) <= _COUNTING


def _has_dots(stack: Stack) -> bool:
    """Whether dots stand among the cells, or in one of them."""
    return any(isinstance(part, Ellipsis) for row in stack.rows for cell in row for part in _parts(cell))


def pattern_of(stack: Stack) -> WrittenOut:
    """The pattern of a stack with dots. Raises Inadmissible."""
    rows = [row for row in map(_shown, stack.rows) if row]
    if len({len(row) for row in rows}) != 1:
        raise Inadmissible(_NO_PATTERN)
    down, across = _labels([row[0] for row in rows]), _labels(rows[0])
    if len(rows) > 1 and len(rows[0]) > 1:
        down, across = _labels_of_matrix(rows)
    off: set[Term] = set()
    on: set[Term] = set()
    for label, row in zip(down, rows, strict=True):
        for other, cell in zip(across, row, strict=True):
            entry = _with_indices(cell, {label: ROW, other: COLUMN} if label != other else {label: ROW})
            (on if label is not None and label == other else off).add(entry)
    if len(off) > 1 or len(on) > 1 or not off | on:
        raise Inadmissible(_NO_PATTERN)
    entry, diagonal = next(iter(off or on)), next(iter(on), None)
    if diagonal == _with_indices(entry, {COLUMN: ROW}):
        diagonal = None
    ends = tuple(end.name if isinstance(end, Sym) else "" for end in (down[-1], across[-1]) if end is not None)
    if not ends:
        raise Inadmissible(_NO_PATTERN)
    if down[-1] is None:
        entry = _with_indices(entry, {COLUMN: ROW})
    return WrittenOut(entry, diagonal, ends, len(rows) == 1)


def _shown(row: Sequence[Term]) -> tuple[Term, ...]:
    """The cells of a row without its dots; a product with dots as the only cell is a row whose marks are missing."""
    cells = _parts(row[0]) if len(row) == 1 else row
    return tuple(map(with_single_digits, (cell for cell in cells if not isinstance(cell, Ellipsis))))


def _parts(cell: Term) -> tuple[Term, ...]:
    dotted = isinstance(cell, Mul) and any(isinstance(factor, Ellipsis) for factor in cell.factors)
    return cell.factors if isinstance(cell, Mul) and dotted else (cell,)


def with_single_digits(term: Term) -> Term:
    """``w_{11}``, ``w_{1 n}`` with their two indices apart."""
    if not isinstance(term, Sub) or len(term.indices) != 1:
        return rebuilt(term, with_single_digits)
    index = term.indices[0]
    if isinstance(index, Mul) and len(index.factors) == 2:
        return Sub(term.base, index.factors)
    digits = str(index.value) if isinstance(index, Num) else ""
    return Sub(term.base, tuple(Num(Fraction(int(digit))) for digit in digits)) if len(digits) == 2 else term


def _labels_of_matrix(rows: Sequence[tuple[Term, ...]]) -> tuple[tuple[Term | None, ...], tuple[Term | None, ...]]:
    """The labels of rows and columns: as one column and one row tell them, else as the diagonal does."""
    columns = [tuple(row[place] for row in rows) for place in range(len(rows[0]))]
    down = next((found for column in columns if (found := _labels(column))[0] is not None), None)
    across = next((found for row in rows if (found := _labels(row))[0] is not None), None)
    if (down is None or across is None) and len(rows) == len(columns):
        down = across = _labels([row[place] for place, row in enumerate(rows)])
    if down is None or across is None:
        raise Inadmissible(_NO_PATTERN)
    return down, across


def _labels(cells: Sequence[Term]) -> tuple[Term | None, ...]:
    """The index of each cell of a line, from 1 (or 0) on, the last one as written; of cells without a pattern None."""
    try:
        pairs = set(differences(cells[0], cells[-1]))
    except Inadmissible:
        pairs = set()
    first, last = pairs.pop() if len(pairs) == 1 else (None, None)
    if not isinstance(first, Num):
        return (None,) * len(cells)
    return (*(Num(first.value + number) for number in range(len(cells) - 1)), last)


def _with_indices(term: Term, indices: dict[Term | None, Term]) -> Term:
    """A cell with other indices below or above its letters."""
    if isinstance(term, (Sub, Sup)):
        return type(term)(_with_indices(term.base, indices), tuple(indices.get(i, i) for i in term.indices))
    return rebuilt(term, lambda part: _with_indices(part, indices))
