"""What the readings of an equation come to, each decided at one instance or at several."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symrnn.deciding.decide import Decider, Fails, Holds, Open, Outcome
from symrnn.deciding.evidence import Point
from symrnn.deciding.hypotheses import Hypothesis, among_the_steps
from symrnn.judging.extent import Reach
from symrnn.judging.verdict import Size
from symrnn.language import questions
from symrnn.language.choices import Inadmissible, ShapeClash
from symrnn.language.claims import Claim, Reading
from symrnn.language.questions import Question
from symrnn.notation.said import Told, said
from symrnn.proving.opinion import Objection

#: The most steps that a section may state.
LONGEST_STATED = 6
#: The greater numbers of steps at which a certificate is looked for when a claim fails elsewhere than at the instance.
_LONGER = (5, 6, 8, 10, 12, 16, 20, 24)


@dataclass(frozen=True)
class Outcomes:
    """What claims come to at the instance, and at shorter, longer and smaller ones where the instance does not settle them."""

    decider: Decider
    smaller: tuple[Decider, ...]
    reach: Reach

    def of(self, admissible: list[Reading]) -> list[tuple[Reading, Outcome]]:
        """What each reading comes to, up to the first that holds without a hypothesis."""
        result = []
        for reading in of_greatest_ranks(admissible):
            outcome = self._outcome(reading.claim)
            longer = among_the_steps(reading.claim, self.decider.model)
            if isinstance(outcome, Fails) and longer != reading.claim:  # it may fail only where a step that it names is none
                there = self._outcome(longer)
                if isinstance(there, Open) and there.empty:
                    there = self._at_more_steps(longer)
                reading, outcome = replace(reading, claim=longer), there
            result.append((reading, outcome))
            if isinstance(outcome, Holds) and not outcome.hypotheses:
                break
        return result

    def _outcome(self, claim: Claim) -> Outcome:
        outcome = self.decider.decide(claim)
        if isinstance(outcome, Open) and outcome.unfinished:
            outcome = self._at_fewer_steps(claim) or outcome
        objection = self.reach.objection(claim, outcome.hypotheses) if isinstance(outcome, Holds) else None
        if isinstance(outcome, Holds) and objection is not None:
            outcome = self._refuted_elsewhere(claim, outcome.hypotheses, objection)
        return outcome

    def _at_fewer_steps(self, claim: Claim) -> Holds | None:
        """A proof at fewer steps of what is too large at the instance; None where there is none. How far it reaches is told."""
        for stage in reversed(self.smaller):
            if 1 < stage.instance.steps < self.decider.instance.steps and stage.instance.sizes == self.decider.instance.sizes:
                outcome = stage.decide(claim)
                if isinstance(outcome, Holds):
                    self.reach.met_at[claim] = stage.scope()
                    return outcome
        return None

    def _at_more_steps(self, claim: Claim) -> Outcome:
        """The outcome for a claim that names steps which the instance has not, at fewest steps; it is refuted there, where not proven."""
        model, home = self.decider.model, self.decider.instance
        stages = (Decider(model, replace(home, steps=steps)) for steps in _LONGER if steps > home.steps)
        stage = next((stage for stage in stages if stage.agrees(claim, ()) is not None), None)
        if stage is not None and stage.instance.steps <= LONGEST_STATED:
            self.reach.met_at[claim] = stage.scope()
            return stage.decide(claim)
        point = None if stage is None else stage.refute(claim, stage.usual(claim))
        return Fails(point) if point is not None else Open("it hangs on a step with a number that no short sequence has")

    def _refuted_elsewhere(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], objection: Objection) -> Outcome:
        """What is proven at the instance and fails at another, refuted at the smallest number of steps at which that succeeds."""
        home, there = self.decider.instance, objection.instance
        lengths = [replace(home, steps=steps) for steps in (*range(1, home.steps), *_LONGER) if steps <= there.steps]
        for instance in (*lengths, there):
            point = Decider(self.decider.model, instance).refute(claim, hypotheses)
            if point is not None:
                return Fails(point)
        return Open(said(f"it holds at {home.steps} time steps, but ", objection.text))

    def smallest(self, admissible: list[Reading]) -> tuple[Size, Point] | None:
        """The smallest number of steps and hidden size at which every reading fails, with a point of the first one there."""
        below, tested = True, False
        for stage in self.smaller:
            outcomes = [stage.decide(among_the_steps(reading.claim, stage.model)) for reading in admissible]
            met = [o for o in outcomes if not (isinstance(o, Open) and o.empty)]
            if met and all(isinstance(o, Fails) for o in met):
                point = next(o.point for o in met if isinstance(o, Fails))
                return Size(stage.instance.steps, dict(stage.instance.sizes).get("hidden", 0), below and tested), point
            tested = tested or bool(met)
            below = below and all(isinstance(o, Holds) or (isinstance(o, Open) and o.empty) for o in outcomes[:1])
        return None

    def point_without(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], left_out: Hypothesis) -> Point | None:
        """A point that satisfies the other hypotheses, at which the claim fails, at the smallest instance that has one."""
        others = tuple(h for h in hypotheses if h is not left_out)
        points = (stage.refute(claim, others) for stage in self.smaller)
        return next((point for point in points if point is not None), None)


def best_of(outcomes: list[tuple[Reading, Outcome]]) -> tuple[Reading, Holds] | None:
    """The reading that needs the fewest hypotheses."""
    holding = [(reading, outcome) for reading, outcome in outcomes if isinstance(outcome, Holds)]
    return min(holding, key=lambda pair: len(pair[1].hypotheses), default=None)


def best_at_both(admissible: list[Reading], first: Decider, second: Decider) -> tuple[Reading, Holds] | None:
    """The reading that needs the fewest hypotheses at one instance, if it holds at another one as well."""
    best = best_of([(reading, first.decide(reading.claim)) for reading in admissible])
    return best if best is not None and isinstance(second.decide(best[0].claim), Holds) else None


def of_greatest_ranks(admissible: list[Reading]) -> list[Reading]:
    """The readings but those that make a letter which nothing defines a number or a vector where it can be more.

    A claim speaks of every value of such a letter: it is not true because it would be for numbers.
    """
    ranks = [{question: int(answer) for question, answer in r.answers if question.is_kind_of(questions.RANK)} for r in admissible]

    def below(a: dict[Question, int], b: dict[Question, int]) -> bool:
        return a != b and a.keys() == b.keys() and all(a[question] <= b[question] for question in a)

    return [r for r, own in zip(admissible, ranks, strict=True) if not any(below(own, other) for other in ranks)]


def evidence_against(outcomes: list[tuple[Reading, Outcome]], refused: list[Inadmissible]) -> Point | ShapeClash | None:
    """The evidence that no admissible reading holds; None when some reading is open or nothing certain can be said."""
    if any(isinstance(outcome, Open) and not outcome.empty for _, outcome in outcomes):
        return None
    for _, outcome in outcomes:
        if isinstance(outcome, Fails):
            return outcome.point
    for reason in refused:
        if reason.clash is not None:
            return reason.clash
    return None


def why_open(outcomes: list[tuple[Reading, Outcome]], refused: list[Inadmissible]) -> Told:
    for _, outcome in outcomes:
        if isinstance(outcome, Open):
            return outcome.reason
    return refused[0].reason if refused else "it has no meaning"
