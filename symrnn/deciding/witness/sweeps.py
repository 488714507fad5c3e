"""Backward sweeps through an unrolled network: the derivative of a weighted sum of quantities by many others at once.

One sweep takes time linear in the number of steps, however many time steps the seeds and the targets stand at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.evaluate import Env, Key, Unsupported, backwards, key_of, pulled, references, topological
from symrnn.deciding.network import Network
from symrnn.deciding.vectorising import vectorised
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Affine, Jac, Ref, Tensor, walk

Seeds = dict[Key, Array]

#: Entries of remembered values of one network: 128 MiB.
_MOST_KEPT = 1 << 24


class SweptNetwork(Network):
    """A network whose Jacobians come from backward sweeps, without the dense Jacobians of single equations."""

    _kept = 0

    @cached_property
    def _uses(self) -> dict[Key, tuple[Key, ...]]:
        return {}

    @cached_property
    def _gradients(self) -> dict[tuple[Key, frozenset[Key], bool], Seeds]:
        return {}

    @cached_property
    def forward_only(self) -> bool:
        """Whether what is at a time depends on nothing later, nor on what has no time and is defined: a mean over all steps."""
        quantities = self.model.quantities
        totals = {key for key, quantity in quantities.items() if not (quantity.timed or quantity.is_parameter)}
        timed = [quantity for quantity in quantities.values() if quantity.timed]
        return all(_looks_back(quantity) and totals.isdisjoint(quantity.uses) for quantity in timed)

    def with_numbers(self, unknown: Iterable[Quantity]) -> Model | None:
        """The model with the free quantities that only a claim knows; None where one is another quantity here, or no number."""
        quantities = dict(self.model.quantities)
        for quantity in unknown:
            if quantities.setdefault(quantity.key, quantity) != quantity:
                return None
            if quantity.key not in self.model.quantities and quantity.shape:
                return None
        return replace(self.model, quantities=quantities)

    def keeps(self, value: Array) -> bool:
        """Values are remembered up to a limit of memory; beyond it large ones are computed again."""
        self._kept += value.size
        return self._kept <= _MOST_KEPT

    def derivative(self, node: Jac, env: Env) -> Array:
        """A total or explicit derivative, with the identity as its seed."""
        target = key_of(node.wrt, env)
        self.quantity(target)
        beside = self._beside(target)
        total = isinstance(node.numerator, Ref) and node.numerator.time is None and not node.numerator.shape
        if total and isinstance(node.numerator, Ref) and target in beside:
            found = self._gradient((node.numerator.quantity, None), beside, node.explicit)
        else:
            found = self.swept(self.seeds(node, env, self.unit(self.shape(node.numerator))), {target}, node.explicit)
        return found[target] if target in found else self.zero(self.shape(node))

    def _gradient(self, total: Key, targets: frozenset[Key], explicit: bool) -> Seeds:
        """The derivative of a total by several quantities in one sweep."""
        key = total, targets, explicit
        if key not in self._gradients:
            self._gradients[key] = self.swept({total: self.unit(())}, targets, explicit)
        return self._gradients[key]

    def _beside(self, target: Key) -> frozenset[Key]:
        """What will be asked for as well when a gradient is: all parameters, or a quantity at all of its steps."""
        if target[1] is None:
            used = frozenset().union(*(q.uses for q in self.model.quantities.values()))
            return frozenset((key, None) for key in used if self.model.quantities[key].is_parameter)
        return frozenset((target[0], time) for time in range(self.first - 1, self.last + 1))

    def definition(self, key: Key) -> Tensor | None:
        """The expression that defines a quantity at a time, without component indices where possible."""
        definition = super().definition(key)
        return None if definition is None else vectorised(definition)

    def seeds(self, node: Jac, env: Env, adjoint: Array) -> Seeds:
        """What an adjoint of the numerator of a derivative gives for the quantities in it. Raises OutOfRange where there is none."""
        if isinstance(node.numerator, Ref):
            self.quantity(key_of(node.numerator, env))
        return pulled(self, node.numerator, env, adjoint, self.depending(node.wrt.quantity))

    def swept(self, seeds: Seeds, targets: Collection[Key], explicit: bool) -> Seeds:
        """The derivative of what the seeds weigh by every target that it depends on.

        Total, or explicit: then every path stays at one time, unless its last step leads to a target. Raises Unsupported where
        explicit paths would pass through a quantity without a time.
        """
        among = frozenset().union(*(self.depending(quantity) for quantity in {quantity for quantity, _ in targets}))
        onwards = self._ways(seeds, targets, among, explicit)

        def passed_on(key: Key, adjoint: Array) -> Iterator[tuple[Key, Array]]:
            definition, children = self.definition(key), set(onwards(key))
            parts = pulled(self, definition, self.env_at(key[1]), adjoint, among) if definition is not None and children else {}
            return ((child, part) for child, part in parts.items() if child in children)

        swept = backwards(self.algebra, topological(seeds, onwards), dict(seeds), passed_on)
        return {key: adjoint for key, adjoint in swept if key in targets}

    def _ways(
        self, seeds: Seeds, targets: Collection[Key], among: frozenset[str], explicit: bool
    ) -> Callable[[Key], Iterator[Key]]:
        """Where a sweep goes on from a quantity."""
        times = [time for _, time in targets if time is not None]
        earliest = min(times) if self.forward_only and len(times) == len(targets) else None
        at_one_time = explicit and all(time is not None for _, time in seeds)
        if explicit and not at_one_time and len(seeds) > 1:
            raise Unsupported("an explicit derivative of several quantities at once")
        starts = {time for _, time in seeds}
        if at_one_time and len(starts) > 1 and times:
            raise Unsupported("an explicit derivative by what stands at another time, of several times at once")

        def onwards(key: Key) -> Iterator[Key]:
            if at_one_time and key[1] is not None and key[1] not in starts:
                return
            for child in self._children(key):
                if child[0] not in among:
                    continue
                if child[1] is not None and earliest is not None and child[1] < earliest:
                    continue
                if at_one_time and child[1] is not None and child[1] != key[1] and child not in targets:
                    if key[1] is None:
                        raise Unsupported("an explicit derivative through a quantity without a time")
                    continue
                yield child

        return onwards

    def _children(self, key: Key) -> tuple[Key, ...]:
        """The quantities that stand in the definition of one at its time."""
        if key not in self._uses:
            definition, env = self.definition(key), self.env_at(key[1])
            self._uses[key] = () if definition is None else tuple(dict.fromkeys(references(definition, env, self)))
        return self._uses[key]


def _looks_back(quantity: Quantity) -> bool:
    defined = [(Affine.of("t"), quantity.definition), *quantity.special]
    return all(_never_later(at, definition) for at, definition in defined if definition is not None)


def _never_later(at: Affine, definition: Tensor) -> bool:
    times = [n.time for n in walk(definition) if isinstance(n, Ref) and n.time is not None]
    return all(not (at - time).terms and (at - time).constant >= 0 for time in times)
