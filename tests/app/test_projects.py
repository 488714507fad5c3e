"""Several files, directories, notebooks and standard input, from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from symrnn.app.entry import run
from symrnn.language.errors import InputError
from symrnn.reading.document import read_document

NETWORK = "# Cell\n\n$$h_t = \\tanh(W h_{t-1} + U x_t)$$\n"
CLAIM = "\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W$$\n"
FALSE = "\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = W$$\n"


def verdicts(out: str) -> dict[str, list[str]]:
    found = json.loads(out)
    return {d["document"]: [s["verdict"] for s in d["statements"]] for d in (found if isinstance(found, list) else [found])}


def test_a_bad_file_hides_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, prose, binary = (tmp_path / name for name in ("good.md", "prose.md", "binary.md"))
    good.write_text(NETWORK + CLAIM)
    prose.write_text("no equation\n")
    binary.write_bytes(b"$a = b$\0")
    status = run(["check", str(prose), str(binary), str(good), "--format", "json", "--no-progress"])
    captured = capsys.readouterr()
    assert verdicts(captured.out) == {str(good): ["definition", "proven"]}
    assert len(captured.err.splitlines()) == 2
    assert "passed over: no equation found in" in captured.err
    assert "binary.md: is a binary file" in captured.err
    assert status == 2


def test_a_directory_is_every_document_below_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("b", ".git", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "c.md").write_text(NETWORK + FALSE)
    (tmp_path / "a.md").write_text(NETWORK + CLAIM)
    (tmp_path / "data.csv").write_text("1")
    (tmp_path / "main.tex").write_text("\\begin{document}\\input{b/part}\n" + CLAIM + "\\end{document}")
    (tmp_path / "b" / "part.tex").write_text("\n" + NETWORK.replace("#", "%"))
    status = run(["check", str(tmp_path), "--format", "json", "--no-progress"])
    captured = capsys.readouterr()
    assert verdicts(captured.out) == {
        str(tmp_path / "a.md"): ["definition", "proven"],
        str(tmp_path / "b" / "c.md"): ["definition", "wrong"],
        str(tmp_path / "main.tex"): ["definition", "proven"],
    }
    assert captured.err == ""
    assert status == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Stream:
        buffer = io.BytesIO((NETWORK + FALSE).encode())

    monkeypatch.setattr("sys.stdin", Stream)
    assert run(["check", "-", "--stdin-filename", "notes/draft.md", "--format", "json", "--no-progress"]) == 1
    assert verdicts(capsys.readouterr().out) == {"notes/draft.md": ["definition", "wrong"]}


def notebook(*cells: tuple[str, str | list[str]]) -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells], "nbformat": 4})


def test_a_notebook_is_its_markdown_cells(tmp_path: Path) -> None:
    path = tmp_path / "notes.ipynb"
    cells = [
        ("markdown", ["# Title\n", "\n", "$\\newcommand{\\W}{W}$\n", "$a = \\W$"]),
        ("code", "x = '$c = d$'"),
        ("markdown", "text\n$$\n\\W = e\n$$"),
    ]
    path.write_text(notebook(*cells))
    document = read_document(path)
    found = [(s.latex, s.place.file.removeprefix(str(tmp_path)), s.place.line) for s in document.statements]
    assert found == [("a = W", "/notes.ipynb:cell 1", 4), ("W = e", "/notes.ipynb:cell 3", 3)]
    assert document.title == "Title"


def test_an_old_notebook_has_sheets(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": [{"cell_type": "markdown", "source": ["$a = b$"]}]}]}))
    assert [s.latex for s in read_document(path).statements] == ["a = b"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", "{}", '{"cells": 3}', '{"cells": [3, {}]}', "[" * 100_000])
def test_what_is_no_notebook_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.ipynb"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert "\n" not in str(caught.value)


def test_what_an_earlier_file_states_is_given_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "1.md", tmp_path / "2.md"
    softmax = "$$z_t = V h_t, p_t = \\mathrm{softmax}(z_t), L_t = -\\sum_k y_{t,k} \\log p_{t,k}$$\n\nwhere $y_t$ is one-hot.\n"
    first.write_text(f"{NETWORK}\n{softmax}")
    second.write_text("# Back\n\n$$\\frac{\\partial L_t}{\\partial z_t} = p_t - y_t$$\n")
    assert run(["check", str(first), str(second), "-v", "--no-progress", "--no-induction"]) == 0
    out = "".join(capsys.readouterr().out.split())
    assert f"givenΣ_ky_k=1({first},line7)" in out


def test_a_chapter_without_a_network_has_that_of_the_chapters_before_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, other = (tmp_path / name for name in ("1.md", "2.md", "3.md"))
    first.write_text(f"{NETWORK}<!-- symrnn: layout numerator -->\n")
    second.write_text(f"# Back\n{CLAIM}{FALSE.replace('= W', '= W^T diag(1 - h_t^2)')}")
    other.write_text("# Another\n\n$$s_t = \\tanh(B s_{t-1} + A x_t)$$\n$$\\frac{\\partial s_t}{\\partial s_{t-1}} = B$$\n")
    assert run(["check", str(tmp_path), "--format", "json", "--no-progress", "--no-induction"]) == 1
    found = verdicts(capsys.readouterr().out)
    assert found == {str(first): ["definition"], str(second): ["proven", "wrong"], str(other): ["definition", "wrong"]}
    assert run(["check", str(second), "--format", "json", "--no-progress", "--no-induction"]) == 0
    assert verdicts(capsys.readouterr().out) == {str(second): ["undecided", "undecided"]}
    assert run(["check", str(other), str(second), "--format", "json", "--no-progress", "--no-induction"]) == 1
    assert verdicts(capsys.readouterr().out)[str(second)] == ["undecided", "undecided"]
