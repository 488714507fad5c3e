"""The program that replays a point: a sceptic needs Python and mpmath to run it, and nothing of symrnn."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Context, Decimal

from symrnn.deciding.algebras.base import Array
from symrnn.deciding.evidence import Point
from symrnn.language.claims import Claim
from symrnn.language.model import Model, Quantity
from symrnn.language.remarks import CODING, remarks
from symrnn.showing.replay import prelude
from symrnn.showing.replay.formula import At, IndicesInSight, ReplayWriter
from symrnn.showing.replay.inputs import Inputs, inputs
from symrnn.showing.replay.source import ZERO, Snippet, call, choice

_WIDTH = 110
_LONG = 100
_SHORT = 40
_DIGITS = 50
_END = {-1: "initial", 1: "final"}
_NO_SMALLER = Decimal("1e-30")


class Unplayable(Exception):
    """The certificate has an input that a program of this kind has no place for."""


def program(model: Model, claim: Claim, point: Point, text: str) -> str:
    """A program that exits with 0 exactly when the two sides of the claim differ at the point, as certified.

    `text` is the equation for the reader; it only ever stands in comments. Raises Unplayable.
    """
    found = inputs(model, claim, point)
    writer = ReplayWriter(found.model, found.sizes)
    indices = {name: writer.names.index(name.split("#")[0]) for name, _, _ in claim.variables}
    entry = tuple(map(str, point.entry))
    sides = [
        line
        for name, side in (("left", claim.left), ("right", claim.right))
        for line in _assigned(f"{name} = ", str(writer.component(side, entry, IndicesInSight(indices))))
    ]
    body = _Definitions(writer, found).lines()
    numbers = ", ".join(str(found.env[name]) for name in indices)
    chosen = [f"{', '.join(indices.values())} = {numbers}"] if indices else []
    check = ['print(left, right, left - right, sep="\\n")', f'assert abs(left - right) > mpf("{_bound(point)}")']
    head = [CODING, *remarks(text), *_head(writer, found)]
    return "\n".join([*head, *_prelude(writer), "", *body, "", *chosen, *sides, *check]) + "\n"


def _bound(point: Point) -> Decimal:
    """A number of three digits below the certified gap, and above what a numerical derivative can be off."""
    middle, radius = _enclosure(point.gap)
    below = (middle - radius) * Decimal("0.9999")
    return max(Context(prec=3, rounding=ROUND_FLOOR).create_decimal(below), _NO_SMALLER)


def _enclosure(text: str) -> tuple[Decimal, Decimal]:
    """Middle and radius of a ball as it is printed: ``[0.5 +/- 1e-12]``, or the number alone where it is exact."""
    middle, _, radius = text.strip("[]").partition("+/-")
    return Decimal(middle.strip() or 0), Decimal(radius.strip() or 0)


# ------------------------------------------------------------------------------------------------------- fixed parts


def _head(writer: ReplayWriter, found: Inputs) -> Iterator[str]:
    if _remembers(writer):
        yield "from functools import cache"
    yield f"from mpmath import {', '.join(['mp', 'mpf', *sorted(writer.imports)])}"
    yield f"mp.dps = {_DIGITS}"
    axes = {name: found.sizes[label] for label, name in writer.axes.items()}
    if axes:
        yield f"{', '.join(axes)} = {', '.join(f'range(1, {size + 1})' for size in axes.values())}"
    if "horizon" in writer.needs:
        yield f"{writer.horizon} = {found.env[writer.model.horizon]}"


def _remembers(writer: ReplayWriter) -> bool:
    return "cache" in writer.needs or "diff" not in writer.needs


def _prelude(writer: ReplayWriter) -> Iterator[str]:
    moves = "diff" in writer.needs
    parts = [
        (True, prelude.MOVED_QUANTITY if moves else prelude.PLAIN_QUANTITY),
        ("given" in writer.needs, prelude.GIVEN),
        (moves, prelude.DIFF),
        ("explicit_diff" in writer.needs, prelude.EXPLICIT_DIFF),
        ("ordered" in writer.needs, prelude.ORDERED),
    ]
    for is_needed, part in parts:
        if is_needed:
            yield part.rstrip("\n")


# ------------------------------------------------------------------------------------------------------- definitions


class _Definitions:
    """What a program defines: inputs, functions, the network and its derivatives, each as far as it is used."""

    def __init__(self, writer: ReplayWriter, found: Inputs) -> None:
        self.writer = writer
        self.found = found
        self.inputs: list[str] = []
        self.network: list[str] = []
        self._done: set[str] = set()

    def lines(self) -> list[str]:
        """All of them, for the expressions that were written so far."""
        self._define_new()
        writer = self.writer
        functions = [f"{name} = lambda x: {body}" for name, body in writer.bodies.items()]
        helpers = [
            line
            for name, (parameters, body) in writer.definitions.items()
            for line in _assigned(f"{name} = cache(", f"{_lambda(parameters)} {body}", ")")
        ]
        return [*self.inputs, *functions, *self.network, *helpers]

    def _define_new(self) -> None:
        """Defines what was newly asked for; a quantity comes after those that it depends on."""
        for key in [key for key in self.writer.quantities if key not in self._done]:
            if key not in self._done:
                self._done.add(key)
                lines = self._definition(self.found.model.quantities[key])
                self._define_new()
                self.network += lines

    def _definition(self, quantity: Quantity) -> list[str]:
        name = self.writer.quantity(quantity.key)
        times = {t for key, t in self.found.asked if key == quantity.key}
        free = {t: value for (key, t), value in self.found.free.items() if key == quantity.key}
        if free and times <= free.keys():
            self._give(name, free)
            return []
        scope = IndicesInSight({"t": "t"} if quantity.timed else {})
        positions, scope = self.writer.locals(scope, len(quantity.shape))
        parameters = (*positions, "t") if quantity.timed else positions
        exceptions = list(self._exceptions(quantity, times, free, positions, scope))
        general = quantity.definition
        body = choice(exceptions, ZERO if general is None else self.writer.component(general, positions, scope))
        return _assigned(f"{name} = quantity(", f"{_lambda(', '.join(parameters))} {body}", ")")

    def _exceptions(
        self, quantity: Quantity, times: set[int | None], free: dict[int | None, Array], positions: At, scope: IndicesInSight
    ) -> Iterator[tuple[Snippet, str]]:
        """The times at which something else than the general equation holds, with their condition."""
        special = {at.value(self.found.env): body for at, body in quantity.special}
        for time, body in special.items():
            if time in times:
                yield self.writer.component(body, positions, scope), f"t == {time}"
        for when, value in free.items():
            name = f"{self.writer.quantity(quantity.key)}_{_END.get(quantity.recurrence, 'given')}"
            name = self.writer.names.take(name)
            self._give(name, {None: value})
            yield call(name, *positions), f"t == {when}"

    def _give(self, name: str, values: dict[int | None, Array]) -> None:
        self.writer.needs.add("given")
        if None in values:
            rows = _rows_of(values[None])
            line = f'{name} = given("{"; ".join(rows)}")'
            spread = [f'"{row}; "' for row in rows[:-1]] + [f'"{rows[-1]}"']
            self.inputs += [line] if len(line) <= _WIDTH else [f"{name} = given(", *(f"    {r}" for r in spread), ")"]
            return
        tables = [f'{t}: "{"; ".join(_rows_of(v))}"' for t, v in sorted(values.items(), key=lambda item: item[0] or 0)]
        line = f"{name} = given({{{', '.join(tables)}}})"
        self.inputs += [line] if len(line) <= _WIDTH else [f"{name} = given({{", *(f"    {x}," for x in tables), "})"]


def _rows_of(value: Array) -> list[str]:
    """The entries of an input, row by row."""
    if value.ndim > 2:
        raise Unplayable(f"an input with {value.ndim} axes")
    rows = value.reshape((-1, value.shape[-1])) if value.ndim else value.reshape((1, 1))
    return [" ".join(map(str, row)) for row in rows]


def _lambda(parameters: str) -> str:
    return f"lambda {parameters}:" if parameters else "lambda:"


def _assigned(start: str, expression: str, end: str = "") -> list[str]:
    """An assignment, over several lines where it is long."""
    if len(start + expression + end) <= _WIDTH:
        return [start + expression + end]
    start, end = (start, end) if end else (f"{start}(", ")")
    return [start, *(f"    {row}" for row in _rows(expression)), end]


def _rows(expression: str) -> Iterator[str]:
    """The expression in rows, each broken at the space that lies in the fewest brackets."""
    while len(expression) > _LONG:
        depth, best = 0, (len(expression), len(expression))
        for position, character in enumerate(expression[:_LONG]):
            depth += (character in "([{") - (character in ")]}")
            if character == " " and position > _SHORT and depth <= best[0]:
                best = depth, position
        yield expression[: best[1]]
        expression = expression[best[1] :].lstrip()
    yield expression
