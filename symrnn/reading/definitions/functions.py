"""The functions that a document defines by a formula of its own."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.language.functions import BY_SPELLING, is_well_known
from symrnn.language.terms import DEFINING, Apply, Big, Frac, Pow, Relation, Sub, Sym, Term, replaced, walk
from symrnn.reading.lexicon import function_name
from symrnn.reading.lexicon.observed import USUAL_TIMES

_OF_MATRICES = frozenset(word for word, record in BY_SPELLING.items() if record.takes == "matrix")


def document_functions(relations: Sequence[Relation | None]) -> dict[str, tuple[Sym, Term]]:
    """The document's own functions of a letter, ``f(x) = ...``, ``f_k(x) = ...``; well-known ones keep their meaning, and are checked.

    One that has several different formulas is any of them, and so open.
    """
    found: dict[str, list[tuple[Sym, Term]]] = {}
    for relation in relations:
        own = None if relation is None else defined_function(relation)
        if own is not None:
            found.setdefault(own[0], []).append(own[1:])
    return {name: formulas[0] for name, formulas in found.items() if len(dict.fromkeys(formulas)) == 1}


def defined_function(relation: Relation) -> tuple[str, Sym, Term] | None:
    """The name, the letter and the formula of ``f(x) = ...``, unless f is well known; None for another equation.

    An equation for one entry, ``f(x_i) = ...`` or ``f(x)_i = ...``, is one for all of them.
    """
    left = relation.left
    call = left.base if isinstance(left, Sub) else left
    if relation.op not in DEFINING or not isinstance(call, Apply):
        return None
    name, argument = function_name(call.function), call.argument
    letter = argument.base if isinstance(argument, Sub) else argument
    if not name or not isinstance(letter, Sym) or is_well_known(name) or name in _OF_MATRICES:
        return None
    if letter.name.isupper():  # \rho(W) is a number of one matrix
        return None
    if call is left and argument is letter:
        return name, letter, relation.right
    indices = (*(argument.indices if isinstance(argument, Sub) else ()), *(left.indices if isinstance(left, Sub) else ()))
    formula = _of_all_entries(relation.right, Sub(letter, indices)) if len(indices) == 1 else None
    return None if formula is None else (name, letter, formula)


def _of_all_entries(right: Term, entry: Sub) -> Term | None:
    """The formula of a function of a vector by that of one entry: a softmax, or what takes no other entry; else None."""
    letter, index = entry.base, entry.indices[0]
    if _is_softmax(right, entry):
        return Apply(Sym("softmax", style="text"), letter)
    formula = replaced(right, {entry: letter})
    time = isinstance(index, Sym) and index.name in USUAL_TIMES
    alone = not any(node == index or isinstance(node, Sub) for _, node in walk(formula))
    return formula if alone and not time else None


def _is_softmax(right: Term, entry: Sub) -> bool:
    """``e^{x_i} / \\sum_k e^{x_k}``."""
    if not isinstance(right, Frac) or not isinstance(right.denominator, Big) or right.denominator.kind != "sum":
        return False
    total = right.denominator
    other = Sub(entry.base, (total.index,))
    pairs = ((Pow(Sym("e"), x), Apply(Sym("exp"), x)) for x in (entry, other))
    return any(right.numerator == above and total.body == below for above, below in zip(*pairs, strict=True))
