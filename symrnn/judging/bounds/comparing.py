"""A relation that is no equation as a bound: what its sides are, and what the document says of the letters in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.deciding.decide import dependencies
from symrnn.judging.bounds.magnitudes import (
    Magnitude,
    Magnitudes,
    NoMagnitude,
    Slope,
    What,
    all_times,
    at_most,
    norm_of,
    of_numbers,
)
from symrnn.judging.bounds.numbers import exact
from symrnn.judging.bounds.proving import Bound, BoundProver, Fact
from symrnn.judging.bounds.ranges import Interval, Intervals
from symrnn.language import questions
from symrnn.language.claims import Claim, Reading, extended
from symrnn.language.functions import BY_NAME
from symrnn.language.model import Model
from symrnn.language.parts import contains
from symrnn.language.questions import Answers, Question
from symrnn.language.tensors import Affine, Condition, Const, Diag, Dot, Full, Jac, Map, Plus, Ref, Tensor, mentioned
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import Apply, Deriv, Ellipsis, Mark, Norm, Relation, Sub, Sym, Term, rebuilt
from symrnn.notation.from_tensors import Notation
from symrnn.reading.elaborate import readings
from symrnn.reading.lexicon import Lexicon

#: What the proofs of bounds take the norm for.
SPECTRAL: Answers = ((questions.NORM, "the spectral norm of a matrix, the Euclidean one of a vector"),)
_ONCE = Affine((), 1)
_MINUS = Const(Fraction(-1))
COMPARISONS = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True)
class Compared:
    """Two sides, of which the first one is said to be the smaller one."""

    small: Term
    large: Term
    strict: bool

    @staticmethod
    def of(relation: Relation) -> Compared | None:
        if relation.op not in COMPARISONS:
            return None
        small, large = (relation.right, relation.left) if relation.op[0] == ">" else (relation.left, relation.right)
        return Compared(small, large, "=" not in relation.op)


def _as_equation(claim: Claim, strict: bool) -> Claim:
    """An equation that is true wherever the left side of a claim is at most the right one, or less."""
    excess = Plus((claim.left, Dot(_MINUS, claim.right, 0)))
    if strict:
        one = Full(Fraction(1), claim.left.shape) if claim.left.shape else Const(Fraction(1))
        return replace(claim, left=Map("step", 0, Dot(_MINUS, excess, 0)), right=one)
    return replace(claim, right=Plus((claim.left, Dot(_MINUS, Map("relu", 0, excess), 0))))


def _has_open_function(tensor: Tensor) -> bool:
    """Whether a function stands in it that the document leaves open."""
    return any(isinstance(node, Map) and node.function not in BY_NAME for node in walk_tensor(tensor))


def _is_open_slope(what: What) -> bool:
    """Whether a factor is the derivative of a function that the document leaves open."""
    inner = what.argument if isinstance(what, Diag) else what
    inner = inner.argument if isinstance(inner, Map) and inner.function == "abs" else inner
    return isinstance(inner, Slope) or (isinstance(inner, Map) and inner.order == 1 and inner.function not in BY_NAME)


def _is_largest(function: Term) -> bool:
    """Whether a function takes the largest of some values: ``\\max_i``."""
    base = function.base if isinstance(function, Sub) else function
    return isinstance(base, Sym) and base.name in ("max", "sup")


def _put_in(known: Mapping[What, Magnitude], size: Magnitude) -> Magnitude:
    """A product with what is known of its letters."""
    return all_times(known.get(f.what, Magnitude({f: _ONCE})).raised(exponent) for f, exponent in size.exponents.items())


def _in_order(tensor: Tensor) -> Iterator[Condition]:
    """That what is differentiated is later than what it is differentiated by, where no product says it."""
    for jac in (node for node in walk_tensor(tensor) if isinstance(node, Jac) and isinstance(node.numerator, Ref)):
        late, early = jac.numerator.time if isinstance(jac.numerator, Ref) else None, jac.wrt.time
        if late is not None and early is not None and late.terms != early.terms and "#" not in str(sorted(jac.free)):
            yield Condition("<", early, late)


class Comparer:
    """Judges bounds in one network, by what the document states of its letters."""

    def __init__(
        self,
        model: Model,
        lexicon: Lexicon,
        pinned: Mapping[Question, str],
        derivative: Callable[[Jac], Tensor | None],
        equal: Callable[[Tensor, Tensor], bool],
    ) -> None:
        self.model, self.lexicon, self.pinned = model, lexicon, pinned
        self._derivative, self._equal, self._ranges = derivative, equal, Intervals(model)
        self.facts: list[Fact] = []
        self._names: list[Diag] = []

    # ------------------------------------------------------------------------------------------------------ ranges

    def in_range(self, relation: Relation) -> tuple[Reading, Interval] | None:
        """The reading under which the ranges of functions show that a quantity is so to a number, and its range."""
        for side, number, op in (
            (relation.left, relation.right, relation.op),
            (relation.right, relation.left, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(relation.op, "")),
        ):
            value = exact(number)
            for reading in self._readings(side) if value is not None and op in COMPARISONS else ():
                found = self._ranges_of(reading).of(reading.claim.left)
                if value is not None and found.holds(op, Interval.point(value)):
                    return replace(reading, claim=replace(reading.claim, right=Const(value))), found
        return None

    def of_functions(self, relation: Relation) -> tuple[Reading, ...]:
        """What a bound of the derivative of a function by a number says, each reading as an equation that fails where it does.

        A strict one is a bound only where the other one is true: by < cases are told apart, and saturated units.
        """
        meant = Compared.of(relation)
        if meant is None or exact(meant.large) is None or not contains(meant.small, Mark):
            return ()
        if meant.strict and self.in_range(Relation("<=", meant.small, meant.large)) is None:
            return ()
        applied = Relation("=", self._applied(meant.small), meant.large, relation.conditions)
        found = readings(applied, self.model, self.lexicon, self.pinned)[0]
        if any(_has_open_function(node) for r in found for node in (r.claim.left, r.claim.right)):
            return ()
        return tuple(replace(r, claim=_as_equation(r.claim, meant.strict)) for r in found)

    def of_norms(self, relation: Relation) -> tuple[Reading, ...]:
        """What a bound of norms says of numbers, with its letters as small as what is stated of them allows, as such an equation."""
        sides = self._sides(relation)
        if sides is None:
            return ()
        try:
            known = self._smallest(sides[3])
            left, right = (of_numbers(_put_in(known, size)) for size in sides[:2])
        except NoMagnitude:
            return ()
        variables = tuple((name, "time", "") for name in sorted(left.free | right.free))
        claim = Claim(left, right, variables, within=tuple(_in_order(left)))
        nodes = list(relation.nodes())
        if (
            not any(isinstance(node, (Norm, Deriv)) for node in nodes)
            or not mentioned(left) | mentioned(right) <= self.model.quantities.keys()
        ):
            return ()
        behind = [self.model.quantities[key] for key in dependencies((left, right), self.model)]
        if all(quantity.definition is None for quantity in behind) or any(quantity.special for quantity in behind):
            return ()  # what is said of free letters alone may restrict them; a step with an equation of its own is none that is meant
        defined = [quantity.definition for quantity in behind if quantity.definition is not None]
        if any(map(_has_open_function, defined)):
            return ()  # it may be true of the function that is meant
        return (Reading(_as_equation(claim, sides[2]), SPECTRAL),)

    def _smallest(self, prover: BoundProver) -> dict[What, Magnitude]:
        """Letters with a value that what is stated of them allows: what they bound, or where that changes with the step a bound of it."""
        known: dict[What, Magnitude] = {}
        for fact in self.facts:
            letters, least = [factor.what for factor in fact.large.exponents], prover.at_all_steps(fact.small)
            if least is not None and fact.is_of_letters:
                known |= zip(letters, (least, *[Magnitude()] * len(letters)), strict=False)
        return known

    def _ranges_of(self, reading: Reading) -> Intervals:
        return Intervals(extended(self.model, reading.claim)) if reading.claim.unknown else self._ranges

    def _readings(self, side: Term) -> list[Reading]:
        side = self._applied(side)
        return readings(Relation("=", side, side), self.model, self.lexicon, self.pinned)[0]

    def _applied(self, term: Term) -> Term:
        """A derivative of a function that is written alone, ``\\tanh'`` or ``f'(\\cdot)``, at some letter."""
        if isinstance(term, Apply) and isinstance(term.function, Mark) and isinstance(term.argument, Ellipsis):
            return replace(term, argument=self._any)
        if isinstance(term, Apply):
            return replace(term, argument=self._applied(term.argument))
        if isinstance(term, Mark) and set(term.mark) == {"'"}:
            return Apply(term, self._any)
        return rebuilt(term, self._applied)

    @property
    def _any(self) -> Sym:
        """A letter that the network does not have."""
        taken = {quantity.name.letter for quantity in self.model.quantities.values()}
        return next(Sym(letter) for letter in ("z", "a", "s", "v", "q", "nu") if letter not in taken)

    # ------------------------------------------------------------------------------------------------------- norms

    def compares_a_matrix(self, relation: Relation) -> bool:
        """Whether a side is a matrix, and the other one a number."""
        shapes = [{len(reading.claim.left.shape) for reading in self._readings(side)} for side in relation.sides]
        return shapes in ([{2}, {0}], [{0}, {2}])

    def bound(self, relation: Relation) -> tuple[Bound, Tensor] | None:
        """How a bound follows, with what stands on its smaller side."""
        sides = self._sides(relation)
        if sides is None:
            return None
        small, large, strict, prover = sides
        found = prover.bound(small, large, strict)
        return None if found is None else (found, next((w for w in small.whats if isinstance(w, Tensor)), Const(Fraction(1))))

    def are_equal(self, relation: Relation) -> bool:
        """Whether two products of norms and letters have the same factors: ``\\prod_j \\gamma \\|W\\| = (\\gamma \\|W\\|)^{t-k}``."""
        sides = self._sides(replace(relation, op="<="))
        if sides is None or not (sides[0].exponents and sides[1].exponents):
            return False
        return not sides[0].over(sides[1]).exponents

    def introduced(self, relation: Relation) -> Fact | None:
        """The bound that a relation states of letters that nothing else is said of, or of a function that is left open."""
        sides = self._sides(relation)
        if sides is None:
            return None
        small, large, strict, prover = sides
        said_of = {what for fact in self.facts for what in fact.small.whats | fact.large.whats}
        letters = {what for what in large.whats if isinstance(what, Term)}
        once = {*small.exponents.values(), *large.exponents.values()} <= {_ONCE}
        is_open = bool(small.whats) and all(map(_is_open_slope, small.whats)) and not (strict and not letters)
        is_new = (
            bool(letters) and letters == large.whats and not letters & said_of and any(not isinstance(w, Term) for w in small.whats)
        )
        if (
            not once
            or any(isinstance(what, Fraction) for what in small.whats)
            or not (is_new or (is_open and not letters - said_of))
        ):
            return None
        small = self._opened(small, prover)
        return Fact(small, large, at_most(small, large, prover.write))

    def _opened(self, size: Magnitude, prover: BoundProver) -> Magnitude:
        """A product with the largest slopes of functions, at any argument, for norms of their derivatives."""
        known = {what: largest for what in size.whats if (largest := prover.largest_slope(what)) is not None}
        return _put_in(known, size)

    def stated(self, relation: Relation) -> list[Fact]:
        """What a relation that is taken as given says of a letter: a bound of it, or by it; an equation says both."""
        ops = {"<=": ("<=",), "<": ("<=",), ">=": (">=",), ">": (">=",), "=": ("<=", ">="), ":=": ("<=", ">=")}.get(relation.op, ())
        found = []
        for op in ops:
            sides = self._sides(replace(relation, op=op))
            if sides is None:
                return []
            small, large, _, prover = sides
            small = self._opened(small, prover)
            if any(len(size.exponents) == 1 and isinstance(next(iter(size.whats)), Term) for size in (small, large)):
                found.append(Fact(small, large, at_most(small, large, prover.write)))
        return found

    def valued(self, relation: Relation) -> list[Fact]:
        """What an equation says of a letter that it sets to a number, a norm or the largest of some: ``\\lambda = \\|W\\|``."""
        for letter, value in relation.both_ways:
            if not isinstance(letter, (Sym, Sub)):
                continue
            if isinstance(value, Norm) or exact(value) is not None:
                return self.stated(replace(relation, op="="))
            if isinstance(value, Apply) and isinstance(value.argument, Norm) and _is_largest(value.function):
                return self.stated(replace(relation, op="<=", left=value.argument, right=letter))
        return []

    def _sides(self, relation: Relation) -> tuple[Magnitude, Magnitude, bool, BoundProver] | None:
        meant = Compared.of(relation)
        if meant is None:
            return None
        self._known: dict[Term, Reading] = {}
        sizes = Magnitudes(self._tensor, self._letter)
        try:
            small, large = self._read(meant.small, sizes), sizes.read(meant.large)
        except NoMagnitude:
            return None
        unknown = tuple({q.key: q for reading in self._known.values() for q in reading.claim.unknown}.values())
        model = replace(self.model, quantities={**self.model.quantities, **{q.key: q for q in unknown}})
        write, counts = Notation(model).term, set(sizes.counts)
        prover = BoundProver(Intervals(model), self._derivative, write, self._name, self.facts, counts)
        return small.renamed(self._name), large.renamed(self._name), meant.strict, prover

    def _name(self, what: What) -> What:
        """The first diagonal matrix that was met and is proven equal to one, which may be written in many ways; anything else as it is."""
        if not isinstance(what, Diag):
            return what
        found = next((known for known in self._names if known is what or self._equal(known, what)), None)
        if found is None:
            self._names.append(what)
        return found or what

    def _read(self, term: Term, sizes: Magnitudes) -> Magnitude:
        """A smaller side; that of a number without bars, or of entries, is at most the largest size of them. Raises NoMagnitude."""
        try:
            return sizes.read(term)
        except NoMagnitude:
            tensor = self._tensor(term)
        if len(tensor.shape) > 1:
            raise NoMagnitude
        return norm_of(Diag(tensor) if tensor.shape else tensor)

    def _tensor(self, term: Term) -> Tensor:
        found = self._readings(term)
        if not found:
            raise NoMagnitude
        self._known[term] = found[0]
        return found[0].claim.left

    def _letter(self, term: Term) -> Magnitude | None:
        """The size of a letter that no equation of the network has, or that is a number."""
        found = self.lexicon.occurrence(term) if isinstance(term, (Sym, Sub)) else None
        if found is None:
            return None
        quantities = tuple(self.model.named(found.name).values())
        values = [q.definition.value for q in quantities if isinstance(q.definition, Const)]
        if values:
            return Magnitude.of(values[0]) if values[0] > 0 else None
        used = {key for quantity in self.model.quantities.values() for key in quantity.uses}
        if any(q.definition is not None or q.shape or q.timed or q.key in used for q in quantities):
            return None
        return Magnitude.of(term)
