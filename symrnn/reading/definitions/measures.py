r"""Losses by the name of a measure alone, ``J_t = \text{crossentropy}(p_t, y_t)``: what that usually is, in formulas.

A function that is only named stays open; these are what an equation may need it to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symrnn.language.model import Name
from symrnn.language.parts import ONE, TWO, letters_in
from symrnn.language.terms import DEFINING, Add, Apply, Big, Frac, Given, Mul, Neg, Pow, Relation, Sym, Term, replace_at, walk
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.lexicon import Lexicon

_CROSS_ENTROPY = re.compile(
    r"(?i)(?:categorical[-_ ]?)?cross[-_ ]?entropy(?:[-_ ]?loss)?|xent|ce(?:[-_ ]?loss)?|nll(?:[-_ ]?loss)?"
)
_SQUARED = re.compile(r"(?i)(?:mean[-_ ]?)?squared?[-_ ]?(?:error|loss)|mse(?:[-_ ]?loss)?")


@dataclass(frozen=True)
class Measure:
    """An equation with the name of a measure, at a position: the call, a formula for it, and the equation with that."""

    position: int
    call: Term
    formula: Term
    relation: Relation


def named_measures(
    relations: Sequence[Relation | None], found: Sequence[DefiningEquation], lexicon: Lexicon
) -> tuple[Measure, ...]:
    """What the measures that equations of a document only name may be; the likeliest first."""
    made = {d.name for d in found}
    return tuple(
        Measure(position, node, formula, replace(relation, right=replace_at(relation.right, path, formula)))
        for position, relation in enumerate(relations)
        if relation is not None and relation.op in DEFINING
        for path, node in walk(relation.right)
        for formula in _formulas(node, made, lexicon)
    )


def _formulas(call: Term, made: set[Name], lexicon: Lexicon) -> Iterator[Term]:
    """The formulas of a measure of what is computed and of what that is compared with."""
    if not isinstance(call, Given) or len(call.arguments) != 2 or not isinstance(call.base, Sym):
        return
    pair = [o for o in map(lexicon.occurrence, call.arguments) if o is not None]
    computed, given = ([o for o in pair if (o.name in made) == known] for known in (True, False))
    if len(computed) != 1 or len(given) != 1:
        return
    used = letters_in(call)
    entry = next(Sym(letter, style="index") for letter in "kijc" if letter not in used)
    output, target = (o.name.at(*o.indices, entry) for o in (computed[0], given[0]))
    if _CROSS_ENTROPY.fullmatch(call.base.name):
        yield Neg(Big("sum", entry, None, None, (), Mul((target, Apply(Sym("log"), output)))))
    if _SQUARED.fullmatch(call.base.name):
        squares = Big("sum", entry, None, None, (), Pow(Add((output, Neg(target))), TWO))
        yield Mul((Frac(ONE, TWO), squares))
        yield squares
