"""An examination as plain data: what the child process hands over, and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symrnn.code.blame import Blame, blamed
from symrnn.code.examine import Examined, sizes_said
from symrnn.code.repair import CodeRepair, Repairs, repairs
from symrnn.code.slices import suspects
from symrnn.code.verdicts import Verdict
from symrnn.language.errors import InputError
from symrnn.language.saving import save


def as_data(examined: Examined, fix: bool = False) -> dict[str, Any]:
    """Stable names: `file`, `function`, `cells`, `partner`, `line`, `sizes`, `stopped`, `gradients`, `blame`, `repairs`, `fixed`, `notes`.

    With `fix`, the file is rewritten where one repair is the only one of its cost.
    """
    target = examined.setting.target
    wrong = [verdict.gradient for verdict in examined.verdicts if verdict.word == "wrong"]
    blame = blamed(examined) if wrong else None
    found = repairs(examined, blame.line if blame else None, thorough=fix) if wrong else Repairs((), False)
    mended = [repair for repair in found.found if not repair.rest]
    if blame and blame.entry is None and mended:  # it explains nothing, and a repair that leaves nothing wrong does: a loop's bound
        blame = None
    if fix and Path(examined.source.path).suffix != ".py":
        raise InputError(f"{examined.source.path}: only a file of Python is written to; leave out --fix, and change it by hand")
    fixed = fix and len(found.found) == 1 and found.complete
    if fixed:
        save(examined.source.path, found.found[0].text.encode())
    return {
        "file": examined.source.path,
        "function": target.function,
        "cells": _cells_said(examined.source.cells),
        "partner": target.forward or (target.loss if target.loss and not target.loss.isdigit() else None),
        "line": examined.line,
        "sizes": sizes_said(examined.setting),
        "stopped": examined.stopped,
        "operations": examined.operations,
        "identities": examined.identities,
        "gradients": [_row(verdict) for verdict in examined.verdicts],
        "unpaired": list(examined.unpaired),
        "blame": [_blame(blame, wrong)]
        if blame
        else [_mended(examined, r, wrong) for r in found.found] or _suspected(examined, wrong),
        "repairs": [_repair(repair) for repair in found.found],
        "fixed": fixed,
        "notes": None,
    }


def _blame(blame: Blame, wrong: list[str]) -> dict[str, Any]:
    return {
        "line": blame.line,
        "at": dict(blame.loops),
        "code": blame.code,
        "text": blame.text,
        "gradients": wrong,
        "entry": None if blame.entry is None else list(blame.entry),
        "found": blame.found,
        "exact": blame.exact,
    }


def _repair(repair: CodeRepair) -> dict[str, Any]:
    return {
        "line": repair.edit.line,
        "name": repair.edit.name,
        "before": repair.before,
        "after": repair.after,
        "diff": list(repair.diff),
        "rest": list(repair.rest),
    }


def _mended(examined: Examined, repair: CodeRepair, wrong: list[str]) -> dict[str, Any]:
    proven = f"all but {', '.join(repair.rest)} are proven" if repair.rest else "every gradient is proven"
    text = f"{repair.edit.name}; with {repair.after} instead, {proven}"
    return {"line": repair.edit.line, "code": _code(examined, repair.edit.line), "text": text, "gradients": wrong}


def _suspected(examined: Examined, wrong: list[str]) -> list[dict[str, Any]]:
    """Without a repair: the lines that bear on what is wrong, and on nothing that is right."""
    if not wrong:
        return []
    gradients = [verdict.gradient for verdict in examined.verdicts]
    by_line = suspects(examined.setting.target.node(), gradients, wrong)
    lines = [line for line, distance in sorted(by_line.items()) if distance == 0]
    if not lines or len(wrong) == len(gradients):
        return []
    text = "no single edit repairs this; these lines bear on what is wrong and on nothing that is right: " + ", ".join(
        map(str, lines)
    )
    return [{"line": lines[0], "code": _code(examined, lines[0]), "text": text, "gradients": wrong}]


def _code(examined: Examined, line: int) -> str:
    return examined.source.lines[line - 1].strip()


def _row(verdict: Verdict) -> dict[str, Any]:
    found = verdict.counterexample
    return {
        "gradient": verdict.gradient,
        "parameter": verdict.parameter,
        "verdict": verdict.word,
        "how": verdict.how,
        "reason": verdict.reason,
        "conditions": list(verdict.conditions),
        "counterexample": None if found is None else {"entry": list(found.entry), "returned": found.returned, "exact": found.exact},
    }


def _cells_said(cells: tuple[tuple[int, int], ...]) -> str:
    """Where the lines of a notebook are: "cell 2 begins at line 1, cell 5 at line 30"."""
    return ", ".join(f"cell {cell} {'begins ' if not n else ''}at line {line}" for n, (cell, line) in enumerate(cells))
