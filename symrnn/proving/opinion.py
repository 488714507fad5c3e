"""A second opinion on what is proven: random lengths and sizes, modulo a large prime."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symrnn.deciding.algebras.base import Undefined
from symrnn.deciding.evaluate import BadRange, Env, Instance, OutOfRange, Unsupported
from symrnn.deciding.hypotheses import Hypothesis
from symrnn.deciding.network import Network, enlarged, modular_network, random_assignments
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model

_TRIES = 20
_MOST_STEPS, _MOST_SIZE, _MOST_ASSIGNMENTS = 12, 6, 3
#: Up to here each length is tried: what is wrong at the ends alone shows where they meet.
_SHORT = 4


@dataclass(frozen=True)
class Objection:
    """An instance at which the two sides of a claim differ, and what was seen there."""

    instance: Instance
    text: str


def second_opinion(model: Model, claim: Claim, hypotheses: tuple[Hypothesis, ...], seed: int) -> str | None:
    """Where two sides that are said to agree everywhere differ; None when they never do.

    That no assignment had a meaning is an objection as well.
    """
    opinion = Opinion(model, seed)
    objection = opinion.on(claim, hypotheses)
    if objection is not None:
        return objection.text
    return "at no random length and size did it have a meaning" if opinion.met_nowhere(claim, hypotheses) else None


class Opinion:
    """Opinions on claims about one model, which share the networks that they are tried on.

    Twenty combinations of up to 12 time steps, the shortest and random ones, and random sizes up to 6; a few values of the free
    indices at each.
    """

    def __init__(self, model: Model, seed: int) -> None:
        self.model = model
        self.seed = seed
        self._worlds: dict[tuple[object, ...], Network] = {}

    def on(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], home: Instance | None = None) -> Objection | None:
        """Where the two sides of a claim differ; None when they never do.

        Residues know no identity between functions (see `symrnn.deciding.algebras.modular`): where they differ at the instance
        `home` as well, at which the claim was proven, nothing is concluded.
        """
        for world, env, equal in self._seen(claim, hypotheses):
            if equal is False:
                if home is not None and self._knows_too_little(claim, hypotheses, home):
                    return None
                indices = {name: env[name] for name, _, _ in claim.variables}
                at = f"{world.instance.steps} steps, sizes {dict(world.instance.sizes)}, indices {indices}"
                return Objection(world.instance, f"the sides differ modulo a prime at {at}")
        return None

    def met_nowhere(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> bool:
        """Whether a claim has a meaning at no random length and size."""
        return all(equal is None for _, _, equal in self._seen(claim, hypotheses))

    def _seen(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Iterator[tuple[Network, Env, bool | None]]:
        choice = random.Random(f"second opinion {self.seed}")
        for attempt in range(_TRIES):
            world = self._world(claim, hypotheses, attempt)
            for env in random_assignments(claim, world, hypotheses, choice, _MOST_ASSIGNMENTS):
                yield world, env, _agree(claim, world, env)

    def _knows_too_little(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], home: Instance) -> bool:
        choice = random.Random(f"at home {self.seed}")
        world = self._network(claim, hypotheses, enlarged(home, claim.unknown), -1)
        tries = random_assignments(claim, world, hypotheses, choice, _TRIES)
        return any(_agree(claim, world, env) is False for env in tries)

    def _world(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], attempt: int) -> Network:
        """The network of one attempt, at its random length and sizes."""
        choice = random.Random(f"sizes {self.seed} {attempt}")
        sizes = tuple((label, choice.randint(1, _MOST_SIZE)) for label in extended(self.model, claim).labels)
        steps = attempt + 1 if attempt < _SHORT else choice.randint(1, _MOST_STEPS)
        return self._network(claim, hypotheses, Instance(steps, sizes), attempt)

    def _network(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], instance: Instance, attempt: int) -> Network:
        about_values = tuple(h for h in hypotheses if h.is_about_values)
        key = (attempt, about_values, claim.unknown)
        if key not in self._worlds:
            seed = self.seed * _TRIES + attempt
            self._worlds[key] = modular_network(extended(self.model, claim), instance, seed, about_values)
        return self._worlds[key]


def _agree(claim: Claim, world: Network, env: Env) -> bool | None:
    """Whether both sides are equal at an assignment; None where one of them has no meaning."""
    try:
        return bool(np.array_equal(world.value(claim.left, env), world.value(claim.right, env)))
    except (OutOfRange, BadRange, Undefined, Unsupported):
        return None
