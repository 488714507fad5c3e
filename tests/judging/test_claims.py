"""Claims that were judged by hand first: nothing false is proven, nothing true is called wrong.

The documents and the key stand in `tests/claims`; the key says what is true, and why where that is not plain. What each truth may
be called is said below: *undecided* is an honest answer to anything, and it is counted. Repairs are not looked for here: they make
nothing true.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import pytest
from places import CLAIMS

from symrnn.judging.check import check
from symrnn.judging.judgement import Report
from symrnn.reading.document import read_document

#: What a claim may be called that is true, true under a hypothesis, mended by notation, or false.
ADMISSIBLE = {
    "T": {"proven"},
    "C": {"conditional"},
    "N": {"slip", "conditional"},
    "F": {"wrong", "slip"},
    "U": set(),
}
MOST_UNDECIDED = 0.05

pytestmark = pytest.mark.usefixtures("without_repairs")


def key() -> dict[str, dict[str, str]]:
    """The truth of each label of each file."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line in (CLAIMS / "key.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            file, label, truth, *_ = line.split("\t")
            assert label not in found[file], f"{file} has two rows for {label}"
            found[file][label] = truth
    return found


KEY = key()


@cache
def report(file: str) -> Report:
    return check(read_document(CLAIMS / file))


@pytest.mark.parametrize("file", sorted(KEY))
def test_no_false_claim_is_accepted_and_no_true_one_refused(file: str) -> None:
    words = {j.statement.label: j.verdict.word for j in report(file).judgements}
    bad = {
        label: f"{truth}, called {words.get(label)}"
        for label, truth in KEY[file].items()
        if words.get(label) not in ADMISSIBLE[truth] | {"undecided"}
    }
    assert not bad


def test_few_claims_stay_undecided() -> None:
    words = [j.verdict.word for file in KEY for j in report(file).judgements if KEY[file].get(j.statement.label, "U") != "U"]
    assert words.count("undecided") <= MOST_UNDECIDED * len(words)


def test_every_file_has_a_key_and_every_claim_a_row() -> None:
    assert {path.name for path in CLAIMS.glob("*.md")} == set(KEY)
    for file in KEY:
        tagged = {
            j.statement.label for j in report(file).judgements if r"\tag" in j.statement.latex or j.statement.label in KEY[file]
        }
        assert tagged == set(KEY[file])


def test_the_sentences_that_the_key_cites_exist() -> None:
    page = (CLAIMS.parent.parent / "derivations" / "what_an_equation_claims.md").read_text(encoding="utf-8")
    sections = {part.split()[0]: part for part in page.split("\n## ")[1:]}
    cited = re.findall(r"\((\d)\.(\d)\)$", (CLAIMS / "key.tsv").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(cited) > 30
    assert all(f"\n{sentence}. " in sections[section] for section, sentence in cited)
