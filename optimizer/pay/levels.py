"""The levels of a plan as pay needs them: floor, target and stretch in exact decimals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

LEVELS = ("floor", "target", "stretch")

Levels = dict[tuple[str, str], dict[str, Decimal]]
"""(measure, level) → product → amount."""


class LevelsByPeriod(Mapping[str, Mapping[str, Levels]]):
    """Period → rep → levels, each period laid out when it is first asked for.

    Parameters
    ----------
    targets : DataFrame
        ``targets.csv`` of all measures.
    decimals : mapping of measure to decimals of its targets
        The main measure first.
    """

    def __init__(self, targets: pd.DataFrame, decimals: Mapping[str, int]) -> None:
        self._decimals = decimals
        self._rows = dict(list(targets.groupby(targets["period"].astype(str), sort=False)))
        self._known: dict[str, dict[str, Levels]] = {}

    def __getitem__(self, period: str) -> Mapping[str, Levels]:
        if period not in self._known:
            self._known[period] = self._laid_out(self._rows[period])
        return self._known[period]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def _laid_out(self, rows: pd.DataFrame) -> dict[str, Levels]:
        found: dict[str, Levels] = {}
        for measure, decimals in self._decimals.items():
            own = of_measure(rows, measure)
            reps, products = (own[name].astype(str).tolist() for name in ("rep", "product"))
            for level in LEVELS:
                place = measure, level
                amounts = _decimals(own[level].to_numpy(), decimals)
                for rep, product, amount in zip(reps, products, amounts, strict=True):
                    levels = found.get(rep)
                    if levels is None:
                        levels = found[rep] = {}
                    if place in levels:
                        levels[place][product] = amount
                    else:
                        levels[place] = {product: amount}
        return found


def _decimals(values: np.ndarray, places: int) -> list[Decimal]:
    """Return amounts as exact decimals of so many places."""
    codes, different = pd.factorize(np.round(values * 10**places).astype(np.int64))
    exact_ones = [Decimal(int(value)).scaleb(-places) for value in different]
    return [exact_ones[code] for code in codes.tolist()]


def of_measure(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the rows of a measure; all rows where the table has no column ``measure``."""
    return table[table["measure"].astype(str) == measure] if "measure" in table else table
