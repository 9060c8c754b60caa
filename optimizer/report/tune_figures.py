"""Pictures of tuned rates: what becomes of each rate, and payout curves before and after."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from optimizer.report.picture import (
    BESIDE,
    HEIGHT,
    INK,
    PALE,
    THOUSANDS,
    WARN,
    WIDTH,
    bare,
    cliffs_as_steps,
    drawing,
    one_panel,
    save,
    with_unit,
)
from optimizer.report.wording import ENGLISH, Wording
from optimizer.stress.curve_table import payout_curves
from optimizer.tune.rate import with_rates
from optimizer.tune.tune import Tuning

_MOST_RATES, _LEAST_RATES, _MOST_PLANS = 24, 4, 6
_MOST_PERCENT = 160
_ROW, _FRAME = 0.32, 1.3
"""Inches of a rate, and of title, axis and legend."""

_PANEL = 3.0
"""Inches of a payout curve."""


def draw_tuning(found: Tuning, folder: Path, form: str, lang: str = "en") -> list[Path]:
    """Draw rates, and payout curves before and after, into a folder and return the files.

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
    texts = (say("bounds"), found.name, found.unit, *found.rates["rate"], *found.pay["plan"])
    with drawing(map(str, texts)):
        height = _FRAME + _ROW * max(min(len(found.rates), _MOST_RATES), _LEAST_RATES)
        draw = partial(_draw_rates_and_legend, found, say)
        rates = one_panel(folder / f"rates.{form}", draw, height, "constrained")
        return [rates, _draw_curves(found, folder / f"payout_curve.{form}", say)]


def _draw_rates_and_legend(found: Tuning, say: Wording, axes: Axes) -> None:
    draw_rates(found, axes, say)
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=3,
                  frameon=False)  # fmt: skip


def draw_rates(found: Tuning, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw rates before and after, as multiples of what they are, within their bounds.

    Of many rates those that change most are drawn; a rate of 0 stays 0 and is left out.
    """
    rows = found.rates[found.rates["before"] != 0]
    moved = (rows["after"] / rows["before"] - 1).abs()
    kept = moved.sort_values(ascending=False, kind="stable").index[:_MOST_RATES]
    rows = rows.loc[sorted(kept)].iloc[::-1]
    at, before = np.arange(len(rows)), rows["before"].to_numpy()
    low, after, high = (rows[name].to_numpy() / before for name in ("low", "after", "high"))
    axes.hlines(at, low, high, color=PALE, linewidth=1, label=say("bounds"))
    axes.plot(
        np.ones(len(rows)), at, "o", color=INK, mfc="white", markersize=8, label=say("before")
    )
    axes.plot(after, at, "D", color=WARN, markersize=6, label=say("after"))
    for place, (was, becomes) in enumerate(zip(before, rows["after"], strict=True)):
        axes.annotate(
            f"{was:.4g} → {becomes:.4g}", (1, place), (6, 0), va="center",
            xycoords=("axes fraction", "data"), textcoords="offset points",
        )  # fmt: skip
    axes.set_yticks(at, [say.told(str(rate), "rate") for rate in rows["rate"]])
    axes.set_ylim(-0.7, max(len(rows), _LEAST_RATES) - 0.3)
    axes.set_xlabel(say("multiple of what the rate is today"))
    axes.set_title(say("{name}: rates before and after", name=found.name), loc="left")


def _draw_curves(found: Tuning, path: Path, say: Wording) -> Path:
    """Draw what the average rep of each tuned plan is paid at an attainment, a panel per plan."""
    world = found.design.world
    before = payout_curves(world)
    after = payout_curves(with_rates(found.design, found.rates["after"].to_numpy()))
    plans = list(found.pay["plan"])[:_MOST_PLANS]
    columns = min(len(plans), 2)
    lines = -(-len(plans) // columns)
    height = HEIGHT if lines == 1 else _PANEL * lines
    figure, panels = plt.subplots(
        lines, columns, figsize=(WIDTH, height), squeeze=False, layout="constrained"
    )
    for axes in panels.ravel()[len(plans) :]:
        axes.set_visible(False)
    for name, axes in zip(plans, panels.ravel(), strict=False):
        level = float(found.pay.loc[found.pay["plan"] == name, "excellence"].iloc[0])
        _curve(axes, before[before["plan"] == name], PALE, "--", say("before"))
        _curve(axes, after[after["plan"] == name], INK, "-", say("after"))
        axes.axvline(100 * level, color=WARN, linestyle=":", linewidth=1.5,
                     label=say("a tenth exceed"))  # fmt: skip
        axes.set_title(name, loc="left")
        axes.set_xlim(0, _MOST_PERCENT)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(THOUSANDS)
        bare(axes)
    title = say("{name}: payout curves before and after", name=found.name)
    figure.suptitle(title, x=0.01, ha="left")
    figure.supxlabel(say("attainment, %"))
    figure.supylabel(with_unit(say("pay of a rep and period"), found.unit))
    panels[0, 0].legend(**BESIDE)
    return save(figure, path)


def _curve(axes: Axes, rows: pd.DataFrame, colour: str, dashes: str, label: str) -> None:
    """Draw a payout curve, cliffs as steps."""
    at, paid = cliffs_as_steps(rows)
    shown = at <= _MOST_PERCENT
    axes.plot(at[shown], paid[shown], color=colour, linestyle=dashes, label=label)
