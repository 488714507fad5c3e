"""Indices that are summed over, with their bounds and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from symrnn.deciding.evaluate import BadRange, Env
from symrnn.deciding.witness.flattening import Range
from symrnn.language.tensors import Affine, Condition

_NORMAL = {">=": (1, 0), ">": (1, -1), "<=": (-1, 0), "<": (-1, -1)}


class Ranges:
    """The indices of one product of factors that are still to be summed over, at given values of the free ones."""

    def __init__(self, ranges: Sequence[Range], env: Env) -> None:
        self.env = env
        self.boxes: dict[str, range] = {}
        self._conditions: list[Condition] = []
        for r in ranges:
            self.boxes[r.variable] = self._box(r)
            own = Affine.of(r.variable)
            self._conditions += [Condition(">=", own, r.lower), Condition("<=", own, r.upper), *r.conditions]

    def _box(self, r: Range) -> range:
        """The values between the least lower and the greatest upper bound. Raises BadRange, as the sum itself would."""
        bounds = [(r.lower.value(env), r.upper.value(env)) for env in self.values(r.lower.names() | r.upper.names())]
        for low, high in bounds:
            if high < low - 1:
                raise BadRange(f"{r.variable} runs from {low} to {high}")
        return range(min((low for low, _ in bounds), default=0), max((high for _, high in bounds), default=-1) + 1)

    def among(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some names that are summed indices, the outermost first."""
        wanted = set(names)
        return tuple(v for v in self.boxes if v in wanted)

    def values(self, variables: Iterable[str], given: Env | None = None) -> Iterator[dict[str, int]]:
        """Environments with all values of some indices for which every condition on them (and on those given) holds."""
        names = self.among(variables)
        env = {**self.env, **(given or {})}
        known = env.keys() | set(names)
        conditions = [c for c in self._conditions if c.names() <= known]
        for chosen in product(*(self.boxes[v] for v in names)):
            inner = {**env, **dict(zip(names, chosen, strict=True))}
            if all(c.holds(inner) for c in conditions):
                yield inner

    def close(self, variable: str) -> None:
        """Takes out an index that has been summed over."""
        self._conditions = [c for c in self._conditions if variable not in c.names()]
        del self.boxes[variable]

    def tied(self, variable: str) -> set[str]:
        """The other indices that share a condition with one."""
        return {name for c in self._linking(variable) for name in self.among(c.names())} - {variable}

    def _linking(self, variable: str) -> list[Condition]:
        return [c for c in self._conditions if variable in c.names() and len(self.among(c.names())) > 1]

    def least_distance(self, first: str, second: str, orientation: int) -> list[int | None]:
        """For each condition on two indices, the m for which it says ``orientation * (first - second) >= m``; None if it does not."""
        return [self._distance(c, first, second, orientation) for c in self._linking(first)]

    def _distance(self, condition: Condition, first: str, second: str, orientation: int) -> int | None:
        if condition.op not in _NORMAL:
            return None
        sign, shift = _NORMAL[condition.op]
        rest = (condition.left - condition.right).scaled(sign) + shift
        rest = rest - (Affine.of(first) - Affine.of(second)).scaled(orientation)
        return None if self.among(rest.names()) else -rest.value(self.env)
