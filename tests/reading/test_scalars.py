"""Networks of numbers: where the text says so, or gives its weights values, a product is true in any order; else only if it says so."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.verdict import NUMBERS, Conditional
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

STATE = r"$$h_t = \tanh(U x_t + W h_{t-1} + b)$$" + "\n\n"
SLOPE = r"$$\frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2) W \tag{slope}$$" + "\n\n"
INPUT = r"$$\frac{dh_t}{dU} = (1 - h_t^2)(x_t + W \frac{dh_{t-1}}{dU}) \tag{input}$$" + "\n\n"
FALSE = r"$$\frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t) W \tag{false}$$" + "\n\n"


def words(text: str) -> dict[str, str]:
    report = checked(read_text(text, "scalars.md", "markdown"))
    return {j.statement.label: j.verdict.word for j in report.judgements}


@pytest.mark.parametrize(
    "said",
    [
        "For simplicity everything is a scalar here:\n\n",
        "We take one hidden unit:\n\n",
        "## A network with a single neuron\n\n",
        "With the weights $W = 0.8$ and $U = 0.5$ the states are numbers:\n\n",  # it is false with these values too
    ],
)
def test_a_network_that_is_said_to_be_of_numbers_is_one(said: str) -> None:
    found = words(said + STATE + SLOPE + INPUT + FALSE)
    assert [found[label] for label in ("slope", "input", "false")] == ["proven", "proven", "wrong"]


def test_what_is_true_of_numbers_alone_is_so_under_that_hypothesis_where_nothing_needs_a_vector() -> None:
    report = checked(read_text(STATE + SLOPE + FALSE, "scalars.md", "markdown"))
    true, false = (j.verdict for j in report.judgements[-2:])
    assert isinstance(true, Conditional) and true.hypotheses == (NUMBERS,)
    assert false.word == "wrong"


@pytest.mark.parametrize(
    "vectors",
    [
        r"$$p_t = \mathrm{softmax}(V h_t)$$" + "\n\n",
        r"with $h_t \in \mathbb{R}^n$," + "\n\n",
        r"$$\delta_{t-1} = W^\top \mathrm{diag}(1 - h_t^2) \delta_t$$" + "\n\n",
    ],
)
def test_where_something_needs_a_vector_a_diagonal_matrix_is_asked_for(vectors: str) -> None:
    assert words(STATE + vectors + SLOPE)["slope"] == "wrong"
    assert words("The loss is a scalar.\n\n" + STATE + vectors + SLOPE)["slope"] == "wrong"


def test_a_later_section_may_speak_of_numbers_though_the_first_one_has_vectors() -> None:
    loss = r"$$L_t = \frac{1}{2} (o_t - q_t)^2$$" + "\n\n"
    claim = r"$$\frac{\partial L_t}{\partial V} = (o_t - q_t) h_t \tag{%s}$$" + "\n\n"
    first = STATE + r"$$o_t = V h_t, \qquad L_t = \frac{1}{2} (o_t - q_t)^\top (o_t - q_t)$$" + "\n\n" + claim % "vectors"
    found = words(first + "## Example (scalars)\n\n" + loss + claim % "numbers")
    assert (found["vectors"], found["numbers"]) == ("wrong", "proven")


def test_a_value_under_another_heading_begins_no_network() -> None:
    text = "A single hidden unit:\n\n" + STATE + "## Saturation\n\nThe slope is greatest where $h_t = 0$.\n\n" + SLOPE
    assert words(text)["slope"] == "proven"


def test_data_that_are_listed_step_by_step_need_no_vector() -> None:
    listed = "The data are $[x_1, x_2] = [1, 2]$.\n\nWe take one hidden unit:\n\n"
    found = words(listed + STATE + SLOPE + INPUT + FALSE)
    assert [found[label] for label in ("L1", "slope", "input", "false")] == ["assumption", "proven", "proven", "wrong"]
