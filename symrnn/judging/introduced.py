"""Equations that introduce something or name a case, told from those that claim something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from fractions import Fraction

from symrnn.deciding.decide import dependencies
from symrnn.deciding.hypotheses import Hypothesis, stated_by
from symrnn.judging import mistakes
from symrnn.judging.bounds import Bounds, exact, is_so, shown
from symrnn.judging.hearing import Hearing
from symrnn.judging.meant.losses import one_of_its_terms
from symrnn.judging.mistakes import Mistake
from symrnn.judging.verdict import Assumption, Definition, Edit, Exchange, Proven, Repair, Slip, Undecided, Verdict
from symrnn.language.model import Model, Name, Quantity
from symrnn.language.parts import letters_in
from symrnn.language.tensors import Ref, Tensor
from symrnn.language.terms import EQUALITIES, Apply, Ellipsis, Given, Num, Relation, Stack, Sym, Term, replace_at, walk
from symrnn.notation.said import said
from symrnn.reading.definitions import Understanding, is_abstract, is_condition, is_doubted, is_start
from symrnn.reading.definitions.examples import (
    is_clipped,
    is_dependence,
    is_encoded,
    is_of_events,
    is_value_of_an_example,
    lists_own_entries,
)
from symrnn.reading.definitions.functions import defined_function
from symrnn.reading.document import Statement
from symrnn.reading.document.conditions import is_counted
from symrnn.reading.elaborate import readings
from symrnn.reading.spelling.accumulated import ADDS


def introduction(hearing: Hearing, bounds: Bounds, relation: Relation, statement: Statement) -> Verdict | None:
    """The verdict on a statement that introduces something, None for one that claims something."""
    return next((verdict for kind in _KINDS if (verdict := kind(hearing, bounds, relation, statement)) is not None), None)


# ---------------------------------------------------------------------------------------------------- numbers and cases


def _numbers(_: Hearing, __: Bounds, relation: Relation, ___: Statement) -> Verdict | None:
    """A comparison of numbers."""
    so = is_so(relation) if relation.op not in EQUALITIES else None
    if so is None:
        return None
    left = exact(relation.left) or Fraction(0)
    return Assumption("numbers, compared rightly") if so else Undecided(f"the left side is {shown(left)}")


def _case(hearing: Hearing, _: Bounds, relation: Relation, statement: Statement) -> Verdict | None:
    """A case of indices, which the number of the last step is until another one is stated."""
    case, horizon = case_of(hearing.understanding, relation), hearing.model.horizon
    if case is not None and relation.left == Sym(horizon) and isinstance(relation.right, Num):
        hearing.suppositions.append((Name(horizon), statement))
    return case


def _hypothesis(hearing: Hearing, _: Bounds, relation: Relation, statement: Statement) -> Verdict | None:
    """An equation that states a hypothesis is an assumption, and given from here on, unless the text only speaks of the case."""
    is_of_a_number = any(isinstance(side, Num) for side in relation.sides)  # that is so of every hypothesis about values
    hypothesis = stated_hypothesis(hearing, relation) if is_of_a_number else None
    if hypothesis is None:
        return None
    if is_doubted(statement.context, statement.after) and not statement.declared:
        return Assumption(said("the case ", hypothesis.said))
    hearing.give(hypothesis, hearing.position + 1, statement.place)
    return Assumption("a hypothesis", (hypothesis.said,))


def stated_hypothesis(hearing: Hearing, relation: Relation) -> Hypothesis | None:
    """The hypothesis that a relation states of what the network leaves free."""
    if relation.op not in EQUALITIES or relation.conditions:
        return None
    admissible, _ = readings(relation, hearing.model, hearing.lexicon)
    found = (stated_by(r.claim, hearing.decider.value_hypotheses, hearing.model.first) for r in admissible)
    return next((hypothesis for hypothesis in found if hypothesis is not None), None)


def _supposed(hearing: Hearing, _: Bounds, relation: Relation, statement: Statement) -> Verdict | None:
    """What the text supposes: where it is true anyway, it is proven."""
    name = hearing.understanding.supposed.get(hearing.position)
    if name is None:
        return None
    restated = hearing.holds(relation)
    if isinstance(restated, Proven):  # "if z_t = ..." with what defines it: nothing else is supposed
        return restated
    if is_start(statement.context):
        return Assumption(said("where the recursion of ", relation.left, " starts"))
    if is_encoded(relation.right):
        return Assumption(said("what the data ", relation.left, " are"))
    if statement.beside:
        return Assumption("where the equation beside it is said to hold")
    hearing.suppositions.append((name, statement))
    return Assumption(said(relation.left, " is ", relation.right, " here, and nowhere else"))


# -------------------------------------------------------------------------------------------------------- definitions


def _definition(hearing: Hearing, _: Bounds, relation: Relation, __: Statement) -> Verdict | None:
    """An equation that is read as the definition of a quantity, or that would be one."""
    known, at = hearing.understanding, hearing.position
    if at in known.renamed:
        return _renamed(hearing, *known.renamed[at], relation)
    if at in known.failed and is_abstract(relation.right, known.model.functions):
        return Definition(said(relation.left), "an open function")
    if at in known.failed:
        found = known.lexicon.occurrence(relation.left)
        name = None if found is None else found.name
        text = said("it would define ", relation.left, ", but has no meaning: ", known.failed[at])
        return Undecided(text, waits_for=given_up(known, relation, but=name), fails=name)
    if at in known.abbreviated:
        return Definition(said("what ", relation.left, " is short for"), "")
    if at in known.defines:
        return Definition.of(known.model.quantities[known.defines[at]])
    return None


def _renamed(hearing: Hearing, old: Name, new: Name, relation: Relation) -> Verdict:
    """A definition whose letter the loss uses for something else: a slip, with the letter that was meant."""
    left = _with_letter(relation.left, new)
    why = said("the loss takes the logarithm of ", new.bare, ", which nothing else defines")
    edit = Edit(_hat_mistake(old, new), Exchange(old.bare, new.bare), why=why)
    mended = replace(relation, left=left)
    found = hearing.freely(mended)
    if found is None or found[1].hypotheses:
        return Undecided(said(why, "; with ", new.bare, " on the left it is not proven either"))
    reading = found[0]
    marks = (("base",),) if hasattr(left, "base") else ()
    return Slip(Repair(mended, (edit,), hearing.reach.of(reading.claim, ()), (), reading.answers, marks), None)


def _with_letter(term: Term, new: Name) -> Term:
    """A letter with scripts, with another letter."""
    path, _ = next((p, n) for p, n in walk(term) if isinstance(n, Sym))
    return replace_at(term, path, new.bare)


def _hat_mistake(old: Name, new: Name) -> Mistake:
    return mistakes.HAT_MISSING if old.letter == new.letter and new.accent else mistakes.LETTER


def _function(hearing: Hearing, _: Bounds, relation: Relation, __: Statement) -> Verdict | None:
    """A function of a letter, with its formula or without one."""
    known, function = hearing.understanding, defined_function(relation)
    if function is not None and known.model.functions.get(function[0]) == function[1:]:
        return Definition(said("the function ", relation.left), "")
    if function is not None and not is_known_function(known, *function[:2]):
        return Definition(said("one of the functions ", relation.left), "")
    if introduces_open(known, relation) or is_made_concrete(known, hearing.position, relation):
        return Definition(said(relation.left), "an open function")
    return None


def _contradiction(hearing: Hearing, _: Bounds, relation: Relation, __: Statement) -> Verdict | None:
    """A second definition, or one by itself."""
    contradicted = hearing.understanding.contradicted.get(hearing.position)
    if contradicted is not None:
        return Undecided(contradicted)
    if isinstance(relation.right, Stack) and any(relation.left in row for row in relation.right.rows):
        of_itself = " is made of itself and of others; give one of the two letters another name than by its font"
        return Undecided(said(relation.left, of_itself))
    return None


# -------------------------------------------------------------------------------------------------------- no equations


def _remark(_: Hearing, __: Bounds, relation: Relation, ___: Statement) -> Verdict | None:
    """What says of a letter where it lies, what it depends on, what it begins with, or that it has a number in an example."""
    if relation.op == "in":
        listed = isinstance(relation.right, Ellipsis)
        return Assumption(said(f"{'what belongs to' if listed else 'the space of'} ", relation.left))
    if lists_own_entries(relation):
        return Assumption(said("how the entries of ", relation.left, " are called"))
    if is_value_of_an_example(relation.right) and relation.op in (*EQUALITIES, "~"):
        return Assumption("a number of the text's example")
    if relation.op == "<-" and isinstance(relation.right, Num):
        return Assumption(said("what ", relation.left, " begins with"))
    if is_clipped(relation):
        return Assumption(said("how ", relation.left, " is scaled by its size"))
    if is_of_events(relation):
        return Assumption("what the text says of a probability")
    if is_dependence(relation):
        return Assumption(said("what ", relation.left, " depends on"))
    return None


def _no_equation(hearing: Hearing, bounds: Bounds, relation: Relation, statement: Statement) -> Verdict | None:
    """What is added to a quantity, a condition of a sentence, a bound."""
    if relation.op == ADDS:
        several = said("it adds one of several terms to ", relation.left, ", or one without a step; write their sum")
        return one_of_its_terms(hearing, relation) or Undecided(several)
    if relation.op in EQUALITIES:
        return None
    conditional = statement.beside or is_condition(statement.context)
    if conditional or (statement.inline and is_of_letters(hearing.understanding, relation)):
        bounds.take_as_given(relation, statement)
        return Assumption("a condition of its sentence")
    return bounds.verdict(relation, statement)


_Kind = Callable[[Hearing, Bounds, Relation, Statement], Verdict | None]
#: What a statement may do but claim something, in the order in which it is asked.
_KINDS: tuple[_Kind, ...] = (
    _numbers, _case, _hypothesis, _supposed, _definition, _function, _contradiction, _remark, _no_equation,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------ what it may be


def names_what_it_depends_on(hearing: Hearing, relation: Relation) -> bool:
    """Whether what has its equation is said to be some function of all that this is made of, ``h_2 = f(h_1, x_2)``: which one, it says.

    What the dots of ``h_t = f(x_t, \\dots, x_1)`` leave out may be the states between. What leaves out an input says something else.
    """
    model, lexicon, right = hearing.model, hearing.lexicon, relation.right
    found = lexicon.occurrence(relation.left)
    if found is None or relation.op not in EQUALITIES or not isinstance(right, (Apply, Given)):
        return False
    function = lexicon.occurrence(right)  # none for an application, else what is called, or a quantity with its step: s(t - 1)
    is_known = function is not None and (bool(function.indices or model.named(function.name)) or function.name in model.calls)
    if is_known or not is_abstract(right, model.functions):
        return False
    inside = right.arguments if isinstance(right, Given) else (right.argument,)
    nodes = [node for term in inside for _, node in walk(term)]
    arguments = [o for o in map(lexicon.occurrence, nodes) if o is not None]
    named = {o.name for o in arguments} | {found.name for node in nodes if isinstance(node, Ellipsis)}
    own = {letter for index in found.indices for letter in letters_in(index)}
    made = tuple(q.definition for q in model.named(found.name).values() if q.definition is not None)
    of_itself = any((o.name, o.indices) == (found.name, found.indices) for o in arguments)
    if not made or of_itself or any(letters_in(index) - own for o in arguments for index in o.indices):
        return False
    return {q.name for q in _open_ends(made, model, named)} <= named


def _open_ends(made: tuple[Tensor, ...], model: Model, named: Set[Name]) -> Iterator[Quantity]:
    """What formulas are made of at a step, through all but what is named: data, and states of the step before."""
    for quantity in (model.quantities[key] for key in dependencies(made, model, named) if key in model.quantities):
        again = () if quantity.definition is None else dependencies((quantity.definition,), model, named)
        if quantity.timed and not quantity.slope and (quantity.definition is None or quantity.key in again):
            yield quantity


def is_of_letters(understanding: Understanding, relation: Relation) -> bool:
    """Whether a relation compares numbers and letters of which the network knows nothing: ``0 < \\alpha``, ``s > t``."""
    found = [(side, understanding.lexicon.occurrence(side)) for side in relation.sides]
    return all(isinstance(side, Num) or (o is not None and not understanding.model.named(o.name)) for side, o in found)


def case_of(understanding: Understanding, relation: Relation) -> Verdict | None:
    """``i = k`` or ``i = 3`` between indices: a case that the text speaks of."""
    lexicon = understanding.lexicon
    sides = relation.sides
    counts = lexicon.is_index(relation.left) and isinstance(relation.left, Sym) and is_counted(relation.right)
    if not (counts or all(lexicon.is_index(side) for side in sides)) or all(isinstance(s, Num) for s in sides):
        return None
    if any(understanding.model.named(Name(name)) for name in relation.letters):
        return None
    if relation.op == "in":
        return Assumption(said("the values of ", relation.left))
    return Assumption(said("the case ", Relation(relation.op, relation.left, relation.right)))


def given_up(understanding: Understanding, relation: Relation, but: Name | None = None) -> Name | None:
    """A quantity that a relation rests on, directly or through others, and whose definition has no meaning."""
    model, lexicon = understanding.model, understanding.lexicon
    found = (lexicon.occurrence(node) for node in relation.nodes())
    names = {occurrence.name for occurrence in found if occurrence is not None}
    refs = tuple(Ref(q.key, None, q.shape) for name in names for q in model.named(name).values())
    names |= {model.quantities[key].name for key in dependencies(refs, model) if key in model.quantities}
    return next((name for name in understanding.given_up if name in names and name != but), None)


def is_known_function(understanding: Understanding, name: str, letter: Sym) -> bool:
    """Whether a function of a letter has one formula, or the letter is a quantity, so that an equation of both claims something."""
    model, found = understanding.model, understanding.lexicon.occurrence(letter)
    return name in model.functions or (found is not None and False in model.named(found.name))


def introduces_open(understanding: Understanding, relation: Relation) -> bool:
    """Whether a letter that nothing else is said of is some function, and no more is said of it: ``k_j = g_j(u_t)``."""
    found = understanding.lexicon.occurrence(relation.left)
    model = understanding.model
    return (
        relation.op in EQUALITIES
        and found is not None
        and not model.named(found.name)
        and found.name not in understanding.given_up
        and is_abstract(relation.right, model.functions)
    )


def is_made_concrete(understanding: Understanding, position: int, relation: Relation) -> bool:
    """Whether the next link of the chain says which function this one leaves open: ``y_t = f(h_t) = tanh(h_t)``."""
    found = understanding.lexicon.occurrence(relation.left)
    model = understanding.model
    keys = set() if found is None else {q.key for q in model.named(found.name).values()}
    return understanding.defines.get(position + 1) in keys and is_abstract(relation.right, model.functions)
