"""Arguments, exit statuses and streams of the command line."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fake_report
import pytest

from symrnn import __version__
from symrnn.app import check_command, entry
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.reading.document import Document
from symrnn.showing.report.wording import replayable

ALL = frozenset({"conditional", "slip", "wrong", "undecided", "unread"})
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """Replaces the check by the report made by hand; the options it was called with."""
    calls: list[Options] = []

    def check(document: Document, options: Options, progress: object = None, memory: object = None) -> Report:
        calls.append(options)
        return fake_report.report(document)

    monkeypatch.setattr(check_command, "check", check)
    real = check_command.for_judgement

    def replayed(report: Report, judgement: Judgement) -> str:
        known = replayable(judgement.verdict)
        return f"# replays {judgement.statement.label}" if known else real(report, judgement)

    monkeypatch.setattr(check_command, "for_judgement", replayed)
    return calls


@pytest.fixture
def run(seen: list[Options], capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line: exit status, standard output, standard error."""

    def result(*arguments: str) -> tuple[int, str, str]:
        status = entry.run(arguments)
        return status, *capsys.readouterr()

    return result


@pytest.fixture
def notes(tmp_path: Path) -> str:
    path = tmp_path / "notes.md"
    path.write_text(fake_report.TEXT, encoding="utf-8")
    return str(path)


def refused(result: tuple[int, str, str]) -> str:
    """The one line that says why input was refused."""
    status, out, err = result
    assert status == 2
    assert out == ""
    assert err.startswith("symrnn: ") and err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("without", "strict", "status"),
    [
        (frozenset(), False, 1),
        (frozenset(), True, 1),
        (frozenset({"wrong"}), False, 1),
        (frozenset({"slip"}), False, 1),
        (frozenset({"slip", "wrong"}), False, 0),
        (frozenset({"slip", "wrong"}), True, 3),
        (frozenset({"slip", "wrong", "unread"}), True, 3),
        (frozenset({"slip", "wrong", "undecided"}), True, 3),
        (ALL, True, 0),
    ],
)
def test_exit_status(
    run: Run, notes: str, monkeypatch: pytest.MonkeyPatch, without: frozenset[str], strict: bool, status: int
) -> None:
    monkeypatch.setattr(
        check_command, "check", lambda document, options, memory=None: fake_report.report(document, without=without)
    )
    assert run("check", notes, *(["--strict"] if strict else []))[0] == status


@pytest.mark.parametrize(
    ("arguments", "piece"),
    [
        (["--steps", "0"], "--steps"),
        (["--steps", "many"], "--steps"),
        (["--steps", "1000000"], "--steps"),
        (["--hidden", "0"], "--hidden"),
        (["--classes", "-1"], "--classes"),
        (["--input", "1.5"], "--input"),
        (["--hidden", "3", "--input", "3"], "--hidden and --input are both 3"),
        (["--format", "yaml"], "--format"),
        (["--nonsense"], "--nonsense"),
        (["-", "--fix"], "--fix and --diff are about files, and neither - nor the built-in notes are one"),
        (["--only", "no such"], "no statement is labelled 'no such'; there are def, proven, conditional"),
        (["--explain", "9.9"], "no statement is labelled '9.9'"),
        (["--replay", "9.9"], "no statement is labelled '9.9'"),
        (["--replay", "proven"], "'proven' is proven; only a statement with a certificate"),
        (["--replay", "point", "--explain", "point"], "--explain and --replay do not go together"),
        (["--explain", "point", "--format", "json"], "leave out --format json"),
        (["--select", "missing-tranpose"], "there is no rule 'missing-tranpose'; did you mean 'missing-transpose'?"),
        (["--ignore", "zzz"], "there is no rule 'zzz'; derivations/rules.md lists them"),
        (["-q", "-v"], "--verbose and --quiet do not go together"),
        (["-v", "--format", "json"], "leave out --format json"),
    ],
)
def test_bad_arguments_get_one_clear_line(run: Run, notes: str, arguments: list[str], piece: str) -> None:
    assert piece in refused(run("check", notes, *arguments))


def test_an_unknown_command_gets_one_clear_line(run: Run) -> None:
    assert "chekc" in refused(run("chekc"))


def test_a_bad_file_hides_no_other_and_a_file_without_equations_is_passed_over(run: Run, notes: str, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("nothing here", encoding="utf-8")
    status, out, err = run("check", "-v", notes, str(tmp_path / "empty.md"))
    assert (status, "✓ proven" in out) == (1, True)
    assert "no equation found" in err and err.count("\n") == 1
    status, out, err = run("check", "-v", "no-such-file.md", notes)
    assert (status, "✓ proven" in out) == (2, True)
    assert err == "symrnn: no-such-file.md: no such file; check the path\n"


def test_options_reach_the_check(run: Run, notes: str, seen: list[Options]) -> None:
    run("check", notes, "--steps", "5", "--hidden", "3", "--classes", "2", "--model", "notes")
    run("check", notes)
    assert seen == [Options(5, {"hidden": 3, "classes": 2}, "notes"), Options()]


def test_without_a_file_the_built_in_notes_are_checked(run: Run) -> None:
    status, out, _ = run("check", "--format", "json", "--only", "2.4")
    assert (status, json.loads(out)["document"]) == (0, "built-in notes")


def test_only_shows_these_statements_and_decides_the_status(run: Run, notes: str) -> None:
    status, out, _ = run("check", notes, "--format", "json", "--only", "proven", "--only", "conditional")
    assert status == 0
    assert [statement["label"] for statement in json.loads(out)["statements"]] == ["proven", "conditional"]


def test_selected_and_ignored_rules_decide_what_is_told_and_the_status(run: Run, notes: str) -> None:
    status, out, _ = run("check", notes, "-q", "--select", "notation", "--ignore", "wrong")
    assert (status, out.count("\n")) == (1, 1) and "slip[missing-hat]" in out
    assert run("check", notes, "-q", "--ignore", "wrong,slip", "--ignore", "unread,undecided") == (0, "\n", "")
    assert run("check", notes, "--strict", "-q", "--ignore", "wrong,slip,undecided")[0] == 3


def test_several_files(run: Run, notes: str) -> None:
    out = run("check", notes, notes, "--format", "json")[1]
    assert len(json.loads(out)) == 2
    assert "give only one of these files" in refused(run("check", notes, notes, "--replay", "point"))


def test_explain_and_replay(run: Run, notes: str) -> None:
    status, out, err = run("check", notes, "--explain", "point")
    assert (status, err) == (1, "") and "why false" in out and "label" not in out
    assert run("check", notes, "--replay", "point") == (0, "# replays point\n", "")


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"symrnn {__version__}\n", "")
    for arguments in ([], ["--help"], ["-h"]):
        status, out, _ = run(*arguments)
        assert status == 0 and "check" in out
    assert "--replay" in run("check", "--help")[1]


def test_the_progress_bar_is_for_terminals_only(run: Run, notes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(
        document: Document, options: Options, progress: Callable[[int, int, str], None] | None = None, memory: object = None
    ) -> Report:
        asked.append(progress is not None)
        if progress:
            progress(1, 8, "point")
        return fake_report.report(document)

    asked: list[bool] = []
    monkeypatch.setattr(check_command, "check", check)
    run("check", notes)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run("check", notes)
    run("check", notes, "--no-progress")
    assert asked == [False, True, False]


# ------------------------------------------------------------------------------------------- as a process of its own


def test_python_m_symrnn() -> None:
    done = subprocess.run([sys.executable, "-m", "symrnn", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"symrnn {__version__}\n"


def test_a_closed_pipe_is_no_error() -> None:
    code = "import sys; from symrnn.app import outcome; outcome.print_whole('x' * 10_000_000); print('done', file=sys.stderr)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == "done\n"
    process.stderr.close()
    assert process.wait() == 0


def test_output_is_utf8_in_any_locale() -> None:
    code = "from symrnn.app import outcome; outcome.print_whole('∂')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert done.stdout.decode().strip() == "∂"


def test_the_help_says_what_each_command_does(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for name, (_, said) in entry.COMMANDS.items():
        assert f"{name} " in out and said in out


def loaded(*arguments: str) -> set[str]:
    """The packages that a command loads, among those that take long to."""
    heavy = {"flint", "jinja2", "joblib", "lark", "latex2mathml", "matplotlib", "numba", "numpy", "rich", "scipy", "sympy"}
    program = f"import sys; from symrnn.app import entry; entry.run({list(arguments)!r}); print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(done.stdout.splitlines()[-1].replace("set()", "{None}"))) - {None}


def test_nothing_is_loaded_that_is_not_used(tmp_path: Path) -> None:
    assert loaded("--version") == set()
    assert loaded("--help") == set()
    (tmp_path / "a.md").write_text("$$ h_t = W h_{t-1} $$ and $$ h_t = W h_{t-2} $$", encoding="utf-8")
    assert loaded("check", str(tmp_path / "a.md"), "--format", "json").isdisjoint(
        {"jinja2", "latex2mathml", "matplotlib", "numba", "scipy"}
    )
