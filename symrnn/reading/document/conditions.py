"""Where an equation holds, as its row says beside it: ``..., k > t``, ``(t = 1, ..., T)``, ``for t = T``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

from symrnn.language.terms import Add, Big, Compare, Elided, Ellipsis, Mul, Neg, Num, Relation, Sym, Term, walk
from symrnn.notation import Unreadable, read_row
from symrnn.notation.vocabulary import COMPARISONS

Conditions = tuple[Compare, ...]

#: Letters that count: an equation with one of them alone on its left may say where another holds.
_COUNTING = frozenset(Sym(name) for name in (*"ijklmnrst", "tau"))
#: The words before a condition that is put on all that its sentence says.
_RESTRICTS = re.compile(
    r"(?i)(?:\b(?:for|if|when|whenever|where|while|für|wenn|falls|sofern|pour|quand|lorsque|para|si|cuando|per|se|quando"
    r"|для|при|если|когда)\b(?:\s+\w+){0,3}|(?:当|若|如果|对于?|當|對於?)\w{0,6})\s*$"
)
_IN_TITLE = re.compile(r"\$([^$]+)\$")
#: A chain of a row as far as it matters here: its sides, the signs between them, and the values of a range.
Sides = tuple[Sequence[Term | None], Sequence[str], Sequence[Term]]


def conditions_beside(row: Sequence[Sides]) -> list[Conditions]:
    """For each chain of a row the conditions that belong to it: those behind it, and those that the row begins with."""
    said = [tuple(_conditions(*chain)) for chain in row]
    result: list[Conditions] = [()] * len(row)
    common: Conditions = ()
    open_chains: list[int] = []
    bound = False
    for number, conditions in enumerate(said):
        if not conditions:
            open_chains = [number] if bound else [*open_chains, number]
            bound = False
        elif open_chains:
            bound = True
            for chain in open_chains:
                result[chain] += conditions
        else:
            common += conditions
    return [() if conditions else common + result[number] for number, conditions in enumerate(said)]


def conditions_of(row: Sequence[Sides]) -> Conditions:
    """What a row says about indices, if that is all that it says: ``1 \\le k < t`` in a sentence."""
    said = [tuple(_conditions(*chain)) for chain in row]
    found = tuple(condition for conditions in said for condition in conditions)
    return found if all(said) and all(is_counted(side) for c in found for side in c.sides) else ()


def is_counted(term: Term) -> bool:
    """Whether a formula is made of bare letters and numbers, as a step or a size is, ``2 \\tau - 1``: no product of quantities."""
    products = (node.factors for _, node in walk(term) if isinstance(node, Mul))
    made_so = all(isinstance(node, (Sym, Num, Add, Neg, Mul)) for _, node in walk(term))
    return made_so and all(sum(not isinstance(factor, Num) for factor in factors) <= 1 for factors in products)


def conditions_in_title(title: str) -> Conditions:
    """What the title of a section says about indices in its formulas: "the case of $t = T$"."""
    found: Conditions = ()
    for formula in _IN_TITLE.findall(title):
        with suppress(Unreadable):
            found += conditions_of([(chain.sides, chain.operators, chain.values) for chain in read_row(formula)])
    return found


def besides(conditions: Conditions, nearer: Conditions) -> Conditions:
    """The conditions about letters of which nothing nearer says where they are."""
    said = {node for c in nearer for node in c.nodes()}
    return tuple(c for c in conditions if not any(isinstance(node, Sym) and node in said for node in c.nodes()))


def is_said_to_restrict(before: str) -> bool:
    """Whether the words before a condition put what its sentence says under it: "for all", "si", "für"."""
    return bool(_RESTRICTS.search(before))


def those_about(relation: Relation, conditions: Conditions) -> Conditions:
    """The conditions on letters that a relation has, outside of what it sums over."""
    bound = {node.index for node in relation.nodes() if isinstance(node, Big)}
    letters = {node for node in relation.nodes() if isinstance(node, Sym)} - bound
    return tuple(c for c in conditions if any(node in letters for node in c.nodes()))


def is_about_indices(chain: Sides) -> bool:
    """Whether a chain says something about indices, and nothing else."""
    return any(True for _ in _conditions(*chain))


def _conditions(sides: Sequence[Term | None], signs: Sequence[str], values: Sequence[Term]) -> Iterator[Compare]:
    """What a chain says about indices, if that is all that it says."""
    if not signs or any(side is None for side in sides):
        return
    terms = [side for side in sides if side is not None]
    if values:
        yield from _range(terms[0], values)
    elif all(sign in COMPARISONS for sign in signs) and ("=" not in signs or (terms[0] in _COUNTING and all(map(_counts, terms)))):
        yield from (Compare(sign, a, b) for sign, a, b in zip(signs, terms, terms[1:], strict=False))


def _range(letter: Term, values: Sequence[Term]) -> Iterator[Compare]:
    """``t = 1, ..., T``: at least the first value and at most the last, or the other way round where they fall."""
    known = [value for value in values if not isinstance(value, Ellipsis)]
    first, last = known[0], known[-1]
    if len(known) == len(values) and not _follow(known):
        yield Compare("!=", letter, Elided())  # some values between may be left out: nothing follows for each of them
        return
    falls = isinstance(last, Num) and not (isinstance(first, Num) and first.value <= last.value)
    yield Compare("<=" if falls else ">=", letter, first)
    if not isinstance(values[-1], Ellipsis):
        yield Compare(">=" if falls else "<=", letter, last)


def _follow(values: Sequence[Term]) -> bool:
    """Whether values are whole numbers, each one more than the one before."""
    numbers = [value.value for value in values if isinstance(value, Num)]
    return len(numbers) == len(values) and all(b == a + 1 for a, b in pairwise(numbers))


def _counts(term: Term) -> bool:
    """Whether a term can be an index: letters and numbers, added."""
    if isinstance(term, (Add, Mul)):
        return all(map(_counts, term.terms if isinstance(term, Add) else term.factors))
    if isinstance(term, Neg):
        return _counts(term.term)
    return isinstance(term, Num) or (isinstance(term, Sym) and not term.style and not term.accent)
