"""Words and formulas in turn: what is said about a formula, as a value that each output prints in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symrnn.language.model import Name
from symrnn.language.terms import Relation, Term
from symrnn.notation.plain import unicode, unicode_relation

Formula = Term | Relation


@dataclass(frozen=True)
class Spelled:
    """A formula that plain text spells in a way of its own, as people type it: ``h_{-1} = 0``."""

    formula: Formula
    text: str


def name_typed(name: Name) -> Spelled:
    """The name of a quantity, which plain text spells as people type it: ``W_hh``."""
    return Spelled(name.term, name.text)


def by_name(letter: str) -> Spelled:
    """A letter by its name, such as ``alpha``."""
    return name_typed(Name(letter))


Part = str | Term | Relation | Spelled


@dataclass(frozen=True)
class Said:
    """What is said: words, and the formulas between them. Its text has them in Unicode.

    >>> from symrnn.notation import read_term
    >>> str(said("the factor ", read_term(r"\\hat{y}_t"), " is missing"))
    'the factor ŷₜ is missing'
    """

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(map(_plain, self.parts))

    def __bool__(self) -> bool:
        return bool(self.parts)


#: What is said about a formula, or in words alone.
Told = str | Said


def said(*parts: Part | Said) -> Said:
    """Parts one after the other; words next to each other are one part, so that what says the same is the same."""
    found: list[Part] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Said) else (part,):
            if isinstance(piece, str) and found and isinstance(found[-1], str):
                found[-1] += piece
            elif piece != "":
                found.append(piece)
    return Said(tuple(found))


def one_by_one(between: str, parts: Iterable[Part | Said]) -> Said:
    """Parts with words between them."""
    spaced = [piece for part in parts for piece in (between, part)]
    return said(*spaced[1:])


def all_of(parts: Iterable[Part | Said]) -> Said:
    """What holds together: ``Σ_k y_k = 1 and h_{-1} = 0``."""
    return one_by_one(" and ", parts)


def _plain(part: Part) -> str:
    if isinstance(part, Spelled):
        return part.text
    if isinstance(part, Relation):
        return unicode_relation(part)
    return part if isinstance(part, str) else unicode(part)
