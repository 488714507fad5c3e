"""The quantities that a formula mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TypeGuard

from symrnn.language.model import Name
from symrnn.language.parts import ONE
from symrnn.language.terms import Apply, Big, Compare, Num, Relation, Sub, Sup, Sym, Term, children, walk
from symrnn.reading.lexicon import Lexicon, Occurrence

_ZERO = Num(Fraction(0))


def parameters(term: Term, lexicon: Lexicon) -> set[Name]:
    """The quantities of a formula that have no index: its weights, biases and numbers."""
    return {o.name for o in outermost(term, lexicon) if not o.indices}


def classes(terms: Iterable[Term], lexicon: Lexicon) -> set[Name]:
    """The quantities that serve as the number of a class: below a letter (``p_{t,y_t}``) or in a condition (``i = y_t``)."""
    nodes = [node for term in terms for _, node in walk(term)]
    names = {o.name for o in map(lexicon.occurrence, nodes) if o is not None}
    found: set[Name] = set()
    for node in nodes:
        occurrence = lexicon.occurrence(node)
        scripts = node.indices if isinstance(node, (Sub, Sup)) and not isinstance(node.base, (Num, Sym)) else ()
        numbers = occurrence.indices if occurrence is not None else scripts
        if _tells_apart(node) and any(lexicon.is_index(side) for side in node.sides):
            numbers = (node.left, node.right)
        named = {o.name for o in (lexicon.occurrence(number) for number in numbers if lexicon.is_class(number)) if o is not None}
        if occurrence is not None:  # b_{y_i} beside b_y is an entry of that bias
            named = {name for name in named if replace(occurrence.name, suffix=name.letter) not in names}
        found |= named
    return found


def binary(terms: Iterable[Term], lexicon: Lexicon) -> set[Name]:
    """The quantities that are 0 or 1: cases tell them apart by that (``y_t = 1``), and nothing uses them as the number of a class."""
    compared: dict[Name, set[Term]] = {}
    below: set[Name] = set()
    for node in (node for term in terms for _, node in walk(term)):
        if _tells_apart(node):
            for side, other in node.both_ways:
                found = lexicon.occurrence(side) if lexicon.is_class(side) else None
                if found is not None:
                    compared.setdefault(found.name, set()).add(other)
        elif isinstance(node, (Sub, Sup)):
            below |= {o.name for o in map(lexicon.occurrence, filter(lexicon.is_class, node.indices)) if o is not None}
    return {name for name, others in compared.items() if others <= {_ZERO, ONE}} - below


def _tells_apart(node: Term) -> TypeGuard[Compare]:
    """Whether a condition says which one is meant, as of a class; ``h_t > 0`` is about a value."""
    return isinstance(node, Compare) and node.op in ("=", "!=")


def outermost(term: Term, lexicon: Lexicon) -> Iterator[Occurrence]:
    """Every quantity that a term mentions, once for each place, without the letters of its subscripts."""
    known = lexicon.mentions.get(id(term))
    if known is None:
        known = lexicon.mentions[id(term)] = term, tuple(_outermost(term, lexicon))
    return iter(known[1])


def occurrences(relation: Relation, lexicon: Lexicon) -> Iterator[Occurrence]:
    """Every quantity that the two sides of a relation mention, once for each place."""
    return (o for side in relation.sides for o in outermost(side, lexicon))


def names_in(relation: Relation | None, lexicon: Lexicon) -> frozenset[Name]:
    """The quantities that a relation mentions; none where there is no relation."""
    return frozenset() if relation is None else frozenset(o.name for o in occurrences(relation, lexicon))


def _outermost(term: Term, lexicon: Lexicon) -> Iterator[Occurrence]:
    if isinstance(term, Apply):
        yield from _outermost(term.argument, lexicon)
        return
    if isinstance(term, Big):
        yield from _inside(term, lexicon)
        return
    occurrence = lexicon.occurrence(term)
    if occurrence is not None:
        yield occurrence
        for index in occurrence.indices:
            if lexicon.is_class(index):
                yield from _outermost(index, lexicon)
        return
    if isinstance(term, (Sub, Sup)):
        yield from _outermost(term.base, lexicon)
        for number in filter(lexicon.is_class, term.indices):
            yield from _outermost(number, lexicon)
        return
    for _, child in children(term):
        yield from _outermost(child, lexicon)


def _inside(big: Big, lexicon: Lexicon) -> Iterator[Occurrence]:
    """What a sum mentions; its index is no time, whatever it is elsewhere, where it runs to a size."""
    index, upper = big.index, big.upper
    for found in _outermost(big.body, lexicon):
        if isinstance(index, Sym) and isinstance(upper, Sym) and upper.name not in lexicon.times | {lexicon.horizon}:
            found = replace(found, indices=tuple(Sym(index.name, style="component") if i == index else i for i in found.indices))
        yield found
