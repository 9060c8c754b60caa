"""Rules of pay against the scenario they are for: people, products, columns, pool members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from optimizer.domain.labels import product_names
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PASSED_THROUGH
from optimizer.errors import Finding
from optimizer.incentives.check_match import CheckMatch
from optimizer.incentives.match import matching, plan_of_people
from optimizer.incentives.plan import Commission, Plan, Pool
from optimizer.inputs.document import Document
from optimizer.inputs.values import MOST

_LISTED = 5


def check_people(
    document: Document, parts: Mapping[str, Mapping[str, Any]], scenario: Scenario
) -> Iterator[Finding]:
    """Check all rules against a scenario.

    Parameters
    ----------
    document : Document
    parts : mapping of ``plan``, ``pool``, ``award`` to path to rule
    scenario : Scenario
    """
    if scenario.table("people") is None:
        problem = "the scenario has no people, so there is nobody to pay"
        yield document.finding("", None, problem, "Add people.csv.", "note")
        return
    sound = []
    check_match = CheckMatch(document, scenario)
    for kind, rules in parts.items():
        for path, rule in rules.items():
            found = list(check_match(f"{path}.match", rule.match, f"the {kind} matches nobody"))
            yield from found
            if not any(finding.severity == "error" for finding in found):
                sound.append(path)
    for path, plan in parts["plan"].items():
        yield from _products(document, path, plan, scenario)
        yield from _groups(document, path, plan, scenario if path in sound else None)
        yield from _incentive(document, path, plan, scenario if path in sound else None)
    written = document.keys.get("plan", [])
    if parts["plan"] and sum(path in sound for path in parts["plan"]) == len(written):
        yield from _unpaid(document, tuple(parts["plan"].values()), scenario)
    for path, pool in parts["pool"].items():
        yield from _members(document, path, pool, scenario)
    yield from _money(document, parts, scenario)


def _money(
    document: Document, parts: Mapping[str, Mapping[str, Any]], scenario: Scenario
) -> Iterator[Finding]:
    """Note amounts of pay where the scenario does not say what money they are in."""
    settings = scenario.settings
    has_amounts = any(plan.bonus or plan.guarantee for plan in parts["plan"].values()) or any(
        award.amount for award in parts["award"].values()
    )
    if has_amounts and settings.unit and "pay" not in settings.other:
        problem = f"amounts of pay are taken to be in the unit of the plan, {settings.unit}"
        remedy = 'If they are not, say so in scenario.toml: [pay] unit = "CNY", per_unit = 10000.'
        yield document.finding("", None, problem, remedy, "note")


def _products(document: Document, path: str, plan: Plan, scenario: Scenario) -> Iterator[Finding]:
    known = product_names(scenario)
    for index, block in enumerate(plan.commissions):
        for product in block.products:
            if product not in known:
                key = f"{path}.commission[{index}].products"
                yield document.finding(
                    key, product, "the scenario has no such product", meant(product, known)
                )
        yield from _unit(document, f"{path}.commission[{index}]", block, scenario)


def _unit(
    document: Document, path: str, block: Commission, scenario: Scenario
) -> Iterator[Finding]:
    """Note a measure that is taken to be in the unit of the plan where that matters."""
    per_unit = scenario.settings.other.get("pay", {}).get("per_unit", 1)
    if block.measure != "amount" and block.per_unit is None and per_unit != 1:
        problem = f"{block.measure} is taken to be in {scenario.settings.unit or 'the plan unit'}"
        remedy = "Write per_unit = 1 in the block if it counts something else, such as customers."
        yield document.finding(f"{path}.measure", block.measure, problem, remedy, "note")


def _paid(plan: Plan, scenario: Scenario) -> np.ndarray:
    """Return which people, open positions aside, a plan matches."""
    is_open = scenario.tables["people"]["open"].to_numpy(dtype=bool)
    return np.asarray(matching(plan.match, scenario) & ~is_open)


def _groups(
    document: Document, path: str, plan: Plan, scenario: Scenario | None
) -> Iterator[Finding]:
    """Check that those who are paid on their team, or ranked in it, have one."""
    within = plan.bonus.rank.within if plan.bonus and plan.bonus.rank else ""
    if scenario is None or "team" not in (plan.of, within):
        return
    people = scenario.tables["people"]
    alone = people["rep"][_paid(plan, scenario) & (people["team"] == "").to_numpy(dtype=bool)]
    if len(alone):
        problem = f"{_some(list(alone))} of this plan have no team, and it pays by team"
        remedy = "Fill in their team in people, or match them by another plan."
        yield document.finding(path, plan.name, problem, remedy)


def _incentive(
    document: Document, path: str, plan: Plan, scenario: Scenario | None
) -> Iterator[Finding]:
    """Check the column of people that holds the target incentive."""
    if scenario is None or plan.bonus is None or not isinstance(plan.bonus.target_incentive, str):
        return
    people, column = scenario.tables["people"], plan.bonus.target_incentive
    key = f"{path}.bonus.target_incentive"
    if column not in people:
        known = [name for name in map(str, people) if name.startswith(PASSED_THROUGH)]
        problem = "people have no such column"
        yield document.finding(key, column, problem, meant(column, known))
        return
    paid = people[_paid(plan, scenario)]
    wrong = [
        str(rep)
        for rep, text in zip(paid["rep"], paid[column].astype(str), strict=True)
        if not is_amount(text)
    ]
    if wrong:
        problem = f"{_some(wrong)} of this plan have no amount in this column of people"
        remedy = f"Write a plain amount from 0 to {MOST:g}, such as 30000, for each of them."
        yield document.finding(key, column, problem, remedy)


def is_amount(text: str) -> bool:
    """Return whether a cell holds an amount from 0 on that is exact."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return False
    return amount.is_finite() and 0 <= amount <= Decimal(MOST)


def _unpaid(document: Document, plans: tuple[Plan, ...], scenario: Scenario) -> Iterator[Finding]:
    people = scenario.tables["people"]
    is_open = people["open"].to_numpy(dtype=bool)
    unpaid = people["rep"][(plan_of_people(plans, scenario) < 0) & ~is_open]
    if len(unpaid):
        problem = f"no plan matches {_some(list(unpaid))}, so only pools and awards pay them"
        remedy = "Add a plan without match as the last one, to pay everyone who is left."
        yield document.finding("plan", None, problem, remedy, "note")


def _some(names: list[str]) -> str:
    shown = ", ".join(map(str, names[:_LISTED]))
    return f"{len(names)} people ({shown}{', …' if len(names) > _LISTED else ''})"


def _members(document: Document, path: str, pool: Pool, scenario: Scenario) -> Iterator[Finding]:
    """Check that a pool shared by a table has members in it."""
    if pool.of != "members" and pool.split != "share":
        return
    table = scenario.table("pool_members")
    known = [] if table is None else sorted(set(table["pool"]))
    if pool.name not in known:
        problem = "the table pool_members has nobody for this pool"
        remedy = meant(pool.name, known) if known else "Add pool_members.csv: pool, rep, share."
        yield document.finding(f"{path}.name", pool.name, problem, remedy)
    elif table is not None and float(table["share"][table["pool"] == pool.name].sum()) <= 0:
        problem = "the shares of this pool in pool_members are all 0"
        yield document.finding(f"{path}.name", pool.name, problem, "Give its members shares.")
