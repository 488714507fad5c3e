"""The forward pass: state, logits, probabilities and loss, by vectors and by components."""

import sys

from symrnn.showing.derivation import Derivation, run

page = Derivation(
    "forward",
    "The forward pass",
    "What a recurrent network computes, one time step after the other, first with vectors and then entry by entry.",
)

page.section("The network", "At every step $t$ from $0$ to $T$ the network reads an input vector $x_t$.")
page.define(
    r"h_t = \tanh(U x_t + W h_{t-1})",
    "The state $h_t$ is made of the input and of the state before it. The weights $U$ and $W$ are the same at every step.",
    name="state",
)
page.define(r"z_t = V h_t", "The logits $z_t$, one for each class, are read off the state.", name="logits")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "Softmax turns logits into probabilities.", name="output")
page.define(
    r"L_t = -y_t^\top \log \hat{y}_t",
    "The cross-entropy compares them with the target $y_t$; the logarithm acts on each entry.",
    name="loss",
)
page.define(r"L = \sum_{t=0}^{T} L_t", "The loss of a sequence is the sum over its steps.", name="total")

page.section("Entry by entry", "The same four equations with every index written out.")
page.step(
    r"h_{t,i} = \tanh\left(\sum_{j} U_{i,j} x_{t,j} + \sum_{j} W_{i,j} h_{t-1,j}\right)",
    "A product of a matrix and a vector is a sum over the shared index, and tanh acts on each entry of (@state).",
)
page.step(r"z_{t,i} = \sum_{j} V_{i,j} h_{t,j}", "Likewise for (@logits).")
page.step(
    r"\hat{y}_{t,i} = \frac{e^{z_{t,i}}}{\sum_{k=1}^{K} e^{z_{t,k}}}",
    "The definition of softmax in (@output): exponentials, divided by their sum over all $K$ classes.",
    name="softmax",
)
page.step(
    r"\sum_{i=1}^{K} \hat{y}_{t,i} = 1",
    "The numerators of (@softmax) add up to the denominator, so the outputs are probabilities.",
)
page.step(r"L_t = -\sum_{i=1}^{K} y_{t,i} \log \hat{y}_{t,i}", "The inner product of (@loss) as a sum.")

page.section("Unrolled", "A state depends on all inputs up to its step: put (@state) into itself.")
page.result(
    r"h_2 = \tanh(U x_2 + W \tanh(U x_1 + W h_0))",
    "The weights $U$ and $W$ occur once for every step, which is why their gradients will be sums over steps.",
)

if __name__ == "__main__":
    sys.exit(run(page))
