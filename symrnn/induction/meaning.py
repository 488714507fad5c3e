"""What a component of a compound tensor means, in components of its parts.

This is the evaluator's table (`symrnn.evaluate`) for indices and sizes that are letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from symrnn.induction.sums import Entry, Sum, Term, entry_term, equal, inside, instantiate, term
from symrnn.tensors import (
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
    Softmax,
    Tensor,
    Times,
    Truth,
)
from symrnn.tensors import Sum as SumOver


class Refused(Exception):
    """A rule does not apply, or a proof is not accepted, and why."""


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
