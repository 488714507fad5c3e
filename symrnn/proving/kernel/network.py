"""Networks: quantities at symbolic times, for every horizon and all sizes, and what a claim about one says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import product

from symrnn.proving.kernel.indices import Affine, Facts, equal, follows
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.proofs import Claim, Equation
from symrnn.proving.kernel.sums import VARIABLE, Entry, entry_term, inside
from symrnn.proving.kernel.terms import (
    Build,
    Diag,
    DiagPart,
    Dot,
    Jac,
    Over,
    Permute,
    Pick,
    Plus,
    Product,
    Ref,
    Shape,
    Sum,
    Tensor,
    Times,
    instantiate,
    rebuilt,
    size_of,
    subtensors,
    walk,
)

#: What begins the name of a quantity that an explicit derivative holds fixed.
HELD = "held "
#: The time in a definition.
TIME = "t"


def need(facts: Facts, *conditions: Affine) -> None:
    """Raises Refused unless all conditions follow from what is known."""
    for condition in conditions:
        if not follows(condition, facts):
            raise Refused("a condition of the rule does not follow")


@dataclass(frozen=True)
class Quantity:
    """One quantity of a network.

    `definition` is an expression in the time ``t``; `special` are definitions at one time (``delta_T = ...``). `recurrence` is -1 for
    a state that is defined by its value one step earlier, +1 for one defined by the step after it, else 0. A
    state has a free initial value; one that runs backwards has a free value after the last step.
    """

    key: str
    symbol: str
    timed: bool
    shape: Shape
    definition: Tensor | None = None
    special: tuple[tuple[Affine, Tensor], ...] = ()
    recurrence: int = 0

    @property
    def text(self) -> str:
        """The quantity in a message."""
        return self.symbol


@dataclass(frozen=True)
class Network:
    """The quantities of a network; its times are those from `first` to `last`. `check` tells whether it is one."""

    quantities: Mapping[str, Quantity]
    first: int
    last: Affine

    @cached_property
    def always(self) -> Facts:
        """There is a step, and no axis is empty."""
        labels = {label for q in self.quantities.values() for label in q.shape}
        return frozenset({self.last - self.first, *(c for label in labels for c in [size_of(label) - 1] if c.terms)})

    @cached_property
    def constants(self) -> frozenset[str]:
        """The names of numbers: the horizon and the sizes of axes."""
        return self.last.names().union(*(size_of(label).names() for q in self.quantities.values() for label in q.shape))

    # ------------------------------------------------------------------------------------------------------ quantities

    def quantity(self, ref: Ref) -> Quantity:
        """The quantity that a reference is to; one that is held fixed is like a free one. Raises Refused."""
        quantity = self.quantities.get(ref.quantity.removeprefix(HELD))
        if quantity is None or ref.axes != quantity.shape or (ref.time is None) == quantity.timed:
            raise Refused(f"ill-typed: {ref.quantity} is no quantity, or has other axes")
        return quantity if ref.quantity == quantity.key else replace(quantity, definition=None, special=(), recurrence=0)

    def end(self, quantity: Quantity) -> Affine:
        """The time at which a quantity is free: before the first step, or after the last one where it runs backwards."""
        return self.last + 1 if quantity.recurrence > 0 else Affine((), self.first - 1)

    def definition(self, ref: Ref, facts: Facts) -> Tensor | None:
        """What defines a quantity at the time of a reference, None where it is free. Raises Refused where that is open."""
        quantity, time = self.quantity(ref), ref.time
        if time is None:
            return quantity.definition
        for at, value in quantity.special:
            if all(follows(c, facts) for c in equal(time, at)):
                return instantiate(value, {TIME: time})
            if not (follows(time - at - 1, facts) or follows(at - time - 1, facts)):
                raise Refused(f"it is open whether {quantity.text} is asked for at its special time")
        if quantity.definition is None:
            return None
        if quantity.recurrence:
            beyond = time - self.last if quantity.recurrence > 0 else Affine((), self.first) - time
            if follows(beyond - 1, facts):
                return None
            need(facts, beyond.scaled(-1))
        return instantiate(quantity.definition, {TIME: time})

    def held(self, node: Tensor, now: Affine) -> Tensor:
        """An expression with the quantities at other times held fixed: they are like free ones. Raises Refused."""
        if isinstance(node, Jac):
            raise Refused("an explicit derivative of a derivative")
        if not isinstance(node, Ref):
            return rebuilt(node, lambda part: self.held(part, now))
        if node.time is None:
            if self.quantity(node).definition is not None:
                raise Refused("an explicit derivative through a quantity without a time")
            return node
        shift = node.time - now
        if shift.terms:
            raise Refused("an explicit derivative through a time that is not known")
        return Ref(HELD + node.quantity.removeprefix(HELD), node.time, node.axes) if shift.constant else node

    def varied(self, wrt: Ref, now: Affine, facts: Facts) -> Ref:
        """What an explicit derivative at a time is by: a quantity of another time is held fixed, and varied as such."""
        if wrt.time is None or wrt.quantity.startswith(HELD) or all(follows(c, facts) for c in equal(wrt.time, now)):
            return wrt
        if not (follows(wrt.time - now - 1, facts) or follows(now - wrt.time - 1, facts)):
            raise Refused("an explicit derivative by a quantity at a time that is not known")
        return Ref(HELD + wrt.quantity, wrt.time, wrt.axes)

    # ----------------------------------------------------------------------------------------------------------- typing

    def check(self) -> None:
        """Whether every definition is typed, and none needs itself. Raises Refused."""
        if any(name == TIME or name.startswith(VARIABLE) for name in self.last.names()):
            raise Refused("the letter of the last step is kept for something else")
        for q in self.quantities.values():
            if q.key.startswith(HELD):
                raise Refused(f"{q.key} is only for explicit derivatives")
            if q.recurrence and not q.timed:
                raise Refused(f"{q.text} recurs without a time")
            if q.special and not q.timed:
                raise Refused(f"{q.text} is defined at a time that it has not")
            for value in self._definitions(q):
                self.typed(value, self.constants | ({TIME} if q.timed else frozenset()))
                if value.shape != q.shape:
                    raise Refused(f"ill-typed: {q.text} has other axes than its definition")
            if any(not at.names() <= self.last.names() for at, _ in q.special):
                raise Refused(f"the special time of {q.text} is none")
        symbols = [(q.symbol, q.timed) for q in self.quantities.values()]
        if len(set(symbols)) < len(symbols):
            raise Refused("two quantities have one symbol")
        self._founded()

    def typed(self, node: Tensor, names: frozenset[str]) -> None:
        """Whether an expression speaks of quantities as they are, and of known names alone. Raises Refused."""
        if not node.free <= names:
            raise Refused(f"unknown names: {', '.join(sorted(node.free - names))}")
        for part in walk(node):
            if isinstance(part, (Build, Sum, Product)) and (part.variable in {TIME, *names} or part.variable.startswith(VARIABLE)):
                raise Refused(f"the name {part.variable} is bound, and kept for something else")
            if isinstance(part, Ref) and self.quantity(part).key != part.quantity:
                raise Refused(f"{part.quantity} is only for explicit derivatives")

    def _definitions(self, q: Quantity) -> Iterator[Tensor]:
        yield from (value for _, value in q.special)
        if q.definition is not None:
            yield q.definition

    def _founded(self) -> None:
        """What needs itself does so at an earlier time (or at a later one), with an end at which it is free. Raises Refused."""
        needs = {q.key: set(self._needs(q)) for q in self.quantities.values()}
        reach = {key: _reachable(needs, key) for key in needs}
        for key in needs:
            loop = {other for other in reach[key] if key in reach[other]}
            inner = {one: {(other, shift) for other, shift in needs[one] if other in loop} for one in loop}
            if not any(self._goes(inner, direction) for direction in (-1, 1)):
                raise Refused(f"{self.quantities[key].text} needs itself")

    def _goes(self, loop: Mapping[str, set[tuple[str, int | None]]], direction: int) -> bool:
        """Whether quantities that need each other do so at earlier times only (or at later ones), each time round by way of one with an
        end."""
        shifts = [shift for edges in loop.values() for _, shift in edges]
        if any(shift is None or shift * direction < 0 for shift in shifts):
            return False
        at_once = {one: {other for other, shift in edges if not shift} for one, edges in loop.items()}
        endless = {one for one in loop if self.quantities[one].recurrence != direction}
        without_end = {one: {other for other, _ in edges if other in endless} for one, edges in loop.items() if one in endless}
        return _without_loop(at_once) and _without_loop(without_end)

    def _needs(self, q: Quantity) -> Iterator[tuple[str, int | None]]:
        """The quantities in the definitions of one, each with how much later it is asked for; None where that is not known."""
        places = [(value, at) for at, value in q.special]
        if q.definition is not None:
            places.append((q.definition, Affine.of(TIME)))
        for value, now in places:
            for node in walk(value):
                if isinstance(node, Ref):
                    shift = None if node.time is None or not q.timed else node.time.substitute({TIME: now}) - now
                    yield node.quantity, shift.constant if shift is not None and not shift.terms else None

    # ----------------------------------------------------------------------------------------------------------- claims

    def equations(self, claim: Claim) -> Iterator[Equation]:
        """What has to be proven for a claim: one equation for each way in which its conditions can hold. Raises Refused."""
        values = {name: Affine.of(VARIABLE + name) for name, _ in claim.variables}
        for ways in product(*(condition.substitute(values).ways() for condition in claim.within)):
            yield self._equation(claim, values, frozenset().union(*ways))

    def _equation(self, claim: Claim, values: Mapping[str, Affine], between: Facts) -> Equation:
        """What a claim says, component by component, wherever it has a meaning; components are ~1, ~2 and so on."""
        sides = [instantiate(side, values) for side in (claim.left, claim.right)]
        at = tuple(Affine.of(f"{VARIABLE}{n + 1}") for n in range(len(claim.left.shape)))
        given = {*between, *inside(at, claim.left.shape)}
        for name, label in claim.variables:
            index = values[name]
            given.update(inside((index,), (label,)) if label else (index - self.first, self.last - index))
        given.update(x for side in sides for x in self._asked(side))
        one, other = ((entry_term(Entry(side, at)),) for side in sides)
        return Equation(one, other, frozenset(c for c in given if c.terms or c.constant < 0))

    def _asked(self, node: Tensor) -> Iterator[Affine]:
        """Conditions without which an expression has no meaning: no state before the initial one, no range below the empty."""
        if isinstance(node, Ref) and node.time is not None and self.quantity(node).recurrence < 0:
            yield node.time - (self.first - 1)
        elif isinstance(node, (Sum, Product)):
            yield node.upper - node.lower + 1
        elif isinstance(node, Pick):
            yield from inside(node.indices, node.argument.shape[: len(node.indices)])
            yield from self._asked(node.argument)
        elif isinstance(node, Jac):
            yield from self._asked(node.wrt)
        elif isinstance(node, (Dot, Permute, Times, Over, Plus, Diag, DiagPart)):
            for part in subtensors(node):
                yield from self._asked(part)

    def sensible(self, claim: Claim) -> None:
        """Whether a claim is typed, and its indices and hypotheses are what they are said to be. Raises Refused."""
        names = [name for name, _ in claim.variables]
        if len(set(names)) < len(names) or any(n in self.constants or n.isdecimal() for n in names):
            raise Refused("an index has no name of its own")
        for part in (claim.left, claim.right):
            self.typed(part, self.constants.union(names))
        if claim.left.shape != claim.right.shape:
            raise Refused("ill-typed: the two sides have different axes")
        if any(not c.names() <= self.constants.union(names) for c in claim.within):
            raise Refused("a condition is about what is no index")
        for key in claim.assumed.zeros:
            q = self._assumed(key)
            if not q.recurrence or not all(self._differ(at, self.end(q)) for at, _ in q.special):
                raise Refused(f"{q.text} has no free end that could be zero")
        for key in claim.assumed.ones:
            q = self._assumed(key)
            if q.definition is not None or q.special or len(q.shape) != 1 or key in claim.assumed.zeros:
                raise Refused(f"{q.text} is no free vector")

    def _differ(self, one: Affine, other: Affine) -> bool:
        """Whether two times are never the same, whatever the last step is."""
        return follows(one - other - 1, self.always) or follows(other - one - 1, self.always)

    def _assumed(self, key: str) -> Quantity:
        if key not in self.quantities:
            raise Refused(f"a hypothesis is about {key}, which is no quantity")
        return self.quantities[key]


def _reachable(needs: Mapping[str, set[tuple[str, int | None]]], key: str) -> set[str]:
    """What a quantity needs, directly or through others; not itself, unless it needs itself."""
    found: set[str] = set()
    stack = [key]
    while stack:
        new = {other for other, _ in needs[stack.pop()]} - found
        found |= new
        stack += new
    return found


def _without_loop(graph: Mapping[str, set[str]]) -> bool:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return False
    return True
