"""Equations over time, put into an order in which they can be computed.

What depends on itself through another time step needs a loop over time; everything else is computed for all steps at
once, before or after that loop. The forward pass is such a system of equations and so is the backward pass, only that
its loop runs the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from symrnn.language.tensors import SINGLE, Jac, Permute, Ref, Shape, Sum, Tensor, substitute
from symrnn.running.adjoint import is_matrix
from symrnn.running.cost import NOW
from symrnn.running.errors import CannotCompile


@dataclass(frozen=True)
class Series:
    """A vector at every time step: a quantity, or the derivative of the loss by it."""

    quantity: str
    derivative: bool


@dataclass(frozen=True)
class SeriesRule:
    """How one series is computed at the time t."""

    series: Series
    right: Tensor

    @property
    def label(self) -> str:
        return axis_of(self.right.shape)


@dataclass(frozen=True)
class Block:
    """Rules that are computed together.

    `direction` is 0 where no loop is needed, -1 where a step uses the one before, +1 where it uses the one after.
    """

    rules: tuple[SeriesRule, ...]
    direction: int


@dataclass(frozen=True)
class SeriesStack:
    """Series of one axis that lie side by side in one array, and the matrix by which each multiplies the rows of one vector, if any."""

    members: tuple[Series, ...]
    label: str
    matrices: tuple[Tensor, ...] = ()
    vector: Tensor | None = None

    def backwards(self) -> SeriesStack:
        """The derivatives by the members, which multiply with the transposed matrices."""
        members = tuple(Series(member.quantity, True) for member in self.members)
        turned = tuple(m.argument if isinstance(m, Permute) else Permute(m, (1, 0)) for m in self.matrices)
        return SeriesStack(members, self.label, turned)


def matrix_product(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """The vector, and what its rows are multiplied by: ``M v`` is ``v @ M.T`` for rows, ``a · v`` is v times the column a."""
    if is_matrix(left) and len(right.shape) == 1:
        return right, left.argument if isinstance(left, Permute) else Permute(left, (1, 0))
    if is_matrix(right) and len(left.shape) == 1:
        return left, right
    if len(left.shape) == len(right.shape) == 1:
        return (right, left) if "t" not in left.free else (left, right)
    raise CannotCompile("a product of two matrices stands in the network, which has no rule")


def axis_of(shape: Shape) -> str:
    """The axis of what is known at one step: of a number an axis with one entry."""
    return shape[0] if shape else SINGLE


def series_of(node: Tensor) -> tuple[Series, int] | None:
    """The series that a reference or a derivative stands for and its shift in time; None for anything else.

    Raises CannotCompile for a fixed time or one further away than a step.
    """
    ref = node.wrt if isinstance(node, Jac) else node
    if not isinstance(ref, Ref) or ref.time is None:
        return None
    shift = ref.time - NOW
    if shift.terms or abs(shift.constant) > 1:
        text = ref.quantity.removesuffix("[t]")
        raise CannotCompile(f"{text} is used at a time other than t - 1, t and t + 1, which has no rule")
    return Series(ref.quantity, isinstance(node, Jac)), shift.constant


def used(node: Tensor) -> Iterable[tuple[Series, int]]:
    """Every series in an expression, with its shift; what is summed over steps counts as used at its own."""
    if isinstance(node, Sum):
        node = substitute(node.body, {node.variable: NOW})
    found = series_of(node)
    if found is not None:
        yield found
        return
    for child in node.parts:
        yield from used(child)


def schedule(rules: Sequence[SeriesRule]) -> list[Block]:
    """Blocks in an order in which each uses only what is known. Raises CannotCompile."""
    by_series = {rule.series: rule for rule in rules}
    needs = {s: {u for u, _ in used(rule.right) if u in by_series} for s, rule in by_series.items()}
    reach = {s: _reachable(s, needs) for s in needs}
    left, blocks = dict(by_series), []
    while left:
        first = next(s for s in left if all(u not in left or s in reach[u] for u in reach[s]))
        group = [s for s in left if s == first or (s in reach[first] and first in reach[s])]
        blocks.append(_block([left.pop(s) for s in group], reach))
    return blocks


def _reachable(start: Series, needs: Mapping[Series, set[Series]]) -> set[Series]:
    seen: set[Series] = set()
    stack = [start]
    while stack:
        for series in needs[stack.pop()] - seen:
            seen.add(series)
            stack.append(series)
    return seen


def _block(rules: list[SeriesRule], reach: Mapping[Series, set[Series]]) -> Block:
    members = {rule.series for rule in rules}
    if len(rules) == 1 and rules[0].series not in reach[rules[0].series]:
        return Block(tuple(rules), 0)
    shifts = {shift for rule in rules for series, shift in used(rule.right) if series in members and shift}
    if len(shifts) != 1:
        names = ", ".join(sorted(series.quantity for series in members))
        raise CannotCompile(f"the recurrence of {names} runs both ways in time")
    return Block(tuple(_within_step(rules, members)), shifts.pop())


def _within_step(rules: list[SeriesRule], members: set[Series]) -> list[SeriesRule]:
    """The rules of a loop, each after those whose value at the same step it uses."""
    done: list[SeriesRule] = []
    waiting = list(rules)
    while waiting:
        known = {rule.series for rule in done}
        ready = [r for r in waiting if all(s in known or shift for s, shift in used(r.right) if s in members)]
        if not ready:
            raise CannotCompile("a quantity depends on itself at one time step")
        done.append(ready[0])
        waiting.remove(ready[0])
    return done
