"""Small worlds of scorecards: plain texts, for the engine and for the slow interpreter alike."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.incentives.plan import IncentivePlan
from optimizer.inputs.loaded import Loaded
from optimizer.pay.actuals import Actuals
from optimizer.pay.run import PlannedPay, _people
from optimizer.scorecards.read import read_scorecard
from optimizer.scorecards.scores import Scores, score_periods

CASES = Path(__file__).resolve().parent / "score_cases"

Cell = dict[str, str]

PERSON = ("rep", "region", "team", "role", "start", "open")
EXPECTED = ("total", "known", "low", "high", "rank", "region_rank", "grade")


@dataclass
class ScoreWorld:
    """People, targets, sales, metrics and cards; every number is the text of a decimal.

    Attributes
    ----------
    rules : str
        ``scorecard.toml``.
    periods : list of str
        Those of the plan; all are scored.
    people : list of cells
        rep, region, team, role, start, open, x_ columns.
    sales : mapping of (period, rep) to target, amount
    metrics : mapping of (period, rep) to metric to value
    """

    rules: str
    periods: list[str]
    people: list[Cell]
    sales: dict[tuple[str, str], Cell]
    metrics: dict[tuple[str, str], Cell] = field(default_factory=dict)


def scenario_of(world: ScoreWorld) -> Scenario:
    people = pd.DataFrame(world.people).fillna("")
    for name in ("team", "role", "region"):
        people[name] = people.get(name, "")
    people["start"] = pd.to_datetime(people.get("start"))
    people["open"] = people["open"] == "yes" if "open" in people else False
    tables = {"people": people, "products": pd.DataFrame({"product": ["all"]})}
    if rows := metric_rows(world):
        metrics = pd.DataFrame(rows)
        tables["metrics"] = metrics.assign(value=metrics["value"].astype(float))
    return Scenario(Settings("world", tuple(world.periods), Goal(1.0)), tables)


def metric_rows(world: ScoreWorld) -> list[Cell]:
    return [
        {"period": period, "rep": rep, "metric": metric, "value": value}
        for (period, rep), own in world.metrics.items()
        for metric, value in own.items()
    ]


def score_world(world: ScoreWorld) -> Scores:
    """Score all periods of a world with the engine."""
    scenario = scenario_of(world)
    rules = IncentivePlan((), (), ())
    levels = {
        period: {
            rep: {
                ("amount", level): {"all": Decimal(cell.get(level) or cell["target"])}
                for level in ("floor", "target", "stretch")
            }
            for (when, rep), cell in world.sales.items()
            if when == period
        }
        for period in world.periods
    }
    run = PlannedPay(
        Path(), {}, scenario, ("amount",), rules, _people(scenario, rules), levels, {}, {},
        Decimal(1), "",
    )  # fmt: skip
    sold = {
        place: {"amount": {"all": Decimal(cell["amount"])}} for place, cell in world.sales.items()
    }
    metrics = {
        place: {name: Decimal(value) for name, value in own.items()}
        for place, own in world.metrics.items()
    }
    card = read_scorecard(world.rules.encode(), Loaded((scenario,)))
    actuals = Actuals(tuple(world.periods), sold, metrics)
    return score_periods(run, card, actuals, world.periods)


def write_world(world: ScoreWorld, folder: Path) -> tuple[Path, Path]:
    """Write a world as a run folder and a table of actuals, and return both."""
    run, scenario = folder / "run", folder / "run" / "scenario"
    scenario.mkdir(parents=True)
    (run / "run.json").write_text('{"goal": 1, "name": "world"}', encoding="utf-8")
    (scenario / "scorecard.toml").write_text(world.rules, encoding="utf-8")
    (scenario / "scenario.toml").write_text(
        f'name = "world"\nperiods = {json.dumps(world.periods)}\ngoal = 1\n', encoding="utf-8"
    )
    write_rows(scenario / "people.csv", world.people)
    write_rows(scenario / "products.csv", [{"product": "all"}])
    if rows := metric_rows(world):
        write_rows(scenario / "metrics.csv", rows)
    place_of = {one["rep"]: one for one in world.people}
    targets = [
        {
            "period": period,
            "rep": rep,
            "region": place_of[rep]["region"],
            "team": place_of[rep].get("team", ""),
            "product": "all",
            "reference": "1",
            **{
                level: cell.get(level) or cell["target"] for level in ("floor", "target", "stretch")
            },
        }
        for (period, rep), cell in world.sales.items()
    ]
    write_rows(run / "targets.csv", targets)
    total = {"region": "*", "team": "*", "product": "*", "target": "1", "gap": "0"}
    write_rows(run / "rollup.csv", [{"period": period, **total} for period in world.periods])
    sold = [
        {"period": period, "rep": rep, "amount": cell["amount"]}
        for (period, rep), cell in world.sales.items()
    ]
    write_rows(folder / "actuals.csv", sold)
    return run, folder / "actuals.csv"


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    header = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def rows_of(path: Path) -> list[Cell]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_case(name: str) -> tuple[ScoreWorld, list[Cell]]:
    """Return a case of the public table, and its rows with what they expect."""
    rows = rows_of(CASES / f"{name}.csv")
    rules = next(row["card"] for row in rows_of(CASES / "cases.csv") if row["case"] == name)
    world = ScoreWorld((CASES / f"{rules}.toml").read_text(encoding="utf-8"), [], [], {})
    people: dict[str, Cell] = {}
    for row in rows:
        place = row["period"], row["rep"]
        own = {key: row.get(key, "") for key in PERSON}
        own |= {key: value for key, value in row.items() if key[:2] == "x_"}
        people.setdefault(row["rep"], own)
        world.sales[place] = {"target": row.get("target", "1"), "amount": row.get("amount", "0")}
        for key, value in row.items():
            known = {*PERSON, *EXPECTED, "period", "target", "amount"}
            if value and key not in known and not key.startswith(("x_", "points ")):
                world.metrics.setdefault(place, {})[key] = value
    world.people = list(people.values())
    world.periods = list(dict.fromkeys(row["period"] for row in rows))
    return world, rows
