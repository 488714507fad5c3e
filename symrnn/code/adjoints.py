"""The exact derivatives of a node by all others: one sweep backwards over the tape, which writes its results on the same tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symrnn.code.numbers import FUNCTIONS, Real, Tape

#: Nodes that choose one of their parents, the first, at the point.
CHOICES = frozenset({"maximum", "minimum"})


@dataclass(frozen=True)
class TapeAdjoints:
    """`of[n]` is the derivative of the loss by node n, where it is not the constant zero.

    `invariant` are the maxima that the loss does not depend on: their adjoints have the value zero at the point, and are zero if the
    prover says so. `begin` is the first node of the sweep, `end` the one after its last.
    """

    of: Mapping[int, Real]
    invariant: tuple[int, ...]
    chosen: tuple[int, ...]
    begin: int
    end: int


def tape_adjoints(loss: Real, scale: Fraction = Fraction(1)) -> TapeAdjoints:
    """The derivatives of `scale` times a loss."""
    tape = Tape.current
    begin = len(tape)
    of: dict[int, Real] = {loss.node: tape.constant(scale)}
    invariant: list[int] = []
    chosen: list[int] = []
    for node in range(loss.node, -1, -1):
        adjoint = of.get(node)
        if adjoint is None or tape.operations[node] in ("constant", "free", "symbol"):
            continue
        if tape.operations[node] in CHOICES:
            if tape.key(adjoint.node) == (0, 0):
                invariant.append(node)
                continue
            chosen.append(node)
        for parent, share in shares(node, adjoint):
            if not tape.is_constant(parent):
                of[parent] = of[parent] + share if parent in of else share
    return TapeAdjoints(of, tuple(invariant), tuple(chosen), begin, len(tape))


def shares(node: int, adjoint: Real) -> list[tuple[int, Real]]:
    """What each operand of a node gets of the node's adjoint."""
    tape = Tape.current
    operation, parents = tape.operations[node], tape.parents[node]
    if operation == "add":
        return [(parents[0], adjoint), (parents[1], adjoint)]
    if operation == "subtract":
        return [(parents[0], adjoint), (parents[1], -adjoint)]
    if operation == "negative":
        return [(parents[0], -adjoint)]
    if operation in CHOICES:
        return [(parents[0], adjoint)]
    a = Real(parents[0])
    if operation == "multiply":
        return [(parents[0], adjoint * Real(parents[1])), (parents[1], adjoint * a)]
    if operation == "divide":
        b = Real(parents[1])
        return [(parents[0], adjoint / b), (parents[1], -(adjoint * Real(node) / b))]
    return [(parents[0], adjoint * FUNCTIONS[operation].slope(a, Real(node)))]


def terms(loss: Real) -> list[tuple[int, Fraction]]:
    """The loss as a combination of nodes that are no sums themselves, with rational factors."""
    tape = Tape.current
    result: dict[int, Fraction] = {}
    todo = [(loss.node, Fraction(1))]
    while todo:
        node, factor = todo.pop()
        operation, parents = tape.operations[node], tape.parents[node]
        scaled = _scaled(node)
        if operation == "add":
            todo += [(parent, factor) for parent in parents]
        elif operation == "subtract":
            todo += [(parents[0], factor), (parents[1], -factor)]
        elif operation == "negative":
            todo.append((parents[0], -factor))
        elif scaled is not None:
            todo.append((scaled[0], factor * scaled[1]))
        elif operation != "constant":
            result[node] = result.get(node, Fraction(0)) + factor
    return sorted(result.items())


def _scaled(node: int) -> tuple[int, Fraction] | None:
    """The node and the rational factor that a node is a product of."""
    tape = Tape.current
    if tape.operations[node] == "multiply":
        a, b = tape.parents[node]
        if tape.is_constant(a):
            return b, tape.details[a]
        if tape.is_constant(b):
            return a, tape.details[b]
    if tape.operations[node] == "divide" and tape.is_constant(tape.parents[node][1]):
        return tape.parents[node][0], 1 / tape.details[tape.parents[node][1]]
    return None
