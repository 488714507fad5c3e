"""Products of norms, of letters that bound them and of numbers, each to a power that may count steps: ``(γ λ)^{t-k}``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from symrnn.judging.bounds.numbers import exact
from symrnn.language.parts import ONE, product_of
from symrnn.language.tensors import Affine, Const, Diag, Dot, Full, Map, Permute, Power, Product, Tensor, refs_in, substitute
from symrnn.language.terms import Add, Big, Frac, Mark, Mul, Neg, Norm, Num, Pow, Relation, Sym, Term, walk
from symrnn.notation.said import Said, said

#: The step at which a norm stands that is one of many alike.
STEP = "j#each"
_ONCE = Affine((), 1)


class NoMagnitude(Exception):
    """It is no product of norms, letters and numbers."""


@dataclass(frozen=True)
class Slope:
    """The largest size of the derivative of a function that is left open, over all that it is applied to."""

    function: str


#: What a factor is the size of: a number, a tensor's norm, a letter, a slope.
What = Fraction | Tensor | Term | Slope


@dataclass(frozen=True)
class OneNorm:
    """One factor; what depends on a step, which is `STEP` in it, stands for the product of all from one step to another."""

    what: What
    lower: Affine | None = None
    upper: Affine | None = None

    @property
    def count(self) -> Affine:
        """How many steps it is taken at."""
        return _ONCE if self.lower is None or self.upper is None else self.upper - self.lower + 1


class Magnitude:
    """A product: the exponent of each factor. None of them is zero, and no number is 1."""

    def __init__(self, exponents: Mapping[OneNorm, Affine] | Iterable[tuple[OneNorm, Affine]] = ()) -> None:
        self.exponents: dict[OneNorm, Affine] = {}
        for factor, exponent in dict(exponents).items():
            if factor.what != 1 and exponent != Affine():
                self.exponents[factor] = exponent

    @staticmethod
    def of(what: What) -> Magnitude:
        return Magnitude({OneNorm(what): _ONCE})

    def times(self, other: Magnitude) -> Magnitude:
        made = dict(self.exponents)
        for factor, exponent in other.exponents.items():
            made[factor] = made.get(factor, Affine()) + exponent
        return Magnitude(made)

    def over(self, other: Magnitude) -> Magnitude:
        return self.times(Magnitude({factor: exponent.scaled(-1) for factor, exponent in other.exponents.items()}))

    def raised(self, power: Affine) -> Magnitude:
        """Its power. Raises NoMagnitude where two counts of steps would be multiplied."""
        return Magnitude({factor: _multiplied(exponent, power) for factor, exponent in self.exponents.items()})

    def at_each(self, letter: str, lower: Affine, upper: Affine) -> Magnitude:
        """The product of it for a letter from one step to another. Raises NoMagnitude."""

        def at_each(factor: OneNorm, exponent: Affine) -> Magnitude:
            if letter in exponent.names() or _depends(factor.what, letter):
                raise NoMagnitude
            if factor.lower is None or factor.upper is None or letter not in (factor.lower.names() | factor.upper.names()):
                return Magnitude({factor: _multiplied(exponent, upper - lower + 1)})
            if factor.lower != factor.upper:
                raise NoMagnitude
            first, last = (factor.lower.substitute({letter: end}) for end in (lower, upper))
            return Magnitude({OneNorm(factor.what, first, last): exponent})

        return all_times(at_each(factor, exponent) for factor, exponent in self.exponents.items())

    def count_of(self, factor: OneNorm) -> Affine:
        """How often a factor stands in it, at all of its steps. Raises NoMagnitude."""
        return _multiplied(self.exponents[factor], factor.count)

    @property
    def number(self) -> Fraction | None:
        """Its value where it is a number."""
        value = Fraction(1)
        for factor, exponent in self.exponents.items():
            if not isinstance(factor.what, Fraction) or exponent.terms:
                return None
            value *= factor.what**exponent.constant
        return value

    def renamed(self, name: Callable[[What], What]) -> Magnitude:
        """The product with other names for what its factors are of, those that get the same one taken together."""
        return all_times(Magnitude({replace(f, what=name(f.what)): exponent}) for f, exponent in self.exponents.items())

    @property
    def whats(self) -> set[What]:
        return {factor.what for factor in self.exponents}


def all_times(sizes: Iterable[Magnitude]) -> Magnitude:
    """The product of them all."""
    return reduce(Magnitude.times, sizes, Magnitude())


def _depends(what: What, letter: str) -> bool:
    """Whether a factor depends on a step otherwise than by where it stands."""
    if isinstance(what, Tensor):
        return letter in what.free and letter != STEP
    return isinstance(what, Term) and any(node == Sym(letter) for _, node in walk(what))


def _multiplied(a: Affine, b: Affine) -> Affine:
    if a.terms and b.terms:
        raise NoMagnitude
    return a.scaled(b.constant) if a.terms else b.scaled(a.constant)


def norm_of(tensor: Tensor) -> Magnitude:
    """The norm of a tensor as a factor; of a transpose that of the matrix, of a multiple so many times that of the rest."""
    if isinstance(tensor, Permute) and len(tensor.shape) == 2:
        return norm_of(tensor.argument)
    if isinstance(tensor, Const):
        return Magnitude.of(abs(tensor.value)) if tensor.value else _refuse()
    if isinstance(tensor, Dot) and not tensor.axes and isinstance(tensor.left, Const) and tensor.left.value:
        return norm_of(tensor.left).times(norm_of(tensor.right))
    time = next((ref.time for ref in refs_in(tensor) if ref.time is not None and ref.time.terms), None)
    if time is None or len(tensor.free) != 1 or time.terms != ((next(iter(tensor.free)), 1),):
        return Magnitude.of(tensor)
    letter = next(iter(tensor.free))
    what = substitute(tensor, {letter: Affine.of(STEP, -time.constant)})
    return Magnitude({OneNorm(what, time, time): _ONCE})


def _refuse() -> Magnitude:
    raise NoMagnitude


class Magnitudes:
    """Reads formulas as products; `tensor` gives what stands in a norm its meaning, `letter` a letter its size."""

    def __init__(self, tensor: Callable[[Term], Tensor], letter: Callable[[Term], Magnitude | None]) -> None:
        self._tensor, self._letter = tensor, letter
        #: Numbers of steps that products are taken over.
        self.counts: set[Affine] = set()

    def read(self, term: Term) -> Magnitude:
        """The product that a formula is. Raises NoMagnitude for any other."""
        number = exact(term)
        if number is not None:
            return Magnitude.of(number) if number > 0 else _refuse()
        match term:
            case Norm(inner, ""):
                return norm_of(self._tensor(inner))
            case Norm(inner, "infty"):
                tensor = self._tensor(inner)
                return norm_of(Diag(tensor)) if len(tensor.shape) == 1 else _refuse()
            case Mul(factors):
                return all_times(map(self.read, factors))
            case Frac(above, below):
                return self.read(above).over(self.read(below))
            case Pow(base, exponent):
                return self.read(base).raised(_count(exponent))
            case Big("prod", Sym(letter), lower, upper, (), body) if lower is not None and upper is not None:
                first, last = _count(lower), _count(upper)
                self.counts.add(last - first + 1)
                return self.read(body).at_each(letter, first, last)
        return self._letter(term) or _refuse()


def _count(term: Term) -> Affine:
    """A number of steps, or a step. Raises NoMagnitude."""
    match term:
        case Num(value) if value.denominator == 1:
            return Affine((), int(value))
        case Sym(name, "", ""):
            return Affine.of(name)
        case Neg(inner):
            return _count(inner).scaled(-1)
        case Add(terms):
            return sum(map(_count, terms), Affine())
    raise NoMagnitude


def of_numbers(size: Magnitude) -> Tensor:
    """A product as a tensor, in a network whose axes have one entry each: there every norm is the size of a number.

    Raises NoMagnitude where a letter or the slope of an open function stands in it.
    """
    made: Tensor = Const(Fraction(1))
    for number, (factor, exponent) in enumerate(size.exponents.items()):
        if not isinstance(factor.what, (Fraction, Tensor)):
            raise NoMagnitude
        value: Tensor = Const(factor.what) if isinstance(factor.what, Fraction) else Map("abs", 0, _only_entry(factor.what))
        if factor.lower is not None and factor.upper is not None:
            letter = f"j#{number}"
            value = Product(letter, factor.lower, factor.upper, False, substitute(value, {STEP: Affine.of(letter)}))
        if exponent.terms:
            value = Product(f"n#{number}", _ONCE, exponent, False, value)
        elif exponent != _ONCE:
            value = Power(value, exponent.constant)
        made = Dot(made, value, 0)
    return made


def _only_entry(tensor: Tensor) -> Tensor:
    """The sum of all entries, of which there is one."""
    while tensor.shape:
        tensor = Dot(tensor, Full(Fraction(1), tensor.shape[-1:]), 1)
    return tensor


def as_formula(size: Magnitude, write: Callable[[Tensor], Term]) -> Term:
    """A product as a formula; what is one of many alike without its range."""
    factors = [_factor(factor.what, write) for factor in size.exponents]
    return product_of(factors) if factors else ONE


def _factor(what: What, write: Callable[[Tensor], Term]) -> Term:
    match what:
        case Fraction():
            return Num(what) if what.denominator == 1 else Frac(Num(Fraction(what.numerator)), Num(Fraction(what.denominator)))
        case Slope(function):
            return Norm(Mark(Sym(function), "'"))
        case Tensor():
            return Norm(write(what))
    return what


def at_most(small: Magnitude, large: Magnitude, write: Callable[[Tensor], Term], strict: bool = False) -> Said:
    """That one product is at most another, or less."""
    return said(Relation("<" if strict else "<=", as_formula(small, write), as_formula(large, write)))
