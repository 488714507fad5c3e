r"""A network as SymPy sees it: unrolled over a few steps, differentiated by `sympy.diff`, compared exactly.

Build, differentiate, compare, lambdify, in four lines:

>>> network = unrolled(r"$ h_t = \tanh(w h_{t-1} + u x_t) $  $ L = \sum_{t=1}^{T} (h_t - y_t)^2 $", steps=2)
>>> exact = network.derivative("L", "w")
>>> network.equal(exact, network.value(r"\sum_{t=1}^{T} \frac{\partial L}{\partial h_t} (1 - h_t^2) h_{t-1}"))
True
>>> round(float(network.function(exact)({"w": 0.5, "u": 1.0, "x": [1.0, 2.0], "y": [0.0, 0.0], "h": 0.25})), 6)
0.193439

Here everything is written out and nothing is shared, so that it can be read and checked with SymPy alone; for more than a few steps
`lambdified` and `compile` are meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy

from symrnn.deciding.algebras.exact import Effort, Exact
from symrnn.deciding.algebras.trees import SympyTrees, from_sympy, symbol_name
from symrnn.deciding.derivatives import jacobian
from symrnn.deciding.evaluate import World, entry_name
from symrnn.judging.judgement import Options
from symrnn.judging.networks import instance_for, read_model
from symrnn.language.errors import InputError
from symrnn.language.model import Quantity
from symrnn.language.tensors import Tensor
from symrnn.language.terms import Big, Relation, Sym, walk
from symrnn.notation import Unreadable, read_term
from symrnn.reading.definitions import Understanding
from symrnn.reading.document import Document, read_text
from symrnn.reading.elaborate import readings

Entries = npt.NDArray[Any]

_SPARE_ATOMS = 400


class Unrolled:
    """The network of a document over a few steps: every value an array of SymPy expressions in the entries of what is free.

    The symbol of an entry is called after its quantity, its step and its place: ``W_1_2``, ``x@1_3``, ``h@0_1``.
    """

    def __init__(self, understanding: Understanding, options: Options) -> None:
        self.understanding = understanding
        self.instance = instance_for(understanding.model, options)
        self._world = World(understanding.model, self.instance, SympyTrees())

    def value(self, latex: str, **indices: int) -> Entries:
        r"""The value of a formula; `indices` gives its letters values: ``value("h_t", t=1)``.

        Raises InputError where the formula has no meaning in this network.
        """
        return self._world.value(self._tensor(latex), {**self._world.base_env, **indices})

    def derivative(self, of: str, by: str, **indices: int) -> Entries:
        """`sympy.diff` of every entry of one formula by every entry of a free quantity, axes of the first one first.

        Raises InputError where `by` is not free.
        """
        value, symbols = self.value(of, **indices), self.value(by, **indices)
        if not all(symbol.is_Symbol for symbol in symbols.flat):
            raise InputError(f"{by} is defined in this network; give a parameter, an input or an initial state")
        return jacobian(value, symbols)

    def equal(self, left: Entries, right: Entries) -> bool:
        """Whether two arrays are equal for all values of what is free, by exact polynomials; no `simplify`, no floats.

        False says that no proof was found. Raises TooLarge where the polynomials outgrow the bounds.
        """
        if left.shape != right.shape:
            return False
        symbols = sorted(set().union(*(x.free_symbols for x in (*left.flat, *right.flat))), key=str)
        exact = Exact(len(symbols) + _SPARE_ATOMS)
        Effort.start(exact.variables)
        known = {symbol: exact.atom(str(symbol)) for symbol in symbols}
        return all(
            exact.vanishes(from_sympy(exact, a, known) - from_sympy(exact, b, known))
            for a, b in zip(left.flat, right.flat, strict=True)
        )

    def function(self, value: Entries) -> Callable[[Mapping[str, Any]], Entries]:
        """`sympy.lambdify` of an array, as a function of the arrays of all that is free, by name.

        Parameters have their shape, inputs and targets a first axis for the steps; a state is given before the first step.
        """
        symbols = sorted(set().union(*(entry.free_symbols for entry in value.flat)), key=str)
        compiled = sympy.lambdify(symbols, list(value.flat), "numpy", cse=True)

        def evaluated(given: Mapping[str, Any]) -> Entries:
            entries = {name: number for q in self._free() if q.text in given for name, number in self._named(q, given[q.text])}
            return np.asarray(compiled(*(entries[str(symbol)] for symbol in symbols))).reshape(value.shape)

        return evaluated

    def _free(self) -> list[Quantity]:
        return [q for q in self.understanding.model.quantities.values() if q.definition is None or q.recurrence]

    def _named(self, quantity: Quantity, array: Any) -> list[tuple[str, float]]:
        """The numbers of an array by the names of their symbols."""
        values = np.asarray(array, dtype=float)
        steps: list[tuple[int | None, Any]]
        if not quantity.timed:
            steps = [(None, values)]
        elif quantity.recurrence:
            steps = [(self._world.first - 1, values)]
        else:
            steps = [(self._world.first + n, row) for n, row in enumerate(values)]
        return [
            (symbol_name(entry_name((quantity.key, time)), index), float(rows[index]))
            for time, rows in steps
            for index in np.ndindex(rows.shape)
        ]

    def _tensor(self, latex: str) -> Tensor:
        try:
            term = read_term(latex)
        except Unreadable as error:
            raise InputError(f"{latex}: {error}") from None
        counted = {n.index.name for _, n in walk(term) if isinstance(n, Big) and isinstance(n.index, Sym)}
        lexicon = self.understanding.lexicon
        lexicon = replace(lexicon, indices=lexicon.indices | counted)
        admissible, refused = readings(Relation("=", term, term), self.understanding.model, lexicon)
        known = [reading.claim.left for reading in admissible if not reading.claim.unknown]
        if not known:
            unknown = [f"nothing defines {q.text}" for reading in admissible for q in reading.claim.unknown]
            raise InputError(f"{latex}: {(unknown or [reason.reason for reason in refused])[0]}")
        return known[0]


def unrolled(source: str | Document, steps: int = 2, **sizes: int) -> Unrolled:
    """The network that a document, or a text in Markdown, defines, over `steps` steps; `sizes` are those of its axes.

    Raises InputError where there is no equation, or no axis of that name.
    """
    document = read_text(source, "text", "markdown") if isinstance(source, str) else source
    options = Options(steps, sizes)
    return Unrolled(read_model(document, options), options)
