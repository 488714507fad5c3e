"""Which proofs are accepted: the whole of what a sceptic has to read.

An equation says that two sums (`symrnn.induction.sums`) are equal for all integer values of their free variables that satisfy its
conditions, for every horizon and all sizes. Its proof rewrites each side, one rule at a time, until both are the same
sum; or it does so twice, once at the first value of a variable and once with the equation one value earlier as a hypothesis: an
induction. This module knows the rules and nothing of how proofs are found. It computes every step again and compares.

Entries outside of their range (a component 0, a state before the initial one, an ordered product over less than the empty range)
may be any numbers: no rule looks at one, since each demands its conditions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symrnn.algebras.base import AUTONOMOUS
from symrnn.induction.linear import contradictory, follows, negated
from symrnn.induction.sums import Entry, Sum, Term, entry_term, equal, inside, instantiate, term
from symrnn.model import Model, Quantity
from symrnn.tensors import (
    Affine, Build, Choose, Condition, Const, Diag, DiagPart, Dot, Eye, Full, Integer, Jac, Map, Over, Permute, Pick, Plus,
    Power, Product, Ref, Softmax, Tensor, Times, Truth, rebuilt, size_of, walk,
)  # fmt: skip
from symrnn.tensors import Sum as SumOver

Facts = frozenset[Affine]
FROZEN = "held "


class Refused(Exception):
    """A proof is not accepted, and why."""


@dataclass(frozen=True)
class Step:
    """One rule applied to the term at position `at`: to its factor `entry`, with `fresh` variables and what else the rule needs.

    `result` takes the term's place. A step that is `backward` reads the rule from right to left.
    """

    rule: str
    at: int
    result: Sum
    entry: Entry | None = None
    fresh: tuple[str, ...] = ()
    data: tuple[Any, ...] = ()
    backward: bool = False


@dataclass(frozen=True)
class Equation:
    """``left = right`` wherever all conditions of `given` hold."""

    left: Sum
    right: Sum
    given: Facts


@dataclass(frozen=True)
class Chain:
    """Steps that lead from the left side, and from the right side, to one and the same sum."""

    left: tuple[Step, ...]
    right: tuple[Step, ...]


@dataclass(frozen=True)
class Induction:
    """`base` proves the equation at ``variable = start``; `step` proves it further on from its truth one value earlier.

    `direction` is 1 for an induction upwards from `start`, -1 for one downwards.
    """

    variable: str
    start: Affine
    direction: int
    base: Chain
    step: Chain


@dataclass(frozen=True)
class Lemma:
    """An equation and its proof, which may use the lemmas before it by their names."""

    name: str
    equation: Equation
    proof: Chain | Induction


@dataclass(frozen=True)
class Earlier:
    """The hypothesis of an induction: the equation where `variable` is one less (or more) and `fixed` variables are the same."""

    equation: Equation
    variable: str
    direction: int
    fixed: frozenset[str]


class Checker:
    """Accepts lemmas about one network, in order.

    `zeros` and `sums` are the keys of states that are zero initially and of vectors whose components add up to one, as
    hypotheses for lemmas from now on.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.last = Affine.of(model.horizon or "T", model.horizon_offset)
        labels = {label for q in model.quantities.values() for label in q.shape}
        self.always: Facts = frozenset({self.last - model.first, *(size_of(label) - 1 for label in labels)})
        self.accepted: dict[str, Equation] = {}
        self.zeros: frozenset[str] = frozenset()
        self.sums: frozenset[str] = frozenset()
        self.earlier: Earlier | None = None

    # --------------------------------------------------------------------------------------------------- proofs

    def accept(self, lemma: Lemma) -> None:
        """Adds a lemma to the accepted ones. Raises Refused."""
        if lemma.name in self.accepted:
            raise Refused(f"there are two lemmas {lemma.name}")
        equation, proof = lemma.equation, lemma.proof
        if isinstance(proof, Induction):
            self._induction(equation, proof)
        else:
            self.chain(equation, proof)
        self.accepted[lemma.name] = equation

    def _induction(self, equation: Equation, proof: Induction) -> None:
        name, here = proof.variable, Affine.of(proof.variable)
        if not name.startswith("~") or name in proof.start.names() or proof.direction not in (1, -1):
            raise Refused("an induction needs a variable and a start that does not depend on it")
        since = (here - proof.start).scaled(proof.direction)
        if not follows(since, equation.given | self.always):
            raise Refused("the equation also speaks of values before the base case")
        self.chain(replace(equation, given=equation.given.union(equal(here, proof.start))), proof.base)
        self.earlier = Earlier(equation, name, proof.direction, proof.start.names())
        try:
            self.chain(replace(equation, given=equation.given | {since - 1}), proof.step)
        finally:
            self.earlier = None

    def chain(self, equation: Equation, proof: Chain) -> Sum:
        """The sum that both sides are equal to. Raises Refused."""
        left = self.rewritten(equation.left, proof.left, equation.given)
        right = self.rewritten(equation.right, proof.right, equation.given)
        if Counter(left) != Counter(right):
            raise Refused("the two sides do not end in the same sum")
        return left

    def rewritten(self, terms: Sum, steps: Sequence[Step], given: Facts) -> Sum:
        """A sum after some steps, each of which is checked. Raises Refused."""
        state = list(terms)
        for step in steps:
            if not 0 <= step.at < len(state):
                raise Refused(f"no term stands at position {step.at}")
            if step.rule == "collect":
                self._collect(state, step)
            else:
                self._check(state[step.at], step, given | self.always)
                state[step.at : step.at + 1] = step.result
        return tuple(state)

    def _collect(self, state: list[Term], step: Step) -> None:
        """c t + d t = (c + d) t."""
        (other,) = step.data
        a, b = state[step.at], state[other]
        if other == step.at or a.scaled(0) != b.scaled(0):
            raise Refused("only like terms can be collected")
        total = a.coefficient + b.coefficient
        if step.result != ((replace(a, coefficient=total),) if total else ()):
            raise Refused("the coefficients do not add up")
        state[step.at] = replace(a, coefficient=total)
        del state[other]
        if not total:
            state.remove(replace(a, coefficient=total))

    def _check(self, before: Term, step: Step, given: Facts) -> None:
        if not step.backward:
            if self.applied(before, step, given) != step.result:
                raise Refused(f"the rule {step.rule} gives something else")
        elif len(step.result) != 1 or self.applied(step.result[0], step, given) != (before,):
            raise Refused(f"the rule {step.rule} backwards gives something else")

    def applied(self, before: Term, step: Step, given: Facts) -> Sum:
        """What a rule makes of a term. Raises Refused."""
        facts = given | before.where
        if step.rule in _TERM_RULES:
            return _TERM_RULES[step.rule](self, before, step, given)
        if step.rule not in _ENTRY_RULES or step.entry is None:
            raise Refused(f"there is no rule {step.rule}")
        power = dict(before.factors).get(step.entry)
        if power is None:
            raise Refused("the entry to be rewritten is no factor of the term")
        taken = before.names.union(*(c.names() for c in given))
        if len(set(step.fresh)) < len(step.fresh) or any(n in taken or not n.startswith("~") for n in step.fresh):
            raise Refused("a new variable is not new")
        return _replaced(before, step.entry, power, _ENTRY_RULES[step.rule](self, step.entry, facts, step))

    # -------------------------------------------------------------------------------------------------- network

    def quantity(self, ref: Ref) -> Quantity:
        """The quantity that a reference is to; one that is held fixed is like a free one."""
        key = ref.quantity.removeprefix(FROZEN)
        if key not in self.model.quantities:
            raise Refused(f"{key} is no quantity of the network")
        quantity = self.model.quantities[key]
        return quantity if key == ref.quantity else Quantity(ref.quantity, quantity.name, quantity.timed, quantity.shape)

    def definition(self, ref: Ref, facts: Facts) -> Tensor | None:
        """What defines a quantity at the time of a reference, None where it is free. Raises Refused where that is not clear."""
        quantity, time = self.quantity(ref), ref.time
        if time is None:
            return quantity.definition
        for at, value in quantity.special:
            if all(follows(c, facts) for c in equal(time, at)):
                return instantiate(value, {"t": time})
            if not (follows(time - at - 1, facts) or follows(at - time - 1, facts)):
                raise Refused(f"it is open whether {quantity.text} is asked for at its special time")
        if quantity.definition is None:
            return None
        if quantity.recurrence:
            beyond = time - self.last if quantity.recurrence > 0 else Affine((), self.model.first) - time
            if follows(beyond - 1, facts):
                return Full(Fraction(0), quantity.shape) if quantity.recurrence > 0 else None
            if not follows(beyond.scaled(-1), facts):
                raise Refused(f"it is open whether {quantity.text} has a definition there")
        return instantiate(quantity.definition, {"t": time})


# ----------------------------------------------------------------------------------------------------- entries


def _replaced(before: Term, entry: Entry, power: int, value: Sum) -> Sum:
    """One power of an entry less, times its value; under a negative power, divided by a value that is one product."""
    rest = [(e, n - (1 if n > 0 else -1) if e == entry else n) for e, n in before.factors]
    without = replace(term(before.coefficient, rest, before.where, before.bound))
    if power > 0:
        return tuple(without.times(t) for t in value)
    if len(value) != 1 or value[0].bound or value[0].where or not value[0].coefficient:
        raise Refused("only a single product can be inverted")
    inverse = term(1 / value[0].coefficient, ((e, -n) for e, n in value[0].factors))
    return (without.times(inverse),)


def opened(node: Tensor, at: tuple[Affine, ...], fresh: Sequence[str] = ()) -> Sum:
    """The meaning of a component of a compound tensor, in components of its parts. Raises Refused."""
    rule = _MEANING.get(type(node))
    if rule is None:
        raise Refused(f"{type(node).__name__} has no parts")
    return tuple(rule(node, at, tuple(fresh)))


def _one(node: Tensor, at: Iterable[Affine], power: int = 1) -> tuple[Entry, int]:
    return Entry(node, tuple(at)), power


def _dot(n: Dot, at: tuple[Affine, ...], fresh: tuple[str, ...]) -> Iterator[Term]:
    cut = len(n.left.shape) - n.axes
    over = tuple(Affine.of(name) for name in fresh)
    where = inside(over, n.left.shape[cut:])
    yield term(1, (_one(n.left, at[:cut] + over), _one(n.right, over + at[cut:])), where, fresh)


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
        if c.op == "!=":
            terms += tuple(t.within(equal(c.left, c.right)).scaled(-1) for t in terms)
        else:
            bounds = {"=": (rise, rise.scaled(-1)), "<": (rise - 1,), "<=": (rise,), ">": (rise.scaled(-1) - 1,)}
            terms = tuple(t.within(bounds.get(c.op, (rise.scaled(-1),))) for t in terms)
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
        yield term(1, (_one(slope, head), _one(Jac(inner.argument, n.wrt, n.explicit), at)))
    elif isinstance(inner, Softmax):
        change, (name,) = Jac(inner.argument, n.wrt, n.explicit), fresh
        other = Affine.of(name)
        yield term(1, (_one(inner, head), _one(change, at)))
        factors = (_one(inner, head), _one(inner, (other,)), _one(change, (other, *tail)))
        yield term(-1, factors, inside((other,), inner.shape), fresh)
    elif not isinstance(inner, Integer):
        for part in opened(inner, head, fresh):
            for entry, power in part.factors:
                moving = (entry, -1), _one(Jac(entry.node, n.wrt, n.explicit), entry.at + tail)
                yield term(part.coefficient * power, part.factors + moving, part.where, part.bound)


_MEANING: dict[type, Callable[[Any, tuple[Affine, ...], tuple[str, ...]], Iterable[Term]]] = {
    Const: lambda n, at, fresh: (term(n.value),) if n.value else (),
    Full: lambda n, at, fresh: (term(n.value),) if n.value else (),
    Eye: lambda n, at, fresh: (term(1, (), equal(*at)),),
    Integer: _integer,
    Jac: _derivative,
    Dot: _dot,
    Permute: lambda n, at, fresh: (term(1, [_one(n.argument, (at[n.order.index(j)] for j in range(len(at))))]),),
    Times: lambda n, at, fresh: (term(1, (_one(n.left, at), _one(n.right, at))),),
    Over: lambda n, at, fresh: (term(1, (_one(n.left, at), _one(n.right, at, -1))),),
    Plus: lambda n, at, fresh: (entry_term(Entry(t, at)) for t in n.terms),
    Power: lambda n, at, fresh: (term(1, [_one(n.base, at, n.exponent)]),),
    Diag: lambda n, at, fresh: (term(1, [_one(n.argument, at[:1])], equal(*at)),),
    DiagPart: lambda n, at, fresh: (entry_term(Entry(n.argument, at + at)),),
    Pick: lambda n, at, fresh: (entry_term(Entry(n.argument, n.indices + at)),),
    Build: lambda n, at, fresh: (entry_term(Entry(instantiate(n.body, {n.variable: at[0]}), at[1:])),),
    SumOver: _sum,
    Choose: _choose,
    Truth: lambda n, at, fresh: _bracketed((term(1),), [n.condition]),
}

# ------------------------------------------------------------------------------------------------ rules for entries


def _expect(node: object, kind: Any) -> Any:
    if not isinstance(node, kind):
        raise Refused(f"the rule is not about {type(node).__name__}")
    return node


def _need(facts: Facts, *conditions: Affine) -> None:
    for condition in conditions:
        if not follows(condition, facts):
            raise Refused("a condition of the rule does not follow")


def _unfold(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A quantity is what defines it."""
    definition = c.definition(_expect(e.node, Ref), facts)
    if definition is None:
        raise Refused("nothing defines the quantity there")
    return (entry_term(Entry(definition, e.at)),)


def _chain_rule(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """dp/dq = [p is q] + (derivative of what defines p, in which an explicit derivative holds other times fixed)."""
    node = _expect(e.node, Jac)
    p, q = _expect(node.numerator, Ref), node.wrt
    rank = len(p.shape)
    result: Sum = ()
    if p.quantity == q.quantity:
        same = [pair for i, j in zip(e.at[:rank], e.at[rank:], strict=True) for pair in equal(i, j)]
        result = (term(1, (), same + (list(equal(p.time, q.time)) if p.time is not None else [])),)
    definition = c.definition(p, facts)
    if definition is None:
        return result
    if node.explicit and p.time is not None:
        definition = _held(c, definition, p.time)
    return (*result, entry_term(Entry(Jac(definition, q, node.explicit and p.time is not None), e.at)))


def _held(c: Checker, node: Tensor, now: Affine) -> Tensor:
    """An expression with the quantities at other times held fixed."""
    if not isinstance(node, Ref):
        return rebuilt(node, lambda part: _held(c, part, now))
    if node.time is None:
        if c.quantity(node).definition is not None:
            raise Refused("an explicit derivative through a quantity without a time")
        return node
    shift = node.time - now
    if shift.terms:
        raise Refused("an explicit derivative through a time that is not known")
    return node if not shift.constant else Ref(FROZEN + node.quantity.removeprefix(FROZEN), node.time, node.axes)


def _release(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """What is held fixed has the value that it has."""
    if any(isinstance(n, Jac) for n in walk(e.node)):
        raise Refused("inside a derivative, what is held fixed matters")

    def free(node: Tensor) -> Tensor:
        if isinstance(node, Ref):
            return Ref(node.quantity.removeprefix(FROZEN), node.time, node.axes)
        return rebuilt(node, free)

    return (entry_term(Entry(free(e.node), e.at)),)


def _square(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """y² in terms of y and its slope, from y' = c0 + c1 y + c2 y² (tanh, the logistic function)."""
    node = _expect(e.node, Map)
    if node.order or len(AUTONOMOUS.get(node.function, ())) != 3:
        raise Refused("no such function")
    c0, c1, c2 = (Fraction(x) for x in AUTONOMOUS[node.function])
    slope = _one(Map(node.function, 1, node.argument), e.at)
    parts = (term(1 / c2, (slope, (e, -1))), term(-c1 / c2), term(-c0 / c2, [(e, -1)]))
    return tuple(t for t in parts if t.coefficient)


def _order(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """exp' = exp, log'(x) = 1/x."""
    node = _expect(e.node, Map)
    if node.order == 1 and node.function == "log":
        return (term(1, [_one(node.argument, e.at, -1)]),)
    if node.order < 1 or node.function != "exp":
        raise Refused("no such function")
    return (entry_term(Entry(Map("exp", 0, node.argument), e.at)),)


def _softmax(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """exp(z_k) = softmax(z)_k · Σ_j exp(z_j)."""
    node = _expect(e.node, Map)
    if node.function != "exp" or node.order or len(node.shape) != 1:
        raise Refused("no such function")
    total = Dot(node, Full(Fraction(1), node.shape), 1)
    return (term(1, (_one(Softmax(node.argument), e.at), _one(total, ()))),)


def _inside(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A component of a function of a component of v is that component of the function of v."""
    node = _expect(e.node, Map)
    (part,) = opened(node.argument, e.at)
    if part.coefficient != 1 or part.where or len(part.factors) != 1 or part.factors[0][1] != 1:
        raise Refused("the argument is no plain component")
    inner = part.factors[0][0]
    return (entry_term(Entry(Map(node.function, node.order, inner.node), inner.at)),)


def _product(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """An empty product is the identity; else its last or its first factor (by the value of its variable) is split off."""
    node, (which,) = _expect(e.node, Product), step.data
    if node.variable in node.lower.names() | node.upper.names():
        raise Refused("a bound of a product depends on its own variable")
    if which == "empty":
        _need(facts, *equal(node.upper, node.lower - 1))
        return (term(1, (), equal(*e.at) if e.at else ()),)
    _need(facts, node.upper - node.lower)
    low, high = (node.lower, node.upper - 1) if which == "last" else (node.lower + 1, node.upper)
    rest = Product(node.variable, low, high, node.falling, node.body)
    factor = instantiate(node.body, {node.variable: node.upper if which == "last" else node.lower})
    if not e.at:
        return (term(1, (_one(factor, ()), _one(rest, ()))),)
    left, right = (factor, rest) if (which == "last") == node.falling else (rest, factor)
    (name,) = step.fresh
    middle = Affine.of(name)
    factors = (_one(left, (e.at[0], middle)), _one(right, (middle, e.at[1])))
    return (term(1, factors, inside((middle,), node.shape[:1]), step.fresh),)


def _zero(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A hypothesis: the initial state is zero."""
    node = _expect(e.node, Ref)
    if node.quantity not in c.zeros or node.time is None:
        raise Refused("no hypothesis says so")
    _need(facts, *equal(node.time, Affine((), c.model.first - 1)))
    return ()


def _instance(c: Checker, facts: Facts, name: str, values: dict[str, Affine], fresh: dict[str, str]) -> tuple[Entry, Sum]:
    """Left and right side of an accepted lemma, or of the induction hypothesis, at some values of its variables."""
    equation = c.accepted.get(name)
    if name == "earlier" and c.earlier is not None:
        equation = c.earlier.equation
        moved = Affine.of(c.earlier.variable, -c.earlier.direction)
        if values.get(c.earlier.variable) != moved or any(values.get(n, Affine.of(n)) != Affine.of(n) for n in c.earlier.fixed):
            raise Refused("the induction hypothesis is about one value earlier")
    if equation is None or len(equation.left) != 1 or any(not n.startswith("~") for n in values):
        raise Refused(f"there is no such lemma to use ({name})")
    left = equation.left[0]
    bound = frozenset().union(*(t.bound for t in equation.right))
    if left.coefficient != 1 or left.where or left.bound or [n for _, n in left.factors] != [1] or bound & values.keys():
        raise Refused("a lemma is used from a single entry on its left")
    if fresh.keys() != bound or len(set(fresh.values())) < len(fresh):
        raise Refused("the bound variables of a lemma must get new names")
    _need(facts, *(condition.substitute(values) for condition in equation.given))
    renaming = {old: Affine.of(new) for old, new in fresh.items()}
    right = tuple(_renamed(t, renaming).substitute(values) for t in equation.right)
    return left.factors[0][0].substitute(values), right


def _use(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """An accepted equation, or the induction hypothesis."""
    name, values, fresh = step.data
    left, right = _instance(c, facts, name, dict(values), dict(fresh))
    if left != e or sorted(new for _, new in fresh) != sorted(step.fresh):
        raise Refused("the lemma is about something else")
    return right


def _argument(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """Equal arguments have equal function values: of an elementwise function at a component, of softmax as a whole."""
    node, (name, values) = e.node, step.data
    left, right = _instance(c, facts, name, dict(values), {})
    if len(right) != 1 or right != (entry_term(Entry(right[0].factors[0][0].node, left.at)),):
        raise Refused("the lemma does not say that two tensors are equal")
    new = right[0].factors[0][0].node
    if left.node is not getattr(node, "argument", None):
        raise Refused("the lemma is about something else")
    if isinstance(node, Map) and left.at == e.at:
        return (entry_term(Entry(Map(node.function, node.order, new), e.at)),)
    raise Refused("arguments are exchanged in elementwise functions only")


_ENTRY_RULES: dict[str, Callable[[Checker, Entry, Facts, Step], Sum]] = {
    "open": lambda c, e, facts, step: opened(e.node, e.at, step.fresh),
    "unfold": _unfold,
    "chain rule": _chain_rule,
    "release": _release,
    "square": _square,
    "order": _order,
    "softmax": _softmax,
    "inside": _inside,
    "product": _product,
    "zero": _zero,
    "use": _use,
    "argument": _argument,
}

# -------------------------------------------------------------------------------------------------- rules for terms


def _split(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """1 = [a ≥ 0] + [a < 0]."""
    (condition,) = step.data
    if not condition.names() <= t.names.union(*(g.names() for g in given)):
        raise Refused("the condition speaks of something else")
    return t.within([condition]), t.within([negated(condition)])


def _vacuous(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """A bracket whose conditions contradict each other is zero."""
    if not contradictory(t.where | given):
        raise Refused("the conditions do not contradict each other")
    return ()


def _narrow(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """The same bracket, written by other conditions."""
    (conditions,) = step.data
    _need(given | t.where, *conditions)
    _need(given | conditions, *t.where)
    return (term(t.coefficient, t.factors, conditions, t.bound),)


def _substitute(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """Where v = e: f(v) = f(e), and a sum over v is its one term."""
    name, value = step.data
    if not name.startswith("~") or name in value.names():
        raise Refused("nothing to substitute")
    _need(given | t.where, *equal(Affine.of(name), value))
    if name in t.bound:
        return (t.substitute({name: value}),)
    changed = t.substitute({name: value})
    return (term(t.coefficient, changed.factors, t.where, t.bound),)


def _renamed(t: Term, renaming: dict[str, Affine]) -> Term:
    own = {old: new for old, new in renaming.items() if old in t.bound}
    new_names = frozenset(n for new in own.values() for n in new.names())
    if len(new_names) < len(own) or new_names & (t.names - own.keys()) or any(not n.startswith("~") for n in new_names):
        raise Refused("a new name is in use")
    changed = t.substitute(own)
    return replace(changed, bound=changed.bound | new_names)


def _rename(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """Bound variables under other names."""
    renaming = {old: Affine.of(new) for old, new in step.data}
    if {n for new in renaming.values() for n in new.names()} & frozenset().union(*(g.names() for g in given)):
        raise Refused("a new name is in use")
    return (_renamed(t, renaming),)


def _total(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """Σ_k p_k = 1 for a softmax, and for a vector that a hypothesis says it of."""
    entry = step.entry
    if entry is None or len(entry.at) != 1 or dict(t.factors).get(entry) != 1:
        raise Refused("the components of a vector can be added up")
    node, index = entry.node, entry.at[0]
    if not (isinstance(node, Softmax) or isinstance(node, Ref) and node.quantity in c.sums):
        raise Refused("the components need not add up to one")
    rest = term(t.coefficient, [f for f in t.factors if f[0] != entry], t.where - set(inside((index,), node.shape)))
    rest = replace(rest, bound=t.bound - index.names())
    if index not in (Affine.of(name) for name in t.bound) or index.names() & (rest.names | node.free):
        raise Refused("the sum is not over all components")
    if not set(inside((index,), node.shape)) <= t.where:
        raise Refused("the sum is not over all components")
    return (rest,)


_TERM_RULES: dict[str, Callable[[Checker, Term, Step, Facts], Sum]] = {
    "split": _split,
    "vacuous": _vacuous,
    "narrow": _narrow,
    "substitute": _substitute,
    "rename": _rename,
    "total": _total,
}
