"""What stands beside an equation, or breaks it, costs no definition and changes none."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

GATES = [
    r"$$ f_t = \sigma(W x_t + U h_{t-1}) \in (0, 1)^{n} $$",
    r"$$ f_t = \sigma(W x_t + U h_{t-1}) \in \{0, 1\}^{1 \times n} $$",
    r"$$ f_t = \sigma(W x_t + U h_{t-1}) \hspace{1cm} (2) $$",
    r"$$ f_t = \sigma(W x_t + U h_{t-1}) \dots (2.1) $$",
    r"$$ f_t = \sigma(W x_t + U h_{t-1}) ~~~ (2a) $$",
    r"$$ \begin{aligned} f_t &= \sigma(W x_t + U h_{t-1}) && (2) \end{aligned} $$",
    r"$$ f_t = \sigma \left( W x_t + \\ U h_{t-1} \right) $$",
    r"$$ f_t = \sigma \left( W x_t + \right. \\ \left. U h_{t-1} \right) $$",
    r"$$ \begin{align} f_t &= \sigma ( W x_t \\ &+ U h_{t-1} ) \end{align} $$",
]
CLAIMS = r"""
$$ h_t = f_t \odot \tanh(V x_t + B h_{t-1}) $$
$$ \frac{\partial f_t}{\partial x_t} = \mathrm{diag}(f_t \odot (1 - f_t)) W $$
$$ \frac{\partial f_t}{\partial x_t} = 2 \, \mathrm{diag}(f_t \odot (1 - f_t)) W $$
"""


def judged(text: str) -> list[Judgement]:
    return list(checked(read_text(text, "notes.md", "markdown")).judgements)


def verdicts(text: str) -> list[str]:
    return [j.verdict.word for j in judged(text)]


@pytest.mark.parametrize("gate", GATES)
def test_a_definition_is_read_whatever_stands_beside_it(gate: str) -> None:
    first, *rest = verdicts(gate + "\n" + CLAIMS)
    assert first == "definition"
    assert rest[-3:] == ["definition", "proven", "wrong"]


def test_a_number_written_by_hand_is_a_label() -> None:
    assert judged(GATES[5])[0].statement.label == "2"


STATE = "$$ h_t = \\tanh(W h_{t-1} + U x_t), \\qquad o_t = V h_t, \\qquad L = \\sum_t L_t(o_t) $$\n\n"


@pytest.mark.parametrize(
    ("text", "due"),
    [
        (
            r"$$ \frac{\partial L}{\partial V} = \sum_t \text{prod}(\frac{\partial L}{\partial o_t}, \frac{\partial o_t}{\partial V}) $$",
            "proven",
        ),
        (
            r"$$ \frac{\partial L}{\partial h_t} = \text{prod}(\frac{\partial L}{\partial o_t}, \frac{\partial o_t}{\partial h_t}) $$",
            "wrong",
        ),
        (r"$$ h_t^{\top} V^\top = {o_t}^{\top} $$", "proven"),
    ],
)
def test_a_word_for_a_product(text: str, due: str) -> None:
    assert verdicts(STATE + text)[-1] == due


def test_a_transpose_above_a_step_turns_the_state() -> None:
    text = r"$$ h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)}) $$ $$ \frac{\partial (v^\top h^{(t)})}{\partial v} = h^{(t)} $$"
    turned = r"$$ h^{(t)^\top} h^{(t)} = h^{(t)} \cdot h^{(t)} $$"
    assert verdicts(text + turned)[-1] == "proven"


def test_a_column_of_a_matrix_is_the_matrix_times_what_chooses_it() -> None:
    text = r"$$ x_t = E_{:,w_t}, \qquad h_t = \tanh(W h_{t-1} + U x_t) $$"
    assert verdicts(text + r"$$ \frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U $$") == ["definition"] * 2 + [
        "proven"
    ]


def test_an_index_in_square_brackets_behind_a_name() -> None:
    text = r"$$ f_t = \sigma(W_f x_t + U_f h_{t-1}), \qquad h_t = f_t \odot \tanh(V x_t) $$"
    entry = r"$$ \frac{\partial f_{t[i]}}{\partial x_{t[j]}} = f_{t[i]} (1 - f_{t[i]}) W_{f[i,j]} $$"
    assert verdicts(text + entry)[-1] == "proven"


def test_a_function_in_plain_letters_is_none_of_their_products() -> None:
    text = r"$$ h_t = \tanh(W h_{t-1} + U x_t), \qquad p_t = \mathrm{softmax}(V h_t), \qquad L_t = -y_t^\top log p_t $$"
    assert verdicts(text + r"$$ \frac{\partial L_t}{\partial V} = (p_t - y_t) h_t^\top $$")[-1] == "conditional"


def test_e_above_a_quantity_is_no_letter_of_the_document() -> None:
    text = r"$$ e_t = \tanh(W e_{t-1} + U x_t), \qquad p_{t,i} = \frac{e^{e_{t,i}}}{\sum_k e^{e_{t,k}}} $$"
    assert verdicts(text + r"$$ \frac{\partial p_{t,i}}{\partial e_{t,i}} = p_{t,i} (1 - p_{t,i}) $$") == ["definition"] * 2 + [
        "proven"
    ]
