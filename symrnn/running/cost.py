"""The loss of a model as a sum of parts that have a program.

A part is a sum, over some steps, of the cross-entropy of a softmax, of the cross-entropy of a logistic output, or of the squared error,
with a factor and with weights by step (masks); or a number made of parameters alone (a weight decay).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeGuard

from symrnn.deciding.vectorising import vectorised
from symrnn.judging.answers.arithmetic import constant_value, scaled, split
from symrnn.language.model import Model
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
    Full,
    Map,
    Over,
    Pick,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    mentioned,
    rebuilt,
    size_of,
    sized_axis,
    substitute,
    walk,
)
from symrnn.running.errors import CannotCompile
from symrnn.running.products import numbers_first

NOW = Affine.of("t")
CROSS_ENTROPY, LOGISTIC, SQUARED_ERROR, NUMBER = "cross_entropy", "logistic", "squared_error", "number"
_ONE = Const(Fraction(1))


@dataclass(frozen=True)
class CostPart:
    """One part of a loss: `factor` times the sum of `weight` times the cost `kind` of `output` against `target`.

    The steps are those from the first one plus `skipped` to the last one minus `left`, all unless said otherwise; with `only_last` the
    last one. `factor` depends on no step; `weight` is a number at every step, or None. For a `NUMBER`, `value` is the whole part.
    """

    kind: str
    factor: Tensor = _ONE
    weight: Tensor | None = None
    target: Ref | None = None
    output: Ref | None = None
    value: Tensor | None = None
    skipped: int = 0
    left: int = 0
    only_last: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every step counts."""
        return not (self.skipped or self.left or self.only_last)


@dataclass(frozen=True)
class Cost:
    """The parts of a loss, the data that only they use, and the numbers that were looked through."""

    parts: tuple[CostPart, ...]
    data: tuple[Ref, ...]
    of_loss: tuple[str, ...]


def cost(model: Model, loss: Ref) -> Cost:
    """The parts of the loss of a model. Raises CannotCompile, which names what has no rule."""
    splitter = _Splitter(model)
    parts = tuple(splitter.parts(loss, CostPart(NUMBER)))
    data: dict[str, Ref] = {}
    for part in parts:
        given = [part.target, *(n for w in (part.weight, part.factor) if w is not None for n in walk(w) if isinstance(n, Ref))]
        data |= {ref.quantity: ref for ref in given if ref is not None and (ref.time is not None or ref is part.target)}
    return Cost(parts, tuple(data.values()), tuple(splitter.opened))


class _Splitter:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.opened: dict[str, None] = {}
        self.last = model.last

    def parts(self, node: Tensor, so_far: CostPart) -> Iterator[CostPart]:
        """The parts of an expression, which counts as `so_far` says."""
        node = numbers_first(vectorised(node))
        if any(isinstance(n, Ref) and n.time == self.last for n in walk(node)) and "t" not in node.free:
            node, so_far = at_last(node, self.last), replace(so_far, only_last=True)
        known = self._known(node, so_far)
        if known is not None:
            yield known
        elif isinstance(node, Plus):
            for term in node.terms:
                yield from self.parts(term, so_far)
        elif isinstance(node, Sum) and not any(map(sized_axis, node.upper.names())):
            yield from self._over_time(node, so_far)
        elif isinstance(node, (Dot, Over)) and not node.shape:
            yield from self._product(node, so_far)
        elif isinstance(node, Ref) and self._can_open(node):
            yield from self.parts(self._opened(node), so_far)
        else:
            yield self._number(node, so_far)

    def _over_time(self, node: Sum, so_far: CostPart) -> Iterator[CostPart]:
        skipped, left = node.lower - self.model.first, self.last - node.upper
        if node.conditions or skipped.terms or left.terms or skipped.constant < 0 or left.constant < 0:
            raise CannotCompile(
                f"a sum of the loss runs over steps that have no rule; let it run from t = {self.model.first} (or a later first step) "
                f"to {self.model.horizon}, or use a mask m_t"
            )
        inner = replace(so_far, skipped=skipped.constant, left=left.constant)
        yield from self.parts(substitute(node.body, {node.variable: NOW}), inner)

    def _product(self, node: Dot | Over, so_far: CostPart) -> Iterator[CostPart]:
        """The factor goes to what is known of the part, the rest is taken apart."""
        pairs = [(node.left, node.right)] if isinstance(node, Over) else [(node.left, node.right), (node.right, node.left)]
        for rest, factor in pairs:
            if factor.shape or rest.shape or not self._is_given(factor):
                continue
            factor = Over(_ONE, factor) if isinstance(node, Over) else factor
            if "t" in factor.free:
                weight = factor if so_far.weight is None else Dot(so_far.weight, factor, 0)
                yield from self.parts(rest, replace(so_far, weight=weight))
            else:
                yield from self.parts(rest, replace(so_far, factor=_times(so_far.factor, factor)))
            return
        left, right = (
            self._opened(n) if isinstance(n, Ref) and not n.shape and self._can_open(n) else n for n in (node.left, node.right)
        )
        if (left, right) != (node.left, node.right):
            yield from self.parts(Over(left, right) if isinstance(node, Over) else Dot(left, right, node.axes), so_far)
        else:
            yield self._number(node, so_far)

    def _is_given(self, node: Tensor) -> bool:
        """Whether a number is made of constants, counts, data of steps and parameters alone."""
        quantities = self.model.quantities
        free = all(quantities[key].definition is None for key in mentioned(node))
        inside = any(isinstance(n, Ref) and not quantities[n.quantity].timed for n in walk(node))
        return free and not (inside and any(isinstance(n, Ref) and n.shape for n in walk(node)))

    def _definition(self, ref: Ref) -> Tensor | None:
        return self.model.quantities[ref.quantity].definition

    def _can_open(self, ref: Ref) -> bool:
        return self._definition(ref) is not None and not self.model.quantities[ref.quantity].recurrence

    def _opened(self, ref: Ref) -> Tensor:
        definition = self._definition(ref)
        assert definition is not None
        self.opened[ref.quantity] = None
        return definition if ref.time is None else substitute(definition, {"t": ref.time})

    # ----------------------------------------------------------------------------------------------------- known costs

    def _known(self, node: Tensor, so_far: CostPart) -> CostPart | None:
        factor, core = split(node)
        if isinstance(core, Dot) and isinstance(core.left, Full):  # the sum of all components
            factor, core = factor * core.left.value, core.right
        for match in (self._cross_entropy, self._logistic, self._squared_error):
            found = match(core)
            if found is not None:
                kind, sign, target, output = found
                for ref in (target, output):
                    if ref.time not in (None, NOW):
                        text = self.model.quantities[ref.quantity].text
                        raise CannotCompile(
                            f"the loss uses {text} at a step of its own, which has no rule; sum over steps, or use the last one"
                        )
                whole = _times(so_far.factor, Const(factor * sign))
                lifted = target.time is None or output.time is None
                return replace(so_far, kind=kind, factor=whole, target=target, output=output, only_last=so_far.only_last or lifted)
        return None

    def _cross_entropy(self, node: Tensor) -> tuple[str, int, Ref, Ref] | None:
        if not isinstance(node, Dot) or node.axes != 1:
            return None
        for target, logarithm in ((node.left, node.right), (node.right, node.left)):
            output = self._inside_log(logarithm)
            if self._is_target(target) and output is not None and isinstance(self._definition(output), Softmax):
                return CROSS_ENTROPY, -1, target, output
        return None

    def _logistic(self, node: Tensor) -> tuple[str, int, Ref, Ref] | None:
        """y log p + (1 - y) log(1 - p), of numbers or component by component."""
        if not isinstance(node, Plus) or len(node.terms) != 2:
            return None
        found: dict[bool, tuple[Ref, Ref, Fraction]] = {}
        for term in node.terms:
            factor, core = split(term)
            if not isinstance(core, (Dot, Times)):
                return None
            for weight, logarithm in ((core.left, core.right), (core.right, core.left)):
                flipped, target = _without_one(weight)
                turned, output = _without_one(logarithm.argument) if _is_log(logarithm) else (None, None)
                if flipped == turned and self._is_target(target) and isinstance(output, Ref):
                    found[flipped] = target, output, factor
        if set(found) != {False, True} or found[False] != found[True]:
            return None
        target, output, factor = found[True]
        definition = self._definition(output)
        if abs(factor) != 1 or not isinstance(definition, Map) or definition.function != "sigma":
            return None
        return LOGISTIC, -int(factor), target, output

    def _squared_error(self, node: Tensor) -> tuple[str, int, Ref, Ref] | None:
        if isinstance(node, Dot) and node.axes == 1 and node.left is node.right:
            node = Power(node.left, 2)
        if not isinstance(node, Power) or node.exponent != 2:
            return None
        base = node.base
        if isinstance(base, Ref) and self._can_open(base):
            inside = self._definition(base)
            assert inside is not None
            if any(isinstance(n, Ref) and self.model.quantities[n.quantity].definition is None and n.time for n in _terms(inside)):
                base = self._opened(base)
        parts = [split(term) for term in base.terms] if isinstance(base, Plus) else []
        if len(parts) != 2 or {sign for sign, _ in parts} != {1, -1}:
            return None
        for (_, output), (_, target) in (parts, parts[::-1]):
            if (
                self._is_target(target)
                and isinstance(output, Ref)
                and self.model.quantities[output.quantity].definition is not None
            ):
                return SQUARED_ERROR, 1, target, output
        return None

    def _inside_log(self, node: Tensor) -> Ref | None:
        inner = node.argument if _is_log(node) else None
        return inner if isinstance(inner, Ref) else None

    def _is_target(self, node: Tensor) -> TypeGuard[Ref]:
        return isinstance(node, Ref) and self.model.quantities[node.quantity].definition is None

    def _number(self, node: Tensor, so_far: CostPart) -> CostPart:
        """A part of parameters alone, such as a weight decay."""
        found = (self.model.quantities[key] for key in mentioned(node))
        timed = [quantity for quantity in found if quantity.timed or quantity.definition is not None]
        if timed or so_far.weight is not None or not so_far.is_whole:
            raise CannotCompile(
                f"the loss has a part with {', '.join(sorted(q.text for q in timed)) or 'a sum'} that has no rule; what has one: "
                r"-\sum_k y_{t,k} \log p_{t,k} of a softmax p_t that has an equation of its own, -\log p_{t,y_t} with a class y_t, "
                r"-y_t \log p_t - (1 - y_t) \log(1 - p_t) of a logistic p_t, \|p_t - y_t\|^2, each with factors and masks, "
                r"and terms of parameters alone such as \lambda \|W\|^2",
                next(reversed(self.opened), ""),
            )
        return replace(so_far, value=_times(so_far.factor, node))


def _terms(node: Tensor) -> Iterator[Tensor]:
    for term in node.terms if isinstance(node, Plus) else (node,):
        yield split(term)[1]


def at_last(node: Tensor, last: Affine, other: Callable[[Ref], Tensor | None] = lambda ref: ref) -> Tensor:
    """The expression with what stands at the last step at the step t, and with every `other` quantity changed."""
    if isinstance(node, Ref):
        return Ref(node.quantity, NOW, node.axes) if node.time == last else other(node) or node
    return rebuilt(node, lambda child: at_last(child, last, other))


def _times(a: Tensor, b: Tensor) -> Tensor:
    for value, other in ((constant_value(a), b), (constant_value(b), a)):
        if value is not None:
            return scaled(value, other)
    return Dot(a, b, 0)


def _is_log(node: Tensor) -> TypeGuard[Map]:
    return isinstance(node, Map) and (node.function, node.order) == ("log", 0)


def _without_one(node: Tensor) -> tuple[bool, Tensor]:
    """Whether a tensor is 1 minus another one, and that one."""
    if isinstance(node, Plus) and len(node.terms) == 2:
        for one, rest in (node.terms, node.terms[::-1]):
            factor, core = split(rest)
            value, unit = split(one)
            if factor == -1 and ((unit is _ONE and value == 1) or (isinstance(unit, Full) and value * unit.value == 1)):
                return True, core
    return False, node


def mass(target: Ref) -> Tensor:
    """The sum of the components of a target."""
    index = Affine.of("k#t")
    return Sum("k#t", Affine((), 1), size_of(target.shape[0]), (), Pick(target, (index,)))
