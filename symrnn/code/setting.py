"""The inputs of a function: what the person said about them, what the file says, and what fits when it is tried."""

from __future__ import annotations

import ast
import random
import re
import shlex
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from symrnn.code.loading import CodeText
from symrnn.code.names import last_part, parameter_of
from symrnn.code.shapes import STEPS, TIME, Described, NamedSizes, asserted, assignments, constructed, documented
from symrnn.code.subject import (
    CodeError,
    Free,
    Inputs,
    Needed,
    Nothing,
    Outcome,
    PlainValue,
    Runner,
    Subject,
    class_called,
    constructors,
    definition,
    functions_in,
    optional,
    parameter_names,
)
from symrnn.language.errors import InputError

_MOST_TRIALS = 2_000
_LARGEST = 64


@dataclass(frozen=True)
class SaidOfInputs:
    """What is said about inputs, by name: shapes of free arrays, values, pairs of gradients and parameters, partners."""

    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)
    loss: str | None = None
    forward: str | None = None

    def over(self, other: SaidOfInputs) -> SaidOfInputs:
        """Both; this one wins."""
        return SaidOfInputs(
            {**other.shapes, **self.shapes},
            {**other.values, **self.values},
            {**other.pairs, **self.pairs},
            self.loss or other.loss,
            self.forward or other.forward,
        )


# ------------------------------------------------------------------------------------------------------- what was said


def said_in_options(
    shapes: Sequence[str], values: Sequence[str], pairs: Sequence[str], loss: str | None, forward: str | None
) -> SaidOfInputs:
    """From options as they are written: `Whh=3,3`, `vocab_size=4`, `dWhh=Whh`. Raises InputError for what is not so."""
    return SaidOfInputs(
        {name: _shape(text) for name, text in map(_split, shapes)},
        {name: _literal(text) for name, text in map(_split, values)},
        dict(map(_split, pairs)),
        loss,
        forward,
    )


def _split(option: str) -> tuple[str, str]:
    name, equals, text = option.partition("=")
    if not equals or not name.strip() or not text.strip():
        raise InputError(f"{option!r} is not of the form NAME=VALUE; write, for instance, Whh=3,3")
    return name.strip(), text.strip()


def _shape(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in re.split(r"[,x×]", text.strip("()[] ")) if part.strip())
    except ValueError:
        raise InputError(f"{text!r} is no shape; write, for instance, 3,3") from None
    if any(not 0 < size <= _LARGEST for size in sizes):
        raise InputError(f"the sizes in {text!r} must be from 1 to {_LARGEST}")
    return sizes


def _literal(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return np.array(value) if isinstance(value, list) and _is_numeric(value) else value


def _is_numeric(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_numeric, value))
    return isinstance(value, (int, float))


def said_in_file(source: CodeText, function: str) -> SaidOfInputs:
    """Options in docstrings, on lines that begin with `symrnn:`, of the file and of the function."""
    options: list[str] = []
    for node in (source.tree, definition(source.tree, function)):
        for line in ((ast.get_docstring(node) or "") if node is not None else "").splitlines():
            if line.strip().startswith("symrnn:"):
                options += shlex.split(line.strip().removeprefix("symrnn:"))
    found: dict[str, list[str]] = {"--shape": [], "--set": [], "--grad": [], "--loss": [], "--forward": []}
    kind = ""
    for option in options:
        if option.startswith("--"):
            kind = option
            if kind not in found:
                raise InputError(f"{source.path}: {kind} in a docstring is none of {', '.join(found)}")
        elif kind:
            found[kind].append(option)
    loss, forward = ([None, *found[name]][-1] for name in ("--loss", "--forward"))
    return said_in_options(found["--shape"], found["--set"], found["--grad"], loss, forward)


def said_in_project(path: str) -> SaidOfInputs:
    """The table [tool.symrnn.code] of the nearest pyproject.toml: shape, set, grad, loss, forward."""
    for folder in Path(path).resolve().parents:
        file = folder / "pyproject.toml"
        if file.is_file():
            try:
                table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("symrnn", {}).get("code", {})
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                raise InputError(f"{file}: cannot be read: {error}") from None
            return _said_in_table(table, str(file))
    return SaidOfInputs()


_TABLE = {"shape": dict, "set": dict, "grad": dict, "loss": str, "forward": str}


def _said_in_table(table: Any, file: str) -> SaidOfInputs:
    """Raises InputError where the table is not of the form that it should have."""

    def check(holds: bool, key: str, what: str) -> None:
        if not holds:
            raise InputError(f"{file}: [tool.symrnn.code] {key} must be {what}")

    check(isinstance(table, dict), "", "a table")
    for key, value in table.items():
        if key not in _TABLE:
            raise InputError(f"{file}: [tool.symrnn.code] has no {key}; it has {', '.join(_TABLE)}")
        check(isinstance(value, _TABLE[key]), key, "a name" if _TABLE[key] is str else "a table")
    for name, sizes in table.get("shape", {}).items():
        good = isinstance(sizes, list) and all(type(size) is int and 0 < size <= _LARGEST for size in sizes)
        check(good, f"shape.{name}", "a list of sizes, such as [3, 4]")
    for name, parameter in table.get("grad", {}).items():
        check(isinstance(parameter, str), f"grad.{name}", "a name")
    shapes = {name: tuple(sizes) for name, sizes in table.get("shape", {}).items()}
    values = {name: np.array(v) if isinstance(v, list) else v for name, v in table.get("set", {}).items()}
    return SaidOfInputs(shapes, values, table.get("grad", {}), table.get("loss"), table.get("forward"))


# ---------------------------------------------------------------------------------------------------------- what fits


@dataclass(frozen=True)
class FittedInputs:
    """A target with inputs that fit it. `found` are the inputs that were found by trying, `sizes` the names of sizes."""

    target: Subject
    inputs: Inputs
    sizes: Mapping[str, int]
    found: tuple[str, ...] = ()


def setting(target: Subject, told: SaidOfInputs) -> FittedInputs:
    """The inputs of a target. Raises InputError where they are not known and nothing that was tried fits."""
    sizes = NamedSizes(told.values)
    known: dict[str, Free | PlainValue] = {name: Free(shape) for name, shape in told.shapes.items()}
    known.update({name: PlainValue(value) for name, value in told.values.items()})
    for name, size in _size_constants(target.source.tree, sizes, told).items():
        known.setdefault(name, PlainValue(size))
    made = constructed(target.source.tree, sizes)
    for path, shape in made.items():
        if path not in known and 0 < np.prod(shape) < 400:
            known[path] = PlainValue(np.zeros(shape)) if parameter_of(path, made) else Free(shape)
    documents: dict[str, tuple[int, ...]] = {}
    insisted = asserted(target.source.tree, sizes)
    wanted = (target.function, target.forward, target.loss, target.before)
    nodes = [definition(target.source.tree, name) for name in wanted if name]
    for node in nodes:
        known.update(
            {} if node is None else {n: PlainValue(size) for n, size in _large_defaults(node, sizes).items() if n not in known}
        )
        upstream = target.forward is not None and node is nodes[0]
        for name in parameter_names(node) if node is not None and not upstream else ():
            if node is not None and (name not in known or (name in made and name not in told.shapes)):
                shape_ = documented(node, name, sizes)
                if shape_ is not None and _WHOLE.match(name):
                    documents[name] = shape_
                elif shape_ is not None:
                    known[name] = Free(shape_)
    counts: set[str] = set()
    for constructor in constructors(target):
        known.update({name: PlainValue(size) for name, size in _large_defaults(constructor, sizes).items() if name not in known})
        counts.update(name for name in parameter_names(constructor) if class_called(target.source.tree, name) is None)
    others = [definition(target.source.tree, name) for name in functions_in(target.source.tree)]
    described = Described([n for n in nodes if n is not None], [n for n in others if n is not None], insisted, sizes)
    return _Search(target, known, sizes, documents, counts, described).best()


def _large_defaults(function: ast.FunctionDef, sizes: NamedSizes) -> dict[str, int]:
    """Sizes that a constructor, or a function, has by default, in small."""
    listed = [argument.arg for argument in function.args.args][-len(function.args.defaults) :] if function.args.defaults else []
    pairs = zip(listed, function.args.defaults, strict=True)
    large = [
        name for name, value in pairs if isinstance(value, ast.Constant) and type(value.value) is int and value.value > STEPS + 2
    ]
    return {name: sizes(name) for name in large}


_SIZE_NAME = re.compile(
    r"(size|dim|hidden|units|len|length|steps|vocab|num|^n_|_n$|batch|classes|features|^[A-Z]$|^T_|^n[a-z]$|bptt)", re.IGNORECASE
)


def _size_constants(tree: ast.Module, sizes: NamedSizes, told: SaidOfInputs) -> dict[str, int]:
    """Sizes that the file writes out at its top level, or counts with `len`, in small: each its own. Others may be made of these."""
    result: dict[str, int] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for name, value in assignments(node):
            whole = isinstance(value, ast.Constant) and type(value.value) is int and value.value > 1 and _SIZE_NAME.search(name)
            counted = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "len"
            made = isinstance(value, (ast.Name, ast.BinOp)) and _names_in(value) and _names_in(value) <= set(result)
            if name in told.values or not (whole or counted or made):
                continue
            size = sizes.expression(value) if made else sizes(name)
            if size is not None and 0 < size <= _LARGEST:
                result[name] = sizes.of[name] = size
    return result


def _names_in(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


_WHOLE = re.compile(
    r"^(targets?|labels?|ys?|y_true|y_?idx|inputs?|xs?|tokens?|ids|seq\w*|captions?|sentence|indices)$", re.IGNORECASE
)
_INPUT = re.compile(r"^(inputs?|x_?in\w*|input_?x|xs?|X|x_?t|x_?seq|seq\w*|tokens?|data|sentence|X_?\w*|xt|emb\w*)$")
_TARGET = re.compile(r"^(targets?|labels?|y_?targets?|y_?labels?|target_?id\w*|ys?|Y|y_?true|y_?t|ts?|Y_?\w*|gold|d|target_seq)$")
_STATE = re.compile(r"(prev|0$|init|_0|state|^h|^c|^a|^s)", re.IGNORECASE)
_ONE_STATE = re.compile(
    r"^(h|s|a|c|hs|cs|state|hidden|cell)(_?(prev|init|initial|last|old|0|state))?$|^(prev|init|initial|last|old)_?[a-z]+$"
)
_EARLIER = re.compile(r"^[A-Z]_?(prev|init|0)", re.ASCII)
_BIAS = re.compile(r"^(self\.)?b|bias|b$", re.IGNORECASE)
_MASK = re.compile(r"mask", re.IGNORECASE)
_RATE = re.compile(r"(lr|rate|eta|eps|reg|lambda|alpha|beta|momentum|decay|clip|scale|temperature|drop)", re.IGNORECASE)
_CACHE = re.compile(r"(cache|params?$|parameters$|weights$|model$|theta)", re.IGNORECASE)


#: Arguments of constructors that are arrays and no sizes.
_WEIGHT = re.compile(r"^(W|U|V|b)($|[^a-z]|[a-z]{1,2}\d?$)|^(weights?|bias\w*|embed_?W)", re.ASCII)
_RECURRENT = re.compile(r"^U|^Wh$|hh|aa|ss|rec|h2h", re.IGNORECASE)
_OUTPUT = re.compile(r"^V|y|out|^Wo$", re.IGNORECASE)
#: How far the choices of one trial may be from the likeliest ones, one after the other.
_BUDGETS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48)
#: How many of these are tried once something was found that runs, but is not beyond doubt.
_MORE_BUDGETS = 4


def is_target(path: str) -> bool:
    return _TARGET.match(last_part(path)) is not None


def is_state(path: str) -> bool:
    """Whether an input is called as a state is."""
    return _ONE_STATE.match(last_part(path)) is not None


#: What always helps where the inputs are not found.
_WAY_OUT = (
    "give --shape NAME=3,4 or --set NAME=4, or check a function of your own that takes the arrays, calls this code "
    "and returns the loss and the gradients"
)


class _Unknown:
    """An input of which nothing is known yet: whatever is done with it asks for it."""

    def __init__(self, path: str) -> None:
        self.__dict__["_path"] = path

    def _asked(self, *_: Any, **__: Any) -> Any:
        raise Needed(self.__dict__["_path"])

    __getattr__ = __getitem__ = __setitem__ = __len__ = __iter__ = __array__ = __call__ = __bool__ = __index__ = __float__ = (
        __contains__
    ) = _asked
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __matmul__ = __rmatmul__ = _asked
    __neg__ = __pow__ = __rpow__ = __lt__ = __le__ = __gt__ = __ge__ = __floordiv__ = __rfloordiv__ = __mod__ = _asked


class _Entries(dict[Any, Any]):
    """A dictionary of parameters: what is looked up in it is asked for."""

    def __init__(self, name: str, known: Mapping[Any, Any]) -> None:
        super().__init__(known)
        self._name = name

    def __missing__(self, key: Any) -> Any:
        self[key] = _Unknown(f"{self._name}.{key}")
        return self[key]


@dataclass
class _Trial(Runner):
    """A run that asks for what it does not know."""

    exact: bool = False

    def _argument(self, name: str) -> Any:
        if self.inputs.get(name) is _DICTIONARY:
            inner = {path: spec for path, spec in self.inputs.items() if path.startswith(f"{name}.")}
            entries = _Entries(name, {path.split(".", 1)[1]: self._value(path, spec) for path, spec in inner.items()})
            order = self._unpacked(name)
            return tuple(entries[part] for part in order) if order else entries
        try:
            return super()._argument(name)
        except KeyError:
            return _Unknown(name)

    def _arguments(self, function: ast.FunctionDef, but: Collection[str] = ()) -> dict[str, Any]:
        known = {name: self._argument(name) for name in parameter_names(function) if name not in but}
        return {name: value for name, value in known.items() if not (isinstance(value, _Unknown) and name in optional(function))}


_DICTIONARY = PlainValue("a dictionary of parameters")


class _Search:
    """Tries shapes, deepest first: an input is only chosen when the code uses it, so that a wrong choice fails soon."""

    def __init__(
        self,
        target: Subject,
        known: Mapping[str, Free | PlainValue],
        sizes: NamedSizes,
        documents: Mapping[str, tuple[int, ...]],
        counts: set[str],
        described: Described,
    ) -> None:
        self._target, self._known, self._sizes = target, dict(known), sizes
        self._documents, self._counts, self._described = documents, counts, described
        self._optional = set[str]().union(*map(optional, constructors(target)))
        calls = [node.func for node in ast.walk(target.source.tree) if isinstance(node, ast.Call)]
        self._called = {function.id for function in calls if isinstance(function, ast.Name)}
        self._trials = 0
        self._needed: dict[tuple[int, ...], str | None] = {}
        self._solutions: list[tuple[float, dict[str, Free | PlainValue]]] = []
        self._failure: tuple[tuple[bool, int], Exception | None] = ((False, -1), None)

    def best(self) -> FittedInputs:
        more = _MORE_BUDGETS
        for budget in _BUDGETS:
            self._try(dict(self._known), (), budget)
            more -= bool(self._solutions)
            if any(score >= 0 for score, _ in self._solutions) or not more or self._trials >= _MOST_TRIALS:
                break
        if not self._solutions:
            raise self._refusal()
        _, chosen = max(self._solutions, key=lambda pair: pair[0])
        found = tuple(path for path in chosen if path not in self._known)
        inputs = {path: spec for path, spec in chosen.items() if spec is not _DICTIONARY}
        # What a constructor takes and never uses was not asked for.
        inputs.update({name: PlainValue(None) for name in self._counts if name not in inputs and name not in self._optional})
        return FittedInputs(self._target, inputs, dict(self._sizes.of), found)

    def _refusal(self) -> Exception:
        error = self._failure[1]
        path = self._target.source.path
        if isinstance(error, CodeError):
            where = f"{path}:{error.line}" if error.line else path
            why = f"{error.kind}: {error.message}" if error.message else f"an {error.kind}"
            return InputError(f"{where}: no shapes were found that fit: {why}; {_WAY_OUT}")
        if isinstance(error, InputError):
            return error
        return InputError(f"{path}: no shapes were found that fit {self._target.function}; {_WAY_OUT}")

    def _try(self, inputs: dict[str, Free | PlainValue], ranks: tuple[int, ...], budget: int) -> None:
        """All choices whose ranks among the candidates add up to `budget` at most."""
        if self._trials >= _MOST_TRIALS or any(score >= 0 for score, _ in self._solutions):
            return
        if ranks not in self._needed:
            self._trials += 1
            self._needed[ranks] = self._tried(inputs)
        needed = self._needed[ranks]
        if needed is not None:
            for rank, spec in enumerate(self._ordered(needed, inputs)[: budget + 1]):
                self._try({**inputs, needed: spec}, (*ranks, rank), budget - rank)

    def _ordered(self, path: str, inputs: Mapping[str, Free | PlainValue]) -> list[Free | PlainValue]:
        """The candidates, first the shapes of inputs with a name of the same kind: Wr is shaped as Wz is.

        Where an input is a vector, columns come last.
        """
        name = last_part(path)
        alike = [spec for other, spec in inputs.items() if _alike(name, last_part(other)) and isinstance(spec, Free)]
        shape = self._described.shape(name) if path not in self._documents else None
        alike = [Free(shape)] if shape and not _WHOLE.match(name) else alike
        others = [spec for spec in self._candidates(path) if spec not in alike]
        if any(isinstance(spec, Free) and len(spec.shape) == 1 for spec in inputs.values()):
            others.sort(key=_is_column)  # the code has vectors
        if self._described.in_rows and not self._described.has_steps:
            others.sort(key=lambda spec: not self._is_row(name, spec))
        return [*dict.fromkeys(alike), *others]

    def _is_row(self, name: str, spec: Free | PlainValue) -> bool:
        """Whether a shape is the likely one where examples are rows: x (n, d), Wx (d, h), Wh (h, h), b (h,), each once per gate."""
        h, _, d, n, _ = self._dimensions()
        cells = (self._described.gates or 1) * h
        likely: tuple[int, ...]
        if name[:1].isupper():
            likely = (h, cells) if "h" in name else (d, cells)
        elif _BIAS.search(name):
            likely = (cells,)
        else:
            likely = (n, d) if _INPUT.match(name) else (n, h)
        return isinstance(spec, Free) and spec.shape == likely

    def _tried(self, inputs: dict[str, Free | PlainValue]) -> str | None:
        """The input that a run with these would need to go on; None where it came to an end, well or not."""
        try:
            self._solutions.append((_score(_Trial(self._target, inputs).run()), inputs))
        except Needed as needed:
            return needed.path
        except CodeError as error:
            name = _undefined(error.message) if error.kind == "NameError" else None
            if name and name not in self._called:
                return name
            way_out = "put the file that defines it beside this one" if name else _beyond_shapes(error.message)
            if way_out:
                raise InputError(f"{self._target.source.path}:{error.line}: {error.message}; {way_out}") from None
            self._failed((True, len(inputs)), error)
        except InputError as error:
            self._failed((isinstance(error, Nothing), len(inputs)), error)
        return None

    def _failed(self, depth: tuple[bool, int], error: Exception) -> None:
        """Keep what the code itself said, before what it left unpaired, and of that what came with the most inputs chosen."""
        if depth > self._failure[0] or (isinstance(error, Nothing) and depth >= self._failure[0]):
            self._failure = (depth, error)

    def _candidates(self, path: str) -> list[Free | PlainValue]:
        """What an input may be, by its name and by what the code says of it, the likeliest first."""
        name = last_part(path)
        h, v, d, n, t = self._dimensions()
        if path in self._counts and not _WEIGHT.search(name):
            return [PlainValue(size) for size in (v, d, h)] if not _SIZE_NAME.search(name) else [PlainValue(self._sizes(name))]
        if path in self._documents:
            shape = self._documents[path]
            entries = int(np.prod(shape))
            return [Free(shape), *(PlainValue(_whole_numbers(name, entries, below).reshape(shape)) for below in (v, d, h, 2))]
        if _CACHE.search(name) and "." not in path:
            return [_DICTIONARY]
        if _MASK.search(name):
            return [PlainValue(_mask((n, t))), PlainValue(_mask((t,))), PlainValue(_mask((t, n)))]
        if _RATE.search(name):
            return [PlainValue(0.5), PlainValue(1)]
        if _SIZE_NAME.search(name) and len(name) > 1 and not _INPUT.match(name):
            return [PlainValue(self._sizes(name)), *(PlainValue(size) for size in (h, v, d, n, t))]
        if _TARGET.match(name):
            return self._targets(name)
        return self._inputs(name) if _INPUT.match(name) else self._weights(name)

    def _targets(self, name: str) -> list[Free | PlainValue]:
        """Classes, or what is compared with the output."""
        _, v, _, n, t = self._dimensions()
        shapes = ((t, v), (v, t), (v,), (v, 1), (t, v, 1), (n, t, v), (n, v), (t, n, v), (v, n, t), (t,), (t, 1))
        whole, batch = _whole_numbers(name, t, v), _whole_numbers(name, n * t, v).reshape(n, t)
        return [PlainValue(whole), PlainValue(batch), PlainValue(1), *map(Free, shapes), PlainValue(_whole_numbers(name, n, v))]

    def _inputs(self, name: str) -> list[Free | PlainValue]:
        """Numbers that look up columns of a matrix, or vectors."""
        _, v, d, n, t = self._dimensions()
        steps: tuple[tuple[int, ...], ...] = ((t, d), (n, t, d), (t, n, d), (d,), (d, 1), (n, d), (t, d, 1), (d, t), (d, n, t))
        arrays = [Free(shape) for shape in (*steps, (d, n), (1, d), (t,), (t, 1))]
        numbers, batch = PlainValue(_whole_numbers(name, t, v)), PlainValue(_whole_numbers(name, n * t, d).reshape(n, t))
        if not self._described.has_steps:
            return [*sorted(arrays, key=lambda array: t in array.shape or len(array.shape) > 2), numbers, batch]
        others = [batch, PlainValue(_whole_numbers(name, t, d))]
        return [*arrays, numbers, *others] if self._described.multiplies(name) else [numbers, *arrays, *others]

    def _weights(self, name: str) -> list[Free | PlainValue]:
        """Biases, states and matrices; where gates are stacked, the shapes with all of them first."""
        h, v, d, n, _ = self._dimensions()
        gates = self._described.gates
        if _BIAS.search(name):
            cells = (gates or 4) * h
            stacked = [(cells,), (cells, 1), (3 * h,), (3 * h, 1)]
            biases = [(h, 1), (v, 1), (h,), (v,), (1, h), (1, v), *stacked, (d,), (1, cells), ()]
            return [Free(shape) for shape in sorted(biases, key=lambda shape: gates and gates * h not in shape)]
        shapes = _matrices(name, h, v, d, gates or 4)
        if gates:
            shapes.sort(key=lambda shape: gates * h not in shape)
        matrices, states = [Free(s) for s in shapes], [Free((h, 1)), Free((h,)), Free((n, h)), Free((1, h))]
        if (_STATE.search(name) and not name[:1].isupper()) or _EARLIER.match(name):
            return [*states, *matrices]
        return [*matrices, *states, Free((v,)), Free((d,))]

    def _dimensions(self) -> tuple[int, int, int, int, int]:
        """Sizes of state, classes, input, batch and time: as the file has them, where it has names for them."""
        of = self._sizes.of

        def named(pattern: str, otherwise: int) -> int:
            return next((size for name, size in of.items() if re.search(pattern, name, re.IGNORECASE)), otherwise)

        h = named(r"hidden|cell|^H$|^H_?size$|^n_?[ah]$|units|state", 3)
        v = named(r"vocab|class|^V$|^X_?size$|^K$|^n_?y$|output|^C$|^M$", 4 if h != 4 else 3)
        d = named(
            r"input|^in_?dim|^D$|^n_?x$|^x_?(dim|size)$|feature|embed|^I$",
            next(size for size in (2, 6, 7, 8) if size not in (h, v)),
        )
        n = named(r"batch|^N$|^B$|^m$", next(size for size in (2, 6, 7, 8) if size not in (h, v, d)))
        return h, v, d, n, named(TIME.pattern, STEPS)


def _is_column(spec: Free | PlainValue) -> bool:
    return isinstance(spec, Free) and len(spec.shape) == 2 and 1 in spec.shape


def _alike(a: str, b: str) -> bool:
    """Names that differ in one letter that is not the first, or in a number."""
    return a != b and len(a) == len(b) > 1 and sum(x != y for x, y in zip(a, b, strict=True)) == 1 and a[0] == b[0]


def _matrices(name: str, h: int, v: int, d: int, gates: int) -> list[tuple[int, int]]:
    """One row or column more than those of the input and the state is that of the bias."""
    cells = gates * h
    plain = [(h, v), (v, h), (h, d), (d, h), (h, h), (h, h + v), (h, h + d), (h + v, h), (h + d, h), (h, 1 + h + d), (1 + h + d, h)]
    stacked = [(cells, v), (cells, h), (cells, d), (d, cells), (h, cells), (v, cells)]
    stacked += [(cells, h + v), (cells, h + d), (h + d, cells), (h + v, cells), (cells, 1 + h + d), (1 + h + d, cells)]
    if _RECURRENT.search(name):
        plain = [(h, h), *(shape for shape in plain if shape != (h, h))]
    elif _OUTPUT.search(name):
        plain = [(v, h), (h, v), *plain[2:]]
    return [*plain, (v, d), (d, v), *stacked, (3 * h, h), (3 * h, d), (h, 3 * h), (d, 3 * h), (v, v), (d, d)]


def _whole_numbers(name: str, count: int, below: int) -> np.ndarray[Any, Any]:
    """Numbers from 0 that change from step to step; all of them occur when there are enough."""
    order = list(range(below))
    random.Random(f"order of {name}").shuffle(order)
    return np.array([order[(i + i // below) % below] for i in range(count)])


def _mask(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    result = np.ones(shape)
    result.reshape(-1)[2::4] = 0
    return result


def _beyond_shapes(message: str) -> str | None:
    """What helps against an error that comes with inputs of every shape."""
    if message.startswith("module "):
        return "correct that line"
    return "write // there" if re.search(r"'float' object cannot be interpreted|single integer, got '", message) else None


def _undefined(message: str) -> str | None:
    found = re.match(r"name '(\w+)' is not defined", message)
    return found.group(1) if found else None


def _score(outcome: Outcome) -> float:
    """0 for shapes that are beyond doubt: every gradient has the shape of its parameter, and the loss is one number."""
    misfits = sum(np.shape(gradient.value) != outcome.values[gradient.parameter].shape for gradient in outcome.gradients)
    return -float(misfits) - float(np.size(outcome.loss) != 1)
