"""Documents over processes: the same output for any number of them."""

from __future__ import annotations

import pickle
from pathlib import Path

import joblib
import pytest

from symrnn.app import entry, parallel
from symrnn.judging.check import check
from symrnn.judging.judgement import Options
from symrnn.language.errors import InputError
from symrnn.language.tensors import Affine, Map, Ref
from symrnn.proving.kernel.indices import Affine as KernelAffine
from symrnn.proving.kernel.sums import Entry
from symrnn.proving.kernel.terms import Ref as KernelRef
from symrnn.reading.document import read_text
from symrnn.showing.report.as_json import render

NETWORK = r"$$ s_t = B s_{t-1} + x_t $$ $$ \frac{\partial s_t}{\partial s_{t-1}} = %s \tag{1} $$"


def test_the_output_is_the_same_for_any_number_of_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, right in (("a", "B"), ("b", r"B^\top"), ("c", "-B")):
        (tmp_path / f"{name}.md").write_text(NETWORK % right, encoding="utf-8")
    (tmp_path / "d.md").write_text("nothing", encoding="utf-8")
    said = []
    with joblib.parallel_config(backend="multiprocessing"):  # that of the command itself takes seconds to start
        for jobs in ("1", "2"):
            assert entry.run(["check", str(tmp_path), "-v", "--jobs", jobs]) == 1
            said.append(capsys.readouterr())
    assert said[0] == said[1]
    assert "wrong" in said[0].out and "passed over" in said[0].err


def test_what_cannot_be_used_is_told_and_costs_no_other_document_its_report() -> None:
    document = read_text(NETWORK % "B", "a.md", "markdown")
    assert isinstance(parallel.outcome(document, Options(sizes={"batch": 3}), cached=False), InputError)


def test_a_report_survives_the_way_between_processes() -> None:
    report = check(read_text(NETWORK % "-B", "a.md", "markdown"))
    assert render([pickle.loads(pickle.dumps(report))]) == render([report])


def test_an_expression_from_another_process_is_the_one_that_is_here() -> None:
    expression = Map("tanh", 0, Ref("h", Affine.of("t"), ("hidden",)))
    assert pickle.loads(pickle.dumps(expression)) is expression


def test_a_component_from_another_process_is_the_one_that_is_here() -> None:
    component = Entry(KernelRef("h", KernelAffine.of("~t"), ("hidden",)), (KernelAffine.of("~a"),))
    assert pickle.loads(pickle.dumps(component)) is component
