"""Arrays of numbers that remember how they were computed: what NumPy's functions do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.code.errors import Refused
from symrnn.code.numbers import Real, Tape, apply_to_number, largest, lifted, smallest

Array = np.ndarray[Any, Any]


class Reals(np.ndarray[Any, Any]):
    """An object array of `Real`. Whatever is put into it is lifted; what would lose derivatives raises `Refused`."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        options.pop("dtype", None)
        options.pop("casting", None)
        targets = None if out is None else tuple(None if target is None else _target(target) for target in out)
        name = ufunc.__name__
        if name in _REDUCED and method == "reduce":
            return _delivered(_reduced(_REDUCED[name], inputs[0], **options), out)
        function = _function(ufunc, name, method)
        if method == "at":
            getattr(function, method)(_target(inputs[0]), _plain_index(inputs[1]), *(_operand(x) for x in inputs[2:]))
            return None
        operands = [_operand(x) for x in inputs]
        if targets is not None:
            options["out"] = targets if len(targets) > 1 else targets[0]
        result = getattr(function, method)(*operands, **options)
        if out is not None:
            return out[0] if len(out) == 1 else out
        return as_reals(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rule = _FUNCTIONS.get(function.__name__)
        if rule is not None:
            return rule(*args, **kwargs)
        module = function.__module__.removeprefix("numpy.")
        if module in ("linalg", "fft") and function.__name__ not in _LINEAR_FINE:
            raise Refused(f"np.{module}.{function.__name__} has no exact rule")
        return as_reals(super().__array_function__(function, types, args, kwargs))

    def __setitem__(self, index: Any, value: Any) -> None:
        np.ndarray.__setitem__(self.view(np.ndarray), _plain_index(index), _operand(value))

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(_plain_index(index))

    def astype(self, dtype: Any, *_: Any, **__: Any) -> Any:
        if is_real(dtype):
            return self.copy()
        values = [_constant(x, f"astype({np.dtype(dtype)})") for x in self.flat]
        return np.array([float(value) for value in values]).reshape(self.shape).astype(dtype)

    def fill(self, value: Any) -> None:
        self[...] = value

    def clip(self, low: Any = None, high: Any = None, out: Any = None, **names: Any) -> Any:  # type: ignore[override]
        return clip(self, names.get("min", low), names.get("max", high), out)

    def __deepcopy__(self, memo: object) -> Reals:
        return self.copy()

    def tolist(self) -> Any:
        return self.view(np.ndarray).tolist()

    def tobytes(self, *_: Any, **__: Any) -> bytes:
        raise Refused("the bytes of an array would lose the derivatives of numbers that depend on the inputs")

    def __float__(self) -> float:
        return float(self.item())


def is_real(dtype: Any) -> bool:
    """Whether a dtype stands for real numbers here: floats of every width, and objects."""
    return dtype is None or np.dtype(dtype).kind in "fO"


def reals(values: Any) -> Reals:
    """A new array of Reals of numbers, or of arrays and lists of them.

    Raises Refused for what no number is.
    """
    source = np.asarray(values)
    if source.dtype.kind not in "biufO":
        raise Refused(f"an array of {source.dtype} holds no numbers")
    result = np.empty(source.shape, object)
    flat = result.reshape(-1)
    for position, x in enumerate(source.reshape(-1)):
        number = lifted(x)
        if number is None:
            raise Refused(f"{type(x).__name__} in an array of numbers")
        flat[position] = number
    return result.view(Reals)


def filled(shape: Any, value: Fraction) -> Reals:
    result = np.empty(shape, object)
    result[...] = Tape.current.constant(value)
    return result.view(Reals)


def as_reals(result: Any) -> Any:
    """Object arrays among what NumPy returned, as Reals."""
    if isinstance(result, np.ndarray) and result.dtype == object and not isinstance(result, Reals):
        return result.view(Reals) if result.ndim else result[()]
    if isinstance(result, (list, tuple)) and any(isinstance(part, np.ndarray) for part in result):
        return type(result)(as_reals(part) for part in result) if type(result) in (list, tuple) else result
    return result


def _plain_index(index: Any) -> Any:
    if isinstance(index, Reals):
        return index.astype(int)
    if isinstance(index, tuple):
        return tuple(_plain_index(part) for part in index)
    return index


def _target(x: Any) -> Array:
    if x.dtype != object:
        raise Refused(f"an array of {x.dtype} cannot take numbers that depend on the inputs; make it with np.zeros")
    return np.asarray(x.view(np.ndarray))


def _operand(x: Any) -> Any:
    """What NumPy computes with: plain object arrays of Reals, other numbers lifted, indices and masks as they are."""
    if isinstance(x, Reals):
        return x.view(np.ndarray)
    if isinstance(x, (list, tuple)):
        x = np.asarray(x)
    if isinstance(x, np.ndarray):
        return reals(x).view(np.ndarray) if x.dtype.kind in "biufO" else x
    number = lifted(x)
    return x if number is None else number


def _constant(x: Any, what: str) -> Fraction:
    number = lifted(x)
    if number is None or number.rational is None:
        raise Refused(f"{what} would lose the derivative of a number that depends on the inputs")
    return number.rational


def _delivered(result: Any, out: Any) -> Any:
    if out is None or out[0] is None:
        return result
    out[0][...] = result
    return out[0]


# ------------------------------------------------------------------------------------------------- elementwise functions


def _lifting(function: Callable[..., Any]) -> Callable[..., Any]:
    def on_numbers(*numbers: Any) -> Any:
        return function(*(lifted(x) for x in numbers))

    return on_numbers


def _named(name: str) -> Callable[[Real], Real]:
    return lambda x: apply_to_number(name, x)


def _one() -> Real:
    return Tape.current.constant(Fraction(1))


def _two() -> Real:
    return Tape.current.constant(Fraction(2))


def expit(x: Real) -> Any:
    return _one() / (_one() + (-x).exp())


def _sign(x: Real) -> Real:
    return Tape.current.constant(Fraction(int(x > 0) - int(x < 0)))


def _log_add_exp(x: Real, y: Real) -> Any:
    return (x.exp() + y.exp()).log()


def _xlogy(x: Real, y: Real) -> Real:
    return x if x.rational == 0 else x * y.log()


#: Elementwise functions by the name of NumPy's (or SciPy's) ufunc.
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "tanh": _named("tanh"),
    "exp": _named("exp"),
    "log": _named("log"),
    "sqrt": _named("sqrt"),
    "sin": _named("sin"),
    "cos": _named("cos"),
    "arctan": _named("arctan"),
    "erf": _named("erf"),
    "tan": lambda x: x.sin() / x.cos(),
    "sinh": lambda x: (x.exp() - (-x).exp()) / _two(),
    "cosh": lambda x: (x.exp() + (-x).exp()) / _two(),
    "log1p": lambda x: (_one() + x).log(),
    "expm1": lambda x: x.exp() - _one(),
    "exp2": lambda x: (x * _two().log()).exp(),
    "log2": lambda x: x.log() / _two().log(),
    "log10": lambda x: x.log() / Tape.current.constant(Fraction(10)).log(),
    "logaddexp": _log_add_exp,
    "hypot": lambda x, y: (x * x + y * y).sqrt(),
    "expit": expit,
    "logit": lambda x: (x / (_one() - x)).log(),
    "log_expit": lambda x: -(_one() + (-x).exp()).log(),
    "xlogy": _xlogy,
    "square": lambda x: x * x,
    "reciprocal": lambda x: _one() / x,
    "absolute": abs,
    "fabs": abs,
    "sign": _sign,
    "heaviside": lambda x, y: _one() if x > 0 else y if x == 0 else Tape.current.constant(Fraction(0)),
    "maximum": lambda x, y: x if x >= y else y,
    "minimum": lambda x, y: x if x <= y else y,
    "fmax": lambda x, y: x if x >= y else y,
    "fmin": lambda x, y: x if x <= y else y,
    "conjugate": lambda x: x,
    "positive": lambda x: x,
}
_TRUTHS: dict[str, Callable[..., bool]] = {"isnan": lambda x: False, "isinf": lambda x: False, "isfinite": lambda x: True}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Ufuncs that NumPy itself applies to objects by their operators.
_OPERATORS = _words(
    "add subtract multiply true_divide divide negative power float_power matmul vecdot less less_equal greater greater_equal equal "
    "not_equal logical_and logical_or logical_not remainder floor_divide"
)
_REDUCED: dict[str, Callable[..., Real]] = {"maximum": largest, "fmax": largest, "minimum": smallest, "fmin": smallest}
_VECTORISED: dict[str, Any] = {
    name: np.frompyfunc(_lifting(function), function.__code__.co_argcount if hasattr(function, "__code__") else 1, 1)
    for name, function in ELEMENTWISE.items()
}


def _truth(name: str) -> Any:
    return lambda x, **_: np.full(np.shape(x), _TRUTHS[name](x)) if np.ndim(x) else _TRUTHS[name](x)


class _Truth:
    def __init__(self, name: str) -> None:
        self.__call__ = _truth(name)


def _function(ufunc: Any, name: str, method: str) -> Any:
    """What stands for a ufunc. Raises Refused where nothing does."""
    if name in _OPERATORS:
        return ufunc
    if name in _TRUTHS:
        return _Truth(name)
    if name in _VECTORISED:
        return _VECTORISED[name]
    raise Refused(f"np.{name} has no exact rule")


def elementwise(name: str, *operands: Any) -> Any:
    """A function of ELEMENTWISE applied to numbers or arrays."""
    return as_reals(_VECTORISED[name](*(_operand(x) for x in operands)))


def _reduced(
    function: Callable[..., Real], a: Any, axis: Any = 0, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The largest or smallest numbers along an axis (or several, or all)."""
    if where is not True:
        raise Refused("a maximum with where= has no exact rule")
    source = a.view(np.ndarray) if isinstance(a, Reals) else reals(a).view(np.ndarray)
    axes = tuple(range(source.ndim)) if axis is None else tuple(np.atleast_1d(axis) % source.ndim)
    kept = [axis for axis in range(source.ndim) if axis not in axes]
    rows = source.transpose([*kept, *axes]).reshape(*(source.shape[axis] for axis in kept), -1)
    result = np.empty(rows.shape[:-1], object)
    for index in np.ndindex(*result.shape):
        numbers = [lifted(x) for x in rows[index]]
        result[index] = function([x for x in numbers if x is not None])
    if keepdims:
        result = result.reshape([1 if axis in axes else source.shape[axis] for axis in range(source.ndim)])
    return as_reals(result)


# ----------------------------------------------------------------------------------------------------- NumPy's functions


def clip(a: Any, low: Any = None, high: Any = None, out: Any = None, **names: Any) -> Any:
    """np.clip lets everything through and counts what it would have changed: what is proven holds while it changes nothing."""
    low, high = names.get("a_min", names.get("min", low)), names.get("a_max", names.get("max", high))
    tape = Tape.current
    bounds = [bound for bound in (low, high) if bound is not None]
    shown = f"{_shown(low, '-∞')} ≤ x ≤ {_shown(high, '∞')}"
    for bound in bounds:
        for x in np.atleast_1d(_operand(bound)).flat:
            _constant(x, "np.clip to")
    place = (tape.line(), shown)
    values = _operand(a)
    below = 0 if low is None else sum(bool(x) for x in np.atleast_1d(_exceeds(_operand(low), values)).flat)
    above = 0 if high is None else sum(bool(x) for x in np.atleast_1d(_exceeds(values, _operand(high))).flat)
    tape.clipped[place] = tape.clipped.get(place, 0) + below + above
    if out is not None:
        out[...] = a
        return out
    return a.copy() if isinstance(a, np.ndarray) else a


def _shown(bound: Any, without: str) -> str:
    if bound is None:
        return without
    number = lifted(bound)
    return f"{number.shown():g}" if number is not None else "bound"


def _above(x: Any, y: Any) -> bool:
    a, b = lifted(x), lifted(y)
    return a is not None and b is not None and bool(a.ball > b.ball)


_exceeds: Any = np.frompyfunc(_above, 2, 1)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2, "fro") or (axis is None and np.ndim(x) > 1 and ord == 2):
        raise Refused(f"np.linalg.norm with ord={ord} has no exact rule")
    return elementwise("sqrt", np.sum(x * x, axis=axis, keepdims=keepdims))


def _close(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, **_: Any) -> Any:
    def near(x: Any, y: Any) -> bool:
        u, v = lifted(x), lifted(y)
        return u is not None and v is not None and abs(u.shown() - v.shown()) <= atol + rtol * abs(v.shown())

    return np.frompyfunc(near, 2, 1)(_operand(a), _operand(b))


def _where(condition: Any, *values: Any) -> Any:
    chosen = np.asarray(condition).astype(bool) if not isinstance(condition, Reals) else np.asarray(condition != 0).astype(bool)
    if not values:
        return np.nonzero(chosen)
    return as_reals(np.where(chosen, *(_operand(x) for x in values)))


def _like(value: int) -> Callable[..., Any]:
    def make(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
        size = np.shape(a) if shape is None else shape
        return filled(size, Fraction(value)) if is_real(dtype) else np.full(size, value, dtype)

    return make


def _full_like(a: Any, fill_value: Any, dtype: Any = None, **_: Any) -> Any:
    result = filled(np.shape(a), Fraction(0))
    result[...] = fill_value
    return result


def _copied(a: Any, *_: Any, **__: Any) -> Any:
    return a.copy()


def _rounding(name: str) -> Callable[..., Any]:
    def refuse(a: Any, *_: Any, **__: Any) -> Any:
        for x in np.ravel(_operand(a)):
            _constant(x, f"np.{name}")
        return a

    return refuse


def _nan_to_num(x: Any, *_: Any, **__: Any) -> Any:
    return x.copy()


def _einsum(subscripts: Any, *operands: Any, **options: Any) -> Any:
    options.pop("optimize", None)
    return as_reals(np.einsum(subscripts, *(_operand(x) for x in operands), **options))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "clip": clip,
    "norm": _norm,
    "where": _where,
    "isclose": _close,
    "allclose": lambda *args, **names: bool(np.all(_close(*args, **names))),
    "zeros_like": _like(0),
    "ones_like": _like(1),
    "empty_like": _like(0),
    "full_like": _full_like,
    "copy": _copied,
    "nan_to_num": _nan_to_num,
    "einsum": _einsum,
    "round": _rounding("round"),
    "around": _rounding("around"),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "array_repr": lambda a, *_, **__: repr(a.view(np.ndarray)),
    "array_str": lambda a, *_, **__: str(a.view(np.ndarray)),
}
_LINEAR_FINE = frozenset(
    {"norm", "multi_dot", "matrix_power", "outer", "matmul", "vecdot", "matrix_transpose", "diagonal", "trace"}
)


def entries(values: Iterable[Any]) -> list[Real]:
    """The numbers of an array, lifted."""
    return [number for number in map(lifted, values) if number is not None]
