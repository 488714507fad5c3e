r"""What is added up step by step, ``\\partial L / \\partial W += \\delta_t x_t^T``, as the equation that it claims.

The loop around it goes through all steps: what is added up is the sum over them. A second ``+=`` for the same left side, or one for
what has a step itself, adds one of several terms, and stays as it is. ``W -= \\eta g`` assigns.

Where a loss is the sum of what bears its letter, ``L = \\sum_t L_t``, that letter as a function of what stands at one step is the loss
of that step: ``L_t = L(\\hat y_t, y_t)``. An equation that is written once with what its quantities depend on, ``L = \\sum_t L_t(y_t)``,
is the same without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from symrnn.language.scripted import all_scripts, letter_under, under
from symrnn.language.terms import (
    DEFINING,
    PREFIXES,
    Add,
    Big,
    Deriv,
    Given,
    Neg,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    rebuilt,
    replaced,
    walk,
)

_STEPS = (Sym("t"), Sym("tau"))
ADDS, TAKES, ASSIGNS = "+=", "-=", "<-"


def accumulations(relations: Iterable[Relation]) -> frozenset[Term]:
    """What is added to at one place only."""
    lefts = [relation.left for relation in map(_adding, relations) if relation.op == ADDS]
    return frozenset(left for left in lefts if lefts.count(left) == 1)


def summed_up(relation: Relation, once: frozenset[Term]) -> Relation:
    """A relation, an accumulation as the equation with the sum over all steps."""
    relation = _adding(relation)
    left, right = relation.left, relation.right
    if relation.op == TAKES:
        return replace(relation, op=ASSIGNS, right=Add((left, Neg(right))))
    steps = [step for step in _STEPS if step in _script_letters(right) and step not in _script_letters(left)]
    if relation.op != ADDS or left not in once:
        return relation
    if len(steps) == 1 and not _script_letters(left) & set(_STEPS):
        return replace(relation, op="=", right=Big("sum", steps[0], None, None, (), right))
    plain = left.base if isinstance(left, Sub) else left
    if not steps and isinstance(plain, Sym) and plain.style not in PREFIXES:
        return replace(relation, op=ASSIGNS, right=Add((left, right)))
    return relation


def _adding(relation: Relation) -> Relation:
    r"""``\partial L / \partial W \leftarrow \partial L / \partial W + \delta_t x_t^T`` as what it adds to a gradient."""
    left, right = relation.left, relation.right
    letter = letter_under(left)
    gradient = isinstance(left, Deriv) or (letter is not None and letter.style in PREFIXES.keys() - {"Delta"})  # ΔW may be a step
    if relation.op != ASSIGNS or not gradient or not isinstance(right, Add) or right.terms.count(left) != 1:
        return relation
    rest = tuple(term for term in right.terms if term != left)
    return replace(relation, op=ADDS, right=rest[0] if len(rest) == 1 else Add(rest))


def _script_letters(term: Term) -> frozenset[Sym]:
    """The letters below and above others, and alone in brackets behind them."""
    found: set[Sym] = set()
    for _, node in walk(term):
        if isinstance(node, (Sub, Sup)):
            parts: tuple[Term, ...] = node.indices
        else:
            parts = (node.exponent,) if isinstance(node, Pow) else node.arguments if isinstance(node, Given) else ()
        found |= {n for part in parts for _, n in walk(part) if isinstance(n, Sym)}
    return frozenset(found)


def summed_by_its_letter(relations: Iterable[Relation]) -> Mapping[Term, Big]:
    """The sums over the steps of what bears the letter of their whole, by that letter."""
    sums = ((r.left, n) for r in relations if isinstance(r.left, Sym) for _, n in walk(r.right) if isinstance(n, Big))
    return {whole: big for whole, big in sums if under(big.body) == whole and all_scripts(big.body) == (big.index,)}


def told_by_their_step(term: Term, sums: Mapping[Term, Big]) -> Term:
    """A formula with the losses of one step that have the letter of their sum: ``L_t(\\hat y_t, y_t)`` for ``L(\\hat y_t, y_t)``."""
    term = rebuilt(term, lambda part: told_by_their_step(part, sums))
    if not isinstance(term, Given) or term.base not in sums:
        return term
    shared = set.intersection(*(set(all_scripts(argument)) for argument in term.arguments))
    total = sums[term.base]
    return replace(term, base=replaced(total.body, {total.index: shared.pop()})) if len(shared) == 1 else term


def with_their_arguments(relations: Sequence[Relation]) -> Mapping[Relation, Relation]:
    """The equations that say without what their quantities depend on what another one says with it, as that one."""
    sides = {relation: relation.changed(_uncalled).sides for relation in relations if relation.op in DEFINING}
    full = {plain: relation for relation, plain in sides.items() if relation.sides != plain}
    return {r: replace(r, left=full[p].left, right=full[p].right) for r, p in sides.items() if r.sides == p and p in full}


def _uncalled(term: Term) -> Term:
    """A formula without what its quantities are said to depend on: ``L_t`` for ``L_t(y_t)``, but not for ``L(t)``."""
    term = rebuilt(term, _uncalled)
    return term.base if isinstance(term, Given) and (len(term.arguments) > 1 or all_scripts(term.arguments[0])) else term
