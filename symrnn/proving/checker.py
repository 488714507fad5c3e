"""Which proofs are accepted: what a sceptic has to read.

An equation says that two sums (`symrnn.proving.sums`) are equal for all integers that its free variables can stand for within its
conditions, for every horizon and all sizes. A proof rewrites both sides, one rule at a time, until they are the same sum;
or it does so twice, at the first value of a variable and after it with the equation one value earlier as a hypothesis: an
induction. This module knows the rules and nothing of how proofs are found. It computes every step again and compares.

Entries out of range (a component 0, a state before the initial one, an ordered product over less than the empty range) may be any
numbers: no rule looks at one, since each demands its conditions. What is divided by is assumed not to be zero where an
equation of the document divides; no lemma says anything of a quotient, and no step backwards divides by something new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symrnn.language.formulas import written_out
from symrnn.language.functions import square
from symrnn.language.model import Model
from symrnn.language.tensors import Affine, Dot, Full, Jac, Map, Over, Power, Product, Ref, Softmax, Tensor, rebuilt, walk
from symrnn.proving.linear import contradictory, follows, negated
from symrnn.proving.meaning import HELD, Network, Refused, need, opened, power_of
from symrnn.proving.proofs import Assumed, Chain, Earlier, Equation, Facts, Induction, Lemma, Step
from symrnn.proving.sums import Entry, Sum, Term, entry_term, equal, inside, instantiate, renamed, term, well_formed

Values = dict[str, Affine]


class Checker:
    """Accepts lemmas about one network, in order, and what follows from them."""

    def __init__(self, model: Model) -> None:
        self.network = Network(model)
        self.always = self.network.always
        self.accepted: dict[str, Equation] = {}
        self.assumed = Assumed()
        self.earlier: Earlier | None = None

    # --------------------------------------------------------------------------------------------------- proofs

    def accept(self, lemma: Lemma) -> None:
        """Adds a lemma to the accepted ones. Raises Refused."""
        if lemma.name in (*self.accepted, "earlier") or any(_divides(t) for t in lemma.equation.left + lemma.equation.right):
            raise Refused(f"the lemma {lemma.name} divides, or there are two of them")
        self._settle(lemma.equation, lemma.proof, Assumed())
        self.accepted[lemma.name] = lemma.equation

    def conclude(self, equation: Equation, proof: Chain, assumed: Assumed) -> Sum:
        """The sum that both sides of an equation are equal to under hypotheses. Raises Refused."""
        return self._settle(equation, proof, assumed)

    def _settle(self, equation: Equation, proof: Chain | Induction, assumed: Assumed) -> Sum:
        before = self.assumed, self.earlier
        self.assumed, self.earlier = assumed, None
        try:
            return self._induction(equation, proof) if isinstance(proof, Induction) else self.chain(equation, proof)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
            raise Refused(f"a step is malformed: {problem}") from problem
        finally:
            self.assumed, self.earlier = before

    def _induction(self, equation: Equation, proof: Induction) -> Sum:
        name, here = proof.variable, Affine.of(proof.variable)
        if not name.startswith("~") or name in proof.start.names() or proof.direction not in (1, -1):
            raise Refused("an induction needs a variable and a start that does not depend on it")
        since = (here - proof.start).scaled(proof.direction)
        if not follows(since, equation.given | self.always):
            raise Refused("the equation also speaks of values before the base case")
        self.chain(replace(equation, given=equation.given.union(equal(here, proof.start))), proof.base)
        self.earlier = Earlier(equation, name, proof.direction, proof.start.names())
        return self.chain(replace(equation, given=equation.given | {since - 1}), proof.step)

    def chain(self, equation: Equation, proof: Chain) -> Sum:
        """The sum that both sides are equal to. Raises Refused."""
        left = self.rewritten(equation.left, proof.left, equation.given)
        right = self.rewritten(equation.right, proof.right, equation.given)
        if Counter(left) != Counter(right):
            raise Refused("the two sides do not end in the same sum")
        return left

    def rewritten(self, terms: Sum, steps: Sequence[Step], given: Facts) -> Sum:
        """A sum after some steps, each of which is checked. Raises Refused."""
        state, taken = list(terms), _names(given)
        for t in terms:
            if not well_formed(t) or t.bound & taken:
                raise Refused("a sum is not well formed")
        for step in steps:
            if not 0 <= step.at < len(state):
                raise Refused(f"no term stands at position {step.at}")
            if step.rule == "collect":
                _collect(state, step)
            else:
                self._check(state[step.at], step, given | self.always)
                state[step.at : step.at + 1] = step.result
        return tuple(state)

    def _check(self, before: Term, step: Step, given: Facts) -> None:
        if not step.backward:
            if self.applied(before, step, given) != step.result:
                raise Refused(f"the rule {step.rule} gives something else")
            return
        (new,) = step.result
        sound = step.rule in ("unfold", "use", "product") and well_formed(new) and new.divisors <= before.divisors
        if not sound or self.applied(new, step, given) != (before,):
            raise Refused(f"the rule {step.rule} backwards does not give this")

    def applied(self, before: Term, step: Step, given: Facts) -> Sum:
        """What a rule makes of a term. Raises Refused."""
        if step.rule in _TERM_RULES:
            return _TERM_RULES[step.rule](self, before, step, given)
        entry = _expect(step.entry, Entry)
        taken = before.names | _names(given)
        if len(set(step.fresh)) < len(step.fresh) or any(n in taken or not n.startswith("~") for n in step.fresh):
            raise Refused("a new variable is not new")
        value = _ENTRY_RULES[step.rule](self, entry, given | before.where, step)
        return _replaced(before, entry, dict(before.factors)[entry], value)


def _expect(node: object, kind: Any) -> Any:
    if not isinstance(node, kind):
        raise Refused(f"the rule is not about {type(node).__name__}")
    return node


def _names(conditions: Iterable[Affine]) -> frozenset[str]:
    return frozenset(n for c in conditions for n, _ in c.terms)


def _divides(t: Term) -> bool:
    """Whether a term divides by something, or holds the logarithm of it."""

    def divides(node: Tensor) -> bool:
        negative = isinstance(node, Power) and node.exponent < 0
        return negative or isinstance(node, Over) or (isinstance(node, Map) and node.function == "log")

    return any(n < 0 or any(map(divides, walk(e.node))) for e, n in t.factors)


def _collect(state: list[Term], step: Step) -> None:
    """c t + d t = (c + d) t, for the terms at `at` and at a later position."""
    (other,) = step.data
    a, b = state[step.at], state[other]
    total = replace(a, coefficient=a.coefficient + b.coefficient)
    if step.backward or other <= step.at or a.scaled(0) != b.scaled(0) or step.result != ((total,) if total.coefficient else ()):
        raise Refused("only like terms can be collected")
    del state[other]
    state[step.at : step.at + 1] = step.result


def _replaced(before: Term, entry: Entry, power: int, value: Sum) -> Sum:
    """One power of an entry less, times its value; under a negative power, divided by a value that is one product."""
    rest = ((entry, -1 if power > 0 else 1), *before.factors)
    without = term(before.coefficient, rest, before.where, before.bound)
    if power > 0:
        return tuple(without.times(t) for t in value)
    (single,) = value
    if single.bound or single.where or not single.coefficient:
        raise Refused("only a single product can be inverted")
    return (without.times(term(1 / single.coefficient, ((e, -n) for e, n in single.factors))),)


# ------------------------------------------------------------------------------------------------ rules for entries


def _unfold(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A quantity is what defines it."""
    definition = c.network.definition(_expect(e.node, Ref), facts)
    return (entry_term(Entry(_expect(definition, Tensor), e.at)),)


def _chain_rule(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """dp/dq = [p is q] + (derivative of what defines p, in which an explicit derivative holds other times fixed, but for q)."""
    node = _expect(e.node, Jac)
    p, q, rank = _expect(node.numerator, Ref), node.wrt, len(node.numerator.shape)
    pairs = list(zip(e.at[:rank], e.at[rank:], strict=False)) if p.quantity == q.quantity else []
    times = [(p.time, q.time)] if p.time is not None else []
    same = (term(1, (), (x for pair in pairs + times for x in equal(*pair))),) if p.quantity == q.quantity else ()
    definition = c.network.definition(p, facts)
    if definition is None:
        return same
    if node.explicit and p.time is not None:
        definition, q = c.network.held(definition, p.time), c.network.varied(q, p.time, facts)
    return (*same, entry_term(Entry(Jac(definition, q, node.explicit and p.time is not None), e.at)))


def _release(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """What is held fixed has the value that it has (inside a derivative, being held matters)."""

    def free(node: Tensor) -> Tensor:
        if isinstance(node, (Ref, Jac)):
            ref = _expect(node, Ref)
            return Ref(ref.quantity.removeprefix(HELD), ref.time, ref.axes)
        return rebuilt(node, free)

    return (entry_term(Entry(free(e.node), e.at)),)


def _order(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A derivative of a function by its formula: exp' = exp, log'(x) = 1/x, sin' = cos."""
    node = _expect(e.node, Map)
    value = written_out(node) if node.order else None
    if value is None:
        raise Refused("no formula says what the derivative is")
    return (entry_term(Entry(value, e.at)),)


def _softmax(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """exp(z_k) = softmax(z)_k · Σ_j exp(z_j)."""
    node = _expect(e.node, Map)
    if node.function != "exp" or node.order or len(node.shape) != 1:
        raise Refused("no such function")
    total = Dot(node, Full(Fraction(1), node.shape), 1)
    return (term(1, (power_of(Softmax(node.argument), e.at), power_of(total, ()))),)


def _inside(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A function of a component of v is that component of the function of v."""
    node = _expect(e.node, Map)
    (part,) = opened(node.argument, e.at)
    ((inner, _),) = part.factors
    if part != entry_term(inner):
        raise Refused("the argument is no plain component")
    return (entry_term(Entry(Map(node.function, node.order, inner.node), inner.at)),)


def _product(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """An empty product is the identity; else its first or its last factor (by the value of its variable) is split off."""
    node, (which,) = _expect(e.node, Product), step.data
    if node.variable in node.lower.names() | node.upper.names():
        raise Refused("a bound of a product depends on its own variable")
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
    (name,) = step.fresh
    middle = Affine.of(name)
    factors = (power_of(left, (e.at[0], middle)), power_of(right, (middle, e.at[1])))
    return (term(1, factors, inside((middle,), node.shape[:1]), step.fresh),)


def _zero(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """A hypothesis: the initial state is zero, or the value after the last step of what runs backwards."""
    node = _expect(e.node, Ref)
    if node.quantity not in c.assumed.zeros:
        raise Refused("no hypothesis says so")
    need(facts, *equal(node.time, c.network.end(c.network.quantity(node))))
    return ()


def _instance(c: Checker, facts: Facts, name: str, values: Values, fresh: dict[str, str]) -> tuple[Entry, Sum]:
    """Both sides of an accepted lemma, or of the induction hypothesis, at some values of its variables."""
    equation = c.accepted.get(name)
    if name == "earlier" and c.earlier is not None:
        equation = c.earlier.equation
        moved = {c.earlier.variable: Affine.of(c.earlier.variable, -c.earlier.direction)}
        fixed = {n: Affine.of(n) for n in c.earlier.fixed} | moved
        if any(values.get(n, Affine.of(n)) != x for n, x in fixed.items()):
            raise Refused("the induction hypothesis is about one value earlier")
    equation = _expect(equation, Equation)
    (left,) = equation.left
    ((entry, _),) = left.factors
    bound, new = frozenset().union(*(t.bound for t in equation.right)), frozenset(fresh.values())
    if left != entry_term(entry) or any(not n.startswith("~") for n in values):
        raise Refused("a lemma is used from a single entry on its left")
    if fresh.keys() != bound or len(new) < len(bound) or (new | bound) & values.keys() or new & _names(values.values()):
        raise Refused("the bound variables of a lemma must get new names")
    need(facts, *(condition.substitute(values) for condition in equation.given))
    right = (renamed(t, {n: fresh[n] for n in t.bound}).substitute(values) for t in equation.right)
    return entry.substitute(values), tuple(right)


def _use(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """An accepted equation, or the induction hypothesis."""
    name, values, fresh = step.data
    left, right = _instance(c, facts, name, dict(values), dict(fresh))
    if left != e or {new for _, new in fresh} != set(step.fresh):
        raise Refused("the lemma is about something else")
    return right


def _argument(c: Checker, e: Entry, facts: Facts, step: Step) -> Sum:
    """An elementwise function has equal components where its arguments have; softmax needs all components of them."""
    (name, values), node = step.data, e.node
    at = c.accepted[name].left[0].factors[0][0].at if isinstance(node, Softmax) else e.at
    whole = frozenset(inside(at, node.shape) if isinstance(node, Softmax) else ())
    left, (right,) = _instance(c, facts | whole, name, dict(values), {})
    ((new, _),) = right.factors
    if whole:  # the index of the lemma stands for any component, and for nothing else
        need(facts, *inside(e.at, node.shape))
        elsewhere = _names(facts | c.accepted[name].given - whole).union(e.names, new.node.free, dict(values))
        if at[0].names() & elsewhere or at[0] not in map(Affine.of, at[0].names()):
            raise Refused("the lemma is not about all components")
    if right != entry_term(new) or left != Entry(_expect(node, (Map, Softmax)).argument, at) or new.at != at:
        raise Refused("the lemma does not say that the argument equals another one")
    return (entry_term(Entry(rebuilt(node, lambda _: new.node), e.at)),)


_ENTRY_RULES: dict[str, Callable[[Checker, Entry, Facts, Step], Sum]] = {
    "open": lambda c, e, facts, step: opened(e.node, e.at, step.fresh),
    "unfold": _unfold,
    "chain rule": _chain_rule,
    "release": _release,
    "order": _order,
    "softmax": _softmax,
    "inside": _inside,
    "product": _product,
    "zero": _zero,
    "use": _use,
    "argument": _argument,
}

# -------------------------------------------------------------------------------------------------- rules for terms


def _square(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """y² in terms of y and its slope y': 1 - y' for tanh, y - y' for the logistic function, y for a jump from 0 to 1."""
    entry = _expect(step.entry, Entry)
    node = _expect(entry.node, Map)
    known = square(node.function)
    if known is None or node.order or dict(t.factors)[entry] < 2:
        raise Refused("no square stands there")
    less, slope = term(1, [(entry, -2)]), term(1, [power_of(Map(node.function, 1, node.argument), entry.at)])
    parts = zip(known, (slope, entry_term(entry), term(1)), strict=True)
    return tuple(t.times(less).times(part.scaled(c)) for c, part in parts if c)


def _split(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """1 = [a ≥ 0] + [a < 0]."""
    (condition,) = step.data
    return t.within([condition]), t.within([negated(condition)])


def _vacuous(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """A bracket whose conditions contradict each other is zero."""
    if not contradictory(t.where | given):
        raise Refused("the conditions do not contradict each other")
    return ()


def _narrow(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """The same bracket, written by other conditions."""
    (conditions,) = step.data
    need(given | t.where, *conditions)
    need(given | conditions, *t.where)
    return (term(t.coefficient, t.factors, conditions, t.bound),)


def _substitute(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """Where v = e: f(v) = f(e), and a sum over v is its one term."""
    name, value = step.data
    if not name.startswith("~") or name in value.names():
        raise Refused("nothing to substitute")
    need(given | t.where, *equal(Affine.of(name), value))
    changed = t.substitute({name: value})
    return (changed if name in t.bound else term(t.coefficient, changed.factors, t.where, t.bound),)


def _rename(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """Bound variables under other names."""
    (renaming,) = step.data
    if _names(given) & {new for _, new in renaming}:
        raise Refused("a new name is in use")
    return (renamed(t, dict(renaming)),)


def _total(c: Checker, t: Term, step: Step, given: Facts) -> Sum:
    """Σ_k p_k = 1 for a softmax, and for a vector that a hypothesis says it of."""
    entry = _expect(step.entry, Entry)
    (index,), node = entry.at, entry.node
    ((name, _),) = index.terms
    whole = frozenset(inside((index,), node.shape))
    known = isinstance(node, Softmax) or (isinstance(node, Ref) and node.quantity in c.assumed.sums and c.network.quantity(node))
    rest = term(t.coefficient, ((entry, -1), *t.factors), t.where - whole, t.bound - {name})
    if not known or name not in t.bound or index != Affine.of(name) or not whole <= t.where or name in rest.names | node.free:
        raise Refused("no sum over all components of a vector that adds up to one")
    return (rest,)


_TERM_RULES: dict[str, Callable[[Checker, Term, Step, Facts], Sum]] = {
    "square": _square,
    "split": _split,
    "vacuous": _vacuous,
    "narrow": _narrow,
    "substitute": _substitute,
    "rename": _rename,
    "total": _total,
}
