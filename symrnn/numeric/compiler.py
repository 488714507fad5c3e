"""From a model to a program: derive the backward pass, prove every statement of it, write it as NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from symrnn.check import instance_for, read_model
from symrnn.judgement import Judgement, Options, Report
from symrnn.model import Model, Quantity
from symrnn.notes import builtin_notes
from symrnn.numeric.adjoint import Adjoints, Equation, adjoints
from symrnn.numeric.checks import Signature
from symrnn.numeric.cost import Cost, cost
from symrnn.numeric.errors import CannotCompile
from symrnn.numeric.named import NOW, Named, named
from symrnn.numeric.program import Compiled
from symrnn.numeric.proof import Prover, Statement
from symrnn.numeric.source import Parts, generate
from symrnn.tensors import Affine, Const, Dot, Full, Jac, Ref, Tensor
from symrnn.verdict import Conditional, Proven, Slip, Wrong


def compile(model: str | Model | Report = "notes") -> Compiled:
    """The program of a model: its forward pass, its loss and the gradients, as NumPy functions for any length and any size.

    `model` is the name of a model that symrnn ships (``notes``), a `Model`, or the `Report` of a document that was checked. Raises
    CannotCompile when a part of the model has no rule, when a statement of the backward pass is not proven, or
    when the document states a gradient that is neither proven nor repaired.

    >>> program = compile("notes")
    >>> [name for name, labels in program.parameters.items()]
    ['U', 'W', 'V']
    """
    if isinstance(model, str):
        return _shipped(model)
    if isinstance(model, Report):
        understanding = read_model(model.document, Options())
        _refuse_wrong_gradients(model)
        return _compiled(understanding.model)
    return _compiled(model)


@lru_cache(maxsize=8)
def _shipped(name: str) -> Compiled:
    if name != "notes":
        raise CannotCompile(f"there is no model {name!r}; the only one shipped is 'notes'. Compile the report of a checked document")
    return _compiled(read_model(builtin_notes(), Options()).model)


def _compiled(model: Model) -> Compiled:
    network = named(model)
    loss = cost(network)
    backward = adjoints(network, loss)
    instance = instance_for(network.model, Options())
    before = Prover(network.before, instance)
    prover = Prover(network.model, instance)
    parts = Parts(
        network,
        loss,
        backward,
        restated=tuple(before.prove(equation) for equation in _restated(network)),
        through=tuple(prover.prove(equation) for equation in backward.through),
        gradients=tuple(prover.prove(equation) for equation in backward.gradients),
    )
    signature = _signature(network, loss)
    return Compiled(signature, generate(parts, signature))


def _restated(network: Named) -> Iterator[Equation]:
    for key in network.restated:
        quantity = network.model.quantities[key]
        assert quantity.definition is not None
        yield Equation(Ref(key, NOW if quantity.timed else None, quantity.shape), quantity.definition)
