"""The summation convention: an index that stands twice in a product, and nowhere on the other side, is summed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from symrnn.language.parts import factors_of, letters_in, terms_of
from symrnn.language.terms import Add, Big, Deriv, Mul, Neg, Relation, Sub, Sup, Sym, Term, walk

#: Letters that count components; others below a letter are parts of its name.
_COUNTING = frozenset("ijklmnpqrs")
_STATED = re.compile(
    r"(?i)einstein|summation convention|(?:repeated|double|dummy) (?:indices|index|subscripts?) (?:are|is|being) summed"
    r"|sum(?:med|mation)? (?:is )?(?:implied )?over (?:all )?repeated|summenkonvention|convention de sommation|convenio de sumación"
)
_USUAL = 2
#: In how many factors a letter that is summed over may stand: in two matrices and the slope between them.
_MANY = 4


def uses_convention(relations: Iterable[Relation], prose: str) -> bool:
    """Whether the text states the convention, or several equations follow it and none writes a sum over components."""
    relations = list(relations)
    if _STATED.search(prose):
        return True
    nodes = [node for r in relations for node in r.nodes()]
    scripted = [_letters(node) for node in nodes if isinstance(node, Sub)]
    entries = {name for letters in scripted if len(letters) > 1 and _COUNTING.issuperset(letters) for name in letters}
    written = any(_counts_components(node, entries) for node in nodes)
    following = [r for r in relations if entries & (_repeated(r.left, r.right) | _repeated(r.right, r.left))]
    return not written and len(following) >= _USUAL


def _counts_components(node: Term, entries: set[str]) -> bool:
    """Whether a term is a sum over a letter of entries, which ends at no step: in ``\\sum_{r=0}^{t}`` r is one."""
    if not isinstance(node, Big) or not isinstance(node.index, Sym) or node.index.name not in entries:
        return False
    return node.upper is None or not any(n in (Sym("t"), Sym("T"), Sym("tau")) for _, n in walk(node.upper))


def with_sums(relation: Relation, letters: frozenset[str] = _COUNTING) -> Relation:
    """The relation with its sums over these letters written out."""
    sides = relation.sides, (relation.right, relation.left)
    left, right = (_summed(a, _repeated(a, b, _MANY) & letters) for a, b in sides)
    return replace(relation, left=left, right=right)


def repeated(relation: Relation) -> frozenset[str]:
    """The letters that stand below several factors of one product of a side, and not in the other side."""
    return _repeated(relation.left, relation.right, _MANY) | _repeated(relation.right, relation.left, _MANY)


def _repeated(side: Term, other: Term, most: int = 2) -> frozenset[str]:
    """The letters that stand twice, or up to `most` times, below the factors of one product of a side, and not in the other side."""
    elsewhere = letters_in(other)
    bound = {n.index.name for _, n in walk(side) if isinstance(n, Big) and isinstance(n.index, Sym)}
    counted = [[name for factor in factors for name in set(_below(factor))] for factors in _products(side)]
    twice = {name for names in counted for name in names if 2 <= names.count(name) <= most}
    return frozenset((twice & _COUNTING) - elsewhere - bound)


def _products(side: Term) -> Iterator[tuple[Term, ...]]:
    """The factors of each product of a side, and of those in brackets among them."""
    for factors in map(_factors, terms_of(side)):
        yield factors
        yield from (inner for factor in factors if isinstance(factor, Add) for inner in _products(factor))


def _factors(term: Term) -> tuple[Term, ...]:
    """The factors of a product, those behind a sum that is written and those that an operator differentiates among them."""
    if isinstance(term, Neg):
        return _factors(term.term)
    if isinstance(term, Big) and term.kind == "sum":
        return _factors(term.body)
    if isinstance(term, Deriv) and term.prefix:
        return _factors(term.numerator)
    if not isinstance(term, Mul):
        return ()
    return tuple(inner for factor in term.factors for inner in (_factors(factor) or (factor,)))


def _below(factor: Term) -> Iterator[str]:
    for _, node in walk(factor):
        if isinstance(node, (Sub, Sup)):
            yield from _letters(node)


def _letters(node: Sub | Sup) -> tuple[str, ...]:
    """The letters that are subscripts, alone or side by side, or with a component below as the step of ``s_{r_n}``."""
    parts = [part for i in node.indices for part in factors_of(i)]
    letters = (part.base if isinstance(part, Sub) else part for part in parts)
    return tuple(letter.name for letter in letters if isinstance(letter, Sym))


def _summed(side: Term, letters: frozenset[str]) -> Term:
    for letter in sorted(letters):
        side = _with_sum(side, letter)
    return side


def _with_sum(term: Term, letter: str) -> Term:
    """A formula with the sum over a letter around each term that has it below, also around those in the one bracket that has it."""
    if isinstance(term, Add):
        return replace(term, terms=tuple(_with_sum(part, letter) for part in term.terms))
    if isinstance(term, Neg):
        return replace(term, term=_with_sum(term.term, letter))
    if isinstance(term, Big):
        return replace(term, body=_with_sum(term.body, letter))
    factors = term.factors if isinstance(term, Mul) else ()
    having = [n for n, factor in enumerate(factors) if letter in _below(factor)]
    if isinstance(term, Mul) and len(having) == 1 and isinstance(factors[having[0]], Add):
        return replace(term, factors=tuple(_with_sum(f, letter) if n in having else f for n, f in enumerate(factors)))
    return Big("sum", Sym(letter), None, None, (), term) if letter in _below(term) else term
