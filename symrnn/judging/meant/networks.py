"""The network that an equation may be about: its numbers, its explicit derivatives, what is held fixed in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from symrnn.deciding.decide import Decider
from symrnn.judging.edits import Setting, explicit_throughout
from symrnn.judging.edits.hand import Hand
from symrnn.judging.guards.equations import of_one_unit, one_unit_said
from symrnn.judging.guards.rivals import other_equation
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.held import held_fixed
from symrnn.judging.meant.written import in_other_words
from symrnn.judging.outcomes import best_at_both
from symrnn.judging.verdict import EXPLICIT, NUMBERS, Conditional, Ground, Proven, Undecided, under_hypothesis
from symrnn.language import questions
from symrnn.language.choices import Inadmissible
from symrnn.language.claims import Claim, Reading
from symrnn.language.model import Name
from symrnn.language.tensors import Jac, Ref, with_function
from symrnn.language.terms import Relation, Sym
from symrnn.notation.said import Said, name_typed, one_by_one, said
from symrnn.reading.document import Statement


def in_numbers(hearing: Hearing, relation: Relation) -> Conditional | None:
    """The verdict on what is true where every quantity is a number, in a network that may be meant so."""
    other = hearing.others.of_numbers
    found = None if other is None else other.holds(relation)
    return None if found is None else under_hypothesis(found, NUMBERS)


def in_one_unit(hearing: Hearing, statement: Statement, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true where there is one unit of each kind, as its sentence says, or its section supposes."""
    if one_unit_said(statement, hearing.suppositions, hearing.model) is None:
        return None
    home = hearing.decider
    first, second = (of_one_unit(Decider(home.model, at)) for at in (home.instance, home.instance.wider(home.instance.steps + 1)))
    best = best_at_both(admissible, first, second)
    if best is None:
        return None
    return under_hypothesis(hearing.holding(*best, Ground(best[0].claim, first.scope())), NUMBERS)


def with_supposed_function(hearing: Hearing, statement: Statement, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true of the function that its section supposes before it: "if $\\phi = \\tanh$, then …"."""
    before = (s for _, s in reversed(hearing.suppositions) if s.section == statement.section and s.chain <= statement.chain)
    for problem in (s.problem for s in before if s.problem is not None and s.problem.chosen):
        change = partial(with_function, function=problem.example, other=problem.chosen)
        model, home = hearing.decider.model.changed(change), hearing.decider.instance
        first, second = (Decider(model, at) for at in (home, home.wider(home.steps + 1)))
        readings = [replace(reading, claim=reading.claim.changed(change)) for reading in admissible]
        best = best_at_both(readings, first, second)
        if best is not None:
            found = hearing.holding(*best, Ground(best[0].claim, first.scope()))
            return under_hypothesis(found, said(Sym(problem.example), f" is {problem.chosen}"))
    return None


# ---------------------------------------------------------------------------------------------------------- derivatives


def of_explicit(hearing: Hearing, relation: Relation, setting: Setting) -> Conditional | None:
    """The verdict on what is true where each ∂ is explicit, where the document has no mark for that, nor means the total by it."""
    if setting.hand.means_the_total(relation.left):
        return None
    marked = explicit_throughout(relation, setting)
    if marked is None:
        return None
    best = hearing.best(marked)
    found = in_other_words(hearing, marked, []) if best is None else hearing.holding(*best)
    return None if found is None or isinstance(found, Undecided) else under_hypothesis(found, EXPLICIT)


def of_held(hearing: Hearing, relation: Relation, refused: list[Inadmissible], hand: Hand) -> Conditional | None:
    """The verdict on a Jacobian that is true where the gates of its step, or all that is made in it, are held fixed.

    A document that marks explicit derivatives, or unfolds the total one elsewhere, means the total one.
    """
    if hand.means_the_total(relation.left):
        return None
    for held in held_fixed(relation, hearing.model, hearing.lexicon):
        other = hearing.others.with_held(held)
        found = None if other is None else other.holds(relation) or in_other_words(other, relation, refused)
        if found is not None and not isinstance(found, Undecided):
            return under_hypothesis(found, are_held(by_text(hearing.model.quantities[key].name for key in held)))
    return None


def by_text(names: Iterable[Name]) -> list[Name]:
    """Names in the order of their texts, each once."""
    return sorted(set(names), key=lambda name: name.text)


def are_held(names: Sequence[Name], more: str = "") -> Said:
    """The hypothesis that quantities do not depend on what a Jacobian is by."""
    return said(one_by_one(", ", map(name_typed, names)), f" {'is' if len(names) == 1 else 'are'} held fixed{more}")


def by_the_equation(hearing: Hearing, admissible: list[Reading]) -> Proven | Conditional | None:
    """The verdict on what is true where ∂⁺ by an earlier state holds the other quantities of its step fixed.

    That it is zero says nothing there: its equation may hold that state through them alone.
    """
    explicit = [reading for reading in admissible if _is_explicit_by_a_state(reading.claim)]
    if not explicit:
        return None
    best = best_at_both(explicit, *hearing.by_the_equation)
    if best is None:
        return None
    reading = best[0].also((questions.BY_THE_EQUATION, "holds the rest of its step fixed"))
    return hearing.holding(reading, best[1], Ground(reading.claim, hearing.by_the_equation[0].scope()))


def of_the_other_equation(hearing: Hearing, relation: Relation, admissible: list[Reading]) -> Conditional | None:
    """The verdict on what is true where a letter with two equations is what the second one says, which may give it another meaning."""
    found = other_equation(hearing, relation, admissible)
    if found is None or not found[0].is_open or found[0].relation == relation:
        return None
    rival, held = found
    return under_hypothesis(held, said(rival.relation))


def _is_explicit_by_a_state(claim: Claim) -> bool:
    """Whether a claim holds an explicit derivative of a quantity by what stands at another step; that it vanishes says nothing."""
    if claim.literal_zero:
        return False
    found = (node for node in claim.nodes() if isinstance(node, Jac) and node.explicit)
    return any(isinstance(n.numerator, Ref) and n.wrt.time is not None and n.numerator.time != n.wrt.time for n in found)
