"""Derivations: every script proves its lines, and one that does not hold stops."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from symrnn.app.derive_command import derive_command
from symrnn.judging.judgement import Options
from symrnn.language.errors import InputError
from symrnn.showing.derivation import Derivation, derivation_page, derivation_scripts, prove, run
from symrnn.showing.report import html, plots, typeset

TARGETS = "Σ_k y_k = 1"


def derive(*arguments: str) -> int:
    return int(derive_command.main(list(arguments), standalone_mode=False))


def network() -> Derivation:
    page = Derivation("test", "A page for a test", "It has a network.")
    page.section("The network")
    page.define(r"h_t = \tanh(U x_t + W h_{t-1})", "The state.", name="state")
    page.define(r"z_t = V h_t", "The logits.")
    page.define(r"\hat{y}_t = \operatorname{softmax}(z_t)", "The output.")
    page.define(r"L_t = -y_t^\top \log \hat{y}_t", "The loss.")
    page.section("Claims")
    return page


# ---------------------------------------------------------------------------------------------------------------- scripts


def test_there_is_a_script_for_every_result() -> None:
    assert set(derivation_scripts()) >= {
        "forward", "softmax_jacobian", "cross_entropy", "output_weights", "recurrent_weights", "input_weights",
        "initial_state", "recursion", "vanishing_gradients",
    }  # fmt: skip


@pytest.mark.parametrize("name", derivation_scripts())
def test_every_script_proves_its_lines(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert derive(name) == 0
    out, err = capsys.readouterr()
    assert "proven" in out
    assert err == ""


def test_a_script_runs_by_itself_at_other_sizes() -> None:
    command = [
        sys.executable,
        str(ROOT / "derivations" / "recurrent_weights.py"),
        "--steps",
        "3",
        "--hidden",
        "3",
        "--classes",
        "2",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "every length and every size" in done.stdout


def test_reports_of_derivations(tmp_path: Path) -> None:
    """One with pictures."""
    name = "vanishing_gradients"
    for number in (1, 2):
        assert derive(name, "-o", str(tmp_path / f"{number}.html")) == 0
    first, second = (tmp_path / f"{number}.html" for number in (1, 2))
    assert first.read_bytes() == second.read_bytes()
    assert f"symrnn derive {name}" in first.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "derivations").glob("*.py")), ids=lambda path: path.stem)
def test_scripts_say_their_own_name(path: Path) -> None:
    for value in runpy.run_path(str(path)).values():
        if isinstance(value, Derivation):
            assert value.name == path.stem


def test_the_derivation_of_the_recurrent_weights_ends_in_its_result() -> None:
    page = runpy.run_path(str(derivation_scripts()["recurrent_weights"]))["page"]
    last = prove(page).lines[-1]
    assert last.line.kind == "result"
    assert last.line.latex.startswith(r"\frac{\partial L}{\partial W} =")
    named = {name for line in page.lines for name in line.reason.split() if "@" in name}
    assert len(named) > 10


# ----------------------------------------------------------------------------------------------------------- lines that fail


BROKEN = {
    "wrong": (r"\frac{\partial h_t}{\partial h_{t-1}} = W \operatorname{diag}(1 - h_t^2)", (), "wrong"),
    "a slip": (r"\frac{\partial \hat{z}_t}{\partial h_t} = V", (), ""),
    "a hypothesis not named": (r"\frac{\partial L_t}{\partial z_t} = (\hat{y}_t - y_t)^\top", (), f"only if {TARGETS}"),
    "a hypothesis not needed": (r"\frac{\partial z_t}{\partial h_t} = V", (TARGETS,), "holds without"),
    "a definition": (r"u_t = h_t", (), "definition"),
    "an inequality": (r"\lVert h_t \rVert \leq 1", (), "assumption"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_line_that_does_not_stand_stops_the_script(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    latex, given, reason = BROKEN[name]
    page = network()
    page.step(latex, "It is claimed.", given=given)
    page.step(r"\frac{\partial z_t}{\partial h_t} = V", "It is not reached.")
    assert run(page, ["--steps", "2"]) == 1
    out, err = capsys.readouterr()
    assert "line 5 is not proven" in err
    assert reason in err
    assert "It is not reached." not in out


def test_a_page_does_not_change_its_layout_on_the_way() -> None:
    page = network()
    page.step(r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W", "One layout.")
    page.step(r"\frac{\partial h_t}{\partial h_{t-1}} = W^\top \operatorname{diag}(1 - h_t^2)", "The other.")
    fault = prove(page, Options(steps=2)).fault
    assert fault is not None
    assert "layout" in fault.fault


def test_what_cannot_be_run_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    page = network()
    page.step(r"\frac{\partial z_t}{\partial h_t} = V", "As in (@nowhere).")
    for made, arguments in ((page, []), (network(), ["--hidden", "3", "--classes", "3"]), (network(), ["--steps", "x"])):
        assert run(made, arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_line_is_one_equation() -> None:
    page = network()
    page.step(r"\frac{\partial z_t}{\partial h_t} = V = V", "Two at once.")
    with pytest.raises(InputError, match="line 5 is not one equation"):
        prove(page)


def test_two_lines_do_not_share_a_name() -> None:
    with pytest.raises(InputError, match="state"):
        network().step("h_t = h_t", "", name="state")


def test_quoted_lines_are_marked_and_not_judged() -> None:
    page = network()
    page.quote(r"\lVert A B \rVert \leq \lVert A \rVert \lVert B \rVert", "A fact.")
    proof = prove(page, Options(steps=2))
    assert proof.fault is None
    assert proof.lines[-1].word == "quoted"
    assert "not quoted" in derivation_page(proof).subtitle
    assert "❝" in html.render(derivation_page(proof))
    assert r"\entry{quoted}" in typeset.render(derivation_page(proof))


def test_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert derive() == 0
    assert "recurrent_weights" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"the derivations are .*recurrent_weights"):
        derive("no_such_page")


# ---------------------------------------------------------------------------------------------------------------- pictures


def test_measured_norms_stay_below_their_bounds() -> None:
    script = runpy.run_path(str(derivation_scripts()["vanishing_gradients"]))
    for gain in script["GAINS"]:
        measured, bounds = script["norms"](gain)
        below = np.isfinite(measured)
        assert below.sum() == script["STEPS"] * (script["STEPS"] + 1) / 2
        assert (measured[below] <= bounds[below] * (1 + 1e-12)).all()


def test_without_matplotlib_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plots, "INSTALLED", False)
    assert derive("vanishing_gradients", "-o", str(tmp_path / "x.html")) == 2
    err = capsys.readouterr().err
    assert "symrnn[plot]" in err
    assert err.count("\n") == 1


def test_the_loss_curve_has_the_same_bytes_every_time() -> None:
    first, second = (plots.loss_curve([3.0, 2.0, 1.5], "loss", ()) for _ in range(2))
    assert first.svg.startswith(b"<?xml")
    assert first.pdf.startswith(b"%PDF")
    assert first == second
