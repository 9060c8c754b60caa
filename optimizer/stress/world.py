"""Everything a trial needs: who is paid by which rules, and how attainments come about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.match import plan_of_people
from optimizer.incentives.plan import IncentivePlan, Plan
from optimizer.pay.actuals import ATTAINMENT_BEFORE
from optimizer.pay.extras import Tenure
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.attainment import Attainments, log_normal, quantiles_of
from optimizer.stress.basis import Basis, build_basis
from optimizer.stress.gates import gate_factors, metric_values
from optimizer.stress.payees import Flags, Payees
from optimizer.stress.pools import Fund, build_fund
from optimizer.stress.pools import in_single as fund_in_single
from optimizer.stress.rules import Shock, StressRules
from optimizer.stress.schedule import Schedule, build_schedule
from optimizer.stress.schedule import in_single as schedule_in_single


@dataclass(frozen=True)
class Paying:
    """A plan and those whom it pays.

    Attributes
    ----------
    plan : Plan
    reps : (rep,) ints
    schedules : tuple of Schedule
        One per period.
    basis : Basis
    """

    plan: Plan
    reps: Ints
    schedules: tuple[Schedule, ...]
    basis: Basis


@dataclass(frozen=True)
class World:
    """What is simulated.

    Attributes
    ----------
    payees : Payees
    rules : StressRules
    paying : tuple of Paying
        Plans that pay somebody.
    funds : tuple of tuple of Fund
        By period.
    laws : Attainments
    regions : tuple of str
    region : (rep,) ints
    hit : (shock, rep) floats
        What each shock leaves of a rep's sales.
    target : (period, rep) floats
    before : (rep,) floats or None
        Attainment of the period before the plan, where it is known.
    region_size : (region,) floats
        Targets of each region.
    """

    payees: Payees
    rules: StressRules
    paying: tuple[Paying, ...]
    funds: tuple[tuple[Fund, ...], ...]
    laws: Attainments
    regions: tuple[str, ...]
    region: Ints
    hit: Floats
    target: Floats
    before: Floats | None
    region_size: Floats

    @property
    def chances(self) -> Floats:
        """Probability of each shock, 0 for a what-if, (shock,) floats."""
        return np.array([shock.probability or 0.0 for shock in self.rules.shocks])

    def chosen(self, payings: tuple[Paying, ...]) -> World:
        """Return the part of the world that some plans and all pools make."""
        parts = [one.reps for one in payings]
        parts += [fund.member for funds in self.funds for fund in funds]
        if any(one.basis.group is not None for one in payings):
            parts.append(np.arange(len(self.region)))
        reps = np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=int)
        place = np.full(len(self.region), -1)
        place[reps] = np.arange(len(reps))
        return replace(
            self,
            paying=tuple(replace(one, reps=place[one.reps]) for one in payings),
            funds=tuple(
                tuple(replace(fund, member=place[fund.member]) for fund in funds)
                for funds in self.funds
            ),
            laws=self.laws.chosen(reps),
            region=self.region[reps],
            hit=self.hit[:, reps],
            target=self.target[:, reps],
            before=None if self.before is None else self.before[reps],
        )


def build_world(
    payees: Payees,
    incentives: IncentivePlan,
    rules: StressRules,
    goals: Mapping[str, pd.Series],
    past: pd.Series | None = None,
) -> World:
    """Lay the rules of pay and of chance on the people of a run.

    Parameters
    ----------
    goals : mapping of period to Series
        Region → its goal, in the scenario's unit.
    past : Series, optional
        Attainments of the past by rep, for the model ``history``.

    Raises
    ------
    InputError
        Where the rules ask for what is not there, or for what is not simulated.
    """
    plan_of = plan_of_people(incentives.plans, payees.scenario)[payees.order]
    refuse_unknown(incentives)
    paying = []
    for index, plan in enumerate(incentives.plans):
        reps = np.flatnonzero(plan_of == index)
        if len(reps):
            paying.append(_paying(plan, payees, reps, rules))
    if not paying and not incentives.pools:
        raise InputError("no plan of incentive.toml pays anybody; check the plans' match")
    members = payees.scenario.table("pool_members")
    funds = tuple(
        tuple(
            fund
            for pool in incentives.pools
            if (fund := build_fund(pool, payees, period, goals[name], members)) is not None
        )
        for period, name in enumerate(payees.periods)
    )
    regions, region = np.unique(payees.labels("region"), return_inverse=True)
    target = payees.target.sum(axis=2)
    return World(
        payees=payees,
        rules=rules,
        paying=tuple(paying),
        funds=funds,
        laws=laws_of(payees, rules, past),
        regions=tuple(map(str, regions)),
        region=region,
        hit=_hits(payees, rules.shocks),
        target=target,
        before=_before(payees, rules),
        region_size=np.bincount(region, target.sum(axis=0), len(regions)).astype(float),
    )


def _paying(plan: Plan, payees: Payees, reps: Ints, rules: StressRules) -> Paying:
    given, names = payees.scenario.table("metrics"), payees.labels("rep")[reps]
    basis, levels = build_basis(plan, payees, reps)
    schedules = tuple(
        build_schedule(
            plan,
            payees,
            reps,
            levels[period],
            gate_factors(plan.gates, rules.metrics, given, name, names),
            _guarantee(plan, payees, reps, name),
            len(basis.counted[period]),
        )
        for period, name in enumerate(payees.periods)
    )
    return Paying(plan, reps, schedules, basis)


def _guarantee(plan: Plan, payees: Payees, reps: Ints, period: str) -> Floats:
    """Return what each rep is paid at least in a period, (rep,) floats."""
    if plan.guarantee is None:
        return np.zeros(len(reps))
    tenure = Tenure(payees.scenario)
    starts = [None if pd.isna(one) else one.date() for one in payees.people["start"].iloc[reps]]
    share = [float(tenure.guaranteed(plan.guarantee, period, start)) for start in starts]
    return float(plan.guarantee.amount) * np.array(share)


def in_single(world: World) -> World:
    """Return a world of single precision, for simulation."""
    paying = tuple(
        replace(one, schedules=tuple(map(schedule_in_single, one.schedules)))
        for one in world.paying
    )
    return replace(
        world,
        paying=paying,
        funds=tuple(tuple(map(fund_in_single, funds)) for funds in world.funds),
        target=world.target.astype(np.float32),
    )


def _before(payees: Payees, rules: StressRules) -> Floats | None:
    """Return the measure attainment_before of the first period; None where nobody has it."""
    given, first = payees.scenario.table("metrics"), payees.periods[0]
    found = metric_values(ATTAINMENT_BEFORE, rules.metrics, given, first, payees.labels("rep"))
    return None if np.isnan(found).all() else found


def refuse_unknown(incentives: IncentivePlan) -> None:
    """Refuse rules that a simulation from attainments cannot pay.

    Raises
    ------
    InputError
    """
    for plan in incentives.plans:
        for block in plan.commissions:
            if block.measure != "amount":
                raise InputError(
                    f"plan {plan.name} pays commission on {block.measure}; stress simulates "
                    "amounts only: give it a file (--incentive) without that block"
                )
            if block.products and (plan.of != "rep" or plan.basis != "period"):
                raise InputError(
                    f"plan {plan.name} pays commission on some products by the attainment of a "
                    "group or of the year to date; stress simulates such plans for all products "
                    "together: give it a file (--incentive) without the block's products"
                )
    for award in incentives.awards:
        if award.amount:
            raise InputError(
                f"award {award.name} pays an amount; stress does not simulate awards: give it a "
                "file (--incentive) without it and add its cost by hand"
            )


def laws_of(payees: Payees, rules: StressRules, past: pd.Series | None) -> Attainments:
    """Return how the attainment of each rep spreads; the first spread that matches counts.

    Raises
    ------
    InputError
        Where history is asked for and there is none.
    """
    number = len(payees)
    log_mean, log_spread = np.zeros(number), np.zeros(number)
    lognormal = np.zeros(number, dtype=bool)
    left = np.ones(number, dtype=bool)
    others = []
    for spread in rules.spreads:
        chosen = left & payees.matched(spread.match, "[[stress.by]]")
        left &= ~chosen
        reps = np.flatnonzero(chosen)
        if spread.model == "lognormal" and spread.mean is not None:
            log_mean[reps], log_spread[reps] = log_normal(spread.mean, spread.cv)
            lognormal |= chosen
        elif len(reps):
            is_past = spread.model == "history"
            sample = _sample(past, payees, chosen, spread.mean) if is_past else None
            others.append(quantiles_of(reps, spread, sample))
    return Attainments(log_mean, log_spread, lognormal, tuple(others), rules.company, rules.region)


def _sample(past: pd.Series | None, payees: Payees, chosen: Flags, mean: float | None) -> Floats:
    """Return past attainments of some reps, brought to a mean where one is given."""
    own = None if past is None else past[past.index.isin(payees.labels("rep")[chosen])]
    if own is None or own.empty:
        raise InputError(
            '[stress] attainment model "history" finds no past of these reps; add a metric '
            "attainment for past periods to the table metrics, or amounts by rep to history"
        )
    sample = own.to_numpy(dtype=float)
    return sample if mean is None else sample * (mean / sample.mean())


def _hits(payees: Payees, shocks: tuple[Shock, ...]) -> Floats:
    hit = np.ones((len(shocks), len(payees)))
    for place, shock in enumerate(shocks):
        hit[place, payees.matched(shock.match, f"shock {shock.name}")] = shock.factor
    return hit
