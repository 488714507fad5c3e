"""The library of lemmas about one network: those about states, products and backward recursions, and about functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from symrnn.language.formulas import relatives
from symrnn.proving.backwards import closed_recursion
from symrnn.proving.canonical import generalised
from symrnn.proving.coupled import depends, is_coupled, later_vanishes, passed_on
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.proofs import Chain, Equation, groups
from symrnn.proving.kernel.sums import Entry, entry_term, inside
from symrnn.proving.kernel.terms import Jac, Map, Ref, Softmax, Tensor, instantiate, walk
from symrnn.proving.products import ordered_product
from symrnn.proving.reflection import Reflection
from symrnn.proving.rewriting import Stuck
from symrnn.proving.states import beginning_of, closed_jacobian, composition, explicit, needs, one_step, peeled, start_of
from symrnn.proving.workshop import Workshop, variables


def differentiates_backwards(shop: Workshop, equation: Equation) -> bool:
    """Whether an equation has a derivative of what depends on a quantity that runs backwards."""
    nodes = [n for side in (equation.left, equation.right) for t in side for e, _ in t.factors for n in walk(e.node)]
    of = {r.quantity for n in nodes if isinstance(n, Jac) for r in walk(n.numerator) if isinstance(r, Ref)}
    return any(shop.model.quantities[key].recurrence > 0 for one in of for key in {one, *needs(shop, one)})


def from_reverse(library: Library, chain: Chain) -> Chain:
    """A proof about the network with its steps counted from the other end as one about this, with all lemmas that are known there."""
    _take_over(library)
    return library.reflection.chain(chain, library.taken)


def vanishing(library: Library, of: str, by: str) -> str:
    """The derivative of a state by a later one is zero (by an earlier one where it runs backwards), or by what it never depends on."""
    if library.model.quantities[of].recurrence < 0:
        return later_vanishes(library, of, by)
    name = library.reflected.vanishing(of, by)
    _take_over(library)
    return library.taken[name]


def _take_over(library: Library) -> None:
    """Adds the lemmas of the reflected network that are not known here yet."""
    for members in groups(library.reflected.lemmas.values()):
        if members[0].name not in library.taken:
            library.taken.update((lemma.name, f"{lemma.name} in reverse") for lemma in members)
            library.add_all(*(library.reflection.lemma(lemma, library.taken) for lemma in members))


def monomial(shop: Workshop, entry: Entry) -> tuple[str, dict[str, Affine]] | None:
    """A lemma by which an entry is a single product, to divide by."""
    (node,), values = generalised(entry.node)
    at = variables("e", len(entry.at))
    general = Entry(node, at)
    try:
        name = shop.once(("monomial", node), lambda: _monomial(shop, general))
    except Stuck:
        return None
    return name, {**values, **{f"~e{n}": index for n, index in enumerate(entry.at)}}


def _monomial(shop: Workshop, entry: Entry) -> str:
    given = frozenset(inside(entry.at, entry.node.shape))
    done = shop.normal((entry_term(entry),), given)
    if len(done.state) != 1 or done.state[0].bound or done.state[0].where:
        raise Stuck("a sum cannot be inverted")
    equation = Equation((entry_term(entry),), tuple(done.state), given)
    return shop.add(f"value {len(shop.lemmas)}", equation, Chain(tuple(done.steps), ()))


def activation(library: Library, node: Tensor) -> tuple[Ref | None, str | None, dict[str, Affine]] | None:
    """The quantity that a function of an argument is (or is the slope of), None for a function inside a definition.

    With the name of a lemma when the argument first has to be written as in the definition.
    """
    assert isinstance(node, (Map, Softmax))
    if node not in library.wanted:
        library.wanted[node] = tuple(_arguments(library, node))
    wanted = library.wanted[node]
    for ref, argument in wanted:
        if argument is node.argument:
            return ref, None, {}
    for ref, argument in wanted:
        lemma = _same_argument(library, node.argument, argument)
        if lemma is not None:
            return ref, *lemma
    return None


def _arguments(library: Library, node: Map | Softmax) -> Iterator[tuple[Ref | None, Tensor]]:
    """The arguments of a function in all definitions, at the times that an expression mentions."""
    times: dict[Affine, None] = {}
    for n in walk(node.argument):
        if isinstance(n, Ref) and n.time is not None:
            times.update(dict.fromkeys((n.time, n.time + 1)))
    for quantity, inner in library.functions:
        if inner.shape == node.shape and _alike(inner, node):
            for time in times if quantity.timed else [None]:
                whole = inner is quantity.definition
                ref = Ref(quantity.key, time, quantity.shape) if whole and _is_value(inner, node) else None
                yield ref, inner.argument if time is None else instantiate(inner.argument, {"t": time})


def _same_argument(shop: Workshop, found: Tensor, wanted: Tensor) -> tuple[str, dict[str, Affine]] | None:
    """A lemma that two tensors are equal in every component, and the values at which it says so."""
    if found.shape != wanted.shape:
        return None
    (one, other), values = generalised(found, wanted)
    try:
        name = shop.once(("argument", one, other), lambda: _equal_tensors(shop, one, other))
    except Stuck:
        return None
    return name, dict(values)


def _equal_tensors(shop: Workshop, one: Tensor, other: Tensor) -> str:
    at = variables("e", len(one.shape))
    given = frozenset(inside(at, one.shape))
    sides = [shop.normal((entry_term(Entry(node, at)),), given) for node in (one, other)]
    if Counter(sides[0].state) != Counter(sides[1].state):
        raise Stuck("two arguments differ")
    left, right = ((entry_term(Entry(node, at)),) for node in (one, other))
    proof = Chain(tuple(sides[0].steps), tuple(sides[1].steps))
    return shop.add(f"argument {len(shop.lemmas)}", Equation(left, right, given), proof)


class Library(Workshop):
    """Every lemma that the normal form can ask for."""

    def __init__(self, model: Network) -> None:
        super().__init__(model)
        definitions = [(q, q.definition) for q in model.quantities.values() if q.definition is not None]
        nodes = [(q, n) for q, definition in definitions for n in walk(definition)]
        #: The lemmas taken over from the reflected network, with their names here.
        self.taken: dict[str, str] = {}
        #: The arguments that functions of the same kind have in definitions, each with its quantity, by what a function is met as.
        self.wanted: dict[Tensor, tuple[tuple[Ref | None, Tensor], ...]] = {}
        self.functions = [(q, n) for q, n in nodes if isinstance(n, (Map, Softmax)) and not _is_slope(n)]

    @cached_property
    def reflection(self) -> Reflection:
        """What turns statements about the network into those about the one with its steps counted from the other end, and back."""
        return Reflection(self.model)

    @cached_property
    def reflected(self) -> Library:
        """The lemmas about that network."""
        return Library(self.reflection.reflected())

    start, beginning = start_of, beginning_of
    jacobian, one_step, explicit = closed_jacobian, one_step, explicit
    peeled, composition, product, backward = peeled, composition, ordered_product, closed_recursion
    is_coupled, depends, passed_on, vanishing = is_coupled, depends, passed_on, vanishing
    monomial, activation = monomial, activation


def _is_slope(node: Tensor) -> bool:
    return isinstance(node, Map) and node.order > 0


def _alike(inner: Tensor, node: Tensor) -> bool:
    """Whether a function in a definition, or one in its derivatives, is what a tensor applies (exp belongs to softmax)."""
    if isinstance(inner, Softmax):
        return isinstance(node, Softmax) or (isinstance(node, Map) and node.function == "exp")
    return isinstance(inner, Map) and isinstance(node, Map) and node.function in relatives(inner.function)


def _is_value(inner: Tensor, node: Tensor) -> bool:
    """Whether a tensor applies the very function of a definition (or one of its slopes, or an exponential of a softmax)."""
    return not isinstance(inner, Map) or (isinstance(node, Map) and inner.function == node.function)
