"""The derivation of every gradient of somebody's own network, written line by line in the letters of the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from symrnn.judging.backprop import Backpropagation, BackwardStep
from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.together.ledger import ledger
from symrnn.judging.verdict import Conditional, Definition
from symrnn.language.tensors import Affine, Ref
from symrnn.language.terms import Term
from symrnn.notation import latex, latex_relation, unicode
from symrnn.notation.from_tensors import Notation
from symrnn.notation.said import said
from symrnn.reading.document import Document, Statement
from symrnn.reading.document.records import Place
from symrnn.showing.derivation import Derivation, JudgedDerivation, Kind, Proved

_NETWORK, _BACKWARD = "The network", "The backward pass, from the last step to the first"
_GRADIENTS, _OUTSIDE = "Gradients by the parameters", "What is sent out: inputs and initial states"
_TEXTS = {
    _BACKWARD: "Each quantity receives, from every equation it stands in, the derivative by the left side of that equation times "
    "the slope of the right side. What lies after the last step sends nothing.",
    _GRADIENTS: "A parameter is the same at every step, so that what it does at each of them adds up.",
}
_SECTIONS = {"last": _BACKWARD, "adjoint": _BACKWARD, "parameter": _GRADIENTS, "input": _OUTSIDE, "initial": _OUTSIDE}


def own_derivation(document: Document, found: Backpropagation, number: int, count: int) -> JudgedDerivation:
    """The derivation of one network of a document, each line with the verdict that it was derived with."""
    loss = _latex(found, found.loss)
    which = f", network {number} of {count}" if count > 1 else ""
    page = Derivation(
        Path(document.name).name,
        f"Back-propagation in {Path(document.name).name}{which}",
        f"The derivative of ${loss}$ by everything that it depends on, derived from the equations of {Path(document.name).name} and proven "
        f"line by line. Derivatives by a vector or a matrix have its shape.{_open_loss(found)}",
        texts=dict(_TEXTS),
    )
    lines = [*_definitions(page, found), *_steps(page, found)]
    statements = tuple(judgement.statement for judgement in lines)
    made = replace(document, statements=statements, expressions=(), sections=tuple(dict.fromkeys(s.section for s in statements)))
    model = tuple(said(s.relation) for s, _ in found.definitions if s.relation is not None)
    report = Report(made, tuple(lines), ledger(lines), model, found.scope, found.model)
    proved = tuple(Proved(n, line, judgement) for n, (line, judgement) in enumerate(zip(page.lines, lines, strict=True), 1))
    return JudgedDerivation(page, report, proved)


def _open_loss(found: Backpropagation) -> str:
    """What a loss stands for that no equation gives."""
    opened = [q for q in found.model.quantities.values() if found.is_open(q)]
    letters = [f"${_latex(found, Ref(q.key, Affine.of('t') if q.timed else None, ()))}$" for q in opened]
    return f" No equation gives {', '.join(letters)}: any differentiable function of the outputs of its step." if letters else ""


def left_open(found: Backpropagation) -> str:
    """What could not be derived, or not be proven, in one line; empty where there is nothing."""
    if not found.missing:
        return ""
    names = ", ".join(f"∂{unicode(_term(found, found.loss))}/∂{unicode(_term(found, ref))}" for ref in found.missing)
    return f"not derived: {names}; write what you have for it, and `symrnn check` judges it"


# ----------------------------------------------------------------------------------------------------------------- lines


def _definitions(page: Derivation, found: Backpropagation) -> Iterator[Judgement]:
    for statement, quantity in found.definitions:
        number = _add(page, "definition", statement.latex, f"Line {statement.place.line} of the notes.", _NETWORK)
        yield Judgement(replace(statement, label=str(number), section=_NETWORK), Definition.of(quantity), network=found.model)


def _steps(page: Derivation, found: Backpropagation) -> Iterator[Judgement]:
    for number, step in enumerate(found.steps, len(found.definitions) + 1):
        section = _SECTIONS[step.kind]
        given = step.verdict.hypotheses if isinstance(step.verdict, Conditional) else ()
        text = latex_relation(step.relation)
        kind: Kind = "result" if step.kind == "parameter" else "step"
        _add(page, kind, text, _reason(found, step), section, tuple(map(str, given)))
        place = Place(page.name, number, 1)
        statement = Statement(f"s{number}", place, str(number), section, text, step.relation, None, number, False, "", None)
        yield Judgement(statement, step.verdict, network=found.model)


def _add(page: Derivation, kind: Kind, text: str, reason: str, section: str, given: Sequence[str] = ()) -> int:
    if page.current != section:
        page.section(section, page.texts.get(section, ""))
    page.add(kind, text, reason, tuple(given))
    return len(page.lines)


# --------------------------------------------------------------------------------------------------------------- reasons


def _reason(found: Backpropagation, step: BackwardStep) -> str:
    # What has no step of its own sums over the steps of the network, and these begin after the initial state.
    refs = [ref for ref in dict.fromkeys(step.through) if step.kind != "initial" or ref.time is not None]
    subject, through = f"${_latex(found, step.subject)}$", [f"${_latex(found, ref)}$" for ref in refs]
    ways = " and ".join([", ".join(through[:-1]), through[-1]] if len(through) > 1 else through)
    if step.kind == "last":
        return f"At the last step nothing comes back from later ones: {subject} acts through {ways} alone."
    if step.kind == "parameter":
        shape = f" The shape is that of {subject}: {' × '.join(step.subject.shape)}." if step.subject.shape else ""
        return f"{subject} stands in the equation{'s' if len(through) > 1 else ''} of {ways}.{shape}"
    if step.kind == "initial":
        return f"The state before the first step, {subject}, acts through {ways}."
    if len(through) > 1:
        return f"{subject} stands in the equations of {ways}: one term for each."
    return f"{subject} acts through {ways} alone."


def _latex(found: Backpropagation, ref: Ref) -> str:
    return latex(_term(found, ref))


def _term(found: Backpropagation, ref: Ref) -> Term:
    """A quantity at a step as the document writes it."""
    notation, hand = Notation(found.model), found.judge.mender.setting.hand
    times: tuple[Affine, ...] = () if ref.time is None else (ref.time,)
    return hand.quantity(found.model.quantities[ref.quantity].name, *map(notation.index, times))
