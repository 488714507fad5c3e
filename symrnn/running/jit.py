"""Programs whose loops over time are machine code, through numba.

The same proven statements, the same schedule, the same functions; only the loops are printed otherwise, and compiled
when they are first called with arrays of a type, which takes some seconds. Needs ``pip install 'symrnn[numba]'``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.running.compiler import Given, program_of
from symrnn.running.fused import as_function
from symrnn.running.program import Compiled

try:
    import scipy.linalg.cython_blas  # noqa: F401  (numba takes its matrix products from there)
    from numba import njit
except ImportError as error:
    raise ImportError(f"symrnn.running.jit needs {error.name}; install it with: pip install 'symrnn[numba]'") from None

Array = npt.NDArray[Any]

#: Arithmetic as NumPy does it, without checks, and with a product and a sum in one operation where there is one.
machine_code = njit(error_model="numpy", fastmath={"contract"}, nogil=True)
_inline = njit(error_model="numpy", fastmath={"contract"}, inline="always")

#: log 2 in two parts, the first so short that its multiples by small whole numbers are exact.
_LOG2_HIGH = math.floor(math.log(2.0) * 2.0**32) / 2.0**32
_LOG2_LOW = 1.9082149292705877e-10
_PER_LOG2 = 1.0 / math.log(2.0)


@_inline
def scalar_tanh(x: float) -> float:
    """tanh as e / (e + 2) with e = exp(2 |x|) - 1: no branch, so that many run at once, and exact to a few last digits
    for every size of x.

    With 2 |x| = n log 2 + r, e is 2^n (exp(r) - 1) + (2^n - 1), and the series of exp(r) - 1 ends quickly.
    """
    size = abs(x)
    double = 40.0 if size > 20.0 else 2.0 * size  # beyond 20, tanh is 1 to all digits
    n = np.rint(double * _PER_LOG2)
    r = (double - n * _LOG2_HIGH) - n * _LOG2_LOW
    series = 1.0 / 87178291200.0
    series = series * r + 1.0 / 6227020800.0
    series = series * r + 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    power = float(np.int64(1) << np.int64(n))
    e = power * (series * r * r + r) + (power - 1.0)
    return math.copysign(e / (e + 2.0), x)


@_inline
def scalar_sigma(x: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-x))


@_inline
def scalar_relu(x: float) -> float:
    """The positive part."""
    return max(x, 0.0)


@_inline
def scalar_elu(x: float) -> float:
    """x where it is positive, else exp(x) - 1."""
    return max(x, 0.0) + math.expm1(min(x, 0.0))


@_inline
def scalar_softplus(x: float) -> float:
    """log(1 + exp(x)), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@_inline
def scalar_silu(x: float) -> float:
    """x times the logistic function of x."""
    return x / (1.0 + math.exp(-x))


@_inline
def scalar_gelu(x: float) -> float:
    """x times the distribution function of the normal distribution at x."""
    return 0.5 * x * math.erfc(-x / math.sqrt(2.0))


@_inline
def scalar_sin(x: float) -> float:
    """The sine."""
    return math.sin(x)


@_inline
def scalar_cos(x: float) -> float:
    """The cosine."""
    return math.cos(x)


@machine_code
def product(rows: Array, matrix: Array, out: Array) -> None:
    """rows @ matrix into `out`; a single row needs less preparation."""
    if rows.shape[0] == 1:
        np.dot(rows[0], matrix, out[0])
    else:
        np.dot(rows, matrix, out)


def compile(model: Given = "notes") -> Compiled:
    """As `symrnn.running.compile`, with loops over time as machine code."""
    return program_of(model, as_function)
