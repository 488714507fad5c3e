"""The exact derivatives of a loss by every array of the forward pass: of the whole array, of its share through one statement, of its rest.

These are what the intermediate arrays of a backward pass may be.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symrnn.code.adjoints import TapeAdjoints, shares, tape_adjoints, terms
from symrnn.code.numbers import FUNCTIONS, Real, Tape
from symrnn.code.probes import Execution, Loops, Nodes, Probe

#: A loss of more terms than these is not taken apart.
_MOST_TERMS = 12
#: The loop variable that stands for the number of the term of the loss.
TERM = "the term of the loss"

Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ArrayDerivative:
    """∂L by an array: `array` is how the code calls it, `line` where it is computed (0 for an input).

    `part` is empty for the whole derivative. Entries that are no variable of the loss are NaN in `values`. `is_value` marks the
    array itself: what a backward pass reads again.
    """

    array: str
    line: int
    part: str
    loops: Loops
    values: Floats
    is_value: bool = False
    factor: int = 1

    def times(self, factor: int) -> ArrayDerivative:
        return replace(self, values=factor * self.values, factor=factor)

    def named(self) -> str:
        """In the words of the field: `∂L/∂Whh through line 13`."""
        if self.is_value:
            return self.array
        loss = "(a term of L)" if TERM in self.loops else "L"
        of = self.array if self.is_plain else f"({self.array})"
        return f"{f'{self.factor} times ' if self.factor != 1 else ''}∂{loss}/∂{of}{f' {self.part}' if self.part else ''}"

    @property
    def is_plain(self) -> bool:
        """Whether the array has a name in the code."""
        return not set("(*@") & set(self.array) and (" " not in self.array or self.array.endswith("]"))

    @property
    def family(self) -> tuple[Any, ...]:
        """What the same derivatives at other steps have in common."""
        return (self.array, self.line, self.part, self.is_value, TERM in self.loops, self.factor)


@dataclass(frozen=True)
class _Array:
    name: str
    line: int
    nodes: Nodes
    loops: Loops
    is_returned: bool = False


class Derivatives:
    """All derivatives of a run, of which `executions` are those of its statements."""

    def __init__(
        self,
        statements: Sequence[Probe],
        executions: Sequence[Execution],
        inputs: Mapping[str, Any],
        loss: Real,
        whole: TapeAdjoints,
    ) -> None:
        self._statements, self._loss, self._whole = statements, loss, whole
        self._forward = [execution for execution in executions if self._is_forward(execution)]
        #: The statements of the forward pass.
        self.forward_statements = {execution.statement for execution in self._forward if self._creates(execution)}
        named = [_Array(path, 0, _nodes(value), {}) for path, value in inputs.items()]
        computed: list[_Array] = []
        for execution in self._forward:
            computed += self._arrays_of(execution)
        self._arrays = _first_of_each([*named, *computed])

    def all(self) -> list[ArrayDerivative]:
        """By the whole loss, also by all steps of an array at once; and the values of the forward pass."""
        found = list(self._of(self._whole, {}))
        return [*found, *_stacked(found), *self._values()]

    def forward_values(self) -> Iterator[float]:
        """All numbers that the loss is computed from."""
        return (Real(node).shown() for node in self._whole.of)

    def by_term(self) -> Iterator[ArrayDerivative]:
        """By each term of the loss on its own, for code that walks back from each step."""
        parts = terms(self._loss)
        if 1 < len(parts) <= _MOST_TERMS:
            for number, (node, factor) in enumerate(parts):
                yield from self._of(tape_adjoints(Real(node), factor), {TERM: number})

    # ------------------------------------------------------------------------------------------------------ arrays

    def _is_forward(self, execution: Execution) -> bool:
        of = self._whole.of
        return any(node in of for node in _all_nodes(execution)) and execution.begin <= self._loss.node

    def _creates(self, execution: Execution) -> bool:
        return any(execution.begin <= node < execution.end and node in self._whole.of for node in _all_nodes(execution))

    def _arrays_of(self, execution: Execution) -> Iterator[_Array]:
        statement = self._statements[execution.statement]
        name = statement.target or statement.code
        if execution.changed.size and execution.changed.size != execution.nodes.size:
            yield _Array(statement.path or name, statement.line, execution.changed, execution.loops)
        if execution.nodes.size and statement.operator in ("=", "return"):
            yield _Array(name, statement.line, execution.nodes, execution.loops, statement.operator == "return")
            yield from self._arguments(statement, execution)

    def _arguments(self, statement: Probe, execution: Execution) -> Iterator[_Array]:
        """What the functions of a statement are applied to: down from its value while each number comes from one other number."""
        tape = Tape.current
        nodes, found = execution.nodes, list[Nodes]()
        while True:
            below = [[p for p in tape.parents[node] if not tape.is_constant(p)] for node in nodes.flat]
            if any(len(parents) != 1 for parents in below) or len({tape.operations[node] for node in nodes.flat}) != 1:
                break
            is_function = tape.operations[nodes.flat[0]] in FUNCTIONS
            nodes = np.array([parents[0] for parents in below]).reshape(nodes.shape)
            if found or is_function:
                found.append(nodes)
        if found:
            name = _argument(statement.code) or f"the argument in line {statement.line}"
            yield _Array(name, statement.line, found[-1], execution.loops, statement.operator == "return")
            if len(found) > 1 and tape.operations[found[0].flat[0]] != "negative":
                yield _Array(f"{name}, scaled", statement.line, found[0], execution.loops, statement.operator == "return")

    # -------------------------------------------------------------------------------------------------- derivatives

    def _values(self) -> Iterator[ArrayDerivative]:
        for array in self._arrays:
            values = np.array([Real(int(node)).shown() for node in array.nodes.flat]).reshape(array.nodes.shape)
            yield ArrayDerivative(array.name, array.line, "", array.loops, values, is_value=True)

    def _of(self, sweep: TapeAdjoints, extra: Loops) -> Iterator[ArrayDerivative]:
        through = [
            (execution, _shares_through(execution, sweep))
            for execution in self._forward
            if self._creates(execution) and self._statements[execution.statement].operator != "argument"
        ]
        for array in self._arrays:
            whole = _floats(array.nodes, sweep.of)
            if np.isnan(whole).all():
                continue
            made = ArrayDerivative(array.name, array.line, "", {**array.loops, **extra}, whole)
            yield made
            yield from _parts(
                made, array, [(e, s) for e, s in through if any(node in s for node in array.nodes.flat)], self._statements
            )


def _parts(
    whole: ArrayDerivative, array: _Array, through: list[tuple[Execution, Mapping[int, float]]], statements: Sequence[Probe]
) -> Iterator[ArrayDerivative]:
    """The shares of an array through single statements, all but one, and the sum of the last ones."""
    if len(through) < 2:
        return
    extra = {name: value for name, value in whole.loops.items() if name == TERM}
    total = np.zeros(array.nodes.shape)
    for execution, of in sorted(through, key=lambda pair: -pair[0].begin):
        line = statements[execution.statement].line
        share = np.array([of.get(int(node), 0.0) for node in array.nodes.flat]).reshape(array.nodes.shape)
        share[np.isnan(whole.values)] = np.nan
        loops = {**execution.loops, **extra} if array.line == 0 else whole.loops
        yield replace(whole, part=f"through line {line}", loops=loops, values=share)
        if array.line:
            yield replace(whole, part=f"but for line {line}", values=whole.values - share)
        total = total + share
        yield replace(whole, part=f"from line {line} on", loops=loops, values=total)


def _stacked(found: Sequence[ArrayDerivative]) -> Iterator[ArrayDerivative]:
    """The derivatives by an array at all steps, put together along a new axis."""
    families: dict[Any, list[ArrayDerivative]] = defaultdict(list)
    for derivative in found:
        if derivative.line and not derivative.part:
            families[derivative.family].append(derivative)
    for members in families.values():
        if len(members) > 1 and len({member.values.shape for member in members}) == 1:
            counted = [name for name in members[0].loops if len({member.loops.get(name) for member in members}) == len(members)]
            if counted:
                members = sorted(members, key=lambda member: member.loops[counted[0]])
            for axis in range(min(2, members[0].values.ndim + 1)):
                values = np.stack([member.values for member in members], axis)
                yield replace(members[0], array=f"{members[0].array} at all steps", part="", loops={}, values=values)


def _shares_through(execution: Execution, sweep: TapeAdjoints) -> dict[int, float]:
    """What the numbers that a statement reads get of their adjoints through it."""
    inside: dict[int, Any] = defaultdict(int)
    tape = Tape.current
    for node in range(execution.begin, execution.end):
        if node in sweep.of and tape.parents[node] and node not in sweep.invariant:
            for parent, share in shares(node, sweep.of[node]):
                if parent < execution.begin and not tape.is_constant(parent):
                    inside[parent] += share.ball
    return {node: float(ball.mid()) for node, ball in inside.items()}


def _floats(nodes: Nodes, of: Mapping[int, Real]) -> Floats:
    return np.array([of[int(node)].shown() if int(node) in of else np.nan for node in nodes.flat]).reshape(nodes.shape)


def _nodes(value: Any) -> Nodes:
    return np.array([x.node for x in np.ravel(np.asarray(value, object))], int).reshape(np.shape(value))


def _all_nodes(execution: Execution) -> Iterator[int]:
    yield from map(int, execution.nodes.flat)
    yield from map(int, execution.changed.flat)


def _first_of_each(arrays: Sequence[_Array]) -> list[_Array]:
    """Arrays of different numbers, by the first name that they have; that of a `return` comes last."""
    result: dict[Any, _Array] = {}
    for array in sorted(arrays, key=lambda array: array.is_returned):
        result.setdefault((array.nodes.shape, array.nodes.tobytes()), array)
    return list(result.values())


def _argument(code: str) -> str:
    """`a` of `f(a)`; nothing for other code."""
    try:
        node = ast.parse(code, mode="eval").body
    except SyntaxError:
        return ""
    return ast.unparse(node.args[0]) if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords else ""
