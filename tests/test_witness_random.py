"""Random claims: what a witness computes by sweeps is what plain evaluation gives, or nothing is computed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_support import written_out

from symrnn.algebras.base import Undefined
from symrnn.algebras.modular import Modular
from symrnn.check import read_model
from symrnn.document import read_text
from symrnn.evaluate import BadRange, Instance, OutOfRange, Unsupported
from symrnn.judgement import Options
from symrnn.model import Model
from symrnn.network import Network
from symrnn.tensors import (
    Affine,
    Build,
    Choose,
    Condition,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Product,
    Ref,
    Shape,
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
    size_of,
)
from symrnn.witness.contraction import projected
from symrnn.witness.sweeps import SweptNetwork

#: How many random claims to try: a few that are always the same, unless more are asked for in the environment.
EXAMPLES = os.environ.get("RANDOM_CLAIMS")
#: What is drawn for any shape, and how often.
OFTEN = {"sum": 2, "dot": 3, "jac": 2, "chain": 3}
KINDS = {**OFTEN, **dict.fromkeys(("ref", "times", "plus", "squared", "power", "map", "choose", "over", "pick"), 1)}
LOSS = r"$$ z_t = V h_t, \quad p_t = \mathrm{softmax}(z_t), \quad L_t = -y_t^\top \log p_t, \quad L = \sum_{t=0}^{T} L_t $$"
MODELS = {
    "backwards": r"$$ h_t = \tanh(U x_t + W h_{t-1}) $$"
    + LOSS
    + r"$$ \delta_t = \mathrm{diag}(1 - h_t^2) (V^\top (p_t - y_t) + W^\top \delta_{t+1}) $$"
    + r"$$ J = \sum_{t=0}^{T} \delta_t^\top \delta_{t+1} $$",
    "delayed": r"$$ h_t = \tanh(U x_t + A x_{t-2} + W h_{t-1}) $$" + LOSS,
    "special": r"$$ h_t = \tanh(U x_t + W h_{t-1}) $$"
    + LOSS
    + r"$$ \delta_T = (1 - h_T^2) \odot (V^\top (p_T - y_T)) $$"
    + r"$$ \delta_t = (1 - h_t^2) \odot (V^\top (p_t - y_t) + W^\top \delta_{t+1}) $$",
    "centred": r"$$ h_t = \tanh(U x_t + W h_{t-1}), \quad m = \sum_{t=0}^{T} h_t, \quad a_t = \tanh(h_t - m) $$"
    + LOSS.replace("V h_t", "V a_t"),
    "coupled": r"$$ f_t = \sigma(A x_t + B h_{t-1}), \quad c_t = f_t \odot c_{t-1} + \tanh(U x_t + W h_{t-1}) $$"
    + r"$$ h_t = f_t \odot \tanh(c_t) $$"
    + LOSS,
}


@cache
def model(name: str) -> Model:
    return read_model(read_text(MODELS[name], "model.md", "markdown"), Options()).model


@cache
def networks(name: str, steps: int) -> tuple[Network, SweptNetwork]:
    known = model(name)
    instance = Instance(steps, tuple(zip(known.labels, (2, 3, 2, 2), strict=False)))
    return Network(known, instance, Modular(5)), SweptNetwork(known, instance, Modular(5))


@dataclass
class Writer:
    """Writes random expressions of given shapes about a model."""

    draw: Callable[..., object]
    model: Model
    names: int = 0

    def one_of(self, *choices: object) -> object:
        return self.draw(st.sampled_from(choices))

    def fresh(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def time(self, scope: tuple[str, ...]) -> Affine:
        if scope and not self.draw(st.integers(0, 9)):
            return Affine.of("T") - Affine.of(str(self.one_of(*scope)))
        if scope and self.draw(st.integers(0, 3)):
            return Affine.of(str(self.one_of(*scope)), int(self.draw(st.integers(-1, 1))))
        return self.one_of(Affine.of("T"), Affine.of("T", -1), Affine(), Affine((), -1), Affine((), 1))

    def ref(self, shape: Shape, times: tuple[str, ...]) -> Tensor:
        found = [q for q in self.model.quantities.values() if q.shape == shape]
        if not found:
            return Full(Fraction(2), shape)
        quantity = self.draw(st.sampled_from(found))
        return Ref(quantity.key, self.time(times) if quantity.timed else None, shape)

    def condition(self, scope: tuple[str, ...]) -> Condition:
        return Condition(str(self.one_of("!=", "=", "<", "<=", ">", ">=")), self.time(scope), self.time(scope))

    def bounds(self, times: tuple[str, ...]) -> tuple[Affine, Affine]:
        low = self.one_of(Affine(), self.time(times))
        return low, self.one_of(Affine.of("T"), self.time(times))

    def tensor(self, shape: Shape, times: tuple[str, ...] = (), parts: tuple[tuple[str, str], ...] = (), depth: int = 4) -> Tensor:
        """An expression; `times` and `parts` are the index variables that it may mention, the latter with their axes."""
        if depth <= 0 or not self.draw(st.integers(0, 7)):
            return self.ref(shape, times)
        kinds = [kind for kind, often in KINDS.items() for _ in range(often)]
        if not shape:
            kinds += ["integer", "truth", "product", "component sum"]
        if shape:
            kinds += ["build"]
        if len(shape) == 1:
            kinds += ["softmax", "diag part", "gradient", "gradient"]
        if len(shape) == 2:
            kinds += ["permute"]
            if shape[0] == shape[1]:
                kinds += ["diag", "eye", "product", "product", "product"]
        return getattr(self, f"_{self.draw(st.sampled_from(kinds))}".replace(" ", "_"))(shape, times, parts, depth - 1)

    def label(self) -> str:
        return self.draw(st.sampled_from(self.model.labels))

    def _ref(self, shape, times, parts, depth):
        return self.ref(shape, times)

    def _sum(self, shape, times, parts, depth):
        name = self.fresh()
        low, high = self.bounds(times)
        inner = (*times, name)
        conditions = tuple(self.condition(inner) for _ in range(max(0, self.draw(st.integers(-3, 1)))))
        return Sum(name, low, high, conditions, self.tensor(shape, inner, parts, depth))

    def _component_sum(self, shape, times, parts, depth):
        name, label = self.fresh(), self.label()
        conditions = ()
        if parts and not self.draw(st.integers(0, 2)):
            conditions = (Condition("!=", Affine.of(name), Affine.of(self.draw(st.sampled_from(parts))[0])),)
        body = self.tensor(shape, times, (*parts, (name, label)), depth)
        return Sum(name, Affine((), 1), size_of(label), conditions, body)

    def _dot(self, shape, times, parts, depth):
        cut = self.draw(st.integers(0, len(shape)))
        inner = tuple(self.label() for _ in range(self.draw(st.integers(0, 1))))
        left, right = shape[:cut] + inner, inner + shape[cut:]
        return Dot(self.tensor(left, times, parts, depth), self.tensor(right, times, parts, depth), len(inner))

    def _pair(self, kind, shape, times, parts, depth):
        return kind(self.tensor(shape, times, parts, depth), self.tensor(shape, times, parts, depth))

    def _times(self, *a):
        return self._pair(Times, *a)

    def _over(self, *a):
        return self._pair(Over, *a)

    def _plus(self, *a):
        return self._pair(lambda x, y: Plus((x, y)), *a)

    def _squared(self, shape, times, parts, depth):
        node = self.tensor(shape, times, parts, depth)
        return Times(node, node)

    def _power(self, shape, times, parts, depth):
        return Power(self.tensor(shape, times, parts, depth), self.draw(st.integers(0, 3)))

    def _map(self, shape, times, parts, depth):
        return Map(self.one_of("tanh", "exp"), self.draw(st.integers(0, 1)), self.tensor(shape, times, parts, depth))

    def _choose(self, shape, times, parts, depth):
        first, other = self.tensor(shape, times, parts, depth), self.tensor(shape, times, parts, depth)
        return Choose(((first, (self.condition(times),)), (other, ())))

    def _integer(self, shape, times, parts, depth):
        return Integer(self.time(times) + 2)

    def _truth(self, shape, times, parts, depth):
        return Truth(self.condition(times))

    def _softmax(self, shape, times, parts, depth):
        return Softmax(self.tensor(shape, times, parts, depth))

    def _diag(self, shape, times, parts, depth):
        return Diag(self.tensor(shape[:1], times, parts, depth))

    def _eye(self, shape, times, parts, depth):
        return Eye(shape[0])

    def _diag_part(self, shape, times, parts, depth):
        return DiagPart(self.tensor(shape * 2, times, parts, depth))

    def _permute(self, shape, times, parts, depth):
        return Permute(self.tensor(shape[::-1], times, parts, depth), (1, 0))

    def _pick(self, shape, times, parts, depth):
        if parts and self.draw(st.booleans()):
            name, label = self.draw(st.sampled_from(parts))
            index = Affine.of(name)
        else:
            label, index = self.label(), Affine((), 1)
        return Pick(self.tensor((label, *shape), times, parts, depth), (index,))

    def _build(self, shape, times, parts, depth):
        name = self.fresh()
        return Build(name, shape[0], self.tensor(shape[1:], times, (*parts, (name, shape[0])), depth))

    def _product(self, shape, times, parts, depth):
        name = self.fresh()
        low, high = self.bounds(times)
        if times and self.draw(st.booleans()):
            low = Affine.of(times[-1], 1)
        inner = (*times, name) if not self.draw(st.integers(0, 3)) else (name,)
        return Product(name, low, high, self.draw(st.booleans()), self.tensor(shape, inner, parts, min(depth, 2)))

    def state(self, times: tuple[str, ...]) -> Ref:
        return Ref("h[t]", self.time(times), ("hidden",))

    def link(self, times: tuple[str, ...], parts, depth: int) -> Tensor:
        """A matrix between two states."""
        kind = self.draw(st.integers(0, 5))
        if kind < 3:
            return self._product(("hidden", "hidden"), times, parts, depth)
        if kind < 5:
            return Jac(self.state(times), self.state(times), not self.draw(st.integers(0, 4)))
        return self.tensor(("hidden", "hidden"), times, parts, depth)

    def _chain(self, shape, times, parts, depth):
        """Sums over a product of Jacobians, as in derivations."""
        for _ in range(depth):
            if self.draw(st.integers(0, 2)):
                name = self.fresh()
                low, high = self.bounds(times)
                inner = (*times, name)
                conditions = tuple(self.condition(inner) for _ in range(max(0, self.draw(st.integers(-3, 2)))))
                return Sum(name, low, high, conditions, self._chain(shape, inner, parts, depth - 1))
        cut = self.draw(st.integers(0, len(shape)))
        left, right = shape[:cut], shape[cut:]
        wrt = self.ref(right, times)
        first = Jac(self.ref(left, times), self.state(times), False)
        last = self.tensor(("hidden", *right), times, parts, 1)
        if isinstance(wrt, Ref):
            last = Jac(self.state(times), wrt, self.draw(st.booleans()))
        for _ in range(self.draw(st.integers(0, 2))):
            first = Dot(first, self.link(times, parts, 2), 1)
        return Dot(first, last, 1)

    def _jac(self, shape, times, parts, depth):
        cut = self.draw(st.integers(0, len(shape)))
        wrt = self.ref(shape[cut:], times)
        if not isinstance(wrt, Ref):
            return self.ref(shape, times)
        numerator = self.ref(shape[:cut], times) if self.draw(st.integers(0, 2)) else self.tensor(shape[:cut], times, parts, 1)
        return Jac(numerator, wrt, self.draw(st.booleans()))

    def _gradient(self, shape, times, parts, depth):
        loss = Ref("L[t]", self.time(times), ()) if self.draw(st.booleans()) else Ref("L", None, ())
        wrt = self.ref(shape, times)
        return Jac(loss, wrt, False) if isinstance(wrt, Ref) else wrt


@st.composite
def sides(draw: Callable[..., object]) -> tuple[str, Tensor]:
    name = draw(st.sampled_from(sorted(MODELS)))
    writer = Writer(draw, model(name))
    shapes = [(), ("hidden",), ("hidden", "hidden"), ("hidden", "input"), ("classes",)]
    return name, writer.tensor(draw(st.sampled_from(shapes)), ("t",), ())


def outcome(compute: Callable[..., object], network: Network, side: Tensor, t: int) -> int | str:
    try:
        return int(compute(network, side, {**network.base_env, "t": t}))
    except (BadRange, OutOfRange, Unsupported, Undefined) as error:
        return type(error).__name__


@settings(max_examples=int(EXAMPLES or 200), derandomize=not EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sides(), st.integers(1, 5), st.integers(0, 4))
def test_what_a_sweep_computes_is_the_value(side: tuple[str, Tensor], steps: int, t: int) -> None:
    """Where both give a number it is the same; a sweep may also give none."""
    name, tensor = side
    plain, swept = networks(name, steps)
    expected, found = (
        outcome(way, network, tensor, min(t, steps - 1)) for way, network in ((written_out, plain), (projected, swept))
    )
    if isinstance(expected, int) and isinstance(found, int):
        assert found == expected


def by_state(of: str, at: Affine, state: Affine) -> Tensor:
    return Jac(Ref(of, at, ()), Ref("h[t]", state, ("hidden",)), False)


T, ZERO, INDEX = Affine.of("T"), Affine(), Affine.of("i")
GRADIENTS = Sum("i", ZERO, T, (), by_state("L[t]", INDEX, INDEX))
FROM_LATER = Sum("i", ZERO, T, (), Sum("k", INDEX - 1, T, (), by_state("L[t]", INDEX, Affine.of("k"))))
FOUND = {
    "a sum twice": Dot(GRADIENTS, GRADIENTS, 1),
    "a sum inside itself": Sum("i", ZERO, T, (), Dot(by_state("L[t]", INDEX, INDEX), GRADIENTS, 1)),
    "a condition on something else": Sum("i", ZERO, T, (Condition("<", Affine.of("t"), ZERO),), by_state("L[t]", T, INDEX)),
    "an empty product whose factors do not exist": Product(
        "m", T + 1, T, True, Sum("j", T, T - Affine.of("m"), (), Ref("W", None, ("hidden", "hidden")))
    ),
    "a derivative by what is beyond the last step": Jac(Ref("J", None, ()), Ref("delta[t]", T + 1, ("hidden",)), False),
    "a derivative of what does not exist": Map("exp", 0, Jac(Ref("h[t]", ZERO - 2, ("hidden",)), Ref("L[t]", ZERO, ()), False)),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_was_once_found(what: str) -> None:
    plain, swept = networks("backwards", 3)
    assert outcome(projected, swept, FOUND[what], 1) == outcome(written_out, plain, FOUND[what], 1)


def test_a_mean_over_time_makes_everything_depend_on_what_comes_later() -> None:
    plain, swept = networks("centred", 4)
    for side in (FROM_LATER, Sum("i", ZERO, T, (), by_state("L[t]", ZERO, INDEX))):
        assert outcome(projected, swept, side, 1) == outcome(written_out, plain, side, 1) != 0
