"""The recipe: a run and what changed become a verified run folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optimizer.recalibrate.changed import Options
from optimizer.recalibrate.recalibration import Recalibration, find_recalibration
from optimizer.recalibrate.write import write_recalibration


def recalibrate_run(
    run: Path | str,
    actuals: Path | str,
    as_of: str,
    out: Path | str | None = None,
    *,
    goal: float | None = None,
    people: Path | str | None = None,
    potential: Path | str | None = None,
    shares: Path | str | None = None,
    contingency: str | None = None,
    cap: float | None = None,
    pace_only: bool = False,
    measure: str | None = None,
    incentive: Path | str | None = None,
    force: bool = False,
) -> Recalibration:
    """Recalibrate a run in mid-period: least change within the cap, verified and written.

    Without a change the targets stay, and the weeks to come are paced anew.

    Parameters
    ----------
    run : path
        Run folder of ``plan`` or of an earlier recalibration; it stays as it is.
    actuals : path
        Table of period, week, rep, amount (and product) up to `as_of`; measures beside the
        main one have a column of their own.
    as_of : str
        Week that is over, such as ``2024Q1W06``; ``6`` where the plan has one period.
    out : path, optional
        Run folder to write; it appears whole or not at all. Without it the run is still
        written to a temporary folder and verified from there.
    goal : float, optional
        New total of the period, in the scenario's unit; what stands if left out.
    people, potential, shares : path, optional
        Tables from now on, in place of the run's.
    contingency : str, optional
        Name of a ``[[contingency]]`` of the scenario to carry out.
    cap : float, optional
        Largest move as a share of the first plan's target, in place of the scenario's.
    pace_only : bool
        Leave all targets as they are.
    measure : str, optional
        Whose goal, potential, shares and contingency these are; the main one's if left out.
    incentive : path, optional
        Rules of pay from now on, in place of the run's; they move no target.
    force : bool
        Replace `out` whatever it holds.

    Returns
    -------
    Recalibration
        With tables of what moved and why, and of what could not.

    Raises
    ------
    InputError
        Where the run, a table or an argument is wrong; nothing is written.
    ContradictionError
        Where no targets keep all limits.
    DefectError
        Where what was found does not pass its verification; nothing is written.
    """
    given = (people, potential, shares, incentive)
    tables = [None if path is None else Path(path) for path in given]
    options = Options(
        people=tables[0], potential=tables[1], shares=tables[2], goal=goal,
        contingency=contingency, cap=cap, pace_only=pace_only, measure=measure,
        incentive=tables[3],
    )  # fmt: skip
    found = find_recalibration(run, actuals, as_of, options)
    folder = None if out is None else Path(out)
    verification = write_recalibration(found, folder, force=force)
    return replace(found, out=folder, verification=verification)
