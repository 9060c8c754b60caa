"""Scenarios of any size for the benchmarks: made from a seed, always the same bytes.

The shape follows what planners have: regions of about fifty reps in a tree, reps of three
abilities and three resources, a season, a product mix. Limits are laid around what each rep
and region would get if nothing bound, so that a good part of them does bind.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PERIODS = {"2024Q1": 0.22, "2024Q2": 0.25, "2024Q3": 0.24, "2024Q4": 0.29}
PRODUCTS = {"Core": 0.30, "Plus": 0.25, "Service": 0.20, "Cloud": 0.15, "Parts": 0.10}
REPS_PER_REGION = 50
REGIONS_PER_AREA = 5
GOAL_PER_REP = 400
ABILITIES, RESOURCES = (0.8, 1.0, 1.2), (0.9, 1.0, 1.15)
TOLERANCE = 0.03

Row = Sequence[object]


@dataclass(frozen=True)
class Person:
    """One rep while the tables are made; `target` is a year's target if nothing bound.

    Attributes
    ----------
    room : float
        Capacity as a multiple of the target.
    least : float
        Min as a multiple of the target.
    short : str
        Period in which the capacity is lower by 15 %; empty for none.
    """

    rep: str
    region: str
    ability: float
    resource: float
    target: float
    room: float
    least: float
    short: str


def write_scenario(folder: Path, reps: int, seed: int = 7) -> None:
    """Write a scenario of `reps` reps × 4 periods × 5 products.

    Parameters
    ----------
    folder : Path
        Made if missing.
    reps : int
        At least 2.
    seed : int
        Other seeds draw other people and markets.
    """
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    people = _people(rng, reps)
    (folder / "scenario.toml").write_text(_settings(reps, seed), encoding="utf-8")
    _write(folder / "people.csv", _PEOPLE, map(_person_row, people))
    _write(folder / "capacity.csv", ("rep", "period", "capacity", "min"), _limits(people))
    _write(folder / "regions.csv", ("region", "parent", "share"), _regions(people))
    _write(folder / "periods.csv", ("period", "share"), PERIODS.items())
    _write(folder / "products.csv", ("product", "share"), PRODUCTS.items())
    header = ("period", "region", "product", "potential")
    _write(folder / "potential.csv", header, _potentials(rng, people))


_PEOPLE = ("rep", "region", "role", "ability", "resource")


def _settings(reps: int, seed: int) -> str:
    periods = ", ".join(f'"{label}"' for label in PERIODS)
    return (
        f'name = "benchmark-{reps}"\nunit = "10k CNY"\nperiods = [{periods}]\nrounding = 1\n'
        f"seed = {seed}\ngoal = {GOAL_PER_REP * reps}\n\n[tolerance]\n"
        f"period = {TOLERANCE}\nproduct = {TOLERANCE}\nregion = {TOLERANCE}\n"
    )


def _region_names(reps: int) -> list[str]:
    return [f"R{number:04}" for number in range(max(reps // REPS_PER_REGION, 2))]


def _area(region: str) -> str:
    return f"Area {int(region[1:]) // REGIONS_PER_AREA:03}"


def _people(rng: random.Random, reps: int) -> list[Person]:
    """Draw the people; a third has each ability, a third each resource, at random."""
    regions = _region_names(reps)
    kinds = [(rng.choice(ABILITIES), rng.choice(RESOURCES)) for _ in range(reps)]
    per_weight = GOAL_PER_REP * reps / sum(ability * resource for ability, resource in kinds)
    people = []
    for number, (ability, resource) in enumerate(kinds):
        room = rng.choices((0.80, 0.90, 1.20), (12, 18, 70))[0]
        least = min(rng.choices((0.60, 0.97, 1.00), (70, 15, 15))[0], 0.95 * room)
        short = rng.choice(tuple(PERIODS)) if rng.random() < 0.10 else ""
        region = regions[number % len(regions)]
        target = per_weight * ability * resource
        rep = f"P{number:07}"
        people.append(Person(rep, region, ability, resource, target, room, least, short))
    return people


def _person_row(person: Person) -> Row:
    role = "newcomer" if person.ability < 1 else "senior"
    return person.rep, person.region, role, person.ability, person.resource


def _limits(people: Iterable[Person]) -> Iterator[Row]:
    """Yield capacity and min of each rep and period."""
    for person in people:
        for period, season in PERIODS.items():
            target = person.target * season
            capacity = target * person.room * (0.85 if period == person.short else 1.0)
            yield person.rep, period, round(capacity, 2), int(min(target * person.least, capacity))


def _yearly(people: Iterable[Person]) -> dict[str, float]:
    """Return what each region would be given in the year if nothing bound."""
    yearly: dict[str, float] = {}
    for person in people:
        yearly[person.region] = yearly.get(person.region, 0.0) + person.target
    return yearly


def _regions(people: Iterable[Person]) -> Iterator[Row]:
    """Yield areas and their regions, each with its share of what is above it."""
    yearly = _yearly(people)
    areas: dict[str, float] = {}
    for region, amount in yearly.items():
        areas[_area(region)] = areas.get(_area(region), 0.0) + amount
    whole = sum(areas.values())
    for area, amount in sorted(areas.items()):
        yield area, "", round(amount / whole, 9)
    for region, amount in sorted(yearly.items()):
        yield region, _area(region), round(amount / areas[_area(region)], 9)


def _potentials(rng: random.Random, people: Iterable[Person]) -> Iterator[Row]:
    """Yield the market of every region, period and product; three regions in ten are saturated."""
    for region, amount in sorted(_yearly(people).items()):
        saturated = 0.72 if rng.random() < 0.30 else 1.0
        for period, season in PERIODS.items():
            for product, mix in PRODUCTS.items():
                room = rng.uniform(1.0, 1.6) * saturated
                yield period, region, product, round(amount * season * mix * room, 2)


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
