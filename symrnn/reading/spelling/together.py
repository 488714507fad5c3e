"""A name, or a component, and a step that are written as one word below a letter: ``u_{ot}``, ``h_{kt-1}``.

What is no step in such a word is a name where the document has a quantity of that name at a step, as o of ``u_{ot}`` beside ``o_t``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.language.parts import letters_in
from symrnn.language.scripted import scripts
from symrnn.language.terms import BELOW, Add, Mul, Num, Relation, Sub, Sym, Term, rebuilt
from symrnn.reading.lexicon.observed import USUAL_TIMES, Observed, base_letter, letter

#: A letter and what stands first in words below it: a name, or ``t`` for any step.
Names = frozenset[tuple[str, str]]


def names_before_steps(relations: Iterable[Relation], expressions: Iterable[Term]) -> Names:
    """The names that stand before a step in one word below some letter, (u, o) of ``u_{ot}``, and steps before what counts: ``x_{ti}``."""
    seen = Observed(tuple(relations), tuple(expressions))
    words = [(base_letter(node), word) for node in seen.nodes if isinstance(node, Sub) for word in words_below(node)]
    families: dict[str, set[str]] = {}
    for base, (name, last) in words:
        families.setdefault(base, set()).add(letter(name) if letter(last) in USUAL_TIMES else "")
    at_steps = frozenset(
        base_letter(n) for n in seen.nodes if any(letters_in(i) and letters_in(i) <= USUAL_TIMES for i in scripts(n))
    )
    before = {(base, "t") for base, (name, last) in words if letter(name) in USUAL_TIMES and letter(last) in seen.counting}
    return frozenset(before).union(
        (base, name)
        for base, family in families.items()
        if family & at_steps - seen.counting and not (base.isupper() and ("" in family or base not in seen.defined_below))
        for name in family & at_steps - USUAL_TIMES
        if name not in seen.counting or name not in seen.bound
    )


def steps_apart(term: Term, names: Names) -> Term:
    """A formula with the words that are a name, or a component, and a step as two scripts: ``u_{o,t}``, ``h_{k,t-1}``."""
    term = rebuilt(term, lambda part: steps_apart(part, names))
    if not isinstance(term, Sub):
        return term
    found = tuple(part for script in term.indices for part in _parted(term, script, names))
    return Sub(term.base, found) if found != term.indices else term


def _parted(term: Sub, script: Term, names: Names) -> tuple[Term, ...]:
    word = next(words_below(Sub(term.base, (script,))), None)
    if word is None:
        return (script,)
    shift = script.terms[1:] if isinstance(script, Add) else ()
    first = "t" if isinstance(word[0], Num) or letter(word[0]) in USUAL_TIMES else letter(word[0])
    is_name = (base_letter(term), first) in names
    step = Add((word[1], *shift)) if shift else word[1]
    return (word[0], step) if is_name or (shift and letter(word[1]) in USUAL_TIMES) else (script,)


def one_below_another(term: Term, states: frozenset[Sym]) -> Term:
    """``z_{o_t}`` as ``z_{o,t}``: a small letter named by a quantity at its step, where that is one of some `states`."""
    term = rebuilt(term, lambda part: one_below_another(part, states))
    below = term.indices[0] if isinstance(term, Sub) and len(term.indices) == 1 else None
    if not isinstance(term, Sub) or not isinstance(below, Sub) or len(below.indices) != 1 or below.base not in states:
        return term
    small = isinstance(term.base, Sym) and term.base.name.islower() and term.base.name not in BELOW
    steps = letters_in(below.indices[0])
    return Sub(term.base, (below.base, *below.indices)) if small and steps and steps <= USUAL_TIMES else term


def words_below(node: Sub) -> Iterator[tuple[Term, Term]]:
    """The two letters, or the letter and the number, of each word below a letter; a step may be shifted."""
    for script in node.indices:
        first = script.terms[0] if isinstance(script, Add) else script
        if isinstance(first, Mul) and not first.sign and len(first.factors) == 2 and isinstance(first.factors[0], (Sym, Num)):
            yield first.factors
