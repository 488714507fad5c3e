"""Terminal, JSON and GitHub, from one report made by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
import rules_page
from fake_report import LONG, SCOPE, document, report
from rich.cells import cell_len

from symrnn.judging.check import check
from symrnn.judging.findings import Selection, causes, findings
from symrnn.judging.judgement import Options, Report
from symrnn.judging.mistakes import RULES
from symrnn.judging.verdict import VERDICTS, Size, Undecided
from symrnn.language.model import Name
from symrnn.reading.document import read_text
from symrnn.showing.report import as_json, errata, github, terminal
from symrnn.showing.report.wording import clean, coverage, extent_text, smallest_text


def page(width: int, *, colour: bool = False) -> str:
    return terminal.render([report()], Selection(), width=width, colour=colour)


def unspaced(text: str) -> str:
    return "".join(text.split())


def explained(label: str) -> str:
    whole = report()
    pairs = [(whole, judgement) for judgement in whole.judgements if judgement.statement.label == label]
    assert len(pairs) == 1
    return terminal.render_explanation(pairs, width=100, colour=False)


# --------------------------------------------------------------------------------------------------------- terminal


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(cell_len, page(width).splitlines())) <= width


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_nothing_is_cut_off(width: int) -> None:
    text = unspaced(page(width))
    assert "…" not in text
    assert LONG[-12:] in text
    for statement in document().statements:
        assert unspaced(statement.label)[:8] in text
    for latex in (s.latex for s in document().statements if s.label in ("slip: 5%, or more", "point", "shapes")):
        assert unspaced(clean(latex)) in text


def test_wide_terminals_get_a_column_for_the_reason() -> None:
    def heading(width: int) -> list[str]:
        return next(line for line in page(width).splitlines() if "verdict" in line).split()

    assert heading(80) == ["label", "line", "verdict", "equation"]
    assert heading(140) == ["label", "line", "equation", "verdict", "why"]


@pytest.mark.parametrize("word", VERDICTS)
def test_every_verdict_has_its_sign_in_the_table(word: str) -> None:
    assert f"{VERDICTS[word].sign} {word}" in page(100)


def test_colour_only_where_asked_for() -> None:
    assert "\x1b[" not in page(100)
    assert "\x1b[" in page(100, colour=True)


def test_the_page_tells_counts_scope_conventions_and_model() -> None:
    text = page(140)
    assert "9 statements: 1 definition, 1 assumption, 1 proven, 1 conditional, 1 slip, 2 wrong, 1 undecided, 1 unread; " in text
    assert "7 of 9 decided" in text
    assert "Checked at 4 time steps, hidden 2, classes 3, input 4." in text
    assert "denominator (point); switches at point" in text
    assert "sₜ = tanh(A xₜ + B sₜ₋₁)" in text.split("The model as read")[1]


def test_mistakes_are_explained_in_full() -> None:
    full = page(140).split("What is wrong, in full")[1]
    assert "✗ wrong  point  line" in full and "✎ slip  slip: 5%, or more  line" in full
    for piece in (
        "t = 2, entry (1, 2), at 4 time steps, hidden 2, classes 3, input 4, rational point 7, where s_{-1} = 0",
        "|left − right| [0.625 +/- 2e-9]",
        "1 time step with hidden size 2; everything smaller is proven",
        "missing output matrix (mathematics): the factor C is missing",
        "every length and every size",
        "or else",
        "the shapes (classes, hidden) and (hidden, input) do not meet",
        "no repair was found that can be proven",
        "symrnn check 'my notes,1.md' --replay 'slip: 5%, or more'",
    ):
        assert piece in full, piece


@pytest.mark.parametrize(
    ("label", "pieces"),
    [
        ("def", ("It introduces", "(hidden)", "in “First, with a comma: 100%”")),
        (
            "proven",
            ("true as written", "s_{-1} = 0 (line 3)", "8 polynomials", "layout: numerator", "layout of Jacobians: numerator"),
        ),
        ("conditional", ("needs", "Σ_k q_k = 1", "[0.625 +/- 2e-9]")),
        ("undecided", ("neither proven nor refuted", "the engine met")),
        ("assumption", ("claims nothing", "Σ_k q_k = 1")),
        ("unread", ("not understood", "\\wedge  (line 16, column 8)")),
    ],
)
def test_explanations(label: str, pieces: tuple[str, ...]) -> None:
    text = explained(label)
    for piece in pieces:
        assert piece in text
    assert ("--replay" in text) is (label == "conditional")


def test_a_document_cannot_steer_the_terminal() -> None:
    hostile = "\x1b[2J[red]x\x07\u202e"
    whole = report()
    statement = replace(whole.judgements[0].statement, label=hostile, section=hostile)
    first = replace(whole.judgements[0], statement=statement)
    text = terminal.render([replace(whole, judgements=(first,), model=(hostile,))], Selection(), width=100, colour=False)
    assert "[red]" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_coverage_of_a_selection_names_the_whole() -> None:
    whole = report()
    selection = replace(whole, judgements=whole.judgements[:2])
    assert coverage(selection).startswith("2 of 9 statements: 1 definition, 1 proven")
    assert extent_text(replace(SCOPE, steps=1)).startswith("1 time step, hidden 2")


# --------------------------------------------------------------------------------------------------------- in few lines


def concise(whole: Report) -> list[str]:
    return terminal.render_concise([whole], Selection()).splitlines()


def test_each_finding_is_one_line_the_worst_first_and_counts_last() -> None:
    lines = concise(report())
    levels = [re.split(r"\[| ", line.split(": ", 1)[1])[0] for line in lines if line.startswith("my notes,1.md:")]
    assert levels == ["wrong", "wrong", "slip", "undecided", "unread", "proven", "conditional"]
    assert lines[0].startswith("my notes,1.md:11:4: wrong[missing-output-matrix,missing-hat] point: ")
    assert "the factor C is missing, q → q̂; should read " in lines[0]
    assert lines[7] == "a hat too few (missing-hat), 2 times: lines 10, 11"
    assert lines[8].startswith("9 statements: ")


def test_few_claims_that_hold_are_told_one_by_one_and_many_by_what_they_need() -> None:
    whole = report()
    proven, conditional = whole.judgements[1], whole.judgements[2]
    few, many = (concise(replace(whole, judgements=(proven, *[conditional] * number))) for number in (2, 12))
    assert few[0].startswith("my notes,1.md:5:4: proven proven: ∂sₜ/∂sₜ₋₁ = diag(1 − sₜ²) B; given s_{-1} = 0 (line 3)")
    assert few[1].startswith("my notes,1.md:6:4: conditional conditional: ") and "; if Σ_k q_k = 1" in few[1]
    assert many[0].startswith("true if Σ_k q_k = 1, 12 times: ")
    assert not [line for line in terminal.render_concise([whole], Selection.of(["wrong"])).splitlines() if " proven: " in line]


def test_what_is_left_open_is_told_with_the_derivative_that_the_equations_give() -> None:
    text = r"""$$ y = A x + B u + b $$
$$ \frac{\partial y}{\partial u} = B + b $$"""
    (line, *_) = concise(check(read_text(text, "a.md", "markdown"), Options(every_length=False)))
    assert line.startswith("a.md:2:4: undecided[undecided] L2: ") and line.endswith("; by the equations as read it is B")


def test_what_rows_wait_for_is_said_once_before_all_else() -> None:
    whole = report()
    first, *others = whole.judgements
    failed = replace(first, verdict=Undecided("crossentropy(p, y) is not defined", fails=Name("L")))
    waiting = [replace(j, verdict=Undecided("nothing defines L", waits_for=Name("L"))) for j in others[:3]]
    found = replace(whole, judgements=(failed, *waiting))
    assert [(cause.name, len(cause.waiting)) for cause in causes(found)] == [(Name("L"), 3)]
    lines = concise(found)
    assert lines[0] == "my notes,1.md:4:4: 3 rows wait for L: crossentropy(p, y) is not defined (lines 5, 6, 10)"
    assert len([line for line in lines if "undecided[" in line]) == 1
    undefined = concise(replace(whole, judgements=tuple(waiting)))
    assert undefined[0] == "my notes,1.md: 3 rows wait for L, which nothing defines; add its equation (lines 5, 6, 10)"


def test_one_jacobian_in_two_layouts_is_a_finding() -> None:
    text = r"""$$ h_t = \tanh(U x_t + W h_{t-1}) $$
$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W $$
$$ \frac{\partial h_k}{\partial h_{k-1}} = W^T \mathrm{diag}(1 - h_k^2) $$"""
    whole = check(read_text(text, "a.md", "markdown"), Options(every_length=False))
    (switch,) = findings(whole)
    assert (switch.level, switch.codes, switch.place.line) == ("warning", ("layout-switch",), 3)
    assert "the same Jacobian is diag(1 − hₜ²) W at line 2" in concise(whole)[0]
    assert findings(whole, Selection.of(ignored=["layout-switch"])) == ()


def test_vec_of_columns_and_vec_of_rows_are_a_finding() -> None:
    text = r"""$$ h_t = \tanh(U x_t + W h_{t-1}), \quad z_t = V h_t $$
$$ \mathrm{vec}(V W) = (I \otimes V) \, \mathrm{vec}(W) $$
$$ \mathrm{vec}(V W) = (V \otimes I) \, \mathrm{vec}(W) $$"""
    whole = check(read_text(text, "a.md", "markdown"), Options(every_length=False))
    (switch,) = findings(whole)
    assert (switch.level, switch.codes, switch.place.line) == ("warning", ("vec-switch",), 3)
    assert "vec takes the entries of a matrix in another order at line 2" in concise(whole)[0]


def test_errata_list_what_is_wrong_in_the_order_of_the_document() -> None:
    rows = [line for line in errata.render([report()]).splitlines() if line.startswith("| my notes")]
    assert [row.split(" | ")[0] for row in rows] == [
        "| my notes,1.md:10 (slip: 5%, or more)",
        "| my notes,1.md:11 (point)",
        "| my notes,1.md:13 (shapes)",
    ]
    assert "slip: a hat too few; q → q̂ |" in rows[0] and "$V = A - " in rows[2]


# ------------------------------------------------------------------------------------------------------------- JSON

STATEMENT_KEYS = [
    "id",
    "file",
    "cell",
    "line",
    "column",
    "label",
    "section",
    "latex",
    "verdict",
    "reading",
    "scope",
    "hypotheses",
    "given",
    "repair",
    "answer",
    "counterexample",
    "witness",
    "reason",
]
SIZES = {"steps": 4, "hidden": 2, "classes": 3, "input": 4}


def by_label(whole: Report) -> dict[str, dict[str, object]]:
    return {statement["label"]: statement for statement in json.loads(as_json.render([whole]))["statements"]}


def test_json_has_the_promised_names_in_order() -> None:
    found = json.loads(as_json.render([report()]))
    assert list(found) == ["document", "ledger", "counts", "findings", "statements"]
    assert list(found["counts"]) == list(VERDICTS)
    assert all(list(statement) == STATEMENT_KEYS for statement in found["statements"])
    assert found["document"] == "my notes,1.md"
    assert found["ledger"][1]["switches"] == ["point"]


def test_json_of_several_documents_is_an_array() -> None:
    assert [one["document"] for one in json.loads(as_json.render([report(), report()]))] == ["my notes,1.md"] * 2


def test_json_holds_the_evidence() -> None:
    found = by_label(report())
    assert found["proven"]["scope"] == "all"
    assert found["proven"]["reading"] == {"subscript t of s": "time", "layout": "numerator"}
    assert found["proven"]["repair"] is found["proven"]["counterexample"] is None
    assert found["conditional"]["hypotheses"] == ["Σ_k q_k = 1"]
    assert found["conditional"]["scope"] == SIZES
    point = found["point"]["counterexample"]
    assert isinstance(point, dict)
    assert point["kind"] == "point" and point["indices"] == {"t": 2} and point["entry"] == [1, 2]
    assert point["smallest"] == {"steps": 1, "hidden": 2, "true_below": True}
    repair = found["point"]["repair"]
    assert isinstance(repair, dict)
    assert list(repair) == ["latex", "edits", "scope", "hypotheses"]
    assert repair["scope"] == "all" and [edit["kind"] for edit in repair["edits"]] == ["mathematics", "notation"]
    assert found["shapes"]["counterexample"] == {
        "kind": "shapes",
        "left": "(classes, hidden)",
        "right": "(hidden, input)",
        "reason": "terms of a sum: (classes, hidden) against (hidden, input)",
        "smallest": None,
    }
    assert found["unread"]["reason"] == "an operator without an operand: \\wedge; follows from the line before"
    assert found["def"]["scope"] == SIZES


def test_an_axis_that_the_model_lacks_is_null() -> None:
    whole = replace(report(), scope=replace(SCOPE, sizes=(("hidden", 2),)))
    assert by_label(whole)["def"]["scope"] == {"steps": 4, "hidden": 2, "classes": None, "input": None}


# ----------------------------------------------------------------------------------------------------------- GitHub


def test_github_annotates_what_needs_attention() -> None:
    *annotations, summary = github.render([report()]).splitlines()
    assert [line.split(" ", 1)[0] for line in annotations] == [
        "::error",
        "::error",
        "::warning",
        "::warning",
        "::warning",
        "::notice",
    ]
    assert summary.startswith("symrnn: my notes,1.md: 9 statements")


def test_github_escapes_what_would_end_a_value() -> None:
    slip = next(line for line in github.render([report()]).splitlines() if "title=slip" in line)
    properties, message = slip.removeprefix("::warning ").split("::", 1)
    assert (
        properties
        == "file=my notes%2C1.md,line=10,col=4,endLine=10,endColumn=23,title=slip[missing-hat]%3A slip%3A 5%25%2C or more"
    )
    assert "%0Aa hat too few: q → q̂" in message


def test_a_network_of_numbers_has_no_hidden_size() -> None:
    assert smallest_text(Size(2, 0, False)) == "2 time steps"
    assert smallest_text(Size(1, 2, True)) == "1 time step with hidden size 2; everything smaller is proven"


# ------------------------------------------------------------------------------------------------------------ rules


def test_the_page_of_rules_is_the_one_of_today() -> None:
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.page(), "run: python tests/rules_page.py"
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes) and all(f"| `{code}` |" in rules_page.page() for code in codes)
