"""What a document only speaks of: errors without an equation, states of which only the step before stands in one, steps of any letter."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.findings import Selection, causes
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Proven, Undecided, Wrong
from symrnn.notation import unicode_relation
from symrnn.reading.document import read_text
from symrnn.showing.report import concise

pytestmark = pytest.mark.usefixtures("words_alone")

CELL = r"$$ a_k = B s_{k-1} + A x_k + b, \qquad s_k = \tanh(a_k) $$" + "\n\n"
#: The same network, of whose states nothing is said.
INSIDE = r"$$ a_k = B s_{k-1} + A x_k + b $$" + "\n\n"


def last(text: str, *claims: str) -> Judgement:
    written = "".join(f"$$ {claim} $$\n\n" for claim in claims)
    return checked(read_text(f"{text}{written}", "unsaid.md", "markdown")).judgements[-1]


@pytest.mark.parametrize(
    ("claim", "needed"),
    [
        (r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \sum_{k=1}^t \delta_{t,k} x_k^\top", "δ_{t,k} is ∂Lₜ/∂aₖ"),
        (r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \sum_{k=1}^t \delta_k^{(t)} x_k^\top", "δ"),
        (r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \delta_t", "δₜ is ∂L/∂aₜ"),
        (r"\frac{\partial L}{\partial A} = \sum_{t=1}^T (\delta_t \odot (1 - s_t^2)) x_t^\top", "δₜ is ∂L/∂sₜ"),
    ],
)
def test_an_error_of_which_only_words_speak_is_a_hypothesis(claim: str, needed: str) -> None:
    verdict = last(CELL, claim).verdict
    assert isinstance(verdict, Conditional)
    assert any(needed in str(hypothesis) for hypothesis in verdict.hypotheses)


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \sum_{k=1}^{t-1} \delta_{t,k} x_k^\top",
        r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \delta_t s_{t-1}^\top",
        r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \sum_{k=1}^t \delta_{t,k} s_k^\top",
    ],
)
def test_what_no_meaning_of_an_error_makes_true_waits_for_its_equation(claim: str) -> None:
    verdict = last(CELL, claim).verdict
    assert isinstance(verdict, Undecided)
    assert "nothing defines δ" in str(verdict.reason)


def test_an_error_has_one_meaning_in_a_network() -> None:
    first = r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \delta_t x_t^\top"
    second = r"\frac{\partial L}{\partial B} = \sum_{t=1}^T (\delta_t \odot (1 - s_t^2)) s_{t-1}^\top"
    assert isinstance(last(CELL, second).verdict, Conditional)
    assert isinstance(last(CELL, first, second).verdict, Undecided)


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        (r"\frac{\partial L_t}{\partial A} = \sum_{k=1}^t \frac{\partial L_t}{\partial a_k} x_k^\top", Proven),
        (r"\frac{\partial L_t}{\partial A} = \frac{\partial L_t}{\partial a_t} x_t^\top", Undecided),
        (r"\frac{\partial L_t}{\partial B} = \frac{\partial L_t}{\partial a_t} s_{t-1}^\top", Undecided),
        (r"\frac{\partial L}{\partial a_t} = \frac{\partial L_t}{\partial a_t}", Undecided),
        (r"\frac{\partial L_t}{\partial a_k} = \frac{\partial L_t}{\partial s_k} \frac{\partial s_k}{\partial a_k}", Proven),
    ],
)
def test_a_state_of_which_only_the_step_before_is_written_is_no_input(claim: str, kind: type) -> None:
    assert isinstance(last(INSIDE, claim).verdict, kind)


@pytest.mark.parametrize("letter", ["x", "y"])
def test_data_of_the_step_before_stay_data(letter: str) -> None:
    network = rf"$$ a_t = B {letter}_{{t-1}} + A v_t $$" + "\n\n"
    assert isinstance(
        last(network, r"\frac{\partial L_t}{\partial A} = \frac{\partial L_t}{\partial a_t} v_t^\top").verdict, Proven
    )


@pytest.mark.parametrize("step", ["t", "k", "n"])
def test_a_loss_that_is_only_named_is_one_of_the_outputs_whatever_counts_the_steps(step: str) -> None:
    network = CELL.replace("k", step)
    claim = r"\frac{\partial J_t}{\partial A} = \sum_{i=1}^t \frac{\partial J_t}{\partial a_i} x_i^\top"
    assert isinstance(last(network, claim).verdict, Proven)


def test_an_error_that_stands_at_one_step_and_at_two_is_no_single_thing() -> None:
    claim = r"\frac{\partial L}{\partial A} = \sum_{t=1}^T \sum_{k=1}^t (\delta_{t,k} + \delta_t) x_k^\top"
    assert isinstance(last(CELL, claim).verdict, Undecided)


@pytest.mark.parametrize("word", ["activation", r"\text{activation}", r"\mathrm{act}", r"\operatorname{squash}"])
def test_a_word_for_an_activation_before_a_bracket_is_a_function(word: str) -> None:
    claim = r"\frac{\partial L_t}{\partial A} = \sum_{k=1}^t \frac{\partial L_t}{\partial a_k} x_k^\top"
    network = rf"{INSIDE}$$ s_{{k-1}} = {word}(a_{{k-1}}) $$" + "\n\n"
    assert isinstance(last(network, claim).verdict, Proven)
    assert isinstance(last(network, r"\frac{\partial s_k}{\partial A_{ij}} = 0").verdict, Wrong)


GATES = r"$$ f_t = \sigma(A x_t + B s_{t-1}), \qquad q_t = \sigma(C x_t + D s_{t-1}) $$" + "\n\n"
GATED = GATES + r"$$ c_t = f_t \odot c_{t-1} + q_t, \qquad s_t = \tanh(c_t) $$" + "\n\n"


@pytest.mark.parametrize(
    "claim",
    [
        r"\delta c_{t-1} = \delta c_t \odot q_t",
        r"\frac{\partial L}{\partial c_{t-1}} = \frac{\partial L}{\partial c_t} \odot f_{t-1}",
        r"\frac{\partial L}{\partial c_{t-1}} = \frac{\partial L}{\partial f_t} \odot c_{t-1}",
    ],
)
def test_what_comes_through_nothing_is_no_part(claim: str) -> None:
    assert not isinstance(last(GATED, claim).verdict, (Proven, Conditional))


def test_a_gradient_by_a_weight_is_no_use_of_it() -> None:
    text = CELL + r"$$ P_t = \frac{\partial s_t}{\partial B} $$" + "\n\n"
    claim = r"\frac{\partial L}{\partial B} = \sum_{t=1}^T \frac{\partial L}{\partial s_t} \frac{\partial s_t}{\partial B_t}"
    assert isinstance(last(text, claim).verdict, Proven)


OUTPUT = CELL + r"$$ y_k = C s_k $$" + "\n\n"


def test_a_loss_may_be_that_of_the_step_that_an_equation_names() -> None:
    verdict = last(OUTPUT, r"\frac{\partial E}{\partial s_t} = C^\top \frac{\partial E}{\partial y_t}").verdict
    assert isinstance(verdict, Conditional)
    assert [str(h) for h in verdict.hypotheses] == ["the loss is that of step t alone"]


@pytest.mark.parametrize(("step", "kind"), [("t", Wrong), ("k", Conditional)])
def test_a_loss_whose_gradients_are_added_up_over_a_step_is_not_that_of_this_step_alone(step: str, kind: type) -> None:
    added = rf"\frac{{\partial E}}{{\partial C}} = \sum_{step} \frac{{\partial E}}{{\partial y_{step}}} s_{step}^\top"
    assert isinstance(
        last(OUTPUT, added, r"\frac{\partial E}{\partial s_t} = C^\top \frac{\partial E}{\partial y_t}").verdict, kind
    )


def test_nor_is_one_to_whose_gradient_a_later_link_adds_what_comes_from_the_next_step() -> None:
    short = r"\frac{\partial E}{\partial s_t} = \frac{\partial E}{\partial y_t} \frac{\partial y_t}{\partial s_t}"
    whole = r" = C^\top \frac{\partial E}{\partial y_t} + B^\top ((1 - s_{t+1}^2) \odot \frac{\partial E}{\partial s_{t+1}})"
    report = checked(read_text(f"{OUTPUT}$$ {short}{whole} $$", "unsaid.md", "markdown"))
    assert [type(j.verdict) for j in report.judgements[-2:]] == [Wrong, Proven]


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial E}{\partial s_t} = C^\top \frac{\partial E}{\partial y_{t-1}}",
        r"\frac{\partial E}{\partial s_{t-1}} = C^\top \frac{\partial E}{\partial y_{t-1}} + C^\top \frac{\partial E}{\partial y_t}",
        # Anything is true of the last step that is said of the steps behind it.
        r"\frac{\partial E}{\partial s_t} = \left(\prod_{k=t+1}^T C^\top\right) \frac{\partial E}{\partial s_T}",
        r"\frac{\partial E}{\partial s_t} = \frac{\partial E}{\partial s_T} \prod_{k=t+1}^T B^\top \mathrm{diag}(1 - s_k^2)",
    ],
)
def test_what_is_false_of_the_loss_of_a_step_as_well_is_no_matter_of_it(claim: str) -> None:
    assert not isinstance(last(OUTPUT, claim).verdict, (Proven, Conditional))


def test_rows_that_wait_for_a_loss_are_told_once_with_the_equation_that_was_tried() -> None:
    rows = [
        r"\frac{\partial E_t}{\partial C} = \frac{\partial E_t}{\partial y_t} s_t^\top",
        r"\frac{\partial E}{\partial s_t} = C^\top \frac{\partial E}{\partial y_t}",
        r"\frac{\partial E}{\partial b} = \frac{\partial E}{\partial s_T} \frac{\partial s_T}{\partial b}",
    ]
    text = "".join(f"$$ {row} $$\n\n" for row in rows)
    report = checked(read_text(OUTPUT + text, "unsaid.md", "markdown"))
    (cause,) = causes(report)
    assert cause.tried is not None
    assert unicode_relation(cause.tried) == "E = Σ_{t=1}^{T} Eₜ"
    assert [row.statement.latex for row in cause.waiting] == rows[1:]
    (first, *others) = concise.lines([report], Selection())
    assert (
        "2 rows wait for how E depends on the outputs of the steps; write it: with E = Σ_{t=1}^{T} Eₜ they do not hold"
        in first.plain
    )
    assert not [line for line in others if "undecided[" in line.plain]


def test_a_letter_that_nothing_defines_is_told_before_the_loss() -> None:
    verdict = last(CELL, r"\delta Q = \delta s_t x_t^\top").verdict
    assert isinstance(verdict, Undecided)
    assert "nothing defines" in str(verdict.reason)


SOFTMAX = OUTPUT + r"$$ p_k = \mathrm{softmax}(y_k), \qquad J_k = \text{crossentropy}(p_k, r_k) $$" + "\n\n"
SQUARES = OUTPUT + r"$$ J = \sum_{t=1}^T \mathrm{MSE}(y_t, r_t) $$" + "\n\n"


@pytest.mark.parametrize(
    ("text", "claims", "needed"),
    [
        (SOFTMAX, [r"\frac{\partial J_k}{\partial y_k} = p_k - r_k"], "crossentropy(pₖ, rₖ) is −Σ_{i} r_{k,i} log(p_{k,i})"),
        (SQUARES, [r"\frac{\partial J}{\partial y_t} = y_t - r_t"], "MSE(yₜ, rₜ) is (1/2) Σ_{k} (y_{t,k} − r_{t,k})²"),
        (SQUARES, [r"\frac{\partial J}{\partial y_t} = 2 (y_t - r_t)"], "MSE(yₜ, rₜ) is Σ_{k} (y_{t,k} − r_{t,k})²"),
        # Not one loss for one equation and another for the next.
        (
            SQUARES,
            [r"\frac{\partial J}{\partial y_t} = y_t - r_t", r"\frac{\partial J}{\partial C} = 2 \sum_t (y_t - r_t) s_t^\top"],
            "",
        ),
        (SQUARES, [r"\frac{\partial J}{\partial y_t} = 3 (y_t - r_t)"], ""),
        (SOFTMAX, [r"\frac{\partial J_k}{\partial y_k} = r_k - p_k"], ""),
    ],
)
def test_the_name_of_a_measure_is_what_it_usually_is_where_that_is_needed(text: str, claims: list[str], needed: str) -> None:
    verdict = last(text, *claims).verdict
    assert isinstance(verdict, Conditional if needed else Undecided)
    if isinstance(verdict, Conditional):
        assert needed in [str(hypothesis) for hypothesis in verdict.hypotheses]


BEFORE = r" + \frac{\partial f}{\partial s_{t-1}} \frac{\partial s_{t-1}}{\partial %s}"


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        (r"\frac{\partial s_t}{\partial B} = \frac{\partial f}{\partial B}" + BEFORE % "B", True),
        (r"\frac{\partial s_t}{\partial \theta} = \frac{\partial f}{\partial \theta}" + BEFORE % r"\theta", True),
        (r"\frac{\partial s_t}{\partial s_{t-1}} = \frac{\partial f}{\partial s_{t-1}}", True),
        (r"\frac{\partial s_t}{\partial B} = \frac{\partial f}{\partial B}", False),
        (r"\frac{\partial s_t}{\partial s_{t-2}} = \frac{\partial f}{\partial s_{t-1}} \frac{\partial f}{\partial s_{t-2}}", False),
    ],
)
def test_a_function_that_is_only_differentiated_may_be_what_gives_the_state(claim: str, holds: bool) -> None:
    verdict = last(CELL.replace("k", "t"), claim).verdict
    assert isinstance(verdict, Conditional if holds else Undecided)
    if isinstance(verdict, Conditional):
        assert "f is the function that gives sₜ" in [str(hypothesis) for hypothesis in verdict.hypotheses]


READOUT = r"$$ q_k = C s_k + c, \qquad p_k = %s $$" + "\n\n"


@pytest.mark.parametrize(
    ("output", "needed"),
    [
        (r"\mathrm{softmax}(q_k)", "L is Σ_{t} (−Σ_{k} y_{t,k} log(p_{t,k}))"),
        (r"\sigma(q_k)", "L is Σ_{t} (−Σ_{k} (y_{t,k} log(p_{t,k}) + (1 − y_{t,k}) log(1 − p_{t,k})))"),
        ("q_k", "L is Σ_{t} (1/2) Σ_{k} (p_{t,k} − y_{t,k})²"),
    ],
)
def test_a_loss_that_nothing_says_is_the_usual_one_of_what_is_compared(output: str, needed: str) -> None:
    claim = r"\frac{\partial L}{\partial C} = \sum_{k=1}^T (p_k - y_k) s_k^\top"
    verdict = last(CELL + READOUT % output, claim).verdict
    assert isinstance(verdict, Conditional)
    assert needed in [str(hypothesis) for hypothesis in verdict.hypotheses]


@pytest.mark.parametrize("term", ["(y_k - p_k) s_k^\\top", "(p_k - y_k) s_{k-1}^\\top", "(p_k + y_k) s_k^\\top"])
def test_what_no_usual_loss_makes_true_is_undecided(term: str) -> None:
    claim = rf"\frac{{\partial L}}{{\partial C}} = \sum_{{k=1}}^T {term}"
    assert isinstance(last(CELL + READOUT % r"\mathrm{softmax}(q_k)", claim).verdict, Undecided)


def test_a_loss_that_nothing_says_is_one_in_a_network() -> None:
    half = r"\frac{\partial L_t}{\partial q_t} = p_t - y_t"
    whole = r"\frac{\partial L_t}{\partial q_t} = 2 (p_t - y_t)"
    assert isinstance(last(CELL + READOUT % "q_k", whole).verdict, Conditional)
    assert isinstance(last(CELL + READOUT % "q_k", half, whole).verdict, Undecided)


def test_a_function_called_a_loss_may_be_the_usual_one() -> None:
    text = CELL + READOUT % "q_k" + r"$$ E = \sum_t \mathrm{Loss}(q_t, y_t) $$" + "\n\n"
    verdict = last(text, r"\frac{\partial E}{\partial C} = \sum_t (q_t - y_t) s_t^\top").verdict
    assert isinstance(verdict, Conditional) and "Loss" in str(verdict.hypotheses[-1])


def test_what_an_output_without_a_step_is_compared_with_is_at_its_step() -> None:
    text = r"$$ s_t = \tanh(B s_{t-1} + A x_t) $$ $$ p = \mathrm{softmax}(C s_t) $$" + "\n\nThe loss is the cross-entropy.\n\n"
    assert isinstance(last(text, r"\frac{\partial L_t}{\partial s_t} = C^\top (p - y)").verdict, Conditional)
