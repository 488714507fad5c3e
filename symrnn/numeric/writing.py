"""Tensor expressions back to notation: what is proven is what is printed above the program that it became."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symrnn.latex import latex_relation
from symrnn.model import Model, Name
from symrnn.tensors import (
    Affine,
    Const,
    Dot,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
)
from symrnn.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Frac,
    Hadamard,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Sub,
    Sym,
    Term,
    Transpose,
)

#: What counts the entries of an axis where the document has no letter for it.
_SIZES = {"hidden": "H", "classes": "K", "input": "D"}


def written(left: Tensor, right: Tensor, model: Model) -> Relation:
    """The equation of two tensors, in the notation of the model."""
    writer = _Writer(model)
    return Relation("=", writer.term(left), writer.term(right))


def as_latex(relation: Relation) -> str:
    """One line of LaTeX."""
    return " ".join(latex_relation(relation).split())


class _Writer:
    def __init__(self, model: Model) -> None:
        self.model = model
        taken = {q.name.letter for q in model.quantities.values()}
        usual = {label: letter for label, letter in _SIZES.items() if letter not in taken}
        self.letters = {**usual, **{label: letter for letter, label in model.sizes.items()}}

    def term(self, node: Tensor) -> Term:
        """The notation of a tensor. Raises KeyError for a node that no compiled statement contains."""
        return _RULES[type(node)](self, node)

    def name(self, name: Name) -> tuple[Sym, tuple[Term, ...]]:
        letters = tuple(Sym(x) for x in name.suffix)
        suffix: tuple[Term, ...] = () if not letters else letters if len(letters) == 1 else (Mul(letters),)
        return Sym(name.letter, name.accent, name.style), suffix

    def index(self, index: Affine) -> Term:
        parts: list[Term] = []
        for name, count in index.terms:
            letter = self._letter(name)
            part = letter if abs(count) == 1 else Mul((_number(abs(count)), letter))
            parts.append(part if count > 0 else Neg(part))
        if index.constant or not parts:
            constant = _number(abs(index.constant))
            parts.append(constant if index.constant >= 0 else Neg(constant))
        return parts[0] if len(parts) == 1 else Add(tuple(parts))

    def _letter(self, name: str) -> Term:
        if name.startswith("|"):
            return Sym(self.letters.get(name[1:-1], name[1:-1].upper()))
        return Sym(name.split("#")[0])

    def ref(self, node: Ref, *components: Term) -> Term:
        symbol, suffix = self.name(self.model.quantities[node.quantity].name)
        time = () if node.time is None else (self.index(node.time),)
        indices = (*suffix, *time, *components)
        return Sub(symbol, indices) if indices else symbol

    def dot(self, node: Dot) -> Term:
        left, right = node.left, node.right
        if node.axes == 0 and isinstance(left, Const):
            return self._multiple(left.value, right)
        if node.axes == 0 and left.shape and right.shape:
            return Outer((self.term(left), self.term(right)))
        return Mul((*_factors(self.term(left)), *_factors(self.term(right))))

    def _multiple(self, factor: Fraction, node: Tensor) -> Term:
        body = self.term(node)
        positive = body if abs(factor) == 1 else Mul((_number(abs(factor)), *_factors(body)))
        return positive if factor > 0 else Neg(positive)

    def pick(self, node: Pick) -> Term:
        indices = tuple(self.index(i) for i in node.indices)
        return self.ref(node.argument, *indices) if isinstance(node.argument, Ref) else Sub(self.term(node.argument), indices)

    def sum(self, node: Sum) -> Term:
        return Big("sum", self._letter(node.variable), self.index(node.lower), self.index(node.upper), (), self.term(node.body))


def _number(value: Fraction | int) -> Term:
    value = Fraction(value)
    if value < 0:
        return Neg(_number(-value))
    if value.denominator == 1:
        return Num(value)
    return Frac(Num(Fraction(value.numerator)), Num(Fraction(value.denominator)))


def _factors(term: Term) -> tuple[Term, ...]:
    return term.factors if isinstance(term, Mul) and not term.sign else (term,)


_RULES: dict[type, Callable[[_Writer, Any], Term]] = {
    Const: lambda w, n: _number(n.value),
    Full: lambda w, n: _number(n.value),
    Integer: lambda w, n: w.index(n.index),
    Ref: lambda w, n: w.ref(n),
    Jac: lambda w, n: Deriv(w.term(n.numerator), w.term(n.wrt)),
    Dot: lambda w, n: w.dot(n),
    Permute: lambda w, n: Transpose(w.term(n.argument)),
    Times: lambda w, n: Hadamard((w.term(n.left), w.term(n.right))),
    Over: lambda w, n: Frac(w.term(n.left), w.term(n.right)),
    Plus: lambda w, n: Add(tuple(w.term(x) for x in n.terms)),
    Power: lambda w, n: Pow(w.term(n.base), _number(n.exponent)),
    Map: lambda w, n: Apply(Sym(n.function), w.term(n.argument)),
    Softmax: lambda w, n: Apply(Sym("softmax", style="text"), w.term(n.argument)),
    Pick: lambda w, n: w.pick(n),
    Sum: lambda w, n: w.sum(n),
}
