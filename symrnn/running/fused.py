"""Loops over time as functions of their own, for a compiler of loops.

A step's products stay calls; the operations on entries between two products become one pass over a row, in which
values stay in registers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from symrnn.language.functions import KERNELS
from symrnn.running.emit import Program
from symrnn.running.errors import CannotCompile
from symrnn.running.loop import Loop, Operation

_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


def as_function(program: Program, loop: Loop) -> list[str]:
    """Says a call of a function that runs the loop; the lines of that function."""
    for name, (many, label) in loop.scratch.items():
        if not program.is_kept(name):
            program.keep(f"{name} = space.empty((n, {program.size(label, many)}), dtype)", name)
    name = program.fresh("loop")
    head = f"{name}(T, n, {', '.join([*loop.views, *loop.scratch, *_others(loop)])})"
    program.say(head)
    steps = "range(T)" if loop.direction < 0 else "range(T - 1, -1, -1)"
    lines = ["start = step * n", *(f"{view}_t = {view}[start : start + n]" for view in loop.views), *_step(loop)]
    return ["@machine_code", f"def {head}:", f"    for step in {steps}:", *(f"        {line}" for line in lines)]


def _others(loop: Loop) -> list[str]:
    """What a step reads and never writes: matrices, and vectors without a time."""
    known = {*(f"{view}_t" for view in loop.views), *loop.scratch}
    names = dict.fromkeys(a for operation in loop.operations for a in operation.arguments)
    return [name for name in names if name not in known and not _is_number(name)]


def _is_number(text: str) -> bool:
    return not text.isidentifier()


def _step(loop: Loop) -> Iterator[str]:
    """The lines of one step."""
    done = 0
    for (is_product, _), group in groupby(loop.operations, lambda o: (o.word == "dot", o.label)):
        operations = list(group)
        done += len(operations)
        if is_product:
            yield from (f"product({', '.join((*o.arguments, o.out))})" for o in operations)
        else:
            later = {name for operation in loop.operations[done:] for name in operation.arguments}
            kept = [o.out for o in operations if o.out not in loop.scratch or o.out in later]
            yield from _pass(loop, operations, kept)


def _pass(loop: Loop, operations: Sequence[Operation], kept: Sequence[str]) -> Iterator[str]:
    """One pass over the entries of all rows."""
    values: dict[str, str] = {}
    rows: dict[str, str] = {}
    lines: list[str] = []

    def entry(name: str) -> str:
        if _is_number(name) or name in values:
            return values.get(name, name)
        if name in loop.scratch or name.removesuffix("_t") in loop.views:
            rows[name] = f"{name.removesuffix('_t')}_row"
        return f"{rows.get(name, name)}[entry]"

    for number, operation in enumerate(operations):
        arguments = [entry(name) for name in operation.arguments]
        lines.append(f"c_{number} = {_value(operation.word, arguments)}")
        values[operation.out] = f"c_{number}"
        if operation.out in kept:
            rows[operation.out] = f"{operation.out.removesuffix('_t')}_row"
            lines.append(f"{rows[operation.out]}[entry] = c_{number}")
    yield "for row in range(n):"
    yield from (f"    {row} = {name}[row]" for name, row in rows.items())
    yield f"    for entry in range({next(iter(rows.values()))}.shape[0]):"
    yield from (f"        {line}" for line in lines)


def _value(word: str, arguments: Sequence[str]) -> str:
    if word in _SIGNS:
        return f" {_SIGNS[word]} ".join(arguments)
    if word not in KERNELS and word != "copy":
        raise CannotCompile(f"machine code has no {word.removeprefix('passed_')} inside a recurrence; use symrnn.running.compile")
    return arguments[0] if word == "copy" else f"scalar_{word}({arguments[0]})"
