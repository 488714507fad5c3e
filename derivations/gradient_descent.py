"""Gradient descent: the update rules of U, W and V, and a network that learns by them.

python derivations/gradient_descent.py            the page, then a short training on a sample
python derivations/gradient_descent.py TEXT       the same, training on a text file of yours
"""

import sys
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from symrnn.running import Compiled, NotFinite
from symrnn.running import compile as compiled
from symrnn.showing.derivation import Derivation, JudgedDerivation, run
from symrnn.showing.report.page import Picture, prose
from symrnn.showing.report.plots import loss_curve

Array = npt.NDArray[Any]

STEPS, LENGTH, RATE, HIDDEN = 400, 25, 0.003, 64
TARGETS = "Σ_k y_k = 1"
SAMPLE = "a state goes in and a state comes out, and what the state has seen it will say again. " * 20

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


def first_parameters(program: Compiled, sizes: Mapping[str, int], seed: int = 0) -> dict[str, Array]:
    """Small random parameters of any program: normal, with variance 1 over the entries that each row takes in.

    `sizes` says how long each axis of the program is (``hidden``, ``classes``, ``input``).
    """
    rng = np.random.default_rng(seed)
    shapes = {name: tuple(sizes[axis] for axis in axes) for name, axes in program.parameters.items()}
    return {name: rng.normal(size=shape) / np.sqrt(shape[-1]) for name, shape in shapes.items()}


def pieces(text: str, length: int = LENGTH) -> Iterator[tuple[bool, Array, Array]]:
    """The characters of a text as one-hot rows x (T, K) and those after them y (T, K), over and over.

    The first of each three says whether the text begins again.
    """
    characters = sorted(set(text))
    rows = np.eye(len(characters))[[characters.index(c) for c in text]]
    starts = [*range(0, len(text) - 1, length), len(text) - 1]
    while True:
        yield from ((a == 0, rows[a:b], rows[a + 1 : b + 1]) for a, b in pairwise(starts))


def descent(
    program: Compiled, params: dict[str, Array], data: Iterator[tuple[bool, Array, Array]], rate: float = RATE
) -> Iterator[float]:
    """The loss per step before each update of `params`, which are changed in place: ``W ← W − α ∂L/∂W`` for each of them.

    The state is carried over from piece to piece, and starts at zero where the data begin again. Raises ValueError when the
    numbers grow out of hand.
    """
    state = None
    for begins, x, y in data:
        try:
            loss, gradients, state = program.gradients_and_state(params, x, y, None if begins else state)
        except NotFinite:
            raise ValueError("the numbers grew out of hand; take a smaller rate") from None
        with np.errstate(over="ignore"):  # the next call finds what has become infinite
            for name, gradient in gradients.items():
                params[name] -= rate * gradient
        yield loss / len(x)


def trained(text: str, steps: int = STEPS) -> list[float]:
    """The losses of some steps of the network of the notes on a text."""
    program, classes = compiled("notes"), len(set(text))
    params = first_parameters(program, {"hidden": HIDDEN, "classes": classes, "input": classes})
    return list(islice(descent(program, params, pieces(text)), steps))


def means(losses: list[float], count: int = 100) -> list[float]:
    """The losses in at most `count` means."""
    return [float(part.mean()) for part in np.array_split(np.asarray(losses), min(count, len(losses)))]


def picture(proof: JudgedDerivation) -> tuple[Picture, ...]:
    """The loss while the rules are at work, for the page."""
    shown = means(trained(SAMPLE))
    caption = prose(f"The loss per character over {STEPS} updates, in means of {STEPS // len(shown)}.")
    return (loss_curve(shown, "gradient-descent", caption),)


def main() -> int:
    """Run the page, then the training."""
    named = [argument for argument in sys.argv[1:2] if not argument.startswith("-")]
    text = Path(named[0]).read_text(encoding="utf-8") if named else SAMPLE
    sys.argv[1:2] = [] if named else sys.argv[1:2]
    status = run(page, pictures=picture)
    if status == 0 and not {"-h", "--help", "-o"} & set(sys.argv):
        shown = means(trained(text), 8)
        click.echo("\nLoss per character: " + ", ".join(f"{value:.3f}" for value in shown))
    return status


if __name__ == "__main__":
    sys.exit(main())
