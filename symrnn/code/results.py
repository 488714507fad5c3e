"""An examination as plain data: what the child process hands over, and JSON."""

from __future__ import annotations

from typing import Any

from symrnn.code.examine import Examined, sizes_said
from symrnn.code.verdicts import Verdict


def as_data(examined: Examined, replay: str | None = None) -> dict[str, Any]:
    """Stable names: `file`, `function`, `partner`, `line`, `sizes`, `stopped`, `gradients`, `blame`, `repairs`, `notes`."""
    target = examined.setting.target
    return {
        "file": examined.source.path,
        "function": target.function,
        "partner": target.forward or (target.loss if target.loss and not target.loss.isdigit() else None),
        "line": examined.line,
        "sizes": sizes_said(examined.setting),
        "stopped": examined.stopped,
        "operations": examined.operations,
        "identities": examined.identities,
        "gradients": [_row(verdict) for verdict in examined.verdicts],
        "unpaired": list(examined.unpaired),
        "blame": [],
        "repairs": [],
        "notes": [],
    }


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
