"""What a document only speaks of: errors without an equation, states of which only the step before stands in one, steps of any letter."""

from __future__ import annotations

import pytest

from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Proven, Undecided
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("without_repairs")

CELL = r"$$ a_k = B s_{k-1} + A x_k + b, \qquad s_k = \tanh(a_k) $$" + "\n\n"
#: The same network, of whose states nothing is said.
INSIDE = r"$$ a_k = B s_{k-1} + A x_k + b $$" + "\n\n"


def last(text: str, *claims: str) -> Judgement:
    written = "".join(f"$$ {claim} $$\n\n" for claim in claims)
    return check(read_text(f"{text}{written}", "unsaid.md", "markdown")).judgements[-1]


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
    assert isinstance(last(network, r"\frac{\partial s_k}{\partial A_{ij}} = 0").verdict, Undecided)
