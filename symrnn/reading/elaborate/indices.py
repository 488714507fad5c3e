"""Subscripts, bounds and conditions: what each index letter of a formula counts."""

from __future__ import annotations

from symrnn.language import questions
from symrnn.language.choices import Inadmissible
from symrnn.language.tensors import Affine, Condition, parts_of, size_of, sized_axis
from symrnn.language.terms import Add, Compare, Mul, Neg, Num, Pow, Sub, Sup, Sym, Term
from symrnn.notation.said import by_name, said
from symrnn.reading.elaborate.elaboration import SOME_STEP, Elaborator, Variable


def index_of(e: Elaborator, term: Term) -> Affine:
    """A subscript, a bound or a number as an index. Raises Inadmissible."""
    if isinstance(term, Num):
        if term.value.denominator != 1:
            raise Inadmissible(f"the index {term.value} is not whole")
        return Affine((), int(term.value))
    if isinstance(term, Sym):
        return _letter_index(e, term)
    if isinstance(term, (Sub, Sup)) and e.lexicon.is_horizon(term):
        e.choices.choose(
            questions.WITH_A_LETTER_BELOW.about(term.base.name if isinstance(term.base, Sym) else ""), ("the last step",)
        )
        return Affine.of(e.model.horizon)
    if isinstance(term, Neg):
        return index_of(e, term.term).scaled(-1)
    if isinstance(term, Add):
        total = Affine()
        for part in term.terms:
            total = total + index_of(e, part)
        return total
    if isinstance(term, Mul) and len(term.factors) == 2 and isinstance(term.factors[0], Num):
        return index_of(e, term.factors[1]).scaled(int(term.factors[0].value))
    if isinstance(term, Pow) and isinstance(term.base, Num) and isinstance(term.exponent, Num):
        return Affine((), int(term.base.value) ** min(int(term.exponent.value), 64))
    raise Inadmissible(f"{type(term).__name__} cannot be an index")


def _letter_index(e: Elaborator, term: Sym) -> Affine:
    letter = term.name
    if letter in e.variables and not term.accent:
        return Affine.of(e.variables[letter].name)
    if letter == e.model.horizon:
        return Affine.of(letter)
    if letter in e.model.sizes:
        return size_of(e.model.sizes[letter])
    if term.style or term.accent:
        raise Inadmissible(said(by_name(letter), " is no index"))
    e.declare(letter, Variable(letter, letter))
    return Affine.of(letter)


def variables_of(e: Elaborator, index: Affine) -> list[Variable]:
    return [e.declared[name] for name in sorted(index.names()) if name in e.declared]


def may_be(e: Elaborator, index: Affine, role: str) -> bool:
    names = [name for name, _ in index.terms]
    if role == "time" and any(map(sized_axis, names)):
        return False
    if role == "component" and (e.model.horizon in names or (not names and index.constant < 1)):
        return False
    variables = [e.declared[name] for name in names if name in e.declared]
    if role == "component" and any(v.letter in e.model.time_letters for v in variables):
        return False
    return all(v.role in ("", role) for v in variables)


def take_role(e: Elaborator, index: Affine, role: str, label: str = "") -> None:
    for variable in variables_of(e, index):
        if variable.role not in ("", role):
            raise Inadmissible(said(by_name(variable.letter), f" counts {variable.role} steps and components at once"))
        variable.role = role
        if label:
            if variable.label and not e.labels.unify(variable.label, label):
                clash = e.combine.mismatch(f"the index {variable.letter}", (variable.label,), (label,))
                both = {*parts_of(e.labels.find(variable.label))} & {*parts_of(e.labels.find(label))}
                raise Inadmissible(str(clash)) if both else clash  # it may be meant for the entries that both have
            variable.label = label


def elided_time(e: Elaborator) -> Affine:
    """The time of a quantity that was written without one: that of the formula's own free index or of its sum, or some time."""
    open_ones = {v.name: v for v in e.declared.values() if not v.bound and v.name != SOME_STEP}
    names = {name: name for name, v in open_ones.items() if v.role in ("", "time")}
    names |= {letter: v.name for letter, v in e.variables.items() if v.bound and v.role == "time"}
    chosen = e.choices.choose(questions.TIME_LEFT_OUT, (*names, "some step"))
    if chosen == "some step":
        e.declare(SOME_STEP, Variable(SOME_STEP, SOME_STEP, "time"))
        return Affine.of(SOME_STEP)
    take_role(e, Affine.of(names[chosen]), "time")
    return Affine.of(names[chosen])


def condition_of(e: Elaborator, term: Compare) -> Condition:
    """A condition between indices; both sides count the same thing. Raises Inadmissible for one about a set."""
    if term.op == "in":
        raise Inadmissible("nothing says what the set in a condition has in it")
    left, right = index_of(e, term.left), index_of(e, term.right)
    sides = [*variables_of(e, left), *variables_of(e, right)]
    role = next((v.role for v in sides if v.role), "")
    label = next((v.label for v in sides if v.label), "")
    if role:
        take_role(e, left, role, label)
        take_role(e, right, role, label)
    return Condition(term.op, left, right)
