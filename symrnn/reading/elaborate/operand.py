"""An operand: a tensor and how it was written, and the labels of its axes, which meet as a formula is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symrnn.language.tensors import JOIN, Affine, Condition, Ref, Shape, Tensor, arguments, parts_of, size_of, sized_axis


class Labels:
    """Axis labels: those with a name are constants, those that start with ``?`` are unknowns to be unified."""

    def __init__(self) -> None:
        self._bound: dict[str, str] = {}
        self._count = 0

    def fresh(self) -> str:
        self._count += 1
        return f"?{self._count}"

    def find(self, label: str) -> str:
        while label in self._bound:
            label = self._bound[label]
        return JOIN.join(map(self.find, parts_of(label))) if JOIN in label else label

    def unify(self, a: str, b: str) -> bool:
        """Makes two labels the same; False where they are different constants."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return True
        parts, others = parts_of(a), parts_of(b)
        if len(parts) == len(others) > 1:
            return all(self.unify(x, y) for x, y in zip(parts, others, strict=True))
        for name, value, inside in ((a, b, others), (b, a, parts)):
            if name.startswith("?") and JOIN not in name and name not in inside:
                self._bound[name] = value
                return True
        return False

    def rename(self, label: str, name: str) -> None:
        """Gives an axis a name, whatever it was called so far."""
        for part, new in zip(parts_of(self.find(label)), parts_of(name), strict=True):
            if part != new:
                self._bound[part] = new

    def resolve(self, shape: Shape) -> Shape:
        return tuple(self.find(label) for label in shape)

    def put_into(self, node: Tensor, known: dict[Tensor, Tensor]) -> Tensor:
        """A tensor with the labels that unification found; `known` has the parts into which they were put before."""
        if not self._bound:
            return node
        found = known.get(node)
        if found is None:
            found = known[node] = type(node)(*(self._put_into(value, known) for value in arguments(node)))
        return found

    def _put_into(self, value: Any, known: dict[Tensor, Tensor]) -> Any:
        if isinstance(value, Tensor):
            return self.put_into(value, known)
        if isinstance(value, str):
            return self.find(value)
        if isinstance(value, Affine):
            return value.substitute({n: size_of(self.find(axis)) for n in value.names() if (axis := sized_axis(n))})
        if isinstance(value, Condition):
            return Condition(value.op, self._put_into(value.left, known), self._put_into(value.right, known))
        if isinstance(value, tuple):
            return tuple(self._put_into(item, known) for item in value)
        return value


@dataclass(slots=True)  # not frozen, which would make one take three times as long: nothing else is made as often
class Operand:
    """A tensor and how it was written.

    `side` is ``row`` or ``column`` for a vector that is certainly one, else empty. `top` and `bottom` are the quantities of a derivative
    that no layout has been given yet; its tensor has the numerator's axes first. `slope` marks the derivative of a function of one
    number, ``f'(a)``, entry by entry. `stacked` marks a derivative by the entries of a matrix one after the other; an operand with several
    axes in its rows or columns has in `rows` how many axes the rows are (all of them for a vector), any other None.
    """

    tensor: Tensor
    side: str = ""
    top: Tensor | None = None
    bottom: Ref | None = None
    number: bool = False
    slope: bool = False
    stacked: bool = False
    rows: int | None = None

    @property
    def rank(self) -> int:
        return len(self.tensor.shape)
