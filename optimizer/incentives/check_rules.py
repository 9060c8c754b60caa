"""Rules on rules of pay: steps in order, pay that does not fall, gates, caps, names once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from optimizer.errors import Finding
from optimizer.incentives.check_steps import check_steps
from optimizer.incentives.plan import Bonus, Commission, Gate, Plan, Rank
from optimizer.incentives.words import percent, plain, threshold_text
from optimizer.inputs.document import Document
from optimizer.inputs.forms import tables_of

Parts = Mapping[str, Mapping[str, Any]]
"""``plan``, ``pool``, ``award`` → path → rule."""


def check_plan(document: Document, path: str, plan: Plan) -> Iterator[Finding]:
    """Check one plan by itself.

    Parameters
    ----------
    document : Document
    path : str
        Where it is written, such as ``plan[0]``.
    plan : Plan
    """
    keys = dict(tables_of(document.keys, "plan[]"))[path]
    for index, block in enumerate(plan.commissions):
        at = f"{path}.commission[{index}]"
        yield from check_steps(document.finding, f"{at}.tiers", keys["commission"][index]["tiers"])
        yield from _rates(document, at, block)
    if plan.bonus is not None:
        bands, at = keys["bonus"]["bands"], f"{path}.bonus"
        is_linear = plan.bonus.mode == "linear"
        yield from check_steps(document.finding, f"{at}.bands", bands, jumps=is_linear)
        yield from _multipliers(document, at, plan.bonus)
    yield from _gates(document, path, plan.gates)
    if plan.cap is not None and plan.cap.of and plan.bonus is None:
        problem = "the cap is a multiple of the target incentive, and the plan has no bonus"
        remedy = "Write the cap as an amount, or add a bonus."
        yield document.finding(f"{path}.cap", plan.cap.of, problem, remedy)
    if not plan.commissions and plan.bonus is None and plan.guarantee is None:
        problem = "the plan pays nothing by itself: no commission, no bonus, no guarantee"
        remedy = "Add [[plan.commission]] or [plan.bonus], unless only pools and awards pay."
        yield document.finding(path, plan.name, problem, remedy, "note")


def _rates(document: Document, path: str, block: Commission) -> Iterator[Finding]:
    """Note rates above all that is sold, rates that fall, and jumps of pay."""
    for index, tier in enumerate(block.tiers):
        if tier.rate > 1 and block.per_unit is None:
            problem = f"the rate is {percent(tier.rate)} of {block.measure}: more than all of it"
            remedy = f"Write {plain(tier.rate / 100)} if {percent(tier.rate / 100)} is meant."
            yield document.finding(
                f"{path}.tiers[{index}].rate", plain(tier.rate), problem, remedy, "note"
            )
    for index, (one, following) in enumerate(pairwise(block.tiers), start=1):
        if following.rate < one.rate:
            where = threshold_text(following.start)
            problem = f"the rate falls from {percent(one.rate)} to {percent(following.rate)}"
            remedy = f"More sales earn less per unit from {where} on; raise the rate if not meant."
            if block.mode == "retroactive":
                problem += f", so pay falls when {where} is reached"
                remedy = "Nobody should earn less for selling more: let rates rise, or pay by slice"
                remedy += ' with mode = "marginal".'
            key = f"{path}.tiers[{index}].rate"
            yield document.finding(key, plain(following.rate), problem, remedy, "note")
    jumps = [
        f"{threshold_text(later.start)} (by {percent(later.rate - one.rate)} of all sold)"
        for one, later in pairwise(block.tiers)
        if later.rate > one.rate
    ]
    if jumps and block.mode == "retroactive":
        problem = f"pay jumps at {', '.join(jumps)}"
        remedy = 'Just below a jump one deal is worth much; mode = "marginal" has no jumps.'
        yield document.finding(f"{path}.tiers", None, problem, remedy, "note")


def _multipliers(document: Document, path: str, bonus: Bonus) -> Iterator[Finding]:
    """Note multipliers that fall, jumps of pay, and awards by rank that anybody wins."""
    jumps = []
    for index, (one, following) in enumerate(pairwise(bonus.knots), start=1):
        where = percent(following.start)
        if following.multiplier < one.multiplier:
            problem = (
                f"the multiplier falls from {plain(one.multiplier)} to "
                f"{plain(following.multiplier)} at {where}: less pay for more sales"
            )
            key, remedy = f"{path}.bands[{index}].multiplier", "Let multipliers rise."
            yield document.finding(key, plain(following.multiplier), problem, remedy, "note")
        elif following.multiplier > one.multiplier and (
            bonus.mode == "band" or one.start == following.start
        ):
            jumps.append(f"{where} (by {plain(following.multiplier - one.multiplier)})")
    if jumps:
        problem = f"the bonus jumps at {', '.join(jumps)} times the target incentive"
        remedy = 'Just below a jump one deal is worth much; mode = "linear" has none.'
        yield document.finding(f"{path}.bands", None, problem, remedy, "note")
    if bonus.rank is not None and _anybody_wins(bonus.rank):
        problem = "a rep alone in a group is in its top share, whatever the attainment"
        remedy = f"Set from, such as 1.0, or min_group, such as {_sensible(bonus.rank)}."
        yield document.finding(f"{path}.rank", plain(bonus.rank.top), problem, remedy, "note")


def _anybody_wins(rank: Rank) -> bool:
    return rank.start == 0 and rank.min_group < _sensible(rank)


def _sensible(rank: Rank) -> int:
    """Return the size from which the top share of a group is one person."""
    return int((1 / rank.top).to_integral_value(rounding="ROUND_CEILING"))


def _gates(document: Document, path: str, gates: tuple[Gate, ...]) -> Iterator[Finding]:
    """Check that gates on one metric differ, agree on missing values, and cut more below."""
    seen: dict[str, tuple[Gate, ...]] = {}
    for index, gate in enumerate(gates):
        at = f"{path}.gate[{index}]"
        for other in seen.get(gate.metric, ()):
            if gate.below == other.below:
                problem = f"{gate.metric} has two gates below {plain(gate.below)}"
                yield document.finding(f"{at}.below", plain(gate.below), problem, "Keep one.")
            elif (gate.below < other.below) == (_most_left(gate) > _most_left(other)):
                problem = (
                    f"a lower {gate.metric} is cut less than a higher one "
                    f"({plain(_most_left(other))} below {plain(other.below)})"
                )
                value = plain(_most_left(gate))
                remedy = "Of gates on one measure the lowest reached applies; let it cut most."
                yield document.finding(f"{at}.factor", value, problem, remedy, "note")
            if gate.missing != other.missing:
                problem = f"the gates on {gate.metric} treat a missing value differently"
                remedy = "Write the same `missing` in each of them."
                yield document.finding(f"{at}.missing", gate.missing, problem, remedy)
        seen[gate.metric] = (*seen.get(gate.metric, ()), gate)


def _most_left(gate: Gate) -> Decimal:
    """Return what a gate leaves right below its threshold."""
    top, bottom = gate.left(gate.below)
    return top / bottom


def check_whole(document: Document, parts: Parts) -> Iterator[Finding]:
    """Check plans, pools and awards together: some, each name once, none out of reach."""
    if not any(document.keys.get(name) for name in parts):
        problem = "the file has no plan, pool or award"
        yield document.finding("", None, problem, "Begin with [[plan]].")
    for kind, rules in parts.items():
        seen: dict[str, str] = {}
        for path, rule in rules.items():
            if rule.name in seen:
                problem = f"{seen[rule.name]} has this name too"
                remedy = f"Give each {kind} a name of its own; payouts show it."
                yield document.finding(f"{path}.name", rule.name, problem, remedy)
            seen.setdefault(rule.name, path)
    everyone = ""
    for path, plan in parts["plan"].items():
        if everyone:
            problem = f"nobody is left for this plan: {everyone} before it pays everyone"
            remedy = "The first plan that matches pays a rep; put the plan without match last."
            yield document.finding(path, plan.name, problem, remedy, "note")
        elif not plan.match:
            everyone = plan.name
    yield from _pools(document, parts["pool"])


def _pools(document: Document, pools: Mapping[str, Any]) -> Iterator[Finding]:
    for path, pool in pools.items():
        if pool.of == "members" and pool.measured_against == "goal":
            written = dict(tables_of(document.keys, "pool[]"))[path]
            if "measured_against" in written:
                problem = "people of a pool have no goal as a group"
                remedy = 'Write measured_against = "street": the sum of their targets.'
                yield document.finding(f"{path}.measured_against", "goal", problem, remedy)
        if pool.trigger < pool.over:
            problem = (
                f"between {percent(pool.trigger)} and {percent(pool.over)} the excess is below 0, "
                "so the pool is empty"
            )
            key, value = f"{path}.trigger", plain(pool.trigger)
            remedy = "Set the trigger at or above `over`."
            yield document.finding(key, value, problem, remedy, "note")
