"""Sources of measures against what the scenario's files have, before any actuals are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from optimizer.domain.nearest import meant, nearest
from optimizer.domain.scenario import Scenario
from optimizer.errors import Finding
from optimizer.inputs.document import Document
from optimizer.scorecards.card import ATTAINMENT, LEVELS, Metric


def metric_names(scenario: Scenario) -> list[str]:
    """Return the metrics of the table metrics."""
    table = scenario.table("metrics")
    return [] if table is None else sorted(set(table["metric"].astype(str)))


def check_sources(
    document: Document,
    metrics: Mapping[str, Metric],
    scenario: Scenario,
    measures: Sequence[str],
) -> Iterator[Finding]:
    """Check what measures look at.

    Parameters
    ----------
    document : Document
    metrics : mapping of path to Metric
    scenario : Scenario
        Its main measure.
    measures : sequence of str
        Measures with targets.
    """
    planned = list(dict.fromkeys(("amount", *measures)))
    known = [*planned, *metric_names(scenario), ATTAINMENT]
    for path, metric in metrics.items():
        if metric.kind == "ratio":
            yield from _due(document, path, metric, planned)
        if metric.products and metric.source not in planned:
            problem = f"{metric.source} is not planned by product"
            remedy = f"Leave products out, or name a measure of the plan: {', '.join(planned)}."
            yield document.finding(f"{path}.products", list(metric.products), problem, remedy)
    yield from _unknown(document, metrics, known)


def _due(
    document: Document, path: str, metric: Metric, planned: Sequence[str]
) -> Iterator[Finding]:
    """Check that a ratio is of something: only measures of the plan have targets."""
    if metric.due in LEVELS and metric.source not in planned:
        problem = f"{metric.source} is no measure of the plan, so it has no {metric.due}"
        remedy = (
            'Write what it is of: a number such as of = 260, or a metric such as of = "due"; or '
            'kind = "level" if it is a ratio already.'
        )
        yield document.finding(f"{path}.of", None, problem, remedy)


def _unknown(
    document: Document, metrics: Mapping[str, Metric], known: Sequence[str]
) -> Iterator[Finding]:
    """Note names that the actuals must bring; those like a known one each by itself."""
    named = {
        name: f"{path}.{key}"
        for path, metric in reversed(list(metrics.items()))
        for key, name in (("of", metric.due), ("source", metric.source))
        if isinstance(name, str) and name not in LEVELS and name not in known
    }
    for name, key in named.items():
        if nearest(name, known):
            problem = "nothing of the scenario has this name"
            remedy = f"{meant(name, known)} If not, the actuals must have a column of this name."
            yield document.finding(key, name, problem, remedy, "note")
    others = sorted(name for name in named if not nearest(name, known))
    if others:
        problem = f"the scenario has no values of {', '.join(others)}"
        remedy = "Put them into metrics.csv, or into the actuals as columns."
        yield document.finding("metric", None, problem, remedy, "note")
