"""A letter that stands for any of the parameters: the θ of ``\\partial L / \\partial \\theta``, of which nothing else is said."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.deciding.decide import dependencies
from symrnn.language.model import Model, Name, Quantity
from symrnn.language.tensors import Ref
from symrnn.language.terms import Deriv, Relation, Sub, Sym, Term, children, rebuilt, replaced, walk
from symrnn.notation.vocabulary import ANY_PARAMETER
from symrnn.reading.lexicon import Lexicon

#: Letters of all parameters together. One of a weight, W, may stand for those of the network that have it: W_x and W_h.
_PARAMETERS = ANY_PARAMETER | {"psi", "Psi", "phi", "Phi", "omega", "Omega", "w"}
_WEIGHTS = frozenset({"W", "w"})


def spelled_out(relation: Relation, model: Model, lexicon: Lexicon) -> Relation:
    """An equation with the derivatives for which its letters are short: ``P_t = \\partial h_t / \\partial \\theta``."""
    return relation.changed(_spelled_out, model, lexicon)


def _spelled_out(term: Term, model: Model, lexicon: Lexicon) -> Term:
    found = lexicon.occurrence(term)
    if found is None or found.name not in model.abbreviations:
        return rebuilt(term, lambda part: _spelled_out(part, model, lexicon))
    letters, body = model.abbreviations[found.name]
    steps = [i for i in found.indices if lexicon.may_be_time(i)]
    complete = len(steps) == len(letters) == len(found.indices)
    return replaced(body, dict(zip(letters, steps, strict=True))) if complete else term


def any_parameter(relation: Relation, model: Model, lexicon: Lexicon) -> Name | None:
    """The letter by which an equation differentiates, and with which it does nothing else, if the network has no such quantity.

    An update moves it as well: ``\\theta \\leftarrow \\theta - \\eta \\partial L / \\partial \\theta``.
    """
    sides = relation.sides
    below = [n.denominator for side in sides for _, n in walk(side) if isinstance(n, Deriv)]
    for found in filter(None, map(lexicon.occurrence, below)):
        letter = found.name.letter
        if found.name != Name(letter) or model.named(found.name) or letter not in _PARAMETERS | _WEIGHTS:
            continue
        moved = relation.op == "<-" and lexicon.occurrence(relation.left) == found
        everywhere = sum(_count(side, found.name, lexicon) for side in sides)
        if moved or everywhere == sum(_count(part, found.name, lexicon) for part in below):
            return found.name
    return None


def for_each(relation: Relation, name: Name, model: Model, lexicon: Lexicon) -> Iterator[tuple[Quantity, Relation]]:
    """The parameters that a letter may stand for, each with the equation about it: of those that its left side, or a step, depends on."""
    about = relation.right if relation.op == "<-" else relation.left
    names = {o.name for _, n in walk(about) if (o := lexicon.occurrence(n)) is not None}
    quantities = (q for named in names for q in model.named(named).values())
    needed = dependencies(tuple(Ref(q.key, None, q.shape) for q in quantities), model)
    parameters = [q for q in model.quantities.values() if q.is_parameter and q.shape and not q.slope and q.key in needed]
    same = [q for q in parameters if q.name.letter == name.letter.upper()] if name.letter in _WEIGHTS else []
    for quantity in same or parameters if name.letter in _PARAMETERS else same:
        yield quantity, relation.changed(_put, name, quantity.name, lexicon)


def is_of_states(quantity: Quantity, model: Model) -> bool:
    """Whether a recurrence of a network depends on a parameter: a weight of the output alone is no matter of the states."""
    states = (Ref(q.key, None, q.shape) for q in model.quantities.values() if q.recurrence)
    return quantity.key in dependencies(tuple(states), model)


def _count(term: Term, name: Name, lexicon: Lexicon) -> int:
    found = lexicon.occurrence(term)
    if found is not None:
        return int(found.name == name)
    return sum(_count(part, name, lexicon) for _, part in children(term))


def _put(term: Term, old: Name, new: Name, lexicon: Lexicon) -> Term:
    """A formula with one quantity for another, at the same step."""
    found = lexicon.occurrence(term)
    if found is None or found.name != old:
        return rebuilt(term, lambda part: _put(part, old, new, lexicon))
    letter = new.bare
    base = Sub(letter, (Sym(new.suffix, style="text"),)) if new.suffix else letter
    return Sub(base, found.indices) if found.indices else base
