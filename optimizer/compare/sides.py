"""Targets of several runs side by side: by region, product, period, rep and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from optimizer.compare.read import Run

EVERY = "*"
_DIGITS = 6
"""Decimals that differences keep: those of the finest rounding."""


def side_by_side(
    runs: Sequence[Run], sums: Sequence[pd.DataFrame], labels: Sequence[str]
) -> pd.DataFrame:
    """Join one table of each run by its labels, largest difference first.

    Parameters
    ----------
    runs : sequence of Run
        The base first.
    sums : sequence of DataFrame
        One per run, with the labels and a column ``target``, perhaps ``gap``; rows that share
        their labels are added up.
    labels : sequence of str
        Columns that name a row, ``measure`` the first of them.

    Returns
    -------
    DataFrame
        The labels; ``target R`` of each run R; ``difference R`` and ``change R`` of each run
        but the base; ``gap R`` of each run where there are gaps to tell. A label that a run
        does not have is blank there and counts as 0 in differences; the relative change is
        blank where the base is 0 or blank.
    """
    keys, names = list(labels), [run.label for run in runs]
    grouped = [table.groupby(keys, sort=False).sum(numeric_only=True) for table in sums]
    target = _joined([table["target"] for table in grouped])
    known = target.fillna(0.0)
    base = target.iloc[:, 0].where(target.iloc[:, 0] > 0.0)
    result = pd.DataFrame(index=target.index)
    for place, name in enumerate(names):
        result[f"target {name}"] = target[place]
    for place, name in enumerate(names[1:], start=1):
        difference = (known[place] - known[0]).round(_DIGITS) + 0.0
        result[f"difference {name}"] = difference
        result[f"change {name}"] = (difference / base).round(9)
    result["_largest"], result["_gap"] = -_spread(target), 0.0
    if "gap" in grouped[0]:
        gap = _joined([table["gap"] for table in grouped]).reindex(target.index)
        for place, name in enumerate(names):
            result[f"gap {name}"] = gap[place]
        result["_gap"] = -_spread(gap)
    order = ["_largest", "_gap", *keys[1:]]
    return in_order(result.reset_index(), runs, order).drop(columns=order[:2])


def _spread(values: pd.DataFrame) -> pd.Series:
    """Return how far values of the other runs are from the base's, at most; blank is 0."""
    known = values.fillna(0.0)
    return known.sub(known.iloc[:, 0], axis=0).abs().max(axis=1).round(_DIGITS)


def _joined(columns: Sequence[pd.Series]) -> pd.DataFrame:
    return pd.concat(columns, axis=1, keys=range(len(columns)))


def in_order(table: pd.DataFrame, runs: Sequence[Run], columns: Sequence[str]) -> pd.DataFrame:
    """Sort a table by measure, the main one first, then by columns."""
    rank = {name: place for place, name in enumerate(measures_of(runs))}
    table = table.assign(_rank=table["measure"].map(rank))
    ordered = table.sort_values(["_rank", *columns], kind="stable", ignore_index=True)
    return ordered.drop(columns="_rank")


def measures_of(runs: Sequence[Run]) -> list[str]:
    """Return the measures of all runs, the base's first."""
    return list(dict.fromkeys(name for run in runs for name in run.figures))


def changed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table side by side in which a target or a gap is not the base's."""
    names = [str(name) for name in table.columns]
    differs = _spread(table[[name for name in names if name.startswith("target ")]]) > 0
    gaps = [name for name in names if name.startswith("gap ")]
    if gaps:
        differs |= _spread(table[gaps]) > 0
    return table[differs].reset_index(drop=True)


def margin(runs: Sequence[Run], column: str) -> pd.DataFrame:
    """Compare region targets along ``region``, ``product`` or ``period``, totals of the others."""
    others = [name for name in ("period", "region", "product") if name != column]
    sums = []
    for run in runs:
        rollup = run.rollup
        chosen = (rollup["team"] == EVERY) & (rollup[others] == EVERY).all(axis=1)
        sums.append(rollup[chosen & (rollup[column] != EVERY)])
    return side_by_side(runs, sums, ["measure", column])


def regions(runs: Sequence[Run]) -> pd.DataFrame:
    """Compare region targets by region of any level; level 1 is right below the company."""
    table = margin(runs, "region")
    level: dict[str, int] = {}
    for run in reversed(runs):
        level |= _levels(run.tables.get("regions"))
    table.insert(2, "level", [level.get(region, 1) for region in table["region"]])
    return table


def _levels(table: pd.DataFrame | None) -> Mapping[str, int]:
    if table is None or "parent" not in table:
        return {}
    parent = dict(zip(table["region"], table["parent"], strict=True))
    levels = {}
    for region in parent:
        above, level = parent[region], 1
        while above and level <= len(parent):
            above, level = parent.get(above, ""), level + 1
        levels[region] = level
    return levels


def reps(runs: Sequence[Run]) -> pd.DataFrame:
    """Compare rep targets by rep; `region` is the rep's in the first run that has the rep."""
    people = [run.targets[run.targets["rep"] != ""] for run in runs]
    table = side_by_side(runs, people, ["measure", "rep"])
    homes: dict[str, str] = {}
    for part in reversed(people):
        first = part.drop_duplicates("rep")
        homes |= dict(zip(first["rep"], first["region"], strict=True))
    table.insert(2, "region", [homes[rep] for rep in table["rep"]])
    return table


def cells(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the cells of ``targets.csv`` that differ; `rep` is blank in a regional plan."""
    labels = ["measure", "period", "region", "rep", "product"]
    return changed(side_by_side(runs, [run.targets for run in runs], labels))
