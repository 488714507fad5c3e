"""Derivatives of formulas, by a quantity or by a component of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from symrnn.language import questions
from symrnn.language.choices import Inadmissible, Opaque
from symrnn.language.functions import BY_SPELLING
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Affine, Dot, Eye, Jac, Pick, Ref, Tensor, mentioned
from symrnn.language.terms import HALVES, Apply, Deriv, Mark, Sym, Term
from symrnn.notation.said import name_typed, said
from symrnn.reading.elaborate.applications import partial_of_open
from symrnn.reading.elaborate.elaboration import Elaborator
from symrnn.reading.elaborate.jumps import note_kinks
from symrnn.reading.elaborate.operand import Operand
from symrnn.reading.elaborate.quantities import by_copy, class_below, concrete, copy_named, entry_of, of_class, quantity_of
from symrnn.reading.lexicon import function_name


def derivative_of(e: Elaborator, term: Deriv) -> Operand:
    """A derivative: of a formula, by a quantity or by a component of one."""
    if term.sign in HALVES:
        raise Inadmissible("a derivative with one ∂ only; write ∂ above and below the line")
    term = _of_a_value(term, e.model)
    partial = partial_of_open(e, term)
    if partial is not None:
        return partial
    marked = term.sign == "partial+" or isinstance(term.numerator, Mark)
    explicit = marked or (e.tells_total and term.sign == "partial" and _is_chosen_explicit(e))
    stacked = is_vec(term.denominator)
    below = term.denominator.argument if is_vec(term.denominator) else term.denominator
    number = class_below(e, below)
    if number is not None:
        return of_class(e, below, number, lambda other: e.operand(replace(term, denominator=other)))
    numerator = concrete(e, term.numerator)
    copy = copy_named(e, e.lexicon.occurrence(below))
    if copy is not None:
        return by_copy(e, numerator, *copy)
    wrt = quantity_of(e, below)
    if wrt is None:
        raise Inadmissible("a derivative by something that is no quantity")
    ref, picks = _picked(wrt.tensor)
    if ref is None:
        raise Inadmissible("a derivative by something that is no quantity")
    _refuse_two_meanings(e, term.numerator, below, numerator.tensor, wrt.tensor)
    note_kinks(e, numerator.tensor)
    if ref.quantity in e.unknown and ref.quantity not in mentioned(numerator.tensor):
        raise Inadmissible(said("a derivative by ", name_typed(e.unknown[ref.quantity].name), ", which nothing has"))
    tensor = _of_product(numerator.tensor, ref) if explicit else None
    if explicit and tensor is None and _picked(numerator.tensor)[0] is None:
        unclear = "an explicit derivative of what is no single quantity; give the formula a letter, and it is judged"
        raise Opaque(unclear) if marked else Inadmissible(unclear)
    tensor = tensor or Jac(numerator.tensor, ref, explicit)
    if picks:
        return entry_of(tensor, numerator, ref, picks)
    if not ref.shape:
        return Operand(tensor, numerator.side)
    return Operand(tensor, "", numerator.tensor, ref, stacked=len(ref.shape) == 2 and (stacked or e.combine.stacks_all))


def _refuse_two_meanings(e: Elaborator, above: Term, below: Term, numerator: Tensor, by: Tensor) -> None:
    """In ``ds_t / ds_k`` t counts no steps where k counts components. Raises Inadmissible."""
    found = [e.lexicon.occurrence(side.base if isinstance(side, Mark) else side) for side in (above, below)]
    if any(o is None or len(o.indices) != 1 for o in found) or len({o.name for o in found if o is not None}) != 1:
        return
    if bool(_picked(numerator)[1]) != bool(_picked(by)[1]):
        raise Inadmissible("one of two letters at the same place counts steps and the other components")


def _is_chosen_explicit(e: Elaborator) -> bool:
    """Whether ∂ is taken as the explicit derivative, in an equation that has d for the total one."""
    explicit = "the explicit derivative"
    return e.choices.choose(questions.EXPLICIT_BESIDE_TOTAL, (explicit, "the total one")) == explicit


def _of_product(numerator: Tensor, by: Ref) -> Tensor | None:
    """The explicit derivative of ``M r`` by M, which holds r fixed; None for another formula."""
    if isinstance(numerator, Dot) and numerator.axes == 1 and numerator.left is by and len(numerator.right.shape) == 1:
        return Dot(Eye(by.shape[0]), numerator.right, 0)
    return None


def _of_a_value(term: Deriv, model: Model) -> Deriv:
    """``dσ/dx`` is the derivative of σ(x): a function alone above, where no quantity has its letter."""
    function = term.numerator
    record = BY_SPELLING.get(function.name) if isinstance(function, Sym) and not function.accent else None
    if record is None or record.takes != "entries" or not record.is_known or model.named(Name(record.name)):
        return term
    return replace(term, numerator=Apply(function, term.denominator))


def _picked(tensor: Tensor) -> tuple[Ref | None, tuple[Affine, ...]]:
    if isinstance(tensor, Ref):
        return tensor, ()
    if isinstance(tensor, Pick) and isinstance(tensor.argument, Ref) and len(tensor.indices) == len(tensor.argument.shape):
        return tensor.argument, tensor.indices
    return None, ()


def is_vec(node: Term) -> TypeGuard[Apply]:
    r"""Whether a term is ``\mathrm{vec}(W)``, the entries of a matrix one after the other."""
    return isinstance(node, Apply) and function_name(node.function) == "vec"
