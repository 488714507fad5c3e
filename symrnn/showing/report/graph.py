"""Which statement rests on which: chains, what was put in from elsewhere, and whose mistake it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symrnn.judging.judgement import Judgement, Report
from symrnn.language.parts import contains
from symrnn.language.terms import Deriv, Mark, Relation, Sub, Sym, Term, walk
from symrnn.showing.report.page import Arc, Graph, Stop, as_prose, slug
from symrnn.showing.report.wording import clean, equation

_MOST_STOPS = 70


def graph_of(report: Report) -> Graph | None:
    """The graph of the statements that rest on others or are rested on; None when there are no such."""
    arcs = sorted(set(_arcs(report.judgements)), key=lambda arc: (arc.target, arc.source, arc.kind))
    connected = sorted({number for arc in arcs for number in (arc.source, arc.target)})[:_MOST_STOPS]
    if not connected:
        return None
    new = {old: number for number, old in enumerate(connected)}
    wrong = [number for number in connected if report.judgements[number].verdict.word == "wrong"]
    stops = tuple(_stop(report.judgements[number], first_wrong=number in wrong[:1]) for number in connected)
    kept = tuple(Arc(new[a.source], new[a.target], a.kind) for a in arcs if a.source in new and a.target in new)
    return Graph(stops, kept)


def _stop(judgement: Judgement, *, first_wrong: bool) -> Stop:
    label = judgement.statement.label
    return Stop(slug(label), clean(label), judgement.verdict.word, as_prose(equation(judgement.statement)), first_wrong)


def _arcs(judgements: Sequence[Judgement]) -> Iterator[Arc]:
    numbers = {j.statement.label: number for number, j in enumerate(judgements)}
    for number, judgement in enumerate(judgements):
        blamed = {numbers[label] for label in judgement.rests_on if label in numbers}
        yield from (Arc(source, number, "blame") for source in blamed)
        before = _before(judgements, number)
        if before is not None:
            yield Arc(before, number, "chain")
            yield from (Arc(n, number, "use") for n in _put_in(judgements, before, number) if n not in blamed)


def _before(judgements: Sequence[Judgement], number: int) -> int | None:
    """The statement that this one goes on from: the last before it with the same left side, or the one that it restates."""
    left = _left(judgements[number])
    if left is None:
        return None
    same = [n for n in range(number - 1, -1, -1) if _left(judgements[n]) == left]
    restated = [n for n in same if judgements[n].statement.relation == judgements[number].statement.relation]
    return next(iter(restated or same), None)


def _left(judgement: Judgement) -> Term | None:
    """The left side, whatever its index letters and hats."""
    relation = judgement.statement.relation
    if not isinstance(relation, Relation) or not contains(relation.left, Deriv):
        return None
    return _levelled(relation.left)


def _put_in(judgements: Sequence[Judgement], before: int, number: int) -> Iterator[int]:
    """The statements whose left side stands in the line before, and no longer in this one."""
    earlier, now = judgements[before].statement.relation, judgements[number].statement.relation
    if earlier is None or now is None:
        return
    own = _left(judgements[number])
    gone = {_levelled(t) for _, t in walk(earlier.right)} - {_levelled(t) for _, t in walk(now.right)}
    latest = {left: n for n in range(number) if (left := _left(judgements[n])) is not None}
    yield from (n for left, n in latest.items() if left in gone and left != own and n != before)


def _levelled(term: Term) -> Term:
    """A term with every index letter alike and without hats, so that ``∂y_i/∂z_i`` is found where ``∂ŷ_k/∂z_k`` stands."""
    if isinstance(term, Sym):
        return replace(term, accent="")
    if isinstance(term, Sub):
        return Sub(_levelled(term.base), tuple(Sym("·") if isinstance(i, Sym) else i for i in term.indices))
    if isinstance(term, Deriv):
        return replace(term, numerator=_levelled(term.numerator), denominator=_levelled(term.denominator))
    if isinstance(term, Mark):
        return replace(term, base=_levelled(term.base))
    return term
