"""One proof check for every statement of the built-in notes, named by its label, that recomputes its verdict's evidence.

What is true (as written, or after its repair) is proven once more from a fresh reading and holds at 50 digits in a program that
knows nothing of symrnn; what is false is shown to be by running the program of its certificate.
"""

from __future__ import annotations

import contextlib
import io
import re
from functools import cache
from importlib.resources import files

import pytest
from checked import notes_report as report
from conftest import mended_where_there_is_no_meaning
from mpmath import mpf

from symrnn.deciding.decide import Decider, Holds
from symrnn.deciding.evaluate import OutOfRange
from symrnn.deciding.evidence import Point
from symrnn.deciding.hypotheses import Hypothesis
from symrnn.judging.check import check, instance_for, read_model
from symrnn.judging.judgement import Judgement, Options
from symrnn.judging.repair import Mender
from symrnn.judging.update import update_claim
from symrnn.judging.verdict import Answers, Assumption, Conditional, Definition, Proven, Slip, Wrong
from symrnn.language.claims import Claim
from symrnn.language.terms import Relation
from symrnn.notation import latex, read_term
from symrnn.notation.said import Said
from symrnn.reading.definitions import Understanding
from symrnn.reading.document.reader import read_text
from symrnn.reading.elaborate import readings
from symrnn.reading.notes import builtin_notes
from symrnn.showing.replay import for_judgement, program

NOTES = builtin_notes()


@cache
def understanding() -> Understanding:
    return read_model(NOTES, Options())


@cache
def decider() -> Decider:
    return Decider(understanding().model, instance_for(understanding().model, Options()))


def judged(label: str) -> Judgement:
    return next(j for j in report().judgements if j.statement.label == label)


@pytest.mark.parametrize("label", [s.label for s in NOTES.statements])
def test_evidence(label: str) -> None:
    judgement = judged(label)
    verdict, relation = judgement.verdict, judgement.statement.relation
    assert relation is not None
    assert not verdict.word.startswith("un")
    if isinstance(verdict, Assumption):
        assert str(verdict.what).startswith("the case")
    elif isinstance(verdict, Definition):
        assert_definition(label, verdict)
    elif isinstance(verdict, Proven):
        assert_true(relation, verdict.answers, ())
    elif isinstance(verdict, Conditional):
        assert_true(relation, verdict.answers, verdict.hypotheses)
        assert_replays(judgement)
    else:
        assert isinstance(verdict, (Slip, Wrong))
        assert verdict.repair is not None, "every mistake of the notes has a repair"
        assert_true(verdict.repair.relation, verdict.repair.answers, verdict.repair.hypotheses)
        if verdict.certificate is not None:
            assert_replays(judgement)


def assert_definition(label: str, verdict: Definition) -> None:
    """A definition is in the model with the shape that is reported."""
    position = [s.label for s in NOTES.statements].index(label)
    quantity = understanding().model.quantities[understanding().defines[position]]
    assert quantity.definition is not None
    assert verdict.shape == (f"({', '.join(quantity.shape)})" if quantity.shape else "scalar")


def assert_true(relation: Relation, answers: Answers, hypotheses: tuple[Said, ...]) -> None:
    """Proven exactly from a fresh reading, and equal to 25 digits in an independent program."""
    claim = fresh_claim(relation, answers)
    outcome = decider().decide(claim)
    assert isinstance(outcome, Holds)
    assert {h.said for h in outcome.hypotheses} == set(hypotheses)
    assert gap_in_digits(claim, outcome.hypotheses) < mpf("1e-25")


def fresh_claim(relation: Relation, answers: Answers) -> Claim:
    """The claim of what is printed: through LaTeX and back, then read under the conventions of the verdict."""
    printed = Relation(relation.op, read_term(latex(relation.left)), read_term(latex(relation.right)))
    meant = update_claim(printed, understanding().model, understanding().lexicon) or printed
    admissible, _ = readings(meant, understanding().model, understanding().lexicon, dict(answers))
    assert admissible
    return admissible[0].claim


def gap_in_digits(claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> mpf:
    """|left - right| in the program of a certificate forged for a true statement, at its last possible indices."""
    world = decider()._world("ball", claim, 2, tuple(h for h in hypotheses if h.kind in ("sum", "zero")))
    environments = [e for e in decider().environments(claim, world, hypotheses) if possible(claim, world, e)]
    indices = tuple((name, environments[-1][name]) for name, _, _ in claim.variables)
    entry = tuple(world.sizes[label] for label in claim.left.shape)
    texts = tuple(h.said for h in hypotheses)
    forged = Point(claim, decider().scope(), 2, indices, entry, "1", "0", "[1.00000000000 +/- 3e-12]", texts)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pytest.raises(AssertionError):
        exec(program(understanding().model, claim, forged, "forged"), {})
    return abs(mpf(printed.getvalue().split()[2]))


def possible(claim: Claim, world: object, env: dict[str, int]) -> bool:
    try:
        return decider().sides(claim, world, env) is not None  # type: ignore[arg-type]
    except OutOfRange:
        return False


def assert_replays(judgement: Judgement) -> None:
    """The program of the certificate runs to its end: its assertion holds."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(for_judgement(report(), judgement), {})


def test_a_false_statement_does_not_pass_as_true() -> None:
    wrong = judged("2.4")
    assert isinstance(wrong.verdict, Wrong) and wrong.statement.relation is not None
    with pytest.raises(AssertionError):
        assert_true(wrong.statement.relation, wrong.verdict.answers, ())


def test_the_notes_have_the_mistakes_that_pencil_and_paper_find() -> None:
    assert report().counts == {
        "definition": 3, "assumption": 4, "proven": 23, "conditional": 4, "slip": 22, "wrong": 5, "undecided": 0, "unread": 0,
    }  # fmt: skip


def test_2_5_shows_every_one_of_its_mistakes() -> None:
    verdict = judged("2.5").verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert {e.name for e in verdict.repair.edits} == {
        "missing output matrix", "missing activation derivative", "missing transpose", "wrong bound (terms lost)",
    }  # fmt: skip
    assert [*map(str, verdict.repair.hypotheses)] == ["Σ_k y_k = 1"]


def test_2_4_can_afford_the_lost_terms_where_the_initial_state_is_zero() -> None:
    verdict = judged("2.4").verdict
    assert isinstance(verdict, Wrong) and verdict.repair is not None
    assert {e.name for e in verdict.repair.edits} == {
        "missing output matrix", "missing activation derivative", "missing transpose",
    }  # fmt: skip
    assert set(map(str, verdict.repair.hypotheses)) == {"Σ_k y_k = 1", "h_{-1} = 0"}
    assert len(judged("2.4").rests_on) == 2


def test_the_update_of_V_starts_from_the_wrong_letter_and_nothing_else() -> None:
    verdict = judged("update-V").verdict
    assert isinstance(verdict, Slip)
    assert [str(e.said) for e in verdict.repair.edits] == ["U → V"]


def in_raw_style(text: str) -> str:
    """The built-in notes with the noise of real pages: shortcodes, HTML, Markdown escapes of braces and of the ends of rows."""
    noisy = re.sub(r"(?<![\\\w{])([hxzLVW])(?:_t)(?![\w}])", r"\\{\1_t}", text.split("---\n", 2)[2])
    noisy = noisy.replace("\\\\\n", "\\\\\\\n").replace("\n## ", "\n### ").replace("\n$$\nL_t", "\n<p align=center>\n\n$$\nL_t")
    return RAW_HEAD + noisy


RAW_HEAD = """---
title: raw
note: $not = mathematics$
---
{{< math.inline >}}
<!-- $no = where$ --><script>if (a == b) { $c = d$ }</script>
{{</ math.inline >}}

"""


def test_notes_in_the_raw_style_have_the_same_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = files("symrnn.reading.notes").joinpath("rnn.md").read_text(encoding="utf-8")
    noisy = in_raw_style(text)
    assert noisy.count("\\{") >= 5
    expected = [j.verdict.word for j in report().judgements]  # in full, and before less is looked for
    monkeypatch.setattr(Mender, "mend", mended_where_there_is_no_meaning)
    monkeypatch.setattr(Mender, "answer", lambda *_: None)
    raw = check(read_text(noisy, "raw.md", "markdown"), Options(every_length=False))
    assert [j.verdict.word for j in raw.judgements] == expected
