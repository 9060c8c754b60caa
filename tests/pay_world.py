"""Small worlds of pay: plain texts, for the engine and for the slow interpreter alike."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.incentives.read import read_incentives
from optimizer.pay.actuals import Actuals
from optimizer.pay.exact import exact_decimals
from optimizer.pay.pay import Pay, pay_periods
from optimizer.pay.run import LEVELS, PlannedPay, _people

CASES = Path(__file__).resolve().parent / "pay_cases"

Cell = dict[str, str]


@dataclass
class PayWorld:
    """People, targets, sales and rules of pay; every number is the text of a decimal.

    Attributes
    ----------
    rules : str
        ``incentive.toml``.
    periods : list of str
        Those of the plan; all are paid.
    people : list of cells
        rep, region, team, role, start, open, x_ columns.
    cells : mapping of (period, rep, product) to floor, target, stretch, amount, measures
    metrics : mapping of (period, rep) to metric to value
    goals : mapping of (period, region) to amount
        ``*`` is the company.
    members : list of (pool, rep, share)
    per_unit : str
    """

    rules: str
    periods: list[str]
    people: list[Cell]
    cells: dict[tuple[str, str, str], Cell]
    metrics: dict[tuple[str, str], Cell] = field(default_factory=dict)
    goals: dict[tuple[str, str], str] = field(default_factory=dict)
    members: list[tuple[str, str, str]] = field(default_factory=list)
    per_unit: str = "1"
    products: list[str] = field(default_factory=list)

    @property
    def measures(self) -> set[str]:
        """Columns of the actuals."""
        return {name for cell in self.cells.values() for name in cell} - {*LEVELS}


def scenario_of(world: PayWorld) -> Scenario:
    people = pd.DataFrame(world.people).fillna("")
    for name in ("team", "role"):
        people[name] = people.get(name, "")
    people["start"] = pd.to_datetime(people.get("start"))
    people["open"] = people["open"] == "yes" if "open" in people else False
    tables = {
        "people": people,
        "products": pd.DataFrame({"product": world.products}),
    }
    if world.members:
        members = pd.DataFrame(world.members, columns=["pool", "rep", "share"])
        tables["pool_members"] = members.assign(share=members["share"].astype(float))
    settings = Settings("world", tuple(world.periods), Goal(1.0))
    return Scenario(settings, tables)


def people_of(world: PayWorld) -> PlannedPay:
    """Return the people and rules of a world, without targets."""
    scenario = scenario_of(world)
    rules = read_incentives(world.rules.encode(), scenario)
    people = _people(scenario, rules)
    return PlannedPay(
        Path(), {}, scenario, ("amount",), rules, people, {}, {}, {}, Decimal(world.per_unit), ""
    )


def with_targets(run: PlannedPay, world: PayWorld) -> PlannedPay:
    levels: dict[str, dict[str, dict[tuple[str, str], dict[str, Decimal]]]] = {}
    references: dict[tuple[str, str, str], Decimal] = {}
    for (period, rep, product), cell in world.cells.items():
        own = levels.setdefault(period, {}).setdefault(rep, {})
        for level in LEVELS:
            own.setdefault(("amount", level), {})[product] = Decimal(cell[level])
        place = period, run.people[rep].region, run.people[rep].team
        references[place] = references.get(place, Decimal(0)) + Decimal(cell["target"])
    goals = {place: Decimal(amount) for place, amount in world.goals.items()}
    return replace(run, levels=levels, references=references, goals=goals)


def actuals_of(world: PayWorld) -> Actuals:
    sold: dict[tuple[str, str], dict[str, dict[str, Decimal]]] = {}
    for (period, rep, product), cell in world.cells.items():
        for measure in world.measures:
            own = sold.setdefault((period, rep), {}).setdefault(measure, {})
            own[product] = own.get(product, Decimal(0)) + Decimal(cell[measure])
    metrics = {
        place: {name: Decimal(value) for name, value in own.items()}
        for place, own in world.metrics.items()
    }
    return Actuals(tuple(world.periods), sold, metrics)


def pay_world(world: PayWorld, people: PlannedPay | None = None) -> Pay:
    """Pay all periods of a world with the engine, by rules that may be read already."""
    with exact_decimals():
        run = with_targets(people or people_of(world), world)
        return pay_periods(run, actuals_of(world), world.periods)


def write_world(world: PayWorld, folder: Path) -> tuple[Path, Path]:
    """Write a world as a run folder and a table of actuals, and return both."""
    run, scenario = folder / "run", folder / "run" / "scenario"
    scenario.mkdir(parents=True)
    (run / "run.json").write_text('{"goal": 1}', encoding="utf-8")
    (scenario / "incentive.toml").write_text(world.rules, encoding="utf-8")
    (scenario / "scenario.toml").write_text(
        f"periods = {json.dumps(world.periods)}\ngoal = 1\n[pay]\nper_unit = {world.per_unit}\n",
        encoding="utf-8",
    )
    _table(scenario / "people.csv", [{"start": "", "open": "", **one} for one in world.people])
    _table(scenario / "products.csv", [{"product": one} for one in world.products])
    _table(
        scenario / "pool_members.csv",
        [{"pool": pool, "rep": rep, "share": share} for pool, rep, share in world.members],
    )
    metrics = [
        {"period": period, "rep": rep, "metric": metric, "value": value}
        for (period, rep), own in world.metrics.items()
        for metric, value in own.items()
    ]
    _table(scenario / "metrics.csv", metrics)
    place_of = {one["rep"]: {"region": one["region"], "team": one["team"]} for one in world.people}
    targets = [
        {"period": period, "rep": rep, "product": product, "reference": cell["target"],
         **place_of[rep], **{level: cell[level] for level in LEVELS}}
        for (period, rep, product), cell in world.cells.items()
    ]  # fmt: skip
    _table(run / "targets.csv", targets)
    goals = [
        {"period": period, "region": region, "team": "*", "product": "*", "target": goal, "gap": 0}
        for (period, region), goal in world.goals.items()
    ]
    _table(run / "rollup.csv", goals)
    named = {measure for measure in world.measures if f'measure = "{measure}"' in world.rules}
    sold = [
        {"period": period, "rep": rep, "product": product,
         **{measure: cell[measure] for measure in sorted(named | {"amount"})}}
        for (period, rep, product), cell in world.cells.items()
    ]  # fmt: skip
    _table(folder / "actuals.csv", sold)
    return run, folder / "actuals.csv"


def _table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["period", "rep", "metric"])
        writer.writeheader()
        writer.writerows(rows)


def read_case(name: str) -> tuple[PayWorld, dict[tuple[str, str], str]]:
    """Return a case of the public table, and what it says that each rep is paid."""
    known = ("period", "rep", "region", "team", "role", "start", "product", "payout")
    rows = rows_of(CASES / f"{name}.csv")
    people: dict[str, Cell] = {}
    world = PayWorld((CASES / f"{name}.toml").read_text(encoding="utf-8"), [], [], {})
    expected: dict[tuple[str, str], str] = {}
    for row in rows:
        place = row["period"], row["rep"]
        own = {key: row.get(key, "") for key in ("rep", "region", "team", "role", "start")}
        people.setdefault(row["rep"], own | {k: v for k, v in row.items() if k[:2] == "x_"})
        measures = {"amount", *LEVELS, "margin"}
        cell = {key: row[key] for key in row if key in measures}
        world.cells[(*place, row.get("product") or "all")] = cell
        for key in set(row) - measures - set(known):
            if row[key] and key[:2] != "x_":
                world.metrics.setdefault(place, {})[key] = row[key]
        if row["payout"]:
            expected[place] = row["payout"]
    world.products = sorted({place[2] for place in world.cells})
    world.periods = list(dict.fromkeys(row["period"] for row in rows))
    world.people = [{k: v for k, v in one.items() if k != "start" or v} for one in people.values()]
    index = {row["case"]: row for row in rows_of(CASES / "cases.csv")}
    world.per_unit = index[name]["per_unit"]
    if (path := CASES / f"{name}.goals.csv").exists():
        world.goals = {(row["period"], row["region"]): row["goal"] for row in rows_of(path)}
    if (path := CASES / f"{name}.pool_members.csv").exists():
        world.members = [(row["pool"], row["rep"], row["share"]) for row in rows_of(path)]
    return world, expected


def rows_of(path: Path) -> list[Cell]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
