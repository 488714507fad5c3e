"""Verdicts, each with the evidence that it must hold, and the parts that evidence is made of."""

from __future__ import annotations

from dataclasses import dataclass

from symrnn.deciding.evidence import Certificate, Extent, Point
from symrnn.language.terms import Relation

Path = tuple[str | int, ...]
Answers = tuple[tuple[str, str], ...]


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
