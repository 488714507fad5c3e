"""The pre-commit hook and the GitHub Action run what they say."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import ROOT

(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / ".github" / "action.yml").read_text(encoding="utf-8"))
NETWORK = "$$ h_t = \\tanh(U x_t + W h_{t-1}) $$\n"
WRONG = "$$ \\frac{\\partial h_t}{\\partial h_{t-1}} = W \\mathrm{diag}(1 - h_t^2) $$\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "plain.md").write_text("No equation here.\n", encoding="utf-8")
    (tmp_path / "notes.md").write_text(NETWORK + WRONG, encoding="utf-8")
    return tmp_path


def run(command: list[str], folder: Path, **variables: str) -> tuple[int, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path, **variables}, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_the_hook_checks_the_files_that_it_is_given(project: Path) -> None:
    status, out = run([*shlex.split(HOOK["entry"]), "plain.md", "notes.md"], project)
    assert (status, out.startswith("notes.md:2:4: wrong[reversed-order] ")) == (1, True)
    (project / "notes.md").write_text(NETWORK, encoding="utf-8")
    assert run([*shlex.split(HOOK["entry"]), "plain.md", "notes.md"], project)[0] == 0


def test_the_hook_judges_a_changed_chapter_in_the_network_of_the_others(project: Path) -> None:
    (project / "notes.md").write_text(NETWORK, encoding="utf-8")
    (project / "part2.md").write_text(WRONG, encoding="utf-8")
    status, out = run([*shlex.split(HOOK["entry"]), "part2.md"], project)
    assert (status, out.startswith("part2.md:1:4: wrong[reversed-order] ")) == (1, True)


def steps(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(step for step in ACTION["runs"]["steps"] if step.get("name") == name)
    return found


def test_the_action_annotates_lines(project: Path) -> None:
    step = steps("Check")
    assert step["env"] == {"SYMRNN_FILES": "${{ inputs.files }}", "SYMRNN_ARGUMENTS": "${{ inputs.arguments }}"}
    command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
    status, out = run(command, project, SYMRNN_FILES=ACTION["inputs"]["files"]["default"], SYMRNN_ARGUMENTS="--no-induction")
    assert (status, out.startswith("::error file=notes.md,line=2,col=4,endLine=2,endColumn=")) == (
        1,
        True,
    )


def test_the_action_installs_the_checkout_that_it_is_in() -> None:
    assert steps("Install")["run"].endswith('"$GITHUB_ACTION_PATH/.."')
    assert (ROOT / ".github" / ".." / "pyproject.toml").is_file()
