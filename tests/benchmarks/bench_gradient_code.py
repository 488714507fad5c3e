"""All broken variants of gradient code: caught, certified, blamed, repaired. Run with a number N for every N-th only."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from code_mutants import mutants

from symrnn.code.examine import examine
from symrnn.code.results import as_data
from symrnn.code.setting import Said
from symrnn.language.errors import InputError


def main() -> None:
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    counts: Counter[str] = Counter()
    started = time.process_time()
    for mutant in list(mutants())[::every]:
        try:
            examined = examine(mutant.source, mutant.function, Said())
        except InputError as error:
            counts["refused"] += 1
            print("refused", mutant.file, mutant.line, mutant.mistake, error)
            continue
        words = {verdict.word for verdict in examined.verdicts}
        outcome = (
            "wrong" if "wrong" in words else "raises" if examined.stopped else "undecided" if "undecided" in words else "not caught"
        )
        counts[outcome] += 1
        line = mutant.source.lines[mutant.line - 1].strip()
        if outcome != "wrong":
            print(outcome, mutant.file, mutant.line, mutant.mistake, ":", line, examined.stopped)
            continue
        counts["certified"] += all(v.counterexample is not None or "shape" in v.how for v in examined.verdicts if v.word == "wrong")
        data = as_data(examined)
        counts["repaired"] += bool(data["repairs"])
        lines = [blame["line"] for blame in data["blame"]]
        counts["blamed first"] += lines[:1] == [mutant.line]
        counts["blamed"] += mutant.line in lines
        if lines[:1] != [mutant.line]:
            print(
                "blames", lines, "for", mutant.file, mutant.line, mutant.mistake, ":", line, [r["after"] for r in data["repairs"]]
            )
    print(dict(counts), f"{time.process_time() - started:.0f} s")


if __name__ == "__main__":
    main()
