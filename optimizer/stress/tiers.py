"""The commission blocks of a plan for its reps, as arrays of floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.errors import InputError
from optimizer.incentives.plan import Commission, Plan, Threshold
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.basis import Basis, Levels, build_basis
from optimizer.stress.payees import Payees

MAIN = "amount"
"""Whatever the main measure of a run is called, rules of pay may call it so."""


@dataclass(frozen=True)
class Tiers:
    """A commission block in one period.

    Attributes
    ----------
    names : tuple of str
        One per tier.
    start : (tier, rep) floats
        Attainment that each tier begins at, rising.
    rate : (tier,) floats
    amount : (rep,) floats
        Pay units at 100 % of attainment and a rate of 1.
    is_marginal : bool
    is_common : bool
        Whether tiers begin at the same attainments for all reps.
    """

    names: tuple[str, ...]
    start: Floats
    rate: Floats
    amount: Floats
    is_marginal: bool
    is_common: bool

    @cached_property
    def changes(self) -> Floats:
        """By how much the rate changes at each start, (tier,) floats."""
        return np.diff(self.rate, prepend=self.rate.dtype.type(0))

    def starts(self, place: int) -> Floats:
        """Return where a tier begins: a number where it is one for all reps, else (rep,) floats."""
        return np.asarray(self.start[place, 0] if self.is_common else self.start[place])


@dataclass(frozen=True)
class Block:
    """What a commission block of a plan pays on.

    Attributes
    ----------
    rule : Commission
    label : str
        What its tiers are called by.
    basis : Basis or None
        None where attainment is that of the plan.
    levels : list of Levels
        By period: of the measure and products by which its tiers are judged.
    per_unit : float
        Pay units in one unit of that measure at a rate of 1.
    """

    rule: Commission
    label: str
    basis: Basis | None
    levels: list[Levels]
    per_unit: float


def build_blocks(
    plan: Plan, payees: Payees, reps: Ints, carried: Mapping[str, float]
) -> tuple[Block, ...]:
    """Return what the commission blocks of a plan pay on.

    A measure with targets of its own is judged by them; any other goes with the main one.

    Parameters
    ----------
    reps : (rep,) ints
        Whom the plan pays.
    carried : mapping of str to float
        What one unit of the main measure brings of a measure without targets.

    Raises
    ------
    InputError
        Where a measure has neither targets nor a place in `carried`.
    """
    found = []
    for number, rule in enumerate(plan.commissions, start=1):
        judged = rule.measure if rule.measure in payees.others and rule.measure != MAIN else ""
        basis, levels = build_basis(plan, payees, reps, judged, rule.products)
        is_plans = basis.is_own or not (judged or rule.products)
        per_unit = payees.per_unit if rule.per_unit is None else float(rule.per_unit)
        if not judged and rule.measure not in (MAIN, payees.scenario.settings.measure):
            per_unit *= _carried(plan, rule, carried)
        label = f"{plan.name}, commission {number}" if len(plan.commissions) > 1 else plan.name
        found.append(Block(rule, label, None if is_plans else basis, levels, per_unit))
    return tuple(found)


def _carried(plan: Plan, rule: Commission, carried: Mapping[str, float]) -> float:
    if rule.measure in carried:
        return carried[rule.measure]
    raise InputError(
        f"plan {plan.name} pays commission on {rule.measure}, for which nobody has a target; say "
        f"how much of it one unit sold brings: [stress] measures = {{ {rule.measure} = 0.3 }} in "
        "the scenario"
    )


def tiers_of(block: Block, period: int) -> Tiers:
    """Lay a commission block on the reps of its plan in a period."""
    levels, tiers = block.levels[period], block.rule.tiers
    start = np.array([_start(tier.start, levels) for tier in tiers])
    start = np.maximum.accumulate(start, axis=0)
    return Tiers(
        tuple(f"{block.label} from {_shown(tier.start)}" for tier in tiers),
        start,
        np.array([float(tier.rate) for tier in tiers]),
        levels["target"] * block.per_unit,
        block.rule.mode == "marginal",
        bool((start == start[:, :1]).all()),
    )


def _start(threshold: Threshold, levels: Levels) -> Floats:
    target = levels["target"]
    if threshold.attainment is not None:
        return np.full(len(target), float(threshold.attainment))
    level = levels[threshold.level]
    return np.divide(level, target, out=np.ones(len(target)), where=target > 0)


def _shown(threshold: Threshold) -> str:
    return threshold.level or f"{float(threshold.attainment or 0):g}"


def in_single(block: Tiers) -> Tiers:
    """Return a commission block of single precision, for simulation."""
    single = np.float32
    return replace(
        block,
        start=block.start.astype(single),
        rate=block.rate.astype(single),
        amount=block.amount.astype(single),
    )
