"""No text crashes, hangs or fills the memory: reader and whole check, over documents that nobody would write.

The long run is `pytest tests/fuzz --hypothesis-profile=long`: 100,000 texts for the reader and 2,000 whole checks.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from limits import Hangs, apart, in_time
from texts import Text, checkable, readable

from symrnn.judging.check import check
from symrnn.judging.findings import Selection
from symrnn.language.errors import InputError
from symrnn.reading.document import read_text
from symrnn.showing.report import as_json, github, terminal

LONG = settings.get_current_profile_name() == "long"
READINGS = settings().max_examples if LONG else 400
#: A whole check costs more than a reading.
CHECKS = READINGS // 50
#: The short run tries the same texts each time, the long one others.
COMMON = settings(deadline=None, derandomize=not LONG, database=None, suppress_health_check=list(HealthCheck))
INCIDENT = "an error in symrnn"


def read(document: Text) -> None:
    """Read a document; it may be refused, in one line, and what is read has a place, a reason or a relation."""
    try:
        found = read_text(document.text, "notes", document.format)
    except InputError as refused:
        assert str(refused)
        return
    for statement in found.statements:
        assert statement.place.line >= 1
        assert (statement.relation is None) == (statement.problem is not None)


def judge(document: Text) -> None:
    """Check a document and print it in every form; an error inside one statement counts as a crash."""
    try:
        report = check(read_text(document.text, "notes", document.format))
    except InputError as refused:
        assert str(refused)
        return
    assert len(report.judgements) == len(report.document.statements)
    assert INCIDENT not in as_json.render([report])
    assert all(line.isprintable() for line in github.render([report]).split("\n"))
    assert terminal.render([report], Selection(), width=80, colour=False)


#: Macros that make little each time, and without end: each use in what another one stands for counts, however little it makes.
ENDLESS = r"""\newcommand{\a}[1]{\a\a\a}
\newcommand{\sum}[1]{\frac\sum\begin#2\b#2}
\let\frac=\frac\sum\begin#2\b#2
\newcommand{\end}[1]{#1$\a#1\end}
\def\begin#1{}\sum}
\DeclareMathOperator{\b}{\newcommand{\a}{\b}\begin$\end\b\b}
$ =\end\b\a=#1 =  $"""
#: The softmax of zeros, of which a loss takes the logarithm.
ZEROS = r"$$ h_t = \tanh(W h_{t-1}), \quad p_t = \mathrm{softmax}(0 V), \quad L_t = -y_t^T \log p_t $$ $$ L = 2 \sum_t L_t $$"
#: An adjoint whose fractions have numerators of tens of thousands of terms, each with an exponent of every variable.
TANGENTS = r"""$$ L_t = -y_t^q\log \hat{yq}_t $$
$$ a_t = W h_{L-1} + U x_t + Wb $$
$$ \delta_t = V^T (\hat{y}_t - y_t) + W^T \mathrm{diag}(1 - h_{t+1}^2) \delta_{t+1} $$
$$ z_t = V h_t $$ $$ h_t = \tan(a_t) $$ $$ \hat{y}_t = \mathrm{softmax}(z_t) $$
$$ \frac{\partial L_t}{\partial z_t} = \hat{y}_t - y_t $$"""

#: A matrix that is multiplied by itself without end.
POWERS = r"$$ h_t = W^{999999999999} h_{t-1} $$ $$ \frac{\partial h_t}{\partial h_{t-1}} = W^{10000000} + x^{999999999} I $$"


@settings(COMMON, max_examples=READINGS)
@given(readable)
@example(Text(ENDLESS, "tex"))
def test_every_text_is_read_or_refused(document: Text) -> None:
    with in_time():
        read(document)


@settings(COMMON, max_examples=CHECKS)
@given(checkable)
@example(Text(ZEROS, "markdown"))
@example(Text(TANGENTS, "tex"))
@example(Text(POWERS, "markdown"))
def test_every_document_is_judged_in_little_time_and_memory(document: Text) -> None:
    assert not apart(lambda: judge(document))


def test_what_hangs_is_stopped() -> None:
    def endless() -> None:
        while True:
            pass

    with pytest.raises(Hangs), in_time(0.05):
        endless()
    assert "Hangs" in apart(endless, seconds=0.05)


def test_what_crashes_or_fills_the_memory_is_told() -> None:
    assert "ZeroDivisionError" in apart(lambda: 1 / 0)
    assert apart(lambda: time.sleep(0)) == ""
    assert "of memory" in apart(lambda: bytearray(30 << 20), kilobytes=20 << 10)
    held = bytearray(30 << 20)
    assert apart(lambda: None, kilobytes=20 << 10) == "", f"the memory of the parent counts: {len(held)}"
