"""Pictures of a stress test: payout curves, the distribution of cost, what shocks change."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

from optimizer.report.chinese import fonts_for
from optimizer.stress.stress import Stress

_INK, _BAND, _WARN = "#1f3a5f", "#9db8d9", "#c0392b"
_BINS = 60
_MOST_PLANS, _MOST_BARS, _LEAST_BARS = 8, 12, 4
_MOST_PERCENT = 200
_THOUSANDS = StrMethodFormatter("{x:,.10g}")


def draw_stress(found: Stress, folder: Path, form: str) -> list[Path]:
    """Draw the pictures of a stress test into a folder and return their files.

    Parameters
    ----------
    form : str
        ``png`` or ``svg``.

    Raises
    ------
    NoFontError
        Where names are Chinese and there is no font for them.
    """
    texts = [found.name, found.unit, *map(str, found.curves["plan"]), *map(str, found.by["name"])]
    texts += list(map(str, found.shocks["name"]))
    pictures = {"payout_curve": draw_curves, "cost": draw_cost}
    if len(found.shocks):
        pictures["shocks"] = draw_shocks
    files = []
    with fonts_for(texts), plt.rc_context({"svg.hashsalt": "quotaplan", "font.size": 9}):
        for name, draw in pictures.items():
            figure, axes = plt.subplots(figsize=(8, 4.5))
            draw(found, axes)
            axes.spines[["top", "right"]].set_visible(False)
            files.append(folder / f"{name}.{form}")
            bare = {"Date": None} if form == "svg" else {"Software": None}
            figure.savefig(files[-1], dpi=150, bbox_inches="tight", metadata=bare)
            plt.close(figure)
    return files


def draw_curves(found: Stress, axes: Axes) -> None:
    """Draw what the average rep of each plan is paid at an attainment, cliffs as steps."""
    names = list(dict.fromkeys(found.curves["plan"]))[:_MOST_PLANS]
    for name in names:
        own = found.curves[found.curves["plan"] == name]
        at = np.repeat(100 * own["attainment"].to_numpy(), 2)
        paid = np.repeat(own["payout"].to_numpy(), 2)
        paid[::2] -= own["jump"].to_numpy()
        axes.plot(at, paid, linewidth=1.5, label=name)
    axes.axvline(100, color="0.7", linestyle=":")
    axes.set_xlim(0, _MOST_PERCENT)
    shown = found.curves[found.curves["attainment"] <= _MOST_PERCENT / 100]
    axes.set_ylim(0, 1.05 * max(float(shown["payout"].max()), 1e-9))
    axes.yaxis.set_major_formatter(_THOUSANDS)
    axes.set_xlabel("attainment, %")
    axes.set_ylabel(f"pay of a rep and period, {found.unit}".rstrip(", "))
    axes.set_title(f"{found.name}: payout curves", loc="left")
    axes.legend(frameon=False)


def draw_cost(found: Stress, axes: Axes) -> None:
    """Draw how often which cost comes, with the budget, the middle, P90 and cost at target."""
    axes.hist(found.costs.ravel(), bins=_BINS, color=_BAND, edgecolor="white", linewidth=0.3)
    lines = {
        "P50": (found.figures["p50"].value, _INK, "-"),
        "P90": (found.figures["p90"].value, _INK, "--"),
        "at target": (found.other["cost_at_target"], "0.4", ":"),
    }
    if found.budget is not None:
        lines["budget"] = (found.budget, _WARN, "-")
    for name, (value, colour, style) in lines.items():
        label = f"{name} {found.shown(value)}"
        axes.axvline(value, color=colour, linestyle=style, linewidth=1.5, label=label)
    axes.xaxis.set_major_formatter(_THOUSANDS)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"cost of the whole plan, {found.unit}".rstrip(", "))
    axes.set_title(f"{found.name}: how much incentive pay may cost", loc="left")
    axes.legend(frameon=False)


def draw_shocks(found: Stress, axes: Axes) -> None:
    """Draw by how much each shock changes the mean cost, the largest on top."""
    order = found.shocks["change"].abs().sort_values(kind="stable").index[-_MOST_BARS:]
    rows = found.shocks.loc[order]
    axes.barh(
        rows["name"].astype(str), rows["change"], xerr=2 * rows["change_error"], color=_BAND,
        ecolor=_INK,
    )  # fmt: skip
    for place, change in enumerate(rows["change"]):
        axes.annotate(
            found.shown(change, sign=True), (change, place), (6 if change >= 0 else -6, 0),
            textcoords="offset points", va="center", ha="left" if change >= 0 else "right",
        )  # fmt: skip
    axes.axvline(0, color="0.4", linewidth=1)
    axes.margins(x=0.2)
    axes.set_ylim(-0.6 - max(0, _LEAST_BARS - len(rows)), len(rows) - 0.4)
    axes.xaxis.set_major_formatter(_THOUSANDS)
    axes.set_xlabel(f"change of the mean cost, {found.unit}".rstrip(", "))
    axes.set_title(f"{found.name}: what shocks change", loc="left")
