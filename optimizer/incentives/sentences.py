"""Rules of pay in plain sentences, for the people who are paid by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from optimizer.incentives.plan import Award, Bonus, Commission, Gate, Knot, Plan, Pool, Threshold
from optimizer.incentives.words import percent, plain

_GROUPS = {"rep": "your own", "team": "your team's", "region": "your region's"}
_LEVELS = {"floor": "your floor", "target": "your target", "stretch": "your stretch"}


def plan_sentences(plan: Plan, unit: str, per_unit: Decimal) -> Iterator[str]:
    """Yield what a plan says, one rule after the other.

    Parameters
    ----------
    plan : Plan
    unit : str
        Money of pay.
    per_unit : Decimal
        Pay units in one unit of the scenario.
    """
    yield f"This plan pays {match_words(plan.match)}."
    whose = _GROUPS[plan.of]
    included = "" if plan.of == "rep" else ", your own included"
    when = (
        "each period by itself"
        if plan.basis == "period"
        else "the year to date; what was paid before in the year is taken off, and never "
        "claimed back"
    )
    yield f"It looks at {whose} sales{included}, and counts {when}."
    for block in plan.commissions:
        yield _commission(block, whose, unit, per_unit)
    if plan.bonus is not None:
        yield from _bonus(plan.bonus, whose, unit)
    yield from _gates(plan.gates)
    if plan.cap is not None:
        if plan.cap.amount is None:
            most = f"{plain(plan.cap.times or Decimal(0))} times your target incentive"
        else:
            most = money(plan.cap.amount, unit)
        yield f"Commission and bonus together pay at most {most} per period."
    if plan.guarantee is not None:
        first = "period" if plan.guarantee.periods == 1 else f"{plan.guarantee.periods} periods"
        yield (
            f"In your first {first} you are paid at least "
            f"{money(plan.guarantee.amount, unit)} per period, by the days you are here; this is "
            "never claimed back."
        )
    if plan.paid:
        yield _when(plan.paid)


def _when(paid: str) -> str:
    return f"When it is paid: {paid.rstrip('.')}."


def match_words(match: Mapping[str, tuple[str, ...]]) -> str:
    """Return whom a rule is for, such as ``everyone whose role is senior``."""
    if not match:
        return "everyone"
    parts = [f"{column.removeprefix('x_')} is {' or '.join(values)}"
             for column, values in match.items()]  # fmt: skip
    return f"everyone whose {' and whose '.join(parts)}"


def money(amount: Decimal, unit: str) -> str:
    """Return an amount of pay with its unit, such as ``30,000 CNY``."""
    text = f"{amount:,.2f}".removesuffix(".00")
    return f"{text} {unit}".rstrip()


def _commission(block: Commission, whose: str, unit: str, per_unit: Decimal) -> str:
    sold = f"what is sold of {' and '.join(block.products)}" if block.products else "all sales"
    if block.measure != "amount":
        sold = f"the {block.measure} of {sold}"
    rates = {tier: _rate(block, tier.rate, unit, per_unit) for tier in block.tiers}
    if block.is_flat:
        return f"Commission: {rates[block.tiers[0]]} of {sold}."
    steps = [
        f"{_from(tier.start, block)} {rates[tier]}" if tier.start != Threshold(Decimal(0))
        else f"at first {rates[tier]}"
        for tier in block.tiers
    ]  # fmt: skip
    target = f"{whose} target" + (" for them" if block.products else "")
    if block.mode == "marginal":
        return (
            f"Commission on {sold}, each part at its own rate: {', '.join(steps)}. Percentages "
            f"are of {target}."
        )
    return (
        f"Commission on {sold}, all of it at one rate, that of the step you reach: "
        f"{', '.join(steps)}. Percentages are of {target}."
    )


def _rate(block: Commission, rate: Decimal, unit: str, per_unit: Decimal) -> str:
    """Return a rate in per cent, or in money per unit where the measure is no money."""
    own = per_unit if block.per_unit is None else block.per_unit
    if own == per_unit:
        return percent(rate)
    return f"{money(rate * own, unit)} per unit"


def _from(start: Threshold, block: Commission) -> str:
    if start.attainment is None:
        return f"from {_LEVELS[start.level]} on"
    return f"from {percent(start.attainment)} on"


def _bonus(bonus: Bonus, whose: str, unit: str) -> Iterator[str]:
    incentive = bonus.target_incentive
    amount = "your target incentive" if isinstance(incentive, str) else money(incentive, unit)
    how = "by steps" if bonus.mode == "band" else "on straight lines between these points"
    steps = ", ".join(map(_step, bonus.knots))
    below = f"below {percent(bonus.knots[0].start)} nothing, " if bonus.knots[0].start else ""
    yield (
        f"Bonus: {amount} per period times a factor that follows {whose} attainment (sales / "
        f"target) {how}: {below}{steps}."
    )
    if rank := bonus.rank:
        where = "of all" if rank.within == "company" else f"of your {rank.within}"
        terms = [f"you reach at least {percent(rank.start)}"] if rank.start else []
        terms += [f"there are at least {rank.min_group} of you"] if rank.min_group > 1 else []
        only = f", if {' and '.join(terms)}" if terms else ""
        yield (
            f"The best {percent(rank.top)} {where} by attainment, ties included, have a factor of "
            f"at least {plain(rank.multiplier)}{only}."
        )
    if progress := bonus.progress:
        only = f" and reaches at least {percent(progress.start)}" if progress.start else ""
        yield (
            f"Whoever gains at least {plain(progress.gain * 100)} points of attainment over the "
            f"period before{only} has a factor of at least {plain(progress.multiplier)}."
        )


def _step(knot: Knot) -> str:
    return f"from {percent(knot.start)} {plain(knot.multiplier)}"


def _gates(gates: tuple[Gate, ...]) -> Iterator[str]:
    for metric in dict.fromkeys(gate.metric for gate in gates):
        own = sorted(
            (gate for gate in gates if gate.metric == metric),
            key=lambda gate: gate.below,
            reverse=True,
        )
        steps = ", ".join(map(_gate, own))
        yield f"Commission and bonus depend on your {metric.replace('_', ' ')}: {steps}."


def _gate(gate: Gate) -> str:
    below = plain(gate.below)
    if gate.factor is None:
        return f"below {below}, they are paid in proportion, by its value / {below}"
    return f"below {below}, {percent(gate.factor)} of them are paid"


def pool_sentence(pool: Pool) -> str:
    """Return what a pool says."""
    group = {"company": "the company", "members": "its people together"}.get(
        pool.of, f"the {pool.of}"
    )
    against = "goal" if pool.measured_against == "goal" else "the sum of its people's targets"
    whose = f"{group}'s goal" if against == "goal" else against
    over = "" if pool.over == 1 else f"{percent(pool.over)} of "
    split = {
        "equal": f"is shared evenly by {match_words(pool.match)}",
        "amount": f"is shared by {match_words(pool.match)}, in proportion to what they sold",
        "share": f"is shared by {match_words(pool.match)}, by the shares agreed for it",
        "none": "is kept as a fund; nobody is paid from it",
    }[pool.split]
    text = (
        f"{pool.name}: once {group} reaches {percent(pool.trigger)}, {percent(pool.rate)} of what "
        f"was sold over {over}{whose} {split}."
    )
    return f"{text} {_when(pool.paid)}" if pool.paid else text


def award_sentence(award: Award, unit: str) -> str:
    """Return what an award says."""
    value = percent(award.at_least) if award.metric == "attainment" else plain(award.at_least)
    held = f"{award.metric.replace('_', ' ')} of at least {value}"
    if award.periods > 1:
        held += f" in {award.periods} periods" + (" running" if award.consecutive else "")
    gets = " and ".join(
        part for part in (award.text, money(award.amount, unit) if award.amount else "") if part
    )
    gets = gets or "named in the ledger"
    text = f"{award.name}: {match_words(award.match)} with {held}: {gets}."
    return f"{text} {_when(award.paid)}" if award.paid else text
