"""Lemmas about states that need each other, such as the cell and the output of an LSTM.

Their derivatives have no product of Jacobians for a closed form. Instead, what a quantity does to a state goes by way of the states that
it reaches first: ``dp_m/dq_u = Σ_s Σ_r dp_m/ds_r g^s_r``, where g^s_r is the derivative of s_r by q_u along ways that meet no other state.
That, and that nothing depends on a later state, is proven by one induction on m for all the states at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from symrnn.proving.kernel.indices import Affine, equal
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.proofs import Chain, Equation, Lemma
from symrnn.proving.kernel.rules import EARLIER
from symrnn.proving.kernel.sums import Entry, Sum, Term, entry_term, inside, term
from symrnn.proving.kernel.terms import Jac, Ref, Tensor
from symrnn.proving.normal import Hook, Lemmas, Mode, Normaliser
from symrnn.proving.rewriting import Rewriting, Stuck, exchanged
from symrnn.proving.settling import settle
from symrnn.proving.states import beginning_of, needs, peeled, state_at
from symrnn.proving.workshop import Workshop, variables

_MODE = Mode(absorb=False, closed=False)
_LETTERS = Mode(absorb=False, closed=False, jacobians=False)
#: The equation about a state and a quantity, given the first time of the states.
Making = Callable[[str, str, int], Equation]
_S, _U, _R = (Affine.of(name) for name in ("~s", "~u", "~r"))


def passed_on(shop: Workshop, of: str, by: str) -> str:
    """The derivative of a state by a quantity, by way of the states that the quantity reaches first."""
    return _together(shop, "by way", of, by, partial(_by_way, shop))


def later_vanishes(shop: Workshop, of: str, by: str) -> str:
    """The derivative of a state by a later one is zero, and so is that by a state that it never depends on."""
    return _together(shop, "later", of, by, partial(_zero, shop))


def depends(shop: Workshop, of: str, by: str) -> bool:
    """Whether a state depends on a quantity, at whatever times."""
    return by == of or by in needs(shop, of)


def is_coupled(shop: Workshop, key: str) -> bool:
    """Whether a state and another one need each other."""
    return any(key in needs(shop, other) for other in _coupled(shop, key) if other != key)


def has_coupled_states(shop: Workshop) -> bool:
    """Whether some states of the network need each other."""
    return any(map(partial(is_coupled, shop), states_of_order_one(shop)))


def has_short_products(shop: Workshop) -> bool:
    """Whether a factor of a product of the Jacobians of any state is a single product itself."""
    return all(peeled(shop, key, "last") for key in states_of_order_one(shop))


def states_of_order_one(shop: Workshop) -> tuple[str, ...]:
    return tuple(key for key, q in shop.model.quantities.items() if q.recurrence == -1)


def _together(shop: Workshop, kind: str, of: str, by: str, make: Making) -> str:
    group = _coupled(shop, of)
    return shop.once((kind, group, by), lambda: _proven(shop, kind, group, by, make))[of]


def _coupled(shop: Workshop, of: str) -> tuple[str, ...]:
    """A state with all those that it depends on, in the order of the document."""
    return tuple(key for key in states_of_order_one(shop) if depends(shop, of, key))


def _proven(shop: Workshop, kind: str, group: tuple[str, ...], by: str, make: Making) -> dict[str, str]:
    """The lemmas about all states of a group, proven by one induction; their names."""
    start, *others = sorted({beginning_of(shop, key) for key in group})
    if others:
        raise Stuck("the states begin at different times")
    name = "∂{}/∂" + f"{by} {kind} {len(shop.lemmas)}"
    names = {key: name.format(key) for key in group}
    equations = {names[key]: make(key, by, start) for key in group}
    beside = {f"{EARLIER} {n}": e for n, e in equations.items()}
    hook = _hook(shop, {key: f"{EARLIER} {n}" for key, n in names.items()}, by, start)
    proofs = {n: shop.induction(e, "~s", Affine((), start), 1, hook, _LETTERS, beside) for n, e in equations.items()}
    shop.add_all(*(Lemma(n, e, proofs[n], f"{kind} {by} {len(shop.lemmas)}") for n, e in equations.items()))
    return names


def _left(shop: Workshop, of: str, by: str, time: Affine) -> Entry:
    shape, target = shop.model.quantities[of].shape, shop.model.quantities[by]
    wrt = Ref(by, _U if target.timed else None, target.shape)
    return Entry(Jac(state_at(shop, of, time), wrt, False), variables("a", len(shape)) + variables("b", len(target.shape)))


# ---------------------------------------------------------------------------------------------------- equations


def _zero(shop: Workshop, of: str, by: str, start: int) -> Equation:
    left = _left(shop, of, by, _S)
    given = {_S - start, *inside(left.at, left.node.shape)}
    return Equation((entry_term(left),), (), frozenset(given | ({_U - _S - 1} if depends(shop, of, by) else set())))


def _by_way(shop: Workshop, of: str, by: str, start: int) -> Equation:
    left, target = _left(shop, of, by, _S), shop.model.quantities[by]
    given = {_S - start, *inside(left.at, left.node.shape)}
    if target.recurrence < 0:
        given.add(_U - start)
    rank = len(shop.model.quantities[of].shape)
    a, b = left.at[:rank], left.at[rank:]
    own = [term(1, (), [x for pair in zip(left.at, b, strict=False) for x in equal(*pair)] + [*equal(_S, _U)])] if of == by else []
    ways = [t for key in _coupled(shop, of) for t in _ways(shop, of, key, by, start, a, b, frozenset(given))]
    return Equation((entry_term(left),), (*own, *ways), frozenset(given))


def _ways(
    shop: Workshop, of: str, key: str, by: str, start: int, a: tuple[Affine, ...], b: tuple[Affine, ...], given: frozenset[Affine]
) -> Iterator[Term]:
    """``Σ_r dp_s/dq_r g_r`` for the state q called `key`; with the initial value of q, where an equation defines it."""
    shape = shop.model.quantities[key].shape
    d = variables("d", len(shape))
    names = {n for index in d for n in index.names()}
    special = [Affine((), start)] if shop.model.quantities[key].special else []
    for r, where, bound in [(_R, (_R - start - 1, _S - _R), {"~r"}), *((r, (), set[str]()) for r in special)]:
        before = Entry(Jac(state_at(shop, of, _S), state_at(shop, key, r), False), a + d)
        head = term(1, [(before, 1)], (*where, *inside(d, shape)), names | bound)
        facts = given | frozenset((*where, *inside(d, shape)))
        for g in _first(shop, key, by, r, d + b, facts):
            product = head.times(shop.anew(g))
            yield from _short(shop, product, given, state_at(shop, of, _S))


def _short(shop: Workshop, t: Term, given: frozenset[Affine], of: Ref) -> Sum:
    """A term without sums over one point; derivatives of the state itself stay."""
    rewriting = shop.rewriting((t,), given)
    _Keeping(rewriting, shop, lambda node: node.numerator is of).run()
    rewriting.tidy()
    return tuple(rewriting.state)


def _first(shop: Workshop, key: str, by: str, time: Affine, at: tuple[Affine, ...], given: frozenset[Affine]) -> Iterator[Term]:
    """The derivative of a state by a quantity along ways that meet no other state."""
    target = shop.model.quantities[by]
    wrt = Ref(by, _U if target.timed else None, target.shape)
    defined = shop.rewriting((entry_term(Entry(Jac(state_at(shop, key, time), wrt, False), at)),), given)
    defined.do(0, "chain rule", defined.state[0].factors[0][0])
    rewriting = shop.rewriting(tuple(defined.state[key == by :]), given)
    _Keeping(rewriting, shop, lambda node: node.wrt is wrt and _is_state(shop.model, node.numerator)).run()
    rewriting.tidy()
    for t in rewriting.state:
        states = [e for e, _ in t.factors if isinstance(e.node, Jac) and e.node.wrt is wrt]
        if not states:
            yield t
        elif _numerator(states[0]).quantity == by:
            yield _as_itself(t, states[0])


def _hook(shop: Workshop, names: Mapping[str, str], by: str, start: int) -> Hook:
    """In an induction on the time of states: derivatives go to the states before, and from there on by hypothesis."""

    def hook(rw: Rewriting, at: int, entry: Entry, exponent: int) -> bool:
        node = entry.node
        if not isinstance(node, Jac) or not isinstance(node.numerator, Ref) or node.numerator.quantity not in names:
            return False
        of, wrt = node.numerator, node.wrt
        assert of.time is not None
        if node.explicit:
            return _alone(rw.state[at]) and _by_its_equation(shop, rw, at, entry)
        if rw.known(at, Affine((), start) - of.time):
            return _by_its_equation(shop, rw, at, entry)
        if of.time == _S:
            return rw.use(at, entry, onward(shop, of.quantity, wrt.quantity))
        earlier = rw.checker.earlier and of.time == _S - 1 and wrt.quantity == by and wrt.time in (None, _U)
        return bool(earlier) and rw.use(at, entry, names[of.quantity])

    return hook


def _by_its_equation(shop: Workshop, rw: Rewriting, at: int, entry: Entry) -> bool:
    rw.do(at, "chain rule", entry)
    return True


# ----------------------------------------------------------------------------------------------------- one step


def onward(shop: Workshop, of: str, by: str) -> str:
    """The derivative of a state by a quantity in terms of those of the states before, each times an explicit derivative."""
    return shop.once(("onward", of, by), lambda: _onward(shop, of, by))


def _onward(shop: Workshop, of: str, by: str) -> str:
    left, shape = _left(shop, of, by, _S), shop.model.quantities[of].shape
    assert isinstance(left.node, Jac)
    wrt, b = left.node.wrt, left.at[len(shape) :]
    given = frozenset({_S - beginning_of(shop, of) - 1, *inside(left.at, left.node.shape)})
    rewriting = shop.rewriting((entry_term(left),), given)
    _Before(rewriting, shop, wrt).run()
    rewriting.tidy()
    before = {e.node for t in rewriting.state for e, _ in t.factors if _is_before(shop.model, e.node, wrt)}
    rest = tuple(t for t in rewriting.state if before.isdisjoint(e.node for e, _ in t.factors))
    steps = (_one_step(shop, of, node, left.at[: len(shape)], b) for node in sorted(before, key=repr))
    equation = Equation((entry_term(left),), (*rest, *steps), given)
    sides = [shop.rewriting(side, given) for side in (equation.left, equation.right)]
    settle(*((rw, _Before(rw, shop, wrt)) for rw in sides))
    return shop.add(f"∂{of}/∂{by} by the step before", equation, Chain(tuple(sides[0].steps), tuple(sides[1].steps)))


def _one_step(shop: Workshop, of: str, before: Tensor, a: tuple[Affine, ...], b: tuple[Affine, ...]) -> Term:
    """``∂⁺p_s/∂q_{s-1} dq_{s-1}/dw``."""
    assert isinstance(before, Jac) and isinstance(before.numerator, Ref)
    d = variables("d", len(before.numerator.shape))
    step = Entry(Jac(state_at(shop, of, _S), before.numerator, True), a + d)
    return term(1, [(step, 1), (Entry(before, d + b), 1)], inside(d, before.numerator.shape), [n for i in d for n in i.names()])


class _Keeping(Normaliser):
    """A normal form that leaves some derivatives as they are."""

    def __init__(self, rewriting: Rewriting, lemmas: Lemmas, kept: Callable[[Jac], bool]) -> None:
        super().__init__(rewriting, lemmas, _MODE)
        self.kept = kept

    def _entry(self, at: int, entry: Entry, exponent: int) -> bool:
        return not (isinstance(entry.node, Jac) and self.kept(entry.node)) and super()._entry(at, entry, exponent)


class _Before(Normaliser):
    """A normal form that leaves derivatives of the states of the step before ~s by one quantity, and goes on at ~s by equations."""

    def __init__(self, rewriting: Rewriting, lemmas: Lemmas, wrt: Ref) -> None:
        super().__init__(rewriting, lemmas, _MODE)
        self.wrt = wrt

    def _entry(self, at: int, entry: Entry, exponent: int) -> bool:
        node = entry.node
        if _is_before(self.model, node, self.wrt):
            return False
        if isinstance(node, Jac) and not node.explicit and _is_state(self.model, node.numerator):
            self.rw.do(at, "chain rule", entry)
            return True
        return super()._entry(at, entry, exponent)


def _is_before(model: Network, node: Tensor, wrt: Ref) -> bool:
    """Whether a tensor is the derivative of a state of the step before ~s by a quantity."""
    if not isinstance(node, Jac) or node.wrt.quantity != wrt.quantity or node.explicit or not isinstance(node.numerator, Ref):
        return False
    return _is_state(model, node.numerator) and node.numerator.time == _S - 1


def _alone(t: Term) -> bool:
    """Whether a term has no derivative of a state but explicit ones."""
    return all(not isinstance(e.node, Jac) or e.node.explicit for e, _ in t.factors)


def _is_state(model: Network, node: Tensor) -> bool:
    return isinstance(node, Ref) and node.quantity in model.quantities and model.quantities[node.quantity].recurrence == -1


def _numerator(entry: Entry) -> Ref:
    """What an entry is the derivative of, which is a quantity."""
    assert isinstance(entry.node, Jac) and isinstance(entry.node.numerator, Ref)
    return entry.node.numerator


def _as_itself(t: Term, entry: Entry) -> Term:
    """A term in which the derivative of a quantity by itself is one, at its own time and component."""
    own, rank = _numerator(entry), len(entry.at) // 2
    wrt = entry.node.wrt if isinstance(entry.node, Jac) else own
    pairs = [*zip(entry.at[:rank], entry.at[rank:], strict=True)]
    if own.time is not None and wrt.time is not None:
        pairs.append((own.time, wrt.time))
    return exchanged(t, [(entry, 1)], ()).within(x for pair in pairs for x in equal(*pair))
