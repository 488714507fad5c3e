"""What `symrnn code` prints: a table for the terminal, JSON, annotations. Made of plain data, so that it needs none of the machinery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from symrnn.language.printing import clean, workflow_command

SIGNS = {"proven": "✓", "conditional": "◐", "wrong": "✗", "undecided": "?"}
_COMMANDS = {"wrong": "error", "undecided": "warning", "conditional": "notice"}

#: An examination as plain data, as `symrnn.code.worker` writes it.
Data = Mapping[str, Any]


_STATUSES = {"wrong": "mistake", "undecided": "open"}


def gradient_statuses(data: Data) -> set[str]:
    """What the verdicts do to the exit status."""
    words = {row["verdict"] for row in data["gradients"]} | ({"undecided"} if data["stopped"] else set())
    return {_STATUSES.get(word, "fine") for word in words}


def as_json(data: Data) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def as_annotations(data: Data) -> str:
    lines = list(_annotations(data))
    return "\n".join([*lines, f"symrnn: {_counts(data)}"])


def _annotations(data: Data) -> Iterator[str]:
    if data["stopped"]:
        place = {"file": data["file"], "line": data["line"], "title": f"undecided: {data['function']}"}
        yield workflow_command("warning", place, data["stopped"])
    for row in data["gradients"]:
        command = _COMMANDS.get(row["verdict"])
        if command:
            message = "\n".join([*_detail(row), *_blamed(data, row["gradient"])])
            place = {"file": data["file"], "line": _line_of(data, row), "title": f"{row['verdict']}: {row['gradient']}"}
            yield workflow_command(command, place, message)


def _line_of(data: Data, row: Data) -> int:
    return next((int(blame["line"]) for blame in data["blame"] if row["gradient"] in blame["gradients"]), int(data["line"]))


def as_text(data: Data) -> str:
    """For a terminal, or for the message of a failed test."""
    return "\n".join(line if line.startswith((" ", "-", "+", "@")) else clean(line) for line in _lines(data))


def _lines(data: Data) -> Iterator[str]:
    partner = f" with {data['partner']}" if data["partner"] else ""
    yield f"{data['file']}:{data['function']}{partner}, whose code was run (and of its neighbours, where it imports them)"
    yield f"  at {clean(data['sizes'])}"
    if data["cells"]:
        yield f"  lines are counted through the code cells: {data['cells']}"
    if data["stopped"]:
        yield f" ? undecided    line {data['line']}: {clean(data['stopped'])}"
        return
    for word in SIGNS:
        for names, detail in _together(row for row in data["gradients"] if row["verdict"] == word).items():
            yield f" {SIGNS[word]} {word:<12} {clean(', '.join(names))}"
            yield from (f"                {clean(line)}" for line in detail)
    for blame in data["blame"]:
        yield ""
        yield f"{_place(blame)}: {clean(blame['code'])}"
        yield f"  {clean(blame['text'])}"
        if blame.get("entry") is not None:
            entry = f"entry {blame['entry']}: " if blame["entry"] else ""
            yield f"  {entry}there {blame['found']:.9g}, exactly {blame['exact']:.9g}"
    for repair in data["repairs"]:
        yield ""
        yield f"repaired in part, {', '.join(repair['rest'])} stay wrong:" if repair["rest"] else "repaired:"
        yield from (clean(line) for line in repair["diff"])
    if data["fixed"]:
        yield f"written to {data['file']}"
    if data["notes"]:
        yield ""
        yield from map(clean, _notes(data["notes"]))
    yield ""
    yield _counts(data)


def _notes(notes: Data) -> Iterator[str]:
    """Which formula each gradient is, and which equation each line computes."""
    if notes["reason"]:
        yield f"against {notes['file']}: {notes['reason']}"
        return
    renamed = ", ".join(f"{array} for {letter}" for letter, array in notes["pairs"].items())
    yield f"against {notes['file']}, with {renamed}"
    if notes["factor"] != "1":
        yield f"  the loss is {notes['factor']} times that of the notes, and so are its gradients"
    for row in notes["gradients"]:
        repaired = ", as repaired" if row["repaired"] else ""
        yield f"  {row['gradient']} {'is' if row['same'] else 'is not'} ({row['label']}){repaired}"
    for row in notes["lines"]:
        yield f"  line {row['line']}: {row['target']} is ({row['label']})"


def _together(rows: Iterable[Data]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The gradients of which the same is to be said, by what that is."""
    by_detail: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        by_detail.setdefault(tuple(_detail(row)), []).append(_claim(row))
    return {tuple(claims): detail for detail, claims in by_detail.items()}


def _claim(row: Data) -> str:
    """`dW`, and of what it is the gradient where its name does not say so."""
    gradient, parameter = row["gradient"], row["parameter"]
    return gradient if parameter.rsplit(".", 1)[-1] in gradient else f"{gradient} (∂loss/∂{parameter})"


def _detail(row: Data) -> Iterator[str]:
    if row["how"]:
        yield row["how"]
    if row["counterexample"]:
        found = row["counterexample"]
        entry = f"entry {list(found['entry'])}: " if found["entry"] else ""
        yield f"{entry}returned {found['returned']}, exactly {found['exact']}"
    if row["reason"]:
        yield row["reason"]
    yield from (f"if {condition}" for condition in row["conditions"])


def _place(blame: Data) -> str:
    """`line 29, t = 4`."""
    return ", ".join([f"line {blame['line']}", *(f"{name} = {value}" for name, value in blame.get("at", {}).items())])


def _blamed(data: Data, gradient: str) -> Iterator[str]:
    for blame in data["blame"]:
        if gradient in blame["gradients"]:
            yield f"{_place(blame)}: {blame['text']}"


def _counts(data: Data) -> str:
    counts = [f"{sum(row['verdict'] == word for row in data['gradients'])} {word}" for word in SIGNS]
    return f"{len(data['gradients'])} gradients: {', '.join(counts)}"
