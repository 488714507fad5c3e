"""One word has one meaning: no public class or function of two modules has the same name, but for the exceptions below."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from places import ROOT

PACKAGE = ROOT / "symrnn"
#: The kernel imports nothing of symrnn, so that it can be read and trusted alone: it has its own words for the same things.
ALONE = "proving.kernel"
#: Names that mean the same in each of their modules, with what that is.
SAME = {
    "compile": "a program from a model, in NumPy or with numba",
    "load_ipython_extension": "what IPython asks a module for",
    "main": "the entry of a program",
    "pieces": "headings, prose and formulas of a document, for each kind of file",
    "product": "factors side by side",
    "rebuilt": "a node with its parts changed, for terms and for tensors",
    "render": "a report as text, for each format",
    "replaced": "a node with one part for another wherever that stands, for terms and for tensors",
    "run": "a command with its exit status",
    "slope": "the derivative of an elementwise function, as each engine writes it",
    "title": "the title of a document, for each kind of file",
    "walk": "a node and all its parts, for terms and for tensors",
}


def defined() -> Iterator[tuple[str, str]]:
    """Each public class and function with the module that it stands in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                yield node.name, module


def homonyms() -> dict[str, list[str]]:
    modules: dict[str, list[str]] = {}
    for name, module in defined():
        if not module.startswith(ALONE):
            modules.setdefault(name, []).append(module)
    return {name: homes for name, homes in modules.items() if len(homes) > 1}


def test_no_name_means_two_things() -> None:
    assert {name: homes for name, homes in homonyms().items() if name not in SAME} == {}


def test_every_exception_is_needed() -> None:
    assert set(SAME) <= set(homonyms())
