"""The derivative of a function that a document defines by a formula of its own."""

from __future__ import annotations

from fractions import Fraction

from symrnn.language.choices import Inadmissible
from symrnn.language.parts import ONE
from symrnn.language.tensors import Const, Dot, Full, Map, Over, Plus, Power, Ref, Tensor, Times, walk
from symrnn.language.terms import Add, Apply, Frac, Neg, Pow, Sym, Term


def slope(node: Tensor, parameter: Ref) -> Tensor:
    """The derivative of an elementwise expression by its parameter, of the parameter's shape. Raises Inadmissible."""
    if node is parameter:
        return _constant(1, parameter)
    if not any(part is parameter for part in walk(node)):
        return _constant(0, parameter)
    if isinstance(node, Plus):
        return Plus(tuple(slope(term, parameter) for term in node.terms))
    if isinstance(node, Map):
        return Times(Map(node.function, node.order + 1, node.argument), slope(node.argument, parameter))
    if isinstance(node, Power):
        return _scaled(node.exponent, Times(Power(node.base, node.exponent - 1), slope(node.base, parameter)))
    if isinstance(node, Times) or (isinstance(node, Dot) and node.axes == 0 and not node.shape):
        return Plus((Times(slope(node.left, parameter), node.right), Times(node.left, slope(node.right, parameter))))
    if isinstance(node, Over):
        bend = Times(node.left, slope(node.right, parameter))
        above = Plus((Times(slope(node.left, parameter), node.right), _scaled(-1, bend)))
        return Over(above, Times(node.right, node.right))
    if isinstance(node, Dot) and node.axes == 0 and not node.left.shape and not any(part is parameter for part in walk(node.left)):
        return Dot(node.left, slope(node.right, parameter), 0)
    raise Inadmissible("a function of the document whose derivative is not known")


def _constant(value: int, parameter: Ref) -> Tensor:
    return Full(Fraction(value), parameter.axes) if parameter.axes else Const(Fraction(value))


def _scaled(factor: int, node: Tensor) -> Tensor:
    return Dot(Const(Fraction(factor)), node, 0)


def well_known(parameter: Sym, body: Term) -> str:
    """The name of the function that a formula in one letter is when it is one of those with a name; else empty."""
    up, down = _exponentials(parameter), _exponentials(Neg(parameter))
    if isinstance(body, Apply) and isinstance(body.function, Sym) and body.argument == parameter:
        return body.function.name
    if not isinstance(body, Frac):
        return ""
    above, below = body.numerator, set(body.denominator.terms) if isinstance(body.denominator, Add) else set()
    if any((above == ONE and below == {ONE, e}) for e in down) or any(above == e and below == {ONE, e} for e in up):
        return "sigma"
    pairs = list(zip(up, down, strict=True))
    return "tanh" if any(above == Add((a, Neg(b))) and below == {a, b} for a, b in pairs) else ""


def _exponentials(exponent: Term) -> tuple[Term, Term]:
    return Pow(Sym("e"), exponent), Apply(Sym("exp"), exponent)
