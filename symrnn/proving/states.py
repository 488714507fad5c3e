"""Lemmas about states: the solution of the linear recurrence that their derivatives satisfy, and what follows from it.

The derivative of a state by anything is a sum of ordered products of its one-step Jacobians: the solution of
``a_s = b_s + A_s a_{s-1}``, proven by induction on s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.proving.canonical import values_that_match
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.proofs import Chain, Equation
from symrnn.proving.kernel.sums import Entry, Sum, Term, entry_term, inside, term
from symrnn.proving.kernel.terms import Jac, Product, Ref, walk
from symrnn.proving.normal import Hook, jacobian_product
from symrnn.proving.rewriting import Rewriting, Stuck
from symrnn.proving.workshop import PLAIN, Leaving, Workshop, peel, variables


def start_of(shop: Workshop, key: str) -> int:
    """The last time at which a state is not defined by its recurrence. Raises Stuck where its closed form cannot be known."""
    quantity = shop.model.quantities[key]
    others = (q for q in needs(shop, key) if shop.model.quantities[q].recurrence and q != key)
    if any(key in needs(shop, other) for other in others):
        raise Stuck(f"{quantity.text} and another state need each other")
    return beginning_of(shop, key)


def beginning_of(shop: Workshop, key: str) -> int:
    """The last time at which a state is not defined by its recurrence. Raises Stuck where there is no such constant."""
    quantity = shop.model.quantities[key]
    if quantity.recurrence != -1 or any(at.terms for at, _ in quantity.special) or len(quantity.shape) > 1:
        raise Stuck(f"{quantity.text} is no state of order one")
    return max([shop.model.first - 1, *(at.constant for at, _ in quantity.special)])


def needs(shop: Workshop, key: str) -> frozenset[str]:
    """The quantities that one depends on, directly or through others."""
    if key not in shop.used:
        found: set[str] = set()
        stack = [key]
        while stack:
            definition = shop.model.quantities[stack.pop()].definition
            nodes = walk(definition) if definition is not None else ()
            new = {n.quantity for n in nodes if isinstance(n, Ref)} - found
            found |= new
            stack += new
        shop.used[key] = frozenset(found)
    return shop.used[key]


def state_at(shop: Workshop, key: str, time: Affine) -> Ref:
    """A quantity at a time."""
    return Ref(key, time, shop.model.quantities[key].shape)


def power_of(shop: Workshop, key: str, high: Affine, low: Affine) -> Product:
    """The ordered product of one-step Jacobians of a state."""
    return jacobian_product(key, shop.model.quantities[key].shape, high, low)


def closed_jacobian(shop: Workshop, of: str, by: str) -> str:
    """The derivative of a state by a quantity, in closed form."""
    return shop.once(("jacobian", of, by), lambda: _jacobian(shop, of, by))


def _jacobian(shop: Workshop, of: str, by: str) -> str:
    start, target = start_of(shop, of), shop.model.quantities[by]
    s, u = Affine.of("~s"), Affine.of("~u") if target.timed else None
    shape = shop.model.quantities[of].shape
    left = Entry(
        Jac(state_at(shop, of, s), Ref(by, u, target.shape), False),
        variables("a", len(shape)) + variables("b", len(target.shape)),
    )
    given = {s - start, *inside(left.at, left.node.shape)}
    if target.recurrence < 0 and u is not None:
        given.add(u - start_of(shop, by))
    hook, reason = _state_hook(left, start), "no closed form"
    for right in _solutions(shop, left, of, start, frozenset(given)):
        equation = Equation((entry_term(left),), right, frozenset(given))
        try:
            proof = shop.induction(equation, "~s", Affine((), start), 1, hook)
            return shop.add(f"∂{of}/∂{by}", equation, proof)
        except Stuck as stuck:
            reason = str(stuck)
    raise Stuck(reason)


def _state_hook(left: Entry, start: int) -> Hook:
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


def _solutions(shop: Workshop, left: Entry, of: str, start: int, given: frozenset[Affine]) -> Iterator[Sum]:
    """Candidates for Σ_r P(s,r) g_r: with explicit derivatives for g, then with g as the equation of the state gives it."""
    s, wrt, rank = Affine.of("~s"), _wrt(left), len(shop.model.quantities[of].shape)
    if wrt.quantity == of and wrt.time is not None:
        yield (term(1, [(Entry(power_of(shop, of, s, wrt.time), left.at), 1)], [s - wrt.time]),)
        return
    r = Affine.of("~r")
    if wrt.time is None and start == shop.model.first - 1 and not shop.model.quantities[of].special:
        letter = Entry(Jac(state_at(shop, of, r), wrt, True), variables("d", rank) + left.at[rank:])
        yield (_weighted(shop, of, left.at[:rank], r, entry_term(letter), (r - start - 1, s - r), {"~r"}),)
    later = given | {r - start - 1}
    terms = [
        *(_weighted(shop, of, left.at[:rank], r, g, (r - start - 1, s - r), {"~r"}) for g in _sources(shop, left, of, r, later)),
        *(_weighted(shop, of, left.at[:rank], a, g) for a in [Affine((), start)] for g in _sources(shop, left, of, a, given)),
    ]
    yield tuple(shop.normal(tuple(terms), given, PLAIN).state)


def _weighted(
    shop: Workshop, of: str, a: tuple[Affine, ...], r: Affine, g: Term, over: tuple[Affine, ...] = (), bound: set[str] | None = None
) -> Term:
    """P(s,r) g, summed over the components between them and over the variables in `bound`."""
    d, shape = variables("d", len(a)), shop.model.quantities[of].shape
    names = [n for index in d for n in index.names()]
    head = term(1, [(Entry(power_of(shop, of, Affine.of("~s"), r), a + d), 1)], inside(d, shape), names)
    product = head.times(g).within(over)
    return replace(product, bound=product.bound | (bound or set()))


def _sources(shop: Workshop, left: Entry, of: str, time: Affine, given: frozenset[Affine]) -> Sum:
    """What the derivative of a state has at a time, apart from what comes from the derivative of the state before."""
    wrt, shape = _wrt(left), shop.model.quantities[of].shape
    d = variables("d", len(shape))
    entry = Entry(Jac(state_at(shop, of, time), wrt, False), d + left.at[len(shape) :])
    before = Jac(state_at(shop, of, time - 1), wrt, False)
    rewriting = shop.rewriting((entry_term(entry),), given | frozenset(inside(d, shape)))
    rewriting.do(0, "chain rule", entry)
    Leaving(rewriting, shop, PLAIN, before).run()
    rewriting.tidy()
    return tuple(t for t in rewriting.state if all(e.node is not before for e, _ in t.factors))


def one_step(shop: Workshop, key: str) -> str:
    """The Jacobian of a state by the state before, written out."""
    return shop.once(("one step", key), lambda: _written_out(shop, f"∂{key} by the step before", key, None))


def explicit(shop: Workshop, of: str, by: str) -> str:
    """The explicit derivative of a state by a parameter, written out."""
    return shop.once(("explicit", of, by), lambda: _written_out(shop, f"∂⁺{of}/∂{by}", of, by))


def _written_out(shop: Workshop, name: str, of: str, by: str | None) -> str:
    s, shape = Affine.of("~s"), shop.model.quantities[of].shape
    wrt = state_at(shop, of, s - 1) if by is None else Ref(by, None, shop.model.quantities[by].shape)
    a, b = variables("a", len(shape)), variables("b", len(wrt.shape))
    left = Entry(Jac(state_at(shop, of, s), wrt, by is not None), a + b)
    given = frozenset({s - beginning_of(shop, of) - 1, *inside(a, shape), *inside(b, wrt.shape)})

    def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
        if entry.node is not left.node:
            return False
        rw.do(at, "chain rule", entry)
        return True

    done = shop.normal((entry_term(left),), given, PLAIN, hook)
    equation = Equation((entry_term(left),), tuple(done.state), given)
    return shop.add(name, equation, Chain(tuple(done.steps), ()))


def peeled(shop: Workshop, key: str, which: str) -> tuple[str, Term] | None:
    """An ordered product with a factor split off and written out; None unless that is a single term."""
    try:
        return shop.once(("peeled", key, which), lambda: _peeled(shop, key, which))
    except Stuck:
        return None


def _peeled(shop: Workshop, key: str, which: str) -> tuple[str, Term]:
    s, r, shape = Affine.of("~s"), Affine.of("~r"), shop.model.quantities[key].shape
    a = variables("a", 2 * len(shape))
    left = Entry(power_of(shop, key, s, r), a)
    given = frozenset({s - r - 1, r - start_of(shop, key), *inside(a, shape * 2)})

    def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
        if entry.node is not left.node:
            return False
        rw.do(at, "product", entry, shop.names.take(len(shape)), (which,))
        return True

    done = shop.normal((entry_term(left),), given, PLAIN, hook)
    if len(done.state) != 1:
        raise Stuck("the one-step Jacobian is no single product")
    equation = Equation((entry_term(left),), tuple(done.state), given)
    name = shop.add(f"{which} factor of the product for {key}", equation, Chain(tuple(done.steps), ()))
    return name, done.state[0]


def composition(shop: Workshop, key: str) -> str | None:
    """P(s,r) = P(s,u) P(u,r); None where no proof is found."""
    try:
        return shop.once(("composition", key), lambda: _composition(shop, key))
    except Stuck:
        return None


def _composition(shop: Workshop, key: str) -> str:
    s, u, r = (Affine.of(name) for name in ("~s", "~u", "~r"))
    shape = shop.model.quantities[key].shape
    a, d = variables("a", 2 * len(shape)), variables("d", len(shape))
    left = Entry(power_of(shop, key, s, r), a)
    rank = len(shape)
    parts = (Entry(power_of(shop, key, s, u), a[:rank] + d), 1), (Entry(power_of(shop, key, u, r), d + a[rank:]), 1)
    right = term(1, parts, inside(d, shape), [n for index in d for n in index.names()])
    given = frozenset({s - u, u - r, r - start_of(shop, key), *inside(a, shape * 2)})

    def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
        values = values_that_match(left, entry)
        if rw.checker.earlier and values is not None and (values["~s"], values["~r"]) == (s - 1, r):
            return rw.use(at, entry, "earlier")
        return peel(rw, at, entry, "last", s)

    equation = Equation((entry_term(left),), (right,), given)
    proof = shop.induction(equation, "~s", u, 1, hook, replace(PLAIN, jacobians=False))
    return shop.add(f"composition of the product for {key}", equation, proof)


def _wrt(entry: Entry) -> Ref:
    """What an entry is a derivative by."""
    assert isinstance(entry.node, Jac)
    return entry.node.wrt
