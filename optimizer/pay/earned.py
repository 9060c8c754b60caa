"""What one rep earns by a plan: commission and bonus, gates, cap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property

from optimizer.incentives.plan import Bonus, Commission, Gate, Plan, Threshold, Tier
from optimizer.incentives.words import percent, plain, threshold_text
from optimizer.pay.exact import ONE, ZERO, cents, total
from optimizer.pay.figures import Figures
from optimizer.pay.line import BONUS, CAP, COMMISSION, GATE, Line


class MissingMetricError(Exception):
    """A gate looks at a metric that has no value; the argument is the metric."""


@dataclass(frozen=True)
class Basis:
    """What the pay of one rep and period rests on.

    Attributes
    ----------
    figures : Figures
        The rep's, or the group's that the plan pays on; year to date where it is cumulative.
    target_incentive : Decimal
        Of one period, in pay units.
    periods : int
        Periods in `figures`.
    wins : bool
        Whether the rep is among the top of the group.
    before : Fraction or None
        Attainment of the period before.
    metrics : mapping of metric to value
    per_unit : Decimal
        Pay units in one unit of the plan.
    main : str
        Measure that attainment is judged by.
    planned : frozenset of str
        Measures with targets of their own.
    """

    figures: Figures
    target_incentive: Decimal = ZERO
    periods: int = 1
    wins: bool = False
    before: Fraction | None = None
    metrics: Mapping[str, Decimal] = field(default_factory=dict)
    per_unit: Decimal = ONE
    main: str = "amount"
    planned: frozenset[str] = frozenset(("amount",))

    @cached_property
    def target(self) -> Decimal:
        """Target of all products."""
        return self.figures.level(self.main, "target")

    @cached_property
    def actual(self) -> Decimal:
        """What was sold of all products."""
        return self.figures.actual(self.main)

    @cached_property
    def attainment(self) -> Decimal | None:
        """Actual / target; None without a target."""
        return attainment(self.actual, self.target)


def attainment(actual: Decimal, target: Decimal) -> Decimal | None:
    """Return actual / target, None without a target."""
    return actual / target if target > 0 else None


def earned_lines(plan: Plan, basis: Basis) -> list[Line]:
    """Return the lines of commission, bonus, gates and cap, in the order of pay.

    Raises
    ------
    MissingMetricError
        Where a gate has no value to look at and does not let it pass.
    """
    lines = [
        line
        for index, block in enumerate(plan.commissions)
        for line in _commission(block, _block_name(plan, index), basis)
    ]
    if plan.bonus is not None:
        lines += _bonus(plan.bonus, basis)
    lines += _gates(plan.gates, basis, total(line.amount for line in lines))
    lines += _cap(plan, basis, total(line.amount for line in lines))
    return lines


def _block_name(plan: Plan, index: int) -> str:
    """Return what tells a block from the others: its products or measure, else its number."""
    if len(plan.commissions) == 1:
        return ""
    labels = [
        " ".join(part for part in ("+".join(block.products), _other(block.measure)) if part)
        for block in plan.commissions
    ]
    label = labels[index]
    return label if label and labels.count(label) == 1 else str(index + 1)


def _other(measure: str) -> str:
    return "" if measure == "amount" else measure


def _commission(block: Commission, name: str, basis: Basis) -> Iterator[Line]:
    """Yield a line per slice (marginal) or for the tier reached (retroactive)."""
    judged = block.measure if block.measure in basis.planned else basis.main
    sold = basis.figures.actual(judged, block.products)
    paid = basis.figures.actual(block.measure, block.products)
    per_unit = basis.per_unit if block.per_unit is None else block.per_unit
    if block.is_flat:
        if paid > 0:
            yield _tier_line(name, block.tiers[0], paid * per_unit)
        return
    if basis.figures.level(judged, "target", block.products) <= 0 or sold <= 0 or paid <= 0:
        return
    starts = tier_starts(block, basis.figures, judged)
    if block.mode == "retroactive":
        reached = [tier for tier, start in zip(block.tiers, starts, strict=True) if sold >= start]
        if reached:
            yield _tier_line(name, reached[-1], paid * per_unit)
        return
    for tier, start, end in zip(block.tiers, starts, [*starts[1:], max(sold, starts[-1])],
                                strict=True):  # fmt: skip
        part = min(sold, end) - start
        if part > 0:
            # Another measure is sliced in the proportions of the amount that is judged.
            top, bottom = (part, ONE) if block.measure == judged else (paid * part, sold)
            yield _tier_line(name, tier, top * per_unit, bottom)


def tier_starts(block: Commission, figures: Figures, measure: str) -> list[Decimal]:
    """Return the amounts that the tiers of a block begin at, none below the one before."""
    starts: list[Decimal] = []
    for tier in block.tiers:
        if tier.start.attainment is None:
            start = figures.level(measure, tier.start.level, block.products)
        else:
            start = tier.start.attainment * figures.level(measure, "target", block.products)
        starts.append(max(start, starts[-1]) if starts else start)
    return starts


def _tier_line(name: str, tier: Tier, top: Decimal, bottom: Decimal = ONE) -> Line:
    """Return the line of a tier on top / bottom; dividing last keeps ties exact."""
    text = _step_text(tier.start)
    amount = cents(top * tier.rate / bottom)
    return Line(COMMISSION, name, text, top / bottom, tier.rate, amount)


@cache
def _step_text(start: Threshold) -> str:
    return f"from {threshold_text(start)}"


def _bonus(bonus: Bonus, basis: Basis) -> Iterator[Line]:
    """Yield the line of the bonus: the best of curve, rank and progress."""
    reached = basis.attainment
    if reached is None:
        return
    tier, top, bottom = multiplier(bonus, basis.actual, basis.target)
    if bonus.rank is not None and basis.wins and bonus.rank.multiplier * bottom > top:
        tier, top, bottom = "rank", bonus.rank.multiplier, ONE
    progress = bonus.progress
    if progress is not None and basis.before is not None and reached >= progress.start:
        gained = Fraction(basis.actual) / Fraction(basis.target) - basis.before
        if gained >= Fraction(progress.gain) and progress.multiplier * bottom > top:
            tier, top, bottom = "progress", progress.multiplier, ONE
    base = basis.target_incentive * basis.periods
    yield Line(BONUS, "", tier, base, top / bottom, cents(base * top / bottom))


def multiplier(bonus: Bonus, actual: Decimal, target: Decimal) -> tuple[str, Decimal, Decimal]:
    """Return the step of the curve in words, and its multiplier as an exact quotient."""
    index = len([knot for knot in bonus.knots if actual >= knot.start * target]) - 1
    if index < 0:
        return f"below {percent(bonus.knots[0].start)}", ZERO, ONE
    low = bonus.knots[index]
    if bonus.mode == "band" or index + 1 == len(bonus.knots):
        return f"from {percent(low.start)}", low.multiplier, ONE
    high = bonus.knots[index + 1]
    bottom = target * (high.start - low.start)
    rise = (actual - low.start * target) * (high.multiplier - low.multiplier)
    text = f"between {percent(low.start)} and {percent(high.start)}"
    return text, low.multiplier * bottom + rise, bottom


def _gates(gates: tuple[Gate, ...], basis: Basis, earned: Decimal) -> Iterator[Line]:
    """Yield a line for each metric whose lowest gate is reached."""
    nothing = not basis.target and not basis.actual and not earned
    for metric in dict.fromkeys(gate.metric for gate in gates):
        own = [gate for gate in gates if gate.metric == metric]
        value = basis.metrics.get(metric)
        if value is None:
            if own[0].missing == "error" and not nothing:
                raise MissingMetricError(metric)
            continue
        reached = [gate for gate in own if value < gate.below]
        if reached:
            gate = min(reached, key=lambda one: one.below)
            top, bottom = gate.left(value)
            left = cents(earned * top / bottom)
            text = f"{plain(value)} is below {plain(gate.below)}"
            yield Line(GATE, metric, text, earned, top / bottom - 1, left - earned)
            earned = left


def _cap(plan: Plan, basis: Basis, earned: Decimal) -> Iterator[Line]:
    if plan.cap is None:
        return
    most = plan.cap.amount
    if most is None:
        most = (plan.cap.times or ZERO) * basis.target_incentive
    most = cents(most * basis.periods)
    if earned > most:
        yield Line(CAP, "", f"at most {most:f}", earned, None, most - earned)
