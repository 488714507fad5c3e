"""What is true of the explicit derivative, or in the short forms of real-time recurrent learning, is not called wrong; nothing false is."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.verdict import EXPLICIT, Conditional
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

CELL = r"$$ f_t = \sigma(A h_{t-1} + B x_t), \qquad c_t = f_t \odot c_{t-1} + x_t, \qquad h_t = \tanh(c_t) $$"
PLAIN = r"$$ z_t = U x_t + W h_{t-1} + b, \qquad h_t = \tanh(z_t), \qquad o_t = V h_t, \qquad L = \frac12 \sum_t \|o_t - y_t\|^2 $$"


def words(*formulas: str) -> list[str]:
    text = "\n\n".join(f if f.startswith("$$") else f"$$ {f} $$" for f in formulas)
    report = checked(read_text(text, "notes.md", "markdown"))
    return [j.verdict.word for j in report.judgements if j.verdict.word != "definition"]


GATE_FIXED = r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)"


def test_a_derivative_without_a_mark_may_be_explicit() -> None:
    report = checked(read_text(f"{CELL}\n\n$$ {GATE_FIXED} $$", "notes.md", "markdown"))
    verdict = report.judgements[-1].verdict
    assert isinstance(verdict, Conditional) and verdict.hypotheses == (EXPLICIT,)


GRU = (
    r"$$ z_t = \sigma(A x_t + B h_{t-1}), \quad r_t = \sigma(C x_t + D h_{t-1}), \quad g_t = \tanh(E x_t + F (r_t \odot h_{t-1})) $$"
    r"$$ h_t = (1 - z_t) \odot h_{t-1} + z_t \odot g_t $$"
)


@pytest.mark.parametrize(
    ("formula", "held"),
    [
        (r"\frac{\partial g_t}{\partial h_{t-1}} = \mathrm{diag}(1 - g_t^2) F \mathrm{diag}(r_t)", "r is held fixed"),
        (
            r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - z_t)"
            r" + \mathrm{diag}(z_t) \mathrm{diag}(1 - g_t^2) F \mathrm{diag}(r_t)",
            "r, z are held fixed",
        ),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - z_t)", "g, r, z are held fixed"),
    ],
)
def test_a_jacobian_may_hold_gates_of_its_step_fixed(formula: str, held: str) -> None:
    verdict = checked(read_text(f"{GRU}\n\n$$ {formula} $$", "a.md", "markdown")).judgements[-1].verdict
    assert isinstance(verdict, Conditional) and [*map(str, verdict.hypotheses)] == [held]


def test_a_jacobian_that_is_false_with_gates_fixed_too_is_wrong() -> None:
    false = (
        r"\frac{\partial g_t}{\partial h_{t-1}} = \mathrm{diag}(1 - g_t) F \mathrm{diag}(r_t)",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(z_t)",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - z_t) + \mathrm{diag}(z_t) F \mathrm{diag}(r_t)",
    )
    assert words(GRU, *false) == ["wrong", "wrong", "wrong"]


def test_a_document_with_marks_means_them() -> None:
    marked = r"\frac{\partial^+ c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)"
    assert words(CELL, marked, GATE_FIXED) == ["proven", "slip"]


def test_a_total_derivative_is_never_explicit() -> None:
    assert words(CELL, GATE_FIXED.replace(r"\partial", "d ")) == ["wrong"]


def test_where_an_equation_unfolds_the_total_one_it_is_meant() -> None:
    unfolded = r"\frac{\partial c_t}{\partial c_{t-1}} = \frac{\partial c_t}{\partial f_t} \frac{\partial f_t}{\partial c_{t-1}}"
    unfolded += r" + \frac{\partial c_t}{\partial c_{t-1}}"
    assert words(CELL, unfolded, GATE_FIXED) == ["slip", "slip"]


def test_a_derivative_of_a_state_by_a_weight_goes_through_all_steps() -> None:
    assert words(PLAIN, r"\frac{\partial h_t}{\partial b} = \mathrm{diag}(1 - h_t^2)") == ["slip"]


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(1 - f_t)",
        r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_{t-1})",
        r"\frac{\partial h_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)",
    ],
)
def test_what_is_false_of_the_explicit_derivative_too_is_wrong(claim: str) -> None:
    assert words(CELL, claim) == ["wrong"]


SLOPE = r"\mathrm{diag}(1 - h_t^2)"
SHORT = [
    r"\frac{\partial h_t}{\partial U} = \mathrm{diag}(1 - h_t^2) (x_t + W \frac{\partial h_{t-1}}{\partial U})",
    r"\frac{\partial h_t}{\partial W} = (1 - h_t^2) \odot (h_{t-1} + W \frac{\partial h_{t-1}}{\partial W})",
    r"\frac{\partial h_t}{\partial W} = (1 - h_t^2) (h_{t-1}^\top \otimes I + W \frac{\partial h_{t-1}}{\partial W})",
    r"\frac{\partial h_t}{\partial W} = D_t (\frac{\partial (W h_{t-1})}{\partial W} + W \frac{\partial h_{t-1}}{\partial W})".replace(
        "D_t", SLOPE
    ),
    r"\frac{\partial z_t}{\partial U} = x_t^\top + W \frac{\partial h_{t-1}}{\partial U}",
]
FALSE = [
    r"\frac{\partial h_t}{\partial W} = (1 - h_t^2) \odot (h_t + W \frac{\partial h_{t-1}}{\partial W})",
    r"\frac{\partial h_t}{\partial W} = (1 - h_t) \odot (h_{t-1} + W \frac{\partial h_{t-1}}{\partial W})",
    r"\frac{\partial h_t}{\partial W} = (1 - h_t^2) \odot (h_{t-1} + W^\top \frac{\partial h_{t-1}}{\partial W})",
]


@pytest.mark.parametrize("claim", SHORT)
def test_a_vector_stands_for_the_derivative_of_its_product(claim: str) -> None:
    assert words(PLAIN, claim) == ["proven"]


@pytest.mark.parametrize("claim", FALSE)
def test_false_short_forms_are_wrong(claim: str) -> None:
    assert words(PLAIN, claim) == ["wrong"]


def test_the_explicit_derivative_of_a_product_holds_the_vector_fixed() -> None:
    marked = r"\frac{\partial^+ h_t}{\partial W} = \mathrm{diag}(1 - h_t^2) \frac{\partial^+ (W h_{t-1})}{\partial W}"
    assert words(PLAIN, marked) == ["proven"]


def test_steps_that_are_added_up_on_the_right_are_no_claim_about_one_step() -> None:
    loss = r"$$ L_t = \ell(o_t, y_t), \quad o_t = V h_t, \quad h_t = \tanh(U x_t + W h_{t-1}) $$"
    one, two = r"\frac{\partial L_1}{\partial W}", r"\frac{\partial L_2}{\partial W}"
    added = r"\frac{\partial L_t}{\partial W} = " + f"{one} + {two}"
    assert words(loss, added) == ["undecided"]
    assert words(loss, added.replace("L_t", "L_4")) == ["wrong"]


ERRORS = r"$$ h_t = \tanh(z_t), \quad z_t = U x_t + W h_{t-1}, \quad o_t = V h_t, \quad L = \frac12 \sum_{t=1}^T \|o_t - y_t\|^2 $$"
OF_STATE = r"\delta_t = \frac{\partial L}{\partial h_t}"
OF_SUM = r"\delta_t = (V^\top (o_t - y_t) + W^\top \delta_{t+1}) \odot (1 - h_t^2)"
BY_SUM = r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^\top"


def test_what_is_true_by_the_second_equation_for_a_letter_is_not_called_wrong() -> None:
    assert words(ERRORS, OF_STATE, BY_SUM) == ["wrong"]
    assert words(ERRORS, OF_STATE, OF_SUM, BY_SUM)[-1] == "undecided"
    assert words(ERRORS, OF_STATE, OF_SUM, BY_SUM.replace("h_{t-1}", "h_t"))[-1] == "wrong"


def test_a_second_equation_that_is_true_as_well_changes_nothing() -> None:
    same = r"\delta_t = V^\top (o_t - y_t) + W^\top (\delta_{t+1} \odot (1 - h_{t+1}^2))"
    assert words(ERRORS, OF_STATE, same, BY_SUM) == ["proven", "wrong"]


OUTPUT = r"$$ h_t = \tanh(A h_{t-1} + B x_t), \qquad y_t = C h_t + d, \qquad e_t = r_t - y_t $$"
SHORTER = r"e_{t+1} = r_{t+1} - C h_{t+1}"


def test_what_is_true_by_an_aside_about_a_quantity_is_not_called_wrong() -> None:
    aside = r"$$ x_t = x_t $$ The output is $y_{t+1} = C h_{t+1}$, and the loss"
    assert words(OUTPUT, SHORTER) == ["wrong"]
    assert words(OUTPUT, aside, SHORTER)[-2:] == ["undecided", "conditional"]
    assert words(OUTPUT, aside, SHORTER.replace("C h_{t+1}", "C h_t"))[-1] == "wrong"
