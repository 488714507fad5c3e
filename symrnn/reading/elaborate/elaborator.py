"""A formula as a whole, its derivatives and functions: one rule for each node of notation.

Whatever notation leaves open is decided by asking `Choices`; `readings` enumerates all decisions that give a formula a
meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeGuard

from symrnn.language import questions
from symrnn.language.budget import spend
from symrnn.language.choices import Choices, Inadmissible, Opaque, explore
from symrnn.language.claims import Claim, Reading
from symrnn.language.functions import BY_SPELLING, meaning
from symrnn.language.model import Model, Name, Quantity, slope_name
from symrnn.language.questions import Question
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
    Jac,
    Map,
    Pick,
    Product,
    Ref,
    Tensor,
    Truth,
    mentioned,
    parts_of,
    refs_in,
    replaced,
)
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import (
    COLUMN,
    HALVES,
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
    Relation,
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
from symrnn.notation import unicode
from symrnn.reading.elaborate.choosing import class_by_class
from symrnn.reading.elaborate.ellipsis import has_dots, whole_sum
from symrnn.reading.elaborate.indices import Variable
from symrnn.reading.elaborate.jumps import cases as cases_of_values
from symrnn.reading.elaborate.jumps import extremum, is_about_values, jump, note, note_kinks
from symrnn.reading.elaborate.slopes import slope, well_known
from symrnn.reading.elaborate.sums import Sums
from symrnn.reading.lexicon import Lexicon, function_name, without_prefix
from symrnn.reading.operand import Operand

_MOST_READINGS = 160
_OPERAND_COST = 200


@dataclass(frozen=True)
class Forms:
    """Ways to write that are not the usual ones.

    With `short` an elementwise product of a vector and a matrix scales the rows or columns; with `kronecker`, as where a formula has
    vec(W), ⊗ is the Kronecker product; a derivative by a matrix is then one by its entries one after the other, unless vec says which.
    """

    short: bool = False
    kronecker: bool = False


_USUAL = Forms()


def readings(
    relation: Relation, model: Model, lexicon: Lexicon, pinned: Mapping[Question, str] | None = None, forms: Forms = _USUAL
) -> tuple[list[Reading], list[Inadmissible]]:
    """Every admissible reading of an equation, preferred ones first, and why the other ones are not admissible."""
    admissible: dict[Claim, Reading] = {}
    refused: list[Inadmissible] = []
    for result, answers in tried(relation, model, lexicon, pinned, forms):
        if isinstance(result, Inadmissible):
            refused.append(result)
        elif result not in admissible:
            stated = ", ".join(unicode(condition) for condition in relation.conditions) if result.within else ""
            admissible[result] = Reading(result, (*answers.items(), *(((questions.STATED, stated),) if stated else ())))
    return list(admissible.values()), refused


def tried(
    relation: Relation, model: Model, lexicon: Lexicon, pinned: Mapping[Question, str] | None = None, forms: Forms = _USUAL
) -> Iterator[tuple[Claim | Inadmissible, dict[Question, str]]]:
    """What an equation says under each combination of answers, the preferred ones first, one after the other as they are asked for."""
    counts_components = any(_sums_components(side, model) for side in (relation.left, relation.right))
    has_vec = any(is_vec(node) for side in (relation.left, relation.right) for _, node in walk(side))
    tells_total = _tells_total_from_partial(relation)
    prefixed = tuple(dict.fromkeys(_behind_prefixes(relation, lexicon)))
    letters = dict.fromkeys(letter for side in (relation.left, relation.right) for letter in lexicon.free_letters(side))

    def run(choices: Choices) -> Claim:
        elaborator = Elaborator(model, lexicon, choices)
        elaborator.counts_components = counts_components
        elaborator.tells_total = tells_total
        elaborator.combine.short_forms = forms.short
        elaborator.combine.kronecker = forms.kronecker or has_vec
        elaborator.combine.stacks_all = forms.kronecker and not has_vec
        elaborator.prefixed = prefixed
        for letter in letters:
            if letter not in model.sizes:
                elaborator.declare(letter, Variable(letter, letter))
        return elaborator.claim(relation)

    return explore(run, _MOST_READINGS, dict(pinned or {}))


def is_vec(node: Term) -> TypeGuard[Apply]:
    r"""Whether a term is ``\mathrm{vec}(W)``, the entries of a matrix one after the other."""
    return isinstance(node, Apply) and function_name(node.function) == "vec"


def _sums_components(term: Term, model: Model) -> bool:
    """Whether a formula sums over components, so that a number below a letter may be one as well."""
    return any(isinstance(n, Big) and isinstance(n.upper, Sym) and n.upper.name in model.sizes for _, n in walk(term))


def _tells_total_from_partial(relation: Relation) -> bool:
    """Whether an equation writes d for some derivatives and ∂ for others, which then hold fixed what else a formula is of."""
    signs = {n.sign for side in (relation.left, relation.right) for _, n in walk(side) if isinstance(n, Deriv)}
    return {"d", "partial"} <= signs


def _behind_prefixes(relation: Relation, lexicon: Lexicon) -> Iterator[Name]:
    """The quantities of an equation that are named behind a prefix."""
    for side in (relation.left, relation.right):
        found = (lexicon.occurrence(node) for _, node in walk(side))
        yield from (name for o in found if o is not None and (name := without_prefix(o.name)) is not None)


class Elaborator(Sums):
    """Gives one formula its meaning, asking `choices` where notation is ambiguous."""

    # ------------------------------------------------------------------------------------------------ whole formulas

    def claim(self, relation: Relation) -> Claim:
        """The equation as two tensors of one shape. Raises Inadmissible."""
        left, right = self.operand(relation.left), self.operand(relation.right)
        a, b = self.combine.equated(left, right)
        free = sorted(a.free | b.free)
        zero = isinstance(relation.right, Num) and relation.right.value == 0
        unknown = tuple(self._resolved_unknown())
        known: dict[Tensor, Tensor] = {}
        sides = self.labels.put_into(a, known), self.labels.put_into(b, known)
        self._check_sizes(sides, {label for q in unknown for label in q.shape})
        within = (*self._stated(relation, frozenset(free)), *dict.fromkeys(self._at_steps(sides)))
        return Claim(*sides, self._free_variables(frozenset(free)), unknown, zero, within)

    def _stated(self, relation: Relation, free: frozenset[str]) -> Iterator[Condition]:
        """The conditions beside an equation that are about its free indices. Raises Inadmissible."""
        for compare in relation.conditions:
            letters = {n.name for side in (compare.left, compare.right) for _, n in walk(side) if isinstance(n, Sym)}
            own = {letter for letter in letters if letter in self.variables and self.variables[letter].name in free}
            if own and letters - own <= {self.model.horizon, *self.model.sizes}:
                yield self.condition(compare)

    def _at_steps(self, sides: tuple[Tensor, Tensor]) -> Iterator[Condition]:
        """What stands before the last step, as the loss ``L_{T-1}``, stands at a step: there are as many. (A state has a value before.)"""
        first, last = Affine((), self.model.first), Affine.of(self.model.horizon, self.model.horizon_offset)
        for ref in (ref for side in sides for ref in refs_in(side)):
            at, known = ref.time, self.model.quantities.get(ref.quantity)
            if at is not None and known is not None and not known.recurrence:
                behind = last - at
                if at.names() == {self.model.horizon} and not behind.names() and behind.constant > 0:
                    yield Condition(">=", at, first)

    def _check_sizes(self, sides: tuple[Tensor, Tensor], known: set[str]) -> None:
        """Raises Inadmissible for an identity or a constant whose number of components nothing says."""
        for node in (n for side in sides for n in walk_tensor(side)):
            labels = (node.label,) if isinstance(node, Eye) else node.axes if isinstance(node, Full) else ()
            if any(label.startswith("?") and label not in known for label in labels):
                raise Inadmissible("nothing says how many components a vector or a matrix here has")

    def _free_variables(self, names: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
        result = []
        for variable in self.declared.values():
            if variable.name in names:
                label = self.labels.find(variable.label) if variable.label else ""
                if variable.role == "component" and not label:
                    raise Inadmissible(f"nothing says how far the index {variable.letter} counts")
                result.append((variable.name, variable.role or "time", label))
        return tuple(result)

    def _resolved_unknown(self) -> Iterator[Quantity]:
        for quantity in self.unknown.values():
            yield replace(quantity, shape=self.labels.resolve(quantity.shape))

    def operand(self, term: Term) -> Operand:
        """The meaning of a term. Raises Inadmissible and TooLarge."""
        spend(_OPERAND_COST)
        return _RULES[type(term)](self, term)

    # ------------------------------------------------------------------------------------------------- derivatives

    def derivative(self, term: Deriv) -> Operand:
        """A derivative: of a formula, by a quantity or by a component of one."""
        if term.sign in HALVES:
            raise Inadmissible("a derivative with one ∂ only; write ∂ above and below the line")
        term = _of_a_value(term, self.model)
        partial = _partial_of_open(self, term)
        if partial is not None:
            return partial
        marked = explicit = term.sign == "partial+" or isinstance(term.numerator, Mark)
        if self.tells_total and term.sign == "partial" and not marked:
            explicit = (
                self.choices.choose(questions.EXPLICIT_BESIDE_TOTAL, ("the explicit derivative", "the total one"))
                == "the explicit derivative"
            )
        stacked = is_vec(term.denominator)
        below = term.denominator.argument if is_vec(term.denominator) else term.denominator
        number = self.class_below(below)
        if number is not None:
            return self.of_class(below, number, lambda other: self.operand(replace(term, denominator=other)))
        numerator = self.concrete(term.numerator)
        copy = self.copy_named(self.lexicon.occurrence(below))
        if copy is not None:
            return self.by_copy(numerator, *copy)
        wrt = self.quantity(below)
        if wrt is None:
            raise Inadmissible("a derivative by something that is no quantity")
        ref, picks = _picked(wrt.tensor)
        if ref is None:
            raise Inadmissible("a derivative by something that is no quantity")
        note_kinks(self, numerator.tensor)
        if ref.quantity in self.unknown and ref.quantity not in mentioned(numerator.tensor):
            raise Inadmissible(f"a derivative by {self.unknown[ref.quantity].text}, which nothing has")
        tensor = _of_product(numerator.tensor, ref) if explicit else None
        if explicit and tensor is None and _picked(numerator.tensor)[0] is None:
            unclear = "an explicit derivative of what is no single quantity; give the formula a letter, and it is judged"
            raise Opaque(unclear) if marked else Inadmissible(unclear)
        tensor = tensor or Jac(numerator.tensor, ref, explicit)
        if picks:
            return self.entry(tensor, numerator, ref, picks)
        if not ref.shape:
            return Operand(tensor, numerator.side)
        return Operand(tensor, "", numerator.tensor, ref, stacked=len(ref.shape) == 2 and (stacked or self.combine.stacks_all))

    # --------------------------------------------------------------------------------------------------- functions

    def applied(self, term: Apply) -> Operand:
        """A function of one argument."""
        order, function = _primes(term.function)
        name = function_name(function)
        if name in self.model.functions:
            known = well_known(*self.model.functions[name])
            if not known or known in self.model.functions:
                return self._inlined(name, order, term)
            name = known
        argument = self.concrete(term.argument)
        record = BY_SPELLING.get(name)
        if record is not None and record.kinks and (order or record.jumps):
            note(self, record.name)
        if record is not None and record.combine and not order:
            return getattr(self.combine, record.combine)(argument)  # type: ignore[no-any-return]
        if not name:
            raise Inadmissible("an application of something that is no function")
        based = record is None and isinstance(function, Sub) and meaning(function_name(function.base)) == "log"
        if based or (record is None and _is_word(function)) or (record is not None and not record.is_known):
            raise Opaque(f"nothing here knows {name}")
        if record is not None and record.takes != "entries":
            raise Opaque(f"nothing here knows the derivative of {name} by a mark")
        tensor = self._elementwise(name if record is None else record.name, order, argument.tensor)
        return Operand(tensor, argument.side, slope=order == 1)

    def _elementwise(self, function: str, order: int, argument: Tensor) -> Tensor:
        if argument.shape:
            return Map(function, order, argument)
        self.count += 1
        weights = frozenset(q.key for q in self.model.quantities.values() if q.one_hot)
        return class_by_class(argument, f"class#{self.count}", lambda x: Map(function, order, x), weights)

    def _inlined(self, name: str, order: int, term: Apply) -> Operand:
        """A function of the document at an argument, or its derivative there."""
        argument = self.concrete(term.argument)
        if not order:
            return self._with_argument(name, argument)
        parameter = Ref(f"argument of {name}", None, argument.tensor.shape)
        value = self._with_argument(name, replace(argument, tensor=parameter))
        tensor = self.combine.broadcast(self.combine.laid_out(value), argument.tensor.shape, f"the function {name}")
        for _ in range(order):
            tensor = slope(tensor, parameter)
        return replace(argument, tensor=replaced(tensor, parameter, argument.tensor), slope=order == 1)

    def _with_argument(self, name: str, argument: Operand) -> Operand:
        if name in self.inlined:
            raise Inadmissible(f"the function {name} is defined by itself")
        letter, body = self.model.functions[name]
        outer, self.argument = self.argument, {**self.argument, letter.name: argument}
        self.inlined.add(name)
        try:
            return self.operand(body)
        finally:
            self.argument = outer
            self.inlined.remove(name)


# --------------------------------------------------------------------------------------------------------- rules


def _number(e: Elaborator, term: Num) -> Operand:
    return Operand(Const(term.value), number=True)


def _symbol(e: Elaborator, term: Term) -> Operand:
    if isinstance(term, Sym) and term.name in e.argument:
        return e.argument[term.name]
    found = e.quantity(term)
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
    return Operand(Integer(e.index(term)))


def _component_of(e: Elaborator, term: Sub | Sup) -> Operand:
    """``(V h_t)_i``, ``delta_{ij}``, ``1_i``: a component of a formula."""
    if isinstance(term, Sup) and isinstance(term.base, Deriv):
        raise Inadmissible("a part of a derivative that is numbered above; give it a letter")
    letters = [i for script in term.indices for i in (script.factors if isinstance(script, Mul) else (script,))]
    numbers = [i for i in letters if e.lexicon.is_class(i)]
    if numbers:
        return _component_of_class(e, term, letters, numbers[0])
    indices = [e.index(i) for i in letters]
    if isinstance(term.base, Sym) and term.base.name == "delta" and len(indices) == 2:
        e.condition(Compare("=", letters[0], letters[1]))
        return Operand(Truth(Condition("=", indices[0], indices[1])))
    base = e.concrete(term.base)
    if not 1 <= len(indices) <= base.rank:
        raise Inadmissible(f"{len(indices)} subscripts on an operand of shape {e.combine.text(base.tensor.shape)}")
    return e.component(base.tensor, indices)


def _component_of_class(e: Elaborator, term: Sub | Sup, letters: list[Term], number: Term) -> Operand:
    """``delta_{i y_t}``, ``1_{y_t}``, ``(V h_t)_{y_t}``: a component that the data choose."""
    if isinstance(term.base, Sym) and term.base.name == "delta" and len(letters) == 2:
        return Operand(e.weight(Compare("=", letters[0], letters[1])))
    if term.base == Sym("1", "", "bb"):
        if len(letters) == 1:
            return e.class_vector(number)
        return Operand(e.weight(Compare("=", letters[0], letters[1])))
    return e.of_class(term, number, e.operand)


def _given(e: Elaborator, term: Given) -> Operand:
    """``E_t(y_t, p_t)`` is the quantity E_t; its arguments only say what it depends on, so they must always be the same."""
    if e.lexicon.is_timed_call(term):
        return _symbol(e, term)
    function, found = e.lexicon.called(term), e.lexicon.occurrence(term.base)
    if function is not None and not function.indices and e.model.named(slope_name(function.name, 1)):
        return _open_function(e, function.name, term.arguments)
    if found is None or not e.model.named(found.name):
        raise Inadmissible("a function of several arguments that nothing defines")
    if e.arguments.setdefault((found.name, found.indices), term.arguments) != term.arguments:
        raise Inadmissible(f"{found.name.text} with different arguments")
    return e.operand(term.base)


def _open_function(e: Elaborator, name: Name, arguments: tuple[Term, ...]) -> Operand:
    """``l(o_t, y_t)``, of which nothing is known: its tangent, with free slopes."""
    e.choices.choose(questions.OPEN_FUNCTION.about(name.text), ("any differentiable one",))
    _refuse_other_arguments(e, name, arguments)
    terms: list[Operand] = []
    values = [e.concrete(argument).tensor for argument in arguments]
    vectors = [value.shape[0] for value in values if len(value.shape) == 1]
    if not _slope_of_open(e, name, 0, values).shape:
        for label in vectors[1:]:
            e.labels.unify(vectors[0], label)  # a loss compares vectors of one size, unless something says otherwise
    for number, ref in enumerate(values, start=1):
        if not isinstance(ref, Ref):
            raise Inadmissible(f"{name.text}, which nothing defines, of something that is no quantity")
        for part in (0, number) if number == 1 else (number,):
            at_time = _slope_of_open(e, name, part, values)
            slope = e.model.quantities[at_time.quantity]
            if part:
                inner = slope.shape[max(len(slope.shape) - len(ref.shape), 0) :]
                e.combine.meet(f"argument {number} of {name.text}", inner, ref.shape)
            terms.append(Operand(Dot(at_time, ref, len(ref.shape)) if part else at_time))
    return e.combine.sum(terms)


def _refuse_other_arguments(e: Elaborator, name: Name, arguments: tuple[Term, ...]) -> None:
    """Raises Inadmissible where an open function has other arguments than in its definition, which are its slopes' (at any one step)."""
    if _call(e, arguments) != _call(e, e.model.calls.get(name, arguments)):
        raise Inadmissible(f"{name.text}, which nothing defines, of other things than elsewhere")


def _call(e: Elaborator, arguments: tuple[Term, ...]) -> list[tuple[Name | Term, tuple[Affine, ...]]]:
    """The quantities that a function is called with, each with its subscripts beside the first of all."""
    found = [(argument, e.lexicon.occurrence(argument)) for argument in arguments]
    subscripts = [tuple(map(e.index, o.indices)) if o is not None else () for _, o in found]
    first = next((indices[0] for indices in subscripts if indices), Affine())
    return [
        (argument if o is None else o.name, tuple(index - first for index in indices))
        for (argument, o), indices in zip(found, subscripts, strict=True)
    ]


def _slope_of_open(e: Elaborator, name: Name, part: int, arguments: Sequence[Tensor]) -> Ref:
    """The value or a derivative of an open function where it has these arguments: at the time of the first that has one."""
    time = next((ref.time for ref in arguments if isinstance(ref, Ref) and ref.time is not None), None)
    slope = e.model.named(slope_name(name, part)).get(time is not None)
    if slope is None:
        raise Inadmissible(f"{name.text}, which nothing defines, of other things than elsewhere")
    return Ref(slope.key, time, slope.shape)


def _of_product(numerator: Tensor, by: Ref) -> Tensor | None:
    """The explicit derivative of ``M r`` by M, which holds r fixed; None for another formula."""
    if isinstance(numerator, Dot) and numerator.axes == 1 and numerator.left is by and len(numerator.right.shape) == 1:
        return Dot(Eye(by.shape[0]), numerator.right, 0)
    return None


def _of_a_value(term: Deriv, model: Model) -> Deriv:
    """``dσ/dx`` is the derivative of σ(x): a function alone above, where no quantity has its letter."""
    function = term.numerator
    record = BY_SPELLING.get(function.name) if isinstance(function, Sym) and not function.accent else None
    if record is None or record.takes != "entries" or not record.is_known or model.named(Name(record.name)):
        return term
    return replace(term, numerator=Apply(function, term.denominator))


def _partial_of_open(e: Elaborator, term: Deriv) -> Operand | None:
    """The derivative of an open function by one of its arguments, as by the w of f(x_t, w); None for any other derivative."""
    call = term.numerator
    name = e.lexicon.called(call) if isinstance(call, Given) and not e.lexicon.is_timed_call(call) else None
    if not isinstance(call, Given) or name is None or name.indices or term.denominator not in call.arguments:
        return None
    if not e.model.named(slope_name(name.name, 1)):
        return None
    _refuse_other_arguments(e, name.name, call.arguments)
    values = [e.concrete(argument).tensor for argument in call.arguments]
    number = call.arguments.index(term.denominator)
    tensor, by = _slope_of_open(e, name.name, number + 1, values), values[number]
    return Operand(tensor, "", e.operand(call).tensor, by) if by.shape and isinstance(by, Ref) else Operand(tensor)


def _power(e: Elaborator, term: Pow) -> Operand:
    if (
        isinstance(term.base, Sym)
        and term.base.name == "e"
        and (not e.model.named(Name("e")) or _holds_a_quantity(e, term.exponent))
    ):
        inner = e.concrete(term.exponent)
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
    rank = e.concrete(term.term).rank
    if not rank:
        return e.operand(Apply(Sym("abs"), term.term))
    square = _squared_norm(e, term, 2)
    if rank != 1:
        raise Opaque("nothing says which norm of a matrix is meant")
    return Operand(Map("norm", 0, square.tensor))


def _squared_norm(e: Elaborator, norm: Norm, exponent: int) -> Operand:
    if exponent != 2:
        raise Inadmissible("a power of a norm other than its square")
    inner = e.concrete(norm.term)
    return Operand(Dot(inner.tensor, inner.tensor, inner.rank))


def _symbolic_power(e: Elaborator, term: Pow) -> Operand:
    """``W^{t-k}``: a repeated product."""
    base = e.concrete(term.base)
    if base.rank not in (0, 2):
        raise Inadmissible("a power whose exponent is no whole number")
    if base.rank:
        e.combine.meet("a power of a matrix", base.tensor.shape[:1], base.tensor.shape[1:])
    e.count += 1
    return Operand(Product(f"power#{e.count}", Affine((), 1), e.index(term.exponent), False, base.tensor))


def _negative(e: Elaborator, term: Neg) -> Operand:
    return e.combine.scaled(Operand(Const(Fraction(-1)), number=True), e.operand(term.term))


def _add(e: Elaborator, term: Add) -> Operand:
    if has_dots(term.terms):
        return e.operand(whole_sum(term))
    return e.combine.sum([e.operand(t) for t in term.terms])


def _product(e: Elaborator, term: Mul) -> Operand:
    return e.combine.product(e.dotted(term.factors) if has_dots(term.factors) else [e.operand(f) for f in term.factors])


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
    if any(e.mentions_class(c) for _, conditions in term.branches for c in conditions):
        return _cases_of_class(e, term)
    branches = [(e.concrete(value), tuple(e.condition(c) for c in conditions)) for value, conditions in term.branches]
    for compare in (c for _, conditions in term.branches for c in conditions):
        e.condition(compare)
    shape = max((b.tensor.shape for b, _ in branches), key=len)
    return Operand(Choose(tuple((e.combine.broadcast(b, shape, "cases"), c) for b, c in branches)))


def _cases_of_members(e: Elaborator, term: Cases) -> Operand:
    """Cases told apart by the sets that all members are divided into: the values for each set lie one after the other."""
    letter, *others = dict.fromkeys(c.left for _, conditions in term.branches for c in conditions)
    if others or not isinstance(letter, Sym):
        raise Inadmissible("cases of members of sets, which are not those of one letter")
    whole, parts = e.index(letter), []
    outer = e.variables[letter.name]
    for value, _ in term.branches:
        e.count += 1
        variable = Variable(f"{letter.name}#{e.count}", letter.name, "component", e.labels.fresh(), bound=True)
        e.variables[letter.name] = e.declared[variable.name] = variable
        entry = e.concrete(value)
        if entry.rank:
            raise Inadmissible(f"cases of {letter.name}, of which one has no number for each")
        parts.append([Operand(Build(variable.name, variable.label, entry.tensor))])
    e.variables[letter.name] = outer
    together = e.combine.stacked(parts).tensor
    e.take_role(whole, "component", together.shape[0])
    return Operand(Pick(together, (whole,)))


def _cases_of_class(e: Elaborator, term: Cases) -> Operand:
    """Cases that are told apart by a class that the data choose: each value with the weight of its case."""
    open_case, values = Operand(Const(Fraction(1))), []
    for value, conditions in term.branches:
        weight = Operand(Const(Fraction(1))) if any(e.bit(c) is not None for c in conditions) else open_case
        for compare in conditions:
            weight = e.combine.scaled(Operand(e.weight(compare)), weight)
        values.append(e.combine.scaled(weight, e.concrete(value)))
        open_case = e.combine.sum([open_case, e.combine.scaled(Operand(Const(Fraction(-1))), weight)])
    return e.combine.sum(values)


def _block(e: Elaborator, term: Submatrix) -> Operand:
    """``W[:, n:]`` beside ``W [x; h]``, where n is the size of x: the block that multiplies h. Raises Inadmissible for any other n."""
    whole = e.concrete(term.whole)
    if whole.rank != 2:
        raise Inadmissible("a block of what is no matrix")
    for axis, bounds in enumerate(term.bounds):
        if any(bounds):
            parts = [e.labels.find(part) for part in parts_of(e.labels.find(whole.tensor.shape[axis]))]
            size = e.model.sizes.get("".join(bounds))
            if len(parts) != 2 or size is None or e.labels.find(size) != parts[0]:
                raise Inadmissible(f"{'rows' if axis == 0 else 'columns'} {':'.join(bounds)} are no part of what it multiplies")
            whole = e.combine.block(whole, axis, 1 if bounds[0] else 0)
    return whole


def _entries(e: Elaborator, term: WrittenOut) -> Operand:
    """What is written out entry by entry, for every row and every column."""
    axes = [_counting(e, letter, end) for letter, end in zip((ROW, COLUMN), term.ends, strict=False)]
    entry = e.concrete(term.entry)
    diagonal = entry if term.diagonal is None else e.concrete(term.diagonal)
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
    Apply: lambda e, t: e.applied(t),
    Given: _given,
    Norm: _norm,
    Compare: _nothing,
    Elided: _nothing,
    Ellipsis: _nothing,
    Big: lambda e, t: e.big(t),
    Deriv: lambda e, t: e.derivative(t),
    Cases: _cases,
    Submatrix: _block,
    Row: lambda e, t: e.combine.part(e.operand(t.whole), t.number, t.count),
    Stack: _stack,
    WrittenOut: _entries,
    Indicator: lambda e, t: jump(e, t.condition) if is_about_values(e, t.condition) else Operand(e.weight(t.condition)),
    Extremum: extremum,
}


def _picked(tensor: Tensor) -> tuple[Ref | None, tuple[Affine, ...]]:
    if isinstance(tensor, Ref):
        return tensor, ()
    if isinstance(tensor, Pick) and isinstance(tensor.argument, Ref) and len(tensor.indices) == len(tensor.argument.shape):
        return tensor.argument, tensor.indices
    return None, ()


def _primes(function: Term) -> tuple[int, Term]:
    if isinstance(function, Mark) and set(function.mark) == {"'"}:
        return len(function.mark), function.base
    if isinstance(function, Sub):
        order, base = _primes(function.base)
        return order, replace(function, base=base)
    return 0, function


def _is_word(function: Term) -> bool:
    """Whether a function is called by a word, and not by a letter with or without scripts."""
    base = function.base if isinstance(function, Sub) else function
    return isinstance(base, Sym) and base.style == "text" and base.name.lower() not in _ANY_FUNCTION


#: Words for an activation that is left open.
_ANY_FUNCTION = frozenset({"act", "activation", "nonlinearity"})
