"""The one order of a table's rows, so that no result depends on the order in the file."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.inputs.findings import Typed
from optimizer.inputs.vectors import rises


def in_order(table: Typed) -> pd.DataFrame:
    """Return the rows sorted by the table's key, or by all columns where it has none.

    The index still is the row in the source.
    """
    frame = table.frame
    unique = bool(table.table.key)
    names = [*table.table.key] if unique else [str(name) for name in frame.columns]
    if unique and rises(frame, names):
        return frame
    codes = [pd.factorize(frame[name], sort=True)[0] for name in names]
    order = np.lexsort(codes[::-1])
    if (np.diff(order) > 0).all():
        return frame
    return frame.iloc[order]
