"""Ctrl-C and kill -9 at any moment leave an old file or a new one, never a half, and no traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symrnn.app import entry
from symrnn.app.outcome import INTERRUPTED, SOMETHING_WRONG

NOTES = r"""
$$ s_t = \tanh(A x_t + B s_{t-1}), \quad o_t = C s_t, \quad p_t = \mathrm{softmax}(o_t), \quad L_t = -q_t^T \log p_t $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = B \mathrm{diag}(1 - s_t^2) $$
"""
OLD = b"the old report"
SIZE = 20_000_000
WRITER = """
import itertools, sys
from symrnn.language.saving import save
print("ready", flush=True)
for letter in itertools.cycle((b"a", b"b")):
    save(sys.argv[1], letter * int(sys.argv[2]))
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_leaves_a_whole_file(seed: int, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_bytes(b"a" * SIZE)
    with subprocess.Popen([sys.executable, "-c", WRITER, target, str(SIZE)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        time.sleep(random.Random(seed).uniform(0, 0.2))
        writer.kill()
    found = target.read_bytes()
    assert len(found) == SIZE and set(found) in ({ord("a")}, {ord("b")})


def reporting(place: Path) -> int:
    """A process that writes a report in a folder; everything is imported already, so that any moment of its work may be hit."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(place)
        with open("said", "w", encoding="utf-8") as said:
            sys.stdout = sys.stderr = said
            status = entry.run(["report", "notes.md", "-o", "report.html"])
            said.flush()
            os._exit(status)
    return child


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, float]:
    """The report when nobody interrupts, and the seconds that it takes."""
    place = tmp_path_factory.mktemp("whole")
    (place / "notes.md").write_text(NOTES)
    for _ in range(2):  # the second one finds everything loaded
        begin = time.perf_counter()
        os.waitpid(reporting(place), 0)
        seconds = time.perf_counter() - begin
    return (place / "report.html").read_bytes(), seconds


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9, 1.0])
def test_an_interrupted_report_is_the_old_or_the_new_one(part: float, complete: tuple[bytes, float], tmp_path: Path) -> None:
    new, seconds = complete
    (tmp_path / "notes.md").write_text(NOTES)
    (tmp_path / "report.html").write_bytes(OLD)
    child = reporting(tmp_path)
    time.sleep(part * seconds)
    os.kill(child, signal.SIGINT)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (INTERRUPTED, SOMETHING_WRONG, -signal.SIGINT)
    assert (tmp_path / "report.html").read_bytes() in (OLD, new)
    assert "Traceback" not in (tmp_path / "said").read_text()
    assert {p.name for p in tmp_path.iterdir()} == {"notes.md", "report.html", "said"}
