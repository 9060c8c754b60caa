"""What people will have sold by the end of a period: the sales that a pay effect rests on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.normalise import canonical
from optimizer.inputs.settings import MAIN
from optimizer.pacing.actuals import has_sales
from optimizer.pacing.curves import curves_of_periods
from optimizer.pacing.seats import period_weeks
from optimizer.pay.actuals import Sold
from optimizer.pay.exact import exact
from optimizer.problem.instance import Floats
from optimizer.recalibrate.recalibrate import MeasureRecalibration

_DIGITS = 12
"""Digits of a projection: enough to meet a threshold that is met exactly."""

Sales = dict[tuple[str, str], Sold]
"""(period, rep) → measure → product → amount."""


def projected_sales(found: MeasureRecalibration) -> Sales:
    """Return what the people of one measure land at, as ``status.csv`` projects it.

    That is what was sold over the share of the curve that was due. Whoever leaves sells no
    more; whoever joins is taken to reach the new target.

    Parameters
    ----------
    found : MeasureRecalibration
        Of a plan with people, and with actuals.

    Raises
    ------
    InputError
        Where nothing was due so far, so that nothing can be projected.
    """
    standing = found.standing
    seats, actuals = standing.seats, standing.actuals
    assert actuals is not None
    curves = curves_of_periods(found.changed.scenario, [seats])[standing.period]
    due = curves.due[curves.of_seat, standing.week - 1]
    if (due <= 0).any():
        raise InputError(f"nothing is due in {standing.period} by week {standing.week}")
    has_products = actuals.sold_of is not None
    products = seats.products if has_products else ("",)
    sold = actuals.sold.sum(axis=1)[:, None]
    if actuals.sold_of is not None:
        sold = actuals.sold_of.sum(axis=2)
    landing = sold / due[:, None]
    before, now = (
        pd.Index(one.tables["people"]["rep"])
        for one in (standing.planned.scenario, found.changed.scenario)
    )
    names = pd.Index(seats.rep)
    landing = np.where(names.isin(now)[:, None], landing, sold)
    joins = ~names.isin(before)
    target = _targets(found, products if has_products else None)
    landing[joins] = np.maximum(sold, target)[joins]
    return {
        (standing.period, str(rep)): {
            found.measure: {
                product: exact(float(f"{amount:.{_DIGITS}g}"))
                for product, amount in zip(products, amounts, strict=True)
            }
        }
        for rep, amounts in zip(seats.rep, landing.tolist(), strict=True)
    }


def _targets(found: MeasureRecalibration, products: tuple[str, ...] | None) -> Floats:
    """Return the new targets of the seats, by product or together, (seat, product or 1)."""
    seats = found.standing.seats
    rows = found.targets[found.targets["period"] == found.standing.period]
    row = pd.Index(seats.rep).get_indexer(pd.Index(rows["rep"]))
    column = np.zeros(len(rows), dtype=np.int64)
    if products is not None:
        column = pd.Index(products).get_indexer(pd.Index(rows["product"]))
    known = (row >= 0) & (column >= 0)
    targets = np.zeros((len(seats), 1 if products is None else len(products)))
    np.add.at(targets, (row[known], column[known]), rows["target"].to_numpy(dtype=float)[known])
    return targets


def earlier_sales(found: MeasureRecalibration, sales: Typed) -> tuple[tuple[str, ...], Sales]:
    """Return the periods before the recalibrated one that actuals cover, and their sales.

    Parameters
    ----------
    found : MeasureRecalibration
    sales : Typed
        A period counts where it has rows for each of its weeks.
    """
    scenario, measure = found.changed.scenario, found.measure
    periods = scenario.settings.periods
    column = canonical(measure) if has_sales(sales, measure) else MAIN
    table = sales.frame.assign(**{column: sales.frame[column].fillna(0.0)})
    covered: list[str] = []
    earlier: Sales = {}
    for period in periods[: periods.index(found.standing.period)]:
        rows = table[sales.text("period") == period]
        weeks = set(range(1, period_weeks(scenario, period) + 1))
        if weeks <= set(rows["week"].astype(int)):
            covered.append(period)
            for rep, product, amount in _sums(rows, column):
                own = earlier.setdefault((period, rep), {}).setdefault(measure, {})
                own[product] = exact(amount)
    return tuple(covered), earlier


def _sums(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, str, float]]:
    sums = rows.groupby(["rep", "product"], as_index=False, observed=True)[column].sum()
    for rep, product, amount in sums[["rep", "product", column]].itertuples(index=False):
        yield str(rep), str(product), float(amount)
