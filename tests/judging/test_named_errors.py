"""Errors that a sentence gives a meaning: the derivative that is named defines the letter, and the equations for it claim."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Report
from symrnn.judging.verdict import Conditional, Wrong
from symrnn.notation import latex
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NET = (
    r"$$ a_k = B s_{k-1} + A x_k, \quad s_k = \tanh(a_k), \quad o_k = C s_k, \quad p_k = \mathrm{softmax}(o_k) $$"
    r"$$ J_k = -\sum_i y_{k,i} \log p_{k,i}, \quad \sum_i y_{k,i} = 1 $$"
)
#: The recursion stands before what is said of the letter; the step of the loss is left out on the left.
RECURSION = r"$$ \varepsilon_k = \mathrm{diag}(1 - s_k^2) B^T \varepsilon_{k+1} $$"
NAMED = "Here $\\varepsilon_k = \\frac{\\partial J_t}{\\partial a_k}$ is the error.\n\n"


def rows(text: str) -> Report:
    return checked(read_text(NET + text, "a.md", "markdown"))


def words(report: Report) -> str:
    return "".join(j.verdict.word[0] for j in report.judgements[6:])


@pytest.mark.parametrize(
    ("text", "due"),
    [
        (RECURSION + NAMED, "cd"),
        (NAMED + RECURSION, "dc"),
        (NAMED + r"$$ \frac{\partial J_t}{\partial B} = \sum_{k=1}^{t} \varepsilon_k s_{k-1}^T $$", "dp"),
        (NAMED + r"$$ \frac{\partial J_t}{\partial B} = \sum_{k=1}^{t} \varepsilon_k s_k^T $$", "dw"),
        (NAMED + r"$$ \varepsilon_t = \mathrm{diag}(1 - s_t^2) C^T (p_t - y_t) $$", "dp"),
        (NAMED + r"$$ \varepsilon_t = \mathrm{diag}(1 - s_t^2) C (p_t - y_t) $$", "dw"),
        (NAMED + r"$$ \varepsilon_k = \mathrm{diag}(1 - s_k^2) C^T (p_k - y_k) $$", "dw"),
        (NAMED + r"$$ \frac{\partial J}{\partial B} = \sum_{t=1}^{T} \sum_{k=1}^{t} \varepsilon_k s_{k-1}^T $$", "dp"),
        (NAMED + r"$$ \frac{\partial J}{\partial B} = \sum_{t=1}^{T} \sum_{k=1}^{t-1} \varepsilon_k s_{k-1}^T $$", "dw"),
    ],
)
def test_a_named_derivative_defines_its_letter(text: str, due: str) -> None:
    report = rows(text)
    assert words(report) == due, [str(j.verdict) for j in report.judgements]


#: One entry, at the step before: what that says of the vector at each step defines the letter.
ENTRY = r"$$ \gamma_{t,j}^{(k-1)} = \frac{\partial J_t}{\partial s_j^{(k-1)}} $$"


@pytest.mark.parametrize(
    ("claim", "due"),
    [
        (r"\gamma_t^{(k-1)} = B^T ((1 - s_k^2) \odot \gamma_t^{(k)})", "c"),
        (r"\gamma_t^{(k-1)} = B ((1 - s_k^2) \odot \gamma_t^{(k)})", "w"),
        (r"\gamma_{t,j}^{(k-1)} = \sum_i \gamma_{t,i}^{(k)} (1 - s_{k,i}^2) B_{ij}", "c"),
        (r"\gamma_{t,j}^{(k-1)} = \sum_i \gamma_{t,i}^{(k)} (1 - s_{k,i}^2) B_{ji}", "w"),
        (r"\frac{\partial J_t}{\partial B^{(k)}} = (\gamma_t^{(k)} \odot (1 - s_k^2)) s_{k-1}^T", "p"),
        (r"\frac{\partial J_t}{\partial B^{(k)}} = \gamma_t^{(k)} s_{k-1}^T", "w"),
    ],
)
def test_an_entry_at_an_earlier_step_defines_a_name_of_two_steps(claim: str, due: str) -> None:
    report = rows(f"{ENTRY} $$ {claim} $$")
    assert words(report) == f"d{due}", [str(j.verdict) for j in report.judgements]


@pytest.mark.usefixtures("in_full")
def test_a_weight_with_its_step_above_is_transposed_in_a_repair() -> None:
    (verdict,) = (
        j.verdict for j in rows(ENTRY + r"$$ \gamma_t^{(k-1)} = B^{(k)} ((1 - s_k^2) \odot \gamma_t^{(k)}) $$").judgements[7:]
    )
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert latex(verdict.repair.relation.right) == r"(B^{(k)})^{\top} ((1 - s_{k}^{2}) \odot \gamma_{t}^{(k)})"


def test_the_named_step_is_not_before_the_one_of_the_loss() -> None:
    (verdict,) = (j.verdict for j in rows(NAMED + RECURSION).judgements[7:])
    assert isinstance(verdict, Conditional)
    assert [*map(str, verdict.hypotheses)] == ["k + 1 ≤ t"]


@pytest.mark.usefixtures("in_full")
@pytest.mark.parametrize("right", [r"\mathrm{diag}(1 - s_k^2) B", r"\mathrm{diag}(1 - s_k) B^T"])
def test_what_needs_steps_in_order_is_mended_as_it_is_proven(right: str) -> None:
    """At one step no two are in order, so that nothing can fail there."""
    text = f"{NAMED} $$ \\varepsilon_k = {right} \\varepsilon_{{k+1}} $$"
    (verdict,) = (j.verdict for j in rows(text).judgements[7:])
    assert isinstance(verdict, Wrong)
    assert verdict.repair is not None
    assert latex(verdict.repair.relation.right) == r"\operatorname{diag}(1 - s_{k}^{2}) B^{\top} \varepsilon_{k + 1}"


def test_the_trace_of_a_number_is_that_number() -> None:
    text = (
        r"$$ \frac{\partial J_t}{\partial C_{ij}} = \mathrm{tr}\left( \left(\frac{\partial J_t}{\partial o_t}\right)^T"
        r" \frac{\partial o_t}{\partial C_{ij}} \right) $$"
        r"$$ \frac{\partial J_t}{\partial C_{ij}} = \mathrm{tr}\left( \left(\frac{\partial J_t}{\partial o_t}\right)^T"
        r" \frac{\partial o_t}{\partial C_{ji}} \right) $$"
    )
    assert words(rows(text)) == "pw"
