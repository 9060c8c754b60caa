"""Mean, spread and correlation of attainments as history shows them, with their errors.

log attainment of rep i of region r in period t = μ + company_t + region_rt + own_it. Variances
come from products of pairs: of two regions in one period they tell the company's part, of one
region the company's and the region's, of one rep the whole. Standard errors leave out one period
at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.problem.instance import Floats
from optimizer.stress.measures import Figure

ATTAINMENT = "attainment"
FEWEST_PERIODS = 3


@dataclass(frozen=True)
class Calibration:
    """What history says of attainments.

    Attributes
    ----------
    source : str
        ``attainment`` (the metric) or ``amount`` (each rep's sales against the rep's own mean,
        which say nothing of the level).
    periods, reps : int
        How much history there is.
    mean : Figure or None
        None from amounts.
    cv, company, region : Figure
    """

    source: str
    periods: int
    reps: int
    mean: Figure | None
    cv: Figure
    company: Figure
    region: Figure

    def as_dict(self) -> dict[str, object]:
        """Return the figures as plain data."""
        return {
            "source": self.source,
            "periods": self.periods,
            "reps": self.reps,
            "mean": None if self.mean is None else self.mean.as_dict(),
            "cv": self.cv.as_dict(),
            "company": self.company.as_dict(),
            "region": self.region.as_dict(),
        }


def past_attainments(scenario: Scenario) -> pd.Series | None:
    """Return attainments of past periods, by rep; None where there are none.

    The metric ``attainment`` counts; without it, amounts of the table history by rep and period
    against the rep's own mean.
    """
    found = _past(scenario)
    return None if found is None else found[1].set_index("rep")["value"]


def calibrate(scenario: Scenario) -> Calibration:
    """Estimate the spread of attainments from history.

    Raises
    ------
    InputError
        Where there are fewer than three periods or two reps.
    """
    found = _past(scenario)
    rows = None if found is None else found[1][found[1]["value"] > 0]
    number = 0 if rows is None else rows["period"].nunique()
    if found is None or rows is None or number < FEWEST_PERIODS or rows["rep"].nunique() < 2:
        raise InputError(
            f"attainments can be learned from at least {FEWEST_PERIODS} past periods and 2 reps, "
            f"and there are {number} periods; add a metric attainment for past periods to the "
            "table metrics, or amounts by rep and period to history"
        )
    source, has_level = found[0], found[0] == ATTAINMENT
    periods = sorted(set(rows["period"]))
    whole = _estimate(rows, has_level)
    left = np.array([_estimate(rows[rows["period"] != one], has_level) for one in periods])
    error = np.sqrt((number - 1) / number * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    figures = [Figure(float(value), float(one)) for value, one in zip(whole, error, strict=True)]
    return Calibration(
        source,
        number,
        int(rows["rep"].nunique()),
        figures[0] if has_level else None,
        *figures[1:],
    )


def _past(scenario: Scenario) -> tuple[str, pd.DataFrame] | None:
    """Return where attainments come from, and them: period, rep, region, value."""
    people = scenario.table("people")
    if people is None:
        return None
    region = pd.Series(people["region"].astype(str).to_numpy(), people["rep"].astype(str))
    metrics = scenario.table("metrics")
    if metrics is not None:
        own = metrics[metrics["metric"].astype(str) == ATTAINMENT]
        rows = _rows(own, own["value"], region)
        if len(rows):
            return ATTAINMENT, rows
    history = scenario.table("history")
    if history is None:
        return None
    rows = _rows(history, history["amount"], region)
    summed = rows.groupby(["period", "rep", "region"])["value"].sum().reset_index()
    rows = summed[summed["value"] > 0]
    if rows.empty or rows["period"].nunique() < 2:
        return None
    mean = rows.groupby("rep")["value"].transform("mean")
    return "amount", rows.assign(value=rows["value"] / mean)


def _rows(table: pd.DataFrame, value: pd.Series, region: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "period": table["period"].astype(str).to_numpy(),
            "rep": table["rep"].astype(str).to_numpy(),
            "value": value.to_numpy(dtype=float),
        }
    )
    rows["region"] = region.reindex(rows["rep"]).to_numpy()
    is_known = rows["region"].notna() & (rows["period"] != "") & rows["value"].notna()
    return rows[is_known].reset_index(drop=True)


def _estimate(rows: pd.DataFrame, has_level: bool) -> Floats:
    """Return mean, cv, and the company's and the regions' share of variance."""
    periods = rows["period"].nunique()
    logs = np.log(rows["value"].to_numpy())
    if has_level:
        centred = logs - logs.mean()
    else:
        centred = logs - pd.Series(logs).groupby(rows["rep"].to_numpy()).transform("mean")
    # One degree of freedom goes to each mean that was taken off.
    scale = periods / max(periods - 1, 1)
    table = rows.assign(log=np.asarray(centred), square=np.asarray(centred) ** 2)
    own = table.groupby(["period", "region"])[["log", "square"]].agg(["sum", "size"])
    sums, squares, size = own["log", "sum"], own["square", "sum"], own["log", "size"]
    inside, pairs_inside = (sums**2 - squares).sum(), (size * (size - 1)).sum()
    by_period = own.groupby(level="period").sum()
    all_pairs = (by_period["log", "sum"] ** 2 - by_period["square", "sum"]).sum()
    count = by_period["log", "size"]
    across = all_pairs - inside
    pairs_across = (count * (count - 1)).sum() - pairs_inside
    company = across / pairs_across if pairs_across else 0.0
    within = inside / pairs_inside if pairs_inside else company
    region = within - company
    rest = (np.asarray(centred) ** 2).mean() - within
    parts = np.maximum([company * scale, region, rest], 0.0)
    if not has_level:
        parts = np.maximum(np.array([company, region, rest]) * scale, 0.0)
    variance = parts.sum()
    mean = np.exp(logs.mean() + variance / 2) if has_level else 1.0
    shares = parts[:2] / variance if variance > 0 else np.zeros(2)
    return np.array([mean, np.sqrt(np.expm1(variance)), *shares])
