"""A loss that is only named is any differentiable function of the outputs: what holds for all of them is proven, the rest is open."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Proven, Undecided
from symrnn.language import questions
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = r"$$h_t = \tanh(A x_t + B h_{t-1}), \qquad o_t = C h_t$$" + "\n\n"
STATED = r"$$L = \sum_{t=1}^T L_t$$" + "\n\n"


def last(text: str, claim: str) -> Judgement:
    return checked(read_text(f"{text}$$ {claim} $$\n", "unknown.md", "markdown")).judgements[-1]


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (STATED, r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^\top", "proven"),
        (STATED, r"\frac{\partial L}{\partial B} = \sum_{t=1}^T \frac{\partial L_t}{\partial B}", "proven"),
        (STATED, r"\frac{\partial L}{\partial C} = 0", "wrong"),
        (STATED, r"\frac{\partial L}{\partial h_t} = C^\top \frac{\partial L}{\partial o_t}", "wrong"),
        (STATED, r"\frac{\partial L}{\partial o_t} = o_t - y_t", "conditional"),
        ("", r"\frac{\partial E_t}{\partial C} = \frac{\partial E_t}{\partial o_t} \frac{\partial o_t}{\partial C}", "proven"),
        ("", r"\frac{\partial E_t}{\partial C} = \frac{\partial E_t}{\partial o_t} o_t^\top", "wrong"),
        ("", r"\frac{\partial L}{\partial C} = \sum_t \frac{\partial L}{\partial o_t} h_t^\top", "proven"),
        # True where the loss is that of the last step alone, false where it is a sum.
        (
            "",
            r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}",
            "conditional",
        ),
        ("", r"\frac{\partial L}{\partial D} = 0", "undecided"),
    ],
)
def test_a_loss_that_is_only_named(text: str, claim: str, word: str) -> None:
    assert last(NETWORK + text, claim).verdict.word == word


CALLED = r"$$J = \frac1T \sum_{t=1}^T \ell(o_t, y_t)$$" + "\n\n"
SAME = r"$$L = \sum_{t=1}^T L_t = \sum_{t=1}^T \mathrm{Loss}(o_t, y_t)$$" + "\n\n"


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (CALLED, r"\frac{\partial J}{\partial C} = \frac1T \sum_{t=1}^T \frac{\partial \ell}{\partial o_t} h_t^\top", "proven"),
        (CALLED, r"\frac{\partial J}{\partial C} = \frac1T \sum_{t=1}^T \frac{\partial \ell_t}{\partial o_t} h_t^\top", "proven"),
        (
            CALLED,
            r"\frac{\partial J}{\partial C} = \frac1T \sum_{t=1}^T \frac{\partial \ell(o_t, y_t)}{\partial o_t} h_t^\top",
            "proven",
        ),
        (CALLED, r"\frac{\partial J}{\partial C} = \frac1T \sum_{t=1}^T \frac{\partial \ell}{\partial o} h^\top", "proven"),
        (CALLED, r"\frac{\partial J}{\partial C} = \frac1T \sum_{t=1}^T \frac{\partial \ell}{\partial o_t} h_{t-1}^\top", "wrong"),
        (
            CALLED.replace(r"\ell", "J"),
            r"\frac{\partial J}{\partial C} = \frac1T \sum_t \frac{\partial J_t}{\partial o_t} h_t^\top",
            "proven",
        ),
        (SAME, r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^\top", "proven"),
        (
            SAME,
            r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial \mathrm{Loss}(o_t, y_t)}{\partial o_t} h_t^\top",
            "proven",
        ),
        (SAME, r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} o_t^\top", "wrong"),
    ],
)
def test_what_a_sum_over_the_steps_calls_is_the_loss_of_a_step(text: str, claim: str, word: str) -> None:
    assert last(NETWORK + text, claim).verdict.word == word


STATE = r"$$h_t = \tanh(A x_t + B h_{t-1})$$" + "\n\n"
ENDED = STATE + r"$$p = \sigma(C h_T)$$" + "\n\n"
LAST = STATE + r"$$p_T = \sigma(C h_T)$$" + "\n\n"
STATES = r"\frac{\partial h_T}{\partial h_k} \frac{\partial^+ h_k}{\partial B}"


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (ENDED, r"\frac{\partial L}{\partial C} = \frac{\partial L}{\partial p} \frac{\partial p}{\partial C}", "proven"),
        (ENDED, r"\frac{\partial L}{\partial h_T} = C^\top \left(p (1 - p) \frac{\partial L}{\partial p}\right)", "proven"),
        (
            ENDED,
            r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}",
            "conditional",
        ),
        (
            ENDED,
            r"\frac{\partial L}{\partial B} = \sum_{k=1}^T \frac{\partial L}{\partial p} \frac{\partial p}{\partial h_T} " + STATES,
            "proven",
        ),
        (ENDED, r"\frac{\partial L}{\partial C} = \frac{\partial L}{\partial p} p^\top", "wrong"),
        (ENDED, r"\frac{\partial L}{\partial p} = p - y", "undecided"),
        (LAST, r"\frac{\partial L}{\partial C} = \frac{\partial L}{\partial p_T} \frac{\partial p_T}{\partial C}", "conditional"),
        # A sum over the steps that has no output of its own: nothing at the end stands for all of them.
        (
            ENDED + r"$$o_t = D h_t$$" + "\n\n",
            r"\frac{\partial L}{\partial C} = \frac{\partial L}{\partial p} \frac{\partial p}{\partial C}",
            "undecided",
        ),
    ],
)
def test_a_loss_rests_on_the_one_output_that_a_sequence_has_at_its_end(text: str, claim: str, word: str) -> None:
    assert last(text, claim).verdict.word == word


def test_a_verdict_that_rests_on_an_open_loss_names_it() -> None:
    verdict = last(
        NETWORK + STATED, r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^\top"
    ).verdict
    assert isinstance(verdict, Proven)
    assert dict(verdict.answers)[questions.OPEN_LOSS.about("L")] == "any differentiable function of the outputs of its step"


def test_what_would_settle_it_is_said() -> None:
    verdict = last(NETWORK, r"\frac{\partial L}{\partial C} = \sum_k \frac{\partial L}{\partial o_t} h_t^\top").verdict
    assert isinstance(verdict, Undecided) and "write it out" in str(verdict.reason)


ABSTRACT = r"""$$h_t = f(x_t, h_{t-1}, w), \qquad o_t = g(h_t, w)$$

"""


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (
            r"\frac{\partial h_t}{\partial w} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial w}"
            r" + \frac{\partial f(x_t, h_{t-1}, w)}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial w}",
            "proven",
        ),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial h_{t-1}}", "proven"),
        (r"\frac{\partial h_t}{\partial w} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial w}", "slip"),  # of the mark
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(h_t)", "undecided"),
    ],
)
def test_the_partial_of_an_open_step_is_by_its_argument(claim: str, word: str) -> None:
    assert last(ABSTRACT, claim).verdict.word == word


#: f of two vectors of one shape: the state is the input's size, so that no shape tells one argument from the other.
SAME_SHAPES = r"""$$h_t = f(x_t, h_{t-1}), \qquad a_t = h_t + x_t$$

"""


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (r"f'(a_t) B", "proven"),
        (r"B^\top \cdot f'(a_t)", "proven"),
        (r"B f'(a_t)", "conditional"),  # where every quantity is a number: nothing here needs a vector
        (r"f'(h_t) B", "wrong"),
        (r"f'(a_t)", "wrong"),
    ],
)
def test_the_derivative_of_an_activation_beside_a_matrix_is_a_matrix(value: str, word: str) -> None:
    step = r"$$h_t = f(a_t), \qquad a_t = A x_t + B h_{t-1}$$" + "\n\n"
    assert last(step, r"\frac{\partial h_t}{\partial h_{t-1}} = " + value).verdict.word == word


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"h_t = f(h_{t-1}, x_t)", "undecided"),
        (r"h_t = f(x_t, h_t)", "undecided"),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \frac{\partial f(h_{t-1}, x_t)}{\partial h_{t-1}}", "undecided"),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \frac{\partial f(x_t, h_{t-1})}{\partial h_{t-1}}", "proven"),
        (r"h_{t+1} = f(x_{t+1}, h_t)", "proven"),
    ],
)
def test_an_open_function_of_other_arguments_has_other_slopes(claim: str, word: str) -> None:
    """Of f nothing is known, least of all that it is symmetric: a call with other arguments says nothing of the one that is known."""
    assert last(SAME_SHAPES, claim).verdict.word == word


def test_steps_written_out_to_the_last_are_one_rule() -> None:
    text = r"$$h_1 = \tanh(A h_0 + B x_1)$$ $$h_2 = \tanh(A h_1 + B x_2)$$ $$h_T = \tanh(A h_{T-1} + B x_T)$$" + "\n\n"
    assert last(text, r"\frac{\partial h_j}{\partial h_{j-1}} = \mathrm{diag}(1 - h_j^2) A").verdict.word == "proven"


def test_a_step_that_is_only_named_is_no_claim() -> None:
    text = NETWORK + r"We go from $t = 1$ to $t = \tau$, then back from $t = \tau - 1$. "
    assert [j.verdict.word for j in checked(read_text(text, "range.md", "markdown")).judgements[2:]] == ["assumption"] * 3


@pytest.mark.parametrize(
    "claims",
    [
        r"$$ L = \sum_{t=1}^T L_t(o_t) $$",
        r"$$ L = \sum_{t=1}^T L_t $$" + "\n\n" + r"$$ \delta_t = \frac{\partial L}{\partial h_t} $$",
        r"$$ L = \sum_{t=1}^T L_t $$"
        + "\n\n"
        + r"$$ \delta_t = \frac{\partial L}{\partial h_t} $$"
        + "\n\n"
        + r"$$ \epsilon_t = h_t \odot \delta_t $$",
    ],
)
def test_a_sum_of_losses_is_open_whatever_stands_beside_it(claims: str) -> None:
    rule = r"\frac{\partial o_t}{\partial h_t} + \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}"
    network = r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t $$"
    true = rf"$$ \frac{{\partial L}}{{\partial h_t}} = \frac{{\partial L}}{{\partial o_t}} {rule} \tag{{a}} $$"
    false = rf"$$ \frac{{\partial L}}{{\partial h_t}} = 2 \frac{{\partial L}}{{\partial o_t}} {rule} \tag{{b}} $$"
    text = "\n\n".join([network, claims, true, false])
    report = checked(read_text(text, "notes.md", "markdown"))
    words = {j.statement.label: j.verdict.word for j in report.judgements}
    assert (words["a"], words["b"]) == ("proven", "wrong")


def test_a_loss_rests_on_the_output_and_on_no_state_that_an_earlier_section_left_behind() -> None:
    text = r"""
# Cells

## Gated

$$ f_t = \sigma(W_f x_t + U_f h_{t-1}), \quad c_t = f_t \odot c_{t-1} + x_t, \quad h_t = \tanh(c_t), \quad y_t = V h_t $$

## Another

$$ z_t = \sigma(W_z x_t + U_z h_{t-1}), \quad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot x_t $$

The loss is $L = \sum_t L_t$.

"""
    step = r"\frac{\partial h_j}{\partial h_{j-1}}"
    through = r"\frac{\partial L_t}{\partial h_k} = \frac{\partial L_t}{\partial h_t} \prod_{j=%s}^{t} " + step
    assert last(text, through % "k+1").verdict.word == "proven"
    assert last(text, through % "k+2").verdict.word in ("wrong", "slip")


def test_a_rule_without_a_time_leaves_the_shapes_of_the_network_as_they_are() -> None:
    rule = r"For $z = B x$ the chain rule gives $\frac{\partial L}{\partial B} = \frac{\partial L}{\partial z} x^\top$." + "\n\n"
    claim = r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^t \mathrm{diag}(1 - h_i^2) B"
    assert last(NETWORK + rule, claim).verdict.word == "proven"


@pytest.mark.parametrize("letter", ["L", r"\mathcal{L}"])
def test_a_letter_in_another_style_is_another_quantity(letter: str) -> None:
    both = STATED + r"$$\mathcal{L} = \sum_{t=1}^T \mathcal{L}_t(o_t)$$" + "\n\n"
    claim = r"\frac{\partial %s}{\partial C} = \sum_t \frac{\partial %s_t}{\partial o_t} \frac{\partial o_t}{\partial C}"
    assert last(NETWORK + both, claim % (letter, letter)).verdict.word == "proven"


SOFTMAX = NETWORK + r"$$p_t = \mathrm{softmax}(o_t)$$" + "\n\n"


@pytest.mark.parametrize(
    ("said", "claim", "word"),
    [
        ("The loss is the cross-entropy.", "p_t - y_t", "conditional"),
        ("The loss is the cross-entropy.", "y_t - p_t", "wrong"),
        ("损失函数为交叉熵。", "p_t - y_t", "conditional"),
    ],
)
def test_a_loss_that_the_text_names_for_certain_is_that_one(said: str, claim: str, word: str) -> None:
    judgement = last(f"{SOFTMAX}{said}\n\n", r"\frac{\partial E_t}{\partial o_t} = " + claim)
    assert judgement.verdict.word == word
    if isinstance(judgement.verdict, Conditional):
        assert (questions.OPEN_LOSS.about("E"), "the cross-entropy, as the text says") in judgement.verdict.answers


@pytest.mark.parametrize(
    "said",
    ["A usual loss is, for example, the cross-entropy.", "We take the cross-entropy. Others take the squared error."],
)
def test_a_loss_that_the_text_only_speaks_of_is_a_hypothesis(said: str) -> None:
    verdict = last(f"{SOFTMAX}{said}\n\n", r"\frac{\partial E_t}{\partial o_t} = p_t - y_t").verdict
    assert isinstance(verdict, Conditional) and any(str(h).startswith("Eₜ is ") for h in verdict.hypotheses)
    assert last(f"{SOFTMAX}{said}\n\n", r"\frac{\partial E_t}{\partial o_t} = y_t - p_t").verdict.word == "undecided"


BOTH = (
    r"$$h_t = \sigma(A x_t + B h_{t-1})$$"
    + "\n\nwhere $\\sigma$ is the activation, usually tanh.\n\n"
    + r"$$\hat y_t = \sigma(C h_t)$$"
    + "\n\n"
)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("The hidden layer has the activation tanh, the output layer has the activation softmax.", "proven"),
        ("输出的激活函数为softmax函数,隐藏层的激活函数为tanh函数。", "proven"),
        ("The hidden layer often has the activation tanh, the output layer has the activation softmax.", "undecided"),
        ("", "undecided"),
    ],
)
def test_an_open_letter_of_an_activation_is_what_the_text_says_it_is_here(said: str, word: str) -> None:
    claim = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) B"
    assert last(f"{BOTH}{said}\n\n", claim).verdict.word == word


GATE = (
    r"$$g_t = \sigma(A x_t + B h_{t-1}), \quad h_t = h_{t-1} + g_t \circ u_t$$ $$\delta_t = \frac{\partial E}{\partial h_t}$$"
    + "\n\n"
)


@pytest.mark.parametrize(
    ("right", "word"),
    [
        (r"\delta_t^T \circ u_t \circ g_t \circ (1 - g_t)", "proven"),
        (r"\delta_t^T \circ g_t \circ (1 - g_t)", "undecided"),
        (r"\delta_t^T \circ u_t", "proven"),
    ],
)
def test_an_error_before_the_function_of_a_gate_may_be_a_row(right: str, word: str) -> None:
    assert last(GATE, r"\delta_{g,t}^T = " + right).verdict.word == word


LEARNT = r"$$m_t = \beta m_{t-1} + (1 - \beta) g_t, \qquad \theta_{t+1} = \theta_t - \alpha \frac{m_t}{\sqrt{m_t}}$$" + "\n\n"
BY_STATE = r"\frac{\partial L}{\partial h_t} = C^\top \frac{\partial L}{\partial o_t} + B^\top \frac{\partial L}{\partial h_{t+1}}"


def test_what_learns_beside_the_network_is_no_output_of_it() -> None:
    right = r"\frac{\partial L}{\partial C} = \sum_t \frac{\partial L_t}{\partial o_t} h_t^\top"
    assert last(NETWORK + STATED + LEARNT, right).verdict.word == "proven"
    assert last(NETWORK + STATED + LEARNT, BY_STATE).verdict.word == "wrong"


@pytest.mark.parametrize("step", ["t", "n", "k", r"\tau"])
def test_an_open_loss_of_a_step_is_added_up_by_whatever_letter_counts_the_steps(step: str) -> None:
    text = (
        r"$$ z_i = A x_i + B h_{i-1}, \quad h_i = \sigma(z_i), \quad J = \sum_i J_i(h_i) $$"
        r"$$ \frac{\partial J}{\partial h_i} = B^\top \frac{\partial J}{\partial z_{i+1}} + \frac{\partial J_i}{\partial h_i} $$"
        r"$$ \frac{\partial J}{\partial h_i} = B \frac{\partial J}{\partial z_{i+1}} + \frac{\partial J_i}{\partial h_i} $$"
    )
    text = text.replace("_i", f"_{{{step}}}").replace("{i", f"{{{step}").replace("_{{", "_{")
    words = [j.verdict.word for j in checked(read_text(text, "steps.md", "markdown")).judgements]
    assert words == ["definition"] * 3 + ["proven", "wrong"]


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (
            r"\frac{\partial L_t}{\partial s_t} = \frac{\partial L_t}{\partial \hat q_t} \frac{\partial \hat q_t}{\partial s_t}",
            "proven",
        ),
        (
            r"\frac{\partial L_t}{\partial s_t} = 2 \frac{\partial L_t}{\partial \hat q_t} \frac{\partial \hat q_t}{\partial s_t}",
            "wrong",
        ),
        (r"\frac{\partial L_t}{\partial \hat q_t} = \frac{\partial \hat q_t}{\partial s_t}", "undecided"),
    ],
)
def test_an_output_between_the_states_and_the_loss_is_open(claim: str, word: str) -> None:
    verdict = last(r"$$ s_t = \tanh(A x_t + B s_{t-1}) $$" + "\n\nThe prediction is $\\hat q_t$.\n\n", claim).verdict
    assert verdict.word == word
    told = [question for question, _ in getattr(verdict, "answers", ()) if question.is_kind_of(questions.OPEN_QUANTITY)]
    assert [str(question) for question in told] == ["the output q̂"] * (word == "proven")


def test_data_between_them_is_no_output() -> None:
    text = r"$$ s_t = \tanh(A q_t + B s_{t-1}) $$" + "\n\n"
    claim = r"\frac{\partial L_t}{\partial s_t} = \frac{\partial L_t}{\partial q_t} \frac{\partial q_t}{\partial s_t}"
    assert last(text, claim).verdict.word == "undecided"


def test_a_loss_of_a_step_is_said_again_without_what_it_is_of() -> None:
    text = NETWORK + r"$$L = \sum_{t=1}^T L_t(o_t, y_t)$$" + "\n\n## Again\n\n" + r"$$L = \sum_{t=1}^T L_t \tag{again}$$" + "\n\n"
    claim = r"\frac{\partial L}{\partial C} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^\top"
    report = checked(read_text(f"{text}$$ {claim} $$\n", "again.md", "markdown"))
    assert [j.verdict.word for j in report.judgements[-2:]] == ["proven", "proven"]


def test_the_loss_of_a_step_is_what_the_next_link_adds_up() -> None:
    links = r"$$L = \sum_{t=1}^T L_t = -\sum_{t=1}^T \sum_k y_{t,k} \log p_{t,k}$$" + "\n\n"
    for letter in ("L", r"\ell"):
        text = SOFTMAX + links.replace("L_t", f"{letter}_t")
        assert last(text, rf"\frac{{\partial {letter}_t}}{{\partial o_t}} = p_t - y_t").verdict.word == "conditional"
        assert last(text, rf"\frac{{\partial {letter}_t}}{{\partial o_t}} = y_t - p_t").verdict.word == "wrong"


def test_a_loss_of_a_function_that_nothing_defines_stays_open_and_makes_no_letter_a_slip() -> None:
    text = SOFTMAX + r"$$L = \sum_t L_t = -\sum_t \log q(y_t, x_t)$$" + "\n\n"
    claim = r"\frac{\partial L}{\partial C} = \sum_t \frac{\partial L}{\partial o_t} h_t^\top"
    report = checked(read_text(f"{text}$$ {claim} $$\n", "open.md", "markdown"))
    assert [j.verdict.word for j in report.judgements[:3]] == ["definition"] * 3
    assert report.judgements[-1].verdict.word == "proven"
