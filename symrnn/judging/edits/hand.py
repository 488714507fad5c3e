"""The hand of an author: how the document at hand writes its quantities, its products and its derivatives.

What is offered as a repair or as an answer is written so; nothing here decides what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from symrnn.language.functions import meaning
from symrnn.language.model import Name
from symrnn.language.scripted import all_scripts
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Given,
    Hadamard,
    Mark,
    Mul,
    Outer,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    replace_at,
    walk,
)
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.lexicon import Lexicon

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Hand:
    """Quantities as they are written, by name and number of indices, and the signs that products have.

    `outer` is true where outer products have a sign of their own, `diagonal` where slopes stand in diagonal matrices, `marks` where
    explicit derivatives have a mark, `turned` where anything is transposed. `totals` are the derivatives that an equation unfolds over
    earlier ones of the same quantity. `summed` are the losses whose gradients at each step sums add up, with the letters that count
    the steps. `primed` are the functions whose derivative has a prime, with their letters.
    """

    written: dict[tuple[Name, int], tuple[Term, tuple[Path, ...]]] = field(default_factory=dict)
    outer: bool = False
    diagonal: bool = False
    marks: bool = False
    turned: bool = True
    totals: frozenset[Term] = frozenset()
    summed: frozenset[tuple[Term, Term]] = frozenset()
    primed: Mapping[str, Term] = field(default_factory=dict)

    def means_the_total(self, derivative: Term) -> bool:
        """Whether a derivative is the total one: explicit ones have a mark, or an equation unfolds it."""
        return self.marks or derivative in self.totals

    def sums_over(self, derivative: Term) -> bool:
        """Whether sums over the step of what a loss is differentiated by add up its gradients: then it is one of all steps."""
        return isinstance(derivative, Deriv) and any(
            (derivative.numerator, s) in self.summed for s in all_scripts(derivative.denominator)
        )

    def quantity(self, name: Name, *indices: Term) -> Term:
        """A quantity with its indices, the time first."""
        known = self.written.get((name, len(indices)))
        if known is not None and all(_fits(place, index) for place, index in zip(known[1], indices, strict=True)):
            term, places = known
            for place, index in zip(places, indices, strict=True):
                term = replace_at(term, place, index)
            return term
        if len(indices) > 1 and (name, 1) in self.written:
            return _with_components(self.quantity(name, indices[0]), indices[1:])
        return name.at(*indices)


def hand_of(relations: Iterable[Relation], lexicon: Lexicon) -> Hand:
    """How the relations of a document are written."""
    relations = tuple(relations)
    sides = [side for relation in relations for side in relation.sides]
    nodes = [node for side in sides for _, node in walk(side)]
    written: dict[tuple[Name, int], tuple[Term, tuple[Path, ...]]] = {}
    for node in nodes:
        found = lexicon.occurrence(node)
        if found is None or (found.name, len(found.indices)) in written or not _is_plain(node, lexicon):
            continue
        indices = (found.indices[-1:] + found.indices[:-1]) if found.raised else found.indices
        places = tuple(_place(node, index) for index in indices)
        if all(place is not None for place in places):
            written[found.name, len(found.indices)] = node, tuple(place for place in places if place is not None)
    outer = any(isinstance(node, Outer) for node in nodes) and not any(_is_column_by_row(node) for node in nodes)
    diagonals = sum(isinstance(node, Apply) and node.function == Sym("diag") for node in nodes)
    marks = any(_is_marked(node, lexicon) for node in nodes)
    in_diagonals = diagonals > sum(isinstance(node, Hadamard) for node in nodes)
    turned = any(isinstance(node, Transpose) for node in nodes)
    functions = (node.function for node in nodes if isinstance(node, Apply))
    primed = {meaning(f.base.name): f for f in functions if isinstance(f, Mark) and f.mark == "'" and isinstance(f.base, Sym)}
    sums = ((node.index, part) for node in nodes if isinstance(node, Big) and node.kind == "sum" for _, part in walk(node.body))
    summed = frozenset((n.numerator, i) for i, n in sums if isinstance(n, Deriv) and i in all_scripts(n.denominator))
    return Hand(written, outer, in_diagonals, marks, turned, frozenset(_totals(relations, lexicon)), summed, primed)


def _is_marked(node: Term, lexicon: Lexicon) -> bool:
    r"""Whether a derivative has the mark of an explicit one; ``\left. \partial L / \partial W \right|_t`` is a part of it."""
    if not isinstance(node, Deriv) or node.sign == "partial+" or not isinstance(node.numerator, Mark):
        return isinstance(node, Deriv) and node.sign == "partial+"
    found = lexicon.occurrence(node.numerator.base)
    return found is None or bool(found.indices) or found.name.letter not in LOSSES


def _totals(relations: Iterable[Relation], lexicon: Lexicon) -> Iterator[Term]:
    """``∂h_t/∂W`` of ``∂h_t/∂W = ... + ... ∂h_{t-1}/∂W``."""
    for relation in relations:
        left = relation.left
        found = lexicon.occurrence(left.numerator) if isinstance(left, Deriv) else None
        if isinstance(left, Deriv) and found is not None:
            parts = (n for _, n in walk(relation.right) if isinstance(n, Deriv) and n.denominator == left.denominator)
            if any(other.name == found.name for n in parts if (other := lexicon.occurrence(n.numerator)) is not None):
                yield left


def _is_column_by_row(node: Term) -> bool:
    return isinstance(node, Mul) and isinstance(node.factors[-1], Transpose)


def _place(term: Term, index: Term) -> Path | None:
    """Where in a term one of its indices stands."""
    return next((path for path, node in walk(term) if node is index), None)


def _fits(place: Path, index: Term) -> bool:
    """Whether an index can stand at a place: beside another one in a script, as in ``W_{ij}``, only a letter can."""
    return "factors" not in place or isinstance(index, Sym)


def _is_plain(term: Term, lexicon: Lexicon) -> bool:
    """Whether a quantity is written by its letter and scripts alone."""
    return isinstance(term, (Sym, Sub, Sup, Pow)) or (isinstance(term, Given) and lexicon.is_timed_call(term))


def _with_components(term: Term, components: tuple[Term, ...]) -> Term:
    """Components of a vector: below a letter beside its time, below one whose time is above."""
    return Sub(term.base, (*term.indices, *components)) if isinstance(term, Sub) else Sub(term, components)


def parts_of_sums(relations: Iterable[Relation]) -> frozenset[tuple[Term, Term]]:
    """The left sides that equations give as a sum, with each of its terms."""
    return frozenset((r.left, term) for r in relations if isinstance(r.right, Add) for term in r.right.terms)
