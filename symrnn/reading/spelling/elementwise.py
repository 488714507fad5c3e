r"""The sign ⊗ for a product entry by entry: ``c_t = f_t \\otimes c_{t-1} + i_t \\otimes g_t``.

A small letter at a step is a vector, which no outer product gives. A document that gives one so means the same wherever it says what
is a vector, or what a loss is by one; a gradient by a matrix, ``\\delta_t \\otimes h_{t-1}``, is the outer product there as elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symrnn.language.terms import DEFINING, Deriv, Hadamard, Outer, Relation, Sub, Sup, Term, rebuilt
from symrnn.reading.elaborate.derivatives import is_vec
from symrnn.reading.lexicon.observed import base_letter


def with_elementwise_products(relations: Sequence[Relation]) -> Mapping[Relation, Relation]:
    """The relations in which ⊗ is the elementwise product, with that."""
    outer = [r for r in relations if any(isinstance(n, Outer) for n in _nodes(r)) and not any(map(_is_of_matrices, _nodes(r)))]
    if not any(_gives_a_vector(r) for r in outer):
        return {}
    return {r: r.changed(_told) for r in outer if _is_small(_of(r.left))}


def _gives_a_vector(relation: Relation) -> bool:
    """Whether an equation of the network gives a small letter at a step."""
    forward = relation.op in DEFINING and not any(isinstance(n, Deriv) for n in _nodes(relation))
    return forward and isinstance(relation.left, (Sub, Sup)) and _is_small(relation.left)


def _is_of_matrices(node: Term) -> bool:
    """``x^T \\otimes I``, and ``vec(W)`` beside which ⊗ is the Kronecker product."""
    return is_vec(node) or (isinstance(node, Outer) and any(base_letter(factor) == "I" for factor in node.factors))


def _of(left: Term) -> Term:
    """What an equation gives, or gives the derivative by."""
    return left.denominator if isinstance(left, Deriv) else left


def _is_small(term: Term) -> bool:
    name = base_letter(term)
    return len(name) == 1 and name.islower()


def _nodes(relation: Relation) -> list[Term]:
    return list(relation.nodes())


def _told(term: Term) -> Term:
    term = rebuilt(term, _told)
    return Hadamard(term.factors) if isinstance(term, Outer) else term
