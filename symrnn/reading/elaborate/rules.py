"""What each node of notation means: one rule for each, which asks `choices` where notation is ambiguous."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symrnn.language import questions
from symrnn.language.choices import Choices, Inadmissible, Opaque
from symrnn.language.model import Model, Name, slope_name
from symrnn.language.parts import factors_of
from symrnn.language.tensors import (
    Affine,
    Build,
    Choose,
    Condition,
    Const,
    Dot,
    Eye,
    Full,
    Integer,
    Map,
    Pick,
    Product,
    Truth,
    parts_of,
)
from symrnn.language.terms import (
    COLUMN,
    ROW,
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
    Extremum,
    Frac,
    Given,
    Hadamard,
    Indicator,
    Mark,
    Mul,
    Neg,
    Norm,
    Num,
    Outer,
    Pow,
    Row,
    Stack,
    Sub,
    Submatrix,
    Sup,
    Sym,
    Term,
    Transpose,
    WrittenOut,
    walk,
)
from symrnn.notation.said import by_name, name_typed, said
from symrnn.reading.elaborate.applications import applied_function, tangent_of_open
from symrnn.reading.elaborate.derivatives import derivative_of
from symrnn.reading.elaborate.elaboration import Elaborator, Variable
from symrnn.reading.elaborate.ellipsis import has_dots
from symrnn.reading.elaborate.indices import condition_of, index_of, take_role
from symrnn.reading.elaborate.jumps import cases as cases_of_values
from symrnn.reading.elaborate.jumps import extremum, is_about_values, jump
from symrnn.reading.elaborate.operand import Labels, Operand
from symrnn.reading.elaborate.quantities import (
    bit_of,
    class_vector,
    component_at,
    concrete,
    mentions_class,
    of_class,
    quantity_of,
    weight_of,
)
from symrnn.reading.elaborate.sums import indexed, product_with_dots, sum_with_dots
from symrnn.reading.lexicon import Lexicon


def _number(e: Elaborator, term: Num) -> Operand:
    return Operand(Const(term.value), number=True)


def _symbol(e: Elaborator, term: Term) -> Operand:
    if isinstance(term, Sym) and term.name in e.argument:
        return e.argument[term.name]
    found = quantity_of(e, term)
    if found is not None:
        return found
    if isinstance(term, (Sub, Sup)):
        return _component_of(e, term)
    if isinstance(term, Mark):
        if term.mark == "+":
            return e.operand(term.base)
        raise Inadmissible(f"the mark {term.mark} has no meaning here")
    if isinstance(term, Sym) and term.name == "1" and term.style == "bb":
        return Operand(Full(Fraction(1), (e.labels.fresh(),)))
    if isinstance(term, Sym) and term.name == "I" and "I" not in e.variables:
        return Operand(Eye(e.labels.fresh()))
    return Operand(Integer(index_of(e, term)))


def _component_of(e: Elaborator, term: Sub | Sup) -> Operand:
    """``(V h_t)_i``, ``delta_{ij}``, ``1_i``: a component of a formula."""
    if isinstance(term, Sup) and isinstance(term.base, Deriv):
        raise Inadmissible("a part of a derivative that is numbered above; give it a letter")
    letters = [i for script in term.indices for i in factors_of(script)]
    numbers = [i for i in letters if e.lexicon.is_class(i)]
    if numbers:
        return _component_of_class(e, term, letters, numbers[0])
    indices = [index_of(e, i) for i in letters]
    if isinstance(term.base, Sym) and term.base.name == "delta" and len(indices) == 2:
        condition_of(e, Compare("=", letters[0], letters[1]))
        return Operand(Truth(Condition("=", indices[0], indices[1])))
    base = concrete(e, term.base)
    if not 1 <= len(indices) <= base.rank:
        raise Inadmissible(f"{len(indices)} subscripts on an operand of shape {e.combine.text(base.tensor.shape)}")
    return component_at(e, base.tensor, indices)


def _component_of_class(e: Elaborator, term: Sub | Sup, letters: list[Term], number: Term) -> Operand:
    """``delta_{i y_t}``, ``1_{y_t}``, ``(V h_t)_{y_t}``: a component that the data choose."""
    if isinstance(term.base, Sym) and term.base.name == "delta" and len(letters) == 2:
        return Operand(weight_of(e, Compare("=", letters[0], letters[1])))
    if term.base == Sym("1", "", "bb"):
        if len(letters) == 1:
            return class_vector(e, number)
        return Operand(weight_of(e, Compare("=", letters[0], letters[1])))
    return of_class(e, term, number, e.operand)


def _given(e: Elaborator, term: Given) -> Operand:
    """``E_t(y_t, p_t)`` is the quantity E_t; its arguments only say what it depends on, so they must always be the same."""
    if e.lexicon.is_timed_call(term):
        return _symbol(e, term)
    function, found = e.lexicon.called(term), e.lexicon.occurrence(term.base)
    if function is not None and not function.indices and e.model.named(slope_name(function.name, 1)):
        return tangent_of_open(e, function.name, term.arguments)
    if found is None or not e.model.named(found.name):
        raise Inadmissible("a function of several arguments that nothing defines")
    if e.arguments.setdefault((found.name, found.indices), term.arguments) != term.arguments:
        raise Inadmissible(said(name_typed(found.name), " with different arguments"))
    return e.operand(term.base)


def _power(e: Elaborator, term: Pow) -> Operand:
    if (
        isinstance(term.base, Sym)
        and term.base.name == "e"
        and (not e.model.named(Name("e")) or _holds_a_quantity(e, term.exponent))
    ):
        inner = concrete(e, term.exponent)
        return Operand(Map("exp", 0, inner.tensor), inner.side)
    found = e.lexicon.occurrence(term)
    if found is not None:
        return _symbol(e, term)
    sign, exponent = (-1, term.exponent.term) if isinstance(term.exponent, Neg) else (1, term.exponent)
    if isinstance(exponent, Num) and exponent.value.denominator == 1:
        if isinstance(term.base, Norm):
            return _squared_norm(e, term.base, int(exponent.value) * sign)
        return e.combine.power(e.operand(term.base), sign * int(exponent.value))
    return _symbolic_power(e, term)


def _holds_a_quantity(e: Elaborator, exponent: Term) -> bool:
    """Whether an exponent is made of what the network has: then an e below it is no letter of the document, ``e^{z_i}``."""
    found = (e.lexicon.occurrence(node) for _, node in walk(exponent))
    return any(o is not None and bool(e.model.named(o.name)) for o in found)


def _norm(e: Elaborator, term: Norm) -> Operand:
    """A length that is not squared: some function of its square, since its root has no exact value at random points."""
    rank = concrete(e, term.term).rank
    if not rank:
        return e.operand(Apply(Sym("abs"), term.term))
    square = _squared_norm(e, term, 2)
    if rank != 1 and term.kind != "F":
        raise Opaque("nothing says which norm of a matrix is meant")
    return Operand(Map("norm", 0, square.tensor))


def _squared_norm(e: Elaborator, norm: Norm, exponent: int) -> Operand:
    if exponent != 2:
        raise Inadmissible("a power of a norm other than its square")
    if norm.kind == "infty":
        raise Inadmissible("a norm that is no sum of squares")
    inner = concrete(e, norm.term)
    return Operand(Dot(inner.tensor, inner.tensor, inner.rank))


def _symbolic_power(e: Elaborator, term: Pow) -> Operand:
    """``W^{t-k}``: a repeated product."""
    base = concrete(e, term.base)
    if base.rank not in (0, 2):
        raise Inadmissible("a power whose exponent is no whole number")
    if base.rank:
        e.combine.meet("a power of a matrix", base.tensor.shape[:1], base.tensor.shape[1:])
    e.count += 1
    return Operand(Product(f"power#{e.count}", Affine((), 1), index_of(e, term.exponent), False, base.tensor))


def _negative(e: Elaborator, term: Neg) -> Operand:
    return e.combine.scaled(Operand(Const(Fraction(-1)), number=True), e.operand(term.term))


def _add(e: Elaborator, term: Add) -> Operand:
    if has_dots(term.terms):
        return sum_with_dots(e, term)
    return e.combine.sum([e.operand(t) for t in term.terms])


def _product(e: Elaborator, term: Mul) -> Operand:
    return e.combine.product(product_with_dots(e, term.factors) if has_dots(term.factors) else [e.operand(f) for f in term.factors])


def _hadamard(e: Elaborator, term: Hadamard) -> Operand:
    result = _beside(e, term.factors[0])
    for factor in term.factors[1:]:
        result = _entry_by_entry(e, result, factor)
    return result


def _beside(e: Elaborator, factor: Term) -> Operand:
    """A factor of an elementwise product: two vectors side by side in it are elementwise as well, ``a \\odot r (1 - r)``."""
    if not isinstance(factor, Mul) or has_dots(factor.factors):
        return e.operand(factor)
    return e.combine.product_beside_hadamard([e.operand(f) for f in factor.factors])


def _entry_by_entry(e: Elaborator, left: Operand, factor: Term) -> Operand:
    """``a \\odot M v`` is a times (M v); where that has no meaning, ``a \\odot v w^T`` is (a times v) w^T."""
    right = _beside(e, factor)
    if left.rank != 1 or right.rank != 2 or right.bottom is not None or not isinstance(factor, Mul):
        return e.combine.hadamard(left, right)
    e.choices.choose(questions.TAKEN_FIRST, ("taken first",))
    first, *others = (e.operand(f) for f in factor.factors)
    return e.combine.product([e.combine.hadamard(left, first), *others])


def _stack(e: Elaborator, term: Stack) -> Operand:
    """Parts one after the other: beside a vector, two vectors side by side are elementwise as well, ``[x_t, r_t h_{t-1}]``."""
    beside = any(e.lexicon.occurrence(cell) is not None and e.operand(cell).rank == 1 for row in term.rows for cell in row)
    return e.combine.stacked([[_beside(e, cell) if beside else e.operand(cell) for cell in row] for row in term.rows])


def _outer(e: Elaborator, term: Outer) -> Operand:
    result = e.operand(term.factors[0])
    for factor in term.factors[1:]:
        result = e.combine.outer(result, e.operand(factor))
    return result


def _cases(e: Elaborator, term: Cases) -> Operand:
    if all([c.op for c in conditions] == ["in"] for _, conditions in term.branches):
        return _cases_of_members(e, term)
    if any(is_about_values(e, c) for _, conditions in term.branches for c in conditions):
        return cases_of_values(e, term)
    if any(mentions_class(e, c) for _, conditions in term.branches for c in conditions):
        return _cases_of_class(e, term)
    branches = [(concrete(e, value), tuple(condition_of(e, c) for c in conditions)) for value, conditions in term.branches]
    for compare in (c for _, conditions in term.branches for c in conditions):
        condition_of(e, compare)
    shape = max((b.tensor.shape for b, _ in branches), key=len)
    return Operand(Choose(tuple((e.combine.broadcast(b, shape, "cases"), c) for b, c in branches)))


def _cases_of_members(e: Elaborator, term: Cases) -> Operand:
    """Cases told apart by the sets that all members are divided into: the values for each set lie one after the other."""
    letter, *others = dict.fromkeys(c.left for _, conditions in term.branches for c in conditions)
    if others or not isinstance(letter, Sym):
        raise Inadmissible("cases of members of sets, which are not those of one letter")
    whole, parts = index_of(e, letter), []
    outer = e.variables[letter.name]
    for value, _ in term.branches:
        e.count += 1
        variable = Variable(f"{letter.name}#{e.count}", letter.name, "component", e.labels.fresh(), bound=True)
        e.variables[letter.name] = e.declared[variable.name] = variable
        entry = concrete(e, value)
        if entry.rank:
            raise Inadmissible(said("cases of ", by_name(letter.name), ", of which one has no number for each"))
        parts.append([Operand(Build(variable.name, variable.label, entry.tensor))])
    e.variables[letter.name] = outer
    together = e.combine.stacked(parts).tensor
    take_role(e, whole, "component", together.shape[0])
    return Operand(Pick(together, (whole,)))


def _cases_of_class(e: Elaborator, term: Cases) -> Operand:
    """Cases that are told apart by a class that the data choose: each value with the weight of its case."""
    open_case, values = Operand(Const(Fraction(1))), []
    for value, conditions in term.branches:
        weight = Operand(Const(Fraction(1))) if any(bit_of(e, c) is not None for c in conditions) else open_case
        for compare in conditions:
            weight = e.combine.scaled(Operand(weight_of(e, compare)), weight)
        values.append(e.combine.scaled(weight, concrete(e, value)))
        open_case = e.combine.sum([open_case, e.combine.scaled(Operand(Const(Fraction(-1))), weight)])
    return e.combine.sum(values)


def _block(e: Elaborator, term: Submatrix) -> Operand:
    """``W[:, n:]`` beside ``W [x; h]``, where n is the size of x: the block that multiplies h. Raises Inadmissible for any other n.

    Where no letter is the size of x, any that is no size is: there is no other place where a block of W ends.
    """
    whole = concrete(e, term.whole)
    if not len(term.bounds) <= whole.rank <= 2:
        raise Inadmissible("a block of what is no matrix")
    for axis, bounds in enumerate(term.bounds):
        if any(bounds):
            parts = [e.labels.find(part) for part in parts_of(e.labels.find(whole.tensor.shape[axis]))]
            letter, sizes = "".join(bounds), {letter: e.labels.find(label) for letter, label in e.model.sizes.items()}
            if len(parts) != 2 or ((letter in sizes or parts[0] in sizes.values()) and sizes.get(letter) != parts[0]):
                raise Inadmissible(f"{'rows' if axis == 0 else 'columns'} {':'.join(bounds)} are no part of what it multiplies")
            if letter not in sizes:
                e.choices.choose(questions.END_OF_BLOCK.about(letter), (f"the size of its first part, {parts[0]}",))
            whole = e.combine.block(whole, axis, 1 if bounds[0] else 0)
    return whole


def _entries(e: Elaborator, term: WrittenOut) -> Operand:
    """What is written out entry by entry, for every row and every column."""
    axes = [_counting(e, letter, end) for letter, end in zip((ROW, COLUMN), term.ends, strict=False)]
    entry = concrete(e, term.entry)
    diagonal = entry if term.diagonal is None else concrete(e, term.diagonal)
    for axis in axes:
        del e.variables[axis.letter]
    if entry.rank or diagonal.rank:
        raise Inadmissible("a matrix written out, whose entries are no numbers")
    tensor = entry.tensor
    if term.diagonal is not None:
        same = Condition("=", *(Affine.of(axis.name) for axis in axes))
        tensor = Choose(((diagonal.tensor, (same,)), (entry.tensor, ())))
    for axis in reversed(axes):
        tensor = Build(axis.name, axis.label, tensor)
    return Operand(tensor, "row" if term.is_row else "")


def _counting(e: Elaborator, letter: Sym, end: str) -> Variable:
    """The variable that counts the rows or the columns of what is written out, up to the last one, which may be a size."""
    e.count += 1
    label = e.model.sizes.get(end) or e.labels.fresh()
    variable = Variable(f"{letter.name}#{e.count}", letter.name, "component", label, bound=True)
    e.variables[letter.name] = e.declared[variable.name] = variable
    return variable


def _nothing(e: Elaborator, term: Term) -> Operand:
    raise Inadmissible(f"{type(term).__name__.lower()} has no meaning here")


_RULES: dict[type, Callable[[Elaborator, Any], Operand]] = {
    Num: _number,
    Sym: _symbol,
    Sub: _symbol,
    Sup: _symbol,
    Mark: _symbol,
    Pow: _power,
    Transpose: lambda e, t: e.combine.transposed(e.operand(t.base)),
    Neg: _negative,
    Add: _add,
    Mul: _product,
    Hadamard: _hadamard,
    Outer: _outer,
    Frac: lambda e, t: e.combine.quotient(e.operand(t.numerator), e.operand(t.denominator)),
    Apply: applied_function,
    Given: _given,
    Norm: _norm,
    Compare: _nothing,
    Elided: _nothing,
    Ellipsis: _nothing,
    Big: indexed,
    Deriv: derivative_of,
    Cases: _cases,
    Submatrix: _block,
    Row: lambda e, t: e.combine.part(e.operand(t.whole), t.number, t.count),
    Stack: _stack,
    WrittenOut: _entries,
    Indicator: lambda e, t: jump(e, t.condition) if is_about_values(e, t.condition) else Operand(weight_of(e, t.condition)),
    Extremum: extremum,
}


def elaborating(model: Model, lexicon: Lexicon, choices: Choices, labels: Labels | None = None) -> Elaborator:
    """A formula that is to be given its meaning by these rules."""
    return Elaborator(model, lexicon, choices, _RULES, labels)
