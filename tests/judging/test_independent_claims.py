"""Claims in small networks, judged with pencil and paper by someone who had not read the program.

The documents stand in `tests/claims/independent`; `key.tsv` has for each claim its file, its line, what is true of it, the hypotheses
that it needs, and why. It was written before the program read a document. Repairs are not looked for here: they change no truth.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pytest
from places import CLAIMS

from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Proven
from symrnn.reading.document import read_document

INDEPENDENT = CLAIMS / "independent"
#: The words beside *undecided* that do a claim no wrong.
ADMISSIBLE = {
    "true": {"proven"},
    "conditional": {"conditional"},
    "slip-ok": {"slip", "conditional", "wrong"},
    "false": {"wrong", "slip"},
    "open": {"unread"},
    "remark": {"assumption"},
}
#: The share of a document's claims that is decided at least, and where the program knows less.
DECIDED = 0.85
DECIDED_IN = {
    "conditions.md": 0.5,
    "matrix_letters.md": 0.4,
    "class_index.md": 0.7,
    "functions.md": 0.75,
    "relu.md": 0.6,
    "unknowns.md": 0.55,
    "updates.md": 0.75,
    "vec.md": 0.6,
}


class Claim(NamedTuple):
    """One row of the key."""

    line: int
    truth: str
    hypotheses: frozenset[str]


def key() -> dict[str, list[Claim]]:
    """The claims of each document."""
    found: dict[str, list[Claim]] = defaultdict(list)
    for row in (INDEPENDENT / "key.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        file, line, truth, hypotheses, *_ = [*row.split("\t"), ""]
        found[file].append(Claim(int(line), truth, frozenset(filter(None, hypotheses.split("; ")))))
    return found


KEY = key()


def is_wronged(claim: Claim, judgement: Judgement) -> bool:
    """Whether a verdict says more of a claim, or something else, than is true of it."""
    verdict = judgement.verdict
    if claim.truth == "conditional":
        if isinstance(verdict, Proven):  # right where the document states the hypothesis
            return {str(given.hypothesis) for given in verdict.given} != claim.hypotheses
        if isinstance(verdict, Conditional):
            return set(map(str, verdict.hypotheses)) != claim.hypotheses
    return verdict.word not in ADMISSIBLE[claim.truth] | {"undecided"}


def judgements(file: str) -> dict[int, Judgement]:
    """What is said first on each line that holds a claim (a condition beside it has a row of its own)."""
    found: dict[int, Judgement] = {}
    for judgement in check(read_document(INDEPENDENT / file)).judgements:
        if judgement.statement.label[0] != "L":
            found.setdefault(judgement.statement.place.line, judgement)
    return found


@pytest.mark.usefixtures("words_alone")
@pytest.mark.parametrize("file", sorted(KEY))
def test_what_pencil_and_paper_found_stands(file: str) -> None:
    judged = judgements(file)
    assert set(judged) == {claim.line for claim in KEY[file]}
    wronged = [
        f"line {c.line} is {c.truth}, called {judged[c.line].verdict.word}" for c in KEY[file] if is_wronged(c, judged[c.line])
    ]
    assert not wronged
    words = [judged[claim.line].verdict.word for claim in KEY[file] if claim.truth != "open"]
    assert len(words) - words.count("undecided") >= DECIDED_IN.get(file, DECIDED) * len(words)


def test_the_set_is_large_and_most_of_it_is_false() -> None:
    claims = [claim for file in KEY for claim in KEY[file]]
    assert len(KEY) >= 28
    assert len(claims) >= 330
    assert {path.name for path in INDEPENDENT.iterdir()} == {*KEY, "key.tsv"}
    assert {claim.truth for claim in claims} == set(ADMISSIBLE)
