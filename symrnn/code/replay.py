"""A program that shows with mpmath alone that a returned gradient is wrong: the run as a list of operations, and dual numbers.

The program computes the loss and the returned entry in interval arithmetic, and the derivative of the loss by dual numbers. It does
not use the derivatives that symrnn computed.
"""

from __future__ import annotations

from fractions import Fraction
from textwrap import fill

import numpy as np

from symrnn.code.examine import Examined
from symrnn.code.numbers import Real, Tape, lifted
from symrnn.code.subject import Outcome, Runner
from symrnn.language.errors import InputError

#: Operations of the program, by those of the tape; `choose` is the operand that a maximum chose at the point.
_OPERATIONS = {
    "add": "add", "subtract": "sub", "negative": "neg", "multiply": "mul", "divide": "div", "maximum": "choose", "minimum": "choose",
    "tanh": "tanh", "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
}  # fmt: skip

_TEXT = '''\
# -*- coding: utf-8 -*-
# {gradient}, entry {entry}, of {function} is not the derivative of its loss by that entry of {parameter}.
# Every line of RUN is a rational number or an operation on earlier lines; LOSS, RETURNED and VARIABLE are lines of it.
from mpmath import iv

iv.dps = 40
RUN = """
{run}
""".split()
LOSS, RETURNED, VARIABLE = {loss}, {returned}, {variable}


def add(x, y): return x[0] + y[0], x[1] + y[1]
def sub(x, y): return x[0] - y[0], x[1] - y[1]
def neg(x): return -x[0], -x[1]
def mul(x, y): return x[0] * y[0], x[1] * y[0] + x[0] * y[1]
def div(x, y): return x[0] / y[0], (x[1] - x[0] / y[0] * y[1]) / y[0]
def choose(x): return x
def exp(x): return iv.exp(x[0]), iv.exp(x[0]) * x[1]
def log(x): return iv.log(x[0]), x[1] / x[0]
def sqrt(x): return iv.sqrt(x[0]), x[1] / (2 * iv.sqrt(x[0]))
def sin(x): return iv.sin(x[0]), iv.cos(x[0]) * x[1]
def cos(x): return iv.cos(x[0]), -iv.sin(x[0]) * x[1]


def tanh(x):
    y = 1 - 2 / (1 + iv.exp(2 * x[0]))
    return y, (1 - y * y) * x[1]


numbers = []  # pairs of a value and its derivative by the variable
for line, operation in enumerate(RUN):
    name, *operands = operation.split(",")
    if name == "is":
        value = iv.mpf(int(operands[0])) / int(operands[1])
        numbers.append((value, iv.mpf(1 if line == VARIABLE else 0)))
    else:
        numbers.append(globals()[name](*(numbers[int(k)] for k in operands)))

returned, derivative = numbers[RETURNED][0], numbers[LOSS][1]
print("returned  ", returned)
print("derivative", derivative)
assert returned.b < derivative.a or derivative.b < returned.a, "not shown"
print("they differ")
'''


def replay(examined: Examined, gradient: str) -> str:
    """The program for one gradient. Raises InputError where there is nothing to show."""
    verdict = next((v for v in examined.verdicts if v.gradient == gradient), None)
    if verdict is None:
        known = ", ".join(v.gradient for v in examined.verdicts) or "none"
        raise InputError(f"no gradient is called {gradient!r}; there are {known}")
    if verdict.counterexample is None:
        why = verdict.how if verdict.word == "wrong" else f"is {verdict.word}"
        raise InputError(f"{gradient} has no point at which it is false: {why}; only what is wrong at a point can be replayed")
    entry = verdict.counterexample.entry
    with Tape(frozenset({examined.source.path})):
        found = examined.setting
        outcome = Runner(found.target, found.inputs, scale=examined.scale).run()
        return _program(examined, outcome, gradient, entry)


def _program(examined: Examined, outcome: Outcome, name: str, entry: tuple[int, ...]) -> str:
    gradient = next(g for g in outcome.gradients if g.name == name)
    parameter = outcome.values[gradient.parameter]
    returned = lifted(np.asarray(gradient.value, object).reshape(parameter.shape)[entry])
    assert returned is not None
    lines, numbers = _run([outcome.loss, returned, parameter[entry]])
    return _TEXT.format(
        gradient=ascii(name),
        function=ascii(examined.setting.target.function),
        parameter=ascii(gradient.parameter),
        entry=list(entry),
        run=fill(" ".join(lines), 120, break_long_words=False, break_on_hyphens=False),
        loss=numbers[outcome.loss.node],
        returned=numbers[returned.node],
        variable=numbers[parameter[entry].node],
    )


def _run(wanted: list[Real]) -> tuple[list[str], dict[int, int]]:
    """What the wanted numbers are computed from, in order, and the place of each node. Raises InputError for an unknown operation."""
    tape = Tape.current
    needed: set[int] = set()
    todo = [number.node for number in wanted]
    while todo:
        node = todo.pop()
        if node not in needed:
            needed.add(node)
            todo += tape.parents[node][:1] if tape.operations[node] in ("maximum", "minimum") else tape.parents[node]
    numbers = {node: place for place, node in enumerate(sorted(needed))}
    lines = []
    for node in sorted(needed):
        operation = tape.operations[node]
        if operation in ("constant", "free"):
            value: Fraction = tape.details[node] if operation == "constant" else tape.details[node][1]
            lines.append(f"is,{value.numerator},{value.denominator}")
        elif operation in _OPERATIONS:
            name = _OPERATIONS[operation]
            operands = tape.parents[node][:1] if name == "choose" else tape.parents[node]
            lines.append(",".join([name, *(str(numbers[parent]) for parent in operands)]))
        else:
            raise InputError(f"{operation} has no rule in interval arithmetic of mpmath; the enclosures of the verdict stand")
    return lines, numbers
