"""The gradient of the loss by the recurrent weights W: back-propagation through time."""

import sys

from symrnn.showing.derivation import Derivation, run

TARGETS = "Σ_k y_k = 1"

page = Derivation(
    "recurrent_weights",
    "The gradient by the recurrent weights W",
    "The weights W act at every step, and what they do at one step is felt at all later ones. The gradient is a sum "
    "over every step at which the loss is counted and every earlier step at which W acted.",
    conventions=(
        "A Jacobian has a row for each entry of its numerator and a column for each entry of its denominator; a "
        "gradient by a vector is a row. Chains are then read from left to right, from the loss back to the weights.",
        "A gradient by a matrix has the shape of that matrix, so that it can be subtracted from it.",
        r"The plus in $\partial h_k^{+}$ marks the explicit derivative: only the W written in the equation of step "
        r"$k$ varies, "
        "the state before it is held fixed.",
        r"A product $\prod$ of matrices is written out from left to right with rising index.",
    ),
)

page.section("The network")
page.define(
    r"h_t = \tanh(U x_t + W h_{t-1})",
    "The state. W is in it, and the state before it has W in it as well.",
    name="state",
)
page.define(r"z_t = V h_t", "The logits.", name="logits")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")
page.define(r"L = \sum_{i=0}^{T} L_i", "The loss of the sequence.", name="total")

page.section("From the loss to a state")
page.step(
    r"\frac{\partial L}{\partial W} = \sum_{i=0}^{T} \frac{\partial L_i}{\partial W}",
    "The derivative of the sum (@total) is the sum of the derivatives. From here on $i$ is the step at which the loss is counted.",
    name="sum",
)
page.step(
    r"\frac{\partial L_i}{\partial W} = \frac{\partial L_i}{\partial h_i} \frac{\partial h_i}{\partial W}",
    "The chain rule: W reaches the loss of step $i$ only through the state of step $i$.",
    name="chain",
)
page.step(
    r"\frac{\partial L_i}{\partial h_i} = \frac{\partial L_i}{\partial z_i} \frac{\partial z_i}{\partial h_i}",
    "The chain rule once more, through the logits.",
    name="through-logits",
)
page.step(
    r"\frac{\partial L_i}{\partial z_i} = (\hat{y}_i - y_i)^\top",
    "Probabilities minus targets; the page on cross-entropy derives it.",
    given=[TARGETS],
    name="error",
)
page.step(r"\frac{\partial z_i}{\partial h_i} = V", "The logits (@logits) are linear in the state.", name="logits-by-state")
page.step(
    r"\frac{\partial L_i}{\partial h_i} = (\hat{y}_i - y_i)^\top V",
    "(@error) and (@logits-by-state) put into (@through-logits). Without this V the shapes would not fit: the error "
    "has an entry for each class, the state has not.",
    given=[TARGETS],
    name="loss-by-state",
)

page.section("From a state to the weights")
page.step(
    r"\frac{\partial h_i}{\partial W} = \frac{\partial h_i^{+}}{\partial W}"
    r" + \frac{\partial h_i}{\partial h_{i-1}} \frac{\partial h_{i-1}}{\partial W}",
    "In (@state) W occurs twice: as it stands there, and inside the state before. Both count.",
    name="recursion",
)
page.step(
    r"\frac{\partial h_i}{\partial W} = \frac{\partial h_i^{+}}{\partial W} + \frac{\partial h_i}{\partial h_{i-1}}"
    r" \left(\frac{\partial h_{i-1}^{+}}{\partial W}"
    r" + \frac{\partial h_{i-1}}{\partial h_{i-2}} \frac{\partial h_{i-2}}{\partial W}\right)",
    "(@recursion) put into itself: each round adds the explicit derivative of one more step.",
    name="twice",
)
page.step(
    r"\frac{\partial h_i}{\partial W} = \sum_{k=0}^{i} \frac{\partial h_i}{\partial h_k} \frac{\partial "
    r"h_k^{+}}{\partial W}",
    "Going on as in (@twice) until the first step. The sum starts at $k = 0$; the initial state does not depend on W.",
    name="unrolled",
)

page.section("From state to state")
page.step(
    r"\frac{\partial h_m}{\partial h_{m-1}} = \operatorname{diag}(1 - h_m^2) W",
    "The derivative of tanh is one minus its square, entry by entry; inside, (@state) is linear in the state before.",
    name="one-step",
)
page.step(
    r"\frac{\partial h_i}{\partial h_{i-2}} = \frac{\partial h_i}{\partial h_{i-1}} \frac{\partial h_{i-1}}{\partial "
    r"h_{i-2}}",
    "The chain rule over two steps: the later Jacobian stands on the left.",
    name="two-steps",
)
page.step(
    r"\left(\frac{\partial h_i}{\partial h_k}\right)^\top = \prod_{m=k+1}^{i} W^\top \operatorname{diag}(1 - h_m^2)",
    "(@one-step) for every step from $k + 1$ to $i$. In (@two-steps) the index falls from left to right; transposing "
    "turns the order round, and now it rises. Swapping the order without transposing would be false from matrices of "
    "size 2 on.",
    name="many-steps",
)

page.section("The weights at one step")
page.step(
    r"g^\top \frac{\partial h_k^{+}}{\partial W} = \left(\operatorname{diag}(1 - h_k^2) g\right) \otimes h_{k-1}",
    "The explicit derivative has three axes. What it does to a row $g$ from its left: each entry of $g$ is scaled by "
    "the slope of tanh and meets one row of W, whose entries have the entries of $h_{k-1}$ for their slopes. This "
    "holds for every $g$.",
    name="explicit",
)

page.section("All together")
page.step(
    r"\frac{\partial L_i}{\partial W} = \sum_{k=0}^{i} \frac{\partial L_i}{\partial h_i}"
    r" \frac{\partial h_i}{\partial h_k} \frac{\partial h_k^{+}}{\partial W}",
    "(@unrolled) put into (@chain).",
    name="three-factors",
)
page.step(
    r"\left(\frac{\partial L_i}{\partial h_i} \frac{\partial h_i}{\partial h_k}\right)^\top ="
    r" \left(\prod_{m=k+1}^{i} W^\top \operatorname{diag}(1 - h_m^2)\right) V^\top (\hat{y}_i - y_i)",
    "The first two factors as a column: (@loss-by-state) and (@many-steps), transposed. This column is the $g$ of (@explicit).",
    given=[TARGETS],
    name="column",
)
page.step(
    r"\frac{\partial L_i}{\partial W} = \sum_{k=0}^{i} \left(\operatorname{diag}(1 - h_k^2) \left(\prod_{m=k+1}^{i} "
    r"W^\top \operatorname{diag}(1 - h_m^2)\right) V^\top (\hat{y}_i - y_i)\right) \otimes h_{k-1}",
    "(@column) and (@explicit) put into (@three-factors).",
    given=[TARGETS],
    name="one-loss",
)
page.result(
    r"\frac{\partial L}{\partial W} = \sum_{i=0}^{T} \sum_{k=0}^{i} \left(\operatorname{diag}(1 - h_k^2) "
    r"\left(\prod_{m=k+1}^{i} W^\top \operatorname{diag}(1 - h_m^2)\right) V^\top (\hat{y}_i - y_i)\right) \otimes "
    r"h_{k-1}",
    "(@one-loss) put into (@sum). Reading from right to left: the error at step $i$, carried into the state, carried "
    "back step by step to $k$, through the slope of tanh, times what W was multiplied with there.",
    given=[TARGETS],
)

if __name__ == "__main__":
    sys.exit(run(page))
