"""From an equation that no reading makes true to its verdict: a slip, *wrong*, or why it is neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from symrnn.deciding.decide import Outcome
from symrnn.deciding.evidence import Certificate, Point
from symrnn.judging import mistakes
from symrnn.judging.edits import Setting, undefined_names
from symrnn.judging.guards.equations import (
    beside_the_network,
    members_of_a_set,
    of_one_kind,
    part_of_an_axis,
    refused_value,
    supposition,
    unclear_condition,
    unwritten_state,
)
from symrnn.judging.guards.gate import Guard, objection
from symrnn.judging.guards.letters import part_of_an_error
from symrnn.judging.guards.losses import HOW_IT_DEPENDS, example_of_a_loss, of_one_summand, steps_of_the_loss, tried_loss
from symrnn.judging.guards.refuted import Refuted
from symrnn.judging.guards.rivals import true_by_another_equation
from symrnn.judging.guards.vacuous import no_effect, said_to_depend
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.ends import fails_at_the_stated_end
from symrnn.judging.meant.losses import is_of_all_steps
from symrnn.judging.meant.steps import of_one_step
from symrnn.judging.outcomes import evidence_against, why_open
from symrnn.judging.repair import Mender
from symrnn.judging.together.adjoints import prefixed
from symrnn.judging.update import UPDATE
from symrnn.judging.verdict import Repair, Size, Slip, Undecided, Verdict, Wrong
from symrnn.language.choices import Inadmissible, ShapeClash
from symrnn.language.claims import Claim, Reading
from symrnn.language.model import Name
from symrnn.language.tensors import Map, mentioned
from symrnn.language.terms import Deriv, Relation, Term, Transpose, walk
from symrnn.notation.said import Told, name_typed, one_by_one, said
from symrnn.reading.document import Statement

#: What is wrong by these mistakes alone is so however the loss depends on the steps.
_OF_ANY_LOSS = (mistakes.EXPLICIT_MARK, mistakes.SLOPE_AT_VALUE)
_EITHER = "it may be about the network before, not the one that a sentence speaks of; give it a heading or a display"
#: What makes it unclear what an equation claims.
_GUARDS: tuple[Guard, ...] = (
    unclear_condition, unwritten_state, example_of_a_loss, steps_of_the_loss, part_of_an_error, supposition, refused_value,
    beside_the_network, members_of_a_set, of_one_kind, part_of_an_axis,
)  # fmt: skip


@dataclass(frozen=True)
class Untrue:
    """An equation that no reading makes true: as it is judged, and as it is shown where that is an update rule; what it comes to."""

    relation: Relation
    shown: Relation
    statement: Statement
    admissible: list[Reading]
    refused: list[Inadmissible]
    outcomes: list[tuple[Reading, Outcome]]
    #: The formulas just before it, the nearest one last.
    before: tuple[Term, ...]

    @property
    def is_update(self) -> bool:
        """Whether it is the claim of an update rule."""
        return self.relation is not self.shown or self.shown.op == UPDATE


def verdict_against(hearing: Hearing, mender: Mender, untrue: Untrue, elsewhere: Callable[[], Verdict] | None) -> Verdict:
    """The verdict on an equation that no reading makes true; it may be `elsewhere` that it is about, in the network before."""
    relation, setting = untrue.relation, replace(mender.setting, before=untrue.before, update=untrue.is_update)
    unknown = undefined_in(relation, hearing, setting)
    foreign = setting.update and unknown is not None  # a step of what this network does not have
    repair = None if foreign else mender.slip(relation, setting)
    certificate = evidence_against(untrue.outcomes, untrue.refused)
    waiting = None if any(_is_about_functions(reading.claim) for reading in untrue.admissible) else _waiting(unknown)
    if waiting is not None and repair is None and elsewhere is None:
        return waiting
    of_any_loss = repair is not None and all(edit.mistake in _OF_ANY_LOSS for edit in repair.edits)
    refuted = _refuted(hearing, untrue, of_any_loss or fails_at_the_stated_end(hearing, untrue.admissible, untrue.statement))
    refuted = replace(refuted, of_all_steps=is_of_all_steps(hearing, relation, setting.hand))
    unclear = _unclear(hearing, untrue, refuted, [g for g in _GUARDS if not (of_any_loss and g is example_of_a_loss)])
    if unclear is not None:
        return Undecided(unclear, tried=tried_loss(refuted) if unclear == HOW_IT_DEPENDS else None)
    if elsewhere is not None:
        found = elsewhere() if isinstance(certificate, Point) else None
        if isinstance(found, Wrong) and isinstance(found.certificate, Point):
            return found  # false in both, whatever the sizes are
        return Undecided(_EITHER)
    if repair is not None:
        return Slip(_about(repair, untrue, hearing), certificate and _at_its_smallest(hearing, untrue, certificate)[0])
    if waiting is not None:
        return waiting
    if certificate is None:
        return Undecided(no_effect(hearing, untrue.admissible) or why_open(untrue.outcomes, untrue.refused))
    doubt = _dependence(hearing, untrue.admissible) or objection(refuted)
    if doubt is not None:
        return Undecided(doubt)
    return _wrong(hearing, mender, untrue, setting, *_at_its_smallest(hearing, untrue, certificate))


def _at_its_smallest(hearing: Hearing, untrue: Untrue, certificate: Certificate) -> tuple[Certificate, Size | None]:
    """The evidence against a claim, at the smallest size at which it fails where that is known; looked for only where it is shown."""
    smallest = hearing.outcomes.smallest(untrue.admissible) if isinstance(certificate, Point) else None
    return (certificate, None) if smallest is None else (smallest[1], smallest[0])


def undefined_in(relation: Relation, hearing: Hearing, setting: Setting) -> Name | None:
    """A quantity that an equation is about, but that nothing defines or shows to be a gradient.

    An error such as δk_t is never given, also where other equations are made of it.
    """
    left = hearing.lexicon.occurrence(relation.left)
    partly = {left.name} & hearing.part if left is not None else set()
    found = next((name for name in undefined_names(relation, setting) if name not in hearing.errors - partly), None)
    free = (name for name in sorted(prefixed(relation, hearing.lexicon), key=str) if _is_free(hearing, name))
    return found or next(free, None)


def _is_free(hearing: Hearing, name: Name) -> bool:
    quantities = hearing.model.named(name).values()
    return bool(quantities) and all(q.definition is None and not q.special for q in quantities)


def _waiting(unknown: Name | None) -> Undecided | None:
    """What has to wait for an equation."""
    text = None if unknown is None else said("nothing defines ", unknown.bare, "; add its equation")
    return None if text is None else Undecided(text, waits_for=unknown)


def _is_about_functions(claim: Claim) -> bool:
    """Whether a claim is one about functions, such as tanh(a) = ..., whose letters stand for any number."""
    letters = {q.key for q in claim.unknown}
    functions = any(isinstance(node, Map) for node in claim.nodes())
    return functions and mentioned(claim.left) == mentioned(claim.right) == letters


# --------------------------------------------------------------------------------------------------------------- doubts


def _refuted(hearing: Hearing, untrue: Untrue, settled: bool) -> Refuted:
    """The claim as its guards look at it: `settled` where it fails whatever T is, or where it is what the section states."""
    relation = untrue.relation
    refuted = hearing.refuted(untrue.statement, relation, untrue.admissible, untrue.refused, hearing.decider)
    if settled:
        supposed = tuple((name, s) for name, s in refuted.suppositions if name != Name(hearing.model.horizon))
        refuted = replace(refuted, suppositions=supposed)
    # A gradient that a prefix names without a step may be that of another one: it is not refuted as that of this one.
    alone = of_one_step(replace(relation, right=of_one_summand(relation.right)), untrue.admissible, hearing.understanding)
    if alone is not None and isinstance(alone.left, Deriv):
        refuted = replace(refuted, relation=alone, admissible=tuple(hearing.readings(alone)[0]))
    return refuted


def _unclear(hearing: Hearing, untrue: Untrue, refuted: Refuted, guards: Sequence[Guard]) -> Told | None:
    """What makes it unclear what an equation claims: also a slip is none then."""
    unclear = next((reason for guard in guards if (reason := guard(refuted)) is not None), None)
    unclear = unclear or true_by_another_equation(hearing, untrue.relation, untrue.admissible)
    only_if = untrue.statement.only_if
    if unclear is None and only_if:
        return f"it is said only if {', '.join(only_if)}, which is not put in; put it in, and it is judged"
    return unclear


def _dependence(hearing: Hearing, admissible: Sequence[Reading]) -> Told | None:
    """Why a claim may be true that rests on what depends on the state, in a way that the text does not say."""
    names = said_to_depend(hearing, admissible)
    many = one_by_one(", ", map(name_typed, names))
    return said("the text lets ", many, " depend on the state, and no equation says how") if names else None


# ---------------------------------------------------------------------------------------------------------------- wrong


def _wrong(
    hearing: Hearing, mender: Mender, untrue: Untrue, setting: Setting, certificate: Certificate, size: Size | None
) -> Wrong | Slip:
    """*Wrong*, with repairs; a slip where vectors side by side stand for their outer product, in a text that transposes nothing."""
    mended, finished = mender.mend(untrue.relation, setting, untrue.statement.label)
    repairs = [_about(repair, untrue, hearing) for repair in mended]
    if repairs and isinstance(certificate, ShapeClash) and not setting.hand.turned and _turns_vectors(repairs[0], setting):
        return Slip(repairs[0], certificate)
    answers = untrue.outcomes[0][0].answers if untrue.outcomes else ()
    return Wrong(certificate, answers, repairs[0] if repairs else None, tuple(repairs[1:3]), size, not (repairs or finished))


def _about(repair: Repair, untrue: Untrue, hearing: Hearing) -> Repair:
    """A repair of what was claimed as a repair of what was written (they differ for update rules); what the text states it need not say."""
    repair = replace(repair, hypotheses=tuple(h for h in repair.hypotheses if hearing.given_at(h) is None))
    shown = untrue.shown
    if untrue.relation == shown:
        return repair
    return replace(repair, relation=replace(shown, right=repair.relation.right), left_marks=())


def _turns_vectors(repair: Repair, setting: Setting) -> bool:
    """Whether a repair transposes vectors, and does nothing else."""
    turned = [setting.lexicon.occurrence(node.base) for _, node in walk(repair.relation.right) if isinstance(node, Transpose)]
    known = [setting.model.named(found.name).values() if found is not None else () for found in turned]
    return (
        bool(known)
        and all(edit.mistake in (mistakes.TRANSPOSE, mistakes.OUTER_PRODUCT) for edit in repair.edits)
        and all(all(len(q.shape) == 1 for q in quantities) for quantities in known)
        and (all(known) or any(edit.mistake == mistakes.OUTER_PRODUCT for edit in repair.edits))
    )
