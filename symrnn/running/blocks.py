"""Parts of parameters: the columns or rows of a matrix that meet one part of a joined vector."""

from __future__ import annotations

from symrnn.language.model import Quantity
from symrnn.language.tensors import Build, Dot, Permute, Truth, parts_of, sized_axis


def columns_of(block: Quantity) -> tuple[tuple[str, ...], str, int]:
    """The axes that lie before a part along the joined axis, the axis of the part, and on which axis of the matrix it lies."""
    definition = block.definition
    assert isinstance(definition, Dot)
    left = isinstance(definition.left, Permute)
    placing = definition.left.argument if isinstance(definition.left, Permute) else definition.right
    assert isinstance(placing, Build) and isinstance(placing.body, Build) and isinstance(placing.body.body, Truth)
    offset = placing.body.body.condition.right
    before = tuple(axis for name, count in offset.terms if (axis := sized_axis(name)) for _ in range(count))
    assert set(before) <= set(parts_of(placing.label))
    return before, placing.body.label, 0 if left else 1
