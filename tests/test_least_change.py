"""A recalibration is the least change: held against a joint program that shares nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from least_change import Cell, Least, Rep, Turn, least_change
from worlds import shares, write_world

import optimizer
from optimizer.errors import ContradictionError, InputError
from optimizer.recalibrate.changed import Options
from optimizer.recalibrate.recalibration import Recalibration, find_recalibration

WORLDS = max(int(os.environ.get("QUOTAPLAN_EXAMPLES", "60")) // 12, 1)
TURNS = 4
FINEST = 1e-6
CERTIFIED = 1e-4
PERIOD = "2024Q1"
WEEKS = 3

Row = dict[str, Any]


@dataclass
class World:
    """A scenario in plain rows.

    Attributes
    ----------
    settings : dict
    people : list of dict
        rep, region, ability, and perhaps capacity, min, products (a ``;`` list).
    tables : dict
        The other tables.
    home : dict
        Region of everybody, those who left among them.
    """

    settings: Row
    people: list[Row]
    tables: dict[str, list[Row]] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)

    @property
    def products(self) -> list[str]:
        return [row["product"] for row in self.tables["products"]]


@dataclass
class Change:
    """What happens in mid-period; blank where nothing does."""

    cap: float
    sold: dict[tuple[str, str], float]
    by_product: bool
    people: list[Row]
    goal: float | None = None
    potential: list[Row] | None = None
    move: tuple[str, float] | None = None


def a_world(dice: random.Random) -> World:
    regions = {
        name: dice.choice((1, 2, 3))
        for name in ("East", "South", "North")[: dice.choice((1, 2, 3))]
    }
    products = {name: dice.choice((1, 2, 5)) for name in ("X", "Y", "Z")[: dice.choice((1, 2, 3))]}
    goal = 1000.0
    people: list[Row] = []
    has_capacity = dice.random() < 0.6
    for region, share in regions.items():
        number = dice.choice((1, 2, 2, 3))
        for n in range(number):
            row: Row = {
                "rep": f"{region}{n}",
                "region": region,
                "ability": dice.choice((0.8, 1, 1.3)),
            }
            fair = goal * share / sum(regions.values()) / number
            if has_capacity and dice.random() < 0.7:
                row["capacity"] = round(fair * dice.choice((0.9, 1.1, 1.3, 1.8)), 3)
            if dice.random() < 0.2:
                row["min"] = round(0.4 * fair, 3)
            if n and dice.random() < 0.3:
                row["products"] = ";".join(sorted(dice.sample(sorted(products), 1)))
            people.append(row)
    tables: dict[str, list[Row]] = {
        "regions": shares("region", regions),
        "products": shares("product", products),
    }
    if dice.random() < 0.5:
        place = {"region": dice.choice(sorted(regions))}
        if dice.random() < 0.5:
            place["product"] = dice.choice(sorted(products))
        part = regions[place["region"]] / sum(regions.values())
        if "product" in place:
            part *= products[place["product"]] / sum(products.values())
        amount = round(goal * part * dice.choice((0.8, 1.0, 1.3)), 3)
        tables["potential"] = [{**place, "potential": amount}]
    if len(regions) > 1 and dice.random() < 0.3:
        region = dice.choice(sorted(regions))
        amount = round(goal * regions[region] / sum(regions.values()) * 0.95, 3)
        tables["locks"] = [{"region": region, "amount": amount}]
    settings = {
        "name": "least change", "periods": [PERIOD], "goal": goal,
        "rounding": dice.choice((0, 0.001)),
        "buffers": {"capacity": dice.choice((0, 0.1)), "potential": dice.choice((0, 0.1))},
        "tolerance": {"region": 0.5, "product": 0.5},
    }  # fmt: skip
    return World(settings, people, tables, {row["rep"]: row["region"] for row in people})


def a_change(dice: random.Random, world: World, now: Mapping[str, float], number: int) -> Change:
    people = [dict(row) for row in world.people]
    if dice.random() < 0.3 and len(people) > 1:
        people.remove(dice.choice(people))
    if dice.random() < 0.3:
        new = {
            "rep": f"Zoe {number}",
            "region": dice.choice(people)["region"],
            "ability": dice.choice((0.5, 1)),
        }
        people.append({**new, "capacity": 150.0} if dice.random() < 0.5 else new)
    if dice.random() < 0.2:
        dice.choice(people)["ability"] = 1.1
    if dice.random() < 0.3:
        for row in people:
            if row.get("capacity"):
                row["capacity"] = round(row["capacity"] * dice.choice((0.8, 1.2)), 3)
    part = {rep: dice.choice((0.0, 0.2, 0.6, 1.1)) for rep in now}
    by_product = dice.random() < 0.5
    names = world.products if by_product else [""]
    mix = [dice.random() + 0.1 for _ in names]
    sold = {
        (rep, name): round(part[rep] * amount * weight / sum(mix), 3)
        for rep, amount in now.items()
        for name, weight in zip(names, mix, strict=True)
    }
    change = Change(dice.choice((0.0, 0.1, 0.2, 0.5)), sold, by_product, people)
    if dice.random() < 0.6:
        change.goal = round(sum(now.values()) * dice.choice((0.6, 0.85, 0.97, 1.1, 1.4)), 3)
    if "potential" in world.tables and dice.random() < 0.5:
        factor = dice.choice((0.7, 1.4))
        change.potential = [
            {**row, "potential": round(row["potential"] * factor, 3)}
            for row in world.tables["potential"]
        ]
    if "locks" not in world.tables and len(world.products) > 1 and dice.random() < 0.3:
        change.move = (dice.choice(world.products), dice.choice((0.15, 0.4, 0.7)))
    return change


def leaf_targets(rollup: pd.DataFrame) -> dict[Cell, float]:
    """Return region targets by product."""
    labels = rollup[["period", "region", "team", "product"]].astype(str)
    rows = rollup[
        (labels["period"] == PERIOD) & (labels["team"] == "*")
        & (labels["region"] != "*") & (labels["product"] != "*")
    ]  # fmt: skip
    return {
        (str(region), str(product)): float(amount)
        for region, product, amount in rows[["region", "product", "target"]].to_numpy().tolist()
    }


def rep_targets(targets: pd.DataFrame) -> dict[str, float]:
    sums = targets.groupby("rep")["target"].sum()
    return {str(rep): float(amount) for rep, amount in sums.items()}


def told_again(
    world: World,
    change: Change,
    cells: tuple[Mapping[Cell, float], Mapping[Cell, float]],
    reps: tuple[Mapping[str, float], Mapping[str, float]],
) -> Turn:
    """Return the turn in plain numbers; `cells` and `reps` are the first plan's and the latest."""
    (first_cells, now_cells), (first, now) = cells, reps
    now_cells = {place: amount for place, amount in now_cells.items() if amount > FINEST / 2}
    home = {**world.home, **{row["rep"]: row["region"] for row in change.people}}
    sold = dict.fromkeys(home, 0.0)
    sold_cells = dict.fromkeys(now_cells, 0.0)
    for (rep, product), amount in change.sold.items():
        sold[rep] += amount
        if change.by_product and (home[rep], product) in sold_cells:
            sold_cells[home[rep], product] += amount
    low, high = {}, {}
    for place, amount in now_cells.items():
        low[place], high[place] = span(first_cells[place], amount, sold_cells[place], change.cap)
    wished = []
    if change.move is not None:
        product, share = change.move
        amount = share * sum(now_cells.values())
        wished.append((inside(now_cells, {"product": product}), amount))
    goal = change.goal if change.goal is not None else sum(now_cells.values())
    buffer = world.settings["buffers"]["potential"]
    potential = (
        change.potential if change.potential is not None else world.tables.get("potential", ())
    )
    return Turn(
        goal=goal,
        now=now_cells,
        low=low,
        high=high,
        reps=reps_again(world, change, home, sold, first, now),
        most=[(inside(now_cells, row), (1 - buffer) * row["potential"]) for row in potential],
        fixed=[(inside(now_cells, row), row["amount"]) for row in world.tables.get("locks", ())],
        wished=wished,
    )


def span(first: float, now: float, sold: float, cap: float) -> tuple[float, float]:
    """Return how far a target may move: the cap on the first plan, and what is sold."""
    kept = min(max(sold, 0.0), now)
    return max(min((1 - cap) * first, now), kept), max((1 + cap) * first, now)


def inside(cells: Mapping[Cell, float], row: Mapping[str, Any]) -> list[Cell]:
    return [
        place
        for place in cells
        if row.get("region", place[0]) == place[0] and row.get("product", place[1]) == place[1]
    ]


def reps_again(
    world: World,
    change: Change,
    home: Mapping[str, str],
    sold: Mapping[str, float],
    first: Mapping[str, float],
    now: Mapping[str, float],
) -> dict[str, Rep]:
    before = {row["rep"]: row for row in world.people}
    after = {row["rep"]: row for row in change.people}
    found: dict[str, Rep] = {}
    for region in sorted(set(home.values())):
        here = [rep for rep, place in home.items() if place == region]
        gone = [rep for rep in here if rep not in after and now.get(rep, 0.0) > 0]
        new = [rep for rep in here if rep not in before and rep in after and not now.get(rep)]
        stay = [rep for rep in here if rep in after and rep not in new and now.get(rep, 0.0) > 0]
        weight = {rep: float(after[rep]["ability"]) for rep in here if rep in after}
        left = sum(now[rep] for rep in (*stay, *gone)) - sum(sold[rep] for rep in gone)
        wanted = {
            rep: now[rep] * weight[rep] / float(before.get(rep, after[rep])["ability"])
            for rep in stay
        }
        per_weight = (
            sum(now[rep] for rep in stay) / sum(weight[rep] for rep in stay) if stay else 1.0
        )
        wanted |= {rep: per_weight * weight[rep] for rep in new}
        scale = left / sum(wanted.values()) if wanted and left > 0 else 1.0
        if not stay:
            scale = max(left, 0.0) / sum(wanted.values()) if wanted else 1.0
        for rep, amount in wanted.items():
            low, high = min(max(sold[rep], 0.0), now.get(rep, 0.0)), float("inf")
            if rep in first:
                low, high = span(first[rep], now[rep], sold[rep], change.cap)
            row = after[rep]
            capacity, least = row.get("capacity") or float("inf"), row.get("min") or 0.0
            low = max(low, min(least, capacity, high))
            high = max(min(high, capacity), low)
            products = str(row.get("products") or ";".join(world.products)).split(";")
            found[rep] = Rep(region, scale * amount, low, high, products)
        for rep in gone:
            kept = max(sold[rep], 0.0)
            found[rep] = Rep(region, max(now[rep], FINEST), kept, kept, world.products)
    return found


def unfairness(
    turn: Turn, goal: float, cells: Mapping[Cell, float], reps: Mapping[str, float]
) -> float:
    """Return the sum of reference × (target / reference − 1)²."""
    scale = goal / sum(turn.now.values())
    pairs = [(cells[place], scale * now) for place, now in turn.now.items()]
    pairs += [
        (reps.get(name, 0.0), scale * rep.reference)
        for name, rep in turn.reps.items()
        if rep.reference > 0
    ]
    return sum(reference * (value / reference - 1.0) ** 2 for value, reference in pairs)


def write_change(folder: Path, world: World, change: Change) -> tuple[Path, dict[str, Any]]:
    rows = [
        {"period": PERIOD, "week": week, "rep": rep, "product": product, "amount": amount / WEEKS}
        for (rep, product), amount in change.sold.items()
        for week in range(1, WEEKS + 1)
    ]
    table = pd.DataFrame(rows)
    actuals = folder / "weeks.csv"
    (table if change.by_product else table.drop(columns="product")).to_csv(actuals, index=False)
    options: dict[str, Any] = {"cap": change.cap, "goal": change.goal}
    if change.people != world.people:
        options["people"] = folder / "people.csv"
        pd.DataFrame(change.people).to_csv(options["people"], index=False)
    if change.potential is not None:
        options["potential"] = folder / "potential.csv"
        pd.DataFrame(change.potential).to_csv(options["potential"], index=False)
    if change.move is not None:
        options["shares"] = folder / "shares.csv"
        rows = [{"product": change.move[0], "share": change.move[1]}]
        pd.DataFrame(rows).to_csv(options["shares"], index=False)
    return actuals, options


def found_again(
    found: Recalibration, turn: Turn
) -> tuple[float, dict[Cell, float], dict[str, float], float]:
    """Return the total, the targets of regions and reps, and how far moves were missed."""
    cells, reps = leaf_targets(found.rollup), rep_targets(found.targets)
    missed = sum(
        abs(sum(cells[place] for place in places) - amount) for places, amount in turn.wished
    )
    return sum(cells.values()), cells, reps, missed


def check(turn: Turn, least: Least, found: Recalibration, unit: float) -> None:
    """Hold a recalibration against the least change, and against every limit."""
    placed, cells, reps, missed = found_again(found, turn)
    size = max(turn.goal, least.placed)
    give = 1e-6 * size + unit
    together = give * (len(turn.now) + len(turn.reps))
    assert placed == pytest.approx(least.placed, abs=together)
    assert found.main.goal == pytest.approx(least.goal, abs=together)
    assert missed == pytest.approx(least.missed, abs=together)
    for place in turn.now:
        assert turn.low[place] - give <= cells[place] <= turn.high[place] + give, place
    for name, rep in turn.reps.items():
        assert rep.low - give <= reps.get(name, 0.0) <= rep.high + give, name
    for places, amount in turn.fixed:
        assert sum(cells[place] for place in places) == pytest.approx(amount, abs=give)
    for places, amount in turn.most:
        most = max(amount, sum(turn.low[place] for place in places))
        assert sum(cells[place] for place in places) <= most + give
    ours = unfairness(turn, least.goal, cells, reps)
    assert ours >= least.low - together
    assert ours <= least.high + CERTIFIED * max(least.high, 1e-6 * size) + together


@pytest.mark.parametrize("seed", range(WORLDS))
def test_targets_are_the_least_change(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    world = a_world(dice)
    run = tmp_path / "run"
    try:
        optimizer.plan(
            write_world(tmp_path / "scenario", world.settings, people=world.people, **world.tables),
            run,
        )
    except (ContradictionError, InputError):
        return
    targets, rollup = pd.read_csv(run / "targets.csv"), pd.read_csv(run / "rollup.csv")
    first = leaf_targets(rollup), rep_targets(targets)
    now = first
    for number in range(TURNS):
        change = a_change(dice, world, now[1], number)
        actuals, options = write_change(tmp_path, world, change)
        is_link = dice.random() < 0.3
        again = tmp_path / f"again-{number}" if is_link else None
        turn = told_again(world, change, (first[0], now[0]), (first[1], now[1]))
        week = f"{PERIOD}W{WEEKS:02}"
        try:
            if again is None:
                found = find_recalibration(run, actuals, week, Options(**options))
            else:
                found = optimizer.recalibrate_run(run, actuals, week, again, **options)
        except (ContradictionError, InputError) as error:
            assert str(error)
            continue
        least = least_change(turn)
        OUTCOMES.append("caps give way" if least is None else "gap" if found.main.gap else "whole")
        if least is not None:
            check(turn, least, found, world.settings["rounding"])
        if again is not None:
            run, now = again, (leaf_targets(found.rollup), rep_targets(found.targets))
            world.home |= {row["rep"]: row["region"] for row in change.people}
            world.people = change.people
            if change.potential is not None:
                world.tables["potential"] = change.potential


OUTCOMES: list[str] = []
"""What the turns came to."""


def test_the_worlds_are_of_all_kinds() -> None:
    if len(OUTCOMES) >= WORLDS:
        assert {"gap", "whole"} <= set(OUTCOMES)
