"""Sections have networks: what is defined anew holds from its place on, and claims are judged in the network of their place."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement, Options
from symrnn.judging.networks import networks
from symrnn.judging.verdict import Conditional, Proven, Wrong
from symrnn.reading.document import read_text
from symrnn.showing.replay import for_judgement

pytestmark = pytest.mark.usefixtures("words_alone")

SIMPLE = r"$$h_t = \tanh(A x_t + B h_{t-1}), \qquad o_t = C h_t$$" + "\n\n"
GATED = r"""$$z_t = \sigma(P x_t + Q h_{t-1}), \qquad g_t = \tanh(R x_t + S h_{t-1})$$

$$h_t = (1 - z_t) \odot h_{t-1} + z_t \odot g_t$$

"""
STEP = r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) B \tag{%s}$$" + "\n\n"
GATE = r"$$\frac{\partial h_t}{\partial g_t} = \mathrm{diag}(z_t) \tag{%s}$$" + "\n\n"
OUTPUT = r"$$\frac{\partial o_t}{\partial h_t} = C \tag{%s}$$" + "\n\n"


def judged(text: str) -> dict[str, Judgement]:
    return {j.statement.label: j for j in checked(read_text(text, "networks.md", "markdown")).judgements}


def explained(judgement: Judgement) -> str:
    answers = judgement.verdict.answers if isinstance(judgement.verdict, (Proven, Conditional, Wrong)) else ()
    return "; ".join(f"{question}: {answer}" for question, answer in answers)


def words(text: str) -> dict[str, str]:
    return {label: j.verdict.word for label, j in judged(text).items()}


def starts(text: str) -> list[int]:
    return [s.start for s in networks(read_text(text, "networks.md", "markdown"), Options())]


def test_two_cells_in_two_sections_are_two_networks_and_each_claim_is_judged_in_its_own() -> None:
    text = SIMPLE + STEP % "1" + "## Gated unit\n\n" + GATED + GATE % "2" + STEP % "3" + OUTPUT % "4"
    found = words(text)
    assert found == {
        "L1": "definition", "L1.2": "definition", "1": "proven", "L7": "definition", "L7.2": "definition", "L9": "definition",
        "2": "proven", "3": "proven", "4": "proven",
    }  # fmt: skip


def test_a_certificate_replays_in_the_network_of_its_statement() -> None:
    wrong = GATE.replace("z_t)", "1 - z_t)") % "2"
    document = read_text(
        SIMPLE + "## Gated unit\n\n" + GATED + wrong + "## Linear\n\n$$h_t = B h_{t-1}$$\n", "networks.md", "markdown"
    )
    report = checked(document)
    judgement = next(j for j in report.judgements if j.statement.label == "2")
    assert isinstance(judgement.verdict, Wrong)
    assert "sigma" in for_judgement(report, judgement)


@pytest.mark.parametrize(
    ("between", "count"),
    [
        ("## A linear network\n\n", 2),
        ("For example, without an activation\n\n", 2),
        ("Now we go on.\n\n", 1),
    ],
)
def test_a_second_equation_is_a_claim_unless_something_announces_a_new_network(between: str, count: int) -> None:
    text = (
        SIMPLE
        + between
        + "$$h_t = A x_t + B h_{t-1} \\tag{again}$$\n\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = B \\tag{linear}$$\n"
    )
    assert len(starts(text)) == count
    found = words(text)
    assert (found["again"], found["linear"]) == (("definition", "proven") if count == 2 else ("wrong", "wrong"))


@pytest.mark.parametrize(
    "restated",
    [
        r"h_t = \tanh(B h_{t-1} + A x_t)",
        r"o_t = C \tanh(A x_t + B h_{t-1})",
    ],
)
def test_what_only_says_the_same_under_another_heading_begins_nothing(restated: str) -> None:
    text = SIMPLE + f"## Again\n\n$${restated} \\tag{{again}}$$\n"
    assert len(starts(text)) == 1
    assert words(text)["again"] == "proven"


def test_an_equation_with_a_hypothesis_that_is_said_again_under_another_heading_begins_nothing() -> None:
    """Else what stands below that heading would hold for it alone, as the error that the next section is about."""
    loss = r"$$p_t = \mathrm{softmax}(o_t), \qquad L_t = -\sum_k y_{t,k} \log p_{t,k}, \qquad L = \sum_{t=1}^{T} L_t$$"
    text = SIMPLE + loss + "\n\n" + r"$$\delta^o_t \equiv \frac{\partial L_t}{\partial o_t}$$" + "\n\n"
    text += r"$$\delta^o_t = p_t - y_t \tag{1}$$" + "\n\n## Backwards\n\n" + r"$$\delta^o_t = p_t - y_t \tag{2}$$" + "\n\n"
    text += r"$$\delta^h_t \equiv \frac{\partial L}{\partial h_t}$$" + "\n\n## Weights\n\n"
    text += r"$$\frac{\partial L}{\partial A} = \sum_t (\delta^h_t \odot (1 - h_t^2)) x_t^\top \tag{3}$$"
    found = words(text)
    assert (found["1"], found["2"], found["3"]) == ("conditional", "conditional", "proven")


def test_an_abstract_step_may_become_concrete_on_the_same_page() -> None:
    text = (
        r"$$h_t = f(h_{t-1}, x_t), \qquad o_t = C h_t$$"
        + "\n\nand so on.\n\n"
        + r"$$h_t = \tanh(A x_t + B h_{t-1})$$"
        + "\n\n"
        + STEP % "1"
    )
    assert words(text) == {"L1": "definition", "L1.2": "definition", "L5": "definition", "1": "proven"}


SLOPE = r"$$\frac{\partial^+ h_t}{\partial B} = (1 - \tanh^2(z_t)) h_{t-1}^T \tag{%s}$$" + "\n\n"


@pytest.mark.parametrize(("word", "explains"), [("where:", True), ("其中", True), ("so", False)])
def test_what_explains_a_letter_behind_a_formula_is_of_that_formula(word: str, explains: bool) -> None:
    anew = word + " $$z_t = A x_t + B h_{t-1} \\tag{3}$$\n\n"
    text = SIMPLE + r"$$z_t = C h_t \tag{1}$$" + "\n\n" + SLOPE % "2" + anew
    rows = words(text)
    assert (rows["3"] == "definition") == explains
    assert (rows["2"] == "proven") == explains


def test_a_restatement_behind_where_is_a_claim() -> None:
    text = SIMPLE + r"$$z_t = A x_t + B h_{t-1} \tag{1}$$" + "\n\n" + SLOPE % "2" + "where $$z_t = A x_t + B h_t \\tag{3}$$\n\n"
    rows = words(text)
    assert (rows["2"], rows["3"]) == ("proven", "wrong")


def test_an_equation_of_what_is_defined_behind_it_begins_a_network() -> None:
    text = "## A cell\n\n" + r"$$c_t = c_{t-1} + \tanh(A x_t + B c_{t-1})$$" + "\n\n"
    gated = r"$$c_t = f_t \odot c_{t-1} + \tanh(A x_t + B c_{t-1})$$" + "\n\n" + r"$$f_t = \sigma(P x_t + Q c_{t-1})$$" + "\n\n"
    claim = r"$$\frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_{t-1}) \tag{it}$$"
    assert starts(SIMPLE + text + gated) == [0, 3]
    assert words(SIMPLE + text + gated + claim)["it"] == "proven"


def test_a_weight_may_have_another_shape_in_another_network() -> None:
    another = r"""$$h_t = \tanh(B x_t + D h_{t-1})$$

$$p_t = B^\top h_t$$

"""
    text = SIMPLE + OUTPUT % "1" + "## Another\n\n" + another
    assert {"L7": "definition", "L9": "definition", "1": "proven"}.items() <= words(text).items()


COLUMNS_THEN_ROWS = r"""$$ h_t = \tanh(W h_{t-1} + U x_t), \qquad z_t = W_y h_t + b_y, \qquad p_t = \mathrm{softmax}(z_t) $$

$$ L = LOSS $$

## Gate

$$ g_t = \sigma(x_t A + h_{t-1} B), \qquad m_t = g_t \odot h_{t-1}, \qquad r_t = \sigma(x_t P + h_{t-1} Q) $$

## State

$$ h_t = g_t \odot h_{t-1} + \tanh(x_t C + m_t D) \odot r_t $$

## Output

$$ z_t = h_t W_y + b_y \tag{z} $$

where $W_y \in \mathbb{R}^{n \times V}$, $b_y \in \mathbb{R}^V$.

$$ \frac{\partial L}{\partial W_y} = \sum_t h_t^\top (p_t - y_t) \tag{W} $$

$$ \frac{\partial L}{\partial W_y} = \sum_t h_t^\top (y_t - p_t) \tag{sign} $$
"""


@pytest.mark.parametrize(
    ("loss", "gradient", "sign"),
    [(r"-\sum_t \sum_k y_{t,k} \log p_{t,k}", "conditional", "wrong"), (r"-\sum_t y_t^\top \log p_t", "undecided", "undecided")],
    ids=["by components", "by an inner product of columns"],
)
def test_where_states_become_rows_the_output_takes_its_weights_with_it(loss: str, gradient: str, sign: str) -> None:
    found = words(COLUMNS_THEN_ROWS.replace("LOSS", loss))
    assert (found["z"], found["W"], found["sign"]) == ("definition", gradient, sign)


def test_what_a_new_section_never_names_ties_no_sizes_of_its_weights_together() -> None:
    loss = r"$$q_t = C h_t, \quad p_t = \mathrm{softmax}(q_t), \quad E_t = -y_t^\top \log p_t$$" + "\n\n"
    rows = (
        "## Many examples, one a row\n\n"
        r"$$H_t = \tanh(X_t A + H_{t-1} B), \quad Q_t = H_t C, \quad P_t = \mathrm{softmax}(Q_t)$$" + "\n\n"
        r"$$E_t = -\sum_{n=1}^N \sum_{k=1}^K Y_{t,n,k} \log P_{t,n,k}$$" + "\n\n"
        r"$$\frac{\partial E_t}{\partial C} = H_t^\top (P_t - Y_t) \tag{1}$$" + "\n\n"
        r"$$\frac{\partial E_t}{\partial C} = H_t^\top (Y_t - P_t) \tag{2}$$" + "\n"
    )
    found = words(SIMPLE.replace("o_t = C h_t", "g_t = B h_t") + loss + rows)
    assert (found["1"], found["2"]) == ("conditional", "wrong")


START = "The initial state is $h_0 = 0$.\n\n"


def test_a_start_takes_no_place_of_the_recursion_where_a_section_begins_a_network() -> None:
    other = "## Gated unit\n\n" + GATED + STEP % "3"
    assert starts(SIMPLE + START + other) == [0, 3]
    assert words(SIMPLE + START + "## Bias\n\n$$o_t = C h_t + b$$\n\n" + STEP % "1")["1"] == "proven"


def test_a_second_equation_is_compared_with_what_stands_before_it_and_not_with_what_comes() -> None:
    loss = (
        r"$$L = \sum_{t=1}^T L_t(o_t, y_t) \tag{loss}$$" + "\n\n## Gradients\n\n" + r"The loss $L = \sum_t L_t$ is a sum." + "\n\n"
    )
    later = "## Gated unit\n\n" + GATED + "$$L_t = \\frac{1}{2} (o_t - y_t)^2$$\n"
    assert len(starts(SIMPLE + loss)) == 1
    assert len(starts(SIMPLE + loss + later)) == 2
    assert words(SIMPLE + loss + STEP % "1" + later)["1"] == "proven"


SPACES = r"""Let $h_t \in \mathbb{R}^d$, $x_t \in \mathbb{R}^n$, $B \in \mathbb{R}^{d \times d}$, $C \in \mathbb{R}^{m \times d}$.

"""


def test_a_jacobian_of_every_step_holds_no_examples() -> None:
    jacobian = r"$$J_t = \frac{\partial h_t}{\partial h_{t-1}} \in \mathbb{R}^{d \times d}$$" + "\n\n"
    (stretch,) = networks(read_text(SPACES + SIMPLE + jacobian, "networks.md", "markdown"), Options())
    model = stretch.understanding.model
    assert not model.batch and model.quantities["J[t]"].shape == model.quantities["B"].shape


def test_a_declared_space_goes_with_what_a_later_section_keeps() -> None:
    later = "## Gate\n\n$$h_t = \\sigma(A x_t + B h_{t-1})$$\n\nThe output is $o_t \\in \\mathbb{R}^{1 \\times d}$.\n"
    last = networks(read_text(SPACES + SIMPLE + later, "networks.md", "markdown"), Options())[-1].understanding
    assert last.model.quantities["C"].shape[0] == last.model.quantities["o[t]"].shape[0] != last.model.quantities["B"].shape[0]
    assert len(last.contradicted) == 1


def test_a_cell_whose_activation_alone_is_open_begins_a_network() -> None:
    open_cell = "## Another network\n\n$$h_t = f(P x_t + Q h_{t-1})$$\n\n"
    claim = r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(f'(P x_t + Q h_{t-1})) Q \tag{5}$$" + "\n"
    assert words(SIMPLE + open_cell + claim)["5"] == "proven"


def test_an_open_function_of_letters_without_a_step_begins_no_network() -> None:
    text = "$$h_t = f(A x_t + B h_{t-1})$$\n\n## Chain rule\n\n$$h_t = f(u v)$$\n\n$$h_t = f(B h_{t-1} + A x_t)$$\n"
    assert starts(text) == [0]


def test_what_goes_on_with_a_chain_begins_no_network() -> None:
    text = "$$h_t = \\tanh(A x_t + B h_{t-1}), \\qquad o_t = g(C h_t)$$\n\n## Again\n\n$$o_t = g(C h_t) = C \\tanh(A x_t + B h_{t-1})$$\n"
    assert starts(text) == [0]
    assert list(words(text).values())[-2:] == ["proven", "wrong"]


LOSS = r"""$$L = \sum_t L_t(o_t)$$

$$\frac{\partial L_t}{\partial h_t} = \frac{\partial L_t}{\partial o_t} \frac{\partial o_t}{\partial h_t} \tag{loss}$$

"""


@pytest.mark.parametrize(
    "sentence",
    [
        "## Gradients\n\nRecall that a net without a recurrence has $h_t = \\tanh(A x_t)$.",
        "Recall that a net without a recurrence has $h_t = \\tanh(A x_t)$.",
        "## Gradients\n\nAn MLP has $h_t = \\sigma(A x_t + b)$ and $o_t = C h_t$.",
        "## Gradients\n\nSometimes one writes $h_t = \\tanh(B [h_{t-1}, x_t])$.",
        "## Gradients\n\nA linear network has $h_t = B h_{t-1}$, and so $h_t = B^t h_0$.",
        "## Gradients\n\nWith $h_t = \\mathrm{ReLU}(A x_t + B h_{t-1})$ the slope is 0 or 1.",
    ],
)
def test_a_sentence_that_speaks_of_another_network_costs_no_other_claim(sentence: str) -> None:
    found = words(SIMPLE + sentence + "\n\n" + STEP % "1" + LOSS + STEP.replace("1 - h", "1 + h") % "2")
    assert (found["1"], found["loss"]) == ("proven", "proven")
    assert found["2"] in ("wrong", "undecided") and "wrong" not in {word for label, word in found.items() if label != "2"}


def test_what_is_false_in_both_networks_that_may_be_meant_is_wrong() -> None:
    sentence = "## Gradients\n\nWith $h_t = \\mathrm{ReLU}(A x_t + B h_{t-1})$ the slope is 0 or 1.\n\n"
    assert words(SIMPLE + sentence + LOSS + STEP.replace("1 - h", "1 + h") % "2")["2"] == "wrong"


def test_a_network_of_a_section_is_left_where_a_later_one_speaks_of_what_only_the_one_before_has() -> None:
    scalar = (
        "## A number\n\nIn the scalar case $h_t = w h_{t-1}$, and $$\\frac{\\partial h_T}{\\partial h_1} = w^{T-1} \\tag{2}$$\n\n"
    )
    found = words(SIMPLE + scalar + "## Again\n\n" + STEP % "1" + LOSS + STEP.replace("1 - h", "1 + h") % "3")
    assert {label: found[label] for label in ("2", "1", "loss", "3")} == {
        "2": "proven",
        "1": "proven",
        "loss": "proven",
        "3": "wrong",
    }


def test_a_network_between_two_sections_of_another_one_is_found() -> None:
    scalar = (
        "## A number\n\nIn the scalar case $h_t = w h_{t-1}$, and $$\\frac{\\partial h_T}{\\partial h_1} = w^{T-1} \\tag{2}$$\n\n"
    )
    found = words(SIMPLE + scalar + "## Gated unit\n\n" + GATED + GATE % "3" + "## Again\n\n" + LOSS + STEP % "1")
    assert {label: found[label] for label in ("2", "3", "loss")} == {"2": "proven", "3": "proven", "loss": "proven"}
    assert found["1"] != "wrong"


def test_what_a_sentence_defines_is_a_network_where_the_section_goes_on_with_it() -> None:
    gated = "## Gated\n\nHere $z_t = \\sigma(P x_t)$ and $h_t = z_t \\odot h_{t-1}$.\n\n"
    claim = r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(%s) \tag{%s}$$" + "\n\n"
    found = words(SIMPLE + gated + claim % ("z_t", "1") + claim % ("1 - z_t", "2"))
    assert (found["1"], found["2"]) == ("proven", "wrong")


def test_what_has_quantities_of_its_own_is_a_network_and_no_mention_of_one() -> None:
    other = "## Other\n\nThe cell is $c_t = c_{t-1} + x_t$, and now $h_t = \\tanh(c_t)$.\n\n## Gradients\n\n"
    claim = r"$$\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(1 %s h_t^2) \tag{%s}$$" + "\n\n"
    found = words(SIMPLE + other + claim % ("-", "1") + claim % ("+", "2"))
    assert (found["1"], found["2"]) == ("proven", "wrong")


@pytest.mark.parametrize("mark", ["", "- "])
def test_a_formula_that_is_a_paragraph_or_an_item_of_a_list_by_itself_belongs_to_no_sentence(mark: str) -> None:
    claim = "$$\\frac{\\partial h_t}{\\partial h_{t-1}} = %s \\tag{%s}$$\n\n"
    text = SIMPLE + f"## Linear\n\nWithout the activation:\n\n{mark}$h_t = A x_t + B h_{{t-1}}$\n\n"
    found = words(text + claim % ("B", "1") + claim % ("\\mathrm{diag}(1 - h_t^2) B", "2"))
    assert (found["1"], found["2"]) == ("proven", "wrong")


REAL = r"$$s_t = \phi(x_t, s_{t-1}), \qquad q_t = C s_t + c$$" + "\n\nNow consider a network with\n\n"
CONCRETE = r"$$s_t = \tanh(A x_t + B s_{t-1}), \qquad J = \sum_{t=1}^T J_t, \qquad J_t = \frac12 \|q_t - r_t\|^2$$" + "\n\n"
OTHER_OUTPUT = r"$$q_t = D s_t + d$$" + "\n\n"
BY_OUTPUT = r"$$\frac{\partial J}{\partial D} = \sum_{t=1}^T (q_t - r_t) s_t^\top \tag{1}$$" + "\n\n"


def test_what_a_network_makes_with_parameters_of_its_own_takes_the_place_of_what_it_inherits() -> None:
    text = REAL + CONCRETE + OTHER_OUTPUT + BY_OUTPUT
    assert words(text)["1"] == "proven"
    assert words(text.replace("s_t^", "s_{t-1}^"))["1"] == "wrong"
    mentioned_once = REAL + CONCRETE + OTHER_OUTPUT + BY_OUTPUT.replace("D}", "C}")
    assert words(mentioned_once)["1"] == "proven"


ENDS = r"""$$s_1 = \tanh(B s_0 + A x_1), \quad s_n = \tanh(B s_{n-1} + A x_n)$$

$$q = C s_n, \quad J = \frac12 \|q - r\|^2$$

## Steps

$$a_t = B s_{t-1} + A x_t, \quad s_t = \tanh(a_t)$$

$$\frac{\partial J}{\partial B} = \sum_{t=1}^n (\frac{\partial J}{\partial s_t} \odot (1 - s_t^2)) s_{t-1}^\top \tag{1}$$

$$\frac{\partial J}{\partial s_n} = C^\top (q - r) \tag{2}$$

$$\frac{\partial J}{\partial B} = \sum_{t=1}^n (\frac{\partial J}{\partial s_t} \odot (1 - s_t^2)) s_t^\top \tag{3}$$
"""


def test_a_sum_over_steps_tells_the_last_one_to_the_sections_before_it() -> None:
    found = words(ENDS)
    assert (found["1"], found["2"], found["3"]) == ("proven", "proven", "wrong")


CELL = r"""$$f_t = \sigma(F [h_{t-1}, x_t]), \qquad i_t = \sigma(I [h_{t-1}, x_t])$$

$$c_t = f_t \odot c_{t-1} + i_t$$

"""
EXIT = r"$$o_t = \sigma(O [h_{t-1}, x_t]), \qquad h_t = o_t \odot \tanh(c_t)$$" + "\n\n"
INPUT_GATE = r"$$i_t = \sigma(I [h_{t-1}, x_t])$$" + "\n\n"
CARRIED = r"$$\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(o_t \odot (1 - \tanh^2(c_t))) \tag{1}$$" + "\n\n"


def test_a_section_that_speaks_of_the_input_does_not_go_back_to_the_cell_before() -> None:
    """The equation of the new state lacks the input, its gates do not."""
    plain = r"$$h_t = \tanh(A x_t + B h_{t-1})$$" + "\n\n"
    text = plain + "## Cell\n\n" + CELL + "## Exit\n\n" + EXIT + "## Input gate\n\n" + INPUT_GATE + "## Again\n\n" + EXIT + CARRIED
    assert starts(text) == [0, 1]
    assert words(text)["1"] == "proven"


def test_a_section_goes_back_to_the_network_before_though_the_new_one_is_made_with_its_state() -> None:
    above = r"$$g_t = \tanh(D h_t + E g_{t+1}), \qquad o_t = F g_t$$" + "\n\n"
    text = SIMPLE + "## Above\n\n" + above + "## Through time\n\n" + STEP % "1"
    assert words(text)["1"] == "proven"
    assert words(text.replace("1 - h", "1 + h"))["1"] == "wrong"


RESTATED_LOSS = r"""$$h_t = \tanh(A x_t + B h_{t-1}), \qquad o_t = C h_t, \qquad p_t = \mathrm{softmax}(o_t)$$

$$L = \sum_{t=1}^{T} E_t$$

## Its gradients

In other words $L = -\frac{1}{N} \sum_{t=1}^{T} E_t$ with $E_t = -y_t^\top \log p_t$.

The total loss:

$$L = \sum_{t=1}^{T} E_t \tag{first}$$

$$\frac{\partial L}{\partial C} = \sum_{t=1}^{T} (p_t - y_t) h_t^\top \tag{1}$$

## Gated unit

%s
### The loss of this one

$$L = \sum_{t=1}^{T} E_t \tag{second}$$

$$\frac{\partial L}{\partial C} = \sum_{t=1}^{T} (p_t - y_t) h_t^\top \tag{2}$$

$$\frac{\partial L}{\partial C} = \sum_{t=1}^{T} (y_t - p_t) h_t^\top \tag{3}$$
"""


def test_the_loss_of_an_earlier_network_is_the_loss_again_where_it_is_said_again() -> None:
    """A sentence in between has another one, which else would hold to the end and make all that rests on the first one wrong."""
    found = words(RESTATED_LOSS % GATED)
    assert {found["first"], found["second"]} == {"definition", "proven"}
    assert (found["1"], found["2"], found["3"]) == ("conditional", "conditional", "wrong")


PLAIN = r"""$$h_t = \tanh(W h_{t-1} + U x_t), \qquad o_t = V h_t$$

"""
CARRYING = r"""## Carrying

$$f_t = \sigma(F h_{t-1} + P x_t), \qquad g_t = \tanh(G h_{t-1} + Q x_t)$$

$$c_t = f_t \odot c_{t-1} + g_t, \qquad h_t = \tanh(c_t)$$

"""
UPDATING = r"""## Updating

$$z_t = \sigma(Z h_{t-1} + R x_t), \qquad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tanh(S x_t)$$

"""
BACK = r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 %s h_t^2) W \tag{%s}$$" + "\n\n"
ALONG = r"$$\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(1 %s \tanh^2(c_t)) \tag{%s}$$" + "\n\n"


def test_sections_go_back_to_networks_two_before_by_the_letters_that_they_use() -> None:
    back = "## Backwards\n\n" + BACK % ("-", "1") + BACK % ("+", "2")
    along = "## Along the cell\n\n" + ALONG % ("-", "3") + ALONG % ("+", "4")
    found = words(PLAIN + CARRYING + UPDATING + back + along)
    assert [found[label] for label in "1234"] == ["proven", "wrong", "proven", "wrong"]


def test_claims_of_one_section_are_judged_in_the_networks_that_know_their_letters() -> None:
    compared = "## Compared\n\n" + BACK % ("-", "1") + ALONG % ("-", "2") + BACK % ("+", "3") + ALONG % ("+", "4")
    found = judged(PLAIN + CARRYING + compared)
    assert [found[label].verdict.word for label in "1234"] == ["proven", "proven", "wrong", "wrong"]
    assert "the network: the one from line 1 on" in explained(found["1"])


LINEAR = r"$$h_t = W h_{t-1} + U x_t$$" + "\n\n"
STEADY = r"$$\frac{\partial h_t}{\partial h_{t-1}} = %s \frac{\partial h_{t-1}}{\partial h_{t-2}} \tag{%s}$$" + "\n\n"


def test_what_no_letter_places_is_wrong_only_where_it_is_false_in_every_network_before() -> None:
    """Each step of a linear network has the same slope; in the section that defines another one the claim is about that one."""
    elsewhere = words(LINEAR + CARRYING + "## Slopes\n\n" + STEADY % ("", "1") + STEADY % ("2", "2"))
    assert (elsewhere["1"], elsewhere["2"]) == ("proven", "wrong")
    assert words(LINEAR + CARRYING + STEADY % ("", "1"))["1"] == "wrong"


def test_a_network_that_holds_again_has_the_loss_that_was_defined_since() -> None:
    loss = "## Loss\n\n" + r"$$L = \sum_t L_t, \qquad L_t = \frac12 (o_t - y_t)^\top (o_t - y_t)$$" + "\n\n"
    back = r"""## Backwards

$$\frac{\partial L}{\partial h_t} = V^\top (o_t - y_t) + W^\top ((1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}}) \tag{1}$$

$$\frac{\partial L}{\partial h_t} = V^\top (o_t - y_t) + W^\top ((1 - h_t^2) \odot \frac{\partial L}{\partial h_{t+1}}) \tag{2}$$
"""
    found = words(PLAIN + CARRYING + UPDATING + loss + back)
    assert (found["1"], found["2"]) == ("proven", "wrong")


def test_a_second_cell_below_the_same_heading_begins_with_its_gates() -> None:
    """Its state is made with gates that are fed back and have weights of their own; the same cell written out says nothing new."""
    bold = CARRYING.replace("## Carrying", "**Carrying:**") + UPDATING.replace("## Updating", "**Updating:**")
    slopes = ALONG % ("-", "1") + r"$$\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(\tanh(S x_t) - h_{t-1}) \tag{2}$$" + "\n\n"
    again = r"$$h_t = \tanh(f_t \odot c_{t-1} %s \tanh(G h_{t-1} + Q x_t)) \tag{3}$$" + "\n\n"
    found = words(
        bold + slopes + slopes.replace("{1}", "{4}").replace("{2}", "{5}").replace("(1 -", "(1 +").replace("- h_", "+ h_")
    )
    assert len(starts(bold)) == 2
    assert [found[label] for label in "1245"] == ["proven", "proven", "wrong", "wrong"]
    assert [words(CARRYING + again % sign)["3"] for sign in "+-"] == ["proven", "wrong"]


def test_a_value_of_what_an_earlier_section_speaks_of_defines_nothing() -> None:
    """Else what follows would be judged with that number: a claim of every y is one of the example's alone."""
    claim = r"$$\frac{\partial h_t}{\partial h_{t-1}} y = \mathrm{diag}(1 - h_t^2) %s y \tag{%s}$$" + "\n\n"
    anew = "## Numbers\n\n" + SIMPLE.replace("B", "D") + "Take $$y = 1 \\tag{value}$$\n\n"
    found = words(SIMPLE + claim % ("B", "1") + anew + claim % ("D", "2"))
    assert (found["1"], found["value"], found["2"]) == ("proven", "assumption", "proven")


VANISH = "At the end $\\frac{\\partial E}{\\partial h_T} = 0, \\frac{\\partial E}{\\partial C_T} = 0$.\n"
STATE_OF_A_CELL = "- the state $h_t = o_t \\odot \\tanh(C_t)$\n\n"
MADE_OF_THE_STATE = "- the output $o_t = \\sigma(V h_t + c)$\n\n"
GATE_OF_A_CELL = "## Cell\n\n- the gate $o_t = \\sigma(W_o [h_{t-1}, x_t] + b_o)$\n"


@pytest.mark.parametrize("cell", [GATE_OF_A_CELL + STATE_OF_A_CELL, STATE_OF_A_CELL])
def test_what_has_no_equation_in_a_network_does_not_vanish_by_it(cell: str) -> None:
    """Where no equation makes the loss of the state, nor that of its cell, 0 = 0 shows nothing."""
    text = "## Plain\n\n" + MADE_OF_THE_STATE + cell + VANISH
    *_, by_state, by_cell = checked(read_text(text, "networks.md", "markdown")).judgements
    assert {by_state.verdict.word, by_cell.verdict.word} <= {"undecided", "wrong"}


AGAIN = r"$$z_t = \sigma(M [x_t, h_{t-1}]), \qquad g_t = \tanh(N [x_t, h_{t-1}]) \tag{again}$$" + "\n\n"
OF_GATE = r"$$\frac{\partial L}{\partial %s} = \sum_t (\frac{\partial L}{\partial z_t} \odot z_t \odot (1 - z_t)) %s \tag{%s}$$"


def test_gates_written_anew_with_weights_of_their_own_begin_a_network() -> None:
    packed = OF_GATE % ("M", r"[x_t, h_{t-1}]^\top", "1")
    assert words(GATED + AGAIN + packed)["1"] == "proven"
    assert words(GATED + AGAIN)["again"] == "definition"


def test_what_follows_speaks_of_the_weights_before_and_keeps_their_network() -> None:
    found = words(GATED + AGAIN + OF_GATE % ("P", r"x_t^\top", "1"))
    assert (found["again"], found["1"]) == ("undecided", "proven")


def test_a_known_weight_in_a_gate_written_anew_makes_it_a_claim() -> None:
    found = words(GATED + r"$$z_t = \sigma(M x_t + Q h_{t-1}) \tag{again}$$" + "\n\n")
    assert found["again"] == "slip"
