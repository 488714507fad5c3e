"""The smallest edits of the code after which every gradient is proven, or, where none does it alone, more of them are.

Edits are tried on floats first, which takes a millisecond each; what agrees there is proven like any other code, or is no repair.
"""

from __future__ import annotations

import ast
import difflib
import signal
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from symrnn.code.edits import Editor, TextEdit
from symrnn.code.examine import Examined, judged_at
from symrnn.code.loading import CodeText, parsed, redefined, with_steps_told
from symrnn.code.names import last_part
from symrnn.code.slices import suspects
from symrnn.code.subject import CodeError, Outcome, Runner, definition
from symrnn.language.errors import InputError

_MOST_TRIALS = 2_500
_SECONDS = 0.5
_MOST_SHOWN = 3
_RIGHT = ("proven", "conditional")


@dataclass(frozen=True)
class CodeRepair:
    """A proven edit: the mistake by name, the line, the code before and after, the whole text with it, and what stays wrong."""

    edit: TextEdit
    before: str
    after: str
    text: str
    diff: tuple[str, ...]
    rest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repairs:
    """The proven edits of the least cost that were found; `complete` where every edit of that cost was tried."""

    found: tuple[CodeRepair, ...]
    complete: bool


def repairs(examined: Examined, line: int | None = None, thorough: bool = False) -> Repairs:
    """The proven edits of the least cost, those of the line to blame first; `thorough` tries all of that cost.

    Where no edit mends every gradient, those that mend most, and spoil none that was right.
    """
    return _Search(examined, line).found(thorough)


class _TooSlow(Exception):
    """An edited function runs much longer than the function itself."""


class _Search:
    def __init__(self, examined: Examined, line: int | None) -> None:
        self._examined, self._line = examined, line
        self._source = examined.source
        self._wrong = [verdict.gradient for verdict in examined.verdicts if verdict.word == "wrong"]
        self._right = {verdict.parameter for verdict in examined.verdicts if verdict.word in _RIGHT}
        target = examined.setting.target
        self._functions = [target.function]
        self._space = Runner(target, examined.setting.inputs, exact=False).loaded()
        owner = f"{target.owner}." if target.owner else ""
        called = {node.func for node in ast.walk(target.node()) if isinstance(node, ast.Call)}
        for name in sorted({ast.unparse(function) for function in called}):
            helper = owner + name.removeprefix("self.") if name.startswith("self.") else name
            if helper not in self._functions and definition(self._source.tree, helper) is not None:
                self._functions.append(helper)
        gradients = [verdict.gradient for verdict in examined.verdicts]
        self._suspects = suspects(target.node(), gradients, self._wrong)

    def found(self, thorough: bool) -> Repairs:
        result: list[CodeRepair] = []
        in_part: list[tuple[TextEdit, frozenset[str]]] = []
        edits = self._edits()
        for edit in edits[:_MOST_TRIALS]:
            if result and (self._rank(edit) > self._rank(result[0].edit) if not thorough else edit.cost > result[0].edit.cost):
                return Repairs(tuple(result), thorough)
            if len(result) >= _MOST_SHOWN:
                return Repairs(tuple(result), False)
            right = self._right_after(edit)
            if right != self._examined.exact.keys():
                if right > self._right:
                    in_part.append((edit, right))
                continue
            source = parsed(self._edited(edit), self._source.path)
            if source.text not in {other.text for other in result} and self._proven(source, right):
                result.append(self._as_repair(edit, source))
        if not result:
            return Repairs(tuple(self._mended_in_part(in_part)), False)
        return Repairs(tuple(result), thorough and len(edits) <= _MOST_TRIALS)

    def _mended_in_part(self, edits: list[tuple[TextEdit, frozenset[str]]]) -> Iterator[CodeRepair]:
        """The first edit after which most gradients are proven, with those that stay wrong."""
        for edit, right in sorted(edits, key=lambda pair: (-len(pair[1]), self._rank(pair[0])))[:_MOST_SHOWN]:
            source = parsed(self._edited(edit), self._source.path)
            if self._proven(source, right):
                rest = tuple(v.gradient for v in self._examined.verdicts if v.parameter not in right)
                yield replace(self._as_repair(edit, source), rest=rest)
                return

    def _rank(self, edit: TextEdit) -> tuple[int, bool, float]:
        return edit.cost, edit.line != self._line, self._suspects.get(edit.line, 1.0)

    def _edits(self) -> list[TextEdit]:
        short = [last_part(name) for name in self._wrong]
        edits: list[TextEdit] = []
        for name in self._functions:
            node = definition(self._source.tree, name)
            if node is not None and len(self._source.text) < 200_000:
                edits += Editor(self._source.text, node, short).edits(lambda line: True)
        return sorted(edits, key=self._rank)

    def _edited(self, edit: TextEdit) -> str:
        data = self._source.text.encode()
        return (data[: edit.start] + edit.text.encode() + data[edit.end :]).decode()

    def _right_after(self, edit: TextEdit) -> frozenset[str]:
        """The parameters whose gradients in the edited function agree, on floats, with the exact derivatives."""
        name = next(name for name in self._functions if self._holds(name, edit.line))
        owner, path = name.rpartition(".")[0], self._source.path
        node = definition(self._source.tree, name)
        assert node is not None
        try:
            with redefined(self._space, path, owner, self._function_after(edit, node)), _limited():
                return self._examined.agreeing(self._outcome())
        except (CodeError, InputError, SyntaxError, ValueError, _TooSlow):
            return frozenset()

    def _function_after(self, edit: TextEdit, node: ast.FunctionDef) -> ast.FunctionDef:
        """The function with an edit; its lines stay."""
        lines = self._edited(edit).split("\n")
        segment = textwrap.dedent("\n".join(lines[node.lineno - 1 : (node.end_lineno or 0) + edit.text.count("\n")]))
        new = with_steps_told(ast.parse(segment)).body[0]
        assert isinstance(new, ast.FunctionDef)
        return new

    def _holds(self, name: str, line: int) -> bool:
        node = definition(self._source.tree, name)
        return node is not None and node.lineno <= line <= (node.end_lineno or 0)

    def _outcome(self) -> Outcome:
        found = self._examined.setting
        return Runner(found.target, found.inputs, exact=False, scale=self._examined.scale, space=self._space).run()

    def _proven(self, source: CodeText, parameters: frozenset[str]) -> bool:
        found = self._examined.setting
        again = judged_at(replace(found, target=replace(found.target, source=source)))
        return parameters <= {verdict.parameter for verdict in again.verdicts if verdict.word in _RIGHT}

    def _as_repair(self, edit: TextEdit, source: CodeText) -> CodeRepair:
        old, new = self._source.text.splitlines(), source.text.splitlines()
        diff = list(difflib.unified_diff(old, new, self._source.path, self._source.path, n=0, lineterm=""))
        before = " ".join(line[1:].strip() for line in diff[2:] if line.startswith("-"))
        after = " ".join(line[1:].strip() for line in diff[2:] if line.startswith("+"))
        return CodeRepair(edit, before, after, source.text, tuple(diff[2:]))


@contextmanager
def _limited() -> Iterator[None]:
    """A wrong edit may make arrays grow without end."""

    def stop(*_: object) -> None:
        raise _TooSlow

    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
