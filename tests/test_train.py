"""Training: the loss falls as an independent implementation says, and bad input is refused in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symrnn.language.errors import InputError
from symrnn.running.training import Descent, Settings, Text, curve, files, train_command
from symrnn.running.training.curve import in_terminal, smoothed
from symrnn.running.training.descent import first_parameters
from symrnn.running.training.text import read, sample

ROOT = Path(__file__).parent.parent
SHORT = "one line and one more line, and the line before it. " * 3


def train(*arguments: str) -> None:
    train_command.main([*arguments, "--no-progress"], standalone_mode=False)


def losses_by_hand(text: str, settings: Settings, steps: int) -> list[float]:
    """The same training written out, one character after the other; only the first parameters are the package's."""
    characters = sorted(set(text))
    numbers = [characters.index(c) for c in text]
    params = first_parameters(len(characters), settings)
    U, W, V = params["U"], params["W"], params["V"]
    losses: list[float] = []
    position, state = 0, np.zeros(len(W))
    for _ in range(steps):
        if position >= len(numbers) - 1:
            position, state = 0, np.zeros(len(W))
        stop = min(position + settings.length, len(numbers) - 1)
        loss, state, gradients = piece_by_hand(U, W, V, numbers[position : stop + 1], state)
        norm = np.sqrt(sum(float((g**2).sum()) for g in gradients))
        factor = settings.rate
        if settings.clip is not None and norm > settings.clip:
            factor *= settings.clip / norm
        U, W, V = (p - factor * g for p, g in zip((U, W, V), gradients, strict=True))
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


# ----------------------------------------------------------------------------------------------------------- training


@pytest.mark.parametrize(
    "settings",
    [Settings(hidden=12, rate=0.01, length=10), Settings(hidden=7, rate=0.05, seed=3, length=17, clip=0.5)],
    ids=["plain", "clipped"],
)
def test_the_curve_is_that_of_an_independent_implementation(settings: Settings) -> None:
    descent = Descent(Text.of(SHORT), settings)
    losses = [descent.step() for _ in range(120)]
    np.testing.assert_allclose(losses, losses_by_hand(SHORT, settings, 120), rtol=1e-10)


def test_the_loss_falls() -> None:
    descent = Descent(Text.of(sample()), Settings(hidden=32))
    losses = [descent.step() for _ in range(600)]
    assert losses[0] == pytest.approx(np.log(len(descent.text.characters)), rel=0.2)
    assert np.mean(losses[-50:]) < 0.7 * losses[0]


def test_a_descent_is_the_same_for_the_same_seed() -> None:
    first, second = (Descent(Text.of(SHORT), Settings(hidden=6, seed=5)) for _ in range(2))
    assert [first.step() for _ in range(5)] == [second.step() for _ in range(5)]
    assert first.sample(40) == second.sample(40)
    assert Descent(Text.of(SHORT), Settings(hidden=6, seed=6)).step() != first.losses[0]


def test_what_was_learnt_can_be_sampled() -> None:
    descent = Descent(Text.of("abc" * 40), Settings(hidden=16, rate=0.05, length=15))
    for _ in range(400):
        descent.step()
    assert descent.losses[-1] < 0.05
    assert descent.sample(12) == "abcabcabcabc"


def test_pieces_cover_the_text_and_begin_again() -> None:
    text = Text.of("abcdefg")
    assert text.steps_per_pass(4) == 2
    found = []
    for (number, x, y), _ in zip(text.pieces(4), range(3), strict=False):
        found.append((number, text.spell(x.argmax(1).tolist()), text.spell(y.argmax(1).tolist())))
    assert found == [(0, "abcd", "bcde"), (0, "ef", "fg"), (1, "abcd", "bcde")]


def test_a_rate_that_is_too_large_is_reported() -> None:
    descent = Descent(Text.of(SHORT), Settings(hidden=8, rate=1e308))
    with pytest.raises(InputError, match=r"the numbers grew out of hand at step \d+; take a smaller --rate, or --clip"):
        for _ in range(50):
            descent.step()


# ------------------------------------------------------------------------------------------------------------ command


def test_the_command_trains_saves_and_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, target = tmp_path / "text.txt", tmp_path / "learnt.npz"
    text.write_text(SHORT, encoding="utf-8")
    train(str(text), "--steps", "60", "--hidden", "9", "--save", str(target), "--sample", "30")
    out, err = capsys.readouterr()
    assert err == ""
    assert f"{len(SHORT)} characters, {len(set(SHORT))} different ones; 60 steps" in out
    assert "loss per character:" in out and "┤" in out
    assert len(out.splitlines()[-1]) == 30
    with np.load(target, allow_pickle=False) as saved:
        assert saved["U"].shape == (9, len(set(SHORT)))
        assert saved["W"].shape == (9, 9)
        assert saved["V"].shape == (len(set(SHORT)), 9)
        assert "".join(saved["characters"]) == "".join(sorted(set(SHORT)))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["learnt.npz", "text.txt"]


def test_without_a_text_there_is_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    train("--epochs", "1", "--hidden", "4", "--length", "400")
    pieces = -(-(len(sample()) - 1) // 400)
    assert f"different ones; {pieces} steps" in capsys.readouterr().out


def test_a_picture_of_the_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train("--steps", "3", "--hidden", "4", "--plot", str(tmp_path / "curve.png"))
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    out = capsys.readouterr().out
    assert "loss curve: " in out and "┤" not in out


def test_a_picture_needs_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve, "Figure", None)
    with pytest.raises(InputError, match=r"--plot needs matplotlib; install it with: pip install 'symrnn\[plot\]'"):
        train("--plot", str(tmp_path / "curve.png"))


def test_the_derivation_trains_as_well() -> None:
    command = [
        sys.executable,
        str(ROOT / "derivations" / "gradient_descent.py"),
        "train",
        "--steps",
        "2",
        "--hidden",
        "3",
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "2 steps" in done.stdout


# ------------------------------------------------------------------------------------------------------------- saving


def test_saving_replaces_the_file_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "learnt.npz"
    target.write_bytes(b"before")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match=r"learnt\.npz cannot be written: No space left on device"):
        files.save(str(target), {"W": np.eye(2)}, "ab")
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_saved_file_can_be_read_like_any_other(tmp_path: Path) -> None:
    files.save(str(tmp_path / "learnt.npz"), {"W": np.eye(2)}, "ab")
    (tmp_path / "other").write_bytes(b"")
    assert (tmp_path / "learnt.npz").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("option", ["--save", "--plot"])
def test_where_nothing_can_be_written_is_said_before_the_work(option: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{option} .* is a directory; give the name of a file"):
        train(option, str(tmp_path))
    with pytest.raises(InputError, match=f"{option} .*: there is no directory .*none; create it first"):
        train(option, str(tmp_path / "none" / "file.npz"))


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; give a text to learn"),
        (b"aaaa", "at least two different characters"),
        (b"\xff\xfe\x00", "is not a text in UTF-8"),
        (b"ab\0cd", "is not a text: it has a NUL character at position 2"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        train(str(path))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt cannot be read: No such file or directory"):
        train(str(tmp_path / "none.txt"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        train(str(tmp_path))


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfab")
    assert read(str(path)) == "ab"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "3", "--epochs", "2"], "--steps and --epochs do not go together"),
        (["--rate", "nan"], "nan is not above 0"),
        (["--rate", "-1"], "-1 is not above 0"),
        (["--clip", "inf"], "inf is not above 0"),
        (["--rate", "fast"], "'fast' is no number"),
        (["--hidden", "0"], "0 is not in the range"),
        (["--length", "0"], "0 is not in the range"),
    ],
)
def test_options_that_cannot_be_used_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        train(*arguments)
    assert isinstance(caught.value, InputError) or type(caught.value).__module__ == "click.exceptions"


# -------------------------------------------------------------------------------------------------------------- curve


def test_a_curve_has_its_ends_where_they_belong() -> None:
    lines = in_terminal([3.0, 2.0, 1.0], width=2, height=2).splitlines()
    assert lines[0] == "3.000 ┤⢁⠀"
    assert lines[1] == "1.000 ┤⠀⡀"
    assert lines[2].endswith("3 steps")
    assert in_terminal([1.0]).splitlines()[-2].startswith("1.000 ┤")


def test_smoothing_keeps_the_mean() -> None:
    values = list(range(10))
    assert smoothed(values, 20) == values
    assert smoothed(values, 5) == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert smoothed([], 5) == []


def test_control_characters_are_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "text.txt"
    path.write_text("\x1b\x07" * 20, encoding="utf-8")
    train(str(path), "--steps", "2", "--sample", "10")
    assert "\x1b" not in capsys.readouterr().out
