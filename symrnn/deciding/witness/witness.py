"""Whether both sides of a claim agree at random points modulo a prime, at sizes that exact algebra cannot reach.

Both sides are contracted with random vectors first (Freivalds 1979), so that neither is ever written out. Agreement is
no proof, and disagreement refutes nothing (see `symrnn.deciding.algebras.modular`): it is a witness, and said to be one.
"""

from __future__ import annotations

from random import Random

from symrnn.deciding.algebras.base import Undefined
from symrnn.deciding.algebras.modular import Modular
from symrnn.deciding.evaluate import BadRange, Instance, OutOfRange, Unsupported
from symrnn.deciding.evidence import Scope, Witness
from symrnn.deciding.hypotheses import Hypothesis, given
from symrnn.deciding.network import enlarged, random_assignments
from symrnn.deciding.witness.contraction import projected
from symrnn.deciding.witness.sweeps import SweptNetwork
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model

#: Random points, and the values of the free indices tried at each: at the first one also the last time step.
_ASSIGNMENTS = (2, 1, 1)


class Witnesses:
    """Witnesses to claims about one model at one instance, which share the unrolled networks.

    `small` is an instance at which the claims were proven exactly.
    """

    def __init__(self, model: Model, instance: Instance, small: Instance) -> None:
        self.model = model
        self.instance = instance
        self.small = small
        self._networks: dict[tuple[object, ...], list[SweptNetwork]] = {}

    def of(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Witness:
        """What is seen of a claim under its hypotheses, which hold for it at the small instance."""
        found = self._seen(claim, hypotheses, self.instance)
        if found.outcome == "differs" and self._seen(claim, hypotheses, self.small).outcome == "differs":
            return _untried(found.scope, "it rests on an identity between functions, and residues know none")
        return found

    def _seen(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], instance: Instance) -> Witness:
        scope, met = Scope(instance.steps, instance.sizes), 0
        for seed, tries in enumerate(_ASSIGNMENTS, 1):
            network = self._network(claim, hypotheses, instance, seed)
            for env in random_assignments(claim, network, hypotheses, Random(f"{seed}"), tries, latest_first=seed == 1):
                try:
                    equal = projected(network, claim.left, env) == projected(network, claim.right, env)
                except (OutOfRange, BadRange):
                    continue
                except (Unsupported, Undefined) as reason:
                    return _untried(scope, str(reason))
                met += 1
                if not equal:
                    where = ", ".join(f"{name} = {env[name]}" for name, _, _ in claim.variables)
                    return Witness(scope, seed, met, "differs", where)
        if not met:
            return _untried(scope, "it has no meaning at the indices that were tried")
        return Witness(scope, len(_ASSIGNMENTS), met, "agrees")

    def _network(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], instance: Instance, seed: int) -> SweptNetwork:
        about_values = (*given(self.model), *(h for h in hypotheses if h.is_about_values))
        known = self._networks.setdefault((instance, seed, about_values), [])
        for network in known:
            model = network.with_numbers(claim.unknown)
            if model is not None:
                network.model = model
                return network
        sizes = enlarged(instance, claim.unknown)
        known.append(SweptNetwork(extended(self.model, claim), sizes, Modular(seed), about_values))
        return known[-1]


def _untried(scope: Scope, reason: str) -> Witness:
    return Witness(scope, 0, 0, "untried", reason)
