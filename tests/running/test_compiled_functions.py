"""Networks with other activations as programs, against autograd: one sequence and a batch of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import autograd.scipy.special as special
import numpy as np
import pytest
from autograd import grad

from symrnn.judging.check import read_model
from symrnn.judging.judgement import Options
from symrnn.language.functions import KERNELS
from symrnn.reading.document import read_text
from symrnn.running import CannotCompile, compile, kernels

STEPS, INPUT, HIDDEN, CLASSES = 6, 4, 5, 3

NETWORK = r"""
$$ a_t = U x_t + W h_{t-1} + b $$

$$ h_t = ACTIVATION $$

$$ p_t = \mathrm{softmax}(V h_t) $$

$$ L = -\sum_{t=0}^T y_t^T \log p_t $$
"""
#: How an activation is written, and what it is for autograd.
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    r"\tanh(a_t)": anp.tanh,
    r"\sigma(a_t)": lambda a: 1 / (1 + anp.exp(-a)),
    r"\sin(a_t)": anp.sin,
    r"\cos(a_t)": anp.cos,
    r"\mathrm{softplus}(a_t)": lambda a: anp.log(1 + anp.exp(a)),
    r"\mathrm{ReLU}(a_t)": lambda a: anp.maximum(a, 0),
    r"\mathrm{ELU}(a_t)": lambda a: anp.where(a > 0, a, anp.exp(a) - 1),
    r"\mathrm{swish}(a_t)": lambda a: a / (1 + anp.exp(-a)),
    r"\mathrm{GELU}(a_t)": lambda a: a * (1 + special.erf(a / np.sqrt(2))) / 2,
    r"\max(0, a_t)": lambda a: anp.maximum(a, 0),
    r"\arctan(a_t)": anp.arctan,
    r"\mathrm{hardtanh}(a_t)": lambda a: anp.minimum(anp.maximum(a, -1), 1),
}


def program_of(activation: str) -> Any:
    return compile(read_model(read_text(NETWORK.replace("ACTIVATION", activation), "test.md", "markdown"), Options()).model)


def loss(activation: Callable[[Any], Any], params: Any, x: Any, y: Any, h: Any) -> Any:
    total = 0.0
    for t in range(len(x)):
        h = activation(anp.dot(params["U"], x[t]) + anp.dot(params["W"], h) + params["b"])
        z = anp.dot(params["V"], h)
        total = total + anp.sum(y[t]) * anp.log(anp.sum(anp.exp(z))) - anp.dot(y[t], z)
    return total


def test_every_kernel_is_tried_here() -> None:
    text = " ".join(ACTIVATIONS).lower().replace("swish", "silu")
    assert all(name in text for name in KERNELS)
    assert all(hasattr(kernels, f"{name}_slope") for name in KERNELS)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_agree_with_autograd(activation: str) -> None:
    program, function = program_of(activation), ACTIVATIONS[activation]
    rng = np.random.default_rng(3)
    sizes = {"U": (HIDDEN, INPUT), "W": (HIDDEN, HIDDEN), "b": (HIDDEN,), "V": (CLASSES, HIDDEN)}
    params = {name: 0.4 * rng.normal(size=shape) for name, shape in sizes.items()}
    x, y, h = rng.normal(size=(3, STEPS, INPUT)), rng.normal(size=(3, STEPS, CLASSES)), rng.normal(size=(3, HIDDEN))
    each = [(loss(function, params, *one), grad(lambda p: loss(function, p, *one))(params)) for one in zip(x, y, h, strict=True)]  # noqa: B023
    value, gradients = program.gradients(params, x[0], y[0], {"h": h[0]})
    assert value == pytest.approx(each[0][0], rel=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, each[0][1][name], rtol=1e-10, atol=1e-12)
    value, gradients = program.gradients(params, x, y, {"h": h})
    assert value == pytest.approx(sum(v for v, _ in each), rel=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, sum(g[name] for _, g in each), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernels_far_out(name: str) -> None:
    """No overflow, no lost digit: values and slopes at large arguments are those of mpmath."""
    x = np.array([[-700.0, -40.0, -3.0, 3.0, 40.0, 700.0]])
    value, slope = np.empty_like(x), np.empty_like(x)
    with np.errstate(over="ignore"):
        getattr(kernels, name, None) and getattr(kernels, name)(x, value)
        if not hasattr(kernels, name):
            getattr(np, name)(x, value)
        getattr(kernels, f"{name}_slope")(value, x, slope)
    assert np.isfinite(value).all() and np.isfinite(slope).all()


def test_a_function_of_which_nothing_is_known_is_passed_in() -> None:
    with pytest.raises(CannotCompile, match=r"h has the function phi, of which nothing is known; pass it in .*functions="):
        program_of(r"\phi(a_t)")
