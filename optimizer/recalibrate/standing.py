"""Where a run stands in mid-period: its targets, the first plan's, and what was sold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.pacing.actuals import Actuals, parse_week, read_actuals
from optimizer.pacing.run import PlannedRun, read_planned
from optimizer.pacing.seats import Seats, choose_period
from optimizer.results.run_folder import digests
from optimizer.results.stored_table import read_stored, table_path

ORIGINAL = ("period", "region", "rep", "product", "target")
"""Columns of ``original.csv``; a row without a rep is the region's target."""

_AMOUNTS = ("reference", "floor", "target", "stretch")
_ROLLUP = ("ask", "target", "gap", "street", *_AMOUNTS, "potential", "capacity")


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
    actuals : Actuals
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
    actuals: Actuals
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


def read_run(folder: Path) -> PlannedRun:
    """Read the run to recalibrate.

    Raises
    ------
    InputError
        Where there is none, or it has several measures.
    """
    planned = read_planned(folder)
    if "measures" in planned.record:
        names = ", ".join(planned.record["measures"])
        raise InputError(
            f"{folder} plans several measures ({names}), and a recalibration moves one: plan the "
            "measure to move in a scenario of its own"
        )
    return planned


def read_standing(
    planned: PlannedRun, actuals: Path, as_of: str, people: pd.DataFrame | None
) -> Standing:
    """Return where a run stands at the end of a week.

    Parameters
    ----------
    planned : PlannedRun
    actuals : Path
    as_of : str
    people : DataFrame or None
        Who works there from now on; those without a seat may have sold already.

    Raises
    ------
    InputError
        Where actuals or week are wrong, or the period has no targets.
    """
    period, week = parse_week(as_of, planned.scenario.settings.periods)
    targets = _stored(planned.folder, "targets", _AMOUNTS)
    rollup = _stored(planned.folder, "rollup", _ROLLUP)
    seats = choose_period(planned.seats, period)
    if not len(seats):
        raise InputError(f"{planned.folder}: the plan has no targets in {period}; name another")
    if people is not None:
        seats = with_joiners(seats, people)
    sold = read_actuals(actuals, seats, week)
    original = _original(planned.folder, targets, rollup, period)
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


def _stored(folder: Path, stem: str, numbers: tuple[str, ...]) -> pd.DataFrame:
    path = table_path(folder, stem)
    try:
        table = read_stored(path, numbers)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read; plan again") from error
    texts = {str(name): table[name].astype(object) for name in table if name not in numbers}
    return table.assign(**texts)


def _original(
    folder: Path, targets: pd.DataFrame, rollup: pd.DataFrame, period: str
) -> pd.DataFrame:
    """Return the first plan's targets: kept from an earlier link of the chain, else this run's."""
    path = folder / "original.csv"
    kept = _stored(folder, "original", ("target",)) if path.is_file() else None
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
    written = digests(planned.folder)
    name = table_path(planned.folder, "targets").name
    return {"name": planned.record.get("name", ""), "file": name, "sha256": written[name]}
