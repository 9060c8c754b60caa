"""Pictures of pacing: where the company lands, and the lights of each region by week."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap

from optimizer.pacing.calibration import Calibration
from optimizer.pacing.pacing import Pacing
from optimizer.pacing.status import GREEN, RED, YELLOW
from optimizer.report.picture import BAND, HEIGHT, INK, THOUSANDS, bare, drawing, one_panel, save
from optimizer.report.wording import ENGLISH, Wording

COLOURS = {RED: "#c0392b", YELLOW: "#f2c94c", GREEN: "#27ae60"}
MARKS = {RED: "R", YELLOW: "y", GREEN: "g"}
"""Letters in the map, so that it reads without colours too."""

_TO_COME = "#eeeeee"
_LETTERS = {"font.size": 9, "axes.titlesize": "large"}
"""Smaller than in other pictures: a column of the map is a week."""

_MOST_ROWS = 40
_MOST_TICKS = 26
_LINE = 0.05
"""Height of a line of text as a part of the picture's."""


def draw_pacing(pacing: Pacing, folder: Path, form: str, lang: str = "en") -> list[Path]:
    """Draw the pictures of a pacing into a folder and return their files.

    Parameters
    ----------
    form : str
        ``png`` or ``svg``.
    lang : str
        ``en`` or ``zh``.

    Raises
    ------
    NoFontError
        Where words or names are Chinese and there is no font for them.
    """
    settings, say = pacing.planned.scenario.settings, Wording(lang)
    texts = [say("week"), settings.name, settings.unit, *map(str, pacing.seats.region)]
    with drawing(texts, _LETTERS):
        if pacing.status is not None:
            rows = min(len(set(pacing.seats.region)), _MOST_ROWS)
            return [
                one_panel(folder / f"landing.{form}", partial(draw_landing, pacing, say=say)),
                one_panel(
                    folder / f"weeks.{form}",
                    partial(draw_weeks, pacing, say=say),
                    1.2 + 0.25 * max(rows, 4),
                ),
            ]
        if pacing.calibration is not None:
            path = folder / f"calibration.{form}"
            return [_draw_calibration(pacing, pacing.calibration, path, say)]
        if pacing.simulated:
            draw = partial(draw_simulation, pacing, say=say)
            return [one_panel(folder / f"simulation.{form}", draw)]
        return []


def draw_landing(pacing: Pacing, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw what is sold, what is due, and the 80 % band of where the company lands."""
    assert pacing.status is not None
    whole = pacing.status[pacing.status["level"] == "company"]
    weeks, sold = whole["week"].to_numpy(), whole["actual"].to_numpy()
    target, floor = float(pacing.seats.target.sum()), float(pacing.seats.floor.sum())
    every = np.arange(pacing.seats.weeks + 1)
    due = np.concatenate([[0.0], _due(pacing)])
    last = whole.iloc[-1]
    middle = _middle(sold[-1], last["low"], last["high"])
    to_come = np.arange(weeks[-1], pacing.seats.weeks + 1)
    way = _way(due[weeks[-1] :])
    axes.plot(every, target * due, color="0.35", linestyle="--", label=say("target due"))
    axes.plot(every, floor * due, color="0.6", linestyle=":", label=say("floor due"))
    axes.plot([0, *weeks], [0, *sold], color=INK, linewidth=2, marker="o", ms=3, label=say("sold"))
    axes.fill_between(
        to_come, *(sold[-1] + (last[name] - sold[-1]) * way for name in ("low", "high")),
        color=BAND, alpha=0.6, label=say("80 % of landings"),
    )  # fmt: skip
    axes.plot(to_come, sold[-1] + (middle - sold[-1]) * way, color=INK, linewidth=1)
    _label_ends(axes, pacing.seats.weeks, [last["low"], middle, last["high"]])
    axes.yaxis.set_major_formatter(THOUSANDS)
    unit = pacing.planned.scenario.settings.unit
    _dress(axes, pacing, "{name}, {period}: landing seen from week {week}", unit, say)
    axes.legend(loc="upper left", frameon=False)


def _label_ends(axes: Axes, week: int, values: list[float]) -> None:
    """Write rising values at the end of the weeks, apart enough to be read; equal ones once."""
    low, high = axes.get_ylim()
    texts = {(f"{one:,.3g}" if abs(one) < 10 else f"{one:,.0f}"): one for one in values}
    heights = list(texts.values())
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + _LINE * (high - low))
    above = (heights[-1] - values[-1]) / 2
    for text, height in zip(texts, heights, strict=True):
        axes.annotate(text, (week, height - above), (4, 0), textcoords="offset points", va="center")


def _middle(sold: float, low: float, high: float) -> float:
    """Return the landing that is as likely to be passed as not."""
    if low < sold:
        return (low + high) / 2
    return sold + float(np.sqrt((low - sold) * (high - sold)))


def _due(pacing: Pacing) -> np.ndarray:
    due = pacing.curves.due[pacing.curves.of_seat]
    return np.asarray(pacing.seats.target @ due / pacing.seats.target.sum())


def _way(due: np.ndarray) -> np.ndarray:
    """Return how much of what is still due is due by each week to come, from 0 to 1."""
    left = float(due[-1] - due[0])
    return np.asarray((due - due[0]) / left) if left > 0 else np.ones(len(due))


def draw_weeks(pacing: Pacing, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw the lights of each region by week, the worst on top."""
    assert pacing.status is not None
    regions = pacing.status[pacing.status["level"] == "region"]
    now = regions[regions["week"] == pacing.week].sort_values(["pace", "name"])
    names = now["name"].tolist()[:_MOST_ROWS]
    marks = regions.pivot_table(index="name", columns="week", values="status", aggfunc="first")
    marks = marks.loc[names]
    order = [RED, YELLOW, GREEN]
    numbers = marks.map(order.index).to_numpy(dtype=float)
    colours = ListedColormap([COLOURS[name] for name in order])
    axes.pcolormesh(
        np.arange(numbers.shape[1] + 1) + 0.5, np.arange(len(names) + 1), numbers,
        cmap=colours, norm=BoundaryNorm([-0.5, 0.5, 1.5, 2.5], 3), edgecolors="white",
    )  # fmt: skip
    for (row, column), mark in np.ndenumerate(marks.to_numpy()):
        ink = "black" if mark == YELLOW else "white"
        axes.text(column + 1, row + 0.5, MARKS[mark], ha="center", va="center", color=ink)
    to_come = pacing.seats.weeks - numbers.shape[1]
    if to_come:
        axes.pcolormesh(
            np.arange(to_come + 1) + numbers.shape[1] + 0.5, np.arange(len(names) + 1),
            np.zeros((len(names), to_come)), cmap=ListedColormap([_TO_COME]), edgecolors="white",
        )  # fmt: skip
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.invert_yaxis()
    axes.set_xlim(0.5, pacing.seats.weeks + 0.5)
    title = "{name}, {period}: red (R), yellow (y), green (g) by week"
    _dress(axes, pacing, title, "", say)
    axes.spines[["left", "bottom"]].set_visible(False)


def draw_simulation(pacing: Pacing, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw the share of red seats and false alarms by week, for each way of selling."""
    for (name, found), style in zip(pacing.simulated.items(), ("-", "--"), strict=True):
        weeks = np.arange(1, pacing.seats.weeks + 1)
        red, wrong, behaviour = found.share("red"), found.share("red_reached"), say(name)
        axes.plot(weeks, 100 * red, color=COLOURS[RED], linestyle=style,
                  label=say("red, {behaviour}", behaviour=behaviour))  # fmt: skip
        axes.plot(weeks, 100 * wrong, color=INK, linestyle=style,
                  label=say("red and wrong, {behaviour}", behaviour=behaviour))  # fmt: skip
    axes.set_ylim(bottom=0)
    _dress(axes, pacing, "{name}, {period}: simulated lights", say("% of all targets"), say)
    axes.legend(frameon=False)


def _draw_calibration(pacing: Pacing, found: Calibration, path: Path, say: Wording) -> Path:
    """Draw the curves beside each other, and how many targets are red and wrong with each."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, HEIGHT))
    weeks = np.arange(1, pacing.seats.weeks + 1)
    names = (say("the plan's"), say("learned"), say("learned, with its lights"))
    styles = ({"color": "0.35", "linestyle": "--"}, {"color": BAND}, {"color": INK})
    shares = (found.share_before, found.share_after)
    for share, name, style in zip(shares, names, styles, strict=False):
        left.plot(weeks, 100 * share, marker="o", ms=3, label=name, **style)
    for one, name, style in zip(found.simulations, names, styles, strict=True):
        right.plot(weeks, 100 * one.share("red_reached"), marker="o", ms=3, label=name, **style)
    _dress(left, pacing, "{name}, {period}: weekly shares", say("% of the target"), say)
    _dress(right, pacing, "{name}, {period}: red and wrong", say("% of all targets"), say)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        bare(axes)
    return save(figure, path)


def _dress(axes: Axes, pacing: Pacing, title: str, label: str, say: Wording) -> None:
    name, period = pacing.planned.scenario.settings.name, pacing.seats.period
    axes.set_title(say(title, name=name, period=period, week=pacing.week), loc="left")
    axes.set_xlabel(say("week"))
    axes.set_ylabel(label)
    step = -(-pacing.seats.weeks // _MOST_TICKS)
    axes.set_xticks(range(1, pacing.seats.weeks + 1, step))
