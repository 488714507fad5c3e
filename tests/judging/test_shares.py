"""The searches for repairs in one document share the formulas that they may try: later ones try fewer, and the report says so."""

from __future__ import annotations

import pytest

from symrnn.judging.check import check
from symrnn.judging.judgement import Options, Report
from symrnn.judging.kept.live import Live
from symrnn.judging.kept.memory import Memory
from symrnn.judging.repair import Tries
from symrnn.judging.verdict import Wrong
from symrnn.reading.document import Document, read_text
from symrnn.showing.report.as_json import render
from symrnn.showing.report.wording import UNSEARCHED

NETWORK = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ z_t = V h_t $$ $$ L = \frac12 \sum_{t=1}^{T} \|z_t - y_t\|^2 $$"
#: Wrong, and too far from what is right for a repair.
FALSE = r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(h_t + x_%d) + W W + %d W W W W"
SLIPPED = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 + h_t^2) W"
OPTIONS = Options(every_length=False)


def document(rows: int, *more: str) -> Document:
    lines = (*(FALSE % (n, n) for n in range(1, rows + 1)), *more)
    return read_text("\n\n".join((NETWORK, *(f"$$ {line} $$" for line in lines))), "many.md", "markdown")


def rows_of(report: Report) -> list[Wrong]:
    found = [j.verdict for j in report.judgements if isinstance(j.verdict, Wrong)]
    assert found
    return found


def test_a_share_is_halved_with_what_was_tried_and_never_nothing() -> None:
    shares = [Tries(made).share for made in (0, 2047, 2048, 4096, 10**9)]
    assert shares[0] == shares[1] == 2 * shares[2] == 4 * shares[3] and 0 < shares[4] < shares[3]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first share that one search uses up."""
    monkeypatch.setattr("symrnn.judging.repair._SHARE", 64)


def test_where_the_search_ended_early_the_report_says_so(narrow: None) -> None:
    report = check(document(3), OPTIONS)
    assert all(row.repair is None and row.unsearched for row in rows_of(report))
    assert UNSEARCHED in render([report])


def test_a_search_that_tried_everything_says_nothing_of_shares() -> None:
    report = check(document(1), OPTIONS)
    assert not any(row.unsearched for row in rows_of(report)) and UNSEARCHED not in render([report])


def test_a_repair_is_found_where_nothing_stands_before_and_the_right_answer_is_told_in_any_case(narrow: None) -> None:
    few, many = (check(document(rows, SLIPPED), OPTIONS).judgements[-1] for rows in (0, 1))
    assert isinstance(few.verdict, Wrong) and few.verdict.repair is not None
    assert isinstance(many.verdict, Wrong) and many.verdict.repair is None and many.answer is not None


def test_what_is_kept_counts_as_what_is_tried_anew(narrow: None) -> None:
    """The same rows with and without a memory, and in a document that is edited."""
    memory, live = Memory(), Live(OPTIONS)
    expected = render([check(document(1, SLIPPED), OPTIONS)])
    for rows in (document(1), document(1, SLIPPED), document(1, SLIPPED)):
        reports = check(rows, OPTIONS, memory=memory), live.check(rows)
    assert [render([report]) for report in reports] == [expected, expected]
