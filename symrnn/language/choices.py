"""Running a deterministic program over all of its choices.

Notation leaves open what a subscript counts or which layout a Jacobian has. The elaborator asks here whenever it must decide;
`explore` runs it again for every combination of answers it asked for, the preferred ones first. The answers that
were asked for are the reading of the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from symrnn.language.questions import Question

Result = TypeVar("Result")


@dataclass(frozen=True)
class ShapeClash:
    """Two shapes that cannot meet, as names of axes, with what should have joined them: a certificate of falsity.

    >>> str(ShapeClash("terms of a sum", (), ("hidden", "input")))
    'terms of a sum: scalar against (hidden, input)'
    """

    joint: str
    left: tuple[str, ...]
    right: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.joint}: {shape_text(self.left)} against {shape_text(self.right)}"


def shape_text(axes: Sequence[str]) -> str:
    """A shape as one writes it, by the names of its axes."""
    return f"({', '.join(axes)})" if axes else "scalar"


class Inadmissible(Exception):
    """This combination of choices gives the formula no meaning; `clash` says which two shapes do not meet, if that is why.

    The reason is told in words, or in words and formulas in turn.
    """

    def __init__(self, reason: Any, clash: ShapeClash | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.clash = clash


class Opaque(Inadmissible):
    """The formula rests on something of which nothing is known: there is no verdict on what it says."""


class Untried(Inadmissible):
    """More combinations of choices than are tried."""


class Choices:
    """The answers of one run: a prefix that is given, then the first option each time."""

    def __init__(self, prefix: Sequence[int], pinned: dict[Question, str]) -> None:
        self._prefix = prefix
        self._pinned = pinned
        self.taken: dict[Question, tuple[tuple[str, ...], int]] = {}

    def choose(self, question: Question, options: Sequence[str]) -> str:
        """One of the options; the same question gets the same answer. Raises Inadmissible for none."""
        if question in self.taken:
            offered, answer = self.taken[question]
            if offered[answer] not in options:
                raise Inadmissible(f"{question}: {offered[answer]} and {' or '.join(options)} at once")
            return offered[answer]
        offered = tuple(options)
        pinned = self._pinned.get(question)
        if pinned is not None:
            offered = tuple(o for o in offered if o == pinned)
        if not offered:
            raise Inadmissible(f"nothing fits for {question}")
        position = len(self.taken)
        answer = self._prefix[position] if position < len(self._prefix) else 0
        self.taken[question] = offered, answer
        return offered[answer]

    def answers(self) -> dict[Question, str]:
        """Question and answer, in the order asked."""
        return {question: offered[answer] for question, (offered, answer) in self.taken.items()}


def explore(
    run: Callable[[Choices], Result], most: int, pinned: dict[Question, str] | None = None
) -> Iterator[tuple[Result | Inadmissible, dict[Question, str]]]:
    """The results of `run` for every combination of choices, at most `most` of them, the earliest options first, then `Untried` if
    there are more.

    Questions in `pinned` have only the answer given there; where it is not offered, the run is inadmissible.
    """
    prefixes: list[tuple[int, ...]] = [()]
    while prefixes and most > 0:
        prefix = prefixes.pop()
        choices = Choices(prefix, pinned or {})
        result: Result | Inadmissible
        try:
            result = run(choices)
        except Inadmissible as reason:
            result = reason.with_traceback(None)  # its frames would keep all that the run has made, in a circle
        most -= 1
        yield result, choices.answers()
        prefixes.extend(_alternatives(choices, len(prefix)))
    if prefixes:
        yield Untried("it has more readings than are tried"), {}


def _alternatives(choices: Choices, given: int) -> list[tuple[int, ...]]:
    """The untried siblings of one run, so that the last element is the one to try next."""
    offered = [options for options, _ in choices.taken.values()]
    answers = [answer for _, answer in choices.taken.values()]
    result: list[tuple[int, ...]] = []
    for position in range(given, len(answers)):
        options = offered[position]
        result.extend((*answers[:position], other) for other in range(len(options) - 1, 0, -1))
    return result
