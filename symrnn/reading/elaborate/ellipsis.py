"""Dots: the sum or the product that the terms around them are the beginning and the end of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symrnn.language.choices import Inadmissible
from symrnn.language.parts import product_of, unsigned
from symrnn.language.tensors import Affine
from symrnn.language.terms import Add, Big, Deriv, Ellipsis, Neg, Num, Sub, Sup, Sym, Term, replaced

#: The letter that counts the terms that dots stand for.
INDEX = Sym("ellipsis", style="index")
_NO_PATTERN = "the terms around the ellipsis do not follow a pattern"

Read = Callable[[Term], Affine]


@dataclass(frozen=True)
class DottedProduct:
    """Factors before the dots' product, the body of that product in `INDEX`, its ends as written, and the factors after it.

    `step` is 1 or -1 where the factors shown say whether the index rises or falls, else 0.
    """

    before: tuple[Term, ...]
    body: Term
    first: Term
    last: Term
    step: int
    after: tuple[Term, ...]


def has_dots(terms: Sequence[Term]) -> bool:
    """Whether dots stand among terms or factors."""
    return any(isinstance(unsigned(t), Ellipsis) for t in terms)


def whole_sum(term: Add) -> Term:
    """``L_0 + L_1 + ... + L_T``, rising or falling: the sum over the one place in which the terms differ.

    Terms of another form may stand before it, as the one whose product has no factors yet. Raises Inadmissible.
    """
    position = next((n for n, t in enumerate(term.terms) if isinstance(t, Ellipsis)), None)
    if position is None:
        raise Inadmissible("an ellipsis that is subtracted")
    before, after = term.terms[:position], term.terms[position + 1 :]
    if len(after) != 1 or not before:
        raise Inadmissible("an ellipsis without a first and a last term")
    for start in range(len(before)):
        if not any(_is_alike(other, before[start]) for other in before[:start]) and _is_alike(before[start], after[0]):
            total = _sum_of(before[start:], after[0])
            return Add((*before[:start], total)) if start else total
    raise Inadmissible(_NO_PATTERN)


def _is_alike(a: Term, b: Term) -> bool:
    """Whether two terms differ in their indices only."""
    try:
        return bool(list(differences(a, b)))
    except Inadmissible:
        return False


def _sum_of(before: tuple[Term, ...], last_term: Term) -> Big:
    """The sum that begins with some terms and ends, after dots, with another. Raises Inadmissible."""
    pairs = set(differences(before[0], last_term))
    if len(pairs) != 1:
        raise Inadmissible(_NO_PATTERN)
    first, last = pairs.pop()
    body = _generalised(before[0], last_term, {(first, last): INDEX})
    shown = [replaced(body, {INDEX: first}), *before[1:]]
    for step in (1, -1):
        if all(term == replaced(body, {INDEX: _shifted(first, step * number)}) for number, term in enumerate(shown)):
            falls = step < 0 if len(shown) > 1 else isinstance(last, Num) and not isinstance(first, Num)
            return Big("sum", INDEX, *((last, first) if falls else (first, last)), (), body)
    raise Inadmissible(_NO_PATTERN)


def whole_product(factors: tuple[Term, ...], read: Read) -> DottedProduct:
    """``A_t B_t A_{t-1} B_{t-1} ... A_1 B_1``: the repeated group of factors, whatever stands around it. Raises Inadmissible.

    `read` gives an index its value, so that shifted ones can be compared.
    """
    position = next(n for n, f in enumerate(factors) if isinstance(f, Ellipsis))
    before, after = factors[:position], factors[position + 1 :]
    if any(isinstance(f, Ellipsis) for f in after):
        raise Inadmissible("more than one ellipsis in a product")
    link = _link(before[-1], after[0], read) if before and after else None
    for following in (after,) if link is None else (after, (link, *after)):
        for size in range(1, min(len(before), len(following)) + 1):
            try:
                return _with_groups(before, following, size, read)
            except Inadmissible:
                continue
    raise Inadmissible(_NO_PATTERN)


def _link(near: Term, far: Term, read: Read) -> Term | None:
    r"""The last link of a chain that its author left to the dots: ``\partial h_2 / \partial h_1`` in
    ``\partial h_t / \partial h_{t-1} \cdots \partial h_1 / \partial W``."""
    if not isinstance(near, Deriv) or not isinstance(far, Deriv):
        return None
    above, below, foot = near.numerator, near.denominator, far.numerator
    states = [state for state in (above, below, foot) if isinstance(state, Sub) and len(state.indices) == 1]
    if len(states) < 3 or len({state.base for state in states}) > 1:
        return None
    now, previous, last = (state.indices[0] for state in states)
    shift = read(now) - read(previous)
    if shift.terms or not shift.constant:
        return None
    return replace(near, numerator=replace(states[2], indices=(_shifted(last, shift.constant),)), denominator=foot)


def _with_groups(before: tuple[Term, ...], after: tuple[Term, ...], size: int, read: Read) -> DottedProduct:
    """The product whose factors are groups of `size`, one of which stands on either side of the dots."""
    near, far = product_of(before[-size:]), product_of(after[:size])
    first, last = _ends(near, far, read)
    shifts = {(a, b): (read(a) - read(first)).constant for a, b in differences(near, far)}
    body = _generalised(near, far, {pair: _shifted(INDEX, shift) for pair, shift in shifts.items()})
    left_groups = [product_of(before[n - size : n]) for n in range(len(before) - size, size - 1, -size)]
    right_groups = [product_of(after[n : n + size]) for n in range(size, len(after) - size + 1, size)]
    for step in (-1, 1):
        left = _count(left_groups, body, first, -step, read)
        right = _count(right_groups, body, last, step, read)
        if left or right:
            break
    else:
        step = left = right = 0
    outside = before[: len(before) - size * (left + 1)], after[size * (right + 1) :]
    return DottedProduct(outside[0], body, _shifted(first, -step * left), _shifted(last, step * right), step, outside[1])


def _count(groups: list[Term], body: Term, index: Term, step: int, read: Read) -> int:
    """How many groups, one after the other, continue the pattern from `index` on by `step`."""
    count = 0
    while count < len(groups) and _same(groups[count], replaced(body, {INDEX: _shifted(index, step * (count + 1))}), read):
        count += 1
    return count


def _ends(near: Term, far: Term, read: Read) -> tuple[Term, Term]:
    """The index with which the group before the dots begins, and that of the group after them."""
    pairs = list(dict.fromkeys(differences(near, far)))
    if not pairs:
        raise Inadmissible(_NO_PATTERN)
    first, last = pairs[0]
    for a, b in pairs[1:]:
        shift = read(a) - read(first)
        if shift.terms or read(b) - read(last) != shift:
            raise Inadmissible(_NO_PATTERN)
    return first, last


def _same(shown: Term, wanted: Term, read: Read) -> bool:
    """Whether two formulas differ at most in how their indices are written (``h_{t-1-1}`` for ``h_{t-2}``)."""
    try:
        return all(read(a) == read(b) for a, b in differences(shown, wanted))
    except Inadmissible:
        return False


def _shifted(index: Term, by: int) -> Term:
    if not by:
        return index
    if isinstance(index, Num) and index.value + by >= 0:
        return Num(index.value + by)
    return Add((index, Num(Fraction(by)) if by > 0 else Neg(Num(Fraction(-by)))))


def differences(a: Any, b: Any) -> Iterator[tuple[Term, Term]]:
    """The pairs of indices in which two formulas differ. Raises Inadmissible where they differ in anything else."""
    if a == b:
        return
    if isinstance(a, (Sub, Sup)) and type(a) is type(b) and a.base == b.base and len(a.indices) == len(b.indices):
        yield from ((x, y) for x, y in zip(a.indices, b.indices, strict=True) if x != y)
    elif type(a) is type(b) and isinstance(a, Term):
        for field in type(a).__dataclass_fields__:
            yield from differences(getattr(a, field), getattr(b, field))
    elif isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        for x, y in zip(a, b, strict=True):
            yield from differences(x, y)
    else:
        raise Inadmissible(_NO_PATTERN)


def _generalised(a: Any, b: Any, index: dict[tuple[Term, Term], Term]) -> Any:
    """`a` with an index of its own wherever it differs from `b`."""
    if a == b:
        return a
    if isinstance(a, (Sub, Sup)) and a.base == b.base:
        return type(a)(a.base, tuple(x if x == y else index[x, y] for x, y in zip(a.indices, b.indices, strict=True)))
    if isinstance(a, Term):
        return type(a)(*(_generalised(getattr(a, f), getattr(b, f), index) for f in type(a).__dataclass_fields__))
    return tuple(_generalised(x, y, index) for x, y in zip(a, b, strict=True))
