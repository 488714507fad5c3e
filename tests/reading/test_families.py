"""Quantities that share a letter and are told apart by what counts their components; repairs are not looked for here."""

from __future__ import annotations

import pytest
from checked import checked
from places import DOCUMENTS

from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import Conditional
from symrnn.language.terms import Add, Apply, Mul
from symrnn.notation import latex, unicode
from symrnn.reading.document import read_document, read_text

pytestmark = pytest.mark.usefixtures("words_alone")

BLOCK = {
    "o1": "proven", "o2": "proven", "o3": "wrong", "o4": "proven", "o5": "wrong", "o6": "proven", "o7": "wrong", "o8": "proven",
    "o9": "wrong", "o10": "proven",
}  # fmt: skip
TWO_LETTERS = {
    "t1": "definition", "t2": "definition", "t3": "proven", "t4": "wrong", "t5": "proven", "t6": "proven", "t7": "wrong",
}  # fmt: skip
VERDICTS = {
    "u1": "proven", "u2": "proven", "u3": "wrong", "u4": "proven", "u5": "wrong", "u6": "proven", "u7": "conditional",
    "u8": "conditional", "u9": "wrong", "u10": "proven", "u11": "proven", "u12": "conditional",
}  # fmt: skip


@pytest.fixture(scope="module")
def units() -> Report:
    return checked(read_document(DOCUMENTS / "units_by_letter.md"))


def labelled(report: Report, label: str) -> Judgement:
    return next(j for j in report.judgements if j.statement.label == label)


@pytest.mark.parametrize(("name", "words"), [("one_block.md", BLOCK), ("units_of_two_letters.md", TWO_LETTERS)])
def test_single_units_and_two_letters_for_one_kind(name: str, words: dict[str, str]) -> None:
    found = checked(read_document(DOCUMENTS / name))
    assert {label: labelled(found, label).verdict.word for label in words} == words


@pytest.mark.parametrize(("label", "word"), VERDICTS.items())
def test_verdict(units: Report, label: str, word: str) -> None:
    assert labelled(units, label).verdict.word == word


def test_the_layers_have_sizes_of_their_own(units: Report) -> None:
    shapes = {q.text: q.shape for q in units.network.quantities.values()}
    assert shapes["w_pp"] == shapes["a_p"] * 2
    assert len({shapes["a_p"], shapes["a_q"], shapes["x"]}) == 3
    assert shapes["w_mp"] == (*shapes["x"], *shapes["a_p"]) and shapes["w_pq"] == (*shapes["a_p"], *shapes["a_q"])


def test_what_holds_of_some_weights_says_of_which(units: Report) -> None:
    verdict = labelled(units, "u7").verdict
    assert isinstance(verdict, Conditional) and str(verdict.hypotheses[0]) == "j counts the units of p"
    assert verdict.without[0][1] is not None  # a point where it fails of the others


def test_formulas_are_shown_in_the_letters_of_their_author(units: Report) -> None:
    relation = labelled(units, "u2").statement.relation
    assert relation is not None and unicode(relation.left) == "δₚᵗ" and latex(relation.left) == r"\delta_{p}^{t}"


@pytest.mark.parametrize(
    "second",
    [
        r"a_k^t = \sum_j A_{kj} s_j^t",  # made of s_j, as the first one is: it may be a mistake of its step
        r"a_k^t = \sum_j A_{kj} s_j^{t-1} + \sum_m B_{km} u_m^t",  # the first one again
    ],
)
def test_a_second_equation_that_may_be_of_the_same_units_makes_no_others(second: str) -> None:
    text = rf"$$a_i^t = \sum_j A_{{ij}} s_j^{{t-1}} + \sum_m B_{{im}} u_m^t, \qquad s_i^t = \tanh(a_i^t)$$ $${second}$$"
    relations = [s.relation for s in read_text(text, "n.md", "markdown").statements]
    assert {r.left.base.base.style for r in relations if r is not None} == {""}  # type: ignore[attr-defined]


def test_weights_and_biases_of_each_kind_with_steps_below() -> None:
    text = r"""
$$a_{t,p} = \sum_m w_{mp} x_{t,m} + \sum_{p'} w_{p'p} b_{t-1,p'} + c_p, \qquad b_{t,p} = f(a_{t,p})$$
$$a_{t,q} = \sum_p w_{pq} b_{t,p} + c_q, \qquad y_{t,q} = g(a_{t,q})$$
$$\delta_{t,j} = \frac{\partial E}{\partial a_{t,j}}$$
$$\frac{\partial E}{\partial c_j} = \sum_t \delta_{t,j} \tag{b1}$$
$$\frac{\partial E}{\partial c_q} = -\sum_t \delta_{t,q} \tag{b2}$$
$$\delta_{t,p} = f'(a_{t,p}) \Big(\sum_q w_{qp} \delta_{t,q} + \sum_{p'} w_{pp'} \delta_{t+1,p'}\Big) \tag{b3}$$
"""
    found = checked(read_text(text, "n.md", "markdown"))
    assert {x: labelled(found, x).verdict.word for x in ("b1", "b2", "b3")} == {"b1": "proven", "b2": "wrong", "b3": "wrong"}


def test_an_open_loss_is_of_the_outputs_also_where_they_are_written_by_entries() -> None:
    text = r"""
$$h_{t,j} = \tanh\Big(\sum_{m=1}^H A_{jm} h_{t-1,m} + \sum_{i=1}^I B_{ji} x_{t,i}\Big), \qquad o_{t,k} = \sum_{j=1}^H C_{kj} h_{t,j}$$
$$\frac{\partial L}{\partial h_{T,j}} = \sum_{k=1}^K C_{kj} \frac{\partial L}{\partial o_{T,k}} \tag{o1}$$
$$\frac{\partial L}{\partial h_{t,j}} = \sum_{k=1}^K C_{kj} \frac{\partial L}{\partial o_{t,k}} \tag{o2}$$
"""
    found = checked(read_text(text, "n.md", "markdown"))
    assert labelled(found, "o1").verdict.word == "proven" and labelled(found, "o2").verdict.word != "proven"


def test_two_matrices_in_one_equation_are_told_apart_by_the_ends_of_their_sums() -> None:
    text = r"""
$$a_j^t = \sum_{i=1}^I w_{ij} x_i^t + \sum_{h=1}^H w_{hj} b_h^{t-1}, \qquad b_j^t = f(a_j^t)$$
$$\delta_j^t = \frac{\partial L}{\partial a_j^t}$$
$$\frac{\partial L}{\partial w_{ij}} = \sum_{t=1}^T \delta_j^t x_i^t \tag{m2}$$
$$\frac{\partial L}{\partial w_{hj}} = \sum_{t=1}^T \delta_j^t b_h^t \tag{m3}$$
$$\frac{\partial L}{\partial w_{hj}} = \sum_{t=1}^T \delta_j^t b_h^{t-1} \tag{m4}$$
"""
    found = checked(read_text(text, "n.md", "markdown"))
    assert {x: labelled(found, x).verdict.word for x in ("m2", "m3", "m4")} == {"m2": "proven", "m3": "wrong", "m4": "proven"}


def test_a_slope_may_be_written_by_the_value_of_its_function() -> None:
    text = r"""
$$y_t = g(A y_{t-1} + B x_t), \qquad g(z) = \frac{1}{1 + e^{-z}}$$
$$g'(y) = y (1 - y) \tag{v1}$$
"""
    assert labelled(checked(read_text(text, "n.md", "markdown")), "v1").verdict.word == "undecided"


@pytest.mark.parametrize(("letter", "kind"), [("q", Apply), ("W", Mul)])
def test_only_a_small_letter_is_a_function_by_what_it_stands_before(letter: str, kind: type) -> None:
    relation = read_text(f"$$a_t = {letter} h_t + {letter}' s_t$$", "n.md", "markdown").statements[0].relation
    assert relation is not None and isinstance(relation.right, Add)
    assert {type(term) for term in relation.right.terms} == {kind}


def test_the_transpose_of_an_error_with_a_step_below_is_a_row() -> None:
    text = r"""
$$h_t = \tanh(W h_{t-1} + U x_t), \qquad L = \sum_t \ell(h_t), \qquad \delta_t^T = \frac{\partial L}{\partial h_t}$$
Here $\sum_k \delta_k^t$ is written as well.
$$\delta_t^T = \frac{\partial \ell(h_t)}{\partial h_t} + \delta_{t+1}^T \mathrm{diag}(1 - h_{t+1}^2) W \tag{r1}$$
"""
    assert labelled(checked(read_text(text, "n.md", "markdown")), "r1").verdict.word == "proven"
