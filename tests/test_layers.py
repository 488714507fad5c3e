"""Imports go downwards only, none is hidden in a function, and the repository has only the entries it should have."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from pkgutil import resolve_name

import pytest
from places import ROOT

PACKAGE = ROOT / "symrnn"

#: The folders of the package, lowest first; a folder imports from itself and from those before it here.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("symrnn",),
    ("language",),
    ("notation",),
    ("reading",),
    ("deciding",),
    ("proving",),
    ("judging",),
    ("showing",),
    ("running",),
    ("code",),
    ("app",),
    ("__main__",),
)
#: What IPython asks the package itself for, and `%load_ext symrnn` needs.
HOOK = ("symrnn", "symrnn.app.notebook")
MOST_ENTRIES = 14
ENTRIES = {"symrnn", "derivations", "tests", "pyproject.toml", "README.md", "LICENSE"}
#: Text from a document must never reach one of these; an import at run time would also hide from the tests below.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "import_module", "sympify", "parse_expr"}

#: What is loaded when it is used first: it is imported, wherever it stands.
LATE = re.compile(r"symrnn(\.\w+)+:\w+")

Graph = Mapping[str, set[str]]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def trees() -> Mapping[str, ast.AST]:
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imported(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """The modules of symrnn that a module imports, at once or late; names are told from modules by what exists."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and LATE.fullmatch(node.value):
            yield node.value.partition(":")[0]
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from inner & modules
            if inner - modules:
                yield node.module


def graph_of(trees: Mapping[str, ast.AST]) -> Graph:
    return {name: set(imported(tree, set(trees))) for name, tree in trees.items()}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "symrnn"


def upward(graph: Graph) -> list[str]:
    """The imports that go from a lower row to a higher one."""
    level = {name: number for number, row in enumerate(LAYERS) for name in row}
    return [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in sorted(others)
        if level[room(name)] < level[room(other)] and (name, other) != HOOK
    ]


def hidden_imports(tree: ast.AST) -> list[int]:
    """The lines of imports inside functions and classes."""
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    inside = (node for scope in ast.walk(tree) if isinstance(scope, scopes) for node in ast.walk(scope))
    return sorted({node.lineno for node in inside if isinstance(node, (ast.Import, ast.ImportFrom))})


def forbidden_calls(tree: ast.AST) -> list[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    plain = [function.id for function in calls if isinstance(function, ast.Name)]
    # re.compile and the like are harmless
    dotted = [function.attr for function in calls if isinstance(function, ast.Attribute) and function.attr != "compile"]
    return [name for name in (*plain, *dotted) if name in FORBIDDEN_CALLS]


def relative_imports(tree: ast.AST) -> list[int]:
    """The lines of imports with dots, which the graph above would not see."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


# ----------------------------------------------------------------------------------------------------- the package


def test_the_package_has_few_entries() -> None:
    assert len({path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}) <= MOST_ENTRIES


def test_every_room_has_its_layer() -> None:
    listed = [name for row in LAYERS for name in row]
    assert len(listed) == len(set(listed))
    assert {room(name) for name in MODULES} - set(listed) == set(), "put the new module into LAYERS"


def test_imports_have_no_cycle() -> None:
    order = list(TopologicalSorter(graph_of(trees())).static_order())
    assert set(order) == set(MODULES)


def test_imports_go_downwards() -> None:
    assert upward(graph_of(trees())) == []


@pytest.mark.parametrize("name", MODULES)
def test_no_import_is_hidden(name: str) -> None:
    assert hidden_imports(trees()[name]) == []
    assert relative_imports(trees()[name]) == []


#: Two rooms run text: what one has written itself, from tensors, with names that it has made plain identifiers; and the functions of
#: the Python file whose name the person gave to be run.
RUN_TEXT = {"symrnn.running.program", "symrnn.code.loading"}


@pytest.mark.parametrize("name", MODULES)
def test_no_text_is_run(name: str) -> None:
    assert name in RUN_TEXT or forbidden_calls(trees()[name]) == []


def test_the_repository_has_only_known_entries() -> None:
    assert (ROOT / ".git").exists(), "this test lists the files of a git checkout; run it in one"
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    tops = {Path(file).parts[0] for file in files}
    assert "symrnn" in tops
    assert {top for top in tops if not top.startswith(".")} <= ENTRIES


# --------------------------------------------------------------------------------- the guards see what they should


def parsed(**sources: str) -> dict[str, ast.AST]:
    return {f"symrnn.{name}": ast.parse(source) for name, source in sources.items()}


def test_a_cycle_is_seen() -> None:
    graph = graph_of(parsed(low="def f():\n    from symrnn import high", high="from symrnn.low import Term"))
    with pytest.raises(CycleError):
        TopologicalSorter(
            graph_of({"symrnn": ast.parse("")} | parsed(low="import symrnn.high", high="import symrnn.low"))
        ).prepare()
    assert graph["symrnn.high"] == {"symrnn.low"}


def test_an_import_upwards_is_seen() -> None:
    trees = {"symrnn": ast.parse("")} | parsed(language="from symrnn import app", app="from symrnn.language import Term")
    assert upward(graph_of(trees)) == ["symrnn.language imports symrnn.app"]


def test_a_late_import_upwards_is_seen() -> None:
    trees = {"symrnn": ast.parse("")} | parsed(language="resolve_name('symrnn.app:run')", app="")
    assert upward(graph_of(trees)) == ["symrnn.language imports symrnn.app"]


def test_late_imports_name_what_exists() -> None:
    constants = (node.value for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    late = [value for value in constants if isinstance(value, str) and LATE.fullmatch(value)]
    assert len(late) > 5
    assert all(callable(resolve_name(place)) for place in late)


def test_a_hidden_import_is_seen() -> None:
    assert hidden_imports(ast.parse("import os\ndef f():\n    import sympy\nclass A:\n    from os import path")) == [
        3,
        5,
    ]


@pytest.mark.parametrize("source", ["eval('1')", "sympy.sympify(x)", "importlib.import_module('os')", "compile(x)"])
def test_a_forbidden_call_is_seen(source: str) -> None:
    assert len(forbidden_calls(ast.parse(source))) == 1
    assert forbidden_calls(ast.parse("re.compile('a')")) == []
