"""What is read between the lines is as good as written where other equations bear it out."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.reading.document import read_text

CELL = r"""$$h_t = \tanh(A x_t + B h_{t-1}), \qquad o_t = C h_t$$

$$L = \sum_t L_t, \qquad L_t = \frac12 (o_t - y_t)^\top (o_t - y_t)$$

"""
SLOPE = r"$$\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(\tanh'(z_t)) \tag{slope}$$" + "\n\n"
INPUT = r"$$\frac{\partial z_t}{\partial x_t} = A \tag{input}$$" + "\n\n"
CHAIN = (
    r"$$\frac{\partial h_t}{\partial x_t} = \frac{\partial h_t}{\partial z_t} \frac{\partial z_t}{\partial x_t} \tag{chain}$$"
    + "\n\n"
)
FALSE = r"$$\frac{\partial z_t}{\partial h_{t-1}} = 2 B \tag{false}$$" + "\n\n"
OPEN = r"""$$z_t = U h_{t-1} + W x_t, \qquad L = \sum_t L_t$$

"""
STEP = (
    r"$$\frac{\partial L_t}{\partial h_k} = \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} \tag{step}$$"
    + "\n\n"
)
PRODUCT = r"$$\frac{\partial h_t}{\partial h_k} = \prod_{j=%s}^{t} \frac{\partial h_j}{\partial h_{j-1}} \tag{%s}$$" + "\n\n"


def words(text: str) -> dict[str, str]:
    return {j.statement.label: j.verdict.word for j in checked(read_text(text, "guess.md", "markdown")).judgements}


@pytest.mark.parametrize(
    ("true", "word"),
    [
        ((SLOPE, INPUT), "wrong"),
        ((SLOPE,), "undecided"),
        ((CHAIN, SLOPE), "undecided"),
        ((SLOPE, SLOPE.replace("{slope}", "{again}")), "undecided"),
    ],
)
def test_a_letter_is_what_two_different_equations_say_and_a_chain_of_derivatives_says_nothing(
    true: tuple[str, ...], word: str
) -> None:
    found = words(CELL + "".join(true) + FALSE)
    assert {found.pop("false"), *found.values()} == {word, "definition", "proven"}


@pytest.mark.parametrize(("more", "word"), [(STEP, "wrong"), ("", "undecided")])
def test_a_state_that_no_equation_gives_is_what_two_chains_over_its_steps_say(more: str, word: str) -> None:
    found = words(OPEN + PRODUCT % ("k+1", "true") + more + PRODUCT % ("k", "false"))
    assert (found["true"], found["false"]) == ("proven", word)
