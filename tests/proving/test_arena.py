"""Files of proofs, accepted, forged and of no form: both checkers agree on each, and no lazy checker passes.

`arena/accepted`, `arena/forged` and `arena/declined` hold the cases of `arena_cases`; `arena/found` proofs that the search found.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import arena_cases
import pytest
import second_checker
from mutated_proofs import mutants

from symrnn.proving.kernel.development import judge
from symrnn.proving.kernel.outcomes import Declined, Refused

ARENA = arena_cases.ARENA
VERDICTS = {"accepted": "accepted", "found": "accepted", "forged": "refused", "declined": "declined"}
FILES = {path: VERDICTS[path.parent.name] for path in sorted(ARENA.glob("*/*.json"))}

Check = Callable[[str], str]


def kernel(text: str) -> str:
    """What the kernel says of a file."""
    try:
        judge(text)
    except Refused:
        return "refused"
    except Declined:
        return "declined"
    return "accepted"


def failures(check: Check, files: dict[Path, str]) -> list[str]:
    """The files of which a checker says something else than is written over them."""
    return [path.stem for path, verdict in files.items() if check(path.read_text(encoding="utf-8")) != verdict]


@pytest.mark.parametrize("folder", VERDICTS)
@pytest.mark.parametrize("check", [kernel, second_checker.verdict], ids=["kernel", "second"])
def test_each_file_is_what_it_is_said_to_be(folder: str, check: Check) -> None:
    assert failures(check, {path: verdict for path, verdict in FILES.items() if path.parent.name == folder}) == []


def test_there_are_many_of_each() -> None:
    verdicts = list(FILES.values())
    assert verdicts.count("accepted") >= 100 and verdicts.count("refused") >= 50 and verdicts.count("declined") >= 30


@pytest.mark.parametrize("said", ["accepted", "refused", "declined"])
def test_a_checker_that_always_says_the_same_fails(said: str) -> None:
    assert len(failures(lambda text: said, FILES)) >= 100


def test_the_files_are_those_of_the_cases() -> None:
    made = {arena_cases.path(verdict, name): arena_cases.written(file) for verdict, name, file in arena_cases.cases()}
    assert made == {path: path.read_text(encoding="utf-8") for path in FILES if path.parent.name != "found"}


def test_the_known_forgeries_are_among_them() -> None:
    """Softmax over two axes, 1/H = 1/K; and a product that is not square, H = K."""
    known = ("a_softmax_over_two_axes", "two_sizes_are_equal")
    assert all(FILES[ARENA / "forged" / f"{name}.json"] == "refused" for name in known)


def test_both_checkers_agree_on_mutated_files() -> None:
    """A few hundred; `tests/benchmarks/agree_on_mutants.py` has as many as one likes."""
    chosen = random.Random(1)
    small = [path for path in FILES if FILES[path] == "accepted" and path.stat().st_size < 9_000]
    said = {"accepted": 0, "refused": 0, "declined": 0}
    for _ in range(300):
        text = mutants(json.loads(chosen.choice(small).read_text(encoding="utf-8")), chosen)
        one, other = kernel(text), second_checker.verdict(text)
        assert one == other, text
        said[one] += 1
    assert min(said.values()) > 5
