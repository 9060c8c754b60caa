"""Tiny planning problems as arrays, made by hand: no files, no reading, no shares to resolve.

The reference ask is the product of the margins; reference targets follow the reps' weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from optimizer.problem.instance import (
    ALL,
    Bands,
    Groups,
    Instance,
    Potentials,
    RegionLocks,
    RegionTree,
    RepLocks,
    Reps,
    Slices,
    YearLimits,
)

COMPANY_REGIONS = {"East": 400.0, "South": 360.0, "North": 240.0, "West": 120.0, "Overseas": 80.0}
COMPANY_PRODUCTS = {"MES": 0.6, "Service": 0.1, "Twin": 0.3}
COMPANY_PEOPLE = {
    "East": ("S1", "S2", "N1"),
    "South": ("S3", "S4"),
    "North": ("S5",),
    "West": ("N2",),
    "Overseas": ("N3",),
}
MISPLACED_PEOPLE = {
    "East": ("S1", "S2", "N1"),
    "South": ("S3", "N2"),
    "North": ("S4",),
    "West": ("N3",),
    "Overseas": ("S5",),
}


@dataclass(frozen=True)
class Person:
    """One rep; numbers hold for every period."""

    name: str
    region: str
    high: float = inf
    low: float = 0.0
    weight: float = 1.0
    sells: tuple[str, ...] = ()
    total_low: float = 0.0
    total_high: float = inf


@dataclass(frozen=True)
class Where:
    """A slice by labels; ``*`` is all."""

    period: str = "*"
    region: str = "*"
    product: str = "*"


@dataclass(frozen=True)
class World:
    """The margins and rules an instance is made of."""

    regions: Mapping[str, float]
    goal: float
    products: Mapping[str, float]
    periods: Mapping[str, float]
    parents: Mapping[str, str]
    people: Sequence[Person] | None = None
    bands: Sequence[tuple[str, Where, Where, float, float]] = ()
    potentials: Sequence[tuple[Where, float]] = ()
    region_locks: Sequence[tuple[Where, float]] = ()
    rep_locks: Sequence[tuple[str, str, str, float]] = ()
    over_region: float = 0.0
    over_rep: float = 0.0
    effort: Mapping[str, float] | None = None


def make_instance(
    regions: Mapping[str, float],
    goal: float,
    *,
    products: Mapping[str, float] | None = None,
    periods: Mapping[str, float] | None = None,
    parents: Mapping[str, str] | None = None,
    **rules: Any,
) -> Instance:
    """Return an instance; `parents` names a parent for nodes that do not hang on the company."""
    world = World(
        regions, goal, products or {"all": 1.0}, periods or {"Q1": 1.0}, parents or {}, **rules
    )
    tree = _tree(world)
    reference = goal * (1 + world.over_region) * _margin_product(world, tree)
    reps, groups = _reps(world, tree, reference)
    bands = world.bands
    place = _Places(world, tree)
    return Instance(
        periods=tuple(world.periods),
        products=tuple(sorted(world.products)),
        tree=tree,
        goal=goal,
        floor_goal=0.8 * goal,
        stretch_goal=1.2 * goal,
        unit=1.0,
        over_region=world.over_region,
        over_rep=world.over_rep,
        reference=reference,
        bands=Bands(
            tuple(band[0] for band in bands),
            place.slices([band[1] for band in bands]),
            place.slices([band[2] for band in bands]),
            np.full(len(bands), np.nan),
            np.array([band[3] for band in bands], dtype=float),
            np.array([band[4] for band in bands], dtype=float),
        ),
        potentials=Potentials(
            place.slices([where for where, _ in world.potentials]),
            np.array([amount for _, amount in world.potentials], dtype=float),
            np.array([amount for _, amount in world.potentials], dtype=float),
        ),
        region_locks=RegionLocks(
            place.slices([where for where, _ in world.region_locks]),
            np.array([amount for _, amount in world.region_locks], dtype=float),
        ),
        rep_locks=place.rep_locks(),
        reps=reps,
        groups=groups,
        effort=None
        if world.effort is None
        else np.array([world.effort[name] for name in sorted(world.products)], dtype=float),
    )


def region_bands(
    regions: Mapping[str, float], tolerance: float
) -> list[tuple[str, Where, Where, float, float]]:
    """Return bands of a tolerance around the regions' shares of the company."""
    total = sum(regions.values())
    return [
        ("region_share", Where(region=name), Where(), low, high)
        for name, amount in regions.items()
        for low, high in [
            (max(amount / total - tolerance, 0.0), min(amount / total + tolerance, 1.0))
        ]
    ]


def product_bands(products: Mapping[str, float]) -> list[tuple[str, Where, Where, float, float]]:
    """Return bands that fix the products' shares of the company."""
    return [
        ("product_share", Where(product=name), Where(), share, share)
        for name, share in products.items()
    ]


def company_a(
    goal: float = 1400,
    *,
    senior: float = 150,
    tolerance: float = 0.0,
    people: Mapping[str, Sequence[str]] | None = None,
    more: Sequence[Person] = (),
    limits: bool = True,
) -> Instance:
    """Return Company A (AL-01 to AL-05); without `limits`, one seat per region carries all."""
    if limits:
        crew = [
            Person(name, region, senior) if name[0] == "S" else Person(name, region, 80, 60)
            for region, names in (people or COMPANY_PEOPLE).items()
            for name in names
        ]
    else:
        crew = [Person(f"seat {name}", name) for name in COMPANY_REGIONS]
    bands = region_bands(COMPANY_REGIONS, tolerance) + product_bands(COMPANY_PRODUCTS)
    return make_instance(
        COMPANY_REGIONS,
        goal,
        products=COMPANY_PRODUCTS,
        people=[*crew, *more],
        bands=bands,
    )


def two_by_two(**rules: Any) -> Instance:
    """Return two regions and two products, a goal of 100, and one rep in each region."""
    people = [Person("Ann", "A"), Person("Bob", "B")]
    rules = {"people": people, **rules}
    return make_instance({"A": 60, "B": 40}, 100, products={"p": 0.5, "r": 0.5}, **rules)


def _tree(world: World) -> RegionTree:
    names = ["*", *sorted(set(world.parents.values())), *sorted(world.regions)]
    parent = [-1] + [names.index(world.parents.get(name, "*")) for name in names[1:]]
    leaves = [names.index(name) for name in sorted(world.regions)]
    return RegionTree(tuple(names), np.array(parent), np.array(leaves))


def _margin_product(world: World, tree: RegionTree) -> np.ndarray:
    def shares(margin: Mapping[str, float], names: Sequence[str]) -> np.ndarray:
        return np.array([margin[name] for name in names]) / sum(margin.values())

    regions = shares(world.regions, sorted(world.regions))
    periods = shares(world.periods, list(world.periods))
    return (
        regions[:, None, None] * periods[:, None] * shares(world.products, sorted(world.products))
    )


def _reps(
    world: World, tree: RegionTree, reference: np.ndarray
) -> tuple[Reps, Groups] | tuple[None, None]:
    if world.people is None:
        return None, None
    products, leaves = sorted(world.products), sorted(world.regions)
    people = sorted(world.people, key=lambda person: (person.region, person.name))
    leaf = np.array([leaves.index(person.region) for person in people])
    sells = [tuple(not p.sells or name in p.sells for name in products) for p in people]
    locked = {lock[0] for lock in world.rep_locks}
    keys = [
        (where, sold, person.name if person.name in locked else "")
        for where, sold, person in zip(leaf.tolist(), sells, people, strict=True)
    ]
    kinds = sorted(set(keys))
    weight = np.repeat([[person.weight] for person in people], len(world.periods), axis=1)
    total = np.zeros(reference.shape[:2])
    np.add.at(total, leaf, weight)
    wish = (1 + world.over_rep) * reference.sum(axis=2)[leaf] * weight / total[leaf]

    def per_period(amounts: list[float]) -> np.ndarray:
        return np.repeat(np.array(amounts, dtype=float)[:, None], len(world.periods), axis=1)

    reps = Reps(
        names=tuple(person.name for person in people),
        leaf=leaf,
        team=("",) * len(people),
        weight=weight,
        reference=wish,
        low=per_period([person.low for person in people]),
        high=per_period([person.high for person in people]),
        group=np.array([kinds.index(key) for key in keys]),
        floor_ratio=np.full(len(people), np.nan),
        stretch_ratio=np.full(len(people), np.nan),
        **_year_limits(people),
    )
    groups = Groups(
        np.array([kind[0] for kind in kinds]),
        np.array([kind[1] for kind in kinds]),
        np.array([kind[2] != "" for kind in kinds]),
    )
    return reps, groups


def _year_limits(people: Sequence[Person]) -> dict[str, Any]:
    low = np.array([person.total_low for person in people])
    high = np.array([person.total_high for person in people])
    if not low.any() and not np.isfinite(high).any():
        return {}
    unknown = np.full(len(people), np.nan)
    given = YearLimits(low, high, unknown, unknown)
    return {"total_low": low, "total_high": high, "total_given": given}


class _Places:
    """Labels to indices."""

    def __init__(self, world: World, tree: RegionTree) -> None:
        self.world, self.tree = world, tree
        self.periods, self.products = list(world.periods), sorted(world.products)

    def slices(self, places: Sequence[Where]) -> Slices:
        return Slices(
            self._indices(self.periods, [place.period for place in places]),
            np.array([self.tree.names.index(place.region) for place in places], dtype=int),
            self._indices(self.products, [place.product for place in places]),
        )

    def rep_locks(self) -> RepLocks:
        people = sorted(self.world.people or (), key=lambda person: (person.region, person.name))
        names = [person.name for person in people]
        locks = self.world.rep_locks
        return RepLocks(
            np.array([names.index(lock[0]) for lock in locks], dtype=int),
            self._indices(self.periods, [lock[1] for lock in locks]),
            self._indices(self.products, [lock[2] for lock in locks]),
            np.array([lock[3] for lock in locks], dtype=float),
        )

    @staticmethod
    def _indices(names: Sequence[str], labels: Sequence[str]) -> np.ndarray:
        return np.array(
            [ALL if label == "*" else names.index(label) for label in labels], dtype=int
        )
