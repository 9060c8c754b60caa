"""Sales by what has no target: customers, and columns of one's own in the actuals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.tables import PASSED_THROUGH
from optimizer.review.actuals import Sales
from optimizer.review.attainment import ratio
from optimizer.review.book import Book

CUSTOMER = "customer"


def sold_by_table(book: Book, sales: Sales) -> pd.DataFrame | None:
    """Return what was sold by customer and by columns ``x_…`` of the actuals.

    Returns
    -------
    DataFrame or None
        Columns period, column, name (blank where a row tells none); counts actual and before
        (in the period reviewed before it, NaN for the first); share (of all sales of the
        period) and change, NaN where there is nothing to compare with. Largest first within a
        period. None where the actuals have no such column.
    """
    headers = sales.table.headers
    own = sorted(name for name in headers if name.startswith(PASSED_THROUGH))
    columns = [CUSTOMER, *own] if CUSTOMER in headers else own
    if not columns:
        return None
    tables = [_of_column(book, sales, name) for name in columns]
    return pd.concat(tables, ignore_index=True)


def _of_column(book: Book, sales: Sales, column: str) -> pd.DataFrame:
    names = sales.table.frame[column].astype(str).to_numpy(dtype=object)
    codes, different = pd.factorize(names, sort=True)
    counts = np.zeros((len(book.periods), len(different)), dtype=np.int64)
    period = np.searchsorted(np.unique(sales.period), sales.period)
    np.add.at(counts, (period, codes), book.unit.counts(sales.amount))
    tables: list[pd.DataFrame] = []
    for at, name in enumerate(book.periods):
        now = counts[at]
        before = counts[at - 1].astype(float) if at else np.full(len(now), np.nan)
        table = pd.DataFrame(
            {
                "period": name,
                "column": column,
                "name": different,
                "actual": now,
                "share": ratio(now, np.full(len(now), now.sum())),
                "before": before,
                "change": ratio(now.astype(float), before) - 1.0,
            }
        )
        sold = table[(now != 0) | (np.nan_to_num(before) != 0)]
        tables.append(sold.sort_values(["actual", "name"], ascending=[False, True]))
    return pd.concat(tables, ignore_index=True)
