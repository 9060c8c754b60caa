"""Limits that bind in one run and not in another."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optimizer.compare.read import LIMIT_LABELS, Run
from optimizer.compare.sides import in_order


def binding_limits(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the limits that bind in the base and not in another run, or the other way round.

    Returns
    -------
    DataFrame
        The labels of ``limits.csv``; ``binding R`` (``true``, ``false``, blank where run R has
        no such limit) and ``limit R`` of each run R; limits of regions before those of reps.
        Recalibrated runs, which tell no limits, are held against nothing.
    """
    keys = ["measure", *LIMIT_LABELS]
    tables = [run.limits.drop_duplicates(keys).set_index(keys) for run in runs]
    numbers = range(len(runs))
    binding = pd.concat([table["binding"] for table in tables], axis=1, keys=numbers).fillna("")
    limit = pd.concat([table["limit"] for table in tables], axis=1, keys=numbers)
    holds = binding == "true"
    tells = [place for place in numbers if not runs[place].is_recalibrated]
    holds = holds[tells] if 0 in tells else holds[[0]]
    differs = holds.ne(holds[0], axis=0).any(axis=1)
    result = pd.DataFrame(index=binding.index[differs])
    for place, run in enumerate(runs):
        result[f"binding {run.label}"] = binding.loc[differs, place]
    for place, run in enumerate(runs):
        result[f"limit {run.label}"] = limit.loc[differs, place]
    table = result.reset_index()
    table["_of_rep"] = table["rep"] != "*"
    order = ["_of_rep", "kind", "region", "rep", "period", "product", "side"]
    return in_order(table, runs, order).drop(columns="_of_rep")
