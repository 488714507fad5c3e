"""Programs in documents: each line keeps its number, what is no Python is left out, and the rest is judged as a file of it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symrnn.app import entry
from symrnn.code.examine import examine_file
from symrnn.code.listings import program_in
from symrnn.code.setting import SaidOfInputs
from symrnn.language.errors import InputError

FORWARD = "import numpy as np\n\ndef forward(W, x):\n    return np.tanh(W @ x)\n"
BACKWARD = """def loss_and_gradient(W, x):
    h = forward(W, x)
    loss = 0.5 * np.sum(h ** 2)
    dW = np.outer(h * (1 - h ** 2), x)
    return loss, dW
"""


def document(folder: Path, backward: str) -> str:
    text = f"# A layer\n\n```python\n{FORWARD}```\n\nand\n\n```py\n{backward}```\n\n```python\n>>> this is no program\n```\n"
    (folder / "layer.md").write_text(text, encoding="utf-8")
    return str(folder / "layer.md")


def notebook(folder: Path, backward: str) -> str:
    cells = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", *FORWARD.splitlines(keepends=True)]},
        {"cell_type": "markdown", "source": "def words(): nothing"},
        {"cell_type": "code", "source": "h_t = = 1"},
        {"cell_type": "code", "source": backward},
    ]
    (folder / "layer.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return str(folder / "layer.ipynb")


@pytest.mark.parametrize("write", [document, notebook])
def test_right_code_in_a_document_is_proven(write: object, tmp_path: Path) -> None:
    assert callable(write)
    examined = examine_file(write(tmp_path, BACKWARD), "", SaidOfInputs())
    assert [(verdict.gradient, verdict.word) for verdict in examined.verdicts] == [("dW", "proven")]


def test_a_wrong_line_of_a_listing_has_its_number_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = document(tmp_path, BACKWARD.replace("1 - h ** 2", "1 - h"))
    assert entry.run(["code", path]) == 1
    line = Path(path).read_text(encoding="utf-8").splitlines().index("    dW = np.outer(h * (1 - h), x)") + 1
    assert f"line {line}" in capsys.readouterr().out


def test_the_lines_of_a_notebook_are_counted_through_its_code_cells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["code", f"{notebook(tmp_path, BACKWARD.replace('1 - h ** 2', '1 - h'))}:loss_and_gradient"]) == 1
    printed = capsys.readouterr().out
    assert "lines are counted through the code cells: cell 1 begins at line 1, cell 4 at line 6" in printed
    assert "line 9" in printed


def test_a_document_is_not_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = document(tmp_path, BACKWARD.replace("1 - h ** 2", "1 - h"))
    before = Path(path).read_text(encoding="utf-8")
    assert entry.run(["code", path, "--fix"]) == 2
    assert "only a file of Python is written to" in capsys.readouterr().err
    assert Path(path).read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("text", "name"),
    [("no code", "a.md"), ("```\nwords only here\n```", "a.md"), ('{"cells": []}', "a.ipynb"), ("```bash\nx = 1\n```", "a.md")],
)
def test_a_document_without_python_is_refused(text: str, name: str) -> None:
    with pytest.raises(InputError, match="holds no Python"):
        program_in(text, name)


def test_a_listing_in_a_list_is_dedented_in_its_place() -> None:
    text = "- one\n\n  ```python\n  x = 1\n  ```\n\n- two\n"
    assert program_in(text, "a.md")[0].splitlines()[3] == "x = 1"


def test_a_function_that_only_takes_gradients_is_not_the_one_that_is_asked_about(tmp_path: Path) -> None:
    update = "\ndef update(W, dW):\n    W = W - 0.1 * dW\n    return W, dW\n\ndef gain(g):\n    gain = g + 1\n    return gain\n"
    assert examine_file(document(tmp_path, BACKWARD + update), "", SaidOfInputs()).setting.target.function == "loss_and_gradient"


def test_check_says_where_code_is_that_it_does_not_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(document(tmp_path, BACKWARD))
    assert entry.run(["check", str(path), "--no-cache"]) == 2
    assert f"symrnn code {path} judges its code" in capsys.readouterr().err
    path.write_text("$h_t = W x_t$\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert entry.run(["check", str(path), "--no-cache"]) == 0
    assert f"{path}: it holds code that computes gradients; symrnn code {path} judges that" in capsys.readouterr().err
