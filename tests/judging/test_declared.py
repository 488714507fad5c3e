"""What authors declare binds: shapes, hypotheses, layouts, the first step, the loss; and what they ask not to be told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symrnn.app import entry
from symrnn.judging.check import check
from symrnn.judging.findings import Finding, findings
from symrnn.judging.judgement import Options, Report
from symrnn.judging.kept.live import Live
from symrnn.judging.verdict import Assumption, Conditional, Proven, Wrong
from symrnn.language.errors import InputError
from symrnn.notation import unicode_relation
from symrnn.reading.document import Declaration, read_document, read_text
from symrnn.showing.report.as_json import report_object

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = r"""$$ h_t = \tanh(U x_t + W h_{t-1}), \quad z_t = V h_t, \quad p_t = \mathrm{softmax}(z_t) $$
$$ L_t = -\sum_k y_{t,k} \log p_{t,k}, \qquad L = \sum_{t=1}^T L_t $$
"""
TARGETS = r"$$ \frac{\partial L_t}{\partial z_t} = p_t - y_t \tag{a} $$"
JACOBIAN = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = W^T \mathrm{diag}(1 - h_t^2) \tag{j} $$"
SLIP = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t^2) \tag{w} $$"


def checked(text: str, name: str = "a.md") -> Report:
    return check(read_text(text, name, "tex" if name.endswith(".tex") else "markdown"), Options(every_length=False))


def verdict(report: Report, label: str) -> object:
    return next(j.verdict for j in report.judgements if j.statement.label == label)


def told(report: Report) -> list[tuple[str, tuple[str, ...], int]]:
    return [(f.level, f.codes, f.place.line) for f in findings(report)]


# ------------------------------------------------------------------------------------------------------ hypotheses


@pytest.mark.parametrize(
    "stated",
    [
        r"The targets are one-hot vectors, so $\sum_k y_{t,k} = 1$.",
        r"Here $\mathbf{1}^\top y_t = 1$ holds.",
        "<!-- symrnn: given Σ_k y_{t,k} = 1 -->",
        "<!-- symrnn: given y_t one-hot -->",
        "where $y_t$ is one-hot.",
        "Let $y_t$ be a one-hot vector.",
        r"The targets $y_t \in \{0,1\}^K$ are one-hot.",
        "With one-hot $y_t$, a row is picked.",
        "The loss, with targets $y_t$ one-hot, picks a row.",
        "The one-hot encoded target $y_t$ enters the loss.",
        "The loss sees a one-hot vector $y_t$ at each step.",
        "where $y_t$ denotes the true one-hot label",
        "where $y_t$ (one-hot) is known",
        "The entries of $y_t$ sum to one.",
    ],
)
def test_what_is_stated_is_given_from_there_on(stated: str) -> None:
    report = checked(f"{NETWORK}{TARGETS.replace('{a}', '{b}')}\n{stated}\n\n{TARGETS}")
    before, after = verdict(report, "b"), verdict(report, "a")
    assert isinstance(before, Conditional) and [*map(str, before.hypotheses)] == ["Σ_k y_k = 1"] and not before.given
    assert isinstance(after, Proven)
    assert [(str(g.hypothesis), g.line) for g in after.given] == [("Σ_k y_k = 1", 4)]


@pytest.mark.parametrize(
    "spoken",
    [
        r"If $\sum_k y_{t,k} = 1$, things are simple.",
        r"Note that $\sum_k y_{t,k} = 1$ need not hold.",
        r"Here $\sum_k y_{t,k} = 1$ if the labels are hard.",
        r"It is false that $\sum_k y_{t,k} = 1$.",
        r"We do not assume $\sum_k y_{t,k} = 1$.",
        r"Is $\sum_k y_{t,k} = 1$ true?",
        r"For soft labels $\sum_k y_{t,k} = 1$ fails.",
        "where $y_t$ is one-hot only for hard labels.",
        "It need not be that $y_t$ is one-hot.",
        r"At one step, $\sum_k y_{3,k} = 1$.",
        "If $y_t$ is one-hot, things are simple.",
        "For one-hot $y_t$, things are simple.",
        "Here $y_t$ is not one-hot.",
        "The code is one-hot and $y_t$ is known.",
        "We use the one-hot encoding of $y_t$.",
        "We rarely, if ever, have a one-hot label $y_t$.",
        "Do the entries of $y_t$ sum to one?",
        "Things are simple for $y_t$ one-hot.",
        "The word at step $t$ is a one-hot vector $x_t$.",
        "The word $x_t$ is one-hot, so is $h_t$, and $a; b$ is one-hot as well.",
        "    <!-- symrnn: given y_t one-hot -->\n\ncode",
    ],
)
def test_what_is_only_spoken_of_is_not_given(spoken: str) -> None:
    assert isinstance(verdict(checked(f"{NETWORK}\n{spoken}\n\n{TARGETS}"), "a"), Conditional)


def test_a_zero_start_is_an_assumption_and_given() -> None:
    rule = r"$$ \frac{\partial L}{\partial U} = \sum_{t=1}^T \frac{\partial L}{\partial h_t} \mathrm{diag}(1-h_t^2) \otimes x_t $$"
    claim = rule.replace("U}", "W}").replace("t=1", "t=2").replace("x_t", r"h_{t-1} \tag{w}")
    report = checked(f"{NETWORK}We start from $h_0 = 0$.\n{claim}")
    (stated,) = (j.verdict for j in report.judgements if isinstance(j.verdict, Assumption))
    assert stated.what == "a hypothesis" and [*map(str, stated.given)] == ["h_{0} = 0"]
    found = verdict(report, "w")
    assert isinstance(found, Proven) and [g.line for g in found.given] == [3]


# -------------------------------------------------------------------------------------------------- layouts, shapes


@pytest.mark.usefixtures("in_full")
@pytest.mark.parametrize(
    "declared",
    [
        "<!-- symrnn: layout numerator -->",
        "We use numerator layout throughout.",
        "Derivatives of vectors are Jacobians in numerator layout.",
    ],
)
def test_a_declared_layout_binds(declared: str) -> None:
    assert isinstance(verdict(checked(NETWORK + JACOBIAN), "j"), Proven)
    false = checked(f"{NETWORK}{declared}\n\n{JACOBIAN}")
    found = verdict(false, "j")
    assert told(false)[0][0] == "wrong" and isinstance(found, Wrong) and found.repair is not None
    assert unicode_relation(found.repair.relation) == "∂hₜ/∂hₜ₋₁ = diag(1 − hₜ²) W"
    other = declared.replace("numerator", "denominator")
    assert isinstance(verdict(checked(f"{NETWORK}{other}\n\n{JACOBIAN}"), "j"), Proven)


def test_a_text_that_speaks_of_both_layouts_declares_none() -> None:
    text = "We use numerator layout throughout. Some write denominator layout."
    assert isinstance(verdict(checked(f"{NETWORK}{text}\n\n{JACOBIAN}"), "j"), Proven)


def test_a_declared_space_binds() -> None:
    text = r"$$ p_t = \sigma(v^\top h_t + c), \quad h_t = \tanh(W h_{t-1} + U x_t) $$"
    report = checked(f"<!-- symrnn: shape v (n); shape h_t (n); shape c () -->\n{text}")
    assert [j.statement.latex for j in report.judgements[:3]] == [
        r"v \in \mathbb{R}^{n}", r"h_t \in \mathbb{R}^{n}", r"c \in \mathbb{R}"]  # fmt: skip
    assert all(isinstance(j.verdict, Assumption) for j in report.judgements[:3])


def test_a_declared_first_step_and_loss_bind() -> None:
    text = NETWORK.replace(r"\sum_{t=1}^T L_t", r"\sum_t L_t")
    assert checked(f"<!-- symrnn: first step 3 -->\n{text}").network.first == 3
    lossy = (
        r"$$ h_t = \tanh(U x_t + W h_{t-1}) $$" + "\n" + r"$$ \frac{\partial Q_t}{\partial U} = \frac{\partial Q_t}{\partial h_t} "
    )
    lossy += r"\frac{\partial h_t}{\partial U} \tag{q} $$"
    assert not isinstance(verdict(checked(lossy), "q"), Proven)
    assert isinstance(verdict(checked(f"<!-- symrnn: loss Q_t -->\n{lossy}"), "q"), Proven)


def test_comments_of_tex_declare() -> None:
    report = checked(f"{NETWORK}% symrnn: given Σ_k y_{{t,k}} = 1\n{TARGETS}\n", "a.tex")
    assert isinstance(verdict(report, "a"), Proven)


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ("shpae v (n)", "there is no such declaration; there are shape, given, layout"),
        ("layout row", "the layout is numerator or denominator"),
        ("first step one", "give the number of the first step"),
        ("shape v", "write the letter and the sizes of its axes"),
        ("shape q (n)", "no quantity of the network is called that"),
        ("given", "write the formula"),
        ("given h_t = x_t", "this is no hypothesis that can be given; there are Σ_k y_k = 1"),
        ("given h_t = ∧", "it is not read"),
        ("given h_t one-hot", "it is no target here; there are y"),
        ("loss Q", "no equation has this letter"),
        ("loss h_t", "a loss is a number, and this is none"),
        ("off forever", "nothing follows it"),
        ("ignore missing-hat", "write ignore, or ignore[code, code]"),
        ("ignore[missing-hta]", "there is no rule 'missing-hta'; did you mean 'missing-hat'?"),
        ("shape z_t ()", "it contradicts the definition of"),
    ],
)
def test_a_wrong_declaration_is_an_error_with_its_place(declared: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        checked(f"{NETWORK}<!-- symrnn: {declared} -->\n{TARGETS}")
    assert str(error.value).startswith("a.md:3: symrnn: ") and why in str(error.value), error.value


# ------------------------------------------------------------------------------------------------------------ silence


@pytest.mark.usefixtures("in_full")
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"{SLIP} <!-- symrnn: ignore -->", []),
        (f"<!-- symrnn: ignore -->\n{SLIP}", []),
        (f"{SLIP} <!-- symrnn: ignore[reversed-order] -->", []),
        (f"{SLIP} <!-- symrnn: ignore[convention] -->", []),
        (f"{SLIP} <!-- symrnn: ignore[missing-hat] -->", [("wrong", 3), ("warning", 3)]),
        (f"<!-- symrnn: off -->\n{SLIP}\n<!-- symrnn: on -->\n{SLIP}", [("wrong", 6)]),
        (f"{TARGETS} <!-- symrnn: ignore[missing-hat] -->", [("warning", 3), ("conditional", 3)]),
        ("$$\n" + SLIP.strip("$ ") + "\n$$ <!-- symrnn: ignore -->", []),
    ],
)
def test_ignored_lines_and_stretches_are_not_told_and_unused_ignores_are(text: str, lines: list[tuple[str, int]]) -> None:
    assert [(level, line) for level, _, line in told(checked(NETWORK + text))] == lines


def test_an_unused_ignore_is_a_warning_at_its_place() -> None:
    (finding,) = (f for f in findings(checked(f"{NETWORK}{JACOBIAN} <!-- symrnn: ignore -->")))
    assert isinstance(finding, Finding) and (finding.codes, finding.label) == (("unused-ignore",), "")


@pytest.mark.usefixtures("in_full")
def test_what_is_ignored_is_counted_and_told_where_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"{NETWORK}{SLIP} <!-- symrnn: ignore -->\n{JACOBIAN} <!-- symrnn: ignore -->\n{TARGETS}", encoding="utf-8")
    assert entry.run(["check", "--no-induction", str(path)]) == 0
    assert "1 finding is ignored: line 3; --verbose tells them" in capsys.readouterr().out
    assert entry.run(["check", "--no-induction", "-v", str(path)]) == 0
    out = capsys.readouterr().out
    said = "".join(out.split())
    assert (
        f"Ignored{path}:3:4:wrong[reversed-order]w:" in said and f"Warnings{path}:4:" in said and "warning[unused-ignore]" in said
    )
    assert entry.run(["check", "--no-induction", "--ignore", "conditional", str(path)]) == 0
    assert "2 findings are ignored: lines 3, 5" in capsys.readouterr().out
    assert entry.run(["check", "--no-induction", "-q", str(path)]) == 0
    assert "finding" not in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------------ configuration


def project(tmp_path: Path, config: str, name: str = "symrnn.toml") -> Path:
    (tmp_path / name).write_text(config, encoding="utf-8")
    (tmp_path / "ch").mkdir()
    (tmp_path / "ch" / "a.md").write_text(f"{NETWORK}{TARGETS}\n{SLIP}\n", encoding="utf-8")
    return tmp_path / "ch" / "a.md"


@pytest.mark.usefixtures("in_full")
def test_a_project_declares_and_ignores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = 'declare = ["given Σ_k y_{t,k} = 1"]\n[per-file."ch/*.md"]\nignore = ["reversed-order"]\n'
    path = project(tmp_path, declared)
    monkeypatch.chdir(tmp_path)
    assert entry.run(["check", "--no-induction", str(path)]) == 0
    assert "1 proven" in capsys.readouterr().out
    (tmp_path / "symrnn.toml").unlink()
    table = declared.replace("declare", "[tool.symrnn]\ndeclare", 1).replace("[per-file", "[tool.symrnn.per-file")
    (tmp_path / "pyproject.toml").write_text(table.replace("ch/*.md", "other/*.md"), encoding="utf-8")
    assert entry.run(["check", "--no-induction", str(path)]) == 1
    assert "1 proven" in capsys.readouterr().out


def test_what_a_project_declares_is_for_the_files_that_have_its_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = ["shape W (n, n)", "given Σ_k y_{t,k} = 1", "given y_t one-hot", "loss L", "layout numerator"]
    path = project(tmp_path, f"declare = {declared}\n")
    other = path.with_name("b.md")
    other.write_text(r"$$ s_t = \tanh(A s_{t-1}), \quad E = \sum_t s_t^T s_t $$", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for names in (["ch/b.md"], ["ch"]):
        entry.run(["check", "--no-induction", "--format", "json", *names])
        said = capsys.readouterr()
        found = json.loads(said.out)
        assert said.err == ""
    words = [[s["verdict"] for s in document["statements"]] for document in found]
    assert words[1] == ["definition", "definition"]
    assert words[0].count("assumption") == 2


def test_what_fits_nothing_here_leaves_no_row_behind_also_while_one_writes(tmp_path: Path) -> None:
    path = project(tmp_path, "")
    place = read_document(path).statements[0].place
    declared = [Declaration(place, said) for said in ("shape Q (n)", "given Σ_k y_{t,k} = 1", "loss Q", "given Σ_k q_{t,k} = 1")]
    options = Options(every_length=False)
    live = Live(options)
    for said, lost in ((declared, ["Q (n)", "Q", "Σ_k q_{t,k} = 1"]), (declared[:2], ["Q (n)"])):
        document = read_document(path, said)
        report = live.check(document)
        assert report_object(report) == report_object(check(document, options))
        assert [s.declared for s in report.document.statements].count("given") == 1
        assert [d.text for d in report.document.misfits] == lost
        assert isinstance(verdict(report, "a"), Proven)


@pytest.mark.parametrize("declared", ["shape Q (n)", "given Q_t one-hot", "loss Q", "given Σ_k q_{t,k} = 1", "given x_t one-hot"])
def test_what_a_project_declares_for_no_file_is_an_error_with_its_place(
    declared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project(tmp_path, f'declare = [\n  "{declared}",\n]\n')
    monkeypatch.chdir(tmp_path)
    assert entry.run(["check", "--no-induction", str(path)]) == 2
    said = capsys.readouterr()
    assert "symrnn.toml:2: symrnn: " in said.err and "it fits no file of the project" in said.err and "wrong[" in said.out
    path.with_name("b.md").write_text(r"$$ Q_t = -\sum_k q_{t,k} \log x_{t,k} $$", encoding="utf-8")
    assert entry.run(["check", "--no-induction", str(path)]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("declare = [", "cannot be read"),
        ("declares = []", "there is no setting 'declares'; there are declare, select, ignore, per-file"),
        ("ignore = 'slip'", "ignore is to be a list of texts"),
        ("[per-file.'*.md']\nselect = []", "there is no setting 'select'; there are declare, ignore"),
        ("per-file = 1", "per-file is to be a table of patterns"),
        ("ignore = ['slipp']", "ignore: there is no rule 'slipp'; did you mean 'slip'?"),
        ("\ndeclare = ['shpae v (n)']", "symrnn.toml:2: symrnn: shpae v (n): there is no such declaration"),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(
    config: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project(tmp_path, config)
    monkeypatch.chdir(tmp_path)
    assert entry.run(["check", str(path)]) == 2
    said = capsys.readouterr().err
    assert why in said and said.count("\n") == 1


def test_what_is_declared_beside_a_document_has_its_place_there(tmp_path: Path) -> None:
    path = project(tmp_path, "")
    declared = Declaration(read_document(path).statements[0].place, "layout sideways")
    with pytest.raises(InputError, match="the layout is numerator or denominator"):
        read_document(path, [declared])
