"""Loops as machine code: the same numbers as NumPy, from the same proven statements."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
from numba import njit

from symrnn.judging.check import read_model
from symrnn.judging.judgement import Options
from symrnn.language.model import Model
from symrnn.reading.document import read_text
from symrnn.running import Compiled, compile, jit
from symrnn.running.kernels import tanh_slope

STEPS = 6
SIZES = {"hidden": 5, "hidden2": 6, "input": 4, "classes": 3}

#: Two loops, one after the other; a bias and a logistic function inside them, and a mean as loss.
LAYERS = r"""
$$g_t = \sigma(x_t A + g_{t-1} B)$$

$$h_t = \tanh(C g_t - D h_{t-1} + b)$$

$$p_t = \mathrm{softmax}(V h_t + c)$$

$$L = -\frac{1}{T} \sum_{t=1}^{T} y_t \log p_t$$
"""
#: A loop with a vector from outside in it.
CLOCK = r"""
$$h_t = \tanh(W h_{t-1} + b)$$

$$p_t = \mathrm{softmax}(U x_t + V h_t)$$

$$L_t = -y_t \log p_t$$
"""
DOCUMENTS = {"layers": LAYERS, "clock": CLOCK}
NAMES = ("notes", *DOCUMENTS)


def model_of(name: str) -> Any:
    if name == "notes":
        return name
    model: Model = read_model(read_text(DOCUMENTS[name], "test.md", "markdown"), Options()).model
    return model


def arguments(program: Compiled, lead: tuple[int, ...], dtype: type) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    sizes = {label: SIZES.get(label, 5) for labels in program.parameters.values() for label in labels}

    def drawn(*shape: int) -> Any:
        return rng.normal(size=shape).astype(dtype)

    params = {name: drawn(*(sizes[label] for label in labels)) for name, labels in program.parameters.items()}
    x, y = (drawn(*lead, STEPS, sizes[label]) for label in (program.signature.input, program.signature.target))
    return params, x, y, {name: drawn(*lead, sizes[label]) for name, label in program.signature.states}


@cache
def programs(name: str) -> tuple[Compiled, Compiled]:
    return compile(model_of(name)), jit.compile(model_of(name))


@pytest.mark.parametrize(
    ("name", "lead", "dtype"), [*((name, lead, np.float64) for name in NAMES for lead in ((), (3,))), ("layers", (), np.float32)]
)
def test_machine_code_agrees_with_numpy(name: str, lead: tuple[int, ...], dtype: type) -> None:
    plain, fast = programs(name)
    params, x, y, first = arguments(plain, lead, dtype)
    loss, gradients, last = plain.gradients_and_state(params, x, y, first)
    tolerance = 1e-11 if dtype is np.float64 else 1e-3
    for _ in range(2):  # the second call works in the memory of the first
        found, others, states = fast.gradients_and_state(params, x, y, first)
        assert found == pytest.approx(loss, rel=tolerance)
        for expected, result in ((gradients, others), (last, states)):
            for key in expected:
                assert result[key].dtype == dtype
                np.testing.assert_allclose(result[key], expected[key], rtol=tolerance, atol=tolerance * 1e-2, err_msg=key)
    for key, values in plain.forward(params, x, first).items():
        np.testing.assert_allclose(fast.forward(params, x, first)[key], values, rtol=tolerance, err_msg=key)


@pytest.mark.parametrize("name", NAMES)
def test_the_loops_are_functions_and_the_equations_stand_above_the_blocks(name: str) -> None:
    plain, fast = programs(name)
    loops = plain.source.count("\n    for ")
    assert fast.source.count("@machine_code\ndef loop_") == loops >= 2
    assert fast.source.count("\n        product(") == loops
    equations = [line for line in plain.source.splitlines() if line.lstrip().startswith("# ") and "=" in line]
    assert len(equations) > 5
    assert [line for line in fast.source.splitlines() if line in equations] == equations


def tanhs(values: Any) -> Any:
    """scalar_tanh in a loop that is compiled."""

    @njit(error_model="numpy", fastmath={"contract"})
    def run(values: Any, out: Any) -> None:
        for entry in range(values.shape[0]):
            out[entry] = jit.scalar_tanh(values[entry])

    out = np.empty_like(values)
    run(values, out)
    return out


def test_tanh_is_exact_to_the_last_digits() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([scale * rng.normal(size=100) for scale in (1e-300, 1e-9, 1e-3, 0.3, 1.0, 4.0, 30.0, 1e300)])
    found = tanhs(values)
    with mpmath.workdps(40):
        expected = [mpmath.tanh(mpmath.mpf(float(value))) for value in values]
        errors = [abs(float(a) - b) / abs(b) for a, b in zip(found, expected, strict=True)]
    assert max(errors) < 4e-16
    special = tanhs(np.array([np.nan, np.inf, -np.inf, 0.0, -0.0]))
    np.testing.assert_array_equal(special, [np.nan, 1.0, -1.0, 0.0, -0.0])
    assert np.signbit(special[-1])


def test_a_slope_that_vanishes_keeps_its_digits() -> None:
    values = np.array([[0.1, 2.0, -9.0, 19.0, -300.0]])
    found = tanh_slope(tanhs(values[0])[None], values, np.empty_like(values))
    with mpmath.workdps(60):
        expected = [float(mpmath.sech(mpmath.mpf(float(v))) ** 2) for v in values[0]]
    np.testing.assert_allclose(found[0], expected, rtol=1e-13)


def test_without_numba_it_is_said_how_to_get_it() -> None:
    code = "import sys; sys.modules['numba'] = None; import symrnn.running.jit"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "ImportError: symrnn.running.jit needs numba; install it with: pip install 'symrnn[numba]'" in result.stderr
