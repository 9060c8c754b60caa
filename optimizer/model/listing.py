"""Prices with their labels, as ``prices.csv`` lists them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.model.allocation import Price
from optimizer.model.bound import Prices, no_prices
from optimizer.problem.instance import ALL, Floats, Instance, Slices

_NEGLIGIBLE = 1e-12


class PriceList(Sequence[Price]):
    """All prices of all steps that are not 0, in a fixed order; listed when first read.

    Parameters
    ----------
    instance : Instance
    steps : dict of str to Prices
    """

    def __init__(self, instance: Instance, steps: dict[str, Prices]) -> None:
        self._instance = instance
        self.steps = steps

    @cached_property
    def _listed(self) -> tuple[Price, ...]:
        return tuple(
            price
            for step, prices in self.steps.items()
            for price in _step_prices(self._instance, step, prices)
            if abs(price.value) > _NEGLIGIBLE
        )

    def __len__(self) -> int:
        return len(self._listed)

    def __getitem__(self, index: Any) -> Any:
        """Return a price, or a tuple of them."""
        return self._listed[index]

    def __iter__(self) -> Iterator[Price]:
        return iter(self._listed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._listed == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def list_prices(instance: Instance, steps: dict[str, Prices]) -> PriceList:
    """Return all prices of all steps that are not 0, in a fixed order."""
    return PriceList(instance, steps)


def _step_prices(instance: Instance, step: str, prices: Prices) -> Iterator[Price]:
    yield Price(step, "goal", "equal", "*", "*", "*", "*", prices.goal)
    yield Price(step, "placed", "min", "*", "*", "*", "*", prices.placed)
    yield Price(step, "street", "min", "*", "*", "*", "*", prices.street)
    bands = instance.bands
    for side, values in (("min", prices.band_min), ("max", prices.band_max)):
        for row in np.flatnonzero(np.abs(values) > _NEGLIGIBLE):
            place = slice_names(instance, bands.part, int(row))
            yield Price(step, bands.kind[row], side, *place, "*", float(values[row]))
    for row in np.flatnonzero(np.abs(prices.potential) > _NEGLIGIBLE):
        place = slice_names(instance, instance.potentials.slices, int(row))
        yield Price(step, "potential", "max", *place, "*", float(prices.potential[row]))
    for side, cover in (("min", prices.cover_min), ("max", prices.cover_max)):
        yield from _cover_prices(instance, step, side, cover)
    for row in np.flatnonzero(np.abs(prices.region_lock) > _NEGLIGIBLE):
        place = slice_names(instance, instance.region_locks.slices, int(row))
        yield Price(step, "lock", "equal", *place, "*", float(prices.region_lock[row]))
    for row in np.flatnonzero(np.abs(prices.rep_lock) > _NEGLIGIBLE):
        yield Price(
            step, "lock", "equal", *rep_lock_names(instance, int(row)), float(prices.rep_lock[row])
        )
    yield from _year_prices(instance, step, prices)


def _year_prices(instance: Instance, step: str, prices: Prices) -> Iterator[Price]:
    if instance.reps is None:
        return
    leaf, names = instance.reps.leaf, instance.reps.names
    for side, values in (("min", prices.year_min), ("max", prices.year_max)):
        for rep in np.flatnonzero(np.abs(values) > _NEGLIGIBLE).tolist():
            place = ("*", instance.leaves[leaf[rep]], "*", names[rep])
            yield Price(step, "year", side, *place, float(values[rep]))


def _cover_prices(instance: Instance, step: str, side: str, cover: Floats) -> Iterator[Price]:
    leaves = instance.leaves
    same = np.ptp(cover, axis=2) <= _NEGLIGIBLE
    for leaf, period in zip(*np.nonzero(np.abs(cover).max(axis=2) > _NEGLIGIBLE), strict=True):
        place = (instance.periods[period], leaves[leaf])
        if same[leaf, period]:
            yield Price(step, "coverage", side, *place, "*", "*", float(cover[leaf, period, 0]))
            continue
        for product in np.flatnonzero(np.abs(cover[leaf, period]) > _NEGLIGIBLE):
            value = float(cover[leaf, period, product])
            yield Price(step, "coverage", side, *place, instance.products[product], "*", value)


def slice_names(instance: Instance, slices: Slices, row: int) -> tuple[str, str, str]:
    """Return period, region and product of a slice; ``*`` means all."""
    period, product = int(slices.period[row]), int(slices.product[row])
    return (
        "*" if period == ALL else instance.periods[period],
        instance.tree.names[int(slices.region[row])],
        "*" if product == ALL else instance.products[product],
    )


def rep_lock_names(instance: Instance, row: int) -> tuple[str, str, str, str]:
    """Return period, region, product and rep of a lock on a rep."""
    locks, reps = instance.rep_locks, instance.reps
    assert reps is not None
    rep, period, product = int(locks.rep[row]), int(locks.period[row]), int(locks.product[row])
    return (
        "*" if period == ALL else instance.periods[period],
        instance.leaves[reps.leaf[rep]],
        "*" if product == ALL else instance.products[product],
        reps.names[rep],
    )


def gather_prices(instance: Instance, prices: Sequence[Price]) -> dict[str, Prices]:
    """Return listed prices as arrays again, by step."""
    if isinstance(prices, PriceList):
        return {step: _cleared(found) for step, found in prices.steps.items()}
    return {
        step: _gather(instance, [price for price in prices if price.step == step])
        for step in dict.fromkeys(price.step for price in prices)
    }


def _cleared(prices: Prices) -> Prices:
    """Return prices without those too small to be listed."""
    kept: dict[str, Any] = {}
    for item in fields(prices):
        value = getattr(prices, item.name)
        if isinstance(value, np.ndarray):
            kept[item.name] = np.where(np.abs(value) > _NEGLIGIBLE, value, 0.0)
        else:
            kept[item.name] = value if abs(value) > _NEGLIGIBLE else 0.0
    return Prices(**kept)


def _gather(instance: Instance, prices: list[Price]) -> Prices:
    found = no_prices(instance)
    totals = dict.fromkeys(("goal", "placed", "street"), 0.0)
    bands, potentials, locks = instance.bands, instance.potentials, instance.region_locks
    band = {
        (kind, *slice_names(instance, bands.part, row)): row for row, kind in enumerate(bands.kind)
    }
    potential = {
        slice_names(instance, potentials.slices, row): row for row in range(len(potentials.given))
    }
    region_lock = {
        slice_names(instance, locks.slices, row): row for row in range(len(locks.amount))
    }
    rep_lock = {rep_lock_names(instance, row): row for row in range(len(instance.rep_locks.amount))}
    leaf = {name: index for index, name in enumerate(instance.leaves)}
    for price in _gather_years(instance, found, prices):
        place = (price.period, price.region, price.product)
        if price.kind in totals:
            totals[price.kind] = price.value
        elif price.kind == "potential":
            found.potential[potential[place]] = price.value
        elif price.kind == "coverage":
            cover = found.cover_min if price.side == "min" else found.cover_max
            product = (
                slice(None) if price.product == "*" else instance.products.index(price.product)
            )
            cover[leaf[price.region], instance.periods.index(price.period), product] += price.value
        elif price.kind == "lock" and price.rep != "*":
            found.rep_lock[rep_lock[*place, price.rep]] = price.value
        elif price.kind == "lock":
            found.region_lock[region_lock[place]] = price.value
        else:
            side = found.band_min if price.side == "min" else found.band_max
            side[band[price.kind, *place]] = price.value
    return replace(found, goal=totals["goal"], placed=totals["placed"], street=totals["street"])


def _gather_years(instance: Instance, found: Prices, prices: list[Price]) -> list[Price]:
    """Put the prices of year limits in place, and return the others."""
    years = [price for price in prices if price.kind == "year"]
    if not years or instance.reps is None:
        return prices
    person = {name: index for index, name in enumerate(instance.reps.names)}
    for price in years:
        side = found.year_min if price.side == "min" else found.year_max
        side[person[price.rep]] = price.value
    return [price for price in prices if price.kind != "year"]
