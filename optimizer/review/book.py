"""Targets and sales of a run side by side, as whole counts by period, seat and product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.labels import region_parents
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PASSED_THROUGH
from optimizer.errors import InputError
from optimizer.pacing.run import PlannedRun, rows_of_measure
from optimizer.problem.instance import Floats, Ints
from optimizer.results.label_column import positions_of
from optimizer.results.stored_table import read_stored_table
from optimizer.review.actuals import Sales
from optimizer.review.units import Unit

LEVELS = ("floor", "target", "stretch")
_ALL = "*"


@dataclass(frozen=True)
class Seats:
    """Whoever sells, sorted by region, then rep.

    Attributes
    ----------
    rep : (seat,) objects
        Blank for what a region sells by nobody of the people; in a regional plan always.
    region, team, role : (seat,) objects
        Leaf region; team and role are blank where there is none.
    start : (seat,) datetimes
        First day at work; NaT where it is not known.
    further : mapping of column to (seat,) objects
        Columns of the people's own that pass through (``x_…``).
    """

    rep: np.ndarray
    region: np.ndarray
    team: np.ndarray
    role: np.ndarray
    start: np.ndarray
    further: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.rep)

    @property
    def is_regional(self) -> bool:
        """Whether nobody is named: the plan is one by region."""
        return bool((self.rep == "").all())

    @property
    def names(self) -> np.ndarray:
        """What each seat is called: its rep, or its region in a regional plan; else blank."""
        return self.region if self.is_regional else self.rep

    @property
    def level(self) -> str:
        """Dimension of the seats: ``rep``, or ``region`` in a regional plan."""
        return "region" if self.is_regional else "rep"


@dataclass(frozen=True)
class Book:
    """What is reviewed.

    Attributes
    ----------
    scenario : Scenario
    unit : Unit
        All counts are of it.
    periods : tuple of str
        Periods of the plan that have actuals, in order.
    products : tuple of str
        One, ``*``, where the actuals tell no products.
    seats : Seats
    floor, target, stretch, actual, set_aside : (period, seat, product) ints
        The last is what of the actual are orders out of the common.
    reference : (period, seat) floats
    asks : mapping of (region, product) to (period,) ints
        What the company wants; ``*`` is all.
    floor_ratio, stretch_ratio : float
        Of the goal, to its target.
    """

    scenario: Scenario
    unit: Unit
    periods: tuple[str, ...]
    products: tuple[str, ...]
    seats: Seats
    floor: Ints
    target: Ints
    stretch: Ints
    actual: Ints
    set_aside: Ints
    reference: Floats
    asks: Mapping[tuple[str, str], Ints]
    floor_ratio: float
    stretch_ratio: float

    @property
    def parents(self) -> dict[str, str]:
        """Each region with the one above it; blank below the company."""
        return region_parents(self.scenario)


def make_book(planned: PlannedRun, sales: Sales, unit: Unit) -> Book:
    """Lay targets and sales of a run side by side.

    Parameters
    ----------
    planned : PlannedRun
    sales : Sales
        Every row in a period of the plan.
    unit : Unit
    """
    names = planned.scenario.settings.periods
    present = np.unique(sales.period)
    periods = tuple(names[position] for position in present.tolist())
    targets = planned.targets[planned.targets["period"].isin(periods)]
    by_product = sales.has_products
    products = tuple(sorted({*map(str, planned.targets["product"].unique()), *sales.product}))
    products = tuple(name for name in products if name != _ALL) if by_product else (_ALL,)
    seats = _seats(planned.scenario, targets, sales)
    axes = _Axes(periods, seats, products)
    cells = axes.of_targets(targets)
    if (cells[1] < 0).any():
        raise InputError(f"{planned.folder}: targets and people do not fit together; plan again")
    sold = np.zeros(axes.shape, dtype=np.int64)
    np.add.at(sold, axes.of_sales(sales, present), unit.counts(sales.amount))
    levels = {name: axes.added(cells, unit.counts(targets[name].to_numpy())) for name in LEVELS}
    reference = np.zeros(axes.shape[:2])
    np.add.at(reference, cells[:2], targets["reference"].to_numpy(dtype=float))
    floor_ratio, stretch_ratio = _ratios(planned)
    return Book(
        planned.scenario, unit, periods, products, seats, **levels, actual=sold,
        set_aside=np.zeros_like(sold), reference=reference,
        asks=_asks(planned, periods, unit), floor_ratio=floor_ratio, stretch_ratio=stretch_ratio,
    )  # fmt: skip


@dataclass(frozen=True)
class _Axes:
    """Axes of a book, and where rows of tables lie on them."""

    periods: tuple[str, ...]
    seats: Seats
    products: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.periods), len(self.seats), len(self.products)

    def added(self, cells: tuple[Ints, Ints, Ints], counts: Ints) -> Ints:
        table = np.zeros(self.shape, dtype=np.int64)
        np.add.at(table, cells, counts)
        return table

    def of_targets(self, targets: pd.DataFrame) -> tuple[Ints, Ints, Ints]:
        column = "region" if self.seats.is_regional else "rep"
        return (
            positions_of(targets["period"], pd.Index(self.periods)),
            self._seat(targets[column].astype(str).to_numpy(dtype=object)),
            self._product(targets["product"].astype(str).to_numpy(dtype=object)),
        )

    def of_sales(self, sales: Sales, present: Ints) -> tuple[Ints, Ints, Ints]:
        seat = self._seat(sales.rep if not self.seats.is_regional else sales.region)
        nobody = sales.rep == ""
        if not self.seats.is_regional and nobody.any():
            own = np.flatnonzero(self.seats.rep == "")
            places = pd.Index(self.seats.region[own]).get_indexer(pd.Index(sales.region[nobody]))
            seat[nobody] = own[places]
        return np.searchsorted(present, sales.period), seat, self._product(sales.product)

    def _seat(self, names: np.ndarray) -> Ints:
        own = self.seats.names
        known = np.flatnonzero(own != "")
        place = pd.Index(own[known]).get_indexer(pd.Index(names))
        return np.asarray(np.where(place < 0, -1, known[place]), dtype=np.int64)

    def _product(self, names: np.ndarray) -> Ints:
        if self.products == (_ALL,):
            return np.zeros(len(names), dtype=np.int64)
        return np.asarray(pd.Index(self.products).get_indexer(pd.Index(names)), dtype=np.int64)


def _seats(scenario: Scenario, targets: pd.DataFrame, sales: Sales) -> Seats:
    """Return all who have a target or sold."""
    people = scenario.table("people")
    unnamed = np.unique(sales.region[sales.rep == ""].astype(str))
    if people is None:
        regions = sorted({*targets["region"].astype(str), *unnamed})
        blank = dict.fromkeys(("rep", "team", "role"), "")
        return _of_frame(pd.DataFrame({"region": regions, **blank, "start": pd.NaT}), ())
    names = {*targets["rep"].astype(str), *sales.rep}
    own = people[people["rep"].isin(names)]
    further = tuple(name for name in own.columns if str(name).startswith(PASSED_THROUGH))
    nobody = pd.DataFrame({"region": unnamed, "start": pd.NaT})
    nobody["start"] = nobody["start"].astype(own["start"].dtype)
    for name in ("rep", "team", "role", *further):
        nobody[name] = ""
    frame = pd.concat([own, nobody], ignore_index=True) if len(nobody) else own
    return _of_frame(frame.sort_values(["region", "rep"]), further)


def _of_frame(frame: pd.DataFrame, further: tuple[str, ...]) -> Seats:
    rep, region, team, role = (
        frame[name].to_numpy(dtype=object) for name in ("rep", "region", "team", "role")
    )
    start = pd.to_datetime(frame["start"]).to_numpy()
    own = {name: frame[name].to_numpy(dtype=object) for name in further}
    return Seats(rep, region, team, role, start, own)


def _asks(planned: PlannedRun, periods: tuple[str, ...], unit: Unit) -> dict[tuple[str, str], Ints]:
    """Return what the company wants of every region and product, from ``rollup.csv``."""
    labels = ("period", "region", "team", "product")
    rollup = read_stored_table(planned.folder, "rollup", labels, ("ask",))
    rollup = rows_of_measure(rollup, planned.scenario.settings.measure)
    rows = rollup[(rollup["team"] == _ALL) & rollup["period"].isin(periods)]
    code, places = pd.factorize(pd.MultiIndex.from_frame(rows[["region", "product"]].astype(str)))
    table = np.zeros((len(places), len(periods)), dtype=np.int64)
    period = positions_of(rows["period"], pd.Index(periods))
    table[code, period] = unit.counts(rows["ask"].to_numpy(dtype=float))
    return {tuple(place): row for place, row in zip(places, table, strict=True)}


def _ratios(planned: PlannedRun) -> tuple[float, float]:
    """Return floor and stretch of the goal as ratios to its target.

    Recalibration moves the goal and leaves floor and stretch of the scenario, which belong to
    the goal that was planned.
    """
    settings = planned.scenario.settings
    goal, levels = settings.goal, settings.levels
    record = planned.record.get("measures", {}).get(settings.measure, planned.record)
    try:
        target = float(record["goal"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{planned.folder}: run.json tells no goal; plan again") from error
    if planned.record.get("command") == "recalibrate" and goal.target is not None:
        target = goal.target
    if target <= 0:
        return levels.floor, levels.stretch
    return (
        levels.floor if goal.floor is None else goal.floor / target,
        levels.stretch if goal.stretch is None else goal.stretch / target,
    )
