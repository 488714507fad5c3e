"""One cause of several mistakes: a loss without its sign, its number or its mean, with which the gradients below it would hold.

A wrong gradient has a repair of its own, so that a loss without its minus makes all of them wrong, one by one. Where the repairs of two
are a constant factor, the definitions of the losses are tried with such factors, in numbers first; the one that helps most is put into
the document, and what was wrong is judged by it. It is the cause if nothing fails by it that holds as written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from symrnn.deciding.decide import Decider, Holds
from symrnn.judging import mistakes
from symrnn.judging.answers import NetworkDerivatives
from symrnn.judging.answers.arithmetic import scaled
from symrnn.judging.edits.bounds import number_of_steps
from symrnn.judging.extent import Disagreement
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import CommonCause, Judgement
from symrnn.judging.verdict import Wrong
from symrnn.language.budget import TooLarge, limited
from symrnn.language.model import Model
from symrnn.language.terms import Frac, Mul, Neg, Num, Relation, Term
from symrnn.notation.from_tensors import product as product_of
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.elaborate import readings

#: The mistakes whose repair is a constant factor, or may be one.
_CONSTANT = {
    mistakes.SIGN,
    mistakes.NUMBER,
    mistakes.NUMBER_EXTRA,
    mistakes.OTHER_NUMBER,
    mistakes.FACTOR_EXTRA,
    mistakes.MEAN,
}
#: So many steps tell their number from a half and from two.
_STEPS = 3
#: So many equations are tried with each factor.
_MOST_TRIED = 6
#: The operations that the search for one cause may cost.
_BUDGET = 14_000_000


@dataclass(frozen=True)
class _Factor:
    """A number times a power of the number of steps."""

    number: Fraction
    power: int = 0

    def at(self, steps: int) -> Fraction:
        return self.number * Fraction(steps) ** self.power

    def __mul__(self, other: _Factor) -> _Factor:
        return _Factor(self.number * other.number, self.power + other.power)

    def __truediv__(self, other: _Factor) -> _Factor:
        return _Factor(self.number / other.number, self.power - other.power)


_ONE = _Factor(Fraction(1))
#: What a loss may lack: the likeliest first.
_FACTORS = tuple(
    _Factor(Fraction(sign) * number, power)
    for power, number, sign in product((0, -1, 1), (Fraction(1), Fraction(1, 2), Fraction(2)), (-1, 1))
    if power or number * sign != 1
)


def with_causes(courts: Sequence[Judge], judgements: Sequence[Judgement]) -> list[Judgement]:
    """Judgements in which wrong equations have their cause, where one change of a loss makes several of one network hold."""
    found = list(judgements)
    for judge in {id(judge): judge for judge in courts}.values():
        own = [n for n, court in enumerate(courts) if court is judge]
        with limited(_BUDGET), suppress(TooLarge, Disagreement):
            cause, held = _cause(judge, judgements, own)
            for n in held:
                found[n] = replace(found[n], cause=cause)
    return found


def _cause(judge: Judge, judgements: Sequence[Judgement], own: Sequence[int]) -> tuple[CommonCause | None, list[int]]:
    """The cause of wrong equations among those at some positions, and which of them it is the cause of."""
    wrong = {n: r for n in own if isinstance(judgements[n].verdict, Wrong) and (r := judgements[n].statement.relation) is not None}
    alike = [r for n, r in wrong.items() if _lacks_a_factor(judgements[n])]
    best = _likeliest(judge, alike[:_MOST_TRIED]) if len(alike) > 1 and judge.hearing.others.changed is not None else None
    if best is None or judge.hearing.others.changed is None or best[0] >= len(judgements):
        return None, []
    position, factor = best
    definition = judgements[position].statement
    assert definition.relation is not None
    right = _times(factor, definition.relation.right, number_of_steps(judge.understanding.model))
    instead = replace(definition.relation, right=right)
    other = judge.hearing.others.changed({position: instead})
    mended = [n for n, relation in wrong.items() if other.holds(relation) is not None]
    kept = [r for n in own if n != position and n not in wrong and (r := judgements[n].statement.relation) is not None]
    if len(mended) < 2 or any(judge.hearing.is_true(r) and not other.is_true(r) for r in kept):
        return None, []
    return CommonCause(definition, instead), mended


def _lacks_a_factor(judgement: Judgement) -> bool:
    """Whether the repair of a wrong equation is a sign, a number, or the number of steps."""
    repair = judgement.verdict.repair if isinstance(judgement.verdict, Wrong) else None
    return repair is not None and all(edit.mistake in _CONSTANT for edit in repair.edits)


def _likeliest(judge: Judge, relations: Sequence[Relation]) -> tuple[int, _Factor] | None:
    """The position of the loss, and the factor of it, with which most of some equations hold in numbers; None where not two do."""
    model, instance = judge.understanding.model, replace(judge.decider.instance, steps=_STEPS)
    claims = [[r.claim for r in readings(relation, model, judge.understanding.lexicon)[0]] for relation in relations]

    def held(key: str, factor: _Factor) -> int:
        decider = Decider(_with_factor(model, key, factor.at(_STEPS)), instance)
        return sum(any(isinstance(decider.decide(claim), Holds) for claim in of_one) for of_one in claims)

    tried = [(held(key, factor), position, factor) for position, key in _losses(judge) for factor in _factors_of(model, key)]
    most, position, factor = max(tried, key=lambda found: found[0], default=(0, 0, _ONE))
    return (position, factor) if most > 1 else None


def _losses(judge: Judge) -> Iterator[tuple[int, str]]:
    """The positions of the equations that define losses, with their keys."""
    model = judge.understanding.model
    network = NetworkDerivatives(model, frozenset())
    for position, key in sorted(judge.understanding.defines.items()):
        quantity = model.quantities.get(key)
        if position < 0 or quantity is None or quantity.definition is None or quantity.special:
            continue
        if network.is_loss(quantity) and (not quantity.timed or quantity.name.letter in LOSSES):
            yield position, key


def _factors_of(model: Model, key: str) -> Iterator[_Factor]:
    """The factors that a loss may lack; that of one step is no mean over them."""
    return (factor for factor in _FACTORS if not factor.power or not model.quantities[key].timed)


def _with_factor(model: Model, key: str, factor: Fraction) -> Model:
    """The network with a multiple of a loss."""
    loss = model.quantities[key]
    assert loss.definition is not None
    return replace(model, quantities={**model.quantities, key: replace(loss, definition=scaled(factor, loss.definition))})


# ------------------------------------------------------------------------------------------------- factors in formulas


def _times(factor: _Factor, term: Term, steps: Term) -> Term:
    """A factor times a formula, with what constant factor that has taken into it: ``1/2`` of ``2 x`` is ``x``."""
    own, rest = _split(term, steps)
    factor = factor * own
    above: list[Term] = []
    below: list[Term] = []
    for number, parts in ((abs(factor.number.numerator), above), (factor.number.denominator, below)):
        parts += [Num(Fraction(number))] if number != 1 else []
    (above if factor.power > 0 else below).extend([steps] * abs(factor.power))
    constant = [Frac(_product(above), _product(below))] if below else above
    result = _product([*constant, *rest])
    return Neg(result) if factor.number < 0 else result


def _split(term: Term, steps: Term) -> tuple[_Factor, list[Term]]:
    """A formula as a constant and the factors of the rest."""
    match term:
        case Neg(inner):
            own, rest = _split(inner, steps)
            return _Factor(Fraction(-1)) * own, rest
        case Num(value) if value:
            return _Factor(value), []
        case Frac(above, below):
            (over, more), (under, less) = _split(above, steps), _split(below, steps)
            return (over / under, more) if not less else (_ONE, [term])
        case Mul((first, *others), sign) if not sign:
            own, rest = _split(first, steps)
            if rest:
                return _ONE, [term]
            further, left = _split(_product(others), steps)
            return own * further, left
    return (_Factor(Fraction(1), 1), []) if term == steps else (_ONE, [term])


def _product(factors: Sequence[Term]) -> Term:
    return product_of(tuple(factors)) if factors else Num(Fraction(1))
