"""A proof as a person would write it down: lemmas with base and step, then the claim, each a chain of equalities with reasons.

An account holds formulas and words, no layout; `symrnn.proving.explain` writes it in Unicode, a report as a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.language.claims import extended
from symrnn.language.terms import Compare, Relation
from symrnn.language.terms import Term as Formula
from symrnn.notation.said import Said, said
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.proofs import Chain, Equation, Induction, Lemma, Step, groups
from symrnn.proving.kernel.rules import EARLIER
from symrnn.proving.kernel.sums import Sum, Term
from symrnn.proving.prove import Proof
from symrnn.proving.wording import ProofWording, number_of_factors

_REASONS = {
    "unfold": "by definition",
    "chain rule": "by the chain rule",
    "square": "since the slope of the activation is a polynomial in its value",
    "slope": "by the derivative of the function",
    "softmax": "by the definition of softmax",
    "total": "since the components add up to one",
    "zero": "since the state at the end is zero",
    "product": "splitting off a factor of the product",
    "split": "telling cases apart",
    "vacuous": "leaving out what no index satisfies",
    "substitute": "putting in what an index is equal to",
    "turn": "counting a sum from its other end",
    "collect": "collecting like terms",
}
_LEMMAS = ("use", "argument")
#: Sums in between that have more factors than this are not written down.
_MOST_FACTORS = 40


@dataclass(frozen=True)
class Cited:
    """A lemma that is referred to by its name."""

    lemma: str


Reason = str | Cited


@dataclass(frozen=True)
class Line:
    """``= formula``, and why."""

    formula: Formula
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class EqualityChain:
    """A chain of equalities from one side of an equation to the other, with what is said before it; no lines where they look alike."""

    opening: Said
    first: Formula
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Stated:
    """A lemma, or the claim (which has no `name`), with its proof."""

    name: str
    relation: Relation
    given: tuple[Compare, ...]
    method: Said
    parts: tuple[EqualityChain, ...]
    closing: Said


@dataclass(frozen=True)
class Account:
    """A whole proof: under which hypotheses, what is short for what, lemmas in the order in which they are used, the claim."""

    hypotheses: tuple[Hypothesis, ...]
    notation: tuple[Relation, ...]
    lemmas: tuple[Stated, ...]
    claims: tuple[Stated, ...]


def account(proof: Proof) -> Account:
    """The account of a proof."""
    writer = ProofWording(extended(proof.model, proof.claim))
    equations = [*(lemma.equation for lemma in proof.lemmas), *(e for e, _ in proof.parts)]
    return Account(
        hypotheses=proof.hypotheses,
        notation=tuple(writer.powers(equations)),
        lemmas=tuple(_lemma(writer, lemma, len(group)) for group in groups(proof.lemmas) for lemma in group),
        claims=tuple(_claim(writer, equation, chain) for equation, chain in proof.parts),
    )


def _claim(writer: ProofWording, equation: Equation, chain: Chain) -> Stated:
    here = writer.about(equation, own=True)
    return Stated(
        "", here.relation(equation), here.conditions(equation.given), said(), (_part(here, said(), equation, chain),), said()
    )


def _lemma(writer: ProofWording, lemma: Lemma, together: int) -> Stated:
    here, equation, proof = writer.about(lemma.equation, own=False), lemma.equation, lemma.proof
    relation, given = here.relation(equation), here.conditions(equation.given)
    if not isinstance(proof, Induction):
        return Stated(lemma.name, relation, given, said(), (_part(here, said(), equation, proof),), said())
    v, start = Affine.of(proof.variable), here.position(proof.start)
    variable, before = here.position(v), here.position(v - proof.direction)
    base = said("Base: ", Compare("=", variable, start), ".")
    step = said("Step: suppose it holds for ", before, " in place of ", variable, ".")
    return Stated(
        name=lemma.name,
        relation=relation,
        given=given,
        method=said("By induction on ", variable, "" if proof.direction > 0 else ", downwards", _beside(together), "."),
        parts=(_part(here, base, equation, proof.base), _part(here, step, equation, proof.step)),
        closing=said("So it holds for every ", Compare(">=" if proof.direction > 0 else "<=", variable, start), "."),
    )


def _beside(together: int) -> str:
    return f", for {together} neighbouring lemmas at once" if together > 1 else ""


# ---------------------------------------------------------------------------------------------------------------- chains


def _part(writer: ProofWording, opening: Said, equation: Equation, chain: Chain) -> EqualityChain:
    """From the left side to where both sides meet, and from there back to the right side."""
    left = list(_milestones(writer, equation.left, chain.left, equation))
    right = list(_milestones(writer, equation.right, chain.right, equation))
    lines = [Line(formula, reasons) for formula, reasons in left[1:]]
    if left[-1][0] != right[-1][0]:
        lines.append(Line(right[-1][0], ("with other letters",)))
    backwards = zip(reversed(right[:-1]), reversed(right[1:]), strict=True)
    lines += [Line(formula, reasons) for (formula, _), (_, reasons) in backwards]
    return EqualityChain(opening, left[0][0], tuple(_without_detours(left[0][0], lines)))


def _without_detours(first: Formula, lines: Sequence[Line]) -> list[Line]:
    """A chain of equalities without what lies between two places where the same formula stands."""
    kept: list[Line] = []
    seen = [first]
    for line in lines:
        if line.formula in seen:
            place = seen.index(line.formula)
            del kept[place:], seen[place + 1 :]
        else:
            kept.append(line)
            seen.append(line.formula)
    return kept


def _milestones(
    writer: ProofWording, terms: Sum, steps: tuple[Step, ...], equation: Equation
) -> Iterator[tuple[Formula, tuple[Reason, ...]]]:
    """The sum itself, then what became of it each time that lemmas were used on it, and in between, with the reasons."""
    shown = writer.sum(terms, equation.given)
    yield shown, ()
    reasons: dict[Reason, None] = {}
    cuts = list(_cuts(terms, steps))
    for number, (state, new) in enumerate(cuts):
        reasons.update(dict.fromkeys(new))
        is_last = number == len(cuts) - 1
        if not is_last and sum(map(number_of_factors, state)) > _MOST_FACTORS:
            continue
        formula = writer.sum(state, equation.given)
        if formula != shown:
            shown = formula
            yield formula, tuple(sorted(reasons, key=_place))
            reasons = {}


@dataclass
class _Live:
    """A term on its way: the level at which it came about, and that at which it went on into others."""

    term: Term
    level: int
    until: int | None = None


def _cuts(terms: Sum, steps: tuple[Step, ...]) -> Iterator[tuple[Sum, list[Reason]]]:
    """The sum at the end of each level, with the reasons given at that level.

    Steps on one term do not touch the others, so that they can be told in another order than they were found in: what happens to
    all terms before a lemma is used is level 0, the first uses of lemmas are level 1, what comes then is level 2, and so on.
    """
    state = [_Live(t, 0) for t in terms]
    every = list(state)
    said: dict[int, dict[Reason, None]] = {}
    for step in steps:
        others = [state[step.data[0]]] if step.rule == "collect" else []
        used = [state[step.at], *others]
        latest = max(live.level for live in used)
        level = latest + (latest % 2 != (step.rule in _LEMMAS))
        for live in used:
            live.until = level
        made = [_Live(t, level) for t in step.result]
        every += made
        if others:
            del state[step.data[0]]
        state[step.at : step.at + 1] = made
        said.setdefault(level, {}).update(dict.fromkeys(_reason(step)))
    for level in sorted(said):
        cut = tuple(live.term for live in every if live.level <= level and (live.until is None or live.until > level))
        yield cut, list(said[level])


def _place(reason: Reason) -> tuple[int, str]:
    """Reasons in an order that does not depend on which of several terms was looked at first."""
    if isinstance(reason, Cited):
        return len(_REASONS) + 1, reason.lemma
    return (list(_REASONS.values()).index(reason), "") if reason in _REASONS.values() else (len(_REASONS), reason)


def _reason(step: Step) -> tuple[Reason, ...]:
    if step.rule in _LEMMAS:
        name = step.data[0]
        return ("by the induction hypothesis",) if name.startswith(EARLIER) else (Cited(name),)
    reason = _REASONS.get(step.rule)
    return (reason,) if reason else ()
