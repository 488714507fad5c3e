"""Repairs are put into the author's text, with the macros and the spacing around them, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symrnn.app import entry

PREAMBLE = r"""\newcommand{\yh}{\hat{y}}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\begin{align}
  s_t &= \tanh(A x_t + B s_{t-1}), & o_t &= C s_t \\
  \yh_t &= \mathrm{softmax}(o_t), & L_t &= -\sum_k y_{t,k} \log \yh_{t,k}
\end{align}
"""
CASES = [
    (r"\pd{L_t}{y_t}   &= -\frac{y_t}{ \yh_t } , % keep", r"\pd{L_t}{\hat{y}_t}   &= -\frac{y_t}{ \yh_t } , % keep"),
    (
        r"\frac{\partial^+ s_t}{\partial B} &= (1 -s_t)\otimes  s_{t-1}",
        r"\frac{\partial^+ s_t}{\partial B} &= (1 -s_t^{2})\otimes  s_{t-1}",
    ),
    (
        r"\pd{L}{B} &= \sum_{t=1}^T \mathrm{diag}(1 - s_t^2) (\pd{L}{s_t}) s_t^\top, \quad L = \sum_{t=1}^T L_t",
        r"\pd{L}{B} &= \sum_{t=1}^T \mathrm{diag}(1 - s_t^2) (\pd{L}{s_t}) s_{t - 1}^\top, \quad L = \sum_{t=1}^T L_t",
    ),
    (
        r"\pd{L}{s_t} &= B^T \mathrm{diag}(1 - s_{t}^2) \pd{L}{s_{t+1}} + C^T \pd{L}{o_t}, \quad L = \sum_{t=1}^T L_t",
        r"\pd{L}{s_t} &= B^T \mathrm{diag}(1 - s_{t + 1}^2) \pd{L}{s_{t+1}} + C^T \pd{L}{o_t}, \quad L = \sum_{t=1}^T L_t",
    ),
]


def written(tmp_path: Path, rows: str, name: str = "a.tex") -> Path:
    path = tmp_path / name
    path.write_text(f"{PREAMBLE}\\begin{{align}}\n  {rows}\n\\end{{align}}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("wrong", "right"), CASES)
def test_only_what_a_repair_changes_is_edited(wrong: str, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, wrong)
    before = path.read_text(encoding="utf-8")
    assert entry.run(["check", "--no-induction", "--diff", str(path)]) == 1
    shown = capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == before and f"+  {right}" in shown and "1 of 1 can be mended" in shown
    assert entry.run(["check", "--no-induction", "--fix", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == before.replace(wrong, right)
    assert entry.run(["check", "--no-induction", "-q", str(path)]) == 0
    assert entry.run(["check", "--no-induction", "--fix", str(path)]) == 0
    assert capsys.readouterr().out.endswith("there is nothing to mend\n")


def test_a_link_a_mode_and_the_ends_of_lines_stay(tmp_path: Path) -> None:
    path = written(tmp_path, CASES[1][0])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    link = tmp_path / "link.tex"
    link.symlink_to(path)
    assert entry.run(["check", "--no-induction", "--fix", str(link)]) == 0
    data = path.read_bytes()
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") == data.count(b"\n") and b"s_t^{2}" in data


def test_a_file_that_is_read_in_is_edited_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part.tex").write_text(f"\\begin{{align}}\n{CASES[1][0]}\n\\end{{align}}\n", encoding="utf-8")
    (tmp_path / "main.tex").write_text(f"{PREAMBLE}\\input{{part}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert entry.run(["check", "--no-induction", "--fix", "main.tex"]) == 0
    assert "s_t^{2}" in (tmp_path / "part.tex").read_text(encoding="utf-8")
    assert (tmp_path / "main.tex").read_text(encoding="utf-8") == f"{PREAMBLE}\\input{{part}}\n"


def test_one_of_two_repairs_of_one_cost_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, r"\pd{s_t}{s_{t-1}} &= B \,\mathrm{diag}(1 - s_t^2)")
    before = path.read_bytes()
    assert entry.run(["check", "--no-induction", "--fix", str(path)]) == 1
    assert path.read_bytes() == before
    said = capsys.readouterr().out
    assert said.startswith(f"{path}:8:3: left L8: several repairs cost the same, choose one: B and ") and " or " in said
    assert said.endswith("\n0 of 1 mended\n")


def test_the_left_side_of_a_chain_is_not_changed_for_one_of_its_equations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, r"\pd{L_t}{y_t} &= -\log \yh_t = -\frac{y_t}{\yh_t}")
    before = path.read_bytes()
    assert entry.run(["check", "--no-induction", "--fix", str(path)]) == 1
    assert path.read_bytes() == before
    assert "L8.2: its repair does not fit into the text as it is written, write it by hand: \\frac" in capsys.readouterr().out


def test_what_has_no_repair_is_left_with_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, r"\pd{s_t}{s_{t-1}} &= \mathrm{diag}(s_t) B \mathrm{diag}(\tanh(s_t))")
    assert entry.run(["check", "--no-induction", "--fix", str(path)]) == 1
    said = capsys.readouterr().out
    assert "left L8: no repair of it is proven; it should be \\frac{\\partial s_{t}}" in said and said.endswith("0 of 1 mended\n")


def test_a_fix_that_cannot_be_written_leaves_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["check", "--fix"]) == 2
    assert "neither - nor the built-in notes are one" in capsys.readouterr().err
    notebook = tmp_path / "a.ipynb"
    notebook.write_text('{"cells": [{"cell_type": "markdown", "source": "$$ a = a $$"}]}', encoding="utf-8")
    assert entry.run(["check", "--no-induction", "--fix", str(notebook)]) == 2
    assert "only files of Markdown and TeX are edited" in capsys.readouterr().err
    if os.geteuid():
        path = written(tmp_path, CASES[1][0])
        tmp_path.chmod(0o500)
        assert entry.run(["check", "--no-induction", "--fix", str(path)]) == 2
