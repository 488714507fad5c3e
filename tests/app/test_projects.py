"""Several files, directories, notebooks and standard input, from the command line."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from symrnn.app.entry import run
from symrnn.judging.shared import concerned
from symrnn.language.errors import InputError
from symrnn.reading.document import main_of, read_document, read_text

NETWORK = "# Cell\n\n$$h_t = \\tanh(W h_{t-1} + U x_t)$$\n"
CLAIM = "\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W$$\n"
FALSE = "\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = W$$\n"


def verdicts(out: str) -> dict[str, list[str]]:
    found = json.loads(out)
    return {d["document"]: [s["verdict"] for s in d["statements"]] for d in (found if isinstance(found, list) else [found])}


def test_plain_text_is_looked_through_in_what_is_named_and_not_below_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, typed = tmp_path / "good.md", tmp_path / "typed.md"
    good.write_text(NETWORK + CLAIM)
    typed.write_text("Here h_t = tanh(W x_t) is typed.\n")
    run(["check", str(tmp_path), "--format", "json", "--no-progress"])
    captured = capsys.readouterr()
    assert verdicts(captured.out) == {str(good): ["definition", "proven"]} and "passed over" in captured.err
    run(["check", str(typed), "--format", "json", "--no-progress"])
    assert verdicts(capsys.readouterr().out) == {str(typed): ["definition"]}


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


def test_a_network_of_which_nothing_is_claimed_can_be_derived(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {
        f"{NETWORK}\n$$L = \\frac{{1}}{{2}} \\sum_t (y_t - h_t)^2$$\n": "symrnn derive",
        f"{NETWORK}\n$$L = \\frac{{1}}{{2}} \\sum_t (y_t - h_t)^2, \\quad \\frac{{\\partial L}}{{\\partial y_t}} = y_t - h_t$$\n": "",
        NETWORK: "",
    }
    for text, hint in told.items():
        (tmp_path / "a.md").write_text(text)
        assert run(["check", str(tmp_path / "a.md"), *QUICK]) == 0
        said = capsys.readouterr().err
        assert hint in said
        assert bool(hint) == bool(said)


def test_a_notebook_is_its_markdown_cells(tmp_path: Path) -> None:
    path = tmp_path / "notes.ipynb"
    cells = [
        ("markdown", ["# Title\n", "\n", "$\\newcommand{\\W}{W}$\n", "$a = \\W$"]),
        ("code", "x = '$c = d$'"),
        ("markdown", "text\n$$\n\\W = e\n$$"),
    ]
    path.write_text(notebook(*cells))
    document = read_document(path)
    found = [(s.latex, s.place.file.removeprefix(str(tmp_path)), s.place.cell, s.place.line) for s in document.statements]
    assert found == [("a = W", "/notes.ipynb", 1, 4), ("W = e", "/notes.ipynb", 3, 3)]
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
    assert verdicts(capsys.readouterr().out) == {str(second): ["conditional", "conditional"]}
    assert run(["check", str(other), str(second), "--format", "json", "--no-progress", "--no-induction"]) == 1
    assert verdicts(capsys.readouterr().out)[str(second)] == ["conditional", "conditional"]


def book(folder: Path) -> tuple[Path, Path]:
    folder.mkdir()
    first, second = folder / "1.md", folder / "2.md"
    first.write_text(f"{NETWORK}<!-- symrnn: layout numerator -->\n{FALSE}")
    second.write_text(f"# Back\n{CLAIM}{FALSE.replace('= W', '= W^T diag(1 - h_t^2)')}")
    return first, second


QUICK = ["--format", "json", "--no-progress", "--no-induction"]


def test_a_chapter_checked_alone_has_the_network_of_its_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, second = book(tmp_path / "book")
    other = tmp_path / "0.md"
    other.write_text("$$h_t = V h_{t-1}$$\n")
    assert run(["check", str(second), *QUICK]) == 0
    said = capsys.readouterr()
    assert verdicts(said.out) == {str(second): ["conditional", "conditional"]}
    assert said.err == (
        f"symrnn: {second}: what it lacks may stand in the files before it; "
        f"--project {second.parent}, or a symrnn.toml there, reads them too\n"
    )
    assert run(["check", str(second), "--project", str(tmp_path / "book"), *QUICK]) == 1
    assert verdicts(capsys.readouterr().out) == {str(second): ["proven", "wrong"]}
    (tmp_path / "book" / "symrnn.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run(["check", "book/2.md", "--no-progress", "--no-induction"]) == 1
    assert "\nWith what is defined in book/1.md.\n" in capsys.readouterr().out
    assert run(["check", "book/2.md", *QUICK]) == 1
    assert verdicts(capsys.readouterr().out) == {"book/2.md": ["proven", "wrong"]}
    assert run(["check", "0.md", "--project", "book", *QUICK]) == 0
    assert verdicts(capsys.readouterr().out) == {"0.md": ["definition"]}


def test_files_of_two_projects_are_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, cell, ignored in (("one", NETWORK, ""), ("two", NETWORK.replace("tanh", "sigma"), 'ignore = ["wrong"]\n')):
        _, second = book(tmp_path / name)
        (tmp_path / name / "1.md").write_text(cell)
        (tmp_path / name / "symrnn.toml").write_text(ignored)
        second.write_text(CLAIM)
    monkeypatch.chdir(tmp_path)
    assert run(["check", "two/2.md", "one/2.md", "--project", ".", *QUICK]) == 0
    assert verdicts(capsys.readouterr().out) == {"two/2.md": ["wrong"], "one/2.md": ["proven"]}


def test_of_a_long_work_only_what_concerns_a_chapter_is_read_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = book(tmp_path / "book")
    first.write_text("$$h_t = g(W h_{t-1} + U x_t)$$")
    (tmp_path / "book" / "0.md").write_text("$$g(a) = \\tanh(a)$$")
    other = tmp_path / "book" / "1a.md"
    other.write_text("$$q = z^2 + c$$\n$$\\frac{\\partial h_t}{\\partial W} = 5$$")
    documents = [read_document(path) for path in (tmp_path / "book" / "0.md", first, other)]
    assert [document.name for document in concerned(documents, read_document(second))] == [
        str(tmp_path / "book" / "0.md"),
        str(first),
    ]
    documents[2] = read_text("<!-- symrnn: layout numerator -->\n$$q = z$$", "1b.md", "markdown")
    assert len(concerned(documents, read_document(second))) == 3
    many = [read_text("$$W = 2 A$$", f"{number}.md", "markdown") for number in range(100)]
    near = concerned([*documents, *many], read_document(second))
    assert len(near) == 20 + 2 and near[:2] == documents[:2]


def thesis(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.tex").write_text(
        "\\documentclass{book}\n\\newcommand{\\W}{W}\n\\begin{document}\n\\input{parts/cell}\n\\include{parts/back}\n\\end{document}\n"
    )
    (tmp_path / "parts" / "cell.tex").write_text(NETWORK.replace("# Cell", "") + FALSE.replace("= W", "= \\W"))
    (tmp_path / "parts" / "back.tex").write_text(CLAIM + FALSE.replace("= W", "= 2 \\W"))
    return tmp_path


@pytest.mark.parametrize(
    "named", [["parts/back.tex"], ["parts/back.tex", "parts/../parts/back.tex"], ["parts/back.tex", "notes.md"]]
)
def test_a_part_of_a_tex_document_is_read_where_that_reads_it_in(
    named: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(thesis(tmp_path))
    (tmp_path / "notes.md").write_text(NETWORK)
    assert run(["check", *named, *QUICK]) == 1
    found = verdicts(capsys.readouterr().out)
    assert found.pop("parts/back.tex") == ["proven", "wrong"] and list(found) == (["notes.md"] if "notes.md" in named else [])


@pytest.mark.parametrize("named", [["main.tex"], ["."], ["parts/back.tex", "main.tex"], ["main.tex", "parts/cell.tex"]])
def test_a_tex_document_that_is_named_is_checked_whole(
    named: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(thesis(tmp_path))
    assert run(["check", *named, *QUICK]) == 1
    assert verdicts(capsys.readouterr().out) == {"main.tex": ["definition", "wrong", "proven", "wrong"]}


def test_a_part_from_standard_input_is_read_in_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stream:
        buffer = io.BytesIO(CLAIM.replace("W", "\\W").encode())

    monkeypatch.chdir(thesis(tmp_path))
    monkeypatch.setattr("sys.stdin", Stream)
    assert run(["check", "-", "--stdin-filename", "parts/back.tex", *QUICK]) == 0
    assert verdicts(capsys.readouterr().out) == {"parts/back.tex": ["proven"]}


def test_a_change_of_macros_is_one_of_the_whole_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(thesis(tmp_path))
    (tmp_path / "own.sty").write_text("\\newcommand{\\V}{V}\n")
    (tmp_path / "main.tex").write_text(
        (tmp_path / "main.tex").read_text().replace("\\newcommand", "\\usepackage{own}\n\\newcommand")
    )
    assert run(["check", "own.sty", *QUICK]) == 1
    assert verdicts(capsys.readouterr().out) == {"main.tex": ["definition", "wrong", "proven", "wrong"]}


def test_the_main_file_of_a_part_is_one_that_reads_it_in(tmp_path: Path) -> None:
    folder = thesis(tmp_path)
    main, part = (folder / "main.tex").resolve(), folder / "parts" / "back.tex"
    assert main_of(part) == main and main_of(main) is None and main_of(folder / "none.tex") is None
    main.write_text(main.read_text().replace("\\include{parts/back}", ""))
    assert main_of(part) is None
    (folder / "other").mkdir()
    far = folder / "other" / "far.tex"
    far.write_text("\\documentclass{article}\\begin{document}\\input{../parts/back}\\end{document}")
    assert main_of(part) is None
    part.write_text(f"% !TeX root = ../other/far.tex\n{part.read_text()}")
    assert main_of(part) == far.resolve()
    assert main_of(part, {far.resolve(): b"\\documentclass{article}"}) is None


def test_a_fix_of_a_part_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(thesis(tmp_path))
    row = "\n$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t) W$$\n"
    for name in ("cell", "back"):
        path = tmp_path / "parts" / f"{name}.tex"
        path.write_text((NETWORK.replace("# Cell", "") if name == "cell" else "") + row)
    before = (tmp_path / "parts" / "cell.tex").read_text()
    assert run(["check", "--fix", "--no-induction", "parts/back.tex"]) == 0
    assert (tmp_path / "parts" / "cell.tex").read_text() == before
    assert "1 - h_t^{2}" in (tmp_path / "parts" / "back.tex").read_text()


def test_every_place_is_told_with_its_file_or_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(thesis(tmp_path))
    target = "$$z_t = V h_t, p_t = \\mathrm{softmax}(z_t), L_t = -\\sum_k y_{t,k} \\log p_{t,k}$$"
    claim = "$$\\frac{\\partial L_t}{\\partial z_t} = p_t - y_t$$"
    cells = [("markdown", NETWORK + target), ("code", "1"), ("markdown", f"where $y_t$ is one-hot\n\n{claim}\n{FALSE}")]
    (tmp_path / "a.ipynb").write_text(notebook(*cells))
    (tmp_path / "b.md").write_text(NETWORK + FALSE + FALSE)
    assert run(["check", "main.tex", "a.ipynb", "b.md", "--no-progress", "--no-induction"]) == 1
    out = capsys.readouterr().out
    for piece in (
        "parts/back.tex:4:3: wrong[",
        "a.ipynb: cell 3 line 5: wrong[missing-activation-derivative] ",
        "(missing-activation-derivative), 2 times: lines 5, 7",
        "main.tex: 4 statements: ",
        "a.ipynb: 6 statements: ",
        "\n3 documents, 13 statements: ",
    ):
        assert piece in out, (piece, out)
    assert run(["check", "main.tex", "-v", "--no-progress", "--no-induction"]) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "parts/cell.tex" in lines and "parts/back.tex" in lines
    assert run(["check", "a.ipynb", "-v", "--no-progress", "--no-induction"]) == 1
    assert "givenΣ_ky_k=1(cell3line1)" in "".join(capsys.readouterr().out.split())
    assert run(["check", "a.ipynb", "--no-progress", "--no-induction", "--format", "github"]) == 1
    assert "::error file=a.ipynb,title=wrong[missing-activation-derivative]%3A L5::cell 3 line 5%0A" in capsys.readouterr().out
    assert run(["check", "a.ipynb", *QUICK]) == 1
    finding = json.loads(capsys.readouterr().out)["findings"][0]
    assert (finding["file"], finding["cell"], finding["line"]) == ("a.ipynb", 3, 5)


def test_a_comment_in_a_cell_is_about_that_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ipynb"
    cells = [("markdown", NETWORK), ("markdown", FALSE), ("markdown", f"{FALSE.strip()} <!-- symrnn: ignore -->")]
    path.write_text(notebook(*cells))
    assert run(["check", str(path), "--no-progress", "--no-induction"]) == 1
    out = capsys.readouterr().out
    assert (
        out.count("wrong[") == 1
        and "cell 2 line 2: wrong[" in out
        and "1 finding is ignored: cell 3 line 1; --verbose tells them" in out
    )


def test_a_report_on_several_files_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book(tmp_path / "book")
    monkeypatch.chdir(tmp_path)
    for named in (["book"], ["book/1.md", "book/2.md"]):
        assert run(["report", *named, "-o", "out.html"]) == 1
        assert "wrote out.html\n4 statements: 1 definition, 1 proven, 2 wrong; 4 of 4 decided" in capsys.readouterr().out
        page = (tmp_path / "out.html").read_text(encoding="utf-8")
        assert (
            "<title>Cell, Back" in page
            and ">1.md: Cell" in page
            and ">2.md: Back" in page
            and "symrnn check book/1.md book/2.md" in page
        )
        links = set(re.findall('href="#([^"]*)"', page))
        assert len(links) > 4 and links <= set(re.findall('id="([^"]*)"', page))
    assert run(["report", "book", "-o", "errata.md"]) == 1
    assert (tmp_path / "errata.md").read_text(encoding="utf-8").count("| book/") == 2


def test_a_report_is_strict_where_that_is_asked_for_and_ignores_what_the_project_ignores(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"{NETWORK}$$q = $$ and $$ k \\frown x = 3 $$")
    assert run(["report", str(path), "-o", str(tmp_path / "a.html")]) == 0
    assert run(["report", str(path), "-o", str(tmp_path / "a.html"), "--strict"]) == 3
    path.write_text(NETWORK + FALSE)
    assert run(["report", str(path), "-o", str(tmp_path / "a.html")]) == 1
    (tmp_path / "symrnn.toml").write_text('ignore = ["wrong"]')
    assert run(["report", str(path), "-o", str(tmp_path / "a.html")]) == 0
    (tmp_path / "symrnn.toml").write_text('declare = ["shape Q (n)"]')
    assert run(["report", str(path), "-o", str(tmp_path / "a.html")]) == 2
