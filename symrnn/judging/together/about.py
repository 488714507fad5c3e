r"""Claims about another network of their document than that of their place.

``\partial h_t / \partial h_{t-1} = \mathrm{diag}(1 - h_t^2) W`` has no meaning below a gated cell that has no W: it is about the
simple network some sections before. What is false is wrong only where it is false in every network that it may be about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from symrnn.judging.guards.vacuous import may_be_about
from symrnn.judging.judge import Judge, Judging
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Definition, Proven, Slip, Undecided, Wrong, telling
from symrnn.language import questions
from symrnn.language.model import Name
from symrnn.language.questions import Answers
from symrnn.reading.definitions.mentions import names_in


@dataclass(frozen=True, eq=False)
class _Network:
    """A network of a document: what it knows, where its statements begin, and the line of that."""

    judge: Judge
    known: frozenset[Name]
    begins: int
    line: int

    @property
    def told(self) -> Answers:
        return ((questions.NETWORK, f"the one from line {self.line} on"),)


@dataclass(frozen=True)
class _Place:
    """Where a claim stands: its network and those before, the nearest first, and the names that its section speaks of.

    The section defines nothing of the network where that is not `own`.
    """

    network: _Network
    before: tuple[_Network, ...]
    section: frozenset[Name]
    own: bool


def in_networks_meant(courts: Sequence[Judge], judgements: list[Judgement], judged: Judging) -> list[Judgement]:
    """Judges again what has no meaning in the network of its place, or is false there, and may be about one before it."""
    networks = list(_networks(courts, judgements))
    if len(networks) < 2:
        return judgements
    places = _places(networks, courts, judgements)
    return [_meant(j, n, place, judged) for n, (j, place) in enumerate(zip(judgements, places, strict=True))]


def _networks(courts: Sequence[Judge], judgements: Sequence[Judgement]) -> Iterator[_Network]:
    for begins, judge in {id(judge): (n, judge) for n, judge in reversed(list(enumerate(courts)))}.values():
        known = frozenset(q.name for q in judge.understanding.model.quantities.values())
        yield _Network(judge, known, begins, judgements[begins].statement.place.line)


def _places(networks: Sequence[_Network], courts: Sequence[Judge], judgements: Sequence[Judgement]) -> list[_Place]:
    """The places of all statements."""
    by_judge = {id(network.judge): network for network in networks}
    result: list[_Place] = []
    rows = list(zip(courts, judgements, strict=True))
    for (judge, _), section in groupby(rows, key=lambda row: (id(row[0]), row[1].statement.section)):
        own, network = [j for _, j in section], by_judge[judge]
        before = sorted((n for n in networks if n.begins < network.begins), key=lambda n: -n.begins)
        defines = any(isinstance(j.verdict, Definition) for j in own)
        place = _Place(network, tuple(before), _spoken(own, network.judge), defines)
        result += [place] * len(own)
    return result


def _spoken(some: Iterable[Judgement], judge: Judge) -> frozenset[Name]:
    return frozenset[Name]().union(*(names_in(j.statement.relation, judge.understanding.lexicon) for j in some))


def _meant(judgement: Judgement, position: int, place: _Place, judged: Judging) -> Judgement:
    """A judgement, or that in the network before which the claim is about."""
    relation = judgement.statement.relation
    if relation is None or not isinstance(judgement.verdict, (Undecided, Wrong, Slip)):
        return judgement
    before = [n for n in place.before if may_be_about(relation, place.network.judge.hearing, n.judge.hearing)]
    every = place.network.known.union(*(n.known for n in place.before))
    spoken = _spoken([judgement], place.network.judge) & every
    if not spoken <= place.network.known:
        return _where_it_has_a_meaning(judgement, position, [n for n in before if spoken <= n.known], judged)
    if place.own or isinstance(judgement.verdict, Undecided):
        return judgement
    return _where_it_is_true(judgement, position, [n for n in before if place.section & every <= n.known], judged)


def _where_it_has_a_meaning(judgement: Judgement, position: int, some: Sequence[_Network], judged: Judging) -> Judgement:
    """The judgement in the nearest network that makes a claim true, or in the nearest one of all where it is false in each."""
    found = [_in(network, judgement, position, judged) for network in some]
    held = next((j for j in found if isinstance(j.verdict, (Proven, Conditional))), None)
    false = bool(found) and all(isinstance(j.verdict, (Wrong, Slip)) for j in found)
    return held or (found[0] if false else judgement)


def _where_it_is_true(judgement: Judgement, position: int, some: Sequence[_Network], judged: Judging) -> Judgement:
    """The judgement in the nearest network that makes a claim true, where its section may be about that one as well."""
    relation = judgement.statement.relation
    true = next((n for n in some if relation is not None and n.judge.hearing.is_true(relation)), None)
    return judgement if true is None else _in(true, judgement, position, judged)


def _in(network: _Network, judgement: Judgement, position: int, judged: Judging) -> Judgement:
    found = judged(network.judge, position, judgement.statement)
    return replace(found, verdict=telling(found.verdict, network.told))
