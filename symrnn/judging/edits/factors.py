"""Edits of products: a factor that is missing or too many, an order, a derivative through one step only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.judging import mistakes
from symrnn.judging.edits.activations import activations, gates_offered, is_gate_like, slope_of
from symrnn.judging.edits.bounds import shift
from symrnn.judging.edits.setting import Setting, times_at, times_near, total_loss
from symrnn.judging.mistakes import Mistake
from symrnn.judging.verdict import Edit, Exchange, Path
from symrnn.language.functions import quadratic
from symrnn.language.parts import complement, factors_of
from symrnn.language.terms import Apply, Big, Deriv, Hadamard, Mark, Mul, Outer, Relation, Sym, Term, Transpose
from symrnn.notation.said import said


def factor_edits(node: Mul, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A factor more or less, two that change places, a total derivative for a part of the product."""
    for position in range(len(node.factors) + 1):
        for factor, edit in factors_offered(node, relation, path, setting):
            yield replace(node, factors=(*node.factors[:position], factor, *node.factors[position:])), edit
    yield from deletions(node, setting)
    yield from exchanges(node, setting)
    yield from _adjoints(node, relation, path, setting)


def _adjoints(node: Mul, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The total derivative of the loss by a state where factors give only what comes through one step."""
    total = total_loss(setting.model)
    states = [q for q in setting.model.quantities.values() if q.recurrence == -1]
    if total is None:
        return
    for start in range(len(node.factors)):
        for stop in range(start + 1, len(node.factors) + 1):
            for state in states:
                for time in times_at(relation, path, setting):
                    adjoint = Deriv(setting.written(total), setting.written(state, time))
                    factors = (*node.factors[:start], adjoint, *node.factors[stop:])
                    piece = node.factors[start] if stop == start + 1 else Mul(node.factors[start:stop])
                    change = Exchange(piece, adjoint)
                    new = factors[0] if len(factors) == 1 else replace(node, factors=factors)
                    yield new, Edit(mistakes.IMMEDIATE, change)


def elementwise_factors(node: Hadamard, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """An elementwise product with the activation derivative or the gate that it lacks."""
    for factors, edit in _elementwise_offered(node, relation, path, setting):
        yield Hadamard((*node.factors, *factors)), edit


def elementwise_wrapped(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """An elementwise product where there was a single vector."""
    for factors, edit in _elementwise_offered(node, relation, path, setting):
        if isinstance(node, Mul) and isinstance(node.factors[-1], Transpose):
            continue
        yield Hadamard((*factors, node) if is_gate_like(factors[0], setting) else (node, *factors)), edit


def _elementwise_offered(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[tuple[Term, ...], Edit]]:
    for time in times_near(node, relation, path, setting):
        weights = list(gates_offered(time, setting))
        for weight in weights:
            halved = complement(weight) in (node.factors if isinstance(node, Hadamard) else (node,))
            name = mistakes.ACTIVATION_DERIVATIVE if halved else mistakes.GATE if is_gate_like(weight, setting) else mistakes.FACTOR
            yield (weight,), _missing(name, weight, setting)
        for activation in activations(setting):
            if activation.shape:
                whole = activation.slope(time, setting)
                yield _factors(whole), _missing(mistakes.ACTIVATION_DERIVATIVE, whole, setting)
                for part in whole.factors if isinstance(whole, Hadamard) else ():
                    if part not in weights:
                        yield (part,), _missing(mistakes.ACTIVATION_DERIVATIVE, part, setting)


def _factors(term: Term) -> tuple[Term, ...]:
    return term.factors if isinstance(term, Hadamard) else (term,)


def _missing(name: Mistake, factor: Term, setting: Setting) -> Edit:
    return Edit(name, said("the factor ", factor, " is missing"))


def wrapped(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A product with one more factor, where there was a single operand."""
    for factor, edit in factors_offered(node, relation, path, setting):
        yield Mul((factor, node)), edit
        yield Mul((node, factor)), edit
        if isinstance(factor, Apply) and not path and isinstance(relation.left, Deriv):
            yield Outer((factor, node)), edit


def outer_factors(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The state or the input of a step as a row behind a vector, where a derivative by a matrix is what it makes with it."""
    left = relation.left
    by = setting.quantity(left.denominator) if isinstance(left, Deriv) else None
    if by is None or len(by.shape) != 2 or isinstance(node, Big):
        return
    for quantity in setting.model.quantities.values():
        fits = quantity.timed and len(quantity.shape) == 1 and quantity.shape[0] in by.shape
        for time in times_at(relation, path, setting) if fits else ():
            for at in (time, shift(time, -1)):
                row = Transpose(setting.written(quantity, at))
                yield Mul((node, row)), _missing(mistakes.FACTOR, row, setting)


def deletions(node: Mul | Hadamard | Outer, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A product without one of its factors."""
    for position, factor in enumerate(node.factors):
        rest = (*node.factors[:position], *node.factors[position + 1 :])
        new = rest[0] if len(rest) == 1 else replace(node, factors=rest)
        yield new, Edit(mistakes.FACTOR_EXTRA, said("the factor ", factor, " is too many"))


def exchanges(node: Mul | Hadamard | Outer, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Two neighbouring factors that change places."""
    for position in range(len(node.factors) - 1):
        a, b = node.factors[position : position + 2]
        new = replace(node, factors=(*node.factors[:position], b, a, *node.factors[position + 2 :]))
        yield new, Edit(mistakes.ORDER, said(a, " and ", b, " change places"))


def factors_offered(node: Term, relation: Relation, path: Path, setting: Setting) -> list[tuple[Term, Edit]]:
    """The factors that a product may lack: the parameters and their transposes, the activation derivatives at the steps at hand."""
    result: list[tuple[Term, Edit]] = []
    for quantity in setting.model.quantities.values():
        if quantity.is_parameter and len(quantity.shape) in (0, 2):
            name = (
                mistakes.OUTPUT_MATRIX
                if "classes" in quantity.shape
                else mistakes.WEIGHT_MATRIX
                if quantity.shape
                else mistakes.WEIGHT
            )
            letter = setting.written(quantity)
            for term in (letter, Transpose(letter)) if quantity.shape else (letter,):
                result.append((term, _missing(name, term, setting)))
    for term in (*_slopes(node, relation, path, setting), *_slopes_of_entries(node, setting)):
        result.append((term, _missing(mistakes.ACTIVATION_DERIVATIVE, term, setting)))
    return result


def _slopes(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[Term]:
    """diag(1 - h_k^2) (or the like, 1 - h_k^2 for numbers) for every state and every time that the formula speaks of."""
    for activation in activations(setting):
        for time in times_near(node, relation, path, setting):
            term = activation.slope(time, setting)
            yield Apply(Sym("diag"), term) if activation.shape else term


def _slopes_of_entries(node: Term, setting: Setting) -> Iterator[Term]:
    """The activation derivative at each entry ``s_n(t)`` of what an activation takes or gives, where a factor is (a derivative of) it."""
    parts = factors_of(node)
    for entry in (part.numerator if isinstance(part, Deriv) else part for part in parts):
        found, quantity = setting.lexicon.occurrence(entry), setting.quantity(entry)
        if found is None or quantity is None or len(found.indices) != quantity.timed + len(quantity.shape):
            continue
        for activation in activations(setting) if quantity.shape else ():
            if quantity == activation.argument:
                yield Apply(setting.hand.primed.get(activation.function, Mark(Sym(activation.function), "'")), entry)
            elif quantity == activation.value and quadratic(activation.function):
                yield slope_of(activation.function, entry, wide=False)
