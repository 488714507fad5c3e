"""Why the transpose: one entry as a sum, the shapes that meet, and the matrix at sizes of two."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement, Options
from symrnn.reading.document import read_text
from symrnn.showing.report.entries import entry_lines, shape_lines
from symrnn.showing.report.wording import details

NOTES = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t), \quad z_t = V h_t, \quad L = \sum_{t=1}^T \frac12 \|z_t - y_t\|^2 $$
$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W \tag{jacobian} $$
$$ \frac{\partial L}{\partial h_T} = V^T (z_T - y_T) \tag{vector} $$
$$ \frac{\partial L}{\partial W} = \sum_{t=1}^T \mathrm{diag}(1-h_t^2) \frac{\partial L}{\partial h_t} h_{t-1}^T \tag{gradient} $$
$$ \frac{\partial L}{\partial h_T} = V (z_T - y_T) \tag{wrong} $$
"""
HEIGHT = "INPUT2"


@pytest.fixture(scope="module")
def judged() -> dict[str, Judgement]:
    report = check(read_text(NOTES, "notes.md", "markdown"), Options(steps=2, every_length=False))
    return {j.statement.label: j for j in report.judgements}


def test_a_jacobian_is_shown_entry_by_entry(judged: dict[str, Judgement]) -> None:
    assert entry_lines(judged["jacobian"]) == (
        "∂h_{t,i}/∂h_{t−1,j} = (1 − h_{t,i}²) W_{i,j}",
        "⎡ (1 − h_{t,1}²) W_{1,1}   (1 − h_{t,1}²) W_{1,2} ⎤",
        "⎣ (1 − h_{t,2}²) W_{2,1}   (1 − h_{t,2}²) W_{2,2} ⎦",
    )


def test_a_transpose_is_the_first_index_that_is_summed_over(judged: dict[str, Judgement]) -> None:
    general, *rows = entry_lines(judged["vector"])
    assert general == f"∂L/∂h_{{T,i}} = Σ_{{k=1}}^{{{HEIGHT}}} V_{{k,i}} (z_{{T,k}} − y_{{T,k}})"
    assert rows[0].startswith("⎡ V_{1,1} (z_{T,1} − y_{T,1}) + V_{2,1} (z_{T,2} − y_{T,2})")


def test_a_sum_over_entries_counts_by_a_letter_of_its_own() -> None:
    text = (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad E_t = \|h_t\|^2 $$"
        r"$$ \frac{\partial E_3}{\partial h_1} = \sum_{k=2}^{2} \frac{\partial E_3}{\partial h_k} \frac{\partial h_k}{\partial h_1} $$"
    )
    report = checked(read_text(text, "notes.md", "markdown"))
    (general, *_) = entry_lines(report.judgements[-1])
    assert general == "∂E₃/∂h_{1,i} = Σ_{k=2}^{2} Σ_{m=1}^{H} ∂E₃/∂h_{k,m} ∂h_{k,m}/∂h_{1,i}"


def test_a_sum_over_entries_counts_by_no_letter_of_a_size() -> None:
    text = (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad h_t \in \mathbb{R}^k, \quad x_t \in \mathbb{R}^m $$"
        r"$$ \frac{\partial h_t}{\partial h_{t-2}} = \frac{\partial h_t}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial h_{t-2}} $$"
    )
    report = checked(read_text(text, "notes.md", "markdown"))
    (general, *_) = entry_lines(report.judgements[-1])
    assert general.endswith(" = Σ_{n=1}^{k} ∂h_{t,i}/∂h_{t−1,n} ∂h_{t−1,n}/∂h_{t−2,j}")


def test_the_shapes_that_meet_are_named(judged: dict[str, Judgement]) -> None:
    assert shape_lines(judged["vector"]) == ("Vᵀ (hidden × input2) · [z_T − y_T] (input2)",)
    assert shape_lines(judged["gradient"])[0].startswith("diag(1 − hₜ²) (hidden × hidden) · ∂L/∂hₜ (hidden)")


def test_a_wide_matrix_is_left_out(judged: dict[str, Judgement]) -> None:
    assert len(entry_lines(judged["gradient"])) == 1


def test_a_definition_and_a_false_equation_of_shapes_have_no_entries(judged: dict[str, Judgement]) -> None:
    definition = next(j for j in judged.values() if j.verdict.word == "definition")
    assert (entry_lines(definition), shape_lines(definition)) == ((), ())


def test_explain_shows_them(judged: dict[str, Judgement]) -> None:
    report = check(read_text(NOTES, "notes.md", "markdown"), Options(steps=2, every_length=False))
    names = [detail.name for detail in details(report, judged["jacobian"])]
    assert {"shapes", "entry by entry"} <= set(names)
