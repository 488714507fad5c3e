"""The argument of a state's activation under a letter that no equation gives; products of vectors; targets with a star."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.verdict import Wrong
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

STATE = r"$$h_t = \tanh(U x_t + W h_{t-1} + b_h)$$" + "\n\n"
CLAIMS = r"""
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\tanh'(z_t)) W \tag{slope}$$

$$\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t^2) \tag{inner}$$

$$\tanh'(z) = 1 - h_t^2 \tag{bare}$$

$$\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(\tanh'(z_t)) \tag{false}$$
"""


def words(text: str) -> dict[str, str]:
    report = checked(read_text(text, "implied.md", "markdown"))
    return {j.statement.label: j.verdict.word for j in report.judgements}


@pytest.mark.parametrize("given", ["", r"where $z_t = W h_{t-1} + U x_t + b$." + "\n\n"])
def test_the_argument_of_the_activation_needs_no_equation_and_may_spell_its_bias_otherwise(given: str) -> None:
    found = words(STATE + given + CLAIMS)
    assert [found[label] for label in ("slope", "inner", "bare", "false")] == ["proven", "proven", "proven", "wrong"]


def test_a_letter_of_two_activations_or_with_another_formula_is_not_implied() -> None:
    two = STATE + r"$$g_t = \tanh(P x_t)$$" + "\n\n" + CLAIMS
    assert words(two)["slope"] == "proven"  # that h_t is differentiated by it says whose it is
    assert words(two.replace(r"\partial z_t", r"\partial x_t"))["slope"] == "undecided"
    other = STATE + r"where $z_t = W h_{t-1} - U x_t + b$." + "\n\n" + CLAIMS
    assert words(other)["slope"] == "wrong"


CELL = r"$$f_t = \sigma(F x_t), \quad c_t = f_t \odot c_{t-1} + G x_t \tag{cell}$$" + "\n\n"


@pytest.mark.parametrize(
    ("product", "word"),
    [(r"\prod_{j=k+1}^t f_j", "proven"), (r"\prod_{j=k}^t f_j", "wrong"), (r"\mathrm{diag}(\prod_{j=k+1}^t f_j)", "proven")],
)
def test_a_product_of_vectors_is_taken_entry_by_entry(product: str, word: str) -> None:
    claim = rf"$$\frac{{\partial c_t}}{{\partial c_k}} = {product} \tag{{1}}$$"
    assert words(CELL + claim)["1"] == word


@pytest.mark.usefixtures("in_full")
def test_a_star_makes_another_letter() -> None:
    text = (
        STATE
        + r"$$L_t = \tfrac12 \|h_t - h_t^*\|^2 \tag{loss}$$ $$\frac{\partial L_t}{\partial h_t} = h_t - h_t^* \tag{1}$$"
        + r"$$\frac{\partial L_t}{\partial h_t} = h_t^* - h_t \tag{2}$$"
    )
    report = checked(read_text(text, "star.md", "markdown"))
    found = {j.statement.label: j.verdict for j in report.judgements}
    assert found["1"].word == "proven"
    assert isinstance(found["2"], Wrong) and found["2"].repair is not None


STEPS = STATE + r"$$o_t = V h_t, \qquad p_t = \mathrm{softmax}(o_t)$$" + "\n\n"


def test_a_loss_that_is_only_named_leaves_the_mark_of_the_explicit_derivative_to_be_missed() -> None:
    states = r"\frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} \frac{\partial h_k%s}{\partial W}"
    claim = r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \sum_{k=1}^t " + states
    found = words(STEPS + rf"$${claim % ''} \tag{{total}}$$ $${claim % '^+'} \tag{{explicit}}$$")
    assert (found["total"], found["explicit"]) == ("slip", "proven")


ERRORS = r"$$\delta_t = (V^\top \frac{\partial L_t}{\partial o_t} + W^\top \delta_{t+1}) \odot \tanh'(a_t)$$" + "\n\n"
SUMMED = r"$$\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^\top \tag{sum}$$"


def test_an_argument_that_only_slopes_of_an_error_have_is_that_of_the_state() -> None:
    assert words(STEPS + ERRORS + SUMMED)["sum"] == "conditional"
    assert words(STEPS + ERRORS + SUMMED.replace("h_{t-1}", "h_t"))["sum"] == "undecided"  # the argument is a guess
    assert words(STEPS + r"$$g_t = \tanh(P x_t)$$" + "\n\n" + ERRORS + SUMMED)["sum"] == "undecided"


def test_several_formulas_of_one_function_are_no_claims() -> None:
    found = words(STEPS + r"$$f(z) = \tanh(z) \tag{1}$$" + "\n\n" + r"$$f(z) = \frac{1}{1 + e^{-z}} \tag{2}$$")
    assert (found["1"], found["2"]) == ("definition", "definition")


def test_an_equation_whose_activation_the_text_names_is_another_variant() -> None:
    variant = r"$$h_t = \mathrm{ReLU}(U x_t + W h_{t-1} + b_h) \tag{1}$$"
    assert words(STEPS + "**ReLU**:\n\n" + variant)["1"] == "definition"
    assert words(STEPS + "Again:\n\n" + variant)["1"] == "wrong"


def test_a_step_of_a_parameter_that_the_network_does_not_have_is_no_slip_of_its_letter() -> None:
    loss = r"$$L = \|h_T - q\|^2$$" + "\n\n"
    assert words(STATE + loss + r"$$c \leftarrow c - \eta \frac{\partial L}{\partial c} \tag{1}$$")["1"] == "undecided"
    entries = r"$$c_{i,j} \leftarrow c_{i,j} - \eta \frac{\partial Q(t + 1)}{\partial c_{i,j}} \tag{1}$$"
    assert words(STATE + entries)["1"] == "undecided"


@pytest.mark.parametrize("length", [r"\|W\| = \lambda", r"\|h_t\| = \lambda", r"\lambda = \|h_t\|"])
def test_lengths_are_not_refuted(length: str) -> None:
    assert words(STEPS + rf"$${length} \tag{{1}}$$")["1"] in ("undecided", "definition", "assumption")


def test_words_before_a_sign_are_its_left_side_and_words_behind_one_are_no_side() -> None:
    found = words(STEPS + r"$$\text{number of weights} = 3 n \tag{1}$$")
    assert found["1"] != "wrong"
    found = words(STEPS + r"$$\frac{\partial o_t}{\partial h_t} = V = \text{the weights of the output} \tag{1}$$")
    assert found["1"] == "proven"


GATES = r"""
$$i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i) \tag{in}$$ $$g_t = \sigma(W_g x_t + U_g h_{t-1} + b_g) \tag{out}$$
$$h_t = i_t \odot h_{t-1} + g_t \tag{state}$$

$$\delta g_t = \delta h_t \tag{gate}$$ $$\delta i_t = \delta h_t \odot h_{t-1} \tag{other}$$
$$\delta \hat{g}_t = \delta g_t \odot g_t \odot (1 - g_t) \tag{below}$$
$$\delta \hat{i}_t = \delta i_t \odot \sigma'(\hat{i}_t) \tag{slope}$$
$$\delta \hat{g}_t = \delta g_t \odot g_t \tag{false}$$
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [(r"\hat{g}_t", r"\hat{i}_t"), (r"\bar{g}_t", r"\tilde{i}_t"), ("a_{g,t}", "a_{i,t}")],
)
def test_what_is_named_after_a_gate_below_a_gradient_is_what_its_function_is_of(first: str, second: str) -> None:
    found = words(GATES.replace(r"\hat{g}_t", first).replace(r"\hat{i}_t", second))
    assert [found[label] for label in ("gate", "other", "below", "slope", "false")] == ["proven"] * 4 + ["undecided"]


def test_a_letter_with_an_accent_that_an_equation_uses_is_none_of_a_gate() -> None:
    assert words(GATES.replace(r"+ g_t \tag", r"+ g_t \odot \hat{g}_t \tag"))["below"] == "undecided"


def test_a_gate_that_is_a_row_of_one_function_has_a_row_of_its_argument() -> None:
    start = GATES.index(r"$$h_t")
    found = words(r"$$[i_t, g_t] = \sigma(W x_t + U h_{t-1} + b) \tag{in}$$" + "\n" + GATES[start:])
    assert [found[label] for label in ("below", "slope", "false")] == ["proven", "proven", "undecided"]
    whole = words(r"$$[i_t, g_t] = \mathrm{softmax}(W x_t + U h_{t-1} + b) \tag{in}$$" + "\n" + GATES[start:])
    assert whole["slope"] == "undecided"  # a row of the softmax is none of what stands in it


GATE = (
    r"$$g_t = \sigma(A x_t + B h_{t-1}), \qquad c_t = g_t \odot c_{t-1} + (1 - g_t) \odot x_t, \qquad h_t = \tanh(c_t)$$" + "\n\n"
)


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"\frac{\partial c_t}{\partial g_t} \frac{\partial g_t}{\partial x_t} = %s", "proven"),
        (r"\frac{\partial c_{t+1}}{\partial g_{t+1}} \frac{\partial g_{t+1}}{\partial h_t} = %s", "undecided"),
    ],
)
def test_the_argument_of_a_gate_is_named_after_it_where_its_function_is_of_it(claim: str, word: str) -> None:
    value = r"\mathrm{diag}((c_{t-1} - x_t) \odot \sigma(a_{g,t}) \odot (1 - \sigma(a_{g,t}))) A"
    assert words(GATE + f"$${claim % value} \\tag{{1}}$$")["1"] == word
    assert words(GATE + f"$${(claim % value).replace('sigma', 'tanh')} \\tag{{1}}$$")["1"] == "undecided"


def test_the_argument_of_a_state_may_stand_at_another_step_than_its_equation() -> None:
    slope = r"$$\frac{\partial h_{t+1}}{\partial z_{t+1}} = \mathrm{diag}(1 - h_{t+1}^2) \tag{1}$$" + "\n\n"
    found = words(STATE + slope + r"$$\frac{\partial z_{t+1}}{\partial h_t} = W \tag{2}$$" + "\n\n")
    assert (found["1"], found["2"]) == ("proven", "proven")
    assert words(STATE + slope.replace("1 - h", "1 + h"))["1"] != "proven"
