"""What a program is made of: a network, its loss, the proven statements, and which quantities a caller gives."""

from __future__ import annotations

from dataclasses import dataclass

from symrnn.running.adjoint import Adjoints
from symrnn.running.checks import Signature
from symrnn.running.cost import Cost
from symrnn.running.errors import CannotCompile
from symrnn.running.named import Named
from symrnn.running.proof import Statement
from symrnn.running.schedule import used


@dataclass(frozen=True)
class Roles:
    """The free quantities of a network by what they are: the input, and the states with a free initial value."""

    input: str
    states: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A network with the proven statements that its program is made of, and remarks for the top of its source."""

    network: Named
    cost: Cost
    backward: Adjoints
    roles: Roles
    restated: tuple[Statement, ...]
    through: tuple[Statement, ...]
    gradients: tuple[Statement, ...]
    remarks: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of them, in the order in which they are used."""
        return (*self.restated, *self.through, *self.gradients)

    @property
    def signature(self) -> Signature:
        """What the program is called with."""
        quantities = self.network.model.quantities
        return Signature(
            parameters=tuple((q.text, q.shape) for q in self.network.parameters()),
            input=quantities[self.roles.input].shape[0],
            target=self.cost.target.shape[0],
            states=tuple((quantities[key].text, quantities[key].shape[0]) for key in self.roles.states),
            output=self.cost.output.quantity,
        )


def roles(network: Named, cost: Cost) -> Roles:
    """Which quantities a caller gives.

    Raises CannotCompile for several inputs, or for a state with a value of its own at one step.
    """
    quantities = network.model.quantities
    mentioned = {s.quantity for q in network.vectors() if q.definition is not None for s, _ in used(q.definition)}
    inputs = [key for key, q in quantities.items() if q.definition is None and key in mentioned and key != cost.target.quantity]
    if len(inputs) != 1:
        names = ", ".join(quantities[key].text for key in inputs) or "none"
        raise CannotCompile(f"a program takes one input sequence; this model has {names}")
    for quantity in network.vectors():
        if quantity.special:
            raise CannotCompile(f"{quantity.text} is defined apart at one step, which has no rule; give an initial state as h0")
    return Roles(inputs[0], tuple(q.key for q in network.vectors() if q.recurrence < 0))
