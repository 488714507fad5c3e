"""The few functions of generated programs that need care with rounding.

Every array has one row per time step and example, and one column per component. A formula such as ``1 - h²`` is exact in algebra but
loses its digits in floating point where h is close to 1. Each function computes the plain formula everywhere, which is
fast, and then corrects the entries where it cannot be trusted; there are none in most calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]

#: Below this, a difference from 1 has lost more than 9 bits; with 52 of them, less than 1e-13 is lost above.
_NEAR = 2.0**-9


def tanh_slope(value: Rows, argument: Rows) -> Rows:
    """1 - value², where value = tanh(argument); both (rows, size)."""
    slope = np.multiply(value, value)
    np.subtract(1.0, slope, slope)
    if slope.size and slope.min() < _NEAR:
        steep = slope < _NEAR
        decay = np.exp(-2.0 * np.abs(argument[steep]))
        slope[steep] = 4.0 * decay / (1.0 + decay) ** 2
    return slope


def sigma_slope(value: Rows, argument: Rows) -> Rows:
    """value (1 - value), where value is the logistic function of argument; both (rows, size)."""
    slope = np.subtract(1.0, value)
    if slope.size and slope.min() < _NEAR:
        steep = slope < _NEAR
        decay = np.exp(-argument[steep])
        slope[steep] = decay / (1.0 + decay)
    slope *= value
    return slope


def sigma(argument: Rows, out: Rows) -> Rows:
    """The logistic function into `out`, which may be `argument`; any shape."""
    np.negative(argument, out)
    np.exp(out, out)
    np.add(out, 1.0, out)
    return np.divide(1.0, out, out)


def softmax(logits: Rows) -> Rows:
    """softmax of each row; (rows, classes), of any size without overflow."""
    result = logits - np.maximum.reduce(logits, 1, keepdims=True)
    np.exp(result, result)
    result /= np.add.reduce(result, 1, keepdims=True)
    return result


def cross_entropy(logits: Rows, targets: Rows) -> float:
    """-Σ y log softmax(z) over all rows and classes; both (rows, classes)."""
    shifted = logits - np.maximum.reduce(logits, 1, keepdims=True)
    powers = np.exp(shifted)
    return _entropy(shifted, targets, _logarithms(powers, shifted), np.add.reduce(targets, 1))


def cross_entropy_and_derivative(logits: Rows, targets: Rows) -> tuple[float, Rows]:
    """The cross-entropy, and (Σ_k y_k) softmax(z) - y in the place of the logits; both (rows, classes)."""
    logits -= np.maximum.reduce(logits, 1, keepdims=True)
    powers = np.exp(logits)
    mass = np.add.reduce(targets, 1)
    totals = np.add.reduce(powers, 1)
    peaked = totals < 1.0 + _NEAR if totals.size and totals.min() < 1.0 + _NEAR else None
    logs = np.log(totals)
    if peaked is not None:
        rest, fixed = _peaked(powers[peaked], logits[peaked], targets[peaked])
        logs[peaked] = np.log1p(rest)
    loss = _entropy(logits, targets, logs, mass)
    np.multiply(powers, (mass / totals)[:, None], logits)
    logits -= targets
    if peaked is not None:
        top = powers[peaked] == 1.0
        rows = logits[peaked]
        rows[top] = np.broadcast_to(fixed[:, None], rows.shape)[top]
        logits[peaked] = rows
    return loss, logits
