"""A file's function, examined: its setting, a run over exact numbers, verdicts, and what can be said about a mistake."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.code import names
from symrnn.code.loading import CodeText, read
from symrnn.code.numbers import Real, Tape
from symrnn.code.setting import FittedInputs, SaidOfInputs, is_state, is_target, said_in_file, said_in_project, setting
from symrnn.code.subject import CodeError, Free, Outcome, PlainValue, Runner, Subject, definition, functions_in, parameter_names
from symrnn.code.verdicts import Judged, Verdict, gradient_verdicts, names_of_wrong
from symrnn.language.errors import InputError

#: Points at which everything is smaller, for code that clips what it returns.
_SCALES = (Fraction(1), Fraction(1, 8), Fraction(1, 64))
#: Floats of the code and exact derivatives agree to this, relative to the largest entry.
_CLOSE = 1e-9
#: What a function is called that computes the gradients, among those that take or move them.
_BACKWARD = re.compile(r"backward|backprop|bptt|loss", re.IGNORECASE)
_LOSS = re.compile(r"(^|_)(loss|cost|objective|cross_?entropy|total_?loss)(_|$)|loss$", re.IGNORECASE)


@dataclass(frozen=True)
class Examined:
    """What `symrnn code` says: one verdict for each gradient, at these sizes."""

    source: CodeText
    setting: FittedInputs
    verdicts: tuple[Verdict, ...]
    unpaired: tuple[str, ...]
    operations: int
    identities: int
    line: int
    stopped: str = ""
    scale: Fraction = Fraction(1)
    #: The exact derivatives by parameter, and the loss, as floats at the point; what repairs are tried against.
    exact: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    loss: float = 0.0

    def agreeing(self, outcome: Outcome) -> frozenset[str]:
        """The parameters whose gradient, in a run on floats with the same loss, is the exact derivative."""
        if not np.allclose(float(np.sum(outcome.loss)), self.loss, rtol=_CLOSE, atol=0):
            return frozenset()
        found = {gradient.parameter: np.asarray(gradient.value) for gradient in outcome.gradients}
        return frozenset(p for p, right in self.exact.items() if p in found and _is_close(found[p], right))


def _is_close(value: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    if value.size != right.size or value.dtype == object:
        return False
    difference = np.abs(np.asarray(value, float).reshape(right.shape) - right)
    return bool(np.max(difference) <= _CLOSE * max(1e-300, float(np.max(np.abs(right)))))


def examine_file(path: str, function: str, told: SaidOfInputs) -> Examined:
    """Examines the one function that returns gradients where none is named. Raises InputError for what cannot be used."""
    source = read(path)
    return examine(source, function or _the_one_with_gradients(source), told)


def _the_one_with_gradients(source: CodeText) -> str:
    """Raises InputError where several functions of a file return gradients, or none does."""
    found = [name for name in functions_in(source.tree) if _returns_gradients(source.tree, name)]
    if len(found) > 1 and len(named := [name for name in found if _BACKWARD.search(name)]) == 1:
        return named[0]
    if len(found) == 1:
        return found[0]
    which = f"{len(found)} functions return gradients" if found else "no function returns what is called a gradient"
    choices = found or functions_in(source.tree)
    if not choices:
        raise InputError(f"{source.path}: {which}; put the code into a function that returns the loss and the gradients")
    raise InputError(f"{source.path}: {which}; name one as in {source.path}:{choices[0]}; there are {', '.join(choices)}")


def _returns_gradients(tree: ast.Module, name: str) -> bool:
    """Whether one of the values returned is called the gradients, or the gradient of what the file has: `dW` beside `W`."""
    node = definition(tree, name)
    returned = [part for part in names.returned_names(node) if part] if node is not None else []
    return any(names.holds_gradients(part) or names.is_gradient(part) for part in returned) and any(
        names.holds_gradients(part) or names.parameter_of(part, _all_names(tree)) for part in returned
    )


def _all_names(tree: ast.AST) -> frozenset[str]:
    nodes = list(ast.walk(tree))
    attributes = (node.attr for node in nodes if isinstance(node, ast.Attribute))
    return frozenset(
        (*attributes, *(n.id for n in nodes if isinstance(n, ast.Name)), *(n.arg for n in nodes if isinstance(n, ast.arg)))
    )


def examine(source: CodeText, function: str, told: SaidOfInputs) -> Examined:
    told = told.over(said_in_file(source, function)).over(said_in_project(source.path))
    target = with_partner(Subject(source, function, told.loss, told.forward, told.pairs))
    return judged_at(setting(target, told))


def with_partner(target: Subject) -> Subject:
    """A target with the forward function or the loss that its name asks for. Raises InputError for a function that is not there."""
    target.node()
    for partner in (target.forward, target.loss):
        if (
            partner is not None
            and "." not in partner
            and target.owner
            and definition(target.source.tree, f"{target.owner}.{partner}")
        ):
            target = replace(
                target,
                forward=f"{target.owner}.{partner}" if partner == target.forward else target.forward,
                loss=f"{target.owner}.{partner}" if partner == target.loss else target.loss,
            )
    if target.forward is not None:
        target.node(target.forward)
    if target.forward or target.loss or any(names.is_loss(name) for name in names.returned_names(target.node()) if name):
        return replace(target, before=_before(target))
    return replace(target, forward=_forward_name(target), loss=_loss_name(target) if _forward_name(target) is None else None)


def _before(target: Subject) -> str | None:
    """The forward function whose results are arguments of a function that has a loss of its own."""
    found = _forward_name(target) if target.forward is None else None
    returned = names.returned_names(target.node(found)) if found else []
    return found if set(returned) & set(names_of_arguments(target, target.function)) else None


def _loss_name(target: Subject) -> str | None:
    """The one function of the class, or of the file, that is called a loss."""
    start = f"{target.owner}." if target.owner else ""
    fits = [name for name in functions_in(target.source.tree) if name.startswith(start) and "." not in name[len(start) :]]
    fits = [name for name in fits if _LOSS.search(name[len(start) :]) and name != target.function and "grad" not in name]
    wanted = names_of_arguments(target, target.function)
    fits = [name for name in fits if set(names_of_arguments(target, name)) <= set(wanted)] or fits
    return fits[0] if fits else None


def names_of_arguments(target: Subject, name: str) -> list[str]:
    return parameter_names(target.node(name))


def _forward_name(target: Subject) -> str | None:
    """`step_forward` for `step_backward`, where there is one and the function cannot have the loss itself."""
    known = functions_in(target.source.tree)
    owner, _, name = target.function.rpartition(".")
    start = f"{owner}." if owner else ""
    for back, forth in (("backward", "forward"), ("bwd", "fwd"), ("back", "forward"), ("backprop", "forward"), ("_b", "_f")):
        if back in name and start + name.replace(back, forth) in known:
            return start + name.replace(back, forth)
    return None


def judged_at(found: FittedInputs) -> Examined:
    """Verdicts at a setting. What is wrong for any numbers may be right for targets that add up to 1, as one-hot vectors do, or where
    the first state is zero."""
    first = _judged(found)
    best = first
    for path, spec, condition in _narrower(found, first):
        if not _wrong(best):
            break
        other = replace(found, inputs={**found.inputs, path: spec})
        if _fewer_wrong(other, best):
            best = _given(_judged(other), _wrong(first), condition)
    return best


def _narrower(found: FittedInputs, first: Examined) -> Iterator[tuple[str, Free | PlainValue, str]]:
    """Inputs of which less is asked than of free ones: what each is, and how that is said.

    One step, without a loop, is no step of a sequence that begins with zero; nor is a state by which there is a gradient.
    """
    loops = any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(found.target.node()))
    by = {verdict.parameter for verdict in first.verdicts}
    for path, spec in found.inputs.items():
        if not isinstance(spec, Free) or spec.unit is not None:
            continue
        for axis in reversed(range(len(spec.shape) if is_target(path) else 0)):
            if spec.shape[axis] > 1:
                yield path, Free(spec.shape, axis), f"{path} adds up to 1 along axis {axis}, as a one-hot vector does"
        if loops and is_state(path) and path not in by:
            yield path, PlainValue(np.zeros(spec.shape)), f"{path} is zero, as a first state is"


def _wrong(examined: Examined) -> set[str]:
    return {verdict.gradient for verdict in examined.verdicts if verdict.word == "wrong"}


def _fewer_wrong(found: FittedInputs, best: Examined) -> bool:
    """Whether fewer gradients are refuted at a setting."""
    with Tape(frozenset({found.target.source.path})):
        try:
            return len(names_of_wrong(Runner(found.target, found.inputs, scale=best.scale).run())) < len(_wrong(best))
        except CodeError:
            return False


def _given(examined: Examined, needing: set[str], condition: str) -> Examined:
    """The verdicts under a condition: those of the gradients that need it say so."""
    verdicts = [
        replace(verdict, word="conditional", conditions=(condition, *verdict.conditions))
        if verdict.gradient in needing and verdict.word in ("proven", "conditional")
        else verdict
        for verdict in examined.verdicts
    ]
    return replace(examined, verdicts=tuple(verdicts))


def _judged(found: FittedInputs) -> Examined:
    """Smaller points are tried while the code clips at the point."""
    target = found.target
    line = target.node().lineno
    for scale in _SCALES:
        with Tape(frozenset({target.source.path})) as tape:
            try:
                outcome = Runner(target, found.inputs, scale=scale).run()
            except CodeError as error:
                return Examined(target.source, found, (), (), len(tape), 0, error.line or line, _stopped(error))
            if any(tape.clipped.values()) and scale != _SCALES[-1]:
                continue
            result = gradient_verdicts(outcome)
            exact, loss = _as_floats(outcome, result), outcome.loss.shown()
        return Examined(
            target.source,
            found,
            result.verdicts,
            outcome.unpaired,
            result.operations,
            result.identities,
            line,
            "",
            scale,
            exact,
            loss,
        )
    raise AssertionError


def _as_floats(outcome: Outcome, result: Judged) -> dict[str, np.ndarray[Any, Any]]:
    def shown(x: Real) -> float:
        adjoint = result.adjoints.of.get(x.node)
        return 0.0 if adjoint is None else adjoint.shown()

    parameters = {gradient.parameter: outcome.values[gradient.parameter] for gradient in outcome.gradients}
    return {path: np.array([shown(x) for x in value.flat]).reshape(value.shape) for path, value in parameters.items()}


def _stopped(error: CodeError) -> str:
    return error.message if error.refused else f"{error.kind}: {error.message}"


def sizes_said(found: FittedInputs) -> str:
    """The inputs in one line: `inputs: 5 whole numbers, Whh: 3 × 3`."""
    parts = []
    for path, spec in found.inputs.items():
        if isinstance(spec, Free):
            parts.append(f"{path} {' × '.join(map(str, spec.shape)) or 'a number'}")
        elif isinstance(spec, PlainValue):
            value = spec.value
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not value.any():
                continue  # room for a gradient
            parts.append(f"{path} = {value if not hasattr(value, 'tolist') else str(value.tolist()).replace(' ', '')}")
    return ", ".join(parts)
