"""The work that one statement may cost, counted in operations, so that a check ends at the same place on every machine.

One operation is about that of one term of a polynomial. Whoever does work asks `spend`; over the budget it raises TooLarge, and what
asked for the work stays undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class TooLarge(ArithmeticError):
    """A computation passed its bound; what asked for it stays undecided."""


class Stopped(BaseException):
    """Somebody does not want the result any more. Not an Exception: no statement is undecided for it."""


@dataclass
class Budget:
    """How many operations are left; `stop` tells whether the result is still wanted."""

    left: int
    stop: Callable[[], bool] | None = None

    def take(self, operations: int) -> bool:
        """Whether that many operations may still be done. Raises Stopped where nobody wants the result."""
        if self.stop is not None and self.stop():
            raise Stopped
        self.left -= operations
        return self.left >= 0


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


_stop: ContextVar[Callable[[], bool] | None] = ContextVar("stop", default=None)


@contextmanager
def stoppable(stop: Callable[[], bool]) -> Iterator[None]:
    """What is done inside raises Stopped soon after `stop` says so."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


@contextmanager
def limited(operations: int) -> Iterator[Budget]:
    """What is done inside may cost at most so many operations. Raises Stopped where nobody wants the result any more."""
    stop = _stop.get()
    if stop is not None and stop():
        raise Stopped
    budget = Budget(operations, stop)
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
    budget = _current.get()
    if budget is not None and not budget.take(operations):
        raise TooLarge("deciding it takes more work than one statement may cost; write it in smaller steps")
