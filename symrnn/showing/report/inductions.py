"""The proofs for every length and every size, as a part of a page: each lemma once, however many statements use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.judging.judgement import Judgement, Report
from symrnn.notation import latex, latex_relation
from symrnn.proving.account import Account, Cited, EqualityChain, Reason, Stated, account
from symrnn.proving.explain import SAME
from symrnn.showing.report.page import (
    ChainLine,
    Display,
    Link,
    Math,
    Passage,
    Prose,
    Theorem,
    Treatise,
    Words,
    as_prose,
    own,
    prose,
    prose_of,
    slug,
)
from symrnn.showing.report.wording import clean, if_all

_TITLE = "Proofs for every length and every size"
_CONVENTIONS = (
    "Every line holds for every number of time steps and all sizes. "
    r"The bracket $\mathbb{1}[\ldots]$ is 1 where its condition holds and 0 elsewhere, $\mathbb{1}$ alone a vector of ones; "
    r"indices of components run over their whole axis. A separate checker has accepted each step."
)
_SHORT = ": the first factor stands on the left, and with no factors it is the identity."
_Content = tuple[Display, Prose, tuple[Passage, ...]]


def treatise_of(report: Report) -> Treatise | None:
    """All proofs by induction of a report; None when there are none."""
    writer = _Writer()
    for judgement in report.judgements:
        if judgement.proof is not None:
            writer.add(judgement, account(judgement.proof))
    return writer.treatise() if writer.claims else None


def proof_anchors(treatise: Treatise | None) -> dict[str, str]:
    """Where the proof of each statement stands, by the statement's anchor."""
    claims = treatise.claims if treatise is not None else ()
    return {part.anchor: claim.anchor for claim in claims for part in claim.name if isinstance(part, Link)}


class _Writer:
    """Collects lemmas and claims; one that says the same as an earlier one is that one."""

    def __init__(self) -> None:
        self.notation: dict[str, None] = {}
        self.lemmas: dict[_Content, Theorem] = {}
        self.claims: dict[tuple[_Content, ...], list[Judgement]] = {}

    def add(self, judgement: Judgement, told: Account) -> None:
        """A proof; its lemmas come in the order in which they use each other."""
        self.notation |= dict.fromkeys(map(latex_relation, told.notation))
        links: dict[str, Link] = {}
        for lemma in told.lemmas:
            content = _content(lemma, links)
            number = len(self.lemmas) + 1
            fresh = Theorem(own(f"lemma {number}"), prose(f"Lemma {number}"), *content)
            known = self.lemmas.setdefault(content, fresh)
            links[lemma.name] = Link(known.anchor, "".join(x.text for x in known.name if isinstance(x, Words)))
        under = as_prose(if_all(h.said for h in told.hypotheses))
        claims = tuple(_content(claim, links) for claim in told.claims)
        claims = tuple(
            (equation, prose_of((part for part in (given, under) if part), ", "), parts) for equation, given, parts in claims
        )
        self.claims.setdefault(claims, []).append(judgement)

    def treatise(self) -> Treatise:
        """What was collected."""
        notation = [(Math(line), Words(_SHORT)) for line in self.notation]
        return Treatise(_TITLE, (prose(_CONVENTIONS), *notation), tuple(self.lemmas.values()), tuple(self._claims()))

    def _claims(self) -> Iterator[Theorem]:
        for claims, judgements in self.claims.items():
            labels = [j.statement.label for j in judgements]
            name = prose_of(((Link(slug(label), clean(label)),) for label in labels), ", ")
            for number, content in enumerate(claims):
                case = Words(f", case {number + 1} of {len(claims)}") if len(claims) > 1 else Words("")
                anchor = own(f"proof {labels[0]}" if not number else f"proof {labels[0]} case {number + 1}")
                yield Theorem(anchor, (*name, case) if case.text else name, *content)


def _content(stated: Stated, links: dict[str, Link]) -> _Content:
    given = prose_of(((Math(latex(c)),) for c in stated.given), ", ")
    passages = [Passage(as_prose(stated.method), ())] if stated.method else []
    passages += [_passage(part, links) for part in stated.parts]
    if stated.closing:
        passages.append(Passage(as_prose(stated.closing), ()))
    return Display(latex_relation(stated.relation)), (Words("for "), *given) if given else (), tuple(passages)


def _passage(part: EqualityChain, links: dict[str, Link]) -> Passage:
    """A chain of equalities; one that is over after a step has been written down with what it proves."""
    if not part.lines:
        return Passage((*as_prose(part.opening), Words(f" {SAME}" if part.opening else SAME)), ())
    if len(part.lines) == 1 and not part.opening:
        return Passage((Words("Proof: "), *_reasons(part.lines[0].reasons, links)), ())
    sides = [latex(part.first), *("" for _ in part.lines[1:])]
    lines = zip(sides, part.lines, strict=False)
    steps = tuple(
        ChainLine(Display(f"{side} = {latex(line.formula)}".strip()), _reasons(line.reasons, links)) for side, line in lines
    )
    return Passage(as_prose(part.opening), steps)


def _reasons(reasons: Iterable[Reason], links: dict[str, Link]) -> Prose:
    return prose_of((_reason(reason, links) for reason in reasons), "; ")


def _reason(reason: Reason, links: dict[str, Link]) -> Prose:
    return (Words("by "), links[reason.lemma]) if isinstance(reason, Cited) else (Words(reason),)
