"""Where a run stands in mid-period: its targets, the first plan's, and what was sold."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.inputs.findings import Typed
from optimizer.pacing.actuals import Actuals, check_week, laid_on_seats
from optimizer.pacing.run import (
    TARGET_AMOUNTS,
    PlannedRun,
    rows_of_measure,
)
from optimizer.pacing.seats import Seats, choose_period
from optimizer.results.stored_table import read_stored_table, table_path

ORIGINAL = ("period", "region", "rep", "product", "target")
"""Columns of ``original.csv``; a row without a rep is the region's target."""

_LABELS = ("period", "region", "team", "product")
_ROLLUP = ("ask", "gap", "street", *TARGET_AMOUNTS, "potential", "capacity")


@dataclass(frozen=True)
class Standing:
    """A run at the end of a week.

    Attributes
    ----------
    planned : PlannedRun
    targets, rollup : DataFrame
        As in the run folder, all periods.
    period : str
    week : int
    seats : Seats
        Of the period, people who join with a target of 0 among them.
    actuals : Actuals or None
        None where nothing is known of what was sold of this measure.
    original : DataFrame
        Targets of the first plan of the chain, of every period that was recalibrated and of this
        one; columns `ORIGINAL`.
    origin : dict
        Name and digest of the first plan.
    """

    planned: PlannedRun
    targets: pd.DataFrame
    rollup: pd.DataFrame
    period: str
    week: int
    seats: Seats
    actuals: Actuals | None
    original: pd.DataFrame
    origin: dict[str, Any]

    @property
    def own_targets(self) -> pd.DataFrame:
        """Rows of `targets` of the period."""
        return self.targets[self.targets["period"] == self.period]

    @property
    def own_original(self) -> pd.DataFrame:
        """Rows of `original` of the period."""
        return self.original[self.original["period"] == self.period]


def read_standing(
    planned: PlannedRun, sales: Typed | None, period: str, week: int, people: pd.DataFrame | None
) -> Standing:
    """Return where one measure of a run stands at the end of a week.

    Parameters
    ----------
    planned : PlannedRun
    sales : Typed or None
        Actuals; None where they have no column of this measure.
    period : str
    week : int
    people : DataFrame or None
        Who works there from now on; those without a seat may have sold already.

    Raises
    ------
    InputError
        Where actuals or week are wrong, or the period has no targets.
    """
    targets = _with_plain_texts(planned.targets, TARGET_AMOUNTS)
    rollup = _stored(planned, "rollup", _LABELS, _ROLLUP)
    seats = choose_period(planned.seats, period)
    if not len(seats):
        raise InputError(f"{planned.folder}: the plan has no targets in {period}; name another")
    if people is not None:
        seats = with_joiners(seats, people)
    check_week(seats, week)
    if week == seats.weeks:
        raise InputError(
            f"{period} is over at the end of week {week}: no week is left for which targets could "
            "be moved; recalibrate another period, or plan the next one"
        )
    measure = planned.scenario.settings.measure
    sold = None if sales is None else laid_on_seats(sales, seats, week, measure)
    original = _original(planned, targets, rollup, period)
    return Standing(planned, targets, rollup, period, week, seats, sold, original, _origin(planned))


def leaf_rows(rollup: pd.DataFrame, regions: Collection[str]) -> pd.DataFrame:
    """Return the rows of a roll-up of single periods, single products and some leaf regions."""
    own = (
        (rollup["period"] != "*")
        & (rollup["team"] == "*")
        & (rollup["product"] != "*")
        & rollup["region"].isin(set(regions))
    )
    return rollup[own]


def with_joiners(seats: Seats, people: pd.DataFrame) -> Seats:
    """Return the seats with a seat without a target for each of `people` who has none."""
    if (seats.rep == "").all():
        return seats
    new = people[~people["rep"].isin(set(seats.rep.tolist()))]
    if new.empty:
        return seats
    labels = {name: new[name].to_numpy(dtype=object) for name in ("rep", "region", "team", "role")}
    joined = {name: np.append(getattr(seats, name), labels[name]) for name in labels}
    order = np.lexsort((joined["rep"].astype(str), joined["region"].astype(str)))
    none = np.zeros((len(new), len(seats.products)))
    return replace(
        seats,
        rep=joined["rep"][order],
        region=joined["region"][order],
        team=joined["team"][order],
        role=joined["role"][order],
        floor=np.append(seats.floor, none.sum(axis=1))[order],
        target=np.append(seats.target, none.sum(axis=1))[order],
        product_floor=np.vstack([seats.product_floor, none])[order],
        product_target=np.vstack([seats.product_target, none])[order],
    )


def _stored(
    planned: PlannedRun, stem: str, labels: tuple[str, ...], numbers: tuple[str, ...]
) -> pd.DataFrame:
    table = read_stored_table(planned.folder, stem, labels, numbers)
    own = rows_of_measure(table, planned.scenario.settings.measure)
    return _with_plain_texts(own, numbers)


def _with_plain_texts(table: pd.DataFrame, numbers: Collection[str]) -> pd.DataFrame:
    """Return a table whose labels are objects, to which any new label can be added."""
    texts = {str(name): table[name].astype(object) for name in table if name not in numbers}
    return table.assign(**texts)


def _original(
    planned: PlannedRun, targets: pd.DataFrame, rollup: pd.DataFrame, period: str
) -> pd.DataFrame:
    """Return the first plan's targets: kept from an earlier link of the chain, else this run's."""
    kept = None
    if table_path(planned.folder, "original").is_file():
        kept = _stored(planned, "original", ORIGINAL[:-1], ORIGINAL[-1:])
    if kept is not None and (kept["period"] == period).any():
        return kept
    people = targets[(targets["period"] == period) & (targets["rep"] != "")]
    cells = leaf_rows(rollup[rollup["period"] == period], targets["region"]).assign(rep="")
    now = pd.concat([cells[list(ORIGINAL)], people[list(ORIGINAL)]])
    return now if kept is None else pd.concat([kept, now], ignore_index=True)


def _origin(planned: PlannedRun) -> dict[str, Any]:
    before = planned.record.get("origin")
    if before:
        return dict(before)
    name = table_path(planned.folder, "targets").name
    digest = hashlib.sha256((planned.folder / name).read_bytes()).hexdigest()
    return {"name": planned.record.get("name", ""), "file": name, "sha256": digest}
