"""A model in which everything that the chain rule stops at has a name.

Notes write ``h_t = tanh(U x_t + W h_{t-1})`` in one line. The backward recursion runs through the argument of the
tanh, so that argument becomes a quantity of its own (``a_t``), and so do the logits inside a softmax and every
function inside a sum or a product. Components (``h_{t,i} = tanh(Σ_j W_ij h_{t-1,j})``) are put together into vectors.
That a definition still says the same is proven like every other statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from symrnn.deciding.decide import dependencies
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.tensors import Affine, Map, Ref, Softmax, Sum, Tensor, rebuilt, walk
from symrnn.running.errors import CannotCompile
from symrnn.running.vectors import numbers_first, vectorised

NOW = Affine.of("t")
_ARGUMENTS = ("a", "b", "g", "q", "r", "u", "v", "w", "xi", "zeta")
_LOGITS = ("z", "o", "s", "q", "r", "u", "v", "w", "eta", "zeta")
_VALUES = ("g", "f", "c", "d", "q", "r", "v", "w", "phi", "psi")


@dataclass(frozen=True)
class Named:
    """A model with names, its total loss, and the keys of what was added and what was restated.

    `before` is the document's own model with the added quantities: there a restated definition is still what the
    document says.
    """

    model: Model
    loss: Ref
    before: Model
    added: tuple[str, ...]
    restated: tuple[str, ...]

    def unnamed(self, node: Tensor) -> Tensor:
        """An expression with every name that was added replaced by what it stands for."""
        if isinstance(node, Ref) and node.quantity in self.added and node.time == NOW:
            definition = self.model.quantities[node.quantity].definition
            return node if definition is None else self.unnamed(definition)
        return rebuilt(node, self.unnamed)

    def vectors(self) -> Iterator[Quantity]:
        """The defined vectors that the loss depends on, each after those that it uses at its own time."""
        needed = dependencies((self.loss,), self.model)
        found = [q for q in self.model.quantities.values() if q.key in needed and q.definition is not None and q.shape]
        yield from in_order(found)

    def parameters(self) -> tuple[Quantity, ...]:
        """The weights and biases that the loss depends on."""
        needed = dependencies((self.loss,), self.model)
        return tuple(q for q in self.model.quantities.values() if q.key in needed and q.is_parameter)


def named(model: Model) -> Named:
    """The model with names for its pre-activations and logits. Raises CannotCompile when it has no total loss."""
    namer = _Namer(model)
    loss = namer.total_loss()
    needed = dependencies((loss,), replace(model, quantities=namer.quantities))
    for quantity in list(model.quantities.values()):
        if quantity.key in needed and quantity.definition is not None and quantity.timed and quantity.shape:
            namer.name_parts(quantity)
    added = {key: namer.quantities[key] for key in namer.added}
    restated = [key for key, q in model.quantities.items() if namer.quantities[key].definition is not q.definition]
    before = replace(model, quantities={**model.quantities, **added})
    return Named(replace(model, quantities=namer.quantities), loss, before, tuple(namer.added), tuple(restated))


class _Namer:
    def __init__(self, model: Model) -> None:
        self.quantities: dict[str, Quantity] = dict(model.quantities)
        self.added: list[str] = []
        self._model = model
        self._taken = {q.name.letter for q in model.quantities.values()} | model.index_letters | set(model.sizes)
        self._taken |= {model.horizon, "t", "e", *model.functions}

    def name_parts(self, quantity: Quantity) -> None:
        """Gives the parts of one definition their names."""
        assert quantity.definition is not None
        definition = numbers_first(vectorised(quantity.definition))
        if isinstance(definition, (Map, Softmax)):
            changed: Tensor = self._function_of_a_name(definition)
        else:
            changed = self._without_functions(definition)
        self.quantities[quantity.key] = replace(quantity, definition=changed)

    def _function_of_a_name(self, node: Map | Softmax) -> Tensor:
        if isinstance(node.argument, Ref) and node.argument.time == NOW:
            return node
        argument = self._without_functions(node.argument)
        letters = _LOGITS if isinstance(node, Softmax) else _ARGUMENTS
        name = self._new(argument, letters)
        return Softmax(name) if isinstance(node, Softmax) else Map(node.function, node.order, name)

    def _without_functions(self, node: Tensor) -> Tensor:
        if isinstance(node, (Map, Softmax)):
            return self._new(self._function_of_a_name(node), _VALUES)
        return rebuilt(node, self._without_functions)

    def _new(self, definition: Tensor, letters: tuple[str, ...]) -> Ref:
        """A new quantity with this definition, or the one that has it already."""
        for quantity in self.quantities.values():
            if quantity.definition is definition and quantity.timed:
                return Ref(quantity.key, NOW, quantity.shape)
        letter = next((x for x in letters if x not in self._taken), None)
        name = Name(letter) if letter else Name(letters[0], suffix=str(len(self.added) + 1))
        self._taken.add(name.letter)
        key = quantity_key(name, True)
        self.quantities[key] = Quantity(key, name, True, definition.shape, definition)
        self.added.append(key)
        return Ref(key, NOW, definition.shape)

    # ------------------------------------------------------------------------------------------------- the loss

    def total_loss(self) -> Ref:
        """The one number that everything leads to; made as the sum over time where only a loss per step is defined."""
        ends = _ends(self.quantities)
        totals = [q for q in ends if not q.timed]
        per_step = [q for q in ends if q.timed]
        if len(totals) == 1:
            return Ref(totals[0].key, None, ())
        if not totals and len(per_step) == 1:
            return self._summed(per_step[0])
        if not ends:
            raise CannotCompile("the document defines no loss; add one, such as L = \\sum_{t=0}^{T} L_t")
        names = ", ".join(q.text for q in ends)
        raise CannotCompile(f"the document defines several losses ({names}); leave one of them")

    def _summed(self, per_step: Quantity) -> Ref:
        last = Affine.of(self._model.horizon, self._model.horizon_offset)
        body = Ref(per_step.key, Affine.of("t#1"), ())
        key = quantity_key(per_step.name, False)
        total = Sum("t#1", Affine((), self._model.first), last, (), body)
        self.quantities[key] = Quantity(key, per_step.name, False, (), total)
        self.added.append(key)
        return Ref(key, None, ())


def _ends(quantities: Mapping[str, Quantity]) -> list[Quantity]:
    """The defined numbers that no other one uses."""
    used = {
        node.quantity
        for quantity in quantities.values()
        if quantity.definition is not None and not quantity.shape
        for node in walk(quantity.definition)
        if isinstance(node, Ref)
    }
    numbers = [q for q in quantities.values() if q.definition is not None and not q.shape]
    return [q for q in numbers if q.key not in used]


def in_order(quantities: list[Quantity]) -> list[Quantity]:
    """Quantities sorted so that each comes after those that its definition uses at the same time."""
    by_key = {q.key: q for q in quantities}
    done: dict[str, Quantity] = {}

    def visit(quantity: Quantity) -> None:
        if quantity.key in done:
            return
        assert quantity.definition is not None
        for node in walk(quantity.definition):
            if isinstance(node, Ref) and node.time == NOW and node.quantity in by_key:
                visit(by_key[node.quantity])
        done[quantity.key] = quantity

    for quantity in quantities:
        visit(quantity)
    return list(done.values())
