"""What was sold in whole periods, and the metrics of the people, held against a plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.domain.columns import Column, Kind, Table, label
from optimizer.domain.labels import product_names
from optimizer.domain.nearest import meant
from optimizer.errors import Finding, InputError
from optimizer.incentives.plan import IncentivePlan
from optimizer.inputs.findings import Typed
from optimizer.inputs.normalise import canonical
from optimizer.inputs.single import read_single
from optimizer.pay.exact import ZERO, exact, shown
from optimizer.pay.run import PlannedPay

PERIOD_ACTUALS = Table(
    "actuals",
    "What was sold in whole periods; rows of one rep, period and product add up.",
    (
        label("period", "Period of the plan.", required=True),
        Column("week", Kind.NUMBER, "Week of the period; weeks add up.", low=1.0, high=53.0),
        label("rep", "Rep, as in people.", required=True),
        label("region", "Region; the plan says who sits where."),
        label("team", "Team; the plan says who sits where."),
        label("product", "Product; needed where pay differs by product."),
        Column("amount", Kind.NUMBER, "Amount sold; returns are negative.", required=True),
    ),
    filled=True,
)

ATTAINMENT, ATTAINMENT_BEFORE = "attainment", "attainment_before"

Sold = dict[str, dict[str, Decimal]]
"""Measure → product → amount."""

Metrics = dict[tuple[str, str], dict[str, Decimal]]
"""(period, rep) → metric → value."""


@dataclass(frozen=True)
class Actuals:
    """What was sold, and what is known of the people besides.

    Attributes
    ----------
    periods : tuple of str
        Periods of the plan that the table has, in order.
    sold : mapping of (period, rep) to `Sold`
    metrics : mapping of (period, rep) to metric to value
    """

    periods: tuple[str, ...]
    sold: dict[tuple[str, str], Sold]
    metrics: dict[tuple[str, str], dict[str, Decimal]]


def read_period_actuals(path: Path, run: PlannedPay, known: Metrics | None = None) -> Actuals:
    """Read actuals of whole periods, and metrics of the run's scenario and of the actuals.

    Parameters
    ----------
    path : Path
        CSV or Parquet.
    run : PlannedPay
    known : Metrics, optional
        Metrics in place of those of the scenario; columns of the actuals go before them.

    Raises
    ------
    InputError
        With everything that is wrong, file, row and column.
    """
    measures = measures_of(run.rules)
    return read_figures(
        path,
        run,
        metrics_of(run.rules),
        measures,
        lambda table: _absent(table, run.rules, measures),
        known,
    )


def read_figures(
    path: Path,
    run: PlannedPay,
    metrics: Collection[str],
    measures: Collection[str],
    check: Callable[[Typed], Iterable[Finding]],
    known: Metrics | None = None,
) -> Actuals:
    """Read actuals of whole periods for whatever looks at them.

    Parameters
    ----------
    path : Path
        CSV or Parquet.
    run : PlannedPay
    metrics : collection of str
        Metrics to read: from the run's scenario, and from columns of the actuals, which take
        precedence.
    measures : collection of str
        Columns that add up over rows; those that the table does not have are left out.
    check : function of the table to findings
        What else it must hold.
    known : Metrics, optional
        Metrics in place of those of the scenario; columns of the actuals go before them.

    Raises
    ------
    InputError
        With everything that is wrong, file, row and column.
    """
    table = read_single(path, PERIOD_ACTUALS, {*metrics, *measures, *run.columns})
    found = [*_unknown(table, run), *check(table)]
    given = _metric_columns(table, metrics, found)
    if found:
        raise InputError(sorted(found))
    present = set(table.text("period"))
    main = run.measures[0]
    sold = _sold(table, {one for one in (*measures, main) if canonical(one) in table.headers})
    for own in sold.values():
        own.setdefault(main, own["amount"])
    return Actuals(
        tuple(period for period in run.periods if period in present),
        sold,
        _joined(_joined(_metrics_table(run, metrics), known or {}), given),
    )


def metrics_of(rules: IncentivePlan) -> set[str]:
    """Return the metrics that rules of pay look at, attainment itself aside."""
    named = {gate.metric for plan in rules.plans for gate in plan.gates}
    named |= {award.metric for award in rules.awards}
    if any(plan.bonus and plan.bonus.progress for plan in rules.plans):
        named.add(ATTAINMENT_BEFORE)
    return named - {ATTAINMENT}


def measures_of(rules: IncentivePlan) -> set[str]:
    """Return the columns of the actuals that commissions are paid on."""
    return {"amount", *(block.measure for plan in rules.plans for block in plan.commissions)}


def _unknown(table: Typed, run: PlannedPay) -> Iterator[Finding]:
    """Find periods, reps and products that the plan does not have."""
    products = product_names(run.scenario)
    known = {"period": run.periods, "rep": tuple(run.people), "product": products}
    for column, names in known.items():
        if column not in table.headers:
            continue
        cells = table.text(column)
        strange = ~cells.isin(names).to_numpy(dtype=bool)

        def remedy(row: int, cells: pd.Series = cells, names: tuple[str, ...] = names) -> str:
            return meant(str(cells.iloc[row]), names)

        yield from table.listed(strange, column, f"the plan has no such {column}", remedy)


def _absent(table: Typed, rules: IncentivePlan, measures: Iterable[str]) -> Iterator[Finding]:
    """Find columns that the rules of pay need."""
    for measure in sorted(measures):
        if canonical(measure) in table.headers:
            continue
        problem = f"a commission is paid on {measure}, and the actuals have no such column"
        remedy = "Add the column, or mend `measure` in incentive.toml."
        yield Finding(table.source, 1, measure, "", problem, remedy)
    by_product = [plan.name for plan in rules.plans for block in plan.commissions if block.products]
    if by_product and "product" not in table.headers:
        problem = f"the plan {by_product[0]} pays by product, and the actuals have none"
        yield Finding(table.source, 1, "product", "", problem, "Add a column product.")


def _sold(table: Typed, measures: Iterable[str]) -> dict[tuple[str, str], Sold]:
    sold: dict[tuple[str, str], Sold] = {}
    labels = [table.text(name).tolist() for name in ("period", "rep", "product")]
    for measure in sorted(measures):
        values = table.numbers(canonical(measure))
        amounts = np.where(np.isfinite(values), values, 0.0).tolist()
        for period, rep, product, amount in zip(*labels, amounts, strict=True):
            own = sold.setdefault((period, rep), {}).setdefault(measure, {})
            own[product] = own.get(product, ZERO) + exact(amount)
    return sold


def _metric_columns(table: Typed, metrics: Iterable[str], found: list[Finding]) -> Metrics:
    """Return metrics from columns of the actuals: one value per rep and period."""
    given: Metrics = {}
    labels = [table.text(name).tolist() for name in ("period", "rep")]
    for metric in sorted(metrics):
        if canonical(metric) not in table.headers:
            continue
        values = table.numbers(canonical(metric))
        for row in np.flatnonzero(np.isfinite(values)).tolist():
            place, value = (labels[0][row], labels[1][row]), exact(values[row])
            own = given.setdefault(place, {})
            if own.setdefault(metric, value) != value:
                problem = f"{place[1]} has another {metric} in this period in an earlier row"
                remedy = "Write one value per rep and period; other cells may stay blank."
                number = int(table.frame.index[row])
                header = table.header(canonical(metric))
                found.append(Finding(table.source, number, header, shown(value), problem, remedy))
    return given


def _metrics_table(run: PlannedPay, metrics: Iterable[str]) -> Metrics:
    """Return metrics from the scenario's table."""
    return metric_values(run.scenario.table("metrics"), metrics)


def metric_values(table: pd.DataFrame | None, metrics: Iterable[str]) -> Metrics:
    """Return (period, rep) → metric → value of a table of metrics."""
    found: Metrics = {}
    if table is None:
        return found
    rows = table[table["metric"].isin(list(metrics))]
    columns = [rows[name].astype(str).tolist() for name in ("period", "rep", "metric")]
    for period, rep, metric, value in zip(*columns, rows["value"].tolist(), strict=True):
        found.setdefault((period, rep), {})[metric] = exact(value)
    return found


def _joined(one: Metrics, over: Metrics) -> Metrics:
    """Return metrics, those of `over` in place of those of `one`."""
    return {place: {**one.get(place, {}), **over.get(place, {})} for place in {*one, *over}}
