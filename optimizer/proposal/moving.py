"""From the periods of a plan that is over to those that follow, and what that asks of tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, span_of
from optimizer.domain.scenario import Goal, Scenario
from optimizer.errors import InputError
from optimizer.proposal.edit import NEEDED, Edit

CARRIED = ("capacity", "shares", "potential")
"""Tables whose rows of a period are carried over to the one that takes its place."""

ENDED = {
    "locks": "locks fix amounts of periods that are over",
    "metrics": "metrics are of periods that are over",
}
"""Tables that end with the plan, and why."""


@dataclass(frozen=True)
class Move:
    """The move of a plan to the periods after it.

    Attributes
    ----------
    periods : mapping of period to the one that takes its place
    months : int
        How far.
    start : date
        First day of the new plan.
    """

    periods: dict[str, str]
    months: int
    start: dt.date

    @property
    def same_season(self) -> bool:
        """Whether each period is followed by one of the same season."""
        return self.months % MONTHS_PER_YEAR == 0


def find_move(scenario: Scenario) -> Move:
    """Return the move to the periods that follow a plan.

    Raises
    ------
    InputError
        Where a period has a label without a date.
    """
    labels = scenario.settings.periods
    spans = [span_of(label) for label in labels]
    undated = [label for label, span in zip(labels, spans, strict=True) if span is None]
    if undated:
        raise InputError(
            f"the period {undated[0]} has a label without a date, so nobody knows which one "
            "follows: name periods 2024, 2024H1, 2024Q1 or 2024-01"
        )
    known = [span for span in spans if span is not None]
    end = known[-1].first + known[-1].months
    months = end - known[0].first
    moved = {label: moved_label(label, months) for label in labels}
    return Move(moved, months, dt.date(end // MONTHS_PER_YEAR, end % MONTHS_PER_YEAR + 1, 1))


def moved_label(label: str, months: int) -> str:
    """Return the label of a period some months later; its length must divide them.

    Raises
    ------
    InputError
        Where they are no whole number of such periods.
    """
    span = span_of(label)
    assert span is not None
    if months % span.months:
        raise InputError(
            f"the plan covers {months} months, which is no whole number of periods like {label}: "
            "plan periods of one length"
        )
    first = span.first + months
    year, month = first // MONTHS_PER_YEAR, first % MONTHS_PER_YEAR
    if span.months == MONTHS_PER_YEAR:
        return f"{year:04}"
    if span.months == 1:
        return f"{year:04}-{month + 1:02}"
    return f"{year:04}{label[4]}{month // span.months + 1}"


def needed_edits(
    scenario: Scenario, move: Move, sold: pd.DataFrame, goal: float | None
) -> Iterator[Edit]:
    """Yield what the move asks for.

    Parameters
    ----------
    scenario : Scenario
    move : Move
    sold : DataFrame
        Rows that history gains.
    goal : float, optional
        New goal; where none is given a goal as growth moves its base on, any other stands.
    """
    settings = scenario.settings
    new = list(move.periods.values())

    def edit(table: str, row: str, column: str, values: tuple[str, str], why: str) -> Edit:
        return Edit(NEEDED, table, row, column, *values, 0, why)

    told = ", ".join(settings.periods), ", ".join(new)
    yield edit("scenario", "", "periods", told, "the plan is over; the next one follows it")
    yield edit(
        "scenario", "", "name", (settings.name, new_name(scenario, move)), "a name of its own"
    )
    if settings.as_of is not None:
        day = (settings.as_of.isoformat(), (move.start - dt.timedelta(days=1)).isoformat())
        yield edit("scenario", "", "as_of", day, "the last day before the new plan")
    changed = new_goal(settings.goal, move, goal)
    if changed != settings.goal:
        why = "as given with --goal" if goal is not None else "growth counts from the next base"
        yield edit("scenario", "", "goal", (told_goal(settings.goal), told_goal(changed)), why)
    before = scenario.table("history")
    rows = 0 if before is None else len(before)
    why = f"{len(sold)} rows of what was sold in {', '.join(settings.periods)}"
    yield edit("history", "", "rows", (str(rows), str(rows + len(sold))), why)
    yield from _of_tables(scenario, move)


def _of_tables(scenario: Scenario, move: Move) -> Iterator[Edit]:
    for name in ("periods", *CARRIED):
        table = scenario.table(name)
        if table is None or not table["period"].isin(move.periods).any():
            continue
        why = "rows of a period are carried over to the one in its place; look them through"
        if name == "periods" and not move.same_season:
            why = "rows of the new periods; shares of another season are left blank"
        values = (", ".join(move.periods), ", ".join(move.periods.values()))
        yield Edit(NEEDED, name, "", "period", *values, 0, why)
    for name, why in ENDED.items():
        table = scenario.table(name)
        if table is not None and len(table):
            yield Edit(NEEDED, name, "", "rows", str(len(table)), "0", 0, why)
    people = scenario.table("people")
    if people is not None and people["commit"].notna().any():
        told = f"{int(people['commit'].notna().sum())} offers"
        why = "offers were for the periods that are over"
        yield Edit(NEEDED, "people", "", "commit", told, "", 0, why)


def new_name(scenario: Scenario, move: Move) -> str:
    """Return the name of the next scenario: that of this one, with its first new period."""
    first, following = next(iter(move.periods.items()))
    base = scenario.settings.name.removesuffix(first).rstrip(" -")
    return f"{base} {following}" if base else following


def new_goal(goal: Goal, move: Move, given: float | None) -> Goal:
    """Return the goal of the next plan.

    Raises
    ------
    InputError
        Where growth counts from a base without a date.
    """
    if given is not None:
        return Goal(target=given)
    if goal.growth is None:
        return goal
    if any(span_of(label) is None for label in goal.base):
        raise InputError(
            f"the goal grows on {', '.join(goal.base)}, which carries no date: give the next goal "
            "with --goal"
        )
    base = tuple(moved_label(label, move.months) for label in goal.base)
    return Goal(goal.target, goal.floor, goal.stretch, goal.growth, base)


def told_goal(goal: Goal) -> str:
    """Return a goal in words."""
    if goal.growth is not None:
        return f"growth {goal.growth:g} on {', '.join(goal.base)}"
    return "" if goal.target is None else f"{goal.target:.10g}"


def moved_tables(scenario: Scenario, move: Move) -> dict[str, pd.DataFrame]:
    """Return the tables that the move changes, as they are in the next scenario."""
    found = {}
    for name in CARRIED:
        table = scenario.table(name)
        if table is not None and table["period"].isin(move.periods).any():
            found[name] = table.assign(period=table["period"].replace(move.periods))
    for name in ENDED:
        table = scenario.table(name)
        if table is not None and len(table):
            found[name] = table.iloc[:0]
    periods = scenario.table("periods")
    if periods is not None:
        found["periods"] = _periods(periods, move)
    people = scenario.table("people")
    if people is not None and people["commit"].notna().any():
        found["people"] = people.assign(commit=float("nan"))
    return found


def _periods(table: pd.DataFrame, move: Move) -> pd.DataFrame:
    """Return rows of the new periods; first days follow from weeks where all are known."""
    moved = table.assign(period=table["period"].replace(move.periods))
    if not move.same_season:
        moved = moved.assign(share=float("nan"), min_share=float("nan"), max_share=float("nan"))
    if table["start"].notna().any():
        days = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns]")
        if table[["start", "weeks"]].notna().all().all():
            length = pd.to_timedelta(7 * table["weeks"], unit="D")
            step = (table["start"] + length).max() - table["start"].min()
            days = (table["start"] + step).astype("datetime64[ns]")
        moved = moved.assign(start=days.astype(table["start"].dtype))
    return moved
