"""What is checked and how it is called: a function with its loss, a method, or a pair of a forward and a backward function."""

from __future__ import annotations

import ast
import io
import random
import traceback
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from symrnn.code import names
from symrnn.code.adjoints import tape_adjoints
from symrnn.code.arrays import Reals, reals
from symrnn.code.errors import Refused
from symrnn.code.holders import Held, exchange, free_and_rooms, held, is_real_array
from symrnn.code.loading import CodeText, Loader, Space, Transform, all_gone_along, objects, unchanged
from symrnn.code.numbers import Real, Tape, lifted, sum_of
from symrnn.language.errors import InputError

#: Numerators and denominator of the point: distinct decimals that are neither large nor near zero.
_DENOMINATOR = 10**6
_LEAST, _MOST = 50_000, 950_000
#: Under which name the globals of a loaded file keep the arrays of its objects, as their constructors left them.
_OBJECTS = "__objects__"


@dataclass(frozen=True)
class Free:
    """An array of free numbers. `unit` is an axis along which they add up to 1, if they do."""

    shape: tuple[int, ...]
    unit: int | None = None


@dataclass(frozen=True, eq=False)
class PlainValue:
    """A value that is what it is: whole numbers, a size, a flag, text."""

    value: Any


Inputs = Mapping[str, Free | PlainValue]


@dataclass(frozen=True)
class Subject:
    """What to check. `function` is `f` or `Class.method`; `loss` and `forward` name the partner of a function that has no loss.

    `before` names a function that gives the arguments of one that has a loss: `backward(x, y, states)` after `forward(x)`.
    """

    source: CodeText
    function: str
    loss: str | None = None
    forward: str | None = None
    pairs: Mapping[str, str] = field(default_factory=dict)
    before: str | None = None

    def node(self, name: str | None = None) -> ast.FunctionDef:
        """The definition of a function of the file. Raises InputError when there is none."""
        wanted = self.function if name is None else name
        found = definition(self.source.tree, wanted)
        if found is None:
            known = ", ".join(functions_in(self.source.tree)) or "none"
            raise InputError(f"{self.source.path}: has no function {wanted}; it has {known}")
        return found

    @property
    def owner(self) -> str | None:
        """The class of a method."""
        return self.function.rsplit(".", 1)[0] if "." in self.function else None


@dataclass(frozen=True)
class Gradient:
    """One returned value, and the parameter that it should be the gradient of."""

    name: str
    parameter: str
    value: Any


@dataclass(frozen=True)
class Outcome:
    """What a run returned: the loss (a Real), the gradients that were paired, the names that were not, and the values of the inputs.

    A run that only tries shapes has floats everywhere.
    """

    loss: Any
    gradients: tuple[Gradient, ...]
    unpaired: tuple[str, ...]
    values: Mapping[str, Any]


class Needed(Exception):
    """An input of which nothing is known was used; only runs that try shapes raise it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Nothing(InputError):
    """The code ran to its end, and there is no gradient."""


class CodeError(Exception):
    """The person's code raised; `line` is where."""

    def __init__(self, kind: str, message: str, line: int, refused: bool) -> None:
        super().__init__(message)
        self.kind, self.message, self.line, self.refused = kind, message, line, refused


def functions_in(tree: ast.Module) -> list[str]:
    """The names of all functions and methods at the top of a file."""
    result = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            result += [f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)]
    return result


def definition(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    body: Sequence[ast.stmt] = tree.body
    *owners, last = name.split(".")
    for owner in owners:
        body = next((node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner), [])
    return next((node for node in reversed(body) if isinstance(node, ast.FunctionDef) and node.name == last), None)


def class_called(tree: ast.Module, name: str) -> str | None:
    """The class of a file that an argument is called after: `lstm_param` for `LstmParam`."""
    plain = name.replace("_", "").lower()
    return next((node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.name.lower() == plain), None)


def constructors(target: Subject) -> list[ast.FunctionDef]:
    """The constructor of the class of a method, and those of the objects that it takes."""
    tree, result = target.source.tree, list[ast.FunctionDef]()
    todo = [target.owner] if target.owner else []
    for owner in todo:
        node = definition(tree, f"{owner}.__init__")
        if node is not None and node not in result:
            result.append(node)
            todo += [name for name in (class_called(tree, argument) for argument in parameter_names(node)) if name]
    return result


def unpacked(function: ast.FunctionDef, name: str) -> list[str]:
    """The names of what an argument holds, where the function takes it apart: `U, W, b = params`. None: an empty list."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
            parts = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else []
            if parts and all(isinstance(part, ast.Name) for part in parts):
                return [part.id for part in parts if isinstance(part, ast.Name)]
    return []


def parameter_names(function: ast.FunctionDef) -> list[str]:
    listed = [*function.args.posonlyargs, *function.args.args]
    return [argument.arg for argument in listed if argument.arg not in ("self", "cls")]


def optional(function: ast.FunctionDef) -> set[str]:
    listed = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return set(listed[len(listed) - len(function.args.defaults) :]) if function.args.defaults else set()


# --------------------------------------------------------------------------------------------------------------- values


def point(name: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray[Any, Any]:
    """Fractions, always the same for a name; all different but for a coincidence."""
    generator = random.Random(f"{seed} {name}")
    result = np.empty(shape, object)
    for index in np.ndindex(shape):
        result[index] = Fraction(generator.choice((-1, 1)) * generator.randrange(_LEAST, _MOST), _DENOMINATOR)
    return result


@lru_cache(maxsize=1024)
def float_point(name: str, shape: tuple[int, ...], seed: int, scale: Fraction) -> np.ndarray[Any, Any]:
    """`point` in floats, to be copied."""
    return np.asarray(point(name, shape, seed) * scale, float)


def free_array(name: str, spec: Free, seed: int = 0, scale: Fraction = Fraction(1)) -> Reals:
    """An array of new variables of the current tape; with `unit`, positive numbers of which the last is 1 minus the others."""
    tape = Tape.current
    values = point(name, spec.shape, seed) * scale
    made = np.empty(spec.shape, object)
    for index in np.ndindex(spec.shape):
        label = name + "".join(f"[{i}]" for i in index)
        value = values[index]
        made[index] = tape.free(label, abs(value) / spec.shape[spec.unit] if spec.unit is not None else value)
    if spec.unit is not None:
        rows = np.moveaxis(made, spec.unit, 0)
        rows[-1] = 1 - rows[:-1].sum(axis=0)
    return made.view(Reals)


def given_value(spec: PlainValue, exact: bool = True) -> Any:
    """A fresh copy, with floats lifted."""
    value = spec.value
    if isinstance(value, np.ndarray):
        return reals(value) if exact and value.dtype.kind == "f" else value.copy()
    return list(value) if isinstance(value, list) else value


# ------------------------------------------------------------------------------------------------------------------ run


@dataclass
class Runner:
    """Runs a target on the current tape, or, with `exact` false, on floats: to see whether shapes fit."""

    target: Subject
    inputs: Inputs
    transform: Transform = unchanged
    hooks: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    scale: Fraction = Fraction(1)
    exact: bool = True
    space: Space | None = None
    values: dict[str, Any] = field(default_factory=dict)
    #: The arrays that objects were given.
    put: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Outcome:
        """Raises CodeError for what the code itself raises, InputError where gradients and parameters cannot be paired."""
        with _quiet_and_seeded():
            return self._outcome(self._guarded(self.loaded) if self.space is None else self.space)

    def loaded(self) -> Space:
        """The globals of the file, to be used for many runs. What its imports and class bodies raise passes through."""
        given = {name: given_value(spec, self.exact) for name, spec in self.inputs.items() if isinstance(spec, PlainValue)}
        own = {name: value for name, value in given.items() if "." not in name and name not in self._argument_names()}
        with _quiet_and_seeded():
            space = Loader(self.target.source, self.transform, self.hooks, self.exact, own).load()
        space[_OBJECTS] = [part for name in objects(self.target.source.tree) if name in space for part in held(name, space[name])]
        return space

    def _guarded(self, action: Any) -> Any:
        path = self.target.source.path
        try:
            return action()
        except (InputError, CodeError, Needed):
            raise
        except Exception as error:
            frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
            line = (frames[-1] or 0) if frames else 0
            raise CodeError(type(error).__name__, str(error), line, isinstance(error, Refused)) from error

    def _outcome(self, space: Space) -> Outcome:
        for path, spec in self.inputs.items():
            self._put_global(space, path, spec)
        self._fill(space[_OBJECTS])
        owner = self._instance(space)
        if self.target.forward is not None:
            return self._pullback(space, owner)
        node = self.target.node()
        loss = None
        if self.target.loss is not None and definition(self.target.source.tree, self.target.loss) is not None:
            loss = self._total(self._called(space, owner, self.target.loss))
            self.values = self._still_there(space, owner)
        returned = self._called(space, owner, self.target.function, self._from_before(space, owner))
        named = list(labelled(returned, node))
        if loss is None:
            position = self._position_of_loss(named)
            loss = self._total(named.pop(position)[1])
        named += list(self._left_behind(space, owner))
        return self._paired(loss, named, dict(self.values))

    def _from_before(self, space: Space, owner: Any) -> dict[str, Any] | None:
        """The arguments of a function that another one gives, and the others; None where there is no such function."""
        if self.target.before is None:
            return None
        made = self._called(space, owner, self.target.before)
        names_ = names.returned_names(self.target.node(self.target.before))
        parts = made if isinstance(made, tuple) and len(made) == len(names_) else (made,)
        supplied = {name: part for name, part in zip(names_, parts, strict=False) if name}
        return {
            **self._arguments(self.target.node(), set(supplied)),
            **{name: supplied[name] for name in parameter_names(self.target.node()) if name in supplied},
        }

    # ------------------------------------------------------------------------------------------------------ inputs

    def _value(self, path: str, spec: Free | PlainValue) -> Any:
        if isinstance(spec, PlainValue):
            return given_value(spec, self.exact)
        if path not in self.values:
            self.values[path] = self._free(path, spec)
        value = self.values[path]
        return value.copy() if value.ndim else value.item()

    def _free(self, path: str, spec: Free) -> Any:
        if self.exact:
            return free_array(path, spec, self.seed, self.scale)
        return float_point(path, spec.shape, self.seed, self.scale).copy()

    def _put_global(self, space: Space, path: str, spec: Free | PlainValue) -> None:
        head, _, rest = path.partition(".")
        if head in self._argument_names() or head == "self":
            return
        if rest:
            space.setdefault(head, {})
            if isinstance(space[head], dict):
                space[head][_key(rest)] = self._value(path, spec)
        else:
            space[head] = self._value(path, spec)

    def _argument_names(self) -> set[str]:
        wanted = [self.target.function, self.target.forward, self.target.loss, self.target.before]
        found = [definition(self.target.source.tree, name) for name in wanted if name]
        result = {name for node in found if node is not None for name in parameter_names(node)}
        return result | set(self._constructor_arguments())

    def _argument(self, name: str) -> Any:
        """The value of an argument; KeyError where nothing is known of it."""
        if name in self.inputs:
            return self._value(name, self.inputs[name])
        inner = {path: spec for path, spec in self.inputs.items() if path.startswith(f"{name}.")}
        if not inner:
            raise KeyError(name)
        entries = {_key(path.split(".", 1)[1]): self._value(path, spec) for path, spec in inner.items()}
        return _in_order(entries, self._unpacked(name))

    def _unpacked(self, name: str) -> list[str]:
        """The names of the entries of an argument that is a tuple of parameters."""
        wanted = (self.target.function, self.target.forward, self.target.loss, self.target.before)
        nodes = [node for node in (definition(self.target.source.tree, part) for part in wanted if part) if node is not None]
        return next(filter(None, (unpacked(node, name) for node in nodes if name in parameter_names(node))), [])

    def _instance(self, space: Space) -> Any:
        """An object of the class of a method, with free numbers for the arrays that its constructor makes or is given."""
        if self.target.owner is None:
            return None
        made = self._made(space, self.target.owner)
        for name in self._constructor_arguments():
            self.values.pop(name, None)
        self._fill(held("self", made))
        return made

    def _made(self, space: Space, owner: str) -> Any:
        constructor = definition(self.target.source.tree, f"{owner}.__init__")
        given: dict[str, Any] = {}
        for name in parameter_names(constructor) if constructor is not None else ():
            kind = class_called(self.target.source.tree, name)
            if kind is not None and name not in self.inputs:
                given[name] = self._made(space, kind)
        given.update(self._arguments(constructor, set(given)) if constructor is not None else {})
        return self._guarded(lambda: space[owner](**given))

    def _constructor_arguments(self) -> list[str]:
        return [name for node in constructors(self.target) for name in parameter_names(node)]

    def _fill(self, arrays: list[Held]) -> None:
        """Free numbers for the arrays of an object; room for gradients is as its constructor left it."""
        free, rooms = free_and_rooms(arrays)
        for part in free:
            self.put[part.path] = self._value(part.path, self.inputs.get(part.path, Free(part.array.shape)))
        exchange(free, lambda path, array: self.put[path])
        exchange(rooms, lambda path, array: array.copy())

    def _arguments(self, function: ast.FunctionDef, but: Collection[str] = ()) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name in parameter_names(function):
            if name in but:
                continue
            try:
                result[name] = self._argument(name)
            except KeyError:
                if name not in optional(function):
                    raise InputError(
                        f"{self.target.source.path}:{function.lineno}: nothing is known of {name}; "
                        f"give --shape {name}=3,4 for an array or --set {name}=4 for a value"
                    ) from None
        return result

    def _called(self, space: Space, owner: Any, name: str, extra: Mapping[str, Any] | None = None) -> Any:
        node = self.target.node(name)
        function = getattr(owner, name.rsplit(".", 1)[-1]) if "." in name and owner is not None else space[name]
        given = self._arguments(node) if extra is None else dict(extra)
        return self._guarded(lambda: function(**given))

    # ------------------------------------------------------------------------------------------------------ results

    def _total(self, value: Any) -> Any:
        """The loss as a number: an array of losses is added up."""
        if not self.exact:
            return value
        if isinstance(value, (tuple, list)) and value and not all(lifted(x) is not None for x in value):
            value = next((part for part in value if lifted(part) is not None or isinstance(part, np.ndarray)), None)
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (tuple, list)):
            value = np.array(value, object)
        number = sum_of(x for x in map(lifted, value.flat) if x is not None) if isinstance(value, np.ndarray) else lifted(value)
        if number is None:
            raise InputError(f"{self.target.source.path}: the loss is no number but {type(value).__name__}; name it with --loss")
        if number.rational is not None:
            raise InputError(f"{self.target.source.path}: the loss depends on no input that is a free array; give --shape")
        return number

    def _position_of_loss(self, named: list[tuple[str | None, Any]]) -> int:
        wanted = self.target.loss
        if wanted is not None:
            for position, (name, _) in enumerate(named):
                if name == wanted or wanted == str(position):
                    return position
            raise InputError(f"{self.target.source.path}: nothing that {self.target.function} returns is called {wanted}")
        scalar = [i for i, (_, value) in enumerate(named) if _is_number(value)]
        for position in scalar:
            if names.is_loss(named[position][0] or ""):
                return position
        if scalar:
            return scalar[0]
        raise InputError(
            f"{self.target.source.path}: {self.target.function} returns no loss; "
            "name the function that computes it with --loss, or the forward function of a layer with --forward"
        )

    def _still_there(self, space: Space, owner: Any) -> dict[str, Any]:
        """The inputs without arrays of objects that the forward pass exchanged for others: states, and no parameters."""
        names_ = objects(self.target.source.tree)
        kept = [part for name in names_ if name in space for part in held(name, space[name])]
        kept += held("self", owner)
        there = {path: part.array for part in kept for path in part.paths}
        return {
            path: value
            for path, value in self.values.items()
            if path.split(".")[0] not in ("self", *names_) or self.put.get(path) is there.get(path)
        }

    def _left_behind(self, space: Space, owner: Any) -> Iterator[tuple[str, Any]]:
        """Gradients that are not returned: those kept by objects, numbers in dictionaries of the method's own, and global arrays."""
        for name, holder in [("self", owner), *((name, space.get(name)) for name in objects(self.target.source.tree))]:
            for part in held(name, holder):
                if not any(path in self.values for path in part.paths):
                    yield part.path, part.array
        for name, kept in vars(owner).items() if owner is not None else ():
            if isinstance(kept, dict):
                yield from ((f"self.{name}.{key}", value) for key, value in kept.items() if isinstance(value, (Real, float)))
        for name, spec in self.inputs.items():
            if isinstance(spec, PlainValue) and is_real_array(spec.value) and name not in self._argument_names():
                yield name, space.get(name)

    def _paired(self, loss: Any, named: Sequence[tuple[str | None, Any]], values: Mapping[str, Reals]) -> Outcome:
        gradients: list[Gradient] = []
        left: list[tuple[str, Any]] = []
        for name, value in named:
            if name is None or not (isinstance(value, np.ndarray) or lifted(value) is not None):
                continue
            short = names.last_part(name)
            parameter = self.target.pairs.get(name, self.target.pairs.get(short)) or names.parameter_of(name, values)
            if parameter is not None and parameter not in values:
                parameter = next((path for path in values if names.last_part(path) == parameter), None)
            if parameter is None:
                left.append((name, value))
            elif parameter not in {gradient.parameter for gradient in gradients}:
                gradients.append(Gradient(name, parameter, value))
        for name, value in left:
            free = [path for path in values if path not in {gradient.parameter for gradient in gradients}]
            fits = [path for path in free if np.shape(values[path]) == np.shape(value)]
            parameter = self._taken_from(name, fits) or self._called_like(name, value, fits, loss, values)
            gradients += [Gradient(name, parameter, value)] if parameter else []
        paired = {gradient.name for gradient in gradients}
        if not gradients and not names.returned_names(self.target.node()):
            raise Nothing(
                f"{self.target.source.path}:{self.target.node().lineno}: {self.target.function} returns nothing and keeps no gradient; "
                "let it return the gradients, or keep them as self.dW"
            )
        if not gradients:
            raise InputError(
                f"{self.target.source.path}: no returned value of {self.target.function} could be paired with one of "
                f"{', '.join(values) or 'the inputs'}; name pairs with --grad dW=W"
            )
        return Outcome(loss, tuple(gradients), tuple(name for name, _ in left if name not in paired), values)

    def _taken_from(self, gradient: str, fits: Sequence[str]) -> str | None:
        """The one parameter that an update of the file takes a gradient from, `bh -= rate * d_b`, whatever it is called."""
        short = names.last_part(gradient)
        updated = {names.last_part(weight) for name, weight in all_gone_along(self.target.source) if names.last_part(name) == short}
        found = [path for path in fits if names.last_part(path) in updated]
        return found[0] if len(updated) == len(found) == 1 else None

    def _called_like(self, gradient: str, value: Any, fits: Sequence[str], loss: Any, values: Mapping[str, Reals]) -> str | None:
        """The one parameter whose name a gradient has in part, `d_b` for `bh`: only where the numbers bear that out.

        A name in part is no reason to call anything wrong.
        """
        found = [path for path in fits if names.in_part(gradient, path)]
        if len(found) != 1 or not self.exact:
            return found[0] if len(found) == 1 else None
        exact = tape_adjoints(loss).of
        pairs = zip(values[found[0]].flat, map(lifted, np.ravel(np.asarray(value, object))), strict=True)
        same = [n is not None and x.node in exact and np.isclose(n.shown(), exact[x.node].shown(), rtol=1e-9) for x, n in pairs]
        return found[0] if all(same) else None

    # ------------------------------------------------------------------------------------------------------ layers

    def _pullback(self, space: Space, owner: Any) -> Outcome:
        """A forward and a backward function: the loss is the sum of all outputs, each times a free number."""
        forward = self.target.forward or ""
        made = self._called(space, owner, forward)
        outputs = list(labelled(made, self.target.node(forward)))
        before, values = set(self.values), self._still_there(space, owner)
        if made is None and owner is not None:  # what it computes stays with the object
            outputs = [(part.path, part.array) for part in held("self", owner) if part.path not in values]
        backward = self.target.node()
        extra, losses = self._given_back(made, outputs)
        if not losses:
            losses = [value for name, value in outputs if names.is_loss(name or "") and _is_number(value)]
        if not losses:
            raise InputError(f"{self.target.source.path}:{backward.lineno}: {self.target.function} takes no upstream gradient")
        values = {path: value for path, value in self.values.items() if path in values or path not in before}
        returned = self._called(space, owner, self.target.function, extra)
        named = [*labelled(returned, backward), *self._left_behind(space, owner)]
        return self._paired(self._total(losses) if self.exact else sum(losses), named, values)

    def _given_back(self, made: Any, outputs: Sequence[tuple[str | None, Any]]) -> tuple[dict[str, Any], list[Real]]:
        """The arguments of the backward function: inputs, what the forward one kept, free numbers for gradients from above; with each
        output times its own."""
        backward, forward = self.target.node(), self.target.node(self.target.forward or "")
        extra: dict[str, Any] = {}
        losses: list[Real] = []
        upstream: list[str] = []
        wanted = [name for name in parameter_names(backward) if name not in self.inputs]
        differentiable = _differentiable(made, outputs, wanted)
        for name in wanted:
            kept = self._kept(name, made, outputs)
            if kept is not None:
                extra[name] = kept[0]
            elif name in parameter_names(forward):
                extra[name] = self._argument(name)
            elif name not in optional(backward):
                output = self._output_of(name, differentiable, len(differentiable) if made is None else len(upstream))
                free = self._free(name, Free(np.shape(output)))
                losses += [x * y for x, y in zip(free.flat, np.ravel(np.asarray(output, object)), strict=True)]
                upstream.append(name)
                extra[name] = free.copy() if free.ndim else free.item()
        extra |= {name: self._argument(name) for name in parameter_names(backward) if name in self.inputs}
        return extra, losses

    def _kept(self, name: str, made: Any, outputs: Any) -> tuple[Any] | None:
        """What the forward function kept for the backward one: its cache."""
        if _is_cache(name):
            parts = made if isinstance(made, tuple) else (made,)
            return (parts[-1],)
        for label, value in outputs:
            if label == name:
                return (value,)
        return None

    def _output_of(self, gradient: str, outputs: Sequence[tuple[str | None, Any]], position: int) -> Any:
        by_name = {name: value for name, value in outputs if name is not None}
        found = names.parameter_of(gradient, by_name)
        if found is not None:
            return by_name[found]
        if position < len(outputs):
            return outputs[position][1]
        raise InputError(f"{self.target.source.path}: {gradient} is the gradient of no output of {self.target.forward}")


def _differentiable(made: Any, outputs: Sequence[tuple[str | None, Any]], wanted: Sequence[str]) -> list[tuple[str | None, Any]]:
    """The outputs that gradients from above may be of: not the cache, nor what stands in one."""
    beside = {id(value) for _, value in _parts(None, made[:-1])} if any(map(_is_cache, wanted)) and _ends_kept(made) else None
    return [
        (name, value)
        for name, value in outputs
        if name != "cache" and _is_output(value) and (beside is None or id(value) in beside)
    ]


def _is_cache(name: str) -> bool:
    return "cache" in name.lower() or name.lower() in ("mem", "memory", "ctx", "context_cache", "saved")


def _ends_kept(made: Any) -> bool:
    """Whether the last thing that a forward function returns holds several: what the backward one needs, and no output."""
    return isinstance(made, tuple) and len(made) > 1 and isinstance(made[-1], (tuple, list, dict))


def _is_number(value: Any) -> bool:
    """A number that is computed: whole numbers are counters."""
    if isinstance(value, np.ndarray):
        return value.size == 1 and value.dtype.kind in "fO"
    return isinstance(value, (Real, float, np.floating))


def _is_output(value: Any) -> bool:
    return isinstance(value, (Real, float)) or (isinstance(value, np.ndarray) and value.dtype.kind in "fO")


@contextmanager
def _quiet_and_seeded() -> Iterator[None]:
    """What the code prints is dropped; its random numbers are the same each time; floats may overflow while shapes are tried."""
    state, other = np.random.get_state(), random.getstate()
    np.random.seed(0)
    random.seed(0)
    try:
        with redirect_stdout(io.StringIO()), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)
        random.setstate(other)


def _in_order(entries: dict[Any, Any], order: list[str]) -> Any:
    """A dictionary of parameters, or the tuple of them that the code takes apart in this order."""
    return tuple(entries[name] for name in order) if order and set(order) <= set(entries) else entries


def _key(text: str) -> Any:
    return int(text) if text.isdigit() else text


def labelled(value: Any, function: ast.FunctionDef) -> Iterator[tuple[str | None, Any]]:
    """What a function returned, part by part, with the names that its `return` has for them."""
    wanted = names.returned_names(function)
    if len(wanted) == 1:
        inner = _written_out(function, wanted[0])
        if inner and isinstance(value, (tuple, list)) and len(inner) == len(value):
            wanted = inner
        else:
            yield from _parts(wanted[0], value)
            return
    flat = list(_flat(value))
    if isinstance(value, tuple) and len(value) == len(wanted):
        flat = list(value)
    for position, part in enumerate(flat):
        name = wanted[position] if len(flat) == len(wanted) else None
        yield from _parts(name, part)


def _parts(name: str | None, value: Any) -> Iterator[tuple[str | None, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield (f"{name or 'grads'}.{key}" if isinstance(key, (str, int)) else None), part
    elif isinstance(value, (tuple, list)) and not all(isinstance(part, (int, float)) for part in value):
        for position, part in enumerate(value):
            yield from _parts(f"{name}.{position}" if name else None, part)
    else:
        yield name, value


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _written_out(function: ast.FunctionDef, name: str | None) -> list[str | None]:
    """The names in the tuple or list that a local variable was last assigned."""
    found: list[str | None] = []
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, (ast.Tuple, ast.List))
            and names.name_of(node.targets[0]) == name
        ):
            found = [names.name_of(part) for part in names.flattened(node.value)]
    return found
