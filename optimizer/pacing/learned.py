"""The curve a team has sold by, learned from past weeks, and how far weeks scatter around it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from optimizer.pacing.curve import Curve
from optimizer.problem.instance import Floats

_STIFFNESS = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Weights of the curve's bends that are tried; the one that foretells best is taken."""

_STIFFNESS_ALONE = 1.0
UNKNOWN = (float("nan"), float("nan"))
"""Scatter of weeks that no table tells."""

_PARTS = 10**9
"""Learned shares are whole billionths, so that they add up to 1 exactly."""


@dataclass(frozen=True)
class Learned:
    """A curve from history.

    Attributes
    ----------
    curve : Curve
    quarters : int
        Past periods that it rests on.
    stiffness : float
        Weight of its bends; 0 where the mean of the past periods is taken as it is.
    common_week, own_week : float
        Standard deviation of a week around the curve as a part of it: what all reps share, and
        a rep's own; NaN where the table does not tell.
    """

    curve: Curve
    quarters: int
    stiffness: float
    common_week: float
    own_week: float


def learn_curve(
    weekly: pd.DataFrame, weeks: int, scattered: tuple[float, float] = UNKNOWN
) -> Learned | None:
    """Return the curve of past periods for a period of `weeks` weeks.

    Each past period counts once, whatever it sold; one with another number of weeks is read
    off its cumulative share. The mean is smoothed by Whittaker's method (Eilers 2003: least
    squares plus a weight on second differences); the weight is chosen by foretelling each past
    period from the others.

    Parameters
    ----------
    weekly : DataFrame
        Columns period, week and amount.
    weeks : int
    scattered : pair of floats
        What `scatter` finds.

    Returns
    -------
    Learned or None
        None where no past period sold anything.
    """
    shares = past_shares(weekly, weeks)
    if not len(shares):
        return None
    stiffness = _best_stiffness(shares)
    smooth = _smoothed(shares.mean(axis=0), stiffness)
    return Learned(_as_curve(smooth), len(shares), stiffness, *scattered)


class History:
    """The past weeks of a scenario, learned from once for each number of weeks.

    Parameters
    ----------
    weekly : DataFrame or None
        The table ``weekly``.
    """

    def __init__(self, weekly: pd.DataFrame | None) -> None:
        self.weekly = weekly
        self._known: dict[int, Learned | None] = {}

    def learned(self, weeks: int) -> Learned | None:
        """Return the company's curve for periods of `weeks` weeks; None where nothing is known."""
        if self.weekly is None:
            return None
        if weeks not in self._known:
            self._known[weeks] = learn_curve(self.weekly, weeks, self._scattered)
        return self._known[weeks]

    @cached_property
    def _scattered(self) -> tuple[float, float]:
        assert self.weekly is not None
        return scatter(self.weekly)


def past_shares(weekly: pd.DataFrame, weeks: int) -> Floats:
    """Return the share of each week in each past period, (period, week) floats.

    Periods whose sales are not above 0 are left out; a week's returns beyond its sales count 0.
    """
    rows = []
    for _, sold in weekly.groupby("period", sort=True):
        of_week = np.zeros(int(sold["week"].max()))
        np.add.at(of_week, sold["week"].to_numpy(dtype=np.int64) - 1, sold["amount"].to_numpy())
        of_week = np.maximum(of_week, 0.0)
        if of_week.sum() > 0:
            so_far = np.concatenate([[0.0], np.cumsum(of_week) / of_week.sum()])
            ends = np.linspace(0.0, 1.0, weeks + 1)
            rows.append(np.diff(np.interp(ends, np.linspace(0.0, 1.0, len(so_far)), so_far)))
    return np.array(rows).reshape(-1, weeks)


def scatter(weekly: pd.DataFrame) -> tuple[float, float]:
    """Return how far weeks scatter around their curve: shared by all reps, and a rep's own.

    From the squared differences between the shares of a rep's weeks and the mean share, against
    what independent weeks of a spread of 1 would show; the sum of all reps in the same way
    shows what they share. NaN where there is no rep, or only one period or week.
    """
    if "rep" not in weekly or not (weekly["rep"] != "").any():
        return UNKNOWN
    known = weekly[weekly["rep"] != ""]
    own, everybody = [], []
    for weeks, periods in known.groupby(known.groupby("period")["week"].transform("max")):
        table = periods.pivot_table(
            index=["period", "rep"], columns="week", values="amount", aggfunc="sum", fill_value=0.0
        ).reindex(columns=range(1, int(weeks) + 1), fill_value=0.0)
        table = table[table.sum(axis=1) > 0]
        if len(table) < 2 or weeks < 2:
            continue
        whole = table.groupby(level="period").sum()
        curve = whole.div(whole.sum(axis=1), axis=0).mean().to_numpy()
        own.append(_spread_around(table.to_numpy(dtype=float), curve))
        if len(whole) > 1:
            held = (np.square(table.sum(axis=1)).groupby(level="period").sum()
                    / np.square(whole.sum(axis=1)))  # fmt: skip
            seen, count = _spread_around(whole.to_numpy(dtype=float), curve)
            everybody.append((seen * len(whole) / (len(whole) - 1), count, float(held.mean())))
    if not own:
        return UNKNOWN
    of_rep = _pooled([(value, count) for value, count in own])
    if not everybody:
        return float("nan"), float(np.sqrt(of_rep))
    of_all = _pooled([(value, count) for value, count, _ in everybody])
    part = _pooled([(held, count) for _, count, held in everybody])
    shared = max(0.0, (of_all - part * of_rep) / (1.0 - part)) if part < 1.0 else 0.0
    return float(np.sqrt(shared)), float(np.sqrt(max(of_rep - shared, 0.0)))


def _spread_around(sold: Floats, curve: Floats) -> tuple[float, int]:
    """Return the variance of a week as a part of its share, and on how many rows it rests."""
    shares = sold / sold.sum(axis=1, keepdims=True)
    squares = np.square(curve)
    natural = squares * (1.0 - 2.0 * curve + squares.sum())
    return float(np.square(shares - curve).mean(axis=0).sum() / natural.sum()), len(sold)


def _pooled(parts: list[tuple[float, int]]) -> float:
    return sum(value * count for value, count in parts) / sum(count for _, count in parts)


def _best_stiffness(shares: Floats) -> float:
    if len(shares) < 2:
        return _STIFFNESS_ALONE
    total = shares.sum(axis=0)
    others = (total - shares) / (len(shares) - 1)
    missed = [
        sum(
            float(np.square(_smoothed(rest, stiffness) - seen).sum())
            for rest, seen in zip(others, shares, strict=True)
        )
        for stiffness in _STIFFNESS
    ]
    return _STIFFNESS[int(np.argmin(missed))]


def _smoothed(share: Floats, stiffness: float) -> Floats:
    """Return shares with a weight on their bends; they still add up to 1."""
    if len(share) < 3 or stiffness == 0:
        return share
    bends = np.diff(np.eye(len(share)), n=2, axis=0)
    smooth = np.linalg.solve(np.eye(len(share)) + stiffness * bends.T @ bends, share)
    smooth = np.maximum(smooth, 0.0)
    return np.asarray(smooth / smooth.sum())


def _as_curve(share: Floats) -> Curve:
    whole = np.floor(share / share.sum() * _PARTS).astype(np.int64)
    whole[int(np.argmax(whole))] += _PARTS - int(whole.sum())
    return Curve(tuple(Fraction(int(part), _PARTS) for part in whole), ("",) * len(share))
