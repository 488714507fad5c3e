"""Gradient descent with compiled gradients: the loss falls as an independent implementation says, for any network."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest
from places import ROOT

from symrnn.running import compile as compiled

SCRIPT = ROOT / "derivations" / "gradient_descent.py"
SCRIPT_NAMES = run_path(str(SCRIPT))
descent: Callable[..., Any] = SCRIPT_NAMES["descent"]
first_parameters: Callable[..., Any] = SCRIPT_NAMES["first_parameters"]
pieces: Callable[..., Any] = SCRIPT_NAMES["pieces"]

SHORT = "one line and one more line, and the line before it. " * 3
SIZES = {"hidden": 7, "classes": len(set(SHORT)), "input": len(set(SHORT))}
OTHER_LETTERS = r"""
$$ s_t = \tanh(A x_t + B s_{t-1}), \quad o_t = C s_t, \quad p_t = \mathrm{softmax}(o_t), \quad E_t = -q_t^T \log p_t $$
$$ E = \sum_{t=0}^{T} E_t $$
"""


def losses_by_hand(text: str, params: dict[str, Any], rate: float, length: int, steps: int) -> list[float]:
    """The same training written out, one character after the other; only the first parameters are the script's."""
    characters = sorted(set(text))
    numbers = [characters.index(c) for c in text]
    U, W, V = params["U"], params["W"], params["V"]
    losses: list[float] = []
    position, state = 0, np.zeros(len(W))
    for _ in range(steps):
        if position >= len(numbers) - 1:
            position, state = 0, np.zeros(len(W))
        stop = min(position + length, len(numbers) - 1)
        loss, state, gradients = piece_by_hand(U, W, V, numbers[position : stop + 1], state)
        U, W, V = (p - rate * g for p, g in zip((U, W, V), gradients, strict=True))
        losses.append(loss / (stop - position))
        position = stop
    return losses


def piece_by_hand(U: Any, W: Any, V: Any, numbers: list[int], state: Any) -> tuple[float, Any, tuple[Any, Any, Any]]:
    states, outputs, loss = [state], [], 0.0
    for now, following in pairwise(numbers):
        states.append(np.tanh(U[:, now] + W @ states[-1]))
        powers = np.exp(V @ states[-1])
        outputs.append(powers / powers.sum())
        loss -= np.log(outputs[-1][following])
    dU, dW, dV, after = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V), np.zeros_like(state)
    for t in reversed(range(len(outputs))):
        error = outputs[t].copy()
        error[numbers[t + 1]] -= 1
        delta = (V.T @ error + after) * (1 - states[t + 1] ** 2)
        dV += np.outer(error, states[t + 1])
        dW += np.outer(delta, states[t])
        dU[:, numbers[t]] += delta
        after = W.T @ delta
    return loss, states[-1], (dU, dW, dV)


def test_the_curve_is_that_of_an_independent_implementation() -> None:
    program = compiled("notes")
    params = first_parameters(program, SIZES, seed=3)
    wanted = losses_by_hand(SHORT, {name: value.copy() for name, value in params.items()}, 0.05, 17, 60)
    np.testing.assert_allclose(list(islice(descent(program, params, pieces(SHORT, 17), 0.05), 60)), wanted, rtol=1e-10)


def test_any_network_with_any_letters_learns(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(OTHER_LETTERS, encoding="utf-8")
    program = compiled(tmp_path / "mine.md")
    params = first_parameters(program, {**SIZES, "hidden": 16})
    assert set(params) == {"A", "B", "C"}
    losses = list(islice(descent(program, params, pieces(SHORT, 25), 0.01), 300))
    assert losses[-1] < 0.5 * losses[0]


def test_pieces_cover_the_text_and_begin_again() -> None:
    found = [(begins, x.argmax(1).tolist(), y.argmax(1).tolist()) for begins, x, y in islice(pieces("abcdefg", 4), 3)]
    assert found == [(True, [0, 1, 2, 3], [1, 2, 3, 4]), (False, [4, 5], [5, 6]), (True, [0, 1, 2, 3], [1, 2, 3, 4])]


def test_a_rate_that_is_too_large_is_reported() -> None:
    program = compiled("notes")
    with pytest.raises(ValueError, match="take a smaller rate"):
        list(islice(descent(program, first_parameters(program, SIZES), pieces(SHORT), 1e308), 50))


def test_the_script_prints_the_page_and_the_losses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.txt").write_text("abcabcabc" * 10, encoding="utf-8")
    monkeypatch.setattr("sys.argv", [str(SCRIPT), str(tmp_path / "text.txt")])
    assert SCRIPT_NAMES["main"]() == 0
    assert "Loss per character: " in capsys.readouterr().out
