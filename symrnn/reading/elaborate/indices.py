"""Subscripts, bounds and conditions: what each index letter of a formula counts."""

from __future__ import annotations

from dataclasses import dataclass

from symrnn.language import questions
from symrnn.language.choices import Choices, Inadmissible
from symrnn.language.model import Model, Name, Quantity
from symrnn.language.tensors import Affine, Condition, parts_of, size_of, sized_axis
from symrnn.language.terms import Add, Compare, Mul, Neg, Num, Pow, Sub, Sup, Sym, Term
from symrnn.reading.lexicon import Lexicon
from symrnn.reading.operand import Labels, Operand
from symrnn.reading.operands import Combiner

#: The time of a quantity that is written without one, where no index of the formula can be meant.
SOME_STEP = "τ"


class Unknown(Inadmissible):
    """A letter that nothing defines stands where only a known one can."""


@dataclass
class Variable:
    """An index variable: its unique name, and what it counts once that is known (``time``, ``component`` of an axis).

    `lower` and `upper` are the bounds that are written, where it is bound by a sum or a product.
    """

    name: str
    letter: str
    role: str = ""
    label: str = ""
    bound: bool = False
    lower: Affine | None = None
    upper: Affine | None = None


class Indices:
    """The index letters of one formula, and what each of them counts as far as is known."""

    def __init__(self, model: Model, lexicon: Lexicon, choices: Choices, labels: Labels | None = None) -> None:
        self.model = model
        self.lexicon = lexicon
        self.choices = choices
        self.labels = labels or Labels()
        self.combine = Combiner(choices, self.labels, model.row_vectors, model.batch)
        self.variables: dict[str, Variable] = {}
        self.declared: dict[str, Variable] = {}
        self.unknown: dict[str, Quantity] = {}
        self.count = 0
        self.argument: dict[str, Operand] = {}
        self.inlined: set[str] = set()
        self.counts_components = False
        self.tells_total = False
        self.prefixed: tuple[Name, ...] = ()
        self.arguments: dict[tuple[Name, tuple[Term, ...]], tuple[Term, ...]] = {}

    # ---------------------------------------------------------------------------------------------------- indices

    def index(self, term: Term) -> Affine:
        """A subscript, a bound or a number as an index. Raises Inadmissible."""
        if isinstance(term, Num):
            if term.value.denominator != 1:
                raise Inadmissible(f"the index {term.value} is not whole")
            return Affine((), int(term.value))
        if isinstance(term, Sym):
            return self._letter_index(term)
        if isinstance(term, (Sub, Sup)) and self.lexicon.is_horizon(term):
            self.choices.choose(
                questions.WITH_A_LETTER_BELOW.about(term.base.name if isinstance(term.base, Sym) else ""), ("the last step",)
            )
            return Affine.of(self.model.horizon)
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

    def variables_of(self, index: Affine) -> list[Variable]:
        return [self.declared[name] for name in sorted(index.names()) if name in self.declared]

    def may_be(self, index: Affine, role: str) -> bool:
        names = [name for name, _ in index.terms]
        if role == "time" and any(map(sized_axis, names)):
            return False
        if role == "component" and (self.model.horizon in names or (not names and index.constant < 1)):
            return False
        variables = [self.declared[name] for name in names if name in self.declared]
        if role == "component" and any(v.letter in self.model.time_letters for v in variables):
            return False
        return all(v.role in ("", role) for v in variables)

    def take_role(self, index: Affine, role: str, label: str = "") -> None:
        for variable in self.variables_of(index):
            if variable.role not in ("", role):
                raise Inadmissible(f"{variable.letter} counts {variable.role} steps and components at once")
            variable.role = role
            if label:
                if variable.label and not self.labels.unify(variable.label, label):
                    clash = self.combine.mismatch(f"the index {variable.letter}", (variable.label,), (label,))
                    both = {*parts_of(self.labels.find(variable.label))} & {*parts_of(self.labels.find(label))}
                    raise Inadmissible(str(clash)) if both else clash  # it may be meant for the entries that both have
                variable.label = label

    def elided_time(self) -> Affine:
        """The time of a quantity that was written without one: that of the formula's own free index or of its sum, or some time."""
        open_ones = {v.name: v for v in self.declared.values() if not v.bound and v.name != SOME_STEP}
        names = {name: name for name, v in open_ones.items() if v.role in ("", "time")}
        names |= {letter: v.name for letter, v in self.variables.items() if v.bound and v.role == "time"}
        chosen = self.choices.choose(questions.TIME_LEFT_OUT, (*names, "some step"))
        if chosen == "some step":
            self.declare(SOME_STEP, Variable(SOME_STEP, SOME_STEP, "time"))
            return Affine.of(SOME_STEP)
        self.take_role(Affine.of(names[chosen]), "time")
        return Affine.of(names[chosen])

    def declare(self, letter: str, variable: Variable) -> None:
        """Makes an index variable known under a letter."""
        self.variables.setdefault(letter, variable)
        self.declared.setdefault(variable.name, variable)

    def condition(self, term: Compare) -> Condition:
        """A condition between indices; both sides count the same thing. Raises Inadmissible for one about a set."""
        if term.op == "in":
            raise Inadmissible("nothing says what the set in a condition has in it")
        left, right = self.index(term.left), self.index(term.right)
        sides = [*self.variables_of(left), *self.variables_of(right)]
        role = next((v.role for v in sides if v.role), "")
        label = next((v.label for v in sides if v.label), "")
        if role:
            self.take_role(left, role, label)
            self.take_role(right, role, label)
        return Condition(term.op, left, right)
