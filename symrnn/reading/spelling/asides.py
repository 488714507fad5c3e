r"""Examples beside the network that are written with its letters: ``y = \\tanh(x)``, where ``x_t`` is one of its quantities, and no x.

What such an example defines has no step anywhere, and nothing of the network is made of it: it is about any x. A second equation for
the same letter begins another example.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from symrnn.language.scripted import SCRIPTED, scripts, under
from symrnn.language.terms import ASIDE, DEFINING, Given, Mark, Mul, Relation, Sub, Sup, Sym, Term, children, rebuilt
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.lexicon.observed import USUAL_INDICES, USUAL_TIMES, counts_steps


def asides(relations: Sequence[Relation], stepped: Set[Sym]) -> Mapping[Relation, Relation]:
    """The relations of such examples with their letters as others than those of the network, of which `stepped` have steps."""
    begun_by = {r.left for r in relations if _begins(r, stepped)}
    rivals = _rivals(relations, stepped, begun_by)
    own = begun_by - _of_the_network([r for r in relations if r not in rivals], stepped)
    begun: dict[Term, Term] = {}
    losses: set[Term] = set()
    number, found = 0, {}
    for relation in relations:
        letters = _letters(relation)
        if _has_step(relation, stepped):
            losses = set()
            continue
        losses |= {relation.left} if relation in rivals and letters & own else set()
        if not letters & (own | losses):
            continue
        if _begins(relation, stepped) and begun.setdefault(relation.left, relation.right) != relation.right:
            number, begun = number + 1, {relation.left: relation.right}
        other = {x: replace(x, style=f"{ASIDE}{number}") for x in letters & (own | stepped | losses)}
        found[relation] = relation.changed(_with, other)
    return found


def _rivals(relations: Sequence[Relation], stepped: Set[Sym], begun: Set[Term]) -> set[Relation]:
    """What gives a loss by letters of an example, where another equation gives it by those of the network: ``J = y + 3x``."""
    losses = [r for r in relations if r.op in DEFINING and isinstance(r.left, Sym) and r.left.name in LOSSES]
    known = {r.left for r in losses if _has_step(r, stepped)}
    return {r for r in losses if r.left in known and not _has_step(r, stepped) and _letters(r) & begun}


def _begins(relation: Relation, stepped: Set[Sym]) -> bool:
    """Whether an equation without a step gives a letter that has none anywhere by letters that have one elsewhere."""
    left = relation.left
    own = isinstance(left, Sym) and len(left.name) == 1 and left.name not in LOSSES and left not in stepped and not left.style
    return own and relation.op in DEFINING and bool(_letters(relation) & stepped) and not _has_step(relation, stepped)


def _of_the_network(relations: Sequence[Relation], stepped: Set[Sym]) -> set[Sym]:
    """The letters that stand beside a step, and those of which such letters, or a loss, are made."""
    found = set(stepped).union(*(_letters(r) for r in relations if _has_step(r, stepped)))
    losses = {n for r in relations for n in _letters(r) if n.name in LOSSES}
    while True:
        made = (r for r in relations if r.op in DEFINING and under(r.left, (*SCRIPTED, Mark)) in found | losses)
        more = set().union(*(_letters(r) - stepped for r in made)) - found
        if not more:
            return found
        found |= more


def _letters(relation: Relation) -> set[Sym]:
    return {n for side in relation.sides for n in _standing(side)}


def _standing(term: Term) -> Iterable[Sym]:
    """The letters of a formula but those of scripts."""
    if isinstance(term, Sym):
        yield term
    parts = [term.base] if isinstance(term, (Sub, Sup)) else [part for _, part in children(term)]
    for part in parts:
        yield from _standing(part)


def _has_step(relation: Relation, stepped: Set[Sym]) -> bool:
    """Whether a step stands in a relation, or anything at a letter that has steps: that may be one."""
    nodes = list(relation.nodes())
    rows = _counting_rows(nodes)
    named = (n for n in nodes if isinstance(n, (Sub, Sup, Given)) and under(n, (*SCRIPTED, Mark)) in stepped)
    if any(not set(scripts(n)) <= rows or isinstance(n, Given) for n in named):
        return True
    return any(counts_steps(script) for n in nodes for script in scripts(n))


def _counting_rows(nodes: Iterable[Term]) -> set[Term]:
    """The letters that count rows and columns in a relation, each beside another below a letter: i and j of ``y_i = A_{ij} x_j``."""
    below = [part.factors for n in nodes if isinstance(n, Sub) for part in n.indices if isinstance(part, Mul)]
    below += [n.indices for n in nodes if isinstance(n, Sub) and len(n.indices) == 2]
    return {x for pair in below if len(pair) == 2 for x in pair if isinstance(x, Sym) and x.name in USUAL_INDICES - USUAL_TIMES}


def _with(term: Term, others: Mapping[Sym, Sym]) -> Term:
    """A formula with other letters, in scripts the same ones."""
    if isinstance(term, Sym):
        return others.get(term, term)
    if isinstance(term, (Sub, Sup)):
        return replace(term, base=_with(term.base, others))
    return rebuilt(term, lambda part: _with(part, others))
