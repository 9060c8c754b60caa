"""Abilities from what people sold, beside their colleagues, in the periods they worked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR
from optimizer.domain.scenario import Scenario
from optimizer.problem.history import read_history
from optimizer.problem.instance import Floats, Ints
from optimizer.problem.labels import read_labels
from optimizer.problem.people import ability, by_rank
from optimizer.proposal.edit import ESTIMATED, Edit
from optimizer.proposal.moving import Move
from optimizer.proposal.windows import last_windows

FEWEST = 2
"""Periods beside colleagues that an estimate needs."""

USUAL_CREDIBILITY = 2.0
"""Periods' worth of being like everybody else, where the team is too small to tell."""

ENOUGH_REPS = 8
LEAST_CREDIBILITY, MOST_CREDIBILITY = 0.5, 12.0
_SAME = 0.03
"""Part of an ability by which it must move to be worth a change."""


@dataclass(frozen=True)
class Standing:
    """How people sold beside their colleagues.

    Attributes
    ----------
    periods : (rep,) ints
        Periods that count.
    index : (rep,) floats
        Mean of sales / mean of the region's people in the period; NaN without any.
    prior : (rep,) floats
        What it is drawn towards: a given ability over the mean of the region's; else 1.
    shrunk : (rep,) floats
        (n · index + k · prior) / (n + k).
    credibility : float
        k.
    """

    periods: Ints
    index: Floats
    prior: Floats
    shrunk: Floats
    credibility: float


def ability_edits(
    before: Scenario, after: Scenario, move: Move, notes: list[str]
) -> Iterator[Edit]:
    """Yield new abilities; what is left as it is goes to the notes.

    Parameters
    ----------
    before, after : Scenario
        As planned, and with what was sold in the plan added to its history.
    move : Move
    notes : list of str
    """
    people = before.table("people")
    if people is None:
        return
    standing = standing_of(after, move, prior_of(before))
    used, new = abilities_in_use(before), _new_abilities(before, standing)
    thin, given = standing.periods < FEWEST, people["ability"].notna().to_numpy()
    if thin.any():
        notes.append(
            f"ability: {int(thin.sum())} of {len(people)} people have sold in fewer than {FEWEST} "
            "periods beside a colleague of their region; theirs stays"
        )
    k = standing.credibility
    for row in np.flatnonzero(~thin & (np.abs(new - used) >= _SAME * used)).tolist():
        number, region = int(standing.periods[row]), people["region"].iloc[row]
        reason = (
            f"sold {standing.index[row]:.2f} of the mean of {region} in {number} periods, drawn "
            f"towards {standing.prior[row]:.3g} as {number} : {k:.1f}: {standing.shrunk[row]:.2f}"
        )
        if given[row]:
            reason += f", times {new[row] / standing.shrunk[row]:.2f} as abilities there are"
        name = str(people["rep"].iloc[row])
        told = float(np.round(used[row], 4)), float(np.round(new[row], 2))
        yield Edit(ESTIMATED, "people", name, "ability", *told, number, reason)


def abilities_in_use(scenario: Scenario) -> Floats:
    """Return the ability each of the people has in a plan, given or by rank, (rep,) floats."""
    labels, people = read_labels(scenario), scenario.tables["people"]
    leaf = labels.leaf_index(people["region"])
    return ability(people, leaf, read_history(scenario, labels), scenario.settings.ability)


def prior_of(scenario: Scenario) -> Floats:
    """Return what each of the people is thought to sell beside the colleagues, (rep,) floats.

    A given ability over the mean of those given in the region; 1 for all others.
    """
    people, prior = scenario.tables["people"], np.ones(len(scenario.tables["people"]))
    mean = people.groupby("region")["ability"].transform("mean")
    known = (people["ability"].notna() & (mean > 0)).to_numpy()
    prior[known] = (people["ability"] / mean).to_numpy()[known]
    return prior


def standing_of(scenario: Scenario, move: Move, prior: Floats) -> Standing:
    """Return how the people of a scenario sold beside each other, period by period.

    In each of the last periods a rep's sales / (resource × fte) are set beside the mean of the
    region's people in that period, so seasons and the market of the region cancel out. Periods
    before or in a rep's ramp, and those without a colleague, do not count.
    """
    people = scenario.tables["people"]
    sold = _by_window(scenario, move)
    factor = people["resource"].fillna(1.0) * people["fte"].fillna(1.0)
    each = sold / np.where(factor > 0, factor, np.nan)[:, None]
    beside = np.full(each.shape, np.nan)
    for region in pd.unique(people["region"]):
        own = (people["region"] == region).to_numpy()
        known = np.isfinite(each[own]).sum(axis=0)
        total = np.nansum(each[own], axis=0)
        usable = (known > 1) & (total > 0)
        mean = total[usable] / known[usable]
        beside[np.ix_(own, usable)] = each[np.ix_(own, usable)] / mean
    periods = np.isfinite(beside).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(periods > 0, np.nansum(beside, axis=1) / periods, np.nan)
    k = _credibility(beside, index, periods)
    shrunk = (np.nan_to_num(index) * periods + k * prior) / (periods + k)
    return Standing(periods, index, prior, shrunk, k)


def _by_window(scenario: Scenario, move: Move) -> Floats:
    """Return sales of each of the people in the last periods, (rep, period) floats; NaN is none."""
    people = scenario.tables["people"]
    history, windows = read_history(scenario, read_labels(scenario)), last_windows(move)
    sold = np.full((len(people), windows.count), np.nan)
    if history is None:
        return sold
    window, inside = windows.of(history)
    rep = pd.Index(people["rep"]).get_indexer(pd.Index(history.rep))
    chosen = inside & (rep >= 0)
    place = (rep[chosen], window[chosen])
    sold[place] = 0.0
    np.add.at(sold, place, history.amount[chosen])
    start = people["start"]
    begun = (start.dt.year * MONTHS_PER_YEAR + start.dt.month - 1).to_numpy(dtype=float)
    full = begun + len(scenario.settings.ramp_factors)
    first = windows.end + (np.arange(windows.count) - windows.count) * windows.months
    sold[first[None, :] < full[:, None]] = np.nan
    return sold


def _credibility(beside: Floats, index: Floats, periods: Ints) -> float:
    """Return k, how many periods of being like everybody an estimate is mixed with.

    Bühlmann's (1967): variance of a rep's periods around the rep's mean / variance of the
    means of reps beyond that. Small teams cannot tell and take `USUAL_CREDIBILITY`.
    """
    chosen = periods >= FEWEST
    if chosen.sum() < ENOUGH_REPS:
        return USUAL_CREDIBILITY
    off = np.nansum((beside[chosen] - index[chosen][:, None]) ** 2)
    within = float(off / (periods[chosen] - 1).sum())
    between = float(np.var(index[chosen], ddof=1) - within * np.mean(1.0 / periods[chosen]))
    if between <= 0:
        return MOST_CREDIBILITY
    return float(np.clip(within / between, LEAST_CREDIBILITY, MOST_CREDIBILITY))


def _new_abilities(scenario: Scenario, standing: Standing) -> Floats:
    """Return the ability that results speak for; as it is where they do not.

    Given abilities become the region's mean of given ones × the shrunk index; others go by rank
    of it, by the scenario's own shares and factors.
    """
    people, rule = scenario.tables["people"], scenario.settings.ability
    used = abilities_in_use(scenario)
    given, known = people["ability"].notna().to_numpy(), standing.periods >= FEWEST
    new = used.copy()
    for region in pd.unique(people["region"]):
        own = (people["region"] == region).to_numpy()
        judged = np.flatnonzero(own & given & known)
        if len(judged):
            mean = used[judged].mean() / standing.shrunk[judged].mean()
            new[judged] = mean * standing.shrunk[judged]
        ranked = np.flatnonzero(own & ~given)
        if len(ranked) and not rule.from_history:
            scores = np.where(known[ranked], standing.shrunk[ranked], np.nan)
            new[ranked] = np.where(known[ranked], by_rank(scores, rule), used[ranked])
    return new
