"""The text of a program: its functions, and above each block the equation that it computes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from symrnn.judging.answers.arithmetic import constant_value
from symrnn.language.functions import BY_NAME, KERNELS
from symrnn.language.model import Quantity
from symrnn.language.remarks import CODING, remark
from symrnn.language.tensors import Affine, Const, Dot, Jac, Map, Plus, Ref, Softmax, Sum, Tensor, Times, substitute, walk
from symrnn.running.blocks import columns_of
from symrnn.running.cost import NOW, NUMBER, SQUARED_ERROR, CostPart
from symrnn.running.emit import Edges, ModelNames, Program, called, views
from symrnn.running.errors import CannotCompile
from symrnn.running.loop import Printer, as_numpy, say_block
from symrnn.running.named import Named
from symrnn.running.plan import Plan
from symrnn.running.proof import ProvenEquation
from symrnn.running.schedule import Block, Series, SeriesRule, axis_of, schedule, used
from symrnn.running.writing import as_latex, written_equation

_ABOUT = (
    "# An array has one row for each of the T time steps and n examples, in that order; batch is () without a batch,",
    "# else (n,). The functions named ..._memory make the arrays that all calls with the same sizes write into:",
    "# space.empty gives an array, space.result one for the caller, space.steps the rows of each time step.",
)


@dataclass(frozen=True)
class ProgramText:
    """A program as text, and the same lines without the comments: these are what is run.

    `series` are the keys of what the forward pass returns, in order; `extended` says which come with rows for the
    step before the first and after the last; `outputs` are the keys of what is computed for the caller alone, `outside` of what
    the function of that name returns the derivatives by, `states` of states, `vectors` of what is no number at a step.
    """

    text: str
    code: str
    series: tuple[str, ...]
    extended: tuple[Edges, ...]
    outputs: tuple[str, ...]
    outside: tuple[str, ...]
    states: frozenset[str]
    vectors: frozenset[str]
    output: str


def generate(plan: Plan, printer: Printer = as_numpy) -> ProgramText:
    """The program of a network, with its loops as the printer says them.

    Raises CannotCompile where an expression has no rule.
    """
    return _Generator(plan, printer).source()


def outputs_of(network: Named) -> list[Quantity]:
    """What only the loss uses, which computes it by itself: softmax and logistic outputs."""
    ends = {p.output.quantity for p in network.cost.parts if p.output is not None and p.kind != SQUARED_ERROR}
    mentioned = {s.quantity for q in network.series() if q.definition is not None for s, _ in used(q.definition)}
    return [q for q in network.series() if q.key in ends - mentioned]


def forward_blocks(plan: Plan) -> list[Block]:
    """The forward pass in the order in which it is computed. Raises CannotCompile."""
    skipped = {q.key for q in outputs_of(plan.network)}
    rules = [
        SeriesRule(Series(q.key, False), q.definition)
        for q in plan.network.series()
        if q.key not in skipped and q.definition is not None
    ]
    return schedule(rules)


def backward_blocks(plan: Plan) -> list[Block]:
    """The backward pass in the order in which it is computed. Raises CannotCompile."""
    return schedule([SeriesRule(_series(s.left), s.right) for s in plan.through])


class _Generator:
    def __init__(self, plan: Plan, printer: Printer) -> None:
        self.plan = plan
        self.network = plan.network
        self.model = plan.network.model
        self.names = ModelNames(self.model, plan.roles.inputs)
        self.roles = plan.roles
        self.outputs = outputs_of(self.network)
        self.blocks = forward_blocks(plan)
        self.series = [rule.series for block in self.blocks for rule in block.rules]
        self.extended = self._extended()
        self.printer = printer
        self.functions: list[list[str]] = []

    def _extended(self) -> dict[Series, Edges]:
        """The series that are used at another step, with the sides on which they need one more."""
        rights = [rule.right for block in self.blocks for rule in block.rules]
        rights += [s.right for s in self.plan.through]
        rights += [term for s in self.plan.gradients for term in _terms(s.right)]
        shifts: dict[Series, set[int]] = {}
        for series, shift in (found for right in rights for found in used(right)):
            if shift:
                shifts.setdefault(series, set()).add(shift)
        for series in shifts:
            quantity = self.model.quantities[series.quantity]
            if not series.derivative and quantity.definition is None:
                raise CannotCompile(
                    f"{quantity.text} is used at a step beside its own, and is given; give what is used there a letter of its own"
                )
        return {series: (-1 in sides, 1 in sides) for series, sides in shifts.items()}

    def source(self) -> ProgramText:
        forward = self._forward()
        backward = self._backward(forward)
        run = [
            *(f"{_tuple(forward.kept)} = space.forward", *self._parts_of_parameters(), *forward.lines),
            f"return {_tuple(self._returned())}",
        ]
        gradients = self._gradients(backward)
        functions = (
            *filter(None, self.functions),
            self._memory("forward", forward),
            _function(f"forward({self._head()}, {self._parameters()})", run),
            self._output(),
            self._loss(),
            self._memory("backward", backward),
            gradients,
            self._outside(forward, backward),
        )
        body = [line for function in functions for line in ("", "", *function)]
        lines = [*self._header(), *self._imports("\n".join(body)), "", *_ABOUT, *body]
        text = "\n".join(lines) + "\n"
        code = "\n".join(line for line in lines if not line.lstrip().startswith("#")) + "\n"
        keys = tuple(series.quantity for series in self.series)
        edges = tuple(self.extended.get(series, (False, False)) for series in self.series)
        vectors = frozenset(q.key for q in self.model.quantities.values() if q.shape)
        output = next((p.output.quantity for p in self.network.cost.parts if p.output is not None), "")
        outside = tuple(_key(s.left) for s in self.plan.outside)
        return ProgramText(
            text, code, keys, edges, tuple(q.key for q in self.outputs), outside, frozenset(self.roles.states), vectors, output
        )

    def _header(self) -> Iterator[str]:
        yield CODING
        yield "# Every equation between derivatives was proven, without hypotheses, before this program was written."
        yield from (remark(said) for said in self.plan.remarks)

    def _imports(self, body: str) -> Iterator[str]:
        """What the functions of the program come from: NumPy, the kernels, and for loops as functions the scalar ones."""
        words = set(re.findall(r"\w+", "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("#"))))
        ufuncs = [
            f"{BY_NAME[x].ufunc} as {x}" if BY_NAME[x].ufunc != x else x
            for x in sorted(BY_NAME)
            if x in words and BY_NAME[x].ufunc and (x in KERNELS or x == "log")
        ]
        own = [x for x in sorted(KERNELS) if x in words and not BY_NAME[x].ufunc]
        slopes = [word for x in sorted(KERNELS) if (word := f"{x}_slope") in words]
        yield "import numpy as np"
        taken = [*(x for x in ("add", "divide", "multiply", "subtract") if x in words), *ufuncs]
        if taken:
            yield f"from numpy import {', '.join(taken)}"
        yield ""
        yield "from symrnn.running.kernels import ("
        yield from (f"    {name}," for name in sorted({*_HELPERS & words, *own, *slopes}))
        yield ")"
        if any(self.functions):
            scalars = sorted(x for x in words if x.startswith("scalar_"))
            yield f"from symrnn.running.jit import {', '.join(('machine_code', 'product', *scalars))}"

    # ---------------------------------------------------------------------------------------------------- functions

    def _forward(self) -> Program:
        program = Program(self.names, {}, self.extended, self.roles.states)
        said: dict[Tensor, list[ProvenEquation]] = {}
        for statement in self.plan.restated:
            for node in walk(statement.left):
                said.setdefault(node, []).append(statement)
        for block in self.blocks:
            for rule in block.rules:
                self._say_definition(program, rule.series.quantity, said)
            self.functions.append(say_block(program, block, self.printer))
        return program

    def _say_definition(self, program: Program, key: str, said: dict[Tensor, list[ProvenEquation]]) -> None:
        quantity = self.model.quantities[key]
        left = Ref(key, NOW, quantity.shape)
        assert quantity.definition is not None
        program.say(f"# {as_latex(written_equation(left, quantity.definition, self.model))}")
        for statement in said.get(left, []):
            if statement.left is not left:
                program.say(f"# {statement.latex}")
            program.say(*_evidence(statement))

    def _output(self) -> list[str]:
        """An output that only the loss uses is not needed for its gradient; it is computed when it is asked for."""
        lines, values = [*self._views()], []
        for quantity in self.outputs:
            definition = quantity.definition
            assert isinstance(definition, (Softmax, Map)) and isinstance(definition.argument, Ref)
            argument = self.names.quantity(definition.argument.quantity)
            lines.append(f"# {self._definition_latex(Ref(quantity.key, NOW, quantity.shape))}")
            values.append(
                f"softmax({argument})"
                if isinstance(definition, Softmax)
                else f"{called(definition.function)}({argument}, np.empty_like({argument}))"
            )
        returned = self._returned()
        return _function(f"output({', '.join(['n', *returned])})", [*lines, _return(values)])

    def _loss(self) -> list[str]:
        program = Program(self.names, {}, self.extended)
        lines = [
            f"{_tuple(self._returned())} = forward({self._head()}, {self._parameters()})",
            *self._views(),
            *self._loss_latex(),
        ]
        values = []
        for part in self.network.cost.parts:
            if part.kind == NUMBER:
                assert part.value is not None
                values.append(program.whole(part.value))
                continue
            factor, weights = self._weights(program, part)
            call = f"{part.kind}({self._rows(self._argument(part), part)}, {self._target(part)}{weights})"
            values.append(call + (f" * {factor}" if factor else ""))
        return _function(f"loss({self._head()}, {self._data()}, {self._parameters()})", [*lines, f"return {' + '.join(values)}"])

    def _backward(self, forward: Program) -> Program:
        program = Program(
            self.names,
            {},
            self.extended,
            before=tuple(forward.kept),
            count=forward.count,
            stacks=forward.stacks,
            stacked=forward.stacked,
        )
        program.say(*self._loss_latex())
        said = {_series(statement.left): statement for statement in self.plan.through}
        names = [self._error(program, error, part, through, said) for error, (part, through) in self.plan.backward.errors.items()]
        numbers = [program.whole(p.value) for p in self.network.cost.parts if p.kind == NUMBER and p.value is not None]
        if numbers or len(names) > 1:
            program.say(f"loss = {' + '.join([*names, *numbers])}")
        self._slopes(program)
        for block in backward_blocks(self.plan):
            if all(program.known.get(rule.right) == self.names.series(rule.series) for rule in block.rules):
                continue
            for rule in block.rules:
                program.say(f"# {said[rule.series].latex}", *_evidence(said[rule.series]))
            self.functions.append(say_block(program, block, self.printer))
        return program

    def _gradients(self, program: Program) -> list[str]:
        head, parameters = self._head(), self._parameters()
        blocks = {q.key for q in self.network.blocks()}
        made = {_key(s.left): self._gradient(program, s, _key(s.left) in blocks) for s in self.plan.gradients}
        gradients = [made[q.key] for q in self.network.parameters()]
        lines = [
            f"forward({head}, {parameters})",
            f"{_tuple(program.before)} = space.forward",
            f"{_tuple(program.kept)} = space.backward",
            *self._parts_of_parameters(),
            *program.lines,
            f"return loss, ({_tuple(gradients)}), ({_tuple(self._returned())})",
        ]
        return _function(f"gradients({head}, {self._data()}, {parameters})", lines)

    def _outside(self, forward: Program, backward: Program) -> list[str]:
        """The derivatives by what is given from outside: inputs, and states before the first step (after the last)."""
        program = Program(self.names, dict(backward.known), self.extended, before=(*forward.kept, *backward.kept))
        values = []
        for statement in self.plan.outside:
            program.say(f"# {statement.latex}", *_evidence(statement))
            left = statement.left
            assert isinstance(left, Jac)
            name = f"d_{self.names.quantity(left.wrt.quantity)}_given"
            for node in walk(statement.right):
                ref = node.wrt if isinstance(node, Jac) else node
                if isinstance(ref, Ref) and ref.time is not None and "t" not in ref.free:
                    program.known[node] = self._at_edge(node, ref, left.wrt.time)
            program.say(f"{name} = {program.whole(statement.right)}")
            values.append(name)
        lines = [
            f"{_tuple(forward.kept)} = space.forward",
            f"{_tuple(backward.kept)} = space.backward",
            *self._parts_of_parameters(),
            *program.lines,
            _return(values),
        ]
        return _function(f"outside({self._head()}, {self._parameters()})", lines)

    def _at_edge(self, node: Tensor, ref: Ref, edge: Affine | None) -> str:
        """The rows of one step next to the first or the last one."""
        assert edge is not None and ref.time is not None
        name = self.names.series(Series(ref.quantity, isinstance(node, Jac)))
        if ref.time == edge:
            side = self.model.quantities[ref.quantity].recurrence
            return f"{name}_before[:n]" if side < 0 else f"{name}_after[-n:]"
        return f"{name}[:n]" if not edge.terms else f"{name}[-n:]"

    def _memory(self, name: str, program: Program) -> list[str]:
        """The function that makes what a program keeps."""
        before = [f"{_tuple(program.before)} = space.forward"] if program.before else []
        lines = [
            *self._sizes(),
            *self._parts_of_parameters(sized=True),
            *before,
            *program.memory,
            f"return {_tuple(program.kept) if program.kept else '()'}",
        ]
        head = f"space, T, n, batch, dtype, {self._inputs()}, {self._parameters()}"
        return _function(f"{name}_memory({head})", lines)

    # -------------------------------------------------------------------------------------------------------- the loss

    def _error(self, program: Program, error: Tensor, part: CostPart, ref: Ref, said: dict[Series, ProvenEquation]) -> str:
        """A part of the loss and the derivative by what it goes through, in one go; the name of that part."""
        through = Series(ref.quantity, True)
        statement = said.get(through)
        alone = statement is not None and statement.right is error and not any(self.extended.get(through, (False, False)))
        many = len(self.plan.backward.errors) > 1 or any(p.kind == NUMBER for p in self.network.cost.parts)
        number_ = len([name for name in program.known.values() if name.startswith("error_")]) + 1
        loss = f"loss_{number_}" if many else "loss"
        name = program.known[error] = self.names.series(through) if alone and statement is not None else f"error_{number_}"
        if alone and statement is not None:
            program.say(f"# {statement.latex}", *_evidence(statement))
        argument, spare = self._argument(part), f"spare_{number_}"
        rows = self._rows(argument, part)
        program.keep(f"{spare} = space.empty({rows}.shape, dtype)", spare)
        factor, weights = self._weights(program, part)
        given = rows if part.is_whole and not many and self._may_overwrite(part) else f"{rows}.copy()"
        made = name if part.is_whole else f"{name}_now"
        if part.is_whole and self._is_sent_out(ref):
            program.keep(f"{name} = space.empty({argument}.shape, dtype)", name)
            program.say(f"np.copyto({name}, {argument})")
            given = name
        program.say(f"{loss}, {made} = {part.kind}_and_derivative({given}, {self._target(part)}, {spare}{weights})")
        if factor:
            program.say(f"{loss} *= {factor}", f"{made} *= {factor}")
        if not part.is_whole:
            program.keep(f"{name} = space.empty({argument}.shape, dtype)", name)
            program.keep(f"{name}[:] = 0.0")
            program.say(f"np.copyto({self._rows(name, part)}, {made})")
        return loss

    def _is_sent_out(self, ref: Ref) -> bool:
        """Whether the derivative by a quantity is needed once more after the gradients."""
        nodes = (node for statement in self.plan.outside for node in walk(statement.right))
        return any(isinstance(node, Jac) and node.wrt.quantity == ref.quantity for node in nodes)

    def _weights(self, program: Program, part: CostPart) -> tuple[str, str]:
        """The factor of a part as an expression, empty for 1; and its weights as one more argument, empty for none."""
        value = constant_value(part.factor)
        if value is not None and part.weight is None:
            return ("" if value == 1 else repr(float(value))), ""
        if part.weight is None and not any(isinstance(node, Ref) for node in walk(part.factor)):
            return f"({program.whole(part.factor)})", ""
        weight = part.weight if part.weight is not None else Const(Fraction(1))
        whole = weight if value == 1 else Dot(part.factor, weight, 0)
        return "", f", {self._rows(f'({program.whole(whole)})', part)}"

    def _rows(self, name: str, part: CostPart) -> str:
        """The rows of an array that count in a part of the loss."""
        if part.only_last:
            return f"{name}[-n:]"
        start = f"{part.skipped} * n" if part.skipped else ""
        end = f"-{part.left} * n" if part.left else ""
        return name if part.is_whole else f"{name}[{start}:{end}]"

    def _argument(self, part: CostPart) -> str:
        """What the cost of a part is computed from."""
        assert part.output is not None
        if part.kind == SQUARED_ERROR:
            return self.names.quantity(part.output.quantity)
        definition = self.model.quantities[part.output.quantity].definition
        assert isinstance(definition, (Softmax, Map)) and isinstance(definition.argument, Ref)
        return self.names.quantity(definition.argument.quantity)

    def _target(self, part: CostPart) -> str:
        assert part.target is not None
        name = self.names.quantity(part.target.quantity)
        return name if part.target.time is None else self._rows(name, part)

    def _may_overwrite(self, part: CostPart) -> bool:
        """Whether nothing needs what the cost is computed from after the loss."""
        assert part.output is not None
        name = self._argument(part)
        through = next(s for s in self.series if self.names.series(s) == name)
        later = [s.right for s in self.plan.through if s.right not in self.plan.backward.errors]
        later += [term for s in self.plan.gradients for term in _terms(s.right)] + [s.right for s in self.plan.outside]
        later += [argument for _, value, argument in self.plan.backward.slopes.values() for argument in (value, argument)]
        inside = any(s == through for right in later if not _at_fixed_step(right) for s, _ in used(right))
        return through not in self.extended and not inside

    def _slopes(self, program: Program) -> None:
        for tensor, (function, value, argument) in self.plan.backward.slopes.items():
            name = f"{self.names.quantity(value.quantity)}_slope"
            program.known[tensor] = name
            program.room(name, axis_of(value.shape))
            program.say(f"{called(function)}_slope({program.whole(value)}, {program.whole(argument)}, {name})")

    # ------------------------------------------------------------------------------------------------------- gradients

    def _gradient(self, program: Program, statement: ProvenEquation, is_block: bool) -> str:
        key = _key(statement.left)
        name, parameter = f"d_{self.names.quantity(key)}", self.names.quantity(key)
        program.say(f"# {statement.latex}", *_evidence(statement))
        if is_block:
            program.keep(f"{name} = space.empty({parameter}.shape, dtype)", name)
        else:
            program.say(f"{name} = space.result({parameter}.shape, dtype)")
        sums = statement.right.terms if isinstance(statement.right, Plus) else (statement.right,)
        placed = [term for term in sums if _placed(term)]
        for term in placed:
            program.say(self._place(program, term, name))
        for place, term in enumerate(term for term in sums if term not in placed):
            target = name if not place and not placed else f"np.empty_like({name})"
            said = self._over_time(program, substitute(term.body, {term.variable: NOW}), target) if isinstance(term, Sum) else ""
            if not said:
                program.say(f"{name} += {program.whole(term)}" if place or placed else f"np.copyto({name}, {program.whole(term)})")
            else:
                program.say(f"{name} += {said}" if place or placed else said)
        return name

    def _over_time(self, program: Program, node: Tensor, out: str) -> str:
        """The call that sums over all steps and examples into an array, outer products as one matrix product."""
        if isinstance(node, (Dot, Times)):
            left, right = node.left, node.right
            if isinstance(node, Dot) and isinstance(left, Const):
                return f"np.multiply({program.whole(left)}, {self._over_time(program, right, out)}, {out})"
            timed = "t" in left.free and "t" in right.free
            a, b = program.whole(left), program.whole(right)
            if isinstance(node, Dot) and node.axes == 0 and left.shape and right.shape:
                if program.names.may_be_classes(left) or program.names.may_be_classes(right):
                    return f"sum_outer({a}, {b}, {out})"
                return f"np.dot({a if a.isidentifier() else f'({a})'}.T, {b}, {out})"
            if timed and isinstance(node, Times):
                return f"sum_products({a}, {b}, {out})"
            if timed and node.shape:
                scalar, vector = (a, b) if not left.shape else (b, a)
                return f"np.dot({scalar if scalar.isidentifier() else f'({scalar})'}.reshape(-1), {vector}, {out})"
        axis = "0" if node.shape else "None"
        return f"np.add.reduce({program.whole(node)}, {axis}, dtype, {out})"

    def _place(self, program: Program, term: Tensor, name: str) -> str:
        """The derivative by a part of a parameter, put into its place."""
        assert isinstance(term, Dot)
        jac = term.left if isinstance(term.left, Jac) else term.right
        assert isinstance(jac, Jac)
        block = self.model.quantities[jac.wrt.quantity]
        return f"{name}{self._columns(block)} = d_{self.names.quantity(block.key)}"

    def _parts_of_parameters(self, sized: bool = False) -> list[str]:
        """The lines that name the parts of parameters, as views."""
        lines = list(self._sizes()) if self.network.blocks() and not sized else []
        for block in self.network.blocks():
            (whole,) = [n for n in walk(block.definition or Const(Fraction(1))) if isinstance(n, Ref)]
            lines.append(f"{self.names.quantity(block.key)} = {self.names.quantity(whole.quantity)}{self._columns(block)}")
        return lines

    def _columns(self, block: Quantity) -> str:
        offset, label, axis = columns_of(block)
        start = " + ".join(f"n_{part}" for part in offset)
        stop = f"{start} + n_{label}" if start else f"n_{label}"
        return f"[{start}:{stop}]" if axis == 0 else f"[:, {start}:{stop}]"

    # ------------------------------------------------------------------------------------------------- small pieces

    def _head(self) -> str:
        firsts = [f"{self.names.quantity(key)}_first" for key in self.roles.states]
        return ", ".join(["space", "T", "n", "batch", "dtype", self._inputs(), *firsts])

    def _inputs(self) -> str:
        return ", ".join(self.names.quantity(key) for key in self.roles.inputs) or "nothing"

    def _data(self) -> str:
        return ", ".join(self.names.quantity(key) for key in self.roles.data)

    def _parameters(self) -> str:
        return ", ".join(self.names.quantity(q.key) for q in self.network.parameters())

    def _returned(self) -> list[str]:
        """What the forward pass hands on: each series, with its extra rows where it has some."""
        return [self.names.series(s) + ("_all" if s in self.extended else "") for s in self.series]

    def _views(self) -> Iterator[str]:
        """The series beside their edges, after a forward pass."""
        for series in self.series:
            if series in self.extended:
                yield views(self.names.series(series), self.extended[series])

    def _sizes(self) -> Iterator[str]:
        """The sizes of the axes, each from the first array that has it."""
        places: dict[str, str] = {}
        for key in self.roles.inputs:
            for label in self.model.quantities[key].shape:
                places[label] = f"{self.names.quantity(key)}.shape[1]"
        for parameter in reversed(self.network.parameters()):
            for axis, label in enumerate(parameter.shape):
                places[label] = f"{self.names.quantity(parameter.key)}.shape[{axis}]"
        wanted = [label for q in (*self.network.series(), *self.network.blocks()) for label in q.shape]
        for label in dict.fromkeys(wanted):
            yield f"n_{label} = {places[label]}"

    def _loss_latex(self) -> Iterator[str]:
        for key in self.network.cost.of_loss:
            quantity = self.model.quantities[key]
            yield f"# {self._definition_latex(Ref(key, NOW if quantity.timed else None, quantity.shape))}"

    def _definition_latex(self, left: Ref) -> str:
        definition = self.model.quantities[left.quantity].definition
        assert definition is not None
        return as_latex(written_equation(left, definition, self.model))


_HELPERS = frozenset(
    {
        *(f"{kind}{end}" for kind in ("cross_entropy", "logistic", "squared_error") for end in ("", "_and_derivative")),
        *("column", "inner", "over_steps", "softmax", "softmax_step", "sum_outer", "sum_products", "times_matrix"),
    }
)


def _tuple(names: Iterable[str]) -> str:
    joined = ", ".join(names)
    return joined if "," in joined else f"{joined},"


def _return(values: Iterable[str]) -> str:
    return f"return ({''.join(f'{value}, ' for value in values).strip()})"


def _evidence(statement: ProvenEquation) -> list[str]:
    return [f"#   {statement.evidence}"]


def _function(head: str, lines: Iterable[str]) -> list[str]:
    return [f"def {head}:", *(f"    {line}" for line in lines)]


def _key(left: Tensor) -> str:
    assert isinstance(left, Jac)
    return left.wrt.quantity


def _series(left: Tensor) -> Series:
    return Series(_key(left), True)


def _placed(term: Tensor) -> bool:
    """Whether a summand is the derivative by a part of a parameter."""
    return isinstance(term, Dot) and any(isinstance(side, Jac) and side.wrt.time is None for side in (term.left, term.right))


def _at_fixed_step(node: Tensor) -> bool:
    return "t" not in node.free


def _terms(right: Tensor) -> tuple[Tensor, ...]:
    """The summands over time of a gradient, each at the time t."""
    sums = right.terms if isinstance(right, Plus) else (right,)
    return tuple(substitute(s.body, {s.variable: NOW}) for s in sums if isinstance(s, Sum))
