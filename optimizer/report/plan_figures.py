"""Pictures of a plan: floor, target and stretch, and how far people are from reference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from optimizer.errors import InputError
from optimizer.report.picture import (
    BESIDE,
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
from optimizer.results.run_folder import read_record
from optimizer.results.stored_table import read_stored, table_path

REGIONS_MOST = 30
"""Regions in a picture, the largest first."""

_LEVELS = ("floor", "target", "stretch")
_ROW = 0.34
"""Inches of height that a row of bars takes."""

_STEP = 0.05
_FAR = 0.1

_WORDS = {
    "en": {
        "floor": "floor",
        "target": "target",
        "stretch": "stretch",
        "region": "Targets by region",
        "period": "Targets by period",
        "reference": "How far targets are from their reference",
        "multiple": "target / reference, %",
        "count": "how many",
        "within": "within ±10 %",
        "outside": "outside",
    },
    "zh": {
        "floor": "底线",
        "target": "目标",
        "stretch": "挑战",
        "region": "各区域目标",
        "period": "各周期目标",
        "reference": "目标偏离参考值的程度",
        "multiple": "目标 / 参考值，%",
        "count": "人数",
        "within": "±10% 以内",
        "outside": "以外",
    },
}


def draw_run(run: Path, folder: Path, form: str, lang: str = "en") -> list[Path]:
    """Draw the plan of a run folder into a folder and return the files.

    Parameters
    ----------
    run, folder : Path
    form : str
        ``png`` or ``svg``.
    lang : str
        ``en`` or ``zh``.

    Raises
    ------
    InputError
        Where the run has no roll-up, or it cannot be read.
    NoFontError
        Where names are Chinese and there is no font for them.
    """
    words = _WORDS[lang]
    record = read_record(run)
    title, unit = str(record.get("name", "")), str(record.get("unit", ""))
    rollup = _main(_read(run, "rollup", _LEVELS))
    whole = rollup[(rollup["team"] == "*") & (rollup["product"] == "*")]
    places = whole[(whole["period"] == "*") & ~whole["region"].isin({"*", *_above(run)})]
    regions = _largest(places)
    periods = whole[(whole["region"] == "*") & (whole["period"] != "*")]
    drawn: list[Path] = []
    texts = [title, unit, *words.values(), *regions["region"], *periods["period"]]
    with drawing(map(str, texts)):
        for name, rows in (("region", regions), ("period", periods)):
            if len(rows):
                drawn.append(_levels(rows, name, words, (title, unit), folder, form))
        if table_path(run, "off_reference").is_file():
            far = _main(_read(run, "off_reference", ("multiple",)))["multiple"].dropna()
            if len(far):
                drawn.append(_reference(far.to_numpy(dtype=float), words, title, folder, form))
    return drawn


def _read(run: Path, stem: str, numbers: tuple[str, ...]) -> pd.DataFrame:
    path = table_path(run, stem)
    try:
        return read_stored(path, numbers)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: plan the scenario again") from error


def _above(run: Path) -> set[str]:
    """Return the regions that others lie in: their targets are those of the others."""
    path = table_path(run / "scenario", "regions")
    if not path.is_file():
        return set()
    regions = _read(run / "scenario", "regions", ())
    return set(regions["parent"].astype("str")) if "parent" in regions else set()


def _main(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the main measure."""
    if "measure" not in table or table.empty:
        return table
    own: pd.DataFrame = table[table["measure"] == table["measure"].iloc[0]]
    return own


def _largest(rows: pd.DataFrame) -> pd.DataFrame:
    order = (-rows["target"]).argsort(kind="stable")
    return rows.iloc[order].head(REGIONS_MOST)


def _levels(
    rows: pd.DataFrame,
    name: str,
    words: Mapping[str, str],
    said: tuple[str, str],
    folder: Path,
    form: str,
) -> Path:
    """Draw one row of bars per region or period."""
    title, unit = said
    height = max(HEIGHT / 2, _ROW * len(rows) + 1.2)
    figure, axes = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    place = np.arange(len(rows))[::-1]
    axes.barh(
        place, rows["stretch"], height=0.7, color="white", edgecolor=INK, label=words["stretch"]
    )
    axes.barh(place, rows["target"], height=0.46, color=INK, label=words["target"])
    axes.plot(rows["floor"], place, "|", color=WARN, markersize=13, mew=2.5, label=words["floor"])
    axes.set_yticks(place, rows[name].astype(str))
    axes.margins(y=0.02)
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel(with_unit(words["target"], unit))
    _finish(axes, f"{title}: {words[name]}")
    return save(figure, folder / f"targets_by_{name}.{form}")


def _reference(
    multiples: np.ndarray, words: Mapping[str, str], title: str, folder: Path, form: str
) -> Path:
    """Draw how many are how far from their reference; those beyond the edges count there."""
    reach = min(1.0, max(0.2, float(np.abs(multiples - 1).max())))
    steps = int(np.ceil(reach / _STEP - 1e-9))
    edges = 1 + _STEP * np.arange(-steps, steps + 1)
    counts, _ = np.histogram(np.clip(multiples, edges[0], edges[-1] - 1e-9), edges)
    middle = (edges[:-1] + edges[1:]) / 2
    near = np.abs(middle - 1) < _FAR
    figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT), layout="constrained")
    width = 100 * _STEP * 0.94
    axes.bar(100 * middle[near], counts[near], width, color=INK, label=words["within"])
    axes.bar(
        100 * middle[~near], counts[~near], width, color="white", edgecolor=INK, hatch="////",
        label=words["outside"],
    )  # fmt: skip
    axes.set_xlabel(words["multiple"])
    axes.set_ylabel(words["count"])
    _finish(axes, f"{title}: {words['reference']}")
    return save(figure, folder / f"off_reference.{form}")


def _finish(axes: Axes, title: str) -> None:
    bare(axes)
    axes.set_title(title, loc="left")
    axes.legend(**BESIDE)
