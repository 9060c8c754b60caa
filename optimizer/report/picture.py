"""What all pictures share: ink that survives black and white, and files with the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from optimizer.report.chinese import fonts_for, is_chinese

INK, BAND, PALE, WARN = "#1f3a5f", "#9db8d9", "0.55", "#c0392b"

LINES = (
    (INK, "-", ""),
    ("#b8651b", "--", ""),
    ("0.35", ":", ""),
    (BAND, "-.", ""),
    (INK, "-", "o"),
    ("#b8651b", "--", "s"),
    ("0.35", ":", "^"),
    (BAND, "-.", "D"),
)
"""Colour, dashes and marker of lines that share a picture; no two need their colour."""

THOUSANDS = StrMethodFormatter("{x:,.10g}")

BESIDE: dict[str, Any] = {"loc": "best", "frameon": True, "framealpha": 1.0, "edgecolor": "none"}
"""A legend that lies where it covers least, on white."""

WIDTH, HEIGHT = 8.0, 4.5
"""Inches; letters stay readable where the picture is as wide as a page of A4 has text."""

_LETTERS = 10


@contextmanager
def drawing(texts: Iterable[str], changed: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Draw in the house's letters, with a font that has some texts.

    Parameters
    ----------
    texts : iterable of str
        Names, and some word of the picture's own: its language shows by it.
    changed : mapping, optional
        Settings of matplotlib that differ from the house's.

    Raises
    ------
    NoFontError
        Where a text is Chinese and the machine has no font for it.
    """
    settings: Any = {
        "svg.hashsalt": "quotaplan",
        "font.size": _LETTERS,
        "axes.titlesize": _LETTERS + 1,
        "text.parse_math": False,
        **(changed or {}),
    }
    with fonts_for(texts), plt.rc_context(settings):
        yield


def bare(axes: Axes) -> None:
    """Take the lines away that frame nothing."""
    axes.spines[["top", "right"]].set_visible(False)


def one_panel(
    path: Path, draw: Callable[[Axes], None], height: float = HEIGHT, layout: Any = None
) -> Path:
    """Draw a picture with a single panel into a file, and return the file.

    Parameters
    ----------
    path : Path
        Its ending says the form.
    draw : function
        Draws on the panel.
    height : float
        Inches.
    layout : str, optional
        What matplotlib calls so.
    """
    figure, axes = plt.subplots(figsize=(WIDTH, height), layout=layout)
    draw(axes)
    bare(axes)
    return save(figure, path)


def save(figure: Figure, path: Path) -> Path:
    """Write a picture into a file whose ending says the form, and return the file."""
    without_date = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(path, dpi=150, bbox_inches="tight", metadata=without_date)
    plt.close(figure)
    return path


def in_legend(name: str) -> str:
    """Return a name as a legend shows it; one with a low line in front would be left out."""
    return f" {name}" if name.startswith("_") else name


def with_unit(text: str, unit: str) -> str:
    """Return what an axis shows, with its unit where there is one."""
    if not unit:
        return text
    return f"{text}（{unit}）" if is_chinese(text) else f"{text}, {unit}"


def cliffs_as_steps(curve: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return a payout curve as a line that rises upright where pay jumps.

    Parameters
    ----------
    curve : DataFrame
        ``attainment``, ``payout`` and ``jump``, one row per point.

    Returns
    -------
    tuple of arrays, (2 × point,) floats
        Attainment in %, and pay.
    """
    at = np.repeat(100 * curve["attainment"].to_numpy(), 2)
    paid = np.repeat(curve["payout"].to_numpy(), 2)
    paid[::2] -= curve["jump"].to_numpy()
    return at, paid
