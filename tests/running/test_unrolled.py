"""Build, differentiate, compare, lambdify: the unrolled network in SymPy alone."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import sympy

from symrnn.language.errors import InputError
from symrnn.running import Unrolled, unrolled
from symrnn.running import unrolled as function
from symrnn.running.unrolled import __name__ as module_name

PLAIN = r"""
$$ h_t = \tanh(U x_t + W h_{t-1}), \quad z_t = V h_t, \quad p_t = \mathrm{softmax}(z_t), \quad L_t = -y_t^T \log p_t $$
$$ L = \sum_{t=1}^{T} L_t $$
"""
DOUBLE_SUM = (
    r"\sum_{t=1}^{T} \sum_{k=1}^{t} \left(\mathrm{diag}(1 - h_k^2) \left(\prod_{j=k+1}^{t} W^T \mathrm{diag}(1 - h_j^2)\right)"
    r" V^T \frac{\partial L_t}{\partial z_t}\right) h_{k-1}^T"
)


@pytest.fixture(scope="module")
def network() -> Unrolled:
    return unrolled(PLAIN, steps=2, hidden=2, classes=3, input=1)


def test_the_lines_of_the_docstring_are_true() -> None:
    failures, tried = doctest.testmod(__import__(module_name, fromlist=["x"]))
    assert (failures, tried > 3) == (0, True)


def test_a_value_is_what_sympy_would_write(network: Unrolled) -> None:
    u, w, x, h = (sympy.Symbol(name) for name in ("U_1_1", "W_1_1", "x[t]@1_1", "h[t]@0_1"))
    found = network.value("h_t", t=1)[0]
    assert found.func is sympy.tanh
    assert {u, w, x, h} <= found.free_symbols, found.free_symbols


def test_the_double_sum_is_sympys_derivative_of_the_unrolled_loss(network: Unrolled) -> None:
    exact = network.derivative("L", "W")
    assert network.equal(exact, network.value(DOUBLE_SUM))
    assert not network.equal(exact, network.value(DOUBLE_SUM.replace("1 - h_j^2", "1 - h_k^2")))
    assert not network.equal(exact, exact.T)
    assert not network.equal(exact, network.value("V"))


def test_lambdify_agrees_with_a_complex_step(network: Unrolled) -> None:
    rng = np.random.default_rng(0)
    given = {"U": rng.normal(size=(2, 1)), "W": rng.normal(size=(2, 2)), "V": rng.normal(size=(3, 2))}
    data = {"x": rng.normal(size=(2, 1)), "y": rng.normal(size=(2, 3)), "h": rng.normal(size=2)}

    def loss(w: np.ndarray) -> complex:
        h, total = data["h"].astype(complex), 0j
        for x, y in zip(data["x"], data["y"], strict=True):
            h = np.tanh(given["U"] @ x + w @ h)
            z = given["V"] @ h
            total -= y @ (z - np.log(np.exp(z).sum()))
        return total

    found = network.function(network.derivative("L", "W"))({**given, **data})
    for index in np.ndindex(2, 2):
        shift = np.zeros((2, 2), complex)
        shift[index] = 1e-30j
        assert found[index] == pytest.approx(loss(given["W"] + shift).imag / 1e-30, rel=1e-12)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda network: network.value(r"\frac{"), r"\\frac"),
        (lambda network: network.value("V W^T V"), "V"),
        (lambda network: network.derivative("L", "h_t", t=1), "h_t is defined in this network"),
        (lambda network: function(r"no equation"), "no equation found"),
    ],
)
def test_what_has_no_meaning_is_refused(work: object, message: str, network: Unrolled) -> None:
    with pytest.raises(InputError, match=message):
        work(network)  # type: ignore[operator]
