"""The derivative of one quantity of a network by another: adjoints by recursion, local Jacobians, sums over the steps.

What is built follows the network: the adjoint of a quantity is the sum of what comes back from each equation that uses it. It stops at
states, whose own adjoints are written ∂L/∂h_{t+1}, and at what the claim at hand speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symrnn.deciding.vectorising import vectorised
from symrnn.judging.answers.arithmetic import ONE, plus, step_sum, times
from symrnn.judging.answers.rules import UNIT, NoAnswer, Use, moved, uses
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Affine, Eye, Jac, Permute, Pick, Product, Ref, Tensor, mentioned, substitute, walk

_DEEPEST = 12


@dataclass(frozen=True)
class WantedDerivative:
    """A derivative on the left of an equation: of which quantity by which, and the components it asks for."""

    numerator: Ref
    wrt: Ref
    explicit: bool
    components: tuple[Affine, ...]

    @staticmethod
    def of(node: Tensor) -> WantedDerivative | None:
        """The derivative that a tensor is, whatever its layout; None for any other tensor."""
        after: tuple[Affine, ...] = ()
        while isinstance(node, (Pick, Permute)):
            after = (*node.indices, *after) if isinstance(node, Pick) else after
            node = node.argument
        if not isinstance(node, Jac):
            return None
        before: tuple[Affine, ...] = ()
        numerator = node.numerator
        if isinstance(numerator, Pick):
            before, numerator = numerator.indices, numerator.argument
        if not isinstance(numerator, Ref):
            return None
        components = (*before, *after)
        if components and len(components) != len(numerator.shape) + len(node.wrt.shape):
            return None
        return WantedDerivative(numerator, node.wrt, node.explicit, components)


class NetworkDerivatives:
    """The derivatives of one network, cut off at the quantities in `kept` and, with `at_states`, at states.

    What is cut off is left as a derivative of its own.
    """

    def __init__(self, model: Model, kept: frozenset[str], at_states: bool = True) -> None:
        self.model = model
        self.kept = kept
        self.at_states = at_states
        self._stack: list[str] = []

    def of(self, target: WantedDerivative, letter: str) -> Tensor:
        """What a derivative is; `letter` counts the steps of a sum. Raises NoAnswer."""
        numerator = self.model.quantities[target.numerator.quantity]
        if self.is_loss(numerator) and not target.explicit:
            found = self._adjoint(target.numerator, target.wrt, letter)
        else:
            found = self._forward(target, letter)
        if found is None:
            raise NoAnswer
        return found

    def is_loss(self, quantity: Quantity) -> bool:
        """Whether a scalar is what the network is trained for, rather than one of its states."""
        if quantity.shape or quantity.recurrence:
            return False
        users = [q for q in self.model.quantities.values() if quantity.key in q.uses and not isinstance(q.definition, Jac)]
        return all(not user.timed and not user.shape for user in users)

    def definition(self, quantity: Quantity) -> Tensor | None:
        """The equation of a quantity, whole tensors for components."""
        if quantity.definition is None:
            return None
        return vectorised(quantity.definition)

    def reads(self, quantity: Quantity, key: str) -> Iterator[Ref]:
        """The places of a quantity in the equation of another."""
        definition = self.definition(quantity)
        return iter(()) if definition is None else _refs(definition, key)

    # ------------------------------------------------------------------------------------------------------- adjoints

    def _adjoint(self, loss: Ref, wrt: Ref, letter: str) -> Tensor | None:
        """∂loss/∂wrt: the sum of what comes back from every equation that uses it."""
        if wrt is loss:
            return ONE
        if len(self._stack) > _DEEPEST:
            raise NoAnswer
        self._stack.append(wrt.quantity)
        try:
            return plus(part for _, part in sorted(self._contributions(loss, wrt, letter), key=lambda found: found[0]))
        finally:
            self._stack.pop()

    def _contributions(self, loss: Ref, wrt: Ref, letter: str) -> Iterator[tuple[bool, Tensor]]:
        """What comes back from each equation, with whether it comes from another step."""
        for user in self.model.quantities.values():
            definition = self.definition(user)
            if (
                definition is None
                or isinstance(definition, Jac)
                or wrt.quantity not in mentioned(definition)
                or not self._leads_to(user.key, loss)
            ):
                continue
            for time, sums in self._times(user, definition, loss, wrt, letter):
                above = self._above(loss, user, time, letter)
                if above is None and sums:  # a loss of the last step
                    time, sums = sums[0][2], ()
                    above = self._above(loss, user, time, letter)
                if above is None or self._is_outside(time, loss):
                    continue
                value = Ref(user.key, time, user.shape)
                moved_to = definition if time is None else substitute(definition, {"t": time})
                for use in uses(moved_to, above, value):
                    if self.is_open(user) and user.key != loss.quantity:  # what it is of this argument is a derivative of its own
                        use = replace(use, value=times(above, Jac(value, use.ref, False)))
                    for part in self._collected(use, wrt, sums, letter):
                        yield time is not None and wrt.time is not None and time != wrt.time, part

    def is_open(self, quantity: Quantity) -> bool:
        """Whether a document leaves open what a number is as a function of what it uses."""
        return not quantity.shape and any(self.model.quantities[key].slope for key in quantity.uses)

    def _is_outside(self, time: Affine | None, loss: Ref) -> bool:
        """Whether a step is certainly before the first one, or after the last one that the loss depends on."""
        if time is None:
            return False
        return _is_below(time, Affine((), self.model.first)) or _is_below(self.last if loss.time is None else loss.time, time)

    def acts_on(self, loss: Ref, wrt: Ref) -> tuple[Ref, ...]:
        """What a quantity stands in the equations of, of what leads to the loss."""
        found: dict[Ref, None] = {}
        for user in self.model.quantities.values():
            definition = self.definition(user)
            if definition is None or isinstance(definition, Jac) or wrt.quantity not in mentioned(definition):
                continue
            if self._leads_to(user.key, loss):
                times = (time for time, _ in self._times(user, definition, loss, wrt, "t"))
                found |= {Ref(user.key, time, user.shape): None for time in times if not self._is_outside(time, loss)}
        return tuple(found)

    def _leads_to(self, key: str, loss: Ref) -> bool:
        """Whether a loss depends on a quantity."""
        seen, open_keys = set(), {loss.quantity}
        while open_keys:
            seen |= open_keys
            open_keys = {k for o in open_keys for k in self.model.quantities[o].uses} - seen
        return key in seen

    def _times(
        self, user: Quantity, definition: Tensor, loss: Ref, wrt: Ref, letter: str
    ) -> Iterator[tuple[Affine | None, tuple[tuple[str, Affine, Affine], ...]]]:
        """The steps at which an equation uses a quantity, with the sum over them where it has no time of its own."""
        if user.key == loss.quantity:
            yield loss.time, ()
        elif not user.timed:
            yield None, ()
        elif wrt.time is None:
            if loss.time is not None and not user.recurrence and not self._reached_later(user):
                yield loss.time, ()
            else:
                first, last = Affine((), max(self.model.first, 0)), self.last if loss.time is None else loss.time
                yield Affine.of(letter), ((letter, first, last),)
        else:
            shifts = {node.time - Affine.of("t") for node in _refs(definition, wrt.quantity) if node.time is not None}
            for shift in sorted(shifts, key=str):
                if not shift.terms:
                    yield wrt.time - shift.constant, ()

    @property
    def last(self) -> Affine:
        """The last step."""
        return self.model.last

    def _reached_later(self, user: Quantity) -> bool:
        """Whether later steps depend on a quantity."""
        seen, open_keys = set(), {user.key}
        while open_keys:
            seen |= open_keys
            open_keys = {q.key for q in self.model.quantities.values() if q.uses & open_keys} - seen
        return any(self.model.quantities[key].recurrence for key in seen)

    def _above(self, loss: Ref, user: Quantity, time: Affine | None, letter: str) -> Tensor | None:
        """The adjoint of what uses a quantity: written as one for states and what is kept, else worked out."""
        here = Ref(user.key, time, user.shape)
        if here is loss:
            return ONE
        if user.key == loss.quantity:
            return None
        if user.key in self.kept or user.key in self._stack or (user.recurrence and self.at_states):
            return Jac(loss, here, False)
        return self._adjoint(loss, here, letter)

    def _collected(self, use: Use, wrt: Ref, around: tuple[tuple[str, Affine, Affine], ...], letter: str) -> Iterator[Tensor]:
        """What one place contributes, where it is the quantity at the time that is asked for."""
        ref, value, sums = use.ref, use.value, use.sums
        if ref.quantity != wrt.quantity:
            return
        if ref.time is not wrt.time and ref.time != wrt.time:
            if len(sums) != 1 or ref.time is None or wrt.time is None:
                return
            variable, lower, upper = sums[0]
            step = ref.time - Affine.of(variable)
            at = wrt.time - step.constant
            if step.terms or _is_below(at, lower) or _is_below(upper, at):
                return
            value, sums = substitute(value, {variable: at}), ()
        for variable, lower, upper in (*sums, *around):
            name = variable
            if variable not in value.free:
                raise NoAnswer
            if name != letter and letter not in value.free:
                value, name = substitute(value, {variable: Affine.of(letter)}), letter
            value = step_sum(name, lower, upper, value)
        yield value

    # ------------------------------------------------------------------------------------------------------- forwards

    def _forward(self, target: WantedDerivative, letter: str) -> Tensor | None:
        """∂numerator/∂wrt by local Jacobians."""
        numerator, wrt = target.numerator, target.wrt
        if numerator.time is not None and wrt.time is not None and (numerator.time - wrt.time).terms:
            return self._ordered_product(numerator, wrt, letter)
        return self._moved(numerator, target, 0)

    def _ordered_product(self, numerator: Ref, wrt: Ref, letter: str) -> Tensor | None:
        if numerator.quantity != wrt.quantity or numerator.time is None or wrt.time is None or len(numerator.shape) > 1:
            raise NoAnswer
        here = Affine.of(letter)
        step = WantedDerivative(Ref(wrt.quantity, here, wrt.axes), Ref(wrt.quantity, here - 1, wrt.axes), False, ())
        body = self._forward(step, letter)
        return None if body is None else Product(letter, wrt.time + 1, numerator.time, True, body)

    def _moved(self, ref: Ref, target: WantedDerivative, depth: int) -> Tensor | None:
        quantity = self.model.quantities[ref.quantity]
        definition = self.definition(quantity)
        if definition is None or depth > _DEEPEST:
            return None
        if ref.time is not None:
            definition = substitute(definition, {"t": ref.time})
        return moved(definition, lambda inner: self._of_ref(inner, ref, target, depth), ref)

    def _of_ref(self, ref: Ref, above: Ref, target: WantedDerivative, depth: int) -> Tensor | None:
        wrt = target.wrt
        if ref is wrt:
            return ONE if not ref.shape else Eye(ref.shape[0]) if len(ref.shape) == 1 else UNIT
        quantity = self.model.quantities[ref.quantity]
        if quantity.definition is None or not self._depends(ref.quantity, wrt.quantity):
            return None
        earlier = ref.time is not None and above.time is not None and ref.time != above.time
        if earlier and target.explicit:
            return None
        if wrt.time is None:
            if earlier:
                return Jac(ref, wrt, False)
        elif ref.time is not None:
            ahead = ref.time - wrt.time
            if ahead.terms or ahead.constant < 0:
                return None
        return self._moved(ref, target, depth + 1)

    def _depends(self, key: str, on: str) -> bool:
        return self._leads_to(on, Ref(key, None, ()))


def _is_below(a: Affine, b: Affine) -> bool:
    """Whether one index is certainly less than another."""
    between = b - a
    return not between.terms and between.constant > 0


def _refs(node: Tensor, key: str) -> Iterator[Ref]:
    return (part for part in walk(node) if isinstance(part, Ref) and part.quantity == key)
