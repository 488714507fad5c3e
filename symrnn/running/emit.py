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

from symrnn.language.functions import BY_NAME, KERNELS
from symrnn.language.model import Model, Name
from symrnn.language.tensors import (
    SINGLE,
    Affine,
    Const,
    Dot,
    Full,
    Integer,
    Map,
    Over,
    Permute,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    sized_axis,
    substitute,
)
from symrnn.running.cost import NOW
from symrnn.running.errors import CannotCompile
from symrnn.running.schedule import Series, SeriesStack, axis_of, matrix_product, series_of
from symrnn.running.writing import as_latex, written_equation

_RESERVED = frozenset(
    (
        *KERNELS,
        *("np", "space", "add", "multiply", "softmax", "T", "n", "batch", "dtype", "loss", "error", "spare"),
        *("step", "start", "row", "entry", "range", "product", "forward", "output", "gradients", "outside"),
        *("inner", "column", "times_matrix", "over_steps", "exp", "log", "sqrt", "divide", "e", "total"),
    )
)
_TAKEN = re.compile(
    r"(d|n|c|[rk][0-9]+|rows|loop|scalar|passed|error|loss|spare|stack)_.*|.*_(T|t|all|before|after|first|near|row|slope)"
)
STEP = {-1: "before", 1: "after"}


class ModelNames:
    """Identifiers for the quantities of a model, made of nothing but ASCII letters, digits and underscores."""

    def __init__(self, model: Model, inputs: tuple[str, ...] = ()) -> None:
        self.model = model
        self._inputs = frozenset(key for key in inputs if model.quantities[key].one_hot)
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

    def may_be_classes(self, node: Tensor) -> bool:
        """Whether a vector is an input of which a caller may give the number of the class."""
        return isinstance(node, Ref) and node.quantity in self._inputs

    def said(self, node: Tensor) -> str:
        """A tensor in the letters of the model, for messages."""
        return as_latex(written_equation(node, node, self.model)).partition(" = ")[0]

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


#: Whether a series has a row for the step before the first one, and one for the step after the last one.
Edges = tuple[bool, bool]


def views(name: str, edges: Edges) -> str:
    """The line that names the rows of a series at the step and beside it."""
    before, after = edges
    start, end = "n" if before else "", "-n" if after else ""
    parts = {name: f"{name}_all[{start}:{end}]"}
    if before:
        parts[f"{name}_before"] = f"{name}_all[:{'-2 * n' if after else '-n'}]"
    if after:
        parts[f"{name}_after"] = f"{name}_all[{'2 * n' if before else 'n'}:]"
    return f"{', '.join(parts)} = {', '.join(parts.values())}"


@dataclass
class Program:
    """What the emission of one function needs to know, and the lines that it has so far.

    `known` names tensors that exist as arrays (slopes, the derivative of the loss by the output); `extended` are the
    series with extra rows, by the side on which these are; `given` are the states of which the caller gives the
    initial value. `memory` are the lines that make the arrays which are kept from call to call, and `kept` their names;
    `before` are those of a function that ran before. `stacks` are the series that lie side by side, `aside` has the array of each of
    these and its columns, `stacked` the matrix of each stack, by that of the derivatives.
    """

    names: ModelNames
    known: dict[Tensor, str]
    extended: Mapping[Series, Edges]
    given: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    memory: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    count: int = 0
    stacks: list[SeriesStack] = field(default_factory=list)
    aside: dict[Series, tuple[str, str]] = field(default_factory=dict)
    stacked: dict[SeriesStack, str] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------------------ naming

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def at(self, series: Series, shift: int) -> str:
        """The name of a series, shifted in time."""
        name = self.names.series(series)
        if not shift:
            return name
        return f"{name}_{STEP[shift]}"

    def size(self, label: str, many: int = 1) -> str:
        """The size of an axis, or of so many of them."""
        one = "1" if label == SINGLE else f"n_{label}"
        return one if many == 1 else f"{many} * {one}"

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
        name, edges = self.names.series(series), self.extended.get(series, (False, False))
        wide, columns = self.aside.get(series, ("", ""))
        if not any(edges):
            if wide:
                self.keep(f"{name} = {wide}{columns}", name)
                return name
            return self.room(name, label)
        if wide:
            self.keep(f"{name}_all = {wide}_all{columns}", f"{name}_all")
        else:
            self.keep(f"{name}_all = space.empty(((T + {sum(edges)}) * n, {self.size(label)}), dtype)", f"{name}_all")
        line = views(name, edges)
        self.keep(line, *line.partition(" = ")[0].split(", "))
        recurrence = self.names.model.quantities[series.quantity].recurrence if series.quantity in self.given else 0
        for side, wanted, edge in zip((-1, 1), edges, (f"{name}_all[:n]", f"{name}_all[-n:]"), strict=True):
            if wanted and recurrence == side and not series.derivative:
                self.say(f"{edge} = {name}_first")
            elif wanted:
                self.keep(f"{edge} = 0.0")
        return name

    def lay(self, stack: SeriesStack) -> str:
        """Makes the array of a stack; its name."""
        name = self.fresh("stack")
        found = [self.extended.get(member, (False, False)) for member in stack.members]
        edges = any(before for before, _ in found), any(after for _, after in found)
        size, many = self.size(stack.label), len(stack.members)
        if any(edges):
            self.keep(f"{name}_all = space.empty(((T + {sum(edges)}) * n, {many} * {size}), dtype)", f"{name}_all")
            line = views(name, edges)
            self.keep(line, *line.partition(" = ")[0].split(", "))
        else:
            self.keep(f"{name} = space.empty((T * n, {many} * {size}), dtype)", name)
        for number, member in enumerate(stack.members):
            if self.extended.get(member, (False, False)) in (edges, (False, False)):
                self.aside[member] = name, between(number, number + 1, size)
        return name

    def whole(self, node: Tensor) -> str:
        """An expression for the value of a tensor at all steps, one row for each (a number as a row of one), or of one without a time."""
        if node in self.known:
            return self.known[node]
        found = series_of(node)
        if found is not None:
            return self.at(*found)
        match node:
            case Ref(key):
                return self.names.quantity(key)
            case Const() | Full():
                return literal(node)
            case Integer(index):
                return self._count(index)
            case Dot(left, right, axes) if axes:
                return self._product(left, right, axes)
            case Dot(left, right) | Times(left, right):
                return f"{self._bracketed(left)} * {self._bracketed(right)}"
            case Over(left, right):
                return f"{self._bracketed(left)} / {self._bracketed(right)}"
            case Plus():
                return self._sum(node)
            case Power(base, exponent):
                return f"{self._bracketed(base)} ** {exponent}"
            case Map(name) if not node.order and name in BY_NAME and BY_NAME[name].ufunc == name:
                return f"{name}({self.whole(node.argument)})"
            case Sum(variable, body=body) if not body.shape:
                return f"over_steps({self.whole(substitute(body, {variable: NOW}))}, T)"
        raise CannotCompile(f"the program has no rule for {self.names.said(node)}; give it a letter of its own")

    def _product(self, left: Tensor, right: Tensor, axes: int) -> str:
        if axes == 2:
            return f"np.vdot({self.whole(left)}, {self.whole(right)})"
        vectors = len(left.shape) == len(right.shape) == 1
        if vectors and "t" in left.free and "t" in right.free:
            return f"inner({self.whole(left)}, {self.whole(right)})"
        if vectors and "t" not in left.free and "t" not in right.free:
            return f"np.dot({self.whole(left)}, {self.whole(right)})"
        vector, matrix = matrix_product(left, right)
        if isinstance(matrix, Full):
            return f"np.add.reduce({self.whole(vector)}, 1, dtype, None, True)"
        if self.names.may_be_classes(vector):
            return f"times_matrix({self.whole(vector)}, {self.matrix(matrix)})"
        return f"np.dot({self.whole(vector)}, {self.matrix(matrix)})"

    def _count(self, index: Affine) -> str:
        """A whole number that depends on the number of steps. Raises CannotCompile for one that depends on sizes."""
        model, coefficients = self.names.model, dict(index.terms)
        steps = coefficients.pop(model.horizon, 0)
        if not all(map(sized_axis, coefficients)):
            raise CannotCompile("a number of the loss depends on an index, which has no rule")
        sizes = [f"{c} * n_{sized_axis(name)}" for name, c in coefficients.items()]
        constant = index.constant + steps * (model.first - 1 - model.horizon_offset)
        parts = [*([f"{steps} * T" if steps != 1 else "T"] if steps else []), *sizes, *([str(constant)] if constant else [])]
        return " + ".join(parts) if len(parts) == 1 else f"({' + '.join(parts)})"

    def _bracketed(self, node: Tensor) -> str:
        text = self.whole(node)
        return f"({text})" if " " in text and not re.match(r"(np\.\w+|\w+)\([^()]*\)$", text) else text

    def _sum(self, node: Plus) -> str:
        text = self.whole(node.terms[0])
        for term in node.terms[1:]:
            less = subtracted(term)
            text += f" - {self._bracketed(less)}" if less is not None else f" + {self.whole(term)}"
        return text

    def into(self, node: Tensor, out: str) -> None:
        """Writes the value at all steps into an array."""
        if node in self.known:
            self.say(f"np.copyto({out}, {self.known[node]})")
            return
        match node:
            case Plus(terms):
                first = next((t for t in terms if isinstance(t, Dot) and t.axes == 1), terms[0])
                self.into(first, out)
                for term in terms:
                    if term is not first:
                        less = subtracted(term)
                        self.say(f"{out} -= {self.whole(less)}" if less is not None else f"{out} += {self.whole(term)}")
            case Dot(left, right, 1) if not (len(left.shape) == len(right.shape) == 1 and "t" in left.free and "t" in right.free):
                vector, matrix = matrix_product(left, right)
                if isinstance(matrix, Full) or "t" not in vector.free:
                    self.say(f"np.copyto({out}, {self.whole(node)})")
                    return
                call = "times_matrix" if self.names.may_be_classes(vector) else "np.dot"
                target = out if out not in self.columns() else self._spare(axis_of(node.shape))
                self.say(f"{call}({self.whole(vector)}, {self.matrix(matrix)}, {target})")
                if target != out:
                    self.say(f"np.copyto({out}, {target})")
            case Times(left, right) | Dot(left, right, 0):
                self.say(f"np.multiply({self.whole(left)}, {self.whole(right)}, {out})")
            case Over(left, right):
                self.say(f"np.divide({self.whole(left)}, {self.whole(right)}, {out})")
            case Map():
                self.say(f"{function(node)}({self.whole(node.argument)}, {out})")
            case Softmax(argument):
                self.say(f"np.copyto({out}, softmax({self.whole(argument)}))")
            case _:
                self.say(f"np.copyto({out}, {self.whole(node)})")

    def columns(self) -> set[str]:
        """The series that are columns of an array, into which no product can be written."""
        return {self.names.series(series) for series in self.aside}

    def _spare(self, label: str) -> str:
        name = f"spare_{label}"
        return name if self.is_kept(name) else self.room(name, label)

    def matrix(self, node: Tensor) -> str:
        """The matrix that rows are multiplied by from the right."""
        if isinstance(node, Permute):
            return f"{self.whole(node.argument)}.T"
        return f"column({self.whole(node)})" if len(node.shape) == 1 else self.whole(node)


def between(start: int, stop: int, size: str) -> str:
    """The columns from one multiple of a size to another one."""
    first, last = ("" if n == 0 else size if n == 1 else f"{n} * {size}" for n in (start, stop))
    return f"[:, {first}:{last}]"


def literal(node: Const | Full) -> str:
    """A number as it stands in a program."""
    return repr(float(node.value))


def function(node: Map) -> str:
    """The name of an elementwise function."""
    return called(node.function)


def called(name: str) -> str:
    """What a function is called in a program: one that is passed in by an identifier that no kernel has."""
    return name if name in KERNELS else f"passed_{_plain(name)}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


def subtracted(node: Tensor) -> Tensor | None:
    """What a summand with a minus sign subtracts; None for any other."""
    negative = isinstance(node, Dot) and isinstance(node.left, Const) and node.left.value == -1 and node.axes == 0
    return node.right if negative else None  # type: ignore[attr-defined]
