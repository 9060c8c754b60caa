"""Pictures of a plan: floor, target and stretch, and how far people are from reference."""

from __future__ import annotations

from functools import partial
from pathlib import Path

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
    drawing,
    one_panel,
    with_unit,
)
from optimizer.report.wording import Wording
from optimizer.results.run_folder import read_record
from optimizer.results.stored_table import read_stored, table_path

REGIONS_MOST = 30
"""Regions in a picture, the largest first."""

_LEVELS = ("floor", "target", "stretch")
_ROW = 0.34
"""Inches of height that a row of bars takes."""

_TITLES = {"region": "{name}: Targets by region", "period": "{name}: Targets by period"}
_STEP = 0.05
_FAR = 0.1


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
    say = Wording(lang)
    record = read_record(run)
    title, unit = str(record.get("name", "")), str(record.get("unit", ""))
    rollup = _main(_read(run, "rollup", _LEVELS))
    whole = rollup[(rollup["team"] == "*") & (rollup["product"] == "*")]
    places = whole[(whole["period"] == "*") & ~whole["region"].isin({"*", *_above(run)})]
    regions = _largest(places)
    periods = whole[(whole["region"] == "*") & (whole["period"] != "*")]
    drawn: list[Path] = []
    texts = [title, unit, say("target"), *regions["region"], *periods["period"]]
    with drawing(map(str, texts)):
        for name, rows in (("region", regions), ("period", periods)):
            if len(rows):
                draw = partial(_levels, rows, name, say, title, unit)
                height = max(HEIGHT / 2, _ROW * len(rows) + 1.2)
                path = folder / f"targets_by_{name}.{form}"
                drawn.append(one_panel(path, draw, height, "constrained"))
        if table_path(run, "off_reference").is_file():
            far = _main(_read(run, "off_reference", ("multiple",)))["multiple"].dropna()
            if len(far):
                draw = partial(_reference, far.to_numpy(dtype=float), say, title)
                path = folder / f"off_reference.{form}"
                drawn.append(one_panel(path, draw, layout="constrained"))
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


def _levels(rows: pd.DataFrame, name: str, say: Wording, title: str, unit: str, axes: Axes) -> None:
    """Draw one row of bars per region or period."""
    place = np.arange(len(rows))[::-1]
    axes.barh(
        place, rows["stretch"], height=0.7, color="white", edgecolor=INK, label=say("stretch")
    )
    axes.barh(place, rows["target"], height=0.46, color=INK, label=say("target"))
    axes.plot(rows["floor"], place, "|", color=WARN, markersize=13, mew=2.5, label=say("floor"))
    axes.set_yticks(place, rows[name].astype(str))
    axes.margins(y=0.02)
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel(with_unit(say("target"), unit))
    axes.set_title(say(_TITLES[name], name=title), loc="left")
    axes.legend(**BESIDE)


def _reference(multiples: np.ndarray, say: Wording, title: str, axes: Axes) -> None:
    """Draw how many are how far from their reference; those beyond the edges count there."""
    reach = min(1.0, max(0.2, float(np.abs(multiples - 1).max())))
    steps = int(np.ceil(reach / _STEP - 1e-9))
    edges = 1 + _STEP * np.arange(-steps, steps + 1)
    counts, _ = np.histogram(np.clip(multiples, edges[0], edges[-1] - 1e-9), edges)
    middle = (edges[:-1] + edges[1:]) / 2
    near = np.abs(middle - 1) < _FAR
    width = 100 * _STEP * 0.94
    axes.bar(100 * middle[near], counts[near], width, color=INK, label=say("within ±10 %"))
    axes.bar(
        100 * middle[~near], counts[~near], width, color="white", edgecolor=INK, hatch="////",
        label=say("outside"),
    )  # fmt: skip
    axes.set_xlabel(say("target / reference, %"))
    axes.set_ylabel(say("how many"))
    title = say("{name}: How far targets are from their reference", name=title)
    axes.set_title(title, loc="left")
    axes.legend(**BESIDE)
