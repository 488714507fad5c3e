"""True statements broken in every small way are caught; true statements written differently raise no alarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest
from checked import checked
from mistakes_page import PAGE, page
from mutant_score import CAUGHT, EQUIVALENT, OUTCOMES, SURVIVED, Judged, bench, originals, score, table, true_forms
from mutations import rewritings, transposed
from styles import STYLES, Style

from symrnn.deciding.decide import Decider
from symrnn.deciding.evaluate import Instance
from symrnn.deciding.hypotheses import Hypothesis
from symrnn.judging.judgement import Judgement
from symrnn.judging.update import update_claim
from symrnn.judging.verdict import Assumption, Slip, Wrong
from symrnn.language.terms import Relation
from symrnn.notation import latex_relation, read_row, unicode_relation
from symrnn.reading.document import read_text

GOOD = ("proven", "conditional")
BY_NAME = pytest.mark.parametrize("style", STYLES, ids=lambda s: s.name)

#: The notes' network, with the hat where its definition lacks it.
NETWORK = (
    r"h_t = \tanh(U x_t + W h_{t-1})",
    r"z_t = V h_t",
    r"\hat{y}_t = \mathrm{softmax}(z_t)",
    r"L_t = -y_t \log \hat{y}_t",
    r"L = \sum_{t=0}^{T} L_t",
)

#: The statements of the notes that say what a function is: the second definition of one is no claim.
FUNCTIONS = ("softmax", "tanh")


# --------------------------------------------------------------------------------------------------------- mutants


def test_at_least_a_thousand_mutants_of_every_true_statement() -> None:
    assert len(originals()) >= 50
    assert len(score()) >= 1000
    assert {r.original.label for r in score()} == {o.label for o in originals()}


def test_no_mutant_survives() -> None:
    print_score()
    survivors = [shown(r) for r in score() if r.outcome == SURVIVED]
    assert not survivors, "\n".join(survivors)


def test_most_mutants_are_caught_for_a_reason_of_their_own() -> None:
    """A sieve that called everything equivalent, or everything shapeless, would pass the test before."""
    counts = Counter(r.outcome for r in score())
    assert sum(counts[outcome] for outcome in CAUGHT) > 0.9 * len(score())
    assert counts["refuted at a point"] > len(score()) / 3


def test_equivalents_agree_at_another_instance() -> None:
    """What was proven equal at four steps is equal modulo a prime at five steps and other sizes.

    Left out is what rests on an identity between functions, which arithmetic modulo a prime does not know.
    """
    equal = [r for r in score() if r.outcome == EQUIVALENT and r.original.label not in FUNCTIONS]
    sizes = {"hidden": 3, "classes": 4, "input": 2}
    model = bench().understanding.model
    larger = Decider(model, Instance(5, tuple((label, sizes[label]) for label in model.labels)))
    for result in equal[::4]:
        assert result.claim is not None
        hypotheses = tuple(h for h in catalogue(larger, result) if h.said in result.original.hypotheses)
        assert larger.agrees(result.claim, hypotheses, seed=7), shown(result)


def catalogue(decider: Decider, result: Judged) -> Sequence[Hypothesis]:
    """All hypotheses that are offered for a claim."""
    assert result.claim is not None
    return list(dict.fromkeys(h for chosen in decider.candidates(result.claim) for h in chosen))


def shown(result: Judged) -> str:
    return f"({result.original.label}) {result.mutant.kind}: {unicode_relation(result.mutant.relation)}: {result.evidence}"


def print_score() -> None:
    print("\n" + f"{'change':32}" + "".join(f"{outcome:>20}" for outcome in OUTCOMES))
    for kind, counts in [*table(score()), ("all", Counter(r.outcome for r in score()))]:
        print(f"{kind:32}" + "".join(f"{counts[outcome] or '':>20}" for outcome in OUTCOMES))


def test_the_page_of_caught_mistakes_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/mistakes_page.py"


# ------------------------------------------------------------------------------------------------------ rewritings


def judged(definitions: Sequence[str], claims: Sequence[str]) -> list[Judgement]:
    """The judgements on claims that stand, in this order, behind the definitions of a document."""
    lines = [*definitions, *(rf"{claim} \label{{claim-{n}}}" for n, claim in enumerate(claims))]
    text = "\n\n".join(f"$$\n{line}\n$$" for line in lines)
    found = {j.statement.label: j for j in checked(read_text(text, "claims.md", "markdown")).judgements}
    return [found[f"claim-{n}"] for n in range(len(claims))]


@cache
def judgements_on(style: Style) -> tuple[Judgement, ...]:
    """All claims of a style in one document: those that are true, however they are written, then the false ones."""
    false = [claim for claim, _ in style.false]
    return tuple(judged(style.definitions, [*truths(style), *false]))


@cache
def truths(style: Style) -> tuple[str, ...]:
    """The true claims of a style, in its own notation, in other notation and rewritten."""
    written = [*style.true, *style.notation]
    changed = [latex_relation(new) for claim in written for _, new in rewritings(relation_of(claim))]
    turned = [latex_relation(transposed(relation_of(claim))) for claim in style.transposable]
    return tuple(dict.fromkeys([*written, *changed, *turned]))


def relation_of(claim: str) -> Relation:
    chain = read_row(claim)[0]
    return Relation("=", *chain.sides)


def _is_update(relation: Relation) -> bool:
    understanding = bench().judge.understanding
    return update_claim(relation, understanding.model, understanding.lexicon) is not None


@cache
def notes_rewritten() -> tuple[str, ...]:
    """The notes' true statements, and the repaired ones, written differently."""
    found = [
        latex_relation(new)
        for judgement in bench().report.judgements
        for relation, _ in true_forms(judgement)
        if judgement.statement.label not in FUNCTIONS
        and not _is_update(relation)
        and not update_claim(relation, bench().judge.understanding.model, bench().judge.understanding.lexicon)
        for _, new in rewritings(relation)
    ]
    return tuple(dict.fromkeys(found))


def alarms(judgements: Sequence[Judgement]) -> list[str]:
    """What came out neither proven nor conditional, nor as a hypothesis that is given from there on."""
    judged = (j for j in judgements if not (isinstance(j.verdict, Assumption) and j.verdict.given))
    return [f"{j.verdict.word}: {j.statement.latex}" for j in judged if j.verdict.word not in GOOD]


def test_at_least_three_hundred_rewritings() -> None:
    assert len(notes_rewritten()) >= 200
    assert len(notes_rewritten()) + sum(len(truths(style)) for style in STYLES) >= 500


def test_rewritten_notes_raise_no_alarm() -> None:
    found = alarms(judged(NETWORK, notes_rewritten()))
    assert not found, "\n".join(found)


@BY_NAME
def test_rewritten_claims_raise_no_alarm(style: Style) -> None:
    found = alarms(judgements_on(style)[: len(truths(style))])
    assert not found, "\n".join(found)


# --------------------------------------------------------------------------------------------------- false claims


@BY_NAME
def test_false_claims_are_told(style: Style) -> None:
    words = {j.statement.latex: j.verdict.word for j in judgements_on(style)[len(truths(style)) :]}
    assert len(words) == len(style.false)
    assert set(words.values()) <= {"wrong", "slip"}, words


@BY_NAME
def test_mistakes_have_their_name(style: Style) -> None:
    """Among the repairs of equal cost there is the one that undoes the mistake, and nothing else."""
    told = judgements_on(style)[len(truths(style)) :]
    for judgement, (claim, name) in zip(told, style.false, strict=True):
        if name:
            assert [name] in names(judgement), (claim, names(judgement))


def names(judgement: Judgement) -> list[list[str]]:
    verdict = judgement.verdict
    repairs = (verdict.repair, *verdict.others) if isinstance(verdict, Wrong) else ()
    repairs = (verdict.repair,) if isinstance(verdict, Slip) else repairs
    return [[edit.name for edit in repair.edits] for repair in repairs if repair is not None]


def test_every_named_mistake_is_tried() -> None:
    named = {name for style in STYLES for _, name in style.false if name}
    assert named == {
        "a missing sum", "a sign", "diagonal-only softmax Jacobian", "index shifted", "mean against sum",
        "missing activation derivative", "missing output matrix", "missing transpose", "only the immediate derivative",
        "reversed order", "swapped parameter", "truncated", "wrong bound (terms lost)",
    }  # fmt: skip
