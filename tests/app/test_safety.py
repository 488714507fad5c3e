"""A document runs no code, files are written whole or not at all, and nobody sees a traceback for their own input."""

from __future__ import annotations

import json
import os
import re
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from symrnn.app import entry, outcome
from symrnn.language.errors import InputError
from symrnn.language.remarks import CODING, remark, remarks
from symrnn.language.saving import check_target, save

NETWORK = r"""
$$ s_t = \tanh(A x_t + B s_{t-1}), \quad o_t = C s_t, \quad p_t = \mathrm{softmax}(o_t), \quad L_t = -q_t^T \log p_t $$
$$ L = \sum_{t=0}^{T} L_t $$
"""
HOSTILE_LABELS = (
    "coding: raw_unicode_escape \\u000aprint('PWNED')#",
    "coding=utf-7 +AAo-print('PWNED')#",
    "eq:decoding:loss",
    "vim: set fileencoding=rot13 :",
    "'''\"\"\"\\N{LINE FEED}print('PWNED')",
    "x\nprint('PWNED')",
)
CODINGS = ("utf-8", "latin-1", "ascii")


def document(label: str) -> str:
    return NETWORK + rf"$$ \frac{{\partial s_t}}{{\partial s_{{t-1}}}} = B \mathrm{{diag}}(1 - s_t^2) \tag{{{label}}} $$"


def replayed(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The program that replays the wrong statement of a document."""
    assert entry.run(["check", str(path), "--format", "json", "--no-progress"]) == 1
    statements = json.loads(capsys.readouterr().out)["statements"]
    label = next(s["label"] for s in statements if s["verdict"] == "wrong")
    assert entry.run(["check", str(path), "--replay", label]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("label", HOSTILE_LABELS)
def test_a_label_runs_nothing_in_a_replay(label: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.md").write_text(document(label), encoding="utf-8")
    program = replayed(tmp_path / "notes.md", capsys)
    assert program.splitlines()[0] == CODING
    assert program.isascii()
    for coding in CODINGS:
        (tmp_path / "program.py").write_text(program, encoding=coding)
        done = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "PWNED" not in done.stdout


@pytest.mark.parametrize("name", ["a\nprint('PWNED')\n.md", "coding: utf-7 +AAo-print('PWNED').md", "decoding:loss.md"])
def test_a_file_name_runs_nothing(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text(document("7"), encoding="utf-8")
    program = replayed(tmp_path / name, capsys)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, "PWNED" in done.stdout) == (0, False)


def test_a_label_runs_nothing_in_a_compiled_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gradient = r"$$ \frac{\partial L}{\partial C} = \sum_{t=0}^{T} (q_t - p_t) \otimes s_t \tag{%s} $$"
    (tmp_path / "notes.md").write_text(NETWORK + gradient % HOSTILE_LABELS[0], encoding="utf-8")
    assert entry.run(["compile", str(tmp_path / "notes.md")]) == 0
    program = capsys.readouterr().out
    assert program.splitlines()[0] == CODING
    assert "PWNED" in program and program.isascii()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_remark_is_one_line_of_ascii_without_escapes() -> None:
    assert remark("a\r\n\\u000ab\u2028∂\x1b1") == r"# a \\u000ab \u2202 1"
    assert remarks("a\nb") == ["# a", "# b"]


# ------------------------------------------------------------------------------------------------------------- files


def test_a_file_is_replaced_whole_and_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    save(link, b"new")
    assert (link.is_symlink(), real.read_bytes(), stat.S_IMODE(real.stat().st_mode)) == (True, b"new", 0o640)
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".tmp"] == []


def test_links_that_lead_nowhere_and_pipes_are_passed_by(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.md").write_text("$$ h_t = W h_{t-1} $$", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.md")
    assert entry.run(["check", str(tmp_path)]) == 0
    for name, target in (("circle.md", "circle.md"), ("dangling.md", "nowhere.md")):
        (tmp_path / name).symlink_to(target)
        assert entry.run(["check", str(tmp_path / name)]) == 2
        assert re.search(rf"{name}: (no such file|cannot be read)", capsys.readouterr().err)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_bytes(b"old")
    code = (
        "import resource, signal, sys; from symrnn.language.saving import save\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "save(sys.argv[1], b'x' * 1000)"
    )
    done = subprocess.run([sys.executable, "-c", code, target], capture_output=True, text=True, check=False)
    assert "what was there before is unchanged" in done.stderr
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 10


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text(NETWORK)
    cases = {"/dev/null": "no regular file", str(tmp_path): "is a folder", "no/such/x.html": "there is no folder", "a\0b": "null"}
    for path, reason in cases.items():
        with pytest.raises(InputError, match=reason):
            check_target(path)
    with pytest.raises(InputError, match="is the input"):
        check_target(tmp_path / "." / "notes.md", notes)
    with pytest.raises(InputError, match="cannot be written"):
        check_target(tmp_path / ("a" * 300 + ".html"))
    save(tmp_path / ("a" * 250), b"")


# ------------------------------------------------------------------------------------------------------------ output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to fill an output with")
@pytest.mark.parametrize("arguments", [["--help"], ["check", "notes.md"]])
def test_a_full_output_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(f"{NETWORK}\n$$\\tanh(0) = 0$$\n", encoding="utf-8")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "symrnn", *arguments]
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be written: No space left" in done.stderr


def test_an_error_of_symrnn_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("symrnn.app.project.read_document", broken)
    assert entry.run(["check", "x.md"]) == outcome.UNUSABLE
    assert "an error in symrnn, please report it" in capsys.readouterr().err
    monkeypatch.setenv(outcome.TRACEBACK, "1")
    with pytest.raises(RecursionError):
        entry.run(["check", "x.md"])


def test_annotations_have_no_control_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a\x1b[31m.md").write_text(document("x\x1by"), encoding="utf-8")
    assert entry.run(["check", str(tmp_path / "a\x1b[31m.md"), "--format", "github"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_an_empty_home_and_a_plain_locale_are_enough(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(document("7"), encoding="utf-8")
    tmp_path.chmod(0o555)
    environment = {"PATH": "/nowhere", "HOME": str(tmp_path), "LC_ALL": "C", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "symrnn", "check", str(tmp_path / "notes.md")]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "∂" in done.stdout.decode()
