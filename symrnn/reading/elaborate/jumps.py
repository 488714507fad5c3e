r"""Values that jump or have a kink: ``\max(0, a)``, ``1[a > 0]``, cases of values, and where such functions are differentiated."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from symrnn.language import questions
from symrnn.language.functions import BY_NAME
from symrnn.language.model import Model
from symrnn.language.tensors import Const, Map, Tensor, mentioned
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import Cases, Compare, Extremum, Sym
from symrnn.reading.elaborate.elaboration import Elaborator
from symrnn.reading.elaborate.operand import Operand
from symrnn.reading.elaborate.quantities import concrete, is_of_members, weight_of

_MINUS = Operand(Const(Fraction(-1)), number=True)


def extremum(e: Elaborator, term: Extremum) -> Operand:
    """``max(u, v) = u + relu(v - u)`` and ``min(u, v) = u - relu(u - v)``, entry by entry."""
    values = [concrete(e, part) for part in term.terms]
    total, *others = sorted(values, key=lambda value: not _is_zero(value)) if len(values) == 2 else values
    for value in others:
        ends = (value, total) if term.kind == "max" else (total, value)
        rise = _applied("relu", _minus(e, *ends))
        if term.kind == "min":
            rise = e.combine.scaled(_MINUS, rise)
        total = rise if _is_zero(total) else e.combine.sum([total, rise])
    return total


def is_about_values(e: Elaborator, compare: Compare) -> bool:
    """Whether a condition compares values of quantities by their size, and not indices; classes have no order."""
    if compare.op not in ("<", "<=", ">", ">="):
        return False
    nodes = list(compare.nodes())
    if any(isinstance(node, Sym) and node.name in e.argument for node in nodes):
        return True
    found = [occurrence for node in nodes if (occurrence := e.lexicon.occurrence(node)) is not None]
    counting = {e.model.horizon, *e.model.sizes, *e.model.time_letters, *e.lexicon.times, *e.variables}
    return any(e.model.named(o.name) and (o.indices or o.name.letter not in counting) for o in found)


def jump(e: Elaborator, compare: Compare) -> Operand:
    """1 where one value is above another, else 0, entry by entry."""
    if is_of_members(e, compare):
        return Operand(weight_of(e, compare))
    sides = concrete(e, compare.left), concrete(e, compare.right)
    strict = compare.op in ("<", ">")
    greater, less = sides if (compare.op[0] == ">") == strict else sides[::-1]
    note(e, "step")
    found = _applied("step", _minus(e, greater, less))
    return found if strict else _rest(e, found)


def cases(e: Elaborator, term: Cases) -> Operand:
    """Cases told apart by values: each value times 1 where its case holds, and times 1 where no case before it does."""
    before: list[Operand] = []
    terms: list[Operand] = []
    for value, conditions in term.branches:
        here = [jump(e, compare) for compare in conditions]
        given = concrete(e, value)
        if not _is_zero(given):
            terms.append(_product(e, [given, *before, *here]))
        if here:
            before.append(_rest(e, _product(e, here)))
    return e.combine.sum(terms) if terms else Operand(Const(Fraction(0)), number=True)


def note_kinks(e: Elaborator, numerator: Tensor) -> None:
    """Says in the reading where a derivative goes through functions with kinks: it is meant away from them."""
    known = e.model.kinks.get(numerator)
    if known is None:
        known = e.model.kinks[numerator] = tuple(dict.fromkeys(_kinks_behind(numerator, e.model)))
    for name in known:
        note(e, name)


def _kinks_behind(numerator: Tensor, model: Model) -> Iterator[str]:
    """The functions with kinks in an expression, and in the definitions of what it is made of."""
    seen: set[str] = set()
    waiting = [numerator]
    while waiting:
        node = waiting.pop()
        yield from _kinked(node)
        for key in sorted(mentioned(node) - seen):
            quantity = model.quantities.get(key)
            if quantity is not None and quantity.definition is not None:
                waiting.append(quantity.definition)
        seen |= mentioned(node)


def note(e: Elaborator, name: str) -> None:
    """Says in the reading that a function is looked at away from its kinks."""
    e.choices.choose(questions.KINK.about(name), ("no argument is at it",))


@lru_cache(maxsize=1 << 14)
def _kinked(node: Tensor) -> tuple[str, ...]:
    """The functions with kinks in an expression."""
    names = (part.function for part in walk_tensor(node) if isinstance(part, Map))
    return tuple(dict.fromkeys(name for name in names if name in BY_NAME and BY_NAME[name].kinks))


def _applied(function: str, argument: Operand) -> Operand:
    return Operand(Map(function, 0, argument.tensor), argument.side)


def _minus(e: Elaborator, a: Operand, b: Operand) -> Operand:
    if _is_zero(b):
        return a
    less = e.combine.scaled(_MINUS, b)
    return less if _is_zero(a) else e.combine.sum([a, less])


def _rest(e: Elaborator, weight: Operand) -> Operand:
    """1 minus a weight."""
    return e.combine.sum([Operand(Const(Fraction(1)), number=True), e.combine.scaled(_MINUS, weight)])


def _product(e: Elaborator, factors: list[Operand]) -> Operand:
    kept = [f for f in factors if not (isinstance(f.tensor, Const) and f.tensor.value == 1)] or factors[:1]
    total = kept[0]
    for factor in kept[1:]:
        total = e.combine.hadamard(total, factor)
    return total


def _is_zero(value: Operand) -> bool:
    return isinstance(value.tensor, Const) and value.tensor.value == 0
