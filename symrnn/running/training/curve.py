"""The loss over the steps, in the terminal or as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from symrnn.language.errors import InputError

try:
    from matplotlib.figure import Figure
except ImportError:  # pragma: no cover - the tests put None here
    Figure = None  # type: ignore[assignment, misc]

#: The Braille dots of a cell from below, left and right.
_DOTS = (0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08)


def smoothed(losses: Sequence[float], points: int) -> list[float]:
    """At most `points` means over equally many neighbouring steps.

    >>> smoothed([4.0, 2.0, 3.0, 1.0], 2)
    [3.0, 2.0]
    """
    count = min(points, len(losses))
    edges = [round(n * len(losses) / count) for n in range(count + 1)] if count else []
    return [sum(losses[a:b]) / (b - a) for a, b in pairwise(edges)]


def in_terminal(losses: Sequence[float], width: int = 60, height: int = 10) -> str:
    """The curve in Braille dots, `width` characters wide, with the largest and smallest value beside it."""
    values = smoothed(losses, 2 * width)
    low, high = min(values), max(values)
    scale = (4 * height - 1) / (high - low) if high > low else 0.0
    cells = [[0] * ((len(values) + 1) // 2) for _ in range(height)]
    for column, value in enumerate(values):
        row = round((value - low) * scale)
        cells[height - 1 - row // 4][column // 2] |= _DOTS[column % 2][row % 4]
    labels = {0: f"{high:.3f}", height - 1: f"{low:.3f}"}
    side = max(len(label) for label in labels.values())
    lines = [f"{labels.get(n, ''):>{side}} ┤{''.join(chr(0x2800 + c) for c in row)}" for n, row in enumerate(cells)]
    return "\n".join([*lines, f"{'':>{side}}  loss per character, {len(losses)} steps"])


def check_matplotlib() -> None:
    """Raises InputError where no picture can be drawn."""
    if Figure is None:
        raise InputError("--plot needs matplotlib; install it with: pip install 'symrnn[plot]'")


def as_picture(losses: Sequence[float], path: str) -> None:
    """Writes the curve as a picture, in the format that the ending of `path` says. Raises InputError."""
    check_matplotlib()
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(1, len(losses) + 1), losses, linewidth=0.5, alpha=0.4, label="each step")
    means = smoothed(losses, 100)
    width = len(losses) / len(means)
    axes.plot([(n + 0.5) * width for n in range(len(means))], means, label="mean")
    axes.set(xlabel="step", ylabel="loss per character", title="Gradient descent")
    axes.legend()
    axes.grid(alpha=0.3)
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise InputError(f"--plot {path} cannot be written: {error}") from None
