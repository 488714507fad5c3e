"""Scheduled equations to lines of NumPy.

An array has one row per time step and example, in that order, so that a matrix product serves all steps at once. A
series that is asked for at the step before (or after) has `n` rows more than it needs, n being the number of
examples: those of the step before the first (after the last). A loop over time works on views with time as their
first axis and writes into arrays that exist already.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from symrnn.language.functions import KERNELS
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Const, Dot, Full, Map, Permute, Plus, Power, Ref, Tensor, Times
from symrnn.running.adjoint import is_matrix
from symrnn.running.errors import CannotCompile
from symrnn.running.schedule import Series, series_of

_RESERVED = frozenset(
    (
        *KERNELS,
        *("np", "space", "add", "multiply", "softmax", "T", "n", "batch", "dtype", "loss", "error", "spare"),
        *("step", "start", "row", "entry", "range", "product", "forward", "output", "gradients"),
    )
)
_TAKEN = re.compile(r"(d|n|c|r[0-9]+|rows|loop|scalar)_.*|.*_(T|t|all|before|after|first|near|row|slope)")
STEP = {-1: "before", 1: "after"}


class Names:
    """Identifiers for the quantities of a model, made of nothing but ASCII letters, digits and underscores."""

    def __init__(self, model: Model) -> None:
        self._given: dict[str, str] = {}
        taken: set[str] = set()
        for key, quantity in model.quantities.items():
            wanted = _identifier(quantity.name, len(taken))
            while wanted in taken:
                wanted += "_"
            taken.add(wanted)
            self._given[key] = wanted

    def quantity(self, key: str) -> str:
        return self._given[key]

    def series(self, series: Series) -> str:
        name = self._given[series.quantity]
        return f"d_{name}" if series.derivative else name


def _identifier(name: Name, number: int) -> str:
    parts = [re.sub(r"[^A-Za-z0-9]", "", part) for part in (name.letter, name.accent, name.suffix)]
    wanted = "_".join(part for part in parts if part)
    if not wanted or wanted[0].isdigit():
        return f"q{number}"
    taken = keyword.iskeyword(wanted) or wanted in _RESERVED or _TAKEN.fullmatch(wanted)
    return f"{wanted}_q" if taken else wanted


def views(name: str, side: int) -> str:
    """The line that names the rows of a series at the step and beside it."""
    here, beside = ("n:", ":-n") if side < 0 else (":-n", "n:")
    return f"{name}, {name}_{STEP[side]} = {name}_all[{here}], {name}_all[{beside}]"


@dataclass
class Program:
    """What the emission of one function needs to know, and the lines that it has so far.

    `known` names tensors that exist as arrays (slopes, the derivative of the loss by the output); `extended` are the
    series with extra rows, by the side on which these are; `given` are the states of which the caller gives the
    initial value. `memory` are the lines that make the arrays which are kept from call to call, and `kept` their names;
    `before` are those of a function that ran before.
    """

    names: Names
    known: dict[Tensor, str]
    extended: Mapping[Series, int]
    given: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    memory: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    count: int = 0

    # ------------------------------------------------------------------------------------------------ naming

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def at(self, series: Series, shift: int) -> str:
        """The name of a series, shifted in time.

        Raises CannotCompile where no value is known before the first (after the last) step.
        """
        name = self.names.series(series)
        if not shift:
            return name
        if self.extended.get(series) != shift:
            where = "before the first" if shift < 0 else "after the last"
            raise CannotCompile(f"{series.quantity} has no value {where} step")
        return f"{name}_{STEP[shift]}"

    def size(self, label: str) -> str:
        return f"n_{label}"

    def say(self, *lines: str) -> None:
        self.lines.extend(lines)

    def keep(self, line: str, *names: str) -> None:
        """A line that is run once for all calls with arrays of the same shapes, and the names that it makes."""
        self.memory.append(line)
        self.kept.extend(names)

    def is_kept(self, name: str) -> bool:
        return name in self.kept or name in self.before

    # ---------------------------------------------------------------------------------------- all steps at once

    def room(self, name: str, label: str) -> str:
        """Makes an array with one row for each step and example; its name."""
        self.keep(f"{name} = space.empty((T * n, {self.size(label)}), dtype)", name)
        return name

    def allocate(self, series: Series, label: str) -> str:
        """An array for a series, with views of its rows at the step and beside it; the name to write into."""
        name = self.names.series(series)
        side = self.extended.get(series, 0)
        if not side:
            return self.room(name, label)
        self.keep(f"{name}_all = space.empty(((T + 1) * n, {self.size(label)}), dtype)", f"{name}_all")
        self.keep(views(name, side), name, f"{name}_{STEP[side]}")
        edge = f"{name}_all[:n]" if side < 0 else f"{name}_all[-n:]"
        if series.quantity in self.given and not series.derivative:
            self.say(f"{edge} = {name}_first")
        else:
            self.keep(f"{edge} = 0.0")
        return name

    def whole(self, node: Tensor) -> str:
        """An expression for the value of a tensor at all steps (or of one without a time)."""
        if node in self.known:
            return self.known[node]
        found = series_of(node)
        if found is not None:
            return self.at(*found)
        if isinstance(node, Ref):
            return self.names.quantity(node.quantity)
        if isinstance(node, (Const, Full)):
            return literal(node)
        if isinstance(node, Dot) and node.axes == 1:
            vector, matrix = matrix_product(node)
            return f"np.dot({self.whole(vector)}, {self.matrix(matrix)})"
        if isinstance(node, Dot) and isinstance(node.left, Const):
            return f"{literal(node.left)} * {self._bracketed(node.right)}"
        if isinstance(node, Plus):
            return self._sum(node)
        if isinstance(node, Times):
            return f"{self._bracketed(node.left)} * {self._bracketed(node.right)}"
        if isinstance(node, Power):
            return f"{self._bracketed(node.base)} ** {node.exponent}"
        if isinstance(node, Map):
            return f"{function(node)}({self.whole(node.argument)})"
        raise CannotCompile(f"{type(node).__name__} has no rule")

    def _bracketed(self, node: Tensor) -> str:
        text = self.whole(node)
        return f"({text})" if " " in text and not text.startswith("np.") else text

    def _sum(self, node: Plus) -> str:
        text = self.whole(node.terms[0])
        for term in node.terms[1:]:
            subtracted = _subtracted(term)
            text += f" - {self._bracketed(subtracted)}" if subtracted is not None else f" + {self.whole(term)}"
        return text

    def into(self, node: Tensor, out: str) -> None:
        """Writes the value at all steps into an array."""
        if isinstance(node, Plus):
            first = next((t for t in node.terms if isinstance(t, Dot) and t.axes == 1), node.terms[0])
            self.into(first, out)
            for term in node.terms:
                if term is not first:
                    subtracted = _subtracted(term)
                    self.say(f"{out} -= {self.whole(subtracted)}" if subtracted is not None else f"{out} += {self.whole(term)}")
        elif isinstance(node, Dot) and node.axes == 1 and node not in self.known:
            vector, matrix = matrix_product(node)
            self.say(f"np.dot({self.whole(vector)}, {self.matrix(matrix)}, {out})")
        elif isinstance(node, Times) and node not in self.known:
            self.say(f"np.multiply({self.whole(node.left)}, {self.whole(node.right)}, {out})")
        elif isinstance(node, Map) and node not in self.known:
            self.say(f"{function(node)}({self.whole(node.argument)}, {out})")
        else:
            self.say(f"np.copyto({out}, {self.whole(node)})")

    def matrix(self, node: Tensor) -> str:
        """The matrix that rows are multiplied by from the right."""
        if isinstance(node, Permute):
            return f"{self.whole(node.argument)}.T"
        return self.whole(node)


def literal(node: Const | Full) -> str:
    """A number as it stands in a program."""
    return repr(float(node.value))


def function(node: Map) -> str:
    """The name of an elementwise function. Raises CannotCompile."""
    if node.order:
        raise CannotCompile(f"a derivative of {node.function} stands inside the network, which has no rule")
    if node.function not in KERNELS:
        raise CannotCompile(
            f"no program has the function {node.function}; those that have a kernel are {', '.join(sorted(KERNELS))}"
        )
    return node.function


def _subtracted(node: Tensor) -> Tensor | None:
    negative = isinstance(node, Dot) and isinstance(node.left, Const) and node.left.value == -1 and node.axes == 0
    return node.right if negative else None  # type: ignore[attr-defined]


def matrix_product(node: Dot) -> tuple[Tensor, Tensor]:
    """The vector, and the matrix that its rows are multiplied by: ``M v`` is ``v @ M.T`` for rows."""
    if is_matrix(node.left) and len(node.right.shape) == 1:
        inner = node.left
        return node.right, inner.argument if isinstance(inner, Permute) else Permute(inner, (1, 0))
    if is_matrix(node.right) and len(node.left.shape) == 1:
        return node.left, node.right
    raise CannotCompile("a product of two vectors inside the network has no rule")
