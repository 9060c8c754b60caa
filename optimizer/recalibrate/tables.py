"""Targets and roll-up of a recalibrated run: the period anew, everything else as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import floor_units
from optimizer.recalibrate.board import Board, cube_of, rows_of
from optimizer.recalibrate.least_change import Moved
from optimizer.recalibrate.standing import Standing, leaf_rows
from optimizer.results.rounding import WholePlan, floor_cells
from optimizer.results.tables import rollup_table

_KEY = ["region", "rep", "product"]


def new_targets(
    standing: Standing, scenario: Scenario, board: Board, instance: Instance, moved: Moved,
    reference: Floats | None,
) -> pd.DataFrame:  # fmt: skip
    """Return ``targets.csv``: all periods, the recalibrated one anew.

    Parameters
    ----------
    standing : Standing
    scenario : Scenario
        From now on.
    board : Board
    instance : Instance
        Of the period.
    moved : Moved
    reference : (rep,) floats or None
        In units; for people who join.
    """
    own = standing.own_targets
    cells = moved.placed if moved.cells is None else moved.cells
    floor = floor_cells(instance, cells[:, None, :])[:, 0, :]
    rows = _with_new_rows(own, scenario, board, moved, reference)
    owner, product = _place(board, rows)
    target = cells[owner, product]
    ratio = instance.stretch_goal / instance.goal
    joined = rows["stretch"].isna().to_numpy()
    raised = floor_units(np.maximum(target * _own_ratio(instance, owner, ratio), target), 1.0)
    stretch = np.where(joined, raised, rows["stretch"].to_numpy(dtype=float) / board.unit)
    new = rows.assign(
        floor=floor[owner, product] * board.unit,
        target=target * board.unit,
        stretch=np.maximum(np.rint(stretch), target) * board.unit,
    )
    new = new.iloc[np.lexsort((product, owner))] if moved.cells is not None else new
    parts = [
        new if period == standing.period else standing.targets[standing.targets["period"] == period]
        for period in board.whole.periods
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _own_ratio(instance: Instance, owner: Ints, ratio: float) -> Floats:
    if instance.reps is None:
        return np.full(len(owner), ratio)
    own = instance.reps.stretch_ratio[owner]
    return np.where(np.isnan(own), ratio, own)


def _with_new_rows(
    own: pd.DataFrame, scenario: Scenario, board: Board, moved: Moved, reference: Floats | None
) -> pd.DataFrame:
    """Return the rows of the period, with blank ones for cells that were not there before."""
    people, reps = board.people, board.whole.reps
    if moved.cells is None or people is None or reps is None or reference is None:
        return own
    owner, product = _place(board, own)
    there = np.zeros(moved.cells.shape, dtype=bool)
    there[owner, product] = True
    rep, column = np.nonzero((moved.cells > 0) & ~there)
    if not len(rep):
        return own
    names = np.array(reps.names, dtype=object)
    regions = np.array(board.whole.leaves, dtype=object)[reps.leaf]
    mix = board.now[reps.leaf[rep]].astype(float)
    part = mix[np.arange(len(rep)), column] / np.maximum(mix.sum(axis=1), 1.0)
    rows = pd.DataFrame(
        {
            "period": own["period"].iloc[0],
            "region": regions[rep],
            "team": np.array(reps.team, dtype=object)[rep],
            "rep": names[rep],
            "product": np.array(board.whole.products, dtype=object)[column],
            "reference": reference[rep] * part * board.unit,
            "floor": 0.0,
            "target": 0.0,
            "stretch": np.nan,
        }
    )
    table = scenario.table("people")
    assert table is not None
    for name in own.columns.difference(rows.columns):
        known = table.set_index("rep")[name] if name in table else pd.Series(dtype=object)
        rows[name] = rows["rep"].map(known).fillna("").astype(str)
    return pd.concat([own, rows[list(own.columns)]], ignore_index=True)


def _place(board: Board, rows: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return owner (rep, or leaf in a regional plan) and product of rows of targets."""
    product = rows_of(board.whole.products, rows["product"], "product")
    if board.whole.reps is None:
        return rows_of(board.whole.leaves, rows["region"], "region"), product
    return rows_of(board.whole.reps.names, rows["rep"], "rep"), product


def new_rollup(
    standing: Standing, board: Board, moved: Moved, targets: pd.DataFrame, *, keeps_gap: bool
) -> pd.DataFrame:
    """Return ``rollup.csv``.

    Parameters
    ----------
    targets : DataFrame
        The new ``targets.csv``.
    keeps_gap : bool
        Whether what the run could not place stays a gap, beside what is new.
    """
    whole, unit, at = board.whole, board.unit, board.at
    cells = leaf_rows(standing.rollup, whole.leaves)
    cubes = {
        name: np.stack(
            [cube_of(whole, cells[cells["period"] == period], name) for period in whole.periods],
            axis=1,
        )
        for name in ("ask", "target", "reference")
    }
    ask, placed = (np.rint(cubes[name] / unit).astype(np.int64) for name in ("ask", "target"))
    ask[:, at] = moved.ask + (board.ask - board.now if keeps_gap else 0)
    placed[:, at] = moved.placed
    owners = placed.shape if whole.reps is None else (len(whole.reps.names), *placed.shape[1:])
    levels = {name: np.zeros(owners, dtype=np.int64) for name in ("target", "floor", "stretch")}
    owner, product = _place(board, targets)
    period = rows_of(whole.periods, targets["period"], "period")
    for name, level in levels.items():
        amounts = np.rint(targets[name].to_numpy(dtype=float) / unit).astype(np.int64)
        np.add.at(level, (owner, period, product), amounts)
    plan = WholePlan(
        ask, placed, None if whole.reps is None else levels["target"],
        levels["floor"], levels["stretch"], 0,
    )  # fmt: skip
    told = replace(whole, reference=cubes["reference"])
    if whole.reps is not None:
        told = replace(told, reps=replace(whole.reps, high=_kept_back(standing, board)))
    return _with_team_references(rollup_table(told, plan), targets)


def _kept_back(standing: Standing, board: Board) -> Floats:
    """Return usable capacity: all of it in the period, less what is kept back in the others."""
    reps = board.whole.reps
    assert reps is not None
    share = standing.planned.scenario.settings.buffers.capacity
    part = np.full(reps.high.shape[1], 1.0 - share)
    part[board.at] = 1.0
    return np.where(np.isfinite(reps.high), reps.high * part, np.inf)


def _with_team_references(rollup: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Return a roll-up whose teams have the references of their own rows of targets."""
    rows = rollup["team"].astype(str) != "*"
    if not rows.any():
        return rollup
    labels = ["period", "team", "product"]
    sums = []
    for period in (False, True):
        for product in (False, True):
            told = targets[[*labels, "reference"]]
            told = told.assign(period="*") if period else told
            told = told.assign(product="*") if product else told
            sums.append(told.groupby(labels)["reference"].sum())
    known = pd.concat(sums)
    wanted = pd.MultiIndex.from_frame(rollup.loc[rows, labels].astype(str))
    reference = rollup["reference"].to_numpy(dtype=float).copy()
    reference[rows.to_numpy()] = known.reindex(wanted).fillna(0.0).to_numpy()
    return rollup.assign(reference=reference)


def with_measures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return tables of measures as one; with a column ``measure`` where there are several."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    parts = []
    for measure, table in tables.items():
        named = table.copy()
        named.insert(0, "measure", measure)
        parts.append(named)
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
