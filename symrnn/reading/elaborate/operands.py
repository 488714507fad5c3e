"""How operands combine: products of vectors, matrices and derivatives as notes write them.

Where notation leaves a choice (the layout of a Jacobian, the meaning of two vectors side by side) the choice is asked for and becomes
part of the reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from symrnn.language import questions
from symrnn.language.choices import Choices, Inadmissible, ShapeClash, shape_text
from symrnn.language.tensors import (
    JOIN,
    SINGLE,
    Affine,
    Build,
    Condition,
    Const,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Shape,
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
    parts_of,
    size_of,
)
from symrnn.reading.elaborate import kronecker
from symrnn.reading.elaborate.operand import Labels, Operand

#: The shapes that the derivative of a scalar by a matrix may have.
GRADIENT_LAYOUTS = ("shape of the matrix", "transposed")


TERMS = "terms of a sum"
SIDES = "the two sides"
#: What the label of an axis begins with whose size the document has given a letter.
SIZE = "="


_ORDERS_OF_ENTRIES = ("its columns, one below the other", "its rows, one after the other")
#: A matrix to a power is multiplied out, and so is a polynomial.
_MOST_FACTORS = 100
_DIAGONAL_OR_NOT = ("a diagonal matrix", "a vector")


class Combiner:
    """The rules of combination for one formula under one reading.

    `batch` is the axis of the examples: what has it holds one row (or column) for each of them, and functions, powers and
    numbers are meant entry by entry. Where `kronecker`, ⊗ is the Kronecker product; where `stacks_all` too, derivatives by a matrix
    are by its entries one after the other, though no vec says so.
    """

    def __init__(self, choices: Choices, labels: Labels, row_vectors: bool, batch: str = "") -> None:
        self.choices = choices
        self.batch = batch
        self.labels = labels
        self.default_side = "row" if row_vectors else "column"
        self.short_forms = False
        self.kronecker = False
        self.stacks_all = False
        self.beside_hadamard = False

    # ------------------------------------------------------------------------------------------------ helpers

    def text(self, shape: Shape) -> str:
        """A shape for a message."""
        return shape_text(self._axes(shape))

    def _axes(self, shape: Shape) -> tuple[str, ...]:
        return tuple(label.removeprefix(SIZE) for label in self.labels.resolve(shape))

    def mismatch(self, what: str, a: Shape, b: Shape) -> Inadmissible:
        """Two shapes that do not meet; axes of several parts may meet by their sizes, and are no evidence."""
        clash = ShapeClash(what, self._axes(a), self._axes(b))
        a, b = self.labels.resolve(a), self.labels.resolve(b)
        open_ = any(map(_is_of_numbers, (*a, *b))) or (len(a) == len(b) and any(map(_may_meet, a, b)))
        return Inadmissible(str(clash), None if open_ else clash)

    def meet(self, what: str, a: Shape, b: Shape) -> None:
        """Raises Inadmissible unless two shapes are (or can be made) the same."""
        if len(a) != len(b) or not all(self.labels.unify(x, y) for x, y in zip(a, b, strict=True)):
            raise self.mismatch(what, a, b)

    def has_examples(self, shape: Shape) -> bool:
        """Whether a shape is that of a matrix with the examples of a batch along one axis."""
        return bool(self.batch) and len(shape) == 2 and self.labels.find(self.batch) in self.labels.resolve(shape)

    # ---------------------------------------------------------------------------------------------- derivatives

    def laid_out(self, operand: Operand) -> Operand:
        """A derivative as a concrete array, in the layout of the reading; anything else as it is."""
        if operand.bottom is None:
            return operand
        over, under = self.axes_of(operand)
        if operand.stacked:
            return self._stacked_below(operand.tensor, len(over))
        if not over or not under:
            return Operand(self._gradient(operand.tensor) if len(under) == 2 else operand.tensor)
        if self.layout() == "numerator":
            return Operand(operand.tensor)
        order = (*range(over_count(operand), operand.rank), *range(over_count(operand)))
        return Operand(Permute(operand.tensor, order))

    def _stacked_below(self, tensor: Tensor, over: int) -> Operand:
        """A derivative by the entries of a matrix one after the other; `over` counts the axes of what is differentiated."""
        first, second = self._order_of_entries(over)
        if over and self.layout() == "numerator":
            return kronecker.grouped(Permute(tensor, (*range(over), first, second)), over)
        return kronecker.grouped(Permute(tensor, (first, second, *range(over))), 2)

    def _order_of_entries(self, before: int) -> tuple[int, int]:
        """The two axes of a matrix, of which `before` others stand in front, in the order in which vec takes its entries."""
        columns = self.choices.choose(questions.STACKED, _ORDERS_OF_ENTRIES) == _ORDERS_OF_ENTRIES[0]
        return (before + 1, before) if columns else (before, before + 1)

    def vec(self, operand: Operand) -> Operand:
        """The entries of a matrix one after the other, as a column; a vector is its own. Raises Inadmissible for anything else."""
        operand = self.laid_out(operand)
        if operand.rank == 1:
            return operand
        if operand.rank != 2 or operand.rows is not None:
            raise Inadmissible(f"vec of an operand of shape {self.text(operand.tensor.shape)}")
        return kronecker.grouped(Permute(operand.tensor, self._order_of_entries(0)), 2, "column")

    def unstacked(self, operand: Operand) -> Operand:
        """The operand itself. Raises Inadmissible for one with several axes in its rows or columns, of which only products are known."""
        if operand.rows is not None:
            raise Inadmissible("a function of the entries of a matrix one after the other")
        return operand

    def layout(self) -> str:
        return self.choices.choose(questions.LAYOUT, ("numerator", "denominator"))

    def _gradient(self, tensor: Tensor) -> Tensor:
        """The derivative of a scalar by a matrix: it has the shape of the matrix, or in strict numerator layout the transposed one."""
        if self.choices.choose(questions.GRADIENT, GRADIENT_LAYOUTS) == "transposed":
            self.choices.choose(questions.LAYOUT, ("numerator",))
            return Permute(tensor, (1, 0))
        return tensor

    def axes_of(self, operand: Operand) -> tuple[Shape, Shape]:
        """The axes of the numerator and of the denominator of a derivative."""
        count = over_count(operand)
        return operand.tensor.shape[:count], operand.tensor.shape[count:]

    def chained(self, left: Operand, right: Operand) -> Operand | None:
        """The product of two derivatives that share a quantity, contracted over it; None if they share none."""
        if left.bottom is None or right.bottom is None:
            return None
        if right.top is not None and left.bottom is right.top:
            self.choices.choose(questions.CHAIN_ORDER, ("numerator",))
            joined = Dot(left.tensor, right.tensor, len(left.bottom.shape))
            return Operand(joined, "", left.top, right.bottom, stacked=right.stacked)
        if left.top is not None and right.bottom is left.top:
            self.choices.choose(questions.CHAIN_ORDER, ("denominator",))
            joined = Dot(right.tensor, left.tensor, len(right.bottom.shape))
            return Operand(joined, "", right.top, left.bottom, stacked=left.stacked)
        return None

    # -------------------------------------------------------------------------------------------------- products

    def product(self, factors: Sequence[Operand]) -> Operand:
        """Juxtaposed factors: derivatives that share a quantity first, then from left to right."""
        merged = self._merged_chains(factors)
        if len(merged) == 1:
            return merged[0]
        result = merged[0]
        for factor in merged[1:]:
            result = self.times(result, factor)
        return result

    def _merged_chains(self, factors: Sequence[Operand]) -> list[Operand]:
        scalars = [f for f in factors if f.rank == 0 and f.bottom is None]
        others = [f for f in factors if not (f.rank == 0 and f.bottom is None)]
        merged: list[Operand] = []
        for factor in others:
            joined = self.chained(merged[-1], factor) if merged else None
            if joined is None:
                merged.append(factor)
            else:
                merged[-1] = joined
        for scalar in reversed(scalars):
            merged[:1] = [self.scaled(scalar, merged[0])] if merged else [scalar]
        return merged

    def product_beside_hadamard(self, factors: Sequence[Operand]) -> Operand:
        """The product of factors side by side in an elementwise product: a dot product would make a number of them."""
        before, self.beside_hadamard = self.beside_hadamard, True
        try:
            return self.product(factors)
        finally:
            self.beside_hadamard = before

    def scaled(self, scalar: Operand, operand: Operand) -> Operand:
        """A scalar times anything."""
        return replace(operand, tensor=Dot(scalar.tensor, operand.tensor, 0), number=scalar.number and operand.number)

    def times(self, left: Operand, right: Operand) -> Operand:
        """The product of two factors side by side."""
        if left.rank == 0:
            return self.scaled(left, right)
        if right.rank == 0:
            return self.scaled(right, left)
        if left.rank == 1 and left.bottom is None and right.bottom is not None and right.rank == 1:
            return self.vectors(left, self.laid_out(right))
        left, right = self.laid_out(left), self.laid_out(right)
        if left.rows is not None or right.rows is not None:
            return kronecker.product(left, right, self.labels, self.default_side)
        if left.rank == 1 and right.rank == 1 and left.side == "row" and self._is_diagonal(right):
            return self.hadamard(left, right)
        if left.rank == 1 and right.rank == 1:
            return self.vectors(left, right)
        return self._contracted(self._beside_matrix(left, right), self._beside_matrix(right, left))

    def _beside_matrix(self, factor: Operand, other: Operand) -> Operand:
        """``f'(a)`` beside a matrix is the derivative of a vector by a vector, unless it is read as the row that an error is."""
        return self.diagonal(factor) if factor.rank == 1 and other.rank > 1 and self._is_diagonal(factor) else factor

    def _is_diagonal(self, factor: Operand) -> bool:
        """Whether ``f'(a)`` is meant as the derivative of a vector by a vector."""
        return factor.slope and self.choices.choose(questions.SLOPE_BESIDE_MATRIX, _DIAGONAL_OR_NOT) == _DIAGONAL_OR_NOT[0]

    def _contracted(self, left: Operand, right: Operand) -> Operand:
        if left.rank == 1 and left.side == "column":
            raise self.mismatch("a column left of a matrix", left.tensor.shape, right.tensor.shape)
        if right.rank == 1 and right.side == "row":
            raise self.mismatch("a row right of a matrix", left.tensor.shape, right.tensor.shape)
        if not self.labels.unify(left.tensor.shape[-1], right.tensor.shape[0]):
            raise self.mismatch("factors do not fit", left.tensor.shape, right.tensor.shape)
        if left.rank == 1 and not left.side and self.default_side == "column":
            self.choices.choose(questions.READ_AS_ROW, ("read as a row",))
        side = "row" if left.rank == 1 else "column" if right.rank == 1 else ""
        return Operand(Dot(left.tensor, right.tensor, 1), side)

    def vectors(self, left: Operand, right: Operand) -> Operand:
        """Two vectors side by side: row times column, column times row, or what the reading makes of two of a kind."""
        sides = (left.side or self.default_side, right.side or self.default_side)
        if sides == ("column", "row"):
            return Operand(Dot(left.tensor, right.tensor, 0))
        if sides == ("row", "column") and not self._may_be_elementwise(left, right):
            return self.inner(left, right)
        if self.beside_hadamard:
            return self.hadamard(left, right)
        how = self.choices.choose(questions.SIDE_BY_SIDE, ("dot product", "elementwise"))
        return self.inner(left, right) if how == "dot product" else self.hadamard(left, right)

    def _may_be_elementwise(self, row: Operand, column: Operand) -> bool:
        """Whether a row beside a vector that is only taken as a column need not be its dot product: ``r (1 - y)``, and ``g V e``, whose
        g is itself only read as a row."""
        read_so = questions.READ_AS_ROW in self.choices.answers()
        return bool(row.side) and not column.side and (read_so or _adds_a_number(column.tensor))

    def inner(self, left: Operand, right: Operand) -> Operand:
        """The dot product of two vectors."""
        self.meet("dot product", left.tensor.shape, right.tensor.shape)
        return Operand(Dot(left.tensor, right.tensor, 1))

    def outer(self, left: Operand, right: Operand) -> Operand:
        """The outer product; with a scalar, plain scaling."""
        if left.rank == 0 and left.bottom is None:
            return self.scaled(left, right)
        left, right = self.laid_out(left), self.laid_out(right)
        if self.short_forms and {left.rank, right.rank} == {1, 2}:
            return self.hadamard(left, right)
        if self.kronecker:
            if self.stacks_all and left.rank == right.rank == 1:
                raise Inadmissible("two vectors, of which ⊗ is the outer product where no vec says otherwise")
            return kronecker.kronecker(left, right, self.default_side)
        return Operand(Dot(left.tensor, right.tensor, 0))

    def hadamard(self, left: Operand, right: Operand) -> Operand:
        """The elementwise product; a plain number scales."""
        if left.rank == 0:
            return self.scaled(left, right)
        if right.rank == 0:
            return self.scaled(right, left)
        left, right = self.laid_out(left), self.laid_out(right)
        if self.short_forms and {left.rank, right.rank} == {1, 2}:
            return self._scaling(*((left, right) if left.rank == 1 else (right, left)))
        self.meet_in_groups(left, right)
        self.meet("elementwise product", left.tensor.shape, right.tensor.shape)
        return Operand(Times(left.tensor, right.tensor), left.side or right.side, rows=left.rows)

    def _scaling(self, vector: Operand, matrix: Operand) -> Operand:
        """A vector and a matrix, elementwise: each row, or each column, times an entry of the vector."""
        how = self.choices.choose(questions.SCALED, ("scales the rows", "scales the columns"))
        diagonal = Operand(Diag(vector.tensor))
        return self._contracted(diagonal, matrix) if how == "scales the rows" else self._contracted(matrix, diagonal)

    # ------------------------------------------------------------------------------------ sums, quotients, powers

    def sum(self, terms: Sequence[Operand]) -> Operand:
        """A sum: derivatives of one quantity by one other stay derivatives, a number is added to every component."""
        if len(terms) == 1:
            return terms[0]
        if all(t.bottom is not None and t.bottom is terms[0].bottom and t.tensor.shape == terms[0].tensor.shape for t in terms):
            top = terms[0].top if all(t.top is terms[0].top for t in terms) else None
            return Operand(Plus(_sorted(terms)), "", top, terms[0].bottom, stacked=terms[0].stacked)
        operands = [self.laid_out(t) for t in terms]
        self.meet_in_groups(*(o for o in operands if o.rank))
        shape = max((o.tensor.shape for o in operands), key=len)
        if self.short_forms and len(shape) == 2 and any(o.rank == 1 for o in operands):
            self.choices.choose(questions.ADDED_VECTOR, ("the diagonal of a matrix",))
            operands = [Operand(Diag(o.tensor)) if o.rank == 1 else o for o in operands]
        tensors = [self.broadcast(o, shape, TERMS) for o in operands]
        side = next((o.side for o in operands if o.side), "")
        rows = next((o.rows for o in operands if o.rank), None)
        return Operand(Plus(_sorted([Operand(t) for t in tensors])), side, number=all(o.number for o in operands), rows=rows)

    def meet_in_groups(self, *operands: Operand) -> None:
        """Raises Inadmissible unless all operands, none of which is a number, have as many axes in their rows."""
        if len({o.rows for o in operands}) > 1:
            raise Inadmissible("terms of which some only have the entries of a matrix one after the other")

    def broadcast(self, operand: Operand, shape: Shape, what: str) -> Tensor:
        """The operand's tensor in a given shape: a plain number fills a vector, zero fills anything."""
        tensor = operand.tensor
        if not tensor.shape and shape:
            if operand.number and (len(shape) == 1 or is_zero_constant(tensor) or self.has_examples(shape)):
                return Dot(tensor, Full(Fraction(1), shape), 0)
            if self.choices.answers().get(questions.SIDE_BY_SIDE) == "dot product":
                raise self.mismatch(what, tensor.shape, shape)
            if len(shape) == 1 and what == TERMS:
                self.choices.choose(questions.ADDED_SCALAR, ("in every component",))
                return Dot(tensor, Full(Fraction(1), shape), 0)
            raise self.mismatch(what, tensor.shape, shape)
        if len(tensor.shape) == 1 and self.has_examples(shape) and what != SIDES:
            return self._for_every_example(tensor, shape, what)
        if what == SIDES and self._differ_in_order(tensor.shape, shape):
            return _cast(tensor, self.labels.resolve(shape))
        part = self._part_along(tensor, shape) if what == SIDES else None
        if part is not None:
            return part
        self.meet(what, tensor.shape, shape)
        return tensor

    def _differ_in_order(self, a: Shape, b: Shape) -> bool:
        """Whether two shapes have the same sizes but the parts of an axis in another order: [x, h] where [h, x] was meant."""
        pairs = list(zip(self.labels.resolve(a), self.labels.resolve(b), strict=False))
        same = len(a) == len(b) and all(x == y or Counter(parts_of(x)) == Counter(parts_of(y)) for x, y in pairs)
        return same and any(x != y for x, y in pairs)

    def _part_along(self, vector: Tensor, shape: Shape) -> Tensor | None:
        """The one part of a vector along parts one after the other that fits: W^T δ, where a half of W is meant; None where none does."""
        if len(vector.shape) != 1 or len(shape) != 1:
            return None
        parts, wanted = parts_of(self.labels.find(vector.shape[0])), self.labels.find(shape[0])
        if len(parts) < 2 or parts.count(wanted) != 1:
            return None
        self.choices.choose(questions.OF_PARTS, ("the one that fits",))
        return Dot(Permute(placed(parts, parts.index(wanted)), (1, 0)), vector, 1)

    def _for_every_example(self, vector: Tensor, shape: Shape, what: str) -> Tensor:
        """A vector, such as a bias, beside a matrix with one row or column for each example."""
        resolved = self.labels.resolve(shape)
        place = resolved.index(self.labels.find(self.batch))
        self.meet(what, vector.shape, shape[1 - place : 2 - place])
        self.choices.choose(questions.BESIDE_A_BATCH, ("the same for every example",))
        repeated = Dot(Full(Fraction(1), (shape[place],)), vector, 0)
        return repeated if place == 0 else Permute(repeated, (1, 0))

    # ---------------------------------------------------------------------------------------------------- stacks

    def stacked(self, rows: Sequence[Sequence[Operand]]) -> Operand:
        """Vectors one after the other as one vector, matrices side by side and above each other as one matrix."""
        cells = [[self.unstacked(self.laid_out(cell)) for cell in row] for row in rows]
        together = [cell for row in cells for cell in row]
        if all(cell.rank < 2 for cell in together) and (len(cells) == 1 or all(len(row) == 1 for row in cells)):
            return self._vector_of(together)
        if any(cell.rank != 2 for cell in together) or len({len(row) for row in cells}) > 1:
            raise Inadmissible("a matrix of blocks that are not all matrices")
        return Operand(self._along([self._along([cell.tensor for cell in row], 1) for row in cells], 0))

    def _vector_of(self, parts: Sequence[Operand]) -> Operand:
        tensors = [part.tensor if part.rank else Dot(part.tensor, Full(Fraction(1), (SINGLE,)), 0) for part in parts]
        sides = {part.side for part in parts}
        return Operand(self._along(tensors, 0), sides.pop() if len(sides) == 1 else "")

    def part(self, whole: Operand, number: int, count: int) -> Operand:
        """One of the `count` vectors, counted from 0, that lie one after the other in a vector."""
        whole = self.laid_out(whole)
        if whole.rank != 1:
            raise Inadmissible(f"one row of an operand of shape {self.text(whole.tensor.shape)}")
        labels = [self.labels.fresh() for _ in range(count)]
        self.meet("rows of stacked equations", (JOIN.join(labels),), whole.tensor.shape)
        return Operand(Dot(Permute(placed(labels, number), (1, 0)), whole.tensor, 1), whole.side)

    def block(self, whole: Operand, axis: int, number: int) -> Operand:
        """The part `number` of one axis of a vector or a matrix, whose parts lie one after the other."""
        place = placed(parts_of(self.labels.find(whole.tensor.shape[axis])), number)
        return Operand(Dot(whole.tensor, place, 1) if axis else Dot(Permute(place, (1, 0)), whole.tensor, 1))

    def _along(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Tensors one after the other along one axis; they agree in the others."""
        for part in parts[1:]:
            for other in range(len(part.shape)):
                if other != axis:
                    self.meet("blocks of a matrix", parts[0].shape[other : other + 1], part.shape[other : other + 1])
        if len(parts) == 1:
            return parts[0]
        labels = tuple(part.shape[axis] for part in parts)
        places = [placed(labels, number) for number in range(len(parts))]
        terms = [Dot(p, t, 1) if axis == 0 else Dot(t, Permute(p, (1, 0)), 1) for p, t in zip(places, parts, strict=True)]
        return Plus(tuple(terms))

    def quotient(self, top: Operand, bottom: Operand) -> Operand:
        """Elementwise division; a scalar on either side serves every component."""
        top, bottom = self.laid_out(top), self.unstacked(self.laid_out(bottom))
        if bottom.rank == 0:
            inverse = Operand(Over(Const(Fraction(1)), bottom.tensor), number=bottom.number)
            return self.scaled(inverse, replace(top, slope=False))
        top = self.unstacked(top)
        if bottom.rank == 1 and top.rank == 0:
            return Operand(Over(Dot(top.tensor, Full(Fraction(1), bottom.tensor.shape), 0), bottom.tensor), bottom.side)
        self.meet("elementwise quotient", top.tensor.shape, bottom.tensor.shape)
        return Operand(Over(top.tensor, bottom.tensor), top.side or bottom.side)

    def power(self, base: Operand, exponent: int) -> Operand:
        """A whole power: elementwise for scalars and vectors, repeated product for square matrices."""
        base = self.unstacked(self.laid_out(base))
        if abs(exponent) > _MOST_FACTORS:
            raise Inadmissible(f"a power of more than {_MOST_FACTORS} factors")
        if base.rank < 2 or self.has_examples(base.tensor.shape):
            return Operand(Power(base.tensor, exponent), base.side, number=base.number)
        if base.rank > 2 or exponent < 0:
            raise Inadmissible(f"the power {exponent} of an operand of shape {self.text(base.tensor.shape)}")
        self.meet("a power of a matrix", base.tensor.shape[:1], base.tensor.shape[1:])
        result: Tensor = Eye(base.tensor.shape[0])
        for _ in range(exponent):
            result = base.tensor if isinstance(result, Eye) else Dot(result, base.tensor, 1)
        return Operand(result)

    def transposed(self, operand: Operand) -> Operand:
        operand = self.laid_out(operand)
        if operand.rank == 0:
            return operand
        if operand.rows is not None:
            return kronecker.with_sides_exchanged(operand, self.default_side)
        if operand.rank == 1:
            if isinstance(operand.tensor, Full) and self.default_side == "row":
                return Operand(operand.tensor)  # ones are added up from whichever side they stand
            side = operand.side or self.default_side
            return Operand(operand.tensor, "row" if side == "column" else "column")
        if operand.rank == 2:
            return Operand(Permute(operand.tensor, (1, 0)))
        raise Inadmissible(f"the transpose of an operand of shape {self.text(operand.tensor.shape)}")

    def diagonal(self, operand: Operand) -> Operand:
        operand = self.laid_out(operand)
        if operand.rank == 1:
            return Operand(Diag(operand.tensor))
        if self.has_examples(operand.tensor.shape):
            raise Inadmissible("diag of a batch")
        if operand.rank == 2:
            self.meet("diag of a matrix", operand.tensor.shape[:1], operand.tensor.shape[1:])
            return Operand(DiagPart(operand.tensor))
        raise Inadmissible(f"diag of an operand of shape {self.text(operand.tensor.shape)}")

    def added_up(self, operand: Operand) -> Operand:
        """The sum over all entries: of a vector, or of a matrix with an example in each row or column."""
        if operand.rank != 1 and not self.has_examples(operand.tensor.shape):
            raise Inadmissible(f"a loss of shape {self.text(operand.tensor.shape)}")
        tensor = operand.tensor
        if isinstance(tensor, Power) and tensor.exponent == 2:
            return Operand(Dot(tensor.base, tensor.base, operand.rank))
        if isinstance(tensor, Times):
            return Operand(Dot(tensor.left, tensor.right, operand.rank))
        if isinstance(tensor, Dot) and tensor.axes == 0 and not tensor.left.shape:
            return self.scaled(Operand(tensor.left), self.added_up(Operand(tensor.right)))
        if isinstance(tensor, Sum):
            inner = self.added_up(Operand(tensor.body)).tensor
            return Operand(Sum(tensor.variable, tensor.lower, tensor.upper, tensor.conditions, inner))
        if isinstance(tensor, Plus):
            return Operand(Plus(tuple(self.added_up(Operand(t)).tensor for t in tensor.terms)))
        return Operand(Dot(tensor, Full(Fraction(1), tensor.shape), operand.rank))

    def trace(self, operand: Operand) -> Operand:
        """The trace of a matrix, also of one that has one entry, ``u^T v``. Raises Inadmissible for a vector."""
        operand = self.laid_out(operand)
        if operand.rank == 0:
            return operand
        part = self.diagonal(operand)
        if part.rank != 1 or operand.rank != 2:
            raise Inadmissible("the trace of something that is not a matrix")
        return Operand(Dot(part.tensor, Full(Fraction(1), part.tensor.shape), 1))

    def logsoftmax(self, operand: Operand) -> Operand:
        """log softmax(z)."""
        inner = self.softmax(operand)
        return replace(inner, tensor=Map("log", 0, inner.tensor))

    def logsumexp(self, operand: Operand) -> Operand:
        """log Σ_k exp(z_k). Raises Inadmissible for anything but a vector."""
        inner = self.laid_out(operand).tensor
        if len(inner.shape) != 1:
            raise Inadmissible(f"logsumexp of an operand of shape {self.text(inner.shape)}")
        return Operand(Map("log", 0, Dot(Map("exp", 0, inner), Full(Fraction(1), inner.shape), 1)))

    def softmax(self, operand: Operand) -> Operand:
        """softmax of a vector; of a component ``z_i``, the component of the softmax, as notes write it."""
        operand = self.laid_out(operand)
        if operand.rank == 1:
            return Operand(Softmax(operand.tensor), operand.side)
        inner = operand.tensor
        if self.has_examples(inner.shape):
            return Operand(self._softmax_of_each(inner))
        if isinstance(inner, Pick) and len(inner.argument.shape) == len(inner.indices) == 1:
            self.choices.choose(questions.SOFTMAX_OF_COMPONENT, ("the component of the softmax",))
            return Operand(Pick(Softmax(inner.argument), inner.indices))
        raise Inadmissible(f"softmax of an operand of shape {self.text(inner.shape)}")

    def _softmax_of_each(self, batch: Tensor) -> Tensor:
        """The softmax of each example."""
        rows = self.labels.find(batch.shape[0]) == self.labels.find(self.batch)
        matrix = batch if rows else Permute(batch, (1, 0))
        each = Build("example#", matrix.shape[0], Softmax(Pick(matrix, (Affine.of("example#"),))))
        return each if rows else Permute(each, (1, 0))


def _cast(tensor: Tensor, shape: Shape) -> Tensor:
    """A tensor entry by entry along other axes of the same sizes."""
    names = [f"entry#{axis}" for axis in range(len(shape))]
    result: Tensor = Pick(tensor, tuple(map(Affine.of, names)))
    for name, label in reversed(list(zip(names, shape, strict=True))):
        result = Build(name, label, result)
    return result


def _is_of_numbers(axis: str) -> bool:
    """Whether an axis is that of numbers one after the other, ``[0.8, 0.2]``: how many they are fits any size of an example."""
    return set(parts_of(axis)) == {SINGLE} and JOIN in axis


def _may_meet(a: str, b: str) -> bool:
    """Whether two axes that differ may have one size: axes of several parts, none of which is only a part of the other."""
    first, second = Counter(parts_of(a)), Counter(parts_of(b))
    return a != b and JOIN in a + b and not (first < second or second < first)


def placed(labels: Sequence[str], number: int) -> Tensor:
    """The matrix that puts a vector into the part `number` of an axis that the axes `labels` make one after the other."""
    offset = Affine()
    for label in labels[:number]:
        offset = offset + size_of(label)
    whole, part = JOIN.join(labels), labels[number]
    row, column = Affine.of("row#"), Affine.of("column#")
    return Build("row#", whole, Build("column#", part, Truth(Condition("=", row, column + offset))))


def over_count(operand: Operand) -> int:
    """How many leading axes of a derivative belong to its numerator."""
    assert operand.bottom is not None
    return operand.rank - len(operand.bottom.shape)


def is_zero_constant(tensor: Tensor) -> bool:
    return isinstance(tensor, Const) and tensor.value == 0


def _adds_a_number(tensor: Tensor) -> bool:
    """Whether a vector is a sum with a number in every component, ``1 - h_t^2``, which no dot product is meant with."""
    return isinstance(tensor, Plus) and any(
        isinstance(t, Dot) and isinstance(t.right, Full) and not t.left.shape for t in tensor.terms
    )


def _sorted(terms: Sequence[Operand]) -> tuple[Tensor, ...]:
    """Terms in a fixed order, so that sums that differ by it only are one tensor."""
    return tuple(sorted((t.tensor for t in terms), key=lambda t: t.serial))
