"""What a check of a document results in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

from symrnn.deciding.evidence import Scope, Witness
from symrnn.judging.mistakes import Mistake
from symrnn.judging.verdict import VERDICTS, Repair, Verdict, ground_of
from symrnn.language.errors import InputError
from symrnn.language.model import Model
from symrnn.language.questions import Question
from symrnn.language.terms import Relation
from symrnn.notation import unicode_relation
from symrnn.notation.said import Said
from symrnn.proving.prove import Proof
from symrnn.reading.document import Document, Statement
from symrnn.reading.lexicon import Evidence

#: Beyond these a check would not end in a time that anyone waits, also where nothing is proven at these sizes.
MOST_STEPS, LARGEST_SIZE = 1000, 128


@dataclass(frozen=True)
class Options:
    """How to check: number of time steps, sizes of axes by label (``hidden``, ``classes``, ``input``), and the name of the model
    that stands in for definitions a document lacks. With `every_length` false no proofs by induction are looked for.

    What is asked for beyond the reach of exact algebra is proven at the usual small sizes, and witnessed at these."""

    steps: int = 4
    sizes: Mapping[str, int] = field(default_factory=dict)
    model: str | None = None
    every_length: bool = True


def distinct_sizes(**given: int | None) -> dict[str, int]:
    """The sizes that were given. Raises InputError where two are equal: a misplaced transpose would go unseen."""
    sizes = {name: size for name, size in given.items() if size is not None}
    for first, second in combinations(sizes, 2):
        if sizes[first] == sizes[second]:
            raise InputError(
                f"--{first} and --{second} are both {sizes[first]}; give different sizes, so that no misplaced transpose can hide"
            )
    return sizes


@dataclass(frozen=True)
class CommonCause:
    """A definition, and what it would have to say for several wrong equations to hold."""

    definition: Statement
    instead: Relation


@dataclass(frozen=True)
class Judgement:
    """A statement with its verdict.

    `given` says how a false one follows from the lines before it; `rests_on` names the wrong ones among them. `answer` is the
    equation with the right side that it should have, where its left side is a derivative that could be derived and proven. `network` is the
    model that the statement was judged in, `letters` says why its letters were taken for what they are. `cause` is what makes it wrong,
    where one change of a definition would make it hold with others.
    """

    statement: Statement
    verdict: Verdict
    given: str = ""
    rests_on: tuple[str, ...] = ()
    answer: Repair | None = None
    network: Model | None = None
    letters: tuple[Evidence, ...] = ()
    cause: CommonCause | None = None

    @property
    def proof(self) -> Proof | None:
        """The proof for every length and size of the statement or of its repair."""
        ground = ground_of(self.verdict)
        return None if ground is None else ground.proof

    @property
    def witness(self) -> Witness | None:
        """What was seen of the statement or of its repair at the large instance."""
        ground = ground_of(self.verdict)
        return None if ground is None else ground.witness


def _line(judgement: Judgement) -> str:
    statement, kind = judgement.statement, VERDICTS[judgement.verdict.word]
    shown = statement.latex if statement.relation is None else unicode_relation(statement.relation)
    return f"  {kind.sign} {kind.word}  {statement.place.within}  {shown}"


@dataclass(frozen=True)
class LedgerEntry:
    """One convention of a document: the question it answers, the answer, and the labels of the statements that need it.

    `switches` names the statements at which the document changes from one answer to another.
    """

    question: Question
    answer: str
    labels: tuple[str, ...]
    switches: tuple[str, ...] = ()


@dataclass(frozen=True)
class FirstLook:
    """What does not hold as written, told before it is known why: the rule that it breaks, and what is seen."""

    statement: Statement
    rule: Mistake
    seen: str


@dataclass(frozen=True, repr=False)
class Report:
    """All judgements on one document, its convention ledger, the model read from it, and the scope.

    `model` holds the defining equations, one line each; `network` is the model itself, the last one where a document has
    several. `witnessed` is the large instance that was asked for, if one was.
    """

    document: Document
    judgements: tuple[Judgement, ...]
    ledger: tuple[LedgerEntry, ...]
    model: tuple[Said, ...]
    scope: Scope
    network: Model
    witnessed: Scope | None = None

    def __repr__(self) -> str:
        """A line of counts, and one for each mistake."""
        counts = ", ".join(f"{count} {word}" for word, count in self.counts.items() if count)
        mistakes = (j for j in self.judgements if VERDICTS[j.verdict.word].status == "mistake")
        return "\n".join([f"{self.document.name}: {counts}", *map(_line, mistakes)])

    @property
    def counts(self) -> dict[str, int]:
        """How many statements have each verdict."""
        found = Counter(j.verdict.word for j in self.judgements)
        return {word: found[word] for word in VERDICTS}
