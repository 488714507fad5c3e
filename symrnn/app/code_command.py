"""The command that asks whether code is the gradient of its loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from symrnn.app.outcome import STATUS, Output, status_of
from symrnn.language.errors import InputError
from symrnn.showing import gradients as report

SECONDS = 120
_FORMATS = {"terminal": report.as_text, "json": report.as_json, "github": report.as_annotations}


@click.command("code", epilog=STATUS)
@click.argument("place", metavar="FILE[:FUNCTION]")
@click.option("--shape", "shapes", metavar="NAME=3,4", multiple=True, help="The shape of an input; may be given again.")
@click.option("--set", "values", metavar="NAME=VALUE", multiple=True, help="The value of an input that is no free array.")
@click.option("--grad", "pairs", metavar="dW=W", multiple=True, help="Which returned value is the gradient of what.")
@click.option("--loss", metavar="NAME", help="The returned value, or the other function, that is the loss.")
@click.option("--forward", metavar="NAME", help="The function that a backward function belongs to.")
@click.option("--format", "style", type=click.Choice(list(_FORMATS)), default="terminal", show_default=True, help="What to print.")
@click.option("--seconds", metavar="N", type=click.IntRange(1, 3600), default=SECONDS, show_default=True, help="Limit of time.")
@click.option(
    "--notes",
    metavar="NOTES.md",
    type=click.Path(exists=True, dir_okay=False),
    help="Say which formula of these notes each gradient is, and which equation each line computes.",
)
@click.option("--replay", metavar="NAME", help="Print a program that shows with mpmath alone that a gradient is wrong.")
@click.option("--fix", is_flag=True, help="Write the repair into the file, where it is the only one of its cost.")
@click.option("--strict", is_flag=True, help="Exit with 3 when something is undecided.")
def code_command(
    place: str,
    shapes: tuple[str, ...],
    values: tuple[str, ...],
    pairs: tuple[str, ...],
    loss: str | None,
    forward: str | None,
    style: str,
    seconds: int,
    notes: str | None,
    replay: str | None,
    fix: bool,
    strict: bool,
) -> Output:
    """Is this code the gradient of that loss? Exactly, and which line is wrong.

    FILE is a file of Python, a notebook, or a Markdown text with listings. FUNCTION returns a loss and gradients; Class.method and the
    backward function of a layer will do as well, and it may be left out where one function of the file returns gradients. It runs
    unchanged, over exact numbers, in a process of its own: only functions, classes, constants and objects of the file's own classes are
    executed, nothing else at its top.
    """
    path, function = (place, "") if ":" not in place or Path(place).is_file() else place.rpartition(":")[::2]
    if not path:
        raise InputError(f"{place!r} is not of the form FILE:FUNCTION; name the file and the function that computes the gradients")
    request = {
        "path": path,
        "function": function,
        "shapes": shapes,
        "values": values,
        "pairs": pairs,
        "loss": loss,
        "forward": forward,
        "seconds": seconds,
        "fix": fix,
        "replay": replay,
        "notes": notes,
    }
    if replay is not None and (fix or notes is not None or style != "terminal"):
        raise InputError("--replay prints a program and changes nothing; leave out --fix, --notes and --format")
    data = answer(request, seconds)
    if replay is not None:
        return Output(data["program"], 0)
    return Output(_FORMATS[style](data), status_of(report.gradient_statuses(data), strict=strict))


def answer(request: dict[str, Any], seconds: int) -> dict[str, Any]:
    """What the child process found. Raises InputError where it refused, or ran into a limit."""
    command = [sys.executable, "-m", "symrnn.code.worker"]
    what = f"{request['path']}: {request['function'] or 'the function'}"
    # One thread: several would only take memory, and time to start.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path[1:])}
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=2 * seconds,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{what} did not end; take fewer steps, or more --seconds") from None
    if done.returncode < 0 or not done.stdout:
        reason = "ran out of time" if done.returncode in (-9, -24) else f"broke off ({_last_line(done.stderr) or done.returncode})"
        raise InputError(f"{what} {reason}; take fewer steps, or more --seconds")
    data: dict[str, Any] = json.loads(done.stdout)
    if "refused" in data:
        raise InputError(data["refused"])
    return data


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
