"""Declared shapes, batches, losses and outputs in the forms that people write: every verdict as pencil and paper give it."""

from __future__ import annotations

from functools import cache

import pytest
from checked import checked
from places import DOCUMENTS

from symrnn.judging.judgement import Report
from symrnn.judging.verdict import Assumption, Proven, Undecided, Verdict
from symrnn.language import questions
from symrnn.reading.document import read_document, read_text

pytestmark = pytest.mark.usefixtures("words_alone")


@cache
def report(name: str) -> Report:
    return checked(read_document(DOCUMENTS / name))


def verdict(name: str, label: str) -> Verdict:
    return next(j.verdict for j in report(name).judgements if j.statement.label == label)


def words(text: str) -> list[str]:
    return [j.verdict.word for j in checked(read_text(text, "text", "markdown")).judgements]


EXPECTED = {
    "batch_of_rows.md": {
        "1": "conditional", "2": "wrong", "3": "proven", "4": "wrong", "5": "proven", "6": "wrong", "7": "proven", "8": "wrong",
        "9": "proven", "10": "wrong",
    },
    "batch_by_subscripts.tex": {"L4": "definition", "L5": "conditional", "L6": "wrong", "L7": "proven", "L8": "conditional"},
    "batch_jacobians.md": {
        "p1": "proven", "open": "undecided", "p5": "proven", "p6": "proven", "p7": "proven", "w10": "wrong", "w11": "wrong",
    },
    "examples_added.md": {
        "p1": "proven", "p2": "proven", "u3": "undecided", "u4": "undecided", "u5": "undecided", "u6": "undecided",
        "u7": "undecided", "u8": "undecided", "u9": "undecided", "w10": "wrong",
    },
    "declared_spaces.md": {"1": "definition", "2": "proven", "3": "wrong", "4": "proven"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "label", "word"), [(n, label, word) for n, rows in EXPECTED.items() for label, word in rows.items()]
)
def test_verdict(name: str, label: str, word: str) -> None:
    assert verdict(name, label).word == word


DUE = {"p": ("proven",), "c": ("conditional",), "w": ("wrong", "slip")}


@pytest.mark.parametrize("name", sorted(p.name for p in (DOCUMENTS / "losses").iterdir()))
def test_each_claim_about_a_loss_is_what_the_first_letter_of_its_label_says(name: str) -> None:
    judgements = report(f"losses/{name}").judgements
    tagged = {j.statement.label: j.verdict.word for j in judgements if j.statement.label[0] in DUE}
    assert tagged and {label: word for label, word in tagged.items() if word not in DUE[label[0]]} == {}
    introduced = {j.verdict.word for j in judgements if j.statement.label not in tagged}
    assert introduced <= {"definition", "assumption"}


def test_a_declared_batch_has_an_axis_of_examples() -> None:
    shapes = {q.text: q.shape for q in report("batch_of_rows.md").network.quantities.values()}
    assert shapes["H"] == ("examples", "hidden") and shapes["b"] == ("hidden",) and shapes["Y"] == ("examples", "classes")


def test_a_space_that_the_equations_contradict_is_a_finding_at_its_place() -> None:
    declared = {j.statement.latex: j.verdict for j in report("declared_spaces.md").judgements if r"\in" in j.statement.latex}
    assert [latex for latex, found in declared.items() if isinstance(found, Undecided)] == [r"U \in \mathbb{R}^{m \times n}"]
    against = declared[r"U \in \mathbb{R}^{m \times n}"]
    assert isinstance(against, Undecided) and "contradicts the definition of h" in str(against.reason)


def test_a_space_is_no_reason_to_lose_a_row_where_an_equation_has_no_meaning_anyway() -> None:
    text = r"""
$X \in \mathbb{R}^{n \times d}$, $W \in \mathbb{R}^{d \times h}$, $b \in \mathbb{R}^{1 \times h}$

$$ h_t = \tanh(W h_{t-1} + U x_t), \qquad H = \phi(X W + b, b), \qquad O = H W_q + b_q $$"""
    assert len(words(text)) == 6


def test_a_loss_stays_one_where_an_error_is_defined_as_its_derivative() -> None:
    text = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t, \quad E = \frac{1}{2} \sum_{t=1}^{T} (o_t - y_t)^2,
   \quad g_t = \frac{\partial E}{\partial o_t} $$

$$ \frac{\partial E}{\partial V} = \sum_{t=1}^{T} g_t h_t^\top $$

$$ g_t = y_t - o_t $$"""
    assert words(text) == ["definition"] * 4 + ["proven", "wrong"]


def test_a_space_holds_for_each_letter_of_a_list() -> None:
    assert [j.statement.latex for j in report("declared_spaces.md").judgements[:2]] == [
        r"h_t \in \mathbb{R}^n",
        r"g_t \in \mathbb{R}^n",
    ]
    assert all(isinstance(j.verdict, Assumption) for j in report("declared_spaces.md").judgements[:2])


def test_a_letter_that_names_a_gate_in_one_subscript_is_no_index_in_another() -> None:
    gate = r"$$ I_t = \sigma(X_t W_{\text{xi}} + H_{t-1} W_{\text{hi}} + b_\text{i}), \quad H_t = \tanh(I_t \odot H_{t-1}) $$"
    assert words(gate) == ["definition", "definition"]


def test_a_claim_may_be_true_up_to_the_number_that_the_loss_ends_at() -> None:
    text = (
        r"$$h_t = \tanh(U x_t + W h_{t-1}), \quad y_t = V h_t, \quad L_t = \tfrac12 \|y_t - y_t^*\|^2, \quad L = \sum_{t=1}^{3} L_t$$"
        + "\n\n"
        + r"$$\frac{\partial L}{\partial y_t} = y_t - y_t^* \tag{true}$$ $$\frac{\partial L}{\partial y_t} = y_t^* - y_t \tag{false}$$"
    )
    found = {j.statement.label: j.verdict for j in checked(read_text(text, "three.md", "markdown")).judgements}
    assert (found["true"].word, found["false"].word) == ("proven", "wrong")
    assert (questions.LAST_STEP, "where L ends") in found["true"].answers


@pytest.mark.parametrize("last", [2, 4, 5, 7])
def test_a_loss_that_ends_at_any_number_has_the_last_step_there(last: int) -> None:
    text = (
        r"$$s_t = \tanh(A x_t + B s_{t-1}), \quad p_t = C s_t, \quad J_t = \frac12 \|p_t - q_t\|^2, \quad J = \sum_{t=1}^{LAST} J_t$$"
        r"$$\frac{\partial J}{\partial s_t} = C^T (p_t - q_t) + B^T \mathrm{diag}(1 - s_{t+1}^2) \frac{\partial J}{\partial s_{t+1}}$$"
        r"$$\frac{\partial J}{\partial s_t} = C^T (p_t - q_t) + \mathrm{diag}(1 - s_{t+1}^2) \frac{\partial J}{\partial s_{t+1}}$$"
        r"$$\frac{\partial J}{\partial C} = \sum_{t=1}^{LAST} (p_t - q_t) s_t^T$$"
        r"$$\frac{\partial J}{\partial s_{LAST}} = C^T (p_{LAST} - q_{LAST})$$"
    )
    assert words(text.replace("LAST", str(last)))[4:] == ["proven", "wrong", "proven", "proven"]


@pytest.mark.parametrize("last", ["2", "T-1", "T"])
def test_a_loss_between_numbers_says_where_the_steps_begin_and_claims_how_the_last_one_is_called(last: str) -> None:
    text = (
        r"$$s_t = \tanh(A x_t + B s_{t-1}), \quad p_t = C s_t, \quad J_t = \frac12 \|p_t - q_t\|^2, \quad J = \sum_{t=0}^2 J_t$$"
        r"$$\frac{\partial J}{\partial C} = \sum_{t=0}^{LAST} (p_t - q_t) s_t^T$$"
        r"$$\frac{\partial J}{\partial C} = \sum_{t=0}^{LAST} (p_t - q_t) s_{t-1}^T$$"
        r"$$\frac{\partial J}{\partial B} = \sum_{t=0}^{LAST} \mathrm{diag}(1 - s_t^2) \frac{\partial J}{\partial s_t} s_{t-1}^T$$"
    )
    assert words(text.replace("LAST", last))[4:] == ["proven", "wrong", "proven"]


def test_a_letter_that_counts_classes_is_named_where_it_stands_as_a_vector() -> None:
    """p_T − c_T needs that c_T is one-hot; diag(1 − h²) W says nothing of classes."""
    text = (
        r"$$h_t = \tanh(W h_{t-1} + U x_t), \quad p_t = \mathrm{softmax}(V h_t), \quad L = -\sum_{t=1}^{T} \log p_{t, c_t}$$"
        + "\n\n"
        + r"$$\frac{\partial L}{\partial h_T} = V^\top (p_T - c_T) \tag{with}$$"
        + r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W \tag{without}$$"
    )
    found = {j.statement.label: j.verdict for j in checked(read_text(text, "classes.md", "markdown")).judgements}
    said = questions.AS_A_NUMBER.about("c"), questions.RIGHT_CLASS
    assert isinstance(found["with"], Proven) and said in found["with"].answers
    assert isinstance(found["without"], Proven) and said not in found["without"].answers


CELL = r"$$ s_t = \tanh(A x_t + B s_{t-1}), \quad q_t = C s_t, \quad L_t = \frac12 \|q_t - r_t\|^2 $$"
IN_SCRIPT = CELL + r"$$ \mathcal{L} = \sum_{t=1}^{T} L_t $$"


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"\frac{\partial \mathcal{L}}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial q_t} s_t^\top", "proven"),
        (r"\frac{\partial \mathcal{L}}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial q_t} s_{t-1}^\top", "wrong"),
        (r"\frac{\partial L_t}{\partial s_t} = C^\top (q_t - r_t)", "proven"),
        (r"\frac{\partial \mathcal{L}}{\partial s_t} = C^\top (q_t - r_t)", "wrong"),
    ],
)
def test_a_loss_in_script_and_those_of_the_steps_that_it_adds_up_are_two(claim: str, word: str) -> None:
    assert words(f"{IN_SCRIPT}\n\n$$ {claim} $$")[-1] == word


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (
            r"\frac{\partial L}{\partial s_{T-1}} = \frac{\partial L_{T-1}}{\partial s_{T-1}}"
            r" + \frac{\partial L_T}{\partial s_T} \frac{\partial s_T}{\partial s_{T-1}}",
            "proven",
        ),
        (
            r"\frac{\partial L}{\partial s_{T-1}} = \frac{\partial L_{T-1}}{\partial s_{T-1}} + \frac{\partial L_T}{\partial s_T}",
            "wrong",
        ),
        (r"\frac{\partial L}{\partial q_{T-1}} = q_{T-1} - r_{T-1}", "proven"),
    ],
)
def test_what_stands_before_the_last_step_stands_at_a_step(claim: str, word: str) -> None:
    """Of one step alone there is no loss before the last one."""
    judgement = checked(read_text(f"{CELL} $$ L = \\sum_{{t=1}}^T L_t $$\n\n$$ {claim} $$", "text", "markdown")).judgements[-1]
    assert judgement.verdict.word == word
    if isinstance(judgement.verdict, Proven):
        assert (questions.RANGE, "T ≥ 2") in judgement.verdict.answers


def test_a_loss_of_another_section_renames_no_output() -> None:
    """The s of the second loss is no q; a hat is missing where the loss has the letter with one."""
    other = r"$$ q_t = \sigma(C h_t) $$ $$ J = -\sum_t r_t \log s_t $$"
    assert words(other)[0] == "definition"
    missing = r"$$ q_t = \mathrm{softmax}(C h_t) $$ $$ J = -\sum_t r_t^\top \log \hat q_t $$"
    assert words(missing)[0] == "slip"
    exchanged = r"$$ q_t = \mathrm{softmax}(C h_t) $$ $$ J = -\sum_t q_t^\top \log p_t $$"
    assert words(exchanged)[0] == "slip"


BIAS = r"""$$g_t = \tanh(P h_{t-1} + Q x_t), \qquad c_t = f_t \odot c_{t-1} + g_t, \qquad h_t = \tanh(c_t)$$

$$f_t = \sigma(A h_{t-1} + B x_t), \qquad o_t = V h_t + %s, \qquad p_t = \mathrm{softmax}(o_t)$$

$$L = -\sum_t y_t^\top \log p_t$$

$$\frac{\partial L}{\partial V} = \sum_t (p_t - y_t) h_t^\top \tag{1}$$

$$\frac{\partial L}{\partial V} = \sum_t (p_t - y_t) c_t^\top \tag{2}$$
"""


@pytest.mark.parametrize("letter", ["c", "d"])
def test_a_bias_may_have_the_letter_of_a_state(letter: str) -> None:
    r"""``V h_t + c`` adds no c_t: else the classes would be the units of the cell, and every gradient by V wrong."""
    found = {j.statement.label: j.verdict.word for j in checked(read_text(BIAS % letter, "bias.md", "markdown")).judgements}
    assert (found["1"], found["2"]) == ("conditional", "wrong")
