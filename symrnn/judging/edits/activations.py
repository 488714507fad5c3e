"""Edits of activations and gates: a missing slope or square, the slope of another function, a function applied twice, z for 1 - z."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.judging import mistakes
from symrnn.judging.edits.bounds import shift
from symrnn.judging.edits.setting import Change, Setting
from symrnn.judging.mistakes import Mistake
from symrnn.judging.verdict import Edit, Exchange
from symrnn.language.functions import derivative_polynomial, meaning, quadratic
from symrnn.language.model import Quantity
from symrnn.language.parts import ONE, TWO, complement, slopes_in, unsigned
from symrnn.language.tensors import Map, Ref, Times, mentioned
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import Add, Apply, Hadamard, Mark, Mul, Neg, Num, Pow, Relation, Sym, Term, rebuilt, replace_at, walk
from symrnn.notation.said import one_by_one, said

Edits = Iterator[tuple[Term, Edit]]


@dataclass(frozen=True)
class Activation:
    """A function in the definition of a quantity: what it gives or what it takes, where these have a letter."""

    function: str
    value: Quantity | None
    argument: Quantity | None

    @property
    def shape(self) -> tuple[str, ...]:
        named = self.value or self.argument
        return () if named is None else named.shape

    def slope(self, time: Term, setting: Setting) -> Term:
        """Its derivative as a formula: as the document writes it with a prime, else in its value where that has a letter and the formula
        is known."""
        if self.argument is not None and self.function in setting.hand.primed:
            return Apply(setting.hand.primed[self.function], setting.written(self.argument, time))
        if self.value is not None and quadratic(self.function):
            return slope_of(self.function, setting.written(self.value, time), bool(self.shape))
        assert self.argument is not None
        argument = setting.written(self.argument, time)
        if self.function == "tanh":
            return slope_of("tanh", Apply(Sym("tanh"), argument), wide=True)
        return Apply(Mark(Sym(self.function), "'"), argument)


def activations(setting: Setting) -> Iterator[Activation]:
    """The functions in the definitions whose derivative can be written in a letter."""
    for quantity in setting.model.quantities.values():
        for node in walk_tensor(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Map) and node.function not in ("log", "exp") and not node.order:
                value = quantity if node is quantity.definition else None
                taken = node.argument
                argument = setting.model.quantities[taken.quantity] if isinstance(taken, Ref) else None
                if argument is not None or (value is not None and quadratic(node.function)):
                    yield Activation(node.function, value, argument)


def slope_of(function: str, value: Term, wide: bool) -> Term:
    """The derivative of a function, a polynomial in its value, such as 1 - h² and h ⊙ (1 - h): of vectors with `wide`."""
    return _polynomial(derivative_polynomial(function, 1) or (), value, wide)


def _polynomial(coefficients: tuple[int, ...], value: Term, wide: bool) -> Term:
    """A polynomial in a value, a power of the value that divides it in front."""
    if not coefficients[0]:
        factors = (value, _polynomial(coefficients[1:], value, wide))
        return Hadamard(factors) if wide else Mul(factors)
    powers = (ONE, value, *(Pow(value, Num(Fraction(n))) for n in range(2, len(coefficients))))
    return Add(tuple(_multiple(c, power) for c, power in zip(coefficients, powers, strict=False) if c))


def _multiple(factor: int, power: Term) -> Term:
    size = abs(factor)
    whole = power if size == 1 else Num(Fraction(size)) if power == ONE else Mul((Num(Fraction(size)), power))
    return whole if factor > 0 else Neg(whole)


def activation_edits(node: Term, setting: Setting) -> Edits:
    """Edits of one subterm that is (part of) the derivative of an activation, or a gate."""
    yield from _squares(node, setting)
    yield from _other_slopes(node, setting)
    yield from _complements(node, setting)
    yield from _unapplied(node, setting)
    yield from weighed_wholes(node, setting)


def _squares(node: Term, setting: Setting) -> Edits:
    """``1 - h`` for ``1 - h^2``, and the other way round."""
    if not isinstance(node, Add) or ONE not in node.terms:
        return
    for position, term in enumerate(node.terms):
        for new, name in _other_powers(unsigned(term), setting):
            signed = Neg(new) if isinstance(term, Neg) else new
            whole = replace(node, terms=(*node.terms[:position], signed, *node.terms[position + 1 :]))
            yield whole, Edit(name, Exchange(unsigned(term), new))


def _other_powers(term: Term, setting: Setting) -> Iterator[tuple[Term, Mistake]]:
    if isinstance(term, Pow) and isinstance(term.exponent, Num):
        if term.exponent != TWO:
            yield Pow(term.base, TWO), mistakes.POWER
        else:
            yield term.base, mistakes.SQUARE_EXTRA
    elif isinstance(term, Apply) or setting.quantity(term) is not None:
        yield Pow(term, TWO), mistakes.SQUARE


def _other_slopes(node: Term, setting: Setting) -> Edits:
    """``1 - f^2`` for a gate that is a σ, ``h(1 - h)`` for a state that is a tanh, ``1 - c^2`` where tanh(c) is meant; the slope for
    the value, ``1 - \\tanh^2(c)`` for ``\\tanh(c)``."""
    for part, value, found in slopes_in(node):
        if isinstance(value, Apply):
            yield _put(node, part, value), Edit(mistakes.FUNCTION, Exchange(part, value))
        quantity = setting.quantity(value)
        if quantity is None:
            continue
        definition = quantity.definition
        if isinstance(definition, Map) and quadratic(definition.function) and definition.function != found:
            new = slope_of(definition.function, value, bool(quantity.shape))
            yield _put(node, part, new), Edit(mistakes.OTHER_SLOPE, Exchange(part, new))
        for other in activations(setting) if found == "tanh" else ():
            if other.value is None and other.argument == quantity and other.function == "tanh":
                new = Add((ONE, Neg(Pow(Apply(Sym("tanh"), value), TWO))))
                yield _put(node, part, new), Edit(mistakes.ACTIVATION, Exchange(part, new))


def _put(node: Term, part: Term, new: Term) -> Term:
    """A term with a part of it (all of it, or some factors) replaced."""
    if node == part or not isinstance(node, (Hadamard, Mul)) or not isinstance(part, (Hadamard, Mul)):
        return new
    first = node.factors.index(part.factors[0])
    kept = [new if n == first else f for n, f in enumerate(node.factors) if n == first or f not in part.factors]
    return kept[0] if len(kept) == 1 else replace(node, factors=tuple(kept))


def _unapplied(node: Term, setting: Setting) -> Edits:
    """``c`` where tanh(c) is meant, for what the definitions put through a function that has no letter."""
    quantity = setting.quantity(node)
    for activation in activations(setting) if quantity is not None else ():
        if activation.argument == quantity and activation.value is None:
            new = Apply(Sym(activation.function), node)
            yield new, Edit(mistakes.ACTIVATION, Exchange(node, new))


def _complements(node: Term, setting: Setting) -> Edits:
    """A gate for what it leaves: ``z`` for ``1 - z``."""
    new = complement(node)
    if is_gate_like(node, setting):
        yield new, Edit(mistakes.COMPLEMENT, Exchange(node, new))


def is_gate(quantity: Quantity | None) -> bool:
    """Whether a quantity weighs others component by component: a σ, or a vector that nothing defines and that is no target."""
    if quantity is None or len(quantity.shape) > 1:
        return False
    definition = quantity.definition
    if definition is None:
        return not quantity.timed and "classes" not in quantity.shape
    return isinstance(definition, Map) and definition.function == "sigma"


def is_gate_like(term: Term, setting: Setting) -> bool:
    """Whether a term is a gate or what one leaves."""
    return is_gate(setting.quantity(term)) or is_gate(setting.quantity(complement(term)))


def gates_offered(time: Term, setting: Setting) -> Iterator[Term]:
    """The factors that an elementwise product may lack: gates, what they leave, and states that they weigh."""
    weighed = _weighed(setting)
    for quantity in setting.model.quantities.values():
        if is_gate(quantity) and quantity.key in weighed:
            gate = setting.written(quantity, time)
            yield gate
            yield Add((ONE, Neg(gate)))
        elif quantity.key in weighed and len(quantity.shape) <= 1:
            yield setting.written(quantity, time)


def weighed_wholes(node: Term, setting: Setting) -> Edits:
    """``m_t`` for ``h_{t-1}``, where the document names the product of that state with a gate: m_t = r_t ⊙ h_{t-1}."""
    part, found = setting.quantity(node), setting.lexicon.occurrence(node)
    if part is None or found is None or not part.timed or not found.indices:
        return
    time = found.indices[-1 if found.raised else 0]
    for whole in setting.model.quantities.values():
        product = whole.definition
        factors = (product.left, product.right) if isinstance(product, Times) else ()
        for factor, other in zip(factors, factors[::-1], strict=True):
            if isinstance(factor, Ref) and isinstance(other, Ref) and factor.quantity == part.key and factor.time is not None:
                new = setting.written(whole, shift(time, -factor.time.constant))
                name = mistakes.GATE if is_gate(setting.model.quantities[other.quantity]) else mistakes.FACTOR
                yield new, Edit(name, Exchange(node, new))


def _weighed(setting: Setting) -> set[str]:
    """The quantities that stand in elementwise products of definitions."""
    found: set[str] = set()
    for quantity in setting.model.quantities.values():
        for node in walk_tensor(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Times):
                found |= mentioned(node)
    return found


def applied_twice(root: Term, setting: Setting) -> Edits:
    """``1 - tanh^2(h)`` where h is a tanh already, everywhere at once."""
    for application in dict.fromkeys(node for _, node in walk(root) if isinstance(node, Apply)):
        quantity = setting.quantity(application.argument)
        function = application.function.name if isinstance(application.function, Sym) else ""
        definition = quantity.definition if quantity is not None else None
        if isinstance(definition, Map) and definition.function == function:
            places = [path for path, node in walk(root) if node == application]
            new = root
            for path in places:
                new = replace_at(new, path, application.argument)
            change = Exchange(application, application.argument)
            yield new, Edit(mistakes.TWICE, change)


def slopes_at_values(relation: Relation, setting: Setting) -> Change | None:
    """Each slope that is written at what its function gives, ``σ'(o)`` where o = σ(a), as the slope at a; None where there is none."""
    nodes = (node for node in relation.nodes() if isinstance(node, Apply))
    found = {node: new for node in nodes if (new := _slope_at_value(node, setting)) is not None}
    if not found:
        return None

    def meant(term: Term) -> Term:
        if isinstance(term, Apply) and term in found:
            return found[term]
        if not isinstance(term, (Hadamard, Mul)):
            return rebuilt(term, meant)
        beside = isinstance(term, Hadamard) or bool(term.sign)
        parts = [(factor in found and beside, meant(factor)) for factor in term.factors]
        apart = (new.factors if slope and isinstance(new, (Hadamard, Mul)) else (new,) for slope, new in parts)
        return replace(term, factors=tuple(factor for factors in apart for factor in factors))

    changed = relation.changed(meant)
    return Change(
        changed, Edit(mistakes.SLOPE_AT_VALUE, Exchange(said(one_by_one(", ", found)), said(one_by_one(", ", found.values()))))
    )


def _slope_at_value(node: Apply, setting: Setting) -> Term | None:
    """The slope that is meant by one at the value of its function, where that is a formula in the value: code has it so."""
    function, quantity = node.function, setting.quantity(node.argument)
    found = setting.lexicon.occurrence(node.argument)
    if (
        not isinstance(function, Mark)
        or not isinstance(function.base, Sym)
        or quantity is None
        or found is None
        or not found.indices
    ):
        return None
    own = (
        a
        for a in activations(setting)
        if a.value == quantity and a.function == meaning(function.base.name) and quadratic(a.function)
    )
    time = found.indices[-1 if found.raised else 0]
    return next((activation.slope(time, setting) for activation in own), None)
