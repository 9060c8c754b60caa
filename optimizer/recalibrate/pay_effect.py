"""What moved targets do to pay: the same sales, paid by the run before and by the new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.plan import IncentivePlan
from optimizer.incentives.read import FILE, read_incentives
from optimizer.inputs.findings import Typed
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.settings import MAIN
from optimizer.pay.actuals import Actuals, Sold, measures_of, metric_values, metrics_of
from optimizer.pay.exact import exact_decimals, named, total
from optimizer.pay.pay import pay_periods
from optimizer.pay.run import PlannedPay, planned_pay
from optimizer.recalibrate.projected import Sales, earlier_sales, projected_sales
from optimizer.recalibrate.recalibrate import MeasureRecalibration
from optimizer.recalibrate.standing import Standing
from optimizer.recalibrate.tables import with_measures

_REGION = ("", "*")


@dataclass(frozen=True)
class PayEffect:
    """What a recalibration does to the pay of its period.

    Attributes
    ----------
    amounts : mapping of rep to Decimal or None
        New payout less the old one, whole hundredths of the pay unit, of everybody whom both
        runs pay; None where that cannot be said.
    unit : str
        Of the amounts.
    notes : tuple of str
        What was left out, and whom the table of changes does not name.
    """

    amounts: Mapping[str, Decimal] | None
    unit: str
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data; amounts are texts of exact decimals."""
        if self.amounts is None:
            return {"unit": self.unit, "total": None, "people": {}}
        told = {rep: f"{amount:.2f}" for rep, amount in self.amounts.items() if amount}
        return {"unit": self.unit, "total": f"{total(self.amounts.values()):.2f}", "people": told}


def find_pay_effect(
    before: Loaded, now: Loaded, measures: Sequence[MeasureRecalibration], sales: Typed
) -> PayEffect | None:
    """Pay the projected sales of the period by the targets before and by the new ones.

    Both are paid by the rules of pay beside `now`.

    Parameters
    ----------
    before, now : Loaded
        Inputs of the run, and from now on.
    measures : sequence of MeasureRecalibration
        The main one first.
    sales : Typed
        The actuals.

    Returns
    -------
    PayEffect or None
        None where there are no rules of pay, no people, or nothing moved.
    """
    source = now.beside.get(FILE)
    has_people = now.scenarios[0].table("people") is not None
    if source is None or not has_people or all(one.changes.empty for one in measures):
        return None
    settings = now.scenarios[0].settings
    unit = settings.pay_unit
    standings = {one.measure: one.standing for one in measures}
    try:
        with exact_decimals():
            old = _run(replace(before, beside=now.beside), standings, standings)
            new = _run(now, standings, {one.measure: one for one in measures})
            periods, sold = _sales(new.rules, measures, sales)
            amounts = _difference(*(_payouts(run, periods, sold) for run in (old, new)))
    except InputError as error:
        return PayEffect(None, unit, (f"pay_effect is blank: {error}",))
    return PayEffect(amounts, unit, tuple(_without_metric(new, periods[-1])))


def _run(
    inputs: Loaded,
    standings: Mapping[str, Standing],
    tables: Mapping[str, Standing] | Mapping[str, MeasureRecalibration],
) -> PlannedPay:
    """Return inputs and tables of all measures as a run to pay."""
    planned = next(iter(standings.values())).planned
    targets, rollup = (
        with_measures({measure: getattr(one, name) for measure, one in tables.items()})
        for name in ("targets", "rollup")
    )
    rules = read_incentives(inputs.beside[FILE], inputs.scenarios[0])
    return planned_pay(planned.folder, planned.record, inputs, targets, rollup, rules)


def _sales(
    rules: IncentivePlan, measures: Sequence[MeasureRecalibration], sales: Typed
) -> tuple[tuple[str, ...], Sales]:
    """Return the periods that can be paid, the recalibrated one last, and their sales."""
    known = [
        one
        for one in measures
        if one.standing.actuals is not None and one.changed.scenario.table("people") is not None
    ]
    main = measures[0].measure
    names = {one.measure for one in known} | {MAIN}
    if absent := sorted(measures_of(rules) - names):
        raise InputError(
            f"a commission is paid on {absent[0]}, and the actuals do not say what each rep sold "
            "of it"
        )
    by_product = [plan.name for plan in rules.plans for one in plan.commissions if one.products]
    if by_product and any(
        one.standing.actuals is not None and one.standing.actuals.sold_of is None for one in known
    ):
        raise InputError(f"the plan {by_product[0]} pays by product, and the actuals have none")
    found: Sales = {}
    covered: tuple[str, ...] = ()
    for one in known:
        covered, earlier = earlier_sales(one, sales)
        for place, sold in {**earlier, **projected_sales(one)}.items():
            own: Sold = found.setdefault(place, {})
            own.update(sold)
            if one.measure == main:
                own.setdefault(MAIN, sold[main])
    return (*covered, measures[0].standing.period), found


def _payouts(run: PlannedPay, periods: tuple[str, ...], sold: Sales) -> dict[str, Decimal]:
    """Return what everybody is paid for the last of some periods."""
    rules = run.rules
    plans = tuple(
        replace(plan, gates=tuple(replace(gate, missing="pass") for gate in plan.gates))
        for plan in rules.plans
    )
    filled = {
        (period, rep): own
        for (period, rep), own in sold.items()
        if rep in run.people and (not run.people[rep].is_open or _has_sold(own))
    }
    metrics = metric_values(run.scenario.table("metrics"), metrics_of(rules))
    lenient = replace(run, rules=replace(rules, plans=plans))
    pay = pay_periods(lenient, Actuals(periods, filled, metrics), periods[-1:])
    return {one.rep: one.amount for one in pay.payouts}


def _has_sold(sold: Sold) -> bool:
    return any(amount for amounts in sold.values() for amount in amounts.values())


def _difference(old: Mapping[str, Decimal], new: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {rep: amount - old[rep] for rep, amount in new.items() if rep in old}


def _without_metric(run: PlannedPay, period: str) -> list[str]:
    """Say which gates are left out, for whom."""
    metrics = metric_values(run.scenario.table("metrics"), metrics_of(run.rules))
    missing: dict[str, list[str]] = {}
    for rep, person in run.people.items():
        if person.plan < 0 or person.is_open:
            continue
        gates = run.rules.plans[person.plan].gates
        for metric in dict.fromkeys(gate.metric for gate in gates if gate.missing == "error"):
            if metric not in metrics.get((period, rep), {}):
                missing.setdefault(metric, []).append(rep)
    return [
        f"pay_effect leaves out gates on {metric} for {named(reps)}, who have no value of it in "
        f"{period}; add it to the table metrics"
        for metric, reps in missing.items()
    ]


def with_pay_effect(
    changes: Sequence[pd.DataFrame], effect: PayEffect
) -> tuple[list[pd.DataFrame], list[str]]:
    """Return the tables of changes with the pay effect, and what they do not tell.

    Each rep's effect stands once: in the row of the rep's total, else in the rep's first row.

    Parameters
    ----------
    changes : sequence of DataFrame
        Of each measure.
    effect : PayEffect
    """
    if effect.amounts is None:
        return list(changes), []
    rows = pd.concat(
        [
            table[["rep", "product"]].assign(measure=number, row=range(len(table)))
            for number, table in enumerate(changes)
        ]
    )
    rows = rows[~rows["rep"].isin(_REGION) & rows["rep"].isin(effect.amounts)]
    rows = rows.assign(part=rows["product"] != "*").sort_values(["part", "measure", "row"])
    told = rows.drop_duplicates("rep")
    filled = []
    for number, table in enumerate(changes):
        own = told[told["measure"] == number]
        column = table["pay_effect"].to_numpy(dtype=float).copy()
        column[own["row"].to_numpy(dtype=int)] = [float(effect.amounts[rep]) for rep in own["rep"]]
        filled.append(table.assign(pay_effect=column))
    return filled, _of_others(effect, effect.amounts, frozenset(told["rep"]))


def _of_others(
    effect: PayEffect, amounts: Mapping[str, Decimal], told: frozenset[str]
) -> list[str]:
    others = {rep: amount for rep, amount in amounts.items() if amount and rep not in told}
    if not others:
        return []
    whole = total(others.values())
    return [
        f"the pay of {named(list(others))}, whose own targets stay, changes by "
        f"{whole:+,.2f} {effect.unit}".rstrip()
        + " in all, by groups, ranks or pools"
    ]
