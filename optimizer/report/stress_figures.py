"""Pictures of a stress test: payout curves, the distribution of cost, what shocks change."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from matplotlib.axes import Axes

from optimizer.report.picture import (
    BAND,
    BESIDE,
    INK,
    LINES,
    PALE,
    THOUSANDS,
    WARN,
    cliffs_as_steps,
    drawing,
    in_legend,
    one_panel,
    with_unit,
)
from optimizer.report.wording import ENGLISH, Wording
from optimizer.stress.stress import Stress

_BINS = 60
_MOST_BARS, _LEAST_BARS = 12, 4
_MOST_PERCENT = 200
_MARKED = 0.12
"""Distance of markers on a line, as a share of the picture."""


def draw_stress(found: Stress, folder: Path, form: str, lang: str = "en") -> list[Path]:
    """Draw the pictures of a stress test into a folder and return their files.

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
    texts = [say("budget"), found.name, found.unit]
    texts += [*map(str, found.curves["plan"]), *map(str, found.by["name"])]
    texts += list(map(str, found.shocks["name"]))
    pictures = {"payout_curve": draw_curves, "cost": draw_cost}
    if len(found.shocks):
        pictures["shocks"] = draw_shocks
    with drawing(texts):
        return [
            one_panel(folder / f"{name}.{form}", partial(draw, found, say=say))
            for name, draw in pictures.items()
        ]


def draw_curves(found: Stress, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw what the average rep of each plan is paid at an attainment, cliffs as steps."""
    names = list(dict.fromkeys(found.curves["plan"]))
    for name, (colour, dashes, marker) in zip(names, LINES, strict=False):
        at, paid = cliffs_as_steps(found.curves[found.curves["plan"] == name])
        axes.plot(at, paid, color=colour, linestyle=dashes, marker=marker, markersize=5,
                  markevery=_MARKED, label=in_legend(name))  # fmt: skip
    axes.axvline(100, color=PALE, linewidth=0.8)
    axes.set_xlim(0, _MOST_PERCENT)
    shown = found.curves[found.curves["attainment"] <= _MOST_PERCENT / 100]
    axes.set_ylim(0, 1.05 * max(float(shown["payout"].max()), 1e-9))
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel(say("attainment, %"))
    axes.set_ylabel(with_unit(say("pay of a rep and period"), found.unit))
    title = say("{name}: payout curves", name=found.name)
    if len(names) > len(LINES):
        title = say("{name}: payout curves, the first {some} of {number}", name=found.name,
                    some=len(LINES), number=len(names))  # fmt: skip
    axes.set_title(title, loc="left")
    axes.legend(**BESIDE)


def draw_cost(found: Stress, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw how often which cost comes, with the budget, the middle, P90 and cost at target."""
    costs = found.costs.ravel()
    _, edges, _ = axes.hist(costs, bins=_BINS, color=BAND, edgecolor="white", linewidth=0.3)
    lines = {
        "P50": (found.figures["p50"].value, INK, "-", 1.5),
        "P90": (found.figures["p90"].value, INK, "--", 1.5),
        say("at target"): (found.other["cost_at_target"], PALE, ":", 2.0),
    }
    if found.budget is not None:
        lines[say("budget")] = (found.budget, WARN, "-.", 2.5)
        over = 100 * found.other["overrun_probability"]["value"]
        label = say("over budget: {share} % of trials", share=f"{over:.1f}")
        axes.hist(
            costs[costs > found.budget], bins=edges.tolist(), color="white", edgecolor=WARN,
            hatch="////", linewidth=0.3, label=label,
        )  # fmt: skip
    for name, (value, colour, dashes, width) in lines.items():
        label = f"{name} {found.shown(value)}"
        axes.axvline(value, color=colour, linestyle=dashes, linewidth=width, label=label)
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(with_unit(say("cost of the whole plan"), found.unit))
    axes.set_title(say("{name}: how much incentive pay may cost", name=found.name), loc="left")
    axes.legend(**BESIDE)


def draw_shocks(found: Stress, axes: Axes, say: Wording = ENGLISH) -> None:
    """Draw by how much each shock changes the mean cost, the largest on top."""
    order = found.shocks["change"].abs().sort_values(kind="stable").index[-_MOST_BARS:]
    rows = found.shocks.loc[order]
    axes.barh(
        rows["name"].astype(str), rows["change"], xerr=2 * rows["change_error"], color=BAND,
        ecolor=INK,
    )  # fmt: skip
    for place, change in enumerate(rows["change"]):
        axes.annotate(
            found.shown(change, sign=True), (change, place), (6 if change >= 0 else -6, 0),
            textcoords="offset points", va="center", ha="left" if change >= 0 else "right",
        )  # fmt: skip
    axes.axvline(0, color="0.4", linewidth=1)
    axes.margins(x=0.2)
    axes.set_ylim(-0.6 - max(0, _LEAST_BARS - len(rows)), len(rows) - 0.4)
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel(with_unit(say("change of the mean cost"), found.unit))
    axes.set_title(say("{name}: what shocks change", name=found.name), loc="left")
