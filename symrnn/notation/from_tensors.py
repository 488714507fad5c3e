"""Tensor expressions back to notation: what was proven or compiled, in the letters of its document."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symrnn.language.model import Model, Name
from symrnn.language.parts import product_of
from symrnn.language.tensors import (
    Affine,
    Build,
    Choose,
    Condition,
    Const,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Product,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
    sized_axis,
)
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Frac,
    Hadamard,
    Indicator,
    Mark,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Sub,
    Sym,
    Term,
    Transpose,
)
from symrnn.notation.vocabulary import GREEK

#: What counts the entries of an axis where the document has no letter for it.
_SIZES = {"hidden": "H", "classes": "K", "input": "D"}


class Notation:
    """Writes tensors, their components and their indices about one model as terms."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.taken = frozenset(q.name.letter for q in model.quantities.values())
        usual = {label: letter for label, letter in _SIZES.items() if letter not in self.taken}
        self.nameless = next((x for x in "rsjnlq" if x not in self.taken), "r")
        self.sizes = {**usual, **{label: letter for letter, label in model.sizes.items()}}

    def term(self, node: Tensor) -> Term:
        """The notation of a whole tensor."""
        return _RULES[type(node)](self, node)

    def component(self, node: Tensor, at: tuple[Affine, ...]) -> Term:
        """One component of a tensor; `at` has an index for every axis, or none for the whole."""
        if isinstance(node, Ref):
            return self.ref(node, at)
        if isinstance(node, Pick):
            return self.component(node.argument, node.indices + at)
        if isinstance(node, Jac):
            rank = len(node.numerator.shape)
            sign = "partial+" if node.explicit else "partial"
            return Deriv(self.component(node.numerator, at[:rank]), self.ref(node.wrt, at[rank:]), sign)
        if isinstance(node, Map):
            function = Mark(Sym(node.function), "'" * node.order) if node.order else Sym(node.function)
            return Apply(function, self.component(node.argument, at))
        whole = self.term(node)
        return Sub(whole, tuple(map(self.index, at))) if at else whole

    def index(self, index: Affine) -> Term:
        """An index, what is added before what is taken away."""
        parts = []
        for name, count in sorted(index.terms, key=lambda pair: pair[1] < 0):
            letter = self.letter(name)
            part = letter if abs(count) == 1 else Mul((number(abs(count)), letter))
            parts.append(part if count > 0 else Neg(part))
        if index.constant or not parts:
            parts.append(number(index.constant))
        return parts[0] if len(parts) == 1 else Add(tuple(parts))

    def letter(self, name: str) -> Term:
        """The letter for an index variable or the size of an axis."""
        if axis := sized_axis(name):
            return Sym(self.sizes.get(axis, axis.upper()))
        letter = _spelled(name.partition("#")[0])
        # The sum that an ellipsis stands for has an index that its author gave no letter.
        return Sym(self.nameless if len(letter) > 1 and letter not in GREEK else letter)

    def quantity(self, key: str) -> tuple[Sym, tuple[Term, ...]]:
        """The letter of a quantity, and the part of its subscript that is no index."""
        quantity = self.model.quantities.get(key)
        name = quantity.name if quantity is not None else Name(key)
        letters = tuple(Sym(x) for x in name.suffix)
        suffix: tuple[Term, ...] = () if not letters else letters if len(letters) == 1 else (Mul(letters),)
        return name.bare, suffix

    def ref(self, node: Ref, at: tuple[Affine, ...] = ()) -> Term:
        """A quantity at its time, or a component of it."""
        symbol, suffix = self.quantity(node.quantity)
        time = () if node.time is None else (node.time,)
        indices = (*suffix, *map(self.index, time + at))
        return Sub(symbol, indices) if indices else symbol

    def dot(self, node: Dot) -> Term:
        """A product, written by juxtaposition where axes meet."""
        left, right = node.left, node.right
        if node.axes == 0 and isinstance(left, Const):
            return self.multiple(left.value, self.term(right))
        if node.axes == 0 and isinstance(right, Full) and right.value == 1:
            return self.term(left)
        if node.axes == 0 and left.shape and right.shape:
            return Outer((self.term(left), self.term(right)))
        return product((self._side(left, node.axes), self._side(right, node.axes)))

    def _side(self, node: Tensor, axes: int) -> Term:
        """One side of a product; a vector of ones that is summed against does not look like the number."""
        ones = isinstance(node, Full) and node.value == 1 and axes
        return Sym("1", style="bb") if ones else self.term(node)

    def multiple(self, factor: Fraction, body: Term) -> Term:
        """A rational multiple of a term."""
        positive = body if abs(factor) == 1 else product((number(abs(factor)), body))
        return positive if factor > 0 else Neg(positive)

    def compare(self, condition: Condition) -> Compare:
        """A condition on indices."""
        return Compare(condition.op, self.index(condition.left), self.index(condition.right))

    def indexed_sum(self, node: Sum) -> Term:
        """An indexed sum."""
        lower, upper = self.index(node.lower), self.index(node.upper)
        return Big("sum", self.letter(node.variable), lower, upper, tuple(map(self.compare, node.conditions)), self.term(node.body))

    def ordered_product(self, node: Product) -> Term:
        """An ordered product; the index of one whose factors fall runs from its upper bound down to its lower one."""
        lower, upper = self.index(node.lower), self.index(node.upper)
        first, last = (upper, lower) if node.falling else (lower, upper)
        return Big("prod", self.letter(node.variable), first, last, (), self.term(node.body))


def _spelled(letter: str) -> str:
    """The name of a Greek letter that is written as a character of its own."""
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    return name.removeprefix("GREEK SMALL LETTER ").lower() if name.startswith("GREEK SMALL LETTER ") else letter


def number(value: Fraction | int) -> Term:
    """A rational number."""
    value = Fraction(value)
    if value < 0:
        return Neg(number(-value))
    if value.denominator == 1:
        return Num(value)
    return Frac(Num(Fraction(value.numerator)), Num(Fraction(value.denominator)))


def product(factors: tuple[Term, ...]) -> Term:
    """Factors side by side."""
    flat = tuple(f for factor in factors for f in (factor.factors if isinstance(factor, Mul) and not factor.sign else (factor,)))
    return product_of(flat)


_RULES: dict[type, Callable[[Notation, Any], Term]] = {
    Const: lambda w, n: number(n.value),
    Full: lambda w, n: number(n.value),
    Integer: lambda w, n: w.index(n.index),
    Eye: lambda w, n: Sym("I"),
    Ref: lambda w, n: w.component(n, ()),
    Jac: lambda w, n: w.component(n, ()),
    Map: lambda w, n: w.component(n, ()),
    Pick: lambda w, n: w.component(n, ()),
    Dot: lambda w, n: w.dot(n),
    Permute: lambda w, n: Transpose(w.term(n.argument)),
    Times: lambda w, n: Hadamard((w.term(n.left), w.term(n.right))),
    Over: lambda w, n: Frac(w.term(n.left), w.term(n.right)),
    Plus: lambda w, n: Add(tuple(w.term(x) for x in n.terms)),
    Power: lambda w, n: Pow(w.term(n.base), number(n.exponent)),
    Softmax: lambda w, n: Apply(Sym("softmax", style="text"), w.term(n.argument)),
    Diag: lambda w, n: Apply(Sym("diag"), w.term(n.argument)),
    DiagPart: lambda w, n: Apply(Sym("diag"), w.term(n.argument)),
    Build: lambda w, n: Sub(w.term(n.body), (w.letter(n.variable),)),
    Sum: lambda w, n: w.indexed_sum(n),
    Product: lambda w, n: w.ordered_product(n),
    Choose: lambda w, n: Cases(tuple((w.term(body), tuple(map(w.compare, cs))) for body, cs in n.branches)),
    Truth: lambda w, n: Indicator(w.compare(n.condition)),
}
