"""Equations that restrict letters which are in use already: ``W = I``, ``f_t = 1``, ``V_{ij} = V_{ji}`` define nothing.

Of a letter that nothing defines, such an equation is an assumption; of a computed quantity it is a claim, unless its sentence only
supposes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symrnn.language.model import Name
from symrnn.language.terms import Num, Relation, Term
from symrnn.reading.definitions.finding import LOSSES, introduced, is_fixed
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import Lexicon, Occurrence

_SUPPOSED = re.compile(
    r"\b(if|when|whenever|suppose|assume|assuming|let|say|set|setting|for (example|instance)|e\.g\.|where|with|initial\w*"
    r"|wenn|falls|sei|si)\b",
    re.IGNORECASE,
)
#: How much of the text before an equation may say that it is only supposed.
_NEAR = 80


@dataclass(frozen=True)
class Restrictions:
    """The positions of equations that define nothing: `supposed` are assumptions, each of a quantity; `claimed` are claims."""

    supposed: dict[int, Name]
    claimed: frozenset[int]


def is_supposed(context: str) -> bool:
    """Whether the text right before an equation only supposes what it says."""
    sentence = re.split(r"[.;!?]\s", context[-_NEAR:])[-1]
    return bool(_SUPPOSED.search(sentence))


def restrictions(relations: Sequence[Relation | None], lexicon: Lexicon, hedged: frozenset[int] = frozenset()) -> Restrictions:
    """The restrictions among the relations of a document; `hedged` are the positions of those that are only supposed."""
    supposed: dict[int, Name] = {}
    claimed: set[int] = set()
    used: set[Name] = set()
    defined = {
        o.name for o, r in _introductions(relations, lexicon) if not _is_constant(r.right, lexicon) and not _is_same(o, r, lexicon)
    }
    for position, relation in enumerate(relations):
        if relation is None:
            continue
        found = introduced(relation, lexicon)
        if found is not None and found.name in used and not _is_end(found, lexicon):
            constant = _is_constant(relation.right, lexicon)
            if constant or (_is_same(found, relation, lexicon) and found.name not in defined):
                if found.name in defined and position not in hedged:
                    claimed.add(position)
                else:
                    supposed[position] = found.name
        used |= {o.name for side in (relation.left, relation.right) for o in outermost(side, lexicon)}
    return Restrictions(supposed, frozenset(claimed))


def _introductions(relations: Sequence[Relation | None], lexicon: Lexicon) -> list[tuple[Occurrence, Relation]]:
    found = ((introduced(relation, lexicon), relation) for relation in relations if relation is not None)
    return [(occurrence, relation) for occurrence, relation in found if occurrence is not None]


def _is_constant(term: Term, lexicon: Lexicon) -> bool:
    """A formula without any quantity: a number, or the identity."""
    return all(o.name == Name("I") for o in outermost(term, lexicon))


def _is_same(found: Occurrence, relation: Relation, lexicon: Lexicon) -> bool:
    """Whether the right side is the same letter with other indices, and nothing else."""
    other = lexicon.occurrence(relation.right)
    return other is not None and other.name == found.name


def _is_end(found: Occurrence, lexicon: Lexicon) -> bool:
    """Whether an equation gives the value before the first step, or at the last step or after it."""
    if not found.indices or not all(is_fixed(i, lexicon) for i in found.indices) or found.name.letter in LOSSES:
        return False
    first = found.indices[0]
    return not isinstance(first, Num) or first.value == 0
