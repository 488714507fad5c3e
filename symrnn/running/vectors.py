"""Components put together: ``Σ_j W_ij h_j`` for all i is the vector W h."""

from __future__ import annotations

from fractions import Fraction

from symrnn.language.tensors import (
    Affine,
    Build,
    Const,
    Dot,
    Full,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Sum,
    Tensor,
    Times,
    rebuilt,
    size_of,
    sized_axis,
)

_FIRST = Affine((), 1)


def without_components(node: Tensor) -> Tensor:
    """The same tensor without components wherever that is possible."""
    node = rebuilt(node, without_components)
    if isinstance(node, Build):
        whole = _whole(node.body, node.variable, node.label)
        return node if whole is None else whole
    if isinstance(node, Sum) and node.lower == _FIRST and not node.conditions and not node.shape:
        return _inner(node) or node
    return node


def _inner(node: Sum) -> Tensor | None:
    """A sum over the components of an axis as the product of two vectors."""
    label = _axis(node.upper)
    if label is None:
        return None
    body = node.body
    if isinstance(body, Dot) and body.axes == 0 and not body.left.shape:
        left, right = _whole(body.left, node.variable, label), _whole(body.right, node.variable, label)
        return None if left is None or right is None else Dot(left, right, 1)
    whole = _whole(body, node.variable, label)
    if isinstance(whole, Power) and whole.exponent == 2:
        return Dot(whole.base, whole.base, 1)
    return None if whole is None else Dot(Full(Fraction(1), (label,)), whole, 1)


def _axis(size: Affine) -> str | None:
    """The axis whose size an index is."""
    axes = [axis for name in size.names() if (axis := sized_axis(name))]
    return axes[0] if len(axes) == 1 and size == size_of(axes[0]) else None


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


def _whole(node: Tensor, variable: str, label: str) -> Tensor | None:
    """The vector over the axis `label` whose component number `variable` is the number `node`."""
    if variable not in node.free:
        return Full(node.value, (label,)) if isinstance(node, Const) else None
    if isinstance(node, Pick):
        return node.argument if node.indices == (Affine.of(variable),) and variable not in node.argument.free else None
    if isinstance(node, Map):
        inner = _whole(node.argument, variable, label)
        return None if inner is None else Map(node.function, node.order, inner)
    if isinstance(node, Power):
        inner = _whole(node.base, variable, label)
        return None if inner is None else Power(inner, node.exponent)
    if isinstance(node, Plus):
        terms = [_whole(term, variable, label) for term in node.terms]
        known = [term for term in terms if term is not None]
        return Plus(tuple(known)) if len(known) == len(terms) else None
    if isinstance(node, Over) and variable not in node.right.free:
        return None
    if isinstance(node, Dot) and node.axes == 0:
        return _product(node.left, node.right, variable, label)
    return _contraction(node, variable) if isinstance(node, Sum) else None


def _product(left: Tensor, right: Tensor, variable: str, label: str) -> Tensor | None:
    b = _whole(right, variable, label)
    if isinstance(left, Const):
        return None if b is None else Dot(left, b, 0)
    a = _whole(left, variable, label)
    return None if a is None or b is None else Times(a, b)


def _contraction(node: Sum, variable: str) -> Tensor | None:
    """Σ_j M_ij v_j, or Σ_j M_ji v_j, over all j."""
    body, j = node.body, node.variable
    if node.conditions or node.lower != _FIRST or not isinstance(body, Dot) or body.axes:
        return None
    for matrix, vector in ((body.left, body.right), (body.right, body.left)):
        if not (isinstance(matrix, Pick) and isinstance(vector, Pick)):
            continue
        if vector.indices != (Affine.of(j),) or node.upper != size_of(vector.argument.shape[0]):
            continue
        if matrix.indices == (Affine.of(variable), Affine.of(j)):
            return Dot(matrix.argument, vector.argument, 1)
        if matrix.indices == (Affine.of(j), Affine.of(variable)):
            return Dot(Permute(matrix.argument, (1, 0)), vector.argument, 1)
    return None
