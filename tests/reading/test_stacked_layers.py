"""Networks of several layers that a letter counts are read at three of them, and what is said of every layer is judged at the second."""

from __future__ import annotations

import re

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.notation import unicode
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

TEXT = r"""
$$ h_t^{l} = \tanh(A^{l} h_t^{l-1} + B^{l} h_{t-1}^{l}), \qquad h_t^{0} = x_t $$
$$ o_t = V h_t^{L}, \qquad J = \sum_t J_t(o_t) $$
$$ \frac{\partial h_t^{l}}{\partial h_{t-1}^{l}} = \mathrm{diag}(1 - (h_t^{l})^2) B^{l} $$
$$ \frac{\partial h_t^{l}}{\partial h_{t-1}^{l}} = \mathrm{diag}(1 - (h_t^{l})^2) A^{l} $$
$$ \delta_t^{l} = \frac{\partial J}{\partial h_t^{l}} $$
$$ \delta_t^{l} = (B^{l})^\top (\delta_{t+1}^{l} \odot (1 - (h_{t+1}^{l})^2)) + (A^{l+1})^\top (\delta_t^{l+1} \odot (1 - (h_t^{l+1})^2)) $$
$$ \delta_t^{l} = (B^{l})^\top (\delta_{t+1}^{l} \odot (1 - (h_{t+1}^{l})^2)) $$
$$ \frac{\partial J}{\partial B^{l}} = \sum_t (\delta_t^{l} \odot (1 - (h_t^{l})^2)) (h_{t-1}^{l})^\top $$
"""


def judged(text: str) -> list[Judgement]:
    return list(checked(read_text(text, "layers.md", "markdown")).judgements)


@pytest.mark.parametrize("form", ["^{{{}}}", "^{{({})}}", "^{{[{}]}}"])
def test_what_is_said_of_every_layer(form: str) -> None:
    text = re.sub(r"\^\{(l[-+]1|l|L|0)\}", lambda found: form.format(found[1]), TEXT)
    found = judged(text)
    assert [j.verdict.word for j in found] == ["definition"] * 4 + ["proven", "wrong", "definition", "proven", "wrong", "proven"]
    relation = found[4].statement.relation
    assert relation is not None
    assert unicode(relation.left) == "∂hₜ⁽²⁾/∂hₜ₋₁⁽²⁾"


def test_layers_cost_the_network_without_them_nothing() -> None:
    plain = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W $$" + "\n\n"
    text = (
        "$$ h_t = \\tanh(W h_{t-1} + U x_t) $$\n\n" + plain + "## More layers\n\n"
        "$$ h_t^l = \\tanh(W^l h_t^{l-1} + U^l h_{t-1}^l) $$\n\n## Again\n\n" + plain
    )
    assert [j.verdict.word for j in judged(text)] == ["definition", "proven", "definition", "proven"]


def test_a_sum_over_the_layers_is_written_out() -> None:
    text = r"""
$$ h_t^l = \tanh(A^l h_t^{l-1} + B^l h_{t-1}^l), \qquad s_t = \sum_{l=1}^{L} C^l h_t^l $$
$$ \frac{\partial s_t}{\partial h_t^L} = C^L, \qquad \frac{\partial s_t}{\partial h_t^l} = C^l $$
"""
    assert [j.verdict.word for j in judged(text)] == ["definition", "definition", "proven", "wrong"]


def test_layers_with_functions_of_their_own() -> None:
    text = r"""
$$ H_t^{(l)} = f_l(A^{(l)} H_t^{(l-1)} + B^{(l)} H_{t-1}^{(l)}), \qquad o_t = V H_t^{(L)} $$
$$ \frac{\partial o_t}{\partial V} = \frac{\partial o_t}{\partial V} + 0, \qquad \frac{\partial o_t}{\partial H_t^{(L)}} = V $$
"""
    assert [j.verdict.word for j in judged(text)] == ["definition", "definition", "proven", "proven"]


def test_a_first_layer_with_an_equation_of_its_own() -> None:
    text = r"""
$$ h_t^{(1)} = \tanh(A x_t + B^{(1)} h_{t-1}^{(1)}) $$
$$ h_t^{(l)} = \tanh(C^{(l)} h_t^{(l-1)} + B^{(l)} h_{t-1}^{(l)}) $$
$$ \frac{\partial h_t^{(1)}}{\partial x_t} = \mathrm{diag}(1 - (h_t^{(1)})^2) A, \qquad \frac{\partial h_t^{(1)}}{\partial x_t} = A $$
"""
    assert [j.verdict.word for j in judged(text)] == ["definition", "definition", "proven", "wrong"]


@pytest.mark.parametrize(("step", "prescripts", "below"), [("t", 0, 0), ("n", 0, 0), ("t", 1, 0), ("t", 0, 1), ("n", 1, 1)])
def test_a_layer_of_two_equations_and_errors_from_above_and_from_later_steps(step: str, prescripts: int, below: int) -> None:
    text = r"""
$$ z_t^l = A^l h_t^{l-1} + B^l h_{t-1}^l, \qquad h_t^l = \sigma(z_t^l), \qquad J = \sum_t J_t(h_t^L) $$
$$ \frac{\partial J}{\partial h_t^l}
 = (B^l)^\top \frac{\partial J}{\partial z_{t+1}^l} + (A^{l+1})^\top \frac{\partial J}{\partial z_t^{l+1}} $$
$$ {}_S\delta_t^l = (A^l)^\top \frac{\partial J}{\partial z_t^l}, \qquad {}_T\delta_t^l = (B^l)^\top \frac{\partial J}{\partial z_t^l} $$
$$ \frac{\partial J}{\partial h_t^l} = {}_S\delta_t^{l+1} + {}_T\delta_{t+1}^l $$
$$ \frac{\partial J}{\partial h_t^l} = {}_S\delta_t^l + {}_T\delta_{t+1}^l $$
"""
    text = re.sub(r"(?<=[_{ ])t(?=[-+ ^}_()])", step, text)
    if prescripts:
        text = text.replace("A^", "{}_S W^").replace("B^", "{}_T W^")
    if below:
        text = re.sub(r"_(\{[^{}]*\}|[tn])\^(\{[^{}]*\}|[lL])", r"_\2^\1", text)
    assert [j.verdict.word for j in judged(text)] == ["definition"] * 3 + ["proven", "definition", "definition", "proven", "wrong"]


def test_what_stands_above_a_function_is_its_layer_and_no_power() -> None:
    text = r"""
$$ z_t^l = A^l x_t^l + B^l h_{t-1}^l, \quad x_t^l = f^{l-1}(z_t^{l-1}), \quad h_t^l = f^l(z_t^l) $$
$$ \frac{\partial z_t^l}{\partial z_t^{l-1}} = A^l \mathrm{diag}(f'^{l-1}(z_t^{l-1})) $$
$$ \frac{\partial x_t^l}{\partial z_t^{l-1}} = A^l $$
"""
    assert [j.verdict.word for j in judged(text)] == ["definition"] * 3 + ["proven", "wrong"]
