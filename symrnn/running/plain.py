"""A program to keep: one function in one file, over the arrays of any library, without symrnn.

Time is a Python loop, everything at one step is written as in the document's equations, which stand beside it. Arrays may be those of
NumPy, PyTorch, JAX, CuPy or any other library of the Python array API (https://data-apis.org/array-api).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.judging.answers.arithmetic import constant_value
from symrnn.language.remarks import CODING, beside, remark
from symrnn.language.tensors import (
    Affine,
    Const,
    Dot,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Plus,
    Power,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    sized_axis,
    substitute,
    walk,
)
from symrnn.notation import unicode_relation
from symrnn.running.blocks import columns_of
from symrnn.running.cost import CROSS_ENTROPY, NOW, SQUARED_ERROR, CostPart
from symrnn.running.emit import ModelNames, called, subtracted
from symrnn.running.errors import CannotCompile
from symrnn.running.plan import Plan
from symrnn.running.proof import ProvenEquation
from symrnn.running.schedule import Block, Series, SeriesRule, series_of, used
from symrnn.running.source import backward_blocks, forward_blocks, outputs_of
from symrnn.running.writing import written_equation

_HELPERS = {
    "softmax": (
        "def softmax(xp, z):",
        "    e = xp.exp(z - xp.max(z))",
        "    return e / xp.sum(e)",
    ),
    "log_softmax": (
        "def log_softmax(xp, z):",
        "    shifted = z - xp.max(z)",
        "    return shifted - xp.log(xp.sum(xp.exp(shifted)))",
    ),
}
#: Functions and their slopes, where these are no polynomials in the value, in the words of the array API.
_VALUES = {
    **{name: f"xp.{name}({{x}})" for name in ("tanh", "sin", "cos", "exp", "log", "sqrt")},
    "sigma": "1 / (1 + xp.exp(-{x}))",
    "relu": "xp.where({x} > 0, {x}, 0 * {x})",
    "elu": "xp.where({x} > 0, {x}, xp.expm1({x}))",
    "softplus": "xp.logaddexp({x}, 0 * {x})",
    "silu": "{x} / (1 + xp.exp(-{x}))",
}
_SLOPES = {
    "sin": "xp.cos({x})",
    "cos": "-xp.sin({x})",
    "relu": "xp.where({x} > 0, 1 + 0 * {x}, 0 * {x})",
    "elu": "xp.where({x} > 0, 1 + 0 * {x}, xp.exp({x}))",
    "softplus": "1 / (1 + xp.exp(-{x}))",
    "silu": "(1 + {x} / (1 + xp.exp({x}))) / (1 + xp.exp(-{x}))",
}


def plain(plan: Plan) -> str:
    """The text of a program with one function, `loss_and_gradients`. Raises CannotCompile where an expression has no rule."""
    return "\n".join(_Plain(plan).lines()) + "\n"


@dataclass(frozen=True)
class _Loop:
    """Rules that are computed step by step together: forwards in time, or backwards."""

    backwards: bool
    rules: tuple[SeriesRule, ...]

    @property
    def head(self) -> str:
        return f"for t in {'reversed(range(T))' if self.backwards else 'range(T)'}:"


def _loops(blocks: list[Block], otherwise: bool) -> list[_Loop]:
    """Blocks in as few loops as their order allows; one that may run either way goes along, or the way of `otherwise`."""
    loops: list[_Loop] = []
    for block in blocks:
        last = loops[-1] if loops else None
        backwards = block.direction > 0 if block.direction else (last.backwards if last else otherwise)
        inside = {rule.series for rule in last.rules} if last else set()
        ahead = {shift for rule in block.rules for series, shift in used(rule.right) if series in inside}
        if last and last.backwards == backwards and not ahead & ({-1} if backwards else {1}):
            loops[-1] = _Loop(backwards, (*last.rules, *block.rules))
        else:
            loops.append(_Loop(backwards, block.rules))
    return loops


class _Plain:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.network = plan.network
        self.model = plan.network.model
        self.names = ModelNames(self.model)
        self.helpers: dict[str, None] = {}
        self.forward = _loops(forward_blocks(plan), otherwise=False)
        self.backward = _loops(backward_blocks(plan), otherwise=True)

    def lines(self) -> Iterator[str]:
        body = [f"    {line}" for line in self._body()]
        count = len(self.plan.statements)
        everywhere = sum(s.evidence.startswith(("proven for every", "the same for every")) for s in self.plan.statements)
        yield CODING
        yield from (remark(said) for said in self.plan.remarks)
        yield f"# One sequence; the first axis of what has a step is time. {everywhere} of {count} equations hold for every length."
        yield "from array_api_compat import array_namespace"
        for helper in self.helpers:
            yield from ("", "", *_HELPERS[helper])
        yield from ("", "", f"def loss_and_gradients({', '.join(self._arguments())}):", *body)

    def _arguments(self) -> list[str]:
        states = [f"{self._name(key)}_first" for key in self.plan.roles.states]
        given = [self._name(key) for key in (*self.plan.roles.inputs, *self.plan.roles.data)]
        passed = [name for f in sorted(self.plan.functions) for name in (called(f), f"{called(f)}_slope")]
        return [*(self._name(q.key) for q in self.network.parameters()), *given, *states, *passed]

    def _name(self, key: str) -> str:
        return self.names.quantity(key)

    # ----------------------------------------------------------------------------------------------------------- lines

    def _body(self) -> Iterator[str]:
        timed = [*self.plan.roles.inputs, *(r.quantity for r in self.network.cost.data if r.time is not None)]
        yield f"xp, T = array_namespace({self._name(self.network.parameters()[0].key)}), {self._name(timed[0])}.shape[0]"
        yield from self._classes()
        yield from self._parts_of_parameters()
        outputs = [SeriesRule(Series(q.key, False), q.definition) for q in outputs_of(self.network) if q.definition is not None]
        loops = [*self.forward[:-1], replace(self.forward[-1], rules=(*self.forward[-1].rules, *outputs))]
        yield self._empty([rule.series for loop in loops for rule in loop.rules])
        for loop in loops:
            yield from self._loop(loop)
        yield from self._loss()
        yield from self._edges()
        yield self._empty([rule.series for loop in self.backward for rule in loop.rules])
        yield from self._gradients()

    def _classes(self) -> Iterator[str]:
        """Numbers of classes as vectors."""
        sizes = self._sizes()
        for key in (*self.plan.roles.inputs, *self.plan.roles.data):
            quantity = self.model.quantities[key]
            if quantity.one_hot:
                first = self._name(self.network.parameters()[0].key)
                yield f"{self._name(key)} = xp.take(xp.eye({sizes[quantity.shape[0]]}, dtype={first}.dtype), {self._name(key)}, axis=0)"

    def _parts_of_parameters(self) -> Iterator[str]:
        sizes = self._sizes()
        for block in self.network.blocks():
            (whole,) = [n for n in walk(block.definition or Const(Fraction(1))) if isinstance(n, Ref)]
            before, label, axis = columns_of(block)
            start = " + ".join(sizes[part] for part in before)
            stop = f"{start} + {sizes[label]}" if start else sizes[label]
            yield f"{self._name(block.key)} = {self._name(whole.quantity)}[{':, ' if axis else ''}{start}:{stop}]"

    def _sizes(self) -> dict[str, str]:
        """An expression of every axis."""
        places: dict[str, str] = {}
        for q in reversed(self.network.parameters()):
            places |= {label: f"{self._name(q.key)}.shape[{axis}]" for axis, label in enumerate(q.shape)}
        for key in self.plan.roles.inputs:
            places = {**{label: f"{self._name(key)}.shape[1]" for label in self.model.quantities[key].shape}, **places}
        return places

    def _empty(self, series: list[Series]) -> str:
        names = [self.names.series(s) for s in series]
        return f"{', '.join(names)} = {', '.join(self._start(s) for s in series)}"

    def _start(self, series: Series) -> str:
        """The values of a series that are known before any step."""
        quantity = self.model.quantities[series.quantity]
        if series.derivative:
            edges = sorted(
                {shift for loop in self.backward for rule in loop.rules for s, shift in used(rule.right) if s == series and shift}
            )
            zero = f"0.0 * {self.names.series(Series(series.quantity, False))}[0]"
            return f"{{{', '.join(f'{_edge(shift)}: {zero}' for shift in edges)}}}"
        return f"{{{_edge(quantity.recurrence)}: {self._name(quantity.key)}_first}}" if quantity.recurrence else "{}"

    def _edges(self) -> Iterator[str]:
        """What the backward pass multiplies with zero beyond the ends."""
        found = {
            (s, shift)
            for loop in self.backward
            for rule in loop.rules
            for s, shift in used(rule.right)
            if shift and not s.derivative
        }
        for series, shift in sorted(found, key=str):
            quantity = self.model.quantities[series.quantity]
            if quantity.recurrence != shift:
                yield f"{self._name(quantity.key)}[{_edge(shift)}] = 0.0 * {self._name(quantity.key)}[0]"

    def _loop(self, loop: _Loop) -> Iterator[str]:
        yield loop.head
        for rule in loop.rules:
            yield f"    {self.names.series(rule.series)}[t] = {self._text(rule.right)}  {beside(self._equation(rule))}"

    def _equation(self, rule: SeriesRule) -> str:
        quantity = self.model.quantities[rule.series.quantity]
        ref = Ref(quantity.key, NOW, quantity.shape)
        left = Jac(self.network.loss, ref, False) if rule.series.derivative else ref
        return unicode_relation(written_equation(left, rule.right, self.model))

    def _said(self, key: str) -> str:
        quantity = self.model.quantities[key]
        assert quantity.definition is not None
        return unicode_relation(
            written_equation(Ref(key, NOW if quantity.timed else None, quantity.shape), quantity.definition, self.model)
        )

    def _loss(self) -> Iterator[str]:
        yield f"loss = 0.0  {beside(', '.join(self._said(key) for key in self.network.cost.of_loss))}"
        for part in self.network.cost.parts:
            if part.value is not None:
                yield f"loss = loss + {self._text(part.value)}"
                continue
            yield f"for t in {self._steps(part)}:"
            sign, cost = self._cost(part)
            yield f"    loss = loss {sign} {self._scaled(part)}{cost}"

    def _scaled(self, part: CostPart) -> str:
        factors = [f for f in (part.factor, part.weight) if f is not None and constant_value(f) != 1]
        return "".join(f"{self._text(f, 2)} * " for f in factors)

    def _steps(self, part: CostPart) -> str:
        if part.only_last:
            return "(T - 1,)"
        end = f"T - {part.left}" if part.left else "T"
        return f"range({part.skipped}, {end})" if part.skipped else f"range({end})"

    def _cost(self, part: CostPart) -> tuple[str, str]:
        """The sign of what one step costs, and what it is, written so that certain outputs do no harm."""
        assert part.target is not None and part.output is not None
        y, definition = self._text(part.target, 2), self.model.quantities[part.output.quantity].definition
        if part.kind == SQUARED_ERROR:
            return "+", f"xp.sum(({self._text(part.output)} - {y}) ** 2)"
        assert isinstance(definition, (Softmax, Map))
        a = self._text(definition.argument, 2)
        if part.kind == CROSS_ENTROPY:
            self.helpers["log_softmax"] = None
            return "-", f"({y} @ log_softmax(xp, {a}))" if self._scaled(part) else f"{y} @ log_softmax(xp, {a})"
        return "+", f"xp.sum({y} * xp.logaddexp(0 * {a}, -{a}) + (1 - {y}) * xp.logaddexp(0 * {a}, {a}))"

    def _gradients(self) -> Iterator[str]:
        joined = {q.key for q in self.network.blocks()}
        order = [self._name(s.left.wrt.quantity) for s in self.plan.gradients if isinstance(s.left, Jac) and self._summands(s)]
        yield f"{', '.join(f'd_{name}' for name in order)} = {', '.join(f'0.0 * {name}' for name in order)}"
        for loop in self.backward:
            yield from self._loop(loop)
        if len(self.backward) > 1:
            yield "for t in range(T):"
        for statement in self.plan.gradients:
            for term in self._summands(statement):
                name = self._gradient(statement)
                equation = "" if _key(statement) in joined else f"  {beside(self._about(statement))}"
                yield f"    {name} = {name} + {self._text(term)}{equation}"
        for statement in self.plan.gradients:
            yield from self._rest(statement)
        yield f"return loss, {{{', '.join(f'{q.text!a}: d_{self._name(q.key)}' for q in self.network.parameters())}}}"

    def _rest(self, statement: ProvenEquation) -> Iterator[str]:
        """What a gradient gets once: parts of it put together, and the derivative of what has no step."""
        sums = statement.right.terms if isinstance(statement.right, Plus) else (statement.right,)
        blocks = [
            j.wrt.quantity
            for term in sums
            for j in walk(term)
            if isinstance(j, Jac) and j.wrt.time is None and not isinstance(term, Sum)
        ]
        name = self._gradient(statement)
        if blocks:
            placed = sorted(((*columns_of(self.model.quantities[key]), key) for key in blocks), key=lambda found: len(found[0]))
            yield f"{name} = xp.concat([{', '.join(f'd_{self._name(key)}' for *_, key in placed)}], axis={placed[0][2]})"
            return
        for term in sums:
            if not isinstance(term, Sum):
                start = f"{name} + " if self._summands(statement) or term is not sums[0] else ""
                yield f"{name} = {start}{self._text(term)}"

    def _gradient(self, statement: ProvenEquation) -> str:
        return f"d_{self._name(_key(statement))}"

    def _about(self, statement: ProvenEquation) -> str:
        return unicode_relation(written_equation(statement.left, statement.right, self.model))

    @staticmethod
    def _summands(statement: ProvenEquation) -> list[Tensor]:
        """What one step adds to a gradient."""
        sums = statement.right.terms if isinstance(statement.right, Plus) else (statement.right,)
        return [substitute(s.body, {s.variable: NOW}) for s in sums if isinstance(s, Sum)]

    # ----------------------------------------------------------------------------------------------------- expressions

    def _text(self, node: Tensor, level: int = 0) -> str:
        """An expression at the step t, in brackets where something of `level` (1 a summand, 2 a factor) is wanted."""
        text, own = self._written(node)
        return text if own > level or own == 3 else f"({text})"

    def _written(self, node: Tensor) -> tuple[str, int]:
        """An expression and what it is: 1 a sum, 2 a product, 3 a unit."""
        part, _ = self.plan.backward.errors.get(node, (None, None))
        if part is not None and not part.is_whole:
            text, _ = self._expression(node)
            zero = self._text(part.output, 2) if part.output is not None else ""
            test = "t == T - 1" if part.only_last else f"{part.skipped} <= t < T - {part.left}"
            return f"({text} if {test} else 0.0 * {zero})", 3
        return self._expression(node)

    def _expression(self, node: Tensor) -> tuple[str, int]:
        found = series_of(node) if not isinstance(node, Jac) or node.wrt.time is not None else None
        if found is not None:
            series, shift = found
            row = ", :" if self._is_row(series) else ""
            return f"{self.names.series(series)}[t{f' {shift:+d}'.replace('+', '+ ').replace('-', '- ') if shift else ''}{row}]", 3
        match node:
            case Jac():
                return f"d_{self._name(node.wrt.quantity)}", 3
            case Ref(key):
                return self._name(key), 3
            case Const(value) | Full(value):
                return (str(value), 3) if value.denominator == 1 else (f"{value.numerator} / {value.denominator}", 2)
            case Integer(index):
                return self._count(index)
            case Permute(argument):
                return f"{self._text(argument, 2)}.T", 3
            case Plus(terms):
                return self._sum(terms), 1
            case Softmax(argument):
                self.helpers["softmax"] = None
                return f"softmax(xp, {self._text(argument)})", 3
            case Map(name, order, argument):
                return self._function(name, order, self._text(argument, 2))
            case Sum():
                return self._added_up(node), 3
            case Dot() | Times() | Over() | Power():
                return self._product(node)
        raise CannotCompile(f"{self.names.said(node)} has no rule in a plain program")

    def _product(self, node: Dot | Times | Over | Power) -> tuple[str, int]:
        match node:
            case Dot(Const(value), right, 0) if value == -1:
                return f"-{self._text(right, 2)}", 1
            case Dot(left, right, 0) if left.shape and right.shape:
                return f"{self._text(left, 2)}[:, None] * {self._text(right, 2)}[None, :]", 2
            case Dot(left, right, 2):
                return f"xp.sum({self._text(left, 2)} * {self._text(right, 2)})", 3
            case Dot(Full(), right, 1):
                return f"xp.sum({self._text(right)})", 3
            case Dot(left, right, 1):
                return f"{self._text(left, 2)} @ {self._text(right, 2)}", 2
            case Dot(left, right) | Times(left, right):
                return f"{self._text(left, 1)} * {self._text(right, 2)}", 2
            case Over(left, right):
                return f"{self._text(left, 1)} / {self._text(right, 2)}", 2
            case Power(base, exponent):
                return f"{self._text(base, 2)} ** {exponent}", 2

    def _added_up(self, node: Sum) -> str:
        """A sum over the entries of a vector, or over the steps."""
        if any(map(sized_axis, node.upper.names())):
            inside = [n for n in walk(node.body) if isinstance(n, Ref)]
            return f"xp.sum({self._text(inside[0])})"
        whole = substitute(node.body, {node.variable: NOW})
        return f"xp.sum({self._text(whole).removesuffix('[t]')})"

    def _is_row(self, series: Series) -> bool:
        """Whether the vectors of a series are the rows of an array that the caller gives."""
        quantity = self.model.quantities[series.quantity]
        return not series.derivative and quantity.definition is None and bool(quantity.shape)

    def _sum(self, terms: tuple[Tensor, ...]) -> str:
        text = self._text(terms[0], 0)
        for term in terms[1:]:
            less = subtracted(term)
            text += f" + {self._text(term, 0)}" if less is None else f" - {self._text(less, 1)}"
        return text

    def _function(self, name: str, order: int, x: str) -> tuple[str, int]:
        if name in self.plan.functions:
            return f"{called(name)}{'_slope' if order else ''}({x})", 3
        known = (_SLOPES if order else _VALUES).get(name)
        if known is None or order > 1:
            raise CannotCompile(f"the array API has no {name}; leave --plain out")
        return known.replace("{x}", x), 3 if known.startswith("xp.") else 1

    def _count(self, index: Affine) -> tuple[str, int]:
        terms = dict(index.terms)
        steps = terms.pop(self.model.horizon, 0)
        if terms:
            raise CannotCompile("the loss is divided by a size, which has no rule in a plain program")
        constant = index.constant + steps * (self.model.first - 1 - self.model.horizon_offset)
        text = ("T" if steps == 1 else f"{steps} * T") if steps else ""
        return (f"{text} + {constant}", 1) if text and constant else (text or str(constant), 3)


def _edge(shift: int) -> str:
    return "-1" if shift < 0 else "T"


def _key(statement: ProvenEquation) -> str:
    assert isinstance(statement.left, Jac)
    return statement.left.wrt.quantity
