"""A proof as lines of Unicode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symrnn.notation import unicode, unicode_relation
from symrnn.proving.account import Account, Cited, Line, Reason, Stated, account
from symrnn.proving.prove import Proof

#: What is said before the first proof.
CONVENTIONS = (
    "𝟙[...] is 1 where its condition holds and 0 elsewhere, 𝟙 alone a vector of ones; "
    "indices of components run over their whole axis."
)

SAME = "Both sides are the same."


def explain(proof: Proof) -> list[str]:
    """The lines of a proof."""
    return list(_lines(account(proof)))


def _lines(told: Account) -> Iterator[str]:
    numbers = {lemma.name: f"Lemma {number}" for number, lemma in enumerate(told.lemmas, start=1)}
    yield "For every number of time steps and all sizes:"
    for claim in told.claims:
        yield "  " + _statement(claim)
    if told.hypotheses:
        yield "under " + ", ".join(str(h.said) for h in told.hypotheses)
    yield CONVENTIONS
    for short in told.notation:
        yield f"{unicode_relation(short)}, the first factor on the left; with no factors, the identity."
    for stated in (*told.lemmas, *told.claims):
        yield f"{numbers.get(stated.name, 'Claim')}. {_statement(stated)}"
        yield from _proof(stated, numbers)
    yield "∎"


def _statement(stated: Stated) -> str:
    given = ", ".join(map(unicode, stated.given))
    return unicode_relation(stated.relation) + (f"   for {given}" if given else "")


def _proof(stated: Stated, numbers: Mapping[str, str]) -> Iterator[str]:
    if stated.method:
        yield f"  {stated.method}"
    for part in stated.parts:
        indent = "  "
        if part.opening:
            yield f"{indent}{part.opening}"
            indent += "  "
        yield indent + (unicode(part.first) if part.lines else SAME)
        yield from (indent + _line(line, numbers) for line in part.lines)
    if stated.closing:
        yield f"  {stated.closing}"


def _line(line: Line, numbers: Mapping[str, str]) -> str:
    reasons = "; ".join(_reason(reason, numbers) for reason in line.reasons)
    return f"  = {unicode(line.formula)}" + (f"   ({reasons})" if reasons else "")


def _reason(reason: Reason, numbers: Mapping[str, str]) -> str:
    return f"by {numbers.get(reason.lemma, reason.lemma)}" if isinstance(reason, Cited) else reason
