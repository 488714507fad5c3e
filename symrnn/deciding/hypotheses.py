"""The catalogue of hypotheses under which a formula may hold although it does not hold in general.

| name | what it says |
|---|---|
| targets sum to one | the entries of a target vector add up to 1 at every step |
| zero initial state | the state before the first step, or the one before it, is the zero vector |
| zero end | what is known by its recursion from the step after alone is the zero vector after the last step |
| equal indices, different indices | two free indices that count components are equal, or are not |
| one-hot targets | a target vector has one entry 1 and the others 0 |
| a count that is not zero | what a formula divides by, where it only counts (t - 7), is not zero |
| before the last step | a step that a formula says something about the step after is not the last one |
| after the first step | a step that a formula says something about the step before is not the first one |
| in order | what is differentiated, at a step of its own, is not earlier than what it is differentiated by |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from symrnn.deciding.algebras.base import Algebra, Array
from symrnn.language.claims import Claim
from symrnn.language.model import Model, Name
from symrnn.language.tensors import (
    Affine,
    Condition,
    Const,
    Dot,
    Full,
    Jac,
    Map,
    Pick,
    Ref,
    Shape,
    Sum,
    Tensor,
    refs_in,
    size_name,
    sized_axis,
    walk,
)
from symrnn.language.terms import Big, Relation, Sym
from symrnn.notation.from_tensors import Notation, number
from symrnn.notation.said import Said, Spelled, name_typed, said

#: How many states before the first step may be zero, each by itself.
_MOST_STARTS = 2


@dataclass(frozen=True)
class Hypothesis:
    """One entry of the catalogue, about one quantity (`about` is its key) or about indices.

    `condition` is what it says about indices, where it says that; `axis` counts the classes of a target; `steps` are those before the
    first one of a state that only a recursion over several steps has.
    """

    kind: str
    about: str
    said: Said
    condition: Condition | None = None
    axis: int = 0
    steps: int = 1

    def constrain(self, key: tuple[str, int | None], ends: tuple[int, int], value: Array, algebra: Algebra) -> Array:
        """The value of a free quantity with the hypothesis put in; `ends` are the first and the last step."""
        if key[0] != self.about:
            return value
        if self.kind == "one-hot" and not algebra.symbolic:
            return self._for_each_example(value, lambda target: _one_hot(key, target, algebra))
        if self.kind in ("sum", "one-hot"):
            return self._for_each_example(value, lambda target: _summing_to_one(target, algebra))
        if (self.kind, key[1]) in (("zero", ends[0] - 1), ("zero before", ends[0] - self.steps), ("zero end", ends[1] + 1)):
            return algebra.full(Fraction(0), value.shape)
        return value

    def _for_each_example(self, value: Array, constrained: Callable[[Array], Array]) -> Array:
        """The change of one target, made for every example of a batch."""
        if value.ndim == 1:
            return constrained(value)
        return np.stack([constrained(target) for target in np.moveaxis(value, self.axis, -1)]).swapaxes(self.axis, -1)

    def implies(self, other: Hypothesis) -> bool:
        """Whether another hypothesis holds wherever this one does: what is one-hot sums to one."""
        return self == other or (self.kind == "one-hot" and other.kind == "sum" and self.about == other.about)

    @property
    def is_about_values(self) -> bool:
        """Whether it restricts a quantity, rather than indices."""
        return self.condition is None

    def allows(self, env: dict[str, int]) -> bool:
        """Whether an assignment of the free indices is within the hypothesis."""
        return self.condition is None or self.condition.holds(env)


def _summing_to_one(value: Array, algebra: Algebra) -> Array:
    result = value.copy()
    rest = algebra.full(Fraction(1), ())
    minus = algebra.full(Fraction(-1), ())
    for entry in value[:-1]:
        rest = algebra.add(rest, algebra.multiply(minus, np.asarray(entry, dtype=algebra.dtype)))
    result[-1] = rest[()]
    return result


def _one_hot(key: tuple[str, int | None], value: Array, algebra: Algebra) -> Array:
    """A unit vector; which one differs from step to step."""
    result = algebra.full(Fraction(0), value.shape)
    result[(key[1] or 0) % len(value)] = algebra.number(Fraction(1))
    return result


def about_values(model: Model) -> tuple[Hypothesis, ...]:
    """The hypotheses on values that make sense for a model."""
    return (*_targets(model, "sum"), *_zeros(model), *_targets(model, "one-hot"))


def stated_by(claim: Claim, hypotheses: Iterable[Hypothesis], first: int) -> Hypothesis | None:
    """The hypothesis that an equation states, for every step and for nothing less: ``Σ_k y_{t,k} = 1``, ``h_0 = 0``."""
    if claim.within or claim.unknown:
        return None
    found = (h for h in hypotheses for a, b in ((claim.left, claim.right), (claim.right, claim.left)) if _states(h, a, b, first))
    return next(found, None)


def _states(hypothesis: Hypothesis, side: Tensor, value: Tensor, first: int) -> bool:
    if hypothesis.kind == "zero":
        start = isinstance(side, Ref) and side.quantity == hypothesis.about and side.time == Affine((), first - 1)
        return start and (value == _ZERO or (isinstance(value, Dot) and value.left == _ZERO))
    added = _added(side)
    timed = added is not None and (added.time is None or (len(added.time.names()) == 1 and added.time.constant == 0))
    return hypothesis.kind == "sum" and added is not None and added.quantity == hypothesis.about and timed and value == _ONE


def _added(side: Tensor) -> Ref | None:
    """The vector of which a formula adds all entries."""
    match side:
        case Dot(Full(value=value), Ref() as vector, 1) | Dot(Ref() as vector, Full(value=value), 1) if value == 1:
            return vector
        case Sum(variable, lower, upper, (), Pick(Ref() as vector, (index,))) if len(vector.shape) == 1:
            whole = lower == Affine((), 1) and upper == Affine.of(size_name(vector.shape[0]))
            return vector if whole and index == Affine.of(variable) else None
    return None


_ZERO, _ONE = Const(Fraction(0)), Const(Fraction(1))


def given(model: Model) -> tuple[Hypothesis, ...]:
    """What needs no mention: a letter that a document uses as the number of a class stands for one class."""
    return tuple(h for h in _targets(model, "one-hot") if model.quantities[h.about].one_hot)


def _targets(model: Model, kind: str) -> Iterator[Hypothesis]:
    weighing = {key for q in model.quantities.values() if q.definition is not None for key in _beside_logarithms(q.definition)}
    for quantity in model.quantities.values():
        free = quantity.definition is None and not quantity.slope and _is_target(quantity.shape, model.batch)
        if free and (quantity.timed or quantity.key in weighing):
            what = said(_summing(quantity.name)) if kind == "sum" else said(name_typed(quantity.name), " one-hot")
            each = " for every example" if len(quantity.shape) == 2 else ""
            yield Hypothesis(kind, quantity.key, said(what, each), axis=quantity.shape.index("classes"))


def _summing(name: Name) -> Spelled:
    k = Sym("k")
    added = Big("sum", k, None, None, (), name.at(k))
    return Spelled(Relation("=", added, number(1)), f"Σ_k {name.text}_k = 1")


def _is_target(shape: Shape, batch: str) -> bool:
    return shape == ("classes",) or (len(shape) == 2 and set(shape) == {"classes", batch})


def _beside_logarithms(definition: Tensor) -> Iterator[str]:
    """The quantities without a time in a definition that takes logarithms, outside of these: targets, and no biases."""
    if any(isinstance(node, Map) and node.function == "log" for node in walk(definition)):
        yield from _outside_logarithms(definition)


def _outside_logarithms(node: Tensor) -> Iterator[str]:
    if isinstance(node, Ref) and node.time is None:
        yield node.quantity
    elif not (isinstance(node, Map) and node.function == "log"):
        for part in node.parts:
            yield from _outside_logarithms(part)


def _zeros(model: Model) -> Iterator[Hypothesis]:
    for quantity in model.quantities.values():
        if quantity.recurrence < 0 and not any(at.constant < model.first for at, _ in quantity.special if not at.names()):
            yield Hypothesis("zero", quantity.key, _zero(quantity.name, Affine((), model.first - 1)))
            for steps in range(2, min(-quantity.recurrence, _MOST_STARTS) + 1):
                yield Hypothesis("zero before", quantity.key, _zero(quantity.name, Affine((), model.first - steps)), steps=steps)
        if quantity.recurrence > 0 and not quantity.special:
            after = Affine.of(model.horizon, model.horizon_offset + 1)
            yield Hypothesis("zero end", quantity.key, _zero(quantity.name, after))


def _zero(name: Name, step: Affine) -> Said:
    """That a quantity is zero at a step."""
    written = _index(step).replace(" ", "").replace("−", "-")
    return said(Spelled(Relation("=", name.at(_PLAIN.index(step)), number(0)), f"{name.text}_{{{written}}} = 0"))


def about_indices(variables: tuple[tuple[str, str, str], ...]) -> Iterator[Hypothesis]:
    """Equal or different, for every pair of free indices that count components of one axis."""
    counting = [(name, label) for name, role, label in variables if role == "component"]
    for n, (a, axis) in enumerate(counting):
        for b, other in counting[n + 1 :]:
            if axis == other:
                for kind, op in (("equal", "="), ("different", "!=")):
                    condition = Condition(op, Affine.of(a), Affine.of(b))
                    yield Hypothesis(kind, "", compared(condition), condition)


def nonzero(count: Affine) -> Hypothesis:
    """That a count which a formula divides by is not zero."""
    positive = Affine(tuple((name, c) for name, c in count.terms if c > 0))
    rest = Affine(tuple((name, c) for name, c in count.terms if c < 0), count.constant).scaled(-1)
    return Hypothesis("nonzero", "", compared(Condition("!=", positive, rest)), Condition("!=", count, Affine()))


#: Writes indices where no model says which letters count what.
_PLAIN = Notation(Model({}))
_SIGNS = {"!=": "≠", "<=": "≤", ">=": "≥"}


def compared(condition: Condition) -> Said:
    """A condition between indices as one writes it: ``k ≤ t``."""
    text = f"{_index(condition.left)} {_SIGNS.get(condition.op, condition.op)} {_index(condition.right)}"
    return said(Spelled(_PLAIN.compare(condition), text))


def _index(index: Affine) -> str:
    parts = [_multiple(name, c) for name, c in index.terms] + ([str(index.constant)] if index.constant or not index.terms else [])
    return " + ".join(parts).replace("+ -", "− ")


def _multiple(name: str, factor: int) -> str:
    return f"{'' if factor == 1 else factor}{sized_axis(name) or name}"


def within_the_ends(
    variables: tuple[tuple[str, str, str], ...], sides: tuple[Tensor, Tensor], model: Model
) -> Iterator[Hypothesis]:
    """That a step has a next one, for every free time of a formula that also speaks of the step after; and that it has one before,
    where the formula speaks of what is given or computed at it (there is one state before the first step, but no input), or of the
    state there (of which the loss knows nothing)."""
    last = model.last
    refs = [ref for side in sides for ref in refs_in(side) if ref.time is not None]
    for name, role, _ in variables:
        shifts = [(n, n.time.constant) for n in refs if n.time is not None and dict(n.time.terms).get(name) == 1]
        if role == "time" and any(shift > 0 for _, shift in shifts):
            condition = Condition("<", Affine.of(name), last)
            yield Hypothesis("earlier", "", compared(condition), condition)
        known = [(n, shift) for n, shift in shifts if n.quantity in model.quantities]
        with_state = -min((shift + 1 if _is_state(n, model) else shift for n, shift in known), default=0)
        for back in sorted({with_state, -min((shift for _, shift in known), default=0)}):
            if role == "time" and back > 0:
                condition = Condition("<", Affine((), model.first + back - 1), Affine.of(name))
                yield Hypothesis("later", "", compared(Condition(">", condition.right, condition.left)), condition)


def among_the_steps(claim: Claim, model: Model) -> Claim:
    """A claim at the lengths at which each step that it names by its number, or counts from the end, is a step of the sequence."""
    times = {ref.time for side in claim.sides for ref in refs_in(side) if ref.time is not None}
    numbered = [time.constant - model.horizon_offset for time in times if not time.terms]
    counted = [model.first - time.constant for time in times if time.terms == ((model.horizon, 1),)]
    shortest = max((*numbered, *counted), default=0)
    if shortest <= model.first - model.horizon_offset:  # so long is each sequence
        return claim
    return replace(claim, within=(*claim.within, Condition(">=", Affine.of(model.horizon), Affine((), shortest))))


def steps_in_order(variables: tuple[tuple[str, str, str], ...], sides: tuple[Tensor, Tensor]) -> Iterator[Hypothesis]:
    """That t is not before k where a formula speaks of a derivative at t by what stands at k: a chain of steps leads from one to the
    other."""
    steps = {name for name, role, _ in variables if role == "time"}
    for node in (n for side in sides for n in walk(side) if isinstance(n, Jac)):
        late, early = node.numerator.time if isinstance(node.numerator, Ref) else None, node.wrt.time
        if late is None or early is None or late.names() == early.names() or not late.names() | early.names() <= steps:
            continue
        if late.names() and early.names():
            condition = Condition("<=", early, late)
            yield Hypothesis("in order", "", compared(condition), condition)


def _is_state(ref: Ref, model: Model) -> bool:
    return model.quantities[ref.quantity].recurrence < 0
