"""Pictures of rules of pay: what a plan pays at each attainment, its jumps marked."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, PercentFormatter

from optimizer.pay.example import Example
from optimizer.report.chinese import fonts_for

_INK, _BONUS, _JUMP = "#1f3a5f", "#9db8d9", "#c0392b"
_HEAD_ROOM = 1.15
_LARGE = 1000
"""Pay from which on jumps are shown without decimals."""


def draw_plan(example: Example, unit: str, path: Path) -> None:
    """Draw the payout curve of a plan into a file whose ending says the form.

    Parameters
    ----------
    example : Example
    unit : str
        Money of pay.
    path : Path

    Raises
    ------
    NoFontError
        Where names are Chinese and there is no font for them.
    """
    attained = [float(point.attainment) for point in example.curve]
    payout = [float(point.payout) for point in example.curve]
    texts = [example.plan.name, unit]
    with fonts_for(texts), plt.rc_context({"svg.hashsalt": "quotaplan", "font.size": 9}):
        figure, axes = plt.subplots(figsize=(8, 4.5))
        bonus = [float(min(point.bonus, point.payout)) for point in example.curve]
        axes.fill_between(attained, bonus, color=_BONUS, linewidth=0, label="of it bonus")
        axes.plot(attained, payout, color=_INK, linewidth=2, label="commission and bonus")
        decimals = 0 if max(payout) >= _LARGE else 2
        for jump in example.jumps:
            axes.axvline(float(jump.attainment), color=_JUMP, linewidth=0.8, linestyle=":")
            axes.annotate(
                f"{jump.amount:+,.{decimals}f}", (float(jump.attainment), 1), color=_JUMP,
                xycoords=("data", "axes fraction"), xytext=(3, -10), textcoords="offset points",
            )  # fmt: skip
        axes.set_xlim(0, attained[-1])
        axes.set_ylim(0, _HEAD_ROOM * max(payout) or 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.set_xlabel("attainment")
        axes.set_ylabel(f"pay per period ({unit})" if unit else "pay per period")
        axes.set_title(f"{example.plan.name}: target {float(example.target):,.10g}", loc="left")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        bare = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        figure.savefig(path, dpi=150, bbox_inches="tight", metadata=bare)
        plt.close(figure)
