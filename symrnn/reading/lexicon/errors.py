"""Which letters with a prefix are errors before the function of a gate, and not of the gate itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.language.parts import TWO, taken_from_one
from symrnn.language.terms import DEFINING, Add, Apply, Mark, Neg, Pow, Relation, Sub, Sup, Term, Transpose, walk
from symrnn.reading.lexicon.prefixes import unprefixed


def inner_errors(relations: Sequence[Relation]) -> Iterator[Term]:
    r"""The letters with a prefix that are about what a gate or a softmax is of, as they stand in their first equation.

    It has the slope of the gate, ``\\delta o_t = … o_t (1 - o_t)``, or is the difference from a target, ``dp_t = p_t - y_t``.
    """
    seen: set[Term] = set()
    functions = {r.left: r.right for r in relations if r.op in DEFINING and isinstance(r.right, Apply)}
    for relation in (r for r in relations if r.op in DEFINING):
        left = relation.left.base if isinstance(relation.left, Transpose) else relation.left
        if not isinstance(left, (Sub, Sup)):
            continue
        letter, gate = left.base, unprefixed(left)
        if gate == left or letter in seen:
            continue
        seen.add(letter)
        of_a_target = gate in functions and _is_difference(relation.right, gate)
        if of_a_target or any(_is_slope(node, gate, functions.get(gate)) for _, node in walk(relation.right)):
            yield left


def _is_difference(term: Term, output: Term) -> bool:
    """Whether a term is an output less another letter, ``p_t - y_t``, or the other way round."""
    if not isinstance(term, Add) or len(term.terms) != 2:
        return False
    parts = {part.term if isinstance(part, Neg) else part for part in term.terms}
    signs = {isinstance(part, Neg) for part in term.terms}
    return output in parts and len(signs) == 2 and all(isinstance(part, (Sub, Sup)) for part in parts)


def _is_slope(node: Term, gate: Term, value: Term | None) -> bool:
    """Whether a term is the slope of a gate ``o = σ(a)``, or a factor of it: ``σ'(a)``, ``1 - o``, ``1 - o^2``."""
    if isinstance(node, Apply) and isinstance(node.function, Mark) and isinstance(value, Apply):
        shifted = any(isinstance(i, Add) for _, n in walk(node.argument) if isinstance(n, (Sub, Sup)) for i in n.indices)
        own = node.function.base == value.function and not shifted  # by a letter for what the gate is of: ``σ'(Z_f)``
        return own or node.argument == value.argument
    return taken_from_one(node) in (gate, Pow(gate, TWO))
