"""A model in which everything that the chain rule stops at has a name.

Notes write ``h_t = tanh(U x_t + W h_{t-1})`` in one line. The backward recursion runs through the argument of the
tanh, so that argument becomes a quantity of its own (``a_t``), and so do the logits inside a softmax and every
function inside a sum or a product. Components (``h_{t,i} = tanh(Σ_j W_ij h_{t-1,j})``) are put together into vectors.
That a definition still says the same is proven like every other statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.deciding.decide import dependencies
from symrnn.deciding.vectorising import vectorised
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
    Jac,
    Map,
    Over,
    Permute,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    rebuilt,
    walk,
)
from symrnn.running.cost import NOW, Cost, at_last, cost
from symrnn.running.errors import CannotCompile
from symrnn.running.products import numbers_first, split_products

_ARGUMENTS = ("a", "b", "g", "q", "r", "u", "v", "w", "xi", "zeta")
_LOGITS = ("z", "o", "s", "q", "r", "u", "v", "w", "eta", "zeta")
_VALUES = ("g", "f", "c", "d", "q", "r", "v", "w", "phi", "psi")


@dataclass(frozen=True)
class Named:
    """A model with names, its total loss taken apart, and the keys of what was added and what was restated.

    `before` is the document's own model with the added quantities: there a restated definition is still what the
    document says.
    """

    model: Model
    loss: Ref
    cost: Cost
    before: Model
    added: tuple[str, ...]
    restated: tuple[str, ...]

    def unnamed(self, node: Tensor) -> Tensor:
        """An expression with every name that was added replaced by what it stands for."""
        if isinstance(node, Ref) and node.quantity in self.added and node.time in (None, NOW):
            definition = self.model.quantities[node.quantity].definition
            return node if definition is None else self.unnamed(definition)
        return rebuilt(node, self.unnamed)

    def series(self) -> Iterator[Quantity]:
        """What is computed at every step, each after those that it uses at its own time.

        Numbers of the loss are none of these.
        """
        outputs = tuple(part.output for part in self.cost.parts if part.output is not None)
        needed = dependencies(outputs, self.model)
        found = [q for q in self.model.quantities.values() if q.key in needed and q.definition is not None and q.timed]
        yield from in_order(found)

    def free_blocks(self) -> Model:
        """The network with the parts of parameters as parameters, which they are to everything but the whole ones."""
        keys = {block.key for block in self.blocks()}
        freed = {key: replace(q, definition=None) if key in keys else q for key, q in self.model.quantities.items()}
        return replace(self.model, quantities=freed)

    def blocks(self) -> tuple[Quantity, ...]:
        """Parts of parameters that are multiplied by parts of a joined vector: W [h; x] is W_h h + W_x x."""
        added = (self.model.quantities[key] for key in self.added)
        return tuple(q for q in added if not q.timed and len(q.shape) == 2)

    def parameters(self) -> tuple[Quantity, ...]:
        """The weights and biases that the loss depends on."""
        needed, data = dependencies((self.loss,), self.model), {ref.quantity for ref in self.cost.data}
        return tuple(q for q in self.model.quantities.values() if q.key in needed and q.is_parameter and q.key not in data)


def named(model: Model) -> Named:
    """The model with names for its pre-activations and logits. Raises CannotCompile when it has no total loss."""
    namer = _Namer(model)
    loss = namer.total_loss()
    parts = cost(replace(model, quantities=namer.quantities), loss)
    needed = dependencies((loss,), replace(model, quantities=namer.quantities)) - set(parts.of_loss)
    for quantity in list(model.quantities.values()):
        if quantity.key in needed and quantity.definition is not None:
            namer.name_parts(quantity if quantity.timed else namer.lifted(quantity))
    added = {key: namer.quantities[key] for key in namer.added}
    restated = [key for key, q in model.quantities.items() if q.timed and namer.quantities[key].definition is not q.definition]
    before = replace(model, quantities={**model.quantities, **added})
    named_parts = tuple(replace(part, output=namer.at_steps(part.output)) for part in parts.parts)
    after = replace(model, quantities=namer.without_lifted())
    return Named(after, loss, replace(parts, parts=named_parts), before, tuple(namer.added), tuple(restated))


class _Namer:
    def __init__(self, model: Model) -> None:
        self.quantities: dict[str, Quantity] = dict(model.quantities)
        self.added: list[str] = []
        self._model = model
        self._lifted: dict[str, Quantity] = {}
        self._taken = {q.name.letter for q in model.quantities.values()} | model.index_letters | set(model.sizes)
        self._taken |= {model.horizon, "t", "e", *model.functions}

    def lifted(self, quantity: Quantity) -> Quantity:
        """What is defined once, by the last step, as a quantity of every step: of p = softmax(V h_T) the p_t = softmax(V h_t)."""
        assert quantity.definition is not None
        last = self._model.last
        definition = at_last(numbers_first(vectorised(quantity.definition)), last, self.at_steps)
        if any(isinstance(n, Ref) and n.time not in (None, NOW) for n in walk(definition)):
            raise CannotCompile(f"{quantity.text} has no time and uses a step other than the last one, which has no rule")
        key = quantity_key(quantity.name, True)
        if key in self.quantities:
            raise CannotCompile(f"{quantity.text} is defined with a time and without one; give one of them another letter")
        made = Quantity(key, quantity.name, True, quantity.shape, definition)
        self.quantities[key] = self._lifted[quantity.key] = made
        self.added.append(key)
        return made

    def without_lifted(self) -> dict[str, Quantity]:
        """The quantities, with that of the last step wherever one without a time stood."""
        last = self._model.last

        def changed(node: Tensor) -> Tensor:
            made = self._lifted.get(node.quantity) if isinstance(node, Ref) else None
            return rebuilt(node, changed) if made is None else Ref(made.key, last, made.shape)

        kept = {key: q for key, q in self.quantities.items() if key not in self._lifted}
        if not self._lifted:
            return kept
        return {key: replace(q, definition=None if q.definition is None else changed(q.definition)) for key, q in kept.items()}

    def at_steps(self, ref: Ref | None) -> Ref | None:
        """A quantity without a time as the one of every step, where it was lifted."""
        made = None if ref is None else self._lifted.get(ref.quantity)
        return ref if made is None else Ref(made.key, NOW, made.shape)

    def name_parts(self, quantity: Quantity) -> None:
        """Gives the parts of one definition their names."""
        assert quantity.definition is not None
        definition = numbers_first(split_products(vectorised(quantity.definition)))
        changed = self._function_of_a_name(definition) if isinstance(definition, (Map, Softmax)) else self._sum(definition)
        self.quantities[quantity.key] = replace(quantity, definition=changed)

    def _function_of_a_name(self, node: Map | Softmax) -> Tensor:
        if isinstance(node.argument, Ref) and node.argument.time == NOW:
            return node
        argument = self._sum(node.argument)
        letters = _LOGITS if isinstance(node, Softmax) else _ARGUMENTS
        name = self._new(argument, letters)
        return Softmax(name) if isinstance(node, Softmax) else Map(node.function, node.order, name)

    def _sum(self, node: Tensor) -> Tensor:
        """An expression whose summands are products of a parameter and a quantity, or quantities entry by entry."""
        if isinstance(node, (Map, Softmax)):
            return self._new(self._function_of_a_name(node), _VALUES)
        if isinstance(node, Dot) and node.axes:
            left, right = node.left, node.right
            return Dot(self._factor_of_product(left, right), self._factor_of_product(right, left), node.axes)
        if isinstance(node, (Times, Over, Power)) or (isinstance(node, Dot) and not isinstance(node.left, Const)):
            return rebuilt(node, self._entries)
        return rebuilt(node, self._sum)

    def _factor_of_product(self, node: Tensor, other: Tensor) -> Tensor:
        if isinstance(node, Ref) or (isinstance(node, Permute) and isinstance(node.argument, Ref)):
            return node
        return self._new(self._sum(node), _VALUES) if "t" in node.free else self._block(node, other)

    def _entries(self, node: Tensor) -> Tensor:
        """A factor of a product entry by entry, with a name where it is a product with a matrix itself."""
        changed = self._sum(node)
        return self._new(changed, _VALUES) if any(isinstance(n, Dot) and n.axes for n in walk(changed)) else changed

    def _block(self, node: Tensor, vector: Tensor) -> Tensor:
        """The part of a parameter that meets a vector: of W the W_h beside h."""
        inner = [n for n in walk(node) if isinstance(n, Ref)]
        if len(inner) != 1 or len(node.shape) != 2 or not isinstance(vector, Ref):
            raise CannotCompile(
                "a product of parameters stands in the network, which has no rule; give the product a letter of its own"
            )
        whole, met = self.quantities[inner[0].quantity].name, self.quantities[vector.quantity].name
        return self._kept(node, replace(whole, suffix=f"{whole.suffix}{met.letter}"), timed=False)

    def _new(self, definition: Tensor, letters: tuple[str, ...]) -> Ref:
        letter = next((x for x in letters if x not in self._taken), None)
        return self._kept(definition, Name(letter) if letter else Name(letters[0], suffix=str(len(self.added) + 1)), timed=True)

    def _kept(self, definition: Tensor, name: Name, timed: bool) -> Ref:
        """A new quantity with this definition, or the one that has it already."""
        time = NOW if timed else None
        for quantity in self.quantities.values():
            if quantity.definition is definition and quantity.timed == timed:
                return Ref(quantity.key, time, quantity.shape)
        self._taken.add(name.letter)
        key = quantity_key(name, timed)
        self.quantities[key] = Quantity(key, name, timed, definition.shape, definition)
        self.added.append(key)
        return Ref(key, time, definition.shape)

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
        last = self._model.last
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
        if not _is_derivative(quantity)
        for node in walk(quantity.definition or Const(Fraction(0)))
        if isinstance(node, Ref)
    }
    numbers = [q for q in quantities.values() if q.definition is not None and not q.shape and not _is_derivative(q)]
    return [q for q in numbers if q.key not in used]


def _is_derivative(quantity: Quantity) -> bool:
    return quantity.definition is not None and any(isinstance(node, Jac) for node in walk(quantity.definition))


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
