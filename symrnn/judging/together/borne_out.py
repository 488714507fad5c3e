r"""What is read between the lines, and other equations bear out.

``z_t`` of ``\partial h_t / \partial z_t = \tanh'(z_t)``, where no equation gives it, is taken as what tanh is of in the equation of h_t; a
state that no equation gives is taken as a function of what its step makes. Nothing is refuted by such a guess as long as it is one. It is
none where several equations of the network are true by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from symrnn.judging import mistakes
from symrnn.judging.judge import Judge, Judging
from symrnn.judging.judgement import Judgement
from symrnn.judging.kept.memory import digest
from symrnn.judging.verdict import Conditional, Proven, Slip, Undecided, Verdict, telling
from symrnn.language import questions
from symrnn.language.parts import ONE
from symrnn.language.terms import Deriv, Relation, Term, rebuilt
from symrnn.reading.definitions import Doubt
from symrnn.reading.definitions.mentions import names_in, outermost
from symrnn.reading.lexicon import Lexicon, without_prefix

#: So many equations bear out what a letter is.
_ENOUGH = 2


def with_guesses_borne_out(courts: Sequence[Judge], judgements: Sequence[Judgement], judged: Judging) -> list[Judgement]:
    """Judges again what was left open for a guess that other equations of its network bear out."""
    result = dict(enumerate(judgements))
    for judge in {id(judge): judge for judge in courts}.values():
        for position, guess in judge.understanding.doubts.items():
            if guess.is_guess:
                own = {p: result[p] for p, court in enumerate(courts) if court is judge}
                result |= _judged_by(judge, position, guess, own, judged)
    return list(result.values())


def _judged_by(judge: Judge, position: int, guess: Doubt, own: Mapping[int, Judgement], judged: Judging) -> dict[int, Judgement]:
    """What is open in a network, judged by a guess as if an equation said it; nothing where too few equations then bear it out."""
    opened = {p: j.statement for p, j in own.items() if isinstance(j.verdict, Undecided) and j.statement.relation is not None}
    before = judge.understanding, judge.network
    judge.hearing.understanding = replace(before[0], doubts={**before[0].doubts, position: replace(guess, borne_out=True)})
    judge.network = digest(judge.network, position)
    anew = {p: judged(judge, p, statement) for p, statement in opened.items()}
    if len(_bearing_out(guess, {**own, **anew}.values(), before[0].lexicon)) < _ENOUGH:
        judge.hearing.understanding, judge.network = before
        return {}
    told = tuple((questions.BETWEEN_THE_LINES.about(name.text), str(guess.reason)) for name in guess.names if not guess.unwritten)
    return {p: replace(j, verdict=telling(j.verdict, told)) if _names(j, guess, before[0].lexicon) else j for p, j in anew.items()}


def _bearing_out(guess: Doubt, some: Iterable[Judgement], lexicon: Lexicon) -> set[Relation]:
    """The true equations of what is guessed. A chain of derivatives alone says what a state is made of, and nothing of what is between
    two others."""
    true = {j.statement.relation for j in some if _is_true(j.verdict) and _names(j, guess, lexicon)}
    return {
        r for r in true if r is not None and (guess.unwritten or (_is_joined(r, guess, lexicon) and _says_more(r.right, lexicon)))
    }


def _is_joined(relation: Relation, guess: Doubt, lexicon: Lexicon) -> bool:
    """Whether an equation is about anything else as well; ``σ(z) = 1 / (1 + e^{-z})`` is true of any z."""
    return not names_in(relation, lexicon).issubset(guess.names)


def _is_true(verdict: Verdict) -> bool:
    """Whether an equation holds, but for the mark of an explicit derivative."""
    marked = isinstance(verdict, Slip) and all(edit.mistake == mistakes.EXPLICIT_MARK for edit in verdict.repair.edits)
    return marked or isinstance(verdict, (Proven, Conditional))


def _names(judgement: Judgement, guess: Doubt, lexicon: Lexicon) -> bool:
    """Whether an equation names what is guessed, or the gradient by it, ``da_t``."""
    names = names_in(judgement.statement.relation, lexicon)
    return not {without_prefix(name) or name for name in names}.isdisjoint(guess.names)


def _says_more(term: Term, lexicon: Lexicon) -> bool:
    """Whether a side has quantities that stand in no derivative."""
    return next(outermost(_without_derivatives(term), lexicon), None) is not None


def _without_derivatives(term: Term) -> Term:
    return ONE if isinstance(term, Deriv) else rebuilt(term, _without_derivatives)
