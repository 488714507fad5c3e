"""Proof that two nodes of a tape are the same function of the inputs.

Equal balls suggest that two nodes are equal; each suggestion is proven by an identity of Laurent polynomials before it is used
(sweeping, as in the equivalence checking of circuits: Kuehlmann and Krohm, DAC 1997). The atoms of the polynomials are the inputs,
exponentials of monomials, other functions of polynomials, and *cuts*: variables that stand for a node of more than one term, above
all for the exact derivatives, so that each identity stays as small as one line of the code. An identity that does not hold
between cuts is tried again with their definitions written out, the latest first. Nothing rests on the point or on its balls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from symrnn.code.numbers import Key, Tape, nearby
from symrnn.code.polynomials import (
    ONE,
    Monomial,
    Polynomial,
    add,
    as_fraction,
    atoms,
    coefficient,
    frozen,
    leading,
    monomial_power,
    monomial_product,
    multiply,
    to_power,
    variable,
)

#: A forward value of more terms gets a variable of its own.
_LONG = 8
#: Terms handled in one attempt at one identity.
_MOST_WORK = 4_000


class TooLong(Exception):
    """An identity grew past its bound: nothing is concluded."""


class GaveUp(Exception):
    """So many identities were suggested and not proven that the cuts must be the wrong ones."""


@dataclass(frozen=True)
class Atom:
    """What an atom stands for: its kind, and the polynomial or monomial that it is a function of."""

    kind: str
    of: Any = None
    value: Any = None


class NodeProver:
    """Settles nodes of a tape into classes of nodes that are proven equal."""

    def __init__(self, tape: Tape, most_failures: int) -> None:
        self._tape = tape
        zero = tape.constant(Fraction(0)).node
        self._keys = nearby(tape, 1)
        self._atoms: list[Atom] = []
        self._numbers: dict[Any, int] = {}
        self._polynomials: dict[int, Polynomial] = {}
        self._class: dict[int, int] = {}
        self._by_key: dict[Key, list[int]] = defaultdict(list)
        self._zero = zero
        self.identities = 0
        self._failures, self._most_failures = 0, most_failures
        self.settle([self._zero])

    # -------------------------------------------------------------------------------------------------- interface

    def settle(self, nodes: Iterable[int], cut: frozenset[int] | set[int] = frozenset()) -> None:
        """Give nodes, and all that they are computed from, their classes; nodes in `cut` become variables."""
        for root in nodes:
            stack = [root]
            while stack:
                node = stack[-1]
                if node in self._class:
                    stack.pop()
                    continue
                open_parents = [parent for parent in self._tape.parents[node] if parent not in self._class]
                if open_parents:
                    stack += open_parents
                    continue
                stack.pop()
                self._settle(node, node in cut)

    def same(self, a: int, b: int) -> bool:
        """Whether two settled nodes are proven to be equal."""
        if self._class[a] == self._class[b]:
            return True
        return self._equal(self._of(a), self._of(b))

    def is_zero(self, node: int) -> bool:
        return self.same(node, self._zero)

    # ------------------------------------------------------------------------------------------------------ nodes

    def _of(self, node: int) -> Polynomial:
        return self._polynomials[self._class[node]]

    def _settle(self, node: int, cut: bool) -> None:
        polynomial = self._polynomial(node)
        key = self._keys[node]
        for other in self._by_key[key]:
            if self._equal(polynomial, self._polynomials[other]):
                self._class[node] = other
                return
        self._class[node] = node
        self._polynomials[node] = polynomial
        self._by_key[key].append(node)
        if len(polynomial) > (1 if cut else _LONG):
            self._cut(node, "derivative" if cut else "cut")

    def _cut(self, node: int, kind: str = "cut") -> Polynomial:
        """A variable for a node (for its class)."""
        own = self._class[node]
        if len(self._polynomials[own]) > 1:
            number = self._atom(("cut", own), Atom(kind, self._polynomials[own], self._tape.values[own]))
            self._polynomials[own] = variable(number)
        return self._polynomials[own]

    def _atom(self, key: Any, atom: Atom) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._atoms)
            self._atoms.append(atom)
        return self._numbers[key]

    def _polynomial(self, node: int) -> Polynomial:
        operation, parents = self._tape.operations[node], self._tape.parents[node]
        if operation == "constant":
            value = self._tape.details[node]
            return {ONE: coefficient(value)} if value else {}
        if operation == "add":
            return add(self._of(parents[0]), self._of(parents[1]))
        if operation == "subtract":
            return add(self._of(parents[0]), self._of(parents[1]), -1)
        if operation == "negative":
            return add({}, self._of(parents[0]), -1)
        if operation == "multiply":
            return self._product(*parents)
        if operation == "divide":
            return multiply(self._of(parents[0]), self._inverse(parents[1]))
        if operation == "exp":
            return self._exp(self._of(parents[0]))
        if operation == "log":
            return self._log(self._of(parents[0]))
        if operation == "sqrt":
            inner = self._of(parents[0])
            return variable(self._atom(("sqrt", frozen(inner)), Atom("sqrt", inner, self._tape.values[node])))
        if operation == "tanh":
            return self._odd("tanh", self._of(parents[0]), node)
        if parents and operation not in ("maximum", "minimum"):
            inner = self._of(parents[0])
            return variable(self._atom((operation, frozen(inner)), Atom(operation, inner, self._tape.values[node])))
        return variable(self._atom((operation, node), Atom(operation, None, self._tape.values[node])))

    def _product(self, a: int, b: int) -> Polynomial:
        """Two long factors are two variables: their product would be of all pairs."""
        if len(self._of(a)) * len(self._of(b)) > 4 * _LONG:
            self._cut(a)
            self._cut(b)
        return multiply(self._of(a), self._of(b))

    def _inverse(self, node: int) -> Polynomial:
        ((monomial, c),) = self._cut(node).items()
        return {to_power(monomial, -1): coefficient(1 / as_fraction(c))}

    # -------------------------------------------------------------------------------------------------- functions

    def _odd(self, name: str, inner: Polynomial, node: int) -> Polynomial:
        sign = -1 if as_fraction(inner[leading(inner)]) < 0 else 1
        argument = add({}, inner, sign)
        number = self._atom((name, frozen(argument)), Atom(name, argument, sign * self._tape.values[node]))
        return {((number, 1),): sign}

    def _exp(self, inner: Polynomial) -> Polynomial:
        """exp of a sum is a product, one factor for each monomial; exp of a logarithm is what it is the logarithm of."""
        result: Polynomial = {ONE: 1}
        for monomial, c in inner.items():
            result = multiply(result, self._exp_of_term(monomial, as_fraction(c)))
        return result

    def _exp_of_term(self, monomial: Monomial, c: Fraction) -> Polynomial:
        exponent = c.numerator if c.denominator == 1 else c
        if len(monomial) == 1 and monomial[0][1] == 1 and c.denominator == 1:
            atom = self._atoms[monomial[0][0]]
            if atom.kind == "log":
                return self._signed_power(atom.of, int(c))
        number = self._atom(("exp", monomial), Atom("exp", monomial, self._value({monomial: 1}).exp()))
        return variable(number, exponent)

    def _signed_power(self, inner: Polynomial, exponent: int) -> Polynomial:
        """|inner| to a whole power; negative powers need one term, which a cut provides."""
        sign = 1 if self._value(inner) > 0 else -1
        positive = add({}, inner, sign)
        if exponent > 0:
            return monomial_power(positive, exponent)
        if len(positive) > 1:
            positive = variable(self._atom(("cut", frozen(positive)), Atom("cut", positive, self._value(positive))))
        ((monomial, c),) = positive.items()
        return {to_power(monomial, exponent): coefficient(as_fraction(c) ** exponent)}

    def _log(self, inner: Polynomial) -> Polynomial:
        """log|...|: of a product, the sum of the logarithms of its factors; of a sum, that of its leading term and of the rest."""
        inner = self._uncut(inner)
        first = leading(inner)
        c = as_fraction(inner[first])
        result = self._log_of_number(abs(c))
        for atom, exponent in first:
            result = add(result, self._log_of_atom(atom), coefficient(Fraction(exponent)))
        if len(inner) == 1:
            return result
        scale = {to_power(first, -1): coefficient(1 / c)}
        rest = multiply(inner, scale)
        return add(result, variable(self._atom(("log", frozen(rest)), Atom("log", rest, abs(self._value(rest)).log()))))

    def _log_of_number(self, c: Fraction) -> Polynomial:
        if c == 1:
            return {}
        inner: Polynomial = {ONE: coefficient(c)}
        return variable(self._atom(("log", frozen(inner)), Atom("log", inner, self._value(inner).log())))

    def _log_of_atom(self, number: int) -> Polynomial:
        atom = self._atoms[number]
        if atom.kind == "exp":
            return {atom.of: 1}
        if atom.kind == "sqrt":
            return add({}, self._log(atom.of), fmpq(1, 2))
        if atom.kind in ("cut", "derivative"):
            return self._log(atom.of)
        inner = variable(number)
        return variable(self._atom(("log", frozen(inner)), Atom("log", inner, abs(atom.value).log())))

    def _uncut(self, p: Polynomial) -> Polynomial:
        """The definition of a lone variable that stands for a sum."""
        while len(p) == 1:
            ((monomial, c),) = p.items()
            if len(monomial) != 1 or monomial[0][1] != 1 or self._atoms[monomial[0][0]].kind != "cut":
                break
            p = add({}, self._atoms[monomial[0][0]].of, c)
        return p

    def _value(self, p: Polynomial) -> Any:
        total = arb(0)
        for monomial, c in p.items():
            term = arb(c) if isinstance(c, int) else arb(fmpq(c))
            for atom, exponent in monomial:
                value = self._atoms[atom].value
                term *= (
                    value**exponent if isinstance(exponent, int) else value ** arb(fmpq(exponent.numerator, exponent.denominator))
                )
            total += term
        return total

    # ----------------------------------------------------------------------------------------------------- equality

    def _equal(self, a: Polynomial, b: Polynomial) -> bool:
        difference = without_common_factor(add(a, b, -1))
        if not difference:
            return True
        self.identities += 1
        if any(self._vanishes(difference, attempt) for attempt in _ATTEMPTS):
            return True
        self._failures += 1
        if self._failures > self._most_failures:
            raise GaveUp
        return False

    def _vanishes(self, p: Polynomial, attempt: Attempt) -> bool:
        budget = _Budget(_MOST_WORK)
        try:
            for _ in range(attempt.derivatives):
                number = max((a for a in atoms(p) if self._atoms[a].kind == "derivative"), default=None)
                if number is None:
                    break
                p = self._substituted(p, number, budget)
            return not self._written_out(p, attempt.kinds, budget)
        except TooLong:
            return False

    def _written_out(self, p: Polynomial, kinds: frozenset[str], budget: _Budget) -> Polynomial:
        """A multiple of a polynomial by something that is not zero, with the definitions of its atoms written out.

        Denominators first, then the latest. Where it is zero, that is found as early as possible.
        """
        while p:
            p = without_common_factor(p)
            below = {a for monomial in p for a, e in monomial if e < 0}
            able = [a for a in atoms(p) if self._can_write(a, p, kinds)]
            if not able:
                break
            p = self._substituted(p, max(able, key=lambda a: (a in below, a)), budget)
        return p

    def _can_write(self, number: int, p: Polynomial, kinds: frozenset[str]) -> bool:
        atom = self._atoms[number]
        if "sum" in kinds and atom.kind == "cut":
            return all(e > 0 for monomial in p for a, e in monomial if a == number)
        if atom.kind not in kinds:
            return False
        if atom.kind == "sqrt":
            return any((e < 0 or e > 1) for monomial in p for a, e in monomial if a == number)
        return atom.kind != "exp" or self._definition_of_argument(atom.of) is not None

    def _definition_of_argument(self, monomial: Monomial) -> Polynomial | None:
        """The argument of an exponential with the definition of a cut in it written out."""
        cuts = [(a, e) for a, e in monomial if self._atoms[a].kind in ("cut", "derivative") and isinstance(e, int) and e > 0]
        if not cuts:
            return None
        a, e = cuts[-1]
        rest = tuple(pair for pair in monomial if pair[0] != a)
        return multiply({rest: 1}, monomial_power(self._atoms[a].of, e))

    def _substituted(self, p: Polynomial, number: int, budget: _Budget) -> Polynomial:
        atom = self._atoms[number]
        if atom.kind == "exp":
            argument = self._definition_of_argument(atom.of)
            assert argument is not None
            return self._with_exponential(p, number, argument, budget)
        split: dict[Any, Polynomial] = defaultdict(dict)
        for monomial, c in p.items():
            exponent = next((e for a, e in monomial if a == number), 0)
            rest = tuple(pair for pair in monomial if pair[0] != number)
            split[exponent][rest] = c
        if any(not isinstance(e, int) for e in split):
            raise TooLong
        low = min(0, *split)
        if atom.kind == "sqrt":
            low -= low % 2
        result: Polynomial = {}
        for exponent, part in split.items():
            factor = self._to_power(number, exponent - low, budget)
            budget.spend(len(part) * len(factor))
            result = add(result, multiply(part, factor))
        return result

    def _to_power(self, number: int, exponent: int, budget: _Budget) -> Polynomial:
        """A whole power of an atom, by its definition."""
        atom = self._atoms[number]
        if atom.kind == "sqrt":
            half, odd = divmod(exponent, 2)
            return multiply(_bounded_power(atom.of, half, budget), variable(number) if odd else {ONE: 1})
        definition = self._tanh_by_exp(atom.of) if atom.kind == "tanh" else atom.of
        return _bounded_power(definition, exponent, budget)

    def _with_exponential(self, p: Polynomial, number: int, argument: Polynomial, budget: _Budget) -> Polynomial:
        result: Polynomial = {}
        for monomial, c in p.items():
            exponent = next((e for a, e in monomial if a == number), None)
            term: Polynomial = {tuple(pair for pair in monomial if pair[0] != number): c}
            budget.spend(1)
            if exponent is not None:
                budget.spend(len(argument))
                term = multiply(term, self._exp(add({}, argument, coefficient(Fraction(exponent)))))
            result = add(result, term)
        return result

    def _tanh_by_exp(self, inner: Polynomial) -> Polynomial:
        """tanh a = 1 - 2 / (1 + exp 2a), with a variable for the denominator."""
        denominator = add(self._exp(add({}, inner, 2)), {ONE: 1})
        number = self._atom(("cut", frozen(denominator)), Atom("cut", denominator, self._value(denominator)))
        return add({ONE: 1}, variable(number, -1), -2)


@dataclass(frozen=True)
class Attempt:
    """One way to show that a polynomial vanishes: how many derivatives are written out, and which other atoms."""

    derivatives: int
    kinds: frozenset[str]


#: Only cuts that are no denominators.
_SUMS = frozenset({"sum"})
_FORWARD = frozenset({"cut", "sqrt", "exp"})
_ATTEMPTS = (
    Attempt(0, _SUMS),
    Attempt(1, _SUMS),
    Attempt(0, _FORWARD),
    Attempt(1, _FORWARD),
    Attempt(3, _FORWARD),
    Attempt(0, _FORWARD | {"tanh"}),
    Attempt(20, _FORWARD | {"tanh", "derivative"}),
)


class _Budget:
    """Terms that may still be handled."""

    def __init__(self, terms: int) -> None:
        self._left = terms

    def spend(self, terms: int) -> None:
        self._left -= terms
        if self._left < 0:
            raise TooLong


def _bounded_power(p: Polynomial, exponent: int, budget: _Budget) -> Polynomial:
    result: Polynomial = {ONE: 1}
    for _ in range(exponent):
        budget.spend(len(result) * len(p))
        result = multiply(result, p)
    return result


def without_common_factor(p: Polynomial) -> Polynomial:
    """A polynomial divided by the monomial that all its terms share."""
    if not p:
        return p
    terms = iter(p)
    common = dict(next(terms))
    for monomial in terms:
        exponents = dict(monomial)
        common = {a: min(e, exponents[a]) for a, e in common.items() if a in exponents and (e > 0) == (exponents[a] > 0)}
        if not common:
            return p
    if len(p) == 1:
        return p
    inverse = tuple(sorted((a, -e) for a, e in common.items() if e > 0))
    return {monomial_product(monomial, inverse): c for monomial, c in p.items()} if inverse else p
