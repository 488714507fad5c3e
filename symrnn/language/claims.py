"""What an equation claims: two tensors that are said to be equal, and the conventions under which it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from symrnn.language.model import Model, Quantity
from symrnn.language.questions import Answers, Question
from symrnn.language.tensors import Condition, Tensor, walk


@dataclass(frozen=True)
class Claim:
    """What an equation says under one reading: two tensors of one shape, for all values of its free indices `within` a range."""

    left: Tensor
    right: Tensor
    variables: tuple[tuple[str, str, str], ...]  # name, role, axis label
    unknown: tuple[Quantity, ...] = ()
    literal_zero: bool = False
    within: tuple[Condition, ...] = ()

    @property
    def sides(self) -> tuple[Tensor, Tensor]:
        """What it says to be equal."""
        return self.left, self.right

    def nodes(self) -> Iterator[Tensor]:
        """All that stands on its two sides."""
        return (node for side in self.sides for node in walk(side))

    def changed(self, change: Callable[[Tensor], Tensor]) -> Claim:
        """The claim with a change made in both sides."""
        return replace(self, left=change(self.left), right=change(self.right))

    def covers(self, indices: Mapping[str, int]) -> bool:
        """Whether the claim speaks of these values of its free indices."""
        return all(condition.holds(indices) for condition in self.within)


def extended(model: Model, claim: Claim) -> Model:
    """The model with the quantities that only the claim knows."""
    return replace(model, quantities={**model.quantities, **{q.key: q for q in claim.unknown}}) if claim.unknown else model


@dataclass(frozen=True)
class Reading:
    """A claim with the answers that led to it: the conventions under which the formula was read."""

    claim: Claim
    answers: Answers

    def also(self, *answers: tuple[Question, str]) -> Reading:
        """The reading with more said of how the formula was read."""
        return replace(self, answers=(*self.answers, *answers))
