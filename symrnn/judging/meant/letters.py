"""The letters of which an equation does not say what they are: any parameter, an error, a function, a measure; a kind of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from symrnn.deciding.decide import Holds, Open
from symrnn.deciding.evidence import Point
from symrnn.judging import mistakes
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.parameters import any_parameter, for_each, is_of_states, spelled_out
from symrnn.judging.outcomes import best_of
from symrnn.judging.unsaid import as_given_by, likely_gradients, undefined_error, usual_losses, usual_recurrences
from symrnn.judging.update import update_claim
from symrnn.judging.verdict import Conditional, Proven, Slip, Verdict, Wrong, under_hypothesis
from symrnn.language import questions
from symrnn.language.claims import Reading
from symrnn.language.model import Quantity
from symrnn.language.tensors import refs_in
from symrnn.language.terms import Add, Num, Relation, replaced
from symrnn.notation import unicode
from symrnn.notation.said import by_name, name_typed, one_by_one, said
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions import is_of_one_kind


def of_any_parameter(hearing: Hearing, relation: Relation) -> Proven | Conditional | None:
    """The verdict on what is true of each parameter that a letter such as θ may stand for, or of each that the states depend on."""
    model, lexicon = hearing.model, hearing.lexicon
    relation = spelled_out(relation, model, lexicon)
    name = any_parameter(relation, model, lexicon)
    held: list[tuple[Quantity, Reading, Holds]] = []
    outside = False
    for quantity, claim in for_each(relation, name, model, lexicon) if name is not None else ():
        outcomes = hearing.outcomes.of(hearing.readings(update_claim(claim, model, lexicon) or claim)[0])
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
    which = f"any of {', '.join(quantity.text for quantity, _, _ in held)}"
    found = hearing.holding(reading.also((questions.PARAMETER.about(unicode(name.bare)), which)), outcome)
    if not outside:
        return found
    return under_hypothesis(found, said(name.bare, " is any of ", one_by_one(", ", (name_typed(q.name) for q, _, _ in held))))


def of_unsaid_error(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is true where an error that nothing defines is a gradient: in all equations of a network the same."""
    model, lexicon = hearing.model, hearing.lexicon
    error = undefined_error(relation, model, lexicon)
    found = None if error is None else lexicon.occurrence(error)
    if error is None or found is None:
        return None
    known = hearing.meant.get(found.name)
    for meaning in likely_gradients(error, model, lexicon) if known is None else (known,):
        held = hearing.holds(meaning.put_into(relation, lexicon))
        if held is not None:
            hearing.meant[found.name] = meaning
            return under_hypothesis(held, said(error, " is ", meaning.of(found, lexicon)))
    return None


def of_unsaid_target(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is true where a letter that nothing defines is the class that the loss picks, as the vector with a 1 there."""
    model, lexicon = hearing.model, hearing.lexicon
    classes = [q for q in model.quantities.values() if q.one_hot]
    stepped = {n: o for n in relation.nodes() if (o := lexicon.occurrence(n)) is not None and len(o.indices) == 1}
    unknown = {n: o for n, o in stepped.items() if lexicon.may_be_time(o.indices[0]) and not model.named(o.name)}
    if len(classes) != 1 or len(unknown) != 1:
        return None
    (letter, occurrence), picked = next(iter(unknown.items())), classes[0]
    refs = (ref for q in model.quantities.values() if q.definition is not None for ref in refs_in(q.definition))
    shifts = {ref.time.constant if ref.time is not None else 0 for ref in refs if ref.quantity == picked.key}
    for shift in sorted(shifts):
        step = occurrence.indices[0] if not shift else Add((occurrence.indices[0], Num(Fraction(shift))))
        target = picked.name.at(step) if picked.timed else picked.name.bare
        held = hearing.holds(relation.changed(replaced, {letter: target}))
        if held is not None:
            return under_hypothesis(held, said(letter, " is the vector with a 1 at the class ", target))
    return None


def of_unsaid_function(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is true where a function that is only differentiated is the one that gives the state on the left."""
    meant = as_given_by(relation, hearing.model, hearing.lexicon)
    found = None if meant is None else hearing.holds(meant[0]) or of_any_parameter(hearing, meant[0])
    return (
        None
        if meant is None or found is None
        else under_hypothesis(found, said(meant[1], " is the function that gives ", meant[2]))
    )


def of_usual_recurrence(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is true where a state that no equation gives is that of a plain network."""
    for usual in usual_recurrences(relation, hearing.model, hearing.lexicon):
        other = hearing.others.with_changes({hearing.position: usual})
        found = None if other is None else other.holds(relation)
        if found is not None:
            return under_hypothesis(found, said(usual))
    return None


def of_named_measure(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is true where a loss that is only the name of a measure, or is not said at all, is what that usually is."""
    learnt, model = hearing.measured, hearing.model
    is_said = any(
        model.quantities[key].name.letter in LOSSES for key in (rival.key for rival in hearing.rivals)
    )  # by an equation that is left open
    unsaid = () if is_said else learnt.values() or usual_losses(hearing.position, relation, model, hearing.lexicon)
    for measure in hearing.understanding.measures or unsaid:
        known = learnt.get(measure.position, measure) == measure
        other = hearing.others.with_changes({measure.position: measure.relation}) if known else None
        found = None if other is None else other.holds(relation)
        if found is not None:
            learnt[measure.position] = measure
            return under_hypothesis(found, said(measure.call, " is ", measure.formula))
    return None


# ---------------------------------------------------------------------------------------------------------------- units


def of_each_kind(found: Sequence[tuple[Mapping[str, str], Verdict]], context: str) -> Verdict:
    """The verdict on an equation from those on what it says of each kind of units that its letters may count."""
    held = [(counts, verdict) for counts, verdict in found if isinstance(verdict, (Proven, Conditional))]
    others = [verdict for _, verdict in found if not isinstance(verdict, (Proven, Conditional))]
    unmarked = [v for v in others if isinstance(v, Slip) and _is_of_marks_alone(v)]
    if unmarked and unmarked == others:
        return unmarked[0]
    if not held or not (is_of_one_kind(context) or all(isinstance(verdict, (Wrong, Slip)) for verdict in others)):
        return next((v for v in others if not isinstance(v, (Wrong, Slip))), others[0])
    verdict = max((v for _, v in held), key=lambda v: len(v.hypotheses) if isinstance(v, Conditional) else 0)
    letters = {letter: list(dict.fromkeys(counts[letter] for counts, _ in held)) for letter in held[0][0]}
    if not others:
        answers = ((questions.UNITS.about(letter), " or of ".join(kinds)) for letter, kinds in letters.items())
        return replace(verdict, answers=(*verdict.answers, *answers))
    each = (said(by_name(x), " counts the units of ", " or ".join(kinds)) for x, kinds in letters.items())
    point = next((v.certificate for v in others if isinstance(v, Wrong) and isinstance(v.certificate, Point)), None)
    return under_hypothesis(verdict, one_by_one(" and ", each), point)


def _is_of_marks_alone(slip: Slip) -> bool:
    """Whether an equation lacks the marks of explicit derivatives, and nothing else."""
    return all(edit.mistake == mistakes.EXPLICIT_MARK for edit in slip.repair.edits)
