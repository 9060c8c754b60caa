"""Rules on measures and grades by themselves: weights, policies, neutral points, order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from optimizer.errors import Finding
from optimizer.inputs.document import Document
from optimizer.inputs.forms import tables_of
from optimizer.scorecards.card import ATTAINMENT, Grade, Metric
from optimizer.scorecards.check_bands import check_bands
from optimizer.scorecards.points import best, worst
from optimizer.scorecards.words import plain


def check_metric(document: Document, path: str, metric: Metric) -> Iterator[Finding]:
    """Check one measure by itself.

    Parameters
    ----------
    document : Document
    path : str
        Where it is written, such as ``metric[0]``.
    metric : Metric
    """
    keys = dict(tables_of(document.keys, "metric[]"))[path]
    if metric.weight > 1:
        problem = "a weight is a share of 1"
        remedy = f"Write {plain(metric.weight / 100)} for {plain(metric.weight)} %."
        yield document.finding(f"{path}.weight", keys["weight"], problem, remedy)
    elif metric.weight == 0:
        problem = "the measure counts nothing; it is only shown"
        remedy = "Give it a weight, or leave it so to show it."
        yield document.finding(f"{path}.weight", keys["weight"], problem, remedy, "note")
    if metric.source == ATTAINMENT and metric.kind == "ratio":
        problem = "attainment is a ratio already: actual / target"
        remedy = 'Write kind = "level", or source = "amount".'
        yield document.finding(f"{path}.kind", metric.kind, problem, remedy)
    if metric.source == ATTAINMENT and metric.products:
        problem = "attainment is that of all products"
        remedy = 'Write source = "amount" and kind = "ratio" for some products.'
        yield document.finding(f"{path}.products", list(metric.products), problem, remedy)
    yield from check_bands(document, f"{path}.bands", metric, keys["bands"])
    yield from _neutral(document, path, metric)


def _neutral(document: Document, path: str, metric: Metric) -> Iterator[Finding]:
    """Check neutral points against the policy and against what can be had."""
    if metric.neutral is None:
        return
    key, text = f"{path}.neutral", plain(metric.neutral)
    if metric.missing != "neutral":
        problem = f"neutral points are never used: missing is {metric.missing}"
        yield document.finding(key, text, problem, 'Write missing = "neutral" in the measure.')
    elif not worst(metric) <= metric.neutral <= best(metric):
        least, most = plain(worst(metric)), plain(best(metric))
        problem = f"a missing value would earn more or less than any value can ({least} to {most})"
        yield document.finding(key, text, problem, f"Write points from {least} to {most}.")


def check_grades(document: Document, grades: Mapping[str, Grade]) -> Iterator[Finding]:
    """Check that grades rise one after the other, each name once."""
    names: dict[str, str] = {}
    for path, grade in grades.items():
        if grade.name in names:
            problem = f"{names[grade.name]} has this name too"
            yield document.finding(f"{path}.name", grade.name, problem, "Name each grade once.")
        names.setdefault(grade.name, path)
    for one, (path, following) in zip(grades.values(), list(grades.items())[1:], strict=False):
        if following.start <= one.start:
            problem = f"the grade does not begin above the one before it, at {plain(one.start)}"
            remedy = "List the grades from the lowest total up."
            yield document.finding(f"{path}.from", plain(following.start), problem, remedy)
    first = next(iter(grades.items()), None)
    if first is not None and first[1].start > 0:
        problem = f"totals below {plain(first[1].start)} have no grade"
        remedy = "Begin with from = 0 to give them one."
        yield document.finding(f"{first[0]}.from", plain(first[1].start), problem, remedy, "note")


def check_reach(
    document: Document, metrics: Mapping[str, Metric], grades: Mapping[str, Grade]
) -> Iterator[Finding]:
    """Note grades that no total can reach."""
    if not metrics:
        return
    most = max(best(metric) for metric in metrics.values())
    for path, grade in grades.items():
        if grade.start > most:
            problem = f"no total reaches this grade: the most points are {plain(most)}"
            remedy = "Lower the grade, or raise the points of the bands."
            yield document.finding(f"{path}.from", plain(grade.start), problem, remedy, "note")


def twins(metrics: Mapping[str, Metric]) -> Iterator[tuple[str, Metric, Metric]]:
    """Yield (path of the later, earlier, later) for measures of one name in one file."""
    ordered = sorted(metrics.items(), key=lambda one: one[1].name)
    for (_, one), (path, following) in pairwise(ordered):
        if one.name == following.name:
            yield path, one, following


def check_alone(document: Document, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    """Check what holds for everybody: measures of one name are for different people."""
    for path, one, following in twins(metrics):
        if (one.match, one.months) == (following.match, following.months):
            problem = "two measures of this name are for the same people"
            remedy = "Keep one, or give each a `match` of its own."
            yield document.finding(f"{path}.name", following.name, problem, remedy)
