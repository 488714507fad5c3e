"""The few functions of generated programs that need care with rounding.

Every array has one row per time step and example, and one column per component. A formula such as ``1 - h²`` is exact
in algebra but loses its digits in floating point where h is close to 1. Each function computes the plain formula
everywhere, which is fast, and then corrects the entries where it cannot be trusted; in most calls there are none.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]

#: A difference from 1 that is smaller than this has lost more than 9 of its bits; less loss stays below 1e-13.
_NEAR = 2.0**-9


def tanh_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """1 - value² into `out`, where value = tanh(argument); all (rows, size)."""
    np.multiply(value, value, out)
    np.subtract(1.0, out, out)
    steep = _steep(out)
    if len(steep):
        cosh = np.cosh(argument.reshape(-1).take(steep))
        out.reshape(-1)[steep] = 1.0 / (cosh * cosh)
    return out


def sigma_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """value (1 - value) into `out`, where value is the logistic function of argument; all (rows, size)."""
    np.subtract(1.0, value, out)
    steep = _steep(out)
    if len(steep):
        out.reshape(-1)[steep] = 1.0 / (1.0 + np.exp(argument.reshape(-1).take(steep)))
    return np.multiply(out, value, out)


def _steep(difference: Rows) -> Rows:
    """The places, counted through all rows, where a difference from 1 has lost its digits."""
    return (difference.reshape(-1) < _NEAR).nonzero()[0]


def sigma(argument: Rows, out: Rows) -> Rows:
    """The logistic function into `out`, which may be `argument`; any shape."""
    np.negative(argument, out)
    np.exp(out, out)
    np.add(out, 1.0, out)
    return np.divide(1.0, out, out)


def relu(argument: Rows, out: Rows) -> Rows:
    """The positive part into `out`; any shape."""
    return np.maximum(argument, 0.0, out=out)


def relu_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """1 where the argument is positive, else 0, into `out`; all (rows, size)."""
    return np.greater(argument, 0.0, out)


def elu(argument: Rows, out: Rows) -> Rows:
    """x where it is positive, else exp(x) - 1, into `out`, which may be `argument`; any shape."""
    below = np.expm1(np.minimum(argument, 0.0))
    return np.add(np.maximum(argument, 0.0, out=out), below, out)


def elu_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """1 where the argument is positive, else exp(x), into `out`; all (rows, size)."""
    np.minimum(argument, 0.0, out=out)
    return np.exp(out, out)


def softplus(argument: Rows, out: Rows) -> Rows:
    """log(1 + exp(x)) into `out`, which may be `argument`; any shape."""
    return np.logaddexp(argument, 0.0, out)


def softplus_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """The logistic function of the argument into `out`; all (rows, size)."""
    return sigma(argument, out)


def silu(argument: Rows, out: Rows) -> Rows:
    """x times the logistic function of x into `out`, which may be `argument`; any shape."""
    return np.multiply(argument, sigma(argument, np.empty_like(argument)), out)


def silu_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """s (1 + x (1 - s)) into `out`, where s is the logistic function of the argument x; all (rows, size)."""
    share = sigma(argument, np.empty_like(argument))
    np.multiply(sigma(np.negative(argument), out), argument, out)
    np.add(out, 1.0, out)
    return np.multiply(out, share, out)


def gelu(argument: Rows, out: Rows) -> Rows:
    """x times the distribution function of the normal distribution at x, into `out`, which may be `argument`; any shape."""
    return np.multiply(argument, _normal(argument), out)


def gelu_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """Φ(x) + x φ(x), with the normal distribution Φ and its density φ, into `out`; all (rows, size)."""
    np.multiply(argument, argument, out)
    np.multiply(out, -0.5, out)
    np.exp(out, out)
    np.multiply(out, argument, out)
    np.multiply(out, 1.0 / math.sqrt(2.0 * math.pi), out)
    return np.add(out, _normal(argument), out)


def _normal(x: Rows) -> Rows:
    """The distribution function of the normal distribution; NumPy has no error function, so this is one entry after the other."""
    return np.asarray(_half_erfc(x), x.dtype)


_half_erfc = np.frompyfunc(lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)), 1, 1)


def sin_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """The cosine of the argument into `out`; all (rows, size)."""
    return np.cos(argument, out)


def cos_slope(value: Rows, argument: Rows, out: Rows) -> Rows:
    """Minus the sine of the argument into `out`; all (rows, size)."""
    np.sin(argument, out)
    return np.negative(out, out)


def softmax(logits: Rows) -> Rows:
    """softmax of each row, without overflow; (rows, classes)."""
    powers = np.subtract(logits, _largest(logits))
    np.exp(powers, powers)
    powers /= np.add.reduce(powers, 1, keepdims=True)
    return powers


def _largest(logits: Rows) -> Rows:
    """The largest entry of each row, (rows, 1). Finding where it is takes less time than a maximum along rows."""
    places = logits.argmax(1)
    places += _starts(*logits.shape)
    largest: Rows = logits.reshape(-1).take(places)[:, None]
    return largest


@lru_cache(maxsize=64)
def _starts(rows: int, size: int) -> Rows:
    """Where each row begins, counted through all entries."""
    return np.arange(0, rows * size, size)


@lru_cache(maxsize=64)
def _ones(size: int, kind: str) -> Rows:
    """A vector of ones: the product with it sums rows, faster than a sum does."""
    return np.ones(size, kind)


class _Peak(NamedTuple):
    """The rows in which one class has nearly all the probability, the place of that class, and Σ exp of the others."""

    rows: Rows
    top: Rows
    rest: Rows


def cross_entropy(logits: Rows, targets: Rows, weights: Rows | None = None) -> Any:
    """-Σ w y log softmax(z) over all rows and classes; both (rows, classes), the weights (rows, 1)."""
    targets = targets if weights is None else targets * weights
    shifted = np.subtract(logits, _largest(logits))
    powers = np.exp(shifted)
    ones = _ones(logits.shape[1], logits.dtype.char)
    totals = powers.dot(ones)
    return _entropy(shifted, targets, targets.dot(ones), totals, _peak(powers, totals))


def cross_entropy_and_derivative(logits: Rows, targets: Rows, powers: Rows, weights: Rows | None = None) -> tuple[Any, Rows]:
    """The cross-entropy, and its derivative w ((Σ_k y_k) softmax(z) - y) in the place of the logits.

    All are (rows, classes), the weights (rows, 1); `powers` is overwritten.
    """
    targets = targets if weights is None else targets * weights
    np.subtract(logits, _largest(logits), logits)
    np.exp(logits, powers)
    ones = _ones(logits.shape[1], logits.dtype.char)
    totals, mass = powers.dot(ones), targets.dot(ones)
    peak = _peak(powers, totals)
    loss = _entropy(logits, targets, mass, totals, peak)
    np.multiply(powers, np.divide(mass, totals, mass)[:, None], logits)
    np.subtract(logits, targets, logits)
    if peak is not None:
        _correct(logits, targets, peak)
    return loss, logits


def _peak(powers: Rows, totals: Rows) -> _Peak | None:
    """Where 1 - p of the likeliest class cannot be had by subtraction. Its power is exactly 1."""
    if totals[totals.argmin()] >= 1.0 + _NEAR:
        return None
    (rows,) = np.nonzero(totals < 1.0 + _NEAR)
    others = powers[rows]
    top = others.argmax(1)
    others[np.arange(len(rows)), top] = 0.0
    return _Peak(rows, top, np.add.reduce(others, 1))


def _entropy(shifted: Rows, targets: Rows, mass: Rows, totals: Rows, peak: _Peak | None) -> Any:
    """Σ (mass log Σ_k exp z_k - Σ_k y_k z_k), for logits of which the largest in each row is 0."""
    logarithms = np.log(totals)
    if peak is not None:
        logarithms[peak.rows] = np.log1p(peak.rest)
    return mass.dot(logarithms) - targets.reshape(-1).dot(shifted.reshape(-1))


def _correct(error: Rows, targets: Rows, peak: _Peak) -> None:
    """Puts (Σ_{k≠m} y_k - y_m Σ_{k≠m} exp z_k) / Σ_k exp z_k in the place of entry m of each peaked row."""
    others = targets[peak.rows]
    entries = np.arange(len(peak.rows)), peak.top
    hit = others[entries]
    others[entries] = 0.0
    error[peak.rows, peak.top] = (np.add.reduce(others, 1) - hit * peak.rest) / (1.0 + peak.rest)


def squared_error(output: Rows, targets: Rows, weights: Rows | None = None) -> Any:
    """Σ w (p - y)² over all rows and components; both (rows, size), the weights (rows, 1)."""
    difference = np.subtract(output, targets)
    weighted = difference if weights is None else np.multiply(difference, weights)
    return np.vdot(weighted, difference)


def squared_error_and_derivative(output: Rows, targets: Rows, spare: Rows, weights: Rows | None = None) -> tuple[Any, Rows]:
    """The squared error, and its derivative 2 w (p - y) in the place of the output; all (rows, size), the weights (rows, 1)."""
    np.subtract(output, targets, output)
    weighted = output if weights is None else np.multiply(output, weights, spare)
    loss = np.vdot(weighted, output)
    return loss, np.multiply(weighted, 2.0, output)


def logistic(argument: Rows, targets: Rows, weights: Rows | None = None) -> Any:
    """-Σ w (y log σ(a) + (1 - y) log σ(-a)) over all rows and components; both (rows, size), the weights (rows, 1)."""
    costs = targets * np.logaddexp(0.0, -argument) + (1.0 - targets) * np.logaddexp(0.0, argument)
    return np.add.reduce(costs if weights is None else costs * weights, None)


def logistic_and_derivative(argument: Rows, targets: Rows, spare: Rows, weights: Rows | None = None) -> tuple[Any, Rows]:
    """The logistic cost, and its derivative w (σ(a) - y) in the place of the argument; all (rows, size), the weights (rows, 1).

    σ(a) - y is computed as (1 - y) σ(a) - y σ(-a), which keeps the digits of a certain output.
    """
    loss = logistic(argument, targets, weights)
    sigma(np.negative(argument, spare), spare)
    np.multiply(spare, targets, spare)
    sigma(argument, argument)
    np.multiply(argument, 1.0 - targets, argument)
    np.subtract(argument, spare, argument)
    return loss, argument if weights is None else np.multiply(argument, weights, argument)


# --------------------------------------------------------------------------------------------------------- products


def inner(left: Rows, right: Rows, out: Rows | None = None) -> Rows:
    """The product of each row with the same row of another array, (..., 1)."""
    product: Rows = np.einsum("...i,...i->...", left, right)[..., None]
    if out is None:
        return product
    np.copyto(out, product)
    return out


def column(vector: Rows) -> Rows:
    """A vector as a matrix with one column."""
    return vector.reshape(-1, 1)


def over_steps(rows: Rows, steps: int) -> Rows:
    """The sum over all steps of each example, in the rows of all its steps; (rows, size)."""
    by_step = rows.reshape(steps, -1, rows.shape[-1])
    return np.broadcast_to(np.add.reduce(by_step, 0), by_step.shape).reshape(rows.shape)


def times_matrix(rows: Rows, matrix: Rows, out: Rows | None = None) -> Rows:
    """rows @ matrix; where the rows are numbers of classes instead, (rows,), the rows of the matrix with these numbers."""
    if rows.ndim == 2:
        product: Rows = np.dot(rows, matrix, out)
        return product
    return np.take(matrix, rows, 0, out)


def sum_outer(left: Rows, right: Rows, out: Rows) -> Rows:
    """left.T @ right into `out`; one of both may be numbers of classes, (rows,), instead of rows with a 1 in that place."""
    if left.ndim == right.ndim:
        product: Rows = np.dot(left.T, right, out)
        return product
    out[...] = 0.0
    if right.ndim == 1:
        np.add.at(out.T, right, left)
    else:
        np.add.at(out, left, right)
    return out


def sum_products(left: Rows, right: Rows, out: Rows) -> Rows:
    """The sum over all rows of the products of entries, (size,) or (1,)."""
    np.einsum("ij,ij->j", left, right, out=out)
    return out


def softmax_step(logits: Rows, out: Rows) -> Rows:
    """softmax of a vector, or of each row, into `out`."""
    np.subtract(logits, logits.max(-1, keepdims=True), out)
    np.exp(out, out)
    return np.divide(out, np.add.reduce(out, -1, keepdims=True), out)
