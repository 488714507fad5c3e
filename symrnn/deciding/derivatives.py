"""The derivatives of defining equations, by SymPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import sympy

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.algebras.exact import Exact
from symrnn.deciding.algebras.trees import SympyTrees, from_sympy
from symrnn.deciding.evaluate import Env, Evaluator, Key
from symrnn.language.tensors import Tensor, sized_axis


def jacobians(algebra: Exact, definition: Tensor, env: Env, children: Sequence[Key], values: Sequence[Array]) -> list[Array]:
    """The derivatives of a defining equation by each quantity in it, at the exact values of these."""
    shapes = tuple(value.shape for value in values)
    symbols, slopes = _by_sympy(definition, tuple(sorted(env.items())), tuple(children), shapes)
    exact = {s: v for array, value in zip(symbols, values, strict=True) for s, v in zip(array.flat, value.flat, strict=True)}
    return [algebra.each(lambda x: from_sympy(algebra, x, exact), slope) for slope in slopes]


@lru_cache(maxsize=4096)
def _by_sympy(
    definition: Tensor, env: tuple[tuple[str, int], ...], children: tuple[Key, ...], shapes: tuple[tuple[int, ...], ...]
) -> tuple[list[Array], list[Array]]:
    """A defining equation as SymPy expressions in one symbol per entry of what it uses, differentiated by each of them."""
    trees = SympyTrees()
    symbols = [trees.free(f"{name}@{time}", shape) for (name, time), shape in zip(children, shapes, strict=True)]
    leaves = dict(zip(children, symbols, strict=True))
    sizes = {axis: size for name, size in env if (axis := sized_axis(name))}
    value = _Equation(trees, sizes, leaves).value(definition, dict(env))
    return symbols, [jacobian(value, array) for array in symbols]


class _Equation(Evaluator):
    """Values of what stands in one equation, given those of the quantities in it."""

    def __init__(self, trees: SympyTrees, sizes: Mapping[str, int], leaves: Mapping[Key, Array]) -> None:
        super().__init__(trees, sizes)
        self.leaves = leaves

    def quantity(self, key: Key) -> Array:
        return self.leaves[key]


def jacobian(value: Array, symbols: Array) -> Array:
    """`sympy.diff` of every entry of an array of expressions by every symbol of another, axes of the first one first."""
    result = np.empty((*value.shape, *symbols.shape), dtype=object)
    for row in np.ndindex(value.shape):
        for column in np.ndindex(symbols.shape):
            result[(*row, *column)] = sympy.diff(value[row], symbols[column])
    return result
