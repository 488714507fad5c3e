"""Edits of single pieces: another number, another function, one too many, a vector that a gradient by a matrix lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.judging import mistakes
from symrnn.judging.edits.bounds import shift
from symrnn.judging.edits.setting import Setting, times_near
from symrnn.judging.verdict import Edit, Exchange, Path
from symrnn.language.functions import meaning
from symrnn.language.tensors import Map, Tensor, walk
from symrnn.language.terms import Apply, Big, Deriv, Mark, Mul, Num, Relation, Sym, Term, Transpose
from symrnn.notation.said import said

Edits = Iterator[tuple[Term, Edit]]


def other_numbers(node: Term, setting: Setting) -> Edits:
    """A whole number that is one too great or too small."""
    if isinstance(node, Num) and node.value.denominator == 1:
        for value in (node.value - 1, node.value + 1):
            if value > 0:
                new = Num(value)
                yield new, Edit(mistakes.OTHER_NUMBER, Exchange(node, new))


def other_functions(node: Term, setting: Setting) -> Edits:
    """Another function of the network in place of one, its derivative, or none where one is applied; a vector for its diagonal matrix."""
    if not isinstance(node, Apply) or not isinstance(node.function, Sym):
        return
    bare = node.argument
    if node.function.name == "diag":
        yield bare, Edit(mistakes.DIAGONAL_EXTRA, Exchange(node, bare))
        return
    if any(isinstance(n, Map) and n.function == meaning(node.function.name) for d in _definitions(setting) for n in walk(d)):
        slope = replace(node, function=Mark(node.function, "'"))
        yield slope, Edit(mistakes.ACTIVATION_DERIVATIVE, Exchange(node, slope))
    for name in functions_of(setting):
        if name != meaning(node.function.name):
            new = replace(node, function=Sym(name))
            yield new, Edit(mistakes.FUNCTION, Exchange(node, new))
    yield bare, Edit(mistakes.FUNCTION_EXTRA, Exchange(node, bare))


def functions_of(setting: Setting) -> list[str]:
    """The functions that stand in the definitions of a network, in alphabetical order."""
    found = {n.function for definition in _definitions(setting) for n in walk(definition) if isinstance(n, Map) and not n.order}
    return sorted(found)


def _definitions(setting: Setting) -> Iterator[Tensor]:
    return (q.definition for q in setting.model.quantities.values() if q.definition is not None)


def lost_vectors(node: Term, relation: Relation, path: Path, setting: Setting) -> Edits:
    """The vector with which an error makes the gradient by a matrix: ``Σ δ_t`` for ``Σ δ_t x_t^T``."""
    if not isinstance(node, Big) or node.kind != "sum" or not _is_by_matrix(relation.left, setting):
        return
    near = times_near(node.body, relation, (*path, "body"), setting)
    for time in dict.fromkeys((*near, *(shift(time, -1) for time in near))):
        for quantity in setting.model.quantities.values():
            if quantity.timed and len(quantity.shape) == 1:
                vector = Transpose(setting.written(quantity, time))
                pair = (vector, node.body) if setting.model.row_vectors else (node.body, vector)
                yield replace(node, body=Mul(pair)), Edit(mistakes.FACTOR, said("the factor ", vector, " is missing"))


def _is_by_matrix(left: Term, setting: Setting) -> bool:
    quantity = setting.quantity(left.denominator) if isinstance(left, Deriv) else None
    return quantity is not None and quantity.is_parameter and len(quantity.shape) == 2
