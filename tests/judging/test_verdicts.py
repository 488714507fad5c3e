"""Documents in other letters, layouts and styles: every verdict as pencil and paper give it.

The expected words stand here, in the tests, and nowhere in the package.
"""

from __future__ import annotations

from functools import cache

import pytest
from checked import checked
from places import DOCUMENTS

from symrnn.deciding.evidence import Point
from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.verdict import Conditional, Proven, Slip, Wrong
from symrnn.language import questions
from symrnn.language.choices import ShapeClash
from symrnn.notation import latex, unicode, unicode_relation
from symrnn.reading.document import read_document, read_text


@cache
def report(name: str) -> Report:
    return checked(read_document(DOCUMENTS / name))


def judged(name: str, label: str) -> Judgement:
    return next(j for j in report(name).judgements if j.statement.label == label)


def words(text: str, options: Options | None = None) -> list[str]:
    return [j.verdict.word for j in check(read_text(text, "text", "markdown"), options).judgements]


EXPECTED = {
    "other_letters.md": {
        "a1": "proven", "a2": "proven", "a3": "wrong", "a4": "proven", "a5": "conditional", "a6": "conditional",
        "a7": "wrong", "a8": "proven", "a9": "wrong", "b1": "conditional", "b2": "wrong", "c1": "conditional",
        "c2": "proven", "c3": "proven",
    },
    "swapped_target.md": {"L2": "slip", "d1": "proven", "d2": "slip", "d3": "conditional"},
    "superscript_time.md": {
        "g0": "proven", "g1": "proven", "g1.2": "conditional", "g2": "proven", "g3": "proven", "g4": "proven",
        "g5": "proven", "g6": "proven", "g7": "proven", "g8": "proven", "g9": "proven",
    },
    "components.md": {
        "e1": "proven", "e2": "conditional", "e3": "wrong", "e4": "proven", "e5": "proven", "e6": "proven",
        "e7": "wrong",
    },
    "row_vectors.md": {
        "r1": "conditional", "r2": "conditional", "r3": "proven", "r4": "proven", "r5": "proven", "r6": "wrong",
        "r7": "proven",
    },
    "lstm.md": {
        "L9": "proven", "L10": "proven", "L11": "proven", "L12": "proven", "L13": "proven", "L14": "wrong",
        "L15": "proven", "L16": "wrong",
    },
    "squared_error.tex": {
        "eq:out": "proven", "L16": "assumption", "L18.2": "proven", "L19": "proven", "L20": "proven",
        "L21": "wrong", "L22": "wrong",
    },
    "jacobians.md": {
        "j1": "proven", "j1.2": "proven", "j2": "proven", "j3": "proven", "j4": "wrong", "j5": "proven",
        "j6": "wrong", "j7": "wrong", "j8": "proven", "j9": "wrong", "j10": "wrong", "j11": "conditional",
        "j12": "proven", "j13": "proven", "j14": "wrong", "j15": "proven", "j16": "proven", "j18": "proven",
        "j19": "proven",
    },
    "three_steps.md": {
        "L9": "definition", "L11": "proven", "L14": "proven", "L17": "proven", "L18": "proven", "L19": "conditional",
        "L22": "definition", "L23": "proven", "L24": "slip", "L25": "slip",
    },
    "order_in_the_product.md": {"L3": "proven", "L4": "proven", "L5": "proven", "L5.2": "wrong"},
    "linear_network.md": {"L2": "proven", "L2.2": "conditional", "L3": "proven", "L4": "proven", "L5": "conditional"},
    "scalar_network.md": {
        "L5": "proven", "L6": "proven", "L7": "proven", "L8": "proven", "L9": "proven", "L10": "proven", "L11": "proven",
        "L12": "wrong",
    },
    "chosen_class.md": {
        "n1": "proven", "n2": "proven", "n3": "proven", "n4": "proven", "n5": "proven", "n6": "wrong", "n7": "proven",
        "n8": "wrong", "n9": "proven", "n10": "proven", "n11": "proven", "n12": "wrong",
    },
    "dots.md": {"d1": "proven", "d2": "proven", "d3": "proven", "d4": "wrong", "d5": "proven", "d6": "proven", "d7": "wrong"},
    "last_output.tex": {
        "L3": "undecided", "L7": "definition", "m1": "conditional", "m2": "conditional", "m3": "conditional", "m4": "wrong",
    },
    "errors_above.md": {"o1": "proven", "o2": "proven", "o3": "proven", "o4": "wrong", "o5": "proven", "o6": "undecided"},
    "function_of_time.md": {"f1": "proven", "f2": "proven", "f3": "wrong"},
    "scalar_powers.md": {"p1": "proven", "p2": "proven", "p3": "wrong"},
    "primed_index.md": {"k1": "proven", "k2": "conditional", "k3": "wrong"},
    "aligned.tex": {
        "L10": "conditional", "L11": "proven", "L12": "proven", "L13": "proven", "L14": "proven", "L15": "proven",
        "L15.2": "proven", "L16": "proven", "L18": "proven", "L19": "wrong",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "label", "word"), [(n, label, word) for n, rows in EXPECTED.items() for label, word in rows.items()]
)
def test_verdict(name: str, label: str, word: str) -> None:
    assert judged(name, label).verdict.word == word


def test_both_layouts_of_one_jacobian_are_proven_and_the_ledger_says_where_they_switch() -> None:
    a1, a2 = judged("other_letters.md", "a1").verdict, judged("other_letters.md", "a2").verdict
    assert isinstance(a1, Proven) and dict(a1.answers)[questions.LAYOUT] == "numerator"
    assert isinstance(a2, Proven) and dict(a2.answers)[questions.LAYOUT] == "denominator"
    entries = [e for e in report("other_letters.md").ledger if e.question == questions.JACOBIANS]
    assert {e.answer for e in entries} == {"numerator", "denominator"}
    assert "a2" in next(e for e in entries if e.answer == "denominator").switches


def test_a_transposed_jacobian_has_two_repairs_of_equal_cost_one_per_layout() -> None:
    verdict = judged("other_letters.md", "a3").verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert {e.name for r in (verdict.repair, *verdict.others) for e in r.edits} == {
        "reversed order",
        "missing transpose",
    }


@pytest.mark.parametrize(
    ("name", "label", "hypotheses"),
    [
        ("other_letters.md", "a5", {"Σ_k t_k = 1"}),
        ("other_letters.md", "a6", {"i = k"}),
        ("other_letters.md", "b1", {"Σ_k t_k = 1", "s_{-1} = 0"}),
        ("last_output.tex", "m2", {"t < T"}),
    ],
)
def test_hypotheses_are_named_and_each_is_necessary(name: str, label: str, hypotheses: set[str]) -> None:
    verdict = judged(name, label).verdict
    assert isinstance(verdict, Conditional)
    assert set(map(str, verdict.hypotheses)) == hypotheses
    assert all(point is not None for _, point in verdict.without)


@pytest.mark.parametrize(
    ("name", "label", "mistake"),
    [
        ("other_letters.md", "a7", "wrong bound (terms lost)"),
        ("other_letters.md", "a9", "missing activation derivative"),
        ("other_letters.md", "b2", "wrong bound (terms lost)"),
        ("components.md", "e3", "mean against sum"),
        ("components.md", "e7", "missing transpose"),
        ("lstm.md", "L14", "index shifted"),
        ("jacobians.md", "j4", "wrong bound"),
        ("jacobians.md", "j6", "diagonal-only softmax Jacobian"),
        ("jacobians.md", "j9", "only the immediate derivative"),
        ("jacobians.md", "j10", "only the immediate derivative"),
        ("jacobians.md", "j14", "index shifted"),
    ],
)
def test_the_mistake_has_its_name(name: str, label: str, mistake: str) -> None:
    verdict = judged(name, label).verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert mistake in {e.name for e in verdict.repair.edits}


def test_truncation_to_one_step_first_shows_at_three_steps() -> None:
    verdict = judged("jacobians.md", "j9").verdict
    assert isinstance(verdict, Wrong) and verdict.smallest is not None
    assert (verdict.smallest.steps, verdict.smallest.hidden) == (3, 1)
    assert isinstance(verdict.certificate, Point) and verdict.certificate.scope.steps == 3


def test_a_letter_that_nothing_defines_is_undecided_and_named() -> None:
    text = (
        "$$h_t = \\tanh(U x_t + W h_{t-1})$$\n\n$$\\frac{\\partial Q}{\\partial W} = \\sum_t \\frac{\\partial Q_t}{\\partial W}$$"
    )
    verdicts = [j.verdict for j in checked(read_text(text, "text", "markdown")).judgements]
    assert verdicts[1].word == "undecided" and "nothing defines Q" in str(verdicts[1].reason)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("claim", "edit"),
    [
        (r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) m_{ss}", "mₛₛ → Mₛₛ"),
        (r"\frac{\partial J}{\partial m_{sp}} = \sum_{t=1}^T (p_t - q_t) s_{t-1}^T", ""),
        (r"\frac{\partial J}{\partial m_{qp}} = \sum_{t=1}^T (p_t - q_t) s_t^T", ""),
        (r"\frac{\partial J}{\partial n_{sp}} = \sum_{t=1}^T (p_t - q_t) s_t^T", ""),
    ],
)
def test_the_other_case_of_a_weight_with_the_same_subscript_is_a_slip_where_that_is_proven(claim: str, edit: str) -> None:
    text = (
        r"$$s_t = \tanh(M_{xs} x_t + M_{ss} s_{t-1}), \quad p_t = M_{sp} s_t, \quad J = \sum_{t=1}^T \frac12 \|p_t - q_t\|^2$$"
        f"\n\n$${claim}$$"
    )
    verdict = checked(read_text(text, "text", "markdown")).judgements[-1].verdict
    assert verdict.word == ("slip" if edit else "undecided")
    assert not isinstance(verdict, Slip) or [str(e.said) for e in verdict.repair.edits] == [edit]


@pytest.mark.parametrize("label", ["o1", "o2"])
def test_vectors_side_by_side_for_an_outer_product_are_a_slip_where_nothing_is_transposed(label: str) -> None:
    verdict = judged("nothing_transposed.md", label).verdict
    assert isinstance(verdict, Slip)
    assert unicode(verdict.repair.relation.right) == "Σ_{t} (pₜ − yₜ) sₜᵀ"


def test_shapes_that_cannot_meet_are_the_certificate() -> None:
    text = "$$h_t = \\tanh(U x_t + W h_{t-1})$$\n\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\operatorname{diag}(1-h_t^2) U$$"
    verdict = checked(read_text(text, "text", "markdown")).judgements[1].verdict
    assert isinstance(verdict, Wrong) and isinstance(verdict.certificate, ShapeClash)
    assert {verdict.certificate.left, verdict.certificate.right} == {("hidden", "hidden"), ("hidden", "input")}


def test_zero_equals_zero_is_not_proven() -> None:
    text = "$$h_t = \\tanh(U x_t + W h_{t-1})$$\n\n$$\\frac{\\partial U}{\\partial W} = \\frac{\\partial x_t}{\\partial W}$$"
    assert words(text)[1] != "proven"


def test_a_document_without_definitions_takes_a_named_model() -> None:
    text = "$$\\frac{\\partial L}{\\partial V} = \\sum_{i=0}^{T} (\\hat y_i - y_i) \\otimes h_i$$"
    assert words(text, Options(model="notes")) == ["conditional"]


def test_the_notes_slip_in_the_definition_of_the_output_is_found_in_other_letters() -> None:
    verdict = judged("swapped_target.md", "L2").verdict
    assert isinstance(verdict, Slip)
    assert [str(e.said).split(":")[0] for e in verdict.repair.edits] == ["t → p"]


def test_one_hot_targets_are_a_hypothesis_of_their_own() -> None:
    text = r"""$$h_t = \tanh(U x_t + W h_{t-1}), \quad p_t = \operatorname{softmax}(V h_t), \quad L_t = -y_t^T \log p_t$$

$$y_t \odot y_t = y_t \tag{square}$$

$$p_t \odot \frac{\partial L_t}{\partial p_t} \odot y_t = -y_t \tag{loss}$$

$$y_t \odot y_t = p_t \tag{false}$$
"""
    verdicts = {j.statement.label: j.verdict for j in checked(read_text(text, "text", "markdown")).judgements}
    for label in ("square", "loss"):
        verdict = verdicts[label]
        assert isinstance(verdict, Conditional) and [*map(str, verdict.hypotheses)] == ["y one-hot"]
    assert verdicts["false"].word == "wrong"


@pytest.mark.parametrize(
    ("name", "label", "formula"),
    [
        ("lstm.md", "L16", "∂L/∂W_f = Σ_{t=1}^{T} (∂L/∂fₜ ⊙ fₜ ⊙ (1 − fₜ)) xₜᵀ"),
        ("scalar_network.md", "L12", "∂L/∂w = Σ_{t=1}^{T} Σ_{k=1}^{t} (1 − hₖ²) (ŷₜ − yₜ) v (Π_{j=k+1}^{t} w (1 − hⱼ²)) hₖ₋₁"),
    ],
)
def test_a_missing_activation_derivative_is_found_between_numbers_and_elementwise(name: str, label: str, formula: str) -> None:
    verdict = judged(name, label).verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert [edit.name for edit in verdict.repair.edits] == ["missing activation derivative"]
    assert unicode_relation(verdict.repair.relation) == formula


def test_forgetting_values_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact values of expressions are only remembered up to a bound of memory."""
    remembered = [(j.statement.label, j.verdict) for j in report("other_letters.md").judgements]
    monkeypatch.setattr("symrnn.deciding.network._MOST_KEPT", 0)
    forgotten = checked(read_document(DOCUMENTS / "other_letters.md"))
    assert [(j.statement.label, j.verdict) for j in forgotten.judgements] == remembered


def test_an_indicator_claims_both_cases() -> None:
    """p_i (1[i = j] − p_i) says what it is where i ≠ j, too: it is no claim under i = j, as p_i (1 − p_i) is."""
    cell = r"$$ s_t = \tanh(U x_t + W s_{t-1}) $$ $$ g_t = V s_t $$ $$ p_t = \mathrm{softmax}(g_t) $$"
    network = cell + r" $$ L = -\sum_{t=1}^{T} y_t^\top \log p_t $$"
    left = r"$$ \frac{\partial p_{t,i}}{\partial g_{t,j}} = p_{t,i}"
    claims = rf"{left} (\mathbb{{1}}(i=j) - p_{{t,i}}) $$ {left} (\mathbb{{1}}(i=j) - p_{{t,j}}) $$ {left} (1 - p_{{t,i}}) $$"
    found = checked(read_text(f"{network}\n\n{claims}", "softmax.md", "markdown")).judgements
    assert [j.verdict.word for j in found[4:]] == ["slip", "proven", "conditional"]


def test_an_update_that_leaves_out_what_moves_defines_no_parameter() -> None:
    """It is wrong only where its step is the gradient; with the parameter it is a right update then."""
    network = (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t, \quad L = \frac12 \sum_t \|o_t - y_t\|^2, \quad A = -\alpha I $$"
    )
    whole = r"V = -\eta \frac{\partial L}{\partial V}"
    steps = (whole, r"V = -\eta \sum_t (o_t - y_t) h_t^\top", r"V = -\eta \sum_t (y_t - o_t) h_t^\top", r"U = -\eta (dU_1 + dU_2)")
    text = "\n\n".join((network, *(f"$$ {step} $$" for step in steps), r"$$ \frac{\partial o_t}{\partial h_t} = V $$"))
    *_, shrunk, named, right, turned, open_step, after = (
        j.verdict for j in checked(read_text(text, "a.md", "markdown")).judgements
    )
    for found in (named, right):
        assert isinstance(found, Wrong) and found.repair is not None and "V − " in unicode(found.repair.relation.right)
    assert [v.word for v in (shrunk, turned, open_step, after)] == ["definition", "undecided", "undecided", "proven"]


def test_an_update_of_a_numbered_weight_defines_it_as_little() -> None:
    layers = r"$$ h^1_1 = \tanh(W_1 x^1), \quad h^1_2 = \tanh(W_2 h^1_1), \quad h_t = \tanh(W x_t + h_{t-1}) $$"
    updates = "\n\n".join(rf"$$ W_{n} = -\eta \cdot (dW_{n}^1 + dW_{n}^2) $$" for n in (1, 2))
    assert words(f"{layers}\n\n{updates}")[-2:] == ["undecided", "undecided"]


def test_the_whole_gradient_in_the_place_of_one_of_its_terms_mends_nothing() -> None:
    verdict = judged("up_to_a_number.md", "w3").verdict
    assert isinstance(verdict, Wrong) and verdict.repair is None


def test_nor_does_a_derivative_by_a_step_of_what_its_numerator_is_not_made_of() -> None:
    """a is made of h, and aₜ is not made of hₜ: ∂aₜ/∂hₜ is zero."""
    network = r"$$ a_t = W h_{t-1} + U x_t, \quad h_t = \tanh(a_t), \quad o_t = V h_t, \quad L_t = \frac12 \|o_t - y_t\|^2 $$"
    right = r"V^\top (o_t - y_t) + \frac{\partial L_t}{\partial h_t} \frac{\partial a_t}{\partial h_{t-1}}"
    text = rf"{network} $$ \frac{{\partial L_t}}{{\partial h_t}} = {right} $$"
    verdict = checked(read_text(text, "a.md", "markdown")).judgements[-1].verdict
    assert isinstance(verdict, Wrong)
    assert verdict.repair is None or r"\partial h_{t}}" not in latex(verdict.repair.relation.right)


def test_nor_does_what_is_true_of_one_number_of_steps_alone() -> None:
    """Where k − m + 1 is not before k, m is 1."""
    left, right = (
        r"\frac{\partial w_k}{\partial w_{k-m}}",
        r"\frac{\partial w_k}{\partial w_{k-1}} \cdots \frac{\partial w_{k-m+1}}",
    )
    text = rf"$$ w_k = w_{{k-1}} r + u_k $$ $$ {left} = {right}{{\partial w_{{k-1}}}} $$"
    verdict = checked(read_text(text, "a.md", "markdown")).judgements[-1].verdict
    assert isinstance(verdict, Wrong) and verdict.repair is None


def test_a_repair_need_not_say_what_the_text_states() -> None:
    network = r"$$ s_t = \tanh(B s_{t-1} + A x_t), \quad o_t = C s_t, \quad p_t = \mathrm{softmax}(o_t), \quad L_t = -y_t^\top \log p_t $$"
    claim = r"$$ \frac{\partial L_t}{\partial o_t} = p_t + y_t $$"
    stated = checked(read_text(f"{network}\n\nThe targets have $\\sum_k y_{{t,k}} = 1$.\n\n{claim}", "a.md", "markdown"))
    for verdict, needed in (
        (stated.judgements[-1].verdict, []),
        (checked(read_text(f"{network}\n\n{claim}", "a.md", "markdown")).judgements[-1].verdict, ["Σ_k y_k = 1"]),
    ):
        assert isinstance(verdict, Wrong) and verdict.repair is not None
        assert [str(h) for h in verdict.repair.hypotheses] == needed
