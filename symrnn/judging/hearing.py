"""What claims are heard with: a network as its document gives it, what decides claims about it, and what is known so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from symrnn.deciding.decide import Decider, Holds
from symrnn.deciding.evaluate.world import BY_THE_EQUATION
from symrnn.deciding.hypotheses import Hypothesis
from symrnn.judging.beside import said_beside
from symrnn.judging.extent import Reach
from symrnn.judging.guards.refuted import Refuted
from symrnn.judging.networks import Changes
from symrnn.judging.outcomes import Outcomes, best_of
from symrnn.judging.unsaid import Meaning
from symrnn.judging.verdict import Conditional, Ground, Proven, StatedHypothesis
from symrnn.language.choices import Inadmissible
from symrnn.language.claims import Claim, Reading
from symrnn.language.model import Model, Name
from symrnn.language.questions import Answers, Question
from symrnn.language.terms import Relation, Term
from symrnn.notation.said import Said
from symrnn.reading.definitions import Understanding
from symrnn.reading.definitions.measures import Measure
from symrnn.reading.document import Place, Statement
from symrnn.reading.elaborate import Forms, readings
from symrnn.reading.lexicon import Lexicon

_USUAL = Forms()


@dataclass
class Others:
    """The same network in other ways, each made when it is first asked for."""

    #: With every quantity a number, where nothing in it needs a vector.
    make_of_numbers: Callable[[], Hearing | None] = lambda: None
    #: With some quantities that depend on nothing.
    make_held: Callable[[frozenset[str]], Hearing | None] = lambda _: None
    #: With other relations at some positions, or none; where a document gives it by equations.
    changed: Callable[[Changes], Hearing] | None = None
    _held: dict[frozenset[str], Hearing | None] = field(default_factory=dict, init=False, repr=False)
    _changed: dict[frozenset[tuple[int, Relation | None]], Hearing] = field(default_factory=dict, init=False, repr=False)

    def begin(self, changed: Callable[[Changes], Hearing] | None) -> None:
        """Begins a document anew, whose equations may stand at other positions."""
        self.changed = changed
        self._changed.clear()

    @cached_property
    def of_numbers(self) -> Hearing | None:
        """The network with every quantity a number; None where that is not what is meant."""
        return self.make_of_numbers()

    def with_held(self, held: frozenset[str]) -> Hearing | None:
        """The network in which some quantities depend on nothing."""
        if held not in self._held:
            self._held[held] = self.make_held(held)
        return self._held[held]

    def with_changes(self, changes: Changes) -> Hearing | None:
        """The network of other equations; None where no equations give it."""
        key = frozenset(changes.items())
        if key not in self._changed and self.changed is not None:
            self._changed[key] = self.changed(changes)
        return self._changed.get(key)


@dataclass(frozen=True)
class Surroundings:
    """What the text and the other equations of a document say that bears on each of them.

    `dependent` are letters of which the text says that they depend on the state before, `parts` the left sides that equations give as a
    sum, with each of its terms, and `last` is the last step that equations name by its number, 0 where none does.
    """

    dependent: frozenset[str] = frozenset()
    parts: frozenset[tuple[Term, Term]] = frozenset()
    last: int = 0


@dataclass(frozen=True)
class Rival:
    """An equation that contradicts the definition of its left side, of which the network has the key: false, or left open."""

    key: str
    position: int
    line: int
    relation: Relation
    is_open: bool


@dataclass
class Hearing:
    """One network of a document, with what decides claims about it; what is pinned, stated and learnt holds from where it is said on."""

    understanding: Understanding
    decider: Decider
    reach: Reach
    smaller: tuple[Decider, ...] = ()
    others: Others = field(default_factory=Others)
    surroundings: Surroundings = Surroundings()
    #: The letters with a prefix that are known to be gradients of the loss, and those of which an equation may say a part.
    errors: frozenset[Name] = frozenset()
    part: frozenset[Name] = frozenset()
    pinned: dict[Question, str] = field(default_factory=dict)
    stated: list[tuple[Hypothesis, int, Place]] = field(default_factory=list)
    suppositions: list[tuple[Name, Statement]] = field(default_factory=list)
    rivals: list[Rival] = field(default_factory=list)
    #: What errors that nothing defines were taken as before.
    meant: dict[Name, Meaning] = field(default_factory=dict)
    #: What losses that are only the name of a measure were taken as before, by the positions of their equations.
    measured: dict[int, Measure] = field(default_factory=dict)
    #: Where the statement that is judged stands.
    position: int = 0
    file: str = ""

    def begin(self, understanding: Understanding, surroundings: Surroundings) -> None:
        """Begins a document anew, in the same network: nothing was stated, supposed, pinned or learnt before."""
        self.understanding, self.surroundings = understanding, surroundings
        self.errors = self.part = frozenset()
        for state in (self.stated, self.suppositions, self.rivals, self.pinned, self.meant, self.measured):
            state.clear()

    def at(self, position: int, statement: Statement) -> None:
        """What is heard next, and its place among the relations of the document."""
        self.position, self.file = position, statement.place.file

    @property
    def model(self) -> Model:
        return self.understanding.model

    @property
    def lexicon(self) -> Lexicon:
        return self.understanding.lexicon

    @cached_property
    def outcomes(self) -> Outcomes:
        """What claims come to in this network."""
        return Outcomes(self.decider, self.smaller, self.reach)

    @cached_property
    def by_the_equation(self) -> tuple[Decider, Decider]:
        """Deciders for which explicit derivatives are by what stands in the equation itself, at two sets of sizes and lengths."""
        model, home = self.decider.model, self.decider.instance
        return Decider(model, home, BY_THE_EQUATION), Decider(model, home.wider(home.steps + 1), BY_THE_EQUATION)

    # ------------------------------------------------------------------------------------------------------------ holding

    def readings(self, relation: Relation, forms: Forms = _USUAL) -> tuple[list[Reading], list[Inadmissible]]:
        """What an equation may say where the answers that are pinned bind, and why it says nothing under others."""
        return readings(relation, self.model, self.lexicon, self.pinned, forms)

    def best(self, relation: Relation) -> tuple[Reading, Holds] | None:
        """The reading of an equation that holds with the fewest hypotheses, where the answers that are pinned bind."""
        return best_of(self.outcomes.of(self.readings(relation)[0]))

    def holds(self, relation: Relation) -> Proven | Conditional | None:
        """The verdict on an equation that holds, whatever is pinned; None for any other, for which no repair is looked for."""
        found = self.freely(relation)
        return None if found is None else self.holding(*found)

    def is_true(self, relation: Relation) -> bool:
        """Whether an equation holds as read, whatever it needs; how far is not looked for."""
        return self.freely(relation) is not None

    def freely(self, relation: Relation) -> tuple[Reading, Holds] | None:
        """The reading of an equation that holds with the fewest hypotheses, whatever is pinned."""
        return best_of(self.outcomes.of(readings(relation, self.model, self.lexicon)[0]))

    def holding(self, reading: Reading, outcome: Holds, ground: Ground | None = None) -> Proven | Conditional:
        """The verdict on a claim that holds."""
        ground = ground or self.reach.of(reading.claim, outcome.hypotheses)
        answers = tuple(dict.fromkeys((*reading.answers, *self.beside(reading.claim))))
        given = [(h, self._given(h)) for h in outcome.hypotheses]
        stated = tuple(g for _, g in given if g is not None)
        needed = tuple(h for h, g in given if g is None)
        if not needed:
            return Proven(ground, answers, outcome.identity, stated)
        without = tuple((h.said, self.outcomes.point_without(reading.claim, outcome.hypotheses, h)) for h in needed)
        return Conditional(ground, answers, tuple(h.said for h in needed), outcome.identity, without, stated)

    def beside(self, claim: Claim) -> Answers:
        """What is said beside a claim that holds."""
        return said_beside(claim, self.decider, self.understanding)

    def refuted(
        self,
        statement: Statement,
        relation: Relation,
        admissible: Sequence[Reading],
        refused: Sequence[Inadmissible],
        decider: Decider,
    ) -> Refuted:
        """A claim that no reading holds for, as the guards before *wrong* look at it."""
        supposed = tuple((name, s) for name, s in self.suppositions if s.chain <= statement.chain)
        at = self.position
        return Refuted(
            statement, relation, tuple(admissible), tuple(refused), self.understanding, decider, supposed, at, self.errors
        )

    # ------------------------------------------------------------------------------------------------------------- stated

    def give(self, hypothesis: Hypothesis, position: int, place: Place) -> None:
        """A hypothesis that the document states before the statement at a position holds from there on."""
        self.stated.append((hypothesis, position, place))

    def suppose(self, statement: Statement) -> None:
        """What a statement that is read no further says of a function in an example is supposed from there on."""
        if statement.problem is not None and statement.problem.example:
            self.suppositions.append((Name(statement.problem.example), statement))

    def _given(self, hypothesis: Hypothesis) -> StatedHypothesis | None:
        """The line before that states a hypothesis, or one that implies it."""
        return self.given_at(hypothesis.said) if self.stated else None

    def given_at(self, hypothesis: Said) -> StatedHypothesis | None:
        """Where before the statement that is judged a hypothesis, by its text, is stated, or one that implies it."""
        meant = next((h for h in self.decider.value_hypotheses if h.said == hypothesis), None)
        found = (place for stated, start, place in self.stated if start <= self.position and meant and stated.implies(meant))
        place = next(found, None)
        return None if place is None else StatedHypothesis(hypothesis, *self.where(place))

    def where(self, place: Place) -> tuple[int, str, int]:
        """The line of a place, the file that it is in, if that is another one than the statement's, and the cell."""
        return place.line, place.file if place.file != self.file else "", place.cell
