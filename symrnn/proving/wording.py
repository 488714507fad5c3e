"""Terms, entries and conditions of a proof as notation, in the letters of the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy

from symrnn.language.model import Model
from symrnn.language.parts import unsigned
from symrnn.language.tensors import Affine as PageIndex
from symrnn.language.tensors import Jac as PageJac
from symrnn.language.tensors import Product as PageProduct
from symrnn.language.tensors import Ref as PageRef
from symrnn.language.tensors import Tensor as PageTensor
from symrnn.language.tensors import sized_axis
from symrnn.language.terms import Add, Big, Compare, Given, Indicator, Neg, Num, Pow, Relation, Sub, Sym
from symrnn.language.terms import Term as Formula
from symrnn.notation import unicode
from symrnn.notation.from_tensors import Notation, number, product
from symrnn.proving.kernel.indices import Affine, follows, opposite
from symrnn.proving.kernel.network import HELD
from symrnn.proving.kernel.proofs import Equation
from symrnn.proving.kernel.sums import Entry, Sum, Term
from symrnn.proving.kernel.terms import Build, Jac, Map, Product, Ref, walk
from symrnn.proving.kernel.terms import Sum as SumOver
from symrnn.proving.normal import POWER_VARIABLE, is_power, jacobian_product, power_state
from symrnn.proving.translation import network_of, page_index, page_node

_COMPONENTS, _TIMES = "abcdefglopquvwxyz", "ikmnjrstpquvwxyz"
#: Letters for the product of the Jacobians of a state, the first that the document does not use.
_POWERS = ("P", "Q", "R", "J", "M")


class ProofWording(Notation):
    """Writes entries, terms and sums about one model."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._always = network_of(model).always
        self._names: Mapping[str, str] = {}
        self._power_letter = next((x for x in _POWERS if x not in self.taken), _POWERS[0])

    # ------------------------------------------------------------------------------------------------------- letters

    def about(self, equation: Equation, *, own: bool) -> ProofWording:
        """A writer with letters for the free variables of an equation; `own` ones of the document's keep theirs."""
        terms = (*equation.left, *equation.right)
        names = {n for c in equation.given for n in c.names()}.union(*(t.names - t.bound for t in terms))
        free = sorted(n for n in names if n.startswith("~"))
        keep = {n: n[1:] for n in free if own and not n[1:].isdecimal()}
        components, avoid = _components(equation.given), binders(terms)
        keep |= {
            n: n[1:] for n in free if n not in keep and n not in components and n[1:] not in self.taken | avoid and len(n) == 2
        }
        return self._with(free, keep, components, avoid)

    def _with(
        self, names: Iterable[str], keep: Mapping[str, str], components: frozenset[str], avoid: frozenset[str]
    ) -> ProofWording:
        """A writer that also has letters for these variables, each of which reads as no other thing."""
        letters = {**self._names, **keep}
        used = self.taken | avoid | {*letters.values(), self.model.horizon, *self.sizes.values()}
        for name in names:
            if name not in letters:
                pool = _COMPONENTS if name in components else _TIMES
                letters[name] = next((x for x in pool if x not in used), name[1:])
                used |= {letters[name]}
        other = copy(self)
        other._names = letters
        return other

    def letter(self, name: str) -> Formula:
        """The letter of a variable; one that is left without gets a number."""
        chosen = self._names.get(name, name).removeprefix("~")
        if len(chosen) > 1 and chosen[1:].isdecimal():
            return Sub(Sym(chosen[0]), (number(int(chosen[1:])),))
        return super().letter(chosen)

    def quantity(self, key: str) -> tuple[Sym, tuple[Formula, ...]]:
        """The letter of a quantity; one that is held fixed has the same."""
        return super().quantity(key.removeprefix(HELD))

    # ------------------------------------------------------------------------------------------------------- entries

    def component(self, node: PageTensor, at: tuple[PageIndex, ...]) -> Formula:
        """One component, that of a product of Jacobians in short: ``P^h_{a,b}(i, k)``."""
        return self._power(node, at) if isinstance(node, PageProduct) and _is_power(node) else super().component(node, at)

    def ordered_product(self, node: PageProduct) -> Formula:
        """An ordered product; that of Jacobians in short."""
        return self._power(node, ()) if _is_power(node) else super().ordered_product(node)

    def _power(self, node: PageProduct, at: tuple[PageIndex, ...]) -> Formula:
        assert isinstance(node.body, PageJac)
        symbol: Formula = Sym(self._power_letter)
        indexed = Sub(symbol, tuple(map(self.index, at))) if at else symbol
        state = self.ref(PageRef(node.body.wrt.quantity, None, node.body.wrt.axes))
        return Given(Pow(indexed, state), (self.index(node.upper), self.index(node.lower - 1)))

    def powers(self, equations: Iterable[Equation]) -> Iterator[Relation]:
        """What a product of Jacobians is short for, once for each state."""
        nodes = [n for q in equations for t in (*q.left, *q.right) for e, _ in t.factors for n in walk(e.node) if is_power(n)]
        states = {power_state(n).quantity: power_state(n) for n in nodes if isinstance(n, Product)}
        i, k, m = (Affine.of(x) for x in [x for x in _TIMES if x not in self.taken][:3])
        for key, state in sorted(states.items(), key=lambda pair: pair[0]):
            factor = Jac(Ref(key, m, state.axes), Ref(key, m - 1, state.axes), False)
            whole = Big("prod", self.position(m), self.position(i), self.position(k + 1), (), self.term(page_node(factor)))
            yield Relation("=", self.term(page_node(jacobian_product(key, state.axes, i, k))), whole)

    # ---------------------------------------------------------------------------------------------- terms, conditions

    def position(self, index: Affine) -> Formula:
        """An index of a proof."""
        return self.index(page_index(index))

    def relation(self, equation: Equation) -> Relation:
        """Both sides of an equation."""
        return Relation("=", self.sum(equation.left, equation.given), self.sum(equation.right, equation.given))

    def condition(self, c: Affine, op: str = "<=") -> Compare:
        """A condition ``c ≥ 0`` (or, with ``=``, ``c = 0``) with positive parts on both sides."""
        left = Affine(tuple((n, -k) for n, k in c.terms if k < 0))
        right = Affine(tuple((n, k) for n, k in c.terms if k > 0))
        if not left.terms:
            return Compare(">=" if op == "<=" else op, self.position(right), self.position(Affine((), -c.constant)))
        if not right.terms:
            return Compare(op, self.position(left), self.position(Affine((), c.constant)))
        return Compare(op, self.position(left + max(-c.constant, 0)), self.position(right + max(c.constant, 0)))

    def conditions(self, conditions: Iterable[Affine]) -> tuple[Compare, ...]:
        """Several conditions; that a component lies within its axis, and that there is a time at all, goes without saying."""
        said = _without_needless(_about_times(frozenset(conditions)), self._always)
        equalities = {c for c in said if opposite(c) in said}
        equal = [self.condition(c, "=") for c in sorted(equalities, key=_order) if _order(c) < _order(opposite(c))]
        return (*equal, *_chained([self.condition(c) for c in sorted(said - equalities, key=_order)]))

    def sum(self, terms: Sum, given: frozenset[Affine] = frozenset()) -> Formula:
        """A sum of terms, in an order that depends on nothing but the terms; `given` is known to hold."""
        written = [self.summand(t, given) for t in terms]
        written.sort(key=lambda f: unicode(unsigned(f)))
        written.sort(key=lambda f: isinstance(f, Neg))
        return Add(tuple(written)) if len(written) > 1 else written[0] if written else number(0)

    def summand(self, t: Term, given: frozenset[Affine]) -> Formula:
        """A term: coefficient, sums with their bounds, what else must hold, factors; bound variables get letters."""
        components = _components(t.where) & t.bound
        writer = self._with(sorted(t.bound), {}, components, binders((t,)))
        loops, rest = _loops(sorted(t.bound - components), t.where, given | self._always)
        brackets = tuple(Indicator(c) for c in writer.conditions(_without_needless(rest, given | self._always)))
        factors = sorted((writer._factor(e, n) for e, n in t.factors), key=lambda pair: pair[0])
        body = product((*brackets, *(f for _, f in factors))) if brackets or factors else number(1)
        for name in sorted(components, reverse=True):
            body = Big("sum", writer.letter(name), None, None, (), body)
        for name, conditions in loops:
            body = writer._summed(name, conditions, body)
        return self.multiple(t.coefficient, body)

    def _summed(self, name: str, conditions: frozenset[Affine], body: Formula) -> Formula:
        """A sum over what the conditions leave to a variable: between two bounds where they are two."""
        lower, upper = (_bounds(name, conditions, sign) for sign in (1, -1))
        if len(lower) == len(upper) == 1 == len(conditions) - 1 and lower != upper:
            return Big("sum", self.letter(name), self.position(lower[0]), self.position(upper[0]), (), body)
        return Big("sum", self.letter(name), None, None, self.conditions(conditions), body)

    def _factor(self, entry: Entry, power: int) -> tuple[tuple[int, str], Formula]:
        """A factor, with a key by which factors are put in order: weights, derivatives, products, slopes, states."""
        written = self.component(page_node(entry.node), tuple(map(page_index, entry.at)))
        node = entry.node
        rank = 1 if isinstance(node, Jac) else 2 if is_power(node) else 3 if isinstance(node, Map) else 4
        rank = 0 if isinstance(node, Ref) and node.time is None else rank
        return (rank, unicode(written)), written if power == 1 else Pow(written, number(power))


def _is_power(node: PageTensor) -> bool:
    """Whether a tensor is a product of one-step Jacobians."""
    return isinstance(node, PageProduct) and node.variable == POWER_VARIABLE and isinstance(node.body, PageJac)


def _chained(conditions: list[Compare]) -> list[Compare]:
    """Conditions of which two that share their middle are one: ``0 <= k <= T``."""
    found: list[Compare] = []
    for c in conditions:
        low = Compare("<=", c.right, c.left) if c.op == ">=" else c
        before = next((f for f in found if f.right == low.left or f.left == low.right), None)
        if before is None:
            found.append(low)
        elif before.right == low.left:
            found[found.index(before)] = Compare("<=", before.left, low)
        else:
            found[found.index(before)] = Compare("<=", low.left, before)
    return [
        Compare(">=", f.right, f.left) if isinstance(f.left, (Num, Neg)) and not isinstance(f.right, Compare) else f for f in found
    ]


def number_of_factors(t: Term) -> int:
    """How much there is to write of a term: its entries, and those inside them."""
    return sum(1 for e, _ in t.factors for _ in walk(e.node))


def binders(terms: Iterable[Term]) -> frozenset[str]:
    """The letters of the index variables that sums and products inside tensors bind."""
    nodes = (n for t in terms for e, _ in t.factors for n in walk(e.node))
    return frozenset(n.variable.partition("#")[0] for n in nodes if isinstance(n, (Build, Product, SumOver)))


def _components(conditions: Iterable[Affine]) -> frozenset[str]:
    """The variables that count components: those that are compared with the size of an axis."""
    return frozenset(n for c in conditions if any(map(sized_axis, c.names())) for n in c.names() if n.startswith("~"))


def _about_times(conditions: frozenset[Affine]) -> frozenset[Affine]:
    """The conditions that do not say that a component lies within its axis."""
    components = _components(conditions)
    begins = {Affine.of(n, -1) for n in components}
    return frozenset(c for c in conditions - begins if not any(map(sized_axis, c.names())))


def _order(c: Affine) -> tuple[object, ...]:
    return tuple(sorted(c.terms)), c.constant


Loop = tuple[str, frozenset[Affine]]


def _loops(times: list[str], where: frozenset[Affine], known: frozenset[Affine]) -> tuple[list[Loop], frozenset[Affine]]:
    """The sums over times, innermost first, each with the conditions that bound it, and the conditions that are left.

    Innermost is what has one bound on each side; a condition that follows from the others is left out.
    """
    left, rest, loops = list(times), _about_times(where), []
    while left:
        bounds = {n: frozenset(c for c in _without_needless(rest, known, n) if n in c.names()) for n in left}
        name = min(left, key=lambda n: (len(bounds[n]) != 2, -left.index(n)))
        loops.append((name, bounds[name]))
        left.remove(name)
        rest = frozenset(c for c in rest if name not in c.names()) | frozenset(_implied(name, bounds[name], left))
    return loops, rest


def _without_needless(conditions: frozenset[Affine], known: frozenset[Affine], name: str = "") -> frozenset[Affine]:
    """The conditions without those (on the variable `name`, if one is given) that follow from the others."""
    kept = set(conditions)
    for c in sorted(conditions, key=_order):
        if (not name or name in c.names()) and follows(c, (kept - {c}) | known):
            kept.remove(c)
    return frozenset(kept)


def _implied(name: str, bounds: frozenset[Affine], left: list[str]) -> Iterator[Affine]:
    """What two bounds on a variable that is summed say about those that still are to be."""
    for low in bounds:
        for high in bounds:
            if dict(low.terms).get(name) == 1 and dict(high.terms).get(name) == -1 and not (low + high).names().isdisjoint(left):
                yield low + high


def _bounds(name: str, conditions: frozenset[Affine], sign: int) -> list[Affine]:
    """The indices that bound a variable from below (`sign` 1) or from above (-1)."""
    found = [c for c in conditions if dict(c.terms).get(name) == sign]
    return [(Affine.of(name).scaled(sign) - c).scaled(sign) for c in sorted(found, key=_order)]
