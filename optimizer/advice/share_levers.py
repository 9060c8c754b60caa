"""Shares as levers: the goal moves between slices of the same whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.advice.lever import POINT, SEVERAL, WORTH, Lever, up
from optimizer.advice.parts import Part
from optimizer.change.edits import set_share
from optimizer.change.tables import ALL
from optimizer.domain.scenario import Scenario
from optimizer.model.backing_program import Give
from optimizer.model.bound import Prices
from optimizer.model.listing import slice_names
from optimizer.problem.instance import Instance


def moves(instance: Instance, prices: Prices) -> Iterator[Lever]:
    """Yield moves of the goal from one slice to another that may close a part of the gap."""
    bands = instance.bands
    fixed = bands.low == bands.high
    signed = prices.band_min - prices.band_max
    down = np.where(fixed, signed, prices.band_min)
    up_price = np.where(fixed, -signed, prices.band_max)
    found = [
        (-float(down[source] + up_price[sink]), source, sink)
        for family in _families(instance)
        for source in family
        for sink in family
        if source != sink and down[source] + up_price[sink] > WORTH and bands.low[source] > 0
    ]
    for _, source, sink in sorted(found)[:SEVERAL]:
        yield _lever(instance, (source, sink))


def sides(instance: Instance) -> Iterator[Lever]:
    """Yield each band with one side let out."""
    bands = instance.bands
    for family in _families(instance):
        for row in family:
            if bands.low[row] > 0:
                yield _lever(instance, (row, None))
            if np.isfinite(bands.high[row]) and bands.high[row] < 1.0:
                yield _lever(instance, (None, row))


def _families(instance: Instance) -> Iterator[list[int]]:
    """Yield rows of bands that share the same whole: periods, products, regions of a parent."""
    whole = instance.bands.whole
    found: dict[tuple[str, int, int, int], list[int]] = {}
    for row, kind in enumerate(instance.bands.kind):
        if kind != "share":
            key = (kind, int(whole.period[row]), int(whole.region[row]), int(whole.product[row]))
            found.setdefault(key, []).append(row)
    yield from found.values()


@dataclass(frozen=True)
class _Move:
    """One slice whose share may fall, another whose share may rise, or one of the two.

    `whole` is what a share of 1 comes to; an empty name is no slice.
    """

    kind: str
    source: str
    sink: str
    least: float
    largest: float
    whole: float

    def falls(self, amount: float) -> float:
        return max(0.0, round(self.least - up(amount / self.whole, POINT), 6))

    def rises(self, amount: float) -> float:
        return min(round(self.largest + up(amount / self.whole, POINT), 6), 1.0)

    def part(self, amount: float) -> Part:
        return Part(
            lever="share",
            where=" > ".join(filter(None, (self.source, self.sink))),
            change=round(up(amount / self.whole, POINT) * self.whole, 10),
            words=self.words(amount),
            edit=lambda scenario: self.edit(scenario, amount),
        )

    def edit(self, scenario: Scenario, amount: float) -> Scenario:
        if self.source:
            scenario = _set_side(scenario, self.kind, self.source, "min", self.falls(amount))
        if self.sink and self.largest < 1.0:
            scenario = _set_side(scenario, self.kind, self.sink, "max", self.rises(amount))
        return scenario

    def words(self, amount: float) -> str:
        said = []
        if self.source:
            said.append(f"{self.source}'s share fall to {self.falls(amount):.2%}")
        if self.sink and self.largest < 1.0:
            said.append(f"{self.sink}'s share rise to {self.rises(amount):.2%}")
        return f"let {' and '.join(said)}"


def _lever(instance: Instance, rows: tuple[int | None, int | None]) -> Lever:
    source, sink = rows
    bands = instance.bands
    row = next(one for one in rows if one is not None)
    names = ["" if one is None else _name(instance, one) for one in rows]
    whole = _share_of_goal(instance, row) * instance.ask_total
    move = _Move(
        kind=bands.kind[row],
        source=names[0],
        sink=names[1],
        least=0.0 if source is None else float(bands.low[source]),
        largest=1.0 if sink is None else min(float(bands.high[sink]), 1.0),
        whole=whole,
    )
    return Lever(
        kind="share",
        gives=_gives(instance, source, sink),
        most=(move.least if source is not None else 1.0) * whole,
        room=1.0 if source is not None and sink is not None else 0.5,
        step=POINT * whole,
        part=move.part,
        band=row,
    )


def _set_side(scenario: Scenario, kind: str, name: str, side: str, share: float) -> Scenario:
    period, region, product = (
        name if kind == own else ALL for own in ("period_share", "region_share", "product_share")
    )
    if side == "min":
        return set_share(
            scenario, kind, min_share=share, period=period, region=region, product=product
        )
    return set_share(scenario, kind, max_share=share, period=period, region=region, product=product)


def _gives(instance: Instance, source: int | None, sink: int | None) -> tuple[Give, ...]:
    """Return the room made; a fixed share is one row of the program, for both its sides."""
    bands = instance.bands
    gives = []
    if source is not None:
        gives.append(Give("band_min", np.array([source]), np.ones(1)))
    if sink is not None and bands.low[sink] == bands.high[sink]:
        gives.append(Give("band_min", np.array([sink]), -np.ones(1)))
    elif sink is not None and np.isfinite(bands.high[sink]):
        gives.append(Give("band_max", np.array([sink]), np.ones(1)))
    return tuple(gives)


def _share_of_goal(instance: Instance, row: int) -> float:
    """Return the share of the goal that a band's whole has in the reference."""
    members = instance.members(instance.bands.whole, row)
    return float(instance.reference.ravel()[members].sum() / instance.reference.sum())


def _name(instance: Instance, row: int) -> str:
    period, region, product = slice_names(instance, instance.bands.part, row)
    kind = instance.bands.kind[row]
    return {"period_share": period, "region_share": region, "product_share": product}[kind]
