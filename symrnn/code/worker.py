"""The child process of `symrnn code`: it runs the person's code, under limits of time and memory, and writes what it found as JSON.

The request comes on standard input, the answer goes to standard output; what the code itself prints goes nowhere.
"""

from __future__ import annotations

import json
import os
import sys
from pkgutil import resolve_name
from typing import Any

from symrnn.code.examine import examine_file
from symrnn.code.replay import replay
from symrnn.code.results import as_data
from symrnn.code.setting import said_in_options
from symrnn.language.errors import InputError

try:
    import resource
except ImportError:  # not a Unix: the parent's clock is the only limit
    resource = None  # type: ignore[assignment]

MEMORY = 4 << 30


def main() -> None:
    request = json.load(sys.stdin)
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    _limit(request["seconds"])
    with os.fdopen(answer, "w", encoding="utf-8") as out:
        json.dump(answered(request), out)


def _limit(seconds: int) -> None:
    if resource is not None:
        _at_most(resource.RLIMIT_CPU, seconds, seconds + 1)
        _at_most(resource.RLIMIT_AS, MEMORY, MEMORY)


def _at_most(kind: int, soft: int, hard: int) -> None:
    """Sets a limit, or keeps the one that is set where that is lower already: it may not be raised."""
    most = resource.getrlimit(kind)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def answered(request: dict[str, Any]) -> dict[str, Any]:
    """The examination that a request asks for, or the program of a replay, or `{"refused": message}`."""
    try:
        told = said_in_options(request["shapes"], request["values"], request["pairs"], request["loss"], request["forward"])
        examined = examine_file(request["path"], request["function"], told)
        if request["replay"] is not None:
            return {"program": replay(examined, request["replay"])}
        data = as_data(examined, fix=request["fix"])
        if request["notes"] is not None:  # what reads and judges documents is loaded for those who ask
            data["notes"] = resolve_name("symrnn.code.notes:against_notes")(examined, request["notes"])
        return data
    except InputError as error:
        return {"refused": str(error)}
    except (MemoryError, RecursionError) as error:
        return {
            "refused": f"{request['path']}: {type(error).__name__}: too large for an exact run; take fewer steps or smaller sizes"
        }
    except Exception as error:
        return {
            "refused": f"{request['path']}: {type(error).__name__}: {error}: a fault of symrnn; please report it with this file"
        }


if __name__ == "__main__":
    main()
