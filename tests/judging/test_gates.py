"""Textbook cells, forwards and backwards: what is true is proven for every length and every size, and mutants are caught.

Here one of the documents and a few mutants; `tests/benchmarks/textbook_cells.py` checks all, `tests/gate_mutants.py` two hundred mutants.
"""

from __future__ import annotations

from checked import checked
from gate_mutants import CAUGHT, EQUIVALENT, MENDED, broken, outcome
from places import DOCUMENTS

from symrnn.judging.check import check
from symrnn.judging.verdict import Definition, Proven, Wrong
from symrnn.notation import unicode_relation
from symrnn.reading.document import read_document, read_text


def test_a_gru_is_proven_for_every_length_and_every_size() -> None:
    report = check(read_document(DOCUMENTS / "gru_update.md"))
    verdicts = {j.statement.label: j.verdict for j in report.judgements if not isinstance(j.verdict, Definition)}
    assert list(verdicts) == [f"u{n}" for n in range(1, 9)]
    assert all(isinstance(v, Proven) and v.ground.extent == "all" for v in verdicts.values())


def test_mutants_of_a_gru_are_caught() -> None:
    cases = [case for case in broken("gru_update.md") if case.statement.label == "u1"]
    assert len(cases) > 30
    words = [outcome(case)[0] for case in cases[::12]]
    assert set(words) <= {*CAUGHT, EQUIVALENT} and MENDED in words


# --------------------------------------------------------------------------------------------------- δ, d before letters

CELL = (
    r"$$ c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t), \qquad L = \frac12 \sum_{t=1}^T \|h_t - y_t\|^2 $$",
    r"$$ f_t = \sigma(W x_t + U h_{t-1}) $$",
)


def word(label: str, *lines: str) -> str:
    """The verdict on an equation that stands among others."""
    document = read_text("\n\n".join((*CELL, *lines)), "cell.md", "markdown")
    return next(j.verdict.word for j in checked(document).judgements if j.statement.label == label)


FALSE = r"$$ \delta i_t = \delta c_t \odot f_t \tag{false} $$"
JOINED = r"$$ \delta i_t = \delta c_t \odot g_t \tag{joined} $$"
ANCHOR = (
    r"$$ \frac{\partial L}{\partial W} = \sum_{t=1}^T (\delta c_t \odot c_{t-1} \odot f_t \odot (1 - f_t)) x_t^\top \tag{anchor} $$"
)


def test_a_false_equation_of_errors_is_wrong_where_true_ones_show_what_they_are() -> None:
    """δc_t is that of L by (anchor), and δi_t by (joined); what comes later counts as well."""
    assert word("false", JOINED, ANCHOR, FALSE) == "wrong"
    assert word("false", FALSE, ANCHOR, JOINED) == "wrong"


def test_errors_alone_are_those_of_any_loss() -> None:
    """Without an equation that has a term of another kind, δ may be of the loss of a step: nothing is called wrong."""
    assert word("false", JOINED, FALSE) == "undecided"


SLOPES = r"$$ \delta o_t = \delta h_t \odot \tanh(c_t) $$"


def test_several_true_equations_show_what_a_prefix_means() -> None:
    """A prefix of a letter that stands on the left of several equations may be a part of its gradient."""
    another = r"$$ \delta g_t = \delta c_t \odot i_t $$"
    assert word("false", SLOPES, another, FALSE) == "wrong"
    assert word("false", SLOPES, another, FALSE, JOINED) == "undecided"
    step = r"$$ \delta h_{t-1} = U^\top (\delta c_t \odot c_{t-1} \odot f_t \odot (1 - f_t)) \tag{step} $$"
    assert word("step", SLOPES, another, step) == "conditional"


def test_a_false_equation_of_errors_is_mended_where_no_loss_is_named() -> None:
    cell = CELL[0].split(r", \qquad L =")[0] + " $$"
    lines = (cell, SLOPES, r"$$ \delta g_t = \delta c_t \odot i_t $$", FALSE)
    verdict = checked(read_text("\n\n".join(lines), "cell.md", "markdown")).judgements[-1].verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert unicode_relation(verdict.repair.relation) == "δiₜ = δcₜ ⊙ gₜ"


def test_a_letter_that_no_true_equation_holds_stays_open() -> None:
    assert word("false", ANCHOR, FALSE) == "undecided"


def test_a_letter_too_many_among_errors_is_a_slip_where_they_are_known() -> None:
    """ĝ_t is defined nowhere, and with g_t the equation is true; before δi_t is known to be an error nothing is said."""
    hat = r"$$ \delta i_t = \delta c_t \odot \hat g_t \tag{hat} $$"
    known = r"$$ \delta f_t = \delta c_t \odot c_{t-1} \tag{known} $$"
    assert word("hat", JOINED, ANCHOR, hat) == "slip"
    assert word("hat", hat, JOINED, ANCHOR, known) == "slip"
    assert word("hat", hat) == "undecided"
