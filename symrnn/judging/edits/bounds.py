"""Edits of sums and of index expressions: a wrong bound, a shifted index, a term of the step after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

from symrnn.judging import mistakes
from symrnn.judging.edits.setting import Setting, times_at, total_loss
from symrnn.judging.verdict import Edit, Exchange
from symrnn.language.model import Model
from symrnn.language.parts import contains, terms_of, unsigned
from symrnn.language.terms import Add, Big, Deriv, Mul, Neg, Num, Relation, Sym, Term, replace_at, walk
from symrnn.notation.said import Said, one_by_one, said


def later_terms(node: Term, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The term that comes through the next step, for every state: dL/dh_{t+1} dh_{t+1}/dh_t."""
    total = total_loss(setting.model)
    if total is None:
        return
    for quantity in setting.model.quantities.values():
        if quantity.recurrence != -1:
            continue
        for time in times_at(relation, (), setting):
            now, later = setting.written(quantity, time), setting.written(quantity, shift(time, 1))
            term = Mul((Deriv(setting.written(total), later), Deriv(later, now)))
            terms = (*node.terms, term) if isinstance(node, Add) else (node, term)
            yield Add(terms), Edit(mistakes.IMMEDIATE, said("the term ", term, " is missing"))


def answer_terms(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A term of the derivative itself that a sum lacks, or that stands there in another form."""
    right = setting.answer.terms if isinstance(setting.answer, Add) else ()
    written = terms_of(node)
    for term in right:
        if term not in written:
            name = mistakes.IMMEDIATE if contains(term, Deriv) else mistakes.TERM
            yield Add((*written, term)), Edit(name, said("the term ", term, " is missing"))


def bound_edits(node: Big, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Bounds one further or one less, both of a product at once, a lower bound at the first step, the order of a product turned round."""
    first = Num(Fraction(max(setting.model.first, 0)))
    if node.lower is not None and node.lower != first and isinstance(node.lower, Num):
        yield replace(node, lower=first), Edit(mistakes.TERMS_LOST, said(_what(node), " starts at ", first))
    if node.lower is not None and not isinstance(node.lower, Num) and node.kind == "sum":
        yield replace(node, lower=first), Edit(mistakes.TRUNCATED, said(_what(node), " starts at ", first))
    for name in ("lower", "upper"):
        bound = getattr(node, name)
        if bound is None:
            continue
        for by in (-1, 1):
            shifted = shift(bound, by)
            change = Exchange(bound, shifted, f"{name} bound")
            changed = replace(node, lower=shifted) if name == "lower" else replace(node, upper=shifted)
            yield changed, Edit(mistakes.BOUND, change)
    if node.kind == "prod" and node.lower is not None and node.upper is not None:
        for down, up in product((1, -1), (-1, 1)):
            lower, upper = shift(node.lower, down), shift(node.upper, up)
            both = said("lower bound ", node.lower, " → ", lower, ", upper bound ", node.upper, " → ", upper)
            yield replace(node, lower=lower, upper=upper), Edit(mistakes.BOUND, both)
        turned = replace(node, lower=node.upper, upper=node.lower)
        yield turned, Edit(mistakes.ORDER, "the ordered product runs the other way")


def _what(node: Big) -> Said:
    return said(f"the {'sum' if node.kind == 'sum' else 'product'} over ", node.index)


def all_sums_from_first(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Every sum over time that starts at a number later than the first step, moved to it: the same terms lost twice."""
    first = Num(Fraction(max(setting.model.first, 0)))
    late = [(path, big) for path, big in walk(node) if isinstance(big, Big) and _starts_late(big, first)]
    if len(late) < 2:
        return
    for path, _ in late:
        node = replace_at(node, (*path, "lower"), first)
    letters = one_by_one(" and ", (big.index for _, big in late))
    yield node, Edit(mistakes.TERMS_LOST, said("the sums over ", letters, " start at ", first))


def _starts_late(big: Big, first: Num) -> bool:
    return isinstance(big.lower, Num) and big.lower.value > first.value


def number_of_steps(model: Model) -> Term:
    """How many steps a sequence has, as an expression in its last one."""
    horizon, first = Sym(model.horizon), model.first - model.horizon_offset
    return horizon if first == 1 else shift(horizon, 1 - first)


def shift(index: Term, by: int) -> Term:
    """An index expression plus a whole number, written as a person would."""
    parts = list(index.terms) if isinstance(index, Add) else [index]
    constant = by
    kept = []
    for part in parts:
        value = unsigned(part)
        if isinstance(value, Num):
            constant += int(value.value) * (-1 if isinstance(part, Neg) else 1)
        else:
            kept.append(part)
    if constant or not kept:
        number = Num(Fraction(abs(constant)))
        kept.append(Neg(number) if constant < 0 else number)
    return kept[0] if len(kept) == 1 else Add(tuple(kept))


def shifts(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """An index one step earlier or later, a step with a number as well."""
    letters = [n.name for _, n in walk(node) if isinstance(n, Sym)]
    counted = isinstance(node, (Sym, Add)) and len(letters) == 1 and letters[0] in setting.lexicon.times
    if not counted and not isinstance(node, Num):
        return
    for by in (-1, 1):
        new = shift(node, by)
        yield new, Edit(mistakes.INDEX, Exchange(node, new, "index"))
