"""Gradient code: right functions are proven, broken ones refuted, and what cannot be run is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symrnn.app import cli

HERE = Path(__file__).parent / "code"


def broken(tmp_path: Path, old: str, new: str, file: str = "char_rnn.py") -> str:
    """A copy of a file with one mistake in it."""
    text = (HERE / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / file
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def test_the_command_finds_shapes_and_says_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["code", f"{HERE / 'char_rnn.py'}:lossFun"]) == 0
    out = capsys.readouterr().out
    assert "whose code was run" in out
    assert "Whh 3 × 3, Why 4 × 3" in out
    assert "np.clip changes nothing, that is -5 ≤ x ≤ 5" in out
    assert "5 gradients: 0 proven, 5 conditional, 0 wrong, 0 undecided" in out


def test_a_wrong_gradient_has_a_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = broken(tmp_path, "draw @ hs[t - 1].T", "draw @ hs[t].T")
    assert cli.run(["code", f"{path}:lossFun", "--format", "json"]) == 1
    rows = {row["gradient"]: row for row in json.loads(capsys.readouterr().out)["gradients"]}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "dWxh": "conditional",
        "dWhh": "wrong",
        "dWhy": "conditional",
        "dbh": "conditional",
        "dby": "conditional",
    }
    found = rows["dWhh"]["counterexample"]
    assert found["returned"] != found["exact"]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nothing.py:f", "cannot be read"),
        ("char_rnn.py", "not of the form FILE.py:FUNCTION"),
        ("char_rnn.py:gradients", "has no function gradients; it has lossFun"),
    ],
)
def test_what_cannot_be_used_is_refused(place: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["code", f"{HERE / place}"]) == 2
    assert message in capsys.readouterr().err
