"""The pay of one period: every plan, then pools, awards and guarantees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from optimizer.errors import InputError
from optimizer.incentives.match import matching
from optimizer.incentives.plan import Plan
from optimizer.pay.actuals import ATTAINMENT, ATTAINMENT_BEFORE, Actuals
from optimizer.pay.book import Book
from optimizer.pay.earned import Basis, MissingMetricError, attainment, earned_lines
from optimizer.pay.exact import ZERO, named, total
from optimizer.pay.extras import Tenure, award_line, guarantee_line
from optimizer.pay.figures import Figures
from optimizer.pay.history import PaidPeriod
from optimizer.pay.line import BEFORE, Line
from optimizer.pay.payout import Payout
from optimizer.pay.pools import Fund, Groups, funds_of
from optimizer.pay.rank import winners
from optimizer.pay.run import Person, PlannedPay
from optimizer.pay.scores import SCORE

Missing = dict[tuple[str, str], list[str]]
"""(plan, metric) → reps without it."""


class PeriodPay:
    """Pays periods of a run, one after the other.

    Parameters
    ----------
    run : PlannedPay
    actuals : Actuals
    """

    def __init__(self, run: PlannedPay, actuals: Actuals) -> None:
        self._run, self._actuals = run, actuals
        self._book = Book(run, actuals)
        self._planned = frozenset(run.measures)
        self._tenure = Tenure(run.scenario)
        self._pools = [Groups(run, pool) for pool in run.rules.pools]
        people = run.scenario.tables["people"]["rep"].to_numpy()
        self._awarded = [
            frozenset(map(str, people[matching(award.match, run.scenario)]))
            for award in run.rules.awards
        ]

    def pay(self, period: str, history: Sequence[PaidPeriod]) -> tuple[list[Payout], list[Fund]]:
        """Return the payouts of a period, by rep, and its pools.

        Parameters
        ----------
        period : str
        history : sequence of PaidPeriod
            The periods before it, in order.

        Raises
        ------
        InputError
            Where somebody has no value of a metric that a gate looks at.
        """
        paid = [
            person
            for rep, person in self._run.people.items()
            if not person.is_open or (period, rep) in self._actuals.sold
        ]
        earned = self._earned(period, paid, history)
        everybody = self._run.people if self._pools else ()
        figures = {rep: self._book.own(rep, period) for rep in everybody}
        names = {person.rep for person in paid}
        funds = [
            fund
            for groups in self._pools
            for fund in funds_of(groups, period, figures, names, self._run)
        ]
        pooled: dict[str, list[Line]] = {}
        for fund in funds:
            for rep in fund.parts:
                pooled.setdefault(rep, []).append(fund.line(rep))
        payouts = []
        for payout, person in zip(earned, paid, strict=True):
            pools = pooled.get(person.rep, ())
            whole = replace(payout, lines=(*payout.lines, *pools)) if pools else payout
            whole = self._awards(whole, history) if self._awarded else whole
            payouts.append(self._guarantee(whole, person))
        return payouts, funds

    def _earned(
        self, period: str, paid: Sequence[Person], history: Sequence[PaidPeriod]
    ) -> list[Payout]:
        """Return what plans earn the people of a period, without what comes on top."""
        plans = self._run.rules.plans
        figures = [
            self._book.basis(plans[person.plan], person, period)
            if person.plan >= 0
            else self._book.own(person.rep, period)
            for person in paid
        ]
        wins = self._winners(paid, figures)
        missing: Missing = {}
        found = []
        for person, own in zip(paid, figures, strict=True):
            lines: list[Line] = []
            if person.plan >= 0:
                basis = self._basis(person, period, own, history, person.rep in wins)
                lines = _tried(plans[person.plan], basis, person.rep, missing)
                lines += self._before(plans[person.plan], person.rep, period, history, lines)
            found.append(self._payout(period, person, own, lines))
        if missing:
            raise InputError("\n".join(_metric_text(period, *one) for one in missing.items()))
        return found

    def _payout(self, period: str, person: Person, own: Figures, lines: list[Line]) -> Payout:
        main = self._run.measures[0]
        target, actual = own.level(main, "target"), own.actual(main)
        plan = self._run.rules.plans[person.plan].name if person.plan >= 0 else ""
        reached = attainment(actual, target)
        return Payout(period, person.rep, plan, target, actual, reached, tuple(lines))

    def _basis(
        self,
        person: Person,
        period: str,
        figures: Figures,
        history: Sequence[PaidPeriod],
        wins: bool,
    ) -> Basis:
        metrics = self._actuals.metrics.get((period, person.rep), {})
        plan = self._run.rules.plans[person.plan]
        if person.target_incentive is None:
            raise InputError(
                f"{person.rep} was an open position, and people name no target incentive for it; "
                f"fill in the column that the plan {plan.name} names, and plan again"
            )
        return Basis(
            figures=figures,
            target_incentive=person.target_incentive,
            periods=len(self._book.counted(plan, period)),
            wins=wins,
            before=self._attained_before(person.rep, period, metrics, history),
            metrics=metrics,
            per_unit=self._run.per_unit,
            main=self._run.measures[0],
            planned=self._planned,
        )

    def _attained_before(
        self,
        rep: str,
        period: str,
        metrics: Mapping[str, Decimal],
        history: Sequence[PaidPeriod],
    ) -> Fraction | None:
        """Return the attainment of the period before: as a metric says, else as it was paid."""
        if ATTAINMENT_BEFORE in metrics:
            return Fraction(metrics[ATTAINMENT_BEFORE])
        place = self._run.periods.index(period)
        if not history or (place and history[-1].period != self._run.periods[place - 1]):
            return None
        return history[-1].value(rep, ATTAINMENT)

    def _winners(self, paid: Sequence[Person], figures: Sequence[Figures]) -> set[str]:
        found: set[str] = set()
        for place, plan in enumerate(self._run.rules.plans):
            if plan.bonus is None or plan.bonus.rank is None:
                continue
            rank = plan.bonus.rank
            ranked = [
                (_group(person, rank.within), person.rep, reached)
                for person, own in zip(paid, figures, strict=True)
                if person.plan == place and (reached := self._book.attainment(own)) is not None
            ]
            found |= winners(rank, ranked)
        return found

    def _before(
        self,
        plan: Plan,
        rep: str,
        period: str,
        history: Sequence[PaidPeriod],
        lines: Sequence[Line],
    ) -> list[Line]:
        """Return the line that takes off what the year to date has been paid already."""
        if plan.basis == "period":
            return []
        counted = self._book.counted(plan, period)
        before = total(one.earned.get(rep, ZERO) for one in history if one.period in counted)
        due = total(line.amount for line in lines)
        if not before:
            return []
        return [Line(BEFORE, "", f"in {counted[0]} and after", before, None, -min(before, due))]

    def _awards(self, payout: Payout, history: Sequence[PaidPeriod]) -> Payout:
        lines = list(payout.lines)
        for award, reps in zip(self._run.rules.awards, self._awarded, strict=True):
            if payout.rep not in reps:
                continue
            if award.metric == ATTAINMENT:
                reached = payout.attainment
                now = None if reached is None else Fraction(payout.actual) / Fraction(payout.target)
            else:
                value = self._actuals.metrics.get((payout.period, payout.rep), {}).get(award.metric)
                now = None if value is None else Fraction(value)
            values = [one.value(payout.rep, award.metric) for one in history]
            line = award_line(award, [*values, now])
            lines += [] if line is None else [line]
        return replace(payout, lines=tuple(lines))

    def _guarantee(self, payout: Payout, person: Person) -> Payout:
        plan = self._run.rules.plans[person.plan] if person.plan >= 0 else None
        if plan is None or plan.guarantee is None:
            return payout
        share = self._tenure.guaranteed(plan.guarantee, payout.period, person.start)
        line = guarantee_line(plan.guarantee, share, payout.amount) if share else None
        return payout if line is None else replace(payout, lines=(*payout.lines, line))


def _tried(plan: Plan, basis: Basis, rep: str, missing: Missing) -> list[Line]:
    """Return the lines that a plan earns; note who has no value of a metric."""
    try:
        return earned_lines(plan, basis)
    except MissingMetricError as error:
        missing.setdefault((plan.name, str(error.args[0])), []).append(rep)
        return []


def _metric_text(period: str, place: tuple[str, str], reps: list[str]) -> str:
    plan, metric = place
    remedy = "add it to the actuals as a column"
    if metric == SCORE:
        remedy = "name what 'score' wrote with --scores"
    return (
        f"the plan {plan} has a gate on {metric}, and {named(reps)} have no {metric} in {period}; "
        f'{remedy}, or write missing = "pass" in the gate'
    )


def _group(person: Person, within: str) -> str:
    return {"region": person.region, "team": person.team}.get(within, "*")
