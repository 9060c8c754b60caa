"""Reps who are the same in all their numbers, and so get the same targets."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats, Instance, Ints


def alike(instance: Instance, chosen: Ints) -> Ints:
    """Return the kind of each chosen rep: same group, reference and limits, year limits too.

    Parameters
    ----------
    instance : Instance
    chosen : (number,) ints
        Reps.

    Returns
    -------
    (number,) ints
        Kinds, numbered in the order of their first rep.
    """
    reps = instance.reps
    assert reps is not None
    columns: list[Floats] = [reps.group[:, None].astype(float), reps.reference, reps.low, reps.high]
    for total in (reps.total_low, reps.total_high):
        if total is not None:
            columns.append(total[:, None])
    if instance.cells_low is not None:
        columns.append(instance.cells_low.reshape(len(reps.leaf), -1))
    table = np.ascontiguousarray(np.hstack([column[chosen] for column in columns]))
    rows = table.view(np.dtype((np.void, table.dtype.itemsize * table.shape[1]))).ravel()
    _, first, kind = np.unique(rows, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[kind.reshape(-1)]
