"""What is kept on disk saves time and is never believed: the kernel accepts its proofs again, its points are computed again."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from symrnn.app import cache, entry
from symrnn.app.cache import Cache
from symrnn.deciding.evidence import Point
from symrnn.judging.check import check, judge_in
from symrnn.judging.judge import Judge
from symrnn.judging.judgement import Options, Report
from symrnn.judging.networks import networks
from symrnn.judging.verdict import Conditional, Proven, Slip, Verdict, Wrong
from symrnn.language.tensors import Plus
from symrnn.proving.kernel.proofs import Lemma
from symrnn.reading.document import read_text
from symrnn.showing.report.as_json import render

DOCUMENT = read_text(
    r"""
$$ s_t = \tanh(A x_t + B s_{t-1}), \qquad o_t = C s_t, \qquad p_t = \mathrm{softmax}(o_t), \qquad L_t = -q_t^\top \log p_t $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) B \tag{1} $$
$$ \frac{\partial L_t}{\partial o_t} = p_t - q_t \tag{2} $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = B \, \mathrm{diag}(1 - s_t^2) \tag{3} $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = B \tag{4} $$
""",
    "notes.md",
    "markdown",
)


@pytest.fixture(scope="module")
def other() -> Report:
    """A report; while it is there, sums are made in its order in all checks, so that what is kept has the same names."""
    return check(DOCUMENT)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, other: Report) -> tuple[Path, str]:
    """A folder with what a check has kept, and what the check said."""
    folder = tmp_path_factory.mktemp("kept")
    report = check(DOCUMENT, memory=Cache(folder))
    assert [j.verdict.word for j in report.judgements][-4:] == ["proven", "conditional", "wrong", "wrong"]
    return folder, render([report])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def again(folder: Path) -> tuple[str, Cache]:
    memory = Cache(folder)
    return render([check(DOCUMENT, memory=memory)]), memory


def test_the_verdicts_are_the_same_and_nothing_is_judged_again(kept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, said = kept
    monkeypatch.setattr(Judge, "_claimed", None)
    assert again(folder)[0] == said == render([check_without_judging(folder)])


def check_without_judging(folder: Path) -> Report:
    return check(DOCUMENT, memory=Cache(folder))


def test_a_damaged_file_is_dropped(kept: tuple[Path, str]) -> None:
    folder, said = kept
    before = files(folder)
    for number, path in enumerate(before):
        data = path.read_bytes()
        path.write_bytes((b"", data[:40], data[:-1] + b"?", b"\x80" * 64)[number % 4])
    text, memory = again(folder)
    assert text == said
    assert memory.made > 0
    assert files(folder) == before
    assert again(folder)[1].made == 0


def test_a_lemma_has_a_file_of_its_own_and_what_rests_on_a_lost_one_is_made_again(kept: tuple[Path, str]) -> None:
    folder, said = kept
    memory = Cache(folder)
    lemmas = [path for path in files(folder) if isinstance(memory._read(path.parent.name + path.name), Lemma)]
    assert lemmas
    for path in lemmas:
        path.unlink()
    text, memory = again(folder)
    assert text == said
    assert memory.made > 0
    assert all(path.exists() for path in lemmas)
    assert again(folder)[1].made == 0


def by_label(report: Report) -> dict[str, Verdict]:
    return {j.statement.label: j.verdict for j in report.judgements}


def test_no_forged_verdict_is_confirmed(other: Report) -> None:
    found = by_label(other)
    (stretch,) = networks(DOCUMENT, Options())
    judge = judge_in(stretch.understanding, Options(), [s.relation for s in DOCUMENT.statements if s.relation is not None])
    relations = {s.label: s.relation for s in DOCUMENT.statements if s.relation is not None}

    def confirmed(label: str, verdict: Any) -> bool:
        return judge.confirmer.confirms(relations[label], verdict)

    assert all(confirmed(label, found[label]) for label in "1234")
    proven, conditional, wrong = (found[label] for label in "123")
    assert isinstance(proven, Proven) and isinstance(conditional, Conditional) and isinstance(wrong, Wrong)
    assert proven.ground.proof is not None and wrong.repair is not None and isinstance(wrong.certificate, Point)
    at_an_instance = replace(proven.ground, proof=None, extent=other.scope)
    of_another = replace(proven.ground, claim=conditional.ground.claim)
    cut = replace(proven.ground, proof=replace(proven.ground.proof, parts=()))
    for ground in (at_an_instance, of_another, cut, conditional.ground):
        assert not confirmed("1", replace(proven, ground=ground))
        assert not confirmed("3", replace(wrong, repair=replace(wrong.repair, ground=ground)))
    assert not confirmed("2", replace(conditional, hypotheses=()))
    assert not confirmed("4", proven)
    assert not confirmed("1", wrong)
    assert not confirmed("1", Wrong(replace(wrong.certificate, claim=proven.ground.claim), ()))
    assert not confirmed("1", Slip(wrong.repair, wrong.certificate))


def test_a_claim_is_that_of_an_equation_in_whatever_order_another_process_has_made_its_sums(other: Report) -> None:
    (stretch,) = networks(DOCUMENT, Options())
    judge = judge_in(stretch.understanding, Options(), ())
    relation, conditional = next((s.relation, by_label(other)["2"]) for s in DOCUMENT.statements if s.label == "2")
    assert relation is not None and isinstance(conditional, Conditional)
    claim = conditional.ground.claim
    assert isinstance(claim.right, Plus)
    assert judge.confirmer._may_say(relation, replace(claim, right=Plus(claim.right.terms[::-1])))
    assert not judge.confirmer._may_say(relation, replace(claim, right=Plus((*claim.right.terms, claim.right.terms[0]))))


def test_a_file_calls_nothing(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return print, ("run",)

    memory = Cache(tmp_path)
    path = memory._path("ab" * 32)
    path.parent.mkdir(parents=True)
    for value in (Evil(), Path("a"), (entry.run,)):
        payload = pickle.dumps(value)
        path.write_bytes(cache.sha256(payload).digest() + payload)
        assert memory.recall("ab" * 32, lambda value: True) is None
        assert not path.exists()


def test_the_folder_is_bounded_and_holds_one_version(tmp_path: Path) -> None:
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "file").write_bytes(b"1")
    memory = Cache(tmp_path)
    for number in range(4):
        memory.put(f"{number:064}", ("x" * 1000,))
    memory.trim(2500)
    assert len(files(tmp_path)) == 2
    assert not (tmp_path / "older").exists()


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert Cache(tmp_path / "file").once("ab" * 32, lambda: 1) == 1


def test_a_folder_that_another_process_removes_at_that_moment_costs_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    memory = Cache(tmp_path / "gone")
    memory.put("0" * 64, 1)
    assert memory.get("0" * 64) == 1 and not files(tmp_path)


def test_the_command_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(cache.PLACE, str(tmp_path / "kept"))
    (tmp_path / "a.md").write_text(r"$$ s_t = B s_{t-1} $$ $$ \frac{\partial s_t}{\partial s_{t-1}} = B $$", encoding="utf-8")
    assert entry.run(["check", str(tmp_path / "a.md"), "--no-cache"]) == 0
    assert not (tmp_path / "kept").exists()
    assert entry.run(["check", str(tmp_path / "a.md")]) == 0
    assert files(tmp_path / "kept")
    assert entry.run(["cache", "clear"]) == 0
    assert "bytes were kept" in capsys.readouterr().out
    assert not (tmp_path / "kept").exists()
