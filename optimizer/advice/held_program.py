"""The program of the least gap held with a scenario's amounts, ready to take those of another.

Most changes move amounts and nothing else. Then the program goes on from where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.model.backing import Backing
from optimizer.model.backing_capacity import tells_people_apart
from optimizer.model.members import Entries
from optimizer.model.pools import Pools, read_pools
from optimizer.problem.instance import Bands, Floats, Instance, Ints, Slices


@dataclass(frozen=True)
class _Amounts:
    """The numbers of a problem that a program can take without being made anew."""

    potential: Floats
    street_low: Floats
    street_high: Floats
    region_lock: Floats
    rep_lock: Floats
    bands: Bands

    @classmethod
    def of(cls, instance: Instance, pools: Pools | None) -> _Amounts:
        nothing = np.zeros(0)
        return cls(
            instance.potentials.usable,
            nothing if pools is None else pools.curves.street_low,
            nothing if pools is None else pools.curves.street_high,
            instance.region_locks.amount,
            instance.rep_locks.amount,
            instance.bands,
        )


class HeldProgram:
    """The program of a scenario, and the amounts that it holds."""

    def __init__(self, program: Backing) -> None:
        self._program = program
        self._instance, self.pools = program.instance, program.pools
        self._own = self._amounts = _Amounts.of(program.instance, program.pools)

    def most(self) -> float:
        """Return how much can be placed at most with the scenario's own amounts."""
        return self._program.most()

    def most_of(self, changed: Instance) -> float | None:
        """Return how much a changed problem can place; None where more than amounts differ."""
        if tells_people_apart(changed) or not _all_equal(_shape(self._instance), _shape(changed)):
            return None
        pools = self.pools if _same_people(self._instance, changed) else read_pools(changed)
        if not _all_equal(_pool_shape(self.pools), _pool_shape(pools)):
            return None
        self._take(_Amounts.of(changed, pools))
        most = self._program.most()
        self._take(self._own)
        return most

    def _take(self, new: _Amounts) -> None:
        now, rows, solver = self._amounts, self._program.rows, self._program.solver
        scale = self._program.scale
        for held, wanted, places, equal in (
            (now.potential, new.potential, rows.potential, False),
            (now.street_high, new.street_high, rows.capacity, False),
            (now.region_lock, new.region_lock, rows.region_lock, True),
            (now.rep_lock, new.rep_lock, rows.rep_lock, True),
        ):
            other = np.flatnonzero(held != wanted)
            high = wanted[other] / scale
            low = high if equal else np.full(len(other), -np.inf)
            solver.set_row_bounds(places[other], low, high)
        other = np.flatnonzero(now.street_low != new.street_low)
        least, free = new.street_low[other] / scale, np.full(len(other), np.inf)
        solver.set_bounds(self._program.street[other], least, free)
        for band in np.flatnonzero(
            (now.bands.low != new.bands.low) | (now.bands.high != new.bands.high)
        ):
            self._take_band(int(band), float(new.bands.low[band]), float(new.bands.high[band]))
        self._amounts = new

    def _take_band(self, band: int, low: float, high: float) -> None:
        """Low · Σ D(whole) ≤ Σ D(part) ≤ high · Σ D(whole)."""
        rules, rows, solver = self._program.rules, self._program.rows, self._program.solver
        limited = np.isfinite(high) and low != high
        within = _cells(rules.band_whole, band)
        inside = np.isin(within, _cells(rules.band_part, band)).astype(float)
        columns = self._program.ask[within]
        bounds: tuple[tuple[Ints, Floats, float, float], ...] = (
            (rows.band_min, inside - low, 0.0, 0.0 if low == high else np.inf),
            (
                rows.band_max,
                high - inside if limited else np.zeros(len(within)),
                0.0 if limited else -np.inf,
                np.inf,
            ),
        )
        for places, values, least, most in bounds:
            row = places[[band]]
            solver.set_coefficients(np.repeat(row, len(columns)), columns, values)
            solver.set_row_bounds(row, np.array([least]), np.array([most]))


def _cells(entries: Entries, row: int) -> Ints:
    return np.asarray(entries.cell[entries.row == row])


Array = NDArray[np.generic]


def _shape(instance: Instance) -> list[Array]:
    """Return all that decides which rows and columns a problem has."""
    bands, reps, groups = instance.bands, instance.reps, instance.groups
    totals = (instance.goal, instance.over_region, instance.over_rep)
    found: list[Array] = [
        np.array(totals),
        instance.reference > 0,
        *_places(bands.part),
        *_places(bands.whole),
        *_places(instance.potentials.slices),
        *_places(instance.region_locks.slices),
        instance.rep_locks.rep,
        instance.rep_locks.period,
        instance.rep_locks.product,
    ]
    if reps is not None and groups is not None:
        found += [groups.leaf, groups.sells, groups.locked]
    return found


def _places(slices: Slices) -> tuple[Array, Array, Array]:
    return slices.period, slices.region, slices.product


def _pool_shape(pools: Pools | None) -> list[Array]:
    return [] if pools is None else [pools.group, pools.leaf, pools.period, pools.plain]


def _all_equal(mine: list[Array], theirs: list[Array]) -> bool:
    pairs = zip(mine, theirs, strict=False)
    return len(mine) == len(theirs) and all(np.array_equal(one, two) for one, two in pairs)


def _same_people(mine: Instance, theirs: Instance) -> bool:
    """Return whether people are the same in all that pools are made of."""
    one, two = mine.reps, theirs.reps
    if one is None or two is None:
        return one is two
    return all(
        a is b or np.array_equal(a, b)
        for a, b in (
            (one.reference, two.reference), (one.low, two.low), (one.high, two.high),
            (one.group, two.group),
        )
    )  # fmt: skip
