"""Edits of how factors stand together: a transposed vector, another kind of product, brackets, a number in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.judging import mistakes
from symrnn.judging.edits.bounds import shift
from symrnn.judging.edits.setting import Setting, parent_of
from symrnn.judging.mistakes import Mistake
from symrnn.judging.verdict import Edit, Exchange, Path
from symrnn.language.model import Quantity
from symrnn.language.parts import ONE, TWO, contains, factors_of, product_of, terms_of, unsigned
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Frac,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Submatrix,
    Sym,
    Term,
    Transpose,
    walk,
)
from symrnn.notation.said import said

Edits = Iterator[tuple[Term, Edit]]
#: All rows, or all columns, of a block.
_WHOLE = ("", "")


def transposed_vectors(node: Term, setting: Setting) -> Edits:
    """``a b^T`` where two vectors stand side by side: the last of the factors as a row, or the first of them as a column of rows."""
    if not isinstance(node, Mul) or node.sign == "times":
        return
    places = (0,) if setting.model.row_vectors else (len(node.factors) - 1,)
    for place in places:
        factor = node.factors[place]
        if _may_be_vector(factor, setting):
            turned = Transpose(factor)
            factors = (*node.factors[:place], turned, *node.factors[place + 1 :])
            change = Exchange(factor, turned)
            yield replace(node, factors=factors), Edit(mistakes.TRANSPOSE, change)


def _may_be_vector(factor: Term, setting: Setting) -> bool:
    if isinstance(factor, (Num, Transpose, Apply, Frac, Big)):
        return False
    quantity = setting.quantity(factor)
    return quantity is None or len(quantity.shape) == 1


def other_blocks(node: Term, setting: Setting) -> Edits:
    """``W[:, n:]`` for ``W[n:, :]``, columns for rows, and for ``W[:, :n]``, the one block for the other."""
    if isinstance(node, Submatrix):
        across = (_WHOLE, *node.bounds) if len(node.bounds) == 1 else node.bounds[::-1]
        for bounds, mistake in ((across, mistakes.BLOCK_AXIS), (tuple(b[::-1] for b in node.bounds), mistakes.OTHER_BLOCK)):
            new = replace(node, bounds=bounds)
            yield new, Edit(mistake, Exchange(node, new))


def outer_turned(node: Term, setting: Setting) -> Edits:
    """``a b^T`` for ``b a^T``, whatever stands before."""
    if isinstance(node, Mul) and len(node.factors) > 2 and isinstance(node.factors[-1], Transpose):
        before, last = node.factors[:-1], node.factors[-1].base
        new = Mul((last, Transpose(Mul(before))))
        yield new, Edit(mistakes.ORDER, Exchange(node, new))


def outer_by_sizes(node: Term, relation: Relation, setting: Setting) -> Edits:
    """``(a b) c^T`` for ``a c b``, in a gradient by a matrix: what has the size of its rows, and what has that of its columns, in rows."""
    matrix = _by_what(relation.left, setting)
    if matrix is None or len(matrix.shape) != 2 or not isinstance(node, Mul) or node.sign == "times":
        return
    bare_factors = [f.base if isinstance(f, Transpose) else f for f in node.factors]
    sizes = [_size(factor, setting) for factor in bare_factors]
    rows, columns = ([f for f, size in zip(bare_factors, sizes, strict=True) if size == axis] for axis in matrix.shape)
    if rows and columns and matrix.shape[0] != matrix.shape[1] and len(rows) + len(columns) == len(sizes):
        new = Mul((_elementwise(rows), Transpose(_elementwise(columns))))
        if new != node:
            yield new, Edit(mistakes.OUTER_PRODUCT, Exchange(node, new))


def _by_what(left: Term, setting: Setting) -> Quantity | None:
    """The quantity that the left side is a gradient by."""
    return setting.quantity(left.denominator) if isinstance(left, Deriv) else setting.error(left)


def _size(factor: Term, setting: Setting) -> str | None:
    """The axis of a vector, which everything in it has; None for what may be anything else."""
    found = [setting.error(node) or setting.quantity(node) for _, node in walk(factor)]
    shapes = {quantity.shape for quantity in found if quantity is not None and quantity.shape}
    (shape,) = shapes if len(shapes) == 1 else ((),)
    return shape[0] if len(shape) == 1 else None


def _elementwise(factors: list[Term]) -> Term:
    return factors[0] if len(factors) == 1 else Hadamard(tuple(factors))


def other_products(node: Term, setting: Setting) -> Edits:
    """Another kind of product of the same factors: elementwise, outer, by a diagonal matrix, or plain."""
    if isinstance(node, Mul) and not node.sign:
        for cut in range(1, len(node.factors)):
            left, right = product_of(node.factors[:cut]), product_of(node.factors[cut:])
            if not isinstance(left, (Num, Frac)):
                yield Hadamard((left, right)), _product_edit(mistakes.ELEMENTWISE_PRODUCT, node, Hadamard((left, right)), setting)
                if setting.hand.outer:
                    yield Outer((left, right)), _product_edit(mistakes.OUTER_PRODUCT, node, Outer((left, right)), setting)
    if isinstance(node, Mul):
        yield from _diagonals(node, setting)
    elif isinstance(node, (Hadamard, Outer)) and len(node.factors) == 2:
        plain = product_of(tuple(f for factor in node.factors for f in factors_of(factor)))
        yield plain, _product_edit(mistakes.PLAIN_PRODUCT, node, plain, setting)


def _diagonals(node: Mul, setting: Setting) -> Edits:
    """The diagonal matrix of a factor, whatever sign the product has."""
    for place, factor in enumerate(node.factors):
        slope = isinstance(factor, (Add, Hadamard)) or (isinstance(factor, Apply) and isinstance(factor.function, Mark))
        if slope or (place < len(node.factors) - 1 and _is_vector(factor, setting)):
            turned = Apply(Sym("diag"), factor)
            change = Exchange(factor, turned)
            factors = (*node.factors[:place], turned, *node.factors[place + 1 :])
            yield replace(node, factors=factors), Edit(mistakes.DIAGONAL, change)


def _is_vector(factor: Term, setting: Setting) -> bool:
    quantity = setting.quantity(factor)
    return quantity is not None and len(quantity.shape) == 1


def _product_edit(name: Mistake, old: Term, new: Term, setting: Setting) -> Edit:
    return Edit(name, Exchange(old, new))


def bracket_edits(node: Term, setting: Setting) -> Edits:
    """Brackets that are missing or too many: ``1 - h^2 W`` for ``(1 - h^2) W``, ``(A u) ⊙ v`` for ``A (u ⊙ v)``."""
    for new in _bracketed(node):
        yield new, Edit(mistakes.BRACKETS, Exchange(node, new))


def _bracketed(node: Term) -> Iterator[Term]:
    if isinstance(node, Add):
        last, product = node.terms[-1], unsigned(node.terms[-1])
        if isinstance(product, (Mul, Hadamard, Outer)) and not isinstance(product.factors[0], Num):
            head = Neg(product.factors[0]) if isinstance(last, Neg) else product.factors[0]
            yield replace(product, factors=(Add((*node.terms[:-1], head)), *product.factors[1:]))
        yield from _around_the_end(node.terms[0], node.terms[1:])
    elif isinstance(node, (Mul, Hadamard, Outer)):
        first = node.factors[0]
        if isinstance(first, Add):
            last = first.terms[-1]
            product = replace(node, factors=(unsigned(last), *node.factors[1:]))
            yield Add((*first.terms[:-1], Neg(product) if isinstance(last, Neg) else product))
        if isinstance(node, (Hadamard, Outer)) and isinstance(first, Mul):
            inner = replace(node, factors=(first.factors[-1], *node.factors[1:]))
            yield Mul((*first.factors[:-1], inner))
        if isinstance(node, Mul) and isinstance(node.factors[-1], (Hadamard, Outer)):
            wide = node.factors[-1]
            yield replace(wide, factors=(Mul((*node.factors[:-1], wide.factors[0])), *wide.factors[1:]))


def _around_the_end(product: Term, others: tuple[Term, ...]) -> Iterator[Term]:
    """``a b + c`` as ``a (b + c)``, from each of the factors of the product on."""
    if isinstance(product, (Mul, Hadamard)):
        for cut in range(1, len(product.factors)):
            tail = product.factors[cut] if cut == len(product.factors) - 1 else replace(product, factors=product.factors[cut:])
            yield replace(product, factors=(*product.factors[:cut], Add((tail, *others))))


def power_edits(node: Term, relation: Relation, path: Path, setting: Setting) -> Edits:
    """A square too many, an exponent off by one, the powers of a weight that a sum over steps lacks."""
    if isinstance(node, Pow) and node.exponent == TWO and not isinstance(parent_of(relation.right, path), Neg):
        yield node.base, Edit(mistakes.SQUARE_EXTRA, Exchange(node, node.base))
    if isinstance(node, Pow) and setting.quantity(node) is None and contains(node.exponent, Sym):
        for by in (-1, 1):
            new = Pow(node.base, shift(node.exponent, by))
            yield new, Edit(mistakes.POWER, Exchange(node, new))
    if isinstance(node, Big) and node.kind == "sum" and node.upper is not None:
        for quantity in setting.model.quantities.values():
            if quantity.is_parameter and not quantity.shape:
                power = Pow(setting.written(quantity), _difference(node.upper, node.index))
                factors = node.body.factors if isinstance(node.body, Mul) and not node.body.sign else (node.body,)
                text = said("the factor ", power, " is missing")
                yield replace(node, body=Mul((power, *factors))), Edit(mistakes.WEIGHT_POWERS, text)


def _difference(upper: Term, index: Term) -> Term:
    terms = terms_of(upper)
    return Add((*terms, Neg(index)))


def number_edits(node: Term, setting: Setting) -> Edits:
    """A factor 2 or ½ that is missing or too many."""
    if isinstance(node, Mul) and isinstance(node.factors[0], Frac) and node.factors[0].numerator == ONE:
        doubled = replace(node, factors=(Frac(TWO, node.factors[0].denominator), *node.factors[1:]))
        yield doubled, Edit(mistakes.NUMBER, "the factor 2 is missing")
    if isinstance(node, (Num, Neg, Big)) or (isinstance(node, Mul) and isinstance(node.factors[0], (Num, Frac))):
        return
    if isinstance(node, Frac):
        if isinstance(node.denominator, Num):
            yield (
                node.numerator,
                Edit(mistakes.NUMBER_EXTRA, said("the divisor ", node.denominator, " is too many")),
            )
        return
    factors = node.factors if isinstance(node, Mul) and not node.sign else (node,)
    yield Mul((TWO, *factors)), Edit(mistakes.NUMBER, "the factor 2 is missing")
    yield Mul((Frac(ONE, TWO), *factors)), Edit(mistakes.NUMBER, "the factor 1/2 is missing")
