"""Equations that introduce something or name a case, told from those that claim something."""

from __future__ import annotations

from symrnn.deciding.decide import dependencies
from symrnn.judging.verdict import (
    Assumption,
    Verdict,
)
from symrnn.language.model import Name
from symrnn.language.tensors import Ref
from symrnn.language.terms import (
    Num,
    Relation,
    Sym,
    walk,
)
from symrnn.notation.said import said
from symrnn.reading.definitions import Understanding, is_abstract
from symrnn.reading.document.conditions import is_counted

#: The signs of what claims that two sides are equal, or makes them so.
EQUALITIES = ("=", ":=", "<-")


def is_of_letters(understanding: Understanding, relation: Relation) -> bool:
    """Whether a relation compares numbers and letters of which the network knows nothing: ``0 < \\alpha``, ``s > t``."""
    found = [(side, understanding.lexicon.occurrence(side)) for side in relation.sides]
    return all(isinstance(side, Num) or (o is not None and not understanding.model.named(o.name)) for side, o in found)


def case_of(understanding: Understanding, relation: Relation) -> Verdict | None:
    """``i = k`` or ``i = 3`` between indices: a case that the text speaks of."""
    lexicon = understanding.lexicon
    sides = relation.sides
    counts = lexicon.is_index(relation.left) and isinstance(relation.left, Sym) and is_counted(relation.right)
    if not (counts or all(lexicon.is_index(side) for side in sides)) or all(isinstance(s, Num) for s in sides):
        return None
    names = {n.name for side in sides for _, n in walk(side) if isinstance(n, Sym)}
    if any(understanding.model.named(Name(name)) for name in names):
        return None
    if relation.op == "in":
        return Assumption(said("the values of ", relation.left))
    return Assumption(said("the case ", Relation(relation.op, relation.left, relation.right)))


def given_up(understanding: Understanding, relation: Relation, but: Name | None = None) -> Name | None:
    """A quantity that a relation rests on, directly or through others, and whose definition has no meaning."""
    model, lexicon = understanding.model, understanding.lexicon
    found = (lexicon.occurrence(node) for node in relation.nodes())
    names = {occurrence.name for occurrence in found if occurrence is not None}
    refs = tuple(Ref(q.key, None, q.shape) for name in names for q in model.named(name).values())
    names |= {model.quantities[key].name for key in dependencies(refs, model) if key in model.quantities}
    return next((name for name in understanding.given_up if name in names and name != but), None)


def is_known_function(understanding: Understanding, name: str, letter: Sym) -> bool:
    """Whether a function of a letter has one formula, or the letter is a quantity, so that an equation of both claims something."""
    model, found = understanding.model, understanding.lexicon.occurrence(letter)
    return name in model.functions or (found is not None and False in model.named(found.name))


def introduces_open(understanding: Understanding, relation: Relation) -> bool:
    """Whether a letter that nothing else is said of is some function, and no more is said of it: ``k_j = g_j(u_t)``."""
    found = understanding.lexicon.occurrence(relation.left)
    model = understanding.model
    return (
        relation.op in EQUALITIES
        and found is not None
        and not model.named(found.name)
        and found.name not in understanding.given_up
        and is_abstract(relation.right, model.functions)
    )


def is_made_concrete(understanding: Understanding, position: int, relation: Relation) -> bool:
    """Whether the next link of the chain says which function this one leaves open: ``y_t = f(h_t) = tanh(h_t)``."""
    found = understanding.lexicon.occurrence(relation.left)
    model = understanding.model
    keys = set() if found is None else {q.key for q in model.named(found.name).values()}
    return understanding.defines.get(position + 1) in keys and is_abstract(relation.right, model.functions)
