"""Short documents of people who ask whether a formula is right: a few equations, no loss or none that is written out, single steps."""

from __future__ import annotations

from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Wrong
from symrnn.notation import unicode_relation
from symrnn.reading.document import read_text


def judged(*lines: str) -> list[Judgement]:
    report = checked(read_text("\n\n".join(lines), "question.md", "markdown"))
    return list(report.judgements)


def words(*lines: str) -> list[str]:
    return [j.verdict.word for j in judged(*lines)]


# ------------------------------------------------------------------------------------------------------- single steps

FROM_ZERO = (
    r"$$p_0 = x_0 * m$$",
    r"$$r_0 = s_{-1} * n$$",
    r"$$s_0 = func(p_0 + r_0)$$",
    r"$$p_1 = x_1 * m$$",
    r"$$r_1 = s_0 * n$$",
    r"$$s_1 = func(p_1 + r_1)$$",
    r"$$E = func_2(s_1)$$",
)


def test_two_steps_from_zero_on_are_one_rule_whose_state_before_is_free() -> None:
    total = r"$$\partial E/\partial m = \partial E/\partial s_1 * \partial s_1/\partial p_1 * (x_1 + n * \partial s_0/\partial p_0 * x_0)$$"
    short = r"$$\partial E/\partial m = \partial E/\partial s_1 * \partial s_1/\partial p_1 * x_1$$"
    assert words(*FROM_ZERO, total, short)[-2:] == ["proven", "wrong"]


def test_a_number_below_a_weight_that_is_a_number_is_the_step_at_which_it_is_used() -> None:
    both = r"$$\partial E/\partial m = \partial E/\partial m_0 + \partial E/\partial m_1$$"
    last = r"$$\partial E/\partial m_1 = \partial E/\partial p_1 * \partial p_1/\partial m_1$$"
    one = r"$$\partial E/\partial m = \partial E/\partial m_1$$"
    assert words(*FROM_ZERO, both, last, one)[-3:] == ["proven", "proven", "wrong"]


# ------------------------------------------------------------------------------------------ derivatives in their short forms

GATED = (
    r"$$u_t = \sigma(A x_t + B h_{t-1})$$",
    r"$$n_t = \tanh(C x_t + D h_{t-1})$$",
    r"$$h_t = u_t \odot h_{t-1} + (1 - u_t) \odot n_t$$",
)
DIRECT = r"$$\frac{\partial^{+} h_t}{\partial h_{t-1}} = \mathrm{diag}(u_t)$$"
UNFOLDED = (
    r"$$\frac{\partial h_t}{\partial h_{t-1}} = \frac{\partial h_t}{\partial n_t} \frac{\partial n_t}{\partial h_{t-1}}"
    r" + \frac{\partial h_t}{\partial u_t} \frac{\partial u_t}{\partial h_{t-1}} + \frac{\partial^{+} h_t}{\partial h_{t-1}}$$"
)


def test_the_explicit_derivative_by_the_state_before_is_by_its_place_in_the_equation() -> None:
    assert words(*GATED, DIRECT, UNFOLDED)[-2:] == ["proven", "proven"]
    assert "proven" not in words(*GATED, DIRECT.replace("(u_t)", "(1 - u_t)"))


LINEAR = r"$$s_t = A s_{t-1} + B x_t$$"


def test_the_sum_over_the_steps_of_a_derivative_by_a_matrix_has_a_short_form_in_both_layouts() -> None:
    rows = r"$$\frac{\partial s_t}{\partial A} = \sum_{j=1}^t A^{t-j} s_{j-1}$$"
    columns = r"$$\partial_A s_t = \sum_{j=1}^t (A^\top)^{t-j} s_{j-1}$$"
    late = r"$$\frac{\partial s_t}{\partial A} = \sum_{j=1}^t A^{t-j} s_j$$"
    found = judged(LINEAR, rows, columns, late)[1:]
    assert [j.verdict.word for j in found] == ["proven", "proven", "wrong"]
    verdict = found[-1].verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert unicode_relation(verdict.repair.relation) == "∂sₜ/∂A = Σ_{j=1}^{t} Aᵗ⁻ʲ sⱼ₋₁"


def test_that_of_a_number_adds_up_matrices_and_has_none() -> None:
    loss = r"$$L = \sum_{t=1}^T \|s_t - y_t\|^2$$"
    short = r"$$\frac{\partial L}{\partial A} = \sum_{t=1}^T \frac{\partial L}{\partial s_t} s_{t-1}$$"
    assert words(LINEAR, loss, short)[-1] != "proven"


# ------------------------------------------------------------------------------------------------- what the text says of letters

CELL = r"$$m_t = r_t \odot m_{t-1} + v_t \odot n_t$$"
HELD = r"$$\frac{\partial m_t}{\partial m_{t-1}} = r_t$$"
TWICE = r"$$\frac{\partial m_t}{\partial m_{t-1}} = 2 r_t$$"


def test_a_gate_without_an_equation_that_the_text_makes_depend_on_the_state_is_held_fixed() -> None:
    for said in (
        "Here $r$ is also dependent on the previous hidden state.",
        "Here $v$ and $r_t$ gates, which are both functions of the last state, change.",
        "But $r_t$ depends on $m_{t-1}$.",
    ):
        verdict = judged(CELL, HELD, said)[1].verdict
        assert isinstance(verdict, Conditional) and "held fixed" in str(verdict.hypotheses[0]), said
        assert words(CELL, TWICE, said)[1] == "undecided"


def test_what_the_text_says_of_other_letters_or_denies_changes_nothing() -> None:
    for said in ("Here $r$ does not depend on the previous state.", "The loss $L$ depends on the previous state.", "We see $r$."):
        assert words(CELL, HELD, said)[1] == "proven", said
        assert words(CELL, TWICE, said)[1] == "wrong", said


# ------------------------------------------------------------------------------------------------------ one layer, entry by entry

SOFTMAX = (r"$$q_i = \frac{e^{a_i}}{\sum_j e^{a_j}}$$", r"$$C = -\sum_j d_j \log q_j$$")


def test_a_softmax_that_is_written_out_has_entries_and_no_steps() -> None:
    slope = r"$$\frac{\partial q_i}{\partial a_i} = q_i (1 - q_i)$$"
    error = r"$$\frac{\partial C}{\partial a_i} = q_i - d_i$$"
    lost = r"$$\frac{\partial C}{\partial a_i} = q_i \sum_j d_j$$"
    assert words(*SOFTMAX, slope, error, lost)[2:] == ["proven", "conditional", "wrong"]


def test_what_is_true_of_other_entries_alone_is_so_under_that_condition_also_with_exponentials() -> None:
    ratio = r"$$q_j = e^{a_j - a_i} q_i$$"
    other = r"$$\frac{\partial q_j}{\partial a_i} = -q_i^2 e^{a_j - a_i}$$"
    false = r"$$\frac{\partial q_j}{\partial a_i} = -q_i^2 e^{a_i - a_j}$$"
    found = judged(*SOFTMAX, ratio, other, false)[2:]
    assert [j.verdict.word for j in found] == ["proven", "conditional", "wrong"]
    verdict = found[1].verdict
    assert isinstance(verdict, Conditional) and list(map(str, verdict.hypotheses)) == ["j ≠ i"]


# ------------------------------------------------------------------------------------------------------------ losses of a word


def test_what_a_loss_adds_up_under_any_letter_is_an_open_loss_of_each_step() -> None:
    cell = r"$$s(t) = g(t) \odot i(t) + s(t-1) \odot f(t), \qquad h(t) = s(t) \odot o(t)$$"
    loss = r"$$L = \sum_{t=1}^T l(t)$$"
    paths = (
        r"$$\frac{\partial L}{\partial s(t)} = \frac{\partial L}{\partial h(t)} \frac{\partial h(t)}{\partial s(t)}"
        r" + \frac{\partial L}{\partial s(t+1)} \frac{\partial s(t+1)}{\partial s(t)}$$"
    )
    half = paths.replace("= ", r"= \frac12 (").replace("$$\\frac{\\partial L}{", "$$\\frac{\\partial L}{", 1)[:-2] + ")$$"
    assert words(cell, loss, paths, half)[3:] == ["proven", "wrong"]


def test_a_loss_depends_on_no_sum_that_stands_in_the_equation_of_a_state_as_well() -> None:
    cell = (r"$$h_t = \tanh(h_{t-1} A + x_t B)$$", r"$$z_t = h_{t-1} A + x_t B$$")
    back = r"$$\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \odot (1 - h_t^2)$$"
    over = r"$$\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \odot \frac{1}{1 - h_t^2}$$"
    assert words(*cell, back, over)[2:] == ["proven", "wrong"]


# -------------------------------------------------------------------------------------------------- forms of definitions


def test_a_chain_of_the_next_step_says_what_stands_inside() -> None:
    cell = r"$$h_{t+1} = \tanh(z_{t+1}) = \tanh(A^\top x_{t+1} + B^\top h_t)$$"
    right = r"$$\frac{\partial h_{t+1}}{\partial h_t} = B \mathrm{diag}(\tanh'(z_{t+1}))$$"
    turned = r"$$\frac{\partial h_{t+1}}{\partial h_t} = B^\top \mathrm{diag}(\tanh'(z_{t+1}))$$"
    assert words(cell, right, turned) == ["definition", "definition", "proven", "wrong"]


def test_numbered_weights_of_layers_are_matrices_and_what_is_true_of_numbers_alone_is_not_proven() -> None:
    layers = (r"$$z_1 = W_1 x + b_1$$", r"$$a_1 = f(z_1)$$", r"$$z_2 = W_2 a_1 + b_2$$")
    right = r"$$\frac{\partial z_2}{\partial z_1} = W_2 \mathrm{diag}(f'(z_1))$$"
    turned = r"$$\frac{\partial z_2}{\partial z_1} = f'(z_1) W_2$$"
    assert words(*layers, right, turned)[3:] == ["proven", "undecided"]


# ------------------------------------------------------------------------------------------------------------ slips of the pen


def test_a_bracket_that_can_end_in_one_place_alone_is_closed_and_one_too_many_at_the_end_goes() -> None:
    state = r"$$s_t = A \sigma(s_{t-1}) + B x_t$$"
    short = r"$$\frac{\partial s_t}{\partial s_{t-1}} = A \, \mathrm{diag}(\sigma'(s_{t-1})$$"
    long = r"$$\frac{\partial s_t}{\partial s_{t-1}} = A^\top \mathrm{diag}(\sigma'(s_{t-1})))$$"
    either = r"$$\frac{\partial s_t}{\partial s_{t-1}} = A (\mathrm{diag}(\sigma'(s_{t-1})) A$$"
    assert words(state, short, long, either)[1:] == ["proven", "wrong", "unread"]


def test_a_gate_with_the_letter_of_a_function_has_its_step_in_brackets_as_its_neighbours_have() -> None:
    cell = (r"$$c(t) = g(t) \odot i(t) + f(t) \odot c(t-1)$$", r"$$h(t) = o(t) \odot c(t)$$", r"$$L = \sum_{t=1}^T l(t)$$")
    entry = r"$$\frac{\partial c_i(t)}{\partial c_j(t-1)} = f_i(t) \delta_{ij}$$"
    jacobian = r"$$\frac{\partial c(t)}{\partial c(t-1)} = \mathrm{diag}(f(t))$$"
    assert words(*cell, entry, jacobian)[3:] == ["proven", "proven"]
