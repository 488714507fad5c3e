"""Gradients in a person's own tests: exact, without a step size or a tolerance.

The code runs in the process of the test; the message of a failure is what `symrnn code` prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symrnn.code.examine import Examined, examine_file
from symrnn.code.results import as_data
from symrnn.code.setting import SaidOfInputs
from symrnn.language.errors import InputError
from symrnn.showing.gradients import as_text

Shapes = Mapping[str, tuple[int, ...]]


def assert_gradient(
    function: Callable[..., Any],
    shapes: Shapes | None = None,
    values: Mapping[str, Any] | None = None,
    pairs: Mapping[str, str] | None = None,
    loss: Callable[..., Any] | str | None = None,
    allow: tuple[str, ...] = ("proven", "conditional"),
) -> None:
    """Assert that what a function or method returns are the exact derivatives of its loss.

    `shapes` are those of inputs that are arrays of free numbers, `values` inputs that are what they are; what is left out is found.
    `loss` is the function that computes the loss, where `function` does not return it. Raises AssertionError for a gradient whose
    verdict is not in `allow`, InputError where the function cannot be run.
    """
    partner = loss if isinstance(loss, str) or loss is None else loss.__qualname__
    _assert(function, SaidOfInputs(shapes or {}, _arrays(values), pairs or {}, partner, None), allow)


def assert_pullback(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    shapes: Shapes | None = None,
    values: Mapping[str, Any] | None = None,
    pairs: Mapping[str, str] | None = None,
    allow: tuple[str, ...] = ("proven", "conditional"),
) -> None:
    """Assert that a layer's backward function is the pullback of its forward function, for every upstream gradient."""
    _assert(backward, SaidOfInputs(shapes or {}, _arrays(values), pairs or {}, None, forward.__qualname__), allow)


def _arrays(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: np.array(value) if isinstance(value, list) else value for name, value in (values or {}).items()}


def _assert(function: Callable[..., Any], told: SaidOfInputs, allow: tuple[str, ...]) -> None:
    path = inspect.getsourcefile(inspect.unwrap(function))
    if path is None:
        raise InputError(f"{function!r} has no source file")
    examined = examine_file(path, function.__qualname__, told)
    if not _fine(examined, allow):
        raise AssertionError(as_text(as_data(examined)))


def _fine(examined: Examined, allow: tuple[str, ...]) -> bool:
    return bool(examined.verdicts) and all(verdict.word in allow for verdict in examined.verdicts)
