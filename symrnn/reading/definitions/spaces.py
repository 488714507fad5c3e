"""Declared shapes: ``h_t \\in \\mathbb{R}^n`` says how many axes a quantity has, and by which letter the size of each goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from symrnn.language.model import Name
from symrnn.language.parts import ONE
from symrnn.language.terms import Mul, Num, Pow, Relation, Sub, Sym, Term, walk
from symrnn.reading.elaborate.operands import SIZE
from symrnn.reading.lexicon import Lexicon, script_text

#: How books and their macros write the real numbers.
#: A letter for the sign: ``\\mathbb{R}^{n x m}``.
_TIMES = Sym("x")
_REALS = frozenset(["R", "Re", "RR", "reals", "real", "Reals", "Real"])


@dataclass(frozen=True)
class Space:
    """What one relation declares: the quantity, whether it has an index there, and the sizes of its axes (those of 1 left out)."""

    source: int
    name: Name
    indexed: bool
    sizes: tuple[Term, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """The labels of the axes: two letters are two sizes; of ``4h`` or ``n + m`` nothing is known but where it stands again."""
        return tuple(_label(size) for size in self.sizes)


def declared_spaces(relations: Sequence[Relation | None], lexicon: Lexicon) -> tuple[Space, ...]:
    """The spaces of numbers, vectors and matrices that a document declares, the first one for each quantity.

    A whole sequence, of as many columns or rows as there are steps, is no quantity of one step; it is left out.
    """
    found: dict[tuple[Name, bool], Space] = {}
    for source, relation in enumerate(relations):
        sizes = None if relation is None or relation.op != "in" else real_sizes(relation.right)
        quantity = None if relation is None else lexicon.occurrence(relation.left)
        if sizes is None or quantity is None or len(quantity.indices) > 1 or any(map(lexicon.is_horizon, sizes)):
            continue
        space = Space(source, quantity.name, bool(quantity.indices), sizes)
        found.setdefault((space.name, space.indexed), space)
    return tuple(found.values())


def real_sizes(space: Term) -> tuple[Term, ...] | None:
    """The sizes of the axes of ``\\mathbb{R}``, ``\\mathbb{R}^n``, ``\\mathbb{R}^{n \\times m}``; None for another set."""
    base, exponent = (space.base, space.exponent) if isinstance(space, Pow) else (space, ONE)
    if not isinstance(base, Sym) or base.name not in _REALS:
        return None
    factors = (
        exponent.factors if isinstance(exponent, Mul) and (exponent.sign == "times" or _TIMES in exponent.factors) else (exponent,)
    )
    return tuple(f for f in factors if f not in (ONE, _TIMES))


def size_letters(spaces: Iterable[Space], terms: Iterable[Term], lexicon: Lexicon) -> Mapping[str, str]:
    """Which axis each declared letter is the size of, without the letters that serve as subscripts as well."""
    letters = {_text(s): _label(s) for space in spaces for s in space.sizes if _is_simple(s) and not isinstance(s, Num)}
    below = {name for term in terms for _, node in walk(term) for name in _subscripts(node, lexicon)}
    return {letter: label for letter, label in letters.items() if letter not in below}


def _subscripts(term: Term, lexicon: Lexicon) -> Iterable[str]:
    found = lexicon.occurrence(term)
    return () if found is None else (name for index in found.indices for name in lexicon.letters(index))


def _label(size: Term) -> str:
    return f"{SIZE}{_text(size)}" if _is_simple(size) else f"?{_text(size)}"


def _is_simple(size: Term) -> bool:
    return isinstance(size, (Sym, Num)) or (isinstance(size, Sub) and isinstance(size.base, Sym))


def _text(size: Term) -> str:
    return f"{_text(size.base)}_{''.join(map(script_text, size.indices))}" if isinstance(size, Sub) else script_text(size)
