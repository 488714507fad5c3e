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
from symrnn.induction.checker import Assumed, Chain, Checker, Earlier, Equation, Induction, Lemma
from symrnn.induction.meaning import Refused
from symrnn.induction.normal import Hook, Mode, Normaliser, is_power, power
from symrnn.induction.rewriting import Names, Rewriting, Stuck
from symrnn.induction.settling import settle
from symrnn.induction.sums import Entry, Sum, Term, entry_term, inside, instantiate, term
from symrnn.model import Model, Quantity
from symrnn.tensors import Affine, Jac, Map, Product, Ref, Softmax, Tensor, walk

Result = TypeVar("Result")
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
        if quantity.recurrence != -1 or any(at.terms for at, _ in quantity.special) or len(quantity.shape) > 1:
            raise Stuck(f"{quantity.text} is no state of order one")
        return max([self.model.first - 1, *(at.constant for at, _ in quantity.special)])

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
        if by == of and u is not None:
            given.add(u - start)
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
        left = Entry(node, a)
        for key, shift, right_at, extra in self._powers_like(node, a):
            right = Entry(self.power(key, high + shift, low + (shift - 1)), right_at)
            given = frozenset({high - low + 1, low + (shift - 1 - self.start(key)), *inside(a, node.shape)})
            equation = Equation((entry_term(left),), (entry_term(right),), given)
            hook = self._product_hook(left, high + shift)
            try:
                proof = self.induction(equation, "~q", low - 1, 1, hook)
                return self.add(f"product {len(self.lemmas)}", equation, proof)
            except Stuck:
                continue
        raise Stuck("an ordered product of something else than one-step Jacobians")

    def _powers_like(self, node: Product, a: tuple[Affine, ...]) -> Iterator[tuple[str, int, tuple[Affine, ...], None]]:
        """States, shifts of time and orders of the two indices at which the product may be one of one-step Jacobians."""
        for key, quantity in self.model.quantities.items():
            if quantity.recurrence == -1 and len(quantity.shape) * 2 == len(a) and node.shape == quantity.shape * 2:
                for shift in (0, 1, -1):
                    if self._same_factor(node, key, shift, transposed=not node.falling):
                        yield key, shift, a if node.falling else a[::-1], None

    def _same_factor(self, node: Product, key: str, shift: int, transposed: bool) -> bool:
        """Whether a factor is the one-step Jacobian, by normal forms (the induction proves it)."""
        m, a = Affine.of("~m"), _variables("a", len(node.shape))
        given = frozenset({m + (shift - self.start(key) - 1), *inside(a, node.shape)})
        body = Entry(instantiate(node.body, {node.variable: m}), a)
        step = Jac(self.state(key, m + shift), self.state(key, m + (shift - 1)), False)
        other = Entry(step, a[::-1] if transposed else a)
        try:
            forms = [self.normal((entry_term(e),), given, _PLAIN).state for e in (body, other)]
        except Stuck:
            return False
        return sorted(map(_key, forms[0])) == sorted(map(_key, forms[1]))

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
        raise Stuck("not yet")

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

    def activation(self, node: Tensor) -> tuple[Ref, str | None, dict[str, Affine]] | None:
        """The quantity that a function of an argument is (or is the slope of).

        With the name of a lemma when the argument first has to be written as in the definition.
        """
        assert isinstance(node, (Map, Softmax))
        for quantity in self.model.quantities.values():
            if quantity.shape != node.shape or not _alike(quantity.definition, node):
                continue
            for ref, wanted in self._arguments(quantity, node.argument):
                if wanted is node.argument:
                    return ref, None, {}
            for ref, wanted in self._arguments(quantity, node.argument):
                lemma = self._same_argument(node.argument, wanted)
                if lemma is not None:
                    return ref, lemma[0], lemma[1]
        return None

    def _arguments(self, quantity: Quantity, found: Tensor) -> Iterator[tuple[Ref, Tensor]]:
        """The arguments in the definition of a quantity at the times that an expression mentions."""
        definition = quantity.definition
        assert isinstance(definition, (Map, Softmax))
        times: dict[Affine | None, None] = {}
        for n in walk(found):
            if isinstance(n, Ref) and n.time is not None:
                times.update(dict.fromkeys((n.time, n.time + 1)))
        for time in times if quantity.timed else [None]:
            ref = Ref(quantity.key, time, quantity.shape)
            yield ref, definition.argument if time is None else instantiate(definition.argument, {"t": time})

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


def _alike(definition: Tensor | None, node: Tensor) -> bool:
    """Whether a quantity is defined by the function that a tensor applies (exp belongs to softmax)."""
    if isinstance(definition, Softmax):
        return isinstance(node, Softmax) or (isinstance(node, Map) and node.function == "exp")
    same = isinstance(definition, Map) and isinstance(node, Map) and definition.function == node.function
    return same and isinstance(definition, Map) and definition.order == 0


def _key(t: Term) -> str:
    """A term in tidy form as a text."""
    return f"{t.coefficient} {factors_key(t)} {conditions_key(t)}"
