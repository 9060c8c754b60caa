"""Market limits and locks on the plan's axes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import (
    Bools,
    Floats,
    Ints,
    Potentials,
    RegionLocks,
    RepLocks,
    Slices,
)
from optimizer.problem.labels import Labels
from optimizer.problem.whole import floor_units


def slices_in_order(table: pd.DataFrame, labels: Labels) -> tuple[Ints, Slices]:
    """Sort a table by its labels, so that the order of input rows changes nothing.

    Returns
    -------
    (row,) ints, Slices
        The order of the rows, and in that order the slice that each names; blank means all.
    """
    axes = (
        labels.period_index(table["period"]),
        labels.region_index(table["region"]),
        labels.product_index(table["product"]),
    )
    keys = list(reversed(axes))
    if "rep" in table:
        keys.insert(0, pd.factorize(table["rep"], sort=True)[0])
    order = np.lexsort(keys)
    return order, Slices(*(axis[order] for axis in axes))


def read_potentials(scenario: Scenario, labels: Labels, unit: float, *, inward: bool) -> Potentials:
    """Return each row of ``potential`` as a limit on its slice."""
    table = scenario.table("potential")
    if table is None:
        nothing = np.zeros(0)
        return Potentials(_no_slices(), nothing, nothing)
    order, slices = slices_in_order(table, labels)
    given = table["potential"].to_numpy(dtype=float)[order]
    usable: Floats = given * (1.0 - scenario.settings.buffers.potential)
    if inward:
        usable = floor_units(usable, unit)
    return Potentials(slices, given, usable, scenario.settings.buffers.potential)


def without_market(potentials: Potentials, labels: Labels) -> Bools:
    """Return the cells in a slice whose potential is 0, shape (leaf, period, product)."""
    tree = labels.tree
    shape = (len(tree.leaf_node), len(labels.periods), len(labels.products))
    closed = np.zeros(shape, dtype=bool)
    slices = potentials.slices
    for row in np.flatnonzero(potentials.given <= 0):
        period = (np.arange(shape[1]) == slices.period[row]) | (slices.period[row] < 0)
        product = (np.arange(shape[2]) == slices.product[row]) | (slices.product[row] < 0)
        closed[tree.below(int(slices.region[row]))] |= period[:, None] & product
    return closed


def read_locks(
    scenario: Scenario, labels: Labels, reps: tuple[str, ...]
) -> tuple[RegionLocks, RepLocks]:
    """Return the locks on region targets and those on rep targets."""
    table = scenario.table("locks")
    if table is None:
        none = np.zeros(0, dtype=np.int64)
        return RegionLocks(_no_slices(), np.zeros(0)), RepLocks(none, none, none, np.zeros(0))
    order, slices = slices_in_order(table, labels)
    amount = table["amount"].to_numpy(dtype=float)[order]
    named = table["rep"].to_numpy(dtype=object)[order]
    notes = np.array(_notes(table), dtype=object)[order]
    own = np.asarray(named != "", dtype=bool)
    wanted = set(named[own].tolist())
    row = {name: index for index, name in enumerate(reps) if name in wanted}
    rep = np.array([row[name] for name in named[own]], dtype=np.int64)
    return (
        RegionLocks(
            Slices(slices.period[~own], slices.region[~own], slices.product[~own]),
            amount[~own],
            tuple(notes[~own]),
        ),
        RepLocks(rep, slices.period[own], slices.product[own], amount[own], tuple(notes[own])),
    )


def _notes(table: pd.DataFrame) -> list[str]:
    """Return owner, reason and last day of each lock as one text."""
    notes = []
    columns = (table[name].tolist() for name in ("owner", "reason", "expires"))
    for owner, reason, expires in zip(*columns, strict=True):
        said = ": ".join(filter(None, (owner, reason)))
        until = "" if pd.isna(expires) else f"until {expires.date().isoformat()}"
        notes.append(", ".join(filter(None, (said, until))))
    return notes


def _no_slices() -> Slices:
    none = np.zeros(0, dtype=np.int64)
    return Slices(none, none, none)
