"""Whether one product of norms is at most another: by norms of products, ranges of slopes and what the document says of its letters.

Each rule replaces a factor by what it is at most: ‖A B‖ ≤ ‖A‖ ‖B‖, ‖diag(v)‖ = max |v_i|, the derivative of a state written out, a
bound that is stated. The norm is one for which all of them hold, as the spectral norm (Horn, Johnson, Matrix Analysis, 5.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symrnn.judging.bounds.magnitudes import STEP, Magnitude, NoMagnitude, Slope, What, at_most, norm_of
from symrnn.judging.bounds.ranges import Intervals, of_function
from symrnn.language.functions import BY_NAME
from symrnn.language.tensors import Affine, Diag, Dot, Eye, Jac, Map, Power, Product, Ref, Tensor, Times, refs_in, walk
from symrnn.language.terms import Term
from symrnn.notation.said import Said

#: So many factors are replaced at most.
_MOST_STEPS = 60


@dataclass(frozen=True)
class Fact:
    """A bound that the document states: of factors, at whatever step, by letters or numbers."""

    small: Magnitude
    large: Magnitude
    said: Said

    def tells_as(self, other: Fact) -> bool:
        """Whether both compare the same with numbers, from the same side."""
        above = self.small.whats == other.small.whats and None not in (self.large.number, other.large.number)
        return above or (self.large.whats == other.large.whats and None not in (self.small.number, other.small.number))

    def is_weaker(self, other: Fact) -> bool:
        """Whether it says no more than one that tells as it does."""
        first, second = self.large.number, other.large.number
        if first is not None and second is not None:
            return first >= second
        first, second = self.small.number, other.small.number
        return first is not None and second is not None and first <= second

    @property
    def is_of_letters(self) -> bool:
        """Whether it lets letters be as large as what they bound, and no larger or smaller than they need be."""
        return bool(self.large.whats) and all(isinstance(what, Term) for what in self.large.whats)


@dataclass
class Bound:
    """How a bound follows: its steps, the stated facts that it uses, and what else it needs, if that."""

    steps: list[Said] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    needs: Said | None = None


@dataclass
class BoundProver:
    """Proves bounds in one network; `derivative` writes one of a state out, by a proven equation, and `write` a tensor; `name` gives
    what is proven equal one name."""

    ranges: Intervals
    derivative: Callable[[Jac], Tensor | None]
    write: Callable[[Tensor], Term]
    name: Callable[[What], What]
    facts: list[Fact]
    #: Numbers of steps that products are taken over: none is negative.
    counts: set[Affine] = field(default_factory=set)
    #: Whether a diagonal matrix may be replaced by the largest number that its entries can be.
    by_ranges: bool = True

    def bound(self, left: Magnitude, right: Magnitude, strict: bool) -> Bound | None:
        """How a product is at most another, or less; None where no rule shows it.

        What a letter is to bound is named as it stands, and not by the number that is the most it can be.
        """
        found = self._bound(left, right, strict)
        if (found is None or found.needs is not None) and any(isinstance(what, Term) for what in right.whats):
            found = replace(self, by_ranges=False)._bound(left, right, strict) or found
        return found

    def _bound(self, left: Magnitude, right: Magnitude, strict: bool) -> Bound | None:
        found = Bound()
        try:
            reduced = self._reduced(left, right, found)
            needs = list(self._left_over(reduced, right, strict))
        except NoMagnitude:
            return None
        if len(needs) > 1 or not all(self._may_be_needed(small, large, reduced, right) for small, large in needs):
            return None
        if needs and not found.steps and not found.facts and set(reduced.exponents.values()) <= {Affine((), 1)}:
            return None  # it would need itself
        for small, large in needs:
            found.needs = at_most(small, large, self.write, strict)
        return found

    def _may_be_needed(self, small: Magnitude, large: Magnitude, left: Magnitude, right: Magnitude) -> bool:
        """Whether a hypothesis is one that a document may mean: on letters of which no more is said, or of weights by a number."""
        if not all(isinstance(what, (Term, Fraction)) for what in large.whats):
            return False
        if any(isinstance(what, Term) for what in large.whats):
            bounding = {what for fact in self.facts if fact.small.number is None for what in fact.large.whats}
            too_many = not small.exponents and large.whats & left.whats
            return not large.whats & bounding and not too_many and all(map(_is_of_a_step, small.whats))
        if all(isinstance(what, Slope) for what in small.whats):
            return True
        return not any(isinstance(what, Tensor) for what in right.whats) and all(map(_is_timeless, small.whats))

    def _reduced(self, left: Magnitude, right: Magnitude, found: Bound) -> Magnitude:
        """A product that is at least the left one, with what the right one has as far as it goes."""
        for _ in range(_MOST_STEPS):
            changed = self._by_fact(left, right, found) or self._by_parts(left, right, found) or self._by_one(left, right, found)
            if changed is None:
                return left
            left = changed
        raise NoMagnitude

    def _by_fact(self, left: Magnitude, right: Magnitude, found: Bound) -> Magnitude | None:
        for fact in sorted(self.facts, key=lambda fact: not fact.is_of_letters):  # what has the letters of the right side first
            large = {what for what in fact.large.whats if not isinstance(what, Fraction)}
            matched = [f for what in fact.small.whats for f in left.exponents if f.what == what and f not in right.exponents]
            if not matched or not large <= right.whats or len(matched) != len(fact.small.exponents):
                continue
            counts = {left.count_of(f) for f in matched}
            if len(counts) == 1 and self._is_positive(next(iter(counts))):
                found.facts.append(fact)
                return left.over(Magnitude({f: left.exponents[f] for f in matched})).times(fact.large.raised(counts.pop()))
        return None

    def _by_one(self, left: Magnitude, right: Magnitude, found: Bound) -> Magnitude | None:
        """With a letter that is at least 1, where the right side has it and the left one does not."""
        for fact in (fact for fact in self.facts if not fact.small.exponents):
            missing = {f: e for f, e in right.exponents.items() if f.what in fact.large.whats and f not in left.exponents}
            if len(missing) == len(fact.large.exponents) and all(map(self._is_positive, missing.values())):
                found.facts.append(fact)
                return left.times(Magnitude(missing))
        return None

    def _is_positive(self, count: Affine) -> bool:
        return count in self.counts if count.terms else count.constant > 0

    def _by_parts(self, left: Magnitude, right: Magnitude, found: Bound) -> Magnitude | None:
        for factor, exponent in left.exponents.items():
            wanted = factor not in right.exponents and self._is_positive(left.count_of(factor))
            parts = self._parts(factor.what) if wanted else None
            if parts is None:
                continue
            parts = parts.renamed(self.name)
            found.steps.append(at_most(Magnitude.of(factor.what), parts, self.write))
            if factor.lower is not None and factor.upper is not None:
                parts = parts.at_each(STEP, factor.lower, factor.upper)
            return left.over(Magnitude({factor: exponent})).times(parts.raised(exponent))
        return None

    def at_all_steps(self, size: Magnitude) -> Magnitude | None:
        """A product that is at least this one at every step, and does not depend on one; None where none is known."""
        made = Magnitude()
        for factor, exponent in size.exponents.items():
            parts = Magnitude({factor: exponent}) if factor.lower is None else self._parts(factor.what)
            if parts is None or any(part.lower is not None for part in parts.exponents):
                return None
            made = made.times(parts)
        return made

    def _parts(self, what: What) -> Magnitude | None:
        """What a norm is at most."""
        match what:
            case Product(variable, lower, upper, _, body):
                self.counts.add(upper - lower + 1)
                return norm_of(body).at_each(variable, lower, upper)
            case Jac():
                written = self.derivative(what)
                return None if written is None else norm_of(written)
            case Diag(argument):
                return self._largest_entry(argument)
            case Eye():
                return Magnitude()
            case Times(a, b) if what.shape:
                found = ((self._largest_entry(weights), rest) for weights, rest in ((a, b), (b, a)))
                return next((largest.times(norm_of(rest)) for largest, rest in found if largest is not None), None)
            case Dot(a, b, axes) if axes < 2 and len(a.shape) < 3 and len(b.shape) < 3:
                return norm_of(a).times(norm_of(b))
            case Times(a, b):
                return norm_of(a).times(norm_of(b))
            case Power(base, exponent) if not what.shape and exponent > 0:
                return norm_of(base).raised(Affine((), exponent))
            case Tensor() if not what.shape:
                return self._largest_entry(what)
        return None

    def _left_over(self, left: Magnitude, right: Magnitude, strict: bool) -> Iterator[tuple[Magnitude, Magnitude]]:
        """What is still to be shown, one product at most another, where neither has what the other one has. Raises NoMagnitude.

        What stands to one power that counts steps is shown for one step; numbers are compared.
        """
        small: dict[Affine, Magnitude] = {}
        large: dict[Affine, Magnitude] = {}
        for factor, exponent in left.over(right).exponents.items():
            if exponent.terms and factor in left.exponents and factor in right.exponents:
                raise NoMagnitude
            side = small if (factor in left.exponents if exponent.terms else exponent.constant > 0) else large
            count = Magnitude({factor: exponent if side is small else exponent.scaled(-1)}).count_of(factor)
            if not self._is_positive(count):
                raise NoMagnitude
            side[count] = side.get(count, Magnitude()).times(Magnitude.of(factor.what))
        less = False
        for count in dict.fromkeys((*small, *large)):
            a, b = small.get(count, Magnitude()), large.get(count, Magnitude())
            first, second = a.number, b.number
            if first is None or second is None:
                less = less or not count.terms
                yield a, b
            elif first > second:
                raise NoMagnitude
            else:
                less = less or (first < second and not count.terms)
        if strict and (not less or right.number is None):
            raise NoMagnitude

    def _largest_entry(self, tensor: Tensor) -> Magnitude | None:
        largest = self.ranges.of(tensor).size.value if self.by_ranges else None
        return Magnitude.of(largest) if largest else self.largest_slope(tensor)

    def largest_slope(self, what: What) -> Magnitude | None:
        """The largest slope of a function, where it is about that at an argument that may be any: a number for one that is known."""
        inner = what.argument if isinstance(what, Diag) else what
        inner = inner.argument if isinstance(inner, Map) and inner.function == "abs" else inner
        if not isinstance(inner, Map) or inner.order != 1:
            return None
        at = self.ranges.model.quantities.get(inner.argument.quantity) if isinstance(inner.argument, Ref) else None
        free = at is not None and at.definition is None
        if inner.function not in BY_NAME:
            return Magnitude.of(Slope(inner.function)) if free or self._is_applied(inner) else None
        largest = of_function(inner.function, 1).size
        return Magnitude.of(largest.value) if free and largest.value and not largest.open else None

    def _is_applied(self, slope: Map) -> bool:
        """Whether a network applies the function of a slope to what that is taken at."""
        definitions = (q.definition for q in self.ranges.model.quantities.values() if q.definition is not None)
        applied = (n for definition in definitions for n in walk(definition) if isinstance(n, Map) and refs_in(n.argument))
        if not refs_in(slope.argument):
            return False
        at = norm_of(slope.argument).whats
        return any(node.function == slope.function and not node.order and norm_of(node.argument).whats == at for node in applied)


def _is_timeless(what: What) -> bool:
    return not isinstance(what, Tensor) or not what.free


def _is_of_a_step(what: What) -> bool:
    """Whether a factor is a weight, a slope or the slopes at a step."""
    return _is_timeless(what) or (isinstance(what, Diag) and what.free == {STEP})
