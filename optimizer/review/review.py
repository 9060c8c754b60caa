"""What a review found, as tables in whole counts and as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.pacing.run import PlannedRun
from optimizer.review.attainment import ALL, COUNTS, rows_of
from optimizer.review.before_after import CAUTION
from optimizer.review.book import Book
from optimizer.review.effects import EFFECTS
from optimizer.review.expected import BASES
from optimizer.review.outliers import Outliers
from optimizer.review.prices import PARTS
from optimizer.review.units import Unit

COUNTED: Mapping[str, tuple[str, ...]] = {
    "attainment": COUNTS,
    "effects": ("target", "actual", "difference"),
    "outliers": ("amount", "limit", "median"),
    "set_up_to_fail": ("target", "actual", *BASES),
    "prices": ("before", "actual", "difference"),
    "sold_by": ("actual", "before"),
}
"""Table → columns that count the unit."""

COUNTED_FINER: Mapping[str, tuple[str, ...]] = {"effects": EFFECTS, "prices": PARTS}
"""Table → columns that count hundredths of the unit."""


@dataclass(frozen=True)
class Review:
    """What a review found.

    Attributes
    ----------
    planned : PlannedRun
        The run that is reviewed.
    book : Book
        Its targets and sales.
    attainment : DataFrame
        See `attainment_table` and `with_past`.
    effects : DataFrame
        See `effects_table`.
    streaks : DataFrame
        See `streaks_table`.
    outliers : Outliers
    quality : dict
        See `quality_of`.
    failing : DataFrame
        See `set_to_fail`.
    before_after : DataFrame or None
        See `before_after_table`; None where no change was named.
    flags : DataFrame
        See `flags_table`.
    prices : DataFrame or None
        See `prices_table`; None where the actuals tell no units.
    sold_by : DataFrame or None
        See `sold_by_table`; None where the actuals name no customers nor columns of one's own.
    notes : tuple of str
    """

    planned: PlannedRun
    book: Book
    attainment: pd.DataFrame
    effects: pd.DataFrame
    streaks: pd.DataFrame
    outliers: Outliers
    quality: Mapping[str, Any]
    failing: pd.DataFrame
    before_after: pd.DataFrame | None
    flags: pd.DataFrame
    prices: pd.DataFrame | None
    sold_by: pd.DataFrame | None
    notes: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by the names of their files."""
        found = {
            "attainment": self.attainment,
            "effects": self.effects,
            "streaks": self.streaks,
            "outliers": self.outliers.table,
            "set_up_to_fail": self.failing,
            "flags": self.flags,
        }
        if self.before_after is not None:
            found["before_after"] = self.before_after
        if self.prices is not None:
            found["prices"] = self.prices
        if self.sold_by is not None:
            found["sold_by"] = self.sold_by
        return found

    def unit_of(self, stem: str, column: str) -> Unit | None:
        """Return what a column of a table counts; None where it holds something else."""
        if column in COUNTED_FINER.get(stem, ()):
            return self.book.unit.finer
        return self.book.unit if column in COUNTED.get(stem, ()) else None

    def as_dict(self) -> dict[str, Any]:
        """Return the review as plain data, amounts in the plan's unit.

        Single people and the products of regions are left out; of streaks, flags and targets
        set up to fail there are those of the last period. The tables have all of them.
        """
        settings = self.book.scenario.settings
        tables = self.tables()
        for name in ("attainment", "effects"):
            tables[name] = tables[name][tables[name]["dimension"] != "rep"]
        sold = tables["attainment"]
        is_whole = (sold["product"] == ALL) | (sold["dimension"] == "product")
        tables["attainment"] = sold[is_whole]
        tables["streaks"] = self.streaks[self.streaks["told"]]
        for name in ("streaks", "flags", "set_up_to_fail", "sold_by"):
            if name not in tables:
                continue
            tables[name] = tables[name][tables[name]["period"] == self.book.periods[-1]]
        found = {name: self._records(name, table) for name, table in tables.items()}
        orders = {
            "rule": self.outliers.rule,
            "judged": list(self.outliers.judged),
            "unjudged": list(self.outliers.unjudged),
            "orders": found["outliers"],
        }
        return {
            "name": settings.name,
            "measure": settings.measure,
            "unit": settings.unit,
            "periods": list(self.book.periods),
            "company": [self._per_head(name) for name in self._periods()],
            **found,
            "outliers": orders,
            "target_quality": dict(self.quality),
            **({"caution": CAUTION} if self.before_after is not None else {}),
            "notes": list(self.notes),
        }

    def view(self, dimension: str, name: str) -> dict[str, Any]:
        """Return one group or one of the people as plain data, product by product where known.

        Parameters
        ----------
        dimension, name : str
            As ``attainment.csv`` has them.
        """
        found: dict[str, Any] = {"dimension": dimension, "name": name}
        for stem in ("attainment", "effects"):
            table = self.tables()[stem]
            own = (table["dimension"] == dimension) & (table["name"] == name)
            found[stem] = self._records(stem, table[own])
        if dimension == self.book.seats.level:
            for stem in ("streaks", "flags"):
                table = self.tables()[stem]
                found[stem] = self._records(stem, table[table["name"] == name])
        return found

    def _periods(self) -> list[str]:
        return [*self.book.periods, ALL] if len(self.book.periods) > 1 else [*self.book.periods]

    def _per_head(self, period: str) -> dict[str, Any]:
        """Return what a head sold and was to sell."""
        row = rows_of(self.attainment, "company", period).iloc[0]
        heads, unit = int(row["reps"]), self.book.unit
        found = {"period": period, "heads": heads}
        for name in ("actual", "street"):
            count = float(row[name])
            found[f"{name}_per_head"] = count / heads / 10.0**unit.decimals if heads else None
        return found

    def _records(self, stem: str, table: pd.DataFrame) -> list[dict[str, Any]]:
        """Return rows as plain data: amounts in the plan's unit, None where unknown."""
        names = [str(name) for name in table.columns]
        columns = [plain_values(table[name], self.unit_of(stem, name)) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def plain_values(column: pd.Series, unit: Unit | None) -> list[Any]:
    """Return the cells of a column as plain data; counts as amounts, None where unknown."""
    if unit is not None:
        values = unit.amounts(column.to_numpy(dtype=float)).tolist()
    else:
        values = column.to_numpy(dtype=object).tolist()
    return [_known(value) for value in values]


def _known(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
