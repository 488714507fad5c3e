"""A file's functions, without running the file: only imports, functions, classes and plain constants are executed."""

from __future__ import annotations

import ast
import builtins
import copy
import sys
import tokenize
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, TypeGuard

from symrnn.code.names import flattened, is_gradient, name_of, parameter_of
from symrnn.code.stand_ins import MODULES, AbsentModule, percent, real_number
from symrnn.language.errors import InputError

Transform = Callable[[ast.Module], ast.Module]
Space = dict[str, Any]

#: Tokens after which a statement begins.
_BEFORE_STATEMENT = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
#: Nodes of an expression that is a plain constant, or computed from plain constants.
_PLAIN = (
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.FloorDiv, ast.Name, ast.Load,
)  # fmt: skip


@dataclass(frozen=True)
class CodeText:
    """The text of a file and its tree. The lines of the tree are those of the file; those of a notebook are counted from cell to cell.

    `cells` says of a notebook at which line each of its cells begins.
    """

    path: str
    text: str
    tree: ast.Module
    cells: tuple[tuple[int, int], ...] = ()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def parsed(text: str, path: str) -> CodeText:
    """Raises InputError for what is no Python 3; where that is so but for `print x`, these are left out."""
    try:
        return CodeText(path, text, with_steps_told(_with_methods(ast.parse(text))))
    except (SyntaxError, ValueError):
        try:
            return CodeText(path, text, with_steps_told(_with_methods(ast.parse(_without_prints(text)))))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            reason = getattr(error, "msg", None) or str(error)
            raise InputError(f"{path}:{line}: this is no Python 3: {reason}; correct that line and try again") from None


def _without_prints(text: str) -> str:
    """`pass` for each print statement of Python 2, in as many lines: what is printed goes nowhere."""
    lines = text.splitlines(keepends=True)
    try:
        tokens = list(tokenize.generate_tokens(iter(lines).__next__))
    except (tokenize.TokenError, SyntaxError):
        return text
    at_start = True
    for number, token in enumerate(tokens):
        if at_start and token.string == "print" and tokens[number + 1].string not in ("(", "="):
            end = next(other for other in tokens[number:] if other.type == tokenize.NEWLINE or other.string == ";")
            (first, begin), (last, stop) = token.start, end.start
            rest = lines[last - 1][stop:]
            lines[first - 1 : last] = [lines[first - 1][:begin] + "pass" + "\\\n" * (last - first) + rest] + [""] * (last - first)
        at_start = token.type in _BEFORE_STATEMENT or (at_start and token.type == tokenize.COMMENT) or token.string in (":", ";")
    return "".join(lines)


def _with_methods(tree: ast.Module) -> ast.Module:
    """Functions that a file attaches to its classes, `Reader.bptt = bptt`, are methods."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    made = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and isinstance(node, ast.Assign):
            owner, function = classes.get(target.value.id), made.get(ast.unparse(node.value))
            if owner is not None and function is not None:
                method = copy.deepcopy(function)
                method.name = target.attr
                owner.body.append(method)
    return tree


def with_steps_told(tree: ast.Module) -> ast.Module:
    """Functions that go along gradients of their own, `self.W -= rate * dW`, and return none, return these as well."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        taken = {argument.arg for argument in function.args.args}
        local = dict.fromkeys(name for name, _ in gone_along(function) if name.isidentifier() and name not in taken)
        found: list[ast.expr] = [ast.Name(name, ast.Load()) for name in local]
        returns = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
        value = returns[0].value if returns else None
        if not found or (returns and (returns != function.body[-1:] or _gives_gradients(function, value))):
            continue
        parts = value.elts if isinstance(value, ast.Tuple) else [value] if value is not None else []
        told = ast.copy_location(ast.Return(ast.Tuple([*parts, *found], ast.Load())), function.body[-1])
        function.body[len(function.body) - len(returns) :] = [ast.fix_missing_locations(told)]
    return tree


def _gives_gradients(function: ast.FunctionDef, returned: ast.expr | None) -> bool:
    """Whether one of the values returned is called the gradient of what the function has: `dx` beside `x`."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} | {
        argument.arg for argument in function.args.args
    }
    return any(parameter_of(name, used) for name in map(name_of, flattened(returned)) if name)


def gone_along(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What is called a gradient in the updates of a file or function, and the parameter that it is taken from.

    `self.bh -= rate * d_b` or `bh = bh - rate * d_b`; also those of `for p, dp in zip([W, b], [dW, db])`.
    """
    listed: dict[str, list[ast.expr]] = {}
    for loop in (node for node in ast.walk(tree) if isinstance(node, ast.For)):
        lists = loop.iter.args if isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) == "zip" else []
        for target, values in zip(loop.target.elts if isinstance(loop.target, ast.Tuple) else [], lists, strict=False):
            if isinstance(target, ast.Name) and isinstance(values, (ast.List, ast.Tuple)):
                listed[target.id] = values.elts
    for weight, step in _updates(tree):
        for factor in (step.left, step.right) if isinstance(step, ast.BinOp) and isinstance(step.op, ast.Mult) else ():
            if is_gradient(name_of(factor) or ""):
                pairs = zip(listed.get(ast.unparse(factor), [factor]), listed.get(ast.unparse(weight), [weight]), strict=False)
                named = ((name_of(gradient), name_of(parameter)) for gradient, parameter in pairs)
                yield from ((gradient, parameter) for gradient, parameter in named if gradient and parameter)


def _updates(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is made less, and by what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub):
            yield node.target, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Sub):
            yield from [(target, node.value.right) for target in node.targets if _same(target, node.value.left)]


def _same(a: ast.expr, b: ast.expr) -> bool:
    return ast.unparse(a) == ast.unparse(b)


@lru_cache(maxsize=8)
def all_gone_along(source: CodeText) -> frozenset[tuple[str, str]]:
    return frozenset(gone_along(source.tree))


def read(path: str) -> CodeText:
    """A file of Python, or the program in a document. Raises InputError for a file that cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the name") from None
    if path.endswith(".py"):
        return parsed(text, path)
    program, cells = resolve_name("symrnn.code.listings:program_in")(
        text, path
    )  # what reads documents is loaded for those who have one
    return replace(parsed(program, path), cells=cells)


def unchanged(tree: ast.Module) -> ast.Module:
    return tree


@lru_cache(maxsize=8)
def _compiled(source: CodeText, transform: Transform, given: frozenset[str]) -> types.CodeType:
    tree = _Given(given).visit(_Numbers().visit(transform(executed_part(source.tree))))
    return compile(ast.fix_missing_locations(tree), source.path, "exec", dont_inherit=True)


_BODIES = (ast.FunctionDef, ast.ClassDef)


def objects(tree: ast.Module) -> list[str]:
    """The names of objects that a file makes at its top, `parameters = Parameters(10)`, of its own classes and of plain constants.

    Only of those that a function of it uses: no other constructor runs.
    """
    return [node.targets[0].id for node in tree.body if _makes_object(node, tree) and isinstance(node.targets[0], ast.Name)]


def _makes_object(node: ast.stmt, tree: ast.Module) -> TypeGuard[ast.Assign]:
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name)):
        return False
    used = {n.id for part in tree.body if isinstance(part, _BODIES) for n in ast.walk(part) if isinstance(n, ast.Name)}
    classes = {part.name for part in tree.body if isinstance(part, ast.ClassDef)}
    given = [*node.value.args, *(keyword.value for keyword in node.value.keywords)]
    plain = all(isinstance(part, _PLAIN) for value in given for part in ast.walk(value))
    (target,) = node.targets if len(node.targets) == 1 else (None,)
    return node.value.func.id in classes and plain and isinstance(target, ast.Name) and target.id in used


@dataclass
class Loader:
    """Loads one file and, where it imports them, its neighbours of the same folder.

    `transform` is applied to the tree of the file itself. `hooks` are put among its globals, and so are the constants that are `given`
    instead of those of the file. With `exact` false, the code gets NumPy itself, to try shapes with.
    """

    source: CodeText
    transform: Transform = unchanged
    hooks: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = True
    given: Mapping[str, Any] = field(default_factory=dict)
    _neighbours: dict[str, types.ModuleType] = field(default_factory=dict)

    def load(self) -> Space:
        """The globals of the file. Exceptions of its imports and class bodies pass through."""
        return self._executed(self.source, self.transform, self.given)

    def _executed(self, source: CodeText, transform: Transform, given: Mapping[str, Any]) -> Space:
        code, path = _compiled(source, transform, frozenset(given)), source.path
        allowed = {**vars(builtins), "__import__": self._import, "xrange": range, "raw_input": input, "unicode": str}
        space: Space = {"__builtins__": allowed, "__name__": Path(path).stem, "__file__": path, **_HOOKS, **self.hooks}
        space.update(given)
        exec(code, space)
        return space

    def _import(self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        module = self._module(name, level)
        if fromlist:
            for part in fromlist:
                if self.exact and f"{name}.{part}" in MODULES:
                    setattr(module, part, MODULES[f"{name}.{part}"])
            return _with_all(module) if "*" in fromlist else module
        return module if "." not in name else self._module(name.split(".")[0], level)

    def _module(self, name: str, level: int) -> Any:
        top = name.split(".")[0]
        if not self.exact and not level and (top in ("numpy", "math") or (top == "scipy" and find_spec("scipy"))):
            return __import__(name, fromlist=["*"])
        if name in MODULES and not level:
            return MODULES[name]
        if top in ("numpy", "scipy") and not level:
            module: Any = MODULES[top]
            for part in name.split(".")[1:]:
                module = getattr(module, part)
            return module
        neighbour = self._neighbour(name)
        if neighbour is not None:
            return neighbour
        if top in sys.stdlib_module_names and not level:
            return __import__(name, fromlist=["*"])
        return AbsentModule(name)

    def _neighbour(self, name: str) -> types.ModuleType | None:
        """A file beside the one that is loaded, or below its folder."""
        if name not in self._neighbours:
            path = Path(self.source.path).parent.joinpath(*name.split(".")).with_suffix(".py")
            if not name or not path.is_file():
                return None
            self._neighbours[name] = types.ModuleType(name)
            self._neighbours[name].__dict__.update(self._executed(read(str(path)), unchanged, {}))
        return self._neighbours[name]


@contextmanager
def redefined(space: Space, path: str, owner: str, function: ast.FunctionDef) -> Iterator[None]:
    """Another version of a function, or of a method of the class `owner`, in a loaded file, for a while."""
    tree = _Numbers().visit(ast.Module([function], []))
    made: Space = {}
    exec(compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True), space, made)
    name = function.name
    before = getattr(space[owner], name) if owner else space[name]
    try:
        if owner:
            setattr(space[owner], name, made[name])
        else:
            space[name] = made[name]
        yield
    finally:
        if owner:
            setattr(space[owner], name, before)
        else:
            space[name] = before


def _with_all(module: Any) -> Any:
    """A module whose `*` means what the real one's does."""
    if module is MODULES["numpy"] or module is MODULES["math"]:
        names = [name for name in dir(module._real) if not name.startswith("_")]
        module.__dict__["__all__"] = [name for name in names if not isinstance(getattr(module, name, None), types.ModuleType)]
    return module


def executed_part(tree: ast.Module) -> ast.Module:
    """What of a file is executed: imports, functions, classes, objects of these, and constants that are written out."""
    constants: set[str] = set()
    body: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
            body.append(statement)
        elif isinstance(statement, (ast.Try, ast.If)):
            body.extend(part for part in ast.walk(statement) if isinstance(part, (ast.Import, ast.ImportFrom)))
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and _is_plain(statement.value, constants):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
            if all(isinstance(target, (ast.Name, ast.Tuple)) for target in targets):
                constants.update(names)
                body.append(statement)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
            body.append(statement)
        elif _makes_object(statement, tree):
            body.append(_if_it_can_be(statement))
    return copy.deepcopy(ast.Module(body, []))


def _if_it_can_be(made: ast.Assign) -> ast.Try:
    """An object that is not there where its constructor fails, but for a size that is still to be found."""
    unknown = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [ast.Raise()])
    anything = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.copy_location(ast.Try([made], [unknown, anything], [], []), made)


def _is_plain(value: ast.expr | None, constants: set[str]) -> bool:
    if value is None:
        return False
    return all(isinstance(node, _PLAIN) and (not isinstance(node, ast.Name) or node.id in constants) for node in ast.walk(value))


class _Given(ast.NodeTransformer):
    """Leaves out the constants at the top of a file that are given."""

    def __init__(self, given: frozenset[str]) -> None:
        self._given = given

    def visit_Module(self, node: ast.Module) -> ast.AST:
        node.body = [part for part in node.body if not self._assigns_given(part)]
        return node

    def _assigns_given(self, node: ast.stmt) -> bool:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        return bool(targets) and all(isinstance(target, ast.Name) and target.id in self._given for target in targets)


class _Numbers(ast.NodeTransformer):
    """`float(x)` keeps the number, and `'%f' % x` prints it."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1:
            node.func = ast.copy_location(ast.Name("__real__", ast.Load()), node.func)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Mod):
            return node
        return ast.copy_location(ast.Call(ast.Name("__percent__", ast.Load()), [node.left, node.right], []), node)


_HOOKS = {"__real__": real_number, "__percent__": percent}
