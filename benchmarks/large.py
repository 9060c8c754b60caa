"""The world of `benchmarks.instances` drawn at once with numpy: a million reps in seconds.

Same shape, other draws: regions of about fifty reps in areas of five, limits laid around what
each rep and region would get if nothing bound.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.instances import (
    ABILITIES,
    GOAL_PER_REP,
    PERIODS,
    PRODUCTS,
    REGIONS_PER_AREA,
    REPS_PER_REGION,
    RESOURCES,
    TOLERANCE,
)
from optimizer.domain.columns import Column, Kind
from optimizer.domain.scenario import Goal, Scenario, Settings, Tolerance
from optimizer.domain.tables import table_of

SEASON = np.array(list(PERIODS.values()))
MIX = np.array(list(PRODUCTS.values()))
TABLES_OF_ROWS = ("people", "capacity", "potential", "regions")
"""The tables that grow with the number of reps."""

_SATURATED = 0.72
_DTYPES = {Kind.NUMBER: "float64", Kind.DATE: "datetime64[s]", Kind.BOOL: "bool"}


def draw_tables(
    reps: int, seed: int = 7, *, goal_per_rep: float = GOAL_PER_REP
) -> dict[str, pd.DataFrame]:
    """Return the tables of a scenario of `reps` reps × 4 periods × 5 products.

    Parameters
    ----------
    reps : int
        At least 100.
    seed : int
    goal_per_rep : float
        Around this amount per rep all limits are laid.
    """
    rng = np.random.default_rng(seed)
    count = max(reps // REPS_PER_REGION, 2)
    region = np.arange(reps) % count
    ability, resource = rng.choice(ABILITIES, reps), rng.choice(RESOURCES, reps)
    target = ability * resource * (goal_per_rep * reps / float((ability * resource).sum()))
    names = _names("P", 7, np.arange(reps))
    regions = _names("R", 5, np.arange(count))
    people = pd.DataFrame({
        "rep": names,
        "region": regions[region],
        "role": np.where(ability < 1, "newcomer", "senior"),
        "ability": ability,
        "resource": resource,
    })  # fmt: skip
    yearly = np.bincount(region, weights=target, minlength=count)
    return {
        "people": people,
        "capacity": _capacity(rng, names, target),
        "regions": _regions(regions, yearly),
        "periods": pd.DataFrame({"period": list(PERIODS), "share": SEASON}),
        "products": pd.DataFrame({"product": list(PRODUCTS), "share": MIX}),
        "potential": _potential(rng, regions, yearly),
    }


def scenario_of(
    tables: dict[str, pd.DataFrame], reps: int, *, goal_per_rep: float = GOAL_PER_REP
) -> Scenario:
    """Return the scenario that files with these tables would be read as."""
    settings = Settings(
        name=f"benchmark-{reps}",
        periods=tuple(PERIODS),
        goal=Goal(target=goal_per_rep * reps),
        unit="10k CNY",
        tolerance=Tolerance(TOLERANCE, TOLERANCE, TOLERANCE),
    )
    return Scenario(settings, {name: _complete(name, table) for name, table in tables.items()})


def write_tables(tables: dict[str, pd.DataFrame], folder: Path, reps: int) -> None:
    """Write a scenario folder: what grows as Parquet and as CSV (``csv/``), the rest as CSV."""
    (folder / "csv").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if name in TABLES_OF_ROWS:
            table.to_parquet(folder / f"{name}.parquet", index=False)
            table.to_csv(folder / "csv" / f"{name}.csv", index=False)
        else:
            table.to_csv(folder / f"{name}.csv", index=False)
    periods = ", ".join(f'"{label}"' for label in PERIODS)
    (folder / "scenario.toml").write_text(
        f'name = "benchmark-{reps}"\nunit = "10k CNY"\nperiods = [{periods}]\nrounding = 1\n'
        f"goal = {GOAL_PER_REP * reps}\n\n[tolerance]\n"
        f"period = {TOLERANCE}\nproduct = {TOLERANCE}\nregion = {TOLERANCE}\n",
        encoding="utf-8",
    )


def _names(letter: str, digits: int, numbers: np.ndarray) -> np.ndarray:
    return np.array([f"{letter}{number:0{digits}}" for number in numbers.tolist()], dtype=object)


def _capacity(rng: np.random.Generator, names: np.ndarray, target: np.ndarray) -> pd.DataFrame:
    """Return capacity and min of each rep and period; a tenth have one weak period."""
    reps, periods = len(names), len(SEASON)
    room = rng.choice((0.80, 0.90, 1.20), reps, p=(0.12, 0.18, 0.70))
    least = np.minimum(rng.choice((0.60, 0.97, 1.00), reps, p=(0.70, 0.15, 0.15)), 0.95 * room)
    weak = np.where(rng.random(reps) < 0.10, rng.integers(0, periods, reps), -1)
    amount = target[:, None] * SEASON
    factor = np.where(np.arange(periods) == weak[:, None], 0.85, 1.0)
    capacity = amount * room[:, None] * factor
    return pd.DataFrame({
        "rep": np.repeat(names, periods),
        "period": np.tile(np.array(list(PERIODS), dtype=object), reps),
        "capacity": capacity.round(2).ravel(),
        "min": np.floor(np.minimum(amount * least[:, None], capacity)).ravel(),
    })  # fmt: skip


def _regions(regions: np.ndarray, yearly: np.ndarray) -> pd.DataFrame:
    area = np.arange(len(regions)) // REGIONS_PER_AREA
    areas = _names("Area ", 4, np.arange(area[-1] + 1))
    amount = np.bincount(area, weights=yearly)
    return pd.DataFrame({
        "region": np.concatenate([areas, regions]),
        "parent": np.concatenate([np.full(len(areas), "", dtype=object), areas[area]]),
        "share": np.concatenate([amount / amount.sum(), yearly / amount[area]]).round(9),
    })  # fmt: skip


def _potential(rng: np.random.Generator, regions: np.ndarray, yearly: np.ndarray) -> pd.DataFrame:
    """Return the market of each cell; three regions in ten are saturated."""
    shape = (len(regions), len(SEASON), len(MIX))
    saturated = np.where(rng.random(len(regions)) < 0.30, _SATURATED, 1.0)
    room = rng.uniform(1.0, 1.6, shape) * saturated[:, None, None]
    amount = yearly[:, None, None] * SEASON[:, None] * MIX * room
    region, period, product = (index.ravel() for index in np.indices(shape))
    return pd.DataFrame({
        "period": np.array(list(PERIODS), dtype=object)[period],
        "region": regions[region],
        "product": np.array(list(PRODUCTS), dtype=object)[product],
        "potential": amount.round(2).ravel(),
    })  # fmt: skip


def _complete(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with all its declared columns, blank where it has none."""
    columns = {
        column.name: table[column.name] if column.name in table else _blank(column, len(table))
        for column in table_of(name).columns
    }
    full = pd.DataFrame(columns)
    full.index = pd.RangeIndex(2, len(full) + 2)
    return full


def _blank(column: Column, rows: int) -> pd.Series:
    if column.kind is Kind.BOOL:
        return pd.Series(np.zeros(rows, dtype=bool))
    if column.kind is Kind.NUMBER:
        return pd.Series(np.full(rows, np.nan))
    if column.kind is Kind.DATE:
        return pd.Series(np.full(rows, np.datetime64("NaT"), dtype=_DTYPES[Kind.DATE]))
    return pd.Series([""], dtype="str").repeat(rows).reset_index(drop=True)
