"""The two sides of an equation as tensors of one shape: as they stand, or under a shorthand that notes use for derivatives."""

from __future__ import annotations

from symrnn.language import questions
from symrnn.language.choices import Inadmissible
from symrnn.language.tensors import Affine, Build, Diag, Dot, Eye, Permute, Pick, Shape, Tensor
from symrnn.reading.elaborate.operand import Operand
from symrnn.reading.elaborate.operands import SIDES, Combiner, is_zero_constant


def equated(combine: Combiner, left: Operand, right: Operand) -> tuple[Tensor, Tensor]:
    """The two sides of an equation as tensors of one shape. Raises Inadmissible with the shapes that cannot meet."""
    if left.bottom is not None and right.bottom is not None and combine.axes_of(left) == combine.axes_of(right):
        return left.tensor, right.tensor
    for first, second, flipped in ((left, right, False), (right, left, True)):
        if first.bottom is not None and second.bottom is None:
            pair = _derivative_is(combine, first, second)
            return pair[::-1] if flipped else pair
    left, right = combine.laid_out(left), combine.laid_out(right)
    if left.rank and right.rank:
        combine.meet_in_groups(left, right)
    if left.number and not right.number:
        return combine.broadcast(left, right.tensor.shape, SIDES), right.tensor
    return left.tensor, combine.broadcast(right, left.tensor.shape, SIDES)


def _derivative_is(combine: Combiner, derivative: Operand, value: Operand) -> tuple[Tensor, Tensor]:
    """A derivative equated with a concrete array, as it stands or under a shorthand."""
    over, under = combine.axes_of(derivative)
    shape = value.tensor.shape
    if combine.has_examples(over) and under and len(shape) < derivative.rank and not is_zero_constant(value.tensor):
        return derivative.tensor, _for_each_example(combine, over, under, value.tensor)
    if (
        not derivative.stacked
        and len(over) == 1
        and len(shape) < derivative.rank
        and not (value.number and is_zero_constant(value.tensor))
    ):
        return derivative.tensor, _spelled_out(combine, over, under, value)
    concrete = combine.laid_out(derivative)
    if value.rank:
        combine.meet_in_groups(concrete, value)
    return concrete.tensor, combine.broadcast(value, concrete.tensor.shape, SIDES)


def _for_each_example(combine: Combiner, over: Shape, under: Shape, value: Tensor) -> Tensor:
    """The derivative of a batch by a batch, written as that of one example by itself, or by its diagonal entries.

    Raises Inadmissible, without a clash of shapes, for other short forms: what they leave out is not known.
    """
    over, under, shape = (combine.labels.resolve(s) for s in (over, under, value.shape))
    place = over.index(combine.labels.find(combine.batch))
    if over == under == shape:
        combine.choices.choose(questions.SHORTHAND, ("a Jacobian written by its diagonal",))
        n, i = Affine.of("example#"), Affine.of("entry#")
        entry = Dot(Pick(Eye(over[1]), (i,)), Pick(value, (n, i)), 0)
        return Build("example#", over[0], Build("entry#", over[1], Dot(Pick(Eye(over[0]), (n,)), entry, 0)))
    if combine.has_examples(under) and under[place] == over[place] and len(shape) == 2:
        numerator = (over[1 - place], under[1 - place])
        layouts = [name for name, fits in (("numerator", numerator), ("denominator", numerator[::-1])) if shape == fits]
        layout = combine.choices.choose(questions.LAYOUT, tuple(layouts))
        combine.choices.choose(questions.DERIVATIVE_OF_BATCH, ("that of each example by itself",))
        one = value if layout == "numerator" else Permute(value, (1, 0))
        order = (0, 2, 1, 3) if place == 0 else (2, 0, 3, 1)
        return Permute(Dot(Eye(over[place]), one, 0), order)
    raise Inadmissible("a derivative of a whole batch, written in fewer axes than it has")


def _spelled_out(combine: Combiner, over: Shape, under: Shape, value: Operand) -> Tensor:
    """A Jacobian whose author wrote only its essential part.

    ``dq/dM = r`` means v dq/dM = v (x) r for every v; ``dq/dM = R`` means v dq/dM = diag(v) R; ``dq/da = r`` means the
    diagonal matrix of r, ``dq/da = 1`` the identity.
    """
    rank, tensor = value.rank, value.tensor
    if len(under) == 1 and len(over) == 1:
        combine.meet("a Jacobian written by its diagonal", over, under)
        combine.choices.choose(questions.SHORTHAND, ("a Jacobian written by its diagonal",))
        return Diag(combine.broadcast(value, over, "the diagonal"))
    if len(under) == 2 and rank == 1:
        return _outer_shorthand(combine, over, under, tensor)
    if len(under) == 2 and rank == 2:
        return _row_shorthand(combine, over, under, tensor)
    raise combine.mismatch("the two sides", (*over, *under), tensor.shape)


def _outer_shorthand(combine: Combiner, over: Shape, under: Shape, vector: Tensor) -> Tensor:
    first = combine.labels.unify(over[0], under[0]) and combine.labels.resolve(vector.shape) == combine.labels.resolve(under[1:])
    last = combine.labels.resolve(over) == combine.labels.resolve(under[1:]) and combine.labels.resolve(
        vector.shape
    ) == combine.labels.resolve(under[:1])
    options = [o for o, fits in (("v ⊗ r", first), ("r ⊗ v", last)) if fits]
    if first and last:
        options = ["v ⊗ r"] if combine.default_side == "column" else ["r ⊗ v"]
    if not options:
        raise combine.mismatch("the two sides (with the outer-product shorthand)", (*over, *under), vector.shape)
    shorthands = {f"∂q/∂M = r means v·∂q/∂M = {o}": o for o in options}
    eye = Dot(Eye(over[0]), vector, 0)
    return eye if shorthands[combine.choices.choose(questions.SHORTHAND, tuple(shorthands))] == "v ⊗ r" else Permute(eye, (0, 2, 1))


def _row_shorthand(combine: Combiner, over: Shape, under: Shape, matrix: Tensor) -> Tensor:
    combine.meet("the two sides (each row of the matrix feeds one component)", under, matrix.shape)
    combine.meet("the two sides (each row of the matrix feeds one component)", over, under[:1])
    combine.choices.choose(questions.SHORTHAND, ("∂q/∂M = R means v·∂q/∂M = diag(v) R",))
    row = Affine.of("row#")
    return Build("row#", over[0], Dot(Pick(Eye(over[0]), (row,)), Pick(matrix, (row,)), 0))
