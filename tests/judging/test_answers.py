"""The right answer beside a wrong equation: derived from the network, in the document's hand, and proven."""

from __future__ import annotations

import json
from functools import cache

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement, Report
from symrnn.notation import latex_relation, unicode_relation
from symrnn.reading.document import read_text
from symrnn.showing.report import as_json
from symrnn.showing.report.wording import details

CROSS_ENTROPY = (r"z_t = V h_t", r"p_t = \mathrm{softmax}(z_t)", r"L = -\sum_{t=1}^{T} y_t^\top \log p_t")
PLAIN = (r"h_t = \tanh(W h_{t-1} + U x_t + b)", *CROSS_ENTROPY)
ABOVE = (
    r"a^{(t)} = b + W h^{(t-1)} + U x^{(t)}",
    r"h^{(t)} = \tanh(a^{(t)})",
    r"\hat y^{(t)} = V h^{(t)}",
    r"L = \frac{1}{T} \sum_{t=1}^{T} \frac{1}{2} \| \hat y^{(t)} - y^{(t)} \|^2",
)
ROWS = (
    r"h_t = \tanh(x_t U + h_{t-1} W)",
    r"z_t = h_t V",
    r"p_t = \mathrm{softmax}(z_t)",
    r"L = -\sum_{t=1}^{T} \sum_{k} y_{t,k} \log p_{t,k}",
)
GRU = (
    r"z_t = \sigma(A h_{t-1} + B x_t)",
    r"r_t = \sigma(R h_{t-1} + S x_t)",
    r"g_t = \tanh(W (r_t \odot h_{t-1}) + U x_t)",
    r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot g_t",
    r"L = \sum_{t=1}^{T} \| h_t - y_t \|^2",
)
PREFIXED = (
    r"f_t = \sigma(W x_t)",
    r"c_t = f_t \odot c_{t-1} + U x_t",
    r"L = \sum_{t=1}^{T} \frac{1}{2} \|c_t - y_t\|^2",
    r"\delta f_t = \delta c_t \odot c_{t-1}",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} (\delta f_t \odot f_t \odot (1 - f_t)) x_t^\top",
)
LSTM = (
    r"f_t = \sigma(F h_{t-1} + G x_t)",
    r"i_t = \sigma(P h_{t-1} + Q x_t)",
    r"o_t = \sigma(M h_{t-1} + N x_t)",
    r"g_t = \tanh(R h_{t-1} + S x_t)",
    r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
    r"h_t = o_t \odot \tanh(c_t)",
    r"L = \frac{1}{2} \sum_{t=1}^{T} \| h_t - y_t \|^2",
)
JOINED = (r"f_t = \sigma(W [h_{t-1}, x_t] + b)", r"h_t = f_t \odot h_{t-1} + x_t", r"L = \sum_{t=1}^{T} L_t")
NUMBERS = (r"s_t = \tanh(w s_{t-1} + u x_t)", r"\hat y_t = v s_t", r"L = \frac{1}{2} \sum_{t=1}^{T} (\hat y_t - y_t)^2")
ENTRIES = (
    r"h_{t,i} = \tanh\left(\sum_{j=1}^{n} W_{ij} h_{t-1,j} + \sum_{j=1}^{m} U_{ij} x_{t,j}\right)",
    r"z_{t,k} = \sum_{i=1}^{n} V_{ki} h_{t,i}",
    r"p_t = \mathrm{softmax}(z_t)",
    r"L = -\sum_{t=1}^{T} \sum_{k} y_{t,k} \log p_{t,k}",
)
NAMED = (*PLAIN, r"\delta_t = \frac{\partial L}{\partial h_t}")
DONE = [
    (PLAIN, r"\frac{\partial h_t}{\partial h_{t-1}} = W", "∂hₜ/∂hₜ₋₁ = diag(1 − hₜ²) W"),
    (PLAIN, r"\frac{\partial h_t}{\partial h_{t-2}} = W W", "∂hₜ/∂hₜ₋₂ = diag(1 − hₜ²) W diag(1 − hₜ₋₁²) W"),
    (PLAIN, r"\frac{\partial h_t}{\partial h_k} = W", "∂hₜ/∂hₖ = Π_{j=k+1}^{t} diag(1 − hⱼ²) W"),
    (PLAIN, r"\frac{\partial L}{\partial z_t} = -(y_t + p_t)", "∂L/∂zₜ = pₜ − yₜ"),
    (PLAIN, r"\frac{\partial L}{\partial p_t} = p_t", "∂L/∂pₜ = −yₜ/pₜ"),
    (PLAIN, r"\frac{\partial p_t}{\partial z_t} = \mathrm{diag}(p_t)", "∂pₜ/∂zₜ = diag(pₜ) − pₜ pₜᵀ"),
    (PLAIN, r"\frac{\partial L}{\partial h_t} = V y_t", "∂L/∂hₜ = Vᵀ (pₜ − yₜ) + Wᵀ (∂L/∂hₜ₊₁ ⊙ (1 − hₜ₊₁²))"),
    (
        PLAIN,
        r"\frac{\partial L}{\partial h_t} = V \frac{\partial L}{\partial z_t} + \mathrm{diag}(h_t) \frac{\partial L}{\partial h_{t+1}}",
        "∂L/∂hₜ = Vᵀ ∂L/∂zₜ + Wᵀ diag(1 − hₜ₊₁²) ∂L/∂hₜ₊₁",
    ),
    (PLAIN, r"\frac{\partial L}{\partial h_T} = V y_T", "∂L/∂h_T = Vᵀ (p_T − y_T)"),
    (PLAIN, r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} h_t \otimes h_t", "∂L/∂W = Σ_{t=1}^{T} (∂L/∂hₜ ⊙ (1 − hₜ²)) ⊗ hₜ₋₁"),
    (PLAIN, r"\frac{\partial L}{\partial b} = 0", "∂L/∂b = Σ_{t=1}^{T} ∂L/∂hₜ ⊙ (1 − hₜ²)"),
    (PREFIXED, r"\delta c_t = c_t - y_t", "δcₜ = cₜ − yₜ + δcₜ₊₁ ⊙ fₜ₊₁"),
    (PREFIXED, r"\delta c_t = c_t - y_t + \delta c_{t+1}", "δcₜ = cₜ − yₜ + δcₜ₊₁ ⊙ fₜ₊₁"),
    (PREFIXED, r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \delta f_t x_t^\top", "∂L/∂U = Σ_{t=1}^{T} δcₜ xₜᵀ"),
    (NAMED, r"\delta_t = V^\top y_t + W \delta_{t+1}", "δₜ = Vᵀ (pₜ − yₜ) + Wᵀ (δₜ₊₁ ⊙ (1 − hₜ₊₁²))"),
    (NAMED, r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \delta_t x_t^\top", "∂L/∂U = Σ_{t=1}^{T} (δₜ ⊙ (1 − hₜ²)) xₜᵀ"),
    (ABOVE, r"\nabla_V L = \sum_{t=1}^{T} h^{(t)} (y^{(t)})^\top", "∇_V L = (1/T) Σ_{t=1}^{T} (ŷ⁽ᵗ⁾ − y⁽ᵗ⁾) (h⁽ᵗ⁾)ᵀ"),
    (ABOVE, r"\nabla_{a^{(t)}} L = \nabla_{h^{(t)}} L", "∇_{a⁽ᵗ⁾} L = ∇_{h⁽ᵗ⁾} L ⊙ (1 − (h⁽ᵗ⁾)²)"),
    (ROWS, r"\frac{\partial L}{\partial h_t} = (p_t - y_t) V", "∂L/∂hₜ = (pₜ − yₜ) Vᵀ + (∂L/∂hₜ₊₁ ⊙ (1 − hₜ₊₁²)) Wᵀ"),
    (ROWS, r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} h_t^\top p_t", "∂L/∂V = Σ_{t=1}^{T} hₜᵀ (pₜ − yₜ)"),
    (GRU, r"\frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial h_t}", "∂L/∂gₜ = ∂L/∂hₜ ⊙ zₜ"),
    (GRU, r"\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t}", "∂L/∂zₜ = ∂L/∂hₜ ⊙ (gₜ − hₜ₋₁)"),
    (
        GRU,
        r"\frac{\partial L}{\partial R} = \sum_{t=1}^{T} \frac{\partial L}{\partial r_t} h_{t-1}^\top",
        "∂L/∂R = Σ_{t=1}^{T} (∂L/∂rₜ ⊙ rₜ ⊙ (1 − rₜ)) hₜ₋₁ᵀ",
    ),
    (
        LSTM,
        r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \odot o_t",
        "∂L/∂cₜ = ∂L/∂hₜ ⊙ oₜ ⊙ (1 − tanh²(cₜ)) + ∂L/∂cₜ₊₁ ⊙ fₜ₊₁",
    ),
    (
        LSTM,
        r"\frac{\partial L}{\partial F} = \sum_{t=1}^{T} \frac{\partial L}{\partial c_t} h_{t-1}^\top",
        "∂L/∂F = Σ_{t=1}^{T} (∂L/∂cₜ ⊙ cₜ₋₁ ⊙ fₜ ⊙ (1 − fₜ)) hₜ₋₁ᵀ",
    ),
    (
        JOINED,
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L}{\partial f_t} x_t^\top",
        "∂L/∂W = Σ_{t=1}^{T} (∂L/∂fₜ ⊙ fₜ ⊙ (1 − fₜ)) [hₜ₋₁, xₜ]ᵀ",
    ),
    (
        (r"h_t = \sigma(W h_{t-1} + U x_t)",),
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(h_t) W",
        "∂hₜ/∂hₜ₋₁ = diag(hₜ ⊙ (1 − hₜ)) W",
    ),
    (NUMBERS, r"\frac{\partial s_t}{\partial s_{t-1}} = w", "∂sₜ/∂sₜ₋₁ = (1 − sₜ²) w"),
    (NUMBERS, r"\frac{\partial s_t}{\partial w} = s_{t-1}", "∂sₜ/∂w = (1 − sₜ²) (sₜ₋₁ + w ∂sₜ₋₁/∂w)"),
    (NUMBERS, r"\frac{\partial L}{\partial v} = \sum_{t=1}^{T} s_t", "∂L/∂v = Σ_{t=1}^{T} (ŷₜ − yₜ) sₜ"),
    (ENTRIES, r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = W_{ij}", "∂h_{t,i}/∂h_{t−1,j} = (1 − h_{t,i}²) Wᵢⱼ"),
    (
        ENTRIES,
        r"\frac{\partial L}{\partial W_{ij}} = \sum_{t=1}^{T} h_{t,i} h_{t-1,j}",
        "∂L/∂Wᵢⱼ = Σ_{t=1}^{T} ∂L/∂h_{t,i} (1 − h_{t,i}²) h_{t−1,j}",
    ),
    (ENTRIES, r"\frac{\partial L}{\partial z_{t,k}} = y_{t,k}", "∂L/∂z_{t,k} = p_{t,k} − y_{t,k}"),
]


@cache
def report(definitions: tuple[str, ...], claim: str) -> Report:
    """The report on a claim behind the definitions of a network."""
    text = "\n\n".join(f"$$ {line} $$" for line in (*definitions, claim))
    return checked(read_text(text, "text.md", "markdown"))


def judged(definitions: tuple[str, ...], claim: str) -> Judgement:
    return report(definitions, claim).judgements[-1]


@pytest.mark.usefixtures("without_mends")
@pytest.mark.parametrize(("definitions", "claim", "answer"), DONE)
def test_a_wrong_derivative_has_the_right_one_beside_it(definitions: tuple[str, ...], claim: str, answer: str) -> None:
    found = judged(definitions, claim)
    assert found.verdict.word == "wrong"
    assert found.answer is not None and unicode_relation(found.answer.relation) == answer


@pytest.mark.usefixtures("without_mends")
@pytest.mark.parametrize(("definitions", "claim", "answer"), DONE)
def test_an_answer_put_into_the_document_is_true(definitions: tuple[str, ...], claim: str, answer: str) -> None:
    found = judged(definitions, claim).answer
    assert found is not None
    again = judged(definitions, latex_relation(found.relation))
    assert again.verdict.word == ("conditional" if found.hypotheses else "proven"), answer


NONE = [
    (PLAIN, r"\frac{\partial L}{\partial Q} = 0"),
    (PLAIN, r"h_t = W h_{t-1} z_t"),
]


@pytest.mark.parametrize(("definitions", "claim"), NONE)
def test_there_is_no_answer_where_nothing_is_known_or_nothing_is_asked(definitions: tuple[str, ...], claim: str) -> None:
    assert judged(definitions, claim).answer is None


def test_an_answer_is_in_every_output_and_not_twice() -> None:
    found = report(PLAIN, r"\frac{\partial h_t}{\partial h_{t-1}} = h_t \otimes b \otimes b")
    told = {detail.name: detail.lines for detail in details(found, found.judgements[-1])}
    assert told["should be"][0] == "∂hₜ/∂hₜ₋₁ = diag(1 − hₜ²) W"
    written = json.loads(as_json.render([found]))["statements"][-1]["answer"]
    assert written["latex"].endswith(r"\operatorname{diag}(1 - h_{t}^{2}) W") and written["hypotheses"] == []
    mended = report(PLAIN, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t) W")
    assert "should be" not in {detail.name for detail in details(mended, mended.judgements[-1])}
