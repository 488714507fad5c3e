"""Evidence: the instance at which something was proven, what was seen at a large one, and certificates of falsity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from symrnn.language.choices import ShapeClash
from symrnn.language.claims import Claim
from symrnn.notation.said import Said


@dataclass(frozen=True)
class Scope:
    """The instance at which something was proven: number of time steps and the size of every axis."""

    steps: int
    sizes: tuple[tuple[str, int], ...]


Extent = Scope | Literal["all"]


@dataclass(frozen=True)
class Witness:
    """What was seen of a claim at a large instance, modulo a prime: no proof, and no refutation either.

    `points` random points were tried, `assignments` values of the free indices in all. `outcome` is ``agrees``, ``differs`` (`where`
    says at which indices) or ``untried`` (`where` says why).
    """

    scope: Scope
    points: int
    assignments: int
    outcome: Literal["agrees", "differs", "untried"]
    where: str = ""


@dataclass(frozen=True)
class Point:
    """A certificate of falsity: at rational inputs, |left - right| of one entry is enclosed away from zero.

    `claim` is what fails there. `seed` and `scope` determine the inputs, `indices` the values of the free indices, `entry` the
    component (from 1). `left`, `right` and `gap` are decimal enclosures; `hypotheses` are those that the inputs satisfy.
    """

    claim: Claim
    scope: Scope
    seed: int
    indices: tuple[tuple[str, int], ...]
    entry: tuple[int, ...]
    left: str
    right: str
    gap: str
    hypotheses: tuple[Said, ...] = ()


Certificate = ShapeClash | Point
