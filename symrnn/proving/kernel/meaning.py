"""What a component of a compound tensor is in components of its parts, for symbolic indices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from symrnn.proving.kernel.indices import Affine, Condition, equal
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.sums import Entry, Sum, Term, entry_term, inside, term
from symrnn.proving.kernel.terms import (
    Build,
    Choose,
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
    instantiate,
)
from symrnn.proving.kernel.terms import Sum as SumOver

Indices = tuple[Affine, ...]


#: A coefficient, factors as they come, conditions, and variables that are summed over.
Part = tuple[Fraction | int, Sequence[tuple[Entry, int]], Iterable[Affine], Iterable[str]]


def opened(node: Tensor, at: Indices, fresh: Sequence[str] = ()) -> Sum:
    """The meaning of a component of a compound tensor; `fresh` are the variables that it is summed over. Raises Refused."""
    if len(fresh) != new_variables(node):
        raise Refused("as many new variables are needed as there are sums")
    return tuple(term(*part) for part in _parts(node, at, tuple(fresh)))


def _parts(node: Tensor, at: Indices, fresh: tuple[str, ...]) -> Iterator[Part]:
    rule = _MEANING.get(type(node))
    if rule is None:
        raise Refused(f"{type(node).__name__} has no parts")
    for part in rule(node, at, fresh):
        yield (part.coefficient, part.factors, part.where, part.bound) if isinstance(part, Term) else part


def power_of(node: Tensor, at: Iterable[Affine], power: int = 1) -> tuple[Entry, int]:
    """A factor of a term."""
    return Entry(node, tuple(at)), power


def new_variables(node: Tensor) -> int:
    """How many variables the meaning of a component is summed over."""
    if isinstance(node, Jac):
        inner = node.numerator
        return 0 if isinstance(inner, Map) else 1 if isinstance(inner, Softmax) else new_variables(inner)
    if isinstance(node, Dot):
        return node.axes
    return 1 if isinstance(node, SumOver) else 0


def _dot(n: Dot, at: Indices, fresh: tuple[str, ...]) -> Iterator[Part]:
    cut = len(n.left.shape) - n.axes
    over = tuple(map(Affine.of, fresh))
    where = inside(over, n.left.shape[cut:])
    yield 1, (power_of(n.left, at[:cut] + over), power_of(n.right, over + at[cut:])), where, fresh


def _sum(n: SumOver, at: Indices, fresh: tuple[str, ...]) -> Iterator[Term]:
    (name,) = fresh
    values = {n.variable: Affine.of(name)}
    value = Entry(instantiate(n.body, values), at)
    start = term(1, [(value, 1)], (Affine.of(name) - n.lower, n.upper - Affine.of(name)), fresh)
    yield from _bracketed((start,), [c.substitute(values) for c in n.conditions])


def _bracketed(terms: Sum, conditions: Iterable[Condition]) -> Sum:
    """Terms times the bracket of some conditions; [a ≠ b] is 1 - [a = b]."""
    for c in conditions:
        (way,) = Condition("=", c.left, c.right).ways() if c.op == "!=" else c.ways()
        met = tuple(t.within(way) for t in terms)
        terms = (*terms, *(t.scaled(-1) for t in met)) if c.op == "!=" else met
    return terms


def _choose(n: Choose, at: Indices, fresh: tuple[str, ...]) -> Iterator[Term]:
    """The first branch whose conditions hold: a later one is multiplied by 1 - [conditions] of those before it."""
    open_cases: Sum = (term(1),)
    for value, conditions in n.branches:
        met = _bracketed(open_cases, conditions)
        yield from (t.times(entry_term(Entry(value, at))) for t in met)
        open_cases += tuple(t.scaled(-1) for t in met)


def _integer(n: Integer, at: Indices, fresh: tuple[str, ...]) -> Sum:
    if n.index.terms:
        raise Refused("an index that is no number has no parts")
    return _number(n.index.constant)


def _number(value: Any) -> Sum:
    return (term(value),) if value else ()


def _derivative(n: Jac, at: Indices, fresh: tuple[str, ...]) -> Iterator[Part]:
    """The derivative of a compound tensor: of its parts by the product rule, of a function by the chain rule."""
    rank = len(n.numerator.shape)
    head, tail, inner = at[:rank], at[rank:], n.numerator
    if isinstance(inner, Map):
        slope = Map(inner.function, inner.order + 1, inner.argument)
        yield 1, (power_of(slope, head), power_of(Jac(inner.argument, n.wrt, n.explicit), at)), (), ()
    elif isinstance(inner, Softmax):
        (name,) = fresh
        change, other = Jac(inner.argument, n.wrt, n.explicit), Affine.of(name)
        yield 1, (power_of(inner, head), power_of(change, at)), (), ()
        summed = (power_of(inner, head), power_of(inner, (other,)), power_of(change, (other, *tail)))
        yield -1, summed, inside((other,), inner.shape), fresh
    elif not isinstance(inner, Integer):
        for coefficient, factors, where, bound in _parts(inner, head, fresh):
            where = tuple(where)
            for entry, power in _collected(factors).items():
                moving = (entry, -1), power_of(Jac(entry.node, n.wrt, n.explicit), entry.at + tail)
                yield coefficient * power, (*factors, *moving), where, bound


def _collected(factors: Iterable[tuple[Entry, int]]) -> dict[Entry, int]:
    """Powers by entry, each where it first comes."""
    powers: dict[Entry, int] = {}
    for entry, power in factors:
        powers[entry] = powers.get(entry, 0) + power
    return {entry: power for entry, power in powers.items() if power}


_MEANING: dict[type, Callable[[Any, Indices, tuple[str, ...]], Iterable[Term | Part]]] = {
    Const: lambda n, at, fresh: _number(n.value),
    Full: lambda n, at, fresh: _number(n.value),
    Eye: lambda n, at, fresh: (term(1, (), equal(*at)),),
    Integer: _integer,
    Jac: _derivative,
    Dot: _dot,
    Permute: lambda n, at, fresh: (term(1, [power_of(n.argument, (at[n.order.index(j)] for j in range(len(at))))]),),
    Times: lambda n, at, fresh: ((1, (power_of(n.left, at), power_of(n.right, at)), (), ()),),
    Over: lambda n, at, fresh: ((1, (power_of(n.left, at), power_of(n.right, at, -1)), (), ()),),
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
