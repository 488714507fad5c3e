"""From a relation that is no equation to its verdict: a range, a bound of norms, a condition, or a remark."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from weakref import proxy

from symrnn.deciding.evidence import Extent
from symrnn.judging.answers import NetworkDerivatives, NoAnswer, WantedDerivative
from symrnn.judging.bounds.comparing import SPECTRAL, Comparer
from symrnn.judging.bounds.insides import bounding
from symrnn.judging.bounds.proving import Fact
from symrnn.judging.bounds.remarks import claims_nothing
from symrnn.judging.guards.equations import of_one_unit
from symrnn.judging.guards.gate import objection
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.losses import with_a_loss_at_the_end
from symrnn.judging.outcomes import best_of
from symrnn.judging.verdict import Assumption, Conditional, Ground, Proven, StatedHypothesis, Undecided, Verdict, Wrong
from symrnn.language.claims import Claim, Reading
from symrnn.language.model import Name
from symrnn.language.tensors import Const, Jac, Tensor, mentioned
from symrnn.language.terms import DEFINING, Relation, Term
from symrnn.notation.said import one_by_one, said
from symrnn.reading.definitions import is_condition, is_doubted
from symrnn.reading.definitions.mentions import names_in
from symrnn.reading.definitions.restrictions import is_in_clause, is_supposed
from symrnn.reading.document import Statement

#: The rational points at which a bound is tried, those at which slopes are largest first (see `Ball`).
_MANY_SEEDS = range(-20, 30)


@dataclass
class Bounds:
    """Judges what bounds, restricts or remarks in one network, in the order of the document."""

    hearing: Hearing
    _stated: dict[Fact, Statement] = field(default_factory=dict, init=False, repr=False)
    #: Conditions that bound no letter, and what they are about.
    _conditions: list[tuple[Statement, frozenset[Name]]] = field(default_factory=list, init=False, repr=False)
    #: How far the equations reach that bounds were shown by.
    _extent: Extent = field(default="all", init=False, repr=False)

    def begin(self) -> None:
        """Begins a document anew: nothing was stated before."""
        self._stated.clear()
        self._conditions.clear()
        self._comparer.facts.clear()

    def verdict(self, relation: Relation, statement: Statement) -> Verdict:
        """The verdict on a relation that is no equation."""
        self._extent = "all"
        nothing = claims_nothing(relation, self.hearing.model, self.hearing.lexicon)
        bounded = self._in_range(relation) or self._by_equation(relation) or self._by_magnitudes(relation, statement)
        if bounded is not None and (nothing is None or not isinstance(bounded, Conditional)):
            return bounded
        broken = self._broken(relation, statement) if nothing is None else None
        if broken is not None:
            return broken
        if nothing is None and is_in_clause(statement.context):
            nothing = "a condition of its sentence"
        if nothing is not None:
            self.take_as_given(relation, statement)
            return Assumption(nothing)
        if self._comparer.compares_a_matrix(relation):
            return Undecided("a matrix is compared with a number; write its norm, or one of its entries")
        return Undecided(f"only equations, ranges and bounds on norms are judged, and no rule gives this one ({relation.op})")

    # -------------------------------------------------------------------------------------------------- what is stated

    def take_as_given(self, relation: Relation, statement: Statement) -> None:
        """A condition may bound a letter from here on; any other one restricts what it is about, in its section."""
        facts = self._comparer.stated(relation)
        for fact in facts:
            self._know(fact, statement)
        if not any(fact.is_of_letters for fact in facts):
            self._conditions.append((statement, names_in(relation, self.hearing.lexicon)))

    def take_value(self, relation: Relation, statement: Statement) -> bool:
        """Whether an equation sets a letter to a norm or a number, which is given from here on: ``\\lambda = \\|W\\|``."""
        equation = relation.op in DEFINING and not is_condition(statement.context)
        facts = self._comparer.valued(relation) if equation else []
        for fact in facts:
            self._know(fact, statement)
        return bool(facts)

    def equal(self, relation: Relation) -> Proven | None:
        """The verdict on an equation of products of norms and letters that have the same factors."""
        if not self._comparer.are_equal(relation):
            return None
        one = Const(Fraction(1))
        return Proven(Ground(Claim(one, one, ()), "all"), (), "both sides have the same factors, to the same powers")

    def _know(self, fact: Fact, statement: Statement) -> None:
        """What is said of a letter holds from here on, whatever other sections say of it."""
        letters = {what for what in fact.large.whats if isinstance(what, Term)}
        own = {f for f in self._comparer.facts if self._stated[f].section == statement.section}
        self._comparer.facts = [f for f in self._comparer.facts if f in own or not letters & f.large.whats]
        rival = next((f for f in self._comparer.facts if f.tells_as(fact)), None)
        if rival is not None and rival.is_weaker(fact):  # of two cases, 1/4 for σ and 1 for tanh, what holds in both
            return
        if rival is not None:
            self._comparer.facts.remove(rival)
        self._comparer.facts.append(fact)
        self._stated[fact] = statement

    # ---------------------------------------------------------------------------------------------------------- proven

    @cached_property
    def _comparer(self) -> Comparer:
        model, lexicon = self.hearing.model, self.hearing.lexicon
        bounds: Bounds = proxy(self)  # held by its own part it would wait for a search for garbage
        derivative, equal = lambda node: bounds._written_derivative(node), lambda a, b: bounds._are_equal(a, b)
        return Comparer(model, lexicon, self.hearing.pinned, derivative, equal)

    def _written_derivative(self, node: Jac) -> Tensor | None:
        """The derivative of one quantity by another written out, where that is proven."""
        target = WantedDerivative.of(node)
        try:
            value = None if target is None else NetworkDerivatives(self.hearing.model, frozenset()).of(target, "r#each")
        except NoAnswer:
            return None
        return value if value is not None and self._are_equal(node, value) else None

    def _are_equal(self, left: Tensor, right: Tensor) -> bool:
        """Whether two tensors are proven equal, whatever holds, at every step."""
        if left.shape != right.shape or not mentioned(left) | mentioned(right) <= self.hearing.model.quantities.keys():
            return False
        ground = self._proven(_at_every_step(left, right))
        if ground is not None and ground.extent != "all":
            self._extent = ground.extent
        return ground is not None

    def _proven(self, claim: Claim) -> Ground | None:
        """What an equation stands on that holds without a hypothesis."""
        best = best_of(self.hearing.outcomes.of([Reading(claim, ())]))
        return None if best is None or best[1].hypotheses else self.hearing.reach.of(claim, ())

    def _by_equation(self, relation: Relation) -> Proven | Conditional | None:
        """The verdict on a bound that an equation of what stands inside of the norms gives."""
        for equation, answers in bounding(relation):
            admissible = [reading.also(*answers) for reading in self.hearing.readings(equation)[0]]
            best = best_of(self.hearing.outcomes.of(admissible))
            if best is not None:
                return self.hearing.holding(*best)
            at_the_end = with_a_loss_at_the_end(self.hearing, equation, admissible)
            if isinstance(at_the_end, Conditional):
                return at_the_end
        return None

    def _in_range(self, relation: Relation) -> Proven | None:
        """The verdict on what the ranges of functions give: ``0 \\le 1 - h_t^2``."""
        found = self._comparer.in_range(relation)
        if found is None:
            return None
        reading, interval = found
        return Proven(Ground(reading.claim, "all"), reading.answers, f"its entries are in {interval}")

    def _by_magnitudes(self, relation: Relation, statement: Statement) -> Verdict | None:
        """The verdict on a bound of norms by norms, numbers and letters; what says of new letters that they bound something is given."""
        introduced = self._comparer.introduced(relation)
        if introduced is not None:
            self._know(introduced, statement)
            return Assumption(said("from here on ", introduced.said))
        found = self._comparer.bound(relation)
        if found is None:
            return None
        bound, of = found
        ground = self._ground(of)
        steps, answers = one_by_one("; ", bound.steps), (*SPECTRAL, *self.hearing.beside(ground.claim))
        stated = ((fact.said, self._stated[fact].place) for fact in dict.fromkeys(bound.facts))
        given = tuple(StatedHypothesis(fact, *self.hearing.where(place)) for fact, place in stated)
        if bound.needs is None:
            return Proven(ground, answers, str(steps), given)
        return Conditional(ground, answers, (bound.needs,), str(steps), ((bound.needs, None),), given)

    def _ground(self, of: Tensor) -> Ground:
        """What a bound of a tensor stands on: the derivative written out, if it has one."""
        written = self._written_derivative(of) if isinstance(of, Jac) else None
        claim = _at_every_step(of, of if written is None else written)
        return (self._proven(claim) if written is not None else None) or Ground(claim, self._extent)

    # --------------------------------------------------------------------------------------------------------- refuted

    def _broken(self, relation: Relation, statement: Statement) -> Wrong | Undecided | None:
        """The verdict on a bound that fails at a point: of functions, or of norms where every axis has one entry."""
        doubted = is_supposed(statement.context) or is_doubted(statement.context, statement.after)
        names = names_in(relation, self.hearing.lexicon)
        restricted = any(s.section == statement.section and names & about for s, about in self._conditions)
        if doubted or restricted or statement.only_if or statement.beside or relation.conditions:
            return None
        decider, found = self.hearing.decider, self._comparer.of_functions(relation)
        of_network = not found
        if of_network:
            decider, found = of_one_unit(decider), self._comparer.of_norms(relation)
        points = [decider.refute(reading.claim, (), _MANY_SEEDS) for reading in found]
        first = next(iter(points), None)
        if first is None or None in points:
            return None
        doubt = objection(self.hearing.refuted(statement, relation, found, (), decider)) if of_network else None
        return Wrong(first, found[0].answers) if doubt is None else Undecided(doubt)


def _at_every_step(left: Tensor, right: Tensor) -> Claim:
    """That two tensors are equal at all steps that they depend on."""
    return Claim(left, right, tuple((name, "time", "") for name in sorted(left.free | right.free)))
