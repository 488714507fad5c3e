"""Both checkers on mutated proof files: ``python tests/benchmarks/agree_on_mutants.py [10000]``. Exit status 1 where they disagree."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "proving"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import second_checker
from mutated_proofs import mutants
from test_arena import FILES, kernel


def main(count: int) -> int:
    """Says how many files were accepted, refused and declined by both, and prints those on which they differ."""
    chosen = random.Random(2)
    good = [path.read_text(encoding="utf-8") for path, verdict in FILES.items() if verdict == "accepted"]
    said: Counter[tuple[str, str]] = Counter()
    for _ in range(count):
        text = mutants(json.loads(chosen.choice(good)), chosen)
        pair = kernel(text), second_checker.verdict(text)
        said[pair] += 1
        if len(set(pair)) > 1:
            print(pair, text)
    for (one, other), number in sorted(said.items()):
        print(f"kernel {one}, second {other}: {number}")
    return int(any(one != other for one, other in said))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
