"""Exact algebra: polynomials over the rationals in atoms.

Every transcendental value is an atom of its own, known by its exact argument:

- ``tanh(a)`` is an atom y with y' = (1 - y^2) a', and exp(2a) = (1 + y)/(1 - y);
- ``sin(a)`` and ``cos(a)`` are atoms s and c with s^2 = 1 - c^2, ``sqrt(a)`` is an atom r with r^2 = a, ``step(a)`` (1 where a > 0, else 0)
  one with s^2 = s;
- ``softmax(z)`` has atoms p_1 ... p_{K-1} and s with p_K = 1 - p_1 - ... - p_{K-1} and exp(z_k) = s p_k: a bijection between
  (exp z_1, ..., exp z_K) and (p_1, ..., p_{K-1}, s); log p_k = z_k - l with the atom l = log s;
- anything else, ``f(a)``, is the atom of f at a.

What stays is a quotient of two polynomials, and an identity holds if its numerator is the zero polynomial. The
converse is never used: a numerator that is not zero refutes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx
from flint.utils.flint_exceptions import DomainError

from symrnn.deciding.algebras.base import Algebra, Array, TooLarge, Undefined, is_open
from symrnn.language import budget
from symrnn.language.formulas import has_formula
from symrnn.language.functions import BY_NAME, derivative_polynomial

_MOST_TERMS = 60_000
#: How many pairs of terms make one, about, where fractions are added.
_ALIKE = 32
#: The most terms of a denominator: what fractions over larger ones add to fills the memory. A softmax or softplus needs fewer than 1,400.
_MOST_BELOW = 5_000
#: The most exponents of a numerator over a denominator: to find what they have in common takes 20 bytes for each.
_MOST_EXPONENTS = 10_000_000
_MOST_WORK = 12_000_000
#: From so many variables on a term counts for more: it keeps an exponent of every variable, and a small cache does not hold many.
_MANY_VARIABLES = 500
#: By how many variables a ring grows.
_GROWTH = 64
#: A polynomial of so many terms is written in a wider ring term by term.
_FEW_TERMS = 8


@dataclass
class Effort:
    """How much was computed since the last `start`: a bound on terms handled, the same on every machine.

    NumPy cannot pass on an exception from inside a product of object arrays: an operation that would go over the bound, or whose
    result nobody wants any more, gives up its result instead, and `check` raises once the array is done. It is `too_large` where the
    bound is its own, not that of its statement.
    """

    weight: int = 1
    done: int = 0
    exhausted: bool = False
    too_large: bool = False
    stopped: bool = False

    @staticmethod
    def start(variables: int) -> Effort:
        """Begins to count, in a ring of so many variables."""
        effort = Effort(1 + (variables // _MANY_VARIABLES) ** 3)
        _running.set(effort)
        return effort

    def allows(self, terms: int) -> bool:
        """Whether an operation on that many terms may be done."""
        terms *= self.weight
        self.done += terms
        if not self.exhausted and (terms > _MOST_TERMS or self.done > _MOST_WORK):
            self.give_up()
        self.exhausted = self.exhausted or not self._is_wanted(terms)
        return not self.exhausted

    def give_up(self) -> None:
        """Passes the bound of its own, which the same proof would pass again."""
        self.exhausted = self.too_large = True

    def _is_wanted(self, terms: int) -> bool:
        try:
            return budget.allows(terms)
        except budget.Stopped:
            self.stopped = True
            return False

    def allows_pairs(self, pairs: int) -> bool:
        """Whether polynomials of so many pairs of terms may be multiplied to put fractions over one denominator: many pairs are alike."""
        return self.allows(0 if pairs <= _ALIKE * _MOST_TERMS else pairs)

    def check(self) -> None:
        """Raises TooLarge when a proof has handled more terms than any sensible one, Stopped where nobody wants it any more."""
        if self.stopped:
            raise budget.Stopped
        if self.exhausted:
            raise TooLarge("its polynomials grow too large at this instance; try fewer steps or smaller sizes")


#: What the proof at hand has cost; each context has its own, so that two checks may run in one process.
_running: ContextVar[Effort | None] = ContextVar("effort", default=None)


def _effort() -> Effort:
    return _running.get() or Effort.start(1)


class Quotient:
    """A quotient of two polynomials; `denominator` None stands for 1."""

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: fmpq_mpoly, denominator: fmpq_mpoly | None = None) -> None:
        self.numerator = numerator
        self.denominator = denominator

    def move(self, ring: fmpq_mpoly_ctx) -> None:
        """Writes it in a wider ring, where it means the same."""
        if self.numerator.context() is not ring:
            self.numerator = _wider(self.numerator, ring)
            self.denominator = None if self.denominator is None else _wider(self.denominator, ring)

    def _meet(self, other: Quotient) -> None:
        """Writes both in the wider of their rings."""
        here, there = self.numerator.context(), other.numerator.context()
        if here is not there:
            wider = max(here, there, key=lambda ring: ring.nvars())
            self.move(wider)
            other.move(wider)

    def __add__(self, other: Quotient) -> Quotient:
        self._meet(other)
        a, b = self.denominator, other.denominator
        if not _effort().allows(len(self.numerator) + len(other.numerator)):
            return self
        if a is None and b is None:
            return Quotient(self.numerator + other.numerator)
        if a == b:
            return _reduced(self.numerator + other.numerator, a)
        if not _effort().allows_pairs(len(self.numerator) * _length(b) + len(other.numerator) * _length(a)):
            return self
        left = self.numerator if b is None else self.numerator * b
        right = other.numerator if a is None else other.numerator * a
        return _reduced(left + right, a if b is None else b if a is None else a * b)

    def __neg__(self) -> Quotient:
        return Quotient(-self.numerator, self.denominator)

    def __sub__(self, other: Quotient) -> Quotient:
        return self + (-other)

    def __mul__(self, other: Quotient) -> Quotient:
        self._meet(other)
        if not _effort().allows(len(self.numerator) * len(other.numerator)):
            return self
        a, b = self.denominator, other.denominator
        if a is None and b is None:
            return Quotient(self.numerator * other.numerator)
        if not _effort().allows_pairs(_length(a) * _length(b)):
            return self
        return _reduced(self.numerator * other.numerator, b if a is None else a if b is None else a * b)

    def inverse(self) -> Quotient:
        """1/self. Raises Undefined for zero."""
        if self.numerator.is_zero():
            raise Undefined("division by an expression that is identically zero")
        ring = self.numerator.context()
        return _reduced(ring.constant(1) if self.denominator is None else self.denominator, self.numerator)

    def terms(self) -> int:
        """The number of terms of both polynomials."""
        return len(self.numerator) + (0 if self.denominator is None else len(self.denominator))

    def is_zero(self) -> bool:
        """Whether it is identically zero; never once an operation was given up, whose result means nothing."""
        return not _effort().exhausted and bool(self.numerator.is_zero())

    def key(self) -> tuple[str, str]:
        """What tells different quotients apart (polynomials themselves cannot be hashed)."""
        return str(self.numerator), "" if self.denominator is None else str(self.denominator)


def _length(denominator: fmpq_mpoly | None) -> int:
    return 1 if denominator is None else len(denominator)


def _wider(p: fmpq_mpoly, ring: fmpq_mpoly_ctx) -> fmpq_mpoly:
    """A polynomial in a ring with more variables; one of few terms term by term, since FLINT goes through all variables for it."""
    if len(p) > _FEW_TERMS:
        return p.project_to_context(ring)
    more = (0,) * (ring.nvars() - p.context().nvars())
    return ring.from_dict({(*exponents, *more): coefficient for exponents, coefficient in p.terms()})


def _generator_index(entry: Quotient) -> int:
    """The number of the variable that an entry is."""
    return next(i for i, degree in enumerate(entry.numerator.degrees()) if degree)


def _coefficients(p: fmpq_mpoly, x: fmpq_mpoly, index: int) -> list[fmpq_mpoly]:
    """The coefficients of `p` as a polynomial in its generator `x`, which has that index, the highest first."""
    result = []
    name = str(x)
    while not p.is_zero():
        constant = p.subs({name: 0})
        result.append(constant)
        p = (p - constant) / x
    return result[::-1]


def _reduced(numerator: fmpq_mpoly, denominator: fmpq_mpoly | None) -> Quotient:
    """The quotient in lowest terms, with a denominator of leading coefficient 1."""
    if denominator is None or numerator.is_zero():
        return Quotient(numerator)
    if len(numerator) > _MOST_TERMS and not _effort().allows(len(numerator)):
        return Quotient(numerator, denominator)
    if len(denominator) > _MOST_BELOW or len(numerator) * numerator.context().nvars() > _MOST_EXPONENTS:
        _effort().give_up()
        return Quotient(numerator, denominator)
    with suppress(DomainError):  # half of all denominators go out whole, and that is ten times as fast to see
        return Quotient(numerator / denominator)
    common = numerator.gcd(denominator)
    if not common.is_constant():
        numerator, denominator = numerator / common, denominator / common
    leading = denominator.leading_coefficient()
    if leading != 1:
        numerator, denominator = numerator / leading, denominator / leading
    return Quotient(numerator, None if denominator.is_constant() else denominator)


class Exact(Algebra):
    """Arrays of `Quotient` over at most `atoms` free entries and transcendental values.

    A term keeps an exponent of every variable of its ring, so the ring is no wider than it needs to be: it grows with the atoms.
    """

    symbolic = True

    def __init__(self, atoms: int) -> None:
        self.variables = atoms
        self._widen(max(_GROWTH, atoms // 2))
        self.names: list[str] = []
        self._free: dict[str, Array] = {}
        self._functions: dict[tuple[object, ...], Quotient] = {}
        self._exponentials: dict[str, tuple[fmpq, Quotient]] = {}
        self._roots: dict[str, tuple[int, Callable[[Quotient], Quotient]]] = {}
        self._logarithms: dict[tuple[object, ...], Quotient] = {}
        self._softmaxes: dict[tuple[object, ...], Array] = {}
        self._abbreviations: dict[int, Quotient] = {}
        self._abbreviated: dict[tuple[str, str], Quotient] = {}
        self._jumps: set[int] = set()
        self._angles: dict[str, tuple[fmpq, Quotient, Quotient]] = {}
        #: For some atoms g the polynomials a and b, in earlier atoms, of g^2 = a + b g.
        self._squares: dict[int, tuple[fmpq_mpoly, fmpq_mpoly]] = {}

    def _widen(self, width: int) -> None:
        self._ring = fmpq_mpoly_ctx.get([f"g{i}" for i in range(min(width, self.variables))], Ordering.lex)
        self._generators = self._ring.gens()

    def _here(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """A polynomial in the ring of today."""
        return p if p.context() is self._ring else _wider(p, self._ring)

    def atom(self, name: str) -> Quotient:
        """A new independent variable. Raises TooLarge when there may be no more."""
        if len(self.names) == self.variables:
            raise TooLarge(f"more than {len(self.names)} independent quantities")
        if len(self.names) == len(self._generators):
            self._widen(len(self.names) + _GROWTH)
        self.names.append(name)
        return Quotient(self._generators[len(self.names) - 1])

    def abbreviated(self, value: Quotient) -> Quotient:
        """An atom that stands for `value`, unless that is short already or has a denominator that may still cancel.

        Equal values have one atom: a sum of what its terms give each then cancels before anything is written out.
        """
        if len(value.numerator) <= 1 or value.denominator is not None:
            return value
        key = value.key()
        if key not in self._abbreviated:
            self._abbreviated[key] = self.atom(f"adjoint{len(self.names)}")
            self._abbreviations[len(self.names) - 1] = value
        return self._abbreviated[key]

    def vanishes(self, x: Quotient, one_hot: Sequence[Array] = ()) -> bool:
        """Whether an expression is identically zero: as it stands, else with its abbreviations written out, the latest first.

        `one_hot` are vectors that have one entry 1 and the others 0, the last entry written as 1 minus the rest: then products
        of two of the others vanish and powers of one are itself. Raises TooLarge.
        """
        _effort().check()
        x.move(self._ring)
        groups = [[_generator_index(entry) for entry in vector[:-1]] for vector in one_hot]
        numerator = self._one_hot(self._without_squares(x.numerator), groups)
        while not numerator.is_zero():
            latest = self._latest_abbreviation(numerator)
            if latest is None:
                return False
            numerator = self._one_hot(self._without_squares(self._written_out(numerator, *latest)), groups)
            _effort().check()
        return True

    def _one_hot(self, p: fmpq_mpoly, groups: list[list[int]]) -> fmpq_mpoly:
        """The normal form of a polynomial on one-hot vectors."""
        if not groups:
            return p
        terms: dict[tuple[int, ...], fmpq] = {}
        for exponents, coefficient in p.to_dict().items():
            reduced = list(exponents)
            alive = True
            for group in groups:
                present = [i for i in group if exponents[i]]
                alive = alive and len(present) <= 1
                for i in present:
                    reduced[i] = 1
            if alive:
                key = tuple(int(e) for e in reduced)
                terms[key] = terms.get(key, fmpq(0)) + coefficient
        return self._ring.from_dict({key: c for key, c in terms.items() if c != 0})

    def _without_squares(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """A polynomial in which the atoms whose squares are known stand alone; those of later atoms are replaced first."""
        p = self._here(p)
        for index, square in sorted(self._squares.items(), reverse=True):
            if p.degrees()[index] < 2:
                continue
            a, b = map(self._here, square)
            constant, linear = self._ring.constant(0), self._ring.constant(0)
            for coefficient in _coefficients(p, self._generators[index], index):
                if not _effort().allows(len(linear) * (len(a) + len(b)) + len(constant) + len(coefficient)):
                    return p
                constant, linear = linear * a + coefficient, linear * b + constant
            p = constant + linear * self._generators[index]
        return p

    def _latest_abbreviation(self, p: fmpq_mpoly) -> tuple[int, int] | None:
        """The last abbreviation in a polynomial, with its degree."""
        degrees = p.degrees()
        return max(((n, degrees[n]) for n in self._abbreviations if degrees[n]), default=None)

    def _written_out(self, p: fmpq_mpoly, index: int, degree: int) -> fmpq_mpoly:
        """`p` with one abbreviation, of that degree in it, replaced by what it stands for (Horner's rule).

        Where that has a denominator, times a power of it.
        """
        self._abbreviations[index].move(self._ring)
        value, denominator = self._abbreviations[index].numerator, self._abbreviations[index].denominator
        if degree == 1:  # by far the most: an adjoint stands alone
            slope = p.derivative(index)
            if not _effort().allows(len(slope) * (len(value) + 1)):
                return p
            whole, own = p, self._generators[index]
            if denominator is not None:
                whole, own = whole * denominator, own * denominator
            return whole + slope * (value - own)
        result, power = self._ring.constant(0), self._ring.constant(1)
        for coefficient in _coefficients(p, self._generators[index], index):
            if not _effort().allows(len(result) * len(value) + len(coefficient) * len(power)):
                return result
            result = result * value + coefficient * power
            power = power if denominator is None else power * denominator
        return result

    def add(self, a: Array, b: Array) -> Array:
        result = super().add(a, b)
        _effort().check()
        return result

    def multiply(self, a: Array, b: Array) -> Array:
        result = super().multiply(a, b)
        _effort().check()
        return result

    def contract(self, a: Array, b: Array, axes: int) -> Array:
        result = super().contract(a, b, axes)
        _effort().check()
        return result

    def each(self, function: Any, a: Array) -> Array:
        result = super().each(function, a)
        _effort().check()
        return result

    def number(self, value: Fraction) -> Quotient:
        return Quotient(self._ring.constant(fmpq(value.numerator, value.denominator)))

    def reciprocal(self, x: Any) -> Quotient:
        if self._squares and self.vanishes(x):
            raise Undefined("division by an expression that is identically zero")
        return x.inverse()  # type: ignore[no-any-return]

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        if name not in self._free:
            entries = np.empty(shape, dtype=object)
            for index in np.ndindex(shape):
                entries[index] = self.atom("".join([name, *(f"_{i + 1}" for i in index)]))
            self._free[name] = entries
        return self._free[name]

    def known(self) -> dict[str, Array]:
        """The free quantities met so far, by name."""
        return self._free

    def map(self, function: str, order: int, argument: Array) -> Array:
        return self.each(lambda x: self.apply(function, order, x), argument)

    def softmax(self, z: Array) -> Array:
        key = tuple(x.key() for x in z)
        if key not in self._softmaxes:
            self._softmaxes[key] = self._softmax(z)
        return self._softmaxes[key]

    def _softmax(self, z: Array) -> Array:
        if len(z) < 2 or any(x.denominator is not None or self._known_exponential(x) for x in z):
            return super().softmax(z)
        index = len(self._softmaxes)
        p = np.empty(len(z), dtype=object)
        total = self.number(Fraction(1))
        for k in range(len(z) - 1):
            p[k] = self.atom(f"p{index}_{k + 1}")
            total = total - p[k]
        p[-1] = total
        scale, log_scale = self.atom(f"s{index}"), self.atom(f"l{index}")
        self._logarithms[scale.key()] = log_scale
        for x, value in zip(z, p, strict=True):
            self._register_exponential(x, value * scale)
            self._logarithms[value.key()] = x - log_scale
            self._logarithms[(value * scale).key()] = x
        return p

    # ------------------------------------------------------------------------------- functions of one argument

    def apply(self, function: str, order: int, x: Quotient) -> Quotient:
        """An elementwise function, or a derivative of it, at an exact argument."""
        polynomial = derivative_polynomial(function, order)
        if polynomial is not None:
            return self._polynomial(polynomial, self._autonomous(function, x))
        if has_formula(function, order):
            return self.function(function, order, alone(x)).item()  # type: ignore[no-any-return]
        rule = _VALUES.get(function)
        if rule is not None:
            return rule(self, x)
        at_zero = None if is_open(function) else BY_NAME[function].at_zero
        return self.number(at_zero) if at_zero is not None and x.is_zero() else self._opaque(function, order, x)

    def _opaque(self, function: str, order: int, x: Quotient) -> Quotient:
        key = (function, order, *x.key())
        if key not in self._functions:
            self._functions[key] = self.atom(f"{function}{order}#{len(self._functions)}")
        return self._functions[key]

    def _polynomial(self, coefficients: tuple[int, ...], y: Quotient) -> Quotient:
        result, power = self.number(Fraction(0)), self.number(Fraction(1))
        for c in coefficients:
            result, power = result + self.number(Fraction(c)) * power, power * y
        return result

    def _autonomous(self, function: str, x: Quotient) -> Quotient:
        """tanh or the logistic function: rational in exp(x) where that is known, else an atom that makes exp(x) known."""
        if x.is_zero():
            return self.number(BY_NAME[function].at_zero or Fraction(0))
        key = (function, 0, *x.key())
        if key not in self._functions:
            self._functions[key] = self._new_autonomous(function, x)
        return self._functions[key]

    def _new_autonomous(self, function: str, x: Quotient) -> Quotient:
        one = self.number(Fraction(1))
        argument = x + x if function == "tanh" else x
        e = self._known_exponential(argument)
        if e is None and self._refine_exponential(argument):
            e = self._known_exponential(argument)
        if e is not None:
            return (e - one) * (e + one).inverse() if function == "tanh" else e * (e + one).inverse()
        y = self.atom(f"{function}#{len(self._functions)}")
        if argument.denominator is None:
            e = (one + y) * (one - y).inverse() if function == "tanh" else y * (one - y).inverse()
            self._register_exponential(argument, e)
            less = one if function == "tanh" else self.number(Fraction(0))
            self._register_root(argument, lambda e: (e - less) * (e + one).inverse())
        return y

    def _exp(self, x: Quotient) -> Quotient:
        if x.is_zero():
            return self.number(Fraction(1))
        known = self._known_exponential(x)
        if known is not None:
            return known
        if self._refine_exponential(x):
            return self._exp(x)
        known = self._exponential_of_sum(x)
        if known is not None:
            return known
        e = self._opaque("exp", 0, x)
        self._logarithms[e.key()] = x
        if x.denominator is None:
            self._register_exponential(x, e)
            self._register_root(x, lambda e: e)
        return e

    def _register_exponential(self, x: Quotient, value: Quotient) -> None:
        if x.is_zero():  # exp(0) is 1 whatever else has this value; other arguments are found by what they are multiples of
            return
        leading = x.numerator.leading_coefficient()
        self._exponentials[str(x.numerator / leading)] = (leading, value)
        self._logarithms[value.key()] = x

    def _register_root(self, x: Quotient, back: Callable[[Quotient], Quotient]) -> None:
        """Notes that the latest atom is what `back` makes of exp(x)."""
        self._roots[str(x.numerator / x.numerator.leading_coefficient())] = len(self.names) - 1, back

    def _refine_exponential(self, x: Quotient) -> bool:
        """Makes exp(x) known where that of a multiple of x is: exp(x/q) becomes an atom, and the old atom a function of it.

        So exp(a) and tanh(a), which was an atom that knows exp(2a) only, meet in one variable, whichever came first.
        """
        leading = x.numerator.leading_coefficient()
        key = str(x.numerator / leading)
        if x.denominator is not None or key not in self._roots:
            return False
        known, _ = self._exponentials[key]
        index, back = self._roots[key]
        q = int((leading / known).q)
        root = self.atom(f"exp#{len(self.names)}")
        self._abbreviations[index] = back(self.whole_power(root, q))
        self._exponentials[key] = known / q, root
        self._logarithms[root.key()] = (
            x * self.number(Fraction(int(known.p), int(known.q * q))) * self.number(Fraction(int(leading.q), int(leading.p)))
        )
        self._roots[key] = len(self.names) - 1, lambda e: e
        return True

    def _known_exponential(self, x: Quotient) -> Quotient | None:
        """exp(x) when x is a whole multiple of an argument whose exponential is known."""
        if x.denominator is not None or x.is_zero():
            return None
        leading = x.numerator.leading_coefficient()
        entry = self._exponentials.get(str(x.numerator / leading))
        if entry is None:
            return None
        ratio = leading / entry[0]
        if ratio.q != 1:
            return None
        base = entry[1] if ratio > 0 else entry[1].inverse()
        result = base
        for _ in range(abs(int(ratio.p)) - 1):
            result = result * base
        return result

    def _exponential_of_sum(self, x: Quotient) -> Quotient | None:
        """exp(a - b) when exp(a) and exp(b) are known: their quotient."""
        terms = x.numerator.terms() if x.denominator is None else ()
        ring = x.numerator.context()
        found = [self._known_exponential(Quotient(ring.from_dict({exponents: c}))) for exponents, c in terms]
        if len(found) < 2 or None in found:
            return None
        result = self.number(Fraction(1))
        for known in found:
            result = result * known if known is not None else result
        return result

    def _log(self, x: Quotient) -> Quotient:
        if x.is_zero():
            raise Undefined("logarithm of zero")
        if x.key() == self.number(Fraction(1)).key():
            return self.number(Fraction(0))
        if x.key() in self._logarithms:
            return self._logarithms[x.key()]
        if x.denominator is not None:
            return self._log(Quotient(x.numerator)) - self._log(Quotient(x.denominator))
        return self._log_of_powers(x.numerator) or self._opaque("log", 0, x)

    def _log_of_powers(self, p: fmpq_mpoly) -> Quotient | None:
        """The logarithm of a product of powers of atoms with known logarithms; these are positive."""
        if len(p) != 1 or p.leading_coefficient() != 1:
            return None
        total = self.number(Fraction(0))
        for index, exponent in enumerate(p.degrees()):
            known = self._logarithms.get(Quotient(self._generators[index]).key()) if exponent else None
            if exponent and known is None:
                return None
            if known is not None:
                total = total + known * self.number(Fraction(int(exponent)))
        return total

    def _angle(self, x: Quotient) -> tuple[Quotient, Quotient]:
        """cos(x) and sin(x): those of a whole multiple of a known argument by de Moivre's formula, else new atoms."""
        one, zero = self.number(Fraction(1)), self.number(Fraction(0))
        if x.is_zero():
            return one, zero
        leading = x.numerator.leading_coefficient()
        key = str((Quotient(x.numerator / leading, x.denominator)).key())
        if key not in self._angles:
            cosine, sine = (self.atom(f"{name}#{len(self.names)}") for name in ("cos", "sin"))
            self._squares[len(self.names) - 1] = (one - cosine * cosine).numerator, zero.numerator
            self._angles[key] = leading, cosine, sine
        known, cosine, sine = self._angles[key]
        ratio = leading / known
        if ratio.q != 1:
            return self._opaque("cos", 0, x), self._opaque("sin", 0, x)
        c, s = one, zero
        for _ in range(abs(int(ratio.p))):
            c, s = c * cosine - s * sine, s * cosine + c * sine
        return c, s if ratio > 0 else -s

    def _sqrt(self, x: Quotient) -> Quotient:
        """The root of a polynomial as an atom, with whole squares in front of it taken out."""
        if x.is_zero():
            return self.number(Fraction(0))
        outside, inside = _square_in(x.numerator.leading_coefficient())
        if x.denominator is not None or (inside < 0 and x.numerator.is_constant()):
            return self._opaque("sqrt", 0, x)
        rest = Quotient(x.numerator * fmpq(inside) / x.numerator.leading_coefficient())
        if rest.key() == self.number(Fraction(1)).key():
            return self.number(outside)
        key = ("sqrt", 0, *rest.key())
        if key not in self._functions:
            self._functions[key] = self.atom(f"sqrt#{len(self.names)}")
            self._squares[len(self.names) - 1] = rest.numerator, self._ring.constant(0)
        return self.number(outside) * self._functions[key]

    def _step(self, x: Quotient) -> Quotient:
        """1 where x > 0, else 0: of a positive multiple the same, of a multiple of step(y) that times what it is where y > 0."""
        p = self._without_squares(x.numerator if x.denominator is None else x.numerator * x.denominator)
        if p.is_constant():
            return self.number(Fraction(int(not p.is_zero() and p.leading_coefficient() > 0)))
        jumps = [n for n, degree in enumerate(p.degrees()) if degree and n in self._jumps]
        if len(jumps) == 1 or any(p.subs({f"g{n}": 0}).is_zero() for n in jumps):
            jump = next((n for n in jumps if p.subs({f"g{n}": 0}).is_zero()), jumps[0])
            above, below = (self._step(Quotient(p.subs({f"g{jump}": value}))) for value in (1, 0))
            return below + Quotient(self._generators[jump]) * (above - below)
        size = p.leading_coefficient()
        if size < 0 and self._is_never_zero(p, jumps):
            return self.number(Fraction(1)) - self._step(Quotient(-p))
        key = ("step", 0, *Quotient(p / abs(size)).key())
        if key not in self._functions:
            self._functions[key] = self.atom(f"step#{len(self.names)}")
            self._jumps.add(len(self.names) - 1)
            self._squares[len(self.names) - 1] = self._ring.constant(0), self._ring.constant(1)
        return self._functions[key]

    # ------------------------------------------------------------------------------------------------- helpers

    def _is_never_zero(self, p: fmpq_mpoly, jumps: list[int]) -> bool:
        """Whether a polynomial is not the zero one whatever its jumps are: some product of other atoms stands there without jumps only."""
        if any(p.degrees()[n] for n in self._abbreviations):
            return False
        with_jumps: set[tuple[int, ...]] = set()
        without: set[tuple[int, ...]] = set()
        for exponents in p.to_dict():
            others = tuple(0 if n in jumps else int(e) for n, e in enumerate(exponents))
            (with_jumps if any(exponents[n] for n in jumps) else without).add(others)
        return bool(without - with_jumps)

    def whole_power(self, base: Quotient, exponent: int) -> Quotient:
        """A power whose exponent may be negative. Raises Undefined."""
        if exponent < 0:
            return self.whole_power(self.reciprocal(base), -exponent)
        result = self.number(Fraction(1))
        for _ in range(exponent):
            result = result * base
        return result


def alone(entry: Any) -> Array:
    """One number as an array without axes."""
    result = np.empty((), dtype=object)
    result[()] = entry
    return result


def _square_in(value: fmpq) -> tuple[Fraction, int]:
    """A rational as a square of a rational times a whole number without square factors (of small primes): its root, the number."""
    inside, outside = int(value.p) * int(value.q), Fraction(1, int(value.q))
    for n in _SMALL_PRIMES:
        while inside % (n * n) == 0:
            inside, outside = inside // (n * n), outside * n
    return outside, inside


_SMALL_PRIMES = (2, 3, 5, 7, 11, 13)
_VALUES: dict[str, Callable[[Exact, Quotient], Quotient]] = {
    "exp": lambda e, x: e._exp(x),
    "log": lambda e, x: e._log(x),
    "cos": lambda e, x: e._angle(x)[0],
    "sin": lambda e, x: e._angle(x)[1],
    "sqrt": lambda e, x: e._sqrt(x),
    "step": lambda e, x: e._step(x),
}
