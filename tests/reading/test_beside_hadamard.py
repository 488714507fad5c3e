"""Two vectors side by side in an elementwise product are elementwise as well."""

from __future__ import annotations

import pytest

from symrnn.judging.check import check
from symrnn.judging.judgement import Options
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NOTES = r"""
$$ r_t = \sigma(W_r x_t + U_r h_{t-1}), \quad h_t = \tanh(W x_t + U (r_t \odot h_{t-1})), \quad L = \sum_{t=1}^T \frac12 \|h_t - y_t\|^2 $$
$$ \delta_t = \frac{\partial L}{\partial h_t} \odot (1 - h_t^2) $$
$$ \epsilon_t = (U^T \delta_t) \odot h_{t-1} \odot {slope} $$
$$ \frac{\partial L}{\partial W_r} = \sum_{t=1}^T \epsilon_t x_t^T $$
"""


@pytest.mark.parametrize(
    ("slope", "due"),
    [("r_t (1 - r_t)", "proven"), (r"r_t \odot (1 - r_t)", "proven"), ("r_t (1 + r_t)", "wrong"), ("r_t r_t", "wrong")],
)
def test_a_slope_beside_a_hadamard_product(slope: str, due: str) -> None:
    report = check(read_text(NOTES.replace("{slope}", slope), "notes.md", "markdown"), Options(every_length=False))
    assert [j.verdict.word for j in report.judgements][-2:] == ["definition", due]
