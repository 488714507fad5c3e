"""What each statement of a run computed: the code with a probe around every value that a statement assigns, adds or returns."""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symrnn.code import names
from symrnn.code.arrays import Reals
from symrnn.code.loading import CodeText, executed_part
from symrnn.code.numbers import Real, Tape, lifted
from symrnn.code.subject import functions_in

Loops = Mapping[str, int]
Nodes = np.ndarray[Any, Any]
NONE: Nodes = np.zeros(0, int)


@dataclass(frozen=True)
class Probe:
    """`target operator code`, as written: one value that a statement assigns (`=`), combines (`+=`), returns or gives to a function.

    The operator is `return`, or `argument`, for the last two.
    """

    line: int
    target: str
    operator: str
    code: str
    #: What is assigned, as a path: `grads.W` for `grads["W"][i]`.
    path: str


@dataclass(frozen=True)
class Execution:
    """One execution of a statement: the tape from `begin` to `end`, the nodes of the value, and those of the array that it changed.

    Both are empty where there is no such array. `loops` are the whole numbers that the loops around it count.
    """

    statement: int
    begin: int
    end: int
    nodes: Nodes
    loops: Loops
    changed: Nodes = field(default_factory=lambda: NONE)


class Probed:
    """The probed code of a file, and what its statements are. Use as the `transform` of a loader, with `hooks`."""

    def __init__(self, source: CodeText) -> None:
        self._source = source
        self.functions = {name.rsplit(".", 1)[-1] for name in functions_in(source.tree)}
        self.statements: list[Probe] = []
        self._loops: dict[int, tuple[str, ...]] = {}
        tree = executed_part(source.tree)
        self.tree = ast.fix_missing_locations(_Probes(self).visit(tree))
        for node in ast.walk(source.tree):
            if isinstance(node, ast.For):
                counted = tuple(part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))
                for line in range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1):
                    self._loops[line] = (*self._loops.get(line, ()), *counted)

    def __call__(self, tree: ast.Module) -> ast.Module:
        probed: ast.Module = copy.deepcopy(self.tree)
        return probed

    def hooks(self, observer: Observer) -> dict[str, Any]:
        return {"__mark__": observer.mark, "__seen__": observer.seen, "__parts__": observer.parts, "__changed__": observer.changed}

    def add(self, line: int, target: ast.expr | None, operator: str, value: ast.expr) -> int:
        text = ast.get_source_segment(self._source.text, value) or ast.unparse(value)
        shown = "" if target is None else ast.unparse(target)
        self.statements.append(Probe(line, shown, operator, " ".join(text.split()), _path(target)))
        return len(self.statements) - 1

    def loops(self) -> dict[str, int]:
        """The whole numbers that the loops around the line being executed count, and those around its callers."""
        result: dict[str, int] = {}
        frame: Any = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self._source.path:
                for name in self._loops.get(frame.f_lineno, ()):
                    value = frame.f_locals.get(name)
                    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
                        result.setdefault(name, int(value))
            frame = frame.f_back
        return result


def _path(target: ast.expr | None) -> str:
    while isinstance(target, ast.Subscript) and names.name_of(target) is None:
        target = target.value
    return names.name_of(target) or ""


class _Probes(ast.NodeTransformer):
    def __init__(self, probed: Probed) -> None:
        self._probed = probed

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        if len(node.targets) != 1:
            node.value = self._seen(node, node.targets[0], "=", node.value)
            return node
        (target,) = node.targets
        if isinstance(target, (ast.Tuple, ast.List)):
            if any(isinstance(part, ast.Starred) for part in target.elts):
                return node
            if isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(target.elts):
                pairs = zip(target.elts, node.value.elts, strict=True)
                node.value.elts = [self._seen(node, part, "=", value) for part, value in pairs]
            else:
                numbers = [self._probed.add(node.lineno, part, "=", node.value) for part in target.elts]
                written = ast.Tuple([ast.Constant(number) for number in numbers], ast.Load())
                node.value = _call("__parts__", node.value, written, _call("__mark__", node.value), node.value)
            return node
        value = node.value
        node.value = self._seen(node, target, "=", value)
        return [node, self._after(node, target)] if isinstance(target, ast.Subscript) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        node.value = self._seen(node, node.target, f"{_OPERATORS.get(type(node.op), '?')}=", node.value)
        return [node, self._after(node, node.target)]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """What is given to another function of the file."""
        self.generic_visit(node)
        if ast.unparse(node.func).removeprefix("self.") in self._probed.functions:
            node.args = [self._computed(node, "argument", part) for part in node.args]
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        self.generic_visit(node)
        call = node.value
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "append"
            and len(call.args) == 1
        ):
            last = ast.copy_location(ast.Subscript(call.func.value, ast.Constant(-1), ast.Store()), call)
            call.args = [self._seen(node, last, "=", call.args[0])]
            return node
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("add.at") and len(call.args) == 3:
            call.args[2] = self._seen(node, call.args[0], "+=", call.args[2])
            return [node, self._after(node, call.args[0])]
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        self.generic_visit(node)
        value = node.value
        if isinstance(value, ast.Tuple):
            value.elts = [self._computed(node, "return", part) for part in value.elts]
        elif isinstance(value, ast.Dict):
            value.values = [self._computed(node, "return", part) for part in value.values]
        elif value is not None:
            node.value = self._computed(node, "return", value)
        return node

    def _computed(self, node: ast.expr | ast.stmt, operator: str, value: ast.expr) -> ast.expr:
        """A probe around an expression that is more than a name."""
        plain = isinstance(value, (ast.Name, ast.Constant, ast.Attribute, ast.Dict, ast.Tuple, ast.List, ast.Starred))
        return value if plain else self._seen(node, None, operator, value)

    def _seen(self, node: ast.expr | ast.stmt, target: ast.expr | None, operator: str, value: ast.expr) -> ast.expr:
        number = self._probed.add(value.lineno if operator == "argument" else node.lineno, target, operator, value)
        return _call("__seen__", value, ast.Constant(number), _call("__mark__", value), value)

    def _after(self, node: ast.stmt, target: ast.expr) -> ast.stmt:
        """What was changed: the array that an entry belongs to, or the target itself."""
        holder = target.value if isinstance(target, ast.Subscript) else target
        number = len(self._probed.statements) - 1
        loads = [_loaded(holder), ast.Lambda(_NO_ARGUMENTS, _loaded(target))]
        return ast.copy_location(ast.Expr(_call("__changed__", target, ast.Constant(number), *loads)), node)


_NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
    ast.Pow: "**",
}


def _call(name: str, place: ast.expr, *arguments: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
    return ast.copy_location(call, place)


def _loaded(node: ast.expr) -> ast.expr:
    made = copy.deepcopy(node)
    if isinstance(made, (ast.Name, ast.Subscript, ast.Attribute)):
        made.ctx = ast.Load()
    return made


class Observer:
    """Gets every probed value, in order. Without a tape it records nothing, but may put other values in their place."""

    def __init__(self, probed: Probed) -> None:
        self.probed = probed

    def mark(self) -> int:
        return 0

    def seen(self, number: int, begin: int, value: Any) -> Any:
        return value

    def changed(self, number: int, holder: Any, target: Callable[[], Any]) -> None:
        return None

    def parts(self, numbers: tuple[int, ...], begin: int, values: Any) -> Any:
        """Several values that one expression gives."""
        if isinstance(values, (str, dict)):
            return values
        made = tuple(values)
        if len(made) != len(numbers):
            return made
        return tuple(self.seen(number, begin, value) for number, value in zip(numbers, made, strict=True))


@dataclass
class Recorder(Observer):
    """Records every execution of a run over exact numbers."""

    probed: Probed
    executions: list[Execution] = field(default_factory=list)

    def mark(self) -> int:
        return len(Tape.current)

    def seen(self, number: int, begin: int, value: Any) -> Any:
        self.executions.append(Execution(number, begin, len(Tape.current), nodes_of(value), self.probed.loops()))
        return value

    def changed(self, number: int, holder: Any, target: Callable[[], Any]) -> None:
        for position in range(len(self.executions) - 1, -1, -1):
            last = self.executions[position]
            if last.statement == number:
                nodes = nodes_of(array_changed(holder, target))
                self.executions[position] = replace(last, end=len(Tape.current), changed=nodes)
                return


def array_changed(holder: Any, target: Callable[[], Any]) -> Any:
    """The array that a statement changed in place; a number where it only gave a name another value."""
    return holder if isinstance(holder, np.ndarray) and holder.ndim else target()


def nodes_of(value: Any) -> Nodes:
    """The nodes of a number or an array of numbers; none for anything else."""
    if isinstance(value, Real):
        return np.array(value.node)
    if not isinstance(value, Reals):
        return NONE
    numbers = [number.node for number in map(lifted, value.flat) if number is not None]
    return np.array(numbers, int).reshape(value.shape) if len(numbers) == value.size else NONE
