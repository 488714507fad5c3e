"""The network: the quantities of a model unrolled over the time steps of an instance, with their Jacobians by the chain rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod

from symrnn.deciding.algebras.base import Algebra, Array
from symrnn.deciding.evaluate.evaluator import Env, Evaluator, Instance, Key, OutOfRange, entry_name, key_of
from symrnn.deciding.evaluate.pullbacks import pulled
from symrnn.language.model import Model
from symrnn.language.tensors import Jac, Ref, Tensor, size_name

#: Other manners of explicit derivatives than holding fixed all that stands at other steps.
BY_THE_EQUATION, AT_ONE_STEP = "by the equation", "at one step"


class World(Evaluator):
    """A network unrolled over the time steps of an instance, in one algebra.

    `manner` is what explicit derivatives hold fixed: all that stands at other steps than the source; where it is `BY_THE_EQUATION`,
    all but what stands in the defining equation; where it is `AT_ONE_STEP`, also for a source without a time.
    """

    manner = ""

    def __init__(self, model: Model, instance: Instance, algebra: Algebra) -> None:
        super().__init__(algebra, dict(instance.sizes))
        self.model = model
        self.instance = instance
        self.first = model.first
        self.last = model.first + instance.steps - 1
        self.base_env: dict[str, int] = {size_name(label): size for label, size in instance.sizes}
        if model.horizon:
            self.base_env[model.horizon] = self.last - model.horizon_offset
        self._units: dict[tuple[int, ...], Array] = {}
        self._quantities: dict[Key, Array] = {}
        self._begun: set[Key] = set()
        self._locals: dict[Key, dict[Key, Array]] = {}
        self._sweeps: dict[tuple[Key, bool], dict[Key, Array | None]] = {}
        self._orders: dict[tuple[Key, bool], list[Key]] = {}
        self._depending: dict[str, frozenset[str]] = {}

    def quantity(self, key: Key) -> Array:
        """The value of a quantity at a time. Raises OutOfRange, also for one that is made of itself at that time."""
        known = self._quantities.get(key)
        if known is None:
            if key in self._begun:
                raise OutOfRange(f"{self.model.quantities[key[0]].text} is made of itself")
            self._begun.add(key)
            try:
                self._earlier(key)
                known = self._quantity(key)
            finally:
                self._begun.discard(key)
            self._quantities[key] = known
        return known

    def _earlier(self, key: Key) -> None:
        """Computes a state's history first, so that a long sequence is a loop and no recursion."""
        recurrence, time = self.model.quantities[key[0]].recurrence, key[1]
        if time is None or not recurrence:
            return
        steps = range(self.first, time) if recurrence < 0 else range(self.last, time, -1)
        for step in steps:
            if (key[0], step) not in self._quantities:
                self._quantities[key[0], step] = self._quantity((key[0], step))

    def _quantity(self, key: Key) -> Array:
        quantity = self.model.quantities[key[0]]
        definition = self.definition(key)
        if definition is not None:
            return self.value(definition, self.env_at(key[1]))
        shape = tuple(self.sizes[label] for label in quantity.shape)
        return self.free(key, shape)

    def free(self, key: Key, shape: tuple[int, ...]) -> Array:
        """The value of a quantity that nothing defines."""
        return self.algebra.free(entry_name(key), shape)

    def definition(self, key: Key) -> Tensor | None:
        """The expression that defines a quantity at a time; None where it is free. Raises OutOfRange."""
        quantity, time = self.model.quantities[key[0]], key[1]
        if time is not None:
            for at, expression in quantity.special:
                if at.value(self.base_env) == time:
                    return expression
        if quantity.definition is None:
            return None
        if time is not None and quantity.recurrence < 0 and time < self.first:
            if time < self.first + quantity.recurrence:
                raise OutOfRange(f"{quantity.text} at time {time}, before the initial state")
            return None
        if time is not None and quantity.recurrence > 0 and time > self.last:
            if time > self.last + quantity.recurrence:
                raise OutOfRange(f"{quantity.text} at time {time}, after the final value")
            return None
        return quantity.definition

    def env_at(self, time: int | None) -> dict[str, int]:
        """The environment in which a definition is evaluated."""
        return self.base_env if time is None else {**self.base_env, "t": time}

    def derivative(self, node: Jac, env: Env) -> Array:
        """A total or explicit derivative, by the chain rule over the quantities of the network."""
        wrt = key_of(node.wrt, env)
        self.quantity(wrt)
        result: Array | None = None
        for key, adjoint in self._adjoints(node.numerator, env, wrt):
            jacobian = self.jacobian(key, wrt, node.explicit)
            if jacobian is not None:
                part = jacobian if adjoint is None else self.algebra.contract(adjoint, jacobian, len(self.quantity(key).shape))
                result = part if result is None else self.algebra.add(result, part)
        return self.zero((*self.shape(node.numerator), *self.shape(node.wrt))) if result is None else result

    def _adjoints(self, numerator: Tensor, env: Env, wrt: Key) -> Iterator[tuple[Key, Array | None]]:
        """The derivative of an expression by each quantity in it that may depend on `wrt`; None for the identity."""
        if isinstance(numerator, Ref):
            yield key_of(numerator, env), None
        else:
            identity = self.unit(self.shape(numerator))
            yield from pulled(self, numerator, env, identity, self.depending(wrt[0])).items()

    def depending(self, target: str) -> frozenset[str]:
        """The quantities that depend on `target` at some time, itself included."""
        if target not in self._depending:
            found, grown = {target}, True
            while grown:
                more = {key for key, quantity in self.model.quantities.items() if not quantity.uses.isdisjoint(found)} - found
                grown = bool(more)
                found |= more
            self._depending[target] = frozenset(found)
        return self._depending[target]

    def jacobian(self, source: Key, target: Key, explicit: bool) -> Array | None:
        """The derivative of one quantity by another, axes of the source first; None when it does not depend on it.

        With `explicit`, only through quantities at the source's time: all others are held fixed, but for the target. Works
        backwards from the source, over the quantities between the two only, and keeps what it finds.
        """
        if explicit and self.manner == BY_THE_EQUATION:
            return self._identity(source) if source == target else self.local(source).get(target)
        if explicit and self.manner == AT_ONE_STEP and source[1] is None and target[1] is not None:
            return self._at_step(source, target)
        if explicit and None not in (source[1], target[1]) and source[1] != target[1]:
            return self._argument(source, target)
        adjoints = self._sweeps.setdefault((source, explicit), {source: self._identity(source)})
        if target not in adjoints:
            adjoints[target] = None
            self._extend(adjoints, source, target, explicit)
        return adjoints[target]

    def _argument(self, source: Key, target: Key) -> Array | None:
        """The explicit derivative by a quantity of another time, which is an argument of the equations at the source's time."""
        result: Array | None = None
        for key in self._ordered(source, True):
            local = self.local(key).get(target)
            adjoint = None if local is None else self.jacobian(source, key, True)
            if local is not None and adjoint is not None:
                part = self.algebra.contract(adjoint, local, len(self.quantity(key).shape))
                result = part if result is None else self.algebra.add(result, part)
        return result

    def _at_step(self, source: Key, target: Key) -> Array | None:
        """The derivative of a quantity without a time by what stands at one step, through what stands there."""
        if source[1] is not None or source == target:
            return self.jacobian(source, target, True) if source != target else self._identity(source)
        result: Array | None = None
        for child, local in self.local(source).items():
            onwards = self._at_step(child, target) if child[1] in (None, target[1]) else None
            if onwards is not None:
                part = self.algebra.contract(local, onwards, len(self.quantity(child).shape))
                result = part if result is None else self.algebra.add(result, part)
        return result

    def _extend(self, known: dict[Key, Array | None], source: Key, target: Key, explicit: bool) -> None:
        order = self._ordered(source, explicit)
        if target not in order:
            return
        between = {target}
        for key in reversed(order):
            if not between.isdisjoint(self._edges(key, source, explicit)):
                between.add(key)
        rank = len(self.model.quantities[source[0]].shape)

        def passed_on(key: Key, _: Array) -> Iterator[tuple[Key, Array]]:
            adjoint = known[key]
            for child, local in self._edges(key, source, explicit).items():
                if adjoint is not None and child in between and known.get(child) is None:
                    yield child, local if key == source else self.algebra.contract(adjoint, local, adjoint.ndim - rank)

        adjoints = {key: adjoint for key in between if (adjoint := known.get(key)) is not None}
        for key, adjoint in backwards(self.algebra, (key for key in order if key in between), adjoints, passed_on):
            if known.get(key) is None:
                known[key] = self.settled(source, key, adjoint)

    def settled(self, source: Key, key: Key, adjoint: Array) -> Array:
        """What to keep of an adjoint once it is complete."""
        return adjoint

    def _edges(self, key: Key, source: Key, explicit: bool) -> Mapping[Key, Array]:
        """The partial derivatives of a quantity by what its equation has, but for what is held fixed."""
        local = self.local(key)
        if not explicit or source[1] is None:
            return local
        return {child: slope for child, slope in local.items() if child[1] in (None, source[1])}

    def _ordered(self, source: Key, explicit: bool) -> list[Key]:
        """Every quantity that `source` depends on, each before those that it depends on itself."""
        known = self._orders.get((source, explicit))
        if known is not None:
            return known
        order = topological([source], lambda key: self._edges(key, source, explicit))
        self._orders[source, explicit] = order
        return order

    def _identity(self, key: Key) -> Array:
        return self.unit(self.quantity(key).shape)

    def unit(self, shape: tuple[int, ...]) -> Array:
        """The identity on tensors of a shape."""
        if shape not in self._units:
            self._units[shape] = self.algebra.eye(prod(shape)).reshape((*shape, *shape))
        return self._units[shape]

    def local(self, key: Key) -> dict[Key, Array]:
        """The partial derivatives of the defining equation of a quantity by the quantities that stand in it."""
        known = self._locals.get(key)
        if known is None:
            definition = self.definition(key)
            known = {} if definition is None else self._local(definition, self.env_at(key[1]))
            self._locals[key] = known
        return known

    def _local(self, definition: Tensor, env: Env) -> dict[Key, Array]:
        return pulled(self, definition, env, self.unit(self.shape(definition)))


def backwards(
    algebra: Algebra,
    order: Iterable[Key],
    adjoints: dict[Key, Array],
    passed_on: Callable[[Key, Array], Iterable[tuple[Key, Array]]],
) -> Iterator[tuple[Key, Array]]:
    """The backward pass: each quantity with its adjoint, once all that use it have added what they pass on of theirs.

    The adjoint may be a whole Jacobian, or one that is contracted with the weights of a sum; it is looked at before it is passed on.
    """
    for key in order:
        adjoint = adjoints.pop(key, None)
        if adjoint is not None:
            yield key, adjoint
            for child, part in passed_on(key, adjoint):
                adjoints[child] = algebra.add(adjoints[child], part) if child in adjoints else part


def topological(starts: Iterable[Key], onwards: Callable[[Key], Iterable[Key]]) -> list[Key]:
    """Everything that can be reached, each before what it leads to (no recursion: the sequence may be long)."""
    done: list[Key] = []
    seen: set[Key] = set()
    for start in starts:
        stack = [] if start in seen else [(start, iter(onwards(start)))]
        seen.add(start)
        while stack:
            key, ways = stack[-1]
            child = next((c for c in ways if c not in seen), None)
            if child is None:
                stack.pop()
                done.append(key)
            else:
                seen.add(child)
                stack.append((child, iter(onwards(child))))
    return done[::-1]
