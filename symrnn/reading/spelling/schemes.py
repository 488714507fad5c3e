r"""One equation for several gates: ``u_{kt} = \\sum_i W_{ki} x_{ti} + b_k``, where k stands for the names of ``u_{ft}`` and ``u_{ot}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symrnn.language.parts import column_of, factors_of
from symrnn.language.terms import DEFINING, Big, Relation, Sub, Sym, Term, replaced, walk
from symrnn.reading.spelling.together import Names, words_below


def schemes(relations: Sequence[Relation], terms: Iterable[Term], names: Names) -> tuple[Mapping[Relation, Relation], Names]:
    """The equations of several gates, each with what it says of all of them, and the names that stand before a component in it."""
    defined = {r.left.base for r in relations if isinstance(r.left, Sub) and _named(r.left, names)}
    used = [node for term in terms for _, node in walk(term) if isinstance(node, Sub)]
    found: dict[Relation, Relation] = {}
    more: set[tuple[str, str]] = set()
    for relation in relations:
        left = relation.left
        word = next(words_below(left), None) if isinstance(left, Sub) and isinstance(left.base, Sym) else None
        if relation.op not in DEFINING or word is None or not isinstance(left, Sub) or left.base in defined:
            continue
        stands, base = word[0], left.base
        gates = list(dict.fromkeys(name for node in used if node.base == base for name in _named(node, names)))
        bound = {node.index for _, node in walk(relation.right) if isinstance(node, Big)}
        below = [node for _, node in walk(relation.right) if isinstance(node, Sub) and _holds(node, stands)]
        elsewhere = any(node == stands and "indices" not in path for path, node in walk(relation.right))
        if len(gates) < 2 or stands in bound or not below or elsewhere:
            continue
        rows = [(replaced(left, {stands: gate}), replaced(relation.right, {stands: gate})) for gate in gates]
        found[relation] = Relation(relation.op, column_of(a for a, _ in rows), column_of(b for _, b in rows), relation.conditions)
        counted = {
            node.base.name for node in below for _, last in words_below(node) if last in bound and isinstance(node.base, Sym)
        }
        more |= {(letter, gate.name) for letter in counted for gate in gates}
    return found, frozenset(more)


def _named(node: Sub, names: Names) -> list[Sym]:
    """The name that a step follows below a letter."""
    letter = node.base.name if isinstance(node.base, Sym) else ""
    return [first for first, _ in words_below(node) if isinstance(first, Sym) and (letter, first.name) in names]


def _holds(node: Sub, letter: Term) -> bool:
    return any(letter in factors_of(script) for script in node.indices)
