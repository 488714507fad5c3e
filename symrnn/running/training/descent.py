r"""Gradient descent with the rules of the notes: each parameter moves against its gradient, ``W ← W − α ∂L/∂W``.

The gradients are those that `symrnn.running` compiles from proven statements.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.language.errors import InputError
from symrnn.running import BadArray, Compiled
from symrnn.running import compile as compiled
from symrnn.running.training.text import Text

Array = npt.NDArray[Any]
Parameters = dict[str, Array]


@dataclass(frozen=True)
class Settings:
    """How to train.

    The size of the state, the rate α, the seed of the first parameters, the number of characters in an unrolled piece,
    and the largest norm of a gradient (None for no clipping).
    """

    hidden: int = 64
    rate: float = 0.003
    seed: int = 0
    length: int = 25
    clip: float | None = None


class Descent:
    """A network that learns to continue a text, character by character.

    `params` are U (H, K), W (H, H) and V (K, H), for K different characters; `losses` has the loss of every step, per
    character. The state is carried over from piece to piece, and starts at zero in every pass through the text.
    """

    def __init__(self, text: Text, settings: Settings, program: Compiled | None = None) -> None:
        self.text = text
        self.settings = settings
        self.program = program or compiled("notes")
        self.params = first_parameters(len(text.characters), settings)
        self.losses: list[float] = []
        self._pieces = text.pieces(settings.length)
        self._pass = 0
        self._state: dict[str, Array] | None = None

    def step(self) -> float:
        """One update; the loss of the piece before it, per character.

        Raises InputError when the numbers grow out of hand.
        """
        number, x, y = next(self._pieces)
        if number != self._pass:
            self._pass, self._state = number, None
        try:
            loss, gradients, self._state = self.program.gradients_and_state(self.params, x, y, self._state)
        except BadArray:
            raise self._diverged() from None
        factor = self._factor(gradients)
        with np.errstate(over="ignore"):  # the next step finds what has become infinite
            for name, gradient in gradients.items():
                self.params[name] -= np.multiply(gradient, factor, gradient)
        self.losses.append(loss / len(x))
        return self.losses[-1]

    def _factor(self, gradients: Parameters) -> float:
        """The rate, smaller where the gradient has to be clipped.

        Raises InputError for a gradient that is not finite.
        """
        norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))
        if not math.isfinite(norm):
            raise self._diverged()
        clip = self.settings.clip
        return self.settings.rate * (clip / norm if clip is not None and norm > clip else 1.0)

    def _diverged(self) -> InputError:
        return InputError(
            f"the numbers grew out of hand at step {len(self.losses) + 1}; take a smaller --rate, or --clip the gradients"
        )

    def sample(self, count: int) -> str:
        """`count` characters, drawn one by one from the network's own predictions, beginning with the text's first."""
        rng = np.random.default_rng(self.settings.seed)
        return self.text.spell(list(self._drawn(count, rng)))

    def _drawn(self, count: int, rng: np.random.Generator) -> Iterator[int]:
        rows = np.eye(len(self.text.characters))
        number, state = int(self.text.numbers[0]), None
        for _ in range(count):
            yield number
            values = self.program.forward(self.params, rows[number : number + 1], state)
            state = {name: values[name][-1] for name, _ in self.program.signature.states}
            shares = np.cumsum(values[self.program.output][-1])
            number = min(int(np.searchsorted(shares, rng.random() * shares[-1], side="right")), len(rows) - 1)


def first_parameters(classes: int, settings: Settings) -> Parameters:
    """Small random parameters: normal, with variance 1 over the number of entries that each row takes in."""
    rng = np.random.default_rng(settings.seed)
    hidden = settings.hidden
    shapes = {"U": (hidden, classes), "W": (hidden, hidden), "V": (classes, hidden)}
    return {name: rng.normal(size=shape) / math.sqrt(shape[1]) for name, shape in shapes.items()}
