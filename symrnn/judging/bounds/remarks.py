"""Relations that claim nothing which could be true or false: proportions, approximations, conditions on what is free."""

from __future__ import annotations

from symrnn.language.functions import is_well_known
from symrnn.language.model import Model
from symrnn.language.parts import unsigned
from symrnn.language.terms import Apply, Deriv, Given, Mark, Norm, Num, Relation, Sym, Term, walk
from symrnn.notation.vocabulary import APPLIED_LETTERS
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import Lexicon

_PROPORTION, _NEARLY = "oc", "~"


def claims_nothing(relation: Relation, model: Model, lexicon: Lexicon) -> str | None:
    """What a relation is that claims nothing: it holds for some values of what the network leaves free, or of nothing exactly."""
    if relation.op == _PROPORTION:
        return "a proportion, which leaves open by what factor"
    if relation.op == _NEARLY:
        return "it is nearly so, or drawn so: nothing exact is claimed"
    sides = relation.sides
    if all(_is_free(side, model, lexicon) for side in sides):
        return "a condition on what the network leaves free"
    bare = any(_is_bare(side, model, lexicon) and isinstance(unsigned(other), Num) for side, other in (sides, sides[::-1]))
    return "a condition on a value of the network" if bare else None


def _is_free(side: Term, model: Model, lexicon: Lexicon) -> bool:
    """Whether a side is made of letters that no equation gives, such as weights and bounds, and of no function or derivative."""
    nodes = [node for _, node in walk(side)]
    if any(isinstance(node, Norm) and lexicon.occurrence(node.term) is None for node in nodes):  # of a product much can be said
        return False
    if any(isinstance(node, (Deriv, Given, Mark)) or (isinstance(node, Apply) and _is_function(node.function)) for node in nodes):
        return False
    quantities = (quantity for o in outermost(side, lexicon) for quantity in model.named(o.name).values())
    return all(quantity.definition is None for quantity in quantities)


def _is_function(term: Term) -> bool:
    """Whether something is known of a function, or is to be known: of max and of ρ(W) nothing is."""
    return isinstance(term, Sym) and (is_well_known(term.name) or term in APPLIED_LETTERS)


def _is_bare(side: Term, model: Model, lexicon: Lexicon) -> bool:
    """Whether a side is one quantity of the network, its size or one entry of it: ``z_t``, ``\\|h_t\\|``."""
    found = lexicon.occurrence(side.term if isinstance(side, Norm) else side)
    return found is not None and bool(model.named(found.name))
