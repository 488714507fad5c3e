r"""Errors whose own equation is what is wrong.

Where a document only gives the recursion of an error, ``\delta_t = W^T \delta_{t+1} \odot (1 - h_t^2) + V^T (p_t - y_t)``, that is its
definition, and by a mistake in it every gradient that is made with the error is wrong. If none of these holds by it, and several do with
the error as the gradient of the loss by one quantity, that is what it is: its equation claims something, and is what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symrnn.judging.edits.activations import activations
from symrnn.judging.judge import Judge, Judging
from symrnn.judging.judgement import Judgement
from symrnn.judging.networks import Changes
from symrnn.judging.unsaid import likely_gradients
from symrnn.judging.verdict import Assumption, Conditional, Proven, Slip, Undecided, Verdict, Wrong, telling, under_hypothesis
from symrnn.language import questions
from symrnn.language.model import Name, reached
from symrnn.language.questions import Answers
from symrnn.language.terms import Hadamard, Relation, Sym, Term
from symrnn.notation import unicode
from symrnn.notation.said import said
from symrnn.reading.definitions.mentions import names_in
from symrnn.reading.lexicon import Lexicon, Occurrence

#: So many equations show what an error is.
_ENOUGH = 2

#: The judge of the same network with other relations at some positions, or none.
Anew = Callable[[Judge, Changes], Judge | None]
Own = Mapping[int, Judgement]


@dataclass(frozen=True)
class _Error:
    """What only gradients are made with: the positions of its equations, and those of what is wrong with it."""

    name: Name
    positions: tuple[int, ...]
    wrong: tuple[int, ...]


def with_errors_claimed(courts: Sequence[Judge], judgements: Sequence[Judgement], judged: Judging, anew: Anew) -> list[Judgement]:
    """Judges again what is wrong by the equation of an error that is none, and that equation itself."""
    result = dict(enumerate(judgements))
    for judge in {id(judge): judge for judge in courts}.values():
        own = {p: result[p] for p, court in enumerate(courts) if court is judge}
        for error in _errors(judge, own):
            result |= _claimed(judge, error, own, judged, anew)
    return list(result.values())


def _errors(judge: Judge, own: Own) -> Iterator[_Error]:
    """The errors by whose equations several others are wrong, and none is true."""
    model, lexicon = judge.understanding.model, judge.understanding.lexicon
    losses = {q.key for q in model.quantities.values() if not q.shape and not q.timed}
    in_the_loss = reached(losses, model)
    for key in dict.fromkeys(judge.understanding.defines[p] for p in own if p in judge.understanding.defines):
        quantity = model.quantities.get(key)
        if quantity is None or not quantity.timed or key in in_the_loss or quantity.slope:
            continue
        positions = tuple(p for p in own if judge.understanding.defines.get(p) == key)
        others = {p: j for p, j in own.items() if p not in positions and quantity.name in names_in(j.statement.relation, lexicon)}
        wrong = tuple(p for p, j in others.items() if isinstance(j.verdict, Wrong) and j.cause is None)
        true = any(isinstance(j.verdict, (Proven, Conditional, Slip)) for j in others.values())
        if not true and len({own[p].statement.relation for p in wrong}) >= _ENOUGH:
            yield _Error(quantity.name, positions, wrong)
    yield from _short(judge, own)


def _short(judge: Judge, own: Own) -> Iterator[_Error]:
    """The errors that are short for what is made of others, ``da_t = dh_t \\odot h_t``, where nothing with them is true."""
    lexicon = judge.understanding.lexicon
    named = {p: o.name for p in judge.understanding.abbreviated & own.keys() if (o := _left(own[p], lexicon)) is not None}
    for name in dict.fromkeys(named.values()):
        positions = tuple(p for p, other in named.items() if other == name)
        others = {p: j for p, j in own.items() if p not in positions and name in names_in(j.statement.relation, lexicon)}
        open_ = tuple(p for p, j in others.items() if isinstance(j.verdict, Undecided))
        if len(open_) == len(others) and len({own[p].statement.relation for p in open_}) >= _ENOUGH:
            yield _Error(name, positions, open_)


def _left(judgement: Judgement, lexicon: Lexicon) -> Occurrence | None:
    relation = judgement.statement.relation
    return None if relation is None else lexicon.occurrence(relation.left)


def _claimed(judge: Judge, error: _Error, own: Own, judged: Judging, anew: Anew) -> dict[int, Judgement]:
    """The judgements where an error is the one gradient by which most hold, if its own equation is then wrong; else nothing."""
    tried = [(gradient, found) for gradient in _gradients(judge, error, own) if (found := anew(judge, _changes(error, gradient)))]
    held = [tuple(p for p in error.wrong if _holds(found, own[p])) for _, found in tried]
    most = max(held, key=len, default=())
    if len(most) < _ENOUGH or [len(h) for h in held].count(len(most)) > 1:
        return {}
    gradient, found = tried[held.index(most)]
    found.know_errors(judge.hearing.errors, judge.hearing.part)
    labels = " and ".join(f"({own[p].statement.label})" for p in most)
    told = ((questions.ERROR.about(unicode(gradient.left)), f"{unicode(gradient.right)}, by which {labels} hold"),)
    result = {}
    for position, judgement in own.items():
        if isinstance(judgement.verdict, Assumption):
            judged(found, position, judgement.statement)  # what it states is known from there on
        if position in error.positions or error.name in names_in(judgement.statement.relation, judge.understanding.lexicon):
            place = len(own) + max(own) if position in error.positions else position  # at its own place it would be a definition
            new = judged(found, place, judgement.statement)
            result[position] = replace(new, verdict=_meant(new.verdict, gradient, told))
    return result if any(isinstance(result[p].verdict, (Wrong, Slip)) for p in error.positions) else {}


def _meant(verdict: Verdict, gradient: Relation, told: Answers) -> Verdict:
    """A verdict that tells what the error was taken as; what is true is so under that hypothesis."""
    if isinstance(verdict, (Proven, Conditional)):
        return under_hypothesis(verdict, said(gradient.left, " is ", gradient.right))
    return telling(verdict, told)


def _holds(judge: Judge, judgement: Judgement) -> bool:
    relation = judgement.statement.relation
    return relation is not None and judge.hearing.is_true(relation)


def _changes(error: _Error, gradient: Relation) -> Changes:
    first, *others = error.positions
    return {first: gradient, **dict.fromkeys(others)}


def _gradients(judge: Judge, error: _Error, own: Own) -> Iterator[Relation]:
    """What an error may be: the gradient of the loss by what is made at each step, or by what the function in its equation is of."""
    model, lexicon, setting = judge.understanding.model, judge.understanding.lexicon, judge.mender.setting
    sides = (relation.left for p in error.positions if (relation := own[p].statement.relation) is not None)
    found = next((o for side in sides if (o := _at_any_step(side, lexicon)) is not None), None)
    if found is None:
        return
    left, known = found.name.at(*found.indices), model.named(error.name).get(True)
    unnamed = [a for a in activations(setting) if a.value is not None and a.argument is None]
    for meaning in likely_gradients(left, model, lexicon):
        if meaning.by != error.name and (known is None or model.named(meaning.by)[True].shape == known.shape):
            gradient = meaning.of(found, lexicon)
            slopes = (a.slope(found.indices[0], setting) for a in unnamed if a.value is not None and a.value.name == meaning.by)
            yield Relation("=", left, gradient)
            yield from (Relation("=", left, Hadamard((gradient, slope))) for slope in slopes)


def _at_any_step(side: Term, lexicon: Lexicon) -> Occurrence | None:
    """An error at a step that is a letter, and not the last one."""
    found = lexicon.occurrence(side)
    steps = () if found is None else found.indices
    return found if len(steps) == 1 and isinstance(steps[0], Sym) and not lexicon.is_horizon(steps[0]) else None
