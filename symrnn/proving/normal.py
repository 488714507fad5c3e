"""The normal form: what is rewritten into what, and in which order.

Compound tensors are opened, derivatives go by the chain rule (through states by lemmas), defined quantities are replaced by
what defines them unless that is a function value, products with a known number of factors are written out, products of local
Jacobians take in the Jacobians beside them, squares of an activation become its slope, and sums over one point are that point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from symrnn.language.functions import quadratic, square
from symrnn.proving.canonical import counted_down, indices_of
from symrnn.proving.kernel.functions import SLOPES, slope
from symrnn.proving.kernel.indices import Affine, contradictory, opposite
from symrnn.proving.kernel.network import HELD, Network, Quantity
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.sums import Entry, Term, inside
from symrnn.proving.kernel.terms import (
    Dot,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Plus,
    Power,
    Product,
    Ref,
    Softmax,
    Tensor,
    instantiate,
    walk,
)
from symrnn.proving.rewriting import Rewriting, Stuck, exchanged

#: Replaces the usual treatment of an entry; True when it did something.
Hook = Callable[[Rewriting, int, Entry, int], bool]
_MOST_FACTORS = 8
_MOST_STEPS = 3
#: The variable of an ordered product of one-step Jacobians.
POWER_VARIABLE = "m*"


@dataclass(frozen=True)
class Mode:
    """How far a normal form goes.

    `jacobians` and `explicit`: whether one-step Jacobians of states, and explicit derivatives of states by parameters, are
    written out. `absorb`: whether ordered products take in the Jacobians beside them. `slopes`: whether derivatives of functions that are
    sums, such as that of x σ(x), or that divide by one, are written out; a product of Jacobians is recognised by what is none.

    `closed`: whether derivatives of states are products of Jacobians, where that is so; otherwise those by a state in `through`, or
    by one before a time in `late`, go on to the states that it reaches first.
    """

    jacobians: bool = True
    explicit: bool = True
    absorb: bool = True
    slopes: bool = False
    closed: bool = True
    through: frozenset[Ref] = frozenset()
    late: tuple[Affine, ...] = ()


class Lemmas(Protocol):
    """What the normal form asks for; each method gives the name of a lemma, or raises Stuck where there is none."""

    model: Network

    def start(self, key: str) -> int: ...

    def beginning(self, key: str) -> int: ...

    def jacobian(self, of: str, by: str) -> str: ...

    def one_step(self, key: str) -> str: ...

    def explicit(self, of: str, by: str) -> str: ...

    def is_coupled(self, key: str) -> bool: ...

    def depends(self, of: str, by: str) -> bool: ...

    def vanishing(self, of: str, by: str) -> str: ...

    def passed_on(self, of: str, by: str) -> str: ...

    def peeled(self, key: str, which: str) -> tuple[str, Term] | None: ...

    def composition(self, key: str) -> str | None: ...

    def product(self, node: Product) -> str: ...

    def backward(self, key: str) -> str: ...

    def monomial(self, entry: Entry) -> tuple[str, dict[str, Affine]] | None: ...

    def activation(self, node: Tensor) -> tuple[Ref | None, str | None, dict[str, Affine]] | None: ...


def jacobian_product(key: str, shape: tuple[str, ...], high: Affine, low: Affine) -> Product:
    """The ordered product of local Jacobians dh_m/dh_{m-1} for m from high down to low + 1."""
    m = Affine.of(POWER_VARIABLE)
    body = Jac(Ref(key, m, shape), Ref(key, m - 1, shape), False)
    return Product(POWER_VARIABLE, low + 1, high, True, body)


def is_power(node: Tensor) -> bool:
    """Whether a tensor is such a product."""
    return isinstance(node, Product) and node.variable == POWER_VARIABLE and isinstance(node.body, Jac)


def power_state(node: Product) -> Ref:
    """The state whose Jacobians are multiplied."""
    assert isinstance(node.body, Jac)
    return node.body.wrt


class Normaliser:
    """Brings the terms of a rewriting into normal form."""

    def __init__(self, rewriting: Rewriting, lemmas: Lemmas, mode: Mode, hook: Hook | None = None) -> None:
        self.rw = rewriting
        self.lemmas = lemmas
        self.model = lemmas.model
        self.mode = mode
        self.hook = hook
        self._finished: set[Term] = set()
        self._fixed = _equalities(rewriting.given, rewriting.given)

    def run(self) -> None:
        """Rewrites until nothing is left to do. Raises Stuck."""
        at = 0
        try:
            while at < len(self.rw.state):
                if not self._advance(at):
                    self._finished.add(self.rw.state[at])
                    at += 1
        except Refused as reason:
            raise Stuck(str(reason)) from reason

    def _advance(self, at: int) -> bool:
        """One step on one term; False when it is in normal form."""
        t = self.rw.state[at]
        if t in self._finished:
            return False
        if contradictory(t.where | self.rw.facts):
            self.rw.do(at, "vacuous")
            return True
        if self._one_point(at, t) or self._counted_upwards(at, t) or self._counted_from_one(at, t):
            return True
        for entry, exponent in t.factors:
            if self.hook is not None and self.hook(self.rw, at, entry, exponent):
                return True
            if self._entry(at, entry, exponent):
                return True
        return self._totalled(at, t) or (self.mode.absorb and self._absorbed(at, t))

    # ------------------------------------------------------------------------------------------------ whole terms

    def _one_point(self, at: int, t: Term) -> bool:
        """A bound variable that equals something is replaced by it; a free one in the factors."""
        pairs = [*_equalities(t.where, t.where | self.rw.given), *self._fixed]
        for c in pairs:
            for name, k in c.terms:
                if name in t.bound and abs(k) == 1:
                    self._replace(at, name, c, k)
                    return True
        used = frozenset().union(*(e.names for e, _ in t.factors)) if pairs else frozenset()
        for c in pairs:
            free = sorted(n for n, k in c.terms if n.startswith("~") and abs(k) == 1)
            if free and free[-1] in used:
                self._replace(at, free[-1], c, dict(c.terms)[free[-1]])
                return True
        return False

    def _replace(self, at: int, name: str, c: Affine, k: int) -> None:
        value = (c - Affine.of(name).scaled(k)).scaled(-k)
        self.rw.do(at, "substitute", data=(name, value))

    def _counted_upwards(self, at: int, t: Term) -> bool:
        """A bound variable that only counts steps from the last one down is replaced by one that counts them upwards."""
        if not t.bound:
            return False
        end = self.model.last
        downwards = frozenset().union(*[counted_down(e) for e, _ in t.factors])
        for name in sorted(t.bound & downwards):
            indices = [i for e, _ in t.factors for i in indices_of(e) if name in i.names()]
            if all((i + Affine.of(name)).terms == end.terms for i in indices):
                self.rw.do(at, "turn", data=(name, end + self.model.first))
                return True
        return False

    def _counted_from_one(self, at: int, t: Term) -> bool:
        """A bound variable that begins behind the entries of other axes is counted from there: turned around, and back from further up."""
        behind = [(name, c) for c in t.where if len(c.terms) > 1 for name, k in c.terms if k == 1 and name in t.bound]
        for name, c in sorted(behind):
            rest = tuple([pair for pair in c.terms if pair[0] != name])
            if all(other.startswith("|") and k < 0 for other, k in rest):
                self.rw.do(at, "turn", data=(name, Affine()))
                self.rw.do(at, "turn", data=(name, Affine(rest)))
                return True
        return False

    def _totalled(self, at: int, t: Term) -> bool:
        """Drops a sum over all components of a vector that adds up to one."""
        for entry, exponent in t.factors:
            if exponent != 1 or len(entry.at) != 1 or not self._adds_up(entry.node):
                continue
            names = entry.at[0].names()
            elsewhere = [e for e, _ in t.factors if e != entry and names & e.names]
            conditions = {c for c in t.where if names & c.names()}
            if not names <= t.bound or elsewhere or conditions != set(inside(entry.at, entry.node.shape)):
                continue
            if isinstance(entry.node, Ref) and entry.node.quantity not in self.rw.checker.assumed.ones:
                self.rw.do(at, "unfold", entry)
                entry = next(e for e, _ in self.rw.state[at].factors if isinstance(e.node, Softmax) and e.at == entry.at)
            self.rw.do(at, "total", entry)
            return True
        return False

    def _adds_up(self, node: Tensor) -> bool:
        if isinstance(node, Ref) and node.quantity in self.model.quantities:
            assumed = node.quantity in self.rw.checker.assumed.ones
            return assumed or isinstance(self.model.quantities[node.quantity].definition, Softmax)
        return isinstance(node, Softmax)

    def _absorbed(self, at: int, t: Term) -> bool:
        """Takes a one-step Jacobian beside an ordered product into it."""
        for entry, exponent in t.factors:
            if exponent == 1 and is_power(entry.node) and isinstance(entry.node, Product):
                if self._composed(at, t, entry, entry.node):
                    return True
                for which in ("last", "first"):
                    if self._absorb(at, t, entry, entry.node, which):
                        return True
        return False

    def _composed(self, at: int, t: Term, entry: Entry, node: Product) -> bool:
        """P(i,j) P(j,k) = P(i,k)."""
        state = power_state(node)
        for other, exponent in t.factors:
            inner = other.node
            if exponent != 1 or not isinstance(inner, Product) or not is_power(inner) or inner.upper != node.lower - 1:
                continue
            found = _joined(entry, other, "first") if entry.at else None
            if power_state(inner).quantity != state.quantity or (entry.at and (found is None or not _bare(found[0], t))):
                continue
            new = Entry(jacobian_product(state.quantity, state.axes, node.upper, inner.lower - 1), found[1] if found else ())
            if self._compose(at, t, (entry, other), new, tuple(found[0].names()) if found else ()):
                return True
        return False

    def _compose(self, at: int, t: Term, pair: tuple[Entry, Entry], new: Entry, names: tuple[str, ...]) -> bool:
        node = pair[0].node
        assert isinstance(node, Product)
        lemma = self.lemmas.composition(power_state(node).quantity)
        values = self.rw.values_for(new, lemma) if lemma is not None else None
        if lemma is None or values is None:
            return False
        values["~u"] = node.lower - 1
        changed = exchanged(t, [(pair[0], 1), (pair[1], 1)], [(new, 1)], names)
        return self._try_back(at, "use", changed, new, names, (lemma, tuple(sorted(values.items()))))

    def _absorb(self, at: int, t: Term, entry: Entry, node: Product, which: str) -> bool:
        state = power_state(node)
        high, low = (node.upper + 1, node.lower - 1) if which == "last" else (node.upper, node.lower - 2)
        wider = jacobian_product(state.quantity, state.axes, high, low)
        if not self.mode.jacobians:
            return self._absorb_letter(at, t, entry, wider, which)
        found = self.lemmas.peeled(state.quantity, which)
        return found is not None and self._absorb_pattern(at, t, entry, wider, found)

    def _absorb_letter(self, at: int, t: Term, entry: Entry, wider: Product, which: str) -> bool:
        time = wider.upper if which == "last" else wider.lower
        letter = instantiate(wider.body, {wider.variable: time})
        for other, exponent in t.factors:
            if other.node is not letter or exponent != 1:
                continue
            names: tuple[str, ...] = ()
            ends: tuple[Affine, ...] = ()
            if entry.at:
                found = _joined(entry, other, which)
                if found is None or not _bare(found[0], t):
                    continue
                names, ends = tuple(found[0].names()), found[1]
            new = Entry(wider, ends)
            changed = exchanged(t, [(entry, 1), (other, 1)], [(new, 1)], names)
            if self._try_back(at, "product", changed, new, names, (which,)):
                return True
        return False

    def _absorb_pattern(self, at: int, t: Term, entry: Entry, wider: Product, found: tuple[str, Term]) -> bool:
        lemma, pattern = found
        equation = self.rw.checker.accepted[lemma]
        left = equation.left[0].factors[0][0]
        times = _times_of(left, wider)
        inner = next(e for e, _ in pattern.factors if is_power(e.node))
        start = _unified(inner, entry, times)
        if start is None:
            return False
        rest = [(e, n) for e, n in pattern.factors if e is not inner]
        for values in _matches(rest, t, start):
            own = {n: values[n] for n in pattern.bound}
            if not all(_bare(index, t) for index in own.values()) or len(set(own.values())) < len(own):
                continue
            gone = {n: next(iter(index.names())) for n, index in own.items()}
            free = {n: v for n, v in values.items() if n not in own}
            new = left.substitute(free)
            out = [(Entry(e.node, e.at).substitute(values), n) for e, n in pattern.factors]
            changed = exchanged(t, out, [(new, 1)], gone.values())
            changed = changed.scaled(1 / pattern.coefficient)
            fresh = tuple(gone[name] for name in sorted(gone))
            if self._try_back(at, "use", changed, new, fresh, (lemma, tuple(sorted(free.items())))):
                return True
        return False

    def _try_back(self, at: int, rule: str, new: Term, entry: Entry, fresh: tuple[str, ...], data: tuple[object, ...]) -> bool:
        try:
            self.rw.back(at, rule, new, entry, fresh, data)
        except Refused:
            return False
        return True

    # ---------------------------------------------------------------------------------------------------- entries

    def _entry(self, at: int, entry: Entry, exponent: int) -> bool:
        node = entry.node
        if isinstance(node, (Ref, Map, Softmax)) and any(isinstance(n, Ref) and n.quantity.startswith(HELD) for n in walk(node)):
            self.rw.do(at, "release", entry)
            return True
        if isinstance(node, Ref):
            return self._reference(at, entry, node, exponent)
        if isinstance(node, Map):
            return self._function(at, entry, node, exponent)
        if isinstance(node, Softmax):
            return self._folded(at, entry, node, exponent)
        if isinstance(node, Product):
            return self._product(at, entry, node)
        if isinstance(node, Jac) and isinstance(node.numerator, Ref):
            return self._jacobian(at, entry, node, node.numerator)
        if (isinstance(node, Integer) and node.index.terms) or self._is_normaliser(node):
            return False
        return self._opened(at, entry, exponent)

    def _is_normaliser(self, node: Tensor) -> bool:
        """The sum Σ_j exp(z_j) that turns exponentials into a softmax stays as it is."""
        if not isinstance(node, Dot) or not isinstance(node.left, Map) or node.left.function != "exp" or node.left.order:
            return False
        if node.axes != 1 or not isinstance(node.right, Full) or node.right.value != 1:
            return False
        found = self.lemmas.activation(node.left)
        return found is not None and found[0] is not None and found[1] is None

    def _opened(self, at: int, entry: Entry, exponent: int) -> bool:
        if exponent > 0:
            self.rw.open(at, entry)
            return True
        try:
            self.rw.open(at, entry)
            return True
        except Refused:
            found = self.lemmas.monomial(entry)
        if found is None:
            return False
        self.rw.do(at, "use", entry, (), (found[0], tuple(sorted(found[1].items()))))
        return True

    def _reference(self, at: int, entry: Entry, node: Ref, exponent: int) -> bool:
        quantity = self.model.quantities[node.quantity]
        if exponent > 0 and node.time is not None and self._special_time(at, entry, quantity, node.time):
            return True
        if quantity.definition is None:
            return False
        if quantity.recurrence > 0 and node.time is not None:
            return exponent > 0 and self._backward(at, entry, node.time, node.quantity)
        if isinstance(quantity.definition, Map) and quadratic(quantity.definition.function):
            return self._squared(at, entry, node, quantity.definition, exponent)
        if quantity.recurrence or isinstance(quantity.definition, (Map, Softmax)) or exponent < 0:
            return False
        self.rw.do(at, "unfold", entry)
        return True

    def _backward(self, at: int, entry: Entry, time: Affine, key: str) -> bool:
        """A quantity that runs backwards is free after the last step, before that what its lemma says."""
        late = time - self.rw.checker.network.last - 1
        if self.rw.known(at, late):
            return False
        try:
            lemma = self.lemmas.backward(key)
        except Stuck:
            return False  # a state, say: it has no closed form
        if not self.rw.known(at, opposite(late) - 1):
            self.rw.do(at, "split", data=(late,))
        else:
            return self.rw.use(at, entry, lemma)
        return True

    def _special_time(self, at: int, entry: Entry, quantity: Quantity, time: Affine) -> bool:
        """Tells the one time at which a quantity has another value from all others."""
        points = [(point, "unfold") for point, _ in quantity.special]
        if quantity.key in self.rw.checker.assumed.zeros:
            points.append((self.rw.checker.network.end(quantity), "zero"))
        for point, rule in points:
            late, early = self.rw.known(at, time - point), self.rw.known(at, point - time)
            if late and early:
                self.rw.do(at, rule, entry)
                return True
            if not self.rw.known(at, time - point - 1) and not self.rw.known(at, point - time - 1):
                self.rw.do(at, "split", data=(time - point - 1 if late else point - time - 1,))
                return True
        return False

    def _squared(self, at: int, entry: Entry, node: Ref, definition: Map, exponent: int) -> bool:
        """Unfolds a power of an activation, which then becomes its slope."""
        values = {} if node.time is None else {"t": node.time}
        partner = Entry(instantiate(definition, values), entry.at)
        if exponent < 2 and (exponent < 1 or partner not in dict(self.rw.state[at].factors)):
            return False
        try:
            self.rw.do(at, "unfold", entry)
        except Refused:
            return False
        return True

    def _function(self, at: int, entry: Entry, node: Map, exponent: int) -> bool:
        if node.order and node.function in SLOPES and not quadratic(node.function) and (self.mode.slopes or not _is_kept(node)):
            self.rw.do(at, "slope", entry)
            return True
        if exponent > 1 and not node.order and square(node.function):
            self.rw.do(at, "square", entry)
            return True
        return self._plain_component(at, entry) or self._folded(at, entry, node, exponent)

    def _plain_component(self, at: int, entry: Entry) -> bool:
        try:
            self.rw.do(at, "inside", entry)
        except Refused:
            return False
        return True

    def _folded(self, at: int, entry: Entry, node: Map | Softmax, exponent: int) -> bool:
        """A function of what defines a quantity is that quantity; its argument is written as in the definition."""
        found = self.lemmas.activation(node)
        if found is None:
            return False
        ref, lemma, values = found
        if lemma is not None:
            if isinstance(node, Map):
                values = values | {f"~e{n}": index for n, index in enumerate(entry.at)}
            self.rw.do(at, "argument", entry, (), (lemma, tuple(sorted(values.items()))))
            return True
        if ref is None or (isinstance(node, Map) and node.order):
            return False
        if isinstance(node, Map) and node.function == "exp":
            self.rw.do(at, "softmax", entry)
            return True
        new = Entry(ref, entry.at)
        t = self.rw.state[at]
        sign = 1 if exponent > 0 else -1
        beside = dict(t.factors).get(new, 0)
        squared = isinstance(node, Map) and quadratic(node.function) is not None
        if beside * sign < 0 or (beside and squared):
            return self._try_unfold(at, new)
        return self._try_back(at, "unfold", exchanged(t, [(entry, sign)], [(new, sign)]), new, (), ())

    def _try_unfold(self, at: int, entry: Entry) -> bool:
        try:
            self.rw.do(at, "unfold", entry)
        except Refused:
            return False
        return True

    def _product(self, at: int, entry: Entry, node: Product) -> bool:
        count = node.upper - node.lower + 1
        if not count.terms and 0 <= count.constant <= _MOST_FACTORS:
            return self.split_off(at, entry, "last" if count.constant else "empty")
        if self.rw.known(at, count.scaled(-1)) and self.rw.known(at, count):
            return self.split_off(at, entry, "empty")
        if is_power(node):
            return False
        return self.rw.use(at, entry, self.lemmas.product(node))

    def split_off(self, at: int, entry: Entry, which: str) -> bool:
        """Splits a factor off an ordered product, or makes an empty one the identity."""
        fresh = self.rw.names.take(1) if which != "empty" and entry.at else ()
        self.rw.do(at, "product", entry, fresh, (which,))
        return True

    def _jacobian(self, at: int, entry: Entry, node: Jac, of: Ref) -> bool:
        by = node.wrt
        if of.quantity.startswith(HELD) or self.model.quantities[of.quantity].recurrence == 0:
            self.rw.do(at, "chain rule", entry)
            return True
        if self.model.quantities[of.quantity].recurrence > 0 or of.time is None:
            return self._of_backward(at, entry, node, of)
        if node.explicit:
            return self._explicit(at, entry, of, by)
        if not self.mode.closed or self.lemmas.is_coupled(of.quantity):
            return self._stepwise(at, entry, of, by)
        if of.quantity == by.quantity and by.time is not None and of.time - by.time == Affine((), 1):
            return self.mode.jacobians and self.rw.use(at, entry, self.lemmas.one_step(of.quantity))
        try:
            lemma = self.lemmas.jacobian(of.quantity, by.quantity)
        except Stuck:
            return False  # nothing is known about it (two states that need each other): it stays as it is
        return self.rw.use(at, entry, lemma)

    def _of_backward(self, at: int, entry: Entry, node: Jac, of: Ref) -> bool:
        """The derivative of what runs backwards, by what it never depends on, or explicit; after the last step it is free."""
        if of.time is None or (not node.explicit and self.lemmas.depends(of.quantity, node.wrt.quantity)):
            raise Stuck("a derivative of a quantity that runs backwards")
        late = of.time - self.model.last - 1
        early = self.rw.known(at, opposite(late) - 1)
        if not early and not self.rw.known(at, late):
            self.rw.do(at, "split", data=(late,))
        elif early and not node.explicit:
            return self.rw.use(at, entry, self.lemmas.vanishing(of.quantity, node.wrt.quantity))
        else:
            self.rw.do(at, "chain rule", entry)
        return True

    def _stepwise(self, at: int, entry: Entry, of: Ref, by: Ref) -> bool:
        """A derivative of a state by way of the states of the next step, or by its own equation where few steps lie between."""
        assert of.time is not None
        if not self.lemmas.depends(of.quantity, by.quantity):
            return self.rw.use(at, entry, self.lemmas.vanishing(of.quantity, by.quantity))
        if by.time is None or self.model.quantities[by.quantity].recurrence == 0:
            return self.rw.use(at, entry, self.lemmas.passed_on(of.quantity, by.quantity))
        gap = of.time - by.time
        for least in (gap, gap - 1):
            late = self.rw.known(at, opposite(least) - 1)
            if late and least is gap:
                return self.rw.use(at, entry, self.lemmas.vanishing(of.quantity, by.quantity))
            if late or (not gap.terms and gap.constant <= _MOST_STEPS):
                return self._defined(at, entry, of)
            if not self.rw.known(at, least):
                self.rw.do(at, "split", data=(least,))
                return True
        before = any(not (by.time - time).terms and (by.time - time).constant < 0 for time in self.mode.late)
        if before or by in self.mode.through:
            return self.rw.use(at, entry, self.lemmas.passed_on(of.quantity, by.quantity))
        return False

    def _defined(self, at: int, entry: Entry, of: Ref) -> bool:
        """The chain rule through the equation of a state, told apart from its initial value (where no equation defines it)."""
        assert of.time is not None
        since = of.time - self.lemmas.beginning(of.quantity) - 1
        if not self.rw.known(at, opposite(since) - 1) and not self.rw.known(at, since):
            self.rw.do(at, "split", data=(since,))
        else:
            self.rw.do(at, "chain rule", entry)
        return True

    def _explicit(self, at: int, entry: Entry, of: Ref, by: Ref) -> bool:
        """An explicit derivative of a state, told apart from that of its initial value (where no equation defines it)."""
        assert of.time is not None
        if by.time is not None and not (self.mode.closed or self.mode.jacobians):
            return False
        if by.time is not None or not self.rw.known(at, of.time - self.lemmas.beginning(of.quantity) - 1):
            return self._defined(at, entry, of)
        return self.mode.explicit and self.rw.use(at, entry, self.lemmas.explicit(of.quantity, by.quantity))


# ------------------------------------------------------------------------------------------------------ small parts


def _equalities(where: frozenset[Affine], known: frozenset[Affine]) -> list[Affine]:
    """The conditions that hold with equality because their opposite is known as well."""
    found = [c for c in where if opposite(c) in known]
    return sorted(found, key=lambda c: (len(c.terms), repr(c)))


def _joined(product: Entry, factor: Entry, which: str) -> tuple[Affine, tuple[Affine, ...]] | None:
    """The index over which a product and one more factor are contracted, and the two that are left."""
    (a, b), (c, d) = (factor.at, product.at) if which == "last" else (product.at, factor.at)
    return (b, (a, d)) if b == c else None


def _is_kept(node: Map) -> bool:
    """Whether a slope stays a function until the end: its formula is a sum, or divides by one, as no lemma may: arctan' is 1/(1 + x²)."""
    value = slope(node.function, node.order, node.argument)
    divided = (n.right if isinstance(n, Over) else n.base for n in walk(value) if isinstance(n, Over) or _is_inverse(n))
    return isinstance(value, Plus) or any(isinstance(n, Plus) for n in divided)


def _is_inverse(node: Tensor) -> TypeGuard[Power]:
    return isinstance(node, Power) and node.exponent < 0


def _bare(index: Affine, t: Term) -> bool:
    """Whether an index is a bound variable alone."""
    return index.constant == 0 and len(index.terms) == 1 and index.terms[0][1] == 1 and index.terms[0][0] in t.bound


def _times_of(left: Entry, wider: Product) -> dict[str, Affine]:
    """The times of the lemma about an ordered product, at a given product."""
    node = left.node
    assert isinstance(node, Product)
    (high,), (low,) = node.upper.names(), node.lower.names()
    return {high: wider.upper - node.upper.constant, low: wider.lower - node.lower.constant}


def _unified(pattern: Entry, entry: Entry, values: dict[str, Affine]) -> dict[str, Affine] | None:
    """Values of component variables that make an entry of a pattern the given one; times must be known."""
    node = instantiate(pattern.node, {n: v for n, v in values.items() if n in pattern.node.free})
    if node is not entry.node:
        return None
    result = dict(values)
    for wanted, index in zip(pattern.at, entry.at, strict=True):
        (name,) = [name for name in wanted.names() if not name.startswith("|")] or [""]  # the rest are sizes
        value = index - (wanted - Affine.of(name) if name else wanted)
        if (result.setdefault(name, value) if name else Affine()) != value:
            return None
    return result


def _matches(pattern: list[tuple[Entry, int]], t: Term, values: dict[str, Affine]) -> list[dict[str, Affine]]:
    """All values at which every factor of a pattern is a factor of the term."""
    if not pattern:
        return [values]
    (first, wanted), rest = pattern[0], pattern[1:]
    found = []
    for entry, exponent in t.factors:
        if exponent >= wanted > 0:
            more = _unified(first, entry, values)
            if more is not None:
                found += _matches(rest, t, more)
    return found
