"""How evenly a plan treats people, in figures that anyone can recompute from ``targets.csv``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Floats

_TIE = 1e-6
"""A multiple this close to the edge of a range counts as inside it."""

_FIGURES = (
    "gini", "within_10", "within_20", "smallest_multiple", "largest_multiple",
    "correlation_potential", "correlation_history",
)  # fmt: skip


def fairness_report(scenario: Scenario, targets: pd.DataFrame) -> dict[str, float | int | None]:
    """Return ``fairness.json`` over the rep's totals of all periods.

    Keys
    ----
    reps : number of reps (regions in a regional plan) with a reference
    gini : Gini coefficient of target / reference (0 = all equal)
    within_10, within_20 : share of them within ±10 % and ±20 % of reference
    smallest_multiple, largest_multiple : extremes of target / reference
    correlation_potential, correlation_history : of targets with the potential of the region
        per rep and with the rep's history; null where unknown
    """
    owner = "rep" if (targets["rep"] != "").any() else "region"
    sums = targets.groupby(owner, sort=True, observed=True)[["reference", "target"]].sum()
    sums = sums.set_index(sums.index.astype(object))[sums["reference"].to_numpy() > 0]
    ratio = sums["target"] / sums["reference"]
    multiple = ratio.to_numpy(dtype=float)
    if not len(multiple):
        return {"reps": 0} | dict.fromkeys(_FIGURES)
    report: dict[str, float | int | None] = {
        "reps": len(multiple),
        "gini": _figure(gini(multiple)),
        "within_10": _figure(float(is_within(ratio, 0.1).mean())),
        "within_20": _figure(float(is_within(ratio, 0.2).mean())),
        "smallest_multiple": _figure(float(multiple.min())),
        "largest_multiple": _figure(float(multiple.max())),
        "correlation_potential": _correlation(sums["target"], _potential(scenario, targets, owner)),
        "correlation_history": _correlation(sums["target"], _history(scenario, owner)),
    }
    return report


def gini(values: Floats) -> float:
    """Return the Gini coefficient of values of at least 0."""
    if not len(values) or values.sum() <= 0:
        return 0.0
    ranked = np.sort(values)
    rank = np.arange(1, len(ranked) + 1)
    return float(
        2.0 * (rank * ranked).sum() / (len(ranked) * ranked.sum()) - (len(ranked) + 1) / len(ranked)
    )


def is_within(multiple: pd.Series, distance: float) -> pd.Series:
    """Return which multiples are within a distance of 1; an unknown one is not."""
    return (multiple - 1.0).abs() <= distance + _TIE


def _figure(value: float) -> float | None:
    return round(value, 9) if np.isfinite(value) else None


def _correlation(target: pd.Series, other: pd.Series | None) -> float | None:
    if other is None:
        return None
    both = pd.concat([target, other], axis=1, join="inner").dropna().to_numpy(dtype=float)
    if len(both) < 3 or np.ptp(both[:, 0]) == 0 or np.ptp(both[:, 1]) == 0:
        return None
    return _figure(float(np.corrcoef(both.T)[0, 1]))


def _potential(scenario: Scenario, targets: pd.DataFrame, owner: str) -> pd.Series | None:
    table = scenario.table("potential")
    if table is None:
        return None
    known = _whole_slices(table).groupby("region")["potential"].sum()
    if owner == "region":
        return known
    first = targets.drop_duplicates("rep")[["rep", "region"]].astype(object)
    home = first.set_index("rep")["region"]
    heads = home.value_counts()
    return (home.map(known) / home.map(heads)).dropna()


def _whole_slices(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that name a region, without those inside a wider row of that region."""
    rows = table[table["region"] != ""]
    labels = rows[["region", "period", "product"]]
    given = pd.MultiIndex.from_frame(labels)
    inside = np.zeros(len(rows), dtype=bool)
    for blanks in (["period"], ["product"], ["period", "product"]):
        narrower = (labels[blanks] != "").any(axis=1).to_numpy(dtype=bool)
        wider = pd.MultiIndex.from_frame(labels.assign(**dict.fromkeys(blanks, "")))
        inside |= narrower & wider.isin(given)
    return rows[~inside]


def _history(scenario: Scenario, owner: str) -> pd.Series | None:
    table = scenario.table("history")
    if table is None or not (table[owner] != "").any():
        return None
    return table[table[owner] != ""].groupby(owner)["amount"].sum()
