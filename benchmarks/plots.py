"""Draw time and memory against size: ``python -m benchmarks.plots peers.json``.

Three plots beside the figures, each as SVG and PNG, both axes logarithmic: the whole process,
the allocation alone, and the peak of memory. The dashed line is the floor: what it takes to
read the inputs. Readable in black and white by markers and line styles.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

from benchmarks.peer_list import CONTENDERS, FLOOR, IMPORTS, OURS, PLAN
from benchmarks.peer_runs import ALLOCATION, Series

MARKERS = "s^vDP*Xhp<>"
STYLES = ("-", "--", "-.", ":")
SHADES = ("#000000", "#444444", "#777777")
OUR_COLOUR, FLOOR_COLOUR = "#1f5fbf", "#999999"


@dataclass(frozen=True)
class Plot:
    """What one plot shows.

    Attributes
    ----------
    name, title, unit : str
    ours : str
        Name of our line.
    """

    name: str
    title: str
    unit: str
    ours: str

    def value(self, name: str, series: Series) -> float:
        """Return the height of a point; not a number where there is none."""
        if self.name == "memory":
            return series.median("memory") / 1e6
        if self.name == "whole":
            return series.median("whole")
        return series.stage("read") if name == FLOOR else series.stage(*ALLOCATION)

    @property
    def lines(self) -> list[str]:
        """Names of the lines, the floor first."""
        left_out = {IMPORTS, PLAN, OURS} - {self.ours}
        return [one.name for one in CONTENDERS if one.name not in left_out]


PLOTS = (
    Plot("whole", "Whole process, start to end", "seconds", PLAN),
    Plot("allocation", "Allocation: arrays in memory to amounts in memory", "seconds", OURS),
    Plot("memory", "Peak of memory, whole process", "MB", PLAN),
)


def main(figures: Path) -> None:
    """Draw all plots beside the figures."""
    content = json.loads(figures.read_text(encoding="utf-8"))
    plt.rcParams.update({"svg.hashsalt": "quotaplan", "font.size": 10})
    for plot in PLOTS:
        drawn = draw(plot, content)
        for suffix in ("svg", "png"):
            path = figures.with_name(f"peers-{plot.name}.{suffix}")
            drawn.savefig(path, dpi=160, metadata={"Date": None} if suffix == "svg" else None)
        plt.close(drawn)


def draw(plot: Plot, content: dict[str, Any]) -> Any:
    """Return a figure of one plot."""
    figure, axes = plt.subplots(figsize=(8.0, 5.0), layout="constrained")
    labels = {one.name: one.label.replace("`", "") for one in CONTENDERS}
    any_stopped = False
    for number, name in enumerate(plot.lines):
        points, stopped = points_of(plot, name, content)
        if not points and not stopped:
            continue
        look = look_of(plot, name, number)
        axes.plot(*_columns(points), label=labels[name], **look)
        if stopped and plot.unit == "seconds":
            until = {**look, "markerfacecolor": "none", "label": None}
            axes.plot(*_columns(points[-1:] + stopped), markevery=[-1], **until)
            any_stopped = True
    axes.set(xscale="log", yscale="log", xlabel="reps", ylabel=plot.unit, title=plot.title)
    sizes = [size["reps"] for size in content["sizes"]]
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.minorticks_off()
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    note = "hollow: stopped at the limit" if any_stopped else None
    figure.legend(loc="outside right upper", frameon=False, title=note)
    return figure


def look_of(plot: Plot, name: str, number: int) -> dict[str, Any]:
    """Return colour, line style and marker of a line."""
    if name == plot.ours:
        return {"color": OUR_COLOUR, "linewidth": 2.8, "marker": "o", "ls": "-", "zorder": 4}
    if name == FLOOR:
        return {"color": FLOOR_COLOUR, "linewidth": 2.0, "marker": "", "ls": "--"}
    return {
        "color": SHADES[number % len(SHADES)],
        "linewidth": 1.1,
        "marker": MARKERS[number % len(MARKERS)],
        "ls": STYLES[number % len(STYLES)],
    }


def points_of(
    plot: Plot, name: str, content: dict[str, Any]
) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Return the points of a line, and sizes and limits where it was stopped."""
    points, stopped = [], []
    for size in content["sizes"]:
        known = size["contenders"].get(name)
        if known is None:
            continue
        series = Series(known["runs"], known["stopped_after"])
        if series.runs:
            points.append((size["reps"], plot.value(name, series)))
        elif series.stopped_after is not None:
            stopped.append((size["reps"], series.stopped_after))
    return points, stopped


def _columns(points: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [reps for reps, _ in points], [value for _, value in points]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
