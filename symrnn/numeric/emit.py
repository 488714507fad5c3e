"""Scheduled equations to lines of NumPy.

An array has one row per time step and example, in that order, so that a matrix product serves all steps at once. A
series that is asked for at the step before (or after) has `n` rows more than it needs, n being the number of
examples: those of the step before the first (after the last). A loop over time works on views with time as their
first axis and writes into arrays that exist already.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from symrnn.model import Model, Name
from symrnn.numeric.adjoint import is_matrix
from symrnn.numeric.errors import CannotCompile
from symrnn.numeric.schedule import Block, Rule, Series, series_of, used
from symrnn.tensors import Const, Dot, Full, Map, Permute, Plus, Power, Ref, Tensor, Times

_RESERVED = frozenset(
    ("np", "space", "add", "multiply", "tanh", "sigma", "softmax", "T", "n", "batch", "dtype", "loss", "error", "spare")
)
_TAKEN = re.compile(r"(d|n|c|r[0-9]+)_.*|.*_(T|t|all|before|after|first|near|slope|steps)")
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
    initial value.
    """

    names: Names
    known: dict[Tensor, str]
    extended: Mapping[Series, int]
    given: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    _count: int = 0

    # ------------------------------------------------------------------------------------------------ naming

    def fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

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

    # ---------------------------------------------------------------------------------------- all steps at once

    def allocate(self, series: Series, label: str) -> str:
        """An array for a series, with views of its rows at the step and beside it; the name to write into."""
        name = self.names.series(series)
        side = self.extended.get(series, 0)
        if not side:
            self.say(f"{name} = space.empty((T * n, {self.size(label)}), dtype)")
            return name
        self.say(f"{name}_all = space.empty(((T + 1) * n, {self.size(label)}), dtype)")
        self.say(views(name, side))
        edge = "[:n]" if side < 0 else "[-n:]"
        initial = "0.0" if series.quantity not in self.given or series.derivative else f"{name}_first"
        self.say(f"{name}_all{edge} = {initial}")
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
            return _literal(node)
        if isinstance(node, Dot) and node.axes == 1:
            vector, matrix = _matrix_product(node)
            return f"np.dot({self.whole(vector)}, {self.matrix(matrix)})"
        if isinstance(node, Dot) and isinstance(node.left, Const):
            return f"{_literal(node.left)} * {self._bracketed(node.right)}"
        if isinstance(node, Plus):
            return self._sum(node)
        if isinstance(node, Times):
            return f"{self._bracketed(node.left)} * {self._bracketed(node.right)}"
        if isinstance(node, Power):
            return f"{self._bracketed(node.base)} ** {node.exponent}"
        if isinstance(node, Map):
            return f"{_function(node)}({self.whole(node.argument)})"
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
            vector, matrix = _matrix_product(node)
            self.say(f"np.dot({self.whole(vector)}, {self.matrix(matrix)}, {out})")
        elif isinstance(node, Times) and node not in self.known:
            self.say(f"np.multiply({self.whole(node.left)}, {self.whole(node.right)}, {out})")
        elif isinstance(node, Map) and node not in self.known:
            self.say(f"{_function(node)}({self.whole(node.argument)}, {out})")
        else:
            self.say(f"{out}[...] = {self.whole(node)}")

    def matrix(self, node: Tensor) -> str:
        """The matrix that rows are multiplied by from the right."""
        if isinstance(node, Permute):
            return f"{self.whole(node.argument)}.T"
        return self.whole(node)

    # ----------------------------------------------------------------------------------------------------- blocks

    def block(self, block: Block) -> None:
        if not block.direction:
            (rule,) = block.rules
            self.into(rule.right, self.allocate(rule.series, rule.label))
        else:
            _Loop(self, block).emit()


def _literal(node: Const | Full) -> str:
    return repr(float(node.value))


def _function(node: Map) -> str:
    if node.order:
        raise CannotCompile(f"a derivative of {node.function} has no rule")
    return {"tanh": "np.tanh", "sigma": "sigma"}[node.function]


def _subtracted(node: Tensor) -> Tensor | None:
    negative = isinstance(node, Dot) and isinstance(node.left, Const) and node.left.value == -1 and node.axes == 0
    return node.right if negative else None  # type: ignore[attr-defined]


def _matrix_product(node: Dot) -> tuple[Tensor, Tensor]:
    """The vector, and the matrix that its rows are multiplied by: ``M v`` is ``v @ M.T`` for rows."""
    if is_matrix(node.left) and len(node.right.shape) == 1:
        inner = node.left
        return node.right, inner.argument if isinstance(inner, Permute) else Permute(inner, (1, 0))
    if is_matrix(node.right) and len(node.left.shape) == 1:
        return node.left, node.right
    raise CannotCompile("a product of two vectors inside the network has no rule")


class _Loop:
    """One loop over time: what does not change in it is computed before it, for all steps."""

    def __init__(self, program: Program, block: Block) -> None:
        self.program = program
        self.block = block
        self.members = {rule.series for rule in block.rules}
        self.views: dict[str, None] = {}
        self.before: list[str] = []
        self.body: list[str] = []
        self.scratch: dict[str, str] = {}
        self.matrices: dict[str, str] = {}
        self._used = 0

    def emit(self) -> None:
        for rule in self.block.rules:
            self.program.allocate(rule.series, rule.label)
        hoisted = [self._hoist(rule) for rule in self.block.rules]
        for rule, names in zip(self.block.rules, hoisted, strict=True):
            self._rule(rule, names)
        self._write()

    def _write(self) -> None:
        say = self.program.say
        for matrix, name in self.matrices.items():
            say(self._near(matrix, name))
        for name, label in self.scratch.items():
            say(f"{name} = space.empty((*batch, {self.program.size(label)}), dtype)")
        each = ", ".join(f"{name}_t" for name in self.views)
        together = ", ".join(self.views)
        say(f"for {each}, in space.steps(({together},), T, batch, {-self.block.direction}):")
        say(*(f"    {line}" for line in self.body))

    # ------------------------------------------------------------------------------------------------- hoisting

    def _hoist(self, rule: Rule) -> dict[Tensor, str]:
        """Computes the parts of a rule that the loop does not change; the first may wait in the rule's own array."""
        names: dict[Tensor, str] = {}
        own = self.program.names.series(rule.series)
        for part in self._constant_parts(rule.right):
            if self._is_plain(part):
                continue
            if part in self.program.known:
                names[part] = self.program.known[part]
            elif own not in names.values() and len(part.shape) == 1:
                self.program.into(part, own)
                names[part] = own
            else:
                name = self.program.fresh("c")
                self.program.say(f"{name} = {self.program.whole(part)}")
                names[part] = name
        return names

    def _constant_parts(self, node: Tensor) -> Iterable[Tensor]:
        if self._is_constant(node):
            yield node
        elif isinstance(node, Plus):
            constant = [t for t in node.terms if self._is_constant(t)]
            if constant:
                yield _joined(constant)
            for term in node.terms:
                if term not in constant:
                    yield from self._constant_parts(term)
        elif isinstance(node, Dot) and node.axes == 1:
            yield from self._constant_parts(_matrix_product(node)[0])
        elif isinstance(node, Dot):
            yield from self._constant_parts(node.right)
        elif isinstance(node, Times):
            yield from self._constant_parts(node.left)
            yield from self._constant_parts(node.right)
        elif isinstance(node, Map):
            yield from self._constant_parts(node.argument)

    def _is_constant(self, node: Tensor) -> bool:
        return not any(series in self.members for series, _ in used(node))

    def _is_plain(self, node: Tensor) -> bool:
        """A name or a number: nothing to compute."""
        return series_of(node) is not None or isinstance(node, (Ref, Const, Full))

    # ------------------------------------------------------------------------------------------------- one step

    def _rule(self, rule: Rule, hoisted: Mapping[Tensor, str]) -> None:
        out = self._view(self.program.names.series(rule.series))
        self._used = 0
        result = self._step(rule.right, hoisted, out)
        if result != out:
            self.body.append(f"np.copyto({out}, {result})")

    def _view(self, name: str) -> str:
        self.views[name] = None
        return f"{name}_t"

    def _step(self, node: Tensor, hoisted: Mapping[Tensor, str], out: str = "") -> str:
        """The name of a value at one step.

        The lines that compute it come first, unless it has a name already: they write into `out`, else into scratch.
        """
        if node in hoisted:
            return self._view(hoisted[node])
        found = series_of(node)
        if found is not None:
            return self._view(self.program.at(*found))
        if isinstance(node, (Ref, Const, Full)):
            return self.program.whole(node)
        if isinstance(node, Plus):
            return self._add(node, hoisted, out)
        call = self._call(node, hoisted)
        out = out or self._temporary(node)
        self.body.append(f"{call}, {out})")
        return out

    def _call(self, node: Tensor, hoisted: Mapping[Tensor, str]) -> str:
        """The call that computes a value, up to its last argument: where to write it."""
        if isinstance(node, Dot) and node.axes == 1:
            vector, matrix = _matrix_product(node)
            return f"{self._step(vector, hoisted)}.dot({self._matrix(matrix)}"
        if isinstance(node, Dot) and isinstance(node.left, Const):
            return f"multiply({_literal(node.left)}, {self._step(node.right, hoisted)}"
        if isinstance(node, Times):
            return f"multiply({self._step(node.left, hoisted)}, {self._step(node.right, hoisted)}"
        if isinstance(node, Map):
            return f"{_function(node).removeprefix('np.')}({self._step(node.argument, hoisted)}"
        raise CannotCompile(f"{type(node).__name__} has no rule inside a recurrence")

    def _add(self, node: Plus, hoisted: Mapping[Tensor, str], out: str) -> str:
        constant = [t for t in node.terms if self._is_constant(t)]
        parts = [t for t in node.terms if t not in constant] + ([_joined(constant)] if constant else [])
        total = self._step(parts[0], hoisted)
        for number, part in enumerate(parts[1:], 2):
            value = self._step(part, hoisted)
            free = next((v for v in (total, value) if v in self.scratch), "")
            target = out if out and number == len(parts) else free or self._temporary(node)
            self.body.append(f"add({total}, {value}, {target})")
            total = target
        return total

    def _matrix(self, node: Tensor) -> str:
        text = self.program.matrix(node)
        self.matrices[text] = name = text.replace(".T", "_T") if isinstance(node, Permute) else f"{text}_near"
        return name

    def _near(self, matrix: str, name: str) -> str:
        """The line that puts a matrix where a loop reads it quickly.

        A product with one vector is bound by memory; one with a batch of rows only wants the matrix in its own order.
        """
        if matrix == name.removesuffix("_near"):
            return f"{name} = {matrix} if batch else space.near({matrix})"
        return f"{name} = space.near({matrix}) if batch else space.near({matrix.removesuffix('.T')}).T"

    def _temporary(self, node: Tensor) -> str:
        """A scratch vector that holds nothing else within this rule."""
        label = node.shape[-1]
        name = f"r{self._used}_{label}"
        self._used += 1
        self.scratch[name] = label
        return name


def _joined(terms: list[Tensor]) -> Tensor:
    return terms[0] if len(terms) == 1 else Plus(tuple(terms))
