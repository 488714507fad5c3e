"""The value of a product of factors under sums: its kernels are applied one after the other, what is left is added up."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.evaluate import Env, Unsupported
from symrnn.deciding.vectorising import vectorised
from symrnn.deciding.witness.application import Application, Dense, source_names
from symrnn.deciding.witness.flattening import Factor, Flattening, Summand
from symrnn.deciding.witness.kernels import JacobianChain, JacobianKernel, Kernel
from symrnn.deciding.witness.labelled import Labels, contracted
from symrnn.deciding.witness.ranges import Ranges
from symrnn.deciding.witness.sweeps import SweptNetwork
from symrnn.language.tensors import Eye, Jac, Product, Tensor

_MOST_TERMS = 50_000
_PROBE = "random vector"


def projected(network: SweptNetwork, side: Tensor, env: Env) -> Array:
    """An expression contracted with a random vector for each of its axes: a number.

    Raises BadRange, OutOfRange, Unsupported, and what the algebra raises.
    """
    flattening, result = Flattening(), network.zero(())
    labels = flattening.fresh(len(side.shape))
    vectors = [network.algebra.free(f"{_PROBE} {n}", (size,)) for n, size in enumerate(network.shape(side))]
    probes = [_constant((label,), vector) for label, vector in zip(labels, vectors, strict=True)]
    for summand in flattening.of(vectorised(side), labels):
        result = network.algebra.add(result, _Contraction(network, summand, flattening, env, probes).value())
    return result


def _constant(labels: Labels, value: Array) -> Dense:
    return Dense(labels, (), lambda env: value)


class _Contraction:
    """One product on its way to a number."""

    def __init__(self, network: SweptNetwork, summand: Summand, flattening: Flattening, env: Env, probes: Sequence[Dense]) -> None:
        self.network = network
        self.flattening = flattening
        self.env = env
        self.ranges = Ranges(summand.ranges, env)
        self.kernels = [f for f in summand.factors if self._is_kernel(f)]
        self.dense = [*(self._dense(f) for f in summand.factors if not self._is_kernel(f)), *probes]

    def value(self) -> Array:
        """The number. An index without any value makes it zero, whatever stands under its sum."""
        if any(next(self.ranges.values((name,)), None) is None for name in self.ranges.boxes):
            return self.network.zero(())
        self._sum_early()
        while self.kernels:
            factor, application = self._next()
            self.kernels.remove(factor)
            self.dense = [d for d in self.dense if d not in application.group]
            self._put(application)
        while self.ranges.boxes:
            self._sum_over(self._together(next(iter(self.ranges.boxes))))
        return contracted(self.network.algebra, [d.labelled(self.env) for d in self.dense], ()).array

    # -------------------------------------------------------------------------------------------------------- factors

    def _is_kernel(self, factor: Factor) -> bool:
        """Whether a factor is applied; the gradient of a scalar that no summed index is in has few entries and serves again."""
        node = factor.node
        if isinstance(node, Product):
            return node.body.free - {node.variable} <= self.env.keys()
        return isinstance(node, Jac) and (bool(node.numerator.shape) or not node.free <= self.env.keys())

    def _dense(self, factor: Factor) -> Dense:
        names = self.ranges.among(factor.node.free)
        return Dense(factor.labels, names, lambda env: self.network.value(factor.node, env))

    def _ways(self, factor: Factor) -> tuple[Kernel, ...]:
        if isinstance(factor.node, Jac):
            return (JacobianKernel(self.network, factor.node, factor.labels),)
        assert isinstance(factor.node, Product)
        return tuple(JacobianChain(self.network, factor.node, factor.labels, down) for down in (True, False))

    # ------------------------------------------------------------------------------------------------ which one next

    def _next(self) -> tuple[Factor, Application]:
        """The kernel to apply next: what stands at its source is known, and an index is summed away if possible."""
        ready = [
            (factor, self._application(factor, kernel))
            for factor in self.kernels
            for kernel in self._ways(factor)
            if all(set(kernel.sources).isdisjoint(other.labels) for other in self.kernels if other is not factor)
        ]
        return min(ready, key=lambda pair: self._cost(pair[1])) if ready else self._opened(self.kernels[0])

    def _cost(self, a: Application) -> tuple[bool, int]:
        """First those that sum over an index or keep to their own; then those that carry less."""
        return a.over is None and not a.source_names <= a.kernel.target_names, len(a.carried)

    def _opened(self, factor: Factor) -> tuple[Factor, Application]:
        """A kernel that waits for another one at its source is applied to the identity."""
        kernel = self._ways(factor)[0]
        inner = dict(zip(kernel.sources, self.flattening.fresh(len(kernel.sources)), strict=True))
        axes = dict(zip(factor.labels, factor.node.shape, strict=True))
        self.dense += [self._dense(Factor(Eye(axes[label]), (label, new))) for label, new in inner.items()]
        changed = Factor(factor.node, tuple(inner.get(label, label) for label in factor.labels))
        self.kernels[self.kernels.index(factor)] = changed
        return changed, self._application(changed, self._ways(changed)[0])

    def _application(self, factor: Factor, kernel: Kernel) -> Application:
        group = self._group(kernel)
        over = self._summable(factor, kernel, group)
        if over is not None:
            group = self._with_all(group, over)
        outside = {label for d in self.dense if d not in group for label in d.labels}
        outside = outside.union(kernel.targets, *(k.labels for k in self.kernels if k is not factor))
        inside = {label for d in group for label in d.labels} - set(kernel.sources)
        return Application(self.network, self.ranges, kernel, tuple(group), tuple(sorted(inside & outside)), over)

    def _group(self, kernel: Kernel) -> list[Dense]:
        """The factors at the source of a kernel, and those that can be multiplied in so that less is carried along."""
        group = [d for d in self.dense if not set(d.labels).isdisjoint(kernel.sources)]
        more = group
        while more:
            names = source_names(self.ranges, kernel, group)
            labels = {label for d in group for label in d.labels} - set(kernel.sources)
            rest = [d for d in self.dense if d not in group and set(d.names) <= names]
            more = [d for d in rest if not labels.isdisjoint(d.labels) and set(d.labels).isdisjoint(kernel.targets)]
            group = group + more
        return group

    def _summable(self, factor: Factor, kernel: Kernel, group: list[Dense]) -> str | None:
        """The index that is summed over by applying a kernel: nothing but its source depends on it."""
        targets = set(self.ranges.among(kernel.target_names))
        elsewhere = targets.union(*(k.node.free for k in self.kernels if k is not factor))
        for name in sorted(source_names(self.ranges, kernel, group) - elsewhere):
            names = source_names(self.ranges, kernel, self._with_all(group, name))
            if names == {name} and self.ranges.tied(name) <= targets and len(targets) <= 1:
                return name
        return None

    def _with_all(self, group: list[Dense], name: str) -> list[Dense]:
        """A group with every factor that depends on an index."""
        return group + [d for d in self.dense if d not in group and name in d.names]

    def _put(self, a: Application) -> None:
        """The result as a factor; a label that is both carried and the target's own gets a diagonal between the two."""
        names, table = a.names, a.table()
        if a.over is not None:
            self.ranges.close(a.over)
        both = set(a.carried) & set(a.kernel.targets)
        fresh = dict(zip(sorted(both), self.flattening.fresh(len(both)), strict=True))
        labels = (*a.carried, *(fresh.get(label, label) for label in a.kernel.targets))
        self.dense.append(Dense(labels, names, lambda env: table[tuple(env[n] for n in names)]))
        axes = dict(zip(a.kernel.labels, a.kernel.node.shape, strict=True))
        self.dense += [self._dense(Factor(Eye(axes[label]), (label, new))) for label, new in fresh.items()]

    # ------------------------------------------------------------------------------------------------------- what is left

    def _sum_early(self) -> None:
        """Sums over the indices, such as those of components, that no kernel and no other index has to do with."""
        busy = {n for k in self.kernels for n in k.node.free}
        for name in [n for n in self.ranges.boxes if n not in busy]:
            if self._together(name) == {name}:
                self._sum_over({name})

    def _together(self, name: str) -> set[str]:
        """The indices that must be summed over together with one."""
        found, more = {name}, {name}
        while more:
            factors = {n for d in self.dense if not found.isdisjoint(d.names) for n in d.names}
            more = factors.union(*map(self.ranges.tied, found)) - found
            found |= more
        return found

    def _sum_over(self, names: set[str]) -> None:
        """Replaces the factors that depend on some indices by their sum."""
        group = [d for d in self.dense if not names.isdisjoint(d.names)]
        labels = {label for d in group for label in d.labels}
        group += [d for d in self.dense if d not in group and not d.names and not labels.isdisjoint(d.labels)]
        rest = [d for d in self.dense if d not in group]
        outside = {label for d in rest for label in d.labels}.union(*(k.labels for k in self.kernels))
        keep = tuple(sorted({label for d in group for label in d.labels} & outside))
        result: Array | None = None
        for count, env in enumerate(self.ranges.values(names)):
            if count == _MOST_TERMS:
                raise Unsupported(f"a sum of more than {_MOST_TERMS} terms that cannot be taken together")
            part = contracted(self.network.algebra, [d.labelled(env) for d in group], keep).ordered(keep)
            result = part if result is None else self.network.algebra.add(result, part)
        for name in names:
            self.ranges.close(name)
        self.dense = [*rest, _constant((), self.network.zero(())) if result is None else _constant(keep, result)]
