"""Which letters with a prefix are errors before the function of a gate, and not of the gate itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.language.parts import TWO, taken_from_one, terms_of
from symrnn.language.terms import DEFINING, Add, Apply, Mark, Neg, Pow, Relation, Sub, Sup, Term, Transpose, walk
from symrnn.reading.lexicon.prefixes import unprefixed


def inner_errors(relations: Sequence[Relation]) -> Iterator[Term]:
    r"""The letters with a prefix that are about what a gate or a softmax is of, as they stand in their first equation.

    It has the slope of the gate, ``\\delta o_t = … o_t (1 - o_t)``, or is the difference from a target, ``dp_t = p_t - y_t``.
    """
    functions = {r.left: r.right for r in relations if r.op in DEFINING and isinstance(r.right, Apply)}
    for left, right in _first_equations(relations):
        gate = unprefixed(left)
        of_a_target = gate in functions and gate in _compared(right)
        if of_a_target or any(_is_slope(node, gate, functions.get(gate)) for _, node in walk(right)):
            yield left


def errors_by_target(relations: Sequence[Relation]) -> Iterator[tuple[Term, Term, bool]]:
    r"""The errors that bear the letter of a target, ``dy_t = \\hat y_t - y_t``, with the output that they are about, and whether that is
    a function, of what their gradient is by."""
    made = {r.left: r.right for r in relations if r.op in DEFINING}
    for left, right in _first_equations(relations):
        target = unprefixed(left)
        outputs = _compared(right) - {target} if target not in made else frozenset()
        if target in _compared(right) and len(outputs) == 1 and outputs <= made.keys():
            (output,) = outputs
            yield left, output, isinstance(made[output], Apply)


def _first_equations(relations: Sequence[Relation]) -> Iterator[tuple[Term, Term]]:
    """The first equation of each letter with a prefix, as what stands on the left and the formula for it."""
    seen: set[Term] = set()
    for relation in (r for r in relations if r.op in DEFINING):
        left = relation.left.base if isinstance(relation.left, Transpose) else relation.left
        if isinstance(left, (Sub, Sup)) and unprefixed(left) != left and left.base not in seen:
            seen.add(left.base)
            yield left, relation.right


def _compared(term: Term) -> frozenset[Term]:
    """The two letters of a difference, ``p_t - y_t``; none for any other formula."""
    parts = term.terms if isinstance(term, Add) else ()
    letters = frozenset(part.term if isinstance(part, Neg) else part for part in parts)
    one_is_less = len(parts) == 2 and len({isinstance(part, Neg) for part in parts}) == 2
    return letters if one_is_less and all(isinstance(part, (Sub, Sup)) for part in letters) else frozenset()


def _is_slope(node: Term, gate: Term, value: Term | None) -> bool:
    """Whether a term is the slope of a gate ``o = σ(a)``, or a factor of it: ``σ'(a)``, ``1 - o``, ``1 - o^2``."""
    if isinstance(node, Apply) and isinstance(node.function, Mark) and isinstance(value, Apply):
        shifted = any(isinstance(i, Add) for _, n in walk(node.argument) if isinstance(n, (Sub, Sup)) for i in n.indices)
        own = node.function.base == value.function and not shifted  # by a letter for what the gate is of: ``σ'(Z_f)``
        return own or {*terms_of(node.argument)} <= {*terms_of(value.argument)}  # its bias may be left out
    return taken_from_one(node) in (gate, Pow(gate, TWO))
