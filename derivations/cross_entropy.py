"""The cross-entropy loss by the logits: probabilities minus targets."""

import sys

from symrnn.showing.derivation import Derivation, run

TARGETS = "Σ_k y_k = 1"

page = Derivation(
    "cross_entropy",
    "The gradient of the cross-entropy by the logits",
    "Why softmax and cross-entropy together have a gradient as simple as probabilities minus targets.",
    conventions=("A gradient by a vector is a row here, as a Jacobian with one row.",),
)

page.section("Where it stands")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state.")
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss.", name="loss")

page.section("Two factors")
page.step(r"L_t = -\sum_{i=1}^{K} y_{t,i} \log \hat{y}_{t,i}", "The inner product in (@loss) as a sum.", name="sum")
page.step(
    r"\frac{\partial L_t}{\partial \hat{y}_{t,i}} = -\frac{y_{t,i}}{\hat{y}_{t,i}}",
    "The derivative of the logarithm. Of the sum in (@sum) one term is left.",
    name="by-output",
)
page.step(
    r"\frac{\partial \hat{y}_{t,i}}{\partial z_{t,k}} = \hat{y}_{t,i} (\mathbb{1}[i = k] - \hat{y}_{t,k})",
    "The Jacobian of softmax; its own page derives it.",
    name="softmax",
)

page.section("Together")
page.step(
    r"\frac{\partial L_t}{\partial z_{t,k}} = \sum_{i=1}^{K} \frac{\partial L_t}{\partial \hat{y}_{t,i}}"
    r" \frac{\partial \hat{y}_{t,i}}{\partial z_{t,k}}",
    "The chain rule: the logit $k$ reaches the loss through every output.",
    name="chain",
)
page.step(
    r"\frac{\partial L_t}{\partial z_{t,k}} = -\sum_{i=1}^{K} \frac{y_{t,i}}{\hat{y}_{t,i}} \hat{y}_{t,i}"
    r" (\mathbb{1}[i = k] - \hat{y}_{t,k})",
    "(@by-output) and (@softmax) put into (@chain).",
    name="put-in",
)
page.step(
    r"\frac{\partial L_t}{\partial z_{t,k}} = -\sum_{i=1}^{K} y_{t,i} (\mathbb{1}[i = k] - \hat{y}_{t,k})",
    "The outputs cancel.",
)
page.step(
    r"\frac{\partial L_t}{\partial z_{t,k}} = \hat{y}_{t,k} \sum_{i=1}^{K} y_{t,i} - y_{t,k}",
    "Multiplied out: the indicator picks one target, and the output of class $k$ does not depend on $i$.",
    name="open",
)
page.step(
    r"\frac{\partial L_t}{\partial z_{t,k}} = \hat{y}_{t,k} - y_{t,k}",
    "Targets are probabilities as well and add up to one. This is the only place where that is used, and it is needed.",
    given=[TARGETS],
    name="entry",
)
page.result(
    r"\frac{\partial L_t}{\partial z_t} = (\hat{y}_t - y_t)^\top",
    "All entries of (@entry) side by side, as a row.",
    given=[TARGETS],
)

if __name__ == "__main__":
    sys.exit(run(page))
