"""Lemmas about one network, each found once and proven when it is first needed.

- the Jacobian of a state by anything, as a sum of ordered products of one-step Jacobians: the solution of the linear recurrence
  ``a_s = b_s + A_s a_{s-1}``, by induction on s;
- what a one-step Jacobian and an explicit derivative are, written out;
- an ordered product with its first or its last factor split off, written out;
- an ordered product in a document's own letters as one of one-step Jacobians, by induction on its length;
- a quantity that runs backwards in closed form, by induction from the last step down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from symrnn.induction.canonical import conditions_key, factors_key, generalised, matched
from symrnn.induction.checker import Checker
from symrnn.induction.meaning import Refused
from symrnn.induction.normal import Hook, Mode, Normaliser, is_power, power
from symrnn.induction.proofs import Assumed, Chain, Earlier, Equation, Induction, Lemma
from symrnn.induction.rewriting import Names, Rewriting, Stuck, exchanged
from symrnn.induction.settling import settle
from symrnn.induction.sums import Entry, Sum, Term, entry_term, equal, inside, instantiate, renamed, term
from symrnn.model import Model, Quantity
from symrnn.tensors import Affine, Jac, Map, Product, Ref, Softmax, Tensor, walk

Result = TypeVar("Result")
#: Times s and r and a component to the terms of the matrix Q(s, r) in that column.
Weight = Callable[[Affine, Affine, Affine], Sum]
#: An ordered product of one-step Jacobians and the bounds of another product to that product.
Rotation = Callable[[Product, Affine, Affine], Term]
EXPANDED = Mode()
_PLAIN = Mode(absorb=False)


def _variables(letters: str, count: int) -> tuple[Affine, ...]:
    return tuple(Affine.of(f"~{letters}{n}") for n in range(count))


class Library:
    """The lemmas about one model, and the workshop in which they are made."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.checker = Checker(model)
        self.names = Names()
        self.lemmas: dict[str, Lemma] = {}
        self._known: dict[tuple[object, ...], object] = {}
        self._making: set[tuple[object, ...]] = set()
        definitions = [(q, q.definition) for q in model.quantities.values() if q.definition is not None]
        nodes = [(q, n) for q, definition in definitions for n in walk(definition)]
        self._functions = [(q, n) for q, n in nodes if isinstance(n, (Map, Softmax)) and not _is_slope(n)]

    # ------------------------------------------------------------------------------------------------------ workshop

    def _once(self, key: tuple[object, ...], make: Callable[[], Result]) -> Result:
        """What `make` gives, computed once; a lemma that needs itself is none."""
        if key in self._known:
            known = self._known[key]
            if isinstance(known, Stuck):
                raise known
            return known  # type: ignore[return-value]
        if key in self._making:
            raise Stuck(f"the lemma {key} would need itself")
        self._making.add(key)
        try:
            with self.assuming(Assumed(), None):
                result = make()
        except Stuck as reason:
            self._known[key] = reason
            raise
        finally:
            self._making.discard(key)
        self._known[key] = result
        return result

    @contextmanager
    def assuming(self, assumed: Assumed, earlier: Earlier | None) -> Iterator[None]:
        """Within it, rules may use these hypotheses."""
        before = self.checker.assumed, self.checker.earlier
        self.checker.assumed, self.checker.earlier = assumed, earlier
        try:
            yield
        finally:
            self.checker.assumed, self.checker.earlier = before

    def rewriting(self, terms: Sum, given: frozenset[Affine]) -> Rewriting:
        """A new rewriting of a sum."""
        return Rewriting(self.checker, self.names, terms, given)

    def normal(self, terms: Sum, given: frozenset[Affine], mode: Mode = EXPANDED, hook: Hook | None = None) -> Rewriting:
        """A sum in normal form, with the steps to it. Raises Stuck."""
        rewriting = self.rewriting(terms, given)
        Normaliser(rewriting, self, mode, hook).run()
        rewriting.tidy()
        return rewriting

    def chain(self, equation: Equation, mode: Mode = EXPANDED, hook: Hook | None = None) -> Chain:
        """A proof of an equation by normal forms. Raises Stuck."""
        left, right = (self.rewriting(side, equation.given) for side in (equation.left, equation.right))
        settle(*((rw, Normaliser(rw, self, mode, hook)) for rw in (left, right)))
        return Chain(tuple(left.steps), tuple(right.steps))

    def induction(
        self, equation: Equation, variable: str, start: Affine, direction: int, hook: Hook, mode: Mode = _PLAIN
    ) -> Induction:
        """A proof by induction. Raises Stuck."""
        here = Affine.of(variable)
        since = (here - start).scaled(direction)
        with self.assuming(self.checker.assumed, None):
            base = self.chain(replace(equation, given=equation.given | {since, since.scaled(-1)}), mode, hook)
        earlier = Earlier(equation, variable, direction, start.names())
        with self.assuming(self.checker.assumed, earlier):
            step = self.chain(replace(equation, given=equation.given | {since - 1}), mode, hook)
        return Induction(variable, start, direction, base, step)

    def add(self, name: str, equation: Equation, proof: Chain | Induction) -> str:
        """Adds a lemma once the checker has accepted it."""
        lemma = Lemma(name, equation, proof)
        try:
            self.checker.accept(lemma)
        except Refused as reason:
            raise Stuck(f"{name}: {reason}") from reason
        self.lemmas[name] = lemma
        return name

    # -------------------------------------------------------------------------------------------------------- states

    def start(self, key: str) -> int:
        """The last time at which a state is not defined by its recurrence. Raises Stuck where there is no such constant."""
        quantity = self.model.quantities[key]
        if any(key in self._uses(other) for other in self._uses(key) if self.model.quantities[other].recurrence and other != key):
            raise Stuck(f"{quantity.text} and another state need each other")
        if quantity.recurrence != -1 or any(at.terms for at, _ in quantity.special) or len(quantity.shape) > 1:
            raise Stuck(f"{quantity.text} is no state of order one")
        return max([self.model.first - 1, *(at.constant for at, _ in quantity.special)])

    def _uses(self, key: str) -> frozenset[str]:
        """The quantities that one depends on, directly or through others."""
        if ("uses", key) not in self._known:
            found: set[str] = set()
            stack = [key]
            while stack:
                definition = self.model.quantities[stack.pop()].definition
                new = {n.quantity for n in walk(definition) if isinstance(n, Ref)} - found if definition is not None else set()
                found |= new
                stack += new
            self._known["uses", key] = frozenset(found)
        return self._known["uses", key]  # type: ignore[return-value]

    def state(self, key: str, time: Affine) -> Ref:
        """A quantity at a time."""
        return Ref(key, time, self.model.quantities[key].shape)

    def power(self, key: str, high: Affine, low: Affine) -> Product:
        """The ordered product of one-step Jacobians of a state."""
        return power(key, self.model.quantities[key].shape, high, low)

    def jacobian(self, of: str, by: str) -> str:
        """The derivative of a state by a quantity, in closed form."""
        return self._once(("jacobian", of, by), lambda: self._jacobian(of, by))

    def _jacobian(self, of: str, by: str) -> str:
        start, target = self.start(of), self.model.quantities[by]
        s, u = Affine.of("~s"), Affine.of("~u") if target.timed else None
        a, b = _variables("a", len(self.model.quantities[of].shape)), _variables("b", len(target.shape))
        wrt = Ref(by, u, target.shape)
        left = Entry(Jac(self.state(of, s), wrt, False), a + b)
        given = {s - start, *inside(a, self.model.quantities[of].shape), *inside(b, target.shape)}
        if target.recurrence < 0 and u is not None:
            given.add(u - self.start(by))
        hook = self._state_hook(left, "~s", start)
        reasons = []
        for right in self._solutions(of, wrt, a, b, start, frozenset(given), hook):
            equation = Equation((entry_term(left),), right, frozenset(given))
            try:
                proof = self.induction(equation, "~s", Affine((), start), 1, hook)
                return self.add(f"∂{of}/∂{by}", equation, proof)
            except Stuck as reason:
                reasons.append(str(reason))
        raise Stuck(reasons[-1])

    def _solutions(
        self,
        of: str,
        wrt: Ref,
        a: tuple[Affine, ...],
        b: tuple[Affine, ...],
        start: int,
        given: frozenset[Affine],
        hook: Hook,
    ) -> Iterator[Sum]:
        """Candidates for Σ_r P(s,r) g_r: with explicit derivatives for g, then with g as the equation of the state gives it."""
        s, r, shape = Affine.of("~s"), Affine.of("~r"), self.model.quantities[of].shape
        if wrt.quantity == of and wrt.time is not None:
            yield (term(1, [(Entry(self.power(of, s, wrt.time), a + b), 1)], [s - wrt.time]),)
            return
        c = _variables("d", len(a))
        over = (*inside(c, shape), r - start - 1, s - r)
        bound = ["~r", *(n for index in c for n in index.names())]
        weight = Entry(self.power(of, s, r), a + c)
        if wrt.time is None and start == self.model.first - 1 and not self.model.quantities[of].special:
            letter = Entry(Jac(self.state(of, r), wrt, True), c + b)
            yield (term(1, [(weight, 1), (letter, 1)], over, bound),)
        terms: list[Term] = []
        for time, extra in ((r, r - start - 1), (Affine((), start), None)):
            sources = self._sources(of, wrt, time, c + b, given | ({extra} if extra is not None else set()), hook)
            where = over if extra is not None else inside(c, shape)
            names = bound if extra is not None else bound[1:]
            head = Entry(self.power(of, s, time), a + c)
            terms += (term(1, [(head, 1)], where, names).times(t) for t in sources)
        rewriting = self.rewriting(tuple(terms), given)
        Normaliser(rewriting, self, _PLAIN).run()
        rewriting.tidy()
        yield tuple(rewriting.state)

    def _sources(
        self, of: str, wrt: Ref, time: Affine, at: tuple[Affine, ...], given: frozenset[Affine], hook: Hook
    ) -> Sum:
        """What the derivative of a state has at a time apart from the derivative of the state before."""
        before = Jac(self.state(of, time - 1), wrt, False)
        entry = Entry(Jac(self.state(of, time), wrt, False), at)
        rewriting = self.rewriting((entry_term(entry),), given | frozenset(inside(at[: 1], self.model.quantities[of].shape)))
        rewriting.do(0, "chain rule", entry)
        _Leaving(rewriting, self, _PLAIN, before).run()
        rewriting.tidy()
        return tuple(t for t in rewriting.state if all(e.node is not before for e, _ in t.factors))

    def _state_hook(self, left: Entry, variable: str, start: int) -> Hook:
        """In an induction on the time of a state: its Jacobian goes by the chain rule, the one before by hypothesis."""

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            values = _values(left, entry)
            here = Affine.of(variable)
            if values is not None:
                time = values[variable]
                if rw.checker.earlier is not None and time == here - 1:
                    return rw.use(at, entry, "earlier")
                if time == here or rw.known(at, Affine((), start) - time):
                    rw.do(at, "chain rule", entry)
                    return True
                return False
            return _peel(rw, at, entry, "last", here)

        return hook

    def one_step(self, key: str) -> str:
        """The Jacobian of a state by the state before, written out."""
        return self._once(("one step", key), lambda: self._written_out(f"∂{key} by the step before", key, None))

    def explicit(self, of: str, by: str) -> str:
        """The explicit derivative of a state by a parameter, written out."""
        return self._once(("explicit", of, by), lambda: self._written_out(f"∂⁺{of}/∂{by}", of, by))

    def _written_out(self, name: str, of: str, by: str | None) -> str:
        s, shape = Affine.of("~s"), self.model.quantities[of].shape
        wrt = self.state(of, s - 1) if by is None else Ref(by, None, self.model.quantities[by].shape)
        a, b = _variables("a", len(shape)), _variables("b", len(wrt.shape))
        left = Entry(Jac(self.state(of, s), wrt, by is not None), a + b)
        given = frozenset({s - self.start(of) - 1, *inside(a, shape), *inside(b, wrt.shape)})

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            if entry.node is not left.node:
                return False
            rw.do(at, "chain rule", entry)
            return True

        done = self.normal((entry_term(left),), given, _PLAIN, hook)
        equation = Equation((entry_term(left),), tuple(done.state), given)
        return self.add(name, equation, Chain(tuple(done.steps), ()))

    def peeled(self, key: str, which: str) -> tuple[str, Term] | None:
        """An ordered product with a factor split off and written out; None unless that is a single term."""
        try:
            return self._once(("peeled", key, which), lambda: self._peeled(key, which))
        except Stuck:
            return None

    def _peeled(self, key: str, which: str) -> tuple[str, Term]:
        s, r, shape = Affine.of("~s"), Affine.of("~r"), self.model.quantities[key].shape
        a = _variables("a", 2 * len(shape))
        left = Entry(self.power(key, s, r), a)
        given = frozenset({s - r - 1, r - self.start(key), *inside(a, shape * 2)})

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            if entry.node is not left.node:
                return False
            rw.do(at, "product", entry, self.names.take(len(shape)), (which,))
            return True

        done = self.normal((entry_term(left),), given, _PLAIN, hook)
        if len(done.state) != 1:
            raise Stuck("the one-step Jacobian is no single product")
        equation = Equation((entry_term(left),), tuple(done.state), given)
        name = self.add(f"{which} factor of the product for {key}", equation, Chain(tuple(done.steps), ()))
        return name, done.state[0]

    # ------------------------------------------------------------------------------------------------ ordered products

    def product(self, node: Product) -> str:
        """A document's ordered product as one of one-step Jacobians."""
        low, high = Affine.of("~p"), Affine.of("~q")
        general = Product(node.variable, low, high, node.falling, node.body)
        if any(n.startswith("~") for n in general.free - {"~p", "~q"}):
            raise Stuck("an ordered product whose factors depend on another index")
        return self._once(("product", general), lambda: self._product(general))

    def _product(self, node: Product) -> str:
        low, high = Affine.of("~p"), Affine.of("~q")
        a = _variables("a", len(node.shape))
        left, reasons = Entry(node, a), [Stuck("an ordered product of something else than one-step Jacobians")]
        for key, shift, right in self._powers_like(node, a):
            given = frozenset({high - low + 1, low + (shift - 1 - self.start(key)), *inside(a, node.shape)})
            equation = Equation((entry_term(left),), right, given)
            try:
                proof = self.induction(equation, "~q", low - 1, 1, self._product_hook(left, high + shift))
                return self.add(f"product {len(self.lemmas)}", equation, proof)
            except Stuck as reason:
                reasons.append(reason)
        raise reasons[-1]

    def _powers_like(self, node: Product, a: tuple[Affine, ...]) -> Iterator[tuple[str, int, Sum]]:
        """Candidates: a state, a shift of time, and the product in terms of that state's one-step Jacobians."""
        low, high, m = Affine.of("~p"), Affine.of("~q"), Affine.of("~m")
        for key in self._states(node.shape):
            given = frozenset({m - self.start(key) - 2, *inside(a, node.shape)})
            body = Entry(instantiate(node.body, {node.variable: m}), a)
            factor = self.normal((entry_term(body),), given, _PLAIN).state
            for shift in (0, 1, -1):
                if self._is_step(factor, key, shift, a, node.falling):
                    product = Entry(self.power(key, high + shift, low + (shift - 1)), a if node.falling else a[::-1])
                    yield key, shift, (entry_term(product),)
                for turned, value in rotations(factor, node.falling, a):
                    if self._is_step([turned], key, shift, a, node.falling):
                        inner = self.power(key, high + shift, low + shift)
                        empty = term(1, (), equal(*a)).within([low - high - 1])
                        yield key, shift, (empty, value(inner, low, high).within([high - low]))

    def _states(self, shape: tuple[str, ...]) -> list[str]:
        """The states whose one-step Jacobians have a shape."""
        return [k for k, q in self.model.quantities.items() if q.recurrence == -1 and q.shape * 2 == shape]

    def _is_step(self, factor: list[Term], key: str, shift: int, a: tuple[Affine, ...], falling: bool) -> bool:
        """Whether a factor at ~m is the one-step Jacobian (transposed, if factors rise), by normal forms."""
        m, shape = Affine.of("~m"), self.model.quantities[key].shape
        given = frozenset({m - self.start(key) - 2, *inside(a, shape * 2)})
        step = Jac(self.state(key, m + shift), self.state(key, m + (shift - 1)), False)
        wanted = self.normal((entry_term(Entry(step, a if falling else a[::-1])),), given, _PLAIN).state
        found = self.rewriting(tuple(factor), given)
        found.tidy()
        return sorted(map(_key, found.state)) == sorted(map(_key, wanted))

    def _product_hook(self, left: Entry, top: Affine) -> Hook:
        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            values = _values(left, entry)
            if values is not None and rw.checker.earlier is not None and values["~q"] == Affine.of("~q", -1):
                return rw.use(at, entry, "earlier")
            if values is not None and values["~q"] == Affine.of("~q") and rw.checker.earlier is not None:
                rw.do(at, "product", entry, self.names.take(len(entry.at) // 2), ("last",))
                return True
            return _peel(rw, at, entry, "last", top)

        return hook

    # ------------------------------------------------------------------------------------------------------ backwards

    def backward(self, key: str) -> str:
        """A quantity that runs backwards, in closed form."""
        return self._once(("backward", key), lambda: self._backward(key))

    def _backward(self, key: str) -> str:
        quantity, s = self.model.quantities[key], Affine.of("~s")
        a, last = _variables("a", len(quantity.shape)), self.checker.network.last
        if quantity.recurrence != 1 or len(a) != 1 or any(at != last for at, _ in quantity.special):
            raise Stuck(f"{quantity.text} does not run backwards from the last step")
        start = last if quantity.special else last + 1
        left = Entry(self.state(key, s), a)
        given = frozenset({s - self.model.first, start - s, *inside(a, quantity.shape)})
        reasons = [Stuck(f"no closed form of {quantity.text} is known")]
        for right in self._closed_forms(key, a[0], given):
            equation = Equation((entry_term(left),), right, given)
            try:
                proof = self.induction(equation, "~s", start, -1, self._backward_hook(key))
                return self.add(f"{key} in closed form", equation, proof)
            except Stuck as reason:
                reasons.append(reason)
        raise reasons[-1]

    def _backward_hook(self, key: str) -> Hook:
        here = Affine.of("~s")

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            node = entry.node
            if not isinstance(node, Ref) or node.quantity != key or node.time is None:
                return _peel(rw, at, entry, "first", here + 1)
            if rw.checker.earlier is not None and node.time == here + 1:
                return rw.use(at, entry, "earlier")
            rw.do(at, "unfold", entry)
            return True

        return hook

    def _closed_forms(self, key: str, a: Affine, given: frozenset[Affine]) -> Iterator[Sum]:
        """Candidates Σ_{r≥s} Q(s,r) c_r, where the definition is c_s + B_s times the value after and Q the product of B."""
        s, quantity, last = Affine.of("~s"), self.model.quantities[key], self.checker.network.last
        top = last - 1 if quantity.special else last
        after = self.state(key, s + 1)
        rewriting = self.rewriting((entry_term(Entry(self.state(key, s), (a,))),), given | {top - s})
        rewriting.do(0, "unfold", rewriting.state[0].factors[0][0])
        _Leaving(rewriting, self, _PLAIN, after).run()
        rewriting.tidy()
        linear = [t for t in rewriting.state if any(e.node is after for e, _ in t.factors)]
        sources: list[tuple[Term, Affine | None]] = [(t, None) for t in rewriting.state if t not in linear]
        for _, value in quantity.special:
            done = self.normal((entry_term(Entry(value, (a,))),), given, _PLAIN)
            sources += [(t, last) for t in done.state]
        for state in self._states(quantity.shape * 2):
            for weight in self._weights(state, linear, after, a):
                terms = [t for source, at in sources for t in self._summed(source, weight, a, quantity, top, at)]
                yield tuple(terms)

    def _weights(self, state: str, linear: list[Term], after: Ref, a: Affine) -> Iterator[Weight]:
        """Candidates for Q(s,r) as a function of s, r and the two components: a transposed product, or a rotated one."""
        f = Affine.of("~f")

        def plain(s: Affine, r: Affine, b: Affine) -> Sum:
            return (entry_term(Entry(self.power(state, r, s), (b, a))).within([r - s]),)

        yield plain
        factors = [_matrix(t, after, f) for t in linear]
        for _, value in rotations([t for t in factors if t is not None], False, (a, f), "~s"):

            def turned(s: Affine, r: Affine, b: Affine, value: Rotation = value) -> Sum:
                longer = value(self.power(state, r - 1, s), s, r - 1).substitute({"~f": b})
                return term(1, (), (*equal(a, b), *equal(s, r))), longer.within([r - s - 1])

            yield turned

    def _summed(
        self, source: Term, weight: Weight, a: Affine, quantity: Quantity, top: Affine, at: Affine | None
    ) -> Iterator[Term]:
        """Σ_r Q(s,r) c_r over all r from s on, or at one r."""
        s, b, r = Affine.of("~s"), Affine.of("~b"), at or Affine.of("~r")
        source = self._anew(source)
        values = {"~s": r, a.terms[0][0]: b}
        moved = source.substitute(values)
        bound = {"~b"} if at is not None else {"~b", "~r"}
        where = (*inside((b,), quantity.shape), *(() if at is not None else (r - s, top - r)))
        for part in weight(s, r, b):
            part = self._anew(part)
            yield replace(part.times(moved), bound=part.bound | moved.bound | bound).within(where)

    def _anew(self, t: Term) -> Term:
        """A term with new bound variables."""
        return renamed(t, dict(zip(sorted(t.bound), self.names.take(len(t.bound)), strict=True)))

    # ------------------------------------------------------------------------------------------------------ functions

    def monomial(self, entry: Entry) -> tuple[str, dict[str, Affine]] | None:
        """A lemma by which an entry is a single product, to divide by."""
        (node,), values = generalised(entry.node)
        at = _variables("e", len(entry.at))
        general = Entry(node, at)
        try:
            name = self._once(("monomial", node), lambda: self._monomial(general))
        except Stuck:
            return None
        return name, {**values, **{f"~e{n}": index for n, index in enumerate(entry.at)}}

    def _monomial(self, entry: Entry) -> str:
        given = frozenset(inside(entry.at, entry.node.shape))
        done = self.normal((entry_term(entry),), given)
        if len(done.state) != 1 or done.state[0].bound or done.state[0].where:
            raise Stuck("a sum cannot be inverted")
        equation = Equation((entry_term(entry),), tuple(done.state), given)
        return self.add(f"value {len(self.lemmas)}", equation, Chain(tuple(done.steps), ()))

    def activation(self, node: Tensor) -> tuple[Ref | None, str | None, dict[str, Affine]] | None:
        """The quantity that a function of an argument is (or is the slope of), None for a function inside a definition.

        With the name of a lemma when the argument first has to be written as in the definition.
        """
        assert isinstance(node, (Map, Softmax))
        wanted = list(self._arguments(node))
        for ref, argument in wanted:
            if argument is node.argument:
                return ref, None, {}
        for ref, argument in wanted:
            lemma = self._same_argument(node.argument, argument)
            if lemma is not None:
                return ref, *lemma
        return None

    def _arguments(self, node: Map | Softmax) -> Iterator[tuple[Ref | None, Tensor]]:
        """The arguments of a function in all definitions, at the times that an expression mentions."""
        times: dict[Affine, None] = {}
        for n in walk(node.argument):
            if isinstance(n, Ref) and n.time is not None:
                times.update(dict.fromkeys((n.time, n.time + 1)))
        for quantity, inner in self._functions:
            if inner.shape == node.shape and _alike(inner, node):
                for time in times if quantity.timed else [None]:
                    whole = inner is quantity.definition
                    ref = Ref(quantity.key, time, quantity.shape) if whole else None
                    yield ref, inner.argument if time is None else instantiate(inner.argument, {"t": time})

    def _same_argument(self, found: Tensor, wanted: Tensor) -> tuple[str, dict[str, Affine]] | None:
        """A lemma that two tensors are equal in every component, and the values at which it says so."""
        if found.shape != wanted.shape:
            return None
        (one, other), values = generalised(found, wanted)
        try:
            name = self._once(("argument", one, other), lambda: self._equal_tensors(one, other))
        except Stuck:
            return None
        return name, values

    def _equal_tensors(self, one: Tensor, other: Tensor) -> str:
        at = _variables("e", len(one.shape))
        given = frozenset(inside(at, one.shape))
        sides = [self.normal((entry_term(Entry(node, at)),), given) for node in (one, other)]
        if Counter(sides[0].state) != Counter(sides[1].state):
            raise Stuck("two arguments differ")
        left, right = ((entry_term(Entry(node, at)),) for node in (one, other))
        proof = Chain(tuple(sides[0].steps), tuple(sides[1].steps))
        return self.add(f"argument {len(self.lemmas)}", Equation(left, right, given), proof)


class _Leaving(Normaliser):
    """A normal form that leaves one derivative as it is."""

    def __init__(self, rewriting: Rewriting, library: Library, mode: Mode, leaf: Tensor) -> None:
        super().__init__(rewriting, library, mode)
        self.leaf = leaf

    def _entry(self, at: int, entry: Entry, exponent: int) -> bool:
        return entry.node is not self.leaf and super()._entry(at, entry, exponent)


def rotations(
    factor: list[Term], falling: bool, a: tuple[Affine, ...], time: str = "~m"
) -> Iterator[tuple[Term, Rotation]]:
    """Ways to shift the factors of an ordered product by a part of one, as in D W D W D W = D (W D) (W D) W.

    Each gives the shifted factor at ~m, and the whole product once that of the shifted factors from the second step on is known.
    """
    if len(factor) != 1 or len(a) != 2:
        return
    whole, (row, column) = factor[0], a
    for own, first in ((row, True), (column, False)):
        part = [(e, n) for e, n in whole.factors if e.at == (own,)]
        if part:
            rest = exchanged(whole, part, ())
            yield _rotation(term(1, part), rest, falling, first, a, time)


def _rotation(
    part: Term, rest: Term, falling: bool, first: bool, a: tuple[Affine, ...], time: str
) -> tuple[Term, Rotation]:
    """The product of ``part · rest`` (`first`) or ``rest · part`` as one of the factors shifted by `part`."""
    row, column = a
    m, g = Affine.of("~m"), Affine.of("~g")
    own, other = (row, column) if first else (column, row)
    # With factors that rise, `first` leaves the part of the next factor to this one; with falling ones, of the one before.
    late = first != falling
    x_time, y_time = (m, m - 1) if late else (m - 1, m)
    moved = part.substitute({own.terms[0][0]: other, time: x_time})
    turned = moved.times(rest.substitute({time: y_time}))

    def value(inner: Product, low: Affine, high: Affine) -> Term:
        begin, end = (high, low) if falling else (low, high)
        x = part.substitute({time: begin if first else end})
        y = rest.substitute({time: end if first else begin, (row if first else column).terms[0][0]: g})
        ends = (row, g) if first else (g, column)
        product = entry_term(Entry(inner, ends if falling else ends[::-1]))
        result = x.times(y).times(product)
        return replace(result, bound=result.bound | {"~g"}).within(inside((g,), inner.shape[:1]))

    return turned, value


def _matrix(t: Term, after: Ref, column: Affine) -> Term | None:
    """The matrix that multiplies a vector in a term, with `column` for the component that is contracted."""
    found = [e for e, n in t.factors if e.node is after and n == 1]
    if len(found) != 1 or len(found[0].at[0].terms) != 1 or not found[0].at[0].names() <= t.bound:
        return None
    (name,) = found[0].at[0].names()
    rest = term(t.coefficient, [f for f in t.factors if f[0] is not found[0]], t.where, t.bound)
    kept = (c for c in rest.where if name not in c.names())
    return term(rest.coefficient, rest.factors, kept, rest.bound).substitute({name: column})


def _values(pattern: Entry, entry: Entry) -> dict[str, Affine] | None:
    """The values of a lemma's variables at which its left side is an entry."""
    return matched(pattern, entry)


def _peel(rw: Rewriting, at: int, entry: Entry, which: str, bound: Affine) -> bool:
    """Splits a factor off a product of Jacobians that ends (or begins) at `bound`, where it certainly has one."""
    node = entry.node
    if not isinstance(node, Product) or not is_power(node):
        return False
    if (node.upper if which == "last" else node.lower) != bound:
        return False
    count = node.upper - node.lower + 1
    if rw.known(at, count - 1):
        rw.do(at, "product", entry, rw.names.take(len(entry.at) // 2), (which,))
        return True
    if rw.known(at, count.scaled(-1)):
        return False
    rw.do(at, "split", data=(count - 1,))
    return True


def _is_slope(node: Tensor) -> bool:
    return isinstance(node, Map) and node.order > 0


def _alike(inner: Tensor, node: Tensor) -> bool:
    """Whether a function in a definition is the one that a tensor applies (exp belongs to softmax)."""
    if isinstance(inner, Softmax):
        return isinstance(node, Softmax) or (isinstance(node, Map) and node.function == "exp")
    return isinstance(inner, Map) and isinstance(node, Map) and inner.function == node.function


def _key(t: Term) -> str:
    """A term in tidy form as a text."""
    return f"{t.coefficient} {factors_key(t)} {conditions_key(t)}"
