"""Pay as tables: payouts, ledger and pools, every cell a text."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from optimizer.pay.exact import decimal, shown
from optimizer.pay.line import BEFORE
from optimizer.pay.pay import Pay

Row = list[str]

PAYOUTS = (
    "period", "rep", "plan", "target", "actual", "attainment", "commission", "bonus",
    "gate_factor", "cap_cut", "pool", "award", "guarantee", "payout",
)  # fmt: skip
LEDGER = ("period", "rep", "component", "tier", "base", "rate", "amount")
POOLS = ("period", "pool", "group", "target", "actual", "attainment", "amount", "paid")

_FACTORS = ("gate_factor",)


def payout_header(pay: Pay) -> list[str]:
    """Return the columns of ``payouts.csv``; `paid_before` only where a plan is cumulative."""
    header = list(PAYOUTS)
    if is_cumulative(pay):
        header.insert(header.index("cap_cut") + 1, "paid_before")
    return header


def is_cumulative(pay: Pay) -> bool:
    """Return whether some plan pays on the year to date."""
    return any(plan.basis == "cumulative" for plan in pay.run.rules.plans)


def payout_rows(pay: Pay) -> Iterator[Row]:
    """Yield the rows of ``payouts.csv``: by period, then rep."""
    header = payout_header(pay)[6:]
    for one in pay.payouts:
        columns = {**one.columns, "paid_before": -one.of(BEFORE)}
        yield [
            one.period,
            one.rep,
            one.plan,
            shown(one.target),
            shown(one.actual),
            "" if one.attainment is None else shown(one.attainment),
            *(
                shown(columns[name]) if name in _FACTORS else money(columns[name])
                for name in header
            ),
        ]


def ledger_rows(pay: Pay) -> Iterator[Row]:
    """Yield the rows of ``ledger.csv``: by period and rep, in the order of pay."""
    for one in pay.payouts:
        for line in one.lines:
            yield [
                one.period,
                one.rep,
                line.component,
                line.tier,
                "" if line.base is None else shown(line.base),
                "" if line.rate is None else shown(line.rate),
                money(line.amount),
            ]


def pool_rows(pay: Pay) -> Iterator[Row]:
    """Yield the rows of ``pools.csv``: by period, in the order of the rules."""
    for fund in pay.funds:
        yield [
            fund.period,
            fund.pool.name,
            fund.group,
            shown(decimal(fund.target)),
            shown(fund.actual),
            "" if fund.attainment is None else shown(fund.attainment),
            money(fund.amount),
            money(sum(fund.parts.values(), Decimal(0))),
        ]


def money(amount: Decimal) -> str:
    """Return an amount of pay with two decimals."""
    return f"{amount + 0:.2f}"
