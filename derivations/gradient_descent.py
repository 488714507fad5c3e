"""Gradient descent: the update rules of U, W and V, and a network that learns by them.

python derivations/gradient_descent.py                                   the page, then a short training on a sample
python derivations/gradient_descent.py train [TEXT] [--epochs N] …       the same as: symrnn train
"""

import sys

import click

from symrnn.running.training import Descent, Settings, Text, train_command
from symrnn.running.training.curve import in_terminal, smoothed
from symrnn.running.training.text import sample
from symrnn.showing.derivation import Derivation, Proof, run
from symrnn.showing.report.page import Picture, prose
from symrnn.showing.report.plots import loss_curve

STEPS = 400
TARGETS = "Σ_k y_k = 1"

page = Derivation(
    "gradient_descent",
    "Gradient descent",
    "Each parameter takes a small step against its gradient. The gradients are those of the other pages; as a program "
    "they are compiled from statements that were proven for every length and every size.",
    conventions=("A gradient by a matrix has the shape of that matrix, so that it can be subtracted from it.",),
)

page.section("The network")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state.")
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")
page.define(r"L = \sum_{t=0}^{T} L_t", "The loss of the sequence.", name="total")

page.section("The direction")
page.step(
    r"\frac{\partial L}{\partial V} = \sum_{t=0}^{T} (\hat{y}_t - y_t) \otimes h_t",
    "The gradient by V, from its own page: a matrix of the shape of V.",
    given=[TARGETS],
    name="by-V",
)
page.quote(
    r"f(W - \alpha G) \approx f(W) - \alpha \|G\|^2",
    "Near a point a smooth function $f$ with the gradient $G$ is like its tangent. A small step against the gradient "
    "makes it smaller.",
    name="tangent",
)

page.section("The rules")
page.result(r"U \leftarrow U - \alpha \frac{\partial L}{\partial U}", "The step of (@tangent) for the loss (@total).")
page.result(r"W \leftarrow W - \alpha \frac{\partial L}{\partial W}", "The same rule for W.")
page.result(
    r"V \leftarrow V - \alpha \frac{\partial L}{\partial V}",
    "And for V, with (@by-V). All three use the parameters before the step.",
)


def trained() -> Descent:
    """A network that has learnt from a short text for some steps."""
    descent = Descent(Text.of(sample()), Settings())
    for _ in range(STEPS):
        descent.step()
    return descent


def picture(proof: Proof) -> tuple[Picture, ...]:
    """The loss while the rules are at work, for the page."""
    losses = smoothed(trained().losses, 100)
    caption = prose(f"The loss per character over {STEPS} updates, in means of {STEPS // len(losses)}.")
    return (loss_curve(losses, "gradient-descent", caption),)


def main() -> int:
    """Run the page or the training."""
    if sys.argv[1:2] == ["train"]:
        train_command.main(sys.argv[2:], prog_name="gradient_descent.py train")
    status = run(page, pictures=picture)
    if status == 0 and not {"-h", "--help", "-o"} & set(sys.argv):
        click.echo("\n" + in_terminal(trained().losses))
    return status


if __name__ == "__main__":
    sys.exit(main())
