"""The period that is recalibrated, laid on the axes of a planning problem, in whole units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.pacing.actuals import Actuals
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.recalibrate.changed import Changed
from optimizer.recalibrate.standing import Standing, leaf_rows


@dataclass(frozen=True)
class People:
    """The people of the period, those who left among them; all in units.

    Attributes
    ----------
    cells : (rep, product) ints
        Targets now.
    original : (rep,) floats
        Of the first plan; NaN where it had none.
    sold : (rep,) floats
    sold_cells : (rep, product) floats or None
        None where the actuals have no products.
    elsewhere : (rep,) floats
        Targets in the other periods.
    joins, leaves : (rep,) bools
    weight, weight_before : (rep,) floats
        In the inputs from now on, and in the run's.
    """

    cells: Ints
    original: Floats
    sold: Floats
    sold_cells: Floats | None
    elsewhere: Floats
    joins: Bools
    leaves: Bools
    weight: Floats
    weight_before: Floats

    @property
    def now(self) -> Ints:
        """Target of each rep, (rep,)."""
        return np.asarray(self.cells.sum(axis=1))


@dataclass(frozen=True)
class Board:
    """The period in numbers.

    Attributes
    ----------
    whole : Instance
        All periods, with the inputs from now on, nothing of capacity kept back.
    at : int
        Position of the period.
    now, ask : (leaf, product) ints
        Region targets, and what was asked.
    original : (leaf, product) floats
    sold : (leaf, product) floats or None
    elsewhere : (leaf, product) floats
        Region targets of all other periods together.
    people : People or None
    """

    whole: Instance
    at: int
    now: Ints
    ask: Ints
    original: Floats
    sold: Floats | None
    elsewhere: Floats
    people: People | None

    @property
    def unit(self) -> float:
        """The rounding unit."""
        return self.whole.unit


def lay_board(standing: Standing, changed: Changed) -> Board:
    """Return the period on the axes of the inputs from now on."""
    gone = leavers(changed.scenario, standing)
    scenario = _with_leavers(changed.scenario, gone)
    buffers = replace(scenario.settings.buffers, capacity=0.0)
    whole = build_instance(replace(scenario, settings=replace(scenario.settings, buffers=buffers)))
    at = whole.periods.index(standing.period)
    everywhere = leaf_rows(standing.rollup, whole.leaves)
    cells = everywhere[everywhere["period"] == standing.period]
    own_original = standing.own_original
    first = own_original[own_original["rep"] == ""]
    now = cube_of(whole, cells, "target")
    seats, sold = standing.seats, standing.actuals
    assert sold is not None
    sold_cube = None
    if sold.sold_of is not None:
        rows = rows_of(whole.leaves, seats.region, "region")
        sold_cube = np.zeros(now.shape)
        columns = rows_of(whole.products, seats.products, "product")
        np.add.at(sold_cube, (rows[:, None], columns[None, :]), sold.sold_of.sum(axis=2))
    people = _people(standing, sold, frozenset(gone["rep"]), whole, at)
    return Board(
        whole=whole,
        at=at,
        now=_whole(now, whole.unit),
        ask=_whole(cube_of(whole, cells, "ask"), whole.unit),
        original=cube_of(whole, first, "target") / whole.unit,
        sold=None if sold_cube is None else sold_cube / whole.unit,
        elsewhere=(cube_of(whole, everywhere, "target") - now) / whole.unit,
        people=people,
    )


def _people(
    standing: Standing, actuals: Actuals, gone: frozenset[str], whole: Instance, at: int
) -> People | None:
    reps = whole.reps
    if reps is None:
        return None
    unit, seats, names = whole.unit, standing.seats, reps.names
    own = standing.own_targets
    row = rows_of(names, own["rep"], "rep")
    cells = np.zeros((len(names), len(whole.products)))
    np.add.at(cells, (row, rows_of(whole.products, own["product"], "product")), own["target"])
    first = standing.own_original
    first = first[first["rep"].isin(names)]
    known = pd.Series(first["target"].to_numpy()).groupby(first["rep"].to_numpy()).sum()
    every = standing.targets[standing.targets["rep"].isin(names)]
    total = np.zeros(len(names))
    np.add.at(total, rows_of(names, every["rep"], "rep"), every["target"])
    place = rows_of(names, seats.rep, "rep")
    sold = np.zeros(len(names))
    sold[place] = actuals.sold.sum(axis=1)
    sold_cells = None
    if actuals.sold_of is not None:
        sold_cells = np.zeros(cells.shape)
        columns = rows_of(whole.products, seats.products, "product")
        sold_cells[place[:, None], columns] = actuals.sold_of.sum(axis=2)
    before = standing.planned.scenario.table("people")
    known_before = set() if before is None else set(before["rep"])
    has_target = cells.sum(axis=1) > 0
    return People(
        cells=_whole(cells, unit),
        original=pd.Series(names).map(known).to_numpy(dtype=float) / unit,
        sold=sold / unit,
        sold_cells=None if sold_cells is None else sold_cells / unit,
        elsewhere=(total - cells.sum(axis=1)) / unit,
        joins=np.array([name not in known_before for name in names]) & ~has_target,
        leaves=np.array([name in gone for name in names]),
        weight=reps.weight[:, at],
        weight_before=_weights_before(standing, names, at),
    )


def leavers(scenario: Scenario, standing: Standing) -> pd.DataFrame:
    """Return rep, region and team of those who have targets and are in a scenario no more."""
    people = scenario.table("people")
    own = standing.own_targets.drop_duplicates("rep")
    known = set() if people is None else set(people["rep"])
    return own[(own["rep"] != "") & ~own["rep"].isin(known)][["rep", "region", "team"]]


def _with_leavers(scenario: Scenario, gone: pd.DataFrame) -> Scenario:
    """Return a scenario in which those who left still have a row, ranked with nobody."""
    people = scenario.table("people")
    if people is None or gone.empty:
        return scenario
    blank = {
        name: pd.Series([_blank(people[name])] * len(gone)).astype(people[name].dtype)
        for name in map(str, people)
    }
    rows = pd.DataFrame(blank).assign(
        rep=gone["rep"].to_numpy(), region=gone["region"].to_numpy(), team=gone["team"].to_numpy(),
        ability=1.0,
    )  # fmt: skip
    both = pd.concat([people, rows], ignore_index=True).sort_values("rep", kind="stable")
    return replace(scenario, tables={**scenario.tables, "people": both})


def _blank(column: pd.Series) -> Any:
    if column.dtype == bool:
        return False
    if pd.api.types.is_numeric_dtype(column):
        return np.nan
    return pd.NaT if pd.api.types.is_datetime64_any_dtype(column) else ""


def _weights_before(standing: Standing, names: Sequence[str], at: int) -> Floats:
    reps = build_instance(standing.planned.scenario).reps
    assert reps is not None
    known = pd.Series(reps.weight[:, at], index=list(reps.names))
    return known.reindex(list(names)).fillna(0.0).to_numpy()


def cube_of(whole: Instance, rows: pd.DataFrame, column: str) -> Floats:
    """Return amounts of leaf regions and products, (leaf, product)."""
    cube = np.zeros((len(whole.leaves), len(whole.products)))
    region = rows_of(whole.leaves, rows["region"], "region")
    product = rows_of(whole.products, rows["product"], "product")
    np.add.at(cube, (region, product), rows[column].fillna(0.0).to_numpy(dtype=float))
    return cube


def rows_of(names: Sequence[str], wanted: Any, kind: str) -> Ints:
    """Return the position of each name on an axis.

    Raises
    ------
    InputError
        Where one is not on it.
    """
    found = pd.Index(list(names)).get_indexer(pd.Index(np.asarray(wanted, dtype=object)))
    if (found < 0).any():
        missing = np.asarray(wanted, dtype=object)[found < 0][0]
        raise InputError(
            f"the run has targets of the {kind} {missing}, which the new inputs do not know; "
            "keep it in the tables until the next plan"
        )
    return np.asarray(found, dtype=np.int64)


def _whole(amounts: Floats, unit: float) -> Ints:
    return np.asarray(np.rint(amounts / unit), dtype=np.int64)
