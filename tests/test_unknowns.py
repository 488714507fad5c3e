"""A loss that is only named is any differentiable function of the outputs: what holds for all of them is proven, the rest is open."""

from __future__ import annotations

import pytest

from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Proven, Undecided
from symrnn.reading.document import read_text

NETWORK = r"$$h_t = \tanh(A x_t + B h_{t-1}), \qquad o_t = C h_t$$" + "\n\n"
STATED = r"$$L = \sum_{t=1}^T L_t$$" + "\n\n"


def last(text: str, claim: str) -> Judgement:
    return check(read_text(f"{text}$$ {claim} $$\n", "unknown.md", "markdown")).judgements[-1]


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (STATED, r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^\top", "proven"),
        (STATED, r"\frac{\partial L}{\partial B} = \sum_{t=1}^T \frac{\partial L_t}{\partial B}", "proven"),
        (STATED, r"\frac{\partial L}{\partial C} = 0", "wrong"),
        (STATED, r"\frac{\partial L}{\partial h_t} = C^\top \frac{\partial L}{\partial o_t}", "wrong"),
        (STATED, r"\frac{\partial L}{\partial o_t} = o_t - y_t", "undecided"),
        ("", r"\frac{\partial E_t}{\partial C} = \frac{\partial E_t}{\partial o_t} \frac{\partial o_t}{\partial C}", "proven"),
        ("", r"\frac{\partial E_t}{\partial C} = \frac{\partial E_t}{\partial o_t} o_t^\top", "wrong"),
        ("", r"\frac{\partial L}{\partial C} = \sum_t \frac{\partial L}{\partial o_t} h_t^\top", "proven"),
        # True where the loss is that of the last step alone, false where it is a sum.
        (
            "",
            r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}",
            "undecided",
        ),
        ("", r"\frac{\partial L}{\partial D} = 0", "undecided"),
    ],
)
def test_a_loss_that_is_only_named(text: str, claim: str, word: str) -> None:
    assert last(NETWORK + text, claim).verdict.word == word


def test_a_verdict_that_rests_on_an_open_loss_names_it() -> None:
    verdict = last(
        NETWORK + STATED, r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^\top"
    ).verdict
    assert isinstance(verdict, Proven)
    assert dict(verdict.answers)["the loss L"] == "any differentiable function of the outputs of its step"


def test_what_would_settle_it_is_said() -> None:
    claim = r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}"
    verdict = last(NETWORK, claim).verdict
    assert isinstance(verdict, Undecided) and "write it out" in verdict.reason
