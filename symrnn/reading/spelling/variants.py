r"""One quantity under two letters: the equations give c_t, and the derivatives are by C_t; weights W_{xh}, and gradients by w_{xh}.

A letter that no equation of the network has is another form of one that has the same scripts there: the other case of it, another accent,
the other form of a Greek letter. It is so only where something is differentiated by it, so that it is of the network, and where nothing
tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from symrnn.language.scripted import all_scripts
from symrnn.language.terms import DEFINING, PREFIXES, Deriv, Mark, Num, Pow, Relation, Sub, Sup, Sym, Term, children, rebuilt
from symrnn.reading.lexicon import ERRORS
from symrnn.reading.lexicon.observed import counts_steps

_LAST = frozenset({"T"})
_PRIME = "'"
#: What puts a script or a prime at a letter.
_FORMS = (Sub, Sup, Pow, Mark)
#: Accents that tell no prediction from its target, and no adjoint from its state: the candidate of a cell is \tilde c, \hat c or c'.
_ACCENTS = frozenset({"tilde", "hat", _PRIME})


class _Written(NamedTuple):
    """A letter, the names that stand below and above it, and whether a step does; a prime counts as an accent."""

    letter: Sym
    names: frozenset[Term]
    stepped: bool


@dataclass(frozen=True)
class Variants:
    """The letters of a document that are other forms of the letters that its equations have."""

    meant: Mapping[Sym, Sym]

    def __bool__(self) -> bool:
        return bool(self.meant)

    def spelled(self, term: Term) -> Term:
        """A formula with one letter for each quantity."""
        found = _written(term)
        term = rebuilt(term, self.spelled)
        return term if found is None or found.letter not in self.meant else _with_letter(term, self.meant[found.letter])

    def of(self, relation: Relation) -> tuple[tuple[Term, Sym], ...]:
        """The letters in an equation that are meant as others, each with the other one."""
        letters = dict.fromkeys(w.letter for w in _both_sides(relation))
        return tuple((_as_written(letter), self.meant[letter]) for letter in letters if letter in self.meant)


def variants(relations: Sequence[Relation]) -> Variants:
    """The letters that stand in equations about derivatives alone, and are forms of letters of the network."""
    backward = [r for r in relations if _is_backward(r)]
    told = {w for r in relations if r not in backward for w in _both_sides(r)}
    known = {w.letter for w in told}
    used: dict[Sym, set[_Written]] = {}
    for relation in backward:
        for w in _both_sides(relation):
            used.setdefault(w.letter, set()).add(w)
    by = {w.letter for r in backward for side in r.sides for w, is_by in _all_written(side) if is_by}
    meant = {}
    for letter in used.keys() & by - known:
        forms = {w.letter for w in told if _are_forms(w.letter, letter)}
        fitting = [form for form in forms if {w._replace(letter=form) for w in used[letter]} <= told]
        if len(fitting) == 1 and not any(_apart(r, letter, fitting[0]) for r in backward):
            meant[letter] = fitting[0]
    return Variants(meant)


def _is_backward(relation: Relation) -> bool:
    nodes = list(relation.nodes())
    errors = any(isinstance(n, Sym) and (n.name in ERRORS or n.style in PREFIXES or n.accent == "bar") for n in nodes)
    return relation.op in DEFINING and (errors or any(isinstance(n, Deriv) for n in nodes))


def _are_forms(one: Sym, other: Sym) -> bool:
    """Whether two letters differ in their case, in one of some accents, or as two forms of a Greek letter do."""
    plain = [letter.name.removeprefix("var").lower() for letter in (one, other)]
    accents = one.accent == other.accent or {one.accent, other.accent} <= _ACCENTS
    return one != other and plain[0] == plain[1] and accents and not one.style and not other.style


def _apart(relation: Relation, letter: Sym, form: Sym) -> bool:
    """Whether an equation tells two letters apart: it has the values of both, or the derivative of one by the other at the same step."""
    values = {w.letter for side in relation.sides for w in _values(side)}
    if {letter, form} <= values:
        return True
    other = Variants({letter: form})
    pairs = (n for n in relation.nodes() if isinstance(n, Deriv) and n.numerator != n.denominator)
    return any(other.spelled(n.numerator) == other.spelled(n.denominator) for n in pairs)


def _values(term: Term) -> Iterator[_Written]:
    """The letters of a formula that stand in no derivative."""
    found = _written(term)
    if found is not None:
        yield found
    elif not isinstance(term, Deriv):
        for _, part in children(term):
            yield from _values(part)


def _both_sides(relation: Relation) -> Iterator[_Written]:
    return (w for side in relation.sides for w, _ in _all_written(side))


def _all_written(term: Term, is_by: bool = False) -> Iterator[tuple[_Written, bool]]:
    """The letters of a formula with their scripts, and whether something is differentiated by each; δ_{c_t} is a derivative by c_t."""
    found = _written(term)
    if found is None:
        for _, part in children(term):
            yield from _all_written(part, is_by or (isinstance(term, Deriv) and part is term.denominator))
        return
    yield found, is_by
    for script in all_scripts(term, _FORMS):
        if isinstance(script, (Sub, Sup)):
            yield from _all_written(script, found.letter.name in ERRORS)


def _written(term: Term) -> _Written | None:
    """The letter that a term is, with its scripts; None for any other term and for a letter that stands alone."""
    scripts = all_scripts(term, _FORMS)
    letter, primed = _base(term)
    if letter is None or not scripts:
        return None
    names = frozenset(s for s in scripts if not _is_step(s))
    return _Written(replace(letter, accent=_PRIME) if primed else letter, names, len(names) < len(scripts))


def _as_written(letter: Sym) -> Term:
    return Mark(replace(letter, accent=""), _PRIME) if letter.accent == _PRIME else letter


def _base(term: Term) -> tuple[Sym | None, bool]:
    primed = False
    while isinstance(term, _FORMS):
        if isinstance(term, Pow) and not _is_step(term.exponent):
            return None, False
        primed |= isinstance(term, Mark) and term.mark == _PRIME
        term = term.base
    return (term if isinstance(term, Sym) and not (primed and term.accent) else None), primed


def _with_letter(term: Term, letter: Sym) -> Term:
    if isinstance(term, Mark) and term.mark == _PRIME:
        return _with_letter(term.base, letter)
    return replace(term, base=_with_letter(term.base, letter)) if isinstance(term, _FORMS) else letter


def _is_step(script: Term) -> bool:
    return isinstance(script, Num) or counts_steps(script, _LAST)
