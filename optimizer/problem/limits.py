"""Market limits and locks on the plan's axes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Bools, Floats, Potentials, RegionLocks, RepLocks, Slices
from optimizer.problem.labels import Labels
from optimizer.problem.whole import floor_units


def slices_of(table: pd.DataFrame, labels: Labels) -> Slices:
    """Return the slice that each row of a table names; blank means all."""
    return Slices(
        period=labels.period_index(table["period"]),
        region=labels.region_index(table["region"]),
        product=labels.product_index(table["product"]),
    )


def in_order(table: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Sort a table by its labels, so that the order of input rows changes nothing."""
    slices = slices_of(table, labels)
    keys = [slices.product, slices.region, slices.period]
    if "rep" in table:
        keys.insert(0, pd.factorize(table["rep"], sort=True)[0])
    return table.iloc[np.lexsort(keys)]


def read_potentials(scenario: Scenario, labels: Labels, unit: float, *, inward: bool) -> Potentials:
    """Return each row of ``potential`` as a limit on its slice."""
    table = scenario.table("potential")
    if table is None:
        nothing = np.zeros(0)
        return Potentials(_no_slices(), nothing, nothing)
    table = in_order(table, labels)
    given = table["potential"].to_numpy(dtype=float)
    usable: Floats = given * (1.0 - scenario.settings.buffers.potential)
    if inward:
        usable = floor_units(usable, unit)
    return Potentials(slices_of(table, labels), given, usable, scenario.settings.buffers.potential)


def without_market(potentials: Potentials, labels: Labels) -> Bools:
    """Return the cells in a slice whose potential is 0, shape (leaf, period, product)."""
    tree = labels.tree
    shape = (len(tree.leaf_node), len(labels.periods), len(labels.products))
    closed = np.zeros(shape, dtype=bool)
    slices = potentials.slices
    for row in np.flatnonzero(potentials.given <= 0):
        leaves = tree.covers[slices.region[row]][:, None, None]
        period = (np.arange(shape[1]) == slices.period[row]) | (slices.period[row] < 0)
        product = (np.arange(shape[2]) == slices.product[row]) | (slices.product[row] < 0)
        closed |= leaves & period[None, :, None] & product[None, None, :]
    return closed


def read_locks(
    scenario: Scenario, labels: Labels, reps: tuple[str, ...]
) -> tuple[RegionLocks, RepLocks]:
    """Return the locks on region targets and those on rep targets."""
    table = scenario.table("locks")
    if table is None:
        none = np.zeros(0, dtype=np.int64)
        return RegionLocks(_no_slices(), np.zeros(0)), RepLocks(none, none, none, np.zeros(0))
    table = in_order(table, labels)
    personal = (table["rep"] != "").to_numpy()
    regional, own = table[~personal], table[personal]
    slices = slices_of(own, labels)
    rep = np.asarray(pd.Index(reps).get_indexer(pd.Index(own["rep"])), dtype=np.int64)
    return (
        RegionLocks(slices_of(regional, labels), _amounts(regional), _notes(regional)),
        RepLocks(rep, slices.period, slices.product, _amounts(own), _notes(own)),
    )


def _notes(table: pd.DataFrame) -> tuple[str, ...]:
    """Return owner, reason and last day of each lock as one text."""
    notes = []
    for owner, reason, expires in table[["owner", "reason", "expires"]].itertuples(index=False):
        said = ": ".join(filter(None, (owner, reason)))
        until = "" if pd.isna(expires) else f"until {expires.date().isoformat()}"
        notes.append(", ".join(filter(None, (said, until))))
    return tuple(notes)


def _amounts(table: pd.DataFrame) -> Floats:
    return table["amount"].to_numpy(dtype=float)


def _no_slices() -> Slices:
    none = np.zeros(0, dtype=np.int64)
    return Slices(none, none, none)
