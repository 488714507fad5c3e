"""Sums and ordered products over an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from symrnn.language import questions
from symrnn.language.choices import Inadmissible
from symrnn.language.model import Quantity
from symrnn.language.tensors import (
    Affine,
    Build,
    Condition,
    Map,
    Pick,
    Plus,
    Product,
    Ref,
    Sum,
    Tensor,
    refs_in,
    size_of,
    sized_axis,
    substitute,
)
from symrnn.language.terms import Add, Big, Compare, Ellipsis, Mul, Sym, Term, walk
from symrnn.notation.vocabulary import EXAMPLES
from symrnn.reading.elaborate.elaboration import Elaborator, Variable
from symrnn.reading.elaborate.ellipsis import INDEX, has_dots, whole_product, whole_sum
from symrnn.reading.elaborate.indices import condition_of, index_of, take_role, variables_of
from symrnn.reading.elaborate.operand import Operand
from symrnn.reading.elaborate.quantities import is_of_members, mentions_class, weight_of

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


_WITHOUT_END = Sym("infty")
_RISING, _FALLING = "rising from left to right", "falling from left to right"
#: Counts the entries of vectors that are multiplied entry by entry.
_ENTRY = "entry#"


def indexed(e: Elaborator, term: Big) -> Operand:
    """An indexed sum or ordered product."""
    letter = term.index.name if isinstance(term.index, Sym) else ""
    if not letter:
        raise Inadmissible("a sum over something that is no letter")
    if term.kind == "sum" and letter in EXAMPLES and not e.model.batch:
        e.choices.choose(questions.SUM_OVER_EXAMPLES, ("of the one example that is written here",))
        return e.operand(term.body)
    apart = _apart(e, term)
    if apart is not None:
        e.choices.choose(questions.FACTORS_WITHOUT_INDEX, ("not multiplied over",))
        return e.operand(apart)
    if _WITHOUT_END in (term.lower, term.upper):
        raise Inadmissible("a sum or product without an end")
    lower = None if term.lower is None else index_of(e, term.lower)
    upper = None if term.upper is None else index_of(e, term.upper)
    outer = e.variables.get(letter)
    e.count += 1
    variable = Variable(f"{letter}#{e.count}", letter, bound=True)
    e.variables[letter] = e.declared[variable.name] = variable
    try:
        _role_from_bounds(e, variable, lower, upper)
        if isinstance(term.upper, Sym) and term.upper.style == "card":  # all members of a set, and no others
            variable.label = e.model.sizes.get(term.upper.name, "")
        variable.lower, variable.upper = lower, upper
        plain = [c for c in term.conditions if not mentions_class(e, c) and not is_of_members(e, c)]
        conditions = [condition_of(e, c) for c in plain]
        body = e.operand(term.body)
        for compare in term.conditions:
            if compare not in plain:
                body = _only_where(e, term, compare, body)
        return _closed(e, replace(term, conditions=tuple(plain)), variable, lower, upper, conditions, body)
    finally:
        _restore(e, letter, outer)


def _apart(e: Elaborator, term: Big) -> Mul | None:
    r"""``\prod_j a_j W b_k`` as (\prod_j a_j W) b_k: the factors at its end that are at other steps than its index stand outside."""
    body = term.body
    if term.kind != "prod" or not isinstance(body, Mul) or has_dots(body.factors):
        return None
    own = [any(node == term.index for _, node in walk(factor)) for factor in body.factors]
    for cut, factor in enumerate(body.factors):
        if any(own[:cut]) and not any(own[cut:]) and _is_at_a_step(e, factor):
            inside = body.factors[0] if cut == 1 else replace(body, factors=body.factors[:cut])
            return Mul((replace(term, body=inside), *body.factors[cut:]))
    return None


def _is_at_a_step(e: Elaborator, factor: Term) -> bool:
    found = (e.lexicon.occurrence(node) for _, node in walk(factor))
    return any(occurrence is not None and occurrence.indices for occurrence in found)


def _only_where(e: Elaborator, term: Big, compare: Compare, body: Operand) -> Operand:
    """A summand that counts only where a chosen class is, or is not, the index, or for the members of a set."""
    if term.kind != "sum":
        raise Inadmissible("a product with a condition on what its index is")
    return e.combine.scaled(Operand(weight_of(e, compare)), body)


def _restore(e: Elaborator, letter: str, outer: Variable | None) -> None:
    if outer is None:
        del e.variables[letter]
    else:
        e.variables[letter] = outer


def _role_from_bounds(e: Elaborator, variable: Variable, lower: Affine | None, upper: Affine | None) -> None:
    for bound in (lower, upper):
        if bound is None:
            continue
        if e.model.horizon in bound.names() or any(v.role == "time" for v in variables_of(e, bound)):
            variable.role = "time"
        if any(map(sized_axis, bound.names())):
            variable.role = "component"
    if lower is not None and not lower.names() and lower.constant < 1 and not variable.role:
        variable.role = "time"


def _closed(
    e: Elaborator,
    term: Big,
    variable: Variable,
    lower: Affine | None,
    upper: Affine | None,
    conditions: list[Condition],
    body: Operand,
) -> Operand:
    for compare in term.conditions:
        condition_of(e, compare)
    falling = _falls(e, term, lower, upper)
    if falling and lower is not None:
        lower, upper = upper, lower
    bounds = _bounds(e, variable, lower, upper, conditions)
    if upper is None and bounds[1] == e.model.last and any(_counts_back(ref, variable.name) for ref in refs_in(body.tensor)):
        raise Inadmissible("a sum that does not say how far back it goes")
    lower, upper, conditions, falling_chain = bounds
    for bound in (lower, upper):
        take_role(e, bound, variable.role or "time", variable.label)
    if term.kind == "sum":
        return _summed(e, variable, lower, upper, tuple(conditions), body)
    if conditions:
        raise Inadmissible("a product with a condition that is no bound")
    return _multiplied(e, variable, lower, upper, falling or falling_chain, body)


def _counts_back(ref: Ref, name: str) -> bool:
    """Whether an index is taken from a step: ``x_{t-k}``."""
    return ref.time is not None and dict(ref.time.terms).get(name, 0) < 0


def _falls(e: Elaborator, term: Big, lower: Affine | None, upper: Affine | None) -> bool:
    """Whether bounds are written from the larger to the smaller: ``m = t`` below and ``k + 1`` above.

    They are not where the sums around tell the order of the two letters (``k`` runs to ``t``); else offsets suggest it.
    """
    if term.kind != "prod" or lower is None or upper is None or not lower.names() or not upper.names():
        return False
    rise = _least(e, upper - lower)
    if upper.constant <= lower.constant or (rise is not None and rise >= -1):
        return False
    return e.choices.choose(questions.DIRECTION_OF_PRODUCT, ("falling", "rising")) == "falling"


def _least(e: Elaborator, index: Affine) -> int | None:
    """The least value of an index, where bounds of the sums around it give one."""
    for variable in reversed(variables_of(e, index)):
        factor = dict(index.terms)[variable.name]
        bound = variable.lower if factor > 0 else variable.upper
        if bound is not None:
            return _least(e, index.substitute({variable.name: bound}))
    return None if index.names() else index.constant


def _bounds(
    e: Elaborator, variable: Variable, lower: Affine | None, upper: Affine | None, conditions: list[Condition]
) -> tuple[Affine, Affine, list[Condition], bool]:
    """Bounds from what is written: explicit ones, else inequalities, else the whole range of what the index counts."""
    mine = Affine.of(variable.name)
    rest: list[Condition] = []
    descending = False
    for c in conditions:
        op, other = (c.op, c.right) if c.left == mine else (_FLIPPED[c.op], c.left) if c.right == mine else ("", mine)
        if op in ("<", "<=") and upper is None:
            upper = other - 1 if op == "<" else other
            descending = descending or c.right == mine
        elif op in (">", ">=") and lower is None:
            lower = other + 1 if op == ">" else other
        else:
            rest.append(c)
    whole = (Affine((), 1), size_of(variable.label)) if variable.role == "component" and variable.label else None
    if whole is None:
        variable.role = variable.role or "time"
        last = e.model.last
        whole = (Affine((), e.model.first), last)
    return lower or whole[0], upper or whole[1], rest, descending


def _summed(
    e: Elaborator, variable: Variable, lower: Affine, upper: Affine, conditions: tuple[Condition, ...], body: Operand
) -> Operand:
    if body.bottom is not None and variable.name in body.bottom.free:
        body = e.combine.laid_out(body)
    top = body.top if body.top is not None and variable.name not in body.top.free else None
    total = Sum(variable.name, lower, upper, conditions, body.tensor)
    return replace(body, tensor=total, top=top, number=False, slope=False)


def _multiplied(e: Elaborator, variable: Variable, lower: Affine, upper: Affine, falling: bool, body: Operand) -> Operand:
    chain = _telescoped(variable.name, lower, upper, body)
    if chain is not None:
        return chain
    body = e.combine.laid_out(body)
    if body.rank == 2 and not falling:
        _meet_in_product(e, body)
        falling = e.choices.choose(questions.ORDER_OF_PRODUCT, (_RISING, _FALLING)) == _FALLING
    return _ordered(e, variable.name, lower, upper, falling, body)


def _meet_in_product(e: Elaborator, body: Operand) -> None:
    e.combine.meet("factors of an ordered product", body.tensor.shape[:1], body.tensor.shape[1:])


def _ordered(e: Elaborator, name: str, lower: Affine, upper: Affine, falling: bool, body: Operand) -> Operand:
    body = e.combine.unstacked(body)
    if body.rank == 1 and not body.side:  # vectors, entry by entry: ``\\prod_k f_k``
        entry = Operand(Pick(body.tensor, (Affine.of(_ENTRY),)))
        return Operand(Build(_ENTRY, body.tensor.shape[0], _ordered(e, name, lower, upper, False, entry).tensor))
    if body.rank not in (0, 2):
        raise Inadmissible(f"a product of factors of shape {e.combine.text(body.tensor.shape)}")
    if body.rank == 2:
        _meet_in_product(e, body)
    return Operand(Product(name, lower, upper, falling and body.rank == 2, body.tensor), number=False)


def sum_with_dots(e: Elaborator, term: Add) -> Operand:
    """``L_0 + ... + L_T``; or the sum of an equation that has the terms shown: ``z_t = W h_{t-1} + \\dots``, ``f(U x_{t-1} + \\dots)``."""
    try:
        total = whole_sum(term)
    except Inadmissible as no_pattern:
        return _sum_of_an_equation(e, term, no_pattern)
    return e.operand(total)


def _sum_of_an_equation(e: Elaborator, term: Add, no_pattern: Inadmissible) -> Operand:
    """The only sum in an equation of the network that has all terms shown, at their step. Raises `no_pattern` where there is none."""
    shown = [e.operand(part) for part in term.terms if not isinstance(part, Ellipsis)]
    given = Counter(operand.tensor for operand in shown)
    found: dict[Tensor, Quantity] = {}
    for quantity in e.model.quantities.values():
        total = quantity.definition.argument if isinstance(quantity.definition, Map) else quantity.definition
        if not isinstance(total, Plus):
            continue
        for moved in (substitute(total, {"t": at}) for at in _steps_between(given, total)):
            if isinstance(moved, Plus) and not given - Counter(moved.terms):
                found.setdefault(moved, quantity)
    if len(found) != 1:
        raise no_pattern
    ((total, quantity),) = found.items()
    e.choices.choose(questions.DOTS, (f"the other terms of the equation of {quantity.text}",))
    return Operand(total, shown[0].side)


def _steps_between(given: Iterable[Tensor], total: Tensor) -> set[Affine]:
    """The steps at which a sum may stand for some terms: where they have the same quantity, else any that is counted."""
    own = {ref.quantity: ref.time - Affine.of("t") for ref in refs_in(total) if ref.time is not None}
    refs = [ref for term in given for ref in refs_in(term) if ref.time is not None]
    if not refs:
        return {Affine.of("t")}
    return {ref.time - own[ref.quantity] for ref in refs if ref.quantity in own and ref.time is not None}


def product_with_dots(e: Elaborator, factors: tuple[Term, ...]) -> list[Operand]:
    """The factors of a product with dots, those that the dots belong to as one. Raises Inadmissible."""
    found = whole_product(factors, partial(index_of, e))
    first, last = index_of(e, found.first), index_of(e, found.last)
    falling = _goes_down(e, first, last, found.step)
    e.count += 1
    variable = Variable(f"{INDEX.name}#{e.count}", INDEX.name, bound=True)
    e.variables[INDEX.name] = e.declared[variable.name] = variable
    body = e.operand(found.body)
    del e.variables[INDEX.name]
    for bound in (first, last):
        take_role(e, bound, variable.role or "time", variable.label)
    lower, upper = (last, first) if falling else (first, last)
    product = _telescoped(variable.name, lower, upper, body)
    if product is None:
        product = _ordered(e, variable.name, lower, upper, falling, e.combine.laid_out(body))
    return [*map(e.operand, found.before), product, *map(e.operand, found.after)]


def _goes_down(e: Elaborator, first: Affine, last: Affine, step: int) -> bool:
    """Whether an index falls from its first to its last value: as its neighbours say, else as ``t ... k + 1`` suggests."""
    if step:
        return step < 0
    if bool(first.names()) != bool(last.names()):
        return bool(first.names())
    if first.constant != last.constant:
        return first.constant < last.constant
    return e.choices.choose(questions.DIRECTION_OF_DOTS, ("falling", "rising")) == "falling"


def _telescoped(name: str, lower: Affine, upper: Affine, body: Operand) -> Operand | None:
    """A product of derivatives each of which is by what the next one is of: the order is that of the chain rule."""
    top, bottom = body.top, body.bottom
    if not isinstance(top, Ref) or bottom is None or top.quantity != bottom.quantity or len(top.shape) != 1:
        return None
    if top.time is None or bottom.time is None or top.time - bottom.time != Affine((), 1):
        return None
    product = Product(name, lower, upper, True, body.tensor)
    first = Ref(top.quantity, top.time.substitute({name: upper}), top.shape)
    last = Ref(bottom.quantity, bottom.time.substitute({name: lower}), bottom.shape)
    return Operand(product, "", first, last)
