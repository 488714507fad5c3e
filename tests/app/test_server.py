"""The language server, as a process of its own that a scripted client speaks to; and what stays known through edits."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from symrnn.app import entry
from symrnn.app.server import Work, judge_and_publish
from symrnn.judging.check import check
from symrnn.judging.judgement import Options
from symrnn.judging.kept.live import Live
from symrnn.language.budget import Stopped
from symrnn.reading.document import Document, read_text
from symrnn.showing.report.as_json import report_object

NOTES = r"""# Notes 𝔸

$$ s_t = \tanh(A x_t + B s_{t-1}), \qquad o_t = C s_t $$
$$ p_t = \mathrm{softmax}(o_t), \qquad L_t = -q_t^\top \log p_t $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) B \tag{1} $$
$$ \frac{\partial L_t}{\partial o_t} = p_t - q_t \tag{2} $$
"""
WRONG = NOTES.replace(r"1 - s_t^2) B", r"1 - s_t) B")


class Client:
    """Speaks to `symrnn server` over its standard streams."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "symrnn", "server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
        )
        self.messages: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.opened: set[str] = set()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self.messages.put(json.loads(stream.read(length)))

    def send(self, method: str, params: Any, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        data = json.dumps(message if number is None else {**message, "id": number}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        self.send(method, params, 1)
        while True:
            message = self.messages.get(timeout=60)
            if message.get("id") == 1 and "method" not in message:
                return message["result"]

    def diagnostics(self, version: int) -> list[dict[str, Any]]:
        """The next diagnostics of a version of the document."""
        while True:
            message = self.messages.get(timeout=60)
            told = message["params"] if message.get("method") == "textDocument/publishDiagnostics" else {}
            if (told.get("uri"), told.get("version")) == (self.uri, version):
                found: list[dict[str, Any]] = told["diagnostics"]
                return found

    def until(self, version: int, code: str) -> list[dict[str, Any]]:
        """The first diagnostics of a version that have a code."""
        while True:
            found = self.diagnostics(version)
            if any(d["code"] == code for d in found):
                return found

    def codes(self, name: str, *codes: str) -> list[dict[str, Any]]:
        """The first diagnostics of a file of that name, in the folder of the one that is open, that have these codes."""
        uri = f"{self.uri.rpartition('/')[0]}/{name}"
        while True:
            message = self.messages.get(timeout=60)
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                if [d["code"] for d in found] == list(codes):
                    return found

    def at(self, path: Path) -> None:
        """The file that is opened and changed from here on."""
        self.uri, self.version = path.as_uri(), 0

    def open(self, text: str) -> None:
        self.opened.add(self.uri)
        self.send("textDocument/didOpen", {"textDocument": {"uri": self.uri, "languageId": "markdown", "version": 0, "text": text}})

    def close(self) -> None:
        """Closes what is open."""
        for uri in self.opened:
            self.send("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.opened.clear()

    def change(self, text: str) -> int:
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        self.send("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        return self.version


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.getbasetemp()
    made = Client(folder)
    capabilities: dict[str, Any] = {}
    result = made.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities})
    assert result["capabilities"]["hoverProvider"] and result["capabilities"]["codeActionProvider"]
    made.send("initialized", {})
    yield made
    made.ask("shutdown", None)
    made.send("exit", None)
    assert made.process.wait(30) == 0
    for stream in (made.process.stdin, made.process.stdout, made.process.stderr):
        assert stream is not None
        stream.close()


@pytest.fixture
def client(server: Client, tmp_path: Path) -> Iterator[Client]:
    """A client of the one server of this file, in a folder of its own."""
    server.at(tmp_path / "notes.md")
    yield server
    server.close()


def applied(text: str, edit: dict[str, Any], uri: str) -> str:
    lines = text.split("\n")
    (change,) = edit["changes"][uri]

    def offset(position: dict[str, int]) -> int:
        before = sum(len(line) + 1 for line in lines[: position["line"]])
        units = lines[position["line"]].encode("utf-16-le")[: 2 * position["character"]]
        return before + len(units.decode("utf-16-le"))

    return text[: offset(change["range"]["start"])] + str(change["newText"]) + text[offset(change["range"]["end"]) :]


def test_a_mistake_is_told_explained_and_mended_while_one_writes(client: Client) -> None:
    client.open(NOTES)
    assert [d["code"] for d in client.diagnostics(0)] == ["needs-hypothesis"]
    began = time.monotonic()
    version = client.change(WRONG)
    (found,) = (d for d in client.until(version, "missing-square") if d["severity"] == 1)
    assert time.monotonic() - began < 20  # far less where nothing else runs
    start, end = found["range"]["start"], found["range"]["end"]
    line = WRONG.split("\n")[5]
    assert (start, end["line"]) == ({"line": 5, "character": 3}, 5) and line[start["character"] : end["character"]].endswith(" B")
    assert found["message"].startswith("wrong: ∂sₜ/∂sₜ₋₁ = diag(1 − sₜ) B; sₜ → sₜ²")
    where = {"textDocument": {"uri": client.uri}, "position": start}
    hover = client.ask("textDocument/hover", where)["contents"]["value"]
    assert "**✗ wrong**" in hover and "layout: numerator" in hover
    asked = {"textDocument": {"uri": client.uri}, "range": found["range"], "context": {"diagnostics": []}}
    repair, *others = client.ask("textDocument/codeAction", asked)
    assert repair["isPreferred"] and r"\mathrm{diag}(1 - s_t^{2}) B" in applied(WRONG, repair["edit"], client.uri)
    ignore = applied(WRONG, others[-1]["edit"], client.uri)
    assert "<!-- symrnn: ignore[missing-square] -->" in ignore
    assert [d["code"] for d in client.diagnostics(client.change(ignore))] == ["needs-hypothesis"]
    other = client.change(ignore.replace("s_t) B", "s_t) B + B").replace("[missing-square]", ""))
    assert all(d["code"] == "needs-hypothesis" for d in client.diagnostics(other))


def test_what_cannot_be_read_is_told_at_its_place_and_text_without_equations_not_at_all(client: Client) -> None:
    client.open("words")
    assert client.diagnostics(0) == []
    version = client.change(f"{NOTES}\n<!-- symrnn: layout sideways -->")
    (found,) = client.diagnostics(version)
    assert found["range"]["start"]["line"] == 8 and "the layout is numerator or denominator" in found["message"]
    clash = client.change(NOTES.replace("B \\tag{1}", "C \\tag{1}"))
    (first,) = (d for d in client.until(clash, "shapes") if d["code"] == "shapes")
    assert (first["severity"], first["range"]["start"]["line"]) == (2, 5) and "against" in first["message"]


CELL = "$$ h_t = \\tanh(\\W h_{t-1} + U x_t) $$\n"
BACK = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) \W $$" + "\n"


def test_a_document_of_several_files_is_told_where_its_equations_stand(client: Client, tmp_path: Path) -> None:
    (tmp_path / "main.tex").write_text(
        "\\documentclass{book}\\newcommand{\\W}{W}\n\\begin{document}\n\\input{cell}\\include{back}\n\\end{document}\n",
        encoding="utf-8",
    )
    (tmp_path / "cell.tex").write_text(CELL, encoding="utf-8")
    (tmp_path / "back.tex").write_text(BACK.replace("_t^2", "_t"), encoding="utf-8")
    main, cell, back = (tmp_path / name for name in ("main.tex", "cell.tex", "back.tex"))
    client.at(main)
    client.open(main.read_text(encoding="utf-8"))
    (found,) = client.codes("back.tex", "missing-square")
    assert (found["range"]["start"], found["range"]["end"]["line"]) == ({"line": 0, "character": 3}, 0)
    client.at(back)
    client.open(BACK)
    client.codes("back.tex")
    client.change(BACK.replace("\\W", "U"))
    (wrong,) = client.codes("back.tex", "swapped-parameter")
    asked = {"textDocument": {"uri": client.uri}, "range": wrong["range"], "context": {"diagnostics": []}}
    repair, _ = client.ask("textDocument/codeAction", asked)
    assert list(repair["edit"]["changes"]) == [back.as_uri()]
    where = {"textDocument": {"uri": client.uri}, "position": wrong["range"]["start"]}
    assert "swapped parameter" in client.ask("textDocument/hover", where)["contents"]["value"]
    client.change(BACK)
    client.codes("back.tex")
    client.at(cell)
    client.open(CELL.replace("tanh", "sigma"))
    client.codes("back.tex", "other-slope")
    client.close()
    client.codes("back.tex")


def test_a_part_alone_is_read_in_its_document_and_a_chapter_in_its_project(client: Client, tmp_path: Path) -> None:
    (tmp_path / "main.tex").write_text("\\begin{document}\\def\\W{W}\\input{cell}\\input{back}\\end{document}", encoding="utf-8")
    (tmp_path / "cell.tex").write_text(CELL, encoding="utf-8")
    (tmp_path / "back.tex").write_text("", encoding="utf-8")
    client.at(tmp_path / "back.tex")
    client.open(BACK.replace("_t^2", "_t"))
    client.codes("back.tex", "missing-square")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "1.md").write_text(CELL.replace("\\W", "W"), encoding="utf-8")
    client.at(tmp_path / "book" / "2.md")
    chapter = BACK.replace("_t^2", "_t").replace("\\W", "W")
    client.open(chapter)
    (found,) = client.codes("2.md", "undefined")
    assert found["severity"] == 3 and "nothing defines h; add its equation" in found["message"]
    (tmp_path / "book" / "symrnn.toml").write_text("", encoding="utf-8")
    client.change(f"\n{chapter}")
    client.codes("2.md", "missing-square")
    client.at(tmp_path / "book" / "1.md")
    client.open(CELL.replace("\\W", "W").replace("tanh", "sigma"))
    client.codes("2.md", "false")
    (tmp_path / "book" / "symrnn.toml").write_text('ignore = ["false"]', encoding="utf-8")
    client.at(tmp_path / "book" / "2.md")
    client.change(chapter)
    client.codes("2.md")


def test_what_was_found_and_did_not_reach_the_editor_is_told_by_the_next_check(tmp_path: Path) -> None:
    main, back = tmp_path / "main.tex", tmp_path / "back.tex"
    main.write_text("\\begin{document}\\def\\W{W}\n" + CELL + "\\input{back}\n\\end{document}", encoding="utf-8")
    back.write_text(BACK.replace("_t^2", "_t"), encoding="utf-8")
    work, texts = Work(str(main)), {main.resolve(): main.read_text(encoding="utf-8")}
    for _ in range(2):
        told: dict[str, list[Any]] = {}
        judge_and_publish(work, texts, str(main), threading.Event(), told.__setitem__)
        assert [d.code for d in told[str(back)]] == ["missing-square"] and told[str(main)] == []


def test_a_part_that_is_missing_is_told_where_it_is_read_in(client: Client, tmp_path: Path) -> None:
    client.at(tmp_path / "main.tex")
    client.open("\\begin{document}\n" + CELL.replace("\\W", "W") + "\\input{none}\n\\end{document}")
    (found,) = client.codes("main.tex", "input")
    assert (found["severity"], found["range"]["start"]["line"]) == (3, 2) and "there is no such file" in found["message"]


def test_the_lines_of_a_cell_are_none_of_the_file_that_a_notebook_is(client: Client, tmp_path: Path) -> None:
    client.at(tmp_path / "a.ipynb")
    client.open(json.dumps({"cells": [{"cell_type": "markdown", "source": WRONG}]}))
    assert client.diagnostics(0) == []


def test_nothing_is_called_false_before_it_is_judged_where_its_letters_are_undefined(client: Client) -> None:
    client.open(r"$$ \frac{\partial h_t}{\partial h_{t-1}} = W V $$")
    assert [(d["code"], d["severity"]) for d in client.diagnostics(0)] == [("undefined", 3)]


def test_without_pygls_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("symrnn.app.server_command.find_spec", lambda name: None)
    assert entry.run(["server"]) == 2
    assert capsys.readouterr().err == "symrnn: the language server needs pygls; install it with: pip install 'symrnn[server]'\n"


# ------------------------------------------------------------------------------------------------------------- watching


def test_a_file_that_changes_is_checked_again(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(NOTES, encoding="utf-8")
    command = [sys.executable, "-m", "symrnn", "check", "--watch", "--no-induction", "notes.md"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        try:
            said = "".join(process.stdout.readline() for _ in range(3))
            assert "proven 1:" in said and "if Σ_k q_k = 1" in said and "statements:" in said
            for number in range(20):
                time.sleep(0.5)  # until the watch has begun
                path.write_text(WRONG + "\n" * number, encoding="utf-8")
                if select.select([process.stdout], [], [], 1)[0]:
                    break
            assert "wrong[missing-square]" in process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "why"), [([], "needs files or folders to watch"), (["-"], "needs files or folders to watch")]
)
def test_there_must_be_something_to_watch(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["check", "--watch", *arguments]) == 2
    assert why in capsys.readouterr().err


# --------------------------------------------------------------------------------------------------------- live verdicts

FAST = Options(every_length=False)


def read(text: str) -> Document:
    return read_text(text, "notes.md", "markdown")


def test_only_what_an_edit_touches_is_judged_again() -> None:
    live = Live(FAST)
    for text, anew in [
        (NOTES, ["L3", "L3.2", "L4", "L4.2", "1", "2"]),
        (NOTES, []),
        (f"\n\n{NOTES}", []),
        (NOTES.replace("p_t - q_t", "q_t - p_t"), ["2"]),
        (WRONG, ["1"]),
        (WRONG.replace("C s_t", "C s_t + c"), ["L3", "L3.2", "L4", "L4.2", "1", "2"]),
    ]:
        document = read(text)
        report = live.check(document)
        assert live.judged_anew == anew
        assert report_object(report) == report_object(check(document, FAST))


def test_what_is_stated_reaches_what_needs_it_and_nothing_else() -> None:
    live = Live(FAST)
    live.check(read(NOTES))
    stated = NOTES.replace("# Notes 𝔸\n", "# Notes 𝔸\n\nwhere $q_t$ is one-hot.\n")
    report = live.check(read(stated))
    assert report.judgements[-1].verdict.word == "proven"
    moved = live.check(read(f"\n\n{stated}"))
    assert live.judged_anew == []
    verdict = moved.judgements[-1].verdict
    assert [g.line for g in getattr(verdict, "given", ())] == [5]


@pytest.mark.usefixtures("without_mends")
def test_a_second_equation_for_a_letter_counts_after_an_edit_wherever_it_stands() -> None:
    """What rests on δ_t and is true by its second equation is not wrong, as a check from the start says."""
    cell = (
        r"$$ h_t = \tanh(z_t), \quad z_t = U x_t + W h_{t-1}, \quad o_t = V h_t, \quad L = \frac12 \sum_{t=1}^T \|o_t - y_t\|^2 $$"
    )
    more = r"$$ \frac{\partial L}{\partial o_t} = o_t - y_t $$"
    errors = r"$$ \delta_t = \frac{\partial L}{\partial h_t} $$"
    errors += r"$$ \delta_t = (V^\top (o_t - y_t) + W^\top \delta_{t+1}) \odot (1 - h_t^2) $$"
    claim = r"$$ \frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^\top $$"
    live = Live(FAST)
    for parts, word in [
        ((cell, errors, claim.replace("t-1", "t")), "wrong"),
        ((cell, errors, claim), "undecided"),
        ((cell, more, errors, claim), "undecided"),
    ]:
        document = read("\n\n".join(parts))
        report = live.check(document)
        assert report.judgements[-1].verdict.word == word
        assert report_object(report) == report_object(check(document, FAST))


def test_a_check_that_nobody_wants_stops() -> None:
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        Live(FAST).check(read(WRONG), lambda: next(asked, True))


HEARD = [
    # what is changed, what is told of it first, and the verdict in the end
    (("diag}(1 - s_t^2) B", "diag}(1 - s_t) B"), [("1", "false")], "wrong"),
    (("s_t^2) B", "s_t^2) C"), [("1", "shapes")], "wrong"),
    (("1 - s_t^2", "-s_t^2 + 1"), [], "proven"),
]


@pytest.mark.parametrize(("change", "looks", "word"), HEARD)
def test_what_fails_as_written_is_told_before_its_repair_is_looked_for(
    change: tuple[str, str], looks: list[tuple[str, str]], word: str
) -> None:
    live, told = Live(FAST), []
    live.check(read(NOTES))
    document = read(NOTES.replace(*change))
    report = live.check(document, tell=lambda known, first: told.append((known, first)))
    assert report_object(report) == report_object(check(document, FAST))
    assert next(j for j in report.judgements if j.statement.label == "1").verdict.word == word
    known, first = told[len(looks)]
    assert [(look.statement.label, look.rule.code) for look in first] == looks
    assert [j.statement.label for j in known.judgements] == ["L3", "L3.2", "L4", "L4.2", "2"]
    assert told[0][1] == () and told[-1][1] == () and len(told[-1][0].judgements) == 6


def test_a_first_look_leaves_no_trace_of_what_is_stated_or_supposed() -> None:
    stated = (
        NOTES
        + r"""
$$ \sum_k q_{t,k} = 1 $$
$$ s_0 = 0 $$
$$ \frac{\partial L_t}{\partial o_t} = q_t - p_t \tag{3} $$
"""
    )
    live, looks = Live(FAST), []
    report = live.check(read(stated), tell=lambda known, first: looks.extend(look.statement.label for look in first))
    assert report_object(report) == report_object(check(read(stated), FAST))
    assert set(looks) == {"3"}


def test_a_part_of_a_gradient_is_one_as_long_as_another_equation_has_it_beside_other_terms() -> None:
    network = r"$$ v_t = \tanh(M r_t + N v_{t-1}), \quad o_t = R v_t $$" + "\n\n"
    whole, part = r"$$ dv_t = R^T do_t + dv_{next} $$", r"$$ dv_t = dv_{next} $$"
    live = Live(FAST)
    for text in (network + whole + part, network + part, network + whole + part):
        assert report_object(live.check(read(text))) == report_object(check(read(text), FAST))
