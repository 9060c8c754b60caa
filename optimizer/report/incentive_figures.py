"""Pictures of rules of pay: what a plan pays at each attainment, its jumps marked."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import PercentFormatter

from optimizer.pay.example import Example
from optimizer.report.picture import (
    BAND,
    HEIGHT,
    INK,
    THOUSANDS,
    WARN,
    WIDTH,
    bare,
    drawing,
    save,
    with_unit,
)

_WORDS = {
    "en": ("of it bonus", "commission and bonus", "attainment", "pay per period", "target"),
    "zh": ("其中奖金", "提成与奖金", "完成率", "每期收入", "目标"),
}
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
    of_it, whole, attainment, pay, target = _WORDS[lang]
    attained = [float(point.attainment) for point in example.curve]
    payout = [float(point.payout) for point in example.curve]
    texts = [example.plan.name, unit, pay]
    with drawing(texts):
        figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT))
        bonus = [float(min(point.bonus, point.payout)) for point in example.curve]
        axes.fill_between(attained, bonus, color=BAND, linewidth=0, label=of_it)
        axes.plot(attained, payout, color=INK, linewidth=2, label=whole)
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
        axes.set_xlabel(attainment)
        axes.set_ylabel(with_unit(pay, unit))
        axes.set_title(f"{example.plan.name}: {target} {float(example.target):,.10g}", loc="left")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
        bare(axes)
        save(figure, path)
