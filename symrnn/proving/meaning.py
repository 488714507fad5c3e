"""What expressions mean where indices and sizes are letters.

A component of a compound tensor in components of its parts (the evaluator's table, `symrnn.deciding.evaluate`, for symbolic indices), a
quantity at a symbolic time by its definition, a claim as an equation between components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import (
    Affine,
    Build,
    Choose,
    Condition,
    Const,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Product,
    Ref,
    Softmax,
    Tensor,
    Times,
    Truth,
    rebuilt,
    size_of,
    subtensors,
)
from symrnn.language.tensors import Sum as SumOver
from symrnn.proving.linear import follows
from symrnn.proving.proofs import Equation, Facts
from symrnn.proving.sums import Entry, Sum, Term, entry_term, equal, inside, instantiate, term

Variables = tuple[tuple[str, str, str], ...]
HELD = "held "


class Refused(Exception):
    """A rule does not apply, or a proof is not accepted, and why."""


def need(facts: Facts, *conditions: Affine) -> None:
    """Raises Refused unless all conditions follow from what is known."""
    for condition in conditions:
        if not follows(condition, facts):
            raise Refused("a condition of the rule does not follow")


# ----------------------------------------------------------------------------------------------- quantities and claims


class Network:
    """The quantities of a model at symbolic times, for every horizon and all sizes."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.last = Affine.of(model.horizon or "T", model.horizon_offset)
        labels = {label for q in model.quantities.values() for label in q.shape}
        self.always: Facts = frozenset({self.last - model.first, *(size_of(label) - 1 for label in labels)})

    def quantity(self, ref: Ref) -> Quantity:
        """The quantity that a reference is to; one that is held fixed is like a free one."""
        quantity = self.model.quantities[ref.quantity.removeprefix(HELD)]
        if ref.axes != quantity.shape:
            raise Refused(f"{quantity.text} has another shape")
        return quantity if ref.quantity == quantity.key else replace(quantity, definition=None, special=(), recurrence=0)

    def end(self, quantity: Quantity) -> Affine:
        """The time at which a quantity is free: before the first step, or after the last one where it runs backwards."""
        return self.last + 1 if quantity.recurrence > 0 else Affine((), self.model.first - 1)

    def definition(self, ref: Ref, facts: Facts) -> Tensor | None:
        """What defines a quantity at the time of a reference, None where it is free. Raises Refused where that is open."""
        quantity, time = self.quantity(ref), ref.time
        if time is None:
            return quantity.definition
        for at, value in quantity.special:
            if all(follows(c, facts) for c in equal(time, at)):
                return instantiate(value, {"t": time})
            if not (follows(time - at - 1, facts) or follows(at - time - 1, facts)):
                raise Refused(f"it is open whether {quantity.text} is asked for at its special time")
        if quantity.definition is None or not quantity.recurrence:
            return quantity.definition and instantiate(quantity.definition, {"t": time})
        beyond = time - self.last if quantity.recurrence > 0 else Affine((), self.model.first) - time
        if follows(beyond - 1, facts):
            return None
        need(facts, beyond.scaled(-1))
        return instantiate(quantity.definition, {"t": time})

    def held(self, node: Tensor, now: Affine) -> Tensor:
        """An expression with the quantities at other times held fixed: they are like free ones."""
        if isinstance(node, Jac):
            raise Refused("an explicit derivative of a derivative")
        if not isinstance(node, Ref):
            return rebuilt(node, lambda part: self.held(part, now))
        if node.time is None:
            if self.quantity(node).definition is not None:
                raise Refused("an explicit derivative through a quantity without a time")
            return node
        shift = node.time - now
        if shift.terms:
            raise Refused("an explicit derivative through a time that is not known")
        return Ref(HELD + node.quantity.removeprefix(HELD), node.time, node.axes) if shift.constant else node

    def varied(self, wrt: Ref, now: Affine, facts: Facts) -> Ref:
        """What an explicit derivative at a time is by: a quantity of another time is held fixed, and varied as such."""
        if wrt.time is None or wrt.quantity.startswith(HELD) or all(follows(c, facts) for c in equal(wrt.time, now)):
            return wrt
        if not (follows(wrt.time - now - 1, facts) or follows(now - wrt.time - 1, facts)):
            raise Refused("an explicit derivative by a quantity at a time that is not known")
        return Ref(HELD + wrt.quantity, wrt.time, wrt.axes)

    def statement(self, left: Tensor, right: Tensor, variables: Variables, between: Facts = frozenset()) -> Equation:
        """What a claim says, component by component, wherever it has a meaning.

        `variables` are its free indices (name, ``time`` or ``component``, axis); in the equation, and in `between`, which holds
        further conditions on them, their names begin with ``~``. Components are ~1, ~2 and so on. Raises Refused.
        """
        if left.shape != right.shape:
            raise Refused("the two sides have different axes")
        values = {name: Affine.of(f"~{name}") for name, _, _ in variables}
        sides = [instantiate(side, values) for side in (left, right)]
        at = tuple(Affine.of(f"~{n + 1}") for n in range(len(left.shape)))
        given = {*between, *inside(at, left.shape)}
        for name, role, label in variables:
            index = values[name]
            given.update((index - self.model.first, self.last - index) if role == "time" else inside((index,), (label,)))
        given.update(x for side in sides for x in self._asked(side))
        one, other = ((entry_term(Entry(side, at)),) for side in sides)
        return Equation(one, other, frozenset(c for c in given if c.terms))

    def _asked(self, node: Tensor) -> Iterator[Affine]:
        """Conditions without which an expression has no meaning: no state before the initial one, no range below the empty."""
        if isinstance(node, Ref) and node.time is not None and self.quantity(node).recurrence < 0:
            yield node.time - (self.model.first - 1)
        elif isinstance(node, (SumOver, Product)):
            yield node.upper - node.lower + 1
        elif isinstance(node, Pick):
            yield from inside(node.indices, node.argument.shape[: len(node.indices)])
            yield from self._asked(node.argument)
        elif isinstance(node, Jac):
            yield from self._asked(node.wrt)
        elif isinstance(node, (Dot, Permute, Times, Over, Plus, Diag, DiagPart)):
            for part in subtensors(node):
                yield from self._asked(part)


# ------------------------------------------------------------------------------------------------------------- parts


def opened(node: Tensor, at: tuple[Affine, ...], fresh: Sequence[str] = ()) -> Sum:
    """The meaning of a component of a compound tensor, in components of its parts. Raises Refused."""
    rule = _MEANING.get(type(node))
    if rule is None:
        raise Refused(f"{type(node).__name__} has no parts")
    return tuple(rule(node, at, tuple(fresh)))


def power_of(node: Tensor, at: Iterable[Affine], power: int = 1) -> tuple[Entry, int]:
    """A factor of a term."""
    return Entry(node, tuple(at)), power


def _dot(n: Dot, at: tuple[Affine, ...], fresh: tuple[str, ...]) -> Iterator[Term]:
    cut = len(n.left.shape) - n.axes
    over = tuple(Affine.of(name) for name in fresh)
    where = inside(over, n.left.shape[cut:])
    yield term(1, (power_of(n.left, at[:cut] + over), power_of(n.right, over + at[cut:])), where, fresh)


def _sum(n: SumOver, at: tuple[Affine, ...], fresh: tuple[str, ...]) -> Iterator[Term]:
    (name,) = fresh
    values = {n.variable: Affine.of(name)}
    if n.variable in n.lower.names() | n.upper.names():
        raise Refused("a bound of a sum depends on its own variable")
    value = Entry(instantiate(n.body, values), at)
    start = term(1, [(value, 1)], (Affine.of(name) - n.lower, n.upper - Affine.of(name)), fresh)
    yield from _bracketed((start,), [c.substitute(values) for c in n.conditions])


def _bracketed(terms: Sum, conditions: Iterable[Condition]) -> Sum:
    """Terms times the bracket of some conditions; [a ≠ b] is 1 - [a = b]."""
    for c in conditions:
        rise = c.right - c.left
        fall = rise.scaled(-1)
        bounds = {"=": (rise, fall), "!=": (rise, fall), "<": (rise - 1,), "<=": (rise,), ">": (fall - 1,), ">=": (fall,)}
        met = tuple(t.within(bounds[c.op]) for t in terms)
        terms = (*terms, *(t.scaled(-1) for t in met)) if c.op == "!=" else met
    return terms


def _choose(n: Choose, at: tuple[Affine, ...], fresh: tuple[str, ...]) -> Iterator[Term]:
    """The first branch whose conditions hold: a later one is multiplied by 1 - [conditions] of those before it."""
    open_cases: Sum = (term(1),)
    for value, conditions in n.branches:
        met = _bracketed(open_cases, conditions)
        yield from (t.times(entry_term(Entry(value, at))) for t in met)
        open_cases += tuple(t.scaled(-1) for t in met)


def _integer(n: Integer, at: tuple[Affine, ...], fresh: tuple[str, ...]) -> Sum:
    if n.index.terms:
        raise Refused("an index that is no number has no parts")
    return (term(n.index.constant),) if n.index.constant else ()


def _derivative(n: Jac, at: tuple[Affine, ...], fresh: tuple[str, ...]) -> Iterator[Term]:
    """The derivative of a compound tensor: of its parts by the product rule, of a function by the chain rule."""
    rank = len(n.numerator.shape)
    head, tail, inner = at[:rank], at[rank:], n.numerator
    if isinstance(inner, Map):
        slope = Map(inner.function, inner.order + 1, inner.argument)
        yield term(1, (power_of(slope, head), power_of(Jac(inner.argument, n.wrt, n.explicit), at)))
    elif isinstance(inner, Softmax):
        change, (name,) = Jac(inner.argument, n.wrt, n.explicit), fresh
        other = Affine.of(name)
        yield term(1, (power_of(inner, head), power_of(change, at)))
        factors = (power_of(inner, head), power_of(inner, (other,)), power_of(change, (other, *tail)))
        yield term(-1, factors, inside((other,), inner.shape), fresh)
    elif not isinstance(inner, Integer):
        for part in opened(inner, head, fresh):
            for entry, power in part.factors:
                moving = (entry, -1), power_of(Jac(entry.node, n.wrt, n.explicit), entry.at + tail)
                yield term(part.coefficient * power, part.factors + moving, part.where, part.bound)


_MEANING: dict[type, Callable[[Any, tuple[Affine, ...], tuple[str, ...]], Iterable[Term]]] = {
    Const: lambda n, at, fresh: (term(n.value),) if n.value else (),
    Full: lambda n, at, fresh: (term(n.value),) if n.value else (),
    Eye: lambda n, at, fresh: (term(1, (), equal(*at)),),
    Integer: _integer,
    Jac: _derivative,
    Dot: _dot,
    Permute: lambda n, at, fresh: (term(1, [power_of(n.argument, (at[n.order.index(j)] for j in range(len(at))))]),),
    Times: lambda n, at, fresh: (term(1, (power_of(n.left, at), power_of(n.right, at))),),
    Over: lambda n, at, fresh: (term(1, (power_of(n.left, at), power_of(n.right, at, -1))),),
    Plus: lambda n, at, fresh: (entry_term(Entry(t, at)) for t in n.terms),
    Power: lambda n, at, fresh: (term(1, [power_of(n.base, at, n.exponent)]),),
    Diag: lambda n, at, fresh: (term(1, [power_of(n.argument, at[:1])], equal(*at)),),
    DiagPart: lambda n, at, fresh: (entry_term(Entry(n.argument, at + at)),),
    Pick: lambda n, at, fresh: (entry_term(Entry(n.argument, n.indices + at)),),
    Build: lambda n, at, fresh: (entry_term(Entry(instantiate(n.body, {n.variable: at[0]}), at[1:])),),
    SumOver: _sum,
    Choose: _choose,
    Truth: lambda n, at, fresh: _bracketed((term(1),), [n.condition]),
}
