"""The recipe of pay: a run, its actuals and its rules become payouts and a ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from optimizer.domain.nearest import meant
from optimizer.errors import InputError
from optimizer.incentives.plan import IncentivePlan
from optimizer.pay.actuals import Actuals, Metrics, metrics_of, read_period_actuals
from optimizer.pay.exact import exact_decimals
from optimizer.pay.history import PaidPeriod, read_previous
from optimizer.pay.payout import Payout
from optimizer.pay.period import PeriodPay
from optimizer.pay.pools import Fund
from optimizer.pay.run import PlannedPay, read_run
from optimizer.pay.scores import SCORE, check_scores, read_scores
from optimizer.pay.summary import summary, without_row


@dataclass(frozen=True)
class Pay:
    """What the people of a run are paid.

    Attributes
    ----------
    run : PlannedPay
    payouts : tuple of Payout
        By period, then rep.
    funds : tuple of Fund
        Pools, by period.
    unreported : mapping of period to tuple of str
        People with a target but no row in the actuals, who count as 0.
    """

    run: PlannedPay
    payouts: tuple[Payout, ...]
    funds: tuple[Fund, ...]
    unreported: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures of ``pay.json``."""
        with exact_decimals():
            return summary(self.run, self.payouts, self.funds, self.unreported)


def pay_run(
    run: Path | str,
    actuals: Path | str,
    *,
    incentive: Path | str | None = None,
    previous: Sequence[Path | str] = (),
    period: str | None = None,
    scores: Path | str | None = None,
) -> Pay:
    """Pay the people of a run, line by line, in exact decimals.

    Parameters
    ----------
    run : path
        Run folder of ``plan`` or ``recalibrate``.
    actuals : path
        Table of period, rep, amount, and product and other measures where rules need them.
        Every period of the plan that it has is paid, but for those that `previous` paid.
    incentive : path, optional
        Rules of pay in place of the run's ``incentive.toml``.
    previous : sequence of path
        Runs that were paid before, the earliest first: their ``pay/payouts.csv`` are history.
    period : str, optional
        Pay only this one; earlier ones in the actuals are history.
    scores : path, optional
        What ``score`` wrote: the metric ``score`` of gates and awards. A column of that name in
        the actuals takes precedence.

    Raises
    ------
    InputError
        Where the run, the actuals or the rules of pay are wrong.
    """
    with exact_decimals():
        planned = read_run(Path(run), None if incentive is None else Path(incentive))
        scored = {} if scores is None else _scores(Path(scores), planned)
        sold = read_period_actuals(Path(actuals), planned, scored)
        past = read_previous([Path(one) for one in previous], metrics_of(planned.rules))
        wanted = _wanted(planned, sold, past, period)
        return pay_periods(planned, sold, wanted, past)


def pay_periods(
    run: PlannedPay, sold: Actuals, wanted: Sequence[str], past: Sequence[PaidPeriod] = ()
) -> Pay:
    """Pay some periods; those before them that the actuals have are worked out as history.

    Parameters
    ----------
    run : PlannedPay
    sold : Actuals
    wanted : sequence of str
        In the order of the plan.
    past : sequence of PaidPeriod
        Periods that are paid already.
    """
    worker, payouts, funds = PeriodPay(run, sold), [], []
    done: dict[str, PaidPeriod] = {one.period: one for one in past}
    for period in sold.periods[: sold.periods.index(wanted[-1]) + 1]:
        if period in done:
            continue
        found, pools = worker.pay(period, _history(run, period, done))
        if period != wanted[-1]:
            done[period] = _as_history(period, found, sold, run.rules)
        if period in wanted:
            payouts += found
            funds += pools
    unreported = {period: without_row(run, sold, period) for period in wanted}
    return Pay(run, tuple(payouts), tuple(funds), unreported)


def _scores(path: Path, run: PlannedPay) -> Metrics:
    """Return the totals of scorecards as a metric.

    Raises
    ------
    InputError
        Where they are not those of the run, or no rule of pay looks at them.
    """
    if SCORE not in metrics_of(run.rules):
        raise InputError(
            f"--scores {path}: no gate and no award of the rules of pay looks at the metric "
            f'{SCORE}; write metric = "{SCORE}" in one, or leave --scores out'
        )
    scores = read_scores(path)
    check_scores(path, scores, run.periods, run.people)
    return {place: {SCORE: total} for place, total in scores.items()}


def _wanted(
    run: PlannedPay, sold: Actuals, past: Sequence[PaidPeriod], period: str | None
) -> list[str]:
    """Return the periods to pay."""
    before = {one.period for one in past}
    if period is None:
        wanted = [one for one in sold.periods if one not in before]
        if not wanted:
            raise InputError("the actuals have no period that is not paid yet")
        return wanted
    if period not in run.periods:
        raise InputError(f"--period: the plan has no period {period}. "
                         f"{meant(period, list(run.periods))}")  # fmt: skip
    if period not in sold.periods:
        raise InputError(f"--period {period}: the actuals have nothing for it")
    if period in before:
        raise InputError(f"--period {period}: a run of --previous has paid it already")
    return [period]


def _history(run: PlannedPay, period: str, done: dict[str, PaidPeriod]) -> list[PaidPeriod]:
    """Return what was paid before a period: earlier plans first, then this one in its order."""
    own = run.periods[: run.periods.index(period)]
    earlier = [one for name, one in done.items() if name not in run.periods]
    return [*earlier, *(done.get(name, PaidPeriod(name)) for name in own)]


def _as_history(
    period: str, payouts: Sequence[Payout], sold: Actuals, rules: IncentivePlan
) -> PaidPeriod:
    """Return a period as those after it may look at it, as far as rules do."""
    looks_back = any(plan.bonus and plan.bonus.progress for plan in rules.plans) or rules.awards
    reached = [one for one in payouts if one.target > 0] if looks_back else []
    is_cumulative = any(plan.basis == "cumulative" for plan in rules.plans)
    return PaidPeriod(
        period,
        {one.rep: Fraction(one.actual) / Fraction(one.target) for one in reached},
        {one.rep: one.earned for one in payouts} if is_cumulative else {},
        {rep: own for (when, rep), own in sold.metrics.items() if when == period},
    )
