"""The catalogue of hypotheses under which a formula may hold although it does not hold in general.

| name | what it says |
|---|---|
| targets sum to one | the entries of a target vector add up to 1 at every step |
| zero initial state | the state before the first step is the zero vector |
| equal indices, different indices | two free indices that count components are equal, or are not |
| one-hot targets | a target vector has one entry 1 and the others 0 |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symrnn.algebras.base import Algebra, Array
from symrnn.model import Model, Quantity


@dataclass(frozen=True)
class Hypothesis:
    """One entry of the catalogue, about one quantity (`about` is its key) or about two index variables."""

    kind: str
    about: str
    text: str

    def constrain(self, key: tuple[str, int | None], first: int, value: Array, algebra: Algebra) -> Array:
        """The value of a free quantity with the hypothesis put in."""
        if key[0] != self.about:
            return value
        if self.kind == "sum" and value.ndim == 1:
            return _summing_to_one(value, algebra)
        if self.kind == "zero" and key[1] == first - 1:
            return algebra.full(Fraction(0), value.shape)
        return value

    def allows(self, env: dict[str, int]) -> bool:
        """Whether an assignment of the free indices is within the hypothesis."""
        if self.kind not in ("equal", "different"):
            return True
        a, b = self.about.split(",")
        return (env[a] == env[b]) == (self.kind == "equal")


def _summing_to_one(value: Array, algebra: Algebra) -> Array:
    result = value.copy()
    rest = algebra.full(Fraction(1), ())
    minus = algebra.full(Fraction(-1), ())
    for entry in value[:-1]:
        rest = algebra.add(rest, algebra.multiply(minus, np.asarray(entry, dtype=algebra.dtype)))
    result[-1] = rest[()]
    return result


def about_values(model: Model) -> tuple[Hypothesis, ...]:
    """The hypotheses on values that make sense for a model."""
    return (*_sums(model), *_zeros(model))


def _sums(model: Model) -> Iterator[Hypothesis]:
    for quantity in model.quantities.values():
        if quantity.definition is None and quantity.timed and quantity.shape == ("classes",):
            yield Hypothesis("sum", quantity.key, f"Σ_k {_letter(quantity)}_k = 1")


def _zeros(model: Model) -> Iterator[Hypothesis]:
    for quantity in model.quantities.values():
        if quantity.recurrence < 0 and not any(at.constant < model.first for at, _ in quantity.special if not at.names()):
            yield Hypothesis("zero", quantity.key, f"{_letter(quantity)}_{{{model.first - 1}}} = 0")


def about_indices(variables: tuple[tuple[str, str, str], ...]) -> Iterator[Hypothesis]:
    """Equal or different, for every pair of free indices that count components of one axis."""
    counting = [(name, label) for name, role, label in variables if role == "component"]
    for n, (a, axis) in enumerate(counting):
        for b, other in counting[n + 1 :]:
            if axis == other:
                yield Hypothesis("equal", f"{a},{b}", f"{a} = {b}")
                yield Hypothesis("different", f"{a},{b}", f"{a} ≠ {b}")


def _letter(quantity: Quantity) -> str:
    accents = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
    return quantity.name.letter + accents.get(quantity.name.accent, "")
