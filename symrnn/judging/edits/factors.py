"""Edits of products: a factor that is missing or too many, an order, a derivative through one step only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from symrnn.judging.edits.setting import CONVENTION, MATHEMATICS, Setting, stated, symbol, times_at, total_loss
from symrnn.judging.verdict import Edit, Path
from symrnn.language.model import Quantity
from symrnn.language.tensors import Map
from symrnn.language.terms import (
    Add,
    Apply,
    Deriv,
    Hadamard,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Sym,
    Term,
    Transpose,
)


def factor_edits(node: Mul, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A factor more or less, two that change places, a total derivative for a part of the product."""
    for position in range(len(node.factors) + 1):
        for factor, edit in factors_offered(relation, path, setting):
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
                    adjoint = Deriv(symbol(total.name), stated(state, time))
                    factors = (*node.factors[:start], adjoint, *node.factors[stop:])
                    piece = node.factors[start] if stop == start + 1 else Mul(node.factors[start:stop])
                    text = f"{setting.show(piece)} → {setting.show(adjoint)}"
                    new = factors[0] if len(factors) == 1 else replace(node, factors=factors)
                    yield new, Edit(MATHEMATICS, "only the immediate derivative", text)


def elementwise_factors(node: Hadamard, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """An elementwise product with the activation derivative that it lacks, or with the part of one that it lacks."""
    for quantity, slope in _states(setting):
        for time in times_at(relation, path, setting) if quantity.shape else ():
            whole = slope(stated(quantity, time))
            for part in whole.factors if isinstance(whole, Hadamard) else (whole,):
                text = f"the factor {setting.show(part)} is missing"
                yield Hadamard((*node.factors, part)), Edit(MATHEMATICS, "missing activation derivative", text)
            if isinstance(whole, Hadamard):
                text = f"the factor {setting.show(whole)} is missing"
                yield Hadamard((*node.factors, *whole.factors)), Edit(MATHEMATICS, "missing activation derivative", text)


def wrapped(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A product with one more factor, where there was a single operand."""
    for factor, edit in factors_offered(relation, path, setting):
        yield Mul((factor, node)), edit
        yield Mul((node, factor)), edit
        if isinstance(factor, Apply) and not path and isinstance(relation.left, Deriv):
            yield Outer((factor, node)), edit


def deletions(node: Mul | Hadamard | Outer, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A product without one of its factors."""
    for position, factor in enumerate(node.factors):
        rest = (*node.factors[:position], *node.factors[position + 1 :])
        new = rest[0] if len(rest) == 1 else replace(node, factors=rest)
        yield new, Edit(MATHEMATICS, "a factor too many", f"the factor {setting.show(factor)} is too many")


def exchanges(node: Mul | Hadamard | Outer, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Two neighbouring factors that change places."""
    for position in range(len(node.factors) - 1):
        a, b = node.factors[position : position + 2]
        new = replace(node, factors=(*node.factors[:position], b, a, *node.factors[position + 2 :]))
        yield new, Edit(CONVENTION, "reversed order", f"{setting.show(a)} and {setting.show(b)} change places")


def factors_offered(relation: Relation, path: Path, setting: Setting) -> list[tuple[Term, Edit]]:
    """The factors that a product may lack: the parameters and their transposes, the activation derivatives at the steps at hand."""
    result: list[tuple[Term, Edit]] = []
    for quantity in setting.model.quantities.values():
        if quantity.is_parameter and len(quantity.shape) == 2:
            name = "missing output matrix" if "classes" in quantity.shape else "missing weight matrix"
            for term in (symbol(quantity.name), Transpose(symbol(quantity.name))):
                result.append((term, Edit(MATHEMATICS, name, f"the factor {setting.show(term)} is missing")))
    for term in _slopes(relation, path, setting):
        edit = Edit(MATHEMATICS, "missing activation derivative", f"the factor {setting.show(term)} is missing")
        result.append((term, edit))
    return result


def _slopes(relation: Relation, path: Path, setting: Setting) -> Iterator[Term]:
    """diag(1 - h_k^2) (or the like, 1 - h_k^2 for numbers) for every state and every time that the formula speaks of."""
    times = times_at(relation, path, setting)
    for quantity, slope in _states(setting):
        for time in times:
            term = slope(stated(quantity, time))
            yield Apply(Sym("diag"), term) if quantity.shape else term


def _states(setting: Setting) -> Iterator[tuple[Quantity, Callable[[Term], Term]]]:
    """The quantities that an activation defines, with its derivative."""
    for quantity in setting.model.quantities.values():
        slope = activation_slope(quantity)
        if slope is not None:
            yield quantity, slope


def activation_slope(quantity: Quantity) -> Callable[[Term], Term] | None:
    """The derivative of the activation that defines a state, as a formula in the state itself; None for any other quantity."""
    definition = quantity.definition
    if not isinstance(definition, Map):
        return None
    one = Num(Fraction(1))
    if definition.function == "tanh":
        return lambda h: Add((one, Neg(Pow(h, Num(Fraction(2))))))
    if definition.function == "sigma":
        return lambda h: Hadamard((h, Add((one, Neg(h)))))
    return None
