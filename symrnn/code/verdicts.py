"""The verdict on each returned gradient, with the evidence that it must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.code.adjoints import TapeAdjoints, tape_adjoints, terms
from symrnn.code.numbers import Real, Tape, lifted
from symrnn.code.prover import GaveUp, NodeProver
from symrnn.code.subject import Gradient, Outcome

#: A difference that rounding of a constant in the code (0.3333333333333333) could make refutes nothing.
_ROUNDING = Fraction(1, 10**9)


@dataclass(frozen=True)
class Counterexample:
    """An entry at which balls keep what the code returns and the exact derivative apart: decimal enclosures at the point."""

    entry: tuple[int, ...]
    returned: str
    exact: str


@dataclass(frozen=True)
class Verdict:
    """`word` is proven, conditional, wrong or undecided; `reason` says why, `how` in which way a wrong gradient is wrong."""

    gradient: str
    parameter: str
    word: str
    reason: str = ""
    how: str = ""
    line: int = 0
    counterexample: Counterexample | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    verdicts: tuple[Verdict, ...]
    adjoints: TapeAdjoints
    operations: int
    identities: int
    conditions: tuple[str, ...] = field(default=())


def gradient_verdicts(outcome: Outcome) -> Judged:
    """Every gradient of a run against the exact derivative of its loss."""
    tape = Tape.current
    operations = len(tape)
    exact = tape_adjoints(outcome.loss)
    open_gradients: list[Gradient] = []
    verdicts: dict[str, Verdict] = {}
    conditions = _conditions(tape, exact)
    clipped = sum(tape.clipped.values())
    for gradient in outcome.gradients:
        found = _refuted(gradient, outcome, exact)
        if found is None:
            open_gradients.append(gradient)
        elif clipped and found.word == "wrong":
            verdicts[gradient.name] = Verdict(
                gradient.name, gradient.parameter, "undecided", "it differs at a point where np.clip changes numbers", found.how
            )
        else:
            verdicts[gradient.name] = found
    proofs = _Proofs(outcome, exact, open_gradients) if open_gradients else None
    for gradient in open_gradients:
        assert proofs is not None
        if not any(x.node in exact.of for x in outcome.values[gradient.parameter].flat):
            word, reason = "undecided", f"the loss does not depend on {gradient.parameter}: zero is right, and nothing was tested"
        elif not proofs.proven(gradient):
            word, reason = "undecided", "it agrees with the exact derivative to 90 digits at a random point, and no proof was found"
        else:
            word, reason = ("conditional", "") if conditions else ("proven", "")
        verdicts[gradient.name] = Verdict(
            gradient.name, gradient.parameter, word, reason, conditions=conditions if word == "conditional" else ()
        )
    ordered = tuple(verdicts[gradient.name] for gradient in outcome.gradients)
    return Judged(ordered, exact, operations, proofs.identities if proofs else 0, conditions)


def names_of_wrong(outcome: Outcome) -> set[str]:
    """The names of the gradients that are wrong, without a proof of the others."""
    exact = tape_adjoints(outcome.loss)
    found = {gradient.name: _refuted(gradient, outcome, exact) for gradient in outcome.gradients}
    return {name for name, verdict in found.items() if verdict is not None and verdict.word == "wrong"}


def _conditions(tape: Tape, exact: TapeAdjoints) -> tuple[str, ...]:
    result = [f"line {line}: np.clip changes nothing, that is {bounds}" for line, bounds in tape.clipped]
    lines = {line for line, count in tape.branches.items() if count}
    lines |= {tape.details[node] for node in exact.chosen}
    result += [f"line {line}: on the branch that the comparison takes at the point" for line in sorted(lines)]
    return tuple(dict.fromkeys(result))


def _refuted(gradient: Gradient, outcome: Outcome, exact: TapeAdjoints) -> Verdict | None:
    """A verdict where the shape or an entry is wrong; None where all entries agree."""
    tape = Tape.current
    parameter = outcome.values[gradient.parameter]
    returned = np.asarray(gradient.value, dtype=object)
    if returned.shape != parameter.shape:
        if returned.size != parameter.size or sorted(_long(returned.shape)) != sorted(_long(parameter.shape)):
            how = f"its shape is {_shape(returned.shape)}, that of {gradient.parameter} is {_shape(parameter.shape)}"
            return Verdict(gradient.name, gradient.parameter, "wrong", how=how)
        if _long(returned.shape) != _long(parameter.shape):
            how = f"its shape is {_shape(returned.shape)}, that of {gradient.parameter} is {_shape(parameter.shape)}: transposed"
            return Verdict(gradient.name, gradient.parameter, "wrong", how=how)
        returned = returned.reshape(parameter.shape)
    differing: list[Counterexample] = []
    for index in np.ndindex(parameter.shape):
        number = lifted(returned[index])
        if number is None:
            return Verdict(gradient.name, gradient.parameter, "undecided", "it holds something that is no number")
        right = exact.of.get(parameter[index].node, tape.constant(Fraction(0)))
        if apart(number, right):
            differing.append(Counterexample(index, number.ball.str(12), right.ball.str(12)))
    if not differing:
        return None
    how = _how(returned, parameter, exact, len(differing))
    return Verdict(gradient.name, gradient.parameter, "wrong", how=how, counterexample=differing[0])


def apart(a: Real, b: Real) -> bool:
    """Whether balls exclude that two numbers are equal, by more than rounding of a constant could explain."""
    difference = a.ball - b.ball
    if difference.contains(0):
        return False
    bound = (abs(a.ball) + abs(b.ball)) * _ROUNDING.numerator / _ROUNDING.denominator
    return bool(abs(difference) > bound)


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "that of a number"


def _how(returned: Any, parameter: Any, exact: TapeAdjoints, differing: int) -> str:
    """In the words of the field: a factor, a transpose, zero, or how many entries differ."""
    tape = Tape.current
    zero = tape.constant(Fraction(0))
    keys = [tape.key(number.node) for number in map(lifted, returned.flat) if number is not None]
    right = [exact.of.get(x.node, zero) for x in parameter.flat]
    if not any(mantissa for mantissa, _ in keys):
        return "it is zero"
    if all(lifted(x) is not None for x in returned.flat):
        ratio = _ratio([lifted(x) for x in returned.flat], right)  # type: ignore[misc]
        if ratio is not None:
            return f"it is {ratio} times the gradient" if ratio != -1 else "its sign is wrong"
    if parameter.ndim == 2 and parameter.shape[0] == parameter.shape[1]:
        transposed = np.array(right, object).reshape(parameter.shape).T.reshape(-1)
        if keys == [tape.key(x.node) for x in transposed]:
            return "it is the transpose of the gradient"
    return f"{differing} of {len(keys)} entries differ"


def _ratio(returned: list[Real], right: list[Real]) -> Fraction | None:
    """The small rational number that all entries are off by, if they are."""
    ratio: Fraction | None = None
    for a, b in zip(returned, right, strict=True):
        if b.ball.contains(0):
            if not a.ball.contains(0):
                return None
            continue
        quotient = a.ball / b.ball
        near = Fraction(float(quotient.mid())).limit_denominator(1000)
        if ratio is None:
            ratio = near
        if near != ratio or not (quotient * near.denominator - near.numerator).contains(0):
            return None
    return ratio


class _Proofs:
    """Proofs of gradients that agree at the point: against the derivative of the whole loss, then of each of its terms."""

    def __init__(self, outcome: Outcome, exact: TapeAdjoints, gradients: list[Gradient]) -> None:
        self._outcome, self._gradients = outcome, gradients
        self._proven: set[str] = set()
        self.identities = 0
        self._attempt(exact, [exact], 1)
        if len(self._proven) < len(gradients):
            by_term = [tape_adjoints(Real(node), factor) for node, factor in terms(outcome.loss)]
            self._attempt(_added(by_term, exact), by_term, 40)

    def proven(self, gradient: Gradient) -> bool:
        return gradient.name in self._proven

    def _attempt(self, exact: TapeAdjoints, sweeps: list[TapeAdjoints], most_failures: int) -> None:
        tape = Tape.current
        prover = NodeProver(tape, most_failures)
        cut = {adjoint.node for sweep in sweeps for adjoint in sweep.of.values()}
        try:
            prover.settle([self._outcome.loss.node])
            constant = [sweep.of[node].node for sweep in sweeps for node in sweep.invariant]
            prover.settle(constant, cut)
            if all(map(prover.is_zero, constant)):
                for gradient in self._gradients:
                    if gradient.name not in self._proven and self._same(prover, gradient, exact, cut):
                        self._proven.add(gradient.name)
        except GaveUp:
            pass
        self.identities += prover.identities

    def _same(self, prover: NodeProver, gradient: Gradient, exact: TapeAdjoints, cut: set[int]) -> bool:
        zero = Tape.current.constant(Fraction(0))
        parameters = self._outcome.values[gradient.parameter].flat
        numbers = map(lifted, np.asarray(gradient.value, object).flat)
        pairs = [(exact.of.get(x.node, zero).node, n.node) for x, n in zip(parameters, numbers, strict=True) if n is not None]
        prover.settle((right for right, _ in pairs), cut)
        prover.settle(left for _, left in pairs)
        return all(prover.same(left, right) for right, left in pairs)


def _added(sweeps: list[TapeAdjoints], exact: TapeAdjoints) -> TapeAdjoints:
    """The derivatives of a loss as sums of those of its terms."""
    of: dict[int, Real] = {}
    for sweep in sweeps:
        for node, adjoint in sweep.of.items():
            of[node] = of[node] + adjoint if node in of else adjoint
    return TapeAdjoints(of, exact.invariant, exact.chosen, exact.begin, len(Tape.current))
