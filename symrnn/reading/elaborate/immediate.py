"""The short forms of real-time recurrent learning: a vector r in an equation for ∂q/∂M stands for ∂(M r)/∂M with r held fixed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symrnn.language import questions
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import JOIN
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Outer,
    Pow,
    Relation,
    Stack,
    Sym,
    Term,
    Transpose,
    rebuilt,
    walk,
)
from symrnn.reading.lexicon import Lexicon

#: What is said of a reading in which vectors stand for derivatives.
IMMEDIATE = (questions.IMMEDIATE, "that of its product with the matrix, in which it is held fixed")
_IDENTITY = Sym("I")
_DIAGONAL = Sym("diag")


def with_immediate(relation: Relation, model: Model, lexicon: Lexicon) -> Relation | None:
    """The equation for ∂q/∂M with these derivatives written out, and slopes as diagonal matrices; None where it has none.

    ``a \\odot (r + W ∂h/∂W)`` means ``diag(a) (∂(W r)/∂W + W ∂h/∂W)``; so do ``r^\\top \\otimes I``, and ∂(W r)/∂W without a mark.
    """
    left = relation.left
    if not isinstance(left, Deriv):
        return None
    of = _quantity(left.numerator.base if isinstance(left.numerator, Mark) else left.numerator, model, lexicon)
    of_vector = of is not None and bool(of.shape)
    found = _quantity(left.denominator, model, lexicon)
    if found is None or len(found.shape) != 2 or (left.prefix and not of_vector):
        return None
    right = _Writer(left.denominator, found.shape[1], of_vector, model, lexicon).written(relation.right)
    return None if right == relation.right else replace(relation, right=right)


@dataclass(frozen=True)
class _Writer:
    """Writes out the derivatives by `matrix`, whose columns a vector with the axis `columns` fits; in sums, where one `of_vector` is due:
    that of a number adds up matrices."""

    matrix: Term
    columns: str
    of_vector: bool
    model: Model
    lexicon: Lexicon

    def written(self, term: Term) -> Term:
        """A summand or a sum with the derivatives that vectors stand for."""
        if isinstance(term, (Add, Neg)):
            return rebuilt(term, self.written)
        if isinstance(term, Big):
            return replace(term, body=self.written(term.body)) if term.kind == "sum" and self.of_vector else term
        if isinstance(term, Deriv):
            own = term.denominator == self.matrix and term.sign == "partial" and not isinstance(term.numerator, Mark)
            formula = own and self.lexicon.occurrence(term.numerator) is None
            return replace(term, numerator=Mark(term.numerator, "+")) if formula else term
        factors = tuple(f for f in term.factors if f != _IDENTITY) if isinstance(term, Outer) else ()
        if len(factors) == 1:
            return self._derivative(factors[0]) if self._fits(factors[0]) else term
        if self._fits(term):
            return self._derivative(term)
        return self._product(term.factors, term) if isinstance(term, (Mul, Hadamard, Outer)) else term

    def _product(self, factors: tuple[Term, ...], term: Term) -> Term:
        *front, last = factors
        inner = self.written(last)
        if not any(isinstance(node, Deriv) and node.denominator == self.matrix for _, node in walk(inner)):
            return term
        return Mul((*map(self._diagonal, front), inner))

    def _derivative(self, vector: Term) -> Term:
        column = vector.base if isinstance(vector, Transpose) else vector
        return Deriv(Mark(Mul((self.matrix, column)), "+"), self.matrix)

    def _fits(self, term: Term) -> bool:
        if isinstance(term, Stack):  # [h_{t-1}, x_t]
            parts = [_quantity(cell, self.model, self.lexicon) for row in term.rows for cell in row]
            axes = [axis for part in parts if part is not None for axis in part.shape]
            return len(axes) == len(parts) and JOIN.join(axes) == self.columns
        found = _quantity(term.base if isinstance(term, Transpose) else term, self.model, self.lexicon)
        return found is not None and found.shape == (self.columns,)

    def _diagonal(self, factor: Term) -> Term:
        return Apply(_DIAGONAL, factor) if self._is_vector(factor) else factor

    def _is_vector(self, term: Term) -> bool:
        """Whether a factor in front is a vector, as the slope ``1 - h_t^2`` is."""
        found = _quantity(term, self.model, self.lexicon)
        if found is not None:
            return len(found.shape) == 1
        if isinstance(term, Apply):
            return term.function != _DIAGONAL and self._is_vector(term.argument)
        if isinstance(term, Pow):
            return self._is_vector(term.base)
        parts = term.terms if isinstance(term, Add) else term.factors if isinstance(term, Hadamard) else ()
        return any(map(self._is_vector, (*parts, *((term.term,) if isinstance(term, Neg) else ()))))


def _quantity(term: Term, model: Model, lexicon: Lexicon) -> Quantity | None:
    """The quantity that a term names with all of its indices, none of which is a component."""
    found = lexicon.occurrence(term)
    return None if found is None or len(found.indices) > 1 else model.named(found.name).get(bool(found.indices))
