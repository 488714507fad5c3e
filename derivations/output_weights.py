"""The gradient of the loss by the output weights V."""

import sys

from symrnn.showing.derivation import Derivation, run

TARGETS = "Σ_k y_k = 1"

page = Derivation(
    "output_weights",
    "The gradient by the output weights V",
    "The easy one of the three: V acts at every step, but nothing that it does is handed on to the next step.",
    conventions=(
        "A Jacobian has a row for each entry of its numerator; a gradient by a vector is a row.",
        "A gradient by a matrix has the shape of that matrix, so that it can be subtracted from it.",
    ),
)

page.section("The network")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state. There is no V in it.", name="state")
page.define(r"z_t = V h_t", "The logits: the only place of V.", name="logits")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")
page.define(r"L = \sum_{t=0}^{T} L_t", "The loss of the sequence.", name="total")

page.section("One step")
page.step(
    r"\frac{\partial L_t}{\partial V} = \frac{\partial L_t}{\partial z_t} \frac{\partial z_t}{\partial V}",
    "The chain rule: V reaches the loss of step $t$ through the logits of that step only, because of (@state).",
    name="chain",
)
page.step(
    r"\frac{\partial L_t}{\partial z_t} = (\hat{y}_t - y_t)^\top",
    "The first factor: probabilities minus targets; the page on cross-entropy derives it.",
    given=[TARGETS],
    name="error",
)
page.step(
    r"g^\top \frac{\partial z_t}{\partial V} = g \otimes h_t",
    "The second factor has three axes. What it does to a row from its left is simple: in (@logits) the entry $g_i$ "
    "meets the row $i$ of V, and each entry of that row has an entry of $h_t$ for its slope. This holds for every "
    "vector $g$.",
    name="logits-by-V",
)
page.step(
    r"\frac{\partial L_t}{\partial V} = (\hat{y}_t - y_t) \otimes h_t",
    "(@error) takes the place of $g$ in (@logits-by-V), by (@chain).",
    given=[TARGETS],
    name="step",
)

page.section("All steps")
page.step(
    r"\frac{\partial L}{\partial V} = \sum_{t=0}^{T} \frac{\partial L_t}{\partial V}",
    "The derivative of the sum (@total) is the sum of the derivatives.",
    name="sum",
)
page.result(
    r"\frac{\partial L}{\partial V} = \sum_{t=0}^{T} (\hat{y}_t - y_t) \otimes h_t",
    "(@step) put into (@sum). Every step counts, the first one too.",
    given=[TARGETS],
)

if __name__ == "__main__":
    sys.exit(run(page))
