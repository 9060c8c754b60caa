"""Locks as levers: what is locked may be locked at another amount."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.advice.lever import Lever
from optimizer.advice.parts import Part
from optimizer.change.edits import set_lock
from optimizer.change.rows import locked
from optimizer.domain.scenario import Scenario
from optimizer.model.backing_program import Give
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.problem.instance import Instance
from optimizer.problem.whole import ceil_units


def lock_moves(instance: Instance) -> Iterator[Lever]:
    """Yield each lock with its amount raised, and with its amount lowered."""
    region, rep = instance.region_locks, instance.rep_locks
    for row, amount in enumerate(region.amount.tolist()):
        names = (*slice_names(instance, region.slices, row), "*")
        yield from _both(instance, "region_lock", row, _Lock(*names, amount, instance.unit))
    for row, amount in enumerate(rep.amount.tolist()):
        lock = _Lock(*rep_lock_names(instance, row), amount, instance.unit)
        yield from _both(instance, "rep_lock", row, lock)


class _Lock:
    """A lock whose amount can move by whole units."""

    def __init__(
        self, period: str, region: str, product: str, rep: str, amount: float, unit: float
    ) -> None:
        self.places = {"period": period, "region": region, "rep": rep, "product": product}
        self.amount, self.unit = amount, unit
        names = (period, region, product, rep)
        self.where = " ".join(name for name in names if name != "*")

    def raised(self, more: float) -> Part:
        return self._moved(self._whole(more))

    def lowered(self, less: float) -> Part:
        return self._moved(-self._whole(less))

    def _whole(self, amount: float) -> float:
        return float(ceil_units(np.array(amount), self.unit))

    def _moved(self, by: float) -> Part:
        new = max(round(self.amount + by, 10), 0.0)

        def edit(scenario: Scenario) -> Scenario:
            locks = scenario.table("locks")
            assert locks is not None
            held = locks[locked(locks, self.places)].iloc[0]
            expires = None if pd.isna(held["expires"]) else held["expires"].date()
            return set_lock(
                scenario, new, **self.places,
                owner=held["owner"], reason=held["reason"], expires=expires,
            )  # fmt: skip

        return Part(
            lever="lock",
            where=self.where or "*",
            change=round(by, 10),
            words=f"lock {self.where or 'everything'} at {new:,.10g} instead of "
            f"{self.amount:,.10g}",
            edit=edit,
        )


def _both(instance: Instance, family: str, row: int, lock: _Lock) -> Iterator[Lever]:
    for sign, most, part in (
        (1.0, instance.ask_total, lock.raised),
        (-1.0, lock.amount, lock.lowered),
    ):
        if most > 0:
            give = Give(family, np.array([row]), np.array([sign]))
            yield Lever("lock", (give,), most, room=1.0, step=lock.unit, part=part)
