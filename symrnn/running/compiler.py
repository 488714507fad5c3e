"""From a model to a program: derive the backward pass, prove every statement of it, write it as NumPy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from symrnn.judging.check import NAMED_MODELS, check, instance_for, read_model
from symrnn.judging.judgement import Options, Report
from symrnn.judging.verdict import Assumption, Conditional, Definition, Proven, Slip, Undecided, Unread, Wrong
from symrnn.language.model import Model, Name
from symrnn.language.parts import letters_in
from symrnn.language.tensors import Affine, Build, Map, Pick, Ref, Tensor
from symrnn.language.terms import Deriv, Relation, Sub, Sup, Sym, walk
from symrnn.reading.document import Document, read_document
from symrnn.reading.notes import builtin_notes
from symrnn.running.adjoint import TensorEquation, adjoints, joins
from symrnn.running.cost import NOW
from symrnn.running.errors import CannotCompile
from symrnn.running.gate import agree
from symrnn.running.loop import Printer, as_numpy
from symrnn.running.named import Named, named
from symrnn.running.plain import plain
from symrnn.running.plan import Plan, roles, without_kernel
from symrnn.running.products import numbers_first
from symrnn.running.program import Compiled, Functions
from symrnn.running.proof import EquationProver, ProvenEquation
from symrnn.running.source import ProgramText, generate
from symrnn.running.table import known

#: What can be compiled: a model by its name, a document or the path of one, what a check of it said, or a model.
Given = str | Path | Document | Report | Model


def compile(model: Given = "notes", functions: Functions | None = None) -> Compiled:
    """The program of a model: its forward pass, its loss and the gradients, as NumPy functions for any length and any
    size.

    `model` is the name of a model that symrnn ships (``notes``), the path of a Markdown or TeX file, a `Document`, the
    `Report` of one that was checked, or a `Model`. A document is checked first. `without_kernel` are those that the model leaves
    open (φ), by name, each with its derivative: both take an array and return one of its shape. Raises CannotCompile when a part of the
    model has no rule, when a statement of the backward pass is not proven for every length and size, or when the document
    states a gradient that is neither proven nor repaired; InputError when a file cannot be read or defines no network.

    >>> program = compile("notes")
    >>> [name for name, labels in program.parameters.items()]
    ['U', 'W', 'V']
    """
    return program_of(model, as_numpy, functions)


def program_of(model: Given, printer: Printer, functions: Functions | None = None) -> Compiled:
    """The program of a model, with its loops over time as the printer says them. Raises CannotCompile."""
    passed = functions or {}
    planned = plan(model, frozenset(passed))
    names = {key: quantity.text for key, quantity in planned.network.model.quantities.items()}
    own = {name: passed[name] if name in passed else known(name) for name in planned.functions}
    given = {name: pair for name, pair in own.items() if pair is not None}
    return Compiled(planned.signature, gated(planned, printer), names, planned.statements, given)


def gated(planned: Plan, printer: Printer = as_numpy) -> ProgramText:
    """The text of a program, which computes what the network does. Raises CannotCompile where it does not."""
    source = generate(planned, printer)
    agree(planned, source)
    return source


def plain_program(model: Given) -> str:
    """The text of one readable function, for the arrays of any library. Raises CannotCompile."""
    planned = plan(model)
    gated(planned)
    return plain(planned)


def plan(model: Given, passed: frozenset[str] = frozenset()) -> Plan:
    """What a program is made of, with every statement proven. `passed` are the functions that a caller gives. Raises CannotCompile."""
    if isinstance(model, str) and model in NAMED_MODELS:
        return _shipped(model)
    if isinstance(model, (str, Path)):
        model = _document(model)
    if isinstance(model, Document):
        model = check(model)
    if isinstance(model, Report):
        _check_lines(model)
        remarks = _check_gradients(model)
        try:
            return _planned(model.network, remarks, passed)
        except CannotCompile as error:
            raise CannotCompile(f"{_place(model, error.about)}{error}") from None
    return _planned(model, (), passed)


@lru_cache(maxsize=8)
def _shipped(name: str) -> Plan:
    return _planned(read_model(builtin_notes(), Options(model=name)).model)


def _document(path: str | Path) -> Document:
    if isinstance(path, str) and not Path(path).suffix and not Path(path).exists():
        names = ", ".join(repr(name) for name in NAMED_MODELS)
        raise CannotCompile(f"there is no model {path!r} and no such file; the models are {names}, or give a Markdown or TeX file")
    return read_document(path)


def _planned(model: Model, remarks: tuple[str, ...] = (), passed: frozenset[str] = frozenset()) -> Plan:
    if not any(q.definition is not None for q in model.quantities.values()):
        raise CannotCompile("no equation defines a network (such as h_t = tanh(U x_t + W h_{t-1})); add its equations")
    network = named(model)
    given, own = roles(network), without_kernel(network, passed)
    backward = adjoints(network)
    instance = instance_for(network.model, Options())
    before, whole, prover = (EquationProver(model, instance) for model in (network.before, network.model, network.free_blocks()))
    made = Plan(
        network,
        backward,
        given,
        restated=tuple(_restated(network, before)),
        through=tuple(map(prover.prove, backward.through)),
        gradients=tuple((whole if joins(e) else prover).prove(e) for e in backward.gradients),
        outside=tuple(map(prover.prove, backward.outside)),
        remarks=remarks,
        functions=own,
    )
    return made


def _restated(network: Named, prover: EquationProver) -> Iterator[ProvenEquation]:
    """That each definition which got names still says what the document says."""
    for key in network.restated:
        quantity = network.model.quantities[key]
        old, new = network.before.quantities[key].definition, quantity.definition
        assert old is not None and new is not None
        equation = TensorEquation(Ref(key, NOW if quantity.timed else None, quantity.shape), new)
        if numbers_first(network.unnamed(new)) is not numbers_first(old):
            yield prover.prove(_argument_of(old, new) or equation)
        yield prover.by_definition(equation)


def _argument_of(old: Tensor, new: Tensor) -> TensorEquation | None:
    """That the arguments are equal, where a function of one component became the function of a vector."""
    if not isinstance(old, Build) or not isinstance(old.body, Map) or not isinstance(new, Map):
        return None
    if (old.body.function, old.body.order) != (new.function, new.order):
        return None
    component = Pick(new.argument, (Affine.of(old.variable),))
    return TensorEquation(component, old.body.argument, ((old.variable, "component", old.label),))


def _check_lines(report: Report) -> None:
    """Raises CannotCompile for a line that was not read and has a letter of the network, or that would define a quantity and does not."""
    letters = {q.name.letter: q.text for q in report.network.quantities.values()}
    for judgement in report.judgements:
        statement, verdict = judgement.statement, judgement.verdict
        if not isinstance(verdict, (Unread, Undecided)):
            continue
        found = next((letters[x] for x in _LETTER.findall(statement.latex) if x in letters), None)
        left = statement.relation.left if statement.relation is not None else None
        if found is None or not (left is None or isinstance(left, (Sym, Sub, Sup))):
            continue
        raise CannotCompile(
            f"{statement.place}: this line has the letter {found} of the network and is {verdict.word} ({verdict.reason}); "
            "a program without it may be another network: write it so that it is decided, or take it out"
        )


_LETTER = re.compile(r"[A-Za-z]+")


def _place(report: Report, key: str) -> str:
    """Where a document defines a quantity, for the front of a message; empty where that is not known."""
    quantity = report.network.quantities.get(key)
    for judgement in report.judgements if quantity is not None else ():
        relation = judgement.statement.relation
        if isinstance(judgement.verdict, Definition) and relation is not None and quantity is not None:
            first = next((node for _, node in walk(relation.left) if isinstance(node, Sym)), None)
            if first is not None and Name.of(first).letter == quantity.name.letter:
                return f"{judgement.statement.place}: "
    return ""


def _check_gradients(report: Report) -> tuple[str, ...]:
    """Remarks on gradients that were repaired, or proven at some sizes only.

    Raises CannotCompile for one that the document states and that is not proven.
    """
    remarks = []
    for judgement in report.judgements:
        if not _is_gradient(judgement.statement.relation, report.network):
            continue
        verdict, place = judgement.verdict, f"{judgement.statement.place}, {judgement.statement.label}"
        if isinstance(verdict, (Definition, Assumption)):
            continue
        if isinstance(verdict, (Proven, Conditional)):
            if judgement.proof is None:
                remarks.append(f"The gradient at {place} was proven at the sizes of the check only, and is not used here.")
            continue
        if not isinstance(verdict, (Slip, Wrong)):
            raise CannotCompile(f"the gradient at {place} is {verdict.word}: {verdict.reason}; correct it and check again")
        if verdict.repair is None:
            raise CannotCompile(f"the gradient at {place} is wrong, and no repair was proven; correct it and check again")
        word = "wrong" if isinstance(verdict, Wrong) else "a slip"
        remarks.append(f"The gradient at {place} is {word} as written, and was repaired.")
    return tuple(remarks)


def _is_gradient(relation: Relation | None, model: Model) -> bool:
    """Whether an equation says what the derivative of the total loss by a parameter is."""
    if relation is None or not isinstance(relation.left, Deriv):
        return False
    by = relation.left.denominator
    letters = letters_in(by)
    numerator = relation.left.numerator
    return isinstance(numerator, Sym) and any(q.is_parameter and q.name.letter in letters for q in model.quantities.values())
