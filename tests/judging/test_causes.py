"""One change of a loss that makes several wrong equations hold is told once, and theirs is the cause."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.findings import Selection, findings
from symrnn.judging.judgement import Options, Report
from symrnn.judging.kept.live import Live
from symrnn.notation import unicode_relation
from symrnn.reading.document import read_text
from symrnn.showing.report import as_json, errata, terminal
from symrnn.showing.report.markdown import render
from symrnn.showing.report.pages import page_of

CELL = r"$$ s_t = \tanh(A x_t + B s_{t-1}) $$ $$ o_t = C s_t + d $$ "
SOFTMAX = CELL + r"$$ p_t = \mathrm{softmax}(o_t) $$ with $\sum_k q_{t,k} = 1$ for the targets. "
BY_OUTPUT = r"$$ \frac{\partial J_t}{\partial o_t} = p_t - q_t $$ "
BY_BIAS = r"$$ \frac{\partial J}{\partial d} = \sum_{t=1}^T (p_t - q_t) $$ "
BY_MATRIX = r"$$ \frac{\partial J}{\partial C} = \sum_{t=1}^T (p_t - q_t) s_t^T $$ "
BY_STATE = (
    r"$$ \frac{\partial J}{\partial s_t} = C^T (p_t - q_t)"
    r" + B^T \mathrm{diag}(1 - s_{t+1}^2) \frac{\partial J}{\partial s_{t+1}} $$ "
)
STEPS = r"$$ J_t = \sum_k q_{t,k} \log p_{t,k} $$ $$ J = \sum_{t=1}^T J_t $$ "
WHOLE = r"$$ J = \sum_{t=1}^T \sum_k q_{t,k} \log p_{t,k} $$ "
SQUARES = CELL + r"$$ J = %s \sum_{t=1}^T (o_t - q_t)^T (o_t - q_t) $$ "
OF_SQUARES = (
    r"$$ \frac{\partial J}{\partial o_t} = %s (o_t - q_t) $$ $$ \frac{\partial J}{\partial d} = %s \sum_{t=1}^T (o_t - q_t) $$ "
)


def report(text: str) -> Report:
    return checked(read_text(text, "a.md", "markdown"))


def causes(of: Report) -> list[tuple[str, int, int]]:
    """What each cause would have to say, how many of how many wrong equations it mends."""
    found = (f.cause for f in findings(of))
    return [(unicode_relation(cause.instead), len(cause.mended), cause.wrong) for cause in found if cause is not None]


@pytest.mark.parametrize(
    ("text", "instead", "mended", "wrong"),
    [
        (SOFTMAX + STEPS + BY_OUTPUT + BY_BIAS + BY_STATE, "Jₜ = −Σ_{k} q_{t,k} log(p_{t,k})", 3, 3),
        (SOFTMAX + WHOLE + BY_BIAS + BY_MATRIX, "J = −Σ_{t=1}^{T} Σ_{k} q_{t,k} log(p_{t,k})", 2, 2),
        (SOFTMAX + WHOLE + BY_BIAS + BY_MATRIX + BY_STATE.replace("C^T", "C"), "J = −Σ_{t=1}^{T} Σ_{k} q_{t,k} log(p_{t,k})", 2, 3),
        (SQUARES % "" + OF_SQUARES % ("", ""), "J = (1/2) Σ_{t=1}^{T} (oₜ − qₜ)ᵀ (oₜ − qₜ)", 2, 2),
        (SQUARES % r"\frac{1}{2}" + OF_SQUARES % ("2", "2"), "J = Σ_{t=1}^{T} (oₜ − qₜ)ᵀ (oₜ − qₜ)", 2, 2),
        (SQUARES % r"\frac{1}{2T}" + OF_SQUARES % ("", ""), "J = (1/2) Σ_{t=1}^{T} (oₜ − qₜ)ᵀ (oₜ − qₜ)", 2, 2),
        (SQUARES % "" + OF_SQUARES % (r"\frac{2}{T}", r"\frac{2}{T}"), "J = (1/T) Σ_{t=1}^{T} (oₜ − qₜ)ᵀ (oₜ − qₜ)", 2, 2),
    ],
)
def test_a_loss_without_its_sign_or_factor_is_the_cause_of_its_wrong_gradients(
    text: str, instead: str, mended: int, wrong: int
) -> None:
    found = report(text)
    assert causes(found) == [(instead, mended, wrong)], terminal.render_concise([found], Selection())
    assert found.counts["wrong"] == wrong


@pytest.mark.parametrize(
    "text",
    [
        SOFTMAX + WHOLE + BY_BIAS,  # one alone may be wrong itself
        SOFTMAX + WHOLE + BY_BIAS + BY_MATRIX + BY_STATE.replace("p_t - q_t", "q_t - p_t"),  # another holds as it is
        SQUARES % "" + OF_SQUARES % ("2", "2"),  # nothing is wrong
        SQUARES % "" + OF_SQUARES % ("", "4"),  # two factors
    ],
)
def test_where_no_change_mends_two_or_one_that_holds_would_fail_there_is_no_cause(text: str) -> None:
    assert causes(report(text)) == []


def test_the_cause_is_told_first_by_its_place_and_in_every_output() -> None:
    text = SOFTMAX.replace(" $$", "\n$$") + STEPS.replace(" $$", "\n$$") + BY_OUTPUT + BY_BIAS
    found = report(text)
    (finding,) = [f for f in findings(found) if f.cause is not None]
    said = "with Jₜ = −Σ_{k} q_{t,k} log(p_{t,k}), 2 of 2 wrong equations would hold ("
    first, *others = terminal.render_concise([found], Selection()).splitlines()
    assert first.startswith(f"{finding.place}:{finding.place.column}: warning[one-cause] ") and said in first
    assert sum("wrong[sign]" in line for line in others) == 2 and not any(said in line for line in others)
    assert "2 of 2 wrong equations would" in " ".join(terminal.render([found], Selection(), width=80, colour=False).split())
    assert said in errata.render([found])
    assert "2 of 2 wrong equations would hold" in render(page_of(found, short=True))
    (told,) = [f["cause"] for f in as_json.report_object(found)["findings"] if f["cause"] is not None]
    wrong = [j.statement.id for j in found.judgements if j.verdict.word == "wrong"]
    assert told == {"latex": r"J_{t} = -\sum_{k} q_{t,k} \log(p_{t,k})", "mends": wrong}


def test_a_document_that_is_written_on_has_the_same_cause() -> None:
    live = Live(Options(every_length=False))
    for text in (SOFTMAX + WHOLE + BY_BIAS, SOFTMAX + WHOLE + BY_BIAS + BY_MATRIX):
        now = live.check(read_text(text, "a.md", "markdown"))
        assert causes(now) == causes(report(text))
