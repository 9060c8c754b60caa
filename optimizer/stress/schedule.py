"""The rules of one plan for its reps in one period, as arrays of floats.

Everything is a function of attainment: a block's actual is attainment × target, for all products
of a rep alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.plan import Bonus, Cap, Commission, Plan, Threshold
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import Payees


@dataclass(frozen=True)
class Tiers:
    """A commission block.

    Attributes
    ----------
    names : tuple of str
        One per tier.
    start : (tier, rep) floats
        Attainment that each tier begins at, rising.
    rate : (tier, rep) floats
        Pay units per 100 % of attainment: rate × target of the block.
    is_marginal : bool
    is_common : bool
        Whether tiers begin at the same attainments for all reps.
    """

    names: tuple[str, ...]
    start: Floats
    rate: Floats
    is_marginal: bool
    is_common: bool

    def starts(self, place: int) -> Floats:
        """Return where a tier begins: a number where it is one for all reps, else (rep,) floats."""
        return np.asarray(self.start[place, 0] if self.is_common else self.start[place])


@dataclass(frozen=True)
class Bands:
    """A bonus.

    Attributes
    ----------
    names : tuple of str
        One per knot.
    start, multiplier : (knot,) floats
    is_linear : bool
    incentive : (rep,) floats
        Pay units at multiplier 1; 0 for a rep without a target.
    """

    names: tuple[str, ...]
    start: Floats
    multiplier: Floats
    is_linear: bool
    incentive: Floats


@dataclass(frozen=True)
class Ranking:
    """Groups of reps whose best receive at least a multiplier.

    Attributes
    ----------
    groups : tuple of (slice or (member,) ints, int, int)
        Positions of the reps, how many they are, and how many win.
    multiplier, start : float
    """

    groups: tuple[tuple[slice | Ints, int, int], ...]
    multiplier: float
    start: float


@dataclass(frozen=True)
class Schedule:
    """The rules of one plan in one period.

    Attributes
    ----------
    reps : (rep,) ints
        Positions of those whom the plan pays.
    tiers : tuple of Tiers
    bands : Bands or None
    factor : (rep,) floats
        What gates leave.
    cap, guarantee : (rep,) floats
        In pay units; infinite, or 0, where there is none.
    ranking : Ranking or None
        Positions count within `reps`.
    progress : tuple of float or None
        Gain, least attainment, multiplier.
    """

    reps: Ints
    tiers: tuple[Tiers, ...]
    bands: Bands | None
    factor: Floats
    cap: Floats
    guarantee: Floats
    ranking: Ranking | None = None
    progress: tuple[float, float, float] | None = None


def build_schedule(
    plan: Plan,
    payees: Payees,
    reps: Ints,
    levels: Mapping[str, Floats],
    factor: Floats,
    guarantee: Floats,
    periods: int = 1,
) -> Schedule:
    """Lay the rules of a plan on its reps in a period.

    Parameters
    ----------
    reps : (rep,) ints
        Whom it pays.
    levels : mapping of level to (rep, product) floats
        Floor, target and stretch of what it pays on.
    factor : (rep,) floats
        What gates leave.
    guarantee : (rep,) floats
        In pay units.
    periods : int
        How many periods it pays on.

    Raises
    ------
    InputError
        Where a column of target incentives is missing.
    """
    has_target = levels["target"].sum(axis=1) > 0
    bonus = plan.bonus
    incentive: Floats = np.zeros(len(reps))
    if bonus is not None:
        incentive = target_incentive(plan, bonus.target_incentive, payees)[reps] * periods
    return Schedule(
        reps=reps,
        tiers=tuple(
            _tiers(plan, number, block, payees, levels)
            for number, block in enumerate(plan.commissions, start=1)
        ),
        bands=None if bonus is None else _bands(plan, bonus, np.where(has_target, incentive, 0.0)),
        factor=factor,
        cap=_cap(plan.cap, incentive, periods),
        guarantee=guarantee,
        ranking=None if bonus is None else _ranking(bonus, payees, reps, has_target),
        progress=_progress(bonus),
    )


def _tiers(
    plan: Plan, number: int, block: Commission, payees: Payees, levels: Mapping[str, Floats]
) -> Tiers:
    products = payees.of_products(block.products)
    own = {name: table[:, products].sum(axis=1) for name, table in levels.items()}
    target = own["target"]
    start = np.array([_start(tier.start, own) for tier in block.tiers])
    start = np.maximum.accumulate(start, axis=0)
    per_unit = payees.per_unit if block.per_unit is None else float(block.per_unit)
    rate = np.array([[float(tier.rate)] for tier in block.tiers]) * (target * per_unit)
    label = f"{plan.name}, commission {number}" if len(plan.commissions) > 1 else plan.name
    return Tiers(
        tuple(f"{label} from {_shown(tier.start)}" for tier in block.tiers),
        start,
        rate,
        block.mode == "marginal",
        bool((start == start[:, :1]).all()),
    )


def _start(threshold: Threshold, levels: Mapping[str, Floats]) -> Floats:
    target = levels["target"]
    if threshold.attainment is not None:
        return np.full(len(target), float(threshold.attainment))
    level = levels[threshold.level]
    return np.divide(level, target, out=np.ones(len(target)), where=target > 0)


def _shown(threshold: Threshold) -> str:
    return threshold.level or f"{float(threshold.attainment or 0):g}"


def _bands(plan: Plan, bonus: Bonus, incentive: Floats) -> Bands:
    return Bands(
        tuple(f"{plan.name}, bonus from {float(knot.start):g}" for knot in bonus.knots),
        np.array([float(knot.start) for knot in bonus.knots]),
        np.array([float(knot.multiplier) for knot in bonus.knots]),
        bonus.mode == "linear",
        incentive,
    )


def target_incentive(plan: Plan, written: Decimal | str, payees: Payees) -> Floats:
    """Return what each rep's bonus is at multiplier 1, (rep,) floats.

    Raises
    ------
    InputError
        Where a column is missing.
    """
    if not isinstance(written, str):
        return np.full(len(payees), float(written))
    if written not in payees.people:
        raise InputError(
            f"plan {plan.name}: people have no column {written} for the target incentive; add it "
            "or write an amount"
        )
    found = pd.to_numeric(payees.people[written], errors="coerce")
    return found.fillna(0.0).to_numpy(dtype=float)


def _cap(cap: Cap | None, incentive: Floats, periods: int) -> Floats:
    if cap is None:
        return np.full(len(incentive), np.inf)
    if cap.amount is not None:
        return np.full(len(incentive), float(cap.amount) * periods)
    return np.asarray(float(cap.times or 0) * incentive)


def _ranking(bonus: Bonus, payees: Payees, reps: Ints, has_target: np.ndarray) -> Ranking | None:
    rank = bonus.rank
    if rank is None:
        return None
    within = (
        np.full(len(reps), "") if rank.within == "company" else payees.labels(rank.within)[reps]
    )
    groups = []
    for name in sorted(set(within[has_target])):
        members = np.flatnonzero((within == name) & has_target)
        winners = int((rank.top * len(members)).to_integral_value(ROUND_CEILING))
        if len(members) >= rank.min_group and winners > 0:
            groups.append((_as_slice(members), len(members), winners))
    return Ranking(tuple(groups), float(rank.multiplier), float(rank.start))


def _as_slice(members: Ints) -> slice | Ints:
    """Return positions as a slice where they follow each other: no copies are needed then."""
    first, last = int(members[0]), int(members[-1])
    return slice(first, last + 1) if last - first + 1 == len(members) else members


def _progress(bonus: Bonus | None) -> tuple[float, float, float] | None:
    if bonus is None or bonus.progress is None:
        return None
    rule = bonus.progress
    return float(rule.gain), float(rule.start), float(rule.multiplier)


def in_single(schedule: Schedule) -> Schedule:
    """Return a schedule whose arrays are of single precision, for simulation."""
    single = np.float32
    bands = schedule.bands
    return replace(
        schedule,
        tiers=tuple(
            replace(one, start=one.start.astype(single), rate=one.rate.astype(single))
            for one in schedule.tiers
        ),
        bands=None
        if bands is None
        else replace(
            bands,
            start=bands.start.astype(single),
            multiplier=bands.multiplier.astype(single),
            incentive=bands.incentive.astype(single),
        ),
        factor=schedule.factor.astype(single),
        cap=schedule.cap.astype(single),
        guarantee=schedule.guarantee.astype(single),
    )
