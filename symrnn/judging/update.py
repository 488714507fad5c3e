"""Update rules such as ``W ← W − α ∂L/∂W``: what they claim is that a parameter moves against its own gradient.

The derivative is of the loss and by the parameter itself; the step is a product of positive numbers and of letters that nothing else
defines, which are taken as positive. What else a rule may say (momentum, decay, a step per component) is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symrnn.judging.edits.setting import total_loss
from symrnn.language.model import Model, Quantity
from symrnn.language.parts import contains, product_of, terms_of, unsigned
from symrnn.language.tensors import mentioned
from symrnn.language.terms import (
    Add,
    Big,
    Deriv,
    Elided,
    Frac,
    Hadamard,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Sym,
    Term,
    replaced,
    walk,
)
from symrnn.reading.definitions.finding import is_step_down
from symrnn.reading.lexicon import Lexicon

#: The sign of a relation that is the claim of an update rule: there both sides may be the same formula.
UPDATE = "<-"


class NoUpdate(Exception):
    """A rule of a kind that is not judged, and why."""


def update_claim(relation: Relation, model: Model, lexicon: Lexicon) -> Relation | None:
    """What an update rule claims: the parameter less a positive step times the gradient of the loss is what is assigned.

    None when the relation is no update rule of a parameter. Raises NoUpdate.
    """
    known = _quantities(relation.left, model, lexicon)
    if not any(q.is_parameter for q in known) or _indexed(relation.left, lexicon):
        return None
    relation = replace(relation, right=replaced(relation.right, {Elided(): relation.left}))  # W - η ∇L
    terms = terms_of(relation.right)
    moves = [t for t in terms if contains(t, Deriv)]
    if not moves or not (relation.left in terms or any(_is_by(relation.left, move) for move in moves)):
        return None
    if len(moves) > 1 or len(terms) > 2:
        raise NoUpdate("an update rule with more terms than the parameter and one step: what it is to claim is not known")
    step = _factored(moves[0])
    derivative = Deriv(_loss(step.derivative, model, lexicon), relation.left, step.derivative.sign, step.derivative.prefix)
    above = [f for f in map(_unsigned, step.factors) if _is_positive(f, model, lexicon)]
    below = [f for f in map(_unsigned, step.divisors) if _is_positive(f, model, lexicon)]
    moved: Term = Mul((*above, derivative)) if above else derivative
    moved = Frac(moved, product_of(below)) if below else moved
    return Relation(UPDATE, Add((relation.left, Neg(moved))), relation.right, relation.conditions)


def written_out(relation: Relation, model: Model, lexicon: Lexicon) -> Relation | None:
    """What an update rule claims whose step has the gradient written out: ``V ← V − η \\sum_t (o_t − y_t) h_t^T``.

    None when it has no such form. A step that is no multiple of the gradient may be right as well (momentum, decay).
    """
    known = _quantities(relation.left, model, lexicon)
    terms = relation.right.terms if isinstance(relation.right, Add) else ()
    total = total_loss(model)
    if total is None or not any(q.is_parameter for q in known) or len(terms) != 2 or relation.left not in terms:
        return None
    move = _unsigned(terms[1] if terms[0] == relation.left else terms[0])
    factors = move.factors if isinstance(move, (Mul, Hadamard)) else (move,)
    step = tuple(f for f in factors if isinstance(f, (Sym, Num, Frac)) and _is_positive(f, model, lexicon))
    moved = Mul((*step, Deriv(total.name.term, relation.left, "partial", False)))
    return Relation(UPDATE, Add((relation.left, Neg(moved))), relation.right, relation.conditions)


def without_the_parameter(relation: Relation, model: Model, lexicon: Lexicon) -> Relation | None:
    r"""``V = -\\eta \\sum_t (o_t − y_t) h_t^T`` with the V that moves, where that is left out; None for any other equation."""
    parameter = any(q.is_parameter for q in _quantities(relation.left, model, lexicon))
    steps = is_step_down(relation.right) or (isinstance(relation.right, Neg) and _is_by(relation.left, relation.right))
    return replace(relation, right=Add((relation.left, relation.right))) if parameter and steps else None


def is_update(relation: Relation, model: Model, lexicon: Lexicon) -> bool:
    """Whether an equation assigns to a parameter what is made with it: no formula is equal to itself and a step."""
    terms = relation.right.terms if isinstance(relation.right, Add) else ()
    return relation.left in terms and any(q.is_parameter for q in _quantities(relation.left, model, lexicon))


def _is_by(parameter: Term, move: Term) -> bool:
    """Whether a step takes a derivative by the parameter: then its letter is meant on the right side too."""
    return any(isinstance(n, Deriv) and n.denominator == parameter for _, n in walk(move))


@dataclass(frozen=True)
class _Step:
    """A derivative and what it is multiplied with and divided by, without signs."""

    derivative: Deriv
    factors: tuple[Term, ...] = ()
    divisors: tuple[Term, ...] = ()


def _factored(term: Term) -> _Step:
    """The factors of a step. Raises NoUpdate where its derivative is within something else."""
    match term:
        case Neg(inner):
            return _factored(inner)
        case Deriv():
            return _Step(term)
        case Big("sum", _, _, _, _, Deriv() as body):  # the derivative of a sum
            return _Step(replace(body, numerator=replace(term, body=body.numerator)))
        case Frac(above, below):
            step = _factored(above)
            return _Step(step.derivative, step.factors, (*step.divisors, below))
        case Mul(factors) | Hadamard(factors) | Outer(factors):
            holding = [f for f in factors if contains(f, Deriv)]
            if len(holding) == 1:
                step = _factored(holding[0])
                rest = tuple(f for f in factors if f is not holding[0])
                quotients = [f for f in rest if isinstance(f, Frac)]
                plain = tuple(f for f in rest if not isinstance(f, Frac)) + tuple(f.numerator for f in quotients)
                return _Step(step.derivative, (*plain, *step.factors), (*step.divisors, *(f.denominator for f in quotients)))
    raise NoUpdate("an update rule whose step is no multiple of one derivative")


def _loss(derivative: Deriv, model: Model, lexicon: Lexicon) -> Term:
    """The loss that a derivative is of, without a sign; the total loss where it is of something else. Raises NoUpdate."""
    numerator = unsigned(derivative.numerator)
    total = total_loss(model)
    if isinstance(numerator, Big) and numerator.kind == "sum" and _is_loss(numerator.body, total, model, lexicon):
        return numerator
    if _is_loss(numerator, total, model, lexicon):
        return numerator
    if total is None:
        raise NoUpdate("an update rule, and no equation says what the loss is")
    return total.name.term


def _is_loss(term: Term, total: Quantity | None, model: Model, lexicon: Lexicon) -> bool:
    """Whether a formula is the loss, or that of one step: a number that is defined and makes up the total."""
    parts = mentioned(total.definition) if total is not None and total.definition is not None else None
    return any(
        q.definition is not None and not q.shape and (parts is None or q == total or q.key in parts)
        for q in _quantities(term, model, lexicon)
    )


def _unsigned(factor: Term) -> Term:
    """A factor without its sign: whether the signs are right is for the proof to tell."""
    match factor:
        case Neg(inner):
            return _unsigned(inner)
        case Num(value):
            return Num(abs(value))
        case _:
            return factor


def _is_positive(factor: Term, model: Model, lexicon: Lexicon) -> bool:
    """Whether a factor belongs to a step: a positive number. A quantity of the network does not.

    Raises NoUpdate for a difference: nobody knows which of two letters is greater.
    """
    match factor:
        case Num(value):
            return value > 0
        case Mul(factors):
            return _are_positive(factors, model, lexicon)
        case Frac(above, below):
            return _are_positive((above, below), model, lexicon)
        case Pow():
            return _is_positive(factor.base, model, lexicon)
        case Add(terms):
            if any(isinstance(t, Neg) for t in terms):
                raise NoUpdate("an update rule whose step is a difference: it is not known to be positive")
            return _are_positive(terms, model, lexicon)
        case Sym():
            return not _quantities(factor, model, lexicon)
    if any(_quantities(n, model, lexicon) for _, n in walk(factor)):
        return False
    raise NoUpdate("an update rule whose step is not known to be a positive number")


def _are_positive(factors: tuple[Term, ...], model: Model, lexicon: Lexicon) -> bool:
    """Whether all factors are; each is looked at, so that no difference goes unseen."""
    found = [_is_positive(factor, model, lexicon) for factor in factors]
    return all(found)


def _quantities(term: Term, model: Model, lexicon: Lexicon) -> tuple[Quantity, ...]:
    occurrence = lexicon.occurrence(term)
    return tuple(model.named(occurrence.name).values()) if occurrence is not None else ()


def _indexed(term: Term, lexicon: Lexicon) -> bool:
    occurrence = lexicon.occurrence(term)
    return occurrence is not None and bool(occurrence.indices)
