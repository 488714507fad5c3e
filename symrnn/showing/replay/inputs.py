"""The rational inputs of a certificate: exactly those at which the ball arithmetic was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.deciding.algebras.ball import Ball
from symrnn.deciding.algebras.base import Algebra, Array, Undefined
from symrnn.deciding.evaluate import Env, Instance, Key, entry_name
from symrnn.deciding.evidence import Point
from symrnn.deciding.hypotheses import about_values
from symrnn.deciding.network import Network
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model
from symrnn.language.tensors import Jac


@dataclass(frozen=True)
class Inputs:
    """What a claim needs at a point: free values, all quantities asked for, the indices, and both sides as balls."""

    model: Model
    free: Mapping[Key, Array]
    asked: frozenset[Key]
    env: Mapping[str, int]
    sizes: Mapping[str, int]
    first: int
    last: int
    left: Any
    right: Any


class _Recording(Network):
    """A network that notes which free quantities it was asked for."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.given: dict[Key, tuple[int, ...]] = {}

    def free(self, key: Key, shape: tuple[int, ...]) -> Array:
        self.given[key] = shape
        return super().free(key, shape)

    def derivative(self, node: Jac, env: Env) -> Array:
        """A derivative; a program takes it by differences, from the value of all that is differentiated."""
        self.value(node.numerator, env)
        return super().derivative(node, env)

    @property
    def asked(self) -> frozenset[Key]:
        return frozenset(self._quantities)


class _Rational(Algebra):
    """The part of arithmetic that hypotheses need to constrain a value, in Fractions."""

    def number(self, value: Fraction) -> Fraction:
        return value

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        raise NotImplementedError

    def map(self, function: str, order: int, argument: Array) -> Array:
        raise Undefined(f"{function} of a rational is no rational")

    def reciprocal(self, x: Any) -> Any:
        return Fraction(1) / x


def inputs(model: Model, claim: Claim, point: Point) -> Inputs:
    """The inputs at which a certificate was found, and the value of both sides there."""
    model = extended(model, claim)
    hypotheses = tuple(h for h in about_values(model) if h.said in point.hypotheses)
    ball = Ball(point.seed)
    world = _Recording(model, Instance(point.scope.steps, point.scope.sizes), ball, hypotheses)
    env = {**world.base_env, **dict(point.indices)}
    entry = tuple(i - 1 for i in point.entry)
    left, right = world.value(claim.left, env)[entry], world.value(claim.right, env)[entry]
    free = {}
    for key, shape in world.given.items():
        value: Array = np.asarray(ball.rationals(entry_name(key), shape))
        for hypothesis in hypotheses:
            value = hypothesis.constrain(key, (world.first, world.last), value, _Rational())
        free[key] = value
    return Inputs(model, free, world.asked, env, world.sizes, world.first, world.last, left, right)
