"""Bounds on norms: what an equation of their insides gives is proven, the rest stays open, and nothing is called wrong."""

from __future__ import annotations

import pytest

from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement
from symrnn.reading.document import read_text

NETWORK = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$

"""
STEP = r"\left\|\frac{\partial h_t}{\partial h_{t-1}}\right\|"
STEPS = r"\left\|\frac{\partial h_t}{\partial h_k}\right\|"


def judged(claim: str) -> Judgement:
    *_, last = check(read_text(f"{NETWORK}$${claim}$$\n", "bounds.md", "markdown")).judgements
    return last


@pytest.mark.parametrize(
    "claim",
    [
        STEP + r" \le \|\mathrm{diag}(1 - h_t^2)\| \, \|W\|",
        STEP + r" \le \|W\| \cdot \|\mathrm{diag}(1 - h_t^2)\|",
        r"\|W\| \|\mathrm{diag}(1 - h_t^2)\| \ge " + STEP,
        STEPS + r" \le \prod_{j=k+1}^{t} \left\|\frac{\partial h_j}{\partial h_{j-1}}\right\|",
        r"\|W h_{t-1} + U x_t\| \le \|W\| \|h_{t-1}\| + \|U x_t\|",
    ],
)
def test_a_bound_holds_whose_insides_are_equal(claim: str) -> None:
    verdict = judged(claim).verdict
    assert verdict.word == "proven"
    assert "‖A B‖ ≤ ‖A‖ ‖B‖" in str(verdict.answers)


def test_a_factor_may_be_transposed_where_its_norm_is_that_of_the_transpose() -> None:
    verdict = judged(r"\|W W h_{t-1}\| \le \|W\| \|W^T\| \|h_{t-1}\|").verdict
    assert verdict.word == "proven"
    assert "the norm of a transpose" in str(verdict.answers)


@pytest.mark.parametrize(
    "claim",
    [
        STEP + r" \le \|W\|",
        STEP + r" \ge \|\mathrm{diag}(1 - h_t^2)\| \|W\|",
        STEP + r" \le \|U\| \|\mathrm{diag}(1 - h_t^2)\|",
        STEP + r" \le \|\mathrm{diag}(1 - h_t^2)\| - \|-W\|",
        STEPS + r" \le \left\|\frac{\partial h_t}{\partial h_{t-1}}\right\|",
        STEP + r" \le \gamma",
    ],
)
def test_other_bounds_stay_open(claim: str) -> None:
    assert judged(claim).verdict.word == "undecided"
