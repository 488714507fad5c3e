"""All gradients by one recursion that runs backwards in time."""

import sys

from symrnn.showing.derivation import Derivation, run

TARGETS = "Σ_k y_k = 1"
#: The recursion alone leaves open what stands after the last step.
END = "delta_{T+1} = 0"

page = Derivation(
    "recursion",
    "One recursion for all gradients",
    "The double sums of the other pages need a number of products that grows with the square of the length. One "
    "vector that is carried backwards in time gives the same gradients with one pass.",
    conventions=(
        "A gradient by a vector is a row; a gradient by a matrix has the shape of that matrix.",
        "A vector that runs backwards is zero after the last step.",
    ),
)

page.section("The network")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state.", name="state")
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")
page.define(r"L = \sum_{t=0}^{T} L_t", "The loss of the sequence.")

page.section("What is carried backwards")
page.step(
    r"\frac{\partial L}{\partial h_t} = \frac{\partial L_t}{\partial h_t}"
    r" + \frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}",
    "A state reaches the loss in two ways: through the output of its own step, and through the next state.",
    name="two-ways",
)
page.define(r"e_t = \hat{y}_t - y_t", "The error at a step: probabilities minus targets.", name="error")
page.define(
    r"\delta_t = V^\top e_t + W^\top \operatorname{diag}(1 - h_{t+1}^2) \delta_{t+1}",
    "(@two-ways) as a recursion for a column: the error of this step carried into the state, and what comes back from the next.",
    name="delta",
)
page.step(r"\delta_T = V^\top e_T", "At the last step nothing comes back: the loss does not see what lies behind it.", given=[END])
page.step(
    r"\frac{\partial L}{\partial h_t} = \delta_t^\top",
    "Each $\\delta_t$ is the gradient by the state of its step.",
    given=[TARGETS, END],
    name="gradient",
)
page.define(
    r"a_t = \operatorname{diag}(1 - h_t^2) \delta_t",
    "Carried on through tanh: the gradient by what is inside of it.",
    name="inside",
)

page.section("The gradients")
page.result(r"\frac{\partial L}{\partial V} = \sum_{t=0}^{T} e_t \otimes h_t", "V turns a state into logits.", given=[TARGETS])
page.result(
    r"\frac{\partial L}{\partial W} = \sum_{t=0}^{T} a_t \otimes h_{t-1}",
    "W acts inside tanh of (@state), on the state before. One sum is left of two: the other is in the recursion.",
    given=[TARGETS, END],
)
page.result(
    r"\frac{\partial L}{\partial U} = \sum_{t=0}^{T} a_t \otimes x_t",
    "U acts inside tanh, on the input.",
    given=[TARGETS, END],
)
page.result(
    r"\frac{\partial L}{\partial h_{-1}} = (W^\top a_0)^\top",
    "The recursion goes on for one step more, to the initial state.",
    given=[TARGETS, END],
)

if __name__ == "__main__":
    sys.exit(run(page))
