"""Lemmas about a document's ordered products: each is one of one-step Jacobians, perhaps with its factors shifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symrnn.proving.canonical import conditions_key, factors_key, values_that_match
from symrnn.proving.kernel.indices import Affine, equal
from symrnn.proving.kernel.proofs import Equation
from symrnn.proving.kernel.sums import Entry, Sum, Term, entry_term, inside, term
from symrnn.proving.kernel.terms import Jac, Product, instantiate
from symrnn.proving.normal import Hook
from symrnn.proving.rewriting import Rewriting, Stuck, exchanged
from symrnn.proving.states import power_of, start_of, state_at
from symrnn.proving.workshop import PLAIN, Workshop, peel, variables

#: An ordered product of one-step Jacobians and the bounds of another product to that product.
Rotation = Callable[[Product, Affine, Affine], Term]


def ordered_product(shop: Workshop, node: Product) -> str:
    """A document's ordered product as one of one-step Jacobians."""
    low, high = Affine.of("~p"), Affine.of("~q")
    general = Product(node.variable, low, high, node.falling, node.body)
    if any(n.startswith("~") for n in general.free - {"~p", "~q"}):
        raise Stuck("an ordered product whose factors depend on another index")
    return shop.once(("product", general), lambda: _product(shop, general))


def _product(shop: Workshop, node: Product) -> str:
    low, high = Affine.of("~p"), Affine.of("~q")
    a = variables("a", len(node.shape))
    left, reason = Entry(node, a), "an ordered product of something else than one-step Jacobians"
    for key, shift, right in _powers_like(shop, node, a):
        given = frozenset({high - low + 1, low + (shift - 1 - start_of(shop, key)), *inside(a, node.shape)})
        equation = Equation((entry_term(left),), right, given)
        try:
            proof = shop.induction(equation, "~q", low - 1, 1, _product_hook(shop, left, high + shift))
            return shop.add(f"product {len(shop.lemmas)}", equation, proof)
        except Stuck as stuck:
            reason = str(stuck)
    raise Stuck(reason)


def _powers_like(shop: Workshop, node: Product, a: tuple[Affine, ...]) -> Iterator[tuple[str, int, Sum]]:
    """Candidates: a state, a shift of time, and the product in terms of that state's one-step Jacobians."""
    low, high, m = Affine.of("~p"), Affine.of("~q"), Affine.of("~m")
    for key in states_of(shop, node.shape):
        given = frozenset({m - start_of(shop, key) - 2, *inside(a, node.shape)})
        body = Entry(instantiate(node.body, {node.variable: m}), a)
        factor = shop.normal((entry_term(body),), given, PLAIN).state
        for shift in (0, 1, -1):
            if _is_step(shop, factor, key, shift, a, node.falling):
                product = Entry(power_of(shop, key, high + shift, low + (shift - 1)), a if node.falling else a[::-1])
                yield key, shift, (entry_term(product),)
            for turned, value in rotations(factor, node.falling, a):
                if _is_step(shop, [turned], key, shift, a, node.falling):
                    inner = power_of(shop, key, high + shift, low + shift)
                    empty = term(1, (), equal(*a)).within([low - high - 1])
                    yield key, shift, (empty, value(inner, low, high).within([high - low]))


def states_of(shop: Workshop, shape: tuple[str, ...]) -> list[str]:
    """The states whose one-step Jacobians have a shape."""
    return [k for k, q in shop.model.quantities.items() if q.recurrence == -1 and q.shape * 2 == shape]


def _is_step(shop: Workshop, factor: list[Term], key: str, shift: int, a: tuple[Affine, ...], falling: bool) -> bool:
    """Whether a factor at ~m is the one-step Jacobian (transposed, if factors rise), by normal forms."""
    m, shape = Affine.of("~m"), shop.model.quantities[key].shape
    given = frozenset({m - start_of(shop, key) - 2, *inside(a, shape * 2)})
    step = Jac(state_at(shop, key, m + shift), state_at(shop, key, m + (shift - 1)), False)
    wanted = shop.normal((entry_term(Entry(step, a if falling else a[::-1])),), given, PLAIN).state
    found = shop.rewriting(tuple(factor), given)
    found.tidy()
    return sorted(map(_key, found.state)) == sorted(map(_key, wanted))


def _product_hook(shop: Workshop, left: Entry, top: Affine) -> Hook:
    def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
        values = values_that_match(left, entry)
        if values is not None and rw.checker.earlier and values["~q"] == Affine.of("~q", -1):
            return rw.use(at, entry, "earlier")
        if values is not None and values["~q"] == Affine.of("~q") and rw.checker.earlier:
            rw.do(at, "product", entry, shop.names.take(len(entry.at) // 2), ("last",))
            return True
        return peel(rw, at, entry, "last", top)

    return hook


def rotations(factor: list[Term], falling: bool, a: tuple[Affine, ...], time: str = "~m") -> Iterator[tuple[Term, Rotation]]:
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


def _rotation(part: Term, rest: Term, falling: bool, first: bool, a: tuple[Affine, ...], time: str) -> tuple[Term, Rotation]:
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


def _key(t: Term) -> str:
    """A term in tidy form as a text."""
    return f"{t.coefficient} {factors_key(t)} {conditions_key(t)}"
