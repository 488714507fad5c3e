"""Lemmas about states: the solution of the linear recurrence that their derivatives satisfy, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.proving.canonical import values_that_match
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.proofs import Chain, Equation
from symrnn.proving.kernel.sums import Entry, Sum, Term, entry_term, inside, term
from symrnn.proving.kernel.terms import Jac, Product, Ref, walk
from symrnn.proving.normal import Hook, jacobian_product
from symrnn.proving.rewriting import Rewriting, Stuck
from symrnn.proving.workshop import PLAIN, Leaving, Workshop, peel, variables


class States(Workshop):
    """The derivative of a state by anything is a sum of ordered products of its one-step Jacobians.

    That is the solution of ``a_s = b_s + A_s a_{s-1}``, proven by induction on s.
    """

    def __init__(self, model: Network) -> None:
        super().__init__(model)
        self._used: dict[str, frozenset[str]] = {}

    def start(self, key: str) -> int:
        """The last time at which a state is not defined by its recurrence. Raises Stuck where its closed form cannot be known."""
        quantity = self.model.quantities[key]
        others = (q for q in self._uses(key) if self.model.quantities[q].recurrence and q != key)
        if any(key in self._uses(other) for other in others):
            raise Stuck(f"{quantity.text} and another state need each other")
        return self.beginning(key)

    def beginning(self, key: str) -> int:
        """The last time at which a state is not defined by its recurrence. Raises Stuck where there is no such constant."""
        quantity = self.model.quantities[key]
        if quantity.recurrence != -1 or any(at.terms for at, _ in quantity.special) or len(quantity.shape) > 1:
            raise Stuck(f"{quantity.text} is no state of order one")
        return max([self.model.first - 1, *(at.constant for at, _ in quantity.special)])

    def _uses(self, key: str) -> frozenset[str]:
        """The quantities that one depends on, directly or through others."""
        if key not in self._used:
            found: set[str] = set()
            stack = [key]
            while stack:
                definition = self.model.quantities[stack.pop()].definition
                nodes = walk(definition) if definition is not None else ()
                new = {n.quantity for n in nodes if isinstance(n, Ref)} - found
                found |= new
                stack += new
            self._used[key] = frozenset(found)
        return self._used[key]

    def state(self, key: str, time: Affine) -> Ref:
        """A quantity at a time."""
        return Ref(key, time, self.model.quantities[key].shape)

    def power(self, key: str, high: Affine, low: Affine) -> Product:
        """The ordered product of one-step Jacobians of a state."""
        return jacobian_product(key, self.model.quantities[key].shape, high, low)

    def jacobian(self, of: str, by: str) -> str:
        """The derivative of a state by a quantity, in closed form."""
        return self.once(("jacobian", of, by), lambda: self._jacobian(of, by))

    def _jacobian(self, of: str, by: str) -> str:
        start, target = self.start(of), self.model.quantities[by]
        s, u = Affine.of("~s"), Affine.of("~u") if target.timed else None
        shape = self.model.quantities[of].shape
        left = Entry(
            Jac(self.state(of, s), Ref(by, u, target.shape), False),
            variables("a", len(shape)) + variables("b", len(target.shape)),
        )
        given = {s - start, *inside(left.at, left.node.shape)}
        if target.recurrence < 0 and u is not None:
            given.add(u - self.start(by))
        hook, reason = self._state_hook(left, start), "no closed form"
        for right in self._solutions(left, of, start, frozenset(given)):
            equation = Equation((entry_term(left),), right, frozenset(given))
            try:
                proof = self.induction(equation, "~s", Affine((), start), 1, hook)
                return self.add(f"∂{of}/∂{by}", equation, proof)
            except Stuck as stuck:
                reason = str(stuck)
        raise Stuck(reason)

    def _state_hook(self, left: Entry, start: int) -> Hook:
        """In an induction on the time of a state: its Jacobian goes by the chain rule, the one before by hypothesis."""
        here = Affine.of("~s")

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            values = values_that_match(left, entry)
            if values is None:
                return peel(rw, at, entry, "last", here)
            time = values["~s"]
            if rw.checker.earlier and time == here - 1:
                return rw.use(at, entry, "earlier")
            if time == here or rw.known(at, Affine((), start) - time):
                rw.do(at, "chain rule", entry)
                return True
            return False

        return hook

    def _solutions(self, left: Entry, of: str, start: int, given: frozenset[Affine]) -> Iterator[Sum]:
        """Candidates for Σ_r P(s,r) g_r: with explicit derivatives for g, then with g as the equation of the state gives it."""
        s, wrt, rank = Affine.of("~s"), _wrt(left), len(self.model.quantities[of].shape)
        if wrt.quantity == of and wrt.time is not None:
            yield (term(1, [(Entry(self.power(of, s, wrt.time), left.at), 1)], [s - wrt.time]),)
            return
        r = Affine.of("~r")
        if wrt.time is None and start == self.model.first - 1 and not self.model.quantities[of].special:
            letter = Entry(Jac(self.state(of, r), wrt, True), variables("d", rank) + left.at[rank:])
            yield (self._weighted(of, left.at[:rank], r, entry_term(letter), (r - start - 1, s - r), {"~r"}),)
        later = given | {r - start - 1}
        terms = [
            *(self._weighted(of, left.at[:rank], r, g, (r - start - 1, s - r), {"~r"}) for g in self._sources(left, of, r, later)),
            *(self._weighted(of, left.at[:rank], a, g) for a in [Affine((), start)] for g in self._sources(left, of, a, given)),
        ]
        yield tuple(self.normal(tuple(terms), given, PLAIN).state)

    def _weighted(
        self, of: str, a: tuple[Affine, ...], r: Affine, g: Term, over: tuple[Affine, ...] = (), bound: set[str] | None = None
    ) -> Term:
        """P(s,r) g, summed over the components between them and over the variables in `bound`."""
        d, shape = variables("d", len(a)), self.model.quantities[of].shape
        names = [n for index in d for n in index.names()]
        head = term(1, [(Entry(self.power(of, Affine.of("~s"), r), a + d), 1)], inside(d, shape), names)
        product = head.times(g).within(over)
        return replace(product, bound=product.bound | (bound or set()))

    def _sources(self, left: Entry, of: str, time: Affine, given: frozenset[Affine]) -> Sum:
        """What the derivative of a state has at a time, apart from what comes from the derivative of the state before."""
        wrt, shape = _wrt(left), self.model.quantities[of].shape
        d = variables("d", len(shape))
        entry = Entry(Jac(self.state(of, time), wrt, False), d + left.at[len(shape) :])
        before = Jac(self.state(of, time - 1), wrt, False)
        rewriting = self.rewriting((entry_term(entry),), given | frozenset(inside(d, shape)))
        rewriting.do(0, "chain rule", entry)
        Leaving(rewriting, self, PLAIN, before).run()
        rewriting.tidy()
        return tuple(t for t in rewriting.state if all(e.node is not before for e, _ in t.factors))

    def one_step(self, key: str) -> str:
        """The Jacobian of a state by the state before, written out."""
        return self.once(("one step", key), lambda: self._written_out(f"∂{key} by the step before", key, None))

    def explicit(self, of: str, by: str) -> str:
        """The explicit derivative of a state by a parameter, written out."""
        return self.once(("explicit", of, by), lambda: self._written_out(f"∂⁺{of}/∂{by}", of, by))

    def _written_out(self, name: str, of: str, by: str | None) -> str:
        s, shape = Affine.of("~s"), self.model.quantities[of].shape
        wrt = self.state(of, s - 1) if by is None else Ref(by, None, self.model.quantities[by].shape)
        a, b = variables("a", len(shape)), variables("b", len(wrt.shape))
        left = Entry(Jac(self.state(of, s), wrt, by is not None), a + b)
        given = frozenset({s - self.beginning(of) - 1, *inside(a, shape), *inside(b, wrt.shape)})

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            if entry.node is not left.node:
                return False
            rw.do(at, "chain rule", entry)
            return True

        done = self.normal((entry_term(left),), given, PLAIN, hook)
        equation = Equation((entry_term(left),), tuple(done.state), given)
        return self.add(name, equation, Chain(tuple(done.steps), ()))

    def peeled(self, key: str, which: str) -> tuple[str, Term] | None:
        """An ordered product with a factor split off and written out; None unless that is a single term."""
        try:
            return self.once(("peeled", key, which), lambda: self._peeled(key, which))
        except Stuck:
            return None

    def _peeled(self, key: str, which: str) -> tuple[str, Term]:
        s, r, shape = Affine.of("~s"), Affine.of("~r"), self.model.quantities[key].shape
        a = variables("a", 2 * len(shape))
        left = Entry(self.power(key, s, r), a)
        given = frozenset({s - r - 1, r - self.start(key), *inside(a, shape * 2)})

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            if entry.node is not left.node:
                return False
            rw.do(at, "product", entry, self.names.take(len(shape)), (which,))
            return True

        done = self.normal((entry_term(left),), given, PLAIN, hook)
        if len(done.state) != 1:
            raise Stuck("the one-step Jacobian is no single product")
        equation = Equation((entry_term(left),), tuple(done.state), given)
        name = self.add(f"{which} factor of the product for {key}", equation, Chain(tuple(done.steps), ()))
        return name, done.state[0]

    def composition(self, key: str) -> str | None:
        """P(s,r) = P(s,u) P(u,r); None where no proof is found."""
        try:
            return self.once(("composition", key), lambda: self._composition(key))
        except Stuck:
            return None

    def _composition(self, key: str) -> str:
        s, u, r = (Affine.of(name) for name in ("~s", "~u", "~r"))
        shape = self.model.quantities[key].shape
        a, d = variables("a", 2 * len(shape)), variables("d", len(shape))
        left = Entry(self.power(key, s, r), a)
        rank = len(shape)
        parts = (Entry(self.power(key, s, u), a[:rank] + d), 1), (Entry(self.power(key, u, r), d + a[rank:]), 1)
        right = term(1, parts, inside(d, shape), [n for index in d for n in index.names()])
        given = frozenset({s - u, u - r, r - self.start(key), *inside(a, shape * 2)})

        def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
            values = values_that_match(left, entry)
            if rw.checker.earlier and values is not None and (values["~s"], values["~r"]) == (s - 1, r):
                return rw.use(at, entry, "earlier")
            return peel(rw, at, entry, "last", s)

        equation = Equation((entry_term(left),), (right,), given)
        proof = self.induction(equation, "~s", u, 1, hook, replace(PLAIN, jacobians=False))
        return self.add(f"composition of the product for {key}", equation, proof)


def _wrt(entry: Entry) -> Ref:
    """What an entry is a derivative by."""
    assert isinstance(entry.node, Jac)
    return entry.node.wrt
