"""Rules of pay as they would pay before there is a plan: targets are assumed, and that is said."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.errors import InputError
from optimizer.incentives.plan import IncentivePlan
from optimizer.incentives.read import FILE, read_incentives
from optimizer.inputs.document import parse_toml
from optimizer.inputs.load import load_scenarios
from optimizer.inputs.loaded import Loaded
from optimizer.pay.exact import ONE, ZERO, exact, exact_decimals
from optimizer.pay.example import Example, examples_of
from optimizer.pay.levels import LEVELS
from optimizer.pay.run import Person, PlannedPay, planned_pay
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Floats, Groups, Instance, Reps

REFERENCE, CHOSEN, UNKNOWN = "reference", "chosen", "unknown"
"""Targets are what people would carry without limits; or were chosen for all of them; or nothing
is known of the people."""

TARGET, INCENTIVE = Decimal(1_000_000), Decimal(10_000)
"""Target and target incentive of people of whom nothing is known."""

MOST_TARGET = 1e15
"""Targets beyond which cents are no longer exact in inputs."""

_SCENARIO = "scenario.toml"
_ROLLUP = ("period", "region", "team", "product", "target", "gap")


def examples_before(
    where: Path, incentive: Path | None = None, target: float | None = None
) -> tuple[PlannedPay, list[Example], str]:
    """Return people with assumed targets, and how each plan pays the one in the middle.

    Parameters
    ----------
    where : Path
        A scenario, or rules of pay; a scenario in the folder of the rules is read too.
    incentive : Path, optional
        Rules of pay in place of the scenario's.
    target : float, optional
        Of everybody in the example.

    Returns
    -------
    PlannedPay
    list of Example
    str
        What was assumed: `REFERENCE`, `CHOSEN` or `UNKNOWN`.

    Raises
    ------
    InputError
        Where the scenario or the rules are wrong.
    """
    if target is not None and not 0 < target < MOST_TARGET:
        raise InputError(f"--target lies between 0 and {MOST_TARGET:,.0f}, as 500")
    is_rules = _holds_rules(where)
    if is_rules and incentive is not None:
        raise InputError(f"{where} holds rules of pay itself; leave --incentive out")
    folder = where if where.is_dir() else where.parent
    with exact_decimals():
        if is_rules and not (folder / _SCENARIO).is_file():
            rules = read_incentives(where)
            settings = Settings(where.stem, ("one period",), Goal())
            planned = _nobody(folder, Scenario(settings, {}), rules, target)
            return planned, examples_of(planned), UNKNOWN
        loaded = load_scenarios(folder if is_rules else where)
        rules = _rules(loaded, where if is_rules else incentive, where)
        people = loaded.scenarios[0].table("people")
        if people is None or people.empty:
            planned = _nobody(folder, loaded.scenarios[0], rules, target)
            return planned, examples_of(planned), UNKNOWN
        planned = _everybody(folder, loaded, rules, target)
        return planned, examples_of(planned), REFERENCE if target is None else CHOSEN


def _holds_rules(where: Path) -> bool:
    """Return whether a path is a file of rules of pay, and no scenario."""
    if where.suffix.lower() != ".toml" or not where.is_file():
        return False
    if where.name == FILE:
        return True
    keys = parse_toml(where.read_bytes(), where.name).keys
    return "periods" not in keys and bool(keys.keys() & {"plan", "pool", "award"})


def _rules(loaded: Loaded, incentive: Path | None, where: Path) -> IncentivePlan:
    source = incentive if incentive is not None else loaded.beside.get(FILE)
    if source is None:
        raise InputError(f"{where} has no {FILE}; name one with --incentive")
    return read_incentives(source, loaded.scenarios[0])


def _everybody(
    folder: Path, loaded: Loaded, rules: IncentivePlan, target: float | None
) -> PlannedPay:
    """Return the people of a scenario, their targets those that no limit has changed."""
    tables = []
    for place, scenario in enumerate(loaded.scenarios):
        instance = build_instance(scenario)
        if instance.reps is not None and instance.groups is not None:
            chosen = target if place == 0 else None
            table = _targets(instance, instance.reps, instance.groups, chosen)
            tables.append(table.assign(measure=scenario.settings.measure))
    record = {"name": loaded.scenarios[0].settings.name}
    rollup = pd.DataFrame(columns=list(_ROLLUP))
    return planned_pay(folder, record, loaded, pd.concat(tables), rollup, rules)


def _targets(instance: Instance, reps: Reps, groups: Groups, target: float | None) -> pd.DataFrame:
    """Return ``targets.csv`` of the first period, in reference targets."""
    sold = instance.reference[reps.leaf, 0] * groups.sells[reps.group]
    whole = sold.sum(axis=1, keepdims=True)
    shares = np.divide(sold, whole, out=np.zeros_like(sold), where=whole > 0)
    amount = reps.reference[:, 0] if target is None else np.full(len(reps.names), target)
    ratios = {
        "floor": _ratio(reps.floor_ratio, instance.floor_goal, instance.goal),
        "target": np.ones(len(amount)),
        "stretch": _ratio(reps.stretch_ratio, instance.stretch_goal, instance.goal),
    }
    number = len(instance.products)
    columns = {
        name: _in_units(amount * ratio, shares, instance.unit) for name, ratio in ratios.items()
    }
    return pd.DataFrame(
        {
            "period": instance.periods[0],
            "region": np.repeat([instance.leaves[leaf] for leaf in reps.leaf], number),
            "team": np.repeat(list(reps.team), number),
            "rep": np.repeat(list(reps.names), number),
            "product": np.tile(list(instance.products), len(reps.names)),
            "reference": columns["target"],
            **columns,
        }
    )


def _ratio(own: Floats, amount: float, goal: float) -> Floats:
    return np.where(np.isnan(own), amount / goal, own)


def _in_units(amount: Floats, shares: Floats, unit: float) -> Floats:
    """Return amounts by product in whole units that add up to the whole, (rep × product,)."""
    upto = np.round(amount[:, None] * np.cumsum(shares, axis=1) / unit)
    return np.asarray(np.diff(upto, prepend=0.0).ravel() * unit)


def _nobody(
    folder: Path, scenario: Scenario, rules: IncentivePlan, target: float | None
) -> PlannedPay:
    """Return one person for each plan, with the same target over the products that rules name."""
    settings = scenario.settings
    whole = TARGET if target is None else exact(target)
    named = {one for plan in rules.plans for block in plan.commissions for one in block.products}
    products = sorted(named) or ["all"]
    times = (exact(settings.levels.floor), ONE, exact(settings.levels.stretch))
    levels = {
        (settings.measure, level): dict.fromkeys(products, whole * ratio / len(products))
        for level, ratio in zip(LEVELS, times, strict=True)
    }
    people = {name: Person(name, name, name, place, _incentive(rules, place), None, False)
              for place, name in enumerate(_names(rules))}  # fmt: skip
    return PlannedPay(
        folder=folder,
        record={"name": settings.name},
        scenario=scenario,
        measures=(settings.measure,),
        rules=rules,
        people=people,
        levels={settings.periods[0]: dict.fromkeys(people, levels)},
        references={},
        goals={},
        per_unit=exact(settings.other.get("pay", {}).get("per_unit", 1)),
        unit=settings.pay_unit,
    )


def _names(rules: IncentivePlan) -> Sequence[str]:
    return [f"somebody paid by {plan.name}" for plan in rules.plans]


def _incentive(rules: IncentivePlan, place: int) -> Decimal:
    bonus = rules.plans[place].bonus
    if bonus is None:
        return ZERO
    return bonus.target_incentive if isinstance(bonus.target_incentive, Decimal) else INCENTIVE
