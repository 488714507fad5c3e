"""Products as a program wants them: of a matrix and a joined vector taken apart, and with their numbers in front."""

from __future__ import annotations

from fractions import Fraction

from symrnn.language.tensors import Build, Const, Dot, Over, Permute, Plus, Tensor, rebuilt


def split_products(node: Tensor) -> Tensor:
    """The same tensor with products of a matrix and a joined vector taken apart: ``W (P h + Q x)`` is ``(W P) h + (W Q) x``."""
    node = rebuilt(node, split_products)
    if not isinstance(node, Dot) or node.axes != 1 or len(node.left.shape) + len(node.right.shape) != 3:
        return node
    matrix, vector = (node.left, node.right) if len(node.left.shape) == 2 else (node.right, node.left)
    terms = vector.terms if isinstance(vector, Plus) else (vector,)
    placed = [t for t in terms if isinstance(t, Dot) and t.axes == 1 and isinstance(t.left, Build)]
    if len(placed) != len(terms):
        return node
    if matrix is node.left:
        return Plus(tuple(Dot(Dot(matrix, t.left, 1), t.right, 1) for t in placed))
    return Plus(tuple(Dot(t.right, Dot(Permute(t.left, (1, 0)), matrix, 1), 1) for t in placed))


def numbers_first(node: Tensor) -> Tensor:
    """The same tensor with numbers worked out, and in front of what they multiply: ``(1/2) (2 U) x`` is ``U x``."""
    node = rebuilt(node, numbers_first)
    if isinstance(node, Over) and isinstance(node.left, Const) and isinstance(node.right, Const) and node.right.value:
        return Const(node.left.value / node.right.value)
    if not isinstance(node, Dot):
        return node
    (a, left), (b, right) = _split(node.left), _split(node.right)
    if left is None or right is None:
        return _times(a * b, right if left is None else left)
    return _times(a * b, Dot(left, right, node.axes)) if a * b != 1 else node


def _split(node: Tensor) -> tuple[Fraction, Tensor | None]:
    """The number in front, and what it multiplies, if anything."""
    if isinstance(node, Const):
        return node.value, None
    if isinstance(node, Dot) and node.axes == 0 and isinstance(node.left, Const):
        return node.left.value, node.right
    return Fraction(1), node


def _times(number: Fraction, node: Tensor | None) -> Tensor:
    if node is None:
        return Const(number)
    return node if number == 1 else Dot(Const(number), node, 0)
