"""Shares of periods by season, from the years that history holds whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.domain.calendar import MONTHS_PER_YEAR
from optimizer.domain.scenario import Scenario
from optimizer.problem.history import read_history
from optimizer.problem.instance import Floats
from optimizer.problem.labels import read_labels
from optimizer.proposal.edit import ESTIMATED, Edit
from optimizer.proposal.moving import Move

FEWEST_YEARS = 2
_SAME = 0.0005


def season_edits(before: Scenario, after: Scenario, move: Move, notes: list[str]) -> Iterator[Edit]:
    """Yield new shares of periods: the mean of past years, the present share as one year more.

    Only where all shares are given; blank ones follow the history by themselves.

    Parameters
    ----------
    before, after : Scenario
        As planned, and with what was sold in the plan added to its history.
    move : Move
    notes : list of str
    """
    table = before.table("periods")
    if table is None or len(move.periods) == 1 or not move.same_season:
        return
    given = table.set_index("period")["share"].reindex(list(move.periods)).to_numpy(dtype=float)
    if np.isnan(given).any():
        return
    years = year_shares(after)
    if len(years) < FEWEST_YEARS:
        notes.append(
            f"period shares: history holds {len(years)} whole years; with fewer than "
            f"{FEWEST_YEARS} they stay"
        )
        return
    old = given / given.sum()
    new = (years.sum(axis=0) + old) / (len(years) + 1)
    bounds = table.set_index("period")[["min_share", "max_share"]].reindex(list(move.periods))
    new = np.clip(new, bounds["min_share"].fillna(0.0), bounds["max_share"].fillna(1.0))
    for period, share, learned in zip(move.periods.values(), old, np.asarray(new), strict=True):
        if abs(learned - share) < _SAME:
            continue
        place = list(move.periods.values()).index(period)
        reason = (
            f"mean of {len(years)} whole years {years[:, place].mean():.4f}, the present share "
            "counted as one year more"
        )
        told = float(np.round(share, 6)), float(np.round(learned, 4))
        yield Edit(ESTIMATED, "periods", period, "share", *told, len(years), reason)


def year_shares(scenario: Scenario) -> Floats:
    """Return the shares of the plan's seasons in each whole year, (year, period) floats."""
    labels = read_labels(scenario)
    history = read_history(scenario, labels)
    if history is None:
        return np.zeros((0, len(labels.periods)))
    usable = history.whole_year & (history.period >= 0)
    year = history.first // MONTHS_PER_YEAR
    found = []
    for one in np.unique(year[usable]):
        rows = usable & (year == one)
        sums = np.bincount(
            history.period[rows], weights=history.amount[rows], minlength=len(labels.periods)
        )
        if (sums > 0).all():
            found.append(sums / sums.sum())
    return np.array(found).reshape(len(found), len(labels.periods))
