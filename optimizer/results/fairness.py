"""How evenly a plan treats people, in figures that anyone can recompute from ``targets.csv``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.results.owner_totals import OwnerTotals

_TIE = 1e-6
"""A multiple this close to the edge of a range counts as inside it."""

_FIGURES = (
    "gini", "within_10", "within_20", "smallest_multiple", "largest_multiple",
    "correlation_potential", "correlation_history",
)  # fmt: skip


def fairness_report(
    scenario: Scenario, instance: Instance, owners: OwnerTotals
) -> dict[str, float | int | None]:
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
    target = owners.target
    multiple = target / owners.reference
    if not len(multiple):
        return {"reps": 0} | dict.fromkeys(_FIGURES)
    report: dict[str, float | int | None] = {
        "reps": len(multiple),
        "gini": _figure(gini(multiple)),
        "within_10": _figure(float(is_within(multiple, 0.1).mean())),
        "within_20": _figure(float(is_within(multiple, 0.2).mean())),
        "smallest_multiple": _figure(float(multiple.min())),
        "largest_multiple": _figure(float(multiple.max())),
        "correlation_potential": _correlation(target, _potential(scenario, instance, owners)),
        "correlation_history": _correlation(target, _history(scenario, owners)),
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


def is_within(multiple: Floats, distance: float) -> Bools:
    """Return which multiples are within a distance of 1; an unknown one is not."""
    return np.asarray(np.abs(multiple - 1.0) <= distance + _TIE)


def _figure(value: float) -> float | None:
    return round(value, 9) if np.isfinite(value) else None


def _correlation(target: Floats, other: Floats) -> float | None:
    known = ~np.isnan(other)
    both = target[known], other[known]
    if len(both[0]) < 3 or np.ptp(both[0]) == 0 or np.ptp(both[1]) == 0:
        return None
    return _figure(float(np.corrcoef(*both)[0, 1]))


def _potential(scenario: Scenario, instance: Instance, owners: OwnerTotals) -> Floats:
    """Return the potential of the region per rep, NaN where it is not known."""
    table = scenario.table("potential")
    if table is None:
        return np.full(len(owners.names), np.nan)
    known = _whole_slices(table).groupby("region")["potential"].sum()
    own = known.reindex(list(instance.leaves)).to_numpy(dtype=float)
    return np.asarray(
        (own / np.maximum(np.bincount(owners.leaf, minlength=len(own)), 1))[owners.leaf]
    )


def _whole_slices(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that name a region, without those inside a wider row of that region."""
    rows = table[table["region"] != ""]
    labels = rows[["region", "period", "product"]]
    inside = np.zeros(len(rows), dtype=bool)
    for blanks in (["period"], ["product"], ["period", "product"]):
        narrower = (labels[blanks] != "").any(axis=1).to_numpy(dtype=bool)
        if narrower.all():
            continue
        wider = pd.MultiIndex.from_frame(labels.assign(**dict.fromkeys(blanks, "")))
        inside |= narrower & wider.isin(pd.MultiIndex.from_frame(labels))
    return rows[~inside]


def _history(scenario: Scenario, owners: OwnerTotals) -> Floats:
    """Return what each has sold, NaN where it is not known."""
    table = scenario.table("history")
    if table is None:
        return np.full(len(owners.names), np.nan)
    known = table[table[owners.column] != ""].groupby(owners.column)["amount"].sum()
    return known.reindex(owners.names).to_numpy(dtype=float)
