"""A kernel applied to the factors at its source.

On the way it sums over the index of its source, wherever nothing else needs that index: so a double sum over time steps
becomes one sweep. Where the bounds of the two indices leave out pairs that a sweep would take in, the few next to the
diagonal are taken off again; otherwise every target gets a sweep of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.evaluate import BadRange, Env, Unsupported
from symrnn.deciding.witness.kernels import Kernel
from symrnn.deciding.witness.labelled import Labelled, Labels, contracted
from symrnn.deciding.witness.ranges import Ranges
from symrnn.deciding.witness.sweeps import SweptNetwork
from symrnn.language.tensors import Affine

_MOST_APPLICATIONS = 5_000
_NEAR = 4
_BACKWARDS = "an ordered product runs from a bound to a lower one"

Place = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Dense:
    """A factor with values: its labels, the summed indices it depends on, and how to get it at some values of those."""

    labels: Labels
    names: tuple[str, ...]
    at: Callable[[Env], Array]

    def labelled(self, env: Env) -> Labelled:
        """Its value."""
        return Labelled(self.at(env), self.labels)


def source_names(ranges: Ranges, kernel: Kernel, group: Iterable[Dense]) -> set[str]:
    """The summed indices that a kernel's source and the factors at it depend on."""
    return {n for d in group for n in d.names}.union(ranges.among(kernel.source_names))


@dataclass(frozen=True)
class Application:
    """What a kernel is applied to: a group of factors, the labels that are carried along, the index that is summed over."""

    network: SweptNetwork
    ranges: Ranges
    kernel: Kernel
    group: tuple[Dense, ...]
    carried: Labels
    over: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The summed indices that the result depends on."""
        return self.ranges.among((self.source_names | self.kernel.target_names) - {self.over})

    @property
    def source_names(self) -> set[str]:
        """The summed indices that what the kernel is applied to depends on."""
        return source_names(self.ranges, self.kernel, self.group)

    def table(self) -> dict[Place, Array]:
        """The result at all values of `names`: carried axes first, then those of the target.

        Raises BadRange, OutOfRange, Unsupported, and what the algebra raises.
        """
        return self._one_by_one() if self.over is None else self._summed(self.over)

    def _seed(self, env: Env) -> tuple[Env, Array]:
        keep = (*self.carried, *self.kernel.sources)
        return env, contracted(self.network.algebra, [d.labelled(env) for d in self.group], keep).ordered(keep)

    def _one_by_one(self) -> dict[Place, Array]:
        """The seed at each value of the indices it depends on, applied for all its targets at a time."""
        source = self.source_names
        inner = self.ranges.among(self.kernel.target_names - source)
        table: dict[Place, Array] = {}
        for count, env in enumerate(self.ranges.values(source)):
            if count == _MOST_APPLICATIONS:
                raise Unsupported("a sum whose terms cannot be taken together at this size")
            targets = list(self.ranges.values(inner, env))
            for target in targets:
                self._demand_reach(env, target)
            results = self.kernel.apply([self._seed(env)], targets) if targets else []
            table |= {self._place(target): result for target, result in zip(targets, results, strict=True)}
        return table

    def _place(self, env: Env) -> Place:
        return tuple(env[n] for n in self.names)

    # ------------------------------------------------------------------------------------------- summing on the way

    def _summed(self, over: str) -> dict[Place, Array]:
        """The seeds at all values of an index together, at every value of the index of the target."""
        targets = list(self.ranges.values(self.names))
        seeds = {env[over]: self._seed(env) for env in self.ranges.values((over,))}
        excluded = self._excluded(over)
        if excluded is None:
            results = [self._from_allowed(over, seeds, target) for target in targets]
        else:
            results = self.kernel.apply(list(seeds.values()), targets)
            for number, target in enumerate(targets):
                for distance in excluded:
                    seed = seeds.get(target[self.names[0]] + distance)
                    if seed is not None:
                        results[number] = self._less(results[number], self.kernel.apply([seed], [target])[0])
        return dict(zip(map(self._place, targets), results, strict=True))

    def _less(self, a: Array, b: Array) -> Array:
        algebra = self.network.algebra
        return algebra.add(a, algebra.multiply(algebra.full(Fraction(-1), ()), b))

    def _excluded(self, over: str) -> range | None:
        """The distances from the index of the target to that of the source that a sweep takes in and the bounds do not.

        None where that cannot be told, or would be too many. Raises BadRange where the bounds take in pairs for which the
        kernel has no meaning.
        """
        kernel = self.kernel
        if not self.names or not self.ranges.tied(over):
            return range(0) if not kernel.strict else None
        least = self.ranges.least_distance(over, self.names[0], kernel.orientation)
        reach = self._reach(over, self.names[0])
        if reach is None or None in least:
            return None
        nearest = max(m for m in least if m is not None)
        if kernel.strict and nearest < reach:
            raise BadRange(_BACKWARDS)
        if nearest - reach > _NEAR:
            return None
        return range(kernel.orientation * reach, kernel.orientation * nearest, kernel.orientation)

    def _reach(self, over: str, target: str) -> int | None:
        """The reach of the kernel in terms of the two indices."""
        kernel = self.kernel
        if kernel.source is None or kernel.target is None or kernel.reach is None:
            return None
        shift = (kernel.source - kernel.target) - (Affine.of(over) - Affine.of(target))
        return None if self.ranges.among(shift.names()) else kernel.reach - kernel.orientation * shift.value(self.ranges.env)

    def _from_allowed(self, over: str, seeds: dict[int, tuple[Env, Array]], target: Env) -> Array:
        """Just the seeds that the bounds allow for one target."""
        allowed = list(self.ranges.values((over,), target))
        for env in allowed:
            self._demand_reach(env, target)
        if allowed:
            return self.kernel.apply([seeds[env[over]] for env in allowed], [target])[0]
        carried = next(iter(seeds.values()))[1].shape[: len(self.carried)]
        return self.network.zero((*carried, *self.kernel.target_shape))

    def _demand_reach(self, source: Env, target: Env) -> None:
        if not self.kernel.reaches(source, target):
            raise BadRange(_BACKWARDS)
