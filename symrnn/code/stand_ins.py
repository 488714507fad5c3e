"""What the person's code gets for numpy, math and scipy.special: the same names, and arrays that remember."""

from __future__ import annotations

import builtins
import math
import types
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from symrnn.code.arrays import ELEMENTWISE, Reals, as_reals, clip, elementwise, filled, is_real, reals
from symrnn.code.errors import Refused
from symrnn.code.numbers import Real, Tape, lifted, printed


def _has_reals(x: Any) -> bool:
    if isinstance(x, (Real, Reals)):
        return True
    if isinstance(x, np.ndarray):
        return bool(x.dtype == object)
    return isinstance(x, (list, tuple)) and any(_has_reals(part) for part in x)


def _array(values: Any, dtype: Any = None, *rest: Any, **options: Any) -> Any:
    """np.array: numbers with a point become Reals; whole numbers and truth values stay what they are."""
    if not is_real(dtype):
        return values.astype(dtype) if isinstance(values, Reals) else np.array(values, dtype, *rest, **options)
    made = np.array(values, dtype=object) if _has_reals(values) else np.array(values)
    if made.dtype.kind in "fO" or (dtype is not None and made.dtype.kind in "biu"):
        made = reals(made)
    least = options.get("ndmin", 0)
    while made.ndim < least:
        made = made[np.newaxis]
    return made


def _as_array(values: Any, dtype: Any = None, *rest: Any, **options: Any) -> Any:
    return values if isinstance(values, Reals) and is_real(dtype) else _array(values, dtype)


def _filler(value: int) -> Callable[..., Any]:
    def make(shape: Any, dtype: Any = None, *rest: Any, **_: Any) -> Any:
        size = tuple(int(n) for n in shape) if isinstance(shape, (tuple, list)) else shape
        return filled(size, Fraction(value)) if is_real(dtype) else np.full(size, value, dtype)

    return make


def _full(shape: Any, fill_value: Any, dtype: Any = None, **_: Any) -> Any:
    if not is_real(dtype) or (dtype is None and isinstance(fill_value, (bool, int))):
        return np.full(shape, fill_value, dtype)
    result = filled(shape, Fraction(0))
    result[...] = fill_value
    return result


def _like(value: int) -> Callable[..., Any]:
    def make(a: Any, dtype: Any = None, *rest: Any, **options: Any) -> Any:
        a = a if isinstance(a, np.ndarray) else _array(a)
        kind = a.dtype if dtype is None else dtype
        return filled(np.shape(a), Fraction(value)) if is_real(kind) else np.full(np.shape(a), value, kind)

    return make


def _full_like(a: Any, fill_value: Any, dtype: Any = None, **_: Any) -> Any:
    return _full(np.shape(a), fill_value, getattr(a, "dtype", None) if dtype is None else dtype)


def _identity(n: Any, m: Any = None, k: int = 0, dtype: Any = None, **_: Any) -> Any:
    made = np.eye(n, m, k)
    return reals(made) if is_real(dtype) else made.astype(dtype)


def _copy(a: Any, *_: Any, **__: Any) -> Any:
    return a.copy() if isinstance(a, np.ndarray) else _array(a)


def _elementwise(name: str) -> Callable[..., Any]:
    native = getattr(np, name, None)

    def call(*operands: Any, **options: Any) -> Any:
        if native is not None and not any(_has_reals(x) for x in operands):
            return native(*operands, **options)
        if options or (native is not None and any(isinstance(x, Reals) for x in operands)):
            made = [_array(x) if isinstance(x, (list, tuple)) else x for x in operands]
            return native(*made, **options)  # type: ignore[misc]
        return elementwise(name, *operands)

    return call


def _numpy_function(name: str) -> Callable[..., Any]:
    """A function of NumPy on lists of Reals as well, which NumPy alone would not recognise."""
    native = getattr(np, name)

    def call(*operands: Any, **options: Any) -> Any:
        made = [_array(x) if _is_list_of_numbers(x) else x for x in operands]
        return as_reals(native(*made, **options))

    return call


def _is_list_of_numbers(x: Any) -> bool:
    """A list, possibly nested, of single numbers some of which are Reals: NumPy would not look into it."""
    return isinstance(x, (list, tuple)) and any(isinstance(part, Real) or _is_list_of_numbers(part) for part in x)


class _Module(types.ModuleType):
    """A module whose names are looked up in a table first, then in the real one."""

    def __init__(self, name: str, table: dict[str, Any], real: Any) -> None:
        super().__init__(name)
        self.__dict__.update(table)
        self.__dict__["__path__"] = []
        self._real = real

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real, name)


_ON_LISTS = """
    sum prod mean dot matmul outer concatenate vstack hstack stack column_stack dstack tensordot einsum where max min amax amin
    argmax argmin transpose reshape ravel expand_dims squeeze average cumsum split array_split repeat tile flip roll
"""

NUMPY = _Module(
    "numpy",
    {
        "array": _array,
        "asarray": _as_array,
        "asanyarray": _as_array,
        "ascontiguousarray": _as_array,
        "zeros": _filler(0),
        "ones": _filler(1),
        "empty": _filler(0),
        "full": _full,
        "zeros_like": _like(0),
        "ones_like": _like(1),
        "empty_like": _like(0),
        "full_like": _full_like,
        "eye": _identity,
        "identity": _identity,
        "copy": _copy,
        "clip": lambda a, *rest, **names: clip(a, *rest, **names) if _has_reals(a) else np.clip(a, *rest, **names),
        **{name: _numpy_function(name) for name in _ON_LISTS.split()},
        **{name: _elementwise(name) for name in ELEMENTWISE if hasattr(np, name)},
        "abs": _elementwise("absolute"),
        # Names that NumPy had and people still write.
        "float": float,
        "int": int,
        "bool": bool,
        "object": object,
        "float_": np.float64,
        "product": _numpy_function("prod"),
        "Inf": np.inf,
    },
    np,
)

_MATH = ("tanh", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "log1p", "expm1", "log2", "log10")


def _math_function(name: str) -> Callable[..., Any]:
    native = getattr(math, name)

    def call(x: Any, *rest: Any) -> Any:
        if not isinstance(x, (Real, Reals)):
            return native(x, *rest)
        value = x.item() if isinstance(x, Reals) else x
        result = elementwise(name, value)
        return result / elementwise("log", lifted(rest[0])) if rest else result

    return call


MATH = _Module(
    "math",
    {**{name: _math_function(name) for name in _MATH}, "pow": lambda x, y: x**y, "fsum": sum, "isnan": lambda x: x != x},
    math,
)


def _softmax(x: Any, axis: Any = None) -> Any:
    e = NUMPY.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def _log_sum_exp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, **_: Any) -> Any:
    e = NUMPY.exp(a) if b is None else b * NUMPY.exp(a)
    return NUMPY.log(e.sum(axis=axis, keepdims=keepdims))


def _log_softmax(x: Any, axis: Any = None) -> Any:
    return x - _log_sum_exp(x, axis=axis, keepdims=True)


class _Absent:
    """Something of a library that is not run here; using it says so."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name == "dtype":  # NumPy asks for it
            self()
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent(f"{self._name}.{name}")

    def __call__(self, *args: Any, **_: Any) -> Any:
        raise Refused(f"{self._name} is not NumPy and has no exact rule")

    __getitem__ = __call__

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """A class may be derived from it; what it inherits is not there."""
        return ()


class AbsentModule(types.ModuleType):
    """Stands for a library that is not loaded. Its decorators for compilers give the function back."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__dict__["__path__"] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.split(".")[0] == "numba" and name in ("jit", "njit", "vectorize"):
            return _same
        return _Absent(f"{self.__name__}.{name}")


def _same(function: Any = None, *_: Any, **__: Any) -> Any:
    return function if callable(function) else _same


SPECIAL = _Module(
    "scipy.special",
    {
        **{name: _elementwise(name) for name in ("expit", "logit", "log_expit", "xlogy", "erf", "log1p", "expm1")},
        "softmax": _softmax,
        "log_softmax": _log_softmax,
        "logsumexp": _log_sum_exp,
    },
    AbsentModule("scipy.special"),
)
SCIPY = _Module("scipy", {"special": SPECIAL}, AbsentModule("scipy"))

MODULES: dict[str, types.ModuleType] = {"numpy": NUMPY, "math": MATH, "scipy": SCIPY, "scipy.special": SPECIAL}
for _name in ("autograd.numpy", "jax.numpy", "cupy"):
    MODULES[_name] = NUMPY


def real_number(x: Any = 0) -> Any:
    """`float` in the person's code: a number that depends on the inputs stays what it is.

    Raises Refused for one that is read from its own text.
    """
    if isinstance(x, str) and x.strip() in getattr(Tape, "current", Tape()).texts:
        raise Refused("float() of a printed number would lose the derivative of a number that depends on the inputs")
    if isinstance(x, Reals) and x.size == 1:
        return x.item()
    return x if isinstance(x, Real) else builtins.float(x)


def percent(left: Any, right: Any) -> Any:
    """`%` in the person's code, where it may print a number."""
    if not isinstance(left, str):
        return left % right
    given = right if isinstance(right, tuple) else (right,)
    parts = tuple(x.item() if isinstance(x, Reals) and x.size == 1 else x for x in given)
    shown = tuple(x.shown() if isinstance(x, Real) else x for x in parts)
    text = left % (shown if isinstance(right, tuple) else shown[0])
    return printed(text) if any(isinstance(x, Real) for x in parts) else text
