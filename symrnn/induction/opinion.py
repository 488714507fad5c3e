"""A second opinion on what is proven for every length and size: random lengths and sizes, modulo a large prime."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np

from symrnn.algebras.base import Undefined
from symrnn.claims import Claim
from symrnn.evaluate import BadRange, Instance, OutOfRange, Unsupported
from symrnn.hypotheses import Hypothesis
from symrnn.induction.prove import extended
from symrnn.model import Model
from symrnn.network import Network, modular_network

_TRIES = 20
_MOST_STEPS, _MOST_SIZE, _MOST_ASSIGNMENTS = 12, 6, 8


def second_opinion(model: Model, claim: Claim, hypotheses: tuple[Hypothesis, ...], seed: int) -> str | None:
    """Where two sides that are said to agree everywhere differ; None when they never do.

    Twenty random combinations of up to 12 time steps and sizes up to 6, a few values of the free indices at each. That no
    assignment had a meaning is an objection as well.
    """
    choice, model, met = random.Random(f"second opinion {seed}"), extended(model, claim), 0
    about_values = tuple(h for h in hypotheses if h.kind not in ("equal", "different"))
    for attempt in range(_TRIES):
        sizes = tuple((label, choice.randint(1, _MOST_SIZE)) for label in model.labels)
        instance = Instance(choice.randint(1, _MOST_STEPS), sizes)
        world = modular_network(model, instance, seed * _TRIES + attempt, about_values)
        for env in _assignments(claim, world, hypotheses, choice):
            equal = _agree(claim, world, env)
            met += equal is not None
            if equal is False:
                indices = {name: env[name] for name, _, _ in claim.variables}
                return f"the sides differ modulo a prime at {instance.steps} steps, sizes {dict(sizes)}, indices {indices}"
    return None if met else "at no random length and size did it have a meaning"


def _agree(claim: Claim, world: Network, env: dict[str, int]) -> bool | None:
    """Whether both sides are equal at an assignment; None where one of them has no meaning."""
    try:
        return bool(np.array_equal(world.value(claim.left, env), world.value(claim.right, env)))
    except (OutOfRange, BadRange, Undefined, Unsupported):
        return None


def _assignments(
    claim: Claim, world: Network, hypotheses: tuple[Hypothesis, ...], choice: random.Random
) -> Iterator[dict[str, int]]:
    for _ in range(_MOST_ASSIGNMENTS if claim.variables else 1):
        env = dict(world.base_env)
        for name, role, label in claim.variables:
            env[name] = choice.randint(world.first, world.last) if role == "time" else choice.randint(1, world.sizes[label])
        for hypothesis in hypotheses:
            if hypothesis.kind == "equal":
                first, second = hypothesis.about.split(",")
                env[second] = env[first]
        if all(h.allows(env) for h in hypotheses):
            yield env
