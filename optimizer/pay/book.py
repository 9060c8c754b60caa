"""The figures that pay rests on: of each rep and group, in a period or in the year to date."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from optimizer.domain.calendar import span_of
from optimizer.errors import InputError
from optimizer.incentives.plan import Plan
from optimizer.pay.actuals import Actuals
from optimizer.pay.earned import attainment
from optimizer.pay.figures import Figures, added
from optimizer.pay.run import Person, PlannedPay


class Book:
    """Targets and actuals by rep, group and period.

    Parameters
    ----------
    run : PlannedPay
    actuals : Actuals
    """

    def __init__(self, run: PlannedPay, actuals: Actuals) -> None:
        self._run, self._actuals = run, actuals
        self._teams: dict[tuple[str, str], list[str]] = {}
        for rep, person in run.people.items():
            self._teams.setdefault(("team", person.team), []).append(rep)
            self._teams.setdefault(("region", person.region), []).append(rep)
        self._of_group = cache(self._group)

    def own(self, rep: str, period: str) -> Figures:
        """Return the figures of a rep in one period."""
        levels = self._run.levels.get(period, {}).get(rep, {})
        return Figures(levels, self._actuals.sold.get((period, rep), {}))

    def counted(self, plan: Plan, period: str) -> tuple[str, ...]:
        """Return the periods that a plan pays on in a period: itself, or the year to date.

        Raises
        ------
        InputError
            Where the actuals leave out one of them.
        """
        if plan.basis == "period":
            return (period,)
        periods = year_to_date(self._run.periods, period)
        if missing := [one for one in periods if one not in self._actuals.periods]:
            raise InputError(
                f"the plan {plan.name} pays on the year to date, and the actuals have nothing for "
                f"{', '.join(missing)}; add the sales of every period up to {period}"
            )
        return periods

    def basis(self, plan: Plan, person: Person, period: str) -> Figures:
        """Return the figures that a plan pays a rep on."""
        periods = self.counted(plan, period)
        if plan.of == "rep":
            if len(periods) == 1:
                return self.own(person.rep, period)
            return added(self.own(person.rep, one) for one in periods)
        name = person.team if plan.of == "team" else person.region
        return self._of_group(plan.of, name, periods)

    def _group(self, of: str, name: str, periods: tuple[str, ...]) -> Figures:
        members = self._teams[of, name]
        return added(self.own(rep, period) for period in periods for rep in members)

    def attainment(self, figures: Figures) -> Decimal | None:
        """Return actual / target of the main measure."""
        main = self._run.measures[0]
        return attainment(figures.actual(main), figures.level(main, "target"))


def year_to_date(periods: tuple[str, ...], period: str) -> tuple[str, ...]:
    """Return the periods of a period's year up to it; all up to it where labels have no dates."""
    upto = periods[: periods.index(period) + 1]
    span = span_of(period)
    if span is None:
        return upto
    dated = [(one, span_of(one)) for one in upto]
    return tuple(one for one, own in dated if own is not None and own.year == span.year)
