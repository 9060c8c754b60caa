"""Which curve each seat is paced by: set, learned from history, weighted by working days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.pacing.curve import Curve, phase_curve, read_phases, weighted_curve
from optimizer.pacing.learned import History, Learned, learn_curve
from optimizer.pacing.seats import Seats, days_in_weeks
from optimizer.pacing.working_days import working_days
from optimizer.problem.instance import Floats, Ints

FEWEST_QUARTERS = 2
"""Past periods that a region or role needs for a curve of its own."""


@dataclass(frozen=True)
class Curves:
    """The curves of a period.

    Attributes
    ----------
    curves : tuple of Curve
    of_seat : (seat,) ints
    learned : Learned or None
        The company's curve from history, where it was asked for or is known.
    notes : tuple of str
        What was assumed, in words.
    """

    curves: tuple[Curve, ...]
    of_seat: Ints
    learned: Learned | None
    notes: tuple[str, ...]

    @property
    def weekly(self) -> Floats:
        """Share of each week, (curve, week) floats."""
        return np.array([curve.weekly for curve in self.curves])

    @property
    def due(self) -> Floats:
        """Share due at the end of each week, (curve, week) floats."""
        return np.array([curve.due for curve in self.curves])


def curves_of_periods(scenario: Scenario, periods: Iterable[Seats]) -> dict[str, Curves]:
    """Return the curves of each period by its name; history is learned from only once.

    Raises
    ------
    InputError
        Where ``[pacing]`` contradicts itself, or there is no history to learn from.
    """
    history = History(scenario.table("weekly"))
    wanted = scenario.settings.other.get("pacing", {}).get("curve") == "history"
    return {seats.period: _read(scenario, seats, history, wanted=wanted) for seats in periods}


def curves_from_history(scenario: Scenario, seats: Seats) -> Curves:
    """Return the curve of each seat as history has it, whatever the scenario asks for.

    Raises
    ------
    InputError
        Where there is no history to learn from.
    """
    return _read(scenario, seats, History(scenario.table("weekly")), wanted=True)


def _read(scenario: Scenario, seats: Seats, history: History, *, wanted: bool) -> Curves:
    """Return the curve of each seat, from history where that is wanted."""
    settings = scenario.settings.other.get("pacing", {})
    learned = history.learned(seats.weeks)
    if wanted:
        curves, of_seat, notes = _learned(scenario, seats, settings, history.weekly, learned)
    else:
        curves, of_seat, notes = _phased(seats, settings)
    if country := settings.get("holidays"):
        curves = _weighted(curves, seats, str(country))
    return Curves(tuple(curves), of_seat, learned, tuple(notes))


def _phased(seats: Seats, settings: Mapping[str, Any]) -> tuple[list[Curve], Ints, list[str]]:
    """Return the curve that all follow, and those of ``[[pacing.by]]``; the first match counts."""
    curves = [phase_curve(seats.weeks, read_phases(settings))]
    of_seat = np.zeros(len(seats), dtype=np.int64)
    for number, own in reversed(list(enumerate(settings.get("by", ())))):
        chosen = matching(seats, own.get("match", {}), f"[[pacing.by]] {number + 1}")
        given = {key: value for key, value in own.items() if key != "match"}
        # Names go with phases: other phases have names of their own, or none.
        others = {key: value for key, value in settings.items() if key != "names"}
        around = others if "weeks" in own else settings
        curves.append(phase_curve(seats.weeks, read_phases({**around, **given})))
        of_seat[chosen] = len(curves) - 1
    return curves, of_seat, []


def matching(seats: Seats, match: Mapping[str, Any], where: str) -> np.ndarray:
    """Return which seats have all the labels of a match, (seat,) bools.

    Raises
    ------
    InputError
        Where it names nothing, or something else than rep, region, team or role.
    """
    known = {name: getattr(seats, name) for name in ("rep", "region", "team", "role")}
    strange = [name for name in match if name not in known]
    if strange or not match:
        named = ", ".join(strange) or "nothing"
        raise InputError(f"{where} match names {named}; name one of {', '.join(known)}")
    chosen = np.ones(len(seats), dtype=bool)
    for name, value in match.items():
        allowed = value if isinstance(value, list) else [value]
        chosen &= np.isin(known[name].astype(str), [str(one) for one in allowed])
    return chosen


def _learned(
    scenario: Scenario,
    seats: Seats,
    settings: Mapping[str, Any],
    weekly: pd.DataFrame | None,
    company: Learned | None,
) -> tuple[list[Curve], Ints, list[str]]:
    if weekly is None or company is None:
        raise InputError(
            "a curve from history needs a table weekly with sales: add weekly.csv, or drop "
            'curve = "history" from [pacing]'
        )
    notes = [f"curve learned from {past_periods(company.quarters)}"]
    curves, of_seat = [company.curve], np.zeros(len(seats), dtype=np.int64)
    by = settings.get("learn_by")
    if by is None:
        return curves, of_seat, notes
    label = _labels(scenario, weekly, by)
    own = getattr(seats, by).astype(str)
    for name in np.unique(own):
        found = learn_curve(weekly[label == name], seats.weeks)
        quarters = 0 if found is None else found.quarters
        if found is None or quarters < FEWEST_QUARTERS:
            notes.append(
                f"{by} {name or '(blank)'} has {past_periods(quarters)}, fewer than "
                f"{FEWEST_QUARTERS}: the company's curve is used"
            )
            continue
        curves.append(found.curve)
        of_seat[own == name] = len(curves) - 1
    return curves, of_seat, notes


def past_periods(number: int) -> str:
    """Return a number of past periods in words."""
    return f"{number} past period{'' if number == 1 else 's'}"


def _labels(scenario: Scenario, weekly: pd.DataFrame, by: str) -> np.ndarray:
    """Return the region or role of each row of the table ``weekly``, blank where unknown."""
    people = scenario.table("people")
    of_rep = pd.Series(dtype=object) if people is None else people.set_index("rep")[by]
    label = weekly["rep"].map(of_rep).fillna("")
    if by == "region":
        label = label.where(weekly["region"] == "", weekly["region"])
    return label.to_numpy(dtype=object).astype(str)


def _weighted(curves: list[Curve], seats: Seats, country: str) -> list[Curve]:
    if seats.start is None:
        raise InputError(
            f"[pacing] holidays need dates, and period {seats.period} has none: give its start in "
            "the table periods"
        )
    weight = [
        Fraction(count) for count in working_days(days_in_weeks(seats.start, seats.weeks), country)
    ]
    return [weighted_curve(curve, weight) for curve in curves]
