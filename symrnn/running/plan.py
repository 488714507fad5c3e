"""What a program is made of: a network, its loss, the proven statements, and which quantities a caller gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from symrnn.language.functions import KERNELS
from symrnn.language.model import Quantity
from symrnn.language.tensors import Map, walk
from symrnn.running.adjoint import Adjoints
from symrnn.running.checks import DataArray, Signature
from symrnn.running.cost import Cost
from symrnn.running.errors import CannotCompile
from symrnn.running.named import Named
from symrnn.running.proof import ProvenEquation
from symrnn.running.schedule import used
from symrnn.running.table import known


@dataclass(frozen=True)
class Roles:
    """The free quantities of a network by what they are: inputs, targets and weights of the loss, states with a free initial value."""

    inputs: tuple[str, ...]
    data: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A network with the proven statements that its program is made of, and remarks for the top of its source.

    `without_kernel` are the names of the functions without a kernel: those of the table, and those that the caller passes in.
    """

    network: Named
    backward: Adjoints
    roles: Roles
    restated: tuple[ProvenEquation, ...]
    through: tuple[ProvenEquation, ...]
    gradients: tuple[ProvenEquation, ...]
    outside: tuple[ProvenEquation, ...]
    remarks: tuple[str, ...] = ()
    functions: frozenset[str] = field(default=frozenset())

    @property
    def cost(self) -> Cost:
        return self.network.cost

    @property
    def statements(self) -> tuple[ProvenEquation, ...]:
        """All of them, in the order in which they are used."""
        return (*self.restated, *self.through, *self.gradients, *self.outside)

    @property
    def signature(self) -> Signature:
        """What the program is called with."""
        quantities = self.network.model.quantities
        timed = {ref.quantity: ref.time is not None for ref in self.cost.data}

        def given(key: str) -> DataArray:
            q = quantities[key]
            return DataArray(q.text, q.shape[0] if q.shape else "", timed.get(key, True), q.one_hot)

        return Signature(
            parameters=tuple((q.text, q.shape) for q in self.network.parameters()),
            inputs=tuple(given(key) for key in self.roles.inputs),
            data=tuple(given(key) for key in self.roles.data),
            states=tuple(
                (quantities[key].text, quantities[key].shape[0] if quantities[key].shape else "") for key in self.roles.states
            ),
        )


def roles(network: Named) -> Roles:
    """Which quantities a caller gives. Raises CannotCompile for a state with a value of its own at one step."""
    quantities = network.model.quantities
    series = list(network.series())
    mentioned = {s.quantity for q in series if q.definition is not None for s, _ in used(q.definition)}
    inputs = tuple(key for key, q in quantities.items() if q.definition is None and key in mentioned)
    for quantity in series:
        if quantity.special:
            raise CannotCompile(
                f"{quantity.text} is defined apart at one step, which has no rule; give an initial state as h0", quantity.key
            )
        if len(quantity.shape) > 1:
            raise CannotCompile(
                f"{quantity.text} has {len(quantity.shape)} axes at each step; a program has vectors and numbers there",
                quantity.key,
            )
    data = tuple(ref.quantity for ref in network.cost.data)
    return Roles(inputs, data, tuple(q.key for q in series if q.recurrence))


def without_kernel(network: Named, passed: frozenset[str]) -> frozenset[str]:
    """The functions without a kernel. Raises CannotCompile for one of which nothing is known, and that is not `passed` in."""
    found: dict[str, Quantity] = {}
    for quantity in network.series():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Map):
                found.setdefault(node.function, quantity)
                if node.order:
                    raise CannotCompile(f"the definition of {quantity.text} has a derivative of {node.function}, which has no rule")
    for name, quantity in found.items():
        if name not in passed and name not in KERNELS and known(name) is None:
            raise CannotCompile(
                f"the definition of {quantity.text} has the function {name}, of which nothing is known; "
                f'pass it in with its derivative: compile(file, functions={{"{name}": (f, slope)}})',
                quantity.key,
            )
    return frozenset(found) - KERNELS
