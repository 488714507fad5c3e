"""From notation to meaning: a formula becomes a tensor expression under one reading.

Whatever notation leaves open is decided by asking `Choices`; `readings` enumerates all decisions that give a formula a
meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from symrnn.choices import Choices, Inadmissible, explore
from symrnn.claims import Claim, Reading
from symrnn.lexicon import SMALL_GREEK, Lexicon, Occurrence
from symrnn.model import Model, Name, Quantity
from symrnn.operands import Combiner, Labels, Operand
from symrnn.tensors import (
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
    Permute,
    Pick,
    Product,
    Ref,
    Sum,
    Tensor,
    Times,
    Truth,
    arguments,
    size_of,
    substitute,
)
from symrnn.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
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
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    walk,
)

#: How the names of functions in notes map to the functions of the algebras.
FUNCTIONS = {
    "tanh": "tanh",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "sigma": "sigma",
    "sigmoid": "sigma",
    "logistic": "sigma",
}
_MOST_READINGS = 160


class Unknown(Inadmissible):
    """A letter that nothing defines stands where only a known one can."""


@dataclass
class Variable:
    """An index variable: its unique name, and what it counts once that is known (``time``, ``component`` of an axis)."""

    name: str
    letter: str
    role: str = ""
    label: str = ""
    bound: bool = False


def readings(
    relation: Relation, model: Model, lexicon: Lexicon, pinned: Mapping[str, str] | None = None
) -> tuple[list[Reading], list[Inadmissible]]:
    """Every admissible reading of an equation, preferred ones first, and why the other ones are not admissible."""
    admissible: dict[Claim, Reading] = {}
    refused: list[Inadmissible] = []

    def run(choices: Choices) -> Claim:
        return Elaborator(model, lexicon, choices).claim(relation)

    for result, answers in explore(run, _MOST_READINGS, dict(pinned or {})):
        if isinstance(result, Inadmissible):
            refused.append(result)
        elif result not in admissible:
            admissible[result] = Reading(result, tuple(answers.items()))
    return list(admissible.values()), refused


class Elaborator:
    """Gives one formula its meaning, asking `choices` where notation is ambiguous."""

    def __init__(self, model: Model, lexicon: Lexicon, choices: Choices, labels: Labels | None = None) -> None:
        self.model = model
        self.lexicon = lexicon
        self.choices = choices
        self.labels = labels or Labels()
        self.combine = Combiner(choices, self.labels, model.row_vectors)
        self.variables: dict[str, Variable] = {}
        self.declared: dict[str, Variable] = {}
        self.unknown: dict[str, Quantity] = {}
        self._count = 0
        self._argument: dict[str, Operand] = {}
        self._counts_components = False
        self.arguments: dict[tuple[Name, tuple[Term, ...]], tuple[Term, ...]] = {}

    # ------------------------------------------------------------------------------------------------ whole formulas

    def claim(self, relation: Relation) -> Claim:
        """The equation as two tensors of one shape. Raises Inadmissible."""
        for side in (relation.left, relation.right):
            for letter in self.lexicon.free_letters(side):
                if letter not in self.model.sizes:
                    self.declare(letter, Variable(letter, letter))
            self._counts_components = self._counts_components or self._sums_components(side)
        left, right = self.operand(relation.left), self.operand(relation.right)
        a, b = self.combine.equated(left, right)
        resolved = self.resolver()
        free = sorted(a.free | b.free)
        zero = isinstance(relation.right, Num) and relation.right.value == 0
        return Claim(resolved(a), resolved(b), self._free_variables(frozenset(free)), tuple(self._resolved_unknown()), zero)

    def _sums_components(self, term: Term) -> bool:
        """Whether a formula sums over components, so that a number below a letter may be one as well."""
        return any(isinstance(n, Big) and isinstance(n.upper, Sym) and n.upper.name in self.model.sizes for _, n in walk(term))

    def _free_variables(self, names: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
        result = []
        for variable in self.declared.values():
            if variable.name in names:
                label = self.labels.find(variable.label) if variable.label else ""
                result.append((variable.name, variable.role or "time", label))
        return tuple(result)

    def _resolved_unknown(self) -> Iterator[Quantity]:
        for quantity in self.unknown.values():
            yield replace(quantity, shape=self.labels.resolve(quantity.shape))

    def resolver(self) -> Callable[[Tensor], Tensor]:
        """Puts the labels that unification found into a tensor."""
        memo: dict[Tensor, Tensor] = {}

        def resolved(node: Tensor) -> Tensor:
            if node not in memo:
                memo[node] = type(node)(*(change(value) for value in arguments(node)))
            return memo[node]

        def change(value: Any) -> Any:
            if isinstance(value, Tensor):
                return resolved(value)
            if isinstance(value, str):
                return self.labels.find(value)
            if isinstance(value, Affine):
                return Affine(tuple(sorted((self._resolved_name(n), c) for n, c in value.terms)), value.constant)
            if isinstance(value, Condition):
                return Condition(value.op, change(value.left), change(value.right))
            if isinstance(value, tuple):
                return tuple(change(item) for item in value)
            return value

        return resolved

    def _resolved_name(self, name: str) -> str:
        return f"|{self.labels.find(name[1:-1])}|" if name.startswith("|") else name

    def operand(self, term: Term) -> Operand:
        """The meaning of a term. Raises Inadmissible."""
        return _RULES[type(term)](self, term)

    def concrete(self, term: Term) -> Operand:
        """The meaning of a term, a derivative in the layout of the reading."""
        return self.combine.laid_out(self.operand(term))

    # ---------------------------------------------------------------------------------------------------- indices

    def index(self, term: Term) -> Affine:
        """A subscript, a bound or a number as an index. Raises Inadmissible."""
        if isinstance(term, Num):
            if term.value.denominator != 1:
                raise Inadmissible(f"the index {term.value} is not whole")
            return Affine((), int(term.value))
        if isinstance(term, Sym):
            return self._letter_index(term)
        if isinstance(term, Neg):
            return self.index(term.term).scaled(-1)
        if isinstance(term, Add):
            total = Affine()
            for part in term.terms:
                total = total + self.index(part)
            return total
        if isinstance(term, Mul) and len(term.factors) == 2 and isinstance(term.factors[0], Num):
            return self.index(term.factors[1]).scaled(int(term.factors[0].value))
        if isinstance(term, Pow) and isinstance(term.base, Num) and isinstance(term.exponent, Num):
            return Affine((), int(term.base.value) ** min(int(term.exponent.value), 64))
        raise Inadmissible(f"{type(term).__name__} cannot be an index")

    def _letter_index(self, term: Sym) -> Affine:
        letter = term.name
        if letter in self.variables and not term.accent:
            return Affine.of(self.variables[letter].name)
        if letter == self.model.horizon:
            return Affine.of(letter)
        if letter in self.model.sizes:
            return size_of(self.model.sizes[letter])
        if term.style or term.accent:
            raise Inadmissible(f"{letter} is no index")
        self.declare(letter, Variable(letter, letter))
        return Affine.of(letter)

    def _variables_of(self, index: Affine) -> list[Variable]:
        return [self.declared[name] for name in sorted(index.names()) if name in self.declared]

    def _may_be(self, index: Affine, role: str) -> bool:
        if role == "time" and any(name.startswith("|") for name in index.names()):
            return False
        if role == "component" and (self.model.horizon in index.names() or (not index.names() and index.constant < 1)):
            return False
        if role == "component" and any(v.letter in self.model.time_letters for v in self._variables_of(index)):
            return False
        return all(v.role in ("", role) for v in self._variables_of(index))

    def _take_role(self, index: Affine, role: str, label: str = "") -> None:
        for variable in self._variables_of(index):
            if variable.role not in ("", role):
                raise Inadmissible(f"{variable.letter} counts {variable.role} steps and components at once")
            variable.role = role
            if label:
                if variable.label and not self.labels.unify(variable.label, label):
                    raise self.combine.mismatch(f"the index {variable.letter}", (variable.label,), (label,))
                variable.label = label

    def elided_time(self) -> Affine:
        """The time of a quantity that was written without one: that of the formula's own free index, or some time."""
        open_ones = {v.name: v for v in self.declared.values() if not v.bound and v.name != "τ"}
        names = [name for name, v in open_ones.items() if v.role in ("", "time")]
        chosen = self.choices.choose("time left out", (*names, "some step"))
        if chosen == "some step":
            self.declare("τ", Variable("τ", "τ", "time"))
            return Affine.of("τ")
        self._take_role(Affine.of(chosen), "time")
        return Affine.of(chosen)

    def declare(self, letter: str, variable: Variable) -> None:
        """Makes an index variable known under a letter."""
        self.variables.setdefault(letter, variable)
        self.declared.setdefault(variable.name, variable)

    # --------------------------------------------------------------------------------------------------- quantities

    def quantity(self, term: Term) -> Operand | None:
        """A letter with scripts as a quantity of the model; None when the term is something else."""
        found = self.lexicon.occurrence(term)
        if found is None:
            return None
        known = self.model.named(found.name)
        if not known and self._is_special(found):
            return None
        if not known:
            known = self._unknown(found)
        if not found.indices:
            return self._bare(known)
        return self._indexed(known, found)

    def _is_special(self, found: Occurrence) -> bool:
        """Letters with a fixed meaning unless the document uses them for a quantity: I, an index as a number, delta_{ij}."""
        if not found.indices and not found.name.accent and not found.name.suffix:
            return found.name.letter in ({"I", self.model.horizon} | set(self.model.sizes) | set(self.variables))
        return found.name.letter == "delta" and len(found.indices) == 2

    def _unknown(self, found: Occurrence) -> dict[bool, Quantity]:
        """A quantity that nothing defines: free, of a rank that its letter suggests."""
        key = f"unknown {found.name}"
        if key not in self.unknown:
            if found.name.letter in self.variables:
                raise Unknown(f"the index {found.name.letter} is used as a quantity")
            timed = any(self._looks_timed(i) for i in found.indices)
            rank = int(self.choices.choose(f"rank of {found.name.text}", tuple(map(str, _likely_ranks(found.name, timed)))))
            shape = tuple(self.labels.fresh() for _ in range(max(rank, len(found.indices) - timed)))
            self.unknown[key] = Quantity(key, found.name, timed, shape)
        return {self.unknown[key].timed: self.unknown[key]}

    def _looks_timed(self, index: Term) -> bool:
        return bool({n.name for n in _symbols(index)} & self.lexicon.times) or isinstance(index, Num)

    def _bare(self, known: dict[bool, Quantity]) -> Operand:
        quantity = known.get(False)
        if quantity is not None and self._means_one_step(known):
            quantity = None
        if quantity is not None:
            return Operand(Ref(quantity.key, None, quantity.shape))
        timed = known[True]
        return Operand(Ref(timed.key, self.elided_time(), timed.shape))

    def _means_one_step(self, known: dict[bool, Quantity]) -> bool:
        """Whether a bare letter that names both a total and a value per step means the latter (only where time is left out)."""
        if True not in known:
            return False
        options = ("the total", "its value at one step") if "τ" in self.declared else ("the total",)
        return self.choices.choose(f"{known[True].text} without an index", options) != "the total"

    def _indexed(self, known: dict[bool, Quantity], found: Occurrence) -> Operand:
        indices = [self.index(i) for i in found.indices]
        options = dict(self._ways(known, indices, found.raised))
        letters = ", ".join(_plain(i) for i in found.indices)
        chosen = self.choices.choose(f"subscript {letters} of {found.name.text}", tuple(options))
        if chosen not in options:
            raise Inadmissible(f"{chosen} does not fit {found.name.text}")
        return options[chosen]()

    def _ways(
        self, known: dict[bool, Quantity], indices: list[Affine], raised: bool
    ) -> Iterator[tuple[str, Callable[[], Operand]]]:
        """The ways to read a list of subscripts: what each counts, and the operand that results."""
        timed, untimed = known.get(True), known.get(False)
        if timed is not None:
            yield from self._timed_ways(timed, indices, raised)
        if untimed is not None and len(indices) <= len(untimed.shape) and self._all_may_be(indices, "component"):
            yield "component", partial(self._component, Ref(untimed.key, None, untimed.shape), indices)

    def _timed_ways(self, quantity: Quantity, indices: list[Affine], raised: bool) -> Iterator[tuple[str, Callable[[], Operand]]]:
        rank = len(quantity.shape)
        places = [len(indices) - 1] if raised else [0, len(indices) - 1] if len(indices) > 1 else [0]
        if rank >= len(indices) - 1:
            for place in dict.fromkeys(places):
                rest = [*indices[:place], *indices[place + 1 :]]
                if self._may_be(indices[place], "time") and self._all_may_be(rest, "component"):
                    name = "time" if not rest else "time, component" if place == 0 else "component, time"
                    yield name, partial(self._at, quantity, indices[place], rest)
        lettered = self._counts_components or all(i.names() for i in indices)
        if lettered and 1 <= len(indices) <= rank and not raised and self._all_may_be(indices, "component"):
            yield "component", partial(self._at_some_time, quantity, indices)
        if rank == 0 and len(indices) == 1 and self._may_be(indices[0], "component") and indices[0].names():
            summands = self._summands(quantity)
            if summands is not None:
                yield "term of the sum over components", partial(self._term_of, summands, indices[0])

    def _all_may_be(self, indices: list[Affine], role: str) -> bool:
        return all(self._may_be(i, role) for i in indices)

    def _at(self, quantity: Quantity, time: Affine, components: list[Affine]) -> Operand:
        self._take_role(time, "time")
        return self._component(Ref(quantity.key, time, quantity.shape), components)

    def _component(self, tensor: Tensor, indices: list[Affine]) -> Operand:
        for index, label in zip(indices, tensor.shape, strict=False):
            self._take_role(index, "component", label)
        return Operand(Pick(tensor, tuple(indices)) if indices else tensor)

    def _summands(self, quantity: Quantity) -> Tensor | None:
        """The vector whose entries a scalar definition adds up (``L_t = -y_t log p_t`` as a sum over classes)."""
        definition = quantity.definition
        return None if definition is None else summands(definition)

    def _at_some_time(self, quantity: Quantity, components: list[Affine]) -> Operand:
        return self._component(Ref(quantity.key, self.elided_time(), quantity.shape), components)

    def _term_of(self, vector: Tensor, index: Affine) -> Operand:
        from_time = self.elided_time()
        return self._component(substitute(vector, {"t": from_time}), [index])

    # ----------------------------------------------------------------------------------------------- sums, products

    def big(self, term: Big) -> Operand:
        """An indexed sum or ordered product."""
        letter = term.index.name if isinstance(term.index, Sym) else ""
        if not letter:
            raise Inadmissible("a sum over something that is no letter")
        lower = None if term.lower is None else self.index(term.lower)
        upper = None if term.upper is None else self.index(term.upper)
        outer = self.variables.get(letter)
        self._count += 1
        variable = Variable(f"{letter}#{self._count}", letter, bound=True)
        self.variables[letter] = self.declared[variable.name] = variable
        try:
            self._role_from_bounds(variable, lower, upper)
            conditions = [self.condition(c) for c in term.conditions]
            body = self.operand(term.body)
            return self._closed(term, variable, lower, upper, conditions, body)
        finally:
            self._restore(letter, outer)

    def _restore(self, letter: str, outer: Variable | None) -> None:
        if outer is None:
            del self.variables[letter]
        else:
            self.variables[letter] = outer

    def _role_from_bounds(self, variable: Variable, lower: Affine | None, upper: Affine | None) -> None:
        for bound in (lower, upper):
            if bound is None:
                continue
            if self.model.horizon in bound.names() or any(v.role == "time" for v in self._variables_of(bound)):
                variable.role = "time"
            if any(name.startswith("|") for name in bound.names()):
                variable.role = "component"
        if lower is not None and not lower.names() and lower.constant < 1 and not variable.role:
            variable.role = "time"

    def condition(self, term: Compare) -> Condition:
        """A condition between indices; both sides count the same thing."""
        left, right = self.index(term.left), self.index(term.right)
        sides = [*self._variables_of(left), *self._variables_of(right)]
        role = next((v.role for v in sides if v.role), "")
        label = next((v.label for v in sides if v.label), "")
        if role:
            self._take_role(left, role, label)
            self._take_role(right, role, label)
        return Condition(term.op, left, right)

    def _closed(
        self,
        term: Big,
        variable: Variable,
        lower: Affine | None,
        upper: Affine | None,
        conditions: list[Condition],
        body: Operand,
    ) -> Operand:
        for compare in term.conditions:
            self.condition(compare)
        falling = _falls(term, lower, upper)
        if falling and lower is not None:
            lower, upper = upper, lower
        lower, upper, conditions, falling_chain = self._bounds(variable, lower, upper, conditions)
        for bound in (lower, upper):
            self._take_role(bound, variable.role or "time", "")
        if term.kind == "sum":
            return self._summed(variable, lower, upper, tuple(conditions), body)
        if conditions:
            raise Inadmissible("a product with a condition that is no bound")
        return self._multiplied(variable, lower, upper, falling or falling_chain, body)

    def _bounds(
        self, variable: Variable, lower: Affine | None, upper: Affine | None, conditions: list[Condition]
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
            last = Affine.of(self.model.horizon, self.model.horizon_offset)
            whole = (Affine((), self.model.first), last)
        return lower or whole[0], upper or whole[1], rest, descending

    def _summed(
        self, variable: Variable, lower: Affine, upper: Affine, conditions: tuple[Condition, ...], body: Operand
    ) -> Operand:
        if body.bottom is not None and variable.name in body.bottom.free:
            body = self.combine.laid_out(body)
        top = body.top if body.top is not None and variable.name not in body.top.free else None
        total = Sum(variable.name, lower, upper, conditions, body.tensor)
        return Operand(total, body.side, top, body.bottom)

    def _multiplied(self, variable: Variable, lower: Affine, upper: Affine, falling: bool, body: Operand) -> Operand:
        name = variable.name
        chain = self._telescoped(name, lower, upper, body)
        if chain is not None:
            return chain
        body = self.combine.laid_out(body)
        if body.rank not in (0, 2):
            raise Inadmissible(f"a product of factors of shape {self.combine.text(body.tensor.shape)}")
        if body.rank == 2:
            self.combine.meet("factors of an ordered product", body.tensor.shape[:1], body.tensor.shape[1:])
            if not falling:
                order = self.choices.choose("order of Π", ("rising from left to right", "falling from left to right"))
                falling = order.startswith("falling")
        return Operand(Product(name, lower, upper, falling and body.rank == 2, body.tensor), number=False)

    def _telescoped(self, name: str, lower: Affine, upper: Affine, body: Operand) -> Operand | None:
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

    # ------------------------------------------------------------------------------------------------- derivatives

    def derivative(self, term: Deriv) -> Operand:
        """A derivative: of a formula, by a quantity or by a component of one."""
        explicit = term.sign == "partial+" or isinstance(term.numerator, Mark)
        below = term.denominator
        numerator = self.concrete(term.numerator)
        wrt = self.quantity(below)
        if wrt is None:
            raise Inadmissible("a derivative by something that is no quantity")
        ref, picks = _picked(wrt.tensor)
        if ref is None:
            raise Inadmissible("a derivative by something that is no quantity")
        tensor: Tensor = Jac(numerator.tensor, ref, explicit)
        if picks:
            count = numerator.rank
            order = (*range(count, count + len(ref.shape)), *range(count))
            return Operand(Pick(Permute(tensor, order) if count else tensor, picks), numerator.side)
        if not ref.shape:
            return Operand(tensor, numerator.side)
        return Operand(tensor, "", numerator.tensor, ref)

    # --------------------------------------------------------------------------------------------------- functions

    def applied(self, term: Apply) -> Operand:
        """A function of one argument."""
        order, function = _primes(term.function)
        name = function.name if isinstance(function, Sym) else ""
        if name in self.model.functions and not order:
            return self._inlined(name, term)
        argument = self.concrete(term.argument)
        special = {
            "softmax": self.combine.softmax,
            "diag": self.combine.diagonal,
            "tr": self.combine.trace,
            "trace": self.combine.trace,
            "Tr": self.combine.trace,
        }.get(name)
        if special is not None and not order:
            return special(argument)
        if not name:
            raise Inadmissible("an application of something that is no function")
        return Operand(Map(FUNCTIONS.get(name, name), order, argument.tensor), argument.side)

    def _inlined(self, name: str, term: Apply) -> Operand:
        parameter, body = self.model.functions[name]
        self._argument[parameter.name] = self.concrete(term.argument)
        try:
            return self.operand(body)
        finally:
            del self._argument[parameter.name]


# --------------------------------------------------------------------------------------------------------- rules


def _number(e: Elaborator, term: Num) -> Operand:
    return Operand(Const(term.value), number=True)


def _symbol(e: Elaborator, term: Term) -> Operand:
    if isinstance(term, Sym) and term.name in e._argument:
        return e._argument[term.name]
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
    letters = [i for script in term.indices for i in (script.factors if isinstance(script, Mul) else (script,))]
    indices = [e.index(i) for i in letters]
    if isinstance(term.base, Sym) and term.base.name == "delta" and len(indices) == 2:
        e.condition(Compare("=", letters[0], letters[1]))
        return Operand(Truth(Condition("=", indices[0], indices[1])))
    base = e.concrete(term.base)
    if not 1 <= len(indices) <= base.rank:
        raise Inadmissible(f"{len(indices)} subscripts on an operand of shape {e.combine.text(base.tensor.shape)}")
    return e._component(base.tensor, indices)


def _given(e: Elaborator, term: Given) -> Operand:
    """``E_t(y_t, p_t)`` is the quantity E_t; its arguments only say what it depends on, so they must always be the same."""
    found = e.lexicon.occurrence(term.base)
    if found is None or not e.model.named(found.name):
        raise Inadmissible("a function of several arguments that nothing defines")
    if e.arguments.setdefault((found.name, found.indices), term.arguments) != term.arguments:
        raise Inadmissible(f"{found.name.text} with different arguments")
    return e.operand(term.base)


def _power(e: Elaborator, term: Pow) -> Operand:
    if isinstance(term.base, Sym) and term.base.name == "e" and not e.model.named(Name("e")):
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


def _squared_norm(e: Elaborator, norm: Norm, exponent: int) -> Operand:
    if exponent != 2:
        raise Inadmissible("a power of a norm other than its square")
    inner = e.concrete(norm.term)
    return Operand(Dot(inner.tensor, inner.tensor, inner.rank))


def _symbolic_power(e: Elaborator, term: Pow) -> Operand:
    """``W^{t-k}``: a repeated product."""
    base = e.concrete(term.base)
    if base.rank != 2:
        raise Inadmissible("a power whose exponent is no whole number")
    e.combine.meet("a power of a matrix", base.tensor.shape[:1], base.tensor.shape[1:])
    e._count += 1
    return Operand(Product(f"power#{e._count}", Affine((), 1), e.index(term.exponent), False, base.tensor))


def _negative(e: Elaborator, term: Neg) -> Operand:
    return e.combine.scaled(Operand(Const(Fraction(-1)), number=True), e.operand(term.term))


def _add(e: Elaborator, term: Add) -> Operand:
    if any(isinstance(_unsigned(t), Ellipsis) for t in term.terms):
        return _with_ellipsis(e, term)
    return e.combine.sum([e.operand(t) for t in term.terms])


def _unsigned(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else term


def _with_ellipsis(e: Elaborator, term: Add) -> Operand:
    """``L_0 + L_1 + ... + L_T``: the sum over the one place in which the terms differ."""
    position = next((n for n, t in enumerate(term.terms) if isinstance(t, Ellipsis)), None)
    if position is None:
        raise Inadmissible("an ellipsis that is subtracted")
    before, after = term.terms[:position], term.terms[position + 1 :]
    if len(after) != 1 or not before:
        raise Inadmissible("an ellipsis without a first and a last term")
    index = Sym("ellipsis", style="index")
    first, last = _differing(before[0], after[0])
    body = _generalised(before[0], after[0], index)
    for step, shown in enumerate(before[1:], start=1):
        if _differing(before[0], shown) != (first, _shifted(first, step)):
            raise Inadmissible("the terms around the ellipsis do not follow a pattern")
    return e.operand(Big("sum", index, first, last, (), body))


def _shifted(index: Term, by: int) -> Term:
    if isinstance(index, Num):
        return Num(index.value + by)
    return Add((index, Num(Fraction(by))))


def _differing(a: Term, b: Term) -> tuple[Term, Term]:
    """The two subterms in which two terms differ. Raises Inadmissible if they differ in more than one way."""
    pairs = set(_differences(a, b))
    if len(pairs) != 1:
        raise Inadmissible("the terms around the ellipsis do not follow a pattern")
    return pairs.pop()


def _differences(a: Any, b: Any) -> Iterator[tuple[Term, Term]]:
    if a == b:
        return
    if (type(a) is type(b) and isinstance(a, Sub) and a.base == b.base and len(a.indices) == len(b.indices)) or (
        type(a) is type(b) and isinstance(a, Sup) and a.base == b.base and len(a.indices) == len(b.indices)
    ):
        yield from ((x, y) for x, y in zip(a.indices, b.indices, strict=True) if x != y)
    elif type(a) is type(b) and isinstance(a, Term):
        for field in type(a).__dataclass_fields__:
            yield from _differences(getattr(a, field), getattr(b, field))
    elif isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        for x, y in zip(a, b, strict=True):
            yield from _differences(x, y)
    else:
        raise Inadmissible("the terms around the ellipsis do not follow a pattern")


def _generalised(a: Any, b: Any, index: Term) -> Any:
    """`a` with `index` where it differs from `b`."""
    if a == b:
        return a
    if isinstance(a, (Sub, Sup)) and a.base == b.base:
        return type(a)(a.base, tuple(x if x == y else index for x, y in zip(a.indices, b.indices, strict=True)))
    if isinstance(a, Term):
        return type(a)(*(_generalised(getattr(a, f), getattr(b, f), index) for f in type(a).__dataclass_fields__))
    return tuple(_generalised(x, y, index) for x, y in zip(a, b, strict=True))


def _product(e: Elaborator, term: Mul) -> Operand:
    return e.combine.product([e.operand(factor) for factor in term.factors])


def _hadamard(e: Elaborator, term: Hadamard) -> Operand:
    result = e.operand(term.factors[0])
    for factor in term.factors[1:]:
        result = e.combine.hadamard(result, e.operand(factor))
    return result


def _outer(e: Elaborator, term: Outer) -> Operand:
    result = e.operand(term.factors[0])
    for factor in term.factors[1:]:
        result = e.combine.outer(result, e.operand(factor))
    return result


def _cases(e: Elaborator, term: Cases) -> Operand:
    branches = [(e.concrete(value), tuple(e.condition(c) for c in conditions)) for value, conditions in term.branches]
    for compare in (c for _, conditions in term.branches for c in conditions):
        e.condition(compare)
    shape = max((b.tensor.shape for b, _ in branches), key=len)
    return Operand(Choose(tuple((e.combine.broadcast(b, shape, "cases"), c) for b, c in branches)))


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
    Norm: _nothing,
    Compare: _nothing,
    Elided: _nothing,
    Ellipsis: _nothing,
    Big: lambda e, t: e.big(t),
    Deriv: lambda e, t: e.derivative(t),
    Cases: _cases,
    Indicator: lambda e, t: Operand(Truth(e.condition(t.condition))),
}

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


# ------------------------------------------------------------------------------------------------------ small helpers


def summands(definition: Tensor) -> Tensor | None:
    """The vector that a scalar expression sums: of v . w the elementwise product, of a sum over components its terms."""
    if isinstance(definition, Dot) and not definition.left.shape and definition.axes == 0:
        inner = summands(definition.right)
        return None if inner is None else Dot(definition.left, inner, 0)
    if isinstance(definition, Dot) and definition.axes == 1 and len(definition.left.shape) == len(definition.right.shape) == 1:
        return Times(definition.left, definition.right)
    if isinstance(definition, Sum) and definition.upper.names() and all(n.startswith("|") for n in definition.upper.names()):
        label = next(iter(definition.upper.names()))[1:-1]
        return Build(definition.variable, label, definition.body)
    return None


def _picked(tensor: Tensor) -> tuple[Ref | None, tuple[Affine, ...]]:
    if isinstance(tensor, Ref):
        return tensor, ()
    if isinstance(tensor, Pick) and isinstance(tensor.argument, Ref) and len(tensor.indices) == len(tensor.argument.shape):
        return tensor.argument, tensor.indices
    return None, ()


def _primes(function: Term) -> tuple[int, Term]:
    if isinstance(function, Mark) and set(function.mark) == {"'"}:
        return len(function.mark), function.base
    return 0, function


def _falls(term: Big, lower: Affine | None, upper: Affine | None) -> bool:
    """Whether bounds are written from the larger to the smaller: ``m = t`` below and ``k + 1`` above."""
    if term.kind != "prod" or lower is None or upper is None or not lower.names() or not upper.names():
        return False
    return upper.constant > lower.constant


def _symbols(term: Term) -> Iterator[Sym]:
    return (node for _, node in walk(term) if isinstance(node, Sym))


def _plain(term: Term) -> str:
    if isinstance(term, Num):
        return str(term.value)
    if isinstance(term, Sym):
        return term.name
    if isinstance(term, Neg):
        return "-" + _plain(term.term)
    if isinstance(term, Add):
        return "+".join(_plain(t) for t in term.terms).replace("+-", "-")
    return type(term).__name__.lower()


def _likely_ranks(name: Name, timed: bool) -> tuple[int, ...]:
    if timed:
        return (1, 0)
    if name.letter in SMALL_GREEK:
        return (0,)
    if name.letter[:1].isupper():
        return (2, 1, 0)
    return (1, 0)
