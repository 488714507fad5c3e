"""Bugs in the kernel, one at a time, and how many of them the arena sees: ``python tests/benchmarks/mutate_kernel.py [WORD ...]``.

The operators are fixed: every condition under which something is refused or declined is dropped, and so is each part of it that is
joined by *or* or *and*; every demand (`need`, `_typed`, `_form`) is dropped; every comparison in one of them is weakened or strengthened by
one (< and <=, > and >=). A mutant is killed when a file of the arena gets another verdict, or none. Exit status 1 where one survives that
is not argued to be equivalent below. With words, only mutants whose text has one of them.
"""

from __future__ import annotations

import ast
import copy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent.parent
KERNEL = TESTS.parent / "symrnn" / "proving" / "kernel"
MODULES = ("checker", "rules", "network", "terms", "sums", "meaning", "functions", "indices", "reading", "development")
DEMANDS = ("need", "_typed", "_form")
SWAPPED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}

_FINITE = "a finite sum over a variable that stands in nothing but conditions of its axis has both of these"
_LARGE = "tests/proving/test_kernel.py tells, with a smaller bound: a file for the arena would be large"
_NODES = "self._inner >= DEEPEST or len(self._nodes) >= MOST_NODES or len(made.shape) > MOST_AXES"
_TOTAL = (
    "not known or name not in t.bound or index != Affine.of(name) or (not whole <= t.where) or (name in rest.names | node.free)"
)
_STEPS = "len(left) + len(right) > MOST_STEPS"
#: Why no file of the arena tells a survivor from the kernel, by the text of the mutant.
EQUIVALENT = {
    f"rules: without `not whole <= t.where` in `{_TOTAL}`": _FINITE,
    f"reading: never `{_STEPS}`": _LARGE,
    f"reading: Gt shifted in `{_STEPS}` in `{_STEPS}`": _LARGE,
    f"reading: without `len(self._nodes) >= MOST_NODES` in `{_NODES}`": _LARGE,
    f"reading: GtE shifted in `len(self._nodes) >= MOST_NODES` in `{_NODES}`": _LARGE,
}

#: Judges the arena with a mutated kernel; says at which file it went wrong first.
RUNNER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from symrnn.proving.kernel.development import judge
from symrnn.proving.kernel.outcomes import Declined, Refused
WANTED = {"accepted": "accepted", "found": "accepted", "forged": "refused", "declined": "declined"}
for folder in ("forged", "accepted", "declined", "found"):
    for path in sorted((Path(sys.argv[2]) / folder).glob("*.json")):
        try:
            judge(path.read_text(encoding="utf-8"))
            said = "accepted"
        except Refused:
            said = "refused"
        except Declined:
            said = "declined"
        if said != WANTED[folder]:
            sys.exit(f"{path.stem}: {said}")
"""


@dataclass(frozen=True)
class Mutant:
    """A module with one thing changed."""

    module: str
    text: str
    source: str


def mutants() -> Iterator[Mutant]:
    """Every mutant of the kernel."""
    for module in MODULES:
        tree = ast.parse((KERNEL / f"{module}.py").read_text(encoding="utf-8"))
        for number, node in enumerate(ast.walk(tree)):
            for what, change in changes(node):
                changed = copy.deepcopy(tree)
                change(next(n for k, n in enumerate(ast.walk(changed)) if k == number))
                line = getattr(node, "lineno", 0)
                yield (
                    Mutant(module, f"{module}: {what}", ast.unparse(ast.fix_missing_locations(changed)))
                    if line
                    else Mutant("", "", "")
                )


Change = Callable[[ast.AST], None]


def changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What can be changed in one statement."""
    if isinstance(node, ast.If) and any(isinstance(inner, ast.Raise) for inner in node.body):
        yield f"never `{ast.unparse(node.test)}`", lambda n: setattr(n, "test", ast.Constant(False))
        yield from (
            (f"{what} in `{ast.unparse(node.test)}`", at("test", change)) for what, change in weaker(node.test, refuses=True)
        )
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") in DEMANDS:
        call = node.value
        yield f"without `{ast.unparse(call)}`", lambda n: setattr(n, "value", ast.Constant(None))
        place = 0 if getattr(call.func, "id", "") != "need" else None
        if place is not None:
            for what, change in weaker(call.args[0], refuses=False):
                yield f"{what} in `{ast.unparse(call)}`", at("value.args.0", change)
        else:
            for number in range(1, len(call.args)):
                if len(call.args) > 2:
                    yield f"without {number} in `{ast.unparse(call)}`", lambda n, number=number: n.value.args.pop(number)  # type: ignore[misc, attr-defined]


def weaker(test: ast.expr, *, refuses: bool) -> Iterator[tuple[str, Callable[[ast.expr], ast.expr]]]:
    """Weaker and shifted forms of a condition: `refuses` if it refuses where it holds, else where it fails."""
    if isinstance(test, ast.BoolOp):
        for number, part in enumerate(test.values):
            yield f"without `{ast.unparse(part)}`", lambda t, number=number: without(t, number)  # type: ignore[misc]
            for what, change in weaker(part, refuses=refuses):
                yield what, lambda t, number=number, change=change: replaced(t, number, change)  # type: ignore[misc]
    if isinstance(test, ast.Compare):
        for number, op in enumerate(test.ops):
            if type(op) in SWAPPED:
                yield f"{type(op).__name__} shifted in `{ast.unparse(test)}`", lambda t, number=number: shifted(t, number)  # type: ignore[misc]


def without(test: ast.expr, number: int) -> ast.expr:
    assert isinstance(test, ast.BoolOp)
    rest = [part for k, part in enumerate(test.values) if k != number]
    return rest[0] if len(rest) == 1 else ast.BoolOp(test.op, rest)


def replaced(test: ast.expr, number: int, change: Callable[[ast.expr], ast.expr]) -> ast.expr:
    assert isinstance(test, ast.BoolOp)
    return ast.BoolOp(test.op, [change(part) if k == number else part for k, part in enumerate(test.values)])


def shifted(test: ast.expr, number: int) -> ast.expr:
    assert isinstance(test, ast.Compare)
    ops = [SWAPPED[type(op)]() if k == number else op for k, op in enumerate(test.ops)]
    return ast.Compare(test.left, ops, test.comparators)


def at(place: str, change: Callable[[ast.expr], ast.expr]) -> Change:
    """The change of an expression at a place of a statement."""

    def changed(node: ast.AST) -> None:
        *path, last = place.split(".")
        holder: object = node
        for name in path:
            holder = holder[int(name)] if isinstance(holder, list) else getattr(holder, name)
        if isinstance(holder, list):
            holder[int(last)] = change(holder[int(last)])
        else:
            setattr(holder, last, change(getattr(holder, last)))

    return changed


def killed(mutant: Mutant, home: Path) -> str:
    """The file at which a mutant is seen, or the error it ends in; nothing where it survives."""
    target = home / "symrnn" / "proving" / "kernel"
    shutil.copytree(KERNEL, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (home / "symrnn", home / "symrnn" / "proving"):
        (folder / "__init__.py").write_text("", encoding="utf-8")
    (target / f"{mutant.module}.py").write_text(mutant.source, encoding="utf-8")
    command = [sys.executable, "-I", "-S", "-B", "-c", RUNNER, str(home), str(TESTS / "arena")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "no end"
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def main(words: list[str]) -> int:
    """Tries every mutant and says what became of it."""
    survivors, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for mutant in mutants():
            if mutant.module and (not words or any(word in mutant.text for word in words)):
                count += 1
                seen = killed(mutant, Path(folder))
                if not seen:
                    survivors.append(mutant.text)
                    print(
                        f"survives: {mutant.text}" + (f" ({EQUIVALENT[mutant.text]})" if mutant.text in EQUIVALENT else ""),
                        flush=True,
                    )
    argued = sum(text in EQUIVALENT for text in survivors)
    print(f"{count} mutants: {count - len(survivors)} killed, {argued} argued to be equivalent, {len(survivors) - argued} survive")
    return int(len(survivors) > argued)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
