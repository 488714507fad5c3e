"""From a model to a program: derive the backward pass, prove every statement of it, write it as NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from symrnn.check import instance_for, read_model
from symrnn.judgement import Options, Report
from symrnn.model import Model
from symrnn.notes import builtin_notes
from symrnn.numeric.adjoint import Equation, adjoints
from symrnn.numeric.checks import Signature
from symrnn.numeric.cost import Cost, cost
from symrnn.numeric.errors import CannotCompile
from symrnn.numeric.named import NOW, Named, named
from symrnn.numeric.program import Compiled
from symrnn.numeric.proof import Prover
from symrnn.numeric.source import Parts, generate, roles
from symrnn.tensors import Ref
from symrnn.terms import Deriv, Relation, Sym, walk
from symrnn.verdict import Conditional, Definition, Proven, Slip, Wrong


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
        read = read_model(model.document, Options()).model
        return _compiled(read, _check_gradients(model, read))
    return _compiled(model)


@lru_cache(maxsize=8)
def _shipped(name: str) -> Compiled:
    if name != "notes":
        raise CannotCompile(f"there is no model {name!r}; the only one shipped is 'notes'. Compile the report of a checked document")
    return _compiled(read_model(builtin_notes(), Options()).model)


def _compiled(model: Model, remarks: tuple[str, ...] = ()) -> Compiled:
    network = named(model)
    loss = cost(network)
    backward = adjoints(network, loss)
    instance = instance_for(network.model, Options())
    before, prover = Prover(network.before, instance), Prover(network.model, instance)
    parts = Parts(
        network,
        loss,
        backward,
        restated=tuple(before.prove(equation) for equation in _restated(network)),
        through=tuple(prover.prove(equation) for equation in backward.through),
        gradients=tuple(prover.prove(equation) for equation in backward.gradients),
        remarks=remarks,
    )
    statements = (*parts.restated, *parts.through, *parts.gradients)
    return Compiled(_signature(network, loss), generate(parts), _names(network), statements)


def _restated(network: Named) -> Iterator[Equation]:
    for key in network.restated:
        quantity = network.model.quantities[key]
        assert quantity.definition is not None
        yield Equation(Ref(key, NOW if quantity.timed else None, quantity.shape), quantity.definition)


def _names(network: Named) -> dict[str, str]:
    """What a caller calls the quantities."""
    return {key: quantity.text for key, quantity in network.model.quantities.items()}


def _signature(network: Named, loss: Cost) -> Signature:
    found = roles(network, loss)
    quantities = network.model.quantities
    return Signature(
        parameters=tuple((q.text, q.shape) for q in network.parameters()),
        input=quantities[found.input].shape[0],
        target=loss.target.shape[0],
        states=tuple((quantities[key].text, quantities[key].shape[0]) for key in found.states),
        fixed=tuple(f"{quantities[key].text} starts at 0" for key in found.fixed),
        output=loss.output.quantity,
    )


def _check_gradients(report: Report, model: Model) -> tuple[str, ...]:
    """Remarks on gradients that were repaired. Raises CannotCompile for one that the document states and that is not proven."""
    remarks = []
    for judgement in report.judgements:
        if not _is_gradient(judgement.statement.relation, model):
            continue
        verdict, place = judgement.verdict, f"{report.document.name}:{judgement.statement.line}, {judgement.statement.label}"
        if isinstance(verdict, (Proven, Conditional, Definition)):
            continue
        if isinstance(verdict, (Slip, Wrong)) and verdict.repair is not None:
            remarks.append(f"{place} is {'wrong' if isinstance(verdict, Wrong) else 'a slip'} as written; it was repaired and proven.")
            continue
        reason = f"it is {verdict.word}, and no repair was proven" if isinstance(verdict, Wrong) else getattr(verdict, "reason", verdict.word)
        raise CannotCompile(f"the gradient at {place} is not proven: {reason}; correct it and check the document again")
    return tuple(remarks)


def _is_gradient(relation: Relation | None, model: Model) -> bool:
    """Whether an equation says what the derivative of the total loss by a parameter is."""
    if relation is None or not isinstance(relation.left, Deriv):
        return False
    by = relation.left.denominator
    letters = {node.name for _, node in walk(by) if isinstance(node, Sym)}
    numerator = relation.left.numerator
    return isinstance(numerator, Sym) and any(q.is_parameter and q.name.letter in letters for q in model.quantities.values())
