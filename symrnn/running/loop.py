"""A block of scheduled equations to lines: at once for all steps, or as one loop over time.

What a loop does not change is computed before it, for all steps. What is left of each step is a list of operations,
each of which writes into an array that exists already; they are printed as calls of NumPy, or as a function of their
own for a compiler of loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from symrnn.language.tensors import Const, Dot, Full, Jac, Map, Over, Permute, Plus, Power, Ref, Softmax, Tensor, Times, walk
from symrnn.running.emit import STEP, Program, between, function
from symrnn.running.emit import subtracted as _subtracted
from symrnn.running.errors import CannotCompile
from symrnn.running.schedule import Block, Series, SeriesRule, SeriesStack, axis_of, matrix_product, series_of, used
from symrnn.running.stacks import products, values


@dataclass(frozen=True)
class Operation:
    """One call of a step: `word` is dot, inner, add, subtract, multiply, divide, copy, softmax_step or a function; what it works on, and
    where it writes.

    `label` is the axis of what is written.
    """

    word: str
    arguments: tuple[str, ...]
    out: str
    label: str


@dataclass(frozen=True)
class Loop:
    """A loop over time: what is done in each step, to the rows of `views` (here named with _t at the end), to scratch
    vectors (by how many of which axis) and with matrices and vectors from outside.

    `direction` is -1 where a step uses the one before, +1 where it uses the one after.
    """

    direction: int
    operations: tuple[Operation, ...]
    views: tuple[str, ...]
    scratch: Mapping[str, tuple[int, str]]


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
    for name, (many, label) in loop.scratch.items():
        if not program.is_kept(name):
            program.keep(f"{name} = space.empty((*batch, {program.size(label, many)}), dtype)", name)
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
    scratch: dict[str, tuple[int, str]] = field(default_factory=dict)
    together: dict[SeriesStack, str] = field(default_factory=dict)
    beside: dict[SeriesStack, str] = field(default_factory=dict)
    done: set[SeriesStack] = field(default_factory=set)
    matrices: dict[str, None] = field(default_factory=dict)
    _kept: dict[Tensor, str] = field(default_factory=dict)
    _used: int = 0

    def loop(self) -> Loop:
        self._lay_stacks()
        for rule in self.block.rules:
            self.program.allocate(rule.series, rule.label)
        hoisted = [self._hoist(rule) for rule in self.block.rules]
        for rule, names in zip(self.block.rules, hoisted, strict=True):
            stack = next((s for s in self.together if rule.series in s.members), None)
            if stack is None:
                self._rule(rule, names)
            elif stack not in self.done:
                self._stack(stack, rule)
        return Loop(self.block.direction, tuple(self.body), tuple(self.views), self.scratch)

    # --------------------------------------------------------------------------------------------------- stacks

    def _lay_stacks(self) -> None:
        """Lays side by side what one call can compute."""
        if self.block.direction < 0 or not self.program.stacks:
            sums = products(self.block.rules, self._is_constant)
            for stack in (*sums, *(found for one in sums for found in values(self.block.rules, one))):
                self.together[stack] = self.program.lay(stack)
            self.program.stacks += sums
        inside = {rule.series for rule in self.block.rules}
        for stack in self.program.stacks:
            back = stack.backwards()
            edges = {self.program.extended.get(member) for member in back.members}
            if inside.issuperset(back.members) and len(edges) == 1:
                self.beside[back] = self.program.lay(back)

    def _stack(self, stack: SeriesStack, rule: SeriesRule) -> None:
        """The operations that compute all members of a stack."""
        name, size = self.together[stack], f"{len(stack.members)}{stack.label}"
        self.done.add(stack)
        if stack.vector is not None:
            self._used = 0
            rows = self._step(stack.vector, {})
            product = self._scratch(stack.label, len(stack.members))
            self.body.append(Operation("dot", (rows, self._stacked(stack, name)), product, size))
            self.body.append(Operation("add", (product, self._view(name)), self._view(name), size))
            return
        assert isinstance(rule.right, Map)
        argument = series_of(rule.right.argument)
        assert argument is not None
        wide = next(s for s in self.together if argument[0] in s.members)
        first = min(wide.members.index(found[0]) for r in self.block.rules if r.series in stack.members and (found := _argument(r)))
        columns = self._columns(self.together[wide], first, first + len(stack.members), stack.label)
        self.body.append(Operation(function(rule.right), (self._view(columns),), self._view(name), size))

    def _columns(self, wide: str, start: int, stop: int, label: str) -> str:
        """Neighbouring columns of the array of a stack, as an array of their own name."""
        name, size = f"{wide}_{start}", self.program.size(label)
        if not self.program.is_kept(name):
            self.program.keep(f"{name} = {wide}{between(start, stop, size)}", name)
        return name

    def _stacked(self, stack: SeriesStack, name: str) -> str:
        """The matrices of a stack as one, which the rows of its vector are multiplied by."""
        program, size, matrix = self.program, self.program.size(stack.label), f"{name}_T"
        (label,) = {m.shape[0] for m in stack.matrices}
        shape = f"{len(stack.members)} * {size}, {program.size(label)}"
        turned = f"{program.size(label)}, {len(stack.members)} * {size}"
        program.keep(f"{matrix} = space.empty(({turned}), dtype) if batch else space.empty(({shape}), dtype).T", matrix)
        for number, part in enumerate(stack.matrices):
            program.keep(f"{matrix}_{number} = {matrix}{between(number, number + 1, size)}", f"{matrix}_{number}")
            program.say(f"np.copyto({matrix}_{number}, {program.matrix(part)})")
        self.program.stacked[stack.backwards()] = matrix
        return matrix

    # ------------------------------------------------------------------------------------------------- hoisting

    def _hoist(self, rule: SeriesRule) -> dict[Tensor, str]:
        """Computes the parts of a rule that the loop does not change; the first may wait in the rule's own array."""
        names: dict[Tensor, str] = {}
        own = self.program.names.series(rule.series)
        for part in self._constant_parts(rule.right):
            if any(stack.vector is not None and rule.series in stack.members for stack in self.together):
                self.program.into(part, own)
                continue
            if self._is_plain(part) or part in self._kept:
                continue
            if part in self.program.known:
                names[part] = self.program.known[part]
            elif "t" not in part.free:
                name = self._kept[part] = self.program.fresh("c")
                self.program.say(f"{name} = {self.program.whole(part)}")
            elif own not in names.values():
                self.program.into(part, own)
                names[part] = own
            else:
                name = names[part] = self.program.room(self.program.fresh("c"), axis_of(part.shape))
                self.program.into(part, name)
        return names

    def _constant_parts(self, node: Tensor) -> Iterable[Tensor]:
        if self._is_constant(node):
            yield node
        elif isinstance(node, (Plus, Times)):
            constant = [t for t in _members(node) if self._is_constant(t)]
            if constant:
                yield _joined(node, constant)
            for term in _members(node):
                if term not in constant:
                    yield from self._constant_parts(term)
        elif isinstance(node, Dot) and node.axes == 1:
            for side in (node.left, node.right):
                if "t" in side.free:
                    yield from self._constant_parts(side)
        elif not isinstance(node, (Ref, Jac)):
            for child in node.parts:
                yield from self._constant_parts(child)

    def _is_constant(self, node: Tensor) -> bool:
        members = {rule.series for rule in self.block.rules}
        return not any(series in members for series, _ in used(node))

    def _is_plain(self, node: Tensor) -> bool:
        """A name or a number: nothing to compute."""
        return series_of(node) is not None or isinstance(node, (Ref, Const, Full))

    # ------------------------------------------------------------------------------------------------- one step

    def _rule(self, rule: SeriesRule, hoisted: Mapping[Tensor, str]) -> None:
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
        if node in self._kept:
            return self._kept[node]
        found = series_of(node)
        if found is not None:
            return self._view(self.program.at(*found))
        if isinstance(node, (Ref, Const, Full)):
            return self.program.whole(node)
        if isinstance(node, (Plus, Times)):
            return self._chain(node, hoisted, out)
        word, arguments = self._call(node, hoisted)
        out = self._again(node) or out or self._temporary(node)
        self.body.append(Operation(word, arguments, out, axis_of(node.shape)))
        return out

    def _again(self, node: Tensor) -> str:
        """Scratch of its own for a product that several rules use; empty for what is used once."""
        if sum(1 for rule in self.block.rules for n in walk(rule.right) if n is node) < 2:
            return ""
        label = axis_of(node.shape)
        name = self._kept[node] = f"k{len(self._kept)}_{label}"
        self.scratch[name] = (1, label)
        return name

    def _call(self, node: Tensor, hoisted: Mapping[Tensor, str]) -> tuple[str, tuple[str, ...]]:
        """What computes a value: the word of an operation, and the names of what it works on."""
        match node:
            case Dot(left, right, 1) if "t" in left.free and "t" in right.free:
                return "inner", (self._step(left, hoisted), self._step(right, hoisted))
            case Dot(left, right, 1):
                vector, matrix = matrix_product(left, right)
                return "dot", (self._step(vector, hoisted), self._matrix(matrix))
            case Dot(left, right, 0):
                return "multiply", (self._step(left, hoisted), self._step(right, hoisted))
            case Over(left, right):
                return "divide", (self._step(left, hoisted), self._step(right, hoisted))
            case Power(base, 2):
                value = self._step(base, hoisted)
                return "multiply", (value, value)
            case Map():
                return function(node), (self._step(node.argument, hoisted),)
            case Softmax(argument):
                return "softmax_step", (self._step(argument, hoisted),)
        raise CannotCompile(
            f"a recurrence has {self.program.names.said(node)}, which has no rule there; give it a letter of its own"
        )

    def _chain(self, node: Plus | Times, hoisted: Mapping[Tensor, str], out: str) -> str:
        """A sum or a product, operand by operand; what the loop does not change comes last."""
        word = "add" if isinstance(node, Plus) else "multiply"
        constant = [t for t in _members(node) if self._is_constant(t)]
        members = [t for t in _members(node) if t not in constant]
        made, members = self._whole_products(members) if isinstance(node, Plus) else ([], members)
        parts: list[Tensor | str] = [*made, *members, *([_joined(node, constant)] if constant else [])]
        if isinstance(node, Plus):
            parts.sort(key=lambda part: not isinstance(part, str) and part not in hoisted and _subtracted(part) is not None)
        first = parts[0]
        total = first if isinstance(first, str) else self._step(first, hoisted)
        if len(parts) == 1:
            return total
        for number, part in enumerate(parts[1:], 2):
            known = isinstance(part, str) or not isinstance(node, Plus) or part in hoisted
            subtracted = None if known or isinstance(part, str) else _subtracted(part)
            value = part if isinstance(part, str) else self._step(part if subtracted is None else subtracted, hoisted)
            free = next((v for v in (total, value) if v in self.scratch and v not in self._kept.values()), "")
            target = out if out and number == len(parts) else free or self._temporary(node)
            self.body.append(Operation(word if subtracted is None else "subtract", (total, value), target, axis_of(node.shape)))
            total = target
        return total

    def _whole_products(self, terms: list[Tensor]) -> tuple[list[str], list[Tensor]]:
        """The values of those summands that together are the product of a stack with its matrix, and the other summands."""
        made = []
        for stack, name in self.beside.items():
            for shift in (0, self.block.direction):
                found = {self._place(term, stack, shift): term for term in terms}
                if all(number in found for number in range(len(stack.members))):
                    taken = [found[number] for number in range(len(stack.members))]
                    terms = [term for term in terms if term not in taken]
                    made.append(self._product_of_stack(stack, f"{name}_{STEP[shift]}" if shift else name, taken[0]))
        return made, terms

    def _place(self, term: Tensor, stack: SeriesStack, shift: int) -> int | None:
        """Which member of a stack, times its matrix, a summand is."""
        if not isinstance(term, Dot) or term.axes != 1:
            return None
        vector, matrix = matrix_product(term.left, term.right)
        found = series_of(vector) if isinstance(vector, (Ref, Jac)) else None
        if found is None or found[1] != shift or found[0] not in stack.members:
            return None
        number = stack.members.index(found[0])
        return number if stack.matrices[number] is matrix else None

    def _product_of_stack(self, stack: SeriesStack, rows: str, term: Tensor) -> str:
        program, matrix = self.program, self.program.stacked[stack]
        near = f"{matrix.removesuffix('_T')}_near"
        if near not in self.matrices:
            self.matrices[near] = None
            program.say(f"{near} = {matrix}.T")
        product = self._temporary(term)
        self.body.append(Operation("dot", (self._view(rows), near), product, axis_of(term.shape)))
        return product

    def _matrix(self, node: Tensor) -> str:
        """The name of a matrix where a loop reads it quickly.

        A product with one vector is bound by memory: it reads rows from the start of a cache line. One with a batch of
        rows wants the matrix in the order in which it multiplies.
        """
        inner = node.argument if isinstance(node, Permute) else node
        given = self.program.whole(inner)
        if len(inner.shape) == 1:
            return self._column(given)
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

    def _column(self, vector: str) -> str:
        name = f"{vector}_column"
        if name not in self.matrices:
            self.matrices[name] = None
            self.program.say(f"{name} = column({vector})")
        return name

    def _temporary(self, node: Tensor) -> str:
        """A scratch vector that holds nothing else within this rule."""
        return self._scratch(axis_of(node.shape))

    def _scratch(self, label: str, many: int = 1) -> str:
        name = f"r{self._used}_{many if many > 1 else ''}{label}"
        self._used += 1
        self.scratch[name] = (many, label)
        return name


def _argument(rule: SeriesRule) -> tuple[Series, int] | None:
    """The series that a rule is a function of."""
    return series_of(rule.right.argument) if isinstance(rule.right, Map) else None


def _members(node: Plus | Times) -> list[Tensor]:
    """The summands of a sum, the factors of a product of products."""
    if isinstance(node, Plus):
        return list(node.terms)
    return [m for side in (node.left, node.right) for m in (_members(side) if isinstance(side, Times) else [side])]


def _joined(node: Plus | Times, members: list[Tensor]) -> Tensor:
    """Some members of a sum or a product, as one."""
    if len(members) == 1:
        return members[0]
    return Plus(tuple(members)) if isinstance(node, Plus) else reduce(Times, members)
