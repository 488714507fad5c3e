"""What a check costs, as multiples of `import sympy` in the same run: cold, warm, and after edits, in CPU seconds of one process.

Run by name: ``python tests/benchmarks/bench_check.py``; with ``growth`` also the growth with rows and with steps, which takes minutes.
Everything but the edits runs in processes of its own, three times; the table has the medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from statistics import median

from symrnn.judging.judgement import FirstLook, Report
from symrnn.judging.kept.live import Live
from symrnn.reading.document import Document, read_text

NOTES = files("symrnn.reading.notes").joinpath("rnn.md").read_text(encoding="utf-8")
#: In the statement with this label, the first of the one text becomes the other.
EDITS = (
    ("update-W", r"\partial W}", r"\partial U}"),
    ("V-steps", "=", "= -"),
    ("V-sum", "i=0", "i=1"),
    ("1.1", r"\frac", r"2 \frac"),
    ("1.2", "-", ""),
    ("softmax-case1-c", "- ", "+ "),
    ("softmax-case1-d", "1 - ", "1 + "),
    ("softmax-case2-b", "0", "1"),
    ("V-two-factors", "i=0", "i=1"),
    ("logits-sum-b", "-y_k", "y_k"),
    ("logits-by-V-b", "h_i", "h_k"),
    ("V-result", r"\otimes h_i", r"\otimes x_i"),
    ("W-steps", "=", "= 2"),
    ("W-sum", "=", "= -"),
    ("2.2", r"\partial W}", r"\partial U}"),
    ("state-2-by-W", "+ ", "- "),
    ("state-chain", "h_2", "h_1"),
    ("state-jacobian", "W^T", "W"),
    ("explicit-W", "h_{k-1}", "h_{k}"),
    ("2.5", "=", "= -"),
)


def seconds(*arguments: str, cache: str, most: int = 1) -> float:
    """CPU seconds of one process of Python, the median of three."""
    found = []
    for _ in range(3):
        before = os.times()
        done = subprocess.run(
            [sys.executable, *arguments], env={**os.environ, "SYMRNN_CACHE": cache}, stdout=subprocess.DEVNULL, check=False
        )
        assert done.returncode <= most
        after = os.times()
        found.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return median(found)


def read(text: str) -> Document:
    return read_text(text, "notes.md", "markdown")


def edited() -> Iterator[tuple[str, str]]:
    """The label of what is edited, and the notes after the edit."""
    places = {statement.label: statement.place for statement in read(NOTES).statements}
    for label, old, new in EDITS:
        lines = NOTES.split("\n")
        place = places[label]
        start = sum(len(line) + 1 for line in lines[: place.line - 1]) + (
            place.column - 1 if lines[place.line - 1][:2] != "  " else 0
        )
        at = NOTES.index(old, start)
        yield label, NOTES[:at] + new + NOTES[at + len(old) :]


def edits() -> list[tuple[float, float]]:
    """For each edit, CPU seconds from the new text to the first word on it, and to all verdicts, in a process that keeps the document."""
    live = Live()
    live.check(read(NOTES))
    found = []
    for label, text in edited():
        heard: list[float] = []

        def tell(known: Report, looks: Sequence[FirstLook], label: str = label, heard: list[float] = heard) -> None:
            judged = (j.statement.label for j in known.judgements)
            if label in judged or any(look.statement.label == label for look in looks):
                heard.append(time.process_time())

        begin = time.process_time()
        live.check(read(text), tell=tell)
        found.append((heard[0] - begin, time.process_time() - begin))
        print(f"  {label}: {found[-1][0]:.2f} s, all {found[-1][1]:.2f} s", file=sys.stderr)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as kept:
        unit = seconds("-c", "import sympy", cache=kept)
        rows = [("`import sympy`", unit), ("`symrnn --version`", seconds("-m", "symrnn", "--version", cache=kept))]
        rows.append(("the notes, cold", seconds("-m", "symrnn", "check", "--no-cache", cache=kept)))
        seconds("-m", "symrnn", "check", cache=kept)
        rows.append(("the notes, warm", seconds("-m", "symrnn", "check", cache=kept)))
        found = edits()
        first, whole = ([pair[n] for pair in found] for n in (0, 1))
        rows.append(
            (f"an edit of one equation, to its first verdict ({sum(s <= 0.3 for s in first)} of 20 within 0.3 s)", median(first))
        )
        rows.append(("an edit of one equation, to all verdicts with repairs", median(whole)))
        if "growth" in sys.argv:
            rows += growth(Path(kept))
    print("| | CPU seconds | × `import sympy` |\n|---|---|---|")
    for name, found in rows:
        print(f"| {name} | {found:.2f} | {found / unit:.1f} |")


def growth(folder: Path) -> Iterator[tuple[str, float]]:
    """More rows, and more steps."""
    body = NOTES.split("---", 2)[2]
    for copies in (2, 4, 8):
        again = "".join(body.replace(r"\label{", rf"\label{{{n}-").replace(r"\tag{", rf"\tag{{{n}-") for n in range(copies - 1))
        (folder / "rows.md").write_text(NOTES + again, encoding="utf-8")
        yield f"the notes {copies} times in one file", seconds("-m", "symrnn", "check", "rows.md", "--no-cache", cache=str(folder))
    for steps in (12, 100, 1000):
        yield f"the notes, {steps} steps", seconds("-m", "symrnn", "check", "--no-cache", "--steps", str(steps), cache=str(folder))


if __name__ == "__main__":
    main()
