"""No row is lost: what fails in one statement, or costs too much, is said in that statement's row."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.deciding.decide import Decider
from symrnn.judging.verdict import Undecided
from symrnn.language import budget
from symrnn.language.claims import Claim
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = "$$h_t = \\tanh(U x_t + W h_{t-1})$$\n\n$$z_t = V h_t$$\n\n"
PROVEN = "$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W$$\n\n"


def rows(text: str) -> dict[str, str]:
    return {j.statement.latex: j.verdict.word for j in checked(read_text(text, "rows.md", "markdown")).judgements}


@pytest.mark.parametrize(
    "odd",
    [
        r"c_t = f_t c_{t-1} + i_t g_t",
        r"h_t = W^t h_0",
        r"h_t = \tanh(W h_0)",
        r"W_{ij} = W_{ji}",
        r"V = 0",
        r"\delta_{\hat g_t} = \delta_{h_t} * h_t * \tanh'(\hat g_t)",
        r"E = \ell(q_t, p_t) = \ell(q_t, h_t)",
        r"W^{(t)} = W",
        r"a_t = b_t, \qquad b_t = a_t",
        r"x_t = x_t^2 y_d",
        r"g_t = \tanh(r_t), \qquad r_t = B g_{+-1}",
        r"g_t = \tanh(r_t), \qquad r_t = B g_2",
        r"g_t = \tanh(r_t), \qquad r_t = B g_{t-1T}, \qquad q_t = D g_t, \qquad \frac{\partial q_t}{\partial g_t} = D",
        r"p_t = \mathrm{softmax}(0 V), \qquad E = 2 \sum_t y_t^T \log p_t",
        r"h_{t,j} = (\sum_U_{i}_mp{}h_{1,m})",
        r"\frac{\partial h_t}{\partial h_0} = W^t",
        r"S_k = f(S_{k-1} A + X_k B), \qquad s_k = s_{k-1} a + x_k b",
    ],
)
def test_an_odd_equation_costs_no_other_one_its_row(odd: str) -> None:
    for text in (NETWORK + PROVEN + f"$$ {odd} $$\n", f"$$ {odd} $$\n\n", f"$$ {odd} $$\n\n" + NETWORK + PROVEN):
        report = checked(read_text(text, "odd.md", "markdown"))
        assert len(report.judgements) == len(report.document.statements) >= 1
        assert not [j for j in report.judgements if isinstance(j.verdict, Undecided) and "please report" in str(j.verdict.reason)]


def test_a_document_without_a_network_has_its_rows() -> None:
    assert rows("$$ a + b = b + a $$\n") == {"a + b = b + a": "proven"}


def test_an_error_of_the_program_is_the_undecided_of_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = Decider.decide

    def breaks(self: Decider, claim: Claim) -> object:
        if claim.literal_zero:
            raise IndexError("some mistake")
        return decide(self, claim)

    monkeypatch.setattr(Decider, "decide", breaks)
    report = checked(read_text(NETWORK + "Thus $$ z_t = 0 $$\n\n" + PROVEN, "broken.md", "markdown"))
    assert [j.verdict.word for j in report.judgements] == ["definition", "definition", "undecided", "proven"]
    verdict = report.judgements[2].verdict
    assert (
        isinstance(verdict, Undecided) and "please report it as E-" in str(verdict.reason) and "IndexError" in str(verdict.reason)
    )


def test_a_statement_over_its_budget_is_undecided_and_the_next_one_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symrnn.judging.check._STATEMENT_BUDGET", 120_000)
    long = " + ".join(["h_t"] * 1500)
    report = checked(read_text(NETWORK + f"$$ 1500 h_t = {long} $$\n\n$$ z_t = V h_t + 0 $$\n", "long.md", "markdown"))
    verdict = report.judgements[2].verdict
    assert isinstance(verdict, Undecided) and "more work" in str(verdict.reason)
    assert report.judgements[3].verdict.word == "proven"


def test_a_budget_counts_what_is_spent_inside_it_only() -> None:
    with budget.limited(10):
        budget.spend(10)
        with pytest.raises(budget.TooLarge):
            budget.spend(1)
    budget.spend(1_000_000)
