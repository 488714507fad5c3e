"""Factors that are applied to what stands beside them: derivatives by a backward sweep, ordered products by a recurrence.

A kernel has a source and a target, each at a position along time. Applied to seeds at any number of source positions it gives
their sum at any number of target positions, in time linear in the distance between the outermost of them: nested sums
over time steps cost no more than single ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.evaluate import Env, key_of
from symrnn.deciding.witness.labelled import Labels
from symrnn.deciding.witness.sweeps import Seeds, SweptNetwork
from symrnn.language.tensors import Affine, Jac, Product, Ref

Seed = tuple[Env, Array]  # the leading axes of the array are carried along, its last ones are those of the source


class Kernel(ABC):
    """One way to apply a factor: from its `sources` axes to its `targets` axes.

    `source` and `target` are the positions along time (None for a quantity without a time), `source_names` and `target_names` the
    index variables of the two ends. The kernel is zero, or has no meaning
    (`strict`), unless ``orientation * (source - target) >= reach`` (None where that is not known).
    """

    node: Jac | Product
    labels: Labels
    sources: Labels
    targets: Labels
    target_shape: tuple[int, ...]
    source: Affine | None
    target: Affine | None
    source_names: frozenset[str]
    target_names: frozenset[str]
    orientation: int
    reach: int | None
    strict: bool

    @abstractmethod
    def apply(self, seeds: Sequence[Seed], targets: Sequence[Env]) -> list[Array]:
        """The sum of the kernel applied to all seeds, at every target; seeds out of a target's reach are left out."""

    def reaches(self, source: Env, target: Env) -> bool:
        """Whether the kernel has a meaning between two positions."""
        if not self.strict or self.source is None or self.target is None or self.reach is None:
            return True
        return self.orientation * (self.source.value(source) - self.target.value(target)) >= self.reach


class JacobianKernel(Kernel):
    """A Jacobian, applied from its numerator to what it is taken by."""

    node: Jac
    orientation = 1
    strict = False

    def __init__(self, network: SweptNetwork, node: Jac, labels: Labels) -> None:
        self.network, self.node, self.labels = network, node, labels
        rank = len(node.numerator.shape)
        self.sources, self.targets = labels[:rank], labels[rank:]
        self.target_shape = network.shape(node.wrt)
        self.source = node.numerator.time if isinstance(node.numerator, Ref) else None
        self.target = node.wrt.time
        self.source_names, self.target_names = node.numerator.free, node.wrt.free
        timed = self.source is not None and self.target is not None
        self.reach = 0 if timed and network.forward_only else None

    def apply(self, seeds: Sequence[Seed], targets: Sequence[Env]) -> list[Array]:
        total: Seeds = {}
        for env, adjoint in seeds:
            for key, part in self.network.seeds(self.node, env, adjoint).items():
                total[key] = self.network.algebra.add(total[key], part) if key in total else part
        keys = [key_of(self.node.wrt, env) for env in targets]
        for key in keys:
            self.network.quantity(key)
        found = self.network.swept(total, set(keys), self.node.explicit)
        carried = seeds[0][1].shape[: seeds[0][1].ndim - len(self.sources)]
        nothing = self.network.zero((*carried, *self.target_shape))
        return [found.get(key, nothing) for key in keys]


class JacobianChain(Kernel):
    """An ordered product, applied from the end at its upper bound (`down`) or from the one at its lower bound."""

    node: Product
    source: Affine
    target: Affine
    strict = True
    reach = -1

    def __init__(self, network: SweptNetwork, node: Product, labels: Labels, down: bool) -> None:
        self.network, self.node, self.labels = network, node, labels
        self._from_left = down == node.falling
        left, right = labels[:1], labels[1:]
        self.sources, self.targets = (left, right) if self._from_left else (right, left)
        self.target_shape = network.shape(node)[:1]
        self.source, self.target = (node.upper, node.lower) if down else (node.lower, node.upper)
        self.source_names, self.target_names = self.source.names(), self.target.names()
        self.orientation = 1 if down else -1

    def apply(self, seeds: Sequence[Seed], targets: Sequence[Env]) -> list[Array]:
        waiting: dict[int, Array] = {}
        for env, adjoint in seeds:
            at = self.source.value(env)
            waiting[at] = self.network.algebra.add(waiting[at], adjoint) if at in waiting else adjoint
        ends = [self.target.value(env) for env in targets]
        arrived = self._arrived(waiting, set(ends), seeds[0][0])
        nothing = self.network.zero(seeds[0][1].shape)
        return [arrived.get(end, nothing) for end in ends]

    def _arrived(self, waiting: dict[int, Array], ends: set[int], env: Env) -> dict[int, Array]:
        """What has come through all factors up to each end, that of the end included: a_m = (a_{m+1} + w_{m+1}) A_m, or upwards."""
        algebra, step = self.network.algebra, -self.orientation
        start, end = min(at * step for at in waiting) * step, max(at * step for at in ends) * step
        moving, result = self.network.zero(next(iter(waiting.values())).shape), {}
        for at in range(start, end + 2 * step, step):
            if at in waiting:
                moving = algebra.add(moving, waiting[at])
            if at - step in ends:
                result[at - step] = moving
            if at != end + step:
                moving = self._through(moving, at, env)
        return result

    def _through(self, moving: Array, at: int, env: Env) -> Array:
        """A carried array times the factor at a value of the product's variable."""
        factor = self.network.value(self.node.body, {**env, self.node.variable: at})
        if not self.sources:
            return self.network.algebra.multiply(moving, factor)
        return self.network.algebra.contract(moving, factor if self._from_left else factor.T, 1)
