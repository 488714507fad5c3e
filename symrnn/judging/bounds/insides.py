"""Bounds on norms that an equation of what stands inside of them gives: ``‖A‖ ≤ ‖B‖ ‖C‖`` where A = B C."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

from symrnn.language import questions
from symrnn.language.questions import Answers
from symrnn.language.terms import Add, Big, Mul, Norm, Relation, Term, Transpose, walk

_SUBMULTIPLICATIVE = (questions.NORM, "one with ‖A B‖ ≤ ‖A‖ ‖B‖, as every induced norm and the Frobenius norm")
_OF_TRANSPOSES = (questions.NORM_OF_TRANSPOSE, "that of the matrix, as of the spectral and the Frobenius norm")

#: So many factors are tried in every order: norms commute, and matrices do not.
_FACTORS = 3


def bounding(relation: Relation) -> Iterator[tuple[Relation, Answers]]:
    """The equations of which each gives a bound, with what they take the norm for; none for what bounds no norm by norms.

    By the triangle inequality and submultiplicativity (Horn, Johnson, Matrix Analysis, 5.6).
    """
    small, large = (relation.left, relation.right) if relation.op == "<=" else (relation.right, relation.left)
    if relation.op not in ("<=", ">=") or not isinstance(small, Norm):
        return
    if any(isinstance(node, Norm) and node.kind != small.kind for _, node in walk(large)):
        return
    for inside in _insides(large):
        yield Relation("=", small.term, inside, relation.conditions), (_SUBMULTIPLICATIVE,)
    for inside in _insides(large):
        for turned in _turned(inside):
            yield Relation("=", small.term, turned, relation.conditions), (_SUBMULTIPLICATIVE, _OF_TRANSPOSES)


def _insides(term: Term) -> Iterator[Term]:
    """Formulas whose norm is at most a bound: what the norms in it are of, the factors of a product in each order."""
    match term:
        case Norm():
            yield term.term
        case Big(body=body):
            yield from (replace(term, body=inside) for inside in _insides(body))
        case Add(terms=terms):
            yield from (Add(parts) for parts in product(*(tuple(_insides(part)) for part in terms)))
        case Mul(factors=factors) if len(factors) <= _FACTORS:
            for order in permutations(factors):
                yield from (Mul(parts, term.sign) for parts in product(*(tuple(_insides(part)) for part in order)))


def _turned(term: Term) -> Iterator[Term]:
    """A product with one factor transposed, or one that is a transpose as it is without."""
    match term:
        case Big(body=body):
            yield from (replace(term, body=inside) for inside in _turned(body))
        case Mul(factors=factors):
            for k, factor in enumerate(factors):
                turned = factor.base if isinstance(factor, Transpose) else Transpose(factor)
                yield Mul((*factors[:k], turned, *factors[k + 1 :]), term.sign)
