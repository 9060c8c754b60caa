"""Picture of a frontier: over-assignment against the chance of the goal, and against cost."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from optimizer.frontier.frontier import Frontier
from optimizer.report.picture import (
    BAND,
    BESIDE,
    HEIGHT,
    INK,
    PALE,
    THOUSANDS,
    WARN,
    WIDTH,
    bare,
    drawing,
    save,
    with_unit,
)
from optimizer.report.wording import ENGLISH, Wording
from optimizer.results.text_table import short_amount

_ERRORS = 2
"""Standard errors that the band around a line is wide, to each side."""

_HIGHER = 1.4
"""Height of the picture, × that of one with a single panel."""

_HEAD_ROOM = 0.3
"""Room for the legend above the costs, as a share of what they span."""


def draw_frontier(found: Frontier, folder: Path, form: str, lang: str = "en") -> list[Path]:
    """Draw a frontier into a folder and return the file.

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
    say = Wording(lang)
    title = say("{name}: what over-assignment buys", name=found.name)
    with drawing((title, found.unit)):
        figure, (chance, cost) = plt.subplots(
            2, sharex=True, figsize=(WIDTH, _HIGHER * HEIGHT), layout="constrained"
        )
        draw_chance(found, chance, say)
        draw_cost(found, cost, say)
        for axes in (chance, cost):
            bare(axes)
        chance.set_title(title, loc="left")
        cost.set_xlabel(say("over-assignment, %"))
        return [save(figure, folder / f"frontier.{form}")]


def draw_chance(found: Frontier, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw the chance of the goal, the one that is wanted, and the cheapest row that has it."""
    _line(found, axes, "probability", "-o", say("chance of the goal"), 100)
    wanted = f"{100 * found.chance:g} %"
    label = say("wanted: {share}", share=wanted)
    axes.axhline(100 * found.chance, color=PALE, linestyle="-.", linewidth=1, label=label)
    axes.set_ylim(0, 102)
    axes.set_ylabel(say("chance of the goal, %"))
    _mark_plan(found, axes, say)
    if cheapest := found.cheapest:
        at = 100 * cheapest["over_assignment"]
        label = say("cheapest for {wanted}: {share}", wanted=wanted, share=f"{at:.2f} %")
        _mark_cheapest(axes, at, 100 * cheapest["probability"], label)
    axes.legend(**BESIDE)


def draw_cost(found: Frontier, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw mean and P90 of the cost of pay, and what the cheapest row costs."""
    _line(found, axes, "cost_p90", "--s", say("P90 of cost"))
    _line(found, axes, "cost_mean", "-o", say("mean cost"))
    _mark_plan(found, axes, say)
    if cheapest := found.cheapest:
        at, mean = 100 * cheapest["over_assignment"], cheapest["cost_mean"]
        amount = f"{short_amount(mean)} {found.unit}".rstrip()
        _mark_cheapest(axes, at, mean, say("mean cost there: {amount}", amount=amount))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + _HEAD_ROOM * (high - low))
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.set_ylabel(with_unit(say("cost of the whole plan"), found.unit))
    axes.legend(**BESIDE, ncols=2)


def _line(
    found: Frontier, axes: Axes, column: str, style: str, label: str, times: float = 1
) -> None:
    at = 100 * found.rows["over_assignment"].to_numpy()
    value = times * found.rows[column].to_numpy()
    error = _ERRORS * times * found.errors[column].to_numpy()
    axes.fill_between(at, value - error, value + error, color=BAND, alpha=0.5, linewidth=0)
    axes.plot(at, value, style, color=INK, markersize=4, label=label)


def _mark_plan(found: Frontier, axes: Axes, say: Wording) -> None:
    at = 100 * found.present
    label = say("as planned: {share}", share=f"{at:.2f} %")
    axes.axvline(at, color=PALE, linestyle=":", linewidth=1.5, label=label)


def _mark_cheapest(axes: Axes, at: float, value: float, label: str) -> None:
    axes.axvline(at, color=WARN, linestyle="--", linewidth=1)
    axes.plot([at], [value], color=WARN, marker="*", markersize=14, linestyle="", label=label)
