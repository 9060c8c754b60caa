"""Rules on the keys of a scenario: goal, periods, levels, and blocks that must fit together."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, span_of
from optimizer.domain.columns import Kind
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Levels
from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.characters import unfit
from optimizer.inputs.findings import number
from optimizer.inputs.settings import MAIN
from optimizer.inputs.sources import NAMES
from optimizer.inputs.values import MOST

MOST_UNITS = 2.0**53
"""Above this many units a goal cannot be counted exactly."""

FINEST = 1e-6
"""Finest rounding unit, and the one that stands for no rounding."""

SUM_SLACK = 1e-6
"""How far shares that must add up to 1 may be off, as typed decimals are."""

NEARLY_DATED = re.compile(r"\d{4}(?:\s*[hq]\s*\d+|[-/.]\d{1,2})?", re.IGNORECASE)

Rule = Callable[[Case], Iterator[Finding]]


def goal_levels(case: Case) -> Iterator[Finding]:
    """Check that the goal is one number, or levels in order, or growth on a base."""
    goal = case.keys.get("goal")
    path = case.path("goal")
    if not isinstance(goal, dict):
        return
    has_target, has_growth = "target" in goal, "growth" in goal
    if has_target == has_growth and "target" not in _unsound(case):
        problem = "the goal has both target and growth" if has_target else "the goal has no target"
        remedy = "Write goal.target, or goal.growth with goal.base."
        yield case.document.finding(path, goal, problem, remedy)
    if has_growth and not goal.get("base") and "base" not in _unsound(case):
        problem = "growth needs the past periods that it is counted from"
        remedy = 'Write goal.base, such as base = ["2022Q3"].'
        yield case.document.finding(f"{path}.base", None, problem, remedy)
    levels = [(name, goal[name]) for name in ("floor", "target", "stretch") if name in goal]
    for (low, less), (high, more) in itertools.pairwise(levels):
        if less > more:
            problem = f"{low} {number(float(less))} is above {high} {number(float(more))}"
            remedy = "Floor, target and stretch must rise in this order."
            yield case.document.finding(f"{path}.{low}", less, problem, remedy)


def _unsound(case: Case) -> set[str]:
    """Return names of goal keys that are written but not sound; others report them."""
    written = case.document.keys.get("goal")
    return set(written) - set(case.keys["goal"]) if isinstance(written, dict) else set()


def goal_size(case: Case) -> Iterator[Finding]:
    """Check that the goal is at least half a rounding unit, and not too many of them."""
    unit = float(case.keys.get("rounding", 1.0)) or FINEST
    if unit < FINEST:
        problem = f"the rounding unit {number(unit)} is finer than amounts are kept"
        remedy = f"Use at least {FINEST:.6f}, or 0 for no rounding."
        yield case.document.finding("rounding", unit, problem, remedy)
        return
    goal = case.keys.get("goal")
    target = goal.get("target") if isinstance(goal, dict) else goal
    if target is not None:
        yield from _sized(case, float(target), unit)


def _sized(case: Case, target: float, unit: float) -> Iterator[Finding]:
    """Check that a goal, written or grown, and its stretch can be counted in units."""
    goal, path = case.keys["goal"], case.path("goal")
    ratio = float(case.keys.get("levels", {}).get("stretch", Levels().stretch))
    written = goal.get("stretch") if isinstance(goal, dict) else None
    stretch = target * ratio if written is None else float(written)
    for name, amount in (("goal", target), ("stretch goal", stretch)):
        if amount > MOST:
            problem = (
                f"the {name} {number(amount)} is beyond {number(MOST)}, the most that is exact"
            )
            remedy = "Write amounts in a larger unit, such as millions."
            yield case.document.finding(path, amount, problem, remedy)
            return
        if amount / unit >= MOST_UNITS:
            problem = f"the {name} is more than 2^53 times the rounding unit {number(unit)}"
            yield case.document.finding(path, amount, problem, "Use a larger rounding, or unit.")
            return
    if target < unit / 2:
        problem = f"the goal is less than half the rounding unit {number(unit)}"
        yield case.document.finding(path, target, problem, "Use a smaller rounding, or unit.")


def base_in_history(case: Case) -> Iterator[Finding]:
    """Check that the periods that growth is counted from have history."""
    goal = case.keys.get("goal")
    base = goal.get("base", []) if isinstance(goal, dict) else []
    if not base or "history" in case.unread:
        return
    path = f"{case.path('goal')}.base"
    history = case.tables.get("history")
    if history is None:
        problem = "growth is counted from history, and there is none"
        yield case.document.finding(path, base, problem, "Add history.csv, or write goal.target.")
        return
    labels = [label for label in history.frame["period"].unique() if label]
    spans = {label: span_of(label) for label in labels}
    months = history.frame["date"].dt.year * MONTHS_PER_YEAR + history.frame["date"].dt.month - 1
    total = 0.0
    for label in base:
        whole = span_of(label)
        inside = {label}
        if whole is not None:
            inside |= {name for name, span in spans.items() if span and whole.contains(span)}
        rows = history.frame["period"].isin(inside)
        if whole is not None:
            rows |= months.between(whole.first, whole.first + whole.months - 1)
        total += float(history.frame["amount"][rows].sum())
        if not rows.any():
            problem = "history has nothing for this period"
            yield case.document.finding(path, label, problem, meant(label, labels))
            total = math.inf
    if total <= 0:
        problem = f"the base amount in history is {number(total)}"
        yield case.document.finding(path, base, problem, "Name periods with sales.")
    elif math.isfinite(total) and isinstance(goal, dict) and "growth" in goal:
        unit = float(case.keys.get("rounding", 1.0)) or FINEST
        yield from _sized(case, total * (1.0 + float(goal["growth"])), unit)


def periods_sound(case: Case) -> Iterator[Finding]:
    """Check that periods are listed once each, in time order, without overlap."""
    periods = case.keys.get("periods")
    if periods is None:
        return

    def finding(value: object, problem: str, remedy: str) -> Finding:
        return case.document.finding("periods", value, problem, remedy)

    if not periods:
        yield finding(periods, "the list is empty", 'Name a period, such as "2024Q1".')
    for label in sorted(label for label, times in Counter(periods).items() if times > 1):
        yield finding(label, "the period is listed twice", "List each period once.")
    for label in periods:
        if label != label.strip() or not label or label == "*":
            problem = "the label is blank, * or has spaces around it"
            yield finding(label, problem, "Name the period, such as 2024Q1.")
        elif span_of(label) is None and NEARLY_DATED.fullmatch(label):
            problem = "the label looks like a date but is none"
            yield finding(label, problem, "Write 2024, 2024H1, 2024Q1 or 2024-01.")
    dated = [(label, span) for label in dict.fromkeys(periods) if (span := span_of(label))]
    for (before, first), (label, second) in itertools.pairwise(dated):
        if second.first < first.first + first.months:
            late = second.first + second.months <= first.first
            problem = f"the period {'comes after' if late else 'overlaps'} {before}"
            remedy = "List the periods in time order, none inside another."
            yield finding(label, problem, remedy)


def ability_shares(case: Case) -> Iterator[Finding]:
    """Check that the top and the bottom group do not overlap."""
    ability = case.keys.get("ability", {})
    top = ability.get("top", {}).get("share", 0.2)
    bottom = ability.get("bottom", {}).get("share", 0.2)
    if top + bottom > 1 + SUM_SLACK:
        problem = f"top and bottom together are {number(float(top + bottom))} of the reps"
        remedy = "Lower ability.top.share or ability.bottom.share: together at most 1."
        yield case.document.finding("ability.top.share", top, problem, remedy)


def correlation_sum(case: Case) -> Iterator[Finding]:
    """Check that company and region together share at most all of the variance."""
    shared = case.keys.get("stress", {}).get("correlation", {})
    total = sum(shared.values())
    if total > 1 + SUM_SLACK:
        problem = f"company and region together are {number(float(total))}"
        remedy = "Lower one of them: together at most 1."
        yield case.document.finding("stress.correlation", shared, problem, remedy)


def measures_named(case: Case) -> Iterator[Finding]:
    """Check that no further measure has the name of the main one, or no name at all."""
    measures = case.document.keys.get("measure")
    for name in measures if isinstance(measures, dict) else ():
        if name == MAIN:
            problem = f"{MAIN} is the name of the main measure"
            remedy = "Write its goal at the top level, or name the measure otherwise."
            yield case.document.finding(f"measure.{name}", None, problem, remedy)
        elif not name.strip() or unfit(name, Kind.LABEL)[0]:
            problem = "the measure has no name that can be shown"
            yield case.document.finding(f"measure.{name}", name, problem, "Name it in letters.")


def table_names(case: Case) -> Iterator[Finding]:
    """Check that names given to tables are plain names, for known tables."""
    from_path = case.path("tables")
    for table, name in case.keys.get("tables", {}).items():
        if table not in NAMES:
            problem = "there is no such table"
            yield case.document.finding(f"{from_path}.{table}", name, problem, meant(table, NAMES))
        elif "/" in name or "\\" in name or not name.strip() or unfit(name, Kind.LABEL)[0]:
            problem = "this is no plain file or sheet name"
            remedy = "Name a file beside scenario.toml without its ending, such as people_2024."
            yield case.document.finding(f"{from_path}.{table}", name, problem, remedy)


def ramp_needs_dates(case: Case) -> Iterator[Finding]:
    """Check that a ramp has the months of every period."""
    people, starts = case.tables.get("people"), case.tables.get("periods")
    if not case.keys.get("ramp", {}).get("factors") or people is None or "periods" in case.unread:
        return
    if not people.frame["start"].notna().any():
        return
    known = set()
    if starts is not None:
        known = set(starts.frame["period"][starts.frame["start"].notna()])
    for label in case.periods:
        if span_of(label) is None and label not in known:
            problem = "people have a start and the scenario a ramp, but the period has no date"
            remedy = "Give its first day in the column start of periods.csv."
            yield case.document.finding("periods", label, problem, remedy)


def starts_in_order(case: Case) -> Iterator[Finding]:
    """Check that first days of periods rise in the order of the periods."""
    table = case.tables.get("periods")
    if table is None or not case.periods:
        return
    order = {label: index for index, label in enumerate(case.periods)}
    given = table.frame[table.frame["start"].notna() & table.frame["period"].isin(order)]
    given = given.assign(order=given["period"].map(order)).sort_values("order")
    late = (given["start"].diff() <= pd.Timedelta(0)).reindex(table.frame.index, fill_value=False)
    problem = "the period does not begin after the one before it"
    remedy = "Mend the date, or the order of periods in scenario.toml."
    yield from table.listed(late.to_numpy(dtype=bool), "start", problem, remedy)


def room_to_recalibrate(case: Case) -> Iterator[Finding]:
    """Note a recalibration cap that is larger than the capacity kept back for it."""
    cap = case.keys.get("recalibration", {}).get("cap")
    room = case.keys.get("buffers", {}).get("capacity", 0.0)
    if cap is None or room == 0 or cap <= room:
        return
    path = case.path("recalibration.cap")
    problem = f"recalibration may move targets further than the {room:.0%} of capacity kept back"
    remedy = "A full move upward may find no capacity; keep back as much as the cap, or lower it."
    yield case.document.finding(path, cap, problem, remedy, "note")


RULES: tuple[Rule, ...] = (
    goal_levels,
    goal_size,
    base_in_history,
    periods_sound,
    ability_shares,
    correlation_sum,
    measures_named,
    table_names,
    ramp_needs_dates,
    starts_in_order,
    room_to_recalibrate,
)
