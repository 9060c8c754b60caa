"""What effort and year limits of people leave room for, as rows over regional cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.members import Entries
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.problem.whole import guard


@dataclass(frozen=True)
class Room:
    """Rows over regional cells: low ≤ Σ weight · placed ≤ high, in units.

    Necessary for cells of people to exist, and nearly enough.

    Attributes
    ----------
    row, leaf, period, product : (entry,) ints
    weight : (entry,) floats
    high : (row,) floats
    year_low, year_high : (leaf,) floats
        Limits of a region over all periods.
    """

    row: Ints
    leaf: Ints
    period: Ints
    product: Ints
    weight: Floats
    high: Floats
    year_low: Floats
    year_high: Floats

    def entries(self, place: Ints) -> tuple[Entries, Floats]:
        """Return which items stand in which row and how; `place` is (leaf, period, product)."""
        item = place[self.leaf, self.period, self.product]
        there = item >= 0
        return Entries(self.row[there], item[there]), self.weight[there]


def keeps_room(room: Room, placed: Ints) -> bool:
    """Whether whole cells, (leaf, period, product), leave people what their limits need."""
    used = placed[room.leaf, room.period, room.product] * room.weight
    sums = np.bincount(room.row, weights=used, minlength=len(room.high))
    year = placed.sum(axis=(1, 2))
    within = (year >= room.year_low).all() and (year <= room.year_high).all()
    return bool(within and (sums <= room.high + guard(room.high)).all())


def read_room(instance: Instance) -> Room | None:
    """Return the rows of an instance; None where people have neither kind of limit.

    Effort: products of a set can only be carried by reps who sell one of them, so their
    effort is at most what these reps have in all. The sets taken are all products, each
    alone, each list of a group and what is not on it.
    """
    reps = instance.reps
    if reps is None or (instance.effort is None and reps.total_low is None):
        return None
    low, high = _year_sums(instance)
    found = _effort_rows(instance) if instance.effort is not None else []
    none = np.zeros(0, dtype=np.int64)
    sizes = [len(products) for _, _, products, _ in found]
    leaf, period = (
        np.repeat(np.array([row[k] for row in found], dtype=np.int64), sizes) for k in (0, 1)
    )
    product = np.concatenate([none, *(row[2] for row in found)])
    return Room(
        row=np.repeat(np.arange(len(found)), sizes),
        leaf=leaf,
        period=period,
        product=product,
        weight=np.ones(0) if instance.effort is None else instance.effort[product],
        high=np.array([row[3] for row in found], dtype=float),
        year_low=low,
        year_high=high,
    )


def _year_sums(instance: Instance) -> tuple[Floats, Floats]:
    reps, leaves = instance.reps, len(instance.leaves)
    assert reps is not None
    if reps.total_low is None or reps.total_high is None:
        return np.zeros(leaves), np.full(leaves, np.inf)
    low, high = np.zeros(leaves), np.zeros(leaves)
    np.add.at(low, reps.leaf, reps.total_low)
    np.add.at(high, reps.leaf, reps.total_high)
    least = np.ceil(low / instance.unit / (1.0 + instance.over_rep) - 1e-9)
    return least, np.rint(high / instance.unit)


def _effort_rows(instance: Instance) -> list[tuple[int, int, Ints, float]]:
    """Return leaf, period, products and capacity of each row."""
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    sold = sellable(instance.reference, groups)
    capacity = np.zeros(sold.shape[:2])
    np.add.at(capacity, reps.group, np.where(reps.reference > 0, reps.high, 0.0) / instance.unit)
    rows: list[tuple[int, int, Ints, float]] = []
    for leaf in range(len(instance.leaves)):
        mine = np.flatnonzero(groups.leaf == leaf)
        for period in range(len(instance.periods)):
            lists, room = sold[mine, period], capacity[mine, period]
            for chosen in _sets(instance.reference[leaf, period] > 0, lists):
                most = float(room[(lists & chosen).any(axis=1)].sum())
                if np.isfinite(most):
                    rows.append((leaf, period, np.flatnonzero(chosen), most))
    return rows


def _sets(opened: Bools, lists: Bools) -> Bools:
    """Return sets of open products, each once, (set, product)."""
    alone = np.eye(len(opened), dtype=bool)
    sets = np.concatenate([opened[None], alone, lists, ~lists]) & opened
    sets = sets[sets.any(axis=1)]
    return np.unique(sets, axis=0)
