"""Pictures that need matplotlib (the extra ``plot``): heat maps and curves."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symrnn.language.errors import InputError
from symrnn.showing.report.page import Picture, Prose

try:
    from matplotlib import colormaps, rc_context
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True

#: Nothing of the clock or of chance may get into a file.
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
_SETTINGS: Any = {"svg.hashsalt": "symrnn", "svg.fonttype": "path", "font.size": 9, "pdf.fonttype": 42}
_WIDE, _HIGH = 2.7, 2.9


def heat_maps(panels: Sequence[tuple[str, NDArray[Any]]], name: str, caption: Prose, axes: tuple[str, str], scale: str) -> Picture:
    """Matrices side by side in one colour scale that is white at zero; entries that are not a number are grey.

    Raises:
        InputError: matplotlib is not installed.
    """
    figure = _figure(_WIDE * len(panels) + 0.7, _HIGH)
    plots = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    low, high = (choose(float(end(values)) for _, values in panels) for choose, end in ((min, np.nanmin), (max, np.nanmax)))
    # From one end to the other in blue, white and red: told apart by people who cannot see red or green.
    colours = colormaps["RdBu_r"].with_extremes(bad="#d9d9d9")
    # As far on one side as on the other: as deep a colour is as large a number.
    most = max(-low, high, 1e-9)
    norm = Normalize(-most, most)
    for plot, (title, values) in zip(plots, panels, strict=True):
        image = plot.pcolormesh(np.round(values, 6), cmap=colours, norm=norm, rasterized=True)
        plot.set_aspect("equal")
        plot.invert_yaxis()
        plot.set_title(title)
        plot.set_xlabel(axes[0])
    plots[0].set_ylabel(axes[1])
    ticks = np.round([-most, -most / 2, 0, most / 2, most], 1)
    figure.colorbar(image, ax=list(plots), label=scale, shrink=0.85, ticks=sorted(set(ticks)))
    return _picture(figure, name, caption)


def loss_curve(losses: Sequence[float], name: str, caption: Prose) -> Picture:
    """The loss after each update.

    Raises:
        InputError: matplotlib is not installed.
    """
    figure = _figure(5.2, 2.9)
    plot = figure.subplots()
    plot.plot(range(len(losses)), losses, color="#0f5e9c", linewidth=1.6)
    plot.set_xlabel("updates")
    plot.set_ylabel("loss")
    plot.grid(color="#dddddd", linewidth=0.6)
    plot.spines[["top", "right"]].set_visible(False)
    return _picture(figure, name, caption)


def _figure(width: float, height: float) -> Any:
    if not INSTALLED:
        raise InputError("pictures need matplotlib; install it with: pip install 'symrnn[plot]'")
    with rc_context(_SETTINGS):
        return Figure(figsize=(width, height), layout="constrained")


def _picture(figure: Any, name: str, caption: Prose) -> Picture:
    return Picture(name, caption, _saved(figure, "svg"), _saved(figure, "pdf"))


def _saved(figure: Any, form: str) -> bytes:
    stream = BytesIO()
    with rc_context(_SETTINGS):
        figure.savefig(stream, format=form, metadata=_METADATA[form])
    return stream.getvalue()
