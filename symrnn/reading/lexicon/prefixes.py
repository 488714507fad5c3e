r"""What a letter with a prefix is about: ``\delta f_t``, and ``dh_{next}`` as a part of the gradient by h."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symrnn.language.model import Name
from symrnn.language.terms import PREFIXES, Sub, Sup, Sym, Term

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


#: Words that say which part of a gradient is meant: what comes from later steps, and what comes from the step itself.
LATER = frozenset({"next", "future", "later"})
LOCAL = frozenset({"local", "out", "output", "direct", "current", "now"})


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
