r"""Losses by the name of a measure alone, ``J_t = \text{crossentropy}(p_t, y_t)``: what that usually is, in formulas.

A function that is only named stays open; these are what an equation may need it to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symrnn.language.functions import meaning
from symrnn.language.model import Name
from symrnn.language.parts import ONE, TWO, letters_in
from symrnn.language.scripted import letter_under
from symrnn.language.terms import DEFINING, Add, Apply, Big, Frac, Given, Mul, Neg, Pow, Relation, Sub, Sym, Term, replace_at, walk
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.lexicon import Lexicon, Occurrence, function_name

_CROSS_ENTROPY = re.compile(
    r"(?i)(?:categorical[-_ ]?)?cross[-_ ]?entropy(?:[-_ ]?loss)?|xent|ce(?:[-_ ]?loss)?|nll(?:[-_ ]?loss)?"
)
_SQUARED = re.compile(r"(?i)(?:mean[-_ ]?)?squared?[-_ ]?(?:error|loss)|mse(?:[-_ ]?loss)?")
_LOG = Sym("log")
#: The names of functions that may be any loss.
_ANY_LOSS = {letter.lower() for letter in LOSSES} | {"loss"}


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
    made = {d.name: meaning(function_name(d.body.function)) or "" if isinstance(d.body, Apply) else "" for d in found}
    return tuple(
        Measure(position, node, formula, replace(relation, right=replace_at(relation.right, path, formula)))
        for position, relation in enumerate(relations)
        if relation is not None and relation.op in DEFINING
        for path, node in walk(relation.right)
        for formula in _formulas(node, made, lexicon)
    )


def _formulas(call: Term, made: Mapping[Name, str], lexicon: Lexicon) -> Iterator[Term]:
    """The formulas of a measure of what is computed, and by which function, and of what that is compared with."""
    if not isinstance(call, Given) or len(call.arguments) != 2 or not isinstance(call.base, (Sub, Sym)):
        return
    pair = [o for o in map(lexicon.occurrence, call.arguments) if o is not None]
    computed, given = ([o for o in pair if (o.name in made) == known] for known in (True, False))
    if len(computed) != 1 or len(given) != 1:
        return
    letter = letter_under(call.base)
    name = "" if letter is None else letter.name
    if _CROSS_ENTROPY.fullmatch(name):
        yield _entropy_of_classes(computed[0], given[0])
    elif _SQUARED.fullmatch(name):
        yield from squares(computed[0], given[0])
    elif name.lower() in _ANY_LOSS:
        yield from usual_formulas(computed[0], given[0], made[computed[0].name])


def usual_formulas(output: Occurrence, target: Occurrence, function: str) -> Iterator[Term]:
    """What the loss of an output usually is that a function makes: the cross-entropy of a softmax or a σ, else the squared error."""
    if function == "softmax":
        yield _entropy_of_classes(output, target)
        return
    if function == "sigma":
        yield _entropy_of_each(output, target)
    yield from squares(output, target)


def _entropy_of_classes(output: Occurrence, target: Occurrence) -> Term:
    """``-\\sum_k y_k \\log p_k``."""
    entry, p, y = _entries(output, target)
    return Neg(Big("sum", entry, None, None, (), Mul((y, Apply(_LOG, p)))))


def _entropy_of_each(output: Occurrence, target: Occurrence) -> Term:
    entry, p, y = _entries(output, target)
    terms = (Mul((y, Apply(_LOG, p))), Mul((Add((ONE, Neg(y))), Apply(_LOG, Add((ONE, Neg(p)))))))
    return Neg(Big("sum", entry, None, None, (), Add(terms)))


def squares(output: Occurrence, target: Occurrence) -> Iterator[Term]:
    """Half of the squared error, and all of it."""
    entry, p, y = _entries(output, target)
    total = Big("sum", entry, None, None, (), Pow(Add((p, Neg(y))), TWO))
    yield Mul((Frac(ONE, TWO), total))
    yield total


def _entries(output: Occurrence, target: Occurrence) -> tuple[Sym, Term, Term]:
    """A letter that counts entries, and those of both."""
    used = {letter for index in (*output.indices, *target.indices) for letter in letters_in(index)}
    entry = next(Sym(letter, style="index") for letter in "kijc" if letter not in used)
    return entry, output.name.at(*output.indices, entry), target.name.at(*target.indices, entry)
