"""The rules of one plan for its reps in one period, as arrays of floats.

Everything is a function of attainment: a block's actual is attainment × target, for all products
of a rep alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import cached_property

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.plan import Bonus, Cap, Plan
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import Payees
from optimizer.stress.tiers import Tiers
from optimizer.stress.tiers import in_single as tiers_in_single


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

    @cached_property
    def steps(self) -> tuple[Floats, Floats]:
        """By how much the multiplier jumps, and its slope changes, at each knot."""
        value = self.multiplier
        if not self.is_linear:
            return np.diff(value, prepend=value.dtype.type(0)), np.zeros_like(value)
        run, rise = np.diff(self.start), np.diff(value)
        slope = np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)
        nothing = np.zeros(1, dtype=value.dtype)
        changes = np.diff(np.concatenate([slope, nothing]), prepend=nothing)
        # The value of the first knot, then the jumps of knots at one attainment.
        return np.concatenate([value[:1], np.where(run > 0, 0, rise)]), changes


@dataclass(frozen=True)
class Ranking:
    """Groups of reps whose best receive at least a multiplier.

    Attributes
    ----------
    groups : tuple of (slice or (member,) ints, int, int)
        Positions of the reps, how many they are, and how many win.
    multiplier, start : float
    is_even : bool
        Whether groups of one size, with as many winners, follow each other and hold all reps.
    """

    groups: tuple[tuple[slice | Ints, int, int], ...]
    multiplier: float
    start: float
    is_even: bool


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
    tiers: tuple[Tiers, ...],
    target: Floats,
    factor: Floats,
    guarantee: Floats,
    periods: int = 1,
) -> Schedule:
    """Lay the rules of a plan on its reps in a period.

    Parameters
    ----------
    reps : (rep,) ints
        Whom it pays.
    tiers : tuple of Tiers
        Its commission blocks.
    target : (rep,) floats
        Of what it pays on.
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
    has_target = target > 0
    bonus = plan.bonus
    incentive: Floats = np.zeros(len(reps))
    if bonus is not None:
        incentive = target_incentive(plan, bonus.target_incentive, payees)[reps] * periods
    return Schedule(
        reps=reps,
        tiers=tiers,
        bands=None if bonus is None else _bands(plan, bonus, np.where(has_target, incentive, 0.0)),
        factor=factor,
        cap=_cap(plan.cap, incentive, periods),
        guarantee=guarantee,
        ranking=None if bonus is None else _ranking(bonus, payees, reps, has_target),
        progress=_progress(bonus),
    )


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
    size = groups[0][1] if groups else 0
    is_even = size * len(groups) == len(reps) and all(
        members == slice(place * size, place * size + size) if isinstance(members, slice) else False
        for place, (members, _, _) in enumerate(groups)
    )
    return Ranking(tuple(groups), float(rank.multiplier), float(rank.start), is_even)


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
        tiers=tuple(map(tiers_in_single, schedule.tiers)),
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
