"""Verdicts, each with the evidence that it must hold, and the parts that evidence is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from symrnn.deciding.evidence import Certificate, Extent, Point, Witness
from symrnn.judging.mistakes import COST, MATHEMATICS, Mistake
from symrnn.language.claims import Claim
from symrnn.language.model import Name, Quantity
from symrnn.language.questions import Answers
from symrnn.language.terms import Relation
from symrnn.notation.said import Part, Said, Told, name_typed, said
from symrnn.proving.prove import Proof

Path = tuple[str | int, ...]
#: The hypothesis under which an equation without a transpose is true in any order.
NUMBERS = said("every quantity is a number")
#: The hypothesis under which an equation is true whose derivatives are those by an argument of a defining equation.
EXPLICIT = said("∂ is the explicit derivative, and what else depends on the quantity below it is held fixed")


@dataclass(frozen=True)
class Ground:
    """What a verdict stands on: the claim that was proven, how far the proof reaches, and what was seen beyond it.

    `proof` is the proof for every length and size, where `extent` is ``all``; `witness` is what was seen at a large instance, where
    one was asked for.
    """

    claim: Claim
    extent: Extent
    proof: Proof | None = None
    witness: Witness | None = None


@dataclass(frozen=True)
class StatedHypothesis:
    """A hypothesis that the document states before the statement that needs it, and the line where it does.

    `file` is where that line is, if it is another file than the statement's.
    """

    hypothesis: Said
    line: int
    file: str = ""
    cell: int = 0

    @property
    def where(self) -> str:
        """``line 12``, or ``ch/01.md, line 12``, or ``cell 3 line 2``."""
        within = f"cell {self.cell} line {self.line}" if self.cell else f"line {self.line}"
        return f"{self.file}, {within}" if self.file else within


@dataclass(frozen=True)
class Exchange:
    """One piece of a formula for another: what is written, what it should be, and what kind of piece it is where that is not plain."""

    old: Part | Said
    new: Part | Said
    what: str = ""

    @property
    def said(self) -> Said:
        """What is exchanged, in words and formulas."""
        return said(f"{self.what} " if self.what else "", self.old, " → ", self.new)

    def undoes(self, other: Exchange) -> bool:
        """Whether it puts back what the other one takes away."""
        return (self.old, self.new, self.what) == (other.new, other.old, other.what)


#: What changes in a formula: one piece for another, or whatever words say it.
Changed = Told | Exchange


@dataclass(frozen=True)
class Edit:
    """One change to a formula: the mistake that it undoes, what changes, and why, where that is to be said.

    `source` is the label of the earlier statement whose repair this is, if it is one.
    """

    mistake: Mistake
    change: Changed
    source: str = ""
    why: Told = ""

    @property
    def said(self) -> Said:
        """What changes, in words and formulas."""
        return self.change.said if isinstance(self.change, Exchange) else said(self.change)

    @property
    def told(self) -> Said:
        """What changes, with the statement that it is taken over from and with the reason."""
        origin = f"the repair of ({self.source}): " if self.source else ""
        return said(origin, self.said, *((": ", self.why) if self.why else ()))

    @property
    def kind(self) -> str:
        """What kind of change it is; whatever an earlier repair changed, to put it in is mathematics."""
        return MATHEMATICS if self.source else self.mistake.kind

    @property
    def name(self) -> str:
        """What the mistake is called."""
        return self.mistake.name


@dataclass(frozen=True)
class Repair:
    """A changed formula that was proven, the edits that lead to it and what it needs.

    `left_marks` and `right_marks` are the paths of the changed pieces.
    """

    relation: Relation
    edits: tuple[Edit, ...]
    ground: Ground
    hypotheses: tuple[Said, ...]
    answers: Answers
    left_marks: tuple[Path, ...] = ()
    right_marks: tuple[Path, ...] = ()


def cost_of(edits: Iterable[Edit]) -> int:
    """What changes cost together: of repairs the cheapest is the one that is meant."""
    return sum(COST[edit.kind] for edit in edits)


@dataclass(frozen=True)
class Size:
    """The smallest instance at which a formula fails; `true_below` says that it was proven for everything smaller."""

    steps: int
    hidden: int
    true_below: bool


@dataclass(frozen=True)
class Definition:
    """Introduces a quantity or a function; `shape` is the inferred one."""

    what: Told
    shape: str
    word = "definition"

    @staticmethod
    def of(quantity: Quantity) -> Definition:
        """The definition of a quantity of the network."""
        return Definition(said(name_typed(quantity.name)), "(" + ", ".join(quantity.shape) + ")" if quantity.shape else "scalar")


@dataclass(frozen=True)
class Assumption:
    """Claims nothing: a range, a size, a space, an example's condition, a stated hypothesis.

    `what` says what it restricts; `given` are the hypotheses of the catalogue that hold from here on.
    """

    what: Told
    given: tuple[Said, ...] = ()
    word = "assumption"


@dataclass(frozen=True)
class Proven:
    """True as written, under the reading `answers`, with what the document has `given` before it."""

    ground: Ground
    answers: Answers
    identity: str
    given: tuple[StatedHypothesis, ...] = ()
    word = "proven"


@dataclass(frozen=True)
class Conditional:
    """True under `hypotheses`, each with a point where it fails without it, with what the document has `given` before it."""

    ground: Ground
    answers: Answers
    hypotheses: tuple[Said, ...]
    identity: str
    without: tuple[tuple[Said, Point | None], ...]
    given: tuple[StatedHypothesis, ...] = ()
    word = "conditional"


def under_hypothesis(found: Proven | Conditional, hypothesis: Said, point: Point | None = None) -> Conditional:
    """A verdict under one more hypothesis, which is about how the equation is meant; it may fail without it at a point."""
    hypotheses, without = (found.hypotheses, found.without) if isinstance(found, Conditional) else ((), ())
    more, points = (*hypotheses, hypothesis), (*without, (hypothesis, point))
    return Conditional(found.ground, found.answers, more, found.identity, points, found.given)


@dataclass(frozen=True)
class Slip:
    """False or meaningless as written, true after an edit of notation."""

    repair: Repair
    certificate: Certificate | None
    word = "slip"


@dataclass(frozen=True)
class Wrong:
    """False under every admissible reading; `unsearched` where the search for a repair ended with its share of the document's work."""

    certificate: Certificate
    answers: Answers
    repair: Repair | None = None
    others: tuple[Repair, ...] = ()
    smallest: Size | None = None
    unsearched: bool = False
    word = "wrong"


@dataclass(frozen=True)
class Undecided:
    """Read, but neither proven nor refuted.

    `waits_for` is what it rests on and what is not defined, or not with a meaning; `fails` is what it would define, having none itself.
    `tried` is an equation that would decide it, which its author may write, and with which it does not hold.
    """

    reason: Told
    waits_for: Name | None = None
    fails: Name | None = None
    tried: Relation | None = None
    word = "undecided"


@dataclass(frozen=True)
class Unread:
    """Not understood, with the piece that stopped the reader."""

    reason: str
    piece: str
    line: int
    column: int
    word = "unread"


Verdict = Definition | Assumption | Proven | Conditional | Slip | Wrong | Undecided | Unread


@dataclass(frozen=True)
class Kind:
    """One kind of verdict as people meet it.

    `sign` is one character of Unicode and `tex` the same in LaTeX; `colour` is that of a terminal, `light` and `dark` are those of
    text on a light and on a dark page (contrast at least 4.5 : 1); `annotation` is the level of a remark in a workflow, None for none.
    `status` is what it does to the exit status: ``fine``, ``mistake`` or ``open``.
    """

    word: str
    sign: str
    tex: str
    meaning: str
    colour: str
    light: str
    dark: str
    annotation: Literal["error", "warning", "notice"] | None
    status: Literal["fine", "mistake", "open"]


def _by_word(*kinds: Kind) -> Mapping[str, Kind]:
    return {kind.word: kind for kind in kinds}


_HALF_CIRCLE = r"\tikz[baseline=-.65ex]{\draw[line width=.5pt] (0,0) circle (.85ex); \fill (0,.85ex) arc (90:270:.85ex) -- cycle;}"
_PENCIL = (
    r"\tikz[baseline=-.65ex,rotate=45]{\draw[line width=.5pt] (-.9ex,-.28ex) rectangle (.75ex,.28ex);"
    r" \fill (-1.5ex,0) -- (-.9ex,.28ex) -- (-.9ex,-.28ex) -- cycle;}"
)
_CROSS = r"\tikz[baseline=-.65ex]{\draw[line width=1.1pt] (-.75ex,-.75ex) -- (.75ex,.75ex) (-.75ex,.75ex) -- (.75ex,-.75ex);}"

#: Every kind of verdict, in the order in which they are counted.
VERDICTS: Mapping[str, Kind] = _by_word(
    Kind("definition", "≔", "$:=$", "It introduces a quantity or a name and is part of the model.",
         "cyan", "#0f5e9c", "#6fb6ec", None, "fine"),
    Kind("assumption", "∵", r"$\because$", "It claims nothing: a range, a size, a space, a condition, or a hypothesis given from here on.",
         "cyan", "#0f5e9c", "#6fb6ec", None, "fine"),
    Kind("proven", "✓", r"$\checkmark$", "It is true as written.",
         "green", "#00755a", "#46c9a4", None, "fine"),
    Kind("conditional", "◐", _HALF_CIRCLE, "It is true as written only under a hypothesis.",
         "yellow", "#8a5800", "#e0a83a", "notice", "fine"),
    Kind("slip", "✎", _PENCIL, "As written it is false or has no meaning; with a change of notation only it is proven.",
         "magenta", "#93407a", "#dd92c4", "warning", "mistake"),
    Kind("wrong", "✗", _CROSS, "It is false under every admissible reading.",
         "bold red", "#b83a00", "#ff8a57", "error", "mistake"),
    Kind("undecided", "?", r"\textbf{?}", "It was read, but neither proven nor refuted.",
         "bright_blue", "#555555", "#a8a8a8", "warning", "open"),
    Kind("unread", "∅", r"$\varnothing$", "It was not understood.",
         "bright_blue", "#555555", "#a8a8a8", "warning", "open"),
)  # fmt: skip


def ground_of(verdict: Verdict) -> Ground | None:
    """What the statement, or its repair, stands on; None where nothing was proven."""
    if isinstance(verdict, (Proven, Conditional)):
        return verdict.ground
    repair = verdict.repair if isinstance(verdict, (Slip, Wrong)) else None
    return None if repair is None else repair.ground


def telling(verdict: Verdict, more: Answers) -> Verdict:
    """A verdict that tells more of how its equation was read, and its repair as well."""
    if more and isinstance(verdict, (Proven, Conditional, Wrong)):
        verdict = replace(verdict, answers=(*verdict.answers, *more))
    if more and isinstance(verdict, (Slip, Wrong)) and verdict.repair is not None:
        verdict = replace(verdict, repair=replace(verdict.repair, answers=(*verdict.repair.answers, *more)))
    return verdict
