"""Random claims: what a witness computes by sweeps is what plain evaluation gives, or nothing is computed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_support import written_out

from symrnn.deciding.algebras.base import Undefined
from symrnn.deciding.algebras.modular import Modular
from symrnn.deciding.evaluate import BadRange, Instance, OutOfRange, Unsupported
from symrnn.deciding.network import Network
from symrnn.deciding.witness.contraction import projected
from symrnn.deciding.witness.sweeps import SweptNetwork
from symrnn.judging.check import read_model
from symrnn.judging.judgement import Options
from symrnn.language.model import Model
from symrnn.language.tensors import (
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
from symrnn.reading.document import read_text

#: How many random claims to try: a few that are always the same, unless more are asked for in the environment.
EXAMPLES = os.environ.get("RANDOM_CLAIMS")
#: What is drawn for any shape, and how often.
OFTEN = {"sum": 2, "dot": 3, "jac": 2, "chain": 3}
KINDS = {**OFTEN, **dict.fromkeys(("ref", "times", "plus", "squared", "power", "map", "choose", "over", "pick"), 1)}
OF_RANK = [
    ["integer", "truth", "product", "component_sum"],
    ["build", "softmax", "diag_part", "gradient", "gradient"],
    ["build", "permute"],
    ["build"],
]
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


@dataclass(frozen=True)
class Scope:
    """The index variables that an expression may mention (of components, with their axes), and how deep it may still be."""

    times: tuple[str, ...]
    parts: tuple[tuple[str, str], ...] = ()
    depth: int = 4

    def time(self, name: str) -> Scope:
        return replace(self, times=(*self.times, name))

    def part(self, name: str, label: str) -> Scope:
        return replace(self, parts=(*self.parts, (name, label)))

    def within(self, depth: int) -> Scope:
        return replace(self, depth=min(self.depth, depth))


@dataclass
class Writer:
    """Writes random expressions of given shapes about a model."""

    draw: Callable[..., Any]
    model: Model
    names: int = 0

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def once_in(self, number: int) -> bool:
        return not self.draw(st.integers(0, number - 1))

    def fresh(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def label(self) -> str:
        return self.one_of(*self.model.labels)

    def time(self, at: Scope) -> Affine:
        if at.times and self.once_in(10):
            return Affine.of("T") - Affine.of(self.one_of(*at.times))
        if at.times and not self.once_in(4):
            return Affine.of(self.one_of(*at.times), self.draw(st.integers(-1, 1)))
        return self.one_of(Affine.of("T"), Affine.of("T", -1), Affine(), Affine((), -1), Affine((), 1))

    def condition(self, at: Scope) -> Condition:
        return Condition(self.one_of("!=", "=", "<", "<=", ">", ">="), self.time(at), self.time(at))

    def bounds(self, at: Scope) -> tuple[Affine, Affine]:
        return self.one_of(Affine(), self.time(at)), self.one_of(Affine.of("T"), self.time(at))

    def over_times(self, at: Scope, body: Callable[[Scope], Tensor]) -> Tensor:
        name, (low, high) = self.fresh(), self.bounds(at)
        conditions = tuple(self.condition(at.time(name)) for _ in range(max(0, self.draw(st.integers(-3, 2)))))
        return Sum(name, low, high, conditions, body(at.time(name)))

    def ref(self, shape: Shape, at: Scope) -> Tensor:
        found = [q for q in self.model.quantities.values() if q.shape == shape]
        if not found:
            return Full(Fraction(2), shape)
        quantity = self.one_of(*found)
        return Ref(quantity.key, self.time(at) if quantity.timed else None, shape)

    def state(self, at: Scope) -> Ref:
        return Ref("h[t]", self.time(at), ("hidden",))

    def tensor(self, shape: Shape, at: Scope) -> Tensor:
        """An expression of some shape."""
        if at.depth <= 0 or self.once_in(8):
            return self.ref(shape, at)
        kinds = [kind for kind, often in KINDS.items() for _ in range(often)] + OF_RANK[min(len(shape), 3)]
        if len(shape) == 2 and shape[0] == shape[1]:
            kinds += ["diag", "eye", "product", "product", "product"]
        return getattr(self, f"_{self.one_of(*kinds)}")(shape, at.within(at.depth - 1))

    def _ref(self, shape: Shape, at: Scope) -> Tensor:
        return self.ref(shape, at)

    def _sum(self, shape: Shape, at: Scope) -> Tensor:
        return self.over_times(at, lambda inner: self.tensor(shape, inner))

    def _component_sum(self, shape: Shape, at: Scope) -> Tensor:
        name, label = self.fresh(), self.label()
        unlike = [Condition("!=", Affine.of(name), Affine.of(other)) for other, _ in at.parts[:1] if self.once_in(3)]
        return Sum(name, Affine((), 1), size_of(label), tuple(unlike), self.tensor(shape, at.part(name, label)))

    def _dot(self, shape: Shape, at: Scope) -> Tensor:
        cut, inner = self.draw(st.integers(0, len(shape))), () if self.once_in(2) else (self.label(),)
        return Dot(self.tensor(shape[:cut] + inner, at), self.tensor(inner + shape[cut:], at), len(inner))

    def _times(self, shape: Shape, at: Scope) -> Tensor:
        return Times(self.tensor(shape, at), self.tensor(shape, at))

    def _over(self, shape: Shape, at: Scope) -> Tensor:
        return Over(self.tensor(shape, at), self.tensor(shape, at))

    def _plus(self, shape: Shape, at: Scope) -> Tensor:
        return Plus((self.tensor(shape, at), self.tensor(shape, at)))

    def _squared(self, shape: Shape, at: Scope) -> Tensor:
        node = self.tensor(shape, at)
        return Times(node, node)

    def _power(self, shape: Shape, at: Scope) -> Tensor:
        return Power(self.tensor(shape, at), self.draw(st.integers(0, 3)))

    def _map(self, shape: Shape, at: Scope) -> Tensor:
        return Map(self.one_of("tanh", "exp"), self.draw(st.integers(0, 1)), self.tensor(shape, at))

    def _choose(self, shape: Shape, at: Scope) -> Tensor:
        return Choose(((self.tensor(shape, at), (self.condition(at),)), (self.tensor(shape, at), ())))

    def _integer(self, shape: Shape, at: Scope) -> Tensor:
        return Integer(self.time(at) + 2)

    def _truth(self, shape: Shape, at: Scope) -> Tensor:
        return Truth(self.condition(at))

    def _softmax(self, shape: Shape, at: Scope) -> Tensor:
        return Softmax(self.tensor(shape, at))

    def _diag(self, shape: Shape, at: Scope) -> Tensor:
        return Diag(self.tensor(shape[:1], at))

    def _eye(self, shape: Shape, at: Scope) -> Tensor:
        return Eye(shape[0])

    def _diag_part(self, shape: Shape, at: Scope) -> Tensor:
        return DiagPart(self.tensor(shape * 2, at))

    def _permute(self, shape: Shape, at: Scope) -> Tensor:
        return Permute(self.tensor(shape[::-1], at), (1, 0))

    def _pick(self, shape: Shape, at: Scope) -> Tensor:
        label, index = self.label(), Affine((), 1)
        if at.parts and self.once_in(2):
            name, label = self.one_of(*at.parts)
            index = Affine.of(name)
        return Pick(self.tensor((label, *shape), at), (index,))

    def _build(self, shape: Shape, at: Scope) -> Tensor:
        name = self.fresh()
        return Build(name, shape[0], self.tensor(shape[1:], at.part(name, shape[0])))

    def _product(self, shape: Shape, at: Scope) -> Tensor:
        name, (low, high) = self.fresh(), self.bounds(at)
        if at.times and self.once_in(2):
            low = Affine.of(at.times[-1], 1)
        body = at if self.once_in(4) else replace(at, times=())
        return Product(name, low, high, self.once_in(2), self.tensor(shape, body.time(name).within(2)))

    def link(self, at: Scope) -> Tensor:
        """A matrix between two states."""
        if self.once_in(2):
            return self._product(("hidden", "hidden"), at)
        return self.tensor(("hidden", "hidden"), at) if self.once_in(3) else Jac(self.state(at), self.state(at), self.once_in(5))

    def _chain(self, shape: Shape, at: Scope) -> Tensor:
        """Sums over a product of Jacobians, as in derivations."""
        if at.depth and not self.once_in(3):
            return self.over_times(at, lambda inner: self._chain(shape, inner.within(at.depth - 1)))
        cut = self.draw(st.integers(0, len(shape)))
        wrt, last = self.ref(shape[cut:], at), self.tensor(("hidden", *shape[cut:]), at.within(1))
        if isinstance(wrt, Ref):
            last = Jac(self.state(at), wrt, self.once_in(2))
        first: Tensor = Jac(self.ref(shape[:cut], at), self.state(at), False)
        for _ in range(self.draw(st.integers(0, 2))):
            first = Dot(first, self.link(at.within(2)), 1)
        return Dot(first, last, 1)

    def _jac(self, shape: Shape, at: Scope) -> Tensor:
        cut = self.draw(st.integers(0, len(shape)))
        wrt = self.ref(shape[cut:], at)
        if not isinstance(wrt, Ref):
            return self.ref(shape, at)
        numerator = self.tensor(shape[:cut], at.within(1)) if self.once_in(3) else self.ref(shape[:cut], at)
        return Jac(numerator, wrt, self.once_in(2))

    def _gradient(self, shape: Shape, at: Scope) -> Tensor:
        loss, wrt = self.one_of(Ref("L[t]", self.time(at), ()), Ref("L", None, ())), self.ref(shape, at)
        return Jac(loss, wrt, False) if isinstance(wrt, Ref) else wrt


@st.composite
def sides(draw: Callable[..., Any]) -> tuple[str, Tensor]:
    name = draw(st.sampled_from(sorted(MODELS)))
    writer = Writer(draw, model(name))
    shapes = [(), ("hidden",), ("hidden", "hidden"), ("hidden", "input"), ("classes",)]
    return name, writer.tensor(draw(st.sampled_from(shapes)), Scope(("t",)))


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
