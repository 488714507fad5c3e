"""Why gradients vanish or explode: the norm of a long product of Jacobians, with a heat map of measured norms."""

import sys

import numpy as np
from numpy.typing import NDArray

from symrnn.showing.derivation import Derivation, JudgedDerivation, run
from symrnn.showing.report.page import Picture, prose
from symrnn.showing.report.plots import heat_maps

Matrix = NDArray[np.float64]

page = Derivation(
    "vanishing_gradients",
    "Vanishing and exploding gradients",
    "How strongly a state answers to a much earlier one: a product with one factor for every step between them, and "
    "what becomes of its norm.",
    conventions=(
        "A Jacobian has a row for each entry of its numerator and a column for each entry of its denominator.",
        r"A product $\prod$ of matrices is written out from left to right with rising index.",
        "Norms of matrices are the largest singular values: how much a vector can become longer.",
        "Lines marked as quoted are facts about every matrix; they are not about this network and are not judged here.",
    ),
)

page.section("The network")
page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state.", name="state")
page.define(r"z_t = V h_t", "The logits.")
page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss of one step.")

page.section("The product")
page.step(
    r"\frac{\partial h_m}{\partial h_{m-1}} = \operatorname{diag}(1 - h_m^2) W",
    "One step: the slope of tanh, entry by entry, times W.",
    name="one-step",
)
page.step(
    r"\left(\frac{\partial h_i}{\partial h_k}\right)^\top = \prod_{m=k+1}^{i} W^\top \operatorname{diag}(1 - h_m^2)",
    "All steps from $k + 1$ to $i$: (@one-step) for each of them. A matrix and its transpose have the same norm.",
    name="product",
)
page.step(
    r"\frac{\partial L_i}{\partial h_k} = \frac{\partial L_i}{\partial h_i} \frac{\partial h_i}{\partial h_k}",
    "This product decides how much of the loss of step $i$ is felt at step $k$.",
)

page.section("Its norm")
page.quote(
    r"\lVert A B \rVert \leq \lVert A \rVert \lVert B \rVert",
    "True of every operator norm: the first factor makes a vector at most so much longer, then the second.",
    name="norms",
)
page.quote(
    r"\left\lVert \frac{\partial h_i}{\partial h_k} \right\rVert \leq"
    r" \prod_{m=k+1}^{i} \lVert \operatorname{diag}(1 - h_m^2) \rVert \lVert W \rVert",
    "(@norms) for every factor of (@product).",
    name="bound",
)
page.quote(
    r"\lVert \operatorname{diag}(1 - h_m^2) \rVert \leq 1",
    "The norm of a diagonal matrix is its largest entry. Values of tanh lie between $-1$ and $1$, so its slope is "
    "never more than one, and the less the closer to saturation the unit is.",
    name="slope",
)
page.quote(
    r"\left\lVert \frac{\partial h_i}{\partial h_k} \right\rVert \leq \lVert W \rVert^{i-k}",
    r"(@slope) put into (@bound). Where $\lVert W \rVert$ is less than one, the influence of a step dies out at "
    r"least as fast as a power of it: the gradient vanishes. It can grow only where $\lVert W \rVert$ is more than "
    r"one, and even there "
    "saturated units may keep it small.",
)

GAINS = (0.5, 1.0, 2.0)
STEPS, HIDDEN, INPUT = 24, 16, 4


def jacobians(gain: float, steps: int = STEPS, seed: int = 1) -> tuple[list[Matrix], list[Matrix]]:
    """The factors diag(1 - h_m^2) and W of each step of a network whose W is `gain` times an orthogonal matrix."""
    chance = np.random.default_rng(seed)
    orthogonal, _ = np.linalg.qr(chance.normal(size=(HIDDEN, HIDDEN)))
    weights, inputs = gain * orthogonal, chance.normal(size=(HIDDEN, INPUT)) * 0.2
    state, slopes = np.zeros(HIDDEN), []
    for _ in range(steps):
        state = np.tanh(inputs @ chance.normal(size=INPUT) + weights @ state)
        slopes.append(np.diag(1 - state**2))
    return slopes, [weights] * steps


def norms(gain: float, steps: int = STEPS) -> tuple[Matrix, Matrix]:
    """The norms of dh_i/dh_k for all k <= i, and the bounds above; NaN where k > i."""
    slopes, weights = jacobians(gain, steps)
    measured, bounds = (np.full((steps, steps), np.nan) for _ in range(2))
    for k in range(steps):
        product, bound = np.eye(HIDDEN), 1.0
        for i in range(k, steps):
            if i > k:
                product = slopes[i] @ weights[i] @ product
                bound *= float(np.linalg.norm(slopes[i], 2) * np.linalg.norm(weights[i], 2))
            measured[i, k], bounds[i, k] = np.linalg.norm(product, 2), bound
    return measured, bounds


def heat_map(_: JudgedDerivation) -> tuple[Picture, ...]:
    """The measured norms for weak, even and strong weights."""
    panels = [(f"‖W‖ = {gain:g}", np.log10(norms(gain)[0])) for gain in GAINS]
    caption = prose(
        r"Measured: $\lVert \partial h_i / \partial h_k \rVert$ in a network with 16 units, for three sizes of W. "
        r"Blue: the influence of "
        "step $k$ on step $i$ has died out; red: it has grown. Row by row further down is later, column by column "
        "further left is longer ago; grey: the state of step $i$ comes before that of step $k$."
    )
    return (heat_maps(panels, "vanishing-gradients", caption, ("step k", "step i"), "log₁₀ of the norm"),)


if __name__ == "__main__":
    sys.exit(run(page, pictures=heat_map))
