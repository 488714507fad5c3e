"""Gradient code against the notes it was made from: which formula each gradient is, and which equation each line computes.

The notes' network is evaluated with the numbers of the code's own run, on the same tape. Letters and arrays are paired by name, then by
shape, until both losses are the same number, or one is a rational multiple of the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from symrnn.code import names
from symrnn.code.arrays import elementwise
from symrnn.code.errors import Refused
from symrnn.code.examine import Examined
from symrnn.code.numbers import Real, Tape, lifted
from symrnn.code.probes import Execution, Probed, Recorder
from symrnn.code.setting import is_target
from symrnn.code.subject import Free, Outcome, PlainValue, Runner
from symrnn.deciding.algebras.base import Algebra, Array, Undefined
from symrnn.deciding.evaluate import BadRange, Instance, Key, OutOfRange, Unsupported, World
from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement, Options
from symrnn.judging.verdict import Conditional, Definition, Proven, ground_of
from symrnn.language.claims import Claim, extended
from symrnn.language.functions import derivative_polynomial
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Jac, Ref
from symrnn.language.terms import Sub
from symrnn.reading.document import read_document

#: How many ways to pair letters and arrays are tried.
_MOST_PAIRINGS = 40
_FUNCTIONS = {"sigma": "expit", **{name: name for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "erf", "arctan")}}
_NOTHING = (Undefined, OutOfRange, BadRange, Unsupported, Refused, KeyError, ValueError)


def against_notes(examined: Examined, path: str) -> dict[str, Any]:
    """What the notes have to say about an examined function, as plain data. Raises InputError for notes that cannot be used.

    `gradients` has a row for each formula of a gradient, `lines` one for each line that computes an equation; `pairs` are the letters
    with their arrays, `factor` is the code's loss by that of the notes; `reason` says why the networks could not be paired.
    """
    report = check(read_document(path), Options(every_length=False))
    probed = Probed(examined.source)
    recorder = Recorder(probed)
    found = examined.setting
    with Tape(frozenset({examined.source.path})):
        outcome = Runner(found.target, found.inputs, probed, probed.hooks(recorder), scale=examined.scale).run()
        networks = list(dict.fromkeys(id(j.network) for j in report.judgements if j.network is not None))
        models = {id(j.network): j.network for j in report.judgements if j.network is not None}
        for number in reversed(networks):
            paired = _paired(models[number], examined, outcome)
            if paired is not None:
                judgements = [j for j in report.judgements if j.network is models[number]]
                return _compared(paired, judgements, probed, recorder.executions, outcome, path)
    reason = "no pairing of its letters with the code's arrays gives the loss of the code: another network, or another loss"
    return {"file": path, "reason": reason, "pairs": {}, "factor": "1", "gradients": [], "lines": []}


# ------------------------------------------------------------------------------------------------------- the notes' network


class _OnTape(Algebra):
    """The algebra of the tape."""

    symbolic = True

    def number(self, value: Fraction) -> Any:
        return Tape.current.constant(value)

    def free(self, name: str, shape: tuple[int, ...]) -> Array:
        raise Undefined(f"nothing in the code stands for {name}")

    def reciprocal(self, x: Any) -> Any:
        return Tape.current.constant(Fraction(1)) / x

    def map(self, function: str, order: int, argument: Array) -> Array:
        if function not in _FUNCTIONS:
            raise Undefined(f"nothing here knows {function}")
        polynomial = derivative_polynomial(function, order)
        if order and polynomial is None:
            raise Undefined(f"nothing here knows the derivative of {function}")

        def one(x: Any) -> Any:
            y = elementwise(_FUNCTIONS[function], lifted(x))
            return y if polynomial is None else sum((Fraction(c) * y**n for n, c in enumerate(polynomial)), Fraction(0))

        return self.each(one, argument)


@dataclass(frozen=True)
class _Pairing:
    """Arrays of the code for free quantities of a model: one array, or one for each step."""

    arrays: Mapping[str, tuple[str, Array]] = field(default_factory=dict)
    series: Mapping[str, tuple[str, list[Array]]] = field(default_factory=dict)
    initial: Mapping[str, tuple[str, Array]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def names(self, model: Model) -> dict[str, str]:
        every = {**self.arrays, **self.series, **{f"{key} at the start": pair for key, pair in self.initial.items()}}
        return {_text(model, key): path for key, (path, _) in every.items()}


class _Network(World):
    """A network whose free quantities are arrays of the code, and zero before the first step and after the last one."""

    def __init__(self, model: Model, instance: Instance, pairing: _Pairing) -> None:
        super().__init__(model, instance, _OnTape())
        self.pairing = pairing

    def free(self, key: Key, shape: tuple[int, ...]) -> Array:
        name, time = key
        if time is None and name in self.pairing.arrays:
            return self.pairing.arrays[name][1]
        if time is not None and name in self.pairing.series and self.first <= time <= self.last:
            return self.pairing.series[name][1][time - self.first]
        if time is not None and time < self.first and name in self.pairing.initial:
            return self.pairing.initial[name][1]
        if time is not None and not self.first <= time <= self.last:
            return self.zero(shape)
        return super().free(key, shape)


@dataclass(frozen=True)
class _Paired:
    network: _Network
    factor: Fraction


def _paired(model: Model, examined: Examined, outcome: Outcome) -> _Paired | None:
    losses = [q for q in model.quantities.values() if q.definition is not None and not q.timed and not q.shape]
    for count, (pairing, steps) in enumerate(_pairings(model, examined, outcome)):
        if count >= _MOST_PAIRINGS:
            return None
        sizes = tuple((label, pairing.sizes.get(label, 1)) for label in model.labels)
        for quantity in losses:
            network = _Network(model, Instance(steps, sizes), pairing)
            try:
                value = lifted(network.quantity((quantity.key, None)).item())
            except _NOTHING:
                continue
            factor = None if value is None else _ratio(outcome.loss, value)
            if factor:
                return _Paired(network, factor)
    return None


def _ratio(a: Real, b: Real) -> Fraction | None:
    """The small rational number that a is b times, if it is."""
    if b.ball.contains(0):
        return None
    quotient = a.ball / b.ball
    near = Fraction(float(quotient.mid())).limit_denominator(1000)
    return near if (quotient * near.denominator - near.numerator).contains(0) else None


def _pairings(model: Model, examined: Examined, outcome: Outcome) -> Iterator[tuple[_Pairing, int]]:
    """Ways to pair the free quantities of a model with the inputs of the code, the likeliest first."""
    free = [q for q in model.quantities.values() if q.definition is None and not q.special]
    parameters, timed = [q for q in free if not q.timed], [q for q in free if q.timed]
    arrays = dict(outcome.values)
    for chosen, sizes in _choices(parameters, arrays, {}):
        used = {path for path, _ in chosen.values()}
        for series, known, steps in _series(timed, examined, arrays, sizes):
            rest = {p: a for p, a in arrays.items() if p not in used and p not in {path for path, _ in series.values()}}
            yield _Pairing(chosen, series, _initial(model, rest, known), known), steps


def _choices(
    quantities: Sequence[Quantity], arrays: Mapping[str, Array], sizes: dict[str, int]
) -> Iterator[tuple[dict[str, tuple[str, Array]], dict[str, int]]]:
    """Arrays for quantities without a time, so that all sizes agree."""
    if not quantities:
        yield {}, sizes
        return
    first, rest = quantities[0], quantities[1:]
    named = [path for path in arrays if _plain(names.last_part(path)) == _plain(first.text)]
    for path in named or list(arrays):
        for array in _shaped(arrays[path], len(first.shape)):
            known = dict(sizes)
            if all(known.setdefault(label, n) == n for label, n in zip(first.shape, array.shape, strict=True)):
                others = {other: value for other, value in arrays.items() if other != path}
                for chosen, found in _choices(rest, others, known):
                    yield {first.key: (path, array), **chosen}, found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name)


def _shaped(value: Array, rank: int) -> Iterator[Array]:
    """An array without axes of one entry, as a tensor of some rank; a matrix also transposed, for code with row vectors."""
    array = np.asarray(value, object)
    if array.ndim != rank:
        array = array.reshape([n for n in array.shape if n != 1])
    if array.ndim == rank:
        yield array
        if rank == 2:
            yield array.T


def _series(
    timed: Sequence[Quantity], examined: Examined, arrays: Mapping[str, Array], sizes: dict[str, int]
) -> Iterator[tuple[dict[str, tuple[str, list[Array]]], dict[str, int], int]]:
    """Inputs and targets at every step: rows of arrays, or whole numbers as one-hot vectors."""
    inputs = examined.setting.inputs
    offered = {path: spec for path, spec in inputs.items() if isinstance(spec, (PlainValue, Free))}

    def choose(rest: Sequence[Quantity], used: set[str], known: dict[str, int], steps: int) -> Iterator[Any]:
        if not rest:
            yield {}, known, steps
            return
        first = rest[0]
        wants_target = first.one_hot or is_target(first.text)
        order = sorted((p for p in offered if p not in used), key=lambda p: is_target(p) != wants_target)
        for path in order:
            for rows in _rows(offered[path], arrays.get(path), first, known):
                more = {**known, **dict(zip(first.shape, rows[0].shape, strict=True))}
                if steps in (0, len(rows)) and all(known.get(label, n) == n for label, n in more.items()):
                    for chosen, found, count in choose(rest[1:], {*used, path}, more, len(rows)):
                        yield {first.key: (path, rows), **chosen}, found, count

    yield from choose(timed, set(), dict(sizes), 0)


def _rows(spec: Free | PlainValue, array: Array | None, quantity: Quantity, sizes: Mapping[str, int]) -> Iterator[list[Array]]:
    if isinstance(spec, PlainValue):
        value = np.asarray(spec.value)
        if value.dtype.kind in "iu" and value.ndim == 1 and len(quantity.shape) == 1 and quantity.shape[0] in sizes:
            size = sizes[quantity.shape[0]]
            if value.size and value.min() >= 0 and value.max() < size:
                yield [np.array([Tape.current.constant(Fraction(int(i == k))) for i in range(size)], object) for k in value]
    elif array is not None and np.ndim(array):
        rows = [next(_shaped(row, len(quantity.shape)), None) for row in np.asarray(array, object)]
        if all(row is not None for row in rows):
            yield [row for row in rows if row is not None]


def _initial(model: Model, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> dict[str, tuple[str, Array]]:
    """States before the first step: arrays that are left, by their first letter, then by their shape."""
    result: dict[str, tuple[str, Array]] = {}
    for quantity in model.quantities.values():
        shape = tuple(sizes.get(label, 0) for label in quantity.shape)
        fits = [
            (path, array)
            for path, value in arrays.items()
            for array in _shaped(value, len(shape))
            if quantity.recurrence < 0 and array.shape == shape and path not in {used for used, _ in result.values()}
        ]
        fits.sort(key=lambda pair: names.last_part(pair[0])[:1].lower() != quantity.text[:1].lower())
        if fits:
            result[quantity.key] = fits[0]
    return result


def _text(model: Model, key: str) -> str:
    name, _, rest = key.partition(" ")
    return model.quantities[name].text + (f" {rest}" if rest else "")


# ------------------------------------------------------------------------------------------------------------- comparing


def _compared(
    paired: _Paired, judgements: Sequence[Judgement], probed: Probed, executions: Sequence[Execution], outcome: Outcome, path: str
) -> dict[str, Any]:
    network = paired.network
    by_path = {pair[0]: key for key, pair in network.pairing.arrays.items()}
    rows, computed = [], []
    for judgement in judgements:
        claim = _claim(judgement)
        for gradient in outcome.gradients:
            key = by_path.get(gradient.parameter)
            if claim is not None and key is not None and _is_gradient(claim, key, network.model):
                same = _is_same(network, claim, gradient.value, paired.factor)
                if same is not None:
                    rows.append(_row(gradient.name, judgement, same))
        values = _values(network, judgement, claim)
        if values:
            computed.append((judgement.statement.label, values))
    lines = [row for number in range(len(probed.statements)) for row in _line(number, probed, executions, computed)]
    unique = [row for place, row in enumerate(lines) if row not in lines[:place]]
    return {
        "file": path,
        "reason": "",
        "pairs": network.pairing.names(network.model),
        "factor": str(paired.factor),
        "gradients": rows,
        "lines": unique,
    }


def _claim(judgement: Judgement) -> Claim | None:
    """What is proven of a statement: as it is written, or as it was repaired."""
    ground = ground_of(judgement.verdict)
    return None if ground is None else ground.claim


def _row(gradient: str, judgement: Judgement, same: bool) -> dict[str, Any]:
    repaired = not isinstance(judgement.verdict, (Proven, Conditional))
    statement = judgement.statement
    return {"gradient": gradient, "label": statement.label, "line": statement.place.line, "same": same, "repaired": repaired}


def _is_gradient(claim: Claim, key: str, model: Model) -> bool:
    left = claim.left
    if (
        claim.variables
        or not isinstance(left, Jac)
        or left.explicit
        or left.wrt.quantity != key
        or not isinstance(left.numerator, Ref)
    ):
        return False
    quantity = model.quantities.get(left.numerator.quantity)
    return quantity is not None and not quantity.timed and not quantity.shape


def _is_same(network: _Network, claim: Claim, value: Any, factor: Fraction) -> bool | None:
    """Whether the right side of a claim is what the code returns; None where it cannot be evaluated."""
    own = _Network(extended(network.model, claim), network.instance, network.pairing)
    try:
        right = own.value(claim.right, own.base_env)
    except _NOTHING:
        return None
    wanted = [_key(Fraction(factor) * lifted(x)) for x in right.flat]  # type: ignore[operator]
    return any([_key(x) for x in array.flat] == wanted for array in _shaped(value, right.ndim))


def _key(x: Any) -> Any:
    number = lifted(x)
    assert number is not None
    return Tape.current.key(number.node)


def _values(network: _Network, judgement: Judgement, claim: Claim | None) -> list[tuple[Any, ...]]:
    """The values of a definition, or of the right side of what is claimed at every step, as keys."""
    times = range(network.first, network.last + 1)
    actions: list[Callable[[], Array]] = []
    if isinstance(judgement.verdict, Definition):
        relation = judgement.statement.relation
        timed = relation is not None and isinstance(relation.left, Sub)
        for quantity in network.model.quantities.values():
            is_meant = judgement.verdict.what == Definition.of(quantity).what and quantity.timed == timed
            if quantity.definition is not None and is_meant:
                actions += [partial(network.quantity, (quantity.key, time)) for time in (times if timed else (None,))]
    elif claim is not None and [role for _, role, _ in claim.variables] == ["time"]:
        own = _Network(extended(network.model, claim), network.instance, network.pairing)
        places = [{**own.base_env, claim.variables[0][0]: time} for time in times]
        actions = [partial(own.value, claim.right, env) for env in places if claim.covers(env)]
    values = [value for value in map(_evaluated, actions) if value is not None]
    return [tuple(_key(x) for x in value.flat) for value in values]


def _evaluated(action: Callable[[], Array]) -> Array | None:
    try:
        return np.asarray(action(), object)
    except _NOTHING:
        return None


def _line(
    number: int, probed: Probed, executions: Sequence[Execution], computed: Sequence[tuple[str, list[tuple[Any, ...]]]]
) -> Iterator[dict[str, Any]]:
    """The equations of which a statement computes a value each time that it runs."""
    statement = probed.statements[number]
    tape = Tape.current
    for in_place in (False, True):
        arrays = [e.changed if in_place else e.nodes for e in executions if e.statement == number]
        keys = [tuple(tape.key(int(node)) for node in nodes.flat) for nodes in arrays if nodes.size]
        if statement.operator in ("argument",) or not keys or not any(any(k) for key in keys for k in key):
            continue
        for label, values in computed:
            known = set(values)
            if all(key in known for key in keys) and len(set(keys)) > len(known) // 2:
                yield {"line": statement.line, "target": statement.target or "return", "label": label}
