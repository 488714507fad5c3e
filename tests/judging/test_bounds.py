"""Bounds: what ranges of functions and norms of products give is proven, what fails at a point is wrong, the rest stays open."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.deciding.evidence import Point
from symrnn.judging.judgement import Judgement
from symrnn.judging.kept.live import Live
from symrnn.judging.verdict import Conditional, Proven, Wrong
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$

"""
STEP = r"\left\|\frac{\partial h_t}{\partial h_{t-1}}\right\|"
STEPS = r"\left\|\frac{\partial h_t}{\partial h_k}\right\|"


def judged(claim: str) -> Judgement:
    *_, last = checked(read_text(f"{NETWORK}$${claim}$$\n", "bounds.md", "markdown")).judgements
    return last


@pytest.mark.parametrize(
    "claim",
    [
        STEP + r" \le \|\mathrm{diag}(1 - h_t^2)\| \, \|W\|",
        STEP + r" \le \|W\| \cdot \|\mathrm{diag}(1 - h_t^2)\|",
        r"\|W\| \|\mathrm{diag}(1 - h_t^2)\| \ge " + STEP,
        STEPS + r" \le \prod_{j=k+1}^{t} \left\|\frac{\partial h_j}{\partial h_{j-1}}\right\|",
        r"\|W h_{t-1} + U x_t\| \le \|W\| \|h_{t-1}\| + \|U x_t\|",
    ],
)
def test_a_bound_holds_whose_insides_are_equal(claim: str) -> None:
    verdict = judged(claim).verdict
    assert verdict.word == "proven"
    assert "‖A B‖ ≤ ‖A‖ ‖B‖" in str(verdict.answers)


def test_a_factor_may_be_transposed_where_its_norm_is_that_of_the_transpose() -> None:
    verdict = judged(r"\|W W h_{t-1}\| \le \|W\| \|W^T\| \|h_{t-1}\|").verdict
    assert verdict.word == "proven"
    assert "the norm of a transpose" in str(verdict.answers)


@pytest.mark.parametrize(
    "claim",
    [
        STEP + r" \ge \|\mathrm{diag}(1 - h_t^2)\| \|W\|",
        STEP + r" \le \|\mathrm{diag}(1 - h_t^2)\| - \|-W\|",
    ],
)
def test_other_bounds_stay_open(claim: str) -> None:
    assert judged(claim).verdict.word == "undecided"


def words(text: str, network: str = NETWORK) -> list[str]:
    """The verdicts on what stands behind a network."""
    count = len(checked(read_text(network, "bounds.md", "markdown")).judgements)
    return [j.verdict.word for j in checked(read_text(f"{network}{text}\n", "bounds.md", "markdown")).judgements[count:]]


@pytest.mark.parametrize(
    "claim",
    [
        STEP + r" \le \|W\|",
        STEPS + r" \le \|W\|^{t-k}",
        STEPS + r" \le \prod_{j=k+1}^{t} \|W\|",
        STEPS + r" \le \prod_{j=k+1}^{t} \|W\| \|\mathrm{diag}(1 - h_j^2)\|",
        r"\prod_{j=k+1}^{t} \left\|\frac{\partial h_j}{\partial h_{j-1}}\right\| \le \|W\|^{t-k}",
        r"2 \|\mathrm{diag}(1 - h_t^2)\| < 3",
        r"\tanh' \le 1",
        r"0 < \tanh'(\cdot) \le 1",
        r"\sigma'(z) \le 0.25",
        r"0 \le 1 - h_t^2 \le 1",
        r"\sigma(z) (1 - \sigma(z)) \le \frac14",
    ],
)
def test_ranges_of_slopes_and_norms_of_products_give_bounds(claim: str) -> None:
    assert set(words(f"$${claim}$$")) == {"proven"}


@pytest.mark.parametrize(
    ("claim", "needed"),
    [
        (STEP + r" \le 1", "‖W‖ ≤ 1"),
        (STEP + r" < 1", "‖W‖ < 1"),
        (STEPS + r" \le (\gamma \lambda)^{t-k}", "‖diag(1 − hⱼ²)‖ ‖W‖ ≤ γ λ"),
    ],
)
def test_a_bound_names_what_it_needs(claim: str, needed: str) -> None:
    verdict = judged(claim).verdict
    assert isinstance(verdict, Conditional)
    assert [str(hypothesis) for hypothesis in verdict.hypotheses] == [needed]


def test_what_a_letter_bounds_is_given_from_there_on() -> None:
    text = rf"""If we assume $\|W\| \le \lambda$ and $|\tanh'(\cdot)| \le \gamma$, then
$${STEPS} \le (\gamma \lambda)^{{t-k}}$$
$${STEP} \le \gamma$$
"""
    *_, bound, other = checked(read_text(NETWORK + text, "bounds.md", "markdown")).judgements
    assert isinstance(bound.verdict, Proven)
    assert {str(given.hypothesis) for given in bound.verdict.given} == {"‖W‖ ≤ λ", "1 ≤ γ"}
    assert other.verdict.word == "conditional"


def test_letters_that_bound_the_factors_of_a_product_bound_its_powers() -> None:
    links = (
        rf"$${STEP} \le \|W\| \|\mathrm{{diag}}(1 - h_t^2)\| \le \beta_W \beta_h$$"
        + "\n\n"
        + rf"$${STEPS} \le (\beta_W \beta_h)^{{t-k}}$$"
    )
    assert words(links) == ["proven", "assumption", "proven"]


OPEN = r"""$$z_t = W h_{t-1} + U x_t, \qquad h_t = f(z_t)$$

"""


def test_a_bound_of_an_open_function_is_given() -> None:
    assert words(rf"Let $|f'(\cdot)| \le \gamma$. Then $${STEPS} \le \gamma^{{t-k}} \|W\|^{{t-k}}$$", OPEN) == [
        "assumption",
        "proven",
    ]
    assert words(rf"$${STEP} \le \|W\|$$", OPEN) == ["conditional"]


@pytest.mark.parametrize(
    "claim",
    [
        STEPS + r" \le \|W\|^{t-k+1}",
        STEPS + r" \le \|U\|^{t-k}",
        r"\|h_t\| \le \|W\|",
        STEP + r" \le \frac14 \|W\|",
        STEPS + r" \le \left\|\frac{\partial h_t}{\partial h_{t-1}}\right\|",
        STEPS + r" \le \prod_{j=k+2}^{t} \|W\|",
        r"\tanh'(z) < 1",
        r"\tanh'(z) \le \frac14",
        r"\sigma'(\cdot) \le \frac15",
    ],
)
def test_a_bound_that_fails_at_a_point_is_wrong(claim: str) -> None:
    judgement = judged(claim)
    assert isinstance(judgement.verdict, Wrong)
    assert isinstance(judgement.verdict.certificate, Point)


def test_an_exponent_of_one_too_many_is_wrong_for_letters_that_bound() -> None:
    text = r"We write $\|W\| \le \lambda$. " + rf"So $${STEPS} \le \lambda^{{t-k+1}}$$"
    assert words(text) == ["assumption", "wrong"]


@pytest.mark.parametrize(
    "text",
    [
        rf"Where $\|W\| \ge 1$ holds. $${STEPS} \le \|W\|^{{t-k+1}}$$",
        rf"Only if $\|W\| \ge 1$ we have $${STEPS} \le \|W\|^{{t-k+1}}$$",
        r"Units are saturated where $\tanh'(z) < 0.1$",
        rf"$${STEP} \le \lambda$$ $$\lambda \le 1$$ $${STEPS} \le \lambda^{{t-k+1}}$$",
    ],
)
def test_what_a_condition_may_make_true_is_not_called_wrong(text: str) -> None:
    assert "wrong" not in words(text)


def test_a_norm_of_frobenius_is_not_taken_for_the_spectral_one() -> None:
    assert words(r"$$\|\mathrm{diag}(1 - h_t^2)\|_F \le 1$$") == ["undecided"]


def test_an_edited_document_forgets_what_bounded_its_letters() -> None:
    bound = rf"$${STEPS} \le \lambda^{{t-k}}$$" + "\n"
    stated, unstated = (f"{NETWORK}{first}\n\n{bound}" for first in (r"Here $\|W\| \le \lambda$ holds.", "Here nothing holds."))
    live = Live()
    for text, due in ((stated, "proven"), (unstated, "conditional"), (stated, "proven")):
        *_, last = live.check(read_text(text, "bounds.md", "markdown")).judgements
        assert last.verdict.word == due


def test_letters_that_are_set_to_norms_and_numbers_bound_as_well() -> None:
    text = rf"""$$\left\|\mathrm{{diag}}(1 - h_j^2)\right\| \le \gamma_h = 1$$

Let $\gamma_W = \|W\|$.

$${STEPS} \le \prod_{{j=k+1}}^{{t}} \gamma_h \gamma_W \le \gamma_W^{{t-k}}$$
"""
    *_, first, second = checked(read_text(NETWORK + text, "bounds.md", "markdown")).judgements
    assert isinstance(first.verdict, Proven) and isinstance(second.verdict, Proven)
    assert {str(given.hypothesis) for given in second.verdict.given} == {"γₕ ≤ 1"}


def test_of_two_cases_what_holds_in_both_is_given() -> None:
    text = r"Logistic: $f'(z_t) \le \frac14$. Hyperbolic: $f'(z_t) \le 1$." + rf"$${STEP} \le \frac14 \|W\|$$"
    assert words(text, OPEN)[-1] == "undecided"
    assert words(text.replace(r"\frac14 \|W\|", r"\|W\|"), OPEN)[-1] == "proven"


def test_a_step_or_a_letter_with_a_value_of_its_own_makes_nothing_wrong() -> None:
    assert "wrong" not in words(r"Here $\alpha = 1$ and $\alpha < 1$.")
    special = "$$h_1 = \\tanh(U x_1)$$\n\n" + NETWORK.splitlines()[0] + "\n\n"
    assert words(rf"$${STEP} \le \|U\|$$", special) == ["undecided"]


def test_the_largest_of_some_norms_bounds_each() -> None:
    text = rf"""Let $\gamma = \max_i \|\mathrm{{diag}}(1 - h_i^2)\|$.

$${STEPS} \le (\gamma \|W\|)^{{t-k}}$$
$$\prod_{{j=k+1}}^{{t}} \gamma \|W\| = (\gamma \|W\|)^{{t-k}}$$
$$\prod_{{j=k+1}}^{{t}} \gamma \|W\| = (\gamma \|W\|)^{{t-k+1}}$$
"""
    assert words(text) == ["assumption", "proven", "proven", "undecided"]


def test_a_bound_of_other_slopes_is_no_bound_of_these() -> None:
    text = r"Let $\gamma = \max_i \|\mathrm{diag}(1 - x_i^2)\|$." + "\n\n" + rf"$${STEPS} \le (\gamma \|W\|)^{{t-k}}$$"
    assert words(text)[-1] in ("undecided", "wrong")
    assert words(rf"$${STEPS} \le (\gamma \|W\|)^{{t-k}}$$") == ["conditional"]


def test_parallel_bars_are_those_of_a_norm() -> None:
    claim = STEP.replace(r"\left\|", r"\parallel ").replace(r"\right\|", r"\parallel ")
    assert words(rf"$${claim} \le \parallel W \parallel$$") == ["proven"]


def test_slopes_at_another_argument_bound_none_of_the_network() -> None:
    bound = rf"$${STEPS} \le (\gamma \|W\|)^{{t-k}}$$"
    for at, due in (("z_t", "proven"), (r"\cdot", "proven"), ("h_{t-1}", "undecided")):
        assert words(rf"Let $|f'({at})| \le \gamma$. Then {bound}", OPEN) == ["assumption", due]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (r"10^{400} < 5", "the left side is 1.00e+400"),
        (r"10^{400} > 5", "numbers, compared rightly"),
        (r"10^{9999} > 5", None),
        (r"2 \propto 4", None),
    ],
)
def test_numbers_are_compared_however_large_and_by_signs_that_compare(claim: str, said: str | None) -> None:
    found = str(judged(claim).verdict)
    assert "error in symrnn" not in found
    assert said is None or said in found
