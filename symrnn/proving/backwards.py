"""Quantities that run backwards, such as δ_t = D_t (V^T e_t + W^T δ_{t+1}), in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symrnn.proving.kernel.indices import Affine, equal
from symrnn.proving.kernel.network import Quantity
from symrnn.proving.kernel.proofs import Equation
from symrnn.proving.kernel.sums import Entry, Sum, Term, entry_term, inside, term
from symrnn.proving.kernel.terms import Ref
from symrnn.proving.normal import Hook
from symrnn.proving.products import Rotation, rotations, states_of
from symrnn.proving.rewriting import Rewriting, Stuck
from symrnn.proving.states import power_of, state_at
from symrnn.proving.workshop import PLAIN, Leaving, Workshop, peel, variables

#: Times s and r and a component to the terms of the matrix Q(s, r) in that column.
Weight = Callable[[Affine, Affine, Affine], Sum]


def closed_recursion(shop: Workshop, key: str) -> str:
    """A quantity that runs backwards, in closed form."""
    return shop.once(("backward", key), lambda: _backward(shop, key))


def _backward(shop: Workshop, key: str) -> str:
    quantity, s = shop.model.quantities[key], Affine.of("~s")
    a = variables("a", len(quantity.shape))
    if quantity.recurrence != 1 or len(a) != 1:
        raise Stuck(f"{quantity.text} does not run backwards")
    start = _end(shop, quantity)
    left = Entry(state_at(shop, key, s), a)
    given = frozenset({s - shop.model.first, start - s, *inside(a, quantity.shape)})
    reason = f"no closed form of {quantity.text} is known"
    for right in _closed_forms(shop, key, a[0], given):
        equation = Equation((entry_term(left),), right, given)
        try:
            proof = shop.induction(equation, "~s", start, -1, _backward_hook(shop, key))
            return shop.add(f"{key} in closed form", equation, proof)
        except Stuck as stuck:
            reason = str(stuck)
    raise Stuck(reason)


def _end(shop: Workshop, quantity: Quantity) -> Affine:
    """The time from which a quantity runs backwards: where the document says its value, else after the last step. Raises Stuck."""
    last = shop.checker.network.last
    times = [at for at, _ in quantity.special] or [last + 1]
    if len(times) > 1 or times[0] not in (last, last + 1):
        raise Stuck(f"{quantity.text} does not run backwards from the last step, or the one after it")
    return times[0]


def _backward_hook(shop: Workshop, key: str) -> Hook:
    here, quantity = Affine.of("~s"), shop.model.quantities[key]

    def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
        node = entry.node
        if not isinstance(node, Ref) or node.quantity != key or node.time is None:
            return peel(rw, at, entry, "first", here + 1)
        if rw.checker.earlier and node.time == here + 1:
            return rw.use(at, entry, "earlier")
        if node.time == shop.checker.network.last + 1 and not quantity.special:
            return False
        rw.do(at, "unfold", entry)
        return True

    return hook


def _closed_forms(shop: Workshop, key: str, a: Affine, given: frozenset[Affine]) -> Iterator[Sum]:
    """Candidates Σ_{r≥s} Q(s,r) c_r, where the definition is c_s + B_s times the value after and Q the product of B."""
    s, quantity = Affine.of("~s"), shop.model.quantities[key]
    end = _end(shop, quantity)
    top = end - 1
    after = state_at(shop, key, s + 1)
    rewriting = shop.rewriting((entry_term(Entry(state_at(shop, key, s), (a,))),), given | {top - s})
    rewriting.do(0, "unfold", rewriting.state[0].factors[0][0])
    Leaving(rewriting, shop, PLAIN, after).run()
    rewriting.tidy()
    linear = [t for t in rewriting.state if any(e.node is after for e, _ in t.factors)]
    sources: list[tuple[Term, Affine | None]] = [(t, None) for t in rewriting.state if t not in linear]
    if not quantity.special:
        sources.append((entry_term(Entry(state_at(shop, key, end), (a,))), end))
    for _, value in quantity.special:
        done = shop.normal((entry_term(Entry(value, (a,))),), given, PLAIN)
        sources += [(t, end) for t in done.state]
    for state in states_of(shop, quantity.shape * 2):
        for weight in _weights(shop, state, linear, after, a):
            terms = [t for source, at in sources for t in _summed(shop, source, weight, a, quantity, top, at)]
            yield tuple(terms)


def _weights(shop: Workshop, state: str, linear: list[Term], after: Ref, a: Affine) -> Iterator[Weight]:
    """Candidates for Q(s,r) as a function of s, r and the two components: a transposed product, or a rotated one."""
    f = Affine.of("~f")

    def plain(s: Affine, r: Affine, b: Affine) -> Sum:
        return (entry_term(Entry(power_of(shop, state, r, s), (b, a))).within([r - s]),)

    yield plain
    factors = [_matrix(t, after, f) for t in linear]
    for _, value in rotations([t for t in factors if t is not None], False, (a, f), "~s"):

        def turned(s: Affine, r: Affine, b: Affine, value: Rotation = value) -> Sum:
            longer = value(power_of(shop, state, r - 1, s), s, r - 1).substitute({"~f": b})
            return term(1, (), (*equal(a, b), *equal(s, r))), longer.within([r - s - 1])

        yield turned


def _summed(
    shop: Workshop, source: Term, weight: Weight, a: Affine, quantity: Quantity, top: Affine, at: Affine | None
) -> Iterator[Term]:
    """Σ_r Q(s,r) c_r over all r from s on, or at one r."""
    s, b, r = Affine.of("~s"), Affine.of("~b"), at or Affine.of("~r")
    source = shop.anew(source)
    values = {"~s": r, a.terms[0][0]: b}
    moved = source.substitute(values)
    bound = {"~b"} if at is not None else {"~b", "~r"}
    where = (*inside((b,), quantity.shape), *(() if at is not None else (r - s, top - r)))
    for part in weight(s, r, b):
        part = shop.anew(part)
        yield replace(part.times(moved), bound=part.bound | moved.bound | bound).within(where)


def _matrix(t: Term, after: Ref, column: Affine) -> Term | None:
    """The matrix that multiplies a vector in a term, with `column` for the component that is contracted."""
    found = [e for e, n in t.factors if e.node is after and n == 1]
    if len(found) != 1 or len(found[0].at[0].terms) != 1 or not found[0].at[0].names() <= t.bound:
        return None
    (name,) = found[0].at[0].names()
    rest = term(t.coefficient, [f for f in t.factors if f[0] is not found[0]], t.where, t.bound)
    kept = (c for c in rest.where if name not in c.names())
    return term(rest.coefficient, rest.factors, kept, rest.bound).substitute({name: column})
