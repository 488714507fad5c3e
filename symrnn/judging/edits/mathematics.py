"""Edits of convention and of mathematics: orders, transposes, signs, factors, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from symrnn.judging import mistakes
from symrnn.judging.edits.activations import activation_edits, applied_twice
from symrnn.judging.edits.bounds import all_sums_from_first, answer_terms, bound_edits, later_terms, number_of_steps, shifts
from symrnn.judging.edits.factors import (
    deletions,
    elementwise_factors,
    elementwise_wrapped,
    exchanges,
    factor_edits,
    outer_factors,
    wrapped,
)
from symrnn.judging.edits.pieces import lost_vectors, other_functions, other_numbers
from symrnn.judging.edits.setting import Change, Setting, at_right, change_at, in_script, index_places, parent_of, total_loss
from symrnn.judging.edits.shapes import (
    bracket_edits,
    number_edits,
    other_blocks,
    other_products,
    outer_by_sizes,
    outer_turned,
    power_edits,
    transposed_vectors,
)
from symrnn.judging.mistakes import CONVENTION, Mistake
from symrnn.judging.verdict import Edit, Exchange, Path
from symrnn.language.parts import ONE, taken_from_one, unsigned
from symrnn.language.tensors import Softmax
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Frac,
    Hadamard,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    replace_at,
    step_into,
    walk,
)
from symrnn.notation.said import said


def likely_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The few edits of the right side that formulas put together from earlier ones need: orders, transposes, lost terms."""
    for path, node in walk(relation.right):
        if isinstance(node, Big) and node.kind == "prod":
            yield at_right(relation, path, *next(_transposes(node, relation.right, path, setting)))
            for new, edit in bound_edits(node, setting):
                if edit.kind == CONVENTION:
                    yield at_right(relation, path, new, edit)
    for new, edit in all_sums_from_first(relation.right, setting):
        yield at_right(relation, (), new, edit)


def deeper_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Edits of the right side: of convention (transposes, orders) and of mathematics (factors, bounds, signs, letters)."""
    for path, node in walk(relation.right):
        for new, edit in _edits_of(node, path, relation, setting):
            yield Change(change_at(relation, ("right", path), new), edit)


def _edits_of(node: Term, path: Path, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    parent = parent_of(relation.right, path)
    if in_script(relation.right, path, setting.lexicon):
        yield from _shifts_in(parent, node, setting)
        return
    if isinstance(parent, Pow) and path[-1] == "base":
        yield from _parameter_edits(node, setting)
    if _inside_derivative_or_function(relation.right, path, isinstance(relation.left, Deriv)):
        return
    yield from _sign_edits(node, setting)
    yield from _turned_round(node, setting)
    yield from _recurrent_edits(node, setting)
    yield from _other_gradients(node, setting)
    yield from _softmax_edits(node, setting)
    yield from _transposes(node, relation.right, path, setting)
    yield from transposed_vectors(node, setting)
    yield from other_blocks(node, setting)
    yield from outer_turned(node, setting)
    yield from outer_by_sizes(node, relation, setting)
    yield from other_products(node, setting)
    yield from activation_edits(node, setting)
    yield from bracket_edits(node, setting)
    yield from other_functions(node, setting)
    yield from lost_vectors(node, relation, path, setting)
    if isinstance(parent, Add):
        yield from other_numbers(node, setting)
    yield from _edits_of_products(node, path, relation, setting)
    yield from _edits_of_wholes(node, path, relation, setting)


def _edits_of_products(node: Term, path: Path, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """What is lost from a product, or too much in one, or in another order."""
    parent = parent_of(relation.right, path)
    if isinstance(node, Mul) and node.sign != "times":
        yield from factor_edits(node, relation, path, setting)
    elif _is_operand(relation.right, path, setting):
        yield from wrapped(node, relation, path, setting)
    if isinstance(node, Hadamard):
        yield from elementwise_factors(node, relation, path, setting)
    elif _is_operand(relation.right, path, setting) and not isinstance(parent, Hadamard):
        yield from elementwise_wrapped(node, relation, path, setting)
    if isinstance(node, (Hadamard, Outer)):
        yield from deletions(node, setting)
        yield from exchanges(node, setting)


def _edits_of_wholes(node: Term, path: Path, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """What is wrong with a sum, a summand, or the whole side."""
    parent = parent_of(relation.right, path)
    if isinstance(node, Big):
        yield from bound_edits(node, setting)
    if not path or isinstance(parent, Big):
        yield from outer_factors(node, relation, path, setting)
    if not path or isinstance(parent, (Add, Big)):
        yield from number_edits(node, setting)
    yield from power_edits(node, relation, path, setting)
    yield from _parameter_edits(node, setting)
    if not path:
        yield from _whole_edits(node, relation, setting)


def _inside_derivative_or_function(term: Term, path: Path, derived: bool) -> bool:
    """Whether a subterm is left as it is: what an activation is applied to is no matter of a derivative, but of a definition."""
    node: Any = term
    for number, step in enumerate(path, start=1):
        if isinstance(node, Apply) and step == "argument" and (not derived or not _is_activation(node)):
            return _inside_derivative_or_function(node.argument, path[number:], derived)
        if isinstance(node, (Deriv, Apply, Frac, Pow)) or (isinstance(node, Big) and step != "body"):
            return True
        node = step_into(node, step)
    return False


def _is_activation(node: Apply) -> bool:
    return isinstance(node.function, Sym) and node.function.name != "diag"


def _is_operand(root: Term, path: Path, setting: Setting) -> bool:
    """Whether a subterm can become a product: a term of a sum, an operand of a wide product, a whole side."""
    node: Any = root
    parent: Any = None
    for step in path:
        if not isinstance(node, tuple):
            parent = node
        node = step_into(node, step)
    if isinstance(node, (Num, Big, Neg)):
        return False
    return parent is None or isinstance(parent, (Add, Outer, Hadamard, Neg, Big, Mul, Transpose))


def _sign_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    if isinstance(node, Add):
        for position, term in enumerate(node.terms):
            flipped = term.term if isinstance(term, Neg) else Neg(term)
            terms = (*node.terms[:position], flipped, *node.terms[position + 1 :])
            yield Add(terms), Edit(mistakes.SIGN, said("the sign of ", unsigned(term)))
        if len(node.terms) == 2 and isinstance(node.terms[1], Neg) and not isinstance(node.terms[0], (Neg, Num)):
            turned = Add((node.terms[1].term, Neg(node.terms[0])))
            yield turned, Edit(mistakes.SIGN, Exchange(node, turned))


def _turned_round(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A transpose that is not written as one: ``W_{ji}`` for ``W_{ij}``, ``a^T b`` for ``b^T a``."""
    new: Term | None = None
    if isinstance(node, Sub) and len(node.indices) == 1 and isinstance(node.indices[0], Mul):
        new = replace(node, indices=(replace(node.indices[0], factors=node.indices[0].factors[::-1]),))
    elif isinstance(node, Sub) and len(node.indices) == 2:
        new = replace(node, indices=node.indices[::-1])
    elif isinstance(node, Mul) and len(node.factors) == 2:
        a, b = node.factors
        if isinstance(a, Transpose) != isinstance(b, Transpose):
            new = replace(node, factors=(_flipped(b), _flipped(a)))
    if new is not None:
        yield new, Edit(mistakes.TRANSPOSE, Exchange(node, new))


def indices_exchanged(relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A transpose in components: ``(p_j - y_j) h_i`` for ``(p_i - y_i) h_j``."""
    places = index_places(relation, setting.lexicon)
    left = dict.fromkeys(s for (side, _), s in places if side == "left" and s.name not in setting.lexicon.times)
    for a, b in combinations(left, 2):
        new = relation.right
        for (side, path), letter in places:
            if side == "right" and letter in (a, b):
                new = replace_at(new, path, b if letter == a else a)
        yield new, Edit(mistakes.TRANSPOSE, said(a, " and ", b, " change places"))


def _flipped(term: Term) -> Term:
    if isinstance(term, Apply) and term.function == Sym("diag"):
        return term
    return term.base if isinstance(term, Transpose) else Transpose(term)


def _transposes(node: Term, root: Term, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    if isinstance(node, Transpose):
        yield node.base, Edit(mistakes.TRANSPOSE_EXTRA, Exchange(node, node.base))
    elif isinstance(node, Big) and node.kind == "prod":
        yield Transpose(node), Edit(mistakes.TRANSPOSE, "the ordered product must be transposed")
    elif _is_matrix(node, setting) and not _transposed_already(root, path):
        new = Transpose(node)
        yield new, Edit(mistakes.TRANSPOSE, Exchange(node, new))


def _transposed_already(root: Term, path: Path) -> bool:
    node: Any = root
    for step in path[:-1]:
        node = step_into(node, step)
    return isinstance(node, Transpose)


def _is_matrix(node: Term, setting: Setting) -> bool:
    """Whether a term is a matrix as a whole: a weight, also with its step above as ``W^{(k)}``, or a state of a batch at a time."""
    occurrence = setting.lexicon.occurrence(node)
    if occurrence is None:
        return False
    known = setting.model.named(occurrence.name)
    at_a_step = occurrence.raised and len(occurrence.indices) == 1 and setting.lexicon.may_be_time(occurrence.indices[0])
    return any(len(q.shape) == 2 and len(occurrence.indices) in (timed, int(at_a_step)) for timed, q in known.items())


def _recurrent_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The loss of one step where the total one is meant: the paths through later steps are forgotten."""
    if isinstance(node, Deriv) and not node.prefix:
        occurrence = setting.lexicon.occurrence(node.numerator)
        total = total_loss(setting.model)
        if occurrence is not None and occurrence.indices and total is not None:
            known = setting.model.named(occurrence.name).get(True)
            if known is not None and not known.shape and known.definition is not None:
                new = replace(node, numerator=setting.written(total))
                change = Exchange(node, new)
                yield new, Edit(mistakes.IMMEDIATE, change)


def _other_gradients(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The gradient of a loss by another quantity of the same rank."""
    loss = setting.quantity(node.numerator) if isinstance(node, Deriv) else None
    if isinstance(node, Deriv) and loss is not None and not loss.shape:
        for other, name in _others(node.denominator, setting):
            new = replace(node, denominator=other)
            yield new, Edit(name, Exchange(node, new))


def _softmax_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """diag(p) - p p^T where only the diagonal p (1 - p) is written."""
    inner = node.argument if isinstance(node, Apply) and node.function == Sym("diag") else node
    if not isinstance(inner, (Mul, Hadamard)) or len(inner.factors) != 2:
        return
    for p, rest in (inner.factors, inner.factors[::-1]):
        occurrence = setting.lexicon.occurrence(p)
        known = setting.model.named(occurrence.name).get(True) if occurrence is not None else None
        if known is not None and isinstance(known.definition, Softmax) and taken_from_one(rest) == p:
            whole = Add((Apply(Sym("diag"), p), Neg(Mul((p, Transpose(p))))))
            change = Exchange(node, whole)
            yield whole, Edit(mistakes.SOFTMAX_DIAGONAL, change)


def _parameter_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Another parameter, or another quantity of the same rank, in place of one."""
    for new, name in _others(node, setting):
        yield new, Edit(name, Exchange(node, new))


def _others(node: Term, setting: Setting) -> Iterator[tuple[Term, Mistake]]:
    """What may have been meant by a quantity: one of the same rank, at the same indices."""
    occurrence, mine = setting.lexicon.occurrence(node), setting.quantity(node)
    yield from _other_errors(node, setting)
    if occurrence is None or mine is None:
        return
    for other in setting.model.quantities.values():
        if other.name != mine.name and other.timed == mine.timed and len(other.shape) == len(mine.shape):
            new = setting.hand.quantity(other.name, *occurrence.indices)
            yield new, mistakes.PARAMETER if mine.is_parameter else mistakes.QUANTITY


def _other_errors(node: Term, setting: Setting) -> Iterator[tuple[Term, Mistake]]:
    """``δi`` for ``δf``: the gradient by another quantity of the same shape."""
    occurrence, mine = setting.lexicon.occurrence(node), setting.error(node)
    if occurrence is None or mine is None:
        return
    for name in sorted(setting.errors, key=str):
        other = setting.hand.quantity(name, *occurrence.indices)
        about = setting.error(other)
        if name != occurrence.name and about is not None and len(about.shape) == len(mine.shape):
            yield other, mistakes.QUANTITY


def _renamed_everywhere(root: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Another quantity, or another step, in place of one that stands at several places, as in ``f(1 - f)``."""
    places: dict[Term, list[Path]] = {}
    for path, node in walk(root):
        if setting.quantity(node) is not None and not in_script(root, path, setting.lexicon) and isinstance(node, (Sub, Sup, Pow)):
            places.setdefault(node, []).append(path)
    for node, paths in places.items():
        for other, name in (*_others(node, setting), *_other_steps(node, setting)) if len(paths) > 1 else ():
            new = root
            for path in paths:
                new = replace_at(new, path, other)
            yield new, Edit(name, Exchange(node, other))


def _shifts_in(parent: Term | None, node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Shifts of an index or of a part of one: of ``t - 1`` as a whole, and not of the number in it, which would be ``t - 0``."""
    shifted_as_a_whole = isinstance(parent, Add) and any(True for _ in shifts(parent, setting))
    if not shifted_as_a_whole and not (isinstance(node, Num) and isinstance(parent, (Add, Neg, Mul))):
        yield from shifts(node, setting)


def _other_steps(node: Term, setting: Setting) -> Iterator[tuple[Term, Mistake]]:
    """The same quantity one step earlier or later."""
    for path, index in walk(node):
        if in_script(node, path, setting.lexicon):
            for new, edit in _shifts_in(parent_of(node, path), index, setting):
                yield replace_at(node, path, new), edit.mistake


def _whole_edits(node: Term, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Edits of a whole side: its sign, the number of steps as a factor or divisor, a sum over an index left open."""
    yield from all_sums_from_first(node, setting)
    yield from later_terms(node, relation, setting)
    yield from answer_terms(node, setting)
    yield from applied_twice(node, setting)
    yield from _renamed_everywhere(node, setting)
    yield from indices_exchanged(relation, setting)
    yield Neg(node), Edit(mistakes.SIGN, "the sign of the whole side")
    horizon, steps = Sym(setting.model.horizon), number_of_steps(setting.model)
    over = Edit(mistakes.MEAN, said("the mean over ", steps, " steps, not their sum"))
    factors = node.factors if isinstance(node, Mul) and not node.sign else (node,)
    yield Mul((Frac(ONE, steps), *factors)), over
    under = Edit(mistakes.MEAN, "the sum over all steps, not their mean")
    yield Mul((steps, *factors)), under
    left = {s.name for (side, _), s in index_places(relation, setting.lexicon) if side == "left"}
    for letter in dict.fromkeys(s.name for (side, _), s in index_places(relation, setting.lexicon) if side == "right"):
        if letter not in left and letter != horizon.name:
            lower = Num(Fraction(max(setting.model.first, 0)))
            for upper in (*(Sym(s) for s in sorted(left & setting.lexicon.times)), horizon):
                summed = Big("sum", Sym(letter), lower, upper, (), node)
                yield summed, Edit(mistakes.SUM, said("the sum over ", Sym(letter), " is missing"))
