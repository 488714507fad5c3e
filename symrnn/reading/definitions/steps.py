"""Definitions of another step: ``h_{t+1} = f(h_t, x_t)`` says what ``h_t = f(h_{t-1}, x_{t-1})`` does.

Backwards, ``c_{t-1} = g(c_t)`` says what ``c_t = g(c_{t+1})`` does, and ``s_{t-1} = f(a_{t-1})`` what ``s_t = f(a_t)`` does.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symrnn.language.parts import contains
from symrnn.language.terms import Add, Deriv, Given, Neg, Num, Relation, Sub, Sup, Sym, Term, rebuilt, walk


def at_own_step(relation: Relation) -> Relation:
    """The relation moved to where its left side stands at a letter alone; as it is where it does so, or says no such thing."""
    scripts = _scripts(relation.left)
    found = [ahead for script in scripts if (ahead := ahead_of(script)) is not None]
    if len(found) != 1 or contains(relation.right, Deriv):
        return relation
    letter, by = found[0]
    inside = {node for _, node in walk(relation.right)}
    if letter not in inside or (
        by < 0 and _moved(relation.left, letter, by) not in inside and not _is_at(relation.right, letter, by)
    ):
        return relation
    return relation.changed(_moved, letter, by)


def _is_at(term: Term, letter: Sym, by: Fraction) -> bool:
    """Whether every quantity of a formula that has a step is at the same one: ``f(a_{t-1})``."""
    scripts = [script for _, node in walk(term) for script in _scripts(node) if letter in {n for _, n in walk(script)}]
    return bool(scripts) and all(ahead_of(script) == (letter, by) for script in scripts)


def _scripts(term: Term) -> tuple[Term, ...]:
    return term.arguments if isinstance(term, Given) else term.indices if isinstance(term, (Sub, Sup)) else ()


def ahead_of(script: Term) -> tuple[Sym, Fraction] | None:
    """The letter and the number of ``t + 1`` or ``t - 1``; not of ``T + 1``, a step of its own."""
    if not isinstance(script, Add) or len(script.terms) != 2:
        return None
    letter, number = script.terms
    value = number.value if isinstance(number, Num) else _minus(number)
    return (letter, value) if value is not None and isinstance(letter, Sym) and letter.name.islower() else None


def _minus(number: Term) -> Fraction | None:
    return -number.term.value if isinstance(number, Neg) and isinstance(number.term, Num) else None


def is_backward(relation: Relation) -> bool:
    """Whether the left side stands at an earlier step than a letter alone: ``c_{t-1} = ...``."""
    return any((ahead := ahead_of(script)) is not None and ahead[1] < 0 for script in _scripts(relation.left))


def _moved(term: Term, letter: Sym, by: Fraction) -> Term:
    if isinstance(term, (Sub, Sup)):
        return replace(term, base=_moved(term.base, letter, by), indices=tuple(_earlier(i, letter, by) for i in term.indices))
    if isinstance(term, Given):
        arguments = tuple(_moved(_earlier(i, letter, by), letter, by) for i in term.arguments)
        return replace(term, base=_moved(term.base, letter, by), arguments=arguments)
    return rebuilt(term, lambda part: _moved(part, letter, by))


def _earlier(index: Term, letter: Sym, by: Fraction) -> Term:
    """An index some steps earlier, where it counts these steps; ``W_{out}`` has a name that holds the letter."""
    ahead = (letter, Fraction(0)) if index == letter else ahead_of(index)
    if ahead is None or ahead[0] != letter:
        return index
    steps = ahead[1] - by
    if not steps:
        return letter
    return Add((letter, Num(steps) if steps > 0 else Neg(Num(-steps))))
