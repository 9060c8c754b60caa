"""Bands as steps of one axis: in order, in the direction of what is better, without holes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from optimizer.errors import Finding
from optimizer.inputs.document import Document
from optimizer.scorecards.build import fraction
from optimizer.scorecards.card import Metric
from optimizer.scorecards.points import has_nothing_below
from optimizer.scorecards.words import knot_text, plain, value_text


def check_bands(
    document: Document, path: str, metric: Metric, written: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    """Check the bands of one measure.

    Parameters
    ----------
    document : Document
    path : str
        Of the list of bands.
    metric : Metric
    written : sequence of keys
        The bands as they stand in the file.
    """
    found = [*_order(document, path, metric), *_above(document, path, metric)]
    yield from found
    yield from _ends(document, path, metric, written)
    if found:
        return
    yield from _direction(document, path, metric)
    if has_nothing_below(metric):
        start = value_text(metric, metric.knots[0].start)
        problem = f"nothing is said below {start}, so it earns 0 points there"
        remedy = "Begin the bands with the lowest value to say it."
        yield document.finding(f"{path}[0]", None, problem, remedy, "note")


def _order(document: Document, path: str, metric: Metric) -> Iterator[Finding]:
    """Check that bands begin one after the other; in lines two may meet, for a jump."""
    knots = metric.knots
    for index, (one, following) in enumerate(pairwise(knots), start=1):
        key, text = f"{path}[{index}]", knot_text(metric, following)
        before, here = (one.start, one.is_above), (following.start, following.is_above)
        if here < before:
            problem = f"this band begins below the one before it, at {knot_text(metric, one)}"
            yield document.finding(key, text, problem, "List the bands from the lowest value up.")
        elif here == before:
            again = index > 1 and knots[index - 2].start == one.start
            if metric.mode == "linear" and not again:
                continue
            problem = f"{'three' if again else 'two'} bands begin at {text}: they overlap"
            remedy = 'Keep one band for each value; two at one value make a jump with "linear".'
            yield document.finding(key, text, problem, remedy)


def _above(document: Document, path: str, metric: Metric) -> Iterator[Finding]:
    for index, knot in enumerate(metric.knots):
        if knot.is_above and metric.mode == "linear":
            problem = "a straight line has no beginning just above a value"
            remedy = "Write `from`; two knots at one value make a jump."
            yield document.finding(f"{path}[{index}].above", plain(knot.start), problem, remedy)


def _direction(document: Document, path: str, metric: Metric) -> Iterator[Finding]:
    """Check that better values earn no fewer points."""
    for index, (one, following) in enumerate(pairwise(metric.knots), start=1):
        falls = following.points < one.points
        if following.points != one.points and falls == (metric.better == "higher"):
            change = "fall" if falls else "rise"
            problem = (
                f"points {change} from {plain(one.points)} to {plain(following.points)} at "
                f"{knot_text(metric, following)}, and {metric.better} values are better"
            )
            other = "lower" if metric.better == "higher" else "higher"
            remedy = f'Let better values earn more, or write better = "{other}".'
            key = f"{path}[{index}].points"
            yield document.finding(key, plain(following.points), problem, remedy)
    if len({knot.points for knot in metric.knots}) == 1 and not has_nothing_below(metric):
        text = plain(metric.knots[0].points)
        problem = f"every value earns {text} points, so the measure tells nobody apart"
        yield document.finding(path, None, problem, "Add a band with other points.", "note")


def _ends(
    document: Document, path: str, metric: Metric, written: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    """Check where bands are said to end against where the next ones begin."""
    for index, (knot, keys) in enumerate(zip(metric.knots, written, strict=True)):
        if "to" not in keys:
            continue
        key, end = f"{path}[{index}].to", fraction(keys["to"])
        shown = value_text(metric, end)
        after = metric.knots[index + 1] if index + 1 < len(metric.knots) else None
        if end < knot.start or (end == knot.start and (after is None or after.start != end)):
            problem = f"the end {shown} is not above the beginning {knot_text(metric, knot)}"
            remedy = "A value equal to `to` belongs to the next band."
            yield document.finding(key, keys["to"], problem, remedy)
        elif after is None:
            problem = f"nothing is said from {shown} on; the last band goes on"
            remedy = "Leave `to` out, or add a band that says what holds there."
            yield document.finding(key, keys["to"], problem, remedy, "note")
        elif after.start < end:
            problem = (
                f"this band ends at {shown} and the next begins at {knot_text(metric, after)}: "
                "they overlap"
            )
            remedy = "End the band where the next begins."
            yield document.finding(key, keys["to"], problem, remedy)
        elif after.start > end:
            holds = _holds(metric, index)
            problem = (
                f"nothing is said from {shown} to {knot_text(metric, after)}: a hole, where {holds}"
            )
            remedy = f"Add a band from {plain(end)} if that is not meant."
            yield document.finding(key, keys["to"], problem, remedy, "note")


def _holds(metric: Metric, index: int) -> str:
    """Return what holds between a band's end and the beginning of the next."""
    knot = metric.knots[index]
    if metric.mode == "linear":
        return "the straight line goes on"
    return f"the band before it goes on with {plain(knot.points)} points"
