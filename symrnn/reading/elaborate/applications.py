"""Functions of one argument and of several, those of the document and those of which nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from symrnn.language import questions
from symrnn.language.choices import Inadmissible, Opaque
from symrnn.language.functions import BY_SPELLING, meaning
from symrnn.language.model import Name, slope_name
from symrnn.language.tensors import Affine, Dot, Map, Ref, Tensor, replaced, substitute
from symrnn.language.terms import Apply, Deriv, Given, Mark, Sub, Sym, Term
from symrnn.notation.said import name_typed, said
from symrnn.notation.vocabulary import ANY_ACTIVATION
from symrnn.reading.elaborate.choosing import class_by_class
from symrnn.reading.elaborate.elaboration import Elaborator
from symrnn.reading.elaborate.indices import index_of
from symrnn.reading.elaborate.jumps import note
from symrnn.reading.elaborate.operand import Operand
from symrnn.reading.elaborate.quantities import concrete
from symrnn.reading.elaborate.slopes import slope, well_known
from symrnn.reading.lexicon import function_name


def applied_function(e: Elaborator, term: Apply) -> Operand:
    """A function of one argument."""
    order, function = _primes(term.function)
    name = function_name(function)
    if name in e.model.functions:
        known = well_known(*e.model.functions[name])
        if not known or known in e.model.functions:
            return _inlined(e, name, order, term)
        name = known
    argument = concrete(e, term.argument)
    record = BY_SPELLING.get(name)
    if record is not None and record.kinks and (order or record.jumps):
        note(e, record.name)
    if record is not None and record.combine and not order:
        return getattr(e.combine, record.combine)(argument)  # type: ignore[no-any-return]
    if not name:
        raise Inadmissible("an application of something that is no function")
    based = record is None and isinstance(function, Sub) and meaning(function_name(function.base)) == "log"
    if based or (record is None and _is_word(function)) or (record is not None and not record.is_known):
        raise Opaque(f"nothing here knows {name}")
    if record is not None and record.takes != "entries":
        raise Opaque(f"nothing here knows the derivative of {name} by a mark")
    tensor = _elementwise(e, name if record is None else record.name, order, argument.tensor)
    return Operand(tensor, argument.side, slope=order == 1)


def _elementwise(e: Elaborator, function: str, order: int, argument: Tensor) -> Tensor:
    if argument.shape:
        return Map(function, order, argument)
    e.count += 1
    weights = frozenset(q.key for q in e.model.quantities.values() if q.one_hot)
    return class_by_class(argument, f"class#{e.count}", lambda x: Map(function, order, x), weights)


def _inlined(e: Elaborator, name: str, order: int, term: Apply) -> Operand:
    """A function of the document at an argument, or its derivative there."""
    argument = concrete(e, term.argument)
    if not order:
        return _with_argument(e, name, argument)
    parameter = Ref(f"argument of {name}", None, argument.tensor.shape)
    value = _with_argument(e, name, replace(argument, tensor=parameter))
    tensor = e.combine.broadcast(e.combine.laid_out(value), argument.tensor.shape, f"the function {name}")
    for _ in range(order):
        tensor = slope(tensor, parameter)
    return replace(argument, tensor=replaced(tensor, parameter, argument.tensor), slope=order == 1)


def _with_argument(e: Elaborator, name: str, argument: Operand) -> Operand:
    if name in e.inlined:
        raise Inadmissible(f"the function {name} is defined by itself")
    letter, body = e.model.functions[name]
    outer, e.argument = e.argument, {**e.argument, letter.name: argument}
    e.inlined.add(name)
    try:
        return e.operand(body)
    finally:
        e.argument = outer
        e.inlined.remove(name)


def _primes(function: Term) -> tuple[int, Term]:
    if isinstance(function, Mark) and set(function.mark) == {"'"}:
        return len(function.mark), function.base
    if isinstance(function, Sub):
        order, base = _primes(function.base)
        return order, replace(function, base=base)
    return 0, function


def _is_word(function: Term) -> bool:
    """Whether a function is called by a word, and not by a letter with or without scripts."""
    base = function.base if isinstance(function, Sub) else function
    return isinstance(base, Sym) and base.style == "text" and not ANY_ACTIVATION.fullmatch(base.name)


def tangent_of_open(e: Elaborator, name: Name, arguments: tuple[Term, ...]) -> Operand:
    """``l(o_t, y_t)``, of which nothing is known: its tangent, with free slopes."""
    e.choices.choose(questions.OPEN_FUNCTION.about(name.text), ("any differentiable one",))
    _refuse_other_arguments(e, name, arguments)
    terms: list[Operand] = []
    values = [concrete(e, argument).tensor for argument in arguments]
    vectors = [value.shape[0] for value in values if len(value.shape) == 1]
    if not _slope_of_open(e, name, 0, values).shape:
        for label in vectors[1:]:
            e.labels.unify(vectors[0], label)  # a loss compares vectors of one size, unless something says otherwise
    for number, ref in enumerate(values, start=1):
        if not isinstance(ref, Ref):
            raise Inadmissible(said(name_typed(name), ", which nothing defines, of something that is no quantity"))
        for part in (0, number) if number == 1 else (number,):
            at_time = _slope_of_open(e, name, part, values)
            slope = e.model.quantities[at_time.quantity]
            if part:
                inner = slope.shape[max(len(slope.shape) - len(ref.shape), 0) :]
                e.combine.meet(f"argument {number} of {name.text}", inner, ref.shape)
            terms.append(Operand(Dot(at_time, ref, len(ref.shape)) if part else at_time))
    return e.combine.sum(terms)


def _refuse_other_arguments(e: Elaborator, name: Name, arguments: tuple[Term, ...]) -> None:
    """Raises Inadmissible where an open function has other arguments than in its definition, which are its slopes' (at any one step)."""
    if _call(e, arguments) != _call(e, e.model.calls.get(name, arguments)):
        raise Inadmissible(said(name_typed(name), ", which nothing defines, of other things than elsewhere"))


def _call(e: Elaborator, arguments: tuple[Term, ...]) -> list[tuple[Name | Term, tuple[Affine, ...]]]:
    """The quantities that a function is called with, each with its subscripts beside the first of all."""
    found = [(argument, e.lexicon.occurrence(argument)) for argument in arguments]
    subscripts = [tuple(map(partial(index_of, e), o.indices)) if o is not None else () for _, o in found]
    first = next((indices[0] for indices in subscripts if indices), Affine())
    return [
        (argument if o is None else o.name, tuple(index - first for index in indices))
        for (argument, o), indices in zip(found, subscripts, strict=True)
    ]


def _slope_of_open(e: Elaborator, name: Name, part: int, arguments: Sequence[Tensor]) -> Ref:
    """The value or a derivative of an open function where it has these arguments: at the time of the first that has one."""
    time = next((ref.time for ref in arguments if isinstance(ref, Ref) and ref.time is not None), None)
    slope = e.model.named(slope_name(name, part)).get(time is not None)
    if slope is None:
        raise Inadmissible(said(name_typed(name), ", which nothing defines, of other things than elsewhere"))
    return Ref(slope.key, time, slope.shape)


def partial_of_open(e: Elaborator, term: Deriv) -> Operand | None:
    """The derivative of an open function by one of its arguments, as by the w of f(x_t, w); None for any other derivative."""
    call = term.numerator
    if not isinstance(call, Given):
        return _partial_of_letter(e, term)
    name = e.lexicon.called(call) if isinstance(call, Given) and not e.lexicon.is_timed_call(call) else None
    if name is None or name.indices or term.denominator not in call.arguments:
        return None
    if not e.model.named(slope_name(name.name, 1)):
        return None
    _refuse_other_arguments(e, name.name, call.arguments)
    values = [concrete(e, argument).tensor for argument in call.arguments]
    number = call.arguments.index(term.denominator)
    tensor, by = _slope_of_open(e, name.name, number + 1, values), values[number]
    return Operand(tensor, "", e.operand(call).tensor, by) if by.shape and isinstance(by, Ref) else Operand(tensor)


_AT_ITS_STEP, _LATER, _BEFORE = "as its equation has them", "a step later", "a step before"


def _partial_of_letter(e: Elaborator, term: Deriv) -> Operand | None:
    r"""``\\partial f / \\partial h``, which leaves the step of both out, of an open ``f(h_t, x_t)``; None for any other derivative."""
    of, by = e.lexicon.occurrence(term.numerator), e.lexicon.occurrence(term.denominator)
    if of is None or by is None or of.indices or by.indices or by.name == of.name:
        return None
    arguments = e.model.calls.get(of.name, ())
    found = [a for a in arguments if (o := e.lexicon.occurrence(a)) is not None and o.name == by.name]
    step = e.variables.get("t")
    if len(found) != 1 or step is None:
        return None
    whole = partial_of_open(e, replace(term, numerator=Given(term.numerator, arguments), denominator=found[0]))
    if whole is None:
        return None
    at = e.choices.choose(questions.ARGUMENTS.about(of.name.text), (_AT_ITS_STEP, _LATER, _BEFORE))
    moved = {step.name: Affine.of(step.name) + {_AT_ITS_STEP: 0, _LATER: 1, _BEFORE: -1}[at]}
    top, bottom = (None if side is None else substitute(side, moved) for side in (whole.top, whole.bottom))
    by_it = bottom if isinstance(bottom, Ref) else None
    return replace(whole, tensor=substitute(whole.tensor, moved), top=top, bottom=by_it)
