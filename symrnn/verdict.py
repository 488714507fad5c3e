"""Verdicts, each with the evidence that it must hold, and the parts that evidence is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from symrnn.claims import Claim
from symrnn.terms import Relation

Path = tuple[str | int, ...]
Answers = tuple[tuple[str, str], ...]


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
class ShapeClash:
    """A certificate of falsity: two shapes that cannot meet, with what should have joined them."""

    left: str
    right: str
    reason: str


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
    hypotheses: tuple[str, ...] = ()


Certificate = ShapeClash | Point


@dataclass(frozen=True)
class Edit:
    """One change to a formula: `kind` is notation, convention or mathematics; `name` is what the mistake is called.

    `source` is the label of the earlier statement whose repair this is, if it is one.
    """

    kind: str
    name: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Repair:
    """A changed formula that was proven, the edits that lead to it and what it needs.

    `left_marks` and `right_marks` are the paths of the changed pieces.
    """

    relation: Relation
    edits: tuple[Edit, ...]
    extent: Extent
    hypotheses: tuple[str, ...]
    answers: Answers
    left_marks: tuple[Path, ...] = ()
    right_marks: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Size:
    """The smallest instance at which a formula fails; `true_below` says that it was proven for everything smaller."""

    steps: int
    hidden: int
    true_below: bool


@dataclass(frozen=True)
class Definition:
    """Introduces a quantity, a case or a declaration; `shape` is the inferred one."""

    what: str
    shape: str
    word = "definition"


@dataclass(frozen=True)
class Proven:
    """True as written, under the reading `answers`."""

    extent: Extent
    answers: Answers
    identity: str
    word = "proven"


@dataclass(frozen=True)
class Conditional:
    """True under `hypotheses`, each with a point where it fails without it."""

    extent: Extent
    answers: Answers
    hypotheses: tuple[str, ...]
    identity: str
    without: tuple[tuple[str, Point | None], ...]
    word = "conditional"


@dataclass(frozen=True)
class Slip:
    """False or meaningless as written, true after an edit of notation."""

    repair: Repair
    certificate: Certificate | None
    word = "slip"


@dataclass(frozen=True)
class Wrong:
    """False under every admissible reading."""

    certificate: Certificate
    answers: Answers
    repair: Repair | None = None
    others: tuple[Repair, ...] = ()
    smallest: Size | None = None
    word = "wrong"


@dataclass(frozen=True)
class Undecided:
    """Read, but neither proven nor refuted."""

    reason: str
    word = "undecided"


@dataclass(frozen=True)
class Unread:
    """Not understood, with the piece that stopped the reader."""

    reason: str
    piece: str
    line: int
    column: int
    word = "unread"


Verdict = Definition | Proven | Conditional | Slip | Wrong | Undecided | Unread
WORDS = ("definition", "proven", "conditional", "slip", "wrong", "undecided", "unread")
