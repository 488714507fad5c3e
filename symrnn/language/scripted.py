"""A letter and its scripts: what stands below it, above it, or alone in brackets behind it."""

from __future__ import annotations

from typing import Any

from symrnn.language.terms import Given, Pow, Sub, Sup, Sym, Term

#: What puts a script at a letter.
SCRIPTED = (Sub, Sup, Pow, Given)


def scripts(node: Term) -> tuple[Term, ...]:
    """What may be an index of a letter: below it, above it, or alone in brackets behind it."""
    if isinstance(node, Given):
        return node.arguments if len(node.arguments) == 1 else ()
    return node.indices if isinstance(node, (Sub, Sup)) else (node.exponent,) if isinstance(node, Pow) else ()


def all_scripts(term: Term, kinds: tuple[Any, ...] = SCRIPTED) -> tuple[Term, ...]:
    """All scripts of a letter, the innermost first."""
    return (*all_scripts(term.base, kinds), *scripts(term)) if isinstance(term, kinds) else ()


def under(term: Term, kinds: tuple[Any, ...] = SCRIPTED) -> Term:
    """What stands under scripts, and under whatever else `kinds` name."""
    while isinstance(term, kinds):
        term = term.base
    return term


def letter_under(term: Term, kinds: tuple[Any, ...] = SCRIPTED) -> Sym | None:
    """The letter under scripts; None where something else stands there."""
    base = under(term, kinds)
    return base if isinstance(base, Sym) else None
