"""Letters that are read as other forms of those of the network: every verdict tells them, and none is against an author for them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Conditional, Proven, Slip, Undecided, Verdict, Wrong, telling
from symrnn.language import questions
from symrnn.language.terms import Sym, Term
from symrnn.notation import unicode
from symrnn.notation.said import said


def with_letters(verdict: Verdict, letters: Sequence[tuple[Term, Sym]]) -> Verdict:
    """A verdict that tells which letters were read as others."""
    told = tuple((questions.LETTER.about(unicode(written)), f"another form of {unicode(meant)}") for written, meant in letters)
    return telling(verdict, told)


def with_letters_borne_out(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Judgements in which no equation is false for a letter that is read as another one while no true equation has it so."""
    shown = {pair for j in judgements if isinstance(j.verdict, (Proven, Conditional)) for pair in j.statement.letters}
    return [
        _undecided(j) if isinstance(j.verdict, (Slip, Wrong)) and not shown.issuperset(j.statement.letters) else j
        for j in judgements
    ]


def _undecided(judgement: Judgement) -> Judgement:
    written, meant = judgement.statement.letters[0]
    reason = said(
        written, " may be another form of ", meant, ", and no equation bears that out; use one letter or define the other"
    )
    return replace(judgement, verdict=Undecided(reason), answer=None)
