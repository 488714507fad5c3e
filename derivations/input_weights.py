"""The gradient of the loss by the input weights U."""

import sys

from symrnn.showing.derivation import Derivation, run

TARGETS = "Σ_k y_k = 1"

page = Derivation(
    "input_weights",
    "The gradient by the input weights U",
    "As for W, with one difference: what U is multiplied with is the input and not the state before.",
    conventions=(
        "A Jacobian has a row for each entry of its numerator; a gradient by a vector is a row; a gradient by a "
        "matrix has the shape of that matrix.",
        r"The plus in $\partial h_k^{+}$ marks the explicit derivative: the state before step $k$ is held fixed.",
        r"A product $\prod$ of matrices is written out from left to right with rising index.",
    ),
)

page.section("The network")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state. U acts at every step, like W.", name="state")
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")
page.define(r"L = \sum_{i=0}^{T} L_i", "The loss of the sequence.", name="total")

page.section("The same way back as for W")
page.step(
    r"\frac{\partial L}{\partial U} = \sum_{i=0}^{T} \frac{\partial L_i}{\partial h_i} \frac{\partial h_i}{\partial U}",
    "The derivative of the sum (@total), and the chain rule: U reaches a loss through the state of its step.",
    name="chain",
)
page.step(
    r"\frac{\partial h_i}{\partial U} = \frac{\partial h_i^{+}}{\partial U}"
    r" + \frac{\partial h_i}{\partial h_{i-1}} \frac{\partial h_{i-1}}{\partial U}",
    "U occurs in (@state) as it stands there, and inside the state before.",
    name="recursion",
)
page.step(
    r"\frac{\partial h_i}{\partial U} = \sum_{k=0}^{i} \frac{\partial h_i}{\partial h_k} \frac{\partial "
    r"h_k^{+}}{\partial U}",
    "(@recursion) put into itself until the first step.",
    name="unrolled",
)
page.step(
    r"\frac{\partial L_i}{\partial h_i} = (\hat{y}_i - y_i)^\top V",
    "Probabilities minus targets, carried into the state by V.",
    given=[TARGETS],
    name="loss-by-state",
)
page.step(
    r"\left(\frac{\partial h_i}{\partial h_k}\right)^\top = \prod_{m=k+1}^{i} W^\top \operatorname{diag}(1 - h_m^2)",
    "From state to state, as on the page about W. The matrix here is W, whatever the gradient is taken by.",
    name="many-steps",
)

page.section("What is different")
page.step(
    r"g^\top \frac{\partial h_k^{+}}{\partial U} = \left(\operatorname{diag}(1 - h_k^2) g\right) \otimes x_k",
    "Inside tanh, U is multiplied with the input $x_k$. The slope of tanh is there as it is for W.",
    name="explicit",
)
page.result(
    r"\frac{\partial L}{\partial U} = \sum_{i=0}^{T} \sum_{k=0}^{i} \left(\operatorname{diag}(1 - h_k^2) "
    r"\left(\prod_{m=k+1}^{i} W^\top \operatorname{diag}(1 - h_m^2)\right) V^\top (\hat{y}_i - y_i)\right) \otimes "
    r"x_k",
    "(@loss-by-state), (@many-steps) and (@explicit) put into (@chain) with (@unrolled). Both sums start at $0$: the "
    "input of the first step counts, even where the initial state is zero.",
    given=[TARGETS],
)

if __name__ == "__main__":
    sys.exit(run(page))
