"""Points of a value: steps or straight lines, and the least and most that can be had."""

from __future__ import annotations

from fractions import Fraction

from optimizer.scorecards.card import Metric

_LEAST_VALUE = {"ratio": Fraction(0), "growth": Fraction(-1), "level": Fraction(0)}
"""Value from which bands must begin for nothing to lie below them."""


def points(metric: Metric, value: Fraction) -> Fraction:
    """Return the points of a value.

    A value equal to a threshold is in the band that begins there. Below the first band there
    are no points where more is better; where less is better the first band holds. Beyond the
    last knot points stay as they are.

    Parameters
    ----------
    metric : Metric
    value : Fraction
        In the terms of its kind.
    """
    knots = metric.knots
    index = sum(knot.reached(value) for knot in knots) - 1
    if index < 0:
        return knots[0].points if metric.better == "lower" else Fraction(0)
    low = knots[index]
    if metric.mode == "band" or index + 1 == len(knots):
        return low.points
    high = knots[index + 1]
    share = (value - low.start) / (high.start - low.start)
    return low.points + share * (high.points - low.points)


def worst(metric: Metric) -> Fraction:
    """Return the fewest points that a value can have."""
    least = min(knot.points for knot in metric.knots)
    return min(least, Fraction(0)) if has_nothing_below(metric) else least


def best(metric: Metric) -> Fraction:
    """Return the most points that a value can have."""
    return max(knot.points for knot in metric.knots)


def neutral(metric: Metric) -> Fraction:
    """Return the points that stand for a missing value."""
    if metric.neutral is not None:
        return metric.neutral
    return (worst(metric) + best(metric)) / 2


def has_nothing_below(metric: Metric) -> bool:
    """Return whether values lie below the first band, so that they earn no points."""
    first = metric.knots[0]
    return metric.better == "higher" and first.start > _LEAST_VALUE[metric.kind]
