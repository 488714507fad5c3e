"""A block of scheduled equations to lines: at once for all steps, or as one loop over time.

What a loop does not change is computed before it, for all steps. What is left of each step is a list of operations,
each of which writes into an array that exists already; they are printed as calls of NumPy, or as a function of their
own for a compiler of loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from symrnn.language.tensors import Const, Dot, Full, Map, Permute, Plus, Ref, Tensor, Times
from symrnn.running.emit import Program, function, literal, matrix_product
from symrnn.running.errors import CannotCompile
from symrnn.running.schedule import Block, Rule, series_of, used


@dataclass(frozen=True)
class Operation:
    """One call of a step: `word` is dot, add, multiply, copy, tanh or sigma; what it works on, and where it writes.

    `label` is the axis of what is written.
    """

    word: str
    arguments: tuple[str, ...]
    out: str
    label: str


@dataclass(frozen=True)
class Loop:
    """A loop over time: what is done in each step, to the rows of `views` (here named with _t at the end), to scratch
    vectors (by their axis) and with matrices and vectors from outside.

    `direction` is -1 where a step uses the one before, +1 where it uses the one after.
    """

    direction: int
    operations: tuple[Operation, ...]
    views: tuple[str, ...]
    scratch: Mapping[str, str]


#: Says a loop to a program; the lines of functions that it needs.
Printer = Callable[[Program, Loop], list[str]]


def say_block(program: Program, block: Block, printer: Printer) -> list[str]:
    """Adds the lines that compute a block; the lines of functions that these need."""
    if block.direction:
        return printer(program, _Recurrence(program, block).loop())
    (rule,) = block.rules
    program.into(rule.right, program.allocate(rule.series, rule.label))
    return []


def as_numpy(program: Program, loop: Loop) -> list[str]:
    """A loop in Python, each operation of a step a call of NumPy."""
    for name, label in loop.scratch.items():
        if not program.is_kept(name):
            program.keep(f"{name} = space.empty((*batch, {program.size(label)}), dtype)", name)
    rows = program.fresh("rows")
    together = ", ".join(loop.views) + "," * (len(loop.views) == 1)
    views = f"{rows} = space.steps(({together}), T, batch, {-loop.direction})"
    if all(program.is_kept(name) for name in loop.views):
        program.keep(views, rows)
    else:
        program.say(views)
    each = ", ".join(f"{name}_t" for name in loop.views)
    program.say(f"for {each}{',' * (len(loop.views) == 1)} in {rows}:")
    program.say(*(f"    {_call(operation)}" for operation in loop.operations))
    return []


def _call(operation: Operation) -> str:
    if operation.word == "dot":
        rows, matrix = operation.arguments
        return f"{rows}.dot({matrix}, {operation.out})"
    if operation.word == "copy":
        return f"np.copyto({operation.out}, {operation.arguments[0]})"
    return f"{operation.word}({', '.join(operation.arguments)}, {operation.out})"


@dataclass
class _Recurrence:
    """How the rules of one block become a loop."""

    program: Program
    block: Block
    views: dict[str, None] = field(default_factory=dict)
    body: list[Operation] = field(default_factory=list)
    scratch: dict[str, str] = field(default_factory=dict)
    matrices: dict[str, None] = field(default_factory=dict)
    _used: int = 0

    def loop(self) -> Loop:
        for rule in self.block.rules:
            self.program.allocate(rule.series, rule.label)
        hoisted = [self._hoist(rule) for rule in self.block.rules]
        for rule, names in zip(self.block.rules, hoisted, strict=True):
            self._rule(rule, names)
        return Loop(self.block.direction, tuple(self.body), tuple(self.views), self.scratch)

    # ------------------------------------------------------------------------------------------------- hoisting

    def _hoist(self, rule: Rule) -> dict[Tensor, str]:
        """Computes the parts of a rule that the loop does not change; the first may wait in the rule's own array."""
        names: dict[Tensor, str] = {}
        own = self.program.names.series(rule.series)
        for part in self._constant_parts(rule.right):
            if self._is_plain(part):
                continue
            if part in self.program.known:
                names[part] = self.program.known[part]
            elif own not in names.values():
                self.program.into(part, own)
                names[part] = own
            else:
                name = names[part] = self.program.room(self.program.fresh("c"), part.shape[0])
                self.program.into(part, name)
        return names

    def _constant_parts(self, node: Tensor) -> Iterable[Tensor]:
        if self._is_constant(node):
            yield node
        elif isinstance(node, Plus):
            constant = [t for t in node.terms if self._is_constant(t)]
            if constant:
                yield _joined(constant)
            for term in node.terms:
                if term not in constant:
                    yield from self._constant_parts(term)
        elif isinstance(node, Dot) and node.axes == 1:
            yield from self._constant_parts(matrix_product(node)[0])
        elif isinstance(node, Dot):
            yield from self._constant_parts(node.right)
        elif isinstance(node, Times):
            yield from self._constant_parts(node.left)
            yield from self._constant_parts(node.right)
        elif isinstance(node, Map):
            yield from self._constant_parts(node.argument)

    def _is_constant(self, node: Tensor) -> bool:
        members = {rule.series for rule in self.block.rules}
        return not any(series in members for series, _ in used(node))

    def _is_plain(self, node: Tensor) -> bool:
        """A name or a number: nothing to compute."""
        return series_of(node) is not None or isinstance(node, (Ref, Const, Full))

    # ------------------------------------------------------------------------------------------------- one step

    def _rule(self, rule: Rule, hoisted: Mapping[Tensor, str]) -> None:
        out = self._view(self.program.names.series(rule.series))
        self._used = 0
        result = self._step(rule.right, hoisted, out)
        if result != out:
            self.body.append(Operation("copy", (result,), out, rule.label))

    def _view(self, name: str) -> str:
        self.views[name] = None
        return f"{name}_t"

    def _step(self, node: Tensor, hoisted: Mapping[Tensor, str], out: str = "") -> str:
        """The name of a value at one step.

        The operations that compute it come first, unless it has a name already: they write into `out`, else into scratch.
        """
        if node in hoisted:
            return self._view(hoisted[node])
        found = series_of(node)
        if found is not None:
            return self._view(self.program.at(*found))
        if isinstance(node, (Ref, Const, Full)):
            return self.program.whole(node)
        if isinstance(node, Plus):
            return self._add(node, hoisted, out)
        word, arguments = self._call(node, hoisted)
        out = out or self._temporary(node)
        self.body.append(Operation(word, arguments, out, node.shape[-1]))
        return out

    def _call(self, node: Tensor, hoisted: Mapping[Tensor, str]) -> tuple[str, tuple[str, ...]]:
        """What computes a value: the word of an operation, and the names of what it works on."""
        if isinstance(node, Dot) and node.axes == 1:
            vector, matrix = matrix_product(node)
            return "dot", (self._step(vector, hoisted), self._matrix(matrix))
        if isinstance(node, Dot) and isinstance(node.left, Const):
            return "multiply", (literal(node.left), self._step(node.right, hoisted))
        if isinstance(node, Times):
            return "multiply", (self._step(node.left, hoisted), self._step(node.right, hoisted))
        if isinstance(node, Map):
            return function(node), (self._step(node.argument, hoisted),)
        raise CannotCompile(f"{type(node).__name__} has no rule inside a recurrence")

    def _add(self, node: Plus, hoisted: Mapping[Tensor, str], out: str) -> str:
        constant = [t for t in node.terms if self._is_constant(t)]
        parts = [t for t in node.terms if t not in constant] + ([_joined(constant)] if constant else [])
        total = self._step(parts[0], hoisted)
        for number, part in enumerate(parts[1:], 2):
            value = self._step(part, hoisted)
            free = next((v for v in (total, value) if v in self.scratch), "")
            target = out if out and number == len(parts) else free or self._temporary(node)
            self.body.append(Operation("add", (total, value), target, node.shape[-1]))
            total = target
        return total

    def _matrix(self, node: Tensor) -> str:
        """The name of a matrix where a loop reads it quickly.

        A product with one vector is bound by memory: it reads rows from the start of a cache line. One with a batch of
        rows wants the matrix in the order in which it multiplies.
        """
        inner = node.argument if isinstance(node, Permute) else node
        given = self.program.whole(inner)
        turned, straight = f"{given}_T", f"{given}_near"
        program, name = self.program, turned if isinstance(node, Permute) else straight
        if name in self.matrices or program.is_kept(name):
            return name
        self.matrices[name] = None
        if name == turned:
            memory = f"{turned} = space.empty({given}.T.shape, dtype) if batch else space.empty({given}.shape, dtype).T"
            program.keep(memory, name)
            program.say(f"np.copyto({turned}, {given}.T)")
        elif program.is_kept(turned):
            program.say(f"{straight} = {given} if batch else {turned}.T")
        else:
            program.keep(f"{straight} = space.empty({given}.shape, dtype)", name)
            program.say(f"np.copyto({straight}, {given})")
        return name

    def _temporary(self, node: Tensor) -> str:
        """A scratch vector that holds nothing else within this rule."""
        label = node.shape[-1]
        name = f"r{self._used}_{label}"
        self._used += 1
        self.scratch[name] = label
        return name


def _joined(terms: list[Tensor]) -> Tensor:
    return terms[0] if len(terms) == 1 else Plus(tuple(terms))
