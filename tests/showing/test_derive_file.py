"""`symrnn derive FILE`: every gradient of a network, in the letters of its document, each line proven."""

from __future__ import annotations

from pathlib import Path

import pytest

from symrnn.app import entry
from symrnn.judging.backprop import Backpropagation, backpropagations
from symrnn.judging.judgement import Options
from symrnn.language.errors import InputError
from symrnn.notation import unicode_relation
from symrnn.reading.document import read_text
from symrnn.showing.own import own_derivation
from symrnn.showing.report import markdown
from symrnn.showing.report.page import Display, Entry, Math, Note, Page, Section, Words

FAST = Options(steps=3, every_length=False)
STATE = (
    r"$$ s_t = \tanh(A x_t + B s_{t-1} + c), \quad o_t = C s_t, \quad p_t = \mathrm{softmax}(o_t), \quad L_t = -q_t^T \log p_t $$"
)
TOTAL = r"$$ L = \sum_{t=1}^{N} L_t $$"
GATED = r"""
$$ f_t = \sigma(W x_t + U h_{t-1}), \quad c_t = f_t \odot c_{t-1} + (1 - f_t) \odot x_t, \quad h_t = \tanh(c_t) $$
$$ L = \sum_{t=1}^T \frac12 \|h_t - y_t\|^2 $$
"""


def derived(text: str) -> Backpropagation:
    (found,) = backpropagations(read_text(text, "notes.md", "markdown"), FAST)
    return found


def lines(found: Backpropagation) -> list[str]:
    return [unicode_relation(step.relation) for step in found.steps]


def test_a_plain_network_is_derived_from_its_last_step_backwards() -> None:
    found = derived(STATE + "\n\n" + TOTAL)
    assert lines(found) == [
        "∂L/∂oₜ = pₜ − qₜ",
        "∂L/∂s_N = Cᵀ ∂L/∂o_N",
        "∂L/∂sₜ = Cᵀ ∂L/∂oₜ + Bᵀ (∂L/∂sₜ₊₁ ⊙ (1 − sₜ₊₁²))",
        "∂L/∂A = Σ_{t=1}^{N} (∂L/∂sₜ ⊙ (1 − sₜ²)) xₜᵀ",
        "∂L/∂B = Σ_{t=1}^{N} (∂L/∂sₜ ⊙ (1 − sₜ²)) sₜ₋₁ᵀ",
        "∂L/∂c = Σ_{t=1}^{N} ∂L/∂sₜ ⊙ (1 − sₜ²)",
        "∂L/∂C = Σ_{t=1}^{N} ∂L/∂oₜ sₜᵀ",
        "∂L/∂xₜ = Aᵀ (∂L/∂sₜ ⊙ (1 − sₜ²))",
        "∂L/∂s₀ = Bᵀ (∂L/∂s₁ ⊙ (1 − s₁²))",
    ]
    assert [step.verdict.word for step in found.steps] == ["conditional"] + ["proven"] * 8
    assert not found.missing


def test_a_loss_of_one_step_is_derived_by_earlier_states_too() -> None:
    found = derived(STATE)
    assert "∂Lₜ/∂sₖ = Cᵀ ∂Lₜ/∂oₖ + Bᵀ (∂Lₜ/∂sₖ₊₁ ⊙ (1 − sₖ₊₁²))" in lines(found)
    assert "∂Lₜ/∂B = Σ_{k=1}^{t} (∂Lₜ/∂sₖ ⊙ (1 − sₖ²)) sₖ₋₁ᵀ" in lines(found)


def test_a_gated_network_has_a_term_for_each_way() -> None:
    found = derived(GATED)
    assert lines(found)[:5] == [
        "∂L/∂h_T = h_T − y_T",
        "∂L/∂hₜ = hₜ − yₜ + Uᵀ (∂L/∂fₜ₊₁ ⊙ fₜ₊₁ ⊙ (1 − fₜ₊₁))",
        "∂L/∂c_T = ∂L/∂h_T ⊙ (1 − h_T²)",
        "∂L/∂cₜ = ∂L/∂hₜ ⊙ (1 − hₜ²) + ∂L/∂cₜ₊₁ ⊙ fₜ₊₁",
        "∂L/∂fₜ = ∂L/∂cₜ ⊙ (cₜ₋₁ − xₜ)",
    ]
    assert not found.missing


def test_what_is_called_by_a_letter_is_written_by_it() -> None:
    found = derived(STATE + "\n\n" + TOTAL + "\n\n" + r"$$ \delta_t = \frac{\partial L}{\partial o_t} $$")
    assert "∂L/∂C = Σ_{t=1}^{N} δₜ sₜᵀ" in lines(found)


def test_a_document_without_a_network_has_nothing_to_derive() -> None:
    with pytest.raises(InputError, match="no network is defined"):
        derived(r"$$ \frac{\partial L}{\partial W} = 0 $$")


def test_a_loss_that_no_equation_gives_is_one_of_the_outputs_of_each_step() -> None:
    text = r"$$ s_t = \tanh(A x_t + B s_{t-1}), \qquad p_t = \sigma(C s_t) $$"
    found = derived(text)
    assert lines(found)[:4] == [
        "∂L/∂pₜ = ∂Lₜ/∂pₜ",
        "∂L/∂s_T = Cᵀ (∂L/∂p_T ⊙ p_T ⊙ (1 − p_T))",
        "∂L/∂sₜ = Cᵀ (∂L/∂pₜ ⊙ pₜ ⊙ (1 − pₜ)) + Bᵀ (∂L/∂sₜ₊₁ ⊙ (1 − sₜ₊₁²))",
        "∂L/∂A = Σ_{t=1}^{T} (∂L/∂sₜ ⊙ (1 − sₜ²)) xₜᵀ",
    ]
    assert {step.verdict.word for step in found.steps} == {"proven"}
    assert not found.missing
    proof = own_derivation(read_text(text, "notes.md", "markdown"), found, 1, 1)
    assert "No equation gives" in proof.derivation.about


def test_a_state_that_a_loss_is_of_passes_on_what_its_own_step_and_the_next_one_send_back() -> None:
    found = derived(r"$$ L = \sum_{t=1}^T L_t, \qquad s_t = \tanh(x_t + B s_{t-1}) $$")
    assert "∂L/∂sₜ = ∂Lₜ/∂sₜ + Bᵀ (∂L/∂sₜ₊₁ ⊙ (1 − sₜ₊₁²))" in lines(found)


def test_reasons_name_the_ways_and_the_shapes() -> None:
    document = read_text(GATED, "notes.md", "markdown")
    (found,) = backpropagations(document, FAST)
    proof = own_derivation(document, found, 1, 1)
    reasons = [line.reason for line in proof.derivation.lines]
    assert "$c_{t}$ stands in the equations of $h_{t}$ and $c_{t + 1}$: one term for each." in reasons
    assert "$U$ stands in the equation of $f_{t}$. The shape is that of $U$: hidden × hidden." in reasons
    assert proof.fault is None


def test_markdown_of_a_page_escapes_words_and_keeps_formulas() -> None:
    given = Note("if", ((Words("Σ_k y = 1"),),), "given")
    entry = Entry("1", "1", "proven", Display("a_t = b_t"), before=(Words("by *law* of "), Math("x_t")), notes=(given,))
    page = Page("a_b", sections=(Section("Part", (entry,)),), colophon=(("to repeat", "symrnn derive a.md"),))
    assert markdown.render(page).split("\n\n") == [
        r"# a\_b",
        "## Part",
        r"by \*law\* of $x_t$",
        "$$\na_t = b_t \\tag{1}\n$$",
        r"✓ proven, if Σ\_k y = 1",
        "to repeat: `symrnn derive a.md`\n",
    ]


@pytest.mark.parametrize("suffix", [".md", ".tex", ".html"])
def test_the_derivation_is_written_where_it_is_asked_for(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes, output = tmp_path / "notes.md", tmp_path / f"out{suffix}"
    notes.write_text(STATE)
    assert entry.run(["derive", str(notes), "--steps", "2", "-o", str(output)]) == 0
    assert f"wrote {output}" in capsys.readouterr().out
    text = output.read_text()
    assert ("Back-propagation in notes.md" in text and r"\sum_{k=1}^{t}" in text.replace(" ", "")) or suffix == ".html"


def test_an_equation_beyond_the_rules_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text(r"$$ h_t = \det(h_{t-1} h_{t-1}^T) h_{t-1} + W x_t, \quad L = \sum_{t=1}^T \|h_t\|^2 $$")
    status = entry.run(["derive", str(notes), "--steps", "2"])
    assert status in (2, 3)
    assert "symrnn: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive", "nowhere.md"], "there is no file and no derivation 'nowhere.md'"),
        (["derive", "{notes}", "-o", "out.txt"], "ends in .tex, .pdf, .html or .md"),
        (["derive", "{notes}", "--network", "2"], "there is no network 2"),
        (["derive", "{notes}", "--hidden", "2", "--input", "2"], "give different sizes"),
    ],
)
def test_bad_arguments_are_told_in_a_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text(STATE)
    assert entry.run([a.replace("{notes}", str(notes)) for a in arguments]) == 2
    assert message in capsys.readouterr().err
