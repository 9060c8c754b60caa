"""The figures of ``pay.json``: totals, by plan, by component, pools, notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from optimizer.incentives.plan import LEVELS, Award, IncentivePlan, Plan, Pool
from optimizer.pay.actuals import Actuals
from optimizer.pay.exact import ZERO, decimal, named, shown, total
from optimizer.pay.line import KINDS
from optimizer.pay.payout import Payout, sum_of
from optimizer.pay.pools import Fund
from optimizer.pay.run import PlannedPay


def summary(
    run: PlannedPay,
    payouts: Sequence[Payout],
    funds: Sequence[Fund],
    unreported: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return totals as plain data; amounts are texts of exact decimals.

    Parameters
    ----------
    run : PlannedPay
    payouts : sequence of Payout
    funds : sequence of Fund
    unreported : mapping of period to people
        Who has a target but no row in the actuals.
    """
    periods = list(dict.fromkeys(payout.period for payout in payouts))
    return {
        "unit": run.unit,
        "per_unit": shown(run.per_unit),
        "plan_unit": run.scenario.settings.unit,
        "payout": _money(sum_of(payouts)),
        "periods": [
            _of_period(period, [one for one in payouts if one.period == period])
            for period in periods
        ],
        "pools": [_of_fund(fund) for fund in funds],
        "when_paid": when_paid(run.rules),
        "notes": [*_absent(unreported), *notes(payouts, funds), *_levels_alike(run, payouts)],
    }


def when_paid(rules: IncentivePlan) -> dict[str, str]:
    """Return plan, pool or award → when it is paid, of those that say it."""
    every: tuple[Plan | Pool | Award, ...] = (*rules.plans, *rules.pools, *rules.awards)
    return {one.name: one.paid for one in every if one.paid}


def _of_period(period: str, payouts: Sequence[Payout]) -> dict[str, Any]:
    sums = dict.fromkeys(KINDS, ZERO)
    for one in payouts:
        for kind, amount in one.sums.items():
            sums[kind] += amount
    plans = sorted({one.plan for one in payouts})
    return {
        "period": period,
        "reps": len(payouts),
        "payout": _money(sum_of(payouts)),
        "by_component": {kind: _money(amount) for kind, amount in sums.items()},
        "by_plan": [_of_plan(plan, [one for one in payouts if one.plan == plan]) for plan in plans],
    }


def _of_plan(plan: str, payouts: Sequence[Payout]) -> dict[str, Any]:
    return {"plan": plan, "reps": len(payouts), "payout": _money(sum_of(payouts))}


def _of_fund(fund: Fund) -> dict[str, Any]:
    reached = fund.attainment
    return {
        "period": fund.period,
        "pool": fund.pool.name,
        "group": fund.group,
        "target": shown(decimal(fund.target)),
        "actual": shown(fund.actual),
        "attainment": None if reached is None else shown(reached),
        "amount": _money(fund.amount),
        "paid": _money(total(fund.parts.values())),
    }


def notes(payouts: Sequence[Payout], funds: Sequence[Fund]) -> list[str]:
    """Return what an administrator of pay should look at."""
    found = []
    if unpaid := _names(one for one in payouts if not one.plan):
        found.append(f"no plan matches {named(unpaid)}: only pools and awards pay them")
    if aimless := _names(one for one in payouts if one.attainment is None and one.actual > 0):
        found.append(
            f"{named(aimless)} sold without a target: nothing is paid that needs an attainment"
        )
    for fund in funds:
        if fund.amount > 0 and not fund.parts and fund.pool.split != "none":
            found.append(
                f"{fund.period}: nobody in {fund.group} shares the pool {fund.pool.name}, so its "
                f"{fund.amount:f} are not paid"
            )
    return found


def without_row(run: PlannedPay, sold: Actuals, period: str) -> tuple[str, ...]:
    """Return the people with a target in a period who have no row in the actuals.

    Parameters
    ----------
    run : PlannedPay
    sold : Actuals
    period : str
    """
    return tuple(
        rep
        for rep, person in run.people.items()
        if not person.is_open
        and (period, rep) not in sold.sold
        and _target(run, period, rep, "target") > 0
    )


def _absent(unreported: Mapping[str, Sequence[str]]) -> list[str]:
    """Say who counts as 0 for want of a row."""
    return [
        f"{period}: {len(names)} with a target have no row in the actuals and count as 0 "
        f"({named(names)}); add their rows, with amount 0 where nothing was sold"
        for period, names in unreported.items()
        if names
    ]


def _levels_alike(run: PlannedPay, payouts: Sequence[Payout]) -> list[str]:
    """Say whose levels coincide where tiers begin at both of them."""
    found = []
    plans = {plan.name: levels_of(plan) for plan in run.rules.plans if plan.of == "rep"}
    for low, high in pairwise(LEVELS):
        alike = _names(
            one
            for one in payouts
            if one.target > 0
            and {low, high} <= plans.get(one.plan, set())
            and _level(run, one, low) == _level(run, one, high)
        )
        if alike:
            found.append(
                f"{high} equals {low} for {named(alike)}: who reaches {low} is paid by the tier "
                f"from {high}; write {high} as an attainment, such as 1.2, if that is not meant"
            )
    return found


def levels_of(plan: Plan) -> set[str]:
    """Return the levels at which tiers of a plan begin."""
    return {tier.start.level for block in plan.commissions for tier in block.tiers} - {""}


def _level(run: PlannedPay, payout: Payout, level: str) -> Decimal:
    return _target(run, payout.period, payout.rep, level)


def _target(run: PlannedPay, period: str, rep: str, level: str) -> Decimal:
    own = run.levels.get(period, {}).get(rep, {})
    return total(own.get((run.measures[0], level), {}).values())


def _names(payouts: Iterable[Payout]) -> list[str]:
    return list(dict.fromkeys(one.rep for one in payouts))


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
