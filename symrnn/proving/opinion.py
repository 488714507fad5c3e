"""A second opinion on what is proven for every length and size: random lengths and sizes, modulo a large prime."""

from __future__ import annotations

import random

import numpy as np

from symrnn.deciding.algebras.base import Undefined
from symrnn.deciding.evaluate import BadRange, Instance, OutOfRange, Unsupported
from symrnn.deciding.hypotheses import Hypothesis
from symrnn.deciding.network import Network, modular_network, random_assignments
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model

_TRIES = 20
_MOST_STEPS, _MOST_SIZE, _MOST_ASSIGNMENTS = 12, 6, 3


def second_opinion(model: Model, claim: Claim, hypotheses: tuple[Hypothesis, ...], seed: int) -> str | None:
    """Where two sides that are said to agree everywhere differ; None when they never do."""
    return Opinion(model, seed).on(claim, hypotheses)


class Opinion:
    """Opinions on claims about one model, which share the networks that they are tried on.

    Twenty random combinations of up to 12 time steps and sizes up to 6, a few values of the free indices at each.
    """

    def __init__(self, model: Model, seed: int) -> None:
        self.model = model
        self.seed = seed
        self._worlds: dict[tuple[object, ...], Network] = {}

    def on(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> str | None:
        """Where the two sides of a claim differ; None when they never do.

        That no assignment had a meaning is an objection as well.
        """
        choice, met = random.Random(f"second opinion {self.seed}"), 0
        for attempt in range(_TRIES):
            world = self._world(claim, hypotheses, attempt)
            for env in random_assignments(claim, world, hypotheses, choice, _MOST_ASSIGNMENTS):
                equal = _agree(claim, world, env)
                met += equal is not None
                if equal is False:
                    indices = {name: env[name] for name, _, _ in claim.variables}
                    at = f"{world.instance.steps} steps, sizes {dict(world.instance.sizes)}, indices {indices}"
                    return f"the sides differ modulo a prime at {at}"
        return None if met else "at no random length and size did it have a meaning"

    def _world(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], attempt: int) -> Network:
        """The network of one attempt, at its random length and sizes."""
        about_values = tuple(h for h in hypotheses if h.is_about_values)
        key = (attempt, about_values, claim.unknown)
        if key not in self._worlds:
            model, choice = extended(self.model, claim), random.Random(f"sizes {self.seed} {attempt}")
            sizes = tuple((label, choice.randint(1, _MOST_SIZE)) for label in model.labels)
            instance = Instance(choice.randint(1, _MOST_STEPS), sizes)
            self._worlds[key] = modular_network(model, instance, self.seed * _TRIES + attempt, about_values)
        return self._worlds[key]


def _agree(claim: Claim, world: Network, env: dict[str, int]) -> bool | None:
    """Whether both sides are equal at an assignment; None where one of them has no meaning."""
    try:
        return bool(np.array_equal(world.value(claim.left, env), world.value(claim.right, env)))
    except (OutOfRange, BadRange, Undefined, Unsupported):
        return None
