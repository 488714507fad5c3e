"""Reports, verdicts and statements show themselves in Jupyter."""

from __future__ import annotations

from types import SimpleNamespace

import nbclient
import nbformat
import pytest
from fake_report import report

from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import VERDICTS
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.reading.document import Statement
from symrnn.showing.report.notebook import html_of, latex_of, load_ipython_extension, show


def test_a_report_shows_every_statement_with_its_verdict() -> None:
    shown = show(report())._repr_html_()
    for word in VERDICTS:
        assert word in shown
    short, details = shown.split("<details>")
    assert (short.count("<tr>"), details.count("<tr>")) == (3, len(report().judgements))
    assert repr(report()).count("\n") == 3 and len(repr(report())) < 1000
    assert "<script" not in shown
    assert show(report())._repr_latex_() is None


def test_a_statement_shows_its_formula() -> None:
    judgement = report().judgements[1]
    for of in (judgement.statement, judgement):
        assert show(of)._repr_latex_() == rf"$\displaystyle {judgement.statement.latex}$"
    assert "<math" in html_of(judgement.statement)


def test_a_relation_shows_itself() -> None:
    chain = read_row(r"z_t = V h_t")[0]
    left, right = chain.sides
    assert left is not None and right is not None
    assert latex_of(Relation("=", left, right)) == r"$\displaystyle z_{t} = V h_{t}$"


def test_what_was_not_read_is_shown_as_it_stands() -> None:
    unread = next(j for j in report().judgements if j.verdict.word == "unread")
    assert latex_of(unread) is None
    assert "<code>" in html_of(unread)


@pytest.mark.parametrize("kind", [Report, Judgement, Statement, Relation])
def test_the_extension_registers_every_kind(kind: type) -> None:
    known: dict[str, dict[type, object]] = {"text/html": {}, "text/latex": {}}
    formatters = {name: SimpleNamespace(for_type=found.__setitem__) for name, found in known.items()}
    load_ipython_extension(SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters)))
    assert kind in known["text/html"]
    assert kind in known["text/latex"]


def test_a_notebook_checks_a_cell() -> None:
    cells = [
        "%load_ext symrnn",
        "%%symrnn\n$$ h_t = \\tanh(U x_t + W h_{t-1}) $$\n$$ \\frac{\\partial h_t}{\\partial h_{t-1}} = W \\mathrm{diag}(1 - h_t^2) $$",
        "%%symrnn\nwords",
        "print(len(repr(_)))",
        "%%symrnn\n$$ \\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W $$",
        "%%symrnn\n$$ h_t = \\tanh(A x_t + B h_{t-1}) $$",
        "%%symrnn\n$$ \\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) B $$",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = notebook.cells[1].outputs[0].data
    assert "✗ wrong  line 2" in shown["text/plain"] and len(shown["text/plain"]) < 300
    assert "<details>" in shown["text/html"] and "<math" in shown["text/html"]
    assert "no equation found in cell.md" in notebook.cells[2].outputs[0].text
    assert int(notebook.cells[3].outputs[0].text) < 300
    assert notebook.cells[4].outputs[0].data["text/plain"] == "cell.md: 1 proven"
    assert notebook.cells[6].outputs[0].data["text/plain"] == "cell.md: 1 proven"
