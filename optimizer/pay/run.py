"""The plan that a run folder holds, as pay needs it: people, targets, goals, rules of pay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.incentives.check_people import is_amount
from optimizer.incentives.match import plan_of_people
from optimizer.incentives.plan import Bonus, IncentivePlan
from optimizer.incentives.read import FILE, read_incentives
from optimizer.inputs.document import parse_toml
from optimizer.inputs.load import MEASURE_KEYS, Loaded, load_scenarios
from optimizer.inputs.values import MOST
from optimizer.pay.exact import ZERO, exact
from optimizer.pay.levels import LEVELS, Levels, LevelsByPeriod, of_measure
from optimizer.results.run_folder import decimals_of, read_record
from optimizer.results.stored_table import read_stored_table


@dataclass(frozen=True)
class Person:
    """One of the people of a plan.

    Attributes
    ----------
    plan : int
        The plan that pays the rep, −1 for none.
    target_incentive : Decimal or None
        Of one period, in pay units; 0 where the plan has no bonus, None where people do not
        say it (only open positions may leave it out).
    start : date or None
    is_open : bool
        Nobody fills the position yet.
    """

    rep: str
    region: str
    team: str
    plan: int
    target_incentive: Decimal | None
    start: dt.date | None
    is_open: bool


@dataclass(frozen=True)
class PlannedPay:
    """A run and the rules by which its people are paid.

    Attributes
    ----------
    folder : Path
    record : dict
        ``run.json``.
    scenario : Scenario
        Its main measure.
    measures : tuple of str
        Measures with targets, the main one first.
    rules : IncentivePlan
    people : mapping of rep to Person
        By name.
    levels : mapping of period to rep to `Levels`
    references : mapping of (period, region, team) to amount
    goals : mapping of (period, region) to amount
        Region targets + gap; ``*`` is the company.
    per_unit : Decimal
        Pay units in one unit of the plan.
    unit : str
        Money of pay amounts.
    columns : frozenset of str
        Measures and metrics that the scenario's files name: actuals may have them.
    """

    folder: Path
    record: dict[str, Any]
    scenario: Scenario
    measures: tuple[str, ...]
    rules: IncentivePlan
    people: Mapping[str, Person]
    levels: Mapping[str, Mapping[str, Levels]]
    references: Mapping[tuple[str, str, str], Decimal]
    goals: Mapping[tuple[str, str], Decimal]
    per_unit: Decimal
    unit: str
    columns: frozenset[str] = frozenset()

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods of the plan, in order."""
        return self.scenario.settings.periods


def read_run(folder: Path, incentive: Path | None = None) -> PlannedPay:
    """Read a run folder and its rules of pay.

    Parameters
    ----------
    folder : Path
    incentive : Path, optional
        Rules in place of those of the run.

    Raises
    ------
    InputError
        Where it holds no plan with people, or the rules are missing or wrong.
    """
    loaded = read_inputs(folder, "pay")
    return read_planned(folder, loaded, _rules(loaded, incentive))


def read_inputs(folder: Path, purpose: str) -> Loaded:
    """Read the inputs of a run folder whose people are wanted.

    Parameters
    ----------
    folder : Path
    purpose : str
        What is to be done with the people, for messages.

    Raises
    ------
    InputError
        Where the folder holds no plan with people.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such run folder; name one that 'plan' wrote")
    if "goal" not in read_record(folder):
        raise InputError(f"{folder}: this is no run of 'plan'; name a folder that 'plan' wrote")
    loaded = load_scenarios(folder / "scenario")
    if loaded.scenarios[0].table("people") is None:
        raise InputError(
            f"{folder}: a plan by region has no people to {purpose}; add people and plan"
        )
    return loaded


def read_planned(folder: Path, loaded: Loaded, rules: IncentivePlan) -> PlannedPay:
    """Return a run folder as pay needs it.

    Parameters
    ----------
    folder : Path
    loaded : Loaded
        Its inputs.
    rules : IncentivePlan

    Raises
    ------
    InputError
        Where its tables cannot be read.
    """
    record = read_record(folder)
    labels = ("period", "region", "team", "product")
    targets = read_stored_table(folder, "targets", (*labels, "rep"), (*LEVELS, "reference"))
    rollup = read_stored_table(folder, "rollup", labels, ("target", "gap"))
    if not (targets[list(LEVELS)].abs() <= MOST).all(axis=None):
        raise InputError(f"{folder}: a target, floor or stretch is none; plan again")
    return planned_pay(folder, record, loaded, targets, rollup, rules)


def planned_pay(
    folder: Path,
    record: dict[str, Any],
    loaded: Loaded,
    targets: pd.DataFrame,
    rollup: pd.DataFrame,
    rules: IncentivePlan,
) -> PlannedPay:
    """Return a run as pay needs it.

    Parameters
    ----------
    folder : Path
    record : dict
        ``run.json``.
    loaded : Loaded
        Inputs, with people.
    targets, rollup : DataFrame
        ``targets.csv`` and ``rollup.csv`` of all measures.
    rules : IncentivePlan
    """
    scenario = loaded.scenarios[0]
    measures = tuple(one.settings.measure for one in loaded.scenarios)
    decimals = {one.settings.measure: decimals_of(one.settings.rounding)
                for one in loaded.scenarios}  # fmt: skip
    pay = scenario.settings.other.get("pay", {})
    return PlannedPay(
        folder=folder,
        record=record,
        scenario=scenario,
        measures=measures,
        rules=rules,
        people=_people(scenario, rules),
        levels=LevelsByPeriod(targets, decimals),
        references=_references(of_measure(targets, measures[0])),
        goals=_goals(of_measure(rollup, measures[0])),
        per_unit=exact(pay.get("per_unit", 1)),
        unit=scenario.settings.pay_unit,
        columns=frozenset((*measures, *_named(loaded))),
    )


def _rules(loaded: Loaded, incentive: Path | None) -> IncentivePlan:
    source = incentive if incentive is not None else loaded.beside.get(FILE)
    if source is None:
        raise InputError(
            f"the run has no {FILE}; name one with --incentive, or put it beside scenario.toml "
            "and plan again"
        )
    return read_incentives(source, loaded.scenarios[0])


def _named(loaded: Loaded) -> Iterator[str]:
    """Yield the measures and metrics that files of a scenario name."""
    waiting: list[Any] = [parse_toml(data, name).keys for name, data in loaded.beside.items()]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, Mapping):
            waiting += item.values()
            yield from (item[key] for key in MEASURE_KEYS if isinstance(item.get(key), str))
    metrics = loaded.scenarios[0].table("metrics")
    if metrics is not None:
        yield from metrics["metric"].astype(str).unique()


def _people(scenario: Scenario, rules: IncentivePlan) -> dict[str, Person]:
    people = scenario.tables["people"]
    plans = plan_of_people(rules.plans, scenario)
    incentives = [_incentives(people, plan.bonus) for plan in rules.plans]
    columns = [people[name].tolist() for name in ("rep", "region", "team", "start", "open")]
    found = {
        rep: Person(
            rep,
            region,
            team,
            int(plan),
            incentives[plan][row] if plan >= 0 else ZERO,
            None if pd.isna(start) else pd.Timestamp(start).date(),
            bool(is_open),
        )
        for row, (plan, (rep, region, team, start, is_open)) in enumerate(
            zip(plans.tolist(), zip(*columns, strict=True), strict=True)
        )
    }
    return dict(sorted(found.items()))


def _incentives(people: pd.DataFrame, bonus: Bonus | None) -> list[Decimal | None]:
    """Return the target incentive that a plan would give each of the people."""
    if bonus is None:
        return [ZERO] * len(people)
    if isinstance(bonus.target_incentive, Decimal):
        return [bonus.target_incentive] * len(people)
    cells = people[bonus.target_incentive].astype(str)
    return [Decimal(text.strip()) if is_amount(text) else None for text in cells]


def _references(targets: pd.DataFrame) -> dict[tuple[str, str, str], Decimal]:
    labels = ["period", "region", "team"]
    keys = pd.MultiIndex.from_frame(targets[labels].astype(str))
    codes, places = pd.factorize(keys)
    sums = np.bincount(codes, weights=targets["reference"].to_numpy(), minlength=len(places))
    return {tuple(place): exact(amount) for place, amount in zip(places, sums, strict=True)}


def _goals(rollup: pd.DataFrame) -> dict[tuple[str, str], Decimal]:
    rows = rollup[(rollup["team"].astype(str) == "*") & (rollup["product"].astype(str) == "*")]
    columns = [rows[name].astype(str).tolist() for name in ("period", "region")]
    targets, gaps = (rows[name].tolist() for name in ("target", "gap"))
    return {
        (period, region): exact(target) + exact(gap)
        for period, region, target, gap in zip(*columns, targets, gaps, strict=True)
    }
