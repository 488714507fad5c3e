r"""What a letter with a prefix is about: ``\delta f_t``, and ``dh_{next}`` as a part of the gradient by h."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symrnn.language.model import Name
from symrnn.language.terms import PREFIXES, Deriv, Elided, Pow, Sub, Sup, Sym, Term, walk
from symrnn.notation.vocabulary import LATER, LOCAL, LOSSES, TIMES

#: The prefix of an error before the function that gives what is named.
BEFORE_ITS_FUNCTION = "dp"


def without_prefix(name: Name) -> Name | None:
    """The quantity that a letter with a prefix is about; None for any other letter."""
    return replace(name, style="") if name.style in PREFIXES else None


def unprefixed(term: Term) -> Term:
    """A letter with scripts without its prefix; another term as it is."""
    if isinstance(term, (Sub, Sup)):
        return replace(term, base=unprefixed(term.base))
    return replace(term, style="") if isinstance(term, Sym) and term.style in PREFIXES else term


def as_prefixed(term: Term) -> Term | None:
    r"""``\\nabla W`` and ``\\left. \\partial L / \\partial h_t \\right|_{out}`` as W and h_t with a prefix; None for another formula."""
    if isinstance(term, Deriv) and term.denominator == Elided():
        stepped = any(node in TIMES for _, node in walk(term.numerator))
        return None if stepped or _is_loss(term.numerator) else _prefixed(term.numerator, "nabla")
    match term:
        case Pow(Deriv(of, by), Sym(word, style="text")) if _is_loss(of) and word in LATER | LOCAL:
            letter = _prefixed(by, "delta")
            return None if letter is None else Pow(letter, term.exponent)
    return None


def _is_loss(term: Term) -> bool:
    return isinstance(term, Sym) and term.name in LOSSES


def _prefixed(term: Term, prefix: str) -> Term | None:
    if isinstance(term, (Sub, Sup)):
        base = _prefixed(term.base, prefix)
        return None if base is None else replace(term, base=base)
    return replace(term, style=prefix) if isinstance(term, Sym) and not term.style else None


def part_of(name: Name) -> tuple[Name, bool] | None:
    r"""The quantity that ``dh_{next}`` is a part of the gradient by, and whether that is the part from later steps."""
    words = {word for word in LATER | LOCAL if name.suffix.endswith(word)} if name.style in PREFIXES else set()
    if not words:
        return None
    word = max(words, key=len)
    return replace(name, style="", suffix=name.suffix.removesuffix(word).rstrip(",")), word in LATER


def handed_on(names: Iterable[Name]) -> frozenset[Name]:
    """The quantities of whose gradient a document names the part from later steps, and never the whole."""
    known = set(names)
    parts = {part[0] for name in known if (part := part_of(name)) is not None and part[1]}
    return frozenset(parts - {without_prefix(name) for name in known if name.style != BEFORE_ITS_FUNCTION})
