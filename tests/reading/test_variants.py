"""One quantity under two letters, which differ in their case, in an accent or as two forms of a Greek letter do."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.judging.kept.live import Live
from symrnn.language import questions
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

CELL = r"""
$$ g_t = \sigma(W_g x_t + U_g s_{t-1}), \quad q_t = \sigma(W_q x_t + U_q s_{t-1}), \quad \tilde c_t = \tanh(W_c x_t + U_c s_{t-1}) $$

$$ c_t = g_t \odot c_{t-1} + q_t \odot \tilde c_t, \quad s_t = \tanh(c_t), \quad L = \sum_t L_t(s_t) $$
"""

CASES = {
    "a capital for a state": (
        r"$$ \frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial C_t} \odot C_{t-1} $$",
        ["proven"],
    ),
    "a capital with its accent, and below an error": (
        r"$$ \frac{\partial L}{\partial \tilde C_t} = \delta_{C_t} \odot q_t $$",
        ["proven"],
    ),
    "another accent": (r"$$ \frac{\partial L}{\partial \hat c_t} = \frac{\partial L}{\partial c_t} \odot q_t $$", ["proven"]),
    "a prime for an accent": (r"$$ \frac{\partial L}{\partial c'_t} = \frac{\partial L}{\partial c_t} \odot q_t $$", ["proven"]),
    "a small letter for weights of the same name": (
        r"$$ \frac{\partial L}{\partial w_g} = \sum_t (\frac{\partial L}{\partial g_t} \odot g_t \odot (1 - g_t)) x_t^\top $$",
        ["proven"],
    ),
    "what is false is wrong where a true equation has the letter as well": (
        r"$$ \frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial C_t} \odot C_{t-1} $$"
        r"$$ \frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial C_t} \odot C_t $$",
        ["proven", "wrong"],
    ),
    "and is not where none has": (
        r"$$ \frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial C_t} \odot C_t $$",
        ["undecided"],
    ),
}

OTHERS = {
    "nothing is differentiated by it": r"$$ \frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial c_t} \odot C_{t-1} $$",
    "it is a loss, whose derivatives are taken": r"$$ \frac{\partial C_t}{\partial g_t} = \frac{\partial L}{\partial g_t} $$",
    "one formula has both": r"$$ \frac{\partial L}{\partial C_t} = \frac{\partial L}{\partial s_t} \odot C_t \odot c_t $$",
    "one is differentiated by the other": (
        r"$$ \frac{\partial L}{\partial C_t} = \frac{\partial L}{\partial c_t} \frac{\partial c_t}{\partial C_t} $$"
    ),
    "it has a name that the other never has": r"$$ \frac{\partial L}{\partial C_{o,t}} = \frac{\partial L}{\partial s_t} $$",
    "a letter without the accent is another quantity": r"$$ \frac{\partial L}{\partial \hat s_t} = \frac{\partial L}{\partial s_t} $$",
}


def judged(formulas: str) -> list[Judgement]:
    return list(checked(read_text(CELL + "\n\n" + formulas, "cell.md", "markdown")).judgements)[6:]


def is_told(judgement: Judgement) -> bool:
    return any(question.is_kind_of(questions.LETTER) for question, _ in getattr(judgement.verdict, "answers", ()))


@pytest.mark.parametrize(("formulas", "words"), CASES.values(), ids=CASES)
def test_a_letter_of_derivatives_alone_is_a_form_of_one_of_the_network(formulas: str, words: list[str]) -> None:
    judgements = judged(formulas)
    assert [j.verdict.word for j in judgements] == words
    assert all(is_told(j) == (j.verdict.word != "undecided") for j in judgements)


@pytest.mark.parametrize("formulas", OTHERS.values(), ids=OTHERS)
def test_a_letter_that_may_be_another_quantity_is_one(formulas: str) -> None:
    judgements = judged(formulas)
    assert not any(j.statement.letters for j in judgements)
    assert "proven" not in {j.verdict.word for j in judgements}


def test_a_live_document_has_the_same_verdicts() -> None:
    document = read_text(CELL + "\n\n" + CASES["and is not where none has"][0], "cell.md", "markdown")
    assert [j.verdict.word for j in Live().check(document).judgements] == [j.verdict.word for j in checked(document).judgements]
