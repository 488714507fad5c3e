"""Gradient code against the notes that it was made from."""

from __future__ import annotations

from typing import Any

import pytest
from code_mutants import source_of
from places import SAMPLES

from symrnn.app import entry
from symrnn.code.examine import examine
from symrnn.code.loading import parsed
from symrnn.code.notes import against_notes
from symrnn.code.setting import SaidOfInputs


def compared(*changes: tuple[str, str]) -> dict[str, Any]:
    source = source_of("char_rnn.py")
    text = source.text
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return against_notes(examine(parsed(text, source.path), "lossFun", SaidOfInputs()), str(SAMPLES / "char_rnn.md"))


def test_each_gradient_is_a_formula_and_each_line_an_equation(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["code", f"{SAMPLES / 'char_rnn.py'}:lossFun", "--notes", str(SAMPLES / "char_rnn.md")]) == 0
    out = capsys.readouterr().out
    assert "with Wxh for U, Whh for W, bh for b, Why for V, by for c, inputs for x, targets for y, hprev for s at the start" in out
    for said in ("dWhh is (recurrent)", "dby is (bias)", "line 21: hs[t] is (state)", "line 30: dscores[targets[t]] is (output)"):
        assert f"  {said}\n" in out


def test_a_wrong_gradient_is_not_the_formula_and_a_mean_is_a_fraction_of_it() -> None:
    found = compared(
        ("draw @ hs[t - 1].T", "draw @ hs[t].T"), ("    for gradient in", "    loss /= len(inputs)\n    for gradient in")
    )
    assert found["factor"] == "1/5"
    assert {row["label"]: row["same"] for row in found["gradients"]} == {"recurrent": False, "bias": False}


def test_another_network_is_not_compared() -> None:
    found = compared(("np.tanh(", "np.sin("))
    assert "another network, or another loss" in found["reason"]
    assert found["gradients"] == []


def test_notes_that_are_not_there_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["code", f"{SAMPLES / 'char_rnn.py'}:lossFun", "--notes", "nowhere.md"]) == 2
    assert "'nowhere.md' does not exist" in capsys.readouterr().err
