"""The Jacobian of softmax, by components and as a matrix."""

import sys

from symrnn.showing.derivation import Derivation, run

page = Derivation(
    "softmax_jacobian",
    "The Jacobian of softmax",
    "How every output probability answers to every logit: one quotient rule, two cases, one matrix.",
    conventions=("A Jacobian has a row for each entry of its numerator and a column for each entry of its denominator.",),
)

page.section("Where it stands")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state.")
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output, which is a function of the logits alone.", name="output")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss, for later.")

page.section("Entry by entry")
page.step(
    r"\hat{y}_{t,i} = \frac{e^{z_{t,i}}}{\sum_{n=1}^{K} e^{z_{t,n}}}",
    "Softmax in (@output), written out. The bound index is $n$, so that $i$ and $k$ stay free.",
    name="softmax",
)
page.step(
    r"\frac{\partial}{\partial z_{t,k}} e^{z_{t,i}} = \mathbb{1}[i = k] e^{z_{t,i}}",
    "The numerator: it depends on the logit $k$ only if $i$ and $k$ are the same class.",
    name="numerator",
)
page.step(
    r"\frac{\partial}{\partial z_{t,k}} \sum_{n=1}^{K} e^{z_{t,n}} = e^{z_{t,k}}",
    "The denominator: of the sum only the term of class $k$ is left.",
    name="denominator",
)
page.step(
    r"\frac{\partial \hat{y}_{t,i}}{\partial z_{t,k}} = \frac{\mathbb{1}[i = k] e^{z_{t,i}}}{\sum_{n=1}^{K} "
    r"e^{z_{t,n}}} - \frac{e^{z_{t,i}} e^{z_{t,k}}}{\left(\sum_{n=1}^{K} e^{z_{t,n}}\right)^2}",
    "The quotient rule on (@softmax), with (@numerator) and (@denominator).",
    name="quotient",
)
page.step(
    r"\frac{\partial \hat{y}_{t,i}}{\partial z_{t,k}} = \hat{y}_{t,i} (\mathbb{1}[i = k] - \hat{y}_{t,k})",
    "Every quotient in (@quotient) is an output again, by (@softmax).",
    name="short",
)
page.step(
    r"\frac{\partial \hat{y}_{t,i}}{\partial z_{t,k}} = \begin{cases} \hat{y}_{t,i} (1 - \hat{y}_{t,i}) & \text{if } "
    r"i = k \\ -\hat{y}_{t,i} \hat{y}_{t,k} & \text{otherwise} \end{cases}",
    "The two cases of (@short) apart.",
)

page.section("As a matrix")
page.result(
    r"\frac{\partial \hat{y}_t}{\partial z_t} = \operatorname{diag}(\hat{y}_t) - \hat{y}_t \hat{y}_t^\top",
    "The first term of (@short) lives on the diagonal, the second is an outer product. The matrix is symmetric, so no "
    "convention about rows and columns can go wrong here.",
    name="matrix",
)

if __name__ == "__main__":
    sys.exit(run(page))
