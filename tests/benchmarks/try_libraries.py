"""Runs the plain program on PyTorch and JAX and compares it with the fast one; neither is a dependency of symrnn.

python tests/benchmarks/try_libraries.py [FILE …]        # without a file the notes
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from symrnn.running import compile
from symrnn.running.compiler import plan
from symrnn.running.plain import plain

STEPS = 6


def torch_arrays() -> Callable[[Any], Any]:
    import torch

    return lambda a: torch.asarray(a)


def jax_arrays() -> Callable[[Any], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    return lambda a: jax.numpy.asarray(a)


def main() -> None:
    for file in sys.argv[1:] or ["notes"]:
        program, namespace = compile(file), {}
        exec(plain(plan(file)), namespace)
        rng = np.random.default_rng(0)
        signature = program.signature
        labels = [label for axes in program.parameters.values() for label in axes]
        sizes = {label: 3 + n for n, label in enumerate(dict.fromkeys([*labels, signature.input, signature.target]))}
        params = {name: np.asarray(rng.normal(size=[sizes[label] for label in axes])) for name, axes in program.parameters.items()}
        x, y = (rng.normal(size=(STEPS, *([sizes[label]] if label else []))) for label in (signature.input, signature.target))
        first = {name: rng.normal(size=[sizes[label]] if label else []) for name, label in signature.states}
        loss, gradients = program.gradients(params, x, y, first)
        for name, make in {"PyTorch": torch_arrays, "JAX": jax_arrays}.items():
            try:
                convert = make()
            except ImportError as error:
                print(f"{name}: {error.name} is not installed")
                continue
            found, others = namespace["loss_and_gradients"](*map(convert, (*params.values(), x, y, *first.values())))
            np.testing.assert_allclose(float(found), loss, rtol=1e-12)
            for key, gradient in gradients.items():
                np.testing.assert_allclose(np.asarray(others[key]), gradient, rtol=1e-11, atol=1e-13, err_msg=key)
            print(f"{file} on {name}: the loss and {len(gradients)} gradients agree")


if __name__ == "__main__":
    main()
