"""The text of a program: four functions, and above each block the equation that it computes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symrnn.deciding.decide import dependencies
from symrnn.language.functions import BY_NAME
from symrnn.language.remarks import CODING, remark
from symrnn.language.tensors import Affine, Dot, Jac, Plus, Ref, Softmax, Sum, Tensor, substitute, walk
from symrnn.running.cost import CROSS_ENTROPY
from symrnn.running.emit import Names, Program, views
from symrnn.running.errors import CannotCompile
from symrnn.running.loop import Printer, as_numpy, say_block
from symrnn.running.named import NOW, Named
from symrnn.running.plan import Plan
from symrnn.running.proof import Statement
from symrnn.running.schedule import Rule, Series, schedule, used
from symrnn.running.writing import as_latex, written

_KERNELS = ("cross_entropy", "cross_entropy_and_derivative", "softmax", "squared_error", "squared_error_and_derivative")
_ABOUT = (
    "# An array has one row for each of the T time steps and n examples, in that order; batch is () without a batch,",
    "# else (n,). The functions named ..._memory make the arrays that all calls with the same sizes write into:",
    "# space.empty gives an array, space.result one for the caller, space.steps the rows of each time step.",
)


@dataclass(frozen=True)
class Source:
    """A program as text, and the same lines without the comments: these are what is run.

    `series` are the keys of what the forward pass returns, in order; `extended` says which come with the row of the
    step before the first (-1) or after the last (+1); `through` is the position of what the loss is computed from.
    """

    text: str
    code: str
    series: tuple[str, ...]
    extended: tuple[int, ...]
    through: int


def generate(plan: Plan, printer: Printer = as_numpy) -> Source:
    """The program of a network, with its loops as the printer says them.

    Raises CannotCompile where an expression has no rule.
    """
    return _Generator(plan, printer).source()


class _Generator:
    def __init__(self, plan: Plan, printer: Printer) -> None:
        self.plan = plan
        self.network = plan.network
        self.cost = plan.cost
        self.model = plan.network.model
        self.names = Names(self.model)
        self.roles = plan.roles
        self.vectors = [q for q in self.network.vectors() if not isinstance(q.definition, Softmax)]
        self.extended = self._extended()
        self.blocks = schedule([Rule(Series(q.key, False), q.shape[0], q.definition) for q in self.vectors if q.definition])
        self.series = [rule.series for block in self.blocks for rule in block.rules]
        self.printer = printer
        self.functions: list[list[str]] = []

    def _extended(self) -> dict[Series, int]:
        """The series that are used at another step, with the side on which they need one more."""
        rights = [q.definition for q in self.vectors if q.definition is not None]
        rights += [e.right for e in self.plan.through]
        rights += [term for e in self.plan.gradients for term in _terms(e.right)]
        result: dict[Series, int] = {}
        for series, shift in (found for right in rights for found in used(right)):
            quantity = self.model.quantities[series.quantity]
            if shift and not series.derivative and quantity.recurrence != shift:
                raise CannotCompile(f"{quantity.text} is used at t {shift:+d}, but it is no state with a value there")
            if shift and result.setdefault(series, shift) != shift:
                raise CannotCompile(f"{quantity.text} is used both one step earlier and one step later")
        return result

    def source(self) -> Source:
        forward = self._forward()
        backward = self._backward(forward)
        run = [
            *(f"{_tuple(forward.kept)} = space.forward", *forward.lines),
            f"return {_tuple(self._returned())}",
        ]
        functions = (
            *filter(None, self.functions),
            self._memory("forward", forward),
            _function(f"forward({self._head()}, {self._parameters()})", run),
            self._output(),
            self._loss(),
            self._memory("backward", backward),
            self._gradients(backward),
        )
        lines = [*self._header(), *self._imports(), "", *_ABOUT]
        for function in functions:
            lines += ["", "", *function]
        text = "\n".join(lines) + "\n"
        code = "\n".join(line for line in lines if not line.lstrip().startswith("#")) + "\n"
        keys = tuple(series.quantity for series in self.series)
        return Source(
            text,
            code,
            keys,
            tuple(self.extended.get(series, 0) for series in self.series),
            keys.index(self.cost.through.quantity),
        )

    def _header(self) -> Iterator[str]:
        yield CODING
        yield "# Every equation between derivatives was proven, without hypotheses, before this program was written."
        yield from (remark(said) for said in self.plan.remarks)

    def _imports(self) -> Iterator[str]:
        """What the functions of the program come from: NumPy, the kernels, and for loops as functions the scalar ones."""
        used = sorted({function for function, _, _ in self.plan.backward.slopes.values()})
        own = [name for name in used if not BY_NAME[name].ufunc]
        ufuncs = [f"{BY_NAME[name].ufunc} as {name}" if BY_NAME[name].ufunc != name else name for name in used if name not in own]
        yield "import numpy as np"
        yield f"from numpy import {', '.join(('add', 'multiply', *ufuncs))}"
        yield ""
        yield "from symrnn.running.kernels import ("
        yield from (f"    {name}," for name in sorted({*_KERNELS, *own, *(f"{name}_slope" for name in used)}))
        yield ")"
        if any(self.functions):
            yield f"from symrnn.running.jit import {', '.join(('machine_code', 'product', *(f'scalar_{name}' for name in used)))}"

    # ---------------------------------------------------------------------------------------------------- functions

    def _forward(self) -> Program:
        program = Program(self.names, {}, self.extended, self.roles.states)
        said: dict[Tensor, list[Statement]] = {}
        for statement in self.plan.restated:
            for node in walk(statement.left):
                said.setdefault(node, []).append(statement)
        for block in self.blocks:
            for rule in block.rules:
                self._say_definition(program, rule.series.quantity, said)
            self.functions.append(say_block(program, block, self.printer))
        return program

    def _say_definition(self, program: Program, key: str, said: dict[Tensor, list[Statement]]) -> None:
        quantity = self.model.quantities[key]
        left = Ref(key, NOW, quantity.shape)
        assert quantity.definition is not None
        program.say(f"# {as_latex(written(left, quantity.definition, self.model))}")
        for statement in said.get(left, []):
            if statement.left is not left:
                program.say(f"# {statement.latex}")
            program.say(*_evidence(statement))

    def _output(self) -> list[str]:
        """The output of a cross-entropy is not needed for its gradient; it is computed when it is asked for."""
        if self.cost.kind != CROSS_ENTROPY:
            return _function(f"output({self._through()})", [f"return {self._through()}"])
        lines = [f"# {self._definition_latex(self.cost.output)}", f"return softmax({self._through()})"]
        return _function(f"output({self._through()})", lines)

    def _loss(self) -> list[str]:
        kernel = "cross_entropy" if self.cost.kind == CROSS_ENTROPY else "squared_error"
        factor = self._factor()
        scale = f" * ({factor})" if factor else ""
        lines = [
            f"{_tuple(self._returned())} = forward({self._head()}, {self._parameters()})",
            *self._views(),
            *self._loss_latex(),
            f"return {kernel}({self._through()}, {self._target()}){scale}",
        ]
        return _function(f"loss({self._head()}, {self._target()}, {self._parameters()})", lines)

    def _backward(self, forward: Program) -> Program:
        program = Program(self.names, {}, self.extended, before=tuple(forward.kept), count=forward.count)
        self._error(program)
        self._slopes(program)
        said = {_series(statement.left): statement for statement in self.plan.through}
        rules = [
            Rule(_series(s.left), s.left.shape[0], s.right)
            for s in self.plan.through
            if program.known.get(s.right) != self.names.series(_series(s.left))
        ]
        for block in schedule(rules):
            for rule in block.rules:
                program.say(f"# {said[rule.series].latex}", *_evidence(said[rule.series]))
            self.functions.append(say_block(program, block, self.printer))
        return program

    def _gradients(self, program: Program) -> list[str]:
        gradients = [self._gradient(program, statement) for statement in self.plan.gradients]
        head, parameters = self._head(), self._parameters()
        lines = [
            f"forward({head}, {parameters})",
            f"{_tuple(program.before)} = space.forward",
            f"{_tuple(program.kept)} = space.backward",
            *program.lines,
            f"return loss, ({_tuple(gradients)}), ({_tuple(self._returned())})",
        ]
        return _function(f"gradients({head}, {self._target()}, {parameters})", lines)

    def _memory(self, name: str, program: Program) -> list[str]:
        """The function that makes what a program keeps."""
        before = [f"{_tuple(program.before)} = space.forward"] if program.before else []
        lines = [*self._sizes(), *before, *program.memory, f"return {_tuple(program.kept)}"]
        head = f"space, T, n, batch, dtype, {self.names.quantity(self.roles.input)}, {self._parameters()}"
        return _function(f"{name}_memory({head})", lines)

    def _error(self, program: Program) -> None:
        """The loss and the derivative by what it goes through, in one go."""
        through = Series(self.cost.through.quantity, True)
        equation = next(s for s in self.plan.through if _series(s.left) == through)
        alone = equation.right is self.cost.error and through not in self.extended
        name = self.names.series(through) if alone else "error"
        program.known[self.cost.error] = name
        program.say(*self._loss_latex())
        if alone:
            program.say(f"# {equation.latex}", *_evidence(equation))
        kernel = "cross_entropy" if self.cost.kind == CROSS_ENTROPY else "squared_error"
        argument = self._through() if self._may_overwrite() else f"{self._through()}.copy()"
        program.keep(f"spare = space.empty({self._through()}.shape, dtype)", "spare")
        program.say(f"loss, {name} = {kernel}_and_derivative({argument}, {self._target()}, spare)")
        factor = self._factor()
        if factor:
            program.say(f"loss *= {factor}", f"{name} *= {factor}")

    def _may_overwrite(self) -> bool:
        """Whether nothing needs the logits (or the output of a squared error) after the loss."""
        through = Series(self.cost.through.quantity, False)
        later = [e.right for e in self.plan.through if e.right is not self.cost.error]
        later += [term for e in self.plan.gradients for term in _terms(e.right)]
        return through not in self.extended and all(s != through for right in later for s, _ in used(right))

    def _slopes(self, program: Program) -> None:
        for tensor, (function, value, argument) in self.plan.backward.slopes.items():
            name = f"{self.names.quantity(value.quantity)}_slope"
            program.known[tensor] = name
            program.room(name, value.shape[0])
            program.say(f"{function}_slope({program.whole(value)}, {program.whole(argument)}, {name})")

    def _gradient(self, program: Program, statement: Statement) -> str:
        name = f"d_{self.names.quantity(_series(statement.left).quantity)}"
        program.say(f"# {statement.latex}", *_evidence(statement))
        parameter = self.names.quantity(_series(statement.left).quantity)
        program.say(f"{name} = space.result({parameter}.shape, dtype)")
        for number, term in enumerate(_terms(statement.right)):
            if number:
                program.say(f"{name} += {self._over_time(program, term)})")
            else:
                program.say(f"{self._over_time(program, term)}, {name})")
        return name

    def _over_time(self, program: Program, node: Tensor) -> str:
        """The call that sums over all steps and examples, outer products as one matrix product.

        It lacks its last argument, where to write the sum.
        """
        if isinstance(node, Dot) and node.axes == 0 and node.left.shape and node.right.shape:
            left = program.whole(node.left)
            return f"np.dot({left if left.isidentifier() else f'({left})'}.T, {program.whole(node.right)}"
        return f"np.add.reduce({program.whole(node)}, 0, dtype"

    # ------------------------------------------------------------------------------------------------- small pieces

    def _head(self) -> str:
        firsts = [f"{self.names.quantity(key)}_first" for key in self.roles.states]
        return ", ".join(["space", "T", "n", "batch", "dtype", self.names.quantity(self.roles.input), *firsts])

    def _parameters(self) -> str:
        return ", ".join(self.names.quantity(q.key) for q in self.network.parameters())

    def _target(self) -> str:
        return self.names.quantity(self.cost.target.quantity)

    def _through(self) -> str:
        return self.names.quantity(self.cost.through.quantity)

    def _returned(self) -> list[str]:
        """What the forward pass hands on: each series, with its extra row where it has one."""
        return [self.names.series(s) + ("_all" if s in self.extended else "") for s in self.series]

    def _views(self) -> Iterator[str]:
        """The series beside their edges, after a forward pass."""
        for series in self.series:
            side = self.extended.get(series, 0)
            if side:
                yield views(self.names.series(series), side)

    def _sizes(self) -> Iterator[str]:
        """The sizes of the axes, each from the first array that has it."""
        places = {label: f"{self.names.quantity(self.roles.input)}.shape[1]" for label in self._input_shape()}
        for parameter in reversed(self.network.parameters()):
            for axis, label in enumerate(parameter.shape):
                places[label] = f"{self.names.quantity(parameter.key)}.shape[{axis}]"
        for label in dict.fromkeys(q.shape[0] for q in self.vectors):
            yield f"n_{label} = {places[label]}"

    def _input_shape(self) -> tuple[str, ...]:
        return self.model.quantities[self.roles.input].shape

    def _loss_latex(self) -> Iterator[str]:
        for key in (self.network.loss.quantity, *_per_step(self.network)):
            quantity = self.model.quantities[key]
            yield f"# {self._definition_latex(Ref(key, NOW if quantity.timed else None, ()))}"

    def _definition_latex(self, left: Ref) -> str:
        definition = self.model.quantities[left.quantity].definition
        assert definition is not None
        return as_latex(written(left, definition, self.model))

    def _factor(self) -> str:
        """The factor of the loss as an expression; empty for 1."""
        factor = self.cost.factor
        text = "" if factor.number == 1 and not factor.divisors else repr(float(factor.number))
        return text + "".join(f" / {self._count(divisor)}" for divisor in factor.divisors)

    def _count(self, index: Affine) -> str:
        """A whole number that depends on the number of steps. Raises CannotCompile for one that depends on sizes."""
        coefficients = dict(index.terms)
        steps = coefficients.pop(self.model.horizon, 0)
        if coefficients:
            raise CannotCompile("the loss is divided by a size, which has no rule")
        constant = index.constant + steps * (self.model.first - 1 - self.model.horizon_offset)
        return f"({steps} * T + {constant})" if (steps, constant) != (1, 0) else "T"


def _tuple(names: Iterable[str]) -> str:
    joined = ", ".join(names)
    return joined if "," in joined else f"{joined},"


def _evidence(statement: Statement) -> list[str]:
    return [f"#   {statement.evidence}"]


def _function(head: str, lines: Iterable[str]) -> list[str]:
    return [f"def {head}:", *(f"    {line}" for line in lines)]


def _series(left: Tensor) -> Series:
    assert isinstance(left, Jac)
    return Series(left.wrt.quantity, True)


def _terms(right: Tensor) -> tuple[Tensor, ...]:
    """The summands over time of a gradient, each at the time t."""
    sums = right.terms if isinstance(right, Plus) else (right,)
    return tuple(substitute(s.body, {s.variable: NOW}) for s in sums if isinstance(s, Sum))


def _per_step(network: Named) -> Iterator[str]:
    """The numbers that the total loss is made of."""
    needed = dependencies((network.loss,), network.model)
    for quantity in network.model.quantities.values():
        if quantity.key in needed and quantity.definition is not None and not quantity.shape and quantity.timed:
            yield quantity.key
