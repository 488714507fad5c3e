"""The unrolled network in each algebra, under hypotheses or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cache
from math import prod
from pkgutil import resolve_name
from random import Random

from symrnn.deciding.algebras.ball import Ball
from symrnn.deciding.algebras.base import Algebra, Array
from symrnn.deciding.algebras.exact import Exact
from symrnn.deciding.algebras.modular import Modular
from symrnn.deciding.evaluate import Env, Instance, Key, OutOfRange, World, references
from symrnn.deciding.hypotheses import Hypothesis
from symrnn.language.claims import Claim
from symrnn.language.model import Model, Quantity, slope_name
from symrnn.language.tensors import Affine, Plus, Ref, Tensor, parts_of, walk

_SPARE_ATOMS = 48
#: What the values of expressions may take in one exact network before they are forgotten, counted in exponents of terms.
_MOST_KEPT = 4_000_000


class Network(World):
    """A network whose free quantities obey some hypotheses."""

    def __init__(self, model: Model, instance: Instance, algebra: Algebra, hypotheses: Iterable[Hypothesis] = ()) -> None:
        super().__init__(model, instance, algebra)
        self.hypotheses = tuple(hypotheses)

    def free(self, key: Key, shape: tuple[int, ...]) -> Array:
        value = super().free(key, shape)
        for hypothesis in self.hypotheses:
            value = hypothesis.constrain(key, (self.first, self.last), value, self.algebra)
        return value


class ExactNetwork(Network):
    """A network over exact polynomials, whose defining equations SymPy builds and differentiates."""

    algebra: Exact
    _kept = 0

    def __init__(self, model: Model, instance: Instance, algebra: Exact, hypotheses: Iterable[Hypothesis] = ()) -> None:
        super().__init__(model, instance, algebra, hypotheses)
        self._constants = dict(_constants_of_open_functions(model))
        self._opened = {opened for opened, _ in self._constants.values()}

    def _quantity(self, key: Key) -> Array:
        """What an open function gives is free, since its constant term is: that has the value that makes it so.

        Written out, its tangent grows with every step before it.
        """
        if key[0] in self._opened and self._is_opened(key):
            return World.free(self, key, tuple(self.sizes[label] for label in self.model.quantities[key[0]].shape))
        return super()._quantity(key)

    def _is_opened(self, key: Key) -> bool:
        definition = self.model.quantities[key[0]].definition
        with suppress(OutOfRange):
            return definition is not None and self.definition(key) is definition
        return False

    def free(self, key: Key, shape: tuple[int, ...]) -> Array:
        opened, ahead = self._constants.get(key[0], ("", 0))
        made = (opened, None if key[1] is None else key[1] + ahead)
        if not opened or not self._is_opened(made):
            return super().free(key, shape)
        definition = self.model.quantities[opened].definition
        assert isinstance(definition, Plus)
        rest = [term for term in definition.terms if not (isinstance(term, Ref) and term.quantity == key[0])]
        value = self.value(Plus(tuple(rest)), self.env_at(made[1])) if rest else self.zero(shape)
        minus = self.algebra.full(Fraction(-1), ())
        return self.algebra.add(self.quantity(made), self.algebra.contract(minus, value, 0))

    def keeps(self, value: Array) -> bool:
        """Remembers it; forgets all before it where they take too much, since claim after claim adds its own.

        Values and Jacobians of quantities, which all claims share, are kept elsewhere and stay.
        """
        self._kept += sum(x.terms() for x in value.flat) * self.algebra.variables
        if self._kept > _MOST_KEPT:
            self._values.clear()
            self._kept = 0
        return True

    def free_vectors(self, keys: set[str]) -> list[Array]:
        """The values met so far of free quantities, at every time."""
        return [value for (key, _), value in self._quantities.items() if key in keys] if keys else []

    def settled(self, source: Key, key: Key, adjoint: Array) -> Array:
        """Gives the entries of an adjoint names of their own, if it is that of a scalar and others are built on it.

        Written out, the adjoints of early steps are huge; most identities between them hold before they are.
        """
        if self.quantity(source).shape or self.definition(key) is None:
            return adjoint
        return self.algebra.each(self.algebra.abbreviated, adjoint)

    def _local(self, definition: Tensor, env: Env) -> dict[Key, Array]:
        children = list(dict.fromkeys(references(definition, env, self)))
        values = [self.quantity(child) for child in children]
        self.value(definition, env)
        locals_ = _differentiator()(self.algebra, definition, env, children, values)
        return {child: local for child, local in zip(children, locals_, strict=True) if not all(x.is_zero() for x in local.flat)}


@cache
def _differentiator() -> Callable[..., list[Array]]:
    """What differentiates defining equations, loaded when the first one is: it brings SymPy."""
    jacobians: Callable[..., list[Array]] = resolve_name("symrnn.deciding.derivatives:jacobians")
    return jacobians


def _constants_of_open_functions(model: Model) -> Iterator[tuple[str, tuple[str, int]]]:
    """The constant terms of the tangents of open functions that one definition has, with what it defines, and how many steps later."""
    used = Counter(
        node.quantity
        for q in model.quantities.values()
        for d in (q.definition, *(e for _, e in q.special))
        if d
        for node in walk(d)
        if isinstance(node, Ref)
    )
    for quantity in model.quantities.values():
        terms = quantity.definition.terms if isinstance(quantity.definition, Plus) else ()
        for function in model.calls:
            for constant in model.named(slope_name(function, 0)).values():
                here = [t for t in terms if isinstance(t, Ref) and t.quantity == constant.key]
                if len(here) == used[constant.key] == 1 and constant.timed == quantity.timed:
                    ahead = Affine.of("t") - here[0].time if here[0].time is not None else Affine()
                    if not ahead.names():
                        yield constant.key, (quantity.key, ahead.constant)


def enlarged(instance: Instance, unknown: Iterable[Quantity]) -> Instance:
    """The instance with a size of its own for every axis that only quantities unknown to the model have."""
    sizes = dict(instance.sizes)
    axes = (label for quantity in unknown for label in quantity.shape)
    for label in (name for axis in axes for name in (*parts_of(axis), axis)):
        if label not in sizes:
            sizes[label] = max(sizes.values(), default=1) + 1
    return Instance(instance.steps, tuple(sizes.items()))


def random_assignments(
    claim: Claim, network: Network, hypotheses: Iterable[Hypothesis], choice: Random, tries: int, latest_first: bool = False
) -> Iterator[dict[str, int]]:
    """A few values of the free indices of a claim that its hypotheses allow, one if it has none.

    With `latest_first` the first try is at the last time step, which has the longest history.
    """
    hypotheses = tuple(hypotheses)
    for attempt in range(tries if claim.variables else 1):
        env = dict(network.base_env)
        for name, role, label in claim.variables:
            if role == "time":
                late = latest_first and attempt == 0
                env[name] = network.last if late else choice.randint(network.first, network.last)
            else:
                env[name] = choice.randint(1, network.sizes.get(label, 1))
        for hypothesis in hypotheses:
            if hypothesis.kind == "equal" and hypothesis.condition is not None:
                (second,) = hypothesis.condition.right.names()
                env[second] = hypothesis.condition.left.value(env)
        if claim.covers(env) and all(h.allows(env) for h in hypotheses):
            yield env


def exact_network(model: Model, instance: Instance, hypotheses: Iterable[Hypothesis] = ()) -> ExactNetwork:
    """The network over exact polynomials, with room for every entry it has."""
    atoms = _SPARE_ATOMS + 2 * number_of_entries(model, Instance(instance.steps + 3, instance.sizes))
    return ExactNetwork(model, instance, Exact(min(atoms, 1000)), hypotheses)


def number_of_entries(model: Model, instance: Instance) -> int:
    """How many numbers the quantities of an unrolled network have."""
    sizes = dict(instance.sizes)
    return sum(
        prod(sizes[label] for label in quantity.shape) * (instance.steps if quantity.timed else 1)
        for quantity in model.quantities.values()
    )


def modular_network(model: Model, instance: Instance, seed: int, hypotheses: Iterable[Hypothesis] = ()) -> Network:
    """The network at a random point modulo a prime."""
    return Network(model, instance, Modular(seed), hypotheses)


def ball_network(model: Model, instance: Instance, seed: int, hypotheses: Iterable[Hypothesis] = ()) -> Network:
    """The network at a rational point, in ball arithmetic."""
    return Network(model, instance, Ball(seed), hypotheses)
