"""Entries of a program, in any order → its columns one after another."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats, Ints


def join(parts: list[Floats]) -> Floats:
    """Return arrays end to end, as floats; empty where there are none."""
    return np.concatenate(parts).astype(float) if parts else np.zeros(0)


def columnwise(
    rows: Ints, columns: Ints, values: Floats, num_columns: int, num_rows: int
) -> tuple[Ints, Ints, Floats]:
    """Return where each column begins, and rows and values of its entries; doubles add up."""
    key, inverse = np.unique(columns * max(num_rows, 1) + rows, return_inverse=True)
    summed = np.bincount(inverse.reshape(-1), weights=values, minlength=len(key))
    kept = summed != 0.0
    key, summed = key[kept], summed[kept]
    column, row = np.divmod(key, max(num_rows, 1))
    start = np.searchsorted(column, np.arange(num_columns + 1))
    return start.astype(np.int32), row.astype(np.int32), summed
