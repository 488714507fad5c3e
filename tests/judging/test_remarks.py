"""Relations that claim nothing are told as that; numbers are compared by the digits that are shown."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Undecided
from symrnn.reading.document import read_text

NETWORK = r"""$$z_t = W h_{t-1} + U x_t, \qquad h_t = \tanh(z_t)$$

"""


def judged(claim: str) -> Judgement:
    *_, last = checked(read_text(f"{NETWORK}$${claim}$$\n", "remarks.md", "markdown")).judgements
    return last


@pytest.mark.parametrize(
    "claim",
    [
        r"\gamma \lambda < 1",
        r"|\lambda_1| > \frac{1}{\gamma}",
        r"\|W\| < 1",
        r"\|g\| > v",
        r"z_t > 0",
        r"\Delta W \propto \frac{\partial L}{\partial W}",
        r"\frac{\partial h_t}{\partial h_{t-1}} \approx W",
        r"f_t \approx 1",
    ],
)
def test_what_restricts_or_is_nearly_so_claims_nothing(claim: str) -> None:
    assert judged(claim).verdict.word == "assumption"


@pytest.mark.parametrize("claim", [r"\|W U\| \le \|W\|", r"\frac{\partial h_t}{\partial h_{t-1}} \le U", r"\tanh(x) > x"])
def test_what_may_be_false_is_no_remark(claim: str) -> None:
    assert judged(claim).verdict.word == "undecided"


@pytest.mark.parametrize(
    "claim",
    [
        r"0.9^{100} \approx 10^{-5}",
        r"0.9^{100} \approx 2.66 \times 10^{-5}",
        r"3^{10} \approx 59000",
        r"\frac{2}{3} \approx 0.66",
        r"0.5^3 \approx 0.125",
        r"\frac{1}{4} < 1",
        r"-0.5 \cdot 0.2 \approx -0.1",
    ],
)
def test_numbers_are_right_to_the_digits_that_are_shown(claim: str) -> None:
    verdict = judged(claim).verdict
    assert verdict.word == "assumption"
    assert "rightly" in str(verdict)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        (r"0.9^{100} \approx 10^{-4}", "2.66e-5"),
        (r"0.5^{10} \approx 0.002", "0.000977"),
        (r"\frac{1}{2} > 1", "0.5"),
    ],
)
def test_numbers_that_are_not_so_are_told(claim: str, value: str) -> None:
    verdict = judged(claim).verdict
    assert isinstance(verdict, Undecided)
    assert value in str(verdict.reason)
