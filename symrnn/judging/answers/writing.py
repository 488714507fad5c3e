"""A tensor in the hand of its document."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symrnn.judging.answers.arithmetic import split
from symrnn.judging.answers.rules import NoAnswer
from symrnn.judging.edits.hand import Hand
from symrnn.language.model import Model, Quantity
from symrnn.language.parts import terms_of
from symrnn.language.tensors import Affine, Const, Diag, Dot, Full, Jac, Over, Plus, Product, Ref, Tensor, Times, mentioned
from symrnn.language.terms import Add, Apply, Big, Deriv, Frac, Hadamard, Outer, Stack, Sub, Sym, Term, Transpose
from symrnn.notation.from_tensors import Notation, product
from symrnn.reading.elaborate.operands import placed


@dataclass(frozen=True)
class Manner:
    """How a claim is written: the sign of its derivatives, and whether slopes stand in diagonal matrices."""

    sign: str
    prefix: bool
    diagonal: bool
    outer: bool


class AnswerWriter(Notation):
    """Writes what was derived as the author of a document would."""

    def __init__(self, model: Model, hand: Hand, manner: Manner, names: dict[tuple[str, str], Quantity]) -> None:
        super().__init__(model)
        self.names = names
        self.hand = hand
        self.manner = manner

    def term(self, node: Tensor) -> Term:
        """The notation of a tensor. Raises NoAnswer."""
        if isinstance(node, Plus):
            return self._sum(node)
        if isinstance(node, Times):
            return self._elementwise(node)
        if isinstance(node, Diag) and self.manner.diagonal:  # its own slopes stand in no other diagonal matrix
            return AnswerWriter(self.model, self.hand, replace(self.manner, diagonal=False), self.names).term(node)
        if isinstance(node, Product):
            return Big("prod", self.letter(node.variable), self.index(node.lower), self.index(node.upper), (), self.term(node.body))
        if len(node.shape) > 2 and not isinstance(node, (Jac, Ref)):
            raise NoAnswer
        return super().term(node)

    def ref(self, node: Ref, at: tuple[Affine, ...] = ()) -> Term:
        """A quantity as the document writes it."""
        quantity = self.model.quantities[node.quantity]
        if quantity.slope:
            raise NoAnswer
        time = () if node.time is None else (node.time,)
        return self.hand.quantity(quantity.name, *map(self.index, time + at))

    def component(self, node: Tensor, at: tuple[Affine, ...]) -> Term:
        """One component; derivatives have the sign that the claim has."""
        name = self._name(node)
        if name is not None and isinstance(node, Jac):
            time = () if node.wrt.time is None else (node.wrt.time,)
            return self.hand.quantity(name.name, *map(self.index, time + at))
        if isinstance(node, Jac):
            rank = len(node.numerator.shape)
            numerator, wrt = self.component(node.numerator, at[:rank]), self.ref(node.wrt, at[rank:])
            if self.manner.sign == "nabla" and at:
                whole = Deriv(numerator, self.ref(node.wrt), "nabla", prefix=True)
                return Sub(whole, tuple(map(self.index, at)))
            return Deriv(numerator, wrt, self.manner.sign, self.manner.prefix)
        return super().component(node, at)

    def _name(self, node: Tensor) -> Quantity | None:
        """The letter that the document has for a derivative."""
        if not isinstance(node, Jac) or not isinstance(node.numerator, Ref):
            return None
        return self.names.get((node.numerator.quantity, node.wrt.quantity))

    def dot(self, node: Dot) -> Term:
        """A product; an outer one as a column times a row, or with a sign of its own."""
        left, right = node.left, node.right
        if isinstance(left, Const) and isinstance(right, Dot) and isinstance(right.left, Over) and not right.axes:
            quotient = right.left
            if isinstance(quotient.left, Const):
                merged = Frac(self.term(Const(left.value * quotient.left.value)), self.term(quotient.right))
                return product((merged, self.term(right.right)))
        if node.axes == 0 and left.shape and right.shape:
            a, b = self.term(left), self.term(right)
            if self.manner.outer:
                return Outer((a, b))
            return product((Transpose(a), b)) if self.model.row_vectors else product((a, Transpose(b)))
        if node.axes == 0 and not isinstance(left, Const) and not (isinstance(right, Full) and right.value == 1):
            return product((self.term(left), self.term(right)))
        if node.axes == 1 and len(left.shape) == len(right.shape) == 1:
            a, b = self.term(left), self.term(right)
            return product((a, Transpose(b)) if self.model.row_vectors else (Transpose(a), b))
        return super().dot(node)

    def _sum(self, node: Plus) -> Term:
        """A sum without brackets in it, what is added first, and numbers before letters: ``1 - z``; a list of vectors as one."""
        parts = _parts_of_a_list(node)
        if parts:
            return Stack((tuple(map(self.term, parts)),))
        terms: list[Term] = []
        for part in sorted(node.terms, key=lambda part: (split(part)[0] < 0, bool(mentioned(part)))):
            written = self.term(part)
            terms += terms_of(written)
        return Add(tuple(terms))

    def _elementwise(self, node: Times) -> Term:
        if self.manner.diagonal and len(node.shape) == 1 and isinstance(node.right, Plus):
            slope, rest = Apply(Sym("diag"), self.term(node.right)), self.term(node.left)
            return product((rest, slope) if self.model.row_vectors else (slope, rest))
        factors: list[Term] = []
        for part in (node.left, node.right):
            written = self.term(part)
            factors += written.factors if isinstance(written, Hadamard) else (written,)
        return Hadamard(tuple(factors))


def _parts_of_a_list(node: Plus) -> tuple[Tensor, ...]:
    """The vectors that a vector is made of, one after the other: ``[h, x]``. Empty for any other sum."""
    products = [term for term in node.terms if isinstance(term, Dot) and term.axes == 1 and len(term.right.shape) == 1]
    labels = [label for term in products for label in term.right.shape]
    is_list = len(products) == len(node.terms) and all(term.left == placed(labels, n) for n, term in enumerate(products))
    return tuple(term.right for term in products) if is_list else ()
