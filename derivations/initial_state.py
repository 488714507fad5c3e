"""The gradient of the loss by the initial state, which can be learnt like a weight."""

import sys

from symrnn.showing.derivation import Derivation, run

TARGETS = "Σ_k y_k = 1"

page = Derivation(
    "initial_state",
    "The gradient by the initial state",
    "The state before the first step is often set to zero. It can be learnt instead; this is its gradient.",
    conventions=(
        "A Jacobian has a row for each entry of its numerator; a gradient by a vector is a row.",
        r"A product $\prod$ of matrices is written out from left to right with rising index.",
    ),
)

page.section("The network")
page.define(
    r"h_t = \tanh(U x_t + W h_{t-1})",
    "The state. The first one is made of $h_{-1}$, which nothing defines.",
    name="state",
)
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")
page.define(r"L = \sum_{i=0}^{T} L_i", "The loss of the sequence.", name="total")

page.section("The way back to the start")
page.step(
    r"\frac{\partial L}{\partial h_{-1}} = \sum_{i=0}^{T} \frac{\partial L_i}{\partial h_i} \frac{\partial "
    r"h_i}{\partial h_{-1}}",
    "The derivative of the sum (@total), and the chain rule through the state of each step.",
    name="chain",
)
page.step(
    r"\frac{\partial L_i}{\partial h_i} = (\hat{y}_i - y_i)^\top V",
    "Probabilities minus targets, carried into the state by V.",
    given=[TARGETS],
    name="loss-by-state",
)
page.step(
    r"\frac{\partial h_0}{\partial h_{-1}} = \operatorname{diag}(1 - h_0^2) W",
    "The derivative of tanh in (@state) at the first step.",
    name="first",
)
page.step(
    r"\left(\frac{\partial h_i}{\partial h_{-1}}\right)^\top = \prod_{m=0}^{i} W^\top \operatorname{diag}(1 - h_m^2)",
    "(@first) for every step, transposed, so that the index rises from left to right.",
    name="many-steps",
)
page.step(
    r"\left(\frac{\partial L}{\partial h_{-1}}\right)^\top = \sum_{i=0}^{T}"
    r" \left(\prod_{m=0}^{i} W^\top \operatorname{diag}(1 - h_m^2)\right) V^\top (\hat{y}_i - y_i)",
    "(@loss-by-state) and (@many-steps) put into (@chain), as a column.",
    given=[TARGETS],
)

page.section("In one step")
page.result(
    r"\frac{\partial L}{\partial h_{-1}} = \frac{\partial L}{\partial h_0} \operatorname{diag}(1 - h_0^2) W",
    "The initial state reaches every loss through the state of the first step, so (@first) is all that is left to do "
    "once the gradient by that state is known.",
)

if __name__ == "__main__":
    sys.exit(run(page))
