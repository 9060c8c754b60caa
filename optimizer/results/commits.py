"""What people offered themselves, beside what they are given."""

from __future__ import annotations

import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Instance
from optimizer.results.rounding import WholePlan
from optimizer.results.target_rows import targets_table

COLUMNS = ["period", "region", "team", "rep", "target", "commit", "difference"]


def commits_table(scenario: Scenario, instance: Instance, plan: WholePlan) -> pd.DataFrame:
    """Return ``commits.csv``: target, bottom-up figure and target − commit per rep and period.

    Only reps with a `commit` have rows; the figure is reported and limits nothing.
    """
    people = scenario.table("people")
    if people is None or people["commit"].isna().all():
        return pd.DataFrame(columns=COLUMNS)
    commit = people.set_index("rep")["commit"].dropna()
    targets = targets_table(scenario, instance, plan)
    rows = targets[targets["rep"].isin(commit.index)]
    rep_period = ["period", "rep"]
    sums = rows.groupby(rep_period, sort=False, observed=True)["target"].sum()
    table = rows.drop_duplicates(rep_period)[["period", "region", "team", "rep"]].astype(object)
    table = table.set_index(rep_period, drop=False).assign(target=sums).reset_index(drop=True)
    table["commit"] = table["rep"].map(commit).astype(float)
    table["difference"] = table["target"] - table["commit"]
    return table[COLUMNS]
