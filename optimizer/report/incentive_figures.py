"""Pictures of rules of pay: what a plan pays at each attainment, its jumps marked."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from optimizer.pay.example import Example
from optimizer.report.picture import (
    BAND,
    INK,
    THOUSANDS,
    WARN,
    drawing,
    one_panel,
    with_unit,
)
from optimizer.report.wording import Wording

_HEAD_ROOM = 1.15
_LARGE = 1000
"""Pay from which on jumps are shown without decimals."""


def draw_plan(example: Example, unit: str, path: Path, lang: str = "en") -> None:
    """Draw the payout curve of a plan into a file whose ending says the form.

    Parameters
    ----------
    example : Example
    unit : str
        Money of pay.
    path : Path
    lang : str
        ``en`` or ``zh``.

    Raises
    ------
    NoFontError
        Where words or names are Chinese and there is no font for them.
    """
    say = Wording(lang)
    with drawing((example.plan.name, unit, say("attainment"))):
        one_panel(path, partial(_draw, example, unit, say))


def _draw(example: Example, unit: str, say: Wording, axes: Axes) -> None:
    attained = [float(point.attainment) for point in example.curve]
    payout = [float(point.payout) for point in example.curve]
    bonus = [float(min(point.bonus, point.payout)) for point in example.curve]
    axes.fill_between(attained, bonus, color=BAND, linewidth=0, label=say("of it bonus"))
    axes.plot(attained, payout, color=INK, linewidth=2, label=say("commission and bonus"))
    decimals = 0 if max(payout) >= _LARGE else 2
    for jump in example.jumps:
        axes.axvline(float(jump.attainment), color=WARN, linewidth=0.8, linestyle=":")
        axes.annotate(
            f"{jump.amount:+,.{decimals}f}", (float(jump.attainment), 1), color=WARN,
            xycoords=("data", "axes fraction"), xytext=(3, -10), textcoords="offset points",
        )  # fmt: skip
    axes.set_xlim(0, attained[-1])
    axes.set_ylim(0, _HEAD_ROOM * max(payout) or 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel(say("attainment"))
    axes.set_ylabel(with_unit(say("pay per period"), unit))
    amount = f"{float(example.target):,.10g}"
    axes.set_title(say("{name}: target {amount}", name=example.plan.name, amount=amount),
                   loc="left")  # fmt: skip
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
