"""Oracles that share nothing with the engines but the model."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from symrnn.deciding.algebras.base import Algebra, Array
from symrnn.deciding.evaluate import Env, Instance, Key, World
from symrnn.deciding.network import Network, ball_network
from symrnn.language.model import Model
from symrnn.language.tensors import Tensor


class Digits(Algebra):
    """Arrays of mpmath numbers at the point of the ball engine, with one entry of one quantity nudged."""

    def __init__(self, rationals: Any) -> None:
        self.rationals = rationals

    def number(self, value: Fraction) -> mpmath.mpf:
        return mpmath.mpf(value.numerator) / value.denominator

    def reciprocal(self, x: Any) -> Any:
        return 1 / x

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        return self.each(self.number, self.rationals(name, shape))

    def map(self, function: str, order: int, argument: Array) -> Array:
        assert order == 0
        plain = {"tanh": mpmath.tanh, "exp": mpmath.exp, "log": mpmath.log}
        return self.each(plain[function], argument)


class Nudged(World):
    """A network in which one entry of one quantity is shifted; whatever is computed from it follows."""

    nudge: tuple[Key, tuple[int, ...], Any] | None = None

    def _quantity(self, key: Key) -> Array:
        value = super()._quantity(key).copy()
        if self.nudge is not None and key == self.nudge[0]:
            value[self.nudge[1]] = value[self.nudge[1]] + self.nudge[2]
        return value


def central_difference(model: Model, instance: Instance, source: Key, target: Key) -> Any:
    """The largest difference between the Jacobian of the ball engine and central differences at 60 digits."""
    mpmath.mp.dps = 60
    ball = ball_network(model, instance, 1)
    jacobian = ball.jacobian(source, target, False)
    assert jacobian is not None
    step, rank, worst = mpmath.mpf("1e-20"), ball.quantity(source).ndim, mpmath.mpf(0)
    for index in np.ndindex(ball.quantity(target).shape):
        shifted = []
        for sign in (1, -1):
            world = Nudged(model, instance, Digits(ball.algebra.rationals))  # type: ignore[attr-defined]
            world.nudge = (target, index, sign * step)
            world.quantity(target)
            shifted.append(world.quantity(source))
        slope = (shifted[0] - shifted[1]) / (2 * step)
        for entry in np.ndindex(jacobian.shape[:rank]):
            exact = mpmath.mpf(jacobian[(*entry, *index)].str(50, radius=False))
            worst = max(worst, abs(exact - np.asarray(slope)[entry]))
    return worst


def written_out(network: Network, side: Tensor, env: Env) -> int:
    """The value of an expression contracted with the random vectors that a witness takes."""
    value = network.value(side, env)
    for axis in reversed(range(value.ndim)):
        value = network.algebra.contract(value, network.algebra.free(f"random vector {axis}", value.shape[-1:]), 1)
    return int(value)
