"""Each letter has its role for a reason that a reader can ask for, seen from the whole document."""

from __future__ import annotations

import pytest

from symrnn.judging.check import check
from symrnn.language.terms import Relation, Sub
from symrnn.notation import read_row
from symrnn.reading.document import read_text
from symrnn.reading.lexicon import Lexicon, build_lexicon
from symrnn.reading.lexicon.roles import RULES
from symrnn.showing.report import terminal

pytestmark = pytest.mark.usefixtures("words_alone")

RNN = ("h_t = f(U x_t + W h_{t-1})", "L = \\sum_{t=1}^{N} L_t")
GATES = ("i_t = g(W_i x_t + b_i)", "f_t = g(W_f x_t + b_f)", "c_t = f_t c_{t-1}", "L = \\sum_{t=1}^T \\sum_{k=1}^K y_{t,k} p_{t,k}")


def relation(formula: str) -> Relation:
    left, right = read_row(formula)[0].sides
    assert left is not None and right is not None
    return Relation("=", left, right)


def lexicon(*formulas: str) -> Lexicon:
    return build_lexicon(map(relation, formulas), [])


@pytest.mark.parametrize(
    ("formulas", "letter", "role", "why"),
    [
        (RNN, "t", "time", "it stands in a script with a number added"),
        (RNN, "N", "last step", "a sum over time ends there"),
        (RNN, "t", "index", "a sum or a product counts by it"),
        (GATES, "K", "size", "a sum ends there"),
        (GATES, "k", "component", "a sum that ends at a size counts by it"),
        (GATES, "T", "last step", "a sum ends there"),
        (("z_t = a", "L = -\\log p_{t,c}", "p_t = s(z_t)"), "c", "class", "a logarithm is taken of what it stands below"),
        (("h_t = f(W_{xi} x_t)",), "i", "part of a name", "it stands below others in one word with letters that count nothing"),
        (("h^{(t)} = f(h^{(t-1)})",), "h", "raised", "it has an index in brackets above"),
    ],
)
def test_evidence(formulas: tuple[str, ...], letter: str, role: str, why: str) -> None:
    assert any(e.role == role and e.why.startswith(why) for e in lexicon(*formulas).evidence_of({letter}))


def test_every_rule_of_the_table_has_its_own_reason() -> None:
    assert len({(rule.role, rule.why) for rule in RULES}) == len(RULES)


def occurs(found: Lexicon, formula: str) -> tuple[str, int]:
    """The name of the left side of a formula, and the number of its indices."""
    left = relation(formula).left
    assert isinstance(left, Sub)
    occurrence = found.occurrence(left)
    assert occurrence is not None
    return occurrence.name.letter + occurrence.name.suffix, len(occurrence.indices)


def test_a_letter_names_a_gate_below_one_letter_and_counts_below_another() -> None:
    found = lexicon(*GATES, "\\frac{\\partial L}{\\partial V_{ij}} = p_{t,i} h_{t,j}")
    assert occurs(found, "b_i = 0") == ("bi", 0)
    assert occurs(found, "V_{ij} = 0") == ("V", 2)
    assert occurs(found, "p_{t,i} = 0") == ("p", 2)


def test_what_a_sum_counts_by_is_an_index_also_beside_a_fixed_class() -> None:
    found = lexicon("L = \\sum_i y_i p_i", "y_c = 1", "h_t = f(h_{t-1})")
    assert occurs(found, "y_i = 0") == ("y", 1)


def test_explain_says_why_a_letter_counts_time() -> None:
    text = "$$h_t = \\tanh(U x_t + W h_{t-1})$$\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W$$\n"
    report = check(read_text(text, "notes", "markdown"))
    said = terminal.render_explanation([(report, report.judgements[1])], width=200, colour=False)
    assert "t: counts time (it stands in a script with a number added" in " ".join(said.split())


def test_a_gate_below_an_error_stands_beside_a_step() -> None:
    gates = (
        "i_t = g(u_t)",
        "f_t = g(v_t)",
        "c_t = f_t c_{t-1} + i_t",
        "q_{f,t} = r_t",
        "q_{i,t} = s_t",
        "y_{i,t} = V_{ij} h_{j,t}",
    )
    found = lexicon(*gates)
    assert ("q", "i") in found.named and ("y", "i") not in found.named


def test_a_weight_is_one_whatever_stands_below_it_elsewhere() -> None:
    network = r"$$ n_t = U x_t + W s_{t-1}, \quad s_t = f(n_t) $$"
    elsewhere = r"$$ \nabla_W E = \sum_{i=1}^t \nabla_{W_i} E, \quad a = W_{11} $$"
    claim = r"$$ \frac{\partial s_t}{\partial s_{t-1}} = W \mathrm{diag}(f'(n_t)) $$"
    report = check(read_text("\n\n".join((network, elsewhere, claim)), "notes.md", "markdown"))
    assert report.judgements[-1].verdict.word == "wrong"
