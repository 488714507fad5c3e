"""Matrices whose entries stand one after the other, and the Kronecker product: operands with several axes in their rows or columns.

vec(A X B) is (B^T ⊗ A) vec(X) where vec takes one column after the other, and (A ⊗ B^T) vec(X) where it takes the rows (Magnus and
Neudecker, Matrix Differential Calculus, chapter 2). The axes keep their own labels; the first of a group counts the slowest.
"""

from __future__ import annotations

from symrnn.language.choices import Inadmissible
from symrnn.language.tensors import Dot, Permute, Tensor
from symrnn.reading.elaborate.operand import Labels, Operand


def grouped(tensor: Tensor, rows: int, side: str = "") -> Operand:
    """A tensor whose first `rows` axes are its rows and whose others are its columns; a vector if one of them has none."""
    rank = len(tensor.shape)
    if rows in (0, rank):
        return Operand(tensor, side, rows=rank if rank > 1 else None)
    return Operand(tensor, rows=None if rank == 2 else rows)


def is_vector(operand: Operand) -> bool:
    """Whether an operand has rows only, or columns only."""
    return operand.rank == (operand.rows or 1)


def with_sides_exchanged(operand: Operand, default: str) -> Operand:
    """The transpose; `default` is the side of a vector of which nothing says it."""
    if is_vector(operand):
        side = "row" if (operand.side or default) == "column" else "column"
        return grouped(operand.tensor, operand.rank, side)
    rows = operand.rows or 1
    order = (*range(rows, operand.rank), *range(rows))
    return grouped(Permute(operand.tensor, order), operand.rank - rows)


def product(left: Operand, right: Operand, labels: Labels, default: str) -> Operand:
    """The matrix product of two operands that are no numbers. Raises Inadmissible where they do not meet."""
    if is_vector(left) and is_vector(right):
        sides = left.side or default, right.side or default
        if sides == ("column", "row"):
            return kronecker(left, right, default)
        if sides != ("row", "column"):
            raise Inadmissible("two vectors with the entries of matrices side by side")
    elif (is_vector(left) and left.side == "column") or (is_vector(right) and right.side == "row"):
        raise Inadmissible("a column left of a matrix, or a row right of one")
    rows = 0 if is_vector(left) else left.rows or 1
    shared = right.rank if is_vector(right) else right.rows or 1
    pairs = zip(left.tensor.shape[rows:], right.tensor.shape[:shared], strict=False)
    if left.rank - rows != shared or not all(labels.unify(a, b) for a, b in pairs):
        raise Inadmissible("factors with the entries of a matrix one after the other that do not meet")
    return grouped(Dot(left.tensor, right.tensor, shared), rows, "row" if is_vector(left) else "column")


def kronecker(left: Operand, right: Operand, default: str) -> Operand:
    """The Kronecker product: the rows of both, and then the columns of both."""
    first, second = _rows(left, default), _rows(right, default)
    rank = left.rank + right.rank
    rows = (*range(first), *range(left.rank, left.rank + second))
    columns = (*range(first, left.rank), *range(left.rank + second, rank))
    both = Dot(left.tensor, right.tensor, 0)
    order = (*rows, *columns)
    tensor = both if order == tuple(range(rank)) else Permute(both, order)
    side = left.side if is_vector(left) and left.side == right.side else ""
    return grouped(tensor, len(rows), side)


def _rows(operand: Operand, default: str) -> int:
    if not operand.rank:  # a number multiplies the other
        return 0
    if not is_vector(operand):
        return operand.rows or 1
    return operand.rank if (operand.side or default) == "column" else 0
