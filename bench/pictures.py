"""Pictures of figures as SVG, readable on a light and on a dark page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.figures import Plot

INK = "#808080"  # stands out from white and from black
COLOURS = ("#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#14b8a6", "#ec4899", "#a3a3a3")
SIZE = (8, 4)
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "bench", "font.family": "sans-serif", "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK,
    "axes.titlecolor": INK, "xtick.color": INK, "ytick.color": INK, "grid.color": INK, "grid.alpha": 0.25, "legend.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False}


def draw(plot: Plot, path: Path) -> None:
    """Draw a picture to a file. ModuleNotFoundError where matplotlib is not installed."""
    import matplotlib as mpl  # noqa: PLC0415  # only the report needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.subplots()
        (lines if plot.lines else bars)(axes, plot)
        axes.set_title(plot.title)
        axes.grid(visible=True, axis="y")
        if len(plot.series) > 1:
            axes.legend(frameon=False, fontsize="small")
        figure.savefig(path, transparent=True, metadata={"Date": None})


def bars(axes: Any, plot: Plot) -> None:
    """A group of bars for each label, each bar with its figure; the axis is logarithmic where bars differ by far."""
    width = 0.8 / len(plot.series)
    for number, (name, values) in enumerate(plot.series.items()):
        places = [place - 0.4 + width * (number + 0.5) for place in range(len(plot.labels))]
        found = axes.bar(places, values, width, label=name, color=COLOURS[number % len(COLOURS)])
        axes.bar_label(found, fmt=lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}", fontsize=7, color=INK)  # noqa: PLR2004
    every = [value for values in plot.series.values() for value in values if value > 0]
    if every and max(every) > 50 * min(every):
        axes.set_yscale("log")
    axes.set_xticks(range(len(plot.labels)), plot.labels, fontsize=8)
    axes.set_ylabel(plot.unit)


def lines(axes: Any, plot: Plot) -> None:
    """A line for each series over labels that are numbers."""
    for number, (name, values) in enumerate(plot.series.items()):
        axes.plot([float(label) for label in plot.labels], values, marker="o", label=name, color=COLOURS[number % len(COLOURS)])
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_ylabel(plot.unit)
