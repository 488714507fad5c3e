"""What is proven is what is printed above the program that it became."""

from __future__ import annotations

from symrnn.language.model import Model
from symrnn.language.tensors import Tensor
from symrnn.language.terms import Relation
from symrnn.notation import latex_relation
from symrnn.notation.from_tensors import Notation


def written_equation(left: Tensor, right: Tensor, model: Model) -> Relation:
    """The equation of two tensors, in the notation of the model."""
    notation = Notation(model)
    return Relation("=", notation.term(left), notation.term(right))


def as_latex(relation: Relation) -> str:
    """One line of LaTeX."""
    return " ".join(latex_relation(relation).split())
