"""What is proven is what is printed above the program that it became."""

from __future__ import annotations

from symrnn.latex import latex_relation
from symrnn.model import Model
from symrnn.notation import Notation
from symrnn.tensors import Tensor
from symrnn.terms import Relation


def written(left: Tensor, right: Tensor, model: Model) -> Relation:
    """The equation of two tensors, in the notation of the model."""
    notation = Notation(model)
    return Relation("=", notation.term(left), notation.term(right))


def as_latex(relation: Relation) -> str:
    """One line of LaTeX."""
    return " ".join(latex_relation(relation).split())
