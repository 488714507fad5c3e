"""Rows that say something in words, or list things: told as that, and none of them costs another."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = r"""$$h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t$$
$$L = \frac12 \sum_{t=1}^{T} (o_t - y_t)^T (o_t - y_t)$$

"""


def judged(text: str) -> tuple[Judgement, ...]:
    """What is said of what stands behind a network."""
    return checked(read_text(f"{NETWORK}{text}\n", "words.md", "markdown")).judgements[3:]


@pytest.mark.parametrize(
    "text",
    [
        "Every factor is $< 1$.",
        r"The rest is $\approx 0$ for long sequences.",
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = f_t + \text{further terms}$$",
        r"$$X = (x_1, x_2, \dots, x_T)$$",
    ],
)
def test_what_is_said_in_words_or_lists_claims_nothing(text: str) -> None:
    assert [j.verdict.word for j in judged(text)] == ["assumption"]


def test_words_cost_no_other_row() -> None:
    text = r"$$\frac{\partial h_t}{\partial h_{t-1}} = f_t + \text{more terms}$$ $$\frac{\partial L}{\partial o_t} = o_t - y_t$$"
    assert [j.verdict.word for j in judged(text)] == ["assumption", "proven"]


@pytest.mark.parametrize(("sign", "word"), [("-", "proven"), ("+", "wrong")])
def test_a_gradient_that_is_only_named_is_by_what_is_updated(sign: str, word: str) -> None:
    assert [j.verdict.word for j in judged(rf"$$W \leftarrow W {sign} \eta \nabla L$$")] == [word]


def test_a_sum_over_named_gates_is_written_out() -> None:
    network = r"""$$a_t = \sigma(A h_{t-1}), \quad b_t = \tanh(B h_{t-1}), \quad h_t = a_t \odot b_t$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \sum_{g \in \{a, b\}} \frac{\partial h_t}{\partial g_t} \frac{\partial g_t}{\partial h_{t-1}}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \sum_{g \in \{a, a\}} \frac{\partial h_t}{\partial g_t} \frac{\partial g_t}{\partial h_{t-1}}$$
"""
    *_, both, one = checked(read_text(network, "gates.md", "markdown")).judgements
    assert (both.verdict.word, one.verdict.word) == ("proven", "wrong")
