"""The work that one statement may cost, counted in operations, so that a check ends at the same place on every machine.

One operation is about that of one term of a polynomial. Whoever does work asks `spend`; over the budget it raises TooLarge, and what
asked for the work stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class TooLarge(ArithmeticError):
    """A computation passed its bound; what asked for it stays undecided."""


@dataclass
class Budget:
    """How many operations are left."""

    left: int

    def take(self, operations: int) -> bool:
        """Whether that many operations may still be done."""
        self.left -= operations
        return self.left >= 0


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited(operations: int) -> Iterator[Budget]:
    """What is done inside may cost at most so many operations."""
    budget = Budget(operations)
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)


def allows(operations: int) -> bool:
    """Whether the budget, where there is one, has so many operations left; they count as done."""
    budget = _current.get()
    return budget is None or budget.take(operations)


def spend(operations: int) -> None:
    """Counts operations. Raises TooLarge when the budget is used up."""
    if not allows(operations):
        raise TooLarge("deciding it takes more work than one statement may cost; write it in smaller steps")
