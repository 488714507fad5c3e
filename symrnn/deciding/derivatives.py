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
from symrnn.language.tensors import Affine, Ref, Tensor, arguments, free_names, sized_axis, walk

#: The time in an equation of a quantity that has one.
_STEP = "t"


def jacobians(algebra: Exact, definition: Tensor, env: Env, children: Sequence[Key], values: Sequence[Array]) -> list[Array]:
    """The derivatives of a defining equation by each quantity in it, at the exact values of these."""
    shapes = tuple(value.shape for value in values)
    step = env.get(_STEP)
    if step is not None and _is_the_same_at_every_step(definition):  # which is differentiated once, as if at step 0
        env, children = {**env, _STEP: 0}, [(name, None if time is None else time - step) for name, time in children]
    symbols, slopes = _by_sympy(definition, tuple(sorted(env.items())), tuple(children), shapes)
    exact = {s: v for array, value in zip(symbols, values, strict=True) for s, v in zip(array.flat, value.flat, strict=True)}
    return [algebra.each(lambda x: from_sympy(algebra, x, exact), slope) for slope in slopes]


@lru_cache(maxsize=4096)
def _is_the_same_at_every_step(definition: Tensor) -> bool:
    """Whether the time stands in an equation only as that of its quantities, counted from the step that it is the equation of."""
    times = {node.time for node in walk(definition) if isinstance(node, Ref) and node.time is not None}
    others = (value for node in walk(definition) if not isinstance(node, Ref) for value in arguments(node))
    return all(time.terms == ((_STEP, 1),) for time in times) and not any(_STEP in _counts(value) for value in others)


def _counts(value: object) -> frozenset[str]:
    """The index variables that an argument of a node mentions itself, and not in an expression within it."""
    if isinstance(value, tuple) and not isinstance(value, Affine):
        return frozenset().union(*map(_counts, value))
    return frozenset() if isinstance(value, Tensor) else free_names(value)


@lru_cache(maxsize=1024)
def _by_sympy(
    definition: Tensor, env: tuple[tuple[str, int], ...], children: tuple[Key, ...], shapes: tuple[tuple[int, ...], ...]
) -> tuple[list[Array], list[Array]]:
    """A defining equation as SymPy expressions in one symbol per entry of what it uses, differentiated by each of them."""
    trees = SympyTrees()
    symbols = _numbered(shapes)
    leaves = dict(zip(children, symbols, strict=True))
    sizes = {axis: size for name, size in env if (axis := sized_axis(name))}
    value = _Equation(trees, sizes, leaves).value(definition, dict(env))
    return symbols, _slopes(tuple(value.flat), value.shape, shapes)


def _numbered(shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Symbols that are numbered and not named, so that equations of one form are one, as those of gates are."""
    return [SympyTrees().free(f"x{number}", shape) for number, shape in enumerate(shapes)]


@lru_cache(maxsize=1024)
def _slopes(entries: tuple[sympy.Expr, ...], shape: tuple[int, ...], shapes: tuple[tuple[int, ...], ...]) -> list[Array]:
    """The entries of an array of expressions, differentiated by each of the numbered symbols."""
    value = np.empty(len(entries), dtype=object)
    value[:] = entries
    return [jacobian(value.reshape(shape), symbols) for symbols in _numbered(shapes)]


class _Equation(Evaluator):
    """Values of what stands in one equation, given those of the quantities in it."""

    def __init__(self, trees: SympyTrees, sizes: Mapping[str, int], leaves: Mapping[Key, Array]) -> None:
        super().__init__(trees, sizes)
        self.leaves = leaves

    def quantity(self, key: Key) -> Array:
        return self.leaves[key]


def jacobian(value: Array, symbols: Array) -> Array:
    """`sympy.diff` of every entry of an array of expressions by every symbol of another, axes of the first one first.

    Term by term, of which only those are asked in which the symbol stands: the loss of a batch is one long sum.
    """
    result = np.empty((*value.shape, *symbols.shape), dtype=object)
    for row in np.ndindex(value.shape):
        terms = [(term, term.free_symbols) for term in sympy.Add.make_args(value[row])]
        for column in np.ndindex(symbols.shape):
            symbol = symbols[column]
            result[(*row, *column)] = sympy.Add(*[sympy.diff(term, symbol) for term, free in terms if symbol in free])
    return result
