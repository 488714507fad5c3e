"""Two vectors side by side may be elementwise: in an elementwise product, and where the first is a product with a row."""

from __future__ import annotations

import pytest
from checked import checked

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
    report = checked(read_text(NOTES.replace("{slope}", slope), "notes.md", "markdown"))
    assert [j.verdict.word for j in report.judgements][-2:] == ["definition", due]


GATED = r"""
$$ e_t = \sigma(W_e h_{t-1} + U_e x_t), \quad c_t = \tanh(W c_{t-1} + U x_t), \quad h_t = e_t \odot c_t, \quad o_t = V h_t $$
$$ g_t = \frac{\partial L_t}{\partial o_t} $$
$$ \frac{\partial L_t}{\partial c_t} = {claim} $$
"""


@pytest.mark.parametrize(
    ("claim", "due"), [("g_t V e_t", "proven"), ("g_t V c_t", "wrong"), ("(V^T g_t)^T e_t", "wrong"), ("g_t^T V e_t", "wrong")]
)
def test_what_is_only_read_as_a_row_may_scale_the_entries_of_the_next_vector(claim: str, due: str) -> None:
    report = checked(read_text(GATED.replace("{claim}", claim), "notes.md", "markdown"))
    assert report.judgements[-1].verdict.word == due
