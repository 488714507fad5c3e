"""The entries of what was proven, for those who ask why the transpose: the sum behind one entry, and all entries at size two."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.judging.answers import Entries, NoAnswer
from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import ground_of
from symrnn.language.model import Model
from symrnn.language.tensors import (
    Affine,
    Build,
    Dot,
    Jac,
    Permute,
    Pick,
    Plus,
    Product,
    Sum,
    Tensor,
    rebuilt,
    size_of,
    substitute,
    walk,
)
from symrnn.notation import unicode
from symrnn.notation.from_tensors import Notation

_ROW, _COLUMN = "i", "j"
_ONE, _TWO = Affine((), 1), Affine((), 2)
#: Matrices that are wider than a line are no help.
_WIDEST = 64


def shape_lines(judgement: Judgement) -> tuple[str, ...]:
    """The factors of each product of matrices on the right, with their shapes: what meets must be equal."""
    ground, model = ground_of(judgement.verdict), judgement.network
    if ground is None or model is None:
        return ()
    chains = (chain for chain in _chains(ground.claim.right) if len(chain) > 1)
    notation = Notation(model)
    said = (" · ".join(f"{_named(notation, factor)} ({_shape(factor)})" for factor in chain) for chain in chains)
    return tuple(dict.fromkeys(said))


def entry_lines(judgement: Judgement) -> tuple[str, ...]:
    """One entry of each side as sums over components, and the right side at sizes of two; nothing for a number."""
    ground, model = ground_of(judgement.verdict), judgement.network
    if ground is None or model is None or len(ground.claim.right.shape) not in (1, 2):
        return ()
    left, right = ground.claim.left, ground.claim.right
    at = (Affine.of(_ROW), Affine.of(_COLUMN))[: len(right.shape)]
    try:
        general = f"{_written(model, left, at)} = {_written(model, right, at)}"
        return (general, *_at_size_two(model, right))
    except NoAnswer:
        return ()


def _at_size_two(model: Model, node: Tensor) -> Iterator[str]:
    """The rows of a tensor whose axes all have two entries."""
    columns = [()] if len(node.shape) == 1 else [(_ONE,), (_TWO,)]
    rows = [[_written(model, node, (row, *column), expanded=True) for column in columns] for row in (_ONE, _TWO)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(columns))]
    if sum(widths) > _WIDEST:
        return
    for bracket, row in zip(("⎡⎤", "⎣⎦"), rows, strict=True):
        yield f"{bracket[0]} {'   '.join(entry.ljust(width) for entry, width in zip(row, widths, strict=True))} {bracket[1]}"


def _written(model: Model, node: Tensor, at: tuple[Affine, ...], *, expanded: bool = False) -> str:
    taken = {*node.free, *_bound(node), *(q.name.letter for q in model.quantities.values()), *model.sizes}
    letters = iter(x for x in "kmnrsq" if x not in taken)

    def letter(_: str) -> str:
        found = next(letters, "")
        if not found:
            raise NoAnswer
        return found

    entry = Entries(letter).of(node, at)
    return unicode(Notation(model).term(_expanded(entry) if expanded else entry))


def _bound(node: Tensor) -> Iterator[str]:
    """The letters by which sums and products in a tensor count."""
    yield from (part.variable.partition("#")[0] for part in walk(node) if isinstance(part, (Sum, Product, Build)))


def _expanded(node: Tensor) -> Tensor:
    """Sums over components written out, as for axes of two."""
    if isinstance(node, Sum) and node.lower == _ONE and _counts_components(node):
        return Plus(tuple(_expanded(substitute(node.body, {node.variable: value})) for value in (_ONE, _TWO)))
    return rebuilt(node, _expanded)


def _counts_components(node: Sum) -> bool:
    labels = {label for part in walk(node.body) for label in part.shape}
    picked = {label for part in walk(node.body) if isinstance(part, Pick) for label in part.argument.shape}
    return any(node.upper == size_of(label) for label in labels | picked)


def _chains(node: Tensor) -> Iterator[list[Tensor]]:
    """The products in an expression, each as its factors in order."""
    if isinstance(node, Dot) and node.axes == 1:
        yield list(_factors(node))
        for factor in _factors(node):
            yield from _chains(factor)
    elif not isinstance(node, (Jac, Permute)):
        for part in node.parts:
            yield from _chains(part)


def _factors(node: Tensor) -> Iterator[Tensor]:
    if isinstance(node, Dot) and node.axes == 1:
        yield from _factors(node.left)
        yield from _factors(node.right)
    else:
        yield node


def _named(notation: Notation, factor: Tensor) -> str:
    written = unicode(notation.term(factor))
    return f"[{written}]" if isinstance(factor, Plus) else written


def _shape(node: Tensor) -> str:
    return " × ".join(node.shape) or "a number"
