"""A whole run recalibrated, every measure on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.errors import InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.loaded import Loaded
from optimizer.pacing.actuals import has_sales, parse_week, read_sales
from optimizer.pacing.columns import columns_of_others
from optimizer.pacing.run import PlannedRun, read_measures
from optimizer.recalibrate.changed import Changed, Options, read_changes
from optimizer.recalibrate.pay_effect import PayEffect, find_pay_effect, with_pay_effect
from optimizer.recalibrate.recalibrate import MeasureRecalibration, recalibrate_measure
from optimizer.recalibrate.standing import Standing, read_standing
from optimizer.recalibrate.tables import with_measures
from optimizer.verify.failures import Verification


@dataclass(frozen=True, repr=False)
class Recalibration:
    """A recalibrated run.

    Tables have a column ``measure`` in front where there is more than one measure.

    Attributes
    ----------
    run : Path
        The run folder that was recalibrated.
    loaded : Loaded
        The inputs from now on.
    measures : tuple of MeasureRecalibration
        The main measure first.
    inputs : mapping of what to file
        Files that were read beside the run.
    pay_effect : PayEffect or None
        Of what moved on the pay of the period; None without rules of pay.
    out : Path or None
        The new run folder, once it is written.
    verification : Verification or None
        Of the new run folder.
    """

    run: Path
    loaded: Loaded
    measures: tuple[MeasureRecalibration, ...]
    inputs: Mapping[str, Path]
    pay_effect: PayEffect | None = None
    out: Path | None = None
    verification: Verification | None = None

    @property
    def main(self) -> MeasureRecalibration:
        """The main measure's part."""
        return self.measures[0]

    @property
    def exit_code(self) -> int:
        """0, or 3 where a gap is left or something was not moved."""
        return max(one.exit_code for one in self.measures)

    @property
    def targets(self) -> pd.DataFrame:
        """``targets.csv``: all periods, the recalibrated one anew."""
        return self.table("targets")

    @property
    def rollup(self) -> pd.DataFrame:
        """``rollup.csv``."""
        return self.table("rollup")

    @property
    def changes(self) -> pd.DataFrame:
        """``changes.csv``: what moved, how far, and why."""
        return self.table("changes")

    @property
    def not_moved(self) -> pd.DataFrame:
        """``not_moved.csv``: what was asked for and could not be had."""
        return self.table("not_moved")

    @property
    def weekly(self) -> pd.DataFrame:
        """``pacing.csv``: weekly targets of all periods."""
        return self.table("weekly")

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing; with the measure's name where not all share it."""
        found: dict[str, list[str]] = {}
        for one in self.measures:
            for note in one.changed.notes:
                found.setdefault(note, []).append(one.measure)
        everywhere = len(self.measures)
        changed = [
            note if len(names) == everywhere else f"{', '.join(names)}: {note}"
            for note, names in found.items()
        ]
        return (*changed, *(self.pay_effect.notes if self.pay_effect else ()))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of all measures, by the name of its attribute in each."""
        return with_measures({one.measure: getattr(one, name) for one in self.measures})

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data: the main measure's, and under ``measures`` all."""
        found = {**self.main.as_dict(), "notes": list(self.notes)}
        if len(self.measures) > 1:
            found["measures"] = {one.measure: one.as_dict() for one in self.measures}
        if self.pay_effect is not None:
            found["pay_effect"] = self.pay_effect.as_dict()
        return found

    def __repr__(self) -> str:
        parts = [
            f"{one.measure} {one.before:,.10g} → {one.placed:,.10g}, "
            f"{len(one.changes)} changes, {len(one.not_moved)} not moved"
            for one in self.measures
        ]
        standing = self.main.standing
        return f"<Recalibration of {standing.period}, week {standing.week}: {'; '.join(parts)}>"


def find_recalibration(
    run: Path | str, actuals: Path | str, as_of: str, options: Options | None = None
) -> Recalibration:
    """Move the targets of a period that has begun, as little as what changed asks for.

    Parameters
    ----------
    run : path
        Run folder of ``plan`` or of ``recalibrate``; it stays as it is.
    actuals : path
        Table of period, week, rep, amount (and product) up to `as_of`; measures beside the
        main one have a column of their own.
    as_of : str
        Week that is over, such as ``2024Q1W06``.
    options : Options, optional
        What has changed.

    Raises
    ------
    InputError
        Where the run, a table or an option is wrong.
    ContradictionError
        Where no targets keep all limits.
    """
    options, path = options or Options(), Path(actuals)
    before, planned = read_measures(Path(run))
    period, week = parse_week(as_of, planned[0].scenario.settings.periods)
    loaded, changes = read_changes(before, period, options)
    sales = read_sales(path, {*planned[0].measures, *columns_of_others(planned[0])})
    standings = [
        _standing(one, changed, sales, (period, week), new_people=options.people is not None)
        for one, changed in zip(planned, changes, strict=True)
    ]
    measures = tuple(
        recalibrate_measure(standing, changed)
        for standing, changed in zip(standings, changes, strict=True)
    )
    effect = find_pay_effect(before, loaded, measures, sales)
    if effect is not None:
        measures, effect = _with_pay_effect(measures, effect)
    names = ("people", "potential", "shares", "incentive")
    files = {name: getattr(options, name) for name in names}
    given = {what: file for what, file in files.items() if file is not None}
    return Recalibration(Path(run), loaded, measures, {"actuals": path, **given}, effect)


def _with_pay_effect(
    measures: Sequence[MeasureRecalibration], effect: PayEffect
) -> tuple[tuple[MeasureRecalibration, ...], PayEffect]:
    """Return the measures with the pay effect in their changes, which may need a note."""
    changes, notes = with_pay_effect([one.changes for one in measures], effect)
    filled = tuple(
        replace(one, changes=table) for one, table in zip(measures, changes, strict=True)
    )
    return filled, replace(effect, notes=(*effect.notes, *notes))


def _standing(
    planned: PlannedRun, changed: Changed, sales: Typed, at: tuple[str, int], *, new_people: bool
) -> Standing:
    """Return where a measure stands; a measure without sales may stay, and not move."""
    measure = planned.scenario.settings.measure
    is_known = measure == planned.measures[0] or has_sales(sales, measure)
    if changed.is_moved and not is_known:
        raise InputError(
            f"{sales.source} does not say what was sold of {measure}, which is to move: add a "
            f"column {measure} with the amounts of each week"
        )
    people = changed.scenario.table("people") if new_people else None
    return read_standing(planned, sales if is_known else None, *at, people)
