"""From a statement to its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any
from weakref import proxy

from symrnn.deciding.decide import Decider, Fails, Holds, Open, dependencies
from symrnn.deciding.evaluate.world import BY_THE_EQUATION
from symrnn.deciding.evidence import Point
from symrnn.deciding.hypotheses import Hypothesis, stated_by
from symrnn.judging import mistakes
from symrnn.judging.adjoints import prefixed
from symrnn.judging.beside import said_beside
from symrnn.judging.bounds import Bounds, bounding, exact, is_so, shown
from symrnn.judging.confirming import Confirmer
from symrnn.judging.edits import EarlierRepair, explicit_marks, explicit_throughout, undefined_names
from symrnn.judging.extent import Disagreement, Reach
from symrnn.judging.gate import objection, without_effect
from symrnn.judging.guards.equations import (
    beside_the_network,
    members_of_a_set,
    of_one_kind,
    part_of_an_axis,
    supposition,
    unclear_condition,
    unwritten_state,
)
from symrnn.judging.guards.letters import part_of_an_error
from symrnn.judging.guards.losses import (
    HOW_IT_DEPENDS,
    counts_nothing,
    ended_sequences,
    example_of_a_loss,
    open_losses,
    steps_of_the_loss,
    tried_loss,
)
from symrnn.judging.guards.refuted import Refuted
from symrnn.judging.held import held_fixed
from symrnn.judging.introduced import (
    EQUALITIES,
    case_of,
    given_up,
    introduces_open,
    is_known_function,
    is_made_concrete,
    is_of_letters,
)
from symrnn.judging.judgement import FirstLook
from symrnn.judging.letters import with_letters
from symrnn.judging.losses import AT_THE_END, held_at_its_step, held_at_the_end
from symrnn.judging.memory import Memory, Value, digest
from symrnn.judging.mistakes import Mistake
from symrnn.judging.otherwise import other_readings
from symrnn.judging.outcomes import LONGEST_STATED, Outcomes, best_of, evidence_against, of_greatest_ranks, why_open
from symrnn.judging.parameters import any_parameter, for_each, is_of_states, spelled_out
from symrnn.judging.repair import Mender
from symrnn.judging.steps import of_last_step, of_one_step
from symrnn.judging.unsaid import Meaning, as_given_by, likely_gradients, undefined_error
from symrnn.judging.update import UPDATE, NoUpdate, is_update, update_claim, written_out
from symrnn.judging.verdict import (
    EXPLICIT,
    NUMBERS,
    Assumption,
    Changed,
    Conditional,
    Definition,
    Edit,
    Exchange,
    Ground,
    Proven,
    Repair,
    Slip,
    StatedHypothesis,
    Undecided,
    Unread,
    Verdict,
    Wrong,
)
from symrnn.language import questions
from symrnn.language.budget import TooLarge, limited
from symrnn.language.choices import Inadmissible, Opaque, ShapeClash
from symrnn.language.claims import Claim, Reading, extended
from symrnn.language.model import Name, Quantity
from symrnn.language.questions import Answers, Question
from symrnn.language.tensors import Jac, Map, Ref, mentioned
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import (
    Deriv,
    Ellipsis,
    Num,
    Relation,
    Stack,
    Sym,
    Term,
    Transpose,
    replace_at,
    walk,
)
from symrnn.notation import unicode
from symrnn.notation.said import Said, Told, by_name, name_typed, one_by_one, said
from symrnn.reading.accumulated import ADDS
from symrnn.reading.definitions import Understanding, is_abstract, is_condition, is_doubted, is_of_one_kind, is_start
from symrnn.reading.definitions.examples import is_dependence, is_value_of_an_example
from symrnn.reading.definitions.finding import is_fixed
from symrnn.reading.definitions.functions import defined_function
from symrnn.reading.definitions.measures import Measure
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.definitions.steps import ahead_of
from symrnn.reading.document import Place, Statement
from symrnn.reading.elaborate import readings
from symrnn.reading.elaborate.prefixed import terms_of_gradient
from symrnn.reading.later import as_handed_on
from symrnn.reading.lexicon import unprefixed
from symrnn.reading.lexicon.prefixes import part_of

_EITHER = "it may be about the network before, not the one that a sentence speaks of; give that one equations of their own lines"
_RECENT = 4
#: The operations that a first look at a statement may cost.
_FIRST_LOOK = 500_000


@dataclass(frozen=True)
class _Kept:
    """A verdict, and what was learnt: edits that are familiar from now on, formulas that were wrong, what an error was taken as."""

    verdict: Verdict
    familiar: frozenset[Changed]
    earlier: tuple[EarlierRepair, ...]
    meant: Mapping[Name, Meaning]
    measured: Mapping[int, Measure]


@dataclass
class Judge:
    """Judges the statements of one document, in order: a later one may use the repairs of earlier ones."""

    understanding: Understanding
    decider: Decider
    mender: Mender
    reach: Reach
    smaller: tuple[Decider, ...] = ()
    recent: list[Term] = field(default_factory=list)
    suppositions: list[tuple[Name, Statement]] = field(default_factory=list)
    pinned: dict[Question, str] = field(default_factory=dict)
    stated: list[tuple[Hypothesis, int, Place]] = field(default_factory=list)
    position: int = 0
    file: str = ""
    part: frozenset[Name] = frozenset()

    #: What stands for the network and the options in keys of `memory`; without one nothing is kept.
    network: str = ""
    memory: Memory | None = None
    #: Makes the judge of the same network with every quantity a number, where nothing in it needs a vector.
    in_numbers: Callable[[], Judge | None] = lambda: None
    #: The judge of the same network in which some quantities depend on nothing.
    with_held: Callable[[frozenset[str]], Judge | None] = lambda _: None
    #: The judge of the network before, where only a sentence speaks of another one and what follows may be about either.
    otherwise: Judge | None = None
    #: Makes the judge of the same network with other relations at some positions, or none.
    changed: Callable[[Mapping[int, Relation | None]], Judge] | None = None
    #: Equations that contradict the definition of their left side: its key, and their positions and lines.
    rivals: list[tuple[str, int, int]] = field(default_factory=list)
    #: Letters of which the text says that they depend on the state before.
    dependent: frozenset[str] = frozenset()
    #: What errors that nothing defines were taken as before.
    meant: dict[Name, Meaning] = field(default_factory=dict)
    #: What losses that are only the name of a measure were taken as before, by the positions of their equations.
    measured: dict[int, Measure] = field(default_factory=dict)
    #: The left sides that equations of the document give as a sum, with each of its terms.
    parts: frozenset[tuple[Term, Term]] = frozenset()
    _rival_judges: dict[frozenset[int], Judge] = field(default_factory=dict, init=False, repr=False)
    _measuring_judges: dict[Measure, Judge] = field(default_factory=dict, init=False, repr=False)
    _held_judges: dict[frozenset[str], Judge | None] = field(default_factory=dict, init=False, repr=False)

    def begin(
        self,
        understanding: Understanding,
        changed: Callable[[Mapping[int, Relation | None]], Judge] | None,
        dependent: frozenset[str],
        parts: frozenset[tuple[Term, Term]],
    ) -> None:
        """Begins a document anew, in the same network, whose equations may stand at other positions: nothing was stated, supposed,
        pinned or mended before."""
        self.understanding, self.changed, self.dependent, self.parts = understanding, changed, dependent, parts
        self._rival_judges.clear()
        self._measuring_judges.clear()
        for state in (self.recent, self.suppositions, self.stated, self.rivals, self.mender.earlier):
            state.clear()
        self.bounds.begin()
        self.know_errors(frozenset())
        self.pinned.clear()
        self.meant.clear()
        self.measured.clear()
        self.mender.pinned.clear()
        self.mender.familiar.clear()

    def pin(self, question: Question, answer: str) -> None:
        """Fixes the answer to a question about readings from here on."""
        self.pinned[question] = answer
        self.mender.pinned[question] = answer

    @property
    def errors(self) -> frozenset[Name]:
        """The letters with a prefix that are known to be gradients of the loss."""
        return self.mender.setting.errors

    def know_errors(self, errors: frozenset[Name], part: frozenset[Name] = frozenset()) -> None:
        """Takes letters with a prefix as gradients of the loss from here on; an equation for one in `part` may say a part of it."""
        self.part = part
        self.mender.setting = replace(self.mender.setting, errors=errors)
        self.mender.forget()

    def give(self, hypothesis: Hypothesis, position: int, place: Place) -> None:
        """A hypothesis that the document states before the statement at a position holds from there on."""
        self.stated.append((hypothesis, position, place))

    def stated_by(self, relation: Relation) -> Hypothesis | None:
        """The hypothesis that a relation states of what the network leaves free."""
        understanding = self.understanding
        if relation.op not in EQUALITIES or relation.conditions:
            return None
        admissible, _ = readings(relation, understanding.model, understanding.lexicon)
        first = understanding.model.first
        found = (stated_by(r.claim, self.decider.value_hypotheses, first) for r in admissible)
        return next((hypothesis for hypothesis in found if hypothesis is not None), None)

    def first_look(self, position: int, statement: Statement) -> FirstLook | None:
        """What does not hold as written, before repairs are looked for: shapes that never meet, or a claim that fails in each reading.

        It says less than *wrong*: the gate has not been asked, and another reading that is tried last may still save the claim.
        """
        self.position, self.file = position, statement.place.file
        with limited(_FIRST_LOOK), suppress(TooLarge, NoUpdate, Disagreement), self._as_before():
            relation = statement.relation
            if relation is None or relation.op not in EQUALITIES or self._undefined(relation) is not None:
                return None
            if self._without_claim(position, relation, statement) is None:
                return self._fails_as_written(statement, relation)
        return None

    def _fails_as_written(self, statement: Statement, relation: Relation) -> FirstLook | None:
        model, lexicon = self.understanding.model, self.understanding.lexicon
        claimed = update_claim(relation, model, lexicon)
        if claimed is None and is_update(relation, model, lexicon):
            return None
        admissible, refused = readings(claimed or relation, model, lexicon, self.pinned)
        clash = next((reason.clash for reason in refused if reason.clash is not None), None)
        if not admissible and clash is not None:
            return FirstLook(statement, mistakes.SHAPES, f"looks false, and is still judged: {clash}")
        outcomes = [self.decider.decide(reading.claim) for reading in of_greatest_ranks(admissible)]
        if not outcomes or not all(isinstance(outcome, Fails) for outcome in outcomes):
            return None
        return FirstLook(statement, mistakes.FALSE, "looks false, and is still judged: the sides differ")

    @contextmanager
    def _as_before(self) -> Iterator[None]:
        """What is stated and supposed inside is forgotten after."""
        stated, supposed = list(self.stated), list(self.suppositions)
        try:
            yield
        finally:
            self.stated[:], self.suppositions[:] = stated, supposed

    def _supposition(self, relation: Relation, statement: Statement) -> Verdict | None:
        """An equation that states a hypothesis is an assumption, and given from here on, unless the text only speaks of the case."""
        hypothesis = self.stated_by(relation) if _may_state(relation) else None
        if hypothesis is None:
            return None
        if is_doubted(statement.context, statement.after) and not statement.declared:
            return Assumption(said("the case ", hypothesis.said))
        self.give(hypothesis, self.position + 1, statement.place)
        return Assumption("a hypothesis", (hypothesis.said,))

    def verdict(self, position: int, statement: Statement) -> Verdict:
        """The verdict on one statement; `position` is its place among the relations of the document."""
        self.position, self.file = position, statement.place.file
        if statement.relation is None:
            return _unread(statement)
        relation = statement.relation
        is_value = self.bounds.take_value(relation, statement)
        known = self._without_claim(position, relation, statement)
        verdict = known or (self._of_each_kind(statement) if statement.kinds else self._remembered(relation, statement))
        if isinstance(verdict, Undecided) and verdict.waits_for is None and verdict.fails is None:
            verdict = replace(verdict, waits_for=given_up(self.understanding, relation))
        if is_value and isinstance(verdict, Undecided):
            verdict = Assumption("given from here on")
        self.recent.append(relation.right)
        if isinstance(verdict, (Undecided, Wrong)) and (key := self._defined_elsewhere(relation, isinstance(verdict, Undecided))):
            self.rivals.append((key, position, statement.place.line))
        return with_letters(verdict, statement.letters)

    def key(self, relation: Relation, statement: Statement) -> str:
        """What a verdict that a claim is true depends on: nothing that was judged before, and no repair."""
        u, at, s = self.understanding, self.position, statement
        role = [known.get(at) for known in (u.supposed, u.renamed, u.failed, u.defines, u.contradicted)]
        said = (s.section, s.remark, s.context, s.previous, s.only_if, s.beside, s.declared)
        given = [(hypothesis, line) for hypothesis, start, line in self.stated if start <= at]
        among = (self.part, self.meant, self.measured, self.dependent, relation.sides in self.parts)
        return digest(self.network, relation, role, said, given, self.suppositions, self.pinned, self.errors, among)

    def _remembered(self, relation: Relation, statement: Statement) -> Verdict:
        """The verdict on a claim, from memory where nothing has changed that it depends on; with what later repairs learn from it."""
        if self.memory is None:
            return self._claimed(relation, statement)
        mender, key = self.mender, self.key(relation, statement)
        before = (self.recent[-_RECENT:], mender.familiar, mender.earlier, mender.setting.hand, self.rivals)
        whole = digest(key, statement.label, before)
        kept = self.memory.recall(key, self._confirms(relation)) or self.memory.recall(whole, self._confirms(relation))
        if not isinstance(kept, _Kept):
            familiar, earlier = frozenset(mender.familiar), len(mender.earlier)
            verdict = self._claimed(relation, statement)
            kept = _Kept(
                verdict,
                frozenset(mender.familiar - familiar),
                tuple(mender.earlier[earlier:]),
                dict(self.meant),
                dict(self.measured),
            )
            self.memory.put(key if isinstance(verdict, (Proven, Conditional)) else whole, kept)
        else:
            mender.familiar.update(kept.familiar)
            mender.earlier.extend(kept.earlier)
            self.meant.update(kept.meant)
            self.measured.update(kept.measured)
        return kept.verdict

    def once(self, rests_on: tuple[object, ...], make: Callable[[], Value], confirmed: Callable[[Any], bool]) -> Value:
        """What `make` gives in this network, from memory where nothing has changed that it rests on."""
        return make() if self.memory is None else self.memory.once(digest(self.network, rests_on), make, confirmed)

    def _confirms(self, relation: Relation) -> Callable[[object], bool]:
        return lambda kept: isinstance(kept, _Kept) and self.confirmer.confirms(relation, kept.verdict)

    @cached_property
    def confirmer(self) -> Confirmer:
        """Confirms what is kept of verdicts in this network."""
        return Confirmer((*self.smaller, self.decider), self.understanding.lexicon)

    def _claimed(self, relation: Relation, statement: Statement) -> Verdict:
        """The verdict on a claim, an update rule among them."""
        model, lexicon = self.understanding.model, self.understanding.lexicon
        try:
            claimed = update_claim(relation, model, lexicon)
            if claimed is None and is_update(relation, model, lexicon):
                return self._written_out(relation, "an update rule whose step is not seen to be a multiple of the gradient")
            return self.claim_verdict(claimed or relation, statement, shown=relation)
        except NoUpdate as reason:
            return self._written_out(relation, str(reason))
        except Disagreement as reason:
            return Undecided(str(reason))

    def _written_out(self, relation: Relation, otherwise: str) -> Verdict:
        """The verdict on an update rule with its gradient written out, where that is the gradient; else it may be of another kind."""
        try:
            claimed = written_out(relation, self.understanding.model, self.understanding.lexicon)
        except NoUpdate:
            claimed = None
        admissible = readings(claimed, self.understanding.model, self.understanding.lexicon, self.pinned)[0] if claimed else []
        best = best_of(self.outcomes.of(admissible))
        return Undecided(otherwise) if best is None else self._holding(*best)

    # -------------------------------------------------------------------------------------------------- definitions

    def _without_claim(self, position: int, relation: Relation, statement: Statement) -> Verdict | None:
        """The verdict on a statement that introduces something, None for one that claims something."""
        so = is_so(relation) if relation.op not in EQUALITIES else None
        if so is not None:
            left = exact(relation.left) or Fraction(0)
            return Assumption("numbers, compared rightly") if so else Undecided(f"the left side is {shown(left)}")
        case = case_of(self.understanding, relation)
        if case is not None:
            if relation.left == Sym(self.understanding.model.horizon) and isinstance(relation.right, Num):
                self.suppositions.append((Name(self.understanding.model.horizon), statement))
            return case
        understanding = self.understanding
        supposition = self._supposition(relation, statement)
        if supposition is not None:
            return supposition
        restated = self.holds(relation) if position in understanding.supposed else None
        if isinstance(restated, Proven):  # "if z_t = ..." with what defines it: nothing else is supposed
            return restated
        if position in understanding.supposed and is_start(statement.context):
            return Assumption(said("where the recursion of ", relation.left, " starts"))
        if position in understanding.supposed and statement.beside:
            return Assumption("where the equation beside it is said to hold")
        if position in understanding.supposed:
            self.suppositions.append((understanding.supposed[position], statement))
            return Assumption(said(relation.left, " is ", relation.right, " here, and nowhere else"))
        if position in understanding.renamed:
            return self._renamed_definition(position, relation)
        if position in understanding.failed and is_abstract(relation.right, understanding.model.functions):
            return Definition(said(relation.left), "an open function")
        if position in understanding.failed:
            return self._failed_definition(relation, understanding.failed[position])
        if position in understanding.abbreviated:
            return Definition(said("what ", relation.left, " is short for"), "")
        if position in understanding.defines:
            return Definition.of(understanding.model.quantities[understanding.defines[position]])
        function = defined_function(relation)
        if function is not None and understanding.model.functions.get(function[0]) == function[1:]:
            return Definition(said("the function ", relation.left), "")
        if function is not None and not is_known_function(self.understanding, *function[:2]):
            return Definition(said("one of the functions ", relation.left), "")
        if introduces_open(self.understanding, relation) or is_made_concrete(self.understanding, position, relation):
            return Definition(said(relation.left), "an open function")
        if position in understanding.contradicted:
            return Undecided(understanding.contradicted[position])
        if isinstance(relation.right, Stack) and any(relation.left in row for row in relation.right.rows):
            return Undecided(
                said(relation.left, " is made of itself and of others; give one of the two letters another name than by its font")
            )
        if relation.op == "in":
            listed = isinstance(relation.right, Ellipsis)
            return Assumption(said(f"{'what belongs to' if listed else 'the space of'} ", relation.left))
        if is_value_of_an_example(relation.right) and relation.op in (*EQUALITIES, "~"):
            return Assumption("a number of the text's example")
        if relation.op == "<-" and isinstance(relation.right, Num):
            return Assumption(said("what ", relation.left, " begins with"))
        if is_dependence(relation):
            return Assumption(said("what ", relation.left, " depends on"))
        if relation.op == ADDS:
            several = said("it adds one of several terms to ", relation.left, ", or one without a step; write their sum")
            return self._one_of_its_terms(relation) or Undecided(several)
        if (
            relation.op not in EQUALITIES
            and statement.inline
            and (is_condition(statement.context) or is_of_letters(self.understanding, relation))
        ):
            self.bounds.take_as_given(relation, statement)
            return Assumption("a condition of its sentence")
        if relation.op not in EQUALITIES:
            return self.bounds.verdict(relation, statement)
        return None

    @cached_property
    def bounds(self) -> Bounds:
        """Judges what is no equation in this network."""
        judge: Judge = proxy(self)  # a judge that its own parts hold would wait for a search for garbage

        def proven(claim: Claim) -> Ground | None:
            best = best_of(judge.outcomes.of([Reading(claim, ())]))
            return None if best is None or best[1].hypotheses else judge.reach.of(claim, ())

        def doubt(statement: Statement, relation: Relation, found: tuple[Reading, ...], decider: Decider) -> Told | None:
            supposed, at = tuple(judge.suppositions), judge.position
            return objection(Refuted(statement, relation, found, (), judge.understanding, decider, supposed, at, judge.errors))

        def beside(claim: Claim) -> Answers:
            return said_beside(claim, judge.decider, judge.understanding)

        def by_equation(relation: Relation) -> Proven | Conditional | None:
            return judge._bounded(relation)

        def where(place: Place) -> tuple[int, str, int]:
            return judge._where(place)

        return Bounds(self.understanding, self.decider, self.pinned, proven, by_equation, doubt, beside, where)

    def _bounded(self, relation: Relation) -> Proven | Conditional | None:
        """The verdict on a bound that an equation of what stands inside of the norms gives."""
        for equation, answers in bounding(relation):
            admissible = readings(equation, self.understanding.model, self.understanding.lexicon, self.pinned)[0]
            best = best_of(self.outcomes.of([replace(r, answers=(*r.answers, *answers)) for r in admissible]))
            if best is not None:
                return self._holding(*best)
        return None

    def _failed_definition(self, relation: Relation, reason: Told) -> Verdict:
        found = self.understanding.lexicon.occurrence(relation.left)
        name = None if found is None else found.name
        text = said("it would define ", relation.left, ", but has no meaning: ", reason)
        return Undecided(text, waits_for=given_up(self.understanding, relation, but=name), fails=name)

    def _renamed_definition(self, position: int, relation: Relation) -> Verdict:
        """A definition whose letter the loss uses for something else: a slip, with the letter that was meant."""
        old, new = self.understanding.renamed[position]
        left = _with_letter(relation.left, new)
        why = said("the loss takes the logarithm of ", new.bare, ", which nothing else defines")
        edit = Edit(_hat_mistake(old, new), Exchange(old.bare, new.bare), why=why)
        mended = replace(relation, left=left)
        found = self._best(mended)
        if found is None or found[1].hypotheses:
            return Undecided(said(why, "; with ", new.bare, " on the left it is not proven either"))
        reading = found[0]
        marks = (("base",),) if hasattr(left, "base") else ()
        repair = Repair(mended, (edit,), self.reach.of(reading.claim, ()), (), reading.answers, marks)
        return Slip(repair, None)

    # ------------------------------------------------------------------------------------------------------- claims

    def claim_verdict(self, relation: Relation, statement: Statement, shown: Relation) -> Verdict:
        """The verdict on an equation that claims something."""
        understanding = self.understanding
        admissible, refused = readings(relation, understanding.model, understanding.lexicon, self.pinned)
        opaque = next((reason for reason in refused if isinstance(reason, Opaque)), None)
        if opaque is not None:
            return self._otherwise(relation, refused) or self.bounds.equal(relation) or Undecided(opaque.reason)
        outcomes = self.outcomes.of(admissible)
        best = best_of(outcomes)
        if self.otherwise is not None and (best is None or best[1].hypotheses):
            before = self._in_network_before(relation)
            if best is not None and before is None:
                return Undecided(_EITHER)
            if isinstance(before, Proven) or (best is None and before is not None):
                return before
        if best is not None:
            free = self._free_numerator(best[0].claim)
            if free is not None:
                return Undecided(said("no equation says what ", free.bare, " depends on"))
            empty = self._without_effect([best[0]]) if best[0].claim.literal_zero else None
            if empty is not None:
                return Undecided(empty)
            held, found = self._said_to_depend([best[0]]), self._holding(*best)
            return _under(found, _held(held, ", though the text lets them depend on the state")) if held else found
        unsaid = self._of_any_parameter(relation) or self._of_unsaid_error(relation) or self._of_unsaid_function(relation)
        if unsaid is not None:
            return unsaid
        unfinished = next((o.reason for _, o in outcomes if isinstance(o, Open) and o.unfinished), None)
        if unfinished is not None:
            return Undecided(unfinished)
        otherwise = self._otherwise(relation, refused) or self._to_the_end_of_the_loss(admissible) or self._of_numbers(relation)
        otherwise = otherwise or self._of_explicit(relation) or self._to_the_stated_end(relation, statement)
        otherwise = (
            otherwise or self._of_held(relation) or self._by_the_equation(admissible) or self._at_the_end(relation, admissible)
        )
        otherwise = otherwise or self._of_last_step(relation, admissible)
        alone = of_one_step(relation, admissible, self.understanding) if otherwise is None else None
        otherwise = otherwise or self._added_by_one_step(alone) or self._handed_on(relation, admissible)
        otherwise = otherwise or self._at_its_step(relation, admissible) or self._of_named_measure(relation)
        if otherwise is not None:
            return otherwise
        update = relation is not shown or shown.op == UPDATE
        setting = replace(self.mender.setting, before=self._before(statement), update=update)
        foreign = setting.update and self._undefined(relation) is not None  # a step of what this network does not have
        repair = None if foreign else self.mender.slip(relation, setting)
        certificate = evidence_against(outcomes, refused)
        smallest = self.outcomes.smallest(admissible) if isinstance(certificate, Point) else None
        if smallest is not None:
            certificate = smallest[1]
        supposed, at = tuple(self.suppositions), self.position
        guards = [unclear_condition, unwritten_state, example_of_a_loss, steps_of_the_loss, part_of_an_error, supposition]
        guards += [beside_the_network, members_of_a_set, of_one_kind, part_of_an_axis]
        of_any_loss = (
            mistakes.EXPLICIT_MARK,
            mistakes.SLOPE_AT_VALUE,
        )  # that alone is wrong, however the loss depends on the steps
        if repair is not None and all(edit.mistake in of_any_loss for edit in repair.edits):
            guards.remove(example_of_a_loss)
            settled = True
        else:
            settled = self._fails_at_the_stated_end(admissible, statement)
        if settled:  # whatever T is, or where it is what the section states
            supposed = tuple((name, s) for name, s in supposed if name != Name(understanding.model.horizon))
        refuted = Refuted(
            statement, relation, tuple(admissible), tuple(refused), understanding, self.decider, supposed, at, self.errors
        )
        # A gradient that a prefix names without a step may be that of another one: it is not refuted as that of this one.
        if alone is not None and isinstance(alone.left, Deriv) and not counts_nothing(relation.right):
            made = readings(alone, understanding.model, understanding.lexicon, self.pinned)[0]
            refuted = replace(refuted, relation=alone, admissible=tuple(made))
        unknown = self._undefined(relation)
        if any(_is_about_functions(reading.claim) for reading in admissible):
            unknown = None
        waiting = (
            None if unknown is None else Undecided(said("nothing defines ", unknown.bare, "; add its equation"), waits_for=unknown)
        )
        if waiting is not None and repair is None and self.otherwise is None:
            return waiting
        unclear = next((reason for guard in guards if (reason := guard(refuted)) is not None), None)
        unclear = unclear or self._true_by_another_equation(relation, admissible)
        if unclear is None and statement.only_if:
            unclear = f"it is said only if {', '.join(statement.only_if)}, which is not put in; put it in, and it is judged"
        if unclear is not None:
            return Undecided(unclear, tried=tried_loss(refuted) if unclear == HOW_IT_DEPENDS else None)
        if self.otherwise is not None:
            elsewhere = self.otherwise.claim_verdict(relation, statement, shown)
            if isinstance(elsewhere, Wrong) and isinstance(elsewhere.certificate, Point) and isinstance(certificate, Point):
                return elsewhere  # false in both, whatever the sizes are
            return Undecided(
                "it may be about the network before, not the one that a sentence speaks of; give it a heading or a display"
            )
        if repair is not None:
            return Slip(_about(repair, relation, shown), certificate)
        if waiting is not None:
            return waiting
        if certificate is None:
            return Undecided(self._without_effect(admissible) or why_open(outcomes, refused))
        depends = self._said_to_depend(admissible)
        more = said("the text lets ", one_by_one(", ", map(name_typed, depends)), " depend on the state, and no equation says how")
        doubt = more if depends else objection(refuted)
        if doubt is not None:
            return Undecided(doubt)
        repairs = [_about(r, relation, shown) for r in self.mender.mend(relation, setting, statement.label)]
        if repairs and isinstance(certificate, ShapeClash) and not setting.hand.turned and self._turns_vectors(repairs[0]):
            return Undecided("two vectors side by side may be their outer product, since nothing is transposed here; write ^T")
        answers = outcomes[0][0].answers if outcomes else ()
        size = None if smallest is None else smallest[0]
        return Wrong(certificate, answers, repairs[0] if repairs else None, tuple(repairs[1:3]), size)

    def _said_to_depend(self, admissible: list[Reading]) -> list[Name]:
        """What has no equation, enters what is differentiated by a state, and depends on the state as the text says."""
        model = self.understanding.model
        jacobians = [n for r in admissible for n in r.claim.nodes() if isinstance(n, Jac)]
        of = {
            key
            for n in (jacobians if self.dependent else ())
            if n.wrt.time is not None and not n.explicit and model.quantities[n.wrt.quantity].definition is not None
            for key in dependencies((n.numerator,), model)
        }
        free = [q for key, q in model.quantities.items() if key in of and q.timed and q.definition is None and not q.slope]
        return _by_text(q.name for q in free if q.name.letter in self.dependent)

    def _free_numerator(self, claim: Claim) -> Name | None:
        """A letter that no equation gives, differentiated by itself at another step: what vanishes with it shows nothing."""
        model = extended(self.understanding.model, claim)
        for jac in (n for n in claim.nodes() if isinstance(n, Jac)):
            if isinstance(jac.numerator, Ref) and jac.numerator != jac.wrt and jac.numerator.quantity == jac.wrt.quantity:
                above = model.quantities[jac.numerator.quantity]
                if above.definition is None and not above.special and not above.slope:
                    return above.name
        return None

    def _without_effect(self, admissible: list[Reading]) -> Told | None:
        """Why gradients that vanish show nothing: by no equation does the loss depend on what it is differentiated by."""
        model = self.understanding.model
        name = next(filter(None, (without_effect(reading.claim, model) for reading in admissible)), None)
        return None if name is None else said("no equation makes the loss depend on ", name.bare, "; write how")

    def _turns_vectors(self, repair: Repair) -> bool:
        """Whether a repair transposes vectors, and does nothing else."""
        model, lexicon = self.understanding.model, self.understanding.lexicon
        turned = [lexicon.occurrence(node.base) for _, node in walk(repair.relation.right) if isinstance(node, Transpose)]
        known = [model.named(found.name).values() if found is not None else () for found in turned]
        return (
            bool(known)
            and all(edit.mistake == mistakes.TRANSPOSE for edit in repair.edits)
            and all(quantities and all(len(q.shape) == 1 for q in quantities) for quantities in known)
        )

    def _otherwise(self, relation: Relation, refused: list[Inadmissible]) -> Verdict | None:
        """The verdict under a reading that is tried last, where one makes the equation true or stays open."""
        model, lexicon = self.understanding.model, self.understanding.lexicon
        for other in other_readings(relation, refused, model, lexicon):
            admissible = readings(other.relation, model, lexicon, self.pinned, other.forms)[0]
            outcomes = self.outcomes.of([replace(r, answers=(*r.answers, *other.answers)) for r in admissible])
            best = best_of(outcomes)
            if best is not None:
                return self._holding(*best)
            if not other.only_if_true and any(isinstance(outcome, Open) and not outcome.empty for _, outcome in outcomes):
                meant = ", ".join(f"{question}: {answer}" for question, answer in outcomes[0][0].answers)
                return Undecided(f"it may be meant otherwise: {meant}")
        return None

    def _to_the_end_of_the_loss(self, admissible: list[Reading]) -> Proven | Conditional | None:
        """The verdict on what is true where a loss that ends at a number, ``L_1 + L_2 + L_3``, has the last step; at two sets of sizes."""
        for loss, ended in ended_sequences([reading.claim for reading in admissible], self.decider):
            larger = Decider(ended.model, replace(ended.instance, sizes=tuple((n, size + 1) for n, size in ended.instance.sizes)))
            best = best_of([(reading, ended.decide(reading.claim)) for reading in admissible])
            if best is not None and isinstance(larger.decide(best[0].claim), Holds):
                reading = replace(best[0], answers=(*best[0].answers, (questions.LAST_STEP, f"where {loss.text} ends")))
                return self._holding(reading, best[1], Ground(reading.claim, ended.scope()))
        return None

    def _stated_end(self, statement: Statement) -> tuple[Decider, Decider, str] | None:
        """Where a sequence ends as its section states, ``T = 4``, at two sets of sizes, and where that is said."""
        model, instance = self.understanding.model, self.decider.instance
        stated = next((s for name, s in reversed(self.suppositions) if name == Name(model.horizon)), None)
        last = stated.relation.right if stated is not None and stated.relation is not None else None
        if stated is None or not isinstance(last, Num) or stated.section != statement.section:
            return None
        steps = int(last.value) - model.first + 1 + model.horizon_offset
        if not 1 < steps <= LONGEST_STATED:
            return None
        ends = [replace(instance, steps=steps, sizes=tuple((n, size + more) for n, size in instance.sizes)) for more in (0, 1)]
        return Decider(model, ends[0]), Decider(model, ends[1]), f"where {stated.latex} (line {stated.place.line})"

    def _to_the_stated_end(self, relation: Relation, statement: Statement) -> Proven | Conditional | Slip | None:
        """The verdict on what is true of the last step by its number where the section states that, ``T = 4``.

        An inner derivative may lack the mark of the explicit one there as elsewhere.
        """
        end = self._stated_end(statement)
        if end is None or not self._has_numbered_step(relation):
            return None
        first, second, where = end
        for meant, edit in ((relation, None), *((c.relation, c.edit) for c in explicit_marks(relation, self.mender.setting))):
            admissible = readings(meant, self.understanding.model, self.understanding.lexicon, self.pinned)[0]
            best = best_of([(reading, first.decide(reading.claim)) for reading in admissible])
            if best is not None and isinstance(second.decide(best[0].claim), Holds):
                reading, outcome = replace(best[0], answers=(*best[0].answers, (questions.LAST_STEP, where))), best[1]
                ground = Ground(reading.claim, first.scope())
                if edit is None:
                    return self._holding(reading, outcome, ground)
                if not outcome.hypotheses:
                    return Slip(Repair(meant, (edit,), ground, (), reading.answers), None)
        return None

    def _has_numbered_step(self, relation: Relation) -> bool:
        nodes = relation.nodes()
        return any(isinstance(i, Num) for node in nodes if (o := self.understanding.lexicon.occurrence(node)) for i in o.indices)

    def _fails_at_the_stated_end(self, admissible: list[Reading], statement: Statement) -> bool:
        end = self._stated_end(statement)
        return end is not None and bool(admissible) and all(isinstance(end[0].decide(r.claim), Fails) for r in admissible)

    def _in_network_before(self, relation: Relation) -> Proven | Conditional | None:
        """The verdict on what is true in the network before, where a sentence only speaks of another one."""
        found = None if self.otherwise is None else self.otherwise.holds(relation)
        answers = ((questions.NETWORK, "the one before, not that of a sentence"),)
        return None if found is None else replace(found, answers=(*found.answers, *answers))

    def _of_any_parameter(self, relation: Relation) -> Proven | Conditional | None:
        """The verdict on what is true of each parameter that a letter such as θ may stand for, or of each that the states depend on."""
        model, lexicon = self.understanding.model, self.understanding.lexicon
        relation = spelled_out(relation, model, lexicon)
        name = any_parameter(relation, model, lexicon)
        held: list[tuple[Quantity, Reading, Holds]] = []
        outside = False
        for quantity, claim in for_each(relation, name, model, lexicon) if name is not None else ():
            outcomes = self.outcomes.of(readings(claim, model, lexicon, self.pinned)[0])
            best = best_of(outcomes)
            if best is not None:
                held.append((quantity, *best))
            elif not (outcomes and all(isinstance(o, Open) and o.empty for _, o in outcomes)):
                if is_of_states(quantity, model):
                    return None
                outside = True
        if name is None or not held:
            return None
        _, reading, outcome = max(held, key=lambda one: len(one[2].hypotheses))
        letter, which = unicode(name.bare), f"any of {', '.join(quantity.text for quantity, _, _ in held)}"
        found = self._holding(replace(reading, answers=(*reading.answers, (questions.PARAMETER.about(letter), which))), outcome)
        if not outside:
            return found
        needed = said(name.bare, " is any of ", one_by_one(", ", (name_typed(quantity.name) for quantity, _, _ in held)))
        hypotheses, without = (found.hypotheses, found.without) if isinstance(found, Conditional) else ((), ())
        return Conditional(
            found.ground, found.answers, (*hypotheses, needed), found.identity, (*without, (needed, None)), found.given
        )

    def _of_unsaid_error(self, relation: Relation) -> Conditional | None:
        """The verdict on what is true where an error that nothing defines is a gradient: in all equations of a network the same."""
        model, lexicon = self.understanding.model, self.understanding.lexicon
        error = undefined_error(relation, model, lexicon)
        found = None if error is None else lexicon.occurrence(error)
        if error is None or found is None:
            return None
        known = self.meant.get(found.name)
        for meaning in likely_gradients(error, model, lexicon) if known is None else (known,):
            held = self.holds(meaning.put_into(relation, lexicon))
            if held is not None:
                self.meant[found.name] = meaning
                return _under(held, said(error, " is ", meaning.of(found, lexicon)))
        return None

    def _of_each_kind(self, statement: Statement) -> Verdict:
        """The verdict on what an equation says of each kind of units that its letters may count."""
        found = [(counts, self._remembered(relation, statement)) for counts, relation in statement.kinds]
        held = [(counts, verdict) for counts, verdict in found if isinstance(verdict, (Proven, Conditional))]
        others = [verdict for _, verdict in found if not isinstance(verdict, (Proven, Conditional))]
        unmarked = next((v for v in others if isinstance(v, Slip) and _is_of_marks_alone(v)), None)
        if unmarked is not None and all(isinstance(v, Slip) and _is_of_marks_alone(v) for v in others):
            return unmarked
        said_of_one = is_of_one_kind(statement.context)
        if not held or not (said_of_one or all(isinstance(verdict, (Wrong, Slip)) for verdict in others)):
            return next((v for v in others if not isinstance(v, (Wrong, Slip))), others[0])
        verdict = max((v for _, v in held), key=lambda v: len(v.hypotheses) if isinstance(v, Conditional) else 0)
        letters = {letter: list(dict.fromkeys(counts[letter] for counts, _ in held)) for letter in held[0][0]}
        if not others:
            answers = ((questions.UNITS.about(letter), " or of ".join(kinds)) for letter, kinds in letters.items())
            return replace(verdict, answers=(*verdict.answers, *answers))
        needed = one_by_one(
            " and ", (said(by_name(x), " counts the units of ", " or ".join(kinds)) for x, kinds in letters.items())
        )
        point = next((v.certificate for v in others if isinstance(v, Wrong) and isinstance(v.certificate, Point)), None)
        hypotheses, without = (verdict.hypotheses, verdict.without) if isinstance(verdict, Conditional) else ((), ())
        return Conditional(
            verdict.ground, verdict.answers, (*hypotheses, needed), verdict.identity, (*without, (needed, point)), verdict.given
        )

    def _of_unsaid_function(self, relation: Relation) -> Conditional | None:
        """The verdict on what is true where a function that is only differentiated is the one that gives the state on the left."""
        meant = as_given_by(relation, self.understanding.model, self.understanding.lexicon)
        found = None if meant is None else self.holds(meant[0]) or self._of_any_parameter(meant[0])
        return None if meant is None or found is None else _under(found, said(meant[1], " is the function that gives ", meant[2]))

    @cached_property
    def _judge_of_numbers(self) -> Judge | None:
        return self.in_numbers()

    def _of_numbers(self, relation: Relation) -> Conditional | None:
        """The verdict on what is true where every quantity is a number, in a network that may be meant so."""
        judge = self._judge_of_numbers
        found = None if judge is None else judge.holds(relation)
        return None if found is None else _under(found, NUMBERS)

    def _defined_elsewhere(self, relation: Relation, is_open: bool) -> str:
        """The key of what an equation is for that has another one, where the equation is left open or for an error; empty otherwise.

        Notes use δ for the gradient by a state and by the sum before it; a second equation for a state is a claim about that state,
        unless it is an aside that may be about another network.
        """
        lexicon = self.understanding.lexicon
        found = lexicon.occurrence(relation.left) if relation.op in EQUALITIES else None
        known = self.understanding.model.named(found.name).get(bool(found.indices)) if found is not None else None
        if found is None or known is None or known.definition is None:
            return ""
        if is_open:
            return "" if any(is_fixed(index, lexicon) for index in found.indices) else known.key
        is_error = any(isinstance(n, Jac) for n in walk_tensor(known.definition))
        return known.key if is_error and all(isinstance(index, Sym) for index in found.indices) else ""

    def _true_by_another_equation(self, relation: Relation, admissible: list[Reading]) -> Told | None:
        """Why a claim is not wrong that rests on a letter with two equations, and is true by the one that does not define it here."""
        defined = {key: position for position, key in self.understanding.defines.items()}
        used = {key for r in admissible for key in dependencies((r.claim.left, r.claim.right), self.understanding.model)}
        for key, position, line in self.rivals if self.changed is not None else ():
            if key not in used or key not in defined or self.changed is None:
                continue
            others = frozenset({defined[key], *(p for k, p, _ in self.rivals if k == key)} - {position})
            if others not in self._rival_judges:
                self._rival_judges[others] = self.changed(dict.fromkeys(others))
            if self._rival_judges[others].holds(relation) is not None:
                name = name_typed(self.understanding.model.quantities[key].name)
                by = f" in line {line}, and not by the first one; give one of the two another letter"
                return said("it is true by the equation for ", name, by)
        return None

    def _of_explicit(self, relation: Relation) -> Conditional | None:
        """The verdict on what is true where each ∂ is explicit, where the document has no mark for that, nor means the total by it."""
        setting = self.mender.setting
        marked = None if setting.hand.marks or relation.left in setting.hand.totals else explicit_throughout(relation, setting)
        if marked is None:
            return None
        best = self._best(marked, self.pinned)
        found = self._otherwise(marked, []) if best is None else self._holding(*best)
        return _under(found, EXPLICIT) if isinstance(found, (Proven, Conditional)) else None

    def _of_held(self, relation: Relation) -> Conditional | None:
        """The verdict on a Jacobian that is true where the gates of its step, or all that is made in it, are held fixed.

        A document that marks explicit derivatives, or unfolds the total one elsewhere, means the total one.
        """
        setting, model, lexicon = self.mender.setting, self.understanding.model, self.understanding.lexicon
        if setting.hand.marks or relation.left in setting.hand.totals:
            return None
        for held in held_fixed(relation, model, lexicon):
            if held not in self._held_judges:
                self._held_judges[held] = self.with_held(held)
            judge = self._held_judges[held]
            found = None if judge is None else judge.holds(relation)
            if found is not None:
                return _under(found, _held(_by_text(model.quantities[key].name for key in held)))
        return None

    @cached_property
    def _by_equations(self) -> tuple[Decider, Decider]:
        """Deciders for which explicit derivatives are by what stands in the equation itself, at two sets of sizes and lengths."""
        model, home = self.decider.model, self.decider.instance
        larger = replace(home, steps=home.steps + 1, sizes=tuple((name, size + 1) for name, size in home.sizes))
        return Decider(model, home, BY_THE_EQUATION), Decider(model, larger, BY_THE_EQUATION)

    def _by_the_equation(self, admissible: list[Reading]) -> Proven | Conditional | None:
        """The verdict on what is true where ∂⁺ by an earlier state holds the other quantities of its step fixed.

        That it is zero says nothing there: its equation may hold that state through them alone.
        """
        claims = ((reading, reading.claim) for reading in admissible)
        explicit = [reading for reading, claim in claims if _is_explicit_by_a_state(claim) and not claim.literal_zero]
        first, second = self._by_equations if explicit else (None, None)
        best = None if first is None else best_of([(reading, first.decide(reading.claim)) for reading in explicit])
        if first is None or second is None or best is None or not isinstance(second.decide(best[0].claim), Holds):
            return None
        reading = replace(best[0], answers=(*best[0].answers, (questions.BY_THE_EQUATION, "holds the rest of its step fixed")))
        return self._holding(reading, best[1], Ground(reading.claim, first.scope()))

    def _at_the_end(self, relation: Relation, admissible: list[Reading]) -> Conditional | None:
        """The verdict on what is true of a loss that the document leaves open where that is one of the last step.

        What another equation has beside other terms is a part, and no gradient of such a loss.
        """
        if relation.sides in self.parts:
            return None
        for reading in admissible:
            found = held_at_the_end(reading.claim, open_losses(reading.claim, self.understanding), self.decider)
            if found is not None:
                outcome, decider = found
                return _under(self._holding(reading, outcome, Ground(reading.claim, decider.scope())), said(AT_THE_END))
        return None

    def _at_its_step(self, relation: Relation, admissible: list[Reading]) -> Conditional | None:
        """The verdict on what is true of an open loss where that is the loss of the one step that the equation names.

        Where another equation for the same gradient adds what comes from later steps, or the claim itself is made with that, the loss
        is one of them all.
        """
        names = {o.name for side in relation.sides for o in outermost(side, self.understanding.lexicon)}
        handed_on = any(part is not None and part[1] for part in map(part_of, names))
        of_later = any(left == relation.left and _names_the_next(part) for left, part in self.parts)
        if handed_on or of_later or relation.sides in self.parts or relation.left in self.mender.setting.hand.totals:
            return None
        for reading in admissible:
            found = held_at_its_step(reading.claim, open_losses(reading.claim, self.understanding), self.decider)
            if found is not None:
                step, outcome, decider = found
                held = self._holding(reading, outcome, Ground(reading.claim, decider.scope()))
                return _under(held, said("the loss is that of step ", Sym(step), " alone"))
        return None

    def _of_named_measure(self, relation: Relation) -> Conditional | None:
        """The verdict on what is true where a loss that is only the name of a measure is what that usually is."""
        for measure in self.understanding.measures if self.changed is not None else ():
            if self.changed is None or self.measured.get(measure.position, measure) != measure:
                continue
            if measure not in self._measuring_judges:
                self._measuring_judges[measure] = self.changed({measure.position: measure.relation})
            found = self._measuring_judges[measure].holds(relation)
            if found is not None:
                self.measured[measure.position] = measure
                return _under(found, said(measure.call, " is ", measure.formula))
        return None

    def _of_last_step(self, relation: Relation, admissible: list[Reading]) -> Conditional | None:
        """The verdict on what is true of an open loss where a sum to a step that the left side does not have goes to the last one."""
        meant = of_last_step(relation, admissible, self.understanding)
        best = None if meant is None else self._best(meant[0], self.pinned)
        return None if meant is None or best is None else _under(self._holding(*best), said(meant[1], " is the last step"))

    def _added_by_one_step(self, alone: Relation | None) -> Conditional | None:
        """The verdict on what is true of a parameter where that is the one of one step, whose gradients are still to be added up."""
        if alone is None:
            return None
        best = self._best(alone, self.pinned)
        below = alone.left.denominator if isinstance(alone.left, Deriv) else unprefixed(alone.left)
        hypothesis = said(below, " is meant, the parameter as its step alone uses it")
        return None if best is None else _under(self._holding(*best), hypothesis)

    def _one_of_its_terms(self, relation: Relation) -> Conditional | None:
        """The verdict on what is added to a gradient where that is what comes through one of the quantities that use what it is by."""
        model, held = self.understanding.model, []
        for reading in readings(replace(relation, op="="), model, self.understanding.lexicon, self.pinned)[0]:
            left = reading.claim.left
            if isinstance(left, Jac) and not left.explicit and isinstance(left.wrt, Ref) and left.wrt.time is not None:
                terms = terms_of_gradient(extended(model, reading.claim), left.numerator, left.wrt)
                held += [replace(reading, claim=replace(reading.claim, left=term)) for term in terms]
        best = best_of(self.outcomes.of(held))
        return None if best is None else _under(self._holding(*best), said("what else makes ", relation.left, " is added as well"))

    def _handed_on(self, relation: Relation, admissible: list[Reading]) -> Conditional | None:
        """The verdict on what is true of an error of the step before where that is the part of the gradient which this step hands on."""
        part = as_handed_on(relation.left)
        is_open = not isinstance(relation.left, Deriv) or any(open_losses(r.claim, self.understanding) for r in admissible)
        if part is None or not is_open:
            return None
        meant = replace(relation, left=part)
        best = self._best(meant, self.pinned)
        if best is None:
            return None
        answers = tuple((q, answer) for q, answer in best[0].answers if not q.is_kind_of(questions.PART_OF_GRADIENT))
        found = self._holding(replace(best[0], answers=answers), best[1])
        return _under(found, said(relation.left, " is the part that comes from later steps"))

    def _undefined(self, relation: Relation) -> Name | None:
        """A quantity that the equation is about, but that nothing defines or shows to be a gradient.

        An error such as δk_t is never given, also where other equations are made of it.
        """
        undefined = undefined_names(relation, self.mender.setting)
        left = self.understanding.lexicon.occurrence(relation.left)
        partly = {left.name} & self.part if left is not None else set()
        found = next((name for name in undefined if name not in self.errors - partly), None)
        return found or next(filter(self._is_free, sorted(prefixed(relation, self.understanding.lexicon), key=str)), None)

    def _is_free(self, name: Name) -> bool:
        quantities = self.understanding.model.named(name).values()
        return bool(quantities) and all(q.definition is None and not q.special for q in quantities)

    def _before(self, statement: Statement) -> tuple[Term, ...]:
        """The formulas just before a statement, the nearest one last."""
        own = () if statement.previous is None else (statement.previous,)
        return (*self.recent[-_RECENT:], *own)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What claims come to in this network."""
        return Outcomes(self.decider, self.smaller, self.reach)

    def _best(self, relation: Relation, pinned: Mapping[Question, str] | None = None) -> tuple[Reading, Holds] | None:
        """The reading of an equation that holds with the fewest hypotheses."""
        admissible, _ = readings(relation, self.understanding.model, self.understanding.lexicon, pinned)
        return best_of(self.outcomes.of(admissible))

    def holds(self, relation: Relation) -> Proven | Conditional | None:
        """The verdict on an equation that holds; None for any other, for which no repair is looked for."""
        found = self._best(relation)
        return None if found is None else self._holding(*found)

    def is_true(self, relation: Relation) -> bool:
        """Whether an equation holds as read, whatever it needs; how far is not looked for."""
        return self._best(relation) is not None

    def _holding(self, reading: Reading, outcome: Holds, ground: Ground | None = None) -> Proven | Conditional:
        ground = ground or self.reach.of(reading.claim, outcome.hypotheses)
        answers = tuple(dict.fromkeys((*reading.answers, *said_beside(reading.claim, self.decider, self.understanding))))
        given = tuple(g for h in outcome.hypotheses if (g := self._given(h)) is not None)
        needed = tuple(h for h in outcome.hypotheses if self._given(h) is None)
        if not needed:
            return Proven(ground, answers, outcome.identity, given)
        without = tuple((h.said, self.outcomes.point_without(reading.claim, outcome.hypotheses, h)) for h in needed)
        return Conditional(ground, answers, tuple(h.said for h in needed), outcome.identity, without, given)

    def _given(self, hypothesis: Hypothesis) -> StatedHypothesis | None:
        """The line before that states a hypothesis, or one that implies it."""
        return self.given_at(hypothesis.said) if self.stated else None

    def given_at(self, hypothesis: Said) -> StatedHypothesis | None:
        """Where before the statement that is judged a hypothesis, by its text, is stated, or one that implies it."""
        meant = next((h for h in self.decider.value_hypotheses if h.said == hypothesis), None)
        found = (place for stated, start, place in self.stated if start <= self.position and meant and stated.implies(meant))
        place = next(found, None)
        if place is None:
            return None
        return StatedHypothesis(hypothesis, *self._where(place))

    def _where(self, place: Place) -> tuple[int, str, int]:
        """The line of a place, the file that it is in, if that is another one than the statement's, and the cell."""
        return place.line, place.file if place.file != self.file else "", place.cell


def _by_text(names: Iterable[Name]) -> list[Name]:
    return sorted(set(names), key=lambda name: name.text)


def _held(names: Sequence[Name], more: str = "") -> Said:
    """The hypothesis that quantities do not depend on what a Jacobian is by."""
    return said(one_by_one(", ", map(name_typed, names)), f" {'is' if len(names) == 1 else 'are'} held fixed{more}")


def _under(found: Proven | Conditional, hypothesis: Said) -> Conditional:
    """A verdict under one more hypothesis, which is about how the equation is meant."""
    hypotheses = found.hypotheses if isinstance(found, Conditional) else ()
    without = found.without if isinstance(found, Conditional) else ()
    return Conditional(
        found.ground, found.answers, (*hypotheses, hypothesis), found.identity, (*without, (hypothesis, None)), found.given
    )


def _may_state(relation: Relation) -> bool:
    """Whether one side is a number: that is so of every hypothesis about values."""
    return any(isinstance(side, Num) for side in relation.sides)


def _unread(statement: Statement) -> Unread | Assumption:
    problem = statement.problem
    assert problem is not None
    if problem.remark:
        return Assumption(problem.message)
    return Unread(problem.message, problem.piece, problem.line, problem.column)


def _is_of_marks_alone(slip: Slip) -> bool:
    """Whether an equation lacks the marks of explicit derivatives, and nothing else."""
    return all(edit.mistake == mistakes.EXPLICIT_MARK for edit in slip.repair.edits)


def _is_explicit_by_a_state(claim: Claim) -> bool:
    """Whether a claim holds an explicit derivative of a quantity by what stands at another step; that it vanishes says nothing."""
    if claim.literal_zero:
        return False
    found = (node for node in claim.nodes() if isinstance(node, Jac) and node.explicit)
    return any(isinstance(n.numerator, Ref) and n.wrt.time is not None and n.numerator.time != n.wrt.time for n in found)


def _is_about_functions(claim: Claim) -> bool:
    """Whether a claim is one about functions, such as tanh(a) = ..., whose letters stand for any number."""
    letters = {q.key for q in claim.unknown}
    functions = any(isinstance(node, Map) for node in claim.nodes())
    return functions and mentioned(claim.left) == mentioned(claim.right) == letters


def _about(repair: Repair, claimed: Relation, shown: Relation) -> Repair:
    """A repair of what was claimed as a repair of what was written (they differ for update rules)."""
    if claimed is shown or claimed == shown:
        return repair
    return replace(repair, relation=Relation(shown.op, shown.left, repair.relation.right, shown.conditions), left_marks=())


def _with_letter(term: Term, new: Name) -> Term:
    """A letter with scripts, with another letter."""
    path, _ = next((p, n) for p, n in walk(term) if isinstance(n, Sym))
    return replace_at(term, path, new.bare)


def _hat_mistake(old: Name, new: Name) -> Mistake:
    return mistakes.HAT_MISSING if old.letter == new.letter and new.accent else mistakes.LETTER


def _names_the_next(term: Term) -> bool:
    """Whether a formula speaks of a step t + 1."""
    return any((ahead := ahead_of(node)) is not None and ahead[1] == 1 for _, node in walk(term))
