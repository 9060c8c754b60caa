"""The seats of a run: who carries which target in a period, and when its weeks begin."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, span_of
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.problem.instance import Floats, Ints

DAYS_PER_WEEK = 7
DEFAULT_WEEKS = 13


@dataclass(frozen=True)
class Seats:
    """The seats of one period, sorted by region, then rep; a regional plan has one per region.

    Attributes
    ----------
    period : str
    weeks : int
    start : date or None
        First day of the period, where it is known.
    rep, region, team, role : (seat,) objects
        Rep is blank in a regional plan, team and role where there is none.
    floor, target : (seat,) floats
        In the scenario's unit.
    products : tuple of str
    product_floor, product_target : (seat, product) floats
    """

    period: str
    weeks: int
    start: dt.date | None
    rep: np.ndarray
    region: np.ndarray
    team: np.ndarray
    role: np.ndarray
    floor: Floats
    target: Floats
    products: tuple[str, ...]
    product_floor: Floats
    product_target: Floats

    def __len__(self) -> int:
        return len(self.target)

    @property
    def place(self) -> Ints:
        """Place of each seat among those of its region, from 0."""
        first = np.searchsorted(self.region.astype(str), self.region.astype(str))
        return np.arange(len(self)) - first

    @property
    def names(self) -> np.ndarray:
        """What each seat is called: its rep, or its region in a regional plan."""
        return np.where(self.rep == "", self.region, self.rep)

    def week_starts(self) -> list[str]:
        """Return the first day of each week; blank where the period has no date."""
        if self.start is None:
            return [""] * self.weeks
        step = dt.timedelta(days=DAYS_PER_WEEK)
        return [(self.start + week * step).isoformat() for week in range(self.weeks)]


def read_seats(scenario: Scenario, targets: pd.DataFrame) -> tuple[Seats, ...]:
    """Return the seats of each period, in the scenario's order.

    Parameters
    ----------
    scenario : Scenario
    targets : DataFrame
        ``targets.csv`` of one measure of the run.

    Raises
    ------
    InputError
        Where a rep stands in two regions or teams.
    """
    products = tuple(sorted(set(targets["product"].astype(str))))
    role = _roles(scenario)
    return tuple(
        _of_period(scenario, period, targets[targets["period"] == period], products, role)
        for period in scenario.settings.periods
    )


def _roles(scenario: Scenario) -> pd.Series:
    people = scenario.table("people")
    if people is None:
        return pd.Series(dtype=object)
    return people.set_index("rep")["role"]


def _of_period(
    scenario: Scenario,
    period: str,
    rows: pd.DataFrame,
    products: tuple[str, ...],
    role: pd.Series,
) -> Seats:
    labels = ["region", "rep", "team"]
    key = pd.MultiIndex.from_frame(rows[labels].astype(str))
    code, found = pd.factorize(key, sort=True)
    seats = pd.MultiIndex.from_tuples(list(found), names=labels)
    several = seats.to_frame()[seats.get_level_values("rep") != ""].duplicated("rep")
    if several.any():
        rep = several.index[several][0][1]
        raise InputError(f"targets of {rep} in {period} name two regions or teams; plan again")
    product = pd.Index(products).get_indexer(pd.Index(rows["product"].astype(str)))
    tables = []
    for column in ("floor", "target"):
        table = np.zeros((len(seats), len(products)))
        np.add.at(table, (code, product), rows[column].to_numpy(dtype=float))
        tables.append(table)
    region, rep, team = (
        seats.get_level_values(name).to_numpy(dtype=object) for name in ("region", "rep", "team")
    )
    return Seats(
        period=period,
        weeks=period_weeks(scenario, period),
        start=period_start(scenario, period),
        rep=rep,
        region=region,
        team=team,
        role=role.reindex(rep).fillna("").to_numpy(dtype=object),
        floor=tables[0].sum(axis=1),
        target=tables[1].sum(axis=1),
        products=products,
        product_floor=tables[0],
        product_target=tables[1],
    )


def period_start(scenario: Scenario, period: str) -> dt.date | None:
    """Return the first day of a period: as the ``periods`` table gives it, else by its label."""
    given = _of_table(scenario, period, "start")
    if given is not None:
        day: dt.date = pd.Timestamp(given).date()
        return day
    span = span_of(period)
    return None if span is None else _day(span.first)


def period_weeks(scenario: Scenario, period: str) -> int:
    """Return the weeks of a period: as given, else its days / 7 rounded, else 13."""
    given = _of_table(scenario, period, "weeks")
    if given is not None:
        return int(given)
    span = span_of(period)
    if span is None:
        return DEFAULT_WEEKS
    days = (_day(span.first + span.months) - _day(span.first)).days
    return round(days / DAYS_PER_WEEK)


def _of_table(scenario: Scenario, period: str, column: str) -> Any:
    table = scenario.table("periods")
    if table is None:
        return None
    found = table.loc[table["period"] == period, column].dropna()
    return None if found.empty else found.iloc[0]


def _day(month: int) -> dt.date:
    return dt.date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def choose_period(seats: tuple[Seats, ...], period: str | None) -> Seats:
    """Return the seats of a period; the first that has targets where none is named.

    Raises
    ------
    InputError
        Where the plan has no such period.
    """
    if period is None:
        return next((one for one in seats if len(one)), seats[0])
    named = {one.period: one for one in seats}
    if period not in named:
        raise InputError(f"the plan has no period {period}. {meant(period, list(named))}")
    return named[period]


def days_in_weeks(start: dt.date, weeks: int) -> list[list[dt.date]]:
    """Return the days of each week."""
    return [
        [start + dt.timedelta(days=DAYS_PER_WEEK * week + day) for day in range(DAYS_PER_WEEK)]
        for week in range(weeks)
    ]
