"""What is said beside an equation restricts it: as judged by hand, and as relations of the row."""

from __future__ import annotations

from functools import cache

import pytest
from checked import checked
from places import DOCUMENTS

from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Proven
from symrnn.language import questions
from symrnn.notation import unicode, unicode_relation
from symrnn.reading.document import read_document, read_text

DOCUMENT = DOCUMENTS / "conditions.md"

EXPECTED = {
    "L3": "definition", "later": "proven", "earlier": "wrong", "before": "proven", "last": "proven", "inner": "wrong",
    "brackets": "proven", "range": "wrong", "all": "proven", "off": "proven", "ones": "wrong", "cases": "proven",
    "unclear": "undecided",
}  # fmt: skip


@cache
def judged() -> dict[str, Judgement]:
    # A condition before its equation is the first row of the two.
    return {
        ("before" if j.statement.label == "before.2" else j.statement.label): j for j in check(read_document(DOCUMENT)).judgements
    }


@pytest.mark.parametrize("label", EXPECTED)
def test_an_equation_holds_where_it_is_stated(label: str) -> None:
    assert judged()[label].verdict.word == EXPECTED[label]


def test_proofs_reach_every_length_and_say_where() -> None:
    for label in ("later", "last", "all"):
        verdict = judged()[label].verdict
        assert isinstance(verdict, Proven)
        assert verdict.ground.extent == "all"
    assert dict(verdict.answers)[questions.STATED] == "s < t"


@pytest.mark.parametrize(
    ("row", "conditions"),
    [
        ("a = b, k > t", ["k > t"]),
        (r"a = b \quad (t = 1, \dots, T)", ["t ≥ 1", "t ≤ T"]),
        (r"a = b \quad (t = T, T - 1, \dots, 1)", ["t ≤ T", "t ≥ 1"]),
        (r"a = b, \quad t = 0, 1, \dots", ["t ≥ 0"]),
        (r"a = b, \quad 1 \le k < t", ["1 ≤ k", "k < t"]),
        (r"a = b \text{ f\"ur } k > t", ["k > t"]),
        (r"i \neq j \Rightarrow a = b", ["i ≠ j"]),
        (r"a = \mathbf{1}(i = j)", []),
        ("a = b, c = d", []),
        ("a = b c(k)", []),
    ],
)
def test_conditions_of_a_row(row: str, conditions: list[str]) -> None:
    statements = read_text(f"$${row}$$", "row.md", "markdown").statements
    (equation,) = [s for s in statements if s.relation and unicode(s.relation.left) == "a"]
    assert equation.relation
    assert [unicode(condition) for condition in equation.relation.conditions] == conditions


def test_conditions_belong_to_the_equations_before_them() -> None:
    (document,) = [read_text(r"$$a = b, \; k > t, \; c = d, \; k < t$$", "row.md", "markdown")]
    found = [(unicode_relation(s.relation), len(s.relation.conditions)) for s in document.statements if s.relation]
    assert found == [("a = b", 1), ("k > t", 0), ("c = d", 1), ("k < t", 0)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (r"a \le b = c", ["a ≤ b", "b = c"]),
        (r"a = b \le c = d", ["a = b", "a ≤ c", "c = d"]),
        (r"a \approx b \\ & = c", ["a ≈ b", "b = c"]),
        ("a = b = c", ["a = b", "a = c"]),
    ],
)
def test_a_chain_with_an_inequality_goes_on_from_its_last_side(row: str, said: list[str]) -> None:
    statements = read_text(f"$$\\begin{{aligned}} {row} \\end{{aligned}}$$", "row.md", "markdown").statements
    assert [unicode_relation(s.relation) for s in statements if s.relation] == said


NETWORK = r"""$$ a_t = A h_{t-1} + B x_t, \quad h_t = \tanh(a_t), \quad o_t = C h_t, \quad E_t = \frac12 (o_t - y_t)^\top (o_t - y_t) $$

With $\delta_s = \frac{\partial E_t}{\partial a_s}$"""
BACKWARDS = r"$$ \delta_s = \mathrm{diag}(1 - h_s^2) A^\top \delta_{s+1} $$"


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("and for $1 \\le s < t$ we have", "proven"),
        ("y para $s < t$,", "proven"),
        ("und für alle $s < t$:", "proven"),
        ("当 $s < t$ 时", "proven"),
        ("при $s < t$", "proven"),
        ("we have", "conditional"),
        ("since $s < t$ in the sum before, we have", "conditional"),
        ("nothing is said for $s < t$. Now", "conditional"),
    ],
)
def test_a_display_holds_where_the_words_of_its_sentence_say(words: str, word: str) -> None:
    report = checked(read_text(f"{NETWORK} {words}\n\n{BACKWARDS}\n", "words.md", "markdown"))
    assert report.judgements[-1].verdict.word == word


SQUARES = r"""$$ h_t = \tanh(A h_{t-1} + B x_t), \quad E = \sum_{t=1}^T \frac12 (h_t - y_t)^\top (h_t - y_t) $$"""


@pytest.mark.parametrize(
    ("title", "words", "word"),
    [
        ("The case of $t = T$", "", "proven"),
        ("The case of $t = T$", "For $t < T$ we have", "wrong"),
        ("The case of $t < T$", "", "wrong"),
        ("The case of $t < T$", "For $t = T$ we have", "proven"),
        ("All $T$ steps of $h$", "", "wrong"),
        ("Backwards", "", "wrong"),
    ],
)
def test_a_display_holds_where_the_title_of_its_section_says(title: str, words: str, word: str) -> None:
    claim = r"$$ \frac{\partial E}{\partial h_t} = h_t - y_t $$"
    report = checked(read_text(f"{SQUARES}\n\n## {title}\n\n{words}\n{claim}\n", "title.md", "markdown"))
    assert report.judgements[-1].verdict.word == word


def test_a_title_of_tex_says_it_as_well() -> None:
    claim = r"\[ \frac{\partial E}{\partial h_t} = h_t - y_t \]"
    text = f"{SQUARES}\n\\subsubsection*{{I - the case of $t = T$}}\nHence\n{claim}\n"
    assert checked(read_text(text, "title.tex", "tex")).judgements[-1].verdict.word == "proven"


@pytest.mark.parametrize(
    ("words", "word"), [("for $t = T$ we have", "undecided"), ("we have", "wrong"), ("for $t < T$ we have", "wrong")]
)
def test_a_formula_of_a_sentence_is_not_refuted_outside_of_the_case_that_it_names(words: str, word: str) -> None:
    claim = r"$\frac{\partial E}{\partial h_t} = h_t - y_t$"
    text = f"{SQUARES}\n\nIn this network {words} {claim} as the gradient.\n"
    assert checked(read_text(text, "case.md", "markdown")).judgements[-1].verdict.word == word
