"""Letters with two equations: a claim that the one which defines it makes false may be true by the other."""

from __future__ import annotations

from symrnn.deciding.decide import dependencies
from symrnn.judging.hearing import Hearing, Rival
from symrnn.judging.verdict import Conditional, Proven
from symrnn.language.claims import Reading
from symrnn.language.tensors import Jac, walk
from symrnn.language.terms import EQUALITIES, Relation, Sym
from symrnn.notation.said import Told, name_typed, said
from symrnn.reading.definitions.finding import is_fixed


def defined_elsewhere(hearing: Hearing, relation: Relation, is_open: bool) -> str:
    """The key of what an equation is for that has another one, where the equation is left open or for an error; empty otherwise.

    Notes use δ for the gradient by a state and by the sum before it; a second equation for a state is a claim about that state,
    unless it is an aside that may be about another network.
    """
    lexicon = hearing.lexicon
    found = lexicon.occurrence(relation.left) if relation.op in EQUALITIES else None
    known = hearing.model.named(found.name).get(bool(found.indices)) if found is not None else None
    if found is None or known is None or known.definition is None:
        return ""
    if is_open:
        return "" if any(is_fixed(index, lexicon) for index in found.indices) else known.key
    is_error = any(isinstance(n, Jac) for n in walk(known.definition))
    return known.key if is_error and all(isinstance(index, Sym) for index in found.indices) else ""


def other_equation(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> tuple[Rival, Proven | Conditional] | None:
    """The second equation for a letter of a claim that is true by it, and not by the one that defines the letter here; the verdict."""
    defined = {key: position for position, key in hearing.understanding.defines.items()}
    used = {key for r in admissible for key in dependencies(r.claim.sides, hearing.model)}
    for rival in hearing.rivals if hearing.others.changed is not None else ():
        if rival.key not in used or rival.key not in defined:
            continue
        others = {defined[rival.key], *(other.position for other in hearing.rivals if other.key == rival.key)} - {rival.position}
        network = hearing.others.with_changes(dict.fromkeys(others))
        if network is None or network.understanding.defines.get(rival.position) != rival.key:  # it has no meaning there either
            continue
        found = network.holds(relation)
        if found is not None:
            return rival, found
    return None


def true_by_another_equation(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> Told | None:
    """Why a claim is not wrong that rests on a letter with two equations, and is true by the one that does not define it here."""
    found = other_equation(hearing, relation, admissible)
    if found is None:
        return None
    by = f" in line {found[0].line}, and not by the first one; give one of the two another letter"
    return said("it is true by the equation for ", name_typed(hearing.model.quantities[found[0].key].name), by)
