"""Everything a trial needs: who is paid by which rules, and how attainments come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.match import plan_of_people
from optimizer.incentives.plan import IncentivePlan, Plan
from optimizer.pay.extras import Tenure
from optimizer.pay.history import PaidPeriod
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.attainment import Attainments, laws_of
from optimizer.stress.awards import Reward, build_reward
from optimizer.stress.basis import Basis, build_basis
from optimizer.stress.basis import in_single as basis_in_single
from optimizer.stress.earlier import Earlier, attained_before
from optimizer.stress.gates import gate_factors
from optimizer.stress.payees import Payees
from optimizer.stress.pools import Fund, build_fund
from optimizer.stress.pools import in_single as fund_in_single
from optimizer.stress.rules import Shock, StressRules
from optimizer.stress.schedule import Schedule, build_schedule
from optimizer.stress.schedule import in_single as schedule_in_single
from optimizer.stress.tiers import MAIN, build_blocks, tiers_of


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
    blocks : tuple of Basis or None
        Of each commission block that looks at other attainments than the plan.
    """

    plan: Plan
    reps: Ints
    schedules: tuple[Schedule, ...]
    basis: Basis
    blocks: tuple[Basis | None, ...]


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
    before : tuple of (rep,) floats or None
        For each period, the attainment of the one before where it is known besides.
    region_size : (region,) floats
        Targets of each region.
    rewards : tuple of Reward
        Awards that pay.
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
    before: tuple[Floats | None, ...]
    region_size: Floats
    rewards: tuple[Reward, ...] = ()

    @property
    def region_reps(self) -> Ints:
        """How many reps each region has, (region,) ints; reps are in the order of regions."""
        return np.bincount(self.region, minlength=len(self.regions))

    @property
    def is_cumulative(self) -> bool:
        """Whether what was sold in earlier periods counts in later ones."""
        return any(len(one) > 1 for paying in self.paying for one in paying.basis.counted)

    @property
    def looks_back(self) -> bool:
        """Whether attainments of earlier periods count in later ones."""
        has_progress = any(
            schedule.progress is not None for one in self.paying for schedule in one.schedules
        )
        return has_progress or bool(self.rewards)

    @property
    def chances(self) -> Floats:
        """Probability of each shock, 0 for a what-if, (shock,) floats."""
        return np.array([shock.probability or 0.0 for shock in self.rules.shocks])

    def chosen(self, payings: tuple[Paying, ...]) -> World:
        """Return the part of the world that some plans, all pools and all awards make."""
        parts = [one.reps for one in payings]
        parts += [fund.member for funds in self.funds for fund in funds]
        parts += [reward.reps for reward in self.rewards]
        if any(one.basis.group is not None for one in payings):
            parts.append(np.arange(len(self.region)))
        reps = np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=int)
        place = np.full(len(self.region), -1)
        place[reps] = np.arange(len(reps))
        return replace(
            self,
            paying=tuple(_of_some(one, reps, place) for one in payings),
            funds=tuple(
                tuple(replace(fund, member=place[fund.member]) for fund in funds)
                for funds in self.funds
            ),
            laws=self.laws.chosen(reps),
            region=self.region[reps],
            hit=self.hit[:, reps],
            target=self.target[:, reps],
            before=tuple(None if one is None else one[reps] for one in self.before),
            rewards=tuple(replace(one, reps=place[one.reps]) for one in self.rewards),
        )


def _of_some(one: Paying, reps: Ints, place: Ints) -> Paying:
    """Return a plan in a world of some reps, each at a new place."""
    return replace(
        one,
        reps=place[one.reps],
        basis=one.basis.chosen(reps),
        blocks=tuple(None if block is None else block.chosen(reps) for block in one.blocks),
    )


def build_world(
    payees: Payees,
    incentives: IncentivePlan,
    rules: StressRules,
    goals: Mapping[str, pd.Series],
    past: pd.Series | None = None,
    earlier: Sequence[PaidPeriod] = (),
) -> World:
    """Lay the rules of pay and of chance on the people of a run.

    Parameters
    ----------
    goals : mapping of period to Series
        Region → its goal, in the scenario's unit.
    past : Series, optional
        Attainments of the past by rep, for the model ``history``.
    earlier : sequence of PaidPeriod
        Periods that earlier runs paid, in order.

    Raises
    ------
    InputError
        Where the rules ask for what is not there.
    """
    plan_of = plan_of_people(incentives.plans, payees.scenario)[payees.order]
    paying = []
    for index, plan in enumerate(incentives.plans):
        reps = np.flatnonzero(plan_of == index)
        if len(reps):
            paying.append(_paying(plan, payees, reps, rules))
    before = Earlier(payees, earlier)
    built = [build_reward(award, payees, rules, before) for award in incentives.awards]
    rewards = tuple(reward for reward in built if reward is not None)
    if not paying and not incentives.pools and not rewards:
        raise InputError("no plan of incentive.toml pays anybody; check the plans' match")
    regions, region = np.unique(payees.labels("region"), return_inverse=True)
    target = payees.target.sum(axis=2)
    return World(
        payees=payees,
        rules=replace(rules, assumed=rules.assumed + _alike(incentives, payees)),
        paying=tuple(paying),
        funds=_funds(incentives, payees, goals),
        laws=laws_of(payees, rules, past),
        regions=tuple(map(str, regions)),
        region=region,
        hit=_hits(payees, rules.shocks),
        target=target,
        before=tuple(attained_before(payees, rules, before)),
        region_size=np.bincount(region, target.sum(axis=0), len(regions)).astype(float),
        rewards=rewards,
    )


def _funds(
    incentives: IncentivePlan, payees: Payees, goals: Mapping[str, pd.Series]
) -> tuple[tuple[Fund, ...], ...]:
    members = payees.scenario.table("pool_members")
    return tuple(
        tuple(
            fund
            for pool in incentives.pools
            if (fund := build_fund(pool, payees, period, goals[name], members)) is not None
        )
        for period, name in enumerate(payees.periods)
    )


def _alike(incentives: IncentivePlan, payees: Payees) -> tuple[str, ...]:
    """Say that measures with targets of their own are attained as the main one is."""
    named = {block.measure for plan in incentives.plans for block in plan.commissions}
    main = payees.scenario.settings.measure
    return tuple(
        f"{measure}: a rep's attainment is the same as that of {main}"
        for measure in sorted(named & set(payees.others) - {MAIN})
    )


def _paying(plan: Plan, payees: Payees, reps: Ints, rules: StressRules) -> Paying:
    given, names = payees.scenario.table("metrics"), payees.labels("rep")[reps]
    basis, _ = build_basis(plan, payees, reps)
    blocks = build_blocks(plan, payees, reps, rules.measures)
    schedules = tuple(
        build_schedule(
            plan,
            payees,
            reps,
            tuple(tiers_of(block, period) for block in blocks),
            basis.target[period],
            gate_factors(plan.gates, rules.metrics, given, name, names, basis.target[period] > 0),
            _guarantee(plan, payees, reps, name),
            len(basis.counted[period]),
        )
        for period, name in enumerate(payees.periods)
    )
    return Paying(plan, reps, schedules, basis, tuple(block.basis for block in blocks))


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
        replace(
            one,
            schedules=tuple(map(schedule_in_single, one.schedules)),
            basis=basis_in_single(one.basis),
            blocks=tuple(None if block is None else basis_in_single(block) for block in one.blocks),
        )
        for one in world.paying
    )
    return replace(
        world,
        paying=paying,
        funds=tuple(tuple(map(fund_in_single, funds)) for funds in world.funds),
        target=world.target.astype(np.float32),
        before=tuple(None if one is None else one.astype(np.float32) for one in world.before),
    )


def _hits(payees: Payees, shocks: tuple[Shock, ...]) -> Floats:
    hit = np.ones((len(shocks), len(payees)))
    for place, shock in enumerate(shocks):
        hit[place, payees.matched(shock.match, f"shock {shock.name}")] = shock.factor
    return hit
