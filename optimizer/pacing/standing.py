"""Where everybody stands at the end of each week, and where they will land."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.pacing.actuals import Actuals
from optimizer.pacing.curves import Curves
from optimizer.pacing.landing import Progress, Spread, forecast
from optimizer.pacing.seats import Seats
from optimizer.pacing.status import GREEN, RED, Lights, status_of
from optimizer.problem.instance import Floats, Ints

LEVELS = ("company", "region", "team", "product", "rep")
_ORDER = {RED: 0, "yellow": 1, GREEN: 2}


@dataclass(frozen=True)
class _Level:
    """The groups of one level: names, and the group of each item."""

    level: str
    names: tuple[str, ...]
    group: Ints


@dataclass(frozen=True)
class _Items:
    """What is summed to groups: seats, or seats by product.

    Attributes
    ----------
    floor, target : (item,) floats
    so_far : (item, week) floats
    region, curve : (item,) ints
    """

    floor: Floats
    target: Floats
    so_far: Floats
    region: Ints
    curve: Ints


def status_table(
    seats: Seats, curves: Curves, actuals: Actuals, spread: Spread, lights: Lights
) -> pd.DataFrame:
    """Return ``status.csv``: every week so far, company first, then regions, teams, products, reps.

    Landing, band and probabilities of a level are the forecast of its sum; a product's rest on
    the sales of that product alone.
    """
    limits = list(zip(*(limit.tolist() for limit in lights.limits(seats.weeks)), strict=True))
    tables = [
        _of_week(seats.period, level, items, curves, week, spread, limits[week - 1])
        for level, items in _levels(seats, curves, actuals)
        for week in range(1, actuals.done + 1)
    ]
    table = pd.concat(tables, ignore_index=True)
    table = table[table["name"] != ""]
    table["level"] = pd.Categorical(table["level"], categories=LEVELS)
    return table.sort_values(["week", "level"], kind="stable").reset_index(drop=True)


def _levels(seats: Seats, curves: Curves, actuals: Actuals) -> Iterator[tuple[_Level, _Items]]:
    regions, region = np.unique(seats.region.astype(str), return_inverse=True)
    region = region.reshape(-1)
    items = _Items(seats.floor, seats.target, actuals.so_far, region, curves.of_seat)
    everybody = np.zeros(len(seats), dtype=np.int64)
    yield _Level("company", ("*",), everybody), items
    yield _Level("region", tuple(regions), region), items
    if (seats.team != "").any():
        teams, team = np.unique(seats.team.astype(str), return_inverse=True)
        yield _Level("team", tuple(teams), team.reshape(-1)), items
    if actuals.sold_of is not None:
        yield from _by_product(seats, curves, actuals, region)
    if (seats.rep != "").any():
        yield _Level("rep", tuple(map(str, seats.rep)), np.arange(len(seats))), items


def _by_product(
    seats: Seats, curves: Curves, actuals: Actuals, region: Ints
) -> Iterator[tuple[_Level, _Items]]:
    assert actuals.sold_of is not None
    for number, product in enumerate(seats.products):
        items = _Items(
            seats.product_floor[:, number],
            seats.product_target[:, number],
            np.cumsum(actuals.sold_of[:, number], axis=1),
            region,
            curves.of_seat,
        )
        yield _Level("product", (product,), np.zeros(len(seats), dtype=np.int64)), items


def _of_week(
    period: str,
    level: _Level,
    items: _Items,
    curves: Curves,
    week: int,
    spread: Spread,
    limits: tuple[float, float],
) -> pd.DataFrame:
    number = len(level.names)

    def per_group(values: Floats) -> Floats:
        return np.bincount(level.group, weights=values, minlength=number).astype(float)

    actual = items.so_far[:, week - 1]
    due = curves.due[items.curve, week - 1]
    sold, floor, target = map(per_group, (actual, items.floor, items.target))
    floor_due, target_due = per_group(items.floor * due), per_group(items.target * due)
    progress = Progress(items.target, actual, items.region, items.curve, curves.weekly, week)
    landing = forecast(progress, spread, level.group, number)
    low, high = landing.band()
    share_due = _ratio(target_due, target)
    return pd.DataFrame(
        {
            "period": period,
            "week": week,
            "level": level.level,
            "name": list(level.names),
            "actual": sold,
            "floor_due": floor_due,
            "target_due": target_due,
            "status": status_of(sold, floor_due, target_due, *limits),
            "pace": _ratio(sold, target_due),
            "projected": _ratio(sold, share_due),
            "low": low,
            "high": high,
            "probability_floor": landing.probability(floor),
            "probability_target": landing.probability(target),
        }
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN where the whole is 0 or unknown."""
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))


def new_alerts(status: pd.DataFrame, week: int) -> pd.DataFrame:
    """Return who is worse at the end of a week than at the end of the one before.

    Columns level, name, before, status, pace, projected; before is blank in the first week.
    """
    now = status[status["week"] == week].set_index(["level", "name"])
    then = status[status["week"] == week - 1].set_index(["level", "name"])["status"]
    before = then.reindex(now.index)
    rank_now, rank_then = now["status"].map(_ORDER), before.map(_ORDER).fillna(_ORDER[GREEN])
    worse = (rank_now < rank_then).to_numpy()
    found = now[worse].assign(before=before[worse].fillna("")).reset_index()
    return found[["level", "name", "before", "status", "pace", "projected"]]
