"""Which line is wrong: the one after which every gradient is right, if its value is what it should be.

Every value that a statement of the backward pass computes is compared with the exact derivatives of the loss, and these are put in its
place, one after the other, in runs on floats. A line to blame is one where that makes every gradient right. Of several in a row, the
first counts that is no derivative of a whole array already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from symrnn.code import names
from symrnn.code.adjoints import TapeAdjoints, tape_adjoints
from symrnn.code.derivatives import ArrayDerivative, Derivatives, Floats
from symrnn.code.errors import Refused
from symrnn.code.examine import Examined
from symrnn.code.numbers import Real, Tape, lifted
from symrnn.code.probes import Execution, Nodes, Observer, Probe, Probed, Recorder, array_changed
from symrnn.code.subject import CodeError, Gradient, Outcome, Runner
from symrnn.language.errors import InputError

#: Floats of balls are the same derivative when they agree to this.
_CLOSE = 1e-9
_MOST_RUNS = 1_500


@dataclass(frozen=True)
class Blame:
    """A line that is wrong, at the execution where it shows first, and what its value is not."""

    line: int
    loops: Mapping[str, int]
    code: str
    text: str
    entry: tuple[int, ...] | None = None
    found: float | None = None
    exact: float | None = None


def blamed(examined: Examined) -> Blame | None:
    """The line to blame for the wrong gradients; None where none is found."""
    probed = Probed(examined.source)
    recorder = Recorder(probed)
    target, inputs = examined.setting.target, examined.setting.inputs
    with Tape(frozenset({examined.source.path})):
        try:
            runner = Runner(target, inputs, probed, probed.hooks(recorder), scale=examined.scale)
            outcome = runner.run()
            whole = tape_adjoints(outcome.loss)
            found = Derivatives(probed.statements, recorder.executions, outcome.values, outcome.loss, whole)
            return _Search(examined, probed, recorder.executions, found, outcome, whole).best()
        except (CodeError, Refused):
            return None


@dataclass(frozen=True)
class _Fix:
    """A statement whose values, replaced by derivatives, make every gradient right."""

    statement: int
    in_place: bool
    derivatives: tuple[ArrayDerivative | None, ...]
    values: tuple[Floats | None, ...]
    rank: int
    first: int


class _Search:
    def __init__(
        self,
        examined: Examined,
        probed: Probed,
        executions: Sequence[Execution],
        derivatives: Derivatives,
        outcome: Outcome,
        whole: TapeAdjoints,
    ) -> None:
        self._examined, self._statements = examined, probed.statements
        self._derivatives, self._whole = derivatives, whole
        self._wrong = [verdict.gradient for verdict in examined.verdicts if verdict.word == "wrong"]
        self._by_statement: dict[int, list[Execution]] = defaultdict(list)
        for execution in executions:
            self._by_statement[execution.statement].append(execution)
        self._order = {id(execution): number for number, execution in enumerate(executions)}
        by_gradient = {gradient.name: _ancestors(gradient) for gradient in outcome.gradients}
        #: What all wrong gradients are computed from, and what some right one is.
        self._bearing = set[int].intersection(*(by_gradient[name] for name in self._wrong))
        self._bearing_wrong = set[int]().union(*(by_gradient[name] for name in self._wrong))
        self._bearing_right = set[int]().union(*(nodes for name, nodes in by_gradient.items() if name not in self._wrong))
        self._parameters = {names.last_part(gradient.name): gradient.parameter for gradient in outcome.gradients}
        self._injector = _Injector(probed)
        found = examined.setting
        self._space = Runner(found.target, found.inputs, probed, probed.hooks(self._injector), exact=False).loaded()
        self._known = _Known()
        self._runs = 0

    def best(self) -> Blame | None:
        everything = self._derivatives.all()
        self._known.add(everything, self._derivatives.forward_values())
        fix = self._fix(everything)
        if fix is None:
            by_term = list(self._derivatives.by_term())
            self._known.add(by_term)
            fix = self._fix(by_term)
        return self._as_blame(fix) if fix is not None else self._first_unknown() or self._by_gradient()

    def _fix(self, derivatives: Sequence[ArrayDerivative]) -> _Fix | None:
        """The best fix: first each statement is tried with what it is likely to mean, in the order of the run, then with everything."""
        families: dict[Any, list[ArrayDerivative]] = defaultdict(list)
        for derivative in derivatives:
            families[derivative.family].append(derivative)
        found: list[_Fix] = []
        tried: set[bytes] = set()
        for likely in (True, False):
            for number, executions in self._by_statement.items():
                if any(fix.rank == 0 and fix.first < self._order[id(executions[0])] for fix in found):
                    break
                if number not in self._derivatives.forward_statements and self._bears(executions):
                    found += self._fixes(number, list(families.values()), likely, tried)
            if found:
                break
        return min(found, key=lambda fix: (fix.rank, -fix.first if fix.rank else fix.first), default=None)

    # ------------------------------------------------------------------------------------------------------- trying

    def _fixes(self, number: int, families: Sequence[list[ArrayDerivative]], likely: bool, tried: set[bytes]) -> Iterator[_Fix]:
        executions = self._by_statement[number]
        for in_place in (False, True):
            current = [_shown(execution.changed if in_place else execution.nodes) for execution in executions]
            if any(values.size for values in current):
                for members in self._meant(number, current, families) if likely else families:
                    if self._may_be(number, members[0], len(executions)):
                        yield from self._fixes_of(number, in_place, current, members, tried)

    def _meant(
        self, number: int, current: Sequence[Floats], families: Sequence[list[ArrayDerivative]]
    ) -> Iterator[list[ArrayDerivative]]:
        """What a statement may well be meant to compute: anything, where its value is nothing known.

        Otherwise more or less of the array that it is a derivative by, or one that it is called after; also before it is divided by a
        size.
        """
        statement = self._statements[number]
        roles = {role.array for values in current for role in self._known.roles(values)}
        unknown = names.last_part(statement.path) in self._parameters or any(
            np.any(values) and not self._known.has(values) for values in current
        )
        for members in families:
            named = _agrees_by_name(statement, members[0])
            if unknown or named or members[0].array in roles:
                yield members
            if unknown and named and not members[0].part and not members[0].is_value:
                yield from ([member.times(size) for member in members] for size in self._sizes())

    def _sizes(self) -> list[int]:
        """The sizes of axes, which a mean divides by."""
        shapes = [
            nodes.shape for executions in self._by_statement.values() for nodes in (executions[0].nodes, executions[0].changed)
        ]
        return sorted({n for shape in shapes for n in shape} - {0, 1})

    def _may_be(self, number: int, derivative: ArrayDerivative, count: int) -> bool:
        """Whether a statement may compute a derivative: by its own parameter where it makes a gradient, else by no parameter."""
        statement = self._statements[number]
        parameter = self._parameters.get(names.last_part(statement.path))
        if parameter is not None:
            return derivative.array == parameter
        return derivative.line > 0 or count == 1 or _agrees_by_name(statement, derivative)

    def _bears(self, executions: Sequence[Execution]) -> bool:
        return any(int(node) in self._bearing for e in executions for nodes in (e.nodes, e.changed) for node in nodes.flat)

    def _fixes_of(
        self, number: int, in_place: bool, current: list[Floats], members: list[ArrayDerivative], tried: set[bytes]
    ) -> Iterator[_Fix]:
        executions = self._by_statement[number]
        if members[0].is_value and (in_place or not all(map(self._known.is_value, current))):
            return
        for chosen in _alignments(executions, members):
            values = [None if d is None else _fitted(d.values, old) for d, old in zip(chosen, current, strict=True)]
            if all(value is None for value in values):
                continue
            for sign in (1, -1) if self._statements[number].operator == "-=" and not in_place else (1,):
                signed = [None if value is None else sign * value for value in values]
                mark = b"".join(b"-" if value is None else value.tobytes() for value in signed) + b"%d %d" % (number, in_place)
                if mark in tried or self._runs >= _MOST_RUNS:
                    continue
                tried.add(mark)
                differs = [value is not None and not _agree(value, old) for value, old in zip(signed, current, strict=True)]
                if not any(differs) or any(map(self._makes_right, compress(executions, differs))):
                    continue
                if self._right_after(number, in_place, signed):
                    first = differs.index(True)
                    rank = self._rank(number, in_place, current[first], chosen[first])
                    yield _Fix(number, in_place, tuple(chosen), tuple(signed), rank, self._order[id(executions[first])])

    def _makes_right(self, execution: Execution) -> bool:
        """Whether a right gradient is computed from numbers that a statement makes: these cannot be wrong."""
        return any(
            execution.begin <= node < execution.end and node in self._bearing_right for node in map(int, execution.nodes.flat)
        )

    def _right_after(self, number: int, in_place: bool, values: Sequence[Floats | None]) -> bool:
        self._runs += 1
        self._injector.inject(number, in_place, values)
        found = self._examined.setting
        try:
            outcome = Runner(found.target, found.inputs, exact=False, scale=self._examined.scale, space=self._space).run()
            return self._examined.agreeing(outcome) == self._examined.exact.keys()
        except (CodeError, InputError, ValueError):
            return False

    def _rank(self, number: int, in_place: bool, current: Floats, right: ArrayDerivative | None) -> int:
        """How well a line explains the mistake: 0 where its value is no derivative, or more or less of the one by the same array.

        2 where it is the derivative of an array that the name of the target agrees with; 3 where all of a gradient is replaced each time.
        """
        statement = self._statements[number]
        repeated = in_place or len(self._by_statement[number]) > 1
        if repeated and right is not None and right.line == 0 and not right.part:
            return 3
        roles = self._known.roles(current)
        if any(_agrees_by_name(statement, role) for role in roles if not role.part):
            return 2
        if not roles or (right is not None and any(role.array == right.array and role.part != right.part for role in roles)):
            return 0
        named = right is not None and any(_agrees_by_name(statement, role) for role in self._known.roles(right.values))
        return 0 if named else 1

    # ------------------------------------------------------------------------------------------------------ wording

    def _as_blame(self, fix: _Fix) -> Blame:
        statement, executions = self._statements[fix.statement], self._by_statement[fix.statement]
        for execution, right, exact in zip(executions, fix.derivatives, fix.values, strict=True):
            there = _shown(execution.changed if fix.in_place else execution.nodes)
            if right is None or exact is None or _agree(exact, there):
                continue
            entry = next(index for index in np.ndindex(there.shape) if not _agree(exact[index], there[index]))
            text = self._text(statement, fix.in_place, there, exact, right)
            code = self._code(statement)
            return Blame(statement.line, execution.loops, code, text, entry, float(there[entry]), float(exact[entry]))
        raise AssertionError

    def _text(self, statement: Probe, in_place: bool, there: Floats, exact: Floats, right: ArrayDerivative) -> str:
        subject = (statement.path or statement.target) if in_place else statement.code
        wanted = self._named(statement, exact, right)
        ratio = _ratio(there, exact)
        if ratio == 0:
            return f"{subject} is not {wanted}: it is zero, and stays so"
        if ratio is not None:
            return f"{subject} is not {wanted}: {'its sign is wrong' if abs(ratio + 1) < _CLOSE else f'it is {ratio:g} times that'}"
        roles = self._known.roles(there)
        other = next((role.named() for role in roles if role.named() != wanted), "")
        text = f"{subject} is not {wanted}" + (f", but {other}" if other else "")
        adds_up = statement.operator == "=" and roles and right.line == 0 and roles[0].array == right.array
        return f"{text}; = overwrites what += would add up" if adds_up else text

    def _named(self, statement: Probe, exact: Floats, right: ArrayDerivative) -> str:
        """A derivative by the parameter of which the target is the gradient, or else by a whole array, where there is one."""
        if right.array == self._parameters.get(names.last_part(statement.path)):
            return right.named()
        return next(iter(self._known.roles(exact)), right).named()

    def _first_unknown(self) -> Blame | None:
        """Without a line that explains it all: the first value that is no derivative and leads to nothing that is right."""
        for execution in sorted((e for es in self._by_statement.values() for e in es), key=lambda e: self._order[id(e)]):
            statement = self._statements[execution.statement]
            nodes = [int(node) for node in execution.nodes.flat]
            if execution.statement in self._derivatives.forward_statements or not any(n in self._bearing_wrong for n in nodes):
                continue
            there = _shown(execution.nodes)
            if any(node in self._bearing_right for node in nodes) or not np.any(there) or self._known.has(there):
                continue
            text = f"{statement.code} is no derivative of the loss by an array of the forward pass, nor a part of one"
            return Blame(statement.line, execution.loops, self._code(statement), text)
        return None

    def _by_gradient(self) -> Blame | None:
        """What can be said of a wrong gradient itself: where it gets its shape, or that it stays zero."""
        for verdict in self._examined.verdicts:
            assigning = [s for s in self._statements if s.path and names.last_part(s.path) == names.last_part(verdict.gradient)]
            if verdict.word == "wrong" and "shape" in verdict.how and assigning:
                last = assigning[-1]
                text = f"{last.code} is not ∂L/∂{verdict.parameter}: {verdict.how}"
                return Blame(last.line, {}, self._code(last), text)
            if verdict.word == "wrong" and verdict.how == "it is zero":
                line = self._examined.line
                text = f"{verdict.gradient} stays zero: no statement adds to it"
                return Blame(line, {}, self._examined.source.lines[line - 1].strip(), text)
        return None

    def _code(self, statement: Probe) -> str:
        return self._examined.source.lines[statement.line - 1].strip()


class _Injector(Observer):
    """Puts values in the place of those that one statement computes."""

    def __init__(self, probed: Probed) -> None:
        super().__init__(probed)
        self.inject(-1, False, ())

    def inject(self, statement: int, in_place: bool, values: Sequence[Floats | None]) -> None:
        self._statement, self._in_place, self._values, self._count = statement, in_place, values, 0

    def _next(self, value: Any) -> Floats | None:
        """What to put in the place of a value; None to leave it."""
        number = self._count
        self._count += 1
        if number >= len(self._values):
            return None
        new = self._values[number]
        if new is None or np.size(value) != new.size:
            return None
        kept = np.asarray(value, float).reshape(new.shape)
        return np.where(np.isnan(new), kept, new).reshape(np.shape(value))

    def seen(self, number: int, begin: int, value: Any) -> Any:
        if number != self._statement or self._in_place:
            return value
        new = self._next(value)
        return value if new is None else new if new.ndim else float(new)

    def changed(self, number: int, holder: Any, target: Callable[[], Any]) -> None:
        if number == self._statement and self._in_place:
            array = array_changed(holder, target)
            new = self._next(array)
            if new is not None and isinstance(array, np.ndarray) and array.dtype.kind == "f":
                array[...] = new


class _Known:
    """Derivatives by their values."""

    def __init__(self) -> None:
        self._by_first: dict[str, list[ArrayDerivative]] = defaultdict(list)
        self._forward: set[str] = set()

    def add(self, derivatives: Sequence[ArrayDerivative], forward: Iterable[float] = ()) -> None:
        self._forward.update(map(_rounded, forward))
        for derivative in derivatives:
            key = _first(derivative.values)
            if key:
                self._by_first[key].append(derivative)

    def _matching(self, values: Floats) -> Iterator[ArrayDerivative]:
        for x in values.flat:
            for derivative in self._by_first.get(_rounded(x), ()) if x else ():
                fitted = _fitted(derivative.values, values)
                if fitted is not None and _agree(fitted, values):
                    yield derivative

    def roles(self, values: Floats) -> list[ArrayDerivative]:
        """The derivatives that an array is, those by whole arrays first."""
        found = [derivative for derivative in self._matching(values) if not derivative.is_value]
        return sorted(found, key=lambda derivative: (bool(derivative.part), not derivative.is_plain))

    def has(self, values: Floats) -> bool:
        """Whether an array is a derivative, or made of numbers of the forward pass."""
        return any(True for _ in self._matching(values)) or all(_rounded(x) in self._forward for x in values.flat if x)

    def is_value(self, values: Floats) -> bool:
        return any(derivative.is_value for derivative in self._matching(values))


def _agrees_by_name(statement: Probe, derivative: ArrayDerivative) -> bool:
    """Whether the target of a statement is called as the derivative by an array is: `dh` for `hs[t]`."""
    name, other = names.last_part(statement.path), names.last_part(derivative.array.split("[")[0])
    return (
        name != other
        and names.parameter_of(name, dict.fromkeys([other, other.removesuffix("s"), other.removesuffix("_s")])) is not None
    )


def _rounded(x: float) -> str:
    return f"{x:.9e}"


def _first(values: Floats) -> str:
    return next((_rounded(x) for x in values.flat if x and not np.isnan(x)), "")


def _shown(nodes: Nodes) -> Floats:
    return np.array([Real(int(node)).shown() for node in nodes.flat]).reshape(nodes.shape)


def _agree(a: Any, b: Any) -> bool:
    """Whether two arrays are the same where both say something."""
    difference = np.abs(a - b)
    return bool(np.all(np.isnan(difference) | (difference <= _CLOSE * (np.abs(a) + np.abs(b)))))


def _fitted(values: Floats, old: Floats) -> Floats | None:
    """A derivative in the shape of a value, transposed if that is how it fits; None where it does not."""
    if values.size != old.size:
        return None
    long = [n for n in values.shape if n != 1]
    wanted = [n for n in old.shape if n != 1]
    if long == wanted:
        return values.reshape(old.shape)
    return values.T.reshape(old.shape) if long[::-1] == wanted else None


def _ratio(there: Floats, exact: Floats) -> float | None:
    """The small factor that all entries are off by, if they are."""
    known = ~np.isnan(exact) & (exact != 0)
    if not known.any() or np.any(there[exact == 0]):
        return None
    ratios = there[known] / exact[known]
    factor = float(ratios[0])
    simple = any(abs(factor * n - round(factor * n)) < 1e-9 for n in range(1, 13))
    return factor if simple and np.allclose(ratios, factor, rtol=_CLOSE, atol=1e-12) else None


def _ancestors(gradient: Gradient) -> set[int]:
    """The nodes that a returned value is computed from."""
    parents = Tape.current.parents
    todo = [number.node for number in map(lifted, np.ravel(np.asarray(gradient.value, object))) if number is not None]
    found: set[int] = set()
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += parents[node]
    return found


# --------------------------------------------------------------------------------------------------------- alignments


def _alignments(executions: Sequence[Execution], members: Sequence[ArrayDerivative]) -> Iterator[list[ArrayDerivative | None]]:
    """Which derivative of a family each execution of a statement may be meant to be."""
    if len(members) == 1:
        yield [members[0]] * len(executions)
        return
    if executions[0].loops and members[0].loops:
        yield from _by_loops(executions, members)
        return
    n, m = len(executions), len(members)
    for shift in (0, 1):
        yield [members[m - 1 - k - shift] if m - 1 - k - shift >= 0 else None for k in range(n)]
        yield [members[k + shift] if k + shift < m else None for k in range(n)]


def _by_loops(executions: Sequence[Execution], members: Sequence[ArrayDerivative]) -> Iterator[list[ArrayDerivative | None]]:
    ours = [name for name in executions[0].loops if all(name in e.loops for e in executions)]
    theirs = [name for name in members[0].loops if all(name in d.loops for d in members)]
    pairs = [(a, b, offset) for a in ours for b in theirs for offset in (0, -1, 1)]
    if len(theirs) > 1 and len(ours) > 1:
        choices = [(p, q) for p in pairs for q in pairs if p[0] != q[0] and p[1] < q[1] and (p[2] == 0 or q[2] == 0)]
    else:
        choices = [(p,) for p in pairs]  # type: ignore[misc]
    for choice in choices:
        by_values: dict[Any, ArrayDerivative] = {}
        for derivative in members:
            by_values.setdefault(tuple(derivative.loops[b] for _, b, _ in choice), derivative)
        chosen = [by_values.get(tuple(e.loops[a] + offset for a, _, offset in choice)) for e in executions]
        if 2 * sum(derivative is not None for derivative in chosen) >= len(executions):
            yield chosen
