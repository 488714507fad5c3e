"""What claims and proofs are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from symrnn.proving.kernel.indices import Affine, Condition, Facts
from symrnn.proving.kernel.sums import Entry, Sum
from symrnn.proving.kernel.terms import Tensor


@dataclass(frozen=True)
class Step:
    """One rule applied to the term at position `at`: to its factor `entry`, with `fresh` variables and what else the rule needs.

    `result` takes the term's place; a kernel computes it anew, unless the step is `backward` and reads the rule from right to left.
    """

    rule: str
    at: int
    result: Sum
    entry: Entry | None = None
    fresh: tuple[str, ...] = ()
    data: tuple[Any, ...] = ()
    backward: bool = False


@dataclass(frozen=True)
class Equation:
    """``left = right`` wherever all conditions of `given` hold."""

    left: Sum
    right: Sum
    given: Facts


@dataclass(frozen=True)
class Chain:
    """Steps that lead from the left side, and from the right side, to one and the same sum."""

    left: tuple[Step, ...]
    right: tuple[Step, ...]


@dataclass(frozen=True)
class Induction:
    """`base` proves the equation at ``variable = start``; `step` proves it further on from its truth one value earlier.

    `direction` is 1 for an induction upwards from `start`, -1 for one downwards.
    """

    variable: str
    start: Affine
    direction: int
    base: Chain
    step: Chain


@dataclass(frozen=True)
class Lemma:
    """An equation and its proof, which may use the lemmas before it by their names.

    Neighbours of one `group` are proven by one induction: each may use all of them one value earlier.
    """

    name: str
    equation: Equation
    proof: Chain | Induction
    group: str = ""


def groups(lemmas: Iterable[Lemma]) -> Iterator[tuple[Lemma, ...]]:
    """The lemmas in order, those together that are proven by one induction."""
    for group, neighbours in groupby(lemmas, key=lambda lemma: lemma.group):
        members = tuple(neighbours)
        yield from [members] if group else zip(members, strict=True)


@dataclass(frozen=True)
class Earlier:
    """The hypothesis of an induction: the equation where `variable` is one less (or more) and `fixed` variables are the same."""

    equation: Equation
    variable: str
    direction: int
    fixed: frozenset[str]


@dataclass(frozen=True)
class Assumed:
    """Hypotheses on values: the keys of states that are zero at their free end, and of vectors whose components add up to one."""

    zeros: frozenset[str] = frozenset()
    ones: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Claim:
    """Two tensors are equal wherever both have a meaning, for all values of the free indices that all conditions of `within` allow.

    An index of `variables` is a name with the label of the axis whose components it counts; a time has the label ``""``.
    """

    left: Tensor
    right: Tensor
    variables: tuple[tuple[str, str], ...] = ()
    within: tuple[Condition, ...] = ()
    assumed: Assumed = Assumed()
