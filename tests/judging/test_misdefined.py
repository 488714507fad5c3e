"""A mistake in the recursion of an error is told there, and not at each gradient that is made with it."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.verdict import Wrong
from symrnn.notation import unicode_relation
from symrnn.reading.document import read_text

NAMED = r"$$ a_t = B s_{t-1} + A x_t, \quad s_t = \sigma(a_t) $$ "
UNNAMED = r"$$ s_t = \tanh(B s_{t-1} + A x_t) $$ "
LOSS = r"$$ p_t = \mathrm{softmax}(C s_t) $$ $$ J = %s\sum_{t=1}^T q_t^\top \log p_t $$ with $\sum_k q_{t,k} = 1$. "
RECURSION = r"$$ \delta_t = (C^\top (p_t - q_t) + B^\top \delta_{t+1}) \odot %s $$ "
LAST = r"$$ \delta_T = C^\top (p_T - q_T) \odot %s $$ "
GRADIENTS = (
    r"$$ \frac{\partial J}{\partial B} = \sum_t \delta_t s_{t-1}^\top $$ "
    r"$$ \frac{\partial J}{\partial A} = \sum_t \delta_t x_t^\top $$"
)
SLOPE_OF_SIGMA = r"s_t \odot (1 - s_t)"
SLOPE_OF_TANH = r"(1 - s_t^2)"
RIGHT = NAMED + LOSS % "-" + RECURSION % SLOPE_OF_SIGMA + GRADIENTS
OF_TANH = UNNAMED + LOSS % "-" + RECURSION % SLOPE_OF_TANH + GRADIENTS


def judged(text: str) -> tuple[list[str], list[str]]:
    """The verdicts on the error and on the two gradients, and what the wrong ones should read."""
    found = checked(read_text(text, "a.md", "markdown")).judgements
    about = [j for j in found if j.statement.relation is not None and "δ" in unicode_relation(j.statement.relation)]
    repairs = [j.verdict.repair for j in about if isinstance(j.verdict, Wrong)]
    return [j.verdict.word for j in about], [unicode_relation(r.relation) for r in repairs if r is not None]


@pytest.mark.parametrize(
    ("text", "old", "new", "mended"),
    [
        (RIGHT, r"B^\top \delta", r"B \delta", "δₜ = (Cᵀ (pₜ − qₜ) + Bᵀ δₜ₊₁) ⊙ sₜ ⊙ (1 − sₜ)"),
        (RIGHT, r"p_t - q_t) +", r"q_t - p_t) +", "δₜ = (Cᵀ (pₜ − qₜ) + Bᵀ δₜ₊₁) ⊙ sₜ ⊙ (1 − sₜ)"),
        (RIGHT, SLOPE_OF_SIGMA, "(1 - s_t)", "δₜ = (Cᵀ (pₜ − qₜ) + Bᵀ δₜ₊₁) ⊙ (1 − sₜ) ⊙ sₜ"),
        (OF_TANH, SLOPE_OF_TANH, "(1 - s_t)", "δₜ = (Cᵀ (pₜ − qₜ) + Bᵀ δₜ₊₁) ⊙ (1 − sₜ²)"),
    ],
)
def test_a_mistake_in_a_recursion_is_told_there(text: str, old: str, new: str, mended: str) -> None:
    assert text.count(old) == 1
    assert judged(text) == (["definition", "conditional", "conditional"], [])
    assert judged(text.replace(old, new)) == (["wrong", "conditional", "conditional"], [mended])


def test_the_value_at_the_last_step_is_told_from_the_recursion() -> None:
    text = NAMED + LOSS % "-" + LAST % "(1 - s_T)" + RECURSION % SLOPE_OF_SIGMA + GRADIENTS
    assert judged(text) == (
        ["wrong", "conditional", "conditional", "conditional"],
        ["δ_T = Cᵀ (p_T − q_T) ⊙ (1 − s_T) ⊙ s_T"],
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        # one gradient alone may be wrong itself
        (GRADIENTS, GRADIENTS[: GRADIENTS.index("$$ \\frac", 3)], ["definition", "wrong"]),
        # one that holds by the recursion shows that this is right
        ("x_t^\\top $$", "x_{t-1}^\\top $$", ["definition", "conditional", "wrong"]),
        # both are wrong by it, and as gradients as well
        (r"\sum_t \delta_t", r"\sum_t B \delta_t", ["definition", "wrong", "wrong"]),
    ],
)
def test_without_two_gradients_that_hold_it_stays_a_definition(old: str, new: str, words: list[str]) -> None:
    text = RIGHT.replace(SLOPE_OF_SIGMA, "(1 - s_t)") if old == GRADIENTS else RIGHT
    assert judged(text.replace(old, new))[0] == words


def test_a_loss_whose_factor_is_what_is_wrong_comes_first() -> None:
    squares = r"$$ J = \sum_{t=1}^T (s_t - q_t)^\top (s_t - q_t) $$ $$ \delta_t = (s_t - q_t + B^\top \delta_{t+1}) \odot "
    text = NAMED + squares + SLOPE_OF_SIGMA + r"$$ with $\delta_{T+1} = 0$. " + GRADIENTS
    assert judged(text)[0] == ["definition", "definition", "wrong", "wrong"]
