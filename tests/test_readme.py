"""The README and the guide: their examples run, and what it tells users to install and run is what the continuous checks run."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import mistakes_table
import pytest
from checked import notes_report
from places import ROOT

from symrnn.app import check_command, entry
from symrnn.judging.findings import Selection
from symrnn.judging.verdict import VERDICTS
from symrnn.language.remarks import CODING
from symrnn.showing.report import terminal

README, GUIDE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "derivations/guide.md"))
BOTH = README + "\n" + GUIDE
CHECKS = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
#: What is left out of an example.
LEFT_OUT = "..."


def marked_files() -> dict[str, str]:
    """The files that they show, by name."""
    return dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", BOTH, re.DOTALL | re.MULTILINE))


def marked_runs() -> list[tuple[str, list[str]]]:
    """The commands that they show, each with the pieces of output shown below it."""
    blocks = re.findall(r"<!-- run -->\n```console\n\$ (.+?)\n(.*?)^```$", BOTH, re.DOTALL | re.MULTILINE)
    return [(command, [line.strip() for line in shown.splitlines()]) for command, shown in blocks]


def missing_piece(pieces: list[str], output: str) -> str | None:
    """The first of `pieces` that does not come in `output` after those before it."""
    position = 0
    for piece in pieces:
        if piece == LEFT_OUT:
            continue
        position = output.find(piece, position)
        if position < 0:
            return piece
        position += len(piece)
    return None


def shell_commands() -> list[str]:
    return [part for block in re.findall(r"```sh\n(.*?)\n```", README) for part in block.split(" && ")]


@pytest.mark.parametrize(("command", "pieces"), marked_runs(), ids=[command for command, _ in marked_runs()])
def test_examples_run(
    command: str, pieces: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in marked_files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    program, *arguments = shlex.split(command)
    assert program == "symrnn"
    assert entry.run(arguments) == (0 if arguments[0] == "compile" else 1)
    assert missing_piece(pieces, capsys.readouterr().out) is None


def test_the_programs_run(capsys: pytest.CaptureFixture[str]) -> None:
    programs = re.findall(r"<!-- python -->\n```python\n(.*?)^```$", BOTH, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    for code in programs:
        exec(code, names)
    assert len(programs) == 2
    assert names["gradients"]["W"].shape == names["params"]["W"].shape
    assert capsys.readouterr().out.startswith(f"{CODING}\n# Every equation between derivatives was proven")


def test_there_are_examples() -> None:
    assert len(marked_runs()) >= 3
    assert all(len(pieces) > 0 for _, pieces in marked_runs())
    assert list(marked_files()) == ["notes.md", "rnn.py"]


def test_a_wrong_example_is_seen() -> None:
    assert missing_piece(["a", "...", "b"], "a x b") is None
    assert missing_piece(["b", "a"], "a x b") == "a"


def test_the_continuous_checks_run_what_the_readme_says() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    commands = [command.replace(".venv", "$venv") for command in shell_commands()]
    assert len(commands) == 5
    position = 0
    for command in commands:
        position = CHECKS.replace('"', "").find(command, position)
        assert position >= 0, command


def test_every_verdict_is_described() -> None:
    for word, kind in VERDICTS.items():
        assert f"| {kind.sign} | {word} | " in README


def test_every_option_is_described() -> None:
    for parameter in check_command.check_command.params:
        for option in parameter.opts:
            assert not option.startswith("--") or f"`{option}" in GUIDE, option


def test_the_table_of_mistakes_is_the_one_of_today() -> None:
    assert mistakes_table.PAGE.read_text(encoding="utf-8") == mistakes_table.page(), "run: python tests/mistakes_table.py"


def test_the_short_answer_on_the_notes_fits_on_a_page() -> None:
    lines = terminal.render_concise([notes_report()], Selection()).splitlines()
    assert len(lines) <= 60
    assert [line.split(": ")[1].split("[")[0] for line in lines[:27]] == ["wrong"] * 5 + ["slip"] * 22
    assert any(line.startswith("a hat too few (missing-hat), 15 times: lines ") for line in lines)
