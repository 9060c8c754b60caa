"""What a plan pays at each attainment: one of its people as an example, and the whole curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from optimizer.incentives.plan import Plan
from optimizer.pay.actuals import Actuals
from optimizer.pay.book import Book
from optimizer.pay.earned import Basis, earned_lines, tier_starts
from optimizer.pay.exact import CENT, ZERO, exact_decimals, total
from optimizer.pay.figures import Figures
from optimizer.pay.line import BONUS, CAP, COMMISSION
from optimizer.pay.run import Person, PlannedPay, read_run

TABLE = tuple(Decimal(step) / 100 for step in range(50, 151, 10))
"""Attainments of the table."""

_CURVE = tuple(Decimal(step) / 100 for step in range(0, 161))


@dataclass(frozen=True)
class Point:
    """What is paid at one attainment."""

    attainment: Decimal
    commission: Decimal
    bonus: Decimal
    payout: Decimal


@dataclass(frozen=True)
class Jump:
    """Where one more unit of sales is worth much.

    Attributes
    ----------
    attainment, amount : Decimal
        Where, and what pay rises by, in pay units (negative: falls).
    """

    attainment: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Example:
    """A plan as it pays one of its people in one period, at full gates.

    Attributes
    ----------
    plan : Plan
    rep, period : str
    target, floor, stretch : Decimal
        In the unit of the scenario.
    table, curve : tuple of Point
        All products alike; the curve has both sides of each threshold.
    jumps : tuple of Jump
    left_out : tuple of str
        Measures paid by the plan that do not follow the amount.
    """

    plan: Plan
    rep: str
    period: str
    target: Decimal
    floor: Decimal
    stretch: Decimal
    table: tuple[Point, ...]
    curve: tuple[Point, ...]
    jumps: tuple[Jump, ...]
    left_out: tuple[str, ...]


def examples(run: Path | str, incentive: Path | None = None) -> tuple[PlannedPay, list[Example]]:
    """Return the run, and for each plan that pays somebody how it pays the one in the middle.

    Parameters
    ----------
    run : path
        Run folder of ``plan``.
    incentive : path, optional
        Rules of pay in place of the run's.

    Raises
    ------
    InputError
        Where the run or the rules are wrong.
    """
    with exact_decimals():
        planned = read_run(Path(run), incentive)
        return planned, examples_of(planned)


def examples_of(run: PlannedPay) -> list[Example]:
    """Return how each plan that pays somebody pays the one in the middle.

    Parameters
    ----------
    run : PlannedPay
    """
    book = Book(run, Actuals(run.periods[:1], {}, {}))
    found = [_example(run, book, place, plan) for place, plan in enumerate(run.rules.plans)]
    return [one for one in found if one is not None]


def _example(run: PlannedPay, book: Book, place: int, plan: Plan) -> Example | None:
    """Return the example of a plan: whose target is the median, ties to the first name."""
    period, main = run.periods[0], run.measures[0]
    alone = replace(plan, basis="period", gates=(), guarantee=None)
    people = [
        (figures.level(main, "target"), person.rep, person, figures)
        for person in run.people.values()
        if person.plan == place and person.target_incentive is not None
        and (figures := book.basis(alone, person, period)).level(main, "target") > 0
    ]  # fmt: skip
    if not people:
        return None
    ranked = sorted(people, key=lambda one: one[:2])
    target, rep, person, figures = ranked[(len(ranked) - 1) // 2]
    follows = {main, *run.measures}
    left_out = {block.measure for block in plan.commissions} - follows
    kept = tuple(block for block in plan.commissions if block.measure in follows)
    alone = replace(alone, commissions=kept)
    thresholds = _thresholds(alone, figures, main)
    jumps = _jumps(run, alone, person, figures, thresholds)
    marks, sides = sorted({*_CURVE, *thresholds}), set(thresholds)
    return Example(
        plan=plan,
        rep=rep,
        period=period,
        target=target,
        floor=figures.level(main, "floor"),
        stretch=figures.level(main, "stretch"),
        table=tuple(_point(run, alone, person, figures, mark) for mark in TABLE),
        curve=tuple(
            _point(run, alone, person, figures, mark - back)
            for mark in marks
            for back in ((_BESIDE, ZERO) if mark in sides else (ZERO,))
        ),
        jumps=jumps,
        left_out=tuple(sorted(left_out)),
    )


_BESIDE = Decimal("1e-12")
"""How far below a threshold the lower side of a jump is looked at."""


def _point(
    run: PlannedPay, plan: Plan, person: Person, figures: Figures, attainment: Decimal
) -> Point:
    """Return what a plan pays where every product stands at one attainment."""
    sold = {
        measure: {
            product: amount * attainment
            for product, amount in figures.levels.get((measure, "target"), {}).items()
        }
        for measure in run.measures
    }
    basis = Basis(
        figures=Figures(figures.levels, sold),
        target_incentive=person.target_incentive or ZERO,
        per_unit=run.per_unit,
        main=run.measures[0],
        planned=frozenset(run.measures),
    )
    lines = earned_lines(plan, basis)

    def of(*kinds: str) -> Decimal:
        return total(line.amount for line in lines if line.kind in kinds)

    return Point(attainment, of(COMMISSION), of(BONUS), of(COMMISSION, BONUS, CAP))


def _thresholds(plan: Plan, figures: Figures, main: str) -> list[Decimal]:
    """Return the attainments at which a tier or a band begins, all products alike."""
    found = {knot.start for knot in plan.bonus.knots} if plan.bonus else set()
    for block in plan.commissions:
        own = figures.level(block.measure if block.measure != "amount" else main, "target",
                            block.products)  # fmt: skip
        if own > 0:
            judged = block.measure if block.measure != "amount" else main
            found |= {start / own for start in tier_starts(block, figures, judged)}
    return sorted(start for start in found if 0 < start <= _CURVE[-1])


def _jumps(
    run: PlannedPay,
    plan: Plan,
    person: Person,
    figures: Figures,
    thresholds: Sequence[Decimal],
) -> tuple[Jump, ...]:
    found = []
    for start in thresholds:
        low = _point(run, plan, person, figures, start - _BESIDE).payout
        high = _point(run, plan, person, figures, start).payout
        if abs(high - low) > CENT:
            found.append(Jump(start, high - low))
    return tuple(found)
