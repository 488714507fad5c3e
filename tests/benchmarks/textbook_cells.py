"""LSTMs and GRUs of the documents of the tests: how many of their true equations are proven for every length and every size.

Run by name: ``python tests/benchmarks/textbook_cells.py``. Each document is checked in a process of its own, for its time and memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from symrnn.judging.check import check
from symrnn.judging.verdict import Conditional, Proven
from symrnn.reading.document import read_document

DOCUMENTS = Path(__file__).parent.parent / "documents"
CELLS = ("lstm_columns.md", "lstm_rows.md", "lstm_d.md", "peephole.md", "gru_keep.md", "gru_update.md", "other_cells.md")


def measure(name: str) -> str:
    """One line about a document, as this process sees it."""
    start = time.process_time()
    verdicts = [j.verdict for j in check(read_document(DOCUMENTS / name)).judgements]
    true = [v for v in verdicts if isinstance(v, (Proven, Conditional))]
    everywhere = sum(v.ground.extent == "all" for v in true)
    seconds, megabytes = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{name:20} {everywhere:3} of {len(true):3} for every length and size   {seconds:5.1f} s CPU   {megabytes:4.0f} MB"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(measure(sys.argv[1]))
    else:
        for cell in CELLS:
            subprocess.run([sys.executable, __file__, cell], check=True)
