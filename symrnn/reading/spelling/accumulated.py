r"""What is added up step by step, ``\\partial L / \\partial W += \\delta_t x_t^T``, as the equation that it claims.

The loop around it goes through all steps: what is added up is the sum over them. A second ``+=`` for the same left side, or one for
what has a step itself, adds one of several terms, and stays as it is. ``W -= \\eta g`` assigns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symrnn.language.terms import PREFIXES, Add, Big, Given, Neg, Pow, Relation, Sub, Sup, Sym, Term, walk

_STEPS = (Sym("t"), Sym("tau"))
ADDS, TAKES, ASSIGNS = "+=", "-=", "<-"


def accumulations(relations: Iterable[Relation]) -> frozenset[Term]:
    """What is added to at one place only."""
    lefts = [relation.left for relation in relations if relation.op == ADDS]
    return frozenset(left for left in lefts if lefts.count(left) == 1)


def summed_up(relation: Relation, once: frozenset[Term]) -> Relation:
    """A relation, an accumulation as the equation with the sum over all steps."""
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
