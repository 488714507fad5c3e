"""Letters with a prefix, δf_t or dh_t, of which a document itself shows that they are gradients of its loss.

That is a reading, and a guess as long as nothing bears it out. Equations between such letters alone hold for the gradients of any loss; a
true one that has a term without them says which loss is meant, for its letters and for those that other true equations join to them.
What is summed up over the steps of such letters is the gradient by a parameter, whether the sum is right or not.
Where several true equations join different quantities of the network, a letter of the same prefix with one equation is a gradient as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from symrnn.judging.judgement import Judgement
from symrnn.judging.mistakes import SLOPE_AT_VALUE
from symrnn.judging.verdict import Conditional, Proven, Slip
from symrnn.language.model import Name
from symrnn.language.terms import BAR, PREFIXES, Add, Big, Neg, Num, Relation, Term, walk
from symrnn.reading.elaborate.prefixed import DIFFERENTIAL, GRADIENT, meanings
from symrnn.reading.lexicon import Lexicon, part_of, without_prefix

#: So many true equations say what a prefix means.
_SEVERAL = 2


@dataclass(frozen=True)
class Errors:
    """The letters with a prefix that are `known` to be gradients, and those of them that an equation for them may say a `part` of."""

    known: frozenset[Name] = frozenset()
    part: frozenset[Name] = frozenset()


def settled(judgements: Iterable[Judgement], lexicon: Lexicon) -> Errors:
    """The letters with a prefix that are known to be gradients of the loss; of a bar the document says so, and never of a part."""
    judged = list(judgements)
    shown = [j.statement.relation for j in judged if _is_shown(j)]
    equations = [(prefixed(relation, lexicon), _names_a_loss(relation, lexicon)) for relation in shown if relation is not None]
    known: set[Name] = set()
    while True:
        new = {name for names, anchored in equations if anchored or names & known for name in names} - known
        if not new:
            break
        known |= new
    known |= set(_summed(judged, known, lexicon))
    known |= {name for j in judged if j.statement.relation for name in prefixed(j.statement.relation, lexicon) if name.style == BAR}
    others = _of_one_kind(judged, lexicon) - known
    return Errors(frozenset(known | others), frozenset(others & _said_in_parts(judged, lexicon)))


def _of_one_kind(judged: Sequence[Judgement], lexicon: Lexicon) -> set[Name]:
    """The letters of a prefix that true equations of several chains use for gradients, and none for differentials."""
    joining: dict[str, set[int]] = {}
    found: set[Name] = set()
    for judgement in judged:
        relation, model = judgement.statement.relation, judgement.network
        names = prefixed(relation, lexicon) if relation is not None else ()
        about = {name for name in names if model is not None and model.named(_quantity(name))}
        found |= about
        if relation is not None and _is_shown(judgement) and len(about) + _names_a_loss(relation, lexicon) > 1:
            for name in about:
                joining.setdefault(name.style, set()).add(judgement.statement.chain)
    two = any(answer == DIFFERENTIAL for j in judged for _, answer in getattr(j.verdict, "answers", ()))
    known = {
        style for style, chains in joining.items() if len(chains) >= _SEVERAL and not (two and DIFFERENTIAL in meanings(style))
    }
    return {name for name in found if name.style in known}


def _quantity(name: Name) -> Name:
    """What a letter with a prefix, which may be that of a part, is a gradient by."""
    part = part_of(name)
    return part[0] if part is not None else without_prefix(name) or name


def _said_in_parts(judged: Sequence[Judgement], lexicon: Lexicon) -> set[Name]:
    """The letters on the left of several chains, or of one at another step, ``\\delta h_{t-1} = ...``: what comes through one path."""
    chains: dict[Name, set[int]] = {}
    shifted = set()
    for statement in (j.statement for j in judged if j.statement.relation is not None):
        left = lexicon.occurrence(statement.relation.left) if statement.relation is not None else None
        if left is not None:
            chains.setdefault(left.name, set()).add(statement.chain)
            if any(isinstance(index, Add) for index in left.indices):
                shifted.add(left.name)
    said = shifted | {name for name, own in chains.items() if len(own) > 1}
    return {name for name in said if part_of(name) is None}  # which part it is of these they say themselves


def _summed(judgements: Iterable[Judgement], known: set[Name], lexicon: Lexicon) -> Iterator[Name]:
    """The letters of parameters for which a sum over the steps of known errors is written: ``dU = \\sum_t da_t x_t^T``."""
    for relation in (j.statement.relation for j in judgements):
        if relation is None or not isinstance(relation.right, Big) or relation.right.kind != "sum":
            continue
        left, made = lexicon.occurrence(relation.left), set(_prefixed(relation.right, lexicon))
        if left is not None and left.name.style in PREFIXES and not left.indices and made and made <= known:
            yield left.name


def _is_shown(judgement: Judgement) -> bool:
    """Whether a statement was proven with a prefix that means the gradient, as written or with its slopes where they are meant."""
    verdict = judgement.verdict
    if isinstance(verdict, Slip) and all(edit.mistake == SLOPE_AT_VALUE for edit in verdict.repair.edits):
        return any(answer == GRADIENT for _, answer in verdict.repair.answers)
    return isinstance(verdict, (Proven, Conditional)) and any(answer == GRADIENT for _, answer in verdict.answers)


def prefixed(relation: Relation, lexicon: Lexicon) -> frozenset[Name]:
    """The letters with a prefix in a relation."""
    return frozenset(name for side in relation.sides for name in _prefixed(side, lexicon))


def _prefixed(term: Term, lexicon: Lexicon) -> Iterator[Name]:
    found = (lexicon.occurrence(node) for _, node in walk(term))
    yield from (o.name for o in found if o is not None and o.name.style in PREFIXES)


def _names_a_loss(relation: Relation, lexicon: Lexicon) -> bool:
    terms = (t for side in relation.sides for t in _summands(side))
    return any(not any(True for _ in _prefixed(t, lexicon)) for t in terms if not (isinstance(t, Num) and not t.value))


def _summands(term: Term) -> Iterator[Term]:
    if isinstance(term, Add):
        for part in term.terms:
            yield from _summands(part)
    elif isinstance(term, Neg):
        yield from _summands(term.term)
    else:
        yield term
