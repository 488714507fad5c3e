"""A claim never becomes a definition after its letters are in use: what is supposed of them changes no network."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = r"""$$h_t = \tanh(U x_t + W h_{t-1}), \qquad z_t = V h_t, \qquad p_t = \mathrm{softmax}(z_t), \qquad L_t = -y_t^\top \log p_t$$

"""


def judged(text: str) -> list[Judgement]:
    return list(checked(read_text(NETWORK + text, "restrictions.md", "markdown")).judgements)[4:]


@pytest.mark.parametrize(
    ("restriction", "claim"),
    [
        ("h_2 = 0", r"\frac{\partial h_2}{\partial h_1} = 0"),
        ("W = I", r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2)"),
        ("U = 0", r"h_t = \tanh(W h_{t-1})"),
        ("V_{ij} = V_{ji}", r"\frac{\partial z_{t,i}}{\partial h_{t,j}} = V_{ji}"),
        ("L_0 = 0", r"\frac{\partial L_0}{\partial h_0} = 0"),
        ("x_t = x_{t-1}", r"U x_t = U x_{t-1}"),
    ],
)
def test_what_is_supposed_of_a_letter_in_use_proves_nothing(restriction: str, claim: str) -> None:
    supposed, claimed = judged(f"For example $${restriction}$$\n\n$${claim}$$\n")
    assert supposed.verdict.word != "definition"
    assert claimed.verdict.word not in ("proven", "conditional", "definition")


def test_a_condition_of_an_example_is_an_assumption_and_what_may_be_meant_under_it_is_not_called_wrong() -> None:
    text = r"""$$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$

If the gate is open, $f_t = 1$ and $i_t = 0$, nothing changes:

$$c_t = c_{t-1}$$

## Later

$$c_t = c_{t-1} + i_t$$
"""
    words = [j.verdict.word for j in checked(read_text(text, "example.md", "markdown")).judgements]
    assert words == ["definition", "assumption", "assumption", "undecided", "definition"]


def test_a_value_of_a_computed_quantity_is_a_claim_unless_it_is_supposed() -> None:
    assert [j.verdict.word for j in judged("Therefore $$h_t = 0$$\n")] == ["wrong"]
    assert [j.verdict.word for j in judged("Suppose that $$h_t = 0$$\n")] == ["assumption"]


def test_a_zero_start_is_a_hypothesis() -> None:
    assert [j.verdict.word for j in judged("$$h_0 = 0$$\n")] == ["assumption"]


def test_numbers_of_an_example_are_assumptions_and_what_is_computed_with_them_is_not_called_wrong() -> None:
    text = r"""$$W = 0.5, \quad U = 1, \quad x_1 = 1, \quad h_0 = 0$$

$$h_1 = 0.7616$$

$$\frac{\partial h_2}{\partial h_1} = (1 - 0.7064^2) \times 0.5$$
"""
    words = [j.verdict.word for j in judged(text)]
    assert words[:3] == ["assumption"] * 3
    assert not set(words[4:]) & {"wrong", "slip", "proven", "conditional"}


def test_what_an_assumption_says_of_a_derivative_is_no_claim() -> None:
    text = "Assume $\\frac{\\partial L_t}{\\partial z_t} = 1$.\n\n$$\\frac{\\partial L_t}{\\partial h_t} = V^\\top$$\n"
    assert [j.verdict.word for j in judged(text)] == ["assumption", "undecided"]


def test_a_claim_about_a_function_that_nothing_defines_is_not_called_wrong() -> None:
    text = "If $h_3 = f(h_2)$ then\n\n$$h_t = f(W h_{t-1})$$\n\nand\n\n$$h_t = f(W h_{t-1} + U x_t)$$\n"
    # The second is true of the activation of the network, which f is then read as.
    assert [j.verdict.word for j in judged(text)] == ["assumption", "undecided", "proven"]


DECOMPOSED = "Let $W = Q \\Lambda Q^{-1}$ be the eigendecomposition.\n\n"


def test_a_decomposition_of_a_matrix_in_use_defines_nothing() -> None:
    text = "$$\\frac{\\partial h_t}{\\partial h_{t-1}} = %s$$\n\n" + DECOMPOSED
    right, false = r"\mathrm{diag}(1 - h_t^2) W", r"W \mathrm{diag}(1 - h_t^2)"
    assert [j.verdict.word for j in judged(text % right)] == ["proven", "assumption"]
    assert [j.verdict.word for j in judged(text % false)] == ["wrong", "assumption"]


def test_a_product_that_says_what_a_matrix_is_defines_it() -> None:
    text = r"""$$h_t = \tanh(U x_t + W h_{t-1})$$

where $W = A B$, and

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) A B$$
"""
    found = checked(read_text(text, "product.md", "markdown")).judgements
    assert [j.verdict.word for j in found] == ["definition", "definition", "proven"]


def test_a_matrix_in_use_of_which_parts_are_differentiated_is_made_of_them() -> None:
    text = r"""$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$

$$W = A B$$

$$\frac{\partial L_t}{\partial A} = \frac{\partial L_t}{\partial W} B^\top$$
"""
    assert [j.verdict.word for j in judged(text)] == ["proven", "definition", "proven"]


def test_a_number_of_something_is_a_size_of_an_example_and_no_quantity() -> None:
    text = r"""$$h_t = \tanh(U x_t + W h_{t-1}), \qquad o_t = V h_t$$

With $x_t \in \mathbb{R}^D$, take $D = 3$, $N = 1$ and $K_{in} = 20$.

$$\frac{\partial L}{\partial h_T} = V^\top \frac{\partial L}{\partial o_T}$$
"""
    found = [j.verdict.word for j in checked(read_text(text, "sizes.md", "markdown")).judgements]
    assert found == ["definition", "definition", *["assumption"] * 4, "proven"]


def test_weights_that_are_one_number_are_an_example() -> None:
    text = "$$s_k = s_{k-1} w_s + x_k w_x$$\n\nThe sum is right where $w_s = w_x = 1$.\n\n"
    claim = r"$$\frac{\partial s_k}{\partial s_{k-1}} = w_s$$" + "\n\n" + r"$$\frac{\partial s_k}{\partial s_{k-1}} = w_x$$"
    words = [j.verdict.word for j in checked(read_text(text + claim, "numbers.md", "markdown")).judgements]
    assert words == ["definition", "assumption", "assumption", "proven", "undecided"]
