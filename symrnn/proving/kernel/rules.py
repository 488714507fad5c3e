"""The rules: what each makes of one term of a sum, and the conditions under which it may.

Entries out of range (a component 0, a state before the initial one, an ordered product over less than the empty range) may be any
numbers: no rule looks at one, since each demands its conditions. What is divided by is assumed not to be zero where an
equation of the document divides; no lemma says anything of a quotient, and no step backwards divides by something new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symrnn.proving.kernel.functions import SQUARES, slope
from symrnn.proving.kernel.indices import Affine, Facts, contradictory, equal, negated
from symrnn.proving.kernel.meaning import opened, power_of
from symrnn.proving.kernel.network import HELD, Network, need
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.proofs import Assumed, Earlier, Equation, Step
from symrnn.proving.kernel.sums import VARIABLE, Entry, Sum, Term, entry_term, inside, renamed, term
from symrnn.proving.kernel.terms import Dot, Full, Jac, Map, Product, Ref, Softmax, Tensor, instantiate, rebuilt

Values = dict[str, Affine]
#: What the hypothesis of an induction is called; with the name of a lemma that is proven at once, that lemma's.
EARLIER = "earlier"


@dataclass
class Context:
    """What a rule may use: the network, the equations that are accepted, hypotheses on values, and those of an induction by name."""

    network: Network
    accepted: dict[str, Equation] = field(default_factory=dict)
    assumed: Assumed = field(default_factory=Assumed)
    earlier: Mapping[str, Earlier] = field(default_factory=dict)

    @property
    def always(self) -> Facts:
        """What holds of the horizon and of sizes."""
        return self.network.always

    def applied(self, before: Term, step: Step, given: Facts) -> Sum:
        """What a rule makes of a term. Raises Refused."""
        if step.rule in _TERM_RULES:
            return _TERM_RULES[step.rule](self, before, step, given)
        entry = _expect(step.entry, Entry)
        if step.fresh:
            taken = before.names | names_of(given)
            if len(set(step.fresh)) < len(step.fresh) or any(n in taken or not n.startswith(VARIABLE) for n in step.fresh):
                raise Refused("a new variable is not new")
        powers = dict(before.factors)
        if entry not in powers:
            raise Refused("no such factor stands there")
        value = _ENTRY_RULES[step.rule](self, entry, given | before.where, step)
        return _replaced(before, entry, powers[entry], value)


def _expect(node: object, kind: Any) -> Any:
    if not isinstance(node, kind):
        raise Refused(f"the rule is not about {type(node).__name__}")
    return node


def names_of(conditions: Iterable[Affine]) -> frozenset[str]:
    """The names that stand in conditions."""
    return frozenset(n for c in conditions for n, _ in c.terms)


def _replaced(before: Term, entry: Entry, power: int, value: Sum) -> Sum:
    """One power of an entry less, times its value; under a negative power, divided by a value that is one product."""
    without = Term(before.coefficient, (*before.factors, (entry, -1 if power > 0 else 1)), before.where, before.bound)
    if power > 0:
        return tuple(without.times(t) for t in value)
    if len(value) != 1 or value[0].where or not value[0].coefficient:  # what is bound has conditions
        raise Refused("only a single product can be inverted")
    (single,) = value
    return (without.times(term(1 / single.coefficient, ((e, -n) for e, n in single.factors))),)


# ------------------------------------------------------------------------------------------------ rules for entries


def _unfold(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """A quantity is what defines it."""
    definition = c.network.definition(_expect(e.node, Ref), facts)
    return (entry_term(Entry(_expect(definition, Tensor), e.at)),)


def _chain_rule(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """dp/dq = [p is q] + (derivative of what defines p, in which an explicit derivative holds other times fixed, but for q)."""
    node = _expect(e.node, Jac)
    p, q, rank = _expect(node.numerator, Ref), node.wrt, len(node.numerator.shape)
    c.network.quantity(q)
    same: Sum = ()
    if p.quantity == q.quantity:
        times = [(p.time, q.time)] if p.time is not None and q.time is not None else []
        pairs = [*zip(e.at[:rank], e.at[rank:], strict=True), *times]
        same = (term(1, (), (x for pair in pairs for x in equal(*pair))),)
    definition = c.network.definition(p, facts)
    if definition is None:
        return same
    explicit = node.explicit and p.time is not None
    if explicit:
        definition, q = c.network.held(definition, p.time), c.network.varied(q, p.time, facts)
    return (*same, entry_term(Entry(Jac(definition, q, explicit), e.at)))


def _release(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """What is held fixed has the value that it has (inside a derivative, being held matters)."""
    return (entry_term(Entry(_released(e.node), e.at)),)


def _released(node: Tensor) -> Tensor:
    if isinstance(node, (Ref, Jac)):
        ref = _expect(node, Ref)
        return Ref(ref.quantity.removeprefix(HELD), ref.time, ref.axes)
    return rebuilt(node, _released)


def _slope(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """A derivative of a function by its formula: exp' = exp, log'(x) = 1/x, sin' = cos."""
    node = _expect(e.node, Map)
    return (entry_term(Entry(slope(node.function, node.order, node.argument), e.at)),)


def _softmax(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """exp(z_k) = softmax(z)_k · Σ_j exp(z_j)."""
    node = _expect(e.node, Map)
    if node.function != "exp" or node.order:
        raise Refused("no exponential")
    total = Dot(node, Full(Fraction(1), node.shape), 1)
    return (term(1, (power_of(Softmax(node.argument), e.at), power_of(total, ()))),)


def _inside(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """A function of a component of v is that component of the function of v."""
    node = _expect(e.node, Map)
    inner = single_entry(opened(node.argument, e.at))
    return (entry_term(Entry(Map(node.function, node.order, inner.node), inner.at)),)


def _product(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """An empty product is the identity; else its first or its last factor (by the value of its variable) is split off."""
    node, (which,) = _expect(e.node, Product), step.data
    if len(step.fresh) != (1 if e.at and which != "empty" else 0):
        raise Refused("one new variable is needed where a factor is split off a product of matrices")
    need(facts, *inside(e.at, node.shape))
    if which == "empty":
        need(facts, *equal(node.upper, node.lower - 1))
        return (term(1, (), equal(*e.at) if e.at else ()),)
    need(facts, node.upper - node.lower)
    last = which == "last"
    low, high = (node.lower, node.upper - 1) if last else (node.lower + 1, node.upper)
    rest = Product(node.variable, low, high, node.falling, node.body)
    factor = instantiate(node.body, {node.variable: node.upper if last else node.lower})
    if not e.at:
        return (term(1, (power_of(factor, ()), power_of(rest, ()))),)
    left, right = (factor, rest) if last == node.falling else (rest, factor)
    (middle,) = map(Affine.of, step.fresh)
    factors = (power_of(left, (e.at[0], middle)), power_of(right, (middle, e.at[1])))
    return (term(1, factors, inside((middle,), node.shape[:1]), step.fresh),)


def _zero(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """A hypothesis: the initial state is zero, or the value after the last step of what runs backwards."""
    node = _expect(e.node, Ref)
    if node.quantity not in c.assumed.zeros:
        raise Refused("no hypothesis says so")
    need(facts, *equal(node.time, c.network.end(c.network.quantity(node))))
    return ()


def _instance(c: Context, facts: Facts, name: str, values: Values, fresh: tuple[str, ...]) -> tuple[Entry, Sum]:
    """Both sides of an accepted lemma, or of the induction hypothesis, at some values of its variables.

    `fresh` are new names for the bound variables of its right side, these in alphabetical order.
    """
    equation, earlier = c.accepted.get(name), c.earlier.get(name)
    if earlier is not None:
        equation = earlier.equation
        moved = {earlier.variable: Affine.of(earlier.variable, -earlier.direction)}
        fixed = {n: Affine.of(n) for n in earlier.fixed} | moved
        if any(values.get(n, Affine.of(n)) != x for n, x in fixed.items()):
            raise Refused("the induction hypothesis is about one value earlier")
    if equation is None:
        raise Refused(f"no lemma before is called {name}")
    if any(not n.startswith(VARIABLE) for n in values):
        raise Refused("only variables of a lemma have values")
    bound = bound_names(equation.right)
    if len(bound) != len(fresh) or not names_of(values.values()).union(values).isdisjoint(fresh):
        raise Refused("the bound variables of a lemma must get new names")
    need(facts, *(condition.substitute(values) for condition in equation.given))
    new = dict(zip(bound, fresh, strict=True))
    right = (renamed(t, {n: new[n] for n in t.bound}).substitute(values) for t in equation.right)
    return single_entry(equation.left).substitute(values), tuple(right)


def bound_names(terms: Sum) -> list[str]:
    """The bound variables of a sum, in alphabetical order."""
    return sorted(frozenset().union(*(t.bound for t in terms)))


def single_entry(terms: Sum) -> Entry:
    """The entry that a sum is. Raises Refused where it is something else."""
    if len(terms) != 1 or len(terms[0].factors) != 1 or terms[0] != entry_term(terms[0].factors[0][0]):
        raise Refused("a single entry is needed here")
    return terms[0].factors[0][0]


def _use(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """An accepted equation, or the induction hypothesis."""
    name, values = step.data
    left, right = _instance(c, facts, name, dict(values), step.fresh)
    if left != e:
        raise Refused("the lemma is about something else")
    return right


def _argument(c: Context, e: Entry, facts: Facts, step: Step) -> Sum:
    """An elementwise function has equal components where its arguments have; softmax needs all components of them."""
    (name, values), node = step.data, _expect(e.node, (Map, Softmax))
    if isinstance(node, Map):
        left, right = _instance(c, facts, name, dict(values), ())
        at = e.at
    else:
        left, right, at = _for_all_components(c, e, facts, name, dict(values))
    new = single_entry(right)
    if left != Entry(node.argument, at) or new.at != at or new.node.shape != node.shape:
        raise Refused("the lemma does not say that the argument equals another one")
    return (entry_term(Entry(rebuilt(node, lambda _: new.node), e.at)),)


def _for_all_components(c: Context, e: Entry, facts: Facts, name: str, values: Values) -> tuple[Entry, Sum, tuple[Affine, ...]]:
    """A lemma on the argument of a softmax whose index stands for any component, and for nothing else."""
    if name not in c.accepted:
        raise Refused(f"no lemma before is called {name}")
    need(facts, *inside(e.at, e.node.shape))
    lemma = c.accepted[name]
    pattern, other = single_entry(lemma.left), single_entry(lemma.right)
    if pattern.node.shape != e.node.shape:
        raise Refused("the lemma is about other axes")
    whole = frozenset(inside(pattern.at, pattern.node.shape))
    elsewhere = names_of(facts | lemma.given - whole).union(e.names, instantiate(other.node, values).free, values)
    if pattern.at[0] not in map(Affine.of, pattern.at[0].names()) or pattern.at[0].names() & elsewhere:
        raise Refused("the lemma is not about all components")
    return (*_instance(c, facts | whole, name, values, ()), pattern.at)


_ENTRY_RULES: dict[str, Callable[[Context, Entry, Facts, Step], Sum]] = {
    "open": lambda c, e, facts, step: opened(e.node, e.at, step.fresh),
    "unfold": _unfold,
    "chain rule": _chain_rule,
    "release": _release,
    "slope": _slope,
    "softmax": _softmax,
    "inside": _inside,
    "product": _product,
    "zero": _zero,
    "use": _use,
    "argument": _argument,
}

# -------------------------------------------------------------------------------------------------- rules for terms


def _square(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """y² in terms of y and its slope y': 1 - y' for tanh, y - y' for the logistic function, y for a jump from 0 to 1."""
    entry = _expect(step.entry, Entry)
    node = _expect(entry.node, Map)
    if node.function not in SQUARES or node.order or dict(t.factors).get(entry, 0) < 2:
        raise Refused("no square stands there")
    less, change = term(1, [(entry, -2)]), term(1, [power_of(Map(node.function, 1, node.argument), entry.at)])
    parts = zip(SQUARES[node.function], (change, entry_term(entry), term(1)), strict=True)
    return tuple(t.times(less).times(part.scaled(k)) for k, part in parts if k)


def _split(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """1 = [a ≥ 0] + [a < 0]."""
    (condition,) = step.data
    return t.within([condition]), t.within([negated(condition)])


def _vacuous(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """A bracket whose conditions contradict each other is zero."""
    if not contradictory(t.where | given):
        raise Refused("the conditions do not contradict each other")
    return ()


def _narrow(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """The same bracket, written by other conditions."""
    (conditions,) = step.data
    need(given | t.where, *conditions)
    need(given | conditions, *t.where)
    return (term(t.coefficient, t.factors, conditions, t.bound),)


def _substitute(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """Where v = e: f(v) = f(e), and a sum over v is its one term."""
    name, value = step.data
    if name in value.names():
        raise Refused("a variable cannot be put in for itself")
    need(given | t.where, *equal(Affine.of(name), value))
    changed = t.substitute({name: value})
    return (changed if name in t.bound else term(t.coefficient, changed.factors, t.where, t.bound),)


def _turn(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """Σ_v f(v) = Σ_v f(i - v): a sum over all integers, counted from the other end."""
    name, index = step.data
    if name not in t.bound or name in index.names():
        raise Refused("only what is bound can be counted from another end, which does not depend on it")
    changed = t.substitute({name: index - Affine.of(name)})
    return (term(t.coefficient, changed.factors, changed.where, t.bound),)


def _rename(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """Bound variables under other names."""
    (renaming,) = step.data
    if names_of(given) & {new for _, new in renaming}:
        raise Refused("a new name is in use")
    return (renamed(t, dict(renaming)),)


def _total(c: Context, t: Term, step: Step, given: Facts) -> Sum:
    """Σ_k p_k = 1 for a softmax, and for a vector that a hypothesis says it of."""
    entry = _expect(step.entry, Entry)
    node = entry.node
    if len(entry.at) != 1 or len(entry.at[0].terms) != 1:
        raise Refused("no component of a vector")
    (index,) = entry.at
    ((name, _),) = index.terms
    whole = frozenset(inside((index,), node.shape))
    known = isinstance(node, Softmax) or (isinstance(node, Ref) and node.quantity in c.assumed.ones)
    rest = term(t.coefficient, ((entry, -1), *t.factors), t.where - whole, t.bound - {name})
    if not known or name not in t.bound or index != Affine.of(name) or not whole <= t.where or name in rest.names | node.free:
        raise Refused("no sum over all components of a vector that adds up to one")
    return (rest,)


_TERM_RULES: dict[str, Callable[[Context, Term, Step, Facts], Sum]] = {
    "square": _square,
    "split": _split,
    "vacuous": _vacuous,
    "narrow": _narrow,
    "substitute": _substitute,
    "turn": _turn,
    "rename": _rename,
    "total": _total,
}
