"""A file's functions, without running the file: only imports, functions, classes and plain constants are executed."""

from __future__ import annotations

import ast
import builtins
import copy
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from symrnn.code.stand_ins import MODULES, AbsentModule, percent, real_number
from symrnn.language.errors import InputError

Transform = Callable[[ast.Module], ast.Module]
Space = dict[str, Any]

_PRINT = re.compile(r"^(\s*)print\s+(?![=(])(.*?);?\s*$")
#: Nodes of an expression that is a plain constant, or computed from plain constants.
_PLAIN = (
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.FloorDiv, ast.Name, ast.Load,
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """The text of a file and its tree. The lines of the tree are those of the file."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def parsed(text: str, path: str) -> Source:
    """Raises InputError for what is no Python; `print x` of Python 2 is understood."""
    try:
        return Source(path, text, ast.parse(text))
    except (SyntaxError, ValueError) as error:
        modern = "\n".join(_PRINT.sub(r"\1print(\2)", line) for line in text.splitlines())
        try:
            return Source(path, text, ast.parse(modern))
        except (SyntaxError, ValueError):
            line = getattr(error, "lineno", None) or 1
            reason = getattr(error, "msg", None) or str(error)
            raise InputError(f"{path}:{line}: this is no Python 3: {reason}; correct that line and try again") from None


def read(path: str) -> Source:
    """Raises InputError for a file that cannot be read."""
    try:
        return parsed(Path(path).read_text(encoding="utf-8-sig"), path)
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the name") from None


def unchanged(tree: ast.Module) -> ast.Module:
    return tree


@lru_cache(maxsize=8)
def _compiled(source: Source, transform: Transform) -> types.CodeType:
    tree = _Numbers().visit(transform(executed_part(source.tree)))
    return compile(ast.fix_missing_locations(tree), source.path, "exec", dont_inherit=True)


@lru_cache(maxsize=8)
def _objects(source: Source) -> tuple[tuple[str, str], ...]:
    """Objects that a file makes at its top without arguments, `gate = Gate()`: to make one runs nothing where no constructor is written."""
    assigned = [node for node in source.tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    return tuple(
        (node.targets[0].id, node.value.func.id)
        for node in assigned
        if isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name)
        if not node.value.args and not node.value.keywords
    )


@dataclass
class Loader:
    """Loads one file and, where it imports them, its neighbours of the same folder.

    `transform` is applied to the tree of the file itself. `hooks` are put among its globals. With `exact` false, the code gets NumPy
    itself, to try shapes with.
    """

    source: Source
    transform: Transform = unchanged
    hooks: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = True
    _neighbours: dict[str, types.ModuleType] = field(default_factory=dict)

    def load(self) -> Space:
        """The globals of the file. Exceptions of its imports and class bodies pass through."""
        return self._executed(self.source, self.transform)

    def _executed(self, source: Source, transform: Transform) -> Space:
        code, path = _compiled(source, transform), source.path
        allowed = {**vars(builtins), "__import__": self._import, "xrange": range, "raw_input": input, "unicode": str}
        space: Space = {"__builtins__": allowed, "__name__": Path(path).stem, "__file__": path, **_HOOKS, **self.hooks}
        exec(code, space)
        for name, made_of in _objects(source):
            if isinstance(space.get(made_of), type) and space[made_of].__init__ is object.__init__:
                space[name] = space[made_of]()
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
            self._neighbours[name].__dict__.update(self._executed(read(str(path)), unchanged))
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
    """What of a file is executed: imports, functions, classes, and constants that are written out."""
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
    return copy.deepcopy(ast.Module(body, []))


def _is_plain(value: ast.expr | None, constants: set[str]) -> bool:
    if value is None:
        return False
    return all(isinstance(node, _PLAIN) and (not isinstance(node, ast.Name) or node.id in constants) for node in ast.walk(value))


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
