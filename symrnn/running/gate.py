"""A plan against the network that it was made for, in residues: order, steps of the loss, every gradient.

Each equation of a plan has its own proof. That together, computed in this order and over these steps, they are the loss of the document
and its derivatives is compared here once more, at random points modulo a prime, for lengths and sizes of which no two are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from symrnn.deciding.algebras.base import Array, Undefined
from symrnn.deciding.algebras.modular import PRIME, Modular
from symrnn.deciding.evaluate import Env, Evaluator, Instance, World
from symrnn.language.tensors import JOIN, SINGLE, Jac, Tensor
from symrnn.running.cost import NUMBER, Part
from symrnn.running.errors import CannotCompile
from symrnn.running.plan import Plan
from symrnn.running.schedule import Block, Series

_STEPS = (5, 4)
_POINTS = 6


class _Run(Evaluator):
    """The values of a plan, computed block by block as a program does; what is not computed yet is not there."""

    def __init__(self, plan: Plan, world: World) -> None:
        super().__init__(world.algebra, world.sizes, self._quantity)
        self.plan = plan
        self.world = world
        self.done: dict[tuple[Series, int | None], Array] = {}
        self.outputs = {part.output.quantity for part in plan.cost.parts if part.output is not None}

    def keeps(self, value: Array) -> bool:
        return False

    def value(self, node: Tensor, env: Env) -> Array:
        part, _ = self.plan.backward.errors.get(node, (None, None))
        if part is not None and not self._counts(part, env["t"]):
            return self.zero(self.shape(node))
        return super().value(node, env)

    def _counts(self, part: Part, t: int) -> bool:
        world = self.world
        return t == world.last if part.only_last else world.first + part.skipped <= t <= world.last - part.left

    def _quantity(self, key: tuple[str, int | None]) -> Array:
        quantity = self.world.model.quantities[key[0]]
        inside = key[1] is None or self.world.first <= key[1] <= self.world.last
        if quantity.definition is not None and (inside or not quantity.recurrence):
            if not inside:
                return self.zero(tuple(self.sizes[label] for label in quantity.shape))
            if key[1] is None:
                return super().value(quantity.definition, self.world.base_env)
            known = self.done.get((Series(key[0], False), key[1]))
            if known is None and key[0] in self.outputs:
                return super().value(quantity.definition, {**self.world.base_env, "t": key[1]})
            if known is None:
                raise CannotCompile(f"the program would use {quantity.text} before it is computed; please report the document")
            return known
        return self.world.quantity(key)

    def derivative(self, node: Jac, env: Env) -> Array:
        time = None if node.wrt.time is None else node.wrt.time.value(env)
        if time is not None and not self.world.first <= time <= self.world.last:
            return self.zero(self.shape(node.wrt))
        return self.done[Series(node.wrt.quantity, True), time]

    def loss(self) -> Array:
        """The sum of the parts of the loss."""
        total, env = self.zero(()), self.world.base_env
        for part in self.plan.cost.parts:
            times = [t for t in range(self.world.first, self.world.last + 1) if self._counts(part, t)]
            for at in ({**env, "t": t} for t in times) if part.kind != NUMBER else (env,):
                total = self.algebra.add(total, self.value(part.at_step(), at))
        return total

    def run(self, block: Block) -> None:
        times = range(self.world.first, self.world.last + 1)
        for t in times if block.direction <= 0 else reversed(times):
            for rule in block.rules:
                self.done[rule.series, t] = self.value(rule.right, {**self.world.base_env, "t": t})


def agree(plan: Plan, forward: list[Block], backward: list[Block]) -> None:
    """Raises CannotCompile where a plan, in this order, has another loss or another gradient than the network."""
    labels = plan.network.model.labels
    tried = 0
    sizes = tuple((label, 2 + n) for n, label in enumerate(label for label in labels if JOIN not in label and label != SINGLE))
    for seed, steps in product(range(_POINTS), _STEPS):
        world = World(plan.network.before, Instance(steps, sizes), Modular(seed))
        try:
            wrong = next(_differences(plan, world, forward, backward), None)
        except Undefined:
            continue
        if wrong is not None:
            raise CannotCompile(
                f"the program would not compute {wrong} of this network, modulo a prime; please report the document"
            )
        tried += 1
        if tried == 2:
            return
    raise CannotCompile("at no random point was the program comparable with the network; please report the document")


def _differences(plan: Plan, world: World, forward: list[Block], backward: list[Block]) -> Iterator[str]:
    run, loss = _Run(plan, world), (plan.network.loss.quantity, None)
    for block in forward:
        run.run(block)
    if not np.array_equal(run.loss() % PRIME, world.quantity(loss) % PRIME):
        yield "the loss"
    for block in backward:
        run.run(block)
    for statement in (*plan.gradients, *plan.outside):
        left = statement.left
        assert isinstance(left, Jac)
        if left.wrt.time is not None and "t" in left.wrt.time.names():
            continue
        time = None if left.wrt.time is None else left.wrt.time.value(world.base_env)
        found = run.value(statement.right, world.base_env)
        run.done[Series(left.wrt.quantity, True), time] = found
        if plan.network.model.quantities[left.wrt.quantity].definition is not None and time is None:
            continue
        exact = world.jacobian(loss, (left.wrt.quantity, time), False)
        if exact is None or not np.array_equal(found % PRIME, exact % PRIME):
            name = plan.network.model.quantities[left.wrt.quantity].text
            yield f"the derivative by {name}"
