"""Back-propagation through a network of one's own: the derivative of its loss by everything in it, derived and proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from symrnn.deciding.decide import dependencies
from symrnn.deciding.evidence import Scope
from symrnn.judging.answers import NetworkDerivatives, NoAnswer, backward
from symrnn.judging.check import judge_in
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import Options
from symrnn.judging.networks import Stretch, networks
from symrnn.judging.verdict import Conditional, Proven
from symrnn.language.budget import TooLarge, limited
from symrnn.language.errors import InputError
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Affine, Jac, Map, Ref, Softmax, Tensor
from symrnn.language.terms import Deriv, Relation, Sub, Sym
from symrnn.reading.definitions import Understanding
from symrnn.reading.document import Document, Statement
from symrnn.reading.document.records import Expression

#: What one equation may cost to derive and to prove, in operations.
_BUDGET = 14_000_000
_LETTERS = frozenset("tkjilmnsrq")

Kind = Literal["last", "adjoint", "parameter", "input", "initial"]


@dataclass(frozen=True)
class BackwardStep:
    """An equation of the backward pass: the derivative of the loss by `subject`, which acts on the loss through `through`."""

    kind: Kind
    subject: Ref
    through: tuple[Ref, ...]
    relation: Relation
    verdict: Proven | Conditional


@dataclass(frozen=True)
class Backpropagation:
    """The equations of one network, and the derivatives of its loss in the order in which they are computed.

    `missing` are the quantities whose derivative could not be derived, or not be proven.
    """

    judge: Judge
    loss: Ref
    definitions: tuple[tuple[Statement, Quantity], ...]
    steps: tuple[BackwardStep, ...]
    missing: tuple[Ref, ...]

    @property
    def model(self) -> Model:
        return self.judge.understanding.model

    @property
    def scope(self) -> Scope:
        return self.judge.decider.scope()

    def is_open(self, quantity: Quantity) -> bool:
        """Whether a number is a function of what it uses that the document leaves open."""
        return NetworkDerivatives(self.model, frozenset()).is_open(quantity)


def backpropagations(document: Document, options: Options | None = None) -> tuple[Backpropagation, ...]:
    """The back-propagation of every network of a document that has a loss; where none has, with one that is left open.

    Raises:
        InputError: no network is defined.
    """
    options = options or Options()
    for read in (document, _with_a_loss(document)):
        found = [made for stretch in networks(read, options) for made in _of_stretch(read, stretch, options)]
        if found:
            return tuple(found)
    raise InputError(
        f"{document.name}: no network is defined, so there is nothing to differentiate; write the equations of the state and the output, "
        r"and a loss such as L = \sum_t L_t"
    )


def _with_a_loss(document: Document) -> Document:
    """A document with the derivative of a loss that nothing is said of: any differentiable function of the outputs of each step."""
    taken = {node.name for relation in document.relations for node in relation.nodes() if isinstance(node, Sym)}
    letter = Sym(next(name for name in ("L", "E", "J", "ell", "C") if name not in taken or name == "C"))
    asked = Deriv(Sub(letter, (Sym("t", style="index"),)), Sym("theta"))
    places = {s.section: s.place for s in document.statements}
    return replace(
        document, expressions=(*document.expressions, *(Expression(at, section, "", asked) for section, at in places.items()))
    )


def _of_stretch(document: Document, stretch: Stretch, options: Options) -> Iterator[Backpropagation]:
    """The back-propagation of a network, if it has a loss."""
    known = stretch.understanding
    letters = _LETTERS - {q.name.letter for q in known.model.quantities.values()}
    understanding = replace(known, lexicon=replace(known.lexicon, indices=known.lexicon.indices | letters))
    loss = differentiated_loss(understanding.model)
    if loss is None:
        return
    relations = list(document.relations)
    judge = judge_in(understanding, options, relations)
    steps, missing = [], []
    for kind, subject in _subjects(understanding, loss):
        step = _derived(judge, kind, loss, subject)
        if step is not None:
            steps.append(step)
        else:
            missing.append(subject)
    quantities = understanding.model.quantities
    defines = sorted((p, key) for p, key in understanding.defines.items() if 0 <= p < len(document.statements))
    definitions = tuple((document.statements[p], quantities[key]) for p, key in defines)
    yield Backpropagation(judge, loss, definitions, tuple(steps), tuple(missing))


def differentiated_loss(model: Model) -> Ref | None:
    """The loss: a number that nothing else uses, of the whole sequence where there is one."""
    derivative = NetworkDerivatives(model, frozenset())
    used = frozenset().union(*(q.uses for q in model.quantities.values() if not isinstance(q.definition, Jac)))
    losses = [q for q in model.quantities.values() if q.definition is not None and q.key not in used and derivative.is_loss(q)]
    losses = [q for q in losses if not isinstance(q.definition, Jac) and _reaches_parameter(model, q)]
    chosen = next((q for q in losses if not q.timed), next(iter(losses), None))
    return None if chosen is None else Ref(chosen.key, Affine.of(_time(model)) if chosen.timed else None, ())


def _reaches_parameter(model: Model, quantity: Quantity) -> bool:
    return any(model.quantities[key].is_parameter for key in dependencies(_definition(quantity), model))


def _definition(quantity: Quantity) -> tuple[Tensor, ...]:
    return () if quantity.definition is None else (quantity.definition,)


def _time(model: Model) -> str:
    """The letter that counts the steps of the definitions."""
    letters = sorted(model.time_letters - {model.horizon})
    return "t" if "t" in letters or not letters else letters[0]


def _other_letter(model: Model) -> str:
    """A letter for an earlier step than that of the loss."""
    taken = {q.name.letter for q in model.quantities.values()} | {_time(model), model.horizon}
    free: list[str] = [letter for letter in (*"kjsimlnrq", "t") if letter not in taken]
    return free[0]


def _subjects(understanding: Understanding, loss: Ref) -> Iterator[tuple[Kind, Ref]]:
    """What the loss is differentiated by, in the order of the backward pass."""
    model = understanding.model
    time, last = Affine.of(_time(model)), model.last
    below = dependencies(_definition(model.quantities[loss.quantity]), model)
    order = [key for _, key in sorted(understanding.defines.items()) if key in below]
    inner = [model.quantities[key] for key in reversed(order) if key in _written(model)]
    for quantity in inner:
        if _acts_later(model, quantity) and loss.time is None:
            yield "last", Ref(quantity.key, last, quantity.shape)
        yield "adjoint", Ref(quantity.key, time if quantity.timed else None, quantity.shape)
        if loss.time is not None and quantity.recurrence < 0:
            yield "adjoint", Ref(quantity.key, Affine.of(_other_letter(model)), quantity.shape)
    free = [q for q in model.quantities.values() if q.key in below and q.definition is None and not q.slope]
    free = [q for q in free if not _is_target(model, q)]
    yield from (("parameter", Ref(q.key, None, q.shape)) for q in free if q.is_parameter)
    yield from (("input", Ref(q.key, time, q.shape)) for q in free if q.timed)
    first = Affine((), model.first - 1)
    yield from (("initial", Ref(q.key, first, q.shape)) for q in inner if q.recurrence < 0)


def _written(model: Model) -> frozenset[str]:
    """The quantities by which derivatives are written: neither losses nor the probabilities that only a loss with an equation uses."""
    derivative = NetworkDerivatives(model, frozenset())
    inner = {q.key for q in model.quantities.values() if q.definition is not None and not isinstance(q.definition, Jac)}
    losses = {key for key in inner if derivative.is_loss(model.quantities[key])}
    users = {key: {q.key for q in model.quantities.values() if key in q.uses} for key in inner}
    probable = {key for key in inner if _is_probability(model.quantities[key])}
    told = {key for key in probable if not any(derivative.is_open(model.quantities[user]) for user in users[key])}
    outputs = {key for key in told if users[key] and _all_losses(model, users[key])}
    return frozenset(inner - losses - outputs)


def _is_probability(quantity: Quantity) -> bool:
    definition = quantity.definition
    return isinstance(definition, Softmax) or (isinstance(definition, Map) and definition.function == "sigma")


def _all_losses(model: Model, keys: set[str]) -> bool:
    derivative = NetworkDerivatives(model, frozenset())
    return all(derivative.is_loss(model.quantities[key]) or isinstance(model.quantities[key].definition, Jac) for key in keys)


def _is_target(model: Model, quantity: Quantity) -> bool:
    """Whether only losses use what is given from outside."""
    return _all_losses(model, {q.key for q in model.quantities.values() if quantity.key in q.uses})


def _acts_later(model: Model, quantity: Quantity) -> bool:
    """Whether a quantity stands in the equation of a later step."""
    here, derivative = Affine.of("t"), NetworkDerivatives(model, frozenset())
    users = (q for q in model.quantities.values() if q.timed and not isinstance(q.definition, Jac))
    return any(use.time is not None and use.time != here for q in users for use in derivative.reads(q, quantity.key))


def _derived(judge: Judge, kind: Kind, loss: Ref, subject: Ref) -> BackwardStep | None:
    """The derivative of the loss by one quantity, where it can be derived and proven."""
    setting = judge.mender.setting
    kept = _written(setting.model)
    with limited(_BUDGET), suppress(NoAnswer, TooLarge):
        for relation, _ in backward(loss, subject, kept, setting):
            verdict = judge.hearing.holds(relation)
            if verdict is not None:
                through = NetworkDerivatives(setting.model, kept).acts_on(loss, subject)
                return BackwardStep(kind, subject, through, relation, verdict)
    return None
